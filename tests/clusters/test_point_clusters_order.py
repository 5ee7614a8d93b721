"""Clusters of points do not depend on the order of rows, to the last bit; thin clusters get a margin."""

from __future__ import annotations

from itertools import permutations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Polygon

import hotspot as hs
from hotspot.errors import ConfigError, InputError


def incidents(places, **columns):
    x, y = np.asarray(places, float).reshape(-1, 2).T
    labels = [f"police-{i:06d}" for i in range(len(x))]
    return gpd.GeoDataFrame(
        {"source": ["police"] * len(x)} | columns, index=labels, geometry=gpd.points_from_xy(x, y), crs=27700
    )


def as_bytes(found):
    return pd.DataFrame(found.drop(columns="geometry").assign(shape=found.geometry.to_wkb()))


def two_corners(seed):
    rng = np.random.default_rng(seed)
    corners = [rng.normal(centre, 40, (30, 2)) for centre in ((530_000, 180_000), (531_000, 180_500))]
    return np.vstack([*corners, rng.uniform((529_500, 179_500), (531_500, 181_000), (20, 2))])


@pytest.mark.parametrize("kind", ["convex", "concave", "ellipse"])
@pytest.mark.parametrize("function", [hs.dbscan_hotspots, hs.nearest_neighbour_clusters])
def test_order_of_rows_changes_no_bit(function, kind):
    for seed in range(8):
        frame = incidents(two_corners(seed))
        base = function(frame, distance=60, min_events=5, outline_as=kind)
        other = function(frame.sample(frac=1, random_state=seed), distance=60, min_events=5, outline_as=kind)
        assert len(base) >= 2
        pd.testing.assert_frame_equal(as_bytes(base), as_bytes(other), check_exact=True)


def test_order_of_rows_does_not_decide_which_record_on_a_spot_hdbscan_takes():
    rng = np.random.default_rng(3)
    for seed in range(12):
        frame = incidents(np.array([530_000, 180_000]) + 50 * rng.integers(0, 10, (60, 2)))
        base = hs.dbscan_hotspots(frame, method="hdbscan", min_events=4)
        other = hs.dbscan_hotspots(frame.sample(frac=1, random_state=seed), method="hdbscan", min_events=4)
        assert base["members"].tolist() == other["members"].tolist()


def test_order_of_rows_does_not_decide_whether_weights_reach_the_minimum():
    # 0.7 + 0.1 + 0.2 + 0.3 + 0.7 is 2 or a little less, as one adds.
    counts = {
        len(hs.dbscan_hotspots(incidents([(530_000, 180_000)] * 5, w=list(weights)), distance=5, min_events=2,
                               weights="w"))
        for weights in set(permutations([0.7, 0.1, 0.2, 0.3, 0.7]))
    }  # fmt: skip
    assert len(counts) == 1


def test_neighbours_exactly_at_the_distance_are_neighbours():
    # The mean of the places is no whole number: moving the origin there would break the tie.
    line = [(530_000 + 100 * i, 180_000) for i in range(20)] + [(540_001, 190_000)]
    found = hs.dbscan_hotspots(incidents(line), distance=100, min_events=3)
    assert found["n"].tolist() == [20]
    assert hs.dbscan_hotspots(incidents(line), distance=99.999, min_events=3).empty


@pytest.mark.parametrize("kind", ["convex", "concave", "ellipse"])
def test_a_straight_street_gets_a_margin_though_projected_points_are_not_quite_on_a_line(kind):
    lon, lat = np.linspace(-0.1, -0.098, 15), np.linspace(51.5, 51.501, 15)
    street = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=4326).to_crs(27700)
    hull = street.union_all().convex_hull
    assert hull.area > 0
    found = hs.dbscan_hotspots(
        incidents(np.column_stack([street.x, street.y])), distance=60, min_events=3, outline_as=kind
    )
    # 178 m long, a margin of 6 m to both sides, and round ends.
    length = street.iloc[0].distance(street.iloc[-1])
    assert found.area.iloc[0] == pytest.approx(12 * length + np.pi * 36, rel=0.02)


def test_a_boundary_without_area_or_invalid_is_named():
    frame = incidents(two_corners(0))
    bow = Polygon([(529_000, 179_000), (532_000, 182_000), (532_000, 179_000), (529_000, 182_500)])
    with pytest.raises(InputError, match="within: 1 polygon"):
        hs.nearest_neighbour_clusters(frame, within=gpd.GeoDataFrame(geometry=[bow], crs=27700))
    road = gpd.GeoDataFrame(geometry=[LineString([(529_000, 180_000), (532_000, 180_000)])], crs=27700)
    with pytest.raises(InputError, match="within: has no area"):
        hs.nearest_neighbour_clusters(frame, within=road)
    with pytest.raises(ConfigError, match="distance"):
        hs.nearest_neighbour_clusters(incidents([(530_000, 180_000)] * 9), distance=-1.0)
