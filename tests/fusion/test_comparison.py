"""Agreement between sources: the typology, the correlations, the overlap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.rankings import mean_overlap
from reference.rankings import rank_biased_overlap as slow_rbo
from scipy.stats import kendalltau, spearmanr

from hotspot.errors import ComparabilityError, ConfigError, InputError
from hotspot.fusion import agreement, agreement_statistics, compare_sources, cross_table
from hotspot.fusion.cluster_agreement import AGREEMENTS
from hotspot.numerics.rank_overlap import overlap_by_depth
from hotspot.record import recording
from hotspot.schema import MORAN_LABELS


@pytest.mark.parametrize(
    ("police", "health", "expected"),
    [
        ("High-High", "High-High", "agree hot"),
        ("High-Low", "High-High", "agree hot"),
        ("High-High", "Not significant", "police only"),
        ("Hot", "Cold", "police only"),
        ("Low-High", "High-High", "health only"),
        ("Low-Low", "High-Low", "health only"),
        ("Not significant", "Low-Low", "neither"),
        ("No data", "High-High", "not covered"),
        ("High-High", "No data", "not covered"),
        ("No neighbours", "High-High", "not covered"),
        ("High-High", "Undefined", "not covered"),
        ("Suppressed", "High-High", "not covered"),
        ("High-High", None, "not covered"),
    ],
)
def test_typology(police, health, expected):
    frame = pd.DataFrame({"moran_label_police": [police], "moran_label_ed": [health]}, index=["E01"], dtype="str")
    assert agreement(frame).to_dict() == {"E01": expected}


def test_every_label_has_a_place():
    pairs = pd.DataFrame([(p, h) for p in MORAN_LABELS for h in MORAN_LABELS], columns=["police", "health"])
    found = agreement(pairs, police="police", health="health")
    assert set(found) == set(AGREEMENTS)
    assert found.name == "agreement"
    assert found.index.equals(pairs.index)


def test_any_health_source_decides_and_missing_ones_are_counted():
    frame = pd.DataFrame(
        {
            "p": ["Not significant"] * 4,
            "ed": ["High-High", "No data", "No data", "Low-Low"],
            "ambulance": ["Low-Low", "High-High", "No data", "Low-Low"],
        }
    )
    with recording() as notes:
        found = agreement(frame, police="p", health=["ed", "ambulance"])
    assert found.tolist() == ["health only", "health only", "not covered", "neither"]
    assert notes[0].facts["some_health_source_missing"] == 1
    assert sum(notes[0].facts["areas"].values()) == 4


def test_what_is_not_alike_needs_a_reason():
    frame = pd.DataFrame({"moran_label_police": ["High-High"], "moran_label_ed": ["High-High"]})
    values = pd.Series([1, 2, 3, 4])
    for reason in (None, "", "  "):
        with pytest.raises(ComparabilityError, match="reason="):
            agreement(frame, comparable=False, reason=reason)
        with pytest.raises(ComparabilityError, match="reason="):
            compare_sources(values, values, comparable=False, reason=reason)
    with recording() as notes:
        agreement(frame, comparable=False, reason="all ambulance calls: health demand, not violence")
        compare_sources(values, values, comparable=False, reason="all ambulance calls")
    assert [note.facts["comparable"] for note in notes] == [False, False]
    assert "health demand" in notes[0].facts["reason"]


def test_agreement_refusals():
    frame = pd.DataFrame({"moran_label_police": ["High-High"]})
    with pytest.raises(InputError, match="moran_label_ed"):
        agreement(frame)
    with pytest.raises(ConfigError, match="health"):
        agreement(frame, health=[])
    with pytest.raises(InputError, match="more than once"):
        agreement(pd.concat([frame, frame]), health="moran_label_police")


def test_overlap_against_chance():
    """A thousand areas, tops of 50: 2.5 expected, ten or more by chance 9 times in 100,000."""
    a = pd.Series(range(1000, 0, -1), dtype=float)
    order = [*range(10), *range(50, 90), *range(10, 50), *range(90, 1000)]
    b = pd.Series(np.arange(1000, 0, -1, dtype=float), index=order)
    found = compare_sources(a, b, top=50)
    assert found["overlap"] == 10
    assert found["expected_overlap"] == 2.5
    assert found["p_overlap"] == pytest.approx(9e-5, abs=0.5e-5)
    assert found["jaccard"] == pytest.approx(10 / 90)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=30))
@settings(max_examples=60, deadline=None)
def test_correlations_equal_scipy_with_ties(pairs):
    a, b = (pd.Series(values, dtype=float) for values in zip(*pairs, strict=True))
    found = compare_sources(a, b)
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        assert np.isnan(found["spearman"])
        assert np.isnan(found["kendall"])
    else:
        assert found["spearman"] == pytest.approx(spearmanr(a, b).statistic, abs=1e-12)
        assert found["kendall"] == pytest.approx(kendalltau(a, b).statistic, abs=1e-12)
    again = compare_sources(a.sample(frac=1, random_state=1), b)
    assert {k: v for k, v in again.items() if not np.isnan(v)} == {k: v for k, v in found.items() if not np.isnan(v)}


def test_missing_areas_are_left_out_and_counted():
    a = pd.Series([1, 2, 3, None, 5], index=list("abcde"), dtype="Float64")
    b = pd.Series([1, 2, 3, 4, 9], index=list("abcdf"))
    found = compare_sources(a, b)
    assert (found["n"], found["left_out"]) == (3, 3)
    assert found["spearman"] == pytest.approx(1)


def test_comparison_refusals():
    a = pd.Series([1.0, 2.0, 3.0], index=list("abc"))
    with pytest.raises(InputError, match="only 0"):
        compare_sources(a, a.set_axis(list("xyz")))
    with pytest.raises(InputError, match="infinite"):
        compare_sources(a, a.replace(3.0, np.inf))
    with pytest.raises(ConfigError, match="top"):
        compare_sources(a, a, top=4)
    with pytest.raises(ConfigError, match="top"):
        compare_sources(a, a, top=0)


def test_overlap_and_rank_biased_overlap_equal_every_order_of_ties():
    rng = np.random.default_rng(0)
    for _ in range(40):
        a, b = (rng.integers(0, 4, 6).astype(float) for _ in range(2))
        np.testing.assert_allclose(overlap_by_depth(a, b), mean_overlap(a, b), atol=1e-12)
        for p in (0.0, 0.5, 0.9):
            found = compare_sources(pd.Series(a), pd.Series(b), persistence=p)["rbo"]
            assert found == pytest.approx(slow_rbo(a, b, p), abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=60))
@settings(max_examples=60, deadline=None)
def test_overlap_is_symmetric_grows_and_ends_with_all(pairs):
    a, b = (np.array(values, dtype=float) for values in zip(*pairs, strict=True))
    shared = overlap_by_depth(a, b)
    np.testing.assert_allclose(shared, overlap_by_depth(b, a), atol=1e-9)
    assert shared[-1] == pytest.approx(len(a))
    assert (np.diff(shared) > -1e-9).all()
    assert (shared <= np.arange(1, len(a) + 1) + 1e-9).all()


def test_rank_biased_overlap_from_one_to_its_chance_level():
    a = pd.Series(range(400), dtype=float)
    assert compare_sources(a, a, top=40)["rbo"] == pytest.approx(1)
    assert compare_sources(a, -a, top=40)["rbo"] < 0.01
    rng = np.random.default_rng(1)
    drawn = [compare_sources(a, pd.Series(rng.permutation(np.arange(400.0))), top=40) for _ in range(300)]
    chance = drawn[0]["expected_rbo"]
    assert np.mean([found["rbo"] for found in drawn]) == pytest.approx(chance, abs=0.005)
    assert drawn[0]["persistence"] == pytest.approx(1 - 1 / 40)
    constant = compare_sources(a, a * 0, top=40)
    assert constant["rbo"] == pytest.approx(chance)


def test_interval_of_spearman_holds_the_truth_as_often_as_it_says():
    """Pairs from a normal distribution with correlation 0.7, whose Spearman correlation is 6 / pi asin(0.35)."""
    rng = np.random.default_rng(2)
    truth = 6 / np.pi * np.arcsin(0.35)
    inside = 0
    for _ in range(400):
        drawn = pd.DataFrame(rng.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], 60))
        found = compare_sources(drawn[0], drawn[1], confidence=0.9)
        inside += found["spearman_lower"] <= truth <= found["spearman_upper"]
    assert 0.86 <= inside / 400 <= 0.94


def test_interval_of_a_perfect_or_of_three_areas():
    a = pd.Series([1.0, 2.0, 3.0, 4.0])
    assert compare_sources(a, a)["spearman_upper"] == pytest.approx(1)
    assert np.isnan(compare_sources(a[:3], a[:3])["spearman_lower"])
    for options in ({"persistence": 1}, {"persistence": -0.1}, {"confidence": 1.0}, {"confidence": 95}):
        with pytest.raises(ConfigError, match=next(iter(options))):
            compare_sources(a, a, **options)


ALL_LABELS = [*MORAN_LABELS, "Hot", "Cold", "Suppressed", None]


@given(st.lists(st.tuples(st.sampled_from(ALL_LABELS), st.sampled_from(ALL_LABELS)), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_cross_table_statistics_and_typology_tell_one_story(pairs):
    frame = pd.DataFrame(pairs, columns=["p", "h"])
    columns = {"police": "p", "health": "h"}
    three, every = (cross_table(frame, **columns, classes=classes) for classes in ("three", "all"))
    found, kinds = agreement_statistics(frame, **columns), agreement(frame, **columns).value_counts()
    assert three.to_numpy().sum() == every.to_numpy().sum() == len(frame)
    assert three.loc["High", "High"] == found["agree_hot"] == kinds.get("agree hot", 0)
    assert three.loc["High", ["Not significant", "Low"]].sum() == found["police_only"] == kinds.get("police only", 0)
    assert three.loc[["Not significant", "Low"], "High"].sum() == found["health_only"] == kinds.get("health only", 0)
    assert found["left_out"] == kinds.get("not covered", 0)
    swapped = cross_table(frame, police="h", health="p")
    np.testing.assert_array_equal(swapped.to_numpy(), three.to_numpy().T)
    named = frame.fillna("No data")
    pd.testing.assert_frame_equal(
        every, pd.crosstab(named["p"], named["h"]).reindex(index=every.index, columns=every.columns, fill_value=0),
        check_dtype=False, check_names=False,
    )  # fmt: skip


def test_kappa_of_a_known_table():
    """The two-by-two table 20, 5, 10, 15 has kappa 0.4."""
    labels = [("Hot", "Hot")] * 20 + [("Hot", "Cold")] * 5 + [("Cold", "Hot")] * 10 + [("Cold", "Cold")] * 15
    found = agreement_statistics(pd.DataFrame(labels, columns=["p", "h"]), police="p", health="h")
    assert (found["observed"], found["expected"]) == (0.7, 0.5)
    assert found["kappa"] == pytest.approx(0.4)
    same = agreement_statistics(pd.DataFrame([("Hot", "Hot")] * 3, columns=["p", "h"]), police="p", health="h")
    assert np.isnan(same["kappa"])


def test_a_label_of_nobody_is_refused():
    frame = pd.DataFrame({"p": ["High-High", "High High"], "h": ["Hot", "Cold"]})
    for function in (agreement, cross_table, agreement_statistics):
        with pytest.raises(InputError, match=r"1 of 2 labels are not known \(first: row 1, 'High High'\)"):
            function(frame, police="p", health="h")
    with pytest.raises(ConfigError, match="classes"):
        cross_table(frame, police="h", health="h", classes="two")


@pytest.mark.real_data
def test_london_wards_2014(real_data):
    """Police violence against all ambulance calls: 0.70, as health demand."""
    path = real_data / "london_ward_profiles" / "ward-profiles-excel-version.csv"
    table = pd.read_csv(path, encoding="latin1", na_values=["n/a", "."]).set_index("New code")
    table = table[table.index.astype(str).str.match(r"E05\d+")]
    police = pd.to_numeric(table["Violence against the person rate - 2014/15"], errors="coerce")
    calls = pd.to_numeric(table["Rate of All Ambulance Incidents per 1,000 population - 2014"], errors="coerce")
    found = compare_sources(police, calls, comparable=False, reason="all ambulance calls: health demand, not violence")
    assert found["n"] >= 620
    assert round(found["spearman"], 2) == 0.70
    assert found["overlap"] > found["expected_overlap"]


def test_lists_and_broken_tops_are_refused_in_words():
    values = pd.Series([3.0, 1.0, 2.0, 5.0], index=list("ABCD"))
    with pytest.raises(InputError, match="b: give a Series indexed by area code, not list"):
        compare_sources(values, [1, 2, 3, 4])
    for top in (0.5, 1.5, 0):
        with pytest.raises(ConfigError, match="top"):
            compare_sources(values, values, top=top)
