"""Location text that holds identifiers is refused, or counted and dropped; it is in no result, note or message."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest

import hotspot as hs
from hotspot.datasets import write_city
from hotspot.errors import DisclosureError, HotspotWarning

HEADER = "Assault location description"


def read(texts, **options):
    table = pd.DataFrame({"Assault date and time": "2023-05-06 23:40", HEADER: texts})
    with hs.recording() as notes, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", HotspotWarning)
        incidents = hs.read_incidents(table, source="ed_istv", **options)
    facts = next(note.facts for note in notes if note.step == "read_incidents")
    return incidents, facts, [str(entry.message) for entry in said]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("outside pub, NHS 943 476 5919", "NHS number"),
        ("call 07700 900123", "phone number"),
        ("write to a.person@example.org", "e-mail address"),
        ("NI AB 12 34 56 C", "National Insurance number"),
        ("pt dob 01/02/1990", "date of birth"),
    ],
)
def test_one_direct_identifier_in_a_text_refuses_the_extract(text, kind):
    with pytest.raises(DisclosureError, match=kind) as caught:
        read([text, *["High Street"] * 400])
    assert HEADER in str(caught.value)
    assert text.split()[-1] not in str(caught.value)


def test_a_stated_reason_lets_the_texts_be_resolved_and_drops_them():
    reason = {HEADER: "told the hospital on 12 November; needed for the meeting"}
    incidents, facts, said = read(["call 07700 900123", "the Crown"], allow_identifier=reason)
    assert facts["allowed_identifiers"] == reason
    assert facts["mentions"] == {"phone number": 1}
    everything = incidents.to_csv() + str(facts) + " ".join(said)
    assert "900123" not in everything
    assert "Crown" not in everything


def test_a_few_likely_names_are_counted_and_warned_of_for_pubs_bear_names_too():
    places = [f"{number} High Street" for number in range(400)]
    _, facts, said = read(["at his mate Dave's house", "friends house", *places])
    assert facts["mentions"] == {"name of a person": 1, "relationship to a person": 2}
    assert any("402 different" in message and "name of a person: 1" in message for message in said)


def test_many_names_refuse():
    names = ["Dave", "Sarah", "John", "Emma"]
    with pytest.raises(DisclosureError, match="4 of 8 values like a name of a person"):
        read([f"at his mate {name}'s house" for name in names] + [f"{n} Mill Lane" for n in range(4)])


def test_the_phrase_that_hospitals_are_asked_to_write_is_no_mention():
    _, facts, said = read(["Patient's home", "Victim's house", "Stranger's flat"])
    assert "mentions" not in facts
    assert not any("person" in message for message in said)


def test_the_synthetic_hospital_is_read_and_its_relations_are_counted(tmp_path):
    write_city(tmp_path, seed=1)
    with hs.recording() as notes, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", HotspotWarning)
        records = hs.read_incidents(tmp_path / "ed.csv", source="ed_istv")
    assert not any("person" in str(entry.message) for entry in said)
    facts = next(note.facts for note in notes if note.step == "read_incidents")
    assert set(facts["mentions"]) == {"relationship to a person"}
    report = hs.quality_report(records, notes=notes)
    assert report.red_flags.loc["different location texts with: relationship to a person", "count"] > 0
    assert "Write the place only" not in report.summary()


def test_the_page_for_the_hospital_asks_to_leave_persons_out():
    table = pd.DataFrame(
        {
            "Site code": ["A1"] * 201 + ["B2"] * 200,
            "Assault date and time": "2023-05-06 23:40",
            HEADER: ["round at Dave's house", *map(str, range(400))],
        }
    )
    with hs.recording() as notes, warnings.catch_warnings():
        warnings.simplefilter("ignore", HotspotWarning)
        records = hs.read_incidents(table, source="ed_istv")
    report = hs.quality_report(records, notes=notes)
    assert "Write the place only" in report.summary()
    assert "1 of 201 records tell in the text of the place who a person is." in report.to_html("site A1")
    assert "who a person is." not in report.to_html("site B2")
    assert report.indicators["names_person"].xs("all", level="month").tolist() == [1 / 201, 0]
    assert "Dave" not in report.to_html("site A1") + str(report)


def test_a_dropped_column_whose_values_are_identifiers_is_named_though_its_header_says_nothing(tmp_path):
    rows = "".join(
        f"2023-05-06 23:40;High Street;{number}\n"
        for number in (9434765919, 4010232137, 9434765870, 4505577104, 5990128088)
    )
    path = tmp_path / "ed.csv"
    path.write_text(f"Assault date and time;{HEADER};Ref 2\n{rows}", encoding="utf-8")
    for data in (path, pd.read_csv(path, sep=";", dtype="str")):
        with hs.recording() as notes, warnings.catch_warnings():
            warnings.simplefilter("ignore", HotspotWarning)
            incidents = hs.read_incidents(data, source="ed_istv")
        facts = next(note.facts for note in notes if note.step == "read_incidents")
        assert facts["identifier_columns_dropped"] == {"Ref 2": "NHS number"}
        assert "9434765919" not in incidents.to_csv() + str(facts)


def crimes(**columns):
    times = pd.date_range("2023-05-01 10:07", periods=30, freq="13h").strftime("%Y-%m-%d %H:%M")
    return pd.DataFrame({"Committed from": times, "HO code": "8N", "Easting": 318500, "Northing": 176500} | columns)


def test_names_in_a_column_of_codes_refuse_and_are_not_told():
    codes = ["8N"] * 20 + [f"punched by Zorblatt {number}" for number in range(10)]
    with pytest.raises(DisclosureError, match=r"'HO code'.*10 of 11 values like a name of a person") as caught:
        hs.read_incidents(crimes(**{"HO code": codes}), source="police_force")
    assert "Zorblatt" not in str(caught.value)


@pytest.mark.parametrize("label", ["punched by Zorblatt", "his mate Zorblatt"])
@pytest.mark.parametrize("column", ["HO code", "Domestic", "Location type"])
def test_a_rare_label_that_tells_of_a_person_is_counted_but_in_no_note_or_warning(column, label):
    table = crimes(**{column: ["8N" if column == "HO code" else "N"] * 29 + [label]})
    with hs.recording() as notes, warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", HotspotWarning)
        incidents = hs.read_incidents(table, source="police_force")
    assert len(incidents) == 30
    assert "Zorblatt" not in " ".join(map(str, [*notes, *(entry.message for entry in said)]))


@pytest.mark.parametrize("field", ["provider", "site", "offence", "area_code"])
@pytest.mark.parametrize("value", ["9434765919", "12/03/1961", "Susan Canary", "Mr Canary", "CANARY, Su"])
def test_one_person_among_labels_is_left_empty_and_counted(field, value, caplog):
    if field in {"site", "area_code"} and "Canary" in value.title():
        pytest.skip("towns are called Glen Allen, so a name alone is no evidence there")
    table = pd.DataFrame({"when": ["2023-05-06"] * 40, "label": ["W01000001"] * 39 + [value]})
    mapping = {
        "name": "ed", "label": "Synthetic", "health": True, "columns": {"occurred_from": "when", field: "label"},
        "category": {"value": "assault"},
    }  # fmt: skip
    caplog.set_level(0)
    with hs.recording() as notes, pytest.warns(hs.HotspotWarning, match="1 value.s. that look like a person") as caught:
        found = hs.read_incidents(table, source=mapping)
    facts = next(note.facts for note in notes if note.step == "read_incidents")
    assert found[field].isna().tolist() == [False] * 39 + [True]
    assert facts["personal_values_emptied"] == {"label": 1}
    said = " ".join(str(warning.message) for warning in caught)
    assert value.casefold() not in (repr(facts) + caplog.text + said + found.to_csv()).casefold()
    allowed = hs.read_incidents(table, source=mapping, allow_identifier={"label": "checked by hand"})
    assert allowed[field].notna().all()


def test_hospitals_named_after_people_stay():
    names = [
        "Queen Elizabeth Hospital",
        "Chelsea and Westminster",
        "St Mary's",
        "Royal Victoria",
        "King George Hospital",
    ]
    table = pd.DataFrame({"when": ["2023-05-06"] * 5, "unit": names})
    mapping = {
        "name": "ed", "label": "Synthetic", "health": True, "columns": {"occurred_from": "when", "provider": "unit"},
        "category": {"value": "assault"},
    }  # fmt: skip
    assert hs.read_incidents(table, source=mapping)["provider"].tolist() == names


@pytest.mark.parametrize("field", ["severity", "weight", "uncertainty_m"])
def test_nhs_numbers_in_a_column_of_numbers_are_refused(field):
    table = pd.DataFrame({"when": ["2023-05-06"] * 3, "kind": ["a"] * 3, "n": [9434765919, 4505577104, 4505577112]})
    mapping = {
        "name": "ed", "label": "Synthetic", "health": True, "columns": {"occurred_from": "when", field: "n"},
        "category": {"value": "assault"},
    }  # fmt: skip
    with pytest.raises(DisclosureError, match="column 'n' holds 3 of 3 values like a NHS number"):
        hs.read_incidents(table, source=mapping)
