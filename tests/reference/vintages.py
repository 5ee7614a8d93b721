"""Slow and obvious: what becomes of each area's count when the areas change, in exact fractions."""

from __future__ import annotations

from fractions import Fraction


def convert(counts, rows, forwards, weights):
    """Give ``{code: (value or None, label)}`` for every new area that the counts reach; rows are (old, new, change)."""
    pairs = [(old, new, change) if forwards else (new, old, change) for old, new, change in rows]
    shared_out = "S" if forwards else "M"
    result = {}
    for target in sorted({to for source, to, _ in pairs if source in counts}):
        value, label = Fraction(0), "exact"
        for source, to, change in pairs:
            if to != target:
                continue
            if change == "X":
                value, label = None, "refused"
                break
            if source not in counts:
                value, label = None, "incomplete"
                continue
            part = Fraction(counts[source])
            if change == shared_out:
                children = [t for s, t, _ in pairs if s == source]
                total = sum(weights.get(child, 0) for child in children)
                if any(child not in weights for child in children) or total == 0:
                    value, label = None, "refused"
                    break
                part = part * weights[target] / total
                label = "apportioned" if label == "exact" else label
            value = None if value is None else value + part
        result[target] = (value, label)
    return result


def groups(rows):
    """Give the sets of codes joined by changes, by merging sets until none touch."""
    sets = []
    for old, new, _ in rows:
        joined = {old, new}
        apart = []
        for one in sets:
            if one & joined:
                joined |= one
            else:
                apart.append(one)
        sets = [*apart, joined]
    return {frozenset(one) for one in sets}
