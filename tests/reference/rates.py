"""Rates, their limits and empirical Bayes, written out slowly."""

from __future__ import annotations

from math import exp, sqrt


def at_most(count: int, mean: float) -> float:
    """Give the chance that a Poisson count is at most ``count``."""
    term = total = exp(-mean)
    for k in range(1, count + 1):
        term *= mean / k
        total += term
    return total


def limits(count: int, confidence: float) -> tuple[float, float]:
    """Find the means at which the count is just in the tail, by halving."""
    tail = (1 - confidence) / 2

    def halve(too_low: object) -> float:
        low, high = 0.0, count * 3 + 50.0
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if too_low(middle) else (low, middle)
        return low

    lower = 0.0 if count == 0 else halve(lambda mean: 1 - at_most(count - 1, mean) < tail)
    return lower, halve(lambda mean: at_most(count, mean) > tail)


def marshall(events: list[float], people: list[float]) -> list[float]:
    """Shrink each rate towards the overall one."""
    total = sum(people)
    mean = sum(events) / total
    spread = sum(b * (e / b - mean) ** 2 for e, b in zip(events, people, strict=True)) / total
    between = max(0.0, spread - mean / (total / len(people)))
    return [
        mean + (between / (between + mean / b) if between else 0.0) * (e / b - mean)
        for e, b in zip(events, people, strict=True)
    ]


def assuncao_reis(events: list[float], people: list[float]) -> list[float]:
    """Divide each rate's deviation by its standard error."""
    total = sum(people)
    mean = sum(events) / total
    spread = sum(b * (e / b - mean) ** 2 for e, b in zip(events, people, strict=True)) / total
    between = spread - mean / (total / len(people))
    found = []
    for e, b in zip(events, people, strict=True):
        variance = between + mean / b
        found.append((e / b - mean) / sqrt(variance if variance > 1e-12 * mean / b else mean / b))
    return found


def marshall_local(events: list[float], people: list[float], around: dict[int, list[int]]) -> list[float]:
    """Shrink each rate towards that of itself and its neighbours, by the first member of a global shrinkage there."""
    found = []
    for i, neighbours in around.items():
        members = [i, *neighbours]
        found.append(marshall([events[j] for j in members], [people[j] for j in members])[0])
    return found
