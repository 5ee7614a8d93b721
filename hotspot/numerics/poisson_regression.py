"""Fit log-linear models of counts with an exposure, and say how much more the counts vary than Poisson ones would."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_STEPS = 100
_SMALL = 1e-12
_MOST_SERIAL = 0.9


class PoissonFit(NamedTuple):
    """Coefficients, their covariance for Poisson counts, expected counts, deviance, and residual degrees of freedom."""

    coefficients: Floats
    covariance: Floats
    expected: Floats
    deviance: float
    freedom: int
    dispersion: float
    """Pearson's chi-squared by degrees of freedom, 1 or more; 1 where none are left."""


def fit_poisson(X: Floats, y: Floats, exposure: Floats) -> PoissonFit:
    """
    Fit log E(y) = log(exposure) + X b by maximum likelihood.

    Parameters
    ----------
    X
        Design of full rank, shape (n, p). Its columns must leave no group of counts all 0 to itself: the estimate
        would be minus infinity.
    y
        Counts, 0 or more, not all 0, shape (n,).
    exposure
        Above 0, shape (n,).

    Returns
    -------
    PoissonFit
        The covariance is to be multiplied by ``dispersion``: quasi-likelihood, which holds whether the variance grows
        with the mean by a factor (McCullagh and Nelder 1989, 4.5).

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.numerics.poisson_regression import fit_poisson
    >>> fit = fit_poisson(np.ones((2, 1)), np.array([2.0, 4.0]), np.array([1.0, 1.0]))
    >>> round(float(np.exp(fit.coefficients[0])), 9)
    3.0
    """
    from scipy.special import xlogy

    offset, start = np.log(exposure), y + 0.1
    w = np.sqrt(start)
    beta = np.linalg.lstsq(X * w[:, None], w * (np.log(start) - offset), rcond=None)[0]
    value = -np.inf
    for _ in range(_STEPS):
        eta = X @ beta + offset
        mu = np.exp(eta)
        value = float(y @ eta - mu.sum())
        step = np.linalg.solve(X.T @ (mu[:, None] * X), X.T @ (y - mu))
        length = 1.0
        while length > _SMALL:  # halve a step that overshoots
            there = X @ (beta + length * step) + offset
            if float(y @ there - np.exp(np.minimum(there, 700.0)).sum()) >= value - _SMALL * (1.0 + abs(value)):
                break
            length /= 2.0
        beta = beta + length * step
        if np.abs(length * step).max() < _SMALL * (1.0 + np.abs(beta).max()):
            break
    mu = np.exp(X @ beta + offset)
    freedom = len(y) - X.shape[1]
    pearson = float(((y - mu) ** 2 / mu).sum())
    return PoissonFit(
        np.asarray(beta, dtype=np.float64), np.linalg.inv(X.T @ (mu[:, None] * X)), np.asarray(mu, dtype=np.float64),
        float(2.0 * (xlogy(y, y) - xlogy(y, mu) - y + mu).sum()), freedom,
        max(1.0, pearson / freedom) if freedom > 0 else 1.0,
    )  # fmt: skip


def serial_correlation(X: Floats, y: Floats, mu: Floats, times: npt.NDArray[np.int64]) -> float:
    """
    Estimate how alike the residuals of neighbouring times are, corrected for what the fit takes away.

    Parameters
    ----------
    X, y, mu
        Design, counts and their expected values.
    times
        When each count was, in whole steps; only neighbours one step apart are compared.

    Returns
    -------
    float
        The lag-one correlation of Pearson residuals less its mean for independent counts, from -0.9 to 0.9.

    Notes
    -----
    The residuals of independent counts are M e, M = I - H, H the projection on the weighted design. Their products one
    step apart have the mean tr(S M), their squares tr(M), S the matrix of neighbours: without the correction a model
    of many parameters always seems to have negative correlation.
    """
    root = np.sqrt(mu)
    basis, _ = np.linalg.qr(X * root[:, None])
    M = np.eye(len(y)) - basis @ basis.T
    S = (np.abs(times[:, None] - times[None, :]) == 1) / 2.0
    residual = (y - mu) / root
    pairs, squares = float(residual @ S @ residual), float(residual @ residual)
    if squares <= 0 or np.trace(M) <= 0 or not S.any():
        return 0.0
    scale = len(y) / float(S.sum())  # fewer pairs than counts
    r = (pairs / squares - float(np.trace(S @ M)) / float(np.trace(M))) * scale
    return float(np.clip(r, -_MOST_SERIAL, _MOST_SERIAL))


__all__ = ["PoissonFit", "fit_poisson", "serial_correlation"]
