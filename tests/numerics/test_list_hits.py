"""What lists hold within a budget, against going down them by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.list_hits import hits_within

from hotspot.numerics.list_hits import draw_weights, list_hits, redrawn_list_hits


def world(rng, steps=2, lists=3, n=12):
    orders = np.stack([[rng.permutation(n) for _ in range(lists)] for _ in range(steps)])
    events = rng.poisson(2.0, (steps, n)).astype(float)
    size = rng.uniform(0.1, 3.0, (steps, n))
    return orders, events, size


@given(st.integers(0, 2**32 - 1))
def test_hits_are_those_of_going_down_the_list_by_hand(seed):
    orders, events, size = world(np.random.default_rng(seed))
    shares = np.array([0.05, 0.3, 0.9, 1.0])
    found = list_hits(orders, events, size, shares)
    for step in range(2):
        for method in range(3):
            for b, share in enumerate(shares):
                by_hand = hits_within(
                    orders[step, method], events[step], size[step], np.ones(12), share * size[step].sum()
                )
                assert found[step, method, b] == pytest.approx(by_hand, abs=1e-9)


def test_redrawn_hits_are_those_of_places_counted_as_often_as_they_were_drawn():
    orders, events, size = world(np.random.default_rng(1))
    shares = np.array([0.1, 0.5])
    hits, totals = redrawn_list_hits(orders, events, size, shares, draws=25, seed=7)
    weight = np.empty(12)
    for draw in range(25):
        draw_weights(weight, np.uint64(draw), np.uint64(7))
        for step in range(2):
            ground = (weight * size[step]).sum()
            assert totals[draw, step] == pytest.approx((weight * events[step]).sum())
            for method in range(3):
                for b, share in enumerate(shares):
                    by_hand = hits_within(orders[step, method], events[step], size[step], weight, share * ground)
                    assert hits[draw, step, method, b] == pytest.approx(by_hand, abs=1e-9)


def test_places_are_drawn_like_poisson_counts_of_mean_one():
    weights = np.empty((400, 500))
    for draw in range(400):
        draw_weights(weights[draw], np.uint64(draw), np.uint64(3))
    assert weights.mean() == pytest.approx(1.0, abs=0.01)
    assert weights.var() == pytest.approx(1.0, abs=0.02)
    assert (weights == 0).mean() == pytest.approx(np.exp(-1), abs=0.005)
    assert abs(np.corrcoef(weights[0], weights[1])[0, 1]) < 0.15


def test_any_number_of_threads_gives_the_same_draws():
    numba = pytest.importorskip("numba")
    orders, events, size = world(np.random.default_rng(2))
    shares = np.array([0.2])
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        one = redrawn_list_hits(orders, events, size, shares, draws=101, seed=0)
    finally:
        numba.set_num_threads(before)
    two = redrawn_list_hits(orders, events, size, shares, draws=101, seed=0)
    assert (one[0] == two[0]).all()
    assert (one[1] == two[1]).all()


def test_a_place_left_out_costs_nothing_and_holds_nothing():
    orders, events, size = world(np.random.default_rng(4), steps=1, lists=1)
    size[0, 5] = events[0, 5] = 0.0
    rest = np.array([[[place - (place > 5) for place in orders[0, 0] if place != 5]]])
    shares = np.array([0.1, 0.6, 1.0])
    without = list_hits(rest, np.delete(events, 5, axis=1), np.delete(size, 5, axis=1), shares)
    assert np.allclose(list_hits(orders, events, size, shares), without)
