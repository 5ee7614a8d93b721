"""Compare how two kinds of events are spread: their densities as shares, and where they differ beyond chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from hotspot.checks import require_choice
from hotspot.density.grid import SQUARE_KILOMETRE, cells_inside, choose_edge, lay_lattice
from hotspot.density.kernels import KERNELS
from hotspot.density.outlines import regions_of
from hotspot.density.pairing import (
    check_numbers,
    choose_pair,
    count_linked,
    refuse_adaptive,
    require_reason,
    warn_of_pair,
)
from hotspot.density.pooled import Pool
from hotspot.density.surface import Surface
from hotspot.errors import ConfigError
from hotspot.record import note

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

    from hotspot.density.tolerance import Ranks, Smoothing

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Booleans = NDArray[np.bool_]

_UNITS = {"log ratio": "log ratio", "ratio": "ratio", "difference": "difference of shares per km²"}
_SIDES = ("high", "low")
_NULLS = ("random relabelling of the pooled events", "the numerator's events on the denominator's points, by weight")


@dataclass(frozen=True, slots=True, eq=False)
class RelativeDensity:
    """
    Two densities compared, with the chance of each cell's value if both kinds of events were spread alike.

    Parameters
    ----------
    surface
        The contrast. Missing outside the boundary, where it is ``masked``, and, for a log ratio, where no event of the
        numerator is near. Its ``n`` counts both kinds, its ``support`` the denominator's events within the bandwidth.
    numerator, denominator
        The two densities as shares per km²: each sums to about 1 over the map. Their ``support`` counts events.
    p_high
        Shape (ny, nx): chance, under random relabelling, of a value at least as high. Missing where not ``tested``.
    p_low
        The same for a value at least as low.
    p_high_adjusted, p_low_adjusted
        Chance that any tested cell stands out as much (standard scores): family-wise over the whole map.
    masked
        Shape (ny, nx): cells inside whose contrast is not shown because the denominator is too thin.
    tested
        Shape (ny, nx): cells where at least ``least_support`` events of the denominator were expected.
    numerator_events, denominator_events
        Shape (ny, nx): events in each cell, not smoothed (for a weighted denominator, its weights).
    simulations
        Relabellings drawn.
    seed
        Of the random numbers.
    null
        What chance was assumed to do, in words.

    Notes
    -----
    A high ratio says that the numerator's share here is larger than the denominator's. It does not say that anything
    went unreported, nor that a person is at more risk here.
    """

    surface: Surface
    numerator: Surface
    denominator: Surface
    p_high: Floats
    p_low: Floats
    p_high_adjusted: Floats
    p_low_adjusted: Floats
    masked: Booleans
    tested: Booleans
    numerator_events: Integers
    denominator_events: Floats
    simulations: int
    seed: int
    null: str

    def contours(
        self, alpha: float = 0.05, side: Literal["high", "low"] = "high", *, adjusted: bool = False
    ) -> gpd.GeoDataFrame:
        """
        Draw tolerance contours: regions whose cells all have a p of at most alpha.

        Parameters
        ----------
        alpha
            Largest p inside. Without ``adjusted`` it holds cell by cell: about alpha of all tested cells lie inside
            some contour when nothing differs.
        side
            Where the numerator's share is higher, or lower.
        adjusted
            Whether to use the p of the whole map: then the chance of any contour at all is alpha.

        Returns
        -------
        GeoDataFrame
            One row for each region of cells that share an edge, largest first; index ``rank`` from 1. ``side``,
            ``n_numerator`` and ``n_denominator`` (events whose place is inside), ``area_km2``, ``p`` (least of its
            cells), ``geometry`` (polygon along cell edges).

        Raises
        ------
        ConfigError
            Alpha is not between 0 and 1, or no p can be as small with so few simulations.
        """
        require_choice(side, _SIDES, "side")
        if not 0 < alpha < 1:
            raise ConfigError(f"alpha: {alpha!r} must lie between 0 and 1.")
        if (self.simulations + 1) * alpha < 1 - 1e-9:
            raise ConfigError(
                f"alpha: no p is below 1/{self.simulations + 1} with {self.simulations} simulations, so none reaches "
                f"{alpha:g}. Use more simulations."
            )
        table = {"high": (self.p_high, self.p_high_adjusted), "low": (self.p_low, self.p_low_adjusted)}
        p = table[side][int(adjusted)]
        regions = regions_of(self.surface, p <= alpha)
        columns = {
            "side": pd.array([side] * regions.outlines.size, dtype="str"),
            "n_numerator": regions.total(self.numerator_events).astype(np.int64),
            "n_denominator": regions.total(self.denominator_events),
            "area_km2": regions.cells * self.surface.cell_size**2 / SQUARE_KILOMETRE,
            "p": regions.least(p),
        }
        return regions.ranked(columns, self.surface.crs, by=regions.cells)


def relative_density(  # noqa: PLR0913 - each is a choice the reader of the map must be able to make
    numerator: gpd.GeoDataFrame,
    denominator: gpd.GeoDataFrame,
    *,
    bandwidth: float,
    denominator_bandwidth: float | None = None,
    denominator_weights: str | pd.Series | None = None,
    cell_size: float | None = None,
    within: gpd.GeoDataFrame | None = None,
    kernel: Literal["quartic", "epanechnikov", "triweight", "uniform", "triangular", "gaussian"] = "quartic",
    edge: Literal["none", "uniform", "diggle"] | None = None,
    contrast: Literal["log ratio", "ratio", "difference"] = "log ratio",
    adaptive: bool = False,
    least_support: float = 5,
    simulations: int = 999,
    seed: int = 0,
    grid: tuple[ArrayLike, ArrayLike] | None = None,
    comparable: bool = True,
    reason: str | None = None,
) -> RelativeDensity:
    r"""
    Map where one kind of events has a larger share than another, and where that is more than chance.

    Parameters
    ----------
    numerator
        Incidents in a projected metric CRS, for example of an emergency department.
    denominator
        Incidents to compare with, in the same CRS, for example of the police; or, with ``denominator_weights``, points
        that stand for people, for example the centres of small areas. No record may be in both.
    bandwidth
        Metres, of the numerator: a radius, or the standard deviation of the gaussian kernel.
    denominator_bandwidth
        Metres. None takes the same, which is right for two kinds of events; population wants a wider one.
    denominator_weights
        Column of the denominator, or a Series with its index: people at each point. The points are then fixed.
    cell_size
        Metres. None takes a fifth of the bandwidth, rounded down to 1, 2 or 5 times a power of ten.
    within
        Areas or one boundary, in the CRS of the incidents; events outside are left out and counted.
    kernel
        Shape of one event's share.
    edge
        As in ``kernel_density``: ``diggle`` with ``within``, else ``none``. With one bandwidth ``uniform`` gives the
        ratio that no correction gives.
    contrast
        ``ratio`` r of the shares, its natural logarithm, or the ``difference`` of the shares per km².
    adaptive
        Whether each event has its own bandwidth by the pooled events (symmetric Abramson rule): narrow where events of
        both kinds are dense. ``bandwidth`` is then their geometric mean.
    least_support
        Events of the denominator within its bandwidth (sum of weights, if given) below which a ratio is not shown; and
        below whose expected number, were both spread alike, a cell is neither tested nor its difference shown.
    simulations
        Relabellings for p; 0 for none.
    seed
        From 0 to 2⁶⁴ - 1.
    grid
        Cell centres (x, y) in metres.
    comparable
        Whether both count the same kind of thing over the same months and places. False needs a reason.
    reason
        Why they are compared although they are not alike; written in the record.

    Returns
    -------
    RelativeDensity
        The contrast, both densities, and p of every cell for either side.

    Raises
    ------
    ComparabilityError
        ``comparable=False`` without a reason, or several sources in one frame that are not linked.
    CRSError
        The frames are not in one projected metric CRS.
    ConfigError
        An option is unknown or does not fit.
    InputError
        No event is left on one side, or a record is in both.

    Warns
    -----
    HotspotWarning
        Fewer than 20 events on one side, a bandwidth below 1.5 cells or below the positional uncertainty.

    Notes
    -----
    :math:`r(x) = \frac{\hat\lambda_1(x) / N_1}{\hat\lambda_0(x) / N_0}`: 2 (log ratio 0.69) means that the
    numerator's share of its events around x is twice the denominator's. The ratio of the events themselves is
    r N₁/N₀; N₁/N₀ is in the record as ``overall_ratio``.

    Each simulation gives the labels of N₁ of the pooled events, drawn without replacement, to the numerator.
    p = (M + 1)/(R + 1), where M counts the simulations whose difference of shares is at least (at most) the observed
    one; ties count on both sides. With one bandwidth, or ``adaptive``, the same cells rank the same by ratio, log
    ratio and difference, so p is that of each. With ``denominator_weights`` a simulation puts the N₁ events on the
    denominator's points, by weight. The adjusted p compares standard scores (exact mean and variance under the null)
    with the most extreme one of each simulation.

    Relabelling assumes that events are independent. Repeats at one address, or one event seen by both services, break
    that: repeats make p too small, events in both too large. A low p is no proof of unreported violence: services
    differ in whom they see, in what they locate and how well.

    References
    ----------
    Kelsall & Diggle (1995) Statistics in Medicine 14, 2335-2342. Hazelton & Davies (2009) Biometrical Journal 51,
    98-109. Davies & Hazelton (2010) Statistics in Medicine 29, 2423-2437. Davies, Jones & Hazelton (2016)
    Computational Statistics & Data Analysis 101, 12-28. Westfall & Young (1993) Resampling-Based Multiple Testing.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import numpy as np
    >>> from hotspot.density.relative import relative_density
    >>> rng = np.random.default_rng(0)
    >>> def events(source, x, y):
    ...     labels = [f"{source}-{i:06d}" for i in range(len(x))]
    ...     return gpd.GeoDataFrame({"source": source}, index=labels, geometry=gpd.points_from_xy(x, y), crs=27700)
    >>> police = events("police", rng.uniform(530_000, 532_000, 500), rng.uniform(180_000, 182_000, 500))
    >>> x, y = rng.uniform(530_000, 532_000, 60), rng.uniform(180_000, 182_000, 60)
    >>> ed = events("ed", np.r_[x, rng.normal(531_500, 60, 40)], np.r_[y, rng.normal(180_500, 60, 40)])
    >>> result = relative_density(ed, police, bandwidth=400, cell_size=50, simulations=199)
    >>> regions = result.contours(alpha=0.01, adjusted=True)
    >>> len(regions), regions.contains(gpd.points_from_xy([531_500], [180_500])[0]).tolist()
    (1, [True])
    """
    require_reason(reason, comparable=comparable)
    require_choice(contrast, _UNITS, "contrast")
    shape = KERNELS[require_choice(kernel, KERNELS, "kernel")]
    check_numbers(bandwidth, denominator_bandwidth, least_support, simulations, seed)
    weighted = denominator_weights is not None
    correction = choose_edge(edge, within)
    refuse_adaptive(adaptive=adaptive, weighted=weighted, wider=denominator_bandwidth, edge=correction)
    sides = choose_pair(numerator, denominator, denominator_weights, within)
    h = float(bandwidth), float(bandwidth if denominator_bandwidth is None else denominator_bandwidth)
    places = np.r_[sides[0].x, sides[1].x], np.r_[sides[0].y, sides[1].y]
    reach = max(h) * shape.reach
    lattice, _ = lay_lattice(places, reach, within, grid, cell_size, bandwidth=min(h), edge=correction)
    warn_of_pair(sides, h, lattice.cell_size)
    inside = np.ones((lattice.ny, lattice.nx), dtype=bool) if within is None else cells_inside(lattice, within)

    pool = Pool.of(*sides, lattice, weighted=weighted)
    smoothings = pool.smoothings(h, shape, correction, inside, adaptive=adaptive)
    shares = pool.shares(smoothings)
    support = pool.support(smoothings[0], pool.first), pool.support(smoothings[1], pool.second)
    tested = inside & (_expected(pool, smoothings[1], support[1]) >= least_support)
    enough = tested if contrast == "difference" else inside & (support[1] >= least_support)
    ranks = pool.rank(smoothings, tested, seed=seed, simulations=simulations) if simulations else None

    p = _p_values(ranks, tested, simulations)
    x, y = lattice.centres()
    names, n = (sides[0].name, sides[1].name), (sides[0].x.size, sides[1].x.size)

    def surface(values: Floats, unit: str, which: int, name: str, count: int) -> Surface:
        counted = np.where(inside, support[which], 0).round().astype(np.int64)
        shown = np.where(inside, values, np.nan)
        crs, side = numerator.crs, lattice.cell_size
        return Surface(shown, x, y, crs, unit, kernel, h[which], side, correction, count, counted, name)

    result = RelativeDensity(
        surface(_contrast(contrast, shares, enough), _UNITS[contrast], 1, f"{names[0]} against {names[1]}", sum(n)),
        surface(shares[0], "share per km²", 0, names[0], n[0]),
        surface(shares[1], "share per km²", 1, names[1], n[1]),
        p_high=p[0],
        p_low=p[1],
        p_high_adjusted=p[2],
        p_low_adjusted=p[3],
        masked=inside & ~enough,
        tested=tested,
        numerator_events=pool.per_cell(pool.first).astype(np.int64),
        denominator_events=pool.per_cell(pool.second),
        simulations=int(simulations),
        seed=int(seed),
        null=_NULLS[weighted],
    )
    note(
        "relative_density",
        numerator=names[0],
        denominator=names[1],
        n=list(n),
        left_out=[side.left_out for side in sides],
        overall_ratio=pool.sizes[0] / pool.sizes[1],
        contrast=contrast,
        bandwidth_m=list(h),
        bandwidth_means="standard deviation" if shape.is_gaussian else "support radius",
        adaptive=adaptive,
        least_support=float(least_support),
        cells_without_numerator=int((enough & (shares[0] <= 0)).sum()),
        events_without_a_cell=pool.lost(smoothings[0]),
        events_in_both=count_linked(numerator, denominator),
        comparable=comparable,
        reason=reason,
        **_facts(result),
    )
    return result


def _facts(result: RelativeDensity) -> dict[str, object]:
    """Say what a result holds, for the record."""
    surface = result.surface
    return {
        "kernel": surface.kernel,
        "edge": surface.edge,
        "cell_size_m": surface.cell_size,
        "cells": [surface.x.size, surface.y.size],
        "cells_inside": int(np.isfinite(result.numerator.density).sum()),
        "cells_masked": int(result.masked.sum()),
        "cells_tested": int(result.tested.sum()),
        "simulations": result.simulations,
        "seed": result.seed,
        "null": result.null,
    }


def _expected(pool: Pool, smoothing: Smoothing, support: Floats) -> Floats:
    """Give the events of the denominator expected near each cell if both were spread alike."""
    if pool.weighted:
        return support
    return pool.support(smoothing, pool.first + pool.second) * (pool.sizes[1] / sum(pool.sizes))


def _contrast(contrast: str, shares: tuple[Floats, Floats], enough: Booleans) -> Floats:
    """Compare the two shares where there is enough to compare with."""
    if contrast == "difference":
        return np.where(enough, shares[0] - shares[1], np.nan)
    ratio = np.full(enough.shape, np.nan)
    np.divide(shares[0], shares[1], out=ratio, where=enough & (shares[1] > 0))
    if contrast == "ratio":
        return ratio
    return np.asarray(np.log(ratio, out=np.full(enough.shape, np.nan), where=ratio > 0))


def _p_values(ranks: Ranks | None, tested: Booleans, simulations: int) -> list[Floats]:
    """Turn ranks into p: high, low, and both for the whole map."""
    if ranks is None:
        return [np.full(tested.shape, np.nan) for _ in range(4)]
    counts = ranks.at_least, ranks.at_most, ranks.at_least_anywhere, ranks.at_most_anywhere
    return [np.where(tested, (count + 1) / (simulations + 1), np.nan) for count in counts]
