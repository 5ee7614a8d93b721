"""Linkage: one to one, deterministic, equal to its slow twin, and honest about what it cannot do."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.record_pairs import link
from shapely.geometry import Point, box

from hotspot.errors import ComparabilityError, ConfigError, CRSError, InputError
from hotspot.fusion import link_events
from hotspot.fusion.linkage_categories import MISMATCH, mismatch, mismatch_table
from hotspot.geography import count_incidents
from hotspot.record import recording
from hotspot.schema import CATEGORIES

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


def test_the_time_between_intervals_is_the_gap_between_them():
    frame = incidents([("p1", "police", 0, 0), ("p2", "police", 0, 0), ("e1", "ed", 0, 290)])
    frame["occurred_to"] = frame["occurred_from"] + pd.to_timedelta(["0h", "4h", "0h"])
    assert events(frame, max_gap="4h") == [("e1", "p2"), ("p1",)]  # 50 minutes after the longer interval's end
    hours = frame.drop(columns="occurred_to").assign(time_precision=["minute", "hour", "minute"])
    assert events(hours, max_gap="230min") == [("e1", "p2"), ("p1",)]
    assert len(events(hours, max_gap="229min")) == 3


def test_a_stabbing_goes_to_the_violence_before_the_robbery_next_to_it():
    rows = [("p1", "police", 10, 0), ("p2", "police", 100, 0), ("e1", "ambulance", 0, 0)]
    kinds = ["robbery", "violence_with_injury", "stab_gunshot_penetrating"]
    assert events(incidents(rows, category=kinds)) == [("e1", "p2"), ("p1",)]
    assert events(incidents(rows, category=["robbery", "violence_with_injury", "robbery"])) == [("e1", "p1"), ("p2",)]
    assert len(events(incidents(rows, category=["burglary", "violence_without_injury", "homicide"]))) == 3


def test_the_table_of_mismatches_speaks_our_vocabulary_and_is_the_same_either_way():
    assert {name for pair in MISMATCH for name in pair} <= set(CATEGORIES)
    assert not {(b, a) for a, b in MISMATCH} & set(MISMATCH)
    table = mismatch_table(CATEGORIES)
    assert (table == table.T).all()
    assert (np.diag(table) == 0).all()
    assert set(np.unique(table)) == {0, 0.25, 0.5, 1, np.inf}
    assert mismatch("unknown", "assault") == mismatch("assault", "other") == 0.5


def test_who_was_not_conveyed_is_not_the_departments_patient():
    rows = [("a1", "ambulance", 0, 10), ("a2", "ambulance", 80, 30), ("e1", "ed", 0, 0)]
    conveyed = pd.array([False, None, None], dtype="boolean")
    assert events(incidents(rows)) == [("a1", "e1"), ("a2",)]
    assert events(incidents(rows, conveyed=conveyed)) == [("a1",), ("a2", "e1")]


def test_the_hospital_the_ambulance_drove_to_decides_where_both_name_it_alike():
    rows = [("a1", "ambulance", 0, 10), ("a2", "ambulance", 80, 30), ("e1", "ed", 0, 0), ("e2", "ed", 9000, 0)]
    assert events(incidents(rows, site=["RX2", "RX1", "RX1", "RX2"])) == [("a1",), ("a2", "e1"), ("e2",)]
    assert events(incidents(rows, site=["North", "RX1", "RX1", "RX2"])) == [("a1", "e1"), ("a2",), ("e2",)]


def test_a_patient_arrives_within_three_hours_after_the_call():
    rows = [("a1", "ambulance", 0, 10), ("e1", "ed", 0, 0)]
    for later, linked in ((5, False), (10, True), (190, True), (191, False)):
        frame = incidents(rows)
        frame["arrived_at"] = [pd.NaT, START + pd.Timedelta(minutes=later)]
        assert (len(events(frame)) == 1) is linked
    late = incidents([("a1", "ambulance", 0, 1440), ("e1", "ed", 0, 0)])  # who calls the next day
    assert len(events(late)) == 2
    late["arrived_at"] = [pd.NaT, START + pd.Timedelta(minutes=1500)]
    assert events(late) == [("a1", "e1")]


def test_hospital_and_ambulance_are_linked_before_the_police():
    """The police record lies next to the patient, but the patient came by ambulance; police then join the two."""
    rows = [("a1", "ambulance", 100, 20), ("e1", "ed", 0, 0), ("p1", "police", 0, 0), ("p2", "police", 101, 20)]
    assert events(incidents(rows)) == [("a1", "e1", "p1"), ("p2",)]
    conveyed = pd.array([False, None, None, None], dtype="boolean")
    assert events(incidents(rows, conveyed=conveyed)) == [("a1", "p2"), ("e1", "p1")]


def test_the_arrival_stands_for_the_assault_only_if_asked():
    frame = incidents([("p1", "police", 0, 0), ("e1", "ed", 0, 0), ("e2", "ed", 900, 0), ("p2", "police", 900, -400)])
    frame["arrived_at"] = [pd.NaT, START + pd.Timedelta(hours=3), START, pd.NaT]
    frame.loc["e1", "occurred_from"] = pd.NaT  # e2 has its arrival for a time of assault
    with pytest.raises(ComparabilityError, match=r"only the arrival is known: 2.*use_arrival=True"):
        link_events(frame)
    with recording() as notes:
        linked = link_events(frame, use_arrival=True)["event_id"]
    assert linked.to_dict() == {"p1": "e1", "e1": "e1", "e2": "e2", "p2": "e2"}
    assert notes[0].facts["time_from_arrival"] == 2
    frame.loc["p2", "occurred_from"] = START - pd.Timedelta("12h1min")  # over six hours before the six hours
    assert link_events(frame, use_arrival=True)["event_id"].nunique() == 3
    doubtful = incidents([("p1", "police", 0, 0), ("e1", "ed", 0, -900)], time_flag=["ok", "default midnight"])
    doubtful["arrived_at"] = [pd.NaT, START + pd.Timedelta(hours=1)]
    assert events(doubtful, use_arrival=True) == [("e1", "p1")]


def crowd(seed):
    """Draw more equal candidates than are kept at once: records must look again, past those that others took."""
    rng = np.random.default_rng(seed)
    return {
        f"{source[0]}{i:03d}": {
            "source": source,
            "x": 10 * int(rng.integers(0, 3)),
            "y": 0,
            "seconds": 600 * int(rng.integers(0, 3)),
            "category": str(rng.choice(CATEGORY)),
            "width": 0,
        }
        for source, n in (("police", 40), ("ed", 30), ("ambulance", 25))
        for i in range(n)
    }


def test_a_crowd_at_one_place_and_time_is_linked_as_by_its_twin():
    scene = crowd(5)
    order = np.random.default_rng(6).permutation(list(scene))
    linked = link_events(frame_of(scene, order), chance=False)["event_id"]
    assert linked.sort_index().to_dict() == link(scene, 250, 6 * 3600)
    assert linked.nunique() < 60


def test_any_number_of_threads_gives_the_same_events(monkeypatch):
    frame = frame_of(crowd(7), list(crowd(7)))
    alone = link_events(frame)["event_id"]
    monkeypatch.setattr("hotspot.numerics.space_time_matching._LEAST", 1)
    for threads in (1, 2, 7):
        monkeypatch.setattr("hotspot.numerics.lanes.get_num_threads", lambda threads=threads: threads)
        pd.testing.assert_series_equal(link_events(frame)["event_id"], alone)


def test_an_event_has_one_owner_where_its_records_lie_in_two_areas():
    frame = incidents(
        [("p1", "police", -20, 0), ("e1", "ed", 20, 0), ("e2", "ed", 60, 900), ("p2", "police", -60, 2000)]
    )
    halves = [box(529_000, 179_000, 530_000, 181_000), box(530_000, 179_000, 531_000, 181_000)]
    areas = gpd.GeoDataFrame(index=pd.Index(["west", "east"], name="area_code"), geometry=halves, crs=27700)
    counts = count_incidents(link_events(frame), areas)
    assert counts[["n_police", "n_ed", "n"]].to_numpy().tolist() == [[2, 0, 1], [0, 2, 2]]  # e1 comes first
    assert counts["n"].sum() == link_events(frame)["event_id"].nunique() == 3


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


def test_a_department_with_a_name_behind_it_is_a_department():
    """Two departments sent apart: who was not conveyed is the patient of neither, and arrivals are arrivals."""
    rows = [("a1", "ambulance_west", 0, 0), ("a2", "ambulance_west", 40, 0), ("e1", "ed_north", 0, 0)]
    conveyed = pd.array([False, None, None], dtype="boolean")
    assert events(incidents(rows, conveyed=conveyed)) == [("a1",), ("a2", "e1")]
    other = [(label, source.replace("ed_north", "edinburgh"), east, minutes) for label, source, east, minutes in rows]
    assert events(incidents(other, conveyed=conveyed)) == [("a1", "e1"), ("a2",)]


def test_one_source_and_no_record():
    alone = incidents([("p1", "police", 0, 0), ("p2", "police", 0, 0)])
    assert events(alone) == [("p1",), ("p2",)]
    assert link_events(alone[:0])["event_id"].tolist() == []


def test_refusals():
    frame = incidents([("p1", "police", 0, 0), ("e1", "ed", 0, 0)])
    for gap in ("soon", "-1h", "0h", None):
        with pytest.raises(ConfigError, match="max_gap"):
            link_events(frame, max_gap=gap)
    for gap in (6, 0.5, np.int64(6)):
        with pytest.raises(ConfigError, match=r"max_gap: .*no unit"):
            link_events(frame, max_gap=gap)
    with pytest.raises(ConfigError, match="max_distance"):
        link_events(frame, max_distance=0)
    with pytest.raises(CRSError, match="degrees"):
        link_events(frame.to_crs(4326))
    with pytest.raises(InputError, match="occurred_from"):
        link_events(frame.drop(columns="occurred_from"))
    with pytest.raises(InputError, match=r"'occurred_from' holds datetime64\[us, UTC\], not times of the local clock"):
        link_events(frame.assign(occurred_from=frame["occurred_from"].dt.tz_localize("UTC")))
    with pytest.raises(InputError, match=r"2 row\(s\) have a geometry that is no finite point \(first: row 1\)"):
        link_events(frame.set_geometry(frame.buffer(5)))
    with pytest.raises(InputError, match="1 row"):
        link_events(frame.set_geometry([Point(0, 0), Point(np.inf, 0)], crs=27700))
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
