"""Read an offline table of postcodes into a gazetteer of units, sectors and outcodes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyproj import CRS, Transformer

from hotspot.errors import ConfigError, CRSError, InputError
from hotspot.locate.postcode_files import Units, read_area_lookup, read_units
from hotspot.locate.radii import LEVEL_RADII
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Sequence

_NO_PLACE, _SECTOR_MEAN = 9, 6
_BEYOND = {3: 50.0, 4: 50.0, 5: 100.0, 8: 100.0}
"""Metres to add to a postcode's radius, by positional quality: 3 within 50 m, 4 mean of old addresses, 5 estimated from
the postcodes around, 8 ended before 2000."""
_SHARE = 0.95


def read_postcodes(
    data: str | Path,
    *,
    areas: str | Path | None = None,
    area_code: str | None = None,
    postcode_areas: Sequence[str] | None = None,
    crs: int | str = 27700,
) -> gpd.GeoDataFrame:
    r"""
    Read a table of postcodes, with which postcodes are placed offline.

    Parameters
    ----------
    data
        Code-Point Open, ONSPD or NSPL as downloaded: zip archive, folder, or one CSV file (gzip allowed).
    areas
        ONS look-up from postcode to statistical area (columns such as ``pcds`` and ``lsoa21cd``), for tables that
        have none: Code-Point Open.
    area_code
        Column that becomes ``area_code``. None: the newest LSOA; in Code-Point Open alone the ward (``WC``).
    postcode_areas
        Letters such as ``["CF", "NP"]``: only these postcode areas are kept, which saves memory.
    crs
        Projected metric system of the result.

    Returns
    -------
    GeoDataFrame
        A gazetteer: ``name`` (``CF10 1AA``, ``CF10 1``, ``CF10``), ``kind`` (postcode, sector, outcode),
        ``area_code`` (of sectors and outcodes only where all their units share one), ``uncertainty_m`` (metres) and
        point ``geometry``. Pass it to ``read_incidents(gazetteer=…)``, alone or below other places
        (``pandas.concat``).

    Raises
    ------
    InputError
        If there is no table of postcodes in ``data``, or none of its postcodes has a place.
    ConfigError
        If ``postcode_areas`` are no letters of postcode areas.
    CRSError
        If ``crs`` is not projected in metres.

    Notes
    -----
    A unit's radius is 75 m, and more where its positional quality is less. Sectors and outcodes lie at the mean of
    their units; their radius holds 95 % of them, and is at least 1,000 m or 2,500 m. Units without coordinates are
    left out, so that they fall back to their sector; units placed at the mean of their sector have its radius.
    Postcodes that ended stay, for old records. All of this is counted in the note. Northern Ireland, in ONSPD on
    the Irish Grid, is projected; Code-Point Open does not hold it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from hotspot.locate import read_postcodes
    >>> lines = ['"CF10 1AA",10,318284,176230,"W92000004","","","","W06000015","W05001274"',
    ...          '"CF10 1AB",10,318296,176178,"W92000004","","","","W06000015","W05001274"']
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "cf.csv"
    ...     _ = file.write_text("\n".join(lines))
    ...     table = read_postcodes(file)
    >>> table[["name", "kind", "uncertainty_m"]].to_numpy().tolist()[1:]
    [['CF10 1AB', 'postcode', 75.0], ['CF10 1', 'sector', 1000.0], ['CF10', 'outcode', 2500.0]]
    """
    system = _metric(crs)
    units = read_units(Path(data), area_code if areas is None else None)
    facts: dict[str, Any] = {"read": len(units.key), **units.facts}
    _keep(units, _wanted(units, postcode_areas, facts))
    if areas is not None:
        keys, codes, facts["area_columns"] = read_area_lookup(Path(areas), area_code)
        units.area = codes.take(pc.index_in(units.key, value_set=keys))
        facts["without_area"] = int(units.area.null_count)
    irish = np.asarray(pc.starts_with(units.key, "BT"), dtype=bool)
    placed = (units.quality != _NO_PLACE) & np.isfinite(units.x) & np.isfinite(units.y) & (units.x > 0)
    facts |= {"without_place": int((~placed).sum()), "ended": int((units.ended & placed).sum())}
    if not placed.any():
        raise InputError(f"postcodes: none of {len(placed):,} postcodes has coordinates.")
    facts["northern_ireland"] = int((irish & placed).sum())
    _project(units, irish, system)
    _keep(units, placed)
    table = _gazetteer(units, system)
    facts |= {
        "kinds": {str(k): int(v) for k, v in table["kind"].value_counts().sort_index().items()},
        "quality": {str(q): int(n) for q, n in zip(*np.unique(units.quality, return_counts=True), strict=True)},
        "crs": system.to_string(),
    }
    note("read_postcodes", **facts)
    return table


def _wanted(units: Units, postcode_areas: Sequence[str] | None, facts: dict[str, Any]) -> np.ndarray:
    """Mark the first row of every postcode, in the postcode areas asked for."""
    number = np.asarray(pc.cast(units.key.dictionary_encode().indices, pa.int64()))
    first = np.zeros(len(number), dtype=bool)
    first[np.unique(number, return_index=True)[1]] = True
    facts["repeated"] = int((~first).sum())
    if postcode_areas is None:
        return first
    given = [postcode_areas] if isinstance(postcode_areas, str) else list(postcode_areas)
    letters = [str(area).strip().upper() for area in given]
    if not letters or not all(re.fullmatch("[A-Z]{1,2}", area) for area in letters):
        raise ConfigError("postcode_areas: give the letters before the first digit, such as ['CF', 'NP'].")
    facts["postcode_areas"] = letters
    inside: np.ndarray = np.asarray(pc.match_substring_regex(units.key, rf"^(?:{'|'.join(letters)})[0-9]"), dtype=bool)
    facts["outside_postcode_areas"] = int((first & ~inside).sum())
    inside &= first
    return inside


def _keep(units: Units, rows: np.ndarray) -> None:
    """Leave the marked rows only."""
    mask = pa.array(rows)
    units.key, units.area = units.key.filter(mask), units.area.filter(mask)
    units.x, units.y = units.x[rows], units.y[rows]
    units.quality, units.ended = units.quality[rows], units.ended[rows]


def _project(units: Units, irish: np.ndarray, system: CRS) -> None:
    """Bring British and Irish grid coordinates to one system."""
    for rows, given in ((~irish, CRS.from_epsg(27700)), (irish, CRS.from_epsg(29903))):
        if rows.any() and given != system:
            to_metric = Transformer.from_crs(given, system, always_xy=True)
            units.x[rows], units.y[rows] = to_metric.transform(units.x[rows], units.y[rows])


def _gazetteer(units: Units, system: CRS) -> gpd.GeoDataFrame:
    """Put units, sectors and outcodes under one another."""
    area = pc.utf8_upper(pc.utf8_trim_whitespace(units.area))
    area = pc.if_else(pc.equal(area, ""), pa.scalar(None, pa.large_string()), area)
    outcode, incode = pc.utf8_slice_codeunits(units.key, 0, -3), pc.utf8_slice_codeunits(units.key, -3)
    spaced = pc.binary_join_element_wise(outcode, incode, pa.scalar(" ", pa.large_string()))
    sectors = _means(pc.utf8_slice_codeunits(spaced, 0, -2), units, area, LEVEL_RADII["sector"])
    outcodes = _means(outcode, units, area, LEVEL_RADII["outcode"])
    radius = np.full(len(units.x), LEVEL_RADII["postcode"])
    for quality, metres in _BEYOND.items():
        radius[units.quality == quality] += metres
    mean = units.quality == _SECTOR_MEAN
    radius[mean] = sectors["uncertainty_m"].to_numpy()[sectors.attrs["of_unit"][mean]]
    table = pd.DataFrame(
        {
            "name": pd.array(spaced, dtype="str"), "kind": "postcode", "area_code": pd.array(area, dtype="str"),
            "uncertainty_m": radius, "x": units.x, "y": units.y,
        }
    )  # fmt: skip
    sectors.attrs, outcodes.attrs = {}, {}
    whole = pd.concat(
        [table, sectors.assign(kind="sector"), outcodes.assign(kind="outcode")], ignore_index=True
    )[table.columns]  # fmt: skip
    points = shapely.points(whole.pop("x").to_numpy(), whole.pop("y").to_numpy())
    return gpd.GeoDataFrame(whole.astype({"kind": "str"}), geometry=points, crs=system)


def _means(names: pa.Array, units: Units, area: pa.Array, least: float) -> pd.DataFrame:
    """Give the mean position of each group of units and the radius that holds 95 % of them."""
    encoded = names.dictionary_encode()
    group, count = np.asarray(encoded.indices, dtype=np.int64), len(encoded.dictionary)
    # A unit placed at its sector's mean says nothing new about where the sector is.
    own = units.quality != _SECTOR_MEAN
    own |= ~np.isin(group, group[own])
    size = np.bincount(group[own], minlength=count)
    x = np.bincount(group[own], weights=units.x[own], minlength=count) / size
    y = np.bincount(group[own], weights=units.y[own], minlength=count) / size
    distance = np.hypot(units.x - x[group], units.y - y[group])
    order = np.lexsort((distance, group))
    whole = np.bincount(group, minlength=count)
    last = np.cumsum(whole) - whole + np.ceil(_SHARE * whole).astype(np.int64) - 1
    radius = np.maximum(least, np.ceil(distance[order][last]))
    areas = area.dictionary_encode()
    code = np.asarray(pc.fill_null(areas.indices, -1), dtype=np.int64)
    lowest, highest = np.full(count, np.iinfo(np.int64).max), np.full(count, -2)
    np.minimum.at(lowest, group, code)
    np.maximum.at(highest, group, code)
    shared = np.where((lowest == highest) & (lowest >= 0), lowest, -1)
    texts = np.array([*areas.dictionary.to_pylist(), None], dtype=object)
    frame = pd.DataFrame(
        {
            "name": pd.array(encoded.dictionary, dtype="str"), "area_code": pd.array(texts[shared], dtype="str"),
            "uncertainty_m": radius, "x": x, "y": y,
        }
    )  # fmt: skip
    frame.attrs["of_unit"] = group
    return frame


def _metric(crs: int | str) -> CRS:
    """Read a projected system in metres."""
    try:
        system = CRS.from_user_input(crs)
    except Exception as error:
        if type(error).__name__ != "CRSError":
            raise
        raise CRSError(f"crs: {crs!r} is no known reference system. Use an EPSG code such as 27700.") from None
    if not system.is_projected or system.axis_info[0].unit_name not in {"metre", "meter", "m"}:
        raise CRSError(f"crs: {system.name} is not a projected system in metres. Use e.g. 27700.")
    return system
