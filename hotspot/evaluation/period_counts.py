"""Count records by place and period, and tell where the periods begin and end."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_choice, require_columns
from hotspot.errors import ComparabilityError, HotspotWarning, InputError
from hotspot.geography import locate_in_areas
from hotspot.record import note

if TYPE_CHECKING:
    import geopandas as gpd

PERIODS = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q-DEC", "year": "Y-DEC"}
_TOO_COARSE = {"month": ("day", "week"), "unknown": tuple(PERIODS)}
_NEVER_EMPTY = ("month", "quarter", "year")
_SPARSE, _FEW_PERIODS, _MOST_CELLS = 20, 120, 2 * 10**8
_GAPS = 20
"""A period that begins or ends this many mean gaps before the next record is taken to be cut off."""


def count_by_period(incidents: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, period: str = "month") -> pd.DataFrame:
    """
    Count the records of one source, or linked events, in each area and period.

    Parameters
    ----------
    incidents
        Incidents of one source with ``occurred_from``, in the projected CRS of the areas. Several sources need
        ``event_id`` (`link_events`): each event then counts once, at its first located record.
    areas
        Areas, as `read_areas` gives them.
    period
        ``day``, ``week`` (Monday to Sunday), ``month``, ``quarter`` or ``year``.

    Returns
    -------
    DataFrame
        One row per area, one column per period from the first to the last that has a record, named like ``2024-03``
        (a week by its first and last day). A month, quarter or year without any record is missing, not 0: most likely
        nothing was sent.

    Raises
    ------
    InputError
        There is no record with a time in an area, or times are known more coarsely than the period.
    ComparabilityError
        Several sources that are not linked.

    Warns
    -----
    HotspotWarning
        If the first or the last period looks cut off: give whole periods only.

    Examples
    --------
    >>> import geopandas as gpd, pandas as pd
    >>> from shapely import Point, box
    >>> from hotspot.evaluation import count_by_period
    >>> areas = gpd.GeoDataFrame(index=["A", "B"], geometry=[box(0, 0, 9, 9), box(9, 0, 18, 9)], crs=27700)
    >>> when = pd.to_datetime(["2024-01-01", "2024-01-31", "2024-02-28"])
    >>> incidents = gpd.GeoDataFrame(
    ...     {"source": "police", "time_precision": "month", "occurred_from": when},
    ...     geometry=[Point(1, 1), Point(2, 2), Point(12, 3)], crs=27700,
    ... )
    >>> count_by_period(incidents, areas).to_dict("index")
    {'A': {'2024-01': 2, '2024-02': 0}, 'B': {'2024-01': 0, '2024-02': 1}}
    """
    require_choice(period, PERIODS, "period")
    require_columns(incidents, ["occurred_from"], "incidents")
    times = incidents["occurred_from"]
    if not pd.api.types.is_datetime64_any_dtype(times):
        raise InputError(f"incidents: occurred_from is {times.dtype}, not a time. Convert it with pandas.to_datetime.")
    times = times.dt.tz_localize(None).astype("datetime64[us]")
    _refuse_coarse(incidents, period)
    code = locate_in_areas(incidents, areas)
    if "area_code" in incidents:
        known = incidents["area_code"].isin(areas.index) & (incidents.geometry.isna() | incidents.geometry.is_empty)
        code = code.where(~known, incidents["area_code"])
    when = times.dt.to_period(PERIODS[period])
    used = code.notna() & when.notna()
    if not used.any():
        raise InputError(f"incidents: none of {len(incidents)} records has a time and lies in an area.")
    _refuse_far_apart(when[used], len(areas))
    once = used & _once(incidents, used)
    periods = pd.period_range(when[used].min(), when[used].max(), freq=PERIODS[period])
    row = areas.index.get_indexer(code[once])
    column = periods.get_indexer(pd.PeriodIndex(when[once]))
    cells = np.bincount(row * len(periods) + column, minlength=len(areas) * len(periods))
    table = pd.DataFrame(
        cells.reshape(len(areas), len(periods)), index=areas.index.rename("area_code"), columns=labels_of(periods)
    ).astype("Int64")
    empty = table.columns[(table.sum() == 0).to_numpy()] if period in _NEVER_EMPTY else table.columns[:0]
    table[empty] = pd.NA
    _warn_if_cut(times[used], periods, incidents, period)
    note(
        "count_by_period", kept=len(incidents), counted=int(once.sum()), of_another_record=int((used & ~once).sum()),
        without_time=int(when.isna().sum()), in_no_area=int((code.isna() & when.notna()).sum()), period=period,
        periods=len(periods), without_record=len(empty), first=str(table.columns[0]), last=str(table.columns[-1]),
    )  # fmt: skip
    return table


def labels_of(periods: pd.PeriodIndex) -> pd.Index:
    """Name periods as text that `periods_of` reads again."""
    return pd.Index([str(period) for period in periods], dtype="str")


def periods_of(columns: pd.Index) -> pd.PeriodIndex | None:
    """
    Read the names of columns as periods; None where they are other labels in order.

    Raises
    ------
    InputError
        They are periods that leave a gap, stand twice, or are not in order.
    """
    if isinstance(columns, pd.PeriodIndex):
        periods = columns
    else:
        try:
            periods = pd.PeriodIndex([_period(str(label)) for label in columns])
        except (ValueError, TypeError):
            return None
    steps = np.diff(periods.asi8)
    if (steps != 1).any():
        first = int(np.flatnonzero(steps != 1)[0])
        raise InputError(
            f"counts: the periods must follow one another without a gap; column {first + 1} does not follow column "
            f"{first}. A period that nothing is known of is a column of missing values."
        )
    return periods


def _period(label: str) -> pd.Period:
    """Read one name; a week is named by its first and last day."""
    first, slash, last = label.partition("/")
    if slash:
        week = pd.Period(last, freq=PERIODS["week"])
        if str(week) != label:
            raise ValueError(f"{first} to {last} is no week from Monday to Sunday")
        return week
    return pd.Period(label)


def _refuse_coarse(incidents: gpd.GeoDataFrame, period: str) -> None:
    if "time_precision" not in incidents:
        return
    for precision, refused in _TOO_COARSE.items():
        rows = (incidents["time_precision"] == precision).fillna(value=False).to_numpy(dtype=bool)
        dated = rows & incidents["occurred_from"].notna().to_numpy()
        if period in refused and dated.any():
            known = "only the month" if precision == "month" else "the time with unknown precision"
            raise InputError(
                f"incidents: {int(dated.sum())} record(s) know {known}, the first in row {int(dated.argmax())}, so "
                f"that they cannot be counted by {period}. Choose a longer period, or leave them out."
            )


def _refuse_far_apart(when: pd.Series, areas: int) -> None:
    """Refuse a span of periods that a mistyped date has made."""
    first, last, filled = when.min(), when.max(), when.nunique()
    periods = (last - first).n + 1
    if periods > _SPARSE * filled + _FEW_PERIODS or periods * areas > _MOST_CELLS:
        at = int(np.argmax((when == first).to_numpy() | (when == last).to_numpy()))
        raise InputError(
            f"incidents: they span {periods:,} periods, of which {filled:,} have a record; a date is likely mistyped. "
            f"Of the records with time and place, the first of the two outermost is number {at}. Leave such records "
            "out, or choose a longer period."
        )


def _once(incidents: gpd.GeoDataFrame, used: pd.Series) -> pd.Series:
    """Choose the one record that stands for each event; without linkage every record stands for itself."""
    sources = incidents["source"].nunique() if "source" in incidents else 1
    if "event_id" not in incidents:
        if sources > 1:
            raise ComparabilityError(
                f"incidents: {sources} sources that are not linked cannot be added up. Link them (link_events), or "
                "choose one source."
            )
        return pd.Series(data=True, index=incidents.index)
    order = incidents.loc[used, "event_id"].sort_index(kind="stable")
    first: pd.Series = (~order.duplicated() | order.isna()).reindex(incidents.index, fill_value=False)
    return first


def _warn_if_cut(times: pd.Series, periods: pd.PeriodIndex, incidents: gpd.GeoDataFrame, period: str) -> None:
    """Warn of a first or last period that begins or ends long before the records do."""
    if period == "day" or ("time_precision" in incidents and (incidents["time_precision"] == "month").any()):
        return
    first, last = times.min(), times.max()
    gap = max(_GAPS * (last - first) / max(len(times), 1), pd.Timedelta(days=1))
    cut = []
    if first - periods[0].start_time > gap:
        cut.append("first")
    if periods[-1].end_time - last > gap:
        cut.append("last")
    if cut:
        warnings.warn(
            f"the {' and the '.join(cut)} {period} of the records looks cut off: it would stand lower than it was. "
            "Leave it out.",
            HotspotWarning,
            stacklevel=3,
        )


__all__ = ["count_by_period", "labels_of", "periods_of"]
