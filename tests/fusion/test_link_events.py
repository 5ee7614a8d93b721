"""Linkage: one to one, deterministic, equal to its slow twin, and honest about what it cannot do."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.linkage import link
from shapely.geometry import Point

from hotspot.errors import ComparabilityError, ConfigError, CRSError, InputError
from hotspot.fusion import link_events
from hotspot.record import recording

START = pd.Timestamp("2024-05-04 22:00")


def incidents(rows, **columns):
    """Make incidents from (id, source, metres east, minutes after the start)."""
    labels, sources, east, minutes = zip(*rows, strict=True)
    frame = {
        "source": list(sources),
        "occurred_from": [START + pd.Timedelta(minutes=m) for m in minutes],
        "category": ["assault"] * len(rows),
    } | columns
    geometry = gpd.points_from_xy([530_000.0 + e for e in east], [180_000.0] * len(rows))
    return gpd.GeoDataFrame(frame, index=list(labels), geometry=geometry, crs=27700)


def events(frame, **options):
    found = link_events(frame, **options)["event_id"]
    return sorted(tuple(sorted(group)) for group in found.groupby(found).groups.values())


def test_the_cheapest_pair_wins_and_the_loser_stays_alone():
    frame = incidents([("p1", "police", 0, 0), ("p2", "police", 30, 0), ("e1", "ed", 40, 0)])
    assert events(frame) == [("e1", "p2"), ("p1",)]


def test_both_tolerances_are_inclusive():
    frame = incidents([("p1", "police", 0, 0), ("e1", "ed", 250, 360)])
    assert events(frame) == [("e1", "p1")]
    assert len(events(frame, max_distance=249.999)) == 2
    assert len(events(frame, max_gap="359min")) == 2


def test_three_sources_make_one_event():
    frame = incidents(
        [("p1", "police", 0, 0), ("e1", "ed", 60, 30), ("a1", "ambulance", 20, 10), ("a2", "ambulance", 90, 120)]
    )
    assert events(frame) == [("a1", "e1", "p1"), ("a2",)]


def test_events_are_transitive_but_never_hold_two_records_of_one_source():
    """The ambulance lies between; police and hospital are linked through it although 300 m apart."""
    chain = incidents([("p1", "police", 0, 0), ("a1", "ambulance", 150, 0), ("e1", "ed", 300, 0)])
    assert events(chain) == [("a1", "e1", "p1")]
    doubled = incidents(
        [("p1", "police", 0, 0), ("a1", "ambulance", 10, 0), ("e1", "ed", 25, 0), ("p2", "police", 45, 0)]
    )
    assert events(doubled) == [("a1", "e1", "p1"), ("p2",)]


def test_ties_go_to_the_smaller_id():
    frame = incidents([("p2", "police", 10, 0), ("p1", "police", -10, 0), ("e1", "ed", 0, 0)])
    assert events(frame) == [("e1", "p1"), ("p2",)]


def test_hospital_time_is_the_time_of_the_assault():
    frame = incidents([("p1", "police", 0, 0), ("e1", "ed", 0, 5)])
    frame["arrived_at"] = START + pd.Timedelta(days=2)
    assert events(frame) == [("e1", "p1")]


MINUTES = (0, 60, 120, 300, 600)
CATEGORY = ("assault", "violence_with_injury", "violence_without_injury", "robbery", "homicide")


@st.composite
def scenes(draw):
    """Draw records on a coarse raster, so that ties are common."""
    rows = {}
    for i in range(draw(st.integers(1, 14))):
        source = draw(st.sampled_from(["police", "ed", "ambulance"]))
        minutes = 60 * draw(st.integers(0, 9))
        row = {"source": source, "x": 50 * draw(st.integers(0, 8)), "y": 50 * draw(st.integers(0, 2))}
        row |= {"seconds": 60 * minutes, "category": draw(st.sampled_from(CATEGORY))}
        row |= {"width": 3600 * draw(st.sampled_from([0, 0, 0, 1, 7]))}
        if source == "ed":
            row["arrived"] = draw(st.sampled_from([None, *(60 * (minutes + later) for later in (-60, 30, 90, 400))]))
        if source == "ambulance":
            row["conveyed"] = draw(st.sampled_from([None, True, False]))
        if source != "police":
            row["site"] = draw(st.sampled_from([None, "A", "B"]))
        rows[f"r{i:02d}"] = row
    return rows


def frame_of(scene, order):
    """Make incidents of what the twin takes."""
    rows = [scene[name] for name in order]
    start = [START + pd.Timedelta(seconds=row["seconds"]) for row in rows]
    arrived = [row.get("arrived") for row in rows]
    frame = {
        "source": [row["source"] for row in rows],
        "category": [row["category"] for row in rows],
        "occurred_from": start,
        "occurred_to": [time + pd.Timedelta(seconds=row["width"]) for time, row in zip(start, rows, strict=True)],
        "arrived_at": pd.to_datetime([pd.NaT if s is None else START + pd.Timedelta(seconds=s) for s in arrived]),
        "conveyed": pd.array([row.get("conveyed") for row in rows], dtype="boolean"),
        "site": pd.array([row.get("site") for row in rows], dtype="str"),
    }
    geometry = gpd.points_from_xy([530_000.0 + row["x"] for row in rows], [180_000.0 + row["y"] for row in rows])
    return gpd.GeoDataFrame(frame, index=list(order), geometry=geometry, crs=27700)


@given(scene=scenes(), shuffle=st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_equals_the_twin_in_any_order(scene, shuffle):
    order = list(scene)
    shuffle.shuffle(order)
    for each in (list(scene), order):
        frame = frame_of(scene, each)
        try:
            linked = link_events(frame)
        except ComparabilityError:  # every record of a source is seven hours long
            return
        assert linked.index.tolist() == frame.index.tolist()
        assert linked["event_id"].to_dict() == link(scene, 250, 6 * 3600)


def test_account():
    frame = incidents(
        [(f"p{i}", "police", 0, 10_000 * i) for i in range(7)] + [("e0", "ed", 5, 5), ("e1", "ed", 5, 900_000)],
        time_precision=["minute", "month", "day", "unknown", "minute", "minute", "minute", "hour", "minute"],
        time_flag=["ok"] * 4 + ["default midnight"] + ["ok"] * 4,
    )
    frame.loc["p5", "geometry"] = None
    frame.loc["p6", "category"] = "burglary"
    frame["occurred_to"] = frame["occurred_from"]
    before = frame.copy()
    with recording() as notes:
        linked = link_events(frame)
    facts = notes[0].facts
    assert facts["cannot_be_linked"] == {
        "police": {"time too coarse": 3, "time doubtful": 1, "no point": 1, "another category": 1}
    }
    assert facts["records"] == {"ed": 2, "police": 7}
    assert facts["matched"] == {"ed and police": 1}
    assert facts["events"] == linked["event_id"].nunique() == 8
    assert facts["chance_matches"]["ed and police"]["verdict"].startswith("not estimated: both sources cover")
    pd.testing.assert_frame_equal(frame, before)


def test_day_precision_needs_a_gap_of_a_day():
    frame = incidents([("p1", "police", 0, 0), ("e1", "ed", 0, 0)], time_precision=["day", "minute"])
    assert events(frame, max_gap="24h") == [("e1", "p1")]
    with pytest.raises(ComparabilityError, match=r"none of the 1 records of source 'police' .*time too coarse: 1"):
        link_events(frame)


def test_long_intervals_cannot_be_linked():
    frame = incidents([("p1", "police", 0, 0), ("p2", "police", 0, 0), ("e1", "ed", 0, 0)])
    frame["occurred_to"] = frame["occurred_from"] + pd.to_timedelta(["9h", "1h", None])
    assert events(frame) == [("e1", "p2"), ("p1",)]


def test_a_source_of_months_is_refused_by_name():
    frame = incidents([("p1", "police", 0, 0), ("e1", "ed", 0, 0)], time_precision=["month", "minute"])
    with pytest.raises(ComparabilityError, match="source 'police'"):
        link_events(frame, max_gap="24h")
    homes = incidents([("p1", "police", 0, 0), ("e1", "ed", 0, 0)])
    homes.loc["e1", "geometry"] = Point()
    with pytest.raises(ComparabilityError, match="no point: 1"):
        link_events(homes)


def test_categories():
    frame = incidents([("p1", "police", 0, 0), ("e1", "ed", 0, 0)], category=["public_order", "assault"])
    assert len(events(frame)) == 2
    assert events(frame, categories=["public_order", "assault"]) == [("e1", "p1")]
    with pytest.raises(ConfigError, match="'robbery'"):
        link_events(frame, categories=["robery"])


def test_no_categories_and_no_precision_stated():
    frame = incidents([("p1", "police", 0, 0), ("e1", "ed", 0, 0)]).drop(columns="category")
    assert events(frame) == [("e1", "p1")]


def test_one_source_and_no_record():
    alone = incidents([("p1", "police", 0, 0), ("p2", "police", 0, 0)])
    assert events(alone) == [("p1",), ("p2",)]
    assert link_events(alone[:0])["event_id"].tolist() == []


def test_refusals():
    frame = incidents([("p1", "police", 0, 0), ("e1", "ed", 0, 0)])
    for gap in ("soon", "-1h", "0h", None):
        with pytest.raises(ConfigError, match="max_gap"):
            link_events(frame, max_gap=gap)
    with pytest.raises(ConfigError, match="max_distance"):
        link_events(frame, max_distance=0)
    with pytest.raises(CRSError, match="degrees"):
        link_events(frame.to_crs(4326))
    with pytest.raises(InputError, match="occurred_from"):
        link_events(frame.drop(columns="occurred_from"))
    with pytest.raises(InputError, match="no source"):
        link_events(frame.assign(source=["police", None]))


def test_many_records_link_fast_enough_to_be_used():
    """A city's year: what was doubled on purpose is found again."""
    rng = np.random.default_rng(11)
    n, shared = 6000, 500
    x, y = rng.uniform(0, 20_000, n), rng.uniform(0, 20_000, n)
    time = START + pd.to_timedelta(rng.integers(0, 365 * 1440, n), unit="min")
    columns = {"category": "assault"}
    police = gpd.GeoDataFrame(
        columns | {"source": "police", "occurred_from": time},
        index=[f"p{i:05d}" for i in range(n)],
        geometry=gpd.points_from_xy(x, y),
        crs=27700,
    )
    ed = gpd.GeoDataFrame(
        columns | {"source": "ed", "occurred_from": time[:shared] + pd.Timedelta(minutes=20)},
        index=[f"e{i:05d}" for i in range(shared)],
        geometry=gpd.points_from_xy(x[:shared] + 20, y[:shared]),
        crs=27700,
    )
    linked = link_events(pd.concat([police, ed]))["event_id"]
    assert (linked.iloc[:shared].to_numpy() == linked.iloc[n:].to_numpy()).mean() > 0.99
