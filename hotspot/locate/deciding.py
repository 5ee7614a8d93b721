"""Decide where a set of candidate places lies: one place, a small area, or nowhere in particular."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspot.locate.name_index import NameIndex

    Rows = NDArray[np.int64]

ONE_PLACE_HULL = 5_000.0
"""Square metres: candidates whose hull is smaller are one place."""
SMALL_AREA_HULL = 100_000.0
"""Square metres: candidates whose hull is smaller are one locality."""
ONE_PLACE_WIDTH = 250.0
SMALL_AREA_WIDTH = 1_000.0
"""Metres: the widest that such a set may be; two places have a hull of nothing however far apart they are."""
STREET_GAP = 300.0
STREET_LENGTH = 6_000.0
"""Pieces of one street lie no further apart than the gap, and together are no longer than the length, metres."""
NEAR_HOSPITAL = 10_000.0
FROM_HOSPITAL = 50_000.0
_CLEARLY_NEARER = 2.0
_NAMESAKES = 8
"""Places of one name within 50 km beyond which the nearest to the hospital is no better than a guess."""
_MOST_ROWS = 2_000
_PAIRS = 250_000
_MEETING = 100.0
_SAME_MEETING = 500.0


class Spot(NamedTuple):
    """A place on the map, or level ``ambiguous`` without one."""

    level: str
    x: float = math.nan
    y: float = math.nan
    radius: float = math.nan
    area_code: str | None = None


AMBIGUOUS = Spot("ambiguous")


def settle(index: NameIndex, rows: Rows) -> Spot:
    """
    Take candidate places for one place, for a small area, or for neither.

    Parameters
    ----------
    index
        The gazetteer.
    rows
        Candidates of one kind (venues or streets or localities), at least one.

    Returns
    -------
    Spot
        The radius reaches the furthest candidate; candidates too far apart are ``ambiguous``.
    """
    areas = {index.areas[row] for row in rows}
    area = areas.pop() if len(areas) == 1 else None
    rows = distinct(index, rows)
    level = str(index.kinds[rows[0]])
    x, y = index.x[rows], index.y[rows]
    box = math.hypot(float(np.ptp(x)), float(np.ptp(y)))
    if box <= SMALL_AREA_WIDTH * math.sqrt(2):
        spot = _close_together(index, rows, level)
        if spot is not None:
            return spot._replace(area_code=area)
    if level == "street" and box <= STREET_LENGTH * math.sqrt(2) and len(rows) <= _MOST_ROWS and _is_chain(x, y):
        middle = _middle(x, y)
        reach = float(np.hypot(x - x[middle], y - y[middle]).max()) + float(index.radius[rows].min())
        return Spot("street", float(x[middle]), float(y[middle]), reach, area)
    return AMBIGUOUS._replace(area_code=area)


def _close_together(index: NameIndex, rows: Rows, level: str) -> Spot | None:
    """Judge candidates by their hull and their width."""
    x, y = index.x[rows], index.y[rows]
    middle = _middle(x, y)
    reach = np.hypot(x - x[middle], y - y[middle])
    radius = max(float(index.radius[rows[middle]]), float(reach.max()))
    if len(rows) == 1:
        return Spot(level, float(x[0]), float(y[0]), radius)
    import shapely

    points = shapely.points(x, y)
    width = float(shapely.distance(points[:, None], points[None, :]).max()) if len(rows) <= _MOST_ROWS else math.inf
    hull = shapely.multipoints(points).convex_hull.area
    if hull < ONE_PLACE_HULL and width <= ONE_PLACE_WIDTH:
        return Spot(level, float(x[middle]), float(y[middle]), radius)
    if hull < SMALL_AREA_HULL and width <= SMALL_AREA_WIDTH and level != "street":
        return Spot("locality", float(x[middle]), float(y[middle]), radius)
    return None


def distinct(index: NameIndex, rows: Rows) -> Rows:
    """Order candidates by place and drop those that stand on another one of the same radius."""
    rows = np.unique(rows)
    if len(rows) == 1:
        return rows
    order = np.lexsort((index.radius[rows], index.y[rows], index.x[rows]))
    rows = rows[order]
    x, y = index.x[rows], index.y[rows]
    first = np.concatenate([[True], (np.diff(x) != 0) | (np.diff(y) != 0)])
    kept: Rows = rows[first]
    return kept


def _middle(x: NDArray[np.float64], y: NDArray[np.float64]) -> int:
    """Give the candidate nearest the mean of all."""
    away = np.hypot(x - x.mean(), y - y.mean())
    return int(np.flatnonzero(away <= away.min() + 1e-6)[0])


def _is_chain(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    """Tell whether places follow one another without a wide gap."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    pairs = cKDTree(np.column_stack([x, y])).query_pairs(STREET_GAP, output_type="ndarray")
    if len(pairs) < len(x) - 1:
        return False
    links = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(x), len(x)))
    return bool(connected_components(links, directed=False, return_labels=False) == 1)


def ring(index: NameIndex, rows: Rows, near: tuple[float, float] | None) -> tuple[Rows, bool]:
    """
    Prefer the candidates near the hospital.

    Parameters
    ----------
    index
        The gazetteer.
    rows
        Candidates.
    near
        Easting and northing of the hospital, metres, or None.

    Returns
    -------
    tuple
        Those within 10 km if the next one is twice as far as they are and there are few of that name, else those within
        50 km, else none; and whether others were left out.
    """
    if near is None or not len(rows):
        return rows, False
    away = np.hypot(index.x[rows] - near[0], index.y[rows] - near[1])
    close = rows[away <= NEAR_HOSPITAL]
    within = rows[away <= FROM_HOSPITAL]
    if len(close) and len(close) < len(within):
        # a place 9 km away is not to be preferred to one 11 km away, nor one of many namesakes to the others
        others = away[(away > NEAR_HOSPITAL) & (away <= FROM_HOSPITAL)]
        if others.min() < _CLEARLY_NEARER * away[away <= NEAR_HOSPITAL].max() or len(others) > _NAMESAKES:
            return within, False
    kept = close if len(close) else within
    return kept, len(kept) < len(rows)


def beside(index: NameIndex, rows: Rows, others: Rows, slack: float) -> Rows:
    """
    Keep the candidates that lie at a place of another name in the same text.

    Parameters
    ----------
    index
        The gazetteer.
    rows, others
        Candidates, and places of the other name.
    slack
        Metres allowed beyond the radius of the other place.

    Returns
    -------
    ndarray
        Candidates within the other's radius and the slack.
    """
    if not len(rows) or not len(others):
        return rows[:0]
    if len(rows) * len(others) > _PAIRS:
        from scipy.spatial import cKDTree

        tree = cKDTree(np.column_stack([index.x[others], index.y[others]]))
        away, at = tree.query(np.column_stack([index.x[rows], index.y[rows]]))
        kept: Rows = rows[away <= slack + index.radius[others][at]]
        return kept
    away = np.hypot(
        index.x[rows][:, None] - index.x[others][None, :], index.y[rows][:, None] - index.y[others][None, :]
    )
    touching: NDArray[np.bool_] = (away - index.radius[others][None, :]).min(axis=1) <= slack
    return rows[touching]


def meeting(index: NameIndex, one: Rows, other: Rows) -> Spot | None:
    """
    Find where two streets meet: within the radius of both.

    Parameters
    ----------
    index
        The gazetteer.
    one, other
        Pieces of the two streets, or several streets of each name.

    Returns
    -------
    Spot or None
        Middle of what lies within the radius of both; ``ambiguous`` if they meet in several places; None if nowhere.
    """
    if len(one) * len(other) > _PAIRS:
        one = beside(index, one, other, float(index.radius[one].max()) + _MEETING)
        other = beside(index, other, one, float(index.radius[other].max()) + _MEETING)
        if not len(one) or not len(other) or len(one) * len(other) > _PAIRS:
            return None
    dx = index.x[one][:, None] - index.x[other][None, :]
    dy = index.y[one][:, None] - index.y[other][None, :]
    away = np.hypot(dx, dy)
    reach = index.radius[one][:, None] + index.radius[other][None, :]
    first, second = np.nonzero(away <= reach)
    if not len(first):
        return None
    x = (index.x[one][first] + index.x[other][second]) / 2
    y = (index.y[one][first] + index.y[other][second]) / 2
    gap = away[first, second]
    order = np.lexsort((y, x, gap))
    best = order[0]
    if float(np.hypot(x - x[best], y - y[best]).max()) > max(SMALL_AREA_WIDTH, float(reach[first, second].max())):
        return AMBIGUOUS
    nearest = gap <= gap[best] + _MEETING / 2
    if float(np.hypot(x[nearest] - x[best], y[nearest] - y[best]).max()) > _SAME_MEETING:
        return AMBIGUOUS
    return _lens(index, int(one[first[best]]), int(other[second[best]]))


def _lens(index: NameIndex, one: int, other: int) -> Spot:
    """Give the middle of what lies within both radii, no more exact than the smaller of them or their distance."""
    big, small = (one, other) if index.radius[one] >= index.radius[other] else (other, one)
    r, s = float(index.radius[big]), float(index.radius[small])
    dx, dy = float(index.x[small] - index.x[big]), float(index.y[small] - index.y[big])
    d = math.hypot(dx, dy)
    if d <= r - s or d == 0:
        return Spot("street", float(index.x[small]), float(index.y[small]), s)
    # the lens that both circles share: its middle lies between the nearer ends of the two along their line
    along = (max(d - s, -r) + r) / 2
    return Spot("street", float(index.x[big]) + dx / d * along, float(index.y[big]) + dy / d * along, max(s, d))
