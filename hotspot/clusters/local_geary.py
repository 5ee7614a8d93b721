"""Tell areas like their neighbours from areas unlike them: local Geary's c."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.clusters.inference import WEIGHTED_TIE, Plan, facts_of, judge, most_permutations, pair_ranks
from hotspot.clusters.quadrants import mean_around, standardise, warn_sparse
from hotspot.clusters.sites import numbers_of, read_sites, share_of_zeros
from hotspot.numerics.pair_permutation import PairSums
from hotspot.record import note

if TYPE_CHECKING:
    import numpy.typing as npt
    from libpysal.graph import Graph
    from libpysal.weights import W

    from hotspot.clusters.sites import Sites

    Floats = npt.NDArray[np.float64]

_EXACT = 2.0**53


def local_geary(
    y: pd.Series,
    graph: Graph | W,
    *,
    permutations: int = 99_999,
    max_permutations: int = 1_999_999,
    alternative: str = "two-sided",
    alpha: float = 0.05,
    correction: str = "fdr",
    seed: int = 0,
) -> pd.DataFrame:
    """
    Compute local Geary's c of each area: the mean squared difference from its neighbours.

    Parameters
    ----------
    y
        A value for each area, indexed by area code, in any order. Missing values are left out as if the area
        were not there.
    graph, permutations, max_permutations, alpha, correction, seed
        As for `local_moran`.
    alternative
        ``two-sided``; ``less`` for areas like their neighbours (small c) alone; ``greater`` for those unlike them.

    Returns
    -------
    DataFrame
        Indexed like ``y``: ``geary_c``, ``geary_p``, ``geary_q`` (missing where not tested) and ``geary_label``:
        ``High-High`` and ``Low-Low`` (like their neighbours, both above or both below the mean), ``Other positive``
        (like them, astride the mean), ``Negative`` (unlike them), ``Not significant``, ``No neighbours``,
        ``No data``, or ``Undefined`` where all values are equal.

    Raises
    ------
    InputError, ConfigError
        As for `local_moran`.

    Warns
    -----
    HotspotWarning
        More than half of the values are 0.

    Notes
    -----
    c_i = sum_j w_ij (z_i - z_j)², weights divided by their row's sum, z with the variance that divides by n. The test
    holds z_i and draws the neighbours' values from the other areas; ties count in both tails, exactly where ``y``
    is whole numbers. Where local Moran asks whether neighbours are on the same side of the mean, local
    Geary asks whether they are near in value; it also sees areas in between that are alike.

    The work grows with draws times areas: 35,000 areas and 99,999 draws take some seconds.

    References
    ----------
    Anselin, L. (1995). Local indicators of spatial association: LISA. Geographical Analysis 27, 93-115.
    Anselin, L. (2019). A local indicator of multivariate spatial association: extending Geary's c. Geographical
    Analysis 51, 133-150.

    Examples
    --------
    >>> import pandas as pd
    >>> from libpysal.graph import Graph
    >>> import hotspot as hs
    >>> line = Graph.from_dicts({"a": ["b"], "b": ["a", "c"], "c": ["b", "d"], "d": ["c", "e"], "e": ["d"]})
    >>> hs.local_geary(pd.Series([1, 2, 10, 3, 1], list("abcde")), line, permutations=99)["geary_c"].round(3).tolist()
    [0.087, 2.841, 4.939, 2.316, 0.35]
    """
    plan = Plan(permutations, max_permutations, alternative, alpha, correction, seed)
    sites = read_sites(y, numbers_of(y, "y"), graph, "y", own=False)
    varies, alone = sites.varies(), sites.alone
    z = standardise(sites.y)
    tested = ~alone & varies
    around, squares = mean_around(sites, z), mean_around(sites, z**2)
    c = squares - 2 * z * around + np.where(alone, 0.0, z**2)
    pairs, own, slack = pairs_of(sites, z)
    count = pair_ranks(sites, pairs, own, slack, seed=plan.seed, conditional=True)
    verdict = judge(count, tested, plan, most=most_permutations(sites, plan, own_sums=True))
    labels = np.full(len(z), "Not significant", dtype=object)
    alike = verdict.significant & verdict.less
    labels[alike] = "Other positive"
    labels[alike & (z > 0) & (around > 0)] = "High-High"
    labels[alike & (z < 0) & (around < 0)] = "Low-Low"
    labels[verdict.significant & verdict.greater & ~verdict.less] = "Negative"
    labels[alone] = "No neighbours"
    if not varies:
        labels[:] = "Undefined"
    facts = facts_of(sites, plan, verdict, islands=int(alone.sum()))
    note("local_geary", **facts, **warn_sparse(share_of_zeros(sites.y), "y"))
    return pd.DataFrame(
        {
            "geary_c": sites.column(np.where(tested, np.maximum(c, 0.0), np.nan), np.nan),
            "geary_p": sites.column(verdict.p, np.nan),
            "geary_q": sites.column(verdict.q, np.nan),
            "geary_label": pd.array(sites.column(labels, "No data"), dtype="str"),
        },
        index=sites.index,
    )


def pairs_of(sites: Sites, z: Floats) -> tuple[PairSums, Floats, Floats]:
    """Choose the values that are squared and summed: whole numbers as they are, so that ties are exact."""
    widest = int(sites.degree.max(initial=0)) + 1
    equal = sites.equal_weights
    whole = bool(np.all(sites.y == np.rint(sites.y)))
    exact = equal and whole and 4 * widest * np.abs(sites.y).max(initial=0.0) ** 2 < _EXACT
    value = sites.y if exact else z
    weights = np.ones(len(sites.weights)) if equal else sites.weights
    first, second = (np.asarray(sites.row_sums(weights * v[sites.neighbours]), np.float64) for v in (value, value**2))
    own = second - 2.0 * value * first
    if exact:
        return PairSums(value, value**2, value, product=False), own, np.zeros(len(own))
    total = np.asarray(sites.row_sums(weights), np.float64)
    largest = np.abs(z).max(initial=0.0)
    return PairSums(value, value**2, value, product=False), own, WEIGHTED_TIE * total * 4.0 * largest**2
