"""Tell whether values cluster anywhere at all: global Moran's I."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from hotspot.clusters.inference import WEIGHTED_TIE, Plan
from hotspot.clusters.quadrants import standardise
from hotspot.clusters.sites import numbers_of, read_sites
from hotspot.errors import InputError
from hotspot.numerics.shuffles import rank_cross_product
from hotspot.record import note

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd
    from libpysal.graph import Graph
    from libpysal.weights import W

    from hotspot.clusters.sites import Sites

    Floats = npt.NDArray[np.float64]

_FEWEST = 4
"""Areas that the variance under randomisation needs."""


def global_moran(
    y: pd.Series,
    graph: Graph | W,
    *,
    row_standardise: bool = True,
    permutations: int = 9_999,
    alternative: str = "two-sided",
    seed: int = 0,
) -> dict[str, float]:
    """
    Compute global Moran's I with its moments under normality and randomisation, and a permutation p-value.

    Parameters
    ----------
    y
        A value for each area, indexed by area code, in any order. Missing values are left out as if the area
        were not there.
    graph
        Neighbours, keyed by the same area codes. Weights of an area on itself are ignored.
    row_standardise
        Whether each row of weights is divided by its sum, as the local statistics do. False takes the weights as they
        are.
    permutations
        Shuffles of all values.
    alternative
        ``two-sided``, ``greater`` (values cluster) or ``less`` (values alternate), for all p-values.
    seed
        Same seed, same result, in any order of rows and on any number of threads.

    Returns
    -------
    dict
        ``i``; ``expected``; ``variance_normality``, ``z_normality``, ``p_normality``; ``variance_randomisation``,
        ``z_randomisation``, ``p_randomisation``; ``p_permutation`` and ``permutations``; ``n`` and ``islands``.

    Raises
    ------
    InputError
        As for `local_moran`; also fewer than four areas with a value, no links, or values that are all equal.
    ConfigError
        An option is out of range.

    Notes
    -----
    I = n / S0 · sum_ij w_ij (y_i - m)(y_j - m) / sum_i (y_i - m)², with S0 the sum of weights; expected -1 / (n - 1).
    Areas without neighbours count in n and in the mean. The variances are those of Cliff and Ord: normality takes the
    values for a sample of a normal distribution, randomisation takes them as given and shuffles their places.
    Counts of small areas are far from normal: prefer the permutation.

    One number for a whole city says that there are clusters, not where: see `local_moran`. Where populations differ,
    raw counts cluster because people do.

    References
    ----------
    Cliff, A. D. and Ord, J. K. (1981). Spatial processes: models and applications. Pion, London.

    Examples
    --------
    >>> import pandas as pd
    >>> from libpysal.graph import Graph
    >>> import hotspot as hs
    >>> line = Graph.from_dicts({"a": ["b"], "b": ["a", "c"], "c": ["b", "d"], "d": ["c", "e"], "e": ["d"]})
    >>> found = hs.global_moran(pd.Series([1, 2, 4, 7, 9], list("abcde")), line, permutations=999)
    >>> round(found["i"], 3), found["expected"], round(found["z_randomisation"], 2)
    (0.664, -0.25, 1.97)
    """
    plan = Plan(permutations, permutations, alternative, 0.05, "none", seed)
    sites = read_sites(y, numbers_of(y, "y"), graph, "y", own=False)
    n = len(sites.rows)
    if n < _FEWEST or len(sites.weights) == 0 or not sites.varies():
        found = (
            f"{n} area(s) with a value" if n < _FEWEST else "no links" if len(sites.weights) == 0 else "equal values"
        )
        raise InputError(
            f"y: Moran's I needs at least {_FEWEST} areas, links between them and different values; {found}."
        )
    weights = sites.weights
    if row_standardise:
        total = np.asarray(sites.row_sums(weights), np.float64)
        weights = weights / np.repeat(np.where(total > 0, total, 1.0), sites.degree)
    z = standardise(sites.y)
    rows = (sites.indptr, sites.neighbours, weights)
    s0, s1, s2 = _sums_of_weights(sites, weights)
    i = float((weights * np.repeat(z, sites.degree) * z[sites.neighbours]).sum()) / s0
    expected = -1.0 / (n - 1)
    normality = (n * n * s1 - n * s2 + 3 * s0 * s0) / ((n * n - 1) * s0 * s0) - expected**2
    kurtosis = float((z**4).mean()) / float((z**2).mean()) ** 2
    randomisation = (
        n * ((n * n - 3 * n + 3) * s1 - n * s2 + 3 * s0 * s0) - kurtosis * ((n * n - n) * s1 - 2 * n * s2 + 6 * s0 * s0)
    ) / ((n - 1) * (n - 2) * (n - 3) * s0 * s0) - expected**2
    slack = WEIGHTED_TIE * s0 * float((z**2).max())
    at_least, at_most = rank_cross_product(z, rows, slack, seed=plan.seed, draws=permutations)
    tail = {"greater": at_least, "less": at_most, "two-sided": min(at_least, at_most)}[alternative]
    result = {
        "i": i,
        "expected": expected,
        "variance_normality": normality,
        "z_normality": (i - expected) / math.sqrt(normality),
        "p_normality": _normal_p((i - expected) / math.sqrt(normality), alternative),
        "variance_randomisation": randomisation,
        "z_randomisation": (i - expected) / math.sqrt(randomisation),
        "p_randomisation": _normal_p((i - expected) / math.sqrt(randomisation), alternative),
        "p_permutation": min(1.0, plan.tails * (tail + 1) / (permutations + 1)),
        "permutations": permutations,
        "n": n,
        "islands": int(np.sum(sites.alone)),
    }
    note("global_moran", **result, missing=sites.missing, alternative=alternative, row_standardise=row_standardise,
         seed=int(seed))  # fmt: skip
    return result


def _sums_of_weights(sites: Sites, weights: Floats) -> tuple[float, float, float]:
    """Give S0, S1 and S2 of Cliff and Ord."""
    from scipy.sparse import csr_array

    n = len(sites.rows)
    matrix = csr_array((weights, sites.neighbours, sites.indptr), shape=(n, n))
    both = matrix + matrix.T
    out, into = np.asarray(matrix.sum(axis=1)).ravel(), np.asarray(matrix.sum(axis=0)).ravel()
    return float(weights.sum()), float((both.data**2).sum()) / 2, float(((out + into) ** 2).sum())


def _normal_p(z: float, alternative: str) -> float:
    upper, lower = 0.5 * math.erfc(z / math.sqrt(2)), 0.5 * math.erfc(-z / math.sqrt(2))
    return {"greater": upper, "less": lower, "two-sided": 2 * min(upper, lower)}[alternative]
