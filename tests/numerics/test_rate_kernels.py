"""Poisson limits and empirical Bayes equal slow twins and published values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.rates import assuncao_reis, limits, marshall

from hotspot.numerics.empirical_bayes import shrunken_rates, standardised_rates
from hotspot.numerics.poisson_limits import poisson_limits


@pytest.mark.parametrize("count", [0, 1, 2, 10, 57])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.99])
def test_limits_leave_the_tails_they_promise(count, confidence):
    lower, upper = poisson_limits(np.array([float(count)]), confidence)
    assert (lower[0], upper[0]) == pytest.approx(limits(count, confidence), abs=1e-9)


def test_missing_counts_have_missing_limits():
    lower, upper = poisson_limits(np.array([np.nan, 3.0]))
    assert np.isnan([lower[0], upper[0]]).all()
    assert np.isfinite([lower[1], upper[1]]).all()


AREAS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 5000)), min_size=2, max_size=12).filter(
    lambda rows: sum(e for e, _ in rows) > 0
)


@settings(deadline=None, max_examples=60)
@given(AREAS)
def test_empirical_bayes_equals_the_slow_twin(rows):
    events, people = (np.array(column, float) for column in zip(*rows, strict=True))
    assert shrunken_rates(events, people) == pytest.approx(marshall(*map(list, (events, people))), rel=1e-9, abs=1e-15)
    assert standardised_rates(events, people) == pytest.approx(
        assuncao_reis(*map(list, (events, people))), rel=1e-7, abs=1e-9
    )


def test_assuncao_reis_fixture():
    events = np.array([30, 25, 25, 15, 33, 21, 30, 20], float)
    people = np.array([100, 100, 110, 90, 100, 90, 110, 90], float)
    expected = [1.0384, -0.0410, -0.5626, -1.7306, 1.6861, -0.3770, 0.4758, -0.6026]
    assert standardised_rates(events, people) == pytest.approx(expected, abs=1e-4)


def test_no_events_at_all():
    nothing, people = np.zeros(3), np.array([10.0, 20.0, 30.0])
    assert shrunken_rates(nothing, people).tolist() == [0, 0, 0]
    assert standardised_rates(nothing, people).tolist() == [0, 0, 0]


def test_smoothing_lies_between_the_rate_and_the_mean_and_keeps_the_unit():
    events, people = np.array([2.0, 30.0, 80.0]), np.array([100.0, 2000.0, 10_000.0])
    rates, mean = events / people, events.sum() / people.sum()
    smooth = shrunken_rates(events, people)
    assert (np.abs(smooth - mean) <= np.abs(rates - mean)).all()
    assert shrunken_rates(events, people * 3) == pytest.approx(smooth / 3)
