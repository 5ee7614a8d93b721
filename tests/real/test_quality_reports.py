"""Quality reports of real extracts: what applies to them, and what does not."""

from __future__ import annotations

import pytest

import hotspot as hs


@pytest.mark.real_data
def test_surrey_police_by_month(real_data):
    records = hs.read_incidents(real_data / "police_uk_surrey", source="police_uk")
    report = hs.quality_report(records, received="2021-09-20")
    assert report.providers == ["Surrey Police"]
    row, said = report.indicators.loc[("Surrey Police", "all")], report.grades.loc[("Surrey Police", "all")]
    assert row["records"] == len(records)
    assert set(said[["date", "time", "weapon", "all_three", "at_midnight", "on_hour", "over_72h"]]) == {
        "not applicable"
    }
    assert said["usable_lsoa"] == "strong"
    assert report.coverage.loc[("police", "Surrey Police")].tolist() == ["submitted"] * 13
    assert report.indicators.loc[("Surrey Police", "2021-08"), "days_to_receipt"] == 20
    assert "not applicable" in report.to_html()


@pytest.mark.real_data
def test_london_fires_by_day(real_data):
    mapping = {
        "name": "fire",
        "label": "London Fire Brigade, dwelling fires",
        "health": False,
        "columns": {"occurred_from": "date", "easting": "easting_rounded", "northing": "northing_rounded"},
        "place": {"uncertainty_m": 35},
        "category": {"value": "other"},
    }
    records = hs.read_incidents(real_data / "london_lfb_dwelling_fires", source=mapping)
    report = hs.quality_report(records)
    row, said = report.indicators.loc[("fire", "all")], report.grades.loc[("fire", "all")]
    assert row["date"] == 1
    assert said[["time", "at_midnight", "weapon"]].tolist() == ["not applicable"] * 3
    assert 0.025 < row["first_of_month"] < 0.045
    assert "state" in report.indicators
    assert set(report.coverage.iloc[0]) <= {"submitted", "partial"}
    assert (report.coverage.iloc[0] == "submitted").mean() > 0.95
