"""Add, subtract and read surfaces."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from hotspot.errors import ComparabilityError, CRSError, InputError

if TYPE_CHECKING:
    import geopandas as gpd

    from hotspot.density.surface import Surface

_PART_OF_A_CELL = 1e-6


def added(one: Surface, other: Surface) -> Surface:
    """Add two parts of one surface; different sources are no parts of one."""
    differences = _differences(one, other)
    if one.name != other.name:
        differences.append(f"what is counted ({one.name!r}, {other.name!r}: link the sources first, then draw once)")
    if one.adaptive:
        differences.append("bandwidths (adaptive ones depend on all events: draw all of them at once)")
    _refuse(differences, "added")
    return replace(
        one,
        density=one.density + other.density,
        support=one.support + other.support,
        n=one.n + other.n,
    )


def subtracted(one: Surface, other: Surface) -> Surface:
    """Subtract two surfaces, of two periods or two sources, made in one way."""
    _refuse(_differences(one, other), "subtracted")
    return replace(
        one,
        density=one.density - other.density,
        support=np.minimum(one.support, other.support),
        n=one.n + other.n,
        unit=one.unit if one.unit.startswith("difference in ") else f"difference in {one.unit}",
        name=one.name if one.name == other.name else f"{one.name} minus {other.name}",
    )


def _differences(one: Surface, other: Surface) -> list[str]:
    """Name everything in which two surfaces differ that a sum or a difference needs alike."""
    found = []
    if one.crs != other.crs:
        found.append("reference system")
    slack = _PART_OF_A_CELL * one.cell_size
    same_grid = one.density.shape == other.density.shape and all(
        np.allclose(a, b, rtol=0, atol=slack) for a, b in ((one.x, other.x), (one.y, other.y))
    )
    if not same_grid:
        found.append("grid (draw the second with grid=(first.x, first.y))")
    elif not np.array_equal(np.isnan(one.density), np.isnan(other.density)):
        found.append("boundary")
    pairs = ((label, getattr(one, label), getattr(other, label)) for label in ("unit", "kernel", "edge", "adaptive"))
    found += [f"{label} ({first!r}, {second!r})" for label, first, second in pairs if first != second]
    if one.bandwidth != other.bandwidth:
        found.append(f"bandwidth ({one.bandwidth:g} m, {other.bandwidth:g} m)")
    return found


def _refuse(differences: list[str], what: str) -> None:
    if differences:
        raise ComparabilityError(f"surfaces cannot be {what}: they differ in {'; '.join(differences)}.")


def values_at(surface: Surface, points: gpd.GeoSeries | gpd.GeoDataFrame) -> pd.Series:
    """Take the value of the cell that contains each point."""
    if points.crs != surface.crs:
        given = "no reference system" if points.crs is None else points.crs.name
        raise CRSError(f"points: {given}, but the surface is in {surface.crs.name}. Project them, e.g. to_crs(...).")
    shapes = points.geometry.to_numpy()
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    other = there & (shapely.get_type_id(shapes) != shapely.GeometryType.POINT)
    if other.any():
        raise InputError(
            f"points: {other.sum()} of {len(points)} are not points, the first in row {int(np.flatnonzero(other)[0])}. "
            "Give points, for example the centroids of areas."
        )
    west, south, _, _ = surface.bounds
    ny, nx = surface.density.shape
    known = np.where(there, shapes, None)
    column = np.floor((shapely.get_x(known) - west) / surface.cell_size)
    row = np.floor((shapely.get_y(known) - south) / surface.cell_size)
    inside = (column >= 0) & (column < nx) & (row >= 0) & (row < ny)
    values = np.full(len(points), np.nan)
    values[inside] = surface.density[row[inside].astype(np.int64), column[inside].astype(np.int64)]
    return pd.Series(values, index=points.index, name="density")
