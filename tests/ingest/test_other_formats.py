"""Spatial files, JSON in its variants, and text without a mark of its encoding."""

from __future__ import annotations

import contextlib
import json
import sqlite3

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyogrio
import pytest
from pyarrow import parquet

import hotspot as hs
from hotspot.errors import CRSError, InputError
from hotspot.ingest.whole_table import read_table

MAPPING = {
    "name": "fire",
    "label": "Synthetic",
    "health": False,
    "columns": {
        "occurred_from": "when",
        "category": "kind",
        "longitude": "geometry longitude",
        "latitude": "geometry latitude",
    },
    "required": ["occurred_from", "place"],
    "category": {"map": {"a": "assault"}, "default": "other"},
}
EASTINGS, NORTHINGS = [531350.0, 318500.0, 600123.4], [195850.0, 176500.0, 300456.7]


def read(path, mapping=MAPPING):
    with hs.recording() as notes:
        frame = hs.read_incidents(path, source=mapping)
    facts = dict(next(note for note in notes if note.step == "read_incidents").facts)
    assert facts["read"] == facts["kept"] + sum(facts.get("rejected", {}).values())
    return frame, facts


def points(crs=27700, keep=3):
    table = {
        "when": ["2024-01-05 13:45", "2024-01-06 10:00", "2024-01-07 11:00"][:keep],
        "kind": ["a", "b", "a"][:keep],
    }
    geometry = gpd.points_from_xy(EASTINGS[:keep], NORTHINGS[:keep])
    return gpd.GeoDataFrame(table, geometry=geometry, crs=27700).to_crs(crs)


def write_gpkg(path, frame, layer="calls", mode="w"):
    pyogrio.write_dataframe(frame, path, layer=layer, driver="GPKG", append=mode == "a")
    return path


@pytest.mark.parametrize("crs", [27700, 4326, 3857])
def test_points_of_a_geopackage_are_mapped_whatever_their_system(tmp_path, crs):
    frame, facts = read(write_gpkg(tmp_path / "a.gpkg", points(crs)))
    assert facts["files"][0]["layer"] == "calls"
    assert frame.crs.to_epsg() == 27700
    assert frame.geometry.x.tolist() == pytest.approx(EASTINGS, abs=0.01)
    assert frame.geometry.y.tolist() == pytest.approx(NORTHINGS, abs=0.01)


@pytest.mark.parametrize("crs", [27700, 4326])
def test_points_of_geoparquet_are_mapped_whatever_their_system(tmp_path, crs):
    points(crs).to_parquet(tmp_path / "a.parquet")
    frame, _ = read(tmp_path / "a.parquet")
    assert frame.geometry.x.tolist() == pytest.approx(EASTINGS, abs=0.01)
    assert list(read_table(tmp_path / "a.parquet").frame.columns)[-2:] == ["geometry longitude", "geometry latitude"]


def test_points_of_geojson_are_mapped_and_what_is_no_point_has_no_place(tmp_path):
    document = json.loads(points(4326).to_json())
    document["features"][1]["geometry"] = {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}
    (tmp_path / "a.geojson").write_text(json.dumps(document))
    frame, facts = read(tmp_path / "a.geojson")
    assert facts["unlocatable"] == 1
    assert frame.geometry.iloc[2].x == pytest.approx(EASTINGS[2], abs=0.01)
    document["crs"] = {"type": "link", "properties": {"href": "https://example.org/crs"}}
    (tmp_path / "a.geojson").write_text(json.dumps(document))
    with pytest.raises(InputError, match="reference system that is no name"):
        read(tmp_path / "a.geojson")


def test_points_without_a_system_are_refused_where_they_are_mapped(tmp_path):
    with pytest.warns(UserWarning, match="'crs' was not provided"):  # said by the writer
        path = write_gpkg(tmp_path / "a.gpkg", points().set_crs(None, allow_override=True))
    with pytest.raises(CRSError, match="no coordinate reference system"):
        read(path)


def test_a_geopackage_with_several_layers_needs_the_name_of_one(tmp_path):
    path = write_gpkg(tmp_path / "a.gpkg", points())
    write_gpkg(path, points(keep=1), "more", mode="a")
    with pytest.raises(InputError, match=r"2 layers \('calls', 'more'\).*\[files\] layer"):
        read(path)
    assert len(read(path, MAPPING | {"files": {"layer": "more"}})[0]) == 1
    with pytest.raises(InputError, match="no layer 'mor'"):
        read(path, MAPPING | {"files": {"layer": "mor"}})


def test_a_file_never_leads_to_another_file(tmp_path):
    (tmp_path / "secret.csv").write_text("when,kind\n2024-01-05,a\n")
    layer = '<OGRVRTLayer name="x"><SrcDataSource>secret.csv</SrcDataSource></OGRVRTLayer>'
    (tmp_path / "a.gpkg").write_text(f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>")
    with pytest.raises(InputError, match="XML, which is not read"):
        read(tmp_path / "a.gpkg")
    path = write_gpkg(tmp_path / "b.gpkg", points())
    assert len(read(path)[0]) == 3
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "INSERT INTO sqlite_master VALUES ('table', 'outside', 'outside', 0, "
            "'CREATE VIRTUAL TABLE outside USING VirtualOGR(''secret.csv'') -- using rtree(')"
        )
        database.commit()
    with pytest.raises(InputError, match="virtual table"):
        read(path)


def test_damaged_and_other_databases_are_refused(tmp_path):
    path = write_gpkg(tmp_path / "a.gpkg", points())
    content = path.read_bytes()
    (tmp_path / "half.gpkg").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"damaged or incomplete GeoPackage|breaks off"):
        read(tmp_path / "half.gpkg")
    with contextlib.closing(sqlite3.connect(tmp_path / "b.sqlite")) as database:
        database.execute("CREATE TABLE t (a)")
        database.commit()
    with pytest.raises(InputError, match="no GeoPackage"):
        read(tmp_path / "b.sqlite")


RECORDS = [{"when": "2024-01-05", "kind": "a", "code": "W1"}, {"when": "2024-01-06", "kind": None, "code": "W2"}]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(RECORDS),
        "\n".join(json.dumps(record) for record in RECORDS) + "\n",
        json.dumps({"meta": {"made": "today"}, "count": 2, "empty": [], "results": RECORDS}, indent=1),
    ],
    ids=["list", "lines", "one list in an object"],
)
def test_json_is_read_in_the_shapes_that_systems_export(tmp_path, text):
    columns = {"occurred_from": "when", "category": "kind", "area_code": "code"}
    (tmp_path / "a.json").write_text(text)
    frame, facts = read(tmp_path / "a.json", MAPPING | {"columns": columns, "required": ["occurred_from"]})
    assert frame["area_code"].tolist() == ["W1", "W2"]
    assert facts["files"][0]["kind"] == "json"


def test_two_lists_in_one_object_are_not_chosen_from(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"old": RECORDS, "new": RECORDS}))
    with pytest.raises(InputError, match=r"it holds 2 \(old, new\)"):
        read(tmp_path / "a.json")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("stated", [False, True])
def test_text_is_decoded_with_and_without_a_mark(tmp_path, encoding, delimiter, stated):
    lines = [["when", "kind", "code"], ["2024-01-05 13:45", "café “bar”", "W1"], ["2024-01-06 10:00", "a", "W2"]]
    text = "\r\n".join(delimiter.join(line) for line in lines) + "\r\n"
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    columns = {"occurred_from": "when", "category": "kind", "area_code": "code"}
    label = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(encoding, encoding)
    files = {"encoding": label, "delimiter": delimiter} if stated else {}
    mapping = MAPPING | {"columns": columns, "required": ["occurred_from"], "files": files}
    mapping |= {"category": {"map": {"café “bar”": "assault"}, "default": "other"}}
    frame, facts = read(tmp_path / "a.txt", mapping)
    assert frame["category"].tolist() == ["assault", "other"]
    assert facts["files"][0]["encoding"].removesuffix("-sig") == label
    assert facts["files"][0]["delimiter"] == delimiter


@pytest.mark.real_data
def test_a_real_workbook_gives_the_counts_of_its_csv_twin(real_data):
    folder = real_data / "london_ward_profiles"
    twins = [
        hs.read_area_counts(
            folder / f"ward-profiles-excel-version.{kind}",
            code="New code", source="ambulance", rate="Rate of All Ambulance Incidents per 1,000 population - 2014",
        )
        for kind in ("xls", "csv")
    ]  # fmt: skip
    common = twins[0].index.intersection(twins[1].index)
    assert len(common) > 650
    pd.testing.assert_frame_equal(twins[0].loc[common], twins[1].loc[common], atol=1)


@pytest.mark.real_data
def test_a_real_geopackage_of_points_is_read(real_data):
    table = read_table(real_data / "ew_humaniverse" / "converted" / "points_hospitals22.gpkg")
    assert table.kind == "gpkg"
    longitude = table.frame["geometry longitude"].astype(float)
    assert len(table.frame) == 1061
    assert longitude.between(-6.5, 1.9).all()


def test_a_value_that_is_no_date_is_counted_and_never_quoted(tmp_path, caplog):
    frame = points().assign(when=pd.to_datetime(["2024-01-05 13:45", "2024-01-06 10:00", "2024-01-07 11:00"]))
    path = write_gpkg(tmp_path / "a.gpkg", frame)
    with contextlib.closing(sqlite3.connect(path)) as database:
        for name in [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]:
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE calls SET [when] = 'Jane Canary 943 476 5919' WHERE fid = 2")
        database.commit()
    caplog.set_level(0)
    with pytest.warns(hs.HotspotWarning) as caught:
        result, facts = read(path)
    messages = [str(warning.message) for warning in caught]
    assert any("'a.gpkg' holds 1 value(s) in columns of dates that are no dates" in message for message in messages)
    assert facts["without_time"] == 1
    assert "Canary" not in " ".join([*messages, caplog.text, repr(facts), result.to_csv()])


@pytest.mark.parametrize("stated", [1, 2**40])
def test_a_geopackage_that_states_a_wrong_number_of_features_is_refused(tmp_path, stated):
    path = write_gpkg(tmp_path / "a.gpkg", points())
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE gpkg_ogr_contents SET feature_count = ?", (stated,))
        database.commit()
    with pytest.raises(InputError, match="holds 3"):
        read(path)


@pytest.mark.parametrize(
    "calculated",
    [
        (
            "CREATE VIEW calls AS SELECT x AS fid, NULL AS geom, 'z' AS [when], 'a' AS kind FROM "
            "(WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c)"
        ),
        (
            "CREATE TABLE calls (fid INTEGER PRIMARY KEY, geom BLOB, [when] TEXT, "
            "kind TEXT GENERATED ALWAYS AS (hex(zeroblob(400000000))) VIRTUAL)"
        ),
    ],
    ids=["view without end", "calculated column"],
)
def test_a_layer_that_the_file_calculates_is_refused_before_it_runs(tmp_path, calculated):
    path = write_gpkg(tmp_path / "a.gpkg", points())
    with contextlib.closing(sqlite3.connect(path)) as database:
        for name in [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]:
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("DROP TABLE calls")
        database.execute(calculated)
        database.commit()
    with pytest.raises(InputError, match="calculated by the file itself"):
        read(path)


def test_a_schema_that_is_not_utf_8_is_a_damaged_file(tmp_path):
    path = write_gpkg(tmp_path / "a.gpkg", points())
    content = path.read_bytes()
    path.write_bytes(content.replace(b"CREATE TABLE gpkg_contents", b"CREATE TABLE gpkg_\xf7ontents"))
    with pytest.raises(InputError, match="damaged or incomplete"):
        read(path)


def test_text_cut_inside_an_emoji_loses_that_letter_only(tmp_path):
    text = r'[{"when": "2024-01-05", "kind": "a", "code": "\ud83d"}, {"when": "2024-01-06", "kind": "a", "code": "x"}]'
    mapping = MAPPING | {
        "columns": {"occurred_from": "when", "category": "kind", "provider": "code"},
        "required": ["occurred_from"],
    }
    (tmp_path / "a.json").write_text(text)
    assert read(tmp_path / "a.json", mapping)[0]["provider"].tolist() == ["\ufffd", "x"]
    (tmp_path / "a.json").write_text(text.replace(r"\ud83d", r"\ud83d\ude00 \\ud83d"))
    assert read(tmp_path / "a.json", mapping)[0]["provider"].iloc[0] == "\U0001f600 \\ud83d"
    (tmp_path / "b.json").write_text(text.replace('"x"', r'"x", "\udc00": 1'))
    assert len(read(tmp_path / "b.json", mapping)[0]) == 2


def test_a_coordinate_of_hundreds_of_digits_is_no_place(tmp_path):
    document = json.loads(points(4326).to_json())
    document["features"][1]["geometry"]["coordinates"] = [int("1" * 400), 51]
    (tmp_path / "a.geojson").write_text(json.dumps(document))
    assert read(tmp_path / "a.geojson")[1]["unlocatable"] == 1


@pytest.mark.parametrize(
    "when",
    [pa.array([2**31 - 1] * 3, pa.date32()), pa.array([10**9] * 3, pa.timestamp("s", tz="Mars/Base"))],
    ids=["year 5 million", "unknown zone"],
)
def test_a_parquet_column_that_pandas_cannot_hold_is_named(tmp_path, when):
    table = pa.table({"when": when, "kind": ["a"] * 3, "code": ["W1"] * 3})
    parquet.write_table(table, tmp_path / "a.parquet")
    mapping = MAPPING | {"columns": {"occurred_from": "when", "category": "kind", "area_code": "code"}}
    with pytest.raises(InputError, match=r"column 'when' holds .* cannot be read"):
        read(tmp_path / "a.parquet", mapping)


def test_a_parquet_file_with_two_columns_of_one_name_is_refused(tmp_path):
    table = pa.table([pa.array(["x"])] * 3, names=["when", "kind", "when"])
    parquet.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(InputError, match="more than one column named 'when'"):
        read_table(tmp_path / "a.parquet")
