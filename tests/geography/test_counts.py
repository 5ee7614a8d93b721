"""Counting: every incident once, every row accounted for, missing never 0."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from hotspot.errors import ConfigError, CRSError, HotspotWarning, InputError
from hotspot.geography import aggregate_counts, count_incidents, join_counts
from hotspot.record import recording


def incidents(sources, places, **columns):
    shapes = [None if place is None else Point(530_000 + place[0], 180_000 + place[1]) for place in places]
    index = pd.Index([f"i{i:03d}" for i in range(len(sources))], name="incident_id")
    return gpd.GeoDataFrame({"source": sources, **columns}, geometry=shapes, crs=27700, index=index)


@pytest.fixture
def mixed():
    return incidents(
        ["police", "police", "ed", "ed", "ed", "police"],
        [(500, 500), (1000, 500), (500, 500), None, None, (5000, 5000)],
        area_code=["D", None, "D", "C", "Z", "A"],
    )


def test_each_source_has_its_counts_and_the_account_balances(mixed, areas):
    with recording() as notes:
        counts = count_incidents(mixed, areas)
    assert counts["n_police"].to_list() == [1, 1, 0, 0]
    assert counts["n_ed"].to_list() == [1, 0, 1, 0]
    assert counts["n_ed"].dtype == "Int64"
    assert "n" not in counts
    assert list(counts.columns) == ["people", "label", "n_police", "n_ed", "geometry"]
    facts = notes[-1].facts
    assert {name: facts[name] for name in ("kept", "inside", "outside", "unlocatable")} == {
        "kept": 6, "inside": 4, "outside": 1, "unlocatable": 1,
    }  # fmt: skip
    assert facts["by_source"]["ed"] == {"kept": 3, "inside": 2, "outside": 0, "unlocatable": 1}
    assert facts["by_source"]["police"] == {"kept": 3, "inside": 2, "outside": 1, "unlocatable": 0}


def test_a_single_source_has_n(mixed, areas):
    counts = count_incidents(mixed[mixed["source"] == "ed"], areas)
    assert counts["n"].to_list() == counts["n_ed"].to_list()


def test_linked_records_count_as_one_event_where_the_first_located_record_lies(areas):
    linked = incidents(
        ["ed", "police", "ed", "police", "ed"],
        [None, (1500, 500), (500, 500), (500, 1500), (500, 500)],
        event_id=["e1", "e1", "e1", "e2", None],
    )
    with recording() as notes:
        counts = count_incidents(linked, areas)
    assert counts["n"].to_list() == [1, 1, 1, 0]
    assert notes[-1].facts["events"] == 3
    shuffled = count_incidents(linked.iloc[::-1], areas)
    assert shuffled["n"].to_list() == [1, 1, 1, 0]


def test_area_only_records_need_no_reference_system(areas):
    only = gpd.GeoDataFrame({"source": ["ed", "ed"], "area_code": ["B", "B"]}, geometry=[None, None])
    assert count_incidents(only, areas)["n_ed"].to_list() == [0, 2, 0, 0]


def test_the_order_of_rows_does_not_matter_and_inputs_stay(mixed, areas):
    before = mixed.copy(), areas.copy()
    forward = count_incidents(mixed, areas)
    backward = count_incidents(mixed.iloc[::-1], areas.iloc[::-1]).loc[forward.index, forward.columns]
    pd.testing.assert_frame_equal(forward, backward)
    pd.testing.assert_frame_equal(mixed, before[0])
    pd.testing.assert_frame_equal(areas, before[1])


def test_what_cannot_be_counted_is_refused(mixed, areas):
    with pytest.raises(ConfigError, match="by"):
        count_incidents(mixed, areas, by="category")
    with pytest.raises(InputError, match="none to count"):
        count_incidents(mixed.iloc[:0], areas)
    with pytest.raises(InputError, match="source"):
        count_incidents(mixed.drop(columns="source"), areas)
    with pytest.raises(InputError, match=r"1 record.*no source.*row 2"):
        count_incidents(mixed.assign(source=["ed", None, "ed", "ed", "ed", "ed"]), areas)
    with pytest.raises(InputError, match="lower-case"):
        count_incidents(mixed.assign(source="A&E"), areas)
    with pytest.raises(InputError, match="there already"):
        count_incidents(mixed, count_incidents(mixed, areas))
    with pytest.raises(CRSError):
        count_incidents(mixed, areas.to_crs(32630))


def shared(codes, values, source="ambulance"):
    return pd.DataFrame({f"n_{source}": pd.array(values, dtype="Int64")}, index=pd.Index(list(codes), name="area_code"))


def test_joined_counts_keep_missing_apart_from_zero(mixed, areas):
    counts = count_incidents(mixed, areas)
    with (
        recording() as notes,
        pytest.warns(HotspotWarning, match=r"2 of 4 codes of n_ambulance with 11 records .* 'Z'"),
    ):
        joined = join_counts(counts, shared(["B", "A", "Z", "Y"], [0, None, 5, 6]), shared("D", [1], "fire"))
    assert joined["n_ambulance"].isna().to_list() == [True, False, True, True]
    assert joined.loc["B", "n_ambulance"] == 0
    assert joined.columns[-1] == "geometry"
    assert notes[0].facts == {
        "source": "ambulance", "read": 4, "matched": 2, "unmatched": 2, "unmatched_codes": ["Z", "Y"],
        "without_value": 3,
    }  # fmt: skip
    assert notes[1].facts["source"] == "fire"


def test_n_of_a_single_source_does_not_outlive_a_second_one(areas):
    single = count_incidents(incidents(["ed"], [(1, 1)]), areas)
    assert "n" not in join_counts(single, shared("A", [1]))
    assert "n" in join_counts(single)
    linked = count_incidents(incidents(["ed", "police"], [(1, 1), (1, 1)], event_id=["e", "e"]), areas)
    assert join_counts(linked, shared("A", [1]))["n"].to_list() == [1, 0, 0, 0]


def test_frames_that_do_not_fit_are_refused(areas):
    with pytest.raises(InputError, match="none of 1 codes"):
        join_counts(areas, shared("Z", [1]))
    with pytest.raises(InputError, match="more than once"):
        join_counts(areas, shared("AA", [1, 2]))
    with pytest.raises(InputError, match="no column"):
        join_counts(areas, pd.DataFrame({"x": [1]}, index=["A"]))
    with pytest.raises(InputError, match="there already"):
        join_counts(areas, shared("A", [1]), shared("A", [1]))


def test_sums_are_missing_where_a_part_is(areas):
    small = areas.assign(
        parent=["X", "X", "Y", "Y"],
        n_ed=pd.array([1, 2, 3, None], dtype="Int64"),
        n=pd.array([1, 2, 3, 4], dtype="Int64"),
        rate_fire=[0.1, 0.2, 0.3, 0.4],
    )
    large = gpd.GeoDataFrame(
        {"name": ["ex", "why", "zed"], "population": [3, 7, 0]},
        index=["X", "Y", "Z"], geometry=[box(0, 0, 1, 1)] * 3, crs=27700,
    )  # fmt: skip
    with recording() as notes:
        found = aggregate_counts(small, large)
    assert found["n_ed"].isna().to_list() == [False, True, True]
    assert found.loc["X", "n_ed"] == 3
    assert found["n"].fillna(-1).to_list() == [3, 7, -1]
    assert list(found.columns) == ["name", "population", "n_ed", "n", "geometry"]
    assert notes[-1].facts["left_out"] == ["rate_fire"]
    assert notes[-1].facts["without_parts"] == 1


def test_parents_must_be_known(areas):
    with pytest.raises(InputError, match="parent"):
        aggregate_counts(areas, areas)
    small = areas.assign(parent=["A", None, "Z", "A"])
    with pytest.raises(InputError, match="2 of 4"):
        aggregate_counts(small, areas)


def test_many_points_add_up(areas):
    rng = np.random.default_rng(3)
    many = incidents(["police"] * 5_000, rng.integers(-200, 2_200, (5_000, 2)))
    with recording() as notes:
        counts = count_incidents(many, areas)
    inside = ((many.geometry.x < 532_000) & (many.geometry.x >= 530_000)
              & (many.geometry.y < 182_000) & (many.geometry.y >= 180_000)).sum()  # fmt: skip
    assert counts["n"].sum() == inside == notes[-1].facts["inside"]
