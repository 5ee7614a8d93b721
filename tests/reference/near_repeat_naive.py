"""Slow, obvious twins of the Knox test and of the roles of events: every pair, one by one."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations


def away(one, other, metric="euclidean"):
    """Give the distance of two places."""
    dx, dy = abs(one[0] - other[0]), abs(one[1] - other[1])
    return dx + dy if metric == "manhattan" else math.hypot(dx, dy)


def band_of(value, edges):
    """Give the number of the right-closed band that holds a value, None beyond the last."""
    return next((number for number, edge in enumerate(edges) if value <= edge), None)


def pair_table(places, times, distance, time, metric="euclidean"):
    """Count pairs by band of distance and time."""
    table = [[0] * len(time) for _ in distance]
    for i, j in combinations(range(len(places)), 2):
        b, k = band_of(away(places[i], places[j], metric), distance), band_of(abs(times[i] - times[j]), time)
        if b is not None and k is not None:
            table[b][k] += 1
    return table


def expected_table(places, times, distance, time, metric="euclidean"):
    """Give the expected pairs as fractions: pairs in the one band by pairs in the other, over all."""
    n = len(places)
    every = n * (n - 1) // 2
    in_space = [sum(row) for row in pair_table(places, [0] * n, distance, [0], metric)]
    in_time = pair_table([(0, 0)] * n, times, [0], time, metric)[0]
    return [[Fraction(a * b, every) for b in in_time] for a in in_space]


def upper_p(observed, shuffled):
    """Give (M + 1) / (R + 1)."""
    return Fraction(sum(value >= observed for value in shuffled) + 1, len(shuffled) + 1)


def min_p(tables):
    """Correct the p-values of the first table: the share of tables whose smallest p is at most the cell's."""
    cells = range(len(tables[0]))
    p = [[Fraction(sum(other[c] >= table[c] for other in tables), len(tables)) for c in cells] for table in tables]
    return [Fraction(sum(min(row) <= p[0][c] for row in p), len(tables)) for c in cells]


def roles(places, times, distance, time, metric="euclidean"):
    """Give role, originator and chain (as a set of events) of each event; places and times decide which is earlier."""
    n = len(places)
    key = [(times[i], places[i][0], places[i][1], i) for i in range(n)]
    close = [
        [
            j
            for j in range(n)
            if j != i and away(places[i], places[j], metric) <= distance and abs(times[i] - times[j]) <= time
        ]
        for i in range(n)
    ]
    found = []
    for i in range(n):
        earlier = [j for j in close[i] if key[j] < key[i]]
        if not close[i]:
            role = "isolated"
        elif not earlier:
            role = "originator"
        else:
            role = "repeat" if any(places[j] == places[i] for j in earlier) else "near repeat"
        nearest = sorted(earlier, key=lambda j: key[j], reverse=True)
        nearest.sort(key=lambda j, i=i: away(places[i], places[j], metric))
        reached, todo = {i}, [i]
        while todo:
            for j in close[todo.pop()]:
                if j not in reached:
                    reached.add(j)
                    todo.append(j)
        found.append((role, nearest[0] if nearest else None, frozenset(reached)))
    return found
