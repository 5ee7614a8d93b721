"""Make the synthetic city, and write its agencies' files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from hotspot.checks import nearest
from hotspot.datasets.health import ambulance_rows, council_rows, ed_rows
from hotspot.datasets.layout import SIZES, make_areas
from hotspot.datasets.police import degrees, police_rows
from hotspot.datasets.venues import make_venues
from hotspot.datasets.violence import make_violence
from hotspot.errors import ConfigError, OutputError
from hotspot.record import note

if TYPE_CHECKING:
    from numpy.typing import NDArray

_README = """SYNTHETIC DATA. Nothing in this folder is real.

Northport, its people, its venues and its violence are invented by hotspot.datasets. The city lies in the North Sea,
fifty kilometres from any shore, so that no figure can fall on a real street. Its area codes (X01..., X02...) and
postcodes (NX...) are not in use anywhere.

  police/YYYY-MM/YYYY-MM-northport-street.csv   police records, street-level layout of data.police.uk
  ed.csv                                        emergency-department assaults, elements of ISTV (ISB 1594)
  ambulance.csv                                 ambulance calls to assaults
  council.csv                                   complaints by area, from an agency that shares only counts
  lsoa.gpkg, msoa.gpkg                          areas at two levels with population (EPSG:27700)
  gazetteer.csv                                 streets, venues and postcodes with coordinates
  truth.csv                                     every violent event, and the row of each file that tells of it

How it is made and what it is calibrated on: docs/synthetic_city.md of the project 'hotspot'.
Recipe of this folder: hotspot.datasets.write_city(folder, seed={seed}, size={size!r})
"""
_WRITTEN_ON = "2026-01-01T00:00:00.000Z"
"""GeoPackages hold the time of writing; a fixed one keeps two writings alike."""


@dataclass(frozen=True, slots=True, eq=False)
class City:
    """
    Hold the synthetic city as frames: what each agency would send, and the hidden truth.

    Parameters
    ----------
    areas, coarse_areas
        Areas at two levels, indexed by ``area_code`` (EPSG:27700): ``name``, ``population``,
        ``workday_population``, and for the finer ones ``parent``.
    police, ed, ambulance, council
        What the agencies send, column for column, as text.
    gazetteer
        Streets, venues and postcodes: ``name``, ``kind``, ``type``, ``street``, ``longitude``, ``latitude``,
        ``area_code``, ``note``.
    truth
        Every violent event (EPSG:27700), with ``police_row``, ``ed_row`` and ``ambulance_row``: the row, counted
        from 1, of that agency's frame that tells of it, missing where the agency does not know.
    """

    areas: gpd.GeoDataFrame
    coarse_areas: gpd.GeoDataFrame
    police: pd.DataFrame
    ed: pd.DataFrame
    ambulance: pd.DataFrame
    council: pd.DataFrame
    gazetteer: pd.DataFrame
    truth: gpd.GeoDataFrame


def make_city(seed: int = 1, *, size: str = "city") -> City:
    """
    Invent a city with a year of violence, and what each agency came to know of it.

    Parameters
    ----------
    seed
        The same seed gives the same city.
    size
        ``city`` (300 areas) or ``small`` (84 areas).

    Returns
    -------
    City
        Frames in the layouts of the agencies, and the truth behind them.

    Raises
    ------
    ConfigError
        If the size is unknown or the seed negative.

    Notes
    -----
    Calibrated on published figures, which docs/synthetic_city.md sets beside the city's own: 59 % of
    emergency-department assaults unknown to the police, 57 % of location texts that say where, half to two thirds
    of ambulance assaults conveyed. It is a test bed: it proves nothing about any real place.

    References
    ----------
    Gray et al. (2017), J Epidemiol Community Health; Ariel, Weinborn & Boyle (2015), Emerg Med J; Quigg et al.

    Examples
    --------
    >>> from hotspot.datasets import make_city
    >>> city = make_city(seed=1, size="small")
    >>> len(city.areas), len(city.coarse_areas), city.police.columns[0]
    (84, 14, 'Crime ID')
    """
    if size not in SIZES:
        raise ConfigError(f"size: {size!r} is not known; give one of {', '.join(SIZES)}.{nearest(size, SIZES)}")
    if seed < 0:
        raise ConfigError(f"seed: {seed!r} must not be negative.")
    rng = np.random.default_rng(seed)
    areas, coarse = make_areas(rng, SIZES[size])
    venues = make_venues(rng, areas, SIZES[size])
    events = make_violence(rng, areas, venues, SIZES[size])
    police, police_row = police_rows(rng, events, areas, venues)
    ed, ed_row, ed_text = ed_rows(rng, events, venues)
    ambulance, ambulance_row = ambulance_rows(rng, events)
    rows = {"police_row": police_row, "ed_row": ed_row, "ambulance_row": ambulance_row}
    note(
        "make_city", seed=seed, size=size, areas=len(areas), coarse_areas=len(coarse), events=len(events),
        police=len(police), ed=len(ed), ambulance=len(ambulance),
    )  # fmt: skip
    return City(
        areas=areas,
        coarse_areas=coarse,
        police=police.astype("str"),
        ed=ed.astype("str"),
        ambulance=ambulance.astype("str"),
        council=council_rows(rng, areas, venues).astype("str"),
        gazetteer=_gazetteer(venues),
        truth=_truth(events, venues, rows, ed_text),
    )


def write_city(folder: str | Path, *, seed: int = 1, size: str = "city") -> Path:
    """
    Write the synthetic city's files as its agencies would send them.

    Parameters
    ----------
    folder
        Folder to write into; made if it is not there. Files of the same names are replaced.
    seed, size
        As in `make_city`.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    ConfigError
        If the size is unknown or the seed negative.
    OutputError
        If the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from hotspot.datasets import write_city
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = write_city(place + "/city", size="small")
    ...     print(sorted(path.name for path in folder.iterdir())[:4])
    ['README.txt', 'ambulance.csv', 'council.csv', 'ed.csv']
    """
    city = make_city(seed, size=size)
    target = Path(folder)
    truth = pd.DataFrame(city.truth.drop(columns="geometry"))
    truth.insert(2, "easting", city.truth.geometry.x.astype(np.int64))
    truth.insert(3, "northing", city.truth.geometry.y.astype(np.int64))
    tables = {"ed": city.ed, "ambulance": city.ambulance, "council": city.council, "gazetteer": city.gazetteer}
    try:
        target.mkdir(parents=True, exist_ok=True)
        (target / "README.txt").write_text(_README.format(seed=seed, size=size), encoding="utf-8", newline="\n")
        for month, rows in city.police.groupby("Month"):
            place = target / "police" / str(month)
            place.mkdir(parents=True, exist_ok=True)
            _write_csv(rows, place / f"{month}-northport-street.csv")
        for name, table in (tables | {"truth": truth.assign(note="SYNTHETIC")}).items():
            _write_csv(table, target / f"{name}.csv")
        _write_layer(city.areas, target / "lsoa.gpkg", "lsoa")
        _write_layer(city.coarse_areas, target / "msoa.gpkg", "msoa")
    except OSError as error:
        raise OutputError(
            f"folder: {target.name!r} cannot be written ({error.strerror or type(error).__name__})."
        ) from None
    return target


def _write_csv(rows: pd.DataFrame, path: Path) -> None:
    rows.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def _write_layer(areas: gpd.GeoDataFrame, path: Path, level: str) -> None:
    """Write areas under the column names of their level, with the same bytes each time."""
    names = {"area_code": f"{level}_code", "name": f"{level}_name", "parent": "msoa_code"}
    frame = areas.reset_index().rename(columns=names).assign(note="SYNTHETIC")
    path.unlink(missing_ok=True)
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _WRITTEN_ON})
    try:
        frame.to_file(path, driver="GPKG", layer=level, DESCRIPTION="SYNTHETIC: an invented city")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _gazetteer(venues: gpd.GeoDataFrame) -> pd.DataFrame:
    longitude, latitude = degrees(venues.geometry.x.to_numpy(), venues.geometry.y.to_numpy())
    table = pd.DataFrame(venues[["name", "kind", "type", "street", "area_code"]])
    table.insert(4, "longitude", [float(value) for value in longitude])
    table.insert(5, "latitude", [float(value) for value in latitude])
    table["street"] = table["street"].where(table["type"] != "street", "")
    return table.assign(note="SYNTHETIC")


def _truth(
    events: gpd.GeoDataFrame,
    venues: gpd.GeoDataFrame,
    rows: dict[str, NDArray[np.int64]],
    ed_text: NDArray[np.object_],
) -> gpd.GeoDataFrame:
    """Put together what happened and who tells of it."""
    width = len(str(len(events)))
    frame = {
        "event_id": [f"SYN-{number:0{width}d}" for number in range(1, len(events) + 1)],
        "occurred": pd.Series(events["occurred"]).dt.strftime("%Y-%m-%d %H:%M"),
        "area_code": events["area_code"],
        "kind": events["kind"],
        "setting": events["setting"],
        "place": venues["name"].to_numpy()[events["place"]],
        "near": venues["near"].to_numpy()[events["place"]],
        "weapon": events["weapon"],
        "injury": events["injury"],
        "conveyed": np.where(events["ambulance"], np.where(events["conveyed"], "Y", "N"), ""),
        "ed_text": ed_text,
    }
    known = {name: pd.Series(row, dtype="Int64").where(row > 0) for name, row in rows.items()}
    return gpd.GeoDataFrame(frame | known, geometry=events.geometry, crs=events.crs)
