"""Say which records have a time of day, as an interval of the local clock, and why the others have none."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hotspot.errors import InputError
from hotspot.schema import TIME_FLAGS, TIME_PRECISIONS, is_source_name

LONGEST = pd.Timedelta(days=7)
"""An interval longer than this says nothing of the hour, nor of the weekday."""
_HOUR = pd.Timedelta(hours=1)
_MINUTE = pd.Timedelta(minutes=1)
_DAY = pd.Timedelta(days=1)
USED = "used"


def clock_times(incidents: pd.DataFrame) -> pd.DataFrame:
    """
    Read the interval in which each record happened, and tell whether it can say an hour.

    Parameters
    ----------
    incidents
        Incidents with ``occurred_from``, and where they are there ``occurred_to``, ``time_precision``, ``time_flag``
        and ``arrived_at``.

    Returns
    -------
    DataFrame
        Indexed alike: ``start``, ``end`` (never before ``start``), ``swapped`` (they stood the other way round) and
        ``fate``: ``used``, or why not.

    Raises
    ------
    InputError
        A column is missing, holds no times of the local clock, or a word that is not of the vocabulary.
    """
    start, to = times_of(incidents, "occurred_from", needed=True), times_of(incidents, "occurred_to")
    precision = words_of(incidents, "time_precision", TIME_PRECISIONS, "minute")
    flag = words_of(incidents, "time_flag", TIME_FLAGS, "ok")
    arrived = times_of(incidents, "arrived_at")
    end = to.fillna(start.where(precision != "hour", start + _HOUR))
    swapped = (end < start).fillna(value=False).astype(bool)
    start, end = start.where(~swapped, end), end.where(~swapped, start)
    midnight, length = start == start.dt.normalize(), end - start
    # 00:00 to 23:59, and 00:00 to 00:00 of a later day, are a date in disguise
    to_midnight = (end == end.dt.normalize()) | (end - end.dt.normalize() >= _DAY - _MINUTE)
    whole_days = midnight & to_midnight & (length >= _DAY - _MINUTE)
    if "time_precision" not in incidents and (midnight & (length == pd.Timedelta(0))).all():
        precision = pd.Series("day", index=incidents.index)
    fate = pd.Series(USED, index=incidents.index, dtype=object)
    reasons = [
        ("longer than 7 days", length > LONGEST),
        ("whole days", whole_days),
        ("same as arrival", (start == arrived) & (length < _HOUR)),
        *((name, flag == name) for name in TIME_FLAGS if name not in {"ok", "unknown"}),
        ("unknown time", flag == "unknown"),
        ("known to the day", precision == "day"),
        ("known to the month", precision == "month"),
        ("unknown precision", precision == "unknown"),
        ("no time", start.isna()),
    ]
    for reason, applies in reasons:  # the last one that applies is told
        fate[applies.fillna(value=False).to_numpy(dtype=bool)] = reason
    return pd.DataFrame({"start": start, "end": end, "swapped": swapped, "fate": fate})


def times_of(incidents: pd.DataFrame, name: str, *, needed: bool = False) -> pd.Series:
    """Give a column of local times, all missing where it is not needed and not there."""
    if not needed and (name not in incidents or incidents[name].isna().all()):
        return pd.Series(pd.NaT, index=incidents.index, dtype="datetime64[us]")
    if not pd.api.types.is_datetime64_dtype(incidents[name].dtype):
        raise InputError(
            f"incidents: column {name!r} holds {incidents[name].dtype}, not times of the local clock. Read them with "
            "read_incidents, or make them with pandas.to_datetime, without a time zone."
        )
    times: pd.Series = incidents[name].astype("datetime64[us]")
    return times


def source_masks(incidents: pd.DataFrame) -> dict[str, np.ndarray]:
    """Give the rows of each source, in the order of their names; without ``source`` all rows are one."""
    if "source" not in incidents:
        return {"": np.ones(len(incidents), dtype=bool)}
    sources = incidents["source"]
    names = sorted(map(str, sources.dropna().unique()))
    if sources.isna().any() or not all(map(is_source_name, names)):
        raise InputError("incidents: every record needs a source of lower-case letters, digits and underscores.")
    return {name: (sources == name).to_numpy(dtype=bool) for name in names}


def once_each(incidents: pd.DataFrame, times: pd.DataFrame) -> np.ndarray:
    """Choose of each linked event the record that knows its time best: the shortest interval, then the earliest."""
    used = times[times["fate"] == USED].reset_index(drop=True).assign(
        row=np.flatnonzero((times["fate"] == USED).to_numpy())
    )  # fmt: skip
    used["length"] = used["end"] - used["start"]
    event = incidents["event_id"].astype(object).to_numpy()[used["row"]]
    used["event"] = [
        (True, row) if pd.isna(name) else (False, name) for name, row in zip(event, used["row"], strict=True)
    ]
    first = used.sort_values(["length", "start"], kind="stable").drop_duplicates("event")
    chosen = np.zeros(len(incidents), dtype=bool)
    chosen[first["row"].to_numpy()] = True
    return chosen


def account_of(times: pd.DataFrame, masks: dict[str, np.ndarray]) -> dict[str, dict[str, int]]:
    """Count for each source what became of its records; the counts add up to its records."""
    return {
        name or "all": {str(fate): int(n) for fate, n in times.loc[rows, "fate"].value_counts(sort=False).items()}
        for name, rows in masks.items()
    }


def words_of(incidents: pd.DataFrame, name: str, known: tuple[str, ...], otherwise: str) -> pd.Series:
    """Give a column of known words; what is missing is unknown, a column that is not there is as stated."""
    if name not in incidents:
        return pd.Series(otherwise, index=incidents.index)
    words = incidents[name].astype(object).where(incidents[name].notna(), "unknown")
    strange = ~words.isin(known).to_numpy(dtype=bool)
    if strange.any():
        raise InputError(
            f"incidents: {int(strange.sum())} row(s) have a {name} that is none of {', '.join(known)}, the first in "
            f"row {int(strange.argmax())}."
        )
    return words


__all__ = ["LONGEST", "USED", "account_of", "clock_times", "once_each", "source_masks", "times_of", "words_of"]
