"""Read the places of events, and refuse places that are not where the events happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_metric_crs
from hotspot.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_FEW = 20
_STACKED = 0.5
"""Places for each event below which the places look like snap points or centroids."""
_COARSE = 0.5
"""Share of the first band that rounding of coordinates may take."""
_MOVED = ("snapped to grid", "geomasked")
_CENTIMETRE = 100.0
_TABLE = 2
_OVERRIDE = "If the places are right all the same, say comparable=False and give the reason."


def read_places(points: object) -> tuple[Floats, Floats, pd.DataFrame | None, pd.Index | None]:
    """
    Read coordinates, missing (NaN) where there is no point.

    Parameters
    ----------
    points
        GeoSeries or GeoDataFrame in a projected metric CRS, or planar coordinates of shape (n, 2).

    Returns
    -------
    x, y, frame, index
        ``frame`` is the GeoDataFrame, if it is one; ``index`` its labels, None for an array.

    Raises
    ------
    CRSError, InputError
        The system is missing or none of metres; there are other geometries than points; a coordinate is infinite.
    """
    if not hasattr(points, "crs"):
        if isinstance(points, pd.DataFrame) and points.shape[1] != _TABLE:
            raise InputError("points: this frame has no geometry. Give a GeoDataFrame, or two columns of coordinates.")
        return *_read_array(points), None, points.index if isinstance(points, (pd.DataFrame, pd.Series)) else None
    import shapely

    require_metric_crs(points, "points")
    shapes = np.asarray(points.geometry.to_numpy(), dtype=object)  # type: ignore[attr-defined, type-var]
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    other = there & (shapely.get_type_id(shapes) != shapely.GeometryType.POINT)
    if other.any():
        raise InputError(
            f"points: {int(other.sum())} row(s) are not points, the first in row {int(other.argmax())}. Centroids of "
            "areas are no places of events; leave such rows out."
        )
    x, y = shapely.get_x(shapes), shapely.get_y(shapes)
    _refuse_wild(x, y, there)
    frame = points if isinstance(points, pd.DataFrame) else None
    return x, y, frame, points.index  # type: ignore[attr-defined]


def _read_array(points: object) -> tuple[Floats, Floats]:
    try:
        given = np.asarray(points)
        table = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise InputError("points: give a GeoDataFrame, or numbers of shape (n, 2): x and y.") from problem
    if table.ndim != _TABLE or table.shape[1] != _TABLE or given.dtype.kind in "bc":
        raise InputError(
            f"points: an array of shape {table.shape} is no list of places. Give planar coordinates, shape (n, 2)."
        )
    x, y = table[:, 0].copy(), table[:, 1].copy()
    missing = np.isnan(x) | np.isnan(y)
    x[missing] = y[missing] = np.nan
    _refuse_wild(x, y, ~missing)
    return x, y


def _refuse_wild(x: Floats, y: Floats, there: npt.NDArray[np.bool_]) -> None:
    wild = there & ~(np.isfinite(x) & np.isfinite(y))
    if wild.any():
        raise InputError(
            f"points: {int(wild.sum())} are not finite, the first in row {int(wild.argmax())}. Mend or drop them."
        )


def refuse_displaced(x: Floats, y: Floats, frame: pd.DataFrame | None, near: float) -> None:
    """
    Refuse events that stand elsewhere than they happened: moved, snapped, or rounded too coarsely.

    Parameters
    ----------
    x, y
        Of the events used.
    frame
        Their records, or None.
    near
        Upper end of the first band of distance.

    Raises
    ------
    InputError
        Points were snapped or masked by this library; 20 events or more stand on half as many places or fewer; or
        all coordinates are rounded to more than half of the first band.
    """
    if frame is not None and "location_method" in frame:
        moved = frame["location_method"].isin(_MOVED).to_numpy(dtype=bool)
        if moved.any():
            raise InputError(
                f"points: {int(moved.sum())} were moved (snapped to a grid or masked), so that distances between them "
                f"are not those of the events. Use the points as they were, inside the protocol. {_OVERRIDE}"
            )
    n, places = len(x), len(np.unique(np.column_stack([x, y]), axis=0))
    if n >= _FEW and places <= _STACKED * n:
        raise InputError(
            f"points: {n} events stand on {places} places, as snapped points and centroids do; pairs at one place are "
            f"then an artefact. Ask for the places of the events. {_OVERRIDE}"
        )
    step = rounded_to(x, y)
    if n >= _FEW and step > _COARSE * near:
        raise InputError(
            f"points: all coordinates are whole steps of {step:g} apart, more than half of the first band of distance "
            f"({near:g}). Use wider bands, or ask for coordinates that are not rounded. {_OVERRIDE}"
        )


def rounded_to(x: Floats, y: Floats) -> float:
    """Tell what all coordinates are rounded to, along the axes: 0 where that is finer than a centimetre."""
    steps = []
    for along in (x, y):
        offset = (along - along[0]) * _CENTIMETRE
        whole = np.rint(offset)
        if (np.abs(offset - whole) > 1e-3).any() or np.abs(whole).max() >= 2.0**53:  # noqa: PLR2004 - exact so far
            return 0.0
        steps.append(int(np.gcd.reduce(whole.astype(np.int64))))
    return float(np.gcd.reduce(steps)) / _CENTIMETRE


__all__ = ["read_places", "refuse_displaced", "rounded_to"]
