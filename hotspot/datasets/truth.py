"""Let violence happen in the synthetic city: where, when, how, and which agency came to know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from hotspot.datasets.layout import CENTRE, CRS, area_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

YEAR = 2025
_AT_VENUES, _IN_STREETS, _IN_HIDDEN_PLACES, _AT_HOME = 1_800, 1_500, 2_600, 1_800
HIDDEN_PLACES = ((-3_600.0, -2_400.0), (3_100.0, -2_900.0), (-2_300.0, 3_700.0))
"""Where violence is high and the police hear of little of it: metres east and north of the centre."""

_SETTINGS = ("licensed", "public", "home", "other")
_HOUR_NIGHT = np.array(
    [9, 10, 9, 6, 3, 1, 0.5, 0.3, 0.3, 0.3, 0.4, 0.5, 0.7, 0.8, 1, 1.2, 1.5, 2, 2.5, 3, 3.5, 4.5, 6, 8], dtype=float
)
_HOUR_DAY = np.array(
    [3, 2, 1.5, 1, 0.7, 0.6, 0.7, 1.2, 2, 2, 2.2, 2.5, 3, 3, 3.3, 4.5, 4.5, 4.2, 4, 4, 3.8, 3.8, 3.6, 3.4], dtype=float
)
_DAY_NIGHT = np.array([0.5, 0.5, 0.6, 0.8, 1.9, 2.6, 1.3])
_DAY_DAY = np.array([1.0, 1.0, 1.0, 1.0, 1.1, 1.1, 1.0])
_WEAPONS = ("body", "sharp", "blunt", "other", "unknown")
_WEAPON_SHARES = (0.74, 0.07, 0.06, 0.03, 0.10)


def make_truth(rng: np.random.Generator, fine: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Draw a year of violent events and decide who came to know of each.

    Returns
    -------
    GeoDataFrame
        One row an event: ``time``, ``setting``, ``place``, ``kind``, ``weapon``, ``injury``, ``hidden_place``,
        ``seen_police``, ``seen_ambulance``, ``conveyed``, ``seen_ed``, ``lsoa_code``, point in EPSG:27700.

    Notes
    -----
    Chances are set so that about 59 % of ED assaults are unknown to the police (Gray et al. 2017) and half to two
    thirds of ambulance assaults are conveyed (Ariel et al. 2015; Quigg et al.).
    """
    night = _at_venues(rng, places, _AT_VENUES)
    street = _in_streets(rng, fine, places, _IN_STREETS)
    hidden = _in_hidden_places(rng, places, _IN_HIDDEN_PLACES)
    home = _at_home(rng, fine, _AT_HOME)
    events = pd.concat([night, street, hidden, home], ignore_index=True)
    events["lsoa_code"] = area_of(events["x"].to_numpy(), events["y"].to_numpy(), fine)
    events = events[events["lsoa_code"] != ""].reset_index(drop=True)
    number = len(events)
    by_night = events["setting"].isin(["licensed"]) | (rng.random(number) < 0.35)  # noqa: PLR2004 - share of the rest
    events["time"] = _times(rng, by_night.to_numpy())
    events["weapon"] = rng.choice(_WEAPONS, number, p=_WEAPON_SHARES)
    events["injury"] = rng.random(number) < np.where(events["weapon"] == "sharp", 0.95, 0.55)
    _decide_who_knows(rng, events)
    events = events.sort_values(["time", "x", "y"], kind="stable").reset_index(drop=True)
    events.insert(0, "event_id", [f"T{row:05d}" for row in range(1, number + 1)])
    points = gpd.points_from_xy(events["x"], events["y"])
    return gpd.GeoDataFrame(events.drop(columns=["x", "y"]), geometry=points, crs=CRS)


def _frame(x: NDArray[np.float64], y: NDArray[np.float64], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"x": np.round(x), "y": np.round(y), "hidden_place": False, **columns})


def _at_venues(rng: np.random.Generator, places: gpd.GeoDataFrame, number: int) -> pd.DataFrame:
    """Violence of the night-time economy: in and outside venues, a few of which draw most of it."""
    venues = places[places["pull"] > 0]
    pull = venues["pull"].to_numpy()
    chosen = venues.iloc[rng.choice(len(venues), number, p=pull / pull.sum())]
    outside = rng.random(number) < 0.45  # noqa: PLR2004 - share that spills into the street
    spread = np.where(outside, 35.0, 8.0)
    licensed = chosen["kind"].isin(["pub", "club"]).to_numpy() & ~outside
    return _frame(
        chosen.geometry.x.to_numpy() + rng.normal(0, 1, number) * spread,
        chosen.geometry.y.to_numpy() + rng.normal(0, 1, number) * spread,
        setting=np.where(licensed, "licensed", "public"),
        place=chosen["name"].to_numpy(),
        kind=chosen["kind"].to_numpy(),
    )


def _in_streets(
    rng: np.random.Generator, fine: gpd.GeoDataFrame, places: gpd.GeoDataFrame, number: int
) -> pd.DataFrame:
    """Violence in streets: more of it in the areas where life is hard, which lie together."""
    streets = places[places["kind"] == "street"]
    hardship = _hardship(rng, fine)
    weight = streets["lsoa_code"].map(dict(zip(fine["lsoa_code"], hardship, strict=True))).to_numpy(dtype=float)
    chosen = streets.iloc[rng.choice(len(streets), number, p=weight / weight.sum())]
    return _frame(
        chosen.geometry.x.to_numpy() + rng.normal(0, 60, number),
        chosen.geometry.y.to_numpy() + rng.normal(0, 60, number),
        setting="public",
        place=chosen["name"].to_numpy(),
        kind="street",
    )


def _in_hidden_places(rng: np.random.Generator, places: gpd.GeoDataFrame, number: int) -> pd.DataFrame:
    """Violence where nobody calls the police; patients name the street or park nearest to it."""
    which = rng.integers(0, len(HIDDEN_PLACES), number)
    middle = np.array(HIDDEN_PLACES)[which] + CENTRE
    x, y = (middle + rng.normal(0, 700, (number, 2))).T
    outdoors = places[places["kind"].isin(["street", "park"])]
    corners = np.column_stack([outdoors.geometry.x, outdoors.geometry.y])
    named = outdoors.iloc[cKDTree(corners).query(np.column_stack([x, y]))[1]]
    frame = _frame(
        x,
        y,
        setting=rng.choice(["public", "other"], number, p=[0.8, 0.2]),
        place=named["name"].to_numpy(),
        kind=named["kind"].to_numpy(),
    )
    return frame.assign(hidden_place=True)


def _at_home(rng: np.random.Generator, fine: gpd.GeoDataFrame, number: int) -> pd.DataFrame:
    """Violence at home: where people live, more of it on one estate."""
    centroids = fine.geometry.centroid
    x, y = centroids.x.to_numpy(), centroids.y.to_numpy()
    estate = np.exp(-(((x - CENTRE[0] + 2_800) ** 2 + (y - CENTRE[1] - 900) ** 2) / 1_100.0**2))
    weight = fine["population"].to_numpy() * (0.5 + 2.5 * estate) * _hardship(rng, fine)
    chosen = rng.choice(len(fine), number, p=weight / weight.sum())
    return _frame(
        x[chosen] + rng.normal(0, 150, number),
        y[chosen] + rng.normal(0, 150, number),
        setting="home",
        place="",
        kind="home",
    )


def _hardship(rng: np.random.Generator, fine: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Give each area a level of hardship above 0 that varies smoothly over the city."""
    centroids = fine.geometry.centroid
    points = np.column_stack([centroids.x.to_numpy(), centroids.y.to_numpy()])
    middle = points[rng.choice(len(points), 6, replace=False)]
    near = np.exp(-(((points[:, None, :] - middle[None, :, :]) ** 2).sum(axis=2)) / 1_000.0**2).sum(axis=1)
    return np.asarray(0.25 + 4.0 * near, dtype=np.float64)


def _times(rng: np.random.Generator, by_night: NDArray[np.bool_]) -> pd.Series:
    """Draw minutes of the year, by the clock of the night-time economy or by that of the day."""
    days = pd.date_range(f"{YEAR}-01-01", f"{YEAR}-12-31", freq="D")
    season = 1.0 + 0.12 * np.cos(2.0 * np.pi * (days.day_of_year.to_numpy() - 200) / 365.0)
    minutes = np.empty(len(by_night), dtype=np.int64)
    for night, weekday, hour in ((True, _DAY_NIGHT, _HOUR_NIGHT), (False, _DAY_DAY, _HOUR_DAY)):
        rows = np.flatnonzero(by_night == night)
        weight = weekday[days.day_of_week.to_numpy()] * season
        day = rng.choice(len(days), len(rows), p=weight / weight.sum())
        clock = rng.choice(24, len(rows), p=hour / hour.sum())
        # An evening's small hours belong to the next calendar day.
        late = night & (clock < 6)  # noqa: PLR2004 - the night ends at six
        minutes[rows] = ((day + late) % len(days)) * 1_440 + clock * 60 + rng.integers(0, 60, len(rows))
    return pd.Series(pd.Timestamp(f"{YEAR}-01-01") + pd.to_timedelta(minutes, unit="min"))


def _decide_who_knows(rng: np.random.Generator, events: pd.DataFrame) -> None:
    """Decide which agency came to know of each event; ambulance and ED depend on each other and on injury."""
    number = len(events)
    hidden = events["hidden_place"].to_numpy()
    injury = events["injury"].to_numpy()
    sharp = (events["weapon"] == "sharp").to_numpy()
    ambulance = rng.random(number) < np.where(sharp, 0.55, np.where(injury, 0.21, 0.06)) + np.where(hidden, 0.10, 0.0)
    conveyed = ambulance & (rng.random(number) < np.where(injury, 0.66, 0.40))
    walk_in = ~conveyed & (rng.random(number) < np.where(injury, 0.145, 0.03) + np.where(hidden, 0.10, 0.0))
    police = rng.random(number) < np.where(hidden, 0.12, 0.62 + 0.10 * ambulance + 0.05 * sharp)
    events["seen_police"] = police
    events["seen_ambulance"] = ambulance
    events["conveyed"] = conveyed
    events["seen_ed"] = conveyed | walk_in
