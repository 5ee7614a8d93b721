"""Aoristic weights and the heat clock: who is counted where, who is left out, and why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hotspot as hs
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.record import recording
from hotspot.schema import Disclosure, declared


def incidents(rows, **columns):
    frame = pd.DataFrame(rows, columns=["source", "occurred_from", "occurred_to"])
    for name in ("occurred_from", "occurred_to"):
        frame[name] = pd.to_datetime(frame[name], format="ISO8601").astype("datetime64[us]")
    return frame.assign(**{"time_precision": "minute", "time_flag": "ok", **columns})


def test_the_shares_of_the_domain_fixture():
    frame = incidents([("police", "2024-05-03 22:30", "2024-05-04 01:15")])
    hours = hs.aoristic(frame, by="hour")["aoristic_police"]
    assert hours.index.to_list() == list(range(24))
    assert hours[[22, 23, 0, 1]].round(4).to_list() == [0.1818, 0.3636, 0.3636, 0.0909]
    assert hours.sum() == pytest.approx(1, abs=1e-15)
    week = hs.aoristic(frame, by="hour-weekday")["aoristic_police"]
    assert week[week > 0].index.to_list() == [("Friday", 22), ("Friday", 23), ("Saturday", 0), ("Saturday", 1)]


def test_the_small_hours_belong_to_the_evening_before():
    frame = incidents(
        [("ed", "2024-05-04 02:00", None), ("ed", "2024-05-04 05:59", None), ("ed", "2024-05-04 06:00", None)]
    )
    clock = hs.heat_clock(frame)["n_ed"]
    assert clock[clock > 0].to_dict() == {("Friday", 2): 1, ("Friday", 5): 1, ("Saturday", 6): 1}
    assert clock.index.get_level_values("hour")[:24].to_list() == [*range(6, 24), *range(6)]
    plain = hs.heat_clock(frame, day_starts=0)["n_ed"]
    assert plain[plain > 0].to_dict() == {("Saturday", 2): 1, ("Saturday", 5): 1, ("Saturday", 6): 1}
    pd.testing.assert_frame_equal(
        hs.aoristic(frame, day_starts=6).rename(columns={"aoristic_ed": "n_ed"}), hs.heat_clock(frame).astype(float)
    )


def test_sorting_keeps_the_order_of_the_clock():
    clock = hs.heat_clock(incidents([("ed", "2024-05-04 02:00", None)]))
    pd.testing.assert_frame_equal(clock.iloc[::-1].sort_index(), clock)
    wide = clock["n_ed"].unstack("hour")  # noqa: PD010 - a series
    assert wide.index[0] == "Monday"
    assert list(wide.columns[[0, -1]]) == [6, 5]


def test_an_hour_is_an_hour_long_and_an_end_that_stands_first_is_swapped():
    frame = incidents([("police", "2024-05-03 22:00", None)], time_precision="hour")
    hours = hs.aoristic(frame, by="hour")["aoristic_police"]
    assert hours[hours > 0].to_dict() == {22: 1.0}
    backwards = incidents([("police", "2024-05-04 01:15", "2024-05-03 22:30")])
    with pytest.warns(HotspotWarning, match="1 record.s. end before they start"):
        found = hs.aoristic(backwards, by="hour")
    forwards = incidents([("police", "2024-05-03 22:30", "2024-05-04 01:15")])
    pd.testing.assert_frame_equal(found, hs.aoristic(forwards, by="hour"))


def test_every_record_is_accounted_for():
    frame = incidents([("police", "2024-05-03 22:30", None)] * 12)
    frame.loc[1, "occurred_from"] = pd.NaT
    frame.loc[2, "time_precision"] = "day"
    frame.loc[3, "time_precision"] = "month"
    frame.loc[4, "time_precision"] = None
    frame.loc[5, "time_flag"] = "default midnight"
    frame.loc[6, "time_flag"] = "ambiguous"
    frame.loc[7, "time_flag"] = "non-existent"
    frame.loc[8, "time_flag"] = None
    frame.loc[9, ["occurred_from", "occurred_to"]] = [pd.Timestamp("2024-05-03"), pd.Timestamp("2024-05-03 23:59")]
    frame.loc[10, "occurred_to"] = pd.Timestamp("2024-05-10 22:31")
    frame["arrived_at"] = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
    frame.loc[11, "arrived_at"] = frame.loc[11, "occurred_from"]
    before = frame.copy()
    with recording() as notes, pytest.warns(HotspotWarning, match="1 of 12 records say the hour"):
        found = hs.aoristic(frame, by="hour")
    assert found["aoristic_police"].to_numpy().sum() == 1
    account = notes[-1].facts["account"]["police"]
    assert account == {
        "used": 1, "no time": 1, "known to the day": 1, "known to the month": 1, "unknown precision": 1,
        "default midnight": 1, "ambiguous": 1, "non-existent": 1, "unknown time": 1, "whole days": 1,
        "longer than 7 days": 1, "same as arrival": 1,
    }  # fmt: skip
    assert sum(account.values()) == len(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_seven_days_are_spread_and_a_minute_more_is_unknown():
    frame = incidents(
        [("police", "2024-05-03 22:30", "2024-05-10 22:30"), ("police", "2024-05-03 22:30", "2024-05-10 22:31")]
    )
    week = hs.aoristic(frame)["aoristic_police"]
    assert week.sum() == pytest.approx(1)
    assert week.min() > 0


def test_a_source_without_hours_is_missing_not_zero():
    frame = incidents([("police", "2024-05-01", None), ("ed", "2024-05-03 22:30", None)])
    frame.loc[0, "time_precision"] = "month"
    with pytest.warns(HotspotWarning, match="police: 0 of 1"):
        assert hs.aoristic(frame)["aoristic_police"].isna().all()
    with pytest.warns(HotspotWarning, match="police: 0 of 1"):
        clock = hs.heat_clock(frame)
    assert clock["n_police"].isna().all()
    assert clock["n_ed"].sum() == 1


def test_months_and_days_are_refused():
    monthly = incidents([("police", "2024-05-01", "2024-06-01")] * 3, time_precision="month")
    with pytest.raises(InputError, match=r"none of 3 row.s. says the hour .*3 known to the month.*count_by_month"):
        hs.aoristic(monthly, by="hour")
    with pytest.raises(InputError, match="known to the day"):
        hs.heat_clock(incidents([("fire", "2024-05-01", None)], time_precision="day"))
    # nobody said how precise: where every clock says 00:00, they are days
    with pytest.raises(InputError, match="known to the day"):
        hs.heat_clock(incidents([("fire", "2024-05-01", None)] * 2).drop(columns="time_precision"))
    with pytest.raises(InputError, match="none of 0"):
        hs.heat_clock(incidents([]))


def test_bad_input_is_named():
    frame = incidents([("police", "2024-05-03 22:30", None)])
    with pytest.raises(ConfigError, match="by"):
        hs.aoristic(frame, by="day")
    with pytest.raises(ConfigError, match="day_starts"):
        hs.heat_clock(frame, day_starts=24)
    with pytest.raises(InputError, match="time_precision that is none of"):
        hs.aoristic(frame.assign(time_precision="second"))
    with pytest.raises(InputError, match="not times of the local clock"):
        hs.aoristic(frame.assign(occurred_from=frame["occurred_from"].dt.tz_localize("UTC")))
    with pytest.raises(InputError, match="no weights"):
        hs.aoristic(frame.assign(weight=np.nan), weights="weight")
    with pytest.raises(InputError, match="every record needs a source"):
        hs.aoristic(frame.assign(source=None))


def test_harm_weighs():
    frame = incidents(
        [("police", "2024-05-03 22:30", "2024-05-03 23:30"), ("police", "2024-05-03 10:00", None)], weight=[365.0, 1.0]
    )
    hours = hs.aoristic(frame, by="hour", weights="weight")["aoristic_police"]
    assert hours[hours > 0].to_dict() == {10: 1.0, 22: 182.5, 23: 182.5}


def test_a_linked_event_counts_once_by_the_record_that_knows_best():
    frame = incidents(
        [
            ("police", "2024-05-03 20:00", "2024-05-04 02:00"), ("ed", "2024-05-03 23:10", None),
            ("ed", "2024-05-04 12:00", None), ("police", "2024-05-01 10:00", None),
        ],
        event_id=["e1", "e1", "e2", None],
    )  # fmt: skip
    found = hs.aoristic(frame, by="hour")
    assert found.columns.to_list() == ["aoristic_ed", "aoristic_police", "aoristic"]
    assert found["aoristic"][found["aoristic"] > 0].to_dict() == {10: 1.0, 12: 1.0, 23: 1.0}
    assert hs.heat_clock(frame)["n"].sum() == 3


def test_without_a_source_all_are_one():
    frame = incidents([("police", "2024-05-03 22:30", None)]).drop(columns="source")
    assert hs.aoristic(frame)["aoristic"].sum() == 1
    assert hs.heat_clock(frame)["n"].sum() == 1


def test_whole_numbers_add_up_and_none_exceeds_the_records_that_touch_the_hour():
    rng = np.random.default_rng(4)
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 200_000, 400), unit="min")
    end = start + pd.to_timedelta(rng.integers(0, 700, 400), unit="min")
    frame = incidents(list(zip(["police"] * 400, start, end, strict=True)))
    clock, weights = hs.heat_clock(frame)["n_police"], hs.aoristic(frame, day_starts=6)["aoristic_police"]
    used = round(weights.sum())
    assert clock.sum() == used
    assert ((clock - weights).abs() < 1).all()
    touched = np.zeros(168)
    for begin, finish in zip(start, end, strict=True):
        hours = pd.date_range(begin.floor("h"), max(finish - pd.Timedelta("1us"), begin).floor("h"), freq="h")
        np.add.at(touched, ((hours.day_of_week * 24 + hours.hour - 6) % 168).to_numpy(), 1)
    assert (clock.to_numpy() <= touched).all()
    shuffled = frame.sample(frac=1, random_state=1)
    pd.testing.assert_series_equal(hs.heat_clock(shuffled)["n_police"], clock)
    pd.testing.assert_series_equal(hs.aoristic(shuffled, day_starts=6)["aoristic_police"], weights)


def test_the_gate_takes_the_clock_and_refuses_fractions(small_counts):
    frame = incidents([("ed", "2024-05-03 22:30", None)] * 9 + [("ed", "2024-05-04 01:15", None)] * 3)
    policy = hs.DisclosurePolicy.shareable()
    release = hs.release(small_counts, policy=policy, tables={"clock": hs.heat_clock(frame)})
    shown = release.tables["clock"]["n_ed"]
    assert shown[("Friday", 22)] == 10
    assert pd.isna(shown[("Friday", 1)])
    with pytest.raises(hs.DisclosureError, match="aoristic_ed"):
        hs.release(small_counts, policy=policy, tables={"clock": hs.aoristic(frame)})
    with pytest.warns(HotspotWarning, match="1 of 168 hours"):
        windows = hs.hot_windows(release.tables["clock"], of="n_ed", share=1)
    assert windows["when"].to_list() == ["Friday 22:00-23:00"]


def test_every_column_is_declared_and_only_whole_records_are_counts():
    frame = incidents([("ed", "2024-05-03 22:30", None)] * 3, event_id="e1")
    clock = hs.heat_clock(frame)
    windows = hs.hot_windows(clock, of="n_ed")
    months = pd.DataFrame({"n_ed": [30 + i % 2 for i in range(36)]}, pd.period_range("2021-01", periods=36, freq="M"))
    with pytest.warns(HotspotWarning, match="no more than chance"):
        season = hs.seasonality(months, of="n_ed")
    inside = [*hs.aoristic(frame), *windows, *hs.adjust_months(months, of="n_ed"), *season]
    assert {declared(name).disclosure for name in inside} == {Disclosure.INTERNAL}
    assert declared("n_ed").disclosure is Disclosure.COUNT


@pytest.fixture
def small_counts():
    import geopandas as gpd
    import shapely

    squares = [shapely.box(x, 0, x + 100, 100) for x in (0, 100)]
    frame = gpd.GeoDataFrame(
        {"name": ["West", "East"], "population": [900, 900], "n_ed": [10, 20]},
        index=pd.Index(["A", "B"], name="area_code"), geometry=squares, crs=27700,
    )  # fmt: skip
    return frame.astype({"n_ed": "Int64"})


@pytest.mark.real_data
def test_vehicle_thefts_of_new_york(real_data):
    table = pd.read_csv(real_data / "crimedata_mpjashby" / "nycvehiclethefts.csv.gz")
    frame = incidents(list(zip(["police"] * len(table), table["date_start"], table["date_end"], strict=True)))
    with recording() as notes:
        hours = hs.aoristic(frame, by="hour")["aoristic_police"]
    account = notes[-1].facts["account"]["police"]
    assert account == {"used": 32_900, "longer than 7 days": 2_835, "whole days": 11}
    assert hours.sum() == pytest.approx(32_900, abs=1e-6)
    assert hours.idxmax() == 1
    assert hours.idxmin() == 11
    assert hours[[1, 11]].round().to_list() == [1981, 979]
    assert notes[-1].facts["hours_long"]["police"]["median"] == 7.0
    clock = hs.heat_clock(frame)["n_police"]
    assert clock.sum() == 32_900
    window = hs.hot_windows(clock.to_frame(), of="n_police", share=0.25).iloc[0]
    assert (window["when"], window["hours"]) == ("nights of Monday to Saturday 00:00-05:00", 30)


@pytest.mark.real_data
def test_surrey_has_months_and_no_hours(real_data):
    police = hs.read_incidents(real_data / "police_uk_surrey", source="police_uk")
    with pytest.raises(InputError, match="known to the month"):
        hs.aoristic(police, by="hour")
