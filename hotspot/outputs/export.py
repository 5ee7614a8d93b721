"""Write a release as a GIS file or table."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from hotspot.checks import listed
from hotspot.disclosure import Release
from hotspot.disclosure.seal import seal_of
from hotspot.errors import ConfigError, DisclosureError, OutputError
from hotspot.outputs.atomic import write_atomically
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the start of a formula; the last four are the wide forms of the first."""
_FIXED_TIME = "2000-01-01T00:00:00.000Z"
"""GeoPackage notes when it was written; the same release must give the same bytes."""


def export(release: Release, path: str | Path) -> Path:
    """
    Write the areas of a release to a file; its ending names the format.

    Parameters
    ----------
    release
        What may be written.
    path
        ``.gpkg`` (GeoPackage, with a ``metadata`` table), ``.geojson`` (EPSG:4326), ``.csv`` (no geometry; opens
        safely in spreadsheets) or ``.parquet`` (GeoParquet).

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ConfigError
        If the ending names no format.
    DisclosureError
        If it is no release.
    OutputError
        If the file cannot be written; what stood there before is untouched.

    Notes
    -----
    A hidden count is empty in GIS files and ``*`` in CSV; its labels say ``Suppressed``. A source that does not
    cover an area is empty everywhere. Marking, rule and statement stand in the ``metadata`` table of a GeoPackage,
    in the ``description`` of a GeoJSON and under ``hotspot`` in the metadata of a GeoParquet file; the CSV of a
    restricted release has them in a column, because a table has no other place for them. No Shapefile is written:
    it cuts names to ten letters and cannot tell a missing number from 0.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import geopandas as gpd
    >>> import hotspot as hs
    >>> from shapely.geometry import box
    >>> counts = gpd.GeoDataFrame({"n_ed": [3, 12]}, index=["A", "B"], crs=27700,
    ...     geometry=[box(0, 0, 900, 900), box(900, 0, 1800, 900)])
    >>> counts.index.name = "area_code"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = hs.export(hs.release(counts), pathlib.Path(folder) / "areas.csv")
    ...     print(file.read_text(encoding="utf-8-sig"))
    area_code,n_ed
    A,*
    B,10
    <BLANKLINE>
    """
    require_release(release)
    file = Path(path)
    writer = _WRITERS.get(file.suffix.lower())
    if writer is None:
        raise ConfigError(f"path: {file.suffix!r} is not a format hotspot writes. Use {listed(_WRITERS)}.")
    done = write_atomically(file, lambda draft: writer(release, draft))
    note("export", file=file.name, areas=len(release.areas))
    return done


def require_release(release: object) -> None:
    """Refuse to write anything for others that has not been through the gate."""
    if not isinstance(release, Release):
        raise DisclosureError(
            f"release: {type(release).__name__} is no release. Pass counts through hotspot.release first; "
            "only what it gives back may be written."
        )
    if seal_of(release.areas, release.hidden, release.surfaces, release.tables) != release.seal:
        raise DisclosureError(
            "release: it was changed after the gate. Put what you add into 'counts' or 'analyse' and release again."
        )


def safe_csv(table: pd.DataFrame, path: Path, *, stamp: str = "") -> None:
    """
    Write a table as CSV that Excel opens as UTF-8 and in which no text cell can be a formula.

    Parameters
    ----------
    table
        With what it is by as its index.
    path
        The file.
    stamp
        Marking for a last column ``marking``; none if empty.
    """
    frame = table.reset_index()
    if stamp:
        frame["marking"] = stamp
    for position, name in enumerate(frame.columns):
        column = frame.iloc[:, position]
        if not pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            frame[name] = column.astype(object).map(_plain_text, na_action="ignore")
    frame.columns = [_plain_text(str(name)) for name in frame.columns]
    frame.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n", float_format=_number)


def flat_areas(release: Release) -> pd.DataFrame:
    """Give the areas without geometry, with ``*`` where a count is hidden."""
    table = pd.DataFrame(release.areas.drop(columns="geometry"))
    table.index.name = "area_code"
    columns = [(f"{stem}_{source}", source) for source in release.sources for stem in ("n", "rate")]
    return starred(table, {column: release.hidden[source] for column, source in columns if column in table})


def starred(table: pd.DataFrame, hidden: Mapping[str, pd.Series] | pd.DataFrame) -> pd.DataFrame:
    """Put ``*`` where a figure is hidden; what is only missing stays empty."""
    result = table.copy()
    for column, mask in hidden.items():
        if mask.any():
            result[column] = table[column].astype(object).mask(mask.astype(bool), "*")
    return result


def _plain_text(value: object) -> object:
    """Put an apostrophe before text that a spreadsheet would run; numbers stay numbers."""
    if isinstance(value, str):
        # The writer quotes a line feed but no carriage return, at which a spreadsheet would begin a new row.
        text = value.replace("\r\n", "\n").replace("\r", "\n")
        return f"'{text}" if value.startswith(_FORMULA_STARTS) else text
    return _number(value) if isinstance(value, float) else value


def _number(value: object) -> str:
    """Write a number with ten significant digits, and never as 1e+06, which a spreadsheet rounds."""
    text = f"{value:.10g}"
    return text if "e" not in text else f"{value:.12f}".rstrip("0").rstrip(".")


def _areas(release: Release) -> gpd.GeoDataFrame:
    """Give the areas with the code as a column, and codes and labels as plain text."""
    areas = release.areas.copy()
    areas.index.name = "area_code"
    return areas.reset_index()


def _write_csv(release: Release, path: Path) -> None:
    safe_csv(flat_areas(release), path, stamp=release.policy.stamp if release.policy.is_restricted else "")


def _write_geojson(release: Release, path: Path) -> None:
    described = f"{release.policy.stamp}\n{release.statement}"
    _write_layer(_areas(release).to_crs(4326), path, driver="GeoJSON", RFC7946="YES", DESCRIPTION=described)


def _write_parquet(release: Release, path: Path) -> None:
    import json

    import pyarrow.parquet as pq

    areas = _areas(release)
    # The page check sums let a reader notice a flipped bit instead of showing another number.
    areas.to_parquet(path, index=False, compression="zstd", schema_version="1.1.0", write_covering_bbox=True)
    table = pq.read_table(path)
    texts = json.dumps(metadata(release), sort_keys=True, ensure_ascii=False).encode()
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), b"hotspot": texts})
    pq.write_table(table, path, compression="zstd", write_page_checksum=True)


def _write_gpkg(release: Release, path: Path) -> None:
    _write_layer(_areas(release), path, driver="GPKG", layer="areas")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE metadata (item TEXT PRIMARY KEY, value TEXT)")
        database.executemany("INSERT INTO metadata VALUES (?, ?)", sorted(metadata(release).items()))
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change) "
            "VALUES ('metadata', 'attributes', 'metadata', ?)",
            (_FIXED_TIME,),
        )
        database.execute("UPDATE gpkg_contents SET last_change = ?", (_FIXED_TIME,))


def _write_layer(areas: gpd.GeoDataFrame, path: Path, **options: str) -> None:
    """Write through GDAL, whose failures (a full disk, mostly) are no OSErrors."""
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

    try:
        areas.to_file(path, engine="pyogrio", **options)
    except (DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError):
        raise OutputError(f"path: {path.name!r} cannot be written by the GIS driver. Is the disk full?") from None


def metadata(release: Release) -> dict[str, str]:
    """Collect the texts that must travel with the figures: title, period, marking, rule, statement, caveats."""
    about = release.about
    lines = {key: str(about[key]) for key in ("title", "organisation", "period", "geography")}
    caveats, method = about["caveats"], about["method"]
    return {
        **lines,
        "stamp": release.policy.stamp,
        "marking": release.policy.marking,
        "handling": release.policy.handling,
        "policy": str(release.policy),
        "statement": release.statement,
        "caveats": "\n".join(caveats) if isinstance(caveats, list) else "",
        "method": "\n".join(method) if isinstance(method, list) else "",
    }


_WRITERS: dict[str, Callable[[Release, Path], None]] = {
    ".gpkg": _write_gpkg,
    ".geojson": _write_geojson,
    ".csv": _write_csv,
    ".parquet": _write_parquet,
}
