"""Fetching boundaries and lookups page by page, whatever the service does."""

from __future__ import annotations

import json

import pytest

import hotspot as hs
from hotspot.errors import ConfigError, FetchError, InputError
from hotspot.fetch import SERVICES, Transport, fetch_boundaries, fetch_lookup, search_services

LSOA = SERVICES["lsoa-2021"].service
LOOKUP = SERVICES["lsoa11-lsoa21"].service


def square(number):
    x, y = -0.5 + 0.01 * number, 51.3
    ring = [[x, y], [x + 0.01, y], [x + 0.01, y + 0.01], [x, y + 0.01], [x, y]]
    return {
        "type": "Feature",
        "properties": {"FID": number, "LSOA21CD": f"E0100000{number}", "LSOA21NM": f"Ärea {number}"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


@pytest.fixture
def portal(server):
    """Give the server a layer of eight areas and a lookup of five rows, three records to a page."""
    server.services[LSOA] = [square(number) for number in range(8)]
    server.services[LOOKUP] = [
        {
            "type": "Feature",
            "properties": {"FID": n, "LSOA11CD": f"E{n}", "LSOA21CD": f"E{n}", "CHGIND": "U"},
            "geometry": None,
        }
        for n in range(5)
    ]
    return server


@pytest.fixture
def ask(portal, transport):
    return {"portal": portal.url, "transport": transport}


def query(name):
    return f"/{name}/FeatureServer/0/query"


def test_all_pages_become_one_file_that_is_read_at_once(portal, ask, tmp_path):
    got = fetch_boundaries("lsoa-2021", tmp_path, **ask)
    assert (got.records, got.fetched) == (8, True)
    assert got.path.name == "lsoa-2021.geojson"
    areas = hs.read_areas(got.path, code="LSOA21CD", name="LSOA21NM")
    assert len(areas) == 8
    assert areas["name"].iloc[0] == "Ärea 0"
    assert portal.asked[query(LSOA)] == 1 + 3  # the count and three pages
    assert not list(tmp_path.glob(".*pages"))
    record = json.loads((tmp_path / ".fetched.json").read_text())["files"]["lsoa-2021.geojson"]
    assert record["records"] == 8
    assert "Open Government Licence" in record["licence"]


def test_a_lookup_becomes_a_table(ask, tmp_path):
    got = fetch_lookup("lsoa11-lsoa21", tmp_path, **ask)
    assert got.path.read_text().splitlines()[:2] == ["FID,LSOA11CD,LSOA21CD,CHGIND", "0,E0,E0,U"]
    assert got.columns == ["FID", "LSOA11CD", "LSOA21CD", "CHGIND"]


def test_what_is_there_is_not_asked_for_again(portal, ask, tmp_path):
    fetch_boundaries("lsoa-2021", tmp_path, **ask)
    asked = portal.asked.total()
    again = fetch_boundaries("lsoa-2021", tmp_path, **ask)
    assert (again.fetched, again.records, again.columns[1]) == (False, 8, "LSOA21CD")
    assert portal.asked.total() == asked
    again.path.write_text("mine")
    with pytest.raises(InputError, match="was changed"):
        fetch_boundaries("lsoa-2021", tmp_path, **ask)


def test_a_run_that_broke_off_goes_on_with_the_next_page(portal, ask, tmp_path):
    portal.faults[query(LSOA)] = [None, None, None] + [("status", 500, {})] * 4
    with pytest.raises(FetchError, match="no answer in 4 tries"):
        fetch_boundaries("lsoa-2021", tmp_path, **ask)
    assert not (tmp_path / "lsoa-2021.geojson").exists()
    portal.asked.clear()
    assert fetch_boundaries("lsoa-2021", tmp_path, **ask).records == 8
    assert portal.asked[query(LSOA)] == 1 + 1  # the count and the page that was missing


def test_a_service_that_changed_meanwhile_is_begun_anew(portal, ask, tmp_path):
    portal.faults[query(LSOA)] = [None, None, None] + [("status", 500, {})] * 4
    with pytest.raises(FetchError):
        fetch_boundaries("lsoa-2021", tmp_path, **ask)
    portal.services[LSOA] = [square(number) for number in range(7)]
    portal.asked.clear()
    assert fetch_boundaries("lsoa-2021", tmp_path, **ask).records == 7
    assert portal.asked[query(LSOA)] == 1 + 3


def test_cut_answers_and_errors_under_status_200_are_tried_again(portal, ask, tmp_path, waits):
    portal.faults[query(LSOA)] = [None, "error", "cut", None, "error"]
    assert fetch_boundaries("lsoa-2021", tmp_path, **ask).records == 8
    assert len(waits) == 3


def test_a_busy_service_is_given_the_time_it_asks_for(portal, ask, tmp_path, waits):
    portal.faults[query(LSOA)] = [("status", 429, {"Retry-After": "9"})]
    assert fetch_boundaries("lsoa-2021", tmp_path, **ask).records == 8
    assert waits == [9.0]


def test_another_number_of_records_than_the_service_says_is_an_error(portal, ask, tmp_path):
    portal.faults[query(LSOA)] = ["count"]
    with pytest.raises(FetchError, match="has 9 records and gave 8"):
        fetch_boundaries("lsoa-2021", tmp_path, **ask)
    assert not (tmp_path / "lsoa-2021.geojson").exists()


def test_pages_that_overlap_are_an_error_and_not_areas_twice(portal, ask, tmp_path):
    portal.services[LSOA][4] = portal.services[LSOA][2]
    with pytest.raises(FetchError, match="has 8 records and gave 7 different ones"):
        fetch_boundaries("lsoa-2021", tmp_path, **ask)


def test_the_login_page_of_a_network_is_told(portal, ask, tmp_path):
    portal.faults[f"/{LSOA}/FeatureServer/0"] = [b"<html>Welcome to the hotel</html>"]
    with pytest.raises(FetchError, match="not JSON; it may be the login page"):
        fetch_boundaries("lsoa-2021", tmp_path, **ask)


def test_names_are_found_and_mistyped_ones_get_the_nearest(portal, ask, tmp_path):
    with pytest.raises(ConfigError, match="Did you mean 'lsoa-2021'"):
        fetch_boundaries("lsoa-2012", tmp_path, **ask)
    with pytest.raises(ConfigError, match="fetch it as lookup"):
        fetch_boundaries("lsoa11-lsoa21", tmp_path, **ask)
    with pytest.raises(ConfigError, match="not known"):
        fetch_boundaries("../../etc", tmp_path, **ask)
    assert portal.asked.total() == 0
    with pytest.raises(FetchError, match=r"error 400.*--online"):
        fetch_boundaries("Wards_of_nowhere", tmp_path, **ask)
    portal.services["Wards_of_somewhere"] = portal.services[LSOA]
    assert fetch_boundaries("Wards_of_somewhere", tmp_path, **ask).path.name == "wards-of-somewhere.geojson"


def test_todays_names_are_searched_by_words(portal, transport):
    found = search_services("lower 2021 bgc", portal=f"{portal.url}/services", transport=transport)
    assert found == [LSOA]
    everything = search_services("", portal=f"{portal.url}/services", transport=transport)
    assert everything == sorted([LSOA, LOOKUP])


def test_our_names_are_fit_for_files_and_services():
    for name, service in SERVICES.items():
        assert name.islower()
        assert service.kind in {"boundaries", "lookup"}
        assert service.code.isupper() or service.code[0].isupper()


def test_progress_says_how_far_it_is(portal, tmp_path):
    said = []
    fetch_boundaries(
        "lsoa-2021", tmp_path, portal=portal.url, transport=Transport(gap=0, pause=lambda _: None, progress=said.append)
    )
    assert "Fetching lsoa-2021: 8 of 8 records" in said
