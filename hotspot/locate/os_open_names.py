"""Read the places of OS Open Names: settlements, streets, stations, schools and postcodes of Great Britain."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from hotspot.errors import ConfigError, InputError
from hotspot.locate.radii import LEVEL_RADII
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER = """
ID NAMES_URI NAME1 NAME1_LANG NAME2 NAME2_LANG TYPE LOCAL_TYPE GEOMETRY_X GEOMETRY_Y MOST_DETAIL_VIEW_RES
LEAST_DETAIL_VIEW_RES MBR_XMIN MBR_YMIN MBR_XMAX MBR_YMAX POSTCODE_DISTRICT POSTCODE_DISTRICT_URI POPULATED_PLACE
POPULATED_PLACE_URI POPULATED_PLACE_TYPE DISTRICT_BOROUGH DISTRICT_BOROUGH_URI DISTRICT_BOROUGH_TYPE
COUNTY_UNITARY COUNTY_UNITARY_URI COUNTY_UNITARY_TYPE REGION REGION_URI COUNTRY COUNTRY_URI
RELATED_SPATIAL_OBJECT SAME_AS_DBPEDIA SAME_AS_GEONAMES
"""
_COLUMNS = tuple(_HEADER.split())
_USED = (
    "NAME1", "NAME2", "TYPE", "LOCAL_TYPE", "GEOMETRY_X", "GEOMETRY_Y", "MBR_XMIN", "MBR_YMIN", "MBR_XMAX", "MBR_YMAX",
    "POPULATED_PLACE", "DISTRICT_BOROUGH",
)  # fmt: skip
_STREETS = frozenset({"Named Road", "Section Of Named Road", "Numbered Road", "Section Of Numbered Road"})
_HOSPITALS = frozenset({"Hospital", "Hospice", "Medical Care Accommodation"})
_VENUE_TYPES = frozenset({"transportNetwork", "other"})
_PARKS = "Urban Greenspace"
_MOST_BYTES = 4 * 2**30
_GREAT_BRITAIN = (-100_000.0, -100_000.0, 800_000.0, 1_400_000.0)


def read_os_open_names(
    path: str | Path, *, within: tuple[float, float, float, float] | None = None, postcodes: bool = True
) -> gpd.GeoDataFrame:
    """
    Read OS Open Names as a gazetteer.

    Parameters
    ----------
    path
        The downloaded zip archive, its unpacked folder, or one of its CSV files (10-km squares, without header, 34
        columns).
    within
        Least easting, least northing, greatest easting, greatest northing (metres, EPSG:27700) of the places wanted.
        None: all three million.
    postcodes
        Whether to take the postcodes too; leave them out if they come from Code-Point Open or the ONSPD.

    Returns
    -------
    GeoDataFrame
        ``name``, ``kind`` (street, locality, venue, hospital, postcode), ``aliases`` (the name in the other language),
        ``locality`` (settlement or district), ``uncertainty_m`` (half the diagonal of the place's box, at least the
        radius of its kind) and point ``geometry``, EPSG:27700. Water, hills and woods are left out and counted.

    Raises
    ------
    InputError
        If the path is not there, holds no such file, or rows have another number of columns.
    ConfigError
        If ``within`` is no box.

    References
    ----------
    Ordnance Survey, OS Open Names technical specification: the columns' order is published in
    ``OS_Open_Names_Header.csv``.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from hotspot.locate import read_os_open_names
    >>> road = ["id1", "", "Mill Lane", "", "", "", "transportNetwork", "Named Road", "318500", "176500", "", "",
    ...         "318400", "176500", "318600", "176500", *[""] * 18]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "ST07.csv").write_text(",".join(road))
    ...     places = read_os_open_names(folder)
    >>> places[["name", "kind", "uncertainty_m"]].to_numpy().tolist()
    [['Mill Lane', 'street', 150.0]]
    """
    if within is not None and not (within[0] < within[2] and within[1] < within[3]):
        raise ConfigError("within: give least easting, least northing, greatest easting, greatest northing.")
    parts, files, read = [], 0, 0
    for name, content in _files(Path(path)):
        table = _table(name, content)
        if table is None:
            continue
        files, read = files + 1, read + len(table)
        parts.append(_cut(table, within))
    if not files:
        raise InputError(f"gazetteer: {Path(path).name!r} holds no CSV file of OS Open Names.")
    table = pd.concat(parts, ignore_index=True)
    if not postcodes:
        table = table[table["LOCAL_TYPE"] != "Postcode"].reset_index(drop=True)
    places = _places(table)
    note(
        "read_os_open_names", files=files, read=read, kept=len(places),
        kinds={str(kind): int(n) for kind, n in places["kind"].value_counts().sort_index().items()},
    )  # fmt: skip
    if places.empty:
        raise InputError(f"gazetteer: none of {read} rows of {Path(path).name!r} is a place that is wanted.")
    return places


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    """Give the CSV files of a folder, an archive, or the one file; nothing is written to disk."""
    if path.is_dir():
        for file in sorted(path.rglob("*.csv")):
            yield file.name, file.read_bytes()
    elif not path.is_file():
        raise InputError(f"gazetteer: {path.name!r} is not there.")
    elif zipfile.is_zipfile(path):
        yield from _unpacked(path)
    else:
        yield path.name, path.read_bytes()


def _unpacked(path: Path) -> Iterator[tuple[str, bytes]]:
    """Read the CSV files of an archive, up to 4 GiB in all."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if one.filename.casefold().endswith(".csv")]
            if sum(one.file_size for one in members) > _MOST_BYTES:
                raise InputError(f"gazetteer: {path.name!r} unpacks to more than 4 GiB. Unpack it and give the folder.")
            for member in sorted(members, key=lambda one: one.filename):
                with archive.open(member) as file:
                    content = file.read(member.file_size + 1)
                yield PurePosixPath(member.filename).name, content
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise InputError(f"gazetteer: {path.name!r} is no readable archive ({type(error).__name__}).") from None


def _table(name: str, content: bytes) -> pd.DataFrame | None:
    """Read one file; None for the header that is published beside the data, and for an empty one."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if not text.strip() or "\0" in text:
        return None
    if text.lstrip().startswith("ID,NAMES_URI"):
        rest = text.lstrip().partition("\n")[2]
        if not rest.strip():
            return None
        text = rest
    first = next(csv.reader(io.StringIO(text)))
    if len(first) != len(_COLUMNS):
        raise InputError(
            f"gazetteer: {name!r} has {len(first)} columns; OS Open Names has {len(_COLUMNS)}. Read other tables with "
            "read_gazetteer()."
        )
    try:
        return pd.read_csv(
            io.StringIO(text),
            names=list(_COLUMNS),
            usecols=list(_USED),
            dtype="str",
            keep_default_na=False,
            header=None,
        )
    except (pd.errors.ParserError, ValueError) as error:
        raise InputError(f"gazetteer: {name!r} cannot be cut into rows ({type(error).__name__}).") from None


def _cut(table: pd.DataFrame, within: tuple[float, float, float, float] | None) -> pd.DataFrame:
    """Keep the rows with a name and coordinates inside the box."""
    west, south, east, north = within or _GREAT_BRITAIN
    numbers = {name: pd.to_numeric(table[name], errors="coerce") for name in _USED if "_X" in name or "_Y" in name}
    table = table.assign(**numbers)
    inside = table["GEOMETRY_X"].between(west, east) & table["GEOMETRY_Y"].between(south, north)
    return table[inside & (table["NAME1"].str.strip() != "")]


def _places(table: pd.DataFrame) -> gpd.GeoDataFrame:
    """Bring rows to the columns of a gazetteer."""
    kind = pd.Series("", index=table.index, dtype="str")
    kind = kind.mask(table["TYPE"].isin(_VENUE_TYPES) | (table["LOCAL_TYPE"] == _PARKS), "venue")
    kind = kind.mask(table["TYPE"] == "populatedPlace", "locality").mask(table["LOCAL_TYPE"].isin(_STREETS), "street")
    kind = kind.mask(table["LOCAL_TYPE"].isin(_HOSPITALS), "hospital").mask(
        table["LOCAL_TYPE"] == "Postcode", "postcode"
    )
    table, kind = table[kind != ""], kind[kind != ""]
    extent = np.hypot(table["MBR_XMAX"] - table["MBR_XMIN"], table["MBR_YMAX"] - table["MBR_YMIN"]) / 2
    least = np.array([LEVEL_RADII.get(one, LEVEL_RADII["venue"]) for one in kind], dtype=np.float64)
    locality = table["POPULATED_PLACE"].where(table["POPULATED_PLACE"] != "", table["DISTRICT_BOROUGH"])
    frame = {
        "name": table["NAME1"].str.strip(),
        "kind": kind,
        "aliases": _or_missing(table["NAME2"]),
        "locality": _or_missing(locality),
        "uncertainty_m": np.fmax(np.asarray(extent, dtype=np.float64), least).round(1),
    }
    points = gpd.points_from_xy(table["GEOMETRY_X"], table["GEOMETRY_Y"])
    return gpd.GeoDataFrame(frame, geometry=points, crs=27700).reset_index(drop=True)


def _or_missing(texts: pd.Series) -> pd.Series:
    """Make empty texts missing."""
    tidy = texts.str.strip()
    return tidy.where(tidy != "")
