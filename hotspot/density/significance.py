"""Find the cells of a surface that are denser than chance alone would make any cell."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from hotspot.checks import require_choice, require_positive, require_whole
from hotspot.density.chance import Drawing, Pieces, add_events, moments, scales_of, simulated_maxima, stamp
from hotspot.density.estimate import kernel_density
from hotspot.density.grid import SQUARE_KILOMETRE, Grid, grid_from_centres, keep_inside
from hotspot.density.kernels import KERNELS, Kernel
from hotspot.density.nulls import boundary_of, pieces_of
from hotspot.density.outlines import regions_of
from hotspot.errors import ConfigError, HotspotWarning
from hotspot.geography.drawable import Events, choose_events
from hotspot.numerics.random_numbers import MAX_SEED
from hotspot.record import note

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from hotspot.density.surface import Surface

    Floats = NDArray[np.float64]

_FEW = 20
_HEAPED = 0.5
"""Share of events with a place of their own below which the places look like snapped ones."""
_TIE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class SignificantDensity:
    """
    A density surface with, for every cell, how often chance makes any cell of the map stand out as much.

    Parameters
    ----------
    surface
        The observed density.
    expected
        Shape (ny, nx): density that the null gives on average, in the unit of ``surface``, with the same kernel and
        edge correction; missing outside the boundary, like the next three.
    excess
        Shape (ny, nx): observed above expected, in standard deviations of a square-rooted count.
    p
        Shape (ny, nx): share of maps, the observed one among them, whose highest excess is at least the cell's.
    needed
        Shape (ny, nx): density above which the cell is significant, in the unit of ``surface``.
    events
        Shape (ny, nx): events in each cell, not smoothed.
    cutoff
        Excess above which a cell is significant.
    alpha
        Chance that any cell at all is called significant where the null is true.
    simulations
        Maps drawn under the null.
    seed
        Of the random numbers.
    null
        Where chance was assumed to put events, in words.

    Notes
    -----
    Significant does not mean dangerous, nor lasting, nor explained: it means denser than the stated null.
    """

    surface: Surface
    expected: Floats
    excess: Floats
    p: Floats
    needed: Floats
    events: NDArray[np.int64]
    cutoff: float
    alpha: float
    simulations: int
    seed: int
    null: str

    @property
    def significant(self) -> NDArray[np.bool_]:
        """Tell for each cell whether its p is at most alpha."""
        chosen: NDArray[np.bool_] = self.p <= self.alpha
        return chosen

    def areas(self) -> gpd.GeoDataFrame:
        """
        Draw the significant regions: cells that share an edge, dissolved.

        Returns
        -------
        GeoDataFrame
            One row for each region, the highest peak first; index ``rank`` from 1. ``peak`` (highest density, in the
            unit of the surface), ``area_km2``, ``n`` (events whose place is inside), ``expected`` (expected density
            times cell area, summed: not to be subtracted from ``n``, for a kernel carries density over the edge of a
            region), ``p`` (least of its cells), ``geometry`` (polygon along cell edges). No rows if no cell is
            significant.

        Notes
        -----
        The test is of cells at one bandwidth. A region reaches up to a bandwidth beyond the events that made it: its
        outline is not an estimate of where a hotspot ends.
        """
        surface = self.surface
        regions = regions_of(surface, self.significant)
        cell = surface.cell_size**2 / SQUARE_KILOMETRE
        peak = -regions.least(-surface.density)
        columns = {
            "peak": peak,
            "area_km2": regions.cells * cell,
            "n": regions.total(self.events).astype(np.int64),
            "expected": regions.total(self.expected) * cell,
            "p": regions.least(self.p),
        }
        return regions.ranked(columns, surface.crs, by=peak)


def significant_density(
    incidents: gpd.GeoDataFrame,
    *,
    bandwidth: float,
    within: gpd.GeoDataFrame | None = None,
    at_risk: gpd.GeoDataFrame | Surface | None = None,
    population: str = "population",
    cell_size: float | None = None,
    kernel: Literal["quartic", "epanechnikov", "triweight", "uniform", "triangular", "gaussian"] = "quartic",
    edge: Literal["none", "uniform", "diggle"] | None = None,
    weights: str | pd.Series | None = None,
    alpha: float = 0.05,
    simulations: int = 999,
    seed: int = 0,
) -> SignificantDensity:
    r"""
    Find the cells that are denser than chance alone would make any cell of the map.

    Parameters
    ----------
    incidents
        Incidents in a projected metric CRS, chosen as ``kernel_density`` chooses them.
    bandwidth
        Metres. It decides the size of what can be found. Choose it beforehand, not by the map it gives.
    within
        Where events could have been: areas or one boundary. Events outside are left out and counted. May be left out
        where ``at_risk`` is areas or a surface, whose extent it then is.
    at_risk
        Where chance puts events. None: evenly over ``within``. Areas with a ``population``: in proportion to it, evenly
        within each area. Points (other incidents, addresses, the snap points of an anonymised feed): drawn from them
        with replacement, in proportion to ``population`` if they have that column. A Surface: in proportion to its
        density, evenly within each cell.
    population
        Column of ``at_risk`` that says how many people, visits or calls each area or point has.
    cell_size, kernel, edge, weights
        As in ``kernel_density``.
    alpha
        Chance of calling any cell significant where the null is true.
    simulations
        Maps drawn under the null; at least 1/alpha - 1.
    seed
        From 0 to 2**64 - 1.

    Returns
    -------
    SignificantDensity
        Observed and expected surface, p and needed density of each cell; ``areas()`` draws the significant regions.

    Raises
    ------
    CRSError
        Frames are not in one projected metric CRS.
    ConfigError
        An option is unknown or does not fit; no boundary; too few simulations for alpha.
    InputError
        Nothing is at risk, populations are missing or negative, or polygons are not valid.

    Warns
    -----
    HotspotWarning
        What ``kernel_density`` warns of; fewer than 20 events; most events share their places though the null spreads
        them evenly; events lie where nobody is at risk.

    Notes
    -----
    Under the null, n independent events fall where ``at_risk`` says (n is given: the total is not tested). Each
    simulated map keeps the weights, the kernel and the edge correction of the observed one.

    Densities are not equally variable where the expected density differs, so a plain maximum of :math:`f - E f` would
    only look at the densest land and :math:`(f - E f)/sd` only at the emptiest, where a single event is many standard
    deviations. A sum of kernels behaves like :math:`c` times a Poisson count with mean :math:`m = E f / c`, where
    :math:`c = \sum w^2 E K^2 / \sum w E K` (but at least what that is for an even null). The excess is
    :math:`z = 2(\sqrt{f/c + 3/8} - \sqrt{m + 3/8}) / s`, whose standard deviation is about 1 for any m above 1 and
    smaller below it; :math:`s^2 = Var f / \sum w^2 E K^2` allows
    for the fixed n). Expectation and variance are integrals over the null, not simulated. ``edge="uniform"`` cancels
    out of z: it gives the same p as ``"none"``.

    p of a cell is (1 + number of simulated maps whose highest z over all cells is at least the cell's) / (1 +
    simulations), ties counted: the single-step maximum of Westfall and Young. Where the null holds, the chance that any
    cell has p at most alpha is at most alpha, however many cells there are and however much they depend on each other.
    Because n is fixed, a strong concentration leaves the rest of the map thinner than the null: other, weaker ones are
    then a little harder to find.

    It does not mean: a risk, a cause, a forecast; nor that cells that are not significant are safe. With the even null,
    "significant" mostly finds where people are. On anonymised points (snapped to a map) the even nulls say too much,
    because events on one snap point look like a cluster: take the snap points themselves as ``at_risk``.

    References
    ----------
    Westfall and Young (1993) Resampling-Based Multiple Testing, Wiley, 2.3. Anscombe (1948) Biometrika 35, 246-254.
    Kelsall and Diggle (1995) Statistics in Medicine 14, 2335-2342. Salmon et al. (2011) SC '11 (random numbers).

    Examples
    --------
    >>> import geopandas as gpd
    >>> import numpy as np
    >>> from shapely.geometry import box
    >>> from hotspot.density.significance import significant_density
    >>> town = gpd.GeoDataFrame(geometry=[box(530_000, 180_000, 534_000, 184_000)], crs=27700)
    >>> rng = np.random.default_rng(1)
    >>> x = np.r_[rng.uniform(530_000, 534_000, 150), rng.normal(531_000, 80, 25)]
    >>> y = np.r_[rng.uniform(180_000, 184_000, 150), rng.normal(183_000, 80, 25)]
    >>> police = gpd.GeoDataFrame({"source": "police"}, index=range(175), geometry=gpd.points_from_xy(x, y), crs=27700)
    >>> result = significant_density(police, bandwidth=400, cell_size=100, within=town, simulations=199)
    >>> regions = result.areas()
    >>> len(regions), regions["p"].tolist(), regions.contains(gpd.points_from_xy([531_000], [183_000])[0]).tolist()
    (1, [0.005], [True])
    """
    shape = KERNELS[require_choice(kernel, KERNELS, "kernel")]
    require_positive(bandwidth, "bandwidth", "metres")
    rank = _rank(alpha, simulations, seed)
    events = choose_events(incidents, weights)
    ground = boundary_of(incidents, within, at_risk)
    surface = kernel_density(
        incidents, bandwidth=bandwidth, cell_size=cell_size, within=ground, kernel=kernel, edge=edge, weights=weights
    )
    lattice = grid_from_centres((surface.x, surface.y), surface.cell_size)
    events = keep_inside(events, ground, incidents, "incidents")
    pieces, null = pieces_of(at_risk, ground, population, lattice)
    inside = np.isfinite(surface.density)
    drawing = Drawing(inside, bandwidth / lattice.cell_size, shape.power, shape.reach, surface.edge == "diggle")

    first, second = moments(pieces, drawing)
    weight = np.sort(events.weight)  # the order of rows must not matter
    scales, mean, _ = scales_of(first, second, weight, _single(shape))
    observed = _observed(events, lattice, drawing)
    per_count, base, spread = scales
    excess = 2.0 * (np.sqrt(observed * per_count + 0.375) - base) / spread
    highest = np.sort(simulated_maxima(pieces, drawing, weight, scales, seed=seed, simulations=simulations))
    above = simulations - np.searchsorted(highest, excess - _TIE, side="left")
    p = np.where(inside, (1 + above) / (1 + simulations), np.nan)
    cutoff = float(highest[simulations - rank])
    unit = _unit(surface, shape, drawing)
    needed = (np.maximum(cutoff * spread / 2 + base, 0) ** 2 - 0.375) / per_count

    counts, lost = _per_cell(events, lattice, inside)
    nowhere = int(counts[inside & (mean == 0)].sum())
    _warn(events, pieces, nowhere)
    result = SignificantDensity(
        surface,
        np.where(inside, mean * unit, np.nan),
        np.where(inside, excess, np.nan),
        p,
        np.where(inside, np.maximum(needed, 0) * unit, np.nan),
        counts,
        cutoff,
        alpha,
        simulations,
        seed,
        null,
    )
    note(
        "significant_density",
        name=events.name,
        n=events.x.size,
        left_out=events.left_out,
        null=null,
        cells_tested=int(inside.sum()),
        cells_significant=int(result.significant.sum()),
        alpha=alpha,
        correction="single-step maximum over all cells",
        cutoff=cutoff,
        simulations=simulations,
        seed=seed,
        least_p=float(np.nanmin(p)),
        events_where_nobody_is_at_risk=nowhere,
        events_in_no_tested_cell=lost,
    )
    return result


def _rank(alpha: float, simulations: int, seed: int) -> int:
    """Say which highest simulated maximum is the cut-off, after checking that it exists."""
    if not require_positive(alpha, "alpha") < 1:
        raise ConfigError(f"alpha: {alpha!r} must be below 1.")
    require_whole(simulations, "simulations", 1, 10**9, such_as=999)
    require_whole(seed, "seed", 0, MAX_SEED)
    rank = math.floor(alpha * (simulations + 1) * (1 + 1e-12))
    if rank < 1:
        raise ConfigError(
            f"simulations: with {simulations} the least p is {1 / (simulations + 1):.3g}, above alpha = {alpha:g}. "
            f"Take at least {math.ceil(1 / alpha * (1 - 1e-12)) - 1}."
        )
    return rank


def _single(shape: Kernel) -> float:
    """Give the integral of the kernel's square over that of the kernel, its height at distance 0 being 1."""
    return 0.5 if shape.power < 0 else (shape.power + 1) / (2 * shape.power + 1)


def _observed(events: Events, lattice: Grid, drawing: Drawing) -> Floats:
    """Add up the observed events by the very code that adds up simulated ones, in an order of their own."""
    u, v = lattice.in_cells(events.x, events.y)
    order = np.lexsort((events.weight, u, v))
    return add_events(drawing, np.column_stack([u[order], v[order]]), events.weight[order])


def _unit(surface: Surface, shape: Kernel, drawing: Drawing) -> Floats:
    """Give what turns a sum of kernels of height 1 into the surface's unit at each cell."""
    h, power, cut = drawing.h, drawing.power, drawing.cut
    scale = np.full(drawing.inside.shape, shape.scale / surface.bandwidth**2 * SQUARE_KILOMETRE)
    if surface.edge != "uniform":
        return scale
    row, column = np.nonzero(drawing.inside)
    kept = add_events(drawing, np.column_stack([column + 0.5, row + 0.5]), np.ones(row.size))
    reach = math.ceil(h * shape.reach) + 1
    whole = np.zeros((2 * reach + 1, 2 * reach + 1))
    stamp(whole, reach + 0.5, reach + 0.5, 1.0, h, power, cut)
    correction: Floats = np.divide(whole.sum(), kept, out=np.ones_like(kept), where=drawing.inside)
    return scale * correction


def _per_cell(events: Events, lattice: Grid, inside: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int]:
    """Count the events in each cell, and those whose cell has its centre outside the boundary."""
    u, v = lattice.in_cells(events.x, events.y)
    column = np.clip(np.floor(u).astype(np.int64), 0, lattice.nx - 1)
    row = np.clip(np.floor(v).astype(np.int64), 0, lattice.ny - 1)
    counts = np.bincount(row * lattice.nx + column, minlength=inside.size).reshape(inside.shape)
    lost = int(counts[~inside].sum())
    counts[~inside] = 0
    return counts, lost


def _warn(events: Events, pieces: Pieces, nowhere: int) -> None:
    """Say what a careful reader of the test must know."""
    n = events.x.size
    found = []
    if n < _FEW:
        found.append(f"{n} event(s) can show little: only a very strong concentration is found")
    own_places = len(np.unique(np.column_stack([events.x, events.y]), axis=0))
    if n >= _FEW and own_places < _HEAPED * n and pieces.area.any():
        found.append(
            f"{n} events lie on {own_places} places, as anonymised points do, but the null spreads them evenly: it "
            "takes snapping for clustering. Give the snap points as at_risk"
        )
    if nowhere:
        found.append(f"{nowhere} event(s) lie where the null puts none: is at_risk complete?")
    for text in found:
        warnings.warn(f"significant_density: {text}.", HotspotWarning, stacklevel=3)
