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
        ("chance", "float64", "what events thrown at random give", "as it"),
        ("chance_lower", "float64", "lower limit of that", "as it"),
        ("chance_upper", "float64", "upper limit of that", "as it"),
        ("chosen", "boolean", "whether it is the bandwidth chosen", ""),
        ("lower", "float64", "lower limit of its accuracy index where it was chosen", "ratio"),
        ("upper", "float64", "upper limit of that", "ratio"),
        ("later_lower", "float64", "lower limit of later_pai", "ratio"),
        ("later_upper", "float64", "upper limit of that", "ratio"),
        ("e_test_p", "float64", "p-value of the E-test of two counts", "0 to 1"),
        ("place_share", "float64", "share of all places, the highest first", "0 to 1"),
        ("event_share", "float64", "share of all events that they hold", "0 to 1"),
        ("chance_share", "float64", "share they would hold of events thrown at random", "0 to 1"),
        ("in_common", "int64", "places on the lists of both periods", "places"),
        ("jaccard", "float64", "places on both lists by places on either", "0 to 1"),
        ("jaccard_chance", "float64", "that of two lists drawn blindly", "0 to 1"),
        ("spearman", "float64", "rank correlation of two periods", "-1 to 1"),
        ("kendall", "float64", "Kendall's correlation of two periods", "-1 to 1"),
        ("bandwidth", "float64", "bandwidth that was tried", "metres"),
        ("later_pai", "float64", "accuracy index in the steps that the choice never saw", "ratio"),
        ("told_apart", "boolean", "whether it is surely worse than the chosen one", ""),
    ]
    limits = [
        (f"{name}_{end}", "float64", f"{end} limit of {name}, places redrawn", "as it")
        for name in ("hit_rate", "pai", "pei", "gain", "to_best")
        for end in ("lower", "upper")
    ]
    noise = [
        (f"{name}_noise{end}", "float64", f"{text} of {name} where no place changes", "as it")
        for name in ("jaccard", "spearman", "kendall")
        for end, text in (("", "mean"), ("_lower", "lower limit"), ("_upper", "upper limit"))
    ]
    return [
        Column(name, "Evaluation", dtype, text, Disclosure.INTERNAL, unit)
        for name, dtype, text, unit in [*rows, *limits, *noise, *_places_over_periods()]
    ]


def _places_over_periods() -> list[tuple[str, str, str, str]]:
    """Name what is told of each place over several periods."""
    return [
        ("periods_known", "Int64", "periods in which the place has a value", "periods"),
        ("periods_listed", "Int64", "periods in which it was among the first k", "periods"),
        ("persistence", "float64", "the latter by the former", "0 to 1"),
        ("place_class", "str", "persistent, emerging, intermittent, former, never or No data", ""),
        ("hot_periods", "Int64", "periods in which Gi* was hot", "periods"),
        ("known_periods", "Int64", "periods in which it could be told", "periods"),
        ("hot_share", "float64", "the former by the latter", "0 to 1"),
        ("mk_z", "float64", "z-score of the trend of Gi* (Mann and Kendall)", ""),
        ("mk_p", "float64", "p-value of that", "0 to 1"),
        ("mk_q", "float64", "p-value after correction for the number of areas", "0 to 1"),
        ("emerging_label", "str", "class of a hot spot by its series, one of EMERGING_LABELS", ""),
    ]


__all__ = ["evaluation"]
