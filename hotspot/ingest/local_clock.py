"""Keep times on the local clock: bring offsets to it, and flag hours that the clock skips or shows twice."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from hotspot.errors import ConfigError
from hotspot.ingest.distinct_values import alike

if TYPE_CHECKING:
    from hotspot.ingest.times import Times

MIDNIGHT_SHARE = 0.15
"""Share of times at 00:00 above which most of them stand for an unknown time of day."""
_MIDNIGHT_RATIO = 5
_MIDNIGHT_LEAST = 5
_CHANGES = (np.datetime64("1900-01-01", "us"), np.datetime64("2200-01-01", "us"))
"""Times outside are left as they are: time zones say nothing about them."""


def local_zone(zone: str) -> ZoneInfo:
    """Find a time zone by name."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(f"[time] zone: {zone!r} is not a known time zone, e.g. 'Europe/London'.") from None


def to_local(utc: np.ndarray, zone: str) -> np.ndarray:
    """
    Move times to the local clock.

    Parameters
    ----------
    utc
        datetime64[us] in UTC.
    zone
        Time zone.

    Returns
    -------
    ndarray
        datetime64[us], naive.
    """
    local, tz = utc.copy(), local_zone(zone)
    rows = _has_changes(utc)
    moved = pd.Series(utc[rows]).dt.tz_localize("UTC").dt.tz_convert(tz).dt.tz_localize(None)
    local[rows] = moved.to_numpy().astype("datetime64[us]")
    return local


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
    flags = alike("ok", len(times.value))
    flags[np.isnat(times.value)] = "unknown"
    clock = np.isin(times.precision, ["minute", "hour"]) & ~np.isnat(times.value)
    tz = local_zone(zone)
    if not clock.any():
        return flags
    rows = np.flatnonzero(clock & _has_changes(times.value))
    stamps = pd.Series(times.value[rows])
    skipped = stamps.dt.tz_localize(tz, ambiguous=np.ones(len(stamps), dtype=bool), nonexistent="NaT").isna()
    twice = stamps.dt.tz_localize(tz, ambiguous="NaT", nonexistent="shift_forward").isna()
    flags[rows[twice.to_numpy()]] = "ambiguous"
    flags[rows[skipped.to_numpy()]] = "non-existent"
    at_midnight = default_midnights(times.value[clock])
    flags[np.flatnonzero(clock)[at_midnight]] = "default midnight"
    return flags


def default_midnights(stamps: np.ndarray) -> np.ndarray:
    """
    Mark times at 00:00 where so many are that most of them stand for an unknown time of day.

    Parameters
    ----------
    stamps
        datetime64[us] of records with a time of day.

    Returns
    -------
    ndarray of bool
        All False unless at least 5 times, and more than 15 % or five times as many as at 01:00, are at 00:00.
    """
    of_day = stamps - stamps.astype("datetime64[D]")
    at_midnight, at_one = of_day == np.timedelta64(0), of_day == np.timedelta64(1, "h")
    count = int(at_midnight.sum())
    heaped = count > MIDNIGHT_SHARE * len(stamps) or count > _MIDNIGHT_RATIO * max(int(at_one.sum()), 1)
    return at_midnight if count >= _MIDNIGHT_LEAST and heaped else np.zeros(len(stamps), dtype=bool)


def _has_changes(stamps: np.ndarray) -> np.ndarray:
    """Mark times in the years of which a time zone knows."""
    with np.errstate(invalid="ignore"):
        return np.asarray((stamps >= _CHANGES[0]) & (stamps < _CHANGES[1]))
