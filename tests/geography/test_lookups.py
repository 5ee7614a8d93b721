"""Lookups: columns by any office's name, codes of the right kind, nothing guessed without saying so."""

from __future__ import annotations

import pandas as pd
import pytest

from hotspot.errors import ConfigError, HotspotError, InputError
from hotspot.geography import read_lookup
from hotspot.geography.lookups import code_kinds, kind_and_year
from hotspot.record import recording

LSOA, WARD, LAD, CSP, PFA = "E01000001", "E05009288", "E09000001", "E22000001", "E23000034"


@pytest.mark.parametrize(
    ("header", "code", "name"),
    [
        ("LSOA21CD", LSOA, "lsoa21"),
        ("lsoa11_code", LSOA, "lsoa11"),
        ("LSOA code", LSOA, "lsoa"),
        ("WD24CD", WARD, "ward24"),
        ("ward24_code", WARD, "ward24"),
        ("LAD24CD", LAD, "lad24"),
        ("LTLA24CD", LAD, "lad24"),
        ("CSP24CD", CSP, "csp24"),
        ("PFA24CD", PFA, "pfa24"),
        ("MSOA11CD", "E02000001", "msoa11"),
        ("LAD22NM", "City of London", "lad22_name"),
        ("RGN22CD", "E12000007", "region22"),
        ("Area code", "W01000003", "lsoa"),
        ("Partnership", "W14000003", "csp"),
    ],
)
def test_a_column_gets_its_name_from_the_header_or_its_codes(header, code, name):
    lookup = read_lookup(pd.DataFrame({header: [code], "OA21CD": ["E00000001"]}))
    assert set(lookup.columns) == {name, "oa21"}
    assert lookup[name].to_list() == [code]


@pytest.mark.parametrize("header", ["CHGIND", "CHNGIND", "change_code", "Change Indicator"])
def test_the_change_code_is_known_by_each_of_its_names(header):
    assert "change" in read_lookup(pd.DataFrame({"LSOA11CD": [LSOA], "LSOA21CD": [LSOA], header: ["U"]}))


def test_files_are_read_codes_tidied_repeats_dropped_and_all_is_noted(tmp_path):
    path = tmp_path / "lookup.csv"
    text = "\ufefflsoa21cd,LSOA21NM,WD24CD,Beat code,FID\n e01000001,A,E05009288,B1,1\nE01000001,A,E05009288,B1,2\n"
    path.write_text(text, encoding="utf-8")
    with recording() as notes:
        lookup = read_lookup(path, columns={"Beat code": "beat"})
    assert lookup.to_dict("list") == {"lsoa21": [LSOA], "lsoa21_name": ["A"], "ward24": [WARD], "beat": ["B1"]}
    facts = notes[-1].facts
    assert (facts["read"], facts["kept"], facts["repeated"], facts["left_out"]) == (2, 1, 1, ["FID"])
    assert facts["lookup"] == "lookup.csv"


def test_a_column_known_by_its_codes_alone_is_named_in_the_account():
    with recording() as notes:
        read_lookup(pd.DataFrame({"GEOID": [LSOA], "LAD24CD": [LAD]}))
    assert notes[-1].facts["recognised_by_codes"] == ["GEOID"]


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        ({"LSOA21CD": ["E02000001"], "LAD24CD": [LAD]}, {}, "'LSOA21CD': 1 value.* no lsoa codes .first: row 1"),
        ({"LSOA21CD": [LSOA, "Camden"], "LAD24CD": [LAD, LAD]}, {}, "1 value.* no lsoa codes .first: row 2"),
        ({"LAD24CD": [LAD], "LTLA24CD": [LAD]}, {}, "would all be 'lad24'"),
        ({"colour": ["red"], "LAD24CD": [LAD]}, {}, "fewer than two are known"),
        ({"LSOA21CD": [], "LAD24CD": []}, {}, "no rows"),
        ({"LSOA21CD": [LSOA], "LAD24CD": [LAD]}, {"columns": {"Beat": "beat"}}, "column.s. missing"),
    ],
)
def test_what_cannot_be_meant_is_refused(table, options, message):
    with pytest.raises(InputError, match=message):
        read_lookup(pd.DataFrame(table, dtype="str"), **options)


def test_an_unfit_name_is_refused():
    with pytest.raises(ConfigError, match="lower-case"):
        read_lookup(pd.DataFrame({"LSOA21CD": [LSOA], "b": ["x"]}), columns={"b": "My Beat"})


def test_a_value_is_never_in_a_message():
    with pytest.raises(HotspotError) as told:
        read_lookup(pd.DataFrame({"LSOA21CD": ["Jane Example"], "LAD24CD": [LAD]}))
    assert "Jane" not in str(told.value)


def test_kinds_of_codes_and_years():
    codes = pd.Series(["S12000033", "E06000001", "W06000015", "W15000001", "E99999999", "e01000001", "x", None])
    assert code_kinds(codes).fillna("-").to_list() == ["lad", "lad", "lad", "pfa", "other", "lsoa", "-", "-"]
    assert kind_and_year("lsoa21") == ("lsoa", 2021)
    assert kind_and_year("beat") == ("beat", None)


@pytest.mark.real_data
def test_real_lookups_are_read_without_a_mapping(real_data):
    folder = real_data / "ew_humaniverse" / "converted"
    expected = {
        "lookup_lsoa11_lsoa21_ltla22.csv.gz": ({"lsoa11", "lsoa21", "change", "lad22"}, 35_795),
        "lookup_lsoa21_ward24_ltla24.csv.gz": ({"lsoa21", "ward24", "lad24"}, 35_672),
        "lookup_ltla24_csp24_pfa24.csv.gz": ({"lad24", "csp24", "pfa24"}, 332),
        "lookup_lsoa11_msoa11.csv.gz": ({"lsoa11", "msoa11"}, 41_729),
    }
    for name, (columns, rows) in expected.items():
        lookup = read_lookup(folder / name)
        assert {column for column in lookup if not column.endswith("_name")} == columns
        assert len(lookup) == rows
