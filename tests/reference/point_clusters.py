"""DBSCAN and nearest-neighbour gathering, written out slowly from their definitions."""

from __future__ import annotations


def near(a, b, distance):
    """Tell whether two places are within a distance."""
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 <= distance**2


def core_groups(places, distance, least):
    """Group core points that are linked through core points; a border point may go to any core near it."""
    n = len(places)
    around = [[j for j in range(n) if near(places[i], places[j], distance)] for i in range(n)]
    core = [len(row) >= least for row in around]
    label = [-1] * n
    groups = 0
    for start in range(n):
        if not core[start] or label[start] >= 0:
            continue
        waiting = [start]
        while waiting:
            i = waiting.pop()
            if label[i] >= 0:
                continue
            label[i] = groups
            waiting.extend(j for j in around[i] if core[j] and label[j] < 0)
        groups += 1
    border = {
        i: {label[j] for j in around[i] if core[j]} for i in range(n) if not core[i] and any(core[j] for j in around[i])
    }
    return [{i for i in range(n) if label[i] == g} for g in range(groups)], border


def gathered(places, threshold, least):
    """Let the place with most others near take all free ones near it, again and again."""
    spots = sorted(set(places))
    count = {spot: places.count(spot) for spot in spots}
    crowd = {a: sum(count[b] for b in spots if near(a, b, threshold)) for a in spots}
    free, groups = set(spots), []
    for seed in sorted(spots, key=lambda spot: (-crowd[spot], spot)):
        if seed not in free:
            continue
        taken = {b for b in free if near(seed, b, threshold)}
        if sum(count[b] for b in taken) >= least:
            free -= taken
            groups.append(taken)
    return groups
