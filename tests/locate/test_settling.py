"""Names in one text settle one another; what stays open is said to be ambiguous."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hotspot as hs
from hotspot.locate.phrases import normalise

HOSPITAL = (318_000, 176_000)
ROWS = [
    # name, kind, x, y, street, locality, aliases, uncertainty
    ("The Moon Under Water", "venue", 318_000, 176_000, "High Street", None, "Wetherspoons", None),
    ("Wetherspoons", "venue", 330_000, 180_000, "Dock Road", "Newport", None, None),
    ("McDonald's", "venue", 318_500, 176_900, None, None, None, None),
    ("High Street", "street", 318_100, 176_050, None, None, None, 400),
    ("High Street", "street", 340_000, 190_000, None, None, None, 300),
    ("Station Road", "street", 318_300, 176_300, None, None, None, 300),
    ("Far Lane", "street", 325_000, 170_000, None, None, None, 150),
    ("Saint Marys Close", "street", 319_000, 177_000, None, None, None, None),
    ("Newport", "locality", 330_500, 180_500, None, None, None, 2_000),
    ("Leeds", "locality", 430_000, 433_000, None, None, None, 4_000),
    ("The Otter", "venue", 430_200, 433_100, None, None, None, None),
    ("Crown Hotel", "venue", 310_000, 170_000, None, None, None, None),
    ("The Crown", "venue", 325_000, 175_000, None, None, None, None),
    ("Twin Bar", "venue", 311_000, 171_000, None, None, None, None),
    ("Twin Bar", "venue", 311_300, 171_000, None, None, None, None),
    ("Queens Head", "venue", 312_000, 172_000, None, None, None, None),
    ("CF10 1AA", "postcode", 318_100, 176_100, None, None, None, None),
    ("CF10 1AB", "postcode", 318_300, 176_100, None, None, None, None),
    ("CF10 1AD", "postcode", 318_200, 176_200, None, None, None, None),
    ("General Hospital", "hospital", 317_000, 175_000, None, None, None, None),
    ("12XX BLOCK OF PINE ST", "street", 311_000, 190_000, None, None, None, None),
    ("13XX BLOCK OF PINE ST", "street", 311_100, 190_000, None, None, None, None),
    ("4 AV / PINE ST", "street", 311_150, 190_020, None, None, None, None),
    ("5XX BLOCK OF 4 AV", "street", 311_160, 190_150, None, None, None, None),
]
COLUMNS = ["name", "kind", "x", "y", "street", "locality", "aliases", "radius"]


def read(rows):
    return hs.read_gazetteer(
        pd.DataFrame(rows, columns=COLUMNS), name="name", kind="kind", easting="x", northing="y", street="street",
        locality="locality", aliases="aliases", uncertainty_m="radius",
    )  # fmt: skip


@pytest.fixture(scope="module")
def places():
    return read(ROWS)


def one(places, text, **options):
    return hs.locate_text(pd.Series([text]), places, **options).iloc[0]


@pytest.mark.parametrize(
    ("text", "level", "x"),
    [
        ("outside weatherspoons high st", "venue", 318_000),
        ("spoons, dock road", "venue", 330_000),
        ("spoons newport", "venue", 330_000),
        ("O/S maccies", "venue", 318_500),
        ("fight in maccy d's", "venue", 318_500),
        ("pts home 12 high st", "home", None),
        ("high st", "ambiguous", None),
        ("12 Station Rd", "street", 318_300),
        ("station rd", "street", 318_300),
        ("main road", "none", None),
        ("st marys close", "street", 319_000),
        ("upper station road", "none", None),
        ("king station road", "none", None),
        ("queens head lane", "none", None),
        ("quens head", "venue", 312_000),
        ("queens hed pub", "venue", 312_000),
        ("qeens haed", "venue", 312_000),
        ("kweens hed", "venue", 312_000),
        ("far lane / station road", "ambiguous", None),
        ("crown hotel", "venue", 310_000),
        ("twin bar", "locality", 311_000),
        ("CF10 1", "sector", 318_200),
        ("moon under water CF10 1", "venue", 318_000),
        ("queens head CF10 1", "sector", 318_200),
        ("transfer from somewhere infirmary", "hospital", None),
        ("1234 pine st", "street", 311_000),
        ("1300 BLOCK OF PINE ST", "street", 311_100),
        ("1425 Pine St", "street", 311_100),
        ("9900 Pine St", "ambiguous", None),
        ("Pine St / 4th Ave", "street", 311_150),
        ("5th Ave / Pine St", "ambiguous", None),
    ],
)
def test_what_a_text_means(places, text, level, x):
    found = one(places, text)
    assert found["location_level"] == level, found["location_method"]
    assert (None if found.geometry is None else found.geometry.x) == x


def test_two_streets_meet_inside_the_radius_of_both(places):
    found = one(places, "corner of high st and station rd")
    assert (found["location_level"], found["location_method"]) == ("street", "junction")
    for x, y, radius in ((318_100, 176_050, 400), (318_300, 176_300, 300)):
        assert np.hypot(found.geometry.x - x, found.geometry.y - y) <= radius
    assert found["uncertainty_m"] >= 300


def test_a_street_has_the_radius_of_its_extent(places):
    assert one(places, "station road")["uncertainty_m"] == 300


def test_the_next_block_has_a_wider_radius(places):
    radii = [one(places, text)["uncertainty_m"] for text in ("1310 pine st", "1410 pine st")]
    assert radii == [150, 270]


def test_a_town_in_the_text_brings_back_what_is_far_from_the_hospital(places):
    near = [one(places, text, near=HOSPITAL)["location_level"] for text in ("otter", "otter, leeds", "leeds")]
    assert near == ["none", "venue", "locality"]


def test_a_place_hardly_nearer_than_its_namesake_is_not_preferred():
    rows = [("Red Cow", "venue", 300_000 + away, 200_000, None, None, None, None) for away in (9_000, -12_000)]
    clear = [("Red Cow", "venue", 300_000 + away, 200_000, None, None, None, None) for away in (3_000, -12_000)]
    levels = [one(read(r), "red cow", near=(300_000, 200_000))["location_level"] for r in (rows, clear)]
    assert levels == ["ambiguous", "venue"]


def test_less_confident_answers_can_be_refused(places):
    texts = pd.Series(["queens head", "quens head", "pts home"])
    kept = hs.locate_text(texts, places, min_confidence=0.98)
    assert kept["location_level"].tolist() == ["venue", "none", "home"]
    assert kept["location_method"].str.endswith("below the least confidence").tolist() == [False, True, False]


def test_far_places_change_nothing_where_the_hospital_is_known(places):
    rng = np.random.default_rng(1)
    far = [
        (name, kind, 100_000 + x, 600_000 + y, None, None, None, None)
        for (name, kind, *_), (x, y) in zip(ROWS, rng.integers(0, 9_000, (len(ROWS), 2)), strict=True)
        if kind in {"venue", "street"} and "BLOCK" not in name
    ]
    texts = pd.Series([*(row[0] for row in ROWS), "quens head", "high st", "spoons", "otter"])
    both = read([*ROWS, *far])
    pd.testing.assert_frame_equal(
        hs.locate_text(texts, places, near=HOSPITAL), hs.locate_text(texts, both, near=HOSPITAL)
    )


WORDS = st.sampled_from(
    [
        *{word for row in ROWS for word in row[0].split()},
        "o/s",
        "quens",
        "12",
        "1234",
        "home",
        "/",
        ",",
        "st",
        "rd",
        "CF10",
    ]
)


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(st.lists(WORDS, max_size=6).map(" ".join), min_size=1, max_size=6, unique=True),
    order=st.permutations(range(len(ROWS))),
    data=st.data(),
)
def test_the_order_of_rows_and_texts_and_doubled_rows_change_nothing(places, texts, order, data):
    shuffled = places.iloc[order].reset_index(drop=True)
    doubled = pd.concat([shuffled, shuffled.iloc[: data.draw(st.integers(0, len(ROWS)))]], ignore_index=True)
    series = pd.Series(texts, dtype="str")
    turned = series.iloc[data.draw(st.permutations(range(len(texts))))]
    expected = hs.locate_text(series, places)
    for other in (shuffled, doubled):
        found = hs.locate_text(turned, other).loc[series.index]
        pd.testing.assert_frame_equal(found, expected)


@settings(max_examples=150, deadline=None)
@given(text=st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=9).map(" ".join)), near=st.booleans())
def test_no_text_fails_and_homes_have_no_point(places, text, near):
    found = one(places, text, near=HOSPITAL if near else None)
    placed = found.geometry is not None
    assert placed == (not np.isnan(found["uncertainty_m"]))
    assert not (placed and found["location_level"] in {"home", "hospital", "ambiguous", "none"})
    if "patients home" in normalise(text):
        assert found["location_level"] == "home"


def _naive(places, text):
    """Give the rows whose name, without *the*, is the text: a loop over all of them."""
    key = " ".join(word for word in normalise(text).split() if word != "the")
    return {
        row for row, name in enumerate(places["name"])
        if " ".join(word for word in normalise(name).split() if word != "the") == key
    }  # fmt: skip


def test_a_name_as_it_stands_is_found_as_a_plain_loop_finds_it(places):
    for name in places.loc[places["kind"].isin(["venue", "street"]), "name"]:
        if "BLOCK" in name or "/" in name:
            continue
        rows, found = _naive(places, name), one(places, name)
        if found.geometry is not None:
            nearest = places.distance(found.geometry).idxmin()
            assert nearest in rows
        else:
            assert len(rows) > 1 or found["location_level"] == "ambiguous"
