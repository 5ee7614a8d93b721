"""Turn the points of a spatial file into columns of longitude and latitude."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hotspot.errors import CRSError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyproj import CRS

GEOMETRY_HEADERS = ("geometry longitude", "geometry latitude")
"""Headers under which the points of GeoPackage, GeoParquet and GeoJSON can be mapped, in EPSG:4326."""
_WGS84 = 4326


def system_of(name: str, stated: object) -> CRS:
    """Read the reference system that a file states; what it says must not be looked up anywhere."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError as UnknownCRS

    try:
        if isinstance(stated, dict):
            return CRS.from_json_dict(stated)
        if isinstance(stated, int) or "://" not in str(stated):
            return CRS.from_user_input(stated)
    except (UnknownCRS, TypeError, ValueError):
        pass
    raise CRSError(f"data: {name!r} states a reference system that is not known. Export it in EPSG:4326.")


def point_columns(name: str, geometry: Sequence[Any], crs: Any) -> dict[str, pd.Series]:  # noqa: ANN401 - a CRS or a code
    """
    Give points as columns of longitude and latitude.

    Parameters
    ----------
    name
        File name for messages.
    geometry
        Pairs of numbers, WKB, points or None, one per record.
    crs
        Their reference system.

    Returns
    -------
    dict
        A float column for each of `GEOMETRY_HEADERS`, missing where the geometry is missing, empty or no point.

    Raises
    ------
    CRSError
        If no reference system is stated.
    """
    from pyproj import CRS, Transformer

    if crs is None:
        raise CRSError(
            f"data: {name!r} says no coordinate reference system for its points. Export it with one, "
            "or with the coordinates as columns."
        )
    x, y = _pairs(name, geometry)
    system = CRS.from_user_input(crs)
    if system != CRS.from_epsg(_WGS84) and system != CRS.from_user_input("OGC:CRS84"):
        x, y = Transformer.from_crs(system, _WGS84, always_xy=True).transform(x, y)
    return {
        header: pd.Series(np.where(np.isfinite(values), values, np.nan))
        for header, values in zip(GEOMETRY_HEADERS, (x, y), strict=True)
    }


def _pairs(name: str, geometry: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Give the coordinates of every point, NaN for what is none."""
    import shapely

    plain = [item for item in geometry if item is not None]
    if not plain or isinstance(plain[0], tuple):
        pairs = np.array([item or (np.nan, np.nan) for item in geometry], dtype=np.float64).reshape(-1, 2)
        return pairs[:, 0].copy(), pairs[:, 1].copy()
    shapes = np.array(geometry, dtype=object)
    if isinstance(plain[0], bytes):
        try:
            shapes = shapely.from_wkb(shapes)
        except (shapely.errors.ShapelyError, ValueError, TypeError):
            raise InputError(f"data: {name!r} holds geometry that cannot be read. Export it again.") from None
    alone = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOINT) & (shapely.get_num_geometries(shapes) == 1)
    shapes[alone] = shapely.get_geometry(shapes[alone], 0)
    return shapely.get_x(shapes), shapely.get_y(shapes)  # NaN for whatever is no point


__all__ = ["GEOMETRY_HEADERS", "point_columns", "system_of"]
