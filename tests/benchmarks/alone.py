"""Time what has no rival in Python that does the same: the seconds alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import inputs
import numpy as np
import pandas as pd
from shapely import box
from timing import Entry, Job, Skipped, timed

import hotspot as hs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inputs import Size

_CELL = 50.0


def run(size: Size) -> Iterator[Entry]:
    """Time every job of this topic that this version can do."""
    for name, job in (
        ("spatial_scan", _scan),
        ("significant_density", _significant),
        ("bandwidth", _bandwidth),
    ):
        try:
            getattr(hs, name)
        except (AttributeError, ImportError):
            yield Skipped(name, "not in this version")
        else:
            yield from job(size)


def _scan(size: Size) -> Iterator[Entry]:
    side, simulations = size.scan
    rng = np.random.default_rng(2)
    areas = inputs.areas(side)
    people = rng.integers(800, 2500, len(areas))
    middle = areas.centroid
    near = np.hypot(middle.x - middle.x.median(), middle.y - middle.y.median()) < 4000
    cases = pd.Series(rng.poisson(people * np.where(near, 0.03, 0.015)), index=areas.index)
    population = pd.Series(people, index=areas.index)
    _, spent = timed(
        lambda: hs.spatial_scan(cases, population, areas, simulations=simulations),
        warm=lambda: hs.spatial_scan(cases, population, areas, simulations=9),
    )
    yield Job(f"spatial scan, {len(areas):,} areas, {simulations:,} simulations", spent, most_seconds=30.0)


def _significant(size: Size) -> Iterator[Entry]:
    columns, rows = size.cells[0] // 4, size.cells[1] // 4
    width, height = columns * _CELL, rows * _CELL
    events = inputs.points(size.selection, width, height)
    west, south = (axis[0] - _CELL / 2 for axis in inputs.cell_centres(columns, rows, _CELL))
    town = gpd.GeoDataFrame(geometry=[box(west, south, west + width, south + height)], crs=inputs.CRS)
    simulations = size.few_permutations
    _, spent = timed(
        lambda: hs.significant_density(
            events, bandwidth=10 * _CELL, cell_size=_CELL, within=town, simulations=simulations
        ),
        warm=lambda: hs.significant_density(events, bandwidth=10 * _CELL, cell_size=_CELL, within=town, simulations=19),
    )
    yield Job(
        f"significant density, {len(events):,} points, {columns:,} by {rows:,} cells, {simulations:,} simulations",
        spent,
    )


def _bandwidth(size: Size) -> Iterator[Entry]:
    events = inputs.points(size.selection, size.cells[0] * _CELL, size.cells[1] * _CELL)
    for method in ("lscv", "likelihood"):
        _, spent = timed(
            lambda method=method: hs.bandwidth(events, method=method),
            warm=lambda method=method: hs.bandwidth(events[:100], method=method),
        )
        yield Job(f"bandwidth by cross-validation ({method}), {len(events):,} points", spent)
