"""Compare how two sources rank the same areas."""

from __future__ import annotations

import math
from numbers import Real

import numpy as np
import pandas as pd

from hotspot.checks import require_unique_index, require_whole
from hotspot.errors import ConfigError, InputError
from hotspot.fusion.comparability import require_reason
from hotspot.numerics.rank_overlap import overlap_by_depth, rank_biased_overlap
from hotspot.record import note


def compare_sources(
    a: pd.Series,
    b: pd.Series,
    *,
    top: int | None = None,
    persistence: float | None = None,
    confidence: float = 0.95,
    comparable: bool = True,
    reason: str | None = None,
) -> dict[str, float | int]:
    """
    Compare the ranking of areas by two sources.

    Parameters
    ----------
    a, b
        One value per area (a rate or a count), indexed by area code. Areas that either lacks are left out.
    top
        Number of leading areas whose overlap is counted; None takes a tenth of the areas, at least 1.
    persistence
        Of rank-biased overlap, from 0 up to, but not, 1: the chance that a reader who has come to one area of the
        list looks at the next. None takes 1 - 1 / ``top``: the reader sees ``top`` areas on average.
    confidence
        Of the interval of Spearman's correlation, between 0 and 1.
    comparable
        Whether the two count the same kind of thing over the same months and places. False needs a reason.
    reason
        Why they are compared although they are not alike; written in the record.

    Returns
    -------
    dict
        ``n`` areas compared, ``left_out``, rank correlations ``spearman`` (with ``spearman_lower``,
        ``spearman_upper``) and ``kendall`` (tau-b; both allow for ties), ``top``, ``overlap`` (areas in both tops),
        ``expected_overlap`` and ``p_overlap`` (what two unrelated rankings give: the mean, and the chance of at least
        this overlap), ``jaccard`` of the two tops, ``rbo`` (rank-biased overlap, 0 to 1), ``expected_rbo`` (its mean
        for unrelated rankings) and ``persistence``.

    Raises
    ------
    ComparabilityError
        ``comparable=False`` without a reason.
    ConfigError
        ``top`` is not between 1 and the number of areas; ``persistence`` or ``confidence`` is out of range.
    InputError
        Fewer than three areas have both values, an area stands twice, or a value is infinite.

    Notes
    -----
    The overlap of two random tops of k among n areas is hypergeometric, with mean k²/n. Ties at the cut are broken by
    area code, so the tops are the same in every run. A correlation is missing where one source is constant. Rates of
    areas with one population share its errors: some correlation is owed to that alone.

    Rank-biased overlap weighs the first places most and depends on no cut. Equal values are taken as every order of
    them in turn, so that neither codes nor the order of rows decide.

    The interval is Fisher's z with the variance (1 + r² / 2) / (n - 3). It takes areas as independent draws. They
    are not: neighbours are alike, and the interval is too narrow. With many ties it is rough. It is missing below
    four areas.

    References
    ----------
    Kendall (1945) Biometrika 33, 239-251 (ties). Bonett and Wright (2000) Psychometrika 65, 23-28 (interval).
    Webber, Moffat and Zobel (2010) ACM Transactions on Information Systems 28(4), 20 (rank-biased overlap). Ariel,
    Weinborn and Boyle (2015) Emergency Medicine Journal compare police and ambulance hot spots so.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.fusion import compare_sources
    >>> police = pd.Series([9, 7, 5, 3, 1], index=list("abcde"))
    >>> ambulance = pd.Series([8, 9, 4, 2, None], index=list("abcde"))
    >>> found = compare_sources(police, ambulance, top=2)
    >>> found["n"], round(found["spearman"], 3), found["overlap"], found["rbo"]
    (4, 0.8, 2, 0.5)
    """
    from scipy.stats import hypergeom, kendalltau

    require_reason(reason, comparable=comparable)
    if not (isinstance(confidence, float) and 0 < confidence < 1):
        raise ConfigError(f"confidence: {confidence!r} must lie between 0 and 1, such as 0.95.")
    pairs, left_out = _pairs(a, b)
    n = len(pairs)
    k = max(1, n // 10) if top is None else require_whole(top, "top", 1)
    if k > n:
        raise ConfigError(f"top: {k} is more than the {n} areas that have both values.")
    p = 1 - 1 / k if persistence is None else persistence
    given: object = p
    if isinstance(given, bool) or not isinstance(given, Real) or not 0 <= p < 1:
        raise ConfigError(f"persistence: {persistence!r} must be at least 0 and below 1, such as 0.9.")
    ranks = pairs.rank()
    varies = bool((np.ptp(ranks.to_numpy(), axis=0) > 0).all())
    spearman = float(np.corrcoef(ranks["a"], ranks["b"])[0, 1]) if varies else math.nan
    lower, upper = _interval(spearman, n, confidence)
    tops = [set(pairs.index[np.lexsort((pairs.index.astype(str), -pairs[name].to_numpy()))[:k]]) for name in pairs]
    overlap = len(tops[0] & tops[1])
    shared = overlap_by_depth(pairs["a"].to_numpy(), pairs["b"].to_numpy())
    result: dict[str, float | int] = {
        "n": n,
        "left_out": left_out,
        "spearman": spearman,
        "spearman_lower": lower,
        "spearman_upper": upper,
        "kendall": float(kendalltau(pairs["a"], pairs["b"]).statistic) if varies else math.nan,
        "top": k,
        "overlap": overlap,
        "expected_overlap": k * k / n,
        "p_overlap": float(hypergeom.sf(overlap - 1, n, k, k)),
        "jaccard": overlap / len(tops[0] | tops[1]),
        "rbo": rank_biased_overlap(shared, p),
        "expected_rbo": rank_biased_overlap(np.arange(1.0, n + 1) ** 2 / n, p),
        "persistence": p,
    }
    facts = {name: value for name, value in result.items() if not pd.isna(value)}
    note("compare_sources", a=str(a.name), b=str(b.name), comparable=comparable, reason=reason,
         confidence=confidence, **facts)  # fmt: skip
    return result


def _pairs(a: pd.Series, b: pd.Series) -> tuple[pd.DataFrame, int]:
    """Give the areas that have both values, and the number of the others."""
    for values, name in ((a, "a"), (b, "b")):
        if not isinstance(values, pd.Series):
            raise InputError(f"{name}: give a Series indexed by area code, not {type(values).__name__}.")
        require_unique_index(values, name)
        if not (pd.api.types.is_numeric_dtype(values.dtype) or values.isna().all()):
            raise InputError(f"{name}: holds {values.dtype}, not numbers. Convert it first.")
    both = pd.concat([a.rename("a").astype("Float64"), b.rename("b").astype("Float64")], axis=1, join="outer")
    pairs = both.dropna().astype(float)
    if np.isinf(pairs.to_numpy()).any():
        raise InputError(f"a, b: {int(np.isinf(pairs.to_numpy()).any(axis=1).sum())} area(s) have an infinite value.")
    if len(pairs) < 3:  # noqa: PLR2004 - two points always correlate perfectly
        raise InputError(f"a, b: only {len(pairs)} area(s) have both values. Are both indexed by the same area codes?")
    return pairs, len(both) - len(pairs)


def _interval(spearman: float, n: int, confidence: float) -> tuple[float, float]:
    """Give the interval of Bonett and Wright; a perfect correlation is its own."""
    from scipy.stats import norm

    if math.isnan(spearman) or n < 4:  # noqa: PLR2004 - the variance divides by n - 3
        return math.nan, math.nan
    if abs(spearman) >= 1 - 1e-12:
        return spearman, spearman
    half = float(norm.ppf((1 + confidence) / 2)) * math.sqrt((1 + spearman**2 / 2) / (n - 3))
    z = math.atanh(spearman)
    return math.tanh(z - half), math.tanh(z + half)


__all__ = ["compare_sources"]
