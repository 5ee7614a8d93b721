"""Read delimited text strictly: every row has as many fields as the header, or is counted as rejected."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from hotspot.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspot.ingest.mapping import Files

DELIMITERS = (",", ";", "\t", "|")
_BLOCK = 16 * 1024**2
_HEAD = 1 << 18
_ENCODINGS = {"utf-8": "utf-8-sig", "utf-16": "utf-16", "cp1252": "cp1252"}


@dataclass(frozen=True, slots=True)
class Text:
    """A delimited file, decoded: UTF-8 bytes, what they were, its header and its delimiter."""

    name: str
    content: bytes
    encoding: str
    header: list[str]
    delimiter: str
    mojibake: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """The wanted columns of a delimited file, with the data row (1 = first) of each row and of the ragged ones."""

    columns: dict[str, pa.ChunkedArray]
    numbers: np.ndarray
    ragged: np.ndarray
    ragged_fields: int


def open_text(name: str, content: bytes, files: Files, score: Callable[[list[str]], int]) -> Text:
    """
    Decode a delimited file and find its header.

    Parameters
    ----------
    name
        File name for messages.
    content
        All its bytes.
    files
        What the source says about delimiter and encoding; what it leaves open is found out.
    score
        Counts how many of the wanted columns a header has: the delimiter that finds most is taken.

    Returns
    -------
    Text
        Ready for `read_rows`.

    Raises
    ------
    InputError
        If the bytes are not text, hold NUL, have no header or no rows, or break off inside the last row.
    """
    text_bytes, encoding = _decode(name, content, files.encoding)
    nul = text_bytes.find(b"\0")
    if nul >= 0:
        raise InputError(f"data: {name!r} holds a NUL byte (at byte {nul}): it is damaged or not text.")
    text_bytes = text_bytes.lstrip(b"\r\n")
    if text_bytes.count(b'"') % 2:
        raise InputError(f"data: {name!r} has a quotation mark that is never closed{_last_quote(text_bytes)}.")
    delimiters = (files.delimiter,) if files.delimiter else DELIMITERS
    headers = {delimiter: _header(text_bytes, delimiter) for delimiter in delimiters}
    delimiter = max(delimiters, key=lambda d: (score(headers[d]), len(headers[d])))
    _check_last_row(name, text_bytes, len(headers[delimiter]), delimiter)
    mojibake = b"\xc3\x83\xc2" in text_bytes or b"\xc3\xa2\xe2\x82\xac" in text_bytes
    return Text(name, text_bytes, encoding, headers[delimiter], delimiter, mojibake)


def read_rows(text: Text, wanted: list[int]) -> Rows:
    """
    Read columns of a delimited file as text.

    Parameters
    ----------
    text
        What `open_text` gave.
    wanted
        Positions of the columns to read; the others are never made.

    Returns
    -------
    Rows
        Columns keyed ``c<position>``, every row with the header's number of fields.

    Raises
    ------
    InputError
        If a field or row is unreasonably long, or there is no row after the header.
    """
    ragged: list[int] = []
    fields: list[int] = []

    def skip(row: arrow_csv.InvalidRow) -> str:
        ragged.append(row.number - 1)
        fields.append(row.actual_columns)
        return "skip"

    names = [f"c{position}" for position in range(len(text.header))]
    keep = [names[position] for position in wanted]
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(text.content if text.content.endswith(b"\n") else text.content + b"\n"),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=_BLOCK, column_names=names, skip_rows_after_names=1
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=text.delimiter, newlines_in_values=True, invalid_row_handler=skip
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(keep, pa.large_string()), include_columns=keep, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise InputError(
            f"data: {text.name!r} cannot be cut into rows; a field may be longer than {_BLOCK >> 20} MiB or a "
            f"quotation mark may be open ({_shorten(error)})."
        ) from None
    read = table.num_rows + len(ragged)
    if not read:
        raise InputError(f"data: {text.name!r} has a header but no records.")
    numbers = np.setdiff1d(np.arange(1, read + 1), np.array(ragged, dtype=np.int64), assume_unique=True)
    columns = {name: table.column(name) for name in keep}
    return Rows(columns, numbers, np.array(ragged, dtype=np.int64), fields[0] if fields else 0)


def _decode(name: str, content: bytes, stated: str | None) -> tuple[bytes, str]:
    """Give the text as UTF-8 without a byte-order mark, and the encoding that it had."""
    if stated is not None:
        order = [_ENCODINGS[stated]]
    elif content.startswith((b"\xff\xfe", b"\xfe\xff")):
        order = ["utf-16"]
    else:
        order = ["utf-8-sig", "cp1252"]
    for encoding in order:
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        label = "utf-8" if encoding == "utf-8-sig" and not content.startswith(b"\xef\xbb\xbf") else encoding
        if encoding == "utf-8-sig":
            return content.removeprefix(b"\xef\xbb\xbf"), label
        return text.encode("utf-8"), label
    raise InputError(f"data: {name!r} is not text in {' or '.join(order)}. Save it as CSV (UTF-8).")


def _header(content: bytes, delimiter: str) -> list[str]:
    """Read the first record with the given delimiter."""
    head = content[:_HEAD].decode("utf-8", errors="ignore")
    try:
        return next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []


def _check_last_row(name: str, content: bytes, expected: int, delimiter: str) -> None:
    """Refuse a file that breaks off: no line end after the last row, and that row is short."""
    if content.endswith((b"\n", b"\r")):
        return
    start = max(content.rfind(b"\n"), content.rfind(b"\r")) + 1
    if start == 0:
        raise InputError(f"data: {name!r} has a header but no records.")
    last = content[start:].decode("utf-8", errors="replace")
    try:
        found = len(next(csv.reader([last], delimiter=delimiter), []))
    except csv.Error:
        return
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
