"""
Add up kernels at cell centres, exactly, row by row.

Coordinates here are in cells: the centre of cell (row j, column i) is (i + 0.5, j + 0.5). Events come sorted by y.
Rows are independent of each other and every row adds its events in the same order, so the number of threads cannot
change a single bit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit, prange

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

UNIFORM, EPANECHNIKOV, QUARTIC = 0, 1, 2
"""Powers of the polynomial kernels; what is left is the triweight."""

_ROWS_TOGETHER = 16
"""Rows that share an event's Gaussian along x."""


@njit(cache=True)
def first_column(px: float, q: float) -> int:
    """Find the first column whose centre lies within sqrt(q) of px, by the same test as a direct comparison."""
    i = math.ceil(px - math.sqrt(q) - 0.5)
    while (i - 0.5 - px) ** 2 <= q and i - 0.5 <= px:
        i -= 1
    while (i + 0.5 - px) ** 2 > q and i + 0.5 < px:
        i += 1
    return i


@njit(cache=True)
def last_column(px: float, q: float) -> int:
    """Find the last column whose centre lies within sqrt(q) of px; it may be left of the first if there is none."""
    i = math.floor(px + math.sqrt(q) - 0.5)
    while (i + 1.5 - px) ** 2 <= q and i + 1.5 >= px:
        i += 1
    while (i + 0.5 - px) ** 2 > q and i + 0.5 > px:
        i -= 1
    return i


@njit(cache=True)
def add_polynomial(terms: Floats, k: int, g: float, power: int, q: float, e: float) -> None:
    """Add ``g · (q - (e + t)²)^power`` to the coefficients of t at column k."""
    a = q - e * e
    b = -2.0 * e
    if power == UNIFORM:
        terms[k, 0] += g
    elif power == EPANECHNIKOV:
        terms[k, 0] += g * a
        terms[k, 1] += g * b
        terms[k, 2] -= g
    elif power == QUARTIC:
        terms[k, 0] += g * a * a
        terms[k, 1] += g * 2.0 * a * b
        terms[k, 2] += g * (b * b - 2.0 * a)
        terms[k, 3] -= g * 2.0 * b
        terms[k, 4] += g
    else:
        terms[k, 0] += g * a * a * a
        terms[k, 1] += g * 3.0 * a * a * b
        terms[k, 2] += g * 3.0 * a * (b * b - a)
        terms[k, 3] += g * b * (b * b - 6.0 * a)
        terms[k, 4] += g * 3.0 * (a - b * b)
        terms[k, 5] += g * 3.0 * b
        terms[k, 6] -= g


@njit(cache=True)
def shift_by_one(terms: Floats, degree: int) -> None:
    """Re-centre a polynomial one column to the right (Taylor shift by 1)."""
    for lowest in range(degree):
        for j in range(degree - 1, lowest - 1, -1):
            terms[j] += terms[j + 1]


@njit(cache=True)
def carry_along(terms: Floats, change: Integers, block: int, density: Floats, support: Integers) -> None:
    """Carry the sum of all running events along one row, and write it where it stands."""
    degree = terms.shape[1] - 1
    running = np.zeros(degree + 1)
    inside = 0
    for i in range(density.size):
        if i % block == 0:
            running[:] = terms[i]
            inside = change[i]
        else:
            shift_by_one(running, degree)
            running += terms[i]
            inside += change[i]
        if inside == 0:
            running[:] = 0.0
        density[i] = max(running[0], 0.0)
        support[i] = inside


@njit(cache=True, parallel=True)
def sweep(
    xs: Floats, ys: Floats, weights: Floats, counts: Integers, nx: int, ny: int, h: float, power: int
) -> tuple[Floats, Integers]:
    """
    Sum ``w · (1 - d²/h²)^power`` and count events within h, at every cell centre.

    Along a row each event is a polynomial between the column where the row enters its disc and the one where it
    leaves. Its coefficients are added at the entry and taken away after the exit, and carried from column to column
    by a Taylor shift. Every ``block`` columns all running events start afresh: without that, rounding grows with the
    row's length.
    """
    density = np.empty((ny, nx))
    support = np.empty((ny, nx), np.int64)
    degree = 2 * power
    block = max(8, int(h))
    unit = h ** (-2.0 * power)
    for j in prange(ny):
        terms = np.zeros((nx + 1, degree + 1))
        change = np.zeros(nx + 1, np.int64)
        centre = j + 0.5
        for p in range(np.searchsorted(ys, centre - h - 1e-6), ys.size):
            dy = centre - ys[p]
            if dy < -h:
                break
            q = h * h - dy * dy
            if q < 0.0:
                continue
            px = xs[p]
            first = max(0, first_column(px, q))
            end = min(nx, last_column(px, q) + 1)
            if first >= end:
                continue
            g = weights[p] * unit
            k = first
            while k < end:
                add_polynomial(terms, k, g, power, q, k + 0.5 - px)
                change[k] += counts[p]
                k = (k // block + 1) * block
            if end < nx and end % block != 0:
                add_polynomial(terms, end, -g, power, q, end + 0.5 - px)
                change[end] -= counts[p]
        carry_along(terms, change, block, density[j], support[j])
    return density, support


@njit(cache=True, parallel=True)
def scatter(
    xs: Floats, ys: Floats, weights: Floats, counts: Integers, nx: int, ny: int, h: float, power: int
) -> tuple[Floats, Integers]:
    """Do what ``sweep`` does, cell by cell: less work where the bandwidth is only a few cells."""
    density = np.zeros((ny, nx))
    support = np.zeros((ny, nx), np.int64)
    for j in prange(ny):
        centre = j + 0.5
        for p in range(np.searchsorted(ys, centre - h - 1e-6), ys.size):
            dy = centre - ys[p]
            if dy < -h:
                break
            q = h * h - dy * dy
            if q < 0.0:
                continue
            px = xs[p]
            for i in range(max(0, first_column(px, q)), min(nx, last_column(px, q) + 1)):
                e = i + 0.5 - px
                density[j, i] += weights[p] * ((q - e * e) / (h * h)) ** power
                support[j, i] += counts[p]
    return density, support


@njit(cache=True, parallel=True)
def gaussian(xs: Floats, ys: Floats, weights: Floats, nx: int, ny: int, sigma: float, cut: float) -> Floats:
    """Sum ``w · exp(-d²/2 sigma²)`` at every cell centre, over events within ``cut`` sigma along both axes."""
    density = np.zeros((ny, nx))
    reach = cut * sigma
    for b in prange((ny + _ROWS_TOGETHER - 1) // _ROWS_TOGETHER):
        bottom = b * _ROWS_TOGETHER
        top = min(ny, bottom + _ROWS_TOGETHER)
        along_x = np.empty(nx)
        for p in range(np.searchsorted(ys, bottom + 0.5 - reach), ys.size):
            if ys[p] > top - 0.5 + reach:
                break
            px = xs[p]
            first = max(0, math.ceil(px - reach - 0.5))
            end = min(nx, math.floor(px + reach - 0.5) + 1)
            for i in range(first, end):
                along_x[i] = math.exp(-0.5 * ((i + 0.5 - px) / sigma) ** 2)
            for j in range(bottom, top):
                dy = (j + 0.5 - ys[p]) / sigma
                if abs(dy) <= cut:
                    along_y = weights[p] * math.exp(-0.5 * dy * dy)
                    for i in range(first, end):
                        density[j, i] += along_y * along_x[i]
    return density


@njit(cache=True)
def bell(dx: float, dy: float, h: float, power: int, cut: float) -> float:
    """Give the kernel's height relative to its height at distance 0 (power -1: Gaussian)."""
    if power < 0:
        if abs(dx) > cut * h or abs(dy) > cut * h:
            return 0.0
        return math.exp(-0.5 * (dx * dx + dy * dy) / (h * h))
    q = 1.0 - (dx * dx + dy * dy) / (h * h)
    return q**power if q >= 0.0 else 0.0


@njit(cache=True, parallel=True)
def mass_inside(xs: Floats, ys: Floats, inside: NDArray[np.bool_], h: float, power: int, cut: float) -> Floats:
    """
    Give the share of each event's kernel that lies inside the boundary.

    A sum over cell centres inside, divided by the sum over all cell centres of the endless grid: exactly 1 for an
    event whose whole disc is inside, and the very sum that the surface is drawn with.
    """
    ny, nx = inside.shape
    reach = h if power >= 0 else cut * h
    # filled[j, i]: cells inside among rows < j and columns < i, so that a whole disc is told by four look-ups.
    filled = np.zeros((ny + 1, nx + 1), np.int64)
    for j in range(ny):
        row = 0
        for i in range(nx):
            row += inside[j, i]
            filled[j + 1, i + 1] = filled[j, i + 1] + row
    share = np.ones(xs.size)
    for p in prange(xs.size):
        left = math.floor(xs[p] - reach)
        right = math.ceil(xs[p] + reach)
        bottom = math.floor(ys[p] - reach)
        top = math.ceil(ys[p] + reach)
        if left >= 0 and bottom >= 0 and right <= nx and top <= ny:
            found = filled[top, right] - filled[bottom, right] - filled[top, left] + filled[bottom, left]
            if found == (right - left) * (top - bottom):
                continue
        whole = 0.0
        kept = 0.0
        for j in range(bottom, top):
            dy = j + 0.5 - ys[p]
            for i in range(left, right):
                height = bell(i + 0.5 - xs[p], dy, h, power, cut)
                whole += height
                if 0 <= j < ny and 0 <= i < nx and inside[j, i]:
                    kept += height
        share[p] = kept / whole if whole > 0.0 else 0.0
    return share
