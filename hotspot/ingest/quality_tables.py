"""Count what arrived in the plain tables of a quality report, for the analyst."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd

_ALL = "all records"


def suspect_times(incidents: gpd.GeoDataFrame) -> pd.DataFrame:
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


def percent_by_provider(marks: pd.DataFrame, provider: pd.Series) -> pd.DataFrame:
    """Give percentages of marks per provider and for all."""
    marks = marks.astype("float64")
    rows = pd.concat([marks.groupby(provider, observed=True).mean().sort_index(), marks.mean().to_frame(_ALL).T])
    table = (rows * 100).round(1)
    counted = provider.value_counts()
    table.insert(0, "records", [int(counted[name]) if name in counted.index else len(marks) for name in table.index])
    table.index.name = "provider"
    return table


def location_levels(incidents: gpd.GeoDataFrame) -> pd.DataFrame:
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


def records_by_month(incidents: gpd.GeoDataFrame, provider: pd.Series) -> pd.DataFrame:
    """Count records by month and provider; a month without any is missing."""
    known = incidents["occurred_from"].notna().to_numpy()
    if not known.any():
        return pd.DataFrame()
    month = incidents["occurred_from"][known].dt.strftime("%Y-%m")
    counts = pd.crosstab(month, provider[known])
    first, last = counts.index.min(), counts.index.max()
    every = [str(period) for period in np.arange(np.datetime64(first), np.datetime64(last) + 1)]
    table = counts.where(counts > 0).reindex(pd.Index(every, name="month")).astype("Int64")
    table.columns.name = "provider"
    return table.sort_index(axis=1)


def reading_account(incidents: gpd.GeoDataFrame) -> pd.DataFrame:
    """Tell how the rows were read, where the frame still knows."""
    reading = incidents.attrs.get("reading")
    if not isinstance(reading, dict) or reading.get("kept") != len(incidents):
        return pd.DataFrame(columns=["step", "rows"])
    steps = [("read", reading["read"]), *((f"rejected: {name}", n) for name, n in reading["rejected"].items())]
    steps += [("kept", reading["kept"]), ("located", reading["located"]), ("without a point", reading["unlocatable"])]
    return pd.DataFrame(steps, columns=["step", "rows"]).set_index("step")
