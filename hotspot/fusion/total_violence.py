"""Hold an estimated total of violence with what it must be read with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class TotalViolence:
    """
    Hold an estimated total with all that it must be read with; ``print`` shows it.

    Parameters
    ----------
    lower, upper
        The range: over all linkages given, each with its interval.
    confidence
        Level of the intervals.
    estimates
        By ``stratum``, the last row all events: ``n_seen``, ``N``, ``SE``, ``lower``, ``upper``. Chance alone.
    models
        By stratum and model: parameters, deviance, AIC, BIC, weight, ``N``, ``SE``, and why it is left out.
    pairs
        By pair of sources: Chapman's estimate, the odds ratio of the two, and whether independence fails.
    linkages
        By linkage: ``N``, ``N_least``, ``N_most``, ``lower``, ``upper``.
    assumptions
        By assumption: ``verdict``, ``bias`` (which way N is wrong if it fails) and ``evidence``.
    """

    lower: float
    upper: float
    confidence: float
    estimates: pd.DataFrame
    models: pd.DataFrame
    pairs: pd.DataFrame
    linkages: pd.DataFrame
    assumptions: pd.DataFrame

    def __str__(self) -> str:
        """Give the range, the strata and the assumptions as text."""
        whole = self.estimates.iloc[-1]
        ways = f"over {len(self.linkages)} linkages" if len(self.linkages) > 1 else "linkage taken as perfect"
        between = f"between {rounded(self.lower)} and {rounded(self.upper)} events"
        lines = [f"Total violence: {between} ({self.confidence:.0%} limits, {ways})."]
        lines.append(f"Known to at least one source: {whole['n_seen']:,.0f}.")
        lines.append("For the whole area only, never for a neighbourhood. Not a count of what went unreported.")
        lines += [
            f"  {name}: seen {row['n_seen']:,.0f}, N {rounded(row['N'])} "
            f"({rounded(row['lower'])} to {rounded(row['upper'])})"
            for name, row in self.estimates.iterrows()
        ]
        lines.append("Assumptions:")
        lines += [
            f"  {name}: {row['verdict']}. If it fails, N is {row['bias']}. Here: {row['evidence']}."
            for name, row in self.assumptions.iterrows()
        ]
        lines.append("Two sources alone:")
        lines += [
            f"  {name}: N {rounded(row['N'])} ({rounded(row['lower'])} to {rounded(row['upper'])}); "
            f"independence {row['independence']}"
            for name, row in self.pairs.iterrows()
        ]
        return "\n".join(lines)


def rounded(value: float) -> str:
    """Write a number to three figures: more would promise what nobody knows."""
    if not math.isfinite(value):
        return "no limit"
    digits = max(0, len(str(int(abs(value)))) - 3)
    return f"{round(value, -digits):,.0f}"


__all__ = ["TotalViolence", "rounded"]
