"""Poisson regression: closed forms, another library, and what residuals of independent counts look like."""

from __future__ import annotations

import numpy as np
import pytest

from hotspot.numerics.poisson_regression import fit_poisson, serial_correlation


def test_groups_have_their_own_rates():
    X = np.array([[1, 0], [1, 0], [1, 1], [1, 1]], dtype=float)
    y, exposure = np.array([3.0, 5.0, 20.0, 0.0]), np.array([1.0, 3.0, 2.0, 3.0])
    fit = fit_poisson(X, y, exposure)
    np.testing.assert_allclose(np.exp(fit.coefficients), [2.0, 2.0], rtol=1e-12)
    np.testing.assert_allclose(fit.expected, [2, 6, 8, 12], rtol=1e-12)
    np.testing.assert_allclose(np.diag(fit.covariance), [1 / 8, 1 / 8 + 1 / 20], rtol=1e-12)
    pearson = 1 / 2 + 1 / 6 + 144 / 8 + 144 / 12
    assert fit.dispersion == pytest.approx(pearson / 2)
    assert fit.freedom == 2


def test_the_estimate_is_that_of_scikit_learn():
    from sklearn.linear_model import PoissonRegressor

    rng = np.random.default_rng(7)
    X = np.column_stack([np.ones(60), rng.normal(size=(60, 4))])
    exposure = rng.uniform(0.2, 3, 60)
    y = rng.poisson(exposure * np.exp(X @ [1.0, 0.5, -0.4, 0.2, 0.0])).astype(float)
    other = PoissonRegressor(alpha=0, tol=1e-12, max_iter=10_000).fit(X[:, 1:], y / exposure, sample_weight=exposure)
    fit = fit_poisson(X, y, exposure)
    np.testing.assert_allclose(fit.coefficients, [other.intercept_, *other.coef_], atol=2e-5)
    np.testing.assert_allclose(X.T @ (y - fit.expected), 0, atol=1e-8)


def test_dispersion_is_never_below_one():
    assert fit_poisson(np.ones((5, 1)), np.full(5, 7.0), np.ones(5)).dispersion == 1.0


def test_a_start_far_off_still_arrives():
    x = np.arange(40.0)
    y = np.where(x < 35, 0.0, 50.0 * 3.0 ** (x - 35))
    fit = fit_poisson(np.column_stack([np.ones(40), x]), y, np.ones(40))
    assert np.isfinite(fit.coefficients).all()
    np.testing.assert_allclose([y.sum(), (x * y).sum()], [fit.expected.sum(), (x * fit.expected).sum()], rtol=1e-9)


def residual_correlations(rho, n=48, draws=400):
    rng = np.random.default_rng(13)
    t = np.arange(n)
    X = np.column_stack([np.ones(n), t / n, *((t % 12 == month).astype(float) for month in range(1, 12))])
    found = []
    for _ in range(draws):
        z = rng.normal(size=n)
        for i in range(1, n):
            z[i] = rho * z[i - 1] + np.sqrt(1 - rho**2) * z[i]
        y = np.round(400 + 80 * z)
        found.append(serial_correlation(X, y, fit_poisson(X, y, np.ones(n)).expected, t))
    return np.array(found)


def test_independent_counts_have_no_serial_correlation_on_average():
    found = residual_correlations(0.0)
    assert abs(found.mean()) < 4 * found.std() / np.sqrt(len(found))


def test_serial_correlation_is_seen():
    assert residual_correlations(0.6, draws=100).mean() > 0.3


def test_gaps_are_no_neighbours():
    X, y = np.ones((6, 1)), np.array([10.0, 20, 10, 20, 10, 20])
    mu = np.full(6, 15.0)
    # -5/6 less the mean -1/6 of independent counts, six counts by five pairs
    assert serial_correlation(X, y, mu, np.arange(6)) == pytest.approx(-0.8)
    assert serial_correlation(X, y, mu, np.arange(6) * 2) == 0.0
