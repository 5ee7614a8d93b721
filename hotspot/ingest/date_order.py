"""Find the one order of day, month and year that a whole column proves, and make times of its numbers by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspot.errors import InputError
from hotspot.ingest.excel_days import FEWEST, MOST, days_to_times
from hotspot.ingest.time_layouts import SHAPES

if TYPE_CHECKING:
    from hotspot.ingest.time_texts import Parts

_HINT = "State it in the source file, e.g. [time] format = '%d/%m/%Y %H:%M'."
_EXCEL = "Export it as a date, or state [time] format = 'excel' (or 'excel 1904') in the source file."
_REFUSED = {
    "short year": f"writes the year with two digits. {_HINT}",
    "serial": f"holds numbers, perhaps Excel days. {_EXCEL}",
    "quarter": "holds quarters, which no map by month or hour can use. Ask for dates or months.",
    "week": "holds numbers of weeks. Ask for dates or months.",
    "year": "holds years only. Ask for dates or months.",
}
_PLAIN = ("year first", "named month", "digits", "month")
"""Shapes that can mean one thing only."""
_NAMES = {"month": "month only", "slashed month": "month only", "six digits": "month only, six digits"}
_MONTHS = 12
_YEARS = (1900, 2099)
"""Years that eight or six digits without separators may begin or end with."""
_NEAR = np.timedelta64(366, "D")


@dataclass(frozen=True, slots=True)
class Order:
    """What a column proves about its dates."""

    numbers: str = ""
    """``day first``, ``month first``, or nothing where no date needs it or none proves it."""
    unread: tuple[str, ...] = ()
    """Shapes that prove nothing; their texts are no times."""


def choose(parts: Parts, header: str) -> tuple[Order, dict[str, object]]:
    """
    Find which of two numbers is the day, and refuse a column that does not say.

    Parameters
    ----------
    parts
        Distinct texts of the whole column, taken apart.
    header
        Name of the column for messages.

    Returns
    -------
    Order
        By which `to_times` reads the column.
    dict
        The format of most texts, and of others with the number of distinct ones.

    Raises
    ------
    InputError
        If most texts are of a kind that cannot be read, or prove no order.
    """
    counts = {shape: int(parts.of(shape).sum()) for shape in SHAPES if shape not in {"none", "clock"}}
    counts["digits"] = int((parts.of("digits") & _possible_digits(parts)).sum())
    main = max(counts, key=lambda shape: counts[shape])
    dates = (*_PLAIN, "numbers")
    if main == "serial" and any(counts[shape] for shape in dates):
        main = max(dates, key=lambda shape: counts[shape])
    if not counts[main]:
        raise InputError(f"data: column {header!r}: no value looks like a time. {_HINT}")
    if main in _REFUSED:
        raise InputError(f"data: column {header!r} {_REFUSED[main]}")
    order, unread = "", []
    for shape, test in (("numbers", _mixed_or_unproved), ("six digits", _six_digits), ("slashed month", _slashed)):
        problem = test(parts) if counts[shape] else ""
        if problem and main == shape:
            raise InputError(f"data: column {header!r}{problem}")
        unread += [shape] if problem else []
    if counts["numbers"] and "numbers" not in unread:
        order = "day first" if (parts.first[parts.of("numbers")] > _MONTHS).any() else "month first"
    if counts["serial"]:
        _refuse_swapped(parts, header)
    names = _NAMES | {"numbers": order}
    facts: dict[str, object] = {"format": names.get(main, main)}
    read = [shape for shape in (*dates, "six digits", "slashed month") if shape not in {main, *unread}]
    others = {names.get(shape, shape): counts[shape] for shape in read if counts[shape]}
    if others:
        facts["other_formats"] = others
    return Order(order, tuple(unread)), facts


def _possible_digits(parts: Parts) -> np.ndarray:
    """Mark eight digits that begin with a year and a month: 06052023 needs a stated format."""
    month = (parts.first >= 1) & (parts.first <= _MONTHS)
    return np.asarray(month & (parts.year >= _YEARS[0]) & (parts.year <= _YEARS[1]))


def _mixed_or_unproved(parts: Parts) -> str:
    """Say why the column does not prove which of the first two numbers is the day."""
    rows = parts.of("numbers")
    day_first, month_first = int((parts.first[rows] > _MONTHS).sum()), int((parts.second[rows] > _MONTHS).sum())
    if day_first and month_first:
        return (
            f" mixes day-first and month-first dates ({day_first} and {month_first} distinct values prove one or the "
            f"other). Ask the provider for one format. {_HINT}"
        )
    if not day_first and not month_first:
        return f": none of {int(rows.sum())} distinct dates shows whether the day or the month comes first. {_HINT}"
    return ""


def _six_digits(parts: Parts) -> str:
    """Say what is wrong with 202305; 200105 could be 5 January 2020 or 20 January 2005 as well."""
    rows = parts.of("six digits")
    if not _possible_digits(parts)[rows].all():
        return f" writes the year with two digits. {_HINT}"
    if not (parts.year[rows] % 100 > _MONTHS).any():
        return f" could hold months or dates with a two-digit year. {_HINT}"
    return ""


def _slashed(parts: Parts) -> str:
    """Say what is wrong with 2011/12 where every value is a year and the year after."""
    rows = parts.of("slashed month")
    financial = (parts.first[rows] == (parts.year[rows] + 1) % 100).all()
    return " holds financial years. Ask for dates or months." if financial else ""


def _refuse_swapped(parts: Parts, header: str) -> None:
    """Raise where Excel has turned the dates that it could read the American way and left the others as text."""
    text = parts.of("numbers")
    if not text.any() or (parts.first[text] <= _MONTHS).any():
        return
    raise InputError(
        f"data: column {header!r} holds Excel days beside {int(text.sum())} distinct dates whose first number is "
        "always above 12. A spreadsheet has probably read the others with day and month swapped. Ask the provider "
        "for the dates as they were first written."
    )


def to_times(parts: Parts, order: Order) -> tuple[np.ndarray, np.ndarray]:
    """
    Make times of numbers.

    Parameters
    ----------
    parts
        Texts taken apart.
    order
        What the column proves.

    Returns
    -------
    ndarray
        datetime64[us] as written, NaT where it is no time; the end of the day for 24:00.
    ndarray of object
        minute, hour, day or month; unknown where it is no time.
    """
    swap = parts.of("numbers") & (order.numbers == "day first")
    month = np.where(swap, parts.second, parts.first).astype(np.int64)
    day = np.where(swap, parts.first, parts.second).astype(np.int64)
    whole_month = parts.of("month") | parts.of("six digits") | parts.of("slashed month")
    day[whole_month] = 1
    good = whole_month | parts.of("year first") | parts.of("named month") | parts.of("digits")
    good |= parts.of("numbers") & bool(order.numbers)
    good &= _possible_digits(parts) | ~parts.of("digits")
    for shape in order.unread:
        good &= ~parts.of(shape)
    good &= parts.valid & (month >= 1) & (month <= _MONTHS) & (day >= 1)
    months = (parts.year.astype(np.int64) - 1970) * _MONTHS + np.clip(month, 1, _MONTHS) - 1
    first_day = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    days_in_month = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - first_day
    good &= day <= days_in_month
    stamps = ((first_day + day - 1) * 86_400_000_000 + np.maximum(parts.clock, 0)).astype("datetime64[us]")
    precision = np.full(len(stamps), "day", dtype=object)
    precision[whole_month] = "month"
    precision[parts.clock >= 0] = "hour"
    precision[parts.minute] = "minute"
    stamps[~good], precision[~good] = np.datetime64("NaT"), "unknown"
    return stamps, precision


def add_serials(stamps: np.ndarray, precision: np.ndarray, parts: Parts) -> int:
    """
    Read Excel days between dates, in place, where the dates show that they are days since 1900.

    A cell that holds a date is sometimes exported as its number. Days counted from 1904 would lie four years off.

    Returns
    -------
    int
        How many distinct numbers were read.
    """
    rows = (parts.serial >= FEWEST) & (parts.serial <= MOST)
    dates = stamps[~np.isnat(stamps)]
    if not rows.any() or not len(dates):
        return 0
    found, grain = days_to_times(parts.serial[rows], first_year=1900)
    near = (found >= dates.min() - _NEAR) & (found <= dates.max() + _NEAR)
    if not near.all():
        return 0
    stamps[rows], precision[rows] = found, grain
    return int(rows.sum())
