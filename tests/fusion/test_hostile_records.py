"""Hostile and careless input to fusion: one clear error, no value of a record in it, and nothing lost in silence."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import hotspot as hs
from hotspot.errors import ConfigError, InputError

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
