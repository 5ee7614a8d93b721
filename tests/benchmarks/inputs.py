"""Make the inputs of the benchmarks: areas and points that look like England's, and the real ones where they are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

CRS = 27700
_WEST, _SOUTH = 500_000, 150_000
NO_REAL_DATA = "HOTSPOT_REAL_DATA names no folder, or the size is toy"
_CORNER = np.array([_WEST, _SOUTH])
_MARGIN = 50.0
"""Metres between the points and the edge of their box: KDEpy wants none outside the outermost cell centres."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the jobs are. Figures are quoted from ``full`` alone."""

    name: str
    side: int
    """Synthetic areas along each side of the square they fill."""
    permutations: int
    many_permutations: int
    few_permutations: int
    points: int
    cells: tuple[int, int]
    """Columns and rows of the density's grid."""
    subset: int
    """Points for the rivals whose work grows as points times cells."""
    counted: tuple[int, ...]
    scan: tuple[int, int]
    """Areas along each side, and simulations, of the scan statistic."""
    selection: int
    """Points of the bandwidth's cross-validation."""
    read: int
    """Police records that are read."""
    linked: int
    """Police records that are linked to a tenth as many health records."""
    real: bool
    """Whether real data is used where HOTSPOT_REAL_DATA names it."""
    workers: int = -1
    """Processes of esda; -1 is one for each core. Starting them takes longer than a toy job."""


SIZES = {
    size.name: size
    for size in (
        Size("toy", 12, 99, 199, 99, 2_000, (50, 40), 500, (300,), (8, 19), 200, 2_000, 3_000, real=False, workers=1),
        Size(
            "small",
            50,
            999,
            9_999,
            199,
            50_000,
            (250, 200),
            5_000,
            (10_000,),
            (20, 99),
            2_000,
            200_000,
            60_000,
            real=True,
        ),
        Size(
            "full",
            187,
            9_999,
            99_999,
            999,
            1_000_000,
            (1000, 800),
            20_000,
            (100_000, 1_000_000),
            (71, 999),
            20_000,
            5_000_000,
            600_000,
            real=True,
        ),
    )
}


def real_folder(size: Size) -> Path | None:
    """Give the folder of real data, if it is to be used and there is one."""
    folder = os.environ.get("HOTSPOT_REAL_DATA")
    return Path(folder) if size.real and folder else None


@lru_cache(maxsize=4)
def areas(side: int) -> gpd.GeoDataFrame:
    """Lay side x side quadrilaterals that share their displaced corners: a grid's neighbours, no squares."""
    rng = np.random.default_rng(7)
    cell = 1000.0
    corner = np.stack(np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0)), axis=-1)
    corner[1:-1, 1:-1] += rng.uniform(-0.3, 0.3, (side - 1, side - 1, 2))
    corner = np.round(corner * cell, 1) + _CORNER
    ring = np.stack([corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]], axis=2)
    codes = pd.Index([f"A{number:06d}" for number in range(side * side)], name="area_code")
    return gpd.GeoDataFrame(index=codes, geometry=shapely.polygons(ring.reshape(-1, 4, 2)), crs=CRS)


def rates(index: pd.Index, side: int, seed: int = 0) -> pd.Series:
    """Give each synthetic area a skewed rate with clusters, so that some areas are significant."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(side, side))
    smooth = sum(np.roll(noise, (i, j), (0, 1)) for i in range(-2, 3) for j in range(-2, 3)) / 5
    return pd.Series(np.exp(0.3 * smooth + 0.7 * rng.normal(size=(side, side))).ravel(), index=index)


def england(folder: Path) -> tuple[gpd.GeoDataFrame, pd.Series]:
    """Read the English LSOA of 2021 and their police rate of violence with injury (Indices of Deprivation 2025)."""
    where = folder / "ew_humaniverse" / "converted"
    shapes = gpd.read_file(where / "boundaries_lsoa21.gpkg").to_crs(CRS).set_index("lsoa21_code")[["geometry"]]
    values = pd.read_csv(where / "imd2025_england_lsoa21_indicators.csv.gz", index_col="lsoa21_code")
    rate = values["violence_with_injury_rate_per_1_000_at_risk_population"].dropna()
    return shapes.loc[rate.index].rename_axis("area_code"), rate


@lru_cache(maxsize=4)
def points(n: int, width: float, height: float) -> gpd.GeoDataFrame:
    """Scatter n incidents in 300 clusters over a box whose south-west corner is fixed, all of them inside it."""
    rng = np.random.default_rng(11)
    centres = rng.uniform(0.0, 1.0, (300, 2)) * (width, height)
    found = np.empty((0, 2))
    while len(found) < n:
        more = centres[rng.integers(0, 300, n)] + rng.normal(0, 0.03 * width, (n, 2))
        inside = np.all((more > _MARGIN) & (more < np.subtract((width, height), _MARGIN)), axis=1)
        found = np.vstack([found, more[inside]])
    return incidents(found[:n] + _CORNER)


def incidents(places: np.ndarray) -> gpd.GeoDataFrame:
    """Make incidents of one source from places in metres."""
    labels = pd.Index([f"police-{number:07d}" for number in range(len(places))], name="incident_id")
    shapes = gpd.points_from_xy(places[:, 0], places[:, 1], crs=CRS)
    return gpd.GeoDataFrame({"source": "police"}, index=labels, geometry=shapes)


def london(folder: Path) -> gpd.GeoDataFrame:
    """Read the points of London's recorded crime of 2017."""
    rows = pd.read_parquet(
        folder / "police_uk_london_api" / "london_wards_crimes_2017.parquet", columns=["longitude", "latitude"]
    )
    place = gpd.GeoSeries(gpd.points_from_xy(rows["longitude"], rows["latitude"], crs=4326)).to_crs(CRS)
    return incidents(np.column_stack([place.x, place.y]))


def cell_centres(columns: int, rows: int, cell: float) -> tuple[np.ndarray, np.ndarray]:
    """Give the cell centres of a grid at the fixed corner."""
    return _WEST + (np.arange(columns) + 0.5) * cell, _SOUTH + (np.arange(rows) + 0.5) * cell
