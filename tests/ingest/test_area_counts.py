"""Counts and rates by area: missing by kind, repeats by rule, wrong values all at once."""

from __future__ import annotations

import gzip

import pandas as pd
import pytest

from hotspot.errors import ConfigError, DisclosureError, HotspotWarning, InputError
from hotspot.ingest import read_area_counts
from hotspot.record import recording


@pytest.fixture
def write(tmp_path):
    def file(text, name="wards.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return file


def test_missing_is_kept_apart_from_zero_and_counted_by_kind(write):
    marks = ["0", "12", '"1,234"', "", "n/a", "NA", "*", "-", "..", ":", "suppressed", "<5", "7.0"]
    rows = "".join(f"W{i:02d},{mark}\n" for i, mark in enumerate(marks))
    with recording() as notes:
        found = read_area_counts(write("ward,calls\n" + rows), code="ward", source="ambulance", columns={"n": "calls"})
    assert found.index.name == "area_code"
    assert found["n_ambulance"].dtype == "Int64"
    assert found["n_ambulance"].fillna(-1).to_list() == [0, 12, 1234, *[-1] * 9, 7]
    facts = notes[-1].facts
    assert facts["missing"] == {"blank": 1, "withheld": 2, "below a threshold": 1, "not available": 5}
    assert facts["read"] == facts["kept"] == 13
    assert facts["files"][0]["name"] == "wards.csv"
    assert facts["files"][0]["rows"] == 13


def test_a_rate_is_given_per_thousand(write):
    file = write("ward,rate\nA,250\nB,n/a\n")
    found = read_area_counts(file, code="ward", source="fire", rate="rate", per=100_000)
    assert found["rate_fire"].dtype == "float64"
    assert found["rate_fire"].iloc[0] == 2.5
    assert found["rate_fire"].isna().to_list() == [False, True]
    assert list(found.columns) == ["rate_fire"]
    assert read_area_counts(file, code="ward", source="fire", rate="rate")["rate_fire"].iloc[0] == 250


def test_encodings_delimiters_and_formats(write, tmp_path):
    text = "Bezirk;Fälle\nÄ1;3\nB2;4\n"
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    parquet = tmp_path / "a.parquet"
    pd.DataFrame({"Bezirk": ["Ä1", "B2"], "Fälle": [3, 4]}).to_parquet(parquet)
    for file in (write(text, encoding="cp1252"), write(text, "b.csv", encoding="utf-8-sig"), packed, parquet):
        found = read_area_counts(file, code="Bezirk", source="police", columns={"n": "Fälle"})
        assert found["n_police"].to_dict() == {"Ä1": 3, "B2": 4}


def test_repeated_rows_count_once_and_contradictions_not_at_all(write):
    file = write("ward,calls\nA,1\nB,2\nA,1\nC,3\nC,4\nC,3\n,9\nD,\n")
    with recording() as notes, pytest.warns(HotspotWarning, match=r"1 code.*different values.*C"):
        found = read_area_counts(file, code="ward", source="ed", columns={"n": "calls"})
    assert found.index.to_list() == ["A", "B", "D"]
    facts = notes[-1].facts
    assert facts["rejected"] == {
        "no code": 1, "identical row of the same code": 1, "code repeated with different values": 3,
    }  # fmt: skip
    assert facts["read"] == facts["kept"] + sum(facts["rejected"].values())


def test_wrong_values_are_told_all_at_once_without_showing_them(write):
    file = write("ward,calls,rate\nA,many,1\nB,-3,word\nC,1.5,-2\nD,7%,1\n")
    with pytest.raises(InputError) as caught:
        read_area_counts(file, code="ward", source="ed", columns={"n": "calls"}, rate="rate", per=1_000)
    told = str(caught.value)
    assert "'calls': 2 value(s) are no number (first: row 1)" in told
    assert "'calls': 1 value(s) are negative (first: row 2)" in told
    assert "'calls': 1 count(s) are not whole" in told
    assert "'rate': 1 value(s) are no number (first: row 2)" in told
    assert "many" not in told
    assert "7%" not in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no rows"),
        ("ward,calls\n", "no rows"),
        ("ward,call\nA,1\n", "Did you mean 'call'"),
        ("ward,calls\nA\n", "do not have"),
        ("ward,calls\n,1\n", "none of 1 rows"),
        ("ward,calls\nA,1e999\n", "too large"),
    ],
)
def test_unusable_files_are_refused(write, text, told):
    with pytest.raises(InputError, match=told):
        read_area_counts(write(text), code="ward", source="ed", columns={"n": "calls"})


def test_arguments_that_do_not_fit_are_refused(write, tmp_path):
    file = write("ward,calls\nA,1\n")
    with pytest.raises(ConfigError, match="source"):
        read_area_counts(file, code="ward", source="A&E", columns={"n": "calls"})
    with pytest.raises(ConfigError, match="columns"):
        read_area_counts(file, code="ward", source="ed")
    with pytest.raises(ConfigError, match="columns"):
        read_area_counts(file, code="ward", source="ed", columns={"m": "calls"})
    with pytest.raises(ConfigError, match="per"):
        read_area_counts(file, code="ward", source="ed", rate="calls", per=0)
    with pytest.raises(ConfigError, match="per"):
        read_area_counts(file, code="ward", source="ed", columns={"n": "calls"}, per=10)
    with pytest.raises(InputError, match="not there"):
        read_area_counts(tmp_path / "none.csv", code="ward", source="ed", columns={"n": "calls"})


@pytest.mark.real_data
def test_london_profiles(real_data):
    file = real_data / "london_ward_profiles/ward-profiles-excel-version.csv"
    with recording() as notes:
        found = read_area_counts(
            file, code="New code", source="fire", rate="Deliberate Fires per 1,000 population - 2014", per=1_000
        )
    assert (notes[-1].facts["read"], notes[-1].facts["kept"]) == (660, 659)
    assert notes[-1].facts["missing"] == {"not available": 12}
    assert found["rate_fire"].isna().sum() == 12


@pytest.mark.parametrize(
    "codes",
    [["943 476 5919", "450 557 7104", "450 557 7112"], ["CF10 1AA", "CF10 1AB", "W2"], ["W1", "a.b@example.org", "W2"]],
    ids=["NHS numbers", "full postcodes", "one e-mail address"],
)
def test_codes_that_are_persons_are_refused_without_a_value(codes):
    table = pd.DataFrame({"LSOA21CD": codes, "Referrals": [1, 2, 3]})
    with pytest.raises(DisclosureError, match="column 'LSOA21CD' should hold codes of areas") as refused:
        read_area_counts(table, source="domestic_abuse_services")
    assert not any(code in str(refused.value) for code in codes if len(code) > 2)


def test_codes_that_contradict_themselves_are_shown_only_if_they_are_written_as_codes():
    table = pd.DataFrame({"LSOA21CD": ["W01000001", "Jane Canary", "Jane Canary"], "Referrals": [1, 2, 3]})
    with pytest.warns(HotspotWarning, match=r"1 code\(s\) of 'DataFrame' stand more than once") as caught:
        read_area_counts(table, source="domestic_abuse_services")
    assert "Canary" not in str(caught[0].message)
