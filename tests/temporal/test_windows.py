"""Hot windows: what a rota can use, over midnight and over the end of the week."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hotspot as hs
from hotspot.errors import ConfigError, InputError
from hotspot.record import recording


def clock_of(*times, day_starts=6):
    frame = pd.DataFrame({"source": "ed", "occurred_from": pd.to_datetime([t for t, n in times for _ in range(n)])})
    return hs.heat_clock(frame, day_starts=day_starts)


NIGHT = [("2024-05-03 22:30", 5), ("2024-05-04 02:59", 5), ("2024-05-04 22:00", 5), ("2024-05-05 02:10", 5)]


def test_the_sentence_of_the_meeting():
    clock = clock_of(*NIGHT, ("2024-05-07 12:00", 44))
    with recording() as notes:
        found = hs.hot_windows(clock, of="n_ed", share=20 / 64 + 0.3, windows=2)
    assert found["when"].to_list() == ["Tuesday 12:00-13:00"]
    assert notes[-1].facts["share"] == round(44 / 64, 4)
    found = hs.hot_windows(clock, of="n_ed", share=1, windows=2)
    assert found["when"].to_list() == ["Tuesday 12:00-13:00", "Friday to Saturday 22:00-03:00"]
    assert found["hours"].to_list() == [1, 10]
    assert found["hours_share"].round(4).to_list() == [0.006, 0.0595]
    assert found["share"].to_list() == [44 / 64, 20 / 64]
    assert found["held"].to_list() == [44, 20]


def test_a_window_runs_over_the_end_of_the_week():
    shift = pd.Timedelta(days=2)
    clock = clock_of(*((str(pd.Timestamp(t) + shift), n) for t, n in NIGHT))
    assert hs.hot_windows(clock, of="n_ed", share=1)["when"].to_list() == ["Sunday to Monday 22:00-03:00"]


def test_the_beginning_of_the_tables_days_does_not_matter():
    found = [hs.hot_windows(clock_of(*NIGHT, day_starts=hour), of="n_ed", share=1) for hour in (0, 6, 13)]
    pd.testing.assert_frame_equal(found[0], found[1])
    pd.testing.assert_frame_equal(found[0], found[2])


def test_a_table_that_went_through_a_file_is_read_alike(tmp_path):
    clock = clock_of(*NIGHT)
    clock.to_csv(tmp_path / "clock.csv")
    again = pd.read_csv(tmp_path / "clock.csv").set_index(["weekday", "hour"])
    pd.testing.assert_frame_equal(hs.hot_windows(again, of="n_ed", share=1), hs.hot_windows(clock, of="n_ed", share=1))


def test_small_hours_alone_are_called_a_night():
    clock = clock_of(("2024-05-04 02:00", 3))
    found = hs.hot_windows(clock, of="n_ed", share=1)
    assert found["when"].to_list() == ["night of Friday 02:00-03:00"]
    assert hs.hot_windows(clock, of="n_ed", share=1, day_starts=0)["when"].to_list() == ["Saturday 02:00-03:00"]
    assert hs.share_in_windows(found, clock, of="n_ed").to_list() == [1.0]


def test_windows_are_measured_on_another_clock_as_they_were_found():
    rng = np.random.default_rng(8)
    for day_starts in (0, 6, 17):
        clock = clock_of(*NIGHT)
        clock["n_ed"] = rng.poisson(3, 168)
        found = hs.hot_windows(clock, of="n_ed", share=0.5, windows=3, day_starts=day_starts)
        again = hs.share_in_windows(found, clock, of="n_ed")
        np.testing.assert_allclose(again, found["share"], rtol=1e-12)
        assert again.sum() >= 0.5


def test_a_flattering_share_shrinks_on_later_records():
    rng = np.random.default_rng(1)
    clock, later = clock_of(*NIGHT), clock_of(*NIGHT)
    clock["n_ed"], later["n_ed"] = rng.poisson(1, 168), rng.poisson(1, 168)
    found = hs.hot_windows(clock, of="n_ed", share=0.4, windows=7)
    assert found["hours"].sum() < 0.35 * 168
    assert hs.share_in_windows(found, later, of="n_ed").sum() < 0.4


def test_bad_input_is_named():
    clock = clock_of(*NIGHT)
    for share in (0, 1.1, True, "half", float("nan")):
        with pytest.raises(ConfigError, match="share"):
            hs.hot_windows(clock, of="n_ed", share=share)
    with pytest.raises(ConfigError, match="windows"):
        hs.hot_windows(clock, of="n_ed", windows=8)
    with pytest.raises(InputError, match="weekday and hour"):
        hs.hot_windows(clock.reset_index(), of="n_ed")
    with pytest.raises(InputError, match="167 row"):
        hs.hot_windows(clock.iloc[1:], of="n_ed")
    with pytest.raises(InputError, match="holds nothing"):
        hs.hot_windows(clock * 0, of="n_ed")
    with pytest.raises(InputError, match="below 0"):
        hs.hot_windows(-clock, of="n_ed")
    with pytest.raises(InputError, match="column"):
        hs.hot_windows(clock, of="n_police")
