"""Go up the official hierarchy by lookup: which larger area holds an area, and what do its parts add up to."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pandas as pd

from hotspot.checks import listed, require_choice, require_columns
from hotspot.errors import ConfigError, HotspotError, HotspotWarning, InputError
from hotspot.geography.amounts import among, amounts, coded, restore, whole_columns
from hotspot.geography.lookups import code_columns
from hotspot.geography.tables import as_code
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Sequence


def join_lookups(lower: pd.DataFrame, upper: pd.DataFrame) -> pd.DataFrame:
    """
    Join two lookups on the one geography they share, to reach further up.

    Parameters
    ----------
    lower
        Lookup of the smaller areas, such as LSOA to ward and local authority.
    upper
        Lookup from there, such as local authority to Community Safety Partnership and police force.

    Returns
    -------
    DataFrame
        The rows of ``lower`` with the columns of ``upper`` added; missing where ``upper`` lacks the code, or gives it
        several values.

    Raises
    ------
    InputError
        If they share no code column of the same year, or more than one.

    Warns
    -----
    HotspotWarning
        If codes of ``lower`` are not in ``upper``, or one of its columns gives several values for one code.

    Notes
    -----
    ``lad22`` and ``lad24`` are different geographies, and are not joined. Where councils merged but their Community
    Safety Partnerships did not, one local authority holds several; nothing tells which of them an LSOA belongs to. Such
    partnerships are left missing altogether, also for other authorities in them, so that no sum is of a part only.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.geography import join_lookups
    >>> lower = pd.DataFrame({"lsoa21": ["E01000001"], "lad24": ["E09000001"]})
    >>> upper = pd.DataFrame({"lad24": ["E09000001"], "pfa24": ["E23000034"]})
    >>> join_lookups(lower, upper)["pfa24"].to_list()
    ['E23000034']
    """
    shared = [name for name in code_columns(lower) if name in code_columns(upper)]
    if len(shared) != 1:
        raise InputError(
            f"upper: the lookups share {len(shared)} code column(s), not one. They have {listed(code_columns(lower))} "
            f"and {listed(code_columns(upper))}. Use lookups of the same year."
        )
    key = shared[0]
    added = [name for name in upper.columns if name not in lower.columns]
    rows, unclear = _one_row_each(upper, key, added)
    lost = lower[key].notna() & ~among(lower[key], rows[key])
    note(
        "join_lookups",
        on=key, rows=len(lower), added=added, unmatched=int(lower.loc[lost, key].nunique()), several_values=unclear,
    )  # fmt: skip
    if unclear:
        said = ", ".join(f"{number} of {name!r}" for name, number in unclear.items())
        warnings.warn(
            f"join_lookups: one code of {key!r} has several values; left missing: {said}. "
            "A lookup that starts at smaller areas would tell.",
            HotspotWarning,
            stacklevel=2,
        )
    if lost.any():
        codes = lower.loc[lost, key].unique()
        warnings.warn(
            f"join_lookups: {len(codes)} code(s) of {key!r} are not in the upper lookup ({listed(codes)}).",
            HotspotWarning,
            stacklevel=2,
        )
    return lower.merge(rows, on=key, how="left", validate="many_to_one")


def parent_codes(codes: pd.Series | pd.Index, lookup: pd.DataFrame, *, to: str, of: str | None = None) -> pd.Series:
    """
    Look up the code of the larger area that holds each area.

    Parameters
    ----------
    codes
        Area codes, such as the index of areas or the ``area_code`` of incidents.
    lookup
        Lookup read with ``read_lookup``.
    to
        Its column with the larger areas, such as ``csp24``.
    of
        Its column with the smaller ones; by default the one that holds most of the codes.

    Returns
    -------
    Series
        Indexed like ``codes`` (by the codes, if they are an index): the larger area's code; missing where the lookup
        has none. Usable as ``parent`` of ``aggregate_counts``.

    Raises
    ------
    InputError
        If a column is missing, no code is in the lookup, or an area lies in several larger ones.

    Warns
    -----
    HotspotWarning
        If codes have no larger area.

    Notes
    -----
    An official lookup of areas that do not nest (LSOA to ward) is a best fit: an area goes where most of its people
    live. It still beats laying outlines over each other.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.geography import parent_codes
    >>> lookup = pd.DataFrame({"lsoa21": ["E01000001", "E01000002"], "csp24": ["E22000001", "E22000001"]})
    >>> parent_codes(pd.Index(["E01000002"]), lookup, to="csp24").to_dict()
    {'E01000002': 'E22000001'}
    """
    rows = pd.Series(codes.to_numpy(), index=codes) if isinstance(codes, pd.Index) else codes
    text = as_code(rows)
    of = _smaller(text, lookup, of, to)
    found = text.map(_parents(lookup, of, to)).astype("str").rename(to)
    lost = found.isna() & text.notna()
    note("parent_codes", of=of, to=to, codes=len(text), missing=int(text.isna().sum()), unmatched=int(lost.sum()))
    if lost.any():
        warnings.warn(
            f"parent_codes: {int(lost.sum())} of {len(text)} row(s) have no {to!r} in the lookup "
            f"({listed(text[lost].unique())}). Check the year of the areas with detect_vintage.",
            HotspotWarning,
            stacklevel=2,
        )
    return found


def aggregate_by_lookup(
    counts: pd.DataFrame | pd.Series,
    lookup: pd.DataFrame,
    *,
    to: str,
    of: Sequence[str] | str | None = None,
    absent: str = "missing",
) -> pd.DataFrame:
    """
    Add a table of counts up to larger areas by lookup, without outlines.

    Parameters
    ----------
    counts
        Indexed by code of the smaller areas.
    lookup
        Lookup read with ``read_lookup``; it says which parts each larger area has.
    to
        Its column with the larger areas, such as ``ward24`` or ``csp24``.
    of
        Columns of ``counts`` to add; by default ``n`` and all ``n_<source>``.
    absent
        What a part means that ``counts`` does not list: ``missing`` (not known) or ``zero`` (the table lists only areas
        with records).

    Returns
    -------
    DataFrame
        Indexed by ``area_code`` of the larger areas that ``counts`` reaches: the columns, and ``parts`` and
        ``parts_listed``, how many smaller areas each has and has counts of. A sum with a missing part is missing.

    Raises
    ------
    InputError
        If a column is missing, no code is in the lookup, or an area lies in several larger ones.
    ConfigError
        If rates were given, or ``absent`` is not known.

    Warns
    -----
    HotspotWarning
        If codes are not in the lookup, or sums are missing because parts are.

    Notes
    -----
    ``aggregate_counts`` does the same for AreaCounts with outlines of both, given the column of ``parent_codes``.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.geography import aggregate_by_lookup
    >>> lookup = pd.DataFrame({"lsoa21": ["E01000001", "E01000002"], "csp24": ["E22000001", "E22000001"]})
    >>> counts = pd.DataFrame({"n_ed": [3, 4]}, index=["E01000001", "E01000002"])
    >>> aggregate_by_lookup(counts, lookup, to="csp24")["n_ed"].to_dict()
    {'E22000001': 7}
    """
    require_choice(absent, ["missing", "zero"], "absent")
    values = coded(amounts(counts, of, "counts"), "counts")
    smaller = _smaller(values.index.to_series(), lookup, None, to)
    parents = _parents(lookup, smaller, to).rename("parent")
    known = among(values.index, parents.index)
    touched = parents[among(parents, parents[among(parents.index, values.index)])]
    listed_parts = pd.Series(among(touched.index, values.index), index=touched.index)
    parts = values.reindex(touched.index)
    if absent == "zero":
        parts[~listed_parts] = 0.0
    sums = parts.groupby(touched).sum(min_count=1).mask(parts.isna().groupby(touched).any())
    balance = values[known].sum() - sums.sum()
    if not parts.isna().any(axis=None) and bool((balance.abs() > 1e-6 * values.sum().clip(lower=1)).any()):
        raise HotspotError("aggregate_by_lookup: the account does not balance.")
    result = restore(sums, whole_columns(values))
    result["parts"] = touched.groupby(touched).size().astype("int64")
    result["parts_listed"] = listed_parts.groupby(touched).sum().astype("int64")
    result.index = pd.Index(result.index, name="area_code", dtype="str")
    without = int(sums.isna().any(axis=1).sum())
    note(
        "aggregate_by_lookup",
        of=smaller, to=to, read=len(values), unknown=int((~known).sum()), into=len(result), without_value=without,
        withheld={str(name): float(value) for name, value in balance.items()},
    )  # fmt: skip
    if without or not known.all():
        warnings.warn(
            f"aggregate_by_lookup to {to}: {int((~known).sum()):,} codes have none in the lookup; {without:,} areas "
            "have no value because a part is missing or not listed (absent='zero' if not listed means 0).",
            HotspotWarning,
            stacklevel=2,
        )
    return result


def _one_row_each(upper: pd.DataFrame, key: str, added: list[str]) -> tuple[pd.DataFrame, dict[str, int]]:
    """Give one row per code, without the values that stand for a part of a code; count those by column."""
    whole = upper.dropna(subset=[key])
    rows, unclear = whole[[key]].drop_duplicates(ignore_index=True), {}
    for name in added:
        pairs = whole[[key, name]].drop_duplicates()
        partial = pairs.loc[pairs[key].duplicated(keep=False), name].unique()
        if len(partial):
            unclear[name] = len(partial)
        clear = pairs[~pairs[name].isin(partial)].drop_duplicates(key).set_index(key)[name]
        rows[name] = rows[key].map(clear)
    return rows, unclear


def _smaller(text: pd.Series, lookup: pd.DataFrame, of: str | None, to: str) -> str:
    """Name the lookup's column that holds the codes."""
    require_columns(lookup, [to] if of is None else [to, of], "lookup")
    if of is not None and of == to:
        raise ConfigError(f"of: {of!r} is also the column to look up.")
    candidates = [name for name in code_columns(lookup) if name != to] if of is None else [of]
    # as a set: membership in text columns is slow where they are long
    wanted = set(text.dropna())
    found = {name: len(wanted & set(lookup[name].dropna())) for name in candidates}
    best = max(found, key=found.__getitem__, default=None)
    if best is None or (not found[best] and text.notna().any()):
        raise InputError(
            f"codes: none of {int(text.notna().sum()):,} codes is in column(s) {listed(candidates)} of the lookup. "
            "Check kind and year of the areas."
        )
    return best


def _parents(lookup: pd.DataFrame, of: str, to: str) -> pd.Series:
    """Give the larger area of every smaller one, and refuse a lookup that gives several."""
    pairs = lookup[[of, to]].dropna().drop_duplicates()
    twice = pairs[of].duplicated(keep=False)
    if twice.any():
        raise InputError(
            f"lookup: {pairs.loc[twice, of].nunique()} area(s) of {of!r} lie in several {to!r} "
            f"(first: {pairs.loc[twice, of].iloc[0]!r}). Use a lookup with one larger area for each."
        )
    return pairs.set_index(of)[to]


__all__ = ["aggregate_by_lookup", "join_lookups", "parent_codes"]
