"""Season and trend: truths that need no statistics, guards, and limits that hold as often as they say."""

from __future__ import annotations

import calendar
import datetime as dt
import warnings

import numpy as np
import pandas as pd
import pytest

import hotspot as hs
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.record import recording
from hotspot.temporal.clock import WEEKDAYS


def months(first, number):
    return pd.period_range(first, periods=number, freq="M")


def table(values, first="2019-01"):
    return pd.DataFrame({"n_police": values}, index=pd.Index(months(first, len(values)).astype(str), name="month"))


def smooth(number, per_year=0.9, season=None, level=4000.0):
    """Make counts without chance, so large that rounding does not matter."""
    periods = months("2019-01", number)
    return [
        round(level * per_year ** (i / 12) * period.days_in_month / 30 * (season or [1] * 12)[period.month - 1])
        for i, period in enumerate(periods)
    ]


def days_of(year, month):
    return [dt.date(year, month, day + 1) for day in range(calendar.monthrange(year, month)[1])]


def test_the_length_of_months_is_taken_out():
    found = hs.adjust_months(table([310, 280, 310], first="2023-01"), of="n_police")
    assert found["days"].to_list() == [31, 28, 31]
    np.testing.assert_allclose(found["adjusted"], 10 * 365.2425 / 12, rtol=1e-12)
    assert hs.adjust_months(table([1, 1], "2024-01"), of="n_police")["days"].to_list() == [31, 29]


def test_weekdays_are_counted_day_by_day():
    weights = dict(zip(WEEKDAYS, [1, 1, 1, 1, 2, 3, 1.5], strict=True))
    counts = table(range(40))
    found = hs.adjust_months(counts, of="n_police", weekday_weights=weights)["exposure"]
    mean = sum(weights.values()) / 7
    for month, exposure in found.items():
        year, number = map(int, month.split("-"))
        total = sum(weights[WEEKDAYS[day.weekday()]] for day in days_of(year, number))
        assert exposure == pytest.approx(total / mean / (365.2425 / 12), rel=1e-12)
    same = hs.adjust_months(counts, of="n_police", weekday_weights=pd.Series(2.0, index=list(WEEKDAYS)))
    pd.testing.assert_frame_equal(same, hs.adjust_months(counts, of="n_police"))


def test_partial_and_missing_months_are_missing_not_low():
    counts = table([10, None, 30, 40, 50], "2024-01").astype("Int64")
    found = hs.adjust_months(counts, of="n_police", since="2024-01-15", until="2024-05-31")["adjusted"]
    assert found.isna().to_list() == [True, True, False, False, True]
    whole = hs.adjust_months(counts, of="n_police", since="2024-01-01", until="2024-06-01")["adjusted"]
    assert whole.isna().to_list() == [False, True, False, False, False]


def test_a_trend_without_chance_is_found_to_the_digit():
    for per_year in (0.8, 1.0, 1.25):
        found = hs.trend(table(smooth(48, per_year)), of="n_police")
        assert found["per_year"] == pytest.approx(per_year, abs=2e-4)
        assert found["lower"] < per_year < found["upper"]
        assert (found["season"], found["months"], found["first_month"]) == (True, 48, "2019-01")
        assert (found["p"] > 0.5) == (per_year == 1.0)


def test_season_and_trend_are_told_apart():
    season = [0.8, 0.8, 0.9, 1, 1, 1.1, 1.4, 1.3, 1.0, 0.9, 0.9, 0.9]
    counts = table(smooth(60, 1.1, season))
    with recording() as notes:
        found = hs.seasonality(counts, of="n_police")
    np.testing.assert_allclose(found["season_index"], np.array(season) / np.mean(season), atol=2e-3)
    assert found["season_index"].mean() == pytest.approx(1, abs=1e-12)
    assert found.index[6] == "July"
    assert (found["months_known"] == 5).all()
    assert ((found["season_lower"] < found["season_index"]) & (found["season_index"] < found["season_upper"])).all()
    assert notes[-1].facts["season_p"] < 1e-6
    assert hs.trend(counts, of="n_police")["per_year"] == pytest.approx(1.1, abs=1e-3)


def test_limits_of_the_index_do_not_depend_on_the_month_that_is_left_out_of_the_design():
    rng = np.random.default_rng(3)
    counts = table(rng.poisson(80, 48))
    moved = counts.set_axis(months("2019-05", 48).astype(str), axis=0)
    with pytest.warns(HotspotWarning, match="no more than chance"):
        here = hs.seasonality(counts, of="n_police")
    with pytest.warns(HotspotWarning, match="no more than chance"):
        there = hs.seasonality(moved, of="n_police")
    # months of other lengths: nearly, not exactly, the same
    width = np.log(here["season_upper"] / here["season_lower"]).to_numpy()
    np.testing.assert_allclose(
        np.roll(width, 4), np.log(there["season_upper"] / there["season_lower"]).to_numpy(), rtol=0.08
    )
    assert width.max() / width.min() < 1.3


def test_a_break_of_recording_is_no_trend():
    values = smooth(60, 1.0)
    values[30:] = [round(1.5 * n) for n in values[30:]]
    assert hs.trend(table(values), of="n_police")["per_year"] > 1.1
    found = hs.trend(table(values), of="n_police", breaks=["2021-07"])
    assert found["per_year"] == pytest.approx(1.0, abs=1e-3)
    assert found["breaks"] == {"2021-07": pytest.approx(1.5, abs=2e-3)}
    season = hs.trend(table(values), of="n_police", breaks=["2021-07", "2022-07"])
    assert list(season["breaks"]) == ["2021-07", "2022-07"]


def test_a_partial_month_is_no_fall():
    values = smooth(48, 1.0)
    values[-1] //= 3
    with pytest.warns(HotspotWarning, match=r"2022-12 has far fewer 'n_police'.*until="):
        hs.trend(table(values), of="n_police")
    with recording() as notes:
        found = hs.trend(table(values), of="n_police", until="2022-12-11")
    assert (found["months"], found["last_month"]) == (47, "2022-11")
    assert notes[-1].facts["months_partial"] == 1
    assert found["per_year"] == pytest.approx(1.0, abs=1e-3)
    values = smooth(48, 1.0)
    values[0] //= 3
    with pytest.warns(HotspotWarning, match="2019-01 has far fewer.*since="):
        hs.trend(table(values), of="n_police")


def test_chance_alone_seldom_looks_partial():
    rng = np.random.default_rng(17)
    said = 0
    for _ in range(200):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            hs.trend(table(rng.poisson(30 * rng.gamma(20, 1 / 20, 36))), of="n_police")
        said += len(caught)
    assert said <= 6


def test_missing_months_are_left_out_and_the_order_of_rows_does_not_matter():
    counts = table(smooth(60, 0.95)).astype("Int64")
    counts.iloc[[5, 17, 40], 0] = pd.NA
    found = hs.trend(counts, of="n_police")
    assert found["per_year"] == pytest.approx(0.95, abs=1e-3)
    assert found["months"] == 57
    shuffled = counts.sample(frac=1, random_state=2)
    assert hs.trend(shuffled, of="n_police") == found
    periods = counts.set_axis(pd.PeriodIndex(counts.index, freq="M"), axis=0)
    assert hs.trend(periods, of="n_police") == found


def test_without_two_years_the_season_is_said_to_be_missing():
    with pytest.warns(HotspotWarning, match="the season is not in the model"):
        found = hs.trend(table(smooth(23, 1.0)), of="n_police")
    assert not found["season"]
    with pytest.raises(InputError, match="cannot tell the season"):
        hs.seasonality(table(smooth(23)), of="n_police")
    with pytest.raises(InputError, match=r"11 whole month.*a trend needs 12"):
        hs.trend(table(smooth(11)), of="n_police")
    with pytest.raises(InputError, match=r"11 whole month.*1 partial"):
        hs.trend(table(smooth(12)), of="n_police", until="2019-12-31")
    empty = table(smooth(36))
    empty.iloc[[3, 15, 27], 0] = 0
    with pytest.warns(HotspotWarning, match="season"):
        assert not hs.trend(empty, of="n_police")["season"]


@pytest.mark.filterwarnings("ignore::hotspot.errors.HotspotWarning")
@pytest.mark.parametrize(("n", "spread", "least"), [(36, 0.0, 0.93), (36, 0.2, 0.93), (60, 0.2, 0.93)])
def test_limits_hold_the_trend_as_often_as_they_say(n, spread, least):
    rng = np.random.default_rng(29)
    t = np.arange(n)
    mean = 60 * 0.9 ** (t / 12) * np.exp(0.2 * np.sin(t * np.pi / 6))
    length = hs.adjust_months(table([0] * n), of="n_police")["exposure"].to_numpy()
    held = 0
    for _ in range(200):
        varied = rng.gamma(1 / spread**2, spread**2, n) if spread else 1.0
        found = hs.trend(table(rng.poisson(mean * length * varied)), of="n_police")
        held += found["lower"] <= 0.9 <= found["upper"]
    assert held / 200 >= least


def test_bad_input_is_named():
    counts = table(smooth(36))
    with pytest.raises(ConfigError, match="breaks"):
        hs.trend(counts, of="n_police", breaks=["last spring"])
    with pytest.raises(ConfigError, match="breaks: each way of recording needs 3 months"):
        hs.trend(counts, of="n_police", breaks=["2021-11"])
    with pytest.raises(ConfigError, match="more than once"):
        hs.trend(counts, of="n_police", breaks=["2020-11", "2020-11"])
    with pytest.raises(ConfigError, match="until"):
        hs.trend(counts, of="n_police", until="soon")
    with pytest.raises(ConfigError, match="must come after"):
        hs.trend(counts, of="n_police", since="2021-01-01", until="2020-01-01")
    with pytest.raises(ConfigError, match="confidence"):
        hs.trend(counts, of="n_police", confidence=95)
    with pytest.raises(ConfigError, match="weekday_weights"):
        hs.trend(counts, of="n_police", weekday_weights={"Monday": 1})
    with pytest.raises(InputError, match="no counts"):
        hs.trend(-counts, of="n_police")
    with pytest.raises(InputError, match="no months"):
        hs.trend(counts.reset_index(drop=True), of="n_police")
    with pytest.raises(InputError, match="no events"):
        hs.trend(counts * 0, of="n_police")
    lonely = counts * 0
    lonely.iloc[-1] = 9
    with pytest.raises(InputError, match="too few events"):
        hs.trend(lonely, of="n_police")


@pytest.mark.real_data
def test_dwelling_fires_of_london_fall_and_have_a_season(real_data):
    fires = pd.read_csv(real_data / "london_lfb_dwelling_fires" / "fires.csv.gz", usecols=["date"])
    counts = pd.to_datetime(fires["date"]).dt.to_period("M").value_counts().sort_index()
    frame = pd.DataFrame({"n_fire": counts.to_numpy()}, index=counts.index.astype(str))
    found = hs.trend(frame, of="n_fire")
    assert found["months"] == 188
    assert [round(found[name], 4) for name in ("per_year", "lower", "upper")] == [0.9723, 0.9702, 0.9745]
    assert found["dispersion"] == pytest.approx(1.94, abs=0.005)
    index = hs.seasonality(frame, of="n_fire")["season_index"]
    assert (index.idxmin(), index.idxmax()) == ("August", "December")
    fires["source"], fires["occurred_from"] = "fire", pd.to_datetime(fires["date"])
    with pytest.raises(InputError, match="known to the day"):
        hs.heat_clock(fires)


@pytest.mark.real_data
def test_thirteen_months_of_surrey_give_a_trend_with_a_warning(real_data):
    police = hs.read_incidents(real_data / "police_uk_surrey", source="police_uk")
    counts = hs.count_by_month(police)
    with pytest.warns(HotspotWarning, match="season is not in the model"):
        found = hs.trend(counts, of="n_police")
    assert found["months"] == 13
    assert found["lower"] < found["per_year"] < found["upper"]
