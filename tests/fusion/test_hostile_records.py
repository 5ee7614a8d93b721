"""Hostile and careless input to fusion: one clear error, no value of a record in it, and nothing lost in silence."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

import hotspot as hs
from hotspot.errors import ComparabilityError, ConfigError, InputError

WORDS = "Jane Doe, 4 Mill Lane"


@pytest.fixture
def records():
    return make_records


def make_records(index=("police-1", "police-2", "ed-1"), **columns):
    given = {
        "source": ["police", "police", "ed"],
        "occurred_from": pd.to_datetime(["2024-05-04 23:10", "2024-05-05 14:00", "2024-05-04 23:40"]),
        "category": ["violence_with_injury", "robbery", "assault"],
    }
    points = gpd.points_from_xy([530_000, 530_900, 530_080], [180_000, 180_000, 180_060])
    return gpd.GeoDataFrame(given | columns, index=pd.Index(index), geometry=points, crs=27700)


@pytest.mark.parametrize("gap", [6, 6.0, np.int64(6), "6", " 6.5 "])
def test_a_gap_without_a_unit_is_refused_and_not_taken_for_nanoseconds(records, gap):
    with pytest.raises(ConfigError, match=r"max_gap: .* has no unit\. Write for example '6h'"):
        hs.link_events(records(), max_gap=gap)


def test_a_gap_of_numpy_is_a_length_of_time(records):
    linked = hs.link_events(records(), max_gap=np.timedelta64(6, "h"))
    pd.testing.assert_frame_equal(linked, hs.link_events(records(), max_gap="6h"))


def test_ids_that_are_the_text_of_another_do_not_become_one_event(records):
    with pytest.raises(InputError, match=r"1 incident_id\(s\) are the text of another.*row 3"):
        hs.link_events(records(index=[1, 2, "1"]))


def test_categories_written_in_another_way_are_linked_alike(records):
    shouted = records(category=["Violence_With_Injury", "robbery ", " ASSAULT"])
    assert hs.link_events(shouted)["event_id"].tolist() == hs.link_events(records())["event_id"].tolist()
    assert hs.link_events(shouted)["event_id"].nunique() == 2


def test_a_category_of_another_vocabulary_is_refused_without_its_words(records):
    with pytest.raises(InputError, match=r"1 row\(s\) have a category that is not of the vocabulary") as refusal:
        hs.link_events(records(category=[WORDS, "robbery", "assault"]))
    assert "Doe" not in str(refusal.value)


@pytest.mark.parametrize("column", ["occurred_from", "occurred_to", "arrived_at"])
@pytest.mark.parametrize("far", ["9999-12-31", "2300-01-01", "1899-12-30"])
def test_a_far_date_that_stands_for_an_unknown_time_is_refused(records, column, far):
    times = np.array(["2024-05-04", far, "2024-05-04"], dtype="datetime64[us]")
    with pytest.raises(InputError, match=rf"1 row\(s\) have a {column} .*first: row 2.*make it missing") as refusal:
        hs.link_events(records(**{column: times}))
    assert far not in str(refusal.value)


def test_a_flag_that_is_none_is_refused_without_its_words(records):
    with pytest.raises(InputError, match="'conveyed' holds other things") as refusal:
        hs.link_events(records(conveyed=[WORDS, None, None]))
    assert "Doe" not in str(refusal.value)


@pytest.mark.parametrize("wrong", [[1, 2], {"a": 1}, "records.csv", None])
def test_what_is_no_frame_is_named(wrong):
    with pytest.raises(InputError, match="counts: give a frame"):
        hs.hidden_violence(wrong)
    with pytest.raises(InputError, match="counts: give a frame"):
        hs.composite_score(wrong, sources=["police", "ed"])


def test_an_index_of_several_levels_is_refused(records):
    several = records().set_axis(pd.MultiIndex.from_tuples([(1, 1), (1, 2), (2, 1)]))
    with pytest.raises(InputError, match="incidents: the index has 2 levels"):
        hs.link_events(several)


@pytest.fixture
def counts():
    numbers = {"n_police": [90, 40, 30, 20], "n_ed": [30, 8, 7, 5], "population": [1500, 1600, 1400, 1500]}
    return pd.DataFrame(numbers, index=list("ABCD"))


@pytest.mark.parametrize("seed", [-1, 2**70, 1.5, "x", True, None])
def test_a_seed_that_is_none_is_refused_where_it_would_have_been_wrapped(counts, seed):
    with pytest.raises(ConfigError, match=r"seed: .* must be a whole number"):
        hs.hidden_violence(counts, health="n_police", unmatched="n_ed", seed=seed)
    with pytest.raises(ConfigError, match=r"seed: .* must be a whole number"):
        hs.hot_for_health(counts, health="n_ed", seed=seed)


@pytest.mark.parametrize("column", [[True] * 4, [1e300] * 4, [1j] * 4])
def test_what_is_no_count_is_refused_alike_by_all(counts, column):
    wrong = counts.assign(n_ed=column)
    for use in (
        lambda: hs.hot_for_health(wrong, health="n_ed"),
        lambda: hs.health_police_ratio(wrong),
        lambda: hs.incidence_rate(wrong, of="n_ed"),
        lambda: hs.composite_score(wrong, sources=["police", "ed"]),
    ):
        with pytest.raises(InputError, match=r"counts\['n_ed'\]"):
            use()


def test_weights_and_shared_events_may_be_numbers_of_numpy(counts):
    options = {"sources": ["police", "ed"], "draws": 50, "top": 1}
    plain = hs.composite_score(counts, weights={"police": 1, "ed": 2}, shared={("police", "ed"): 5}, **options)
    numpy = hs.composite_score(
        counts,
        weights={"police": np.int64(1), "ed": np.float32(2)},
        shared={("police", "ed"): np.int64(5)},
        **options,
    )
    pd.testing.assert_frame_equal(numpy, plain)
    huge = hs.composite_score(counts, weights={"police": 1e308, "ed": 1e308}, **options)
    pd.testing.assert_frame_equal(huge, hs.composite_score(counts, weights={"police": 1, "ed": 1}, **options))


@pytest.mark.parametrize("shared", [{("police", "ed"): 5, ("ed", "police"): 7}, [("police", "ed")], {5: 3}])
def test_shared_events_that_contradict_or_name_no_pair_are_refused(counts, shared):
    with pytest.raises(ConfigError, match="shared: "):
        hs.composite_score(counts, sources=["police", "ed"], shared=shared, draws=50)


def test_a_top_that_is_not_whole_is_refused_and_not_cut(counts):
    with pytest.raises(ConfigError, match=r"top: 2\.7 must be a whole number"):
        hs.compare_sources(counts["n_ed"], counts["n_police"], top=2.7)
    with pytest.raises(ConfigError, match="persistence: 'x'"):
        hs.compare_sources(counts["n_ed"], counts["n_police"], persistence="x")


def test_texts_instead_of_numbers_are_refused_without_their_words(counts, records):
    linked = hs.link_events(records())
    areas = gpd.GeoDataFrame(index=["A"], geometry=[box(0, 0, 1e6, 1e6)], crs=27700)
    curve = pd.DataFrame({"n_of": [9], "n_against": [9], "m": [WORDS], "m_lower": [1.0], "m_upper": [3.0]})
    for use in (
        lambda: hs.compare_sources(counts["n_ed"], pd.Series([WORDS] * 4, index=counts.index)),
        lambda: hs.count_unmatched(linked, areas, chance=pd.Series({"ed-1": WORDS})),
        lambda: hs.chapman_range(curve),
    ):
        with pytest.raises(InputError) as refusal:
            use()
        assert "Doe" not in str(refusal.value)


def test_chance_matches_are_told_whatever_the_areas_are_indexed_by(records):
    linked = hs.link_events(records())
    areas = gpd.GeoDataFrame(index=["1", "2"], geometry=[box(0, 0, 530_500, 1e6), box(530_500, 0, 1e6, 1e6)], crs=27700)
    chance = pd.Series({"ed-1": 0.25})
    as_text = hs.count_unmatched(linked, areas, chance=chance)
    as_numbers = hs.count_unmatched(linked, areas.set_axis([1, 2]), chance=chance)
    assert as_text["chance_matches"].tolist() == as_numbers["chance_matches"].tolist() == [0.25, 0.0]


def test_events_may_be_named_by_numbers(records):
    linked = hs.link_events(records())
    areas = gpd.GeoDataFrame(index=["A"], geometry=[box(0, 0, 1e6, 1e6)], crs=27700)
    numbered = linked.assign(event_id=pd.factorize(linked["event_id"])[0])
    pd.testing.assert_frame_equal(hs.count_unmatched(numbered, areas), hs.count_unmatched(linked, areas))


def test_combine_names_what_is_no_list_of_incidents(records):
    for wrong, message in (
        (records(), "this is one frame"),
        ([None], "number 1: give incidents"),
        ([records().rename_geometry("shape")], "one column 'geometry'"),
    ):
        with pytest.raises(InputError, match=message):
            hs.combine(wrong)


@pytest.mark.parametrize("reason", [None, " ", 5, True])
def test_a_reason_is_a_text(counts, reason):
    with pytest.raises(ComparabilityError, match="reason= does not say why"):
        hs.health_police_ratio(counts, comparable=False, reason=reason)
