"""
Rank an observed difference of two densities among random relabellings of their events.

Coordinates here are in cells: the centre of cell (row j, column i) is (i + 0.5, j + 0.5). Each simulation is drawn and
added up by one thread in one order, and only whole numbers are added across threads, so their number cannot change a
single bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hotspot.density.kernels import GAUSSIAN
from hotspot.density.sweep import bell
from hotspot.numerics.lanes import in_lanes
from hotspot.numerics.random_numbers import draw_distinct, halves, philox, restore, uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Booleans = NDArray[np.bool_]

_STREAM = np.uint64(3)
_TIE = 1e-9
"""Relative difference of two sums that is rounding: all their terms have one sign."""
_NO_SPREAD = 1e-12


@dataclass(frozen=True, slots=True)
class Smoothing:
    """How the events at each place become a surface."""

    width: Floats
    """Bandwidth of each place, in cells."""
    weight: Floats
    """Height of one event of each place: 1, or more where part of its kernel is outside."""
    factor: Floats
    """Shape (ny, nx): what each cell's sum is multiplied by."""
    power: int
    cut: float
    """The kernel's reach in bandwidths."""

    def add_up(self, u: Floats, v: Floats, amount: NDArray[np.float64] | NDArray[np.int64]) -> Floats:
        """Sum the kernels of all places, each counted ``amount`` times, at every cell."""
        total = np.zeros(self.factor.shape)
        along = np.empty(self.factor.shape[1])
        _smooth(total, (u, v), amount, (self.width, self.weight), self.power, self.cut, along)
        return np.asarray(total * self.factor)


@dataclass(frozen=True, slots=True)
class Null:
    """What a simulation draws: ``size`` of the labels without replacement, or of the places by their chance."""

    size: int
    labels: Integers
    """Place of each event; empty if places are drawn by chance."""
    cumulative: Floats
    """Chance of each place, added up; empty if labels are drawn."""

    def moments(self, total: Floats, squares: Floats) -> tuple[Floats, Floats]:
        """Give mean and standard deviation of a drawn sum, from the sums over all of one event's share and square."""
        n = self.labels.size
        if n:
            variance = self.size * (n - self.size) / (n * max(n - 1, 1)) * (squares - total**2 / n)
            mean = total * (self.size / n)
        else:
            variance, mean = self.size * (squares - total**2), total * self.size
        spread = np.where(variance > _NO_SPREAD * squares, np.sqrt(np.maximum(variance, 0)), np.inf)
        return mean, spread


@dataclass(frozen=True, slots=True)
class Ranks:
    """How the observed sum ranks: simulations at least and at most as high, at each cell and by the extreme cell."""

    at_least: Integers
    at_most: Integers
    at_least_anywhere: Integers
    at_most_anywhere: Integers

    def turned(self) -> Ranks:
        """Give the ranks of what was left when the drawn events were taken away."""
        return Ranks(self.at_most, self.at_least, self.at_most_anywhere, self.at_least_anywhere)


@njit(cache=True, nogil=True)
def add_kernel(
    out: Floats, px: float, py: float, weight: float, h: float, power: int, cut: float, along: Floats
) -> None:
    """Add one kernel, ``weight`` high at its place, to every cell it reaches; ``along`` is room for one row."""
    ny, nx = out.shape
    reach = cut * h
    left, right = max(0, math.ceil(px - reach - 0.5)), min(nx, math.floor(px + reach - 0.5) + 1)
    if power == GAUSSIAN:
        for i in range(left, right):
            along[i] = math.exp(-0.5 * ((i + 0.5 - px) / h) ** 2)
    for j in range(max(0, math.ceil(py - reach - 0.5)), min(ny, math.floor(py + reach - 0.5) + 1)):
        dy = j + 0.5 - py
        if power == GAUSSIAN:
            here = weight * math.exp(-0.5 * (dy / h) ** 2)
            for i in range(left, right):
                out[j, i] += here * along[i]
        elif power >= 1:
            q = 1.0 - dy * dy / (h * h)
            half = h * math.sqrt(max(q, 0.0))
            scale = 1.0 / (h * h)
            for i in range(max(0, math.ceil(px - half - 0.5)), min(nx, math.floor(px + half - 0.5) + 1)):
                t = max(q - (i + 0.5 - px) * (i + 0.5 - px) * scale, 0.0)
                value = weight * t
                for _ in range(1, power):
                    value *= t
                out[j, i] += value
        else:
            for i in range(left, right):
                out[j, i] += weight * bell(i + 0.5 - px, dy, h, power, cut)


@njit(cache=True, nogil=True)
def _smooth(
    out: Floats,
    places: tuple[Floats, Floats],
    amount: Floats | Integers,
    shape: tuple[Floats, Floats],
    power: int,
    cut: float,
    along: Floats,
) -> None:
    out[:] = 0.0
    u, v = places
    width, weight = shape
    for k in range(len(amount)):
        if amount[k] > 0:
            add_kernel(out, u[k], v[k], amount[k] * weight[k], width[k], power, cut, along)


@njit(cache=True, nogil=True)
def _add_squares(
    out: Floats,
    places: tuple[Floats, Floats],
    amount: Floats,
    first: tuple[Floats, Floats, Floats],
    second: tuple[Floats, Floats, Floats],
    two: bool,  # noqa: FBT001 - numba takes no keyword-only arguments
    power: int,
    cut: float,
) -> None:
    """Sum the squares of one event's share over all events: its kernel, or two of them added."""
    ny, nx = out.shape
    for k in range(len(amount)):
        px, py = places[0][k], places[1][k]
        reach = cut * (max(first[0][k], second[0][k]) if two else first[0][k])
        for j in range(max(0, math.ceil(py - reach - 0.5)), min(ny, math.floor(py + reach - 0.5) + 1)):
            for i in range(max(0, math.ceil(px - reach - 0.5)), min(nx, math.floor(px + reach - 0.5) + 1)):
                dx, dy = i + 0.5 - px, j + 0.5 - py
                value = first[2][j, i] * first[1][k] * bell(dx, dy, first[0][k], power, cut)
                if two:
                    value += second[2][j, i] * second[1][k] * bell(dx, dy, second[0][k], power, cut)
                out[j, i] += amount[k] * value * value


@njit(cache=True, nogil=True)
def draw_places(counts: Integers, cumulative: Floats, size: int, draw: np.uint64, seed: np.uint64) -> None:
    """Count how many of ``size`` events fall on each place; event number e depends on (seed, draw, e) only."""
    d0, d1 = halves(draw)
    k0, k1 = halves(seed)
    for event in range(size):
        x0, x1, _, _ = philox(d0, d1, np.uint64(event), _STREAM, k0, k1)
        place = int(np.searchsorted(cumulative, uniform(x0, x1), side="right"))
        counts[min(place, len(cumulative) - 1)] += 1


@njit(cache=True, nogil=True)
def _compare(
    sums: tuple[Floats, Floats],
    factors: tuple[Floats, Floats],
    two: bool,  # noqa: FBT001 - numba takes no keyword-only arguments
    target: tuple[Booleans, Floats, Floats, Floats],
    counted: tuple[Integers, Integers],
) -> tuple[float, float]:
    """Count where one simulation is at least and at most as high; give its highest and lowest standard score."""
    tested, observed, mean, spread = target
    highest, lowest = -np.inf, np.inf
    ny, nx = tested.shape
    for j in range(ny):
        for i in range(nx):
            if tested[j, i]:
                value = sums[0][j, i] * factors[0][j, i]
                if two:
                    value += sums[1][j, i] * factors[1][j, i]
                slack = _TIE * observed[j, i]
                counted[0][j, i] += int(value >= observed[j, i] - slack)
                counted[1][j, i] += int(value <= observed[j, i] + slack)
                score = (value - mean[j, i]) / spread[j, i]
                highest, lowest = max(highest, score), min(lowest, score)
    return highest, lowest


@njit(cache=True, nogil=True)
def _simulate(
    counted: tuple[Integers, Integers],
    extremes: Floats,
    draws: tuple[int, int],
    seed: np.uint64,
    null: tuple[int, Integers, Floats],
    places: tuple[Floats, Floats],
    first: tuple[Floats, Floats, Floats],
    second: tuple[Floats, Floats, Floats],
    two: bool,  # noqa: FBT001 - numba takes no keyword-only arguments
    kernel: tuple[int, float],
    target: tuple[Booleans, Floats, Floats, Floats],
) -> None:
    size, labels, cumulative = null
    n = len(labels)
    sites, swapped = np.arange(n), np.empty(size, np.int64)
    counts = np.zeros(len(places[0]), np.int64)
    sums = (np.zeros(first[2].shape), np.zeros(first[2].shape))
    along = np.empty(first[2].shape[1])
    for draw in range(draws[0], draws[1]):
        counts[:] = 0
        if n > 0:
            draw_distinct(sites, swapped, size, np.uint64(draw), seed)
            for j in range(size):
                counts[labels[sites[j]]] += 1
            restore(sites, swapped, size)
        else:
            draw_places(counts, cumulative, size, np.uint64(draw), seed)
        _smooth(sums[0], places, counts, (first[0], first[1]), kernel[0], kernel[1], along)
        if two:
            _smooth(sums[1], places, counts, (second[0], second[1]), kernel[0], kernel[1], along)
        extremes[draw, 0], extremes[draw, 1] = _compare(sums, (first[2], second[2]), two, target, counted)


def rank_among_draws(
    places: tuple[Floats, Floats],
    observed: Integers,
    amount: Floats,
    null: Null,
    smoothings: list[Smoothing],
    tested: Booleans,
    *,
    seed: int,
    simulations: int,
) -> Ranks:
    """
    Rank the smoothed sum of the observed events among those of drawn ones.

    Parameters
    ----------
    places
        Column and row of each place, in cells.
    observed
        How many of the observed events are at each place; as many in all as a simulation draws.
    amount
        Events at each place from which the null draws (or its chance), for mean and variance.
    null
        What is drawn.
    smoothings
        One or two; an event adds the sum of its kernels.
    tested
        Shape (ny, nx): cells to rank; the others stay 0.
    seed, simulations
        Simulation number r depends on the seed and on r alone.

    Returns
    -------
    Ranks
        Same for any number of threads.
    """
    two = len(smoothings) > 1
    parts = [(each.width, each.weight, each.factor) for each in smoothings]
    kernel = smoothings[0].power, smoothings[0].cut
    seen, total = (sum(each.add_up(*places, what) for each in smoothings) for what in (observed, amount))
    squares = np.zeros(tested.shape)
    _add_squares(squares, places, amount, parts[0], parts[-1], two, *kernel)
    mean, spread = null.moments(np.asarray(total), squares)
    target = (tested, np.asarray(seen), mean, spread)
    extremes = np.empty((simulations, 2))
    drawn = null.size, null.labels, null.cumulative

    def run(first: int, last: int) -> tuple[Integers, Integers]:
        counted = np.zeros(tested.shape, np.int64), np.zeros(tested.shape, np.int64)
        draws = first, last
        _simulate(counted, extremes, draws, np.uint64(seed), drawn, places, parts[0], parts[-1], two, kernel, target)
        return counted

    counted = np.sum(in_lanes(run, 0, simulations), axis=0)
    score = np.where(tested, (np.asarray(seen) - mean) / spread, 0.0)
    high, low = np.sort(extremes[:, 0]), np.sort(extremes[:, 1])
    return Ranks(
        counted[0],
        counted[1],
        simulations - np.searchsorted(high, score - _TIE, side="left"),
        np.searchsorted(low, score + _TIE, side="right"),
    )
