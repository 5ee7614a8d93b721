"""Prepare polygons for the ray cast: edges in slabs of height for any job, a raster of owners for big ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from hotspot.geography.raycast import (
    OUTSIDE,
    Raster,
    Slabs,
    cells_of_edges,
    fill_inside,
    fill_slabs,
    first_of_pairs,
    look_up,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Small = NDArray[np.int32]

_EDGES_PER_SLAB = 4
_MAX_SLABS = 4_096
_LEAST_CELLS, _MOST_CELLS = 100_000, 16_000_000
_BITS = 24
"""Bits of a packed pair that hold the polygon."""
RASTER_FROM = 20_000
"""Points from which building the raster pays."""


def owners(shapes: NDArray[Any], x: Floats, y: Floats, *, raster: bool | None = None) -> Small:
    """
    Find the polygon that owns each point; where polygons overlap, the first of them.

    Parameters
    ----------
    shapes
        Polygons and multipolygons.
    x, y
        Coordinates of the points; NaN is in no polygon.
    raster
        Whether to build a raster first; by default for `RASTER_FROM` points and more. The answer is the same.

    Returns
    -------
    numpy.ndarray
        Position of the owner among the shapes, -1 for none.
    """
    if not len(shapes) or not len(x):
        return np.full(len(x), OUTSIDE, dtype=np.int32)
    if raster is None:
        raster = len(x) >= RASTER_FROM and len(shapes) < 1 << _BITS
    return _by_raster(shapes, x, y) if raster else _by_tree(shapes, x, y)


def _by_tree(shapes: NDArray[Any], x: Floats, y: Floats) -> Small:
    """Ask only the polygons whose box holds the point."""
    owner = np.full(len(x), OUTSIDE, dtype=np.int32)
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    point, polygon = shapely.STRtree(shapes).query(shapely.points(x[known], y[known]))
    if not len(point):
        return owner
    asked, position = np.unique(polygon, return_inverse=True)
    order = np.lexsort((position, point))
    edges, of = _edges(shapes[asked])
    found = np.full(len(x), OUTSIDE, dtype=np.int32)
    first_of_pairs(x, y, known[point[order]], position[order], found, _slabs(edges, of, len(asked)))
    inside = found != OUTSIDE
    owner[inside] = asked[found[inside]]
    return owner


def _by_raster(shapes: NDArray[Any], x: Floats, y: Floats) -> Small:
    """Look most points up in a raster; ask polygons only in cells that a boundary passes through."""
    edges, of = _edges(shapes)
    slabs = _slabs(edges, of, len(shapes))
    owner = np.empty(len(x), dtype=np.int32)
    look_up(x, y, owner, _raster(edges, of, shapes, min(max(len(x), _LEAST_CELLS), _MOST_CELLS)), slabs)
    return owner


def _edges(shapes: NDArray[Any]) -> tuple[Floats, Small]:
    """Take polygons apart into edges, each with its lower (then left) end first, and the polygon of each."""
    parts, of_part = shapely.get_parts(shapes, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    coordinates, of_vertex = shapely.get_coordinates(rings, return_index=True)
    same = of_vertex[1:] == of_vertex[:-1]
    a, b = coordinates[:-1][same], coordinates[1:][same]
    swap = ((a[:, 1] > b[:, 1]) | ((a[:, 1] == b[:, 1]) & (a[:, 0] > b[:, 0])))[:, None]
    edges = np.ascontiguousarray(np.hstack([np.where(swap, b, a), np.where(swap, a, b)]))
    return edges, of_part[of_ring[of_vertex[:-1][same]]].astype(np.int32)


def _starts(of: Small, number: int) -> Integers:
    return np.searchsorted(of, np.arange(number + 1)).astype(np.int64)


def _slabs(edges: Floats, of: Small, number: int) -> Slabs:
    """Group the edges of each polygon by slabs of height, so that a point meets few of them."""
    start = _starts(of, number)
    low = np.minimum.reduceat(edges[:, 1], start[:-1])
    high = np.maximum.reduceat(edges[:, 3], start[:-1])
    slabs = np.concatenate([[0], np.cumsum(np.clip(np.diff(start) // _EDGES_PER_SLAB, 1, _MAX_SLABS))]).astype(np.int64)
    scale = np.diff(slabs) / np.maximum(high - low, 1e-12)
    count = np.zeros(slabs[-1], dtype=np.int64)
    fill_slabs(edges, start, low, scale, slabs, count, np.empty((0, 4)))
    first = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    ordered = np.empty((first[-1], 4))
    fill_slabs(edges, start, low, scale, slabs, first[:-1].copy(), ordered)
    return Slabs(low, high, scale, slabs, first, ordered)


def _raster(edges: Floats, of: Small, shapes: NDArray[Any], cells: int) -> Raster:
    """Draw the polygons into about so many cells."""
    left, bottom, right, top = shapely.total_bounds(shapes)
    cell = math.sqrt((right - left) * (top - bottom) / cells)
    cell = float(max(cell, (right - left) / cells, (top - bottom) / cells))
    x0, y0 = float(left - cell), float(bottom - cell)
    nx, ny = int((right - left) / cell) + 3, int((top - bottom) / cell) + 3
    slack = 1e-6 * cell + 1e-9 * float(np.abs([left, bottom, right, top]).max())
    pairs = np.empty(cells_of_edges(edges, of, x0, y0, cell, nx, ny, slack, np.empty(0, np.int64)), dtype=np.int64)
    cells_of_edges(edges, of, x0, y0, cell, nx, ny, slack, pairs)
    pairs = _distinct(pairs)
    grid = np.full(nx * ny, OUTSIDE, dtype=np.int32)
    candidates, polygons = _boundary(pairs, grid)
    raster = Raster(x0, y0, 1.0 / cell, nx, ny, grid, candidates, polygons)
    start = _starts(of, len(shapes))
    more = fill_inside(edges, start, cell, raster, np.empty(0, dtype=np.int64))
    if not more:
        return raster
    extra = np.empty(more, dtype=np.int64)
    fill_inside(edges, start, cell, raster, extra)
    candidates, polygons = _boundary(_distinct(np.concatenate([pairs, extra])), grid)
    return raster._replace(candidates=candidates, polygons=polygons)


def _distinct(values: Integers) -> Integers:
    """Sort and drop repetitions: for millions of numbers several times faster than a hash table."""
    ordered: Integers = np.sort(values)
    distinct: Integers = ordered[np.diff(ordered, prepend=ordered[:1] - 1) != 0]
    return distinct


def _boundary(pairs: Integers, grid: Small) -> tuple[Integers, Small]:
    """Mark the boundary cells in the raster; give where each one's candidates start, and the candidates."""
    cells = pairs >> _BITS
    start = np.flatnonzero(np.diff(cells, prepend=-1))
    cells = cells[start]
    grid[cells] = -2 - np.arange(len(cells), dtype=np.int32)
    return np.append(start, len(pairs)).astype(np.int64), (pairs & ((1 << _BITS) - 1)).astype(np.int32)


__all__ = ["RASTER_FROM", "owners"]
