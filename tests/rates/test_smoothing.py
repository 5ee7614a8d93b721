"""Smoothed rates lie between the raw and the mean, and equal their slow twins."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libpysal.graph import Graph
from reference.rates import marshall, marshall_local
from scipy.special import gammaln

import hotspot as hs
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.numerics.gamma_poisson import fit_gamma

CODES = list("ABCDEFGH")
RING = Graph.from_dicts({c: [CODES[i - 1], CODES[(i + 1) % 8]] for i, c in enumerate(CODES)})


@pytest.fixture
def counts():
    rng = np.random.default_rng(3)
    people = rng.integers(600, 9_000, 8)
    return pd.DataFrame({"n": rng.poisson(people * 0.01 * rng.gamma(2, 0.5, 8)), "population": people}, index=CODES)


def test_local_smoothing_equals_the_slow_twin(counts):
    around = {i: [(i - 1) % 8, (i + 1) % 8] for i in range(8)}
    found = hs.empirical_bayes(counts, of="n", per=1, graph=RING)["eb_local_rate"]
    assert found.tolist() == pytest.approx(marshall_local(counts["n"].tolist(), counts["population"].tolist(), around))


def test_both_smoothings_equal_esda(counts):
    """Compare with esda 2.9 (Spatial_Empirical_Bayes, Empirical_Bayes) on these counts and this ring."""
    assert counts["n"].tolist() == [38, 2, 7, 27, 17, 19, 98, 99]
    near = [0.005265885781272793, 0.00403444809545876, 0.0038192995219539865, 0.009405544753422548,
            0.007463233801777992, 0.00285159442052549, 0.012335384920573983, 0.01750860285741709]  # fmt: skip
    overall = [0.00525393795384356, 0.002804030993992278, 0.003963259186477904, 0.010224539129912214,
               0.008063967895157523, 0.002823030607509826, 0.012259286720180519, 0.017536731603885053]  # fmt: skip
    found = hs.empirical_bayes(counts, of="n", per=1, graph=RING)["eb_local_rate"]
    assert found.tolist() == pytest.approx(near, rel=1e-14)
    assert hs.empirical_bayes(counts, of="n", per=1)["eb_rate"].tolist() == pytest.approx(overall, rel=1e-14)


def test_local_smoothing_equals_the_global_where_all_are_neighbours(counts):
    everybody = Graph.from_dicts({c: [other for other in CODES if other != c] for c in CODES})
    near = hs.empirical_bayes(counts, of="n", graph=everybody)["eb_local_rate"]
    pd.testing.assert_series_equal(near, hs.empirical_bayes(counts, of="n")["eb_rate"], check_names=False)


def test_an_area_without_neighbours_has_no_local_rate_and_a_missing_one_counts_for_nobody(counts):
    counts["n"] = counts["n"].astype("Int64")
    counts.loc[["B", "H"], "n"] = pd.NA
    with pytest.warns(HotspotWarning, match="1 of 8 areas have no neighbour"):
        found = hs.empirical_bayes(counts, of="n", graph=RING)["eb_local_rate"]
    assert found.index[found.isna()].tolist() == ["A", "B", "H"]


def test_a_graph_of_other_areas_is_refused(counts):
    with pytest.raises(InputError, match="lacks 1 of 8 areas"):
        hs.empirical_bayes(counts.rename(index={"C": "Z"}), of="n", graph=RING)
    with pytest.raises(InputError, match="libpysal Graph"):
        hs.empirical_bayes(counts, of="n", graph={"A": ["B"]})


def test_moments_give_marshalls_rates(counts):
    overall = counts["n"].sum() / counts["population"].sum()
    found = hs.gamma_poisson(counts, of="n", fit="moments")
    expected = marshall(counts["n"].tolist(), counts["population"].tolist())
    assert (found["rr"] * overall).tolist() == pytest.approx(expected)
    assert found["observed"].tolist() == counts["n"].tolist()
    assert found["expected"].sum() == pytest.approx(counts["n"].sum())


def test_maximum_likelihood_is_the_top_of_the_likelihood(counts):
    with hs.recording() as notes:
        hs.gamma_poisson(counts, of="n")
    alpha, beta = notes[-1].facts["alpha"], notes[-1].facts["beta"]
    y = counts["n"].to_numpy(float)
    e = counts["population"].to_numpy() * y.sum() / counts["population"].sum()

    def likelihood(a, b):
        return np.sum(gammaln(y + a) - gammaln(a) + a * np.log(b / (b + e)) + y * np.log(e / (b + e)))

    best = likelihood(alpha, beta)
    for times in (0.98, 1.02):
        assert likelihood(alpha * times, beta) < best
        assert likelihood(alpha, beta * times) < best


def test_exceedance_agrees_with_draws_and_falls_with_the_number(counts):
    with hs.recording() as notes:
        found = hs.gamma_poisson(counts, of="n", exceedance=[1, 1.5, 2])
    shape = found["observed"] + notes[-1].facts["alpha"]
    draws = (
        np.random.default_rng(0).gamma(shape, 1, (40_000, 8)) / (found["expected"] + notes[-1].facts["beta"]).to_numpy()
    )
    assert (draws > 1.5).mean(0) == pytest.approx(found["p_rr_above_1_5"].to_numpy(), abs=0.01)
    assert (found["p_rr_above_1"] >= found["p_rr_above_1_5"]).all()
    assert (found["p_rr_above_1_5"] >= found["p_rr_above_2"]).all()
    assert ((draws > found["rr_lower"].to_numpy()) & (draws < found["rr_upper"].to_numpy())).mean() == pytest.approx(
        0.95, abs=0.005
    )


@pytest.mark.parametrize("fit", ["ml", "moments"])
def test_where_the_risk_is_the_same_every_area_gets_it(fit):
    same = pd.DataFrame({"n": [10, 20, 30], "population": [1000, 2000, 3000]}, index=list("ABC"))
    with pytest.warns(HotspotWarning, match="Chance explains all"):
        found = hs.gamma_poisson(same, of="n", fit=fit)
    assert found["rr"].tolist() == pytest.approx([1, 1, 1])
    assert found[["rr_lower", "p_rr_above_1"]].isna().all(axis=None)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 200), st.integers(500, 20_000)), min_size=3, max_size=12))
def test_smoothed_rates_lie_between_the_raw_and_the_mean(rows):
    counts = pd.DataFrame(rows, columns=["n", "population"])
    smooth = hs.empirical_bayes(counts, of="n", per=1)["eb_rate"]
    raw, mean = counts["n"] / counts["population"], counts["n"].sum() / counts["population"].sum()
    assert (smooth >= np.minimum(raw, mean) - 1e-12).all()
    assert (smooth <= np.maximum(raw, mean) + 1e-12).all()


def test_city_centres_warn(counts):
    with pytest.warns(HotspotWarning, match=r"City centre: 1 of 8 .*\(C\)"):
        hs.incidence_rate(
            counts.assign(workday_population=counts["population"] * np.where(counts.index == "C", 3, 1)), of="n"
        )


def test_standardised_by_its_own_rates_the_whole_is_as_expected():
    counts = pd.DataFrame(
        {"n": [10, 4, 9, 1], "population": [900, 800, 700, 600], "quintile": [1, 1, 2, 2]}, index=list("ABCD")
    )
    found = hs.indirect_standardisation(counts, of="n", strata="quintile")
    assert found["expected"].groupby(counts["quintile"]).sum().tolist() == pytest.approx([14, 10])
    assert (found["sir_lower"] < found["sir"]).all()
    one = counts.assign(quintile=1)
    total = pd.DataFrame({"n": [24], "population": [3000], "quintile": [1]}, index=["all"])
    whole = hs.indirect_standardisation(total, of="n", strata="quintile", reference=one)
    assert whole["sir"].tolist() == pytest.approx([1])
    with pytest.raises(InputError, match="no rate for the stratum of 2 of 4"):
        hs.indirect_standardisation(counts, of="n", strata="quintile", reference=one)


def test_counts_that_differ_less_than_by_chance_have_no_spread():
    """On these the search once ran off to infinity, and warned of an overflow."""
    counts = np.array([1.0, 4, 3, 3, 5, 2, 0, 4, 4])
    assert fit_gamma(counts, np.full(9, counts.mean())) == (np.inf, np.inf)


@given(st.lists(st.tuples(st.integers(0, 8), st.floats(0.1, 50)), min_size=2, max_size=30))
def test_any_counts_have_a_fit(rows):
    events, exposure = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    if events.sum():
        shape, rate = fit_gamma(events, exposure * events.sum() / exposure.sum())
        assert shape > 0
        assert rate > 0


def test_one_exceedance_must_be_a_list():
    counts = pd.DataFrame({"n": [3, 9, 30], "population": [1_000, 2_000, 3_000]}, index=list("ABC"))
    with pytest.raises(ConfigError, match=r"exceedance: give a list, such as \[1.5\]"):
        hs.gamma_poisson(counts, of="n", exceedance=1.5)
