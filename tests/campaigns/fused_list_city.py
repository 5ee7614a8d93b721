"""Draw a synthetic city's year for fused_list.py, as it is or with one thing different, and what agencies send."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.special import expit, logit

from hotspot.datasets.health import ambulance_rows, ed_rows
from hotspot.datasets.layout import SIZES, make_areas
from hotspot.datasets.police import police_rows
from hotspot.datasets.venues import make_venues
from hotspot.datasets.violence import draw_violence, place_chances, telling

CRS = 27700
HISTORY = 5
"""Years of police records, this one among them."""
CODES = {"none": "105A", "minor": "8N", "moderate": "8N", "serious": "5D"}
PREMISES = {"public": "Street", "licensed": "Licensed premises", "home": "Dwelling", "other": "Other"}
NO_PLACE = 0.02
HEARD = 0.8
"""Share of their events that health services still know where areas differ in it."""


@dataclass(frozen=True)
class Variant:
    """What is different in a city; the defaults change nothing."""

    hidden: float = 1.0
    """Share kept of the violence in the places that the police mostly do not see."""
    elsewhere: float = 1.0
    """Share kept of all other violence."""
    telling: float = 1.0
    """Factor on how much areas differ in what the police are told."""
    told: float = 0.0
    """Added to the log odds that the police come to know, everywhere."""
    health: float | None = None
    """Spread among areas of the log odds that health services know at all; on average one record in five is lost."""
    ed_places: float | None = None
    """Share of the department's records outside the home that have their true street or venue; None: its texts."""
    max_distance: float = 150
    max_gap: str = "1h"


AS_IT_IS = Variant()
VARIED = {
    "as it is": AS_IT_IS,
    "no hidden places": Variant(hidden=0),
    "half as much in hidden places": Variant(hidden=0.5),
    "twice as much in hidden places": Variant(elsewhere=0.5),
    "areas tell the police alike": Variant(telling=0),
    "areas differ twice as much": Variant(telling=2),
    "no hidden places, areas tell alike": Variant(hidden=0, telling=0),
    "the police hear more": Variant(told=0.8),
    "the police hear less": Variant(told=-0.8),
    "health services differ as the police do": Variant(health=0.5),
    "health services differ twice as much": Variant(health=1.0),
    "a tenth of ED records have a place": Variant(ed_places=0.1),
    "half of ED records have a place": Variant(ed_places=0.5),
    "every ED record has a place": Variant(ed_places=1),
    "linked within 75 m and 30 min": Variant(max_distance=75, max_gap="30min"),
    "linked within 500 m and 6 h": Variant(max_distance=500, max_gap="6h"),
}


@dataclass(frozen=True)
class Sent:
    """What happened in the year, and what the agencies sent of it."""

    events: gpd.GeoDataFrame
    police: pd.DataFrame
    published: pd.DataFrame
    ed: pd.DataFrame
    ambulance: pd.DataFrame
    earlier: pd.DataFrame
    ed_true: gpd.GeoSeries


def thinned(events: gpd.GeoDataFrame, variant: Variant, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Keep of hidden and other violence the shares that the variant asks for."""
    share = np.where(events["kind"] == "hidden", variant.hidden, variant.elsewhere)
    return events[rng.random(len(events)) < share].reset_index(drop=True)


def send(seed: int, size: str, variant: Variant) -> Sent:
    """Draw the year of this city and write each agency's file; unchanged, these are the files of `make_city`."""
    rng, own = np.random.default_rng(seed), np.random.default_rng([seed, 2])
    areas, _ = make_areas(rng, SIZES[size])
    venues = make_venues(rng, areas, SIZES[size])
    chances, told = place_chances(areas, venues, rng), telling(areas, rng) * variant.telling + variant.told
    events = thinned(draw_violence(rng, areas, venues, SIZES[size], chances, told), variant, own)
    if variant.health is not None:
        heard = pd.Series(expit(logit(HEARD) + own.normal(0, variant.health, len(areas))), index=areas.index)
        kept = own.random(len(events)) < heard.reindex(events["area_code"]).to_numpy()
        events = events.assign(**{name: events[name] & kept for name in ("ed", "ambulance", "conveyed")})
    published, _ = police_rows(rng, events, areas, venues)
    ed, ed_row, _ = ed_rows(rng, events, venues)
    ambulance, _ = ambulance_rows(rng, events)
    seen = np.flatnonzero(ed_row)
    places = venues.geometry.iloc[events["place"].to_numpy()[seen]]
    earlier = HISTORY - 1 if variant == AS_IT_IS else 1
    before = [draw_violence(own, areas, venues, SIZES[size], chances, told) for _ in range(earlier)]
    return Sent(
        events=events,
        police=police_extract(events, own),
        published=published.astype("str"),
        ed=ed.astype("str"),
        ambulance=ambulance.astype("str"),
        earlier=police_extract(thinned(pd.concat(before, ignore_index=True), variant, own), own),
        ed_true=gpd.GeoSeries(places.to_numpy(), index=[f"ed-{row:06d}" for row in ed_row[seen]], crs=CRS),
    )


def police_extract(events: gpd.GeoDataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Write the force's own extract: codes, times up to 20 minutes and places up to 60 m off, 2 % without a place."""
    known = events[events["police"]]
    away, turn = 60 * np.sqrt(rng.random(len(known))), rng.uniform(0, 2 * np.pi, len(known))
    start = known["occurred"] + pd.to_timedelta(rng.integers(-20, 21, len(known)), unit="min")
    code = known["injury"].map(CODES).mask(known["kind"] == "harassment", "8L").mask(known["kind"] == "robbery", "34B")
    placed = rng.random(len(known)) >= NO_PLACE
    metres = {"Easting": known.geometry.x + away * np.cos(turn), "Northing": known.geometry.y + away * np.sin(turn)}
    return pd.DataFrame(
        {
            "Crime reference": [f"SYN/{row:06d}" for row in range(1, len(known) + 1)],
            "Offence start": start.dt.strftime("%Y-%m-%d %H:%M"),
            "HO code": code,
            "Location type": known["setting"].map(PREMISES),
        }
        | {name: values.round().astype(int).astype(str).where(placed, "") for name, values in metres.items()}
    ).reset_index(drop=True)
