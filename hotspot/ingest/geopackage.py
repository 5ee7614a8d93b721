"""Open a GeoPackage: told by its content, read from memory, and never a way to another file."""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING

import numpy as np

from hotspot.checks import listed, nearest
from hotspot.errors import InputError
from hotspot.geopackage import MAGIC, require_sound
from hotspot.ingest.cells import plain
from hotspot.ingest.open_table import OpenTable, Taken
from hotspot.ingest.points import GEOMETRY_HEADERS, point_columns, system_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hotspot.ingest.files import Part
    from hotspot.ingest.mapping import Files

_ODD_CONTENT = "content for record"
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
        If it is damaged, another kind of database, holds virtual tables (they can read other files), has several
        layers and none is stated, or the layer is a view, is calculated, or states another number of features than
        it holds.
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
        MemoryError,
    )
    remarks: list[str] = []
    try:
        require_sound("data", part.name, part.content, files.layer)
        with _quietly([]):
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
        dropped: list[str] = []
        try:
            with _quietly(dropped):
                frame = pyogrio.read_dataframe(
                    part.content, layer=layer, columns=[fields[position] for position in wanted],
                    read_geometry=places, datetime_as_string=True,
                )  # fmt: skip
        except failures as error:
            raise _damaged(part.name, error) from None
        if len(frame) != about["features"]:
            raise InputError(f"data: {part.name!r} breaks off before its end. Export it again.")
        remarks[:] = _said_of_dates(part.name, dropped) or remarks
        columns = {position: plain(frame[fields[position]]) for position in wanted}
        if places:
            crs = None if about["crs"] is None else system_of(part.name, about["crs"])
            points = point_columns(part.name, frame.geometry.to_numpy(), crs)
            columns |= {position: points[header[position]] for position in positions if position >= len(fields)}
        return Taken(columns, np.arange(1, len(frame) + 1))

    facts = {"kind": "gpkg", "layer": layer, "rows": about["features"]}
    return OpenTable(part.name, "gpkg", header, facts, take, remarks=remarks)


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


def _said_of_dates(name: str, remarks: list[str]) -> list[str]:
    """Count GDAL's remarks on values that are no dates; it quotes the values, so the remarks themselves go nowhere."""
    odd = sum(_ODD_CONTENT in remark for remark in remarks)
    return [f"{name!r} holds {odd:,} value(s) in columns of dates that are no dates; they are missing."] if odd else []


def _damaged(name: str, error: Exception) -> InputError:
    return InputError(
        f"data: {name!r} is a damaged or incomplete GeoPackage ({type(error).__name__}). Export it again."
    )


@contextlib.contextmanager
def _quietly(remarks: list[str]) -> Iterator[None]:
    """Keep GDAL's remarks from the reader: they quote values of records, and text that the file's maker chose."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RuntimeWarning)
        yield
    remarks += [str(warning.message) for warning in caught if issubclass(warning.category, RuntimeWarning)]


__all__ = ["MAGIC", "open_geopackage"]
