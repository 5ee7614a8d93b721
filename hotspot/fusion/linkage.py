"""Link records of several sources that seem to be one event, without identifiers."""

from __future__ import annotations

import warnings
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_positive
from hotspot.errors import HotspotWarning
from hotspot.fusion.linkage_chance import chance_of_pair
from hotspot.fusion.linkage_records import (
    Linkable,
    account,
    ask,
    check_incidents,
    event_times,
    is_conveyance,
    lay_out,
    read_categories,
    read_gap,
    refuse_hopeless,
    tolerance,
    who_asks,
    why_not,
)
from hotspot.numerics.space_time_matching import alone, first_of_event, match
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Collection

    import geopandas as gpd
    from numpy.typing import NDArray


def link_events(
    incidents: gpd.GeoDataFrame,
    *,
    max_distance: float = 250,
    max_gap: str | pd.Timedelta = "6h",
    categories: Collection[str] | None = None,
    use_arrival: bool = False,
    chance: bool = True,
) -> gpd.GeoDataFrame:
    """
    Link records of different sources that lie close together in space and time.

    Parameters
    ----------
    incidents
        Incidents of two or more sources (``combine``), in a projected metric CRS. Time is the interval from
        ``occurred_from`` to ``occurred_to``, local clock: for an emergency department the time of the assault, not of
        arrival.
    max_distance
        Largest distance between two records of one event, in metres.
    max_gap
        Largest gap between their intervals, such as ``"6h"``; intervals that overlap have none. Records whose time is
        known less exactly than this (month or day precision, long intervals) cannot be linked.
    categories
        What may be linked, in the vocabulary of ``category``. None takes the violent categories.
    use_arrival
        Whether an emergency department's record without a usable time of the assault is taken to have happened in the
        six hours before ``arrived_at``. Otherwise it stays alone.
    chance
        Whether to estimate how many matches chance alone would give, for each two sources, and to warn where it
        dominates. The figures go into the record.

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
        The frame lacks a metric CRS, a column or a unique index, or holds what is no point or no time.

    Warns
    -----
    HotspotWarning
        More than half of the matches between two sources are what chance gives.

    Notes
    -----
    Candidate pairs are all pairs of records of different sources within both tolerances. They are taken in the order
    of their cost, distance / max_distance + gap / max_gap + mismatch of the categories (ties: by ``incident_id``), and
    joined unless the joined event would hold two records of one source. So an event holds at most one record of each
    source, and between any two sources the matching is one to one. The result does not depend on the order of the
    rows. The mismatch is 0 where two categories say the same and at most 1 (``linkage_categories.MISMATCH``): a
    stabbing goes to a violence with injury before a robbery of the same place and time.

    Emergency departments and ambulances are linked first, then everything else. A patient who was not conveyed, or was
    taken to another hospital of the data, is not the department's. Where the arrival is known, it must be within three
    hours after the call, and the gap counts only in the cost.

    **Unmatched is not unreported.** A record stays alone because the other source does not have the event, or has it
    elsewhere, at another time, under another category or without a place. Some matches are chance; ``tolerance_curve``
    shows how many over a grid of tolerances.

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
    sources = check_incidents(incidents)
    require_positive(max_distance, "max_distance", "metres")
    gap = read_gap(max_gap)
    times = event_times(incidents, use_arrival=use_arrival)
    reason = why_not(incidents, times, gap, read_categories(categories))
    refuse_hopeless(incidents["source"], reason, sources)
    linkable = lay_out(incidents, times, (reason == "").to_numpy(), sources, float(max_distance))
    first, candidates = _join(linkable, float(max_distance), gap)

    names = incidents.index.astype(str).to_numpy(dtype=object)
    event = names.copy()
    event[linkable.row] = names[linkable.row[first]]
    linked = incidents.copy()
    linked["event_id"] = pd.Series(event, index=incidents.index, dtype="str")
    by_chance = _chance(linkable, float(max_distance), gap) if chance else "not asked for"
    note(
        "link_events",
        max_distance_m=float(max_distance),
        max_gap_hours=gap / pd.Timedelta(hours=1),
        records={name: int((incidents["source"] == name).sum()) for name in sources},
        cannot_be_linked=account(incidents["source"], reason),
        time_from_arrival=int(times["from_arrival"].sum()),
        candidate_pairs=candidates,
        matched=_matched(linkable, first),
        events=len(incidents) - first.size + np.unique(first).size,
        chance_matches=by_chance,
    )
    return linked


def _join(linkable: Linkable, distance: float, gap: pd.Timedelta) -> tuple[NDArray[np.int64], int]:
    """Join records to events, hospitals and ambulances first; give each record its event's first record."""
    events = alone(linkable.records)
    pairs = [who_asks(linkable, one, other) for one, other in combinations(range(len(linkable.sources)), 2)]
    candidates = 0
    for first in (True, False):
        stage = [(a, b) for a, b in pairs if is_conveyance(linkable.sources[a], linkable.sources[b]) == first]
        allowed = tolerance(distance, gap, conveyance=first)
        queries = ask(linkable, stage)
        found = match(queries, linkable.records, linkable.grid, allowed, linkable.mismatch, events)
        candidates += found.candidates
    return first_of_event(linkable.records, events), candidates


def _chance(linkable: Linkable, distance: float, gap: pd.Timedelta) -> dict[str, dict[str, float | int | str]]:
    """Estimate the chance matches of each two sources, and warn where they are more than half of what was found."""
    result = {}
    for one, other in combinations(range(len(linkable.sources)), 2):
        name = f"{linkable.sources[one]} and {linkable.sources[other]}"
        facts = result[name] = chance_of_pair(linkable, one, other, distance, gap)
        if facts["verdict"] == "chance dominates":
            warnings.warn(
                f"link_events: of {facts['matched']:,} matches between {name} within {distance:g} m and "
                f"{gap / pd.Timedelta(hours=1):g} h, chance alone gives {facts['chance']:,.1f}. Their number says "
                "little: use smaller tolerances (tolerance_curve shows which), or compare the sources by area.",
                HotspotWarning,
                stacklevel=3,
            )
    return result


def _matched(linkable: Linkable, first: NDArray[np.int64]) -> dict[str, int]:
    """Count the events that two sources share, for each pair of sources."""
    has = np.zeros((len(linkable.sources), first.size), dtype=bool)
    has[linkable.records.source, first] = True
    names = enumerate(linkable.sources)
    return {f"{a} and {b}": int((has[one] & has[other]).sum()) for (one, a), (other, b) in combinations(names, 2)}
