"""Open the tables of a file, whatever kind it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotspot.ingest.delimited import open_delimited
from hotspot.ingest.geopackage import open_geopackage
from hotspot.ingest.structured import open_json, open_parquet
from hotspot.ingest.worksheets import open_worksheets

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspot.ingest.files import Part
    from hotspot.ingest.mapping import Files
    from hotspot.ingest.open_table import OpenTable


def open_tables(part: Part, files: Files, score: Callable[[list[str]], int] | None) -> list[OpenTable]:
    """
    Open the tables of a file.

    Parameters
    ----------
    part
        The file.
    files
        What the source says about its files.
    score
        Counts how many of the wanted columns a header has; None if nothing is wanted yet.

    Returns
    -------
    list of OpenTable
        One, or for a workbook one for each sheet with records.

    Raises
    ------
    InputError
        If the file is damaged or no table of records.
    """
    if part.kind == "workbook":
        return open_worksheets(part, files, score)
    if part.kind == "gpkg":
        return [open_geopackage(part, files)]
    if part.kind == "json":
        return [open_json(part)]
    return [open_parquet(part) if part.kind == "parquet" else open_delimited(part, files, score)]


__all__ = ["open_tables"]
