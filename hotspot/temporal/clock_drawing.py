"""Draw the heat clock, so that a rota can be read off it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotspot.checks import require_whole
from hotspot.schema_column import UNCONTROLLED
from hotspot.temporal.clock import WEEKDAYS
from hotspot.temporal.windows import DAYS, HOURS, from_monday, inside_windows

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

_INK, _FRAME = "#17212b", "#17212b"
_SHADES = ("#ffffff", "#fdebd3", "#fdcc8a", "#fc8d59", "#d7301f", "#7f0000")
_PALE = 0.7
"""Above this share of the darkest, numbers are written in white."""


def draw_heat_clock(
    clock: pd.DataFrame, *, of: str, windows: pd.DataFrame | None = None, title: str | None = None, day_starts: int = 6,
    stamp: str = UNCONTROLLED,
) -> Figure:  # fmt: skip
    """
    Draw counts by weekday and hour as a table of shaded cells, an evening with the small hours that follow it.

    Parameters
    ----------
    clock
        From `heat_clock` or `aoristic` by hour and weekday, or the table a release made of it.
    of
        Its column.
    windows
        From `hot_windows`; their cells are framed.
    title
        None says what the windows hold, or when most happened.
    day_starts
        Hour at which a row begins.
    stamp
        Words below the picture; give ``""`` for the clock of a release alone.

    Returns
    -------
    matplotlib.figure.Figure
        Save it with ``.savefig("clock.svg")``. Every cell bears its number; a missing one, hidden by a release or not
        known, is hatched.

    Raises
    ------
    InputError
        The table is not one of all hours of the week, or the column is missing, negative or empty.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> nights = pd.to_datetime(["2024-05-03 22:30", "2024-05-04 00:10", "2024-05-04 23:20", "2024-05-06 12:00"])
    >>> clock = hs.heat_clock(pd.DataFrame({"source": "ed", "occurred_from": nights}))
    >>> figure = hs.draw_heat_clock(clock, of="n_ed", windows=hs.hot_windows(clock, of="n_ed", share=0.75))
    >>> figure.axes[0].get_title(loc="left")
    '75 % in 4 % of the hours: Friday to Saturday 22:00-01:00'
    """
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    require_whole(day_starts, "day_starts", 0, HOURS - 1, such_as=6)
    week, hidden = from_monday(clock, of)
    days = np.roll(week, -day_starts).reshape(DAYS, HOURS)
    unseen = np.roll(hidden, -day_starts).reshape(DAYS, HOURS)
    hours = [(day_starts + hour) % HOURS for hour in range(HOURS)]
    figure = Figure(figsize=(10.4, 3.9), layout="constrained")
    axes = figure.subplots()
    top = float(days.max())
    axes.imshow(days, cmap=LinearSegmentedColormap.from_list("clock", _SHADES), vmin=0, vmax=top, aspect="auto")
    for (day, hour), value in np.ndenumerate(days):
        if unseen[day, hour]:
            axes.add_patch(_hatched(day, hour))
        else:
            axes.text(
                hour, day, f"{value:.0f}", ha="center", va="center", fontsize=8,
                color="#ffffff" if value > _PALE * top else _INK,
            )  # fmt: skip
    if windows is not None:
        framed = np.roll(inside_windows(windows), -day_starts).reshape(DAYS, HOURS)
        for day, hour in np.argwhere(framed):
            _frame(axes, framed, int(day), int(hour))
    axes.set_xticks(range(HOURS), [f"{hour:02d}" for hour in hours])
    axes.set_yticks(range(DAYS), list(WEEKDAYS))
    axes.xaxis.set_ticks_position("top")
    axes.tick_params(length=0, colors=_INK)
    for side in axes.spines.values():
        side.set_visible(False)
    late = (
        f"Hours of the local clock; a row begins at {day_starts:02d}:00, so that small hours stand with their evening."
    )
    axes.set_xlabel(late, fontsize=9, color=_INK)
    axes.set_title(
        _finding(days, hours, windows) if title is None else title, loc="left", fontsize=12, fontweight="bold",
        color=_INK, parse_math=False,
    )  # fmt: skip
    figure.supxlabel(stamp, fontsize=7.5, color="#8a929a", x=0.99, ha="right", parse_math=False)
    return figure


def _finding(days: np.ndarray, hours: list[int], windows: pd.DataFrame | None) -> str:
    """Say what the windows hold, or when most happened."""
    if windows is not None:
        when = " and ".join(windows.sort_index()["when"])
        return (
            f"{100 * windows['share'].sum():.0f} % in {100 * windows['hours_share'].sum():.0f} % of the hours: {when}"
        )
    day, hour = np.unravel_index(int(days.argmax()), days.shape)
    begin = hours[int(hour)]
    return f"Most on {WEEKDAYS[int(day)]}, {begin:02d}:00 to {(begin + 1) % HOURS:02d}:00"


def _hatched(day: int, hour: int) -> Rectangle:
    from matplotlib.patches import Rectangle

    return Rectangle((hour - 0.5, day - 0.5), 1, 1, hatch="////", edgecolor="#b5bcc2", facecolor="#ffffff", linewidth=0)


def _frame(axes: Axes, framed: np.ndarray, day: int, hour: int) -> None:
    """Draw the sides of a framed cell at which the frame ends."""
    sides = {
        (-1, 0): ([hour - 0.5, hour + 0.5], [day - 0.5] * 2), (1, 0): ([hour - 0.5, hour + 0.5], [day + 0.5] * 2),
        (0, -1): ([hour - 0.5] * 2, [day - 0.5, day + 0.5]), (0, 1): ([hour + 0.5] * 2, [day - 0.5, day + 0.5]),
    }  # fmt: skip
    for (down, right), (x, y) in sides.items():
        beside = (day + down, hour + right)
        inside = 0 <= beside[0] < DAYS and 0 <= beside[1] < HOURS and framed[beside]
        if not inside:
            axes.plot(x, y, color=_FRAME, linewidth=2.4, solid_capstyle="round")


__all__ = ["draw_heat_clock"]
