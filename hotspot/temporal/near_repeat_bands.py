"""Read the edges of bands of distance and time, and name the bands."""

from __future__ import annotations

import datetime as dt
import math
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hotspot.checks import require_duration
from hotspot.errors import ConfigError

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_DAY = pd.Timedelta(days=1)


def read_edges(given: object, argument: str, *, clock: bool = False) -> Floats:
    """
    Read the upper ends of bands.

    Parameters
    ----------
    given
        One end, or several in ascending order; a 0 in front may be left out. The last may be infinite.
    argument
        Its name, for messages.
    clock
        Whether lengths of time are taken too; they become days.

    Returns
    -------
    array
        Ascending, above 0, at least one.

    Raises
    ------
    ConfigError
        An end is no number, or they do not ascend.
    """
    several = isinstance(given, (list, tuple, range, np.ndarray, pd.Series, pd.Index)) and np.ndim(given) > 0
    if several and np.ndim(given) > 1:  # type: ignore[arg-type]
        raise ConfigError(f"{argument}: give one row of band edges, such as [100, 200], not a table.")
    ends: list[Any] = list(given) if several else [given]  # type: ignore[call-overload]
    edges = np.array([_edge(end, argument, clock=clock) for end in ends], dtype=np.float64)
    edges = edges[1:] if len(edges) > 1 and edges[0] == 0 else edges
    if len(edges) == 0 or edges[0] <= 0 or np.isinf(edges[:-1]).any() or (np.diff(edges) <= 0).any():
        raise ConfigError(
            f"{argument}: band edges must be above 0 and ascend, such as [100, 200] for 0 to 100 and over 100 to 200; "
            "only the last may be infinite."
        )
    return edges


def read_limit(given: object, argument: str, *, clock: bool = False) -> float:
    """Read one finite limit."""
    edges = read_edges(given, argument, clock=clock)
    if len(edges) > 1 or not math.isfinite(edges[0]):
        raise ConfigError(f"{argument}: give one finite limit, such as {7 if clock else 100}. Bands are for knox.")
    return float(edges[0])


def _edge(end: object, argument: str, *, clock: bool) -> float:
    """Read one end: a number, or a length of time in days."""
    if isinstance(end, (dt.timedelta, np.timedelta64)) or (clock and isinstance(end, str)):
        if not clock:
            raise ConfigError(f"{argument}: {end!r} is a length of time, but what it is held against are numbers.")
        zero = not isinstance(end, str) and pd.Timedelta(end) == pd.Timedelta(0)
        return 0.0 if zero else require_duration(end, argument, "7D") / _DAY  # type: ignore[arg-type]
    if isinstance(end, (bool, np.bool_)) or not isinstance(end, Real) or math.isnan(end):
        raise ConfigError(f"{argument}: {end!r} is no band edge. Give numbers above 0, such as [100, 200].")
    return float(end)


def label_bands(edges: Floats, same: str = "") -> pd.CategoricalIndex:
    """Name bands by their ends, after that of pairs at no distance if it has a name; sorting keeps the order."""
    before = [0.0, *edges[:-1]]
    labels = [
        (f"over {low:.10g}" if math.isinf(high) else f"{'over ' if low or same else ''}{low:.10g} to {high:.10g}")
        for low, high in zip(before, edges, strict=True)
    ]
    labels = [same, *labels] if same else labels
    return pd.CategoricalIndex(labels, categories=labels, ordered=True)


__all__ = ["label_bands", "read_edges", "read_limit"]
