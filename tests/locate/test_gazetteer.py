"""The gazetteer: coordinates in one of two ways, known kinds, no silent loss."""

from __future__ import annotations

import gzip

import pandas as pd
import pytest

import hotspot as hs
from hotspot.errors import ConfigError, InputError

TABLE = pd.DataFrame({"pub": ["A Inn", "B Inn", ""], "lon": [-3.17, -3.18, -3.19], "lat": [51.48, 51.49, 51.5]})


def test_degrees_become_metres_and_losses_are_noted():
    with hs.recording() as notes:
        places = hs.read_gazetteer(TABLE, name="pub", longitude="lon", latitude="lat")
    assert places.crs.to_epsg() == 27700
    assert places["kind"].tolist() == ["venue", "venue"]
    assert notes[-1].facts["without_name_or_place"] == 1
    assert places.geometry.x.between(318_000, 320_000).all()


def test_places_elsewhere_get_their_utm_zone_and_a_stated_system_wins():
    there = TABLE.assign(lon=-122.3, lat=47.6)
    assert hs.read_gazetteer(there, name="pub", longitude="lon", latitude="lat").crs.to_epsg() == 32610
    assert hs.read_gazetteer(TABLE, name="pub", longitude="lon", latitude="lat", crs=32630).crs.to_epsg() == 32630


@pytest.mark.parametrize(("text", "suffix"), [("pub,lon,lat\nA,-3,51\n", "csv"), ("pub\tlon\tlat\nA\t-3\t51\n", "tsv")])
@pytest.mark.parametrize("packed", [False, True])
def test_files_are_read_by_their_content(tmp_path, text, suffix, packed):
    path = tmp_path / f"places.{suffix}"
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    assert len(hs.read_gazetteer(path, name="pub", longitude="lon", latitude="lat")) == 1


def test_one_level_for_all_or_a_column_of_levels():
    codes = hs.read_gazetteer(TABLE, name="pub", longitude="lon", latitude="lat", kind="postcode")
    assert set(codes["kind"]) == {"postcode"}
    mixed = TABLE.assign(what=["street", "Venue ", "street"], area=["e01 ", "", "E02"])
    places = hs.read_gazetteer(mixed, name="pub", longitude="lon", latitude="lat", kind="what", area_code="area")
    assert places["kind"].tolist() == ["street", "venue"]
    types = hs.read_gazetteer(mixed.assign(what="pub"), name="pub", longitude="lon", latitude="lat", kind="what")
    assert set(types["kind"]) == {"venue"}
    with pytest.raises(ConfigError, match="Did you mean 'street'"):
        hs.read_gazetteer(mixed.assign(what="stret"), name="pub", longitude="lon", latitude="lat", kind="what")
    assert places["area_code"].fillna("-").tolist() == ["E01", "-"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, ConfigError, "either longitude and latitude"),
        ({"longitude": "lon"}, ConfigError, "either longitude and latitude"),
        ({"longitude": "lon", "latitude": "lat", "easting": "lon", "northing": "lat"}, ConfigError, "either longitude"),
        ({"longitude": "long", "latitude": "lat"}, InputError, "Did you mean 'lon'"),
        ({"easting": "lon", "northing": "lat"}, InputError, "look like degrees"),
        ({"longitude": "lon", "latitude": "lat", "crs": 4326}, InputError, "metres"),
        ({"longitude": "lon", "latitude": "lat", "crs": "x"}, InputError, "no known reference system"),
    ],
)
def test_what_does_not_fit_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        hs.read_gazetteer(TABLE, name="pub", **options)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "empty or not a table"), (b"<html>", "not a table"), (b"\x1f\x8bxx", "cannot be read")],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, content, message):
    path = tmp_path / "places.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        hs.read_gazetteer(path, name="pub", longitude="lon", latitude="lat")
    with pytest.raises(InputError, match="is not there"):
        hs.read_gazetteer(tmp_path / "other.csv", name="pub", longitude="lon", latitude="lat")


def test_places_without_coordinates_only_are_refused():
    with pytest.raises(InputError, match="none of 3 places"):
        hs.read_gazetteer(TABLE.assign(lon=""), name="pub", longitude="lon", latitude="lat")
