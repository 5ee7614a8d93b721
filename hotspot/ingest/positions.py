"""Turn coordinate columns into points of one metric system; missing and vague places are kept and counted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pyproj import CRS, Transformer

from hotspot.errors import InputError
from hotspot.ingest.distinct_values import alike, distinct
from hotspot.ingest.metric_systems import BRITISH, WGS84, local_system, metric_system, project, read_system
from hotspot.ingest.position_checks import (
    GB_DEGREES,
    GB_METRES,
    MOST,
    find_odd,
    inside,
    looks_swapped_at_sea,
    rounding_step,
    step_radius,
    step_size,
)
from hotspot.ingest.times import MISSING
from hotspot.locate import read_grid_references
from hotspot.locate.radii import LEVEL_RADII, level_of_size

if TYPE_CHECKING:
    from hotspot.ingest.mapping import Source

_COARSE = 500.0
_FEW = 0.001
"""Share of rows far from the others up to which they are counted in the note, without a warning."""
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


@dataclass(slots=True)
class Positions:
    """Coordinates of all rows in one system, NaN where there are none, and what was found on the way."""

    x: np.ndarray
    y: np.ndarray
    crs: CRS
    uncertainty: np.ndarray
    """Metres: half the diagonal of the grid that the coordinates were rounded to, or of a reference's square."""
    level: np.ndarray
    """Level that such a grid or square stands for; none where there is no position."""
    method: np.ndarray
    """coordinates, grid reference or none."""
    unreadable: np.ndarray
    """Rows whose coordinates are filled in but are no numbers."""
    facts: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    """What the reader must know, as sentences with counts and column names."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Positions from one pair of columns, or from the grid references."""

    x: np.ndarray
    y: np.ndarray
    crs: CRS
    method: str
    uncertainty: np.ndarray
    level: np.ndarray


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
    result = Positions(
        np.full(rows, np.nan), np.full(rows, np.nan), CRS.from_user_input(WGS84), np.full(rows, np.nan),
        alike("none", rows), alike("none", rows), np.zeros(rows, dtype=bool),
    )  # fmt: skip
    groups: list[_Group] = []
    if {"longitude", "latitude"} <= set(frame.columns):
        own = source.place.crs if "easting" not in source.columns.headers() else None
        system = read_system(own or WGS84, "[place] crs")
        groups.append(_read_pair(frame, ("longitude", "latitude"), source, headers, system, result))
    if {"easting", "northing"} <= set(frame.columns):
        system = read_system(source.place.crs or BRITISH, "[place] crs")
        groups.append(_read_pair(frame, ("easting", "northing"), source, headers, system, result))
    if "grid_reference" in frame:
        groups.append(_read_squares(frame["grid_reference"], result))
    result.crs = _choose(groups, crs)
    _merge(groups, result)
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


def _read_pair(
    frame: pd.DataFrame,
    fields: tuple[str, str],
    source: Source,
    headers: dict[str, str],
    system: CRS,
    result: Positions,
) -> _Group:
    """Read two columns of coordinates, check them against each other, and say how finely they are given."""
    x, y = _numbers(frame, fields, source, result)
    names = f"columns {headers[fields[0]]!r} and {headers[fields[1]]!r}"
    degrees, british = fields[0] == "longitude", system == CRS.from_user_input(BRITISH)
    known = ~np.isnan(x)
    if degrees:
        _check_degrees(x[known], y[known], names)
    elif system.is_projected:
        _check_metres(x[known], y[known], names, british=british)
    _take_out_swapped(x, y, names, result, degrees=degrees, british=british)
    box = (-180.0, -90.0, 180.0, 90.0) if degrees else GB_METRES if british else None
    if box is not None:
        _drop_impossible(x, y, box, result)
    uncertainty, level = _precision(x, y, names, result, degrees=degrees or not system.is_projected)
    return _Group(x, y, system, "coordinates", uncertainty, level)


def _numbers(
    frame: pd.DataFrame, fields: tuple[str, str], source: Source, result: Positions
) -> tuple[np.ndarray, np.ndarray]:
    """Read two coordinate columns; a half-filled, zero or infinite pair is no place."""
    x, bad_x, many_x = read_numbers(frame[fields[0]], source.files.decimal)
    y, bad_y, many_y = read_numbers(frame[fields[1]], source.files.decimal)
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


def _check_degrees(x: np.ndarray, y: np.ndarray, names: str) -> None:
    """Raise if longitudes and latitudes are something else for nine tenths of the rows."""
    if not len(x):
        return
    count = f"{len(x):,} filled-in rows"
    if ((np.abs(x) > 180) | (np.abs(y) > 90)).mean() > MOST:  # noqa: PLR2004 - the globe
        if ((np.abs(y) <= 180) & (np.abs(x) <= 90)).mean() > MOST:  # noqa: PLR2004 - the globe
            raise InputError(f"data: {names} are swapped in {count}. Map longitude and latitude the other way round.")
        british = inside(x, y, GB_METRES).mean() > MOST
        where = "look like easting and northing (EPSG:27700)" if british else "are not degrees"
        raise InputError(
            f"data: {names} {where} in {count}. Map them as easting and northing, with [place] crs if it is not 27700."
        )
    if inside(y, x, GB_DEGREES).mean() > MOST:
        raise InputError(
            f"data: {names} lie in Great Britain only when swapped, in {count}. Map longitude and latitude "
            "the other way round."
        )


def _check_metres(x: np.ndarray, y: np.ndarray, names: str, *, british: bool) -> None:
    """Raise if eastings and northings are degrees, or outside the system, for nine tenths of the rows."""
    if not len(x):
        return
    if ((np.abs(x) <= 180) & (np.abs(y) <= 90)).mean() > MOST:  # noqa: PLR2004 - the globe
        raise InputError(
            f"data: {names} look like degrees in {len(x):,} filled-in rows. Map them as longitude, latitude."
        )
    if british and inside(x, y, GB_METRES).mean() < 1 - MOST:
        raise InputError(
            f"data: {names} lie outside the British National Grid in most of {len(x):,} filled-in rows. "
            "Say which system they use: [place] crs = <EPSG code>."
        )
    if british and looks_swapped_at_sea(x, y):
        raise InputError(
            f"data: {names} lie at sea, and on land only when swapped, in most of {len(x):,} filled-in rows. Map "
            "easting and northing the other way round, or say which system they use: [place] crs = <EPSG code>."
        )


def _take_out_swapped(
    x: np.ndarray, y: np.ndarray, names: str, result: Positions, *, degrees: bool, british: bool
) -> None:
    """Take the point from rows whose axes are swapped; count rows that are far from all others."""
    odd = find_odd(x, y, degrees=degrees, british=british)
    known = int((~np.isnan(x)).sum())
    swapped, far, sign = int(odd.swapped.sum()), int(odd.far.sum()), int(odd.sign_lost.sum())
    if odd.ambiguous:
        raise InputError(
            f"data: {names}: {swapped:,} of {known:,} filled-in rows lie far from the others and among them when "
            f"swapped (first: row {int(np.flatnonzero(odd.swapped)[0]) + 1}). Nobody can tell which of them are "
            "right: ask for an extract with one order of the two."
        )
    if swapped:
        x[odd.swapped], y[odd.swapped] = np.nan, np.nan
        _count(result, "swapped_axes", swapped)
        result.warnings.append(
            f"{swapped:,} of {known:,} rows have {names} swapped, as the others show. They are kept without a point; "
            "mend them in the extract to place them."
        )
    if far:
        _count(result, "far_away", far)
        _count(result, "longitude_sign_lost", sign)
    if sign or far > _FEW * known:
        rest = f", {sign:,} of them only because the sign of the longitude is lost" if sign else ""
        result.warnings.append(
            f"{far:,} of {known:,} rows lie far from all others{rest} ({names}). They keep their point and will count "
            "as outside the areas."
        )


def _precision(
    x: np.ndarray, y: np.ndarray, names: str, result: Positions, *, degrees: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Say how finely a pair of columns is given; a pair that names only 100 km squares or whole degrees is no place."""
    step = rounding_step(x, y, degrees=degrees)
    if step is None:
        return _same_for_all(0.0, "point", len(x))
    known = ~np.isnan(x)
    latitude = float(np.clip(np.median(y[known]), -80, 80)) if degrees else None
    radius, size = step_radius(step, latitude), step_size(step, latitude)
    result.facts.setdefault("rounded_to", {})[names] = f"{step:g} {'degrees' if degrees else 'm'}"
    if radius >= _COARSE:
        result.warnings.append(
            f"{names} are rounded to {step:g} {'degrees' if degrees else 'm'}: every point stands for a square of "
            f"about {size / 1000:.1f} km. Do not use a bandwidth or areas below that."
        )
    if level_of_size(size) == "none":
        _count(result, "too_coarse", int(known.sum()))
        x[known], y[known] = np.nan, np.nan
    return _same_for_all(radius, level_of_size(size), len(x))


def _same_for_all(radius: float, level: str, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Give every row of a pair of columns its radius and level, without the memory of so many values."""
    return np.broadcast_to(np.float64(radius), rows), np.broadcast_to(np.array(level, dtype=object), rows)


def _drop_impossible(x: np.ndarray, y: np.ndarray, box: tuple[float, float, float, float], result: Positions) -> None:
    """Make coordinates outside the system's range missing, and count them."""
    outside = ~np.isnan(x) & ~inside(x, y, box)
    _count(result, "out_of_range", int(outside.sum()))
    x[outside], y[outside] = np.nan, np.nan


def _read_squares(texts: pd.Series, result: Positions) -> _Group:
    """Read grid references, each distinct one once; letters only are a square of 100 km and no place."""
    codes, written = distinct(texts)
    cleaned = [*(str(value).strip() for value in written), ""]
    found = read_grid_references(cleaned)
    east, north = found["easting"].to_numpy().copy(), found["northing"].to_numpy().copy()
    result.unreadable |= (np.isnan(east) & np.array([text.casefold() not in MISSING for text in cleaned]))[codes]
    level = found["location_level"].to_numpy(dtype=object)
    coarse = ~np.isnan(east) & (level == "none")
    east[coarse], north[coarse] = np.nan, np.nan
    _count(result, "too_coarse", int(coarse[codes].sum()))
    uncertainty = found["uncertainty_m"].to_numpy()
    return _Group(
        east[codes], north[codes], CRS.from_user_input(BRITISH), "grid reference", uncertainty[codes], level[codes]
    )


def _choose(groups: list[_Group], crs: object) -> CRS:
    """Fix the metric system of the result."""
    if crs is not None:
        return metric_system(crs, "crs")
    for group in groups:
        known = ~np.isnan(group.x)
        if known.any():
            to_degrees = Transformer.from_crs(group.crs, WGS84, always_xy=True)
            longitude, latitude = to_degrees.transform(group.x[known], group.y[known])
            finite = np.isfinite(longitude) & np.isfinite(latitude)
            return local_system(longitude[finite], latitude[finite])
    return CRS.from_user_input(BRITISH)


def _merge(groups: list[_Group], result: Positions) -> None:
    """Project every group and fill the rows that no earlier group has placed."""
    for group in groups:
        rows = ~np.isnan(group.x) & np.isnan(result.x)
        if not rows.any():
            continue
        px, py = group.x[rows], group.y[rows]
        if group.crs != result.crs:
            px, py, result.facts["projection"] = project(px, py, group.crs, result.crs)
            _warn_of_projection(result)
        finite = np.isfinite(px) & np.isfinite(py)
        _count(result, "not_projectable", int((~finite).sum()))
        places = np.flatnonzero(rows)[finite]
        result.x[places], result.y[places] = px[finite], py[finite]
        result.uncertainty[places], result.level[places] = group.uncertainty[places], group.level[places]
        result.method[places] = group.method


def _warn_of_projection(result: Positions) -> None:
    """Warn of a projection whose exactness is not known or coarser than a venue."""
    facts = result.facts["projection"]
    exactness = facts.get("accuracy_m")
    if "operation" in facts and (exactness is None or exactness > LEVEL_RADII["venue"]):
        known = "not known" if exactness is None else f"{exactness:g} m"
        result.warnings.append(
            f"the exactness of the projection from {facts['from']} to {facts['to']} is {known}: places may be off by "
            "some 100 m. Give coordinates in the system of the result."
        )


def _count(result: Positions, name: str, count: int) -> None:
    """Add to a fact, leaving zeros out."""
    if count:
        result.facts[name] = int(result.facts.get(name, 0)) + count
