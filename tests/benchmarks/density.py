"""Time kernel density beside LIBKDV, KDEpy, scikit-learn and SciPy, on the same points and cells."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import inputs
import numpy as np
import rivals
from timing import Agreement, Entry, Job, Rival, Skipped, timed

import hotspot as hs

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    from inputs import Size

    Grid = tuple[np.ndarray, np.ndarray]

_CELL = 50.0
_RADIUS = 20
"""Bandwidth in cells."""
_EXACT = 1e-10
_LIBKDV = 1e-8
"""It carries sums of squares along a row without starting afresh."""
_BINNED = 0.02
"""Binning moves each event by up to half a cell; this is what 20 cells per bandwidth make of it, with room."""
_POWER = {"uniform": 0, "epanechnikov": 1, "quartic": 2, "triweight": 3}


def run(size: Size) -> Iterator[Entry]:
    """Time every job of this topic."""
    columns, rows = size.cells
    events = inputs.points(size.points, columns * _CELL, rows * _CELL)
    grid = inputs.cell_centres(columns, rows, _CELL)
    yield from _compact(f"{len(events):,} points", events, grid, budget=True)
    folder = inputs.real_folder(size)
    if folder is None:
        yield Skipped("kernel density of London's crime of 2017", inputs.NO_REAL_DATA)
    else:
        real = inputs.london(folder)
        west, south, east, north = real.total_bounds
        cell = max((east - west) / (columns - 2), (north - south) / (rows - 2))
        centres = tuple(low + (np.arange(n) - 0.5) * cell for low, n in ((west, columns), (south, rows)))
        yield from _compact(f"{len(real):,} points of London", real, centres, budget=False)
    yield from _subset(size)


def _compact(name: str, events: gpd.GeoDataFrame, grid: Grid, *, budget: bool) -> Iterator[Entry]:
    """Quartic and Epanechnikov; LIBKDV has the second alone, and its one run stands beside both."""
    x, y = grid
    radius = _RADIUS * (x[1] - x[0])
    task = f"{len(x):,} by {len(y):,} cells, h = {_RADIUS} cells, {name}"
    slam = _libkdv(events, grid, radius) if rivals.installed("libkdv") else None
    for kernel in ("quartic", "epanechnikov"):
        ours, spent = _ours(events, grid, radius, kernel)
        exact = Agreement("plain sum", _error(ours, events, grid, radius, kernel), _EXACT)
        job = Job(f"{kernel}, {task}", spent, checks=(exact,))
        if slam is None:
            yield Skipped(f"LIBKDV: {job.name}", rivals.ABSENT)
        else:
            same = Agreement("peak = 1", _apart(slam[0], ours / ours.max()), _LIBKDV)
            label = "LIBKDV, exact" if kernel == "epanechnikov" else "LIBKDV, exact, its Epanechnikov"
            agreements = (same,) if kernel == "epanechnikov" else ()
            job.rivals.append(Rival(label, slam[1], agreements, least_ratio=30 if budget else None))
        if rivals.installed("KDEpy"):
            job.rivals.append(_kdepy(ours, events, grid, radius, kernel, budget=budget))
        else:
            yield Skipped(f"KDEpy: {job.name}", rivals.ABSENT)
        yield job


def _ours(events: gpd.GeoDataFrame, grid: Grid, radius: float, kernel: Any) -> tuple[np.ndarray, Any]:
    def call() -> np.ndarray:
        return hs.kernel_density(events, bandwidth=radius, grid=grid, kernel=kernel).density

    return timed(call, warm=call)


def _libkdv(events: gpd.GeoDataFrame, grid: Grid, radius: float) -> tuple[np.ndarray, Any]:
    """Time its sum alone; that it first writes all points to text is not counted."""
    x, y = grid
    prepared = rivals.libkdv_density(events, x, y, radius)
    result, spent = timed(prepared.compute)
    return rivals.libkdv_image(result, len(x), len(y)), spent


def _kdepy(
    ours: np.ndarray, events: gpd.GeoDataFrame, grid: Grid, radius: float, kernel: str, *, budget: bool
) -> Rival:
    pixels, places = _pixels(grid), _places(events)
    found, spent = timed(lambda: rivals.kdepy_density(places, pixels, radius, kernel))
    theirs = found.reshape(len(grid[0]), len(grid[1])).T * len(events) * 1e6
    agreement = Agreement("of the peak", _apart(theirs, ours), _BINNED)
    return Rival("KDEpy FFT, approximate", spent, (agreement,), least_ratio=0.1 if budget else None)


def _subset(size: Size) -> Iterator[Entry]:
    """Few points and few cells: the work of these two grows with their product."""
    columns, rows = (max(20, n // 5) for n in size.cells)
    cell = _CELL * size.cells[0] / columns
    grid = inputs.cell_centres(columns, rows, cell)
    events = inputs.points(size.subset, size.cells[0] * _CELL, size.cells[1] * _CELL)
    places, pixels = _places(events), _pixels(grid)
    radius = _RADIUS * _CELL
    task = f"{columns:,} by {rows:,} cells, {len(events):,} points"

    ours, spent = _ours(events, grid, radius, "epanechnikov")
    job = Job(f"epanechnikov, {task}", spent)
    if rivals.installed("scikit-learn"):
        found, spent = timed(lambda: rivals.scikit_density(places, pixels, radius))
        theirs = found.reshape(columns, rows).T * len(events) * 1e6
        job.rivals.append(
            Rival("scikit-learn, exact", spent, (Agreement("of the peak", _apart(theirs, ours), _LIBKDV),))
        )
    else:
        yield Skipped(f"scikit-learn: {job.name}", rivals.ABSENT)
    yield job

    round_places = _whitened(places, _CELL * columns)
    ours, spent = _ours(inputs.incidents(round_places), grid, radius, "gaussian")
    job = Job(f"gaussian, {task}", spent)
    if rivals.installed("scipy"):
        found, spent = timed(lambda: rivals.scipy_density(round_places, pixels, radius))
        theirs = found.reshape(columns, rows).T * len(events) * 1e6
        job.rivals.append(Rival("SciPy, exact", spent, (Agreement("of the peak", _apart(theirs, ours), _EXACT),)))
    else:
        yield Skipped(f"scipy: {job.name}", rivals.ABSENT)
    yield job


def _places(events: gpd.GeoDataFrame) -> np.ndarray:
    return np.column_stack([events.geometry.x, events.geometry.y])


def _pixels(grid: Grid) -> np.ndarray:
    """List the cell centres column by column, from south to north, as KDEpy wants them."""
    return np.stack(np.meshgrid(*grid, indexing="ij"), axis=-1).reshape(-1, 2)


def _whitened(places: np.ndarray, deviation: float) -> np.ndarray:
    """Turn and stretch points until x and y are uncorrelated and equally spread: SciPy's kernel follows their shape."""
    middle = places.mean(axis=0)
    root = np.linalg.cholesky(np.linalg.inv(np.cov(places.T)))
    return middle + deviation * ((places - middle) @ root)


def _apart(theirs: np.ndarray, ours: np.ndarray) -> float:
    """Give the largest difference as a share of our peak."""
    return float(np.abs(theirs - ours).max() / ours.max())


def _error(ours: np.ndarray, events: gpd.GeoDataFrame, grid: Grid, radius: float, kernel: str) -> float:
    """Compare 200 cells, the peak among them, with a sum over all events that takes no short cut."""
    x, y = grid
    places, power = _places(events), _POWER[kernel]
    chosen = np.random.default_rng(3).choice(ours.size, min(199, ours.size), replace=False)
    worst = 0.0
    for cell in (*chosen, int(ours.argmax())):
        row, column = divmod(int(cell), len(x))
        square = ((places - (x[column], y[row])) ** 2).sum(axis=1) / radius**2
        plain = math.fsum((1 - square[square < 1]) ** power) * (power + 1) / (math.pi * radius**2) * 1e6
        worst = max(worst, abs(plain - ours[row, column]))
    return worst / float(ours.max())
