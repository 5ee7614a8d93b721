"""A proposed source file: which columns it maps, on what evidence, and what it leaves to the user."""

from __future__ import annotations

import tomllib

import pandas as pd
import pytest

import hotspot as hs
from hotspot.anonymise import is_nhs_number
from hotspot.ingest import read_source

ROWS = 40
DAYS = [f"{1 + i % 28:02d}/{1 + i % 12:02d}/2023" for i in range(ROWS)]
CLOCKS = [f"{i % 24:02d}:{(7 * i) % 60:02d}" for i in range(ROWS)]


def table(**columns):
    """Make a table; underscores of the names become spaces."""
    return pd.DataFrame({name.replace("__", " "): values for name, values in columns.items()})


def propose(frame, **options):
    """Propose, and check that the proposal is a source file."""
    guess = hs.guess_source(frame, **options)
    source = read_source(tomllib.loads(guess.to_toml()))
    return guess, source


def mapped(guess):
    """Field to header."""
    return {field: column.header for field, column in guess.columns.items()}


def test_the_column_names_need_not_be_known():
    frame = table(
        Happened=[f"2023-05-{1 + i % 28:02d} 23:40" for i in range(ROWS)],
        foo=[51.5 + i / 1000 for i in range(ROWS)],
        bar=[-0.12 - i / 1000 for i in range(ROWS)],
        what__it__was=["Common assault", "Burglary dwelling", "Robbery", "Graffiti"] * 10,
    )
    guess, source = propose(frame)
    assert mapped(guess) == {
        "occurred_from": "Happened", "category": "what it was", "longitude": "bar", "latitude": "foo",
    }  # fmt: skip
    assert guess.columns["longitude"].certainty == "unsure"
    assert hs.read_incidents(frame, source=source).geometry.notna().all()


def test_identifiers_are_never_mapped_and_never_printed():
    numbers = [f"943 {i} {j}" for i in range(100, 200) for j in range(5910, 5920)]
    numbers = [text for text in numbers if is_nhs_number(text.replace(" ", ""))][:ROWS]
    frame = table(
        Assault__date=DAYS, Weapon=["Knife", "Fist"] * 20, Surname=["Quillfeather"] * ROWS, Ref=numbers,
        Notes=["call ann.other@example.org"] * ROWS, DOB=["01/02/1980"] * ROWS, Mobile=["07700 900123"] * ROWS,
    )  # fmt: skip
    guess, _ = propose(frame)
    text = guess.to_toml() + guess.summary()
    assert mapped(guess) == {"occurred_from": "Assault date", "weapon_group": "Weapon"}
    for value in ("Quillfeather", numbers[0], "ann.other", "1980", "900123"):
        assert value not in text
    reasons = dict(guess.unread)
    assert reasons["Surname"] == "looks like a name: never read"
    assert "NHS number" in reasons["Ref"]
    assert "e-mail" in reasons["Notes"]
    assert "Surname" in guess.summary()


def test_an_arrival_is_never_taken_for_the_time_of_the_assault():
    frame = table(Arrival__date__and__time=[f"{d} 02:10" for d in DAYS], Assault__method=["Knife", "Fist"] * 20)
    guess, source = propose(frame)
    assert mapped(guess) == {"arrived_at": "Arrival date and time", "weapon_group": "Assault method"}
    assert "never used in its place" in guess.questions[0]
    assert "# DECIDE:" in guess.to_toml()
    records = hs.read_incidents(frame, source=source)
    assert records["occurred_from"].isna().all()
    assert records["arrived_at"].notna().all()


def test_assault_and_arrival_are_told_apart():
    frame = table(
        Arrived=[f"{d} 02:10" for d in DAYS], Date__of__assault=DAYS, Time__of__assault=CLOCKS,
        Left__department=[f"{d} 06:10" for d in DAYS],
    )  # fmt: skip
    guess, _ = propose(frame)
    assert mapped(guess) == {
        "occurred_from": "Date of assault", "occurred_time": "Time of assault", "arrived_at": "Arrived",
    }  # fmt: skip
    assert dict(guess.unread)["Left department"] == "another time"


def test_a_bare_date_of_a_hospital_is_asked_about():
    frame = table(Date=DAYS, Triage__category=["1", "2"] * 20, Assault__method=["Knife", "Fist"] * 20)
    guess, _ = propose(frame)
    assert guess.columns["occurred_from"].certainty == "unsure"
    assert "day of arrival" in guess.questions[0]


@pytest.mark.parametrize(("order", "proof"), [("%d/%m/%Y", "first"), ("%m/%d/%Y", "second")])
def test_the_proof_of_the_date_order_is_shown(order, proof):
    days = pd.date_range("2023-01-01", periods=60, freq="5D").strftime(order)
    guess, source = propose(table(Incident__date=days, Easting=range(500000, 500060), Northing=range(180000, 180060)))
    evidence = guess.columns["occurred_from"].evidence
    assert f"of 60 different dates have a {proof} number above 12" in evidence
    assert source.time.format is None


def test_an_undecidable_date_order_is_left_to_the_user_and_reading_refuses():
    frame = table(Incident__date=["03/04/2023", "05/06/2023", "07/08/2023"] * 5, Postcode__sector=["CF10 1"] * 15)
    guess, source = propose(frame, health=False)
    text = guess.to_toml()
    assert "# Day or month first?" in text
    assert guess.columns["occurred_from"].certainty == "unsure"
    with pytest.raises(hs.InputError, match="day or the month"):
        hs.read_incidents(frame, source=source)
    one = [line for line in text.splitlines() if line.startswith("# format") and line.endswith("# day first")]
    decided = tomllib.loads(text.replace(one[0], one[0].removeprefix("# ")))
    with pytest.warns(hs.HotspotWarning, match="gazetteer"):
        records = hs.read_incidents(frame, source=decided)
    assert records["occurred_from"].iloc[0] == pd.Timestamp("2023-04-03")


def test_two_digit_years_get_a_stated_format():
    frame = table(Incident__date=[f"{i:02d}/03/23 21:05" for i in range(1, 29)], Crime__type=["Robbery"] * 28)
    guess, source = propose(frame)
    records = hs.read_incidents(frame, source=source)
    assert records["occurred_from"].iloc[20] == pd.Timestamp("2023-03-21 21:05")
    assert "first number above 12" in guess.columns["occurred_from"].evidence


def test_numbers_like_excel_days_are_stated_as_such():
    pytest.importorskip("hotspot.ingest.excel_days")
    guess, source = propose(table(Date__of__incident=[f"{45000 + i}.5" for i in range(ROWS)], Type="Robbery"))
    assert source.time.format == {"occurred_from": ["excel"]}
    assert "Excel's days" in guess.columns["occurred_from"].evidence


def test_of_two_columns_of_the_same_days_the_plainer_is_taken():
    days = pd.date_range("2023-01-01", periods=ROWS)
    frame = table(Incident__date=days.strftime("%B %d, %Y"), date=days.strftime("%Y-%m-%d"), Crime__type="Robbery")
    guess, _ = propose(frame)
    assert mapped(guess)["occurred_from"] == "date"
    assert [other.header for other in guess.alternatives] == ["Incident date"]


def test_swapped_axes_are_mapped_by_their_values_and_said():
    frame = table(
        Date=DAYS, Longitude=[51.5 + i / 1000 for i in range(ROWS)], Latitude=[-0.1 - i / 1000 for i in range(ROWS)],
        Crime__type=["Robbery"] * ROWS,
    )  # fmt: skip
    guess, source = propose(frame)
    assert mapped(guess)["longitude"] == "Latitude"
    assert "look swapped" in guess.columns["longitude"].evidence
    assert hs.read_incidents(frame, source=source).geometry.notna().all()


def test_metres_under_the_name_of_degrees_are_metres():
    frame = table(Date=DAYS, Longitude=range(318500, 318540), Latitude=range(176500, 176540), Crime__type="Robbery")
    guess, source = propose(frame)
    assert mapped(guess)["easting"] == "Longitude"
    assert source.place.crs == 27700


def test_another_grid_is_asked_for():
    frame = table(Date=DAYS, x=range(231985, 232025), y=range(3893530, 3893570), Crime__type="Robbery")
    guess, source = propose(frame)
    assert source.place.crs is None
    assert any("EPSG" in question for question in guess.questions)
    with pytest.raises(hs.InputError, match="crs"):
        hs.read_incidents(frame, source=source)


def test_where_a_person_lives_is_not_where_it_happened():
    codes = [f"E010{i:05d}" for i in range(ROWS)]
    frame = table(
        Assault__date=DAYS, Patient__LSOA=codes, LSOA=codes, LSOA__of__assault=codes, Postcode=["CF10 1BH"] * ROWS,
        Triage=["1", "2"] * 20,
    )  # fmt: skip
    guess, _ = propose(frame)
    assert mapped(guess)["area_code"] == "LSOA of assault"
    assert dict(guess.unread)["Patient LSOA"] == "where a person lives, not where it happened"
    others = {(other.field, other.header) for other in guess.alternatives}
    assert ("area_code", "LSOA") in others
    assert ("postcode", "Postcode") in others


def test_the_finest_area_is_taken_and_grid_references_are_known():
    frame = table(
        Date=DAYS, District=["E09000010"] * ROWS, Ward=["E05013681", "E05014089"] * 20,
        OSGR=[f"ST {1800 + i} {7600 + i}" for i in range(ROWS)], Type=["Robbery", "Assault"] * 20,
    )  # fmt: skip
    guess, source = propose(frame)
    assert mapped(guess)["area_code"] == "Ward"
    assert mapped(guess)["grid_reference"] == "OSGR"
    assert hs.read_incidents(frame, source=source).geometry.notna().all()


def test_rare_labels_of_health_sources_are_counted_and_never_shown():
    labels = ["Knife"] * 20 + ["Fist"] * 16 + ["Wedding sabre", "Wheelbarrow", "Axe", "Rolling pin"]
    frame = table(Assault__date=DAYS, Assault__method=labels)
    guess, source = propose(frame)
    text = guess.to_toml()
    assert '"Knife" = "sharp"  # 20 rows' in text
    for label in ("Wedding sabre", "Wheelbarrow", "Axe", "Rolling pin"):
        assert label not in text
    assert "4 more label(s) in 4 rows are not shown" in text
    with pytest.warns(hs.HotspotWarning):
        records = hs.read_incidents(frame, source=source)
    assert records["weapon_group"].value_counts()["sharp"] == 21


def test_labels_that_nobody_knows_stand_as_comments_with_their_rows():
    frame = table(Crime__type=["Robbery"] * 23 + ["Zq7"] * 17, Crime__date=DAYS)
    guess, source = propose(frame)
    assert '# "Zq7" = "..."  # 17 rows: choose one of the list above' in guess.to_toml()
    assert source.category.rules().keys() == {"Robbery"}


def test_codes_of_a_list_are_read_by_the_list():
    frame = table(
        Crime__reference=[f"A/{i}" for i in range(ROWS)], HO__code=["8N", "5D", "34B", "105A"] * 10,
        Committed__from=[f"{d} 21:30" for d in DAYS], Committed__to=[f"{d} 23:30" for d in DAYS],
        Easting=range(318500, 318540), Northing=range(176500, 176540),
    )  # fmt: skip
    guess, source = propose(frame)
    assert guess.builtin == "police_force"
    assert source.category.codes == "home_office"
    assert "extends" in guess.to_toml()


def test_abbreviated_headers_are_read():
    frame = table(
        DATE__OCC=[f"{1 + i % 12:02d}/{1 + i % 28:02d}/2023" for i in range(ROWS)],
        TIME__OCC=["2140", "0015"] * 20, Date__Rptd=[f"{1 + i % 12:02d}/{1 + i % 28:02d}/2023" for i in range(ROWS)],
        Crm__Cd__Desc=["BATTERY - SIMPLE ASSAULT", "ROBBERY"] * 20, Premis__Desc=["STREET", "PARKING LOT"] * 20,
        Wpn__Desc=["HAND GUN", "KNIFE"] * 20,
    )  # fmt: skip
    guess, source = propose(frame)
    assert mapped(guess) == {
        "occurred_from": "DATE OCC", "occurred_time": "TIME OCC", "received_at": "Date Rptd", "setting": "Premis Desc",
        "category": "Crm Cd Desc", "weapon_group": "Wpn Desc",
    }  # fmt: skip
    assert (guess.name, guess.health) == ("police", False)
    records = hs.read_incidents(frame, source=source)
    assert set(records["weapon_group"]) == {"firearm", "sharp"}
    assert set(records["occurred_from"].dt.hour) == {21, 0}


def test_long_codes_are_listed_for_the_user_to_map():
    frame = table(EmCare_Injury_Date=DAYS, EmCare_Inj_Intent=["443381000124105", "418019003"] * 20)
    guess, _ = propose(frame)
    assert guess.name == "ed"
    assert '# "443381000124105" = "..."  # 20 rows' in guess.to_toml()
    assert "none of its labels is understood" in guess.questions[0]


def test_decimal_commas_are_stated():
    frame = table(
        Date=[day.replace("/", ".") for day in DAYS], Lon=[f"-0,{1200 + i}" for i in range(ROWS)],
        Lat=[f"51,{5000 + i}" for i in range(ROWS)], Type=["Assault", "Robbery"] * 20,
    )  # fmt: skip
    guess, source = propose(frame)
    assert mapped(guess)["occurred_from"] == "Date"
    assert source.files.decimal == ","
    assert hs.read_incidents(frame, source=source).geometry.notna().all()


def test_repeated_ids_are_counted_over_the_whole_file():
    frame = table(Incident__number=[f"F{i // 2:05d}" for i in range(ROWS)], Call__time=DAYS, Nature=["Assault"] * ROWS)
    guess, source = propose(frame)
    assert source.id.duplicates == "first"
    assert "20 rows repeat an id, 0 of them word for word" in guess.settings.duplicates_reason


def test_the_time_of_a_call_stands_in_and_says_so():
    guess, _ = propose(table(Call__time=[f"{d} 21:30" for d in DAYS], Nature=["Assault", "Fall"] * 20))
    assert mapped(guess)["occurred_from"] == mapped(guess)["received_at"] == "Call time"
    assert "stands for the time of the event" in guess.columns["occurred_from"].evidence


def test_the_day_of_the_report_is_offered_and_not_taken():
    guess, _ = propose(table(Date__reported=DAYS, ASB__type=["Noise", "Graffiti"] * 20))
    assert mapped(guess) == {"received_at": "Date reported", "category": "ASB type"}
    assert '# occurred_from = "Date reported"' in guess.to_toml()


@pytest.mark.parametrize(
    ("columns", "health"),
    [
        ({"Attendance date": DAYS, "Triage": "1"}, True),
        ({"Crime type": "Robbery", "Date": DAYS}, False),
        ({"Date": DAYS, "Ward": "E05013681"}, True),
    ],
)
def test_health_is_decided_by_headers_and_else_assumed(columns, health):
    guess, source = propose(pd.DataFrame(columns))
    assert source.health is health
    if "Ward" in columns:
        assert "assumed the stricter" in guess.to_toml()
    assert hs.guess_source(pd.DataFrame(columns), health=not health).health is not health


def test_counts_by_area_are_no_records():
    frame = table(Ward__code=[f"E0500{i:04d}" for i in range(ROWS)], Assaults=range(ROWS), Rate__per__1000=[1.5] * ROWS)
    guess, source = propose(frame)
    assert source.shared_as == "area_counts"
    assert source.area_counts.headers("n") == ["Assaults"]
    assert guess.counts is not None


def test_years_and_months_in_two_columns_are_explained():
    codes = [f"E0500{i % 10:04d}" for i in range(ROWS)]
    guess, _ = propose(table(ward__code=codes, year=2017, month=[1 + i // 10 for i in range(ROWS)], crimes=range(ROWS)))
    assert "one row per area" in guess.questions[0]


def test_a_file_without_a_header_is_refused():
    with pytest.raises(hs.InputError, match="does not look like a header"):
        hs.guess_source(pd.DataFrame([[1, 2]], columns=["359192.3", "2016-01-01"]))
    with pytest.raises(hs.InputError, match="no records"):
        hs.guess_source(pd.DataFrame({"Date": []}))


def test_a_name_must_be_a_source_name():
    with pytest.raises(hs.ConfigError, match="lower-case"):
        hs.guess_source(pd.DataFrame({"Date": DAYS}), name="My Hospital")


def test_columns_that_no_source_file_can_name_are_left_out():
    frame = pd.DataFrame([["1", "2", "3", "01/02/2023"]] * 3, columns=["A", "a", "???", "Incident date"])
    guess, _ = propose(frame)
    assert dict(guess.unread)["A"] == dict(guess.unread)["a"] == "its header stands more than once"
    assert dict(guess.unread)["???"] == "its header has no letter or digit"


def test_extends_lays_a_file_over_a_built_in_source(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('extends = "police_nibrs"\n[time]\nzone = "America/Chicago"\n[category.map]\n"X1" = "robbery"\n')
    source, base = read_source(path), read_source("police_nibrs")
    assert source.time.zone == "America/Chicago"
    assert source.category.codes == base.category.codes == "nibrs"
    assert source.columns == base.columns
    with pytest.raises(hs.ConfigError, match="Did you mean 'police_uk'"):
        read_source({"extends": "polic_uk"})


def test_guessing_leaves_one_note_and_no_trial_reading(tmp_path):
    with hs.recording() as notes:
        hs.guess_source(table(Incident__date=DAYS, Easting=range(318500, 318540), Northing=range(176500, 176540)))
    assert [note.step for note in notes] == ["guess_source"]
    assert "Incident date (sure)" in notes[0].facts["columns"].values()
