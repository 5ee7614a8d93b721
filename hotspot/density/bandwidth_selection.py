"""Choose the bandwidth of a density surface, and say how it was chosen."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely

from hotspot.checks import require_choice, require_positive, require_whole
from hotspot.density.bandwidth_rules import effective_number, mean_neighbour, normal_reference, robust_spread
from hotspot.density.cross_validation import (
    PAIRS,
    Spots,
    area_misfit,
    least_squares,
    mean_square_error,
    minus_likelihood,
    nearest_gaps,
    rows_of,
    search,
    spots_of,
)
from hotspot.density.grid import keep_inside, polygons_of
from hotspot.density.kernels import KERNELS
from hotspot.errors import ConfigError, HotspotWarning
from hotspot.geography.drawable import Events, choose_events
from hotspot.record import note

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    Floats = NDArray[np.float64]

_QUARTIC = KERNELS["quartic"].support_factor
_CELLS_ACROSS, _CELLS_PER_BANDWIDTH = 150, 5
_SHARED = 0.1
"""Share of the events that stand on a spot with others above which that is said."""
_WIDEST, _WIDEST_FOR_AREA = 2.0, 8.0
"""Upper end of the search, in Silverman's bandwidths."""
_NARROWEST = 0.25
"""Lower end of the search, in median distances from a spot to the nearest other."""
_RADII = 512
_POINTS_IN_DISC = 1_000.0
_EDGES_KEPT = 2_000
_METHODS = {
    "silverman": "the mean standard deviation of both axes times n^(-1/6)",
    "scott": "the robust spread min(standard deviation, interquartile range / 1.34) of both axes times n^(-1/6)",
    "ratcliffe": "5 cells of a 150th of the shorter side of the extent, as a quartic radius",
    "nearest": "the mean distance from an event to its {k} nearest other, as a quartic radius",
    "lscv": "least-squares cross-validation",
    "likelihood": "likelihood cross-validation",
    "diggle": "the mean-square error of Berman and Diggle",
    "cvl": "Cronie and Van Lieshout's rule (the inverse intensities at the events add up to the area)",
}
_SEARCHES = ("lscv", "likelihood", "diggle", "cvl")


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """How far an event is spread, as two numbers of one meaning, and how that was chosen."""

    radius: float
    """Metres: what ``kernel_density(bandwidth=...)`` takes. The radius beyond which an event adds nothing; for the
    gaussian kernel, which has none, the standard deviation."""
    standard_deviation: float
    """Metres, along each axis: the same for every kernel of equal smoothing."""
    kernel: str
    method: str
    n: int
    """Events it was chosen from."""
    why: str
    """One sentence: how, over what range, and whether the best lay at an end of the range."""

    def for_kernel(self, name: str) -> float:
        """Give the radius of another kernel that smooths as much (equal standard deviation), in metres."""
        return self.standard_deviation * KERNELS[require_choice(name, KERNELS, "kernel")].support_factor


def bandwidth(
    incidents: gpd.GeoDataFrame,
    *,
    method: Literal["silverman", "scott", "ratcliffe", "nearest", "lscv", "likelihood", "diggle", "cvl"] = "silverman",
    kernel: str = "quartic",
    within: gpd.GeoDataFrame | None = None,
    weights: str | pd.Series | None = None,
    neighbours: int = 15,
    between: tuple[float, float] | None = None,
    seed: int = 0,
) -> Bandwidth:
    r"""
    Choose a bandwidth from the events themselves, by a rule or by cross-validation.

    Parameters
    ----------
    incidents
        Incidents in a projected metric CRS; the same are taken and left out as ``kernel_density`` takes.
    method
        ``silverman``: :math:`\sqrt{(s_x^2 + s_y^2)/2}\, n^{-1/6}`, what ``kernel_density`` takes by itself (rounded
        to a metre). ``scott``: the same with min(standard deviation, interquartile range / 1.34) along each axis, which
        outliers do not widen. (In two dimensions the rules of Scott and Silverman have one constant, 1; the names here
        tell the plain from the robust one.) ``ratcliffe``: 5 cells of the shorter side of the extent / 150; it does
        not look at the events. ``nearest``: mean distance to the k-th nearest other event. ``lscv``, ``likelihood``,
        ``diggle``, ``cvl``: the least of a criterion, see Notes.
    kernel
        Kernel the radius is for. Every method first finds one standard deviation; the radius follows by equal
        smoothing. ``ratcliffe`` and ``nearest`` give a radius, taken as that of the quartic kernel.
    within
        Areas or one boundary, in the CRS of the incidents: events outside are left out and counted. ``ratcliffe``
        takes its extent, ``cvl`` its area, ``diggle`` corrects pairs for it.
    weights
        Column of the incidents, or a Series with their index; 0 or more each. With weights,
        :math:`(\sum w)^2 / \sum w^2` stands for n.
    neighbours
        k of ``nearest``. The first neighbours on snapped data are on the same spot, so k below about 10 measures the
        snapping.
    between
        Least and greatest radius (metres, of ``kernel``) that a search may give. None: from a quarter of the median
        distance between neighbouring spots to twice Silverman's bandwidth (8 times for ``cvl``); for ``diggle``, up to
        a 16th of the shorter side of the extent, or less where 1,000 events lie in a smaller disc.
    seed
        Seed of the sample of spots that is asked when there are more than 14,000 (7,000 for ``cvl``), each about all
        others.

    Returns
    -------
    Bandwidth
        ``radius`` and ``standard_deviation`` in metres, and one sentence on how they were found.

    Raises
    ------
    CRSError
        The incidents, or ``within``, are not in one projected metric CRS.
    ConfigError
        An option is unknown or does not fit; fewer than two distinct points; the method has nothing to measure.
    ComparabilityError
        Several sources that are not linked.

    Warns
    -----
    HotspotWarning
        The best lies at an end of the range searched; more than a tenth of the events share their spot with others and
        the method looks at neighbours.

    Notes
    -----
    Searches use a gaussian kernel of standard deviation s, its events spread over the whole plane (no correction at the
    boundary), and leave out *the whole spot*: twins on one snapped point would otherwise foretell each other and every
    criterion would fall to 0. Over spots i of weight :math:`w_i`, with W their sum and :math:`\hat\lambda_{-i}` the
    intensity without spot i:

    * ``lscv`` least :math:`\int \hat f^2 - 2 \sum_{i \ne j} w_i w_j \phi_s(x_i - x_j) / (W^2 - \sum w^2)`;
    * ``likelihood`` greatest :math:`\sum_i w_i \log \hat\lambda_{-i}(x_i)` (the same sum as spatstat's bw.ppl without
      its edge correction; a few lonely events widen it);
    * ``cvl`` :math:`\sum_i w_i / \hat\lambda(x_i)`, the spot itself included, nearest to the area (of the hull of the
      events without ``within``);
    * ``diggle`` least mean-square error of the intensity as a Cox process, from Ripley's K at 512 distances (isotropic
      correction with ``within``, else none). It is found for counting in a disc of radius h, and s = h / 2. The
      criterion is ragged: near-equal hollows are common.

    None of them knows what the map is for. The bandwidth that would have foretold the next months best (``accuracy``
    of surfaces of earlier months, at several bandwidths) is the better choice where there is time to look.

    References
    ----------
    Silverman (1986) Density Estimation. Scott (1992) Multivariate Density Estimation. Ratcliffe (2004), HotSpot
    Detective. Williamson et al. (1999), A better method to smooth crime incident data, ArcUser. Rudemo (1982) and
    Bowman (1984): lscv. Loader (1999) Local Regression and Likelihood: likelihood. Diggle (1985) and Berman & Diggle
    (1989) JRSS B 51, 81-92. Cronie & Van Lieshout (2018) Biometrika 105, 455-462.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from hotspot.density.bandwidth_selection import bandwidth
    >>> place = gpd.points_from_xy([530_000 + 20 * i for i in range(64)], [180_000 + 7 * i for i in range(64)])
    >>> points = gpd.GeoDataFrame({"source": "police"}, index=range(64), geometry=place, crs=27700)
    >>> chosen = bandwidth(points)
    >>> round(chosen.radius), round(chosen.standard_deviation), round(chosen.for_kernel("gaussian"))
    (395, 139, 139)
    >>> chosen.why
    'the mean standard deviation of both axes times n^(-1/6).'
    """
    require_choice(method, _METHODS, "method")
    factor = KERNELS[require_choice(kernel, KERNELS, "kernel")].support_factor
    _refuse_options(method, neighbours, between, seed)
    events = keep_inside(choose_events(incidents, weights), within, incidents, "incidents")
    spots = spots_of(events.x, events.y, events.weight)
    if spots.x.size < 2:  # noqa: PLR2004 - two places make a distance
        raise ConfigError(
            f"bandwidth: no rule can choose one from {events.x.size} event(s) on {spots.x.size} spot(s); it takes at "
            "least 2 distinct points of some weight. Give kernel_density its bandwidth in metres."
        )
    shared = float(spots.events[spots.events > 1].sum() / spots.events.sum())
    if shared > _SHARED and method in {"nearest", *_SEARCHES}:
        done = "are neighbours at distance 0" if method == "nearest" else "were left out together"
        warnings.warn(
            f"bandwidth: {shared:.0%} of the events share their spot with others (snapped or default locations); "
            f"events of one spot {done}. The result says little about distances below that between spots.",
            HotspotWarning,
            stacklevel=2,
        )
    facts: dict[str, object] = {}
    if method in _SEARCHES:
        limits = None if between is None else (float(between[0]) / factor, float(between[1]) / factor)
        sigma, facts = _search(spots, events, within, method, limits, seed)
        why = _sentence(method, facts, factor)
    else:
        sigma = _rule(events, spots, within, method, neighbours)
        ordinal = f"{neighbours}{'th' if neighbours % 100 in (11, 12, 13) else _ORDINALS.get(neighbours % 10, 'th')}"
        why = _METHODS[method].format(k=ordinal) + "."
    if facts.get("at_end"):
        warnings.warn(
            f"bandwidth: {method}: the best lies at the {facts['at_end']} end of the range searched, so it is no "
            "optimum. Widen between=, or take another method.",
            HotspotWarning,
            stacklevel=2,
        )
    chosen = Bandwidth(sigma * factor, sigma, kernel, method, events.x.size, why)
    note(
        "bandwidth",
        name=events.name,
        n=chosen.n,
        spots=int(spots.x.size),
        share_on_shared_spots=shared,
        left_out=events.left_out,
        method=method,
        kernel=kernel,
        radius_m=chosen.radius,
        standard_deviation_m=sigma,
        why=why,
        **facts,
    )
    return chosen


_ORDINALS = {1: "st", 2: "nd", 3: "rd"}


def _refuse_options(method: str, neighbours: int, between: tuple[float, float] | None, seed: int) -> None:
    """Refuse options that have no meaning."""
    require_whole(neighbours, "neighbours", 1)
    require_whole(seed, "seed", 0)
    if between is None:
        return
    if method not in _SEARCHES:
        raise ConfigError(f"between: {method!r} does not search. Leave it out, or take one of {', '.join(_SEARCHES)}.")
    if not isinstance(between, tuple | list) or len(between) != 2:  # noqa: PLR2004 - a least and a greatest
        raise ConfigError("between: give two radii in metres, the least and the greatest.")
    least, most = (require_positive(value, "between", "metres") for value in between)
    if least >= most:
        raise ConfigError(f"between: {least:g} m is not below {most:g} m.")


def _rule(events: Events, spots: Spots, within: gpd.GeoDataFrame | None, method: str, neighbours: int) -> float:
    """Give the standard deviation of a rule that needs no search."""
    if method == "silverman":
        return normal_reference(events.x, events.y, events.weight)
    if method == "scott":
        weight = events.weight
        spread = [robust_spread(axis, weight) for axis in (events.x, events.y)]
        return float(math.hypot(*spread) / math.sqrt(2) * effective_number(weight) ** (-1 / 6))
    if method == "nearest":
        return mean_neighbour(spots, neighbours) / _QUARTIC
    west, south, east, north = _extent(events, within)
    side = min(east - west, north - south)
    if side <= 0:
        raise ConfigError("method: 'ratcliffe' needs an extent with two sides; the events lie on a line. Give within=.")
    return side / _CELLS_ACROSS * _CELLS_PER_BANDWIDTH / _QUARTIC


def _extent(events: Events, within: gpd.GeoDataFrame | None) -> tuple[float, float, float, float]:
    """Give the box of the boundary, or of the events."""
    if within is not None:
        west, south, east, north = (float(side) for side in within.total_bounds)
        return west, south, east, north
    return float(events.x.min()), float(events.y.min()), float(events.x.max()), float(events.y.max())


def _search(
    spots: Spots,
    events: Events,
    within: gpd.GeoDataFrame | None,
    method: str,
    limits: tuple[float, float] | None,
    seed: int,
) -> tuple[float, dict[str, object]]:
    """Find the standard deviation that is best by a criterion, and what to say about it."""
    facts: dict[str, object] = {"leave_out": "whole spot"}
    if method == "diggle":
        sigma, low, high, rows = _diggle(spots, events, within, limits, seed, facts)
    else:
        if limits is None:
            high = normal_reference(spots.x, spots.y, spots.weight)
            gap = math.sqrt(float(np.median(nearest_gaps(spots, np.arange(spots.x.size)))))
            low = _NARROWEST * min(gap, high)
            high *= _WIDEST_FOR_AREA if method == "cvl" else _WIDEST
        else:
            low, high = limits
        criterion = {"lscv": least_squares, "likelihood": minus_likelihood}.get(method)
        if criterion is None:
            region = _region(events, within)
            facts |= {"area_m2": float(region.area), "area_of": "events" if within is None else "within"}
            criterion = partial(area_misfit, area=float(region.area))
        rows = rows_of(spots, seed, PAIRS // 4 if method == "cvl" else PAIRS)
        sigma = search(spots, rows, low, high, criterion)
    facts |= {"spots_asked": int(rows.size)} | ({"seed": int(seed)} if rows.size < spots.x.size else {})
    ends = {"lower": sigma / low, "upper": high / sigma}
    at_end = next((name for name, ratio in ends.items() if ratio < 1.001), None)  # noqa: PLR2004 - as narrow as found
    return sigma, facts | {"searched_standard_deviation_m": [low, high], "at_end": at_end}


def _region(events: Events, within: gpd.GeoDataFrame | None) -> BaseGeometry:
    """Give the boundary as one shape, or the hull of the events."""
    if within is not None:
        return shapely.union_all(polygons_of(within))
    hull = shapely.convex_hull(shapely.multipoints(np.column_stack([events.x, events.y])))
    if hull.area == 0:
        raise ConfigError("method: 'cvl' needs an area; the events lie on a line. Give within=.")
    return hull


def _diggle(
    spots: Spots,
    events: Events,
    within: gpd.GeoDataFrame | None,
    limits: tuple[float, float] | None,
    seed: int,
    facts: dict[str, object],
) -> tuple[float, float, float, NDArray[np.int64]]:
    """Find the radius of the disc with the least mean-square error, among equally spaced ones."""
    west, south, east, north = _extent(events, within)
    edges, area = np.empty((0, 4)), (east - west) * (north - south)
    if within is not None:
        region = _region(events, within)
        edges, area = _edges(region, spots, min(east - west, north - south) / 4_000), float(region.area)
    if limits is None:
        reach = min(east - west, north - south) / 4
        reach = min(reach, math.sqrt(_POINTS_IN_DISC * area / (math.pi * events.x.size)))
    else:
        reach = 4 * limits[1]
    if reach <= 0:
        raise ConfigError("method: 'diggle' needs an extent with two sides; the events lie on a line. Give within=.")
    rows = rows_of(spots, seed, PAIRS // (1 + edges.shape[0] // 50))
    radii = np.linspace(0, reach, _RADII)
    error = mean_square_error(spots, rows, edges, radii)
    sigmas = radii[1 : error.size + 1] / 2
    if limits is not None:
        allowed = sigmas >= limits[0] * (1 - 1e-9)
        sigmas, error = sigmas[allowed], error[allowed]
    facts |= {
        "step_m": float(radii[1] / 2),
        "edge": "isotropic" if edges.size else "none",
    }
    return float(sigmas[int(error.argmin())]), float(sigmas[0]), float(sigmas[-1]), rows


def _edges(region: BaseGeometry, spots: Spots, tolerance: float) -> Floats:
    """Give the sides of the boundary, the inside on their left, simplified only when there are very many."""
    if shapely.get_num_coordinates(region) > _EDGES_KEPT:
        region = region.simplify(tolerance)
    parts = [shapely.orient_polygons(part) for part in shapely.get_parts(region)]
    sides = []
    for ring in (ring for part in parts for ring in (part.exterior, *part.interiors)):
        corners = shapely.get_coordinates(ring) - np.asarray(spots.origin)
        sides.append(np.hstack([corners[:-1], corners[1:]]))
    return np.ascontiguousarray(np.vstack(sides))


def _sentence(method: str, facts: dict[str, object], factor: float) -> str:
    """Say in one sentence how a search went."""
    low, high = (end * factor for end in facts["searched_standard_deviation_m"])  # type: ignore[attr-defined] # our own list
    end = f"; the best lay at the {facts['at_end']} end of that range" if facts["at_end"] else ""
    return f"{_METHODS[method]}, searched over radii from {low:.4g} m to {high:.4g} m{end or ', inside that range'}."
