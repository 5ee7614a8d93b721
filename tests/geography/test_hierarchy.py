"""Going up by lookup: each area to its one larger area, sums without their missing parts made up."""

from __future__ import annotations

import warnings

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.geography import (
    aggregate_by_lookup,
    aggregate_counts,
    convert_vintage,
    join_lookups,
    parent_codes,
    read_lookup,
)
from hotspot.record import recording

LOOKUP = pd.DataFrame(
    {
        "lsoa21": ["A", "B", "C", "D"],
        "lsoa21_name": ["a", "b", "c", "d"],
        "ward24": ["V", "V", "W", "W"],
        "lad24": ["L", "L", "L", "K"],
    },
    dtype="str",
)
UPPER = pd.DataFrame({"lad24": ["L", "K"], "csp24": ["P", "Q"], "pfa24": ["F", "F"]}, dtype="str")


def test_each_code_finds_its_larger_area_and_keeps_its_row():
    rows = pd.Series(["B", "D", None, "A"], index=[3, 1, 4, 7])
    with recording() as notes:
        found = parent_codes(rows, LOOKUP, to="ward24")
    assert found.index.to_list() == [3, 1, 4, 7]
    assert found.fillna("-").to_list() == ["V", "W", "-", "V"]
    assert notes[-1].facts == {"of": "lsoa21", "to": "ward24", "codes": 4, "missing": 1, "unmatched": 0}


def test_codes_without_a_larger_area_are_counted_and_named():
    with pytest.warns(HotspotWarning, match="1 of 2 row.s. have no 'ward24'.*Z"):
        found = parent_codes(pd.Index(["A", "Z"]), LOOKUP, to="ward24")
    assert found.isna().to_list() == [False, True]


def test_an_area_in_several_larger_ones_is_refused():
    # wards V and W: W lies in two local authorities here
    with pytest.raises(InputError, match=r"1 area.s. of 'ward24' lie in several 'lad24' .first: 'W'"):
        parent_codes(pd.Index(["W"]), LOOKUP, to="lad24", of="ward24")
    with pytest.raises(InputError, match="none of 1 codes"):
        parent_codes(pd.Index(["Z"]), LOOKUP, to="lad24")
    with pytest.raises(ConfigError, match="also the column"):
        parent_codes(pd.Index(["A"]), LOOKUP, to="lad24", of="lad24")


def test_lookups_join_on_the_geography_they_share():
    joined = join_lookups(LOOKUP, UPPER)
    assert joined["csp24"].to_list() == ["P", "P", "P", "Q"]
    assert joined.columns.to_list() == [*LOOKUP.columns, "csp24", "pfa24"]
    with pytest.raises(InputError, match="share 0 code column"):
        join_lookups(LOOKUP, UPPER.rename(columns={"lad24": "lad22"}))
    with pytest.warns(HotspotWarning, match="1 code.s. of 'lad24' are not in the upper lookup .K"):
        assert join_lookups(LOOKUP, UPPER.iloc[:1])["csp24"].isna().to_list() == [False, False, False, True]


def test_partnerships_that_hold_a_part_of_an_authority_are_left_missing():
    rows = [("L", "P1", "F"), ("L", "P2", "F"), ("K", "P2", "F"), ("J", "P3", "F")]
    upper = pd.DataFrame(rows, columns=["lad24", "csp24", "pfa24"], dtype="str")
    lower = pd.DataFrame({"lsoa21": ["A", "B", "C"], "lad24": ["L", "K", "J"]}, dtype="str")
    with recording() as notes, pytest.warns(HotspotWarning, match="several values; left missing: 2 of 'csp24'"):
        joined = join_lookups(lower, upper)
    assert joined["csp24"].fillna("-").to_list() == ["-", "-", "P3"]
    assert joined["pfa24"].to_list() == ["F", "F", "F"]
    assert notes[-1].facts["several_values"] == {"csp24": 2}


def test_counts_add_up_by_lookup():
    counts = pd.DataFrame({"n_ed": [1, 2, 3, 4], "other": 9}, index=list("ABCD"))
    result = aggregate_by_lookup(counts, LOOKUP, to="ward24")
    assert result.to_dict("index") == {
        "V": {"n_ed": 3, "parts": 2, "parts_listed": 2},
        "W": {"n_ed": 7, "parts": 2, "parts_listed": 2},
    }
    assert result["n_ed"].dtype == "Int64"


def test_a_part_that_is_missing_or_not_listed_makes_the_sum_missing():
    counts = pd.DataFrame({"n_ed": pd.array([1, None, 3], dtype="Int64")}, index=list("ABC"))
    with pytest.warns(HotspotWarning, match="2 areas have no value"):
        result = aggregate_by_lookup(counts, LOOKUP, to="ward24")
    assert result["n_ed"].isna().all()
    assert result["parts_listed"].to_list() == [2, 1]
    with pytest.warns(HotspotWarning, match="1 areas have no value"):
        listed = aggregate_by_lookup(counts, LOOKUP, to="ward24", absent="zero")
    assert listed["n_ed"].isna().to_list() == [True, False]
    assert listed.loc["W", "n_ed"] == 3


@given(st.lists(st.tuples(st.integers(0, 500), st.sampled_from("VWX")), min_size=1, max_size=12))
@settings(max_examples=50, deadline=None)
def test_adding_by_lookup_equals_adding_by_outlines(rows):
    codes = [f"a{number}" for number in range(len(rows))]
    shapes = [box(number, 0, number + 1, 1) for number in range(len(rows))]
    lookup = pd.DataFrame({"lsoa21": codes, "ward24": [ward for _, ward in rows]}, dtype="str")
    counts = gpd.GeoDataFrame({"n_ed": [n for n, _ in rows]}, index=codes, geometry=shapes, crs=27700)
    large = counts.assign(ward=lookup["ward24"].to_numpy()).dissolve("ward")[["geometry"]]
    by_table = aggregate_by_lookup(counts, lookup, to="ward24")["n_ed"]
    by_outline = aggregate_counts(counts.assign(parent=parent_codes(counts.index, lookup, to="ward24")), large)["n_ed"]
    assert by_table.to_dict() == by_outline.to_dict()
    assert by_table.sum() == sum(n for n, _ in rows)


@pytest.mark.real_data
def test_population_goes_up_the_real_hierarchy_without_loss(real_data):
    folder = real_data / "ew_humaniverse" / "converted"
    people = pd.read_csv(folder / "population20_lsoa11.csv.gz", index_col="lsoa11_code")["total_population"].rename("n")
    changes = read_lookup(folder / "lookup_lsoa11_lsoa21_ltla22.csv.gz")
    lower = read_lookup(folder / "lookup_lsoa21_ward24_ltla24.csv.gz")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HotspotWarning)
        weights = pd.Series(1, index=changes["lsoa21"].unique())
        new = convert_vintage(people, changes, to="lsoa21", weights=weights)[["n"]]
        full = join_lookups(lower, read_lookup(folder / "lookup_ltla24_csp24_pfa24.csv.gz"))
        by_level = {to: aggregate_by_lookup(new, full, to=to)["n"] for to in ("ward24", "lad24", "pfa24")}
    assert (len(by_level["lad24"]), len(by_level["pfa24"])) == (318, 43)
    lost = new["n"].isna()
    assert lost.sum() == 6
    for to, sums in by_level.items():
        whole = full.set_index("lsoa21").loc[lambda table, to=to, sums=sums: table[to].isin(sums.dropna().index)].index
        assert sums.sum() == pytest.approx(new.loc[whole, "n"].sum(), rel=1e-12)
    # seven authorities hold several partnerships, which the lookup cannot tell apart
    assert full["csp24"].isna().sum() > 0
    assert full["pfa24"].notna().all()
