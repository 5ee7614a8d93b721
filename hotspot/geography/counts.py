"""Count incidents in areas, join counts of other agencies, and add areas up to larger ones."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import listed, require_choice, require_columns, require_metric_crs, require_unique_index
from hotspot.errors import HotspotError, HotspotWarning, InputError
from hotspot.geography.owner import positions_in_areas
from hotspot.geography.tables import as_code
from hotspot.record import note
from hotspot.schema import is_source_name, source_of

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from hotspot.geography.raycast import Small


def count_incidents(incidents: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, by: str = "source") -> gpd.GeoDataFrame:
    """
    Count the incidents of each source in each area, every incident once.

    Parameters
    ----------
    incidents
        Incidents with a ``source``, in the reference system of the areas. A record without a point counts in its
        ``area_code`` where that is one of the areas.
    areas
        Areas, as `read_areas` gives them.
    by
        ``"source"``, the one column incidents may be told apart by.

    Returns
    -------
    geopandas.GeoDataFrame
        AreaCounts: the areas with ``n_<source>`` (records; 0 where a source that covers the area has none), and ``n``
        for a single source, or, where records carry an ``event_id``, for distinct events of all sources. An event of
        several records is counted in the area of its first located record, in the order of ``incident_id``.

    Raises
    ------
    CRSError
        If the reference systems differ, are missing, or do not count in metres.
    InputError
        If there are no incidents, one has no source or an unfit one, or the areas have such counts already.

    Notes
    -----
    Every incident is inside an area, outside all of them, or unlocatable (no point, and no area code that is known
    here). The three numbers are noted and add up. 0 means that no record was received, not that nothing happened; set
    the count of an area that a source does not cover to missing.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> from hotspot.geography import count_incidents
    >>> areas = gpd.GeoDataFrame(index=["A", "B"], geometry=[box(0, 0, 9, 9), box(9, 0, 18, 9)], crs=27700)
    >>> incidents = gpd.GeoDataFrame(
    ...     {"source": ["police", "police", "ed"]}, geometry=[Point(1, 1), Point(9, 5), Point(2, 2)], crs=27700
    ... )
    >>> count_incidents(incidents, areas)[["n_police", "n_ed"]].values.tolist()
    [[1, 1], [1, 0]]
    """
    require_choice(by, ("source",), "by")
    if not len(incidents):
        raise InputError("incidents: there are none to count.")
    require_columns(incidents, [by], "incidents")
    sources = _sources(incidents[by])
    taken = [name for name in ("n", *(f"n_{source}" for source in sources)) if name in areas.columns]
    if taken:
        raise InputError(f"areas: {listed(taken)} is there already. Give areas without counts.")
    position, unlocatable = _positions(incidents, areas)
    counts = areas.copy()
    by_source: dict[str, dict[str, int]] = {}
    for source in sources:
        own = (incidents[by] == source).to_numpy(dtype=bool)
        counted = _count(position[own], len(areas))
        counts[f"n_{source}"] = pd.array(counted, dtype="Int64")
        by_source[source] = _balance(int(own.sum()), int(counted.sum()), position[own], unlocatable[own])
    facts: dict[str, object] = {}
    if "event_id" in incidents.columns:
        events = _events(incidents["event_id"], position)
        counts["n"] = pd.array(_count(events, len(areas)), dtype="Int64")
        facts["events"] = int((events >= 0).sum())
    elif len(sources) == 1:
        counts["n"] = counts[f"n_{sources[0]}"]
    total = {name: sum(part[name] for part in by_source.values()) for name in next(iter(by_source.values()))}
    if total["kept"] != len(incidents):
        raise HotspotError(f"count_incidents: {total['kept']} of {len(incidents)} records are accounted for.")
    note("count_incidents", **total, by_source=by_source, **facts)
    return _before_geometry(counts)


def join_counts(counts: gpd.GeoDataFrame, *others: pd.DataFrame) -> gpd.GeoDataFrame:
    """
    Join counts or rates that agencies shared by area.

    Parameters
    ----------
    counts
        Areas or AreaCounts.
    *others
        Frames indexed by ``area_code`` with ``n_<source>`` or ``rate_<source>``, as `read_area_counts` gives them.

    Returns
    -------
    geopandas.GeoDataFrame
        ``counts`` with the columns of the others; an area that an agency does not report is missing, not 0. The ``n``
        of a single source is dropped, as there are several now; the ``n`` of linked sources stays.

    Raises
    ------
    InputError
        If a frame has no such column, one that is there already, a repeated code, or no code in common.

    Warns
    -----
    HotspotWarning
        If codes are no area: their rows are left out, counted and noted.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import pandas as pd
    >>> from shapely import box
    >>> from hotspot.geography import join_counts
    >>> areas = gpd.GeoDataFrame(index=["A", "B"], geometry=[box(0, 0, 9, 9), box(9, 0, 18, 9)], crs=27700)
    >>> ambulance = pd.DataFrame({"n_ambulance": pd.array([7], dtype="Int64")}, index=["B"])
    >>> join_counts(areas, ambulance)["n_ambulance"].to_list()
    [<NA>, 7]
    """
    require_unique_index(counts, "counts")
    single = sum(str(name).startswith("n_") for name in counts.columns) < 2  # noqa: PLR2004 - two make a union
    joined = counts.drop(columns="n", errors="ignore") if others and single else counts.copy()
    for other in others:
        columns = [str(name) for name in other.columns if source_of(str(name)) is not None]
        if not columns:
            raise InputError("others: a frame has no column n_<source> or rate_<source>.")
        there = [name for name in columns if name in joined.columns]
        if there:
            raise InputError(f"others: {listed(there)} is there already. Give each source its own name.")
        require_unique_index(other, "others")
        matched = other.index.isin(joined.index)
        if not matched.any():
            raise InputError(
                f"others: none of {len(other):,} codes of {listed(columns)} is an area code "
                f"(first: {other.index[0]!r}; areas: {joined.index[0]!r}). Check the kind and year of the areas."
            )
        for column in columns:
            joined[column] = other[column].reindex(joined.index)
        if not matched.all():
            _warn_of_unmatched(other[columns], matched)
        note(
            "join_counts",
            source=", ".join(dict.fromkeys(str(source_of(name)) for name in columns)),
            read=len(other),
            matched=int(matched.sum()),
            unmatched=int((~matched).sum()),
            unmatched_codes=[str(code) for code in other.index[~matched]],
            without_value=int(joined[columns].isna().any(axis=1).sum()),
        )
    return _before_geometry(joined)


def _warn_of_unmatched(other: pd.DataFrame, matched: NDArray[np.bool_]) -> None:
    """Say what is lost when codes are no area: a few changed codes are easily overlooked."""
    lost = other[~matched]
    counts = [name for name in other.columns if str(name).startswith("n_")]
    records = int(lost[counts].sum().sum()) if counts else 0
    told = f" with {records:,} records" if counts else ""
    warnings.warn(
        f"join_counts: {len(lost):,} of {len(other):,} codes of {listed(other.columns)}{told} are no area here and "
        f"left out (first: {lost.index[0]!r}). Codes of another year? See detect_vintage and convert_vintage.",
        HotspotWarning,
        stacklevel=3,
    )


def aggregate_counts(counts: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, parent: str = "parent") -> gpd.GeoDataFrame:
    """
    Add the counts of small areas up to the larger areas that hold them.

    Parameters
    ----------
    counts
        AreaCounts of small areas.
    areas
        The larger areas, with their own names and populations.
    parent
        Column of ``counts`` with the code of the larger area.

    Returns
    -------
    geopandas.GeoDataFrame
        The larger areas with ``n_<source>`` (and ``n`` where ``counts`` has it): missing where a small area in it has
        no count, or where it holds none. Rates cannot be added and are left out.

    Raises
    ------
    InputError
        If the parent column is missing, a small area has no parent, or one that is not among the larger areas.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import pandas as pd
    >>> from shapely import box
    >>> from hotspot.geography import aggregate_counts
    >>> small = gpd.GeoDataFrame(
    ...     {"parent": ["X", "X"], "n_ed": pd.array([3, 4], dtype="Int64")},
    ...     index=["A", "B"], geometry=[box(0, 0, 9, 9), box(9, 0, 18, 9)], crs=27700,
    ... )
    >>> large = gpd.GeoDataFrame(index=["X"], geometry=[box(0, 0, 18, 9)], crs=27700)
    >>> aggregate_counts(small, large)["n_ed"].to_dict()
    {'X': 7}
    """
    require_columns(counts, [parent], "counts")
    require_unique_index(areas, "areas")
    require_unique_index(counts, "counts")
    lost = counts.index[counts[parent].isna() | ~counts[parent].isin(areas.index)]
    if len(lost):
        raise InputError(
            f"parent: {len(lost)} of {len(counts)} areas have no {parent!r} among the larger areas ({listed(lost)}). "
            "Check the column and the year of both layers."
        )
    columns = [str(name) for name in counts.columns if name == "n" or str(name).startswith("n_")]
    columns = [name for name in columns if name == "n" or source_of(name) is not None]
    sums = areas.drop(columns=columns, errors="ignore").copy()
    grouped = counts.groupby(counts[parent].astype("str"))
    for column in columns:
        whole = counts[column].isna().groupby(counts[parent].astype("str")).sum() == 0
        total = grouped[column].sum().astype("Int64").where(whole)
        sums[column] = total.reindex(sums.index)
    left_out = [str(name) for name in counts.columns if str(name).startswith("rate_")]
    without = int((~sums.index.isin(counts[parent])).sum())
    note("aggregate_counts", areas=len(counts), into=len(sums), without_parts=without, left_out=left_out)
    return _before_geometry(sums)


def _sources(values: pd.Series) -> list[str]:
    """Give the sources in order of appearance, and refuse a missing or unfit one."""
    if values.isna().any():
        first = int(np.flatnonzero(values.isna())[0]) + 1
        raise InputError(f"incidents: {int(values.isna().sum())} record(s) have no source (first: row {first}).")
    found = [str(value) for value in values.unique()]
    unfit = sum(not is_source_name(value) for value in found)
    if unfit:
        raise InputError(f"incidents: {unfit} source name(s) are not lower-case letters, digits and underscores.")
    return found


def _positions(incidents: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> tuple[Small, np.ndarray]:
    """Give the position of each record's area, -1 for none, and which records have neither point nor known area."""
    placed = (incidents.geometry.notna() & ~incidents.geometry.is_empty).to_numpy(dtype=bool)
    if not placed.any() and incidents.crs is None:
        require_metric_crs(areas, "areas")
        require_unique_index(areas, "areas")
        position = np.full(len(incidents), -1, dtype=np.int32)
    else:
        position = positions_in_areas(incidents, areas)
    if "area_code" in incidents.columns:
        known = areas.index.get_indexer(as_code(incidents["area_code"]).astype("object"))
        position = np.where(placed, position, known).astype(np.int32)
    return position, ~placed & (position < 0)


def _count(position: Small, number: int) -> np.ndarray:
    return np.bincount(position[position >= 0], minlength=number)


def _balance(kept: int, counted: int, position: Small, unlocatable: np.ndarray) -> dict[str, int]:
    """Account for every record of a source, and raise if one was lost or counted twice."""
    outside = int(((position < 0) & ~unlocatable).sum())
    balance = {"kept": kept, "inside": counted, "outside": outside, "unlocatable": int(unlocatable.sum())}
    if kept != counted + outside + balance["unlocatable"]:
        raise HotspotError(f"count_incidents: the account does not balance: {balance}.")
    return balance


def _events(event: pd.Series, position: Small) -> Small:
    """Give the area of each event's first located record; a record without an event is one of its own."""
    located = pd.DataFrame({"event": event.to_numpy(), "position": position}, index=event.index)[position >= 0]
    # by id, so that the order of the rows does not decide where an event counts
    located = located.sort_index(kind="stable")
    alone = located["event"].isna()
    first = located[~alone].drop_duplicates("event")
    return np.concatenate([first["position"], located.loc[alone, "position"]]).astype(np.int32)


def _before_geometry(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Put the geometry last, where a table is read without it."""
    name = frame.geometry.name
    return frame[[*(column for column in frame.columns if column != name), name]]


__all__ = ["aggregate_counts", "count_incidents", "join_counts"]
