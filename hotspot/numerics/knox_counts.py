"""
Count the pairs that are close in space and time, as the times stand and with the times shuffled.

Which pairs are close in space does not depend on the times: they are listed once. Shuffles are worked on 64 at a time,
the times of one event in all of them side by side, so that one pair is fetched once and compared 64 times in a row.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from hotspot.numerics.close_pairs import count_pairs, list_pairs
from hotspot.numerics.lanes import in_lanes
from hotspot.numerics.random_numbers import draw_distinct

if TYPE_CHECKING:
    import numpy.typing as npt

    from hotspot.numerics.close_pairs import Places

    Ints = npt.NDArray[np.int64]
    Numbers = npt.NDArray[np.int32]
    Floats = npt.NDArray[np.float64]
    Times = npt.NDArray[np.float32] | npt.NDArray[np.float64]

BLOCK = 64
"""Shuffles worked on together."""
MOST_PAIRS = 2**25
"""Pairs listed at a time, 4 bytes each."""
_WHOLE_IN_SINGLE = 2**24
"""Whole numbers up to this are exact in 32 bits, and so are their differences."""


class KnoxCounts(NamedTuple):
    """Pairs by band, the bands of time cumulated: each holds all pairs up to its edge."""

    counts: Ints
    """Shape (1 + permutations, bands of distance, edges of time); the first are those observed."""
    in_space: Ints
    """Pairs in each band of distance, shape (bands of distance,)."""
    in_time: Ints
    """Pairs up to each edge of time, at any distance; shape (edges of time,)."""


@njit(cache=True, nogil=True)
def _lay_times(times: Times, laid: Times, draws: tuple[int, int], seed: np.uint64) -> None:
    """Write the times in the order of each draw; draw 0 leaves them as they stand."""
    n = len(times)
    order, swapped = np.arange(n), np.empty(n, np.int64)
    for draw in range(draws[0], draws[1]):
        lane = draw - draws[0]
        if draw > 0:
            draw_distinct(order, swapped, n, np.uint64(draw - 1), seed)
        for i in range(n):
            laid[i, lane] = times[order[i]]
            order[i] = i


@njit(cache=True, nogil=True)
def _count_close(laid: Times, low: int, first: Ints, other: Numbers, edges: Times, close: Numbers) -> None:
    """Add up, for each band of distance, edge of time and lane, the pairs no further apart than the edge."""
    bands = close.shape[0]
    gap = np.empty(BLOCK, laid.dtype)
    for row in range(len(first) - 1):
        i, b = low + row // bands, row % bands
        for place in range(first[row], first[row + 1]):
            j = other[place]
            for lane in range(BLOCK):
                gap[lane] = abs(laid[i, lane] - laid[j, lane])
            for k in range(len(edges)):
                edge = edges[k]
                for lane in range(BLOCK):
                    close[b, k, lane] += np.int32(gap[lane] <= edge)


@njit(cache=True, nogil=True)
def _count_in_time(times: Times, edge: float) -> int:
    """Count the pairs of all events no further apart in time; the times ascend."""
    total, first = 0, 0
    for i in range(len(times)):
        while times[i] - times[first] > edge:
            first += 1
        total += i - first
    return total


def fitting(times: Floats, edges: Floats) -> tuple[Times, Times]:
    """Give times and edges as 32-bit numbers where nothing is lost: whole times, and edges rounded down."""
    whole = bool((times == np.floor(times)).all())
    if not whole or np.abs(times).max(initial=0.0) > _WHOLE_IN_SINGLE:
        return times, edges
    return times.astype(np.float32), np.minimum(np.floor(edges), float(2 * _WHOLE_IN_SINGLE)).astype(np.float32)


def count_knox(
    places: Places,
    times: Floats,
    distance: Floats,
    time: Floats,
    *,
    permutations: int,
    seed: int,
    manhattan: bool = False,
    most_pairs: int = MOST_PAIRS,
) -> KnoxCounts:
    """
    Count the pairs by bands of distance and time, observed and with the times shuffled.

    Parameters
    ----------
    places
        As `hotspot.numerics.close_pairs.lay_out` gives them, for a reach of at least the last edge of distance.
    times
        Time of each point in the order of ``places``, from 0; shape (n,).
    distance, time
        Upper ends of the bands, ascending; a pair is of the first band whose edge it does not pass.
    permutations, seed
        Shuffle number r depends on the seed and on r alone.
    manhattan
        Whether distance is counted along the axes.
    most_pairs
        Pairs listed at a time; the result does not depend on it.

    Returns
    -------
    KnoxCounts
        The same for any number of threads.
    """
    held, edges = fitting(times, time)
    counts = count_pairs(places, distance, manhattan=manhattan)
    in_time = np.array([_count_in_time(np.sort(times), edge) for edge in time], np.int64)
    shape = (len(distance), len(time))
    blocks = -(-(permutations + 1) // BLOCK)
    found = np.zeros((blocks * BLOCK, *shape), np.int64)
    for points in _pieces(counts.sum(axis=1), most_pairs):
        first, other = list_pairs(places, distance, counts, points, manhattan=manhattan)

        def count(start: int, stop: int, low: int = points[0], first: Ints = first, other: Numbers = other) -> None:
            laid = np.zeros((len(held), BLOCK), held.dtype)
            for block in range(start, stop):
                draws = block * BLOCK, min((block + 1) * BLOCK, permutations + 1)
                _lay_times(held, laid, draws, np.uint64(seed))
                close = np.zeros((*shape, BLOCK), np.int32)
                _count_close(laid, low, first, other, edges, close)
                found[block * BLOCK : (block + 1) * BLOCK] += close.transpose(2, 0, 1)

        in_lanes(count, 0, blocks)
    return KnoxCounts(found[: permutations + 1], counts.sum(axis=0), in_time)


def _pieces(pairs: Ints, most: int) -> list[tuple[int, int]]:
    """Cut the points into runs with at most so many pairs, or of one point."""
    before = np.concatenate([[0], np.cumsum(pairs)])
    cuts = [0]
    while cuts[-1] < len(pairs):
        stop = int(np.searchsorted(before, before[cuts[-1]] + most, side="right")) - 1
        cuts.append(max(stop, cuts[-1] + 1))
    return list(pairwise(cuts))


__all__ = ["BLOCK", "KnoxCounts", "count_knox", "fitting"]
