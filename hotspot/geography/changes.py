"""Read the graph of changes between two census years, and join it into areas both years have in common."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import listed, require_choice, require_columns
from hotspot.errors import ConfigError, HotspotError, HotspotWarning, InputError
from hotspot.geography.amounts import among, amounts, coded, restore, whole_columns
from hotspot.geography.lookups import CHANGE, code_columns, kind_and_year
from hotspot.record import note

if TYPE_CHECKING:
    import numpy.typing as npt

    Texts = npt.NDArray[np.object_]
    Places = npt.NDArray[np.intp]

_CODES = ("U", "S", "M", "X")
_ROUNDING = 1e-6
"""Largest difference of sums that rounding explains."""


def common_areas(changes: pd.DataFrame) -> pd.DataFrame:
    """
    Find the smallest areas that are unions of whole areas in both census years.

    Parameters
    ----------
    changes
        Lookup of changes read with ``read_lookup``: one kind of area of two years and ``change``.

    Returns
    -------
    DataFrame
        Indexed by ``area_code``, every code of either year once: ``common_area``, the code of the area that holds it
        (the old code of a split area, the new one of a merged area, several old codes joined by ``+`` where the change
        was irregular), and ``change`` (U, S, M, X) of that area.

    Raises
    ------
    InputError
        If the lookup does not have two years of one kind of area, or its change codes contradict its codes.

    Notes
    -----
    They are the connected components of the lookup's graph. Counts of either year add up to them exactly, so a series
    across the change needs no estimate; the price is that some are larger. For irregular changes (X) the office does
    not promise that the outlines agree: drop them where that matters.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.geography import common_areas
    >>> changes = pd.DataFrame({
    ...     "lsoa11": ["E01000001", "E01000002", "E01000002"],
    ...     "lsoa21": ["E01000001", "E01033801", "E01033802"], "change": ["U", "S", "S"],
    ... })
    >>> common_areas(changes)["common_area"].to_dict()
    {'E01000001': 'E01000001', 'E01000002': 'E01000002', 'E01033801': 'E01000002', 'E01033802': 'E01000002'}
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _, newer = vintage_columns(changes)
    table = change_table(changes, newer)
    both = pd.concat([table["source"], table["target"]])
    position, codes = pd.factorize(both, sort=True)
    source, target = np.split(position, 2)
    graph = coo_array((np.ones(len(table), dtype=bool), (source, target)), shape=(len(codes), len(codes)))
    number, component = connected_components(graph, directed=False)
    names = _names(np.asarray(codes, dtype="object"), component, np.unique(source), np.unique(target))
    change = table[CHANGE + "_code"].astype("object").groupby(component[source]).first()
    result = pd.DataFrame(
        {"common_area": names[component], CHANGE: change.to_numpy()[component]},
        index=pd.Index(codes, name="area_code", dtype="str"),
        dtype="str",
    )
    by_change = change.value_counts()
    note(
        "common_areas",
        old=int(table["source"].nunique()),
        new=int(table["target"].nunique()),
        common=int(number),
        by_change={name: int(by_change.get(name, 0)) for name in _CODES},
    )
    return result


def sum_in_common_areas(
    counts: pd.DataFrame | pd.Series,
    changes: pd.DataFrame,
    *,
    of: list[str] | str | None = None,
    absent: str = "missing",
) -> pd.DataFrame:
    """
    Add counts of either census year up to the areas both years have in common, exactly.

    Parameters
    ----------
    counts
        Indexed by area code of either year: counts, populations or other amounts that add up.
    changes
        Lookup of changes read with ``read_lookup``.
    of
        Columns to add; by default ``n`` and all ``n_<source>``.
    absent
        What an area of the lookup means that ``counts`` does not list: ``missing`` (not known) or ``zero`` (the table
        lists only areas with records). A table that mixes both years needs ``zero``.

    Returns
    -------
    DataFrame
        Indexed by ``common_area``, as far as ``counts`` reaches: the columns, and ``change`` (U, S, M, X). Missing
        where a part is missing or not listed, never 0.

    Raises
    ------
    InputError
        If codes of both years are mixed and absence is not zero, or none is in the lookup.

    Warns
    -----
    HotspotWarning
        If codes are not in the lookup, or areas lack a part.

    Notes
    -----
    In a table that mixes both years each row must count other records than every other row, as it does when records
    were coded partly by the old and partly by the new areas.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.geography import sum_in_common_areas
    >>> changes = pd.DataFrame({
    ...     "lsoa11": ["E01000001", "E01000002", "E01000002"],
    ...     "lsoa21": ["E01000001", "E01033801", "E01033802"], "change": ["U", "S", "S"],
    ... })
    >>> before = sum_in_common_areas(pd.Series({"E01000001": 7, "E01000002": 8}, name="n"), changes)
    >>> after = sum_in_common_areas(pd.Series({"E01000001": 6, "E01033801": 4, "E01033802": 5}, name="n"), changes)
    >>> (after["n"] - before["n"]).to_dict()
    {'E01000001': -1, 'E01000002': 1}
    """
    require_choice(absent, ["missing", "zero"], "absent")
    values = coded(amounts(counts, of, "counts"), "counts")
    common = common_areas(changes)
    known = among(values.index, common.index)
    if not known.any():
        raise InputError(f"counts: none of {len(values):,} codes is in the lookup. Check kind and year of the areas.")
    unit = common["common_area"].reindex(values.index[known])
    sums = values[known].groupby(unit.to_numpy()).sum(min_count=1)
    lacking = values[known].isna().groupby(unit.to_numpy()).any()
    if absent == "missing":
        short = _short(values.index[known], common, changes)
        lacking[lacking.index.isin(short)] = True
    sums = sums.mask(lacking)
    withheld = values.sum() - sums.sum()
    if (
        absent == "zero"
        and known.all()
        and not values.isna().any(axis=None)
        and bool((withheld.abs() > _ROUNDING).any())
    ):
        raise HotspotError("sum_in_common_areas: the account does not balance.")
    result = restore(sums, whole_columns(values))
    result.index.name = "common_area"
    result[CHANGE] = common.drop_duplicates("common_area").set_index("common_area")[CHANGE].reindex(result.index)
    without = int(lacking.any(axis=1).sum())
    note(
        "sum_in_common_areas",
        read=len(values), unknown=int((~known).sum()), into=len(result), without_value=without,
        withheld={str(name): float(value) for name, value in withheld.items()},
    )  # fmt: skip
    if without or not known.all():
        warnings.warn(
            f"sum_in_common_areas: {int((~known).sum()):,} codes are not in the lookup; {without:,} areas have no "
            "value because a part is missing or not listed (absent='zero' if not listed means 0).",
            HotspotWarning,
            stacklevel=2,
        )
    return result


def _names(codes: Texts, component: Places, olds: Places, news: Places) -> Texts:
    """Name each component by its one old code, else its one new code, else all its old codes."""
    names = np.empty(component.max() + 1, dtype="object")
    for members in (olds, news):
        held = np.bincount(component[members], minlength=len(names))
        alone = members[(held[component[members]] == 1) & (names[component[members]] == None)]  # noqa: E711 - element-wise
        names[component[alone]] = codes[alone]
    for number in np.flatnonzero(names == None):  # noqa: E711 - element-wise
        names[number] = "+".join(codes[olds[component[olds] == number]])
    return names


def _short(codes: pd.Index, common: pd.DataFrame, changes: pd.DataFrame) -> pd.Index:
    """Name the common areas of which a part is not listed; refuse a table that mixes both years."""
    years = [set(changes[name]) for name in vintage_columns(changes)]
    held = set(codes)
    only = [len(held & (one - other)) for one, other in (years, reversed(years))]
    if all(only):
        raise InputError(
            f"counts: {only[0]:,} codes are only of the old year and {only[1]:,} only of the new. If each row counts "
            "other records, say absent='zero'; else add each year's counts by themselves."
        )
    year = years[1] if only[1] else years[0]
    parts = common[among(common.index, pd.Index(list(year), dtype="object"))]
    short: pd.Index = pd.Index(parts.loc[~among(parts.index, codes), "common_area"].unique())
    return short


def vintage_columns(changes: pd.DataFrame) -> tuple[str, str]:
    """Name the columns with the same kind of area in the older and in the newer year."""
    by_kind: dict[str, list[tuple[int, str]]] = {}
    for column in code_columns(changes):
        kind, year = kind_and_year(column)
        if year is not None:
            by_kind.setdefault(kind, []).append((year, column))
    pairs = [sorted(found) for found in by_kind.values() if len(found) == 2]  # noqa: PLR2004 - two years
    if len(pairs) != 1:
        raise InputError(
            f"changes: columns {listed(map(str, changes.columns), 8)} do not hold one kind of area in two years, "
            "such as lsoa11 and lsoa21. Read the lookup with read_lookup."
        )
    return pairs[0][0][1], pairs[0][1][1]


def change_table(changes: pd.DataFrame, to: str) -> pd.DataFrame:
    """
    Give one row per pair of areas: source, target, and what happens on the way to ``to``.

    ``change`` is U (copy), ``joined`` (add), ``divided`` (share out) or X; ``change_code`` is the code as issued.
    """
    old, new = vintage_columns(changes)
    if to not in (old, new):
        raise ConfigError(f"to: {to!r} is no year of the lookup. It has {old!r} and {new!r}.")
    if CHANGE not in changes.columns:
        raise InputError(
            "changes: the lookup has no change codes (U, S, M, X), so that it may be a best fit, which hides splits. "
            "Use the exact fit lookup."
        )
    require_columns(changes, [CHANGE], "changes")
    table = changes[[old, new, CHANGE]].drop_duplicates(ignore_index=True)
    if table.isna().any(axis=None):
        row = int(table.isna().any(axis=1).to_numpy().argmax()) + 1
        raise InputError(f"changes: {int(table.isna().any(axis=1).sum())} row(s) lack a code (first: row {row}).")
    _check_changes(table, old, new)
    forwards = to == new
    source, target = (old, new) if forwards else (new, old)
    meaning = {"U": "U", "X": "X", "S": "divided" if forwards else "joined", "M": "joined" if forwards else "divided"}
    pairs = {
        "source": table[source].astype("str"),
        "target": table[target].astype("str"),
        CHANGE: table[CHANGE].map(meaning),
        CHANGE + "_code": table[CHANGE],
    }
    return pd.DataFrame(pairs).sort_values(["target", "source"], ignore_index=True)


def _check_changes(table: pd.DataFrame, old: str, new: str) -> None:
    """Refuse change codes that are not known, or that the codes of the areas contradict."""
    code = table[CHANGE]
    strange = ~code.isin(_CODES)
    if strange.any():
        row = int(strange.to_numpy().argmax()) + 1
        raise InputError(f"changes: {int(strange.sum())} change code(s) are not U, S, M or X (first: row {row}).")
    partners_of_old = table.groupby(old)[new].transform("size")
    partners_of_new = table.groupby(new)[old].transform("size")
    wrong = (code == "U") & ((partners_of_old > 1) | (partners_of_new > 1))
    wrong |= (code == "S") & ((partners_of_old < 2) | (partners_of_new > 1))  # noqa: PLR2004 - two parts
    wrong |= (code == "M") & ((partners_of_old > 1) | (partners_of_new < 2))  # noqa: PLR2004 - two parts
    if wrong.any():
        row = int(wrong.to_numpy().argmax()) + 1
        raise InputError(
            f"changes: {int(wrong.sum())} row(s) say U, S or M but their codes say otherwise (first: row {row}: "
            f"{table[old].iloc[row - 1]} to {table[new].iloc[row - 1]}). Use the whole exact fit lookup, no extract."
        )


__all__ = ["change_table", "common_areas", "sum_in_common_areas", "vintage_columns"]
