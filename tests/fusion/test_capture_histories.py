"""Capture histories: who knows which event, counted once, without records that nobody could have linked."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from hotspot.errors import ComparabilityError, ConfigError, InputError
from hotspot.fusion import capture_histories
from hotspot.record import recording


def linked(rows, **columns):
    """Make linked records from (event, source)."""
    events, sources = zip(*rows, strict=True)
    return pd.DataFrame({"event_id": events, "source": sources} | columns, index=[f"r{i}" for i in range(len(rows))])


ROWS = [("a", "police"), ("a", "ed"), ("b", "police"), ("c", "ed"), ("c", "ambulance"), ("d", "police"), ("d", "ed")]


def counts(table):
    names = [name for name in table.columns if name != "n_events"]
    return {tuple(n for n in names if row[n]): row["n_events"] for _, row in table.iterrows()}


def test_every_history_has_a_row_and_every_event_one_history():
    found = capture_histories(linked(ROWS))
    assert list(found.columns) == ["ambulance", "ed", "police", "n_events"]
    assert len(found) == 7
    assert found["n_events"].sum() == 4
    assert {key: n for key, n in counts(found).items() if n} == {
        ("police",): 1, ("ed", "police"): 2, ("ambulance", "ed"): 1,
    }  # fmt: skip


def test_the_order_of_rows_changes_nothing_and_the_frame_is_not_changed():
    frame = linked(ROWS, setting=["home", "home", "public", "home", "public", "public", None])
    before = frame.copy()
    expected = capture_histories(frame, by="setting")
    for seed in range(5):
        pd.testing.assert_frame_equal(
            capture_histories(frame.sample(frac=1, random_state=seed), by="setting"), expected
        )
    pd.testing.assert_frame_equal(frame, before)


def test_the_first_source_that_says_it_gives_the_stratum():
    frame = linked([("a", "police"), ("a", "ed"), ("b", "police"), ("b", "ed"), ("c", "ed")])
    frame["setting"] = ["home", "public", None, "public", None]
    with recording() as notes:
        found = capture_histories(frame, by="setting", sources=["police", "ed"])
    assert found.groupby(level="setting")["n_events"].sum().to_dict() == {"No data": 1, "home": 1, "public": 1}
    assert notes[0].facts["sources_disagree"] == {"setting": 1}
    assert notes[0].facts["stratum_not_known"] == {"setting": 1}


def test_strata_add_up_to_the_whole():
    rng = np.random.default_rng(3)
    frame = linked([(f"e{i}", s) for i in range(200) for s in ("police", "ed") if rng.random() < 0.6])
    frame["severity"] = rng.choice(["low", "high"], len(frame))
    whole = capture_histories(frame).set_index(["ed", "police"])["n_events"]
    parts = capture_histories(frame, by="severity").groupby(["ed", "police"])["n_events"].sum()
    assert (parts - whole == 0).all()


def test_two_records_of_one_source_in_one_event_are_one_capture():
    with recording() as notes:
        found = capture_histories(linked([("a", "police"), ("a", "police"), ("a", "ed"), ("b", "ed")]))
    assert counts(found) == {("ed",): 1, ("police",): 0, ("ed", "police"): 1}
    assert notes[0].facts["records_of_one_source_in_one_event"] == 1


def test_records_that_could_not_be_linked_are_left_out_and_counted():
    frame = linked([(str(i), s) for i in range(4) for s in ("police", "ed")])
    frame["category"] = ["drugs"] + ["assault"] * 7
    frame["occurred_from"] = [pd.Timestamp("2024-01-01")] * 3 + [pd.NaT] + [pd.Timestamp("2024-01-01")] * 4
    frame["time_flag"] = ["ok"] * 4 + ["default midnight"] + ["ok"] * 3
    geometry = [Point(0, 0)] * 5 + [None] + [Point(0, 0), Point()]
    with recording() as notes:
        found = capture_histories(gpd.GeoDataFrame(frame, geometry=geometry, crs=27700))
    assert notes[0].facts["left_out"] == {
        "ed": {"no point": 2, "no time": 1}, "police": {"another category": 1, "time doubtful": 1},
    }  # fmt: skip
    assert counts(found) == {("ed",): 1, ("police",): 2, ("ed", "police"): 0}


def test_a_source_that_never_says_the_stratum_is_refused():
    frame = linked(ROWS)
    frame["severity"] = ["high" if source == "ed" else None for source in frame["source"]]
    with pytest.raises(ComparabilityError, match="'ambulance' has no value of 'severity'"):
        capture_histories(frame, by="severity")


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"sources": ["police"]}, ConfigError, "two to 4"),
        ({"sources": ["police", "police"]}, ConfigError, "different"),
        ({"sources": ["police", "fire"]}, ConfigError, "'fire' has no record"),
        ({"by": "setting"}, InputError, "setting"),
        ({"categories": ["asault"]}, ConfigError, "assault"),
    ],
)
def test_what_cannot_be_counted_is_refused(options, error, said):
    with pytest.raises(error, match=said):
        capture_histories(linked(ROWS), **options)


def test_a_stratum_named_like_a_source_is_refused():
    with pytest.raises(ConfigError, match="'police' is a column of the result too"):
        capture_histories(linked(ROWS, police="x"), by="police")


def test_a_record_without_an_event_is_named_by_row():
    frame = linked(ROWS)
    frame.loc["r2", "event_id"] = None
    with pytest.raises(InputError, match=r"1 row\(s\) have no event_id \(first: row 3\)"):
        capture_histories(frame)
