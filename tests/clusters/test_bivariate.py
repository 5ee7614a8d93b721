"""Bivariate local Moran and Lee's L: values, p-values, labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph
from reference.local_moran import label, queen_grid, two_sided
from reference.pair_statistics import bivariate, centred, lee, standardised, tails

import hotspot as hs
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.schema import MORAN_LABELS

CODES = [f"E{i:03}" for i in range(400)]
OPTIONS = {"permutations": 99, "max_permutations": 99}


def graph_of(neighbours):
    return Graph.from_weights_dict({CODES[i]: {CODES[j]: w for j, w in r.items()} for i, r in enumerate(neighbours)})


def series(values):
    return pd.Series(values, index=CODES[: len(values)])


def pair(kind, seed=0, n=36):
    rng = np.random.default_rng(seed)
    if kind == "counts":
        return series(rng.poisson(2, n) + 1), series(rng.poisson(3, n) + 1)
    x = rng.normal(size=n)
    return series(x), series(0.5 * x + rng.normal(size=n))


GRID = queen_grid(6, 6)
GENERAL = [{j: (1 + (i + j) % 3) / 4 for j in row} for i, row in enumerate(GRID)]


@pytest.mark.parametrize("kind", ["counts", "continuous"])
@pytest.mark.parametrize("grid", [GRID, GENERAL], ids=["equal", "general"])
def test_bivariate_moran_equals_the_slow_twin(kind, grid):
    x, y = pair(kind)
    found = hs.local_moran_bivariate(x, y, graph_of(grid), **OPTIONS)
    assert found["moran_bv_i"].to_numpy() == pytest.approx(bivariate(list(x), list(y), grid), rel=1e-12, abs=1e-14)
    cx, cy = centred(list(x)), centred(list(y))

    def statistic(i, places, weights):
        return cx[i] * sum(w * cy[j] for w, j in zip(weights, places, strict=True))

    slow = [two_sided(*tail, 99) for tail in tails(statistic, grid, draws=99, seed=0)]
    assert found["moran_bv_p"].tolist() == slow


@pytest.mark.parametrize("star", [True, False])
@pytest.mark.parametrize("kind", ["counts", "continuous"])
@pytest.mark.parametrize("grid", [GRID, GENERAL], ids=["equal", "general"])
def test_lee_equals_the_slow_twin(kind, grid, star):
    x, y = pair(kind, seed=2)
    rows = [dict(sorted({**row, i: max(row.values())}.items())) if star else row for i, row in enumerate(grid)]
    found = hs.lee_l(x, y, graph_of(grid), star=star, **OPTIONS)
    assert found["lee_i"].to_numpy() == pytest.approx(lee(list(x), list(y), rows), rel=1e-11, abs=1e-13)
    cx, cy = centred(list(x)), centred(list(y))

    def statistic(i, places, weights):
        first = sum(w * cx[j] for w, j in zip(weights, places, strict=True))
        return first * sum(w * cy[j] for w, j in zip(weights, places, strict=True))

    slow = [two_sided(*tail, 99) for tail in tails(statistic, rows, draws=99, seed=0, conditional=not star)]
    assert found["lee_p"].tolist() == slow


def test_local_lee_averages_to_the_global_one():
    x, y = pair("continuous")
    zx, zy = np.array(standardised(list(x))), np.array(standardised(list(y)))
    weights = np.zeros((36, 36))
    for i, row in enumerate(GRID):
        weights[i, [*row, i]] = 1 / (len(row) + 1)
    whole = zx @ weights.T @ weights @ zy / 36
    assert hs.lee_l(x, y, graph_of(GRID), **OPTIONS)["lee_i"].mean() == pytest.approx(whole)


def test_a_value_against_itself_is_local_moran():
    x, _ = pair("continuous")
    alone = hs.local_moran(x, graph_of(GRID), permutations=999)
    both = hs.local_moran_bivariate(x, x, graph_of(GRID), permutations=999)
    both.columns = alone.columns
    pd.testing.assert_frame_equal(alone, both)


def test_lee_does_not_care_which_comes_first():
    x, y = pair("counts", seed=3)
    one, other = hs.lee_l(x, y, graph_of(GRID), **OPTIONS), hs.lee_l(y, x, graph_of(GRID), **OPTIONS)
    assert one["lee_p"].equals(other["lee_p"])
    assert one["lee_i"].to_numpy() == pytest.approx(other["lee_i"].to_numpy())


@pytest.mark.parametrize("statistic", [hs.local_moran_bivariate, hs.lee_l])
def test_labels_name_both_sides(statistic):
    rows = np.arange(400) // 20
    rng = np.random.default_rng(0)
    x = series(np.where(rows < 10, 9.0, 1.0) + rng.normal(size=400))
    y = series(np.where(rows < 10, 1.0, 9.0) + rng.normal(size=400))
    found = statistic(x, y, graph_of(queen_grid(20, 20)), permutations=9_999)
    prefix = found.columns[0].removesuffix("_i")
    labels = found[f"{prefix}_label"]
    assert set(labels) <= set(MORAN_LABELS)
    assert (labels[CODES[0:160]] == "High-Low").mean() > 0.9
    assert (labels[CODES[240:400]] == "Low-High").mean() > 0.9
    shown = found[labels.str.contains("High")]
    assert (shown[f"{prefix}_q"] <= 0.05).all()
    assert {label(-i * lag, lag) for i, lag in zip(shown[f"{prefix}_i"], shown[f"{prefix}_lag"], strict=True)}


@pytest.mark.filterwarnings("ignore:.* of the values are 0")
@pytest.mark.parametrize("statistic", [hs.local_moran_bivariate, hs.lee_l])
@pytest.mark.parametrize("mean", [0.03, 0.1, 0.3, 1.0, 5.0])
def test_noise_stays_noise(statistic, mean):
    queen = graph_of(queen_grid(20, 20))
    for alternative in ("two-sided", "greater", "less"):
        found = []
        for seed in range(10):
            rng = np.random.default_rng(seed)
            x, y = series(rng.poisson(mean, 400)), series(rng.poisson(mean, 400))
            table = statistic(
                x, y, queen, permutations=999, max_permutations=999, alternative=alternative, correction="none"
            )
            found.append(int((table.filter(like="_p").iloc[:, 0] <= 0.05).sum()))
        # 5 % of 400 is 20; ties only lower it. Three standard errors of ten maps are left to chance
        assert np.mean(found) <= 20 + 3 * np.std(found, ddof=1) / np.sqrt(10)
        assert max(found) <= 60


@pytest.mark.parametrize("statistic", [hs.local_moran_bivariate, hs.lee_l])
def test_a_missing_value_of_either_is_as_if_the_area_were_not_there(statistic):
    x, y = pair("continuous")
    graph = graph_of(GRID)
    gaps_x, gaps_y = x.copy(), y.copy()
    gaps_x.iloc[3], gaps_y.iloc[20] = np.nan, np.nan
    found = statistic(gaps_x, gaps_y, graph, **OPTIONS)
    gone = [CODES[3], CODES[20]]
    kept = x.index.difference(gone)
    without = statistic(x[kept], y[kept], graph.subgraph(kept), **OPTIONS)
    pd.testing.assert_frame_equal(found.loc[kept], without)
    assert set(found.loc[gone].filter(like="_label").iloc[:, 0]) == {"No data"}


@pytest.mark.parametrize("statistic", [hs.local_moran_bivariate, hs.lee_l])
def test_constants_islands_order_and_errors(statistic):
    x, y = pair("counts")
    graph = graph_of(GRID)
    assert set(statistic(x, y * 0 + 4, graph, **OPTIONS).filter(like="_label").iloc[:, 0]) == {"Undefined"}
    assert set(statistic(x * 0 + 4, y, graph, **OPTIONS).filter(like="_label").iloc[:, 0]) == {"Undefined"}
    base = statistic(x, y, graph, **OPTIONS)
    shuffled = statistic(x, y.sample(frac=1, random_state=0), graph, **OPTIONS)
    pd.testing.assert_frame_equal(base, shuffled)
    with pytest.raises(InputError, match=r"x and y must have the same area codes; 1 differ"):
        statistic(x, y.iloc[1:], graph)
    with pytest.raises(ConfigError, match="alternative"):
        statistic(x, y, graph, alternative="both")
    with pytest.warns(HotspotWarning, match="x: .*sparse"):
        statistic((x > 3).astype(int), y, graph, **OPTIONS)


def test_islands_are_named_and_with_star_they_stand_alone():
    graph = Graph.from_dicts({"A": [], "B": ["C"], "C": ["B", "D"], "D": ["C", "E"], "E": ["D"]})
    x, y = pd.Series([5, 1, 2, 4, 3], list("ABCDE")), pd.Series([2, 3, 1, 4, 6], list("ABCDE"))
    assert hs.local_moran_bivariate(x, y, graph, **OPTIONS)["moran_bv_label"]["A"] == "No neighbours"
    assert hs.lee_l(x, y, graph, star=False, **OPTIONS)["lee_label"]["A"] == "No neighbours"
    assert hs.lee_l(x, y, graph, **OPTIONS)["lee_label"]["A"] == "No neighbours"
