"""Relative density: against slow twins, by relations, and where the truth is known."""

from __future__ import annotations

import geopandas as gpd
import numba
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import relative_density as twin
from shapely.geometry import Polygon, box

from hotspot.density import Surface, kernel_density
from hotspot.density.relative import RelativeDensity, relative_density
from hotspot.errors import ComparabilityError, ConfigError, CRSError, HotspotWarning, InputError
from hotspot.numerics.random_numbers import reference_table
from hotspot.record import recording

KERNELS = ["quartic", "epanechnikov", "triweight", "uniform", "gaussian"]
GRID = 530_025 + 50.0 * np.arange(20), 180_025 + 50.0 * np.arange(16)
P_FIELDS = ["p_high", "p_low", "p_high_adjusted", "p_low_adjusted"]


def points(x, y, source="police"):
    labels = [f"{source}-{i:06d}" for i in range(len(x))]
    place = gpd.points_from_xy(np.asarray(x, float), np.asarray(y, float))
    return gpd.GeoDataFrame({"source": source}, index=labels, geometry=place, crs=27700)


def scattered(n, seed, source="police", side=1000):
    rng = np.random.default_rng(seed)
    return points(530_000 + rng.uniform(0, side, n), 180_000 + rng.uniform(0, side * 0.8, n), source)


def coordinates(frame):
    return frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy()


@pytest.fixture
def pair():
    """Give 40 and 90 events over a square kilometre, the fewer partly in one corner."""
    few = scattered(40, 1, "ed")
    few.geometry = gpd.points_from_xy(
        np.where(np.arange(40) < 20, 530_800, few.geometry.x),
        np.where(np.arange(40) < 20, 180_600, few.geometry.y),
        crs=27700,
    )
    return few, scattered(90, 2)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("wider", [None, 300])
def test_p_is_that_of_every_relabelling_smoothed_from_the_start(kernel, wider):
    first, second = scattered(21, 3, "ed"), scattered(30, 4)
    h = 100 if kernel == "gaussian" else 250
    result = relative_density(
        first, second, bandwidth=h, denominator_bandwidth=wider, kernel=kernel, grid=GRID, least_support=1e-9,
        contrast="difference", simulations=19, seed=5,
    )  # fmt: skip
    a, b = coordinates(first), coordinates(second)
    x, y = np.r_[a[0], b[0]], np.r_[a[1], b[1]]
    chosen = np.lexsort((x, y))[reference_table(51, 21, draws=19, seed=5)]
    one, two = twin.shares(a, b, *GRID, h, wider or h, kernel)
    high, low = twin.p_values(a, b, *GRID, h, wider or h, kernel, chosen)
    assert np.allclose(result.numerator.density, one, rtol=1e-9, atol=1e-9)
    assert np.allclose(result.denominator.density, two, rtol=1e-9, atol=1e-9)
    assert np.allclose(result.surface.density[result.tested], (one - two)[result.tested], rtol=1e-9, atol=1e-9)
    assert (result.p_high == np.where(result.tested, high, np.nan))[result.tested].all()
    assert (result.p_low == np.where(result.tested, low, np.nan))[result.tested].all()


@settings(deadline=None, max_examples=15)
@given(
    spots=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.booleans()), min_size=6, max_size=30).filter(
        lambda rows: 0 < sum(row[2] for row in rows) < len(rows)
    ),
    seed=st.integers(0, 2**64 - 1),
)
@pytest.mark.filterwarnings("ignore::hotspot.errors.HotspotWarning")
def test_ties_of_snapped_points_count_on_both_sides(spots, seed):
    rows = np.array(spots)
    x, y, kind = 530_000 + 100.0 * rows[:, 0], 180_000 + 80.0 * rows[:, 1], rows[:, 2].astype(bool)
    first, second = points(x[kind], y[kind], "ed"), points(x[~kind], y[~kind])
    result = relative_density(
        first, second, bandwidth=260, grid=GRID, least_support=1e-9, contrast="difference", simulations=9, seed=seed
    )
    a, b = coordinates(first), coordinates(second)
    px, py = np.r_[a[0], b[0]], np.r_[a[1], b[1]]
    order, n = np.lexsort((px, py)), min(kind.sum(), (~kind).sum())
    chosen = order[reference_table(len(rows), n, draws=9, seed=seed)]
    if kind.sum() > n:
        chosen = np.array([np.setdiff1d(np.arange(len(rows)), row) for row in chosen])
    high, low = twin.p_values(a, b, *GRID, 260, 260, "quartic", chosen)
    assert (result.p_high[result.tested] == high[result.tested]).all()
    assert (result.p_low[result.tested] == low[result.tested]).all()
    assert (result.p_high + result.p_low)[result.tested].min() >= 1


def test_the_densities_are_those_of_kernel_density(pair, square):
    for edge in ("none", "diggle", "uniform"):
        result = relative_density(*pair, bandwidth=300, cell_size=50, within=square, edge=edge, simulations=0)
        for part, frame in zip((result.numerator, result.denominator), pair, strict=True):
            with pytest.warns(HotspotWarning) if len(frame) < 50 else recording():
                alone = kernel_density(frame, bandwidth=300, cell_size=50, within=square, edge=edge)
            assert np.allclose(part.density, alone.density / len(frame), rtol=1e-9, atol=1e-9, equal_nan=True)
            assert (part.support == alone.support).all()
            assert part.unit == "share per km²"


def test_contrasts_are_functions_of_the_two_shares_and_share_their_p(pair):
    made = {c: relative_density(*pair, bandwidth=300, cell_size=50, contrast=c, simulations=49)
            for c in ("ratio", "log ratio", "difference")}  # fmt: skip
    ratio, log, difference = (made[c] for c in ("ratio", "log ratio", "difference"))
    shown = ~ratio.masked & (ratio.surface.density > 0)
    one, two = ratio.numerator.density, ratio.denominator.density
    assert shown.sum() > 100
    assert np.allclose(ratio.surface.density[shown], one[shown] / two[shown])
    assert np.allclose(log.surface.density[shown], np.log(one[shown] / two[shown]))
    assert np.allclose(difference.surface.density[difference.tested], (one - two)[difference.tested])
    assert {c: made[c].surface.unit for c in made} == {
        "ratio": "ratio", "log ratio": "log ratio", "difference": "difference of shares per km²",
    }  # fmt: skip
    for field in P_FIELDS:
        assert np.array_equal(getattr(ratio, field), getattr(difference, field), equal_nan=True)


def test_swapping_the_sides_turns_the_sign_and_the_tails():
    first, second = scattered(60, 6, "ed"), scattered(60, 7)
    one = relative_density(first, second, bandwidth=300, cell_size=50, simulations=0)
    two = relative_density(second, first, bandwidth=300, cell_size=50, simulations=0)
    both = np.isfinite(one.surface.density) & np.isfinite(two.surface.density)
    assert both.sum() > 100
    assert np.allclose(one.surface.density[both], -two.surface.density[both])
    more = scattered(61, 7)
    one = relative_density(first, more, bandwidth=300, cell_size=50, least_support=1e-9, simulations=99)
    two = relative_density(more, first, bandwidth=300, cell_size=50, least_support=1e-9, simulations=99)
    for a, b in (("p_high", "p_low"), ("p_high_adjusted", "p_low_adjusted")):
        assert np.array_equal(getattr(one, a), getattr(two, b), equal_nan=True)
        assert np.array_equal(getattr(one, b), getattr(two, a), equal_nan=True)


def test_the_same_bytes_for_any_threads_and_any_order_of_rows(pair):
    first, second = pair
    threads = numba.get_num_threads()
    try:
        results = []
        for count in sorted({1, threads}):
            numba.set_num_threads(count)
            results.append(relative_density(first, second, bandwidth=300, cell_size=50, simulations=29, seed=9))
    finally:
        numba.set_num_threads(threads)
    results.append(
        relative_density(
            first[::-1], second.sample(frac=1, random_state=0), bandwidth=300, cell_size=50, simulations=29, seed=9
        )
    )
    other = relative_density(first, second, bandwidth=300, cell_size=50, simulations=29, seed=10)
    for field in P_FIELDS:
        assert len({getattr(result, field).tobytes() for result in results}) == 1
    assert len({result.surface.density.tobytes() for result in results}) == 1
    assert not np.array_equal(other.p_high, results[0].p_high, equal_nan=True)


def test_nothing_differs_where_nothing_differs():
    cells, family = [], 0
    for seed in range(60):
        first, second = scattered(80, 2 * seed, "ed"), scattered(240, 2 * seed + 1)
        result = relative_density(first, second, bandwidth=250, cell_size=100, simulations=99, seed=seed)
        cells.append((result.p_high[result.tested] <= 0.05).mean())
        family += np.nanmin(result.p_high_adjusted) <= 0.05
    assert 0.03 < np.mean(cells) < 0.075
    assert family <= 8  # binomial of 60 and 0.05: more happens once in 200


def test_equal_densities_have_a_ratio_of_one():
    x, y = (axis.ravel() for axis in np.meshgrid(530_010 + 20.0 * np.arange(50), 180_010 + 20.0 * np.arange(50)))
    even = (np.arange(50)[:, None] + np.arange(50)) % 2 == 0
    first, second = points(x[even.ravel()], y[even.ravel()], "ed"), points(x[~even.ravel()], y[~even.ravel()])
    town = gpd.GeoDataFrame(geometry=[box(530_000, 180_000, 531_000, 181_000)], crs=27700)
    result = relative_density(first, second, bandwidth=200, cell_size=50, within=town, contrast="ratio", simulations=19)
    assert np.abs(result.surface.density - 1).max() < 0.05
    assert abs(result.numerator.total - 1) < 2e-3


def test_a_planted_cluster_is_found_and_its_contour_covers_it(pair):
    result = relative_density(*pair, bandwidth=250, cell_size=50, simulations=199)
    regions = result.contours(0.01, adjusted=True)
    assert regions.contains(gpd.points_from_xy([530_800], [180_600])[0]).tolist() == [True]
    row = regions.iloc[0]
    assert regions.index.tolist() == [1]
    assert list(regions.columns) == ["side", "n_numerator", "n_denominator", "area_km2", "p", "geometry"]
    assert row["side"] == "high"
    assert row["n_numerator"] == pair[0].within(row.geometry).sum() >= 20
    assert row["n_denominator"] == pair[1].within(row.geometry).sum()
    assert row["area_km2"] == pytest.approx(row.geometry.area / 1e6)
    assert row["p"] == 0.005
    assert regions.crs == pair[0].crs
    assert result.contours(0.01, "low", adjusted=True).empty
    assert result.contours(0.05).area.sum() >= regions.area.sum()


def test_thin_cells_are_masked_counted_and_zero_numerators_have_no_logarithm(square):
    first = points([530_100] * 30, [180_100] * 30, "ed")
    second = points(np.r_[[530_100] * 30, [530_900] * 30], np.r_[[180_100] * 30, [180_900] * 30])
    with recording() as notes:
        result = relative_density(first, second, bandwidth=200, cell_size=50, within=square, simulations=19)
        ratio = relative_density(
            first, second, bandwidth=200, cell_size=50, within=square, contrast="ratio", simulations=0
        )
    near = result.denominator.support >= 5
    assert (result.masked == ~near).all()
    assert np.isnan(result.surface.density[result.masked]).all()
    empty = near & (result.numerator.density == 0)
    assert np.isnan(result.surface.density[empty]).all()
    assert (ratio.surface.density[empty] == 0).all()
    facts = notes[0].facts
    assert (facts["cells_masked"], facts["cells_without_numerator"]) == (int((~near).sum()), int(empty.sum()))
    assert (facts["cells_inside"], facts["overall_ratio"], facts["n"]) == (400, 0.5, [30, 60])
    assert np.isnan(result.p_high[~result.tested]).all()
    assert np.isfinite(result.p_high[result.tested]).all()


def test_where_only_the_numerator_is_the_test_still_speaks():
    first = points(np.r_[[530_100] * 30, np.full(30, 530_900)], np.r_[[180_100] * 30, np.full(30, 180_900)], "ed")
    second = points(530_100 + np.arange(60.0), 180_100 + np.arange(60.0))
    result = relative_density(first, second, bandwidth=150, cell_size=50, simulations=199)
    j, i = np.abs(result.surface.y - 180_900).argmin(), np.abs(result.surface.x - 530_900).argmin()
    assert result.masked[j, i]
    assert result.tested[j, i]
    assert result.p_high_adjusted[j, i] == 0.005


def test_the_adjusted_p_is_the_larger_one(pair):
    result = relative_density(*pair, bandwidth=300, cell_size=50, simulations=99)
    t = result.tested
    assert (result.p_high_adjusted[t] >= result.p_high[t] - 1e-12).all()
    assert (result.p_low_adjusted[t] >= result.p_low[t] - 1e-12).all()


def test_people_as_the_denominator_are_drawn_by_their_weight():
    x, y = (axis.ravel() for axis in np.meshgrid(530_050 + 100.0 * np.arange(10), 180_050 + 100.0 * np.arange(10)))
    people = gpd.GeoDataFrame(
        {"population": np.where(x < 530_500, 900, 100)}, geometry=gpd.points_from_xy(x, y), crs=27700
    )
    rng = np.random.default_rng(3)
    drawn = rng.choice(100, 400, p=people["population"] / people["population"].sum())
    town = gpd.GeoDataFrame(geometry=[box(530_000, 180_000, 531_000, 181_000)], crs=27700)
    alike = relative_density(
        points(x[drawn], y[drawn], "ed"), people, bandwidth=300, cell_size=50, denominator_weights="population",
        within=town, simulations=199,
    )  # fmt: skip
    assert np.nanmin(alike.p_high_adjusted) > 0.01
    assert np.abs(alike.surface.density).mean() < 0.25
    even = relative_density(
        scattered(400, 3, "ed"), people, bandwidth=300, denominator_bandwidth=500, cell_size=50,
        denominator_weights=people["population"], within=town, simulations=199,
    )  # fmt: skip
    high, low = even.contours(0.01, adjusted=True), even.contours(0.01, "low", adjusted=True)
    assert high.total_bounds[0] >= 530_450
    assert low.total_bounds[2] <= 530_650
    assert even.denominator_events.sum() == people["population"].sum()


def test_adaptive_bandwidths_are_narrow_where_both_are_dense(pair):
    fixed = relative_density(*pair, bandwidth=300, cell_size=50, simulations=0)
    result = relative_density(
        *pair, bandwidth=300, cell_size=50, adaptive=True, simulations=19, grid=(fixed.surface.x, fixed.surface.y)
    )
    assert result.numerator.density.max() > 1.5 * fixed.numerator.density.max()
    assert result.numerator.density[result.tested].min() >= 0
    other = {"denominator_weights": pd.Series(1.0, pair[1].index), "denominator_bandwidth": 400}
    for name, value in other.items():
        with pytest.raises(ConfigError, match=f"adaptive.*{name}"):
            relative_density(*pair, bandwidth=300, adaptive=True, **{name: value})


def test_what_cannot_be_compared_is_refused(pair):
    first, second = pair
    both = pd.concat([first, second]).assign(source="ed")
    cases = [
        (CRSError, "numerator", {"numerator": first.to_crs(4326)}),
        (CRSError, "same crs", {"denominator": second.to_crs(32630)}),
        (InputError, "numerator: no event", {"numerator": first.iloc[:0]}),
        (InputError, "denominator: no event", {"denominator": second.iloc[:0]}),
        (InputError, "40 record.s. are in the numerator too", {"denominator": both}),
        (ComparabilityError, "reason", {"comparable": False}),
        (ConfigError, "contrast", {"contrast": "odds"}),
        (ConfigError, "kernel", {"kernel": "conical"}),
        (ConfigError, "edge", {"edge": "diggle"}),
        (ConfigError, "bandwidth", {"bandwidth": -1}),
        (ConfigError, "denominator_bandwidth", {"denominator_bandwidth": float("nan")}),
        (ConfigError, "least_support", {"least_support": 0}),
        (ConfigError, "simulations", {"simulations": -1}),
        (ConfigError, "hours of one core", {"simulations": 10**9, "cell_size": 20}),
        (ConfigError, "seed", {"seed": 1.5}),
        (ConfigError, "weights", {"denominator_weights": "people"}),
    ]  # fmt: skip
    for error, match, change in cases:
        given = {"numerator": first, "denominator": second, "bandwidth": 300} | change
        with pytest.raises(error, match=match):
            relative_density(given.pop("numerator"), given.pop("denominator"), **given)
    with recording() as notes:
        relative_density(first, second, bandwidth=300, simulations=0, comparable=False, reason="health demand")
    assert (notes[0].facts["comparable"], notes[0].facts["reason"]) == (False, "health demand")
    none = relative_density(first, second, bandwidth=300, simulations=9)
    with pytest.raises(ConfigError, match="1/10"):
        none.contours(0.05)
    with pytest.raises(ConfigError, match="side"):
        none.contours(0.2, "both")
    with pytest.raises(ConfigError, match="alpha"):
        none.contours(5)
    assert isinstance(none, RelativeDensity)
    assert isinstance(none.surface, Surface)


def test_few_events_and_coarse_cells_are_warned_of(pair):
    with pytest.warns(HotspotWarning, match="numerator has only 5"):
        relative_density(pair[0].iloc[:5], pair[1], bandwidth=300, simulations=0)
    with pytest.warns(HotspotWarning, match=r"below 1.5 cells"):
        relative_density(*pair, bandwidth=100, cell_size=100, simulations=0)
    with pytest.warns(HotspotWarning, match="uncertainty"):
        relative_density(pair[0].assign(uncertainty_m=500.0), pair[1], bandwidth=300, simulations=0)


@pytest.mark.real_data
def test_larynx_cancer_is_dense_near_the_incinerator(real_data):
    folder = real_data / "benchmarks_point_pattern" / "csv"
    rows, ring = (pd.read_csv(folder / f"spatstat_chorley{part}.csv") for part in ("", "_window"))
    window = gpd.GeoDataFrame(geometry=[Polygon(1000 * ring[["x", "y"]].to_numpy())], crs=27700)
    frame = gpd.GeoDataFrame(
        {"kind": rows["m"]}, geometry=gpd.points_from_xy(1000 * rows["x"], 1000 * rows["y"]), crs=27700
    )
    larynx, lung = frame[frame["kind"] == "larynx"], frame[frame["kind"] == "lung"]
    assert (len(larynx), len(lung)) == (58, 978)
    result = relative_density(larynx, lung, bandwidth=2830, cell_size=250, within=window, edge="uniform")
    regions = result.contours(0.05)
    site = gpd.points_from_xy([354_500], [413_600])[0]
    nearest = regions.loc[regions.distance(site).idxmin()]
    assert nearest.geometry.distance(site) < 1000
    assert nearest["p"] <= 0.02
    assert nearest["n_numerator"] == 4


@pytest.mark.real_data
def test_surrey_violence_is_spread_otherwise_than_the_rest(real_data):
    file = next((real_data / "police_uk_surrey").glob("*/2021-06/2021-06-surrey-street.csv"))
    rows = pd.read_csv(file).dropna(subset=["Longitude"])
    place = gpd.points_from_xy(rows["Longitude"], rows["Latitude"], crs=4326)
    frame = gpd.GeoDataFrame({"source": "police", "kind": rows["Crime type"]}, geometry=place).to_crs(27700)
    violent = frame["kind"] == "Violence and sexual offences"
    with pytest.raises(InputError, match="drop"):
        relative_density(frame[violent], frame, bandwidth=2000, cell_size=500)
    result = relative_density(frame[violent], frame[~violent], bandwidth=2000, cell_size=500, simulations=199)
    t = result.tested
    assert t.sum() > 1000
    assert np.nanmin(result.p_high_adjusted) <= 0.05
    assert 0.5 < np.exp(np.nanmedian(result.surface.density)) < 2
