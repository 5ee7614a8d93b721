"""Tell where values are high or low in and around an area: Getis-Ord Gi and Gi*."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.clusters.inference import Plan, facts_of, judge, most_permutations, neighbour_ranks
from hotspot.clusters.sites import SPARSE_SHARE, numbers_of, read_sites, share_of_zeros
from hotspot.record import note

if TYPE_CHECKING:
    import numpy.typing as npt
    from libpysal.graph import Graph
    from libpysal.weights import W

    from hotspot.clusters.sites import Sites

    Floats = npt.NDArray[np.float64]

_NO_VARIANCE = 1e-12


def getis_ord(
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
    Compute Getis-Ord Gi* (or Gi) of each area, with permutation p-values and labels Hot and Cold.

    Parameters
    ----------
    y
        A value for each area, indexed by area code, in any order. Missing values are left out as if the area
        were not there.
    graph
        Neighbours, keyed by the same area codes. Scaling a row of weights does not matter.
    star
        True: Gi*, the area and its neighbours; its own weight is the graph's, else the largest of its row. False: Gi,
        the neighbours alone.
    permutations, max_permutations, alpha, correction, seed
        As for `local_moran`.
    alternative
        ``two-sided``; ``greater`` for Hot alone; ``less`` for Cold alone.

    Returns
    -------
    DataFrame
        Indexed like ``y``: ``gi_z`` (z-score from the moments under randomisation), ``gi_p``, ``gi_q``
        (missing where not tested) and ``gi_label``: ``Hot``, ``Cold``, ``Not significant``, ``No neighbours``,
        ``No data``, or ``Undefined`` where values do not vary.

    Raises
    ------
    InputError, ConfigError
        As for `local_moran`.

    Notes
    -----
    Gi* = (sum_j w_ij y_j - m W_i) / (s sqrt((n S_i - W_i²) / (n - 1))), W_i = sum_j w_ij, S_i = sum_j w_ij², s² the
    variance with n, j over the area and its neighbours. Gi takes m, s and n over the other areas.

    ``gi_p`` ranks the observed sum in the randomisation that these moments belong to: for Gi* the values of
    all areas, its own among them, are drawn anew; for Gi its own value is held and the neighbours are drawn from
    the others. With Gi* an area can be Hot by its own value alone. Other programs hold the own value for Gi*
    too, which makes the p-value that of Gi. Hot says that values are high here beyond chance, not why, nor that
    they will stay so.

    References
    ----------
    Ord, J. K. and Getis, A. (1995). Local spatial autocorrelation statistics: distributional issues and an
    application. Geographical Analysis 27, 286-306.

    Examples
    --------
    >>> import pandas as pd
    >>> from libpysal.graph import Graph
    >>> import hotspot as hs
    >>> line = Graph.from_dicts({"a": ["b"], "b": ["a", "c"], "c": ["b", "d"], "d": ["c", "e"], "e": ["d"]})
    >>> hs.getis_ord(pd.Series([1, 2, 10, 3, 1], list("abcde")), line)["gi_z"].round(3).tolist()
    [-0.917, 0.676, 1.159, 0.917, -0.676]
    """
    plan = Plan(permutations, max_permutations, alternative, alpha, correction, seed)
    sites = read_sites(y, numbers_of(y, "y"), graph, "y", own=star)
    n, islands = len(sites.rows), sites.alone
    varies = sites.varies()
    z = _z_star(sites) if star else _z_others(sites)
    tested = varies & ~islands & np.isfinite(z)
    count = neighbour_ranks(sites, seed=plan.seed, conditional=not star)
    verdict = judge(count, tested, plan, most=most_permutations(sites, plan))
    labels = np.full(n, "Not significant", dtype=object)
    labels[verdict.significant & verdict.greater & (z > 0)] = "Hot"
    labels[verdict.significant & verdict.less & (z < 0)] = "Cold"
    labels[~tested] = "Undefined"
    if varies:
        labels[islands] = "No neighbours"
    facts = facts_of(sites, plan, verdict, islands=int(islands.sum()))
    note("getis_ord", **facts, star=star, sparse=share_of_zeros(sites.y) > SPARSE_SHARE)
    return pd.DataFrame(
        {
            "gi_z": sites.column(np.where(tested, z, np.nan), np.nan),
            "gi_p": sites.column(verdict.p, np.nan),
            "gi_q": sites.column(verdict.q, np.nan),
            "gi_label": pd.array(sites.column(labels, "No data"), dtype="str"),
        },
        index=sites.index,
    )


def _sums(sites: Sites, x: Floats) -> tuple[Floats, Floats, Floats]:
    """Sum the weighted values, the weights and their squares over each row."""
    lag = np.asarray(sites.row_sums(sites.weights * x[sites.neighbours]), np.float64)
    total = np.asarray(sites.row_sums(sites.weights), np.float64)
    return lag, total, np.asarray(sites.row_sums(sites.weights**2), np.float64)


def _z_star(sites: Sites) -> Floats:
    n = len(sites.rows)
    if not sites.varies():
        return np.full(n, np.nan)
    x = sites.y - sites.y.mean()
    lag, total, squares = _sums(sites, x)
    room = n * squares - total**2
    room = np.where(room > _NO_VARIANCE * total**2, room, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(lag / (x.std() * np.sqrt(room / (n - 1))))


def _z_others(sites: Sites) -> Floats:
    n = len(sites.rows)
    others = n - 1
    if not sites.varies() or others == 1:
        return np.full(n, np.nan)
    x = sites.y - sites.y.mean()
    lag, total, squares = _sums(sites, x)
    mean = -x / others  # of the other areas, as x sums to 0
    variance = ((x**2).sum() - x**2) / others - mean**2
    variance = np.where(variance > _NO_VARIANCE * (x**2).sum() / n, variance, np.nan)
    room = others * squares - total**2
    room = np.where(room > _NO_VARIANCE * total**2, room, np.nan)
    with np.errstate(invalid="ignore"):
        return np.asarray((lag - total * mean) / np.sqrt(variance * room / (others - 1)))
