"""Pool two kinds of events by place, smooth each, and rank their difference among relabellings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspot.density.adaptive import pilot_density, square_root_law
from hotspot.density.engines import Spots, first_of_each_place, share_at_cells
from hotspot.density.grid import SQUARE_KILOMETRE
from hotspot.density.sweep import mass_inside
from hotspot.density.tolerance import Null, Ranks, Smoothing, rank_among_draws
from hotspot.density.work import MAX_STEPS
from hotspot.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspot.density.grid import Grid
    from hotspot.density.kernels import Kernel
    from hotspot.geography.drawable import Events

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pool:
    """The places of two kinds of events, sorted by y and then x, and how many of each kind are there."""

    x: Floats
    """Metres, like ``y``."""
    y: Floats
    first: Integers
    """Events of the numerator at each place."""
    second: Floats
    """Events of the denominator at each place, or its weights."""
    lattice: Grid
    weighted: bool

    @classmethod
    def of(cls, numerator: Events, denominator: Events, lattice: Grid, *, weighted: bool) -> Pool:
        """Merge events that share a place, in an order that the order of the rows does not change."""
        x, y = np.r_[numerator.x, denominator.x], np.r_[numerator.y, denominator.y]
        is_first = np.arange(x.size) < numerator.x.size
        second = np.where(is_first, 0.0, np.r_[numerator.weight, denominator.weight])
        order = np.lexsort((second, x, y))
        x, y, is_first, second = x[order], y[order], is_first[order], second[order]
        starts = first_of_each_place(x, y)
        return cls(
            x[starts],
            y[starts],
            np.add.reduceat(is_first.astype(np.int64), starts),
            np.add.reduceat(second, starts),
            lattice,
            weighted,
        )

    @property
    def sizes(self) -> tuple[float, float]:
        """Give the number of events (sum of weights) of either kind."""
        return float(self.first.sum()), float(self.second.sum())

    @property
    def cells(self) -> tuple[Floats, Floats]:
        """Give column and row of each place, in cells."""
        u, v = self.lattice.in_cells(self.x, self.y)
        return u, v

    def per_cell(self, amount: Floats | Integers) -> Floats:
        """Add up what lies in each cell; places outside the grid lie in none."""
        column, row = (np.floor(axis).astype(np.int64) for axis in self.cells)
        ny, nx = self.lattice.ny, self.lattice.nx
        there = (column >= 0) & (column < nx) & (row >= 0) & (row < ny)
        flat = np.bincount((row * nx + column)[there], amount[there], minlength=nx * ny)
        return np.asarray(flat.reshape(ny, nx))

    def support(self, smoothing: Smoothing, amount: Floats | Integers) -> Floats:
        """Add up what lies within the bandwidth of each cell."""
        ones = np.ones((self.lattice.ny, self.lattice.nx))
        return Smoothing(smoothing.width, np.ones(self.x.size), ones, 0, 1.0).add_up(*self.cells, amount)

    def lost(self, smoothing: Smoothing) -> float:
        """Count the events, of both kinds, inside the boundary but out of reach of any cell centre inside."""
        return float((self.first + self.second)[smoothing.weight == 0].sum())

    def smoothings(
        self, bandwidths: tuple[float, float], shape: Kernel, edge: str, inside: Booleans, *, adaptive: bool
    ) -> tuple[Smoothing, Smoothing]:
        """Say how either kind is smoothed, so that one event gives 1 event per km² times its kernel."""
        made = []
        for bandwidth in bandwidths:
            widths = np.full(self.x.size, bandwidth)
            if adaptive:
                pooled = self.first + self.second
                spots = Spots(self.x, self.y, pooled, pooled.astype(np.int64))
                widths = square_root_law(pilot_density(spots, bandwidth, shape), pooled, bandwidth)
            cells = widths / self.lattice.cell_size
            weight = shape.scale / widths**2 * SQUARE_KILOMETRE
            if edge == "diggle":
                share = mass_inside(*self.cells, inside, cells, shape.power, shape.reach)
                weight = np.where(share > 0, weight / np.where(share > 0, share, 1), 0)
            factor = np.ones(inside.shape)
            if edge == "uniform":
                factor /= share_at_cells(inside, self.lattice, bandwidth / self.lattice.cell_size, shape)
            made.append(Smoothing(cells, weight, factor, shape.power, shape.reach))
        return made[0], made[1]

    def shares(self, smoothings: tuple[Smoothing, Smoothing]) -> tuple[Floats, Floats]:
        """Give either density, as a share per km²."""
        one, two = smoothings
        return one.add_up(*self.cells, self.first) / self.sizes[0], two.add_up(*self.cells, self.second) / self.sizes[1]

    def rank(self, smoothings: tuple[Smoothing, Smoothing], tested: Booleans, *, seed: int, simulations: int) -> Ranks:
        """
        Rank the difference of shares among simulations.

        The difference is a sum over the numerator's events alone: all events together give the same in every
        relabelling. So one sum is drawn, of the kind that has fewer events.
        """
        if self.weighted:
            chance = self.second / self.second.sum()
            null = Null(int(self.first.sum()), np.zeros(0, np.int64), np.cumsum(chance))
            drawn, amount, parts = self.first, chance, [smoothings[0]]
        else:
            counts = self.second.round().astype(np.int64)
            drawn = self.first if self.first.sum() <= counts.sum() else counts
            pooled = self.first + counts
            null = Null(int(drawn.sum()), np.repeat(np.arange(pooled.size), pooled), np.zeros(0))
            amount, parts = pooled.astype(np.float64), [smoothings[0]]
            if (smoothings[0].width != smoothings[1].width).any():
                parts = [_scaled(each, 1 / size) for each, size in zip(smoothings, self.sizes, strict=True)]
        _refuse_if_too_much(simulations, null.size, parts, tested)
        ranks = rank_among_draws(self.cells, drawn, amount, null, parts, tested, seed=seed, simulations=simulations)
        return ranks if drawn is self.first else ranks.turned()


def _refuse_if_too_much(simulations: int, events: int, parts: list[Smoothing], tested: Booleans) -> None:
    """Raise before starting if the simulations would take more than about an hour of one core."""
    ny, nx = tested.shape
    steps = float(tested.size)
    for part in parts:
        across = 2 * part.width * part.cut + 1
        steps += events * float((np.minimum(across, nx) * np.minimum(across, ny)).mean())
    steps *= simulations
    if steps > MAX_STEPS:
        raise ConfigError(
            f"simulations: {simulations:,} of {events:,} events on {nx:,} x {ny:,} cells need about {steps:.0e} steps, "
            f"some {steps / 3.6e12:.1f} hours of one core; at most {MAX_STEPS:.0e} are begun. Use larger cells, a "
            "smaller bandwidth or fewer simulations."
        )


def _scaled(smoothing: Smoothing, by: float) -> Smoothing:
    """Multiply what every event adds."""
    return Smoothing(smoothing.width, smoothing.weight * by, smoothing.factor, smoothing.power, smoothing.cut)
