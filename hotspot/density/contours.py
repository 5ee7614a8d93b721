"""Outline where a surface is at or above a level."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.ndimage import distance_transform_edt

from hotspot.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from hotspot.density.surface import Surface

_EMPTY = shapely.MultiPolygon()
_NEIGHBOUR = 1.5
"""Cells around the ones with a value that take the value of the nearest, so that outlines reach the rim."""


def contours_of(surface: Surface, levels: Sequence[float]) -> gpd.GeoDataFrame:
    """Trace marching squares over the surface, carried on by a cell at its rim, and cut back to its cells."""
    import geopandas as gpd
    from contourpy import FillType, contour_generator

    wanted = _levels(levels)
    values = np.pad(surface.density, 1, constant_values=np.nan)
    footprint = _footprint(surface)
    step = surface.cell_size
    x = np.concatenate([[surface.x[0] - step], surface.x, [surface.x[-1] + step]])
    y = np.concatenate([[surface.y[0] - step], surface.y, [surface.y[-1] + step]])
    there = ~np.isnan(values)
    if there.any():
        distance, nearest = distance_transform_edt(~there, return_indices=True)
        values = np.where(distance <= _NEIGHBOUR, values[tuple(nearest)], np.nan)
    above = float(np.nanmax(values, initial=0.0)) + 1.0
    tracer = contour_generator(x, y, np.ma.masked_invalid(values), fill_type=FillType.OuterOffset)
    found = [
        _polygons(tracer.filled(np.nextafter(level, -np.inf), above), footprint) if level < above else _EMPTY
        for level in wanted
    ]
    shapes = np.array(found, dtype=object)
    return gpd.GeoDataFrame({"level": wanted, "area_km2": shapely.area(shapes) / 1e6}, geometry=shapes, crs=surface.crs)


def _levels(levels: Sequence[float]) -> NDArray[np.float64]:
    try:
        wanted = np.sort(np.asarray(levels, dtype=np.float64).reshape(-1))
    except (TypeError, ValueError) as error:
        raise ConfigError("levels: give numbers in the unit of the surface, for example [50, 100].") from error
    if not wanted.size or not np.isfinite(wanted).all() or (np.diff(wanted) == 0).any():
        raise ConfigError("levels: give at least one; each must be finite and stand once.")
    return wanted


def _footprint(surface: Surface) -> shapely.Geometry:
    """Unite the cells that have a value: one box for every run along a row."""
    valid = ~np.isnan(surface.density)
    if valid.all():
        return shapely.box(*surface.bounds)
    there = np.pad(valid, ((0, 0), (1, 1))).astype(np.int8)
    rows, starts = np.nonzero(np.diff(there, axis=1) == 1)
    _, ends = np.nonzero(np.diff(there, axis=1) == -1)
    west, south, _, _ = surface.bounds
    step = surface.cell_size
    return shapely.union_all(
        shapely.box(west + starts * step, south + rows * step, west + ends * step, south + (rows + 1) * step)
    )


def _polygons(traced: tuple[Any, ...], footprint: shapely.Geometry) -> shapely.MultiPolygon:
    """Turn traced rings into valid polygons with holes, within the footprint."""
    polygons = []
    for points, offsets in zip(*traced, strict=True):
        rings = [points[a:b] for a, b in pairwise(offsets)]
        polygons.append(shapely.Polygon(rings[0], rings[1:]))
    whole = shapely.union_all(shapely.make_valid(np.array(polygons, dtype=object))) if polygons else _EMPTY
    parts = shapely.get_parts(shapely.intersection(whole, footprint))
    kept = parts[shapely.get_dimensions(parts) == 2]  # noqa: PLR2004  # polygons; lines and points where rims touch
    return shapely.MultiPolygon(list(shapely.get_parts(kept)))
