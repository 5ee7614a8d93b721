"""Windows: the fewest hours there can be, by an exhaustive search on small weeks."""

from __future__ import annotations

import numpy as np
import pytest

from hotspot.numerics.hour_windows import Window, best_windows
from tests.reference.clock import every_window, fewest_hours


def held(values, windows):
    cells = {
        ((w.day + past) % 7, hour)
        for w in windows
        for past in range(w.days)
        for hour in range(w.hour, w.hour + w.hours)
    }
    assert len(cells) == sum(w.days * w.hours for w in windows)
    return sum(values[cell] for cell in cells)


def test_what_stands_out_is_found_and_days_run_over_the_end_of_the_week():
    values = np.zeros((7, 24))
    values[4:6, 16:21] = 3.0
    assert best_windows(values, 1.0, 1) == [Window(4, 2, 16, 5)]
    values = np.roll(values, 2, axis=0)
    assert best_windows(values, 1.0, 1) == [Window(6, 2, 16, 5)]
    assert best_windows(values, 0.5, 3) == [Window(0, 1, 16, 5)]  # of two alike, the earlier in the week


def test_an_even_week_needs_its_share_of_the_hours():
    even = np.ones((7, 24))
    for share in (1 / 168, 0.25, 0.5, 1.0):
        for most in (1, 2, 7):
            windows = best_windows(even, share, most)
            hours = sum(w.days * w.hours for w in windows)
            assert hours >= share * 168 * (1 - 1e-9)
            if most == 7:
                assert hours == round(np.ceil(share * 168))
    assert best_windows(even, 1.0, 7) == [Window(0, 7, 0, 24)]


def test_one_window_is_never_beaten_by_any_of_all_windows():
    rng = np.random.default_rng(11)
    every = [np.array(sorted(cells)) for _, cells in every_window()]
    for share in (0.1, 0.3, 0.6, 0.9):
        values = rng.poisson(rng.gamma(0.5, 4, (7, 24))).astype(float)
        target = share * values.sum()
        enough = [len(cells) for cells in every if values[cells[:, 0], cells[:, 1]].sum() >= target]
        windows = best_windows(values, share, 1)
        assert sum(w.days * w.hours for w in windows) == min(enough)
        assert held(values, windows) >= target


def test_two_windows_are_never_beaten_where_few_hours_hold_anything(monkeypatch):
    # three hours of a day are tried exhaustively: the others hold nothing and never help
    rng = np.random.default_rng(3)
    for share in (0.35, 0.6, 0.85):
        few = rng.poisson(4, (7, 3))
        values = np.zeros((7, 24))
        values[:, 9:12] = few
        table = {(day, hour): values[day, hour] for day in range(7) for hour in range(24)}
        small = [(d, c) for d, c in every_window() if all(9 <= hour < 12 for _, hour in c)]
        monkeypatch.setattr("tests.reference.clock.every_window", lambda small=small: small)
        fewest, number = fewest_hours(table, share, 2)
        windows = best_windows(values, share, 2)
        assert (sum(w.days * w.hours for w in windows), len(windows)) == (fewest, number)
        monkeypatch.undo()


def test_the_shortest_window_is_kept_and_none_is_better():
    rng = np.random.default_rng(21)
    values = rng.poisson(rng.gamma(0.6, 3, (7, 24))).astype(float)
    for shortest in (1, 3, 8, 24):
        windows = best_windows(values, 0.3, 1, shortest)
        every = [c for days, c in every_window() if len(c) >= shortest * len(days)]
        enough = [len(c) for c in every if sum(values[cell] for cell in c) >= 0.3 * values.sum()]
        assert sum(w.days * w.hours for w in windows) == min(enough)
        assert min(w.hours for w in best_windows(values, 0.6, 4, shortest)) >= shortest


def test_more_windows_never_need_more_hours():
    rng = np.random.default_rng(9)
    values = rng.poisson(rng.gamma(0.6, 3, (7, 24))).astype(float)
    needed = [sum(w.days * w.hours for w in best_windows(values, 0.4, most)) for most in range(1, 8)]
    assert needed == sorted(needed, reverse=True)


def test_the_scale_does_not_matter():
    rng = np.random.default_rng(2)
    values = rng.poisson(2, (7, 24)).astype(float)
    assert best_windows(values / 7, 0.5, 3) == best_windows(values, 0.5, 3)
    rolled = best_windows(np.roll(values, 3, axis=0), 0.5, 1)[0]
    original = best_windows(values, 0.5, 1)[0]
    assert (rolled.days * rolled.hours) == (original.days * original.hours)


@pytest.mark.parametrize("share", [1e-6, 1.0])
def test_the_ends_of_the_share(share):
    values = np.zeros((7, 24))
    values[2, 5], values[6, 23] = 2, 1
    assert best_windows(values, share, 7)[0] == Window(2, 1, 5, 1)
