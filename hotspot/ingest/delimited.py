"""Read delimited text strictly: every row has as many fields as the header, or is counted as rejected."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv

from hotspot.errors import InputError
from hotspot.ingest.distinct_values import CODED, gather, says
from hotspot.ingest.open_table import NOTE, RAGGED, OpenTable, Taken, keep_records
from hotspot.ingest.text_encoding import UTF8_MARK, is_utf8, to_utf8
from hotspot.sheets import HEAD_ROWS, Header, find_header, is_lone_text, is_note

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hotspot.ingest.files import Part
    from hotspot.ingest.mapping import Files

DELIMITERS = (",", ";", "\t", "|")
_BLOCK = 16 * 1024**2
_HEAD = 1 << 18
_LONGEST_NOTE = 1 << 14
_SAMPLE = 1 << 12
_MOSTLY = 0.7
"""Share of zero bytes that tells UTF-16: western text has nearly all of them in one place."""
_ENCODINGS = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "cp1252": "cp1252"}


@dataclass(frozen=True, slots=True)
class Text:
    """Delimited text below its header: UTF-8 bytes without footers, and what was found out about it."""

    name: str
    content: bytes
    body: slice
    """Where the records are in `content`."""
    header: Header
    encoding: str
    delimiter: str
    notes: int
    """Rows below the records that are a total, a source or another note."""

    @property
    def columns(self) -> list[str]:
        """Give the headers as they stand."""
        return self.header.cells


def open_delimited(part: Part, files: Files, score: Callable[[list[str]], int] | None) -> OpenTable:
    """
    Open a delimited file: decode it, and find its delimiter, its header and its footer.

    Parameters
    ----------
    part
        The file.
    files
        What the source says about delimiter and encoding; what it leaves open is found out.
    score
        Counts how many of the wanted columns a header has: the delimiter and the row that have most are taken.

    Returns
    -------
    OpenTable
        Records are numbered from 1 below the header.

    Raises
    ------
    InputError
        If the bytes are not text, hold NUL, have no header or no rows, or break off inside the last row.
    """
    name = part.name
    content, encoding = _decode(name, part.content, files.encoding)
    nul = content.find(b"\0")
    if nul >= 0:
        raise InputError(f"data: {name!r} holds a NUL byte (at byte {nul}): it is damaged or not text.")
    mark = len(UTF8_MARK) if content.startswith(UTF8_MARK) else 0  # left in place: a copy would be as large again
    if content[mark : mark + 1] in {b"\r", b"\n"}:
        content, mark = content[mark:].lstrip(b"\r\n"), 0
    if content.count(b'"') % 2:
        raise InputError(f"data: {name!r} has a quotation mark that is never closed{_last_quote(content)}.")
    delimiters = (files.delimiter,) if files.delimiter else DELIMITERS
    heads = {delimiter: _head(content, mark, delimiter) for delimiter in delimiters}
    headers = {delimiter: find_header([cells for cells, _ in heads[delimiter]], score) for delimiter in delimiters}
    delimiter = max(delimiters, key=lambda d: (headers[d].score, *_likeness(headers[d], heads[d])))
    header = headers[delimiter]
    start = heads[delimiter][header.last][1] if heads[delimiter] else mark
    end, notes = _cut_footer(content, start, delimiter, header.cells)
    _check_last_row(name, content, slice(start, end), len(header.cells), delimiter)
    text = Text(name, content, slice(start, end), header, encoding, delimiter, notes)
    facts: dict[str, Any] = {"kind": "csv", "encoding": encoding, "delimiter": delimiter}
    facts |= {"header_row": header.first + 1} if header.first else {}
    facts |= {"header_rows": 2} if header.last > header.first else {}
    mojibake = b"\xc3\x83\xc2" in content or b"\xc3\xa2\xe2\x82\xac" in content
    return OpenTable(name, "csv", header.cells, facts, lambda positions: _take(text, positions, facts), mojibake)


def _take(text: Text, positions: Sequence[int], facts: dict[str, Any]) -> Taken:
    """Read columns of a delimited file as text; the others are never made."""
    wanted = sorted(set(positions))
    misfits: list[tuple[int, int, str]] = []
    table = _parse(text, wanted, misfits)
    note_rows = [number for number, _, line in misfits if _says_note(line, text.delimiter, text.columns, text.content)]
    ragged = np.setdiff1d(np.array([number for number, _, _ in misfits], dtype=np.int64), note_rows)
    read = len(table) + len(misfits)
    if not read and not text.notes:
        raise InputError(f"data: {text.name!r} has a header but no records.")
    if len(ragged) and not len(table):
        fields = next(fields for number, fields, _ in misfits if number == ragged[0])
        raise InputError(
            f"data: every row of {text.name!r} has another number of fields than its header "
            f"({fields} against {len(text.columns)}). Check the delimiter and the header."
        )
    odd = np.array([number for number, _, _ in misfits], dtype=np.int64)
    numbers = np.delete(np.arange(1, read + 1, dtype=np.int32), odd - 1)
    bare = _blank_rows(text, table, wanted)
    if bare.any():
        facts["blank_rows"] = int(bare.sum())
        table, numbers = table[~bare].reset_index(drop=True), numbers[~bare]
    columns = {position: table[f"c{position}"] for position in wanted}
    notes = np.append(np.array(note_rows, dtype=np.int64), np.arange(read + 1, read + 1 + text.notes))
    return keep_records(columns, numbers, {RAGGED: ragged, NOTE: notes}, text.columns)


def _parse(text: Text, wanted: Sequence[int], misfits: list[tuple[int, int, str]]) -> pd.DataFrame:
    """Cut the text into rows; collect number, fields and text of those that do not fit the header."""

    def skip(row: arrow_csv.InvalidRow) -> str:
        misfits.append((row.number, row.actual_columns, row.text))
        return "skip"

    names = [f"c{position}" for position in range(len(text.columns))]
    keep = [names[position] for position in wanted]
    body = pa.py_buffer(text.content).slice(text.body.start, text.body.stop - text.body.start)
    if not body.size:
        return pd.DataFrame({name: pd.Series([], dtype="str") for name in keep})
    try:
        with arrow_csv.open_csv(
            pa.BufferReader(body),
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=names),
            parse_options=arrow_csv.ParseOptions(
                delimiter=text.delimiter, newlines_in_values=True, invalid_row_handler=skip
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(keep, CODED), include_columns=keep, strings_can_be_null=False
            ),
        ) as batches:
            return gather(batches)
    except pa.ArrowInvalid as error:
        raise InputError(
            f"data: {text.name!r} cannot be cut into rows; a field may be longer than {_BLOCK >> 20} MiB or a "
            f"quotation mark may be open ({_shorten(error)})."
        ) from None


def _blank_rows(text: Text, table: pd.DataFrame, wanted: Sequence[int]) -> np.ndarray:
    """Mark rows of delimiters only; other columns are looked at only where all wanted ones are blank."""
    bare = _blank(table)
    rest = [position for position in range(len(text.columns)) if position not in set(wanted)]
    if bare.any() and rest:
        bare &= _blank(_parse(text, rest, []))
    return bare


def _blank(table: pd.DataFrame) -> np.ndarray:
    """Mark the rows whose fields are all blank."""
    marked = np.ones(len(table), dtype=bool)
    for _, values in sorted(table.items(), key=lambda column: column[1].dtype == "str"):  # the costly ones last
        if not marked.any():
            break
        marked &= says(values, "")
    return marked


def _decode(name: str, content: bytes, stated: str | None) -> tuple[bytes, str]:
    """Give the text as UTF-8, with its byte-order mark if it was UTF-8 before, and the encoding that it had."""
    wide = _wide_order(content)
    if stated == "utf-16" or (stated is None and wide is not None):
        order = [wide or "utf-16"]
    elif stated is not None:
        order = [_ENCODINGS[stated]]
    else:
        order = ["utf-8-sig", "cp1252"]
    for encoding in order:
        if encoding == "utf-8-sig":
            if is_utf8(content):
                return content, encoding if content.startswith(UTF8_MARK) else "utf-8"
            continue
        text = to_utf8(content, encoding)
        if text is not None:
            return text, "utf-16" if encoding.startswith("utf-16") else encoding
    raise InputError(f"data: {name!r} is not text in {' or '.join(order)}. Save it as CSV (UTF-8).")


def _wide_order(content: bytes) -> str | None:
    """Tell UTF-16 by its mark or, without one, by a zero in every second byte, as western text has."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    sample = np.frombuffer(content[:_SAMPLE], dtype=np.uint8)
    if len(sample) < 4 or len(content) % 2:  # noqa: PLR2004 - two characters
        return None
    first, second = (float((sample[offset::2] == 0).mean()) for offset in (0, 1))
    if second > _MOSTLY and first < 1 - _MOSTLY:
        return "utf-16-le"
    return "utf-16-be" if first > _MOSTLY and second < 1 - _MOSTLY else None


def _head(content: bytes, begin: int, delimiter: str) -> list[tuple[list[str], int]]:
    """Read the first rows with the given delimiter, each with the byte at which the next one begins."""
    lines = list(io.StringIO(content[begin : begin + _HEAD].decode("utf-8", errors="ignore"), newline=""))
    ends = list(itertools.accumulate((len(line.encode()) for line in lines), initial=begin))
    reader = csv.reader(lines, delimiter=delimiter)
    rows: list[tuple[list[str], int]] = []
    with contextlib.suppress(csv.Error):
        for row in itertools.islice(reader, HEAD_ROWS):
            rows.append((row, ends[reader.line_num]))  # noqa: PERF401 - line_num changes as it is read
    return rows


def _likeness(header: Header, head: list[tuple[list[str], int]]) -> tuple[bool, int]:
    """Measure how well a delimiter fits: most rows below the header are as wide as it; how many columns it has."""
    below = [len(row) == len(header.cells) for row, _ in head[header.last + 1 :] if row]
    return 2 * sum(below) > len(below) and len(header.cells) > 1, len(header.cells)


def _cut_footer(content: bytes, start: int, delimiter: str, columns: Sequence[str]) -> tuple[int, int]:
    """Find where the records end: below are blank lines and notes, which are counted."""
    end, notes, kept = len(content), 0, len(content)
    while end > start:
        bare = end
        while bare > start and content[bare - 1 : bare] in {b"\n", b"\r"}:
            bare -= 1
        window = max(start, bare - _LONGEST_NOTE)
        line_start = max(content.rfind(b"\n", window, bare), content.rfind(b"\r", window, bare)) + 1
        if line_start == 0:
            if window > start:
                break
            line_start = start
        line = content[line_start:bare].decode("utf-8", errors="replace")
        if line.count('"') % 2:
            break
        if _says_note(line, delimiter, columns, content):
            notes += 1
        elif any(cell.strip() for cell in _fields(line, delimiter)):
            break
        end = kept = line_start
    return kept, notes


def _says_note(line: str, delimiter: str, columns: Sequence[str], content: bytes) -> bool:
    """Tell whether a line is a note; lone words that come again in the file are a record without the rest."""
    cells = _fields(line, delimiter)
    if is_note(cells, len(columns)):
        return True
    return is_lone_text(cells, len(columns)) and content.count(cells[0].strip().encode()) == 1


def _fields(line: str, delimiter: str) -> list[str]:
    """Cut one line into fields."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return [line]


def _check_last_row(name: str, content: bytes, body: slice, expected: int, delimiter: str) -> None:
    """Refuse a file that breaks off: no line end after the last row, and that row is short."""
    start, end = body.start, body.stop
    if end <= start or content[end - 1 : end] in {b"\n", b"\r"}:
        return
    start = max(start, content.rfind(b"\n", start, end) + 1, content.rfind(b"\r", start, end) + 1)
    found = len(_fields(content[start:end].decode("utf-8", errors="replace"), delimiter))
    if found < expected:
        raise InputError(
            f"data: {name!r} breaks off inside its last row ({found} of {expected} fields, no line end): "
            "the file is incomplete. Download or export it again."
        )


def _last_quote(content: bytes) -> str:
    """Say in which line the last quotation mark stands."""
    line = content.count(b"\n", 0, content.rfind(b'"')) + 1
    return f" (the last one stands in line {line})"


def _shorten(error: Exception) -> str:
    """Keep the kind of a reader's error, not its text: it quotes the row."""
    return str(error).split(":", maxsplit=1)[0][:60] if "CSV parse error" in str(error) else type(error).__name__
