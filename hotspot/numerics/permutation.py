"""
Rank neighbour sums among permutations, all sites from one shared table of draws.

Draw number r is a row of distinct sites. For a site with k neighbours the reference neighbours of the
row are its first k entries; where the site itself is among them it is deleted and the next entry taken.
Each row is then a uniform k-subset of the other sites: the conditional permutation distribution. Running
sums along the row serve every k at once, so the work is O(draws (kmax + groups log sites)) and
does not grow with draws times sites. Nothing of a draw is kept, so memory does not grow with the draws.

Sites share the draws: each p-value is right, but their Monte-Carlo errors are correlated.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import get_num_threads, njit

from hotspot.numerics.lanes import in_lanes
from hotspot.numerics.random_numbers import draw_distinct, reference_table, restore

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

_TABLE_ROWS = 512
_LEAST_DRAWS_PER_THREAD = 2_000


@dataclass(frozen=True, slots=True)
class TailCounts:
    """How many draws give each site a sum at least, and at most, its own; a tie is in both."""

    at_least: Ints
    at_most: Ints
    draws: int

    @property
    def ties(self) -> Ints:
        """Count the draws that tie with the site's own sum."""
        return self.at_least + self.at_most - self.draws

    def __add__(self, other: TailCounts) -> TailCounts:
        """Add the counts of other draws."""
        return TailCounts(self.at_least + other.at_least, self.at_most + other.at_most, self.draws + other.draws)


@njit(cache=True, nogil=True)
def _count_tails(
    values: Ints,
    degree: Ints,
    own: Ints,
    slack: Ints,
    groups: tuple[Ints, Ints, Ints],
    width: int,
    draws: tuple[int, int],
    seed: np.uint64,
    conditional: bool,  # noqa: FBT001 - compiled functions take positions
    counts: tuple[Ints, Ints, Ints, Ints],
) -> None:
    """
    Add a range of draws to the histograms and to the corrections of the sites they contain.

    ``groups`` is (widths, starts, targets), ``counts`` (below, above, low, high).
    ``targets[starts[g]:starts[g + 1]]`` are the sorted distinct sums of the sites with ``widths[g]``
    neighbours. ``below[p + g]`` counts the sums that exceed exactly the first p targets, ``above[p + g]``
    those that reach exactly the first p. ``low`` and ``high`` correct single sites.
    """
    widths, starts, targets = groups
    below, above, low, high = counts
    sites = np.arange(len(values))
    swapped = np.empty(width, np.int64)
    sums = np.zeros(width + 1, np.int64)
    for draw in range(draws[0], draws[1]):
        draw_distinct(sites, swapped, width, np.uint64(draw), seed)
        for j in range(width):
            sums[j + 1] = sums[j] + values[sites[j]]
        for g in range(len(widths)):
            found = sums[widths[g]]
            least = found - slack[widths[g]]
            most = found + slack[widths[g]]
            base, end = starts[g], starts[g + 1]
            size = end - base
            while size > 1:  # without branches: the processor cannot guess them
                half = size >> 1
                base += half * np.int64(targets[base + half - 1] < least)
                size -= half
            base += np.int64(targets[base] < least)
            below[base + g] += 1
            while base < end and targets[base] <= most:
                base += 1
            above[base + g] += 1
        if conditional:
            for j in range(width):
                site = sites[j]
                k = degree[site]
                if j < k:
                    tolerance = slack[k]
                    drawn = sums[k] - own[site]
                    mended = sums[k + 1] - values[site] - own[site]
                    high[site] += np.int64(mended >= -tolerance) - np.int64(drawn >= -tolerance)
                    low[site] += np.int64(mended <= tolerance) - np.int64(drawn <= tolerance)
        restore(sites, swapped, width)


def rank_neighbour_sums(
    values: Ints, degree: Ints, own: Ints, slack: Ints, *, seed: int, first: int, last: int, conditional: bool = True
) -> TailCounts:
    """
    Rank each site's sum of neighbours among the sums that permutation gives.

    Parameters
    ----------
    values
        Value of each site, as integers (`to_fixed_point`), shape (n,).
    degree
        Number of neighbours of each site, shape (n,); below n. A site with 0 is left out (counts 0).
    own
        Observed sum over the neighbours, shape (n,).
    slack
        Largest difference that is a tie, for each possible degree, shape (max degree + 1,).
    seed
        From 0 to 2**64 - 1.
    first, last
        The draws first, …, last - 1 are made; results of consecutive ranges add up.
    conditional
        True: the site's own value is held and its neighbours come from the others. False: ``degree`` and
        ``own`` include the site, and all its places are drawn from all sites.

    Returns
    -------
    TailCounts
        Same for any number of threads.
    """
    n = len(values)
    ranked = np.flatnonzero(degree > 0)
    if len(ranked) == 0 or last <= first:
        return TailCounts(np.zeros(n, np.int64), np.zeros(n, np.int64), max(0, last - first))
    order = ranked[np.lexsort((own[ranked], degree[ranked]))]
    k, sums = degree[order], own[order]
    new = np.r_[True, (k[1:] != k[:-1]) | (sums[1:] != sums[:-1])]
    entry = np.cumsum(new) - 1
    widths, starts = np.unique(k[new], return_index=True)
    targets = sums[new]
    starts = np.r_[starts, len(targets)]
    width = min(n, int(widths[-1]) + int(conditional))

    def count(start: int, stop: int) -> tuple[Ints, ...]:
        below, above = (np.zeros(len(targets) + len(widths), np.int64) for _ in range(2))
        low, high = (np.zeros(n, np.int64) for _ in range(2))
        groups, counts = (widths, starts, targets), (below, above, low, high)
        _count_tails(values, degree, own, slack, groups, width, (start, stop), np.uint64(seed), conditional, counts)
        return below, above, low, high

    parts = in_lanes(count, first, last, least=_LEAST_DRAWS_PER_THREAD)
    below, above, at_most, at_least = (sum(same[1:], start=same[0]) for same in zip(*parts, strict=True))
    group = np.repeat(np.arange(len(widths)), np.diff(starts))
    place = np.arange(len(targets)) + group
    at_most_entry, reached = np.cumsum(below), np.cumsum(above)
    draws = last - first
    # every group saw every draw once, so the cumulated sum before group g is g times draws
    at_most[order] += (at_most_entry[place] - group * draws)[entry]
    at_least[order] += (draws - (reached[place] - group * draws))[entry]
    return TailCounts(at_least, at_most, draws)


@njit(cache=True, nogil=True)
def _count_weighted(
    drawn: Floats,
    indptr: Ints,
    weights: Floats,
    own: Floats,
    slack: Floats,
    start: int,
    stop: int,
    at_least: Ints,
    at_most: Ints,
) -> None:
    """Rank the sites start … stop - 1 among the weighted sums of a block of draws, its rows side by side."""
    draws = drawn.shape[1]
    total = np.empty(draws)
    for site in range(start, stop):
        total[:] = 0.0
        for j in range(indptr[site + 1] - indptr[site]):
            weight = weights[indptr[site] + j]
            for r in range(draws):
                total[r] += weight * drawn[j, r]
        least, most = own[site] - slack[site], own[site] + slack[site]
        for r in range(draws):
            at_least[site] += total[r] >= least
            at_most[site] += total[r] <= most


@njit(cache=True, nogil=True)
def _mend_weighted(
    table: Ints,
    drawn: Floats,
    indptr: Ints,
    weights: Floats,
    own: Floats,
    slack: Floats,
    at_least: Ints,
    at_most: Ints,
) -> None:
    """Replace the sums of the draws that contain the site itself by those without it."""
    for r in range(table.shape[0]):
        for c in range(table.shape[1]):
            site = table[r, c]
            k = indptr[site + 1] - indptr[site]
            if c >= k:
                continue
            kept = mended = 0.0
            for j in range(k):
                weight = weights[indptr[site] + j]
                kept += weight * drawn[j, r]
                mended += weight * drawn[j + (j >= c), r]
            least, most = own[site] - slack[site], own[site] + slack[site]
            at_least[site] += np.int64(mended >= least) - np.int64(kept >= least)
            at_most[site] += np.int64(mended <= most) - np.int64(kept <= most)


def rank_weighted_sums(
    values: Floats,
    indptr: Ints,
    weights: Floats,
    own: Floats,
    slack: Floats,
    *,
    seed: int,
    first: int,
    last: int,
    conditional: bool = True,
) -> TailCounts:
    """
    Rank each site's weighted sum of neighbours where weights differ within a row.

    The same draws as `rank_neighbour_sums`: the j-th neighbour of a site gets the j-th entry of the row. The
    work is O(draws links), in blocks of draws.

    Parameters
    ----------
    values
        Value of each site, shape (n,).
    indptr, weights
        Rows of weights: site i has ``weights[indptr[i]:indptr[i + 1]]``.
    own
        Observed weighted sum, shape (n,).
    slack
        Largest difference that is a tie, shape (n,).
    seed, first, last, conditional
        As for `rank_neighbour_sums`.

    Returns
    -------
    TailCounts
    """
    n = len(values)
    width = min(n, int(np.diff(indptr).max(initial=0)) + int(conditional))
    at_least, at_most = np.zeros(n, np.int64), np.zeros(n, np.int64)
    lanes = max(1, get_num_threads())
    edges = [n * lane // lanes for lane in range(lanes + 1)]
    with ThreadPoolExecutor(lanes) as pool:
        for start in range(first, last, _TABLE_ROWS):
            table = reference_table(n, width, draws=min(_TABLE_ROWS, last - start), seed=seed, first=start)
            drawn = np.ascontiguousarray(values[table].T)

            def rank(low: int, high: int, drawn: Floats = drawn) -> None:
                _count_weighted(drawn, indptr, weights, own, slack, low, high, at_least, at_most)

            list(pool.map(rank, edges[:-1], edges[1:]))
            if conditional:
                _mend_weighted(table, drawn, indptr, weights, own, slack, at_least, at_most)
    return TailCounts(at_least, at_most, max(0, last - first))
