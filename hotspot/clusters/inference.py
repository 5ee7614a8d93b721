"""Turn ranks among permutations into p-values, adjusted p-values and a cut-off."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspot.checks import require_choice, require_level, require_whole
from hotspot.numerics.fixed_point import to_fixed_point
from hotspot.numerics.multiple_testing import CORRECTIONS, adjust, least_needed
from hotspot.numerics.pair_permutation import PairSums, rank_pair_sums
from hotspot.numerics.permutation import TailCounts, rank_neighbour_sums, rank_weighted_sums
from hotspot.numerics.random_numbers import MAX_SEED

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from hotspot.clusters.sites import Sites

ALTERNATIVES = ("two-sided", "greater", "less")
WEIGHTED_TIE = 1e-12
"""Share of the largest possible sum within which two sums of floating-point numbers are tied."""
_MOST_WORK = 10**10
"""Sums times draws beyond which draws are not raised of themselves where every site takes its own sums."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the user asked of the test, checked."""

    permutations: int
    max_permutations: int
    alternative: str
    alpha: float
    correction: str
    seed: int

    def __post_init__(self) -> None:
        """Refuse what makes no test."""
        require_choice(self.alternative, ALTERNATIVES, "alternative")
        require_choice(self.correction, CORRECTIONS, "correction")
        for name, value in (("permutations", self.permutations), ("max_permutations", self.max_permutations)):
            require_whole(value, name, 1, 2**31 - 1, such_as=99_999)
        require_level(self.alpha)
        require_whole(self.seed, "seed", 0, MAX_SEED)

    @property
    def tails(self) -> int:
        """Count the tails: 2 for two-sided."""
        return 2 if self.alternative == "two-sided" else 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """P-values of the sites (NaN where not tested) and how they came about."""

    p: npt.NDArray[np.float64]
    q: npt.NDArray[np.float64]
    significant: npt.NDArray[np.bool_]
    greater: npt.NDArray[np.bool_]
    """Whether the smaller tail, or the one asked for, is the upper one."""
    less: npt.NDArray[np.bool_]
    """The same for the lower tail; both where the tails are equal."""
    tested: int
    permutations: int
    cutoff: float | None
    floor_limited: bool


def neighbour_ranks(sites: Sites, *, seed: int, conditional: bool) -> Callable[[int, int], TailCounts]:
    """Prepare to rank each site's sum of neighbours among draws: exactly for equal weights, in blocks otherwise."""
    degree = sites.degree
    widest = int(degree.max(initial=0)) + 1
    if sites.equal_weights:
        fixed = to_fixed_point(sites.y, widest)
        own = np.asarray(sites.row_sums(fixed.values[sites.neighbours]), np.int64)
        slack = fixed.slack(np.arange(widest + 1))

        def exact(first: int, last: int) -> TailCounts:
            return rank_neighbour_sums(
                fixed.values, degree, own, slack, seed=seed, first=first, last=last, conditional=conditional
            )

        return exact
    centred = sites.y - sites.y.mean()
    own_sums = np.asarray(sites.row_sums(sites.weights * centred[sites.neighbours]), np.float64)
    total = np.asarray(sites.row_sums(sites.weights), np.float64)
    near = WEIGHTED_TIE * total * max(float(np.abs(centred).max(initial=0.0)), 1e-300)

    def weighted(first: int, last: int) -> TailCounts:
        return rank_weighted_sums(
            centred, sites.indptr, sites.weights, own_sums, near, seed=seed, first=first, last=last,
            conditional=conditional,
        )  # fmt: skip

    return weighted


def pair_ranks(
    sites: Sites,
    pairs: PairSums,
    observed: npt.NDArray[np.float64],
    slack: npt.NDArray[np.float64],
    *,
    seed: int,
    conditional: bool,
) -> Callable[[int, int], TailCounts]:
    """Prepare to rank each site's squared difference or product of sums among draws."""
    weights = np.zeros(0) if sites.equal_weights else sites.weights

    def count(first: int, last: int) -> TailCounts:
        return rank_pair_sums(
            pairs, sites.indptr, weights, observed, slack, seed=seed, first=first, last=last, conditional=conditional
        )

    return count


def most_permutations(sites: Sites, plan: Plan, *, own_sums: bool = False) -> int:
    """
    Say up to how many permutations the number may be raised.

    ``own_sums`` says that a site shares no sums with others, as it does in plain sums of equal weights.
    """
    if sites.equal_weights and not own_sums:
        return max(plan.permutations, plan.max_permutations)
    sums = len(sites.rows) if sites.equal_weights else len(sites.weights)
    return max(plan.permutations, min(plan.max_permutations, _MOST_WORK // max(1, sums)))


def _tail(plan: Plan, ranks: TailCounts) -> npt.NDArray[np.int64]:
    if plan.alternative == "greater":
        return ranks.at_least
    if plan.alternative == "less":
        return ranks.at_most
    return np.minimum(ranks.at_least, ranks.at_most)


def judge(count: Callable[[int, int], TailCounts], tested: npt.NDArray[np.bool_], plan: Plan, *, most: int) -> Verdict:
    """
    Draw, raise the number of draws while its floor stands in the way, and correct for the number of tests.

    Parameters
    ----------
    count
        Ranks of all sites among the draws first, …, last - 1.
    tested
        Sites that have a test.
    plan
        What the user asked.
    most
        Most permutations.

    Returns
    -------
    Verdict

    Notes
    -----
    With M the draws at least as extreme, ties included, p = (M + 1) / (R + 1), and two-sided the smaller of 1
    and twice the smaller tail. The smallest possible p is c / (R + 1), c the number of tails; where that exceeds
    what the correction asks of the sites that sit on it, R is raised.
    """
    number = int(tested.sum())
    nothing = np.zeros(len(tested), bool)
    if number == 0:
        empty = np.full(len(tested), np.nan)
        return Verdict(empty, empty.copy(), nothing, nothing, nothing, 0, 0, None, floor_limited=False)
    ranks = count(0, plan.permutations)
    while True:
        at_floor = int(np.sum(_tail(plan, ranks)[tested] == 0))
        level = least_needed(number, at_floor, plan.alpha, plan.correction)
        needed = math.ceil(plan.tails / level - 1e-9) - 1
        if needed <= ranks.draws or ranks.draws >= most:
            break
        ranks = ranks + count(ranks.draws, min(needed, most))
    p = np.where(tested, np.minimum(1.0, plan.tails * (_tail(plan, ranks) + 1) / (ranks.draws + 1)), np.nan)
    q = adjust(p, plan.correction)
    significant = np.nan_to_num(q, nan=1.0) <= plan.alpha
    if plan.alternative == "two-sided":
        greater, less = ranks.at_least <= ranks.at_most, ranks.at_most <= ranks.at_least
    else:
        greater, less = nothing | (plan.alternative == "greater"), nothing | (plan.alternative == "less")
    cutoff = float(p[significant].max()) if significant.any() else None
    return Verdict(p, q, significant, greater, less, number, ranks.draws, cutoff, floor_limited=needed > ranks.draws)


def facts_of(sites: Sites, plan: Plan, verdict: Verdict, *, islands: int) -> dict[str, object]:
    """Collect what a local test chose and counted, for the record."""
    return {
        "n": len(sites.rows),
        "tested": verdict.tested,
        "missing": sites.missing,
        "islands": islands,
        "permutations": verdict.permutations,
        "permutations_asked": plan.permutations,
        "seed": int(plan.seed),
        "alternative": plan.alternative,
        "alpha": float(plan.alpha),
        "correction": plan.correction,
        "cutoff": verdict.cutoff,
        "significant": int(verdict.significant.sum()),
        "floor_limited": verdict.floor_limited,
        "weights": "equal within rows" if sites.equal_weights else "general",
    }
