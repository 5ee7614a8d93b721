"""Slow twins of the log-linear models: a general optimiser, all subsets of terms, a search for each limit."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.stats import chi2


def models(sources):
    """Give all hierarchical models with every main effect and without the interaction of all, as sets of sets."""
    terms = [frozenset(t) for size in range(2, sources) for t in combinations(range(sources), size)]
    found = []
    for held in product([False, True], repeat=len(terms)):
        model = {t for t, h in zip(terms, held, strict=True) if h}
        if all(frozenset(p) in model for t in model for size in range(2, len(t)) for p in combinations(t, size)):
            found.append(model)
    return found


def fit(histories, counts, interactions):
    """Maximise the Poisson likelihood of counts by history (tuples of 0 and 1); give deviance and unseen events."""
    sources = len(histories[0])
    terms = [(), *[(s,) for s in range(sources)], *interactions]
    X = np.array([[float(all(h[s] for s in t)) for t in terms] for h in histories])
    y = np.asarray(counts, float)

    def loss(beta):
        mu = np.exp(X @ beta)
        return (mu - y * (X @ beta)).sum(), X.T @ (mu - y)

    start = np.zeros(len(terms))
    start[0] = np.log(y.mean())
    best = minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": 5000})
    mu = np.exp(X @ best.x)
    part = np.where(y > 0, y * np.log(np.where(y > 0, y, 1) / mu), 0.0)
    return 2 * (part - y + mu).sum(), float(np.exp(best.x[0]))


def profile_limits(histories, counts, interactions, confidence):
    """Find where the deviance of the completed table has risen by the quantile of chi-squared, below and above."""
    least, unseen = fit(histories, counts, interactions)
    full = [*histories, (0,) * len(histories[0])]
    rise = chi2.ppf(confidence, 1)

    def above(log_unseen):
        return fit(full, [*counts, np.exp(log_unseen)], interactions)[0] - least - rise

    middle = np.log(unseen)
    return np.exp(brentq(above, middle - 3, middle)), np.exp(brentq(above, middle, middle + 3))
