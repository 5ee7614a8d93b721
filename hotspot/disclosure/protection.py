"""Protect what was counted: counts, shared rates, sums and tables; refuse what nobody has declared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from hotspot.checks import listed
from hotspot.errors import DisclosureError, InputError
from hotspot.record import note
from hotspot.schema import Disclosure, declared, source_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd

    from hotspot.disclosure.policy import DisclosurePolicy

_FROM_ANALYSE = (Disclosure.DERIVED, Disclosure.INTERNAL)
_TABLE_NAME = re.compile(r"[a-z][a-z0-9_]*")
_VENUES = "Venues"
"""The frame of single venues: whose name is on them, whatever the column says."""
_PLACES = "Places"
"""The frame of a priority list: which areas are on it, and together, was decided by exact counts."""
_TABLE_INDEX = ("year", "quarter", "month", "weekday", "hour")
_TIME = re.compile(
    r"\d{1,4}|\d{4}[-/ ]?Q[1-4]|Q[1-4]|\d{4}[-/]\d{2,4}|\d{1,2}(:00)?(-\d{1,2}(:00)?)?"
    r"|(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Mon|Tue|Wed|Thu|Fri|Sat|Sun"
    r"|(January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec)( \d{4})?",
    re.IGNORECASE,
)
"""What the labels of a table by time look like; names of places do not."""


def require_declared(columns: Iterable[object], argument: str, policy: DisclosurePolicy) -> None:
    """
    Refuse what nobody has declared, what is of record level, and what only ``analyse`` may give.

    Parameters
    ----------
    columns
        Names of the columns.
    argument
        What the message calls the frame.
    policy
        A restricted one lets derived columns through as they are.

    Raises
    ------
    DisclosureError
        With the first such column.
    """
    names = [str(name) for name in columns]
    if len(set(names)) < len(names):
        repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        raise InputError(f"{argument}: column(s) {listed(repeated)} stand more than once.")
    for name in names:
        column = declared(name)
        if column is None:
            raise DisclosureError(f"{argument}: column {name!r} has no disclosure rule; drop it or declare one.")
        if column.disclosure is Disclosure.NEVER:
            raise DisclosureError(f"{argument}: column {name!r} is of record level and never leaves; drop it.")
        if column.frame == _VENUES and not policy.is_restricted:
            raise DisclosureError(
                f"{argument}: column {name!r} tells of single venues. It goes into a restricted release only."
            )
        if column.disclosure in _FROM_ANALYSE and not policy.is_restricted:
            raise DisclosureError(
                f"{argument}: column {name!r} is derived from exact counts. Compute it in 'analyse', "
                "which runs on the protected counts, or drop it."
            )


def require_no_venues(index: pd.Index, argument: str, policy: DisclosurePolicy) -> None:
    """Refuse rows that are single venues or the places of a list, by the name their index bears."""
    frames = {column.frame for column in (declared(str(name)) for name in index.names if name is not None) if column}
    if policy.is_restricted or frames.isdisjoint({_VENUES, _PLACES}):
        return
    what, why = "single venues", "and figures of a named place are about somebody"
    if _VENUES not in frames:
        # who is on it tells of hidden counts, and so do sums beside those of its areas
        what, why = "the places of a list", "chosen and merged by exact counts. To publish one, prioritise in 'analyse'"
    raise DisclosureError(
        f"{argument}: its rows are {what} ({listed(index.names)}), {why}. They go into a restricted release only."
    )


def require_areas(counts: gpd.GeoDataFrame, policy: DisclosurePolicy) -> None:
    """
    Refuse areas that are single places: drawn as points or lines, or named after a venue.

    Parameters
    ----------
    counts
        AreaCounts of declared columns.
    policy
        A restricted one takes them as they are.

    Raises
    ------
    DisclosureError
        With the number of such areas and the first row.
    """
    if policy.is_restricted:
        return
    flat = np.isin(shapely.get_dimensions(counts.geometry.to_numpy()), (0, 1)) & ~counts.geometry.is_empty.to_numpy()
    if flat.any():
        raise DisclosureError(
            f"counts: {int(flat.sum())} row(s) are points or lines, no areas (first: row {int(flat.argmax())}). A "
            "count at a point is about an address. Count by areas, or give a restricted release."
        )
    if "name_basis" in counts:
        venue = counts["name_basis"].astype("str").str.contains("venue").fillna(value=False).to_numpy(dtype=bool)
        if venue.any():
            raise DisclosureError(
                f"counts: {int(venue.sum())} row(s) are named after a venue (first: row {int(venue.argmax())}), and a "
                "count with that name reads as a blame. Name them again: name_places(…, kinds=['street', 'locality'])."
            )


def protect_areas(counts: gpd.GeoDataFrame, policy: DisclosurePolicy) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """
    Protect every count, shared rate and sum of AreaCounts.

    Parameters
    ----------
    counts
        AreaCounts of declared columns.
    policy
        Threshold and rounding.

    Returns
    -------
    tuple
        A protected copy, and which counts are hidden: one column per source.

    Raises
    ------
    DisclosureError
        If a rate cannot be protected: it stands beside its own count, or there is no population.
    """
    protected = counts.copy()
    # What a frame carries beside its columns is declared nowhere, and GeoParquet would write it.
    protected.attrs = {}
    hidden = pd.DataFrame(index=counts.index)
    for name in map(str, counts.columns):
        source = source_of(name)
        if source is None:
            continue
        if name.startswith("n_"):
            protected[name], hidden[source] = policy.protect(counts[name], source)
        elif policy.is_exact(source):
            protected[name] = counts[name].astype("float64")
            hidden[source] = hidden.get(source, False)
        else:
            protected[name], hidden[source] = _protect_rate(counts, name, source, policy)
    if "n" in counts and not policy.is_restricted:
        protected["n"] = _published_sum(counts, protected)
    return protected, hidden.astype(bool)


def implied_counts(counts: pd.DataFrame, source: str) -> pd.Series:
    """
    Compute the count behind the rate that an agency shared: the population is public, so anybody can.

    Parameters
    ----------
    counts
        Frame with ``rate_<source>`` (per 1,000 people) and ``population``.
    source
        Whose rate it is.

    Returns
    -------
    pandas.Series
        Whole numbers, at least 1 where the rate is above 0; missing where rate or population is.

    Raises
    ------
    DisclosureError
        If there is no population.
    InputError
        If a rate is negative or infinite.
    """
    name = f"rate_{source}"
    if "population" not in counts:
        raise DisclosureError(
            f"counts: {name!r} cannot be protected without 'population', from which the count behind it could be "
            f"found. Give the population, or name {source!r} in public_sources if it is already public."
        )
    rate = counts[name].astype("float64")
    wrong = (rate < 0) | np.isinf(rate)
    if wrong.any():
        raise InputError(
            f"counts: column {name!r} has {int(wrong.sum())} value(s) that are no rates (0 or more), "
            f"the first in row {int(np.flatnonzero(wrong)[0])}."
        )
    implied = (rate * counts["population"].astype("float64") / 1_000).round().astype("Int64")
    # A rate above 0 that is a mean of several years may imply less than one event a year, but never none.
    return implied.mask((implied == 0) & (rate > 0), 1).rename(name)


def protect_table(name: str, table: pd.DataFrame, policy: DisclosurePolicy) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Protect a table of counts for the whole study area.

    Parameters
    ----------
    name
        Its name, which becomes a file name.
    table
        ``n_<source>`` columns, indexed by ``year``, ``quarter``, ``month``, ``weekday``, ``hour`` or several of them.
    policy
        Threshold and rounding; a restricted one takes any declared column and index.

    Returns
    -------
    tuple
        A protected copy, and which of its cells are hidden.

    Raises
    ------
    DisclosureError
        If a column is no count, or the table is by something else than time: two levels of one measure can be
        subtracted from each other.
    InputError
        If the name is no name.
    """
    argument = f"tables[{name!r}]"
    if _TABLE_NAME.fullmatch(name) is None:
        raise InputError(f"{argument}: name a table with lower-case letters, digits and underscores.")
    require_no_venues(table.index, argument, policy)
    require_declared(table.columns, argument, policy)
    if not policy.is_restricted:
        _require_times(argument, table)
    result, hidden = table.copy(), pd.DataFrame(data=False, index=table.index, columns=table.columns)
    result.attrs = {}
    for column in map(str, table.columns):
        source = source_of(column)
        if source is not None and column.startswith("n_"):
            result[column], hidden[column] = policy.protect(table[column], source)
        elif not policy.is_restricted:
            raise DisclosureError(
                f"{argument}: column {column!r} has no rule in a table; give n_<source> counts and leave it out."
            )
    return result, hidden.astype(bool)


def _require_times(argument: str, table: pd.DataFrame) -> None:
    """Refuse a table that is by anything else than time, whatever its index is called."""
    unfit = [str(name) for name in table.index.names if name not in _TABLE_INDEX]
    if unfit:
        raise DisclosureError(
            f"{argument}: indexed by {listed(unfit)}. A table for the whole study area is by {listed(_TABLE_INDEX)}; "
            "figures by area belong in 'counts', at one level."
        )
    for level, name in enumerate(table.index.names):
        labels = table.index.get_level_values(level)
        if pd.api.types.is_numeric_dtype(labels) or isinstance(labels, pd.DatetimeIndex | pd.PeriodIndex):
            continue
        strange = np.flatnonzero([_TIME.fullmatch(str(label)) is None for label in labels])
        if len(strange):
            raise DisclosureError(
                f"{argument}: {len(strange)} label(s) of {str(name)!r} are no times, the first in row {strange[0]}. "
                "Write 2025, 2025-Q1, 2025-01, Monday or 23; what is by place belongs in 'counts'."
            )


def _protect_rate(
    counts: gpd.GeoDataFrame, name: str, source: str, policy: DisclosurePolicy
) -> tuple[pd.Series, pd.Series]:
    """Protect a rate that arrived as such through the count it implies."""
    if f"n_{source}" in counts:
        raise DisclosureError(
            f"counts: {name!r} stands beside 'n_{source}', so it is derived from an exact count, and both together "
            "would give the count back. Compute it in 'analyse', which runs on the protected counts."
        )
    published, hidden = policy.protect(implied_counts(counts, source), source)
    people = counts["population"].astype("float64")
    return published.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan) / people.mask(
        people == 0
    ) * 1_000, hidden


def _published_sum(counts: gpd.GeoDataFrame, protected: gpd.GeoDataFrame) -> pd.Series:
    """Show ``n`` only where it is the sum of published parts; a rounded true total gives a hidden part back."""
    parts = [column for column in map(str, counts.columns) if column.startswith("n_") and source_of(column)]
    if not parts:
        raise DisclosureError("counts: 'n' has no parts (n_<source>) that say how to protect it; name its source.")
    if not counts["n"].astype("Int64").equals(_sum(counts, parts)):
        note("release_n", shown=False, why="n is a union of linked events, not the sum of its published parts")
        return pd.Series(pd.NA, index=counts.index, dtype="Int64")
    # A hidden part is missing in the protected frame, and so is then the sum.
    return _sum(protected, parts)


def _sum(frame: pd.DataFrame, parts: list[str]) -> pd.Series:
    return frame[parts].astype("Int64").sum(axis=1, skipna=False).astype("Int64").rename("n")


def protect_tables(
    tables: Mapping[str, pd.DataFrame], policy: DisclosurePolicy
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Protect every table; give them, and which of their cells are hidden, by name."""
    done = {str(name): protect_table(str(name), table, policy) for name, table in tables.items()}
    return {name: pair[0] for name, pair in done.items()}, {name: pair[1] for name, pair in done.items()}
