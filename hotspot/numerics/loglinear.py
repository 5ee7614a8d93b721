"""Fit log-linear models to incomplete capture histories: which models there are, their estimates, their limits."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Terms = tuple[int, ...]

_STEPS = 100
_SMALL_STEP = 1e-10
_NEVER = 1e-9
"""Unseen events below which a lower limit is 0."""
_BEYOND = 1e12
"""Unseen events above which an upper limit is infinite."""
_NO_WEIGHT = 1e-6


class Fit(NamedTuple):
    """One fitted model: expected counts, deviance, -2 log likelihood, unseen events and their standard error."""

    expected: Floats
    deviance: float
    minus_two_log_likelihood: float
    unseen: float
    standard_error: float


def hierarchical_models(sources: int, always: Sequence[int] = ()) -> list[Terms]:
    """
    List the hierarchical models of capture histories that can tell the number of unseen events.

    Parameters
    ----------
    sources
        Number of sources, 2 to 4.
    always
        Interactions that every model holds, each as a bit mask of its sources.

    Returns
    -------
    list of tuple
        The interactions of each model (bit masks of two or more sources), the fewest first. Every model has all main
        effects; none has the interaction of all sources, which would leave the unseen cell free.

    Examples
    --------
    >>> from hotspot.numerics.loglinear import hierarchical_models
    >>> hierarchical_models(3, always=[0b011])
    [(3,), (3, 5), (3, 6), (3, 5, 6)]
    >>> [len(hierarchical_models(k)) for k in (2, 3, 4)]
    [1, 8, 113]
    """
    everything = (1 << sources) - 1
    terms = [mask for mask in range(everything) if mask.bit_count() > 1]
    models = []
    for size in range(len(terms) + 1):
        for chosen in combinations(terms, size):
            held = set(chosen)
            parts = (part for term in chosen for part in terms if part & term == part)
            if held.issuperset(always) and held.issuperset(parts):
                models.append(chosen)
    return models


def design(sources: int, interactions: Terms) -> Floats:
    """
    Give the design matrix of a model over the seen histories.

    Returns
    -------
    array, shape (2**sources - 1, 1 + sources + interactions)
        Row h - 1 is the history with bit mask h. The first column is the constant: the log of the unseen events.
    """
    histories = np.arange(1, 1 << sources)
    terms = np.array([0, *(1 << s for s in range(sources)), *interactions])
    return np.asarray(histories[:, None] & terms == terms, dtype=np.float64)


def _newton(X: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Maximise the Poisson likelihood; return the coefficients and the expected counts."""
    mu = y + 0.5
    beta = np.linalg.lstsq(X * np.sqrt(mu)[:, None], np.sqrt(mu) * (np.log(mu) + (y - mu) / mu), rcond=None)[0]
    eta = X @ beta
    value = float(y @ eta - np.exp(eta).sum())
    for _ in range(_STEPS):
        mu = np.exp(eta)
        step = np.linalg.solve(X.T @ (mu[:, None] * X), X.T @ (y - mu))
        length = 1.0
        while True:  # halve a step that overshoots
            eta = X @ (beta + length * step)
            new = float(y @ eta - np.exp(np.minimum(eta, 700.0)).sum())
            if new >= value - _SMALL_STEP * (1.0 + abs(value)) or length < _SMALL_STEP:
                break
            length /= 2.0
        beta, value = beta + length * step, new
        if np.abs(length * step).max() < _SMALL_STEP:
            break
    return np.asarray(beta, dtype=np.float64), np.asarray(np.exp(X @ beta), dtype=np.float64)


def _deviance(y: Floats, mu: Floats) -> float:
    """Give 2 times the sum of y log(y / mu) - (y - mu)."""
    from scipy.special import xlogy

    return float(2.0 * (xlogy(y, y) - xlogy(y, mu) - y + mu).sum())


def fit(X: Floats, y: Floats) -> Fit:
    """
    Fit a Poisson log-linear model whose estimate exists (`why_no_estimate`).

    Parameters
    ----------
    X
        From `design`, shape (cells, parameters).
    y
        Events of each seen history, shape (cells,), 0 or more; need not be whole.

    Returns
    -------
    Fit
        ``unseen`` is exp(constant); its standard error is that of the *total*: it holds the chance with which events
        go unseen, var = unseen + unseen² · var(constant).
    """
    from scipy.special import gammaln

    beta, mu = _newton(X, y)
    variance = float(np.linalg.inv(X.T @ (mu[:, None] * X))[0, 0])
    unseen = float(np.exp(beta[0]))
    likelihood = float((y * np.log(mu) - mu - gammaln(y + 1.0)).sum())
    return Fit(mu, _deviance(y, mu), -2.0 * likelihood, unseen, float(np.sqrt(unseen + unseen**2 * variance)))


def why_no_estimate(X: Floats, y: Floats) -> str:
    """
    Say why a model has no finite estimate; empty if it has one.

    Parameters
    ----------
    X, y
        As for `fit`.

    Returns
    -------
    str
        A reason, or an empty text.

    Notes
    -----
    The maximum exists unless a direction d has X d = 0 in every cell with events and X d <= 0, somewhere < 0, in the
    cells without (Haberman 1974; Fienberg and Rinaldo 2012, Annals of Statistics 40, 996-1023). A linear program looks
    for one.
    """
    from scipy.optimize import linprog

    if np.linalg.matrix_rank(X) < X.shape[1]:
        return "not identifiable: more parameters than the histories can tell"
    empty = y == 0
    if not empty.any():
        return ""
    if not (~empty).any():
        return "no events"
    found = linprog(
        X[empty].sum(axis=0), A_ub=X[empty], b_ub=np.zeros(int(empty.sum())), A_eq=X[~empty],
        b_eq=np.zeros(int((~empty).sum())), bounds=(-1, 1), method="highs",
    )  # fmt: skip
    if found.status == 0 and found.fun > -1e-7:  # noqa: PLR2004 - the program's own tolerance
        return ""
    return f"no finite estimate: {int(empty.sum())} capture histories hold no event"


def profile_deviance(X: Floats, y: Floats, unseen: float) -> float:
    """
    Give the least deviance of a model if so many events went unseen.

    Notes
    -----
    The unseen cell is filled in and the model fitted to the complete table (Cormack 1992, Biometrics 48, 567-576).
    The least over all fillings is the deviance of `fit`, at its estimate.
    """
    full = np.vstack([X, np.eye(1, X.shape[1])])
    counts = np.append(y, unseen)
    return _deviance(counts, _newton(full, counts)[1])


def averaged_quantiles(
    designs: Sequence[Floats], y: Floats, fits: Sequence[Fit], weights: Floats, levels: Sequence[float]
) -> Floats:
    """
    Give quantiles of the unseen events over several models, each by its profile likelihood.

    Parameters
    ----------
    designs, fits
        One per model.
    y
        Events of each seen history.
    weights
        Weight of each model, shape (models,), sum 1.
    levels
        Between 0 and 1: 0.025 and 0.975 are the limits of a 95 % interval, 0.5 is the median.

    Returns
    -------
    array, shape (levels,)
        The number of unseen events at which the weighted mean over models of Phi(r) equals the level, r the signed
        root of the rise of the deviance. 0 or infinite where it does not reach the level. One model alone gives its
        profile-likelihood interval, and its estimate as the median.

    References
    ----------
    Turek, D. and Fletcher, D. (2012). Model-averaged Wald confidence intervals. Computational Statistics and Data
    Analysis 56, 2809-2815. Fletcher, D. and Turek, D. (2012). Model-averaged profile likelihood intervals. Journal of
    Agricultural, Biological and Environmental Statistics 17, 38-51.
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr

    used = [number for number, weight in enumerate(weights) if weight > _NO_WEIGHT]
    share = np.asarray(weights)[used] / float(np.asarray(weights)[used].sum())

    def reached(log_unseen: float) -> float:
        unseen, tails = float(np.exp(log_unseen)), 0.0
        for number, weight in zip(used, share, strict=True):
            rise = max(0.0, profile_deviance(designs[number], y, unseen) - fits[number].deviance)
            tails += weight * float(ndtr(np.sign(unseen - fits[number].unseen) * np.sqrt(rise)))
        return tails

    logs = np.log(np.maximum([fits[number].unseen for number in used], _NEVER))
    found = []
    for level in levels:
        low, high = float(logs.min()) - 0.5, float(logs.max()) + 0.5
        while low > np.log(_NEVER) and reached(low) > level:
            low -= 1.0
        while high < np.log(_BEYOND) and reached(high) < level:
            high += 1.0
        if reached(low) > level:
            found.append(0.0)
        elif reached(high) < level:
            found.append(np.inf)
        else:
            found.append(float(np.exp(brentq(lambda x, level=level: reached(x) - level, low, high, xtol=1e-9))))
    return np.array(found)


__all__ = [
    "Fit", "averaged_quantiles", "design", "fit", "hierarchical_models", "profile_deviance", "why_no_estimate",
]  # fmt: skip
