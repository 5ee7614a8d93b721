"""Open files of polygons: told by their content, never by their name, and only the formats that are data."""

from __future__ import annotations

import glob
import hashlib
import io
import json
import struct
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyarrow.lib
import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from hotspot.checks import folder_of, listed, require_columns
from hotspot.errors import CRSError, InputError
from hotspot.geography.shapefiles import require_parts, unzip_shapefile
from hotspot.geopackage import MAGIC, require_sound

if TYPE_CHECKING:
    from collections.abc import Sequence

_DRIVERS = frozenset({"GPKG", "GeoJSON", "TopoJSON", "ESRI Shapefile", "FlatGeobuf"})
_FORMATS = "GeoPackage, GeoJSON, TopoJSON, Shapefile, FlatGeobuf or Parquet"
_SHAPEFILE = b"\x00\x00\x27\x0a"
_DEGREES = (-180.0, -90.0, 180.0, 90.0)


def find_files(path: object) -> list[Path]:
    """
    List the files that a path, a pattern or a list of them names, in order, each once.

    Raises
    ------
    InputError
        If it is an address, names nothing, or names a folder.
    """
    if isinstance(path, (list, tuple)):
        if not path:
            raise InputError("path: the list is empty. Give at least one file.")
        return list(dict.fromkeys(file for item in path for file in find_files(item)))
    if not isinstance(path, (str, Path)):
        raise InputError(f"path: {type(path).__name__} cannot be read. Give a file, a pattern, a list or a frame.")
    text = str(path)
    if "://" in text or text.startswith("/vsi"):
        raise InputError("path: addresses and virtual paths are not opened. Download the file and give its path.")
    given = Path(text)
    if given.is_file():
        return [given]
    if given.is_dir():
        raise InputError(f"path: {given.name!r} is a folder. Give its files by a pattern, such as 'folder/*.geojson'.")
    if glob.has_magic(text):
        found = sorted(Path(match) for match in glob.glob(text) if Path(match).is_file())  # noqa: PTH207 - absolute patterns
        if found:
            return found
        raise InputError(f"path: no file matches {given.name!r}; looked in {folder_of(given)}.")
    raise InputError(f"path: {given.name!r} is not there; looked in {folder_of(given)}. Check the path.")


def read_layer(file: Path, columns: Sequence[str], layer: str | None) -> tuple[gpd.GeoDataFrame, str]:
    """
    Read one layer of polygons.

    Parameters
    ----------
    file
        A regular file.
    columns
        The columns wanted; the others are not read.
    layer
        Name of the layer, needed only where the file has several.

    Returns
    -------
    tuple
        The frame in the file's own reference system, and the SHA-256 of the file.

    Raises
    ------
    InputError
        If the file is of another kind, damaged, or lacks a column.
    CRSError
        If it says no reference system.
    """
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if not content:
        raise InputError(f"path: {file.name!r} is empty.")
    if content.startswith(b"PK\x03\x04"):
        with tempfile.TemporaryDirectory() as folder:
            shapefile = unzip_shapefile(file.name, content, Path(folder))
            return read_layer(shapefile, columns, layer)[0], digest
    kind = _kind(file.name, content)
    if kind == "ESRI Shapefile":
        require_parts(file)
    if kind == "GPKG":
        require_sound("path", file.name, content, layer)
    frame = _read_parquet(file.name, content, columns) if kind == "Parquet" else None
    if frame is None:
        source: Any = file if kind == "ESRI Shapefile" else content
        with warnings.catch_warnings():
            # GDAL remarks on the name of a file in memory, which has none, and quotes values that it cannot read
            warnings.simplefilter("ignore", RuntimeWarning)
            frame = _read_with_gdal(file.name, source, kind, columns, layer)
    return _with_crs(frame, file.name, kind), digest


def _kind(name: str, content: bytes) -> str:
    """Tell the format by the first bytes, and refuse a file that is shorter than its header says."""
    head = content[:128]
    if head.startswith(MAGIC):
        page, pages = struct.unpack(">H", head[16:18])[0], struct.unpack(">I", head[28:32])[0]
        if len(content) < (65536 if page == 1 else page) * pages:
            raise InputError(_broken(name))
        return "GPKG"
    if head.startswith(_SHAPEFILE):
        if len(content) < 2 * struct.unpack(">I", head[24:28])[0]:
            raise InputError(_broken(name))
        return "ESRI Shapefile"
    if head.startswith(b"fgb\x03fgb"):
        return "FlatGeobuf"
    if head.startswith(b"PAR1"):
        if not content.endswith(b"PAR1"):
            raise InputError(_broken(name))
        return "Parquet"
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return _kind_of_json(name, content)
    raise InputError(f"path: {name!r} is not a {_FORMATS} file. Unpack or export it as one of these.")


def _kind_of_json(name: str, content: bytes) -> str:
    """Tell GeoJSON from TopoJSON, and refuse what is neither or breaks off."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise InputError(_broken(name)) from None
    found = document.get("type")
    if _asks_for_address(document):
        raise CRSError(
            f"path: {name!r} names its coordinate reference system by an address, and addresses are not fetched. "
            "Export it with the system's code."
        )
    if found == "Topology":
        return "TopoJSON"
    if found == "FeatureCollection":
        return "GeoJSON"
    raise InputError(f"path: {name!r} is JSON, but neither a GeoJSON FeatureCollection nor a TopoJSON Topology.")


def _asks_for_address(document: dict[str, Any]) -> bool:
    """Tell whether the reference system, of the whole or of a feature, is anything but a name."""
    features = document.get("features")
    holders = [document, *(features if isinstance(features, list) else [])]
    holders += [holder["geometry"] for holder in holders if isinstance(holder, dict) and "geometry" in holder]
    stated = [holder["crs"] for holder in holders if isinstance(holder, dict) and holder.get("crs") is not None]
    return any(not isinstance(crs, dict) or crs.get("type") not in {"name", "EPSG"} for crs in stated)


def _broken(name: str) -> str:
    return f"path: {name!r} is damaged or breaks off before its end. Download or export it again."


def _read_parquet(name: str, content: bytes, columns: Sequence[str]) -> gpd.GeoDataFrame:
    try:
        frame = gpd.read_parquet(io.BytesIO(content))
    except ValueError as error:
        if isinstance(error, pyarrow.lib.ArrowInvalid):
            raise InputError(_broken(name)) from None
        raise InputError(f"path: {name!r} is Parquet without geometry. Export it as GeoParquet.") from None
    except (OSError, pyarrow.lib.ArrowException):
        raise InputError(_broken(name)) from None
    require_columns(frame, columns, f"path: {name!r}")
    return frame[[*columns, frame.geometry.name]]


def _read_with_gdal(name: str, source: Any, kind: str, columns: Sequence[str], layer: str | None) -> gpd.GeoDataFrame:  # noqa: ANN401 - path or bytes
    """Read with GDAL, and check that it used the driver that the first bytes promise and gave every feature."""
    try:
        layers = [str(found) for found in pyogrio.list_layers(source)[:, 0]]
        if layer is not None and layer not in layers:
            raise InputError(f"layer: {name!r} has no layer {layer!r}; it has {listed(layers)}.")
        if layer is None and len(layers) != 1:
            raise InputError(f"path: {name!r} has {len(layers)} layers ({listed(layers)}). Name one with layer=.")
        about = pyogrio.read_info(source, layer=layer, force_feature_count=True)
        if about["driver"] != kind or kind not in _DRIVERS:
            raise InputError(f"path: {name!r} is not a {_FORMATS} file.")
        require_columns(pd.DataFrame(columns=list(about["fields"])), columns, f"path: {name!r}")
        frame = pyogrio.read_dataframe(source, layer=layer, columns=list(columns))
    except (DataSourceError, DataLayerError, pyogrio.errors.GeometryError, pyogrio.errors.FeatureError):
        raise InputError(_broken(name)) from None
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(f"path: {name!r} holds no polygons: its layer has no geometry.")
    if len(frame) != about["features"]:
        raise InputError(_broken(name))
    return frame


def _with_crs(frame: gpd.GeoDataFrame, name: str, kind: str) -> gpd.GeoDataFrame:
    """Refuse a frame without a reference system, or in degrees that cannot be degrees."""
    west, south, east, north = frame.total_bounds if len(frame) else (0.0, 0.0, 0.0, 0.0)
    degrees = west >= _DEGREES[0] and south >= _DEGREES[1] and east <= _DEGREES[2] and north <= _DEGREES[3]
    if frame.crs is None and kind == "TopoJSON" and degrees:
        # the format has no place for a reference system; by custom it is longitude and latitude
        return frame.set_crs(4326)
    if frame.crs is None:
        raise CRSError(
            f"path: {name!r} says no coordinate reference system. Export it with one, "
            "or read it with geopandas, set_crs() and give the frame."
        )
    if frame.crs.is_geographic and not degrees and len(frame):
        raise CRSError(
            f"path: {name!r} says {frame.crs.name}, but its coordinates are not degrees "
            f"(up to {max(abs(east), abs(north)):,.0f}). Set the right reference system."
        )
    return frame


__all__ = ["find_files", "read_layer"]
