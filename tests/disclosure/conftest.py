"""Small areas with planted counts, and an analysis that derives every kind of column."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from hotspot.schema import COLUMNS, Disclosure

_BY_SOURCE = [column for column in COLUMNS if column.by_source]
INTERNAL = [column.name for column in _BY_SOURCE if column.disclosure is Disclosure.INTERNAL]
LABELS = [column.name for column in _BY_SOURCE if column.dtype == "str"]
MEASURES = [column.name for column in _BY_SOURCE if column.name not in {*INTERNAL, *LABELS}]


@pytest.fixture(scope="session")
def row():
    """Make a row of square areas with the given columns."""

    def make(many, **columns):
        codes = pd.Index([f"A{at:02}" for at in range(many)], name="area_code")
        shapes = [box(600_000 + 900 * at, 200_000, 600_900 + 900 * at, 200_900) for at in range(many)]
        return gpd.GeoDataFrame(columns, index=codes, geometry=shapes, crs=27700)

    return make


@pytest.fixture
def counts(row):
    """Give six areas: ed hides the first two, police hides the third, the last has no ed coverage."""
    return row(
        6,
        name=["Ash", "Elm", "Fir", "Oak", "Sal", "Yew"],
        population=[1500, 1600, 1700, 1800, 1900, 2000],
        n_police=pd.array([31, 40, 5, 17, 0, 64], "Int64"),
        n_ed=pd.array([3, 7, 13, 23, 0, None], "Int64"),
    )


@pytest.fixture
def derive_all():
    """Derive, for every source, a column of every kind; labels say No data where a count is missing."""

    def analyse(areas):
        found = {}
        for source in (str(name)[2:] for name in areas.columns if str(name).startswith("n_")):
            count = areas[f"n_{source}"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
            found |= {f"{stem}_{source}": count / 2 + 0.25 for stem in (*MEASURES, *INTERNAL)}
            label = np.where(np.isnan(count), "No data", "Not significant")
            found |= {f"{stem}_{source}": label for stem in LABELS}
        found["rank"] = pd.array(range(1, len(areas) + 1), "Int64")
        found["score"] = np.arange(len(areas)) + 0.5
        found["agreement"] = "neither"
        return pd.DataFrame(found, index=areas.index)

    return analyse
