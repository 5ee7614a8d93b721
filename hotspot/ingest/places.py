"""Find where each row happened: coordinates, grid reference, postcode, free text, or an area code only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pyproj import Transformer

from hotspot.checks import listed
from hotspot.ingest.distinct_values import alike, as_text, distinct
from hotspot.ingest.metric_systems import WGS84
from hotspot.ingest.position_checks import heaped_places
from hotspot.ingest.positions import read_numbers, read_positions
from hotspot.ingest.times import MISSING
from hotspot.locate import locate_postcodes, locate_text
from hotspot.locate.postcode_lookup import LEVELS
from hotspot.locate.radii import LEVEL_RADII, UNKNOWN_AREA, area_radii, coarser_level, known_area_kind

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

    from hotspot.ingest.extract import Extract
    from hotspot.ingest.mapping import Source
    from hotspot.ingest.positions import Positions

_AT_HOSPITAL = 100.0
"""Metres from the hospital within which a position is the hospital's own."""
_PHRASES = ("home", "hospital")
_NOTHING = ("text: no text", "text: says nothing")
_EXACT = ("point", "venue", "street", "postcode")


@dataclass(slots=True)
class Located:
    """Where every row happened, aligned with the extract."""

    x: np.ndarray
    y: np.ndarray
    crs: CRS
    level: np.ndarray | Any
    method: np.ndarray | Any
    confidence: np.ndarray
    uncertainty: np.ndarray
    area_code: np.ndarray | Any
    unreadable: np.ndarray
    says_home: np.ndarray
    no_gazetteer: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    """What the reader must know, as sentences with counts and column names."""


def locate_rows(extract: Extract, source: Source, gazetteer: gpd.GeoDataFrame | None, crs: object) -> Located:
    """
    Locate all rows of an extract.

    Parameters
    ----------
    extract
        The mapped columns.
    source
        What the place columns are.
    gazetteer
        Named places and postcodes, for free text and postcode columns.
    crs
        Metric system asked for, or None.

    Returns
    -------
    Located
        Coordinates win over a postcode, that over text, text over an area code; a text that says *home* is
        remembered in any case. Every row with a point or an area code has a radius.
    """
    frame, rows = extract.frame, len(extract.frame)
    wanted = crs
    has_coordinates = any(name in frame for name in ("longitude", "easting", "grid_reference"))
    if wanted is None and not has_coordinates and gazetteer is not None:
        wanted = gazetteer.crs
    positions = read_positions(frame, source, extract.headers, wanted)
    located = Located(
        positions.x, positions.y, positions.crs, positions.level, positions.method,
        np.full(rows, np.nan), np.full(rows, np.nan), _area_codes(frame), positions.unreadable,
        np.zeros(rows, dtype=bool), facts=dict(positions.facts), warnings=list(positions.warnings),
    )  # fmt: skip
    _set_precision(frame, source, positions, located)
    if "postcode" in frame or "location_text" in frame:
        located.no_gazetteer = gazetteer is None
        if gazetteer is not None and gazetteer.crs != located.crs:
            gazetteer = gazetteer.to_crs(located.crs)
    near = _hospital(source, located.crs)
    if "postcode" in frame:
        _look_up_postcodes(as_text(frame["postcode"]), extract.headers["postcode"], gazetteer, located)
    at_hospital = _take_out_hospital(near, located)
    if "location_text" in frame:
        found = locate_text(as_text(frame["location_text"]), gazetteer, near=near)
        _fill(found, located, "text: ", only=None if gazetteer is not None else _PHRASES)
    at_hospital &= located.level == "none"
    located.level[at_hospital], located.method[at_hospital] = "hospital", "coordinates of the hospital"
    only_area = (located.level == "none") & pd.notna(located.area_code)
    located.level[only_area], located.method[only_area] = "area", "area code"
    _account_for_areas(located)
    _find_heaps(extract, located)
    return located


def fill_area_radii(incidents: gpd.GeoDataFrame) -> None:
    """
    Give records of which only the area is known the radius of an area of that kind.

    Parameters
    ----------
    incidents
        Incidents in the schema, points withheld already; ``uncertainty_m`` is changed in place. It stays missing where
        there is neither a point nor an area code.
    """
    only_area = (incidents.geometry.isna() & incidents["area_code"].notna()).to_numpy()
    radii = area_radii(incidents["area_code"][only_area])
    incidents.loc[only_area, "uncertainty_m"] = radii


def _set_precision(frame: pd.DataFrame, source: Source, positions: Positions, located: Located) -> None:
    """Give the rows with coordinates their level and radius: never finer than the grid they were rounded to."""
    known = ~np.isnan(positions.x)
    for level in sorted(set(located.level[known])):
        coarser = coarser_level(source.place.level, level)
        if coarser != level:
            located.level[known & (located.level == level)] = coarser
    stated_for_all = source.place.uncertainty_m
    least = LEVEL_RADII.get(source.place.level, UNKNOWN_AREA) if stated_for_all is None else stated_for_all
    by_grid = positions.method == "grid reference"
    # A grid reference says itself how exact it is.
    located.uncertainty[known] = np.where(by_grid, positions.uncertainty, np.fmax(positions.uncertainty, least))[known]
    if "uncertainty_m" in frame:
        stated, bad, _ = read_numbers(frame["uncertainty_m"], source.files.decimal)
        located.unreadable |= bad
        stated_here = known & ~by_grid & np.isfinite(stated) & (stated > 0)
        located.uncertainty[stated_here] = stated[stated_here]


def _area_codes(frame: pd.DataFrame) -> np.ndarray:
    """Tidy area codes: no spaces around, upper case."""
    if "area_code" not in frame:
        return alike(None, len(frame))
    codes, found = distinct(frame["area_code"])
    tidy = [str(code).strip().upper() for code in found]
    kept = np.array([*(code if code.casefold() not in MISSING else None for code in tidy), None], dtype=object)
    return np.asarray(kept[codes])


def _hospital(source: Source, crs: CRS) -> tuple[float, float] | None:
    """Give the hospital's position in the metric system, where the source says it."""
    if source.place.near is None:
        return None
    to_metric = Transformer.from_crs(WGS84, crs, always_xy=True)
    x, y = to_metric.transform(source.place.near.longitude, source.place.near.latitude)
    return float(x), float(y)


def _look_up_postcodes(texts: pd.Series, header: str, gazetteer: gpd.GeoDataFrame | None, located: Located) -> None:
    """Place the rows of a postcode column; what is no postcode there may still say home or hospital."""
    words = np.ones(len(texts), dtype=bool)
    if gazetteer is not None and gazetteer["kind"].isin(LEVELS).any():
        found = locate_postcodes(texts, gazetteer)
        words = found["location_level"].to_numpy(dtype=object) == "none"
        _fill(found, located, "")
    elif gazetteer is not None and texts.notna().any():
        located.warnings.append(
            f"the gazetteer holds no postcodes, so column {header!r} is not resolved. Add a table: read_postcodes(…)."
        )
    if words.any():
        _fill(locate_text(texts.where(words), None), located, "text: ", only=_PHRASES)


def _fill(found: gpd.GeoDataFrame, located: Located, prefix: str, *, only: tuple[str, ...] | None = None) -> None:
    """Take what was found for the rows that have no place yet; only rows of some levels, if named."""
    level = found["location_level"].to_numpy(dtype=object)
    home = level == "home"
    located.says_home |= home
    open_rows = np.isnan(located.x) & (located.level == "none")
    if only is not None:
        open_rows &= np.isin(level, only)
    placed = found.geometry.notna().to_numpy() & open_rows
    located.x[placed] = found.geometry[placed].x
    located.y[placed] = found.geometry[placed].y
    located.level[open_rows] = level[open_rows]
    method = np.char.add(prefix, found["location_method"].to_numpy(dtype=str)).astype(object)
    # An empty text says less than what was found wrong in another column.
    told = open_rows & ~(np.isin(method, _NOTHING) & (located.method != "none"))
    located.method[told] = method[told]
    located.confidence[open_rows] = found["location_confidence"].to_numpy()[open_rows]
    located.uncertainty[open_rows] = found["uncertainty_m"].to_numpy()[open_rows]
    area = found["area_code"].to_numpy(dtype=object)
    # A record whose point is withheld later keeps the area of its postcode, even where coordinates come first.
    fill = (open_rows | (level == "postcode")) & pd.isna(located.area_code) & pd.notna(area)
    located.area_code[fill] = area[fill]
    located.level[home] = "home"


def _take_out_hospital(near: tuple[float, float] | None, located: Located) -> np.ndarray:
    """Take point and area from rows at the attended hospital itself: that is where they were treated."""
    none = np.zeros(len(located.x), dtype=bool)
    if near is None:
        return none
    with np.errstate(invalid="ignore"):
        here: np.ndarray = np.hypot(located.x - near[0], located.y - near[1]) <= _AT_HOSPITAL
    here &= np.isin(located.level, _EXACT)
    located.x[here], located.y[here] = np.nan, np.nan
    located.level[here], located.uncertainty[here], located.confidence[here] = "none", np.nan, np.nan
    located.area_code[here] = None
    if here.any():
        located.facts["at_hospital"] = int(here.sum())
    return here


def _account_for_areas(located: Located) -> None:
    """Count area codes of a kind whose size is not known."""
    only_area = np.isnan(located.x) & pd.notna(located.area_code)
    unknown = int((~known_area_kind(located.area_code[only_area])).sum())
    if unknown:
        located.facts["area_codes_of_unknown_kind"] = {"rows": unknown, "uncertainty_m": UNKNOWN_AREA}


def _find_heaps(extract: Extract, located: Located) -> None:
    """Warn of coordinates that hold more than a tenth of the located rows; say where, never the coordinates."""
    exact = np.isin(located.level, _EXACT)
    heaps = heaped_places(np.where(exact, located.x, np.nan), located.y)
    if not heaps:
        return
    total = int((~np.isnan(located.x)).sum())
    named = []
    for row, count in heaps:
        file = extract.files[int(extract.file_of[row])]["name"]
        named.append(
            {"rows": count, "percent": round(100 * count / total, 1), "first": f"{file} row {int(extract.row_of[row])}"}
        )
    located.facts["heaped_places"] = named
    shares = listed(f"{heap['percent']} % (first: {heap['first']})" for heap in named)
    located.warnings.append(
        f"{len(named)} place(s) hold more than a tenth of the {total:,} located rows each: {shares}. Look whether they "
        "stand for a police station, a hospital or the middle of an area."
    )
