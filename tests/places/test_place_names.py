"""Places are called what people call them, and never by a bare code."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from hotspot.errors import ConfigError, CRSError, InputError
from hotspot.locate import read_grid_references, write_grid_references
from hotspot.places import name_places


@pytest.fixture
def places():
    outlines = [box(x, 0, x + 100, 100) for x in (300_000, 301_000, 302_000, 303_000, 304_000)]
    return gpd.GeoDataFrame({"rank": range(1, 6)}, index=[f"H{i}" for i in range(5)], geometry=outlines, crs=27700)


@pytest.fixture
def gazetteer():
    rows = [
        ("Quay Street", "street", 300_010), ("Mill Lane", "street", 300_060), ("The Anchor", "venue", 300_050),
        ("The Ship", "venue", 301_050), ("High Street", "street", 302_150), ("High Street", "street", 303_050),
        ("CF10 1AA", "postcode", 304_050),
    ]  # fmt: skip
    return gpd.GeoDataFrame(
        {"name": [row[0] for row in rows], "kind": [row[1] for row in rows]},
        geometry=[Point(row[2], 50) for row in rows],
        crs=27700,
    )


def test_street_before_venue_before_what_is_near_before_a_reference(places, gazetteer):
    named = name_places(places, gazetteer)
    assert named["name"].tolist() == ["Mill Lane", "The Ship", "near High Street", "High Street", "SY 040 000"]
    assert named["name_basis"].tolist() == ["street", "venue", "near street", "street", "grid reference"]
    assert "name" not in places
    assert named.index.tolist() == places.index.tolist()


def test_the_ward_stands_in_and_tells_two_high_streets_apart(places, gazetteer):
    wards = gpd.GeoDataFrame(
        {"name": ["Riverside", "Castle"]},
        index=["W1", "W2"],
        geometry=[box(299_000, -9, 302_500, 999), box(302_500, -9, 309_000, 999)],
        crs=27700,
    )
    named = name_places(places, gazetteer, areas=wards, kinds=["street"], within=60.0)
    assert named["name"].tolist() == ["Mill Lane", "Riverside", "near High Street", "High Street", "Castle"]
    twice = name_places(places.iloc[[3, 3]].set_axis(["A", "B"]), gazetteer, areas=wards)
    assert twice["name"].tolist() == ["High Street (Castle)", "High Street (Castle) (2)"]


def test_names_of_the_places_themselves_are_the_area(places, gazetteer):
    named = name_places(places.assign(name=[None, "Dock", None, None, "Park"]), gazetteer, kinds=["street"])
    assert named["name"].tolist()[1] == "Dock"
    assert named["name"].tolist()[4] == "Park"
    assert named["name_basis"].tolist()[1] == "area"


def test_elsewhere_a_position_is_given_in_degrees(places, gazetteer):
    abroad = places.set_crs(32630, allow_override=True)
    named = name_places(abroad, gazetteer.set_crs(32630, allow_override=True))
    latitude, longitude = map(float, named["name"].iloc[4].split(", "))
    assert -1 < latitude < 1
    assert -6 < longitude < 0


def test_refusals(places, gazetteer):
    with pytest.raises(ConfigError, match="'street'"):
        name_places(places, gazetteer, kinds=["strete"])
    with pytest.raises(ConfigError, match="at least one"):
        name_places(places, gazetteer, kinds=[])
    with pytest.raises(CRSError, match="gazetteer"):
        name_places(places, gazetteer.set_crs(32630, allow_override=True))
    with pytest.raises(InputError, match="is a named locality"):
        name_places(places, gazetteer, kinds=["locality"])
    with pytest.raises(InputError, match="no outline"):
        name_places(places.set_geometry(gpd.GeoSeries([None] * 5, index=places.index, crs=27700)), gazetteer)


@pytest.mark.parametrize("figures", [4, 6, 8, 10])
def test_a_reference_written_is_the_square_read_back(figures):
    rng = np.random.default_rng(1)
    east, north = rng.uniform(0, 700_000, 200), rng.uniform(0, 1_300_000, 200)
    texts = write_grid_references(east, north, figures=figures)
    found = read_grid_references(texts)
    half = 10 ** (5 - figures // 2) / 2
    assert np.abs(found["easting"] - east).max() <= half
    assert np.abs(found["northing"] - north).max() <= half


def test_a_point_off_the_grid_has_no_reference():
    with pytest.raises(InputError, match="row 1"):
        write_grid_references([1.0, -1.0], [1.0, 1.0])
    with pytest.raises(ConfigError, match="figures"):
        write_grid_references([1.0], [1.0], figures=5)


def test_an_empty_list_has_no_names(places, gazetteer):
    assert name_places(places.iloc[:0], gazetteer).empty
    assert isinstance(name_places(places, gazetteer)["name"].dtype, pd.StringDtype)
