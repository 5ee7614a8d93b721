"""Sources that are not alike are refused, all reasons at once; filters treat all sources alike and account for rows."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from hotspot.errors import ComparabilityError, ConfigError, InputError
from hotspot.fusion import combine, comparability, comparison_table, select_comparable
from hotspot.fusion.comparability import CHECKS, VERDICTS
from hotspot.fusion.record_traits import injury_status
from hotspot.record import recording
from hotspot.schema import CATEGORIES, SETTINGS


def records(source, *, n=400, seed=0, start="2024-01-01", days=366, **columns):
    """Spread the records of a source evenly over days, and anywhere on a square of 10 km."""
    rng = np.random.default_rng(seed)
    times = pd.Timestamp(start) + pd.to_timedelta((np.arange(n) + 0.5) / n * days, unit="D")
    given_columns = {
        "source": source,
        "category": "assault",
        "setting": np.where(np.arange(n) % 4 == 0, "home", "public"),
        "injury": True,
        "occurred_from": times.as_unit("us"),
        "time_precision": "minute",
        "location_level": "point",
        **columns,
    }
    place = gpd.points_from_xy(*rng.uniform(0, 10_000, (2, n)))
    return gpd.GeoDataFrame(given_columns, index=[f"{source}-{i}" for i in range(n)], geometry=place, crs=27700)


def pair(**police):
    return combine([records("ed", seed=1), records("police", **{"category": "violence_with_injury", **police})])


def verdict(incidents, check, **options):
    table = comparability(incidents, **options)
    return table.set_index("check")["verdict"].get(check)


def test_sources_that_are_alike_pass_every_check():
    table = comparability(pair(), times=True)
    assert list(table["check"]) == list(CHECKS)
    assert set(table["verdict"]) == {"alike"}
    assert (table[["what", "remedy"]] == "").all(axis=None)
    assert select_comparable(pair(), times=True).index.tolist() == pair().index.tolist()


@pytest.mark.parametrize(
    ("check", "police", "says"),
    [
        ("category", {"category": "violence_and_sexual_offences"}, "'violence_and_sexual_offences'"),
        ("category", {"category": np.where(np.arange(400) % 5, "assault", "burglary")}, "20% of the police"),
        ("injury", {"category": "assault", "injury": False}, "100% of the ed records, 0% of the police"),
        ("setting", {"setting": "public"}, "25% of the ed records are in homes, none of the police"),
        ("months", {"start": "2024-03-01", "days": 306}, "police has no record in 2 month"),
        ("months", {"start": "2021-01-01", "days": 365}, "no record in 12 month"),
        ("partial month", {"days": 349}, "the last 17 days of 2024-12 hold no police record"),
        ("partial month", {"start": "2024-01-18", "days": 349}, "the first 17 days of 2024-01 hold no police"),
        ("clock", {"occurred_from": pd.NaT, "arrived_at": pd.Timestamp("2024-05-01 02:00")}, "time of arrival"),
        ("precision", {"time_precision": "month"}, "only the month is known in records of police"),
        ("place", {"location_level": "home", "setting": "home"}, "at homes nearly all"),
    ],
)
def test_each_difference_is_found_named_and_refused(check, police, says):
    incidents = pair(**police)
    times = check == "precision"
    table = comparability(incidents, times=times).set_index("check")
    assert table.loc[check, "verdict"] == "not alike"
    assert says in table.loc[check, "what"]
    assert table.loc[check, "remedy"]
    with pytest.raises(ComparabilityError, match=r"comparable=False"):
        select_comparable(incidents, times=times)
    kept = select_comparable(incidents, times=times, comparable=False, reason="health demand, not violence")
    assert len(kept) == len(incidents)


def test_arrival_copied_into_the_time_of_the_assault_is_found():
    incidents = pair()
    incidents["arrived_at"] = incidents["occurred_from"].where(incidents["source"] == "ed")
    assert verdict(incidents, "clock") == "not alike"
    incidents["arrived_at"] += pd.Timedelta("2h")
    assert verdict(incidents, "clock") == "alike"


def test_months_that_a_small_source_lacks_by_chance_are_not_called_missing():
    incidents = combine([records("ed"), records("police", n=10)])
    assert verdict(incidents, "months") == "unknown"
    select_comparable(incidents)


def test_places_far_apart_are_found():
    incidents = pair()
    police = incidents["source"] == "police"
    incidents.loc[police, "geometry"] = incidents.loc[police].translate(50_000, 0)
    assert verdict(incidents, "extent") == "not alike"


def test_records_by_residence_are_as_stated():
    assert verdict(pair(), "place", residence=["ed"]) == "not alike"
    assert verdict(pair(), "place", residence=["ed", "police"]) == "alike"
    with pytest.raises(ConfigError, match="residence: 'eds'"):
        comparability(pair(), residence=["eds"])


def test_two_forces_with_the_same_combined_class_are_alike():
    wide = {"category": "violence_and_sexual_offences"}
    assert verdict(combine([records("police", **wide), records("transport_police", **wide)]), "category") == "alike"


def test_what_records_do_not_tell_is_unknown_and_stands_in_the_record():
    incidents = pair(setting=None, injury=None, category=None, occurred_from=pd.NaT)
    table = comparability(incidents).set_index("check")["verdict"]
    assert (table[["category", "injury", "setting", "months", "partial month", "clock"]] == "unknown").all()
    with recording() as notes:
        select_comparable(incidents)
    assert notes[-1].facts["cannot_tell"] == ["category", "injury", "setting", "months", "partial month", "clock"]


def test_all_problems_stand_in_one_message():
    incidents = pair(category="violence_and_sexual_offences", setting="public", start="2024-03-01", days=306)
    with pytest.raises(ComparabilityError, match=r"in 3 way\(s\)\. category: .*Remedy.* setting: .* months: "):
        select_comparable(incidents)
    empty = pair(setting=None, category="violence_and_sexual_offences")
    with pytest.raises(ComparabilityError, match=r"nothing is left of police: none of 400 records \(by setting 400 do"):
        select_comparable(empty, settings="public")
    with pytest.raises(ComparabilityError, match="nothing is left of police"):
        select_comparable(empty, settings="public", comparable=False, reason="health demand")


def test_what_is_not_alike_is_labelled_in_the_record():
    with recording() as notes:
        select_comparable(
            pair(category="violence_and_sexual_offences"), comparable=False, reason="health demand, not violence"
        )
    facts = notes[-1].facts
    assert (facts["comparable"], facts["reason"]) == (False, "health demand, not violence")
    assert [problem.split(":")[0] for problem in facts["not_alike"]] == ["category"]
    for reason in (None, " "):
        with pytest.raises(ComparabilityError, match="reason="):
            select_comparable(pair(), comparable=False, reason=reason)


def test_filters_treat_all_sources_alike_and_count_each_record_once():
    incidents = pair(setting=np.where(np.arange(400) % 4 == 1, None, "public"))
    incidents.loc[incidents.index[:30], "occurred_from"] = pd.NaT
    areas = gpd.GeoDataFrame(index=["W", "E"], geometry=[box(0, 0, 5e3, 1e4), box(5e3, 0, 1e4, 1e4)], crs=27700)
    asked = {
        "settings": "public", "injury": True, "period": ("2024-02", "2024-11"), "within": areas,
        "coverage": {"ed": ["W"]},
    }  # fmt: skip
    before = incidents.copy()
    table = comparison_table(incidents, **asked)
    with recording() as notes:
        kept = select_comparable(incidents, **asked)
    pd.testing.assert_frame_equal(incidents, before)
    assert (table["read"] == table.drop(columns="read").sum(axis=1)).all()
    assert table["kept"].to_dict() == kept["source"].value_counts().to_dict()
    assert notes[-1].facts["by_source"] == table.to_dict("index")
    assert table.loc["police", "setting unknown"] == 100
    assert table.loc["ed", "setting"] == 100
    assert table.loc["ed", "period unknown"] > 0
    # told again, record by record
    expected = [
        label
        for label, row in incidents.iterrows()
        if row["setting"] == "public" and pd.notna(row["occurred_from"])
        and pd.Timestamp("2024-02-01") <= row["occurred_from"] < pd.Timestamp("2024-12-01") and row.geometry.x < 5e3
    ]  # fmt: skip
    assert kept.index.tolist() == expected


def test_records_that_do_not_say_are_kept_on_request_and_counted():
    incidents = pair(setting=np.where(np.arange(400) % 4 == 1, None, "public"))
    table = comparison_table(incidents, settings="public", unknown="keep")
    kept = select_comparable(incidents, settings="public", unknown="keep")
    assert table.loc["police"].to_dict() == {"read": 400, "setting": 0, "setting unknown": 100, "kept": 400}
    assert kept["source"].value_counts().to_dict() == {"police": 400, "ed": 300}
    assert comparison_table(incidents, settings=["public", "unknown"]).loc["police", "kept"] == 400


def test_common_months_are_those_of_every_source():
    incidents = pair(start="2024-03-01", days=200)
    kept = select_comparable(incidents, period=("2024-03", "2024-08"))
    months = kept.groupby("source")["occurred_from"].agg(lambda times: tuple(sorted(set(times.dt.to_period("M")))))
    assert months["ed"] == months["police"]
    common = comparison_table(incidents, period="common")
    assert (
        common.loc["ed", "period"]
        == (incidents["occurred_from"] < "2024-03-01").sum()
        + ((incidents["occurred_from"] >= "2024-10-01") & (incidents["source"] == "ed")).sum()
    )


def test_a_period_must_not_cut_the_month_of_records_that_know_only_the_month():
    monthly = pair(occurred_from=pd.Timestamp("2024-05-01"), time_precision="month")
    with pytest.raises(ComparabilityError, match="400 of 800 records know only the month"):
        select_comparable(monthly, period=("2024-04-15", "2024-05-15"))
    table = comparison_table(monthly, period=("2024-05", "2024-05"))
    assert table.loc["police", "kept"] == 400


def test_home_by_place_is_home_and_records_without_a_point_count_by_area_code():
    incidents = pair(setting=None, location_level="home", area_code="W")
    incidents["geometry"] = incidents.geometry.where(incidents["source"] == "ed", None)
    areas = gpd.GeoDataFrame(index=["W"], geometry=[box(0, 0, 1e4, 1e4)], crs=27700)
    table = comparison_table(incidents, settings="home", within=areas)
    assert table.loc["police"].to_dict() == {
        "read": 400, "setting": 0, "setting unknown": 0, "area": 0, "area unknown": 0, "kept": 400
    }  # fmt: skip
    with pytest.raises(InputError, match="coverage: the records have no area_code"):
        comparison_table(pair(), coverage={"ed": ["W"]})


def test_injury_is_told_by_flag_then_category_then_who_treated():
    rows = [
        ("police", "assault", None, None, -1),
        ("police", "assault", True, None, 1),
        ("police", "violence_with_injury", None, None, 1),
        ("police", "violence_with_injury", False, None, 0),
        ("police", "stalking_harassment", None, None, 0),
        ("police", "violence_and_sexual_offences", None, None, -1),
        ("ed", "assault", None, None, 1),
        ("ed_north", "assault", None, None, 1),
        ("edinburgh_police", "assault", None, None, -1),
        ("ambulance", "assault", None, True, 1),
        ("ambulance", "assault", None, False, -1),
        ("ambulance", "stab_gunshot_penetrating", None, None, 1),
    ]
    frame = gpd.GeoDataFrame(rows, columns=["source", "category", "injury", "conveyed", "wanted"])
    assert injury_status(frame).tolist() == frame["wanted"].tolist()


def test_wrong_arguments_are_refused():
    incidents = pair()
    for options, says in (
        ({"settings": "pubic"}, "settings: 'pubic'.*public"),
        ({"settings": []}, "settings: nothing is named"),
        ({"categories": ["assaults"]}, "categories: 'assaults'"),
        ({"injury": "yes"}, "injury"),
        ({"period": "2024"}, "period"),
        ({"period": ("2024-05", "2024-01")}, "ends before it begins"),
        ({"coverage": {}}, "coverage: no source"),
        ({"coverage": {"eds": ["W"]}}, "coverage: 'eds'"),
        ({"unknown": "drop"}, "unknown"),
    ):
        with pytest.raises(ConfigError, match=says):
            select_comparable(incidents, **options)
    with pytest.raises(InputError, match="1 source"):
        comparability(records("police"))
    with pytest.raises(InputError, match="no source"):
        comparability(incidents.assign(source=None))
    with pytest.raises(InputError, match=r"occurred_from is \w+, not a time"):
        comparability(incidents.assign(occurred_from="yesterday"))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["police", "ed", "ambulance"]),
            st.sampled_from([*CATEGORIES, None]),
            st.sampled_from([*SETTINGS, None]),
            st.sampled_from([True, False, None]),
            st.sampled_from([pd.NaT, *pd.date_range("2024-01-30", "2024-03-02", freq="D")]),
            st.sampled_from([None, *map(Point, range(4), range(4))]),
        ),
        min_size=2,
        max_size=25,
    ),
    st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_any_records_are_judged_alike_in_any_order(rows, random):
    names = ["source", "category", "setting", "injury", "occurred_from", "geometry"]
    incidents = gpd.GeoDataFrame(rows, columns=names, geometry="geometry", crs=27700)
    table = comparison_table(incidents, injury=True, settings="public", period="common")
    assert (table["read"] == table.drop(columns="read").sum(axis=1)).all()
    order = list(range(len(rows)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(
        table, comparison_table(incidents.iloc[order], injury=True, settings="public", period="common")
    )
    if len(table) > 1:
        found = comparability(incidents, times=True)
        assert set(found["verdict"]) <= set(VERDICTS)
        assert ((found["what"] == "") == (found["verdict"] == "alike")).all()
        pd.testing.assert_frame_equal(found, comparability(incidents.iloc[order], times=True))


def test_a_source_that_an_earlier_filter_emptied_does_not_empty_the_common_months():
    incidents = combine(
        [records("ed", injury=True), records("police", category="violence_and_sexual_offences", injury=None)]
    )
    table = comparison_table(incidents, injury=True, period="common")
    assert table.loc["ed", ["period", "kept"]].tolist() == [0, 400]
    with pytest.raises(ComparabilityError, match="nothing is left of police") as refused:
        select_comparable(incidents, injury=True, period="common")
    assert "nothing is left of ed" not in str(refused.value)
