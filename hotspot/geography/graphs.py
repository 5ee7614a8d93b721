"""Build graphs of neighbouring areas, keyed by area code."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from hotspot.checks import require_metric_crs, require_positive, require_unique_index
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from libpysal.graph import Graph
    from scipy.spatial import KDTree


def contiguity(areas: gpd.GeoDataFrame, *, rook: bool = False, tolerance: float = 0.01) -> Graph:
    """
    Make areas that touch neighbours.

    Parameters
    ----------
    areas
        Areas in a projected metric reference system.
    rook
        Whether a shared edge is needed; by default a shared corner is enough (queen).
    tolerance
        Vertices no farther apart than this are one, in metres. Files often store a boundary twice, with different
        rounding; 0 asks for equality to the last bit.

    Returns
    -------
    libpysal.graph.Graph
        Weight 1 for each pair of neighbours, in the order of ``areas``. Areas without neighbours are isolates of the
        graph and are noted.

    Raises
    ------
    ConfigError
        If the tolerance is negative or no number.
    CRSError
        If the reference system is missing or does not count in metres.
    InputError
        If a code stands more than once, or a geometry is missing or no polygon.

    Warns
    -----
    HotspotWarning
        If there are several areas and none has a neighbour.

    Notes
    -----
    Areas touch where they share vertices. Boundaries that were simplified area by area may leave gaps, seen as areas
    without neighbours; use the original boundaries, a larger tolerance, `nearest` or `within_distance`.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> from hotspot.geography import contiguity
    >>> boxes = [box(0, 0, 9, 9), box(9, 0, 18, 9), box(99, 0, 108, 9)]
    >>> areas = gpd.GeoDataFrame(index=["A", "B", "C"], geometry=boxes, crs=27700)
    >>> contiguity(areas).cardinalities.to_dict()
    {'A': 1, 'B': 1, 'C': 0}
    """
    _check(areas)
    if isinstance(tolerance, bool) or not 0 <= tolerance < np.inf:
        raise ConfigError(f"tolerance: {tolerance!r} must be a number of metres, 0 or more.")
    pairs, joined = _sharing(areas.geometry.to_numpy(), tolerance, rook=rook)
    if len(areas) > 1 and not len(pairs):
        warnings.warn(
            f"contiguity: none of {len(areas):,} areas has a neighbour within {tolerance:g} m. "
            "Use a larger tolerance=, nearest or within_distance.",
            HotspotWarning,
            stacklevel=2,
        )
    facts = {"rook": rook, "tolerance_m": float(tolerance), "vertices_joined": joined}
    return _graph(areas, pairs, "contiguity", facts)


def nearest(areas: gpd.GeoDataFrame, k: int) -> Graph:
    """
    Make the k nearest areas neighbours of each.

    Parameters
    ----------
    areas
        Areas in a projected metric reference system.
    k
        Number of neighbours, at least 1 and fewer than the areas.

    Returns
    -------
    libpysal.graph.Graph
        Weight 1 for each of the k neighbours of each area; not symmetric.

    Raises
    ------
    ConfigError
        If ``k`` does not fit.
    CRSError
        If the reference system is missing or does not count in metres.
    InputError
        If a code stands more than once, or a geometry is missing or no polygon.

    Notes
    -----
    Distances are between centroids, in metres. Of areas equally far, the one that stands first is taken.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> from hotspot.geography import nearest
    >>> boxes = [box(0, 0, 9, 9), box(9, 0, 18, 9), box(99, 0, 108, 9)]
    >>> areas = gpd.GeoDataFrame(index=["A", "B", "C"], geometry=boxes, crs=27700)
    >>> nearest(areas, 1)["C"].index.to_list()
    ['B']
    """
    _check(areas)
    if isinstance(k, bool) or int(k) != k or not 1 <= k < len(areas):
        raise ConfigError(f"k: {k!r} must be a whole number from 1 to {len(areas) - 1}, fewer than the areas.")
    tree, places = _centroid_tree(areas)
    distance = tree.query(places, k=k + 1)[0]
    # everything as near as the k-th, so that ties are settled by order and not by the tree
    reach = distance[:, -1] * (1 + 1e-12)
    near = tree.query_ball_point(places, reach)
    pairs = []
    for i, found in enumerate(near):
        others = np.sort(np.array([j for j in found if j != i], dtype=np.int64))
        away = np.hypot(*(places[others] - places[i]).T)
        pairs.append(np.column_stack([np.full(k, i), np.sort(others[np.argsort(away, kind="stable")[:k]])]))
    return _graph(areas, np.concatenate(pairs), "nearest", {"k": int(k)})


def within_distance(areas: gpd.GeoDataFrame, distance: float) -> Graph:
    """
    Make areas neighbours whose centroids are no farther apart than a distance.

    Parameters
    ----------
    areas
        Areas in a projected metric reference system.
    distance
        Largest distance between centroids, in metres.

    Returns
    -------
    libpysal.graph.Graph
        Weight 1 for each pair of neighbours. Areas without neighbours are isolates of the graph and are noted.

    Raises
    ------
    ConfigError
        If the distance is not above 0.
    CRSError
        If the reference system is missing or does not count in metres.
    InputError
        If a code stands more than once, or a geometry is missing or no polygon.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> from hotspot.geography import within_distance
    >>> boxes = [box(0, 0, 9, 9), box(9, 0, 18, 9), box(99, 0, 108, 9)]
    >>> areas = gpd.GeoDataFrame(index=["A", "B", "C"], geometry=boxes, crs=27700)
    >>> within_distance(areas, 9).cardinalities.to_dict()
    {'A': 1, 'B': 1, 'C': 0}
    """
    _check(areas)
    require_positive(distance, "distance", "metres")
    tree, _places = _centroid_tree(areas)
    half = tree.query_pairs(distance, output_type="ndarray")
    pairs = np.concatenate([half, half[:, ::-1]]) if len(half) else np.empty((0, 2), dtype=np.int64)
    return _graph(areas, pairs, "within_distance", {"distance_m": float(distance)})


def _check(areas: gpd.GeoDataFrame) -> None:
    require_metric_crs(areas, "areas")
    require_unique_index(areas, "areas")
    shapes = areas.geometry.to_numpy()
    bad = ~np.isin(shapely.get_type_id(shapes), (3, 6)) | shapely.is_empty(shapes)
    if bad.any() or not len(shapes):
        raise InputError(f"areas: {int(bad.sum())} of {len(shapes)} have a geometry that is missing or no polygon.")


def _graph(areas: gpd.GeoDataFrame, pairs: np.ndarray, step: str, facts: Mapping[str, object]) -> Graph:
    """Make the graph, rows in the order of the areas, and note how connected it is."""
    # heavy to import
    from libpysal.graph import Graph

    codes = areas.index
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    focal, neighbour = pairs[order, 0], pairs[order, 1]
    alone = np.setdiff1d(np.arange(len(codes)), focal)
    # an isolate is written as itself with weight 0
    heads, tails = np.concatenate([focal, alone]), np.concatenate([neighbour, alone])
    weight = np.concatenate([np.ones(len(focal)), np.zeros(len(alone))])
    order = np.lexsort((tails, heads))
    index = pd.MultiIndex.from_arrays([codes[heads[order]], codes[tails[order]]], names=["focal", "neighbor"])
    graph = Graph(pd.Series(weight[order], index=index, name="weight"), is_sorted=True)
    islands = [str(code) for code in codes[alone]]
    note(step, **facts, areas=len(codes), links=len(focal), islands=len(islands), island_codes=islands)
    return graph


def _sharing(shapes: np.ndarray, tolerance: float, *, rook: bool) -> tuple[np.ndarray, int]:
    """Give the pairs, both ways, of polygons that share a vertex (queen) or an edge (rook), and the vertices joined."""
    parts, of_part = shapely.get_parts(shapes, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    coordinates, of_vertex = shapely.get_coordinates(rings, return_index=True)
    vertex, joined = _number_vertices(coordinates, tolerance)
    area = of_part[of_ring[of_vertex]]
    if rook:
        same = (of_vertex[1:] == of_vertex[:-1]) & (vertex[1:] != vertex[:-1])
        ends = np.sort(np.column_stack([vertex[:-1], vertex[1:]])[same], axis=1)
        group, area = ends[:, 0] * (vertex.max() + 1) + ends[:, 1], area[:-1][same]
    else:
        group = vertex
    held = np.unique(np.column_stack([group, area]), axis=0)
    return _pairs_in_groups(held[:, 0], held[:, 1]), joined


def _number_vertices(coordinates: np.ndarray, tolerance: float) -> tuple[np.ndarray, int]:
    """Give vertices no farther apart than the tolerance the same number; tell how many were joined."""
    # heavy to import
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import KDTree

    # adding 0 makes -0.0 and 0.0 one
    number = pd.DataFrame(coordinates + 0.0).groupby([0, 1], sort=False).ngroup().to_numpy()
    first = np.unique(number, return_index=True)[1]
    if tolerance == 0:
        return number, 0
    close = KDTree(coordinates[first]).query_pairs(tolerance, output_type="ndarray")
    links = coo_array((np.ones(len(close)), (close[:, 0], close[:, 1])), shape=(len(first), len(first)))
    clusters, label = connected_components(links, directed=False)
    return label.astype(np.int64)[number], len(first) - int(clusters)


def _pairs_in_groups(group: np.ndarray, member: np.ndarray) -> np.ndarray:
    """Give all ordered pairs of different members of one group, each once; groups come sorted."""
    found = [np.empty((0, 2), dtype=np.int64)]
    step = 1
    while True:
        same = group[step:] == group[:-step]
        if not same.any():
            break
        a, b = member[:-step][same], member[step:][same]
        found += [np.column_stack([a, b]), np.column_stack([b, a])]
        step += 1
    return np.unique(np.concatenate(found), axis=0)


def _centroid_tree(areas: gpd.GeoDataFrame) -> tuple[KDTree, np.ndarray]:
    # heavy to import
    from scipy.spatial import KDTree

    places = shapely.get_coordinates(shapely.centroid(areas.geometry.to_numpy()))
    return KDTree(places), places


__all__ = ["contiguity", "nearest", "within_distance"]
