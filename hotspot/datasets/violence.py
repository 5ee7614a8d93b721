"""Let violence happen in the synthetic city: where, when, how, and which agency came to know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from hotspot.datasets.layout import ANCHORS, CENTRE, CRS, HIDDEN, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

YEAR = 2025
KINDS = {"night-time": 0.21, "public": 0.15, "home": 0.27, "harassment": 0.21, "robbery": 0.03, "hidden": 0.13}
"""What happens, and which share of all."""

INJURIES = ("none", "minor", "moderate", "serious")
WEAPONS = ("body", "sharp", "blunt", "other", "unknown")

_INJURED = {
    "night-time": (0.44, 0.32, 0.18, 0.06), "public": (0.55, 0.26, 0.14, 0.05), "home": (0.62, 0.22, 0.12, 0.04),
    "harassment": (1.0, 0.0, 0.0, 0.0), "robbery": (0.60, 0.20, 0.14, 0.06), "hidden": (0.25, 0.33, 0.30, 0.12),
}  # fmt: skip
_ARMED = np.array([
    (0.86, 0.03, 0.04, 0.03, 0.04), (0.76, 0.08, 0.06, 0.03, 0.07),
    (0.59, 0.21, 0.11, 0.03, 0.06), (0.33, 0.50, 0.09, 0.04, 0.04),
])  # fmt: skip
_SETTINGS = {
    "night-time": ("licensed", 0.55, "public"), "public": ("public", 0.85, "other"), "home": ("home", 1.0, "home"),
    "harassment": ("home", 0.75, "public"), "robbery": ("public", 1.0, "public"), "hidden": ("public", 0.75, "other"),
}  # fmt: skip
"""Setting, its share, and the setting of the rest."""

_DAYS = {  # Monday to Sunday, by the evening to which a night belongs
    "night-time": (0.45, 0.45, 0.55, 0.75, 2.0, 2.8, 0.9),
    "home": (0.95, 0.9, 0.9, 0.95, 1.05, 1.15, 1.1),
    "other": (0.95, 0.95, 0.95, 1.0, 1.15, 1.15, 0.85),
}
_HOURS = {  # from six in the morning to five
    "night-time": (0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 1, 1.6, 2, 2.6, 3.6, 5.2, 8, 10, 9.5, 8.5, 7,
                   3.5, 1.2),
    "home": (0.8, 1, 1.2, 1.4, 1.5, 1.6, 1.8, 1.8, 1.9, 2.1, 2.3, 2.6, 3.4, 4, 4.4, 4.8, 5, 4.8, 4, 2.6, 1.9, 1.5, 1,
             0.8),
    "other": (0.4, 0.5, 0.8, 1, 1.1, 1.4, 1.8, 2, 2.2, 3.2, 3.2, 3.2, 4.2, 4.8, 5.4, 5.8, 5.6, 4.8, 3.6, 2.5, 1.8, 1.2,
              0.7, 0.5),
}  # fmt: skip
_SEASON = (0.92, 0.9, 0.96, 0.99, 1.05, 1.08, 1.12, 1.1, 1.0, 0.98, 0.94, 1.02)

# Chances by injury (none, minor, moderate, serious); see docs/synthetic_city.md for what they are set to.
_AMBULANCE = np.array((0.022, 0.10, 0.44, 0.85))
_CONVEYED = np.array((0.15, 0.30, 0.60, 0.85))
_ARRIVES = np.array((0.50, 0.90, 0.92, 0.95))
"""That somebody conveyed appears in the record of the one hospital that shares."""
_WALKS_IN = np.array((0.003, 0.21, 0.40, 0.40))
_POLICE = np.array((0.87, 0.49, 0.51, 0.60))
_POLICE_HIDDEN = np.array((0.10, 0.05, 0.07, 0.12))
_TELLING = 0.5
"""Spread among areas of the log odds that the police come to know of an event: more is told here than there."""
_OUTSIDE = 25.0


def make_violence(
    rng: np.random.Generator, areas: gpd.GeoDataFrame, venues: gpd.GeoDataFrame, size: Size
) -> gpd.GeoDataFrame:
    """
    Draw a year of violence and decide who came to know of each event.

    Parameters
    ----------
    rng
        Source of chance.
    areas, venues
        The city.
    size
        Its size: how many events.

    Returns
    -------
    GeoDataFrame
        One row for each event, in the order of time: ``kind``, ``occurred``, ``area_code``, ``place`` (row of
        ``venues``), ``setting``, ``weapon``, ``injury``, ``police``, ``ed``, ``ambulance``, ``conveyed``, and
        points on whole metres, EPSG:27700.
    """
    return draw_violence(rng, areas, venues, size, place_chances(areas, venues, rng), telling(areas, rng))


def draw_violence(
    rng: np.random.Generator,
    areas: gpd.GeoDataFrame,
    venues: gpd.GeoDataFrame,
    size: Size,
    chances: dict[str, Floats],
    told: pd.Series,
) -> gpd.GeoDataFrame:
    """Draw one year, given the chances of violence at each place and how each area tells the police."""
    parts = []
    for kind, share in KINDS.items():
        number = round(share * size.events)
        place = rng.choice(len(venues), number, p=chances[kind])
        first, part, rest = _SETTINGS[kind]
        parts.append(
            pd.DataFrame(
                {
                    "kind": kind,
                    "occurred": _times(rng, number, kind),
                    "place": place,
                    "setting": np.where(rng.random(number) < part, first, rest),
                    "injury": rng.choice(4, number, p=_INJURED[kind]),
                }
            )
        )
    events = pd.concat(parts, ignore_index=True)
    events["weapon"] = _weapons(rng, events["injury"].to_numpy())
    points, codes = _spread(rng, events, areas, venues)
    events["area_code"] = codes
    _who_knows(rng, events, told)
    events["injury"] = np.array(INJURIES, dtype=object)[events["injury"]]
    city = gpd.GeoDataFrame(events, geometry=points, crs=CRS)
    return city.sort_values(["occurred", "place"], kind="stable").reset_index(drop=True)


def chances_to_be_known(events: pd.DataFrame, told: pd.Series) -> tuple[Floats, Floats]:
    """
    Give the chances with which an event comes to the police, and to a health service; the two are independent.

    Parameters
    ----------
    events
        With ``kind``, ``injury`` and ``area_code`` in the words of the truth.
    told
        What `telling` gave for the areas.

    Returns
    -------
    police, health : arrays of float
        Health is the ambulance service, the emergency department, or both.
    """
    hurt = np.array([INJURIES.index(word) for word in events["injury"]])
    able = (events["kind"] != "harassment").to_numpy()
    ambulance = _AMBULANCE[hurt] * able
    police = _police(events, hurt, told)
    return police, ambulance + (1 - ambulance) * _WALKS_IN[hurt] * able


def telling(areas: gpd.GeoDataFrame, rng: np.random.Generator) -> pd.Series:
    """Give each area its own readiness to tell the police, a shift of log odds; draws nothing from ``rng`` itself."""
    (own,) = rng.spawn(1)
    return pd.Series(own.normal(0, _TELLING, len(areas)), index=areas.index)


def _police(events: pd.DataFrame, injury: NDArray[np.int64], told: pd.Series) -> Floats:
    """Give the chance that each event comes to the police."""
    from scipy.special import expit, logit

    hidden = (events["kind"] == "hidden").to_numpy()
    shift = told.reindex(events["area_code"]).to_numpy()
    return np.asarray(expit(logit(np.where(hidden, _POLICE_HIDDEN[injury], _POLICE[injury])) + shift))


def hardship(areas: gpd.GeoDataFrame) -> Floats:
    """Give each area a level of hardship: smooth over the city, highest on the estate."""
    middle = areas.geometry.centroid
    x, y = (middle.x.to_numpy() - CENTRE[0]).round(), (middle.y.to_numpy() - CENTRE[1]).round()
    reach = float(np.hypot(x, y).max())
    slow = 1.0 + 0.45 * np.sin(4.3 * x / reach + 0.8) * np.cos(3.7 * y / reach - 0.5)
    ex, ey = np.array(ANCHORS["estate"]) * np.sqrt(len(areas) / 300)
    near = np.exp(-((x - ex) ** 2 + (y - ey) ** 2) / (0.19 * reach) ** 2)
    return np.asarray(slow + 5.0 * near, dtype=np.float64)


def place_chances(areas: gpd.GeoDataFrame, venues: gpd.GeoDataFrame, rng: np.random.Generator) -> dict[str, Floats]:
    """Give every place its chance of each kind of violence."""
    level = hardship(areas)
    number = areas.index.get_indexer(venues["area_code"])
    kind, near = venues["type"].to_numpy(), venues["near"].to_numpy()
    street = (kind == "street").astype(float)
    people = areas["population"].to_numpy()[number] * street
    hidden = np.isin(near, HIDDEN) & (kind != "postcode")
    weight = {
        "night-time": venues["pull"].to_numpy(),
        "public": 0.35 * people / 400 * level[number] * (0.4 + rng.pareto(2.2, len(venues)).clip(0, 6))
        + np.select([kind == "park", kind == "school", kind == "station", kind == "supermarket"], [12, 9, 25, 9], 0.0)
        + 5.0 * street * (near == "centre"),
        "home": people * level[number],
        "harassment": people * (0.5 + 0.5 * level[number]),
        "robbery": street * (1.0 + 9.0 * (near == "centre") + 3.0 * (near == "south side")) + 6.0 * (kind == "station"),
        "hidden": np.where(hidden, 1.0 / np.maximum(np.bincount(number[hidden], minlength=len(areas))[number], 1), 0.0),
    }
    return {name: values / values.sum() for name, values in weight.items()}


def _times(rng: np.random.Generator, number: int, kind: str) -> NDArray[np.datetime64]:
    """Draw minutes of the year by season, weekday and hour; an evening's small hours count to that evening."""
    profile = kind if kind in _DAYS else "other"
    hours = np.arange(np.datetime64(f"{YEAR}-01-01T00", "h"), np.datetime64(f"{YEAR + 1}-01-01T00", "h"))
    evening = hours - np.timedelta64(6, "h")
    day = evening.astype("datetime64[D]")
    weekday = (day.astype(np.int64) + 3) % 7  # 1 January 1970 was a Thursday
    month = hours.astype("datetime64[M]").astype(np.int64) % 12
    weight = (
        np.array(_DAYS[profile])[weekday]
        * np.array(_HOURS[profile])[(evening - day).astype(np.int64)]
        * np.array(_SEASON)[month]
    )
    weight[hours == np.datetime64(f"{YEAR}-03-30T01", "h")] = 0.0  # the hour that the clocks skip
    drawn = rng.choice(len(hours), number, p=weight / weight.sum())
    minute = rng.integers(0, 60, number).astype("timedelta64[m]")
    return np.asarray(hours[drawn].astype("datetime64[m]") + minute)


def _weapons(rng: np.random.Generator, injury: NDArray[np.int64]) -> NDArray[np.object_]:
    """Draw a weapon for each injury: the worse, the more often sharp."""
    upto = _ARMED.cumsum(axis=1)[injury]
    drawn = (rng.random(len(injury))[:, None] >= upto).sum(axis=1).clip(0, len(WEAPONS) - 1)
    return np.asarray(np.array(WEAPONS, dtype=object)[drawn])


def _spread(
    rng: np.random.Generator, events: pd.DataFrame, areas: gpd.GeoDataFrame, venues: gpd.GeoDataFrame
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Move each event a little from its place, and name the area where it then lies."""
    place = events["place"].to_numpy()
    base = shapely.get_coordinates(venues.geometry.to_numpy())[place]
    reach = np.where(events["setting"] == "licensed", 6.0, np.where(events["setting"] == "home", 70.0, _OUTSIDE))
    points = shapely.points((base + rng.normal(0, 1, base.shape) * reach[:, None]).round())
    polygons = areas.geometry.to_numpy()
    hit, area = shapely.STRtree(polygons).query(points, predicate="intersects")
    owner = np.full(len(points), -1, dtype=np.int64)
    owner[hit[::-1]] = area[::-1]
    lost = owner < 0  # in the river or the sea: back to the place itself
    points[lost] = shapely.points(base[lost])
    owner[lost] = areas.index.get_indexer(venues["area_code"].to_numpy()[place[lost]])
    return points, areas.index.to_numpy(dtype=object)[owner]


def _who_knows(rng: np.random.Generator, events: pd.DataFrame, told: pd.Series) -> None:
    """Decide which agency came to know of each event: ambulance and ED hang together, police stand apart."""
    injury = events["injury"].to_numpy()
    dice = rng.random((5, len(events)))
    ambulance = (dice[0] < _AMBULANCE[injury]) & (events["kind"] != "harassment").to_numpy()
    conveyed = ambulance & (dice[1] < _CONVEYED[injury])
    arrives = conveyed & (dice[2] < _ARRIVES[injury])
    walks_in = ~conveyed & (dice[3] < _WALKS_IN[injury]) & (events["kind"] != "harassment").to_numpy()
    events["police"] = dice[4] < _police(events, injury, told)
    events["ed"] = arrives | walks_in
    events["ambulance"], events["conveyed"] = ambulance, conveyed
