"""Put streets, venues and postcodes on the map of the synthetic city."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from hotspot.datasets import names
from hotspot.datasets.layout import ANCHORS, CENTRE, CRS, HIDDEN, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STREETS_PER_AREA = 4
POSTCODES_PER_AREA = 3
_LEVELS = {"street": "street", "postcode": "postcode", "hospital": "hospital"}
_SAME_NAME = 0.03
"""Share of streets whose name another street has too."""

_VENUES = (
    # type, place or "" for anywhere, how many, how far apart (m), least and further pull of the night
    ("club", "centre", 8, 700, 1.2, 0.8), ("club", "north strand", 2, 500, 0.7, 0.3),
    ("pub", "centre", 26, 800, 0.6, 0.5), ("pub", "north strand", 8, 600, 0.3, 0.4),
    ("pub", "south side", 7, 600, 0.3, 0.4), ("pub", "west end", 6, 600, 0.3, 0.4),
    ("pub", "docks", 3, 250, 0.2, 0.3), ("pub", "", 26, 0, 0.2, 0.4), ("takeaway", "centre", 8, 800, 0.4, 0.5),
    ("takeaway", "south side", 3, 250, 0.4, 0.5), ("takeaway", "", 7, 0, 0.1, 0.3),
    ("station", "centre", 1, 300, 0.6, 0.0), ("station", "", 3, 0, 0.2, 0.1),
    ("park", "common", 2, 250, 0.0, 0.0), ("park", "", 9, 0, 0.0, 0.0), ("school", "campus", 2, 250, 0.0, 0.0),
    ("school", "", 14, 0, 0.0, 0.0), ("supermarket", "centre", 3, 400, 0.0, 0.0), ("supermarket", "", 11, 0, 0.0, 0.0),
    ("hostel", "docks", 2, 200, 0.0, 0.0), ("hostel", "centre", 1, 400, 0.0, 0.0),
)  # fmt: skip


def make_venues(rng: np.random.Generator, areas: gpd.GeoDataFrame, size: Size) -> gpd.GeoDataFrame:
    """
    Invent streets, venues and postcodes.

    Parameters
    ----------
    rng
        Source of chance.
    areas
        Fine areas.
    size
        Size of the city.

    Returns
    -------
    GeoDataFrame
        Points on whole metres, EPSG:27700: ``name``, ``kind`` (level of `hotspot.schema.LOCATION_LEVELS`), ``type``
        (street, pub, club, …), ``street`` (the nearest), ``pull`` (share of the night's violence), ``near`` (anchor
        within reach, or empty), ``area_code``.
    """
    polygons = areas.geometry.to_numpy()
    streets = _streets(rng, polygons, size)
    rows = pd.concat([streets, _venues(rng, polygons, size), _postcodes(rng, areas)], ignore_index=True)
    points = shapely.points(rows["x"], rows["y"])
    point, area = shapely.STRtree(polygons).query(points, predicate="intersects")
    first = pd.Series(area, index=point).groupby(level=0).min()
    rows = rows.loc[first.index].assign(area_code=areas.index.to_numpy()[first.to_numpy()]).reset_index(drop=True)
    places = rows[["x", "y"]].to_numpy(dtype=np.float64)
    rows["kind"] = [_LEVELS.get(kind, "venue") for kind in rows["type"]]
    rows["street"] = _nearest_street(rows, places)
    rows["near"] = _anchor_near(places, size)
    return gpd.GeoDataFrame(
        rows[["name", "kind", "type", "street", "pull", "near", "area_code"]],
        geometry=gpd.points_from_xy(rows["x"], rows["y"]),
        crs=CRS,
    )


def _inside(rng: np.random.Generator, polygon: shapely.Polygon, number: int) -> Floats:
    """Draw places inside one area, clear of its edge where it is wide enough."""
    room = polygon.buffer(-20.0)
    room = polygon if room.is_empty else room
    west, south, east, north = room.bounds
    trial = np.column_stack([rng.uniform(west, east, 40 * number), rng.uniform(south, north, 40 * number)]).round()
    found = trial[shapely.contains_xy(room, trial[:, 0], trial[:, 1])][:number]
    spare = shapely.get_coordinates(shapely.point_on_surface(room)).round()
    return found if len(found) == number else np.vstack([found, np.repeat(spare, number - len(found), axis=0)])


def _streets(rng: np.random.Generator, polygons: NDArray[np.object_], size: Size) -> pd.DataFrame:
    """Name four streets in every area; those nearest the centre have the names that every town centre has."""
    places = np.vstack([_inside(rng, polygon, STREETS_PER_AREA) for polygon in polygons])
    every = np.array([f"{first} {last}" for first in names.STREET_FIRST for last in names.STREET_LAST])
    name = rng.permutation(np.setdiff1d(every, names.CENTRE_STREETS))[: len(places)].astype(object)
    again = rng.random(len(name)) < _SAME_NAME
    name[again] = rng.permutation(name)[again]
    central = np.argsort(np.hypot(*(places - _anchor("centre", size)).T), kind="stable")[: len(names.CENTRE_STREETS)]
    name[central] = names.CENTRE_STREETS
    return pd.DataFrame({"name": name, "type": "street", "pull": 0.0, "x": places[:, 0], "y": places[:, 1]})


def _venues(rng: np.random.Generator, polygons: NDArray[np.object_], size: Size) -> pd.DataFrame:
    """Scatter venues about their centres, or anywhere."""
    land = shapely.coverage_union_all(polygons)
    supply = _venue_names(rng)
    rows = []
    for kind, anchor, full, reach, least, further in _VENUES:
        number = max(1, round(full * size.share))
        if anchor:
            trial = _anchor(anchor, size) + rng.normal(0, reach * np.sqrt(size.share), (40 * number, 2))
            trial = trial.round()
            places = trial[shapely.contains_xy(land, trial[:, 0], trial[:, 1])][:number]
        else:
            places = np.vstack([_inside(rng, polygons[area], 1) for area in rng.permutation(len(polygons))[:number]])
        pull = least + further * rng.random(len(places)) ** 3
        rows += [
            (supply[kind].pop(), kind, round(float(draw), 3), x, y) for (x, y), draw in zip(places, pull, strict=True)
        ]
    hospital = _inside(rng, polygons[len(polygons) // 3], 1)[0]
    rows.append((names.HOSPITAL, "hospital", 0.0, hospital[0], hospital[1]))
    return pd.DataFrame(rows, columns=["name", "type", "pull", "x", "y"])


def _venue_names(rng: np.random.Generator) -> dict[str, list[str]]:
    """Shuffle a supply of names for each type of venue."""
    first = [str(word) for word in rng.permutation(np.array(names.STREET_FIRST))]
    supply = {
        "pub": [f"The {one} {other}" for one in names.PUB_FIRST for other in names.PUB_LAST],
        "club": list(names.CLUBS),
        "takeaway": list(names.TAKEAWAYS),
        "station": [f"{names.CITY} Central Station", *(f"{word} Halt Station" for word in first[:6])],
        "park": [f"{word} {last}" for word, last in zip(first[6:26], 5 * names.PARK_LAST, strict=True)],
        "school": [f"{word} {last}" for word, last in zip(first[26:46], 5 * names.SCHOOL_LAST, strict=True)],
        "supermarket": [f"{name} {word}" for word in first[46:52] for name in names.SUPERMARKETS],
        "hostel": [f"{word} Lodge Hostel" for word in first[52:58]],
    }
    return {kind: [str(name) for name in rng.permutation(np.array(words))] for kind, words in supply.items()}


def _postcodes(rng: np.random.Generator, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give every area three postcodes of a postcode area that does not exist; their outcodes follow the groups."""
    group = areas["parent"].rank(method="dense").astype(int).to_numpy() - 1
    units = [f"{one}{other}" for one in names.POSTCODE_LETTERS for other in names.POSTCODE_LETTERS]
    rows = []
    for number, (polygon, own) in enumerate(zip(areas.geometry, group, strict=True)):
        for part, (x, y) in enumerate(_inside(rng, polygon, POSTCODES_PER_AREA)):
            unit = units[(7 * number + part) % len(units)]
            rows.append(
                (f"{names.POSTCODE_AREA}{own // 4 + 1} {own % 4 + 1}{unit}", "postcode", 0.0, float(x), float(y))
            )
    return pd.DataFrame(rows, columns=["name", "type", "pull", "x", "y"]).drop_duplicates("name", ignore_index=True)


def _nearest_street(rows: pd.DataFrame, places: Floats) -> NDArray[np.object_]:
    streets = np.flatnonzero(rows["type"] == "street")
    nearest = streets[cKDTree(places[streets]).query(places)[1]]
    return np.asarray(rows["name"].to_numpy(dtype=object)[nearest], dtype=object)


def _anchor(name: str, size: Size) -> Floats:
    return np.asarray(np.array(CENTRE) + np.array(ANCHORS[name]) * np.sqrt(size.share), dtype=np.float64)


def _anchor_near(places: Floats, size: Size) -> NDArray[np.object_]:
    """Name the anchor whose doings a place belongs to: within 600 m (hidden places 950 m) in the full city."""
    near = np.full(len(places), "", dtype=object)
    for name in ANCHORS:
        reach = (950.0 if name in HIDDEN else 600.0) * np.sqrt(size.share)
        near[np.hypot(*(places - _anchor(name, size)).T) <= reach] = name
    return near
