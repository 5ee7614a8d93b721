"""Getis-Ord Gi and Gi*, written out slowly from the formulas."""

from __future__ import annotations

from math import sqrt


def z_star(x: list[float], neighbours: list[dict[int, float]]) -> list[float]:
    """Give Gi*; each row includes the site itself."""
    n = len(x)
    mean = sum(x) / n
    spread = sqrt(sum(value**2 for value in x) / n - mean**2)
    found = []
    for row in neighbours:
        total, squares = sum(row.values()), sum(w**2 for w in row.values())
        excess = sum(w * x[j] for j, w in row.items()) - mean * total
        found.append(excess / (spread * sqrt((n * squares - total**2) / (n - 1))))
    return found


def z_others(x: list[float], neighbours: list[dict[int, float]]) -> list[float]:
    """Give Gi; mean and variance are those of the other areas."""
    found = []
    for i, row in enumerate(neighbours):
        others = [value for j, value in enumerate(x) if j != i]
        n = len(others)
        mean = sum(others) / n
        spread = sqrt(sum((value - mean) ** 2 for value in others) / n)
        total, squares = sum(row.values()), sum(w**2 for w in row.values())
        excess = sum(w * x[j] for j, w in row.items()) - mean * total
        found.append(excess / (spread * sqrt((n * squares - total**2) / (n - 1))))
    return found
