"""
Score bandwidths by cross-validation, exactly, from the distances between spots.

A spot is a place with one or more events on it: published points are snapped, so many events share one. A spot is
always left out whole. Rows (spots whose neighbourhoods are looked at) are independent of each other, and sums over
rows are made in one order, so the number of threads cannot change a single bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit, prange
from scipy.optimize import minimize_scalar
from scipy.spatial import cKDTree

from hotspot.density.engines import first_of_each_place

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

PAIRS = 200_000_000
"""Pairs of spots looked at in one pass; above it only a sample of the spots is asked, each about all others."""
_LEAST_ROWS = 1_000
_SCANNED_ROWS = 1_000
_CUT = 6.0
"""Standard deviations, beyond the nearest other spot, after which a spot is not added: exp(-6²/2) = 1.5e-8."""
_BRACKET = 0.3
"""Half of the width that is narrowed at a time, in the logarithm of the standard deviation (under half an octave)."""
_NARROW = 1e-4
_MOVES = 6
_BLOCKS = 64
_NEGLIGIBLE = 1e-30
_MOST_WEIGHT = 100.0
"""Most that one pair may count for at the edge (a circle of which less than a hundredth lies inside)."""


@dataclass(frozen=True, slots=True)
class Spots:
    """Distinct places in order of x, then y, and the weight of the events on each."""

    x: Floats
    y: Floats
    weight: Floats
    events: Integers
    """Number of events on each spot."""
    origin: tuple[float, float]
    """What was taken off x and y: squared distances of large coordinates would lose digits."""


def spots_of(x: Floats, y: Floats, weight: Floats) -> Spots:
    """Merge events of exactly one place; events without weight are dropped."""
    some = weight > 0
    x, y, weight = x[some], y[some], weight[some]
    order = np.lexsort((weight, y, x))
    x, y, weight = x[order], y[order], weight[order]
    if x.size == 0:
        return Spots(x, y, weight, np.zeros(0, np.int64), (0.0, 0.0))
    first = first_of_each_place(x, y)
    middle = float(x[0] + x[-1]) / 2, float(y.min() + y.max()) / 2
    total = np.add.reduceat(weight, first)
    count = np.diff(np.append(first, x.size)).astype(np.int64)
    return Spots(x[first] - middle[0], y[first] - middle[1], total, count, middle)


def rows_of(spots: Spots, seed: int, pairs: int = PAIRS) -> Integers:
    """Choose the spots that are asked: all of them, or a seeded sample when there are too many pairs."""
    m = spots.x.size
    most = max(_LEAST_ROWS, pairs // m)
    if m <= most:
        return np.arange(m)
    return np.sort(np.random.Generator(np.random.Philox(seed)).choice(m, most, replace=False))


def nearest_gaps(spots: Spots, rows: Integers) -> Floats:
    """Give the squared distance from each row's spot to the nearest other spot, in metres squared."""
    place = np.column_stack([spots.x, spots.y])
    other = cKDTree(place).query(place[rows], k=2)[1][:, 1]
    gap: Floats = (spots.x[rows] - spots.x[other]) ** 2 + (spots.y[rows] - spots.y[other]) ** 2
    return gap


@njit(cache=True, nogil=True)
def add_halvings(sums: Floats, weight: float, exponent: float) -> None:
    """Add ``weight · exp(-exponent · 2^k)`` to the k-th sum, by squaring."""
    term = math.exp(-exponent)
    for k in range(sums.size):
        if term < _NEGLIGIBLE:
            break
        sums[k] += weight * term
        term *= term


@njit(cache=True, nogil=True, parallel=True)
def gaussian_sums(
    xs: Floats, ys: Floats, weights: Floats, rows: Integers, gaps: Floats, widest: float, steps: int, cut: float
) -> Floats:
    """
    Sum Gaussians over all other spots, for standard deviations ``widest / 2^(k/2)``, k = 0 .. steps - 1.

    Each row's sum is given relative to the height at its nearest other spot, ``exp(-gap / 2s²)``: it is then at least
    that spot's weight, and its logarithm is finite however lonely the spot. One exponential serves all k: halving the
    variance squares it.
    """
    sums = np.zeros((rows.size, steps))
    doubled = 2.0 * widest * widest
    for r in prange(rows.size):
        i = rows[r]
        reach = gaps[r] + cut * cut * widest * widest
        for side in (-1, 1):
            j = i + side
            while 0 <= j < xs.size:
                dx = xs[j] - xs[i]
                if dx * dx > reach:
                    break
                dy = ys[j] - ys[i]
                square = dx * dx + dy * dy
                if square <= reach:
                    add_halvings(sums[r], weights[j], max(square - gaps[r], 0.0) / doubled)
                j += side
    return sums


def least_squares(spots: Spots, rows: Integers, gaps: Floats, sums: Floats, sigma: float) -> float:
    """Score by ∫ f̂² - 2 E f̂ without the spot; ``sums`` at sigma·√2 and sigma."""
    total, squares = spots.weight.sum(), (spots.weight**2).sum()
    weight = spots.weight[rows]
    # A sample of rows stands for all pairs of spots.
    share = (total**2 - squares) / (weight * (total - weight)).sum()
    wide = share * (weight * sums[:, 0] * np.exp(-gaps / (4 * sigma**2))).sum()
    narrow = share * (weight * sums[:, 1] * np.exp(-gaps / (2 * sigma**2))).sum()
    score = (squares + wide) / total**2 / 2 - 2 * narrow / (total**2 - squares)
    return float(score / (2 * math.pi * sigma**2))


def minus_likelihood(spots: Spots, rows: Integers, gaps: Floats, sums: Floats, sigma: float) -> float:
    """Score by minus the mean log intensity at each event, its own spot left out; ``sums`` at sigma."""
    weight = spots.weight[rows]
    log = np.log(sums[:, 0]) - gaps / (2 * sigma**2)
    return float(math.log(2 * math.pi * sigma**2) - (weight * log).sum() / weight.sum())


def area_misfit(spots: Spots, rows: Integers, gaps: Floats, sums: Floats, sigma: float, area: float) -> float:
    """Score by the squared difference between the area and Σ 1/intensity, which estimates it; ``sums`` at sigma."""
    weight = spots.weight[rows]
    intensity = (weight + sums[:, 0] * np.exp(-gaps / (2 * sigma**2))) / (2 * math.pi * sigma**2)
    found = (weight / intensity).sum() * spots.weight.sum() / weight.sum()
    return float((found / area - 1) ** 2)


def search(
    spots: Spots,
    rows: Integers,
    low: float,
    high: float,
    criterion: Callable[[Spots, Integers, Floats, Floats, float], float],
) -> float:
    """
    Find the standard deviation with the least score between low and high.

    The whole range is scanned in quarter octaves, on at most 1,000 of the rows, so that of several hollows the deepest
    is found; Brent's method then narrows around it on all rows, moving on while the least lies at the bracket's side.
    """
    gaps = nearest_gaps(spots, rows)
    few = np.unique(np.linspace(0, rows.size - 1, min(rows.size, _SCANNED_ROWS)).astype(np.int64))
    columns = 2 if criterion is least_squares else 1

    def score(logarithm: float) -> float:
        sigma = math.exp(logarithm)
        widest = sigma * math.sqrt(columns)
        sums = gaussian_sums(spots.x, spots.y, spots.weight, rows, gaps, widest, columns, _CUT)
        return criterion(spots, rows, gaps, sums, sigma)

    scanned = _scan(spots, rows[few], gaps[few], low, high, criterion, columns)
    # Of equal scores the wider wins: it shows less.
    best = math.log(min(scanned, key=lambda sigma: (scanned[sigma], -sigma)))
    ends = math.log(low), math.log(high)
    before = math.inf
    for _ in range(_MOVES):
        left, right = max(best - _BRACKET, ends[0]), min(best + _BRACKET, ends[1])
        found = minimize_scalar(score, bounds=(left, right), method="bounded", options={"xatol": _NARROW})
        if not found.fun < before:
            break
        best, before = float(found.x), float(found.fun)
        if min(best - left, right - best) > 3 * _NARROW:
            break
    # Brent's method stays off the ends by a hair.
    end = min(ends, key=lambda limit: abs(limit - best))
    return math.exp(end if abs(end - best) < 3 * _NARROW else best)


def _scan(
    spots: Spots,
    rows: Integers,
    gaps: Floats,
    low: float,
    high: float,
    criterion: Callable[[Spots, Integers, Floats, Floats, float], float],
    columns: int,
) -> dict[float, float]:
    """Score the range from its upper end in quarter octaves: two ladders of half octaves, each in one pass."""
    scanned = {}
    for start in (high, high / 2**0.25):
        steps = max(1, math.floor(2 * math.log2(start / low) + 1e-9) + 1)
        widest = start * math.sqrt(columns)
        sums = gaussian_sums(spots.x, spots.y, spots.weight, rows, gaps, widest, steps + columns - 1, _CUT)
        for k in range(steps):
            sigma = max(low, start / 2 ** (k / 2))
            scanned[sigma] = criterion(spots, rows, gaps, sums[:, k : k + columns], sigma)
    return scanned


@njit(cache=True, nogil=True)
def share_inside(x: float, y: float, square: float, edges: Floats) -> float:
    """
    Give the share of a circle, centred inside a boundary, that lies inside it.

    Edges (x, y, x, y) have the inside on their left. Going round anticlockwise, the circle enters where an edge leaves
    the disc and leaves where an edge enters it, so the angle inside is the sum of the latter minus the former.
    """
    angle = 0.0
    crossings = 0
    for k in range(edges.shape[0]):
        ax, ay = edges[k, 0] - x, edges[k, 1] - y
        dx, dy = edges[k, 2] - edges[k, 0], edges[k, 3] - edges[k, 1]
        a = dx * dx + dy * dy
        b = ax * dx + ay * dy
        c = ax * ax + ay * ay - square
        root = b * b - a * c
        if root <= 0.0 or a == 0.0:
            continue
        root = math.sqrt(root)
        for sign in (-1.0, 1.0):
            t = (-b + sign * root) / a
            if 0.0 <= t < 1.0:
                angle -= sign * math.atan2(ay + t * dy, ax + t * dx)
                crossings += 1
    if crossings == 0:
        return 1.0
    return (angle / (2.0 * math.pi)) % 1.0


@njit(cache=True, nogil=True)
def edges_near(x: float, y: float, reach: float, edges: Floats) -> tuple[Integers, float]:
    """Give the edges that come within reach of a point, and the squared distance to the nearest."""
    near = np.empty(edges.shape[0], np.int64)
    found = 0
    closest = np.inf
    for k in range(edges.shape[0]):
        ax, ay = edges[k, 0] - x, edges[k, 1] - y
        dx, dy = edges[k, 2] - edges[k, 0], edges[k, 3] - edges[k, 1]
        a = dx * dx + dy * dy
        t = 0.0 if a == 0.0 else min(1.0, max(0.0, -(ax * dx + ay * dy) / a))
        square = (ax + t * dx) ** 2 + (ay + t * dy) ** 2
        closest = min(closest, square)
        if square <= reach * reach:
            near[found] = k
            found += 1
    return near[:found], closest


@njit(cache=True, nogil=True, parallel=True)
def pair_counts(
    xs: Floats, ys: Floats, weights: Floats, rows: Integers, edges: Floats, reach: float, bins: int
) -> Floats:
    """
    Sum the weights of pairs of spots by distance, in bins of ``reach / (bins - 1)`` that include their upper end.

    With edges, a pair counts for 1 / (share of the circle about the first, through the second, that is inside).
    """
    counts = np.zeros((_BLOCKS, bins))
    step = reach / (bins - 1)
    for block in prange(_BLOCKS):
        for r in range(block, rows.size, _BLOCKS):
            i = rows[r]
            near, closest = edges_near(xs[i], ys[i], reach, edges)
            nearby = edges[near]
            for side in (-1, 1):
                j = i + side
                while 0 <= j < xs.size and abs(xs[j] - xs[i]) <= reach:
                    square = (xs[j] - xs[i]) ** 2 + (ys[j] - ys[i]) ** 2
                    if square <= reach * reach:
                        pair = weights[i] * weights[j]
                        if square > closest:
                            pair /= max(share_inside(xs[i], ys[i], square, nearby), 1.0 / _MOST_WEIGHT)
                        counts[block, min(bins - 1, math.ceil(math.sqrt(square) / step - 1e-12))] += pair
                    j += side
    return counts


def mean_square_error(spots: Spots, rows: Integers, edges: Floats, radii: Floats) -> Floats:
    """
    Give Diggle's mean square error, up to a constant, of counting in a disc of each radius in the lower half of radii.

    With K the reduced second moment and A(s) the overlap of two discs s apart: (1/λ - 2 K(h)) / πh² + ∫ A dK / (πh²)²,
    divided by the area of the region.
    """
    weight, total = spots.weight[rows], spots.weight.sum()
    squares = (spots.weight**2).sum()
    counts = pair_counts(spots.x, spots.y, spots.weight, rows, edges, float(radii[-1]), radii.size).sum(axis=0)
    added = counts / (weight * (total - weight)).sum()
    within = np.cumsum(added)
    middle = np.concatenate([[0.0], (radii[1:] + radii[:-1]) / 2])
    h = radii[1 : (radii.size + 1) // 2]
    half = np.clip(middle[None, :] / (2 * h[:, None]), 0, 1)
    overlap = 2 * h**2 * ((np.arccos(half) - half * np.sqrt(1 - half**2)) @ added)
    disc = math.pi * h**2
    error: Floats = (squares / total**2 - 2 * within[1 : h.size + 1]) / disc + overlap / disc**2
    return error
