"""Slow and obvious: which polygon owns a point, in exact fractions, one edge after the other."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import shapely


def crossings_to_the_right(x, y, polygon):
    """Count the edges that hold this height (lower end in, upper end out) and lie to the right of the point."""
    number = 0
    for ring in shapely.get_rings(polygon):
        corners = [(Fraction(a), Fraction(b)) for a, b in shapely.get_coordinates(ring)]
        for (xa, ya), (xb, yb) in pairwise(corners):
            low, high = sorted([(ya, xa), (yb, xb)])
            if low[0] <= y < high[0]:
                at = low[1] + (high[1] - low[1]) * (y - low[0]) / (high[0] - low[0])
                number += x < at
    return number


def owner(x, y, polygons):
    """Give the position of the first polygon that owns the point, -1 for none."""
    for position, polygon in enumerate(polygons):
        if crossings_to_the_right(Fraction(x), Fraction(y), polygon) % 2:
            return position
    return -1
