"""Slow twins: overlap of rankings by every order of ties, rank-biased overlap as defined, a composite by loops."""

from __future__ import annotations

import itertools
import math


def orders(values):
    """List every ranking, best first, that equal values allow."""
    levels = sorted(set(values), reverse=True)
    groups = [[i for i, value in enumerate(values) if value == level] for level in levels]
    choices = itertools.product(*(itertools.permutations(group) for group in groups))
    return [[item for part in choice for item in part] for choice in choices]


def mean_overlap(a, b):
    """Average the overlap at each depth over every pair of orders."""
    pairs = [(one, other) for one in orders(a) for other in orders(b)]
    depths = range(1, len(a) + 1)
    return [sum(len(set(one[:d]) & set(other[:d])) for one, other in pairs) / len(pairs) for d in depths]


def rank_biased_overlap(a, b, p, terms=4_000):
    """Sum (1 - p) p^(d-1) A_d to a great depth: beyond the end of both lists they agree as at their end."""
    overlap = mean_overlap(a, b)
    n = len(a)
    agreement = [overlap[min(d, n) - 1] / min(d, n) for d in range(1, terms)]
    return sum((1 - p) * p ** (d - 1) * agreement[d - 1] for d in range(1, terms))


def eb_standardised(events, people):
    """Standardise rates as Assunção and Reis do."""
    mean = sum(events) / sum(people)
    spread = sum(b * (e / b - mean) ** 2 for e, b in zip(events, people, strict=True)) / sum(people)
    between = spread - mean / (sum(people) / len(people))
    scores = []
    for e, b in zip(events, people, strict=True):
        variance = between + mean / b if between + mean / b > 0 else mean / b
        scores.append((e / b - mean) / math.sqrt(variance))
    return scores


def composite(columns, people, weights):
    """Score each area over the sources it has; None where it has none."""
    scores = []
    for column in columns:
        known = [i for i, value in enumerate(column) if value is not None and people[i]]
        own = eb_standardised([column[i] for i in known], [people[i] for i in known])
        scores.append(dict(zip(known, own, strict=True)))
    found = []
    for i in range(len(people)):
        there = [j for j, own in enumerate(scores) if i in own and weights[j]]
        total = sum(weights[j] for j in there)
        found.append(sum(weights[j] * scores[j][i] for j in there) / total if total else None)
    return found
