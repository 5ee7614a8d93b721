"""Draw the curve of concentration beside chance, so that nobody has to explain it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotspot.checks import require_columns
from hotspot.errors import ConfigError, InputError
from hotspot.schema_column import UNCONTROLLED

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_INK, _GREY, _LINE = "#17212b", "#8a929a", "#b8477f"
_COLUMNS = ("place_share", "event_share", "chance_share", "chance_lower", "chance_upper")


def draw_lorenz(
    curve: pd.DataFrame, *, share: float = 0.5, title: str | None = None, stamp: str = UNCONTROLLED
) -> Figure:
    """
    Draw which share of all events the highest places hold, beside events thrown at random.

    Parameters
    ----------
    curve
        From `lorenz`.
    share
        Share of all events that is marked.
    title
        None says how few places hold it.
    stamp
        Words below the picture: the curve comes from exact counts.

    Returns
    -------
    matplotlib.figure.Figure
        Save it with ``.savefig("concentration.svg")``.

    Raises
    ------
    InputError
        The table is not that of `lorenz`.
    ConfigError
        ``share`` is not between 0 and 1.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> figure = hs.draw_lorenz(hs.lorenz(pd.Series([6, 2, 1, 1]), draws=19))
    >>> figure.axes[0].get_title(loc="left")
    'Half of the events lie in 25 % of the places'
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    require_columns(curve, _COLUMNS, "curve")
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share < 1:
        raise ConfigError(f"share: {share!r} must lie between 0 and 1, such as 0.5.")
    if len(curve) < 2:  # noqa: PLR2004
        raise InputError("curve: it has no places. Give what lorenz returned.")
    place = curve["place_share"].to_numpy(dtype=float)
    few, chance = (_places(curve[name].to_numpy(dtype=float), place, share) for name in ("event_share", "chance_share"))
    figure = Figure(figsize=(6.4, 5.0), layout="constrained")
    axes = figure.subplots()
    axes.fill_between(place, curve["chance_lower"], curve["chance_upper"], color=_GREY, alpha=0.35, linewidth=0)
    axes.plot(place, curve["chance_share"], color=_GREY, linewidth=1.2)
    axes.plot(place, curve["event_share"], color=_LINE, linewidth=2.6)
    axes.plot([0, max(few, chance)], [share, share], color=_INK, linewidth=0.8, linestyle=(0, (2, 2)))
    for x, colour in ((few, _LINE), (chance, _GREY)):
        axes.plot([x, x], [0, share], color=colour, linewidth=0.8, linestyle=(0, (2, 2)))
        axes.annotate(
            _percent(x), (x, 0), xytext=(3, 4), textcoords="offset points", color=colour, fontsize=9, fontweight="bold"
        )
    for name, colour, at in (("recorded", _LINE, 0.62), ("thrown at random", _GREY, 0.42)):
        column = "event_share" if name == "recorded" else "chance_share"
        height = float(np.interp(at, place, curve[column].to_numpy(dtype=float)))
        drop, side = ((-6, 6), "right") if name == "recorded" else ((6, -12), "left")
        axes.annotate(name, (at, height), xytext=drop, textcoords="offset points", color=colour, fontsize=10, ha=side)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    axes.set_xlabel("Share of all places, those with most events first", color=_INK)
    axes.text(0, 1.01, "Share of all events", transform=axes.transAxes, va="bottom", fontsize=9, color=_INK)
    named = "Half" if share == 0.5 else f"{100 * share:g} %"  # noqa: PLR2004
    axes.set_title(
        f"{named} of the events lie in {_percent(few)} of the places" if title is None else title, loc="left",
        fontsize=12, fontweight="bold", color=_INK, pad=22, parse_math=False,
    )  # fmt: skip
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    figure.supxlabel(stamp, fontsize=7.5, color=_GREY, x=0.99, ha="right", parse_math=False)
    return figure


def _places(held: np.ndarray, place: np.ndarray, share: float) -> float:
    """Give the share of places, whole ones, that first hold the share of events."""
    return float(place[int(np.argmax(held >= share - 1e-9))])


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %" if 100 * value < 10 and 100 * value % 1 > 1e-9 else f"{100 * value:.0f} %"  # noqa: PLR2004


__all__ = ["draw_lorenz"]
