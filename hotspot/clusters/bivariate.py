"""Compare two values across areas and their surroundings: bivariate local Moran and Lee's L."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotspot.clusters.inference import WEIGHTED_TIE, Plan, most_permutations, neighbour_ranks, pair_ranks
from hotspot.clusters.quadrants import mean_around, quadrant_table, standardise, times_own, warn_sparse
from hotspot.clusters.sites import aligned, numbers_of, read_sites, share_of_zeros, varies
from hotspot.numerics.pair_permutation import PairSums
from hotspot.record import note

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd
    from libpysal.graph import Graph
    from libpysal.weights import W

    from hotspot.clusters.sites import Sites

    Floats = npt.NDArray[np.float64]

_ROUNDING = 8 * np.finfo(np.float64).eps
_EXACT = 2.0**53


def local_moran_bivariate(
    x: pd.Series,
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
    Compute bivariate local Moran's I: one value here against another value in the areas around.

    Parameters
    ----------
    x
        The value here, for each area, indexed by area code.
    y
        The value around, indexed by the same codes in any order. An area that lacks either is ``No data``, and left
        out of the mean and of the neighbours as if it were not there.
    graph, permutations, max_permutations, alternative, alpha, correction, seed
        As for `local_moran`.

    Returns
    -------
    DataFrame
        Indexed like ``x``: ``moran_bv_i``, ``moran_bv_lag`` (standardised ``y`` around), ``moran_bv_p``, ``moran_bv_q``
        and ``moran_bv_label``, ``x`` here first, ``y`` around second: ``High-Low`` is much ``x`` amid little ``y``.

    Raises
    ------
    InputError, ConfigError
        As for `local_moran`.

    Warns
    -----
    HotspotWarning
        More than half of the values of ``x`` or of ``y`` are 0.

    Notes
    -----
    I_i = zx_i sum_j w_ij zy_j, weights divided by their row's sum. The test holds zx_i and draws the neighbours' y
    from the other areas.

    It compares ``x`` here with ``y`` *nearby*, not with ``y`` in the same place: see `lee_l` and a cross-table of
    labels for that. It is no evidence that one brings about the other.

    References
    ----------
    Anselin, L., Syabri, I. and Smirnov, O. (2002). Visualizing multivariate spatial correlation with dynamically
    linked windows. CSISS workshop on new tools for spatial data analysis.

    Examples
    --------
    >>> import pandas as pd
    >>> from libpysal.graph import Graph
    >>> import hotspot as hs
    >>> codes = list("ABCDEFGH")
    >>> ring = Graph.from_dicts({c: [codes[i - 1], codes[(i + 1) % 8]] for i, c in enumerate(codes)})
    >>> police = pd.Series([9, 8, 9, 2, 1, 2, 1, 2], codes)
    >>> ed = pd.Series([7, 8, 6, 3, 1, 1, 2, 3], codes)
    >>> hs.local_moran_bivariate(police, ed, ring, permutations=999)["moran_bv_i"].round(2).head(3).tolist()
    [0.87, 1.11, 0.87]
    """
    plan = Plan(permutations, max_permutations, alternative, alpha, correction, seed)
    here, sites = _both(x, y, graph, own=False)
    changes = sites.varies() and varies(here)
    zx, zy = standardise(here), standardise(sites.y)
    around = neighbour_ranks(sites, seed=plan.seed, conditional=True)
    result, facts = quadrant_table(
        sites,
        plan,
        times_own(around, zx),
        own=zx,
        lag=mean_around(sites, zy),
        varies=changes,
        prefix="moran_bv",
        most=most_permutations(sites, plan),
    )
    note("local_moran_bivariate", **facts, **_sparse(here, sites.y))
    return result


def lee_l(
    x: pd.Series,
    y: pd.Series,
    graph: Graph | W,
    *,
    star: bool = True,
    permutations: int = 99_999,
    max_permutations: int = 1_999_999,
    alternative: str = "two-sided",
    alpha: float = 0.05,
    correction: str = "fdr",
    seed: int = 0,
) -> pd.DataFrame:
    """
    Compute local Lee's L: whether two values, both averaged over the same surroundings, go together.

    Parameters
    ----------
    x, y
        Two values for each area, indexed by the same area codes in any order. An area that lacks either is
        ``No data``, and left out of the means and of the neighbours as if it were not there.
    graph
        Neighbours, keyed by the same area codes. Each row of weights is divided by its sum.
    star
        True: the surroundings include the area itself, with its weight in the graph, else the largest of its row.
        False: the neighbours alone.
    permutations, max_permutations, alternative, alpha, correction, seed
        As for `local_moran`; ``greater`` asks for agreement, ``less`` for disagreement.

    Returns
    -------
    DataFrame
        Indexed like ``x``: ``lee_i`` (local L), ``lee_lag`` (standardised ``y`` averaged around), ``lee_p``, ``lee_q``
        and ``lee_label``, ``x`` first: ``High-High``, ``Low-Low``, ``High-Low``, ``Low-High``, and the rest as
        `local_moran`.

    Raises
    ------
    InputError, ConfigError
        As for `local_moran`.

    Warns
    -----
    HotspotWarning
        More than half of the values of ``x`` or of ``y`` are 0.

    Notes
    -----
    L_i = (sum_j w_ij zx_j) (sum_j w_ij zy_j), weights divided by their row's sum; its mean over areas is Lee's
    global L where every area has neighbours. The test keeps each pair (x_j, y_j) together and draws the pairs
    anew: all pairs, the area's own among them, where ``star``; else the own pair is held. So it asks whether
    the two agree *here* more than pairs from anywhere in the study area would.

    References
    ----------
    Lee, S.-I. (2001). Developing a bivariate spatial association measure: an integration of Pearson's r and
    Moran's I. Journal of Geographical Systems 3, 369-385.
    Lee, S.-I. (2004). A generalized significance testing method for global measures of spatial association.
    Environment and Planning A 36, 1687-1703.

    Examples
    --------
    >>> import pandas as pd
    >>> from libpysal.graph import Graph
    >>> import hotspot as hs
    >>> codes = list("ABCDEFGH")
    >>> ring = Graph.from_dicts({c: [codes[i - 1], codes[(i + 1) % 8]] for i, c in enumerate(codes)})
    >>> police = pd.Series([9, 8, 9, 2, 1, 2, 1, 2], codes)
    >>> ed = pd.Series([7, 8, 6, 3, 1, 1, 2, 3], codes)
    >>> hs.lee_l(police, ed, ring, permutations=999)["lee_i"].round(2).head(3).tolist()
    [0.5, 1.55, 0.42]
    """
    plan = Plan(permutations, max_permutations, alternative, alpha, correction, seed)
    here, sites = _both(x, y, graph, own=star)
    changes = sites.varies() and varies(here)
    zx, zy = standardise(here), standardise(sites.y)
    first, second = _whole(here, sites) if changes else None, _whole(sites.y, sites) if changes else None
    exact = first is not None and second is not None and sites.equal_weights
    pairs = PairSums(
        first if exact and first is not None else zx, second if exact and second is not None else zy, zx, product=True
    )
    weights = np.ones(len(sites.weights)) if sites.equal_weights else sites.weights
    sums = [np.asarray(sites.row_sums(weights * v[sites.neighbours]), np.float64) for v in (pairs.first, pairs.second)]
    own = sums[0] * sums[1]
    if exact:
        slack = _ROUNDING * np.abs(own)
    else:
        total = np.asarray(sites.row_sums(weights), np.float64)
        slack = WEIGHTED_TIE * total**2 * np.abs(zx).max(initial=0.0) * np.abs(zy).max(initial=0.0)
    result, facts = quadrant_table(
        sites,
        plan,
        pair_ranks(sites, pairs, own, slack, seed=plan.seed, conditional=not star),
        own=mean_around(sites, zx),
        lag=mean_around(sites, zy),
        varies=changes,
        prefix="lee",
        most=most_permutations(sites, plan, own_sums=True),
    )
    note("lee_l", **facts, star=star, **_sparse(here, sites.y))
    return result


def _both(x: pd.Series, y: pd.Series, graph: Graph | W, *, own: bool) -> tuple[Floats, Sites]:
    """Keep the areas that have both values: x in the order of the sites, and the sites of y."""
    here = numbers_of(x, "x")
    around = aligned(y, "y", x, "x")
    sites = read_sites(x, np.where(np.isnan(here), np.nan, around), graph, "x", own=own)
    return here[sites.rows], sites


def _sparse(here: Floats, around: Floats) -> dict[str, object]:
    zeros = max((share_of_zeros(here), "x"), (share_of_zeros(around), "y"))
    return warn_sparse(*zeros, stacklevel=4)


def _whole(values: Floats, sites: Sites) -> Floats | None:
    """Give n times the deviation from the mean, exact in whole numbers, or None where it is not."""
    n, widest = len(values), int(sites.degree.max(initial=0))
    if not np.all(values == np.rint(values)) or 2 * n * max(n, widest) * np.abs(values).max(initial=0.0) >= _EXACT:
        return None
    return np.asarray(n * values - values.sum())
