"""
Match records of several sources that lie close together in space and time: cheapest pair first, one of each source.

The records lie on a grid of square cells, in each cell in order of time. Every querying record keeps its few cheapest
candidates and a heap holds one candidate of each, so memory grows with the records and not with the pairs of a city
centre. A record whose candidates are used up looks again, past the last one it had. The result is that of sorting all
pairs: the cheapest pair at the top of the heap is the cheapest of all that can still be joined.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from hotspot.numerics.lanes import in_lanes
from hotspot.numerics.space_time_grid import NO_HOSPITAL, NONE

if TYPE_CHECKING:
    import numpy.typing as npt

    from hotspot.numerics.space_time_grid import Grid, Records

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

_KEPT = 8
"""Candidates kept for each querying record. Most need one or two; a crowd at one place and time needs more."""
_LEAST = 2_000
"""Queries that make a thread worth starting."""


class Queries(NamedTuple):
    """Records that look for a partner in another source; their times may be moved. Arrays of shape (q,)."""

    record: Ints
    target: Ints
    """Number of the source in which each looks."""
    start: Ints
    end: Ints
    arrived: Ints


class Tolerance(NamedTuple):
    """How far two records of one event may lie apart."""

    distance: float
    gap: int
    """Microseconds; an interval longer than this cannot be linked."""
    arrival: int
    """Most microseconds from the target's start to the query's arrival, which then decides; 0 without this rule."""


class Events(NamedTuple):
    """Which records are one event, while it is worked out; shape (n,)."""

    parent: Ints
    holds: Ints
    """One bit for each source an event has a record of."""


class Matching(NamedTuple):
    """What one round of matching found."""

    partner: Ints
    """Record joined to each query, -1 for none; shape (q,)."""
    candidates: int


class _Search(NamedTuple):
    """All that one round of matching looks at."""

    queries: Queries
    records: Records
    grid: Grid
    tolerance: Tolerance
    mismatch: Floats
    events: Events


class _Kept(NamedTuple):
    """The cheapest candidates of each query, in order."""

    size: Ints
    cost: Floats
    """Shape (q, k)."""
    record: Ints
    """Shape (q, k)."""
    cursor: Ints
    """Which of them is next."""


@njit(cache=True, nogil=True)
def _goes_before(one: tuple[float, int, int], other: tuple[float, int, int]) -> bool:
    """Order pairs by cost, then by their ranks."""
    if one[0] != other[0]:
        return one[0] < other[0]
    return one[1] < other[1] or (one[1] == other[1] and one[2] < other[2])


@njit(cache=True, nogil=True)
def _key(cost: float, one: int, other: int) -> tuple[float, int, int]:
    """Give what a pair is ordered by: its cost, then the lower and the higher of its ranks."""
    return cost, min(one, other), max(one, other)


@njit(cache=True, nogil=True)
def _root(parent: Ints, record: int) -> int:
    """Find the record that stands for the event of a record."""
    while parent[record] != record:
        parent[record] = parent[parent[record]]
        record = parent[record]
    return record


@njit(cache=True, nogil=True)
def _first_not_below(values: Ints, low: int, high: int, value: int) -> int:
    """Search a sorted run for the first place that is not below a value."""
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def _apart(one: tuple[int, int, int], other: tuple[int, int], gap: int, arrival: int) -> int:
    """Give the gap between a query's interval (with its arrival) and another one, -1 where it is too long."""
    start, end, arrived = one
    apart = max(0, other[0] - end, start - other[1])
    if other[1] - other[0] > gap:
        return -1
    if arrival > 0 and arrived != NONE:
        return min(apart, gap) if 0 <= arrived - other[0] <= arrival else -1
    return apart if apart <= gap else -1


@njit(cache=True, nogil=True)
def _same_patient(treated: int, brought: int) -> bool:
    """Tell whether who was treated in one hospital may have been brought to another."""
    return brought != NO_HOSPITAL and (treated < 0 or brought < 0 or treated == brought)


@njit(cache=True, nogil=True)
def _insert(cost: Floats, record: Ints, rank: Ints, mine: int, size: int, j: int, paid: float) -> int:
    """Put a candidate among the cheapest of a query, if it is one of them; count those."""
    key, slot = _key(paid, mine, rank[j]), size
    if size == cost.size:
        slot = size - 1
        if not _goes_before(key, _key(cost[slot], mine, rank[record[slot]])):
            return size
    while slot > 0 and _goes_before(key, _key(cost[slot - 1], mine, rank[record[slot - 1]])):
        cost[slot], record[slot] = cost[slot - 1], record[slot - 1]
        slot -= 1
    cost[slot], record[slot] = paid, j
    return min(size + 1, cost.size)


@njit(cache=True, nogil=True)
def _period(own: tuple[int, int, int], gap: int, longest: int, arrival: int) -> tuple[int, int]:
    """Give the first and the last start that a candidate of a query may have."""
    start, end, arrived = own
    if arrival > 0 and arrived != NONE:
        return arrived - arrival, arrived
    return start - gap - longest, end + gap


@njit(cache=True, nogil=True)
def _cells(place: float, reach: float, edge: float, cell: float, most: int) -> tuple[int, int]:
    """Give the first and the last cell along an axis; one too many costs little, one too few would lose a pair."""
    low = math.floor((place - reach - edge) / cell - 1e-9)
    high = math.floor((place + reach - edge) / cell + 1e-9)
    return max(0, low), min(most - 1, high)


@njit(cache=True, nogil=True)
def _nearest(search: _Search, kept: _Kept, q: int, after: tuple[float, int, int]) -> int:
    """Find the cheapest candidates of a query that come after a pair; count all that are within the tolerances."""
    queries, records, grid = search.queries, search.records, search.grid
    parent, holds = search.events.parent, search.events.holds
    # plain arrays and numbers in the inner loop: taking them out of tuples there costs more than the arithmetic
    reach, gap, arrival = search.tolerance.distance, search.tolerance.gap, search.tolerance.arrival
    x, y, start, end, hospital, rank = (
        records.x, records.y, records.start, records.end, records.hospital, records.rank,
    )  # fmt: skip
    r, seen, size = queries.record[q], 0, 0
    own, mine, mask = (queries.start[q], queries.end[q], queries.arrived[q]), rank[r], holds[_root(parent, r)]
    cost, record, extra, kind = kept.cost[q], kept.record[q], search.mismatch[records.kind[r]], records.kind
    earliest, latest = _period(own, gap, min(gap, grid.longest), arrival)
    west, east = _cells(x[r], reach, grid.west, grid.cell, grid.columns)
    south, north = _cells(y[r], reach, grid.south, grid.cell, grid.rows)
    if own[1] - own[0] > gap:
        east = west - 1  # too long to be linked: no cell is looked at
    for column in range(west, east + 1):
        base = (queries.target[q] * grid.columns + column) * grid.rows
        place = _first_not_below(grid.keys, 0, grid.keys.size, base + south)
        while place < grid.keys.size and grid.keys[place] <= base + north:
            first, stop = grid.first[place], grid.first[place + 1]
            place += 1
            for j in range(_first_not_below(start, first, stop, earliest), stop):
                if start[j] > latest:
                    break
                dx, dy = x[r] - x[j], y[r] - y[j]
                metres = math.sqrt(dx * dx + dy * dy)
                if metres > reach:
                    continue
                apart = _apart(own, (start[j], end[j]), gap, arrival)
                possible = arrival == 0 or _same_patient(hospital[r], hospital[j])
                paid = metres / reach + apart / gap + extra[kind[j]]
                if apart < 0 or paid == np.inf or not possible:
                    continue
                seen += 1
                if mask & holds[_root(parent, j)] == 0 and _goes_before(after, _key(paid, mine, rank[j])):
                    size = _insert(cost, record, rank, mine, size, j, paid)
    kept.size[q], kept.cursor[q] = size, 0
    return seen


@njit(cache=True, nogil=True)
def _scan(search: _Search, kept: _Kept, begin: int, stop: int) -> int:
    """Find the first candidates of a run of queries; count all candidates."""
    total = 0
    for q in range(begin, stop):
        total += _nearest(search, kept, q, (-1.0, 0, 0))
    return total


@njit(cache=True, nogil=True)
def _sift_down(heap: Ints, size: int, place: int, cost: Floats, low: Ints, high: Ints) -> None:
    """Let the query at a place of the heap sink to where its next candidate belongs."""
    entry = heap[place]
    key = cost[entry], low[entry], high[entry]
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        q = heap[child]
        below = cost[q], low[q], high[q]
        if child + 1 < size:
            q = heap[child + 1]
            right = cost[q], low[q], high[q]
            if _goes_before(right, below):
                child, below = child + 1, right
        if not _goes_before(below, key):
            break
        heap[place] = heap[child]
        place = child
    heap[place] = entry


@njit(cache=True, nogil=True)
def _is_done(search: _Search, kept: _Kept, q: int, key: tuple[float, int, int], partner: Ints) -> bool:
    """Join a query to its next candidate if that can be; else go on to the one after. Tell whether it needs none."""
    parent, holds = search.events.parent, search.events.holds
    j = kept.record[q, kept.cursor[q]]
    one, other = _root(parent, search.queries.record[q]), _root(parent, j)
    if (holds[one] >> search.queries.target[q]) & 1 == 1:
        return True
    if holds[one] & holds[other] == 0:
        parent[other] = one
        holds[one] |= holds[other]
        partner[q] = j
        return True
    if kept.cursor[q] + 1 < kept.size[q]:
        kept.cursor[q] += 1
        return False
    if kept.size[q] < kept.cost.shape[1]:
        return True
    _nearest(search, kept, q, key)
    return bool(kept.size[q] == 0)


@njit(cache=True, nogil=True)
def _join(search: _Search, kept: _Kept, partner: Ints) -> None:
    """Join the cheapest pair that can still be joined, until there is none."""
    rank, asking = search.records.rank, search.queries.record
    heap = np.flatnonzero(kept.size)
    size, n = heap.size, asking.size
    cost, low, high = np.empty(n), np.empty(n, np.int64), np.empty(n, np.int64)
    for q in heap:
        cost[q], low[q], high[q] = _key(kept.cost[q, 0], rank[asking[q]], rank[kept.record[q, 0]])
    for place in range(size // 2 - 1, -1, -1):
        _sift_down(heap, size, place, cost, low, high)
    while size:
        q = heap[0]
        if _is_done(search, kept, q, (cost[q], low[q], high[q]), partner):
            size -= 1
            heap[0] = heap[size]
        else:
            c = kept.cursor[q]
            cost[q], low[q], high[q] = _key(kept.cost[q, c], rank[asking[q]], rank[kept.record[q, c]])
        if size:
            _sift_down(heap, size, 0, cost, low, high)


def alone(records: Records) -> Events:
    """Make every record an event of its own."""
    return Events(np.arange(records.x.size), np.int64(1) << records.source)


def match(
    queries: Queries,
    records: Records,
    grid: Grid,
    tolerance: Tolerance,
    mismatch: Floats,
    events: Events,
    *,
    lanes: bool = True,
) -> Matching:
    """
    Join queries to the records of their targets, cheapest pair first, and never two of one source.

    Parameters
    ----------
    queries
        Who looks, where and with which times; one entry for each record and each source it looks in.
    records, grid
        As `arrange` gives them.
    tolerance
        Largest distance and gap, both inclusive.
    mismatch
        What two kinds add to the cost; infinite where they cannot be one event.
    events
        Which records are one event already; **changed in place**.
    lanes
        Whether to share the first search among threads.

    Returns
    -------
    Matching
        The same for any number of threads and any order of the queries.
    """
    n = queries.record.size
    kept = _Kept(np.zeros(n, np.int64), np.empty((n, _KEPT)), np.empty((n, _KEPT), np.int64), np.zeros(n, np.int64))
    search = _Search(queries, records, grid, tolerance, np.ascontiguousarray(mismatch, dtype=np.float64), events)

    def scan(low: int, high: int) -> int:
        # looking up an event shortens its paths: a copy keeps threads from writing to one array
        own = search._replace(events=events._replace(parent=events.parent.copy())) if lanes else search
        return int(_scan(own, kept, low, high))

    seen = in_lanes(scan, 0, n, least=_LEAST) if lanes else [scan(0, n)]
    partner = np.full(n, -1, np.int64)
    _join(search, kept, partner)
    return Matching(partner, sum(seen))


def first_of_event(records: Records, events: Events) -> Ints:
    """Give each record the record of its event whose rank is least."""
    root = events.parent.copy()
    while True:
        up = root[root]
        if np.array_equal(up, root):
            break
        root = up
    order = np.argsort(records.rank, kind="stable")
    first = np.full(root.size, -1, np.int64)
    first[root[order[::-1]]] = order[::-1]
    return first[root]


__all__ = ["Events", "Matching", "Queries", "Tolerance", "alone", "first_of_event", "match"]
