"""Time counting incidents in areas beside geopandas' spatial join, on the same points and polygons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import inputs
import numpy as np
from timing import Agreement, Entry, Job, Rival, Skipped, timed

import hotspot as hs

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from inputs import Size


def run(size: Size) -> Iterator[Entry]:
    """Time every job of this topic."""
    square = inputs.areas(size.side)
    for n in size.counted:
        yield _count(
            f"{len(square):,} synthetic areas", inputs.points(n, size.side * 1000.0, size.side * 1000.0), square
        )
    folder = inputs.real_folder(size)
    if folder is None:
        yield Skipped("counting in the English LSOA of 2021", inputs.NO_REAL_DATA)
        return
    shapes, _ = inputs.england(folder)
    for n in size.counted:
        yield _count(f"{len(shapes):,} English LSOA", _inside(shapes, n), shapes)


def _count(where: str, incidents: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> Job:
    ours, spent = timed(
        lambda: hs.count_incidents(incidents, areas)["n_police"],
        warm=lambda: hs.count_incidents(incidents[:100], areas),
    )
    theirs, joined = timed(lambda: _by_join(incidents, areas))
    difference = float(np.abs(theirs.to_numpy() - ours.to_numpy(dtype=np.int64)).max())
    agreement = Agreement("count", difference, 0.0)
    rival = Rival("geopandas sjoin, within", joined, (agreement,), least_ratio=1)
    return Job(f"count {len(incidents):,} points, {where}", spent, [rival])


def _by_join(incidents: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.Series:
    pairs = gpd.sjoin(incidents, areas[["geometry"]], predicate="within")
    return pairs.groupby(areas.index.name).size().reindex(areas.index, fill_value=0)


def _inside(shapes: gpd.GeoDataFrame, n: int) -> gpd.GeoDataFrame:
    """Scatter points about areas chosen at random, in town and country as people live, some of them outside."""
    rng = np.random.default_rng(5)
    middle = shapes.centroid
    around = np.sqrt(shapes.area.to_numpy())
    chosen = rng.integers(0, len(shapes), n)
    places = np.column_stack([middle.x, middle.y])[chosen]
    return inputs.incidents(places + rng.normal(size=(n, 2)) * around[chosen, None] / 2)
