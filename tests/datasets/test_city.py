"""The synthetic city: layouts to the letter, areas that fit, and a truth that agrees with the files."""

from __future__ import annotations

import hashlib
import re

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from hotspot.datasets import make_city, write_city
from hotspot.errors import ConfigError, OutputError

POLICE = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)
ED = (
    "REPORTING PERIOD START DATE,REPORTING PERIOD END DATE,SITE CODE (OF TREATMENT),ARRIVAL DATE AND TIME AT A&E,"
    "ASSAULT DATE AND TIME,ASSAULT METHOD,ASSAULT METHOD OTHER DESCRIPTION,ASSAULT LOCATION TYPE,"
    "ASSAULT LOCATION DESCRIPTION"
)
CRIME_TYPES = {
    "Anti-social behaviour", "Bicycle theft", "Burglary", "Criminal damage and arson", "Drugs", "Other crime",
    "Other theft", "Possession of weapons", "Public order", "Robbery", "Shoplifting", "Theft from the person",
    "Vehicle crime", "Violence and sexual offences",
}  # fmt: skip
TEXT_FILES = {"README.txt", "ambulance.csv", "council.csv", "ed.csv", "gazetteer.csv", "truth.csv"}


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def first_line(path):
    return path.read_text(encoding="utf-8").split("\n", 1)[0]


@pytest.fixture(scope="module")
def city():
    return make_city(seed=1)


def test_files_and_headers(city_folder):
    months = [f"2025-{month:02d}" for month in range(1, 13)]
    assert {path.name for path in city_folder.iterdir()} == TEXT_FILES | {"police", "lsoa.gpkg", "msoa.gpkg"}
    files = sorted(path.relative_to(city_folder).as_posix() for path in (city_folder / "police").rglob("*.csv"))
    assert files == [f"police/{month}/{month}-northport-street.csv" for month in months]
    assert {first_line(city_folder / name) for name in files} == {POLICE}
    assert first_line(city_folder / "ed.csv") == ED


def test_each_month_holds_its_own_rows(city_folder):
    for path in (city_folder / "police").rglob("*.csv"):
        assert set(pd.read_csv(path)["Month"]) == {path.parent.name}


def test_every_file_says_synthetic(city_folder):
    for name in TEXT_FILES | {"police/2025-06/2025-06-northport-street.csv"}:
        rows = (city_folder / name).read_text(encoding="utf-8").splitlines()
        told = rows if name == "README.txt" else rows[1:]
        if name in {"README.txt", "ambulance.csv"}:
            assert any("SYNTHETIC" in row for row in told)
        else:
            assert all("SYNTHETIC" in row for row in told), name
    for level in ("lsoa", "msoa"):
        layer = gpd.read_file(city_folder / f"{level}.gpkg", layer=level)
        assert set(layer["note"]) == {"SYNTHETIC"}


def test_two_writings_have_the_same_bytes_and_another_seed_has_not(tmp_path):
    first, second, other = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    write_city(first, seed=1, size="small")
    write_city(second, seed=1, size="small")
    write_city(second, seed=1, size="small")  # over its own files
    write_city(other, seed=2, size="small")
    assert digests(first) == digests(second)
    assert not set(digests(first).values()) & set(digests(other).values())


@pytest.mark.parametrize("seed", [1, 7])
@pytest.mark.parametrize("size", ["small", "city"])
def test_areas_cover_the_land_and_nest(seed, size):
    city = make_city(seed, size=size)
    fine, coarse = city.areas, city.coarse_areas
    assert shapely.coverage_is_valid(fine.geometry.to_numpy())
    assert shapely.coverage_is_valid(coarse.geometry.to_numpy())
    assert set(fine.geom_type) == set(coarse.geom_type) == {"Polygon"}
    assert fine.index.is_unique
    assert set(fine["parent"]) == set(coarse.index)
    assert fine.index.str.fullmatch(r"X01\d{6}").all()
    assert coarse.index.str.fullmatch(r"X02\d{6}").all()
    assert fine["name"].is_unique
    assert fine["name"].str.fullmatch(r"[A-Z][A-Za-z ]+ \d{3}[A-Z]").all()
    for code, part in fine.groupby("parent"):
        assert shapely.equals(shapely.coverage_union_all(part.geometry.to_numpy()), coarse.geometry[code])
        assert part["population"].sum() == coarse.loc[code, "population"]
        assert part["workday_population"].sum() == coarse.loc[code, "workday_population"]
    assert fine["population"].between(1_000, 3_000).all()
    assert coarse["population"].between(5_000, 15_000).all()
    low, high = {"small": (75, 90), "city": (285, 310)}[size]
    assert low <= len(fine) <= high


def test_the_city_lies_in_the_sea_and_in_the_box_of_great_britain(city):
    west, south, east, north = city.areas.total_bounds
    assert 580_000 < west < east < 656_000
    assert 400_000 < south < north < 440_000
    longitude, latitude = city.gazetteer["longitude"], city.gazetteer["latitude"]
    assert longitude.between(0.85, 1.2).all()
    assert latitude.between(53.5, 53.8).all()


def test_degrees_are_those_of_the_reference_system(city):
    places = gpd.GeoSeries.from_xy(city.gazetteer["longitude"], city.gazetteer["latitude"], crs=4326).to_crs(27700)
    areas = city.areas.geometry.loc[city.gazetteer["area_code"]].reset_index(drop=True)
    assert (places.distance(areas) < 6).all()  # metres: what the datum shift may differ by


def test_police_rows_look_like_published_ones(city):
    police = city.police
    asb = police["Crime type"] == "Anti-social behaviour"
    assert set(police["Crime type"]) == CRIME_TYPES
    assert ((police["Crime ID"] == "") == asb).all()
    assert police["Crime ID"][~asb].str.fullmatch("[0-9a-f]{64}").all()
    assert (police["Context"] == "").all()
    assert (police["Reported by"] == police["Falls within"]).all()
    lost = police["Location"] == "No Location"
    assert ((police["Longitude"] == "") == lost).all()
    assert ((police["LSOA code"] == "") == lost).all()
    assert police["Location"][~lost].str.startswith("On or near ").all()
    assert police["Longitude"][~lost].str.fullmatch(r"\d\.\d{6}").all()


def test_police_points_are_snapped_and_rows_without_id_repeat(city):
    points = city.police[["Longitude", "Latitude"]].drop_duplicates()
    assert len(points) < 0.06 * len(city.police)
    asb = city.police[city.police["Crime ID"] == ""]
    assert asb.duplicated().sum() > 100


def test_a_repeated_crime_id_stays_in_its_month_and_one_row_has_the_outcome(city):
    named = city.police[city.police["Crime ID"] != ""]
    twice = named[named["Crime ID"].duplicated(keep=False)]
    assert len(twice) > 0
    for _, pair in twice.groupby("Crime ID"):
        assert len(set(pair["Month"])) == 1
        assert sorted(pair["Last outcome category"] == "") == [False, True]


def test_ed_times_are_written_day_first_and_arrival_follows_assault(city):
    arrived = pd.to_datetime(city.ed["ARRIVAL DATE AND TIME AT A&E"], format="%d/%m/%Y %H:%M")
    assault = pd.to_datetime(city.ed["ASSAULT DATE AND TIME"], format="%d/%m/%Y %H:%M")
    assert arrived.is_monotonic_increasing
    assert arrived.dt.year.eq(2025).all()
    assert 0.01 < assault.isna().mean() < 0.06
    assert (arrived > assault)[assault.notna()].mean() > 0.99
    assert 0.07 < (assault.dt.strftime("%H:%M") == "00:00").mean() < 0.16
    start = pd.to_datetime(city.ed["REPORTING PERIOD START DATE"], format="%d/%m/%Y")
    end = pd.to_datetime(city.ed["REPORTING PERIOD END DATE"], format="%d/%m/%Y")
    assert ((start <= arrived) & (arrived < end + pd.Timedelta(days=1))).all()
    assert city.ed["ASSAULT LOCATION DESCRIPTION"].str.len().max() <= 255


def test_ambulance_rows(city):
    calls = city.ambulance
    assert set(calls["Nature"]) == {"ASSAULT / SEXUAL ASSAULT", "STAB/GUNSHOT/PENETRATING TRAUMA"}
    assert ((calls["Conveyed"] == "Y") == (calls["Receiving hospital"] != "")).all()
    assert 0 < calls.duplicated("Call ID").mean() < 0.05
    assert 0 < (calls["Easting"] == "").mean() < 0.04
    placed = pd.to_numeric(calls["Easting"][~calls["Easting"].isin(["", "0"])])
    assert (placed % 10 == 0).all()
    assert set(calls["Location type"]) == {"Private residence", "Public place", "Licensed premises", "Other"}
    assert ((calls["LSOA code"] == "") == (calls["Easting"] == "")).all()


def test_council_has_gaps_and_a_code_of_elsewhere(city):
    codes = set(city.council["code"])
    assert len(codes - set(city.areas.index)) == 1
    assert 0 < len(set(city.areas.index) - codes) < 0.1 * len(city.areas)
    assert 0 < (city.council["incidents"] == "").sum() < 0.1 * len(city.areas)


def test_the_truth_points_to_the_rows_that_tell_of_it(city):
    truth = city.truth
    for source, table in (("police", city.police), ("ed", city.ed), ("ambulance", city.ambulance)):
        rows = truth[f"{source}_row"].dropna()
        assert rows.is_unique
        assert rows.between(1, len(table)).all()
    assert truth["ed_row"].notna().sum() == len(city.ed)
    assert truth["ambulance_row"].notna().sum() == city.ambulance["Call ID"].nunique()
    known = truth.dropna(subset="police_row")
    rows = city.police.iloc[known["police_row"].to_numpy(dtype=int) - 1]
    assert set(rows["Crime type"]) == {"Violence and sexual offences", "Robbery"}
    assert (rows["Last outcome category"] != "").all()
    late = pd.to_datetime(rows["Month"]).dt.month.to_numpy() - pd.to_datetime(known["occurred"]).dt.month.to_numpy()
    assert set(late) == {0, 1}
    seen = truth.dropna(subset="ambulance_row")
    call = pd.to_datetime(city.ambulance["Call time"].iloc[seen["ambulance_row"].to_numpy(dtype=int) - 1]).to_numpy()
    minutes = (call - pd.to_datetime(seen["occurred"]).to_numpy()) / pd.Timedelta(minutes=1)
    assert ((minutes >= 0) & (minutes < 26)).all()


def test_every_event_lies_in_the_area_it_names(city):
    truth = city.truth
    distance = truth.geometry.distance(city.areas.geometry.loc[truth["area_code"]].set_axis(truth.index))
    assert (distance == 0).all()


def test_names_of_kinds_are_ones_the_gazetteer_reader_takes(city):
    assert set(city.gazetteer["kind"]) == {"venue", "street", "postcode", "hospital"}
    postcodes = city.gazetteer["name"][city.gazetteer["kind"] == "postcode"]
    assert postcodes.map(lambda code: bool(re.fullmatch(r"NX\d{1,2} \d[A-Z]{2}", code))).all()


def test_an_unknown_size_or_seed_is_told():
    with pytest.raises(ConfigError, match="Did you mean 'small'"):
        make_city(size="smal")
    with pytest.raises(ConfigError, match="negative"):
        make_city(seed=-1)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot be written"):
        write_city(tmp_path / "file" / "city", size="small")
