"""Move points by a random but repeatable distance, so that no point is where it happened."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from hotspot.anonymise.key import Key, read_key
from hotspot.anonymise.withhold import withhold_points
from hotspot.checks import (
    require_choice,
    require_columns,
    require_positive,
    require_same_crs,
    require_unique_index,
    require_vocabulary,
)
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.record import note

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

_TRIES = 64
"""Draws for each point before it becomes area only."""
_AVERAGED = 4
"""Masked copies of one place from which a mean gives it away to within about a third of the largest distance."""
_UNIT = 2.0**-53


def geomask(
    incidents: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    *,
    min_m: float,
    max_m: float,
    key: str | Path | None = None,
    by: str = "incident",
    ids: str | None = None,
    fingerprint: str | None = None,
) -> gpd.GeoDataFrame:
    """
    Mask points by donut displacement within their area.

    Parameters
    ----------
    incidents
        Incidents with points, in a projected metric system.
    areas
        Polygons, in the same system. A masked point stays in the polygon it came from, so that counts by these areas
        do not change.
    min_m
        Least displacement in metres.
    max_m
        Largest displacement in metres, above ``min_m``.
    key
        Path of the key file (see `make_key`); None reads the environment variable ``HOTSPOT_KEY``.
    by
        ``incident``: each record has its own displacement; ``place``: records at the same point are moved together,
        so that many records of one place cannot be averaged.
    ids
        Column with the name of each incident that stays the same between extracts. None: the index.
    fingerprint
        Fingerprint that the key must have, so that a changed key is noticed; None accepts any.

    Returns
    -------
    GeoDataFrame
        A copy on the same index. ``uncertainty_m`` grows by ``max_m`` and ``location_method`` is ``geomasked``. A point
        for which no draw of 64 fits, or that lies in no area, loses its geometry: ``location_level`` becomes ``area``
        where an area is known and ``none`` where it is not, ``location_method`` is ``withheld``. ``area_code`` is
        filled from the areas' index where it is missing.

    Raises
    ------
    CRSError
        If the reference systems differ or are not projected in metres.
    ConfigError
        If the distances do not ascend, or the key is missing or another one.
    InputError
        If geometries are no points, or incidents share a name.

    Notes
    -----
    Bearing uniform, distance ``sqrt(U(min_m**2, max_m**2))``: uniform by area over the ring, then over that part of the
    ring that lies in the polygon. Both come from HMAC-SHA256 of the key and the incident's name (or point): the
    same point is masked in the same way each time, and nobody can repeat the draw without the key. A mask
    with a known seed can be undone, and one drawn anew each time can be averaged. Records of home, domestic
    and sexual violence lose their point first, as in reading.

    A masked point is not anonymous: where houses are few, few lie within the ring. If the areas have a ``population``,
    the record says how many residents the ring would hold at the area's mean density (least and median).

    References
    ----------
    Hampton, Fitch, Allshouse, Doherty, Gesink, Leone, Serre and Miller (2010), Mapping health data: improved privacy
    protection with donut method geomasking, American Journal of Epidemiology 172(9), 1062-1069.
    Allshouse, Fitch, Hampton, Gesink, Doherty, Leone, Serre and Miller (2010), Geomasking sensitive health data and
    privacy protection: an evaluation using an E911 database, Geocarto International 25(6), 443-452.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import geopandas as gpd
    >>> import shapely
    >>> import hotspot as hs
    >>> areas = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.box(0, 0, 2000, 2000)], crs=27700, index=["E1"])
    >>> incidents = gpd.GeoDataFrame({"category": ["assault"]}, geometry=gpd.points_from_xy([990], [1010]), crs=27700)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "mask.key"
    ...     _ = hs.make_key(path)
    ...     masked = hs.geomask(incidents, areas, min_m=50, max_m=200, key=path)
    >>> bool(50 <= masked.distance(incidents).iloc[0] <= 200)
    True
    """
    require_positive(min_m, "min_m", "metres")
    require_positive(max_m, "max_m", "metres")
    if not min_m < max_m:
        raise ConfigError(f"max_m: {max_m!r} metres must be above min_m ({min_m!r} metres).")
    require_choice(by, ("incident", "place"), "by")
    require_same_crs(incidents, areas, "incidents", "areas")
    require_unique_index(areas, "areas")
    require_vocabulary(incidents)
    names = _names(incidents, ids)
    secret = read_key(key, fingerprint)
    safe, withheld = withhold_points(_with_area_codes(incidents, areas))
    had = (safe.geometry.notna() & ~safe.geometry.is_empty).to_numpy()
    xy = shapely.get_coordinates(safe.geometry.to_numpy()[had])
    home = _area_of(xy, areas)
    messages = _messages(xy, [name for name, here in zip(names, had, strict=True) if here], by)
    masked, fits = _displace(xy, home, areas.geometry.to_numpy(), messages, secret, (min_m, max_m))
    result = _fill(safe, had, masked, fits, max_m)
    facts = _expected_residents(areas, home[fits], min_m, max_m)
    stacked = _stacked(xy[fits]) if by == "incident" else 0
    note(
        "geomask", read=len(safe), masked=int(fits.sum()), area_only=int((~fits & (home >= 0)).sum()),
        outside=int((home < 0).sum()), without_point=int((~had).sum()),
        points_withheld=withheld["points_withheld"], min_m=min_m, max_m=max_m, by=by,
        same_place=stacked, key_fingerprint=secret.fingerprint, **facts,
    )  # fmt: skip
    if stacked:
        warnings.warn(
            f"geomask: {stacked} records stand at places with {_AVERAGED} records or more; the mean of their masked "
            "points comes near the place. Use by='place'.",
            HotspotWarning,
            stacklevel=2,
        )
    return result


def _names(incidents: gpd.GeoDataFrame, ids: str | None) -> list[str]:
    """Take the incidents' names, which the draws depend on."""
    if ids is None:
        require_unique_index(incidents, "incidents")
        return [_name(label) for label in incidents.index]
    require_columns(incidents, [ids], "ids")
    values = incidents[ids]
    bad = int(values.isna().sum() + values.duplicated().sum())
    if bad:
        raise InputError(f"ids: {bad} value(s) of column {ids!r} are missing or stand more than once.")
    return [_name(value) for value in values]


def _name(value: object) -> str:
    """Write a name as text, a whole number that became a float in another extract as a whole number."""
    return str(int(value)) if isinstance(value, float | np.floating) and float(value).is_integer() else str(value)


def _messages(xy: np.ndarray, names: list[str], by: str) -> list[bytes]:
    """Write what each draw is made from."""
    if by == "incident":
        return [b"geomask\x1fincident\x1f" + name.encode() for name in names]
    return [f"geomask\x1fplace\x1f{x:.3f}\x1f{y:.3f}".encode() for x, y in xy]


def _with_area_codes(incidents: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Copy the incidents and fill missing area codes, before any point goes."""
    result = incidents.copy()
    points = incidents.geometry
    at = np.flatnonzero((points.notna() & ~points.is_empty).to_numpy())
    if (points.iloc[at].geom_type != "Point").any():
        raise InputError(
            "incidents: only points are masked. Take the centroids of other geometries, or leave them out."
        )
    home = _area_of(shapely.get_coordinates(points.to_numpy()[at]), areas)
    code = np.full(len(result), None, dtype=object)
    code[at[home >= 0]] = areas.index.to_numpy(dtype=object)[home[home >= 0]].astype(str)
    if "area_code" in result:
        code = np.where(result["area_code"].notna().to_numpy(), result["area_code"].to_numpy(dtype=object), code)
    result["area_code"] = pd.array(code, dtype="str")
    return result


def _area_of(xy: np.ndarray, areas: gpd.GeoDataFrame) -> np.ndarray:
    """Find the position of each point's polygon, the first one on a border, -1 for none."""
    home = np.full(len(xy), len(areas), dtype=np.int64)
    if len(xy) and len(areas):
        row, area = areas.sindex.query(shapely.points(xy), predicate="intersects")
        np.minimum.at(home, row, area)
    return np.where(home == len(areas), -1, home)


def _displace(
    xy: np.ndarray,
    home: np.ndarray,
    polygons: np.ndarray,
    messages: list[bytes],
    key: Key,
    distances: tuple[float, float],
) -> tuple[np.ndarray, np.ndarray]:
    """Draw until the point lies in the interior of its own polygon, at most `_TRIES` times."""
    masked = xy.copy()
    fits = np.zeros(len(xy), dtype=bool)
    open_ = np.flatnonzero(home >= 0)
    shapely.prepare(polygons)
    for attempt in range(_TRIES):
        if not len(open_):
            break
        ending = b"\x1f" + str(attempt).encode()
        digests = b"".join(key.digest(messages[row] + ending)[:16] for row in open_)
        draws = (np.frombuffer(digests, dtype=">u8").reshape(-1, 2) >> np.uint64(11)) * _UNIT
        candidate = xy[open_] + ring_offsets(draws[:, 0], draws[:, 1], *distances)
        inside = shapely.contains_xy(polygons[home[open_]], candidate[:, 0], candidate[:, 1])
        masked[open_[inside]] = candidate[inside]
        fits[open_[inside]] = True
        open_ = open_[~inside]
    return masked, fits


def ring_offsets(first: np.ndarray, second: np.ndarray, min_m: float, max_m: float) -> np.ndarray:
    """
    Turn two uniform numbers into a displacement, uniform by area over the ring.

    Parameters
    ----------
    first, second
        Numbers in [0, 1): for the squared distance and for the bearing.
    min_m, max_m
        Radii of the ring in metres.

    Returns
    -------
    ndarray
        Displacements in metres, one row of x and y for each pair.

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.anonymise.geomask import ring_offsets
    >>> ring_offsets(np.array([0.0]), np.array([0.0]), 30, 50).tolist()
    [[30.0, 0.0]]
    """
    distance = np.sqrt(min_m**2 + first * (max_m**2 - min_m**2))
    bearing = 2 * np.pi * second
    return np.column_stack([distance * np.cos(bearing), distance * np.sin(bearing)])


def _fill(
    safe: gpd.GeoDataFrame, had: np.ndarray, masked: np.ndarray, fits: np.ndarray, max_m: float
) -> gpd.GeoDataFrame:
    """Put the masked points into the frame and say so in its columns; the copy given is changed."""
    rows = len(safe)
    points = np.full(rows, None, dtype=object)
    at = np.flatnonzero(had)
    points[at[fits]] = shapely.points(masked[fits])
    safe.geometry = points
    moved, lost = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool)
    moved[at[fits]] = True
    lost[at[~fits]] = True
    known = safe["area_code"].notna().to_numpy()
    _write(safe, "location_level", {"area": lost & known, "none": lost & ~known})
    _write(safe, "location_method", {"geomasked": moved, "withheld": lost})
    radius = np.full(rows, np.nan)
    if "uncertainty_m" in safe:
        radius = safe["uncertainty_m"].to_numpy(dtype=float, na_value=np.nan)
    safe["uncertainty_m"] = np.where(moved, np.nan_to_num(radius) + max_m, np.where(lost, np.nan, radius))
    return safe


def _write(frame: gpd.GeoDataFrame, column: str, values: dict[str, np.ndarray]) -> None:
    """Set the texts of some rows of a column, which is made if there is none."""
    texts = frame[column].to_numpy(dtype=object) if column in frame else np.full(len(frame), None, dtype=object)
    texts = texts.copy()
    for text, rows in values.items():
        texts[rows] = text
    frame[column] = pd.array(texts, dtype="str")


def _stacked(xy: np.ndarray) -> int:
    """Count the points that share their place with so many others that averaging gives it away."""
    if not len(xy):
        return 0
    _, count = np.unique(np.round(xy, 3), axis=0, return_counts=True)
    return int(count[count >= _AVERAGED].sum())


def _expected_residents(areas: gpd.GeoDataFrame, home: np.ndarray, min_m: float, max_m: float) -> dict[str, object]:
    """Estimate the residents that each ring would hold at its area's mean density."""
    if "population" not in areas or not len(home):
        return {}
    ring = np.pi * (max_m**2 - min_m**2)
    people = areas["population"].to_numpy(dtype=float, na_value=np.nan) / areas.area.to_numpy() * ring
    here = people[home][np.isfinite(people[home])]
    if not len(here):
        return {}
    middle = round(float(np.median(here)), 1)
    return {"ring_residents_least": round(float(here.min()), 1), "ring_residents_median": middle}
