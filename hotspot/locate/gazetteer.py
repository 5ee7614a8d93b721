"""Read a gazetteer: named places with coordinates."""

from __future__ import annotations

import difflib
import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError as UnknownCRS

from hotspot.checks import nearest, require_columns
from hotspot.errors import ConfigError, CRSError, InputError
from hotspot.record import note
from hotspot.schema import LOCATION_LEVELS
from hotspot.sheets import frame_of_rows, is_workbook, workbook_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

_DELIMITERS = (",", "\t", ";", "|")


def read_gazetteer(
    data: str | Path | pd.DataFrame,
    *,
    name: str,
    longitude: str | None = None,
    latitude: str | None = None,
    easting: str | None = None,
    northing: str | None = None,
    kind: str | None = None,
    area_code: str | None = None,
    crs: int | str | None = None,
) -> gpd.GeoDataFrame:
    """
    Read named places, against which free-text locations are resolved.

    Parameters
    ----------
    data
        Delimited text file with a header (gzip allowed), workbook or frame: one row per place.
    name
        Column of the place's name (for ``kind="postcode"`` the postcode).
    longitude, latitude
        Columns in degrees, EPSG:4326.
    easting, northing
        Columns in metres of ``crs`` (default EPSG:27700), instead of longitude and latitude.
    kind
        Column that holds each place's level, or one level for all, such as ``venue``, ``street``, ``postcode``
        or ``locality``. Other words in the column (pub, school) make a venue; so does no column.
    area_code
        Column of the statistical area that the place lies in.
    crs
        Metric system of the result and of eastings and northings. None: EPSG:27700 in Great Britain, else UTM.

    Returns
    -------
    GeoDataFrame
        ``name``, ``kind``, ``area_code`` (if given) and point ``geometry``; places without name or coordinates
        are left out and counted in the note.

    Raises
    ------
    InputError
        If the file cannot be read, a column is missing, or no place is left.
    ConfigError
        If coordinates are not named in one of the two ways, or a kind is unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.locate import read_gazetteer
    >>> table = pd.DataFrame({"pub": ["The Black Lion"], "x": [318500], "y": [176500]})
    >>> read_gazetteer(table, name="pub", easting="x", northing="y")[["name", "kind"]].values.tolist()
    [['The Black Lion', 'venue']]
    """
    by_degrees, by_metres = (longitude is not None, latitude is not None), (easting is not None, northing is not None)
    if (all(by_degrees), all(by_metres)) not in {(True, False), (False, True)} or any(by_degrees) == any(by_metres):
        raise ConfigError("gazetteer: name either longitude and latitude or easting and northing.")
    x_name, y_name = (longitude, latitude) if all(by_degrees) else (easting, northing)
    columns = [str(column) for column in (name, x_name, y_name, area_code) if column is not None]
    kind_is_column = kind is not None and kind not in LOCATION_LEVELS
    if kind_is_column:
        columns.append(str(kind))
    table = _table(data, columns)
    x = pd.to_numeric(table[str(x_name)], errors="coerce").to_numpy(dtype=np.float64)
    y = pd.to_numeric(table[str(y_name)], errors="coerce").to_numpy(dtype=np.float64)
    names = table[name].astype("str").str.strip()
    usable = np.isfinite(x) & np.isfinite(y) & ~((x == 0) & (y == 0)) & (names.fillna("") != "").to_numpy()
    if not usable.any():
        raise InputError(f"gazetteer: none of {len(table)} places has both a name and coordinates.")
    given = _system(4326) if all(by_degrees) else _system(crs if crs is not None else 27700)
    places = gpd.GeoDataFrame(
        {"name": names[usable].reset_index(drop=True)}, geometry=gpd.points_from_xy(x[usable], y[usable], crs=given)
    )
    _check_range(places, degrees=all(by_degrees))
    places["kind"] = _kinds(table[str(kind)][usable] if kind_is_column else kind, len(places))
    if area_code is not None:
        places["area_code"] = table[area_code][usable].astype("str").str.strip().str.upper().reset_index(drop=True)
        places.loc[places["area_code"] == "", "area_code"] = pd.NA
    places = places.to_crs(_target(places, crs))
    note(
        "read_gazetteer", read=len(table), kept=len(places), without_name_or_place=int((~usable).sum()),
        kinds={str(k): int(v) for k, v in places["kind"].value_counts().sort_index().items()},
        crs=places.crs.to_string(),
    )  # fmt: skip
    return places[[column for column in ("name", "kind", "area_code", "geometry") if column in places]]


def _table(data: str | Path | pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Read the named columns as text."""
    if isinstance(data, pd.DataFrame):
        require_columns(data, columns, "gazetteer")
        return pd.DataFrame(data)[list(dict.fromkeys(columns))].reset_index(drop=True)
    path = Path(data)
    if not path.is_file():
        raise InputError(f"gazetteer: {path.name!r} is not there.")
    try:
        content = path.read_bytes()
        if is_workbook(content):
            where = f"gazetteer: {path.name!r}"
            table, _ = frame_of_rows(workbook_rows(path.name, content, columns, where), columns, where)
            require_columns(table, columns, where)
            return table[list(dict.fromkeys(columns))]
        content = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
        text = content.decode("utf-8-sig") if _is_utf8(content) else content.decode("cp1252")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"gazetteer: {path.name!r} cannot be read as text ({type(error).__name__}).") from None
    if not text.strip() or "\0" in text or text.lstrip().startswith("<"):
        raise InputError(f"gazetteer: {path.name!r} is empty or not a table. Give delimited text with a header.")
    header = text.lstrip("\r\n").splitlines()[0]
    delimiter = max(_DELIMITERS, key=header.count)
    import io

    try:
        table = pd.read_csv(io.StringIO(text), sep=delimiter, dtype="str", keep_default_na=False, index_col=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise InputError(f"gazetteer: {path.name!r} cannot be cut into rows ({type(error).__name__}).") from None
    table.columns = table.columns.str.strip()
    require_columns(table, columns, f"gazetteer {path.name!r}")
    return table[list(dict.fromkeys(columns))]


def _is_utf8(content: bytes) -> bool:
    """Tell whether bytes are UTF-8."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _kinds(kind: pd.Series | str | None, rows: int) -> pd.Series:
    """Give the level of each place."""
    if kind is None or isinstance(kind, str):
        return pd.Series([kind or "venue"] * rows, dtype="str")
    levels = kind.astype("str").str.strip().str.casefold().replace("", "venue").fillna("venue").reset_index(drop=True)
    unknown = sorted(set(levels) - set(LOCATION_LEVELS))
    typing_errors = [level for level in unknown if difflib.get_close_matches(level, LOCATION_LEVELS, n=1, cutoff=0.8)]
    if typing_errors:
        raise ConfigError(
            f"gazetteer: the kind column {kind.name!r} holds {len(typing_errors)} mistyped level(s), first "
            f"{typing_errors[0]!r}.{nearest(typing_errors[0], LOCATION_LEVELS)}"
        )
    return levels.where(levels.isin(LOCATION_LEVELS), "venue")


def _check_range(places: gpd.GeoDataFrame, *, degrees: bool) -> None:
    """Raise if the coordinates cannot be what they are said to be."""
    west, south, east, north = places.total_bounds
    in_degrees = west >= -180 and east <= 180 and south >= -90 and north <= 90  # noqa: PLR2004 - the globe
    if degrees and not in_degrees:
        raise InputError("gazetteer: longitude and latitude are beyond 180 and 90 degrees. Are they metres?")
    if not degrees and in_degrees:
        raise InputError("gazetteer: easting and northing look like degrees. Name them longitude and latitude.")


def _target(places: gpd.GeoDataFrame, crs: int | str | None) -> CRS:
    """Choose the metric system of the result."""
    if crs is not None:
        system = _system(crs)
        if not system.is_projected or system.axis_info[0].unit_name not in {"metre", "meter", "m"}:
            raise CRSError(f"crs: {system.name} is not a projected system in metres. Use e.g. 27700.")
        return system
    if places.crs.is_projected:
        return _system(places.crs)
    x, y = places.geometry.x, places.geometry.y
    inside = (x.between(-8.7, 2.1) & y.between(49.7, 61.0)).mean()
    return _system(27700 if inside > 0.5 else places.estimate_utm_crs())  # noqa: PLR2004 - most of them


def _system(crs: object) -> CRS:
    """Read a reference system."""
    try:
        return CRS.from_user_input(crs)
    except UnknownCRS:
        raise CRSError(f"crs: {crs!r} is no known reference system. Use an EPSG code such as 27700.") from None
