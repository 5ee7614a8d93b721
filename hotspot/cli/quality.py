"""The command that grades an agency's extract: quality."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotspot.cli.progress import Progress

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


def quality(
    files: Annotated[list[str], typer.Argument(help="The agency's files: paths, a glob, a folder or a zip archive.")],
    *,
    source: Annotated[str, typer.Option(help="Built-in source (such as ed_istv), or the path of your own TOML file.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the pages and tables.")] = Path("quality"),
    gazetteer: Annotated[
        Path | None,
        typer.Option(help="Named places: columns name, longitude and latitude (or easting and northing), kind."),
    ] = None,
    postcodes: Annotated[
        Path | None, typer.Option(help="Table of postcodes: Code-Point Open, ONSPD or NSPL as downloaded.")
    ] = None,
    received: Annotated[
        str | None, typer.Option(help="Day on which the extract arrived, such as 2024-01-15. Default: not known.")
    ] = None,
    first: Annotated[str | None, typer.Option(help="First month that is due, such as 2023-01.")] = None,
    last: Annotated[str | None, typer.Option(help="Last month that is due.")] = None,
    expected: Annotated[
        list[str] | None, typer.Option(help="Provider that should share; repeat for each. Absent ones are named.")
    ] = None,
    max_reject: Annotated[
        float, typer.Option(help="Largest share of unreadable rows before the extract is refused.")
    ] = 0.5,
) -> None:
    """
    Grade an agency's extract and write a page for each provider.

    Each page is for its own provider only: it holds exact counts, and no value of any record.
    """
    from hotspot.ingest import quality_report, read_incidents
    from hotspot.outputs import save_quality_report

    if (first is None) != (last is None):
        raise typer.BadParameter("--first and --last go together.")
    with Progress() as progress:
        progress("Reading")
        places = _places_and_postcodes(gazetteer, postcodes)
        records = read_incidents(files, source=source, gazetteer=places, max_reject=max_reject)
        progress("Grading")
        period = None if first is None or last is None else (first, last)
        report = quality_report(
            records, period=period, received=received, expected=expected or None, notes=progress.notes
        )
        written = save_quality_report(report, out)
    typer.echo(report.summary())
    typer.echo("\nWritten:")
    for path in written:
        typer.echo(f"  {path}")
    typer.echo("Send each provider its own page only: small counts are in it.")


def _places_and_postcodes(gazetteer: Path | None, postcodes: Path | None) -> GeoDataFrame | None:
    """Read named places and a table of postcodes, one below the other."""
    import pandas as pd

    from hotspot.locate import read_postcodes

    tables = [] if gazetteer is None else [_places(gazetteer)]
    if postcodes is not None:
        table = read_postcodes(postcodes)
        tables.append(table.to_crs(tables[0].crs) if tables else table)
    return pd.concat(tables, ignore_index=True) if tables else None


def _places(path: Path) -> GeoDataFrame:
    """Read a gazetteer whose columns have the usual names."""
    import csv

    from hotspot.errors import InputError
    from hotspot.locate import read_gazetteer

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            headers = next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError):
        raise InputError(f"gazetteer: {path.name!r} cannot be read as UTF-8 text.") from None
    usual = ("name", "longitude", "latitude", "easting", "northing", "kind", "area_code")
    columns = {name: name for name in usual if name in headers}
    if "longitude" in columns:
        columns = {name: header for name, header in columns.items() if name not in {"easting", "northing"}}
    if "name" not in columns:
        raise InputError(f"gazetteer: {path.name!r} has no column 'name'. Rename its columns to: {', '.join(usual)}.")
    return read_gazetteer(path, **columns)
