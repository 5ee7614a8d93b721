"""Time linking records of two agencies beside a k-d tree's candidates that Python pairs one to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import inputs
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from timing import Agreement, Entry, Job, Rival, timed

import hotspot as hs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inputs import Size

_HEALTH = 10
"""Police records for each health record."""
_SHARED = 3
"""One health record in so many is of an event that the police know too."""
_WEEKS = 52
_MOST_SECONDS = 60.0
_CORNER = np.array([300_000.0, 200_000.0])


def run(size: Size) -> Iterator[Entry]:
    """Time every job of this topic."""
    few = f"{size.linked:,} police and {size.linked // _HEALTH:,} health records"
    for where, extent, metres, hours in (("a nation's towns", 150_000.0, 250.0, 6), ("one city", 3_000.0, 500.0, 24)):
        given, gap = records(size.linked, extent), pd.Timedelta(hours=hours)
        task = f"{few} in {where}, {metres:.0f} m and {hours} h"

        def link(frame: gpd.GeoDataFrame = given, metres: float = metres, gap: pd.Timedelta = gap, *, chance: bool):
            return hs.link_events(frame, max_distance=metres, max_gap=gap, chance=chance)["event_id"]

        ours, spent = timed(
            lambda link=link: link(chance=False), warm=lambda link=link: link(records(500, 1e4), chance=True)
        )
        theirs, rival_spent = timed(lambda given=given, metres=metres, gap=gap: tree_and_loop(given, metres, gap))
        same = Agreement("records in another event", float((ours != theirs).sum()), 0.0)
        rival = Rival("SciPy cKDTree pairs, sorted, Python loop", rival_spent, (same,))
        yield Job(f"link {task}", spent, [rival], most_seconds=_MOST_SECONDS)
        _, spent = timed(lambda link=link: link(chance=True))
        yield Job(f"the same with chance matches from 25 copies: {task}", spent, most_seconds=_MOST_SECONDS)
        _, spent = timed(lambda given=given: hs.tolerance_curve(given))
        yield Job(f"tolerance curve, 16 pairs, 25 copies each: {few} in {where}", spent, most_seconds=_MOST_SECONDS)


def records(police: int, extent: float) -> gpd.GeoDataFrame:
    """Scatter police and health records of a year over towns of unequal size; a third of the latter are shared."""
    rng = np.random.default_rng(17)
    size = rng.pareto(1.2, 300) + 1
    centres = rng.uniform(_CORNER, _CORNER + extent, (300, 2))
    health = police // _HEALTH
    n, shared = police + health, health // _SHARED
    town = rng.choice(300, n, p=size / size.sum())
    place = rng.normal(centres[town], 1_500.0)
    minute = rng.integers(0, _WEEKS * 7 * 1440, n)
    place[police : police + shared] = place[:shared] + rng.uniform(-80, 80, (shared, 2))
    minute[police : police + shared] = minute[:shared] + rng.integers(-30, 31, shared)
    source = np.repeat(["police", "ed"], [police, health])
    columns = {
        "source": source,
        "category": np.where(source == "police", "violence_with_injury", "assault"),
        "occurred_from": pd.Timestamp("2024-01-01") + pd.to_timedelta(minute, unit="min"),
    }
    labels = [f"{name}-{number:07d}" for number, name in enumerate(source)]
    return gpd.GeoDataFrame(columns, index=labels, geometry=gpd.points_from_xy(*place.T), crs=inputs.CRS)


def tree_and_loop(given: gpd.GeoDataFrame, most_metres: float, most_gap: pd.Timedelta) -> pd.Series:
    """Find candidate pairs with SciPy's tree in the box of both tolerances, and take the cheapest in a loop."""
    xy = np.column_stack([given.geometry.x, given.geometry.y])
    time = given["occurred_from"].to_numpy().astype("datetime64[us]").astype(np.int64)
    gap = most_gap // pd.Timedelta("1us")
    cube = np.column_stack([xy / most_metres, (time - time.min()) / gap])
    ed, police = (np.flatnonzero((given["source"] == name).to_numpy()) for name in ("ed", "police"))
    near = cKDTree(cube[ed]).sparse_distance_matrix(
        cKDTree(cube[police]), 1 + 1e-6, p=np.inf, output_type="ndarray"
    )  # fmt: skip
    a, b = ed[near["i"]], police[near["j"]]
    metres = np.sqrt(((xy[a] - xy[b]) ** 2).sum(axis=1))
    apart = np.abs(time[a] - time[b])
    close = (metres <= most_metres) & (apart <= gap)
    a, b, cost = a[close], b[close], metres[close] / most_metres + apart[close] / gap
    names = given.index.to_numpy(dtype=object)
    event, taken = names.copy(), set()
    for pair in np.lexsort((names[b].astype(str), names[a].astype(str), cost)):
        one, other = int(a[pair]), int(b[pair])
        if one not in taken and other not in taken:
            taken |= {one, other}
            event[one] = event[other] = min(names[one], names[other])
    return pd.Series(event, index=given.index, name="event_id", dtype="str")
