"""Read columns of times: one proven format per column, naive local clock, every doubt flagged."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from hotspot.errors import ConfigError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

MISSING = frozenset(
    {"", "na", "n/a", "nan", "nat", "null", "none", "unknown", "not known", "nk", "n/k", "uk", "-", "--", "?", "."}
)
"""Texts that stand for no time, number or code."""

_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", " %H%M")
_DATES = {
    "year first": "%Y-%m-%d",
    "day first": "%d-%m-%Y",
    "month first": "%m-%d-%Y",
    "named month": "%d-%b-%Y",
    "digits": "%Y%m%d",
}
_SHAPES = (
    ("month", re.compile(r"\d{4}-\d{2}")),
    ("year first", re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?: .*)?")),
    ("numbers", re.compile(r"\d{1,2}-\d{1,2}-\d{4}(?: .*)?")),
    ("short year", re.compile(r"\d{1,2}-\d{1,2}-\d{2}(?: .*)?")),
    ("named month", re.compile(r"\d{1,2}-[a-z]{3,9}-\d{4}(?: .*)?")),
    ("digits", re.compile(r"(?:19|20)\d{6}(?: .*)?")),
    ("serial", re.compile(r"\d{5}(?:\.\d+)?")),
)
_SEPARATED = re.compile(r"^(\d{1,4})\s?[/.\-\s]\s?(\d{1,2}|[a-z]{3,9})\s?[/.\-\s]\s?(\d{4}|\d{1,2})(?![\d:])")
_OFFSET = re.compile(r"(?:(?<=\d)z|(?<=\d)\s?[+-]\d{2}:?\d{2})$")
_TWENTY_FOUR = re.compile(r"(?<=[ t])24[:.]?00(?:[:.]00)?(?:\.0+)?$")
_NO_CLOCK = re.compile(r"(?<=\d) (?:unknown|not known|nk|n/k|n/a|na|--:--|-|\?)$")
_CLOCK_ONLY = re.compile(r"(\d{1,2})[:.]?(\d{2})(?:[:.]\d{2})?(?:\.\d+)?\s*([ap])?\.?m?\.?")
_MIDNIGHT_SHARE = 0.15
_MIDNIGHT_RATIO = 5
_MIDNIGHT_LEAST = 5


@dataclass(slots=True)
class Times:
    """A column of times, aligned with its rows."""

    value: np.ndarray
    """datetime64[us], NaT where missing or bad."""
    precision: np.ndarray
    """minute, hour, day, month or unknown."""
    missing: np.ndarray
    unreadable: np.ndarray
    outside: np.ndarray
    """Read, but before the earliest or after the latest time that can be."""
    facts: dict[str, object] = field(default_factory=dict)


def read_times(
    values: pd.Series,
    *,
    header: str,
    formats: Iterable[str] | None,
    zone: str,
    bounds: tuple[np.datetime64, np.datetime64],
) -> Times:
    """
    Read one column of times.

    Parameters
    ----------
    values
        Text, or times already.
    header
        Name of the column for messages.
    formats
        Formats of ``strptime`` to be tried in this order; None finds one format for the whole column.
    zone
        Time zone whose clock the naive times show; times with an offset are moved to it.
    bounds
        Earliest and latest time that can be.

    Returns
    -------
    Times
        Aligned with ``values``.

    Raises
    ------
    InputError
        If the column proves no single format, e.g. every date could be day-first or month-first.
    """
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_convert(_zone(zone)).dt.tz_localize(None)
    if values.dtype.kind == "M":
        stamps = values.to_numpy().astype("datetime64[us]")
        whole_days = bool((stamps[~np.isnat(stamps)] == stamps[~np.isnat(stamps)].astype("datetime64[D]")).all())
        precision = np.full(len(values), "day" if whole_days else "minute", dtype=object)
        return _finish(stamps, precision, np.isnat(stamps), bounds, {"format": "times"})
    text = values.astype("str") if values.dtype != "str" else values
    codes, distinct = pd.factorize(text)
    cleaned = [" ".join(str(value).casefold().split()) for value in distinct]
    empty = np.array([value in MISSING for value in cleaned], dtype=bool)
    kept = [value for value, no in zip(cleaned, empty, strict=True) if not no]
    stamps_kept, precision_kept, facts = _parse(kept, header, formats, zone)
    stamps_all = np.full(len(cleaned) + 1, np.datetime64("NaT", "us"))
    precision_all = np.full(len(cleaned) + 1, "unknown", dtype=object)
    filled = np.flatnonzero(~empty)
    stamps_all[filled], precision_all[filled] = stamps_kept, precision_kept
    missing = np.append(empty, [True])[codes]  # code -1 (a missing value) takes the appended element
    midnight = np.zeros(len(cleaned) + 1, dtype=bool)
    midnight[filled] = [_TWENTY_FOUR.search(value) is not None for value in kept]
    facts["twenty_four_hundred"] = int(midnight[codes].sum())
    return _finish(stamps_all[codes], precision_all[codes], missing, bounds, facts)


def add_clock(times: Times, clock: pd.Series) -> int:
    """
    Add the time of day of a second column to a column of dates, in place.

    Parameters
    ----------
    times
        Dates; rows whose time of day is missing or unreadable keep the precision ``day``.
    clock
        Texts such as ``23:40`` or ``11.40 pm``.

    Returns
    -------
    int
        How many times of day were filled in but could not be read.
    """
    unreadable = 0
    codes, distinct = pd.factorize(clock.astype("str"))
    minutes = np.full(len(distinct) + 1, -1, dtype=np.int64)
    bad = np.zeros(len(distinct) + 1, dtype=bool)
    for i, value in enumerate(distinct):
        cleaned = " ".join(str(value).casefold().split())
        minutes[i] = _minutes(cleaned)
        bad[i] = minutes[i] < 0 and cleaned not in MISSING
    unreadable = int(bad[codes].sum())
    found = minutes[codes]
    known = (found >= 0) & ~np.isnat(times.value)
    times.value[known] += found[known].astype("timedelta64[m]").astype("timedelta64[us]")
    times.precision[known] = "minute"
    times.facts["twenty_four_hundred"] = int(known[found == 24 * 60].sum())
    return unreadable


def flag_times(times: Times, zone: str) -> np.ndarray:
    """
    Say of each time whether the clock is to be trusted.

    Parameters
    ----------
    times
        A column of times.
    zone
        Time zone whose daylight-saving changes count.

    Returns
    -------
    ndarray of object
        ``ok``, ``ambiguous`` (the hour that occurs twice), ``non-existent`` (the hour that is skipped),
        ``default midnight`` (00:00 where midnight is heaped) or ``unknown``.
    """
    flags = np.full(len(times.value), "ok", dtype=object)
    flags[np.isnat(times.value)] = "unknown"
    clock = np.isin(times.precision, ["minute", "hour"]) & ~np.isnat(times.value)
    if not clock.any():
        return flags
    stamps = pd.Series(times.value[clock])
    tz = _zone(zone)
    skipped = stamps.dt.tz_localize(tz, ambiguous=np.ones(len(stamps), dtype=bool), nonexistent="NaT").isna()
    twice = stamps.dt.tz_localize(tz, ambiguous="NaT", nonexistent="shift_forward").isna()
    own = np.full(len(stamps), "ok", dtype=object)
    own[twice.to_numpy()] = "ambiguous"
    own[skipped.to_numpy()] = "non-existent"
    of_day = (stamps - stamps.dt.normalize()).to_numpy()
    at_midnight, at_one = of_day == np.timedelta64(0), of_day == np.timedelta64(1, "h")
    count = int(at_midnight.sum())
    heaped = count > _MIDNIGHT_SHARE * len(stamps) or count > _MIDNIGHT_RATIO * max(int(at_one.sum()), 1)
    if count >= _MIDNIGHT_LEAST and heaped:
        own[at_midnight] = "default midnight"
    flags[clock] = own
    return flags


def interval_end(start: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """
    Give the end of the interval that a time of limited precision stands for.

    Parameters
    ----------
    start
        datetime64[us].
    precision
        minute, hour, day, month or unknown, per row.

    Returns
    -------
    ndarray
        The same time for a minute, else one hour, day or calendar month later.
    """
    end = start.copy()
    for name, step in (("hour", np.timedelta64(1, "h")), ("day", np.timedelta64(1, "D"))):
        rows = precision == name
        end[rows] = start[rows] + step
    rows = precision == "month"
    end[rows] = (start[rows].astype("datetime64[M]") + 1).astype("datetime64[us]")
    return end


def _finish(
    stamps: np.ndarray,
    precision: np.ndarray,
    missing: np.ndarray,
    bounds: tuple[np.datetime64, np.datetime64],
    facts: dict[str, object],
) -> Times:
    """Sort out what could not be read and what cannot be."""
    stamps, precision = stamps.copy(), precision.copy()
    unreadable = np.isnat(stamps) & ~missing
    with np.errstate(invalid="ignore"):
        outside = ~np.isnat(stamps) & ((stamps < bounds[0]) | (stamps > bounds[1]))
    precision[np.isnat(stamps)] = "unknown"
    return Times(stamps, precision, missing, unreadable, outside, facts)


def _parse(
    values: list[str], header: str, formats: Iterable[str] | None, zone: str
) -> tuple[np.ndarray, np.ndarray, dict[str, object]]:
    """Read distinct non-empty texts, by the stated formats or by the one the column proves."""
    stamps = np.full(len(values), np.datetime64("NaT", "us"))
    precision = np.full(len(values), "unknown", dtype=object)
    if not values:
        return stamps, precision, {"format": "none: no value"}
    if formats is not None:
        order = list(formats)
        texts = [_TWENTY_FOUR.sub("00:00", v) if _TWENTY_FOUR.search(v) else v for v in values]
        facts: dict[str, object] = {"format": order[0] if len(order) == 1 else order, "format_by": "stated"}
        offsets = [""] * len(values)
    else:
        texts, offsets = _normalise(values)
        order, how = _choose(texts, header)
        facts = {"format": how, "format_by": "whole column"}
    series = pd.Series(texts, dtype="str")
    for fmt in order:
        open_rows = np.flatnonzero(np.isnat(stamps))
        if not len(open_rows):
            break
        found = _strptime(series.iloc[open_rows], fmt, zone)
        hit = ~np.isnat(found)
        stamps[open_rows[hit]] = found[hit]
        precision[open_rows[hit]] = _precision(fmt)
    late = np.array([_TWENTY_FOUR.search(value) is not None for value in values], dtype=bool) & ~np.isnat(stamps)
    stamps[late] += np.timedelta64(1, "D")
    if any(offsets):
        stamps = _apply_offsets(stamps, offsets, header, zone)
        facts["offsets"] = "moved to local clock"
    return stamps, precision, facts


def _normalise(values: list[str]) -> tuple[list[str], list[str]]:
    """Bring separators to one form and take zone offsets off."""
    texts, offsets = [], []
    for value in values:
        text = re.sub(r"(?<=\d)t(?=\d)", " ", value)
        match = _OFFSET.search(text) if ":" in text else None
        offsets.append(match.group().strip() if match else "")
        text = text[: match.start()] if match else text
        text = _SEPARATED.sub(r"\1-\2-\3", text)
        text = _NO_CLOCK.sub("", text)
        text = re.sub(r"^(\d{1,2}-[a-z]{3})[a-z]*(-\d{4})", r"\1\2", text)
        text = re.sub(r"^(\d{4})/(\d{2})$", r"\1-\2", text)
        text = _TWENTY_FOUR.sub("00:00", text)
        texts.append(re.sub(r"(?<=\d)\s?([ap])\.?m\.?$", r" \1m", text).replace(", ", " "))
    return texts, offsets


def _choose(texts: list[str], header: str) -> tuple[list[str], str]:
    """Find the one order of day, month and year that the whole column proves."""
    shapes = dict.fromkeys((name for name, _ in _SHAPES), 0)
    numbers: list[str] = []
    for text in texts:
        name = next((name for name, rule in _SHAPES if rule.fullmatch(text)), None)
        if name is not None:
            shapes[name] += 1
        if name == "numbers":
            numbers.append(text)
    name = max(shapes, key=lambda key: shapes[key])
    hint = "State it in the source file, e.g. [time] format = '%d/%m/%Y %H:%M'."
    if not shapes[name]:
        raise InputError(f"data: column {header!r}: no value looks like a time. {hint}")
    if name == "short year":
        raise InputError(f"data: column {header!r} writes the year with two digits. {hint}")
    if name == "serial":
        raise InputError(f"data: column {header!r} holds numbers, perhaps Excel days. Export it as a date. {hint}")
    if name == "month":
        return ["%Y-%m", *_with_clocks("year first")], "year first, month only"
    if name == "numbers":
        name = _day_or_month_first(numbers, header, hint)
    return _with_clocks(name), name


def _day_or_month_first(texts: list[str], header: str, hint: str) -> str:
    """Prove from the whole column which of the first two numbers is the day."""
    first = [int(text.split("-")[0]) for text in texts]
    second = [int(text.split("-")[1]) for text in texts]
    day_first, month_first = sum(value > 12 for value in first), sum(value > 12 for value in second)  # noqa: PLR2004 - months
    if day_first and month_first:
        raise InputError(
            f"data: column {header!r} mixes day-first and month-first dates ({day_first} and {month_first} distinct "
            f"values prove one or the other). Ask the provider for one format. {hint}"
        )
    if not day_first and not month_first:
        raise InputError(
            f"data: column {header!r}: none of {len(texts)} distinct dates shows whether the day or the month comes "
            f"first. {hint}"
        )
    return "day first" if day_first else "month first"


def _with_clocks(name: str) -> list[str]:
    """Give the formats of a date order, with and without a time of day."""
    return [_DATES[name] + clock for clock in _CLOCKS]


def _strptime(texts: pd.Series, fmt: str, zone: str) -> np.ndarray:
    """Read texts by one format; NaT where it does not fit."""
    try:
        found = pd.to_datetime(texts, format=fmt, errors="coerce", utc="%z" in fmt)
    except ValueError as error:
        raise ConfigError(f"[time] format: {fmt!r} is not a time format ({type(error).__name__}).") from None
    if isinstance(found.dtype, pd.DatetimeTZDtype):
        found = found.dt.tz_convert(_zone(zone)).dt.tz_localize(None)
    return np.asarray(found, dtype="datetime64[us]")


def _precision(fmt: str) -> str:
    """Tell from a format how precise its times are."""
    if "%M" in fmt or "%T" in fmt or "%R" in fmt:
        return "minute"
    if "%H" in fmt or "%I" in fmt:
        return "hour"
    return "day" if any(code in fmt for code in ("%d", "%j", "%F")) else "month"


def _apply_offsets(stamps: np.ndarray, offsets: list[str], header: str, zone: str) -> np.ndarray:
    """Move times with an offset to the local clock; a column must have it everywhere or nowhere."""
    with_offset = sum(1 for offset in offsets if offset)
    if with_offset != len(offsets):
        raise InputError(
            f"data: column {header!r} has a zone offset in {with_offset} of {len(offsets)} distinct times. "
            "Ask for all times on the local clock, or all with an offset."
        )
    shift = np.array([_offset_minutes(offset) for offset in offsets], dtype="timedelta64[m]")
    utc = pd.Series(stamps - shift).dt.tz_localize("UTC")
    return utc.dt.tz_convert(_zone(zone)).dt.tz_localize(None).to_numpy().astype("datetime64[us]")


def _offset_minutes(offset: str) -> int:
    """Turn ``z``, ``+0100`` or ``-05:00`` to minutes."""
    if offset == "z":
        return 0
    digits = offset[1:].replace(":", "")
    return (int(digits[:2]) * 60 + int(digits[2:])) * (-1 if offset[0] == "-" else 1)


def _minutes(text: str) -> int:
    """Turn a time of day to minutes after midnight, -1 if it is none; 24:00 is the next midnight."""
    match = _CLOCK_ONLY.fullmatch(text)
    if match is None:
        return -1
    hour, minute, half = int(match[1]), int(match[2]), match[3]
    if half:
        if not 1 <= hour <= 12:  # noqa: PLR2004 - hours of the twelve-hour clock
            return -1
        hour = hour % 12 + (12 if half == "p" else 0)
    if minute > 59 or hour > 24 or (hour == 24 and minute):  # noqa: PLR2004 - the clock
        return -1
    return hour * 60 + minute


def _zone(zone: str) -> ZoneInfo:
    """Find a time zone by name."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(f"[time] zone: {zone!r} is not a known time zone, e.g. 'Europe/London'.") from None
