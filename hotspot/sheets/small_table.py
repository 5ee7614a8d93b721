"""Make a frame of a small table, such as a lookup or counts by area, wherever its header stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from hotspot.checks import listed
from hotspot.errors import InputError
from hotspot.sheets.layout import HEAD_ROWS, find_header, is_note
from hotspot.sheets.workbook import as_texts, open_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def workbook_rows(name: str, content: bytes, columns: Sequence[str] | None, where: str) -> list[list[str]]:
    """
    Give the rows of the sheet that has most of the wanted columns, as text.

    Parameters
    ----------
    name
        File name.
    content
        All its bytes.
    columns
        Headers that are wanted, or None for all.
    where
        What messages call the file.

    Returns
    -------
    list of list of str
        Of a sheet that the workbook does not hide.

    Raises
    ------
    InputError
        If the workbook cannot be read, or two sheets have as many of the columns.
    """
    book = open_workbook(name, content, where)
    visible = [sheet.name for sheet in book.sheets if not sheet.hidden]
    heads = {sheet: [as_texts(row) for row in book.rows(sheet, HEAD_ROWS)] for sheet in visible}
    filled = [sheet for sheet in visible if any(any(row) for row in heads[sheet])]
    if not filled:
        raise InputError(f"{where} has no rows in a sheet that is not hidden.")
    scores = {sheet: find_header(heads[sheet], _score(columns)).score for sheet in filled}
    best = [sheet for sheet in filled if scores[sheet] == max(scores.values())]
    if len(best) > 1:
        raise InputError(
            f"{where}: {len(best)} sheets have the same columns ({listed(map(repr, best))}). "
            "Save the one to read as a workbook of its own, or as CSV."
        )
    rows = book.rows(best[0])
    texts = [as_texts(column) for column in zip(*rows, strict=True)]
    return [list(row) for row in zip(*texts, strict=True)]


def frame_of_rows(rows: list[list[str]], columns: Sequence[str] | None, where: str) -> tuple[pd.DataFrame, int]:
    """
    Make a frame of rows of text.

    Parameters
    ----------
    rows
        From the first one of the file on.
    columns
        Headers that are wanted, or None for all; they decide which row is the header.
    where
        What messages call the file.

    Returns
    -------
    tuple
        The rows below the header as stripped text, blank ones left out; the number of totals, sources and other
        notes, which are left out too.

    Raises
    ------
    InputError
        If there are no rows, or rows do not have the header's number of fields.
    """
    header = find_header(rows, _score(columns))
    width = len(header.cells)
    kept: list[list[str]] = []
    ragged: list[int] = []
    notes = number = 0
    for row in rows[header.last + 1 :]:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        number += 1
        if is_note(cells, width):
            notes += 1
        elif len(cells) < width or any(cells[width:]):
            ragged.append(number)
        else:
            kept.append(cells[:width])
    if not kept and not ragged:
        raise InputError(f"{where} has no rows.")
    if ragged:
        raise InputError(
            f"{where}: {len(ragged)} row(s) do not have the header's {width} fields (first: row {ragged[0]})."
        )
    return pd.DataFrame(kept, columns=header.cells, dtype="str"), notes


def _score(columns: Sequence[str] | None) -> Callable[[list[str]], int] | None:
    """Count the wanted columns of a header."""
    wanted = set(columns or ())
    return (lambda cells: len(wanted & set(cells))) if wanted else None


__all__ = ["frame_of_rows", "workbook_rows"]
