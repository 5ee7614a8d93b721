"""Local join counts: exact counts and tails."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph
from reference.local_moran import queen_grid
from reference.pair_statistics import hypergeometric_tail

import hotspot as hs
from hotspot.errors import ConfigError, InputError

CODES = [f"E{i:03}" for i in range(400)]


def graph_of(neighbours):
    return Graph.from_weights_dict({CODES[i]: {CODES[j]: w for j, w in r.items()} for i, r in enumerate(neighbours)})


def rook(rows, columns):
    cells = [(r, c) for r in range(rows) for c in range(columns)]
    return [
        {j: 1.0 for j, (s, d) in enumerate(cells) if abs(r - s) + abs(c - d) == 1} for r, c in cells
    ]  # fmt: skip


def test_the_halves_of_a_lattice():
    y = pd.Series([0] * 8 + [1] * 8, CODES[:16])
    found = hs.local_join_counts(y, graph_of(rook(4, 4)), correction="none")
    assert found["join_count"].fillna(0).tolist() == [0] * 8 + [2, 3, 3, 2, 2, 3, 3, 2]
    assert found["join_label"].tolist()[:8] == ["Absent"] * 8


@pytest.mark.parametrize("seed", range(4))
def test_tails_equal_counted_subsets(seed):
    grid = queen_grid(5, 5)
    y = pd.Series(np.random.default_rng(seed).random(25) < 0.4, CODES[:25])
    graph = graph_of(grid)
    tables = {side: hs.local_join_counts(y, graph, alternative=side) for side in ("greater", "less", "two-sided")}
    greater = tables["greater"]
    for i, row in enumerate(grid):
        if not y.iloc[i]:
            assert np.isnan(greater["join_p"].iloc[i])
            continue
        seen = sum(bool(y.iloc[j]) for j in row)
        upper = hypergeometric_tail(24, int(y.sum()) - 1, len(row), seen)
        above = hypergeometric_tail(24, int(y.sum()) - 1, len(row), seen + 1)
        assert greater["join_count"].iloc[i] == seen
        assert greater["join_p"].iloc[i] == pytest.approx(upper, abs=1e-12)
        assert tables["less"]["join_p"].iloc[i] == pytest.approx(1 - above, abs=1e-12)
        assert tables["two-sided"]["join_p"].iloc[i] == pytest.approx(min(1, 2 * min(upper, 1 - above)), abs=1e-12)


def test_a_cluster_is_found_and_noise_is_not():
    rows, columns = np.divmod(np.arange(400), 20)
    y = pd.Series(((rows < 5) & (columns < 5)).astype(int), CODES)
    queen = graph_of(queen_grid(20, 20))
    with hs.recording() as notes:
        found = hs.local_join_counts(y, queen)
    assert (found["join_label"] == "Clustered").sum() == 25
    assert notes[0].facts["tested"] == 25
    runs = [
        (hs.local_join_counts(
            pd.Series(np.random.default_rng(seed).random(400) < 0.1, CODES), queen, correction="none"
        )["join_p"] <= 0.05).sum()
        for seed in range(20)
    ]  # fmt: skip
    assert np.mean(runs) <= 2.6  # 40 areas are tested; ties make the test cautious


def test_what_is_absent_is_named():
    graph = Graph.from_dicts({"A": [], "B": ["C"], "C": ["B", "D"], "D": ["C"], "E": ["D"]})
    y = pd.Series([1, 1, 0, None, 1], list("ABCDE"), dtype="Float64")
    found = hs.local_join_counts(y, graph)
    assert found["join_label"].tolist() == ["No neighbours", "Not significant", "Absent", "No data", "No neighbours"]
    assert set(hs.local_join_counts(y * 0 + 1, graph)["join_label"]) == {"Undefined", "No data"}


def test_errors_teach():
    graph = graph_of(rook(3, 3))
    y = pd.Series(range(9), CODES[:9])
    with pytest.raises(InputError, match=r"y: 7 of 9 values are neither 0 nor 1 \(first in row 2\)"):
        hs.local_join_counts(y, graph)
    uneven = graph_of([{j: 1.0 + j for j in row} for row in rook(3, 3)])
    with pytest.raises(InputError, match="weights differ"):
        hs.local_join_counts(y > 4, uneven)
    with pytest.raises(ConfigError, match="alternative"):
        hs.local_join_counts(y > 4, graph, alternative="more")
