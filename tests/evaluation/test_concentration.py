"""Concentration beside chance: published fixtures, a slow twin, relations."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.place_series import fewest_places, gini_by_pairs

import hotspot as hs
from hotspot.errors import ConfigError, InputError
from hotspot.numerics.concentration_measures import gini, places_for

some_counts = st.lists(st.integers(0, 40), min_size=2, max_size=30).filter(any)


def test_ten_crimes_in_ten_of_a_hundred_places_are_not_concentrated():
    plain, corrected = gini(np.array([1.0] * 10 + [0.0] * 90))
    assert plain == pytest.approx(0.90)
    assert corrected == pytest.approx(0.0)


@pytest.mark.parametrize(("crimes", "places"), [(10, 100), (3, 7), (250, 1_000)])
def test_all_in_one_place_is_as_concentrated_as_can_be(crimes, places):
    assert gini(np.array([float(crimes)] + [0.0] * (places - 1)))[1] == pytest.approx(1 - 1 / crimes)


def test_noise_looks_concentrated_and_its_correction_does_not():
    rng = np.random.default_rng(0)
    maps = rng.multinomial(100, np.full(1_000, 1e-3), size=500).T.astype(float)
    plain, corrected = gini(maps)
    assert plain.mean() == pytest.approx(0.905, abs=0.005)
    assert corrected.mean() == pytest.approx(0.094, abs=0.005)


@given(some_counts)
def test_measures_are_those_of_the_slow_twin(counts):
    plain, corrected = gini(np.array(counts, dtype=float))
    assert plain == pytest.approx(gini_by_pairs(counts), abs=1e-9)
    if sum(counts) >= len(counts):
        assert corrected == pytest.approx(plain, abs=1e-9)
    for share in (0.25, 0.5, 1.0):
        assert places_for(np.array(counts, dtype=float), np.array([share]))[0] == fewest_places(counts, share)


@given(some_counts, st.integers(2, 4))
def test_twice_the_same_places_are_as_concentrated(counts, times):
    usual, _ = gini(np.array(counts, dtype=float))
    doubled, _ = gini(np.array(counts * times, dtype=float))
    assert doubled == pytest.approx(usual, abs=1e-9)


def test_noise_is_not_told_from_chance_and_a_few_streets_are():
    rng = np.random.default_rng(1)
    noise = pd.Series(rng.multinomial(300, np.full(500, 1 / 500)))
    found = hs.concentration(noise, draws=199)
    assert (found["p"] > 0.02).all()
    assert (found["chance_lower"] <= found["chance"]).all()
    assert (found["chance"] <= found["chance_upper"]).all()
    streets = noise + pd.Series([40] * 5 + [0] * 495)
    found = hs.concentration(streets, draws=199)
    assert (found["p"] == 1 / 200).all()
    assert found.loc["places for 25 %", "observed"] < found.loc["places for 25 %", "chance_lower"]


def test_p_values_of_pure_chance_are_even():
    rng = np.random.default_rng(2)
    p = [
        hs.concentration(pd.Series(rng.multinomial(80, np.full(60, 1 / 60))), draws=99, seed=i).loc["gini", "p"]
        for i in range(200)
    ]
    assert np.mean(np.array(p) <= 0.1) == pytest.approx(0.1, abs=0.05)
    assert np.mean(np.array(p) <= 0.5) == pytest.approx(0.5, abs=0.12)


def test_long_streets_have_more_by_chance():
    rng = np.random.default_rng(3)
    length = pd.Series(rng.gamma(0.5, size=400) + 0.01)
    events = pd.Series(rng.multinomial(2_000, length / length.sum()))
    alike = hs.concentration(events, draws=99)
    by_length = hs.concentration(events, size=length, draws=99)
    assert alike.loc["gini", "p"] == 0.01
    assert by_length.loc["gini", "p"] > 0.02
    assert by_length.loc["gini", "chance"] == pytest.approx(by_length.loc["gini", "observed"], abs=0.03)


def test_the_curve_rises_from_nothing_to_all_and_bends_above_chance():
    rng = np.random.default_rng(4)
    events = pd.Series(rng.negative_binomial(0.4, 0.1, 200))
    curve = hs.lorenz(events, draws=99)
    assert curve.iloc[0].tolist() == [0.0] * 5
    assert curve.iloc[-1].tolist() == [1.0] * 5
    assert (np.diff(curve["event_share"]) >= 0).all()
    assert (np.diff(curve["event_share"], 2) <= 1e-12).all()
    assert (curve["event_share"] >= curve["chance_share"] - 1e-12).all()
    half = curve.loc[curve["event_share"] >= 0.5, "place_share"].iloc[0]
    assert half == hs.concentration(events, draws=9).loc["places for 50 %", "observed"]


def test_order_and_seed_and_missing_places():
    rng = np.random.default_rng(5)
    events = pd.Series(rng.negative_binomial(0.4, 0.1, 120), index=[f"P{i}" for i in range(120)])
    mixed = events.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(hs.concentration(events, draws=49), hs.concentration(mixed, draws=49))
    holed = pd.concat(
        [events.astype("Int64"), pd.Series([pd.NA] * 7, index=[f"Q{i}" for i in range(7)], dtype="Int64")]
    )
    with hs.recording() as notes:
        pd.testing.assert_frame_equal(hs.concentration(holed, draws=49), hs.concentration(events, draws=49))
    assert notes[0].facts["left_out_missing"] == 7


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"counts": pd.Series([0, 0])}, InputError, "no events"),
        ({"counts": pd.Series([1.5, 2])}, InputError, "no whole numbers, the first in row 0"),
        ({"counts": pd.Series([-1, 2])}, InputError, "row 0"),
        ({"size": pd.Series([0, 2])}, InputError, "size: 1"),
        ({"shares": [0.0]}, ConfigError, "shares"),
        ({"shares": "half"}, ConfigError, "shares"),
        ({"draws": 0}, ConfigError, "draws"),
        ({"confidence": 1.0}, ConfigError, "confidence"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(change, error, words):
    with pytest.raises(error, match=words):
        hs.concentration(**{"counts": pd.Series([1, 2]), **change})


def test_the_picture_marks_what_the_table_says():
    events = pd.Series(np.random.default_rng(6).negative_binomial(0.4, 0.1, 200))
    axes = hs.draw_lorenz(hs.lorenz(events, draws=49)).axes[0]
    half = hs.concentration(events, draws=9).loc["places for 50 %", "observed"]
    shown = f"{100 * half:.1f} %" if half < 0.1 and 100 * half % 1 > 1e-9 else f"{100 * half:.0f} %"
    assert axes.get_title(loc="left") == f"Half of the events lie in {shown} of the places"
    assert {"recorded", "thrown at random", shown} <= {text.get_text() for text in axes.texts}
    with pytest.raises(InputError, match="curve"):
        hs.draw_lorenz(pd.DataFrame({"place_share": [0, 1]}))
    with pytest.raises(ConfigError, match="share"):
        hs.draw_lorenz(hs.lorenz(events, draws=9), share=50)
