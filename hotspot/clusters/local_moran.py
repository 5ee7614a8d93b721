"""Tell clusters of high and low values from isolated ones: local Moran's I."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import listed
from hotspot.clusters.inference import Plan, facts_of, judge, most_permutations, neighbour_ranks
from hotspot.clusters.sites import SPARSE_SHARE, numbers_of, read_sites, share_of_zeros
from hotspot.errors import HotspotWarning, InputError
from hotspot.numerics.empirical_bayes import standardised_rates
from hotspot.numerics.permutation import TailCounts
from hotspot.record import note

if TYPE_CHECKING:
    import numpy.typing as npt
    from libpysal.graph import Graph

    from hotspot.clusters.inference import Verdict
    from hotspot.clusters.sites import Sites

    Floats = npt.NDArray[np.float64]

ON_THE_MEAN = 1e-12
"""Standardised values and lags no farther from 0 than this are neither high nor low."""


def local_moran(
    y: pd.Series,
    graph: Graph,
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
        Neighbours, keyed by the same area codes. Each row of weights is divided by its sum, so binary and
        row-standardised weights give the same; weights of an area on itself are ignored.
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
    zeros = share_of_zeros(sites.y)
    result, facts = _local_moran(sites, plan)
    note("local_moran", **facts, **_sparse(zeros, "y"))
    return result


def local_moran_rate(
    events: pd.Series,
    population: pd.Series,
    graph: Graph,
    *,
    permutations: int = 99_999,
    max_permutations: int = 1_999_999,
    alternative: str = "two-sided",
    alpha: float = 0.05,
    correction: str = "fdr",
    seed: int = 0,
) -> pd.DataFrame:
    """
    Compute local Moran's I of rates, each in its own standard errors, where populations differ.

    Parameters
    ----------
    events
        Events of each area, 0 or more, indexed by area code. Missing where there is no coverage.
    population
        People at risk in each area, indexed by the same codes in any order. Areas where it is missing or 0 have
        no rate: they are ``No data``.
    graph, permutations, max_permutations, alternative, alpha, correction, seed
        As for `local_moran`.

    Returns
    -------
    DataFrame
        As of `local_moran`, on the standardised rates.

    Raises
    ------
    InputError
        As for `local_moran`; also a negative count or population.
    ConfigError
        An option is out of range.

    Warns
    -----
    HotspotWarning
        More than half of the areas have no event; areas have events but no people.

    Notes
    -----
    The rate e_i / b_i is expressed in standard errors from the overall rate m before local Moran is taken:
    (e_i / b_i - m) / sqrt(a + m / b_i), a the variance of the true rates estimated by moments; where
    that is not above 0, m / b_i. Among raw rates the smallest populations are the most extreme by chance alone.

    References
    ----------
    Assunção, R. M. and Reis, E. A. (1999). A new proposal to adjust Moran's I for population density.
    Statistics in Medicine 18, 2147-2162.

    Examples
    --------
    >>> import pandas as pd
    >>> from libpysal.graph import Graph
    >>> import hotspot as hs
    >>> codes = list("ABCDEFGH")
    >>> ring = Graph.from_dicts({c: [codes[i - 1], codes[(i + 1) % 8]] for i, c in enumerate(codes)})
    >>> e = pd.Series([30, 25, 25, 15, 33, 21, 30, 20], codes)
    >>> b = pd.Series([100, 100, 110, 90, 100, 90, 110, 90], codes)
    >>> hs.local_moran_rate(e, b, ring, permutations=999)["moran_i"].round(3).head(3).tolist()
    [-0.325, -0.007, 0.48]
    """
    plan = Plan(permutations, max_permutations, alternative, alpha, correction, seed)
    counts, people = numbers_of(events, "events"), _aligned(population, events)
    for name, numbers in (("events", counts), ("population", people)):
        negative = np.flatnonzero(numbers < 0)
        if len(negative):
            raise InputError(f"{name}: {len(negative)} value(s) below 0 (first in row {negative[0]}). Mend the data.")
    usable = np.isfinite(counts) & (people > 0)
    orphaned = int(np.sum((counts > 0) & ~(people > 0)))
    if orphaned:
        warnings.warn(
            f"{orphaned} area(s) have events but no population; they are 'No data'.", HotspotWarning, stacklevel=2
        )
    rates = np.full(len(counts), np.nan)
    if usable.any():
        rates[usable] = standardised_rates(counts[usable], people[usable])
    sites = read_sites(events, rates, graph, "events", own=False)
    result, facts = _local_moran(sites, plan)
    facts |= _sparse(share_of_zeros(counts[usable]), "events")
    mean = float(counts[usable].sum() / people[usable].sum()) if usable.any() else None
    note("local_moran_rate", **facts, mean_rate=mean, without_population=orphaned)
    return result


def _aligned(population: pd.Series, events: pd.Series) -> Floats:
    """Return the population in the order of the events; both must have the same areas."""
    people = numbers_of(population, "population")
    unmatched = events.index.symmetric_difference(population.index)
    if len(unmatched):
        raise InputError(
            f"events and population must have the same area codes; {len(unmatched)} differ "
            f"(first: {listed(map(repr, unmatched), 3)})."
        )
    return people[population.index.get_indexer(events.index)]


def _sparse(zeros: float, argument: str) -> dict[str, object]:
    """Warn where zeros dominate, and give the fact for the record."""
    sparse = zeros > SPARSE_SHARE
    if sparse:
        warnings.warn(
            f"{argument}: {zeros:.0%} of the values are 0 (sparse). Local Moran then mostly compares zeros: use larger "
            f"areas, a longer period, or getis_ord with alternative='greater'.",
            HotspotWarning,
            stacklevel=3,
        )
    return {"sparse": sparse}


def _local_moran(sites: Sites, plan: Plan) -> tuple[pd.DataFrame, dict[str, object]]:
    n, degree = len(sites.rows), sites.degree
    varies = sites.varies()
    z = (sites.y - sites.y.mean()) / sites.y.std() if varies else np.zeros(n)
    total = np.asarray(sites.row_sums(sites.weights), np.float64)
    lag = np.asarray(sites.row_sums(sites.weights * z[sites.neighbours]), np.float64) / np.where(total > 0, total, 1.0)
    tested = (degree > 0) & varies
    z[np.abs(z) <= ON_THE_MEAN] = 0.0
    neighbour_count = neighbour_ranks(sites, seed=plan.seed, conditional=True)

    def count(first: int, last: int) -> TailCounts:
        # I = z · lag grows with the neighbours' sum where z > 0, falls where z < 0, and is always 0 where z = 0
        ranks = neighbour_count(first, last)
        upper = np.where(z > 0, ranks.at_least, np.where(z < 0, ranks.at_most, ranks.draws))
        lower = np.where(z > 0, ranks.at_most, np.where(z < 0, ranks.at_least, ranks.draws))
        return TailCounts(upper, lower, ranks.draws)

    verdict = judge(count, tested, plan, most=most_permutations(sites, plan))
    labels = _labels(z, lag, verdict)
    labels[degree == 0] = "No neighbours"
    if not varies:
        labels[:] = "Undefined"
    result = pd.DataFrame(
        {
            "moran_i": sites.column(np.where(tested, z * lag, np.nan), np.nan),
            "moran_lag": sites.column(np.where(tested, lag, np.nan), np.nan),
            "moran_p": sites.column(verdict.p, np.nan),
            "moran_q": sites.column(verdict.q, np.nan),
            "moran_label": pd.array(sites.column(labels, "No data"), dtype="str"),
        },
        index=sites.index,
    )
    return result, facts_of(sites, plan, verdict, islands=int(np.sum(degree == 0)))


def _labels(z: Floats, lag: Floats, verdict: Verdict) -> npt.NDArray[np.object_]:
    around = np.where(np.abs(lag) <= ON_THE_MEAN, 0.0, lag)
    agrees = np.where(z * around > 0, verdict.greater, verdict.less)
    shown = verdict.significant & agrees & (z != 0) & (around != 0)
    names = np.where(z > 0, "High-", "Low-").astype(object) + np.where(around > 0, "High", "Low").astype(object)
    return np.where(shown, names, "Not significant").astype(object)
