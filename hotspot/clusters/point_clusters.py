"""Find clusters of points by how densely they lie: DBSCAN and HDBSCAN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from hotspot.checks import require_choice, require_positive, require_whole
from hotspot.clusters.outlines import OUTLINES, months_of, outline
from hotspot.errors import ConfigError
from hotspot.geography.drawable import choose_events
from hotspot.record import note

if TYPE_CHECKING:
    import numpy.typing as npt

    from hotspot.geography.drawable import Events

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

METHODS = ("dbscan", "hdbscan")
MOST_PAIRS = 130_000_000
"""Neighbouring places that fit in about 2 GiB, at 16 bytes a pair: scikit-learn keeps every list of neighbours."""
MOST_HDBSCAN = 100_000
_MARGIN_SHARE = 0.1
_LEAST_MARGIN = 1.0


def dbscan_hotspots(
    incidents: gpd.GeoDataFrame,
    *,
    distance: float | None = None,
    min_events: int = 10,
    method: Literal["dbscan", "hdbscan"] = "dbscan",
    weights: str | pd.Series | None = None,
    outline_as: Literal["convex", "concave", "ellipse"] = "convex",
) -> gpd.GeoDataFrame:
    """
    Find clusters of events that lie close together: one polygon and one row for each.

    Parameters
    ----------
    incidents
        Incidents in a projected metric CRS. Rows without a point, and records of homes, domestic and sexual violence,
        are left out and counted. Several sources need ``event_id`` (``link_events``).
    distance
        Metres. For DBSCAN (required): how near events must be to be neighbours. For HDBSCAN: clusters nearer than this
        are not split further; None splits as far as ``min_events`` allows.
    min_events
        DBSCAN: a place is the core of a cluster if so many events (or so much weight), its own among them, lie within
        ``distance``. HDBSCAN: the smallest cluster. At least 2.
    method
        ``dbscan``: one density for all. ``hdbscan``: clusters of different density, at most 100,000 events.
    weights
        DBSCAN alone: column of the incidents, or a Series with their index; 0 or more each.
    outline_as
        Polygon drawn around a cluster: ``convex`` hull, ``concave`` hull, or standard deviational ``ellipse``.

    Returns
    -------
    GeoDataFrame
        One row per cluster, most events first, index ``cluster`` from 1: ``n`` events, ``weight`` (with ``weights``),
        ``area_km2``, ``density`` (events per km² of that polygon), ``first`` and ``last`` month if known,
        ``members`` (list of ``incident_id``: never to be published) and ``geometry``.

    Raises
    ------
    CRSError, ComparabilityError, InputError
        As for ``kernel_density``.
    ConfigError
        An option is missing or unknown, or there are too many neighbours to keep.

    Notes
    -----
    Events on one spot are collapsed before scikit-learn is asked, so that anonymised snap points cost nothing; places
    are visited from west to east, so that the order of rows does not matter (a border event between two clusters
    goes to the one found first).

    HDBSCAN may split events on one spot between a cluster and noise where many distances tie.

    There is no test in it: noise of enough events has such clusters too. For significance see `spatial_scan`,
    `local_moran_rate` or ``significant_density``. A hull joins the outermost events; it is no boundary of anything.
    Events on one spot or one line get a margin of a tenth of ``distance``, at least a metre.

    References
    ----------
    Ester, M., Kriegel, H.-P., Sander, J. and Xu, X. (1996). A density-based algorithm for discovering clusters.
    KDD-96, 226-231.
    Campello, R. J. G. B., Moulavi, D. and Sander, J. (2013). Density-based clustering based on hierarchical density
    estimates. PAKDD 2013, 160-172.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import hotspot as hs
    >>> places = [(530_000 + 10 * i, 180_000) for i in range(12)] + [(531_000, 180_000 + 300 * i) for i in range(5)]
    >>> points = gpd.GeoDataFrame(
    ...     {"source": "police"}, index=[f"p{i:02}" for i in range(17)],
    ...     geometry=gpd.points_from_xy(*zip(*places)), crs=27700)
    >>> hs.dbscan_hotspots(points, distance=50, min_events=5)["n"].tolist()
    [12]
    """
    require_choice(method, METHODS, "method")
    require_whole(min_events, "min_events", 2)
    if distance is not None:
        require_positive(distance, "distance", "metres")
    elif method == "dbscan":
        raise ConfigError(
            "distance: DBSCAN needs one, in metres: how near events must be to be neighbours, such as 100."
        )
    if method == "hdbscan" and weights is not None:
        raise ConfigError("weights: HDBSCAN takes none. Leave them out, or use method='dbscan'.")
    events = choose_events(incidents, weights)
    if method == "dbscan":
        labels = _dbscan(events, float(distance or 0), min_events)
    else:
        labels = _hdbscan(events, 0.0 if distance is None else float(distance), min_events)
    margin = max(_LEAST_MARGIN, _MARGIN_SHARE * (distance or 0.0))
    found = describe(incidents, events, labels, outline_as, margin, weighted=weights is not None)
    note(
        "dbscan_hotspots",
        name=events.name,
        n=len(events.x),
        left_out=events.left_out,
        method=method,
        distance_m=distance,
        min_events=int(min_events),
        clusters=len(found),
        clustered=int((labels >= 0).sum()),
        outline=outline_as,
    )
    return found


def spots_of(events: Events) -> tuple[Floats, Ints, Floats]:
    """Collapse events on one spot: places from west to east, the place of each event, and the weight there."""
    places, which = np.unique(np.column_stack([events.x, events.y]), axis=0, return_inverse=True)
    which = which.ravel()
    order = np.lexsort((events.weight, which))  # sums do not depend on the order of rows
    weight = np.bincount(which[order], weights=events.weight[order], minlength=len(places)).astype(np.float64)
    return places, which.astype(np.int64), weight


def refuse_if_crowded(places: Floats, distance: float) -> None:
    """Raise before the lists of neighbours would fill the memory."""
    from scipy.spatial import cKDTree

    tree = cKDTree(places)
    pairs = int(tree.count_neighbors(tree, distance)) if len(places) else 0
    if pairs > MOST_PAIRS:
        raise ConfigError(
            f"distance: within {distance:g} m the {len(places)} places have {pairs:.2g} pairs of neighbours, more than "
            f"{MOST_PAIRS:.0e} that can be kept. Take a smaller distance, or fewer events."
        )


def _shifted(places: Floats) -> Floats:
    """Move the origin near the places by whole metres, which keeps their distances exact."""
    return np.asarray(places - np.floor(places.min(axis=0)))


def _dbscan(events: Events, distance: float, min_events: int) -> Ints:
    from sklearn.cluster import DBSCAN

    places, which, weight = spots_of(events)
    if len(places) == 0:
        return np.zeros(0, np.int64)
    refuse_if_crowded(places, distance)
    fitted = DBSCAN(eps=distance, min_samples=min_events).fit(_shifted(places), sample_weight=weight)
    return np.asarray(fitted.labels_[which], np.int64)


def _hdbscan(events: Events, distance: float, min_events: int) -> Ints:
    from sklearn.cluster import HDBSCAN

    n = len(events.x)
    if n > MOST_HDBSCAN:
        raise ConfigError(
            f"method: HDBSCAN takes at most {MOST_HDBSCAN} events, not {n}. Use method='dbscan', or fewer events."
        )
    if n < min_events:
        return np.full(n, -1, np.int64)
    order = np.lexsort((events.ids.astype(str), events.y, events.x))
    places = np.column_stack([events.x, events.y])[order]
    fitted = HDBSCAN(min_cluster_size=min_events, cluster_selection_epsilon=distance, copy=True).fit(_shifted(places))
    labels = np.empty(n, np.int64)
    labels[order] = fitted.labels_
    return labels


def describe(
    incidents: gpd.GeoDataFrame, events: Events, labels: Ints, outline_as: str, margin: float, *, weighted: bool
) -> gpd.GeoDataFrame:
    """Lay clusters out as rows, most events first; events with a label below 0 belong to none."""
    require_choice(outline_as, OUTLINES, "outline_as")
    order = np.lexsort((events.weight, events.y, events.x, labels))
    order = order[labels[order] >= 0]
    groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(order) else []
    groups.sort(key=lambda group: (-len(group), float(events.x[group].mean()), float(events.y[group].mean())))
    shapes = [outline(events.x[g], events.y[g], outline_as, margin) for g in groups]
    n = np.array([len(group) for group in groups], np.int64)
    area = np.array([shape.area for shape in shapes], np.float64) / 1e6
    columns: dict[str, object] = {"n": n}
    if weighted:
        columns["weight"] = np.array([events.weight[group].sum() for group in groups], np.float64)
    columns |= {"area_km2": area, "density": n / area}
    if "occurred_from" in incidents:
        months = [months_of(incidents["occurred_from"].loc[events.ids[group]]) for group in groups]
        columns["first"] = pd.array([first for first, _ in months], dtype="str")
        columns["last"] = pd.array([last for _, last in months], dtype="str")
    index = pd.RangeIndex(1, len(groups) + 1, name="cluster")
    columns["members"] = pd.Series([sorted(map(str, events.ids[group])) for group in groups], index, dtype=object)
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=incidents.crs, index=index)
