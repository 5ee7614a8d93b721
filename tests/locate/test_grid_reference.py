"""Grid references: the squares of the National Grid, checked by their arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspot.locate import read_grid_references

LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"


def write(easting, northing, digits):
    """Write a reference the slow way, from the definition of the grid."""
    east, north = easting // 100_000 + 10, northing // 100_000 + 5
    first = LETTERS[(4 - north // 5) * 5 + east // 5]
    second = LETTERS[(4 - north % 5) * 5 + east % 5]
    return first + second + f"{easting % 100_000:05d}"[:digits] + f"{northing % 100_000:05d}"[:digits]


@given(st.integers(0, 699_999), st.integers(0, 1_299_999), st.integers(0, 5))
def test_a_reference_leads_back_to_its_square(easting, northing, digits):
    found = read_grid_references([write(easting, northing, digits)]).iloc[0]
    size = 10 ** (5 - digits)
    assert found["easting"] == easting // size * size + size / 2
    assert found["northing"] == northing // size * size + size / 2
    assert found["uncertainty_m"] == pytest.approx(size / 2**0.5)


@pytest.mark.parametrize(
    ("text", "east", "north"),
    [
        ("NN 166 712", 216_650, 771_250),
        ("tq 3 8", 535_000, 185_000),
        ("SV0000", 500, 500),
        ("HP6718", 467_500, 1_218_500),
    ],
)
def test_known_squares(text, east, north):
    assert read_grid_references([text]).iloc[0][["easting", "northing"]].tolist() == [east, north]


@pytest.mark.parametrize(
    "text", ["", "home", "TQ123", "T", "TQ12345678901", "TI12", "AA1234", "J123456", "51.5,-0.1", "nan"]
)
def test_what_is_no_reference_has_no_square(text):
    found = read_grid_references([text])
    assert found[["easting", "northing", "uncertainty_m"]].isna().all().all()
    assert found["location_level"].tolist() == ["none"]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("TQ", "none"),
        ("TQ 38", "locality"),
        ("TQ 3080", "sector"),
        ("TQ 300 804", "street"),
        ("TQ 3000 8040", "point"),
        ("TQ 30000 80400", "point"),
    ],
)
def test_the_level_follows_the_size_of_the_square(text, level):
    assert read_grid_references([text])["location_level"].tolist() == [level]
