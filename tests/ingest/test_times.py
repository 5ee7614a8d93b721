"""Times: one proven format per column, doubts flagged, nothing guessed row by row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hotspot as hs
from hotspot.errors import InputError

MAPPING = {
    "name": "fire",
    "label": "Synthetic",
    "health": False,
    "columns": {"occurred_from": "when"},
    "category": {"value": "other"},
}


def read(*texts, **time):
    table = pd.DataFrame({"when": pd.array(texts, dtype="str")})
    return hs.read_incidents(table, source=MAPPING | {"time": time}, max_reject=1)


def stamps(frame):
    return frame["occurred_from"].dt.strftime("%Y-%m-%d %H:%M:%S").tolist()


@pytest.mark.parametrize(
    ("texts", "first", "precision"),
    [
        (["25/04/2024 10:05", "04/05/2024 23:00"], "2024-04-25 10:05:00", "minute"),
        (["04/25/2024 10:05", "04/05/2024 23:00"], "2024-04-25 10:05:00", "minute"),
        (["25.4.2024", "4.5.2024"], "2024-04-25 00:00:00", "day"),
        (["25-04-2024 10:05:59"], "2024-04-25 10:05:59", "minute"),
        (["2024-04-25T10:05:59"], "2024-04-25 10:05:59", "minute"),
        (["2024/04/25"], "2024-04-25 00:00:00", "day"),
        (["2024-04"], "2024-04-01 00:00:00", "month"),
        (["2024/04"], "2024-04-01 00:00:00", "month"),
        (["20240425 1005"], "2024-04-25 10:05:00", "minute"),
        (["20240425"], "2024-04-25 00:00:00", "day"),
        (["25 April 2024 10:05"], "2024-04-25 10:05:00", "minute"),
        (["25-Apr-2024"], "2024-04-25 00:00:00", "day"),
        (["6/30/2017 11:54:41 PM"], "2017-06-30 23:54:41", "minute"),
        (["30/06/2017 12:05 am"], "2017-06-30 00:05:00", "minute"),
        (["25/04/2024 24:00"], "2024-04-26 00:00:00", "minute"),
        (["31/12/2023 24:00:00"], "2024-01-01 00:00:00", "minute"),
        (["25/04/2024 unknown"], "2024-04-25 00:00:00", "day"),
        (["2024-07-01T12:00:00Z"], "2024-07-01 13:00:00", "minute"),
        (["2024-01-01 12:00:00+01:00"], "2024-01-01 11:00:00", "minute"),
        (["2024-02-29"], "2024-02-29 00:00:00", "day"),
    ],
)
def test_one_format_is_found_for_the_whole_column(texts, first, precision):
    frame = read(*texts)
    assert stamps(frame)[0] == first
    assert frame["time_precision"].iloc[0] == precision


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["03/04/2024", "05/06/2024"], "none of 2 distinct dates shows"),
        (["25/04/2024", "04/25/2024"], "mixes day-first and month-first"),
        (["25/04/24"], "two digits"),
        (["45413"], "Excel days"),
        (["last Tuesday"], "no value looks like a time"),
        (["2024-07-01T12:00:00Z", "2024-07-01T12:00:00"], "zone offset in 1 of 2"),
    ],
)
def test_a_column_that_proves_no_format_is_refused(texts, message):
    with pytest.raises(InputError, match=message):
        read(*texts)


def test_a_stated_format_settles_what_the_column_does_not():
    assert stamps(read("03/04/2024 24:00", format="%d/%m/%Y %H:%M")) == ["2024-04-04 00:00:00"]
    assert stamps(read("03/04/24", "2024-04-03", format=["%m/%d/%y", "%Y-%m-%d"])) == [
        "2024-03-04 00:00:00",
        "2024-04-03 00:00:00",
    ]
    assert stamps(read("03/04/2024", format={"occurred_from": "%d/%m/%Y"})) == ["2024-04-03 00:00:00"]


def test_the_hour_that_is_skipped_or_comes_twice_is_flagged_and_not_moved():
    frame = read("2024-03-31 01:30", "2024-10-27 01:30", "2024-10-27 00:30")
    assert frame["time_flag"].tolist() == ["non-existent", "ambiguous", "ok"]
    assert stamps(frame)[0] == "2024-03-31 01:30:00"
    assert read("2024-03-31 01:30", zone="America/New_York")["time_flag"].tolist() == ["ok"]


def test_heaped_midnight_is_flagged_and_a_few_midnights_are_not():
    evening = [f"2024-05-{day:02d} 22:15" for day in range(1, 29)]
    heaped = read(*evening, *(f"2024-05-{day:02d} 00:00" for day in range(1, 10)))
    assert (heaped["time_flag"] == "default midnight").sum() == 9
    assert (read(*evening, "2024-05-01 00:00")["time_flag"] == "ok").all()


def test_precision_stands_for_an_interval():
    frame = read("2024-01-31", "2024-01-31 10:00", "2024-02-01")
    assert frame["occurred_to"].astype(str).tolist() == [
        "2024-02-01 00:00:00",
        "2024-01-31 10:00:00",
        "2024-02-02 00:00:00",
    ]


def test_a_stated_end_is_kept_and_one_before_the_start_rejected():
    mapping = MAPPING | {"columns": {"occurred_from": "a", "occurred_to": "b"}}
    table = pd.DataFrame({"a": ["2024-01-01 10:00"] * 3, "b": ["2024-01-02 11:00", "", "2023-12-31 09:00"]})
    with hs.recording() as notes:
        frame = hs.read_incidents(table, source=mapping, max_reject=1)
    assert frame["occurred_to"].astype(str).tolist() == ["2024-01-02 11:00:00", "2024-01-01 10:00:00"]
    assert notes[-1].facts["rejected"] == {"ends before it starts": 1}


def test_a_future_time_is_rejected_and_bounds_can_be_stated():
    with hs.recording() as notes:
        read("2024-01-01", "2199-01-01")
    assert notes[-1].facts["rejected"] == {"time out of range": 1}
    assert len(read("1985-01-01", earliest="1980-01-01")) == 1
    assert len(read("2024-01-01", "2024-02-01", latest="2024-01-31")) == 1


def test_times_that_are_times_already_are_taken_as_they_are():
    naive = pd.DataFrame({"when": pd.to_datetime(["2024-07-01 12:00", None])})
    aware = pd.DataFrame({"when": pd.to_datetime(["2024-07-01 12:00"]).tz_localize("UTC")})
    assert stamps(hs.read_incidents(naive, source=MAPPING))[0] == "2024-07-01 12:00:00"
    assert stamps(hs.read_incidents(aware, source=MAPPING)) == ["2024-07-01 13:00:00"]


@settings(max_examples=60, deadline=None)
@given(
    moments=st.lists(st.datetimes(pd.Timestamp("1995-01-01"), pd.Timestamp("2023-12-31")), min_size=1, max_size=8),
    fmt=st.sampled_from(["%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d %b %Y %H:%M:%S"]),
)
def test_what_strftime_writes_is_read_back_or_asked_for(moments, fmt):
    texts = [moment.strftime(fmt) for moment in moments]
    if "/" in fmt and not any(moment.day > 12 for moment in moments):
        with pytest.raises(InputError, match="day or the month comes first"):
            read(*texts)
        return
    frame = read(*texts)
    expected = np.array([moment.replace(microsecond=0) for moment in moments], dtype="datetime64[us]")
    assert (frame["occurred_from"].to_numpy() == expected).all()
