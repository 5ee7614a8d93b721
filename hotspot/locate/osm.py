"""Read named places and streets from OpenStreetMap extracts."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from hotspot.checks import listed
from hotspot.errors import CRSError, InputError
from hotspot.geopackage import MAGIC, require_sound
from hotspot.locate.gazetteer import metric_system
from hotspot.locate.radii import LEVEL_RADII
from hotspot.record import note

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DRIVERS = {MAGIC: "GPKG", b"fgb\x03fgb": "FlatGeobuf"}
_LINKED = re.compile(rb'"crs"\s*:\s*\{[^{}]*"type"\s*:\s*"(?!name"|EPSG")')
_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
_TAGS = (
    "name", "alt_name", "old_name", "short_name", "brand", "amenity", "shop", "leisure", "tourism",
    "highway", "railway", "public_transport", "place", "office", "historic", "healthcare", "fclass", "addr:street",
    "addr:city", "addr:suburb",
)  # fmt: skip
_PLACES = frozenset(
    {"borough", "city", "hamlet", "locality", "neighbourhood", "quarter", "suburb", "town", "village", "island"}
)
_VENUES = ("amenity", "shop", "leisure", "tourism", "railway", "public_transport", "office", "historic", "healthcare")
_ROAD_TYPES = """
motorway motorway_link trunk trunk_link primary primary_link secondary secondary_link tertiary tertiary_link
residential unclassified living_street pedestrian service track road footway path cycleway steps bridleway busway
"""
_ROADS = frozenset(_ROAD_TYPES.split())
_GAP = 100.0
_ALIASES = ("alt_name", "old_name", "short_name", "brand")


def read_osm_places(
    data: str | Path | gpd.GeoDataFrame, *, layer: str | None = None, crs: int | str | None = None
) -> gpd.GeoDataFrame:
    """
    Read an OpenStreetMap extract as a gazetteer.

    Parameters
    ----------
    data
        GeoJSON, GeoPackage or FlatGeobuf as exported by Overpass, osmium, ogr2ogr or Geofabrik, or a frame read with
        geopandas. Tags may be columns, a column ``other_tags`` (ogr2ogr) or ``tags`` (JSON), or ``fclass`` (Geofabrik).
    layer
        Name of the layer; needed if the file has several. Read each and put them together with ``pandas.concat``.
    crs
        Metric system of the result. None: EPSG:27700 in Great Britain, else UTM.

    Returns
    -------
    GeoDataFrame
        ``name``, ``kind`` (street, locality, venue, hospital), ``aliases`` (other names and the brand), ``street`` and
        ``locality`` (of the address), ``uncertainty_m`` and point ``geometry``. The pieces of a street that lie within
        100 m of one another are one street: a point on it, and the distance to its furthest end. An outline is its
        centre and the distance to its furthest corner. Nameless and other things are left out and counted.

    Raises
    ------
    InputError
        If the file is of another format or damaged, has several layers, no names, or no place is left.
    CRSError
        If it says no reference system, or names one by an address (addresses are not fetched).

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import LineString, Point
    >>> from hotspot.locate import read_osm_places
    >>> extract = gpd.GeoDataFrame(
    ...     {"name": ["The Black Lion", "Mill Lane"], "amenity": ["pub", None], "highway": [None, "residential"]},
    ...     geometry=[Point(-3.18, 51.48), LineString([(-3.18, 51.48), (-3.18, 51.484)])], crs=4326,
    ... )
    >>> read_osm_places(extract)[["name", "kind"]].to_numpy().tolist()
    [['The Black Lion', 'venue'], ['Mill Lane', 'street']]
    """
    frame = data if isinstance(data, gpd.GeoDataFrame) else _read(Path(data), layer)
    if frame.crs is None:
        raise CRSError("gazetteer: the extract says no reference system. OpenStreetMap's is set_crs(4326).")
    tags = _tags(frame)
    usable = (frame.geometry.notna() & ~frame.geometry.is_empty).to_numpy() & tags["name"].notna().to_numpy()
    kind = np.where(usable, _kinds(tags, frame.geom_type.to_numpy(dtype=object)), "")
    chosen = kind != ""
    if not chosen.any():
        raise InputError(f"gazetteer: none of {len(frame)} things of the extract is a named place or street.")
    shapes = frame.geometry[chosen]
    shapes = shapes.to_crs(metric_system(shapes, crs))
    table = tags[chosen].assign(kind=kind[chosen]).reset_index(drop=True)
    streets = (table["kind"] == "street").to_numpy() & (shapely.get_dimensions(shapes.to_numpy()) == 1)
    places = pd.concat(
        [_places(table[~streets], shapes[~streets]), _streets(table[streets], shapes[streets])], ignore_index=True
    )
    note(
        "read_osm_places", read=len(frame), used=int(chosen.sum()), kept=len(places),
        street_pieces=int(streets.sum()), crs=shapes.crs.to_string(),
        kinds={str(kind): int(n) for kind, n in places["kind"].value_counts().sort_index().items()},
    )  # fmt: skip
    return gpd.GeoDataFrame(places, geometry="geometry", crs=shapes.crs)


def _read(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    """Read a file with the driver that its first bytes promise, and no other."""
    import pyogrio

    kind = _kind(path)
    if kind == "GPKG":
        require_sound("gazetteer", path.name, path.read_bytes(), layer)
    try:
        layers = [str(found) for found in pyogrio.list_layers(path)[:, 0]]
        if layer is not None and layer not in layers:
            raise InputError(f"layer: {path.name!r} has no layer {layer!r}; it has {listed(layers)}.")
        if layer is None and len(layers) != 1:
            raise InputError(
                f"gazetteer: {path.name!r} has {len(layers)} layers ({listed(layers)}). Name one with layer=."
            )
        if pyogrio.read_info(path, layer=layer)["driver"] != kind:
            raise InputError(f"gazetteer: {path.name!r} is not what its first bytes say.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # GDAL quotes values that it cannot read
            frame = pyogrio.read_dataframe(path, layer=layer)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError,
            pyogrio.errors.GeometryError, UnicodeDecodeError):  # fmt: skip
        raise InputError(f"gazetteer: {path.name!r} is damaged or breaks off. Download or export it again.") from None
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(f"gazetteer: {path.name!r} has no geometry.")
    return frame


def _kind(path: Path) -> str:
    """Tell the format by the first bytes."""
    if not path.is_file():
        raise InputError(f"gazetteer: {path.name!r} is not there.")
    with path.open("rb") as file:
        head = file.read(64)
    kind = next((driver for start, driver in _DRIVERS.items() if head.startswith(start)), None)
    if kind is None and head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        kind = "GeoJSON"
        if _LINKED.search(path.read_bytes()):
            raise CRSError(f"gazetteer: {path.name!r} names its reference system by an address; those are not fetched.")
    if kind is None:
        raise InputError(
            f"gazetteer: {path.name!r} is no GeoJSON, GeoPackage or FlatGeobuf. Export it as one of these."
        )
    return kind


def _tags(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Bring the three ways of writing tags to columns; missing and empty ones are missing."""
    packed = next((name for name in ("other_tags", "tags") if name in frame), None)
    unpacked = [_unpack(value) for value in frame[packed]] if packed else [{}] * len(frame)
    columns = {}
    for tag in _TAGS:
        own = frame[tag].astype("object").tolist() if tag in frame else [None] * len(frame)
        values = [a if isinstance(a, str) and a.strip() else b.get(tag) for a, b in zip(own, unpacked, strict=True)]
        columns[tag] = pd.array([v.strip() if isinstance(v, str) and v.strip() else None for v in values], dtype="str")
    return pd.DataFrame(columns)


def _unpack(value: Any) -> dict[str, str]:  # noqa: ANN401 - whatever the file holds
    """Read ``"amenity"=>"pub"`` or a JSON object; anything else has no tags."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        return {}
    if value.lstrip().startswith("{"):
        try:
            read = json.loads(value)
        except (ValueError, RecursionError):
            return {}
        return read if isinstance(read, dict) else {}
    return {key: text.replace('\\"', '"') for key, text in _PAIR.findall(value)}


def _kinds(tags: pd.DataFrame, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Tell streets, settlements, hospitals and other venues apart; empty for what is none of them."""
    line = np.char.endswith(shapes.astype(str), "LineString")
    road = (tags["highway"].isin(_ROADS) | tags["fclass"].isin(_ROADS)).to_numpy()
    settled = (tags["place"].isin(_PLACES) | tags["fclass"].isin(_PLACES)).to_numpy()
    hospital = ((tags["amenity"] == "hospital") | (tags["fclass"] == "hospital")).to_numpy(dtype=bool, na_value=False)
    venue = tags[list(_VENUES)].notna().any(axis=1).to_numpy() | (tags["fclass"].notna().to_numpy() & ~road)
    return np.select(
        [road & (line | ~venue), hospital & ~line, settled & ~line, venue & ~line],
        ["street", "hospital", "locality", "venue"],
        default="",
    ).astype(object)


def _places(table: pd.DataFrame, shapes: gpd.GeoSeries) -> pd.DataFrame:
    """Reduce points and outlines to a point and a radius."""
    outlines = shapes.to_numpy()
    middle = shapely.centroid(outlines)
    return _frame(table.reset_index(drop=True), middle, _reach(outlines, middle))


def _streets(table: pd.DataFrame, shapes: gpd.GeoSeries) -> pd.DataFrame:
    """Join the pieces of each street, and reduce it to a point on it and the distance to its furthest end."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if table.empty:
        return _frame(table, np.array([], dtype=object), np.array([]))
    table, pieces = table.reset_index(drop=True), shapes.to_numpy()
    code = pd.factorize(table["name"].str.casefold())[0]
    one, other = shapely.STRtree(pieces).query(pieces, predicate="dwithin", distance=_GAP)
    same = code[one] == code[other]
    one, other = one[same], other[same]
    links = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(len(pieces), len(pieces)))
    street = connected_components(links, directed=False)[1]
    lines, owner = shapely.get_parts(pieces, return_index=True)
    order = np.argsort(street[owner], kind="stable")
    whole = shapely.multilinestrings(lines[order], indices=street[owner][order])
    west, south, east, north = shapely.bounds(whole).T
    centre = shapely.points((west + east) / 2, (south + north) / 2)
    on_it = shapely.get_point(shapely.shortest_line(whole, centre), 0)
    first = pd.Series(np.arange(len(table))).groupby(street).first().to_numpy()
    return _frame(table.iloc[first].reset_index(drop=True), on_it, _reach(whole, on_it))


def _reach(shapes: NDArray[np.object_], middle: NDArray[np.object_]) -> NDArray[np.float64]:
    """Give the distance from a point to the furthest corner of a shape, metres."""
    reach = np.zeros(len(shapes))
    if not len(shapes):
        return reach
    corners, owner = shapely.get_coordinates(shapes, return_index=True)
    away = np.hypot(corners[:, 0] - shapely.get_x(middle)[owner], corners[:, 1] - shapely.get_y(middle)[owner])
    np.maximum.at(reach, owner, away)
    return reach


def _frame(table: pd.DataFrame, points: NDArray[np.object_], reach: NDArray[np.float64]) -> pd.DataFrame:
    """Put the columns of a gazetteer together."""
    others = [
        ";".join(dict.fromkeys(value for value in row if isinstance(value, str)))
        for row in table[list(_ALIASES)].itertuples(index=False)
    ]
    # half the width of a road; a settlement is mapped as a point in its middle
    least = [LEVEL_RADII["locality"] if kind == "locality" else LEVEL_RADII["venue"] for kind in table["kind"]]
    return pd.DataFrame(
        {
            "name": table["name"],
            "kind": table["kind"],
            "aliases": pd.array([text or None for text in others], dtype="str"),
            "street": table["addr:street"],
            "locality": table["addr:city"].fillna(table["addr:suburb"]),
            "uncertainty_m": np.maximum(reach, np.array(least, dtype=np.float64)).round(1),
            "geometry": points,
        }
    )
