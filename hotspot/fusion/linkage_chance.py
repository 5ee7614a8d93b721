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
from hotspot.numerics.space_time_matching import Queries, alone, match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

LEAST_WEEKS = 26
MOST_COPIES = 25
LEVEL = 0.95
"""Level of the interval of the corrected number."""
_DOMINATES = 0.5
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
    """What was matched as it is, and in each copy; one column for each pair of tolerances."""

    records: tuple[Ints, Ints]
    """Records of the first and of the second source that can be linked at each gap, shape (c,)."""
    matched: Ints
    """Shape (c,)."""
    by_copy: Ints
    """Shape (copies, c)."""
    found: Ints
    """Copies in which each record of the window found a partner at the last tolerances; shape (n,)."""


def common_window(linkable: Linkable, one: int, other: int) -> Window:
    """Find the whole weeks between the later of the two first days and the earlier of the two last days."""
    records = linkable.records
    own = [records.start[records.source == number] for number in (one, other)]
    if not all(part.size for part in own):
        return Window(0, 0, 0)
    first = max(int(part.min()) for part in own) // _DAY
    last = min(int(part.max()) for part in own) // _DAY + 1
    days = max(0, last - first)
    return Window(first * _DAY, days // 7, days)


def too_short(window: Window) -> str | None:
    """Say why chance cannot be estimated in a window, or None."""
    if window.weeks >= LEAST_WEEKS:
        return None
    return f"both sources have records in {window.weeks} whole weeks only; at least {LEAST_WEEKS} are needed"


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
) -> Copies:
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
    Copies
        The same for any number of threads.
    """
    first, second = who_asks(linkable, one, other)
    queries = ask(linkable, [(first, second)])
    conveyance = is_conveyance(linkable.sources[one], linkable.sources[other])
    kernel = [tolerance(distance, gap, conveyance=conveyance) for distance, gap in tolerances]
    weeks = np.concatenate([[0], shifts(window.weeks)])
    counts = np.zeros((weeks.size, len(kernel)), np.int64)

    def some(low: int, high: int) -> Ints:
        found = np.zeros(linkable.records.x.size, np.int64)
        for copy in range(low, high):
            own = moved(queries, window, int(weeks[copy]))
            for column, allowed in enumerate(kernel):
                partner = match(
                    own, linkable.records, linkable.grid, allowed, linkable.mismatch, alone(linkable.records),
                    lanes=False,
                ).partner  # fmt: skip
                counts[copy, column] = (partner >= 0).sum()
                if copy and column == len(kernel) - 1:
                    found[own.record[partner >= 0]] += 1
                    found[partner[partner >= 0]] += 1
        return found

    found = np.sum(in_lanes(some, 0, weeks.size), axis=0)
    width = linkable.records.end - linkable.records.start
    able = [
        np.array([int((width[linkable.records.source == number] <= each.gap).sum()) for each in kernel])
        for number in (one, other)
    ]
    return Copies((able[0], able[1]), counts[0], counts[1:], found)


def correct(matched: int, copies: Ints, n_of: int, n_against: int) -> dict[str, float | str]:
    """
    Take the matches that chance gives out of those that were found.

    Parameters
    ----------
    matched
        Matches as found, M.
    copies
        Matches in each copy.
    n_of, n_against
        Records of the two sources.

    Returns
    -------
    dict
        ``chance`` (mean of the copies), ``chance_sd``, ``m``, ``m_lower``, ``m_upper`` and ``verdict``.

    Notes
    -----
    m = (M - chance) / (1 - chance / n), with n the records of the smaller source: a record that has its true partner
    cannot also match by chance. The interval is Student's, from the spread among the copies: the chance matches in
    the data are one more draw of the same kind, so its variance is sd² (1 + 1 / copies).
    """
    from scipy.stats import t

    n = min(n_of, n_against)
    chance, sd = float(copies.mean()), float(copies.std(ddof=1))
    result: dict[str, float | str] = {"chance": chance, "chance_sd": sd, "m": math.nan}
    if n == 0:
        empty = {"chance": math.nan, "chance_sd": math.nan, "m_lower": math.nan, "m_upper": math.nan}
        return result | empty | {"verdict": "time too coarse"}
    scale = max(1 - chance / n, 1 / n)
    around = float(t.ppf((1 + LEVEL) / 2, copies.size - 1)) * sd * math.sqrt(1 + 1 / copies.size)
    lower, upper = (min(max(0.0, (matched - chance + way * around) / scale), float(matched)) for way in (-1, 1))
    result |= {"m_lower": lower, "m_upper": upper, "verdict": "estimated"}
    if chance > _DOMINATES * matched:
        return result | {"verdict": "chance dominates"}
    return result | {"m": (matched - chance) / scale, "verdict": "estimated" if matched else "no match"}


def chance_of_pair(
    linkable: Linkable, one: int, other: int, distance: float, gap: pd.Timedelta
) -> dict[str, float | int | str]:
    """Estimate the chance matches of two sources for the run's record; where it cannot be done, say why."""
    window = common_window(linkable, one, other)
    why = too_short(window)
    if why is not None:
        return {"verdict": f"not estimated: {why}"}
    copies = match_copies(within(linkable, one, other, window, distance), one, other, window, [(distance, gap)])
    n_one, n_other = (int(part[0]) for part in copies.records)
    facts = correct(int(copies.matched[0]), copies.by_copy[:, 0], n_one, n_other)
    known = {name: value for name, value in facts.items() if isinstance(value, str) or not math.isnan(value)}
    return {"weeks": window.weeks, "copies": len(copies.by_copy), "matched": int(copies.matched[0])} | known


__all__ = [
    "LEAST_WEEKS", "LEVEL", "MOST_COPIES", "VERDICTS", "Copies", "Window", "chance_of_pair", "common_window",
    "correct", "match_copies", "moved", "require_window", "shifts", "too_short", "within",
]  # fmt: skip
