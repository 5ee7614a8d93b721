"""Estimate the work of a surface before it starts, and refuse what would not end."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from hotspot.density.gaussian_boxes import BOX, TERMS
from hotspot.density.kernels import GAUSSIAN_CUT, TRIANGULAR
from hotspot.errors import ConfigError

if TYPE_CHECKING:
    from hotspot.density.grid import Grid
from hotspot.density.kernels import Kernel

MAX_STEPS = 4e12
"""Most elementary steps (about a nanosecond of one core each) of one surface: about an hour; more is refused."""


def direct_work(n: int, h: float, nx: int, ny: int) -> float:
    """Count the steps of adding n Gaussians cell by cell; h in cells."""
    side = 2 * GAUSSIAN_CUT * h + 1
    along_x, along_y = min(side, nx), min(side, ny)
    return n * along_x * (along_y / 2 + 8 * (along_y / 16 + 1))


def box_work(n: int, h: float, nx: int, ny: int) -> float:
    """Count the steps of adding n Gaussians through moments of boxes; h in cells."""
    reach = 2 * GAUSSIAN_CUT * h
    across, along = (math.ceil((cells + reach) / (BOX * h)) + 1 for cells in (nx, ny))
    line = across * TERMS
    rows = min(along, reach / (BOX * h) + 1) * TERMS
    return n * TERMS**2 + ny * line * (rows + min(reach, nx)) / 2


def surface_work(n: int, h: float, grid: Grid, shape: Kernel, *, corrected: bool, adaptive: bool) -> float:
    """Count the steps of a surface of n events; h in cells. At worst: every disc is whole, and on the boundary."""
    nx, ny = grid.nx, grid.ny
    radius = h * shape.reach
    across, along = min(2 * radius + 1, nx), min(2 * radius + 1, ny)
    if shape.is_gaussian:
        steps = direct_work(n, h, nx, ny)
        if not adaptive:
            steps = min(steps, box_work(n, h, nx, ny))
    elif shape.power == TRIANGULAR:
        steps = 4 * n * across * along
    else:
        degree = 2 * shape.power + 1
        steps = min(4 * n * across * along, 8.0 * n * degree * along) + nx * ny * degree**2
    if corrected:
        steps += 2.0 * n * (2 * radius + 1) ** 2
    return steps


def refuse_if_too_many_pairs(pairs: float, shape: Kernel) -> None:
    """Raise before starting if an adaptive bandwidth would have to compare too many pairs of events."""
    steps = pairs * (8 if shape.is_gaussian else 2)
    if steps > MAX_STEPS:
        raise ConfigError(
            f"adaptive: {pairs:.0e} pairs of events lie within reach of each other, some {steps / 3.6e12:.1f} hours of "
            f"one core; at most {MAX_STEPS:.0e} steps are begun. Use a smaller bandwidth, the quartic kernel, or "
            "adaptive=False."
        )


def refuse_if_too_much(n: int, bandwidth: float, grid: Grid, shape: Kernel, *, corrected: bool, adaptive: bool) -> None:
    """Raise before starting if a surface would take more than about an hour, naming a cell size that would not."""
    width, height = grid.nx * grid.cell_size, grid.ny * grid.cell_size

    def steps(side: float) -> float:
        cells = replace(grid, cell_size=side, nx=math.ceil(width / side), ny=math.ceil(height / side))
        return surface_work(n, bandwidth / side, cells, shape, corrected=corrected, adaptive=adaptive)

    asked = steps(grid.cell_size)
    if asked <= MAX_STEPS:
        return
    side = grid.cell_size
    while steps(side) > MAX_STEPS and side < bandwidth:
        side *= 1.1
    fits = steps(side) <= MAX_STEPS
    remedy = f"Use cells of {math.ceil(side)} m or more" if fits else "Use a smaller bandwidth or fewer events"
    raise ConfigError(
        f"cell_size: {n:,} places of events, a bandwidth of {bandwidth:g} m and {grid.nx:,} x {grid.ny:,} cells of "
        f"{grid.cell_size:g} m need about {asked:.0e} steps, some {asked / 3.6e12:.1f} hours of one core; at most "
        f"{MAX_STEPS:.0e} are begun. {remedy}, or a smaller area; the quartic kernel needs least."
    )
