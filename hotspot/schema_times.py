"""Declare the columns that say when: hours, windows, months."""

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
    return [weights, *(Column(name, "Times", dtype, text, kept, unit) for name, dtype, text, unit in rows)]


__all__ = ["times"]
