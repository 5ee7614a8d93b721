"""Find clusters of points nearer to each other than chance makes them, and clusters of such clusters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from hotspot.checks import require_choice, require_positive, require_same_crs, require_whole
from hotspot.clusters.outlines import OUTLINES, outline
from hotspot.clusters.point_clusters import refuse_if_crowded
from hotspot.errors import ConfigError, InputError
from hotspot.geography.drawable import choose_events
from hotspot.numerics.random_numbers import MAX_SEED
from hotspot.record import note

if TYPE_CHECKING:
    import numpy.typing as npt
    from shapely.geometry.base import BaseGeometry

    from hotspot.geography.drawable import Events

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

_STANDARD_ERROR = 0.26136
"""Of the mean nearest-neighbour distance of n random points in area A: this times sqrt(A) / n (Clark and Evans)."""
_MARGIN_SHARE = 0.1


class _Group(NamedTuple):
    members: Ints
    n: float


@dataclass(slots=True)
class _Cluster:
    order: int
    members: Ints
    centre: Floats
    parent: int | None = None


def nearest_neighbour_clusters(
    incidents: gpd.GeoDataFrame,
    *,
    min_events: int = 10,
    probability: float = 0.5,
    distance: float | None = None,
    within: gpd.GeoDataFrame | None = None,
    orders: int = 3,
    min_clusters: int = 4,
    outline_as: Literal["convex", "concave", "ellipse"] = "ellipse",
    simulations: int = 0,
    seed: int = 0,
) -> gpd.GeoDataFrame:
    """
    Find nearest-neighbour hierarchical clusters, as crime analysts know them from CrimeStat.

    Parameters
    ----------
    incidents
        Incidents in a projected metric CRS, chosen as `dbscan_hotspots` chooses them.
    min_events
        Fewest events of a first-order cluster, at least 3.
    probability
        One-tailed chance that random neighbours would on average be as near as the threshold: 0.5 is the mean random
        distance, less is stricter.
    distance
        Metres: a threshold of your own, in place of ``probability``.
    within
        Areas or one boundary, in the CRS of the incidents: its size gives the random distance, and events outside are
        left out and counted. None takes the rectangle around the events.
    orders
        Most levels: 1 for clusters of events alone, 2 for clusters of those too, and so on.
    min_clusters
        Fewest clusters that make one of the next order, at least 2.
    outline_as
        Polygon drawn: standard deviational ``ellipse``, ``convex`` or ``concave`` hull.
    simulations
        Maps of as many random events in the same place, for ``p``; 0 for none.
    seed
        Same seed, same result.

    Returns
    -------
    GeoDataFrame
        One row per cluster, first order first and most events first within one, index ``cluster`` from 1: ``order``,
        ``parent`` (cluster of the next order it belongs to, missing if none), ``n`` events, ``x`` and ``y`` (mean
        centre, metres), ``area_km2``, ``density``, ``p`` (first order and ``simulations`` alone: share of random maps
        with a cluster of at least as many events; counts the observed map too) and ``geometry``.

    Raises
    ------
    CRSError, ComparabilityError, InputError
        As for ``kernel_density``; also no event inside ``within``.
    ConfigError
        An option is out of range.

    Notes
    -----
    Threshold = 0.5 sqrt(A/n) - t · 0.26136 sqrt(A)/n, t the normal quantile of 1 - ``probability``. Events are taken in
    the order of how many others lie within the threshold, ties from west to east. Each that is still free gathers all
    free events within the threshold of itself; ``min_events`` of them make a cluster. Mean centres of clusters are then
    treated as points of the next order, with the threshold of their own number (twice that of the order below, where
    ``distance`` is given), until fewer than ``min_clusters`` come together. On anonymised snap points many events
    share a spot, and every busy spot is a cluster.

    Random maps are even over the area. Where people are not, clusters are found where people are:
    see `spatial_scan` and ``significant_density`` for a fairer null.

    References
    ----------
    Levine, N. (2013). CrimeStat: a spatial statistics program for the analysis of crime incident locations, chapter 7.
    Clark, P. J. and Evans, F. C. (1954). Distance to nearest neighbor as a measure of spatial relationships in
    populations. Ecology 35, 445-453.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import hotspot as hs
    >>> near = [(530_000 + 10 * i, 180_000 + 7 * (i % 3)) for i in range(12)]
    >>> apart = [(530_000 + 400 * i, 181_000 + 350 * (i % 4)) for i in range(10)]
    >>> points = gpd.GeoDataFrame(
    ...     {"source": "police"}, index=[f"p{i:02}" for i in range(22)],
    ...     geometry=gpd.points_from_xy(*zip(*near, *apart)), crs=27700)
    >>> found = hs.nearest_neighbour_clusters(points, min_events=5, distance=120)
    >>> found[["order", "n"]].values.tolist()
    [[1, 12]]
    """
    _check(min_events, min_clusters, orders, simulations, seed, probability)
    require_choice(outline_as, OUTLINES, "outline_as")
    given = _given(distance)
    events, region = _events_within(incidents, within)
    n, area = len(events.x), float(shapely.area(region))
    threshold = given or _threshold(n, area, probability)
    places = np.column_stack([events.x, events.y])
    places = places[np.lexsort((places[:, 1], places[:, 0]))]  # sums do not depend on the order of rows
    groups = gather(places, np.ones(n), threshold, min_events)
    largest = _random_maps(region, n, threshold, min_events, simulations, seed) if groups else np.zeros(0)
    clusters = [_Cluster(1, group.members, places[group.members].mean(axis=0)) for group in groups]
    thresholds = [threshold]
    first = 0
    for order in range(2, orders + 1):
        last = len(clusters)
        if last - first < min_clusters:
            break
        wide = _threshold(last - first, area, probability) if distance is None else threshold * 2 ** (order - 1)
        thresholds.append(wide)
        centres = np.array([cluster.centre for cluster in clusters[first:last]])
        for group in gather(centres, np.ones(len(centres)), wide, min_clusters):
            parts = [clusters[first + int(part)] for part in group.members]
            for part in parts:
                part.parent = len(clusters) + 1
            members = np.concatenate([part.members for part in parts])
            clusters.append(_Cluster(order, members, places[members].mean(axis=0)))
        first = last
    p = [(int((largest >= group.n).sum()) + 1) / (simulations + 1) if simulations else np.nan for group in groups]
    found = _table(clusters, p, places, outline_as, max(1.0, _MARGIN_SHARE * threshold), incidents)
    note(
        "nearest_neighbour_clusters",
        name=events.name,
        n=n,
        left_out=events.left_out,
        area_km2=area / 1e6,
        area_by="rectangle around the events" if within is None else "within",
        threshold_m=[float(value) for value in thresholds],
        threshold_by="given, doubled for each order" if distance is not None else f"probability {probability}",
        min_events=int(min_events),
        clusters={f"order {order}": int((found["order"] == order).sum()) for order in sorted(set(found["order"]))},
        simulations=int(simulations),
        seed=int(seed),
    )
    return found


def _check(min_events: int, min_clusters: int, orders: int, simulations: int, seed: int, probability: float) -> None:
    require_whole(min_events, "min_events", 3)
    require_whole(min_clusters, "min_clusters", 2)
    require_whole(orders, "orders", 1)
    require_whole(simulations, "simulations", 0)
    require_whole(seed, "seed", 0, MAX_SEED)
    if not isinstance(probability, float) or not 0 < probability < 1:
        raise ConfigError(f"probability: {probability!r} must lie between 0 and 1, such as 0.5.")


def _given(distance: float | None) -> float | None:
    return None if distance is None else float(require_positive(distance, "distance", "metres"))


def _events_within(incidents: gpd.GeoDataFrame, within: gpd.GeoDataFrame | None) -> tuple[Events, BaseGeometry]:
    events = choose_events(incidents, None)
    if within is not None:
        require_same_crs(within, incidents, "within", "incidents")
        wrong = ~(shapely.is_missing(within.geometry.to_numpy()) | shapely.is_valid(within.geometry.to_numpy()))
        if wrong.any():
            raise InputError(f"within: {wrong.sum()} polygon(s) are not valid. Mend them with make_valid().")
        region = shapely.union_all(within.geometry.to_numpy())
        if not shapely.area(region) > 0:
            raise InputError("within: has no area. Give polygons.")
        shapely.prepare(region)
        events = events.keep(shapely.intersects(region, events.points), "outside the boundary")
    if len(events.x) == 0:
        raise InputError("incidents: no row has a point that may be drawn here. Nothing can be clustered.")
    if within is None:
        region = shapely.box(events.x.min(), events.y.min(), events.x.max(), events.y.max())
    if not shapely.area(region) > 0:
        raise InputError("incidents: all events lie on one spot or line, so that there is no area. Give within=areas.")
    return events, region


def _threshold(n: int, area: float, probability: float) -> float:
    from statistics import NormalDist

    mean, error = 0.5 * math.sqrt(area / n), _STANDARD_ERROR * math.sqrt(area) / n
    threshold = mean - NormalDist().inv_cdf(1 - probability) * error
    if threshold <= 0:
        raise ConfigError(
            f"probability: so strict a one as {probability:g} leaves no distance for {n} point(s). "
            "Take a larger one, or give distance= in metres."
        )
    return threshold


def gather(places: Floats, weight: Floats, threshold: float, least: int) -> list[_Group]:
    """
    Let the places with most others near gather what is near and free.

    Parameters
    ----------
    places
        Shape (n, 2), metres.
    weight
        What each place counts for, shape (n,).
    threshold
        Metres; places exactly so far apart are near.
    least
        Smallest group, by weight.

    Returns
    -------
    list
        Groups with the numbers of their members, most weight first.
    """
    from scipy.spatial import cKDTree

    if len(places) == 0:
        return []
    spots, which = np.unique(places, axis=0, return_inverse=True)
    which = which.ravel()
    refuse_if_crowded(spots, threshold)
    here = np.bincount(which, weights=weight, minlength=len(spots))
    tree = cKDTree(spots)
    pairs = tree.query_pairs(threshold, output_type="ndarray")
    near = here + np.bincount(pairs[:, 0], weights=here[pairs[:, 1]], minlength=len(spots))
    near += np.bincount(pairs[:, 1], weights=here[pairs[:, 0]], minlength=len(spots))
    free = np.ones(len(spots), bool)
    taken = np.full(len(spots), -1, np.int64)
    sizes: list[float] = []
    candidates = np.flatnonzero(near >= least)
    for seed in candidates[np.lexsort((candidates, -near[candidates]))]:
        if not free[seed]:
            continue
        around = np.asarray(tree.query_ball_point(spots[seed], threshold), np.int64)
        around = around[free[around]]
        if here[around].sum() >= least:
            free[around] = False
            taken[around] = len(sizes)
            sizes.append(float(here[around].sum()))
    groups = [_Group(np.flatnonzero(taken[which] == number), size) for number, size in enumerate(sizes)]
    return sorted(groups, key=lambda group: (-group.n, *places[group.members].mean(axis=0)))


def _random_maps(
    region: BaseGeometry, n: int, threshold: float, min_events: int, simulations: int, seed: int
) -> npt.NDArray[np.float64]:
    """Give the events of the largest cluster of each random map, 0 if it has none; each map has its own stream."""
    west, south, east, north = shapely.bounds(region)
    shapely.prepare(region)
    largest = np.zeros(simulations)
    for number in range(simulations):
        stream = np.random.Generator(np.random.Philox(key=np.array([seed, number], np.uint64)))
        places = np.empty((0, 2))
        while len(places) < n:
            tried = stream.random((2 * n, 2)) * (east - west, north - south) + (west, south)
            places = np.vstack([places, tried[shapely.contains_xy(region, tried)]])
        groups = gather(places[:n], np.ones(n), threshold, min_events)
        largest[number] = groups[0].n if groups else 0.0
    return largest


def _table(
    clusters: list[_Cluster],
    p: list[float],
    places: Floats,
    outline_as: str,
    margin: float,
    incidents: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    n = np.array([len(cluster.members) for cluster in clusters], np.int64)
    centres = np.array([cluster.centre for cluster in clusters]).reshape(-1, 2)
    shapes = [outline(places[c.members, 0], places[c.members, 1], outline_as, margin) for c in clusters]
    area = np.array([shape.area for shape in shapes], np.float64) / 1e6
    return gpd.GeoDataFrame(
        {
            "order": np.array([cluster.order for cluster in clusters], np.int64),
            "parent": pd.array([cluster.parent for cluster in clusters], dtype="Int64"),
            "n": n,
            "x": centres[:, 0],
            "y": centres[:, 1],
            "area_km2": area,
            "density": n / area,
            "p": np.array([*p, *[np.nan] * (len(clusters) - len(p))], np.float64),
        },
        geometry=shapes,
        crs=incidents.crs,
        index=pd.RangeIndex(1, len(clusters) + 1, name="cluster"),
    )
