"""The spatial scan: against a naive twin, under the null, on planted and on real clusters."""

from __future__ import annotations

import logging

import geopandas as gpd
import numba
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.spatial_scan import largest, windows
from scipy import stats
from shapely.geometry import box

import hotspot as hs
from hotspot.numerics.multinomial import draw_maps
from hotspot.numerics.scan import BLOCK, Terms, largest_ratios, log_ratio


def grid(side, cell=1000.0):
    shapes = [box(cell * i, cell * j, cell * (i + 1), cell * (j + 1)) for j in range(side) for i in range(side)]
    return gpd.GeoDataFrame(index=[f"E{k:03}" for k in range(side * side)], geometry=shapes, crs=27700)


def members(row):
    return frozenset(row["area_codes"].split(", "))


def test_the_log_likelihood_ratio_is_the_fixture():
    assert log_ratio(20, 8.0, 200) == pytest.approx(6.709, abs=5e-4)
    assert log_ratio(200, 8.0, 200) == pytest.approx(200 * np.log(25))
    assert log_ratio(0, 8.0, 200) == pytest.approx(200 * np.log(200 / 192))


@st.composite
def maps(draw):
    n = draw(st.integers(2, 14))
    place = st.integers(0, 4)
    x, y = (np.array(draw(st.lists(place, min_size=n, max_size=n)), float) * 100 for _ in "xy")
    population = np.array(draw(st.lists(st.integers(1, 9), min_size=n, max_size=n)), float)
    counts = np.array(draw(st.lists(st.integers(0, 12), min_size=n, max_size=n)))
    return x, y, population, counts


@settings(deadline=None, max_examples=60)
@given(
    maps(),
    st.sampled_from(["greater", "less", "two-sided"]),
    st.sampled_from([0.1, 0.3, 0.5]),
    st.sampled_from([None, 150.0]),
    st.sampled_from(["no overlap", "sequential"]),
)
def test_it_agrees_with_the_naive_twin(given_map, alternative, max_share, max_radius, secondary):
    x, y, population, counts = given_map
    codes = [f"A{i:02}" for i in range(len(x))]
    areas = gpd.GeoDataFrame(index=codes, geometry=gpd.points_from_xy(x, y), crs=27700)
    options = {"max_share": max_share, "max_radius": max_radius, "alternative": alternative}
    found = hs.spatial_scan(
        pd.Series(counts, codes), pd.Series(population, codes), areas,
        **options, simulations=70, alpha=0.3, secondary=secondary, seed=3,
    )  # fmt: skip
    sets = windows(x, y, population, max_share, np.inf if max_radius is None else max_radius)
    total = int(counts.sum())
    best, having = largest(counts, population, sets, alternative) if total else (0.0, set())
    if best <= 1e-9:
        assert found.empty
        return
    expected = population * (total / population.sum())
    chance = [largest(column, population, sets, alternative)[0] for column in drawn(expected, total, 70, 3)]
    first = found.loc[1]
    assert first["llr"] == pytest.approx(best, abs=1e-9)
    assert frozenset(int(code[1:]) for code in members(first)) in having
    assert first["p"] == (1 + sum(value >= best - 1e-9 for value in chance)) / 71
    if secondary == "sequential":
        return
    taken = frozenset(int(code[1:]) for code in members(first))
    for _, row in found.iloc[1:].iterrows():
        free = [window for window in sets if not window[2] & taken]
        assert row["llr"] == pytest.approx(largest_of_whole(counts, population, free, alternative), abs=1e-9)
        inside = frozenset(int(code[1:]) for code in members(row))
        assert not inside & taken
        taken |= inside


def largest_of_whole(counts, population, sets, alternative):
    return largest(counts, population, sets, alternative)[0]


def drawn(expected, total, simulations, seed):
    """Give the maps of the engine: those of the whole blocks it draws."""
    return draw_maps(np.asarray(expected), total, seed=seed, first=0, last=simulations).T


def test_a_bound_never_hides_a_maximum():
    rng = np.random.default_rng(5)
    for total in (3, 40, 5000, 2_000_000):
        x, y = rng.uniform(0, 1e4, (2, 60))
        population = rng.uniform(0.2, 5.0, 60)
        expected = population * (total / population.sum())
        sets = windows(x, y, population)
        inside = np.array([[i in held for i in range(60)] for _, _, held in sets], float)
        counts = draw_maps(expected, total, seed=1, first=0, last=80).astype(float)
        c, e = inside @ counts, (inside @ expected)[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(c > 0, c * np.log(c / e), 0) + np.where(
                c < total, (total - c) * np.log((total - c) / (total - e)), 0
            )
        for high, low, valid in ((True, False, c > e), (False, True, c < e), (True, True, c != e)):
            terms = Terms(x, y, expected, total, 0.5 * total, np.inf, high, low)
            slow = np.where(valid, ratio, 0).max(axis=0)
            np.testing.assert_allclose(largest_ratios(terms, seed=1, simulations=80), slow, rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize(("total", "chances"), [(5, (0.1, 0.6, 0.3)), (60, (0.3, 0.01, 0.69)), (3000, (0.2, 0.5, 0.3))])
def test_simulated_counts_are_multinomial(total, chances):
    expected = total * np.array(chances)
    counts = draw_maps(expected, total, seed=9, first=0, last=20_000)
    assert (counts.sum(axis=0) == total).all()
    for area, chance in enumerate(chances):
        edges = np.unique(stats.binom.ppf(np.linspace(0, 1, 13)[1:-1], total, chance))
        seen = np.bincount(np.searchsorted(edges, counts[area]), minlength=len(edges) + 1)
        shares = np.diff(np.r_[0, stats.binom.cdf(edges, total, chance), 1])
        kept = shares * 20_000 > 5
        assert (
            stats.chisquare(
                np.r_[seen[kept], seen[~kept].sum() + 1e-9], np.r_[shares[kept], shares[~kept].sum() + 5e-14] * 20_000
            ).pvalue
            > 1e-4
        )
    covariance = np.cov(counts[0], counts[1])[0, 1]
    assert covariance == pytest.approx(-total * chances[0] * chances[1], rel=0.15)


def test_a_map_depends_on_seed_and_number_alone():
    expected = np.array([3.0, 50.0, 7.0, 40.0])
    whole = draw_maps(expected, 100, seed=2, first=0, last=40)
    np.testing.assert_array_equal(whole[:, 25:], draw_maps(expected, 100, seed=2, first=25, last=40))
    assert (whole != draw_maps(expected, 100, seed=2**40 + 2, first=0, last=40)).any()


def test_p_is_calibrated_under_the_null():
    areas = grid(8)
    rng = np.random.default_rng(11)
    population = pd.Series(rng.integers(200, 3000, 64), areas.index)
    p = np.array([
        hs.spatial_scan(
            pd.Series(rng.multinomial(150, population / population.sum()), areas.index), population, areas,
            simulations=99, seed=seed, secondary="none",
        )["p"].iloc[0]
        for seed in range(100)
    ])  # fmt: skip
    for level in (0.05, 0.2, 0.5):
        low, high = stats.binom.ppf([0.001, 0.999], 100, level)
        assert low <= (p <= level).sum() <= high


def planted(side=12):
    areas = grid(side)
    rng = np.random.default_rng(2)
    population = pd.Series(rng.integers(500, 1500, side * side), areas.index)
    one = [f"E{k:03}" for k in (14, 25, 26, 27, 38)]
    other = [f"E{k:03}" for k in (105, 116, 117, 118, 129)]
    events = pd.Series(rng.poisson(0.02 * population), areas.index)
    events[one] *= 5
    events[other] *= 3
    return events, population, areas, one, other


@pytest.mark.parametrize("secondary", ["no overlap", "sequential"])
def test_planted_clusters_are_found(secondary):
    events, population, areas, one, other = planted()
    found = hs.spatial_scan(events, population, areas, secondary=secondary)
    assert members(found.loc[1]) == set(one)
    assert members(found.loc[2]) == set(other)
    assert (found["p"] <= 0.05).all()
    assert found["label"].eq("High").all()
    first = found.loc[1]
    assert (first["centre"], first["areas"], first["radius_m"]) == (one[2], 5, pytest.approx(1000))
    assert first["events"] == events[one].sum()
    assert first["population"] == population[one].sum()
    assert first["geometry"].equals(areas.loc[sorted(members(first))].union_all())
    outside = events.drop(one).sum() / population.drop(one).sum()
    assert first["relative_risk"] == pytest.approx(events[one].sum() / population[one].sum() / outside)


def test_few_events_are_found_when_asked():
    _, population, areas, one, _ = planted()
    quiet = pd.Series(20, areas.index)
    quiet[one] = 2
    low = hs.spatial_scan(quiet, population * 0 + 1000, areas, alternative="less")
    both = hs.spatial_scan(quiet, population * 0 + 1000, areas, alternative="two-sided")
    assert members(low.loc[1]) == members(both.loc[1]) == set(one)
    assert low["label"].iloc[0] == both["label"].iloc[0] == "Low"


def test_rows_and_threads_do_not_change_the_result():
    events, population, areas, _, _ = planted()
    whole = hs.spatial_scan(events, population, areas, simulations=199)
    order = np.random.default_rng(0).permutation(len(areas))
    shuffled = hs.spatial_scan(
        events.iloc[order],
        population.iloc[order[::-1]],
        areas.iloc[order[5:].tolist() + order[:5].tolist()],
        simulations=199,
    )
    pd.testing.assert_frame_equal(
        pd.DataFrame(whole.drop(columns="geometry")), pd.DataFrame(shuffled.drop(columns="geometry"))
    )
    threads = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        alone = hs.spatial_scan(events, population, areas, simulations=199)
    finally:
        numba.set_num_threads(threads)
    pd.testing.assert_frame_equal(whole, alone)


def test_population_counts_by_its_shares_alone():
    events, population, areas, _, _ = planted()
    people = hs.spatial_scan(events, population, areas, simulations=99)
    standardised = hs.spatial_scan(events, population * 0.0137, areas, simulations=99)
    assert people["area_codes"].tolist() == standardised["area_codes"].tolist()
    assert people["p"].tolist() == standardised["p"].tolist()


def test_areas_without_data_are_as_if_not_there():
    events, population, areas, one, _ = planted()
    gone = [one[0], "E070", "E071"]
    holey, empty = events.astype("Int64"), population.astype(float)
    holey[gone[0]] = pd.NA
    empty[gone[1]] = 0
    empty[gone[2]] = np.nan
    with pytest.warns(hs.HotspotWarning, match="2 area\\(s\\) have events but no population"):
        found = hs.spatial_scan(holey, empty, areas, simulations=99)
    kept = areas.index.difference(gone)
    without = hs.spatial_scan(events[kept], population[kept], areas.loc[kept], simulations=99)
    pd.testing.assert_frame_equal(found, without)
    assert not members(found.loc[1]) & set(gone)


def test_windows_keep_to_their_limits():
    events, population, areas, _, _ = planted()
    small = hs.spatial_scan(events, population, areas, max_share=0.02, simulations=99)
    assert (small["population"] <= 0.02 * population.sum()).all()
    near = hs.spatial_scan(events, population, areas, max_radius=900, simulations=99)
    assert (near["radius_m"] == 0).all()
    assert (near["areas"] == 1).all()


@pytest.mark.parametrize("value", [0, 5])
def test_nothing_to_find_is_an_empty_frame(value):
    areas = grid(3)
    found = hs.spatial_scan(pd.Series(value, areas.index), pd.Series(10, areas.index), areas, simulations=19)
    assert found.empty
    assert found.crs == areas.crs
    assert found["label"].dtype == "str"


def test_the_most_likely_cluster_is_listed_even_if_chance_explains_it():
    areas = grid(5)
    events = pd.Series(np.random.default_rng(1).poisson(5, 25), areas.index)
    found = hs.spatial_scan(events, pd.Series(1.0, areas.index), areas)
    assert found["label"].tolist() == ["Not significant"]
    assert found["p"].iloc[0] > 0.05


def test_a_cluster_with_every_event_has_infinite_relative_risk():
    areas = grid(4)
    events = pd.Series(0, areas.index)
    events["E000"] = 9
    found = hs.spatial_scan(events, pd.Series(1, areas.index), areas, simulations=99)
    assert found.loc[1, "relative_risk"] == np.inf
    assert found.loc[1, "p"] == 0.01
    assert len(found) == 1


def test_areas_at_one_place_enter_together():
    codes = ["B", "A", "C", "D", "E", "F"]
    areas = gpd.GeoDataFrame(index=codes, geometry=gpd.points_from_xy([0, 0, 9, 20, 30, 40], [0] * 6), crs=27700)
    events = pd.Series([10, 0, 1, 1, 1, 1], codes)
    found = hs.spatial_scan(events, pd.Series(1, codes), areas, simulations=99, alpha=0.9, secondary="none")
    assert found.loc[1, "area_codes"] == "A, B"
    assert found.loc[1, "centre"] == "A"


def test_the_record_says_what_was_done(caplog):
    events, population, areas, _, _ = planted()
    with caplog.at_level(logging.INFO, logger="hotspot"):
        hs.spatial_scan(events, population, areas, simulations=99, seed=4)
    text = caplog.text
    for fact in ("spatial_scan", "simulations", "max_share", "no overlap"):
        assert fact in text


def refusals():
    areas = grid(3)
    y = pd.Series(range(9), areas.index)
    p = pd.Series(10, areas.index)
    return [
        (lambda: hs.spatial_scan(y.iloc[:0], p, areas), hs.InputError, "no areas"),
        (lambda: hs.spatial_scan(list(y), p, areas), hs.InputError, "Series"),
        (lambda: hs.spatial_scan(y, p.iloc[1:], areas), hs.InputError, "population must have the same area codes"),
        (lambda: hs.spatial_scan(y, p, areas.iloc[1:]), hs.InputError, "areas must have the same area codes"),
        (lambda: hs.spatial_scan(y, p, areas.geometry), hs.InputError, "GeoDataFrame"),
        (lambda: hs.spatial_scan(y, p, areas.to_crs(4326)), hs.CRSError, "degrees"),
        (lambda: hs.spatial_scan(y, p, areas.set_crs(None, allow_override=True)), hs.CRSError, "no coordinate"),
        (lambda: hs.spatial_scan(y - 1, p, areas), hs.InputError, "below 0"),
        (lambda: hs.spatial_scan(y, p * -1, areas), hs.InputError, "population: 9 value"),
        (lambda: hs.spatial_scan(y / 2, p, areas), hs.InputError, "not whole"),
        (lambda: hs.spatial_scan(y * 10**9, p, areas), hs.InputError, "in all"),
        (lambda: hs.spatial_scan(y, p, areas.assign(geometry=None).set_crs(27700)), hs.InputError, "no geometry"),
        (lambda: hs.spatial_scan(y, p, areas, max_share=0.6), hs.ConfigError, "max_share"),
        (lambda: hs.spatial_scan(y, p, areas, max_radius=0), hs.ConfigError, "max_radius"),
        (lambda: hs.spatial_scan(y, p, areas, simulations=0), hs.ConfigError, "simulations"),
        (lambda: hs.spatial_scan(y, p, areas, alpha=1.5), hs.ConfigError, "alpha"),
        (lambda: hs.spatial_scan(y, p, areas, alternative="more"), hs.ConfigError, "alternative"),
        (lambda: hs.spatial_scan(y, p, areas, secondary="all"), hs.ConfigError, "secondary"),
        (lambda: hs.spatial_scan(y, p, areas, seed=-1), hs.ConfigError, "seed"),
    ]


@pytest.mark.parametrize("case", range(19))
def test_bad_input_is_refused_with_the_remedy(case):
    call, error, text = refusals()[case]
    with pytest.raises(error, match=text):
        call()


def test_too_few_simulations_warn():
    areas = grid(3)
    events = pd.Series([90, 0, 0, 0, 0, 0, 0, 0, 0], areas.index)
    with pytest.warns(hs.HotspotWarning, match="at least 19"):
        found = hs.spatial_scan(events, pd.Series(1, areas.index), areas, simulations=10)
    assert found["label"].tolist() == ["Not significant"]


def test_inputs_are_not_changed():
    events, population, areas, _, _ = planted(12)
    before = events.copy(), population.copy(), areas.copy()
    hs.spatial_scan(events, population, areas, simulations=BLOCK)
    pd.testing.assert_series_equal(events, before[0])
    pd.testing.assert_series_equal(population, before[1])
    pd.testing.assert_frame_equal(areas, before[2])


@pytest.fixture
def sids(real_data):
    counties = gpd.read_file(real_data / "benchmarks_areal/libpysal/sids2/sids2.shp").set_index("NAME")
    return counties.set_crs(4267).to_crs(32119)


@pytest.mark.real_data
def test_sudden_infant_deaths_cluster_where_others_found_them(sids):
    """Published: 4 counties with 5.12 deaths per 1,000 births, 6 with 3.76 (doi 10.1186/s12942-021-00298-6)."""
    events = sids["SID74"].astype(int)
    found = hs.spatial_scan(events, sids["BIR74"], sids, max_share=0.25)
    rates = 1000 * found["events"] / found["population"]
    assert found["areas"].tolist() == [4, 6]
    assert rates.round(2).tolist() == [5.12, 3.76]
    assert members(found.loc[1]) == {"Northampton", "Halifax", "Hertford", "Bertie"}
    assert members(found.loc[2]) == {"Scotland", "Hoke", "Richmond", "Robeson", "Moore", "Anson"}
    assert found["llr"].to_numpy() == pytest.approx([13.445651, 11.931900], abs=1e-6)
    assert (found["p"] <= 0.005).all()
    pooled = hs.spatial_scan(events + sids["SID79"].astype(int), sids["BIR74"] + sids["BIR79"], sids)
    assert members(pooled.loc[1]) == {"Robeson", "Scotland", "Hoke", "Bladen"}


@pytest.mark.real_data
def test_london_wards_agree_with_the_naive_twin(real_data):
    files = sorted((real_data / "ew_boundaries_uk_geojson" / "wards").glob("E09*.json"))
    wards = pd.concat([gpd.read_file(path) for path in files[:8]]).set_index("WD13CD").to_crs(27700)
    table = pd.read_csv(real_data / "london_ward_profiles" / "ward-profiles-excel-version.csv", encoding="latin1")
    table = table[table["New code"].isin(wards.index)].set_index("New code")
    wards = wards.loc[table.index]
    population = pd.to_numeric(table["Population - 2015"])
    rate = pd.to_numeric(table["Violence against the person rate - 2014/15"])
    events = (rate * population / 1000).round().astype(int)
    found = hs.spatial_scan(events, population, wards, simulations=19)
    codes = sorted(wards.index)
    centres = wards.geometry.centroid.loc[codes]
    people = population[codes].to_numpy(float)
    best, having = largest(
        events[codes].to_numpy(), people, windows(centres.x.to_numpy(), centres.y.to_numpy(), people)
    )
    assert len(wards) > 100
    assert found.loc[1, "llr"] == pytest.approx(best, abs=1e-7)
    assert members(found.loc[1]) in {frozenset(codes[i] for i in held) for held in having}
