"""Draw the true rates of several sources at once from their Gamma-Poisson posteriors, correlated between sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspot.numerics.empirical_bayes import rate_moments

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

_MOST_CORRELATED = 0.9
"""Beyond this the weighted draws would rest on too few of them."""
_LEAST_EIGENVALUE = 0.05
_TABLE = np.linspace(-8.0, 8.0, 4001)
"""Normal scores at which the prior is tabulated."""
_CHUNK = 4_000


def reliability(events: Floats, exposure: Floats) -> float:
    """
    Give the share of the variance of rates that is not chance: true / (true + mean sampling variance).

    Parameters
    ----------
    events, exposure
        Of the areas that have both, shape (n,).

    Returns
    -------
    float
        From 0 (chance explains all differences) to 1; 0 where there are no events.
    """
    mean, variance = rate_moments(events, exposure)
    true = max(0.0, variance)
    return true / (true + float((mean / exposure).mean())) if true > 0 else 0.0


def correlation_of_errors(shared: Floats) -> Floats:
    """
    Tell how the counts of sources err together, because they recorded the same events.

    Parameters
    ----------
    shared
        Events that both sources recorded, shape (k, k); on the diagonal the events of the source.

    Returns
    -------
    array, shape (k, k)
        shared / sqrt(n_k n_l): of two Poisson counts with common events, made positive definite.
    """
    size = np.sqrt(np.maximum(np.diag(shared), 1.0))
    matrix = np.clip(shared / np.outer(size, size), -_MOST_CORRELATED, _MOST_CORRELATED)
    np.fill_diagonal(matrix, 1.0)
    return _definite(matrix)


def correlation_of_true_rates(events: Floats, exposure: Floats, shared: Floats) -> Floats:
    """
    Estimate how the true rates of sources go together, without the part that chance hides.

    Parameters
    ----------
    events
        Shape (n, k), one column per source, missing where it has none.
    exposure
        Shape (n,), above 0.
    shared
        As for `correlation_of_errors`.

    Returns
    -------
    array, shape (k, k)
        Exposure-weighted covariance of the rates, less what shared events give by chance (their rate over the mean
        exposure), over the root of the true variances; cut at ±0.9 and made positive definite.
    """
    k = events.shape[1]
    known = ~np.isnan(events)
    moments = [rate_moments(events[known[:, j], j], exposure[known[:, j]]) for j in range(k)]
    matrix = np.eye(k)
    for i in range(k):
        for j in range(i):
            both = known[:, i] & known[:, j]
            spread = moments[i][1] * moments[j][1]
            if both.sum() < 3 or moments[i][1] <= 0 or moments[j][1] <= 0:  # noqa: PLR2004 - two always agree
                continue
            weight = exposure[both]
            first, second = (events[both, c] / weight - moments[c][0] for c in (i, j))
            by_chance = shared[i, j] / weight.sum() / weight.mean()
            found = ((weight * first * second).sum() / weight.sum() - by_chance) / np.sqrt(spread)
            matrix[i, j] = matrix[j, i] = np.clip(found, -_MOST_CORRELATED, _MOST_CORRELATED)
    return _definite(matrix)


def _definite(matrix: Floats) -> Floats:
    """Lift small eigenvalues, so that the matrix has an inverse that weights can use."""
    values, vectors = np.linalg.eigh(matrix)
    if values.min() >= _LEAST_EIGENVALUE:
        return matrix
    mended = vectors @ np.diag(np.maximum(values, _LEAST_EIGENVALUE)) @ vectors.T
    scale = np.sqrt(np.diag(mended))
    return np.asarray(mended / np.outer(scale, scale))


def draw_standardised_rates(
    events: Floats, exposure: Floats, correlation: Floats, errors: Floats, *, draws: int, rng: np.random.Generator
) -> Floats:
    """
    Draw the true rates, in standard deviations from their mean, given the counts.

    Parameters
    ----------
    events, exposure, correlation
        As for, and from, `correlation_of_true_rates`.
    errors
        From `correlation_of_errors`.
    draws
        Number of draws.
    rng
        Source of random numbers.

    Returns
    -------
    array, shape (k, n, draws)
        (rate - m) / sqrt(C) with m and C the mean and true variance of the source; 0 where C is 0; missing where the
        count is.

    Notes
    -----
    The prior of a source's rate is Gamma with mean m and variance C (moments), the count Poisson, so that the
    posterior is Gamma(m² / C + y, m / C + b). A Gaussian copula joins the sources. Draws are taken from the separate
    posteriors and drawn again with the copula's density as weight (sampling, importance resampling), area by area.
    Counts that err together enter the weight as correlated normal errors of their square roots.

    References
    ----------
    Marshall, R. J. (1991) JRSS C 40, 283-294 (moments). Rubin, D. B. (1988). Using the SIR algorithm to simulate
    posterior distributions. Bayesian Statistics 3, 395-402.
    """
    n, k = events.shape
    known = ~np.isnan(events)
    found = np.full((k, n, draws), np.nan)
    priors = [_prior(events[known[:, j], j], exposure[known[:, j]]) for j in range(k)]
    varies = np.array([prior is not None for prior in priors])
    patterns = (known @ (1 << np.arange(k))).astype(np.int64)
    for pattern in np.unique(patterns):
        rows = np.flatnonzero(patterns == pattern)
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            own = known[part[0]]
            found[np.ix_(np.flatnonzero(own & ~varies), part)] = 0.0
            live = np.flatnonzero(own & varies)
            if len(live):
                fitted = [prior for prior in (priors[j] for j in live) if prior is not None]
                among = np.ix_(live, live)
                found[np.ix_(live, part)] = _draw_jointly(
                    events[part][:, live], exposure[part], fitted, correlation[among], errors[among], draws, rng
                )
    return found


@dataclass(frozen=True, slots=True)
class _Prior:
    """The Gamma prior of one source's rates, and its normal scores by rate."""

    mean: float
    deviation: float
    shape: float
    rate: float
    scores: Floats
    quantiles: Floats


def _prior(events: Floats, exposure: Floats) -> _Prior | None:
    """Fit the prior by moments; None where chance explains all differences."""
    from scipy.special import gammaincinv, ndtr

    if not len(events) or events.sum() == 0:
        return None
    mean, variance = rate_moments(events, exposure)
    if variance <= 0:
        return None
    shape, rate = mean**2 / variance, mean / variance
    quantiles = gammaincinv(shape, ndtr(_TABLE)) / rate
    finite = np.isfinite(quantiles)
    return _Prior(mean, float(np.sqrt(variance)), shape, rate, _TABLE[finite], quantiles[finite])


def _draw_jointly(
    events: Floats,
    exposure: Floats,
    priors: list[_Prior],
    correlation: Floats,
    errors: Floats,
    draws: int,
    rng: np.random.Generator,
) -> Floats:
    """Draw sources that all cover these areas, standardised; shape (sources, areas, draws)."""
    rates, scores = _draw(events, exposure, priors, draws, rng)
    apart = np.eye(len(priors))
    weight = np.zeros(rates.shape[1:])
    if not np.array_equal(correlation, apart):
        weight += _log_weight(scores, correlation)
    if not np.array_equal(errors, apart):
        weight += _log_weight(_count_errors(rates, events, exposure), errors)
    if weight.any():
        rates = np.take_along_axis(rates, _draw_again(weight, rng)[None], axis=2)
    for j, prior in enumerate(priors):
        rates[j] = (rates[j] - prior.mean) / prior.deviation
    return rates


def _draw(
    events: Floats, exposure: Floats, priors: list[_Prior], draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw each source by itself: rates, and their normal scores under the prior; shape (sources, areas, draws)."""
    rates = np.empty((len(priors), len(events), draws))
    scores = np.empty_like(rates)
    for j, prior in enumerate(priors):
        shape = (prior.shape + events[:, j])[:, None]
        rates[j] = rng.standard_gamma(shape, rates[j].shape) / (prior.rate + exposure)[:, None]
        scores[j] = np.interp(rates[j], prior.quantiles, prior.scores)
    return rates, scores


def _count_errors(rates: Floats, events: Floats, exposure: Floats) -> Floats:
    """Give the errors of the counts for each draw: by Anscombe, the root of a Poisson count has variance 1/4."""
    expected = np.sqrt(rates * exposure[:, None] + 0.125)
    return np.asarray(2 * (np.sqrt(events.T[:, :, None] + 0.375) - expected))


def _log_weight(values: Floats, matrix: Floats) -> Floats:
    """Give the log of the joint normal density over the product of the separate ones, up to a constant."""
    tilt = np.linalg.inv(matrix) - np.eye(len(matrix))
    return np.asarray(-0.5 * np.einsum("iad,ij,jad->ad", values, tilt, values, optimize=True))


def _draw_again(log_weight: Floats, rng: np.random.Generator) -> Ints:
    """Choose as many draws again by weight, area by area: evenly spaced marks along the cumulated weights."""
    number, draws = log_weight.shape
    upto = np.exp(log_weight - log_weight.max(axis=1, keepdims=True)).cumsum(axis=1)
    upto *= draws / upto[:, -1:]
    marks = np.clip(np.ceil(upto - rng.random((number, 1))), 0, draws).astype(np.int64)
    marks[:, -1] = draws
    times = np.diff(marks, axis=1, prepend=0)
    return np.repeat(np.tile(np.arange(draws), number), times.ravel()).reshape(number, draws)
