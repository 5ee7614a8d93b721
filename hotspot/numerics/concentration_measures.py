"""Measure how few places hold how many events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def places_for(counts: Floats, shares: Floats) -> Floats:
    """
    Give the fewest whole places that hold each share of all events.

    Parameters
    ----------
    counts : array, shape (n,) or (n, m)
        Events of n places, in one map or m of them; every map has events.
    shares
        Above 0, at most 1.

    Returns
    -------
    array, shape (len(shares),) or (len(shares), m)
    """
    held = np.cumsum(-np.sort(-np.asarray(counts, dtype=np.float64), axis=0), axis=0)
    total = held[-1]
    slack = 1e-9  # so that 0.25 of 8 is 2, whatever its rounding
    return np.stack([(held < (share - slack) * total).sum(axis=0) + 1.0 for share in shares])


def gini(counts: Floats) -> tuple[Floats, Floats]:
    """
    Give the Gini coefficient, and the one corrected for there being fewer events than places.

    Parameters
    ----------
    counts : array, shape (n,) or (n, m)
        Whole numbers of events; every map has some.

    Returns
    -------
    g, corrected : float or array, shape (m,)
        G = (2 Σ i y_i - n - 1) / n with shares y ascending. With c events on n places,
        G' = max(1/c, 1/n) (2 Σ i y_i - n - 1) - max(n/c, 1) + 1: 0 where c events lie on c places, 1 - 1/c where all
        lie on one, and G where c ≥ n.

    References
    ----------
    Bernasco, W. and Steenbeek, W. (2017). More places than crimes: implications for evaluating the law of crime
    concentration at place. Journal of Quantitative Criminology 33, 451-467.
    """
    ascending = np.sort(np.asarray(counts, dtype=np.float64), axis=0)
    n, c = len(ascending), ascending.sum(axis=0)
    place = np.arange(1.0, n + 1).reshape((-1,) + (1,) * (ascending.ndim - 1))
    core = 2.0 * (place * ascending).sum(axis=0) / c - n - 1.0
    return core / n, np.maximum(1.0 / c, 1.0 / n) * core - np.maximum(n / c, 1.0) + 1.0


__all__ = ["gini", "places_for"]
