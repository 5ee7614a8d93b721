"""Choose the sheets of a workbook that hold the records, and read their rows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hotspot.checks import listed, nearest
from hotspot.errors import InputError
from hotspot.ingest.open_table import NOTE, OpenTable, Taken, keep_records
from hotspot.sheets import HEAD_ROWS, Header, as_texts, find_header, is_lone_text, is_note, may_be_note, open_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hotspot.ingest.files import Part
    from hotspot.ingest.mapping import Files
    from hotspot.sheets.workbook import Sheet, Workbook


def open_worksheets(part: Part, files: Files, score: Callable[[list[str]], int] | None) -> list[OpenTable]:
    """
    Open the sheets of a workbook that hold records.

    Parameters
    ----------
    part
        The workbook.
    files
        May state the sheet or sheets.
    score
        Counts how many of the wanted columns a header has; None if nothing is wanted yet: then the sheet with the
        most filled rectangle is taken.

    Returns
    -------
    list of OpenTable
        One for each sheet; several only where their headers are the same, as with one sheet per month.

    Raises
    ------
    InputError
        If the workbook cannot be read, the stated sheet is not there, or two sheets have as many wanted columns under
        different headers.
    """
    book = open_workbook(part.name, part.content)
    stated = [files.sheet] if isinstance(files.sheet, str) else list(files.sheet or [])
    names = [sheet.name for sheet in book.sheets]
    for name in stated:
        if name not in names:
            raise InputError(
                f"data: {part.name!r} has no sheet {name!r}; it has {listed(map(repr, names))}.{nearest(name, names)}"
            )
    looked_at = [sheet for sheet in book.sheets if not stated or sheet.name in stated]
    headers = {sheet.name: _header(book, sheet, score) for sheet in looked_at}
    chosen = looked_at if stated else _choose(book, headers, score)
    facts: dict[str, Any] = {"kind": book.kind}
    if book.from_1904:
        facts["days_from"] = 1904
    rest = [sheet for sheet in book.sheets if sheet not in chosen]
    hidden = [sheet.name for sheet in rest if sheet.hidden]
    facts |= {"sheets_not_read": [sheet.name for sheet in rest]} if rest else {}
    facts |= {"hidden_sheets": hidden} if hidden else {}
    remarks = [] if stated or score is None else _remarks(part.name, rest, chosen, headers)
    tables = []
    for sheet in chosen:
        title = part.name if len(book.sheets) == 1 else f"{part.name}, sheet {sheet.name}"
        header = headers[sheet.name]
        own = facts | {"sheet": sheet.name, "header_row": header.first + 1}
        own |= {"header_rows": 2} if header.last > header.first else {}
        tables.append(_table(book, sheet.name, title, header, own, remarks))
    return tables


def _header(book: Workbook, sheet: Sheet, score: Callable[[list[str]], int] | None) -> Header:
    """Find the header of a sheet."""
    return find_header([as_texts(row) for row in book.rows(sheet.name, HEAD_ROWS)], score)


def _choose(book: Workbook, headers: dict[str, Header], score: Callable[[list[str]], int] | None) -> list[Sheet]:
    """Take the visible sheets whose header has most of the wanted columns."""
    visible = [sheet for sheet in book.sheets if not sheet.hidden and headers[sheet.name].cells]
    if not visible:
        hidden = listed(repr(sheet.name) for sheet in book.sheets if sheet.hidden)
        remedy = f" Its hidden sheets ({hidden}) are read only if [files] sheet names them." if hidden else ""
        raise InputError(f"data: every sheet of {book.name!r} is empty.{remedy}")
    if score is None:
        return [max(visible, key=lambda sheet: len(headers[sheet.name].cells) * book.height(sheet.name))]
    most = max(headers[sheet.name].score for sheet in visible)
    best = [sheet for sheet in visible if headers[sheet.name].score == most]
    if not most:
        return best[:1]
    lines = {tuple(cell.casefold() for cell in headers[sheet.name].cells) for sheet in best}
    if len(lines) > 1:
        raise InputError(
            f"data: {len(best)} sheets of {book.name!r} have as many of the wanted columns under different headers "
            f"({listed(repr(sheet.name) for sheet in best)}). Say which to read: [files] sheet = {best[0].name!r}."
        )
    return best


def _remarks(name: str, rest: list[Sheet], chosen: list[Sheet], headers: dict[str, Header]) -> list[str]:
    """Say which sheets with some of the wanted columns are not read."""
    most = max(headers[sheet.name].score for sheet in chosen)
    near = [sheet for sheet in rest if 2 * headers[sheet.name].score > most]
    remarks = []
    for hidden, why in ((True, "it is hidden"), (False, "its header has fewer of the wanted columns")):
        names = [repr(sheet.name) for sheet in near if sheet.hidden == hidden]
        if names:
            remarks.append(
                f"{name!r}: {len(names)} sheet(s) with records, it seems, not read because {why} "
                f"({listed(names)}). Name the sheets to read in [files] sheet."
            )
    return remarks


def _table(
    book: Workbook, sheet: str, title: str, header: Header, facts: dict[str, Any], remarks: list[str]
) -> OpenTable:
    """Make the table of one sheet."""

    def take(positions: Sequence[int]) -> Taken:
        rows = book.rows(sheet)
        if book.is_full(len(rows)):
            remarks.append(
                f"{title!r} has {len(rows):,} rows, as many as its format can hold: rows after these were cut off "
                "when it was saved. Ask for CSV."
            )
        return _take(rows, header, positions, facts, title)

    return OpenTable(title, book.kind, header.cells, facts, take, remarks=remarks)


def _take(
    rows: list[list[object]], header: Header, positions: Sequence[int], facts: dict[str, Any], title: str
) -> Taken:
    """Read columns below a header; a blank row is no record, a note is left out and counted."""
    width = len(header.cells)
    kept: list[list[object]] = []
    numbers: list[int] = []
    notes: list[int] = []
    lone: list[int] = []
    blank = 0
    for number, row in enumerate(rows[header.last + 1 :], start=header.last + 2):
        if may_be_note(len(row) - row.count(""), row[0], width):
            texts = as_texts(row)
            if not any(map(str.strip, texts)):
                blank += 1
                continue
            if is_note(texts, width):
                notes.append(number)
                continue
            if is_lone_text(texts, width):
                lone.append(len(kept))
        kept.append(row)
        numbers.append(number)
    if not kept and not notes:
        raise InputError(f"data: {title!r} has a header but no records.")
    if lone:
        times = Counter(str(row[0]) for row in kept)
        once = [position for position in lone if times[str(kept[position][0])] == 1]
        notes = sorted([*notes, *(numbers[position] for position in once)])
        for position in reversed(once):
            del kept[position], numbers[position]
    if blank:
        facts["blank_rows"] = blank
    columns = {
        position: pd.Series(pd.array(as_texts(row[position] for row in kept), dtype="str"))
        for position in dict.fromkeys(positions)
    }
    left_out = {NOTE: np.array(notes, dtype=np.int64)}
    return keep_records(columns, np.array(numbers, dtype=np.int64), left_out, header.cells)


__all__ = ["open_worksheets"]
