"""Chapman's estimate: the published figure, closed forms, coverage of a known truth, and the range over linkage."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.fusion import chapman, chapman_range
from hotspot.record import recording


def test_the_figure_of_the_domain_notes():
    found = chapman(775, 3775, 100)
    assert round(found["N"]) == 29_011
    assert round(found["SE"]) == 2_643
    assert found["n_seen"] == 4_450


def test_limits_are_those_of_the_log_of_the_unseen():
    found = chapman(775, 3775, 100, confidence=0.9)
    unseen = found["N"] - found["n_seen"]
    factor = math.exp(1.6448536269514722 * math.sqrt(math.log1p((found["SE"] / unseen) ** 2)))
    assert found["lower"] == pytest.approx(found["n_seen"] + unseen / factor)
    assert found["upper"] == pytest.approx(found["n_seen"] + unseen * factor)


@given(st.integers(7, 500), st.integers(0, 5000), st.integers(0, 5000))
def test_the_sources_may_change_places_and_nobody_seen_is_lost(m, a, b):
    found = chapman(m + a, m + b, m)
    pd.testing.assert_series_equal(found, chapman(m + b, m + a, m))
    assert found["n_seen"] <= found["lower"] <= found["N"] + 1e-6
    assert found["N"] <= found["upper"] + 1e-6


def test_it_is_free_of_bias_where_the_sources_together_exceed_the_truth():
    """Chapman (1951): the mean over the hypergeometric distribution of m is exactly N if n1 + n2 >= N."""
    N, n1, n2 = 100, 60, 55
    m = np.arange(n1 + n2 - N, min(n1, n2) + 1)
    estimates = (n1 + 1) * (n2 + 1) / (m + 1) - 1
    assert hypergeom.pmf(m, N, n1, n2) @ estimates == pytest.approx(N)
    assert chapman(n1, n2, 33)["N"] == pytest.approx(estimates[33 - m[0]])


def test_intervals_cover_the_truth_when_the_sources_are_independent():
    rng = np.random.default_rng(1)
    N, hits, runs = 3_000, 0, 1_000
    for n1, n2 in zip(rng.binomial(N, 0.3, runs), rng.binomial(N, 0.4, runs), strict=True):
        found = chapman(int(n1), int(n2), int(rng.hypergeometric(n1, N - n1, n2)))
        hits += found["lower"] <= N <= found["upper"]
    assert 0.92 <= hits / runs <= 0.97


def test_a_full_overlap_has_an_exact_upper_limit():
    found = chapman(20, 50, 20)
    assert (found["N"], found["SE"], found["lower"]) == (50, 0, 50)
    limit = int(found["upper"])
    assert hypergeom.pmf(20, limit, 50, 20) >= 0.025 > hypergeom.pmf(20, limit + 1, 50, 20)


def test_few_matches_are_warned_of():
    with pytest.warns(HotspotWarning, match="3 events are known to both"):
        chapman(40, 50, 3)


@pytest.mark.parametrize(
    ("n1", "n2", "m", "named"),
    [(-1, 5, 0, "n1"), (5, 2.5, 1, "n2"), (True, 5, 1, "n1"), (5, 9, 6, "m"), (5, 9, math.nan, "m"), (5, 9, -1, "m")],
)
def test_numbers_that_cannot_be_are_refused(n1, n2, m, named):
    with pytest.raises(ConfigError, match=f"^{named}: "):
        chapman(n1, n2, m)


@pytest.mark.parametrize("confidence", [0, 1, 95, "high"])
def test_a_level_lies_between_0_and_1(confidence):
    with pytest.raises(ConfigError, match="confidence"):
        chapman(50, 50, 10, confidence=confidence)


CURVE = pd.DataFrame(
    {
        "n_of": 775,
        "n_against": 3_775,
        "m": [60.0, 100.0, np.nan],
        "m_lower": [50.0, 80.0, np.nan],
        "m_upper": [70.0, 120.0, np.nan],
    },
    index=pd.MultiIndex.from_tuples([(50, 1), (200, 6), (500, 24)], names=["distance_m", "gap_hours"]),
)


def test_the_range_takes_the_bounds_of_the_matches_with_the_limits_of_each():
    before = CURVE.copy()
    with recording() as notes:
        found = chapman_range(CURVE)
    pd.testing.assert_frame_equal(CURVE, before)
    assert found.index.equals(CURVE.index)
    row = found.loc[(200, 6)]
    assert row["N"] == pytest.approx(chapman(775, 3775, 100)["N"])
    assert row["N_least"] == pytest.approx(chapman(775, 3775, 120)["N"])
    assert row["N_most"] == pytest.approx(chapman(775, 3775, 80)["N"])
    assert row["lower"] == pytest.approx(chapman(775, 3775, 120)["lower"])
    assert row["upper"] == pytest.approx(chapman(775, 3775, 80)["upper"])
    assert found.loc[(500, 24)].drop("plateau").isna().all()
    assert found["plateau"].tolist() == [False, True, False]  # 70 matches at most are fewer than 80 at least
    assert notes[0].facts["not_estimated"] == 1


def test_a_curve_on_which_chance_dominates_gives_no_total():
    with pytest.raises(InputError, match="none of 1 tolerance"):
        chapman_range(CURVE.iloc[2:])


def test_a_tolerance_whose_verdict_is_not_estimated_is_left_out():
    judged = CURVE.assign(m=[0.0, 100.0, 90.0], m_lower=[0.0, 80.0, 10.0], m_upper=[9.0, 120.0, 200.0])
    found = chapman_range(judged.assign(verdict=["no match", "estimated", "chance dominates"]))
    assert found["N"].notna().tolist() == [False, True, False]
    assert found["plateau"].tolist() == [False, True, False]


def test_the_plateau_does_not_depend_on_the_order_of_tolerances():
    found = chapman_range(CURVE)
    pd.testing.assert_frame_equal(chapman_range(CURVE.iloc[::-1]).iloc[::-1], found)


def test_a_curve_with_limits_the_wrong_way_round_is_refused():
    with pytest.raises(InputError, match="row 2"):
        chapman_range(CURVE.assign(m_lower=[50.0, 110.0, np.nan]))
