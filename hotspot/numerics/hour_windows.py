"""Find the fewest hours of the week, in windows that a rota can hold, that have a share of all events."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

DAYS, HOURS = 7, 24
_WEEK = DAYS * HOURS
_ALIKE = 1e-12
"""Relative difference below which two sums are the same: they are sums of fractions."""


class Window(NamedTuple):
    """The same hours on consecutive days: rows and columns of the table it was found in."""

    day: int
    days: int
    hour: int
    hours: int


def best_windows(values: Floats, share: float, most: int, shortest: int = 1) -> list[Window]:
    """
    Choose windows that hold a share of the total in the fewest hours.

    Parameters
    ----------
    values
        What each hour holds, shape (7, 24), 0 or more, not all 0. A row is one day, which may begin at any hour; after
        the last row comes the first.
    share
        Above 0, up to 1.
    most
        The most windows, 1 to 7.
    shortest
        Fewest hours that a window has on each of its days, 1 to 24.

    Returns
    -------
    list of Window
        At most ``most``, on different days. Fewest hours in all; then fewest windows; then the greatest sum; then the
        one that begins first in the week. No other choice of windows does with fewer hours.

    Notes
    -----
    Dynamic programming: for every first day, number of windows and number of hours, the greatest sum that windows on
    the days so far can hold. Within a run of days, only the best place of a given length matters.
    """
    held, at = _best_by_length(values)
    target = share * float(values.sum()) * (1.0 - _ALIKE)
    tables = [_tables(held, first, most, shortest) for first in range(DAYS)]
    reached = np.stack([sums[:, DAYS] for sums, _ in tables])  # first day, windows, hours
    enough = np.argwhere((reached >= target).any(axis=0).T)  # hours, windows: fewest hours, then fewest windows
    hours, windows = (int(number) for number in enough[0])
    of_days = reached[:, windows, hours]
    first = int(np.flatnonzero(of_days >= of_days.max() * (1.0 - _ALIKE))[0])
    return _trace(tables[first][1], at, first, windows, hours)


def _best_by_length(values: Floats) -> tuple[Floats, Ints]:
    """Give, for first day, days and hours of a window, the most it can hold and the hour at which it then begins."""
    held = np.full((DAYS, DAYS + 1, HOURS + 1), -np.inf)
    at = np.zeros(held.shape, dtype=np.int64)
    for day in range(DAYS):
        rows = np.zeros(HOURS)
        for days in range(1, DAYS + 1):
            rows = rows + values[(day + days - 1) % DAYS]
            before = np.concatenate([[0.0], np.cumsum(rows)])
            for hours in range(1, HOURS + 1):
                sums = before[hours:] - before[:-hours]
                # the first among equals, however their sums are rounded
                begin = int(np.flatnonzero(sums >= sums.max() - _ALIKE * before[-1])[0])
                held[day, days, hours], at[day, days, hours] = rows[begin : begin + hours].sum(), begin
    return held, at


def _tables(held: Floats, first: int, most: int, shortest: int) -> tuple[Floats, Ints]:
    """Fill in the greatest sums of windows, the first of which begins on day ``first``, and how each came about."""
    sums = np.full((most + 1, DAYS + 1, _WEEK + 1), -np.inf)
    step = np.zeros((most + 1, DAYS + 1, _WEEK + 1, 2), dtype=np.int64)  # days and hours of the last window
    sums[0, 0, 0] = 0.0
    for windows in range(most + 1):
        for past in range(DAYS):
            here = sums[windows, past]
            if not np.isfinite(here).any():
                continue
            if windows > 0:  # a day without a window
                better = here > sums[windows, past + 1]
                sums[windows, past + 1][better], step[windows, past + 1][better] = here[better], 0
            if windows == most:
                continue
            for days in range(1, DAYS - past + 1):
                for hours in range(shortest, HOURS + 1):
                    taken = days * hours
                    new = here[: _WEEK + 1 - taken] + held[(first + past) % DAYS, days, hours]
                    old = sums[windows + 1, past + days, taken:]
                    better = new > old
                    old[better] = new[better]
                    step[windows + 1, past + days, taken:][better] = days, hours
    return sums, step


def _trace(step: Ints, at: Ints, first: int, windows: int, hours: int) -> list[Window]:
    """Follow the steps back from the end of the week."""
    found, past = [], DAYS
    while windows:
        days, length = (int(number) for number in step[windows, past, hours])
        if days == 0:
            past -= 1
            continue
        past -= days
        day = (first + past) % DAYS
        found.append(Window(day, days, int(at[day, days, length]), length))
        windows, hours = windows - 1, hours - days * length
    return sorted(found)


__all__ = ["DAYS", "HOURS", "Window", "best_windows"]
