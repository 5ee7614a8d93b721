"""Read a file with all its columns as text, to see what is in it before a source file says what to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from hotspot.errors import InputError
from hotspot.ingest.cells import to_text
from hotspot.ingest.files import find_parts
from hotspot.ingest.mapping import Files
from hotspot.ingest.tables import open_tables

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a file: its name, its kind, how it was found, and its columns as text."""

    name: str
    kind: str
    """csv, json, parquet, gpkg, xlsx, xlsb, xls or ods."""
    facts: dict[str, Any]
    """As far as they apply: encoding, delimiter, sheet, sheets_not_read, layer, header_row (1 = first row), rows."""
    frame: pd.DataFrame
    """Headers as they stand, also where two are the same; str columns, missing where the file has nothing."""


def read_table(path: str | Path, *, rows: int | None = None, sheet: str | None = None) -> Table:
    r"""
    Read the first table that a path gives, with all its columns as text.

    Parameters
    ----------
    path
        A file, or a folder, glob or archive, of which the first file is read.
    rows
        Most rows to give; all by default.
    sheet
        Sheet of a workbook; by default the visible one with the largest table.

    Returns
    -------
    Table
        The header is the first row in which most cells are filled with distinct texts that are no numbers.

    Raises
    ------
    InputError
        If there is nothing, or it is no table of records.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from hotspot.ingest.whole_table import read_table
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "ed.csv")
    ...     _ = file.write_text("General Hospital;;\n\nSite;Arrived;How\nA;01/02/2024;fist\nTotal;;1\n")
    ...     table = read_table(file)
    >>> list(table.frame.columns), len(table.frame), table.facts["delimiter"], table.facts["header_row"]
    (['Site', 'Arrived', 'How'], 1, ';', 3)
    """
    files = Files(sheet=sheet)
    part = next(find_parts(path, files.members))
    opened = open_tables(part, files, None)[0]
    if not opened.header:
        raise InputError(f"data: {opened.name!r} has no records.")
    taken = opened.take(range(len(opened.header)))
    columns = [to_text(taken.columns[position]).iloc[:rows] for position in range(len(opened.header))]
    frame = pd.concat(columns, axis="columns") if columns else pd.DataFrame()
    frame.columns = pd.Index(opened.header, dtype="str")
    left_out = {reason: len(numbers) for reason, numbers in taken.left_out.items()}
    facts = opened.facts | {"rows": taken.read} | ({"left_out": left_out} if left_out else {})
    return Table(opened.name, opened.kind, facts, frame)


__all__ = ["Table", "read_table"]
