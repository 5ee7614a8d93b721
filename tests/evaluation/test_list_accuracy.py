"""A list scored on a later period: fixtures, a slow twin, calibrated intervals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.list_hits import hits_within, ordered

import hotspot as hs
from hotspot.errors import ConfigError, InputError


def places(n):
    return [f"P{i:03d}" for i in range(n)]


def series(values):
    return pd.Series(values, index=places(len(values)), dtype=float)


def test_the_worked_example_of_the_index_is_thirteen():
    # 130 of 400 crimes in 2.5 % of the ground (domain fixture): 40 places of 2.5 % each
    observed = series([130, *[270 / 39] * 39])
    scores = hs.list_accuracy(observed, series([1, *[0] * 39]), series([1.0] * 40), shares=[0.025], draws=0)
    assert scores["pai"].iloc[0] == pytest.approx(13.0)
    assert scores["hit_rate"].iloc[0] == pytest.approx(0.325)


@pytest.mark.parametrize(("share", "events", "index"), [(0.5, 0.25, 0.5), (0.1, 0.2, 2.0)])
def test_the_index_is_share_of_events_over_share_of_ground(share, events, index):
    size = series([share, 1 - share])
    scores = hs.list_accuracy(series([events * 100, 100 - events * 100]), series([2, 1]), size, shares=[share], draws=0)
    assert scores["pai"].iloc[0] == pytest.approx(index)


@given(st.integers(0, 2**32 - 1))
def test_scores_are_those_of_the_list_gone_down_by_hand(seed):
    rng = np.random.default_rng(seed)
    n = 15
    observed, size = series(rng.poisson(2, n)), series(rng.uniform(0.2, 4, n))
    priority = series(rng.integers(0, 4, n).astype(float)).mask(series(rng.random(n)) < 0.2)
    before = series(rng.poisson(2, n) + 1)
    shares = [0.07, 0.33, 0.8]
    found = hs.list_accuracy(observed, priority, size, shares=shares, before=before, draws=0)
    names = ordered(priority.dropna().to_dict(), observed.to_dict(), size.to_dict())
    once = dict.fromkeys(names, 1.0)
    for share in shares:
        budget = share * size.sum()
        later = hits_within(names, observed, size, once, budget)
        earlier = hits_within(names, before, size, once, budget) / before.sum()
        best = hits_within(sorted(names, key=lambda p: -observed[p] / size[p]), observed, size, once, budget)
        row = found.loc[share]
        assert row["hits"] == pytest.approx(later, abs=1e-9)
        if observed.sum():
            rate = later / observed.sum()
            assert row["penalised_pai"] == pytest.approx(rate / share**0.5, abs=1e-9)
            assert row["rri"] == pytest.approx(rate / earlier, abs=1e-9)
        if best > 0:
            assert row["pei"] == pytest.approx(later / best, abs=1e-9)


def test_the_whole_ground_holds_everything_and_knowing_what_came_is_perfect():
    rng = np.random.default_rng(1)
    observed, size = series(rng.poisson(3, 60)), series(rng.uniform(1, 2, 60))
    scores = hs.list_accuracy(observed, observed / size, size, shares=[0.1, 1.0], draws=0)
    assert scores["pei"].tolist() == pytest.approx([1.0, 1.0])
    assert scores.loc[1.0, "hit_rate"] == pytest.approx(1.0)
    assert scores.loc[1.0, "pai"] == pytest.approx(1.0)


def test_only_the_order_of_the_list_counts_and_neither_units_nor_rows():
    rng = np.random.default_rng(2)
    observed, size = series(rng.poisson(3, 80)), series(rng.uniform(1, 2, 80))
    priority = series(rng.normal(size=80))
    usual = hs.list_accuracy(observed, priority, size, draws=0)
    other = hs.list_accuracy(observed, np.exp(3 * priority), size * 1e6, draws=0)
    pd.testing.assert_frame_equal(usual, other)
    shuffled = rng.permutation(places(80))
    moved = hs.list_accuracy(observed[shuffled], priority[shuffled], size[shuffled], draws=0)
    pd.testing.assert_frame_equal(usual, moved)


def test_a_list_that_tells_nothing_apart_gets_the_least_it_could():
    observed, size = series([9, 0, 0, 0]), series([1.0] * 4)
    scores = hs.list_accuracy(observed, series([1, 1, 1, 1]), size, shares=[0.25, 0.75], draws=0)
    assert scores["hits"].tolist() == [0.0, 0.0]


def test_harm_is_scored_beside_events():
    observed, size = series([10, 10, 0, 0]), series([1.0] * 4)
    harm = series([10, 990, 0, 0])
    scores = hs.list_accuracy(observed, series([4, 3, 2, 1]), size, shares=[0.25], harm=harm, draws=0)
    assert scores["hit_rate"].iloc[0] == pytest.approx(0.5)
    assert scores["harm_rate"].iloc[0] == pytest.approx(0.01)
    assert scores["harm_pai"].iloc[0] == pytest.approx(0.04)


def test_a_place_without_a_count_is_left_out_with_its_ground():
    observed = series([8, 2, np.nan, 0])
    with hs.recording() as notes:
        scores = hs.list_accuracy(observed, series([3, 2, 9, 1]), series([1, 1, 7, 1]), shares=[1 / 3], draws=0)
    assert scores["hits"].iloc[0] == pytest.approx(8)
    assert notes[-1].facts["left_out_missing"] == 1


def test_no_event_gives_no_rate_rather_than_zero():
    scores = hs.list_accuracy(series([0, 0]), series([2, 1]), series([1, 1]), shares=[0.5], draws=50)
    assert scores[["hit_rate", "pai", "pei", "hit_rate_lower"]].isna().all().all()
    assert scores["hits"].iloc[0] == 0


def test_intervals_hold_the_true_score_about_as_often_as_they_say():
    # Places of a wide world: 400 drawn from it, the list being by a noisy sign of their rate.
    rng = np.random.default_rng(5)
    held, tries, share = 0, 200, 0.1

    def some(n):
        rate = rng.gamma(0.5, 4, n)
        return rng.poisson(rate).astype(float), rate * rng.lognormal(0, 0.5, n)

    many, sign = some(400_000)
    best = np.argsort(-sign)[: int(share * len(sign))]
    truth = many[best].sum() / many.sum()
    for seed in range(tries):
        observed, priority = some(400)
        scores = hs.list_accuracy(
            series(observed), series(priority), series(np.ones(400)), shares=[share], draws=299, seed=seed
        )
        held += scores["hit_rate_lower"].iloc[0] <= truth <= scores["hit_rate_upper"].iloc[0]
    assert 0.90 <= held / tries <= 0.99


def test_the_same_seed_gives_the_same_intervals():
    rng = np.random.default_rng(2)
    given_ = series(rng.poisson(3, 80)), series(rng.normal(size=80)), series(np.ones(80))
    pd.testing.assert_frame_equal(hs.list_accuracy(*given_, seed=4), hs.list_accuracy(*given_, seed=4))
    assert not hs.list_accuracy(*given_, seed=4).equals(hs.list_accuracy(*given_, seed=5))


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"shares": [0.0]}, ConfigError, "shares"),
        ({"shares": [1.5]}, ConfigError, "shares"),
        ({"shares": [0.1, 0.1]}, ConfigError, "twice"),
        ({"penalty": 1.0}, ConfigError, "penalty"),
        ({"confidence": 95}, ConfigError, "confidence"),
        ({"draws": -1}, ConfigError, "draws"),
        ({"size": series([1, 0])}, InputError, "size: 1 place.* row 1"),
        ({"observed": series([1, -1])}, InputError, "observed: 1 value.* row 1"),
        ({"priority": series([1, np.inf])}, InputError, "priority: 1 value.* row 1"),
        ({"priority": series([1, 2, 3])}, InputError, "priority: its index"),
        ({"harm": series([1])}, InputError, "harm: its index"),
        ({"observed": series([np.nan, np.nan])}, InputError, "no place"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(change, error, words):
    usual = {"observed": series([1, 2]), "priority": series([1, 2]), "size": series([1, 1])}
    with pytest.raises(error, match=words):
        hs.list_accuracy(**{**usual, **change})
