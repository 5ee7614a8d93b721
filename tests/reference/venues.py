"""Slow, obvious twin of the venue table: every record looks at every venue, and says why it belongs to none."""

from __future__ import annotations

import math

RECORD = {"x": 0, "y": 0, "u": 25, "level": "point", "home": False, "age": 0, "event": None, "weight": 1}
"""What a record has if nothing else is said; ``source`` must: ``x`` None: no point; ``age`` (days) None: no time."""


def fate_of(record, venues, private_events, within, max_uncertainty):  # noqa: PLR0911 - one for each fate
    """Say what becomes of a record, and its venue or the venues it may be of."""
    if record["home"] or record["event"] in private_events:
        return "home, domestic or sexual", []
    if record["x"] is None:
        return "no point", []
    if record["level"] not in {"point", "venue"} or record["u"] > max_uncertainty:
        return "too imprecise", []
    if record["age"] is None:
        return "no time", []
    away = [math.hypot(record["x"] - x, record["y"] - y) for x, y in venues]
    first = min(away)
    if first > within:
        return "too far", []
    here = [at for at, metres in enumerate(away) if metres <= 1]
    if record["level"] == "venue" and len(here) == 1:
        return "tied", here
    open_to = [at for at, metres in enumerate(away) if metres == first or metres <= record["u"]]
    if len(open_to) > 1:
        return "ambiguous", open_to
    return "tied", [away.index(first)]


def venue_table(records, venues, half_life=None, within=30, max_uncertainty=50):
    """
    Give fates by record name, and for each venue ``n``, ``points``, ``ambiguous`` and both by source.

    ``records`` maps name to a mapping like `RECORD` with ``source``; ``venues`` are pairs of metres.
    """
    whole = {name: RECORD | record for name, record in records.items()}
    private = {r["event"] for r in whole.values() if r["home"] and r["event"] is not None}
    fates = {name: fate_of(r, venues, private, within, max_uncertainty) for name, r in whole.items()}
    rows = [{"n": 0, "points": 0.0, "ambiguous": 0} for _ in venues]
    for row in rows:
        for source in {r["source"] for r in whole.values()}:
            row[f"n_{source}"], row[f"points_{source}"] = 0, 0.0
    events = {}
    for name, (fate, at) in fates.items():
        record = whole[name]
        if fate == "ambiguous":
            for venue in at:
                rows[venue]["ambiguous"] += 1
        if fate == "tied":
            points = record["weight"] * (1 if half_life is None else 2 ** (-record["age"] / half_life))
            rows[at[0]][f"n_{record['source']}"] += 1
            rows[at[0]][f"points_{record['source']}"] += points
            key = ("alone", name) if record["event"] is None else ("event", record["event"])
            events.setdefault(key, []).append((record["u"], name, at[0], points))
    for known in events.values():
        venue = min(known)[2]
        rows[venue]["n"] += 1
        rows[venue]["points"] += max(points for _, _, where, points in known if where == venue)
    return {name: fate for name, (fate, _) in fates.items()}, rows
