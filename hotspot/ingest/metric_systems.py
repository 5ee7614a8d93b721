"""Choose the metric system of a result, and project positions to it with a stated exactness."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyproj import CRS, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_utm_crs_info
from pyproj.exceptions import CRSError as UnknownCRS

from hotspot.errors import CRSError
from hotspot.ingest.position_checks import GB_DEGREES, inside

WGS84 = "EPSG:4326"
BRITISH = "EPSG:27700"
IRISH = "EPSG:2157"


def metric_system(crs: object, argument: str) -> CRS:
    """Return a projected system in metres, else raise."""
    system = read_system(crs, argument)
    if not system.is_projected or system.axis_info[0].unit_name not in {"metre", "meter", "m"}:
        raise CRSError(f"{argument}: {system.name} is not a projected system in metres. Use e.g. 27700.")
    return system


def local_system(longitude: np.ndarray, latitude: np.ndarray) -> CRS:
    """
    Choose the metric system for points in degrees.

    Parameters
    ----------
    longitude, latitude
        Degrees, none missing.

    Returns
    -------
    CRS
        EPSG:27700 where most points lie in Great Britain (or there are none), EPSG:2157 (Irish Transverse Mercator)
        where most lie in Ireland, north or south, else the UTM zone of their median.

    Raises
    ------
    CRSError
        If no zone covers the middle of the points.
    """
    # Kintyre and Islay reach as far west as the Irish coast, but lie north of it.
    irish = inside(longitude, latitude, (-10.7, 51.3, -5.4, 55.2)) | inside(
        longitude, latitude, (-10.7, 51.3, -6.0, 55.45)
    )
    if len(longitude) and irish.mean() > 0.5:  # noqa: PLR2004 - most of them
        return CRS.from_user_input(IRISH)
    if not len(longitude) or inside(longitude, latitude, GB_DEGREES).mean() > 0.5:  # noqa: PLR2004 - most of them
        return CRS.from_user_input(BRITISH)
    x, y = float(np.median(longitude)), float(np.median(latitude))
    found = query_utm_crs_info(datum_name="WGS 84", area_of_interest=AreaOfInterest(x, y, x, y))
    if not found:
        raise CRSError("crs: no UTM zone covers the middle of the points. State crs= yourself.")
    return CRS.from_user_input(f"{found[0].auth_name}:{found[0].code}")


def project(x: np.ndarray, y: np.ndarray, given: CRS, wanted: CRS) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """
    Project positions, and say by which operation and how exactly.

    Parameters
    ----------
    x, y
        Coordinates in ``given``, none missing.
    given, wanted
        Their system, and the one of the result.

    Returns
    -------
    x, y
        Coordinates in ``wanted``; infinite where they cannot be projected.
    facts
        ``from``, ``to``, ``operation`` and ``accuracy_m`` (None if PROJ does not know it) as used in the middle of the
        positions. The grid OSTN15 does not come with PROJ: without it Great Britain is exact to about 2 m.
    """
    transformer = Transformer.from_crs(given, wanted, always_xy=True)
    px, py = transformer.transform(x, y)
    facts: dict[str, Any] = {"from": given.to_string(), "to": wanted.to_string()}
    if all(map(np.isfinite, transformer.transform(float(np.median(x)), float(np.median(y))))):
        used = transformer.get_last_used_operation()
        known = used.accuracy is not None and used.accuracy >= 0
        facts |= {"operation": used.description, "accuracy_m": float(used.accuracy) if known else None}
    return px, py, facts


def read_system(crs: object, argument: str) -> CRS:
    """Read a reference system."""
    try:
        return CRS.from_user_input(crs)
    except UnknownCRS:
        raise CRSError(f"{argument}: {crs!r} is no known reference system. Use an EPSG code such as 27700.") from None
