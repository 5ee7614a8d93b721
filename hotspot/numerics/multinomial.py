"""Draw maps whose events are shared out by chance: multinomial counts that depend on seed and draw alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hotspot.numerics.random_numbers import halves, philox, uniform

if TYPE_CHECKING:
    import numpy.typing as npt

    Counts = npt.NDArray[np.int32]
    Floats = npt.NDArray[np.float64]

_STREAM = np.uint64(2)
"""Keeps these draws apart from the other uses of the same seed."""
_HALF_STEP = 2.0**-54


@njit(cache=True, nogil=True)
def _above_zero(high: np.uint64, low: np.uint64) -> float:
    """Make a number strictly between 0 and 1."""
    return uniform(high, low) + _HALF_STEP


@njit(cache=True, nogil=True, error_model="numpy")
def _rarer(trials: int, chance: float, area: int, draw: np.uint64, seed: np.uint64) -> int:
    """
    Draw from the binomial distribution of a chance up to 1/2: by inversion, or where the mean is large by rejection.

    References
    ----------
    Hörmann, W. (1993). The generation of binomial random variates. Journal of Statistical Computation and
    Simulation 46, 101-110.
    """
    k0, k1 = halves(seed)
    odds, attempt = chance / (1.0 - chance), np.uint64(0)
    if trials * chance < 10.0:  # noqa: PLR2004 - Hörmann's limit
        x0, x1, _, _ = philox(draw, attempt, np.uint64(area), _STREAM, k0, k1)
        left = _above_zero(x0, x1)
        mass = math.exp(trials * math.log1p(-chance))
        events = 0
        while left > mass and events < trials:
            left -= mass
            events += 1
            mass *= odds * (trials - events + 1) / events
        return events
    spread = math.sqrt(trials * chance * (1.0 - chance))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * chance
    accept, alpha = 0.92 - 4.2 / b, (2.83 + 5.1 / b) * spread
    mode = math.floor((trials + 1) * chance)
    peak = math.lgamma(mode + 1.0) + math.lgamma(trials - mode + 1.0)
    while True:
        x0, x1, x2, x3 = philox(draw, attempt, np.uint64(area), _STREAM, k0, k1)
        attempt += np.uint64(1)
        u, v = _above_zero(x0, x1) - 0.5, _above_zero(x2, x3)
        edge = 0.5 - abs(u)
        events = math.floor((2.0 * a / edge + b) * u + trials * chance + 0.5)
        if events < 0 or events > trials:
            continue
        if edge >= 0.07 and v <= accept:  # noqa: PLR2004 - Hörmann's constant
            return events
        height = math.log(v * alpha / (a / (edge * edge) + b))
        density = peak - math.lgamma(events + 1.0) - math.lgamma(trials - events + 1.0)
        if height <= density + (events - mode) * math.log(odds):
            return events


@njit(cache=True, nogil=True)
def _draw_map(
    counts: Counts, column: int, expected: Floats, tails: Floats, total: int, draw: np.uint64, seed: np.uint64
) -> None:
    """Share the events out area by area; what area i gets depends on (seed, draw, i) and on what is left for it."""
    left = total
    last = len(expected) - 1
    for i in range(last):
        events = 0
        if left > 0:
            chance = expected[i] / tails[i]
            if chance > 0.5:  # noqa: PLR2004 - draw the events that go elsewhere
                events = left - _rarer(left, tails[i + 1] / tails[i], i, draw, seed)
            else:
                events = _rarer(left, chance, i, draw, seed)
        counts[i, column] = events
        left -= events
    counts[last, column] = left


@njit(cache=True, nogil=True)
def _draw_block(counts: Counts, expected: Floats, tails: Floats, total: int, first: int, seed: np.uint64) -> None:
    for column in range(counts.shape[1]):
        _draw_map(counts, column, expected, tails, total, np.uint64(first + column), seed)


def draw_maps(expected: Floats, total: int, *, seed: int, first: int, last: int) -> Counts:
    """
    Draw maps from the multinomial distribution: all events shared out by expected counts.

    Parameters
    ----------
    expected
        Above 0, shape (n,).
    total
        Events of every map.
    seed, first, last
        The maps first, …, last - 1; each depends on ``seed`` and its own number alone.

    Returns
    -------
    array of int32, shape (n, last - first)
    """
    tails = np.ascontiguousarray(np.cumsum(expected[::-1])[::-1])
    counts = np.empty((len(expected), last - first), np.int32)
    _draw_block(counts, expected, tails, total, first, np.uint64(seed))
    return counts
