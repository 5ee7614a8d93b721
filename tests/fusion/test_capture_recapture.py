"""Total violence: covers a known truth when its assumptions hold, says so when not, and never per small area."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hotspot.datasets import make_city
from hotspot.errors import ComparabilityError, ConfigError, InputError
from hotspot.fusion import capture_histories, capture_recapture, chapman
from hotspot.fusion.capture_assumptions import break_links, model_fit, pairs_of_sources
from hotspot.fusion.capture_models import Method, estimate_total
from hotspot.record import recording

NAMES = ("ambulance", "ed", "police")
AIC = Method("average", "aic", (0b011,), 0.95)


def histories(counts, names=NAMES, **levels):
    """Make the table from events by bit mask."""
    masks = np.arange(1, len(counts) + 1)
    frame = pd.DataFrame({name: masks >> bit & 1 for bit, name in enumerate(names)}).assign(
        n_events=np.asarray(counts).astype(int)
    )
    return (
        frame.set_index([pd.Index([value] * len(frame), name=name) for name, value in levels.items()])
        if levels
        else frame
    )


def draw(rng, N, chances, *, follows=None, depends=None):
    """Let each source know events by chance; the second follows the first, the last depends on the second."""
    known = rng.random((N, len(chances))) < np.array(chances)
    if follows is not None:
        known[:, 1] = np.where(known[:, 0], rng.random(N) < follows, known[:, 1])
    if depends is not None:
        known[:, 2] = np.where(known[:, 1], rng.random(N) < depends, known[:, 2])
    return np.bincount((known << np.arange(len(chances))).sum(axis=1), minlength=1 << len(chances))[1:].astype(float)


CITY_LIKE = histories([322, 626, 725, 1700, 274, 423, 512])


def covers(method, runs, seed, **how):
    rng = np.random.default_rng(seed)
    N = 3_000
    found = [estimate_total(draw(rng, N, (0.3, 0.2, 0.4), **how), NAMES, method)[0] for _ in range(runs)]
    return np.mean([one["lower"] <= N <= one["upper"] for one in found]), np.median([one["N"] for one in found])


@pytest.mark.parametrize(("criterion", "most"), [("aic", 1.0), ("bic", 0.98)])
def test_intervals_cover_the_truth_when_only_what_is_always_in_depends(criterion, most):
    cover, middle = covers(AIC._replace(criterion=criterion), 120, seed=1, follows=0.7)
    assert 0.93 <= cover <= most
    assert middle == pytest.approx(3_000, rel=0.01)


def test_averaging_covers_the_truth_when_police_and_department_depend_too():
    cover, middle = covers(AIC, 120, seed=2, follows=0.7, depends=0.5)
    assert 0.90 <= cover <= 0.99
    assert middle == pytest.approx(3_000, rel=0.03)


def test_dependence_of_a_pair_is_found_and_seldom_where_there_is_none():
    rng = np.random.default_rng(3)
    wrong = right = 0
    for _ in range(100):
        calm = pairs_of_sources(draw(rng, 4_000, (0.4, 0.3, 0.4))[None], NAMES, 0.95)
        wrong += calm["independence"].str.startswith("fails").any()
        tied = pairs_of_sources(draw(rng, 4_000, (0.4, 0.3, 0.4), depends=0.7)[None], NAMES, 0.95)
        right += tied.loc["ed and police", "independence"] == "fails: N is too low"
    assert wrong <= 4
    assert right == 100


def test_the_estimate_of_two_dependent_sources_misses_the_truth_and_says_so():
    rng = np.random.default_rng(4)
    result = capture_recapture(histories(draw(rng, 4_000, (0.4, 0.3, 0.4), follows=0.7, depends=0.7)))
    pair = result.pairs.loc["ed and police"]
    assert pair["upper"] < 4_000
    assert pair["independence"] == "fails: N is too low"
    assert result.pairs.loc["ambulance and ed", "independence"] == "fails: N is too low"
    assert result.assumptions.loc["independent sources", "verdict"].startswith("fails")
    assert result.lower <= 4_000 <= result.upper


def test_two_sources_are_chapman_and_cannot_be_tested():
    result = capture_recapture(histories([1200, 900, 400], ("ed", "police")))
    expected = chapman(1600, 1300, 400)
    whole = result.estimates.loc["all events"]
    pd.testing.assert_series_equal(
        whole[["N", "SE", "lower", "upper"]], expected[["N", "SE", "lower", "upper"]], check_names=False
    )
    assert result.assumptions.loc["independent sources", "verdict"] == "cannot be tested"
    assert result.pairs["independence"].tolist() == ["cannot be tested"]
    assert result.models["N"].item() == pytest.approx(1600 * 1300 / 400)


def test_ambulance_and_department_alone_are_refused():
    with pytest.raises(ComparabilityError, match="depend on each other"):
        capture_recapture(histories([400, 300, 500], ("ambulance", "ed")))
    assert capture_recapture(histories([400, 300, 500], ("ambulance", "ed")), always=()).lower > 1200


def test_every_model_holds_the_interaction_of_ambulance_and_department():
    models = capture_recapture(CITY_LIKE).models
    assert models.index.get_level_values("model").str.contains("ambulance:ed").all()
    assert models["weight"].sum() == pytest.approx(1)
    assert len(capture_recapture(CITY_LIKE, always=()).models) == 8


def test_the_best_model_is_the_one_with_the_least_criterion():
    result = capture_recapture(CITY_LIKE, models="best", criterion="bic")
    chosen = result.models[result.models["weight"] == 1]
    assert chosen["bic"].item() == result.models["bic"].min()
    assert result.estimates.loc["all events", "N"] == pytest.approx(chosen["N"].item(), rel=1e-6)


def test_the_order_of_rows_and_of_sources_changes_nothing():
    expected = capture_recapture(CITY_LIKE).estimates
    before = CITY_LIKE.copy()
    turned = CITY_LIKE[["police", "n_events", "ed", "ambulance"]].sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(capture_recapture(turned).estimates, expected, rtol=1e-7)
    pd.testing.assert_frame_equal(CITY_LIKE, before)


def test_strata_are_estimated_one_by_one_and_their_sum_covers_a_truth_that_pooling_misses():
    """Serious events are known to all sources more often: pooled, N is too low."""
    rng = np.random.default_rng(6)
    parts = [
        histories(draw(rng, 4_000, chances), severity=name)
        for name, chances in (("high", (0.8, 0.7, 0.8)), ("low", (0.15, 0.15, 0.2)))
    ]
    table = pd.concat(parts)
    strata = capture_recapture(table, strata="severity")
    assert strata.estimates.index.tolist() == ["high", "low", "all events"]
    assert strata.estimates["N"].iloc[:2].sum() == pytest.approx(strata.estimates.loc["all events", "N"])
    assert strata.lower <= 8_000 <= strata.upper
    assert strata.assumptions.loc["equal catchability", "verdict"] == "fails, allowed for between strata"
    pooled = capture_recapture(table)
    assert pooled.upper < 8_000
    assert pooled.assumptions.loc["equal catchability", "verdict"] == "fails"
    assert (
        capture_recapture(table.reset_index(drop=True)).assumptions.loc["equal catchability", "verdict"]
        == "not examined"
    )


def test_limits_of_a_sum_are_those_of_zou_and_donner():
    table = pd.concat([CITY_LIKE.set_index(pd.Index([name] * 7, name="district")) for name in ("north", "south")])
    parts = capture_recapture(table, strata="district").estimates
    one, whole = parts.loc["north"], parts.loc["all events"]
    assert whole["N"] - whole["lower"] == pytest.approx(np.sqrt(2) * (one["N"] - one["lower"]))
    assert whole["upper"] - whole["N"] == pytest.approx(np.sqrt(2) * (one["upper"] - one["N"]))


def test_missed_links_make_the_total_too_high_and_other_linkages_bring_the_truth_back():
    rng = np.random.default_rng(7)
    true = draw(rng, 4_000, (0.4, 0.3, 0.4), follows=0.7)
    missed = histories(np.round(break_links(true, 0.15)))
    alone = capture_recapture(missed)
    assert alone.lower > 4_000
    assert alone.assumptions.loc["perfect linkage", "verdict"] == "not examined"
    ranged = capture_recapture(
        missed, linkages={"500 m": histories(np.round(break_links(true, 0.05))), "1 km": histories(true)}
    )
    assert ranged.lower < 4_000 < ranged.upper
    assert ranged.assumptions.loc["perfect linkage", "verdict"] == "fails"
    assert ranged.linkages.index.tolist() == ["as given", "500 m", "1 km"]
    assert ranged.upper == pytest.approx(alone.upper)


def test_a_linkage_may_be_given_as_linked_records():
    rng = np.random.default_rng(8)
    rows = [(f"e{i}", s) for i in range(900) for s in NAMES if rng.random() < 0.5]
    linked = pd.DataFrame(rows, columns=["event_id", "source"])
    table = capture_histories(linked)
    result = capture_recapture(table, linkages={"again": linked})
    assert result.linkages.loc["again"].tolist() == pytest.approx(result.linkages.loc["as given"].tolist())
    assert result.assumptions.loc["perfect linkage", "verdict"] == "within chance"


def curve(**columns):
    base = {"n_of": 1600, "n_against": 1300, "m": [400.0, 450.0], "m_lower": [350.0, 420.0], "m_upper": [440.0, 500.0]}
    index = pd.MultiIndex.from_tuples([(100, 2), (250, 6)], names=["distance_m", "gap_hours"])
    return pd.DataFrame(base | columns, index=index)


def test_a_tolerance_curve_widens_two_sources_to_a_range():
    result = capture_recapture(histories([1200, 900, 400], ("ed", "police")), linkage=curve())
    assert result.linkages.index.tolist() == ["as given", "100, 2", "250, 6"]
    assert result.lower == pytest.approx(chapman(1600, 1300, 500)["lower"])
    assert result.upper == pytest.approx(chapman(1600, 1300, 350)["upper"])
    assert result.assumptions.loc["perfect linkage", "verdict"] == "fails"


def test_a_curve_of_other_records_or_for_three_sources_is_refused():
    two = histories([1200, 900, 400], ("ed", "police"))
    with pytest.raises(ComparabilityError, match="2 row"):
        capture_recapture(two, linkage=curve(n_of=2500))
    with pytest.raises(ConfigError, match="two sources"):
        capture_recapture(CITY_LIKE, linkage=curve())


@pytest.mark.parametrize("code", ["E01000001", "E02000001", "X01000001", "W01000001", "S01006506", "E05000026"])
def test_small_areas_are_refused_with_the_reason(code):
    table = CITY_LIKE.set_index(pd.Index([code] * 7, name="area_code"))
    with pytest.raises(ComparabilityError, match="errors of linkage decide the figure"):
        capture_recapture(table, strata="area_code")


def test_many_strata_are_refused_whatever_they_are_called():
    table = pd.concat([CITY_LIKE.set_index(pd.Index([f"beat {i}"] * 7, name="beat")) for i in range(13)])
    with pytest.raises(ComparabilityError, match="13 strata, more than 12"):
        capture_recapture(table, strata="beat")


@pytest.mark.parametrize("counts", [[60, 50, 20, 30, 10, 10, 10], [400, 400, 5, 400, 3, 4, 2]])
def test_few_events_or_few_shared_ones_are_refused(counts):
    with pytest.raises(InputError, match="200 and 20 are the least"):
        capture_recapture(histories(counts))


def test_models_without_a_finite_estimate_are_left_out_with_the_reason():
    result = capture_recapture(histories([322, 626, 725, 1700, 0, 423, 512]))
    out = result.models[result.models["left_out"] != ""]
    assert out["left_out"].unique().tolist() == ["no finite estimate: 1 capture histories hold no event"]
    assert out["N"].isna().all()
    assert (out["weight"] == 0).all()
    assert np.isfinite(result.upper)


def test_sources_that_never_meet_the_third_have_no_total():
    with pytest.raises(InputError, match="none of the 4 models"):
        capture_recapture(histories([322, 626, 725, 1700, 0, 0, 0]))


def test_four_sources_use_every_hierarchical_model_and_cover_the_truth():
    rng = np.random.default_rng(9)
    table = histories(draw(rng, 3_000, (0.4, 0.2, 0.3, 0.4), follows=0.6), ("ambulance", "ed", "fire", "police"))
    result = capture_recapture(table)
    assert len(result.models) == sum(
        "ambulance:ed" in name for _, name in capture_recapture(table, always=()).models.index
    )
    assert result.lower <= 3_000 <= result.upper


def test_the_fit_of_the_model_that_counts_most_is_judged():
    fits = capture_recapture(CITY_LIKE).models
    assert model_fit(fits)["verdict"] == "not rejected"
    assert model_fit(fits.assign(deviance=50.0, df=2))["verdict"] == "fails"
    assert model_fit(fits.assign(df=0))["verdict"] == "cannot be tested"


def test_broken_links_keep_the_records_of_every_source():
    counts = np.array([322, 626, 725, 1700, 274, 423, 512.0])
    broken = break_links(counts, 0.2)
    masks = np.arange(1, 8)
    for bit in range(3):
        assert broken[(masks >> bit & 1) == 1].sum() == pytest.approx(counts[(masks >> bit & 1) == 1].sum())
    assert broken.sum() > counts.sum()
    assert break_links(counts, 0.0) == pytest.approx(counts)


def test_odds_ratio_of_one_table_is_the_cross_product_with_woolfs_limits():
    counts = np.array([322, 626, 725, 1700, 274, 423, 512.0])
    row = pairs_of_sources(counts[None], NAMES, 0.95).loc["ambulance and ed"]
    ratio = 512 * 1700 / (274 * 423)
    assert row["odds_ratio"] == pytest.approx(ratio)
    reach = 2.9352 * np.sqrt(1 / 512 + 1 / 1700 + 1 / 274 + 1 / 423)  # the normal quantile of 1 - 0.01 / 3 / 2
    assert row["odds_lower"] == pytest.approx(ratio * np.exp(-reach), rel=1e-3)
    assert row["odds_upper"] == pytest.approx(ratio * np.exp(reach), rel=1e-3)


def test_what_is_printed_names_the_range_every_assumption_and_what_it_is_not():
    with recording() as notes:
        result = capture_recapture(CITY_LIKE)
    text = str(result)
    for name in result.assumptions.index:
        assert f"  {name}: " in text
    assert "never for a neighbourhood" in text
    assert "Not a count of what went unreported" in text
    assert f"{result.estimates.loc['all events', 'n_seen']:,.0f}" in text
    assert notes[-1].step == "capture_recapture"
    assert notes[-1].facts["lower"] == pytest.approx(result.lower)
    assert notes[-1].facts["assumptions"]["one closed population"] == "cannot be tested"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"police": 2}, "column 'police' has 7"),
        ({"n_events": -1}, "7 row"),
        ({"n_events": 0.5}, "no count"),
        ({"fire": 0, "council": 1}, "5 source column"),
    ],
)
def test_what_is_no_table_of_histories_is_refused(change, said):
    with pytest.raises(InputError, match=said):
        capture_recapture(CITY_LIKE.assign(**change))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"strata": "setting"}, "no level of the index"),
        ({"models": "all"}, "models"),
        ({"criterion": "bci"}, "Did you mean 'bic'"),
        ({"always": [("ed", "ed")]}, "no pair"),
        ({"confidence": 95}, "confidence"),
    ],
)
def test_options_that_do_not_exist_are_refused(options, said):
    with pytest.raises(ConfigError, match=said):
        capture_recapture(CITY_LIKE, **options)


def city_histories(seed, **options):
    truth = make_city(seed).truth
    hurt = truth[truth["injury"] != "none"]
    known = [
        pd.DataFrame(
            {
                "event_id": own["event_id"],
                "source": source,
                "near": (own["kind"] == "hidden").map({True: "docks and common", False: "rest"}),
            }
        )
        for source in NAMES
        if len(own := hurt[hurt[f"{source}_row"].notna()])
    ]
    return capture_histories(pd.concat(known, ignore_index=True), **options), len(hurt)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_synthetic_citys_injuries_are_covered_when_linkage_is_perfect(seed):
    table, truth = city_histories(seed, by="near")
    for strata in (None, "near"):
        result = capture_recapture(table, strata=strata)
        assert result.lower <= truth <= result.upper
    assert result.pairs.loc["ambulance and ed", "independence"] == "fails: N is too low"
    assert result.pairs.loc["ambulance and ed", "upper"] < truth
