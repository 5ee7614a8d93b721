"""Add a column of times of day to a column of dates; a clock is never put on a day that nobody stated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hotspot.ingest.time_texts import DAY, SHAPE_CODES, Parts, Taken, take_clocks
from hotspot.ingest.times import distinct_texts

if TYPE_CHECKING:
    import pandas as pd

    from hotspot.ingest.times import Times

_MINUTE = 60_000_000
_NO_DATE = (
    r"^(?:(?:1899-12-3[01]|1900-01-0[01]|(?:30|31)/12/1899|12/(?:30|31)/1899|0?1/0?1/1900)[ t]|0 days? ?,? ?)(?:\b)"
)
"""What databases and spreadsheets put before a time of day that has no date."""
_FRACTION = r"^0?\.\d+$|^[01]\.0$|^0$"
_SURE_FRACTION = r"^0?\.(?:\d{3,}|\d)$"
"""A decimal that cannot be hours and minutes: 0.25 alone could be a quarter past midnight."""
_SECONDS_OF_DAY = 86_400


def add_clock(times: Times, clock: pd.Series, header: str = "occurred_time") -> int:
    """
    Add the time of day of a second column to a column of dates, in place.

    Parameters
    ----------
    times
        Dates. Rows without a readable time of day keep their precision; months keep it too, for the clock would
        fall on a day that nobody stated. A date with a clock of its own takes the other only where its own says
        00:00; where both differ its own stays.
    clock
        Texts such as ``23:40``, ``11.40 pm``, ``22:00-23:30`` or Excel's parts of a day.
    header
        Name of the column for messages.

    Returns
    -------
    int
        How many times of day were filled in but could not be read.
    """
    rows, texts = distinct_texts(clock)
    taken = _take(texts, numeric=clock.dtype.kind == "f")
    good = taken.start.of("clock") & taken.start.valid & (~taken.is_range | taken.end.valid)
    unreadable = int((~good & ~taken.missing)[rows].sum())
    found = np.where(good, taken.start.clock, -1)[rows]
    minute = taken.start.minute[rows]
    known = (found >= 0) & ~np.isnat(times.value)
    of_month = known & (times.precision == "month")
    fill = known & ~of_month & _open(times, found, minute)
    late = times.late if times.late is not None else np.zeros(len(rows), dtype=bool)
    own = known & ~of_month & ~fill
    of_day = _of_day(times.value)
    differ = own & (of_day // _MINUTE != found % DAY // _MINUTE)
    differ &= ~((times.precision == "hour") & (of_day // (60 * _MINUTE) == found // (60 * _MINUTE)))
    day = times.value.astype("datetime64[D]").astype("datetime64[us]")
    times.value[fill] = day[fill] + found[fill].astype("timedelta64[us]")
    times.precision[fill] = np.where(minute[fill], "minute", "hour")
    _add_ends(times, day, fill & taken.is_range[rows], taken.end.clock[rows], taken.end.minute[rows])
    times.late = late | (fill & (found == DAY))
    times.facts["twenty_four_hundred"] = int(times.late.sum())
    for name, count in (("clocks_without_a_day", int(of_month.sum())), ("clocks_differ", int(differ.sum()))):
        if count:
            times.facts[name] = count
    if of_month.any():
        times.cautions.append(
            f"column {header!r}: {int(of_month.sum()):,} times of day belong to a month without a day and were "
            "not used."
        )
    if differ.any():
        times.cautions.append(
            f"column {header!r}: {int(differ.sum()):,} times of day differ from the one that stands in the column of "
            "dates, which was kept. Ask the provider which of the two is the time of occurrence."
        )
    return unreadable


def _open(times: Times, found: np.ndarray, minute: np.ndarray) -> np.ndarray:
    """Mark dates without a time of day, at 00:00, or with the same hour but no minutes."""
    of_day = _of_day(times.value)
    late = times.late if times.late is not None else np.zeros(len(of_day), dtype=bool)
    midnight = (of_day == 0) & ~late
    vague = (times.precision == "hour") & minute & (of_day // (60 * _MINUTE) == found // (60 * _MINUTE))
    return np.asarray((times.precision == "day") | midnight | vague)


def _of_day(stamps: np.ndarray) -> np.ndarray:
    """Give microseconds after midnight, 0 where there is no time."""
    since = stamps - stamps.astype("datetime64[D]")
    return np.where(np.isnat(since), np.timedelta64(0, "us"), since).astype(np.int64)


def _add_ends(times: Times, day: np.ndarray, rows: np.ndarray, clock: np.ndarray, minute: np.ndarray) -> None:
    """Add the ends of ranges; one before its start belongs to the next day."""
    if not rows.any():
        return
    if times.end is None or times.end_precision is None:
        times.end = np.full(len(rows), np.datetime64("NaT", "us"))
        times.end_precision = np.full(len(rows), "unknown", dtype=object)
    end = day[rows] + clock[rows].astype("timedelta64[us]")
    times.end[rows] = np.where(end < times.value[rows], end + np.timedelta64(1, "D"), end)
    times.end_precision[rows] = np.where(minute[rows], "minute", "hour")
    times.facts["ranges"] = int((~np.isnat(times.end)).sum())


def _take(texts: pa.Array, *, numeric: bool) -> Taken:
    """Take times of day apart, after what spreadsheets and databases do to them is undone."""
    if pc.any(pc.match_substring_regex(texts, _NO_DATE)).as_py():
        texts = pc.replace_substring_regex(texts, _NO_DATE, "")
    texts = _with_lost_zeros(texts)
    taken = take_clocks(texts)
    fraction = np.asarray(pc.match_substring_regex(texts, _FRACTION))
    if fraction.any() and (numeric or pc.any(pc.match_substring_regex(texts, _SURE_FRACTION)).as_py()):
        days = np.asarray(pc.cast(texts.filter(pa.array(fraction)), pa.float64()))
        taken.start.put(np.flatnonzero(fraction), _from_days(days))
    return taken


def _from_days(days: np.ndarray) -> Parts:
    """Turn parts of a day to clocks, rounded to the second."""
    parts = Parts.blank(len(days))
    seconds = np.round(days * _SECONDS_OF_DAY).astype(np.int64)
    parts.clock, parts.minute[:] = seconds * 1_000_000, True
    parts.shape[:] = SHAPE_CODES["clock"]
    parts.valid = seconds <= _SECONDS_OF_DAY
    return parts


def _with_lost_zeros(texts: pa.Array) -> pa.Array:
    """
    Give ``5`` and ``930`` their zeros back where times were numbers such as 2340 or 0930.

    Three digits prove that zeros were lost, a four-digit text with a leading zero that they were not.
    """
    digits = np.asarray(pc.match_substring_regex(texts, r"^\d{1,4}$"))
    short = digits & (np.asarray(pc.binary_length(texts)) < 3)  # noqa: PLR2004 - below a full hour
    if not short.any():
        return texts
    three = pc.any(pc.match_substring_regex(texts, r"^[1-9]\d{2}$")).as_py()
    padded = pc.any(pc.match_substring_regex(texts, r"^0\d{2,3}$")).as_py()
    four = pc.any(pc.match_substring_regex(texts, r"^\d{4}$")).as_py()
    if three and not padded:
        return pc.if_else(pa.array(short), pc.utf8_lpad(texts, 4, padding="0"), texts)
    if three or four:
        return pc.if_else(pa.array(short), pa.scalar("unclear", pa.large_string()), texts)
    return texts
