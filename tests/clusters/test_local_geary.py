"""Local Geary: values, p-values, labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph
from reference.local_moran import queen_grid, two_sided
from reference.pair_statistics import centred, geary, tails

import hotspot as hs
from hotspot.errors import ConfigError, InputError

CODES = [f"E{i:03}" for i in range(400)]
OPTIONS = {"permutations": 99, "max_permutations": 99}
GRID = queen_grid(6, 6)
GENERAL = [{j: (1 + (i + j) % 3) / 4 for j in row} for i, row in enumerate(GRID)]


def graph_of(neighbours):
    return Graph.from_weights_dict({CODES[i]: {CODES[j]: w for j, w in r.items()} for i, r in enumerate(neighbours)})


def series(values):
    return pd.Series(values, index=CODES[: len(values)])


@pytest.mark.parametrize("kind", ["counts", "continuous"])
@pytest.mark.parametrize("grid", [GRID, GENERAL], ids=["equal", "general"])
def test_equals_the_slow_twin(kind, grid):
    rng = np.random.default_rng(1)
    y = series(rng.poisson(2, 36) if kind == "counts" else rng.normal(size=36))
    found = hs.local_geary(y, graph_of(grid), **OPTIONS)
    assert found["geary_c"].to_numpy() == pytest.approx(geary(list(y), grid), rel=1e-11, abs=1e-13)
    c = centred(list(y))

    def statistic(i, places, weights):
        return sum(w * (c[i] - c[j]) ** 2 for w, j in zip(weights, places, strict=True))

    slow = [two_sided(*tail, 99) for tail in tails(statistic, grid, draws=99, seed=0)]
    assert found["geary_p"].tolist() == slow


@pytest.mark.filterwarnings("ignore:y. .* of the values are 0")
@pytest.mark.parametrize("mean", [0.03, 0.1, 0.3, 1.0, 5.0])
def test_noise_stays_noise(mean):
    queen = graph_of(queen_grid(20, 20))
    for alternative in ("two-sided", "greater", "less"):
        found = []
        for seed in range(10):
            y = series(np.random.default_rng(seed).poisson(mean, 400))
            table = hs.local_geary(
                y, queen, permutations=999, max_permutations=999, alternative=alternative, correction="none"
            )
            found.append(int((table["geary_p"] <= 0.05).sum()))
        # 5 % of 400 is 20; ties only lower it. Three standard errors of ten maps are left to chance
        assert np.mean(found) <= 20 + 3 * np.std(found, ddof=1) / np.sqrt(10)
        assert max(found) <= 60


def test_labels():
    rows = np.arange(400) // 20
    rng = np.random.default_rng(0)
    y = series(np.select([rows < 7, rows < 13], [9.0, 5.0], 1.0) + rng.normal(scale=0.3, size=400))
    y.iloc[330] = 9.0  # alone amid low values
    found = hs.local_geary(y, graph_of(queen_grid(20, 20)))
    assert (found["geary_label"][CODES[0:120]] == "High-High").all()
    assert (found["geary_label"][CODES[280:310]] == "Low-Low").all()
    assert found["geary_label"][CODES[330]] == "Negative"
    with hs.recording() as notes:
        unlike = hs.local_geary(y, graph_of(queen_grid(20, 20)), alternative="greater")
    assert set(unlike["geary_label"]) == {"Negative", "Not significant"}
    assert notes[0].facts["tested"] == 400
    assert notes[0].facts["significant"] == (unlike["geary_q"] <= 0.05).sum()


def test_a_missing_value_is_as_if_it_were_not_there_and_constants_are_undefined():
    y = series(np.random.default_rng(3).normal(size=36))
    y.iloc[7] = np.nan
    graph = graph_of(GRID)
    found = hs.local_geary(y, graph, **OPTIONS)
    kept = y.dropna()
    pd.testing.assert_frame_equal(found.loc[kept.index], hs.local_geary(kept, graph.subgraph(kept.index), **OPTIONS))
    assert found["geary_label"].iloc[7] == "No data"
    assert set(hs.local_geary(y * 0 + 2, graph, **OPTIONS)["geary_label"]) == {"Undefined", "No data"}


def test_islands_and_errors():
    graph = Graph.from_dicts({"A": [], "B": ["C"], "C": ["B", "D"], "D": ["C"]})
    y = pd.Series([5, 1, 2, 4], list("ABCD"))
    found = hs.local_geary(y, graph, **OPTIONS)
    assert found["geary_label"]["A"] == "No neighbours"
    assert found.loc["A", ["geary_c", "geary_p", "geary_q"]].isna().all()
    with pytest.raises(InputError, match="infinite"):
        hs.local_geary(y.where(y < 5, np.inf), graph)
    with pytest.raises(ConfigError, match="correction"):
        hs.local_geary(y, graph, correction="holm")


def test_threads_do_not_change_a_byte():
    from numba import get_num_threads, set_num_threads

    y, queen = series(np.random.default_rng(0).normal(size=400)), graph_of(queen_grid(20, 20))
    threads = get_num_threads()
    many = hs.local_geary(y, queen, permutations=1_999)
    set_num_threads(1)
    try:
        one = hs.local_geary(y, queen, permutations=1_999)
    finally:
        set_num_threads(threads)
    pd.testing.assert_frame_equal(many, one, check_exact=True)


@pytest.mark.filterwarnings("ignore:The alternative hypothesis:DeprecationWarning")
def test_agrees_with_esda():
    esda = pytest.importorskip("esda")
    y, queen = series(np.random.default_rng(5).normal(size=400)), graph_of(queen_grid(20, 20))
    theirs = esda.Geary_Local(queen, permutations=0).fit(y.to_numpy()).localG
    assert hs.local_geary(y, queen, **OPTIONS)["geary_c"].to_numpy() == pytest.approx(theirs, rel=1e-10)
