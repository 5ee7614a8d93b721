"""Fit and draw shares that differ from area to area: a beta distribution seen through binomial counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

MOST_PRECISE = 1e6
"""Largest a + b: beyond it shares are the same everywhere, as far as any counts can tell."""
_MOST_STEPS = 500
_FLAT = 1e-13
"""Share of the height below which a step gains nothing."""


def fit_beta(hits: Floats, misses: Floats, start: tuple[float, float] | None = None) -> tuple[float, float]:
    """
    Fit the beta distribution of the shares of many areas by maximum likelihood.

    Parameters
    ----------
    hits, misses
        Events of either kind by area, shape (n,), 0 or more, not all 0. Parts of events are allowed: an expected
        number stands for a number that is not known.
    start
        Where the search begins: a fit to similar counts saves steps. None begins at the mean share.

    Returns
    -------
    a, b : float
        Parameters; a + b at most `MOST_PRECISE`.

    Notes
    -----
    The beta-binomial likelihood depends on the counts only through how many areas have more than k events, k = 0, 1,
    …: a step of Newton's method costs as much as the largest count, whatever the number of areas. Where the
    likelihood is not concave the step is Minka's fixed-point iteration, which always climbs. Areas without events
    say nothing.

    References
    ----------
    Griffiths, D. A. (1973). Maximum likelihood estimation for the beta-binomial distribution. Biometrics 29, 637-648.
    Minka, T. P. (2000). Estimating a Dirichlet distribution (technical report).

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.numerics.beta_binomial import fit_beta
    >>> a, b = fit_beta(np.array([1.0, 5, 9, 5]), np.array([9.0, 5, 1, 5]))
    >>> round(a / (a + b), 3)
    0.5
    """
    total = float((hits + misses).sum())
    mean = float(hits.sum()) / total
    if mean in (0.0, 1.0):  # nothing to tell areas apart by: one event of the other kind, half seen, sets the scale
        return (0.5, total) if mean == 0.0 else (total, 0.5)
    tails = _more_than(hits), _more_than(misses), _more_than(hits + misses)
    a, b = (10 * mean, 10 * (1 - mean)) if start is None else start
    height = _height(tails, a, b)
    for _ in range(_MOST_STEPS):
        before = height
        a, b, height = _climb(tails, a, b, height)
        if height - before <= _FLAT * abs(height):
            break
    return a, b


def _more_than(counts: Floats) -> Floats:
    """Count the areas with more than k events, k from 0; part of an event is that part of an area."""
    whole = np.floor(counts).astype(np.int64)
    size = int(whole.max()) + 2
    exactly = np.bincount(whole, minlength=size).astype(float)
    parts = np.bincount(whole, weights=counts - whole, minlength=size)
    tail: Floats = exactly[::-1].cumsum()[::-1] - exactly + parts
    return tail


def _height(tails: tuple[Floats, Floats, Floats], a: float, b: float) -> float:
    """Give the logarithm of the likelihood, up to a constant."""
    terms = (tail @ np.log(at + np.arange(tail.size)) for tail, at in zip(tails, (a, b, a + b), strict=True))
    first, second, both = terms
    return float(first + second - both)


def _climb(tails: tuple[Floats, Floats, Floats], a: float, b: float, height: float) -> tuple[float, float, float]:
    """Take one step up, in the logarithms of a and b."""
    inverse = [1 / (at + np.arange(tail.size)) for tail, at in zip(tails, (a, b, a + b), strict=True)]
    by_a, by_b, by_both = (float(tail @ each) for tail, each in zip(tails, inverse, strict=True))
    second_a, second_b, second_both = (float(tail @ each**2) for tail, each in zip(tails, inverse, strict=True))
    slope = np.array([a * (by_a - by_both), b * (by_b - by_both)])
    bend = np.array([
        [a * a * (second_both - second_a) + slope[0], a * b * second_both],
        [a * b * second_both, b * b * (second_both - second_b) + slope[1]],
    ])  # fmt: skip
    steps = [np.log([by_a / by_both, by_b / by_both])]
    if bend[0, 0] < 0 < bend[0, 0] * bend[1, 1] - bend[0, 1] ** 2:
        step = -np.linalg.solve(bend, slope)
        step *= min(1.0, 3.0 / float(np.abs(step).max()))
        steps = [step * 0.5**halved for halved in range(6)] + steps
    for step in steps:
        at = np.array([a, b]) * np.exp(step)
        at *= min(1.0, MOST_PRECISE / float(at.sum()))
        found = _height(tails, float(at[0]), float(at[1]))
        if found > height:
            return float(at[0]), float(at[1]), found
    return a, b, height


def hidden_matches(
    alone: Floats, other: Floats, most: Ints, chance: Floats, a: float, b: float, uniform: Floats
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
    a, b
        Of the beta distribution of the share of events that only the first source knows.
    uniform
        Random numbers between 0 and 1, shape (n, draws).

    Returns
    -------
    array of int64, shape (n, draws)

    Notes
    -----
    Events are Poisson, a share of them known to the first source only, and each of those is found alone unless chance
    pairs it. With the rate and the share integrated out, F false matches beside v found alone and p of the other
    source have the probability q^F / F! · Γ(v+F+p) Γ(v+F+a) / Γ(v+F+p+a+b), up to a constant.
    """
    from scipy.special import gammaln

    expected = alone * chance / (1 - chance)
    wide = int(min(np.max(most, initial=0), np.ceil(np.max(expected + 10 * np.sqrt(expected) + 10, initial=0))))
    false = np.arange(wide + 1)
    u = alone[:, None] + false
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where(false > 0, false * np.log(chance)[:, None], 0.0) - gammaln(false + 1)
    log = log + gammaln(np.maximum(u + other[:, None], 1e-9)) + gammaln(u + a) - gammaln(u + other[:, None] + a + b)
    log[false > most[:, None]] = -np.inf
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    upto = np.cumsum(weight, axis=1)
    upto /= upto[:, -1:]
    drawn = [np.searchsorted(row, dice) for row, dice in zip(upto, uniform, strict=True)]
    return np.array(drawn, dtype=np.int64).reshape(uniform.shape)
