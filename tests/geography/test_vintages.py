"""Vintages: each change code by hand, sums to the last bit, estimates flagged, the rest refused."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.vintages import convert as twin
from reference.vintages import groups

from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.geography import common_areas, convert_vintage, detect_vintage, read_lookup, sum_in_common_areas
from hotspot.record import recording

ROWS = [
    ("U1", "U1", "U"),
    ("U2", "U2", "U"),
    ("S1", "s1a", "S"),
    ("S1", "s1b", "S"),
    ("S1", "s1c", "S"),
    ("M1", "m", "M"),
    ("M2", "m", "M"),
    ("X1", "x1", "X"),
    ("X1", "x2", "X"),
    ("X2", "x2", "X"),
]
CHANGES = pd.DataFrame(ROWS, columns=["lsoa11", "lsoa21", "change"], dtype="str")
OLD = {"U1": 5, "U2": 0, "S1": 10, "M1": 3, "M2": 4, "X1": 7, "X2": 1}
NEW = {"U1": 5, "U2": 0, "s1a": 1, "s1b": 2, "s1c": 3, "m": 7, "x1": 8, "x2": 1}


def quietly(function, *args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HotspotWarning)
        return function(*args, **options)


def test_forwards_each_change_code_by_hand():
    weights = pd.Series({"s1a": 1_000, "s1b": 1_000, "s1c": 2_000})
    result = quietly(convert_vintage, pd.Series(OLD, name="n"), CHANGES, to="lsoa21", weights=weights)
    assert result["n"].fillna(-1).to_dict() == {
        "U1": 5, "U2": 0, "m": 7, "s1a": 2.5, "s1b": 2.5, "s1c": 5, "x1": -1, "x2": -1,
    }  # fmt: skip
    labels = result["conversion"].to_dict()
    assert {labels[code] for code in ("U1", "U2", "m")} == {"exact"}
    assert {labels[code] for code in ("s1a", "s1b", "s1c")} == {"apportioned"}
    assert {labels[code] for code in ("x1", "x2")} == {"refused"}
    assert result["n"].dtype == "Float64"


def test_backwards_split_areas_add_up_and_merged_ones_are_shared_out():
    weights = pd.Series({"M1": 3, "M2": 1})
    result = quietly(convert_vintage, pd.Series(NEW, name="n"), CHANGES, to="lsoa11", weights=weights)
    assert result.loc[["S1", "M1", "M2"], "n"].to_list() == [6, 5.25, 1.75]
    assert result.loc[["S1", "M1", "X1"], "conversion"].to_list() == ["exact", "apportioned", "refused"]


def test_exact_counts_stay_whole_numbers():
    exact = pd.DataFrame({"n_police": [5, 3, 4], "n_ed": [1, 1, 1]}, index=["U1", "M1", "M2"])
    result = convert_vintage(exact, CHANGES, to="lsoa21")
    assert (result["n_police"].dtype, result["n_ed"].dtype) == ("Int64", "Int64")
    assert result["n_police"].to_dict() == {"U1": 5, "m": 7}
    back = convert_vintage(pd.Series({"s1a": 1, "s1b": 2, "s1c": 3}, name="n"), CHANGES, to="lsoa11")
    assert back["n"].to_dict() == {"S1": 6}
    assert back["n"].dtype == "Int64"


def test_without_weights_split_areas_are_refused_counted_and_said():
    with recording() as notes, pytest.warns(HotspotWarning, match="5 have no value .*give weights="):
        result = convert_vintage(pd.Series(OLD, name="n"), CHANGES, to="lsoa21")
    assert result.loc["s1a", "n"] is pd.NA
    facts = notes[-1].facts
    assert (facts["read"], facts["exact"], facts["refused"]) == (7, 3, 5)
    assert facts["withheld"] == {"n": 18.0}


@pytest.mark.parametrize("weights", [{"s1a": 1, "s1b": 1}, {"s1a": 0, "s1b": 0, "s1c": 0}])
def test_a_missing_weight_or_none_at_all_is_no_share(weights):
    result = quietly(convert_vintage, pd.Series({"S1": 10}, name="n"), CHANGES, to="lsoa21", weights=pd.Series(weights))
    assert result["n"].isna().all()
    assert set(result["conversion"]) == {"refused"}


def test_a_missing_part_makes_the_sum_missing_never_smaller():
    with pytest.warns(HotspotWarning, match="a part is not listed"):
        result = convert_vintage(pd.Series({"M1": 3, "U1": 2}, name="n"), CHANGES, to="lsoa21")
    assert result["n"].isna().to_dict() == {"U1": False, "m": True}
    assert result.loc["m", "conversion"] == "incomplete"
    listed = convert_vintage(pd.Series({"M1": 3, "U1": 2}, name="n"), CHANGES, to="lsoa21", absent="zero")
    assert listed["n"].to_dict() == {"U1": 2, "m": 3}
    unknown = convert_vintage(pd.Series({"M1": 3, "M2": None}, name="n"), CHANGES, to="lsoa21")
    assert unknown["n"].isna().all()


def test_codes_of_one_area_written_two_ways_are_refused():
    with pytest.raises(InputError, match="stand more than once"):
        convert_vintage(pd.Series({"e01000001": 1, "E01000001 ": 2}, name="n"), CHANGES, to="lsoa21")


def test_codes_already_of_the_year_are_kept_without_the_unknown_ones():
    counts = pd.Series({"s1a": 1, "U1": 2, "Z9": 3}, name="n")
    with recording() as notes, pytest.warns(HotspotWarning, match="1 codes are not in the lookup"):
        result = convert_vintage(counts, CHANGES, to="lsoa21")
    assert result["n"].to_dict() == {"s1a": 1, "U1": 2}
    assert (notes[-1].facts["already"], notes[-1].facts["unknown"]) == (2, 1)


def test_codes_that_are_already_of_the_year_stay_as_they_are():
    result = convert_vintage(pd.Series({"s1a": 1, "U1": 2}, name="n"), CHANGES, to="lsoa21")
    assert result["n"].to_dict() == {"s1a": 1, "U1": 2}


def test_unknown_codes_are_counted_and_left_out():
    with recording() as notes, pytest.warns(HotspotWarning, match="1 codes are not in the lookup"):
        result = convert_vintage(pd.Series({"U1": 1, "Z9": 2}, name="n"), CHANGES, to="lsoa21")
    assert result["n"].to_dict() == {"U1": 1}
    assert notes[-1].facts["left_out"] == {"n": 2.0}


def test_mixed_vintages_are_found_counted_and_not_converted():
    codes = pd.Series(["U1", "S1", "s1a", "s1a", "Z9", None])
    with recording() as notes, pytest.warns(HotspotWarning, match="1 only in lsoa11 and 2 only in lsoa21"):
        found = detect_vintage(codes, CHANGES)
    assert found.fillna("-").to_list() == ["both", "lsoa11", "lsoa21", "lsoa21", "unknown", "-"]
    assert notes[-1].facts["by_vintage"] == {"both": 1, "lsoa11": 1, "lsoa21": 2, "unknown": 1}
    assert notes[-1].facts["mixed"] is True
    with pytest.raises(InputError, match="1 codes are only of the one year and 1 only of the other"):
        convert_vintage(pd.Series({"S1": 1, "s1a": 1}, name="n"), CHANGES, to="lsoa21")


def test_without_a_lookup_only_new_lsoa_codes_can_be_told():
    codes = pd.Series(["E01033768", "E01033769", "W01001958", "W01001959", "E02000001", "nonsense", None])
    found = detect_vintage(codes)
    assert found.fillna("-").to_list() == ["either", "lsoa21", "either", "lsoa21", "unknown", "unknown", "-"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("U1", "U9", "U"), "say U, S or M but their codes say otherwise"),
        (("A", "B", "S"), "say otherwise .first: row 11: A to B"),
        (("A", "B", "M"), "say otherwise"),
        (("A", "B", "Q"), "not U, S, M or X .first: row 11"),
        ((None, "B", "U"), "lack a code"),
    ],
)
def test_contradictory_change_codes_are_refused(row, message):
    wrong = pd.concat([CHANGES, pd.DataFrame([row], columns=CHANGES.columns)], ignore_index=True)
    with pytest.raises(InputError, match=message):
        convert_vintage(pd.Series(OLD, name="n"), wrong, to="lsoa21")


def test_a_lookup_without_change_codes_may_be_a_best_fit_and_is_refused():
    with pytest.raises(InputError, match="best fit"):
        convert_vintage(pd.Series(OLD, name="n"), CHANGES.drop(columns="change"), to="lsoa21")
    with pytest.raises(InputError, match="one kind of area in two years"):
        common_areas(CHANGES.rename(columns={"lsoa21": "msoa21"}))


def test_other_misuse_is_refused():
    counts = pd.DataFrame({"n": [1], "rate_ed": [2.0]}, index=["U1"])
    with pytest.raises(ConfigError, match="rates are no counts"):
        convert_vintage(counts, CHANGES, to="lsoa21", of=["rate_ed"])
    with pytest.raises(ConfigError, match="'lsoa31' is no year of the lookup"):
        convert_vintage(counts, CHANGES, to="lsoa31")
    with pytest.raises(InputError, match="none of 1 codes"):
        convert_vintage(pd.Series({"Z": 1}, name="n"), CHANGES, to="lsoa21")
    with pytest.raises(InputError, match="infinite or below 0"):
        convert_vintage(pd.Series({"U1": -1}, name="n"), CHANGES, to="lsoa21")
    with pytest.raises(ConfigError, match="Did you mean 'zero'"):
        convert_vintage(counts, CHANGES, to="lsoa21", absent="zeros")


def test_common_areas_are_named_and_hold_both_years():
    common = common_areas(CHANGES)
    assert common["common_area"].to_dict() == {
        "U1": "U1", "U2": "U2", "S1": "S1", "s1a": "S1", "s1b": "S1", "s1c": "S1", "M1": "m", "M2": "m", "m": "m",
        "X1": "X1+X2", "X2": "X1+X2", "x1": "X1+X2", "x2": "X1+X2",
    }  # fmt: skip
    assert common.loc["x1", "change"] == "X"


def test_a_series_across_the_change_is_exact():
    old = sum_in_common_areas(pd.Series(OLD, name="n"), CHANGES)
    new = sum_in_common_areas(pd.Series(NEW, name="n"), CHANGES)
    assert old["n"].to_dict() == {"S1": 10, "U1": 5, "U2": 0, "X1+X2": 8, "m": 7}
    assert new["n"].to_dict() == {"S1": 6, "U1": 5, "U2": 0, "X1+X2": 9, "m": 7}
    assert old["n"].dtype == new["n"].dtype == "Int64"


def test_a_common_area_with_a_part_not_listed_is_missing_and_mixed_tables_must_say_so():
    with pytest.warns(HotspotWarning, match="1 areas have no value"):
        short = sum_in_common_areas(pd.Series({"M1": 3, "U1": 1}, name="n"), CHANGES)
    assert short["n"].isna().to_dict() == {"U1": False, "m": True}
    mixed = pd.Series({"S1": 3, "s1a": 4}, name="n")
    with pytest.raises(InputError, match="absent='zero'"):
        sum_in_common_areas(mixed, CHANGES)
    assert sum_in_common_areas(mixed, CHANGES, absent="zero")["n"].to_dict() == {"S1": 7}


@st.composite
def histories(draw):
    """Draw changes of areas, counts of some and weights of some."""
    rows = []
    for number, kind in enumerate(draw(st.lists(st.sampled_from("USMX"), min_size=1, max_size=8))):
        parts = draw(st.integers(2, 4))
        if kind == "U":
            rows.append((f"{number}", f"{number}", "U"))
        elif kind == "S":
            rows += [(f"{number}", f"{number}{part}", "S") for part in "abcd"[:parts]]
        elif kind == "M":
            rows += [(f"{number}{part}", f"{number}", "M") for part in "abcd"[:parts]]
        else:
            rows += [(f"{number}x{part}", f"{number}y{part}", "X") for part in range(parts)]
            rows += [(f"{number}x0", f"{number}y1", "X")]
    forwards = draw(st.booleans())
    sources = sorted({row[0 if forwards else 1] for row in rows})
    listed = draw(st.lists(st.sampled_from(sources), min_size=1, unique=True))
    counts = {code: draw(st.integers(0, 10_000)) for code in listed}
    targets = sorted({row[1 if forwards else 0] for row in rows})
    weighed = draw(st.lists(st.sampled_from(targets), unique=True))
    weights = {code: draw(st.integers(0, 4_000)) for code in weighed}
    return rows, forwards, counts, weights


@given(histories())
@settings(max_examples=50, deadline=None)
def test_conversion_equals_its_slow_twin(history):
    rows, forwards, counts, weights = history
    changes = pd.DataFrame(rows, columns=["lsoa11", "lsoa21", "change"], dtype="str")
    given_weights = pd.Series(weights, dtype="float64")
    to = "lsoa21" if forwards else "lsoa11"
    result = quietly(convert_vintage, pd.Series(counts, name="n"), changes, to=to, weights=given_weights)
    expected = twin(counts, rows, forwards, weights)
    assert result.index.to_list() == list(expected)
    for code, (value, label) in expected.items():
        assert result.loc[code, "conversion"] == label
        if value is None:
            assert result.loc[code, "n"] is pd.NA
        else:
            assert float(result.loc[code, "n"]) == pytest.approx(float(value), rel=1e-5, abs=1e-3)


@given(
    st.lists(st.integers(0, 5_000), min_size=2, max_size=9).filter(any),
    st.integers(0, 2**28),
    st.integers(0, 2**28),
)
@settings(max_examples=40, deadline=None)
def test_parts_of_whole_counts_add_up_to_the_last_bit(weights, one, two):
    children = [f"c{number}" for number in range(len(weights))]
    changes = pd.DataFrame({"lsoa11": "P", "lsoa21": children, "change": "S"}, dtype="str")
    counts = pd.DataFrame({"n_police": [one], "n_ed": [two]}, index=["P"])
    result = quietly(convert_vintage, counts, changes, to="lsoa21", weights=pd.Series(weights, index=children))
    shuffled = result.sample(frac=1, random_state=0)
    assert (shuffled["n_police"].sum(), shuffled["n_ed"].sum()) == (one, two)
    assert (result["n_police"] >= 0).all()
    back = convert_vintage(result[["n_police", "n_ed"]], changes, to="lsoa11")
    assert back.loc["P", ["n_police", "n_ed"]].to_list() == [one, two]


@given(histories())
@settings(max_examples=40, deadline=None)
def test_common_areas_are_the_connected_groups_and_conserve_sums(history):
    rows, forwards, _, _ = history
    changes = pd.DataFrame(rows, columns=["lsoa11", "lsoa21", "change"], dtype="str")
    common = common_areas(changes)
    found = common.groupby("common_area").groups.values()
    assert {frozenset(codes) for codes in found} == groups(rows)
    codes = changes["lsoa11" if forwards else "lsoa21"].unique()
    counts = pd.Series(np.arange(len(codes)), index=codes, name="n")
    assert sum_in_common_areas(counts, changes)["n"].sum() == counts.sum()


@pytest.fixture(scope="module")
def real_changes(real_data):
    return read_lookup(real_data / "ew_humaniverse" / "converted" / "lookup_lsoa11_lsoa21_ltla22.csv.gz")


@pytest.mark.real_data
def test_real_changes_have_the_official_numbers(real_changes):
    with recording() as notes:
        common = common_areas(real_changes)
    facts = notes[-1].facts
    assert (facts["old"], facts["new"], facts["common"]) == (34_753, 35_672, 34_630)
    assert facts["by_change"] == {"U": 33_647, "S": 861, "M": 119, "X": 3}
    assert len(common) == len(set(real_changes["lsoa11"]) | set(real_changes["lsoa21"]))
    old, new = set(real_changes["lsoa11"]), set(real_changes["lsoa21"])
    found = detect_vintage(pd.Index(sorted(new)))
    assert set(found[found == "lsoa21"].index) == new - old


@pytest.mark.real_data
def test_real_common_areas_have_the_same_outline_in_both_years(real_data, real_changes):
    folder = real_data / "ew_humaniverse" / "converted"
    common = common_areas(real_changes)
    changed = common[common["change"].isin(["S", "M", "X"])]
    # every tenth split or merged area, and all irregular ones
    chosen = sorted(changed.loc[changed["change"] != "X", "common_area"].unique())[::10]
    irregular = changed.loc[changed["change"] == "X", "common_area"].unique().tolist()
    wanted = sorted([*chosen, *irregular])
    outlines = []
    for year in ("lsoa11", "lsoa21"):
        layer = gpd.read_file(folder / f"boundaries_{year}.gpkg").set_index(f"{year}_code")
        layer = layer.assign(unit=common["common_area"])
        outlines.append(layer[layer["unit"].isin(wanted)].to_crs(27700).dissolve("unit").geometry)
    assert outlines[0].index.to_list() == outlines[1].index.to_list() == wanted
    apart = outlines[0].symmetric_difference(outlines[1]).area / outlines[0].area
    # each layer is generalised and clipped to the coast by itself, so that single outlines differ much; parts that were
    # lost or belonged elsewhere would make most differ by a third or more
    assert apart.median() < 0.06
    assert apart.quantile(0.9) < 0.2
    assert apart[irregular].max() < 0.01


@pytest.mark.real_data
@pytest.mark.parametrize("layer", ["violence", "sexual"])
def test_london_counts_are_conserved_from_2011_to_2021_areas(real_data, real_changes, layer):
    path = real_data / "london_lsoa_layers" / "crime" / f"london-2011-2018-major-{layer}.csv"
    table = pd.read_csv(path, index_col="LSOA11CD")
    counts = table[["2016", "2017", "2018"]].rename(columns=lambda year: f"n_{year}")
    people = pd.read_csv(real_data / "ew_humaniverse" / "converted" / "imd2025_england_lsoa21.csv.gz", usecols=[0])
    weights = pd.Series(1_000 + np.arange(len(people)) % 700, index=people["lsoa21_code"])
    result = quietly(convert_vintage, counts, real_changes, to="lsoa21", weights=weights)
    assert result[list(counts)].sum().to_dict() == counts.sum().to_dict()
    assert set(result["conversion"]) == {"exact", "apportioned"}
    found = detect_vintage(counts.index, real_changes)
    assert found.value_counts().to_dict() == {"both": 4_653, "lsoa11": 176}
    whole = result.loc[result["conversion"] == "exact", "n_2018"]
    assert (whole % 1 == 0).all()
    plain = quietly(convert_vintage, counts, real_changes, to="lsoa21")
    assert plain["n_2018"].dtype == "Int64"
    pd.testing.assert_series_equal(plain["n_2018"].dropna().astype("Float64"), whole)
    back = quietly(convert_vintage, result[list(counts)], real_changes, to="lsoa11", weights=counts["n_2018"] + 1)
    split = real_changes.loc[(real_changes["change"] == "S") & real_changes["lsoa11"].isin(counts.index), "lsoa11"]
    assert (back.loc[split.unique(), "n_2018"] == counts.loc[split.unique(), "n_2018"]).all()
    common = sum_in_common_areas(counts, real_changes)
    assert common["n_2018"].sum() == counts["n_2018"].sum()


def test_weights_are_one_column():
    changes = pd.DataFrame({"lsoa11": ["E01000002"] * 2, "lsoa21": ["E01033801", "E01033802"], "change": ["S", "S"]})
    people = pd.DataFrame({"population": [1, 2]}, index=["E01033801", "E01033802"])
    with pytest.raises(InputError, match="weights: give one column"):
        convert_vintage(pd.Series({"E01000002": 8}, name="n"), changes, to="lsoa21", weights=people)
