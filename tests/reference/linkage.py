"""Slow, obvious twin of record linkage: every pair, then the cheapest first."""

from __future__ import annotations

import math
from itertools import combinations


def link(records, max_distance, max_gap):
    """
    Give each record's event, named after its first record.

    ``records`` maps id to (source, x, y, seconds).
    """
    pairs = []
    for a, b in combinations(sorted(records), 2):
        (source_a, xa, ya, ta), (source_b, xb, yb, tb) = records[a], records[b]
        metres, apart = math.hypot(xa - xb, ya - yb), abs(ta - tb)
        if source_a != source_b and metres <= max_distance and apart <= max_gap:
            pairs.append((metres / max_distance + apart / max_gap, a, b))
    event = {name: {name} for name in records}
    for _, a, b in sorted(pairs):
        if event[a] is event[b]:
            continue
        joined = event[a] | event[b]
        if len({records[name][0] for name in joined}) == len(joined):
            for name in joined:
                event[name] = joined
    return {name: min(event[name]) for name in records}
