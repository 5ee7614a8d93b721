"""Read counts or rates that an agency shares by area, with missing kept apart from 0."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.anonymise import find_identifiers
from hotspot.checks import listed, nearest, require_columns, require_positive
from hotspot.errors import ConfigError, DisclosureError, HotspotWarning, InputError
from hotspot.geography.tables import Table, as_code, is_missing_mark, read_table
from hotspot.ingest.extract import read_extract, squash
from hotspot.ingest.mapping import Source, builtin_sources, read_source
from hotspot.record import note
from hotspot.schema import is_source_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hotspot.ingest.extract import Extract
    from hotspot.ingest.mapping import AreaCounts

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d+)?")
_FIELDS = {"area_code": "code", "weight": "n", "severity": "rate"}
"""Fields under which the reader of records reads the columns of a table of counts."""
_CODE = re.compile(r"[A-Z]{1,3}\d{0,8}", re.IGNORECASE)
_WITHHELD = frozenset({"*", "c", "suppressed"})


def read_area_counts(
    path: str | Path | pd.DataFrame,
    *,
    code: str | None = None,
    source: str | Path | Source,
    columns: Mapping[str, str] | None = None,
    rate: str | None = None,
    per: float | None = None,
    missing: Sequence[str | float] = (),
) -> pd.DataFrame:
    r"""
    Read one agency's counts or rates by area.

    Parameters
    ----------
    path
        CSV (UTF-8 or Windows-1252), CSV.gz, Parquet, a workbook (its sheet with these columns), GeoPackage, JSON, or
        a DataFrame, with one row per area.
    code
        Column with the area code.
    source
        Name of the agency: lower-case letters, digits and underscores. Or a source shared by area
        (``domestic_abuse_services``, ``substance_misuse_services``, a TOML file with ``shared_as = "area_counts"``),
        whose headers stand in for ``code``, ``columns`` and ``rate`` where these are not given.
    columns
        ``{"n": column}``: the column with the number of records.
    rate
        Column with a rate, for an agency that shares no counts.
    per
        People the rate is per, 1,000 by default; ``rate_<source>`` is per 1,000.
    missing
        Values that stand for *missing* in this table, such as ``-1``, ``9999`` or ``"TBC"``, besides the usual marks.

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
    DisclosureError
        If the codes look like persons: NHS numbers, full postcodes, names.

    Warns
    -----
    HotspotWarning
        If a code stands more than once with different values: none of its rows is kept.

    Notes
    -----
    Rows read are kept, or rejected for a reason that is noted: a total or note, no code, an identical row of the same
    code, or a code that stands for different values. Repeats are told by the code and the values read, not by columns
    not asked for.

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
    agency = _agency(source)
    if agency is not None:
        code, columns, rate, per = _stated(path, agency, code, columns, rate, per)
        missing = [*missing, *agency.missing]
        source = agency.name
    if code is None:
        raise ConfigError("code: name the column with the area code.")
    wanted = _wanted(str(source), columns, rate)
    factor = 1.0
    if rate is not None:
        factor = 1_000 / require_positive(1_000 if per is None else per, "per", "people")
    elif per is not None:
        raise ConfigError("per: it says what a rate is per, and no rate is given. Name its column with rate=.")
    table = _table(path, [code, *wanted.values()])
    codes = as_code(pd.Series(table.rows[code]))
    _refuse_persons(table.name, code, codes)
    marks = frozenset(_mark(value) for value in missing)
    absent = {"blank": 0, "withheld": 0, "below a threshold": 0, "not available": 0, "stated": 0}
    values: dict[str, pd.Series] = {}
    problems: list[str] = []
    for name, column in wanted.items():
        cells = pd.Series(table.rows[column])
        values[name] = _numbers(cells, column, marks, absent, problems, whole=name.startswith("n_"))
    if problems:
        raise InputError(f"path: {table.name!r}: {'; '.join(problems)}. Correct them at the source.")
    read = pd.DataFrame({"code": codes, **values})
    kept, rejected, clashing = _distinct(read)
    rejected |= {"footer or note": table.notes} if table.notes else {}
    if kept.empty:
        raise InputError(f"path: {table.name!r}: none of {len(read):,} rows has a code and a value of its own.")
    counts = kept.set_index(pd.Index(kept["code"], name="area_code", dtype="str")).drop(columns="code")
    for name in counts.columns:
        counts[name] = counts[name].astype("Int64") if str(name).startswith("n_") else counts[name] * factor
    note(
        "read_area_counts",
        source=source,
        read=len(read) + table.notes,
        kept=len(counts),
        health=None if agency is None else agency.health,
        missing={kind: number for kind, number in absent.items() if number},
        rejected=rejected,
        per=None if rate is None else 1_000 if per is None else per,
        files=[{"name": table.name, "sha256": table.sha256, "rows": len(read) + table.notes}],
    )
    if clashing:
        warnings.warn(
            f"read_area_counts: {len(clashing)} code(s) of {table.name!r} stand more than once with different values "
            f"and are left out{_shown(clashing)}.",
            HotspotWarning,
            stacklevel=2,
        )
    return counts


def _refuse_persons(name: str, column: str, codes: pd.Series) -> None:
    """Refuse a table whose codes are no areas but persons: every row of such an agency is a person in need."""
    found = find_identifiers(pd.DataFrame({column: codes}))
    if found:
        kinds = listed(f"{finding.count} of {finding.checked} like a {finding.kind}" for finding in found)
        raise DisclosureError(
            f"path: {name!r}: column {column!r} should hold codes of areas and holds values that look personal "
            f"({kinds}). Ask the agency for counts by area."
        )


def _shown(codes: Sequence[str]) -> str:
    """Name codes in a message, if all are written as codes of areas are."""
    return f" ({listed(codes)})" if all(_CODE.fullmatch(code) for code in codes) else ""


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


def _agency(source: str | Path | Source) -> Source | None:
    """Give the source file of an agency that shares counts by area; None for a plain name."""
    plain = isinstance(source, str) and not source.endswith(".toml")
    if plain and (source not in builtin_sources() or read_source(source).shared_as == "records"):
        return None
    agency = read_source(source)
    if agency.shared_as == "records":
        raise ConfigError(f"source: {agency.label} has no [area_counts]. Read its records with read_incidents.")
    return agency


def _stated(
    path: object,
    agency: Source,
    code: str | None,
    columns: Mapping[str, str] | None,
    rate: str | None,
    per: float | None,
) -> tuple[str, Mapping[str, str] | None, str | None, float | None]:
    """Fill in the columns that the source names and the table has, where the caller names none."""
    known = agency.area_counts
    headers = _headers(path, known)
    squashed = {squash(header): header for header in reversed(headers)}

    def first(options: list[str]) -> str | None:
        return next((squashed[squash(option)] for option in options if squash(option) in squashed), None)

    code = code or first(known.headers("code"))
    if code is None:
        options = listed(map(repr, known.headers("code")), 4) or "[area_counts] code"
        raise InputError(
            f"path: no column for the area code ({options}).{nearest('code', headers)} Name it with code=."
        )
    if columns is None and rate is None:
        count, rate = first(known.headers("n")), first(known.headers("rate"))
        columns = None if count is None else {"n": count}
        if count is None and rate is None:
            raise InputError(
                f"path: no column for the counts or the rate ({listed(map(repr, known.headers('n')), 4)}). "
                "Name it with columns={'n': …} or rate=."
            )
    return code, columns, rate, per if rate is None or per is not None else known.per


def _headers(path: object, known: AreaCounts) -> list[str]:
    """List the headers of a table; of a database or JSON those that the source knows."""
    if isinstance(path, pd.DataFrame):
        return [str(column) for column in path.columns]
    if not _is_other_kind(path):
        return [str(column) for column in read_table(path, None, "path").rows.columns]
    named = {field: known.headers(name) for field, name in _FIELDS.items() if known.headers(name)}
    return list(_read_other(path, named, ["area_code"]).headers.values())


def _read_other(path: object, columns: Mapping[str, str | list[str]], required: list[str]) -> Extract:
    """Read a database or JSON with the reader of records."""
    source = {"name": "counts", "label": "Counts by area", "health": True, "category": {"value": "other"}}
    return read_extract(path, read_source(source | {"columns": dict(columns), "required": required}))


def _table(path: object, columns: Sequence[str]) -> Table:
    """Read the columns of a table as text, whatever it is stored in."""
    if isinstance(path, pd.DataFrame):
        frame = path.set_axis([str(column) for column in path.columns], axis="columns")
        wanted = list(dict.fromkeys(columns))
        require_columns(frame, wanted, "path")
        if frame[wanted].shape[1] > len(wanted):
            raise InputError("path: a column stands more than once in the header of the DataFrame.")
        if frame.empty:
            raise InputError("path: the DataFrame has no rows.")
        return Table(pd.DataFrame({name: as_code(frame[name]).fillna("") for name in wanted}), "DataFrame", "")
    if not _is_other_kind(path):
        return read_table(path, columns, "path")
    fields = dict(zip(_FIELDS, dict.fromkeys(columns), strict=False))
    extract = _read_other(path, fields, list(fields))
    rows = {column: as_code(extract.frame[field]).fillna("") for field, column in fields.items()}
    return Table(pd.DataFrame(rows, dtype="str"), str(extract.files[0]["name"]), str(extract.files[0]["sha256"]))


def _is_other_kind(path: object) -> bool:
    """Tell by its first bytes whether a file is a database or JSON, which the reader of records reads."""
    if not isinstance(path, (str, Path)) or not Path(path).is_file():
        return False
    with Path(path).open("rb") as file:
        start = file.read(16)
    return start.startswith(b"SQLite") or start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"["


def _mark(value: str | float) -> str:
    """Write a value that means missing as the cells of a table are written."""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return text.strip().casefold()


def _numbers(
    cells: pd.Series,
    column: str,
    marks: frozenset[str],
    missing: dict[str, int],
    problems: list[str],
    *,
    whole: bool,
) -> pd.Series:
    """Turn the cells of a column to numbers; count what is missing by kind, collect what is wrong."""
    cells = cells.astype("str")
    stated = cells.str.casefold().isin(marks).to_numpy(dtype=bool)
    if marks:  # 9999.0 is 9999
        stated = stated | cells.str.replace(r"\.0+$", "", regex=True).isin(marks).to_numpy(dtype=bool)
    missing["stated"] += int(stated.sum())
    marked = cells.map(is_missing_mark).to_numpy(dtype=bool)
    for mark in cells[marked & ~stated].str.casefold():
        missing[_kind(mark)] += 1
    absent = marked | stated
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
