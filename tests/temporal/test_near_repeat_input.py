"""What the Knox test refuses, leaves out and counts."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import hotspot as hs
from hotspot.errors import ComparabilityError, ConfigError, CRSError, HotspotWarning, InputError
from hotspot.record import recording


def incidents(n=30, **columns):
    rng = np.random.default_rng(0)
    frame = gpd.GeoDataFrame(
        {"source": "police", "occurred_from": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n) * 7, unit="h")},
        index=[f"p{number:03}" for number in range(n)],
        geometry=gpd.points_from_xy(*rng.uniform(0, 2_000, (2, n))), crs=27700,
    )  # fmt: skip
    return frame.assign(**{"time_precision": "minute", "time_flag": "ok", **columns})


def run(frame, **options):
    with recording() as notes:
        table = hs.knox(
            frame, frame["occurred_from"], **({"distance": [100, 200], "time": [3, 7], "permutations": 9} | options)
        )
    return table, notes[-1].facts


def test_every_event_is_used_or_counted():
    frame = incidents(40)
    frame.loc["p001", "occurred_from"] = pd.NaT
    frame.loc["p002", "geometry"] = None
    frame.loc["p003", "time_precision"] = "month"
    frame.loc["p004", "time_precision"] = None
    frame.loc["p005", "time_flag"] = "default midnight"
    frame.loc["p006", "time_flag"] = "ambiguous"
    frame.loc["p007", "time_flag"] = "non-existent"
    frame.loc["p008", "time_flag"] = None
    frame["uncertainty_m"] = 25.0
    frame.loc["p009", "uncertainty_m"] = 2_500.0
    frame["setting"] = "public"
    frame.loc["p010", "setting"] = "home"
    before = frame.copy()
    table, facts = run(frame)
    assert facts["left_out"] == {
        "no time": 1, "no point": 1, "known to the month": 1, "unknown precision": 1, "default midnight": 1,
        "ambiguous": 1, "non-existent": 1, "unknown time": 1, "place too uncertain": 1, "home, domestic or sexual": 1,
    }  # fmt: skip
    assert facts["used"] + sum(facts["left_out"].values()) == facts["given"] == 40
    pd.testing.assert_frame_equal(frame, before)
    kept = frame.drop([f"p{number:03}" for number in range(1, 11)])
    pd.testing.assert_frame_equal(table, run(kept)[0])
    plain = hs.knox(kept.geometry, kept["occurred_from"], distance=[100, 200], time=[3, 7], permutations=9)
    pd.testing.assert_frame_equal(table, plain)


def test_months_are_refused_also_in_disguise():
    monthly = incidents(time_precision="month")
    with pytest.raises(InputError, match=r"0 of 30 event.s. can be compared .30 known to the month.*data.police.uk"):
        run(monthly)
    firsts = pd.Series(pd.to_datetime(["2024-01-01", "2024-02-01", "2024-02-01"]))
    with pytest.raises(InputError, match="all 3 are 00:00 on the first of a month"):
        hs.knox([(0, 0), (1, 1), (2, 2)], firsts, distance=100, time=7)
    hs.knox([(0, 0), (1, 1), (2, 2)], firsts, distance=100, time=7, comparable=False, reason="monthly market days")


def test_police_uk_is_refused(city_folder):
    police = hs.read_incidents(sorted(city_folder.glob("police/*/*-street.csv")), source="police_uk")
    with pytest.raises(InputError, match="known to the month"):
        hs.knox(police, police["occurred_from"], distance=[200], time=[7])
    with pytest.raises(InputError, match="first of a month"):
        hs.knox(police.geometry, police["occurred_from"], distance=[200], time=[7])
    rng = np.random.default_rng(0)
    days = rng.integers(0, 300, len(police))
    with pytest.raises(InputError, match=r"events stand on .* places, as snapped points"):
        hs.knox(police.geometry, days, distance=[200], time=[7])


def test_few_usable_events_are_warned_of():
    frame = incidents(20)
    frame.iloc[:11, frame.columns.get_loc("time_flag")] = "default midnight"
    with pytest.warns(HotspotWarning, match="9 of 20 events can be compared; left out: 11 default midnight"):
        run(frame)


@pytest.mark.parametrize("method", ["snapped to grid", "geomasked"])
def test_moved_points_are_refused_unless_somebody_says_why(method):
    frame = incidents()
    frame["location_method"] = "coordinates"
    frame.loc["p000", "location_method"] = method
    with pytest.raises(InputError, match=r"1 were moved .*comparable=False"):
        run(frame)
    with pytest.raises(ConfigError, match="reason= does not say why"):
        run(frame, comparable=False)
    _, facts = run(frame, comparable=False, reason="the mask is a metre")
    assert (facts["comparable"], facts["reason"]) == (False, "the mask is a metre")


def test_stacked_and_rounded_places_are_refused():
    rng = np.random.default_rng(2)
    stacked = rng.uniform(0, 900, (10, 2))[rng.integers(0, 10, 40)]
    with pytest.raises(InputError, match=r"40 events stand on 9 places.*snapped points and centroids"):
        hs.knox(stacked, np.arange(40), distance=100, time=7)
    few = hs.knox(stacked[:19], np.arange(19), distance=100, time=7)  # too few to tell
    assert few["observed"].iloc[0] > 0
    pubs = hs.knox(stacked, np.arange(40), distance=100, time=7, comparable=False, reason="the pub is the place")
    assert pubs["observed"].iloc[0] > 0
    rounded = np.round(rng.uniform(0, 9_000, (60, 2)) / 50) * 50 + 25
    with pytest.raises(InputError, match="whole steps of 50 apart"):
        hs.knox(rounded, np.arange(60), distance=[75, 200], time=7)
    hs.knox(rounded, np.arange(60), distance=[100, 200], time=7)


def test_places_less_certain_than_the_first_band_are_left_out():
    frame = incidents(uncertainty_m=150.0)
    with pytest.raises(InputError, match="30 place too uncertain"):
        run(frame)
    assert run(frame, distance=[150, 300])[1]["used"] == 30
    assert run(frame, comparable=False, reason="radii are of the old geocoder")[1]["used"] == 30


def test_records_are_not_events():
    frame = incidents()
    frame.loc["p000":"p009", "source"] = "ed"
    with pytest.raises(ComparabilityError, match=r"2 sources .ed, police. are not events.*link_events"):
        run(frame)
    frame["event_id"] = [f"e{number // 2}" for number in range(30)]
    table, facts = run(frame)
    assert facts["left_out"] == {"another record of the event": 15}
    pd.testing.assert_frame_equal(table, run(frame.iloc[::2])[0])  # the earlier one of each
    pd.testing.assert_frame_equal(table, run(frame.iloc[::-1])[0])
    frame["uncertainty_m"] = [90.0, 20.0] * 15
    pd.testing.assert_frame_equal(run(frame)[0], run(frame.iloc[1::2])[0])  # the one placed better


def test_events_known_to_the_day_take_all_to_the_day():
    frame = incidents()
    table, facts = run(frame, time=[1, 7])
    assert facts["taken_to_the_day"] is False
    frame.loc["p004", "time_precision"] = "day"
    by_day, facts = run(frame, time=[1, 7])
    assert (facts["known_to_the_day"], facts["taken_to_the_day"]) == (1, True)
    floored = frame.assign(occurred_from=frame["occurred_from"].dt.normalize())
    pd.testing.assert_frame_equal(by_day, run(floored, time=[1, 7])[0])
    assert not by_day["expected"].equals(table["expected"])
    with pytest.raises(ConfigError, match=r"0.5 is less than a day, but 1 event.s. are known to the day only"):
        run(frame, time=[0.5, 7])


def test_intervals_are_counted_and_long_ones_warned_of():
    frame = incidents()
    frame["occurred_to"] = frame["occurred_from"]
    frame.loc["p000":"p003", "occurred_to"] += pd.Timedelta("8h")
    frame.loc["p004", "occurred_to"] += pd.Timedelta("5D")
    _, facts = run(frame)
    assert (facts["intervals"], facts["intervals_longer_than_first_band"]) == (5, 1)
    frame["occurred_to"] += pd.Timedelta("5D")
    with pytest.warns(HotspotWarning, match=r"30 of 30 events are known only to an interval longer than the first"):
        run(frame)


def test_places_need_metres():
    frame = incidents()
    with pytest.raises(CRSError, match="to_crs"):
        run(frame.to_crs(4326))
    with pytest.raises(CRSError, match="no coordinate reference system"):
        run(frame.set_crs(None, allow_override=True))
    with pytest.raises(CRSError, match="foot"):
        run(frame.to_crs(2263))
    with pytest.raises(InputError, match=r"30 row.s. are not points"):
        run(frame.set_geometry(frame.buffer(5)))


GOOD = {"points": [(0, 0), (1, 1), (2, 5)], "times": [1, 2, 3], "distance": 100, "time": 7}


@pytest.mark.parametrize(
    ("wrong", "error", "match"),
    [
        ({"points": [(0, 0)], "times": [1]}, InputError, "1 of 1 event"),
        ({"points": np.empty((0, 2)), "times": []}, InputError, "0 of 0 event"),
        ({"points": [1, 2, 3]}, InputError, "shape .3,. is no list of places"),
        ({"points": [(0, 0, 0)] * 3}, InputError, "shape .3, 3."),
        ({"points": [("a", "b")] * 3}, InputError, "numbers of shape"),
        ({"points": [(0, 0), (1, np.inf), (2, 5)]}, InputError, "1 are not finite, the first in row 1"),
        ({"points": [(0, 0), (1e300, 1), (2, 5)]}, InputError, "too coarse for a first band of 100"),
        ({"times": [1, 2, 1e300]}, InputError, "too coarse for a first band of 7"),
        ({"points": pd.DataFrame({"x": [1, 2, 3]})}, InputError, "no geometry"),
        ({"points": None}, InputError, "no list of places"),
        ({"times": [1, 2]}, InputError, "2 given for 3 point"),
        ({"times": [1, np.inf, 3]}, InputError, "times: 1 are infinite, the first in row 1"),
        ({"times": [np.nan, np.nan, 3]}, InputError, "1 of 3 event.s. can be compared .2 no time"),
        ({"times": ["a", "b", "c"]}, InputError, "neither numbers nor times"),
        ({"times": [True, False, True]}, InputError, "neither numbers nor times"),
        ({"times": [1j, 2j, 3j]}, InputError, "neither numbers nor times"),
        ({"times": 5}, InputError, "one time for each point"),
        ({"times": pd.Series(pd.to_datetime(["2024-01-01"] * 3)).dt.tz_localize("UTC")}, InputError, "time zone"),
        ({"distance": 0}, ConfigError, "distance: band edges must be above 0"),
        ({"distance": [200, 100]}, ConfigError, "ascend"),
        ({"distance": [100, 100]}, ConfigError, "ascend"),
        ({"distance": []}, ConfigError, "above 0"),
        ({"distance": [-1, 100]}, ConfigError, "above 0"),
        ({"distance": np.nan}, ConfigError, "no band edge"),
        ({"distance": True}, ConfigError, "no band edge"),
        ({"distance": "100"}, ConfigError, "no band edge"),
        ({"distance": [[100, 200]]}, ConfigError, "one row of band edges"),
        ({"distance": np.inf}, ConfigError, "holds every pair"),
        ({"distance": [100, np.inf, np.inf]}, ConfigError, "ascend"),
        ({"time": "7D"}, ConfigError, "no band edge"),
        ({"time": pd.Timedelta("7D")}, ConfigError, "length of time, but"),
        ({"permutations": 0}, ConfigError, "permutations"),
        ({"permutations": 9.5}, ConfigError, "permutations"),
        ({"seed": -1}, ConfigError, "seed"),
        ({"metric": "manhatten"}, ConfigError, "manhattan"),
    ],
)
def test_bad_input_gets_one_clear_error(wrong, error, match):
    options = GOOD | wrong
    with pytest.raises(error, match=match):
        hs.knox(options.pop("points"), options.pop("times"), **options)


def test_times_must_be_those_of_the_points():
    frame = incidents()
    with pytest.raises(InputError, match="labels are not those of points"):
        hs.knox(frame, frame["occurred_from"].iloc[::-1], distance=100, time=7)
    days = pd.Series(pd.date_range("2024-01-02", periods=3))
    with pytest.raises(ConfigError, match="no unit"):
        hs.knox(GOOD["points"], days, distance=100, time="7")


def test_messages_hold_no_values_of_records():
    frame = incidents(location_method="geomasked")
    frame["category"] = "assault"
    frame.loc["p003", "category"] = "Jane Doe was here"
    with pytest.raises(InputError) as told:
        run(frame)
    assert "Jane" not in str(told.value)


def test_missing_coordinates_of_an_array_are_left_out_and_counted():
    with recording() as notes:
        hs.knox([(0, 0), (np.nan, 1), (2, 5)], [1, 2, 3], distance=100, time=7)
    assert notes[-1].facts["left_out"] == {"no point": 1}


def test_nullable_numbers_and_dates_are_times_too():
    places = [(0, 0), (10, 0), (20, 0)]
    plain = hs.knox(places, [1, 3, 9], distance=15, time=[2, 8])
    for times in (
        pd.Series([1, 3, 9], dtype="Int64"),
        pd.Series([1, 3, 9], dtype="Float64"),
        np.array(["2024-01-01", "2024-01-03", "2024-01-09"], dtype="datetime64[D]"),
        pd.DatetimeIndex(["2024-01-01", "2024-01-03", "2024-01-09"]),
    ):
        pd.testing.assert_frame_equal(hs.knox(places, times, distance=15, time=[2, 8]), plain)
