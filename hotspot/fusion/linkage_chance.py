"""Count the matches that chance alone gives, by copies of one source moved by whole weeks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.errors import ComparabilityError
from hotspot.fusion.linkage_records import Linkable, ask, is_conveyance, tolerance, who_asks
from hotspot.numerics.lanes import in_lanes
from hotspot.numerics.space_time_grid import NONE, arrange, take
from hotspot.numerics.space_time_matching import Queries, Tolerance, alone, match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

LEAST_WEEKS = 26
MOST_COPIES = 25
LEVEL = 0.95
"""Level of the interval of the corrected number."""
_DOMINATES = 0.5
_SPACINGS = 5
_DAY = pd.Timedelta("1D") // pd.Timedelta("1us")
_WEEK = 7 * _DAY
VERDICTS = ("estimated", "chance dominates", "no match", "time too coarse")


@dataclass(frozen=True, slots=True)
class Window:
    """The time that both sources cover, cut to whole weeks."""

    start: int
    """Midnight of the first day, microseconds."""
    weeks: int
    days: int
    """Days before the cut."""


@dataclass(frozen=True, slots=True)
class Copies:
    """What was matched as it is, and in the copies, at one pair of tolerances."""

    matched: NDArray[np.bool_]
    """Whether each asking record that can be linked at this gap found a partner, shape (n,)."""
    found: Ints
    """Copies in which each of them found one, shape (n,)."""
    by_copy: Ints
    """Pairs found in each copy."""
    others: int
    """Records of the other source that can be linked at this gap."""


def common_window(linkable: Linkable, one: int, other: int) -> Window:
    """
    Find the days that both sources cover.

    A source is taken to reach five times the mean time between its records beyond the first and the last of them:
    nobody need be hurt on the first day of a hospital's extract. No day without a record of either source is in it.
    """
    records = linkable.records
    own = [records.start[records.source == number] for number in (one, other)]
    if not all(part.size > 1 for part in own):
        return Window(0, 0, 0)
    begins, ends = [int(part.min()) for part in own], [int(part.max()) for part in own]
    slack = [_SPACINGS * (end - begin) // (part.size - 1) for begin, end, part in zip(begins, ends, own, strict=True)]
    first = max(min(begins), *(begin - wait for begin, wait in zip(begins, slack, strict=True))) // _DAY
    last = min(max(ends), *(end + wait for end, wait in zip(ends, slack, strict=True))) // _DAY + 1
    days = max(0, last - first)
    return Window(first * _DAY, days // 7, days)


def too_short(window: Window) -> str | None:
    """Say why chance cannot be estimated in a window, or None."""
    if window.weeks >= LEAST_WEEKS:
        return None
    return f"both sources cover {window.weeks} whole weeks only; at least {LEAST_WEEKS} are needed"


def require_window(linkable: Linkable, one: int, other: int) -> Window:
    """Give the common window, or refuse."""
    window = common_window(linkable, one, other)
    why = too_short(window)
    if why is not None:
        names = [linkable.sources[number] for number in (one, other)]
        raise ComparabilityError(
            f"incidents: chance matches between {names[0]!r} and {names[1]!r} cannot be estimated: {why}. "
            "Give a longer period that both cover."
        )
    return window


def shifts(weeks: int) -> Ints:
    """
    Choose by how many weeks the copies are moved: by every number, or by 25 spread evenly.

    A copy moved by one week stays in. What happens again at a place within days is another event, so a match with it
    is a chance match; leaving near repeats out would make chance look rarer than it is.
    """
    every = weeks - 1
    if every <= MOST_COPIES:
        return np.arange(1, weeks, dtype=np.int64)
    return np.round(np.linspace(1, every, MOST_COPIES)).astype(np.int64)


def within(linkable: Linkable, one: int, other: int, window: Window, cell: float) -> Linkable:
    """Keep the records of two sources inside a window."""
    records = linkable.records
    inside = (records.start >= window.start) & (records.start < window.start + window.weeks * _WEEK)
    kept = np.flatnonzero(inside & ((records.source == one) | (records.source == other)))
    chosen, grid, order = arrange(take(records, kept), cell)
    return Linkable(chosen, grid, linkable.row[kept[order]], linkable.mismatch, linkable.sources)


def moved(queries: Queries, window: Window, weeks: int) -> Queries:
    """Move records by whole weeks, round the end of the window to its start."""
    length = window.weeks * _WEEK
    start = window.start + (queries.start - window.start + weeks * _WEEK) % length
    by = start - queries.start
    arrived = np.where(queries.arrived == NONE, NONE, queries.arrived + by)
    return queries._replace(start=start, end=queries.end + by, arrived=arrived)


def match_copies(
    linkable: Linkable, one: int, other: int, window: Window, tolerances: Sequence[tuple[float, pd.Timedelta]]
) -> tuple[list[Copies], Ints]:
    """
    Match two sources as they are, and in copies of one of them that are moved by whole weeks.

    Parameters
    ----------
    linkable
        The records of the two sources inside the window (`within`).
    one, other
        Numbers of the sources.
    window
        Their common window.
    tolerances
        Largest distances (metres) and gaps.

    Returns
    -------
    tuple
        What was found at each pair of tolerances; and for each record of both sources the copies in which it found a
        partner at the last of them, shape (n,). The same for any number of threads.
    """
    asks, target = who_asks(linkable, one, other)
    records, queries = linkable.records, ask(linkable, [(asks, target)])
    conveyance = is_conveyance(linkable.sources[one], linkable.sources[other])
    kernel = [tolerance(distance, gap, conveyance=conveyance) for distance, gap in tolerances]
    weeks = shifts(window.weeks)
    counts = np.zeros((len(kernel), weeks.size), np.int64)

    def partners(moving: Queries, allowed: Tolerance) -> Ints:
        return match(
            moving, records, linkable.grid, allowed, linkable.mismatch, alone(records), lanes=False
        ).partner  # fmt: skip

    def some(low: int, high: int) -> tuple[NDArray[np.int32], Ints]:
        found, by_record = np.zeros((len(kernel), queries.record.size), np.int32), np.zeros(records.x.size, np.int64)
        for copy in range(low, high):
            moving = moved(queries, window, int(weeks[copy]))
            for column, allowed in enumerate(kernel):
                partner = partners(moving, allowed)
                found[column] += partner >= 0
                counts[column, copy] = (partner >= 0).sum()
            by_record[partner[partner >= 0]] += 1
        return found, by_record

    parts = in_lanes(some, 0, weeks.size)
    found = np.sum([part[0] for part in parts], axis=0)
    by_record = np.sum([part[1] for part in parts], axis=0)
    by_record[queries.record] = found[-1]
    width = records.end - records.start
    result = []
    for column, allowed in enumerate(kernel):
        able = width[queries.record] <= allowed.gap
        others = int((width[records.source == target] <= allowed.gap).sum())
        result.append(
            Copies(partners(queries, allowed)[able] >= 0, found[column, able].astype(np.int64), counts[column], others)
        )
    return result, by_record


def correct(copies: Copies) -> dict[str, float | str]:
    """
    Take the matches that chance gives out of those that were found.

    Parameters
    ----------
    copies
        What was found as it is and in the copies.

    Returns
    -------
    dict
        ``chance`` (mean of the copies), ``chance_sd``, ``m``, ``m_lower``, ``m_upper`` and ``verdict``.

    Notes
    -----
    A record without a true partner stays unmatched with probability 1 - p, p its own chance of a match. So each
    unmatched record stands for 1 / (1 - p) without a true partner, and m is the rest. Where all have the same p this is
    (M - chance) / (1 - chance / n). It is not the same in a city: who is matched lies where the police are busy, and
    chance is rarer among the others. Of S copies k with a match, (S + 1) / (S + 1 - k) estimates 1 / (1 - p) without
    bias but for p to the power S + 1. The true partners of m records are taken, so chance has only a share
    1 - m / others of the other source left: 1 / (1 - p) is raised to that power, and m solves the equation.

    The interval is Student's, from the spread among the copies: the chance matches in the data are one more draw of the
    same kind, so their variance is sd² (1 + 1 / S).
    """
    from scipy.optimize import brentq
    from scipy.stats import t

    n, matched, draws = copies.matched.size, int(copies.matched.sum()), copies.by_copy.size
    if n == 0 or copies.others == 0:
        figures = dict.fromkeys(("chance", "chance_sd", "m", "m_lower", "m_upper"), math.nan)
        return {**figures, "verdict": "time too coarse"}
    chance, sd = float(copies.by_copy.mean()), float(copies.by_copy.std(ddof=1))
    # counted by k, so that the sum does not depend on the order of the records
    unmatched = np.bincount(copies.found[~copies.matched], minlength=draws + 1)
    stands_for = (draws + 1) / (draws + 1 - np.arange(draws + 1))

    def excess(m: float) -> float:
        return float(n - m - (unmatched * stands_for ** max(0.0, 1 - m / copies.others)).sum())

    m = float(brentq(excess, 0.0, float(matched))) if matched and excess(0.0) > 0 else 0.0
    around = float(t.ppf((1 + LEVEL) / 2, draws - 1)) * sd * math.sqrt(1 + 1 / draws) / max(1 - chance / n, 1 / n)
    dominates = chance > _DOMINATES * matched
    return {
        "chance": chance,
        "chance_sd": sd,
        "m": math.nan if dominates else m,
        "m_lower": max(0.0, m - around),
        "m_upper": min(float(matched), m + around),
        "verdict": "chance dominates" if dominates else "estimated" if matched else "no match",
    }


def chance_of_pair(
    linkable: Linkable, one: int, other: int, distance: float, gap: pd.Timedelta
) -> dict[str, float | int | str]:
    """Estimate the chance matches of two sources for the run's record; where it cannot be done, say why."""
    window = common_window(linkable, one, other)
    why = too_short(window)
    if why is not None:
        return {"verdict": f"not estimated: {why}"}
    inside = within(linkable, one, other, window, distance)
    (copies,), _ = match_copies(inside, one, other, window, [(distance, gap)])
    known = {name: value for name, value in correct(copies).items() if isinstance(value, str) or not math.isnan(value)}
    return {"weeks": window.weeks, "copies": copies.by_copy.size, "matched": int(copies.matched.sum())} | known


__all__ = [
    "LEAST_WEEKS", "LEVEL", "MOST_COPIES", "VERDICTS", "Copies", "Window", "chance_of_pair", "common_window",
    "correct", "match_copies", "moved", "require_window", "shifts", "too_short", "within",
]  # fmt: skip
