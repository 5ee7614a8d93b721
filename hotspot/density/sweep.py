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

from hotspot.density.kernels import GAUSSIAN, TRIANGULAR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

UNIFORM, EPANECHNIKOV, QUARTIC = 0, 1, 2
"""Powers of the polynomial kernels; what is left is the triweight."""

_BLOCK = 2.0
"""Bandwidths between two fresh starts along a row: fewer starts are faster, more are more exact."""

_ROWS_TOGETHER = 16
"""Rows that share an event's Gaussian along x."""


def by_width(h: float | Floats, n: int) -> Iterator[tuple[slice | Integers, Floats]]:
    """
    Split events into classes whose bandwidths differ by less than a factor of two, smallest first.

    One bandwidth is one class. Within a class the order of the events stays.
    """
    if np.ndim(h) == 0:
        yield slice(None), np.broadcast_to(np.float64(h), (n,))
        return
    widths = np.asarray(h, dtype=np.float64)
    if n == 0:
        yield slice(None), widths
        return
    step = np.floor(np.log2(widths / widths.min())).astype(np.int64)
    for each in np.unique(step):
        chosen = np.flatnonzero(step == each)
        yield chosen, widths[chosen]


def together(parts: Iterator[tuple[Floats, Integers]]) -> tuple[Floats, Integers]:
    """Add the surfaces of all classes up."""
    density, support = next(parts)
    for more_density, more_support in parts:
        density += more_density
        support += more_support
    return density, support


@njit(cache=True, inline="always")
def columns_near(px: float, q: float) -> tuple[int, int]:
    """
    Find the first and the last column whose centre lies within sqrt(q) of px; last < first if there is none.

    Membership is decided by the squared distance, the same test as a direct comparison; the square root only says where
    to look, and is off by a column at most.
    """
    half = math.sqrt(q)
    first = math.ceil(px - half - 0.5)
    last = math.floor(px + half - 0.5)
    before, after = first - 0.5 - px, last + 1.5 - px
    if before * before <= q and before <= 0.0:
        first -= 1
    else:
        at = first + 0.5 - px
        first += at * at > q and at < 0.0
    if after * after <= q and after >= 0.0:
        last += 1
    else:
        at = last + 0.5 - px
        last -= at * at > q and at > 0.0
    return first, last


@njit(cache=True, inline="always")
def add_polynomial(terms: Floats, g: float, power: int, q: float, e: float) -> None:
    """Add ``g · (q - (e + t)²)^power`` to the coefficients of t at one column."""
    a = q - e * e
    b = -2.0 * e
    if power == UNIFORM:
        terms[0] += g
    elif power == EPANECHNIKOV:
        terms[0] += g * a
        terms[1] += g * b
        terms[2] -= g
    elif power == QUARTIC:
        terms[0] += g * a * a
        terms[1] += g * 2.0 * a * b
        terms[2] += g * (b * b - 2.0 * a)
        terms[3] -= g * 2.0 * b
        terms[4] += g
    else:
        terms[0] += g * a * a * a
        terms[1] += g * 3.0 * a * a * b
        terms[2] += g * 3.0 * a * (b * b - a)
        terms[3] += g * b * (b * b - 6.0 * a)
        terms[4] += g * 3.0 * (a - b * b)
        terms[5] += g * 3.0 * b
        terms[6] -= g


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
def _sweep(
    xs: Floats, ys: Floats, weights: Floats, counts: Integers, hs: Floats, nx: int, ny: int, power: int
) -> tuple[Floats, Integers]:
    """Do the work of ``sweep`` for one class of bandwidths; the weights are divided by h^(2 power) already."""
    density = np.empty((ny, nx))
    support = np.empty((ny, nx), np.int64)
    degree = 2 * power
    widest = hs.max() if hs.size else 0.0
    block = max(8, int((_BLOCK if power <= QUARTIC else 1.0) * (hs.min() if hs.size else 0.0)))
    for j in prange(ny):
        terms = np.zeros((nx + 1, degree + 1))
        change = np.zeros(nx + 1, np.int64)
        centre = j + 0.5
        for p in range(np.searchsorted(ys, centre - widest - 1e-6), ys.size):
            dy = centre - ys[p]
            if dy < -widest:
                break
            q = hs[p] * hs[p] - dy * dy
            if q < 0.0:
                continue
            px = xs[p]
            first, last = columns_near(px, q)
            first, end = max(0, first), min(nx, last + 1)
            if first >= end:
                continue
            g = weights[p]
            k = first
            while k < end:
                add_polynomial(terms[k], g, power, q, k + 0.5 - px)
                change[k] += counts[p]
                k = (k // block + 1) * block
            if end < nx and end % block != 0:
                add_polynomial(terms[end], -g, power, q, end + 0.5 - px)
                change[end] -= counts[p]
        carry_along(terms, change, block, density[j], support[j])
    return density, support


def sweep(
    xs: Floats, ys: Floats, weights: Floats, counts: Integers, nx: int, ny: int, h: float | Floats, power: int
) -> tuple[Floats, Integers]:
    """
    Sum ``w · (1 - d²/h²)^power`` and count events within h, at every cell centre.

    Along a row each event is a polynomial between the column where the row enters its disc and the one where it
    leaves. Its coefficients are added at the entry and taken away after the exit, and carried from column to column
    by a Taylor shift. Every ``block`` columns (two of the smallest bandwidth, one for the triweight) all running events
    start afresh: without that, rounding grows with the row's length; it stays below 1e-10 of the peak. ``h`` is one
    bandwidth, or one for each event.
    """
    return together(
        _sweep(xs[c], ys[c], weights[c] * hs ** (-2.0 * power), counts[c], hs, nx, ny, power)
        for c, hs in by_width(h, xs.size)
    )


@njit(cache=True, parallel=True)
def _scatter(
    xs: Floats, ys: Floats, weights: Floats, counts: Integers, hs: Floats, nx: int, ny: int, power: int
) -> tuple[Floats, Integers]:
    """Do the work of ``scatter`` for one class of bandwidths."""
    density = np.zeros((ny, nx))
    support = np.zeros((ny, nx), np.int64)
    widest = hs.max() if hs.size else 0.0
    for j in prange(ny):
        centre = j + 0.5
        for p in range(np.searchsorted(ys, centre - widest - 1e-6), ys.size):
            dy = centre - ys[p]
            if dy < -widest:
                break
            h = hs[p]
            q = h * h - dy * dy
            if q < 0.0:
                continue
            px = xs[p]
            first, last = columns_near(px, q)
            for i in range(max(0, first), min(nx, last + 1)):
                e = i + 0.5 - px
                if power == TRIANGULAR:
                    height = max(0.0, 1.0 - math.sqrt(dy * dy + e * e) / h)
                else:
                    height = ((q - e * e) / (h * h)) ** power
                density[j, i] += weights[p] * height
                support[j, i] += counts[p]
    return density, support


def scatter(
    xs: Floats, ys: Floats, weights: Floats, counts: Integers, nx: int, ny: int, h: float | Floats, power: int
) -> tuple[Floats, Integers]:
    """
    Do what ``sweep`` does, cell by cell: less work where the bandwidth is only a few cells.

    It takes the triangular kernel (power -2) as well.
    """
    return together(_scatter(xs[c], ys[c], weights[c], counts[c], hs, nx, ny, power) for c, hs in by_width(h, xs.size))


@njit(cache=True, parallel=True)
def _gaussian(xs: Floats, ys: Floats, weights: Floats, sigmas: Floats, nx: int, ny: int, cut: float) -> Floats:
    """Do the work of ``gaussian`` for one class of standard deviations."""
    density = np.zeros((ny, nx))
    widest = cut * sigmas.max() if sigmas.size else 0.0
    for b in prange((ny + _ROWS_TOGETHER - 1) // _ROWS_TOGETHER):
        bottom = b * _ROWS_TOGETHER
        top = min(ny, bottom + _ROWS_TOGETHER)
        along_x = np.empty(nx)
        for p in range(np.searchsorted(ys, bottom + 0.5 - widest), ys.size):
            if ys[p] > top - 0.5 + widest:
                break
            px = xs[p]
            sigma = sigmas[p]
            reach = cut * sigma
            if ys[p] < bottom + 0.5 - reach or ys[p] > top - 0.5 + reach:
                continue
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


def gaussian(xs: Floats, ys: Floats, weights: Floats, nx: int, ny: int, sigma: float | Floats, cut: float) -> Floats:
    """
    Sum ``w · exp(-d²/2 sigma²)`` at every cell centre, over events within ``cut`` sigma along both axes.

    ``sigma`` is one standard deviation, or one for each event.
    """
    density = np.zeros((ny, nx))
    for chosen, sigmas in by_width(sigma, xs.size):
        density += _gaussian(xs[chosen], ys[chosen], weights[chosen], sigmas, nx, ny, cut)
    return density


@njit(cache=True)
def bell(dx: float, dy: float, h: float, power: int, cut: float) -> float:
    """Give the kernel's height relative to its height at distance 0."""
    if power == GAUSSIAN:
        if abs(dx) > cut * h or abs(dy) > cut * h:
            return 0.0
        return math.exp(-0.5 * (dx * dx + dy * dy) / (h * h))
    if power == TRIANGULAR:
        return max(0.0, 1.0 - math.sqrt(dx * dx + dy * dy) / h)
    q = 1.0 - (dx * dx + dy * dy) / (h * h)
    return q**power if q >= 0.0 else 0.0


@njit(cache=True)
def _disc_is_inside(left: int, right: int, bottom: int, top: int, filled: Integers) -> bool:
    """Tell by four look-ups whether all cells of a box lie in the grid and inside the boundary."""
    if left < 0 or bottom < 0 or top >= filled.shape[0] or right >= filled.shape[1]:
        return False
    found = filled[top, right] - filled[bottom, right] - filled[top, left] + filled[bottom, left]
    return bool(found == (right - left) * (top - bottom))


@njit(cache=True, parallel=True)
def _mass_inside(xs: Floats, ys: Floats, inside: NDArray[np.bool_], hs: Floats, power: int, cut: float) -> Floats:
    """Do the work of ``mass_inside``."""
    ny, nx = inside.shape
    # filled[j, i]: cells inside among rows < j and columns < i.
    filled = np.zeros((ny + 1, nx + 1), np.int64)
    for j in range(ny):
        row = 0
        for i in range(nx):
            row += inside[j, i]
            filled[j + 1, i + 1] = filled[j, i + 1] + row
    share = np.ones(xs.size)
    for p in prange(xs.size):
        h = hs[p]
        reach = cut * h
        left = math.floor(xs[p] - reach)
        right = math.ceil(xs[p] + reach)
        bottom = math.floor(ys[p] - reach)
        top = math.ceil(ys[p] + reach)
        if _disc_is_inside(left, right, bottom, top, filled):
            continue
        whole = 0.0
        kept = 0.0
        # A Gaussian is the product of its two sides: no exponential for each cell.
        along_x = np.empty(right - left)
        for i in range(left, right):
            along_x[i - left] = bell(i + 0.5 - xs[p], 0.0, h, power, cut)
        for j in range(bottom, top):
            dy = j + 0.5 - ys[p]
            along_y = bell(0.0, dy, h, power, cut)
            for i in range(left, right):
                dx = i + 0.5 - xs[p]
                height = along_y * along_x[i - left] if power == GAUSSIAN else bell(dx, dy, h, power, cut)
                whole += height
                if 0 <= j < ny and 0 <= i < nx and inside[j, i]:
                    kept += height
        share[p] = kept / whole if whole > 0.0 else 0.0
    return share


def mass_inside(xs: Floats, ys: Floats, inside: NDArray[np.bool_], h: float | Floats, power: int, cut: float) -> Floats:
    """
    Give the share of each event's kernel that lies inside the boundary.

    A sum over cell centres inside, divided by the sum over all cell centres of the endless grid: exactly 1 for an
    event whose whole disc is inside, and the very sum that the surface is drawn with. ``cut`` is the kernel's reach
    in bandwidths, and ``h`` one bandwidth or one for each event.
    """
    hs = np.full(xs.size, float(h)) if np.ndim(h) == 0 else np.asarray(h, dtype=np.float64)
    return _mass_inside(xs, ys, inside, hs, power, cut)
