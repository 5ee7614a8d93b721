"""Postcodes by an offline table: checked by tables whose means are known, and on published units."""

from __future__ import annotations

import gzip
import io
import time
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point

import hotspot as hs
from hotspot.errors import ConfigError, CRSError, InputError
from hotspot.locate import locate_postcodes, read_postcodes
from hotspot.schema import LOCATION_LEVELS

WARD = '"W92000004","","","","W06000015","W05001274"'
OPEN = "\n".join(
    [
        f'"CF10 1AA",10,318000,176000,{WARD}',
        f'"CF10 1AB",10,318200,176000,{WARD}',
        f'"CF10 1AD",50,318400,176000,{WARD}',
        f'"CF10 1AE",60,318200,176000,{WARD}',
        f'"CF10 1AF",90,0,0,{WARD}',
        f'"CF10 2AA",10,318600,179000,{WARD.replace("1274", "1275")}',
        f'"CF1 3AT",10,330000,170000,{WARD}',
        f'"SO1 4AB",10,440000,112000,{WARD}',
    ]
)
ONSPD = """pcd,pcd2,pcds,dointr,doterm,oseast1m,osnrth1m,osgrdind,lsoa11,lsoa21
CF101AA,CF10 1AA,CF10 1AA,198001,,318000,0176000,1,W01001766,W01001767
CF101AB,CF10 1AB,CF10 1AB,198001,200512,318200,0176000,8,W01001766,W01001767
CF102AA,CF10 2AA,CF10 2AA,198001,,318600,0179000,3,W01001770,W01001771
BT1 1AA,BT1  1AA,BT1 1AA,198001,,333500,0374200,1,95GG39S2,
JE2 3AB,JE2  3AB,JE2 3AB,198001,,,,9,L99999999,L99999999
"""


@pytest.fixture(scope="module")
def postcodes(tmp_path_factory):
    path = tmp_path_factory.mktemp("open") / "cf.csv"
    path.write_text(OPEN)
    return read_postcodes(path)


def read(path, **options):
    with hs.recording() as notes:
        table = read_postcodes(path, **options)
    return table.set_index("name"), notes[-1].facts


def test_units_sectors_and_outcodes_lie_at_their_means_with_radii_that_hold_them(postcodes):
    table = postcodes.set_index("name")
    assert table.crs.to_epsg() == 27700
    assert table["kind"].value_counts().to_dict() == {"postcode": 7, "sector": 4, "outcode": 3}
    # The unit at its sector's mean (60) and the one without a place (90) do not move the mean.
    assert table.geometry["CF10 1"] == Point(318_200, 176_000)
    assert table.geometry["CF10"] == Point(318_300, 176_750)
    assert table["uncertainty_m"]["CF10 1AA"] == 75
    assert table["uncertainty_m"]["CF10 1AD"] == 175
    assert table["uncertainty_m"]["CF10 1AE"] == table["uncertainty_m"]["CF10 1"] == 1_000
    assert table["uncertainty_m"]["CF10"] == 2_500
    assert table["area_code"]["CF10 1"] == "W05001274"
    assert pd.isna(table["area_code"]["CF10"])


def test_a_wide_sector_has_the_radius_that_holds_95_percent_of_its_units(tmp_path):
    east = 318_000 + np.arange(101) * 100
    path = tmp_path / "wide.csv"
    letters = "ABDEFGHJLN"
    names = [f"CF10 1{a}{b}" for a in letters + "P" for b in letters][:101]
    path.write_text("\n".join(f'"{n}",10,{x},176000,{WARD}' for n, x in zip(names, east, strict=True)))
    table, _ = read(path)
    sector = table.loc["CF10 1"]
    distance = np.abs(east - sector.geometry.x)
    assert sector.geometry.x == 323_000
    assert sector["uncertainty_m"] == np.sort(distance)[int(np.ceil(0.95 * 101)) - 1] == 4_800
    assert (distance <= sector["uncertainty_m"]).mean() >= 0.95


def test_onspd_keeps_postcodes_that_ended_and_projects_northern_ireland(tmp_path):
    path = tmp_path / "ONSPD.csv"
    path.write_text(ONSPD)
    table, facts = read(path)
    assert (facts["read"], facts["without_place"], facts["ended"], facts["northern_ireland"]) == (5, 1, 1, 1)
    assert table["uncertainty_m"][["CF10 1AA", "CF10 1AB", "CF10 2AA"]].tolist() == [75, 175, 125]
    assert table["area_code"]["CF10 1AA"] == "W01001767"
    belfast = gpd.GeoSeries([table.geometry["BT1 1AA"]], crs=27700).to_crs(4326).iloc[0]
    assert belfast.x == pytest.approx(-5.93, abs=0.02)
    assert belfast.y == pytest.approx(54.60, abs=0.02)
    older, facts = read(path, area_code="lsoa11")
    assert older["area_code"]["CF10 1AA"] == "W01001766"
    assert facts["area_columns"] == ["lsoa11"]


def test_a_folder_a_zip_and_gzip_are_read_alike_and_guides_are_passed_over(tmp_path):
    folder = tmp_path / "Data" / "CSV"
    folder.mkdir(parents=True)
    (folder / "cf.csv").write_text(OPEN)
    (tmp_path / "headers.csv").write_text("PC,PQ,EA,NO,CY,RH,LH,CC,DC,WC\nPostcode,Quality,E,N,C,R,H,C,D,W\n")
    (tmp_path / "licence.txt").write_text("Open Government Licence")
    first, facts = read(tmp_path)
    assert facts["files"] == 1
    packed = tmp_path / "open.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in (folder / "cf.csv", tmp_path / "headers.csv"):
            archive.write(file, file.relative_to(tmp_path))
    small = tmp_path / "cf.csv.gz"
    small.write_bytes(gzip.compress(OPEN.encode()))
    for path in (packed, small):
        assert read(path)[0].equals(first)


def test_the_parts_that_repeat_the_whole_onspd_are_left_out(tmp_path):
    path = tmp_path / "ONSPD.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Data/ONSPD_FEB_2024_UK.csv", ONSPD)
        archive.writestr("Data/multi_csv/ONSPD_FEB_2024_UK_CF.csv", ONSPD)
        archive.writestr("Documents/LA_UA names.csv", "LAD23CD,LAD23NM\nW06000015,Cardiff\n")
    _, facts = read(path)
    assert (facts["files"], facts["read"], facts["repeated"]) == (1, 5, 0)


def test_a_look_up_gives_code_point_open_its_areas_and_letters_keep_part_of_it(tmp_path):
    (tmp_path / "cf.csv").write_text(OPEN)
    lookup = tmp_path / "lookup.csv"
    lookup.write_text("pcd7,pcds,lsoa11cd\nCF101AA,CF10 1AA,W01001767\nCF101AB,CF10 1AB,W01001767\n")
    table, facts = read(tmp_path / "cf.csv", areas=lookup, postcode_areas=["cf"])
    assert table["area_code"]["CF10 1AA"] == "W01001767"
    assert "SO1 4AB" not in table.index
    assert (facts["without_area"], facts["outside_postcode_areas"]) == (5, 1)


@pytest.mark.parametrize(
    ("content", "options", "error", "message"),
    [
        ("a,b\n1,2\n", {}, InputError, "holds no table of postcodes"),
        ("", {}, InputError, "holds no table of postcodes"),
        ('"CF10 1AF",90,0,0,"","","","","",""\n', {}, InputError, "none of 1 postcodes has coordinates"),
        (OPEN, {"area_code": "lsoa21"}, InputError, "has no column 'lsoa21'"),
        (ONSPD, {"area_code": "lsoa31"}, InputError, "has no column 'lsoa31'"),
        (OPEN, {"postcode_areas": ["CF10"]}, ConfigError, "letters before the first digit"),
        (OPEN, {"crs": 4326}, CRSError, "not a projected system in metres"),
        (OPEN, {"crs": "nonsense"}, CRSError, "no known reference system"),
        (OPEN + '\n"CF10 1AG",10,"318', {}, InputError, "cannot be read as a table"),
    ],
)
def test_what_is_no_table_is_refused_with_the_remedy(tmp_path, content, options, error, message):
    path = tmp_path / "table.csv"
    path.write_text(content)
    with pytest.raises(error, match=message):
        read_postcodes(path, **options)


def test_a_missing_file_a_bomb_and_a_look_up_without_areas_are_refused(tmp_path):
    with pytest.raises(InputError, match="is not there"):
        read_postcodes(tmp_path / "nothing.zip")
    path = tmp_path / "bomb.zip"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * 10_000_000)
    path.write_bytes(stream.getvalue())
    with pytest.raises(InputError, match="unpacks to too much"):
        read_postcodes(path)
    (tmp_path / "cf.csv").write_text(OPEN)
    (tmp_path / "names.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"areas: 'names\.csv' holds no table"):
        read_postcodes(tmp_path / "cf.csv", areas=tmp_path / "names.csv")


@pytest.mark.parametrize(
    ("text", "level", "name"),
    [
        ("CF10 1AA", "postcode", "CF10 1AA"),
        ("cf101aa", "postcode", "CF10 1AA"),
        (" Cf10   1aA ", "postcode", "CF10 1AA"),
        ("CF10-1AA", "postcode", "CF10 1AA"),
        ("St Mary St, Cardiff CF10 1AA.", "postcode", "CF10 1AA"),
        ("CF1O 1AA", "postcode", "CF10 1AA"),
        ("CFIO IAA", "postcode", "CF10 1AA"),
        ("S01 4AB", "postcode", "SO1 4AB"),
        ("CF13AT", "postcode", "CF1 3AT"),
        ("CF10 1ZZ", "sector", "CF10 1"),
        ("CF10 1**", "sector", "CF10 1"),
        ("CF10 1XX", "sector", "CF10 1"),
        ("CF10 1", "sector", "CF10 1"),
        ("CF101", "sector", "CF10 1"),
        ("CF13", "sector", "CF1 3"),
        ("CF10 1AF", "sector", "CF10 1"),
        ("CF10 9ZZ", "outcode", "CF10"),
        ("CF10 ***", "outcode", "CF10"),
        ("CF10", "outcode", "CF10"),
        ("CF1O", "outcode", "CF10"),
        ("CF10 1AA or CF10 1AB", "ambiguous", None),
        ("ZZ1 1AA", "none", None),
        ("10 past 5", "none", None),
        ("Cardiff", "none", None),
        ("", "none", None),
        (None, "none", None),
    ],
)
def test_a_postcode_however_it_is_typed(postcodes, text, level, name):
    found = locate_postcodes(pd.Series([text], dtype="str"), postcodes).iloc[0]
    assert found["location_level"] == level
    known = postcodes.set_index("name")
    assert (found.geometry is None) == (name is None)
    if name is not None:
        assert found.geometry == known.geometry[name]
        assert found["uncertainty_m"] == known["uncertainty_m"][name]


def test_home_with_its_postcode_becomes_its_area_only(postcodes):
    frame = pd.DataFrame(
        {"when": "2023-05-06 10:00", "pc": ["CF10 1AA"] * 3, "text": ["pts home", "", "street"],
         "kind": ["street", "own home", "street"]}
    )  # fmt: skip
    source = {
        "name": "ed", "label": "Synthetic", "health": True, "category": {"value": "assault"},
        "columns": {"occurred_from": "when", "postcode": "pc", "location_text": "text", "setting": "kind"},
        "setting": {"map": {"street": "public", "own home": "home"}},
    }  # fmt: skip
    found = hs.read_incidents(frame, source=source, gazetteer=postcodes)
    assert found.geometry.isna().tolist() == [True, True, False]
    assert found["location_level"].tolist() == ["home", "home", "postcode"]
    assert (found["area_code"] == "W05001274").all()
    assert found["uncertainty_m"].tolist() == [5_100, 5_100, 75]
    assert "CF10" not in found.to_csv() + str(found.attrs)


def test_a_postcode_column_is_placed_and_words_in_it_are_understood(postcodes):
    frame = pd.DataFrame({"when": "2023-05-06", "pc": ["cf10 1aa", "CF10 1", "CF10", "home", "ED waiting room", None]})
    source = {
        "name": "ambulance", "label": "Synthetic", "health": True, "category": {"value": "assault"},
        "columns": {"occurred_from": "when", "postcode": "pc"},
    }  # fmt: skip
    found = hs.read_incidents(frame, source=source, gazetteer=postcodes)
    assert found["location_level"].tolist() == ["postcode", "sector", "outcode", "home", "none", "none"]
    assert found["location_method"].str.startswith("postcode").tolist() == [True, True, True, False, True, True]
    venue = hs.read_gazetteer(
        pd.DataFrame({"n": ["The Lion"], "x": [3e5], "y": [2e5]}), name="n", easting="x", northing="y"
    )
    with pytest.warns(hs.HotspotWarning, match="the gazetteer holds no postcodes, so column 'pc' is not resolved"):
        hs.read_incidents(frame, source=source, gazetteer=venue)
    both = pd.concat([venue, postcodes], ignore_index=True)
    assert hs.read_incidents(frame, source=source, gazetteer=both)["location_level"].tolist()[:3] == [
        "postcode", "sector", "outcode",
    ]  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.one_of(st.text(max_size=12), st.text("CF10 1AAOIL*", max_size=10), st.none()), max_size=8))
def test_any_text_has_a_known_level_and_a_radius_where_it_has_a_point(postcodes, texts):
    found = locate_postcodes(pd.Series(texts, dtype="str"), postcodes)
    assert set(found["location_level"]) <= set(LOCATION_LEVELS)
    assert (found["uncertainty_m"].isna() == found.geometry.isna()).all()
    assert len(found) == len(texts)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=200), st.text('CF10 1A",90\n', max_size=200).map(str.encode)))
def test_any_bytes_are_a_table_or_refused(tmp_path, content):
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_postcodes(path)


@pytest.mark.real_data
def test_published_units_are_found_within_the_stated_radius(real_data):
    started = time.perf_counter()
    table = read_postcodes(real_data / "uk_postcodes")
    assert time.perf_counter() - started < 10
    units = table[table["kind"] == "postcode"].sample(5_000, random_state=4)
    outcode, incode = units["name"].str.slice(0, -4), units["name"].str.slice(-3)
    truth = units.geometry.reset_index(drop=True)
    typed = {
        "postcode": outcode.str.lower() + incode,
        "sector": outcode + " " + incode.str.slice(0, 1) + "**",
        "outcode": outcode,
    }
    for level, texts in typed.items():
        found = locate_postcodes(texts.reset_index(drop=True), table)
        assert (found["location_level"] == level).all()
        assert (found.geometry.distance(truth) <= found["uncertainty_m"]).mean() >= 0.95
    hidden = table[~table["name"].isin(units["name"])]
    found = locate_postcodes(units["name"].reset_index(drop=True), hidden)
    assert set(found["location_level"]) <= {"sector", "outcode"}
    assert (found.geometry.distance(truth) <= found["uncertainty_m"]).mean() >= 0.95


@pytest.mark.real_data
def test_published_look_up_gives_homes_their_lsoa(real_data):
    folder = real_data / "uk_postcodes"
    lookup = next(folder.glob("postcode_oa_lsoa_*.csv.gz"))
    table, facts = read(folder, areas=lookup, postcode_areas=["CF"])
    assert facts["area_columns"] == "lsoa11cd"
    units = table[table["kind"] == "postcode"]
    assert units["area_code"].notna().mean() > 0.95
    assert units["area_code"].dropna().str.fullmatch(r"[EW]01\d{6}").all()
