# ruff: noqa: T201 - the script prints its tables
"""Print how often the intervals of the hidden share hold the truth, over many synthetic cities.

python tests/campaigns/hidden_share.py [cities] [linked cities]

The truth of an area is the share of the events known to anybody that only health services know, expected of the city:
twenty more years are drawn from the same chances of violence at each place, and each event counts by its chances of
coming to the police and to health services. What the agencies sent is one draw of it.
"""

from __future__ import annotations

import sys
import time
import warnings
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

import hotspot as hs
from hotspot.datasets import make_city
from hotspot.datasets.layout import SIZES, make_areas
from hotspot.datasets.venues import make_venues
from hotspot.datasets.violence import chances_to_be_known, draw_violence, place_chances, telling
from hotspot.errors import HotspotWarning

if TYPE_CHECKING:
    from hotspot.datasets import City

SOURCES = ("police", "ed", "ambulance")
YEARS = 20
CATEGORY = {"police": "violence_with_injury", "ed": "assault", "ambulance": "assault"}


def injured(city: City) -> gpd.GeoDataFrame:
    """Take what all sources are about: events in which somebody was hurt."""
    return city.truth[city.truth["injury"] != "none"]


def true_share(seed: int, *, at_home: bool = True) -> pd.Series:
    """Give each area the share of known events that only health services know, expected of the city of this seed."""
    rng = np.random.default_rng(seed)
    areas, _ = make_areas(rng, SIZES["city"])
    venues = make_venues(rng, areas, SIZES["city"])
    chances, told = place_chances(areas, venues, rng), telling(areas, rng)  # the very numbers that make_city drew
    again = np.random.default_rng([seed, 1])
    sums = pd.DataFrame(0.0, index=areas.index, columns=["hidden", "known"])
    for _ in range(YEARS):
        events = draw_violence(again, areas, venues, SIZES["city"], chances, told)
        events = events[(events["injury"] != "none") & (at_home | (events["setting"] != "home"))]
        police, health = chances_to_be_known(events, told)
        known = {"hidden": health * (1 - police), "known": police + health - police * health}
        sums += pd.DataFrame(known).groupby(events["area_code"].to_numpy()).sum().reindex(areas.index, fill_value=0)
    return sums["hidden"] / sums["known"]


def counts_of(events: gpd.GeoDataFrame, city: City) -> pd.DataFrame:
    """Count by area what each side knows, as if records could be linked without error."""
    police = events["police_row"].notna()
    health = events["ed_row"].notna() | events["ambulance_row"].notna()
    marks = pd.DataFrame(
        {"n_police": police, "n_health": health, "n_health_unmatched": health & ~police, "code": events["area_code"]}
    )
    return marks.groupby("code").sum().reindex(city.areas.index, fill_value=0)


def records_of(events: gpd.GeoDataFrame, seed: int) -> gpd.GeoDataFrame:
    """Let each agency send what it knows, up to 60 m and 20 minutes off."""
    rng = np.random.default_rng(seed)
    parts = []
    for source in SOURCES:
        own = events[events[f"{source}_row"].notna()]
        away, turn = 60 * np.sqrt(rng.random(len(own))), rng.uniform(0, 2 * np.pi, len(own))
        late = pd.to_timedelta(rng.integers(-20, 21, len(own)), unit="min")
        parts.append(
            gpd.GeoDataFrame(
                {"source": source, "category": CATEGORY[source],
                 "occurred_from": (pd.to_datetime(own["occurred"]) + late).to_numpy()},
                index=[f"{source}-{row:06d}" for row in own[f"{source}_row"]],
                geometry=gpd.points_from_xy(own.geometry.x + away * np.cos(turn), own.geometry.y + away * np.sin(turn)),
                crs=events.crs,
            )
        )  # fmt: skip
    return hs.combine(parts)


def linked_counts(events: gpd.GeoDataFrame, city: City, seed: int) -> pd.DataFrame:
    """Link by distance and time, and count with each area's own chance matches."""
    records = records_of(events, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HotspotWarning)
        linked = hs.link_events(records, max_distance=150, max_gap="1h", chance=False)
        chance = pd.concat(
            [
                hs.match_chance(records, of=source, against="police", max_distance=150, max_gap="1h")
                for source in SOURCES[1:]
            ]
        )
    return hs.count_unmatched(linked, city.areas, chance=chance)


def held(counts: pd.DataFrame, truth: pd.Series, **options: object) -> pd.Series:
    """Say of each area with known events whether its interval holds the truth."""
    found = hs.hidden_violence(counts, **options)
    some = (counts["n_police"] + counts["n_health_unmatched"] > 0) & truth.reindex(counts.index).notna()
    share = truth.reindex(counts.index)[some]
    found = found[some]
    return (found["unmatched_lower"] <= share) & (share <= found["unmatched_upper"])


def main(cities: int = 200, linked_cities: int = 30) -> None:
    """Run both campaigns and print their tables."""
    started = time.monotonic()
    perfect, widths = [], []
    for seed in range(1, cities + 1):
        city = make_city(seed=seed)
        events = injured(city)
        counts = counts_of(events, city)
        perfect.append(held(counts, true_share(seed), draws=1_000).mean())
        widths.append(len(counts))
    values = np.array(perfect)
    print(f"perfect linkage: {cities} cities of {widths[0]} areas, 90 % intervals hold {values.mean():.1%} of truths")
    print(f"  by city: 5 % of cities below {np.quantile(values, 0.05):.1%}, 5 % above {np.quantile(values, 0.95):.1%}")
    deciles = []
    for seed in range(1, linked_cities + 1):
        city = make_city(seed=seed)
        events = injured(city)
        events = events[events["setting"] != "home"]
        counts = linked_counts(events, city, seed)
        inside = held(counts, true_share(seed, at_home=False), chance="chance_matches", draws=1_000)
        density = (counts["n_police"].astype(float) / (city.areas.geometry.area / 1e6)).reindex(inside.index)
        rank = np.ceil(10 * density.rank(method="first") / len(density)).astype(int)
        deciles.append(pd.DataFrame({"decile": rank, "held": inside, "density": density}))
    table = pd.concat(deciles).groupby("decile").agg(held=("held", "mean"), police_per_km2=("density", "median"))
    print(f"linked at 150 m and 1 h: {linked_cities} cities, by decile of police records per km²")
    print(table.round(3).to_string())
    print(f"all: {pd.concat(deciles)['held'].mean():.1%}; {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
