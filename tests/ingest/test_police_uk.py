"""data.police.uk: its duplicates, its months, its missing places, its changing labels."""

from __future__ import annotations

import json
import zipfile

import geopandas as gpd
import pandas as pd
import pytest

import hotspot as hs
from hotspot.errors import HotspotWarning, InputError
from hotspot.schema import CATEGORIES

HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)
FORCE = "Surrey Police,Surrey Police"
PLACE = "-0.674140,50.965232,On or near Park,E01031478,Chichester 005A"


def row(crime_id="", month="2021-05", place=PLACE, kind="Anti-social behaviour", outcome=""):
    return f"{crime_id},{month},{FORCE},{place},{kind},{outcome},"


def write(folder, *rows, name="2021-05-surrey-street.csv"):
    path = folder / name
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def read(path, **options):
    with hs.recording() as notes:
        frame = hs.read_incidents(path, source="police_uk", **options)
    facts = dict(next(note for note in notes if note.step == "read_incidents").facts)
    assert facts["read"] == facts["kept"] + sum(facts["rejected"].values() if "rejected" in facts else [])
    assert facts["kept"] == len(frame) == facts["located"] + facts["unlocatable"]
    return frame, facts


def test_identical_antisocial_rows_without_an_id_all_stay(tmp_path):
    frame, facts = read(write(tmp_path, row(), row(), row()))
    assert len(frame) == 3
    assert facts["duplicates"] == 0
    assert frame["category"].unique().tolist() == ["antisocial_behaviour"]


@pytest.mark.parametrize("flip", [False, True])
def test_of_one_crime_id_the_row_with_an_outcome_stays(tmp_path, flip):
    pair = [row("a1", kind="Robbery"), row("a1", kind="Robbery", outcome="Local resolution")]
    frame, facts = read(write(tmp_path, *(pair[::-1] if flip else pair), row("a2", kind="Robbery")))
    assert facts["rejected"] == {"duplicate id": 1}
    assert frame.index.tolist() == (["police-000001", "police-000003"] if flip else ["police-000002", "police-000003"])


def test_rows_without_coordinates_are_kept_and_counted(tmp_path):
    frame, facts = read(write(tmp_path, row(), row(place=",,No Location,,")))
    assert facts["unlocatable"] == 1
    assert frame["location_level"].tolist() == ["street", "none"]
    assert frame.geometry.notna().tolist() == [True, False]
    assert frame["area_code"].isna().tolist() == [False, True]


def test_a_month_is_a_month_and_a_point_is_in_metres(tmp_path):
    frame, _ = read(write(tmp_path, row()))
    record = frame.iloc[0]
    assert record["occurred_from"] == pd.Timestamp("2021-05-01")
    assert record["occurred_to"] == pd.Timestamp("2021-06-01")
    assert (record["time_precision"], record["time_flag"]) == ("month", "ok")
    assert frame.crs.to_epsg() == 27700
    assert (round(record.geometry.x), round(record.geometry.y)) == (493202, 119260)
    assert record["uncertainty_m"] == 150
    assert record["provider"] == "Surrey Police"
    assert record["area_vintage"] == "2011"


def test_the_geography_changes_in_june_2023(tmp_path):
    frame, _ = read(write(tmp_path, row(month="2023-05"), row(month="2023-06")))
    assert frame["area_vintage"].tolist() == ["2011", "2021"]


@pytest.mark.parametrize(
    ("label", "month", "category"),
    [
        ("Violence and sexual offences", "2021-05", "violence_and_sexual_offences"),
        ("Violent crime", "2012-05", "violence_and_sexual_offences"),
        ("violent-crime", "2021-05", "violence_and_sexual_offences"),
        ("possession-of-weapons", "2021-05", "weapons"),
        ("criminal-damage-arson", "2021-05", "arson_criminal_damage"),
        ("Criminal damage and arson", "2012-05", "arson_criminal_damage"),
        ("Public disorder and weapons", "2012-05", "unknown"),
        ("  THEFT from the  person ", "2014-05", "theft"),
    ],
)
def test_crime_types_map_with_their_history(tmp_path, label, month, category):
    frame, facts = read(write(tmp_path, row("x", month=month, kind=label)))
    assert frame["category"].tolist() == [category]
    assert category in CATEGORIES
    assert "unmapped" not in facts


@pytest.mark.parametrize("label", ["Witchcraft", "Violent crime"])
def test_an_unknown_label_or_one_out_of_its_time_is_unknown_and_said(tmp_path, label):
    with pytest.warns(HotspotWarning, match=f"1 rows have a category label .*{label}"):
        frame, facts = read(write(tmp_path, row("x", kind=label), row("y", kind="Robbery")))
    assert frame["category"].tolist() == ["unknown", "robbery"]
    assert facts["unmapped"]["category"] == {"rows": 1, "labels": [label], "labels_not_shown": 0}


def test_a_series_across_the_change_of_labels_is_warned_of(tmp_path):
    with pytest.warns(HotspotWarning, match="2013-05"):
        read(write(tmp_path, row("x", "2013-04", kind="Robbery"), row("y", "2013-05", kind="Robbery")))


def test_a_file_a_glob_a_folder_an_archive_and_a_list_give_the_same(tmp_path):
    months = tmp_path / "data"
    for month in ("2021-05", "2021-06"):
        (months / month).mkdir(parents=True)
        write(months / month, row(month=month), row(f"id{month}", month=month), name=f"{month}-surrey-street.csv")
        (months / month / f"{month}-surrey-outcomes.csv").write_text("Crime ID\nx\n", encoding="utf-8")
    archive = tmp_path / "latest.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for file in sorted(months.rglob("*.csv")):
            target.write(file, file.relative_to(months))
    ways = [months, str(months / "*/*-street.csv"), archive, sorted(months.rglob("*-street.csv"))]
    frames = [read(way)[0] for way in ways]
    assert len(frames[0]) == 4
    for frame in frames[1:]:
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(frames[0]))


def reply(number, outcome=None, **changes):
    record = {
        "category": "violent-crime",
        "location_type": "Force",
        "context": "",
        "persistent_id": "",
        "id": number,
        "location": {"latitude": "51.457065", "longitude": "-0.194113", "street": {"id": 1, "name": "On or near"}},
        "location_subtype": "",
        "month": "2017-06",
        "outcome_status": None if outcome is None else {"category": outcome, "date": "2017-07"},
    }
    return record | changes


def test_replies_of_the_api_are_told_apart_by_their_id(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps([reply(1), reply(2, location_type="BTP")]), encoding="utf-8")
    (tmp_path / "b.json").write_text(
        json.dumps([reply(1, "Local resolution"), reply(3, location=None)]), encoding="utf-8"
    )
    (tmp_path / "c.json").write_text("[]", encoding="utf-8")
    frame, facts = read(tmp_path)
    assert facts["rejected"] == {"duplicate id": 1}
    assert facts["rejected_first"] == {"duplicate id": "a.json row 1"}
    assert frame["provider"].fillna("-").tolist() == ["British Transport Police", "-", "-"]
    assert frame.geometry.notna().tolist() == [True, True, False]
    assert [file["rows"] for file in facts["files"]] == [2, 2, 0]


def test_ids_that_are_text_here_and_numbers_there_are_compared_as_text(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps([reply(7), reply(8)]), encoding="utf-8")
    csv = write(tmp_path, row("8", "2017-06", kind="Robbery"))
    _, facts = read([tmp_path / "a.json", csv])
    assert facts["duplicates"] == 1


def test_a_period_leaves_rows_out_and_counts_them(tmp_path):
    frame, facts = read(write(tmp_path, *(row(month=f"2021-0{m}") for m in range(1, 7))), period=("2021-02", "2021-04"))
    assert facts["rejected"] == {"outside period": 3}
    assert frame["occurred_from"].dt.month.tolist() == [2, 3, 4]


def test_the_same_file_twice_is_refused(tmp_path):
    first, second = write(tmp_path, row()), write(tmp_path, row(), name="copy.csv")
    with pytest.raises(InputError, match="same file, byte for byte"):
        read([first, second])


def test_two_issues_of_one_month_are_refused(tmp_path):
    old = write(tmp_path, *(row(f"i{n}", kind="Robbery") for n in range(120)), name="a.csv")
    new = write(tmp_path, *(row(f"i{n}", kind="Robbery", outcome="x") for n in range(121)), name="b.csv")
    with pytest.raises(InputError, match="two issues of the same extract"):
        read([old, new])


def test_old_files_with_easting_and_northing_are_read(tmp_path):
    path = tmp_path / "2011-01-surrey-street.csv"
    path.write_text("Month,Reported by,Easting,Northing,Crime type\n2011-01,Surrey Police,493202,119260,Burglary\n")
    frame, _ = read(path)
    assert (frame.geometry.x.iloc[0], frame.geometry.y.iloc[0]) == (493202, 119260)


@pytest.mark.real_data
def test_surrey_thirteen_months(real_data):
    frame, facts = read(real_data / "police_uk_surrey")
    assert facts["read"] == 102_508
    assert len(facts["files"]) == 13
    assert 0.97 < facts["located"] / facts["kept"] < 0.985
    antisocial = frame[frame["category"] == "antisocial_behaviour"]
    assert len(antisocial) > 19_000
    assert antisocial.drop(columns="geometry").assign(x=antisocial.geometry.x).duplicated().sum() > 1_000
    assert "unknown" not in set(frame["category"])
    assert set(frame["area_vintage"].dropna()) == {"2011"}


@pytest.mark.real_data
def test_london_2017_by_parquet(real_data):
    frame, facts = read(real_data / "police_uk_london_api" / "london_wards_crimes_2017.parquet")
    assert facts["read"] == 810_425
    assert facts["rejected"] == {"duplicate id": 39_304}
    assert facts["duplicates"] / facts["read"] == pytest.approx(0.0485, abs=1e-4)
    assert (frame["provider"] == "British Transport Police").sum() == 16_356
    assert frame["area_code"].nunique() == 483
    assert isinstance(frame, gpd.GeoDataFrame)


@pytest.mark.real_data
def test_london_june_2017_by_api_replies(real_data, tmp_path):
    import tarfile

    with tarfile.open(real_data / "police_uk_london_api" / "raw" / "london_month_2017_06.json.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    frame, facts = read(tmp_path)
    assert facts["read"] == 69_234
    assert facts["duplicates"] == 3_410
    assert frame["occurred_from"].unique().tolist() == [pd.Timestamp("2017-06-01")]
