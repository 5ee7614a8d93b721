"""Draw the true rates of several sources at once from their Gamma-Poisson posteriors, correlated between sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspot.numerics.empirical_bayes import rate_moments

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

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


def correlation_of_true_rates(events: Floats, exposure: Floats) -> Floats:
    """
    Estimate how the true rates of sources go together, without the part that chance hides.

    Parameters
    ----------
    events
        Shape (n, k), one column per source, missing where it has none.
    exposure
        Shape (n,), above 0.

    Returns
    -------
    array, shape (k, k)
        Exposure-weighted covariance of the rates over the root of the true variances, cut at ±0.9 and made positive
        definite. Counts of two sources are taken to err independently: records of the same event in both make it too
        large.
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
            found = float((weight * first * second).sum() / weight.sum() / np.sqrt(spread))
            matrix[i, j] = matrix[j, i] = np.clip(found, -_MOST_CORRELATED, _MOST_CORRELATED)
    values, vectors = np.linalg.eigh(matrix)
    if values.min() < _LEAST_EIGENVALUE:
        mended = vectors @ np.diag(np.maximum(values, _LEAST_EIGENVALUE)) @ vectors.T
        scale = np.sqrt(np.diag(mended))
        matrix = mended / np.outer(scale, scale)
    return matrix


def draw_standardised_rates(
    events: Floats, exposure: Floats, correlation: Floats, *, draws: int, rng: np.random.Generator
) -> Floats:
    """
    Draw the true rates, in standard deviations from their mean, given the counts.

    Parameters
    ----------
    events, exposure, correlation
        As for, and from, `correlation_of_true_rates`.
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
                drawn = _draw(events[part][:, live], exposure[part], [priors[j] for j in live], draws, rng)
                found[np.ix_(live, part)] = _join(drawn, correlation[np.ix_(live, live)], rng)
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


def _draw(
    events: Floats, exposure: Floats, priors: list[_Prior | None], draws: int, rng: np.random.Generator
) -> list[tuple[Floats, Floats]]:
    """Draw each source by itself: standardised rates, and their scores under the prior, shape (areas, draws)."""
    drawn = []
    for j, prior in enumerate(priors):
        if prior is not None:
            shape = (prior.shape + events[:, j])[:, None]
            rates = rng.standard_gamma(shape, (len(events), draws)) / (prior.rate + exposure)[:, None]
            scores = np.interp(rates, prior.quantiles, prior.scores)
            drawn.append(((rates - prior.mean) / prior.deviation, scores))
    return drawn


def _join(drawn: list[tuple[Floats, Floats]], correlation: Floats, rng: np.random.Generator) -> Floats:
    """Draw again with the copula's density as weight; shape (sources, areas, draws)."""
    rates = np.stack([rate for rate, _ in drawn])
    number, draws = rates.shape[1:]
    offset = rng.random((number, 1))
    if len(drawn) == 1:
        return rates
    scores = np.stack([score for _, score in drawn])
    tilt = np.linalg.inv(correlation) - np.eye(len(drawn))
    log_weight = -0.5 * np.einsum("iad,ij,jad->ad", scores, tilt, scores, optimize=True)
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    upto = weight.cumsum(axis=1)
    upto *= draws / upto[:, -1:]
    # systematic resampling: evenly spaced marks along the cumulated weights, one row per area
    marks = np.clip(np.ceil(upto - offset), 0, draws).astype(np.int64)
    marks[:, -1] = draws
    times = np.diff(marks, axis=1, prepend=0)
    chosen = np.repeat(np.tile(np.arange(draws), number), times.ravel()).reshape(number, draws)
    return np.take_along_axis(rates, chosen[None], axis=2)
