"""Draw and describe a cluster of points: hull, ellipse, area, months."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

    Floats = npt.NDArray[np.float64]

OUTLINES = ("convex", "concave", "ellipse")
_CONCAVITY = 0.3
"""Shapely's ratio between the tightest hull (0) and the convex one (1)."""
_CORNERS = 64
_FLAT = 1.0
"""Metres: a hull thinner than this is a line or a spot."""


def outline(x: Floats, y: Floats, kind: str, margin: float) -> BaseGeometry:
    """
    Draw the outline of a cluster.

    Parameters
    ----------
    x, y
        Place of each event, in metres.
    kind
        One of `OUTLINES`. The ellipse is the standard deviational one of CrimeStat: half-axes
        sqrt(2 sum d² / (n - 2)) along the directions of most and least spread.
    margin
        Metres put around what has no area: events on one spot or one line.

    Returns
    -------
    Polygon
        Valid, with an area.
    """
    points = shapely.multipoints(np.column_stack([x, y]))
    hull = shapely.convex_hull(points)
    if _is_flat(hull):
        return shapely.buffer(hull, margin)
    if kind == "ellipse":
        return _ellipse(x, y) or hull
    if kind == "concave":
        concave = shapely.concave_hull(points, ratio=_CONCAVITY)
        return concave if not _is_flat(concave) and concave.is_valid else hull
    return hull


def _is_flat(hull: BaseGeometry) -> bool:
    """Tell a line or a spot: projected points of a straight street never lie on one line exactly."""
    return bool(hull.area <= _FLAT * hull.length / 2)


def _ellipse(x: Floats, y: Floats) -> BaseGeometry | None:
    n = len(x)
    centre = np.array([x.mean(), y.mean()])
    apart = np.column_stack([x, y]) - centre
    sizes, axes = np.linalg.eigh(apart.T @ apart)
    if n <= 2 or sizes[0] <= 0:  # noqa: PLR2004 - degrees of freedom of the ellipse
        return None
    half = np.sqrt(2 * sizes / (n - 2))
    turn = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    ring = centre + (np.column_stack([np.cos(turn), np.sin(turn)]) * half) @ axes.T
    shape: BaseGeometry = shapely.polygons(ring)
    return shape


def months_of(occurred: pd.Series) -> tuple[str | None, str | None]:
    """Give the first and the last month of the events, where any is known."""
    known = occurred.dropna()
    if known.empty:
        return None, None
    return str(known.min().to_period("M")), str(known.max().to_period("M"))
