"""Make the synthetic city and write its agency files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.datasets.agencies import ambulance_rows, council_rows, ed_rows, police_rows
from hotspot.datasets.layout import make_areas, make_places
from hotspot.datasets.truth import make_truth
from hotspot.errors import OutputError

if TYPE_CHECKING:
    import geopandas as gpd

README = """SYNTHETIC DATA. Nothing here is real.

Northport, its people, its venues and its violence are invented by hotspot.datasets.make_city and lie in the
North Sea. No figure describes any real place or person.

police/YYYY-MM/YYYY-MM-northport-street.csv   police records in the street-level layout of data.police.uk
ed.csv                                        emergency-department assaults in the elements of ISTV
ambulance.csv                                 ambulance calls
council.csv                                   complaints by larger area, from an agency that shares only counts
lsoa.gpkg, msoa.gpkg                          areas at two levels with population
gazetteer.csv                                 streets and venues with coordinates
truth.csv                                     every violent event, and which source came to know of it
"""


@dataclass(frozen=True, slots=True, eq=False)
class City:
    """
    The synthetic city as frames: what each agency would send, and the hidden truth.

    Parameters
    ----------
    areas, coarse_areas
        Areas at two levels (EPSG:27700) with population.
    places
        Streets and venues (EPSG:27700).
    police, ed, ambulance, council
        What the agencies send, column for column as text.
    truth
        Every violent event, where and when it was, and ``seen_police``, ``seen_ed``, ``seen_ambulance``.
    """

    areas: gpd.GeoDataFrame
    coarse_areas: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    police: pd.DataFrame
    ed: pd.DataFrame
    ambulance: pd.DataFrame
    council: pd.DataFrame
    truth: gpd.GeoDataFrame


def make_city(seed: int = 1) -> City:
    """
    Invent a city with a year of violence, and what each agency came to know of it.

    Parameters
    ----------
    seed
        The same seed gives the same city, to the byte.

    Returns
    -------
    City

    Notes
    -----
    Calibrated on published figures (docs/synthetic_city.md): about 59 % of emergency-department assaults unknown to
    the police, about 57 % of location texts that say where, half to two thirds of ambulance assaults conveyed.

    Examples
    --------
    >>> from hotspot.datasets import make_city
    >>> city = make_city(seed=1)
    >>> len(city.areas), len(city.coarse_areas)
    (300, 46)
    """
    rng = np.random.default_rng(seed)
    fine, coarse = make_areas(rng)
    places = make_places(rng, fine)
    truth = make_truth(rng, fine, places)
    return City(
        areas=fine,
        coarse_areas=coarse,
        places=places,
        police=police_rows(rng, truth, fine, places),
        ed=ed_rows(rng, truth, fine),
        ambulance=ambulance_rows(rng, truth),
        council=council_rows(rng, truth, fine),
        truth=truth,
    )


def write_city(folder: str | Path, *, seed: int = 1) -> Path:
    """
    Write the synthetic city's files as its agencies would send them.

    Parameters
    ----------
    folder
        Folder to write into; made if it is not there.
    seed
        Seed of the city.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    OutputError
        If the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from hotspot.datasets import write_city
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = write_city(place + "/city")
    ...     print(sorted(path.name for path in folder.iterdir())[:4])
    ['README.txt', 'ambulance.csv', 'council.csv', 'ed.csv']
    """
    city = make_city(seed)
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        (target / "README.txt").write_text(README, encoding="utf-8", newline="\n")
        for month, rows in city.police.groupby("Month"):
            place = target / "police" / str(month)
            place.mkdir(parents=True, exist_ok=True)
            _csv(rows, place / f"{month}-northport-street.csv")
        _csv(city.ed, target / "ed.csv")
        _csv(city.ambulance, target / "ambulance.csv")
        _csv(city.council, target / "council.csv")
        _csv(_gazetteer(city.places), target / "gazetteer.csv")
        _csv(_with_coordinates(city.truth), target / "truth.csv")
        for name, areas in (("lsoa", city.areas), ("msoa", city.coarse_areas)):
            file = target / f"{name}.gpkg"
            file.unlink(missing_ok=True)
            areas.to_file(file, driver="GPKG", layer=f"{name}_synthetic")
    except OSError as error:
        raise OutputError(f"folder: {target.name!r} cannot be written: {error.strerror}.") from None
    return target


def _csv(rows: pd.DataFrame, path: Path) -> None:
    rows.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def _gazetteer(places: gpd.GeoDataFrame) -> pd.DataFrame:
    lonlat = places.to_crs(4326).geometry
    return pd.DataFrame(
        {
            "name": places["name"],
            "kind": places["kind"],
            "longitude": lonlat.x.map("{:.6f}".format),
            "latitude": lonlat.y.map("{:.6f}".format),
            "lsoa_code": places["lsoa_code"],
            "note": "SYNTHETIC",
        }
    )


def _with_coordinates(truth: gpd.GeoDataFrame) -> pd.DataFrame:
    frame = pd.DataFrame(truth.drop(columns="geometry"))
    frame["easting"] = truth.geometry.x.astype(np.int64)
    frame["northing"] = truth.geometry.y.astype(np.int64)
    return frame.assign(note="SYNTHETIC")
