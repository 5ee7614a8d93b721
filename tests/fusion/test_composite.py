"""One score of several sources: the twin, missing sources, the range of ranks, calibrated probabilities."""

from __future__ import annotations

import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from reference.rankings import composite as slow_composite
from scipy.stats import gamma, norm
from shapely import box

from hotspot.disclosure import DisclosurePolicy, release
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.fusion import composite_score
from hotspot.numerics.correlated_rates import correlation_of_errors, correlation_of_true_rates, reliability
from hotspot.record import recording
from hotspot.schema import declared

DEVIATIONS = (0.6, 0.6, 0.7)


def city(seed, *, means=(0.02, 0.006, 0.01), correlation=0.6, n=200):
    """Draw people, true rates (Gamma, joined by a Gaussian copula) and counts."""
    rng = np.random.default_rng(seed)
    k = len(means)
    people = rng.lognormal(7.3, 0.35, n).round()
    joint = np.full((k, k), correlation) + (1 - correlation) * np.eye(k)
    score = rng.multivariate_normal(np.zeros(k), joint, n)
    squared = np.array(DEVIATIONS[:k]) ** 2
    rates = gamma.ppf(norm.cdf(score), 1 / squared) * squared * means
    counts = pd.DataFrame({"population": people}, index=[f"E{i:04}" for i in range(n)])
    for j in range(k):
        counts[f"n_s{j}"] = pd.array(rng.poisson(rates[:, j] * people), dtype="Int64")
    truth = ((rates - means) / (np.sqrt(squared) * means)).mean(axis=1)
    return counts, [f"s{j}" for j in range(k)], rates, truth


def with_holes(seed=0):
    counts, sources, _rates, _truth = city(seed, n=60)
    counts.loc[counts.index[:6], "n_s0"] = pd.NA
    counts.loc[counts.index[4:9], "n_s1"] = pd.NA
    counts.loc[counts.index[5:7], "n_s2"] = pd.NA
    counts["population"] = counts["population"].mask(counts.index == "E0020", 0)
    return counts, sources


def test_score_equals_the_slow_twin_and_missing_sources_are_left_out():
    counts, sources = with_holes()
    weights = {"s0": 3, "s1": 1.0, "s2": 0.5}
    with recording() as notes:
        found = composite_score(counts, sources=sources, weights=weights)
    columns = [[None if pd.isna(v) else int(v) for v in counts[f"n_{name}"]] for name in sources]
    slow = slow_composite(columns, counts["population"].tolist(), [3, 1, 0.5])
    np.testing.assert_allclose(found["composite"], [np.nan if v is None else v for v in slow], rtol=1e-12)
    assert found.loc[["E0005", "E0020"]].drop(columns="composite_sources").isna().all(axis=None)
    assert found["composite_sources"].head(9).tolist() == [2, 2, 2, 2, 1, pd.NA, 1, 2, 2]
    assert notes[-1].facts["partial"] == 8
    assert notes[-1].facts["scored"] == 58
    assert all(declared(column) is not None for column in found)
    assert found.index.equals(counts.index)


def test_ranks_follow_the_score_and_their_range_leaves_each_source_out():
    counts, sources = with_holes()
    found = composite_score(counts, sources=sources)
    expected = found["composite"].rank(ascending=False, method="min").astype("Int64")
    pd.testing.assert_series_equal(found["composite_rank"], expected, check_names=False)
    without = []
    for name in sources:
        others = [other for other in sources if other != name]
        without.append(composite_score(counts, sources=others)["composite_rank"])
    every = pd.concat([found["composite_rank"], *without], axis=1)
    assert (
        found["composite_rank_best"].dropna() == every.min(axis=1).astype("Int64")[found["composite"].notna()]
    ).all()
    assert (
        found["composite_rank_worst"].dropna() == every.max(axis=1).astype("Int64")[found["composite"].notna()]
    ).all()


@pytest.mark.parametrize("scale", ["eb", "percentile"])
@pytest.mark.parametrize("weights", ["equal", "reliability"])
def test_order_of_rows_changes_nothing_and_input_stays(scale, weights):
    counts, sources = with_holes()
    before = counts.copy()
    asked = {"sources": sources, "scale": scale, "weights": weights, "draws": 300}
    found = composite_score(counts, **asked)
    pd.testing.assert_frame_equal(counts, before)
    shuffled = composite_score(counts.sample(frac=1, random_state=3), **asked).reindex(counts.index)
    pd.testing.assert_frame_equal(found, shuffled, rtol=1e-9)
    assert composite_score(counts, **asked, seed=1)["composite_p_top"].ne(found["composite_p_top"]).any()
    assert found["composite_p_top"].sum() == pytest.approx(10)
    assert found["composite_p_top"].dropna().between(0, 1).all()


def test_percentile_scale_knows_ranks_only():
    counts, sources, _rates, _truth = city(4)
    stretched = counts.assign(n_s0=counts["n_s0"].mask(counts.index == counts["n_s0"].idxmax(), 100_000))
    plain, pulled = (composite_score(each, sources=sources, scale="percentile") for each in (counts, stretched))
    assert plain["composite"].between(0, 1).all()
    assert (plain["composite"] - pulled["composite"]).abs().median() < 0.02


def test_reliability_is_the_share_of_true_variance():
    counts, sources, rates, _truth = city(5, means=(0.02, 0.001), n=4_000)
    people = counts["population"].to_numpy()
    for j, name in enumerate(sources):
        true, chance = rates[:, j].var(), (rates[:, j].mean() / people).mean()
        assert reliability(counts[f"n_{name}"].to_numpy(float), people) == pytest.approx(
            true / (true + chance), abs=0.04
        )
    with recording() as notes:
        composite_score(counts, sources=sources, weights="reliability", draws=10)
    weights, told = notes[-1].facts["weights"], notes[-1].facts["reliability"]
    assert weights["s0"] / weights["s1"] == pytest.approx(told["s0"] / told["s1"], rel=1e-4)
    assert weights["s0"] > 1.5 * weights["s1"]


def test_correlation_of_true_rates_is_not_thinned_by_chance():
    counts, sources, rates, _truth = city(6, means=(0.02, 0.003), n=8_000)
    events = np.column_stack([counts[f"n_{name}"].to_numpy(float) for name in sources])
    people = counts["population"].to_numpy()
    found = correlation_of_true_rates(events, people, np.diag(events.sum(axis=0)))[0, 1]
    assert found == pytest.approx(np.corrcoef(rates.T)[0, 1], abs=0.06)
    assert np.corrcoef((events / people[:, None]).T)[0, 1] < found - 0.1


@pytest.mark.parametrize(
    ("means", "correlation"), [((0.02, 0.006, 0.01), 0.6), ((0.02, 0.001), 0.6), ((0.02, 0.006), 0)]
)
def test_probabilities_to_be_among_the_top_are_calibrated(means, correlation):
    """Over 60 cities whose truth is known: of areas given 30 %, about 30 % are among the true top 20."""
    told, true = [], []
    for seed in range(60):
        counts, sources, _rates, truth = city(seed, means=means, correlation=correlation)
        told.append(composite_score(counts, sources=sources, draws=400, top=20)["composite_p_top"].to_numpy())
        true.append(np.argsort(np.argsort(-truth)) < 20)
    share, hit = np.concatenate(told), np.concatenate(true)
    classes = np.digitize(share, [0.05, 0.2, 0.4, 0.6, 0.8, 0.95])
    for each in range(7):
        inside = classes == each
        assert inside.sum() > 50
        error = np.sqrt(hit[inside].mean() * (1 - hit[inside].mean()) / inside.sum())
        assert abs(hit[inside].mean() - share[inside].mean()) < 0.02 + 3 * error


def overlapping_city(seed, *, n=250):
    """Draw a city whose agencies know some of the same events, each its own share in every area."""
    rng = np.random.default_rng(seed)
    people = rng.lognormal(7.3, 0.35, n).round()
    violence = gamma.rvs(2, size=n, random_state=rng) * 0.01
    knows, calls = rng.beta(8, 12, n), rng.beta(4, 16, n)
    walks_in = rng.beta(3, 7, n) / 2
    counts = np.zeros((n, 3), dtype=int)
    shared = dict.fromkeys([("police", "ambulance"), ("police", "ed"), ("ambulance", "ed")], 0)
    names = ["police", "ambulance", "ed"]
    for who in np.ndindex(2, 2, 2):
        arrives = np.where(who[1], 0.6, walks_in)
        chances = [np.where(has, p, 1 - p) for has, p in zip(who, (knows, calls, arrives), strict=True)]
        events = rng.poisson(violence * people * np.prod(chances, axis=0))
        counts += events[:, None] * np.array(who)
        for pair in shared:
            shared[pair] += int(events.sum()) * all(who[names.index(name)] for name in pair)
    rates = violence[:, None] * np.column_stack([knows, calls, calls * 0.6 + (1 - calls) * walks_in])
    frame = pd.DataFrame(counts, columns=[f"n_{name}" for name in names], index=[f"E{i:04}" for i in range(n)])
    truth = ((rates - rates.mean(axis=0)) / rates.std(axis=0)).mean(axis=1)
    return frame.assign(population=people), names, shared, truth


def test_shared_events_make_probabilities_too_sure_unless_they_are_given():
    told, blind, true = [], [], []
    for seed in range(50):
        counts, sources, shared, truth = overlapping_city(seed)
        for found, given_events in ((told, shared), (blind, None)):
            score = composite_score(counts, sources=sources, shared=given_events, draws=400, top=20)
            found.append(score["composite_p_top"].to_numpy())
        true.append(np.argsort(np.argsort(-truth)) < 20)
    share, naive, hit = np.concatenate(told), np.concatenate(blind), np.concatenate(true)
    for low, high in ((0.05, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.95)):
        inside = (share >= low) & (share < high)
        error = np.sqrt(hit[inside].mean() * (1 - hit[inside].mean()) / inside.sum())
        assert abs(hit[inside].mean() - share[inside].mean()) < 0.02 + 3 * error
    sure = (naive > 0.6) & (naive < 0.98)
    assert hit[sure].mean() < naive[sure].mean() - 0.05


def test_errors_of_counts_go_together_as_shared_events_say():
    rng = np.random.default_rng(0)
    both, first, second = (rng.poisson(mean, 100_000) for mean in (4, 6, 2))
    seen = np.corrcoef(first + both, second + both)[0, 1]
    totals = np.array([[10.0, 4], [4, 6]])
    assert correlation_of_errors(totals)[0, 1] == pytest.approx(seen, abs=0.01)
    assert (correlation_of_errors(np.diag([10.0, 6])) == np.eye(2)).all()
    assert np.linalg.eigvalsh(correlation_of_errors(np.full((3, 3), 5.0))).min() > 0.01


def test_a_source_that_chance_explains_is_said_and_gets_no_weight():
    counts, sources, _rates, _truth = city(7, n=100)
    counts["n_s2"] = (counts["population"] / 100).round()
    with pytest.warns(HotspotWarning, match="differences between areas in s2; its weight is 0"):
        found = composite_score(counts, sources=sources, weights="reliability")
    assert (found["composite_sources"] == 2).all()
    with pytest.warns(HotspotWarning, match="all weights are equal"):
        equal = composite_score(counts[["n_s2", "population"]].assign(n_s3=0), sources=["s2", "s3"], draws=1000)
    assert equal["composite_p_top"].between(0.05, 0.16).all()


def test_an_area_covered_only_by_a_source_without_weight_has_no_score():
    counts, sources, _rates, _truth = city(8, n=100)
    counts["n_s2"] = (counts["population"] / 100).round()
    counts.loc["E0003", ["n_s0", "n_s1"]] = pd.NA
    with pytest.warns(HotspotWarning, match="weight is 0"):
        found = composite_score(counts, sources=sources, weights="reliability")
    assert found.loc["E0003"].isna().all()


def test_wrong_arguments_are_refused():
    counts, sources, _rates, _truth = city(9, n=30)
    for options, says in (
        ({"sources": ["s0"]}, "two or more"),
        ({"sources": ["s0", "s0"]}, "each once"),
        ({"sources": "s0"}, "two or more"),
        ({"scale": "z"}, "scale"),
        ({"weights": "equl"}, "equal"),
        ({"weights": {"s0": 1, "s1": 1}}, "'s2' has None"),
        ({"weights": {"s0": 1, "s1": 1, "s2": 0}}, "'s2' has 0"),
        ({"weights": {"s9": 1}}, "'s9' is not among"),
        ({"top": 0}, "top"),
        ({"shared": {("s0", "s9"): 1}}, "is no pair"),
        ({"shared": {"s0": 1}}, "is no pair"),
        ({"shared": {("s0", "s1"): 10**9}}, "between 0 and the"),
        ({"shared": {("s0", "s1"): -1}}, "has -1"),
        ({"draws": 0}, "draws"),
    ):
        with pytest.raises(ConfigError, match=says):
            composite_score(counts, **{"sources": sources, **options})
    for frame, says in (
        (counts.drop(columns="n_s1"), "n_s1"),
        (counts.rename(columns={"n_s1": "rate_s1"}), "s1 has a rate and no count"),
        (counts.assign(n_s1=-1), "negative"),
        (counts.assign(n_s1=np.inf), "infinite"),
        (counts.assign(n_s1="12"), "not numbers"),
        (counts.assign(population=0), "no area has a count"),
        (pd.concat([counts, counts]), "more than once"),
    ):
        with pytest.raises(InputError, match=says):
            composite_score(frame, sources=sources)


def test_a_quarter_of_the_draws_for_all_of_england_takes_less_than_30_seconds():
    counts, sources, _rates, _truth = city(10, n=34_000)
    started = time.perf_counter()
    found = composite_score(counts, sources=sources, top=340, draws=250)
    assert time.perf_counter() - started < 30
    assert found["composite_p_top"].sum() == pytest.approx(340)


def test_inside_a_release_the_score_comes_from_protected_counts_and_hidden_ones_take_their_row():
    counts, _sources, _rates, _truth = city(11, n=64)
    squares = [box(x, y, x + 1_000, y + 1_000) for x in range(0, 8_000, 1_000) for y in range(0, 8_000, 1_000)]
    areas = gpd.GeoDataFrame(
        {"population": counts["population"], "n_police": counts["n_s0"], "n_ed": counts["n_s1"]},
        geometry=gpd.GeoSeries(squares, index=counts.index),
        crs=27700,
    )

    def analyse(protected):
        return composite_score(protected, sources=["police", "ed"], draws=100)

    policy = DisclosurePolicy.shareable(public_sources=("police",))
    published = release(areas, analyse=analyse, policy=policy).areas
    hidden = published["n_ed"].isna()
    assert 0 < hidden.sum() < len(areas) / 2
    assert published.loc[hidden, "composite"].isna().all()
    shown = analyse(published)["composite"][~hidden]
    exact = analyse(areas)["composite"][~hidden]
    np.testing.assert_allclose(published.loc[~hidden, "composite"], shown, rtol=1e-12)
    assert not np.allclose(published.loc[~hidden, "composite"], exact, rtol=1e-6)


def test_numbers_of_numpy_are_numbers():
    counts, names = city(3, n=40)[:2]
    ours = composite_score(counts, sources=names, weights=dict.fromkeys(names, 2), shared={("s0", "s1"): 3})
    theirs = composite_score(
        counts, sources=names, weights=dict.fromkeys(names, np.int64(2)), shared={("s0", "s1"): np.int64(3)}
    )
    pd.testing.assert_frame_equal(ours, theirs)


def test_a_source_that_covers_no_area_is_refused_by_name():
    counts = pd.DataFrame({"n_police": [4, 9, 1], "n_ed": [np.nan] * 3, "population": 1_000}, index=list("ABC"))
    with pytest.raises(InputError, match=r"n_ed.*Leave 'ed' out"):
        composite_score(counts, sources=["police", "ed"])
