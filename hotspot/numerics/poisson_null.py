"""Rank neighbour sums among maps whose counts are drawn anew, each area from its own Poisson distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hotspot.numerics.lanes import in_lanes
from hotspot.numerics.permutation import TailCounts
from hotspot.numerics.random_numbers import halves, philox, uniform

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

_TAIL = 1e-15
"""Chance beyond which the distribution is cut on each side: below the steps of a 53-bit uniform number, nearly."""
_STREAM = np.uint64(1)
"""Keeps these draws apart from the reference table's, which count 0 in their place."""


def poisson_tables(expected: Floats) -> tuple[Ints, Ints, Floats]:
    """
    Tabulate the cumulative Poisson distribution of each site.

    Parameters
    ----------
    expected
        Expected count, shape (n,), 0 or more.

    Returns
    -------
    starts, lowest, cumulative
        Site i has ``cumulative[starts[i]:starts[i + 1]]``, the chances of at most ``lowest[i]``, ``lowest[i]`` + 1, …
    """
    from scipy.stats import poisson

    distinct, which = np.unique(expected, return_inverse=True)
    lowest = np.maximum(poisson.ppf(_TAIL, distinct), 0.0)
    highest = np.maximum(poisson.isf(_TAIL, distinct), lowest)
    lowest, highest = (np.where(np.isfinite(edge), edge, 0.0).astype(np.int64) for edge in (lowest, highest))
    sizes = highest - lowest + 1
    place = np.r_[0, np.cumsum(sizes)]
    number = np.repeat(np.arange(len(distinct)), sizes)
    counts = np.arange(place[-1]) - place[number] + lowest[number]
    table = poisson.cdf(counts, distinct[number])
    each = sizes[which]
    starts = np.r_[0, np.cumsum(each)].astype(np.int64)
    rows = np.repeat(np.arange(len(expected)), each)
    return starts, lowest[which], table[np.arange(starts[-1]) - starts[rows] + place[which][rows]]


@njit(cache=True, nogil=True)
def _invert(uniform: float, cumulative: Floats, start: int, stop: int) -> int:
    """Find how many steps above the lowest count the uniform number falls."""
    low, high = start, stop - 1
    while low < high:
        middle = (low + high) >> 1
        if cumulative[middle] < uniform:
            low = middle + 1
        else:
            high = middle
    return low - start


@njit(cache=True, nogil=True)
def draw_counts(
    counts: Floats, starts: Ints, lowest: Ints, cumulative: Floats, draw: np.uint64, seed: np.uint64
) -> None:
    """Draw the count of every site; that of site i depends on (seed, draw, i) only."""
    d0, d1 = halves(draw)
    k0, k1 = halves(seed)
    for i in range(0, len(counts), 2):
        x0, x1, x2, x3 = philox(d0, d1, np.uint64(i >> 1), _STREAM, k0, k1)
        counts[i] = lowest[i] + _invert(uniform(x0, x1), cumulative, starts[i], starts[i + 1])
        if i + 1 < len(counts):
            step = _invert(uniform(x2, x3), cumulative, starts[i + 1], starts[i + 2])
            counts[i + 1] = lowest[i + 1] + step


@njit(cache=True, nogil=True)
def _count_simulated(
    tables: tuple[Ints, Ints, Floats],
    worth: Floats,
    rows: tuple[Ints, Ints, Floats],
    observed: tuple[Floats, Floats],
    draws: tuple[int, int],
    seed: np.uint64,
    tails: tuple[Ints, Ints],
) -> None:
    starts, lowest, cumulative = tables
    indptr, neighbours, weights = rows
    own, slack = observed
    at_least, at_most = tails
    counts = np.empty(len(worth))
    for draw in range(draws[0], draws[1]):
        draw_counts(counts, starts, lowest, cumulative, np.uint64(draw), seed)
        for i in range(len(counts)):
            counts[i] *= worth[i]
        for site in range(len(own)):
            total = 0.0
            for j in range(indptr[site], indptr[site + 1]):
                total += weights[j] * counts[neighbours[j]]
            at_least[site] += np.int64(total >= own[site] - slack[site])
            at_most[site] += np.int64(total <= own[site] + slack[site])


def rank_poisson_sums(
    tables: tuple[Ints, Ints, Floats],
    worth: Floats,
    rows: tuple[Ints, Ints, Floats],
    own: Floats,
    slack: Floats,
    *,
    seed: int,
    first: int,
    last: int,
) -> TailCounts:
    """
    Rank each site's weighted sum over its neighbours among maps of independent Poisson counts.

    Parameters
    ----------
    tables
        Distribution of each site's count (`poisson_tables`).
    worth
        What one event at a site adds to the value that is summed, shape (n,).
    rows
        ``indptr, neighbours, weights`` of the sites.
    own
        Observed sum of weight times worth times count, shape (n,).
    slack
        Largest difference that is a tie, shape (n,).
    seed, first, last
        The maps first, …, last - 1 are drawn; results of consecutive ranges add up.

    Returns
    -------
    TailCounts
        Same for any number of threads.
    """
    n = len(own)

    def count(start: int, stop: int) -> tuple[Ints, Ints]:
        tails = np.zeros(n, np.int64), np.zeros(n, np.int64)
        _count_simulated(tables, worth, rows, (own, slack), (start, stop), np.uint64(seed), tails)
        return tails

    at_least, at_most = np.sum(in_lanes(count, first, last), axis=0)
    return TailCounts(at_least, at_most, max(0, last - first))
