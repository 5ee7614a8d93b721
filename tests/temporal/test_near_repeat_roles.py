"""Roles of events: each has exactly one, and they add up."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.near_repeat_naive import away, roles

import hotspot as hs
from hotspot.errors import ConfigError, InputError
from hotspot.record import recording
from hotspot.schema import Disclosure, declared
from hotspot.temporal.near_repeat_roles import NEAR_REPEAT_ROLES


def test_two_events_of_one_day_are_an_originator_and_a_near_repeat():
    # both were called near repeats in Esri/crime-analysis-toolbox, issues 56 and 75, and totals came to more than all
    found = hs.near_repeats([(50, 0), (0, 0)], pd.to_datetime(["2024-05-04"] * 2), distance=100, time=7)
    assert found["role"].tolist() == ["near repeat", "originator"]  # the one further west came first
    assert found["originator"].dropna().to_dict() == {0: 1}
    twins = hs.near_repeats([(0, 0)] * 3, [4, 4, 4], distance=100, time=7)
    assert twins["role"].tolist() == ["originator", "repeat", "repeat"]
    assert twins["originator"].tolist()[1:] == [0, 1]


def test_the_originator_is_the_nearest_earlier_one():
    places = [(0, 0), (60, 0), (80, 0), (80, 0), (400, 0), (90, 0)]
    found = hs.near_repeats(places, [1, 2, 3, 4, 5, 50], distance=100, time=7)
    assert found["role"].tolist() == [
        "originator", "near repeat", "near repeat", "repeat", "isolated", "isolated",
    ]  # fmt: skip
    assert found["originator"].tolist()[1:4] == [0, 1, 2]
    assert found["originator_distance"].tolist()[1:4] == [60, 20, 0]
    assert found["originator_gap"].tolist()[1:4] == [1, 1, 1]
    assert found["chain"].tolist()[:4] == [1] * 4
    assert found["chain_size"].tolist() == [4, 4, 4, 4, 1, 1]
    assert found["chain"].isna().tolist() == [False] * 4 + [True] * 2


def test_a_chain_may_have_two_originators_and_limits_are_inclusive():
    found = hs.near_repeats([(0, 0), (200, 0), (100, 0)], [1, 2, 8], distance=100, time=7)
    assert found["role"].tolist() == ["originator", "originator", "near repeat"]
    assert found["originator"].tolist()[2] == 1  # both 100 m away: the later one
    assert found["chain"].tolist() == [1, 1, 1]
    beyond = hs.near_repeats([(0, 0), (200, 0), (100, 0)], [0.9, 1.0, 8], distance=100, time=7)
    assert beyond["role"].tolist() == ["isolated", "originator", "near repeat"]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 12)), min_size=2, max_size=19),
    st.integers(1, 6),
    st.integers(1, 4),
    st.sampled_from(["euclidean", "manhattan"]),
)
def test_roles_are_those_of_the_slow_twin_and_add_up(rows, distance, time, metric):
    places, times = [row[:2] for row in rows], [row[2] for row in rows]
    found = hs.near_repeats(places, times, distance=distance, time=time, metric=metric)
    twin = roles(places, times, distance, time, metric)
    assert found["role"].tolist() == [role for role, _, _ in twin]
    assert [None if pd.isna(label) else label for label in found["originator"]] == [before for _, before, _ in twin]
    assert found["chain_size"].tolist() == [len(chain) for _, _, chain in twin]
    for number, members in found.groupby("chain").groups.items():
        assert frozenset(members) == twin[members[0]][2], number
    counts = found["role"].value_counts()
    assert set(counts.index) <= set(NEAR_REPEAT_ROLES)
    assert counts.sum() == len(rows)
    assert found["originator"].notna().sum() == counts.get("repeat", 0) + counts.get("near repeat", 0)
    for row, label, metres in found[["originator", "originator_distance"]].dropna().itertuples():
        assert metres == pytest.approx(away(places[row], places[label], metric))


def scatter(n, seed=0, side=3_000, days=120):
    rng = np.random.default_rng(seed)
    return gpd.GeoDataFrame(
        {"day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, days * 24, n), unit="h")},
        index=[f"p{number:04}" for number in range(n)],
        geometry=gpd.points_from_xy(*rng.integers(0, side, (2, n))), crs=27700,
    )  # fmt: skip


def test_roles_do_not_depend_on_the_order_of_rows():
    frame, again = scatter(300), scatter(300).iloc[:60]
    again = again.assign(day=again["day"] + pd.Timedelta("30h")).set_index("q" + again.index)
    frame = pd.concat([frame, again])
    limits = {"distance": 200, "time": "14D"}
    found = hs.near_repeats(frame, frame["day"], **limits)
    mixed = frame.iloc[np.random.default_rng(1).permutation(len(frame))]
    pd.testing.assert_frame_equal(hs.near_repeats(mixed, mixed["day"], **limits).loc[frame.index], found)
    assert found.index.equals(frame.index)
    assert set(found["role"]) == set(NEAR_REPEAT_ROLES)
    first = frame["day"].groupby(found["chain"]).min()
    assert first.is_monotonic_increasing  # chains are numbered by their first event


def test_pairs_of_the_table_and_roles_agree():
    frame = scatter(400)
    table = hs.knox(frame, frame["day"], distance=100, time=7, permutations=1)
    found = hs.near_repeats(frame, frame["day"], distance=100, time=7)
    followed = found["originator"].notna().sum()
    assert 0 < followed <= table["observed"].iloc[0]
    gaps = found["originator_gap"].dropna()
    assert gaps.between(0, 7).all()
    label = found["originator"].dropna()
    hours = (frame["day"][label.index].to_numpy() - frame["day"][label].to_numpy()) / np.timedelta64(1, "h")
    assert np.allclose(gaps * 24, hours)


def test_events_that_cannot_be_compared_have_no_role():
    frame = scatter(40).assign(source="police", time_flag="ok", time_precision="minute")
    frame.loc["p0003", "day"] = pd.NaT
    frame.loc["p0004", "geometry"] = None
    frame.loc["p0005", "time_flag"] = "default midnight"
    with recording() as notes:
        found = hs.near_repeats(frame, frame["day"], distance=300, time=14)
    lost = ["p0003", "p0004", "p0005"]
    assert found.loc[lost].isna().all(axis=None)
    assert found.drop(lost)[["role", "chain_size"]].notna().all(axis=None)
    facts = notes[-1].facts
    assert sum(facts["roles"].values()) == facts["used"] == 37
    assert facts["left_out"] == {"no time": 1, "no point": 1, "default midnight": 1}
    assert facts["longest_chain"] == found["chain_size"].max()


def test_limits_and_labels_are_checked():
    places, times = [(0, 0), (1, 1)], [1, 2]
    for limits in ({"distance": [100, 200], "time": 7}, {"distance": 100, "time": [7, 14]},
                   {"distance": np.inf, "time": 7}, {"distance": 100, "time": np.inf}):  # fmt: skip
        with pytest.raises(ConfigError, match="one finite limit"):
            hs.near_repeats(places, times, **limits)
    frame = scatter(5)
    with pytest.raises(InputError, match="more than once"):
        hs.near_repeats(frame.set_index(pd.Index(["a"] * 5)), list(range(5)), distance=100, time=7)
    with pytest.raises(ConfigError, match="reason="):
        hs.near_repeats(places, times, distance=100, time=7, comparable=False)
    mixed = hs.near_repeats(
        pd.DataFrame({"x": [0, 1], "y": [0, 1]}, index=["a", 1]), times, distance=100, time=7
    )  # fmt: skip
    assert mixed["originator"].tolist()[1] == "a"


def test_columns_are_declared_as_record_level():
    found = hs.near_repeats([(0, 0), (1, 1)], [1, 2], distance=100, time=7)
    assert {declared(name).disclosure for name in found} == {Disclosure.NEVER}


@pytest.mark.real_data
def test_every_arson_of_chicago_has_one_role(real_data):
    path = real_data / "nearrepeat_chicago" / "extdata" / "chicago_arson.csv"
    arson = pd.read_csv(path, header=None, names=["x", "y", "day"], parse_dates=["day"])
    found = hs.near_repeats(arson[["x", "y"]], arson["day"], distance=400, time=14)
    assert found["role"].value_counts().to_dict() == {
        "isolated": 454, "near repeat": 33, "originator": 30, "repeat": 5,
    }  # fmt: skip
    assert (found["originator_distance"].dropna() <= 400).all()
    assert (found["originator_gap"].dropna() <= 14).all()
