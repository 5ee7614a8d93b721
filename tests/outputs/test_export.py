"""GIS files and tables hold what is published, with its marking, and read back as they were written."""

from __future__ import annotations

import csv
import io
import itertools
import json
import sqlite3
from contextlib import closing

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest

import hotspot as hs
from hotspot.errors import ConfigError, DisclosureError, OutputError
from hotspot.outputs.export import safe_csv

FORMATS = [".gpkg", ".geojson", ".csv", ".parquet"]
RESTRICTED = hs.DisclosurePolicy.restricted(reason="tasking panel of May", handling="panel only")


def analyse(areas):
    return hs.incidence_rate(areas, of="n_ed").add_suffix("_ed").assign(moran_label_ed="High-High")


@pytest.fixture
def small(squares):
    """Give four areas: hidden, shown, not covered and 0, with names that are none of our doing."""
    return squares(
        4,
        name=["=cmd|'/c calc'!A1", 'Über "Ash", 2', "-Elm", "Fir"],
        population=[1_500_000, 1_600, 1_700, 1_800],
        n_ed=pd.array([3, 12, None, 0], "Int64"),
    )


@pytest.fixture
def release(small):
    """Release them for sharing."""
    about = {"title": "Violence", "period": "2025", "caveats": ["one", "two"], "method": ["three"]}
    return hs.release(small, analyse=analyse, about=about)


def read(file):
    return gpd.read_parquet(file) if file.suffix == ".parquet" else gpd.read_file(file, layer=0)


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".parquet"])
def test_figures_read_back_and_hidden_ones_are_absent(release, tmp_path, suffix):
    file = hs.export(release, tmp_path / f"areas{suffix}")
    areas = read(file).set_index("area_code")
    assert areas.index.tolist() == ["X00", "X01", "X02", "X03"]
    assert areas["n_ed"].astype("Float64").tolist() == [pd.NA, 10, pd.NA, 0]
    assert areas["moran_label_ed"].tolist() == ["Suppressed", "High-High", "High-High", "High-High"]
    assert areas["rate_ed"].isna().tolist() == [True, False, True, False]
    assert areas.loc["X01", "rate_ed"] == 10 / 1_600 * 1_000
    assert areas["name"].tolist() == release.areas["name"].tolist()


def test_the_geopackage_keeps_the_projected_system_and_the_texts(release, tmp_path):
    file = hs.export(release, tmp_path / "areas.gpkg")
    assert gpd.list_layers(file)["name"].tolist() == ["areas", "metadata"]
    areas = gpd.read_file(file, layer="areas")
    assert areas.crs == release.areas.crs
    assert areas.geometry.geom_equals(release.areas.geometry.reset_index(drop=True)).all()
    with closing(sqlite3.connect(file)) as database:
        texts = dict(database.execute("SELECT item, value FROM metadata"))
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert texts["title"] == "Violence"
    assert texts["caveats"] == "one\ntwo"
    assert texts["statement"] == release.statement
    assert texts["policy"] == str(release.policy)


def test_geojson_is_in_degrees_and_anticlockwise(release, tmp_path):
    content = json.loads(hs.export(release, tmp_path / "areas.geojson").read_text(encoding="utf-8"))
    assert "crs" not in content
    assert content["features"][0]["properties"]["n_ed"] is None
    west, south, east, north = release.areas.to_crs(4326).total_bounds
    for feature in content["features"]:
        ring = feature["geometry"]["coordinates"][0]
        assert all(west - 1e-6 <= x <= east + 1e-6 and south - 1e-6 <= y <= north + 1e-6 for x, y in ring)
        assert sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring)) > 0


def test_parquet_keeps_types_and_checks_its_pages(release, tmp_path):
    file = hs.export(release, tmp_path / "areas.parquet")
    areas = gpd.read_parquet(file)
    assert areas["n_ed"].dtype == "Int64"
    assert areas.crs == release.areas.crs
    raw = bytearray(file.read_bytes())
    first = pq.ParquetFile(file).metadata.row_group(0).column(0)
    raw[first.data_page_offset + first.total_compressed_size - 3] ^= 1
    file.write_bytes(raw)
    with pytest.raises(OSError, match=r"(?i)crc|checksum"):
        pq.read_table(file, page_checksum_verification=True)


def test_csv_stars_what_is_hidden_and_keeps_numbers_as_numbers(release, tmp_path):
    file = hs.export(release, tmp_path / "areas.csv")
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    assert [row["n_ed"] for row in rows] == ["*", "10", "", "0"]
    assert [row["rate_ed"] for row in rows] == ["*", "6.25", "", "0"]
    assert [row["population"] for row in rows] == ["1500000", "1600", "1700", "1800"]
    assert "marking" not in rows[0]


def test_no_text_in_csv_can_be_a_formula(release, tmp_path):
    rows = list(csv.DictReader(io.StringIO(hs.export(release, tmp_path / "a.csv").read_text(encoding="utf-8-sig"))))
    assert [row["name"] for row in rows] == ["'=cmd|'/c calc'!A1", 'Über "Ash", 2', "'-Elm", "Fir"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_every_start_of_a_formula_is_disarmed_in_cells_index_and_header(tmp_path, start):
    text = f"{start}1+1"
    table = pd.DataFrame({text: [text], "kind": pd.Categorical([text])}, index=pd.Index([text], name="code"))
    safe_csv(table, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.reader(handle))
    # A carriage return is written as a line feed, which the writer quotes.
    kept = f"'{text}".replace("\r", "\n")
    assert rows == [["code", kept, "kind"], [kept] * 3]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-3, "-3"),
        (-2.5, "-2.5"),
        (1_234_567.0, "1234567"),
        (1e12, "1000000000000"),
        (1e-5, "0.00001"),
        (1 / 3, "0.3333333333"),
    ],
)
def test_numbers_are_written_in_full_and_never_with_an_exponent(tmp_path, value, written):
    for dtype in (type(value), object):
        safe_csv(pd.DataFrame({"v": pd.Series([value], dtype=dtype)}), tmp_path / "a.csv")
        assert (tmp_path / "a.csv").read_text(encoding="utf-8-sig").splitlines()[1] == f"0,{written}"


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_restricted_file_carries_its_marking_and_reason(small, tmp_path, suffix):
    release = hs.release(small, analyse=analyse, policy=RESTRICTED)
    file = hs.export(release, tmp_path / f"areas{suffix}")
    content = file.read_bytes() if suffix != ".parquet" else pq.read_schema(file).metadata[b"hotspot"]
    for text in (b"OFFICIAL-SENSITIVE", b"NOT DISCLOSURE-CONTROLLED", b"tasking panel of May"):
        assert text in content


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_release_gives_the_same_bytes(release, tmp_path, suffix):
    files = [
        hs.export(release, folder / f"areas{suffix}")
        for folder in (tmp_path / "a", tmp_path / "b")
        if not folder.mkdir()
    ]
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_a_frame_carries_beside_its_columns_is_not_written(small, tmp_path, suffix):
    small.attrs["exact"] = "count 987654321"
    small["name"].attrs["exact"] = "count 987654321"
    file = hs.export(hs.release(small), tmp_path / f"areas{suffix}")
    assert b"987654321" not in file.read_bytes()


@pytest.mark.parametrize("name", ["areas.shp", "areas.xlsx", "areas", "areas.gpkg.zip"])
def test_another_format_is_refused(release, tmp_path, name):
    with pytest.raises(ConfigError, match=r"is not a format hotspot writes\. Use \.gpkg"):
        hs.export(release, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_the_ending_may_be_in_capitals(release, tmp_path):
    assert hs.export(release, tmp_path / "AREAS.CSV").is_file()


@pytest.mark.parametrize("suffix", FORMATS)
def test_only_a_release_is_written(small, tmp_path, suffix):
    with pytest.raises(DisclosureError, match="GeoDataFrame is no release"):
        hs.export(small, tmp_path / f"areas{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_of_the_gis_driver_is_told_and_leaves_nothing(release, tmp_path, monkeypatch):
    def fail(*_arguments, **_options):
        raise pyogrio.errors.DataSourceError("disk full")

    monkeypatch.setattr(gpd.GeoDataFrame, "to_file", fail)
    with pytest.raises(OutputError, match=r"'areas.gpkg' cannot be written by the GIS driver"):
        hs.export(release, tmp_path / "areas.gpkg")
    assert list(tmp_path.iterdir()) == []
