"""
Rank statistics that need two sums of each draw: squared differences (Geary) and products (Lee).

The draws are those of the shared reference table (`hotspot.numerics.permutation`). A squared difference
sum_j (z_i - z_j)² holds the site's own value and so differs from site to site even where the number of neighbours
is the same: the work is O(draws sites), in blocks of draws whose running sums all sites with equal weights share.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import get_num_threads, njit

from hotspot.numerics.permutation import TailCounts
from hotspot.numerics.random_numbers import reference_table

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

_BLOCK = 512
"""Draws worked on together: their sums fit in the processor's cache."""


class PairSums(NamedTuple):
    """What a draw is ranked by: ``second - 2 · own · first`` (squared differences) or ``first · second`` (product)."""

    first: Floats
    """Value of each site in the first sum, shape (n,)."""
    second: Floats
    """Value of each site in the second sum, shape (n,)."""
    own: Floats
    """The site's own value in a squared difference, shape (n,); not used in a product."""
    product: bool


@njit(cache=True, nogil=True)
def _statistic(first: float, second: float, own: float, product: bool) -> float:  # noqa: FBT001 - compiled
    return first * second if product else second - 2.0 * own * first


@njit(cache=True, nogil=True)
def _count_pairs(
    running: tuple[Floats, Floats],
    drawn: tuple[Floats, Floats],
    rows: tuple[Ints, Floats],
    own: Floats,
    product: bool,  # noqa: FBT001 - compiled functions take positions
    observed: tuple[Floats, Floats],
    sites: tuple[int, int],
    tails: tuple[Ints, Ints],
) -> None:
    """Rank a range of sites among a block of draws; no weights means that those of each row are equal."""
    running_first, running_second = running
    drawn_first, drawn_second = drawn
    indptr, weights = rows
    statistic, slack = observed
    at_least, at_most = tails
    draws = drawn_first.shape[1]
    first, second = np.empty(draws), np.empty(draws)
    for site in range(sites[0], sites[1]):
        k = indptr[site + 1] - indptr[site]
        if k == 0:
            continue
        if len(weights) == 0:
            first[:] = running_first[k]
            second[:] = running_second[k]
        else:
            first[:] = 0.0
            second[:] = 0.0
            for j in range(k):
                weight = weights[indptr[site] + j]
                for r in range(draws):
                    first[r] += weight * drawn_first[j, r]
                    second[r] += weight * drawn_second[j, r]
        least, most = statistic[site] - slack[site], statistic[site] + slack[site]
        z = own[site]
        up = down = np.int64(0)
        for r in range(draws):
            value = _statistic(first[r], second[r], z, product)
            up += np.int64(value >= least)
            down += np.int64(value <= most)
        at_least[site] += up
        at_most[site] += down


@njit(cache=True, nogil=True)
def _mend_pairs(
    table: Ints,
    running: tuple[Floats, Floats],
    drawn: tuple[Floats, Floats],
    rows: tuple[Ints, Floats],
    own: Floats,
    product: bool,  # noqa: FBT001 - compiled functions take positions
    observed: tuple[Floats, Floats],
    tails: tuple[Ints, Ints],
) -> None:
    """Replace the sums of the draws that contain the site itself by those without it."""
    indptr, weights = rows
    statistic, slack = observed
    at_least, at_most = tails
    for r in range(table.shape[0]):
        for c in range(table.shape[1]):
            site = table[r, c]
            k = indptr[site + 1] - indptr[site]
            if c >= k:
                continue
            kept_first = kept_second = mended_first = mended_second = 0.0
            if len(weights) == 0:
                kept_first, kept_second = running[0][k, r], running[1][k, r]
                mended_first = running[0][k + 1, r] - drawn[0][c, r]
                mended_second = running[1][k + 1, r] - drawn[1][c, r]
            else:
                for j in range(k):
                    weight = weights[indptr[site] + j]
                    kept_first += weight * drawn[0][j, r]
                    kept_second += weight * drawn[1][j, r]
                    mended_first += weight * drawn[0][j + (j >= c), r]
                    mended_second += weight * drawn[1][j + (j >= c), r]
            kept = _statistic(kept_first, kept_second, own[site], product)
            mended = _statistic(mended_first, mended_second, own[site], product)
            least, most = statistic[site] - slack[site], statistic[site] + slack[site]
            at_least[site] += np.int64(mended >= least) - np.int64(kept >= least)
            at_most[site] += np.int64(mended <= most) - np.int64(kept <= most)


def _running(drawn: Floats) -> Floats:
    sums = np.zeros((len(drawn) + 1, drawn.shape[1]))
    np.cumsum(drawn, axis=0, out=sums[1:])
    return sums


def rank_pair_sums(
    pairs: PairSums,
    indptr: Ints,
    weights: Floats,
    observed: Floats,
    slack: Floats,
    *,
    seed: int,
    first: int,
    last: int,
    conditional: bool = True,
) -> TailCounts:
    """
    Rank each site's statistic among those that permutation of the sites gives.

    Parameters
    ----------
    pairs
        The two values that each site brings along, and what is made of their sums.
    indptr
        Site i has ``indptr[i + 1] - indptr[i]`` neighbours, shape (n + 1,).
    weights
        Weight by neighbour, shape (links,); empty where those of each row are equal.
    observed
        Statistic of each site, shape (n,).
    slack
        Largest difference that is a tie, shape (n,).
    seed, first, last, conditional
        As for `hotspot.numerics.permutation.rank_neighbour_sums`.

    Returns
    -------
    TailCounts
        Same for any number of threads.
    """
    n = len(observed)
    width = min(n, int(np.diff(indptr).max(initial=0)) + int(conditional))
    at_least, at_most = np.zeros(n, np.int64), np.zeros(n, np.int64)
    rows, tails, ranked = (indptr, weights), (at_least, at_most), (observed, slack)
    lanes = max(1, get_num_threads())
    edges = [n * lane // lanes for lane in range(lanes + 1)]
    with ThreadPoolExecutor(lanes) as pool:
        for start in range(first, last, _BLOCK):
            table = reference_table(n, width, draws=min(_BLOCK, last - start), seed=seed, first=start)
            drawn = np.ascontiguousarray(pairs.first[table].T), np.ascontiguousarray(pairs.second[table].T)
            running = _running(drawn[0]), _running(drawn[1])

            def rank(
                low: int,
                high: int,
                running: tuple[Floats, Floats] = running,
                drawn: tuple[Floats, Floats] = drawn,
            ) -> None:
                _count_pairs(running, drawn, rows, pairs.own, pairs.product, ranked, (low, high), tails)

            list(pool.map(rank, edges[:-1], edges[1:]))
            if conditional:
                _mend_pairs(table, running, drawn, rows, pairs.own, pairs.product, ranked, tails)
    return TailCounts(at_least, at_most, max(0, last - first))
