"""Getis-Ord Gi and Gi*."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph
from reference.getis_ord import z_others, z_star
from reference.local_moran import queen_grid, tails, two_sided

import hotspot as hs
from hotspot.errors import ConfigError, InputError
from hotspot.numerics.random_numbers import reference_table
from hotspot.schema import GI_LABELS

CODES = [f"E{i:03}" for i in range(64)]
GRID = queen_grid(8, 8)
WITH_SELF = [{i: 1.0, **row} for i, row in enumerate(GRID)]


@pytest.fixture(scope="module")
def graph():
    return Graph.from_dicts({CODES[i]: [CODES[j] for j in row] for i, row in enumerate(GRID)})


@pytest.fixture
def y():
    return pd.Series(np.random.default_rng(1).poisson(3, 64), CODES)


def test_line_fixture():
    line = Graph.from_dicts({"a": ["b"], "b": ["a", "c"], "c": ["b", "d"], "d": ["c", "e"], "e": ["d"]})
    found = hs.getis_ord(pd.Series([1, 2, 10, 3, 1], list("abcde")), line)
    assert found["gi_z"].to_numpy() == pytest.approx([-0.917, 0.676, 1.159, 0.917, -0.676], abs=5e-4)


def test_z_equals_the_slow_twin(graph, y):
    assert hs.getis_ord(y, graph)["gi_z"].to_numpy() == pytest.approx(z_star(list(y), WITH_SELF), rel=1e-10)
    assert hs.getis_ord(y, graph, star=False)["gi_z"].to_numpy() == pytest.approx(z_others(list(y), GRID), rel=1e-10)


def test_general_weights_equal_the_slow_twin(y):
    rng = np.random.default_rng(5)
    rows = [{j: float(rng.integers(1, 9)) / 4 for j in row} for row in GRID]
    graph = Graph.from_weights_dict({CODES[i]: {CODES[j]: w for j, w in row.items()} for i, row in enumerate(rows)})
    with_self = [{**row, i: max(row.values())} for i, row in enumerate(rows)]
    found = hs.getis_ord(y, graph, permutations=199, correction="none")
    assert found["gi_z"].to_numpy() == pytest.approx(z_star(list(y), with_self), rel=1e-10)
    other = hs.getis_ord(y, graph, star=False, permutations=199, correction="none")
    assert other["gi_z"].to_numpy() == pytest.approx(z_others(list(y), rows), rel=1e-10)
    slow = tails(list(y), rows, draws=199, seed=0, upper=False)
    assert other["gi_p"].tolist() == [two_sided(*tail, 199) for tail in slow]


def test_star_draws_all_places_anew_and_gi_holds_its_own(graph, y):
    star = hs.getis_ord(y, graph, permutations=499, correction="none")
    table = reference_table(64, 9, draws=499, seed=0)
    for i, row in enumerate(WITH_SELF):
        sums = y.to_numpy()[table[:, : len(row)]].sum(axis=1)
        own = y.iloc[list(row)].sum()
        assert star["gi_p"].iloc[i] == two_sided(int((sums >= own).sum()), int((sums <= own).sum()), 499)
    plain = hs.getis_ord(y, graph, star=False, permutations=499, correction="none")
    slow = tails(list(y), GRID, draws=499, seed=0, upper=False)
    assert plain["gi_p"].tolist() == [two_sided(*tail, 499) for tail in slow]


def test_scaled_rows_and_given_self_weights(graph, y):
    base = hs.getis_ord(y, graph)
    pd.testing.assert_frame_equal(hs.getis_ord(y, graph.transform("r")), base, rtol=1e-10)
    pd.testing.assert_frame_equal(hs.getis_ord(y, graph.assign_self_weight(1)), base)
    heavy = hs.getis_ord(y, graph.assign_self_weight(3.0))
    assert heavy["gi_z"].to_numpy() == pytest.approx(
        z_star(list(y), [{**row, i: 3.0} for i, row in enumerate(WITH_SELF)]), rel=1e-10
    )


def test_hot_and_cold(graph):
    y = pd.Series(np.random.default_rng(0).normal(10, 1, 64), CODES)
    y.iloc[[0, 1, 8, 9]] += 15
    y.iloc[[54, 55, 62, 63]] -= 15
    found = hs.getis_ord(y, graph, permutations=9_999)
    assert found.loc[["E000", "E001", "E008"], "gi_label"].tolist() == ["Hot"] * 3
    assert found["gi_label"].iloc[63] == "Cold"
    assert set(found["gi_label"]) <= set(GI_LABELS)
    only = hs.getis_ord(y, graph, permutations=9_999, alternative="greater")
    assert "Cold" not in set(only["gi_label"])


def test_mostly_zero_noise_has_no_cold_spots(graph):
    for seed in range(5):
        y = pd.Series(np.random.default_rng(seed).poisson(0.05, 64), CODES)
        found = hs.getis_ord(y, graph, permutations=999, correction="none")
        assert (found["gi_p"] <= 0.05).sum() <= 12
        assert (found["gi_label"] != "Cold").all()


def test_absence_is_named(graph):
    y = pd.Series(np.random.default_rng(1).poisson(3, 64).astype(float), CODES)
    y.iloc[10] = np.nan
    found = hs.getis_ord(y, graph, permutations=999)
    assert found["gi_label"].iloc[10] == "No data"
    kept = y.dropna()
    pd.testing.assert_frame_equal(
        found.loc[kept.index], hs.getis_ord(kept, graph.subgraph(kept.index), permutations=999)
    )
    assert set(hs.getis_ord(pd.Series(2.0, CODES), graph)["gi_label"]) == {"Undefined"}
    islands = Graph.from_dicts({"A": [], "B": ["C"], "C": ["B"], "D": ["C"]})
    for star in (True, False):
        some = hs.getis_ord(pd.Series([1, 2, 3, 5], list("ABCD")), islands, star=star)
        assert some["gi_label"].tolist()[0] == "No neighbours"
        assert np.isnan(some["gi_z"].iloc[0])
        assert np.isfinite(some["gi_z"].iloc[1:]).all()


def test_everyone_a_neighbour_is_undefined():
    full = Graph.from_dicts({c: [x for x in "ABCD" if x != c] for c in "ABCD"})
    y = pd.Series([1, 2, 3, 9], list("ABCD"))
    assert set(hs.getis_ord(y, full)["gi_label"]) == {"Undefined"}
    assert set(hs.getis_ord(y, full, star=False)["gi_label"]) == {"Undefined"}
    pair = Graph.from_dicts({"A": ["B"], "B": ["A"]})
    assert set(hs.getis_ord(pd.Series([1, 2], list("AB")), pair, star=False)["gi_label"]) == {"Undefined"}


def test_others_that_do_not_vary_leave_gi_undefined():
    line = Graph.from_dicts({"A": ["B"], "B": ["A", "C"], "C": ["B", "D"], "D": ["C"]})
    found = hs.getis_ord(pd.Series([9, 2, 2, 2], list("ABCD")), line, star=False)
    assert found["gi_label"].iloc[0] == "Undefined"
    assert np.isfinite(found["gi_z"].iloc[1:]).all()


def test_record_and_refusals(graph, y):
    with hs.recording() as notes:
        hs.getis_ord(y, graph, permutations=999, star=False)
    assert notes[0].step == "getis_ord"
    assert notes[0].facts["star"] is False
    assert notes[0].facts["tested"] == 64
    with pytest.raises(InputError, match="same area codes"):
        hs.getis_ord(y.iloc[:5], graph)
    with pytest.raises(ConfigError, match="alternative"):
        hs.getis_ord(y, graph, alternative="hot")


def test_agrees_with_esda(graph, y):
    esda = pytest.importorskip("esda")
    theirs = esda.G_Local(y.to_numpy(float), graph, transform="B", permutations=0, star=True)
    assert hs.getis_ord(y, graph)["gi_z"].to_numpy() == pytest.approx(theirs.Zs, rel=1e-10)
    plain = esda.G_Local(y.to_numpy(float), graph, transform="B", permutations=0, star=None)
    assert hs.getis_ord(y, graph, star=False)["gi_z"].to_numpy() == pytest.approx(plain.Zs, rel=1e-10)
