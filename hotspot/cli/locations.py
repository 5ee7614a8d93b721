"""The commands about free-text locations: locate, and score-locations."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hotspot.cli.progress import Progress
from hotspot.cli.quality import read_places

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

_Gazetteer = Annotated[
    list[Path],
    typer.Option(
        help="Named places: columns name, longitude and latitude (or easting and northing), kind. Repeatable."
    ),
]
_Near = Annotated[str | None, typer.Option(help="Hospital as 'longitude,latitude': nearby places are preferred.")]
_LEAST = Annotated[float, typer.Option(help="Least confidence, 0 to 1, of a place.")]


def locate(
    file: Annotated[Path, typer.Argument(help="Table with one text per row.")],
    *,
    column: Annotated[str, typer.Option(help="Its column of location texts.")],
    gazetteer: _Gazetteer,
    near: _Near = None,
    min_confidence: _LEAST = 0.0,
    out: Annotated[Path | None, typer.Option("--out", help="Table of level, method and radius for each row.")] = None,
) -> None:
    """
    Find the places that the texts of a column name, and count the levels and methods.

    The table written holds row numbers, levels, methods, confidences and radii: neither texts nor coordinates.
    """
    from hotspot.locate import locate_text

    with Progress() as progress:
        progress("Reading")
        places = _all_places(gazetteer)
        texts = _table(file, [column])[column]
        progress("Locating")
        found = locate_text(texts, places, near=_metric(near, places), min_confidence=min_confidence)
    counts = found.groupby(["location_level", "location_method"]).size()
    typer.echo(f"{len(found):,} texts, {int(found.geometry.notna().sum()):,} with a point")
    for (level, method), count in counts.items():
        typer.echo(f"  {level:<10} {method:<50} {count:>8,}")
    if out is not None:
        kept = ["location_level", "location_method", "location_confidence", "uncertainty_m"]
        found[kept].rename_axis("row").to_csv(out, index=True, encoding="utf-8", lineterminator="\n")
        typer.echo(f"Written: {out}")


def score(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="Table with a text per row and its true longitude and latitude, empty where it names no place."
        ),
    ] = None,
    *,
    column: Annotated[str, typer.Option(help="Its column of location texts.")] = "text",
    gazetteer: Annotated[list[Path] | None, typer.Option(help="Named places, as for locate. Repeatable.")] = None,
    by: Annotated[str, typer.Option(help="Column of the texts' kinds; or level, or method.")] = "method",
    near: _Near = None,
    tolerance: Annotated[float, typer.Option(help="Metres that the true points may be off.")] = 0.0,
    min_confidence: _LEAST = 0.0,
    city: Annotated[int | None, typer.Option(help="Seed of a synthetic city to score instead of a file.")] = None,
) -> None:
    """Score the places found for texts whose true places are known: precision, recall, median error."""
    from hotspot.evaluation import score_locations
    from hotspot.locate import locate_text

    if (file is None) == (city is None) or (file is not None and not gazetteer):
        raise typer.BadParameter("Give a table and --gazetteer, or --city alone.")
    with Progress() as progress:
        progress("Reading")
        if file is not None:
            places = _all_places(gazetteer or [])
            table, truth = _texts_and_truth(file, column, by, places)
            at = _metric(near, places)
        else:
            table, truth, places, at = _city(int(city or 0), column)
            by = "kind" if by == "method" else by
        progress("Locating")
        found = locate_text(table[column], places, near=at, min_confidence=min_confidence)
    groups = {"method": found["location_method"], "level": found["location_level"]}.get(by)
    scores = score_locations(found, truth, by=table[by] if groups is None else groups, tolerance=tolerance)
    typer.echo(_shown(scores))


def _shown(scores: pd.DataFrame) -> str:
    """Write a score table as text."""
    shown = scores.copy()
    for name in ("precision", "recall"):
        shown[name] = [f"{100 * value:.1f} %" if math.isfinite(value) else "-" for value in shown[name]]
    for name in ("median_error_m", "p90_error_m"):
        shown[name] = [f"{value:,.0f}" if math.isfinite(value) else "-" for value in shown[name]]
    return shown.to_string()


def _all_places(paths: list[Path]) -> gpd.GeoDataFrame:
    """Read gazetteers and put them together in the system of the first."""
    import pandas as pd

    places = [read_places(path) for path in paths]
    whole: Any = pd.concat([one.to_crs(places[0].crs) for one in places], ignore_index=True)
    return whole


def _table(path: Path, columns: list[str]) -> pd.DataFrame:
    """Read some columns of a delimited text file as text."""
    import pandas as pd

    from hotspot.checks import require_columns
    from hotspot.errors import InputError

    try:
        table = pd.read_csv(path, dtype="str", encoding="utf-8-sig", sep=None, engine="python", keep_default_na=False)
    except (OSError, UnicodeDecodeError, ValueError, pd.errors.ParserError) as error:
        raise InputError(f"file: {path.name!r} cannot be read as a UTF-8 table ({type(error).__name__}).") from None
    require_columns(table, columns, f"file {path.name!r}")
    return table[list(dict.fromkeys(columns))]


def _texts_and_truth(path: Path, column: str, by: str, places: gpd.GeoDataFrame) -> tuple[pd.DataFrame, gpd.GeoSeries]:
    """Read texts with their true points."""
    import geopandas as gpd
    import pandas as pd

    groups = [] if by in {"method", "level"} else [by]
    table = _table(path, [column, "longitude", "latitude", *groups])
    x, y = (pd.to_numeric(table[name], errors="coerce") for name in ("longitude", "latitude"))
    truth = gpd.GeoSeries(gpd.points_from_xy(x, y), index=table.index, crs=4326).where(x.notna() & y.notna())
    return table, truth.to_crs(places.crs)


def _city(seed: int, column: str) -> tuple[pd.DataFrame, gpd.GeoSeries, gpd.GeoDataFrame, tuple[float, float]]:
    """Make a synthetic city, and give its emergency department's texts with the places where it happened."""
    import pandas as pd

    from hotspot.datasets import make_city
    from hotspot.locate import read_gazetteer

    made = make_city(seed)
    places = read_gazetteer(
        made.gazetteer, name="name", kind="kind", longitude="longitude", latitude="latitude", area_code="area_code"
    )
    told = made.truth[made.truth["ed_row"].notna()].sort_values("ed_row").to_crs(places.crs)
    texts = made.ed["ASSAULT LOCATION DESCRIPTION"].iloc[told["ed_row"].astype(int) - 1]
    table = pd.DataFrame({column: texts.to_numpy(), "kind": told["ed_text"].to_numpy()})
    named = told["ed_text"].isin(["named", "misspelt", "wrong place"])
    hospital = places.geometry[places["kind"] == "hospital"].iloc[0]
    return table, told.geometry.where(named).reset_index(drop=True), places, (hospital.x, hospital.y)


def _metric(near: str | None, places: gpd.GeoDataFrame) -> tuple[float, float] | None:
    """Bring 'longitude,latitude' to the system of the places."""
    if near is None:
        return None
    from pyproj import Transformer

    try:
        longitude, latitude = (float(part) for part in near.split(","))
    except ValueError:
        raise typer.BadParameter("--near: give longitude,latitude in degrees, such as -3.18,51.48.") from None
    x, y = Transformer.from_crs(4326, places.crs, always_xy=True).transform(longitude, latitude)
    return (float(x), float(y))
