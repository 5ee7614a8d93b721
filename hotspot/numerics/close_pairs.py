"""
List the pairs of points that lie close together, by bands of distance.

The points lie on a grid of square cells, in the order of rows and columns: what is near on the map is near in memory,
and all partners of a point that come after it lie in two runs. Pairs are counted first, so that a list has its final
size from the start and can be made in pieces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Numbers = npt.NDArray[np.int32]
    Floats = npt.NDArray[np.float64]

_CELLS = 2.0**20
"""Most cells along an axis; a wider extent gets larger cells."""
_ROOM = 1.0 + 1e-6


class Places(NamedTuple):
    """Points in the order of their cells; arrays of shape (n,)."""

    order: Ints
    """Row, in what was given, of each point."""
    x: Floats
    y: Floats
    stop: Ints
    """Where the run ends that begins with the point itself: the rest of its cell, and the cell to the east."""
    north_first: Ints
    """Where the run begins of the three cells to the north."""
    north_stop: Ints


def lay_out(x: Floats, y: Floats, time: Floats, reach: float) -> Places:
    """
    Put points into cells and note where the partners of each begin and end.

    Parameters
    ----------
    x, y
        Finite coordinates, shape (n,), n at least 1.
    time
        Orders points at one place, so that the order does not depend on that of the rows.
    reach
        Largest distance of a pair, above 0.

    Returns
    -------
    Places
    """
    cell = max(reach * _ROOM, float(np.ptp(x)) / _CELLS, float(np.ptp(y)) / _CELLS)
    column = np.floor((x - x.min()) / cell).astype(np.int64)
    row = np.floor((y - y.min()) / cell).astype(np.int64)
    # one empty column on either side keeps the last cell of a row from touching the first of the next
    across = int(column.max()) + 3
    key = row * across + column + 1
    order = np.lexsort((time, y, x, key))
    key = key[order]
    edges = (
        np.searchsorted(key, key + 1, side="right"),
        np.searchsorted(key, key + across - 1, side="left"),
        np.searchsorted(key, key + across + 1, side="right"),
    )
    return Places(order, np.ascontiguousarray(x[order]), np.ascontiguousarray(y[order]), *edges)


@njit(cache=True, nogil=True)
def _band(dx: float, dy: float, edges: Floats, manhattan: bool) -> int:  # noqa: FBT001 - compiled
    """Give the number of the first edge that a distance does not pass, -1 where it passes all."""
    away = abs(dx) + abs(dy) if manhattan else np.sqrt(dx * dx + dy * dy)
    for b in range(len(edges)):
        if away <= edges[b]:
            return b
    return -1


@njit(cache=True, nogil=True)
def _count(places: Places, edges: Floats, manhattan: bool, counts: Ints) -> None:  # noqa: FBT001 - compiled
    x, y = places.x, places.y
    for i in range(len(x)):
        for run in range(2):
            first = i + 1 if run == 0 else places.north_first[i]
            stop = places.stop[i] if run == 0 else places.north_stop[i]
            for j in range(first, stop):
                b = _band(x[i] - x[j], y[i] - y[j], edges, manhattan)
                if b >= 0:
                    counts[i, b] += 1


@njit(cache=True, nogil=True)
def _list(
    places: Places,
    edges: Floats,
    manhattan: bool,  # noqa: FBT001 - compiled
    points: tuple[int, int],
    place: Ints,
    other: Numbers,
) -> None:
    """Write the partners of each point; ``place`` tells where those of a band go, and is moved on."""
    x, y, bands = places.x, places.y, len(edges)
    for i in range(points[0], points[1]):
        for run in range(2):
            first = i + 1 if run == 0 else places.north_first[i]
            stop = places.stop[i] if run == 0 else places.north_stop[i]
            for j in range(first, stop):
                b = _band(x[i] - x[j], y[i] - y[j], edges, manhattan)
                if b >= 0:
                    row = (i - points[0]) * bands + b
                    other[place[row]] = j
                    place[row] += 1


def count_pairs(places: Places, edges: Floats, *, manhattan: bool = False) -> Ints:
    """
    Count the pairs of each point with those that come after it.

    Parameters
    ----------
    places
        As `lay_out` gives them, for a reach of at least the last edge.
    edges
        Upper ends of the bands, ascending, shape (bands,): a pair is of the first band whose edge it does not pass.
    manhattan
        Whether distance is counted along the axes.

    Returns
    -------
    array, shape (n, bands)
    """
    counts = np.zeros((len(places.x), len(edges)), np.int64)
    _count(places, edges, manhattan, counts)
    return counts


def list_pairs(
    places: Places, edges: Floats, counts: Ints, points: tuple[int, int], *, manhattan: bool = False
) -> tuple[Ints, Numbers]:
    """
    List the partners of a run of points.

    Parameters
    ----------
    places, edges, manhattan
        As for `count_pairs`.
    counts
        What `count_pairs` gave.
    points
        First point of the run, and the one after its last.

    Returns
    -------
    first, other : arrays
        The partners of point i in band b are ``other[first[r] : first[r + 1]]`` with r = (i - points[0]) · bands + b,
        each the number of a later point.

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.numerics.close_pairs import count_pairs, lay_out, list_pairs
    >>> places = lay_out(np.array([0.0, 0.0, 9.0]), np.array([0.0, 3.0, 0.0]), np.zeros(3), reach=5.0)
    >>> edges = np.array([1.0, 5.0])
    >>> list_pairs(places, edges, count_pairs(places, edges), (0, 3))[1].tolist()
    [1]
    """
    first = np.zeros((points[1] - points[0]) * len(edges) + 1, np.int64)
    np.cumsum(counts[points[0] : points[1]].ravel(), out=first[1:])
    other = np.empty(first[-1], np.int32)
    _list(places, edges, manhattan, points, first[:-1].copy(), other)
    return first, other


__all__ = ["Places", "count_pairs", "lay_out", "list_pairs"]
