"""Budget, merging and spacing: what the list may hold, against a naive twin and on grids whose answer is plain."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.places import lay_board as board
from reference.places import naive_places

from hotspot.errors import ConfigError, CRSError, InputError
from hotspot.places import prioritise
from hotspot.record import recording


@pytest.mark.parametrize(
    ("budget", "places"),
    [
        (3, 3),
        ({"places": 4}, 4),
        ({"patrol_minutes": 60}, 4),
        ({"patrol_minutes": 89, "minutes_per_visit": 15, "visits": 2}, 2),
        ({"patrol_minutes": 0.3, "minutes_per_visit": 0.1}, 3),
        ({"area_share": 0.25}, 4),
        ({"area_share": 0.3}, 4),
        ({"area_share": 1}, 16),
    ],
)
def test_a_budget_is_places_ground_or_minutes(budget, places):
    assert len(prioritise(board(np.arange(1, 17).reshape(4, 4)), by="n_police", budget=budget)) == places


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        ({}, "one of places"),
        ({"places": 3, "area_share": 0.1}, "one of places"),
        ({"places": 3, "visits": 2}, "'visits' does not go with places"),
        ({"places": 2.5}, "whole number"),
        ({"area_share": 0}, "above 0"),
        ({"area_share": 2}, "For 2 per cent write 0.02"),
        ({"area_share": 0.01}, "6.25% of the ground"),
        ({"patrol_minutes": 10}, "fewer than the 15"),
        ({"patrol_minutes": float("nan")}, "above 0"),
    ],
)
def test_a_budget_that_is_none_is_refused(budget, message):
    with pytest.raises(ConfigError, match=message):
        prioritise(board(np.arange(1, 17).reshape(4, 4)), by="n_police", budget=budget)


def test_touching_cells_become_one_place_up_to_the_limit():
    counts = board([[9, 8, 0, 0], [7, 0, 0, 6], [0, 0, 0, 5]])
    apart = prioritise(counts, by="n_police", budget=2)
    assert apart.index.tolist() == ["C00", "C01"]
    joined = prioritise(counts, by="n_police", budget=2, merge=3)
    assert joined["areas"].tolist() == ["C00; C01; C10", "C13; C23"]
    assert joined["n_police"].tolist() == [24, 11]
    assert joined["score"].tolist() == [9, 6]
    assert joined.geometry.area.tolist() == [30_000, 20_000]
    assert joined.crs == counts.crs
    limited = prioritise(counts, by="n_police", budget=2, merge=2)
    assert limited["areas"].tolist() == ["C00; C01", "C10"]


def test_a_cell_between_two_places_makes_them_one_where_there_is_room():
    counts = board([[9, 5, 8]])
    assert prioritise(counts, by="n_police", budget=2, merge=3)["areas"].tolist() == ["C00; C02; C01"]
    assert prioritise(counts, by="n_police", budget=2, merge=2)["areas"].tolist() == ["C00; C01", "C02"]


def test_a_corner_is_no_edge():
    counts = board([[9, 0], [0, 8]])
    assert prioritise(counts, by="n_police", budget=2, merge=4)["areas"].tolist() == ["C00", "C11"]


def test_spacing_passes_over_what_is_too_near():
    counts = board([[9, 8, 7, 6, 5]])
    with recording() as notes:
        listed = prioritise(counts, by="n_police", budget=3, spacing=150.0)
    assert listed.index.tolist() == ["C00", "C03"]
    assert notes[-1].facts["passed_over_for_spacing"] == 3
    assert not notes[-1].facts["budget_used_up"]
    assert prioritise(counts, by="n_police", budget=3, spacing=100.0).index.tolist() == ["C00", "C02", "C04"]


def test_spacing_keeps_merged_places_apart_too():
    counts = board([[9, 8, 1, 7]])
    listed = prioritise(counts, by="n_police", budget=5, merge=4, spacing=50.0)
    assert listed["areas"].tolist() == ["C00; C01; C03; C02"]
    narrow = prioritise(counts, by="n_police", budget=5, merge=3, spacing=50.0)
    assert narrow["areas"].tolist() == ["C00; C01", "C03"]


def test_where_nothing_was_counted_there_is_no_place():
    with recording() as notes:
        listed = prioritise(board([[3, 0, 0]]), by="n_police", budget=3)
    assert listed.index.tolist() == ["C00"]
    assert notes[-1].facts["without_events"] == 2


def test_areas_outside_the_study_are_not_listed_and_are_no_ground():
    counts = board([[9, 8, 7, 6]]).assign(in_study=[False, True, True, True])
    with recording() as notes:
        listed = prioritise(counts, by="n_police", budget={"area_share": 0.34})
    assert listed.index.tolist() == ["C01"]
    facts = notes[-1].facts
    assert facts["not_in_study"] == 1
    assert facts["share_of_ground"] == pytest.approx(1 / 3, abs=1e-4)
    assert facts["share_of_records"] == {"n_police": round(8 / 21, 4)}


def test_a_source_that_covers_half_a_place_has_no_count_of_it():
    counts = board([[9, 8, 0]]).assign(n_ed=pd.array([4, None, 1], "Int64"))
    listed = prioritise(counts, by="n_police", budget=1, merge=2)
    assert listed["areas"].tolist() == ["C00; C01"]
    assert listed["n_ed"].isna().all()


def test_the_ground_is_asked_for_only_where_it_is_needed():
    plain = pd.DataFrame({"n_police": [3, 2]}, index=["A", "B"])
    for need in ({"merge": 2}, {"spacing": 9.0}, {"budget": {"area_share": 0.5}}):
        with pytest.raises(InputError, match="needs the ground"):
            prioritise(plain, by="n_police", **need)
        with pytest.raises(CRSError, match="degrees"):
            prioritise(board([[3, 2]]).set_crs(4326, allow_override=True), by="n_police", **need)
    points = gpd.GeoDataFrame(plain, geometry=gpd.points_from_xy([0, 1], [0, 1]), crs=27700)
    with pytest.raises(InputError, match=r"2 area\(s\) have no outline"):
        prioritise(points, by="n_police", budget={"area_share": 0.5})


@given(
    st.lists(st.integers(0, 6), min_size=4, max_size=30),
    st.integers(1, 5),
    st.sampled_from([None, 100.0, 250.0]),
    st.integers(1, 6),
    st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_the_list_is_that_of_the_naive_twin(values, merge, spacing, budget, shuffle):
    width = max(2, int(len(values) ** 0.5))
    counts = board(np.asarray(values[: len(values) // width * width]).reshape(-1, width))
    labels = counts.index.tolist()
    shuffle.shuffle(labels)
    listed = prioritise(counts.loc[labels], by="n_police", budget=budget, merge=merge, spacing=spacing, draws=100)
    assert [text.split("; ") for text in listed["areas"]] == naive_places(counts, budget, merge, spacing)
    assert (listed.geometry.area / 1e4).round(6).tolist() == [len(text.split("; ")) for text in listed["areas"]]


@pytest.mark.parametrize(
    ("change", "options", "error", "message"),
    [
        (lambda c: c.rename({"C00": "A; B"}), {}, InputError, "1 code.* hold '; '"),
        (lambda c: c.set_axis(pd.MultiIndex.from_product([["x"], range(4)])), {}, InputError, "2 levels"),
        (lambda c: c.assign(n_police=[-1, 2, 3, 4]), {}, InputError, "negative or infinite.*first in row 0"),
        (lambda c: c.assign(in_study=[True, None, True, True]), {}, InputError, "'in_study'"),
        (lambda c: c.assign(in_study="yes"), {}, InputError, "'in_study'"),
        (lambda c: c.set_geometry([None, *c.geometry[1:]], crs=27700), {"spacing": 9.0}, InputError, "no outline"),
        (lambda c: c, {"past": [1]}, ConfigError, "not list"),
        (lambda c: c, {"past": {"2024": 1}}, InputError, "not int"),
        (lambda c: c, {"past": {"2024": board([[1, 2]]).rename("Q{}".format)}}, InputError, "none of its 2 areas"),
        (lambda c: c, {"previous": "old.csv"}, InputError, "read_csv"),
        (lambda c: c, {"excluded": ["C00"]}, ConfigError, "mapping of code to reason"),
    ],
)
def test_what_is_hostile_or_awry_gets_one_clear_error(change, options, error, message):
    with pytest.raises(error, match=message):
        prioritise(change(board([[4, 3, 2, 1]])), by="n_police", budget=2, **options)


def test_numbers_of_numpy_and_a_column_called_score_are_fine():
    counts = board([[4, 3, 2, 1]]).assign(score=[1.0, 2.0, 3.0, 4.0])
    assert prioritise(counts, by="n_police", budget=np.int64(2)).index.tolist() == ["C00", "C01"]
    listed = prioritise(counts, by="score", budget=2)
    assert listed["score"].tolist() == [4.0, 3.0]
    assert listed.columns.is_unique
    assert prioritise(counts.iloc[:0], by="n_police").empty
