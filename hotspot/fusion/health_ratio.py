"""Compare health and police counts where nothing can be linked: a ratio beside that of the whole area."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hotspot.checks import require_columns, require_unique_index
from hotspot.errors import ConfigError, InputError
from hotspot.fusion.comparability import require_reason
from hotspot.rates.exposure import count_column
from hotspot.record import note


def health_police_ratio(
    counts: pd.DataFrame,
    *,
    health: str = "n_ed",
    police: str = "n_police",
    confidence: float = 0.9,
    comparable: bool = True,
    reason: str | None = None,
) -> pd.DataFrame:
    """
    Give for each area how many health records there are to a police record, beside the ratio of all areas.

    Parameters
    ----------
    counts
        AreaCounts with the two columns.
    health, police
        Columns of counts.
    confidence
        Of the limits, between 0 and 1.
    comparable
        Whether the sources count the same kind of thing over the same months and places. False needs a reason.
    reason
        Why they are compared although they are not alike; written in the record.

    Returns
    -------
    DataFrame
        Indexed like ``counts``: ``log_ratio``, with ``log_ratio_lower`` and ``log_ratio_upper``, natural logarithms: 0
        is the ratio of all areas, 0.69 twice it. Missing without both counts; without any event the ratio is 0 and
        the limits are infinite on both sides.

    Raises
    ------
    ComparabilityError
        ``comparable=False`` without a reason.
    InputError
        A column is missing, is no number, negative or infinite, or has no event at all.
    ConfigError
        ``confidence`` is out of range.

    Notes
    -----
    log((h + ½) / (p + ½)) - log(H / P). The limits are those of Clopper and Pearson for h of h + p events: exact for
    the ratio of the area, with H / P taken as known. The figure is **relative**: it says where health services see more
    than elsewhere, next to what the police see. It is no share of violence that goes unreported, and cannot become one
    without linking records.

    References
    ----------
    Clopper, C. J. and Pearson, E. S. (1934). The use of confidence or fiducial limits. Biometrika 26, 404-413.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.fusion import health_police_ratio
    >>> counts = pd.DataFrame({"n_ed": [30, 10, 0], "n_police": [30, 50, 40]}, index=["A", "B", "C"])
    >>> health_police_ratio(counts)["log_ratio"].round(2).tolist()
    [1.1, -0.47, -3.3]
    """
    from scipy.stats import beta

    require_reason(reason, comparable=comparable)
    if not (isinstance(confidence, float) and 0 < confidence < 1):
        raise ConfigError(f"confidence: {confidence!r} must lie between 0 and 1, such as 0.9.")
    require_columns(counts, [health, police], "counts")
    require_unique_index(counts, "counts")
    h, p = (count_column(counts, name) for name in (health, police))
    both = np.isfinite(h) & np.isfinite(p)
    totals = float(h[both].sum()), float(p[both].sum())
    if not all(totals):
        raise InputError(f"counts: no event in {health if not totals[0] else police!r} where both have a count.")
    middle = np.log(totals[0] / totals[1])
    tail = (1 - confidence) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = beta.ppf(tail, h, p + 1), beta.ppf(1 - tail, h + 1, p)
        low, high = np.where(h == 0, 0.0, low), np.where(p == 0, 1.0, high)
        limits = {
            "log_ratio_lower": np.log(low / (1 - low)) - middle,
            "log_ratio_upper": np.log(high / (1 - high)) - middle,
        }
    result = pd.DataFrame({"log_ratio": np.log((h + 0.5) / (p + 0.5)) - middle} | limits, index=counts.index)
    result[~both] = np.nan
    empty = both & (h + p == 0)
    result.loc[empty, "log_ratio"] = 0.0
    note(
        "health_police_ratio", health=health, police=police, areas=len(counts), without_both=int((~both).sum()),
        without_events=int(empty.sum()), ratio_of_all=totals[0] / totals[1], confidence=confidence,
        comparable=comparable, reason=reason, meaning="relative to the whole area; not a share unreported",
    )  # fmt: skip
    return result


__all__ = ["health_police_ratio"]
