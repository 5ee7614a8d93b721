"""ED records in the ISTV elements, ambulance calls, and the mapping of any other agency."""

from __future__ import annotations

import pandas as pd
import pytest

import hotspot as hs
from hotspot.errors import ConfigError, DisclosureError, HotspotWarning
from hotspot.ingest import builtin_sources, read_source
from hotspot.schema import CATEGORIES, LOCATION_LEVELS, SETTINGS, WEAPON_GROUPS, declared

ED_COLUMNS = [
    "SITE CODE (OF TREATMENT)",
    "Arrival date and time at A&E",
    "ASSAULT DATE AND TIME",
    "Assault_Method",
    "assault location type",
    "Assault Location Description",
]
PLACES = pd.DataFrame(
    {
        "name": ["The Black Lion", "Station Road", "CF10 1AA"],
        "kind": ["venue", "street", "postcode"],
        "x": [318500, 318900, 318284],
        "y": [176500, 176900, 176230],
        "lsoa": ["W01001", "W01002", "W01003"],
    }
)


@pytest.fixture
def gazetteer():
    return hs.read_gazetteer(PLACES, name="name", kind="kind", easting="x", northing="y", area_code="lsoa")


def ed(*rows):
    return pd.DataFrame(rows, columns=ED_COLUMNS)


def record(
    method="Fist", kind="Street", text="o/s Black Lion pub", when="13/05/2023 23:40", arrived="14/05/2023 00:30"
):
    return ("7A4", arrived, when, method, kind, text)


def facts_of(notes):
    return dict(next(note for note in notes if note.step == "read_incidents").facts)


def test_istv_elements_become_incidents_and_the_text_is_dropped(gazetteer):
    with hs.recording() as notes:
        frame = hs.read_incidents(ed(record()), source="ed_istv", gazetteer=gazetteer)
    one = frame.iloc[0]
    assert (one["source"], one["category"], one["weapon_group"], one["setting"]) == ("ed", "assault", "body", "public")
    assert one["occurred_from"] == pd.Timestamp("2023-05-13 23:40")
    assert one["arrived_at"] == pd.Timestamp("2023-05-14 00:30")
    assert (one.geometry.x, one.geometry.y) == (318500, 176500)
    assert (one["location_level"], one["uncertainty_m"], one["area_code"]) == ("venue", 25, "W01001")
    assert one["location_method"] == "text: name in text" or one["location_method"] == "text: exact name"
    assert "Lion" not in frame.to_csv() + str(facts_of(notes))
    assert frame.crs == gazetteer.crs


def test_a_missing_assault_time_is_never_filled_with_the_arrival(gazetteer):
    frame = hs.read_incidents(ed(record(), record(when="")), source="ed_istv", gazetteer=gazetteer)
    assert frame["occurred_from"].isna().tolist() == [False, True]
    assert frame["arrived_at"].notna().all()
    assert frame["time_flag"].tolist() == ["ok", "unknown"]


@pytest.mark.parametrize(("kind", "text"), [("Own home", ""), ("Street", "patients house"), ("Home", "CF10 1AA")])
def test_a_home_is_never_a_point(gazetteer, kind, text):
    with hs.recording() as notes:
        frame = hs.read_incidents(ed(record(kind=kind, text=text), record()), source="ed_istv", gazetteer=gazetteer)
    assert frame.geometry.isna().tolist() == [True, False]
    assert frame.iloc[0][["setting", "location_level"]].tolist() == ["home", "home"]
    assert facts_of(notes)["withheld"]["home"] == 1
    assert (frame["area_code"].iloc[0] == "W01003") == (text == "CF10 1AA")


def test_without_a_gazetteer_homes_are_still_told_apart_and_the_rest_is_unlocatable():
    with pytest.warns(HotspotWarning, match="no gazetteer"):
        frame = hs.read_incidents(ed(record(), record(text="pts home")), source="ed_istv")
    assert frame["location_level"].tolist() == ["none", "home"]
    assert frame.geometry.isna().all()


def test_codes_are_unknown_until_the_user_maps_them(gazetteer):
    table = ed(*(record(method="03", kind="11") for _ in range(6)), record(method="98"))
    with (
        pytest.warns(HotspotWarning, match=r"7 rows have a weapon_group label .*'03'"),
        pytest.warns(HotspotWarning, match=r"6 rows have a setting label .*'11'"),
    ):
        frame = hs.read_incidents(table, source="ed_istv", gazetteer=gazetteer)
    assert set(frame["weapon_group"]) == {"unknown"}
    mapping = read_source("ed_istv").model_dump()
    mapping["weapon_group"]["map"] = {"03": "sharp", "98": "other"}
    mapping["setting"]["map"] = {"11": "licensed"}
    frame = hs.read_incidents(table, source=mapping, gazetteer=gazetteer)
    assert frame["weapon_group"].value_counts().to_dict() == {"sharp": 6, "other": 1}
    assert (frame["setting"] == "licensed").sum() == 6


def test_rare_labels_of_a_health_source_are_counted_but_not_shown(gazetteer):
    with hs.recording() as notes, pytest.warns(HotspotWarning):
        hs.read_incidents(ed(record(method="rare words"), record()), source="ed_istv", gazetteer=gazetteer)
    unmapped = facts_of(notes)["unmapped"]["weapon_group"]
    assert unmapped == {"rows": 1, "labels": [], "labels_not_shown": 1}


@pytest.mark.parametrize(
    ("label", "group"),
    [
        ("Fist", "body"),
        ("kicked / punched", "body"),
        ("Knife", "sharp"),
        ("stabbed with a screwdriver", "sharp"),
        ("Broken bottle", "sharp"),
        ("GLASS", "sharp"),
        ("Firearm", "firearm"),
        ("gun shot", "firearm"),
        ("baseball bat", "blunt"),
        ("Blunt force", "blunt"),
        ("Asphyxiation", "body"),
        ("dog bite", "other"),
        ("acid", "other"),
        ("Not known", "unknown"),
        ("", "unknown"),
    ],
)
def test_words_of_a_method_give_the_weapon_group(gazetteer, label, group):
    frame = hs.read_incidents(ed(record(method=label)), source="ed_istv", gazetteer=gazetteer)
    assert frame["weapon_group"].tolist() == [group]


@pytest.mark.parametrize(
    ("label", "setting"),
    [
        ("Street", "public"),
        ("Public house", "licensed"),
        ("Nightclub", "licensed"),
        ("Nursing home", "other"),
        ("Own home", "home"),
        ("other home", "home"),
        ("Public transport", "public"),
        ("School", "other"),
        ("", "unknown"),
    ],
)
def test_words_of_a_location_type_give_the_setting(gazetteer, label, setting):
    frame = hs.read_incidents(ed(record(kind=label, text="na")), source="ed_istv", gazetteer=gazetteer)
    assert frame["setting"].tolist() == [setting]


def test_a_date_and_a_time_of_day_in_two_columns(gazetteer):
    table = pd.DataFrame({"Assault date": ["13/05/2023"] * 3, "Assault time": ["23:40", "24:00", "unknown"]})
    frame = hs.read_incidents(table, source="ed_istv", gazetteer=gazetteer)
    assert frame["occurred_from"].astype(str).tolist() == [
        "2023-05-13 23:40:00",
        "2023-05-14 00:00:00",
        "2023-05-13 00:00:00",
    ]
    assert frame["time_precision"].tolist() == ["minute", "minute", "day"]


CALLS = {
    "Call time": ["2023-05-06 23:40", "2023-05-07 02:10"],
    "Nature": ["Assault", "STAB/GUNSHOT/PENETRATING TRAUMA"],
    "Conveyed": ["Y", "no"],
}


@pytest.mark.parametrize(
    ("place", "xy", "uncertainty"),
    [
        ({"Longitude": -3.17, "Latitude": 51.48}, (318_800, 176_300), 50),
        ({"Easting": 318_500, "Northing": 176_500}, (318_500, 176_500), 50),
        ({"Grid ref": "ST 1850 7650"}, (318_505, 176_505), 7.07),
    ],
)
def test_ambulance_calls_in_three_kinds_of_coordinates(place, xy, uncertainty):
    frame = hs.read_incidents(pd.DataFrame(CALLS | {k: [v, v] for k, v in place.items()}), source="ambulance")
    assert frame["category"].tolist() == ["assault", "stab_gunshot_penetrating"]
    assert frame["conveyed"].tolist() == [True, False]
    assert (frame["received_at"] == frame["occurred_from"]).all()
    assert frame.geometry.x.iloc[0] == pytest.approx(xy[0], abs=150)
    assert frame.geometry.y.iloc[0] == pytest.approx(xy[1], abs=150)
    assert frame["uncertainty_m"].iloc[0] == pytest.approx(uncertainty, abs=0.01)


def test_sexual_violence_and_domestic_records_keep_only_their_area():
    table = pd.DataFrame(
        CALLS | {"Nature": ["Sexual assault", "Assault"], "Easting": 318_500, "Northing": 176_500, "LSOA": "w01 "}
    )
    frame = hs.read_incidents(table, source="ambulance")
    assert frame.geometry.isna().tolist() == [True, False]
    assert frame["location_level"].tolist() == ["area", "point"]
    assert frame["area_code"].tolist() == ["W01", "W01"]


def test_a_call_to_a_home_has_no_point():
    table = pd.DataFrame(CALLS | {"Location type": ["Private residence", "Public place"], "X": 318_500, "Y": 176_500})
    frame = hs.read_incidents(table, source="ambulance")
    assert frame["setting"].tolist() == ["home", "public"]
    assert frame.geometry.isna().tolist() == [True, False]


def test_all_calls_can_be_read_for_what_they_are():
    mapping = read_source("ambulance").model_dump()
    mapping["category"]["default"] = "health_demand"
    table = pd.DataFrame(CALLS | {"Nature": ["Chest pain", "Fall"], "Easting": 318_500, "Northing": 176_500})
    assert set(hs.read_incidents(table, source=mapping)["category"]) == {"health_demand"}


@pytest.mark.parametrize(
    ("header", "values", "kind"),
    [
        ("Patient surname", ["a", "b"], "named like a name"),
        ("Assault method", ["9434765919", "4010232137", "9434765870", "4505577104", "5990128088"], "NHS number"),
        ("Assault method", ["call a.person@example.org", "x"], "e-mail"),
        ("Assault method", ["CF10 1AA", "x"], "full postcode"),
        ("Assault method", ["07700 900123", "07700 900124"], "phone"),
        ("Assault method", ["AB123456C", "x"], "National Insurance"),
    ],
)
def test_a_mapped_column_with_identifiers_is_refused_without_showing_them(gazetteer, header, values, kind):
    mapping = read_source("ed_istv").model_dump()
    mapping["columns"]["weapon_group"] = header
    table = pd.DataFrame({"Assault date and time": "2023-05-06 23:40", header: values})
    with pytest.raises(DisclosureError, match=kind) as caught:
        hs.read_incidents(table, source=mapping, gazetteer=gazetteer)
    assert not any(value in str(caught.value) for value in values if len(value) > 1)
    with hs.recording() as notes, pytest.warns(HotspotWarning):
        hs.read_incidents(
            table, source=mapping, gazetteer=gazetteer, allow_identifier={header: "codes of the triage system"}
        )
    assert facts_of(notes)["allowed_identifiers"] == {header: "codes of the triage system"}


def test_a_column_meant_to_repeat_that_never_does_is_refused():
    table = pd.DataFrame(
        {
            "Call time": "2023-05-06 23:40",
            "Nature": "Assault",
            "Easting": 318_500,
            "Northing": 176_500,
            "Trust": [f"crew {n} said so" for n in range(120)],
        }
    )
    with pytest.raises(DisclosureError, match="nearly every value differs"):
        hs.read_incidents(table, source="ambulance")


def test_every_built_in_source_yields_our_vocabulary():
    for name in builtin_sources():
        source = read_source(name)
        assert source.category.results() <= set(CATEGORIES)
        assert source.weapon_group.results() <= set(WEAPON_GROUPS)
        assert source.setting.results() <= set(SETTINGS)
        assert source.label
    of_patients = {
        "ambulance",
        "domestic_abuse_services",
        "ed_ecds",
        "ed_istv",
        "ems_dispatch",
        "substance_misuse_services",
    }
    assert {name for name in builtin_sources() if read_source(name).health} == of_patients


SMALL = {
    "name": "fire",
    "label": "x",
    "health": False,
    "columns": {"occurred_from": "d"},
    "category": {"value": "other"},
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colums": {}}, "colums: unknown key. Did you mean 'columns'"),
        ({"columns": {"ocurred_from": "d"}}, "Did you mean 'occurred_from'"),
        ({"category": {"value": "assalt"}}, "Did you mean 'assault'"),
        ({"category": {"map": {"a": {"to": "other", "valid_form": "2020-01"}}}}, "Did you mean 'valid_from'"),
        ({"category": {"map": {"a": {"to": "other", "valid_from": "2020"}}}}, "valid_from"),
        ({"setting": {"words": {"pub": ["pub"]}}}, "yields 'pub'"),
        ({"conveyed": {"map": {"ja": "yes"}}}, "true or false only"),
        ({"name": "Fire Service"}, "lower-case"),
        ({"columns": {"longitude": "x"}}, "both 'longitude' and 'latitude'"),
        ({"columns": {}}, "maps nothing"),
        ({"category": {}}, "nothing says what happened"),
        ({"required": ["category"]}, "required: 'category'"),
        ({"id": {"duplicates": "outcome"}}, "needs 'id' and 'outcome'"),
        ({"place": {"level": "hous"}}, "level 'hous'"),
        ({"place": {"near": {"longitud": 1, "latitude": 2}}}, "Did you mean 'longitude'"),
    ],
)
def test_a_wrong_mapping_is_refused_with_the_nearest_name(change, message):
    with pytest.raises(ConfigError, match=message):
        read_source(SMALL | change)


@pytest.mark.parametrize(
    ("text", "message"),
    [("name = ", "not valid TOML"), ("name = 'fire'", "label: is missing"), (b"\xff\xfe\x00", "cannot be read")],
)
def test_a_wrong_source_file_is_refused(tmp_path, text, message):
    path = tmp_path / "own.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError, match=message):
        read_source(path)


@pytest.mark.parametrize(("name", "message"), [("police-uk", "Did you mean 'police_uk'"), ("own.toml", "is not there")])
def test_a_source_that_does_not_exist_is_refused(name, message):
    with pytest.raises(ConfigError, match=message):
        read_source(name)


@pytest.mark.parametrize("zone", ["Mars/Olympus", ""])
def test_an_unknown_zone_is_refused(zone):
    with pytest.raises(ConfigError, match="zone"):
        hs.read_incidents(pd.DataFrame({"d": ["2023-05-06 10:00"]}), source=SMALL | {"time": {"zone": zone}})


def test_a_wrong_time_format_is_refused():
    with pytest.raises(ConfigError, match="format"):
        hs.read_incidents(pd.DataFrame({"d": ["2023-05-06"]}), source=SMALL | {"time": {"format": "%Q"}})


@pytest.mark.real_data
def test_london_fires_by_twelve_lines(real_data):
    mapping = SMALL | {
        "columns": {
            "occurred_from": "date",
            "easting": "easting_rounded",
            "northing": "northing_rounded",
            "area_code": "ward",
        },
        "place": {"uncertainty_m": 35},
    }
    frame = hs.read_incidents(real_data / "london_lfb_dwelling_fires", source=mapping)
    assert len(frame) == 90_146
    assert frame.geometry.notna().all()
    assert set(frame["time_precision"]) == {"day"}


@pytest.mark.real_data
def test_seattle_dispatch_counts_incidents_not_units(real_data):
    mapping = {
        "name": "ambulance",
        "label": "Seattle",
        "health": True,
        "time": {"zone": "America/Los_Angeles"},
        "columns": {"id": "incident_number", "occurred_from": "timestamp", "category": "incident_type"},
        "id": {"duplicates": "first"},
        "category": {"default": "health_demand"},
    }
    with hs.recording() as notes:
        frame = hs.read_incidents(real_data / "seattle_fire_ems_and_police" / "sfd_2017", source=mapping)
    facts = facts_of(notes)
    assert facts["read"] == len(frame) + facts["duplicates"] > 12_000
    assert facts["time_formats"]["occurred_from"]["format"] == "month first"


def test_every_column_is_declared(gazetteer):
    frames = [
        hs.read_incidents(ed(record()), source="ed_istv", gazetteer=gazetteer),
        hs.read_incidents(pd.DataFrame(CALLS | {"Easting": 318_500, "Northing": 176_500}), source="ambulance"),
    ]
    for frame in frames:
        undeclared = [name for name in frame.columns if declared(name) is None]
        assert undeclared == []
        assert frame.index.name == "incident_id"
        assert set(frame["location_level"]) <= set(LOCATION_LEVELS)
