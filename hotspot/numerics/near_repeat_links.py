"""Link each event to the nearest earlier one that is close in space and time, and number the chains they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    import numpy.typing as npt

    from hotspot.numerics.close_pairs import Places

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Booleans = npt.NDArray[np.bool_]


class Links(NamedTuple):
    """What each event is linked to; arrays of shape (n,), in the order of the places."""

    before: Ints
    """Number of the nearest earlier event, -1 where there is none."""
    distance: Floats
    """How far away that is; infinite where there is none."""
    leads: Booleans
    """Whether a later event is close."""
    first: Ints
    """Number of the first event of the chain; the event's own where it is alone."""


@njit(cache=True, nogil=True)
def _root(parent: Ints, event: int) -> int:
    while parent[event] != event:
        parent[event] = parent[parent[event]]
        event = parent[event]
    return event


@njit(cache=True, nogil=True)
def _link(
    places: Places,
    times: Floats,
    rank: Ints,
    limits: tuple[float, float, float],
    manhattan: bool,  # noqa: FBT001 - compiled
    links: Links,
) -> None:
    x, y = places.x, places.y
    before, distance, leads, parent = links.before, links.distance, links.leads, links.first
    reach, span, same = limits
    for i in range(len(x)):
        for run in range(2):
            first = i + 1 if run == 0 else places.north_first[i]
            stop = places.stop[i] if run == 0 else places.north_stop[i]
            for j in range(first, stop):
                dx, dy = x[i] - x[j], y[i] - y[j]
                away = abs(dx) + abs(dy) if manhattan else np.sqrt(dx * dx + dy * dy)
                if away > reach or abs(times[i] - times[j]) > span:
                    continue
                away = 0.0 if away <= same else away
                early, late = (i, j) if rank[i] < rank[j] else (j, i)
                leads[early] = True
                nearer = away < distance[late]
                if nearer or (away == distance[late] and rank[early] > rank[before[late]]):
                    before[late], distance[late] = early, away
                one, other = _root(parent, i), _root(parent, j)
                if rank[one] < rank[other]:
                    parent[other] = one
                elif rank[other] < rank[one]:
                    parent[one] = other


@njit(cache=True, nogil=True)
def _flatten(parent: Ints) -> None:
    for i in range(len(parent)):
        parent[i] = _root(parent, i)


def link_earlier(
    places: Places, times: Floats, rank: Ints, *, reach: float, span: float, same: float, manhattan: bool = False
) -> Links:
    """
    Link every event to the nearest of the earlier ones within reach and span.

    Parameters
    ----------
    places
        As `hotspot.numerics.close_pairs.lay_out` gives them, for this reach.
    times
        In the order of ``places``, shape (n,).
    rank
        Which event comes before which: 0 to n - 1, in the order of the times, ties broken somehow.
    reach, span
        Largest distance and gap, both inclusive.
    same
        Distance up to which two events are at the same place.
    manhattan
        Whether distance is counted along the axes.

    Returns
    -------
    Links
        Of several equally near, the latest. A chain is all that can be reached from one event to the next.
    """
    n = len(times)
    links = Links(np.full(n, -1, np.int64), np.full(n, np.inf), np.zeros(n, np.bool_), np.arange(n))
    _link(places, times, rank, (reach, span, same), manhattan, links)
    _flatten(links.first)
    return links


__all__ = ["Links", "link_earlier"]
