"""Choose the events whose place and time are known well enough to tell whether two are close, and count the others."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import never_points
from hotspot.errors import ComparabilityError, ConfigError, HotspotWarning, InputError
from hotspot.schema import TIME_FLAGS, TIME_PRECISIONS
from hotspot.temporal.clock_times import USED, words_of
from hotspot.temporal.near_repeat_bands import read_edges
from hotspot.temporal.near_repeat_places import read_places, refuse_displaced

if TYPE_CHECKING:
    from typing import TypeAlias

    import geopandas as gpd
    import numpy.typing as npt

    Points: TypeAlias = gpd.GeoDataFrame | gpd.GeoSeries | npt.ArrayLike
    Times: TypeAlias = pd.Series | npt.ArrayLike
    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]
    Booleans = npt.NDArray[np.bool_]

DAY = 86_400_000_000
"""Microseconds of a day."""
_FEW = 0.5
_ROUNDING = 8 * np.finfo(np.float64).eps
"""What rounding of a coordinate or a time may add to a difference, as a share of the largest."""
_MOST_ROUNDING = 1e-3
"""Share of the first band that rounding may take."""
_WHOLE = 2.0**53
_LEAST_MONTHS = 3
_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Events that can be compared, and the edges they are compared by, in the unit that keeps times exact."""

    row: Ints
    """Row of each event in what was given, shape (n,)."""
    x: Floats
    y: Floats
    time: Floats
    """From 0."""
    edges: Floats
    """Edges of time in the unit of ``time``; what rounding may add is in them."""
    asked: Floats
    """Edges of time as asked, in days or in the unit of the numbers given."""
    per_unit: float
    """What one day, or one unit of the numbers given, is in the unit of ``time``."""
    slack: float
    """Distance that rounding of coordinates may add: as near as this is the same place."""
    index: pd.Index
    """Labels of all rows given."""
    facts: dict[str, object]
    """What was chosen and counted."""


def require_reason(reason: str | None, *, comparable: bool) -> None:
    """Refuse to take places as they are unless somebody says why."""
    if not comparable and not (isinstance(reason, str) and reason.strip()):
        raise ConfigError(
            "comparable=False: reason= does not say why the places are right though they look snapped, rounded, moved "
            "or uncertain. Write it, for example 'fires are recorded at the building'."
        )


def choose_events(
    points: object, times: object, *, near: float, time: object, comparable: bool, same_day: bool = False
) -> Events:
    """
    Choose the events to be compared.

    Parameters
    ----------
    points
        GeoSeries or GeoDataFrame in a projected metric CRS, or planar coordinates of shape (n, 2). What incidents say
        of themselves is honoured.
    times
        Numbers, or times of the local clock; one for each point.
    near
        Upper end of the first band of distance: what is not known that precisely is left out.
    time
        Edges of time, not read yet.
    comparable
        False: take places for what they are, though they look displaced.
    same_day
        Whether there is a band of pairs of one day, before the others.

    Returns
    -------
    Events

    Raises
    ------
    CRSError, ComparabilityError, ConfigError, InputError
        As `hotspot.temporal.near_repeat.knox`.
    """
    x, y, frame, index = read_places(points)
    clock, values, timed, labels = _read_times(times, index, len(x))
    index = labels if index is None and labels is not None else index
    index = pd.RangeIndex(len(x)) if index is None else index
    asked = read_edges(time, "time", clock=clock)
    fate = np.full(len(x), USED, dtype=object)
    fate[~timed] = "no time"
    fate[np.isnan(x)] = "no point"
    day_only = np.zeros(len(x), dtype=bool)
    if frame is not None:
        day_only = _judge(frame, fate, near if comparable else np.inf)
    if clock and comparable and "time_precision" not in (() if frame is None else frame):
        _refuse_months(values[fate == USED])
    if frame is not None and "event_id" in frame:
        _keep_one_each(frame, fate, values)
    used = fate == USED
    account = _account(fate)
    slack = _slack(np.concatenate([x[used], y[used]]), near, "points")
    if comparable:
        refuse_displaced(x[used], y[used], frame[used] if frame is not None else None, near)
    kept, edges, per_unit, facts = _in_exact_units(values[used], asked, day_only[used], clock=clock, same_day=same_day)
    facts |= _intervals(frame[used], asked[0]) if frame is not None and clock else {}
    facts = {"given": len(x), "used": int(used.sum()), "left_out": account, **facts}
    return Events(np.flatnonzero(used), x[used], y[used], kept, edges, asked, per_unit, slack, index, facts)


def _read_times(times: object, index: pd.Index | None, n: int) -> tuple[bool, Floats | Ints, Booleans, pd.Index | None]:
    """Read times as microseconds of the local clock or as numbers; tell which, and which there are."""
    if np.ndim(times) != 1:  # type: ignore[arg-type]
        raise InputError(f"times: give one time for each point, not {type(times).__name__} of another shape.")
    series = times if isinstance(times, pd.Series) else pd.Series(np.asarray(times))
    if len(series) != n:
        raise InputError(f"times: {len(series)} given for {n} point(s). Give one for each, in the same order.")
    if isinstance(times, pd.Series) and index is not None and not times.index.equals(index):
        raise InputError(
            "times: the labels are not those of points, in the same order. Take both from one frame, or use "
            "times.reindex(points.index)."
        )
    kind, labels = series.dtype, series.index if isinstance(times, pd.Series) else None
    timed = series.notna().to_numpy(dtype=bool)
    if pd.api.types.is_datetime64_dtype(kind):
        micro = series.fillna(pd.Timestamp(0)).to_numpy().astype("datetime64[us]").astype(np.int64)
        return True, micro, timed, labels
    if isinstance(kind, pd.DatetimeTZDtype):
        raise InputError("times: they have a time zone. Take the local clock: times.dt.tz_localize(None).")
    strange = pd.api.types.is_bool_dtype(kind) or pd.api.types.is_complex_dtype(kind)
    if strange or not pd.api.types.is_numeric_dtype(kind):
        raise InputError(
            f"times: hold {kind}, neither numbers nor times. Convert them first, with pandas.to_datetime or "
            "pandas.to_numeric."
        )
    numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(numbers).any():
        raise InputError(
            f"times: {int(np.isinf(numbers).sum())} are infinite, the first in row {int(np.isinf(numbers).argmax())}. "
            "Mend them, or make them missing."
        )
    return False, numbers, timed, labels


def _judge(frame: pd.DataFrame, fate: npt.NDArray[np.object_], near: float) -> Booleans:
    """Write why records that say so themselves cannot be compared; mark those known to the day."""
    sources = sorted(map(str, frame["source"].dropna().unique())) if "source" in frame else []
    if len(sources) > 1 and "event_id" not in frame:
        raise ComparabilityError(
            f"points: records of {len(sources)} sources ({', '.join(sources)}) are not events: two records of one "
            "event would look like a near repeat. Take one source at a time, or call link_events first."
        )
    precision = words_of(frame, "time_precision", TIME_PRECISIONS, "minute")
    flag = words_of(frame, "time_flag", TIME_FLAGS, "ok")
    reasons: list[tuple[str, pd.Series]] = [
        *((name, flag == name) for name in TIME_FLAGS if name not in {"ok", "unknown"}),
        ("unknown time", flag == "unknown"),
        ("unknown precision", precision == "unknown"),
        ("known to the month", precision == "month"),
    ]
    if "uncertainty_m" in frame:
        radius = pd.to_numeric(frame["uncertainty_m"], errors="coerce")
        reasons.append(("place too uncertain", radius > near))
    reasons.append(("home, domestic or sexual", never_points(frame)))
    for reason, applies in reasons:  # the last one that applies is told
        fate[applies.fillna(value=False).to_numpy(dtype=bool) & ~np.isin(fate, ["no point", "no time"])] = reason
    return (precision == "day").to_numpy(dtype=bool)


def _refuse_months(micro: Ints) -> None:
    """Refuse times that are months in disguise."""
    stamps = micro.astype("datetime64[us]")
    if len(stamps) >= _LEAST_MONTHS and (stamps == stamps.astype("datetime64[M]")).all():
        raise InputError(
            f"times: all {len(stamps)} are 00:00 on the first of a month, so they are months. Near repeats are a "
            "matter of days: ask the provider for dates of occurrence (data.police.uk has none)."
        )


def _keep_one_each(frame: pd.DataFrame, fate: npt.NDArray[np.object_], values: Floats | Ints) -> None:
    """Keep one record of each event: the one placed best, then the earliest, then the first by name."""
    rows = np.flatnonzero(fate == USED)
    event = frame["event_id"].astype(object).to_numpy()[rows]
    ranked = pd.DataFrame(
        {
            "row": rows,
            "event": [(True, row) if pd.isna(name) else (False, name) for name, row in zip(event, rows, strict=True)],
            "uncertainty": pd.to_numeric(frame["uncertainty_m"]).to_numpy()[rows] if "uncertainty_m" in frame else 0.0,
            "time": values[rows],
            "name": frame.index[rows].astype(str),
        }
    )
    first = ranked.sort_values(["uncertainty", "time", "name"], na_position="last").drop_duplicates("event")
    others = np.setdiff1d(rows, first["row"].to_numpy())
    fate[others] = "another record of the event"


def _account(fate: npt.NDArray[np.object_]) -> dict[str, int]:
    """Count why events are left out; refuse where fewer than two remain, warn where few do."""
    reasons, sizes = np.unique(fate[fate != USED].astype(str), return_counts=True)
    account = {str(reason): int(size) for reason, size in zip(reasons, sizes, strict=True)}
    used = int((fate == USED).sum())
    told = ", ".join(f"{n} {reason}" for reason, n in sorted(account.items(), key=lambda item: -item[1]))
    if used < 2:  # noqa: PLR2004 - it takes two to make a pair
        monthly = account.get("known to the month", 0) > 0
        remedy = (
            "Months say nothing of days: ask the provider for dates of occurrence (data.police.uk has none)."
            if monthly
            else "Two events or more are needed, each with a point and a time."
        )
        raise InputError(f"points: {used} of {len(fate)} event(s) can be compared ({told or 'no rows'}). {remedy}")
    if used + account.get("another record of the event", 0) < _FEW * len(fate):
        warnings.warn(
            f"{used} of {len(fate)} events can be compared; left out: {told}. The others may repeat differently.",
            HotspotWarning, stacklevel=4,
        )  # fmt: skip
    return account


def _in_exact_units(
    values: Floats | Ints, asked: Floats, day_only: Booleans, *, clock: bool, same_day: bool
) -> tuple[Floats, Floats, float, dict[str, object]]:
    """Give times from 0 in the largest unit that holds them all as whole numbers, and the edges in it."""
    ends = np.append(0.0, asked) if same_day else asked
    if not clock:
        times = np.asarray(values, dtype=np.float64)
        largest = float(np.abs(times).max())
        whole = bool((times == np.floor(times)).all()) and largest < _WHOLE
        slack = 0.0 if whole else _slack(times, float(asked[0]), "times")
        return times - times.min(), ends + slack, 1.0, {"unit": "as given"}
    micro = np.asarray(values, dtype=np.int64)
    if day_only.any() or same_day:
        if asked[0] < 1:
            why = (
                f"{int(day_only.sum())} event(s) are known to the day only"
                if day_only.any()
                else "same_day counts days"
            )
            raise ConfigError(
                f"time: {asked[0]:g} is less than a day, but {why}. Use bands of whole days; same_day=True makes the "
                "same day a band of its own."
            )
        micro = micro // DAY * DAY
    micro = micro - micro.min()
    unit = int(np.gcd.reduce(micro)) or DAY
    edges = np.round(ends * DAY) / unit
    facts: dict[str, object] = {
        "unit": "days", "known_to_the_day": int(day_only.sum()), "taken_to_the_day": bool(day_only.any()) or same_day,
    }  # fmt: skip
    return (micro // unit).astype(np.float64), edges, DAY / unit, facts


def _slack(values: Floats, first: float, argument: str) -> float:
    """Give what rounding may add to a difference; refuse numbers so large that it hides the first band."""
    slack = float(_ROUNDING * np.abs(values).max())
    if slack > _MOST_ROUNDING * first:
        raise InputError(
            f"{argument}: numbers of this size are exact to {slack:.1g}, too coarse for a first band of {first:g}. "
            "Count from a nearer origin, or check the unit."
        )
    return slack


def _intervals(frame: pd.DataFrame, first: float) -> dict[str, object]:
    """Count the events that are known as an interval; warn where most are longer than the first band."""
    if not {"occurred_from", "occurred_to"} <= set(frame.columns):
        return {}
    both = [frame[name] for name in ("occurred_from", "occurred_to")]
    if not all(pd.api.types.is_datetime64_any_dtype(column) for column in both):
        return {}
    both = [column.dt.tz_localize(None) for column in both]
    length = (both[1] - both[0]).dt.total_seconds() / _SECONDS
    longer = int((length > first).sum())
    if longer > _FEW * len(frame):
        warnings.warn(
            f"{longer} of {len(frame)} events are known only to an interval longer than the first band of time "
            f"({first:g} days). Which band their pairs fall in is a matter of which end was taken.",
            HotspotWarning, stacklevel=4,
        )  # fmt: skip
    return {"intervals": int((length > 0).sum()), "intervals_longer_than_first_band": longer}


__all__ = ["DAY", "Events", "choose_events", "require_reason"]
