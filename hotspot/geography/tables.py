"""Read small tables keyed by area code: CSV in the encodings agencies use, gzip, Parquet or a workbook."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import unicodedata
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.lib

from hotspot.checks import require_columns
from hotspot.errors import InputError
from hotspot.sheets import HEAD_ROWS, frame_of_rows, is_workbook, workbook_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_BYTES = 1024**3
_HEAD = 1 << 14
_GSS_CODE = re.compile(r"[A-Za-z]\d{8}")
_MISSING_MARKS = frozenset(
    {"", "n/a", "na", "nan", "null", "none", "*", "-", "..", ".", ":", "x", "c", "z", "suppressed"}
)


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of a table as stripped text, its file name and the SHA-256 of the file, and what was left out."""

    rows: pd.DataFrame
    name: str
    sha256: str
    notes: int = 0
    """Totals, sources and other notes that were left out."""


def read_table(path: object, columns: Sequence[str] | None, argument: str) -> Table:
    """
    Read the named columns of a CSV, CSV.gz, Parquet file or workbook as text.

    Parameters
    ----------
    path
        The file.
    columns
        The columns wanted, or None for all; the row that has most of them is the header, titles may stand above it.
    argument
        What messages call the file.

    Returns
    -------
    Table
        Rows in the file's order; wholly empty rows are left out.

    Raises
    ------
    InputError
        If the file is not there, damaged, empty, no such table, or lacks a column.
    """
    if not isinstance(path, (str, Path)) or "://" in str(path):
        raise InputError(f"{argument}: give the path of a CSV, CSV.gz, Parquet or Excel file.")
    file = Path(path)
    if not file.is_file():
        raise InputError(f"{argument}: {file.name!r} is not there. Check the path.")
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    where = f"{argument}: {file.name!r}"
    notes = 0
    if content.startswith(b"PAR1"):
        frame = _read_parquet(content, where)
    elif is_workbook(content):
        frame, notes = frame_of_rows(workbook_rows(file.name, content, columns, where), columns, where)
    else:
        frame, notes = frame_of_rows(_csv_rows(_unpacked(content, where), columns, where), columns, where)
    wanted = list(dict.fromkeys(frame.columns if columns is None else columns))
    require_columns(frame, wanted, where)
    repeated = [name for name in wanted if list(frame.columns).count(name) > 1]
    if repeated:
        raise InputError(f"{where}: column {repeated[0]!r} stands more than once in the header.")
    return Table(frame[wanted], file.name, digest, notes)


def is_missing_mark(text: str) -> bool:
    """Tell whether a cell says that there is no value: blank, n/a, star, dots, [x], 'suppressed', '<5'."""
    return text.casefold().strip("[]") in _MISSING_MARKS or text.startswith("<")


def as_code(values: pd.Series) -> pd.Series:
    """Give codes as stripped text; whole numbers lose a decimal point that a spreadsheet added; blank is missing."""
    text = values.astype("object").map(_code_text)
    return text.astype("str").where(text.notna())


def _code_text(value: object) -> str | None:
    if pd.isna(value):  # type: ignore[call-overload]  # any scalar
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = unicodedata.normalize("NFKC", str(value)).strip()
    # codes of the Office for National Statistics are upper case; others may tell cases apart
    return (text.upper() if _GSS_CODE.fullmatch(text) else text) or None


def _unpacked(content: bytes, where: str) -> bytes:
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        with gzip.open(io.BytesIO(content)) as stream:
            plain = stream.read(_MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise InputError(f"{where} is damaged or breaks off before its end. Download it again.") from None
    if len(plain) > _MAX_BYTES:
        raise InputError(f"{where} unpacks to more than {_MAX_BYTES >> 30} GiB.")
    return plain


def _csv_rows(content: bytes, columns: Sequence[str] | None, where: str) -> list[list[str]]:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputError(f"{where} is not text in UTF-8 or Windows-1252. Save it as CSV (UTF-8).")
    if "\0" in text:
        raise InputError(f"{where} holds NUL bytes: it is damaged or not a CSV file.")
    head = text[:_HEAD].splitlines()[:HEAD_ROWS] or [""]
    wanted = set(columns or ())

    def fits(delimiter: str) -> tuple[int, int, int]:
        found = [len(wanted & {cell.strip(' "') for cell in line.split(delimiter)}) for line in head]
        return max(found), head[0].count(delimiter), max(line.count(delimiter) for line in head)

    delimiter = max(",;\t|", key=fits)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if any(row)]
    except csv.Error:
        raise InputError(f"{where} has a quotation mark that is never closed, or a field too long.") from None
    return rows


def _read_parquet(content: bytes, where: str) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(io.BytesIO(content))
    except (OSError, ValueError, pyarrow.lib.ArrowException):
        raise InputError(f"{where} is damaged or breaks off before its end. Download it again.") from None
    if frame.empty:
        raise InputError(f"{where} has no rows.")
    text = {name: frame[name].astype("object").map(lambda value: _code_text(value) or "") for name in frame.columns}
    return pd.DataFrame(text, dtype="str")


__all__ = ["Table", "as_code", "is_missing_mark", "read_table"]
