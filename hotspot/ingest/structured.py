"""Open JSON and Parquet: records whose columns have names of their own."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from hotspot.checks import listed
from hotspot.errors import InputError
from hotspot.ingest.cells import from_arrow, plain
from hotspot.ingest.open_table import OpenTable, Taken
from hotspot.ingest.points import GEOMETRY_HEADERS, point_columns, system_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from hotspot.ingest.files import Part

Records = list[dict[str, Any]]
_MAY_BE_HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf][\x80-\xbf]")
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\xed[\xa0-\xbf][\x80-\xbf])|\\.",
    re.DOTALL,
)
"""Escapes of JSON one after the other, so that an escaped backslash before a u is none."""


def open_json(part: Part) -> OpenTable:
    """
    Open records in JSON, nested ones by dotted header, as the police API replies.

    Parameters
    ----------
    part
        A list of records, one record a line, an object that holds one list of records, or a GeoJSON
        FeatureCollection, whose points become the columns of `GEOMETRY_HEADERS`.

    Returns
    -------
    OpenTable
        Records are numbered from 1.

    Raises
    ------
    InputError
        If it is incomplete, or holds something else.
    """
    records, geometry = _records(part.name, _document(part))
    headers = sorted(_dotted_headers(records))
    header = headers + list(GEOMETRY_HEADERS if geometry is not None else ())

    def take(positions: Sequence[int]) -> Taken:
        columns = {
            position: plain(pd.Series(_follow(records, headers[position].split(".")), dtype=object).infer_objects())
            for position in dict.fromkeys(positions)
            if position < len(headers)
        }
        if geometry is not None and any(position >= len(headers) for position in positions):
            places = point_columns(part.name, *geometry)
            columns |= {position: places[header[position]] for position in positions if position >= len(headers)}
        return Taken(columns, np.arange(1, len(records) + 1))

    return OpenTable(part.name, "json", header, {"kind": "json", "rows": len(records)}, take)


def _document(part: Part) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Parse the whole text, or line by line where every line is a record."""
    content = _without_half_letters(part.content)
    try:
        return json.loads(content)
    except RecursionError as error:
        raise _invalid(part.name, error) from None
    except ValueError as error:
        lines = [line for line in content.splitlines() if line.strip()]
        if len(lines) < 2 or not lines[0].rstrip().endswith(b"}"):  # noqa: PLR2004 - several records
            raise _invalid(part.name, error) from None
    try:
        return [json.loads(line) for line in lines]
    except (ValueError, RecursionError) as error:
        raise _invalid(part.name, error) from None


def _without_half_letters(content: bytes) -> bytes:
    """Write the sign for a lost letter in place of half a surrogate pair: a text cut inside an emoji ends in one."""
    if _MAY_BE_HALF.search(content) is None:
        return content
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found["half"] else found[0], content)


def _invalid(name: str, error: Exception) -> InputError:
    return InputError(f"data: {name!r} is not valid JSON ({type(error).__name__}): incomplete?")


def _records(name: str, document: object) -> tuple[Records, tuple[list[Any], Any] | None]:
    """Find the list of records, and the geometries and reference system of GeoJSON features."""
    if isinstance(document, dict):
        if document.get("type") == "FeatureCollection" and _is_records(document.get("features")):
            return _features(name, document)
        lists = [key for key, value in document.items() if isinstance(value, list) and value and _is_records(value)]
        if len(lists) > 1:
            raise InputError(
                f"data: {name!r} must hold a JSON list of records; it holds {len(lists)} ({listed(map(str, lists))}). "
                "Save the one to read on its own."
            )
        if lists:
            return document[lists[0]], None
    if not _is_records(document):
        raise InputError(f"data: {name!r} must hold a JSON list of records.")
    return document, None  # type: ignore[return-value]  # just checked


def _is_records(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(record, dict) for record in value)


def _features(name: str, document: dict[str, Any]) -> tuple[Records, tuple[list[Any], Any]]:
    """Take properties and points of features; a feature without a point has no place."""
    features = document["features"]
    properties = [feature.get("properties") for feature in features]
    records = [record if isinstance(record, dict) else {} for record in properties]
    pairs = [_coordinates(feature.get("geometry")) for feature in features]
    stated = document.get("crs")
    named = stated.get("properties", {}).get("name") if isinstance(stated, dict) else None
    if stated is not None and not isinstance(named, (str, int)):
        raise InputError(f"data: {name!r} states a reference system that is no name. Export it in longitude, latitude.")
    return records, (pairs, 4326 if named is None else system_of(name, named))


def _coordinates(geometry: object) -> tuple[float, float] | None:
    """Give the coordinates of a point."""
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return None
    pair = geometry.get("coordinates")
    if not isinstance(pair, list) or len(pair) < 2 or not all(type(value) in {int, float} for value in pair[:2]):  # noqa: PLR2004 - x, y
        return None
    try:
        return float(pair[0]), float(pair[1])
    except OverflowError:  # a whole number of hundreds of digits
        return None


def _dotted_headers(records: Iterable[dict[str, Any]]) -> set[str]:
    """Name every leaf of the first levels of the records, nested ones with a dot."""
    found: set[str] = set()
    shapes: set[tuple[str, ...]] = set()
    for record in records:
        shape = tuple(f"{key}{isinstance(value, dict)}" for key, value in record.items())
        if shape in shapes:
            continue
        shapes.add(shape)
        for key, value in record.items():
            found |= {f"{key}.{inner}" for inner in value} if isinstance(value, dict) else {str(key)}
    return found


def _follow(records: Iterable[dict[str, Any]], path: list[str]) -> list[object]:
    """Take one leaf from every record, None where it is absent or not a plain value."""
    found: list[object] = []
    for record in records:
        value: object = record
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        found.append(None if isinstance(value, (dict, list)) else value)
    return found


def open_parquet(part: Part) -> OpenTable:
    """
    Open a Parquet file.

    Parameters
    ----------
    part
        Parquet, or GeoParquet whose points become the columns of `GEOMETRY_HEADERS`.

    Returns
    -------
    OpenTable
        Rows are numbered from 1.

    Raises
    ------
    InputError
        If it is damaged.
    """
    file = _guarded(
        part.name, lambda: parquet.ParquetFile(pa.BufferReader(part.content), page_checksum_verification=True)
    )
    names = list(file.schema_arrow.names)
    twice = sorted(column for column, times in Counter(names).items() if times > 1)
    if twice:
        raise InputError(f"data: {part.name!r} has more than one column named {listed(map(repr, twice))}. Rename them.")
    place = _geometry_column(part.name, file)
    columns = [name for name in names if place is None or name != place[0]]
    header = columns + list(GEOMETRY_HEADERS if place is not None else ())

    def take(positions: Sequence[int]) -> Taken:
        wanted = [header[position] for position in dict.fromkeys(positions)]
        places = place is not None and any(position >= len(columns) for position in positions)
        read = [name for name in wanted if name in columns] + ([place[0]] if place is not None and places else [])
        table = _guarded(part.name, lambda: file.read(columns=read))
        taken = {
            position: _values(part.name, header[position], table.column(header[position]))
            for position in dict.fromkeys(positions)
            if position < len(columns)
        }
        if place is not None and places:
            points = point_columns(part.name, table.column(place[0]).to_pylist(), place[1])
            taken |= {position: points[header[position]] for position in positions if position >= len(columns)}
        return Taken(taken, np.arange(1, file.metadata.num_rows + 1))

    return OpenTable(part.name, "parquet", header, {"kind": "parquet", "rows": file.metadata.num_rows}, take)


def _values(name: str, header: str, column: pa.ChunkedArray) -> pd.Series:
    """Make a pandas column; what pandas has no room for is named, such as a day in the year 5 million."""
    try:
        return plain(from_arrow(column))
    except (pa.ArrowException, ValueError, OverflowError, TypeError) as error:
        raise InputError(
            f"data: {name!r}: column {header!r} holds {column.type} values that cannot be read "
            f"({type(error).__name__}). Export it as text."
        ) from None


def _guarded(name: str, action: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the action gives
    """Turn the errors of a damaged file into one."""
    try:
        return action()
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"data: {name!r} is a damaged Parquet file ({type(error).__name__}).") from None


def _geometry_column(name: str, file: parquet.ParquetFile) -> tuple[str, Any] | None:
    """Name the geometry column of GeoParquet, with its reference system (longitude and latitude if it names none)."""
    stated = (file.schema_arrow.metadata or {}).get(b"geo")
    if stated is None:
        return None
    try:
        about = json.loads(stated)
        column = about["columns"][about["primary_column"]]
        known = column["encoding"] == "WKB" and about["primary_column"] in file.schema_arrow.names
        crs = column.get("crs", "OGC:CRS84")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(f"data: {name!r} has unreadable GeoParquet metadata. Export it again.") from None
    if not known:
        return None
    return about["primary_column"], None if crs is None else system_of(name, crs)


__all__ = ["open_json", "open_parquet"]
