"""Write a release as a GIS file or table."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from hotspot.checks import listed
from hotspot.errors import ConfigError
from hotspot.outputs.atomic import write_atomically
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

    from hotspot.disclosure import Release

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
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
    OutputError
        If the file cannot be written; what stood there before is untouched.

    Notes
    -----
    A hidden count is empty in GIS files and ``*`` in CSV; its labels say ``Suppressed``. A source that does not
    cover an area is empty everywhere.

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
    file = Path(path)
    writer = _WRITERS.get(file.suffix.lower())
    if writer is None:
        raise ConfigError(f"path: {file.suffix!r} is not a format hotspot writes. Use {listed(_WRITERS)}.")
    done = write_atomically(file, lambda draft: writer(release, draft))
    note("export", file=file.name, areas=len(release.areas))
    return done


def safe_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV that Excel opens as UTF-8 and in which no text cell can be a formula."""
    frame = table.reset_index()
    for name in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[name]) and not pd.api.types.is_bool_dtype(frame[name]):
            frame[name] = frame[name].map(_plain_text, na_action="ignore")
    frame.columns = [_plain_text(str(name)) for name in frame.columns]
    frame.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n", float_format="%.6g")


def flat_areas(release: Release) -> pd.DataFrame:
    """Give the areas without geometry, with ``*`` where a count is hidden."""
    table = pd.DataFrame(release.areas.drop(columns="geometry"))
    table.index.name = "area_code"
    for source in release.sources:
        mask = release.hidden[source].astype(bool)
        for column in (f"n_{source}", f"rate_{source}"):
            if column in table and mask.any():
                table[column] = table[column].astype(object).mask(mask, "*")
    return table


def _plain_text(value: object) -> object:
    """Put an apostrophe before text that a spreadsheet would run; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


def _areas(release: Release) -> gpd.GeoDataFrame:
    """Give the areas with the code as a column, and codes and labels as plain text."""
    areas = release.areas.copy()
    areas.index.name = "area_code"
    return areas.reset_index()


def _write_csv(release: Release, path: Path) -> None:
    safe_csv(flat_areas(release), path)


def _write_geojson(release: Release, path: Path) -> None:
    _areas(release).to_crs(4326).to_file(path, driver="GeoJSON", RFC7946="YES", WRITE_NAME="NO")


def _write_parquet(release: Release, path: Path) -> None:
    _areas(release).to_parquet(path, index=False, compression="zstd", schema_version="1.1.0", write_covering_bbox=True)


def _write_gpkg(release: Release, path: Path) -> None:
    _areas(release).to_file(path, driver="GPKG", layer="areas")
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE metadata (item TEXT PRIMARY KEY, value TEXT)")
        database.executemany("INSERT INTO metadata VALUES (?, ?)", sorted(metadata(release).items()))
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change) "
            "VALUES ('metadata', 'attributes', 'metadata', ?)",
            (_FIXED_TIME,),
        )
        database.execute("UPDATE gpkg_contents SET last_change = ?", (_FIXED_TIME,))
    database.close()


def metadata(release: Release) -> dict[str, str]:
    """Collect the texts that must travel with the figures: title, period, marking, rule, statement, caveats."""
    about = release.about
    lines = {key: str(about[key]) for key in ("title", "organisation", "period", "geography")}
    caveats, method = about["caveats"], about["method"]
    return {
        **lines,
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
