"""Quality indicators of small frames that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hotspot as hs
from hotspot.errors import ConfigError
from hotspot.ingest.quality_grades import longest_gaps, usual_month
from hotspot.ingest.quality_indicators import COUNTS, SHARES
from hotspot.schema import LOCATION_LEVELS, TIME_FLAGS, TIME_PRECISIONS

HERE = (318500.0, 176500.0)


def incidents(*rows, **columns):
    """Make Incidents from (start, precision, level) and columns of the schema."""
    import geopandas as gpd
    import shapely

    frame = pd.DataFrame(rows, columns=["occurred_from", "time_precision", "location_level"])
    frame["occurred_from"] = pd.to_datetime(frame["occurred_from"], format="mixed").astype("datetime64[us]")
    table = {"source": "ed", "provider": "North", "category": "assault", "time_flag": "ok"} | columns
    frame = frame.assign(**table)
    for name in ("arrived_at", "received_at"):
        if name in frame:
            frame[name] = pd.to_datetime(frame[name], format="mixed").astype("datetime64[us]")
    for name in ("time_precision", "location_level", "source", "provider", "category", "time_flag"):
        frame[name] = frame[name].astype("str")
    located = frame["location_level"].isin(["point", "venue", "street", "postcode", "sector", "outcode"])
    points = [shapely.Point(HERE[0] + 10 * n, HERE[1]) if yes else None for n, yes in enumerate(located)]
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(points, crs=27700), crs=27700)


def whole(frame, **options):
    """Give the row of all months of the only provider."""
    report = hs.quality_report(frame, **options)
    return report.indicators.loc[(report.providers[0], "all")]


def test_each_minimum_item_and_all_three():
    row = whole(
        incidents(
            ("2024-01-05 23:40", "minute", "venue"),
            ("2024-01-06", "day", "venue"),
            ("2024-01-07 01:10", "minute", "none"),
            ("2024-01-08 02:00", "hour", "home"),
            (None, "unknown", "street"),
            weapon_group=["body", "sharp", "body", "unknown", None],
            setting=["public", "unknown", None, "home", "public"],
            arrived_at=["2024-01-06"] * 5,
        )
    )
    assert row["records"] == 5
    items = ["date", "time", "place", "weapon", "location_type", "all_three"]
    assert row[items].tolist() == pytest.approx([0.8, 0.6, 0.8, 0.6, 0.6, 0.2])


def test_a_default_midnight_is_a_date_and_no_time():
    row = whole(
        incidents(
            ("2024-01-05 00:00", "minute", "venue"),
            ("2024-01-06 13:07", "minute", "venue"),
            time_flag=["default midnight", "ok"],
        )
    )
    assert row[["date", "time", "at_midnight"]].tolist() == [1, 0.5, 0.5]


def test_usable_places_by_tier_leave_homes_and_the_hospital_out():
    levels = ["point", "venue", "street", "postcode", "area", "sector", "outcode", "none", "home", "hospital"]
    codes = [None] * 4 + ["E01000001"] + [None] * 5
    row = whole(incidents(*[("2024-01-05 10:07", "minute", level) for level in levels], area_code=codes))
    assert row["placeable"] == 8
    tiers = ["usable_point", "usable_street", "usable_lsoa", "usable_outcode"]
    assert row[tiers].tolist() == [2 / 8, 4 / 8, 5 / 8, 7 / 8]
    assert row["at_hospital"] == 0.1
    assert row["place"] == 0.8


def test_descriptions_that_say_nothing():
    methods = ["text: exact name", "text: no text", "text: says nothing", "text: no match", "text: phrase"]
    levels = ["venue", "none", "none", "none", "home"]
    rows = [("2024-01-05 10:07", "minute", level) for level in levels]
    assert whole(incidents(*rows, location_method=methods))["description"] == 0.5


def test_places_that_nobody_looked_up_are_not_known_rather_than_bad():
    rows = [("2024-01-05 10:07", "minute", level) for level in ["none"] * 24 + ["home"]]
    frame = incidents(*rows, location_method=["none"] * 24 + ["text: phrase"])
    report = hs.quality_report(frame)
    assert np.isnan(report.indicators.loc[("North", "all"), "usable_lsoa"])
    assert report.grades.loc[("North", "all"), ["place", "usable_lsoa"]].tolist() == ["not known", "not known"]
    assert "not known" in report.to_html()


def test_heaping_of_minutes():
    clocks = ["00:00", "10:00", "10:30", "10:15", "23:59"]
    row = whole(incidents(*[(f"2024-01-05 {clock}", "minute", "venue") for clock in clocks]))
    assert row[["at_midnight", "on_hour", "on_half_hour"]].tolist() == pytest.approx([0.2, 0.4, 0.6])


def test_days_without_a_clock_are_no_midnights():
    row = whole(incidents(("2024-02-01", "day", "venue"), ("2024-02-02", "day", "venue")))
    assert row["with_clock"] == 0
    assert row[["at_midnight", "on_hour", "on_half_hour", "same_as_arrival"]].isna().all()
    assert row["first_of_month"] == 0.5


def test_delays_that_are_negative_nought_or_long():
    starts = ["2024-01-05 10:07", "2024-01-05 12:07", "2024-01-01 10:06", "2024-01-05 09:00", "2024-01-05 09:00"]
    arrivals = ["2024-01-05 10:07", "2024-01-05 11:00", "2024-01-04 10:07", "2024-01-05 10:00", None]
    row = whole(incidents(*[(start, "minute", "venue") for start in starts], arrived_at=arrivals))
    assert row["with_arrival"] == 4
    assert row[["same_as_arrival", "after_arrival", "over_72h"]].tolist() == [0.25, 0.25, 0.25]


def test_exactly_72_hours_are_not_over():
    frame = incidents(("2024-01-01 10:00", "minute", "venue"), arrived_at=["2024-01-04 10:00"])
    assert whole(frame)["over_72h"] == 0


def test_the_commonest_point_and_repeated_records():
    frame = incidents(*[("2024-01-05 10:07", "minute", "venue")] * 4)
    frame.loc[1, "geometry"] = frame.geometry[0]
    row = whole(frame)
    assert row["one_place"] == 0.5
    assert row["same_time_and_place"] == 0.25


def test_a_record_without_a_date_counts_in_the_month_of_its_arrival_or_in_none():
    frame = incidents(
        ("2024-01-05 10:07", "minute", "venue"),
        (None, "unknown", "venue"),
        (None, "unknown", "venue"),
        arrived_at=["2024-01-05 11:00", "2024-02-01 01:00", None],
    )
    table = hs.quality_report(frame).indicators.loc["North"]
    assert table["records"].to_dict() == {"all": 3, "2024-01": 1, "2024-02": 1, "undated": 1}
    assert table.loc["2024-02", "date"] == 0


def test_a_missing_month_is_missing_and_never_nought():
    frame = incidents(("2024-01-05 10:07", "minute", "venue"), ("2024-03-05 10:07", "minute", "venue"))
    report = hs.quality_report(frame, period=("2024-01", "2024-04"))
    table = report.indicators.loc["North"]
    assert table["records"].isna().to_dict() == {
        "all": False, "2024-01": False, "2024-02": True, "2024-03": False, "2024-04": True,
    }  # fmt: skip
    assert table.loc["2024-02", list(SHARES)].isna().all()
    assert report.coverage.loc[("ed", "North")].tolist() == ["submitted", "missing", "submitted", "missing"]
    assert table.loc["all", "months_submitted"] == 0.5
    assert report.grades.loc[("North", "2024-02"), "overall"] == "missing"


def daily(first, last, each=2):
    """Give ``each`` records a day."""
    days = pd.date_range(first, last)
    return [(day + pd.Timedelta(hours=10 + n, minutes=7), "minute", "venue") for day in days for n in range(each)]


def test_a_month_that_breaks_off_is_partial_by_its_gap():
    report = hs.quality_report(incidents(*daily("2024-01-01", "2024-02-10")))
    assert report.indicators.loc["North", "longest_gap"].tolist()[1:] == [0, 19]
    assert report.coverage.loc[("ed", "North")].tolist() == ["submitted", "partial"]


def test_a_gap_that_chance_explains_is_not_partial():
    report = hs.quality_report(
        incidents(("2024-02-03 10:07", "minute", "venue"), ("2024-02-20 10:07", "minute", "none"))
    )
    assert report.coverage.loc[("ed", "North")].tolist() == ["submitted"]


def test_a_month_far_below_its_own_usual_is_partial_and_a_high_one_is_not():
    rows = []
    for month, number in zip(range(1, 7), (40, 40, 40, 40, 10, 90), strict=True):
        days = np.arange(number) % 28 + 1
        rows += [(f"2024-{month:02d}-{day:02d} 10:07", "minute", "venue") for day in days]
    table = hs.quality_report(incidents(*rows)).indicators.loc["North"]
    assert table.loc["2024-05", ["usual", "volume_ratio", "volume", "state"]].tolist() == [40, 0.25, "low", "partial"]
    assert table.loc["2024-06", ["volume", "state"]].tolist() == ["high", "submitted"]
    assert table.loc["2024-01", "volume"] == "usual"


def test_the_usual_month_leaves_itself_out_and_needs_three_others():
    counts = np.array([10.0, 20.0, np.nan, 30.0])
    assert np.isnan(usual_month(counts)).tolist() == [True, True, False, True]
    assert usual_month(counts)[2] == 20
    long = np.arange(1.0, 15.0)
    assert usual_month(long)[13] == 8  # months 3 to 13
    assert usual_month(long)[0] == 7  # months 2 to 12


def test_the_longest_gap_counts_the_ends_of_the_month():
    day = pd.Series(pd.to_datetime(["2024-02-05", "2024-02-05", "2024-02-09", None]))
    gaps = longest_gaps(day, pd.Series(["North"] * 4))
    assert gaps.to_dict() == {("North", "2024-02"): 20}


def test_receipt_before_the_month_ends_is_partial_and_later_is_counted_in_days():
    frame = incidents(*daily("2024-01-01", "2024-03-31", each=1))
    report = hs.quality_report(frame, received={"2024-01": "2024-02-15", "2024-02": "2024-02-28"})
    table = report.indicators.loc["North"]
    assert table["days_to_receipt"].tolist()[1:3] == [15, 0]
    assert np.isnan(table.loc["2024-03", "days_to_receipt"])
    assert table["state"].tolist()[1:] == ["submitted", "partial", "submitted"]
    graded = report.grades.loc["North", "days_to_receipt"]
    assert graded.to_dict() == {"all": "strong", "2024-01": "strong", "2024-02": "strong", "2024-03": "not known"}
    late = hs.quality_report(frame, received="2024-06-30").grades.loc["North", "days_to_receipt"]
    assert late.tolist() == ["weak", "weak", "weak", "usable"]


def test_grades_at_their_thresholds():
    levels = ["venue"] * 12 + ["none"] * 8
    rows = [(f"2024-01-{n + 1:02d} 10:07", "minute", level) for n, level in enumerate(levels)]
    assert hs.quality_report(incidents(*rows)).grades.loc[("North", "all"), "usable_lsoa"] == "strong"
    rows[11] = ("2024-01-12 10:07", "minute", "none")
    assert hs.quality_report(incidents(*rows)).grades.loc[("North", "all"), "usable_lsoa"] == "usable"
    assert hs.quality_report(incidents(*rows[:19])).grades.loc[("North", "all"), "usable_lsoa"] == "too few to grade"


def test_every_graded_indicator_states_its_threshold_and_basis():
    report = hs.quality_report(incidents(("2024-01-05 10:07", "minute", "venue")))
    assert set(report.grades.columns) - {"overall"} == set(report.thresholds.index)
    assert report.thresholds["basis"].str.len().gt(0).all()
    assert report.thresholds.loc["usable_lsoa", ["strong", "usable"]].tolist() == [0.6, 0.3]
    assert report.thresholds.loc["days_to_receipt", "strong"] == 31


def test_month_only_records_have_no_time_indicators():
    rows = [("2024-01-01", "month", "street")] * 25
    report = hs.quality_report(incidents(*rows, source="police", provider="Northport Police"))
    row, said = report.indicators.loc[("Northport Police", "all")], report.grades.loc[("Northport Police", "all")]
    timed = ["date", "time", "weapon", "all_three", "at_midnight", "on_hour", "first_of_month", "over_72h"]
    assert row[timed].isna().all()
    assert set(said[timed]) == {"not applicable"}
    assert said["usable_lsoa"] == "strong"
    assert row["state"] is pd.NA or pd.isna(row["state"])
    assert report.coverage.loc[("police", "Northport Police"), "2024-01"] == "submitted"


def test_an_emergency_department_that_gives_months_only_lacks_the_date():
    row = whole(incidents(*[("2024-01-01", "month", "street")] * 3))
    assert row[["date", "time", "weapon"]].tolist() == [0, 0, 0]


def test_several_providers_are_told_apart_and_one_name_in_two_sources_too():
    frame = incidents(
        *[("2024-01-05 10:07", "minute", "venue")] * 4,
        source=["ed", "ed", "ambulance", "police"],
        provider=["North", "South", "North", "Force"],
    )
    report = hs.quality_report(frame)
    assert report.providers == ["Force", "North (ambulance)", "North (ed)", "South"]
    assert report.coverage.index.tolist() == [
        ("ambulance", "North (ambulance)"), ("ed", "North (ed)"), ("ed", "South"), ("police", "Force"),
    ]  # fmt: skip
    with pytest.raises(ConfigError, match="4 providers"):
        report.to_html()
    with pytest.raises(ConfigError, match="Did you mean 'South'"):
        report.to_html("Souht")
    assert "South" not in report.to_html("North (ed)")


def test_expected_providers_that_sent_nothing():
    frame = incidents(("2024-01-05 10:07", "minute", "venue"))
    report = hs.quality_report(frame, expected={"North": 0.6, "West": 0.3})
    assert report.sharing["shares"].to_dict() == {"North": True, "West": False}
    assert report.coverage.loc[("expected", "West"), "2024-01"] == "missing"
    assert "West: nothing arrived" in report.summary()
    assert "About 30% of residents" in report.summary()
    assert "West" not in report.to_html()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"period": ("2024-03", "2024-01")}, "first and the last"),
        ({"period": ("2024-13", "2024-14")}, "cannot be read"),
        ({"received": "15/01/2024"}, "2024-01-15"),
        ({"received": {"January": "2024-01-15"}}, "2024-01"),
        ({"expected": {"North": 1.2}}, "between 0 and 1"),
        ({"expected": {"North": 0.7, "South": 0.7}}, "at most 1"),
    ],
)
def test_options_that_cannot_be(options, message):
    with pytest.raises(ConfigError, match=message):
        hs.quality_report(incidents(("2024-01-05 10:07", "minute", "venue")), **options)


def test_a_single_record_has_figures_and_no_grade():
    report = hs.quality_report(incidents(("2024-01-05 10:07", "minute", "venue"), weapon_group=["body"]))
    row = report.indicators.loc[("North", "2024-01")]
    assert row["all_three"] == 1
    assert report.grades.loc[("North", "2024-01"), "all_three"] == "too few to grade"


def test_the_frame_is_not_changed_and_the_report_is_recorded():
    frame = incidents(("2024-01-05 10:07", "minute", "venue"))
    before = frame.copy()
    with hs.recording() as notes:
        hs.quality_report(frame)
    pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(before))
    assert notes[-1].step == "quality_report"
    assert notes[-1].facts["states"] == {"submitted": 1}


times = st.one_of(st.none(), st.datetimes(pd.Timestamp("2019-12-30"), pd.Timestamp("2020-03-02")))
row = st.tuples(
    times, st.sampled_from(TIME_PRECISIONS), st.sampled_from(LOCATION_LEVELS), times, st.sampled_from(TIME_FLAGS),
    st.sampled_from(["ed", "police", "ambulance"]), st.one_of(st.none(), st.text(max_size=6)),
    st.sampled_from([None, "body", "unknown"]),
)  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(st.lists(row, min_size=1, max_size=16))
def test_any_records_give_shares_between_0_and_1_and_a_page(rows):
    frame = incidents(
        *[(r[0], r[1] if r[0] else "unknown", r[2]) for r in rows],
        arrived_at=[r[3] for r in rows],
        time_flag=[r[4] for r in rows],
        source=[r[5] for r in rows],
        provider=pd.array([r[6] for r in rows], dtype="str"),
        weapon_group=pd.array([r[7] for r in rows], dtype="str"),
    )
    report = hs.quality_report(frame, received="2020-02-15")
    shares = report.indicators[list(SHARES)].to_numpy()
    known = shares[~np.isnan(shares)]
    assert ((known >= 0) & (known <= 1)).all()
    for_all = report.indicators.xs("all", level="month")
    assert for_all["records"].sum() == len(frame)
    by_month = report.indicators.drop("all", level="month").groupby(level="provider")[list(COUNTS)].sum()
    pd.testing.assert_frame_equal(by_month.sort_index(), for_all[list(COUNTS)].sort_index())
    for provider in report.providers:
        assert report.to_html(provider).startswith("<!doctype html>")
    assert report.summary()
