"""The spatial scan, slow and obvious: every centre, every radius, one logarithm after another."""

from __future__ import annotations

import math

import numpy as np


def log_ratio(c, e, total, alternative):
    if (alternative == "greater" and c <= e) or (alternative == "less" and c >= e) or c == e:
        return 0.0
    inside = c * math.log(c / e) if c else 0.0
    outside = (total - c) * math.log((total - c) / (total - e)) if c < total else 0.0
    return inside + outside


def windows(x, y, population, max_share=0.5, max_radius=math.inf):
    """List the sets of areas that circles hold, as (centre, radius, members)."""
    found = []
    n = len(x)
    for centre in range(n):
        away = [math.hypot(x[i] - x[centre], y[i] - y[centre]) for i in range(n)]
        for radius in sorted(set(away)):
            inside = [i for i in range(n) if away[i] <= radius + 1e-6]
            share = sum(population[i] for i in inside) / sum(population)
            if share <= max_share * (1 + 1e-9) and radius <= max_radius + 1e-6:
                found.append((centre, radius, frozenset(inside)))
    return found


def largest(counts, population, sets, alternative="greater"):
    """Give the largest ratio of a map among the windows, and the members of the windows that have it."""
    total = int(np.sum(counts))
    scale = total / math.fsum(population)
    ratios = [
        log_ratio(
            int(sum(counts[i] for i in members)), scale * math.fsum(population[i] for i in members), total, alternative
        )
        for _, _, members in sets
    ]
    best = max(ratios, default=0.0)
    return best, {members for (_, _, members), ratio in zip(sets, ratios, strict=True) if ratio >= best - 1e-9}
