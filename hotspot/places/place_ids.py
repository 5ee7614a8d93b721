"""Keep the id of a place from list to list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from hotspot.checks import require_columns, require_unique_index
from hotspot.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MEMBERS_APART = "; "
"""Between the codes of a place's areas."""


def carry_ids(
    places: Sequence[Sequence[str]],
    previous: pd.DataFrame | None,
    *,
    areas: Iterable[str],
    reserved: Iterable[str] = (),
) -> tuple[list[str], list[int | None]]:
    """
    Give each place the id it had on the list before, or that of its highest area.

    Parameters
    ----------
    places
        Codes of the areas of each place, the highest first, best place first.
    previous
        The list before, with ``areas`` and ``rank``; None if there is none.
    areas
        Codes of all areas there are.
    reserved
        Ids that no place may have: those of the excluded.

    Returns
    -------
    ids : list of str
        A place that shares areas with an earlier one takes its id: the two that share most first, then the better
        place. Any other takes the code of its highest area, or of the next one where that id is in use.
    ranks : list of int or None
        The rank the place had; None if it is new.

    Raises
    ------
    InputError
        The list before lacks a column, two of its places have one id or hold one area, or it is of other areas.
    """
    ids: list[str | None] = [None] * len(places)
    ranks: list[int | None] = [None] * len(places)
    used = set(reserved)
    if previous is not None:
        table = _read(previous, set(areas))
        owner = {code: row for row, codes in enumerate(table["areas"]) for code in codes}
        shared: dict[tuple[int, int], int] = {}
        for place, codes in enumerate(places):
            for code in codes:
                if code in owner:
                    shared[place, owner[code]] = shared.get((place, owner[code]), 0) + 1
        taken: set[int] = set()
        for (place, row), _ in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
            if ids[place] is None and row not in taken and str(table.index[row]) not in used:
                ids[place], ranks[place] = str(table.index[row]), table["rank"].iloc[row]
                taken.add(row)
        used |= {*table.index.astype(str)}
    named: list[str] = []
    for place, codes in enumerate(places):
        found = ids[place] or _unused(codes, used)
        used.add(found)
        named.append(found)
    return named, ranks


def _unused(codes: Sequence[str], used: set[str]) -> str:
    """Give the first code that is no id yet, else the first with a number."""
    free = next((code for code in codes if code not in used), None)
    if free is not None:
        return free
    number = 2
    while f"{codes[0]}-{number}" in used:
        number += 1
    return f"{codes[0]}-{number}"


def _read(previous: pd.DataFrame, areas: set[str]) -> pd.DataFrame:
    """Give the ranked places of the list before, with the codes of each as a list."""
    if not isinstance(previous, pd.DataFrame):
        raise InputError(
            f"previous: give the list as a frame, not {type(previous).__name__}; pandas.read_csv reads it."
        )
    require_columns(previous, ["rank", "areas"], "previous")
    table = previous.set_index("place_id") if "place_id" in previous.columns else previous
    require_unique_index(table, "previous")
    table = table[table["rank"].notna() & table["areas"].notna()]
    codes = [str(text).split(MEMBERS_APART) for text in table["areas"]]
    every = [code for group in codes for code in group]
    if len(set(every)) < len(every):
        twice = next(code for code in every if every.count(code) > 1)
        raise InputError(f"previous: area {twice!r} belongs to two places. Give one list, as prioritise returned it.")
    if every and areas.isdisjoint(every):
        raise InputError(
            f"previous: none of its {len(every)} areas is in counts. Give the list of the same areas, with their codes "
            f"set apart by {MEMBERS_APART!r}."
        )
    ranks = pd.to_numeric(table["rank"], errors="coerce")
    if ranks.isna().any() or (ranks % 1 != 0).any() or not ranks.between(1, 2**53).all() or table["rank"].dtype == bool:
        raise InputError("previous: 'rank' holds what is no whole number. Give the list as prioritise returned it.")
    return pd.DataFrame({"rank": [int(rank) for rank in ranks], "areas": codes}, index=table.index)


__all__ = ["MEMBERS_APART", "carry_ids"]
