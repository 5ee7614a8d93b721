"""Two counts, compared exactly: fractions, scipy, relations, and what tests do where nothing changed."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reference.period_changes import binomial, central_p, e_test, hypergeometric, odds_limits, ratio_limits
from scipy.stats import binomtest, fisher_exact, norm, poisson_means_test
from scipy.stats.contingency import odds_ratio

from hotspot.numerics.conditional_counts import compare_counts
from hotspot.numerics.estimated_p import estimated_p
from hotspot.numerics.two_by_two import compare_shares, tails

COUNTS = st.integers(0, 40)


def one(a, b, share=0.5, confidence=0.95):
    found = compare_counts(np.array([float(a)]), np.array([float(b)]), np.array([float(share)]), confidence)
    return [float(values[0]) for values in found]


def e(a, b, m=1.0, n=1.0, *, pooled=False):
    return float(estimated_p(*(np.array([float(value)]) for value in (a, b, m, n)), pooled)[0])


def test_thirty_and_then_forty_five():
    ratio, lower, upper, p, _ = one(30, 45)
    assert ratio == 1.5
    assert round(p, 3) == 0.105
    low, high = binomtest(45, 75).proportion_ci(0.95)
    assert (lower, upper) == (pytest.approx(low / (1 - low)), pytest.approx(high / (1 - high)))
    shortcut = 2 * (np.sqrt(45) - np.sqrt(30))  # takes the 30 as known without error
    assert round(shortcut, 2) == 2.46
    assert round(shortcut / np.sqrt(2), 2) == 1.74


@settings(deadline=None, max_examples=150)
@given(COUNTS, COUNTS, st.sampled_from([(1, 1), (365, 366), (3, 1), (1, 7)]), st.sampled_from([0.8, 0.95]))
def test_p_and_limits_follow_the_definition(a, b, exposure, confidence):
    m, n = exposure
    share = Fraction(n, m + n)
    ratio, lower, upper, p, smallest = one(a, b, n / (m + n), confidence)
    chances = binomial(a + b, share)
    assert p == pytest.approx(central_p(chances, b), rel=1e-10)
    assert smallest == pytest.approx(min(1, 2 * float(min(chances[0], chances[-1]))), rel=1e-10)
    low, high = ratio_limits(a, b, m, n, confidence)
    assert np.isnan(lower) if low is None else lower == pytest.approx(low, rel=1e-8, abs=1e-12)
    assert np.isnan(upper) if high is None else upper == pytest.approx(high, rel=1e-8)
    assert np.isnan(ratio) if a == 0 else ratio == pytest.approx(b * m / (a * n))


@settings(deadline=None, max_examples=150)
@given(COUNTS, COUNTS, st.floats(0.05, 0.95))
def test_limits_without_one_are_p_below_the_level_and_exchanging_inverts(a, b, share):
    ratio, lower, upper, p, smallest = one(a, b, share)
    assume(abs(p - 0.05) > 1e-9)
    assert (p <= 0.05) == (lower > 1 or upper < 1)
    assert smallest <= p + 1e-12
    other_ratio, other_lower, other_upper, other_p, _ = one(b, a, 1 - share)
    assert other_p == pytest.approx(p, rel=1e-9)
    if a and b:
        assert other_ratio == pytest.approx(1 / ratio)
        assert (other_lower, other_upper) == (pytest.approx(1 / upper), pytest.approx(1 / lower))
        assert lower < ratio < upper


def test_zeros_are_said_not_divided_by():
    assert np.isnan(one(0, 0)[:3]).all()
    assert one(0, 0)[3:] == [1.0, 1.0]
    ratio, lower, upper, p, _ = one(0, 6)
    assert np.isnan([ratio, upper]).all()
    assert 1 < lower < 2
    assert p == pytest.approx(2 / 64)
    ratio, lower, upper, _, _ = one(6, 0)
    assert (ratio, lower) == (0.0, 0.0)
    assert 0.5 < upper < 1
    assert np.isnan(one(np.nan, 3)).all()
    assert np.isnan(one(3, np.nan)).all()


def test_large_counts_keep_their_digits():
    ratio, lower, upper, p, _ = one(1_000_000, 1_003_000)
    assert ratio == pytest.approx(1.003)
    assert p == pytest.approx(2 * norm.sf(3_000 / np.sqrt(2_003_000)), rel=0.01)
    assert lower == pytest.approx(1.003 * np.exp(-1.96 * np.sqrt(1 / 1e6 + 1 / 1.003e6)), rel=1e-5)
    assert one(3, 2_000_000)[2] > 100_000
    assert upper < 1.006


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 30), st.integers(0, 30))
def test_shares_follow_the_definition(a, b, rest_a, rest_b):
    A, B = a + rest_a, b + rest_b
    assume(A > 0 and B > 0 and a + b > 0 and rest_a + rest_b > 0)
    found = compare_shares(np.array([a, rest_a], dtype=float), np.array([b, rest_b], dtype=float))
    chances = hypergeometric(a + b, B, A + B)
    assert found.p[0] == pytest.approx(central_p(chances, b), rel=1e-9)
    low, high = odds_limits(a, b, A, B, 0.95)
    assert found.lower[0] == pytest.approx(low, rel=1e-6)
    assert np.isnan(found.upper[0]) if high is None else found.upper[0] == pytest.approx(high, rel=1e-6)
    below, above, gap = tails(float(b), float(a + b), float(B), float(A + B), 1.0)
    assert (below, above) == (pytest.approx(sum(chances[: b + 1])), pytest.approx(sum(chances[b:])))
    over = sum(x * chance for x, chance in enumerate(chances) if x >= b) / above
    assert gap == pytest.approx(over - sum(x * chance for x, chance in enumerate(chances)), abs=1e-9)


@pytest.mark.parametrize("table", [(2, 15, 10, 3), (30, 45, 3000, 2900), (0, 8, 5000, 5000), (900, 1000, 90_000, 9e4)])
def test_shares_are_those_of_scipy(table):
    a, b, rest_a, rest_b = table
    found = compare_shares(np.array([a, rest_a], dtype=float), np.array([b, rest_b], dtype=float))
    known = odds_ratio(np.array([[b, a], [rest_b, rest_a]], dtype=int)).confidence_interval(0.95)
    assert found.lower[0] == pytest.approx(known.low, rel=1e-5)
    assert (known.high == np.inf) == np.isnan(found.upper[0])
    if known.high < np.inf:
        assert found.upper[0] == pytest.approx(known.high, rel=1e-5)
    tails_of = [fisher_exact([[b, a], [rest_b, rest_a]], alternative=side).pvalue for side in ("less", "greater")]
    assert found.p[0] == pytest.approx(min(1, 2 * min(tails_of)), rel=1e-7)


def test_fixtures_of_the_e_test():
    assert round(e(0, 3), 4) == 0.0884
    assert round(e(6, 2), 4) == round(e(2, 6), 4) == 0.1749
    assert e(0, 0) == e(20, 20) == e(10, 5, 2, 1) == 1.0
    # statsmodels 0.14, etest_poisson_2indep, regression values of its tests
    assert e(60, 30, 51477.5, 54308.7, pooled=True) == pytest.approx(0.000567261758250953, rel=1e-9)
    assert e(41, 15, 28010, 19017, pooled=True) == pytest.approx(0.03782053187021494, rel=1e-9)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 25), st.integers(0, 25), st.sampled_from([(1, 1), (1, 3), (2.5, 1)]), st.booleans())
def test_the_e_test_sums_every_pair(a, b, exposure, pooled):
    m, n = exposure
    assert e(a, b, m, n, pooled=pooled) == pytest.approx(e_test(a, b, m, n, pooled=pooled), rel=1e-8)
    assert e(a, b, m, n, pooled=pooled) == pytest.approx(e(b, a, n, m, pooled=pooled), rel=1e-10)
    assert e(a, b, 10 * m, 10 * n, pooled=pooled) == pytest.approx(e(a, b, m, n, pooled=pooled), rel=1e-10)


@pytest.mark.parametrize("pair", [(0, 2, 9, 1), (1, 1, 9, 30), (10, 1, 20, 3), (41, 28_010, 15, 19_017)])
def test_the_e_test_is_that_of_scipy(pair):
    a, m, b, n = pair
    assert e(a, b, m, n) == pytest.approx(poisson_means_test(a, m, b, n).pvalue, rel=1e-7)


def test_the_e_test_of_large_and_of_far_counts():
    for a, b in ((100_000, 101_000), (1_000_000, 1_002_000)):
        z = (b - a) / np.sqrt(a + b)
        assert e(a, b) == pytest.approx(2 * norm.sf(z), rel=0.02)
    assert 1e-25 < e(100, 300) < 1e-22
    assert np.isnan(e(np.nan, 3))


def test_exact_tests_reject_no_more_often_than_they_say():
    rng = np.random.default_rng(41)
    for mean in (0.5, 3, 20, 150):
        for m, n in ((1.0, 1.0), (1.0, 4.0)):
            a, b = (rng.poisson(mean * length, 20_000).astype(float) for length in (m, n))
            found = compare_counts(a, b, np.full(20_000, n / (m + n)))
            for level in (0.1, 0.05, 0.01):
                assert np.mean(found.p <= level) <= level + 3 * np.sqrt(level / 20_000)
            held = ~(found.lower > 1) & ~(found.upper < 1)
            assert held.mean() >= 0.95
            assert np.mean(estimated_p(a, b, np.full(20_000, m), np.full(20_000, n), True) <= 0.05) <= 0.055  # noqa: FBT003
    a, b = (rng.poisson(30, 20_000).astype(float) for _ in range(2))
    assert np.mean(np.abs(2 * np.sqrt(b) - 2 * np.sqrt(a)) > 1.96) > 0.15  # the shortcut


def test_shares_reject_no_more_often_than_they_say():
    rng = np.random.default_rng(43)
    risk = rng.gamma(0.6, 4, 3000)
    rejected = [
        np.mean(compare_shares(*(rng.poisson(risk * level).astype(float) for level in (1, 2.5))).p <= 0.05)
        for _ in range(10)
    ]
    assert np.mean(rejected) <= 0.05
