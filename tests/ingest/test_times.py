"""Times: one proven format per column, doubts flagged, nothing guessed row by row."""

from __future__ import annotations

import re
import time
import warnings
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.times import read_date

import hotspot as hs
from hotspot.errors import HotspotError, HotspotWarning, InputError
from hotspot.ingest.times import read_times

MAPPING = {
    "name": "fire",
    "label": "Synthetic",
    "health": False,
    "columns": {"occurred_from": "when"},
    "category": {"value": "other"},
}


BOUNDS = (np.datetime64("1990-01-01", "us"), np.datetime64("2030-01-01", "us"))


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
        (["2024-04-25T10:05:59.123Z"], "2024-04-25 11:05:59", "minute"),
        (["2024-04-25 10:05:59.1234567"], "2024-04-25 10:05:59", "minute"),
        (["25/04/2024 12.30pm"], "2024-04-25 12:30:00", "minute"),
        (["25/04/2024 12:30 a.m."], "2024-04-25 00:30:00", "minute"),
        (["25/04/2024 1230hrs"], "2024-04-25 12:30:00", "minute"),
        (["25/04/2024 12:30 hrs"], "2024-04-25 12:30:00", "minute"),
        (["25/04/2024 930"], "2024-04-25 09:30:00", "minute"),
        (["23:40 25/04/2024"], "2024-04-25 23:40:00", "minute"),
        (["Sat 06 May 2023 23:40"], "2023-05-06 23:40:00", "minute"),
        (["Saturday 6th May 2023"], "2023-05-06 00:00:00", "day"),
        (["Saturday, 6th of May 2023 at 23:40"], "2023-05-06 23:40:00", "minute"),
        (["May 6, 2023 11:40 PM"], "2023-05-06 23:40:00", "minute"),
        (["06MAY2023:23:40:00"], "2023-05-06 23:40:00", "minute"),
        (["25/04/2024\u00a010:05"], "2024-04-25 10:05:00", "minute"),
        (["\u200e25/04/2024 10:05"], "2024-04-25 10:05:00", "minute"),
        (["\uff12\uff10\uff12\uff14-04-25"], "2024-04-25 00:00:00", "day"),
        (["2023-05-06 23"], "2023-05-06 23:00:00", "hour"),
        (["25/04/2024 11pm"], "2024-04-25 23:00:00", "hour"),
        (["20230506234000"], "2023-05-06 23:40:00", "minute"),
        (["May 2023"], "2023-05-01 00:00:00", "month"),
        (["05/2023"], "2023-05-01 00:00:00", "month"),
        (["202305"], "2023-05-01 00:00:00", "month"),
        (["2011/12", "2012/01"], "2011-12-01 00:00:00", "month"),
        (["2024-05-01 22:00-05:00"], "2024-05-02 04:00:00", "minute"),
        (["5/25/2024 10:00:00 AM -05:00"], "2024-05-25 16:00:00", "minute"),
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
        (["06 May 23"], "two digits"),
        (["060523", "310523"], "two digits"),
        (["200105"], "months or dates with a two-digit year"),
        (["45413"], "Excel days.*format = 'excel'"),
        (["Q1 2023"], "quarters"),
        (["2023 W12"], "weeks"),
        (["2023"], "years only"),
        (["2011/12", "2012/13"], "financial years"),
        (["06052023"], "no value looks like a time"),
        (["23:40"], "no value looks like a time"),
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


def test_every_row_has_its_own_precision():
    frame = read("2024-05-01", "2024-05-02 00:00", "2024-05-03 23", "2024-05", "2024-05-04 10:05")
    assert frame["time_precision"].tolist() == ["day", "minute", "hour", "month", "minute"]


def test_a_column_whose_clocks_all_say_midnight_holds_days():
    frame = read("2024-05-01 00:00:00", "2024-05-02 00:00:00", "")
    assert frame["time_precision"].tolist() == ["day", "day", "unknown"]
    assert read("2024-05-01 00:00", "2024-05-01 24:00")["time_precision"].tolist() == ["minute", "minute"]
    abroad = read("2024-07-01T00:00:00Z", "2024-07-02T00:00:00Z", zone="America/New_York")
    assert stamps(abroad) == ["2024-07-01 00:00:00", "2024-07-02 00:00:00"]
    assert set(abroad["time_precision"]) == {"day"}
    summer_days = read("2024-06-30T23:00:00Z", "2024-07-01T23:00:00Z")
    assert stamps(summer_days) == ["2024-07-01 00:00:00", "2024-07-02 00:00:00"]
    assert set(summer_days["time_precision"]) == {"day"}


def test_columns_of_times_days_and_months_keep_their_precision(tmp_path):
    days = pd.DataFrame({"when": pd.to_datetime(["2024-07-01", "2024-07-02"])})
    aware = pd.DataFrame({"when": days["when"].dt.tz_localize("UTC")})
    clocks = pd.DataFrame({"when": pd.to_datetime(["2024-07-01 00:00", "2024-07-02 10:00"])})
    months = pd.DataFrame({"when": pd.period_range("2024-07", periods=2, freq="M")})
    for table, precision in ((days, "day"), (aware, "day"), (clocks, "minute"), (months, "month")):
        assert set(hs.read_incidents(table, source=MAPPING)["time_precision"]) == {precision}
        assert stamps(hs.read_incidents(table, source=MAPPING))[0] == "2024-07-01 00:00:00"
    for table, precision in ((days, "day"), (clocks, "minute")):
        table.to_parquet(tmp_path / "a.parquet")
        assert set(hs.read_incidents(tmp_path / "a.parquet", source=MAPPING)["time_precision"]) == {precision}
    whole_numbers = pd.DataFrame({"when": [20240701.0, 20240702.0, None]})
    assert set(hs.read_incidents(whole_numbers, source=MAPPING)["time_precision"]) == {"day", "unknown"}


def test_shapes_that_can_mean_one_thing_only_are_read_beside_others():
    with hs.recording() as notes:
        frame = read("25/04/2024 10:05", "04/05/2024", "2024-04-26", "27 April 2024", "28/04/24")
    assert stamps(frame) == [
        "2024-04-25 10:05:00", "2024-05-04 00:00:00", "2024-04-26 00:00:00", "2024-04-27 00:00:00",
    ]  # fmt: skip
    facts = notes[-1].facts
    assert facts["rejected"] == {"time unreadable": 1}
    assert facts["time_formats"]["occurred_from"]["format"] == "day first"
    assert facts["time_formats"]["occurred_from"]["other_formats"] == {"year first": 1, "named month": 1}


def test_a_few_dates_that_prove_no_order_are_unreadable_and_do_not_refuse_the_column():
    with hs.recording() as notes:
        frame = read("2024-04-26", "2024-04-27", "03/04/2024")
    assert len(frame) == 2
    assert notes[-1].facts["rejected"] == {"time unreadable": 1}


@pytest.mark.parametrize(
    ("zone", "skipped", "twice", "plain"),
    [
        ("Europe/London", "2024-03-31 01:00", "2024-10-27 01:59", ["2024-03-31 00:59", "2024-03-31 02:00"]),
        ("America/New_York", "2024-03-10 02:00", "2024-11-03 01:00", ["2024-03-10 01:59", "2024-03-10 03:00"]),
        ("America/Phoenix", None, None, ["2024-03-10 02:30", "2024-11-03 01:30"]),
    ],
)  # fmt: skip
def test_the_changes_of_the_clock_are_those_of_the_zone_to_the_minute(zone, skipped, twice, plain):
    flags = read(*plain, zone=zone)["time_flag"]
    assert set(flags) == {"ok"}
    if skipped:
        assert read(skipped, twice, zone=zone)["time_flag"].tolist() == ["non-existent", "ambiguous"]
        assert read(skipped[:-3], zone=zone)["time_flag"].tolist() == ["non-existent"]
        assert read(skipped[:10], zone=zone)["time_flag"].tolist() == ["ok"]


def test_times_of_any_year_are_flagged_without_a_crash():
    frame = read("0001-01-01 10:00", "0204-06-01 10:00", "9999-12-31 23:59", "2024-05-01 10:00", earliest="0001-01-01",
                 latest="9999-12-31")  # fmt: skip
    assert frame["time_flag"].tolist() == ["ok"] * 4
    assert len(read("0001-01-01T10:00:00Z", "9999-12-31T23:59:00Z", "2024-05-01T10:00:00Z")) == 1


STYLES = {
    "%Y-%m-%d %H:%M:%S": "s", "%Y-%m-%dT%H:%M:%S.%f": "us", "%Y/%m/%d %H:%M": "m", "%Y%m%d%H%M%S": "s", "%Y-%m-%d": "D",
    "%d/%m/%Y %H:%M:%S": "s", "%d.%m.%Y %H.%M": "m", "%d-%m-%Y %I:%M %p": "m", "%d/%m/%Y": "D", "%d/%m/%Y %H%Mhrs": "m",
    "%m/%d/%Y %I:%M:%S %p": "s", "%m/%d/%Y %H:%M": "m", "%d %b %Y %H:%M:%S": "s", "%A %d %B %Y %H:%M": "m",
    "%b %d, %Y %I:%M %p": "m", "%d%b%Y:%H:%M:%S": "s", "%H:%M %d %B %Y": "m", "%Y-%m-%d %H": "h", "%B %Y": "M",
    "%Y-%m": "M", "%m/%Y": "M",
}  # fmt: skip
"""How agencies write times, and how finely."""


@settings(max_examples=150, deadline=None)
@given(
    moments=st.lists(st.datetimes(pd.Timestamp("1995-01-01"), pd.Timestamp("2023-12-31")), min_size=1, max_size=8),
    fmt=st.sampled_from(sorted(STYLES)),
)
def test_what_strftime_writes_is_read_back_or_asked_for(moments, fmt):
    texts = [moment.strftime(fmt) for moment in moments]
    if fmt.startswith(("%d/%m", "%d.%m", "%d-%m", "%m/%d")) and not any(moment.day > 12 for moment in moments):
        with pytest.raises(InputError, match="day or the month comes first"):
            read(*texts)
        return
    frame = read(*texts)
    expected = np.array(moments, dtype="datetime64[us]").astype(f"datetime64[{STYLES[fmt]}]")
    assert (frame["occurred_from"].to_numpy() == expected).all()
    end = expected + (1 if STYLES[fmt] in "hDM" else 0)
    midnights = set(frame["time_precision"]) == {"day"}  # a column of 00:00 alone holds days
    assert midnights or (frame["occurred_to"].to_numpy() == end.astype("datetime64[m]")).all() or STYLES[fmt] in "sus"


NUMBERS = st.integers(0, 99).map("{:02d}".format)
SEPARATORS = st.sampled_from("/-. ")
CLOCKS = st.one_of(
    st.just(""),
    st.builds("{}{}:{}".format, st.sampled_from([" ", "T"]), NUMBERS, NUMBERS),
    st.builds(" {}:{}:{}".format, st.integers(0, 30), NUMBERS, NUMBERS),
    st.builds(" {}:{} {}".format, st.integers(0, 13), NUMBERS, st.sampled_from(["am", "PM"])),
)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), order=st.sampled_from(["year first", "day first", "month first", "named month"]))
def test_the_fast_reader_agrees_with_one_by_hand(data, order):
    def text():
        separator, year = data.draw(SEPARATORS), data.draw(st.sampled_from(["2023", "2024", "1999"]))
        first, second = data.draw(NUMBERS), data.draw(st.integers(0, 33).map("{:02d}".format))
        name = data.draw(st.sampled_from(["Jan", "february", "MAY", "Sep", "xyz"]))
        parts = {
            "year first": (year, first, second), "day first": (second, first, year),
            "month first": (first, second, year), "named month": (second, name, year),
        }[order]  # fmt: skip
        return separator.join(parts) + data.draw(CLOCKS)

    proof = {"year first": "2024-05-25", "day first": "25/05/2024", "month first": "05/25/2024"}
    texts = [proof.get(order, "25 May 2024") + " 10:05", *(text() for _ in range(data.draw(st.integers(1, 8))))]
    column = pd.Series(texts, dtype="str")
    both = order in {"day first", "month first"} and any(
        int(re.split("[-/. ]", text)[order == "day first"]) > 12 for text in texts
    )
    if both:
        with pytest.raises(InputError, match="mixes day-first and month-first"):
            read_times(column, header="when", formats=None, zone="Europe/London", bounds=BOUNDS)
        return
    times = read_times(column, header="when", formats=None, zone="Europe/London", bounds=BOUNDS)
    for found, precision, written in zip(times.value, times.precision, texts, strict=True):
        expected = read_date(written, order)
        assert (None if np.isnat(found) else (found.item(), precision)) == expected


@settings(max_examples=300, deadline=None)
@given(
    texts=st.lists(
        st.one_of(st.text(max_size=20), st.text("0123456789-/: .tTzZamp+", max_size=24)), min_size=1, max_size=6
    ),
    clocks=st.booleans(),
)
def test_any_text_is_read_or_refused_with_a_sentence(texts, clocks):
    mapping = MAPPING | {"columns": {"occurred_from": "when"} | ({"occurred_time": "clock"} if clocks else {})}
    table = pd.DataFrame({"when": texts, "clock": list(reversed(texts))})
    with suppress(HotspotError), warnings.catch_warnings():
        warnings.simplefilter("ignore", HotspotWarning)
        hs.read_incidents(table, source=mapping, max_reject=1)


def test_a_million_distinct_texts_take_seconds():
    minutes = np.datetime64("2001-01-01", "m") + np.arange(1_000_000)
    for fmt in ("%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M"):
        column = pd.Series(minutes).dt.strftime(fmt).astype("str")
        start = time.process_time()
        times = read_times(column, header="when", formats=None, zone="Europe/London", bounds=BOUNDS)
        assert time.process_time() - start < 8  # about 1 s on a quiet machine, 25 s a text at a time
        assert (times.value == minutes.astype("datetime64[us]")).all()
