"""Rank a statistic of the whole map among shuffles of its values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hotspot.numerics.lanes import in_lanes
from hotspot.numerics.random_numbers import draw_distinct, restore

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]


@njit(cache=True, nogil=True)
def cross_product(values: Floats, order: Ints, rows: tuple[Ints, Ints, Floats]) -> float:
    """Sum w_ij v_i v_j over all links, the values standing in the given order."""
    indptr, neighbours, weights = rows
    total = 0.0
    for i in range(len(order)):
        lag = 0.0
        for j in range(indptr[i], indptr[i + 1]):
            lag += weights[j] * values[order[neighbours[j]]]
        total += values[order[i]] * lag
    return total


@njit(cache=True, nogil=True)
def _count_shuffles(
    values: Floats, rows: tuple[Ints, Ints, Floats], own: float, slack: float, draws: tuple[int, int], seed: np.uint64
) -> tuple[int, int]:
    n = len(values)
    order = np.arange(n)
    swapped = np.empty(n, np.int64)
    at_least = at_most = 0
    for draw in range(draws[0], draws[1]):
        draw_distinct(order, swapped, n, np.uint64(draw), seed)
        total = cross_product(values, order, rows)
        at_least += int(total >= own - slack)
        at_most += int(total <= own + slack)
        restore(order, swapped, n)
    return at_least, at_most


def rank_cross_product(
    values: Floats, rows: tuple[Ints, Ints, Floats], slack: float, *, seed: int, draws: int
) -> tuple[int, int]:
    """
    Count the shuffles whose cross product is at least, and at most, that of the values as they stand.

    Parameters
    ----------
    values
        Centred value of each site, shape (n,).
    rows
        ``indptr, neighbours, weights`` of the sites.
    slack
        Largest difference that is a tie.
    seed, draws
        Shuffle number r depends on the seed and on r alone.

    Returns
    -------
    at_least, at_most : int
        Same for any number of threads.
    """
    own = cross_product(values, np.arange(len(values)), rows)

    def count(start: int, stop: int) -> tuple[int, int]:
        found = _count_shuffles(values, rows, own, slack, (start, stop), np.uint64(seed))
        return int(found[0]), int(found[1])

    parts = in_lanes(count, 0, draws)
    return sum(part[0] for part in parts), sum(part[1] for part in parts)
