"""Say at which venue each record happened, or why that cannot be said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from hotspot.checks import listed, never_points, require_columns, require_same_crs, require_unique_index
from hotspot.errors import InputError
from hotspot.locate.radii import LEVEL_RADII
from hotspot.schema import LOCATION_LEVELS

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

TIED, PRIVATE, NO_POINT, IMPRECISE, NO_TIME, FAR, AMBIGUOUS = (
    "tied", "home, domestic or sexual", "no point", "too imprecise", "no time", "too far", "ambiguous",
)  # fmt: skip
FATES = (TIED, PRIVATE, NO_POINT, IMPRECISE, NO_TIME, FAR, AMBIGUOUS)
"""What becomes of a record; every record has one."""
PLACED = (TIED, FAR, AMBIGUOUS)
"""The fates of records that are exact enough to look for their venue."""
_EXACT_LEVELS = ("point", "venue")
_SAME_PLACE = 1.0
"""Metres within which a record found by a venue's name lies on that venue; a gazetteer goes through degrees."""
_SAME_DISTANCE = 1e-6
_SHAPES = ("Point", "Polygon", "MultiPolygon")


@dataclass(frozen=True, slots=True)
class Attribution:
    """What became of each record; rows and venues are counted from 0."""

    fate: NDArray[np.object_]
    """One of `FATES` for each record."""
    row: Ints
    """Rows of the tied records, ascending."""
    venue: Ints
    """Venue of each tied record."""
    uncertainty: Floats
    """Metres, of each tied record."""
    ambiguous: Ints
    """For each venue, the records that may be of it but may as well be of another."""


def read_venues(venues: gpd.GeoDataFrame, incidents: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, int]:
    """Check the venues; leave out the streets, postcodes and so on of a gazetteer, and say how many they were."""
    require_same_crs(incidents, venues, "incidents", "venues")
    require_unique_index(incidents, "incidents")
    if venues.index.nlevels > 1:
        raise InputError(f"venues: the index has {venues.index.nlevels} levels. Give each venue one label.")
    require_unique_index(venues, "venues")
    require_columns(venues, ["name"], "venues")
    chosen = venues
    if "kind" in venues:
        levels = [level for level in LOCATION_LEVELS if level not in _EXACT_LEVELS]
        chosen = venues[~venues["kind"].isin(levels).to_numpy(dtype=bool)]
    if chosen.empty:
        raise InputError(f"venues: none of {len(venues)} row(s) is a venue. Give named premises, kind 'venue'.")
    shapes = chosen.geometry.to_numpy().astype(object)
    names = chosen["name"].astype("str").str.strip()
    wrong = {
        "have no name": (names.isna() | (names == "")).to_numpy(dtype=bool),
        "have no place": shapely.is_missing(shapes) | shapely.is_empty(shapes),
    }
    wrong["are neither points nor polygons"] = ~wrong["have no place"] & ~chosen.geom_type.isin(_SHAPES).to_numpy()
    wrong["have an invalid outline or place (make_valid mends outlines)"] = ~wrong["have no place"] & ~(
        shapely.is_valid(shapes) & np.isfinite(shapely.bounds(shapes)).all(axis=1)
    )
    for what, rows in wrong.items():
        if rows.any():
            first = venues.index.get_loc(chosen.index[int(rows.argmax())])
            raise InputError(f"venues: {int(rows.sum())} row(s) {what} (first: row {first}). Mend or drop them.")
    return chosen, len(venues) - len(chosen)


def attribute(
    incidents: gpd.GeoDataFrame, venues: gpd.GeoDataFrame, timed: Flags, *, within: float, max_uncertainty: float
) -> Attribution:
    """
    Tie each record to the one venue at which it happened.

    Parameters
    ----------
    incidents, venues
        Checked, in one metric reference system.
    timed
        Which records have a time.
    within
        Furthest that a record may lie from its venue, metres.
    max_uncertainty
        Largest radius, metres, of a record that may be tied.

    Returns
    -------
    Attribution
        Independent of the order of the records.
    """
    fate = np.full(len(incidents), "", dtype=object)
    level, uncertainty = _precision(incidents)
    shapes = incidents.geometry.to_numpy().astype(object)
    no_point = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    _require_points(shapes, no_point)
    exact = (uncertainty <= max_uncertainty) & (np.isin(level, _EXACT_LEVELS) | (level == ""))
    for rows, why in (
        (never_points(incidents).to_numpy(dtype=bool), PRIVATE), (no_point, NO_POINT), (~exact, IMPRECISE),
        (~timed, NO_TIME),
    ):  # fmt: skip
        fate[rows & (fate == "")] = why

    rows = np.flatnonzero(fate == "")
    own = uncertainty[rows]
    record, venue, distance = _near(shapes[rows], venues, np.maximum(within, own))
    first, second = _two_nearest(record, distance, len(rows))
    named = (level[rows] == "venue") & (first <= _SAME_PLACE) & (second > _SAME_PLACE)
    rival = second <= np.maximum(own, first + _SAME_DISTANCE)
    far, ambiguous = first > within, rival & ~named
    fate[rows] = np.select([far, ambiguous], [FAR, AMBIGUOUS], default=TIED)

    tied = ~(far | ambiguous)
    nearest = np.full(len(rows), -1, dtype=np.int64)
    of_nearest = distance == first[record]
    nearest[record[of_nearest]] = venue[of_nearest]
    open_pairs = (ambiguous & ~far)[record] & (distance <= np.maximum(own, first + _SAME_DISTANCE)[record])
    return Attribution(
        fate, rows[tied], nearest[tied], own[tied], np.bincount(venue[open_pairs], minlength=len(venues))
    )


def _precision(incidents: gpd.GeoDataFrame) -> tuple[NDArray[np.object_], Floats]:
    """Give each record's level (empty where not stated) and radius: as stated, else that of its level."""
    if "uncertainty_m" not in incidents and "location_level" not in incidents:
        raise InputError(
            "incidents: neither 'uncertainty_m' nor 'location_level' says how exact the points are, and only exact "
            "ones can be tied to a venue. Read them with read_incidents, or set uncertainty_m (metres)."
        )
    level = np.full(len(incidents), "", dtype=object)
    if "location_level" in incidents:
        code, labels = pd.factorize(incidents["location_level"])
        level = np.array([*(str(label).strip().casefold() for label in labels), ""], dtype=object)[code]
    by_level = np.array([LEVEL_RADII.get(name, np.nan) for name in level], dtype=np.float64)
    if "uncertainty_m" not in incidents:
        return level, by_level
    if not pd.api.types.is_numeric_dtype(incidents["uncertainty_m"].dtype) and incidents["uncertainty_m"].notna().any():
        raise InputError(f"incidents: uncertainty_m holds {incidents['uncertainty_m'].dtype}, not metres. Convert it.")
    stated = pd.to_numeric(incidents["uncertainty_m"]).to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = stated < 0
    if wrong.any():
        raise InputError(
            f"incidents: {int(wrong.sum())} row(s) have an uncertainty_m below 0 (first: row {int(wrong.argmax())})."
        )
    return level, np.where(np.isnan(stated), by_level, stated)


def _require_points(shapes: NDArray[np.object_], missing: Flags) -> None:
    """Refuse what is no finite point."""
    x, y = shapely.get_x(shapes), shapely.get_y(shapes)
    wrong = ~missing & ~(np.isfinite(x) & np.isfinite(y))
    if wrong.any():
        kinds = sorted({shape.geom_type for shape in shapes[wrong]})
        raise InputError(
            f"incidents: {int(wrong.sum())} row(s) have a geometry that is no finite point (first: row "
            f"{int(wrong.argmax())}; {listed(kinds)}). Give points, or leave the geometry missing."
        )


def _near(points: NDArray[np.object_], venues: gpd.GeoDataFrame, reach: Floats) -> tuple[Ints, Ints, Floats]:
    """List each record's venues within its own reach, with the distance to their point or outline (0 inside)."""
    shapes = venues.geometry.to_numpy().astype(object)
    # A hair more than asked for, so that a distance rounded in another way is not lost; callers compare again.
    record, venue = shapely.STRtree(shapes).query(points, predicate="dwithin", distance=reach + 2 * _SAME_DISTANCE)
    return record, venue, shapely.distance(points[record], shapes[venue])


def _two_nearest(record: Ints, distance: Floats, records: int) -> tuple[Floats, Floats]:
    """Give each record's smallest and second smallest distance, infinite where there is none."""
    order = np.lexsort((distance, record))
    record, distance = record[order], distance[order]
    start = np.searchsorted(record, np.arange(records))
    number = np.bincount(record, minlength=records)
    nearest = np.full((2, records), np.inf)
    for rank in (0, 1):
        has = number > rank
        nearest[rank, has] = distance[start[has] + rank]
    return nearest[0], nearest[1]


__all__ = ["FATES", "PLACED", "TIED", "Attribution", "attribute", "read_venues"]
