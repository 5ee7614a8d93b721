"""Free text: precision before recall, homes never on the map, ambiguity said."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hotspot as hs
from hotspot.errors import ConfigError, CRSError
from hotspot.locate.phrases import normalise
from hotspot.schema import LOCATION_LEVELS

ROWS = [
    ("The Black Lion", "venue", 318_500, 176_500, "W1"),
    ("Red Dragon", "venue", 310_000, 170_000, "W2"),
    ("Red Dragon", "venue", 330_000, 180_000, "W3"),
    ("Kings Head", "venue", 318_000, 176_000, "W4"),
    ("King's Head Inn", "venue", 318_100, 176_000, "W4"),
    ("Commercial Road", "street", 329_900, 180_100, "W3"),
    ("Crown", "venue", 300_000, 170_000, "W5"),
    ("CF10 1AA", "postcode", 318_284, 176_230, "W6"),
    ("CF10 1", "sector", 318_300, 176_300, None),
    ("CF10", "outcode", 318_400, 176_400, None),
    ("T10", "venue", 300_000, 160_000, None),
    ("Studio 54", "venue", 305_000, 165_000, "W7"),
    ("Splott", "locality", 320_000, 176_000, None),
    ("Saint Mary Street", "street", 318_200, 176_100, "W1"),
]


@pytest.fixture(scope="module")
def gazetteer():
    table = pd.DataFrame(ROWS, columns=["name", "kind", "x", "y", "area"])
    return hs.read_gazetteer(table, name="name", kind="kind", easting="x", northing="y", area_code="area")


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Black Lion", "venue"),
        ("o/s the BLACK LION pub", "venue"),
        ("blck lion", "venue"),
        ("Blak Lion.", "venue"),
        ("fight in Black Lion car park", "venue"),
        ("Black Lion / Black Lion", "venue"),
        ("kings head", "venue"),
        ("commercial rd", "street"),
        ("St. Mary St", "street"),
        ("splott", "locality"),
        ("crown", "venue"),
        ("Red Dragon", "ambiguous"),
        ("Red Dragon, Commercial Road", "venue"),
        ("studio 54", "venue"),
        ("studio 55", "none"),
        ("crown jewels shop near", "none"),
        ("10 past 5", "none"),
        ("street", "none"),
        ("town centre", "none"),
        ("- -", "none"),
        ("na", "none"),
        ("N/A", "none"),
        ("UNK", "none"),
        ("", "none"),
        ("in the street", "none"),
        ("high st", "none"),
        ("public house", "none"),
        ("nursing home", "none"),
        ("cf101aa", "postcode"),
        ("12 Any Road CF10 1AA", "postcode"),
        ("near cf10 1", "sector"),
        ("CF10", "outcode"),
        ("Black Lion CF10", "venue"),
        ("Red Dragon CF10", "outcode"),
        ("hospital", "hospital"),
        ("A&E", "hospital"),
        ("ward 5", "hospital"),
        ("home", "home"),
        ("pts home", "home"),
        ("Patient's home", "home"),
        ("own flat", "home"),
        ("friend's house", "home"),
        ("home home", "home"),
        ("home CF10 1AA", "home"),
        ("pts home cf101aa", "home"),
        ("at home, 12 Oak Rd", "home"),
        ("own flat CF10 1", "home"),
        ("Home Bargains", "none"),
        ("flat 3", "none"),
        ("at home address", "home"),
        ("outside patients own home", "home"),
        ("patient assaulted at partners flat CF10 1AA", "home"),
    ],
)
def test_levels(gazetteer, text, level):
    found = hs.locate_text(pd.Series([text]), gazetteer).iloc[0]
    assert found["location_level"] == level
    assert (found.geometry is None) == (level in {"none", "ambiguous", "home", "hospital"})
    assert np.isnan(found["uncertainty_m"]) == (found.geometry is None)


def test_the_place_the_radius_and_the_area(gazetteer):
    texts = pd.Series(
        ["Black Lion", "commercial road", "kings head", "Red Dragon", "home CF10 1AA", None], index=list("abcdef")
    )
    found = hs.locate_text(texts, gazetteer)
    assert found.index.tolist() == list("abcdef")
    assert found["uncertainty_m"].fillna(-1).tolist() == [25, 150, 100, -1, -1, -1]
    assert found["area_code"].fillna("-").tolist() == ["W1", "W3", "W4", "-", "W6", "-"]
    assert (found.geometry["a"].x, found.geometry["a"].y) == (318_500, 176_500)
    assert found["location_confidence"]["a"] == 0.99


def test_exact_beats_inside_beats_misspelt_in_confidence(gazetteer):
    found = hs.locate_text(pd.Series(["Black Lion", "row at Black Lion with Bob", "Blck Lion"]), gazetteer)
    assert (np.diff(found["location_confidence"]) < 0).all()
    assert found["location_method"].tolist() == ["exact name", "name in text", "misspelt name"]


def test_the_hospital_nearby_decides_between_places_of_one_name(gazetteer):
    found = hs.locate_text(pd.Series(["Red Dragon"]), gazetteer, near=(329_000, 179_000)).iloc[0]
    assert (found.geometry.x, found["area_code"]) == (330_000, "W3")
    assert found["location_confidence"] < 1
    far = hs.locate_text(pd.Series(["Red Dragon"]), gazetteer, near=(500_000, 100_000)).iloc[0]
    assert (far["location_level"], far["location_method"]) == ("none", "no match")  # nothing within 50 km


def test_a_higher_score_asks_for_better_spelling(gazetteer):
    loose = hs.locate_text(pd.Series(["Blck Lion"]), gazetteer, min_score=85)["location_level"].tolist()
    strict = hs.locate_text(pd.Series(["Blck Lion"]), gazetteer, min_score=100)["location_level"].tolist()
    assert (loose, strict) == (["venue"], ["none"])


def test_without_a_gazetteer_only_phrases_are_told_apart():
    found = hs.locate_text(pd.Series(["Black Lion", "pts home", "A&E"]), None)
    assert found["location_level"].tolist() == ["none", "home", "hospital"]
    assert found.geometry.isna().all()


def test_the_note_counts_and_shows_no_text(gazetteer):
    with hs.recording() as notes:
        hs.locate_text(pd.Series(["Black Lion", "Jane Example at 3 Oak Road", "Black Lion"]), gazetteer)
    facts = notes[-1].facts
    assert facts["levels"] == {"none": 1, "venue": 2}
    assert (facts["texts"], facts["distinct"]) == (3, 2)
    assert "Jane" not in str(notes[-1])


@pytest.mark.parametrize("score", [20, 101])
def test_a_score_out_of_range_is_refused(gazetteer, score):
    with pytest.raises(ConfigError, match="min_score"):
        hs.locate_text(pd.Series(["x"]), gazetteer, min_score=score)


def test_a_gazetteer_in_degrees_is_refused(gazetteer):
    with pytest.raises(CRSError, match="gazetteer"):
        hs.locate_text(pd.Series(["x"]), gazetteer.to_crs(4326))


@settings(max_examples=120, deadline=None)
@given(texts=st.lists(st.one_of(st.text(max_size=20), st.sampled_from([row[0] for row in ROWS])), max_size=5))
def test_any_text_gets_a_known_level(gazetteer, texts):
    found = hs.locate_text(pd.Series(pd.array(texts, dtype="str")), gazetteer)
    assert set(found["location_level"]) <= set(LOCATION_LEVELS)
    assert len(found) == len(texts)
    assert isinstance(found, gpd.GeoDataFrame)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("PT'S  home", "pts home"),
        ("o/s St. Mary's Rd", "outside saint marys road"),
        ("High St", "high street"),
        ("Café @ the Sq", "cafe at the square"),
        ("home home", "home"),
        ("a&e dept", "emergency dept"),
        ("", ""),
    ],
)
def test_normal_form(text, form):
    assert normalise(text) in {form, form.replace("pts", "patients")}


@given(st.text(max_size=30))
def test_the_normal_form_is_lower_case_words(text):
    form = normalise(text)
    assert form == " ".join(form.split())
    assert form == form.casefold() or not form.isascii()
