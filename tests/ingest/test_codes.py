"""Code lists: what the published editions give, when it held, and nothing that they do not give."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hotspot as hs
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.ingest import code_lists, read_code_list, read_source
from hotspot.ingest.codes import decode
from hotspot.ingest.mapping import Values
from hotspot.ingest.versioned_codes import tidy_code
from hotspot.schema import CATEGORIES

MONTH = re.compile(r"(\d{4}-(0[1-9]|1[0-2]))?")


def decoded(labels, months=None, *, field="category", **values):
    months = ["2023-05"] * len(labels) if months is None else months
    return decode(
        pd.Series(labels, dtype="str"), Values(**values), np.array(months, dtype="datetime64[M]"),
        fallback=None if field == "injury" else "unknown", truth=field == "injury",
    )  # fmt: skip


@pytest.mark.parametrize("name", code_lists())
def test_every_row_of_a_list_is_in_our_vocabulary_and_has_its_evidence(name):
    table = read_code_list(name)
    assert set(table["category"]) <= set(CATEGORIES)
    assert set(table["injury"]) <= {"yes", "no", ""}
    assert set(table["serious_street_visible"]) <= {"yes", "no", "optional", ""}
    assert (table["evidence"].str.len() > 10).all()
    assert table[["valid_from", "valid_to"]].map(lambda month: MONTH.fullmatch(month) is not None).all(axis=None)
    assert not table[["code", "valid_from"]].duplicated().any()


def test_the_list_of_the_home_office_says_what_its_groups_are():
    table = read_code_list("home_office")
    groups = table.groupby("category")["code"].agg(set)
    assert groups["homicide"] == {"1", "4.1", "4.10", "4.2"}
    assert groups["robbery"] == {"34A", "34B"}
    assert {"2", "5D", "5E", "8N", "8P", "8S"} <= groups["violence_with_injury"]
    assert {"8L", "8M", "8Q", "8R"} == groups["stalking_harassment"]
    assert "4.4" in groups["other"]  # a death by dangerous driving is no violence
    serious = set(table.loc[table["serious_street_visible"] == "yes", "code"])
    assert {"5D", "5E", "8N", "8P", "34A", "34B", "10A", "10B", "10C", "10D"} <= serious
    assert not {"8S", "105A", "8L", "9A", "62A"} & serious


def test_a_list_that_nobody_knows_is_refused():
    with pytest.raises(ConfigError, match="Did you mean 'home_office'"):
        read_code_list("home_ofice")
    own = {"name": "x", "label": "X", "health": False, "columns": {"category": "c"}}
    with pytest.raises(ConfigError, match=r"codes 'icd10' is not known.*ampds"):
        read_source(own | {"category": {"codes": "icd10"}})
    with pytest.raises(ConfigError, match=r"\[setting\] codes"):
        read_source(own | {"setting": {"codes": "ampds"}})


@pytest.mark.parametrize(
    ("label", "tidy"),
    [("8n", "8N"), ("008N", "8N"), ("8 N", "8N"), ("4/1", "4.1"), ("4.10", "4.10"), ("004/01", "4.1"),
     ("36.0", "36"), ("104", "104"), ("105A", "105A"), ("100", "100"), ("", "")],
)  # fmt: skip
def test_codes_are_tidied_as_spreadsheets_and_forces_write_them(label, tidy):
    assert tidy_code("home_office", label) == tidy


@pytest.mark.parametrize(
    ("label", "card"),
    [("4", "4"), ("04", "4"), ("4B1", "4"), ("04-D-02", "4"), ("27C02S", "27"), ("27-D-2-G", "27"), ("Ω", "Ω"),
     ("4.1", "4.1"), ("427D1", "427D1"), ("4 High Street", "4 HIGH STREET")],
)  # fmt: skip
def test_a_dispatch_code_gives_its_card_and_other_text_gives_none(label, card):
    assert tidy_code("ampds", label) == card


def test_dispatch_codes_are_read_with_any_determinant():
    found = decoded(["4B1", "27D02S", "17B01", "04"], codes="ampds")
    assert found.results.tolist() == ["assault", "stab_gunshot_penetrating", "unknown", "assault"]
    assert (found.unmapped, found.labels) == (1, ["17B01"])


def test_nibrs_codes_are_read():
    labels = ["09A", "9A", "11A", "120", "13A", "13B", "13C", "520", "23H"]
    found = decoded(labels, codes="nibrs")
    assert found.results.tolist() == [
        "homicide", "homicide", "sexual", "robbery", "assault", "assault", "violence_without_injury", "weapons",
        "unknown",
    ]  # fmt: skip
    assert found.labels == ["23H"]
    injury = decoded(labels, field="injury", codes="nibrs")
    assert injury.results.tolist() == [True, True, None, None, None, None, False, False, None]


def test_a_code_holds_only_in_its_months():
    found = decoded(["8G", "8G", "8G", "8N"], ["2012-03", "2018-03", "2018-04", "2012-03"], codes="home_office")
    assert found.results.tolist() == ["violence_with_injury"] * 2 + ["unknown", "violence_with_injury"]
    assert (found.unmapped, found.labels, found.label_rows) == (1, ["8G"], {"8G": 1})
    injury = decoded(["8G", "8G"], ["2012-03", "2018-04"], field="injury", codes="home_office")
    assert injury.results.tolist() == [True, None]


def test_the_users_map_comes_before_the_list_and_titles_are_read_too():
    found = decoded(["8N", "Assault with injury", "robbery of personal property", "8U"], codes="home_office",
                    map={"8U": "violence_with_injury", "8N": "assault"})  # fmt: skip
    assert found.results.tolist() == ["assault", "violence_with_injury", "robbery", "violence_with_injury"]
    assert found.unmapped == 0


def force(codes, **columns):
    table = {"Crime ref": [f"r{i}" for i in range(len(codes))], "Committed from": ["2023-05-06 23:40"] * len(codes),
             "Easting": 318_500, "Northing": 176_500, "HO code": codes}  # fmt: skip
    return pd.DataFrame(table | columns)


def test_unknown_codes_are_listed_with_their_counts():
    with (
        hs.recording() as notes,
        pytest.warns(HotspotWarning, match=r"3 rows .*'8U', '49A'.*ask the force for the list"),
    ):
        frame = hs.read_incidents(force(["8N", "8U", "8U", "49A"]), source="police_force")
    assert frame["category"].tolist() == ["violence_with_injury", "unknown", "unknown", "unknown"]
    facts = notes[-1].facts
    assert facts["unmapped_labels"]["category"] == {"8U": 2, "49A": 1}
    assert frame["offence"].tolist() == ["8N", "8U", "8U", "49A"]


def test_a_column_of_codes_of_which_none_is_known_is_refused_with_the_remedy():
    with pytest.raises(InputError, match=r"none of the 2 labels in column 'HO code' .*'49A'.*\[category.map\].*April"):
        hs.read_incidents(force(["49A", "49A"]), source="police_force")
    calls = pd.DataFrame(
        {"Call time": ["2023-05-06 23:40"] * 2, "Easting": 318_500, "Northing": 176_500, "AMPDS code": "17B1"}
    )
    with pytest.raises(InputError, match="NHS Pathways"):
        hs.read_incidents(calls, source="ambulance")


def test_labels_of_patients_are_shown_only_if_they_are_codes():
    words = ["hit by Mr Example with a bat"] * 6
    calls = {"Call time": ["2023-05-06 23:40"] * 14, "Easting": 318_500, "Northing": 176_500}
    natures = ["17-B-01G"] * 6 + words + ["4D1", "Assault"]
    with hs.recording() as notes, pytest.warns(HotspotWarning) as warned:
        hs.read_incidents(pd.DataFrame(calls | {"Nature": natures}), source="ambulance")
    assert notes[-1].facts["unmapped_labels"] == {"category": {"17-B-01G": 6}}
    assert "Example" not in repr(notes[-1].facts) + "".join(str(one.message) for one in warned)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=12))
def test_any_label_is_read_without_a_crash_and_never_guessed(label):
    for name in code_lists():
        found = decoded([label], codes=name)
        table = read_code_list(name)
        known = {tidy_code(name, text) for column in ("code", "title") for text in table[column]}
        assert (found.results[0] != "unknown") == (tidy_code(name, label) in known and found.unmapped == 0)
