"""Lay out the synthetic city: a coast, a river, and areas at two levels that cover the land exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi, cKDTree
from shapely.ops import substring

from hotspot.datasets.names import NEIGHBOURHOODS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

CRS = 27700
CENTRE = (600_000.0, 420_000.0)
"""In the North Sea, fifty kilometres from any shore: no invented figure can fall on a real street."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a city is: fine areas, coarse areas, violent events in its year."""

    areas: int
    groups: int
    events: int

    @property
    def share(self) -> float:
        """Size relative to the full city."""
        return self.areas / 300


SIZES = {"city": Size(300, 48, 14_000), "small": Size(84, 14, 3_900)}

ANCHORS = {
    "centre": (1_300.0, 900.0), "north strand": (3_700.0, 3_300.0), "south side": (-500.0, -3_200.0),
    "west end": (-5_200.0, 2_300.0), "estate": (-3_700.0, -2_100.0), "docks": (2_700.0, -2_500.0),
    "common": (-2_200.0, 2_600.0), "campus": (-6_400.0, 300.0),
}  # fmt: skip
"""Where things happen, in metres from the centre of the full city."""

HIDDEN = ("docks", "common")
"""Places whose violence health services see and the police mostly do not."""

_STEP = 1.0
_FAR = 60_000.0
_LEAST_AREA = 0.2
_LEAST_GROUP = 3


def make_areas(rng: np.random.Generator, size: Size) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """
    Draw areas at two levels that nest.

    Parameters
    ----------
    rng
        Source of chance.
    size
        How many of each.

    Returns
    -------
    tuple of GeoDataFrame
        Fine and coarse areas, EPSG:27700, indexed by ``area_code``: ``name``, ``population``,
        ``workday_population``, (fine: ``parent``), polygons on a grid of whole metres that share all their corners.
    """
    scale = float(np.sqrt(size.share))
    land = _land(rng, scale)
    faces = _faces(rng, _seeds(rng, land, size.areas, scale), land)
    group = _groups(faces, size.groups)
    order, group = _number(faces, group)
    faces = faces[order]
    title = rng.permutation(np.array(NEIGHBOURHOODS))[: group.max() + 1]
    letter = np.concatenate([np.arange(count) for count in np.bincount(group)])
    middle = _centroids(faces)
    anchors = {name: np.array(CENTRE) + np.array(place) * scale for name, place in ANCHORS.items()}
    population = np.clip(np.round(rng.normal(1_650, 260, len(faces))), 1_000, 2_900).astype(np.int64)
    draw = 4.5 * _near(middle, anchors["centre"], 700 * scale) + 1.6 * _near(middle, anchors["docks"], 600 * scale)
    workday = np.round(population * (0.72 + draw + 0.15 * rng.random(len(faces)))).astype(np.int64)
    fine = gpd.GeoDataFrame(
        {
            "area_code": [f"X01{row:06d}" for row in range(1, len(faces) + 1)],
            "name": [f"{title[g]} {g + 1:03d}{chr(65 + part)}" for g, part in zip(group, letter, strict=True)],
            "population": population,
            "workday_population": workday,
            "parent": [f"X02{g + 1:06d}" for g in group],
        },
        geometry=list(faces),
        crs=CRS,
    ).set_index("area_code")
    people = fine.groupby("parent")[["population", "workday_population"]].sum()
    coarse = gpd.GeoDataFrame(
        {
            "area_code": people.index,
            "name": [f"{name} {number:03d}" for number, name in enumerate(title, start=1)],
            "population": people["population"].to_numpy(),
            "workday_population": people["workday_population"].to_numpy(),
        },
        geometry=[shapely.normalize(shapely.coverage_union_all(faces[group == g])) for g in range(len(people))],
        crs=CRS,
    ).set_index("area_code")
    return fine, coarse


def _near(points: Floats, place: Floats, reach: float) -> Floats:
    """Give 1 at a place, falling to 0 beyond its reach."""
    return np.asarray(np.exp(-((points - place) ** 2).sum(axis=1) / reach**2), dtype=np.float64)


def _centroids(polygons: NDArray[np.object_]) -> Floats:
    return np.asarray(shapely.get_coordinates(shapely.centroid(polygons)), dtype=np.float64)


def _wander(rng: np.random.Generator, line: Floats, times: int, amplitude: float) -> Floats:
    """Make a line irregular: move the middle of each piece sideways, and again for each half."""
    for _ in range(times):
        step = np.diff(line, axis=0)
        side = np.column_stack([-step[:, 1], step[:, 0]]) * rng.normal(0, amplitude, (len(step), 1))
        halves = np.empty((2 * len(step) + 1, 2))
        halves[0::2], halves[1::2] = line, line[:-1] + step / 2 + side
        line = halves
    return line


def _land(rng: np.random.Generator, scale: float) -> shapely.Geometry:
    """Draw the land of the city: a ragged round, cut by a coast in the east and a river that widens towards it."""
    angle = np.linspace(0, 2 * np.pi, 14)
    radius = 1 + 0.08 * np.cos(2 * angle + 1) + 0.06 * np.sin(3 * angle)
    ring = np.column_stack([8_200 * radius * np.cos(angle), 6_300 * radius * np.sin(angle)])
    ring[-1] = ring[0]
    round_ = shapely.make_valid(shapely.Polygon(_wander(rng, ring, 4, 0.08)))
    coast = [(7_000, -30_000), (5_200, -7_000), (5_600, -2_800), (4_900, -400), (6_300, 1_500), (5_500, 4_500),
             (6_800, 9_000), (5_000, 30_000)]  # fmt: skip
    shore = _wander(rng, np.array(coast, dtype=float), 5, 0.09)
    sea = shapely.make_valid(shapely.Polygon([*shore, (40_000, 30_000), (40_000, -30_000)]))
    course = [(-12_000, 900), (-7_500, -700), (-3_600, 500), (-600, -700), (2_400, 150), (5_400, -700), (9_000, -300)]
    bed = shapely.LineString(_wander(rng, np.array(course, dtype=float), 5, 0.09))
    cuts = np.linspace(0, 1, 41)
    width = np.interp(cuts, [0, 0.5, 0.75, 1], [40, 70, 120, 300])
    reaches = [
        substring(bed, low, high, normalized=True).buffer(half)
        for low, high, half in zip(cuts[:-1], cuts[1:], width[1:], strict=True)
    ]
    land = shapely.difference(shapely.difference(round_, sea), shapely.union_all(reaches).simplify(6))
    placed = shapely.transform(land, lambda xy: xy * scale + CENTRE)
    parts = shapely.get_parts(shapely.set_precision(placed, _STEP))
    return shapely.multipolygons(parts[shapely.area(parts) > 0.1 * shapely.area(parts).max()])


def _seeds(rng: np.random.Generator, land: shapely.Geometry, number: int, scale: float) -> Floats:
    """Scatter one seed for each area over the land, denser towards the centre, and even them out a little."""
    centre = np.array(CENTRE) + np.array(ANCHORS["centre"]) * scale
    west, south, east, north = land.bounds
    trial = np.column_stack([rng.uniform(west, east, 20 * number), rng.uniform(south, north, 20 * number)]).round()
    dense = 0.22 + np.exp(-np.hypot(*(trial - centre).T) / (2_400 * scale))
    kept = shapely.contains_xy(land, trial[:, 0], trial[:, 1]) & (rng.random(len(trial)) < dense / 1.22)
    seeds = trial[kept][:number]
    for _ in range(4):
        cells = shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=land, ordered=True)
        inside = shapely.intersection(shapely.get_parts(cells), land)
        seeds = np.round(0.4 * seeds + 0.6 * _centroids(inside))
    return np.asarray(seeds, dtype=np.float64)


def _faces(rng: np.random.Generator, seeds: Floats, land: shapely.Geometry) -> NDArray[np.object_]:
    """Cut the land along irregular lines between the seeds; all pieces come from one set of lines, so they fit."""
    corners = np.array([(-_FAR, -_FAR), (_FAR, -_FAR), (_FAR, _FAR), (-_FAR, _FAR)]) + CENTRE
    diagram = Voronoi(np.vstack([seeds, corners]))
    vertices = diagram.vertices.round()
    ends = [sorted(map(tuple, vertices[ridge])) for ridge in diagram.ridge_vertices if -1 not in ridge]
    borders = []
    for first, last in sorted(ends):
        length = float(np.hypot(last[0] - first[0], last[1] - first[1]))
        times = int(np.clip(np.log2(max(length, 1.0) / 60), 0, 3)) if length < _FAR / 10 else 0
        borders.append(shapely.LineString(_wander(rng, np.array([first, last]), times, 0.09)))
    lines = shapely.union_all([*borders, land.boundary], grid_size=_STEP)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inside = shapely.get_coordinates(shapely.point_on_surface(faces))
    faces = faces[shapely.contains_xy(land, inside[:, 0], inside[:, 1])]
    owner = cKDTree(seeds).query(shapely.get_coordinates(shapely.point_on_surface(faces)))[1].astype(np.int64)
    return _join_slivers(faces, owner)


def _join_slivers(faces: NDArray[np.object_], owner: Integers) -> NDArray[np.object_]:
    """Keep the largest piece of each seed; give small and cut-off pieces to the neighbour with the longest border."""
    size = shapely.area(faces)
    main = np.zeros(len(faces), dtype=bool)
    for seed in np.unique(owner):
        pieces = np.flatnonzero(owner == seed)
        main[pieces[np.argmax(size[pieces])]] = True
    main &= size > _LEAST_AREA * np.median(size[main])
    label = np.where(main, np.arange(len(faces)), -1)
    one, other, border = _borders(faces)
    while True:
        joins = np.flatnonzero((label[one] < 0) & (label[other] >= 0))
        if not len(joins):
            break
        best = joins[np.lexsort((other[joins], one[joins], -border[joins]))][0]
        label[one[best]] = label[other[best]]
    return np.array(
        [shapely.normalize(shapely.coverage_union_all(faces[label == own])) for own in np.unique(label[label >= 0])],
        dtype=object,
    )


def _borders(polygons: NDArray[np.object_]) -> tuple[Integers, Integers, Floats]:
    """List pairs of polygons with a common border, both ways round, and its length."""
    one, other = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    length = shapely.length(shapely.intersection(polygons[one], polygons[other]))
    kept = (one != other) & (length > 0)
    return one[kept].astype(np.int64), other[kept].astype(np.int64), length[kept]


def _groups(faces: NDArray[np.object_], number: int) -> Integers:
    """Join neighbouring areas into larger ones, none of them in two parts."""
    one, other, border = _borders(faces)
    adjacent = coo_matrix((border, (one, other)), shape=(len(faces), len(faces))).tocsr()
    bank = connected_components(adjacent, directed=False)[1]
    middle = _centroids(faces).round()
    group = np.full(len(faces), -1, dtype=np.int64)
    for side in np.unique(bank):
        members = np.flatnonzero(bank == side)
        _halve(middle, members, max(1, round(number * len(members) / len(faces))), group)
    for _ in range(len(faces)):
        moved = _stray(adjacent, group)
        if moved is None:
            break
        near = adjacent[moved].tocoo()
        foreign = group[near.col] != group[moved]
        if not foreign.any():
            break
        group[moved] = group[near.col[foreign][np.argmax(near.data[foreign])]]
    return np.unique(group, return_inverse=True)[1].astype(np.int64)


def _halve(middle: Floats, members: Integers, number: int, group: Integers) -> None:
    """Cut areas across their longer side, and each part again, until each holds its share; number the parts."""
    if number == 1:
        group[members] = group.max() + 1
        return
    spread = middle[members] - middle[members].mean(axis=0)
    along = np.linalg.eigh(spread.T @ spread)[1][:, -1]
    along = along * np.sign(along[np.argmax(np.abs(along))])  # an eigenvector has no sign of its own
    order = members[np.lexsort((members, (spread @ along).round(3)))]
    cut = round(len(members) * (number // 2) / number)
    _halve(middle, order[:cut], number // 2, group)
    _halve(middle, order[cut:], number - number // 2, group)


def _stray(adjacent: coo_matrix, group: Integers) -> int | None:
    """Find an area that its group does not hold together with, or whose group is too small."""
    for own in np.unique(group):
        members = np.flatnonzero(group == own)
        part = connected_components(adjacent[members][:, members], directed=False)[1]
        sizes = np.bincount(part)
        if len(sizes) > 1 or len(members) < _LEAST_GROUP:
            return int(members[part == np.argmin(sizes)][0])
    return None


def _number(faces: NDArray[np.object_], group: Integers) -> tuple[Integers, Integers]:
    """Give the order of areas by group and then from north to south, and the group of each, numbered alike."""
    north = -_centroids(faces)[:, 1].round()
    mean = np.array([north[group == own].mean().round() for own in range(group.max() + 1)])
    rank = np.argsort(np.argsort(mean, kind="stable"), kind="stable")[group]
    order = np.lexsort((north, rank)).astype(np.int64)
    return order, rank[order].astype(np.int64)
