"""Counts drawn anew from each area's own Poisson distribution."""

from __future__ import annotations

import numpy as np
import pytest
from numba import get_num_threads, set_num_threads
from scipy import stats

from hotspot.numerics.poisson_null import draw_counts, poisson_tables, rank_poisson_sums


def drawn(expected, draws, seed=0):
    tables = poisson_tables(np.asarray(expected, float))
    counts = np.empty((draws, len(expected)))
    for draw in range(draws):
        draw_counts(counts[draw], *tables, np.uint64(draw), np.uint64(seed))
    return counts


@pytest.mark.parametrize("mean", [0.05, 1.0, 7.3, 250.0])
def test_draws_have_the_distribution(mean):
    counts = drawn([mean, mean, mean], 4_000).ravel()
    edges = np.unique(stats.poisson.ppf([0.0, 0.1, 0.3, 0.5, 0.7, 0.9], mean))
    seen = np.array([np.sum(counts <= edge) for edge in edges])
    chance = stats.poisson.cdf(edges, mean)
    error = 4.5 * np.sqrt(len(counts) * chance * (1 - chance)) + 1
    assert (np.abs(seen - len(counts) * chance) <= error).all()
    assert counts.mean() == pytest.approx(mean, abs=5 * np.sqrt(mean / len(counts)))
    assert counts.var() == pytest.approx(mean, rel=0.08)


def test_areas_are_independent_and_none_expects_none():
    counts = drawn([5.0, 5.0, 0.0, 2.0], 4_000)
    assert (counts[:, 2] == 0).all()
    assert abs(np.corrcoef(counts[:, 0], counts[:, 1])[0, 1]) < 0.08
    assert abs(np.corrcoef(counts[:-1, 0], counts[1:, 0])[0, 1]) < 0.08


def test_tables_are_the_cumulative_distribution():
    expected = np.array([0.0, 3.0, 40.0, 3.0])
    starts, lowest, cumulative = poisson_tables(expected)
    for i, mean in enumerate(expected):
        table = cumulative[starts[i] : starts[i + 1]]
        assert table == pytest.approx(stats.poisson.cdf(lowest[i] + np.arange(len(table)), mean), abs=1e-15)
        assert table[-1] >= 1 - 1e-14


def test_ranks_equal_the_slow_twin_for_any_threads_and_ranges():
    rng = np.random.default_rng(0)
    n, draws = 12, 200
    expected, worth = rng.uniform(0.2, 6, n), rng.uniform(0.5, 2, n)
    neighbours = np.array([[(i + 1) % n, (i + 2) % n] for i in range(n)]).ravel()
    indptr, weights = np.arange(0, 2 * n + 1, 2), rng.uniform(0.5, 1, 2 * n)
    observed = worth * rng.poisson(expected)
    own = np.array([sum(weights[k] * observed[neighbours[k]] for k in (2 * i, 2 * i + 1)) for i in range(n)])
    values = drawn(expected, draws, seed=7) * worth
    sums = np.stack([weights[0::2] * values[:, neighbours[0::2]], weights[1::2] * values[:, neighbours[1::2]]]).sum(0)
    slack = np.full(n, 1e-12)
    tables, rows = poisson_tables(expected), (indptr, neighbours, weights)
    found = rank_poisson_sums(tables, worth, rows, own, slack, seed=7, first=0, last=draws)
    assert found.at_least.tolist() == (sums >= own - slack).sum(0).tolist()
    assert found.at_most.tolist() == (sums <= own + slack).sum(0).tolist()
    parts = [
        rank_poisson_sums(tables, worth, rows, own, slack, seed=7, first=a, last=b) for a, b in ((0, 77), (77, draws))
    ]
    assert (parts[0] + parts[1]).at_least.tolist() == found.at_least.tolist()
    threads = get_num_threads()
    set_num_threads(1)
    try:
        one = rank_poisson_sums(tables, worth, rows, own, slack, seed=7, first=0, last=draws)
    finally:
        set_num_threads(threads)
    assert one.at_most.tolist() == found.at_most.tolist()
