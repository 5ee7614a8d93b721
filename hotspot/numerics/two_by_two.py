"""Compare shares of two totals exactly: tails of the hypergeometric distribution, and limits of the odds ratio."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hotspot.numerics.conditional_counts import Comparison

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_EPS = 1e-17
_BIG = 1e200
_CLOSE = 1e-12
_STEPS = 100


@njit(cache=True, nogil=True)
def tails(x: float, n: float, k: float, total: float, psi: float) -> tuple[float, float, float]:
    """
    Give P(X <= x), P(X >= x) and E(X | X >= x) - E(X), X noncentral hypergeometric.

    Parameters
    ----------
    x
        A possible value.
    n, k, total
        X of n items drawn from ``total`` are among the k marked ones.
    psi
        Odds ratio; 1: every draw is as probable.

    Notes
    -----
    Probabilities are summed from x outwards, relative to that of x, until they no longer matter: the work is the
    distance of x from the mode and some ten standard deviations.
    """
    term, up, up_first = 1.0, 1.0, 0.0
    scale = 1.0
    y = x
    while True:
        ratio = (k - y) * (n - y) / ((y + 1.0) * (total - k - n + y + 1.0)) * psi
        if ratio <= 0.0:
            break
        term *= ratio
        y += 1.0
        up += term
        up_first += term * (y - x)
        if ratio < 1.0 and term * (y - x) < _EPS * up_first and term < _EPS * up:
            break
        if term > _BIG:
            term, up, up_first, scale = term / _BIG, up / _BIG, up_first / _BIG, scale / _BIG
    own, term, down, down_first = scale, scale, 0.0, 0.0
    y = x
    while True:
        ratio = y * (total - k - n + y) / ((k - y + 1.0) * (n - y + 1.0) * psi)
        if ratio <= 0.0:
            break
        term *= ratio
        y -= 1.0
        down += term
        down_first += term * (x - y)
        if ratio < 1.0 and (term * (x - y) < _EPS * down_first and term < _EPS * down):
            break
        if term == 0.0:
            break
        if term > _BIG:
            term, down, down_first = term / _BIG, down / _BIG, down_first / _BIG
            up, up_first, own = up / _BIG, up_first / _BIG, own / _BIG
    whole = up + down
    gap = (up_first / up if up > 0 else 0.0) - (up_first - down_first) / whole
    return (own + down) / whole, up / whole, gap


@njit(cache=True, nogil=True)
def lower_odds(x: float, n: float, k: float, total: float, tail: float) -> float:
    """Find the odds ratio at which X >= x has the probability ``tail``: the lower limit; 0 where x is the least."""
    if x <= max(0.0, n - (total - k)):
        return 0.0
    # a start from the normal approximation of the logarithm, from which Newton's method goes on: the logarithm of the
    # tail is concave in that of the odds ratio, so that it cannot run away
    a, b, c, d = x + 0.5, n - x + 0.5, k - x + 0.5, total - k - n + x + 0.5
    se = math.sqrt(1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d)
    theta = math.log(a * d / (b * c)) - 2.0 * se
    aim = math.log(tail)
    for _ in range(_STEPS):
        _, at_least, gap = tails(x, n, k, total, math.exp(theta))
        if at_least <= 0.0 or gap <= 0.0:
            theta += 1.0 if at_least <= 0.0 else -1.0
            continue
        step = (aim - math.log(at_least)) / gap
        theta += min(max(step, -5.0), 5.0)
        if abs(step) < _CLOSE * (1.0 + abs(theta)):
            break
    return math.exp(theta)


@njit(cache=True, nogil=True)
def _compare(
    first: Floats, second: Floats, total_first: float, total_second: float, tail: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Compare each pair with what is left of the two totals."""
    size = len(first)
    lower, upper, p, smallest = np.full(size, np.nan), np.full(size, np.nan), np.ones(size), np.ones(size)
    total = total_first + total_second
    for i in range(size):
        a, b = first[i], second[i]
        n = a + b
        if n in (0.0, total):
            continue
        at_most, at_least, _ = tails(b, n, total_second, total, 1.0)
        p[i] = min(1.0, 2.0 * min(at_most, at_least))
        least, most = max(0.0, n - total_first), min(n, total_second)
        smallest[i] = 2.0 * min(
            tails(least, n, total_second, total, 1.0)[0], tails(most, n, total_second, total, 1.0)[1]
        )
        lower[i] = lower_odds(b, n, total_second, total, tail)
        mirrored = lower_odds(a, n, total_first, total, tail)
        if mirrored > 0.0:
            upper[i] = 1.0 / mirrored
    return lower, upper, p, np.minimum(smallest, 1.0)


def compare_shares(first: Floats, second: Floats, confidence: float = 0.95) -> Comparison:
    """
    Compare each place's share of two totals by Fisher's exact test.

    Parameters
    ----------
    first, second
        Counts of the places, whole numbers, 0 or more, no NaN.
    confidence
        Of the limits, between 0 and 1.

    Returns
    -------
    Comparison
        ``ratio`` is that of the place by that of all others together (the odds ratio), NaN where it would be infinite
        or 0 by 0.

    Notes
    -----
    Given what a place and what all places have in the two together, the place's second count is hypergeometric if it
    changed as the others did. p is twice the smaller tail, 1 at most, for the reason told at `compare_counts`; limits
    are those of the conditional distribution (noncentral hypergeometric), found by Newton's method.

    References
    ----------
    Fisher, R. A. (1935). JRSS 98, 39-82. Cornfield, J. (1956). Proceedings of the Third Berkeley Symposium 4, 135-148
    (limits).

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.numerics.two_by_two import compare_shares
    >>> found = compare_shares(np.array([2.0, 10.0]), np.array([15.0, 3.0]))
    >>> [round(float(values[0]), 4) for values in found[:4]]
    [25.0, 2.7534, 301.4623, 0.0009]
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    A, B = float(a.sum()), float(b.sum())
    lower, upper, p, smallest = _compare(a, b, A, B, (1.0 - confidence) / 2.0)
    with np.errstate(divide="ignore", invalid="ignore"):  # none before, or all there is: no ratio
        ratio = (b * (A - a)) / (a * (B - b))
    return Comparison(np.where(np.isfinite(ratio), ratio, np.nan), lower, upper, p, smallest)


__all__ = ["compare_shares", "lower_odds", "tails"]
