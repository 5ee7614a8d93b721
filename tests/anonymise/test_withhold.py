"""Home, domestic and sexual-violence records lose their point and keep their area."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from hotspot.anonymise import withhold_points


def frame(**columns):
    base = {"location_level": ["venue", "venue"], "location_method": ["coordinates"] * 2, "uncertainty_m": [25.0] * 2}
    return gpd.GeoDataFrame(base | columns, geometry=gpd.points_from_xy([1, 2], [1, 2]), crs=27700, index=["a", "b"])


@pytest.mark.parametrize(
    ("columns", "level"),
    [
        ({"setting": ["home", "public"]}, "home"),
        ({"setting": [" Home", "public"]}, "home"),
        ({"category": ["Sexual", "assault"]}, "none"),
        ({"location_level": ["home", "venue"]}, "home"),
        ({"domestic": pd.array([True, pd.NA], dtype="boolean")}, "none"),
        ({"domestic": pd.array([True, False], dtype="boolean"), "area_code": ["E01", "E02"]}, "area"),
        ({"category": ["sexual", "violence_and_sexual_offences"]}, "none"),
        ({"category": pd.array(["sexual", None], dtype="str"), "area_code": ["E01", None]}, "area"),
    ],
)
def test_the_point_goes_and_the_rest_stays(columns, level):
    given = frame(**columns)
    before = given.copy(deep=True)
    safe, counts = withhold_points(given)
    pd.testing.assert_frame_equal(pd.DataFrame(given), pd.DataFrame(before))
    assert safe.geometry.isna().tolist() == [True, False]
    assert safe["location_level"].tolist() == [level, "venue"]
    assert safe["location_method"].tolist() == ["withheld", "coordinates"]
    assert safe["uncertainty_m"].isna().tolist() == [True, False]
    assert counts["points_withheld"] == 1
    assert safe.crs == given.crs
    assert safe.index.tolist() == ["a", "b"]


def test_nothing_to_withhold_changes_nothing():
    given = frame(category=["assault", "robbery"])
    safe, counts = withhold_points(given)
    pd.testing.assert_frame_equal(pd.DataFrame(safe), pd.DataFrame(given))
    assert counts == {"home": 0, "domestic": 0, "sexual": 0, "points_withheld": 0}
