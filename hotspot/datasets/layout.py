"""Lay out the synthetic city: outline, areas at two levels, people, streets and venues."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

CRS = 27700
CENTRE = (600_000.0, 420_000.0)
"""Fifty kilometres out in the North Sea, so that no invented figure can fall on a real street."""

LSOAS = 300
MSOAS = 46

_RADIUS = 6_500.0
_FIRST = (
    "Ash", "Beck", "Castle", "Dean", "East", "Fen", "Gala", "Harbour", "Iron", "Kings", "Lark", "Mill", "North",
    "Orchard", "Priory", "Quay", "River", "Stone", "Thorn", "Upper", "Vale", "West", "Yew",
)  # fmt: skip
_LAST = ("gate", "side", "field", "ham", "ley", "mere", "sands", "ford")
_STREET_FIRST = (
    "Abbot", "Bridge", "Canal", "Duke", "Exchange", "Foundry", "Granby", "High", "Irwell", "Jubilee", "Kiln",
    "Lime", "Market", "Nelson", "Oak", "Packet", "Queen", "Ropewalk", "Station", "Tanner", "Union", "Victoria",
    "Wharf", "York", "Zetland", "Anchor", "Baltic", "Chapel", "Dock", "Elm",
)  # fmt: skip
_STREET_LAST = ("Street", "Road", "Lane", "Avenue", "Terrace", "Row", "Close", "Place", "Hill")
_PUB_FIRST = ("Red", "White", "Black", "Golden", "Old", "Royal", "Merry", "Blind", "Flying", "Copper")
_PUB_LAST = (
    "Lion", "Swan", "Anchor", "Plough", "Hart", "Bell", "Crown", "Kettle", "Heron", "Mariner", "Lantern", "Barrel",
)  # fmt: skip
_CLUBS = ("Vertigo", "Basement 9", "Neon Harbour", "Club Tropica", "The Vaults", "Paradox", "Cellar Door", "Skyline")
_TAKEAWAYS = ("Sizzlers", "Harbour Kebab", "Dragon Wok", "Chicken Palace", "Pizza Corner", "Saffron Grill", "Fry Inn")


def make_areas(rng: np.random.Generator) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """
    Draw areas at two levels: about 300 of LSOA size nested in 46 of MSOA size.

    Returns
    -------
    tuple of GeoDataFrame
        Fine and coarse areas (EPSG:27700): codes, names, population, workday population, polygons.
    """
    outline = _outline(rng)
    seeds = _seeds(rng, outline)
    cells = _cells(seeds, outline)
    centroids = np.column_stack([shapely.get_x(shapely.centroid(cells)), shapely.get_y(shapely.centroid(cells))])
    group = _groups(rng, centroids)
    coarse_code = np.array([f"X02{number:06d}" for number in range(1, MSOAS + 1)])
    titles = _titles(rng)
    letters = pd.Series(group).groupby(group).cumcount().to_numpy()
    distance = np.hypot(*(centroids - CENTRE).T)
    population = np.clip(np.round(rng.normal(1_650, 260, len(cells))), 1_000, 3_000).astype(np.int64)
    workday = np.round(population * (0.75 + 5.0 * np.exp(-((distance / 900.0) ** 2)))).astype(np.int64)
    fine = gpd.GeoDataFrame(
        {
            "lsoa_code": [f"X01{number:06d}" for number in range(1, len(cells) + 1)],
            "lsoa_name": [
                f"{titles[g]} {g + 1:03d}{chr(65 + letter)}" for g, letter in zip(group, letters, strict=True)
            ],
            "msoa_code": coarse_code[group],
            "population": population,
            "workday_population": workday,
        },
        geometry=list(cells),
        crs=CRS,
    )
    people = fine.groupby("msoa_code")[["population", "workday_population"]].sum()
    coarse = gpd.GeoDataFrame(
        {
            "msoa_code": coarse_code,
            "msoa_name": [f"{title} {number:03d}" for number, title in enumerate(titles, start=1)],
            "population": people["population"].reindex(coarse_code).to_numpy(),
            "workday_population": people["workday_population"].reindex(coarse_code).to_numpy(),
        },
        geometry=[shapely.coverage_union_all(cells[group == g]) for g in range(MSOAS)],
        crs=CRS,
    )
    return fine, coarse


def make_places(rng: np.random.Generator, fine: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Invent streets and venues.

    Returns
    -------
    GeoDataFrame
        ``name``, ``kind`` (street, pub, club, takeaway, park, school, station, hospital), ``pull`` (how much of
        the night's violence it draws), ``lsoa_code``, points in EPSG:27700.
    """
    rows: list[tuple[str, str, float, float, float]] = []
    streets = [f"{first} {last}" for last in _STREET_LAST for first in _STREET_FIRST]
    for name in streets:
        x, y = _near_centre(rng, 3_200.0)
        rows.append((name, "street", 0.0, x, y))
    pubs = [f"The {first} {last}" for first in _PUB_FIRST for last in _PUB_LAST]
    for number, name in enumerate(rng.permutation(pubs)[:80]):
        x, y = _near_centre(rng, 1_000.0 if number < 30 else 3_500.0)  # noqa: PLR2004 - thirty pubs in the centre
        rows.append((str(name), "pub", 0.4 + float(rng.random()), x, y))
    for name in _CLUBS:
        x, y = _near_centre(rng, 800.0)
        rows.append((name, "club", 2.0 + 2.0 * float(rng.random()), x, y))
    for name in _TAKEAWAYS:
        x, y = _near_centre(rng, 1_200.0)
        rows.append((name, "takeaway", 0.5 + float(rng.random()), x, y))
    for kind, label, number in (("park", "Park", 8), ("school", "School", 10), ("station", "Station", 4)):
        for first in rng.permutation(np.array(_FIRST))[:number]:
            x, y = _near_centre(rng, 3_500.0)
            rows.append((f"{first}field {label}", kind, 0.3, x, y))
    rows.append(("Northport General Hospital", "hospital", 0.0, CENTRE[0] + 1_900.0, CENTRE[1] + 1_200.0))
    frame = pd.DataFrame(rows, columns=["name", "kind", "pull", "x", "y"])
    points = gpd.GeoDataFrame(
        frame[["name", "kind", "pull"]],
        geometry=gpd.points_from_xy(frame["x"].round(), frame["y"].round()),
        crs=CRS,
    )
    points["lsoa_code"] = area_of(points.geometry.x.to_numpy(), points.geometry.y.to_numpy(), fine)
    return points[points["lsoa_code"] != ""].reset_index(drop=True)


def area_of(x: NDArray[np.float64], y: NDArray[np.float64], areas: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Name the fine area of each point, or an empty text outside the city."""
    tree = shapely.STRtree(areas.geometry.to_numpy())
    point, area = tree.query(shapely.points(x, y), predicate="intersects")
    owner = np.full(len(x), "", dtype=object)
    order = np.argsort(-area, kind="stable")
    owner[point[order]] = areas["lsoa_code"].to_numpy(dtype=object)[area[order]]
    return owner


def _outline(rng: np.random.Generator) -> shapely.Polygon:
    """Draw a rounded, irregular edge with a bay on its eastern side."""
    angle = np.linspace(0.0, 2.0 * np.pi, 180, endpoint=False)
    radius = np.full_like(angle, _RADIUS)
    for wave in (2, 3, 5):
        radius *= 1.0 + 0.09 * rng.random() * np.cos(wave * angle + 2.0 * np.pi * rng.random())
    radius *= 1.0 - 0.35 * np.exp(-(((angle - 0.35) / 0.25) ** 2))
    points = np.column_stack([CENTRE[0] + radius * np.cos(angle), CENTRE[1] + radius * np.sin(angle)])
    return shapely.Polygon(points.round())


def _seeds(rng: np.random.Generator, outline: shapely.Polygon) -> NDArray[np.float64]:
    """Scatter the seeds of the areas, denser towards the centre, and even them out a little."""
    found: list[tuple[float, float]] = []
    while len(found) < LSOAS:
        x, y = CENTRE + rng.uniform(-1.2 * _RADIUS, 1.2 * _RADIUS, 2)
        dense = 0.25 + np.exp(-np.hypot(x - CENTRE[0], y - CENTRE[1]) / 2_600.0)
        if rng.random() < dense / 1.25 and outline.contains(shapely.Point(x, y)):
            found.append((float(x), float(y)))
    seeds = np.array(found)
    for _ in range(3):
        centroids = shapely.centroid(_cells(seeds, outline))
        middle = np.column_stack([shapely.get_x(centroids), shapely.get_y(centroids)])
        seeds = 0.5 * seeds + 0.5 * middle
    return seeds


def _cells(seeds: NDArray[np.float64], outline: shapely.Polygon) -> NDArray[np.object_]:
    """Cut the city into one polygon for each seed, in the seeds' order, on a grid of whole metres."""
    diagram = shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=outline.buffer(4_000), ordered=True)
    raw = shapely.intersection(shapely.get_parts(diagram), outline)
    # Cutting on the grid, piece by piece, keeps neighbours' shared corners the same to the digit.
    taken = shapely.set_precision(raw, 1.0, mode="valid_output")
    biggest = [max(shapely.get_parts(cell), key=shapely.area) for cell in taken]
    return np.array(biggest, dtype=object)


def _groups(rng: np.random.Generator, centroids: NDArray[np.float64]) -> NDArray[np.int64]:
    """Join areas into larger ones by k-means on their centroids."""
    middle = centroids[rng.choice(len(centroids), MSOAS, replace=False)]
    group = np.zeros(len(centroids), dtype=np.int64)
    for _ in range(40):
        group = cKDTree(middle).query(centroids)[1].astype(np.int64)
        for g in range(MSOAS):
            if (group == g).any():
                middle[g] = centroids[group == g].mean(axis=0)
    empty = np.setdiff1d(np.arange(MSOAS), group)
    for g in empty:
        largest = int(np.argmax(np.bincount(group, minlength=MSOAS)))
        group[int(np.flatnonzero(group == largest)[0])] = g
    return group


def _titles(rng: np.random.Generator) -> list[str]:
    names = [first + last for first in _FIRST for last in _LAST]
    return [str(name) for name in rng.permutation(names)[:MSOAS]]


def _near_centre(rng: np.random.Generator, spread: float) -> tuple[float, float]:
    x, y = rng.normal(0.0, spread, 2)
    return CENTRE[0] + float(x), CENTRE[1] + float(y)
