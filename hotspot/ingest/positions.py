"""Turn coordinate columns into points of one metric system; missing and vague places are kept and counted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pyproj import CRS, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_utm_crs_info
from pyproj.exceptions import CRSError as UnknownCRS

from hotspot.errors import CRSError, InputError
from hotspot.ingest.distinct_values import alike, distinct
from hotspot.ingest.times import MISSING
from hotspot.locate import read_grid_references

if TYPE_CHECKING:
    from hotspot.ingest.mapping import Source

WGS84 = "EPSG:4326"
BRITISH = "EPSG:27700"
_GB_DEGREES = (-8.7, 49.7, 2.1, 61.0)
_GB_METRES = (0.0, 0.0, 700_000.0, 1_300_000.0)
_MOST = 0.9
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


@dataclass(slots=True)
class Positions:
    """Coordinates of all rows in one system, NaN where there are none, and what was found on the way."""

    x: np.ndarray
    y: np.ndarray
    crs: CRS
    uncertainty: np.ndarray
    """Metres, only from grid references."""
    method: np.ndarray
    """coordinates, grid reference or none."""
    unreadable: np.ndarray
    """Rows whose coordinates are filled in but are no numbers."""
    facts: dict[str, int | str] = field(default_factory=dict)


def read_positions(frame: pd.DataFrame, source: Source, headers: dict[str, str], crs: object) -> Positions:
    """
    Read every kind of coordinates that the source maps.

    Parameters
    ----------
    frame
        Fields as text or numbers.
    source
        Says what the coordinates are (``[place] crs``) and the decimal mark.
    headers
        Field to header, for messages.
    crs
        Metric system of the result; None takes EPSG:27700 in Great Britain, else the local UTM zone.

    Returns
    -------
    Positions
        Aligned with ``frame``.

    Raises
    ------
    InputError
        If nine tenths of a pair of columns are swapped, in other units, or outside any possible range.
    CRSError
        If the system is unknown or not metric.
    """
    rows = len(frame)
    lon, lat = np.full(rows, np.nan), np.full(rows, np.nan)
    result = Positions(
        np.full(rows, np.nan), np.full(rows, np.nan), CRS.from_user_input(WGS84), np.full(rows, np.nan),
        alike("none", rows), np.zeros(rows, dtype=bool),
    )  # fmt: skip
    groups: list[tuple[np.ndarray, np.ndarray, CRS, str]] = []
    if {"longitude", "latitude"} <= set(frame.columns):
        lon, lat = _pair(frame, "longitude", "latitude", source, result)
        _check_degrees(lon, lat, headers)
        _drop_impossible(lon, lat, (-180.0, -90.0, 180.0, 90.0), result)
        own = source.place.crs if "easting" not in source.columns.headers() else None
        groups.append((lon, lat, _system(own or WGS84, "[place] crs"), "coordinates"))
    if {"easting", "northing"} <= set(frame.columns):
        east, north = _pair(frame, "easting", "northing", source, result)
        system = _system(source.place.crs or BRITISH, "[place] crs")
        _check_metres(east, north, headers, system)
        if system == CRS.from_user_input(BRITISH):
            _drop_impossible(east, north, _GB_METRES, result)
        groups.append((east, north, system, "coordinates"))
    if "grid_reference" in frame:
        squares, unreadable = _squares(frame["grid_reference"])
        result.unreadable |= unreadable
        open_rows = np.isnan(lon)
        result.uncertainty = np.where(open_rows, squares["uncertainty_m"].to_numpy(), np.nan)
        east, north = squares["easting"].to_numpy(), squares["northing"].to_numpy()
        groups.append((east, north, CRS.from_user_input(BRITISH), "grid reference"))
    result.crs = _choose(groups, crs)
    _merge(groups, result)
    result.uncertainty[result.method != "grid reference"] = np.nan
    return result


def read_numbers(values: pd.Series, decimal: str = ".") -> tuple[np.ndarray, np.ndarray, int]:
    """
    Read a column of numbers.

    Parameters
    ----------
    values
        Text or numbers.
    decimal
        Decimal mark, point or comma.

    Returns
    -------
    numbers
        float64, NaN where missing or unreadable.
    unreadable
        Rows that are filled in but hold no number.
    grouped
        How many had separators of thousands, which were taken off.
    """
    if values.dtype.kind in "iuf":
        return values.to_numpy(dtype=np.float64, na_value=np.nan).copy(), np.zeros(len(values), dtype=bool), 0
    codes, found = distinct(values)
    texts = [str(value).strip().replace("\N{MINUS SIGN}", "-") for value in found]
    grouped = np.array([decimal == "." and _THOUSANDS.fullmatch(text) is not None for text in texts], dtype=bool)
    plain = [text.replace(",", "") if many else text for text, many in zip(texts, grouped, strict=True)]
    if decimal == ",":
        plain = [text.replace(".", "").replace(",", ".") if "," in text else text for text in plain]
    parsed = np.append(pd.to_numeric(pd.Series(plain, dtype="str"), errors="coerce").to_numpy(np.float64), np.nan)
    empty = np.array([text.casefold() in MISSING for text in texts], dtype=bool)
    bad = np.append(np.isnan(parsed[:-1]) & ~empty, [False])
    return parsed[codes], bad[codes], int(np.append(grouped, [False])[codes].sum())


def metric_system(crs: object, argument: str) -> CRS:
    """Return a projected system in metres, else raise."""
    system = _system(crs, argument)
    if not system.is_projected or system.axis_info[0].unit_name not in {"metre", "meter", "m"}:
        raise CRSError(f"{argument}: {system.name} is not a projected system in metres. Use e.g. 27700.")
    return system


def local_system(longitude: np.ndarray, latitude: np.ndarray) -> CRS:
    """Choose EPSG:27700 where most points lie in Great Britain, else the UTM zone of their median."""
    inside = (
        (longitude >= _GB_DEGREES[0]) & (longitude <= _GB_DEGREES[2])
        & (latitude >= _GB_DEGREES[1]) & (latitude <= _GB_DEGREES[3])
    )  # fmt: skip
    if not len(longitude) or inside.mean() > 0.5:  # noqa: PLR2004 - most of them
        return CRS.from_user_input(BRITISH)
    x, y = float(np.median(longitude)), float(np.median(latitude))
    found = query_utm_crs_info(datum_name="WGS 84", area_of_interest=AreaOfInterest(x, y, x, y))
    if not found:
        raise CRSError("crs: no UTM zone covers the middle of the points. State crs= yourself.")
    return CRS.from_user_input(f"{found[0].auth_name}:{found[0].code}")


def _pair(
    frame: pd.DataFrame, first: str, second: str, source: Source, result: Positions
) -> tuple[np.ndarray, np.ndarray]:
    """Read two coordinate columns; a half-filled, zero or infinite pair is no place."""
    x, bad_x, many_x = read_numbers(frame[first], source.files.decimal)
    y, bad_y, many_y = read_numbers(frame[second], source.files.decimal)
    result.unreadable |= bad_x | bad_y
    if many_x or many_y:
        _count(result, "thousands_separators", max(many_x, many_y))
    infinite = np.isinf(x) | np.isinf(y)
    zero = (x == 0) & (y == 0)
    _count(result, "null_island", int(zero.sum()))
    _count(result, "infinite", int(infinite.sum()))
    nowhere = infinite | zero | np.isnan(x) | np.isnan(y)
    x[nowhere], y[nowhere] = np.nan, np.nan
    return x, y


def _check_degrees(lon: np.ndarray, lat: np.ndarray, headers: dict[str, str]) -> None:
    """Raise if longitudes and latitudes are something else for nine tenths of the rows."""
    known = ~np.isnan(lon)
    if not known.any():
        return
    x, y = lon[known], lat[known]
    names = f"columns {headers['longitude']!r} and {headers['latitude']!r}"
    count = f"{len(x)} filled-in rows"
    if _share((np.abs(x) > 180) | (np.abs(y) > 90)) > _MOST:  # noqa: PLR2004 - the globe
        if _share((np.abs(y) <= 180) & (np.abs(x) <= 90)) > _MOST:  # noqa: PLR2004 - the globe
            raise InputError(f"data: {names} are swapped in {count}. Map longitude and latitude the other way round.")
        where = (
            "look like easting and northing (EPSG:27700)" if _inside(x, y, _GB_METRES) > _MOST else "are not degrees"
        )
        raise InputError(
            f"data: {names} {where} in {count}. Map them as easting and northing, with [place] crs if it is not 27700."
        )
    if _inside(y, x, _GB_DEGREES) > _MOST and _inside(x, y, _GB_DEGREES) == 0:
        raise InputError(
            f"data: {names} lie in Great Britain only when swapped, in {count}. Map longitude and latitude "
            "the other way round."
        )


def _check_metres(east: np.ndarray, north: np.ndarray, headers: dict[str, str], system: CRS) -> None:
    """Raise if eastings and northings are degrees, or outside the system, for nine tenths of the rows."""
    known = ~np.isnan(east)
    if not known.any() or not system.is_projected:
        return
    x, y = east[known], north[known]
    names = f"columns {headers['easting']!r} and {headers['northing']!r}"
    if _share((np.abs(x) <= 180) & (np.abs(y) <= 90)) > _MOST:  # noqa: PLR2004 - the globe
        raise InputError(
            f"data: {names} look like degrees in {len(x)} filled-in rows. Map them as longitude, latitude."
        )
    if system == CRS.from_user_input(BRITISH) and _inside(x, y, _GB_METRES) < 1 - _MOST:
        raise InputError(
            f"data: {names} lie outside the British National Grid in most of {len(x)} filled-in rows. "
            "Say which system they use: [place] crs = <EPSG code>."
        )


def _share(mask: np.ndarray) -> float:
    """Give the share of true values."""
    return float(mask.mean())


def _inside(x: np.ndarray, y: np.ndarray, box: tuple[float, float, float, float]) -> float:
    """Give the share of points in a box."""
    return _share((x >= box[0]) & (y >= box[1]) & (x <= box[2]) & (y <= box[3]))


def _drop_impossible(x: np.ndarray, y: np.ndarray, box: tuple[float, float, float, float], result: Positions) -> None:
    """Make coordinates outside the system's range missing, and count them."""
    with np.errstate(invalid="ignore"):
        outside = (x < box[0]) | (y < box[1]) | (x > box[2]) | (y > box[3])
    _count(result, "out_of_range", int(outside.sum()))
    x[outside], y[outside] = np.nan, np.nan


def _squares(texts: pd.Series) -> tuple[pd.DataFrame, np.ndarray]:
    """Read grid references, each distinct one once."""
    codes, found = distinct(texts)
    cleaned = [str(value).strip() for value in found]
    squares = read_grid_references([*cleaned, ""])
    bad = squares["easting"].isna().to_numpy() & np.array([text.casefold() not in MISSING for text in [*cleaned, ""]])
    return squares.iloc[codes].reset_index(drop=True), bad[codes]


def _choose(groups: list[tuple[np.ndarray, np.ndarray, CRS, str]], crs: object) -> CRS:
    """Fix the metric system of the result."""
    if crs is not None:
        return metric_system(crs, "crs")
    for x, y, system, _ in groups:
        known = ~np.isnan(x)
        if known.any():
            to_degrees = Transformer.from_crs(system, WGS84, always_xy=True)
            return local_system(*to_degrees.transform(x[known], y[known]))
    return CRS.from_user_input(BRITISH)


def _merge(groups: list[tuple[np.ndarray, np.ndarray, CRS, str]], result: Positions) -> None:
    """Project every group and fill the rows that no earlier group has placed."""
    for x, y, system, method in groups:
        rows = ~np.isnan(x) & np.isnan(result.x)
        if not rows.any():
            continue
        px, py = x[rows], y[rows]
        if system != result.crs:
            px, py = Transformer.from_crs(system, result.crs, always_xy=True).transform(px, py)
        finite = np.isfinite(px) & np.isfinite(py)
        _count(result, "not_projectable", int((~finite).sum()))
        places = np.flatnonzero(rows)[finite]
        result.x[places], result.y[places] = px[finite], py[finite]
        result.method[places] = method


def _count(result: Positions, name: str, count: int) -> None:
    """Add to a fact, leaving zeros out."""
    if count:
        result.facts[name] = int(result.facts.get(name, 0)) + count


def _system(crs: object, argument: str) -> CRS:
    """Read a reference system."""
    try:
        return CRS.from_user_input(crs)
    except UnknownCRS:
        raise CRSError(f"{argument}: {crs!r} is no known reference system. Use an EPSG code such as 27700.") from None
