"""Hostile and careless input to the list of places, its names and venues: one clear error, and nothing lost."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, Polygon, box

import hotspot as hs
from hotspot.errors import ConfigError, InputError
from hotspot.places import name_places, prioritise


@pytest.mark.parametrize("budget", [np.int64(2), {"places": np.int64(2)}, {"area_share": np.float32(0.5)}])
def test_a_budget_may_be_a_number_of_numpy(board, budget):
    assert prioritise(board([[9, 8, 7, 6]]), by="n_police", budget=budget)["rank"].tolist() == [1, 2]


def test_minutes_in_which_everything_fits_are_refused(board):
    with pytest.raises(ConfigError, match="budget: 480 minutes"):
        prioritise(board([[9]]), by="n_police", budget={"patrol_minutes": 480, "minutes_per_visit": 1e-320})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_police": [-5, 3, 2, 1]}, "negative"),
        ({"n_ed": [np.inf, 3, 2, 1]}, "infinite"),
        ({"n_ed": ["Jane", "3", "2", "1"]}, "not numbers"),
        ({"in_study": pd.array([True, True, True, None], "boolean")}, "'in_study'"),
        ({"in_study": ["False"] * 4}, "'in_study'"),
    ],
)
def test_columns_that_the_list_would_show_or_obey_are_checked(board, change, message):
    with pytest.raises(InputError, match=message) as refusal:
        prioritise(board([[9, 8, 7, 6]]).assign(**change), by="n_police", budget=4)
    assert "Jane" not in str(refusal.value)


@pytest.mark.parametrize("by", [None, 3, [3], ["n_police", "rank"], "p_listed"])
def test_what_cannot_be_ranked_by_is_named(board, by):
    with pytest.raises(ConfigError, match="by: "):
        prioritise(board([[9, 8]]).assign(score=1.0, rank=1.0, p_listed=1.0), by=by)


def test_codes_that_hold_what_sets_codes_apart_are_refused(board):
    with pytest.raises(InputError, match=r"1 code\(s\) hold '; '"):
        prioritise(board([[9, 8]]).set_axis(["A; B", "A"]), by="n_police")


@pytest.mark.parametrize("need", [{"merge": 2}, {"spacing": 50.0}, {"budget": {"area_share": 0.5}}])
@pytest.mark.parametrize("shape", [None, Polygon(), Point(1, 1), Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])])
def test_areas_without_a_valid_outline_are_refused_where_the_ground_is_needed(board, need, shape):
    areas = board([[9, 8, 7, 6]])
    areas.geometry = gpd.GeoSeries([shape, *areas.geometry.iloc[1:]], index=areas.index, crs=27700)
    with pytest.raises(InputError, match=r"1 area\(s\) have no outline, or an invalid one \(first: 'C00'\)"):
        prioritise(areas, by="n_police", **need)


@pytest.mark.parametrize("past", [pd.DataFrame({"n_police": [1]}), [1], "2025"])
def test_past_periods_need_their_labels(board, past):
    with pytest.raises(ConfigError, match="past: give counts by the label"):
        prioritise(board([[9, 8]]), by="n_police", past=past)


def test_lists_and_periods_of_other_areas_are_refused(board):
    now, other = board([[9, 8]]), board([[9, 8]]).set_axis(["X", "Y"])
    with pytest.raises(InputError, match=r"past\['2025'\]: none of its 2 areas"):
        prioritise(now, by="n_police", past={"2025": other})
    with pytest.raises(InputError, match="previous: none of its 2 areas"):
        prioritise(now, by="n_police", previous=prioritise(other, by="n_police"))
    with pytest.raises(InputError, match="previous: give the list as a frame"):
        prioritise(now, by="n_police", previous="list.csv")


@pytest.mark.parametrize("ranks", [[True, False], [0, 1], [1, 1e30], [-1, 2]])
def test_ranks_before_are_whole_numbers_from_one(board, ranks):
    before = pd.DataFrame({"rank": ranks, "areas": ["C00", "C01"]}, index=["C00", "C01"])
    with pytest.raises(InputError, match="previous: 'rank'"):
        prioritise(board([[9, 8]]), by="n_police", previous=before)


def test_exclusions_are_a_mapping_and_their_day_may_come_with_a_zone(board):
    with pytest.raises(ConfigError, match="excluded: give a mapping"):
        prioritise(board([[9, 8]]), by="n_police", excluded=["C00"])
    entry = {"reason": "=cmd()", "author": "<b>", "date": pd.Timestamp("2026-03-31", tz="Europe/London")}
    found = prioritise(board([[9, 8]]), by="n_police", excluded={"C00": entry})
    assert found.loc["C00", "excluded_on"] == pd.Timestamp("2026-03-31")


def test_no_two_places_have_one_name_and_blank_names_are_none():
    places = gpd.GeoDataFrame(index=list("abcd"), geometry=[box(x, 0, x + 9, 9) for x in (0, 1e3, 2e3, 3e3)], crs=27700)
    points = gpd.points_from_xy([5, 1_005, 2_005, 3_005], [5] * 4)
    gazetteer = gpd.GeoDataFrame({"name": ["A", "A", "A (2)", "  "], "kind": "street"}, geometry=points, crs=27700)
    named = name_places(places, gazetteer)
    assert named["name"].is_unique
    assert named["name_basis"].tolist() == ["street"] * 3 + ["grid reference"]
    wards = gpd.GeoDataFrame({"name": ["West"]}, index=[7], geometry=[box(-9, -9, 5e3, 99)], crs=27700)
    assert name_places(places, gazetteer, areas=wards)["name"].iloc[3] == "West"


@pytest.mark.parametrize(
    "change",
    [{"half_life": "180"}, {"half_life": np.int64(5)}, {"until": 2026}, {"weights": {"Assault": 1, "assault": 7}}],
)
def test_options_of_venues_without_a_unit_or_of_two_minds_are_refused(change):
    at = gpd.points_from_xy([1_000], [1_000])
    venues = gpd.GeoDataFrame({"name": ["The Anchor"]}, index=["v"], geometry=at, crs=27700)
    facts = {"source": "ed", "category": "assault", "uncertainty_m": 9.0, "occurred_from": pd.Timestamp("2025-06-01")}
    incidents = gpd.GeoDataFrame(facts, index=["i"], geometry=at, crs=27700)
    with pytest.raises(ConfigError, match=next(iter(change))):
        hs.venue_table(incidents, venues, **{"until": "2026-01-01"} | change)
    with pytest.raises(InputError, match="uncertainty_m holds") as refusal:
        hs.venue_table(incidents.assign(uncertainty_m="Jane"), venues, until="2026-01-01")
    assert "Jane" not in str(refusal.value)
