"""Read areas: checked polygons with a code, in one projected metric reference system."""

from __future__ import annotations

import math
import re
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from hotspot.checks import listed, require_columns, require_metric_crs, require_unique_index
from hotspot.errors import ConfigError, CRSError, HotspotWarning, InputError
from hotspot.geography.layers import find_files, read_layer
from hotspot.geography.tables import as_code, is_missing_mark, read_table
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_GREAT_BRITAIN = (-9.0, 49.8, 2.1, 61.0)
_NATIONAL_GRID = 27700
_MAX_REPAIR = 0.001
"""Largest relative change of area that a repair may make."""
_STATISTICAL = re.compile(r"[EWSN]\d{8}|95[A-Z]{2}\d{2}[A-Z]\d")
"""Codes of the British statistical authorities; 95… are Northern Ireland's super output areas of 2001 and 2011."""
_OVERLAP_SHARE, _OVERLAP_M2 = 0.01, 1_000.0
"""Areas overlap if the common part is larger than both: share of the smaller area, and square metres."""


def read_areas(
    path: str | Path | Sequence[str | Path] | gpd.GeoDataFrame,
    *,
    code: str,
    name: str | None = None,
    population: str | tuple[str | Path, str, str] | pd.Series | None = None,
    parent: str | None = None,
    crs: object = None,
    layer: str | None = None,
) -> gpd.GeoDataFrame:
    """
    Read areas and check that they can be counted in.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, TopoJSON, Shapefile, FlatGeobuf or GeoParquet, told by content: a file, a pattern, a list
        of both, or a frame. Addresses are not fetched.
    code
        Column with the area code; becomes the index.
    name
        Column with the name.
    population
        Usual residents: a column of the layer; ``(file, code column, value column)`` of a CSV, CSV.gz or Parquet
        table; or a series indexed by area code. Areas that it lacks have no population (missing, not 0).
    parent
        Column with the code of the larger area that holds each area.
    crs
        Projected reference system in metres of the result. By default EPSG:27700 in Great Britain, elsewhere the
        local UTM zone.
    layer
        Layer to read, needed only where a file has several.

    Returns
    -------
    geopandas.GeoDataFrame
        Areas: index ``area_code``; columns ``name``, ``population`` and ``parent`` where asked for, and ``geometry``
        (valid polygons without heights), in the order of the input.

    Raises
    ------
    InputError
        If a file cannot be read, a column is missing, codes are missing or repeated, a geometry is empty or no
        polygon, a repair would change an area by more than 0.1 %, or areas overlap by more than 1 % of the smaller one
        and 1,000 m².
    CRSError
        If the reference system is missing, cannot be true, or the one asked for does not count in metres.

    Warns
    -----
    HotspotWarning
        If invalid polygons were repaired, or areas of several nations stand together.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> from hotspot.geography import read_areas
    >>> layer = gpd.GeoDataFrame(
    ...     {"LSOA": ["A", "B"], "people": [1500, 1700]},
    ...     geometry=[box(530000, 180000, 531000, 181000), box(531000, 180000, 532000, 181000)],
    ...     crs=27700,
    ... )
    >>> areas = read_areas(layer, code="LSOA", population="people")
    >>> areas["population"].to_dict()
    {'A': 1500, 'B': 1700}
    """
    columns = [column for column in (code, name, parent) if column is not None]
    if isinstance(population, str):
        columns.append(population)
    columns = list(dict.fromkeys(columns))
    frames, files = _read(path, columns, code, layer)
    target = _target_crs(frames, crs)
    raw = pd.concat([frame.to_crs(target) for frame in frames], ignore_index=True)
    codes = _codes(raw, code)
    geometry, repaired = _polygons(raw.geometry.to_numpy(), codes)
    areas = gpd.GeoDataFrame(index=pd.Index(codes, name="area_code", dtype="str"), geometry=geometry, crs=target)
    tolerated = _check_overlaps(areas)
    facts: dict[str, object] = {}
    position = 0
    if name is not None:
        areas.insert(position, "name", as_code(raw[name]).to_numpy())
        areas["name"] = areas["name"].astype("str")
        position += 1
    if population is not None:
        people, table_files = _population(population, raw, areas.index)
        files += table_files
        areas.insert(position, "population", people)
        facts["population_missing"] = int(areas["population"].isna().sum())
        position += 1
    if parent is not None:
        areas.insert(position, "parent", as_code(raw[parent]).to_numpy())
        areas["parent"] = areas["parent"].astype("str")
    note(
        "read_areas",
        read=len(raw),
        kept=len(areas),
        repaired=len(repaired),
        repaired_codes=repaired,
        overlaps_tolerated=tolerated,
        crs=areas.crs.to_string(),
        crs_chosen="automatic" if crs is None else "given",
        files=files,
        **({"population_missing": 0} | facts),
    )
    if repaired:
        warnings.warn(
            f"read_areas: {len(repaired)} invalid polygon(s) repaired ({listed(repaired)}); "
            "their areas changed by less than 0.1 %.",
            HotspotWarning,
            stacklevel=2,
        )
    _warn_of_nations(codes)
    return areas


def _warn_of_nations(codes: Iterable[str]) -> None:
    """Warn where statistical areas of several nations stand together: they differ in size, years and recording."""
    by_nation = Counter(code[0] for code in codes if _STATISTICAL.fullmatch(code))
    groups = {"England and Wales": by_nation["E"] + by_nation["W"], "Scotland": by_nation["S"]}
    groups["Northern Ireland"] = by_nation["N"] + by_nation["9"]
    present = {name: count for name, count in groups.items() if count}
    if len(present) > 1:
        told = ", ".join(f"{name} {count:,}" for name, count in present.items())
        warnings.warn(
            f"read_areas: areas of several nations stand together ({told}). Their sizes, census years and recording of "
            "crime differ: do not rank one against the other.",
            HotspotWarning,
            stacklevel=3,
        )


def _read(
    path: object, columns: list[str], code: str, layer: str | None
) -> tuple[list[gpd.GeoDataFrame], list[dict[str, str]]]:
    """Give the frames with the wanted columns and an active geometry, and the files they came from."""
    if isinstance(path, gpd.GeoDataFrame):
        frame = path.reset_index() if code not in path.columns and path.index.name == code else path
        require_columns(frame, columns, "path")
        if frame.crs is None:
            raise CRSError("path: the frame has no coordinate reference system. Set the right one with set_crs().")
        kept = frame[columns].copy()
        return [_checked(gpd.GeoDataFrame(kept, geometry=frame.geometry.to_numpy(), crs=frame.crs), "the frame")], []
    frames, files = [], []
    for file in find_files(path):
        frame, digest = read_layer(file, columns, layer)
        frames.append(
            _checked(frame.rename_geometry("geometry") if frame.geometry.name != "geometry" else frame, file.name)
        )
        files.append({"name": file.name, "sha256": digest})
    return frames, files


def _checked(frame: gpd.GeoDataFrame, label: str) -> gpd.GeoDataFrame:
    """Refuse missing and empty geometries and whatever is not a polygon, all at once; drop heights."""
    if frame.empty:
        raise InputError(f"path: {label!r} has no areas.")
    found = frame.geometry.to_numpy()
    empty = shapely.is_missing(found) | shapely.is_empty(found)
    other = ~empty & ~np.isin(shapely.get_type_id(found), (3, 6))
    finite = np.isfinite(shapely.bounds(found)).all(axis=1)
    problems = [
        f"{bad.sum()} {what} (first: row {int(np.flatnonzero(bad)[0]) + 1})"
        for bad, what in (
            (empty, "without a geometry"),
            (other, "that are no polygons"),
            (~empty & ~finite, "with a coordinate that is no number"),
        )
        if bad.any()
    ]
    if problems:
        raise InputError(f"path: {label!r} has areas {'; '.join(problems)}. Mend or remove them.")
    return frame.set_geometry(shapely.force_2d(found), crs=frame.crs)


def _target_crs(frames: list[gpd.GeoDataFrame], crs: object) -> pyproj.CRS:
    """Take the reference system asked for, the National Grid in Great Britain, else the local UTM zone."""
    if crs is not None:
        try:
            target = pyproj.CRS.from_user_input(crs)
        except pyproj.exceptions.CRSError:
            raise CRSError(f"crs: {crs!r} is no known coordinate reference system, e.g. 27700.") from None
        require_metric_crs(gpd.GeoDataFrame(geometry=[], crs=target), "crs")
        return target
    boxes = np.array([_degrees(frame) for frame in frames])
    west, south = boxes[:, :2].min(axis=0)
    east, north = boxes[:, 2:].max(axis=0)
    if not all(math.isfinite(value) for value in (west, south, east, north)):
        raise CRSError(f"path: coordinates do not fit {frames[0].crs.name}. Set the right reference system.")
    left, bottom, right, top = _GREAT_BRITAIN
    if left <= west and east <= right and bottom <= south and north <= top:
        return pyproj.CRS.from_epsg(_NATIONAL_GRID)
    corners = gpd.GeoSeries(shapely.points([west, east], [south, north]), crs=4326)
    chosen: pyproj.CRS = corners.estimate_utm_crs()
    return chosen


def _degrees(frame: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    """Give the bounds in longitude and latitude."""
    transformer = pyproj.Transformer.from_crs(frame.crs, 4326, always_xy=True)
    box: tuple[float, float, float, float] = transformer.transform_bounds(*frame.total_bounds)
    return box


def _codes(raw: gpd.GeoDataFrame, code: str) -> pd.Series:
    """Give the codes as text, and refuse missing and repeated ones."""
    codes = as_code(raw[code])
    if codes.isna().any():
        rows = np.flatnonzero(codes.isna())
        raise InputError(f"code: {len(rows)} area(s) have no {code!r} (first: row {int(rows[0]) + 1}).")
    repeated = codes[codes.duplicated()].unique()
    if len(repeated):
        raise InputError(
            f"code: {len(repeated)} code(s) of {code!r} stand more than once ({listed(repeated)}). "
            "Dissolve their parts, or name the column that is unique."
        )
    return codes


def _polygons(found: np.ndarray[Any, Any], codes: pd.Series) -> tuple[np.ndarray[Any, Any], list[str]]:
    """Repair invalid polygons where that hardly changes them; give them all, and the codes of the repaired."""
    invalid = np.flatnonzero(~shapely.is_valid(found))
    if not len(invalid):
        return found, []
    before = shapely.area(found[invalid])
    mended = np.array([_only_polygons(shape) for shape in shapely.make_valid(found[invalid], method="structure")])
    change = np.abs(shapely.area(mended) - before) / np.where(before > 0, before, np.nan)
    hopeless = ~(change <= _MAX_REPAIR)
    bad = codes.iloc[invalid]
    if hopeless.any():
        raise InputError(
            f"path: {hopeless.sum()} invalid polygon(s) cannot be repaired without changing their area by more than "
            f"0.1 % ({listed(bad[hopeless])}). Mend them in a GIS."
        )
    repaired = found.copy()
    repaired[invalid] = mended
    return repaired, [str(value) for value in bad]


def _only_polygons(shape: Any) -> Any:  # noqa: ANN401 - shapely geometries are untyped
    """Keep the polygons of what a repair gave; it may add lines where a polygon had a spike."""
    parts = shapely.get_parts(shapely.get_parts([shape]))
    polygons = parts[shapely.get_type_id(parts) == 3]  # noqa: PLR2004 - polygon
    return polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)


def _check_overlaps(areas: gpd.GeoDataFrame) -> int:
    """Refuse areas that overlap beyond the tolerance; count the pairs that overlap within it."""
    shapes = areas.geometry.to_numpy()
    suspect = ~shapely.is_empty(shapely.coverage_invalid_edges(shapes))
    if not suspect.any():
        return 0
    left, right = shapely.STRtree(shapes).query(shapes[suspect], predicate="intersects")
    left = np.flatnonzero(suspect)[left]
    pairs = np.unique(np.sort(np.column_stack([left, right])[left != right], axis=1), axis=0)
    common = shapely.area(shapely.intersection(shapes[pairs[:, 0]], shapes[pairs[:, 1]]))
    size = shapely.area(shapes)
    smaller = np.minimum(size[pairs[:, 0]], size[pairs[:, 1]])
    beyond = (common > _OVERLAP_SHARE * smaller) & (common > _OVERLAP_M2)
    if beyond.any():
        codes = areas.index
        named = [f"{codes[i]} and {codes[j]}" for i, j in pairs[beyond]]
        raise InputError(
            f"path: {len(named)} pair(s) of areas overlap by more than {_OVERLAP_SHARE:.0%} of the smaller one and "
            f"{_OVERLAP_M2:,.0f} m² ({listed(named)}). Every place must belong to one area."
        )
    return int((common > 0).sum())


def _population(given: object, raw: gpd.GeoDataFrame, index: pd.Index[str]) -> tuple[pd.Series, list[dict[str, str]]]:
    """Give the population by area, whole numbers as Int64, and the file it came from."""
    if isinstance(given, str):
        return _people(pd.Series(raw[given].to_numpy(), index=index), "population"), []
    if isinstance(given, pd.Series):
        require_unique_index(given, "population")
        found = given.set_axis(pd.Index(as_code(pd.Series(given.index))))
        return _matched(_people(found, "population"), index), []
    if not (isinstance(given, tuple) and len(given) == 3):  # noqa: PLR2004 - path, code, value
        raise ConfigError("population: give a column name, (file, code column, value column), or a series by code.")
    path, code, value = given
    table = read_table(path, [code, value], "population")
    rows = pd.DataFrame({"code": as_code(pd.Series(table.rows[code])), "value": table.rows[value]})
    rows = rows.dropna(subset=["code"])
    rows = rows.drop_duplicates()
    repeated = rows.loc[rows["code"].duplicated(), "code"]
    repeated = repeated[repeated.isin(index)]
    if len(repeated):
        raise InputError(
            f"population: {repeated.nunique()} code(s) stand more than once with different values in "
            f"{table.name!r} ({listed(repeated.unique())})."
        )
    wanted = rows[rows["code"].isin(index)].set_index("code")["value"]
    people = _matched(_people(wanted, f"population: {table.name!r}"), index)
    return people, [{"name": table.name, "sha256": table.sha256}]


def _matched(people: pd.Series, index: pd.Index[str]) -> pd.Series:
    """Align with the areas; a table that knows none of them is the wrong table."""
    if not people.index.isin(index).any():
        raise InputError("population: none of its codes is an area code. Check the code column and its vintage.")
    return people.reindex(index)


def _people(values: pd.Series, label: str) -> pd.Series:
    """Turn cells to numbers; a mark for missing is missing, a word or a negative number is an error."""
    if not pd.api.types.is_numeric_dtype(values):
        text = values.astype("object").map(lambda cell: "" if pd.isna(cell) else str(cell).strip())
        text = text.mask(text.map(is_missing_mark))
        numbers = pd.to_numeric(text.str.replace(",", "", regex=False), errors="coerce")
        bad = text.notna() & numbers.isna()
    else:
        numbers = values.astype("Float64").astype("float64")
        bad = pd.Series(data=False, index=values.index)
    bad |= (numbers < 0) | np.isinf(numbers)
    if bad.any():
        raise InputError(
            f"{label}: {bad.sum()} value(s) are no number of people (first: row {int(np.flatnonzero(bad)[0]) + 1})."
        )
    numbers = numbers.astype("float64")
    whole = (numbers.dropna() % 1 == 0).all()
    return numbers.astype("Int64") if whole else numbers


__all__ = ["read_areas"]
