"""Fit and draw shares that differ from area to area: a beta distribution seen through binomial counts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

MOST_PRECISE = 1e6
"""Largest a + b: beyond it shares are the same everywhere, as far as any counts can tell."""
_LEAST_PRECISE = 0.05


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
    The beta-binomial likelihood over mean and log precision, from the moments on. Areas without events say nothing.

    References
    ----------
    Griffiths, D. A. (1973). Maximum likelihood estimation for the beta-binomial distribution. Biometrics 29, 637-648.

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.numerics.beta_binomial import fit_beta
    >>> a, b = fit_beta(np.array([1.0, 5, 9, 5]), np.array([9.0, 5, 1, 5]))
    >>> round(a / (a + b), 3)
    0.5
    """
    from scipy.optimize import minimize
    from scipy.special import digamma, expit, gammaln

    pairs, times = np.unique(np.column_stack([hits, misses]), axis=0, return_counts=True)
    u, p = pairs[pairs.sum(axis=1) > 0].T
    weight = times[pairs.sum(axis=1) > 0].astype(float)
    mean = float((weight * u).sum() / (weight * (u + p)).sum())
    if mean in (0.0, 1.0):  # nothing to tell areas apart by: one event of the other kind, half seen, sets the scale
        total = float((weight * (u + p)).sum())
        return (0.5, total) if mean == 0.0 else (total, 0.5)

    def loss(at: Floats) -> tuple[float, Floats]:
        share, precision = float(expit(at[0])), math.exp(float(at[1]))
        a, b = share * precision, (1 - share) * precision
        value = gammaln(u + a) - gammaln(a) + gammaln(p + b) - gammaln(b) + gammaln(a + b) - gammaln(u + p + a + b)
        both = digamma(a + b) - digamma(u + p + a + b)
        by_a = float((weight * (digamma(u + a) - digamma(a) + both)).sum())
        by_b = float((weight * (digamma(p + b) - digamma(b) + both)).sum())
        slope = share * (1 - share) * precision
        return -float((weight * value).sum()), -np.array([slope * (by_a - by_b), a * by_a + b * by_b])

    middle = math.log(mean / (1 - mean))
    first = [middle, math.log(10.0)] if start is None else [math.log(start[0] / start[1]), math.log(sum(start))]
    bounds = [(middle - 5, middle + 5), (math.log(_LEAST_PRECISE), math.log(MOST_PRECISE))]
    found = minimize(loss, np.array(first), jac=True, method="L-BFGS-B", bounds=bounds)
    share, precision = float(expit(found.x[0])), math.exp(float(found.x[1]))
    return share * precision, (1 - share) * precision


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
