"""Find where each row happened: coordinates, grid reference, postcode, free text, or an area code only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pyproj import Transformer

from hotspot.ingest.distinct_values import alike, as_text, distinct
from hotspot.ingest.positions import WGS84, read_numbers, read_positions
from hotspot.ingest.times import MISSING
from hotspot.locate import locate_text

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

    from hotspot.ingest.extract import Extract
    from hotspot.ingest.mapping import Source


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
        Named places, for free text and postcodes.
    crs
        Metric system asked for, or None.

    Returns
    -------
    Located
        Coordinates win over text, text over an area code; a text that says *home* is remembered in any case.
    """
    frame, rows = extract.frame, len(extract.frame)
    wanted = crs
    has_coordinates = any(name in frame for name in ("longitude", "easting", "grid_reference"))
    if wanted is None and not has_coordinates and gazetteer is not None:
        wanted = gazetteer.crs
    positions = read_positions(frame, source, extract.headers, wanted)
    known = ~np.isnan(positions.x)
    located = Located(
        positions.x, positions.y, positions.crs, _levels(known, source.place.level),
        positions.method, np.full(rows, np.nan), np.full(rows, np.nan), _area_codes(frame), positions.unreadable,
        np.zeros(rows, dtype=bool), facts=dict(positions.facts),
    )  # fmt: skip
    if source.place.uncertainty_m is not None:
        located.uncertainty[known] = source.place.uncertainty_m
    if "uncertainty_m" in frame:
        stated, bad, _ = read_numbers(frame["uncertainty_m"], source.files.decimal)
        located.unreadable |= bad
        located.uncertainty = np.where(known & (stated > 0), stated, located.uncertainty)
    by_grid = positions.method == "grid reference"
    located.uncertainty[by_grid] = positions.uncertainty[by_grid]
    _resolve(frame, source, gazetteer, located)
    only_area = (located.level == "none") & pd.notna(located.area_code)
    located.level[only_area], located.method[only_area] = "area", "area code"
    return located


def _levels(known: np.ndarray, level: str) -> np.ndarray:
    """Give the level of places with coordinates; rows share one text each."""
    levels = alike("none", len(known))
    levels[known] = level
    return levels


def _area_codes(frame: pd.DataFrame) -> np.ndarray:
    """Tidy area codes: no spaces around, upper case."""
    if "area_code" not in frame:
        return alike(None, len(frame))
    codes, found = distinct(frame["area_code"])
    tidy = [str(code).strip().upper() for code in found]
    kept = np.array([*(code if code.casefold() not in MISSING else None for code in tidy), None], dtype=object)
    return np.asarray(kept[codes])


def _resolve(frame: pd.DataFrame, source: Source, gazetteer: gpd.GeoDataFrame | None, located: Located) -> None:
    """Resolve postcodes and free text for the rows that need it."""
    columns = [name for name in ("postcode", "location_text") if name in frame]
    if not columns:
        return
    located.no_gazetteer = gazetteer is None
    near = None
    if gazetteer is not None:
        gazetteer = gazetteer if gazetteer.crs == located.crs else gazetteer.to_crs(located.crs)
        if source.place.near is not None:
            to_metric = Transformer.from_crs(WGS84, located.crs, always_xy=True)
            near = to_metric.transform(source.place.near.longitude, source.place.near.latitude)
    for column in columns:
        found = locate_text(as_text(frame[column]), gazetteer, near=near)
        level = found["location_level"].to_numpy(dtype=object)
        home = level == "home"
        located.says_home |= home
        open_rows = np.isnan(located.x) & (located.level == "none")
        if located.no_gazetteer:
            open_rows &= np.isin(level, ["home", "hospital"])
        placed = found.geometry.notna().to_numpy() & open_rows
        located.x[placed] = found.geometry[placed].x
        located.y[placed] = found.geometry[placed].y
        located.level[open_rows] = level[open_rows]
        located.method[open_rows] = np.char.add("text: ", found["location_method"].to_numpy(dtype=str))[open_rows]
        located.confidence[open_rows] = found["location_confidence"].to_numpy()[open_rows]
        located.uncertainty[open_rows] = found["uncertainty_m"].to_numpy()[open_rows]
        area = found["area_code"].to_numpy(dtype=object)
        fill = open_rows & pd.isna(located.area_code) & pd.notna(area)
        located.area_code[fill] = area[fill]
        located.level[home] = "home"
