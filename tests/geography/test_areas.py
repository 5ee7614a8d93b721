"""Reading areas: every format, every refusal, and what is chosen automatically."""

from __future__ import annotations

import gzip
import json
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, MultiPolygon, Polygon, box, force_3d

from hotspot.errors import ConfigError, CRSError, HotspotWarning, InputError
from hotspot.geography import read_areas
from hotspot.record import recording

EAST, NORTH = 530_000, 180_000

FORMATS = {
    "areas.gpkg": {"driver": "GPKG"},
    "areas.geojson": {"driver": "GeoJSON"},
    "areas.shp": {"driver": "ESRI Shapefile"},
    "areas.fgb": {"driver": "FlatGeobuf"},
}


def write(frame, folder, name):
    file = folder / name
    if name.endswith(".parquet"):
        frame.to_parquet(file)
    else:
        frame.to_file(file, **FORMATS[name])
    return file


@pytest.mark.parametrize("name", [*FORMATS, "areas.parquet"])
def test_every_format_gives_the_same_areas(layer, tmp_path, name):
    file = write(layer if name != "areas.geojson" else layer.to_crs(4326), tmp_path, name)
    found = read_areas(file, code="code", name="label", population="people")
    assert found.index.name == "area_code"
    assert found["name"].to_dict() == {"A": "a", "B": "b", "C": "c", "D": "d"}
    assert found["population"].to_dict() == {"A": 100, "B": 200, "C": 300, "D": 400}
    assert found.crs.to_epsg() == 27700
    assert found.area.to_numpy() == pytest.approx(np.full(4, 1e6), rel=1e-5)


@pytest.mark.parametrize("name", ["areas.gpkg", "areas.geojson", "areas.fgb", "areas.parquet"])
def test_the_format_is_told_by_content_not_by_name(layer, tmp_path, name):
    file = write(layer.to_crs(4326), tmp_path, name)
    renamed = file.rename(tmp_path / "areas.dat")
    assert len(read_areas(renamed, code="code")) == 4


def test_topojson_is_read_as_degrees(tmp_path):
    ring = [[0, 0], [10_000, 0], [0, 10_000], [-10_000, 0], [0, -10_000]]
    topology = {
        "type": "Topology",
        "transform": {"scale": [1e-6, 1e-6], "translate": [-0.1, 51.5]},
        "objects": {"x": {"type": "GeometryCollection", "geometries": [
            {"type": "Polygon", "arcs": [[0]], "properties": {"code": "A"}}]}},
        "arcs": [ring],
    }  # fmt: skip
    file = tmp_path / "areas.json"
    file.write_text(json.dumps(topology))
    assert read_areas(file, code="code").crs.to_epsg() == 27700


def test_patterns_and_lists_are_read_in_order(layer, tmp_path):
    for i in range(4):
        layer.iloc[[3 - i]].to_file(tmp_path / f"part{i}.gpkg")
    assert read_areas(str(tmp_path / "part?.gpkg"), code="code").index.to_list() == ["D", "C", "B", "A"]
    files = [tmp_path / "part3.gpkg", tmp_path / "part2.gpkg"]
    assert read_areas(files, code="code").index.to_list() == ["A", "B"]


def test_files_are_hashed_and_counted(layer, tmp_path):
    file = write(layer, tmp_path, "areas.gpkg")
    with recording() as notes:
        read_areas(file, code="code")
    facts = notes[-1].facts
    assert (facts["read"], facts["kept"], facts["repaired"], facts["crs"]) == (4, 4, 0, "EPSG:27700")
    assert facts["files"][0]["name"] == "areas.gpkg"
    assert len(facts["files"][0]["sha256"]) == 64
    assert json.dumps(facts)


@pytest.mark.parametrize("name", [*FORMATS, "areas.parquet"])
def test_a_truncated_file_is_refused_by_name(layer, tmp_path, name):
    file = write(layer, tmp_path, name)
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * 0.7)])
    with pytest.raises(InputError, match=name):
        read_areas(file, code="code")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04 zip", "damaged"),
        (b"<OGRVRTDataSource/>", "is not a"),
        (b'{"type": "Point"}', "neither a GeoJSON"),
        (b"[1, 2]", "is not a"),
        (b"code,WKT\nA,POINT (1 1)", "is not a"),
    ],
)
def test_other_files_are_refused(tmp_path, content, told):
    file = tmp_path / "areas.gpkg"
    file.write_bytes(content)
    with pytest.raises(InputError, match=told):
        read_areas(file, code="code")


@pytest.mark.parametrize(
    "path", ["https://example.org/a.gpkg", "/vsizip/a.zip", "nowhere.gpkg", "no*where.gpkg", [], 3]
)
def test_addresses_and_absent_files_are_refused(path):
    with pytest.raises(InputError, match="path"):
        read_areas(path, code="code")


def test_a_folder_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(InputError, match="pattern"):
        read_areas(tmp_path, code="code")


def test_one_of_several_layers_must_be_named(layer, tmp_path):
    file = tmp_path / "areas.gpkg"
    layer.to_file(file, layer="fine")
    layer.iloc[:2].to_file(file, layer="coarse")
    with pytest.raises(InputError, match="2 layers"):
        read_areas(file, code="code")
    assert len(read_areas(file, code="code", layer="coarse")) == 2
    with pytest.raises(InputError, match="no layer"):
        read_areas(file, code="code", layer="wards")


def test_missing_columns_are_named_with_the_nearest(layer, tmp_path):
    file = write(layer, tmp_path, "areas.gpkg")
    with pytest.raises(InputError, match=r"2 column.*'peopel'.*'people'"):
        read_areas(file, code="cod", population="peopel")


def test_codes_become_text(layer):
    layer["code"] = [1.0, 2.0, 3.0, 4.0]
    assert read_areas(layer, code="code").index.to_list() == ["1", "2", "3", "4"]
    layer["code"] = [" A ", "B", "C", "D"]
    assert read_areas(layer, code="code").index[0] == "A"


def test_missing_and_repeated_codes_are_refused(layer):
    layer["code"] = ["A", None, "C", " "]
    with pytest.raises(InputError, match=r"2 area.*row 2"):
        read_areas(layer, code="code")
    layer["code"] = ["A", "B", "B", "D"]
    with pytest.raises(InputError, match=r"more than once.*B"):
        read_areas(layer, code="code")


def test_a_missing_reference_system_is_refused(layer, tmp_path):
    with pytest.raises(CRSError, match="no coordinate reference system"):
        read_areas(layer.set_crs(None, allow_override=True), code="code")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        layer.set_crs(None, allow_override=True).to_file(tmp_path / "areas.shp")
        layer.set_crs(None, allow_override=True).to_file(tmp_path / "areas.gpkg")
    with pytest.raises(InputError, match=r"lacks \.prj"):
        read_areas(tmp_path / "areas.shp", code="code")
    with pytest.raises(CRSError, match="no coordinate reference system"):
        read_areas(tmp_path / "areas.gpkg", code="code")


def test_metres_that_say_degrees_are_refused(layer, tmp_path):
    file = tmp_path / "areas.geojson"
    bare = json.loads(layer.to_json(drop_id=True))
    bare.pop("crs", None)
    file.write_text(json.dumps(bare))
    with pytest.raises(CRSError, match="not degrees"):
        read_areas(file, code="code")


def test_the_reference_system_is_chosen_or_taken(layer):
    assert read_areas(layer.to_crs(4326), code="code").crs.to_epsg() == 27700
    memphis = gpd.GeoDataFrame({"code": ["A"]}, geometry=[box(-90.1, 35.1, -90.0, 35.2)], crs=4326)
    assert read_areas(memphis, code="code").crs.to_epsg() == 32615 + (memphis.total_bounds[0] > -90)
    assert read_areas(layer, code="code", crs=32630).crs.to_epsg() == 32630
    with pytest.raises(CRSError, match="degrees"):
        read_areas(layer, code="code", crs=4326)
    with pytest.raises(CRSError, match="not metres"):
        read_areas(layer, code="code", crs=2263)
    with pytest.raises(CRSError, match="crs"):
        read_areas(layer, code="code", crs="nonsense")


def test_an_invalid_polygon_is_repaired_and_said(layer):
    spike = Polygon([(EAST, NORTH), (EAST + 1000, NORTH), (EAST + 1000, NORTH + 1000), (EAST + 1000, NORTH + 1500),
                     (EAST + 1000, NORTH + 1000), (EAST, NORTH + 1000)])  # fmt: skip
    layer.loc[0, "geometry"] = spike
    assert not spike.is_valid
    with recording() as notes, pytest.warns(HotspotWarning, match=r"1 invalid polygon.*A"):
        found = read_areas(layer, code="code")
    assert notes[-1].facts["repaired"] == 1
    assert notes[-1].facts["repaired_codes"] == ["A"]
    assert found.is_valid.all()
    assert set(found.geom_type) == {"Polygon"}
    assert layer.geometry.iloc[0] is spike


def test_a_bow_tie_is_refused(layer):
    layer.loc[0, "geometry"] = Polygon(
        [(EAST, NORTH), (EAST + 900, NORTH + 900), (EAST + 900, NORTH), (EAST, NORTH + 900)]
    )
    with pytest.raises(InputError, match=r"0\.1 %"):
        read_areas(layer, code="code")


def test_areas_of_several_nations_are_warned_of(layer):
    layer["code"] = ["E01000001", "W01000001", "S01006506", "95AA01S1"]
    told = r"England and Wales 2, Scotland 1, Northern Ireland 1\)"
    with pytest.warns(HotspotWarning, match=told):
        read_areas(layer, code="code")
    layer["code"] = ["E01000001", "W01000001", "South", "North"]
    assert len(read_areas(layer, code="code")) == 4


def test_heights_are_dropped(layer):
    found = read_areas(layer.set_geometry(force_3d(layer.geometry.to_numpy(), 7.0)), code="code")
    assert not found.has_z.any()


def test_what_is_no_polygon_is_refused_all_at_once(layer):
    layer.loc[1, "geometry"] = None
    layer.loc[2, "geometry"] = LineString([(0, 0), (1, 1)])
    layer.loc[3, "geometry"] = MultiPolygon()
    with pytest.raises(InputError, match=r"2 without a geometry.*row 2.*1 that are no polygons.*row 3"):
        read_areas(layer, code="code")
    with pytest.raises(InputError, match="no areas"):
        read_areas(layer.iloc[:0], code="code")


def test_overlapping_areas_are_refused_with_their_codes(layer):
    layer.loc[1, "geometry"] = box(EAST + 900, NORTH, EAST + 2000, NORTH + 1000)
    with pytest.raises(InputError, match=r"1 pair.*A and B"):
        read_areas(layer, code="code")


def test_an_area_inside_another_and_a_copy_are_overlaps(layer):
    layer.loc[1, "geometry"] = box(EAST + 100, NORTH + 100, EAST + 500, NORTH + 500)
    with pytest.raises(InputError, match="A and B"):
        read_areas(layer, code="code")
    layer.loc[1, "geometry"] = layer.geometry[3]
    with pytest.raises(InputError, match="B and D"):
        read_areas(layer, code="code")


def test_a_sliver_is_tolerated_and_counted(layer):
    layer.loc[1, "geometry"] = box(EAST + 999.5, NORTH, EAST + 2000, NORTH + 1000)
    with recording() as notes:
        read_areas(layer, code="code")
    assert notes[-1].facts["overlaps_tolerated"] == 1


def test_population_from_a_table_in_any_encoding(layer, tmp_path):
    text = "Naïve code;Größe\nA;1,100\nB;n/a\nA;1,100\nC;0\nZ;9\n"
    for name, content in (
        ("a.csv", text.encode("cp1252")),
        ("b.csv", text.encode("utf-8-sig")),
        ("c.csv.gz", gzip.compress(text.encode())),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        with recording() as notes:
            found = read_areas(layer, code="code", population=(file, "Naïve code", "Größe"))
        assert found["population"].dtype == "Int64"
        assert found["population"].fillna(-1).to_list() == [1100, -1, 0, -1]
        assert notes[-1].facts["population_missing"] == 2
        assert notes[-1].facts["files"][0]["name"] == name
    file = tmp_path / "d.parquet"
    pd.DataFrame({"c": ["A", "B", "C", "D"], "n": [1, 2, 3, 4]}).to_parquet(file)
    assert read_areas(layer, code="code", population=(file, "c", "n"))["population"].sum() == 10


def test_population_from_a_series(layer):
    people = pd.Series([5.5, 6.0], index=["B", "A"])
    found = read_areas(layer, code="code", population=people)["population"]
    assert found.iloc[:2].to_list() == [6.0, 5.5]
    assert found.iloc[2:].isna().all()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("c,n\nA,1\nA,2\n", "different values"),
        ("c,n\nA,many\n", "no number of people"),
        ("c,n\nA,-1\n", "no number of people"),
        ("c,n\nY,1\nZ,2\n", "none of its codes"),
        ("c,n\n", "no rows"),
        ("c,n\nA,1,2\n", "do not have"),
        ("c,x\nA,1\n", "missing"),
        ("c,n,n\nA,1,2\n", "more than once"),
        ("c,n\nA,\0\n", "NUL"),
        ('c,n\nA,"1\n', "quotation mark"),
    ],
)
def test_a_bad_population_table_is_refused(layer, tmp_path, text, told):
    file = tmp_path / "people.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=told) as caught:
        read_areas(layer, code="code", population=(file, "c", "n"))
    assert str(tmp_path) not in str(caught.value)


def test_a_bad_population_argument_is_refused(layer, tmp_path):
    with pytest.raises(ConfigError, match="population"):
        read_areas(layer, code="code", population=7)
    with pytest.raises(InputError, match="not there"):
        read_areas(layer, code="code", population=(tmp_path / "x.csv", "c", "n"))
    broken = tmp_path / "x.csv.gz"
    broken.write_bytes(gzip.compress(b"c,n\nA,1\n" * 99)[:-20])
    with pytest.raises(InputError, match="damaged"):
        read_areas(layer, code="code", population=(broken, "c", "n"))


def test_the_input_is_not_changed(layer):
    before = layer.copy()
    read_areas(layer, code="code", name="label", population="people", parent="label")
    pd.testing.assert_frame_equal(layer, before)


def test_an_index_may_hold_the_code(areas):
    assert read_areas(areas, code="area_code").index.to_list() == list("ABCD")


def test_parents_are_text(lay):
    found = read_areas(lay("AB", up=[7, 8]), code="code", parent="up")
    assert found["parent"].to_list() == ["7", "8"]
    assert list(found.columns) == ["parent", "geometry"]


@pytest.mark.real_data
def test_surrey_has_709_areas_with_people(real_data):
    table = (real_data / "ew_humaniverse/converted/population20_lsoa11.csv.gz", "lsoa11_code", "total_population")
    with pytest.warns(HotspotWarning, match="2 invalid"):
        found = read_areas(
            str(real_data / "ew_boundaries_uk_geojson/lsoa/E070002*.json"),
            code="LSOA11CD",
            name="LSOA11NM",
            population=table,
        )
    assert len(found) == 709
    assert found["population"].notna().all()


@pytest.mark.real_data
def test_cardiff_topojson(real_data):
    found = read_areas(real_data / "ew_boundaries_uk_geojson/topo_lsoa_W06000015_Cardiff.json", code="LSOA11CD")
    assert len(found) == 214
    assert found.crs.to_epsg() == 27700
