"""Look into a GeoPackage before GDAL opens it: what it holds can run without end, or be read from elsewhere."""

from __future__ import annotations

import contextlib
import re
import sqlite3

from hotspot.errors import InputError

MAGIC = b"SQLite format 3\0"
_SPATIAL_INDEX = re.compile(r"""create virtual table (?:if not exists )?(?:"(?:[^"]|"")*"|\w+) using rtree ?\(""")
_CALCULATED = (2, 3)
"""How SQLite marks generated columns."""


def require_sound(argument: str, name: str, content: bytes, layer: str | None = None) -> None:
    """
    Refuse a GeoPackage that GDAL should not open.

    Parameters
    ----------
    argument, name
        Of the file, for messages.
    content
        The file.
    layer
        The layer that will be read; None looks at all.

    Raises
    ------
    InputError
        If it is damaged, another kind of database, holds virtual tables (they can read other files), or if a layer is a
        view or calculated (it can run without end) or states another number of features than it holds (readers
        believe it, and rows would be lost silently).
    """
    try:
        with contextlib.closing(sqlite3.connect(":memory:")) as database:
            database.deserialize(content)
            database.execute("PRAGMA trusted_schema = OFF")
            tables = database.execute("SELECT name, type, sql FROM sqlite_master").fetchall()
            _check_tables(argument, name, tables)
            plain = {str(table).casefold() for table, kind, _ in tables if kind == "table"}
            for (found,) in database.execute("SELECT table_name FROM gpkg_contents").fetchall():
                if layer in (None, found):
                    _check_layer(argument, name, database, str(found), plain)
    except (sqlite3.Error, OverflowError, MemoryError, UnicodeDecodeError) as error:
        raise InputError(
            f"{argument}: {name!r} is a damaged or incomplete GeoPackage ({type(error).__name__}). Export it again."
        ) from None


def _check_tables(argument: str, name: str, tables: list[tuple[object, object, object]]) -> None:
    """Refuse databases that are no GeoPackage, or hold virtual tables."""
    if "gpkg_contents" not in {table for table, _, _ in tables}:
        raise InputError(f"{argument}: {name!r} is a SQLite database, but no GeoPackage. Export the table as CSV.")
    for _, _, sql in tables:
        words = " ".join(str(sql).split()).casefold()
        if words.startswith("create virtual table") and not _SPATIAL_INDEX.match(words):
            raise InputError(
                f"{argument}: {name!r} holds a virtual table, which can read other files. Export the layer as CSV."
            )


def _check_layer(argument: str, name: str, database: sqlite3.Connection, layer: str, plain: set[str]) -> None:
    """Refuse a layer that is no plain table, or whose stated number of features is wrong."""
    quoted = '"' + layer.replace('"', '""') + '"'
    calculated = [row for row in database.execute(f"PRAGMA table_xinfo({quoted})") if row[6] in _CALCULATED]
    if layer.casefold() not in plain or calculated:
        raise InputError(
            f"{argument}: layer {layer!r} of {name!r} is calculated by the file itself, which can take any time and "
            "memory. Export it as a plain layer."
        )
    held = int(database.execute(f"SELECT count(*) FROM {quoted}").fetchone()[0])  # noqa: S608 - quoted as a name
    if "gpkg_ogr_contents" not in plain:
        return
    stated = database.execute("SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = ?", (layer,)).fetchone()
    if stated is not None and stated[0] is not None and stated[0] != held:
        raise InputError(
            f"{argument}: {name!r} states {stated[0]:,} features in layer {layer!r} and holds {held:,}. "
            "Export it again."
        )


__all__ = ["MAGIC", "require_sound"]
