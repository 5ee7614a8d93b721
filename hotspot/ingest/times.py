"""Read columns of times: one order of day and month per column, naive local clock, every doubt flagged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from hotspot.ingest.column_times import read_by_column
from hotspot.ingest.distinct_values import alike, distinct
from hotspot.ingest.local_clock import local_zone, to_local
from hotspot.ingest.stated_formats import read_by_formats
from hotspot.ingest.time_layouts import MISSING
from hotspot.ingest.time_texts import tidy

if TYPE_CHECKING:
    from collections.abc import Iterable

_LARGEST_WHOLE = 1e15
_WEEK = np.timedelta64(7, "D")


@dataclass(slots=True)
class Times:
    """A column of times, aligned with its rows."""

    value: np.ndarray
    """datetime64[us], NaT where missing or bad."""
    precision: np.ndarray | Any
    """minute, hour, day, month or unknown."""
    missing: np.ndarray
    unreadable: np.ndarray
    outside: np.ndarray
    """Read, but before the earliest or after the latest time that can be."""
    facts: dict[str, object] = field(default_factory=dict)
    end: np.ndarray | None = None
    """Ends of ranges, as ``value``; None where the column has no range."""
    end_precision: np.ndarray | None = None
    late: np.ndarray | None = None
    """Whether the time was written as 24:00."""
    cautions: list[str] = field(default_factory=list)
    """Sentences that the reader must know."""


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
        Text, numbers, or times already.
    header
        Name of the column for messages.
    formats
        Formats of ``strptime``, ``excel`` or ``excel 1904``, to be tried in this order; None finds one order of
        day and month for the whole column.
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
        If the column proves no single order, e.g. every date could be day-first or month-first.

    Notes
    -----
    A column all of whose clocks say 00:00 holds days. Ranges such as ``2024-05-01 22:00 to 01:00`` have an end;
    an end that is a time of day before the start belongs to the next day.
    """
    local_zone(zone)
    if values.dtype.kind == "M":
        return _from_stamps(values, zone, bounds)
    rows, texts = distinct_texts(values)
    if formats is None:
        reading = read_by_column(texts, header, zone)
    else:
        reading = read_by_formats(texts, list(formats), header, zone)
    times = _finish(reading.start[rows], reading.precision[rows], reading.missing[rows], bounds, reading.facts)
    times.cautions += reading.cautions
    times.facts["twenty_four_hundred"] = 0
    if reading.late.any():
        times.late = reading.late[rows]
        times.facts["twenty_four_hundred"] = int(times.late.sum())
    if not np.isnat(reading.end).all():
        times.end, times.end_precision = reading.end[rows], reading.end_precision[rows]
        times.facts["ranges"] = int((~np.isnat(times.end)).sum())
        times.outside |= times.end > bounds[1]
    return times


def distinct_texts(values: pd.Series) -> tuple[np.ndarray, pa.Array]:
    """
    Find the distinct texts of a column.

    Parameters
    ----------
    values
        Text, or numbers: whole ones are written without a point.

    Returns
    -------
    ndarray of int64
        Which text each row has.
    Array
        Distinct texts as they stand, tidied; a missing value is the empty text.
    """
    if values.dtype.kind in "iuf":
        numbers = values.to_numpy()
        known = np.isfinite(numbers)
        if (numbers[known] == np.floor(numbers[known])).all() and (np.abs(numbers[known]) < _LARGEST_WHOLE).all():
            whole = np.where(known, numbers, 0).astype(np.int64)
            array = pc.cast(pa.array(whole, mask=~known), pa.large_string())
        else:
            array = pc.cast(pa.array(numbers, from_pandas=True), pa.large_string())
    elif isinstance(values.dtype, pd.CategoricalDtype):
        rows, found = distinct(values)
        texts = pa.array([*map(str, found), *([""] if (rows < 0).any() else [])], pa.large_string())
        return np.where(rows < 0, len(found), rows), tidy(texts)
    else:
        array = pa.array(values if values.dtype == "str" else values.astype("str"), from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    encoded = array.dictionary_encode(null_encoding="encode")
    texts = tidy(pc.fill_null(encoded.dictionary.cast(pa.large_string()), ""))
    return np.asarray(encoded.indices).astype(np.int64), texts


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


def interval(start: Times, to: Times | None) -> tuple[np.ndarray, np.ndarray]:
    """
    Find when each interval ends: as another column states, else as the range states, else by precision.

    Parameters
    ----------
    start
        Times of start; receives the facts.
    to
        A column of ends, where the source has one.

    Returns
    -------
    ndarray
        datetime64[us], NaT where nothing is known.
    ndarray of bool
        Whether the stated end lies before the start.
    """
    end = interval_end(start.value, start.precision)
    backwards = np.zeros(len(end), dtype=bool)
    stated = np.zeros(len(end), dtype=bool)
    given = [(start.end, start.end_precision), (None, None) if to is None else (to.value, to.precision)]
    for value, precision in given:
        if value is None or precision is None:
            continue
        rows = ~np.isnat(value)
        ends = interval_end(value, precision)
        # the end of a vague time is the first moment after it, which may not be the start itself
        before = np.where(precision == "minute", ends < start.value, ends <= start.value)
        end, backwards, stated = np.where(rows, ends, end), np.where(rows, before, backwards), stated | rows
    stated &= ~backwards & ~np.isnat(start.value)
    length = end[stated] - start.value[stated]
    if len(length):
        start.facts["over_a_week"] = int((length > _WEEK).sum())
    return end, backwards


def _from_stamps(values: pd.Series, zone: str, bounds: tuple[np.datetime64, np.datetime64]) -> Times:
    """Take times that are times already; where every clock says 00:00 they are days."""
    facts: dict[str, object] = {"format": "times"}
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        stamps = values.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
        if not _whole_days(stamps):
            utc = values.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("datetime64[us]")
            stamps = to_local(utc, zone)
            facts["offsets"] = "moved to local clock"
    else:
        stamps = values.to_numpy().astype("datetime64[us]")
    precision = alike("day" if _whole_days(stamps) else "minute", len(values))
    return _finish(stamps, precision, np.isnat(stamps), bounds, facts)


def _whole_days(stamps: np.ndarray) -> bool:
    """Tell whether every clock says 00:00."""
    known = stamps[~np.isnat(stamps)]
    return bool((known == known.astype("datetime64[D]")).all())


def _finish(
    stamps: np.ndarray,
    precision: np.ndarray,
    missing: np.ndarray,
    bounds: tuple[np.datetime64, np.datetime64],
    facts: dict[str, object],
) -> Times:
    """Sort out what could not be read and what cannot be."""
    unreadable = np.isnat(stamps) & ~missing
    with np.errstate(invalid="ignore"):
        outside = ~np.isnat(stamps) & ((stamps < bounds[0]) | (stamps > bounds[1]))
    return Times(stamps, precision, missing, unreadable, outside, facts)


__all__ = ["MISSING", "Times", "distinct_texts", "interval", "interval_end", "read_times"]
