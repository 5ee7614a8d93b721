"""The picture of the heat clock says what its table says."""

import numpy as np
import pandas as pd

import hotspot as hs


def clock_of(seed=0, n=900):
    rng = np.random.default_rng(seed)
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 364 * 1_440, n), unit="min")
    return hs.heat_clock(pd.DataFrame({"source": "ed", "occurred_from": when}))


def test_every_cell_bears_its_number_where_the_rows_say():
    clock = clock_of()
    axes = hs.draw_heat_clock(clock, of="n_ed").axes[0]
    drawn = {(round(t.get_position()[1]), round(t.get_position()[0])): t.get_text() for t in axes.texts}
    wide = clock["n_ed"].to_numpy().reshape(7, 24)
    hours, days = (list(dict.fromkeys(clock.index.get_level_values(name))) for name in ("hour", "weekday"))
    assert [label.get_text() for label in axes.get_xticklabels()] == [f"{hour:02d}" for hour in hours]
    assert [label.get_text() for label in axes.get_yticklabels()] == days
    for (row, column), text in drawn.items():
        assert text == str(wide[row, column])
    assert len(drawn) == 168


def test_any_beginning_of_the_day_shows_the_same_hours():
    clock = clock_of()
    early = hs.draw_heat_clock(clock, of="n_ed", day_starts=0).axes[0]
    drawn = {(round(t.get_position()[1]), round(t.get_position()[0])): int(t.get_text()) for t in early.texts}
    calendar = np.roll(clock["n_ed"].to_numpy(dtype=int), 6).reshape(7, 24)
    assert [[drawn[row, column] for column in range(24)] for row in range(7)] == calendar.tolist()


def test_windows_are_framed_and_hidden_hours_hatched():
    clock = clock_of()
    windows = hs.hot_windows(clock, of="n_ed", share=0.3)
    framed = hs.draw_heat_clock(clock, of="n_ed", windows=windows).axes[0]
    first = windows.iloc[0]
    days = int(first["hours"]) // ((first["to_hour"] - first["from_hour"] - 1) % 24 + 1)
    assert len(framed.lines) == 2 * (days + int(first["hours"]) // days)
    title = framed.get_title(loc="left")
    assert title.startswith(f"{100 * first['share']:.0f} % in")
    assert first["when"] in title
    hidden = clock.copy()
    hidden.iloc[[3, 50], 0] = pd.NA
    axes = hs.draw_heat_clock(hidden, of="n_ed").axes[0]
    assert len(axes.texts) == 166
    assert [patch.get_hatch() for patch in axes.patches] == ["////"] * 2
