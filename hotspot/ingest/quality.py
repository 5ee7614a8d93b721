"""Report how good an extract is, in a form that can be sent back to its provider."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hotspot.checks import require_columns
from hotspot.errors import InputError
from hotspot.record import note

if TYPE_CHECKING:
    import geopandas as gpd

_ALL = "all records"
_TITLES = {
    "account": "Rows read, kept and rejected",
    "completeness": "Completeness of the recommended items",
    "location": "How precisely the place is known",
    "time": "Times that may not be what they seem",
    "months": "Records by provider and month",
}


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What arrived and what of it can be used; meant for the provider of the records only."""

    source: str
    """Source name, or several joined by a comma."""
    records: int
    account: pd.DataFrame
    """``step`` and ``rows``; empty if the frame no longer says how it was read."""
    completeness: pd.DataFrame
    """Per provider: records and the percentage with date, time of day, location, weapon, and all three
    recommended items (date and time, location, weapon)."""
    location: pd.DataFrame
    """Per level: records, percentage, with a point, median uncertainty in metres."""
    time: pd.DataFrame
    """Per provider: percentage at 00:00, on the full hour, equal to arrival, after arrival, flagged."""
    months: pd.DataFrame
    """Months down, providers across: records. A month without records is missing, never 0."""

    def __str__(self) -> str:
        """Give the report as plain text."""
        lines = [f"Quality of {self.source}: {self.records:,} records", "For the provider of these records only."]
        for name, title in _TITLES.items():
            table = getattr(self, name)
            body = (
                "not known: the frame does not say how it was read"
                if table.empty
                else table.to_string(na_rep="-", max_rows=60)
            )
            lines += ["", title, "-" * len(title), body]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Give the report as plain JSON values."""
        result: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            result[item.name] = _records(value) if isinstance(value, pd.DataFrame) else value
        return result


def quality_report(incidents: gpd.GeoDataFrame) -> QualityReport:
    """
    Measure completeness, usable locations, suspect times and volumes of incidents.

    Parameters
    ----------
    incidents
        From `read_incidents`; several providers are reported one by one.

    Returns
    -------
    QualityReport
        Tables as DataFrames; ``str()`` gives a text, ``.to_dict()`` plain values.

    Raises
    ------
    InputError
        If the frame is empty or lacks the columns of Incidents.

    Notes
    -----
    A location counts as usable with a point, or with an area code; homes count as known but never have a
    point. The recommended items are the date and time, the place and the weapon of the assault. Percentages
    describe the records that arrived, not those that should have.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> table = pd.DataFrame({"when": ["2023-05-06 23:40", "2023-05-07"], "x": [318500, 0], "y": [176500, 0]})
    >>> mapping = {
    ...     "name": "fire", "label": "Fire service, synthetic",
    ...     "columns": {"occurred_from": "when", "easting": "x", "northing": "y"},
    ...     "category": {"value": "fire_deliberate"},
    ... }
    >>> report = hs.quality_report(hs.read_incidents(table, source=mapping))
    >>> report.completeness.loc["all records", ["date", "time", "location"]].tolist()
    [100.0, 50.0, 50.0]
    """
    require_columns(incidents, ["source", "occurred_from", "time_precision", "location_level", "geometry"], "incidents")
    if incidents.empty:
        raise InputError("incidents: there are no records to report on.")
    sources = sorted(incidents["source"].dropna().unique())
    report = QualityReport(
        source=", ".join(map(str, sources)),
        records=len(incidents),
        account=_account(incidents),
        completeness=_by_provider(incidents, _complete(incidents)),
        location=_levels(incidents),
        time=_by_provider(incidents, _suspect_times(incidents)),
        months=_months(incidents),
    )
    note("quality_report", source=report.source, records=report.records, completeness=_records(report.completeness))
    return report


def _provider(incidents: gpd.GeoDataFrame) -> pd.Series:
    """Name the provider of each record; else its site, where the source always gives one; else the source."""
    named: pd.Series = incidents["source"].astype("str")
    if "site" in incidents:
        always = incidents["site"].notna().groupby(named, observed=True).transform("all")
        named = named.where(~always, "site " + incidents["site"].astype("str"))
    if "provider" not in incidents:
        return named
    filled: pd.Series = incidents["provider"].astype("str").fillna(named)
    return filled


def _complete(incidents: gpd.GeoDataFrame) -> pd.DataFrame:
    """Say of each record which items it has."""
    date = incidents["occurred_from"].notna() & incidents["time_precision"].isin(["minute", "hour", "day"])
    clock = incidents["occurred_from"].notna() & incidents["time_precision"].isin(["minute", "hour"])
    if "time_flag" in incidents:
        clock &= incidents["time_flag"] != "default midnight"
    place = incidents.geometry.notna() | (incidents["location_level"] == "home")
    if "area_code" in incidents:
        place |= incidents["area_code"].notna()
    weapon = incidents.get("weapon_group")
    has_weapon: Any = False if weapon is None else weapon.notna() & (weapon != "unknown")
    return pd.DataFrame(
        {
            "date": date,
            "time": clock,
            "location": place,
            "weapon": has_weapon,
            "all three": date & clock & place & has_weapon,
        }
    )


def _suspect_times(incidents: gpd.GeoDataFrame) -> pd.DataFrame:
    """Say of each record with a time of day which doubts it raises; others are missing."""
    start = incidents["occurred_from"]
    clock = start.notna() & incidents["time_precision"].isin(["minute", "hour"])
    of_day = start - start.dt.normalize()
    table = {
        "at 00:00": of_day == pd.Timedelta(0),
        "on the hour": start.dt.minute == 0,
        "first of month": start.dt.day == 1,
    }
    if "arrived_at" in incidents:
        table["same as arrival"] = start == incidents["arrived_at"]
        table["after arrival"] = start > incidents["arrived_at"]
        table["over 72 h before arrival"] = incidents["arrived_at"] - start > pd.Timedelta(hours=72)
    if "time_flag" in incidents:
        table["ambiguous or skipped hour"] = incidents["time_flag"].isin(["ambiguous", "non-existent"])
    return pd.DataFrame(table).where(clock, other=np.nan).astype("float64")


def _by_provider(incidents: gpd.GeoDataFrame, marks: pd.DataFrame) -> pd.DataFrame:
    """Give percentages of marks per provider and for all."""
    provider = _provider(incidents)
    marks = marks.astype("float64")
    rows = pd.concat([marks.groupby(provider, observed=True).mean().sort_index(), marks.mean().to_frame(_ALL).T])
    table = (rows * 100).round(1)
    counted = provider.value_counts()
    table.insert(0, "records", [int(counted[name]) if name in counted.index else len(marks) for name in table.index])
    table.index.name = "provider"
    return table


def _levels(incidents: gpd.GeoDataFrame) -> pd.DataFrame:
    """Count records by the precision of their place, and how many of each have a point."""
    level = incidents["location_level"].fillna("none")
    grouped = pd.DataFrame(
        {
            "point": incidents.geometry.notna(),
            "uncertainty": incidents.get("uncertainty_m", np.nan),
        }
    ).groupby(level, observed=True)
    table = pd.DataFrame(
        {
            "records": grouped["point"].size(),
            "percent": (grouped["point"].size() / len(incidents) * 100).round(1),
            "with a point": grouped["point"].sum().astype("int64"),
            "median uncertainty (m)": grouped["uncertainty"].median().round(0),
        }
    )
    return table.sort_values("records", ascending=False, kind="stable")


def _months(incidents: gpd.GeoDataFrame) -> pd.DataFrame:
    """Count records by month and provider; a month without any is missing."""
    known = incidents["occurred_from"].notna().to_numpy()
    if not known.any():
        return pd.DataFrame()
    month = incidents["occurred_from"][known].dt.strftime("%Y-%m")
    counts = pd.crosstab(month, _provider(incidents)[known])
    first, last = counts.index.min(), counts.index.max()
    every = [str(period) for period in np.arange(np.datetime64(first), np.datetime64(last) + 1)]
    table = counts.where(counts > 0).reindex(pd.Index(every, name="month")).astype("Int64")
    table.columns.name = "provider"
    return table.sort_index(axis=1)


def _account(incidents: gpd.GeoDataFrame) -> pd.DataFrame:
    """Tell how the rows were read, where the frame still knows."""
    reading = incidents.attrs.get("reading")
    if not isinstance(reading, dict) or reading.get("kept") != len(incidents):
        return pd.DataFrame(columns=["step", "rows"])
    steps = [("read", reading["read"]), *((f"rejected: {name}", n) for name, n in reading["rejected"].items())]
    steps += [("kept", reading["kept"]), ("located", reading["located"]), ("without a point", reading["unlocatable"])]
    return pd.DataFrame(steps, columns=["step", "rows"]).set_index("step")


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn a table to plain JSON values."""
    flat = table.reset_index() if table.index.name else table
    return [{str(name): _plain(value) for name, value in row.items()} for row in flat.to_dict(orient="records")]


def _plain(value: object) -> object:
    """Turn a cell to a plain JSON value."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value
