"""Fit and draw shares of two kinds of areas: a mixture of two beta distributions seen through binomial counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

_BOUNDS = ((-7.0, 7.0), (-1.0, 13.0), (-7.0, 7.0), (-1.0, 13.0), (-7.0, 3.0))
"""Of the logit of each mean, the logarithm of each precision, and the logit of the share of the second kind."""
_OF_SECOND = (1.0, 3.0)
"""Beta prior of the share of areas of the second kind: fewer than the first, and as likely none as a tenth."""


@dataclass(frozen=True, slots=True)
class SharesOfAreas:
    """
    How the shares of areas are distributed: those of the first kind by one beta distribution, the rest by another.

    Parameters
    ----------
    a, b
        Of the beta distributions, shape (2,).
    weight
        Share of the areas that are of either kind, shape (2,).
    point
        Where the search for the maximum ended; the start of the next.
    """

    a: Floats
    b: Floats
    weight: Floats
    point: Floats


def fit_shares(hits: Floats, misses: Floats, start: SharesOfAreas | None = None) -> SharesOfAreas:
    """
    Fit the shares of areas to their counts.

    Parameters
    ----------
    hits, misses
        Events of either kind by area, shape (n,), 0 or more, not all 0. Parts of events are allowed: an expected
        number stands for a number that is not known.
    start
        Fit to similar counts, where the search begins. None tries several beginnings.

    Returns
    -------
    SharesOfAreas
        The posterior mode. The means have uniform priors; the precision a + b of either kind that of uniform
        shrinkage, n / (a + b + n) uniform between 0 and 1 with n the harmonic mean of the events of an area. Without
        it the maximum says too often that areas do not differ at all, and limits are then too narrow.

    References
    ----------
    Daniels, M. J. (1999). A prior for the variance in hierarchical models. Canadian Journal of Statistics 27, 567-578.

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.numerics.beta_mixture import fit_shares
    >>> found = fit_shares(np.array([3.0] * 40 + [45.0, 48.0]), np.array([27.0] * 40 + [5.0, 2.0]))
    >>> (found.a / (found.a + found.b)).round(1).tolist()
    [0.1, 0.9]
    """
    from scipy.optimize import minimize

    some = hits + misses > 0
    pairs, times = np.unique(np.stack([hits[some], misses[some]]), axis=1, return_counts=True)
    events = float(times.sum() / (times / pairs.sum(axis=0)).sum())
    best = None
    for at in _beginnings(pairs, times) if start is None else [start.point]:
        found = minimize(
            _loss, at, args=(pairs[0], pairs[1], times.astype(np.float64), events), jac=True, method="L-BFGS-B",
            bounds=_BOUNDS, options={"ftol": 1e-12, "gtol": 1e-7, "maxiter": 500},
        )  # fmt: skip
        if best is None or found.fun < best.fun - 1e-9:
            best = found
    assert best is not None  # noqa: S101 - there is a beginning
    return _shares(np.asarray(best.x, dtype=np.float64))


def _beginnings(pairs: Floats, times: Ints) -> list[Floats]:
    """Begin with a second kind above the others, below them, or like them."""
    hits, misses = pairs @ times
    middle = float(np.log((hits + 1) / (misses + 1)))
    return [np.array([middle, 3.5, middle + step, 2.5, -2.0]) for step in (1.5, -1.5, 0.0)]


def _shares(point: Floats) -> SharesOfAreas:
    """Put the point of the search into the words of the model."""
    from scipy.special import expit

    mean, precision, second = expit(point[[0, 2]]), np.exp(point[[1, 3]]), float(expit(point[4]))
    return SharesOfAreas(mean * precision, (1 - mean) * precision, np.array([1 - second, second]), point)


def _loss(point: Floats, hits: Floats, misses: Floats, times: Floats, events: float) -> tuple[float, Floats]:
    """Give the negative logarithm of the posterior, and its slope."""
    from scipy.special import digamma, expit

    shares = _shares(point)
    log, slope_a, slope_b = [], [], []
    for a, b in zip(shares.a, shares.b, strict=True):
        log.append(_log_odds_of_counts(hits, misses, a, b))
        both = digamma(a + b) - digamma(hits + misses + a + b)
        slope_a.append(digamma(hits + a) - digamma(a) + both)
        slope_b.append(digamma(misses + b) - digamma(b) + both)
    parts = np.stack(log) + np.log(shares.weight)[:, None]
    whole = np.logaddexp(parts[0], parts[1])
    belongs = np.exp(parts - whole) * times
    height = float(whole @ times)
    slope = np.zeros(5)
    mean, precision = shares.a / (shares.a + shares.b), shares.a + shares.b
    for kind in range(2):
        by_a, by_b = float(belongs[kind] @ slope_a[kind]), float(belongs[kind] @ slope_b[kind])
        slope[2 * kind] = (by_a - by_b) * precision[kind] * mean[kind] * (1 - mean[kind])
        slope[2 * kind + 1] = by_a * shares.a[kind] + by_b * shares.b[kind]
        # a uniform mean and uniform shrinkage, in the units of the search
        height += float(
            np.log(mean[kind] * (1 - mean[kind])) + np.log(precision[kind]) - 2 * np.log(precision[kind] + events)
        )
        slope[2 * kind] += 1 - 2 * mean[kind]
        slope[2 * kind + 1] += 1 - 2 * precision[kind] / (precision[kind] + events)
    second = float(expit(point[4]))
    of_second, of_first = _OF_SECOND
    slope[4] = belongs[1].sum() * (1 - second) - belongs[0].sum() * second
    height += of_second * np.log(second) + of_first * np.log1p(-second)
    slope[4] += of_second * (1 - second) - of_first * second
    return -height, -slope


def _log_odds_of_counts(hits: Floats, misses: Floats, a: float, b: float) -> Floats:
    """Give the logarithm of the beta-binomial probability of counts, but for the number of their orders."""
    from scipy.special import betaln

    return np.asarray(betaln(hits + a, misses + b) - betaln(a, b))


def draw_false_matches(
    alone: Floats, other: Floats, most: Ints, chance: Floats, shares: SharesOfAreas, uniform: Floats
) -> Ints:
    """
    Draw how many of the matches of each area are false, given what chance does.

    Parameters
    ----------
    alone
        Events of the first source found without a partner, shape (n,).
    other
        Events of the second source, shape (n,).
    most
        Matches found, shape (n,): no more than these can be false.
    chance
        Chance that an event without a true partner finds a false one, shape (n,), below 1.
    shares
        Distribution of the share of events that only the first source knows.
    uniform
        Random numbers between 0 and 1, shape (n, draws).

    Returns
    -------
    array of int64, shape (n, draws)

    Notes
    -----
    Events are Poisson, a share of them known to the first source only, and each of those is found alone unless chance
    pairs it. With the rate and the share integrated out, F false matches beside v found alone and p of the other
    source have the probability q^F / F! · Γ(v+F+p) Σ w B(v+F+a, p+b) / B(a, b), up to a constant.
    """
    from scipy.special import gammaln

    expected = alone * chance / (1 - chance)
    wide = int(min(np.max(most, initial=0), np.ceil(np.max(expected + 10 * np.sqrt(expected) + 10, initial=0))))
    false = np.arange(wide + 1)
    u, p = alone[:, None] + false, other[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where(false > 0, false * np.log(chance)[:, None], 0.0) - gammaln(false + 1)
    log = log + gammaln(np.maximum(u + p, 1e-9)) + _log_mixture(u, p, shares)
    log[false > most[:, None]] = -np.inf
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    upto = np.cumsum(weight, axis=1)
    upto /= upto[:, -1:]
    drawn = [np.searchsorted(row, dice) for row, dice in zip(upto, uniform, strict=True)]
    return np.array(drawn, dtype=np.int64).reshape(uniform.shape)


def _log_mixture(hits: Floats, misses: Floats, shares: SharesOfAreas) -> Floats:
    """Give the logarithm of the probability of counts over both kinds."""
    first, second = (
        np.log(w) + _log_odds_of_counts(hits, misses, a, b)
        for a, b, w in zip(shares.a, shares.b, shares.weight, strict=True)
    )
    return np.asarray(np.logaddexp(first, second))


def draw_shares(hits: Floats, misses: Floats, shares: SharesOfAreas, generator: np.random.Generator) -> Floats:
    """
    Draw the share of each area given its counts.

    Parameters
    ----------
    hits, misses
        Events of either kind, shape (n,) or (n, draws).
    shares
        Distribution over the areas.
    generator
        Source of chance.

    Returns
    -------
    array of float64, shaped like ``hits``
    """
    first, second = (
        np.log(w) + _log_odds_of_counts(hits, misses, a, b)
        for a, b, w in zip(shares.a, shares.b, shares.weight, strict=True)
    )
    kind = (generator.random(hits.shape) < 1 / (1 + np.exp(np.clip(first - second, -700, 700)))).astype(np.int64)
    return np.asarray(generator.beta(hits + shares.a[kind], misses + shares.b[kind]))


__all__ = ["SharesOfAreas", "draw_false_matches", "draw_shares", "fit_shares"]
