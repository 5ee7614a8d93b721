"""Draw random numbers that depend on nothing but a seed and the number of the draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_FIRST = np.uint64(5)
_SECOND = np.uint64(6)
_STEP = 2.0**-53
_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_ROUNDS = 10
MAX_SEED = 2**64 - 1


@njit(cache=True, nogil=True)
def philox(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """
    Scramble a counter of four 32-bit numbers with a key of two: Philox4x32-10.

    Every intermediate value fits in 64 bits without wrapping, so the compiled and the interpreted
    kernel give the same numbers.

    References
    ----------
    Salmon, J. K., Moraes, M. A., Dror, R. O. and Shaw, D. E. (2011). Parallel random numbers: as easy
    as 1, 2, 3. SC '11.
    """
    for _ in range(_ROUNDS):
        product_0 = _MULTIPLIER_0 * c0
        product_1 = _MULTIPLIER_1 * c2
        c0 = (product_1 >> _HALF) ^ c1 ^ k0
        c1 = product_1 & _LOW
        c2 = (product_0 >> _HALF) ^ c3 ^ k1
        c3 = product_0 & _LOW
        k0 = (k0 + _WEYL_0) & _LOW
        k1 = (k1 + _WEYL_1) & _LOW
    return c0, c1, c2, c3


@njit(cache=True, nogil=True)
def halves(number: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Split a seed or the number of a draw into its lower and its upper 32 bits, as `philox` takes them."""
    return number & _LOW, number >> _HALF


@njit(cache=True, nogil=True)
def uniform(high: np.uint64, low: np.uint64) -> float:
    """Make a multiple of 2^-53 from 0 up to, but not, 1 of two 32-bit numbers."""
    return (np.float64(high >> _FIRST) * 67108864.0 + np.float64(low >> _SECOND)) * _STEP


@njit(cache=True, nogil=True)
def draw_distinct(sites: Ints, swapped: Ints, width: int, draw: np.uint64, seed: np.uint64) -> None:
    """
    Bring ``width`` distinct sites, drawn uniformly, to the front of ``sites``.

    ``sites`` must hold 0, 1, …, n - 1 in order; put it back with `restore`. The j-th site depends on
    (seed, draw, j) only, so a wider row starts with the same sites as a narrower one. A uniform number
    below m comes from 64 bits: no value is favoured by more than m / 2**64.
    """
    n = len(sites)
    k0, k1 = halves(seed)
    d0, d1 = halves(draw)
    zero = np.uint64(0)
    for j in range(0, width, 2):
        x0, x1, x2, x3 = philox(d0, d1, np.uint64(j >> 1), zero, k0, k1)
        span = np.uint64(n - j)
        other = j + np.int64((x0 * span + ((x1 * span) >> _HALF)) >> _HALF)
        swapped[j] = other
        sites[j], sites[other] = sites[other], sites[j]
        if j + 1 < width:
            span = np.uint64(n - j - 1)
            other = j + 1 + np.int64((x2 * span + ((x3 * span) >> _HALF)) >> _HALF)
            swapped[j + 1] = other
            sites[j + 1], sites[other] = sites[other], sites[j + 1]


@njit(cache=True, nogil=True)
def restore(sites: Ints, swapped: Ints, width: int) -> None:
    """Put the sites that a draw moved back in their places."""
    for j in range(width):
        sites[j] = j
        sites[swapped[j]] = swapped[j]


@njit(cache=True, nogil=True)
def _fill_table(table: Ints, n: int, first: int, seed: np.uint64) -> None:
    rows, width = table.shape
    sites = np.arange(n)
    swapped = np.empty(width, np.int64)
    for row in range(rows):
        draw_distinct(sites, swapped, width, np.uint64(first + row), seed)
        for j in range(width):
            table[row, j] = sites[j]
        restore(sites, swapped, width)


def reference_table(n: int, width: int, *, draws: int, seed: int, first: int = 0) -> Ints:
    """
    Draw the shared reference table: rows of distinct site numbers.

    Parameters
    ----------
    n
        Number of sites.
    width
        Sites in a row, at most ``n``.
    draws
        Number of rows.
    seed
        From 0 to 2**64 - 1.
    first
        Number of the first draw; tables of consecutive draws stack to the table of all of them.

    Returns
    -------
    array, shape (draws, width)

    Examples
    --------
    >>> from hotspot.numerics.random_numbers import reference_table
    >>> whole = reference_table(10, 4, draws=6, seed=1)
    >>> bool((whole[4:] == reference_table(10, 4, draws=2, seed=1, first=4)).all())
    True
    """
    table = np.empty((draws, width), np.int64)
    _fill_table(table, n, first, np.uint64(seed))
    return table
