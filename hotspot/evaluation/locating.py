"""Score the places that were found for free texts against the true ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_columns, require_metric_crs, require_unique_index
from hotspot.errors import ConfigError, CRSError, InputError
from hotspot.record import note

if TYPE_CHECKING:
    import geopandas as gpd


def score_locations(
    found: gpd.GeoDataFrame,
    truth: gpd.GeoSeries,
    *,
    by: pd.Series | None = None,
    tolerance: float = 0,
) -> pd.DataFrame:
    """
    Score the places found for texts: how many are right, how many are missed, how far off they are.

    Parameters
    ----------
    found
        From `hotspot.locate_text`: geometry and ``uncertainty_m`` (metres), projected metric CRS.
    truth
        True point of each text, same index and CRS; missing where the text names no place, so that none may be given.
    by
        Group of each text, same index, such as its kind, or the level or method found. None: all in one row.
    tolerance
        Metres that the true point may itself be off.

    Returns
    -------
    DataFrame
        One row per group, ``all`` last: ``texts``, ``with_place`` (texts with a true point), ``placed`` (points
        given), ``right`` (true point within the stated radius), ``wrong`` (beyond it), ``out_of_nothing`` (point
        given where none may be), ``precision`` (right of all points given), ``recall`` (right of texts with a true
        point), ``median_error_m`` and ``p90_error_m`` (distance from the true point, right or wrong).

    Raises
    ------
    CRSError
        If the two are not in one projected metric system.
    InputError
        If the indexes differ, an index label stands twice, or a radius of a given point is missing.
    ConfigError
        If ``tolerance`` is below 0.

    Notes
    -----
    A wide radius is easily right: read precision together with the radii and the median error.

    Examples
    --------
    >>> import geopandas as gpd, pandas as pd
    >>> from hotspot.evaluation import score_locations
    >>> points = gpd.points_from_xy([0, 900], [0, 0])
    >>> found = gpd.GeoDataFrame({"uncertainty_m": [25.0, 25.0]}, geometry=points, crs=27700)
    >>> truth = gpd.GeoSeries(gpd.points_from_xy([10, 0], [0, 0]), crs=27700)
    >>> score_locations(found, truth)[["right", "wrong", "precision", "median_error_m"]].values.tolist()
    [[1.0, 1.0, 0.5, 455.0]]
    """
    require_metric_crs(found, "found")
    require_columns(found, ["uncertainty_m"], "found")
    require_unique_index(found, "found")
    if truth.crs != found.crs:
        raise CRSError("truth: it is not in the system of 'found'. Use truth.to_crs(found.crs).")
    if not truth.index.equals(found.index) or (by is not None and not by.index.equals(found.index)):
        raise InputError("truth and by: they must have the index of 'found', in the same order.")
    if not tolerance >= 0:
        raise ConfigError(f"tolerance: {tolerance!r} must be 0 or more (metres).")
    placed = (found.geometry.notna() & ~found.geometry.is_empty).to_numpy()
    known = (truth.notna() & ~truth.is_empty).to_numpy()
    radius = found["uncertainty_m"].to_numpy(dtype=np.float64)
    if np.isnan(radius[placed]).any():
        raise InputError(f"found: {int(np.isnan(radius[placed]).sum())} point(s) without 'uncertainty_m'.")
    both = placed & known
    error = np.full(len(found), np.nan)
    error[both] = found.geometry[both].distance(truth[both]).to_numpy()
    right = both & (error <= radius + tolerance)
    group = pd.Series("all", index=found.index) if by is None else by.astype("str").fillna("not stated")
    rows = [(str(name), (group == name).to_numpy()) for name in sorted(group.unique()) if by is not None]
    table = pd.DataFrame(
        [
            _score(name, chosen, known, placed, right, error)
            for name, chosen in [*rows, ("all", np.ones(len(found), dtype=bool))]
        ]
    )
    whole = table.iloc[-1]
    note(
        "score_locations", texts=len(found), placed=int(placed.sum()), right=int(right.sum()),
        precision=_rounded(whole["precision"]), recall=_rounded(whole["recall"]), tolerance_m=float(tolerance),
    )  # fmt: skip
    return table.set_index("group")


def _score(
    name: str, chosen: np.ndarray, known: np.ndarray, placed: np.ndarray, right: np.ndarray, error: np.ndarray
) -> dict[str, object]:
    """Score one group."""
    given, true, hit = int((placed & chosen).sum()), int((known & chosen).sum()), int((right & chosen).sum())
    off = error[chosen & ~np.isnan(error)]
    return {
        "group": name,
        "texts": int(chosen.sum()),
        "with_place": true,
        "placed": given,
        "right": hit,
        "wrong": int((placed & known & ~right & chosen).sum()),
        "out_of_nothing": int((placed & ~known & chosen).sum()),
        "precision": hit / given if given else np.nan,
        "recall": hit / true if true else np.nan,
        "median_error_m": float(np.median(off)) if len(off) else np.nan,
        "p90_error_m": float(np.quantile(off, 0.9)) if len(off) else np.nan,
    }


def _rounded(value: float) -> float | None:
    """Give a share to four decimals, None where there is none."""
    return None if np.isnan(value) else round(float(value), 4)
