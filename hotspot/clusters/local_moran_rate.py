"""Local Moran's I of rates, each in its own standard errors, where populations differ."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from hotspot.checks import require_choice
from hotspot.clusters.inference import WEIGHTED_TIE, Plan, most_permutations, neighbour_ranks
from hotspot.clusters.local_moran import moran_of
from hotspot.clusters.quadrants import warn_sparse
from hotspot.clusters.sites import aligned, numbers_of, read_sites, share_of_zeros
from hotspot.errors import HotspotWarning, InputError
from hotspot.numerics.empirical_bayes import rate_variances, standardised_rates
from hotspot.numerics.poisson_null import poisson_tables, rank_poisson_sums
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    import pandas as pd
    from libpysal.graph import Graph
    from libpysal.weights import W

    from hotspot.clusters.sites import Sites
    from hotspot.numerics.permutation import TailCounts

    Floats = npt.NDArray[np.float64]

NULLS = ("exchange", "poisson")
FEWEST_EVENTS = 20
"""Fewer events than this in all tell no hotspot from chance."""


def local_moran_rate(
    events: pd.Series,
    population: pd.Series,
    graph: Graph | W,
    *,
    permutations: int = 99_999,
    max_permutations: int = 1_999_999,
    alternative: str = "two-sided",
    alpha: float = 0.05,
    correction: str = "fdr",
    null: str = "exchange",
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
    null
        What chance is taken to be. ``exchange``: the standardised rates might be exchanged between areas.
        ``poisson``: the risk is the same everywhere, and each area's count is drawn from the Poisson distribution with
        mean m b_i, population and rate being its own. Any true difference of risk counts against that null, so it
        finds more, and says less: "not all the same" rather than "standing together".

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

    Under ``null="poisson"`` the area's own standardised rate, m and a are held at what was observed, the counts of
    its neighbours are simulated, and their weighted sum is ranked. The work grows with draws times areas: 35,000
    areas and 9,999 draws take some seconds.

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
    require_choice(null, NULLS, "null")
    counts, people = numbers_of(events, "events"), aligned(population, "population", events, "events")
    for name, numbers in (("events", counts), ("population", people)):
        negative = np.flatnonzero(numbers < 0)
        if len(negative):
            raise InputError(f"{name}: {len(negative)} value(s) below 0 (first in row {negative[0]}). Mend the data.")
    broken = np.flatnonzero(np.isfinite(counts) & (counts != np.rint(counts)))
    if null == "poisson" and len(broken):
        raise InputError(
            f"events: {len(broken)} of {len(counts)} are no whole numbers (first in row {broken[0]}); "
            "Poisson counts are. Give counts, or take null='exchange'."
        )
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
    if null == "poisson":
        around, most = _poisson_ranks(sites, counts[sites.rows], people[sites.rows], plan)
    else:
        around, most = neighbour_ranks(sites, seed=plan.seed, conditional=True), most_permutations(sites, plan)
    result, facts = moran_of(sites, plan, around, most=most)
    facts |= warn_sparse(share_of_zeros(counts[usable]), "events")
    total = float(counts[usable].sum())
    if 0 < total < FEWEST_EVENTS:
        warnings.warn(
            f"events: there are only {total:g} in all; fewer than {FEWEST_EVENTS} tell no hotspot. Take longer.",
            HotspotWarning,
            stacklevel=2,
        )
    mean = float(counts[usable].sum() / people[usable].sum()) if usable.any() else None
    note("local_moran_rate", **facts, null=null, mean_rate=mean, without_population=orphaned)
    return result


def _poisson_ranks(
    sites: Sites, events: Floats, people: Floats, plan: Plan
) -> tuple[Callable[[int, int], TailCounts], int]:
    """Prepare to rank the sums of standardised rates among maps of one risk everywhere."""
    mean = float(events.sum() / people.sum()) if len(events) else 0.0
    worth = 1.0 / (people * np.sqrt(rate_variances(events, people))) if mean > 0 else np.zeros(len(events))
    tables = poisson_tables(mean * people)
    rows = (sites.indptr, sites.neighbours, sites.weights)
    own = np.asarray(sites.row_sums(sites.weights * (worth * events)[sites.neighbours]), np.float64)
    size = np.asarray(sites.row_sums(sites.weights * (worth * (events + mean * people))[sites.neighbours]), np.float64)

    def count(first: int, last: int) -> TailCounts:
        return rank_poisson_sums(tables, worth, rows, own, WEIGHTED_TIE * size, seed=plan.seed, first=first, last=last)

    return count, most_permutations(sites, plan, own_sums=True)
