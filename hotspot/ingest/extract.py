"""Bring the mapped columns of all files together, and nothing else: other columns are never read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hotspot.anonymise import find_identifiers, identifier_headers, looks_personal
from hotspot.checks import listed, nearest
from hotspot.errors import InputError
from hotspot.ingest.cells import plain
from hotspot.ingest.distinct_values import Pile
from hotspot.ingest.files import find_parts
from hotspot.ingest.mapping import PLACES
from hotspot.ingest.tables import open_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hotspot.ingest.mapping import Source
    from hotspot.ingest.open_table import OpenTable

_LOOKED_THROUGH = 200_000
"""Most rows of a table whose dropped columns are looked through for identifiers: health extracts are smaller."""


@dataclass(slots=True)
class Extract:
    """All rows of an extract: one column per field, and where each row came from."""

    frame: pd.DataFrame
    """One column per mapped field; RangeIndex."""
    file_of: np.ndarray
    """Position in `files` of each row."""
    row_of: np.ndarray
    """Number of the row: in a sheet the sheet's own, else 1 = first record below the header."""
    files: list[dict[str, Any]]
    """Name, SHA-256, rows (and encoding, delimiter) of each file."""
    left_out: dict[str, dict[str, Any]]
    """Rows that are no records, by reason: how many, first file and row."""
    headers: dict[str, str]
    """Field to the header it was read from (of the first file that has it)."""
    dropped_identifiers: dict[str, str] = field(default_factory=dict)
    """Headers that do not enter the result and look like identifiers, or whose values do, with the kind."""
    unread: list[str] = field(default_factory=list)
    """Headers that were not read; one that looks like a value of a person is replaced by the column's number."""
    mojibake: list[str] = field(default_factory=list)
    """Files whose text was decoded wrongly before it came to us."""
    remarks: list[str] = field(default_factory=list)
    """What the reader must know of the files: sheets not read, rows cut off."""
    matched: dict[tuple[str, ...], dict[str, int]] = field(default_factory=dict)
    """Positions of the fields, by header line: an archive repeats one header many times."""

    @property
    def read(self) -> int:
        """Count the rows read, ragged ones included."""
        return len(self.frame) + sum(int(rows["count"]) for rows in self.left_out.values())


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
    piles: dict[str, Pile] = {}
    numbers: list[np.ndarray] = []
    items = list(data) if isinstance(data, (list, tuple)) else [data]
    given = [item for item in items if isinstance(item, pd.DataFrame)]
    for number, frame in enumerate(given, start=1):
        name = "DataFrame" if len(given) == 1 else f"DataFrame {number}"
        _add(extract, piles, numbers, _from_frame(name, frame, source, extract), {"name": name})
    paths = [item for item in items if not isinstance(item, pd.DataFrame)]
    if paths or not items:
        score = _score(source)
        for part in find_parts(paths, source.files.members):
            for table in open_tables(part, source.files, score):
                facts = {"name": table.name, "sha256": part.sha256}
                rows = _from_table(table, source, extract, facts)
                _add(extract, piles, numbers, rows, facts)
    if numbers:
        extract.row_of = np.concatenate(numbers)
        extract.file_of = np.repeat(np.arange(len(numbers), dtype=np.int32), list(map(len, numbers)))
    if piles:
        extract.frame = pd.DataFrame({name: piles.pop(name).whole() for name in list(piles)}, copy=False)
    if extract.read == 0:
        raise InputError("data: there are no records in it.")
    return extract


def _add(
    extract: Extract,
    piles: dict[str, Pile],
    numbers: list[np.ndarray],
    rows: tuple[pd.DataFrame, np.ndarray],
    facts: dict[str, Any],
) -> None:
    """Append the rows of one file and its facts; fields that earlier files lack are missing there."""
    frame, row_numbers = rows
    if len(frame):
        columns = {str(name): values for name, values in frame.items()}
        for name, values in columns.items():
            if name not in piles:
                piles[name] = Pile()
                for earlier in filter(len, numbers):
                    piles[name].add_nothing(len(earlier))
            piles[name].add(values)
        for name in set(piles) - set(columns):
            piles[name].add_nothing(len(frame))
    elif not numbers:
        extract.frame = frame  # the columns, if no file has a record
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
    rest = [_shown(i, str(header)) for i, header in enumerate(headers) if i not in set(found.values())]
    extract.unread += [header for header in rest if header not in extract.unread]
    extract.dropped_identifiers.update(identifier_headers(rest))
    extract.matched[tuple(headers)] = found
    return found


def _shown(position: int, header: str) -> str:
    """Give a header for the record, unless it is no header but a value: in a file without one, of the first person."""
    return f"column {position + 1} (its header looks personal)" if looks_personal(header) else header


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
    frame = pd.DataFrame({field_name: plain(table.iloc[:, position]) for field_name, position in found.items()})
    rest = table.iloc[:, [position for position in range(len(headers)) if position not in set(found.values())]]
    if len(table) <= _LOOKED_THROUGH and rest.columns.is_unique:
        unread = [position for position in range(len(headers)) if position not in set(found.values())]
        named = rest.set_axis([_shown(position, headers[position]) for position in unread], axis="columns")
        for finding in find_identifiers(named, recent_dates=False):
            extract.dropped_identifiers.setdefault(finding.column, finding.kind)
    return frame.reset_index(drop=True), np.arange(1, len(table) + 1)


def _score(source: Source) -> Callable[[list[str]], int]:
    """Count how many of the fields of a source a header line has."""
    wanted = [{squash(option) for option in options} for options in source.columns.headers().values()]
    known = set().union(*wanted)

    def score(header: list[str]) -> int:
        found = {squash(text) for text in header if text} & known
        return sum(not options.isdisjoint(found) for options in wanted) if found else 0

    return score


def _from_table(
    table: OpenTable, source: Source, extract: Extract, facts: dict[str, Any]
) -> tuple[pd.DataFrame, np.ndarray]:
    """Read the mapped columns of a table of a file."""
    if table.facts.get("rows") == 0:  # an empty list of records has no headers either
        facts["rows"] = 0
        return pd.DataFrame(), np.array([], dtype=np.int64)
    found = match_headers(table.name, table.header, source, extract)
    taken = table.take(sorted(set(found.values())))
    facts |= table.facts
    facts["rows"] = taken.read
    for reason, rows in taken.left_out.items():
        known = extract.left_out.setdefault(reason, {"count": 0, "first": f"{table.name} row {rows[0]}"})
        known["count"] += len(rows)
    if table.mojibake:
        extract.mojibake.append(table.name)
    extract.remarks += [remark for remark in table.remarks if remark not in extract.remarks]
    if taken.read <= _LOOKED_THROUGH:
        _look_at_dropped(table, set(found.values()), extract)
    frame = pd.DataFrame({name: taken.columns[position] for name, position in found.items()}, copy=False)
    return frame, taken.numbers.astype(np.int32)


def _look_at_dropped(table: OpenTable, read: set[int], extract: Extract) -> None:
    """Name the columns that are dropped and hold identifiers all the same, for the provider should not send them."""
    rest = [position for position in range(len(table.header)) if position not in read]
    if not rest:
        return
    columns = table.take(rest).columns
    named = pd.DataFrame({str(position): columns[position] for position in rest})
    findings = find_identifiers(named, recent_dates=False)
    for finding in findings:
        position = int(finding.column)
        extract.dropped_identifiers.setdefault(_shown(position, str(table.header[position])), finding.kind)
