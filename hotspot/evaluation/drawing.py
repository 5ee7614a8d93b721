"""Draw what lists would have caught, so that nobody has to explain it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_choice
from hotspot.errors import InputError
from hotspot.evaluation.list_scores import ALL, RANDOM, require_scores
from hotspot.schema_column import UNCONTROLLED

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK, _GREY = "#17212b", "#8a929a"
_LINES = ("#2f3f66", "#b8477f", "#c9762b", "#3f8a8c", "#7a6a9b", "#8a8f3c", "#a0573f", "#4f86b5")
_STYLES = ("-", "--", "-.", ":")
_MEASURES = {
    "hit_rate": "events",
    "harm_rate": "harm",
}
_BLIND = "a list drawn blindly"
_GAP = 0.05
"""Least distance of two labels, as a share of the height."""


def draw_backtest(
    table: pd.DataFrame,
    *,
    measure: str = "hit_rate",
    step: str = ALL,
    title: str | None = None,
    highlight: str | None = None,
    stamp: str = UNCONTROLLED,
) -> Figure:
    """
    Draw the share of later events on each method's list against the share of the ground that the list takes.

    Parameters
    ----------
    table
        From `backtest`, best with many shares: ``shares=[0.005, 0.01, 0.02, 0.05, 0.1]``.
    measure
        ``hit_rate`` or ``harm_rate``.
    step
        ``all``, or one tested period.
    title
        None says which method caught most at the middle share.
    highlight
        Method whose interval is drawn. None: the one the title names.
    stamp
        Words below the picture: scores come from exact counts.

    Returns
    -------
    matplotlib.figure.Figure
        Save it with ``.savefig("backtest.svg")``. Each line is labelled at its end; the dotted line is what a list
        drawn blindly holds.

    Raises
    ------
    ConfigError
        The measure is not known.
    InputError
        The table does not hold the step, the measure or the method.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> counts = pd.DataFrame({"2023": [5, 1, 0, 2], "2024": [6, 1, 0, 2]}, index=list("ABCD"))
    >>> size = pd.Series(1.0, index=list("ABCD"))
    >>> table = hs.backtest({}, counts, size, train=1, shares=[0.25], draws=0)
    >>> hs.draw_backtest(table).axes[0].get_title(loc="left")
    'A quarter of the ground held 67 % of what came next'
    """
    from matplotlib.figure import Figure

    require_choice(measure, _MEASURES, "measure")
    require_scores(table)
    steps = list(dict.fromkeys(table.index.get_level_values("step")))
    if step not in steps or measure not in table:
        raise InputError(f"table: it holds no step {step!r} or no column {measure!r}. Give what backtest returned.")
    rows = table[measure].xs(step, level="step")
    names = [name for name in dict.fromkeys(rows.index.get_level_values("method")) if name != RANDOM]
    values = (
        pd.DataFrame({name: rows.xs(name, level="method") for name in names}).dropna(axis=1, how="all").sort_index()
    )
    if values.empty:
        raise InputError(f"table: column {measure!r} has no value in step {step!r}.")
    middle = values.index[len(values) // 2]
    best = str(values.loc[middle].idxmax())
    chosen = best if highlight is None else highlight
    if chosen not in values:
        raise InputError(f"highlight: {chosen!r} is no method of the table.")
    figure = Figure(figsize=(7.2, 4.6), layout="constrained")
    axes = figure.subplots()
    _lines(axes, values, chosen)
    _interval(axes, table[table.index.get_level_values("step") == step], values, chosen, measure)
    _furnish(axes, values, measure, limits=f"{measure}_lower" in table)
    axes.set_title(
        _finding(values, best, float(middle)) if title is None else title,
        loc="left", fontsize=11.5, fontweight="bold", color=_INK, pad=24, parse_math=False,
    )  # fmt: skip
    figure.supxlabel(stamp, fontsize=7.5, color=_GREY, x=0.99, ha="right", parse_math=False)
    return figure


def _finding(values: pd.DataFrame, best: str, share: float) -> str:
    """Say in a sentence what the best method caught."""
    ground = "A quarter" if share == 0.25 else f"{100 * share:g} %"  # noqa: PLR2004
    name = "" if values.shape[1] == 1 else f" ({best})"
    return f"{ground} of the ground held {100 * float(values[best][share]):.0f} % of what came next{name}"


def _lines(axes: Axes, values: pd.DataFrame, chosen: str) -> None:
    """Draw one line for each method, labelled at its end; the chosen one stands out."""
    x = values.index.to_numpy(dtype=float)
    for name in values:
        strong = name == chosen
        axes.plot(
            x, values[name].to_numpy(), color=_colour(values, name), linewidth=2.6 if strong else 1.4,
            linestyle=_STYLES[list(values).index(name) // len(_LINES) % len(_STYLES)], marker="o",
            markersize=4 if strong else 2.5, zorder=3 if strong else 2,
        )  # fmt: skip
    axes.plot(x, x, color=_GREY, linewidth=1, linestyle=(0, (1, 2)))
    ends = pd.concat([values.iloc[-1], pd.Series({_BLIND: x[-1]})]).sort_values()
    places = _spread(ends.to_list(), _GAP * float(np.nanmax(values.to_numpy())))
    for name, place in zip(ends.index, places, strict=True):
        axes.annotate(
            str(name), (x[-1], place), xytext=(8, 0), textcoords="offset points", va="center", fontsize=9,
            color=_GREY if name == _BLIND else _colour(values, name), annotation_clip=False,
            fontweight="bold" if name == chosen else "normal", parse_math=False,
        )  # fmt: skip
    axes.set_ylim(0, 1.03 * max(places[-1], float(np.nanmax(values.to_numpy()))))


def _colour(values: pd.DataFrame, name: object) -> str:
    return _LINES[list(values).index(name) % len(_LINES)]


def _spread(wanted: list[float], gap: float) -> list[float]:
    """Move labels as little as is needed for each to stand ``gap`` above the one before."""
    blocks: list[list[float]] = []
    for place in wanted:
        blocks.append([place])
        while len(blocks) > 1 and _start(blocks[-1], gap) < _start(blocks[-2], gap) + gap * len(blocks[-2]):
            last = blocks.pop()
            blocks[-1] += last
    return [_start(block, gap) + gap * i for block in blocks for i in range(len(block))]


def _start(block: list[float], gap: float) -> float:
    """Give the place of the lowest label of a block, so that the block stands around what it wants."""
    return sum(block) / len(block) - gap * (len(block) - 1) / 2


def _interval(axes: Axes, table: pd.DataFrame, values: pd.DataFrame, chosen: str, measure: str) -> None:
    lower, upper = f"{measure}_lower", f"{measure}_upper"
    if lower not in table:
        return
    rows = table[table.index.get_level_values("method") == chosen].droplevel(["step", "method"]).sort_index()
    axes.fill_between(
        rows.index.to_numpy(dtype=float), rows[lower].to_numpy(), rows[upper].to_numpy(), zorder=1,
        color=_colour(values, chosen), alpha=0.16, linewidth=0,
    )  # fmt: skip


def _furnish(axes: Axes, values: pd.DataFrame, measure: str, *, limits: bool) -> None:
    """Write on the axes what they are, and leave away what says nothing."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    x = values.index.to_numpy(dtype=float)
    if len(x) > 1 and x[-1] / x[0] > 4:  # noqa: PLR2004 - shares that double are read best at equal distances
        axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(list(x)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    axes.set_xlabel("Share of the ground on the list", color=_INK)
    axes.set_ylabel("")
    band = "; shaded: interval over redrawn places" if limits else ""
    axes.text(
        0,
        1.02,
        f"Share of later {_MEASURES[measure]} that was on the list{band}",
        transform=axes.transAxes,
        va="bottom",
        fontsize=9,
        color=_INK,
    )
    axes.grid(axis="y", color="#e3e6e8", linewidth=0.8)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)


__all__ = ["draw_backtest"]
