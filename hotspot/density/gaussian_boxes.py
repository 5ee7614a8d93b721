"""
Add up Gaussians of one width through moments of boxes: the work hardly grows with the number of events.

With t the distance from a box's centre to a cell and z that to an event, both in standard deviations,
``exp(-(t - z)²/2) = exp(-t²/2) · sum over k of t^k · exp(-z²/2) z^k / k!``. Events of one box enter through the sums
of ``w · exp(-z²/2) z^k / k!`` alone, so that the surface is a product of three matrices, rows · moments · columns.
Boxes are half a standard deviation wide (abs(z) ≤ 1/4): what the series leaves out after 12 terms is at most
``sup exp(-t²/2) · sum over k ≥ 12 of (t/4)^k / k!`` = 1.0e-12 of an event's height along each axis.
Coordinates are in cells; events come sorted by y, and rows are independent of each other.
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

TERMS = 12
BOX = 0.5
"""Side of a box in standard deviations."""


@njit(cache=True, parallel=True)
def moments(
    xs: Floats, ys: Floats, weights: Floats, sigma: float, corner: tuple[float, float], boxes: tuple[int, int]
) -> Floats:
    """Sum the moments of every box: row (box row, power of y), column (box column, power of x)."""
    side = BOX * sigma
    found = np.zeros((boxes[1] * TERMS, boxes[0] * TERMS))
    row = np.empty(ys.size, np.int64)
    for p in range(ys.size):
        row[p] = min(boxes[1] - 1, max(0, int((ys[p] - corner[1]) / side)))
    for b in prange(boxes[1]):
        along_x = np.empty(TERMS)
        for p in range(np.searchsorted(row, b), np.searchsorted(row, b + 1)):
            column = min(boxes[0] - 1, max(0, int((xs[p] - corner[0]) / side)))
            zx = (xs[p] - corner[0]) / sigma - (column + 0.5) * BOX
            zy = (ys[p] - corner[1]) / sigma - (b + 0.5) * BOX
            term = math.exp(-0.5 * zx * zx)
            for k in range(TERMS):
                along_x[k] = term
                term *= zx / (k + 1)
            term = weights[p] * math.exp(-0.5 * zy * zy)
            for k in range(TERMS):
                for m in range(TERMS):
                    found[b * TERMS + k, column * TERMS + m] += term * along_x[m]
                term *= zy / (k + 1)
    return found


@njit(cache=True)
def powers(n: int, corner: float, boxes: int, sigma: float, cut: float) -> tuple[Integers, Integers, Floats]:
    """Give for each box the cells it reaches, first and end, and there ``exp(-t²/2) t^k``."""
    first = np.empty(boxes, np.int64)
    end = np.empty(boxes, np.int64)
    reach = (cut + BOX / 2) * sigma
    table = np.zeros((boxes, TERMS, int(2 * reach) + 2))
    for b in range(boxes):
        centre = corner + (b + 0.5) * BOX * sigma
        first[b] = min(n, max(0, math.ceil(centre - reach - 0.5)))
        end[b] = max(first[b], min(n, math.floor(centre + reach - 0.5) + 1))
        for i in range(first[b], end[b]):
            t = (i + 0.5 - centre) / sigma
            term = math.exp(-0.5 * t * t)
            for k in range(TERMS):
                table[b, k, i - first[b]] = term
                term *= t
    return first, end, table


@njit(cache=True)
def _line(j: int, found: Floats, bottom: Integers, top: Integers, along_y: Floats) -> Floats:
    """Sum what all box rows that reach row j give to it: one number for each box column and power of x."""
    line = np.zeros(found.shape[1])
    for b in range(bottom.size):
        if bottom[b] <= j < top[b]:
            for k in range(TERMS):
                factor = along_y[b, k, j - bottom[b]]
                for m in range(line.size):
                    line[m] += factor * found[b * TERMS + k, m]
    return line


@njit(cache=True, parallel=True)
def _product(
    found: Floats,
    rows: tuple[Integers, Integers, Floats],
    columns: tuple[Integers, Integers, Floats],
    nx: int,
    ny: int,
) -> Floats:
    """Multiply rows · moments · columns, skipping what the boxes do not reach."""
    bottom, top, along_y = rows
    left, right, along_x = columns
    density = np.zeros((ny, nx))
    for j in prange(ny):
        line = _line(j, found, bottom, top, along_y)
        for b in range(left.size):
            for k in range(TERMS):
                factor = line[b * TERMS + k]
                if factor != 0.0:
                    start = left[b]
                    for i in range(right[b] - start):
                        density[j, start + i] += factor * along_x[b, k, i]
        for i in range(nx):
            density[j, i] = max(density[j, i], 0.0)
    return density


def box_counts(nx: int, ny: int, sigma: float, cut: float) -> tuple[int, int]:
    """Say how many boxes lie over the cells and as far around them as an event reaches."""
    return tuple(math.ceil((n + 2 * cut * sigma) / (BOX * sigma)) + 1 for n in (nx, ny))  # type: ignore[return-value]  # two of them


def gaussian_boxes(xs: Floats, ys: Floats, weights: Floats, nx: int, ny: int, sigma: float, cut: float) -> Floats:
    """Sum ``w · exp(-d²/2 sigma²)`` at every cell centre, over all events within ``cut`` sigma along both axes."""
    reach = cut * sigma
    near = (xs >= -reach) & (xs <= nx + reach) & (ys >= -reach) & (ys <= ny + reach)
    corner, boxes = (-reach, -reach), box_counts(nx, ny, sigma, cut)
    found = moments(xs[near], ys[near], weights[near], sigma, corner, boxes)
    rows = powers(ny, corner[1], boxes[1], sigma, cut)
    columns = powers(nx, corner[0], boxes[0], sigma, cut)
    return _product(found, rows, columns, nx, ny)
