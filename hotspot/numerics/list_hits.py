"""Add up what lists of places hold within a budget of ground, and how that varies over redrawn places."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from hotspot.numerics.lanes import in_lanes
from hotspot.numerics.random_numbers import halves, philox, uniform

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

_LANE = 16
"""Draws that make a thread worth starting."""
_POISSON_1 = np.cumsum([np.exp(-1.0) / np.prod(np.arange(1.0, k + 1)) for k in range(20)])
"""Distribution function of a Poisson count of mean 1, at 0, 1, …, 19."""


@njit(cache=True, nogil=True)
def walk(order: Ints, events: Floats, size: Floats, weight: Floats, budgets: Floats, hits: Floats) -> None:
    """
    Go down one list, and add to ``hits`` what it holds within each budget of ground, the last place in part.

    ``budgets`` ascend. A place counts ``weight`` times, with its events and with its ground.
    """
    covered, held, b = 0.0, 0.0, 0
    for place in order:
        ground = weight[place] * size[place]
        found = weight[place] * events[place]
        while b < len(budgets) and covered + ground >= budgets[b]:
            part = (budgets[b] - covered) / ground if ground > 0.0 else 0.0
            hits[b] += held + part * found
            b += 1
        if b == len(budgets):
            return
        covered += ground
        held += found
    while b < len(budgets):  # rounding may leave the last budget a hair above all ground
        hits[b] += held
        b += 1


@njit(cache=True, nogil=True)
def draw_weights(weight: Floats, draw: np.uint64, seed: np.uint64) -> None:
    """Draw how often each place is there: Poisson counts of mean 1, keyed by (seed, draw, place)."""
    k0, k1 = halves(seed)
    low, high = halves(draw)
    for place in range(len(weight)):
        a, b, _, _ = philox(np.uint64(place), np.uint64(0), low, high, k0, k1)
        u = uniform(a, b)
        count = 0
        while count < len(_POISSON_1) and u >= _POISSON_1[count]:
            count += 1
        weight[place] = count


@njit(cache=True, nogil=True)
def _redraw(
    orders: Ints,
    events: Floats,
    size: Floats,
    shares: Floats,
    hits: Floats,
    totals: Floats,
    first: int,
    seed: np.uint64,
) -> None:
    draws, steps, lists, _ = hits.shape
    n = events.shape[1]
    weight = np.empty(n)
    budgets = np.empty(len(shares))
    for d in range(draws):
        draw_weights(weight, np.uint64(first + d), seed)
        for s in range(steps):
            ground = 0.0
            for place in range(n):
                if size[s, place] > 0.0:
                    ground += weight[place] * size[s, place]
                    totals[d, s] += weight[place] * events[s, place]
            for b in range(len(shares)):
                budgets[b] = shares[b] * ground
            for method in range(lists):
                walk(orders[s, method], events[s], size[s], weight, budgets, hits[d, s, method])


def list_hits(orders: Ints, events: Floats, size: Floats, shares: Floats) -> Floats:
    """
    Add up what each list holds within each share of the ground, the last place in part.

    Parameters
    ----------
    orders : array, shape (steps, lists, n)
        Places from first to last on each list; -1 never occurs, every place stands once.
    events : array, shape (steps, n)
        Events of each place; 0 where a place is left out.
    size : array, shape (steps, n)
        Ground of each place; 0 where a place is left out, so that it costs nothing and holds nothing.
    shares : array, shape (m,)
        Shares of all ground, ascending, above 0 and at most 1.

    Returns
    -------
    array, shape (steps, lists, m)
    """
    steps, lists, n = orders.shape
    hits = np.zeros((steps, lists, len(shares)))
    once = np.ones(n)
    for s in range(steps):
        budgets = shares * size[s].sum()
        for method in range(lists):
            walk(orders[s, method], events[s], size[s], once, budgets, hits[s, method])
    return hits


def redrawn_list_hits(
    orders: Ints, events: Floats, size: Floats, shares: Floats, *, draws: int, seed: int
) -> tuple[Floats, Floats]:
    """
    Add up what each list holds in each redrawing of the places, step by step.

    A place that is drawn twice counts twice in every step and on every list, with its ground and its events, so that
    differences between lists, and between steps, keep what they share. Parameters are those of `list_hits`.

    Returns
    -------
    hits : array, shape (draws, steps, lists, m)
    totals : array, shape (draws, steps)
        All events of the redrawn places.

    References
    ----------
    Chamandy, Muralidharan, Najmi and Naidu (2012), on the Poisson bootstrap.
    """
    steps, lists, m = *orders.shape[:2], len(shares)

    def work(first: int, last: int) -> tuple[Floats, Floats]:
        hits, totals = np.zeros((last - first, steps, lists, m)), np.zeros((last - first, steps))
        _redraw(orders, events, size, shares, hits, totals, first, np.uint64(seed))
        return hits, totals

    parts = in_lanes(work, 0, draws, least=_LANE)
    return np.concatenate([hits for hits, _ in parts]), np.concatenate([totals for _, totals in parts])


__all__ = ["draw_weights", "list_hits", "redrawn_list_hits", "walk"]
