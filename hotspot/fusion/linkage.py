"""Link records of several sources that seem to be one event, without identifiers."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from hotspot.checks import (
    nearest,
    require_columns,
    require_metric_crs,
    require_positive,
    require_unique_index,
)
from hotspot.errors import ComparabilityError, ConfigError, InputError
from hotspot.record import note
from hotspot.schema import CATEGORIES, VIOLENT_CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Collection

    import geopandas as gpd
    from numpy.typing import NDArray

    Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]

_WIDTHS = {"minute": "0s", "hour": "1h", "day": "24h", "month": "28D"}
"""Least length of the interval that a record of each precision stands for."""
_BAD_FLAGS = ("default midnight", "unknown")
_MOST_SOURCES = 62
"""One bit of an integer for each source."""


def link_events(
    incidents: gpd.GeoDataFrame,
    *,
    max_distance: float = 250,
    max_gap: str | pd.Timedelta = "6h",
    categories: Collection[str] | None = None,
) -> gpd.GeoDataFrame:
    """
    Link records of different sources that lie close together in space and time.

    Parameters
    ----------
    incidents
        Incidents of two or more sources (``combine``), in a projected metric CRS. Time is ``occurred_from``, local
        clock: for an emergency department the time of the assault, not of arrival.
    max_distance
        Largest distance between two records of one event, in metres.
    max_gap
        Largest difference between their times, such as ``"6h"``. Records whose time is known less exactly than this
        (month or day precision, long intervals) cannot be linked.
    categories
        What may be linked, in the vocabulary of ``category``. None takes the violent categories.

    Returns
    -------
    GeoDataFrame
        The incidents, in the same order, with ``event_id``: the id of the event's first record (the smallest
        ``incident_id``). A record that matches none is an event of its own.

    Raises
    ------
    ComparabilityError
        No record of a source can be linked, for example because the source knows only the month.
    ConfigError
        A tolerance is not above 0, or a category is unknown.
    CRSError, InputError
        The frame lacks a metric CRS, a column or a unique index.

    Notes
    -----
    Candidate pairs are all pairs of records of different sources within both tolerances. They are taken in the order
    of their cost, distance / max_distance + gap / max_gap (ties: by ``incident_id``), and joined unless the joined
    event would hold two records of one source. So an event holds at most one record of each source, and between any
    two sources the matching is one to one. The result does not depend on the order of the rows.

    **Unmatched is not unreported.** A record stays alone because the other source does not have the event, or has it
    elsewhere, at another time, under another category or without a place. Some matches are chance: their number is
    not estimated in this version, and grows with density and tolerances.

    References
    ----------
    Boyle, Snelling, White, Ariel and Ashelford (2013) Injury Prevention 19(4), on matching police and health records
    by place and time.

    Examples
    --------
    >>> import geopandas as gpd, pandas as pd
    >>> from hotspot.fusion import link_events
    >>> incidents = gpd.GeoDataFrame(
    ...     {
    ...         "source": ["police", "police", "ed"],
    ...         "occurred_from": pd.to_datetime(["2024-05-04 23:10", "2024-05-05 14:00", "2024-05-04 23:40"]),
    ...         "category": ["violence_with_injury", "robbery", "assault"],
    ...     },
    ...     index=["police-1", "police-2", "ed-1"],
    ...     geometry=gpd.points_from_xy([530000, 530900, 530080], [180000, 180000, 180060]),
    ...     crs=27700,
    ... )
    >>> link_events(incidents)["event_id"].to_dict()
    {'police-1': 'ed-1', 'police-2': 'police-2', 'ed-1': 'ed-1'}
    """
    require_metric_crs(incidents, "incidents")
    require_unique_index(incidents, "incidents")
    require_columns(incidents, ["source", "occurred_from"], "incidents")
    require_positive(max_distance, "max_distance", "metres")
    gap = _gap(max_gap)
    reason = _why_not(incidents, gap, _categories(categories))
    sources = sorted(incidents["source"].dropna().unique())
    if len(sources) > _MOST_SOURCES:
        raise InputError(f"incidents: {len(sources)} sources; at most {_MOST_SOURCES} can be linked.")
    _refuse_hopeless(incidents["source"], reason, sources)

    source = pd.Categorical(incidents["source"], categories=sources).codes.astype(np.int64)
    if (source < 0).any():
        raise InputError(f"incidents: {int((source < 0).sum())} row(s) have no source. Fill it in.")
    order = np.empty(len(incidents), np.int64)
    order[np.argsort(incidents.index.astype(str).to_numpy(), kind="stable")] = np.arange(len(incidents))
    pairs = _candidates(incidents, source, (reason == "").to_numpy(), float(max_distance), gap)
    first = _join(pairs, source, order)

    linked = incidents.copy()
    linked["event_id"] = pd.Series(incidents.index.astype(str).to_numpy()[first], index=incidents.index, dtype="str")
    note(
        "link_events",
        max_distance_m=float(max_distance),
        max_gap_hours=gap / pd.Timedelta(hours=1),
        records={name: int(n) for name, n in zip(sources, np.bincount(source, minlength=len(sources)), strict=True)},
        cannot_be_linked=_account(incidents["source"], reason),
        candidate_pairs=int(pairs[0].size),
        matched=_matched(linked, sources),
        events=int(linked["event_id"].nunique()),
        chance_matches="not estimated in this version",
    )
    return linked


def _gap(max_gap: str | pd.Timedelta) -> pd.Timedelta:
    """Read the largest gap as a length of time above 0."""
    try:
        gap = pd.Timedelta(max_gap)
    except ValueError as problem:
        raise ConfigError(f"max_gap: {max_gap!r} is not a length of time. Write for example '6h'.") from problem
    if pd.isna(gap) or gap <= pd.Timedelta(0):
        raise ConfigError(f"max_gap: {max_gap!r} must be above 0, for example '6h'.")
    return gap


def _categories(categories: Collection[str] | None) -> Collection[str]:
    """Check the categories that may be linked."""
    if categories is None:
        return VIOLENT_CATEGORIES
    given = [categories] if isinstance(categories, str) else list(categories)
    unknown = [name for name in given if name not in CATEGORIES]
    if unknown:
        raise ConfigError(
            f"categories: {len(unknown)} not known, the first {unknown[0]!r}.{nearest(unknown[0], CATEGORIES)}"
        )
    return given


def _why_not(incidents: gpd.GeoDataFrame, gap: pd.Timedelta, categories: Collection[str]) -> pd.Series:
    """Say for each record why it cannot be linked; empty where it can. The first reason that holds is given."""
    reason = pd.Series("", index=incidents.index, dtype="str")

    def exclude(which: pd.Series, why: str) -> None:
        reason[which.fillna(value=False).astype(bool) & (reason == "")] = why

    if "category" in incidents:
        exclude(~incidents["category"].isin(list(categories)), "another category")
    shapes = incidents.geometry.to_numpy()
    exclude(pd.Series(shapely.is_missing(shapes) | shapely.is_empty(shapes), index=incidents.index), "no point")
    exclude(incidents["occurred_from"].isna(), "no time")
    if "time_precision" in incidents:
        width = pd.to_timedelta(incidents["time_precision"].map(_WIDTHS))
        exclude(width.isna() | (width > gap), "time too coarse")
    if "occurred_to" in incidents:
        exclude(incidents["occurred_to"] - incidents["occurred_from"] > gap, "time too coarse")
    if "time_flag" in incidents:
        exclude(incidents["time_flag"].isin(_BAD_FLAGS), "time doubtful")
    return reason


def _account(source: pd.Series, reason: pd.Series) -> dict[str, dict[str, int]]:
    """Count the records that cannot be linked, by source and reason."""
    account: dict[str, dict[str, int]] = {}
    for name, why in zip(source[reason != ""], reason[reason != ""], strict=True):
        reasons = account.setdefault(str(name), {})
        reasons[str(why)] = reasons.get(str(why), 0) + 1
    return account


def _refuse_hopeless(source: pd.Series, reason: pd.Series, sources: list[str]) -> None:
    """Raise if a source has records of the right kind and none can be linked: its union would be a plain sum."""
    for name in sources:
        own = reason[(source == name) & (reason != "another category")]
        if len(own) and (own != "").all():
            counts = ", ".join(f"{why}: {n}" for why, n in own.value_counts().items())
            raise ComparabilityError(
                f"incidents: none of the {len(own)} records of source {name!r} can be linked ({counts}). "
                "Leave this source out and compare it by area, raise max_gap, or read an extract with times and places."
            )


def _candidates(
    incidents: gpd.GeoDataFrame, source: NDArray[np.int64], able: NDArray[np.bool_], distance: float, gap: pd.Timedelta
) -> Pairs:
    """Find all pairs of different sources within both tolerances, and what each costs."""
    from scipy.spatial import cKDTree

    rows = np.flatnonzero(able)
    points = incidents.geometry.iloc[rows]
    xy = np.column_stack([points.x.to_numpy(), points.y.to_numpy()]).reshape(-1, 2)
    time = incidents["occurred_from"].iloc[rows].to_numpy().astype("datetime64[us]").astype(np.int64)
    longest = gap // pd.Timedelta(microseconds=1)
    since = time - time.min(initial=np.iinfo(np.int64).max) if rows.size else time
    # In units of the tolerances, a pair within both lies inside a cube of side 2; the exact test follows.
    cube = np.column_stack([xy / distance, since / longest])
    members = [np.flatnonzero(source[rows] == code) for code in range(int(source.max(initial=-1)) + 1)]
    trees = [cKDTree(cube[own]) if own.size else None for own in members]
    found = []
    for a, b in combinations(range(len(members)), 2):
        left, right = trees[a], trees[b]
        if left is None or right is None:
            continue
        near = left.sparse_distance_matrix(right, 1 + 1e-6, p=np.inf, output_type="ndarray")
        i, j = members[a][near["i"]], members[b][near["j"]]
        metres = np.hypot(*(xy[i] - xy[j]).T)
        apart = np.abs(time[i] - time[j])
        close = (metres <= distance) & (apart <= longest)
        found.append((rows[i[close]], rows[j[close]], metres[close] / distance + apart[close] / longest))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    left_rows, right_rows, cost = (np.concatenate(part) for part in zip(*found, strict=True))
    return left_rows, right_rows, cost


def _join(pairs: Pairs, source: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """
    Join pairs from the cheapest on, never two records of one source; give each record its event's first record.

    Parameters
    ----------
    pairs
        Rows of the two records, and the cost.
    source
        Number of the source, per row.
    order
        Place of each row in the sorted ids: breaks ties, and says which record is an event's first.
    """
    a, b, cost = pairs
    low, high = np.minimum(order[a], order[b]), np.maximum(order[a], order[b])
    root = np.arange(source.size)
    holds = {int(row): 1 << int(source[row]) for row in np.concatenate([a, b])}

    def find(row: int) -> int:
        while root[row] != row:
            root[row] = root[root[row]]
            row = int(root[row])
        return row

    for pair in np.lexsort((high, low, cost)):
        one, other = find(int(a[pair])), find(int(b[pair]))
        if one != other and not holds[one] & holds[other]:
            keep, drop = (one, other) if order[one] < order[other] else (other, one)
            root[drop] = keep
            holds[keep] |= holds[drop]
    return np.array([find(row) for row in range(source.size)], dtype=np.int64)


def _matched(linked: gpd.GeoDataFrame, sources: list[str]) -> dict[str, int]:
    """Count the events that two sources share, for each pair of sources."""
    members = {name: set(linked.loc[linked["source"] == name, "event_id"]) for name in sources}
    return {f"{a} and {b}": len(members[a] & members[b]) for a, b in combinations(sources, 2)}
