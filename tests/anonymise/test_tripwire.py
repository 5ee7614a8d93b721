"""Identifiers are found by header and by value, and ordinary columns are left alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspot.anonymise import (
    Finding,
    find_identifiers,
    identifier_headers,
    is_nhs_number,
    looks_personal,
    refuse_identifiers,
)
from hotspot.errors import ConfigError, DisclosureError


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("NHS Number", "NHS number"),
        ("nhs_no", "NHS number"),
        ("N.H.S. No.", "NHS number"),
        ("Hospital number", "hospital or patient number"),
        ("MRN", "hospital or patient number"),
        ("Patient ID", "hospital or patient number"),
        ("DOB", "date of birth"),
        ("Date of Birth", "date of birth"),
        ("Surname", "name"),
        ("Patient name", "name"),
        ("Victim first name", "name"),
        ("Officer Name", "name"),
        ("Mobile number", "phone number"),
        ("Telephone", "phone number"),
        ("E-mail", "e-mail address"),
        ("NI number", "National Insurance number"),
        ("Home postcode", "home address or postcode"),
        ("Postcode of residence", "home address or postcode"),
        ("Address line 1", "home address or postcode"),
        ("Patient address", "home address or postcode"),
        ("GP", "general practitioner"),
    ],
)
def test_headers_that_name_an_identifier(header, kind):
    assert identifier_headers([header]) == {header: kind}


@pytest.mark.parametrize(
    "header",
    [
        "Crime ID",
        "LSOA name",
        "Location",
        "Street name",
        "Site code (of treatment)",
        "Hospital",
        "Trust",
        "Postcode",
        "Receiving hospital",
        "Falls within",
        "Location name",
        "Crime type",
        "Month",
        "Call time",
        "Unit",
        "Grid ref",
        "",
    ],
)
def test_ordinary_headers_are_left_alone(header):
    assert identifier_headers([header]) == {}


@given(st.integers(0, 999_999_999))
def test_an_nhs_number_has_one_right_check_digit_or_none(number):
    right = [digit for digit in range(10) if is_nhs_number(f"{number:09d}{digit}")]
    assert len(right) <= 1


@pytest.mark.parametrize("text", ["943476591", "943476591x", "94347659190", ""])
def test_what_has_not_ten_digits_is_no_nhs_number(text):
    assert not is_nhs_number(text)


def nhs_numbers(count):
    found = []
    number = 400_000_000
    while len(found) < count:
        found += [text for digit in range(10) if is_nhs_number(text := f"{number}{digit}")]
        number += 1_237
    return found[:count]


def test_a_column_of_nhs_numbers_is_found_and_random_numbers_are_not():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "spaced": [f"{n[:3]} {n[3:6]} {n[6:]}" for n in nhs_numbers(300)],
            "random": rng.integers(10**9, 10**10, 300).astype(str),
            "whole": rng.integers(10**9, 10**10, 300),
        }
    )
    assert find_identifiers(frame) == [Finding("spaced", "NHS number", 300, 300)]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["ok", "x@example.org"], "e-mail address"),
        (["SW1A 1AA"], "full postcode"),
        (["m11ae"], "full postcode"),
        (["QQ123456C".replace("QQ", "AB")], "National Insurance number"),
        (["+44 7700 900123"], "phone number"),
        (["(029) 2018 0000"], "phone number"),
        ([f"{d:02d}/03/1985" for d in range(1, 9)], "date, perhaps of birth"),
    ],
)
def test_values_that_identify(values, kind):
    assert [finding.kind for finding in find_identifiers(pd.DataFrame({"a": values}))] == [kind]


@pytest.mark.parametrize(
    "values",
    [
        ["E01031478", "W01000001"],
        ["537da2c366bea99f6ea308e605d942e9c1d50c40c6d785f87edf4969ce68cf6b"],
        ["Violence and sexual offences", "Burglary"],
        ["Surrey Police"],
        ["42/12345/17"],
        ["7A4", "RQM01"],
        ["2023-05"],
        [None, ""],
    ],
)
def test_ordinary_values_are_left_alone(values):
    assert find_identifiers(pd.DataFrame({"a": pd.array(values, dtype="str")})) == []


def test_a_column_that_should_repeat_and_does_not_is_found():
    frame = pd.DataFrame({"free": [f"words {n}" for n in range(200)], "codes": ["a", "b"] * 100})
    found = find_identifiers(frame, enumerations=["free", "codes"])
    assert [(f.column, f.count) for f in found] == [("free", 200)]
    assert find_identifiers(frame) == []


def test_refusal_names_column_kind_and_count_but_no_value():
    finding = Finding("note", "e-mail address", 3, 10)
    with pytest.raises(DisclosureError, match="column 'note' holds 3 of 10 values like a e-mail address") as caught:
        refuse_identifiers({"Surname": "name"}, [finding], allow={})
    assert "2 mapped column(s)" in str(caught.value)
    allowed = refuse_identifiers(
        {"Surname": "name"}, [finding], allow={"Surname": "a street", "note": "a help desk", "x": "y"}
    )
    assert allowed == {"Surname": "a street", "note": "a help desk"}
    with pytest.raises(ConfigError, match="no reason"):
        refuse_identifiers({"Surname": "name"}, [], allow={"Surname": " "})


def test_texts_that_must_not_be_shown():
    assert looks_personal("CF10 1AA")
    assert looks_personal("ref 1234567")
    assert not looks_personal("03")
