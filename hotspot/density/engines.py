"""Choose the engine for a surface: merge events on one spot, correct at the edge, add the kernels up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import correlate1d

from hotspot.density.gaussian_boxes import gaussian_boxes
from hotspot.density.kernels import TRIANGULAR
from hotspot.density.sweep import gaussian, scatter, sweep
from hotspot.density.work import box_work, direct_work

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspot.density.grid import Grid
    from hotspot.density.kernels import Kernel
    from hotspot.geography.drawable import Events

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

_SCATTER_BELOW = 4.0
"""Bandwidth in cells below which adding cell by cell is less work than the sweep (measured)."""


@dataclass(frozen=True, slots=True)
class Spots:
    """Events merged by place, sorted by y and then x: coordinates in metres, sum of weights, number of events."""

    x: Floats
    y: Floats
    weight: Floats
    count: Integers


def first_of_each_place(x: Floats, y: Floats) -> Integers:
    """Tell where each place begins in sorted coordinates, of which there is at least one pair."""
    return np.flatnonzero(np.concatenate([[True], (np.diff(x) != 0) | (np.diff(y) != 0)]))


def spots_of(events: Events) -> Spots:
    """Merge events on one spot (snapped points are many), in an order that the rows' order does not change."""
    order = np.argsort(events.y)
    if np.any(np.diff(events.y[order]) == 0):  # several keys take several times as long
        order = np.lexsort((events.weight, events.x, events.y))
    x, y, weight = events.x[order], events.y[order], events.weight[order]
    if x.size == 0:
        return Spots(x, y, weight, np.zeros(0, np.int64))
    first = first_of_each_place(x, y)
    return Spots(x[first], y[first], np.add.reduceat(weight, first), np.diff(np.append(first, x.size)))


def add_up(
    u: Floats, v: Floats, weight: Floats, count: Integers, lattice: Grid, h: float | Floats, shape: Kernel
) -> tuple[Floats, Integers, str]:
    """
    Sum kernels of height ``weight`` at every cell centre by the engine that needs the least work.

    Places and bandwidths (one, or one for each event) are in cells.
    """
    nx, ny = lattice.nx, lattice.ny
    if shape.is_gaussian:
        support = sweep(u, v, np.zeros(u.size), count, nx, ny, h, 0)[1]
        if isinstance(h, np.ndarray) or direct_work(u.size, h, nx, ny) <= box_work(u.size, h, nx, ny):
            return gaussian(u, v, weight, nx, ny, h, shape.reach), support, "gaussian, cut at 7 standard deviations"
        density = gaussian_boxes(u, v, weight, nx, ny, h, shape.reach)
        return density, support, "gaussian by moments of boxes, cut at 7 standard deviations"
    if shape.power == TRIANGULAR:
        return *scatter(u, v, weight, count, nx, ny, h, shape.power), "scatter"
    if isinstance(h, np.ndarray):
        narrow = h < _SCATTER_BELOW
        if narrow.any() and not narrow.all():
            density, support, _ = add_up(u[narrow], v[narrow], weight[narrow], count[narrow], lattice, h[narrow], shape)
            rest = ~narrow
            wide = sweep(u[rest], v[rest], weight[rest], count[rest], nx, ny, h[rest], shape.power)
            return density + wide[0], support + wide[1], "scatter and sweep"
    if np.max(h, initial=0.0) < _SCATTER_BELOW:
        return *scatter(u, v, weight, count, nx, ny, h, shape.power), "scatter"
    return *sweep(u, v, weight, count, nx, ny, h, shape.power), "sweep"


def share_at_cells(inside: NDArray[np.bool_], lattice: Grid, h: float, shape: Kernel) -> Floats:
    """Give for each cell inside the share of a kernel around its centre that lies inside; 1 elsewhere."""
    if shape.is_gaussian:
        along = _gaussian_steps(h, shape)
        kept = correlate1d(inside.astype(np.float64), along, axis=0, mode="constant")
        kept = correlate1d(kept, along, axis=1, mode="constant")
        whole = float(along.sum() ** 2)
    else:
        row, column = np.nonzero(inside)
        ones = np.ones(row.size, np.int64)
        u, v = column.astype(np.float64) + 0.5, row.astype(np.float64) + 0.5
        kept = add_up(u, v, ones.astype(np.float64), ones, lattice, h, shape)[0]
        steps = np.arange(-math.ceil(h) - 1, math.ceil(h) + 2.0)
        d2 = (steps[:, None] ** 2 + steps**2) / h**2
        near = d2[d2 <= 1]
        whole = float((1 - np.sqrt(near) if shape.power == TRIANGULAR else (1 - near) ** shape.power).sum())
    return np.where(inside, kept / whole, 1.0)


def _gaussian_steps(h: float, shape: Kernel) -> Floats:
    """Give the Gaussian at whole cells from its centre, as far as it reaches."""
    reach = math.floor(h * shape.reach)
    return np.exp(-0.5 * (np.arange(-reach, reach + 1.0) / h) ** 2)
