"""Count the events that health services know, and those of them that the police do not, by area."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from hotspot.checks import listed, require_columns, require_unique_index
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.fusion.linkage_records import is_one
from hotspot.geography import count_incidents
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Sequence


def count_unmatched(
    linked: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    *,
    health: str | Sequence[str] = ("ed", "ambulance"),
    police: str = "police",
    chance: pd.Series | None = None,
) -> gpd.GeoDataFrame:
    """
    Count in each area the events that the police know, that health services know, and that only they know.

    Parameters
    ----------
    linked
        Incidents with ``event_id``, from `link_events`, in the metric CRS of the areas.
    areas
        Areas, as `read_areas` gives them.
    health
        Source or sources of health services; those that are not among the records are left aside. An event with an
        emergency-department and an ambulance record is one.
    police
        The source of the police.
    chance
        For each health record the share of copies in which it found a police record by chance (`match_chance`; of
        several sources, one below the other). A record for which it is missing could not have been matched: it is
        left out, as unmatched would say nothing. None keeps every record and expects no chance matches.

    Returns
    -------
    GeoDataFrame
        The areas with ``n_police``, ``n_health`` and ``n_health_unmatched``, events, and with ``chance`` the number
        ``chance_matches`` of health events that would find a police record by chance. An event of several records
        counts in the area of the first of them that has a place, in the order of ``incident_id``.

    Raises
    ------
    InputError
        A column is missing, there is no record of the police or of any health service, or ``chance`` does not cover the
        health records.
    ConfigError
        A source is named twice.

    Warns
    -----
    HotspotWarning
        Records of a source such as ``ed_north`` are not counted, for only ``ed`` is named.

    Notes
    -----
    0 is the count of an area from which no record came. Set areas that a source does not cover to missing before
    anything is made of them.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> from hotspot.fusion import count_unmatched
    >>> areas = gpd.GeoDataFrame(index=["A", "B"], geometry=[box(0, 0, 9, 9), box(9, 0, 18, 9)], crs=27700)
    >>> linked = gpd.GeoDataFrame(
    ...     {"source": ["police", "ed", "ed"], "event_id": ["ed-1", "ed-1", "ed-2"]},
    ...     index=["police-1", "ed-1", "ed-2"], geometry=[Point(1, 1), Point(2, 1), Point(12, 1)], crs=27700)
    >>> count_unmatched(linked, areas)[["n_police", "n_health", "n_health_unmatched"]].values.tolist()
    [[1, 1, 0], [0, 1, 1]]
    """
    services = [health] if isinstance(health, str) else list(health)
    if len({police, *services}) < len(services) + 1:
        raise ConfigError("health: a source is named twice, or is that of the police.")
    require_columns(linked, ["source", "event_id"], "linked")
    require_unique_index(linked, "linked")
    _warn_of_services(linked["source"], police, services)
    own = linked[linked["source"].isin([police, *services])]
    of_health = own["source"].isin(services)
    _require_both(of_health, police, services)
    expected = _expected(own, of_health, chance)
    kept = own[~of_health | expected.notna()]
    events = _events(kept, police, expected)
    frames = [
        events[chosen].set_axis(events.index[chosen] + suffix).assign(source=name)
        for name, suffix, chosen in (
            (police, "|p", events["known_to_police"]),
            ("health", "|h", events["known_to_health"]),
            ("health_unmatched", "|u", events["known_to_health"] & ~events["known_to_police"]),
        )
    ]
    counts = count_incidents(gpd.GeoDataFrame(pd.concat(frames), crs=linked.crs), areas)
    for name in ("health", "health_unmatched"):
        if f"n_{name}" not in counts:
            counts[f"n_{name}"] = pd.Series(0, index=counts.index, dtype="Int64")
    if chance is not None:
        counts["chance_matches"] = _sum_by_area(events, areas)
    note(
        "count_unmatched", health=services, police=police, events=len(events),
        left_out_unlinkable=int((of_health & expected.isna()).sum()), matched=int(
            (events["known_to_health"] & events["known_to_police"]).sum()),
        chance_matches=None if chance is None else float(counts["chance_matches"].sum()),
    )  # fmt: skip
    return counts[[*(name for name in counts.columns if name != "geometry"), "geometry"]]


def _require_both(of_health: pd.Series, police: str, services: list[str]) -> None:
    """Refuse records of one side only: all of them would be unmatched."""
    if of_health.all():
        raise InputError(f"linked: no record has the source {police!r}.")
    if not of_health.any():
        raise InputError(f"linked: no record has a source of health services ({listed(services)}).")


def _expected(own: gpd.GeoDataFrame, of_health: pd.Series, chance: pd.Series | None) -> pd.Series:
    """Give each health record its chance of a false match; 0 for all if nothing is known of it."""
    if chance is None:
        return pd.Series(0.0, index=own.index)
    require_unique_index(chance, "chance")
    if not isinstance(chance, pd.Series) or not pd.api.types.is_numeric_dtype(chance.dtype):
        raise InputError("chance: give a series of numbers by incident_id, as match_chance returns it.")
    absent = own.index[of_health].difference(chance.index)
    if len(absent):
        raise InputError(
            f"chance: {len(absent)} of {int(of_health.sum())} health records are not in it. Give match_chance for each "
            "source of health: pd.concat([match_chance(…, of='ed', …), match_chance(…, of='ambulance', …)])."
        )
    values = chance.reindex(own.index).astype(float)
    if ((values < 0) | (values > 1)).any():
        raise InputError("chance: shares lie between 0 and 1. Give what match_chance returns.")
    return values


def _warn_of_services(source: pd.Series, police: str, services: list[str]) -> None:
    """Name sources that look like one of the health services and are not counted: ``ed_north`` beside ``ed``."""
    others = sorted({str(name) for name in source.dropna().unique()} - {police, *services})
    alike = [name for name in others if is_one(name, services)]
    if alike:
        warnings.warn(
            f"health: {int(source.isin(alike).sum())} of {len(source)} records are of {listed(alike)} and are not "
            f"counted. To count them, name them: health={[*services, *alike]}.",
            HotspotWarning,
            stacklevel=3,
        )


def _events(kept: gpd.GeoDataFrame, police: str, expected: pd.Series) -> gpd.GeoDataFrame:
    """Give one row for each event: its first record with a place, who knows it, and its chance of a false match."""
    named = kept["event_id"].astype("str")
    named = named.where(kept["event_id"].notna(), pd.Series(kept.index.astype(str), index=kept.index))
    rows = pd.DataFrame(
        {
            "event": named, "police": (kept["source"] == police), "health": kept["source"] != police,
            "nowhere": kept.geometry.isna() | kept.geometry.is_empty,
            "alone": 1 - expected.reindex(kept.index).where(kept["source"] != police, 0.0),
            "id": kept.index.astype(str),
        },
        index=kept.index,
    )  # fmt: skip
    first = rows.sort_values(["nowhere", "id"], kind="stable").drop_duplicates("event").index
    by_event = rows.groupby("event").agg(
        known_to_police=("police", "any"), known_to_health=("health", "any"), alone=("alone", "prod")
    )
    columns = ["geometry"] + (["area_code"] if "area_code" in kept else [])
    chosen = kept.loc[first, columns].set_axis(pd.Index(rows.loc[first, "event"].astype(str), name=kept.index.name))
    return gpd.GeoDataFrame(chosen.join(by_event), geometry="geometry", crs=kept.crs)


def _sum_by_area(events: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.Series:
    """Add up the chances of the health events of each area."""
    from hotspot.geography import locate_in_areas

    of_health = events[events["known_to_health"]]
    code = locate_in_areas(of_health, areas)
    # codes come back as text, whatever the areas are indexed by
    total = (1 - of_health["alone"]).groupby(code.astype("str")).sum().reindex(areas.index.astype(str))
    return pd.Series(total.fillna(0.0).to_numpy(dtype=np.float64), index=areas.index)


__all__ = ["count_unmatched"]
