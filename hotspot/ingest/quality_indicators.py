"""Measure what an extract's records hold, by provider and month; a share that does not apply is missing, never 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd

ALL_MONTHS = "all"
"""The row of a provider's months together."""
UNDATED = "undated"
"""The row of records without any time: neither of arrival, nor of assault, nor of receipt."""
COUNTS = ("records", "with_day", "with_clock", "with_arrival", "placeable", "with_point", "with_clock_and_point")
"""What the shares are shares of."""
SHARES = (
    "date", "time", "location_type", "description", "place", "weapon", "all_three",
    "usable_point", "usable_street", "usable_lsoa", "usable_outcode",
    "at_midnight", "on_hour", "on_half_hour", "same_as_arrival", "first_of_month", "after_arrival", "over_72h",
    "at_hospital", "one_place", "same_time_and_place", "names_person",
)  # fmt: skip
"""Shares of records, 0 to 1, by what they are shares of: `record_marks`."""

_FINER_THAN_MONTH = ("minute", "hour", "day")
_CLOCK = ("minute", "hour")
_POINT_LEVELS = ("point", "venue")
_STREET_LEVELS = (*_POINT_LEVELS, "street", "postcode")
_LSOA_LEVELS = (*_STREET_LEVELS, "area")
_OUTCODE_LEVELS = (*_LSOA_LEVELS, "sector", "outcode")
_NO_PLACE_TO_MAP = ("home", "hospital")
_NOTHING_WRITTEN = ("text: no text", "text: says nothing", "postcode: none")
_HALF_HOURS = (0, 30)
_ARRIVAL_LIMIT = pd.Timedelta(hours=72)
_MINIMUM_DATA_SET = "ed"
"""The source that owes the recommended minimum: time, place and weapon of the assault."""


def provider_of(incidents: gpd.GeoDataFrame) -> pd.Series:
    """Name the provider of each record; else its site, where the source always gives one; else the source."""
    source = incidents["source"].astype("str").fillna("unknown source")
    named: pd.Series = source
    if "site" in incidents:
        always = incidents["site"].notna().groupby(source, observed=True).transform("all")
        named = named.where(~always, "site " + incidents["site"].astype("str"))
    if "provider" in incidents:
        named = incidents["provider"].astype("str").fillna(named)
    pairs = pd.DataFrame({"name": named, "source": source}).drop_duplicates()
    shared = set(pairs.loc[pairs["name"].duplicated(), "name"])
    return named.where(~named.isin(shared), named + " (" + source + ")") if shared else named


def month_of(incidents: gpd.GeoDataFrame) -> pd.Series:
    """
    Give the month of each record as text, or undated: of arrival, else of the event, else of receipt.

    A hospital cuts its extracts by arrival: by the time of the assault, the last night of the month before and every
    mistyped year would be months of which nearly nothing came.
    """
    known = moment_of(incidents)
    if "received_at" in incidents:
        known = known.fillna(incidents["received_at"])
    months = pd.Series(UNDATED, index=incidents.index, dtype="str")
    dated = known.notna()
    if dated.any():
        codes, distinct = pd.factorize(known[dated].to_numpy().astype("datetime64[M]"))
        months[dated] = np.array([str(month) for month in distinct], dtype=object)[codes]
    return months


def moment_of(incidents: gpd.GeoDataFrame) -> pd.Series:
    """Give the arrival of each record, else the time of the event."""
    moment: pd.Series = incidents["occurred_from"]
    if "arrived_at" in incidents:
        moment = incidents["arrived_at"].fillna(moment)
    return moment


def record_marks(incidents: gpd.GeoDataFrame, provider: pd.Series) -> pd.DataFrame:
    """
    Mark each record by what it holds: 1, 0, or missing where the mark does not apply.

    Parameters
    ----------
    incidents
        From `read_incidents`.
    provider
        From `provider_of`.

    Returns
    -------
    DataFrame
        The columns `SHARES` as float64, and what they are shares of (`COUNTS` without ``records``) as boolean.

    Notes
    -----
    Items of the minimum data set apply to every record of an emergency department, and elsewhere to
    providers of which any record holds them. Times apply to records with a time of day; the first of the month to
    records with a day; usable places to records that are neither at a home nor at the hospital.
    """
    marks = pd.DataFrame(index=incidents.index)
    _mark_items(marks, incidents, provider)
    _mark_places(marks, incidents, provider)
    _mark_times(marks, incidents)
    marks["with_clock_and_point"] = marks["with_clock"] & marks["with_point"]
    if "time_flag" in incidents:
        marks["with_clock_and_point"] &= incidents["time_flag"] != "default midnight"
    marks["same_time_and_place"] = _where(_repeats(incidents, provider), marks["with_clock_and_point"])
    marks["names_person"] = incidents["names_person"].astype("float64") if "names_person" in incidents else np.nan
    return marks


def _any_of_provider(mark: pd.Series, provider: pd.Series) -> pd.Series:
    return mark.groupby(provider, observed=True).transform("any")


def _where(mark: pd.Series, applies: pd.Series) -> pd.Series:
    """Give 1 and 0 where the mark applies, else missing."""
    return mark.astype("float64").where(applies)


def _mark_items(marks: pd.DataFrame, incidents: gpd.GeoDataFrame, provider: pd.Series) -> None:
    """Mark the recommended items."""
    owed = incidents["source"] == _MINIMUM_DATA_SET
    known = incidents["occurred_from"].notna()
    date = known & incidents["time_precision"].isin(_FINER_THAN_MONTH)
    clock = known & incidents["time_precision"].isin(_CLOCK)
    timed = clock & (incidents["time_flag"] != "default midnight") if "time_flag" in incidents else clock
    marks["with_clock"] = clock
    marks["date"] = _where(date, owed | _any_of_provider(date, provider))
    marks["time"] = _where(timed, owed | _any_of_provider(clock, provider))
    for name, column in (("location_type", "setting"), ("weapon", "weapon_group")):
        values = incidents.get(column)
        given = (
            pd.Series(data=False, index=incidents.index) if values is None else values.notna() & (values != "unknown")
        )
        marks[name] = _where(given, owed | _any_of_provider(given, provider))
    place = incidents.geometry.notna() | (incidents["location_level"] == "home")
    if "area_code" in incidents:
        place |= incidents["area_code"].notna()
    marks["place"] = _where(place, _looked_up(incidents, provider))
    marks["all_three"] = _all_three(marks)


def _all_three(marks: pd.DataFrame) -> pd.Series:
    """Mark records with the time, the place and the weapon, where all of them apply."""
    items = marks[["date", "time", "place", "weapon"]]
    return items.min(axis=1).where(items.notna().all(axis=1))


def _looked_up(incidents: gpd.GeoDataFrame, provider: pd.Series) -> pd.Series:
    """Say of which providers any place was found or looked for: without a gazetteer nobody knows."""
    found = incidents.geometry.notna()
    if "area_code" in incidents:
        found |= incidents["area_code"].notna()
    return _any_of_provider(found | _text_resolved(incidents), provider)


def _text_resolved(incidents: gpd.GeoDataFrame) -> pd.Series:
    """Say of which records the free text was searched for in a gazetteer; home and hospital need none."""
    if "location_method" not in incidents:
        return pd.Series(data=False, index=incidents.index)
    by_text = incidents["location_method"].fillna("").str.startswith(("text:", "postcode"))
    searched: pd.Series = by_text & ~incidents["location_level"].isin(_NO_PLACE_TO_MAP)
    return searched


def _mark_places(marks: pd.DataFrame, incidents: gpd.GeoDataFrame, provider: pd.Series) -> None:
    """Mark how finely a record can be placed, and places that stand for something else."""
    level = incidents["location_level"].fillna("none")
    point = incidents.geometry.notna()
    looked_up = _looked_up(incidents, provider)
    placeable = ~level.isin(_NO_PLACE_TO_MAP)
    has_area = incidents["area_code"].notna() if "area_code" in incidents else pd.Series(data=False, index=marks.index)
    marks["with_point"], marks["placeable"] = point, placeable
    tiers = (
        ("usable_point", point & level.isin(_POINT_LEVELS)),
        ("usable_street", point & level.isin(_STREET_LEVELS)),
        ("usable_lsoa", (point & level.isin(_LSOA_LEVELS)) | has_area),
        ("usable_outcode", (point & level.isin(_OUTCODE_LEVELS)) | has_area | level.isin(("sector", "outcode"))),
    )
    for name, usable in tiers:
        marks[name] = _where(usable, placeable & looked_up)
    if "location_method" in incidents:
        written = ~incidents["location_method"].isin(_NOTHING_WRITTEN)
        marks["description"] = _where(written, placeable & _any_of_provider(_text_resolved(incidents), provider))
    else:
        marks["description"] = np.nan
    marks["at_hospital"] = _where(level == "hospital", looked_up)
    marks["one_place"] = _where(_at_most_common_point(incidents, provider), point)


def _xy(incidents: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give coordinates as numbers, missing without a point."""
    import shapely

    values: Any = incidents.geometry.to_numpy()
    return pd.DataFrame({"x": shapely.get_x(values), "y": shapely.get_y(values)}, index=incidents.index)


def _at_most_common_point(incidents: gpd.GeoDataFrame, provider: pd.Series) -> pd.Series:
    """Say which records lie on the one point that their provider gives most often."""
    keys = _xy(incidents).assign(provider=provider)
    size = keys.groupby(["provider", "x", "y"], observed=True)["x"].transform("size")
    largest = size.groupby(provider, observed=True).transform("max")
    spot = keys.groupby(["provider", "x", "y"], observed=True).ngroup()
    on_largest = size.eq(largest) & size.notna()
    first = spot.where(on_largest).groupby(provider, observed=True).transform("min")
    most_common: pd.Series = on_largest & spot.eq(first)
    return most_common


def _mark_times(marks: pd.DataFrame, incidents: gpd.GeoDataFrame) -> None:
    """Mark times that may not be what they seem."""
    start, clock = incidents["occurred_from"], marks["with_clock"]
    marks["at_midnight"] = _where(start == start.dt.normalize(), clock)
    marks["on_hour"] = _where(start.dt.minute == 0, clock)
    marks["on_half_hour"] = _where(start.dt.minute.isin(_HALF_HOURS), clock)
    day = start.notna() & incidents["time_precision"].isin(_FINER_THAN_MONTH)
    marks["with_day"] = day
    marks["first_of_month"] = _where(start.dt.day == 1, day)
    marks["with_arrival"] = False
    if "arrived_at" not in incidents:
        marks[["same_as_arrival", "after_arrival", "over_72h"]] = np.nan
        return
    arrival = incidents["arrived_at"]
    both = clock & arrival.notna()
    marks["with_arrival"] = both
    marks["same_as_arrival"] = _where(start == arrival, both)
    marks["after_arrival"] = _where(start > arrival, both)
    marks["over_72h"] = _where(arrival - start > _ARRIVAL_LIMIT, both)


def _repeats(incidents: gpd.GeoDataFrame, provider: pd.Series) -> pd.Series:
    """Mark records with the time, the point and the kind of an earlier one: two victims, or one record twice."""
    keys = _xy(incidents).assign(provider=provider, start=incidents["occurred_from"], category=incidents["category"])
    return keys.duplicated(keep="first")


def indicator_table(marks: pd.DataFrame, provider: pd.Series, month: pd.Series, months: list[str]) -> pd.DataFrame:
    """
    Count records and average marks by provider and month.

    Parameters
    ----------
    marks
        From `record_marks`.
    provider, month
        Of each record.
    months
        Months that should be there, in order; one without records has missing values.

    Returns
    -------
    DataFrame
        Indexed by ``provider`` and ``month`` (`ALL_MONTHS` first, then ``months``, then `UNDATED` where there
        are such records); ``records`` and the other counts as Int64, shares as float64.
    """
    names = sorted(provider.unique())
    by_month = _summary(marks, [provider, month])
    overall = _summary(marks, [provider, pd.Series(ALL_MONTHS, index=provider.index, dtype="str")])
    undated = set(provider[month == UNDATED])
    rows = [
        (name, label)
        for name in names
        for label in (ALL_MONTHS, *months, *([UNDATED] if name in undated else []))
    ]  # fmt: skip
    table = pd.concat([overall, by_month]).reindex(pd.MultiIndex.from_tuples(rows, names=["provider", "month"]))
    table[list(COUNTS)] = table[list(COUNTS)].astype("Int64")
    return table[[*COUNTS, *SHARES]]


def _summary(marks: pd.DataFrame, by: list[pd.Series]) -> pd.DataFrame:
    """Average the shares and sum the counts of groups."""
    keys = [key.rename(name) for key, name in zip(by, ("provider", "month"), strict=True)]
    grouped = marks.groupby(keys, observed=True)
    table = grouped[list(SHARES)].mean()
    table["records"] = grouped.size()
    for name in COUNTS[1:]:
        table[name] = grouped[name].sum()
    return table
