"""Read distinct texts of times by the formats that the source file states."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from hotspot.checks import nearest
from hotspot.errors import ConfigError, InputError
from hotspot.ingest.column_times import Reading, read_by_column
from hotspot.ingest.excel_days import days_to_times
from hotspot.ingest.local_clock import to_local
from hotspot.ingest.time_layouts import MISSING, split_range
from hotspot.ingest.time_texts import take_clocks

if TYPE_CHECKING:
    from collections.abc import Sequence

EXCEL = {"excel": 1900, "excel 1904": 1904}
"""Formats for numbers of days: from 1900 as on Windows, from 1904 as in old workbooks of the Mac."""
_SERIAL = r"^\d{5}(?:\.\d+)?$"
_TWENTY_FOUR = r"([ t])24[:.]?00(?:[:.]00)?(?:\.0+)?$"


def read_by_formats(texts: pa.Array, formats: Sequence[str], header: str, zone: str) -> Reading:
    """
    Read times by stated formats, in their order.

    Parameters
    ----------
    texts
        Distinct tidy texts of the whole column.
    formats
        Of ``strptime``, or ``excel``, ``excel 1904``. Where only the latter are stated, texts that are no numbers
        are read by what they prove together.
    header
        Name of the column for messages.
    zone
        Zone to whose clock times with an offset are moved.

    Returns
    -------
    Reading
        Aligned with the texts.

    Raises
    ------
    ConfigError
        If a format is none.
    """
    for fmt in formats:
        if fmt not in EXCEL and "%" not in fmt:
            raise ConfigError(f"[time] format: {fmt!r} is no format such as '%d/%m/%Y'.{nearest(fmt, EXCEL)}")
    reading = Reading.blank(len(texts))
    reading.missing = np.asarray(pc.is_in(texts, pa.array(sorted(MISSING), type=texts.type)))
    for fmt in formats:
        rows = np.flatnonzero(np.isnat(reading.start) & ~reading.missing)
        if len(rows) and fmt in EXCEL:
            _read_serials(reading, texts, rows, EXCEL[fmt])
        elif len(rows):
            _read_texts(reading, texts, rows, fmt, zone)
    rest = np.flatnonzero(np.isnat(reading.start) & ~reading.missing)
    if len(rest) and set(formats) <= set(EXCEL):
        _read_rest(reading, texts, rest, header, zone)
    elif len(rest):
        _read_ranges(reading, texts, rest, [fmt for fmt in formats if fmt not in EXCEL], zone)
    shown = formats[0] if len(formats) == 1 else list(formats)
    reading.facts = {"format": shown, "format_by": "stated"} | reading.facts
    _settle_days(reading)
    return reading


def _read_serials(reading: Reading, texts: pa.Array, rows: np.ndarray, first_year: int) -> None:
    """Read Excel's numbers of days."""
    some = texts.take(pa.array(rows))
    numbers = np.asarray(pc.match_substring_regex(some, _SERIAL))
    hit = rows[numbers]
    days = np.asarray(pc.cast(some.filter(pa.array(numbers)), pa.float64()))
    reading.start[hit], reading.precision[hit] = days_to_times(days, first_year=first_year)


def _read_texts(reading: Reading, texts: pa.Array, rows: np.ndarray, fmt: str, zone: str) -> None:
    """Read texts by one format; 24:00 is the next midnight."""
    some = texts.take(pa.array(rows))
    late = np.asarray(pc.match_substring_regex(some, _TWENTY_FOUR))
    if late.any():
        some = pc.if_else(pa.array(late), pc.replace_substring_regex(some, _TWENTY_FOUR, r"\100:00"), some)
    found = strptime(pd.Series(pd.array(some, dtype="str")), fmt, zone)
    hit = ~np.isnat(found)
    reading.start[rows[hit]] = found[hit]
    reading.precision[rows[hit]] = _precision(fmt)
    reading.late[rows[hit & late]] = True
    reading.start[rows[hit & late]] += np.timedelta64(1, "D")


def _read_rest(reading: Reading, texts: pa.Array, rows: np.ndarray, header: str, zone: str) -> None:
    """Read the dates among Excel's numbers; where they prove nothing they are unreadable and counted as such."""
    try:
        found = read_by_column(texts.take(pa.array(rows)), header, zone)
    except InputError:
        return
    reading.put(rows, found)
    reading.facts["other_formats"] = {str(found.facts["format"]): int((~np.isnat(found.start)).sum())}


def _read_ranges(reading: Reading, texts: pa.Array, rows: np.ndarray, formats: list[str], zone: str) -> None:
    """Read a start and an end by the formats; the end may be a time of day."""
    parted = [(row, left.strip(), right) for row in rows.tolist() for left, right, _ in split_range(texts[row].as_py())]
    if not parted:
        return
    index = np.array([row for row, _, _ in parted])
    sides = [pa.array([part[side] for part in parted], type=pa.large_string()) for side in (1, 2)]
    start, end = (Reading.blank(len(parted)) for _ in sides)
    for side, texts_of in zip((start, end), sides, strict=True):
        for fmt in formats:
            open_rows = np.flatnonzero(np.isnat(side.start))
            if len(open_rows):
                _read_texts(side, texts_of, open_rows, fmt, zone)
    clocks = take_clocks(sides[1]).start
    same_day = start.start.astype("datetime64[D]") + clocks.clock.astype("timedelta64[us]")
    later = np.where(same_day < start.start, np.timedelta64(1, "D"), np.timedelta64(0, "D"))
    alone = np.isnat(end.start) & clocks.of("clock") & clocks.valid & (start.precision == "minute")
    end.start[alone] = (same_day + later)[alone]
    end.precision[alone] = np.where(clocks.minute[alone], "minute", "hour")
    both = np.flatnonzero(~np.isnat(start.start) & ~np.isnat(end.start))
    kept = both[np.unique(index[both], return_index=True)[1]]  # the likeliest parting of a text comes first
    at = index[kept]
    reading.start[at], reading.precision[at] = start.start[kept], start.precision[kept]
    reading.end[at], reading.end_precision[at] = end.start[kept], end.precision[kept]
    if len(at):
        reading.facts["ranges"] = len(at)


def strptime(texts: pd.Series, fmt: str, zone: str) -> np.ndarray:
    """Read texts by one format; NaT where it does not fit."""
    try:
        found = pd.to_datetime(texts, format=fmt, errors="coerce", utc="%z" in fmt)
    except (ValueError, re.error) as error:  # a part that stands twice makes a pattern that is none
        raise ConfigError(f"[time] format: {fmt[:100]!r} is not a time format ({type(error).__name__}).") from None
    if isinstance(found.dtype, pd.DatetimeTZDtype):
        return to_local(found.dt.tz_localize(None).to_numpy().astype("datetime64[us]"), zone)
    return np.asarray(found, dtype="datetime64[us]")


def _precision(fmt: str) -> str:
    """Tell from a format how precise its times are."""
    if "%M" in fmt or "%T" in fmt or "%R" in fmt:
        return "minute"
    if "%H" in fmt or "%I" in fmt:
        return "hour"
    return "day" if any(code in fmt for code in ("%d", "%j", "%F")) else "month"


def _settle_days(reading: Reading) -> None:
    """Take times for days where every clock says 00:00."""
    clocks = np.isin(reading.precision, ["minute", "hour"])
    stamps = reading.start[clocks]
    midnights = stamps == stamps.astype("datetime64[D]")
    if len(stamps) and midnights.all() and not reading.late.any() and np.isnat(reading.end).all():
        reading.precision[clocks] = "day"
        reading.facts["clocks"] = "all 00:00, read as days"
