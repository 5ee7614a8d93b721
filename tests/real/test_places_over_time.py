"""Concentration and stability on open data: London's LSOAs, Surrey's months, Memphis's halves."""

from __future__ import annotations

import warnings

import geopandas as gpd
import pandas as pd
import pytest

import hotspot as hs

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def london(real_data):
    layers = real_data / "london_lsoa_layers"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.HotspotWarning)
        areas = hs.read_areas(layers / "census_geog" / "london-2011-lsoa-gen20.shp", code="LSOA11CD")
    years = [str(year) for year in range(2011, 2019)]
    counts = pd.read_csv(layers / "crime" / "london-2011-2018-major-violence.csv", index_col="LSOA11CD")[years]
    return areas, counts.reindex(areas.index).astype("Int64")


def test_how_few_lsoas_hold_london_s_violence(london):
    _, counts = london
    found = hs.concentration(counts["2018"]).round(3)
    assert found.loc["places for 25 %", ["observed", "chance"]].tolist() == [0.073, 0.206]
    assert found.loc["places for 50 %", ["observed", "chance"]].tolist() == [0.238, 0.44]
    assert found.loc["gini", ["observed", "chance"]].tolist() == [0.391, 0.086]
    curve = hs.lorenz(counts["2018"], draws=9)
    assert curve.loc[curve["place_share"] >= 0.1, "event_share"].iloc[0] == pytest.approx(0.301, abs=0.001)


def test_london_s_list_lasts_and_still_changes_more_than_noise(london):
    areas, counts = london
    named = hs.place_classes(counts, k=100)["place_class"].value_counts()
    assert named.to_dict() == {
        "never": 4662, "persistent": 61, "former": 55, "intermittent": 45, "No data": 6, "emerging": 6,
    }  # fmt: skip
    with pytest.warns(hs.HotspotWarning, match="changed more than counting noise"):
        stability = hs.list_stability(counts, k=100, draws=99)
    assert stability["in_common"].tolist() == [77, 78, 78, 80, 79, 80, 88]
    assert (stability["jaccard"] > 30 * stability["jaccard_chance"]).all()
    assert (stability["jaccard"] < stability["jaccard_noise_lower"]).all()
    assert stability["jaccard_noise"].between(0.70, 0.86).all()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.HotspotWarning)
        labels = hs.emerging_hot_spots(counts.astype("Float64") ** 0.5, hs.contiguity(areas))["emerging_label"]
    assert labels.value_counts()["No data"] == 6
    assert labels.isin(["Persistent", "Intensifying", "Diminishing"]).sum() > 20


def test_memphis_keeps_as_many_cells_as_noise_lets_it(real_data):
    robberies = gpd.read_file(real_data / "memphis_sfhotspot" / "memphis_robberies.gpkg").to_crs(32616)
    early = pd.to_datetime(robberies["date"]).dt.tz_localize(None) < pd.Timestamp("2019-07-01")
    hull = gpd.GeoDataFrame(index=["M"], geometry=[robberies.union_all().convex_hull], crs=32616)
    cells = hs.square_grid(hull, 500)
    halves = pd.DataFrame(
        {
            name: hs.locate_in_areas(robberies[part], cells).value_counts().reindex(cells.index, fill_value=0)
            for name, part in (("first", early), ("second", ~early))
        }
    )
    found = hs.list_stability(halves, k=50).iloc[0]
    assert found["in_common"] == 21
    assert found["jaccard_noise_lower"] <= found["jaccard"] <= found["jaccard_noise_upper"]
    assert found["jaccard"] > 20 * found["jaccard_chance"]
    whole = hs.concentration(halves.sum(axis=1)).round(3)
    assert whole.loc["places for 50 %", ["observed", "chance"]].tolist() == [0.064, 0.155]
    assert whole.loc["corrected gini", "observed"] < whole.loc["gini", "observed"]


def test_surrey_s_months_turn_over(real_data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.HotspotWarning)
        areas = hs.read_areas(
            sorted((real_data / "ew_boundaries_uk_geojson" / "lsoa").glob("E070002*.json")), code="LSOA11CD"
        )
        police = hs.read_incidents(real_data / "police_uk_surrey" / "2020-08_2021-08", source="police_uk")
        violence = police[police["category"] == "violence_and_sexual_offences"].to_crs(areas.crs)
        months = hs.count_by_period(violence, areas)
        stability = hs.list_stability(months, k=20, draws=49)
    assert stability["in_common"].between(5, 10).all()
    assert (stability["jaccard"] > 5 * stability["jaccard_chance"]).all()
    assert hs.place_classes(months, k=20)["place_class"].value_counts()["persistent"] == 4
