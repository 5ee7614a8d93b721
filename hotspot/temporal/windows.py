"""Find when to be there: the fewest hours that hold a stated share, as a rota can use them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_columns, require_whole
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.numerics.hour_windows import DAYS, HOURS, best_windows
from hotspot.record import note
from hotspot.temporal.clock import NIGHT_ENDS, WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Booleans = npt.NDArray[np.bool_]

_WEEK = DAYS * HOURS
_COLUMNS = ("first_day", "last_day", "from_hour", "to_hour", "day_starts")


def hot_windows(
    clock: pd.DataFrame,
    *,
    of: str,
    share: float = 0.25,
    windows: int = 1,
    shortest: int = 1,
    day_starts: int = NIGHT_ENDS,
) -> pd.DataFrame:
    """
    Choose the fewest hours of the week, in windows, that hold a share of what happened.

    Parameters
    ----------
    clock
        From `heat_clock` or `aoristic` by hour and weekday, or the table a release made of it.
    of
        Its column.
    share
        What the windows must hold together, above 0, up to 1.
    windows
        The most windows, 1 to 7. A window is the same hours on consecutive days, such as Friday to Saturday 22:00 to
        03:00; windows are on different days.
    shortest
        Fewest hours of a window on each of its days, 1 to 24: a shift of one hour is no shift.
    day_starts
        Hour at which a day begins: the days are nights of going out, and no window crosses this hour. A window of
        Sunday may reach into Monday, and days may run from Sunday to Monday.

    Returns
    -------
    DataFrame
        Indexed by ``window``, 1 the one that holds most: ``when`` in words; ``first_day``, ``last_day``,
        ``from_hour``, ``to_hour`` (the hour at which it ends), ``day_starts`` as given (hours before it are of the
        morning after);
        ``hours`` in a week and ``hours_share`` of all 168; ``held``, in the unit of the column, and ``share`` of its
        total. The windows' shares add up to at least ``share``.

    Raises
    ------
    ConfigError
        ``share``, ``windows``, ``shortest`` or ``day_starts`` is out of range.
    InputError
        The table is not one of all hours of the week, or the column is missing, negative, infinite or empty.

    Warns
    -----
    HotspotWarning
        Hours are missing, as a release hides small counts: shares are then of the hours shown.

    Notes
    -----
    The choice is exact: no windows of this form do with fewer hours (dynamic programming over days, windows and
    hours). Among equals, fewer windows come first, then those that hold more, then the earlier in the week.

    The windows were chosen on the numbers they are measured on, so their share is flattering, the more so the fewer
    the records: measure it on a later period with `share_in_windows`. They say when records happened, not why, nor
    that being there would have prevented them.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> nights = pd.to_datetime(["2024-05-03 22:30", "2024-05-04 00:10", "2024-05-04 23:20", "2024-05-06 12:00"])
    >>> clock = hs.heat_clock(pd.DataFrame({"source": "ed", "occurred_from": nights}))
    >>> hs.hot_windows(clock, of="n_ed", share=0.75)[["when", "hours", "share"]].to_dict("records")
    [{'when': 'Friday to Saturday 22:00-01:00', 'hours': 6, 'share': 0.75}]
    """
    given: object = share
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 < given <= 1:
        raise ConfigError(f"share: {share!r} must be above 0 and at most 1, such as 0.25 for a quarter.")
    require_whole(windows, "windows", 1, DAYS)
    require_whole(shortest, "shortest", 1, HOURS)
    require_whole(day_starts, "day_starts", 0, HOURS - 1, such_as=NIGHT_ENDS)
    week = _shown(clock, of)
    days = np.roll(week, -day_starts).reshape(DAYS, HOURS)
    total, rows = float(days.sum()), []
    for window in best_windows(days, share, windows, shortest):
        held = sum(
            float(days[(window.day + past) % DAYS, window.hour : window.hour + window.hours].sum())
            for past in range(window.days)
        )
        first, last = WEEKDAYS[window.day], WEEKDAYS[(window.day + window.days - 1) % DAYS]
        begin, hours = (day_starts + window.hour) % HOURS, window.days * window.hours
        end = (begin + window.hours) % HOURS
        when = _in_words(first, last, window.days, begin, end, day_starts)
        rows.append((when, first, last, begin, end, day_starts, hours, hours / _WEEK, held, held / total))
    names = ["when", *_COLUMNS, "hours", "hours_share", "held", "share"]
    table = pd.DataFrame(rows, columns=names).sort_values("held", ascending=False, kind="stable")
    table.index = pd.RangeIndex(1, len(table) + 1, name="window")
    note(
        "hot_windows", of=of, asked=share, windows=len(table), shortest=shortest, day_starts=day_starts,
        hours=int(table["hours"].sum()), hours_share=round(float(table["hours_share"].sum()), 4),
        share=round(float(table["share"].sum()), 4),
    )  # fmt: skip
    return table


def share_in_windows(windows: pd.DataFrame, clock: pd.DataFrame, *, of: str) -> pd.Series:
    """
    Measure windows on another clock: that of a later period, or of another agency.

    Parameters
    ----------
    windows
        From `hot_windows`.
    clock, of
        As for `hot_windows`.

    Returns
    -------
    Series
        ``share`` of each window, indexed like ``windows``.

    Raises
    ------
    InputError
        A column is missing or the clock is not one of all hours of the week.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> def clock(*times):
    ...     return hs.heat_clock(pd.DataFrame({"source": "ed", "occurred_from": pd.to_datetime(list(times))}))
    >>> found = hs.hot_windows(clock("2024-05-03 22:30", "2024-05-03 23:10"), of="n_ed", share=1.0)
    >>> hs.share_in_windows(found, clock("2025-05-02 23:50", "2025-05-03 23:50"), of="n_ed").tolist()
    [0.5]
    """
    week = _shown(clock, of)
    shares = [float(week[hours].sum()) for hours in _hours_of(windows)]
    return pd.Series(np.array(shares) / float(week.sum()), index=windows.index, name="share")


def _shown(clock: pd.DataFrame, of: str) -> Floats:
    """Read the hours of a week from Monday 00:00; what is missing counts for nothing, and the user is told."""
    week, missing = from_monday(clock, of)
    if missing.any():
        warnings.warn(
            f"clock: {int(missing.sum())} of {_WEEK} hours of {of!r} are missing; shares are of the hours shown.",
            HotspotWarning, stacklevel=3,
        )  # fmt: skip
    return week


def inside_windows(windows: pd.DataFrame) -> Booleans:
    """Mark the hours of a week, from Monday 00:00, that lie in a window."""
    inside = np.zeros(_WEEK, dtype=bool)
    for hours in _hours_of(windows):
        inside[hours] = True
    return inside


def _hours_of(windows: pd.DataFrame) -> Iterator[npt.NDArray[np.int64]]:
    """Give the hours of each window, counted from Monday 00:00."""
    require_columns(windows, _COLUMNS, "windows")
    hours = range(HOURS)
    for row, (first, last, begin, end, day_starts) in enumerate(windows[list(_COLUMNS)].itertuples(index=False)):
        named = first in WEEKDAYS and last in WEEKDAYS
        if not named or begin not in hours or end not in hours or day_starts not in hours:
            raise InputError(
                f"windows: row {row} has no weekdays or hours of the clock. Give what hot_windows returned."
            )
        day = WEEKDAYS.index(first)
        days, long = (WEEKDAYS.index(last) - day) % DAYS + 1, (int(end) - int(begin) - 1) % HOURS + 1
        start = day * HOURS + int(begin) + (HOURS if begin < day_starts else 0)
        yield (start + np.arange(days)[:, None] * HOURS + np.arange(long)) % _WEEK


def _in_words(first: str, last: str, days: int, begin: int, end: int, day_starts: int) -> str:
    """Say a window as one would on the telephone."""
    when = "every day" if days == DAYS else first if days == 1 else f"{first} to {last}"
    if begin < day_starts and days < DAYS:  # Friday 01:00 would be read as the morning before
        when = f"night{'s' if days > 1 else ''} of {when}"
    return f"{when} {begin:02d}:00-{end:02d}:00"


def from_monday(clock: pd.DataFrame, of: str) -> tuple[Floats, Booleans]:
    """Read the hours of a week from Monday 00:00, whatever hour the table's days begin at, and which are missing."""
    require_columns(clock, [of], "clock")
    index = clock.index
    if list(index.names) != ["weekday", "hour"]:
        raise InputError("clock: must be indexed by weekday and hour, as heat_clock and aoristic make it.")
    days = index.get_level_values("weekday").astype(str)
    hours = index.get_level_values("hour")
    begins = hours.dtype.categories if isinstance(hours.dtype, pd.CategoricalDtype) else hours.unique()
    numbers, order = _numbers(hours), _numbers(begins)
    known = len(clock) == _WEEK and index.is_unique and bool(days.isin(WEEKDAYS).all())
    if not known or sorted(order) != list(range(HOURS)) or ((np.diff(order) - 1) % HOURS).any():
        raise InputError(
            f"clock: {len(clock)} row(s) are not each hour of each weekday once, the days whole and their hours in the "
            "order of the clock. Give the table as heat_clock or aoristic made it."
        )
    values = pd.to_numeric(clock[of], errors="coerce").astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = (values < 0) | np.isinf(values)
    if wrong.any():
        raise InputError(
            f"clock: column {of!r} has {int(wrong.sum())} value(s) below 0 or infinite, the first in row "
            f"{int(wrong.argmax())}."
        )
    hidden = np.isnan(values)
    if not np.nansum(values) > 0:
        raise InputError(f"clock: column {of!r} holds nothing, so that no hours hold a share of it.")
    weekday = np.array([WEEKDAYS.index(day) for day in days])
    hour = numbers.astype(np.int64)
    place = (weekday * HOURS + hour + np.where(hour < order[0], HOURS, 0)) % _WEEK
    week, missing = np.zeros(_WEEK), np.zeros(_WEEK, dtype=bool)
    week[place], missing[place] = np.where(hidden, 0.0, values), hidden
    return week, missing


def _numbers(labels: pd.Index) -> Floats:
    """Read hours that may have become text on their way."""
    return np.asarray(pd.to_numeric(pd.Series(labels.astype(str)), errors="coerce"), dtype=np.float64)


__all__ = ["DAYS", "HOURS", "from_monday", "hot_windows", "inside_windows", "share_in_windows"]
