"""Declare the columns that say when, and what changed: hours, windows, months, areas in two periods."""

from __future__ import annotations

from hotspot.schema_column import Column, Disclosure


def times() -> list[Column]:
    """
    Declare when records happened.

    Returns
    -------
    list of Column
        Fractions of records and what is computed from exact counts stay inside the sharing protocol; a clock in whole
        records is ``n_<source>``, a count like any other.
    """
    rows = [
        ("when", "str", "a window in words", ""),
        ("first_day", "str", "first weekday of a window", ""),
        ("last_day", "str", "last weekday of a window", ""),
        ("from_hour", "int64", "hour at which a window begins", "local clock"),
        ("to_hour", "int64", "hour at which a window ends", "local clock"),
        ("day_starts", "int64", "hour at which its days begin: earlier ones are of the morning after", "local clock"),
        ("hours", "int64", "hours of a window in a week", "hours"),
        ("hours_share", "float64", "those in all hours of the week", "0 to 1"),
        ("held", "float64", "what a window holds", "as counted"),
        ("share", "float64", "that in all", "0 to 1"),
        ("days", "int64", "days of a month", "days"),
        ("exposure", "float64", "length of a month, weekdays weighed", "average months"),
        ("adjusted", "float64", "events of a month, all months equally long", "events per average month"),
        ("season_index", "float64", "a calendar month by an average one, trend aside", "ratio"),
        ("season_lower", "float64", "lower limit of that", "ratio"),
        ("season_upper", "float64", "upper limit of that", "ratio"),
        ("months_known", "int64", "how many of a calendar month there are", "months"),
    ]
    kept, text = Disclosure.INTERNAL, "shares of records that happened in the hour"
    weights = Column("aoristic", "Times", "float64", text, kept, "records", by_source=True)
    columns = [weights, *(Column(name, "Times", dtype, text, kept, unit) for name, dtype, text, unit in rows)]
    return [*columns, *_changes()]


def _changes() -> list[Column]:
    """Declare what compares an area in two periods, or in two maps: functions of protected counts at the gate."""
    rows = [
        ("change_ratio", "float64", "rate after by rate before", "ratio"),
        ("change_lower", "float64", "exact lower limit of that", "ratio"),
        ("change_upper", "float64", "exact upper limit of that", "ratio"),
        ("change_p", "float64", "exact p-value of no change", "0 to 1"),
        ("change_q", "float64", "that after correction for the number of areas", "0 to 1"),
        ("change_label", "str", "class, one of CHANGE_LABELS", ""),
        ("share_first", "float64", "share of the area in all events of the first map", "0 to 1"),
        ("share_second", "float64", "share of the area in all events of the second map", "0 to 1"),
        ("share_difference", "float64", "second share less the first", "-1 to 1"),
        ("similarity_p", "float64", "p-value of equal shares", "0 to 1"),
        ("similarity_q", "float64", "that after correction for the number of areas", "0 to 1"),
        ("similarity_label", "str", "class, one of SIMILARITY_LABELS", ""),
    ]
    derived = Disclosure.DERIVED
    return [Column(name, "Change", dtype, text, derived, unit) for name, dtype, text, unit in rows]


def near_repeats() -> list[Column]:
    """
    Declare pairs of events close in space and time, and what each event is to the one before.

    Returns
    -------
    list of Column
        The table of bands is made from exact places and times; the columns of single events are record level.
    """
    rows = [
        ("ratio", "float64", "pairs observed by pairs expected", "ratio"),
        ("p", "float64", "p-value of the band alone, upper tail", "0 to 1"),
        ("q", "float64", "p-value corrected for all bands of the table", "0 to 1"),
        ("knox_label", "str", "class, one of KNOX_LABELS", ""),
        ("distance_to", "float64", "upper end of the band of distance", "metres"),
        ("time_to", "float64", "upper end of the band of time", "days, or as given"),
    ]
    table = [Column(name, "Near repeats", kind, text, Disclosure.INTERNAL, unit) for name, kind, text, unit in rows]
    records = [
        ("role", "str", "isolated, originator, repeat or near repeat", ""),
        ("originator", "object", "label of the nearest earlier event within the limits", ""),
        ("originator_distance", "float64", "distance to that event", "metres"),
        ("originator_gap", "float64", "time since that event", "days, or as given"),
        ("chain", "Int64", "number of the chain of near repeats", ""),
        ("chain_size", "Int64", "events of that chain", "events"),
    ]
    return [
        *table,
        *(Column(name, "Incidents", kind, text, Disclosure.NEVER, unit) for name, kind, text, unit in records),
    ]


__all__ = ["near_repeats", "times"]
