"""Compare two Poisson counts by p-values under the estimated common rate: the E-test."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_SMALLEST = 1e-300
_TIE = 1e-10
"""Relative difference within which two statistics are tied: a tie counts as at least as extreme."""


@njit(cache=True, nogil=True)
def _poisson(mean: float) -> tuple[int, Floats]:
    """Give the first number and the probabilities of all numbers that are not practically impossible."""
    mode = math.floor(mean)
    reach = 40.0 * math.sqrt(mean) + 300.0  # beyond it a probability is below 1e-300
    first = max(0, int(mode - reach))
    chance = np.zeros(int(mode + reach) - first + 1)
    chance[int(mode) - first] = 1.0
    for at in range(int(mode) - first, 0, -1):
        chance[at - 1] = chance[at] * (first + at) / mean
    for at in range(int(mode) - first + 1, len(chance)):
        chance[at] = chance[at - 1] * mean / (first + at)
    low, high = 0, len(chance)
    while chance[low] < _SMALLEST:
        low += 1
    while chance[high - 1] < _SMALLEST:
        high -= 1
    return first + low, chance[low:high] / chance[low:high].sum()


@njit(cache=True, nogil=True)
def _statistic(x: float, y: float, m: float, n: float, pooled: bool) -> float:  # noqa: FBT001 - numba knows no keyword
    """Give the difference of the rates in its estimated standard errors; 0 of 0."""
    if x + y == 0.0:
        return 0.0
    variance = (x + y) / (m * n) if pooled else x / m**2 + y / n**2
    return (x / m - y / n) / math.sqrt(variance)


@njit(cache=True, nogil=True)
def _e_test(a: float, b: float, m: float, n: float, pooled: bool) -> float:  # noqa: FBT001 - numba knows no keyword
    """Give the two-sided p-value of one pair."""
    seen = abs(_statistic(a, b, m, n, pooled)) * (1.0 - _TIE)
    if a + b == 0.0 or seen < _TIE:
        return 1.0
    rate = (a + b) / (m + n)
    first_x, of_x = _poisson(m * rate)
    first_y, of_y = _poisson(n * rate)
    size = len(of_y)
    below, above = np.zeros(size + 1), np.zeros(size + 1)  # of fewer than, and of at least, first_y + at
    for at in range(size):
        below[at + 1] = below[at] + of_y[at]
        above[size - 1 - at] = above[size - at] + of_y[size - 1 - at]
    p, low, high = 0.0, 0, 0
    # the statistic rises with x and falls with y, so that both edges of the region only ever move up
    for at in range(len(of_x)):
        x = first_x + at
        while low < size and _statistic(x, first_y + low, m, n, pooled) >= seen:
            low += 1
        while high < size and _statistic(x, first_y + high, m, n, pooled) > -seen:
            high += 1
        p += of_x[at] * (below[low] + above[high])
    return min(1.0, p)


@njit(cache=True, nogil=True)
def estimated_p(a: Floats, b: Floats, m: Floats, n: Floats, pooled: bool) -> Floats:  # noqa: FBT001 - as above
    """
    Give the E-test's two-sided p-value of each pair of counts.

    Parameters
    ----------
    a, b
        Counts, whole numbers, 0 or more; NaN stays NaN.
    m, n
        Their exposures, above 0.
    pooled
        Whether the variance of the difference is estimated from the common rate, not from each.

    Returns
    -------
    array
        1 where the rates are equal, or both counts 0.

    Notes
    -----
    p = sum of f(x; m r) f(y; n r) over all (x, y) whose statistic is at least as far from 0 as the observed one, with
    the estimated common rate r = (a + b) / (m + n). For each x the region is two tails in y: the work grows with the
    standard deviation of the counts, not with their square.
    """
    p = np.full(len(a), np.nan)
    for i in range(len(a)):
        if not math.isnan(a[i] + b[i]):
            p[i] = _e_test(a[i], b[i], m[i], n[i], pooled)
    return p


__all__ = ["estimated_p"]
