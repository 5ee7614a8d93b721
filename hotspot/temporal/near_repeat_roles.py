"""Say of each event whether it stands alone, came first, or followed another one close by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from hotspot.checks import require_choice, require_unique_index
from hotspot.numerics.close_pairs import lay_out
from hotspot.numerics.near_repeat_links import link_earlier
from hotspot.record import note
from hotspot.temporal.near_repeat import METRICS
from hotspot.temporal.near_repeat_bands import read_limit
from hotspot.temporal.near_repeat_events import choose_events, require_reason

if TYPE_CHECKING:
    import numpy.typing as npt

    from hotspot.numerics.near_repeat_links import Links
    from hotspot.temporal.near_repeat_events import Events, Points, Times

    Ints = npt.NDArray[np.int64]

NEAR_REPEAT_ROLES = ("isolated", "originator", "repeat", "near repeat")


def near_repeats(
    points: Points,
    times: Times,
    *,
    distance: float,
    time: float,
    metric: Literal["euclidean", "manhattan"] = "euclidean",
    comparable: bool = True,
    reason: str | None = None,
) -> pd.DataFrame:
    """
    Say of each event whether it stands alone, came first, or followed another one close by.

    Parameters
    ----------
    points, times, metric, comparable, reason
        As for `knox`; labels must be unique.
    distance
        Largest distance of a near repeat, metres.
    time
        Longest time to a near repeat: days, a length of time, or in the unit of the numbers given.

    Returns
    -------
    DataFrame
        Indexed like ``points``: ``role``, one of NEAR_REPEAT_ROLES; ``originator``, label of the nearest earlier event
        within both limits; ``originator_distance`` and ``originator_gap`` to it; ``chain``, numbered from 1 by first
        event, and ``chain_size``, 1 for isolated events, which have no chain. All missing where an event could not be
        compared. The roles of the others add up to their number.

    Raises
    ------
    CRSError, ComparabilityError, ConfigError, InputError
        As `knox`.

    Warns
    -----
    HotspotWarning
        As `knox`.

    Notes
    -----
    Each event has exactly one role. *isolated*: no other within both limits. *originator*: a later one, no earlier
    one. *repeat*: an earlier one at the very same place. *near repeat*: an earlier one, none at the same place. Of
    two events at one time, one is the earlier: the one further west, then further south, then first by label.

    The originator of an event is the nearest earlier one, the latest of several as near. It may itself be a repeat.
    A chain is all events that can be reached from one to the next, and may have several originators.

    Chance makes near repeats too: see `knox` for how many. One event is no evidence of a series, and a chain grows
    long wherever there are many events: in a dense centre the whole year is one chain. The table is record level: it
    never leaves the sharing protocol.

    Examples
    --------
    >>> import hotspot as hs
    >>> found = hs.near_repeats([(0, 0), (60, 0), (60, 0), (900, 0)], [1, 3, 4, 5], distance=100, time=7)
    >>> found["role"].tolist(), found["originator"].dropna().tolist(), found["chain_size"].tolist()
    (['originator', 'near repeat', 'repeat', 'isolated'], [0, 1], [3, 3, 3, 1])
    """
    require_choice(metric, METRICS, "metric")
    require_reason(reason, comparable=comparable)
    reach = read_limit(distance, "distance")
    if isinstance(points, (pd.DataFrame, pd.Series)):
        require_unique_index(points, "points")
    events = choose_events(points, times, near=reach, time=time, comparable=comparable)
    span = read_limit(time, "time", clock=events.facts["unit"] == "days")
    places = lay_out(events.x, events.y, events.time, reach + events.slack)
    order = places.order
    when = events.time[order]
    name = _label_rank(events.index)[events.row[order]]
    rank = np.empty(len(order), np.int64)
    rank[np.lexsort((name, places.y, places.x, when))] = np.arange(len(order))
    links = link_earlier(
        places, when, rank, reach=reach + events.slack, span=float(events.edges[0]), same=events.slack,
        manhattan=metric == "manhattan",
    )  # fmt: skip
    result = _frame(events, links, order, rank)
    counts = result["role"].value_counts()
    sizes = result["chain_size"][result["chain"].notna()]
    note(
        "near_repeats", **events.facts, metric=metric, distance=reach, time=span,
        roles={name: int(counts.get(name, 0)) for name in NEAR_REPEAT_ROLES},
        chains=int(result["chain"].nunique()), longest_chain=int(sizes.max()) if len(sizes) else 0,
        comparable=comparable, reason=reason,
    )  # fmt: skip
    return result


def _frame(events: Events, links: Links, order: Ints, rank: Ints) -> pd.DataFrame:
    """Bring the links into the rows given; rows that could not be compared stay missing."""
    n = len(events.index)
    row = events.row[order]
    later = links.before >= 0
    _, chain, size = np.unique(rank[links.first], return_inverse=True, return_counts=True)
    number = np.cumsum(size > 1)[chain]
    role = np.where(later, np.where(links.distance == 0, 2, 3), links.leads.astype(np.int64))
    before = np.full(n, -1, np.int64)
    before[row[later]] = row[links.before[later]]
    distance, gap = np.full(n, np.nan), np.full(n, np.nan)
    distance[row[later]] = links.distance[later]
    when = events.time[order]
    gap[row[later]] = (when[later] - when[links.before[later]]) / events.per_unit
    labels = events.index.to_series().convert_dtypes().array
    result = pd.DataFrame(index=events.index)
    result["role"] = pd.array(np.array([*NEAR_REPEAT_ROLES, None], dtype=object)[_placed(n, row, role, 4)], dtype="str")
    result["originator"] = labels.take(before, allow_fill=True)
    result["originator_distance"], result["originator_gap"] = distance, gap
    in_chain = size[chain] > 1
    for name, values in (("chain", np.where(in_chain, number, 0)), ("chain_size", size[chain])):
        placed = _placed(n, row, values, 0)
        result[name] = pd.array(placed, dtype="Int64")
        result.loc[placed == 0, name] = pd.NA
    return result


def _placed(n: int, row: Ints, values: Ints, otherwise: int) -> Ints:
    """Put whole numbers in their rows."""
    placed = np.full(n, otherwise, np.int64)
    placed[row] = values
    return placed


def _label_rank(index: pd.Index) -> Ints:
    """Rank labels; where they cannot be compared, as texts."""
    try:
        order = index.argsort()
    except TypeError:
        order = index.astype(str).argsort()
    rank = np.empty(len(index), np.int64)
    rank[order] = np.arange(len(index))
    return rank


__all__ = ["NEAR_REPEAT_ROLES", "near_repeats"]
