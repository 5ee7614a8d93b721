"""Read counts or rates that an agency shares by area, with missing kept apart from 0."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import listed, require_positive
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.geography.tables import as_code, is_missing_mark, read_table
from hotspot.record import note
from hotspot.schema import is_source_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d+)?")
_WITHHELD = frozenset({"*", "c", "suppressed"})


def read_area_counts(
    path: str | Path,
    *,
    code: str,
    source: str,
    columns: Mapping[str, str] | None = None,
    rate: str | None = None,
    per: float | None = None,
) -> pd.DataFrame:
    r"""
    Read one agency's counts or rates by area.

    Parameters
    ----------
    path
        CSV (UTF-8 or Windows-1252), CSV.gz or Parquet with one row per area.
    code
        Column with the area code.
    source
        Name of the agency: lower-case letters, digits and underscores.
    columns
        ``{"n": column}``: the column with the number of records.
    rate
        Column with a rate, for an agency that shares no counts.
    per
        People the rate is per, 1,000 by default; ``rate_<source>`` is per 1,000.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``area_code``: ``n_<source>`` (Int64) or ``rate_<source>`` (float, per 1,000 people), or both. A
        blank, ``n/a``, ``-``, ``..``, ``*``, ``suppressed`` or ``<5`` is missing, not 0.

    Raises
    ------
    ConfigError
        If the source name is unfit, or neither counts nor a rate are named.
    InputError
        If the file cannot be read, a column is missing, a value is negative or no number, a count is not whole, or no
        row can be kept.

    Warns
    -----
    HotspotWarning
        If a code stands more than once with different values: none of its rows is kept.

    Notes
    -----
    Rows read are kept, or rejected for a reason that is noted: no code, an identical row of the same code, or a code
    that stands for different values. Repeats are told by the code and the values read, not by columns not asked for.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from hotspot.ingest import read_area_counts
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "wards.csv")
    ...     _ = file.write_text("ward,incidents\nW1,12\nW2,0\nW3,<5\n")
    ...     counts = read_area_counts(file, code="ward", source="ambulance", columns={"n": "incidents"})
    >>> counts["n_ambulance"].to_list()
    [12, 0, <NA>]
    """
    wanted = _wanted(source, columns, rate)
    factor = 1.0
    if rate is not None:
        factor = 1_000 / require_positive(1_000 if per is None else per, "per", "people")
    elif per is not None:
        raise ConfigError("per: it says what a rate is per, and no rate is given. Name its column with rate=.")
    table = read_table(path, [code, *wanted.values()], "path")
    codes = as_code(pd.Series(table.rows[code]))
    values, missing = {}, {"blank": 0, "withheld": 0, "below a threshold": 0, "not available": 0}
    problems: list[str] = []
    for name, column in wanted.items():
        values[name] = _numbers(pd.Series(table.rows[column]), column, missing, problems, whole=name.startswith("n_"))
    if problems:
        raise InputError(f"path: {table.name!r}: {'; '.join(problems)}. Correct them at the source.")
    read = pd.DataFrame({"code": codes, **values})
    kept, rejected, clashing = _distinct(read)
    if kept.empty:
        raise InputError(f"path: {table.name!r}: none of {len(read):,} rows has a code and a value of its own.")
    counts = kept.set_index(pd.Index(kept["code"], name="area_code", dtype="str")).drop(columns="code")
    for name in counts.columns:
        counts[name] = counts[name].astype("Int64") if str(name).startswith("n_") else counts[name] * factor
    note(
        "read_area_counts",
        source=source,
        read=len(read),
        kept=len(counts),
        missing={kind: number for kind, number in missing.items() if number},
        rejected=rejected,
        per=None if rate is None else 1_000 if per is None else per,
        files=[{"name": table.name, "sha256": table.sha256, "rows": len(read)}],
    )
    if clashing:
        warnings.warn(
            f"read_area_counts: {len(clashing)} code(s) of {table.name!r} stand more than once with different values "
            f"and are left out ({listed(clashing)}).",
            HotspotWarning,
            stacklevel=2,
        )
    return counts


def _wanted(source: str, columns: Mapping[str, str] | None, rate: str | None) -> dict[str, str]:
    """Give the column of the file for each column of the result."""
    if not is_source_name(source):
        raise ConfigError(f"source: {source!r} must be lower-case letters, digits and underscores, e.g. 'ambulance'.")
    unknown = [name for name in columns or {} if name != "n"]
    if unknown:
        raise ConfigError(f"columns: {unknown[0]!r} is not known. Give {{'n': 'column with the counts'}}, or rate=.")
    wanted = {f"n_{source}": column for column in (columns or {}).values()}
    if rate is not None:
        wanted[f"rate_{source}"] = rate
    if not wanted:
        raise ConfigError("columns: name the column with the counts, columns={'n': …}, or with a rate, rate=….")
    return wanted


def _numbers(cells: pd.Series, column: str, missing: dict[str, int], problems: list[str], *, whole: bool) -> pd.Series:
    """Turn the cells of a column to numbers; count what is missing by kind, collect what is wrong."""
    absent = cells.map(is_missing_mark).to_numpy(dtype=bool)
    for mark in cells[absent].str.casefold():
        missing[_kind(mark)] += 1
    shaped = cells.map(lambda cell: any(map(str.isdigit, cell)) and _NUMBER.fullmatch(cell) is not None)
    readable = shaped.to_numpy(dtype=bool) & ~absent
    numbers = pd.Series(np.nan, index=cells.index)
    numbers[readable] = cells[readable].str.replace(",", "", regex=False).astype("float64")
    odd = (numbers % 1 != 0) & readable if whole else np.zeros(len(cells), dtype=bool)
    for bad, what in (
        (~absent & ~readable, "value(s) are no number"),
        (numbers < 0, "value(s) are negative"),
        (np.isinf(numbers), "value(s) are too large"),
        (odd & (numbers >= 0) & np.isfinite(numbers), "count(s) are not whole; if they are rates, give rate="),
    ):
        rows = np.flatnonzero(bad)
        if len(rows):
            problems.append(f"column {column!r}: {len(rows)} {what} (first: row {int(rows[0]) + 1})")
    return numbers


def _kind(mark: str) -> str:
    if not mark:
        return "blank"
    if mark.startswith("<"):
        return "below a threshold"
    return "withheld" if mark.strip("[]") in _WITHHELD else "not available"


def _distinct(read: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int], list[str]]:
    """Keep one row per code; tell how many were rejected and why, and which codes contradict themselves."""
    coded = read[read["code"].notna()]
    single = coded.drop_duplicates()
    clash = single["code"].duplicated(keep=False)
    codes = [str(value) for value in single.loc[clash, "code"].unique()]
    kept = single[~clash]
    # rows of a code that contradicts itself are rejected for that, even where two of them are alike
    contradictory = int(coded["code"].isin(codes).sum())
    rejected = {
        "no code": len(read) - len(coded),
        "identical row of the same code": len(coded) - contradictory - len(kept),
        "code repeated with different values": contradictory,
    }
    return kept, rejected, codes


__all__ = ["read_area_counts"]
