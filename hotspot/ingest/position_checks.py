"""Find coordinates that cannot be what they say: swapped axes, far away, a lost sign, rounded, heaped."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

GB_DEGREES = (-8.7, 49.7, 2.1, 61.0)
ISLES_DEGREES = (-11.0, 49.0, 2.6, 61.5)
GB_METRES = (0.0, 0.0, 700_000.0, 1_300_000.0)
MOST = 0.9
MANY = 0.1
"""Share of events on one coordinate from which the coordinate stands for something else."""
_ENOUGH = 10
_ENOUGH_TO_HEAP = 100
_TOO_MANY_TO_TELL = 1 / 3
_SAMPLE = 20_000
_DEGREE_EAST, _DEGREE_NORTH = 111_320.0, 110_574.0
_NEAR_LEAST, _FAR_LEAST = 25_000.0, 100_000.0
_NEAR_TIMES, _FAR_TIMES = 4, 10
_STEPS_DEGREES = (1.0, 0.5, 0.1, 0.05, 0.01, 0.005, 0.001, 0.0005)
_STEPS_METRES = (
    100_000.0, 50_000.0, 20_000.0, 10_000.0, 5_000.0, 2_000.0, 1_000.0, 500.0, 250.0, 200.0, 100.0, 50.0, 20.0,
)  # fmt: skip

# The 100 km squares of the National Grid in which people live, as hundreds of kilometres east and north.
# London, Cardiff, Bristol and Surrey fall into the sea when their axes are swapped.
_INHABITED = frozenset(
    {
        (4, 11), (4, 12), (3, 10), (3, 9), (2, 9), (1, 9), (0, 8), (1, 8), (2, 8), (3, 8), (4, 8), (0, 7), (1, 7),
        (2, 7), (3, 7), (1, 6), (2, 6), (3, 6), (4, 6), (2, 5), (3, 5), (4, 5), (2, 4), (3, 4), (4, 4), (5, 4), (2, 3),
        (3, 3), (4, 3), (5, 3), (6, 3), (1, 2), (2, 2), (3, 2), (4, 2), (5, 2), (6, 2), (2, 1), (3, 1), (4, 1), (5, 1),
        (6, 1), (0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Odd:
    """Which rows of a pair of columns are odd."""

    swapped: np.ndarray
    """Far outside the others, and among them with the axes exchanged."""
    far: np.ndarray
    """Far from all others."""
    sign_lost: np.ndarray
    """Far outside the others, and among them with the other sign of the longitude."""
    ambiguous: bool
    """So many rows fit either way that nobody can tell which of them are right."""


@dataclass(frozen=True, slots=True)
class _Others:
    """Where most positions lie: the medians of both axes, metres per unit, and the median distance from there."""

    x: float
    y: float
    per_x: float
    per_y: float
    spread: float

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray, rows: np.ndarray, *, degrees: bool) -> _Others:
        """Describe the marked rows."""
        east, north = float(np.median(x[rows])), float(np.median(y[rows]))
        per_x, per_y = (_DEGREE_EAST * math.cos(math.radians(north)), _DEGREE_NORTH) if degrees else (1.0, 1.0)
        spread = float(np.median(np.hypot((x[rows] - east) * per_x, (y[rows] - north) * per_y)))
        return cls(east, north, per_x, per_y, spread)

    @property
    def near(self) -> float:
        """Give the distance in metres up to which a row is among the others."""
        return max(_NEAR_LEAST, _NEAR_TIMES * self.spread)

    def distance(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Give the distance in metres from the middle."""
        with np.errstate(over="ignore"):
            metres: np.ndarray = np.hypot((x - self.x) * self.per_x, (y - self.y) * self.per_y)
        return metres


def find_odd(x: np.ndarray, y: np.ndarray, *, degrees: bool, british: bool) -> Odd:
    """
    Compare each position with the others.

    Parameters
    ----------
    x, y
        Longitude and latitude in degrees, or easting and northing in metres; NaN where missing.
    degrees
        Whether they are degrees.
    british
        Whether metres are of EPSG:27700.

    Returns
    -------
    Odd
        Aligned with ``x``. Nothing is changed.

    Notes
    -----
    The others are described by the medians of both axes and the median distance m from there, which a third of wrong
    rows cannot move far. A row is among them up to 4 m (at least 25 km), and far away beyond 10 m (at least 100 km).
    In degrees Great Britain and its mirror image do not touch, so that a single row can be told. Where the others
    lie on both sides of the line easting = northing (around York and Doncaster) swapped rows cannot be found.
    """
    none = np.zeros(len(x), dtype=bool)
    known = ~np.isnan(x)
    if not known.any():
        return Odd(none, none, none, ambiguous=False)
    box = (-180.0, -90.0, 180.0, 90.0) if degrees else GB_METRES if british else (-np.inf, -np.inf, np.inf, np.inf)
    swapped, possible = none.copy(), inside(x, y, box)
    here, mirrored = (inside(x, y, GB_DEGREES), inside(y, x, GB_DEGREES)) if degrees else (none, none)
    anchored = bool((here | mirrored).sum() > known.sum() / 2)
    if anchored:
        swapped = mirrored & ~here
    rest = possible & ~swapped
    if rest.sum() < _ENOUGH:
        far = _outside_the_isles(x, y, known & ~swapped, here) & possible
        return Odd(swapped, far, none, ambiguous=False)
    others = _Others.of(x, y, rest, degrees=degrees)
    by_distance = known & ~(others.distance(x, y) <= others.near) & (others.distance(y, x) <= others.near)
    swapped |= by_distance
    rest = possible & ~swapped
    if swapped.any() and rest.sum() >= _ENOUGH:
        others = _Others.of(x, y, rest, degrees=degrees)
    far = rest & (others.distance(x, y) > max(_FAR_LEAST, _FAR_TIMES * others.spread))
    far |= _outside_the_isles(x, y, rest, here)
    sign = far & (others.distance(-x, y) <= others.near) if degrees else none
    unsure = not anchored and by_distance.sum() > _TOO_MANY_TO_TELL * known.sum()
    return Odd(swapped, far, sign, ambiguous=bool(unsure))


def looks_swapped_at_sea(east: np.ndarray, north: np.ndarray) -> bool:
    """Tell whether nine tenths of British eastings and northings lie at sea, and where people live when swapped."""
    return _share_on_land(east, north) < 1 - MOST and _share_on_land(north, east) > MOST


def _share_on_land(east: np.ndarray, north: np.ndarray) -> float:
    """Give the share of positions in squares in which people live."""
    here = inside(east, north, GB_METRES)
    squares = (east[here] // 100_000).astype(np.int64) * 100 + (north[here] // 100_000).astype(np.int64)
    inhabited = [100 * a + b for a, b in _INHABITED]
    return float(np.isin(squares, inhabited).sum()) / max(len(east), 1)


def rounding_step(x: np.ndarray, y: np.ndarray, *, degrees: bool) -> float | None:
    """
    Find the grid that coordinates were rounded to.

    Parameters
    ----------
    x, y
        Coordinates; NaN where missing.
    degrees
        Whether they are degrees.

    Returns
    -------
    float or None
        Side of the grid in the coordinates' unit: the largest of round numbers at which nine tenths of the rows
        lie. None if finer than 0.0005 degrees or 20 m, or if fewer than ten different places cannot prove it.

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.ingest.position_checks import rounding_step
    >>> places = np.arange(10) * 300.0 + 50
    >>> rounding_step(places + 400_000, places[::-1] + 200_000, degrees=False)
    100.0
    """
    rows = np.flatnonzero(~np.isnan(x))
    rows = rows[:: max(1, len(rows) // _SAMPLE)]
    places = np.unique(x[rows] + 1j * y[rows])  # each once: a heap on one place lies on every grid
    if len(places) < _ENOUGH:
        return None
    steps, decimals = (_STEPS_DEGREES, 7) if degrees else (_STEPS_METRES, 2)
    for step in steps:
        if (_on_grid(places.real, step, decimals) & _on_grid(places.imag, step, decimals)).mean() >= MOST:
            return step
    return None


def step_radius(step: float, latitude: float | None) -> float:
    """Give half the diagonal in metres of a cell of a rounding grid; latitude in degrees, None for metres."""
    if latitude is None:
        return step / math.sqrt(2)
    return step * math.hypot(_DEGREE_EAST * math.cos(math.radians(latitude)), _DEGREE_NORTH) / 2


def step_size(step: float, latitude: float | None) -> float:
    """Give the side in metres of a square as large as a cell of a rounding grid."""
    return step_radius(step, latitude) * math.sqrt(2)


def heaped_places(x: np.ndarray, y: np.ndarray) -> list[tuple[int, int]]:
    """
    Find coordinates that hold more than a tenth of all located rows.

    Parameters
    ----------
    x, y
        Metres; NaN where missing.

    Returns
    -------
    list of tuple
        (position of the first row there, number of rows), the fullest first; empty if fewer than a hundred
        rows have a place.
    """
    known = np.flatnonzero(~np.isnan(x))
    if len(known) < _ENOUGH_TO_HEAP:
        return []
    sample = known[:: max(1, len(known) // _SAMPLE)]
    places, counts = np.unique(x[sample] + 1j * y[sample], return_counts=True)
    likely = places[counts > 0.8 * MANY * len(sample)]
    found = []
    for place in likely:
        rows = known[(x[known] == place.real) & (y[known] == place.imag)]
        if len(rows) > MANY * len(known):
            found.append((int(rows[0]), len(rows)))
    return sorted(found, key=lambda pair: -pair[1])


def inside(x: np.ndarray, y: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """Mark the points in a box; missing ones are not."""
    with np.errstate(invalid="ignore"):
        marks: np.ndarray = (x >= box[0]) & (y >= box[1]) & (x <= box[2]) & (y <= box[3])
    return marks


def _outside_the_isles(x: np.ndarray, y: np.ndarray, rows: np.ndarray, here: np.ndarray) -> np.ndarray:
    """Mark rows outside the British Isles, if nearly all others lie in Great Britain."""
    marks: np.ndarray = rows & ~inside(x, y, ISLES_DEGREES)
    return marks if here.any() and here.sum() >= MOST * rows.sum() else np.zeros(len(x), dtype=bool)


def _on_grid(values: np.ndarray, step: float, decimals: int) -> np.ndarray:
    """Mark values that lie on the most usual place within a step; grids may begin anywhere."""
    within = np.round(values - np.floor(values / step) * step, decimals)
    usual, counts = np.unique(within, return_counts=True)
    off = np.abs(within - usual[np.argmax(counts)])
    marks: np.ndarray = np.minimum(off, step - off) < 2 * 10.0**-decimals
    return marks
