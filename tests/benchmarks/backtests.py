"""Time a back-test of five methods beside lists that pandas sorts and cumulates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import box
from timing import Agreement, Job, Rival, timed

import hotspot as hs
from hotspot.evaluation import methods

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inputs import Size
    from timing import Entry

_LSOAS_OF_LONDON = 4_829
_MONTHS, _STEPS, _SHARE = 36, 24, 0.02
_MOST_SECONDS = 60.0


def run(size: Size) -> Iterator[Entry]:
    """Time every job of this topic."""
    wanted = _LSOAS_OF_LONDON if size.name != "toy" else 144
    areas, records = town(wanted, events=20 * wanted)
    counts, graph = hs.count_by_period(records, areas), hs.contiguity(areas)
    made = {
        "count": methods.count(),
        "rate": methods.rate(),
        "smoothed rate": methods.empirical_bayes(),
        "local Moran": methods.local_moran(graph, population="population"),
        "density": methods.kernel_density(800),
    }

    def whole() -> pd.DataFrame:
        return hs.backtest(made, counts, areas, incidents=records, steps=_STEPS, shares=[_SHARE])

    _, spent = timed(whole, warm=whole)
    task = f"{_STEPS} monthly lists by 5 methods, {len(areas):,} areas, {len(records):,} records, 999 redrawings"
    yield Job(f"back-test, {task}", spent, most_seconds=_MOST_SECONDS)
    by_count, spent = timed(lambda: hs.backtest({"count": methods.count()}, counts, areas, steps=_STEPS, draws=0))
    theirs, rival_spent = timed(lambda: sorted_by_hand(counts, areas))
    same = Agreement("hits of the list by count", float(by_count.loc[("all", "count", _SHARE), "hits"] - theirs), 1e-6)
    rival = Rival("pandas, sorted by hand: one list, one share, hits only", rival_spent, (same,))
    yield Job("the same by count and by last period, four shares, no intervals", spent, [rival])


def town(wanted: int, *, events: int) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Lay areas of 500 m and scatter the records of three years over them, a few areas having most."""
    rng = np.random.default_rng(23)
    side = math.ceil(math.sqrt(wanted))
    place = np.arange(wanted)
    west, south = 500_000.0 + 500 * (place % side), 150_000.0 + 500 * (place // side)
    areas = gpd.GeoDataFrame(
        {"population": rng.integers(1_000, 2_200, wanted)},
        index=pd.Index([f"E{i:05d}" for i in place], name="area_code"),
        geometry=[box(x, y, x + 500, y + 500) for x, y in zip(west, south, strict=True)], crs=27700,
    )  # fmt: skip
    share = rng.gamma(0.5, size=wanted)
    at = rng.choice(wanted, events, p=share / share.sum())
    days = (pd.Period("2023-12", "M").end_time - pd.Timestamp("2021-01-01")).days + 1
    when = pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, days * 1_440, events), unit="min")
    inside = rng.uniform(1, 499, (2, events))
    records = gpd.GeoDataFrame(
        {"source": "police", "time_precision": "minute", "occurred_from": when.as_unit("us")},
        index=[f"police-{i:06d}" for i in range(events)],
        geometry=gpd.points_from_xy(west[at] + inside[0], south[at] + inside[1]), crs=27700,
    )  # fmt: skip
    return areas, records


def sorted_by_hand(counts: pd.DataFrame, areas: gpd.GeoDataFrame) -> float:
    """Score the list by count as a script would: sort, cumulate, read off at the share."""
    km2, hits = areas.geometry.area / 1e6, 0.0
    for step in range(_MONTHS - _STEPS, _MONTHS):
        table = pd.DataFrame(
            {"past": counts.iloc[:, step - 12 : step].sum(axis=1), "next": counts.iloc[:, step], "km2": km2}
        ).astype(float)
        table = table.assign(rank=table["past"] / table["km2"], ties=table["next"] / table["km2"])
        table = table.sort_values(["rank", "ties"], ascending=[False, True], kind="stable")
        ground = np.concatenate([[0.0], table["km2"].cumsum()])
        found = np.concatenate([[0.0], table["next"].cumsum()])
        hits += float(np.interp(_SHARE * ground[-1], ground, found))
    return hits
