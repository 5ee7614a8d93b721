"""Lists scored the slow way: place by place, in plain Python."""

from __future__ import annotations


def hits_within(names, events, size, weight, budget):
    """Go down the list by hand; the place at the edge of the budget counts in part."""
    held = 0.0
    left = budget
    for name in names:
        ground = weight[name] * size[name]
        if ground <= left:
            held += weight[name] * events[name]
            left -= ground
        else:
            held += left / ground * weight[name] * events[name]
            return held
    return held


def ordered(priority, events, size):
    """Put the highest first; what ties, fewest events per ground first; what is not named, last."""

    def key(name):
        value = priority.get(name)
        return (value is None, 0 if value is None else -value, events[name] / size[name])

    return sorted(events, key=key)
