"""Bring the mapped columns of all files together, and nothing else: other columns are never read."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from hotspot.anonymise import identifier_headers, looks_personal
from hotspot.checks import listed, nearest
from hotspot.errors import InputError
from hotspot.ingest.delimited import Text, open_text, read_rows
from hotspot.ingest.files import find_parts
from hotspot.ingest.mapping import PLACES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hotspot.ingest.files import Part
    from hotspot.ingest.mapping import Source


@dataclass(slots=True)
class Extract:
    """All rows of an extract: one column per field, and where each row came from."""

    frame: pd.DataFrame
    """One column per mapped field; RangeIndex."""
    file_of: np.ndarray
    """Position in `files` of each row."""
    row_of: np.ndarray
    """Data row in its file, 1 = first after the header."""
    files: list[dict[str, Any]]
    """Name, SHA-256, rows (and encoding, delimiter) of each file."""
    ragged: dict[str, Any]
    """Rows with another number of fields than the header: how many, first file and row."""
    headers: dict[str, str]
    """Field to the header it was read from (of the first file that has it)."""
    dropped_identifiers: dict[str, str] = field(default_factory=dict)
    """Headers that were not read and look like identifiers, with the kind."""
    unread: list[str] = field(default_factory=list)
    """Headers that were not read."""
    mojibake: list[str] = field(default_factory=list)
    """Files whose text was decoded wrongly before it came to us."""
    matched: dict[tuple[str, ...], dict[str, int]] = field(default_factory=dict)
    """Positions of the fields, by header line: an archive repeats one header many times."""

    @property
    def read(self) -> int:
        """Count the rows read, ragged ones included."""
        return len(self.frame) + int(self.ragged.get("count", 0))


@lru_cache(maxsize=4_096)
def squash(header: str) -> str:
    """Reduce a header to its letters and digits, so that case, spaces and punctuation do not matter."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", header).casefold())


def read_extract(data: object, source: Source) -> Extract:
    """
    Read the mapped columns of whatever the user gave.

    Parameters
    ----------
    data
        Path, glob, folder, archive, DataFrame, or a list of those.
    source
        Which headers belong to which field.

    Returns
    -------
    Extract
        Rows in the order of files, and of rows within a file.

    Raises
    ------
    InputError
        If a file cannot be read, a needed column is missing, or no record is left.
    """
    extract = Extract(pd.DataFrame(), np.array([], dtype=np.int64), np.array([], dtype=np.int64), [], {}, {})
    frames: list[pd.DataFrame] = []
    numbers: list[np.ndarray] = []
    items = list(data) if isinstance(data, (list, tuple)) else [data]
    given = [item for item in items if isinstance(item, pd.DataFrame)]
    for number, table in enumerate(given, start=1):
        name = "DataFrame" if len(given) == 1 else f"DataFrame {number}"
        _add(extract, frames, numbers, _from_frame(name, table, source, extract), {"name": name})
    paths = [item for item in items if not isinstance(item, pd.DataFrame)]
    if paths or not items:
        for part in find_parts(paths, source.files.members):
            facts = {"name": part.name, "sha256": part.sha256}
            rows = _READERS[part.kind](part, source, extract, facts)
            _add(extract, frames, numbers, rows, facts)
    if not frames or not extract.read + sum(map(len, frames)):
        raise InputError("data: there are no records in it.")
    extract.frame = _stack(frames)
    extract.row_of = np.concatenate(numbers)
    extract.file_of = np.repeat(np.arange(len(frames)), [len(frame) for frame in frames])
    if extract.read == 0:
        raise InputError("data: there are no records in it.")
    return extract


def _stack(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Put the files one under the other; a column that is a number here and text there becomes text."""
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    for name in dict.fromkeys(name for frame in filled for name in frame.columns):
        kinds = {str(frame[name].dtype) if name in frame else "absent" for frame in filled}
        if len(kinds) > 1 and kinds != {"str", "absent"}:
            for frame in filled:
                if name in frame:
                    frame[name] = _to_text(frame[name])
    return pd.concat(filled, ignore_index=True) if len(filled) > 1 else filled[0].reset_index(drop=True)


def _add(
    extract: Extract,
    frames: list[pd.DataFrame],
    numbers: list[np.ndarray],
    rows: tuple[pd.DataFrame, np.ndarray],
    facts: dict[str, Any],
) -> None:
    """Append the rows of one file and its facts."""
    frame, row_numbers = rows
    frames.append(frame)
    numbers.append(row_numbers)
    facts.setdefault("rows", len(frame))
    extract.files.append(facts)


def match_headers(name: str, headers: Sequence[str], source: Source, extract: Extract) -> dict[str, int]:
    """
    Find the position of each field's column.

    Parameters
    ----------
    name
        File name for messages.
    headers
        Headers as they stand in the file.
    source
        Headers per field, in the order of preference.
    extract
        Receives which headers were read, which not, and which of those look like identifiers.

    Returns
    -------
    dict
        Field to position; a field that the source does not require may be absent.

    Raises
    ------
    InputError
        Once, for all columns that are missing or stand twice.
    """
    known = extract.matched.get(tuple(headers))
    if known is not None:
        return known
    squashed = [squash(header) for header in headers]
    found: dict[str, int] = {}
    twice: list[str] = []
    wanted = source.columns.headers()
    for field_name, options in wanted.items():
        for option in options:
            places = [i for i, header in enumerate(squashed) if header == squash(option)]
            if places:
                found[field_name] = places[0]
                twice += [headers[places[0]]] if len(places) > 1 else []
                break
    problems = [f"{header!r} stands more than once in the header." for header in dict.fromkeys(twice)]
    required = list(wanted) if source.required is None else [name for name in source.required if name != "place"]
    for field_name in required:
        if field_name not in found:
            hint = _hint(wanted[field_name], headers)
            problems.append(f"no column for {field_name} ({listed(map(repr, wanted[field_name]), 4)}).{hint}")
    if "place" in (source.required or []) and not any(set(ways) <= set(found) for ways in PLACES):
        problems.append("no column says where: longitude and latitude, easting and northing, or another of [columns].")
    if problems:
        raise InputError(f"data: {name!r}: {len(problems)} problem(s) with its columns. " + " ".join(problems))
    for field_name, position in found.items():
        extract.headers.setdefault(field_name, str(headers[position]))
    rest = [str(header) for i, header in enumerate(headers) if i not in set(found.values())]
    extract.unread += [header for header in rest if header not in extract.unread]
    extract.dropped_identifiers.update(identifier_headers(rest))
    extract.matched[tuple(headers)] = found
    return found


def _hint(wanted: list[str], headers: Sequence[str]) -> str:
    """Suggest a header; a first line that looks like data is not shown, for it may be a record."""
    if any(looks_personal(header) or re.fullmatch(r"[\d.,:/ +-]*", header.strip()) for header in headers):
        return " The first line does not look like a header."
    hints = [nearest(option, headers) for option in wanted]
    return next((text for text in hints if "Did you mean" in text), hints[0])


def _from_frame(name: str, table: pd.DataFrame, source: Source, extract: Extract) -> tuple[pd.DataFrame, np.ndarray]:
    """Take the mapped columns of a frame."""
    headers = [str(column) for column in table.columns]
    found = match_headers(name, headers, source, extract)
    frame = pd.DataFrame({field_name: _plain(table.iloc[:, position]) for field_name, position in found.items()})
    return frame.reset_index(drop=True), np.arange(1, len(table) + 1)


def _from_csv(part: Part, source: Source, extract: Extract, facts: dict[str, Any]) -> tuple[pd.DataFrame, np.ndarray]:
    """Read the mapped columns of delimited text."""
    known = {squash(option) for options in source.columns.headers().values() for option in options}
    text = open_text(part.name, part.content, source.files, lambda header: sum(squash(h) in known for h in header))
    found = match_headers(part.name, text.header, source, extract)
    rows = read_rows(text, sorted(set(found.values())))
    columns = {position: _series(rows.columns[f"c{position}"]) for position in set(found.values())}
    frame = pd.DataFrame({field_name: columns[position] for field_name, position in found.items()})
    facts |= {"rows": len(frame) + len(rows.ragged), "encoding": text.encoding, "delimiter": text.delimiter}
    if text.mojibake:
        extract.mojibake.append(part.name)
    if len(rows.ragged):
        if not len(frame):
            raise InputError(
                f"data: every row of {part.name!r} has another number of fields than its header "
                f"({rows.ragged_fields} against {len(text.header)}). Check the delimiter and the header."
            )
        extract.ragged.setdefault("first", f"{part.name} row {rows.ragged[0]}")
        extract.ragged["count"] = extract.ragged.get("count", 0) + len(rows.ragged)
    repeated = _repeats_header(frame, text, found)
    if repeated.any():
        extract.ragged.setdefault("first", f"{part.name} row {rows.numbers[repeated][0]}")
        extract.ragged["count"] = extract.ragged.get("count", 0) + int(repeated.sum())
    return frame[~repeated].reset_index(drop=True), rows.numbers[~repeated]


def _repeats_header(frame: pd.DataFrame, text: Text, found: dict[str, int]) -> np.ndarray:
    """Mark rows that say the header again."""
    repeated = np.ones(len(frame), dtype=bool)
    for field_name, position in found.items():
        repeated &= (frame[field_name] == text.header[position]).to_numpy(dtype=bool)
        if not repeated.any():
            break
    return repeated


def _from_json(part: Part, source: Source, extract: Extract, facts: dict[str, Any]) -> tuple[pd.DataFrame, np.ndarray]:
    """Read a list of records, nested ones by dotted header, as the police API replies."""
    try:
        records = json.loads(part.content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"data: {part.name!r} is not valid JSON ({type(error).__name__}): incomplete?") from None
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise InputError(f"data: {part.name!r} must hold a JSON list of records.")
    facts["rows"] = len(records)
    if not records:
        return pd.DataFrame(), np.array([], dtype=np.int64)
    headers = sorted(_dotted_headers(records))
    found = match_headers(part.name, headers, source, extract)
    paths = {field_name: headers[position].split(".") for field_name, position in found.items()}
    frame = pd.DataFrame({name: _plain(pd.Series(_follow(records, path))) for name, path in paths.items()})
    return frame, np.arange(1, len(records) + 1)


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


def _from_parquet(
    part: Part, source: Source, extract: Extract, facts: dict[str, Any]
) -> tuple[pd.DataFrame, np.ndarray]:
    """Read the mapped columns of a Parquet file."""
    try:
        file = parquet.ParquetFile(pa.BufferReader(part.content), page_checksum_verification=True)
        headers = file.schema_arrow.names
        found = match_headers(part.name, headers, source, extract)
        table = file.read(columns=[headers[position] for position in sorted(set(found.values()))])
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"data: {part.name!r} is a damaged Parquet file ({type(error).__name__}).") from None
    facts["rows"] = table.num_rows
    frame = pd.DataFrame({name: _plain(_series(table.column(headers[i]))) for name, i in found.items()})
    return frame, np.arange(1, table.num_rows + 1)


_READERS = {"csv": _from_csv, "json": _from_json, "parquet": _from_parquet}


def _series(column: pa.ChunkedArray) -> pd.Series:
    """Make a pandas column; text stays text."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_integer(column.type) and column.null_count:  # as float64 long ids would lose their last digits
        column = column.cast(pa.large_string())
    series: pd.Series = column.to_pandas()
    return series


def _plain(values: pd.Series) -> pd.Series:
    """Keep numbers, times and booleans; make everything else text."""
    values = values.reset_index(drop=True)
    if isinstance(values.dtype, pd.DatetimeTZDtype) or values.dtype.kind in "iufMb":
        return values
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.dtype.categories.dtype)
        return _plain(values)
    return values if values.dtype == "str" else _to_text(values)


def _to_text(values: pd.Series) -> pd.Series:
    """Write every value of a column as text."""
    filled = values.notna().to_numpy()
    text = values.astype(object).to_numpy(copy=True)
    text[filled] = [_as_text(value) for value in text[filled]]
    text[~filled] = None
    return pd.Series(pd.array(text, dtype="str"))


def _as_text(value: object) -> str:
    """Write a value of a mixed column as text; whole floats without their point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
