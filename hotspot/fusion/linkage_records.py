"""Say which records can be linked, when each happened, and lay them out for matching."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from hotspot.checks import (
    nearest,
    require_columns,
    require_duration,
    require_metric_crs,
    require_unique_index,
    require_vocabulary,
)
from hotspot.errors import ComparabilityError, ConfigError, InputError
from hotspot.fusion.linkage_categories import mismatch_table
from hotspot.fusion.record_traits import labels_of
from hotspot.ingest.selections import read_flag
from hotspot.numerics.space_time_grid import NO_HOSPITAL, NONE, UNKNOWN_HOSPITAL, Records, arrange
from hotspot.numerics.space_time_matching import Queries, Tolerance
from hotspot.schema import CATEGORIES, VIOLENT_CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from hotspot.numerics.space_time_grid import Grid

    Ints = NDArray[np.int64]

HOSPITALS = ("ed",)
"""Sources whose patients arrive: ``arrived_at`` is the arrival at a hospital; ``ed_north`` is one too."""
AMBULANCES = ("ambulance", "ems")
"""Sources that may have brought them; ``ambulance_west`` is one too."""
BEFORE_ARRIVAL = pd.Timedelta("6h")
"""Where only the arrival is known and ``use_arrival`` is given, the assault lies within so long before it."""
CALL_TO_ARRIVAL = pd.Timedelta("3h")
"""Longest time from an ambulance call to the arrival of its patient."""
_FIRST_TIME, _NO_TIME = pd.Timestamp("1900-01-01"), pd.Timestamp("2200-01-01")
_MICROSECOND = pd.Timedelta("1us")
_WIDTHS = {"minute": "0s", "hour": "1h", "day": "24h", "month": "28D"}
"""Least length of the interval that a record of each precision stands for."""
_CLOCK = ("minute", "hour")
_BAD_FLAGS = ("default midnight", "unknown")
_MOST_SOURCES = 62
"""One bit of an integer for each source."""


@dataclass(frozen=True, slots=True)
class Linkable:
    """The records that can be linked, in the order of source, place and time."""

    records: Records
    grid: Grid
    row: Ints
    """Row of the frame of each record."""
    mismatch: NDArray[np.float64]
    sources: tuple[str, ...]
    """Names of the sources by number, ascending."""


def read_gap(max_gap: str | pd.Timedelta, argument: str = "max_gap") -> pd.Timedelta:
    """Read the largest gap as a length of time above 0."""
    return require_duration(max_gap, argument, "6h")


def read_categories(categories: Collection[str] | None) -> Collection[str]:
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


def check_incidents(incidents: gpd.GeoDataFrame) -> list[str]:
    """Check what every linkage needs, and name the sources."""
    require_metric_crs(incidents, "incidents")
    require_unique_index(incidents, "incidents")
    same = incidents.index.astype(str).duplicated()
    if same.any():
        raise InputError(
            f"incidents: {int(same.sum())} incident_id(s) are the text of another, such as 1 and '1' (first: row "
            f"{int(same.argmax()) + 1}); events are named by that text. Give every row its own."
        )
    require_columns(incidents, ["source", "occurred_from"], "incidents")
    if incidents["source"].isna().any():
        raise InputError(f"incidents: {int(incidents['source'].isna().sum())} row(s) have no source. Fill it in.")
    require_vocabulary(incidents)
    for column in ("occurred_from", "occurred_to", "arrived_at"):
        if column in incidents:
            _require_clock(incidents[column], column)
    shapes = _points(incidents)
    wrong = ~shapely.is_missing(shapes) & (shapely.get_type_id(shapes) != shapely.GeometryType.POINT)
    wrong |= np.isinf(shapely.get_x(shapes)) | np.isinf(shapely.get_y(shapes))
    if wrong.any():
        raise InputError(
            f"incidents: {int(wrong.sum())} row(s) have a geometry that is no finite point (first: row "
            f"{int(wrong.argmax()) + 1}). Give points, or leave the geometry missing."
        )
    sources = sorted(str(name) for name in incidents["source"].unique())
    if len(sources) > _MOST_SOURCES:
        raise InputError(f"incidents: {len(sources)} sources; at most {_MOST_SOURCES} can be linked.")
    return sources


def _points(incidents: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Take the geometry, without what is empty."""
    full: NDArray[np.object_] = incidents.geometry.to_numpy().astype(object)
    full[shapely.is_empty(full)] = None
    return full


def _require_clock(values: pd.Series, column: str) -> None:
    """Refuse what is no time of the local clock, and the far dates that stand for an unknown one."""
    if values.isna().all():
        return
    if not pd.api.types.is_datetime64_dtype(values.dtype):
        raise InputError(
            f"incidents: column {column!r} holds {values.dtype}, not times of the local clock. "
            "Read them with read_incidents, or make them with pandas.to_datetime, without a time zone."
        )
    far = ((values < _FIRST_TIME) | (values >= _NO_TIME)).to_numpy(dtype=bool)
    if far.any():
        raise InputError(
            f"incidents: {int(far.sum())} row(s) have a {column} before 1900 or after 2199 (first: row "
            f"{int(far.argmax()) + 1}). If it stands for an unknown time, make it missing."
        )


def event_times(incidents: gpd.GeoDataFrame, *, use_arrival: bool) -> pd.DataFrame:
    """
    Work out the interval in which each record's event happened.

    Parameters
    ----------
    incidents
        Checked incidents.
    use_arrival
        Whether the six hours before arrival stand for a hospital's missing, doubtful or dateless assault time.

    Returns
    -------
    DataFrame
        Indexed alike: ``start``, ``end``, ``width`` (missing where the precision is not known), ``arrived`` (at a
        hospital, else missing), ``doubtful``, ``arrival_only`` (a hospital's record without a time of the assault)
        and ``from_arrival`` (the interval was made from the arrival).
    """
    start = pd.to_datetime(incidents["occurred_from"])
    hospital = _are(incidents["source"], HOSPITALS)
    nothing = pd.Series(pd.NaT, index=incidents.index, dtype="datetime64[us]")
    arrived = pd.to_datetime(incidents["arrived_at"]).where(hospital) if "arrived_at" in incidents else nothing
    width = pd.Series(pd.Timedelta(0), index=incidents.index)
    if "time_precision" in incidents:
        width = pd.to_timedelta(incidents["time_precision"].map(_WIDTHS))
    end = start + width.fillna(pd.Timedelta(0))
    if "occurred_to" in incidents:
        to = pd.to_datetime(incidents["occurred_to"])
        end = end.where(~(to > end), to)
    width = (end - start).where(width.notna())
    doubtful = pd.Series(data=False, index=incidents.index)
    if "time_flag" in incidents:
        doubtful = incidents["time_flag"].isin(_BAD_FLAGS)
    # nobody walks in within the minute of the assault: such a time was filled in from the arrival
    arrival_only = arrived.notna() & (start.isna() | (start == arrived))
    replaced = pd.Series(data=False, index=incidents.index)
    if use_arrival:
        replaced = arrival_only | (arrived.notna() & doubtful)
        if "time_precision" in incidents:
            replaced |= arrived.notna() & ~incidents["time_precision"].isin(_CLOCK)
        start, end = start.where(~replaced, arrived - BEFORE_ARRIVAL), end.where(~replaced, arrived)
        width = width.where(~replaced, BEFORE_ARRIVAL)
    return pd.DataFrame(
        {
            "start": start,
            "end": end,
            "width": width,
            "arrived": arrived,
            "doubtful": doubtful & ~replaced,
            "arrival_only": arrival_only & ~replaced,
            "from_arrival": replaced,
        }
    )


def why_not(
    incidents: gpd.GeoDataFrame, times: pd.DataFrame, gap: pd.Timedelta, categories: Collection[str]
) -> pd.Series:
    """Say for each record why it cannot be linked; empty where it can. The first reason that holds is given."""
    reason = np.full(len(incidents), "", dtype=object)

    def exclude(which: pd.Series | NDArray[np.bool_], why: str) -> None:
        reason[np.asarray(which, dtype=bool) & (reason == "")] = why

    if "category" in incidents:
        exclude(~np.isin(labels_of(incidents, "category"), list(categories)), "another category")
    shapes = _points(incidents)
    exclude(np.isnan(shapely.get_x(shapes)) | np.isnan(shapely.get_y(shapes)), "no point")
    exclude(times["arrival_only"], "only the arrival is known")
    exclude(times["start"].isna(), "no time")
    exclude(times["width"].isna() | (times["width"] > gap), "time too coarse")
    exclude(times["doubtful"], "time doubtful")
    return pd.Series(reason, index=incidents.index, dtype="str")


def account(source: pd.Series, reason: pd.Series) -> dict[str, dict[str, int]]:
    """Count the records that cannot be linked, by source and reason."""
    result: dict[str, dict[str, int]] = {}
    for name in sorted(source[reason != ""].astype("str").unique()):
        own = reason[(source == name) & (reason != "")]
        result[str(name)] = {str(why): int((own == why).sum()) for why in sorted(own.unique())}
    return result


def refuse_hopeless(source: pd.Series, reason: pd.Series, sources: Sequence[str]) -> None:
    """Raise if a source has records of the right kind and none can be linked: its union would be a plain sum."""
    for name in sources:
        own = reason[(source == name) & (reason != "another category")]
        if len(own) and (own != "").all():
            counts = ", ".join(f"{why}: {n}" for why, n in own.value_counts().items())
            arrival = " or give use_arrival=True," if (own == "only the arrival is known").any() else ""
            raise ComparabilityError(
                f"incidents: none of the {len(own)} records of source {name!r} can be linked ({counts}). "
                f"Leave this source out and compare it by area, raise max_gap,{arrival} or read an extract with times "
                "and places."
            )


def lay_out(
    incidents: gpd.GeoDataFrame, times: pd.DataFrame, able: NDArray[np.bool_], sources: Sequence[str], cell: float
) -> Linkable:
    """Put the records that can be linked into arrays, on a grid with cells of the largest distance."""
    rows = np.flatnonzero(able)
    chosen = incidents.iloc[rows]
    shapes = chosen.geometry.to_numpy()
    # ranks by the text of the id, over all rows: ties fall alike whatever else can be linked
    rank = np.empty(len(incidents), np.int64)
    rank[np.argsort(incidents.index.astype(str).to_numpy(), kind="stable")] = np.arange(len(incidents))
    kinds, kind = ["unknown"], np.zeros(len(rows), np.int64)
    if "category" in chosen:
        codes, labels = pd.factorize(labels_of(chosen, "category"), sort=True)
        kinds, kind = [str(label) for label in labels], codes.astype(np.int64)
    arrived = _microseconds(times["arrived"].iloc[rows])
    arrived[times["arrived"].iloc[rows].isna().to_numpy()] = NONE
    records, grid, order = arrange(
        Records(
            x=shapely.get_x(shapes),
            y=shapely.get_y(shapes),
            start=_microseconds(times["start"].iloc[rows]),
            end=_microseconds(times["end"].iloc[rows]),
            arrived=arrived,
            kind=kind,
            hospital=_hospitals(incidents)[rows],
            source=pd.Categorical(chosen["source"].astype("str"), categories=list(sources)).codes.astype(np.int64),
            rank=rank[rows],
        ),
        cell,
    )
    return Linkable(records, grid, rows[order], mismatch_table(kinds), tuple(sources))


def _microseconds(times: pd.Series) -> Ints:
    return times.to_numpy().astype("datetime64[us]").astype(np.int64)


def _hospitals(incidents: gpd.GeoDataFrame) -> Ints:
    """Give each record the number of its hospital: where it was treated, or where the ambulance took the patient."""
    number = np.full(len(incidents), UNKNOWN_HOSPITAL, np.int64)
    treats, brings = (_are(incidents["source"], kind).to_numpy() for kind in (HOSPITALS, AMBULANCES))
    if "site" in incidents:
        codes = pd.factorize(incidents["site"].astype("str"), sort=True)[0]
        # a name that only one side uses may be the same hospital written otherwise
        both = np.intersect1d(codes[treats & (codes >= 0)], codes[brings & (codes >= 0)])
        known = (treats | brings) & np.isin(codes, both) & (codes >= 0)
        number[known] = codes[known]
    number[brings & (read_flag(incidents, "conveyed") == 0)] = NO_HOSPITAL
    return number


def is_conveyance(one: str, other: str) -> bool:
    """Tell whether two sources are a hospital and an ambulance service."""
    return (is_one(one, HOSPITALS) and is_one(other, AMBULANCES)) or (
        is_one(other, HOSPITALS) and is_one(one, AMBULANCES)
    )


def is_one(source: str, kind: Sequence[str]) -> bool:
    """Tell whether a source is of a kind: by its name, or by what stands before the first underscore."""
    return source in kind or source.split("_", maxsplit=1)[0] in kind


def _are(source: pd.Series, kind: Sequence[str]) -> pd.Series:
    """Tell for each record whether its source is of a kind."""
    return source.isin([name for name in source.dropna().unique() if is_one(str(name), kind)])


def who_asks(linkable: Linkable, one: int, other: int) -> tuple[int, int]:
    """Say which of two sources looks for partners in the other: the hospital in the ambulances, else the smaller."""
    names = linkable.sources
    if is_conveyance(names[one], names[other]):
        return (one, other) if is_one(names[one], HOSPITALS) else (other, one)
    size = np.bincount(linkable.records.source, minlength=len(names))
    return (one, other) if (size[one], one) <= (size[other], other) else (other, one)


def ask(linkable: Linkable, pairs: Sequence[tuple[int, int]], chosen: NDArray[np.bool_] | None = None) -> Queries:
    """Let the records of the first source of each pair look in the second."""
    records = linkable.records
    asking = [
        np.flatnonzero((records.source == first) & (chosen if chosen is not None else np.True_)) for first, _ in pairs
    ]
    record = np.concatenate([np.zeros(0, np.int64), *asking])
    target = np.repeat(np.array([second for _, second in pairs], dtype=np.int64), [len(part) for part in asking])
    return Queries(record, target, records.start[record], records.end[record], records.arrived[record])


def tolerance(distance: float, gap: pd.Timedelta, *, conveyance: bool) -> Tolerance:
    """Give the tolerances as the kernel takes them."""
    return Tolerance(float(distance), gap // _MICROSECOND, CALL_TO_ARRIVAL // _MICROSECOND if conveyance else 0)


__all__ = [
    "AMBULANCES", "BEFORE_ARRIVAL", "CALL_TO_ARRIVAL", "HOSPITALS", "Linkable", "account", "ask", "check_incidents",
    "event_times", "is_conveyance", "is_one", "lay_out", "read_categories", "read_gap", "refuse_hopeless", "tolerance",
    "who_asks", "why_not",
]  # fmt: skip
