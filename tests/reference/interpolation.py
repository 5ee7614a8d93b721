"""Slow and obvious: areal interpolation between rectangles (left, bottom, right, top), piece by piece."""

from __future__ import annotations

from fractions import Fraction


def common(one, other):
    """Give the area two rectangles share."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return Fraction(max(wide, 0)) * Fraction(max(high, 0))


def size(one):
    return common(one, one)


def coverage(sources, values, target):
    """Give the share of the target that sources with a value cover."""
    return sum(common(s, target) for s, v in zip(sources, values, strict=True) if v is not None) / size(target)


def count(sources, values, target):
    """Add up the part of each source's count that lies in the target, spread evenly."""
    return sum(v * common(s, target) / size(s) for s, v in zip(sources, values, strict=True) if v is not None)


def rate(sources, values, target):
    """Average the rates of the sources by the area they share with the target."""
    known = [(v, common(s, target)) for s, v in zip(sources, values, strict=True) if v is not None]
    total = sum(area for _, area in known)
    return sum(v * area for v, area in known) / total if total else None


def owner(areas, point):
    """Give the first rectangle that holds a point; left and bottom edges belong to it."""
    for number, (left, bottom, right, top) in enumerate(areas):
        if left <= point[0] < right and bottom <= point[1] < top:
            return number
    return None


def count_by_points(sources, values, target, points, weights):
    """Add up the part of each source's count that goes to its points in the target."""
    total = Fraction(0)
    for number, value in enumerate(values):
        inside = [w for p, w in zip(points, weights, strict=True) if owner(sources, p) == number]
        if not sum(inside):
            total += value * common(sources[number], target) / size(sources[number])
            continue
        here = [
            w
            for p, w in zip(points, weights, strict=True)
            if owner(sources, p) == number and owner([target], p) is not None
        ]
        total += Fraction(value) * sum(here) / sum(inside)
    return total
