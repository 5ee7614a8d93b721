"""Give places the names that people use: a street, a venue, a ward; never a bare code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from hotspot.checks import nearest, require_columns, require_metric_crs, require_positive, require_same_crs
from hotspot.errors import ConfigError, InputError
from hotspot.geography import locate_in_areas
from hotspot.locate import write_grid_references
from hotspot.record import note
from hotspot.schema import LOCATION_LEVELS

if TYPE_CHECKING:
    from collections.abc import Sequence

_KINDS = ("street", "venue", "locality")


def name_places(
    places: gpd.GeoDataFrame,
    gazetteer: gpd.GeoDataFrame,
    *,
    areas: gpd.GeoDataFrame | None = None,
    kinds: Sequence[str] = _KINDS,
    within: float = 250.0,
) -> gpd.GeoDataFrame:
    """
    Name places after a street, venue or locality in or near them, else after the area they lie in.

    Parameters
    ----------
    places
        Outlines in a projected metric reference system, such as the list of `prioritise`.
    gazetteer
        Named points with ``name`` and ``kind`` in the same system, such as `read_gazetteer` gives.
    areas
        Areas whose ``name`` people use, such as wards, in the same system; without them ``name`` of the places.
    kinds
        Kinds of names to use, the one to prefer first. Leave ``venue`` out where the list is published: a
        name on it reads as a blame.
    within
        How far from a place a name may lie, in metres; such a name reads *near …*.

    Returns
    -------
    GeoDataFrame
        The places with ``name`` and ``name_basis``: the kind of the name used, ``near <kind>``, ``area`` or ``grid
        reference``. Inside a place the first kind that there is wins, and of that kind the name nearest to its
        centre; without any, the nearest name within the distance. Two places of one name get the name of their area,
        or a number, behind it.

    Raises
    ------
    ConfigError
        A kind is unknown, or the distance is not above 0.
    CRSError
        A reference system is missing, does not count in metres or is another than that of the places.
    InputError
        A column is missing, a place has no outline, or the gazetteer has no name of these kinds.

    Notes
    -----
    A name says where to look on a map and no more: it is not the place of any event, and the street named may hold
    none of them. Where neither a name nor an area fits, the place gets the Ordnance Survey grid reference of its
    centre (EPSG:27700), elsewhere its latitude and longitude.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box, Point
    >>> from hotspot.places import name_places
    >>> places = gpd.GeoDataFrame(index=["H150_4_7"], geometry=[box(0, 0, 150, 150)], crs=27700)
    >>> gazetteer = gpd.GeoDataFrame(
    ...     {"name": ["Quay Street", "The Anchor"], "kind": ["street", "venue"]},
    ...     geometry=[Point(40, 60), Point(75, 75)], crs=27700)
    >>> name_places(places, gazetteer)[["name", "name_basis"]].values.tolist()
    [['Quay Street', 'street']]
    """
    chosen = [kinds] if isinstance(kinds, str) else list(kinds or ())
    _check(places, gazetteer, chosen, within)
    named = gazetteer["name"].notna() & (gazetteer["name"].astype(str).str.strip() != "")
    known = gazetteer[gazetteer["kind"].isin(chosen) & named & ~gazetteer.geometry.is_empty]
    if known.empty:
        raise InputError(f"gazetteer: none of {len(gazetteer):,} rows is a named {' or '.join(chosen)}.")
    districts = _districts(places, areas)
    names, bases = _from_gazetteer(places, known, chosen, within)
    for row in np.flatnonzero(pd.isna(names)):
        names[row], bases[row] = districts[row], "area"
    blank = np.flatnonzero(pd.isna(names))
    names[blank], bases[blank] = _positions(places.iloc[blank]), "grid reference"
    result = places.copy()
    result["name"] = pd.array(_told_apart(names, districts), dtype="str")
    result["name_basis"] = pd.array(bases, dtype="str")
    found = result["name_basis"].value_counts()
    note("name_places", kinds=chosen, within_m=float(within), **{str(basis): int(n) for basis, n in found.items()})
    return result


def _check(places: gpd.GeoDataFrame, gazetteer: gpd.GeoDataFrame, kinds: list[str], within: float) -> None:
    """Refuse what cannot be named."""
    require_positive(within, "within", "metres")
    strange = [kind for kind in kinds if kind not in LOCATION_LEVELS]
    if strange or not kinds:
        raise ConfigError(
            "kinds: name at least one, such as 'street'."
            if not kinds
            else f"kinds: {strange[0]!r} is not known.{nearest(str(strange[0]), LOCATION_LEVELS)}"
        )
    require_metric_crs(places, "places")
    require_same_crs(gazetteer, places, "gazetteer", "places")
    require_columns(gazetteer, ["name", "kind"], "gazetteer")
    lost = np.flatnonzero(places.geometry.isna() | places.geometry.is_empty)
    if len(lost):
        raise InputError(f"places: {len(lost)} of {len(places)} have no outline (first in row {lost[0]}).")


def _from_gazetteer(
    places: gpd.GeoDataFrame, known: gpd.GeoDataFrame, kinds: list[str], within: float
) -> tuple[np.ndarray, np.ndarray]:
    """Name the places that a gazetteer entry lies in or near; None where none does."""
    outlines, points = places.geometry.to_numpy(), known.geometry.to_numpy()
    place, entry = shapely.STRtree(points).query(outlines, predicate="dwithin", distance=within)
    pairs = pd.DataFrame({"place": place, "entry": entry})
    pairs["apart"] = shapely.distance(outlines[place], points[entry])
    pairs["kind"] = [kinds.index(kind) for kind in known["kind"].iloc[entry]]
    pairs["centre"] = shapely.distance(shapely.centroid(outlines[place]), points[entry])
    pairs["name"] = known["name"].iloc[entry].astype(str).to_numpy()
    pairs["outside"] = pairs["apart"] > 0
    # inside, the preferred kind; outside, the nearest, whatever its kind; the name settles ties
    pairs["first"] = pairs["apart"].where(pairs["outside"], pairs["kind"])
    best = pairs.sort_values(["place", "outside", "first", "centre", "kind", "name"]).drop_duplicates("place")
    names = np.full(len(places), None, dtype=object)
    bases = np.full(len(places), None, dtype=object)
    parts = (best[column].tolist() for column in ("place", "kind", "name", "outside"))
    for row, kind, name, outside in zip(*parts, strict=True):
        names[row] = f"near {name}" if outside else name
        bases[row] = f"near {kinds[kind]}" if outside else kinds[kind]
    return names, bases


def _districts(places: gpd.GeoDataFrame, areas: gpd.GeoDataFrame | None) -> np.ndarray:
    """Give the name of the area that each place lies in; None where there is none."""
    if areas is None:
        own = places["name"] if "name" in places else pd.Series([None] * len(places))
        return own.astype(object).where(own.notna(), None).to_numpy()
    require_same_crs(areas, places, "areas", "places")
    require_columns(areas, ["name"], "areas")
    inside = gpd.GeoDataFrame(geometry=places.geometry.representative_point())
    # codes come back as text, whatever the areas are indexed by
    names = areas["name"].astype(object).set_axis(areas.index.astype(str)).reindex(locate_in_areas(inside, areas))
    return np.asarray(names.where(names.notna(), None).to_numpy(), dtype=object)


def _positions(places: gpd.GeoDataFrame) -> list[str]:
    """Describe the centre of each place."""
    points = places.geometry.representative_point()
    if places.crs.to_epsg() == 27700:  # noqa: PLR2004 - the British National Grid
        return write_grid_references(points.x, points.y, figures=6)
    degrees = points.to_crs(4326)
    return [f"{y:.4f}, {x:.4f}" for x, y in zip(degrees.x, degrees.y, strict=True)]


def _told_apart(names: np.ndarray, districts: np.ndarray) -> list[str]:
    """Put the area, or else a number, behind names that stand more than once."""
    shared = pd.Series(names, dtype=object).duplicated(keep=False)
    longer = [
        f"{name} ({district})" if twice and district is not None and district != name else str(name)
        for name, district, twice in zip(names, districts, shared, strict=True)
    ]
    taken, apart = set(longer), []
    for name in longer:
        number, own = 2, name
        while own in apart or (own in taken and own != name):
            own, number = f"{name} ({number})", number + 1
        apart.append(own)
    return apart


__all__ = ["name_places"]
