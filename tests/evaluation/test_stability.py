"""Places over periods: classes by their rules, lists beside noise, emerging hot spots."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libpysal.graph import Graph
from reference.place_series import class_of, kendall_s, kendall_variance
from scipy.stats import kendalltau, spearmanr

import hotspot as hs
from hotspot.errors import ConfigError, InputError
from hotspot.evaluation.stability import PLACE_CLASSES, first_k
from hotspot.numerics.mann_kendall import mann_kendall


def frame(rows, **options):
    rows = np.asarray(rows)
    years = [str(2010 + i) for i in range(rows.shape[1])]
    return pd.DataFrame(rows, index=[f"P{i:03d}" for i in range(len(rows))], columns=years, **options)


@given(st.integers(0, 2**32 - 1))
def test_every_place_has_the_class_that_the_rules_give_it(seed):
    rng = np.random.default_rng(seed)
    values = frame(rng.poisson(2.0, (20, 8)).astype(float))
    values[rng.random(values.shape) < 0.2] = np.nan
    found = hs.place_classes(values, k=5, persistent=0.7, recent=0.25)
    for place, row in values.iterrows():
        known = row.notna().tolist()
        listed = []
        for period in values:
            column = values[period]
            first = sorted((-column[p], p) for p in values.index if column[p] > 0)[:5]
            listed.append(place in {p for _, p in first})
        assert found.loc[place, "place_class"] == class_of(listed, known, 0.7, 2)
        assert found.loc[place, "periods_listed"] == sum(listed)
        assert found.loc[place, "periods_known"] == sum(known)
    assert set(found["place_class"]) <= set(PLACE_CLASSES)


def test_a_list_holds_k_places_and_none_without_events():
    values = np.array([[3.0, 0.0], [3.0, 0.0], [1.0, 2.0], [np.nan, 1.0]])
    listed = first_k(values, pd.Index(list("DCBA")), 2)
    assert listed.sum(axis=0).tolist() == [2, 2]
    assert listed[:, 1].tolist() == [False, False, True, True]
    scores = first_k(np.array([[-3.0], [-1.0], [-2.0]]), pd.Index(list("ABC")), 1)
    assert scores[:, 0].tolist() == [False, True, False]


def test_lists_of_unchanged_places_lie_within_their_noise():
    rng = np.random.default_rng(0)
    inside = {"jaccard": 0, "spearman": 0, "kendall": 0}
    for seed in range(60):
        risk = rng.gamma(0.6, 5.0, 150)
        counts = frame(rng.poisson(risk[:, None], (150, 2)))
        found = quiet(counts, k=15, draws=99, seed=seed).iloc[0]
        for name in inside:
            inside[name] += found[f"{name}_noise_lower"] <= found[name] <= found[f"{name}_noise_upper"]
    assert all(held >= 54 for held in inside.values())


def quiet(counts, **options):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hs.HotspotWarning)
        return hs.list_stability(counts, **options)


def test_a_town_that_was_turned_over_is_told_from_noise():
    rng = np.random.default_rng(1)
    risk = rng.gamma(0.6, 30.0, 150)
    counts = frame(np.column_stack([rng.poisson(risk), rng.poisson(risk), rng.poisson(risk[::-1])]))
    with pytest.warns(hs.HotspotWarning, match="1 of 2 period"):
        found = hs.list_stability(counts, k=15, draws=99)
    assert found.loc["2012", "jaccard"] < found.loc["2012", "jaccard_noise_lower"]
    assert found.loc["2011", "jaccard"] > found.loc["2011", "jaccard_chance"]


def test_correlations_are_scipys_and_blind_lists_have_the_mean_of_many():
    rng = np.random.default_rng(2)
    counts = frame(rng.poisson(rng.gamma(1.0, 4.0, 60)[:, None], (60, 2)))
    found = quiet(counts, k=6, draws=19).iloc[0]
    assert found["spearman"] == pytest.approx(spearmanr(counts["2010"], counts["2011"]).statistic)
    assert found["kendall"] == pytest.approx(kendalltau(counts["2010"], counts["2011"]).statistic)
    blind = []
    for _ in range(4_000):
        common = len(set(rng.choice(60, 6, replace=False)) & set(rng.choice(60, 6, replace=False)))
        blind.append(common / (12 - common))
    assert found["jaccard_chance"] == pytest.approx(np.mean(blind), abs=0.005)


@given(st.lists(st.lists(st.integers(0, 4), min_size=6, max_size=6), min_size=1, max_size=6), st.integers(0, 5))
def test_trends_are_those_of_the_slow_twin(rows, hole):
    series = np.array(rows, dtype=float)
    series[0, hole] = np.nan
    s, z, p = mann_kendall(series)
    for i, row in enumerate(series):
        assert s[i] == kendall_s(list(row))
        variance = kendall_variance(list(row))
        by_hand = 0.0 if variance == 0 else (s[i] - np.sign(s[i])) / variance**0.5
        assert z[i] == pytest.approx(by_hand)
        assert 0 < p[i] <= 1


def test_a_trend_without_ties_is_kendalls_tau_with_time():
    series = np.random.default_rng(3).normal(size=(20, 12))
    s, _, _ = mann_kendall(series)
    tau = [kendalltau(np.arange(12), row).statistic for row in series]
    assert s / (12 * 11 / 2) == pytest.approx(np.array(tau))


@pytest.fixture(scope="module")
def line():
    codes = [f"P{i:03d}" for i in range(160)]
    return Graph.from_dicts({c: [codes[j] for j in (i - 1, i + 1) if 0 <= j < 160] for i, c in enumerate(codes)})


def test_planted_hot_spots_get_their_labels(line):
    rng = np.random.default_rng(4)
    years = 12
    values = rng.normal(10, 1, (160, years))
    planted = {
        10: ("Persistent", [80 + 5 * (-1) ** t for t in range(years)]),
        20: ("Intensifying", [70 + 4 * t for t in range(years)]),
        30: ("Diminishing", [114 - 4 * t for t in range(years)]),
        40: ("New", [0] * (years - 2) + [90, 90]),
        50: ("Historical", [0, 90, 90, 90] + [0] * (years - 4)),
    }
    for at, (_, extra) in planted.items():
        values[at - 1 : at + 2] += np.array(extra)
    found = hs.emerging_hot_spots(frame(values), line, permutations=999)
    for at, (label, _) in planted.items():
        assert found["emerging_label"].iloc[at] == label, found.iloc[at]
    assert (found["emerging_label"].iloc[[0, 5, 15, 25, 35, 45, 55]] == "No pattern").all()
    sporadic = values.copy()
    sporadic[49:52, -1] += 90
    again = hs.emerging_hot_spots(frame(sporadic), line, permutations=999)
    assert again["emerging_label"].iloc[50] == "Sporadic"


def test_noise_has_hardly_any_pattern(line):
    values = frame(np.random.default_rng(5).normal(size=(160, 10)))
    found = hs.emerging_hot_spots(values, line, permutations=999)
    assert (found["emerging_label"] == "No pattern").mean() > 0.9
    assert not (found["mk_q"] < 0.05).any()


def test_few_periods_are_refused_and_few_more_warned_of(line):
    values = frame(np.random.default_rng(6).normal(size=(160, 6)))
    with pytest.raises(InputError, match="at least 5"):
        hs.emerging_hot_spots(values.iloc[:, :4], line)
    with pytest.warns(hs.HotspotWarning, match="6 periods"):
        found = hs.emerging_hot_spots(values, line, permutations=99)
    values.iloc[3, :2] = np.nan
    with pytest.warns(hs.HotspotWarning):
        found = hs.emerging_hot_spots(values, line, permutations=99)
    assert found["emerging_label"].iloc[3] == "No data"
    assert found["known_periods"].iloc[3] == 4


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda v: hs.place_classes(v, k=0), ConfigError, "k"),
        (lambda v: hs.place_classes(v, k=2, recent=1.0), ConfigError, "recent"),
        (lambda v: hs.place_classes(v, k=2, persistent=80), ConfigError, "persistent"),
        (lambda v: hs.place_classes(v.iloc[:, :1], k=2), InputError, "two or more periods"),
        (lambda v: hs.place_classes(v.replace(1, np.inf), k=2), InputError, "not finite"),
        (lambda v: hs.list_stability(v + 0.5, k=2), InputError, "no whole numbers"),
        (lambda v: hs.list_stability(v * 0, k=2), InputError, "no events"),
        (lambda v: hs.list_stability(v, k=99), ConfigError, "k"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(call, error, words):
    values = frame(np.random.default_rng(7).poisson(2.0, (10, 5)))
    with pytest.raises(error, match=words):
        call(values)
