"""Pairs close in space, and the tails of shuffled tables, beside slow twins."""

from __future__ import annotations

import numpy as np
import pytest
from reference.near_repeat_naive import min_p, upper_p
from scipy.spatial import cKDTree

from hotspot.numerics.close_pairs import count_pairs, lay_out, list_pairs
from hotspot.numerics.knox_counts import BLOCK, count_knox, fitting
from hotspot.numerics.knox_tails import upper_tails
from hotspot.numerics.near_repeat_links import link_earlier


def points(n, seed=0, side=1_000.0):
    return np.random.default_rng(seed).uniform(-side, side, (n, 2))


@pytest.mark.parametrize(("norm", "manhattan"), [(2, False), (1, True)])
@pytest.mark.parametrize("reach", [3.0, 90.0, 5_000.0])
def test_pairs_are_those_of_a_tree(norm, manhattan, reach):
    xy = points(400)
    places = lay_out(*xy.T, np.zeros(400), reach)
    edges = np.array([reach / 3, reach])
    counts = count_pairs(places, edges, manhattan=manhattan)
    first, other = list_pairs(places, edges, counts, (0, 400), manhattan=manhattan)
    rows = np.repeat(np.arange(len(first) - 1), np.diff(first))
    found = {
        tuple(sorted(places.order[[i, j]].tolist())): b for i, j, b in zip(rows // 2, other, rows % 2, strict=True)
    }
    tree = cKDTree(xy)
    near, far = (tree.query_pairs(edge, p=norm) for edge in edges)
    assert {pair for pair, band in found.items() if band == 0} == near
    assert set(found) == far
    assert counts.sum(axis=0).tolist() == [len(near), len(far) - len(near)]


def test_a_run_of_points_has_its_part_of_the_list():
    places = lay_out(*points(200).T, np.zeros(200), 150.0)
    edges = np.array([150.0])
    counts = count_pairs(places, edges)
    whole = list_pairs(places, edges, counts, (0, 200))[1]
    parts = [list_pairs(places, edges, counts, run)[1] for run in ((0, 1), (1, 77), (77, 200))]
    assert np.concatenate(parts).tolist() == whole.tolist()


def test_a_wide_map_with_a_short_reach_keeps_its_cells_few():
    xy = np.array([[0.0, 0.0], [1e-4, 0.0], [1e9, 1e9], [1e9, 1e9 + 1e-4]])
    places = lay_out(*xy.T, np.zeros(4), 1e-3)
    assert count_pairs(places, np.array([1e-3])).sum() == 2


def test_whole_times_are_held_in_32_bits_and_others_are_not():
    times = np.array([0.0, 3.0, 2.0**24])
    held, edges = fitting(times, np.array([6.5, np.inf]))
    assert (held.dtype, edges.tolist()) == (np.float32, [6.0, 2.0**25])
    assert fitting(times + 0.5, edges)[0].dtype == np.float64
    assert fitting(times * 2, edges)[0].dtype == np.float64


def test_each_shuffle_depends_on_its_number_alone():
    xy, times = points(100), np.arange(100.0) % 17
    places = lay_out(*xy.T, times, 300.0)
    edges = np.array([300.0]), np.array([4.0])
    many = count_knox(places, times, *edges, permutations=3 * BLOCK, seed=9).counts
    few = count_knox(places, times, *edges, permutations=10, seed=9).counts
    assert (many[:11] == few).all()
    assert len(np.unique(many)) > 10


def test_tails_are_those_of_the_slow_twin():
    rng = np.random.default_rng(4)
    for shape in ((2, 1), (20, 3), (57, 6)):
        tables = rng.poisson(3, shape)
        tables[0] += rng.integers(0, 5, shape[1])
        p, q = upper_tails(tables)
        assert p.tolist() == [float(upper_p(tables[0, c], tables[1:, c])) for c in range(shape[1])]
        assert q.tolist() == [float(value) for value in min_p(tables.tolist())]
        assert (q >= p).all()


def test_one_cell_needs_no_correction():
    tables = np.random.default_rng(5).poisson(9, (100, 1))
    p, q = upper_tails(tables)
    assert p.tolist() == q.tolist()


def test_a_crowd_at_one_place_is_one_chain():
    n = 500
    places = lay_out(np.zeros(n), np.zeros(n), np.arange(float(n)), 10.0)
    links = link_earlier(places, np.arange(float(n)), np.arange(n), reach=10.0, span=1.0, same=0.0)
    assert links.before.tolist() == list(range(-1, n - 1))
    assert set(links.first) == {0}
    assert links.leads.tolist() == [True] * (n - 1) + [False]
