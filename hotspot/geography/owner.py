"""Find the area that owns each point: one rule for every count, map and comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from hotspot.checks import require_same_crs, require_unique_index
from hotspot.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd


def locate_in_areas(points: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.Series:
    """
    Find the area that each point lies in.

    Parameters
    ----------
    points
        Points in a projected metric reference system, such as Incidents; a geometry may be missing.
    areas
        Areas in the same reference system, as `read_areas` gives them.

    Returns
    -------
    pandas.Series
        ``area_code`` for each row of ``points``, missing where the point is in no area or there is no point.

    Raises
    ------
    CRSError
        If the reference systems differ, are missing, or do not count in metres.
    InputError
        If a geometry is no point, or the areas are no polygons or share a code.

    Notes
    -----
    Areas are half-open: a point on the edge of two areas belongs to exactly one of them (the one to its right; on a
    horizontal edge the one above), the same in every run, and a point on the outermost right or top edge to none.
    Where areas overlap, the one whose code sorts first owns the point.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> from hotspot.geography import locate_in_areas
    >>> areas = gpd.GeoDataFrame(index=["A", "B"], geometry=[box(0, 0, 9, 9), box(9, 0, 18, 9)], crs=27700)
    >>> points = gpd.GeoDataFrame(geometry=[Point(1, 1), Point(9, 5), None], crs=27700)
    >>> locate_in_areas(points, areas).fillna("none").to_list()
    ['A', 'B', 'none']
    """
    position = positions_in_areas(points, areas)
    codes = np.append(areas.index.to_numpy(dtype="object"), [None])
    return pd.Series(codes[position], index=points.index, name="area_code", dtype="str")


def positions_in_areas(points: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Find the position of each point's area among the areas, -1 for none."""
    require_same_crs(points, areas, "points", "areas")
    require_unique_index(areas, "areas")
    found, shapes = points.geometry.to_numpy(), areas.geometry.to_numpy()
    kinds = shapely.get_type_id(found)
    if not np.isin(kinds, (-1, 0)).all():
        bad = np.flatnonzero(~np.isin(kinds, (-1, 0)))
        raise InputError(f"points: {len(bad)} geometry(ies) are no points (first: row {int(bad[0]) + 1}).")
    wrong = ~np.isin(shapely.get_type_id(shapes), (3, 6)) | shapely.is_empty(shapes)
    if wrong.any():
        raise InputError(
            f"areas: {int(wrong.sum())} geometry(ies) are missing, empty or no polygons "
            f"(first: row {int(np.flatnonzero(wrong)[0]) + 1}). Read them with read_areas."
        )
    found = np.where(shapely.is_empty(found), None, found)
    # numba, heavy to import, comes with the index
    from hotspot.geography.index import owners

    # by code, so that the order of the rows does not decide who owns an overlap
    order = np.argsort(areas.index.astype("str").to_numpy(dtype="object"), kind="stable")
    position = owners(shapes[order], shapely.get_x(found), shapely.get_y(found))
    return np.append(order, -1).astype(np.int32)[position]


__all__ = ["locate_in_areas", "positions_in_areas"]
