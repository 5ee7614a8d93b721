"""Limits of the ranks: they know what chance does, and nothing else moves them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hotspot.places import prioritise


def simulated(seed, size=400, shape=1.0, mean=6.0):
    """Draw true expected counts, and counts."""
    rng = np.random.default_rng(seed)
    truth = rng.gamma(shape, mean / shape, size)
    codes = [f"E{i:04d}" for i in range(size)]
    counts = pd.DataFrame({"n_police": pd.array(rng.poisson(truth), "Int64")}, index=codes)
    return counts, pd.Series(truth, index=codes)


def test_the_probability_to_be_listed_keeps_its_word():
    """Of the places given p, a share p is among the k by their true expected counts: 60 cities of 400 areas."""
    given, truly = [], []
    for seed in range(60):
        counts, truth = simulated(seed)
        listed = prioritise(counts, by="n_police", budget=40)
        best = set(truth.nlargest(40).index)
        given.extend(listed["p_listed"])
        truly.extend(code in best for code in listed.index)
    given, truly = np.array(given), np.array(truly, dtype=float)
    assert truly.mean() == pytest.approx(given.mean(), abs=0.025)
    for low, high in ((0.2, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.0)):
        inside = (given >= low) & (given <= high)
        assert inside.sum() > 150
        assert truly[inside].mean() == pytest.approx(given[inside].mean(), abs=0.08)


def test_nine_in_ten_intervals_hold_the_true_rank():
    held = []
    for seed in range(60):
        counts, truth = simulated(seed)
        listed = prioritise(counts, by="n_police", budget=40, confidence=0.9)
        rank = truth.rank(ascending=False).reindex(listed.index)
        held.extend((listed["rank_lower"] <= rank) & (rank <= listed["rank_upper"]))
    assert 0.86 <= np.mean(held) <= 0.95


def test_many_events_leave_no_doubt_and_few_leave_much():
    sure = pd.DataFrame({"n_police": [90_000, 40_000, 10_000, 1_000, 50]}, index=list("ABCDE"))
    listed = prioritise(sure, by="n_police", budget=3)
    assert listed["rank_lower"].tolist() == listed["rank_upper"].tolist() == [1, 2, 3]
    assert listed["p_listed"].tolist() == [1, 1, 1]
    doubtful = prioritise(pd.DataFrame({"n_police": [5, 4, 3, 3, 2] * 8}, index=range(40)), by="n_police", budget=3)
    assert (doubtful["rank_upper"] > 20).all()
    assert (doubtful["p_listed"] < 0.3).all()


def test_a_merged_place_competes_with_its_highest_area(board):
    counts = board([[900, 850, 0, 400, 20, 10]])
    listed = prioritise(counts, by="n_police", budget=2, merge=2)
    assert listed["areas"].tolist() == ["C00; C01", "C03; C04"]
    assert listed["rank_lower"].tolist() == listed["rank_upper"].tolist() == [1, 2]


def test_several_sources_share_the_doubt():
    counts, _ = simulated(3)
    counts["n_ed"] = pd.array(np.random.default_rng(4).poisson(counts["n_police"].astype(float) / 4), "Int64")
    counts.loc[counts.index[::7], "n_ed"] = pd.NA
    both = prioritise(counts, by=["n_police", "n_ed"], budget=30)
    assert both["p_listed"].between(0, 1).all()
    assert (both["rank_lower"] <= both["rank_upper"]).all()
    assert both["p_listed"].iloc[0] > both["p_listed"].iloc[-1]


def test_only_counts_have_limits():
    frame = pd.DataFrame({"rate_police": [3.2, 1.1], "n_police": [9, 4]}, index=["A", "B"])
    listed = prioritise(frame, by=["rate_police", "n_police"])
    assert listed[["rank_lower", "rank_upper", "p_listed"]].isna().all(axis=None)


def test_the_seed_alone_decides_the_draws():
    counts, _ = simulated(5, size=120)
    one = prioritise(counts, by="n_police", seed=1)
    shuffled = prioritise(counts.sample(frac=1, random_state=2), by="n_police", seed=1)
    pd.testing.assert_frame_equal(one, shuffled)
    other = prioritise(counts, by="n_police", seed=2)
    assert not one["p_listed"].equals(other["p_listed"])
