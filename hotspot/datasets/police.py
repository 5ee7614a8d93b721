"""Write down what the police of the synthetic city publish, in the street-level layout of data.police.uk."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from scipy.spatial import cKDTree

from hotspot.datasets import names
from hotspot.datasets.violence import YEAR, hardship

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COLUMNS = (
    "Crime ID", "Month", "Reported by", "Falls within", "Longitude", "Latitude", "Location", "LSOA code", "LSOA name",
    "Crime type", "Last outcome category", "Context",
)  # fmt: skip
ASB = "Anti-social behaviour"
VIOLENCE = "Violence and sexual offences"

_OTHER = {  # crime type: rows for each violent event of the city, share in the centre
    ASB: (0.36, 0.25), "Shoplifting": (0.17, 0.55), "Criminal damage and arson": (0.16, 0.1),
    "Public order": (0.15, 0.35), "Vehicle crime": (0.13, 0.05), "Other theft": (0.13, 0.25), "Burglary": (0.1, 0.05),
    "Drugs": (0.06, 0.3), "Other crime": (0.04, 0.1), "Theft from the person": (0.025, 0.7),
    "Possession of weapons": (0.02, 0.3), "Bicycle theft": (0.02, 0.4),
}  # fmt: skip
_OUTCOMES = {
    "Unable to prosecute suspect": 0.42, "Investigation complete; no suspect identified": 0.27,
    "Under investigation": 0.08, "Status update unavailable": 0.05, "Awaiting court outcome": 0.05,
    "Court result unavailable": 0.06, "Local resolution": 0.04, "Offender given a caution": 0.02,
    "Further investigation is not in the public interest": 0.01,
}  # fmt: skip
_NEXT_MONTH = 0.05
_NO_LOCATION = 0.02
_ELSEWHERE = 0.006
_TWICE = 0.0028
_GENERIC = 0.25
"""Share of map points that are named by what is there and not by a street."""

# The datum shift is written out: PROJ would choose another where a grid file is installed, and the bytes would differ.
TO_DEGREES = Transformer.from_pipeline(
    "+proj=pipeline +step +inv +proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy "
    "+step +proj=push +v_3 +step +proj=cart +ellps=airy +step +proj=helmert +x=446.448 +y=-125.157 +z=542.06 +rx=0.15 "
    "+ry=0.247 +rz=0.842 +s=-20.489 +convention=position_vector +step +inv +proj=cart +ellps=WGS84 "
    "+step +proj=pop +v_3 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
)


def degrees(x: Floats, y: Floats) -> tuple[list[str], list[str]]:
    """Give longitude and latitude of places in EPSG:27700 as text with six decimals."""
    longitude, latitude = TO_DEGREES.transform(x, y)
    return [f"{value:.6f}" for value in longitude], [f"{value:.6f}" for value in latitude]


def police_rows(
    rng: np.random.Generator, events: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, venues: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """
    Give a year of police rows: month only, points snapped to a fixed set, all crime types.

    Parameters
    ----------
    rng
        Source of chance.
    events
        The violence; its column ``police`` says what the police recorded.
    areas, venues
        The city.

    Returns
    -------
    tuple
        The rows in the order of the files, as text; and for each of ``events`` its row (1 = first), 0 where the
        police do not know it.
    """
    known = np.flatnonzero(events["police"])
    other = {kind: round(rate * len(events)) for kind, (rate, _) in _OTHER.items()}
    number = len(known) + sum(other.values())
    centre = np.concatenate([np.full(count, _OTHER[kind][1]) for kind, count in other.items()])
    xy = np.vstack([shapely.get_coordinates(events.geometry.to_numpy()[known]), _elsewhere(rng, centre, areas, venues)])
    month = np.concatenate(
        [
            events["occurred"].to_numpy()[known].astype("datetime64[M]").astype(np.int64) % 12,
            rng.integers(0, 12, number),
        ]
    )[:number]
    month = np.minimum(month + (rng.random(number) < _NEXT_MONTH), 11)
    robbery = events["kind"].to_numpy()[known] == "robbery"
    frame = _snapped(rng, xy, areas, venues)
    frame["Month"] = np.array([f"{YEAR}-{number:02d}" for number in range(1, 13)], dtype=object)[month]
    frame["Crime type"] = np.concatenate(
        [np.where(robbery, "Robbery", VIOLENCE), np.repeat(list(other), list(other.values()))]
    )
    asb = (frame["Crime type"] == ASB).to_numpy()
    ids = [hashlib.sha256(f"{names.CITY} {row} {rng.integers(1 << 62)}".encode()).hexdigest() for row in range(number)]
    outcome = rng.choice(list(_OUTCOMES), number, p=list(_OUTCOMES.values()))
    frame["Crime ID"] = np.where(asb, "", ids)
    frame["Last outcome category"] = np.where(asb, "", outcome)
    _lose_places(rng, frame, len(known))
    frame["event"] = np.append(known, np.full(number - len(known), -1))
    again = np.flatnonzero(~asb)[rng.random(int((~asb).sum())) < _TWICE]
    twice = frame.iloc[again].assign(event=-1, **{"Last outcome category": ""})
    frame = pd.concat([frame, twice], ignore_index=True)
    frame["Reported by"] = frame["Falls within"] = names.FORCE
    frame["Context"] = ""
    frame = frame.iloc[rng.permutation(len(frame))].sort_values("Month", kind="stable").reset_index(drop=True)
    row = np.zeros(len(events), dtype=np.int64)
    told = np.flatnonzero(frame["event"] >= 0)
    row[frame["event"].to_numpy()[told]] = told + 1
    return frame[list(COLUMNS)], row


def _elsewhere(rng: np.random.Generator, centre: Floats, areas: gpd.GeoDataFrame, venues: gpd.GeoDataFrame) -> Floats:
    """Draw a place for each row that is no violence: in the centre, or in a street anywhere."""
    streets = venues[(venues["type"] == "street").to_numpy()]
    level = hardship(areas)[areas.index.get_indexer(streets["area_code"])]
    anywhere = rng.choice(len(streets), len(centre), p=level / level.sum())
    central = np.flatnonzero(venues["near"] == "centre")
    xy = shapely.get_coordinates(streets.geometry.to_numpy())[anywhere]
    shops = shapely.get_coordinates(venues.geometry.to_numpy())[rng.choice(central, len(centre))]
    place = np.where((rng.random(len(centre)) < centre)[:, None], shops, xy)
    return np.asarray(place + rng.normal(0, 60, place.shape), dtype=np.float64)


def _snapped(rng: np.random.Generator, xy: Floats, areas: gpd.GeoDataFrame, venues: gpd.GeoDataFrame) -> pd.DataFrame:
    """Move every point to the nearest map point: a street, or a place named by its kind."""
    points = venues[venues["kind"].isin(["street", "venue"]).to_numpy()]
    fixed = shapely.get_coordinates(points.geometry.to_numpy())
    generic = (rng.random(len(points)) < _GENERIC) | (points["type"] != "street").to_numpy()
    label = np.where(generic, rng.choice(names.GENERIC_POINTS, len(points)), points["name"].to_numpy())
    label = np.where(points["type"].isin(["pub", "club"]).to_numpy(), "Nightclub", label)
    nearest = cKDTree(fixed).query(xy)[1]
    longitude, latitude = degrees(fixed[:, 0], fixed[:, 1])
    code = points["area_code"].to_numpy(dtype=object)
    table = pd.DataFrame(
        {
            "Longitude": longitude,
            "Latitude": latitude,
            "Location": [f"On or near {name}" for name in label],
            "LSOA code": code,
            "LSOA name": areas["name"].reindex(code).to_numpy(dtype=object),
        }
    )
    return pd.DataFrame(table.iloc[nearest]).reset_index(drop=True)


def _lose_places(rng: np.random.Generator, frame: pd.DataFrame, violent: int) -> None:
    """Blank the place of a few rows, and move a few that are no violence beyond the city, as real files have it."""
    lost = rng.random(len(frame)) < _NO_LOCATION
    frame.loc[lost, ["Longitude", "Latitude", "LSOA code", "LSOA name"]] = ""
    frame.loc[lost, "Location"] = "No Location"
    away = ~lost & (rng.random(len(frame)) < _ELSEWHERE) & (np.arange(len(frame)) >= violent)
    (longitude,), (latitude,) = degrees(np.array([588_000.0]), np.array([423_000.0]))
    there = [longitude, latitude, "On or near Outmoor Road", "X01900001", "Outmoor 001A"]
    frame.loc[away, ["Longitude", "Latitude", "Location", "LSOA code", "LSOA name"]] = there
