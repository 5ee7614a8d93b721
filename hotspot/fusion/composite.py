"""Give each area one score from several sources, and say how far it depends on any one of them and on chance."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import nearest, require_choice, require_columns, require_unique_index, require_whole
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.numerics.correlated_rates import (
    correlation_of_errors,
    correlation_of_true_rates,
    draw_standardised_rates,
    reliability,
)
from hotspot.numerics.empirical_bayes import shrunken_rates, standardised_rates
from hotspot.rates.exposure import count_column
from hotspot.record import note

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

SCALES = ("eb", "percentile")
WEIGHTS = ("equal", "reliability")
_BLOCK = 250
"""Draws at a time: bounds memory."""


def composite_score(
    counts: pd.DataFrame,
    *,
    sources: Sequence[str],
    weights: str | Mapping[str, float] = "equal",
    scale: str = "eb",
    population: str = "population",
    shared: Mapping[tuple[str, str], float] | None = None,
    draws: int = 1_000,
    top: int = 10,
    seed: int = 0,
) -> pd.DataFrame:
    """
    Score each area by the weighted mean of its standardised rates over the sources that cover it.

    Parameters
    ----------
    counts
        AreaCounts with ``n_<source>`` for each source. A missing count is no coverage, never 0.
    sources
        Names of two or more sources, such as ``["police", "ed"]``.
    weights
        ``equal``; ``reliability``: true variance of the source's rates over true and sampling variance; or a weight
        above 0 for each source.
    scale
        ``eb``: (rate - mean) / standard error, the empirical-Bayes standardisation; ``percentile``: percentile rank
        of the rate smoothed by empirical Bayes, from 0 to 1, which no extreme value can stretch.
    population
        Column of people at risk. An area where it is missing or 0 has no score.
    shared
        Number of events that two sources both recorded, such as ``{("police", "ed"): 410}`` from linkage. Used for
        ``composite_p_top`` alone; a pair not named shares none.
    draws
        Draws of the true rates, for ``composite_p_top``.
    top
        Number of places the list may hold: k of the probability to be among the top k.
    seed
        Of the draws. The same seed gives the same result in any order of rows.

    Returns
    -------
    DataFrame
        Indexed like ``counts``: ``composite``; ``composite_sources``, how many sources it rests on (fewer than asked
        is the flag of a partial score); ``composite_rank``, 1 first, ties share the better place;
        ``composite_rank_best`` and ``composite_rank_worst``, over this score and those that leave out one source;
        ``composite_p_top``, the probability that the area is among the ``top`` by its true rates. Missing where no
        source covers the area.

    Raises
    ------
    ConfigError
        Fewer than two sources, an unknown scale, a weight that is not above 0 or is missing, shared events of a pair
        that is none or more than either source has.
    InputError
        A column is missing, not numeric, negative or infinite; no area has a count of a source and a population.

    Warns
    -----
    HotspotWarning
        Chance explains all differences of a source (it has no reliability), or of all.

    Notes
    -----
    C_i = sum_k w_k s_ki / sum_k w_k over the sources k that cover area i: a missing source is left out and the others
    take its weight. Counts are never added up: the largest source would decide alone. The sources must be comparable
    (`select_comparable`), and a score over fewer sources is compared with scores over all: look at
    ``composite_sources``.

    For ``composite_p_top`` the true rate of each source has a Gamma prior (mean and variance by moments) and a Poisson
    count; a Gaussian copula with the moment estimate of their correlation joins the sources. A draw standardises the
    true rates, takes the same weighted mean, and marks the ``top`` areas. It answers for chance only: not for records
    that never came, a wrong population or place. Where two sources record the same events their counts err together,
    and without ``shared`` the probability is too sure: where a third to a half of the records were common, of areas
    given 85 per cent 78 were among the true top.

    The score ranks need as these sources see it. It has no unit, is not a risk, and small differences mean nothing.

    References
    ----------
    Assunção, R. M. and Reis, E. A. (1999). Statistics in Medicine 18, 2147-2162 (standardisation). Marshall, R. J.
    (1991). JRSS C 40, 283-294 (moments).

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> counts = pd.DataFrame(
    ...     {
    ...         "n_police": pd.array([90, 40, 30, 20], dtype="Int64"),
    ...         "n_ed": pd.array([30, 8, None, 5], dtype="Int64"),
    ...         "population": [1500, 1600, 1400, 1500],
    ...     },
    ...     index=["E01", "E02", "E03", "E04"],
    ... )
    >>> found = hs.composite_score(counts, sources=["police", "ed"], top=1)
    >>> found[["composite_sources", "composite_rank"]].to_dict("list")
    {'composite_sources': [2, 2, 1, 2], 'composite_rank': [1, 2, 3, 4]}
    """
    names = _names(sources)
    require_choice(scale, SCALES, "scale")
    require_whole(draws, "draws", 1)
    require_whole(top, "top", 1)
    require_whole(seed, "seed", 0)
    events, exposure = _events_and_people(counts, names, population)
    covered = ~np.isnan(events)
    scored = covered.any(axis=1)
    if not scored.any():
        raise InputError(f"counts: no area has a count of {' or '.join(names)} and a {population!r} above 0.")
    nowhere = [name for j, name in enumerate(names) if not covered[:, j].any()]
    if nowhere:
        raise InputError(
            f"counts['n_{nowhere[0]}']: no area has a count and a {population!r} above 0. Leave {nowhere[0]!r} out of "
            "the sources."
        )
    reliabilities = np.array(
        [reliability(events[covered[:, j], j], exposure[covered[:, j]]) for j in range(len(names))]
    )
    weight = _weights(weights, names, reliabilities)
    scores = np.column_stack([_standardised(events[:, j], exposure, scale) for j in range(len(names))])
    composite = _mean(scores, weight)
    best, worst, rank = _ranks(scores, weight, composite)
    order = np.argsort(counts.index.astype(str).to_numpy(), kind="stable")
    used = order[~np.isnan(composite)[order]]
    common = _shared(shared, names, np.nansum(events, axis=0))
    correlation = correlation_of_true_rates(events[scored], exposure[scored], common)
    p_top = np.full(len(counts), np.nan)
    p_top[used] = _top_shares(
        events[used], exposure[used], correlation, correlation_of_errors(common), weight,
        scale=scale, draws=draws, top=min(top, len(used)), rng=np.random.Generator(np.random.Philox(seed)),
    )  # fmt: skip
    note(
        "composite_score", sources=names, scale=scale, population=population, areas=len(counts),
        scored=len(used), partial=int((covered[used].sum(axis=1) < len(names)).sum()),
        weights=dict(zip(names, weight.round(6).tolist(), strict=True)),
        reliability=dict(zip(names, reliabilities.round(6).tolist(), strict=True)),
        shared={f"{a} and {b}": float(n) for (a, b), n in (shared or {}).items()},
        correlation_of_true_rates=correlation.round(4).tolist(), draws=draws, top=top, seed=seed,
    )  # fmt: skip
    whole = {"composite_sources": np.where(scored, (covered & (weight > 0)).sum(axis=1), np.nan),
             "composite_rank": rank, "composite_rank_best": best, "composite_rank_worst": worst}  # fmt: skip
    result = pd.DataFrame({"composite": composite}, index=counts.index)
    for name, values in whole.items():
        result[name] = pd.array(np.where(np.isnan(composite), np.nan, values), dtype="Float64").astype("Int64")
    return result.assign(composite_p_top=p_top)


def _names(sources: Sequence[str]) -> list[str]:
    """Check the sources that make up the score."""
    several = isinstance(sources, Sequence) and not isinstance(sources, str) and len(sources) > 1
    if not several or len(set(sources)) < len(sources):
        raise ConfigError(f"sources: {sources!r} must name two or more sources, each once, such as ['police', 'ed'].")
    return [str(name) for name in sources]


def _events_and_people(counts: pd.DataFrame, names: list[str], population: str) -> tuple[Floats, Floats]:
    """Give the counts, missing where the source or the population is, and the people."""
    require_unique_index(counts, "counts")
    columns = [f"n_{name}" for name in names]
    rates = [name for name in names if f"n_{name}" not in counts and f"rate_{name}" in counts]
    if rates:
        raise InputError(
            f"counts: {rates[0]} has a rate and no count, and a rate does not tell how far chance moves it. Ask for "
            "counts, or rank by percentiles with prioritise(by=...)."
        )
    require_columns(counts, [*columns, population], "counts")
    arrays = [count_column(counts, name) for name in (*columns, population)]
    people = np.where(arrays[-1] > 0, arrays[-1], np.nan)
    events = np.column_stack(arrays[:-1])
    events[np.isnan(people)] = np.nan
    return events, people


def _weights(weights: str | Mapping[str, float], names: list[str], reliabilities: Floats) -> Floats:
    """Give the weight of each source; they add up to 1."""
    if isinstance(weights, Mapping):
        strange = [name for name in weights if name not in names]
        if strange:
            raise ConfigError(f"weights: {strange[0]!r} is not among the sources.{nearest(str(strange[0]), names)}")
        given: list[object] = [weights.get(name) for name in names]
        for name, value in zip(names, given, strict=True):
            if not 0 < _number(value) < np.inf:
                raise ConfigError(f"weights: {name!r} has {value!r}; give each source a weight above 0.")
        found = np.array(given, dtype=np.float64)
        found /= found.max()  # the sum of huge weights would be infinite
        return np.asarray(found / found.sum())
    require_choice(weights, WEIGHTS, "weights")
    without = [name for name, value in zip(names, reliabilities, strict=True) if value == 0]
    if without:
        told = "all weights are equal" if weights == "equal" or len(without) == len(names) else "its weight is 0"
        warnings.warn(
            f"counts: chance explains all differences between areas in {', '.join(without)}; {told}. Use larger areas "
            "or a longer period.",
            HotspotWarning,
            stacklevel=3,
        )
    if weights == "equal" or len(without) == len(names):
        return np.full(len(names), 1 / len(names))
    return np.asarray(reliabilities / reliabilities.sum())


def _number(value: object) -> float:
    """Give a number of Python or NumPy as a float, anything else as no number."""
    return np.nan if isinstance(value, bool) or not isinstance(value, Real) else float(value)


def _shared(shared: Mapping[tuple[str, str], float] | None, names: list[str], totals: Floats) -> Floats:
    """Give the events that each pair of sources both recorded; on the diagonal those of the source."""
    if shared is not None and not isinstance(shared, Mapping):
        raise ConfigError(f"shared: give a mapping such as {{('police', 'ed'): 410}}, not {type(shared).__name__}.")
    matrix = np.diag(totals)
    for pair, number in (shared or {}).items():
        if not isinstance(pair, tuple) or len(set(pair)) != 2 or not set(pair) <= set(names):  # noqa: PLR2004 - a pair
            raise ConfigError(f"shared: {pair!r} is no pair of the sources {', '.join(names)}.")
        i, j = (names.index(name) for name in pair)
        most = min(totals[i], totals[j])
        if not 0 <= _number(number) <= most:
            raise ConfigError(
                f"shared: {pair!r} has {number!s}; it must lie between 0 and the {most:g} of the smaller."
            )
        if matrix[i, j] and matrix[i, j] != number:
            raise ConfigError(f"shared: {names[i]} and {names[j]} have two numbers. Give each pair once.")
        matrix[i, j] = matrix[j, i] = number
    return matrix


def _standardised(events: Floats, exposure: Floats, scale: str) -> Floats:
    """Put the rates of one source on the scale; missing where the count is."""
    known = ~np.isnan(events)
    score = np.full(len(events), np.nan)
    if not known.any():
        return score
    if scale == "eb":
        score[known] = standardised_rates(events[known], exposure[known])
    else:
        smooth = pd.Series(shrunken_rates(events[known], exposure[known]))
        score[known] = ((smooth.rank() - 0.5) / len(smooth)).to_numpy()
    return score


def _mean(scores: Floats, weight: Floats) -> Floats:
    """Give the weighted mean over the sources an area has; missing where it has none of any weight."""
    there = ~np.isnan(scores)
    total = there @ weight
    summed = np.where(there, scores, 0.0) @ weight
    return np.asarray(np.divide(summed, total, out=np.full(len(scores), np.nan), where=total > 0))


def _ranks(scores: Floats, weight: Floats, composite: Floats) -> tuple[Floats, Floats, Floats]:
    """Give the best and the worst rank when any one source is left out or none, and the rank itself."""
    every = [composite]
    for left_out in range(scores.shape[1]):
        others = np.where(np.arange(scores.shape[1]) == left_out, 0.0, weight)
        if others.any():
            every.append(_mean(scores, others))
    ranks = pd.DataFrame(np.column_stack(every)).rank(ascending=False, method="min")
    best, worst, rank = ranks.min(axis=1), ranks.max(axis=1), ranks[0]
    return best.to_numpy(np.float64), worst.to_numpy(np.float64), rank.to_numpy(np.float64)


def _top_shares(
    events: Floats,
    exposure: Floats,
    correlation: Floats,
    errors: Floats,
    weight: Floats,
    *,
    scale: str,
    draws: int,
    top: int,
    rng: np.random.Generator,
) -> Floats:
    """Give the share of draws in which each area is among the top by its true rates."""
    there = ~np.isnan(events)
    total = there @ weight
    hits = np.zeros(len(events))
    for start in range(0, draws, _BLOCK):
        number = min(_BLOCK, draws - start)
        drawn = draw_standardised_rates(events, exposure, correlation, errors, draws=number, rng=rng)
        mixed = np.zeros((len(events), number))
        for j, rates in enumerate(drawn):
            own = there[:, j]
            mixed[own] += weight[j] * (_percentiles(rates[own]) if scale == "percentile" else rates[own])
        mixed /= total[:, None]
        # equal values, as where chance explains all, must not favour the first rows
        mixed += 1e-9 * rng.random(mixed.shape)
        first = np.argpartition(-mixed, top - 1, axis=0)[:top]
        hits += np.bincount(first.ravel(), minlength=len(events))
    return hits / draws


def _percentiles(rates: Floats) -> Floats:
    """Give the percentile ranks within each draw; rates without variance are all in the middle."""
    if not rates.any():
        return np.full(rates.shape, 0.5)
    ranks = np.empty_like(rates)
    places = ((np.arange(len(rates)) + 0.5) / len(rates))[:, None]
    np.put_along_axis(ranks, rates.argsort(axis=0), np.broadcast_to(places, rates.shape), axis=0)
    return ranks


__all__ = ["composite_score"]
