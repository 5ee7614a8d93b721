"""Rates say what they are per, and are missing where they cannot be known."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from reference.rates import limits, marshall

import hotspot as hs
from hotspot.errors import ConfigError, HotspotWarning, InputError


@pytest.fixture
def counts():
    return pd.DataFrame(
        {"n_police": pd.array([10, 0, 57], "Int64"), "population": [1000, 2000, 12_000]}, index=["B", "A", "C"]
    )


def test_rate_and_exact_limits(counts):
    found = hs.incidence_rate(counts, of="n_police")
    assert found.columns.tolist() == ["rate", "rate_lower", "rate_upper"]
    assert found.index.equals(counts.index)
    assert found["rate"].tolist() == [10.0, 0.0, 4.75]
    for code, row in counts.iterrows():
        lower, upper = (limit / row["population"] * 1000 for limit in limits(int(row["n_police"]), 0.95))
        assert found.loc[code, "rate_lower"] == pytest.approx(lower, abs=1e-9)
        assert found.loc[code, "rate_upper"] == pytest.approx(upper, abs=1e-9)


def test_per_and_years_scale(counts):
    base = hs.incidence_rate(counts, of="n_police")
    other = hs.incidence_rate(counts, of="n_police", per=100_000, years=2)
    pd.testing.assert_frame_equal(other, base * 50)
    smooth = hs.empirical_bayes(counts, of="n_police")
    pd.testing.assert_frame_equal(hs.empirical_bayes(counts, of="n_police", per=100_000, years=2), smooth * 50)


def test_limits_widen_with_confidence(counts):
    narrow, wide = (hs.incidence_rate(counts, of="n_police", confidence=c) for c in (0.8, 0.99))
    assert (wide["rate_upper"] > narrow["rate_upper"]).all()
    assert (wide["rate_lower"] <= narrow["rate_lower"]).all()


def test_missing_counts_stay_missing(counts):
    counts.loc["A", "n_police"] = pd.NA
    for found in (hs.incidence_rate(counts, of="n_police"), hs.empirical_bayes(counts, of="n_police")):
        assert found.loc["A"].isna().all()
        assert found.loc[["B", "C"]].notna().all(axis=None)


@pytest.mark.parametrize("compute", [hs.incidence_rate, hs.empirical_bayes])
def test_areas_without_people_have_no_rate(counts, compute):
    counts["population"] = pd.array([1000, 0, None], "Int64")
    with pytest.warns(HotspotWarning, match="2 of 3 areas have no population"), hs.recording() as notes:
        found = compute(counts, of="n_police")
    assert found.iloc[1:].isna().all(axis=None)
    assert found.iloc[0].notna().all()
    facts = notes[0].facts
    assert (facts["areas"], facts["rated"], facts["without_population"]) == (3, 1, 2)


def test_doubtful_rates_warn(counts):
    counts["population"] = [30, 2000, 12_000]
    with pytest.warns(HotspotWarning, match="1 of 3 areas have fewer than 500 people .*B"):
        hs.incidence_rate(counts, of="n_police")
    counts["population"] = [500, 2000, 12_000]
    for years in (13 / 12, 0.5):
        with pytest.warns(HotspotWarning, match=r"years: .* is not whole"):
            hs.incidence_rate(counts, of="n_police", years=years)
    with pytest.warns(HotspotWarning, match="2 of 3 values in 'apportioned' are not whole"):
        hs.incidence_rate(counts.assign(apportioned=[1.5, 2.0, 0.25]), of="apportioned")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hs.incidence_rate(counts, of="n_police", years=36 / 12)


def test_warnings_point_at_the_caller(counts):
    with pytest.warns(HotspotWarning) as caught:
        hs.empirical_bayes(counts, of="n_police", years=1.5)
    assert caught[0].filename == __file__


def test_smoothing_equals_the_slow_twin(counts):
    found = hs.empirical_bayes(counts, of="n_police")
    assert found.columns.tolist() == ["eb_rate"]
    expected = marshall([10, 0, 57], [1000, 2000, 12_000])
    assert (found["eb_rate"] / 1000).tolist() == pytest.approx(expected, rel=1e-12)


def test_nothing_known(counts):
    counts["n_police"] = pd.array([None] * 3, "Int64")
    assert hs.incidence_rate(counts, of="n_police").isna().all(axis=None)
    assert hs.empirical_bayes(counts, of="n_police").isna().all(axis=None)


def test_a_fully_empty_frame_gives_an_empty_one(counts):
    assert hs.incidence_rate(counts.iloc[:0], of="n_police").shape == (0, 3)
    assert hs.empirical_bayes(counts.iloc[:0], of="n_police").shape == (0, 1)


def test_what_cannot_be_used_is_named(counts):
    with pytest.raises(InputError, match=r"n_polise.*n_police"):
        hs.incidence_rate(counts, of="n_polise")
    with pytest.raises(InputError, match="population"):
        hs.incidence_rate(counts.drop(columns="population"), of="n_police")
    with pytest.raises(InputError, match=r"1 of 3 values are negative or infinite, or above 2.53 .first in row 1."):
        hs.incidence_rate(counts.assign(n_police=[1, -1, 2]), of="n_police")
    with pytest.raises(InputError, match="negative or infinite"):
        hs.incidence_rate(counts.assign(population=[1.0, np.inf, 2.0]), of="n_police")
    with pytest.raises(InputError, match="not numbers"):
        hs.empirical_bayes(counts.astype({"n_police": str}), of="n_police")
    with pytest.raises(InputError, match="give a frame"):
        hs.incidence_rate(counts["n_police"], of="n_police")
    with pytest.raises(InputError, match="more than once"):
        hs.incidence_rate(pd.concat([counts, counts]), of="n_police")


@pytest.mark.parametrize(("option", "value"), [("per", 0), ("years", -1), ("years", np.nan), ("confidence", 95)])
def test_bad_options_are_named(counts, option, value):
    with pytest.raises(ConfigError, match=option):
        hs.incidence_rate(counts, of="n_police", **{option: value})


def test_input_is_not_changed(counts):
    before = counts.copy()
    hs.incidence_rate(counts, of="n_police")
    hs.empirical_bayes(counts, of="n_police")
    pd.testing.assert_frame_equal(counts, before)


@pytest.mark.real_data
def test_sids_equal_published_values(real_data):
    import geopandas as gpd

    areas = gpd.read_file(real_data / "benchmarks_areal" / "libpysal" / "sids2" / "sids2.shp")
    with pytest.warns(HotspotWarning, match="8 of 100 areas have fewer than 500 people"):
        found = hs.empirical_bayes(areas, of="SID74", population="BIR74", per=1)["eb_rate"]
    published = [0.001697297331, 0.001705377681, 0.001773087022, 0.002012868084, 0.003534913149]
    assert found.head().tolist() == pytest.approx(published, rel=1e-9)
