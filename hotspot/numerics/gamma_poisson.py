"""Estimate the Gamma distribution of relative risks behind Poisson counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotspot.numerics.empirical_bayes import rate_moments

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_NO_SPREAD = 1e6
"""A shape beyond this is a spread of risks below 0.1 %: none that counts could show."""


def fit_gamma(events: Floats, expected: Floats, *, moments: bool = False) -> tuple[float, float]:
    """
    Estimate shape and rate of the Gamma distribution of risks.

    Parameters
    ----------
    events
        Counts, shape (n,), 0 or more, not all 0.
    expected
        Expected counts, shape (n,), above 0.
    moments
        Marshall's moments instead of maximum likelihood.

    Returns
    -------
    shape, rate : float
        Both infinite where the counts differ no more than chance makes them.

    References
    ----------
    Clayton, D. and Kaldor, J. (1987). Biometrics 43, 671-681.

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.numerics.gamma_poisson import fit_gamma
    >>> shape, rate = fit_gamma(np.array([2.0, 9.0, 30.0]), np.array([10.0, 14.0, 17.0]))
    >>> round(shape / rate, 2)
    0.89
    """
    mean, variance = rate_moments(events, expected)
    if moments:
        return (mean**2 / variance, mean / variance) if variance > 0 else (np.inf, np.inf)
    return _likeliest(events, expected, mean, variance)


def _likeliest(events: Floats, expected: Floats, mean: float, variance: float) -> tuple[float, float]:
    """Climb the negative binomial likelihood in the logarithms of mean and shape."""
    from scipy.optimize import minimize
    from scipy.special import digamma, gammaln

    def loss(point: Floats) -> tuple[float, Floats]:
        shape = float(np.exp(point[1]))
        rate = shape / float(np.exp(point[0]))
        total = rate + expected
        value = gammaln(events + shape) - gammaln(shape) - shape * np.log1p(expected / rate)
        value = value + events * np.log(expected / total)
        by_rate = shape / rate - (shape + events) / total
        by_shape = digamma(events + shape) - digamma(shape) - np.log1p(expected / rate)
        slope = np.array([-(by_rate * rate).sum(), (by_shape * shape + by_rate * rate).sum()])
        return -float(value.sum()) / len(events), -slope / len(events)

    start = np.log(np.clip(mean**2 / variance if variance > 0 else 100.0, 0.01, 1e4))
    found = minimize(
        loss, np.array([np.log(mean), start]), jac=True, method="L-BFGS-B",
        bounds=[(np.log(mean) - 10, np.log(mean) + 10), (np.log(1e-4), np.log(2 * _NO_SPREAD))],
        options={"ftol": 1e-14, "gtol": 1e-10},
    )  # fmt: skip
    shape = float(np.exp(found.x[1]))
    # without overdispersion the likelihood is flat towards infinity: believe in a spread only if it gains something
    poisson = -float(np.sum(events * np.log(expected * mean) - expected * mean - gammaln(events + 1)))
    poisson -= float(np.sum(gammaln(events + 1)))
    gain = poisson - float(found.fun) * len(events)
    if shape > _NO_SPREAD or gain < 1e-9:  # noqa: PLR2004 - rounding of the sums
        return np.inf, np.inf
    return shape, shape / float(np.exp(found.x[0]))


__all__ = ["fit_gamma"]
