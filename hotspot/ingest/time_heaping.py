"""Find signs that times were not observed: heaps at round values, times of report in place of times of occurrence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotspot.ingest.local_clock import MIDNIGHT_SHARE

if TYPE_CHECKING:
    from hotspot.ingest.times import Times

_LEAST = 50
"""Fewer records prove nothing about habits of recording."""
_LEAST_DAYS = 15
"""Nor do records of fewer days: a fight at noon may be thirty records."""
_ON_THE_HOUR = 0.75
_NOON = 0.15
_AT_ARRIVAL = 0.2
_FIRST_OF_MONTH, _NEW_YEAR = 0.1, 0.02
_TIMES_EXPECTED = {"first of month": 3, "1 January": 5}
_LEAST_SPAN = {"first of month": 60, "1 January": 365}
_SAID = {"first of month": "the first of a month", "1 January": "1 January"}
_SATURDAY = 5


def time_heaping(start: Times, arrival: Times | None, kept: np.ndarray) -> tuple[dict[str, float], list[str]]:
    """
    Measure how times of occurrence heap.

    Parameters
    ----------
    start
        Times of occurrence.
    arrival
        Times of arrival, where the source has them.
    kept
        Rows that count.

    Returns
    -------
    dict
        Shares, 0 to 1: ``00:00``, ``12:00`` and ``on the hour`` of records with a time of day; ``first of month``,
        ``1 January`` and ``weekdays`` of records with a day; ``same as arrival`` of records with both clocks.
    list of str
        A sentence for each share that is too large to be true. At least 50 records on 15 days are needed.
    """
    known = kept & ~np.isnat(start.value)
    clock = known & np.isin(start.precision, ["minute", "hour"])
    days = known & (start.precision != "month")
    shares: dict[str, float] = {}
    cautions: list[str] = []
    if days.any():
        _of_days(start.value[days].astype("datetime64[D]"), shares, cautions)
    if clock.any():
        _of_clocks(start.value[clock], shares, cautions)
    if arrival is not None:
        both = clock & (arrival.precision == "minute") & ~np.isnat(arrival.value)
        same = int((start.value[both] == arrival.value[both]).sum())
        if both.any():
            shares["same as arrival"] = same / int(both.sum())
        if int(both.sum()) >= _LEAST and same > _AT_ARRIVAL * int(both.sum()):
            cautions.append(
                f"{same:,} of {int(both.sum()):,} times of occurrence are the time of arrival: arrival was probably "
                "copied. Do not read the hours as hours of violence."
            )
    return {name: round(share, 4) for name, share in shares.items()}, cautions


def _of_clocks(stamps: np.ndarray, shares: dict[str, float], cautions: list[str]) -> None:
    """Measure heaps of the time of day."""
    size = len(stamps)
    of_day = (stamps - stamps.astype("datetime64[D]")) // np.timedelta64(1, "m")
    at = {hour: int((of_day == hour * 60).sum()) for hour in (0, 11, 12, 13)}
    on_hour = int((of_day % 60 == 0).sum())
    shares |= {"00:00": at[0] / size, "12:00": at[12] / size, "on the hour": on_hour / size}
    if size < _LEAST or len(np.unique(stamps.astype("datetime64[D]"))) < _LEAST_DAYS:
        return
    if (of_day == of_day[0]).all():
        cautions.append(f"all {size:,} times of day are the same, so none is a time of occurrence: use the days only.")
        return
    if at[0] > MIDNIGHT_SHARE * size:
        cautions.append(
            f"{at[0]:,} of {size:,} times are at 00:00, which mostly stands for an unknown time of day. They have the "
            "time_flag 'default midnight'; leave them out of hours of the day."
        )
    if at[12] > _NOON * size and at[12] > 2 * max(at[11], at[13]):
        cautions.append(f"{at[12]:,} of {size:,} times are at 12:00, which may stand for an unknown time of day.")
    if on_hour > _ON_THE_HOUR * size:
        cautions.append(f"{on_hour:,} of {size:,} times are on the hour: they are good to the hour at best.")


def _of_days(days: np.ndarray, shares: dict[str, float], cautions: list[str]) -> None:
    """Measure heaps of the calendar."""
    size = len(days)
    months = days.astype("datetime64[M]")
    first = days == months.astype("datetime64[D]")
    new_year = days == days.astype("datetime64[Y]").astype("datetime64[D]")
    weekday = (days.astype(np.int64) + 3) % 7 < _SATURDAY  # 1 January 1970 was a Thursday
    shares |= {"first of month": float(first.mean()), "1 January": float(new_year.mean()),
               "weekdays": float(weekday.mean())}  # fmt: skip
    if size < _LEAST or len(np.unique(days)) < _LEAST_DAYS:
        return
    if weekday.all():
        cautions.append(
            f"none of {size:,} records is of a Saturday or Sunday: the dates are probably those of the report, not of "
            "the incident."
        )
    calendar = np.arange(days.min(), days.max() + 1)
    firsts = calendar == calendar.astype("datetime64[M]").astype("datetime64[D]")
    new_years = calendar == calendar.astype("datetime64[Y]").astype("datetime64[D]")
    for name, found, expected, least in (
        ("first of month", first, firsts, _FIRST_OF_MONTH),
        ("1 January", new_year, new_years, _NEW_YEAR),
    ):
        share, usual = float(found.mean()), float(expected.mean())
        if len(calendar) >= _LEAST_SPAN[name] and share > max(least, _TIMES_EXPECTED[name] * usual):
            cautions.append(
                f"{int(found.sum()):,} of {size:,} records are dated {_SAID[name]}, against {usual:.1%} of the days: "
                "it probably stands for an unknown day."
            )
