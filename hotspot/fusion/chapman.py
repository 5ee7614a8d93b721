"""Estimate all events from two sources and their overlap, and over all overlaps that linkage leaves possible."""

from __future__ import annotations

import math
import warnings
from numbers import Integral, Real

import numpy as np
import pandas as pd

from hotspot.checks import require_columns
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.record import note

LEAST_MATCHED = 7
"""Below this, Chapman's estimate is biased by more than about 2 per cent (Seber 1982, section 3.1)."""
ESTIMATED = "estimated"
"""Verdict of a tolerance whose matches are more than chance (`tolerance_curve`)."""
_ROUNDING = 1e-6


def chapman(n1: int, n2: int, m: float, *, confidence: float = 0.95) -> pd.Series:
    """
    Estimate how many events there were from two sources that each know a part.

    Parameters
    ----------
    n1, n2
        Events that each source knows.
    m
        Events that both know, at most the smaller of the two. May be a fraction: a count of matches corrected for
        chance.
    confidence
        Level of the interval, between 0 and 1.

    Returns
    -------
    Series
        ``N`` all events, seen or not; ``SE`` its standard error; ``lower`` and ``upper`` limits of N; ``n_seen``, the
        events that at least one source knows.

    Raises
    ------
    ConfigError
        A count is negative or not whole, m is above the smaller source, or the level is not between 0 and 1.

    Warns
    -----
    HotspotWarning
        Fewer than 7 matches: the estimate is then biased.

    Notes
    -----
    N = (n1 + 1)(n2 + 1)/(m + 1) - 1 with variance (n1 + 1)(n2 + 1)(n1 - m)(n2 - m)/((m + 1)²(m + 2)). The limits are
    those of log(N - n_seen), so that the lower one is never below what was seen. Where one source knows nothing that
    the other does not, N is n_seen and its variance 0; the upper limit is then the largest N at which so full an
    overlap still has half the error level (hypergeometric).

    The interval holds chance alone. N is too **low** where a record in one source makes one in the other likelier
    (severe injury; an ambulance that brings its patient to the emergency department), and too **high** where true
    matches are missed. With two sources neither can be seen in the data: `capture_recapture` says what is known.

    References
    ----------
    Chapman (1951) Univ. California Publ. Statistics 1, 131-160. Seber (1970) Biometrics 26, 13-22 (variance). Chao
    (1987) Biometrics 43, 783-791 (interval).

    Examples
    --------
    >>> from hotspot.fusion import chapman
    >>> chapman(775, 3775, 100).round().astype(int).to_dict()
    {'N': 29011, 'SE': 2643, 'lower': 24352, 'upper': 34759, 'n_seen': 4450}
    """
    for value, name in ((n1, "n1"), (n2, "n2")):
        given: object = value
        if isinstance(given, bool) or not isinstance(given, Integral) or value < 0:
            raise ConfigError(f"{name}: {value!r} must be a whole number of events, 0 or more.")
    overlap: object = m
    if isinstance(overlap, bool) or not isinstance(overlap, Real) or not 0 <= m <= min(n1, n2):
        raise ConfigError(f"m: {m!r} must lie between 0 and {min(n1, n2)}, the events of the smaller source.")
    require_confidence(confidence)
    if m < LEAST_MATCHED:
        warnings.warn(
            f"m: {m:.3g} events are known to both sources; under {LEAST_MATCHED} the estimate is biased and the "
            "interval too narrow. Take a larger area or a longer period.",
            HotspotWarning,
            stacklevel=2,
        )
    result = pd.Series(estimate(int(n1), int(n2), float(m), confidence), name="chapman")
    note("chapman", n1=int(n1), n2=int(n2), m=float(m), confidence=confidence, **_plain(result))
    return result


def chapman_range(curve: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """
    Estimate all events at every tolerance of linkage, from the least to the most matches that are credible.

    Parameters
    ----------
    curve
        One row per tolerance (``tolerance_curve``): ``n_of`` and ``n_against``, the events of the two sources, and
        ``m``, ``m_lower``, ``m_upper``, the matches corrected for chance and their limits. Where it has a
        ``verdict``, only rows that say ``estimated`` are used.
    confidence
        Level of the intervals, between 0 and 1.

    Returns
    -------
    DataFrame
        Indexed like the curve: ``N`` at m; ``N_least`` at m_upper and ``N_most`` at m_lower (linkage alone);
        ``lower``, the lower limit of N_least, and ``upper``, the upper limit of N_most (linkage and chance). All are
        missing where no number of matches is estimated. ``plateau`` says where m is credible. N is of the days that
        the curve covers.

    Raises
    ------
    InputError
        A column is missing, no row has an m, or a row has more matches than events.

    Notes
    -----
    Wider tolerances hold every true match of tighter ones. So a row whose m_upper lies below the m_lower of the row
    with the largest m has missed matches, and its N is too high: it is not on the plateau. That a row is on it does
    not say that all matches were found.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.fusion import chapman_range
    >>> curve = pd.DataFrame({"n_of": [775], "n_against": [3775], "m": [100.0], "m_lower": [80.0], "m_upper": [120.0]})
    >>> chapman_range(curve).round().astype(int).to_dict("records")
    [{'N': 29011, 'N_least': 24215, 'N_most': 36174, 'lower': 20697, 'upper': 44389, 'plateau': 1}]
    """
    require_confidence(confidence)
    require_columns(curve, ["n_of", "n_against", "m", "m_lower", "m_upper"], "curve")
    numbers = curve[["n_of", "n_against", "m", "m_lower", "m_upper"]]
    for name, values in numbers.items():
        if not pd.api.types.is_numeric_dtype(values) or np.isinf(values.to_numpy(float, na_value=np.nan)).any():
            raise InputError(f"curve: column {name!r} holds what is no finite number. Give what tolerance_curve gives.")
    numbers = numbers.astype("Float64").astype(float)
    known = numbers.notna().all(axis=1).to_numpy()
    if "verdict" in curve:
        known = known & (curve["verdict"] == ESTIMATED).to_numpy(dtype=bool)
    if not known.any():
        raise InputError(
            f"curve: none of {len(curve)} tolerance(s) has an estimated number of matches. No total can be "
            "estimated from this linkage; try tighter tolerances or exact times."
        )
    rows = []
    for place, (n_of, n_against, m, m_lower, m_upper) in enumerate(numbers.to_numpy()):
        if not known[place]:
            rows.append([np.nan] * 5)
            continue
        most = min(n_of, n_against)
        if not -_ROUNDING <= m_lower <= m + _ROUNDING <= m_upper + 2 * _ROUNDING or m > most + _ROUNDING:
            raise InputError(
                f"curve: row {place + 1} does not keep 0 <= m_lower <= m <= m_upper and m <= the smaller source."
            )
        # Only the upper limit of a corrected count may exceed the records there are.
        few, best, many = (
            estimate(int(n_of), int(n_against), min(max(value, 0.0), most), confidence)
            for value in (m_upper, m, m_lower)
        )
        rows.append([best["N"], few["N"], many["N"], few["lower"], many["upper"]])
    result = pd.DataFrame(rows, index=curve.index, columns=["N", "N_least", "N_most", "lower", "upper"])
    most_found = numbers["m"].where(known).to_numpy().argsort()[known.sum() - 1]
    result["plateau"] = known & (numbers["m_upper"] >= numbers["m_lower"].iloc[most_found]).to_numpy()
    credible = result[result["plateau"]]
    note(
        "chapman_range", tolerances=len(curve), not_estimated=int((~known).sum()), confidence=confidence,
        lower=float(credible["lower"].min()), upper=float(credible["upper"].max()),
    )  # fmt: skip
    return result


def estimate(n1: int, n2: int, m: float, confidence: float) -> dict[str, float]:
    """Give N, SE, lower, upper and n_seen for numbers already checked."""
    from scipy.special import ndtri

    seen = n1 + n2 - m
    total = (n1 + 1) * (n2 + 1) / (m + 1) - 1
    variance = (n1 + 1) * (n2 + 1) * (n1 - m) * (n2 - m) / ((m + 1) ** 2 * (m + 2))
    unseen = (n1 - m) * (n2 - m) / (m + 1)  # N - n_seen, without the loss of digits
    if unseen == 0:
        lower, upper = seen, float(_full_overlap_limit(min(n1, n2), max(n1, n2), (1 - confidence) / 2))
    else:
        factor = math.exp(float(ndtri((1 + confidence) / 2)) * math.sqrt(math.log1p(variance / unseen**2)))
        lower, upper = seen + unseen / factor, seen + unseen * factor
    return {"N": total, "SE": math.sqrt(variance), "lower": lower, "upper": upper, "n_seen": seen}


def require_confidence(confidence: float) -> float:
    """Return a level of confidence between 0 and 1, else raise."""
    if not isinstance(confidence, float) or not 0 < confidence < 1:
        raise ConfigError(f"confidence: {confidence!r} must lie between 0 and 1, such as 0.95.")
    return confidence


def _full_overlap_limit(small: int, large: int, level: float) -> float:
    """Find the largest N at which all ``small`` events lie among the ``large`` with at least this chance."""
    from scipy.special import gammaln

    if small == 0:
        return math.inf

    def chance(total: int) -> float:  # that all of the smaller source lie in the larger one
        return math.exp(
            gammaln(large + 1) - gammaln(large - small + 1) - gammaln(total + 1) + gammaln(total - small + 1)
        )

    low, high = large, 2 * large + 1
    while chance(high) >= level:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if chance(middle) >= level else (low, middle)
    return low


def _plain(values: pd.Series) -> dict[str, float | None]:
    """Give finite numbers for the record; what is infinite is missing there."""
    return {str(name): float(value) if math.isfinite(value) else None for name, value in values.items()}


__all__ = ["LEAST_MATCHED", "chapman", "chapman_range", "estimate", "require_confidence"]
