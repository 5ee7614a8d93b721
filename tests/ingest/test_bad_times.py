"""Bad times: items 26 to 43 of the catalogue of bad input, each with its required outcome."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import hotspot as hs
from hotspot.errors import HotspotWarning, InputError

MAPPING = {
    "name": "fire",
    "label": "Synthetic",
    "health": False,
    "columns": {"occurred_from": "when"},
    "category": {"value": "other"},
}


def read(values, max_reject=1.0, columns=None, **time):
    table = pd.DataFrame({"when": values} | (columns or {}))
    fields = {"occurred_from": "when"} | {name: name for name in columns or {}}
    with hs.recording() as notes:
        frame = hs.read_incidents(table, source=MAPPING | {"columns": fields, "time": time}, max_reject=max_reject)
    facts = notes[-1].facts
    assert facts["read"] == facts["kept"] + sum(facts.get("rejected", {}).values())
    return frame, facts


def texts(stamps, fmt="%Y-%m-%d %H:%M"):
    return pd.Series(stamps).dt.strftime(fmt).tolist()


def evenings(count=400, first="2023-01-02"):
    """Give times of the evening, spread over days, hours and minutes."""
    rng = np.random.default_rng(1)
    days = np.datetime64(first, "m") + np.sort(rng.integers(0, 500, count)) * 1440
    return days + rng.integers(18 * 60 + 1, 24 * 60, count)


def warned(values, **options):
    """Collect the warnings of a reading."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", HotspotWarning)
        _, facts = read(values, **options)
    return " ".join(str(warning.message) for warning in caught), facts


def test_26_a_column_in_which_no_date_proves_the_order_is_refused():
    with pytest.raises(InputError, match="none of 2 distinct dates shows"):
        read(["03/04/2024", "04/03/2024"])
    frame, _ = read(["03/04/2024", "25/04/2024"])
    assert frame["occurred_from"].dt.month.tolist() == [4, 4]
    frame, _ = read(["03/04/2024"], format="%m/%d/%Y")
    assert frame["occurred_from"].dt.month.tolist() == [3]


def test_27_a_column_that_proves_both_orders_is_refused_with_counts():
    with pytest.raises(InputError, match=r"\(2 and 1 distinct values prove"):
        read(["13/04/2024", "14/04/2024", "04/13/2024", "01/02/2024"])


def test_28_a_date_against_the_stated_order_is_rejected_and_not_swapped():
    frame, facts = read(["03/04/2024", "04/25/2024"], format="%d/%m/%Y")
    assert facts["rejected"] == {"time unreadable": 1}
    assert frame["occurred_from"].dt.month.tolist() == [4]


def test_29_excel_days_are_refused_unless_asked_for():
    with pytest.raises(InputError, match=r"state \[time\] format = 'excel'"):
        read(["45413", "45414.5"])
    frame, _ = read(["45413", "45414.5"], format="excel")
    assert texts(frame["occurred_from"]) == ["2024-05-01 00:00", "2024-05-02 12:00"]


def test_30_days_since_1904_are_read_only_where_stated():
    frame, _ = read(["43951"], format="excel 1904")
    assert texts(frame["occurred_from"]) == ["2024-05-01 00:00"]
    _, facts = read(["45413"], format="excel 1904", latest="2025-12-31")
    assert facts["rejected"] == {"time out of range": 1}


def test_31_the_hour_24_is_the_next_midnight_and_counted():
    frame, facts = read(["2023-12-31 24:00", "2024-02-28 24:00:00", "2024-05-01 10:00"])
    assert texts(frame["occurred_from"])[:2] == ["2024-01-01 00:00", "2024-02-29 00:00"]
    assert facts["time_formats"]["occurred_from"]["twenty_four_hundred"] == 2


@pytest.mark.parametrize("word", ["unknown", "Unknown", "NK", "not known", "--", "?", "n/a"])
def test_32_an_unknown_clock_keeps_the_date(word):
    frame, _ = read([f"2024-05-01 {word}", "2024-05-02 10:00"])
    assert frame["time_precision"].tolist() == ["day", "minute"]
    frame, facts = read(["2024-05-01", "2024-05-02"], columns={"occurred_time": [word, "10:00"]})
    assert frame["time_precision"].tolist() == ["day", "minute"]
    assert facts["times_of_day_unreadable"] == 0


def test_33_heaped_midnight_is_flagged_and_warned_of():
    stamps = evenings()
    assert warned(texts(stamps))[0] == ""
    heaped = stamps.copy()
    heaped[:100] = heaped[:100].astype("datetime64[D]")
    message, facts = warned(texts(heaped))
    assert "100 of 400 times are at 00:00" in message
    assert facts["time_flags"]["default midnight"] == 100
    assert facts["time_heaping"]["00:00"] == 0.25
    few = stamps.copy()
    few[:20] = few[:20].astype("datetime64[D]")
    message, facts = warned(texts(few))
    assert message == ""
    assert facts["time_flags"]["default midnight"] == 20


def test_34_heaps_at_noon_on_the_hour_and_on_the_first_are_warned_of():
    stamps = evenings(900)
    noon = stamps.copy()
    noon[::4] = noon[::4].astype("datetime64[D]") + np.timedelta64(12, "h")
    assert "225 of 900 times are at 12:00" in warned(texts(noon))[0]
    hours = stamps.copy()
    hours[:800] = hours[:800].astype("datetime64[h]")
    message, facts = warned(texts(hours))
    assert "are on the hour" in message
    assert facts["time_heaping"]["on the hour"] > 0.88
    firsts = stamps.copy()
    firsts[::5] = firsts[::5].astype("datetime64[M]").astype("datetime64[m]") + np.timedelta64(1_201, "m")
    assert "records are dated the first of a month" in warned(texts(firsts))[0]
    new_years = stamps.copy()
    new_years[::20] = np.datetime64("2024-01-01T20:01")
    message, facts = warned(texts(new_years))
    assert "records are dated 1 January" in message
    assert facts["time_heaping"]["1 January"] >= 0.05


def test_34_months_are_no_heap_at_the_first():
    message, facts = warned([f"{year}-{month:02d}" for year in range(2015, 2024) for month in range(1, 13)])
    assert message == ""
    assert "time_heaping" not in facts


def test_34_times_copied_from_arrival_are_warned_of():
    stamps = evenings(200)
    arrivals = stamps + np.timedelta64(47, "m")
    assert warned(texts(stamps), columns={"arrived_at": texts(arrivals)})[0] == ""
    stamps[:90] = arrivals[:90]
    message, facts = warned(texts(stamps), columns={"arrived_at": texts(arrivals)})
    assert "90 of 200 times of occurrence are the time of arrival" in message
    assert facts["time_heaping"]["same as arrival"] == 0.45


def test_35_and_36_local_times_stay_as_they_are_when_the_clock_changes():
    frame, _ = read(["2024-03-31 01:30", "2024-10-27 01:30", "2024-10-27 03:30"])
    assert texts(frame["occurred_from"]) == ["2024-03-31 01:30", "2024-10-27 01:30", "2024-10-27 03:30"]
    assert frame["time_flag"].tolist() == ["non-existent", "ambiguous", "ok"]


def test_37_a_day_that_is_not_in_the_calendar_is_rejected():
    _, facts = read(["29/02/2023", "29/02/2024", "31/04/2024", "00/05/2024"])
    assert facts["rejected"] == {"time unreadable": 3}


def test_38_years_of_two_digits_are_refused_unless_the_format_is_stated():
    for value in ("25/04/24", "06 May 23", "2024-01-02"[2:], "May-23"):
        with pytest.raises(InputError, match="two digits"):
            read([value])
    frame, _ = read(["25/04/24"], format="%d/%m/%y")
    assert texts(frame["occurred_from"]) == ["2024-04-25 00:00"]


def test_39_and_40_years_that_cannot_be_and_the_future_are_rejected():
    _, facts = read(["0204-05-01", "9999-12-31", "2199-01-01 10:00", "2024-05-01"])
    assert facts["rejected"] == {"time out of range": 3}


def test_41_an_end_before_the_start_is_rejected_and_a_long_span_kept_and_counted():
    ends = ["2024-05-01 09:00", "2024-05-20 10:00", "2024-05-01 11:00"]
    frame, facts = read(["2024-05-01 10:00"] * 3, columns={"occurred_to": ends})
    assert facts["rejected"] == {"ends before it starts": 1}
    assert facts["time_formats"]["occurred_from"]["over_a_week"] == 1
    assert len(frame) == 2


def test_42_offsets_on_some_times_only_are_refused_and_several_offsets_are_one_clock():
    with pytest.raises(InputError, match="zone offset in 1 of 2"):
        read(["2024-07-01T12:00:00Z", "2024-07-01T12:30:00"])
    frame, _ = read(["2024-07-01T12:00:00Z", "2024-07-01T12:00:00+01:00", "2024-07-01T12:00:00-05:00", "2024-07-01"])
    assert frame["occurred_from"].dt.hour.tolist() == [13, 12, 18, 0]
    assert frame["time_precision"].tolist() == ["minute", "minute", "minute", "day"]


def test_43_dates_of_the_report_are_warned_of():
    days = np.arange(np.datetime64("2023-01-02"), np.datetime64("2023-06-01"))
    working = days[(days.astype(np.int64) + 3) % 7 < 5]
    message, facts = warned([str(day) for day in working])
    assert "none of 108 records is of a Saturday or Sunday" in message
    assert facts["time_heaping"]["weekdays"] == 1
    assert warned([str(day) for day in days])[0] == ""
    message, _ = warned([f"{day} 09:00" for day in days])
    assert "all 150 times of day are the same" in message
    assert warned(["2023-01-02 09:00"] * 90)[0] == ""  # one day: thirty records of one evening prove nothing


def test_values_never_stand_in_messages():
    stamps = texts(evenings(60))
    for values in (["Jane Example"], ["03/04/2024 Jane"], ["25/04/24"], [*stamps, "45413.5"]):
        try:
            message, _ = warned(values)
        except InputError as error:
            message = str(error)
        assert "Jane" not in message
        assert not any(value in message for value in values)
