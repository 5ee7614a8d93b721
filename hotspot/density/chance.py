"""
Draw the surfaces that chance alone would give, and keep the highest point of each.

Coordinates here are in cells, as in the sweep. Each simulation is drawn and added up by one thread in one order, so
the number of threads cannot change a single bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hotspot.density.kernels import GAUSSIAN, TRIANGULAR
from hotspot.numerics.lanes import in_lanes
from hotspot.numerics.random_numbers import halves, philox, uniform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Booleans = NDArray[np.bool_]

_STREAM = np.uint64(2)
"""Keeps these draws apart from the reference table's (0) and the Poisson counts' (1)."""
_PLASTIC = 1.3247179572447460260
"""Plastic number: its powers spread points evenly over a square (Roberts's R2 sequence)."""
_STABILISER = 0.375
"""Anscombe's constant: the square root of a Poisson count plus this has a variance that hardly depends on its mean."""
_POINTS_PER_KERNEL = 2000
_LEAST_POINTS = 4000


@dataclass(frozen=True, slots=True)
class Pieces:
    """Where chance puts events: parallelograms, triangles (``folded``) or points (no sides), each evenly filled."""

    mass: Floats
    """Chance of each piece; they add up to 1."""
    corner: Floats
    """Shape (k, 2), like the two sides."""
    side_a: Floats
    side_b: Floats
    folded: Booleans

    @property
    def area(self) -> Floats:
        """Give each piece's area, in cells."""
        cross = np.abs(self.side_a[:, 0] * self.side_b[:, 1] - self.side_a[:, 1] * self.side_b[:, 0])
        return np.where(self.folded, cross / 2, cross)


@dataclass(frozen=True, slots=True)
class Drawing:
    """How events become a surface: kernel in cells, cells inside the boundary, correction at the edge."""

    inside: Booleans
    h: float
    power: int
    cut: float
    per_event: bool
    """Whether each event is divided by the share of its kernel inside."""

    @property
    def filled(self) -> Integers:
        """Count the cells inside among rows < j and columns < i, so that a whole disc is told by four look-ups."""
        table = np.zeros((self.inside.shape[0] + 1, self.inside.shape[1] + 1), np.int64)
        table[1:, 1:] = self.inside.cumsum(axis=0).cumsum(axis=1)
        return table


@njit(cache=True, nogil=True)
def height(t: float, power: int) -> float:
    """Give the kernel at t = 1 - d²/h²: t to its power, or the triangle 1 - d/h (-2) and its square (-4)."""
    if power == 2:  # noqa: PLR2004 - the quartic kernel, by far the commonest
        return t * t
    if power < 0:
        side = 1.0 - math.sqrt(max(0.0, 1.0 - t))
        return side if power == TRIANGULAR else side * side
    value = 1.0
    for _ in range(power):
        value *= t
    return value


@njit(cache=True, nogil=True)
def add_row(row: Floats, px: float, q: float, weight: float, per_square: float, power: int) -> None:
    """Add a polynomial kernel to the cells of one row whose centres lie within sqrt(q) of px."""
    half = math.sqrt(max(0.0, q))
    first, end = max(0, math.ceil(px - half - 0.5)), min(row.size, math.floor(px + half - 0.5) + 1)
    if power == 2:  # noqa: PLR2004 - the quartic kernel: a loop of its own, which the compiler can unroll
        for i in range(first, end):
            dx = i + 0.5 - px
            t = (q - dx * dx) * per_square
            row[i] += weight * (t * t)
        return
    for i in range(first, end):
        dx = i + 0.5 - px
        row[i] += weight * height(max(0.0, (q - dx * dx) * per_square), power)


@njit(cache=True, nogil=True)
def add_bell(density: Floats, px: float, py: float, weight: float, h: float, reach: float) -> None:
    """Add a Gaussian to the cells within reach along both axes, as a product of two curves."""
    first, end = max(0, math.ceil(px - reach - 0.5)), min(density.shape[1], math.floor(px + reach - 0.5) + 1)
    bottom, top = max(0, math.ceil(py - reach - 0.5)), min(density.shape[0], math.floor(py + reach - 0.5) + 1)
    along = np.empty(max(0, end - first))
    for i in range(first, end):
        along[i - first] = math.exp(-0.5 * (i + 0.5 - px) ** 2 / (h * h))
    for j in range(bottom, top):
        up = weight * math.exp(-0.5 * (j + 0.5 - py) ** 2 / (h * h))
        row = density[j]
        for i in range(first, end):
            row[i] += up * along[i - first]


@njit(cache=True, nogil=True)
def stamp(density: Floats, px: float, py: float, weight: float, h: float, power: int, cut: float) -> None:
    """Add one event's kernel, of height ``weight`` at its place, to every cell within reach."""
    if power == GAUSSIAN:
        add_bell(density, px, py, weight, h, cut * h)
        return
    per_square = 1.0 / (h * h)
    for j in range(max(0, math.ceil(py - h - 0.5)), min(density.shape[0], math.floor(py + h - 0.5) + 1)):
        dy = j + 0.5 - py
        add_row(density[j], px, h * h - dy * dy, weight, per_square, power)


@njit(cache=True, nogil=True)
def share_inside(inside: Booleans, filled: Integers, px: float, py: float, h: float, power: int, cut: float) -> float:
    """Give the share of one event's kernel that lies on cells inside: the sum that ``mass_inside`` takes."""
    ny, nx = inside.shape
    reach = cut * h if power == GAUSSIAN else h
    left, right = math.floor(px - reach), math.ceil(px + reach)
    bottom, top = math.floor(py - reach), math.ceil(py + reach)
    if left >= 0 and bottom >= 0 and right <= nx and top <= ny:
        found = filled[top, right] - filled[bottom, right] - filled[top, left] + filled[bottom, left]
        if found == (right - left) * (top - bottom):
            return 1.0
    whole = kept = 0.0
    for j in range(bottom, top):
        dy = j + 0.5 - py
        half = reach if power == GAUSSIAN else math.sqrt(max(0.0, h * h - dy * dy))
        if abs(dy) > reach:
            continue
        for i in range(math.ceil(px - half - 0.5), math.floor(px + half - 0.5) + 1):
            dx = i + 0.5 - px
            d2 = (dx * dx + dy * dy) / (h * h)
            value = math.exp(-0.5 * d2) if power == GAUSSIAN else height(max(0.0, 1.0 - d2), power)
            whole += value
            if 0 <= j < ny and 0 <= i < nx and inside[j, i]:
                kept += value
    return kept / whole if whole > 0.0 else 0.0


@njit(cache=True, nogil=True)
def draw_place(
    draw: np.uint64, event: int, seed: np.uint64, cumulative: Floats, sides: Floats, folded: Booleans
) -> tuple[float, float]:
    """Draw where one event of one simulation falls; it depends on (seed, draw, event) only."""
    d0, d1 = halves(draw)
    k0, k1 = halves(seed)
    x0, x1, x2, x3 = philox(d0, d1, np.uint64(event), _STREAM, k0, k1)
    k = min(int(np.searchsorted(cumulative, uniform(x0, x1), side="right")), len(cumulative) - 1)
    a = (np.float64(x2) + 0.5) * 2.0**-32
    b = (np.float64(x3) + 0.5) * 2.0**-32
    if folded[k] and a + b > 1.0:
        a, b = 1.0 - a, 1.0 - b
    return sides[k, 0] + a * sides[k, 2] + b * sides[k, 4], sides[k, 1] + a * sides[k, 3] + b * sides[k, 5]


@njit(cache=True, nogil=True)
def _draw_all(
    places: Floats, draw: np.uint64, seed: np.uint64, cumulative: Floats, sides: Floats, folded: Booleans
) -> None:
    for event in range(len(places)):
        places[event, 0], places[event, 1] = draw_place(draw, event, seed, cumulative, sides, folded)


@njit(cache=True, nogil=True)
def _add_all(
    density: Floats,
    places: Floats,
    weights: Floats,
    cells: tuple[Booleans, Integers],
    kernel: tuple[float, int, float],
    per_event: bool,  # noqa: FBT001 - numba takes no keyword-only arguments
) -> None:
    inside, filled = cells
    h, power, cut = kernel
    for event in range(len(weights)):
        px, py = places[event, 0], places[event, 1]
        weight = weights[event]
        if per_event:
            share = share_inside(inside, filled, px, py, h, power, cut)
            weight = weight / share if share > 0.0 else 0.0
        if weight > 0.0:
            stamp(density, px, py, weight, h, power, cut)


@njit(cache=True, nogil=True)
def excess(f: float, per_count: float, base: float, spread: float) -> float:
    """Give the excess over chance of one cell, in standard deviations of a square-rooted count."""
    return 2.0 * (math.sqrt(f * per_count + _STABILISER) - base) / spread


@njit(cache=True, nogil=True)
def _maxima(
    maxima: Floats,
    draws: tuple[int, int],
    seed: np.uint64,
    null: tuple[Floats, Floats, Booleans],
    weights: Floats,
    cells: tuple[Booleans, Integers],
    kernel: tuple[float, int, float],
    per_event: bool,  # noqa: FBT001 - numba takes no keyword-only arguments
    scales: tuple[Floats, Floats, Floats],
) -> None:
    cumulative, sides, folded = null
    inside = cells[0]
    per_count, base, spread = scales
    density = np.empty(inside.shape)
    places = np.empty((len(weights), 2))
    for draw in range(draws[0], draws[1]):
        density[:] = 0.0
        _draw_all(places, np.uint64(draw), seed, cumulative, sides, folded)
        _add_all(density, places, weights, cells, kernel, per_event)
        highest = -np.inf
        for j in range(inside.shape[0]):
            for i in range(inside.shape[1]):
                if inside[j, i]:
                    highest = max(highest, excess(density[j, i], per_count[j, i], base[j, i], spread[j, i]))
        maxima[draw] = highest


def add_events(drawing: Drawing, places: Floats, weights: Floats) -> Floats:
    """Add up the kernels (height 1 at distance 0) of events at (n, 2) places, as every simulation does."""
    density = np.zeros(drawing.inside.shape)
    kernel = (drawing.h, drawing.power, drawing.cut)
    _add_all(density, places, weights, (drawing.inside, drawing.filled), kernel, drawing.per_event)
    return density


def simulated_places(pieces: Pieces, n: int, *, draw: int, seed: int) -> Floats:
    """Draw the n places of one simulation, shape (n, 2)."""
    places = np.empty((n, 2))
    _draw_all(places, np.uint64(draw), np.uint64(seed), *_null(pieces))
    return places


def _null(pieces: Pieces) -> tuple[Floats, Floats, Booleans]:
    sides = np.ascontiguousarray(np.hstack([pieces.corner, pieces.side_a, pieces.side_b]))
    return np.cumsum(pieces.mass), sides, pieces.folded


def simulated_maxima(
    pieces: Pieces,
    drawing: Drawing,
    weights: Floats,
    scales: tuple[Floats, Floats, Floats],
    *,
    seed: int,
    simulations: int,
) -> Floats:
    """
    Simulate surfaces and keep the highest excess of each.

    Parameters
    ----------
    pieces
        Where chance puts events.
    drawing
        How events become a surface.
    weights
        Weight of each event, the same in every simulation; shape (n,).
    scales
        What turns a sum of kernels into an excess at each cell (`scales_of`).
    seed, simulations
        Simulation number r depends on the seed and on r alone.

    Returns
    -------
    array, shape (simulations,)
        Same for any number of threads.
    """
    maxima = np.empty(simulations)
    null, cells = _null(pieces), (drawing.inside, drawing.filled)
    kernel = (drawing.h, drawing.power, drawing.cut)

    def run(first: int, last: int) -> None:
        _maxima(maxima, (first, last), np.uint64(seed), null, weights, cells, kernel, drawing.per_event, scales)

    in_lanes(run, 0, simulations)
    return maxima


def moments(pieces: Pieces, drawing: Drawing) -> tuple[Floats, Floats]:
    r"""
    Give the mean of one event's kernel, and of its square, at every cell under the null.

    :math:`\int p(x) K(c - x)/e(x)\,dx` by a sum over evenly spread places: exact for points, else as exact as the
    places are many (about 2,000 within a kernel). The test stays valid whatever their error, for the observed and
    the simulated surfaces are measured with the same two numbers; only its fairness between cells depends on them.
    """
    places, mass = spread_places(pieces, drawing)
    share = np.ones(len(mass))
    filled = drawing.filled
    if drawing.per_event:
        _shares(share, places, drawing.inside, filled, drawing.h, drawing.power, drawing.cut)
    weight = np.divide(mass, share, out=np.zeros(len(mass)), where=share > 0)
    first, second = np.zeros(drawing.inside.shape), np.zeros(drawing.inside.shape)
    cells = (drawing.inside, filled)
    _add_all(first, places, weight, cells, (drawing.h, drawing.power, drawing.cut), per_event=False)
    # The square of a kernel is one of the same family: twice the power, or a Gaussian narrower by sqrt(2).
    root = math.sqrt(2.0)
    squared = (
        (drawing.h / root, GAUSSIAN, drawing.cut * root)
        if drawing.power == GAUSSIAN
        else (drawing.h, 2 * drawing.power, drawing.cut)
    )
    again = np.divide(weight, share, out=np.zeros(len(mass)), where=share > 0)
    _add_all(second, places, again, cells, squared, per_event=False)
    return first, second


@njit(cache=True, nogil=True)
def _shares(
    share: Floats, places: Floats, inside: Booleans, filled: Integers, h: float, power: int, cut: float
) -> None:
    for p in range(len(share)):
        share[p] = share_inside(inside, filled, places[p, 0], places[p, 1], h, power, cut)


def spread_places(pieces: Pieces, drawing: Drawing) -> tuple[Floats, Floats]:
    """Spread places evenly over the pieces, more where there is more mass or more room; give them and their mass."""
    area = pieces.area
    count = np.ones(len(area), np.int64)
    if area.any():
        cells = max(1.0, float(area.sum()))
        reach = drawing.h * (3.0 if drawing.power == GAUSSIAN else 1.0)
        aim = min(max(_POINTS_PER_KERNEL * cells / (math.pi * reach**2), _LEAST_POINTS), 4 * cells + _LEAST_POINTS)
        count = np.maximum(1, np.ceil(aim * (area / area.sum() + pieces.mass) / 2)).astype(np.int64)
        count[area == 0] = 1
    piece = np.repeat(np.arange(len(area)), count)
    number = np.arange(len(piece)) - np.repeat(np.cumsum(count) - count, count)
    a, b = (number + 1) / _PLASTIC % 1.0, (number + 1) / _PLASTIC**2 % 1.0
    a, b = np.where(count[piece] == 1, 1 / 3, a), np.where(count[piece] == 1, 1 / 3, b)
    single = (count[piece] == 1) & ~pieces.folded[piece]
    a, b = np.where(single, 0.5, a), np.where(single, 0.5, b)
    over = pieces.folded[piece] & (a + b > 1)
    a, b = np.where(over, 1 - a, a), np.where(over, 1 - b, b)
    places = pieces.corner[piece] + a[:, None] * pieces.side_a[piece] + b[:, None] * pieces.side_b[piece]
    return np.ascontiguousarray(places), (pieces.mass / count)[piece]


def scales_of(
    first: Floats, second: Floats, weights: Floats, single: float
) -> tuple[tuple[Floats, Floats, Floats], Floats, Floats]:
    r"""
    Turn the moments of one event into what the test needs: scales of the excess, expectation and variance.

    A sum of kernels behaves like :math:`c` times a Poisson count of mean :math:`m`, with
    :math:`c = \sum w^2 E K^2 / (\sum w\, E K)` and :math:`m = E f / c`. ``single`` is that quotient under an
    even null, and the least that is taken: where only the rims of kernels reach, the quotient falls to nothing, and a
    single event nearer by would count as thousands.
    """
    total, squares = float(weights.sum()), float((weights**2).sum())
    ratio = squares / total if total > 0 else 1.0
    reached = first > 1e-12 * first.max(initial=0.0)
    quotient = np.divide(second, first, out=np.full(first.shape, single), where=reached)
    step = ratio * np.maximum(quotient, single)
    expected = total * np.where(reached, first, 0.0)
    variance = squares * np.maximum(second - first**2, 0.0)
    left = np.divide(second - first**2, second, out=np.ones(first.shape), where=reached & (second > 0))
    spread = np.sqrt(np.clip(left, 1e-6, 1.0))
    return (1.0 / step, np.sqrt(expected / step + _STABILISER), spread), expected, variance
