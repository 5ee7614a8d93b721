"""Say where chance would put events: evenly over the boundary, where people are, or on known places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from hotspot.checks import require_columns, require_same_crs
from hotspot.density.chance import Pieces
from hotspot.density.grid import grid_from_centres, keep_inside, points_inside, polygons_of
from hotspot.density.outlines import regions_of
from hotspot.density.surface import Surface
from hotspot.errors import ConfigError, CRSError, InputError
from hotspot.geography.drawable import choose_events

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspot.density.grid import Grid

    Floats = NDArray[np.float64]

_POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def boundary_of(
    incidents: gpd.GeoDataFrame, within: gpd.GeoDataFrame | None, at_risk: gpd.GeoDataFrame | Surface | None
) -> gpd.GeoDataFrame:
    """Take the boundary given, or the extent of what is at risk."""
    if isinstance(at_risk, gpd.GeoDataFrame):
        require_same_crs(at_risk, incidents, "at_risk", "incidents")
    elif isinstance(at_risk, Surface):
        if at_risk.crs != incidents.crs:
            raise CRSError(
                f"at_risk uses {at_risk.crs.name} but incidents uses {incidents.crs.name}. Use one reference system."
            )
    elif at_risk is not None:
        raise InputError(
            f"at_risk: a {type(at_risk).__name__} says nothing of where people are. Give areas with a population, "
            "points, or a Surface."
        )
    if within is None and isinstance(at_risk, Surface):
        cells = regions_of(at_risk, np.isfinite(at_risk.density)).outlines
        return gpd.GeoDataFrame(geometry=list(cells), crs=at_risk.crs)
    if within is None and at_risk is not None and _are_areas(at_risk):
        within = at_risk
    if within is None:
        raise ConfigError("within: chance needs to know where an event could have been. Give the boundary.")
    require_same_crs(within, incidents, "within", "incidents")
    wrong = ~shapely.is_valid(polygons_of(within))
    if wrong.any():
        raise InputError(f"within: {wrong.sum()} polygon(s) are not valid. Mend them with make_valid().")
    return within


def _are_areas(at_risk: gpd.GeoDataFrame) -> bool:
    """Tell areas from points, refusing a mixture."""
    kinds = shapely.get_type_id(polygons_of(at_risk))
    areas = np.isin(kinds, _POLYGONS)
    if areas.all() and areas.size:
        return True
    if (kinds == shapely.GeometryType.POINT).all() and kinds.size:
        return False
    raise InputError(
        f"at_risk: {kinds.size} geometries, {areas.sum()} of them areas, "
        f"{(kinds == shapely.GeometryType.POINT).sum()} points. Give areas only, or points only."
    )


def pieces_of(
    at_risk: gpd.GeoDataFrame | Surface | None, within: gpd.GeoDataFrame, population: str, lattice: Grid
) -> tuple[Pieces, str]:
    """Lay out the places of the null, in cells of the lattice, and say in words what it is."""
    if at_risk is None:
        ground = np.array([shapely.union_all(polygons_of(within))], dtype=object)
        return _from_polygons(ground, np.ones(1), lattice), "the same number of events, evenly over the boundary"
    if isinstance(at_risk, Surface):
        return _from_surface(
            at_risk, within, lattice
        ), "the same number of events, in proportion to the at-risk surface"
    if _are_areas(at_risk):
        shapes, people = _clipped(at_risk, within, population)
        words = f"the same number of events, in proportion to {population}, evenly within each area"
        return _from_polygons(shapes, people, lattice), words
    return _from_points(at_risk, within, population, lattice)


def _from_points(
    at_risk: gpd.GeoDataFrame, within: gpd.GeoDataFrame, population: str, lattice: Grid
) -> tuple[Pieces, str]:
    """Take points as they are, each as likely as the next, or in proportion to their people if they state them."""
    counted = population in at_risk
    points = keep_inside(choose_events(at_risk, population if counted else None), within, at_risk, "at_risk")
    if not points.weight.sum() > 0:
        raise InputError("at_risk: no point (with people) lies inside the boundary and may be drawn.")
    corner = np.column_stack(lattice.in_cells(points.x, points.y))
    order = np.lexsort((points.weight, corner[:, 0], corner[:, 1]))
    places, which = np.unique(corner[order], axis=0, return_inverse=True)
    mass = np.bincount(which, points.weight[order], minlength=len(places))
    places, mass = places[mass > 0], mass[mass > 0]
    none = np.zeros_like(places)
    words = f"the same number of events, drawn with replacement from {points.x.size} points"
    if counted:
        words += f" in proportion to {population}"
    return Pieces(mass / mass.sum(), places, none, none, np.zeros(len(places), dtype=bool)), words


def _clipped(areas: gpd.GeoDataFrame, within: gpd.GeoDataFrame, population: str) -> tuple[NDArray[np.object_], Floats]:
    """Take each area's polygon inside the boundary and the people in that part, as if evenly spread over the area."""
    require_columns(areas, [population], "at_risk")
    if not pd.api.types.is_numeric_dtype(areas[population]):
        raise InputError(f"at_risk: {population!r} is {areas[population].dtype}, not numbers. Convert it first.")
    shapes = np.asarray(areas.geometry.to_numpy(), dtype=object)
    people = areas[population].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    wrong = ~(np.isfinite(people) & (people >= 0))
    if (wrong & there).any():
        raise InputError(
            f"at_risk: {population!r} is missing, infinite or below 0 in {(wrong & there).sum()} of {there.sum()} "
            f"area(s), the first in row {int(np.flatnonzero(wrong & there)[0])}. Fill it, or drop these areas."
        )
    invalid = there & ~shapely.is_valid(shapes)
    if invalid.any():
        raise InputError(f"at_risk: {invalid.sum()} polygon(s) are not valid. Mend them with make_valid().")
    shapes, people = shapes[there & (people > 0)], people[there & (people > 0)]
    if within is not areas and len(shapes):
        ground = shapely.union_all(polygons_of(within))
        shapely.prepare(ground)
        cut = ~shapely.contains_properly(ground, shapes)
        whole = shapely.area(shapes)
        shapes[cut] = shapely.intersection(shapes[cut], ground)
        people = people * shapely.area(shapes) / whole
    if not people.sum() > 0:
        raise InputError(f"at_risk: {population!r} adds up to 0 inside the boundary.")
    return shapes[people > 0], people[people > 0]


def _from_polygons(shapes: NDArray[np.object_], mass: Floats, lattice: Grid) -> Pieces:
    """Cut polygons into triangles; a triangle's mass is its share of its polygon's area."""
    # Constrained triangulation wants polygons: parts first.
    parts, owner = shapely.get_parts(shapes, return_index=True)
    flat = shapely.area(parts) > 0
    triangles, part = shapely.get_parts(shapely.constrained_delaunay_triangles(parts[flat]), return_index=True)
    owner = owner[flat][part]
    corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3]
    corners = (corners - [lattice.west, lattice.south]) / lattice.cell_size
    corner, side_a, side_b = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    size = np.abs(side_a[:, 0] * side_b[:, 1] - side_a[:, 1] * side_b[:, 0])
    share = mass[owner] * size / np.bincount(owner, size, minlength=len(shapes))[owner]
    return Pieces(share / share.sum(), corner, side_a, side_b, np.ones(len(share), dtype=bool))


def _from_surface(surface: Surface, within: gpd.GeoDataFrame, lattice: Grid) -> Pieces:
    """Take the cells of a surface whose centres lie inside the boundary, each evenly filled."""
    below = int((surface.density < 0).sum())
    if below:
        raise InputError(f"at_risk: {below} cell(s) of the surface are below 0.")
    grid = grid_from_centres((surface.x, surface.y), surface.cell_size)
    row, column = np.nonzero(np.nan_to_num(surface.density) > 0)
    x, y = grid.centres()
    kept = points_inside(shapely.points(x[column], y[row]), within)
    row, column = row[kept], column[kept]
    if not row.size:
        raise InputError("at_risk: the surface has no cell above 0 inside the boundary.")
    side = surface.cell_size / lattice.cell_size
    corner = np.column_stack(lattice.in_cells(x[column], y[row])) - side / 2
    mass = surface.density[row, column]
    none, along = np.zeros(row.size), np.full(row.size, side)
    return Pieces(
        mass / mass.sum(),
        corner,
        np.column_stack([along, none]),
        np.column_stack([none, along]),
        np.zeros(row.size, dtype=bool),
    )
