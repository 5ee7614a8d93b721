"""Read the tables of postcodes that are published: Code-Point Open, ONSPD and NSPL, and ONS look-ups to areas."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from hotspot.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_POSTCODE = ("pcds", "pcd8", "pcd7", "pcd2", "pcd")
_EAST = ("oseast1m", "east1m", "eastings", "easting")
_NORTH = ("osnrth1m", "north1m", "northings", "northing")
_QUALITY = ("osgrdind", "gridind", "positional_quality_indicator")
_ENDED = ("doterm",)
LSOA = ("lsoa21cd", "lsoa21", "lsoa11cd", "lsoa11")
"""Columns of the statistical area, the preferred first."""
_OPEN = ("PC", "PQ", "EA", "NO", "CY", "RH", "LH", "CC", "DC", "WC")
_WARD = "WC"
_UNIT = r"^[A-Z]{1,2}[0-9][0-9A-Z]?[0-9][A-Z]{2}$"
_LARGEST = 4 << 30
_RATIO = 200


@dataclass(slots=True)
class Units:
    """Postcodes as they stand in the files, before repeated ones are taken out."""

    key: pa.Array
    """Capitals without spaces: CF101AA."""
    x: np.ndarray
    y: np.ndarray
    """As given, NaN where the table has none: EPSG:27700, in Northern Ireland the Irish Grid."""
    quality: np.ndarray
    """Positional quality 1 to 9."""
    ended: np.ndarray
    """Whether the postcode is no longer in use."""
    area: pa.Array
    facts: dict[str, Any] = field(default_factory=dict)


def read_units(path: Path, area_code: str | None) -> Units:
    """
    Read all tables of postcodes in a file, folder or zip archive.

    Parameters
    ----------
    path
        CSV (also gzip), folder of them, or zip archive. Other files in it, such as user guides, are passed over.
    area_code
        Column of the area, None for LSOA (the newest) or, in Code-Point Open, the ward.

    Returns
    -------
    Units
        ``facts`` tells files, kinds of table and which columns gave the area.

    Raises
    ------
    InputError
        If there is no table of postcodes, or a file is damaged.
    """
    tables: list[pa.Table] = []
    facts: dict[str, Any] = {"files": 0, "area_columns": []}
    for name, open_file in _members(path):
        table, area = _table(name, open_file, area_code)
        if table is None:
            continue
        facts["files"] += 1
        if area is not None and area not in facts["area_columns"]:
            facts["area_columns"].append(area)
        tables.append(table)
    if not tables:
        raise InputError(
            f"postcodes: {path.name!r} holds no table of postcodes. Give Code-Point Open, ONSPD or NSPL as it was "
            "downloaded: a CSV file, a folder or the zip archive."
        )
    whole = pa.concat_tables(tables, promote_options="default").combine_chunks()
    key, area_of = (pa.concat_arrays(whole[name].chunks) for name in ("key", "area"))
    quality = _numbers(whole["quality"])
    open_scale = quality >= 10  # noqa: PLR2004 - Code-Point Open counts in tens
    quality[open_scale] = quality[open_scale] // 10
    return Units(
        key, _numbers(whole["x"]), _numbers(whole["y"]), np.nan_to_num(quality, nan=9).astype(np.int64),
        np.asarray(whole["ended"], dtype=bool), area_of, facts,
    )  # fmt: skip


def read_area_lookup(path: Path, area_code: str | None) -> tuple[pa.Array, pa.Array, str]:
    """
    Read a look-up from postcode to area.

    Parameters
    ----------
    path
        CSV (also gzip), folder or zip archive of the ONS.
    area_code
        Column of the area; None takes the newest LSOA.

    Returns
    -------
    key, area
        Postcodes in capitals without spaces, and their area codes.
    column
        The column that was read.

    Raises
    ------
    InputError
        If no table has both.
    """
    found = []
    for name, open_file in _members(path):
        header = _header(open_file)
        postcode, area = _first(header, _POSTCODE), _first(header, LSOA if area_code is None else (area_code,))
        if postcode is not None and area is not None:
            table = _read(name, open_file, [postcode, area], None)
            found.append((_key(table[postcode]), table[area], area))
    if not found:
        raise InputError(
            f"areas: {path.name!r} holds no table with a postcode (pcds, pcd7) and "
            f"{'an LSOA (lsoa21cd, lsoa11cd)' if area_code is None else repr(area_code)}."
        )
    keys = pa.concat_arrays([chunk for key, _, _ in found for chunk in key.chunks])
    areas = pa.concat_arrays([chunk for _, area, _ in found for chunk in area.chunks])
    return keys, areas, found[0][2]


def _members(path: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Go through the CSV files of whatever was given; parts that a whole file repeats are left out."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file() and _is_csv(file.name))
        for file in files:
            if not _is_part(file.relative_to(path).as_posix(), [f.relative_to(path).as_posix() for f in files]):
                yield file.name, partial(pa.input_stream, str(file), compression="detect")
    elif not path.is_file():
        raise InputError(f"postcodes: {path.name!r} is not there.")
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir() and _is_csv(entry.filename)]
            for entry in entries:
                if entry.file_size > max(_LARGEST, 1) or entry.file_size > _RATIO * max(entry.compress_size, 1):
                    raise InputError(f"postcodes: {path.name!r} holds a file that unpacks to too much. It is no table.")
                if not _is_part(entry.filename, [other.filename for other in entries]):
                    yield Path(entry.filename).name, partial(archive.open, entry)
    else:
        yield path.name, lambda: pa.input_stream(str(path), compression="detect")


def _is_csv(name: str) -> bool:
    """Tell a table by the end of its name."""
    return name.casefold().endswith((".csv", ".csv.gz", ".txt")) and not Path(name).name.startswith(".")


def _is_part(name: str, names: Sequence[str]) -> bool:
    """Tell the parts of ONSPD, which lie beside the whole table, from the whole."""
    parts = [other for other in names if "multi_csv" in other]
    return name in parts and any("/data/" in f"/{other.casefold()}" for other in names if other not in parts)


def _header(open_file: Callable[[], Any]) -> list[str]:
    """Read the first line of a file as a list of cells; nothing of what is no text."""
    with open_file() as stream:
        start = stream.read(20_000)
    line = bytes(start).split(b"\n", 1)[0].decode("utf-8-sig", errors="replace").strip()
    return [cell.strip().strip('"') for cell in line.split(",")]


def _first(header: list[str], options: Sequence[str]) -> str | None:
    """Find the first of the wanted columns, in the header's own spelling."""
    folded = {name.casefold(): name for name in header}
    return next((folded[option.casefold()] for option in options if option.casefold() in folded), None)


def _table(name: str, open_file: Callable[[], Any], area_code: str | None) -> tuple[pa.Table | None, str | None]:
    """Read the postcodes of one file; None if it is no such table."""
    header = _header(open_file)
    if len(header) == len(_OPEN) and header[0] != "PC" and header[1].isdigit() and header[2].isdigit():
        area = _first(list(_OPEN), (area_code or _WARD,))
        if area is None:
            raise InputError(f"postcodes: Code-Point Open has no column {area_code!r}. Its areas: CC, DC, WC.")
        table = _read(name, open_file, ["PC", "PQ", "EA", "NO", area], list(_OPEN))
        names: list[str | None] = ["PC", "EA", "NO", "PQ", None, area]
    else:
        names = [_first(header, options) for options in (_POSTCODE, _EAST, _NORTH, _QUALITY, _ENDED)]
        if None in names[:3]:
            return None, None
        area = _first(header, LSOA if area_code is None else (area_code,))
        if area is None and area_code is not None:
            raise InputError(f"postcodes: {name!r} has no column {area_code!r}.")
        names.append(area)
        table = _read(name, open_file, [column for column in names if column is not None], None)
    postcode, x, y, quality_column, ended_column, area_column = (n and table[n] for n in names)
    rows = table.num_rows
    blank = pa.chunked_array([pa.nulls(rows, pa.large_string())])
    ended_marks = blank if ended_column is None else ended_column
    content = {
        "key": _key(postcode), "x": x, "y": y,
        "quality": pa.chunked_array([pa.array(["1"] * rows, pa.large_string())]) if quality_column is None
        else quality_column,
        "ended": pc.and_(pc.is_valid(ended_marks), pc.not_equal(pc.fill_null(ended_marks, ""), "")),
        "area": blank if area_column is None else area_column,
    }  # fmt: skip
    result = pa.table(content)
    return result.filter(pc.match_substring_regex(result["key"], _UNIT)), area


def _read(name: str, open_file: Callable[[], Any], columns: list[str], header: list[str] | None) -> pa.Table:
    """Read columns of a CSV file as text."""
    reading = csv.ReadOptions(column_names=header, block_size=8 << 20)
    converting = csv.ConvertOptions(
        include_columns=columns, column_types=dict.fromkeys(columns, pa.large_string()), strings_can_be_null=True,
        null_values=[""], quoted_strings_can_be_null=True,
    )  # fmt: skip
    try:
        with open_file() as stream:
            return csv.read_csv(stream, read_options=reading, convert_options=converting)
    except (pa.ArrowException, OSError, zipfile.BadZipFile, EOFError) as error:
        raise InputError(f"postcodes: {name!r} cannot be read as a table ({type(error).__name__}).") from None


def _key(postcode: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write postcodes in capitals without spaces."""
    return pc.replace_substring(pc.utf8_upper(postcode), " ", "")


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    """Read digits; anything else is missing."""
    trimmed = pc.utf8_trim_whitespace(column)
    digits = pc.match_substring_regex(trimmed, r"^[0-9]{1,7}$")
    numbers: np.ndarray = np.asarray(
        pc.cast(pc.if_else(digits, trimmed, pa.scalar(None, pa.large_string())), pa.float64()).to_numpy(),
        dtype=np.float64,
    )
    return numbers.copy()


__all__ = ["LSOA", "Units", "read_area_lookup", "read_units"]
