"""Bad values: items 47 to 56 of the catalogue of bad input, for every statistic that finds clusters."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

import hotspot as hs
from hotspot.errors import HotspotWarning, InputError

SIDE = 10
CODES = [f"E{number:08d}" for number in range(SIDE * SIDE)]
AREAS = gpd.GeoDataFrame(
    {"population": 1_500},
    geometry=[
        box(x, y, x + 1_000, y + 1_000) for y in range(0, SIDE * 1_000, 1_000) for x in range(0, SIDE * 1_000, 1_000)
    ],
    index=pd.Index(CODES, name="area_code"),
    crs=27700,
)
GRAPH = hs.contiguity(AREAS)
STATISTICS = {
    "moran_label": lambda y: hs.local_moran(y, GRAPH, permutations=99, seed=0),
    "gi_label": lambda y: hs.getis_ord(y, GRAPH, permutations=99, seed=0),
    "geary_label": lambda y: hs.local_geary(y, GRAPH, permutations=99, seed=0),
}
every = pytest.mark.parametrize("label", STATISTICS)


def run(label, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HotspotWarning)
        return STATISTICS[label](pd.Series(y, CODES))


@every
@pytest.mark.parametrize("value", [0, 7.5])
def test_47_and_48_values_without_differences_are_undefined_and_never_significant(label, value):
    found = run(label, value)
    assert set(found[label]) == {"Undefined"}
    assert found.filter(regex="_[pq]$").isna().all().all()


@every
def test_49_a_missing_value_is_no_data_and_infinity_is_refused(label):
    values = np.arange(100.0)
    values[[3, 44]] = np.nan
    found = run(label, values)
    assert found[label][found[label] == "No data"].index.tolist() == [CODES[3], CODES[44]]
    assert found.filter(regex="_p$").drop([CODES[3], CODES[44]]).notna().all().all()
    values[7] = np.inf
    with pytest.raises(InputError, match=r"infinite.*row 7"):
        run(label, values)


def test_50_an_island_has_no_neighbours_and_no_p_value():
    apart = AREAS.copy()
    apart.geometry = [box(90_000, 90_000, 91_000, 91_000), *AREAS.geometry[1:]]
    found = hs.local_moran(pd.Series(np.arange(100.0), CODES), hs.contiguity(apart), permutations=99, seed=0)
    assert found["moran_label"].iloc[0] == "No neighbours"
    assert found["moran_p"].isna().tolist() == [True, *[False] * 99]


def test_51_one_area_is_undefined():
    alone = hs.local_moran(pd.Series([3.0], CODES[:1]), hs.contiguity(AREAS.iloc[:1]))
    assert alone["moran_label"].tolist() == ["Undefined"]


def test_54_counts_that_are_rates_are_refused_or_warned_of():
    counts = AREAS.assign(n_police=1.5)
    with pytest.warns(HotspotWarning, match="100 of 100 values in 'n_police' are not whole"):
        hs.incidence_rate(counts, of="n_police")
    with pytest.raises(InputError, match="100 of 100 are no whole numbers"):
        hs.local_moran_rate(counts["n_police"], counts["population"], GRAPH, null="poisson")
    with pytest.raises(InputError, match="whole"):
        hs.read_area_counts(
            pd.DataFrame({"code": CODES, "n": 1.5}), code="code", source="ambulance", columns={"n": "n"}
        )


def test_55_and_56_one_spot_and_a_handful_of_events_are_warned_of():
    points = gpd.GeoDataFrame({"source": "police"}, geometry=[Point(500, 500)] * 10, crs=27700, index=CODES[:10])
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", HotspotWarning)
        hs.kernel_density(points, bandwidth=300, cell_size=100)
    told = " ".join(str(entry.message) for entry in said)
    assert "all 10 events lie on one spot" in told
    assert "only 10 event(s)" in told
