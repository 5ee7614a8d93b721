"""Weigh the records at venues, and sum them by source and in all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hotspot.checks import listed, nearest, require_columns
from hotspot.errors import ConfigError, InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from hotspot.places.venue_attribution import Attribution

    Floats = NDArray[np.float64]


def weigh(incidents: gpd.GeoDataFrame, found: Attribution, weights: str | Mapping[str, float] | None) -> Floats:
    """Give the points of each tied record before decay."""
    tied = incidents.iloc[found.row]
    if weights is None:
        return np.ones(len(tied))
    if isinstance(weights, Mapping):
        require_columns(incidents, ["category"], "incidents")
        known = {str(name).strip().casefold(): value for name, value in weights.items()}
        if len(known) < len(weights):
            raise ConfigError("weights: a category stands more than once, written in two ways. Keep one of each.")
        category = tied["category"].astype("str").fillna("unknown").str.strip().str.casefold()
        without = sorted(set(category) - set(known))
        if without:
            raise ConfigError(
                f"weights: {len(without)} categories of records at venues have no points ({listed(without)}). Give "
                f"each its points, 0 if none.{nearest(without[0], known) if known else ''}"
            )
        given = category.map(known)
    elif isinstance(weights, str):
        require_columns(incidents, [weights], "incidents")
        given = tied[weights]
    else:
        raise ConfigError(f"weights: {type(weights).__name__} is no rule. Name a column, or map categories to points.")
    if len(given) and (not pd.api.types.is_numeric_dtype(given.dtype) or pd.api.types.is_bool_dtype(given.dtype)):
        raise InputError(f"weights: hold {given.dtype}, not numbers. Convert them first, e.g. with pandas.to_numeric.")
    values: Floats = given.to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        raise InputError(
            f"weights: {int(wrong.sum())} of {len(values)} records at venues have a missing, infinite or negative one "
            f"(first: row {int(found.row[wrong.argmax()])}). Say what each weighs: one without is not worth 0."
        )
    return values


def sum_by_venue(
    incidents: gpd.GeoDataFrame,
    found: Attribution,
    points: Floats,
    venues: int,
    exact: dict[str, bool],
    *,
    together: bool,
) -> tuple[dict[str, Any], int]:
    """Sum records and points for each venue by source, and events for all; say how many events were at two venues."""
    source = incidents["source"].to_numpy(dtype=object)[found.row].astype(str)
    counts: dict[str, Any] = {}
    weights: dict[str, Any] = {}
    at_two = 0
    if together:
        venue, best, at_two = _events(incidents, found, points)
        counts["n"], weights["points"] = _count(venue, venues), _sum(venue, best, venues)
    for name, known in exact.items():
        own = source == name
        counts[f"n_{name}"] = _count(found.venue[own], venues) if known else pd.array([pd.NA] * venues, dtype="Int64")
        weights[f"points_{name}"] = _sum(found.venue[own], points[own], venues) if known else np.full(venues, np.nan)
    return counts | weights, at_two


def _events(incidents: gpd.GeoDataFrame, found: Attribution, points: Floats) -> tuple[NDArray[np.int64], Floats, int]:
    """Give each event's venue (that of its best placed record) and points, and the number of events at two venues."""
    event = np.full(len(found.row), -1, dtype=np.int64)
    if "event_id" in incidents:
        event = pd.factorize(incidents["event_id"].iloc[found.row])[0].astype(np.int64)
    alone = event < 0
    event[alone] = len(event) + np.arange(int(alone.sum()))
    frame = pd.DataFrame(
        {
            "event": event,
            "venue": found.venue,
            "points": points,
            "uncertainty": found.uncertainty,
            "label": incidents.index[found.row].astype(str),
        }
    )
    first = frame.sort_values(["event", "uncertainty", "label"]).drop_duplicates("event")
    owner = frame["event"].map(first.set_index("event")["venue"])
    best = frame[frame["venue"] == owner].groupby("event").agg(venue=("venue", "first"), points=("points", "max"))
    elsewhere = frame.loc[frame["venue"] != owner, "event"].nunique()
    return best["venue"].to_numpy(dtype=np.int64), best["points"].to_numpy(dtype=np.float64), int(elsewhere)


def _count(venue: NDArray[np.int64], venues: int) -> Any:  # noqa: ANN401 - pandas names no public type for it
    return pd.array(np.bincount(venue, minlength=venues), dtype="Int64")


def _sum(venue: NDArray[np.int64], points: Floats, venues: int) -> Floats:
    """Sum points for each venue, from the smallest on: the same to the last bit in any order of records."""
    order = np.lexsort((points, venue))
    return np.bincount(venue[order], weights=points[order], minlength=venues).astype(np.float64)


def _column(places: gpd.GeoDataFrame, name: str, argument: str, *, missing: str = "") -> Floats:
    """Read a column of the venues: numbers of 0 or more; missing ones are refused where a remedy is given."""
    require_columns(places, [name], "venues")
    given = places[name]
    if not given.isna().all() and (
        not pd.api.types.is_numeric_dtype(given.dtype) or pd.api.types.is_bool_dtype(given.dtype)
    ):
        raise InputError(f"{argument}: column {name!r} holds {given.dtype}, not numbers.")
    values: Floats = pd.to_numeric(given).to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.isinf(values) | (values < 0) | (np.isnan(values) & bool(missing))
    if wrong.any():
        raise InputError(
            f"{argument}: column {name!r} has {int(wrong.sum())} value(s) that are {'missing, ' if missing else ''}"
            f"infinite or negative (first: venue {int(wrong.argmax())}).{missing}"
        )
    return values


def denominate(table: pd.DataFrame, places: gpd.GeoDataFrame, capacity: str | None) -> None:
    """Add the capacity, and points per 1,000 places; missing where the capacity is missing or 0."""
    if capacity is None:
        return
    people = _column(places, capacity, "capacity")
    table["capacity"] = people
    for name in [column for column in map(str, table) if column.partition("_")[0] == "points"]:
        tail = name.removeprefix("points")
        table[f"points_per_1000{tail}"] = table[name] / np.where(people > 0, people, np.nan) * 1_000


def mitigate(table: pd.DataFrame, places: gpd.GeoDataFrame, mitigation: str | None) -> None:
    """Take off the points that the panel grants, down to 0."""
    if mitigation is None:
        return
    granted = _column(places, mitigation, "mitigation", missing=" Write 0 where nothing is taken off.")
    table["mitigation"] = granted
    table["points_net"] = np.maximum(table["points"].to_numpy(dtype=np.float64) - granted, 0.0)


__all__ = ["denominate", "mitigate", "sum_by_venue", "weigh"]
