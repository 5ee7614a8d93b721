"""Integers stand for values without losing an order or a tie."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot.numerics.fixed_point import to_fixed_point


def test_whole_numbers_stay_and_tie_exactly():
    fixed = to_fixed_point(np.array([-3.0, 0.0, 2e6]), 9)
    assert fixed.values.tolist() == [-3, 0, 2_000_000]
    assert fixed.slack(np.array([9])).tolist() == [0]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(-10_000, 10_000), min_size=4, max_size=12), st.sampled_from([0.1, 0.01, 1 / 3, 1e9 + 0.1]))
def test_ties_of_decimals_are_found(whole, scale):
    values = np.array(whole, float) * scale
    fixed = to_fixed_point(values, 2)
    for a, b, c, d in zip(whole, whole[1:], whole[2:], whole[3:], strict=False):
        i = [whole.index(v) for v in (a, b, c, d)]
        gap = abs(int(fixed.values[i[0]] + fixed.values[i[1]] - fixed.values[i[2]] - fixed.values[i[3]]))
        tied = gap <= fixed.slack(np.array([2]))[0]
        assert tied == (a + b == c + d)


def test_sums_of_many_terms_do_not_overflow():
    values = np.r_[np.full(100_000, 1e300), np.full(5, 0.5)]
    fixed = to_fixed_point(values, 100_000)
    assert abs(int(fixed.values.astype(object).sum())) < 2**63


def test_constants_and_large_offsets():
    assert to_fixed_point(np.full(3, 0.1), 4).values.tolist() == [0, 0, 0]
    assert to_fixed_point(np.zeros(3), 4).values.tolist() == [0, 0, 0]
    near = to_fixed_point(1e12 + np.array([0.0, 0.25, 0.5]), 4).values
    assert near[0] < near[1] < near[2]
