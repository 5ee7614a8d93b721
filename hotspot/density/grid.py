"""Lay the grid of a surface: where its cells are, and which of them lie inside the boundary."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from hotspot.checks import require_choice, require_positive, require_same_crs
from hotspot.errors import ConfigError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

    from hotspot.geography.drawable import Events

SQUARE_KILOMETRE = 1e6
"""Square metres."""
LEAST_CELLS = 1.5
"""Bandwidth in cells below which the cells are too coarse for it."""
MAX_CELLS = 100_000_000
"""Most cells of one surface; more is refused before any work is done."""

_BYTES_PER_CELL = 33  # density, support, boundary mask and one temporary
_EVENNESS = 1e-9
_EDGES = ("none", "uniform", "diggle")


@dataclass(frozen=True, slots=True)
class Grid:
    """Square cells: the south-west corner in metres, the side of a cell, and how many each way."""

    west: float
    south: float
    cell_size: float
    nx: int
    ny: int

    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the x and the y of the cell centres, in metres."""
        columns, rows = np.arange(self.nx, dtype=np.float64), np.arange(self.ny, dtype=np.float64)
        return self.west + (columns + 0.5) * self.cell_size, self.south + (rows + 0.5) * self.cell_size

    def covers(self, bounds: Sequence[float]) -> bool:
        """Tell whether a box (west, south, east, north) lies within the cells, up to rounding."""
        slack = _EVENNESS * self.cell_size + _EVENNESS * abs(self.south)
        west, south, east, north = bounds
        return bool(
            west >= self.west - slack
            and south >= self.south - slack
            and east <= self.west + self.nx * self.cell_size + slack
            and north <= self.south + self.ny * self.cell_size + slack
        )

    def in_cells(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        """Turn metres into cells counted from the south-west corner."""
        return (x - self.west) / self.cell_size, (y - self.south) / self.cell_size


def nice_cell(bandwidth: float) -> float:
    """Round a fifth of the bandwidth down to 1, 2 or 5 times a power of ten."""
    aim = bandwidth / 5
    power = 10.0 ** math.floor(math.log10(aim))
    return max(step * power for step in (1, 2, 5) if step * power <= aim * (1 + _EVENNESS))


def grid_over(bounds: Sequence[float], cell_size: float) -> Grid:
    """
    Cover a box with cells whose edges are whole multiples of the cell size.

    The origin is therefore fixed: two surfaces with one cell size share their cells wherever they overlap.
    """
    west, south, east, north = bounds
    column, row = math.floor(west / cell_size), math.floor(south / cell_size)
    nx = max(1, math.ceil(east / cell_size) - column)
    ny = max(1, math.ceil(north / cell_size) - row)
    return Grid(column * cell_size, row * cell_size, cell_size, nx, ny)


def grid_from_centres(centres: tuple[ArrayLike, ArrayLike], cell_size: float | None) -> Grid:
    """Take the grid whose cell centres the user gives, after checking that its cells are equal squares."""
    x, y = (np.asarray(axis, dtype=float) for axis in centres)
    if x.ndim != 1 or y.ndim != 1 or x.size == 0 or y.size == 0:
        raise ConfigError("grid: give two one-dimensional arrays of cell centres, x and y, in metres.")
    steps = np.concatenate([np.diff(x), np.diff(y)])
    if cell_size is None and not steps.size:
        raise ConfigError("grid: a single cell has no spacing; give cell_size as well.")
    # The mean step is exact to the last bit or two; a single difference of large coordinates is not.
    span, gaps = (x[-1] - x[0], x.size - 1) if x.size > 1 else (y[-1] - y[0], y.size - 1)
    side = float(span / gaps) if gaps else float(cell_size or 0)
    if side <= 0 or not np.isfinite(side) or np.abs(steps - side).max(initial=0) > 1e-6 * side:
        raise ConfigError("grid: the cell centres must ascend in equal steps, the same along x and y.")
    if cell_size is not None and abs(cell_size - side) > 1e-6 * side:
        raise ConfigError(f"cell_size: {cell_size:g} m, but the cell centres of grid are {side:g} m apart. Give one.")
    return Grid(float(x[0]) - side / 2, float(y[0]) - side / 2, side, x.size, y.size)


def choose_edge(edge: str | None, within: gpd.GeoDataFrame | None) -> str:
    """Choose the edge correction: a boundary is needed to correct at it."""
    if edge is None:
        return "none" if within is None else "diggle"
    require_choice(edge, _EDGES, "edge")
    if within is None and edge != "none":
        raise ConfigError(f"edge: {edge!r} needs a boundary. Give within=areas, or edge='none'.")
    return edge


def lay_lattice(
    places: tuple[NDArray[np.float64], NDArray[np.float64]],
    reach: float | NDArray[np.float64],
    within: gpd.GeoDataFrame | None,
    grid: tuple[ArrayLike, ArrayLike] | None,
    cell_size: float | None,
    *,
    bandwidth: float,
    edge: str,
) -> tuple[Grid, str]:
    """
    Lay the cells of a surface.

    Parameters
    ----------
    places
        x and y of the events, in metres.
    reach
        Metres from an event, or from each, as far as its kernel goes.
    within
        Boundary to cover; None covers what the events reach.
    grid
        Cell centres that the user wants, in metres.
    cell_size
        Metres. None takes a fifth of the bandwidth, rounded down.
    bandwidth
        Metres.
    edge
        Correction at the boundary.

    Returns
    -------
    Grid, str
        The cells, and who chose their size.

    Raises
    ------
    ConfigError
        The grid given is not even or does not cover the boundary; there would be too many cells.
    InputError
        No event and no boundary says where the surface lies.
    """
    if cell_size is not None:
        require_positive(cell_size, "cell_size", "metres")
    if grid is not None:
        lattice, by = grid_from_centres(grid, cell_size), "grid"
        if within is not None and edge != "none" and not lattice.covers(within.total_bounds):
            raise ConfigError(
                f"grid: it does not cover the boundary, and edge={edge!r} needs the mass in all of it. "
                "Give a grid that does, a smaller boundary, or edge='none'."
            )
    else:
        by = "given" if cell_size is not None else "a fifth of the bandwidth, rounded down"
        side = float(cell_size) if cell_size is not None else nice_cell(bandwidth)
        lattice = grid_over(_extent(places, reach) if within is None else _bounds(within), side)
    _refuse_if_huge(lattice)
    return lattice, by


def _bounds(within: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    """Give the box of the boundary."""
    west, south, east, north = (float(side) for side in within.total_bounds)
    if not np.isfinite([west, south, east, north]).all():
        raise InputError("within: no polygon has a geometry. Give areas with their polygons.")
    return west, south, east, north


def _extent(
    places: tuple[NDArray[np.float64], NDArray[np.float64]], reach: float | NDArray[np.float64]
) -> tuple[float, float, float, float]:
    """Give the box that the events reach."""
    if places[0].size == 0:
        raise InputError("incidents: no row has a point that may be drawn. Give within= or grid= for an empty surface.")
    west, south = (float(np.min(axis - reach)) for axis in places)
    east, north = (float(np.max(axis + reach)) for axis in places)
    return west, south, east, north


def coarse_cells(bandwidth: float, cell_size: float) -> list[str]:
    """Say that the cells are too coarse for the bandwidth, if they are."""
    if bandwidth >= LEAST_CELLS * cell_size:
        return []
    return [f"the bandwidth of {bandwidth:g} m is below 1.5 cells of {cell_size:g} m: use smaller cells"]


def _refuse_if_huge(grid: Grid) -> None:
    """Raise before starting if the grid has more cells than a surface may have."""
    cells = grid.nx * grid.ny
    if cells > MAX_CELLS:
        side = grid.cell_size * math.sqrt(cells / MAX_CELLS)
        raise ConfigError(
            f"cell_size: {grid.cell_size:g} m makes {grid.nx:,} x {grid.ny:,} = {cells:,} cells, about "
            f"{cells * _BYTES_PER_CELL / 1e9:.0f} GB; at most {MAX_CELLS:,} are drawn. Use cells of {side:.0f} m or "
            "more, or a smaller area."
        )


def polygons_of(areas: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Give the geometries that exist and hold anything."""
    shapes = np.asarray(areas.geometry.to_numpy(), dtype=object)
    there: NDArray[np.bool_] = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    return shapes[there]


def cells_inside(grid: Grid, areas: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Tell for each cell whether its centre lies in any of the polygons; a centre on an edge does."""
    x, y = grid.centres()
    inside = np.zeros((grid.ny, grid.nx), dtype=bool)
    polygons = polygons_of(areas)
    shapely.prepare(polygons)
    bounds = shapely.bounds(polygons)
    columns = np.column_stack([np.searchsorted(x, bounds[:, 0]), np.searchsorted(x, bounds[:, 2], side="right")])
    rows = np.column_stack([np.searchsorted(y, bounds[:, 1]), np.searchsorted(y, bounds[:, 3], side="right")])
    for polygon, (left, right), (bottom, top) in zip(polygons, columns, rows, strict=True):
        if left < right and bottom < top:
            xx, yy = np.meshgrid(x[left:right], y[bottom:top])
            inside[bottom:top, left:right] |= shapely.intersects_xy(polygon, xx, yy)
    if not inside.any():
        raise InputError(
            f"within: no cell of {grid.cell_size:g} m has its centre inside the {len(areas)} area(s). "
            "Use a smaller cell_size, or a grid that lies over them."
        )
    return inside


def points_inside(points: NDArray[np.object_], areas: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    """Tell for each point whether it lies in any of the polygons; a point on an edge does."""
    tree = shapely.STRtree(polygons_of(areas))
    inside = np.zeros(points.size, dtype=bool)
    inside[tree.query(points, predicate="intersects")[0]] = True
    return inside


def keep_inside(events: Events, within: gpd.GeoDataFrame | None, frame: gpd.GeoDataFrame, named: str) -> Events:
    """Leave the events outside the boundary out, counted; ``named`` is what the user calls the frame they are from."""
    if within is None:
        return events
    require_same_crs(within, frame, "within", named)
    return events.keep(points_inside(events.points, within), "outside the boundary")
