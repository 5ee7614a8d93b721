"""The quality report: percentages that can be checked by hand."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import hotspot as hs
from hotspot.errors import InputError

MAPPING = {
    "name": "ed",
    "label": "Synthetic",
    "health": True,
    "columns": {
        "occurred_from": "when",
        "arrived_at": "arrived",
        "provider": "trust",
        "weapon_group": "weapon",
        "easting": "x",
        "northing": "y",
    },
    "category": {"value": "assault"},
    "weapon_group": {"map": {"fist": "body"}, "default": "unknown"},
}
TABLE = pd.DataFrame(
    [
        ("2024-01-13 23:40", "2024-01-14 00:30", "North", "fist", 318500, 176500),
        ("2024-01-13", "2024-01-14 00:30", "North", "", 318500, 176500),
        ("2024-03-13 10:00", "2024-03-13 10:00", "South", "fist", 0, 0),
        ("", "2024-03-13 10:00", "South", "fist", 318500, 176500),
        ("2024-03-20 12:00", "2024-03-13 10:00", "South", "fist", 318500, 176500),
        ("31/31/2024", "2024-03-13 10:00", "South", "fist", 318500, 176500),
    ],
    columns=["when", "arrived", "trust", "weapon", "x", "y"],
)


@pytest.fixture
def report():
    return hs.quality_report(hs.read_incidents(TABLE, source=MAPPING, max_reject=0.5))


def test_completeness_by_provider(report):
    table = report.completeness
    assert table.loc["North"].tolist() == [2, 100, 50, 100, 50, 50]
    assert table.loc["South", ["records", "date", "time", "location", "weapon"]].tolist() == [3, 66.7, 66.7, 66.7, 100]
    assert table.loc["all records", ["records", "all three"]].tolist() == [5, 40]


def test_suspect_times(report):
    south = report.time.loc["South"]
    assert south["same as arrival"] == 50
    assert south["after arrival"] == 50
    assert south["on the hour"] == 100
    assert report.time.loc["North", "at 00:00"] == 0


def test_a_month_without_records_is_missing_and_not_zero(report):
    assert report.months.index.tolist() == ["2024-01", "2024-02", "2024-03"]
    assert report.months["South"].isna().tolist() == [True, True, False]
    assert report.months.loc["2024-03", "South"] == 2


def test_levels_and_the_account(report):
    assert report.location.loc["point", ["records", "with a point"]].tolist() == [4, 4]
    assert report.location.loc["none", "percent"] == 20
    assert report.account["rows"].to_dict() == {
        "read": 6,
        "rejected: time unreadable": 1,
        "kept": 5,
        "located": 4,
        "without a point": 1,
    }


def test_a_frame_that_was_cut_does_not_claim_an_account():
    frame = hs.read_incidents(TABLE, source=MAPPING, max_reject=0.5).iloc[:2]
    report = hs.quality_report(frame)
    assert report.account.empty
    assert "not known" in str(report)


def test_text_and_plain_values(report):
    text = str(report)
    assert "Quality of ed: 5 records" in text
    assert "For the provider of these records only" in text
    plain = json.loads(json.dumps(report.to_dict()))
    assert plain["records"] == 5
    assert plain["indicators"][0]["provider"] == "North"
    assert [row["month"] for row in plain["grades"][:4]] == ["all", "2024-01", "2024-02", "2024-03"]
    assert plain["indicators"][2]["records"] is None
    assert plain["coverage"][0] == {
        "source": "ed", "provider": "North", "2024-01": "submitted", "2024-02": "missing", "2024-03": "missing",
    }  # fmt: skip
    assert plain["completeness"][0] == {
        "provider": "North",
        "records": 2,
        "date": 100.0,
        "time": 50.0,
        "location": 100.0,
        "weapon": 50.0,
        "all three": 50.0,
    }


def test_hospitals_without_a_named_provider_are_told_apart_by_their_site():
    mapping = MAPPING | {"columns": {**MAPPING["columns"], "site": "trust"}}
    del mapping["columns"]["provider"]
    report = hs.quality_report(hs.read_incidents(TABLE, source=mapping, max_reject=0.5))
    assert report.completeness["records"].to_dict() == {"site North": 2, "site South": 3, "all records": 5}


def test_no_records_no_report():
    frame = hs.read_incidents(TABLE, source=MAPPING, max_reject=0.5)
    with pytest.raises(InputError, match="no records"):
        hs.quality_report(frame.iloc[:0])
    with pytest.raises(InputError, match="column"):
        hs.quality_report(frame.drop(columns="location_level"))


def test_swapped_and_far_coordinates_are_red_flags():
    table = pd.concat([TABLE.iloc[[0]].assign(x=318_500 + i, y=176_500 - i) for i in range(30)], ignore_index=True)
    table.loc[0, ["x", "y"]] = [176_500, 318_500]
    table.loc[1, ["x", "y"]] = [530_000, 180_000]
    with hs.recording() as notes, pytest.warns(hs.HotspotWarning, match="swapped|far from all"):
        records = hs.read_incidents(table, source=MAPPING)
    flags = hs.quality_report(records, notes=notes).red_flags["count"]
    assert flags[["coordinates with swapped axes", "coordinates far from all others"]].tolist() == [1, 1]
