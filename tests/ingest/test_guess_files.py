"""Proposals for whole files: they read without editing, and name the times and places that are mapped by hand."""

from __future__ import annotations

import time
import tomllib
import warnings

import numpy as np
import pandas as pd
import pytest

import hotspot as hs
from hotspot.ingest import read_source

PLACE_AND_TIME = (
    "occurred_from", "occurred_time", "occurred_to", "longitude", "latitude", "easting", "northing", "grid_reference",
    "area_code",
)  # fmt: skip


def read_unedited(file, guess):
    """Read with the proposal as it stands and grade; give the records and the report."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.HotspotWarning)
        records = hs.read_incidents(file, source=tomllib.loads(guess.to_toml()), max_reject=0.5)
        report = hs.quality_report(records)
    assert len(records)
    return records, report


def when_and_where(guess):
    """Field to header, for times and places."""
    return {field: column.header for field, column in guess.columns.items() if field in PLACE_AND_TIME}


@pytest.mark.parametrize(
    ("file", "builtin"), [("ed.csv", "ed_istv"), ("ambulance.csv", "ambulance"), ("police", "police_uk")]
)
def test_files_of_the_city_fit_built_in_sources(city_folder, file, builtin):
    guess = hs.guess_source(city_folder / file)
    assert guess.builtin == builtin
    assert guess.questions == ()
    records, _ = read_unedited(city_folder / file, guess)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.HotspotWarning)
        by_hand = hs.read_incidents(city_folder / file, source=builtin)
    pd.testing.assert_frame_equal(pd.DataFrame(records), pd.DataFrame(by_hand))


def test_a_stated_name_stands_in_the_short_form_too(city_folder):
    guess = hs.guess_source(city_folder / "ed.csv", name="general")
    assert guess.builtin == "ed_istv"
    assert read_source(tomllib.loads(guess.to_toml())).name == "general"


def test_the_long_form_of_a_fitting_file_reads_the_same(city_folder):
    whole = pd.read_csv(city_folder / "ed.csv", dtype="str", keep_default_na=False)
    renamed = whole.rename(columns={"ASSAULT METHOD": "METHOD", "ASSAULT LOCATION TYPE": "PLACE TYPE"})
    guess = hs.guess_source(renamed)
    assert guess.builtin is None
    records, _ = read_unedited(renamed, guess)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.HotspotWarning)
        by_hand = hs.read_incidents(whole, source="ed_istv")
    for column in ("occurred_from", "arrived_at", "category", "weapon_group", "setting", "site", "location_level"):
        assert records[column].equals(by_hand[column]), column


def test_a_hospital_with_headers_of_its_own(city_folder, tmp_path):
    sent = pd.read_csv(city_folder / "ed.csv", dtype="str", keep_default_na=False)
    when = sent["ASSAULT DATE AND TIME"].str.split(" ", n=1, expand=True).fillna("")
    table = pd.DataFrame(
        {
            "Site": sent["SITE CODE (OF TREATMENT)"], "Arrived": sent["ARRIVAL DATE AND TIME AT A&E"],
            "Date of assault": when[0], "Time of assault": when[1], "How": sent["ASSAULT METHOD"],
            "Where (type)": sent["ASSAULT LOCATION TYPE"], "Where exactly": sent["ASSAULT LOCATION DESCRIPTION"],
            "Patient surname": "SYNTHETIC",
        }
    )  # fmt: skip
    table.to_csv(tmp_path / "general_hospital.csv", sep=";", index=False)
    guess = hs.guess_source(tmp_path / "general_hospital.csv")
    assert {field: column.header for field, column in guess.columns.items()} == {
        "site": "Site", "arrived_at": "Arrived", "occurred_from": "Date of assault", "occurred_time": "Time of assault",
        "weapon_group": "How", "setting": "Where (type)", "location_text": "Where exactly",
    }  # fmt: skip
    assert guess.name == "ed"
    assert guess.health
    assert guess.questions == ()
    records, report = read_unedited(tmp_path / "general_hospital.csv", guess)
    assert set(records["category"]) == {"assault"}
    assert (records["weapon_group"] == "unknown").mean() < 0.1
    assert "SYNTHETIC01" in report.summary()


def test_a_table_of_counts_is_read_as_counts(city_folder, tmp_path):
    guess = hs.guess_source(city_folder / "council.csv", name="asb", health=False)
    path = tmp_path / "council.toml"
    path.write_text(guess.to_toml(), encoding="utf-8")
    counts = hs.read_area_counts(city_folder / "council.csv", source=path)
    assert counts["n_asb"].sum() > 0


BY_HAND = {
    "london_lfb_dwelling_fires": {
        "occurred_from": "date", "easting": "easting_rounded", "northing": "northing_rounded", "area_code": "ward",
    },
    "seattle_fire_ems_and_police/sfd_2017": {"occurred_from": "timestamp"},
    "seattle_fire_ems_and_police/spd_911_incident_response_2015_sample.csv.gz": {
        "occurred_from": "At.Scene.Time", "longitude": "Longitude", "latitude": "Latitude",
    },
    "virginia_ed_firearm/gva_incidents_virginia_2015_2019.csv": {"occurred_from": "date"},
    "crimedata_mpjashby/homicides15.csv.gz": {
        "occurred_from": "date_single", "longitude": "longitude", "latitude": "latitude",
    },
    "crimedata_mpjashby/nycvehiclethefts.csv.gz": {
        "occurred_from": "date_start", "occurred_to": "date_end", "longitude": "longitude", "latitude": "latitude",
        "area_code": "census_block",
    },
    "memphis_reference/ref_memphis_robberies_32616.csv": {"occurred_from": "date", "easting": "x", "northing": "y"},
    "memphis_sfhotspot/memphis_robberies.gpkg": {
        "occurred_from": "date", "longitude": "geometry longitude", "latitude": "geometry latitude",
    },
}  # fmt: skip
"""Times and places as tests/ingest/test_real_sources.py maps them by hand."""


@pytest.mark.real_data
@pytest.mark.parametrize("name", BY_HAND)
def test_times_and_places_are_those_mapped_by_hand(real_data, name):
    guess = hs.guess_source(real_data / name)
    assert when_and_where(guess) == BY_HAND[name]
    read_source(tomllib.loads(guess.to_toml()))
    records, _ = read_unedited(real_data / name, guess)
    assert records["occurred_from"].notna().mean() > 0.99


@pytest.mark.real_data
def test_surrey_fits_police_uk(real_data):
    months = real_data / "police_uk_surrey" / "2020-08_2021-08"
    assert hs.guess_source(next(months.glob("*/*-street.csv"))).builtin == "police_uk"


@pytest.mark.real_data
def test_replies_of_the_police_api_fit_police_uk_though_no_header_says_police(real_data):
    file = real_data / "police_uk_london_api" / "london_wards_crimes_2017.parquet"
    guess = hs.guess_source(pd.read_parquet(file).head(10_000))
    assert (guess.builtin, guess.name, guess.health) == ("police_uk", "police", False)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "code", "n"),
    [
        (
            "cincinnati_police_shotspotter/crime_tract_month_2017_2020.json",
            "census_tract_id_2020",
            "n_crime_incidents_violent",
        ),
        ("virginia_ed_firearm/vdh_injuries_2015_2019.csv", "patient_city_county", "firearm_injury_visits"),
        ("london_lsoa_layers/crime/london-2011-2018-major-violence.csv", "LSOA11CD", "2011"),
    ],
)  # fmt: skip
def test_real_tables_of_counts_are_recognised(real_data, name, code, n):
    guess = hs.guess_source(real_data / name)
    source = read_source(tomllib.loads(guess.to_toml()))
    assert source.shared_as == "area_counts"
    assert source.area_counts.headers("code") == [code]
    assert source.area_counts.headers("n") == [n]


@pytest.mark.real_data
def test_a_file_without_a_header_is_refused_with_the_remedy(real_data):
    with pytest.raises(hs.InputError, match="Add a line with the names"):
        hs.guess_source(real_data / "nearrepeat_chicago" / "extdata" / "chicago_arson.csv")


@pytest.mark.real_data
def test_codes_of_the_united_states_are_not_read_by_the_british_list(real_data):
    guess = hs.guess_source(real_data / "crimedata_mpjashby" / "homicides15.csv.gz")
    assert guess.labels["category"].codes == "nibrs"
    records, _ = read_unedited(real_data / "crimedata_mpjashby" / "homicides15.csv.gz", guess)
    assert set(records["category"]) == {"homicide"}


def test_a_hundred_thousand_rows_take_seconds():
    rng = np.random.default_rng(0)
    rows = 100_000
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 365 * 24 * 60, rows), unit="min")
    frame = pd.DataFrame(
        {
            "Crime reference": [f"42/{i:07d}/23" for i in range(rows)],
            "Committed from": days.strftime("%d/%m/%Y %H:%M"),
            "Easting": rng.integers(310_000, 330_000, rows).astype(str),
            "Northing": rng.integers(170_000, 180_000, rows).astype(str),
            "Offence type": rng.choice(["Common assault", "Burglary", "Robbery", "Graffiti"], rows),
        }
    )
    hs.guess_source(frame.head(100))
    start = time.process_time()
    guess = hs.guess_source(frame)
    assert time.process_time() - start < 3
    assert guess.looked_at == 20_000
    assert "values looked at in 20,000 rows" in guess.to_toml()
