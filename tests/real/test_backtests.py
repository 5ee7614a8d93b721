"""Back-tests on open data: fires of London, violence of Surrey, robberies of Memphis."""

from __future__ import annotations

import time
import warnings

import geopandas as gpd
import pandas as pd
import pytest

import hotspot as hs
from hotspot.evaluation import methods

pytestmark = pytest.mark.real_data


def test_five_methods_over_24_months_of_london_fires_on_4835_areas(real_data):
    layers = real_data / "london_lsoa_layers"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.HotspotWarning)
        areas = hs.read_areas(
            layers / "census_geog" / "london-2011-lsoa-gen20.shp",
            code="LSOA11CD",
            population=(layers / "population" / "london-mid2019-pop.csv", "LSOA11CD", "Persons_All-Ages"),
        )
    fires = pd.read_csv(real_data / "london_lfb_dwelling_fires" / "fires.csv.gz").dropna(subset="easting_rounded")
    fires = fires[(fires["date"] >= "2021-08-01") & (fires["date"] < "2024-08-01")]
    records = gpd.GeoDataFrame(
        {"source": "fire", "time_precision": "day", "occurred_from": pd.to_datetime(fires["date"]).to_numpy()},
        index=[f"f{i}" for i in range(len(fires))],
        geometry=gpd.points_from_xy(fires["easting_rounded"], fires["northing_rounded"]),
        crs=27700,
    )
    counts = hs.count_by_period(records, areas)
    assert counts.shape == (4835, 36)
    graph = hs.contiguity(areas)
    made = {
        "count": methods.count(),
        "rate": methods.rate(),
        "smoothed rate": methods.empirical_bayes(),
        "local Moran": methods.local_moran(graph, population="population"),
        "density 800 m": methods.kernel_density(800),
    }
    started = time.perf_counter()
    table = hs.backtest(made, counts, areas, incidents=records, steps=24)
    assert time.perf_counter() - started < 60  # measured: 5 s
    pai = table.loc["all"]["pai"].xs(0.02, level="area_share")
    # Fires are sparse: twelve months by area are mostly noise, and shrinking them pays.
    assert pai["smoothed rate"] > pai["count"] > pai["last period"] > pai["rate"] > 1
    gain = table.loc[("all", "smoothed rate", 0.02)]
    assert gain["gain_lower"] > 0.02
    assert round(float(pai["smoothed rate"]), 1) == 5.4


def test_a_list_of_surrey_holds_for_the_next_month_and_a_crude_rate_does_not(real_data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.HotspotWarning)
        areas = hs.read_areas(
            sorted((real_data / "ew_boundaries_uk_geojson" / "lsoa").glob("E070002*.json")),
            code="LSOA11CD",
            population=(
                real_data / "ew_humaniverse" / "converted" / "population20_lsoa11.csv.gz", "lsoa11_code",
                "total_population",
            ),
        )  # fmt: skip
        police = hs.read_incidents(real_data / "police_uk_surrey" / "2020-08_2021-08", source="police_uk")
    violence = police[police["category"] == "violence_and_sexual_offences"].to_crs(areas.crs)
    counts = hs.count_by_period(violence, areas)
    assert counts.shape == (709, 13)
    assert counts.sum().sum() == 28_234
    made = {"count": methods.count(), "rate": methods.rate()}
    table = hs.backtest(made, counts, areas, train=6, shares=[0.02])
    whole = table.loc["all"].droplevel("area_share")
    assert whole.loc["count", "pai"] == pytest.approx(13.285, abs=0.01)
    assert whole.loc["count", "pei"] == pytest.approx(0.822, abs=0.001)
    assert whole.loc["rate", "pai"] < 0.5 * whole.loc["count", "pai"]
    with pytest.raises(hs.InputError, match="know only the month"):
        hs.count_by_period(violence, areas, period="week")


def test_memphis_first_half_foretells_the_second(real_data):
    robberies = gpd.read_file(real_data / "memphis_sfhotspot" / "memphis_robberies.gpkg").to_crs(32616)
    when = pd.to_datetime(robberies["date"]).dt.tz_localize(None)
    records = gpd.GeoDataFrame(
        {"source": "police", "time_precision": "minute", "occurred_from": when.astype("datetime64[us]")},
        geometry=robberies.geometry, crs=32616,
    )  # fmt: skip
    cells = hs.square_grid(gpd.GeoDataFrame(index=["M"], geometry=[records.union_all().convex_hull], crs=32616), 500)
    early = when < pd.Timestamp("2019-07-01")
    first, second = (hs.locate_in_areas(records[part], cells).value_counts() for part in (early, ~early))
    first, second = first.reindex(cells.index, fill_value=0), second.reindex(cells.index, fill_value=0)
    size = cells.geometry.area / 1e6
    surface = hs.kernel_density(records[early], bandwidth=1_000, cell_size=100)
    smooth = surface.at(cells.geometry.centroid).fillna(0.0)
    by_count = hs.list_accuracy(second, first / size, size, before=first, shares=[0.01, 0.05])
    by_density = hs.list_accuracy(second, smooth, size, before=first, shares=[0.01, 0.05])
    assert by_count.loc[0.01, "pai_lower"] > 5
    assert (by_count["rri"] < 0.8).all()  # places fall back to the mean
    assert by_density.loc[0.05, "pai"] > 3
