"""Slow, obvious twin of record linkage: every pair, then the cheapest first."""

from __future__ import annotations

import math
from itertools import combinations

from hotspot.fusion.linkage_categories import mismatch

PLAIN = {"width": 0, "category": "assault", "arrived": None, "conveyed": None, "site": None}
"""What a record has if nothing else is said: source, x, y and seconds must be."""
CALL_TO_ARRIVAL = 3 * 3600


def link(records, max_distance, max_gap):
    """
    Give each record's event, named after its first record.

    ``records`` maps id to ``{"source", "x", "y", "seconds"}`` and, where they differ from `PLAIN`, ``width`` (seconds),
    ``category``, ``arrived`` (seconds), ``conveyed`` and ``site``.
    """
    whole = {name: PLAIN | record for name, record in records.items()}
    shared = {r["site"] for r in whole.values() if r["source"] == "ed"} & {
        r["site"] for r in whole.values() if r["source"] == "ambulance"
    }
    shared.discard(None)
    pairs = []
    for a, b in combinations(sorted(whole), 2):
        cost = cost_of(whole[a], whole[b], max_distance, max_gap, shared)
        if cost is not None:
            stage = 0 if {whole[a]["source"], whole[b]["source"]} == {"ed", "ambulance"} else 1
            pairs.append((stage, cost, a, b))
    event = {name: {name} for name in whole}
    for _, _, a, b in sorted(pairs):
        if event[a] is event[b]:
            continue
        joined = event[a] | event[b]
        if len({whole[name]["source"] for name in joined}) == len(joined):
            for name in joined:
                event[name] = joined
    return {name: min(event[name]) for name in whole}


def cost_of(one, other, max_distance, max_gap, shared_sites):
    """Give the cost of a pair, None if it is none."""
    if one["source"] == other["source"] or max(one["width"], other["width"]) > max_gap:
        return None
    dx, dy = one["x"] - other["x"], one["y"] - other["y"]
    metres = math.sqrt(dx * dx + dy * dy)
    apart = max(
        0,
        one["seconds"] - (other["seconds"] + other["width"]),
        other["seconds"] - (one["seconds"] + one["width"]),
    )
    within = apart <= max_gap
    if {one["source"], other["source"]} == {"ed", "ambulance"}:
        patient, call = (one, other) if one["source"] == "ed" else (other, one)
        if call["conveyed"] is False:
            return None
        if {patient["site"], call["site"]} <= shared_sites and patient["site"] != call["site"]:
            return None
        if patient["arrived"] is not None:
            within = 0 <= patient["arrived"] - call["seconds"] <= CALL_TO_ARRIVAL
            apart = min(apart, max_gap)
    extra = mismatch(one["category"], other["category"])
    if not within or metres > max_distance or extra == math.inf:
        return None
    return metres / max_distance + apart / max_gap + extra
