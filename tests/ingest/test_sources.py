"""Every built-in source reads an extract of its agency; homes, domestic and sexual violence stay off the map."""

from __future__ import annotations

import os
import tomllib
from importlib import resources

import pandas as pd
import pytest

import hotspot as hs
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.ingest import builtin_sources, read_area_counts, read_source
from hotspot.ingest.mapping import Source

AT = {"Easting": 318_500, "Northing": 176_500, "LSOA code": "W01001"}
DEGREES = {"Longitude": -3.17, "Latitude": 51.48}
EXTRACTS = {
    "police_force": pd.DataFrame({
        "Crime number": ["1", "2", "3", "4", "5"],
        "Committed from": ["2023-05-06 22:30"] * 5, "Committed to": ["2023-05-07 01:15"] * 5,
        "HO code": ["8N", "105A", "19C", "34B", "8N"], "DA flag": ["N", "Y", "N", "N", "N"],
        "Location type": ["Street", "Street", "Street", "Nightclub", "Dwelling"],
    } | AT),
    "ed_ecds": pd.DataFrame({
        "attendance_dt": ["2023-05-07 00:40"] * 4, "injury_dt": ["2023-05-06 23:40"] * 4,
        "injury_intent": ["Assault", "Accidental", "Sexual assault", "Assault"],
        "injury_mechanism": ["Blunt force", "Fall", "Asphyxiation", "Sharp object"],
        "assault_location_description": ["Black Lion", "Black Lion", "Black Lion", "pts home"],
        "site_code": ["RWM01"] * 4,
    }),
    "fire": pd.DataFrame({
        "Incident number": ["1", "2", "3", "4"], "Time of call": ["06/05/2023 23:40", "16/05/2023 03:10"] * 2,
        "Incident type": ["Primary deliberate", "Secondary - arson", "Accidental dwelling fire", "Deliberate primary"],
        "Property type": ["Car", "Outdoor", "House", "Flat"],
    } | AT),
    "local_authority_asb": pd.DataFrame({
        "Reference": ["1", "2", "3", "4", "5"], "Date of incident": ["2023-05-06"] * 5,
        "Type": ["Rowdy behaviour", "Criminal damage", "Drug dealing", "Nuisance", "Sexual remarks"],
        "Location type": ["Street", "Park", "Car park", "Flat", "Street"], "DA flag": ["N", "N", "Y", "N", "N"],
    } | AT),
    "licensing": pd.DataFrame({
        "Incident reference": ["1", "2", "3"], "Incident date": ["2023-05-06 23:40"] * 3,
        "Incident type": ["Fight inside", "Routine inspection", "Sexual assault"],
    } | AT),
    "police_nibrs": pd.DataFrame({
        "Incident number": ["1", "2", "3", "4"], "Offense date": ["2023-05-06 23:40"] * 4,
        "Offense code": ["13A", "120", "11A", "13B"], "Location type": ["Street", "Bar", "Park", "Residence/Home"],
        "Tract": ["1", "2", "3", "4"],
    } | {"Longitude": -87.7, "Latitude": 41.9}),
    "ems_dispatch": pd.DataFrame({
        "Incident number": ["1", "1", "2", "3", "4"], "Datetime": ["2023-05-06 23:40"] * 5,
        "Type": ["Assault", "Assault", "4B1", "27-D-02G", "Aid Response"],
    } | DEGREES),
}  # fmt: skip
CATEGORY = {
    "police_force": ["violence_with_injury", "violence_without_injury", "sexual", "robbery", "violence_with_injury"],
    "ed_ecds": ["assault", "health_demand", "sexual", "assault"],
    "fire": ["fire_deliberate", "fire_deliberate", "other", "fire_deliberate"],
    "local_authority_asb": [
        "antisocial_behaviour", "arson_criminal_damage", "drugs", "antisocial_behaviour", "sexual",
    ],
    "licensing": ["assault", "other", "sexual"],
    "police_nibrs": ["assault", "robbery", "sexual", "assault"],
    "ems_dispatch": ["assault", "assault", "stab_gunshot_penetrating", "health_demand"],
}  # fmt: skip
ON_THE_MAP = {
    "police_force": [True, False, False, True, False],
    "ed_ecds": [True, True, False, False],
    "fire": [True, True, False, False],
    "local_authority_asb": [True, True, False, False, False],
    "licensing": [True, True, False],
    "police_nibrs": [True, True, False, False],
    "ems_dispatch": [True, True, True, True],
}


@pytest.fixture(scope="module")
def gazetteer():
    places = pd.DataFrame({"name": ["Black Lion"], "kind": ["venue"], "x": [318_500], "y": [176_500], "code": ["W01"]})
    return hs.read_gazetteer(places, name="name", kind="kind", easting="x", northing="y", area_code="code")


def read(name, gazetteer):
    table = EXTRACTS[name]
    if name != "ed_ecds":
        return hs.read_incidents(table, source=name, gazetteer=gazetteer)
    with pytest.warns(HotspotWarning, match="weapon_group"):  # "Fall" is no weapon of the vocabulary
        return hs.read_incidents(table, source=name, gazetteer=gazetteer)


def test_every_built_in_source_has_its_extract_here_or_tests_of_its_own():
    tested_elsewhere = {"police_uk", "ed_istv", "ambulance", "domestic_abuse_services", "substance_misuse_services"}
    assert set(builtin_sources()) == set(EXTRACTS) | tested_elsewhere


@pytest.mark.parametrize("name", sorted(EXTRACTS))
def test_a_source_reads_its_agency(name, gazetteer):
    with hs.recording() as notes:
        frame = read(name, gazetteer)
    assert frame["category"].tolist() == CATEGORY[name]
    assert set(frame["source"]) == {read_source(name).name}
    assert set(frame["time_precision"]) <= {"minute", "day"}
    facts = next(n.facts for n in notes if n.step == "read_incidents")
    assert facts["read"] == facts["kept"] + sum(facts.get("rejected", {}).values())
    assert facts["health"] is read_source(name).health


@pytest.mark.parametrize("name", sorted(EXTRACTS))
def test_homes_domestic_and_sexual_violence_become_area_only_at_reading(name, gazetteer):
    frame = read(name, gazetteer)
    on_the_map = frame.geometry.notna()
    assert on_the_map.tolist() == ON_THE_MAP[name]
    hidden = frame[~on_the_map]
    assert not hidden["location_level"].isin(["point", "venue", "street", "postcode"]).any()
    assert (hidden["uncertainty_m"].isna() == hidden["area_code"].isna()).all()
    assert (hidden["uncertainty_m"].dropna() >= 1_000).all()  # the area's, not the point's
    if "area_code" in EXTRACTS[name] or "LSOA code" in EXTRACTS[name]:
        assert hidden["area_code"].notna().all()
    private = hidden["category"].eq("sexual") | hidden["location_level"].eq("home")
    if "domestic" in hidden:
        private |= hidden["domestic"].fillna(value=False).astype(bool)
    assert private.all()


def test_a_force_extract_keeps_its_span_and_injury_and_can_be_selected(gazetteer):
    frame = read("police_force", gazetteer)
    assert set(frame["occurred_to"] - frame["occurred_from"]) == {pd.Timedelta("2h45min")}
    assert frame["injury"].fillna(value=False).tolist() == [True, False, False, False, True]
    assert hs.select_violence(frame, "serious_street_visible")["offence"].tolist() == ["8N", "34B"]
    assert hs.select_violence(frame, "with_injury")["offence"].tolist() == ["8N", "8N"]


def test_codes_of_the_emergency_care_data_set_need_the_users_map(gazetteer):
    table = EXTRACTS["ed_ecds"].assign(injury_intent="7" * 9)
    with pytest.raises(InputError, match=r"none of the 4 labels.*SNOMED CT") as raised:
        hs.read_incidents(table, source="ed_ecds", gazetteer=gazetteer)
    assert "777" not in str(raised.value)
    own = read_source("ed_ecds").model_dump()
    own["category"]["map"] = {"7" * 9: "assault"}
    with pytest.warns(HotspotWarning):
        frame = hs.read_incidents(table, source=own, gazetteer=gazetteer)
    assert set(frame["category"]) == {"assault"}


def test_assault_methods_without_a_public_list_say_who_has_it(gazetteer):
    table = pd.DataFrame(
        {"Assault date and time": ["2023-05-06 23:40"] * 6, "Assault method": ["03"] * 6,
         "Assault location description": ["Black Lion"] * 6}
    )  # fmt: skip
    with pytest.warns(HotspotWarning, match=r"'03'.*national codes of assault method are not public.*ask the hospital"):
        hs.read_incidents(table, source="ed_istv", gazetteer=gazetteer)


@pytest.mark.parametrize("name", ["domestic_abuse_services", "substance_misuse_services"])
def test_services_of_need_are_read_by_area_only(name):
    people = pd.DataFrame({"Date": ["2023-05-06"], "LSOA code": ["W01001"]})
    with pytest.raises(ConfigError, match=r"by area only.*read_area_counts"):
        hs.read_incidents(people, source=name)
    table = pd.DataFrame({"LSOA21CD": ["W01001", "W01002", "W01003"], "Referrals": [12, None, 0]})
    with hs.recording() as notes:
        counts = read_area_counts(table, source=name)
    assert counts[f"n_{read_source(name).name}"].fillna(-1).tolist() == [12, -1, 0]
    assert notes[-1].facts["health"] is True


def test_a_source_by_area_is_read_from_csv_and_json_and_by_rate(tmp_path):
    (tmp_path / "a.csv").write_text("Ward code,In treatment\nW1,7\nW2,withheld\n")
    (tmp_path / "a.json").write_text('[{"Ward code": "W1", "In treatment": 7}, {"Ward code": "W2"}]')
    for file in ("a.csv", "a.json"):
        counts = read_area_counts(tmp_path / file, source="substance_misuse_services")
        assert counts["n_substance_misuse"].fillna(-1).tolist() == [7, -1]
    rates = read_area_counts(
        pd.DataFrame({"Area code": ["W1"], "Rate": [3.5]}), source="substance_misuse_services", per=10_000
    )
    assert rates["rate_substance_misuse"].tolist() == pytest.approx([0.35])
    with pytest.raises(InputError, match="no column for the counts"):
        read_area_counts(pd.DataFrame({"Area code": ["W1"], "Volume": [3]}), source="substance_misuse_services")
    with pytest.raises(InputError, match="no column for the area code"):
        read_area_counts(pd.DataFrame({"Place": ["W1"], "Count": [3]}), source="substance_misuse_services")


def test_area_counts_take_a_frame_and_codes_that_mean_missing():
    table = pd.DataFrame({"tract": ["a", "b", "c", "d"], "n": [4.0, -1.0, 9999.0, float("nan")]})
    with hs.recording() as notes:
        counts = read_area_counts(table, code="tract", source="police", columns={"n": "n"}, missing=[-1, "9999"])
    assert counts["n_police"].fillna(-5).tolist() == [4, -5, -5, -5]
    assert notes[-1].facts["missing"] == {"stated": 2, "blank": 1}
    with pytest.raises(InputError, match="negative"):
        read_area_counts(table, code="tract", source="police", columns={"n": "n"})
    with pytest.raises(InputError, match="more than once"):
        read_area_counts(pd.concat([table, table], axis=1), code="tract", source="police", columns={"n": "n"})
    with pytest.raises(ConfigError, match="code: name the column"):
        read_area_counts(table, source="police", columns={"n": "n"})


def test_a_source_of_records_is_not_read_by_area(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        'name = "x"\nlabel = "X"\nhealth = false\n[columns]\noccurred_from = "d"\n[category]\nvalue = "other"\n'
    )
    with pytest.raises(ConfigError, match="no \\[area_counts\\]"):
        read_area_counts(pd.DataFrame({"a": ["x"]}), source=own)


def test_a_source_must_say_whether_it_derives_from_patients():
    own = {"name": "x", "label": "X", "columns": {"occurred_from": "d"}, "category": {"value": "other"}}
    with pytest.raises(ConfigError, match=r"health: is missing. Write health = true if .* else health = false"):
        read_source(own)
    assert read_source(own | {"health": False}).health is False


@pytest.mark.parametrize("name", builtin_sources())
def test_a_source_file_says_what_it_is(name):
    text = (resources.files("hotspot.ingest") / "sources" / f"{name}.toml").read_text(encoding="utf-8")
    assert text.startswith("# ")
    tables = tomllib.loads(text)
    assert "health" in tables
    assert read_source(name).caveat
    assert read_source(tables) == read_source(name)
    assert isinstance(read_source(name), Source)
    assert all(len(line) <= 121 for line in text.splitlines())


@pytest.mark.parametrize(
    "text",
    ["a=" + "[" * 100_000, "a=" + "{a=" * 50_000, "a=" + "1" * 10_000, "a='\0'"],
    ids=["deep list", "deep table", "long number", "NUL"],
)
def test_a_hostile_source_file_is_refused_in_one_sentence(tmp_path, text):
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(ConfigError, match=r"source file 'a\.toml'"):
        read_source(tmp_path / "a.toml")


def test_a_hundred_thousand_problems_are_not_all_listed(tmp_path):
    with pytest.raises(ConfigError, match=r"and [\d,]+ more") as refused:
        read_source({f"k{number}": "v" * 10_000 for number in range(2_000)})
    assert len(str(refused.value)) < 20_000


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_no_source_file_and_is_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.toml")
    with pytest.raises(ConfigError, match="no regular file"):
        read_source(tmp_path / "a.toml")


@pytest.mark.parametrize("source", ["a\0b", "a\0b.toml", "a" * 5_000, "\ud800.toml", None, 5, [1]])
def test_what_can_be_no_source_is_refused(source):
    with pytest.raises(ConfigError):
        read_source(source)


@pytest.mark.parametrize("bounds", [{"earliest": "9999-99-99"}, {"latest": "2023-02-31"}, {"earliest": "0000-00-00"}])
def test_bounds_that_are_no_days_are_refused(bounds):
    source = {"name": "fire", "label": "Synthetic", "health": False, "category": {"value": "other"}, "time": bounds}
    with pytest.raises(ConfigError, match="no day of the calendar"):
        read_source(source | {"columns": {"occurred_from": "when"}})
