"""Bad areas: items 71 to 83 of the catalogue of bad input that no other test holds to their outcome."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, Point

import hotspot as hs
from hotspot.errors import CRSError, HotspotWarning, InputError


def test_73_a_point_on_the_edge_of_two_areas_counts_once(lay):
    areas = hs.read_areas(lay("ABCD"), code="code")
    west, south, _, _ = areas.total_bounds
    edges = [Point(west + 1_000, south + step) for step in range(0, 2_001, 100)]
    incidents = gpd.GeoDataFrame(
        {"source": "police"}, geometry=edges, crs=27700, index=[f"p{i}" for i in range(len(edges))]
    )
    counts = hs.count_incidents(incidents, areas)
    assert counts["n_police"].sum() == len(edges) - 1  # the uppermost lies on the outer edge, which is nobody's


def test_76_areas_without_a_shape_are_refused(lay):
    layer = lay("ABCD")
    layer.loc[[1, 2], "geometry"] = None
    with pytest.raises(InputError, match="2"):
        hs.read_areas(layer, code="code")


def test_78_codes_of_another_year_are_refused_when_none_fits_and_warned_of_when_some_do(lay):
    areas = hs.read_areas(lay(["E01000001", "E01000002", "E01000003", "E01000004"]), code="code")
    of = {"n_ed": pd.array([1, 2], dtype="Int64")}
    with pytest.raises(InputError, match=r"none of 2 codes .* Check the kind and year"):
        hs.join_counts(areas, pd.DataFrame(of, index=["E01033001", "E01033002"]))
    with pytest.warns(HotspotWarning, match=r"1 of 2 codes .* with 2 records .* convert_vintage"):
        hs.join_counts(areas, pd.DataFrame(of, index=["E01000001", "E01033002"]))


def test_79_spaces_and_small_letters_in_codes_do_not_lose_rows(lay):
    areas = hs.read_areas(lay(["E01000001", "E01000002", "E01000003", "E01000004"]), code="code")
    table = pd.DataFrame({"when": "2023-05-06", "lsoa": [" e01000001", "E01000001 ", "E01000002"], "what": "assault"})
    mapping = {
        "name": "ed", "label": "Synthetic", "health": True, "columns": {"occurred_from": "when", "area_code": "lsoa"},
        "category": {"value": "assault"},
    }  # fmt: skip
    counts = hs.count_incidents(hs.read_incidents(table, source=mapping), areas)
    assert counts["n_ed"].tolist() == [2, 1, 0, 0]


@pytest.mark.parametrize("shape", [Point(530_500, 180_500), LineString([(530_000, 180_000), (531_000, 181_000)])])
def test_80_points_and_lines_are_no_areas(lay, shape):
    layer = lay("ABCD")
    layer.loc[0, "geometry"] = shape
    with pytest.raises(InputError, match="polygon"):
        hs.read_areas(layer, code="code")


def test_82_degrees_are_never_taken_for_metres(lay):
    degrees = lay("ABCD").to_crs(4326).set_index("code")
    incidents = gpd.GeoDataFrame({"source": ["police"]}, geometry=[Point(-0.1, 51.5)], crs=4326, index=["p"])
    with pytest.raises(CRSError, match="counts in degrees"):
        hs.count_incidents(incidents, degrees)
    with pytest.raises(CRSError, match="counts in degrees"):
        hs.kernel_density(incidents, bandwidth=300, cell_size=100)


@pytest.mark.parametrize("part", [".shx", ".dbf", ".prj"])
def test_92_a_shapefile_without_its_parts_is_refused_naming_them(lay, tmp_path, part):
    lay("ABCD").to_file(tmp_path / "areas.shp")
    (tmp_path / f"areas{part}").unlink()
    with pytest.raises(InputError, match=rf"'areas.shp' lacks \{part}"):
        hs.read_areas(tmp_path / "areas.shp", code="code")


def _geopackage(folder, statement):
    import sqlite3

    import geopandas as gpd
    from shapely import box

    path = folder / "areas.gpkg"
    shapes = [box(1000 * i, 0, 1000 * i + 1000, 1000) for i in range(9)]
    gpd.GeoDataFrame({"code": [f"A{i}" for i in range(9)]}, geometry=shapes, crs=27700).to_file(path, layer="a")
    with sqlite3.connect(path) as database:
        database.executescript(statement)
    database.close()
    return path


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE gpkg_ogr_contents SET feature_count = 2", "states 2 features in layer 'a' and holds 9"),
        ("UPDATE gpkg_ogr_contents SET feature_count = 99999999999", "states 99,999,999,999 features"),
        (
            """DROP TABLE a; CREATE VIEW a AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)
            SELECT x AS fid, NULL AS geom, 'z' AS code FROM c""",
            "is calculated by the file itself",
        ),
    ],
)
def test_a_geopackage_that_misstates_or_calculates_its_features_is_refused(tmp_path, statement, message):
    path = _geopackage(tmp_path, statement)
    with pytest.raises(InputError, match=message):
        hs.read_areas(path, code="code")
    with pytest.raises(InputError, match=message):
        hs.read_osm_places(path)
