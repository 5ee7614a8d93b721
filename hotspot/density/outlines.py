"""Trace the outlines of cells: valid polygons along cell edges, one for each connected group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray
    from pyproj import CRS

    from hotspot.density.surface import Surface

    Integers = NDArray[np.int64]
    Bytes = NDArray[np.uint8]

EAST, NORTH, WEST, SOUTH = 0, 1, 2, 3


def group_cells(chosen: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    """Give each chosen cell the number of its group (cells that share an edge), from 1; 0 is no cell."""
    from scipy.ndimage import label

    numbers, groups = label(chosen)
    return numbers, int(groups)


@dataclass(frozen=True, slots=True)
class Regions:
    """Cells of a surface joined into regions: those that share an edge."""

    there: NDArray[np.bool_]
    """Shape (ny, nx): cells that are in any."""
    which: Integers
    """Region of each of them, from 0, row by row."""
    outlines: NDArray[np.object_]
    """One polygon each, along cell edges, in metres."""

    def total(self, values: NDArray[np.float64] | Integers) -> NDArray[np.float64]:
        """Add up values of cells, shape (ny, nx), over each region."""
        return np.asarray(np.bincount(self.which, values[self.there], minlength=self.outlines.size), np.float64)

    def least(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the least value of each region."""
        found = np.full(self.outlines.size, np.inf)
        np.minimum.at(found, self.which, values[self.there])
        return found

    @property
    def cells(self) -> Integers:
        """Count the cells of each region."""
        return np.bincount(self.which, minlength=self.outlines.size)

    def ranked(self, columns: Mapping[str, object], crs: CRS, *, by: NDArray[Any]) -> gpd.GeoDataFrame:
        """Lay the regions out as rows, the greatest ``by`` first: index ``rank`` from 1."""
        import geopandas as gpd

        frame = gpd.GeoDataFrame(columns, geometry=self.outlines, crs=crs)
        frame = frame.iloc[np.lexsort((np.arange(self.outlines.size), -by))].reset_index(drop=True)
        frame.index = frame.index + 1
        frame.index.name = "rank"
        return frame


def regions_of(surface: Surface, chosen: NDArray[np.bool_]) -> Regions:
    """Join chosen cells of a surface, shape (ny, nx), into regions."""
    numbers, groups = group_cells(chosen)
    west, south = surface.bounds[:2]
    outlines = outline_groups(numbers, groups, west=west, south=south, cell_size=surface.cell_size)
    there = numbers > 0
    return Regions(there, numbers[there].astype(np.int64) - 1, outlines)


def _edges(chosen: NDArray[np.bool_]) -> Bytes:
    """Mark at each corner of the grid which directed edges leave it: bit d for direction d, the cell on the left."""
    padded = np.pad(chosen, 1)
    north_west, north_east = padded[1:, :-1], padded[1:, 1:]
    south_west, south_east = padded[:-1, :-1], padded[:-1, 1:]
    leaving = (north_east & ~south_east).astype(np.uint8) << EAST
    leaving |= (north_west & ~north_east).astype(np.uint8) << NORTH
    leaving |= (south_west & ~north_west).astype(np.uint8) << WEST
    leaving |= (south_east & ~south_west).astype(np.uint8) << SOUTH
    return np.ascontiguousarray(leaving)


@njit(cache=True, nogil=True)
def turn(there: int, way: int) -> int:
    """Choose the edge to go on by: left first, so that cells which meet at a corner only stay apart."""
    if there >> ((way + 1) & 3) & 1:
        return (way + 1) & 3
    if there >> way & 1:
        return way
    return (way + 3) & 3


@njit(cache=True, nogil=True)
def _walk(
    leaving: Bytes, left: Bytes, place: Integers, stack: Integers, corners: Integers, loops: Integers, written: int
) -> tuple[int, int]:
    """
    Walk from the corner in ``stack[0]`` eastward along edges until it closes; write its loops.

    A walk that comes back to one of its own corners is cut off there, so every loop is simple. ``left`` holds the edges
    not walked yet, ``place`` the depth of each corner on the stack. Returns corners written in all, and loops.
    """
    step_x, step_y = (1, 0, -1, 0), (0, 1, 0, -1)
    x, y, way = stack[0, 0], stack[0, 1], EAST
    place[y, x] = 0
    depth, count = 1, 0
    while left[y, x] >> way & 1:
        left[y, x] ^= np.uint8(1 << way)
        x += step_x[way]
        y += step_y[way]
        ahead = turn(leaving[y, x], way)
        start = place[y, x]
        if start >= 0:
            loops[count] = written
            count += 1
            for p in range(start, depth):
                corners[written, 0], corners[written, 1] = stack[p, 0], stack[p, 1]
                place[stack[p, 1], stack[p, 0]] = -1
                written += 1
            place[y, x] = start
            depth = start + 1
        elif ahead != way:
            stack[depth, 0], stack[depth, 1] = x, y
            place[y, x] = depth
            depth += 1
        way = ahead
    place[y, x] = -1
    return written, count


@njit(cache=True, nogil=True)
def _trace(leaving: Bytes, corners: Integers, rings: Integers) -> tuple[int, int]:
    """
    Walk along all edges and write closed rings; return how many corners and rings were written.

    ``corners`` takes column and row of each corner, ``rings`` the start of each ring in it and the column and row of a
    cell on its left.
    """
    left = leaving.copy()
    place = np.full(leaving.shape, -1, np.int64)
    stack = np.empty((corners.shape[0] + 1, 2), np.int64)
    loops = np.empty(rings.shape[0], np.int64)
    written = ring = 0
    for j in range(leaving.shape[0]):
        for i in range(leaving.shape[1]):
            if left[j, i] & 1:
                stack[0, 0], stack[0, 1] = i, j
                written, count = _walk(leaving, left, place, stack, corners, loops, written)
                for loop in range(count):
                    rings[ring, 0], rings[ring, 1], rings[ring, 2] = loops[loop], i, j
                    ring += 1
    return written, ring


def outline_groups(
    numbers: NDArray[np.int32], groups: int, *, west: float, south: float, cell_size: float
) -> NDArray[np.object_]:
    """
    Draw one polygon for each group of cells.

    Parameters
    ----------
    numbers
        Shape (ny, nx): number of each cell's group, as `group_cells` gives them.
    groups
        How many there are.
    west, south
        South-west corner of the grid, in metres.
    cell_size
        Side of a cell, in metres.

    Returns
    -------
    array of polygons, shape (groups,)
        Valid; corners only where the outline turns. Groups may touch at corners, never along an edge.
    """
    leaving = _edges(numbers > 0)
    most = int(np.bitwise_count(leaving).sum())
    corners, rings = np.empty((most + 1, 2), np.int64), np.empty((most // 4 + 1, 3), np.int64)
    written, count = _trace(leaving, corners, rings)
    starts = np.append(rings[:count, 0], written)
    which = np.repeat(np.arange(count), np.diff(starts))
    x, y = corners[:written, 0], corners[:written, 1]
    following = np.arange(1, written + 1)
    following[starts[1:] - 1] = starts[:-1]
    twice_area = np.bincount(which, (x * y[following] - x[following] * y).astype(np.float64), minlength=count)
    group = numbers[rings[:count, 2], rings[:count, 1]] - 1
    order = np.lexsort((np.arange(count), twice_area < 0, group))
    places = np.column_stack([west + x * cell_size, south + y * cell_size])
    lines = shapely.linearrings(places, indices=which) if count else np.empty(0, object)
    outlines: NDArray[np.object_] = np.empty(groups, object)
    if groups:
        outlines[:] = shapely.polygons(lines[order], indices=group[order])
    return outlines
