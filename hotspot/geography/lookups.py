"""Read official lookups between geographies, whatever their columns are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from hotspot.checks import listed, require_columns
from hotspot.errors import ConfigError, InputError
from hotspot.geography.tables import as_code, read_table
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KIND_OF_PREFIX = {
    "E00": "oa", "W00": "oa", "S00": "oa",
    "E01": "lsoa", "W01": "lsoa", "S01": "lsoa",
    "E02": "msoa", "W02": "msoa", "S02": "msoa",
    "E05": "ward", "W05": "ward", "S13": "ward",
    "E06": "lad", "E07": "lad", "E08": "lad", "E09": "lad", "W06": "lad", "S12": "lad",
    "E22": "csp", "W14": "csp",
    "E23": "pfa", "W15": "pfa", "S23": "pfa",
    "E10": "county", "E12": "region", "E92": "country", "W92": "country", "S92": "country",
}  # fmt: skip
"""Entity of a GSS code by its first three characters; Scottish data zones stand for LSOAs, council areas for LADs."""
CHANGE = "change"
_KIND_OF_WORD = {
    "oa": "oa", "lsoa": "lsoa", "msoa": "msoa", "wd": "ward", "ward": "ward", "lad": "lad", "ltla": "lad",
    "csp": "csp", "pfa": "pfa", "cty": "county", "rgn": "region", "ctry": "country",
}  # fmt: skip
_HEADER = re.compile(rf"({'|'.join(_KIND_OF_WORD)})(\d\d)?[ _]?(cd|code|nm|name)", flags=re.IGNORECASE)
_CHANGE_HEADER = re.compile(r"chn?gind|change[ _]?code|change[ _]?indicator|change", flags=re.IGNORECASE)
_GSS = re.compile(r"[A-Z]\d{8}")
_CANONICAL = re.compile(r"[a-z][a-z0-9_]*")


def code_kinds(codes: pd.Series) -> pd.Series:
    """
    Tell from its first three characters what each code names.

    Parameters
    ----------
    codes
        Area codes.

    Returns
    -------
    Series
        Indexed like ``codes``: ``oa``, ``lsoa``, ``msoa``, ``ward``, ``lad``, ``csp``, ``pfa``, ``county``, ``region``,
        ``country``; ``other`` for a code of nine characters of another entity; missing for anything else.

    Notes
    -----
    The code says the entity, not the year: see ``detect_vintage``.

    References
    ----------
    Office for National Statistics, Register of Geographic Codes.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.geography.lookups import code_kinds
    >>> code_kinds(pd.Series(["E01000001", "W14000003", "E09000033", "N09000001"])).to_list()
    ['lsoa', 'csp', 'lad', 'other']
    """
    text = as_code(codes)
    whole = text.str.fullmatch(_GSS.pattern).fillna(value=False).astype(bool)
    kinds = text.str[:3].map(KIND_OF_PREFIX).astype("str").where(whole)
    return kinds.where(kinds.notna() | ~whole, "other").rename("kind")


def read_lookup(path: str | Path | pd.DataFrame, *, columns: Mapping[str, str] | None = None) -> pd.DataFrame:
    """
    Read a lookup between geographies and give its columns one set of names.

    Parameters
    ----------
    path
        CSV, CSV.gz or Parquet file, or a frame, as the Office for National Statistics or another office issues it.
        Addresses are not fetched.
    columns
        Names of your own for columns that are not recognised, or wrongly: ``{"Beat code": "beat"}``. Names are lower
        case letters, digits and underscores; ``change`` is the column of change codes.

    Returns
    -------
    DataFrame
        One row per row of the file, less repeated ones. Code columns are called by kind and year (``lsoa21``,
        ``ward24``, ``lad24``, ``csp24``, ``pfa24``), name columns alike (``lsoa21_name``), change codes ``change``.

    Raises
    ------
    InputError
        If the file cannot be read, fewer than two columns are recognised, two columns would get one name, or a code
        column holds codes of another kind or no codes.
    ConfigError
        If ``columns`` gives a name that is not fit.

    Notes
    -----
    A header such as ``LSOA21CD``, ``lsoa21_code``, ``WD24CD``, ``ltla24_code`` or ``CHGIND`` is recognised; any other
    column is, if all its values are codes of one kind; it then has no year (``csp``). What was recognised, and how, and
    what was left out, is noted. Lookups change every year: a ward lookup of another year has other wards under other
    codes.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.geography import read_lookup
    >>> table = pd.DataFrame({"LSOA21CD": ["E01000001"], "WD24CD": ["E05009288"], "LTLA24NM": ["City of London"]})
    >>> read_lookup(table).columns.to_list()
    ['lsoa21', 'ward24', 'lad24_name']
    """
    if isinstance(path, pd.DataFrame):
        raw, name = path.reset_index(drop=True), "a frame"
        raw.columns = raw.columns.map(str)
        if not raw.columns.is_unique:
            raise InputError(f"lookup: column {raw.columns[raw.columns.duplicated()][0]!r} stands more than once.")
    else:
        table = read_table(path, None, "lookup")
        raw, name = table.rows, table.name
    if not len(raw):
        raise InputError("lookup: it has no rows.")
    names, by_codes = _names(raw, columns or {})
    lookup = pd.DataFrame({new: as_code(raw[old]) for old, new in names.items()})
    _check_codes(lookup, {new: old for old, new in names.items()})
    whole = lookup.drop_duplicates(ignore_index=True)
    note(
        "read_lookup",
        lookup=name,
        read=len(raw),
        kept=len(whole),
        repeated=len(raw) - len(whole),
        columns=names,
        recognised_by_codes=by_codes,
        left_out=[str(column) for column in raw.columns if column not in names],
    )
    return whole


def kind_and_year(column: str) -> tuple[str, int | None]:
    """Split a column name such as ``lsoa21`` into its kind and its full year, None where it has no year."""
    found = re.fullmatch(r"([a-z_]+?)(\d\d)?", column)
    if found is None:
        return column, None
    return found[1], None if found[2] is None else 2000 + int(found[2])


def code_columns(lookup: pd.DataFrame) -> list[str]:
    """Name the columns that hold codes, not names or change codes."""
    return [str(name) for name in lookup.columns if not str(name).endswith("_name") and name != CHANGE]


def _names(raw: pd.DataFrame, given: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Give the name of each column that is kept, and the columns recognised by their codes alone."""
    require_columns(raw, given, "lookup")
    unfit = [new for new in given.values() if not _CANONICAL.fullmatch(new)]
    if unfit:
        raise ConfigError(f"columns: {unfit[0]!r} must be lower-case letters, digits and underscores.")
    names, by_codes = dict(given), []
    for column in map(str, raw.columns):
        if column in names:
            continue
        known = _from_header(column)
        if known is None:
            known = _from_codes(raw[column])
            if known is None or known in names.values():
                continue
            by_codes.append(column)
        names[column] = known
    twice = sorted({new for new in names.values() if list(names.values()).count(new) > 1})
    if twice:
        old = [column for column, new in names.items() if new == twice[0]]
        raise InputError(f"lookup: columns {listed(old)} would all be {twice[0]!r}. Name them with columns=.")
    if sum(not new.endswith("_name") and new != CHANGE for new in names.values()) < 1 or len(names) < 2:  # noqa: PLR2004 - a lookup joins two things
        raise InputError(
            f"lookup: of its columns ({listed(raw.columns, 8)}) fewer than two are known. "
            "Name them, e.g. columns={'Beat code': 'beat'}."
        )
    return {column: names[column] for column in map(str, raw.columns) if column in names}, by_codes


def _from_header(column: str) -> str | None:
    if _CHANGE_HEADER.fullmatch(column.strip()):
        return CHANGE
    found = _HEADER.fullmatch(column.strip())
    if found is None:
        return None
    suffix = "" if found[3].casefold() in {"cd", "code"} else "_name"
    return _KIND_OF_WORD[found[1].casefold()] + (found[2] or "") + suffix


def _from_codes(values: pd.Series) -> str | None:
    text = as_code(values)
    kinds = code_kinds(text[text.notna()])
    if kinds.empty or kinds.isna().any() or (kinds != kinds.iloc[0]).any() or kinds.iloc[0] == "other":
        return None
    return str(kinds.iloc[0])


def _check_codes(lookup: pd.DataFrame, headers: Mapping[str, str]) -> None:
    """Refuse code columns whose values are no codes, or codes of another entity than the header says."""
    problems = []
    for column in code_columns(lookup):
        kind = kind_and_year(column)[0]
        if kind not in KIND_OF_PREFIX.values():
            continue
        found = code_kinds(lookup[column])
        wrong = lookup[column].notna() & ~found.isin([kind, "other"]).to_numpy()
        if wrong.any():
            row = int(wrong.to_numpy().argmax()) + 1
            problems.append(f"{headers[column]!r}: {int(wrong.sum())} value(s) are no {kind} codes (first: row {row})")
    if problems:
        raise InputError(f"lookup: {'; '.join(problems)}. Name the columns rightly with columns=.")


__all__ = ["CHANGE", "KIND_OF_PREFIX", "code_columns", "code_kinds", "kind_and_year", "read_lookup"]
