"""The shared-table engine ranks as slow, exact arithmetic does."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.local_moran import queen_grid, reference_neighbours, tails

from hotspot.numerics.fixed_point import to_fixed_point
from hotspot.numerics.permutation import TailCounts, rank_neighbour_sums, rank_weighted_sums
from hotspot.numerics.random_numbers import reference_table


def _ranks(values, neighbours, *, draws, seed=0, first=0, conditional=True):
    degree = np.array([len(row) for row in neighbours])
    fixed = to_fixed_point(np.asarray(values, float), int(degree.max()) + 1)
    own = np.array([sum(fixed.values[j] for j in row) for row in neighbours])
    slack = fixed.slack(np.arange(degree.max() + 2))
    return rank_neighbour_sums(
        fixed.values, degree, own, slack, seed=seed, first=first, last=draws, conditional=conditional
    )


@st.composite
def small_graphs(draw):
    n = draw(st.integers(2, 9))
    rows = [
        sorted(draw(st.sets(st.integers(0, n - 1).filter(lambda j, i=i: j != i), max_size=n - 1))) for i in range(n)
    ]
    if not any(rows):
        rows[0] = [1]
    return [dict.fromkeys(row, 1.0) for row in rows]


@settings(deadline=None, max_examples=40)
@given(graph=small_graphs(), data=st.data(), seed=st.integers(0, 2**64 - 1))
def test_counts_of_whole_numbers_equal_exact_fractions(graph, data, seed):
    values = data.draw(st.lists(st.integers(0, 3), min_size=len(graph), max_size=len(graph)))
    found = _ranks(values, graph, draws=30, seed=seed)
    slow = tails(values, graph, draws=30, seed=seed, upper=False)
    for i, row in enumerate(graph):
        assert (found.at_least[i], found.at_most[i]) == (slow[i] if row else (0, 0))


@settings(deadline=None, max_examples=30)
@given(graph=small_graphs(), data=st.data())
def test_weighted_sums_equal_exact_fractions(graph, data):
    share = st.sampled_from([0.25, 0.5, 1.0, 2.0])
    weighted = [{j: data.draw(share) for j in row} for row in graph]
    values = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(graph), max_size=len(graph))), float)
    indptr = np.r_[0, np.cumsum([len(row) for row in weighted])]
    weights = np.array([w for row in weighted for w in row.values()])
    own = np.array([sum(w * values[j] for j, w in row.items()) for row in weighted])
    found = rank_weighted_sums(values, indptr, weights, own, np.full(len(values), 1e-9), seed=4, first=0, last=30)
    slow = tails(list(values), weighted, draws=30, seed=4, upper=False)
    for i, row in enumerate(weighted):
        if row:
            assert (found.at_least[i], found.at_most[i]) == slow[i]


def test_both_engines_agree_on_equal_weights():
    graph, values = queen_grid(6, 6), np.random.default_rng(2).poisson(0.7, 36).astype(float)
    exact = _ranks(values, graph, draws=1500, seed=9)
    indptr = np.r_[0, np.cumsum([len(row) for row in graph])]
    own = np.array([values[list(row)].sum() for row in graph])
    weights, slack = np.ones(indptr[-1]), np.full(36, 1e-9)
    blocked = rank_weighted_sums(values, indptr, weights, own, slack, seed=9, first=0, last=1500)
    assert (exact.at_least == blocked.at_least).all()
    assert (exact.at_most == blocked.at_most).all()


def test_unconditional_draws_take_the_row_as_it_is():
    values, graph = [5, 0, 1, 3, 2, 2], [dict.fromkeys((i, (i + 1) % 6), 1.0) for i in range(6)]
    found = _ranks(values, graph, draws=200, seed=1, conditional=False)
    sums = np.array(values)[reference_table(6, 2, draws=200, seed=1)].sum(axis=1)
    own = [sum(values[j] for j in row) for row in graph]
    assert found.at_least.tolist() == [int((sums >= value).sum()) for value in own]
    assert found.at_most.tolist() == [int((sums <= value).sum()) for value in own]


def test_a_site_is_never_its_own_reference_neighbour():
    assert reference_neighbours([3, 1, 2, 0], 1, 2) == [3, 2]
    assert reference_neighbours([3, 1, 2, 0], 0, 2) == [3, 1]


def test_tails_and_ties_add_up():
    graph, values = queen_grid(5, 5), np.random.default_rng(1).poisson(1, 25)
    found = _ranks(values, graph, draws=999)
    assert (found.at_least + found.at_most == 999 + found.ties).all()
    assert (found.ties >= 0).all()


def test_ranges_of_draws_add_up():
    graph, values = queen_grid(5, 5), np.random.default_rng(1).normal(size=25)
    whole, low, high = (_ranks(values, graph, first=a, draws=b) for a, b in ((0, 700), (0, 250), (250, 700)))
    both = low + high
    assert isinstance(both, TailCounts)
    assert both.draws == whole.draws == 700
    assert (both.at_least == whole.at_least).all()
    assert (both.at_most == whole.at_most).all()


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="one processor")
def test_any_thread_count_gives_the_same_bytes():
    graph, values = queen_grid(12, 12), np.random.default_rng(3).normal(size=144)
    before = numba.get_num_threads()
    try:
        results = []
        for threads in (1, 2):
            numba.set_num_threads(threads)
            results.append(_ranks(values, graph, draws=20_000))
    finally:
        numba.set_num_threads(before)
    assert results[0].at_least.tobytes() == results[1].at_least.tobytes()
    assert results[0].at_most.tobytes() == results[1].at_most.tobytes()


SCRIPT = """
import json
import numpy as np
from hotspot.numerics.permutation import rank_neighbour_sums, rank_weighted_sums
values = np.array([3, 0, 1, 1, 0, 2, 5, 0])
degree = np.array([2, 3, 1, 0, 2, 2, 3, 7])
own = np.array([3, 1, 0, 0, 2, 5, 1, 12])
a = rank_neighbour_sums(values, degree, own, np.zeros(9, int), seed=2**40 + 1, first=3, last=40)
indptr = np.r_[0, np.cumsum(degree)]
weights = np.linspace(1, 2, indptr[-1])
b = rank_weighted_sums(values * 1.0, indptr, weights, own * 1.5, np.full(8, 1e-9), seed=5, first=0, last=30)
print(json.dumps([a.at_least.tolist(), a.at_most.tolist(), b.at_least.tolist(), b.at_most.tolist()]))
"""


def test_interpreted_kernels_give_what_compiled_ones_give():
    results = []
    for disabled in ("0", "1"):
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disabled}
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, check=True, text=True
        )
        results.append(json.loads(run.stdout))
    assert results[0] == results[1]
    assert any(results[0][0])
