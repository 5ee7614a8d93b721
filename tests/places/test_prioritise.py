"""The list a meeting decides on: same in every run, nothing read as zero, nothing dropped in silence."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot.errors import ConfigError, InputError
from hotspot.places import prioritise
from hotspot.record import recording
from hotspot.schema import declared

OUT = {
    "E01": {"reason": "covered by Operation A", "author": "tasking meeting", "date": "2026-03-31"},
    "E04": {"reason": "no access", "author": "ward sergeant"},
}


@pytest.fixture
def counts():
    frame = pd.DataFrame(
        {
            "name": ["Quay", "Mill", "Park", "Hill", "Dock"],
            "population": [1000, 1200, 900, 1500, 800],
            "n_police": pd.array([30, 12, 30, 7, None], dtype="Int64"),
            "n_ed": pd.array([2, 9, None, 1, None], dtype="Int64"),
        },
        index=pd.Index(["E05", "E02", "E01", "E03", "E04"], name="area_code"),
    )
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(range(5), range(5)), crs=27700)


def test_one_column_is_the_score_and_ties_go_by_code(counts):
    before = counts.copy()
    listed = prioritise(counts, by="n_police")
    assert listed.index.tolist() == ["E01", "E05", "E02", "E03"]
    assert listed["rank"].tolist() == [1, 2, 3, 4]
    assert listed["score"].tolist() == [30, 30, 12, 7]
    assert listed.columns.tolist() == [
        "rank", "score", "name", "n_police", "n_ed", "areas", "geometry", "rank_lower", "rank_upper", "p_listed",
        "excluded", "excluded_by", "excluded_on",
    ]  # fmt: skip
    assert isinstance(listed, gpd.GeoDataFrame)
    assert listed.crs == counts.crs
    pd.testing.assert_frame_equal(counts, before)


def test_every_column_is_declared(counts):
    before = prioritise(counts, by="n_police")
    listed = prioritise(counts, by="n_police", previous=before, past={"2024": counts}, excluded=OUT)
    assert {"previous_rank", "past_listed", "past_known", "excluded_on"} <= set(listed.columns)
    assert all(declared(column) is not None for column in [listed.index.name, *listed.columns])


def test_budget_cuts_and_the_record_says_what_tied(counts):
    with recording() as notes:
        listed = prioritise(counts, by="n_police", budget=1)
    assert listed.index.tolist() == ["E01"]
    facts = notes[0].facts
    assert (facts["listed"], facts["tied_across_the_cut"], facts["without_a_score"]) == (1, 1, 1)


def test_excluded_places_stay_at_the_end_with_their_reason(counts):
    listed = prioritise(counts, by="n_police", budget=2, excluded=OUT)
    assert listed.index.tolist() == ["E05", "E02", "E01", "E04"]
    assert listed["rank"].tolist() == [1, 2, pd.NA, pd.NA]
    assert listed["excluded"].tolist()[2:] == ["covered by Operation A", "no access"]
    assert listed["excluded"].isna().tolist() == [True, True, False, False]
    assert listed["score"].tolist()[2] == 30


def test_several_columns_use_what_is_there(counts):
    """Ranks of police: 30 and 30 share, 12, 7 of four; of ED: 9, 2, 1 of three. A missing source is not a zero."""
    with recording() as notes:
        listed = prioritise(counts, by=["n_police", "n_ed"])
    expected = {
        "E01": (3.5 - 0.5) / 4,
        "E02": ((2 - 0.5) / 4 + (3 - 0.5) / 3) / 2,
        "E05": ((3.5 - 0.5) / 4 + (2 - 0.5) / 3) / 2,
        "E03": ((1 - 0.5) / 4 + (1 - 0.5) / 3) / 2,
    }
    assert listed["score"].to_dict() == pytest.approx(expected)
    assert listed.index.tolist() == sorted(expected, key=lambda code: (-expected[code], code))
    assert notes[0].facts["scored_on_some_columns_only"] == 1


def test_a_rate_may_rank(counts):
    listed = prioritise(counts.assign(rate_ambulance=[1.5, 9.0, np.nan, 4.0, 2.0]), by="rate_ambulance", budget=2)
    assert listed.index.tolist() == ["E02", "E03"]
    assert "rate_ambulance" in listed


@given(st.lists(st.integers(0, 4), min_size=1, max_size=20), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_row_order_does_not_matter(values, shuffle):
    frame = pd.DataFrame({"n_police": values}, index=[f"E{i:02d}" for i in range(len(values))])
    labels = frame.index.tolist()
    shuffle.shuffle(labels)
    first, second = prioritise(frame, by="n_police", budget=5), prioritise(frame.loc[labels], by="n_police", budget=5)
    pd.testing.assert_frame_equal(first, second)
    assert first["score"].is_monotonic_decreasing


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"by": "n_polise"}, InputError, "'n_police'"),
        ({"by": []}, ConfigError, "no column"),
        ({"by": "name"}, InputError, "not numbers"),
        ({"by": "n_police", "budget": 0}, ConfigError, "budget"),
        ({"by": "n_police", "budget": 2.5}, ConfigError, "budget"),
        ({"by": "n_police", "budget": True}, ConfigError, "budget"),
        ({"by": "n_police", "excluded": {"E09": OUT["E01"]}}, ConfigError, "'E09'"),
        ({"by": "n_police", "excluded": {"E01": "closed"}}, ConfigError, "reason and author"),
        ({"by": "n_police", "excluded": {"E01": {"reason": " ", "author": "me"}}}, ConfigError, "no reason"),
        ({"by": "n_police", "excluded": {"E01": {"reason": "closed"}}}, ConfigError, "no author"),
        ({"by": "n_police", "excluded": {"E01": OUT["E01"] | {"autor": "me"}}}, ConfigError, "'author'"),
        ({"by": "n_police", "excluded": {"E01": OUT["E01"] | {"date": "31/03/2026"}}}, ConfigError, "2026-03-31"),
    ],
)
def test_refusals(counts, options, error, message):
    with pytest.raises(error, match=message):
        prioritise(counts, **options)


def test_infinite_and_repeated_are_refused(counts):
    with pytest.raises(InputError, match="infinite"):
        prioritise(counts.assign(score_a=[1, 2, np.inf, 3, 4]), by="score_a")
    with pytest.raises(InputError, match="more than once"):
        prioritise(pd.concat([counts, counts]), by="n_police")


@pytest.mark.parametrize("name", ["composite_rank", "rank_health", "unmatched_p", "moran_q_police", "imd_rank"])
def test_a_rank_or_a_p_value_is_refused_as_it_would_turn_the_list_round(name):
    counts = pd.DataFrame({name: [1.0, 2.0, 3.0]}, index=list("ABC"))
    with pytest.raises(ConfigError, match=f"by: '{name}' is a rank or a p-value"):
        prioritise(counts, by=name, budget=1)


def test_a_budget_may_be_a_number_of_numpy():
    counts = pd.DataFrame({"n_police": [3, 1, 2], "p_health_only": [0.1, 0.9, 0.4]}, index=list("ABC"))
    assert prioritise(counts, by="n_police", budget=np.int64(2)).index.tolist() == ["A", "C"]
    assert prioritise(counts, by="p_health_only", budget=1).index.tolist() == ["B"]
