"""Comparisons of counts, written out slowly: exact fractions, every outcome, halving."""

from __future__ import annotations

from math import comb, exp, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction


def binomial(n: int, share: Fraction) -> list[Fraction]:
    """Give the probability of 0, …, n."""
    return [comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]


def hypergeometric(n: int, k: int, total: int, psi: float = 1.0) -> list[float]:
    """Give the probability of 0, …, n marked ones among n drawn, with an odds ratio."""
    weights = [comb(k, x) * comb(total - k, n - x) * psi**x if n - x <= total - k else 0 for x in range(n + 1)]
    return [float(weight / sum(weights)) for weight in weights]


def central_p(chances: list[float] | list[Fraction], seen: int) -> float:
    """Double the smaller tail."""
    return min(1.0, 2.0 * float(min(sum(chances[: seen + 1]), sum(chances[seen:]))))


def _halve(rises: object, low: float, high: float) -> float:
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if rises(middle) else (middle, high)
    return (low + high) / 2


def ratio_limits(a: int, b: int, m: float, n: float, confidence: float) -> tuple[float | None, float | None]:
    """Find the ratios of rates at which the second count is just in a tail."""
    tail = (1 - confidence) / 2

    def chances(ratio: float) -> list[float]:
        share = n * ratio / (m + n * ratio)
        return [comb(a + b, k) * share**k * (1 - share) ** (a + b - k) for k in range(a + b + 1)]

    if a + b == 0:
        return None, None
    lower = 0.0 if b == 0 else _halve(lambda ratio: sum(chances(ratio)[b:]) > tail, 0.0, 1e6)
    upper = None if a == 0 else _halve(lambda ratio: sum(chances(ratio)[: b + 1]) < tail, 0.0, 1e6)
    return lower, upper


def odds_limits(a: int, b: int, A: int, B: int, confidence: float) -> tuple[float | None, float | None]:
    """Find the odds ratios at which the second count is just in a tail, given all margins."""
    tail = (1 - confidence) / 2
    n = a + b
    least, most = max(0, n - A), min(n, B)
    if b == least:
        lower = 0.0
    else:
        lower = exp(_halve(lambda t: sum(hypergeometric(n, B, A + B, exp(t))[b:]) > tail, -20.0, 20.0))
    if b == most:
        return lower, None
    return lower, exp(_halve(lambda t: sum(hypergeometric(n, B, A + B, exp(t))[: b + 1]) < tail, -20.0, 20.0))


def e_test(a: int, b: int, m: float, n: float, *, pooled: bool, most: int = 250) -> float:
    """Sum the chances of every pair of counts that is at least as extreme."""

    def statistic(x: int, y: int) -> float:
        if x + y == 0:
            return 0.0
        variance = (x + y) / (m * n) if pooled else x / m**2 + y / n**2
        return abs(x / m - y / n) / sqrt(variance)

    def poisson(mean: float) -> list[float]:
        chances = [exp(-mean)]
        for k in range(1, most):
            chances.append(chances[-1] * mean / k)
        return chances

    if a + b == 0:
        return 1.0
    rate = (a + b) / (m + n)
    first, second = poisson(m * rate), poisson(n * rate)
    seen = statistic(a, b) * (1 - 1e-9)
    return sum(
        chance * other
        for x, chance in enumerate(first)
        for y, other in enumerate(second)
        if statistic(x, y) >= seen
    )  # fmt: skip


def displacement_difference(
    pairs: list[tuple[int, int]], time: tuple[float, float], area: tuple[float, ...]
) -> tuple[float, float]:
    """Give estimate and standard error, count by count, areas in the order control, treated and the two beside."""
    estimate = variance = 0.0
    for place, (pair, size) in enumerate(zip(pairs, area, strict=True)):
        sign = -1 if place % 2 == 0 else 1
        for when, (count, length) in enumerate(zip(pair, time, strict=True)):
            estimate += sign * (1 if when else -1) * count / (size * length)
            variance += count / (size * length) ** 2
    return estimate, sqrt(variance)


def s_index(first: list[int], second: list[int], alpha: float) -> tuple[float, float]:
    """Give S and robust S, uncorrected."""
    A, B = sum(first), sum(second)
    differ = sum(
        central_p(hypergeometric(a + b, B, A + B), b) <= alpha for a, b in zip(first, second, strict=True) if a + b
    )
    busy = sum(a + b > 0 for a, b in zip(first, second, strict=True))
    return 1 - differ / len(first), 1 - differ / busy
