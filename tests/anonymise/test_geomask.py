"""Masked points are spread evenly over the ring, stay in their area, and come again with the same key."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from hotspot import geomask, make_key, recording
from hotspot.anonymise import key_fingerprint
from hotspot.errors import ConfigError, CRSError, HotspotWarning, InputError

WIDE = gpd.GeoDataFrame({"population": [40_000]}, geometry=[shapely.box(0, 0, 20_000, 20_000)], crs=27700, index=["E1"])


def points(xy, **columns):
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    names = [f"ed-{number:06d}" for number in range(len(xy))]
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]), crs=27700, index=names)


def spread(count):
    """Place points apart from each other, far from the border."""
    side = int(np.ceil(np.sqrt(count)))
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2)[:count]
    return points(5_000 + grid * 50.0)


def test_distances_are_uniform_by_area_and_bearings_uniform(fixed_key):
    incidents = spread(4_000)
    masked = geomask(incidents, WIDE, min_m=100, max_m=400, key=fixed_key)
    moved = shapely.get_coordinates(masked.geometry) - shapely.get_coordinates(incidents.geometry)
    distance = np.hypot(*moved.T)
    assert distance.min() >= 100 - 1e-6
    assert distance.max() <= 400 + 1e-6
    by_area = (distance**2 - 100**2) / (400**2 - 100**2)
    bearing = np.arctan2(moved[:, 1], moved[:, 0]) / (2 * np.pi) % 1
    # The key is fixed, so the test is: no chance enters. A radius drawn uniformly instead gives p < 1e-60.
    assert stats.kstest(by_area, "uniform").pvalue > 0.01
    assert stats.kstest(bearing, "uniform").pvalue > 0.01
    assert abs(np.corrcoef(by_area, np.cos(2 * np.pi * bearing))[0, 1]) < 0.05


def test_the_same_key_and_name_give_the_same_point_whatever_else_is_there(fixed_key, tmp_path):
    incidents = spread(30)
    whole = geomask(incidents, WIDE, min_m=50, max_m=200, key=fixed_key)
    part = geomask(incidents.iloc[::-3], WIDE, min_m=50, max_m=200, key=fixed_key)
    pd.testing.assert_index_equal(part.index, incidents.index[::-3])
    assert part.geometry.geom_equals_exact(whole.geometry.loc[part.index], 0).all()
    other = tmp_path / "other.key"
    make_key(other)
    again = geomask(incidents, WIDE, min_m=50, max_m=200, key=other)
    assert not again.geometry.geom_equals_exact(whole.geometry, 1).any()
    with pytest.raises(ConfigError, match="not the expected one"):
        geomask(incidents, WIDE, min_m=50, max_m=200, key=other, fingerprint=key_fingerprint(fixed_key))


def test_a_column_can_name_the_incidents(fixed_key):
    incidents = spread(5).assign(ref=list("abcde"))
    first = geomask(incidents, WIDE, min_m=50, max_m=200, key=fixed_key, ids="ref")
    renamed = incidents.set_axis(range(5))
    second = geomask(renamed, WIDE, min_m=50, max_m=200, key=fixed_key, ids="ref")
    assert shapely.get_coordinates(first.geometry).tolist() == shapely.get_coordinates(second.geometry).tolist()
    with pytest.raises(InputError, match="2 value"):
        geomask(incidents.assign(ref=["a", "a", None, "d", "e"]), WIDE, min_m=50, max_m=200, key=fixed_key, ids="ref")


@st.composite
def star(draw):
    """Draw a star-shaped polygon around a point, concave as a rule."""
    radii = draw(st.lists(st.floats(20, 900), min_size=5, max_size=12))
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    return shapely.Polygon(np.column_stack([np.cos(angles) * radii, np.sin(angles) * radii]) + 1_000)


@given(star(), st.floats(1, 150), st.floats(1, 500), st.booleans())
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_masked_point_stays_in_its_polygon_and_in_its_ring(fixed_key, polygon, least, more, by_place):
    rest = shapely.box(-9_000, -9_000, 11_000, 11_000).difference(polygon)
    areas = gpd.GeoDataFrame(geometry=[polygon, rest], crs=27700, index=["in", "out"])
    incidents = points([[1_000, 1_000], [1_001, 1_003], [990, 1_000]])
    by = "place" if by_place else "incident"
    with recording() as notes:
        masked = geomask(incidents, areas, min_m=least, max_m=least + more, key=fixed_key, by=by)
    there = masked.geometry.notna()
    assert polygon.covers(masked.geometry[there]).all() if there.any() else True
    distance = masked.geometry[there].distance(incidents.geometry[there])
    assert distance.between(least - 1e-6, least + more + 1e-6).all()
    facts = notes[0].facts
    assert facts["read"] == 3 == facts["masked"] + facts["area_only"] + facts["outside"] + facts["without_point"]
    assert facts["masked"] == there.sum()
    assert masked["area_code"].tolist() == ["in"] * 3


def test_where_the_ring_does_not_fit_only_the_area_is_left(fixed_key):
    areas = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 40, 40), shapely.box(40, 0, 5_000, 5_000)], crs=27700)
    areas.index = ["small", "large"]
    incidents = points(
        [[20, 20], [2_000, 2_000], [9_999, 9_999]],
        location_level=["venue", "venue", "venue"],
        location_method=["coordinates"] * 3,
        uncertainty_m=[25.0, np.nan, 25.0],
    )
    incidents.loc["ed-000003"] = ["street", "x", 9.0, None]
    before = incidents.copy(deep=True)
    with recording() as notes:
        masked = geomask(incidents, areas, min_m=100, max_m=300, key=fixed_key)
    pd.testing.assert_frame_equal(pd.DataFrame(incidents), pd.DataFrame(before))
    assert masked.geometry.isna().tolist() == [True, False, True, True]
    assert masked["location_level"].tolist() == ["area", "venue", "none", "street"]
    assert masked["location_method"].tolist() == ["withheld", "geomasked", "withheld", "x"]
    assert masked["uncertainty_m"].fillna(-1).tolist() == [-1, 300, -1, 9]
    assert masked["area_code"].fillna("").tolist() == ["small", "large", "", ""]
    facts = notes[0].facts
    assert [facts[name] for name in ("read", "masked", "area_only", "outside", "without_point")] == [4, 1, 1, 1, 1]
    assert masked.crs == incidents.crs


def test_homes_domestic_and_sexual_violence_become_area_only(fixed_key):
    incidents = points([[5_000, 5_000], [6_000, 6_000]], setting=["home", "public"], location_level=["home", "venue"])
    with recording() as notes:
        masked = geomask(incidents, WIDE, min_m=50, max_m=200, key=fixed_key)
    assert masked.geometry.isna().tolist() == [True, False]
    assert masked["area_code"].tolist() == ["E1", "E1"]
    assert masked["location_level"].tolist() == ["home", "venue"]
    assert notes[0].facts["points_withheld"] == 1


def test_records_of_one_place_are_warned_of_and_can_be_moved_together(fixed_key):
    incidents = points([[5_000, 5_000]] * 200)
    with pytest.warns(HotspotWarning, match="200 records stand at places"):
        apart = geomask(incidents, WIDE, min_m=50, max_m=400, key=fixed_key)
    mean = shapely.get_coordinates(apart.geometry).mean(axis=0)
    assert np.hypot(*(mean - 5_000)) < 50  # the attack the warning speaks of: inside the forbidden disc
    together = geomask(incidents, WIDE, min_m=50, max_m=400, key=fixed_key, by="place")
    assert len(np.unique(shapely.get_coordinates(together.geometry), axis=0)) == 1
    assert together.distance(incidents).between(50, 400).all()


def test_the_note_estimates_residents_and_names_no_place(fixed_key):
    with recording() as notes:
        geomask(spread(9), WIDE, min_m=100, max_m=400, key=fixed_key)
    facts = notes[0].facts
    # 40,000 people on 400 km2 are 100 a km2; the ring has pi (0.4^2 - 0.1^2) km2.
    assert facts["ring_residents_median"] == pytest.approx(100 * np.pi * 0.15, abs=0.06)
    assert facts["key_fingerprint"] == key_fingerprint(fixed_key)
    assert "5000" not in str(notes[0])


def test_what_does_not_fit_is_refused(fixed_key):
    incidents = spread(2)
    with pytest.raises(ConfigError, match="max_m"):
        geomask(incidents, WIDE, min_m=200, max_m=200, key=fixed_key)
    with pytest.raises(ConfigError, match="min_m"):
        geomask(incidents, WIDE, min_m=0, max_m=200, key=fixed_key)
    with pytest.raises(ConfigError, match="by"):
        geomask(incidents, WIDE, min_m=1, max_m=200, key=fixed_key, by="person")
    with pytest.raises(CRSError, match="degrees"):
        geomask(incidents.to_crs(4326), WIDE, min_m=1, max_m=200, key=fixed_key)
    with pytest.raises(CRSError, match="uses"):
        geomask(incidents, WIDE.to_crs(32630), min_m=1, max_m=200, key=fixed_key)
    with pytest.raises(InputError, match="only points"):
        geomask(incidents.set_geometry(incidents.buffer(1)), WIDE, min_m=1, max_m=200, key=fixed_key)
    with pytest.raises(InputError, match="more than once"):
        geomask(incidents.set_axis(["a", "a"]), WIDE, min_m=1, max_m=200, key=fixed_key)


def test_nothing_to_mask(fixed_key):
    assert len(geomask(spread(3).iloc[:0], WIDE, min_m=1, max_m=200, key=fixed_key)) == 0


def test_a_category_that_nobody_knows_could_be_sexual_violence_and_is_refused(fixed_key):
    with pytest.raises(InputError, match="'rape'"):
        geomask(points([[5_000, 5_000]], category=["rape"]), WIDE, min_m=50, max_m=200, key=fixed_key)


def test_a_name_that_became_a_float_in_another_extract_has_the_same_mask(fixed_key):
    incidents = spread(5).assign(number=[3, 14, 15, 92, 65])
    whole = geomask(incidents, WIDE, min_m=50, max_m=200, key=fixed_key, ids="number")
    floats = geomask(incidents.astype({"number": float}), WIDE, min_m=50, max_m=200, key=fixed_key, ids="number")
    assert floats.geometry.geom_equals_exact(whole.geometry, 0).all()
