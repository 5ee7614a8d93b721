"""Aoristic weights: exact shares, and sums that keep every record."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot.numerics import aoristic_weights
from hotspot.numerics.aoristic_weights import HOUR, interval_weights, sum_by_hour_of_week
from tests.reference.clock import hour_shares

MONDAY = datetime(2024, 4, 29)  # noqa: DTZ001 - local clock


def micro(*times):
    return np.array(times, dtype="datetime64[us]").astype(np.int64)


def test_shares_of_an_interval_are_exact():
    record, hour, weight = interval_weights(micro("2024-05-03T22:30"), micro("2024-05-04T01:15"))
    assert record.tolist() == [0, 0, 0, 0]
    assert (hour % 24).tolist() == [22, 23, 0, 1]
    assert weight.tolist() == [30 / 165, 60 / 165, 60 / 165, 15 / 165]


def test_an_interval_that_ends_on_the_hour_has_nothing_in_it():
    _, hour, weight = interval_weights(np.array([5 * HOUR]), np.array([7 * HOUR]))
    assert hour.tolist() == [5, 6]
    assert weight.tolist() == [0.5, 0.5]


def test_an_instant_lies_in_its_hour_whole():
    for at in (0, HOUR - 1, HOUR, -1):
        _, hour, weight = interval_weights(np.array([at]), np.array([at]))
        assert (hour.tolist(), weight.tolist()) == ([at // HOUR], [1.0])


def test_a_whole_week_is_even_and_monday_comes_first():
    week = sum_by_hour_of_week(micro("2024-05-01T00:00"), micro("2024-05-08T00:00"))
    np.testing.assert_allclose(week, 1 / 168, rtol=1e-15)
    assert sum_by_hour_of_week(micro("2024-04-29T00:00"), micro("2024-04-29T00:30")).argmax() == 0
    assert sum_by_hour_of_week(micro("1969-12-28T23:00"), micro("1969-12-28T23:59")).argmax() == 167


intervals = st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 10_080)), min_size=1, max_size=5)


@settings(deadline=None)
@given(intervals)
def test_weights_are_those_of_the_minutes_counted_one_by_one(rows):
    expected = np.zeros(168)
    starts = [MONDAY + timedelta(minutes=begin) for begin, _ in rows]
    ends = [start + timedelta(minutes=length) for start, (_, length) in zip(starts, rows, strict=True)]
    for start, end in zip(starts, ends, strict=True):
        for (day, hour), share in hour_shares(start, end).items():
            expected[day * 24 + hour] += float(share)
    found = sum_by_hour_of_week(micro(*starts), micro(*ends))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    assert found.sum() == pytest.approx(len(rows), rel=1e-13)


def test_order_and_pieces_change_nothing(monkeypatch):
    rng = np.random.default_rng(5)
    start = rng.integers(0, 10**15, 500)
    end = start + rng.integers(0, 7 * 24 * HOUR, 500)
    weight = rng.random(500)
    whole = sum_by_hour_of_week(start, end, weight)
    assert whole.sum() == pytest.approx(weight.sum(), rel=1e-13)
    order = rng.permutation(500)
    np.testing.assert_array_equal(sum_by_hour_of_week(start[order], end[order], weight[order]), whole)
    monkeypatch.setattr(aoristic_weights, "_PIECE", 200)
    np.testing.assert_allclose(sum_by_hour_of_week(start, end, weight), whole, rtol=1e-12)
