"""Ages, times and points become bands and cells, aligned and accounted for."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot import generalise, recording
from hotspot.errors import ConfigError, CRSError, InputError

TIMES = pd.to_datetime(["2023-01-01 00:00", "2023-05-06 05:59", "2023-06-30 12:00", "2023-12-31 23:59", None])


@pytest.mark.parametrize(
    ("band", "expected"),
    [
        ("hour", ["00:00-00:59", "05:00-05:59", "12:00-12:59", "23:00-23:59"]),
        (
            "part of day",
            ["night (00:00-05:59)", "night (00:00-05:59)", "afternoon (12:00-17:59)", "evening (18:00-23:59)"],
        ),
        ("weekday", ["Sunday", "Saturday", "Friday", "Sunday"]),
        ("month", ["2023-01", "2023-05", "2023-06", "2023-12"]),
        ("quarter", ["2023 Q1", "2023 Q2", "2023 Q2", "2023 Q4"]),
        ("year", ["2023"] * 4),
    ],
)
def test_times_become_text_bands_and_missing_stays_missing(band, expected):
    frame = pd.DataFrame({"when": TIMES}, index=list("edcba"))
    result = generalise(frame, times={"when": band})
    assert result["when"].tolist()[:4] == expected
    assert result["when"].isna().tolist() == [False] * 4 + [True]
    assert result["when"].dtype == "str"
    assert result.index.tolist() == list("edcba")
    assert frame["when"].dtype.kind == "M"


def test_ages_become_bands():
    frame = pd.DataFrame({"age": pd.array([0, 17, 18, 19, 20, 64, 65, 120, None], dtype="Int64")})
    result = generalise(frame, ages={"age": (10, 18, 19, 65)})["age"]
    assert result.isna().tolist() == [True] + [False] * 7 + [True]
    assert result.tolist()[1:8] == ["10 to 17", "18", "19 to 64", "19 to 64", "19 to 64", "65 and over", "65 and over"]


def test_the_record_says_what_was_coarsened_and_what_is_still_exact():
    frame = pd.DataFrame({"age": [3, 40], "occurred_from": TIMES[:2], "arrived_at": TIMES[:2]})
    with recording() as notes:
        generalise(frame, ages={"age": (18, 65)}, times={"occurred_from": "month"})
    facts = notes[0].facts
    assert facts["ages"] == {"age": [18, 65]}
    assert facts["ages_left_empty"] == {"age": 1}
    assert facts["times"] == {"occurred_from": "month"}
    assert facts["times_still_exact"] == ["arrived_at"]
    assert facts["rows"] == 2


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=20), st.floats(10, 5_000))
@settings(deadline=None, max_examples=50)
def test_points_move_to_the_centre_of_their_cell(xy, side):
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*zip(*xy, strict=True)), crs=27700)
    result = generalise(frame, grid_m=side)
    assert (result.distance(frame) <= side / np.sqrt(2) * (1 + 1e-6)).all()
    again = generalise(result, grid_m=side)
    assert (again.distance(result) <= 1e-6).all()


def test_snapping_widens_the_uncertainty_and_keeps_the_missing():
    frame = gpd.GeoDataFrame(
        {"uncertainty_m": [25.0, np.nan, 9.0], "location_method": ["coordinates", "text", "none"]},
        geometry=[*gpd.points_from_xy([10, 260], [10, 10]), None],
        crs=27700,
    )
    with recording() as notes:
        result = generalise(frame, grid_m=250)
    assert result.geometry.iloc[:2].x.tolist() == [125, 375]
    assert result.geometry.isna().tolist() == [False, False, True]
    assert result["uncertainty_m"].round(1).tolist() == [201.8, 176.8, 9.0]
    assert result["location_method"].tolist() == ["snapped to grid", "snapped to grid", "none"]
    assert frame["uncertainty_m"].iloc[0] == 25
    assert (notes[0].facts["points_snapped"], notes[0].facts["grid_m"]) == (2, 250)


def test_what_does_not_fit_is_refused_without_its_values():
    frame = pd.DataFrame({"age": ["17", "forty-two", "133"], "when": TIMES[:3]})
    with pytest.raises(InputError, match=r"2 value\(s\) that are no age.*first in row 2") as caught:
        generalise(frame, ages={"age": (0, 18)})
    assert "forty" not in str(caught.value)
    for bands in [(), (18, 0), (0, 18, 18), (-1, 5), (0.5, 2)]:
        with pytest.raises(ConfigError, match="ascend"):
            generalise(frame.iloc[:1], ages={"age": bands})
    with pytest.raises(InputError, match="holds no times"):
        generalise(frame, times={"age": "month"})
    with pytest.raises(ConfigError, match="Did you mean 'month'"):
        generalise(frame, times={"when": "months"})
    with pytest.raises(ConfigError, match="nothing"):
        generalise(frame)
    with pytest.raises(InputError, match="without points"):
        generalise(frame, grid_m=100)
    with pytest.raises(InputError, match="missing"):
        generalise(frame, ages={"years": (0, 18)})
    point = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0], [0]), crs=4326)
    with pytest.raises(CRSError, match="degrees"):
        generalise(point, grid_m=100)
    with pytest.raises(ConfigError, match="grid_m"):
        generalise(point.to_crs(32631), grid_m=0)
    lines = gpd.GeoDataFrame(geometry=[shapely_line()], crs=27700)
    with pytest.raises(InputError, match="1 geometries are no points"):
        generalise(lines, grid_m=100)


def shapely_line():
    import shapely

    return shapely.LineString([(0, 0), (1, 1)])


@pytest.mark.parametrize("bands", [5, (0, None), ("young",)])
def test_bands_that_are_no_ages_are_refused(bands):
    with pytest.raises(ConfigError, match="bands of 'age' must be whole years"):
        generalise(pd.DataFrame({"age": [17]}), ages={"age": bands})
