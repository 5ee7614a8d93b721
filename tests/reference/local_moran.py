"""Local Moran, written out slowly in exact arithmetic from the same draws."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from hotspot.numerics.random_numbers import reference_table


def statistic(values: list[float], neighbours: list[dict[int, float]]) -> list[float]:
    """Give z_i times the weighted mean of the neighbours' z, the variance with n."""
    n = len(values)
    mean = sum(values) / n
    spread = (sum((value - mean) ** 2 for value in values) / n) ** 0.5
    z = [(value - mean) / spread for value in values]
    return [
        z[i] * sum(weight * z[j] for j, weight in row.items()) / sum(row.values()) if row else float("nan")
        for i, row in enumerate(neighbours)
    ]


def reference_neighbours(draw: list[int], site: int, k: int) -> list[int]:
    """Take the first k sites of a draw, passing over the site itself."""
    return [other for other in draw if other != site][:k]


def tails(
    values: list[float], neighbours: list[dict[int, float]], *, draws: int, seed: int, upper: bool
) -> list[tuple[int, int]]:
    """Count for each site the draws whose statistic is at least, and at most, its own, in exact fractions."""
    n = len(values)
    exact = [Fraction(value) for value in values]
    mean = sum(exact) / n
    centred = [value - mean for value in exact]
    width = min(n, max(len(row) for row in neighbours) + 1)
    table = reference_table(n, width, draws=draws, seed=seed).tolist()
    found = []
    for i, row in enumerate(neighbours):
        sign = centred[i] if upper else Fraction(1)
        weights = [Fraction(weight) for weight in row.values()]
        own = sign * sum(w * centred[j] for j, w in zip(row, weights, strict=True))
        at_least = at_most = 0
        for draw in table:
            drawn = reference_neighbours(draw, i, len(row))
            value = sign * sum(w * centred[j] for j, w in zip(drawn, weights, strict=True))
            at_least += value >= own
            at_most += value <= own
        found.append((at_least, at_most))
    return found


def two_sided(at_least: int, at_most: int, draws: int) -> float:
    """Double the smaller tail, at most 1."""
    return min(1.0, 2 * (min(at_least, at_most) + 1) / (draws + 1))


def benjamini_hochberg(p: list[float]) -> list[float]:
    """Adjust p-values by the definition: the least p_(j) m / j over the ranks j from its own on."""
    order = sorted(range(len(p)), key=lambda i: p[i])
    adjusted = [0.0] * len(p)
    for rank, i in enumerate(order):
        adjusted[i] = min(1.0, *(p[order[j]] * len(p) / (j + 1) for j in range(rank, len(p))))
    return adjusted


def queen_grid(rows: int, columns: int) -> list[dict[int, float]]:
    """List the neighbours of each cell of a grid that share an edge or a corner, numbered by row."""
    cells = [(r, c) for r in range(rows) for c in range(columns)]
    return [
        {j: 1.0 for j, (r2, c2) in enumerate(cells) if j != i and abs(r - r2) <= 1 and abs(c - c2) <= 1}
        for i, (r, c) in enumerate(cells)
    ]


def label(value: float, lag: float) -> str:
    """Name the quadrant."""
    return f"{'High' if value > 0 else 'Low'}-{'High' if lag > 0 else 'Low'}"


def exhaustive_p(values: list[float], site: int, k: int, own: float) -> tuple[float, float]:
    """Give the exact chances of a neighbour sum at least, and at most, the own one, over all subsets."""
    from itertools import combinations

    others = [value for i, value in enumerate(values) if i != site]
    sums = np.array([sum(chosen) for chosen in combinations(others, k)])
    return float(np.mean(sums >= own)), float(np.mean(sums <= own))
