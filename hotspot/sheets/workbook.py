"""Open workbooks: Excel (xlsx, xlsm, xlsb, xls) and OpenDocument (ods)."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hotspot.errors import InputError
from hotspot.sheets.bounds import check_package, kind_of_package

if TYPE_CHECKING:
    from collections.abc import Iterable

OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OLD_WORD = "WordDocument".encode("utf-16-le")
_LAST_ROW = {"xls": 65_536, "xlsx": 1_048_576, "xlsb": 1_048_576, "ods": 1_048_576}
_EXACT = 1e15
"""Whole numbers up to here are written without a point; beyond it a workbook holds no longer all digits."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook: its name, and whether the workbook hides it."""

    name: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Workbook:
    """An open workbook: file name, kind (xlsx, xlsb, xls, ods), sheets, and whether its days count from 1904."""

    name: str
    kind: str
    sheets: list[Sheet]
    from_1904: bool
    where: str
    _book: Any
    _opened: dict[str, Any] = field(default_factory=dict)
    """Sheets that were looked at and are not read yet: opening one takes most of the time."""

    def rows(self, sheet: str, limit: int | None = None) -> list[list[object]]:
        """Give the rows of a sheet from its first row on, blank ones included, all of one length."""
        opened = self._open(sheet)
        with _Guard(self.where):
            rows = [] if opened.start is None else opened.to_python(skip_empty_area=False, nrows=limit)
        if limit is None:
            del self._opened[sheet]
        return rows

    def height(self, sheet: str) -> int:
        """Count the rows of a sheet from its first to its last filled one."""
        return int(self._open(sheet).height)

    def _open(self, sheet: str) -> Any:  # noqa: ANN401 - the reader's own value
        if sheet not in self._opened:
            with _Guard(self.where):
                self._opened[sheet] = self._book.get_sheet_by_name(sheet)
        return self._opened[sheet]

    def is_full(self, rows: int) -> bool:
        """Tell whether a sheet has as many rows as its kind can hold: what came after them was cut off."""
        return rows >= _LAST_ROW[self.kind]


class _Guard:
    """Turn every failure of the reader, a panic of its compiled code included, into one clear error."""

    def __init__(self, where: str) -> None:
        self.where = where

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is None or error is None or isinstance(error, (InputError, KeyboardInterrupt, SystemExit)):
            return
        if isinstance(error, GeneratorExit):
            return
        if kind.__name__ == "PasswordError":
            raise InputError(_locked(self.where)) from None
        raise InputError(
            f"{self.where} is a damaged or unreadable workbook ({kind.__name__}). "
            "Open it in a spreadsheet program and save it again, or as CSV (UTF-8)."
        ) from None


def is_workbook(content: bytes) -> bool:
    """Tell by its content whether a file is a workbook, or another document of an office program."""
    return content.startswith(OLD_OFFICE) or (content.startswith(b"PK") and kind_of_package(content) is not None)


def open_workbook(name: str, content: bytes, where: str | None = None) -> Workbook:
    """
    Open a workbook.

    Parameters
    ----------
    name
        File name.
    content
        All its bytes.
    where
        What messages call the file; by default ``data: '<name>'``.

    Returns
    -------
    Workbook
        Its cells hold the values that were last calculated, not formulas.

    Raises
    ------
    InputError
        If it is no workbook, damaged, protected by a password, or unpacks beyond the bounds.
    """
    import python_calamine as calamine

    where = where or f"data: {name!r}"
    from_1904 = False
    if content.startswith(OLD_OFFICE):
        kind = "xls"
        if _ENCRYPTED in content:
            raise InputError(_locked(where))
        if _OLD_WORD in content:
            raise InputError(f"{where} is an old Word file. Ask for the table as a workbook or CSV.")
    else:
        kind, content, from_1904 = check_package(content, where)
    with _Guard(where):
        book = calamine.CalamineWorkbook.from_object(io.BytesIO(content))
        sheets = [
            Sheet(str(sheet.name), sheet.visible != calamine.SheetVisibleEnum.Visible)
            for sheet in book.sheets_metadata
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet
        ]
    if not sheets:
        raise InputError(f"{where} is a workbook without sheets of cells.")
    return Workbook(name, kind, sheets, from_1904, where, book)


def _locked(where: str) -> str:
    return (
        f"{where} is protected by a password. Open it, remove the password (File, Info, Protect Workbook) "
        "and save a copy inside your protected folder."
    )


def as_texts(values: Iterable[object]) -> list[str]:
    """
    Write the cells of a column as text.

    Parameters
    ----------
    values
        As the reader gives them. It gives a time at midnight as a date: where another cell of the column has a time
        of day, so has that one.

    Returns
    -------
    list of str
        ISO 8601 dates and times to the second, times of day and durations as ``HH:MM:SS``, whole numbers without a
        point, TRUE and FALSE; an empty cell is "".
    """
    cells = list(values)
    clock = " 00:00:00" if any(isinstance(cell, dt.datetime) for cell in cells) else ""
    return [cell if isinstance(cell, str) else _text(cell, clock) for cell in cells]


def _text(cell: object, clock: str) -> str:
    """Write one cell that is no text."""
    if isinstance(cell, bool):
        text = "TRUE" if cell else "FALSE"
    elif isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT:
        text = str(int(cell))
    elif isinstance(cell, dt.datetime):  # serial numbers are exact to some microseconds only
        text = str((cell + dt.timedelta(milliseconds=500)).replace(microsecond=0) if cell.year < dt.MAXYEAR else cell)
    elif isinstance(cell, dt.date):
        text = f"{cell}{clock}"
    elif isinstance(cell, dt.time):
        text = cell.strftime("%H:%M:%S")
    elif isinstance(cell, dt.timedelta):
        seconds = round(cell.total_seconds())
        sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
        text = f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    else:
        text = "" if cell is None else str(cell)
    return text


__all__ = ["OLD_OFFICE", "Sheet", "Workbook", "as_texts", "is_workbook", "open_workbook"]
