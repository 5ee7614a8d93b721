"""Dates and times of day in two columns, ranges in one, and Excel's days."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hotspot as hs
from hotspot.errors import ConfigError, HotspotWarning, InputError

MAPPING = {"name": "fire", "label": "Synthetic", "health": False, "category": {"value": "other"}}


def read(columns, mapped=None, **time):
    table = pd.DataFrame(columns)
    fields = mapped or dict(zip(("occurred_from", "occurred_time"), table.columns, strict=False))
    with hs.recording() as notes:
        frame = hs.read_incidents(table, source=MAPPING | {"columns": fields, "time": time}, max_reject=1)
    return frame, notes[-1].facts


def starts(frame):
    return frame["occurred_from"].dt.strftime("%Y-%m-%d %H:%M").tolist()


def spans(frame):
    ends = frame["occurred_to"].dt.strftime("%Y-%m-%d %H:%M")
    return list(zip(starts(frame), ends, strict=True))


@pytest.mark.parametrize(
    ("clock", "expected", "precision"),
    [
        ("23:40", "2024-05-01 23:40", "minute"),
        ("2340", "2024-05-01 23:40", "minute"),
        ("23.40hrs", "2024-05-01 23:40", "minute"),
        ("11.40 pm", "2024-05-01 23:40", "minute"),
        ("24:00", "2024-05-02 00:00", "minute"),
        ("00:00", "2024-05-01 00:00", "minute"),
        ("930", "2024-05-01 09:30", "minute"),
        ("23", "2024-05-01 23:00", "hour"),
        ("11pm", "2024-05-01 23:00", "hour"),
        ("30/12/1899 23:40:00", "2024-05-01 23:40", "minute"),
        ("1900-01-01 23:40:00", "2024-05-01 23:40", "minute"),
        ("0 days 23:40:00", "2024-05-01 23:40", "minute"),
        ("0.9861111", "2024-05-01 23:40", "minute"),
        ("", "2024-05-01 00:00", "day"),
        ("unknown", "2024-05-01 00:00", "day"),
    ],
)
def test_a_time_of_day_is_added_to_its_date(clock, expected, precision):
    frame, facts = read({"day": ["2024-05-01"], "clock": [clock]})
    assert starts(frame) == [expected]
    assert frame["time_precision"].tolist() == [precision]
    assert facts["times_of_day_unreadable"] == 0


@pytest.mark.parametrize("clock", ["25:00", "23:75", "24:01", "13:00 pm", "late", "-1", "12345"])
def test_a_time_of_day_that_is_none_keeps_the_day_and_is_counted(clock):
    frame, facts = read({"day": ["2024-05-01"], "clock": [clock]})
    assert frame["time_precision"].tolist() == ["day"]
    assert facts["times_of_day_unreadable"] == 1


def test_a_month_never_becomes_a_day_because_it_has_a_time_of_day():
    with pytest.warns(HotspotWarning, match="2 times of day belong to a month without a day"):
        frame, facts = read({"month": ["2024-05", "2024-06", "2024-07"], "clock": ["23:40", "01:15", ""]})
    assert spans(frame)[0] == ("2024-05-01 00:00", "2024-06-01 00:00")
    assert set(frame["time_precision"]) == {"month"}
    assert facts["time_formats"]["occurred_from"]["clocks_without_a_day"] == 2


def test_a_clock_beside_the_date_is_never_added_to_another():
    dates = [
        "2024-05-01 23:40",
        "2024-05-01 00:00",
        "2024-05-01 22:15",
        "2024-05-01 22",
        "2024-05-01 24:00",
        "2024-05-01",
    ]
    clocks = ["23:40", "23:40", "10:00", "22:45", "00:00", "07:30"]
    with pytest.warns(HotspotWarning, match="1 times of day differ"):
        frame, facts = read({"day": dates, "clock": clocks})
    assert starts(frame) == [
        "2024-05-01 23:40", "2024-05-01 23:40", "2024-05-01 22:15", "2024-05-01 22:45", "2024-05-02 00:00",
        "2024-05-01 07:30",
    ]  # fmt: skip
    assert set(frame["time_precision"]) == {"minute"}
    assert facts["time_formats"]["occurred_from"]["clocks_differ"] == 1


def test_dates_written_with_midnight_take_the_clock_of_the_other_column():
    frame, _ = read({"day": pd.to_datetime(["2024-05-01", "2024-05-02"]), "clock": ["23:40", ""]})
    assert starts(frame) == ["2024-05-01 23:40", "2024-05-02 00:00"]
    assert frame["time_precision"].tolist() == ["minute", "day"]


def test_zeros_that_a_number_lost_are_given_back_only_where_the_column_proves_it():
    days = ["2024-05-01"] * 3
    frame, _ = read({"day": days, "clock": [5, 930, 2340]})
    assert starts(frame) == ["2024-05-01 00:05", "2024-05-01 09:30", "2024-05-01 23:40"]
    frame, facts = read({"day": days, "clock": ["5", "0930", "2340"]})
    assert frame["time_precision"].tolist() == ["day", "minute", "minute"]
    assert facts["times_of_day_unreadable"] == 1
    frame, _ = read({"day": days, "clock": ["5", "9", "23"]})
    assert frame["time_precision"].tolist() == ["hour"] * 3


def test_parts_of_a_day_are_clocks_only_where_they_can_be_nothing_else():
    days = ["2024-05-01"] * 2
    assert starts(read({"day": days, "clock": [0.25, 0.5]})[0]) == ["2024-05-01 06:00", "2024-05-01 12:00"]
    assert starts(read({"day": days, "clock": ["0.25", "0.9861"]})[0])[0] == "2024-05-01 06:00"
    assert starts(read({"day": days, "clock": ["0.25", "0.45"]})[0])[0] == "2024-05-01 00:25"


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("25/05/2024 22:00 - 26/05/2024 01:00", "2024-05-25 22:00", "2024-05-26 01:00"),
        ("25/05/2024 22:00-26/05/2024 01:00", "2024-05-25 22:00", "2024-05-26 01:00"),
        ("25/05/2024 22:00\u201301:00", "2024-05-25 22:00", "2024-05-26 01:00"),
        ("25/05/2024 22:00-23:30", "2024-05-25 22:00", "2024-05-25 23:30"),
        ("2024-05-01 22:00 to 01:00", "2024-05-01 22:00", "2024-05-02 01:00"),
        ("2024-05-01 22:00 until 2024-05-03", "2024-05-01 22:00", "2024-05-04 00:00"),
        ("Between 2024-05-01 22:00 and 23:30", "2024-05-01 22:00", "2024-05-01 23:30"),
        ("2024-05-01 between 22:00 and 23:30", "2024-05-01 22:00", "2024-05-01 23:30"),
        ("2024-05-01 22:00 - 24:00", "2024-05-01 22:00", "2024-05-02 00:00"),
        ("2024-05-01/2024-05-03", "2024-05-01 00:00", "2024-05-04 00:00"),
        ("2024-05-01T22:00/2024-05-02T01:00", "2024-05-01 22:00", "2024-05-02 01:00"),
        ("2024-05-01T22:00Z/2024-05-02T01:00Z", "2024-05-01 23:00", "2024-05-02 02:00"),
        ("1 May 2024 10pm - 11pm", "2024-05-01 22:00", "2024-05-02 00:00"),
        ("May 2024 - June 2024", "2024-05-01 00:00", "2024-07-01 00:00"),
        ("2024-05-01 22:00 -", "2024-05-01 22:00", "2024-05-01 22:00"),
        ("2024-05-01 - 22:00", "2024-05-01 22:00", "2024-05-01 22:00"),
        ("2024-05-01 22:00-05:00", "2024-05-02 04:00", "2024-05-02 04:00"),
        ("2024-05-01 22:00-05:17", "2024-05-01 22:00", "2024-05-02 05:17"),
        ("2024-05-25", "2024-05-25 00:00", "2024-05-26 00:00"),
        ("25-05-2024", "2024-05-25 00:00", "2024-05-26 00:00"),
    ],
)
def test_a_range_in_one_column_fills_start_and_end(text, start, end):
    assert spans(read({"when": [text]})[0]) == [(start, end)]


def test_a_dash_before_a_clock_is_an_offset_only_if_the_column_has_two_at_most():
    offsets = ["2024-05-01 22:00-05:00", "2024-12-01 22:00-06:00"]
    assert starts(read({"when": offsets})[0]) == ["2024-05-02 04:00", "2024-12-02 04:00"]
    shifts = [*offsets, "2024-05-01 18:00-03:00"]
    assert spans(read({"when": shifts})[0])[1] == ("2024-12-01 22:00", "2024-12-02 06:00")


def test_a_range_that_ends_before_it_starts_is_rejected():
    frame, facts = read({"when": ["2024-05-01 22:00 - 2024-04-30 23:00", "2024-05-01 22:00 - 23:00"]})
    assert facts["rejected"] == {"ends before it starts": 1}
    assert facts["time_formats"]["occurred_from"]["ranges"] == 2
    assert len(frame) == 1


def test_a_range_whose_end_cannot_be_is_unreadable():
    _, facts = read({"when": ["2024-05-01 22:00 - 25:00", "2024-05-01 - 2024-05-32", "2024-05-01 22:00"]})
    assert facts["rejected"] == {"time unreadable": 2}


def test_a_range_of_clocks_beside_a_date_fills_start_and_end():
    clocks = ["22:00-23:30", "between 22:00 and 01:00", "22:00 to 24:00", "22:00 - 25:00"]
    frame, facts = read({"day": ["2024-05-01"] * 4, "clock": clocks})
    assert spans(frame) == [
        ("2024-05-01 22:00", "2024-05-01 23:30"), ("2024-05-01 22:00", "2024-05-02 01:00"),
        ("2024-05-01 22:00", "2024-05-02 00:00"), ("2024-05-01 00:00", "2024-05-02 00:00"),
    ]  # fmt: skip
    assert facts["times_of_day_unreadable"] == 1


def test_a_column_of_ends_wins_over_the_range():
    columns = {"a": ["2024-05-01 22:00 - 23:00", "2024-05-01 22:00 - 23:00"], "b": ["2024-05-02 10:00", ""]}
    frame, _ = read(columns, {"occurred_from": "a", "occurred_to": "b"})
    assert [end for _, end in spans(frame)] == ["2024-05-02 10:00", "2024-05-01 23:00"]


def test_an_end_on_the_day_of_the_start_is_not_before_it():
    columns = {"a": ["2024-05-01 10:00"] * 3, "b": ["2024-05-01", "2024-04-30", "2024-05"]}
    frame, facts = read(columns, {"occurred_from": "a", "occurred_to": "b"})
    assert spans(frame)[0] == ("2024-05-01 10:00", "2024-05-02 00:00")
    assert facts["rejected"] == {"ends before it starts": 1}


def test_stated_formats_read_ranges_too():
    frame, _ = read(
        {"when": ["03/04/2024 22:00 - 04/04/2024 01:00", "03/04/2024 22:00 to 01:00", "03/04/2024 22:00"]},
        format="%d/%m/%Y %H:%M",
    )
    assert spans(frame) == [("2024-04-03 22:00", "2024-04-04 01:00")] * 2 + [("2024-04-03 22:00", "2024-04-03 22:00")]


def test_excel_days_are_read_when_the_source_says_so():
    texts = ["45413.999988", "45413", "45413.5", "n/k", "7"]
    frame, facts = read({"when": texts}, format="excel")
    assert frame["occurred_from"].dt.strftime("%Y-%m-%d %H:%M:%S").tolist()[:3] == [
        "2024-05-01 23:59:59", "2024-05-01 00:00:00", "2024-05-01 12:00:00",
    ]  # fmt: skip
    assert frame["time_precision"].tolist() == ["minute", "day", "minute", "unknown"]
    assert facts["rejected"] == {"time unreadable": 1}
    numbers, _ = read({"when": [45413.999988, 45413.0, 45413.5, np.nan]}, format="excel")
    assert starts(numbers)[:3] == starts(frame)[:3]
    old, _ = read({"when": [43951]}, format="excel 1904")
    assert starts(old) == ["2024-05-01 00:00"]


def test_dates_beside_stated_excel_days_are_read_by_what_they_prove():
    frame, _ = read({"when": ["45413", "2024-05-02 10:00:00", "25/05/2024"]}, format="excel")
    assert starts(frame) == ["2024-05-01 00:00", "2024-05-02 10:00", "2024-05-25 00:00"]
    frame, _ = read({"when": ["45413", "03/04/2024"]}, format=["excel", "%d/%m/%Y"])
    assert starts(frame) == ["2024-05-01 00:00", "2024-04-03 00:00"]


def test_excel_days_among_dates_of_a_workbook_are_read_with_a_warning():
    with pytest.warns(HotspotWarning, match="Excel's numbers of days"):
        frame, facts = read({"when": ["2024-04-25 10:00:00", "45413.5"]})
    assert starts(frame) == ["2024-04-25 10:00", "2024-05-01 12:00"]
    assert facts["time_formats"]["occurred_from"]["excel_days"] == 1


def test_excel_days_years_away_from_the_dates_are_unreadable():
    _, facts = read({"when": ["2024-04-25", "2024-04-26", "43951"]})
    assert facts["rejected"] == {"time unreadable": 1}


def test_dates_that_a_spreadsheet_has_swapped_are_refused():
    with pytest.raises(InputError, match="day and month swapped"):
        read({"when": ["25/04/2024", "13/04/2024", "45413"]})
    with pytest.raises(InputError, match="format = 'excel'"):
        read({"when": [45413.5, 45414.25]})


def test_a_format_that_is_none_is_refused():
    with pytest.raises(ConfigError, match="Did you mean 'excel'"):
        read({"when": ["45413"]}, format="exel")


@settings(max_examples=100, deadline=None)
@given(moments=st.lists(st.datetimes(pd.Timestamp("1990-01-01"), pd.Timestamp("2023-12-31")), min_size=1, max_size=5),
       epoch=st.sampled_from(["1899-12-30", "1904-01-01"]))  # fmt: skip
def test_what_excel_writes_is_read_back_to_the_second(moments, epoch):
    moments = np.array(moments, dtype="datetime64[s]")
    days = (moments - np.datetime64(epoch, "s")).astype(np.int64) / 86_400
    frame, _ = read({"when": [f"{day:.6f}" for day in days]}, format="excel" if epoch < "1900" else "excel 1904")
    assert (frame["occurred_from"].to_numpy() == moments).all()


def test_each_date_takes_the_clock_that_comes_apart_from_it():
    table = pd.DataFrame(
        {
            "From": ["04/05/2024", "25/05/2024"], "From time": ["23:10", "24:00"],
            "To": ["05/05/2024", "26/05/2024"], "To time": ["01:00", "0310"],
            "Arrival": ["05/05/2024", "26/05/2024"], "Arrival time": ["02:20", "bad"],
            "Reported": ["05/05/2024", "26/05/2024"], "Reported time": ["03:30", "04:00"],
        }
    )  # fmt: skip
    mapping = {
        "name": "calls", "label": "Calls, synthetic", "health": False, "category": {"value": "other"},
        "columns": {
            "occurred_from": "From", "occurred_time": "From time", "occurred_to": "To", "occurred_to_time": "To time",
            "arrived_at": "Arrival", "arrived_time": "Arrival time", "received_at": "Reported",
            "received_time": "Reported time",
        },
    }  # fmt: skip
    with hs.recording() as notes:
        records = hs.read_incidents(table, source=mapping)
    assert records["occurred_from"].astype(str).tolist() == ["2024-05-04 23:10:00", "2024-05-26 00:00:00"]
    assert records["occurred_to"].astype(str).tolist() == ["2024-05-05 01:00:00", "2024-05-26 03:10:00"]
    assert records["arrived_at"].astype(str).tolist() == ["2024-05-05 02:20:00", "2024-05-26 00:00:00"]
    assert records["received_at"].astype(str).tolist() == ["2024-05-05 03:30:00", "2024-05-26 04:00:00"]
    facts = next(note.facts for note in notes if note.step == "read_incidents")
    assert facts["times_of_day_unreadable"] == 1
