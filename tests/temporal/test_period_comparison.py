"""Periods a year apart: whole months or a refusal, breaks, days, and limits that know how much months vary."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.period_changes import ratio_limits

import hotspot as hs
from hotspot.errors import ComparabilityError, ConfigError, HotspotWarning, InputError
from hotspot.record import recording


def table(values, first="2019-01"):
    months = pd.period_range(first, periods=len(values), freq="M").astype(str)
    return pd.DataFrame({"n_police": values}, index=pd.Index(months, name="month")).astype("Int64")


def flat(number, level=100, first="2019-01", seed=1):
    return table(np.random.default_rng(seed).poisson(level, number), first)


def compare(counts, how="12 months", **options):
    """Compare, and give the warnings too."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", HotspotWarning)
        found = hs.compare_periods(counts, of="n_police", compare=how, **options)
    return found, " ".join(str(entry.message) for entry in said)


def test_the_last_twelve_whole_months_and_the_twelve_before():
    counts = flat(40)
    found, said = compare(counts)
    assert said == ""
    assert (found["before"], found["after"]) == ("2020-05 to 2021-04", "2021-05 to 2022-04")
    assert found["n_before"] == counts["n_police"].iloc[16:28].sum()
    assert found["n_after"] == counts["n_police"].iloc[28:].sum()
    assert (found["days_before"], found["days_after"]) == (365, 365)
    assert found["ratio"] == pytest.approx(found["n_after"] / found["n_before"])
    low, high = ratio_limits(6, 9, 365, 366, 0.95)
    few, _ = compare(table([1, 0] * 6 + [1, 1, 1, 0] * 3, "2023-01"))
    assert (few["n_before"], few["n_after"], few["days_before"], few["days_after"]) == (6, 9, 365, 366)
    assert few["ratio"] == pytest.approx(9 / 6 * 365 / 366)
    assert (few["lower"], few["upper"]) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(
    ("how", "before", "after"),
    [
        ("same quarter", "2021-01 to 2021-03", "2022-01 to 2022-03"),
        ("3 months", "2021-02 to 2021-04", "2022-02 to 2022-04"),
        ("same month", "2021-04", "2022-04"),
        ("1 month", "2021-04", "2022-04"),
        ("6 months", "2020-11 to 2021-04", "2021-11 to 2022-04"),
    ],
)
def test_the_same_months_a_year_earlier(how, before, after):
    found, _ = compare(flat(40), how)
    assert (found["before"], found["after"]) == (before, after)


def test_a_february_of_29_days_is_no_rise():
    counts = table(
        [290 if m == "2024-02" else 280 for m in pd.period_range("2023-01", "2024-02", freq="M").astype(str)]
    )
    counts.index = pd.period_range("2023-01", "2024-02", freq="M").astype(str)
    found, _ = compare(counts, "same month")
    assert (found["days_before"], found["days_after"]) == (28, 29)
    assert found["ratio"] == pytest.approx(1.0)


def test_partial_months_move_the_comparison_and_missing_ones_are_said():
    counts = flat(40)
    found, said = compare(counts, until="2022-04-20")
    assert said == ""
    assert found["after"] == "2021-04 to 2022-03"
    late = counts.copy()
    late.iloc[-2:, 0] = pd.NA
    found, said = compare(late)
    assert found["after"] == "2021-03 to 2022-02"
    assert "last 2 month(s) of 'n_police' are missing. The comparison ends with 2022-02" in said
    hole = counts.copy()
    hole.iloc[[20, 30], 0] = pd.NA
    with pytest.raises(InputError, match=r"2 are not whole \(0 not in the table, 2 missing, 0 partial; first: 2020-09"):
        compare(hole)
    with pytest.raises(InputError, match="What can be compared: '7 months'"):
        compare(hole)
    assert compare(hole, "7 months")[0]["after"] == "2021-10 to 2022-04"
    with pytest.raises(InputError, match="1 partial"):
        compare(counts, since="2020-05-15")


def test_thirteen_months_cannot_be_twelve_and_twelve():
    counts = flat(13, first="2020-08")
    with pytest.raises(InputError, match=r"compare='12 months' needs every month of 2019-09 to 2020-08.*11 not in the"):
        compare(counts)
    with pytest.raises(InputError, match="What can be compared: 'same month'"):
        compare(counts)
    with pytest.raises(InputError, match="Nor is there 2019-09"):
        compare(counts.iloc[:2])
    found, said = compare(counts, "same month")
    assert (found["before"], found["after"]) == ("2020-08", "2021-08")
    assert "how much the months of 'n_police' vary is not known (13 whole months" in said
    assert np.isnan(found["dispersion"])
    assert np.isnan(found["wide_lower"])
    assert "two of each calendar month" in found["dispersion_note"]


def test_a_last_month_that_looks_incomplete_is_said():
    counts = flat(40)
    counts.iloc[-1, 0] = 20
    assert "2022-04 has far fewer" in compare(counts)[1]
    assert compare(counts, until="2022-05-01")[1] == ""


def test_a_break_between_or_within_the_periods_is_refused():
    counts = flat(40)  # 2020-05 … 2021-04 against 2021-05 … 2022-04
    for month in ("2020-06", "2021-05", "2022-04"):
        with pytest.raises(ComparabilityError, match=f"recording changed in {month}"):
            compare(counts, breaks=[month])
        with pytest.raises(ComparabilityError, match="reason= does not say"):
            compare(counts, breaks=[month], comparable=False)
    for month in ("2020-05", "2019-08", "2022-06"):
        if month != "2022-06":
            assert compare(counts, breaks=[month])[0]["breaks"] == []
        else:
            assert compare(counts, breaks=[month])[0]["dispersion_note"].startswith("breaks: each way of recording")
    with recording() as notes:
        found, _ = compare(counts, breaks=["2021-05"], comparable=False, reason="new system; assaults as before")
    assert found["label"] == "Not significant (not comparable: new system; assaults as before)"
    assert found["breaks"] == ["2021-05"]
    assert notes[-1].facts["reason"] == "new system; assaults as before"
    assert notes[-1].facts["comparable"] is False


def test_labels_follow_the_widened_limits():
    rng = np.random.default_rng(3)
    level = 200 * np.exp(0.3 * rng.normal(size=48))
    level[36:] *= 1.3
    found, _ = compare(table(rng.poisson(level)))
    assert found["dispersion"] > 5
    assert found["p"] < 0.001
    assert found["lower"] > 1
    assert found["wide_lower"] < 1 < found["wide_upper"]
    assert found["label"] == "Not significant"
    calm, _ = compare(table(rng.poisson([200] * 36 + [150] * 12)))
    assert calm["wide_upper"] < 1
    assert calm["label"] == "Down"
    assert calm["wide_lower"] <= calm["lower"] < calm["upper"] <= calm["wide_upper"]


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 2**31), st.sampled_from(["12 months", "same quarter", "same month"]))
def test_widened_limits_hold_the_exact_ones_and_order_does_not_matter(seed, how):
    counts = flat(30, 60, seed=seed)
    found, _ = compare(counts, how, until="2021-07-01")
    assert found["wide_lower"] <= found["lower"] < found["ratio"] < found["upper"] <= found["wide_upper"]
    shuffled, _ = compare(counts.sample(frac=1, random_state=seed), how, until="2021-07-01")
    assert shuffled == found
    other, _ = compare(counts, how, until="2021-07-01", weekday_weights=dict.fromkeys(hs.temporal.clock.WEEKDAYS, 2.0))
    assert other["ratio"] == pytest.approx(found["ratio"])


def test_a_period_without_events_has_no_widened_limits():
    counts = flat(36)
    counts.iloc[-1, 0] = 0
    found, _ = compare(counts, "same month", until="2022-01-01")
    assert (found["ratio"], found["lower"], found["dispersion_note"]) == (0.0, 0.0, "a period has no events")
    assert found["label"] == "Down"


@pytest.mark.parametrize(("spread", "least_wide", "most_exact"), [(0.0, 0.94, 1.0), (0.2, 0.93, 0.88)])
def test_widened_limits_hold_the_ratio_as_often_as_they_say(spread, least_wide, most_exact):
    rng = np.random.default_rng(13)
    t = np.arange(36)
    mean = 60 * 0.9 ** (t / 12) * np.exp(0.2 * np.sin(t * np.pi / 6))
    exact = wide = 0
    for _ in range(120):
        counts = table(rng.poisson(mean * np.exp(spread * rng.normal(size=36))))
        found, _ = compare(counts, until="2022-01-01", since="2019-01-01")
        exact += found["lower"] <= 0.9 <= found["upper"]
        wide += found["wide_lower"] <= 0.9 <= found["wide_upper"]
    assert wide / 120 >= least_wide
    assert exact / 120 <= most_exact


def test_bad_input_is_named():
    counts = flat(40)
    for how in ("a year", "13 months", "0 months", 12):
        with pytest.raises(ConfigError, match=r"compare: .* is not known. Write '12 months'"):
            compare(counts, how)
    with pytest.raises(ConfigError, match="confidence"):
        compare(counts, confidence=95)
    with pytest.raises(ConfigError, match="breaks: 'April' is not a month"):
        compare(counts, breaks=["April"])
    with pytest.raises(InputError, match="no whole month with a count"):
        compare(counts * pd.NA)
    with pytest.raises(InputError, match="parts of events"):
        compare(counts.astype(float) + 0.5)
    with pytest.raises(InputError, match="no months"):
        compare(counts.reset_index(drop=True))


@pytest.mark.real_data
def test_surrey_has_thirteen_months(real_data):
    police = hs.read_incidents(real_data / "police_uk_surrey", source="police_uk")
    counts = hs.count_by_month(police)
    assert len(counts) == 13
    with pytest.raises(InputError, match=r"11 are not whole \(11 not in the table.*What can be compared: 'same month'"):
        compare(counts)
    with pytest.raises(InputError, match="2020-04 to 2020-06 and 2021-04 to 2021-06"):
        compare(counts, "same quarter")
    found, said = compare(counts, "same month")
    assert (found["before"], found["after"]) == ("2020-08", "2021-08")
    assert (found["n_before"], found["n_after"]) == (8_912, 7_302)
    assert "Poisson's only" in said


@pytest.mark.real_data
def test_dwelling_fires_of_london(real_data):
    fires = pd.read_csv(real_data / "london_lfb_dwelling_fires" / "fires.csv.gz", usecols=["date"])
    n = pd.to_datetime(fires["date"]).dt.to_period("M").value_counts().sort_index()
    counts = pd.DataFrame({"n_police": n.to_numpy()}, index=n.index.astype(str))
    quarter, _ = compare(counts, "same quarter")
    assert (quarter["before"], quarter["after"]) == ("2023-04 to 2023-06", "2024-04 to 2024-06")
    assert (quarter["n_before"], quarter["n_after"], quarter["label"]) == (1_180, 1_178, "Not significant")
    assert [round(quarter[name], 2) for name in ("lower", "upper", "wide_lower", "wide_upper")] == [
        0.92, 1.08, 0.88, 1.13,
    ]  # fmt: skip
    # year by year: how often is "significant" only the Poisson's?
    exact = wide = 0
    for year in range(2011, 2024):
        found, _ = compare(counts, until=f"{year}-01-01")
        exact += found["p"] <= 0.05
        wide += found["label"] != "Not significant"
    assert (exact, wide) == (5, 0)
