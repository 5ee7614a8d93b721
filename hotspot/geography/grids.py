"""Lay grids of equal cells over areas: fixed origin, so that the same place has the same cell in every study."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from hotspot.checks import require_metric_crs, require_positive
from hotspot.errors import ConfigError, InputError
from hotspot.record import note

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_CELLS = 4_000_000


def square_grid(areas: gpd.GeoDataFrame, cell_size: float) -> gpd.GeoDataFrame:
    """
    Lay a grid of squares over areas.

    Parameters
    ----------
    areas
        Areas in a projected metric reference system; the grid covers their union.
    cell_size
        Side of a cell, in metres.

    Returns
    -------
    geopandas.GeoDataFrame
        Areas: the cells, clipped to the union, with ``area_m2``. The origin is (0, 0) of the reference system; a code
        such as ``S250_2120_720`` names the size, the column and the row, so it is the same in every study.

    Raises
    ------
    ConfigError
        If the size is not above 0, or so small that there would be millions of cells.
    CRSError
        If the reference system is missing or does not count in metres.
    InputError
        If there are no areas.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> from hotspot.geography import square_grid
    >>> areas = gpd.GeoDataFrame(index=["A"], geometry=[box(1000, 1000, 1600, 1250)], crs=27700)
    >>> square_grid(areas, 500)["area_m2"].to_dict()
    {'S500_2_2': 125000.0, 'S500_3_2': 25000.0}
    """
    left, bottom, right, top = _extent(areas, cell_size, cell_size)
    columns = np.arange(math.floor(left / cell_size), math.floor(right / cell_size) + 1)
    rows = np.arange(math.floor(bottom / cell_size), math.floor(top / cell_size) + 1)
    row, column = (part.ravel() for part in np.meshgrid(rows, columns, indexing="ij"))
    # each corner is a multiple computed in one way, so that neighbours share their vertices exactly
    x, y = column * float(cell_size), row * float(cell_size)
    x1, y1 = (column + 1) * float(cell_size), (row + 1) * float(cell_size)
    cells = shapely.box(x, y, x1, y1)
    return _clip(areas, cells, _codes("S", cell_size, column, row), "square_grid", cell_size)


def hexagon_grid(areas: gpd.GeoDataFrame, cell_size: float) -> gpd.GeoDataFrame:
    """
    Lay a grid of regular hexagons over areas.

    Parameters
    ----------
    areas
        Areas in a projected metric reference system; the grid covers their union.
    cell_size
        Width of a cell from side to side, in metres: the distance between the centres of neighbours. Its area is
        0.866 times that of a square of this side.

    Returns
    -------
    geopandas.GeoDataFrame
        Areas: the cells, clipped to the union, with ``area_m2``. The cell ``H…_0_0`` has its centre at (0, 0) of the
        reference system; codes name the size, the column and the row, so they are the same in every study.

    Raises
    ------
    ConfigError
        If the size is not above 0, or so small that there would be millions of cells.
    CRSError
        If the reference system is missing or does not count in metres.
    InputError
        If there are no areas.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> from hotspot.geography import hexagon_grid
    >>> areas = gpd.GeoDataFrame(index=["A"], geometry=[box(-50, -50, 50, 50)], crs=27700)
    >>> hexagon_grid(areas, 200).index.to_list()
    ['H200_0_0']
    """
    height = float(cell_size) * math.sqrt(3) / 2
    left, bottom, right, top = _extent(areas, cell_size, height)
    columns = np.arange(math.floor(left / cell_size) - 1, math.ceil(right / cell_size) + 2)
    rows = np.arange(math.floor(bottom / height) - 1, math.ceil(top / height) + 2)
    row, column = (part.ravel() for part in np.meshgrid(rows, columns, indexing="ij"))
    # corners on a lattice of half widths and sixths of heights, counted in whole numbers: neighbours share them exactly
    across = 2 * column[:, None] + (row % 2)[:, None] + np.array([0, 1, 1, 0, -1, -1])
    up = 3 * row[:, None] + np.array([2, 1, -1, -2, -1, 1])
    corners = np.stack([across * (float(cell_size) / 2), up * (height / 3)], axis=-1)
    cells = shapely.polygons(corners)
    return _clip(areas, cells, _codes("H", cell_size, column, row), "hexagon_grid", cell_size)


def _extent(areas: gpd.GeoDataFrame, width: float, height: float) -> tuple[float, float, float, float]:
    """Check the input and give the bounds of the areas."""
    require_metric_crs(areas, "areas")
    require_positive(width, "cell_size", "metres")
    if areas.empty or not np.isfinite(areas.total_bounds).all():
        raise InputError("areas: there are none to lay a grid over.")
    left, bottom, right, top = (float(value) for value in areas.total_bounds)
    number = ((right - left) / width + 1) * ((top - bottom) / height + 1)
    if number > _MOST_CELLS:
        raise ConfigError(
            f"cell_size: {width:g} m would make about {number:,.0f} cells. Give at least "
            f"{width * math.sqrt(number / _MOST_CELLS):,.0f} m."
        )
    return left, bottom, right, top


def _codes(letter: str, size: float, column: NDArray[np.int64], row: NDArray[np.int64]) -> pd.Index[str]:
    prefix = f"{letter}{float(size):.12g}"
    codes = [f"{prefix}_{i}_{j}" for i, j in zip(column.tolist(), row.tolist(), strict=True)]
    return pd.Index(codes, name="area_code", dtype="str")


def _clip(
    areas: gpd.GeoDataFrame, cells: NDArray[np.object_], codes: pd.Index[str], step: str, size: float
) -> gpd.GeoDataFrame:
    """Cut the cells to the union of the areas; a cell that only touches it is left out."""
    union = areas.geometry.union_all()
    shapely.prepare(union)
    whole = shapely.covers(union, cells)
    cut = ~whole & shapely.intersects(union, cells)
    shapes = cells.copy()
    shapes[cut] = [_polygonal(shape) for shape in shapely.intersection(cells[cut], union)]
    kept = whole | cut
    kept[cut] = shapely.area(shapes[cut]) > 0
    grid = gpd.GeoDataFrame(
        {"area_m2": shapely.area(shapes[kept])}, index=codes[kept], geometry=shapes[kept], crs=areas.crs
    )
    note(
        step,
        cell_size_m=float(size),
        cells=len(grid),
        clipped=int((cut & kept).sum()),
        area_m2=float(grid["area_m2"].sum()),
    )
    return grid


def _polygonal(shape: shapely.Geometry) -> shapely.Geometry:
    """Keep the polygons of an intersection, which may come with points and lines where it only touches."""
    if shape.geom_type in {"Polygon", "MultiPolygon"}:
        return shape
    parts = shapely.get_parts(shape)
    polygons = parts[shapely.get_type_id(parts) == 3]  # noqa: PLR2004 - polygon
    return polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)


__all__ = ["hexagon_grid", "square_grid"]
