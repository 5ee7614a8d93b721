"""Log-linear models of capture histories: closed forms, published data, a slow twin, and what cannot be estimated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import capture_recapture as slow

from hotspot.numerics.loglinear import (
    averaged_quantiles,
    design,
    fit,
    hierarchical_models,
    profile_deviance,
    why_no_estimate,
)

HEPATITIS = np.array([69, 55, 21, 63, 17, 18, 28.0])
"""Hepatitis A in Taiwan, lists P, Q, E (Chao and others 2001, Statistics in Medicine 20): 271 cases by bit mask."""
PAIRS = {3: (0, 1), 5: (0, 2), 6: (1, 2)}
positive = st.lists(st.integers(5, 400), min_size=7, max_size=7).map(lambda values: np.array(values, float))


def history(mask, sources=3):
    return tuple(mask >> bit & 1 for bit in range(sources))


HISTORIES = [history(mask) for mask in range(1, 8)]


@pytest.mark.parametrize("sources", [2, 3, 4])
def test_the_models_are_all_the_hierarchical_ones(sources):
    found = hierarchical_models(sources)
    named = {frozenset(frozenset(b for b in range(sources) if term >> b & 1) for term in model) for model in found}
    assert len(found) == len(named) == {2: 1, 3: 8, 4: 113}[sources]
    assert named == {frozenset(model) for model in slow.models(sources)}


def test_what_is_always_in_is_in_every_model():
    assert all(3 in model for model in hierarchical_models(4, always=[3]))
    assert hierarchical_models(3, always=[3, 5, 6]) == [(3, 5, 6)]
    assert len(hierarchical_models(3, always=[3])) == 4


@given(positive)
def test_all_pairs_dependent_gives_the_closed_form_of_the_unseen(y):
    n = dict(enumerate(y, 1))
    closed = n[7] * n[1] * n[2] * n[4] / (n[3] * n[5] * n[6])
    found = fit(design(3, (3, 5, 6)), y)
    assert found.unseen == pytest.approx(closed, rel=1e-8)
    assert found.deviance == pytest.approx(0, abs=1e-7)
    variance = closed + closed**2 * (1 / y).sum()
    assert found.standard_error == pytest.approx(np.sqrt(variance), rel=1e-7)


@given(positive)
def test_one_source_apart_from_the_two_others_is_lincoln_and_petersen_of_it_and_their_union(y):
    """Model [12][3]: sources 1 and 2 as one list against source 3."""
    found = fit(design(3, (3,)), y)
    third, union, both = y[3:].sum(), y[[0, 1, 2, 4, 5, 6]].sum(), y[4:].sum()
    assert y.sum() + found.unseen == pytest.approx(third * union / both, rel=1e-8)


@given(st.tuples(*[st.integers(3, 900)] * 3))
def test_two_independent_sources_are_lincoln_and_petersen_with_its_variance(cells):
    a, b, m = map(float, cells)
    found = fit(design(2, ()), np.array([a, b, m]))
    assert found.unseen == pytest.approx(a * b / m, rel=1e-8)
    assert found.standard_error**2 == pytest.approx((a + m) * (b + m) * a * b / m**3, rel=1e-7)


def test_three_independent_sources_solve_darrochs_equation():
    """The estimate is the N at which the chance of being missed is the product of the chances of each source."""
    y = HEPATITIS
    total = y.sum() + fit(design(3, ()), y).unseen
    known = [sum(y[mask - 1] for mask in range(1, 8) if mask >> bit & 1) for bit in range(3)]
    assert total - y.sum() == pytest.approx(total * np.prod([1 - n / total for n in known]), rel=1e-9)


def test_hepatitis_in_taiwan_has_its_published_estimates():
    """Saturated: 1,313 cases (the registers' true number was about 545): no model is safe from what it assumes."""
    found = {model: HEPATITIS.sum() + fit(design(3, model), HEPATITIS).unseen for model in hierarchical_models(3)}
    assert round(found[()]) == 388
    assert round(found[3, 5, 6]) == 1313


@settings(max_examples=15, deadline=None)
@given(positive, st.sampled_from(hierarchical_models(3)))
def test_fits_equal_those_of_a_general_optimiser(y, model):
    deviance, unseen = slow.fit(HISTORIES, y, [PAIRS[term] for term in model])
    found = fit(design(3, model), y)
    assert found.unseen == pytest.approx(unseen, rel=1e-4)
    assert found.deviance == pytest.approx(deviance, rel=1e-6, abs=1e-6)


def test_likelihood_is_that_of_poisson_counts():
    from scipy.stats import poisson

    found = fit(design(3, (3,)), HEPATITIS)
    assert found.minus_two_log_likelihood == pytest.approx(-2 * poisson.logpmf(HEPATITIS, found.expected).sum())


@pytest.mark.parametrize("model", [(), (3,), (5, 6)])
def test_limits_of_one_model_are_its_profile_likelihood_limits(model):
    X = design(3, model)
    found = fit(X, HEPATITIS)
    lower, median, upper = averaged_quantiles([X], HEPATITIS, [found], np.ones(1), (0.025, 0.5, 0.975))
    expected = slow.profile_limits(HISTORIES, HEPATITIS, [PAIRS[term] for term in model], 0.95)
    assert (lower, upper) == pytest.approx(expected, rel=1e-5)
    assert median == pytest.approx(found.unseen, rel=1e-6)


def test_the_profile_is_least_at_the_estimate():
    X = design(3, (3,))
    found = fit(X, HEPATITIS)
    assert profile_deviance(X, HEPATITIS, found.unseen) == pytest.approx(found.deviance)
    assert profile_deviance(X, HEPATITIS, found.unseen * 1.1) > found.deviance
    assert profile_deviance(X, HEPATITIS, found.unseen * 0.9) > found.deviance


def test_averaged_limits_lie_between_those_of_the_models_and_hold_the_stated_mass():
    designs = [design(3, model) for model in ((), (3, 5, 6))]
    fits = [fit(X, HEPATITIS) for X in designs]
    levels = (0.025, 0.5, 0.975)
    each = [averaged_quantiles([X], HEPATITIS, [f], np.ones(1), levels) for X, f in zip(designs, fits, strict=True)]
    mixed = averaged_quantiles(designs, HEPATITIS, fits, np.array([0.5, 0.5]), levels)
    assert (np.minimum(*each) <= mixed).all()
    assert (mixed <= np.maximum(*each)).all()
    alone = averaged_quantiles(designs, HEPATITIS, fits, np.array([1.0, 0.0]), levels)
    assert alone == pytest.approx(each[0])


def test_an_empty_history_takes_away_the_models_it_leaves_without_a_finite_estimate():
    y = HEPATITIS.copy()
    y[2] = 0  # nobody known to P and Q alone
    reasons = {model: why_no_estimate(design(3, model), y) for model in hierarchical_models(3)}
    assert {model for model, reason in reasons.items() if reason} == {(5, 6), (3, 5, 6)}
    assert reasons[3, 5, 6] == "no finite estimate: 1 capture histories hold no event"


def test_sources_that_never_meet_have_no_estimate():
    y = np.array([50, 60, 0.0])
    assert why_no_estimate(design(2, ()), y).startswith("no finite estimate")
    assert why_no_estimate(design(2, ()), np.zeros(3)) == "no events"
    assert why_no_estimate(np.hstack([design(2, ()), np.ones((3, 1))]), y + 1).startswith("not identifiable")


def test_no_model_without_an_estimate_passes_as_one_that_has():
    """Where the programme finds a finite estimate, the fit reproduces the margins of the model; it stays finite."""
    rng = np.random.default_rng(5)
    finite = 0
    for _ in range(200):
        y = rng.poisson(1.5, 7).astype(float)
        for model in hierarchical_models(3):
            X = design(3, model)
            if why_no_estimate(X, y) == "":
                finite += 1
                assert X.T @ fit(X, y).expected == pytest.approx(X.T @ y, abs=1e-6)
    assert finite > 300
