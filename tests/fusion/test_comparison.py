"""Agreement between sources: the typology, the correlations, the overlap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from hotspot.errors import ComparabilityError, ConfigError, InputError
from hotspot.fusion import agreement, compare_sources
from hotspot.fusion.cluster_agreement import AGREEMENTS
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
    assert compare_sources(a.sample(frac=1, random_state=1), b) == found or np.isnan(found["spearman"])


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
