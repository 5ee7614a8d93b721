"""Smooth and standardise rates by their precision: empirical Bayes by moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_ROUNDING = 1e-12


def rate_moments(events: Floats, exposure: Floats) -> tuple[float, float]:
    """
    Estimate the mean rate and the variance of the true rates between areas, which may come out below 0.

    Returns
    -------
    mean, variance : float
        Of Marshall: m = sum e / sum b and s² - m / mean(b), with s² the exposure-weighted variance.
    """
    total = float(exposure.sum())
    mean = float(events.sum()) / total
    spread = float((exposure * (events / exposure - mean) ** 2).sum()) / total
    return mean, spread - mean / (total / len(exposure))


def shrunken_rates(events: Floats, exposure: Floats) -> Floats:
    """
    Draw each rate towards the mean, the more the smaller its exposure (Marshall's global estimator).

    Parameters
    ----------
    events
        Events by area, shape (n,), finite, 0 or more.
    exposure
        People, or people times years, shape (n,), above 0.

    Returns
    -------
    array, shape (n,)
        m + C / (C + m / b_i) · (r_i - m), C the variance of the true rates, at least 0.

    References
    ----------
    Marshall, R. J. (1991). Mapping disease and mortality rates using empirical Bayes estimators. JRSS C 40, 283-294.
    """
    mean, variance = rate_moments(events, exposure)
    between = max(0.0, variance)
    if between == 0.0:
        return np.full(len(events), mean)
    return mean + between / (between + mean / exposure) * (events / exposure - mean)


def local_moments(
    events: Floats, exposure: Floats, focal: npt.NDArray[np.int64], neighbour: npt.NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """
    Estimate mean rate and variance of the true rates of each area and its neighbours together.

    Parameters
    ----------
    events, exposure
        As for `shrunken_rates`; only places that ``focal`` or ``neighbour`` names need be finite.
    focal, neighbour
        Positions of an area and of one of its neighbours, one pair per entry, shape (pairs,).

    Returns
    -------
    mean, variance : arrays, shape (n,)
        As of `rate_moments` over each neighbourhood, itself among it.

    References
    ----------
    Marshall, R. J. (1991). JRSS C 40, 283-294, section 3 (local estimator).
    """
    n = len(events)

    def around(values: Floats) -> Floats:
        return values + np.bincount(focal, weights=values[neighbour], minlength=n)

    people = around(exposure)
    mean = around(events) / people
    rates = events / exposure
    own = exposure * (rates - mean) ** 2
    spread = own + np.bincount(focal, weights=exposure[neighbour] * (rates[neighbour] - mean[focal]) ** 2, minlength=n)
    members = 1 + np.bincount(focal, minlength=n)
    return mean, spread / people - mean / (people / members)


def rate_variances(events: Floats, exposure: Floats) -> Floats:
    """Give the variance of each rate: a + m / b_i, or m / b_i where that is not above 0; shape (n,)."""
    mean, between = rate_moments(events, exposure)
    sampling = mean / exposure
    variance = between + sampling
    # at 0 up to rounding the quotient would be noise
    return np.where(variance > _ROUNDING * sampling, variance, sampling)


def standardised_rates(events: Floats, exposure: Floats) -> Floats:
    """
    Express each rate in standard errors from the mean rate (Assunção and Reis).

    Parameters
    ----------
    events, exposure
        As for `shrunken_rates`.

    Returns
    -------
    array, shape (n,)
        (r_i - m) / sqrt(v_i), v_i = a + m / b_i, or m / b_i where that is not above 0; 0 where there
        are no events at all.

    References
    ----------
    Assunção, R. M. and Reis, E. A. (1999). A new proposal to adjust Moran's I for population density.
    Statistics in Medicine 18, 2147-2162.

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.numerics.empirical_bayes import standardised_rates
    >>> standardised_rates(np.array([30.0, 25, 25, 15]), np.array([100.0, 100, 110, 90])).round(4)
    array([ 1.3407,  0.2681, -0.2312, -1.4348])
    """
    mean = rate_moments(events, exposure)[0]
    if mean == 0.0:
        return np.zeros(len(events))
    return np.asarray((events / exposure - mean) / np.sqrt(rate_variances(events, exposure)))
