"""Local Geary, bivariate local Moran and Lee's L, written out slowly in exact arithmetic from the same draws."""

from __future__ import annotations

from fractions import Fraction
from math import comb

from hotspot.numerics.random_numbers import reference_table


def standardised(values: list[float]) -> list[float]:
    """Express values in standard deviations, the variance with n."""
    n = len(values)
    mean = sum(values) / n
    spread = (sum((value - mean) ** 2 for value in values) / n) ** 0.5
    return [(value - mean) / spread for value in values]


def weighted_mean(values: list[float], row: dict[int, float]) -> float:
    """Average values over a row of weights."""
    return sum(weight * values[j] for j, weight in row.items()) / sum(row.values())


def geary(values: list[float], neighbours: list[dict[int, float]]) -> list[float]:
    """Give the weighted mean squared difference from the neighbours."""
    z = standardised(values)
    return [weighted_mean([(z[i] - other) ** 2 for other in z], row) for i, row in enumerate(neighbours)]


def lee(x: list[float], y: list[float], neighbours: list[dict[int, float]]) -> list[float]:
    """Give the product of the two means over each row."""
    zx, zy = standardised(x), standardised(y)
    return [weighted_mean(zx, row) * weighted_mean(zy, row) for row in neighbours]


def bivariate(x: list[float], y: list[float], neighbours: list[dict[int, float]]) -> list[float]:
    """Give x here times the mean of y around."""
    zx, zy = standardised(x), standardised(y)
    return [zx[i] * weighted_mean(zy, row) for i, row in enumerate(neighbours)]


def centred(values: list[float]) -> list[Fraction]:
    """Subtract the mean exactly."""
    exact = [Fraction(value) for value in values]
    mean = sum(exact) / len(exact)
    return [value - mean for value in exact]


def tails(statistic, neighbours, *, draws, seed, conditional=True):
    """
    Count for each site the draws whose statistic is at least, and at most, its own.

    ``statistic(site, places, weights)`` is computed from the values that stand at ``places``.
    """
    n = len(neighbours)
    width = min(n, max(len(row) for row in neighbours) + int(conditional))
    table = reference_table(n, width, draws=draws, seed=seed).tolist()
    found = []
    for i, row in enumerate(neighbours):
        weights = [Fraction(weight) for weight in row.values()]
        own = statistic(i, list(row), weights)
        at_least = at_most = 0
        for draw in table:
            drawn = [site for site in draw if not (conditional and site == i)][: len(row)]
            value = statistic(i, drawn, weights)
            at_least += value >= own
            at_most += value <= own
        found.append((at_least, at_most))
    return found


def hypergeometric_tail(others: int, having: int, drawn: int, seen: int) -> float:
    """Give the chance of at least so many, by counting subsets."""
    ways = sum(comb(having, j) * comb(others - having, drawn - j) for j in range(seen, min(having, drawn) + 1))
    return ways / comb(others, drawn)
