"""Tell clusters of high and low values from isolated ones: local Moran's I."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotspot.clusters.inference import Plan, most_permutations, neighbour_ranks
from hotspot.clusters.quadrants import mean_around, quadrant_table, standardise, times_own, warn_sparse
from hotspot.clusters.sites import numbers_of, read_sites, share_of_zeros
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from libpysal.graph import Graph
    from libpysal.weights import W

    from hotspot.clusters.sites import Sites
    from hotspot.numerics.permutation import TailCounts


def local_moran(
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
    Compute local Moran's I of each area, with permutation p-values and cluster labels.

    Parameters
    ----------
    y
        A value for each area, indexed by area code, in any order. Missing values are left out of the mean, of the
        neighbours and of every count, as if the area were not there.
    graph
        Neighbours, keyed by the same area codes; a libpysal ``W`` will do. Each row of weights is divided by its sum,
        so binary and row-standardised weights give the same; weights of an area on itself are ignored.
    permutations
        Draws of the neighbours' values from the other areas. Raised where their number would keep every
        corrected p-value above ``alpha``.
    max_permutations
        Up to here. Where even that is too few, the record says ``floor_limited``.
    alternative
        ``two-sided``; ``greater`` for High-High and Low-Low alone; ``less`` for High-Low and Low-High alone.
    alpha
        Level of ``moran_q`` at which an area gets the label of its quadrant.
    correction
        For the number of areas tested: ``fdr`` (Benjamini-Hochberg), ``fdr_by``, ``bonferroni`` or ``none``.
    seed
        Same seed, same result, in any order of rows and on any number of threads.

    Returns
    -------
    DataFrame
        Indexed like ``y``: ``moran_i``, ``moran_lag``, ``moran_p``, ``moran_q`` (missing where not tested) and
        ``moran_label``: ``High-High``, ``Low-Low``, ``High-Low``, ``Low-High`` (own value first, neighbours second),
        ``Not significant``, ``No neighbours``, ``No data``, or ``Undefined`` where all values are equal.

    Raises
    ------
    InputError
        Areas of ``y`` and ``graph`` differ, a value is infinite or not a number, a weight is negative.
    ConfigError
        An option is out of range.

    Warns
    -----
    HotspotWarning
        More than half of the values are 0.

    Notes
    -----
    z = (y - mean) / s with s² the sum of squares divided by n, as in R's spdep; I_i = z_i · sum_j w_ij z_j, and
    ``moran_lag`` is that sum. esda and GeoDa divide by n - 1, which makes every I smaller by (n - 1) / n.

    The test holds y_i and asks how often neighbours drawn from the other areas give an I at least as large,
    and at least as small; ties count in both tails, exactly where ``y`` is whole numbers. An area is labelled
    where moran_q <= ``alpha`` and the tail that made it so agrees with the sign of I. A value or a lag on the
    mean (within 1e-12 standard deviations) is neither high nor low: Not significant. Areas share their draws, so
    that their Monte-Carlo errors are correlated.

    A High-High area says that high values adjoin beyond chance. It names no cause, no person and no forecast, and
    where populations differ much, counts and raw rates mostly show the population: see `local_moran_rate`.

    References
    ----------
    Anselin, L. (1995). Local indicators of spatial association: LISA. Geographical Analysis 27, 93-115.
    Caldas de Castro, M. and Singer, B. H. (2006). Controlling the false discovery rate. Geographical
    Analysis 38, 180-208.

    Examples
    --------
    >>> import pandas as pd
    >>> from libpysal.graph import Graph
    >>> import hotspot as hs
    >>> codes = [f"E{i:02}" for i in range(20)]
    >>> line = {code: [c for c in codes if abs(int(c[1:]) - int(code[1:])) in (1, 2)] for code in codes}
    >>> y = pd.Series(range(20), index=codes) ** 3
    >>> hs.local_moran(y, Graph.from_dicts(line))["moran_label"].value_counts().to_dict()
    {'Not significant': 10, 'Low-Low': 6, 'High-High': 4}
    """
    plan = Plan(permutations, max_permutations, alternative, alpha, correction, seed)
    values = numbers_of(y, "y")
    sites = read_sites(y, values, graph, "y", own=False)
    result, facts = moran_of(sites, plan, neighbour_ranks(sites, seed=plan.seed, conditional=True))
    note("local_moran", **facts, **warn_sparse(share_of_zeros(sites.y), "y"))
    return result


def moran_of(
    sites: Sites, plan: Plan, around: Callable[[int, int], TailCounts], *, most: int | None = None
) -> tuple[pd.DataFrame, dict[str, object]]:
    """Compute local Moran of the sites' values, given how the sums of neighbours are ranked."""
    z = standardise(sites.y)
    return quadrant_table(
        sites,
        plan,
        times_own(around, z),
        own=z,
        lag=mean_around(sites, z),
        varies=sites.varies(),
        prefix="moran",
        most=most_permutations(sites, plan) if most is None else most,
    )
