"""
Decide which polygon owns a point: a half-open ray cast, exact in the sense that neighbours never disagree.

Every edge is kept with its lower end first, so that the two areas on its sides compute the same crossing, bit for bit:
a point on a shared edge lies in exactly one of them. An edge holds its lower end and not its upper one; a point on a
crossing belongs to the area on the right.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit, prange

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Small = NDArray[np.int32]

OUTSIDE = -1
"""Owner of a point in no area. Raster cells below it are boundary cells: cell number ``-2 - value``."""


class Slabs(NamedTuple):
    """Edges of polygons, grouped by polygon and by slab of height."""

    low: Floats
    high: Floats
    scale: Floats
    slabs: Integers
    first: Integers
    edges: Floats


class Raster(NamedTuple):
    """Owner of each cell, and the candidates of each boundary cell."""

    x0: float
    y0: float
    per_cell: float
    nx: int
    ny: int
    grid: Small
    candidates: Integers
    polygons: Small


@njit(cache=True)
def lies_in(px: float, py: float, p: int, of: Slabs) -> bool:
    """Tell whether polygon p owns the point: an odd number of its edges lies to the right."""
    if not (of.low[p] <= py < of.high[p]):
        return False
    slab = of.slabs[p] + min(int((py - of.low[p]) * of.scale[p]), of.slabs[p + 1] - of.slabs[p] - 1)
    odd = False
    for k in range(of.first[slab], of.first[slab + 1]):
        xa, ya, xb, yb = of.edges[k, 0], of.edges[k, 1], of.edges[k, 2], of.edges[k, 3]
        if ya <= py < yb and px < xa + (xb - xa) * ((py - ya) / (yb - ya)):
            odd = not odd
    return odd


@njit(cache=True)
def fill_slabs(edges: Floats, start: Integers, low: Floats, scale: Floats, slabs: Integers, place: Integers,
               out: Floats) -> None:  # fmt: skip
    """Count edges per slab of height (out empty: place counts) or copy them there (place holds the next position)."""
    for p in range(start.shape[0] - 1):
        number = slabs[p + 1] - slabs[p]
        for k in range(start[p], start[p + 1]):
            lowest = min(max(int((edges[k, 1] - low[p]) * scale[p]), 0), number - 1)
            highest = min(max(int((edges[k, 3] - low[p]) * scale[p]), 0), number - 1)
            for s in range(slabs[p] + lowest, slabs[p] + highest + 1):
                if out.shape[0]:
                    out[place[s]] = edges[k]
                place[s] += 1


@njit(cache=True)
def first_of_pairs(x: Floats, y: Floats, point: Integers, polygon: Integers, owner: Small, slabs: Slabs) -> None:
    """Give each point the first of its candidate polygons that owns it; pairs come sorted."""
    for i in range(point.shape[0]):
        q = point[i]
        if owner[q] == OUTSIDE and lies_in(x[q], y[q], polygon[i], slabs):
            owner[q] = polygon[i]


@njit(cache=True)
def cells_of_edges(edges: Floats, polygon: Small, x0: float, y0: float, cell: float, nx: int, ny: int, slack: float,
                   out: Integers) -> int:  # fmt: skip
    """Count, or write where there is room, ``cell << 24 | polygon`` for every cell that an edge may pass through."""
    n = 0
    for k in range(edges.shape[0]):
        xa, ya, xb, yb = edges[k, 0], edges[k, 1], edges[k, 2], edges[k, 3]
        bottom = max(0, math.floor((ya - slack - y0) / cell))
        top = min(ny - 1, math.floor((yb + slack - y0) / cell))
        for row in range(bottom, top + 1):
            u, v = xa, xb
            if yb > ya:
                t0 = min(max((y0 + row * cell - slack - ya) / (yb - ya), 0.0), 1.0)
                t1 = min(max((y0 + (row + 1) * cell + slack - ya) / (yb - ya), 0.0), 1.0)
                u, v = xa + (xb - xa) * t0, xa + (xb - xa) * t1
            left = max(0, math.floor((min(u, v) - slack - x0) / cell))
            right = min(nx - 1, math.floor((max(u, v) + slack - x0) / cell))
            for column in range(left, right + 1):
                if out.shape[0]:
                    out[n] = ((row * nx + column) << 24) | polygon[k]
                n += 1
    return n


@njit(cache=True)
def cross(edges: Floats, y: float, out: Floats) -> int:
    """Write where edges cross a height, ordered from left to right; give their number."""
    m = 0
    for k in range(edges.shape[0]):
        ya, yb = edges[k, 1], edges[k, 3]
        if ya <= y < yb:
            out[m] = edges[k, 0] + (edges[k, 2] - edges[k, 0]) * ((y - ya) / (yb - ya))
            m += 1
    out[:m] = np.sort(out[:m])
    return m


@njit(cache=True)
def fill_inside(edges: Floats, start: Integers, cell: float, raster: Raster, out: Integers) -> int:
    """
    Write each polygon's number into the cells wholly inside it, the first polygon winning.

    Where areas overlap, a boundary cell of one may lie wholly inside another: such pairs are counted, and written to
    ``out`` where it has room, so that the cell asks both.
    """
    n = 0
    for p in range(start.shape[0] - 1):
        own = edges[start[p] : start[p + 1]]
        crossings = np.empty(own.shape[0])
        bottom = max(0, math.floor((own[:, 1].min() - raster.y0) / cell - 0.5))
        top = min(raster.ny - 1, math.ceil((own[:, 3].max() - raster.y0) / cell))
        for row in range(bottom, top + 1):
            number = cross(own, raster.y0 + (row + 0.5) * cell, crossings)
            for j in range(0, number - 1, 2):
                left = max(0, math.ceil((crossings[j] - raster.x0) / cell - 0.5))
                right = min(raster.nx - 1, math.floor((crossings[j + 1] - raster.x0) / cell - 0.5))
                for at in range(row * raster.nx + left, row * raster.nx + right + 1):
                    value = raster.grid[at]
                    if value == OUTSIDE:
                        raster.grid[at] = p
                    elif value < OUTSIDE and not is_candidate(p, -2 - value, raster):
                        if out.shape[0]:
                            out[n] = (at << 24) | p
                        n += 1
    return n


@njit(cache=True)
def is_candidate(p: int, cell: int, raster: Raster) -> bool:
    """Tell whether a boundary cell asks polygon p already."""
    asked = raster.polygons[raster.candidates[cell] : raster.candidates[cell + 1]]
    return bool((asked == p).any())


@njit(cache=True, parallel=True)
def look_up(x: Floats, y: Floats, owner: Small, raster: Raster, slabs: Slabs) -> None:
    """Give each point its owner: from the raster, and in boundary cells the first candidate that owns it."""
    for i in prange(x.shape[0]):
        across, up = (x[i] - raster.x0) * raster.per_cell, (y[i] - raster.y0) * raster.per_cell
        found = OUTSIDE
        # far points and NaN fail here, before a float too large for an integer is cut
        if 0 <= across < raster.nx and 0 <= up < raster.ny:
            found = raster.grid[int(up) * raster.nx + int(across)]
            if found < OUTSIDE:
                cell = -2 - found
                found = OUTSIDE
                for c in range(raster.candidates[cell], raster.candidates[cell + 1]):
                    if lies_in(x[i], y[i], raster.polygons[c], slabs):
                        found = raster.polygons[c]
                        break
        owner[i] = found


__all__ = [
    "OUTSIDE",
    "Raster",
    "Slabs",
    "cells_of_edges",
    "fill_inside",
    "fill_slabs",
    "first_of_pairs",
    "lies_in",
    "look_up",
]
