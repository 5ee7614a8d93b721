"""Whatever the headers and values are: the proposal is valid TOML that gives the headers back, on lines of its own."""

from __future__ import annotations

import tomllib
import unicodedata

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hotspot as hs
from hotspot.ingest import read_source
from hotspot.ingest.guess_toml import escaped, plain

NASTY = [
    'a"b', "a'b", "a\nname = 'x'", "]\n[columns]", "\x1b[31mDate\x1b[0m", "\u202edate of assault", "Datum\u2028x",
    "a\\u0041", "Assault date]]", '"""', "'''", "# date", "date\x00", "date = 1", "Date\tof assault", "\ufeffDate",
    "DATE\r\n", "\U000e0041lat",
]  # fmt: skip
NAMES = [
    "Incident date", "Longitude", "Latitude", "Easting", "Northing", "Crime type", "Postcode", "How", "Arrived", "id",
]  # fmt: skip
headers = st.one_of(st.sampled_from(NASTY), st.sampled_from(NAMES), st.text(min_size=1, max_size=30))
values = st.one_of(
    st.none(), st.text(max_size=20),
    st.sampled_from(["", "n/a", "01/02/2023", "13/02/2023 24:00", "2023-01", "23:59", "-0.1", "51.5", "318500"]),
    st.sampled_from(["E01000001", "CF10 1BH", "ST 1876", "Knife", 'Kn"ife\n', "Y", "1e309", "45123.5"]),
    st.integers().map(str), st.floats().map(str), st.datetimes().map(str), st.dates().map(str),
)  # fmt: skip


@st.composite
def frames(draw):
    """Draw a table of texts; a few values come back often, as labels do."""
    names = draw(st.lists(headers, min_size=1, max_size=5))
    rows = draw(st.integers(1, 12))
    columns = []
    for _ in names:
        few = draw(st.lists(values, min_size=1, max_size=4))
        columns.append([few[draw(st.integers(0, len(few) - 1))] for _ in range(rows)])
    frame = pd.DataFrame(dict(enumerate(columns)), dtype="object")
    frame.columns = pd.Index(names, dtype="object")
    return frame


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(frames(), st.sampled_from([None, True, False]))
def test_any_table_gives_valid_toml_that_gives_the_headers_back(frame, health):
    try:
        guess = hs.guess_source(frame, health=health)
    except hs.InputError:
        return
    text = guess.to_toml()
    tables = tomllib.loads(text)
    if guess.builtin is None and guess.counts is None:
        assert tables.get("columns", {}) == {field: column.header for field, column in guess.columns.items()}
        assert set(tables["columns"].values()) <= set(map(str, frame.columns))
    if guess.columns or guess.counts:
        read_source(tables)
    unsafe = [
        c for c in text + guess.summary() if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and c != "\n"
    ]
    assert unsafe == []


@given(st.text())
def test_an_escaped_text_comes_back(text):
    line = f"x = {escaped(text)}"
    assert "\n" not in line
    assert "\r" not in line
    assert tomllib.loads(line)["x"] == text


@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_a_plain_text_is_one_line_without_control_characters(text):
    assert tomllib.loads(f"# {plain(text)}\nx = 1") == {"x": 1}
    assert len(plain(text)) <= 400


@pytest.mark.parametrize("header", NASTY)
def test_a_nasty_header_that_is_mapped_comes_back(header):
    named = f"Assault date {header}"
    guess = hs.guess_source(pd.DataFrame({named: ["13/02/2023", "14/03/2023"]}), health=True)
    text = guess.to_toml()
    assert {column.header for column in guess.columns.values()} <= {named}
    if guess.builtin is None and guess.columns:
        assert named in tomllib.loads(text)["columns"].values()
    assert "\x1b" not in text + guess.summary()


def test_a_lone_surrogate_is_not_mapped():
    frame = pd.DataFrame({"x": ["13/02/2023"]})
    frame.columns = pd.Index(["Incident date \ud800"], dtype="object")
    guess = hs.guess_source(frame)
    assert guess.columns == {}
    guess.to_toml().encode("utf-8")
