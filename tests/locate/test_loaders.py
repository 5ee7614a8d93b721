"""Gazetteers of the Ordnance Survey and of OpenStreetMap: streets have their extent, other things are left out."""

from __future__ import annotations

import json
import zipfile

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, Polygon

import hotspot as hs
from hotspot.errors import ConfigError, CRSError, InputError


def open_names_row(name, kind, local, x, y, *, box=None, other="", town=""):
    row = [""] * 34
    row[2], row[4], row[6], row[7], row[8], row[9] = name, other, kind, local, str(x), str(y)
    row[12:16] = [str(value) for value in box] if box else [""] * 4
    row[18], row[21] = town, "Cardiff"
    return ",".join(row)


ROWS = [
    open_names_row(
        "High Street", "transportNetwork", "Named Road", 318100, 176050, box=(317800, 175650, 318400, 176450)
    ),
    open_names_row(
        "Cardiff", "populatedPlace", "City", 318000, 176000, box=(310000, 170000, 326000, 182000), other="Caerdydd"
    ),
    open_names_row("CF10 1AA", "other", "Postcode", 318284, 176230),
    open_names_row("Splott School", "other", "Primary Education", 320000, 176000, town="Splott"),
    open_names_row("Royal Infirmary", "other", "Hospital", 319000, 176500),
    open_names_row("River Taff", "hydrography", "Inland Water", 318000, 175000),
    open_names_row("Leeds", "populatedPlace", "City", 430000, 433000),
    open_names_row("Nowhere", "populatedPlace", "Village", "", ""),
]


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "opname_csv_gb.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("Data/ST16.csv", "\ufeff" + "\n".join(ROWS) + "\n")
        file.writestr("Doc/OS_Open_Names_Header.csv", "ID,NAMES_URI,NAME1" + 31 * ",X")
    return path


def test_open_names_bring_kinds_extents_and_second_names(archive):
    with hs.recording() as notes:
        places = hs.read_os_open_names(archive)
    assert dict(zip(places["name"], places["kind"], strict=True)) == {
        "High Street": "street", "Cardiff": "locality", "CF10 1AA": "postcode", "Splott School": "venue",
        "Royal Infirmary": "hospital", "Leeds": "locality",
    }  # fmt: skip
    assert places.set_index("name")["uncertainty_m"].round().to_dict() == {
        "High Street": 500, "Cardiff": 10_000, "CF10 1AA": 75, "Splott School": 25, "Royal Infirmary": 25,
        "Leeds": 2_000,
    }  # fmt: skip
    assert places.set_index("name")["locality"]["Splott School"] == "Splott"
    assert places.crs.to_epsg() == 27700
    assert (notes[-1].facts["files"], notes[-1].facts["read"], notes[-1].facts["kept"]) == (1, 8, 6)
    found = hs.locate_text(pd.Series(["caerdydd", "high st", "cf10 1aa"]), places)
    assert found["location_level"].tolist() == ["locality", "street", "postcode"]


def test_open_names_come_from_a_folder_and_inside_a_box(archive, tmp_path):
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
    whole = hs.read_os_open_names(folder)
    pd.testing.assert_frame_equal(whole, hs.read_os_open_names(archive))
    box = hs.read_os_open_names(folder, within=(300_000, 160_000, 330_000, 190_000), postcodes=False)
    assert sorted(box["name"]) == ["Cardiff", "High Street", "Royal Infirmary", "Splott School"]


@pytest.mark.parametrize("content", ["a,b,c\n1,2,3\n", "", "ID,NAMES_URI\n"])
def test_other_tables_are_no_open_names(tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="gazetteer"):
        hs.read_os_open_names(path)


def test_a_box_the_wrong_way_round_and_a_broken_archive_are_refused(archive, tmp_path):
    with pytest.raises(ConfigError, match="within"):
        hs.read_os_open_names(archive, within=(5, 5, 1, 9))
    broken = tmp_path / "broken.zip"
    broken.write_bytes(archive.read_bytes()[:-30])
    with pytest.raises(InputError):
        hs.read_os_open_names(broken)
    with pytest.raises(InputError, match="not there"):
        hs.read_os_open_names(tmp_path / "absent.zip")


def things():
    metric = gpd.GeoDataFrame(
        {
            "name": [*["High Street"] * 3, "Red Lion", "The Park", "Splott", None, "Mast", "Care"],
            "highway": ["primary", "primary", "primary", None, None, None, "service", None, None],
            "amenity": [None, None, None, "pub", None, None, None, None, "hospital"],
            "leisure": [None, None, None, None, "park", None, None, None, None],
            "place": [None, None, None, None, None, "suburb", None, None, None],
            "brand": [None, None, None, "Wetherspoon", None, None, None, None, None],
            "addr:street": [None, None, None, "High Street", None, None, None, None, None],
        },
        geometry=[
            LineString([(318000, 176000), (318200, 176000)]), LineString([(318200, 176000), (318600, 176000)]),
            LineString([(325000, 176000), (325100, 176000)]), Point(318100, 176020),
            Polygon([(319000, 176000), (319400, 176000), (319400, 176300), (319000, 176300)]), Point(320000, 176000),
            LineString([(1, 1), (2, 2)]), Point(318000, 170000), Point(317000, 175000),
        ],
        crs=27700,
    )  # fmt: skip
    return metric.to_crs(4326)


def test_pieces_of_a_street_become_one_and_outlines_their_middle():
    places = hs.read_osm_places(things())
    streets = places[places["kind"] == "street"].sort_values("uncertainty_m")
    assert streets["uncertainty_m"].round().tolist() == [50, 300]
    assert streets.geometry.x.round().tolist() == [325_050, 318_300]
    park = places[places["name"] == "The Park"].iloc[0]
    assert (park["kind"], round(park["uncertainty_m"])) == ("venue", 250)
    assert sorted(places["kind"]) == ["hospital", "locality", "street", "street", "venue", "venue"]
    found = hs.locate_text(pd.Series(["spoons", "red lion high st"]), places)
    assert found["location_level"].tolist() == ["venue", "venue"]


@pytest.mark.parametrize("name", ["extract.geojson", "extract.gpkg", "extract.fgb"])
def test_an_extract_reads_the_same_from_each_format(tmp_path, name):
    things().to_file(tmp_path / name)
    expected, found = hs.read_osm_places(things()), hs.read_osm_places(tmp_path / name)
    key = ["name", "uncertainty_m"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(found.sort_values(key)[["name", "kind", "street"]]).reset_index(drop=True),
        pd.DataFrame(expected.sort_values(key)[["name", "kind", "street"]]).reset_index(drop=True),
    )


def test_packed_tags_are_read(tmp_path):
    packed = gpd.GeoDataFrame(
        {
            "name": ["Old Mill", "Big Inn"],
            "other_tags": ['"amenity"=>"pub","alt_name"=>"The Mill"', '{"tourism": "hotel"}'],
        },
        geometry=[Point(-3.2, 51.5), Point(-3.1, 51.5)],
        crs=4326,
    )
    places = hs.read_osm_places(packed)
    assert places["kind"].tolist() == ["venue", "venue"]
    assert places["aliases"].fillna("").tolist() == ["The Mill", ""]


def test_addresses_other_formats_and_nameless_things_are_refused(tmp_path):
    linked = {"type": "FeatureCollection", "crs": {"type": "link", "properties": {"href": "x"}}, "features": []}
    path = tmp_path / "linked.geojson"
    path.write_text(json.dumps(linked), encoding="utf-8")
    with pytest.raises(CRSError, match="address"):
        hs.read_osm_places(path)
    (tmp_path / "x.osm").write_text("<osm/>", encoding="utf-8")
    with pytest.raises(InputError, match="GeoJSON"):
        hs.read_osm_places(tmp_path / "x.osm")
    with pytest.raises(InputError, match="none of"):
        hs.read_osm_places(things().assign(name=None))


def test_gazetteers_are_put_together_by_concatenation(archive):
    both = pd.concat([hs.read_os_open_names(archive), hs.read_osm_places(things())], ignore_index=True)
    found = hs.locate_text(pd.Series(["red lion", "splott school", "high st"]), both)
    assert found["location_level"].tolist()[:2] == ["venue", "venue"]
