"""Look beyond the edge of the study area, so that its edge is not cold."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from hotspot.checks import listed, require_metric_crs, require_positive, require_same_crs, require_unique_index
from hotspot.errors import InputError
from hotspot.record import note


def study_boundary(areas: gpd.GeoDataFrame, *, distance: float) -> gpd.GeoDataFrame:
    """
    Draw the outline of the study area, widened by a distance.

    Parameters
    ----------
    areas
        The areas under study, in a projected metric reference system.
    distance
        Metres to widen by; at least the bandwidth of a density, or the reach of the neighbours.

    Returns
    -------
    geopandas.GeoDataFrame
        One row, ``study_area``, in the reference system of ``areas``; usable as ``within`` of ``kernel_density``.

    Raises
    ------
    InputError
        If there are no areas, or a geometry is missing.
    CRSError
        If the reference system does not count in metres.

    Notes
    -----
    Events must be read for the widened outline too: a boundary without events beyond the edge is as cold as before.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> from hotspot.geography import study_boundary
    >>> areas = gpd.GeoDataFrame(index=["A"], geometry=[box(0, 0, 1000, 1000)], crs=27700)
    >>> study_boundary(areas, distance=100).total_bounds.tolist()
    [-100.0, -100.0, 1100.0, 1100.0]
    """
    _check(areas, distance)
    outline = shapely.union_all(shapely.buffer(areas.geometry.to_numpy(), distance))
    note("study_boundary", areas=len(areas), distance_m=float(distance), area_km2=round(outline.area / 1e6, 3))
    index = pd.Index(["study_area"], name="area_code", dtype="str")
    return gpd.GeoDataFrame(index=index, geometry=[outline], crs=areas.crs)


def buffer_study_area(areas: gpd.GeoDataFrame, distance: float, *, within: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Add to the areas under study those around them, marked, so that edge areas keep their neighbours.

    Parameters
    ----------
    areas
        The areas under study.
    distance
        Metres; every area of ``within`` that comes nearer than this, or as near, is added.
    within
        All areas there are, those under study among them, with whatever columns the analysis needs.

    Returns
    -------
    geopandas.GeoDataFrame
        Rows of ``within``: first those under study, in the order of ``areas``, then the others in the order of
        ``within``; a column ``in_study`` is True for the first.

    Raises
    ------
    InputError
        If a code is missing or repeated, an area under study is not in ``within``, or a geometry is missing.
    CRSError
        If the reference systems differ or do not count in metres.

    Notes
    -----
    Count, draw the graph and compute with all rows, then keep ``result[result["in_study"]]``. Ranks and the
    false-discovery correction are then those of the wider area; say so, or correct the kept p-values afresh.
    Areas around that have no data stay missing; they do not count as 0.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> from hotspot.geography import buffer_study_area
    >>> everywhere = gpd.GeoDataFrame(
    ...     index=["A", "B", "C"], geometry=[box(x, 0, x + 1000, 1000) for x in (0, 1000, 2000)], crs=27700
    ... )
    >>> buffer_study_area(everywhere.loc[["B"]], 500, within=everywhere)["in_study"].to_dict()
    {'B': True, 'A': False, 'C': False}
    >>> buffer_study_area(everywhere.loc[["A"]], 500, within=everywhere)["in_study"].to_dict()
    {'A': True, 'B': False}
    """
    _check(areas, distance)
    require_same_crs(areas, within, "areas", "within")
    require_unique_index(areas, "areas")
    require_unique_index(within, "within")
    lost = areas.index[~areas.index.isin(within.index)]
    if len(lost):
        raise InputError(
            f"within: {len(lost)} of {len(areas)} areas under study are not among all areas ({listed(lost)}). "
            "Check kind and year of both."
        )
    shapes = within.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    near = np.unique(tree.query(areas.geometry.to_numpy(), predicate="dwithin", distance=float(distance))[1])
    around = within.index[near]
    around = around[~around.isin(areas.index)]
    result = within.loc[[*areas.index, *around]].copy()
    result["in_study"] = np.arange(len(result)) < len(areas)
    name = result.geometry.name
    note(
        "buffer_study_area", distance_m=float(distance), in_study=len(areas), around=len(around), all_areas=len(within)
    )
    return result[[*(column for column in result.columns if column != name), name]]


def _check(areas: gpd.GeoDataFrame, distance: float) -> None:
    require_metric_crs(areas, "areas")
    require_positive(distance, "distance", "metres")
    missing = areas.geometry.isna() | areas.geometry.is_empty
    if not len(areas) or missing.any():
        raise InputError(f"areas: {int(missing.sum())} of {len(areas)} have no geometry. Read them with read_areas.")


__all__ = ["buffer_study_area", "study_boundary"]
