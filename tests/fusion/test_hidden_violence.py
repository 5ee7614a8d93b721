"""The hidden share: limits, chance, coverage; the list of places hot for health; the ratio without linkage."""

import math
import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom
from shapely import Point, box

import hotspot as hs
from hotspot import ComparabilityError, ConfigError, HotspotWarning, InputError
from hotspot.fusion.hidden_violence import UNMATCHED_LABELS
from hotspot.numerics.beta_mixture import SharesOfAreas, _loss, draw_false_matches, draw_shares, fit_shares

COLUMNS = ["n_health", "n_health_unmatched", "n_police"]


def counted(health, unmatched, police, **more):
    index = [f"E{number:04d}" for number in range(len(health))]
    columns = dict(zip(COLUMNS, (health, unmatched, police), strict=True)) | more
    return pd.DataFrame(columns, index=index)


def invented(seed, *, chance=0.0, areas=300):
    """Draw areas whose true shares are known, and what is found of their events where chance pairs some."""
    rng = np.random.default_rng(seed)
    share, level = rng.beta(2, 6, areas), rng.gamma(1.5, 8, areas)
    hidden, police = rng.poisson(level * share), rng.poisson(level * (1 - share))
    true_matches = rng.binomial(police, 0.3)
    pairs = np.clip(rng.normal(chance, 0.25 * chance, areas), 0, 0.6)
    found_alone = hidden - rng.binomial(hidden, pairs)
    health = hidden + true_matches
    return counted(health, found_alone, police, chance_matches=health * pairs), share


def coverage(chance, corrected, cities=12):
    held = []
    for seed in range(cities):
        counts, share = invented(seed, chance=chance)
        found = hs.hidden_violence(counts, chance="chance_matches" if corrected else None, draws=500, seed=seed)
        some = (counts["n_police"] + counts["n_health_unmatched"] > 0).to_numpy()
        inside = (found["unmatched_lower"] <= share) & (share <= found["unmatched_upper"])
        held.append(inside[some].mean())
    return float(np.mean(held))


@pytest.mark.parametrize("chance", [0.0, 0.2])
def test_nine_of_ten_intervals_hold_the_true_share(chance):
    assert 0.86 < coverage(chance, corrected=True) < 0.94


def test_without_the_area_s_own_chance_mean_intervals_lie_too_low():
    assert coverage(0.3, corrected=False, cities=4) < coverage(0.3, corrected=True, cities=4) - 0.03


def test_many_events_leave_the_raw_share_and_none_the_share_of_the_others():
    counts = counted([0, 4000, *range(4, 34)], [0, 3000, *range(2, 32)], [0, 1000, *range(40, 10, -1)])
    found = hs.hidden_violence(counts)
    assert found["unmatched_share"].iloc[1] == pytest.approx(0.75, abs=0.01)
    assert found["unmatched_label"].iloc[0] == "Undefined"
    assert found["unmatched_lower"].iloc[0] < 0.2 < found["unmatched_upper"].iloc[0]
    between = found["unmatched_share"].iloc[2:]
    assert between.is_monotonic_increasing


def test_areas_that_differ_by_chance_only_are_not_called_more_unmatched():
    rng = np.random.default_rng(5)
    unmatched = rng.binomial(40, 0.3, 200)
    found = hs.hidden_violence(counted(unmatched + 5, unmatched, 40 - unmatched))
    assert (found["unmatched_label"] == "Not above").all()
    assert found["unmatched_share"].std() < 0.03


def test_an_area_far_above_the_others_is_named():
    found = hs.hidden_violence(counted([60] + [12] * 40, [50] + [6] * 40, [10] + [60] * 40))
    assert found["unmatched_label"].tolist() == ["More unmatched"] + ["Not above"] * 40
    assert set(found["unmatched_label"]) <= set(UNMATCHED_LABELS)


def test_no_coverage_is_no_data_and_does_not_touch_the_others():
    counts, _ = invented(3, areas=40)
    more = pd.concat([counts, counts.iloc[:3].set_axis(["X1", "X2", "X3"]).assign(n_police=np.nan)])
    found = hs.hidden_violence(more, seed=4)
    assert (found["unmatched_label"].iloc[-3:] == "No data").all()
    assert found["unmatched_share"].iloc[-3:].isna().all()
    pd.testing.assert_frame_equal(found.iloc[:-3], hs.hidden_violence(counts, seed=4))


def test_neither_the_order_of_rows_nor_the_run_changes_a_figure():
    counts, _ = invented(8, chance=0.2, areas=60)
    first = hs.hidden_violence(counts, chance="chance_matches", seed=1, draws=300)
    mixed = hs.hidden_violence(counts.sample(frac=1, random_state=2), chance="chance_matches", seed=1, draws=300)
    pd.testing.assert_frame_equal(first, mixed.reindex(first.index))
    assert not first.equals(hs.hidden_violence(counts, chance="chance_matches", seed=2, draws=300))


TWO_KINDS = SharesOfAreas(np.array([2.0, 30.0]), np.array([5.0, 10.0]), np.array([0.7, 0.3]), np.zeros(5))


def test_false_matches_follow_their_probabilities():
    u, p, most, q = 3.0, 4.0, 5, 0.4
    dice = np.random.default_rng(1).random((1, 40_000))
    drawn = draw_false_matches(np.array([u]), np.array([p]), np.array([most]), np.array([q]), TWO_KINDS, dice)[0]
    expected = []
    for false in range(most + 1):
        # the share integrated out by sums over a fine grid, for each kind
        share = (np.arange(20_000) + 0.5) / 20_000
        density = 0.7 * beta.pdf(share, 2, 5) + 0.3 * beta.pdf(share, 30, 10)
        of_share = (share ** (u + false) * (1 - share) ** p * density).mean()
        expected.append(q**false / math.factorial(false) * math.gamma(u + false + p) * of_share)
    assert np.bincount(drawn, minlength=most + 1) / drawn.size == pytest.approx(
        np.array(expected) / sum(expected), abs=0.01
    )


def test_shares_are_drawn_from_their_posterior():
    drawn = draw_shares(np.full(40_000, 4.0), np.full(40_000, 6.0), TWO_KINDS, np.random.default_rng(3))
    share = (np.arange(20_000) + 0.5) / 20_000
    density = share**4 * (1 - share) ** 6 * (0.7 * beta.pdf(share, 2, 5) + 0.3 * beta.pdf(share, 30, 10))
    upto = density.cumsum() / density.sum()
    for part in (0.05, 0.5, 0.95):
        assert np.quantile(drawn, part) == pytest.approx(share[np.searchsorted(upto, part)], abs=0.01)


def test_the_fit_finds_the_two_kinds_that_made_the_counts():
    rng = np.random.default_rng(2)
    total = rng.poisson(30, 6_000) + 1
    share = np.where(rng.random(6_000) < 0.9, rng.beta(6, 18, 6_000), rng.beta(24, 6, 6_000))
    hits = rng.binomial(total, share).astype(float)
    found = fit_shares(hits, total - hits)
    assert found.weight[1] == pytest.approx(0.1, abs=0.02)
    assert found.a / (found.a + found.b) == pytest.approx([0.25, 0.8], abs=0.02)
    assert found.a[0] + found.b[0] == pytest.approx(24, rel=0.15)
    again = fit_shares(hits, total - hits, start=TWO_KINDS.__class__(found.a, found.b, found.weight, found.point + 0.1))
    assert again.point == pytest.approx(found.point, abs=0.02)


def test_the_slope_of_the_search_is_that_of_its_height():
    rng = np.random.default_rng(4)
    hits, misses = rng.poisson(5, 30).astype(float), rng.poisson(9, 30).astype(float)
    times = rng.integers(1, 4, 30).astype(float)
    point = np.array([-0.6, 2.0, 0.9, 1.2, -1.4])
    _, slope = _loss(point, hits, misses, times, 7.0)
    for number in range(5):
        step = np.zeros(5)
        step[number] = 1e-5
        rise = (
            _loss(point + step, hits, misses, times, 7.0)[0] - _loss(point - step, hits, misses, times, 7.0)[0]
        ) / 2e-5
        assert slope[number] == pytest.approx(rise, rel=1e-5)


def test_one_kind_of_area_is_not_read_as_two_with_limits_too_narrow():
    """Shares that hardly differ, about eight events an area: limits hold them nine times in ten or oftener."""
    held = []
    for seed in range(12):
        rng = np.random.default_rng(100 + seed)
        share, total = rng.beta(30, 50, 300), rng.negative_binomial(1, 0.1, 300)
        hidden = rng.binomial(total, share)
        found = hs.hidden_violence(counted(hidden, hidden, total - hidden), draws=500)
        inside = (found["unmatched_lower"] <= share) & (share <= found["unmatched_upper"])
        held.append(inside[total > 0].mean())
    assert 0.86 < np.mean(held) < 0.98


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 60)), min_size=3, max_size=12))
def test_shares_are_shares_and_lie_within_their_limits(rows):
    matched, unmatched, police = (list(column) for column in zip(*rows, strict=True))
    health = [m + u for m, u in zip(matched, unmatched, strict=True)]
    counts = counted(health, unmatched, police)
    if not sum(unmatched) + sum(police):
        with pytest.raises(InputError, match="no area has an event"):
            hs.hidden_violence(counts)
        return
    found = hs.hidden_violence(counts, draws=100)
    low, mean, high = (found[f"unmatched_{name}"] for name in ("lower", "share", "upper"))
    assert ((low >= 0) & (low <= high) & (high <= 1) & mean.between(0, 1)).all()
    assert found["unmatched_p"].between(0, 1).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_health_unmatched": [9, 2, 2]}, r"1 area\(s\) have more events"),
        ({"n_police": [-1, 2, 2]}, "negative or infinite"),
        ({"n_police": ["a", "b", "c"]}, "not numbers"),
    ],
)
def test_counts_that_cannot_be_are_refused(change, message):
    counts = counted([4, 4, 4], [2, 2, 2], [5, 5, 5])
    with pytest.raises(InputError, match=message):
        hs.hidden_violence(counts.assign(**change))


def test_options_out_of_range_are_refused():
    counts = counted([4, 4, 4], [2, 2, 2], [5, 5, 5])
    for option in ({"confidence": 1.5}, {"alpha": 0.0}, {"draws": 3}):
        with pytest.raises(ConfigError):
            hs.hidden_violence(counts, **option)


AREAS = gpd.GeoDataFrame(index=["A", "B"], geometry=[box(0, 0, 90, 90), box(90, 0, 180, 90)], crs=27700)


def linked_records():
    rows = [
        ("police", "e1", 10), ("ed", "e1", 12), ("ambulance", "e1", 14), ("ed", "e2", 100), ("ambulance", "e2", 20),
        ("police", "e3", 110), ("ed", "e4", 120),
    ]  # fmt: skip
    index = [f"{source}-{number}" for number, (source, _, _) in enumerate(rows)]
    return gpd.GeoDataFrame(
        {"source": [row[0] for row in rows], "event_id": [row[1] for row in rows]},
        index=index, geometry=[Point(row[2], 5) for row in rows], crs=27700,
    )  # fmt: skip


def test_an_event_counts_once_whoever_of_health_knows_it():
    counts = hs.count_unmatched(linked_records(), AREAS)
    assert counts[COLUMNS].to_numpy().tolist() == [[2, 1, 1], [1, 1, 1]]


def test_chance_is_summed_by_area_and_what_cannot_be_linked_is_left_out():
    linked = linked_records()
    chance = pd.Series({"ed-1": 0.1, "ambulance-2": 0.2, "ed-3": 0.5, "ambulance-4": 0.5, "ed-6": np.nan})
    with hs.recording() as notes:
        counts = hs.count_unmatched(linked, AREAS, chance=chance)
    assert counts[COLUMNS].to_numpy().tolist() == [[2, 1, 1], [0, 0, 1]]
    assert counts["chance_matches"].tolist() == pytest.approx([1 - 0.9 * 0.8 + 1 - 0.25, 0])
    assert notes[-1].facts["left_out_unlinkable"] == 1
    with pytest.raises(InputError, match=r"1 of 5 health records are not in it"):
        hs.count_unmatched(linked, AREAS, chance=chance.drop("ed-6"))


def test_records_of_one_side_alone_are_refused():
    linked = linked_records()
    for keep, message in ((["police"], "no record has a source of health"), (["ed"], "no record has the source")):
        with pytest.raises(InputError, match=message):
            hs.count_unmatched(linked[linked["source"].isin(keep)], AREAS)
    with pytest.raises(ConfigError, match="named twice"):
        hs.count_unmatched(linked, AREAS, health=["ed", "ed"])


def test_places_hot_for_health_are_calibrated():
    told, true = [], []
    for seed in range(25):
        rng = np.random.default_rng(seed)
        health, police = rng.gamma(2, 1, 150), rng.gamma(2, 1, 150)
        counts = pd.DataFrame({"n_health": rng.poisson(health * 9), "n_police": rng.poisson(police * 30)})
        found = hs.hot_for_health(counts.set_axis([f"E{i:03d}" for i in range(150)]), least=0.3, draws=400, seed=seed)
        rows = [int(code[1:]) for code in found.index]
        hot = (np.argsort(np.argsort(-health)) < 15) & (np.argsort(np.argsort(-police)) >= 15)
        told += found["p_health_only"].tolist()
        true += hot[rows].tolist()
    assert np.mean(told) == pytest.approx(np.mean(true), abs=0.06)


def test_the_list_is_sorted_named_and_says_how_sure_it_is():
    counts = pd.DataFrame(
        {"name": list("abcdefgh"), "n_health": [90, 80, 5, 6, 5, 4, 6, 5], "n_police": [5, 60, 70, 6, 4, 5, 7, None]},
        index=[f"E{i}" for i in range(8)],
    )
    with hs.recording() as notes:
        found = hs.hot_for_health(counts, top=2)
    assert found["name"].tolist() == ["a"]
    row = found.iloc[0]
    assert row["p_health_only"] > 0.95
    assert row["rank_health_lower"] <= row["rank_health"] <= row["rank_health_upper"] <= 2
    assert notes[-1].facts["left_out"] == 1
    same = hs.hot_for_health(counts.iloc[::-1], top=2)
    pd.testing.assert_frame_equal(found, same)
    with pytest.warns(HotspotWarning, match="differences between areas in n_health"):
        assert hs.hot_for_health(counts.assign(n_health=[9] * 8), top=2).empty


def test_what_is_not_alike_needs_a_reason():
    counts = pd.DataFrame({"n_ed": [3, 4, 5], "n_health": [3, 4, 5], "n_police": [5, 4, 3]}, index=list("abc"))
    for compare in (hs.hot_for_health, hs.health_police_ratio):
        with pytest.raises(ComparabilityError):
            compare(counts, comparable=False)


def test_the_ratio_is_relative_and_its_limits_are_those_of_clopper_and_pearson():
    counts = pd.DataFrame({"n_ed": [30, 10, 0, 5, None], "n_police": [30, 50, 40, 0, 3]}, index=list("abcde"))
    found = hs.health_police_ratio(counts, confidence=0.95)
    overall = np.log(45 / 120)
    assert found.loc["a", "log_ratio"] == pytest.approx(-overall)
    low, high = (1 / (1 + np.exp(-(found.loc["b", f"log_ratio_{end}"] + overall))) for end in ("lower", "upper"))
    assert binom.sf(9, 60, low) == pytest.approx(0.025)  # 10 of 60 or more
    assert binom.cdf(10, 60, high) == pytest.approx(0.025)
    assert found.loc["c", "log_ratio_lower"] == -np.inf
    assert found.loc["d", "log_ratio_upper"] == np.inf
    assert found.loc["e"].isna().all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hs.health_police_ratio(counts)


@pytest.mark.parametrize("health", [[0] * 6, [5] * 6, [60, 9, 8, 55, 7, 4]])
@pytest.mark.parametrize("police", [[0] * 6, [5] * 6])
def test_a_source_that_chance_explains_has_no_hot_areas_and_it_is_said(health, police):
    counts = counted(health, [0] * 6, police)
    with pytest.warns(HotspotWarning, match="no area is known to be high there"):
        found = hs.hot_for_health(counts, top=2, least=0.01)
    assert (found["p_hot_police"] == 0).all()
    assert found["rank_police"].isna().all()
    assert len(found) == 0 or len(set(health)) > 1


def test_seeds_are_whole_numbers_from_0():
    counts = counted([4, 9, 4], [2, 2, 2], [5, 5, 5])
    for seed in (-1, 1.5, True):
        for function in (hs.hidden_violence, hs.hot_for_health):
            with pytest.raises(ConfigError, match="seed"):
                function(counts, seed=seed)


def test_departments_that_are_not_named_are_missed_aloud():
    records = linked_records()
    records["source"] = records["source"].where(records["source"] != "ed", "ed_north")
    with pytest.warns(HotspotWarning, match=r"are of ed_north and are not counted.*'ed_north'\]"):
        hs.count_unmatched(records, AREAS)
    named = hs.count_unmatched(records, AREAS, health=["ed_north", "ambulance"])
    pd.testing.assert_frame_equal(named, hs.count_unmatched(linked_records(), AREAS))
