"""Nearest-neighbour hierarchical clusters."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.point_clusters import gathered
from shapely.geometry import box

import hotspot as hs
from hotspot.clusters.nearest_neighbour import gather
from hotspot.errors import ConfigError, InputError


def incidents(places):
    x, y = np.asarray(places, float).reshape(-1, 2).T
    labels = [f"police-{i:06d}" for i in range(len(x))]
    return gpd.GeoDataFrame({"source": "police"}, index=labels, geometry=gpd.points_from_xy(x, y), crs=27700)


TOWN = gpd.GeoDataFrame(geometry=[box(530_000, 180_000, 534_000, 184_000)], crs=27700)
spots = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=40)


@settings(deadline=None, max_examples=80)
@given(spots, st.integers(2, 6), st.sampled_from([1.0, 1.5, 2.0, 3.0]))
def test_gathering_equals_the_slow_twin(places, least, threshold):
    found = gather(np.array(places, float), np.ones(len(places)), threshold, least)
    ours = {frozenset(places[i] for i in group.members) for group in found}
    slow = gathered(places, threshold, least)
    assert ours == {frozenset(group) for group in slow}
    for group in found:
        assert group.n == len(group.members) >= least


def planted(seed=0):
    """Plant two districts of five busy corners each in a quiet town."""
    rng = np.random.default_rng(seed)
    corners = [(530_800 + 150 * i, 180_800 + 60 * (i % 2)) for i in range(5)]
    corners += [(532_600 + 150 * i, 182_900 - 60 * (i % 2)) for i in range(5)]
    parts = [rng.normal(corner, 8, (20, 2)) for corner in corners]
    return np.vstack([*parts, rng.uniform((530_000, 180_000), (534_000, 184_000), (200, 2))])


def test_corners_make_districts():
    with hs.recording() as notes:
        found = hs.nearest_neighbour_clusters(incidents(planted()), within=TOWN, min_events=10, min_clusters=4)
    first, second = found[found["order"] == 1], found[found["order"] == 2]
    assert len(first) == 10
    assert len(second) == 2
    assert set(first["parent"]) == set(second.index)
    for number, row in second.iterrows():
        assert row["n"] == first.loc[first["parent"] == number, "n"].sum()
    facts = notes[0].facts
    assert facts["clusters"] == {"order 1": 10, "order 2": 2}
    n, area = 400, 16e6
    assert facts["threshold_m"][0] == pytest.approx(0.5 * np.sqrt(area / n))  # probability 0.5: the mean itself


def test_a_stricter_probability_lowers_the_threshold():
    frame = incidents(planted())
    with hs.recording() as notes:
        hs.nearest_neighbour_clusters(frame, within=TOWN, probability=0.05)
    n, area = 400, 16e6
    expected = 0.5 * np.sqrt(area / n) - 1.6448536 * 0.26136 * np.sqrt(area) / n
    assert notes[0].facts["threshold_m"][0] == pytest.approx(expected, rel=1e-6)


def test_p_values_of_planted_and_of_random_maps():
    found = hs.nearest_neighbour_clusters(incidents(planted()), within=TOWN, simulations=39, orders=1)
    assert (found["p"] == 1 / 40).all()
    again = hs.nearest_neighbour_clusters(incidents(planted()), within=TOWN, simulations=39, orders=1)
    pd.testing.assert_frame_equal(pd.DataFrame(found), pd.DataFrame(again))
    low = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        frame = incidents(rng.uniform((530_000, 180_000), (534_000, 184_000), (150, 2)))
        table = hs.nearest_neighbour_clusters(frame, within=TOWN, min_events=3, simulations=19, orders=1, seed=seed)
        low += bool((table["p"] <= 0.05).any())
    assert low <= 7  # 2 are expected of 40


def test_order_of_rows_and_places_outside_do_not_matter():
    frame = incidents(planted())
    base = hs.nearest_neighbour_clusters(frame, within=TOWN)
    outside = incidents([(540_000 + i, 190_000) for i in range(50)])
    outside.index = [f"other-{i}" for i in range(50)]
    mixed = pd.concat([frame.sample(frac=1, random_state=1), outside])
    with hs.recording() as notes:
        found = hs.nearest_neighbour_clusters(mixed, within=TOWN)
    assert notes[0].facts["left_out"]["outside the boundary"] == 50
    assert found["n"].tolist() == base["n"].tolist()
    assert found[["x", "y"]].to_numpy() == pytest.approx(base[["x", "y"]].to_numpy())
    assert found.geometry.is_valid.all()


def test_errors_teach():
    frame = incidents(planted())
    for option, value in (
        ("min_events", 2), ("orders", 0), ("min_clusters", 1), ("simulations", -1), ("probability", 1.0),
        ("probability", 0.0), ("distance", -5.0), ("outline_as", "star"), ("seed", -1),
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=option):
            hs.nearest_neighbour_clusters(frame, **{option: value})
    with pytest.raises(ConfigError, match="leaves no distance for 4 point"):
        hs.nearest_neighbour_clusters(frame.iloc[:4], probability=1e-9)
    with pytest.raises(ConfigError, match="distance: '50' must be a number"):
        hs.nearest_neighbour_clusters(frame, distance="50")
    with pytest.raises(InputError, match="no row has a point"):
        hs.nearest_neighbour_clusters(frame.iloc[:0])
    with pytest.raises(InputError, match="one spot or line"):
        hs.nearest_neighbour_clusters(incidents([(530_000, 180_000)] * 9))
    assert hs.nearest_neighbour_clusters(frame, min_events=500).empty


@pytest.mark.real_data
def test_memphis_robberies(real_data):
    source = next(iter(sorted((real_data / "memphis_sfhotspot").glob("*robber*"))))
    table = pd.read_csv(source) if source.suffix == ".csv" else gpd.read_file(source)
    if not isinstance(table, gpd.GeoDataFrame):
        lon, lat = (next(c for c in table.columns if c.lower().startswith(start)) for start in ("lon", "lat"))
        table = gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table[lon], table[lat]), crs=4326)
    frame = gpd.GeoDataFrame({"source": "police"}, index=range(len(table)), geometry=table.geometry.to_crs(32616))
    found = hs.nearest_neighbour_clusters(frame, min_events=10, probability=0.5)
    assert (found["order"] == 1).sum() > 20
    assert (found["order"] == 2).sum() >= 1
    assert found.loc[found["order"] == 1, "n"].sum() < len(frame)
