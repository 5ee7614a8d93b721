"""Open a GeoPackage: told by its content, read from memory, and never a way to another file."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspot.checks import listed, nearest
from hotspot.errors import InputError
from hotspot.ingest.cells import plain
from hotspot.ingest.open_table import OpenTable, Taken
from hotspot.ingest.points import GEOMETRY_HEADERS, point_columns, system_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspot.ingest.files import Part
    from hotspot.ingest.mapping import Files

MAGIC = b"SQLite format 3\0"
_SPATIAL_INDEX = re.compile(r"""create virtual table (?:if not exists )?(?:"(?:[^"]|"")*"|\w+) using rtree ?\(""")
_STYLES = "layer_styles"
"""Table in which QGIS keeps how layers look."""


def open_geopackage(part: Part, files: Files) -> OpenTable:
    """
    Open one layer of a GeoPackage.

    Parameters
    ----------
    part
        The file.
    files
        May state the layer; it must where the file has several.

    Returns
    -------
    OpenTable
        Features are numbered from 1; points become the columns of `GEOMETRY_HEADERS`.

    Raises
    ------
    InputError
        If it is damaged, another kind of database, holds virtual tables (they can read other files), or has several
        layers and none is stated.
    """
    import pyogrio
    from pyogrio.errors import CRSError as UnknownCRS
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

    failures = (
        DataLayerError,
        DataSourceError,
        FeatureError,
        FieldError,
        GeometryError,
        UnknownCRS,
        OSError,
        ValueError,
    )
    _check_database(part)
    try:
        with _quietly():
            layers = [str(name) for name in pyogrio.list_layers(part.content)[:, 0] if str(name) != _STYLES]
            layer = _one(part.name, layers, files.layer)
            about = pyogrio.read_info(part.content, layer=layer, force_feature_count=True)
    except failures as error:
        if isinstance(error, InputError):
            raise
        raise _damaged(part.name, error) from None
    if about["driver"] != "GPKG":
        raise InputError(f"data: {part.name!r} is a database, but no GeoPackage. Export the layer as CSV.")
    fields = [str(name) for name in about["fields"]]
    spatial = about["geometry_type"] is not None
    header = fields + list(GEOMETRY_HEADERS if spatial else ())

    def take(positions: Sequence[int]) -> Taken:
        wanted = [position for position in dict.fromkeys(positions) if position < len(fields)]
        places = any(position >= len(fields) for position in positions)
        try:
            with _quietly():
                frame = pyogrio.read_dataframe(
                    part.content, layer=layer, columns=[fields[position] for position in wanted],
                    read_geometry=places, datetime_as_string=True,
                )  # fmt: skip
        except failures as error:
            raise _damaged(part.name, error) from None
        if len(frame) != about["features"]:
            raise InputError(f"data: {part.name!r} breaks off before its end. Export it again.")
        columns = {position: plain(frame[fields[position]]) for position in wanted}
        if places:
            crs = None if about["crs"] is None else system_of(part.name, about["crs"])
            points = point_columns(part.name, frame.geometry.to_numpy(), crs)
            columns |= {position: points[header[position]] for position in positions if position >= len(fields)}
        return Taken(columns, np.arange(1, len(frame) + 1))

    return OpenTable(part.name, "gpkg", header, {"kind": "gpkg", "layer": layer, "rows": about["features"]}, take)


def _one(name: str, layers: list[str], stated: str | None) -> str:
    """Give the layer to read."""
    if stated is not None and stated not in layers:
        raise InputError(
            f"data: {name!r} has no layer {stated!r}; it has {listed(map(repr, layers))}.{nearest(stated, layers)}"
        )
    if stated is None and len(layers) != 1:
        raise InputError(
            f"data: {name!r} has {len(layers)} layers ({listed(map(repr, layers))}). "
            "Say which to read: [files] layer = '…'."
        )
    return stated if stated is not None else layers[0]


def _check_database(part: Part) -> None:
    """Look into the database itself for tables that are read from elsewhere, before GDAL opens it."""
    try:
        with contextlib.closing(sqlite3.connect(":memory:")) as database:
            database.deserialize(part.content)
            database.execute("PRAGMA trusted_schema = OFF")
            rows = database.execute("SELECT name, sql FROM sqlite_master").fetchall()
    except (sqlite3.Error, OverflowError, MemoryError) as error:
        raise _damaged(part.name, error) from None
    if "gpkg_contents" not in {name for name, _ in rows}:
        raise InputError(f"data: {part.name!r} is a SQLite database, but no GeoPackage. Export the table as CSV.")
    for _, sql in rows:
        words = " ".join(str(sql).split()).casefold()
        if words.startswith("create virtual table") and not _SPATIAL_INDEX.match(words):
            raise InputError(
                f"data: {part.name!r} holds a virtual table, which can read other files. Export the layer as CSV."
            )


def _damaged(name: str, error: Exception) -> InputError:
    return InputError(
        f"data: {name!r} is a damaged or incomplete GeoPackage ({type(error).__name__}). Export it again."
    )


@contextlib.contextmanager
def _quietly() -> Any:  # noqa: ANN401 - a context
    """Drop GDAL's remark that a file in memory has no name."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "File .* non conformant file extension", RuntimeWarning)
        warnings.filterwarnings("ignore", ".*has GPKG application_id, but non conformant.*", RuntimeWarning)
        yield


__all__ = ["MAGIC", "open_geopackage"]
