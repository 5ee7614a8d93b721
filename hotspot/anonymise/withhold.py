"""Take the point from records that may only be known by area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import geopandas as gpd


def withhold_points(incidents: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """
    Drop the geometry of home, domestic and sexual-violence records; their area code stays.

    Parameters
    ----------
    incidents
        Incidents in the schema. A record is withheld when its ``setting`` or ``location_level`` is ``home``,
        its ``domestic`` is true or its ``category`` is ``sexual``. The combined class of data.police.uk
        (``violence_and_sexual_offences``) is public at snapped points already and is left alone.

    Returns
    -------
    incidents
        A copy without those points. Level ``home`` stays; other levels become ``area`` where an area
        code is known and ``none`` where it is not.
    counts
        Records by reason, and ``points_withheld``: how many of them had a point.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from hotspot.anonymise import withhold_points
    >>> frame = gpd.GeoDataFrame(
    ...     {"setting": ["home", "public"], "location_level": ["venue", "venue"]},
    ...     geometry=gpd.points_from_xy([0, 1], [0, 1]), crs=27700)
    >>> safe, counts = withhold_points(frame)
    >>> list(safe.geometry.isna()), counts["points_withheld"]
    ([True, False], 1)
    """
    rows = len(incidents)
    home = np.zeros(rows, dtype=bool)
    for column in ("setting", "location_level"):
        if column in incidents:
            home |= _says(incidents[column], "home")
    domestic, sexual = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool)
    if "domestic" in incidents:
        domestic = incidents["domestic"].fillna(value=False).to_numpy(dtype=bool)
    if "category" in incidents:
        sexual = _says(incidents["category"], "sexual")
    closed = home | domestic | sexual
    had_point = closed & incidents.geometry.notna().to_numpy()
    counts = {
        "home": int(home.sum()),
        "domestic": int(domestic.sum()),
        "sexual": int(sexual.sum()),
        "points_withheld": int(had_point.sum()),
    }
    result = incidents.copy(deep=False)  # pandas copies a column when it is written to
    if not closed.any():
        return result, counts
    points = np.array(result.geometry.to_numpy(), dtype=object)
    points[closed] = None
    result.geometry = points
    if "location_level" in result:
        result["location_level"] = _levels(result, closed, home)
    if "location_method" in result:
        result["location_method"] = result["location_method"].astype("str").where(~had_point, "withheld")
    for column in ("uncertainty_m", "location_confidence"):
        if column in result:
            result.loc[closed, column] = np.nan
    return result, counts


def _says(labels: pd.Series, label: str) -> np.ndarray:
    """Mark the rows with a label, whatever its case."""
    codes, distinct = pd.factorize(labels)
    same = [str(value).strip().casefold() == label for value in distinct]
    return np.array([*same, False], dtype=bool)[codes]


def _levels(incidents: gpd.GeoDataFrame, closed: np.ndarray, home: np.ndarray) -> pd.Series:
    """Say how well the place of withheld records is still known."""
    known = incidents["area_code"].notna().to_numpy() if "area_code" in incidents else np.zeros(len(closed), dtype=bool)
    level: pd.Series = incidents["location_level"].astype("str")
    for rows, name in ((closed & known, "area"), (closed & ~known, "none"), (home, "home")):
        level = level.where(~rows, name)
    return level
