"""Declare what scores of lists are called."""

from __future__ import annotations

from hotspot.schema_column import Column, Disclosure


def evaluation() -> list[Column]:
    """Declare the scores of lists of places; all come from exact counts and stay inside the sharing protocol."""
    rows = [
        ("step", "str", "tested period, or all together", ""),
        ("method", "str", "what a list was made by", ""),
        ("area_share", "float64", "share of all ground that the list takes", "0 to 1"),
        ("hits", "float64", "later events at the places on the list, the last one in part", "events"),
        ("events", "float64", "later events at all places", "events"),
        ("hit_rate", "float64", "hits by events", "0 to 1"),
        ("pai", "float64", "hit rate by share of the ground (predictive accuracy index)", "ratio"),
        ("pei", "float64", "hits by the most that this much ground could have held (efficiency index)", "0 to 1"),
        ("penalised_pai", "float64", "hit rate by a power of the share of the ground", ""),
        ("rri", "float64", "share caught later by share caught in training (recapture rate index)", "ratio"),
        ("harm_rate", "float64", "share of later harm at the places on the list", "0 to 1"),
        ("harm_pai", "float64", "that by share of the ground", "ratio"),
        ("gain", "float64", "hit rate less that of another list", "share of events"),
        ("to_best", "float64", "hit rate less that of the best list", "share of events"),
        ("bandwidth", "float64", "bandwidth that was tried", "metres"),
        ("later_pai", "float64", "accuracy index in the steps that the choice never saw", "ratio"),
        ("told_apart", "boolean", "whether it is surely worse than the chosen one", ""),
    ]
    limits = [
        (f"{name}_{end}", "float64", f"{end} limit of {name}, places redrawn", "as it")
        for name in ("hit_rate", "pai", "pei", "gain", "to_best")
        for end in ("lower", "upper")
    ]
    return [
        Column(name, "Evaluation", dtype, text, Disclosure.INTERNAL, unit) for name, dtype, text, unit in rows + limits
    ]


__all__ = ["evaluation"]
