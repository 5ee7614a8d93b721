"""Judge a value times the mean around it, and name the quadrant: what local Moran, its variants and Lee's L share."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.clusters.inference import facts_of, judge
from hotspot.clusters.sites import SPARSE_SHARE, varies
from hotspot.errors import HotspotWarning
from hotspot.numerics.permutation import TailCounts

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from hotspot.clusters.inference import Plan, Verdict
    from hotspot.clusters.sites import Sites

    Floats = npt.NDArray[np.float64]

ON_THE_MEAN = 1e-12
"""Standardised values and lags no farther from 0 than this are neither high nor low."""

_QUADRANTS = np.array(["Not significant", "Low-Low", "Low-High", "High-Low", "High-High"], dtype=object)


def standardise(values: Floats) -> Floats:
    """Express values in standard deviations (with n) from their mean; exactly 0 on it, and where all are equal."""
    if not varies(values):
        return np.zeros(len(values))
    z: Floats = (values - values.mean()) / values.std()
    z[np.abs(z) <= ON_THE_MEAN] = 0.0
    return z


def mean_around(sites: Sites, values: Floats) -> Floats:
    """Average the values over each site's row of weights; 0 for an empty row."""
    total = np.asarray(sites.row_sums(sites.weights), np.float64)
    lag = np.asarray(sites.row_sums(sites.weights * values[sites.neighbours]), np.float64)
    lag /= np.where(total > 0, total, 1.0)
    return np.where(np.abs(lag) <= ON_THE_MEAN, 0.0, lag)


def times_own(around: Callable[[int, int], TailCounts], own: Floats) -> Callable[[int, int], TailCounts]:
    """Turn ranks of a sum into ranks of the site's own fixed value times that sum."""

    def count(first: int, last: int) -> TailCounts:
        # the product grows with the sum where own > 0, falls where own < 0, and is always 0 where own = 0
        ranks = around(first, last)
        upper = np.where(own > 0, ranks.at_least, np.where(own < 0, ranks.at_most, ranks.draws))
        lower = np.where(own > 0, ranks.at_most, np.where(own < 0, ranks.at_least, ranks.draws))
        return TailCounts(upper, lower, ranks.draws)

    return count


def warn_sparse(zeros: float, argument: str, *, stacklevel: int = 3) -> dict[str, object]:
    """Warn where zeros dominate, and give the fact for the record."""
    sparse = zeros > SPARSE_SHARE
    if sparse:
        warnings.warn(
            f"{argument}: {zeros:.0%} of the values are 0 (sparse). Local statistics then mostly compare zeros: use "
            f"larger areas, a longer period, or getis_ord with alternative='greater'.",
            HotspotWarning,
            stacklevel=stacklevel,
        )
    return {"sparse": sparse}


def quadrant_table(
    sites: Sites,
    plan: Plan,
    count: Callable[[int, int], TailCounts],
    *,
    own: Floats,
    lag: Floats,
    varies: bool,
    prefix: str,
    most: int,
) -> tuple[pd.DataFrame, dict[str, object]]:
    """
    Judge own times lag of every site and lay the result out by the rows of the input.

    Parameters
    ----------
    sites, plan
        The areas that have a value, and the test asked for.
    count
        Ranks of own times lag among draws.
    own, lag
        The two factors, whose signs name the quadrant, shape (n,).
    varies
        Whether there is anything to test.
    prefix
        Of the columns ``<prefix>_i``, ``_lag``, ``_p``, ``_q`` and ``_label``.
    most
        Most permutations.

    Returns
    -------
    DataFrame, dict
        The result, and the facts for the record.
    """
    alone = sites.alone
    tested = ~alone & varies
    verdict = judge(count, tested, plan, most=most)
    labels = _labels(own, lag, verdict)
    labels[alone] = "No neighbours"
    if not varies:
        labels[:] = "Undefined"
    result = pd.DataFrame(
        {
            f"{prefix}_i": sites.column(np.where(tested, own * lag, np.nan), np.nan),
            f"{prefix}_lag": sites.column(np.where(tested, lag, np.nan), np.nan),
            f"{prefix}_p": sites.column(verdict.p, np.nan),
            f"{prefix}_q": sites.column(verdict.q, np.nan),
            f"{prefix}_label": pd.array(sites.column(labels, "No data"), dtype="str"),
        },
        index=sites.index,
    )
    return result, facts_of(sites, plan, verdict, islands=int(alone.sum()))


def _labels(own: Floats, lag: Floats, verdict: Verdict) -> npt.NDArray[np.object_]:
    agrees = np.where(own * lag > 0, verdict.greater, verdict.less)
    shown = verdict.significant & agrees & (own != 0) & (lag != 0)
    quadrant = np.where(shown, 1 + 2 * (own > 0) + (lag > 0), 0)
    return _QUADRANTS[quadrant]
