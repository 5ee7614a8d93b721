"""
Spatial scan on plain arrays: circular windows, their likelihood ratios, and the largest of each simulated map.

A window is a run of areas in order of distance from a centre. Simulated maps are scanned many at a time: the
running sums of one window over all maps of a block are added and compared as whole vectors of integers, and the
likelihood ratio is computed only where a count passes a bound below which it cannot beat that block's maxima.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import get_num_threads, njit

from hotspot.numerics.multinomial import draw_maps

if TYPE_CHECKING:
    import numpy.typing as npt

    Counts = npt.NDArray[np.int32]
    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

BLOCK = 64
"""Maps scanned together."""
SAME_DISTANCE = 1e-6
"""Metres within which two areas are equally far from a centre, and enter a window together."""
MAX_EVENTS = 2**31 - 1
_BINS = 4096
_ENTRIES = 2_000_000
"""Centres times areas worked on at a time."""
_COUNTS = 2**27
"""Simulated counts held at a time."""
_SLACK = 1e-9


class Circles(NamedTuple):
    """Areas in order of distance from each centre, as far as a window may reach."""

    order: Counts
    """Number of the area, shape (centres, longest)."""
    expected: Floats
    """Events expected in the window that ends here; below 0 where none does: the next area is as far away."""
    width: Ints
    """Entries of each centre, shape (centres,)."""
    distance: Floats
    """Metres from the centre, shape (centres, longest)."""


class Terms(NamedTuple):
    """What a scan is made of, alike for the observed map and the simulated ones."""

    x: Floats
    y: Floats
    expected: Floats
    """Expected events of each area, adding up to ``total``."""
    total: int
    reach: float
    """Most expected events in a window."""
    radius: float
    """Largest radius in metres."""
    high: bool
    """Whether windows with more events than expected count."""
    low: bool
    """Whether windows with fewer events than expected count."""


def circles(terms: Terms, centres: Ints) -> Circles:
    """
    List the windows around centres.

    Parameters
    ----------
    terms
        Positions in metres and expected events.
    centres
        Their numbers.

    Returns
    -------
    Circles
    """
    away = np.hypot(terms.x - terms.x[centres, None], terms.y - terms.y[centres, None])
    order = np.argsort(away, axis=1, kind="stable")
    away = np.take_along_axis(away, order, axis=1)
    expected = np.cumsum(terms.expected[order], axis=1)
    ends = np.ones(away.shape, bool)
    ends[:, :-1] = np.diff(away, axis=1) > SAME_DISTANCE
    ends &= (expected <= terms.reach * (1 + _SLACK)) & (away <= terms.radius + SAME_DISTANCE)
    n = away.shape[1]
    width = np.where(ends.any(axis=1), n - np.argmax(ends[:, ::-1], axis=1), 0)
    longest = int(width.max(initial=0))
    kept = np.where(ends, expected, -1.0)[:, :longest]
    return Circles(order[:, :longest].astype(np.int32), np.ascontiguousarray(kept), width, away[:, :longest].copy())


@njit(cache=True, nogil=True, error_model="numpy")
def log_ratio(events: float, expected: float, total: float) -> float:
    """
    Compute the logarithm of the likelihood ratio of a window against one risk everywhere.

    References
    ----------
    Kulldorff, M. (1997). A spatial scan statistic. Communications in Statistics: Theory and Methods 26, 1481-1496.
    """
    value = 0.0
    if events > 0:
        value += events * math.log(events / expected)
    if events < total:
        value += (total - events) * math.log((total - events) / (total - expected))
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def _bound_high(bounds: Ints, level: float, reach: float, total: int) -> None:
    """Find, for each bin of expected events, the fewest events whose ratio can exceed the level."""
    bounds[0] = 1
    for b in range(1, len(bounds)):
        expected = reach * (b / _BINS) ** 2
        if expected >= total:
            bounds[b] = total
            continue
        low, step = max(bounds[b - 1], np.int64(expected)), 1
        while low + step < total and log_ratio(low + step, expected, total) <= level:
            low += step
            step *= 2
        high = min(low + step, total + 1)
        while high - low > 1:
            middle = (low + high) >> 1
            if middle > expected and log_ratio(middle, expected, total) > level:
                high = middle
            else:
                low = middle
        bounds[b] = high
        if low > expected and log_ratio(low, expected, total) > level:
            bounds[b] = low


@njit(cache=True, nogil=True, error_model="numpy")
def _bound_low(bounds: Ints, level: float, reach: float, total: int) -> None:
    """Find, for each bin of expected events, the most events so few that the ratio can exceed the level; -1: none."""
    for b in range(len(bounds)):
        expected = min(reach * ((b + 1) / _BINS) ** 2, total * (1.0 - 1e-12))
        low, high = -1, math.ceil(expected)
        while high - low > 1:
            middle = (low + high) >> 1
            if log_ratio(middle, expected, total) > level:
                low = middle
            else:
                high = middle
        bounds[b] = low


@njit(cache=True, nogil=True, error_model="numpy")
def _raise_best(best: Floats, running: Counts, expected: float, total: int, least: int, most: int) -> None:
    """Compute the ratio of the maps whose count passes a bound."""
    for s in range(BLOCK):
        events = running[s]
        if (events >= least and events > expected) or (events <= most and events < expected):
            best[s] = max(best[s], log_ratio(events, expected, total))


@njit(cache=True, nogil=True, error_model="numpy")
def _scan_block(
    order: Counts,
    expected: Floats,
    width: Ints,
    counts: Counts,
    best: Floats,
    limits: tuple[int, float],
    sides: tuple[bool, bool],
) -> None:
    """Raise the maximum of each map of a block to the largest ratio among the windows given."""
    total, reach = limits
    scale = _BINS / math.sqrt(reach)
    least, most = np.full(_BINS + 2, MAX_EVENTS), np.full(_BINS + 2, -1)
    running = np.empty(BLOCK, np.int32)
    level = -1.0
    for i in range(len(width)):
        weakest = best.min()
        if weakest > 1.1 * level:
            level = weakest
            safe = level - _SLACK * (1.0 + level)
            if sides[0]:
                _bound_high(least, safe, reach, total)
            if sides[1]:
                _bound_low(most, safe, reach, total)
        running[:] = 0
        for k in range(width[i]):
            area = order[i, k]
            highest, lowest = np.int32(0), np.int32(MAX_EVENTS)
            for s in range(BLOCK):
                value = np.int32(running[s] + counts[area, s])
                running[s] = value
                highest = max(highest, value)
                lowest = min(lowest, value)
            here = expected[i, k]
            if here < 0.0:
                continue
            b = np.int64(math.sqrt(here) * scale)
            if highest >= least[b] or lowest <= most[b]:
                _raise_best(best, running, here, total, least[b], most[b])


@njit(cache=True, nogil=True, error_model="numpy")
def _best_of_each(
    order: Counts,
    expected: Floats,
    width: Ints,
    counts: Ints,
    closed: npt.NDArray[np.bool_],
    total: int,
    sides: tuple[bool, bool],
    found: tuple[Floats, Ints],
) -> None:
    """Find the window with the largest ratio around each centre, ending before the first closed area."""
    ratios, lengths = found
    for i in range(len(width)):
        inside = 0
        ratios[i], lengths[i] = 0.0, 0
        for k in range(width[i]):
            if closed[order[i, k]]:
                break
            inside += counts[order[i, k]]
            here = expected[i, k]
            if here < 0.0 or here >= total:
                continue
            if (sides[0] and inside > here) or (sides[1] and inside < here):
                ratio = log_ratio(inside, here, total)
                if ratio > ratios[i]:
                    ratios[i], lengths[i] = ratio, k + 1


def largest_ratios(terms: Terms, *, seed: int, simulations: int) -> Floats:
    """
    Find the largest likelihood ratio among all windows of each simulated map.

    Parameters
    ----------
    terms
        What is scanned.
    seed
        From 0 to 2**64 - 1.
    simulations
        Number of maps.

    Returns
    -------
    array, shape (simulations,)
        Same for any number of threads: a maximum knows no order.
    """
    n = len(terms.expected)
    lanes = max(1, get_num_threads())
    size = max(1, min(_ENTRIES // n, -(-n // lanes)))
    starts = range(0, n, size)
    batch = max(1, _COUNTS // (n * BLOCK))
    blocks = -(-simulations // BLOCK)
    limits, sides = (terms.total, terms.reach * (1 + _SLACK)), (terms.high, terms.low)
    ratios = np.zeros(blocks * BLOCK)
    with ThreadPoolExecutor(lanes) as pool:
        for begin in range(0, blocks, batch):
            numbers = range(begin, min(begin + batch, blocks))
            maps = list(pool.map(lambda block: _maps_of(terms, seed, block), numbers))

            def scan(lane: int, maps: list[Counts] = maps, numbers: range = numbers) -> Floats:
                best = np.zeros((len(numbers), BLOCK))
                for start in starts[lane::lanes]:
                    around = circles(terms, np.arange(start, min(start + size, n)))
                    for block, counts in enumerate(maps):
                        _scan_block(around.order, around.expected, around.width, counts, best[block], limits, sides)
                return best

            best = np.max(list(pool.map(scan, range(lanes))), axis=0)
            ratios[begin * BLOCK : begin * BLOCK + best.size] = best.ravel()
    return ratios[:simulations]


def _maps_of(terms: Terms, seed: int, block: int) -> Counts:
    return draw_maps(terms.expected, terms.total, seed=seed, first=block * BLOCK, last=(block + 1) * BLOCK)


def best_windows(
    terms: Terms, events: Ints, closed: npt.NDArray[np.bool_], centres: Ints
) -> tuple[Floats, Ints, Floats]:
    """
    Find the window with the largest likelihood ratio around each centre.

    Parameters
    ----------
    terms
        What is scanned.
    events
        Of each area, shape (n,).
    closed
        Areas no window may hold, shape (n,).
    centres
        Numbers of the centres.

    Returns
    -------
    ratios, lengths, radii
        0 where no window around the centre has a ratio above 0; else the window holds the first ``lengths`` areas of
        `circles`, the farthest of them ``radii`` metres away. Of two windows with the same ratio, the smaller.
    """
    ratios, lengths, radii = np.zeros(len(centres)), np.zeros(len(centres), np.int64), np.zeros(len(centres))
    size = max(1, _ENTRIES // len(terms.expected))
    for start in range(0, len(centres), size):
        part = slice(start, start + size)
        around = circles(terms, centres[part])
        _best_of_each(
            around.order, around.expected, around.width, events, closed, terms.total, (terms.high, terms.low),
            (ratios[part], lengths[part]),
        )  # fmt: skip
        found = np.flatnonzero(lengths[part])
        radii[start + found] = around.distance[found, lengths[start + found] - 1]
    return ratios, lengths, radii
