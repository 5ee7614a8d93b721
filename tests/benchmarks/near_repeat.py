"""Time the Knox test beside pointpats, and beside SciPy's pairs with times shuffled by NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import inputs
import numpy as np
import pandas as pd
import rivals
from scipy.spatial import cKDTree
from timing import Agreement, Entry, Job, Rival, Skipped, timed

import hotspot as hs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inputs import Size

_METRES = [100.0, 200.0, 300.0, 400.0]
_DAYS = [7.0, 14.0, 21.0, 28.0]
_SHUFFLES = 99
_MOST_SECONDS = 60.0
_MOST_FOR_SETS = 5_000
"""pointpats keeps a set of the neighbours in time of every event: its memory grows with the square of their number."""
_CORNER = np.array([430_000.0, 380_000.0])


def run(size: Size) -> Iterator[Entry]:
    """Time every job of this topic."""
    few = min(size.subset, _MOST_FOR_SETS)
    if rivals.installed("pointpats") is None:
        yield Skipped(f"one band, {few:,} events: pointpats", rivals.ABSENT)
    else:
        yield _beside_pointpats(few)
    yield _beside_numpy(size.subset)
    events, permutations = city(size.points // 10), size.few_permutations
    _, spent = timed(lambda: _table(events, permutations), warm=lambda: _table(city(500), 9))
    pairs = f"{len(events):,} events, 4 by 4 bands to 400 m and 28 days"
    yield Job(f"Knox, {pairs}, {permutations} permutations", spent, most_seconds=_MOST_SECONDS)
    roles, spent = timed(
        lambda: hs.near_repeats(events, events["day"], distance=100, time=7),
        warm=lambda: hs.near_repeats(city(500), city(500)["day"], distance=100, time=7),
    )
    held = Agreement("events without a role", float(roles["role"].isna().sum()), 0.0)
    yield Job(f"role of each of {len(events):,} events, 100 m and 7 days", spent, checks=(held,))


def _table(events: gpd.GeoDataFrame, permutations: int) -> pd.DataFrame:
    return hs.knox(events, events["day"], distance=_METRES, time=_DAYS, permutations=permutations)


def _beside_pointpats(n: int) -> Job:
    events = city(n)
    places, days = np.column_stack([events.geometry.x, events.geometry.y]), _days(events)

    def ours() -> pd.DataFrame:
        return hs.knox(events, events["day"], distance=400, time=28, permutations=_SHUFFLES)

    def theirs() -> object:
        from pointpats import Knox

        np.random.seed(1)  # noqa: NPY002 - it draws from the global state
        return Knox(places, days[:, None], 400, 28, permutations=_SHUFFLES)

    table, spent = timed(ours, warm=ours)
    found, rival_spent = timed(theirs)
    mine = table.iloc[0]
    error = 6 * np.sqrt(2 * 0.25 / _SHUFFLES)
    agreements = (
        Agreement("observed", abs(float(mine["observed"]) - float(found.observed[0, 0])), 0.0),
        Agreement("expected", abs(float(mine["expected"]) - float(found.expected[0, 0])), 1e-6),
        Agreement("p", abs(float(mine["p"]) - float(found.p_sim)), error),
    )
    rival = Rival("pointpats Knox", rival_spent, agreements)
    return Job(f"Knox, {n:,} events, one band of 400 m and 28 days, {_SHUFFLES} permutations", spent, [rival])


def _beside_numpy(n: int) -> Job:
    events = city(n)
    table, spent = timed(lambda: _table(events, _SHUFFLES), warm=lambda: _table(city(500), 9))
    (observed, p), rival_spent = timed(lambda: pairs_and_shuffles(events, _SHUFFLES))
    agreements = (
        Agreement("observed", float(np.abs(table["observed"].to_numpy() - observed).max()), 0.0),
        Agreement("p", float(np.abs(table["p"].to_numpy() - p).max()), 6 * np.sqrt(2 * 0.25 / _SHUFFLES)),
    )
    rival = Rival("SciPy cKDTree pairs, NumPy shuffles", rival_spent, agreements)
    return Job(f"Knox, {n:,} events, 4 by 4 bands, {_SHUFFLES} permutations", spent, [rival])


def pairs_and_shuffles(events: gpd.GeoDataFrame, permutations: int) -> tuple[np.ndarray, np.ndarray]:
    """Do as one would by hand: a tree's pairs once, then a two-way table of bands for each shuffle."""
    places, days = np.column_stack([events.geometry.x, events.geometry.y]), _days(events)
    i, j = cKDTree(places).query_pairs(_METRES[-1], output_type="ndarray").T
    far = np.searchsorted(_METRES, np.hypot(*(places[i] - places[j]).T))
    cells = len(_METRES) * (len(_DAYS) + 1)

    def count(times: np.ndarray) -> np.ndarray:
        late = np.searchsorted(_DAYS, np.abs(times[i] - times[j]))
        counts = np.bincount(far * (len(_DAYS) + 1) + late, minlength=cells)
        return counts.reshape(len(_METRES), -1)[:, :-1].ravel()

    rng = np.random.default_rng(1)
    observed = count(days)
    at_least = sum((count(rng.permutation(days)) >= observed).astype(int) for _ in range(permutations))
    return observed, (at_least + 1) / (permutations + 1)


def city(n: int) -> gpd.GeoDataFrame:
    """Scatter events of three years over 300 quarters of a city 25 km wide, a few of them very busy."""
    rng = np.random.default_rng(13)
    centres, size = rng.uniform(0, 25_000, (300, 2)), rng.pareto(1.5, 300) + 0.2
    places = rng.normal(centres[rng.choice(300, n, p=size / size.sum())], 700.0) + _CORNER
    day = pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 3 * 365, n), unit="D")
    return gpd.GeoDataFrame({"day": day}, geometry=gpd.points_from_xy(*places.T), crs=inputs.CRS)


def _days(events: gpd.GeoDataFrame) -> np.ndarray:
    return ((events["day"] - pd.Timestamp("2021-01-01")) / pd.Timedelta(days=1)).to_numpy()
