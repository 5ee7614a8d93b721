"""Concentration, stability and trends of places, the slow way."""

from __future__ import annotations

import math
from itertools import combinations


def gini_by_pairs(counts):
    """Mean absolute difference of all pairs by twice the mean."""
    n = len(counts)
    total = sum(abs(a - b) for a in counts for b in counts)
    return total / (2 * n * sum(counts))


def fewest_places(counts, share):
    """Take places, the highest first, until they hold the share."""
    held, places = 0, 0
    for count in sorted(counts, reverse=True):
        if held >= share * sum(counts) - 1e-9:
            break
        held += count
        places += 1
    return places


def kendall_s(series):
    """Rises less falls among all pairs."""
    known = [x for x in series if not math.isnan(x)]
    return sum(int(later > earlier) - int(later < earlier) for earlier, later in combinations(known, 2))


def kendall_variance(series):
    """Variance of S with ties: each group of equal values takes its own part away."""
    known = [x for x in series if not math.isnan(x)]
    n = len(known)
    groups = [known.count(value) for value in set(known)]
    return (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in groups)) / 18


def class_of(listed, known, persistent, recent_periods):
    """Name the class of one place from the periods it was listed in."""
    if sum(known) < 2:
        return "No data"
    if not any(listed):
        return "never"
    if sum(listed) >= persistent * sum(known) - 1e-9:
        return "persistent"
    lately, before = any(listed[-recent_periods:]), any(listed[:-recent_periods])
    if lately:
        return "intermittent" if before else "emerging"
    return "former"
