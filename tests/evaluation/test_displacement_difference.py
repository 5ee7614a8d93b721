"""Weighted displacement difference: published values, definition, relations, and its level where nothing changed."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reference.period_changes import displacement_difference

import hotspot as hs
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.record import recording

PAIR = st.tuples(st.integers(0, 500), st.integers(0, 500))
WEIGHT = st.sampled_from([1, 2, 0.5, 3.2])


def test_wheeler_and_ratcliffe_2018():
    found = hs.wdd((308, 318), (207, 110), (150, 140), (178, 157), alpha=0.05)
    assert found["estimate"] == -118
    assert found["se"] == pytest.approx(np.sqrt(1568), rel=1e-15)
    assert round(found["z"], 2) == -2.98
    assert (round(found["lower"]), round(found["upper"])) == (-196, -40)
    assert (found["local"], found["displacement"]) == (-107, -11)
    assert found["local_se"] ** 2 + found["displacement_se"] ** 2 == pytest.approx(1568)
    assert found["p"] == pytest.approx(0.00288, abs=1e-5)


def test_times_and_areas_of_unequal_size():
    found = hs.wdd((100, 50), (80, 20), time_weights=(2, 1))
    assert (found["estimate"], found["se"]) == (-20, pytest.approx(np.sqrt(115), rel=1e-15))
    sized = hs.wdd(
        (308, 318), (207, 110), (150, 140), (178, 157), area_weights=(0.9, 1.2, 1.6, 1.5), alpha=0.05
    )  # ptools, test-wdd.R
    expected = (-99.69444444, 35.4280755, -2.813995483, -169.1321965, -30.25669241)
    assert [sized[name] for name in ("estimate", "se", "z", "lower", "upper")] == pytest.approx(expected, rel=1e-8)


def test_four_counts():
    found = hs.wdd((90, 95), (100, 70))
    assert (found["estimate"], round(found["se"], 2), round(found["z"], 2)) == (-35, 18.84, -1.86)
    assert (found["displacement"], found["displacement_se"]) == (0, 0)
    narrow = hs.wdd((90, 95), (100, 70), alpha=0.5)
    assert found["lower"] < narrow["lower"] < -35 < narrow["upper"] < found["upper"]
    assert found["upper"] - found["estimate"] == pytest.approx(1.6448536 * found["se"])
    wide = hs.wdd((90, 95), (100, 70), dispersion=1.9)
    assert wide["se"] == pytest.approx(np.sqrt(1.9) * found["se"])
    assert wide["estimate"] == found["estimate"]


def test_harm_of_five_kinds():
    """The worked example of A. Wheeler (2020) as ptools tests it."""
    control = {"mv": (133, 91), "th": (388, 305), "bu": (148, 97), "rob": (86, 64), "ass": (94, 67)}
    treated = {"mv": (130, 74), "th": (327, 202), "bu": (398, 190), "rob": (144, 92), "ass": (183, 96)}
    weights = {"mv": 3, "th": 2, "bu": 5, "rob": 7, "ass": 10}
    found = hs.wdd_harm(control, treated, weights, alpha=0.05)
    expected = (-1721, 304.10360077, -5.65925558, -2317.03210507, -1124.96789493)
    assert [found[name] for name in ("estimate", "se", "z", "lower", "upper")] == pytest.approx(expected, rel=1e-8)
    assert found["largest"] == "ass"
    assert found["largest_share"] == pytest.approx(100 * (94 + 67 + 183 + 96) / 304.10360077**2)
    frames = [pd.DataFrame.from_dict(table, orient="index", columns=["pre", "post"]) for table in (control, treated)]
    assert hs.wdd_harm(*frames, pd.Series(weights), alpha=0.05) == found
    parts = [hs.wdd(control[kind], treated[kind]) for kind in weights]
    assert found["estimate"] == sum(part["estimate"] * weights[kind] for part, kind in zip(parts, weights, strict=True))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(PAIR, min_size=4, max_size=4), st.tuples(WEIGHT, WEIGHT), st.tuples(WEIGHT, WEIGHT, WEIGHT, WEIGHT),
    st.sampled_from([2.0, 7.0]),
)  # fmt: skip
def test_what_always_holds(pairs, time, area, factor):
    assume(sum(map(sum, pairs)) >= 20)
    found = hs.wdd(*pairs, time_weights=time, area_weights=area)
    estimate, se = displacement_difference(pairs, time, area)
    assert (found["estimate"], found["se"]) == (pytest.approx(estimate, abs=1e-9), pytest.approx(se))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HotspotWarning)
        one = hs.wdd_harm(*[{"a": pairs[0]}, {"a": pairs[1]}], {"a": 1}, {"a": pairs[2]}, {"a": pairs[3]},
                          time_weights=time, area_weights=area)  # fmt: skip
    assert {name: one[name] for name in found} == pytest.approx(found)
    longer = hs.wdd(*pairs, time_weights=tuple(factor * w for w in time), area_weights=area)
    assert longer["z"] == pytest.approx(found["z"], abs=1e-9)
    assert longer["estimate"] == pytest.approx(found["estimate"] / factor, abs=1e-9)
    exchanged = hs.wdd(
        pairs[1], pairs[0], pairs[3], pairs[2], time_weights=time, area_weights=(area[1], area[0], area[3], area[2])
    )
    assert exchanged["estimate"] == pytest.approx(-found["estimate"], abs=1e-9)
    assert exchanged["lower"] == pytest.approx(-found["upper"], abs=1e-9)


@pytest.mark.parametrize("mean", [5, 20, 200])
def test_where_nothing_changed_it_rejects_as_often_as_it_says(mean):
    rng = np.random.default_rng(31)
    rejected = 0
    for counts in rng.poisson(mean, (1500, 8)):
        found = hs.wdd(*(tuple(map(int, pair)) for pair in counts.reshape(4, 2)), alpha=0.1)
        rejected += not found["lower"] <= 0 <= found["upper"]
    assert rejected / 1500 == pytest.approx(0.1, abs=0.025)


def test_few_events_and_one_homicide_are_said():
    with pytest.warns(HotspotWarning, match="16 events in all are too few"):
        hs.wdd((4, 4), (5, 3))
    with pytest.warns(HotspotWarning, match=r"'homicide' brings 8\d% of the variance, from 1 event"):
        found = hs.wdd_harm(
            {"assault": (900, 900), "homicide": (0, 0)}, {"assault": (950, 870), "homicide": (0, 1)},
            {"assault": 10, "homicide": 1_500},
        )  # fmt: skip
    assert found["largest"] == "homicide"
    with recording() as notes:
        hs.wdd((90, 95), (100, 70))
    assert notes[-1].facts["estimate"] == -35


def test_bad_input_is_named():
    with pytest.raises(InputError, match="no events at all"):
        hs.wdd((0, 0), (0, 0))
    with pytest.raises(InputError, match="treated: events before and after must be whole"):
        hs.wdd((1, 2), (3.5, 2))
    with pytest.raises(InputError, match=r"disp_control: .* 0 or more"):
        hs.wdd((30, 20), (30, 20), (-1, 2))
    with pytest.raises(ConfigError, match=r"control: must be 2 finite numbers. Give the events before and after"):
        hs.wdd((1, 2, 3), (3, 2))
    with pytest.raises(ConfigError, match="treated: int is not 2 numbers"):
        hs.wdd((1, 2), 3)
    with pytest.raises(ConfigError, match="treated: must be 2 finite numbers"):
        hs.wdd((1, 2), (3, None))
    with pytest.raises(ConfigError, match="time_weights: must be above 0"):
        hs.wdd((30, 20), (30, 20), time_weights=(0, 1))
    with pytest.raises(ConfigError, match="area_weights: must be 4 finite numbers"):
        hs.wdd((30, 20), (30, 20), area_weights=(1, 1))
    with pytest.raises(ConfigError, match="dispersion"):
        hs.wdd((30, 20), (30, 20), dispersion=0.5)
    with pytest.raises(ConfigError, match="alpha"):
        hs.wdd((30, 20), (30, 20), alpha=0)
    good = {"a": (30, 20)}
    with pytest.raises(InputError, match=r"treated: 1 kind\(s\) are only in one of it and weights: b"):
        hs.wdd_harm(good, {"a": (1, 2), "b": (3, 4)}, {"a": 1})
    with pytest.raises(ConfigError, match=r"weights: 1 kind\(s\) have no weight above 0: a"):
        hs.wdd_harm(good, good, {"a": 0})
    with pytest.raises(ConfigError, match="weights: give the harm"):
        hs.wdd_harm(good, good, {})
    with pytest.raises(InputError, match="control: give counts by kind"):
        hs.wdd_harm([1, 2], good, {"a": 1})
    with pytest.raises(InputError, match="two columns"):
        hs.wdd_harm(pd.DataFrame({"pre": [1]}, index=["a"]), good, {"a": 1})


@pytest.mark.real_data
def test_places_chosen_for_their_rise_seem_to_be_helped_by_nothing(real_data):
    """Regression to the mean: London's LSOAs that rose most in 2017 'improve' in 2018, though nothing was done."""
    path = real_data / "london_lsoa_layers" / "crime" / "london-2011-2018-major-violence.csv"
    years = pd.read_csv(path, index_col=0)
    risen = (years["2017"] - years["2016"]).nlargest(50).index
    others = years.drop(risen).sample(50, random_state=0).index
    found = hs.wdd(*(tuple(years.loc[of, ["2017", "2018"]].sum()) for of in (others, risen)), alpha=0.05)
    assert [round(found[name]) for name in ("estimate", "lower", "upper")] == [-585, -899, -271]
    chosen = years.sample(50, random_state=1).index
    fair = hs.wdd(*(tuple(years.loc[of, ["2017", "2018"]].sum()) for of in (others, chosen)), alpha=0.05)
    assert fair["lower"] < 0 < fair["upper"]
