"""Named selections of violence: exact membership, a balanced account, and no guess where nothing tells."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hotspot as hs
from hotspot.errors import ConfigError, InputError
from hotspot.ingest import SELECTIONS, read_code_list
from hotspot.schema import CATEGORIES


def incidents(**columns):
    rows = len(next(iter(columns.values())))
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy([0.0] * rows, [0.0] * rows), crs=27700)


def selected(frame, selection, **options):
    with hs.recording() as notes:
        kept = hs.select_violence(frame, selection, **options)
    facts = notes[-1].facts
    assert facts["read"] == len(frame) == len(kept) + sum(facts["left_out"].values())
    assert facts["selected"] == len(kept)
    return kept, facts


def by_the_list():
    table = read_code_list("home_office")
    return table, incidents(category=table["category"].to_list(), offence=table["code"].to_list())


def test_with_injury_is_the_sub_group_of_the_counting_rules():
    table, frame = by_the_list()
    kept, _ = selected(frame, "with_injury")
    assert set(kept["offence"]) == set(table.loc[table["category"] == "violence_with_injury", "code"])
    assert "8S" in set(kept["offence"])
    assert not {"1", "105A", "34B", "8L"} & set(kept["offence"])


@pytest.mark.parametrize(("violent_disorder", "also"), [(False, set()), (True, {"62A"})])
def test_serious_street_visible_is_the_set_of_the_list(violent_disorder, also):
    table, frame = by_the_list()
    kept, facts = selected(frame, "serious_street_visible", violent_disorder=violent_disorder)
    assert set(kept["offence"]) == set(table.loc[table["serious_street_visible"] == "yes", "code"]) | also
    assert facts["selected_without_domestic_flag"] == len(kept)


def test_domestic_records_and_homes_are_not_street_visible_but_are_with_injury():
    frame = incidents(
        category=["violence_with_injury"] * 5,
        offence=["8N"] * 5,
        domestic=pd.array([True, False, None, False, False], dtype="boolean"),
        setting=["public", "home", "public", "unknown", "licensed"],
        location_level=["none", "home", "point", "home", "point"],
    )
    kept, facts = selected(frame, "serious_street_visible")
    assert kept.index.to_list() == [2, 4]
    assert facts["left_out"] == {"domestic": 1, "in a home": 2}
    assert facts["selected_without_domestic_flag"] == 1
    assert len(selected(frame, "with_injury")[0]) == 5


@pytest.mark.parametrize(
    ("category", "selection", "why"),
    [
        ("violence_and_sexual_offences", "with_injury", "homicide to harassment"),
        ("violence_and_sexual_offences", "serious_street_visible", "homicide to harassment"),
        ("assault", "with_injury", "injury flag"),
        ("assault", "serious_street_visible", "offence codes"),
        ("violence_with_injury", "serious_street_visible", "no offence code tells"),
        ("weapons", "serious_street_visible", "no offence code tells"),
        ("stab_gunshot_penetrating", "serious_street_visible", "dispatch category"),
    ],
)
def test_what_a_category_cannot_tell_is_refused_with_the_reason_or_left_out_and_counted(category, selection, why):
    frame = incidents(category=[category, "homicide", category])
    with pytest.raises(InputError, match=f"cannot be told for 2 of 3 records: 2 of '{category}'.*") as raised:
        hs.select_violence(frame, selection)
    assert why in str(raised.value)
    _, facts = selected(frame, selection, undecided="leave_out")
    assert facts["left_out"]["undecided"] == 2


def test_an_injury_flag_decides_an_assault():
    frame = incidents(category=["assault"] * 3, injury=pd.array([True, False, None], dtype="boolean"))
    with pytest.raises(InputError, match="1 of 3"):
        hs.select_violence(frame, "with_injury")
    kept, _ = selected(frame.iloc[:2], "with_injury")
    assert kept.index.to_list() == [0]


def test_a_code_of_another_list_does_not_decide():
    # 11A is rape in NIBRS and cruelty to children in England: the code must mean the record's category
    frame = incidents(category=["weapons", "weapons"], offence=["520", "10D"])
    kept, facts = selected(frame, "serious_street_visible", undecided="leave_out")
    assert kept["offence"].to_list() == ["10D"]
    assert facts["left_out"] == {"undecided": 1}


def test_unknown_categories_are_left_out_and_counted():
    _, facts = selected(incidents(category=["unknown", None, "robbery"]), "serious_street_visible")
    assert facts["left_out"] == {"category unknown": 2}


def test_a_selection_that_nobody_knows_is_refused():
    frame = incidents(category=["robbery"])
    with pytest.raises(ConfigError, match="Did you mean 'with_injury'"):
        hs.select_violence(frame, "with injury")
    with pytest.raises(ConfigError, match="undecided"):
        hs.select_violence(frame, "with_injury", undecided="drop")
    with pytest.raises(InputError, match="category"):
        hs.select_violence(frame.drop(columns="category"), "with_injury")


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(CATEGORIES),
            st.sampled_from(["8N", "8S", "10D", "81", "62A", "9A", "x", None]),
            st.sampled_from([True, False, None]),
            st.sampled_from(["home", "public", None]),
        ),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from(SELECTIONS),
    st.booleans(),
)
def test_the_account_balances_and_the_input_is_left_alone(rows, selection, violent_disorder):
    category, offence, flag, setting = (list(column) for column in zip(*rows, strict=True))
    frame = incidents(
        category=pd.array(category, dtype="str"), offence=pd.array(offence, dtype="str"),
        injury=pd.array(flag, dtype="boolean"), domestic=pd.array(flag, dtype="boolean"),
        setting=pd.array(setting, dtype="str"),
    )  # fmt: skip
    before = frame.copy(deep=True)
    kept, _ = selected(frame, selection, undecided="leave_out", violent_disorder=violent_disorder)
    pd.testing.assert_frame_equal(frame, before)
    assert kept.index.is_monotonic_increasing
    assert not kept["category"].isin(["burglary", "unknown", "sexual", "stalking_harassment", "health_demand"]).any()


def test_labels_count_whatever_their_case_and_others_are_refused_without_their_text():
    frame = incidents(category=["Robbery", " robbery ", "robbery"], setting=["public", "Home", "street"])
    assert len(selected(frame.drop(columns="setting"), "serious_street_visible")[0]) == 3
    with pytest.raises(InputError, match=r"1 row.s. have a setting .*row 3, 'street'"):
        hs.select_violence(frame, "serious_street_visible")
    kept, facts = selected(frame.iloc[:2], "serious_street_visible")
    assert (len(kept), facts["left_out"]) == (1, {"in a home": 1})
    with pytest.raises(InputError, match="row 2") as caught:
        hs.select_violence(incidents(category=["robbery", "robbed by Zorblatt"]), "with_injury")
    assert "Zorblatt" not in str(caught.value)


def test_a_flag_in_words_is_refused():
    frame = incidents(category=["robbery"] * 2, domestic=["yes", "no"])
    with pytest.raises(InputError, match="column 'domestic' holds other things than true"):
        hs.select_violence(frame, "serious_street_visible")
