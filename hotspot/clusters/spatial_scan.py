"""Find circles of areas with more events than chance gives: the spatial scan statistic."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_choice, require_level, require_metric_crs, require_positive, require_whole
from hotspot.clusters.sites import aligned, numbers_of
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.record import note

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    from hotspot.numerics.scan import Terms

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

ALTERNATIVES = ("greater", "less", "two-sided")
SECONDARY = ("no overlap", "sequential", "none")
SEPARATOR = ", "
_MOST_SHARE = 0.5
_MOST_SIMULATIONS = 10**6


@dataclass(frozen=True, slots=True)
class _Areas:
    """The areas that have a rate, in the order of their codes: rows do not change a result."""

    rows: Ints
    """Position in the input."""
    codes: npt.NDArray[np.object_]
    x: Floats
    y: Floats
    events: Ints
    people: Floats

    def only(self, kept: npt.NDArray[np.bool_ | np.int32]) -> _Areas:
        """Leave the other areas out."""
        rows, codes, x, y = self.rows[kept], self.codes[kept], self.x[kept], self.y[kept]
        return _Areas(rows, codes, x, y, self.events[kept], self.people[kept])


@dataclass(frozen=True, slots=True)
class _Options:
    """What the user asked for, checked."""

    max_share: float
    max_radius: float | None
    simulations: int
    alpha: float
    alternative: str
    secondary: str
    seed: int

    def __post_init__(self) -> None:
        """Refuse what makes no test."""
        from hotspot.numerics.random_numbers import MAX_SEED

        require_choice(self.alternative, ALTERNATIVES, "alternative")
        require_choice(self.secondary, SECONDARY, "secondary")
        if isinstance(self.max_share, bool) or not 0 < self.max_share <= _MOST_SHARE:
            raise ConfigError(
                f"max_share: {self.max_share!r} must be above 0 and at most 0.5 of the population: the rest of the map "
                f"is what a cluster is compared with."
            )
        if self.max_radius is not None:
            require_positive(self.max_radius, "max_radius", "metres")
        require_whole(self.simulations, "simulations", 1, _MOST_SIMULATIONS, such_as=999)
        require_level(self.alpha)
        require_whole(self.seed, "seed", 0, MAX_SEED)


def spatial_scan(
    events: pd.Series,
    population: pd.Series,
    areas: gpd.GeoDataFrame,
    *,
    max_share: float = 0.5,
    max_radius: float | None = None,
    simulations: int = 999,
    alpha: float = 0.05,
    alternative: str = "greater",
    secondary: str = "no overlap",
    seed: int = 0,
) -> gpd.GeoDataFrame:
    """
    Find circles of areas with more events than chance gives: Kulldorff's spatial scan statistic.

    Parameters
    ----------
    events
        Events of each area, whole numbers, indexed by area code. Areas where it is missing are left out.
    population
        People at risk, or events expected from anything else (age and sex, say), in any unit: only its shares
        count. Indexed by the same codes. Areas where it is missing or 0 are left out.
    areas
        The areas, indexed by the same codes, in a projected metric system. A window's centre is the centroid of an
        area; give points to have others, such as population-weighted centroids.
    max_share
        Largest share of the population in a window, at most 0.5. Smaller (0.25, 0.1) finds smaller places.
    max_radius
        Largest radius of a window in metres; none by default.
    simulations
        Maps drawn by chance. The smallest possible p is 1 / (``simulations`` + 1).
    alpha
        Level of ``p`` at which a cluster is labelled, and up to which secondary clusters are listed.
    alternative
        ``greater`` for clusters of many events, ``less`` for few, ``two-sided`` for both.
    secondary
        ``no overlap``: windows that share no area with a stronger one, each against the largest ratio of whole
        simulated maps, which is conservative. ``sequential``: the areas of a significant cluster are taken away
        and the rest is scanned anew, so that one strong cluster does not hide others; each costs another scan.
        ``none``: the most likely cluster alone.
    seed
        Same seed, same result, in any order of rows and on any number of threads.

    Returns
    -------
    GeoDataFrame
        One row per cluster, indexed by ``cluster`` (1 is the most likely), in the system of ``areas``:
        ``centre`` (area code), ``radius_m`` (to the farthest centroid inside; 0 for a single area), ``areas``
        (their number), ``area_codes`` (nearest to the centre first, joined by a comma and a space), ``population``,
        ``events``, ``expected``, ``relative_risk`` (inside against outside; infinite where no event is outside),
        ``llr``, ``p``, ``label`` (``High``, ``Low``, ``Not significant``) and the areas joined as ``geometry``.
        The most likely cluster is listed even if it is not significant. Empty where no window differs from
        the rest.

    Raises
    ------
    InputError
        The area codes differ, an event count is negative or not whole, a population is negative, an area has no
        geometry.
    CRSError
        ``areas`` is in degrees or has no reference system.
    ConfigError
        An option is out of range.

    Warns
    -----
    HotspotWarning
        Areas have events but no population; ``simulations`` is too small to reach ``alpha``.

    Notes
    -----
    A window is the set of areas whose centroids lie within a distance of a centre; areas equally far (within 1e-6 m)
    enter together. With c events inside, E expected and C in all, E adding up to C, the logarithm of the likelihood
    ratio is

    LLR = c ln(c / E) + (C - c) ln((C - c) / (C - E)) where c > E, else 0.

    The largest LLR of the map is ranked among those of maps whose C events are shared out by population
    (multinomial): p = (M + 1) / (R + 1), M the maps with an LLR at least as large, ties included. One test of the
    whole map: nothing is left to correct for the number of windows.

    p is that of the whole circle: not each area in it has a high rate, nor does the border lie just there. Streets
    and rivers are not round: a long cluster is found as a circle with quiet areas in it, or as several. The null is
    equal risk and independent events: repeat incidents at one address break it, and make p too small. A cluster names
    no cause and no person, and is no forecast.

    References
    ----------
    Kulldorff, M. (1997). A spatial scan statistic. Communications in Statistics: Theory and Methods 26, 1481-1496.
    Zhang, Z., Assunção, R. and Kulldorff, M. (2010). Spatial scan statistics adjusted for multiple clusters.
    Journal of Probability and Statistics 2010, 642379.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> codes = [f"E{i:02}" for i in range(30)]
    >>> places = gpd.points_from_xy([1000 * (i % 6) for i in range(30)], [1000 * (i // 6) for i in range(30)])
    >>> areas = gpd.GeoDataFrame(index=codes, geometry=places, crs=27700)
    >>> events = pd.Series(5, codes)
    >>> events[["E00", "E01", "E06"]] = 20
    >>> found = hs.spatial_scan(events, pd.Series(1000, codes), areas)
    >>> found[["centre", "area_codes", "events", "expected", "p"]].to_dict("index")
    {1: {'centre': 'E00', 'area_codes': 'E00, E01, E06', 'events': 60, 'expected': 19.5, 'p': 0.001}}
    """
    options = _Options(max_share, max_radius, simulations, alpha, alternative, secondary, seed)
    sites, facts = _read(events, population, areas)
    if 1 / (simulations + 1) > alpha:
        warnings.warn(
            f"simulations={simulations} cannot give a p up to alpha={alpha}: nothing can be significant. "
            f"Take at least {int(np.ceil(1 / alpha - 1e-9)) - 1}.",
            HotspotWarning,
            stacklevel=2,
        )
    found, scans = _sequence(sites, options) if secondary == "sequential" else _scan(sites, options)
    result = _table(found, areas, options)
    note(
        "spatial_scan",
        **facts,
        max_share=float(max_share),
        max_radius=None if max_radius is None else float(max_radius),
        simulations=int(simulations),
        scans=scans,
        seed=int(seed),
        alternative=alternative,
        alpha=float(alpha),
        secondary=secondary,
        clusters=len(result),
        significant=int((result["p"] <= alpha).sum()),
    )
    return result


def _read(events: pd.Series, population: pd.Series, areas: gpd.GeoDataFrame) -> tuple[_Areas, dict[str, object]]:
    """Match the three by area code, and keep what has a rate."""
    import geopandas as gpd

    from hotspot.numerics.scan import MAX_EVENTS

    counts, people = numbers_of(events, "events"), aligned(population, "population", events, "events")
    if not isinstance(areas, gpd.GeoDataFrame):
        raise InputError(f"areas: give a GeoDataFrame indexed by area code, not {type(areas).__name__}.")
    require_metric_crs(areas, "areas")
    aligned(pd.Series(0, areas.index), "areas", events, "events")
    for name, numbers in (("events", counts), ("population", people)):
        negative = np.flatnonzero(numbers < 0)
        if len(negative):
            raise InputError(f"{name}: {len(negative)} value(s) below 0 (first in row {negative[0]}). Mend the data.")
    broken = np.flatnonzero(np.isfinite(counts) & (counts != np.floor(counts)))
    if len(broken):
        raise InputError(
            f"events: {len(broken)} value(s) are not whole (first in row {broken[0]}). The scan counts events: give "
            f"counts, not rates, and what they are compared with as population."
        )
    if np.nansum(counts) > MAX_EVENTS:
        raise InputError(f"events: more than {MAX_EVENTS} in all, which the scan cannot hold. Take a shorter period.")
    usable = np.isfinite(counts) & (people > 0)
    orphaned = int(np.sum((counts > 0) & ~(people > 0)))
    if orphaned:
        warnings.warn(
            f"{orphaned} area(s) have events but no population; they are left out of the scan.",
            HotspotWarning,
            stacklevel=3,
        )
    shapes = areas.geometry.iloc[areas.index.get_indexer(events.index)]
    lost = np.flatnonzero(usable & (shapes.isna() | shapes.is_empty).to_numpy())
    if len(lost):
        raise InputError(
            f"areas: {len(lost)} area(s) have no geometry (first: {events.index[lost[0]]!r}). Give them one, or make "
            f"their events missing to leave them out."
        )
    codes = events.index.astype(str).to_numpy(dtype=object)
    order = np.argsort(codes, kind="stable")
    rows = order[usable[order]]
    centres = shapes.iloc[rows].centroid
    sites = _Areas(
        areas.index.get_indexer(events.index[rows]).astype(np.int64),
        codes[rows],
        centres.x.to_numpy(np.float64),
        centres.y.to_numpy(np.float64),
        counts[rows].astype(np.int64),
        people[rows],
    )
    separated = sum(SEPARATOR in code for code in sites.codes)
    if separated:
        raise InputError(f"areas: {separated} code(s) hold {SEPARATOR!r}, which separates codes in the result.")
    facts: dict[str, object] = {
        "n": len(rows),
        "left_out": len(counts) - len(rows),
        "without_population": orphaned,
        "events": int(sites.events.sum()),
        "population": float(sites.people.sum()),
    }
    return sites, facts


@dataclass(frozen=True, slots=True)
class _Cluster:
    centre: str
    sites: _Areas
    radius: float
    expected: float
    total: int
    ratio: float
    p: float


def _terms(sites: _Areas, options: _Options) -> Terms | None:
    """Prepare a scan, or nothing where there is nothing to compare."""
    from hotspot.numerics.scan import Terms

    total = int(sites.events.sum())
    if total == 0 or len(sites.rows) < 2:  # noqa: PLR2004 - inside and outside
        return None
    return Terms(
        sites.x,
        sites.y,
        sites.people * (total / float(sites.people.sum())),
        total,
        options.max_share * total,
        np.inf if options.max_radius is None else float(options.max_radius),
        options.alternative != "less",
        options.alternative != "greater",
    )


def _scan(sites: _Areas, options: _Options) -> tuple[list[_Cluster], int]:
    """List the most likely cluster, and the significant ones that share no area with a stronger one."""
    from hotspot.numerics.scan import best_windows, circles, largest_ratios

    terms = _terms(sites, options)
    if terms is None:
        return [], 0
    tie = 1e-9 + 1e-14 * terms.total
    taken = np.zeros(len(sites.rows), bool)
    ratios, lengths, radii = best_windows(terms, sites.events, taken, np.arange(len(sites.rows)))
    if not ratios.max() > tie:
        return [], 0
    chance = largest_ratios(terms, seed=int(options.seed), simulations=int(options.simulations))
    found: list[_Cluster] = []
    while ratios.max() > tie:
        tied = np.flatnonzero(ratios >= ratios.max() - tie)
        around = circles(terms, tied)
        members = [around.order[i, : lengths[centre]] for i, centre in enumerate(tied)]
        overlapping = tied[[bool(taken[inside].any()) for inside in members]]
        if len(overlapping):
            ratios[overlapping], lengths[overlapping], radii[overlapping] = best_windows(
                terms, sites.events, taken, overlapping
            )
            continue
        first = int(np.lexsort((tied, np.round(radii[tied], 6)))[0])
        inside, ratio = members[first], float(ratios[tied[first]])
        p = (1 + int(np.sum(chance >= ratio - tie))) / (len(chance) + 1)
        if found and p > options.alpha:
            break
        taken[inside] = True
        expected = float(around.expected[first, len(inside) - 1])
        centre, radius = tied[first], float(radii[tied[first]])
        cluster = _Cluster(str(sites.codes[centre]), sites.only(inside), radius, expected, terms.total, ratio, p)
        found.append(cluster)
        if options.secondary != "no overlap" or p > options.alpha:
            break
    return found, 1


def _sequence(sites: _Areas, options: _Options) -> tuple[list[_Cluster], int]:
    """Scan, take the significant cluster away, and scan what is left."""
    found: list[_Cluster] = []
    scans = 0
    alone = replace(options, secondary="none")
    while True:
        more, done = _scan(sites, alone)
        scans += done
        if not found or (more and more[0].p <= options.alpha):
            found += more
        if not more or more[0].p > options.alpha:
            return found, scans
        sites = sites.only(~np.isin(sites.rows, more[0].sites.rows))


def _table(found: list[_Cluster], areas: gpd.GeoDataFrame, options: _Options) -> gpd.GeoDataFrame:
    import geopandas as gpd

    def label(cluster: _Cluster) -> str:
        if cluster.p > options.alpha:
            return "Not significant"
        return "High" if cluster.sites.events.sum() > cluster.expected else "Low"

    def risk(cluster: _Cluster) -> float:
        inside = int(cluster.sites.events.sum())
        outside = (cluster.total - inside) / (cluster.total - cluster.expected)
        return inside / cluster.expected / outside if outside > 0 else np.inf

    index = pd.RangeIndex(1, len(found) + 1, name="cluster")
    columns = {
        "centre": pd.Series([c.centre for c in found], index, dtype="str"),
        "radius_m": pd.Series([c.radius for c in found], index, dtype=np.float64),
        "areas": pd.Series([len(c.sites.rows) for c in found], index, dtype=np.int64),
        "area_codes": pd.Series([SEPARATOR.join(c.sites.codes) for c in found], index, dtype="str"),
        "population": pd.Series([float(c.sites.people.sum()) for c in found], index, dtype=np.float64),
        "events": pd.Series([int(c.sites.events.sum()) for c in found], index, dtype=np.int64),
        "expected": pd.Series([c.expected for c in found], index, dtype=np.float64),
        "relative_risk": pd.Series([risk(c) for c in found], index, dtype=np.float64),
        "llr": pd.Series([c.ratio for c in found], index, dtype=np.float64),
        "p": pd.Series([c.p for c in found], index, dtype=np.float64),
        "label": pd.Series([label(c) for c in found], index, dtype="str"),
    }
    shapes = [areas.geometry.iloc[c.sites.rows].union_all() for c in found]
    return gpd.GeoDataFrame(columns, index=index, geometry=gpd.GeoSeries(shapes, index, crs=areas.crs))
