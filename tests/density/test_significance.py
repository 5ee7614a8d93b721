"""The test of a density surface: right level, right place, right null, same bytes."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numba
import numpy as np
import pandas as pd
import pytest
import shapely
from reference import significant_density as twin
from shapely.geometry import box

from hotspot.density import kernel_density
from hotspot.density.chance import Drawing, Pieces, add_events, moments, scales_of, simulated_places, spread_places
from hotspot.density.grid import Grid
from hotspot.density.kernels import KERNELS
from hotspot.density.nulls import pieces_of
from hotspot.density.significance import significant_density
from hotspot.errors import ConfigError, CRSError, HotspotWarning, InputError
from hotspot.record import recording

NAMES = ["quartic", "epanechnikov", "triweight", "uniform", "triangular", "gaussian"]
EVEN = {
    "quartic": 3 / 5,
    "epanechnikov": 2 / 3,
    "triweight": 4 / 7,
    "uniform": 1.0,
    "triangular": 1 / 2,
    "gaussian": 1 / 2,
}
"""Mean of the kernel's square over mean of the kernel, where events fall evenly."""
WEST, SOUTH = 530_000, 180_000


@pytest.fixture
def town():
    return gpd.GeoDataFrame(geometry=[box(WEST, SOUTH, WEST + 2000, SOUTH + 2000)], crs=27700)


@pytest.fixture
def wards():
    """Draw four wards; nine in ten people live in the south-western one."""
    shapes = [box(WEST + x, SOUTH + y, WEST + x + 1000, SOUTH + y + 1000) for y in (0, 1000) for x in (0, 1000)]
    return gpd.GeoDataFrame({"population": [9000, 200, 300, 500]}, geometry=shapes, crs=27700)


@pytest.fixture
def spread(incidents):
    """Make incidents spread evenly over the town."""

    def make(n, seed, **columns):
        rng = np.random.default_rng(seed)
        return incidents(WEST + rng.uniform(0, 2000, n), SOUTH + rng.uniform(0, 2000, n), **columns)

    return make


@pytest.fixture
def planted(incidents):
    """Make 120 incidents spread evenly and 30 within some 60 m of a spot."""
    rng = np.random.default_rng(11)
    x = np.r_[rng.uniform(0, 2000, 120), rng.normal(1500, 60, 30)]
    y = np.r_[rng.uniform(0, 2000, 120), rng.normal(500, 60, 30)]
    return incidents(WEST + x, SOUTH + y)


def quiet(*args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HotspotWarning)
        return significant_density(*args, **options)


# The level of the test


@pytest.mark.parametrize("risk", ["even", "wards", "points"])
def test_null_is_rejected_at_its_rate(town, wards, spread, incidents, risk):
    rng = np.random.default_rng(5)
    lattice = Grid(WEST, SOUTH, 100, 20, 20)
    at_risk = {"even": None, "wards": wards, "points": spread(40, 99)}[risk]
    pieces, _ = pieces_of(at_risk, town, "population", lattice)
    rejected = 0
    trials = 60
    for _ in range(trials):
        # Draws of a generator of its own: the truth must not come from the numbers under test.
        k = rng.choice(len(pieces.mass), 80, p=pieces.mass)
        a, b = rng.random(80), rng.random(80)
        over = pieces.folded[k] & (a + b > 1)
        a, b = np.where(over, 1 - a, a), np.where(over, 1 - b, b)
        place = pieces.corner[k] + a[:, None] * pieces.side_a[k] + b[:, None] * pieces.side_b[k]
        events = incidents(WEST + 100 * place[:, 0], SOUTH + 100 * place[:, 1])
        options = {"bandwidth": 300, "cell_size": 100, "within": town, "at_risk": at_risk, "alpha": 0.1}
        rejected += significant_density(events, **options, simulations=39, seed=3).significant.any()
    low, high = twin.chance_bounds(0.1, trials)
    assert max(low, 0) <= rejected <= high
    assert rejected > 0


def test_highest_excess_is_spread_over_the_map_whatever_the_density(town, wards):
    # Nine in ten people live in one ward; the highest cell of chance maps must not always lie there, nor never.
    lattice = Grid(WEST, SOUTH, 100, 20, 20)
    pieces, _ = pieces_of(wards, town, "population", lattice)
    drawing = Drawing(np.ones((20, 20), dtype=bool), 3.0, 2, 1.0, per_event=True)
    weights = np.ones(300)
    (per_count, base, spread), _, _ = scales_of(*moments(pieces, drawing), weights, 0.6)
    dense = 0
    for draw in range(100):
        f = add_events(drawing, simulated_places(pieces, 300, draw=draw, seed=0), weights)
        z = 2 * (np.sqrt(f * per_count + 0.375) - base) / spread
        row, column = np.unravel_index(z.argmax(), z.shape)
        dense += row < 10 and column < 10
    assert 15 <= dense <= 60


# The twin


@pytest.mark.parametrize("kernel", NAMES)
@pytest.mark.parametrize("edge", ["none", "diggle"])
def test_p_equals_the_twin(town, spread, kernel, edge):
    n, simulations = 12, 39
    events = spread(n, 8, weight=np.arange(1.0, n + 1) % 3 + 0.5)
    h, cell = (100.0 if kernel == "gaussian" else 400.0), 200.0
    options = {"bandwidth": h, "cell_size": cell, "within": town, "kernel": kernel, "edge": edge}
    result = quiet(events, **options, weights="weight", simulations=simulations, seed=4)
    x, y = result.surface.x, result.surface.y
    inside = np.ones((10, 10), dtype=bool) if edge == "diggle" else None

    lattice = Grid(WEST, SOUTH, cell, 10, 10)
    pieces, _ = pieces_of(None, town, "population", lattice)
    shape = KERNELS[kernel]
    drawing = Drawing(np.ones((10, 10), dtype=bool), h / cell, shape.power, shape.reach, per_event=edge == "diggle")
    mean, square = moments(pieces, drawing)
    weights = np.sort(events["weight"].to_numpy())

    def metres(places):
        return WEST + cell * places[:, 0], SOUTH + cell * places[:, 1]

    own = twin.surface(
        events.geometry.x.to_numpy(), events.geometry.y.to_numpy(), events["weight"].to_numpy(), x, y, h, kernel, inside
    )
    maps = []
    for draw in range(simulations):
        px, py = metres(simulated_places(pieces, n, draw=draw, seed=4))
        f = twin.surface(px, py, weights, x, y, h, kernel, inside)
        maps.append(twin.excess(f, mean, square, weights, EVEN[kernel]))
    observed = twin.excess(own, mean, square, weights, EVEN[kernel])
    np.testing.assert_allclose(result.excess, observed, atol=1e-9)
    np.testing.assert_array_equal(result.p, twin.family_wise_p(observed, maps))


@pytest.mark.parametrize("kernel", NAMES)
@pytest.mark.parametrize("per_event", [False, True])
def test_moments_equal_the_twin_at_the_same_places(kernel, per_event):
    shape = KERNELS[kernel]
    h = 1.3 if kernel == "gaussian" else 3.3
    corner = np.array([[1.0, 1.0], [4.5, 6.2], [7.9, 2.0], [0.1, 7.9]])
    pieces = Pieces(np.array([0.4, 0.3, 0.2, 0.1]), corner, 0 * corner, 0 * corner, np.zeros(4, dtype=bool))
    inside = np.ones((8, 8), dtype=bool)
    inside[:3, 5:] = False
    mean, square = moments(pieces, Drawing(inside, h, shape.power, shape.reach, per_event=per_event))
    centres = np.arange(8) + 0.5
    given = inside if per_event else None
    expected = twin.moments(corner[:, 0], corner[:, 1], pieces.mass, centres, centres, h, kernel, given)
    np.testing.assert_allclose(mean, expected[0], atol=1e-9)
    np.testing.assert_allclose(square, expected[1], atol=1e-9)


@pytest.mark.parametrize("per_event", [False, True])
def test_expectation_and_variance_equal_simulation(town, wards, per_event):
    lattice = Grid(WEST, SOUTH, 100, 20, 20)
    pieces, _ = pieces_of(wards, town, "population", lattice)
    drawing = Drawing(np.ones((20, 20), dtype=bool), 4.0, 2, 1.0, per_event=per_event)
    weights = np.tile([1.0, 2.0], 25)
    _, expected, variance = scales_of(*moments(pieces, drawing), weights, 0.6)
    maps = np.array([add_events(drawing, simulated_places(pieces, 50, draw=d, seed=1), weights) for d in range(1500)])
    error = np.sqrt(variance / len(maps))
    assert (np.abs(maps.mean(axis=0) - expected) < 5 * error + 0.01 * expected).all()
    # In the dense ward counts are many enough for the sample variance to be trusted.
    dense = np.s_[:10, :10]
    np.testing.assert_allclose(maps.var(axis=0)[dense], variance[dense], rtol=0.25)
    assert np.mean(maps.var(axis=0)[dense] / variance[dense]) == pytest.approx(1, abs=0.03)


def test_even_expectation_is_events_over_area(town, spread):
    result = significant_density(spread(60, 1), bandwidth=400, cell_size=100, within=town, simulations=19)
    middle = result.expected[8:12, 8:12]
    np.testing.assert_allclose(middle, 60 / 4, rtol=0.01)


def test_places_spread_evenly_and_keep_the_mass(town, wards):
    pieces, _ = pieces_of(wards, town, "population", Grid(WEST, SOUTH, 100, 20, 20))
    assert pieces.mass.sum() == pytest.approx(1)
    drawing = Drawing(np.ones((20, 20), dtype=bool), 4.0, 2, 1.0, per_event=False)
    for places, mass in [
        spread_places(pieces, drawing),
        (simulated_places(pieces, 20_000, draw=0, seed=0), np.full(20_000, 1 / 20_000)),
    ]:
        assert mass.sum() == pytest.approx(1)
        assert ((places >= 0) & (places <= 20)).all()
        ward = 2 * (places[:, 1] >= 10) + (places[:, 0] >= 10)
        held = np.bincount(ward, mass)
        np.testing.assert_allclose(held, wards["population"] / 10_000, atol=0.012)
        dense = places[ward == 0]
        np.testing.assert_allclose(dense.mean(axis=0), 5, atol=0.1)
        np.testing.assert_allclose(dense.var(axis=0), 100 / 12, rtol=0.04)


# What it finds


def test_a_planted_cluster_is_found_in_its_place(town, planted):
    result = significant_density(planted, bandwidth=300, cell_size=50, within=town, simulations=199)
    regions = result.areas()
    assert len(regions) == 1
    spot = shapely.Point(WEST + 1500, SOUTH + 500)
    assert regions.geometry.iloc[0].contains(spot)
    assert regions.geometry.iloc[0].centroid.distance(spot) < 60
    assert regions.geometry.iloc[0].within(spot.buffer(360))
    assert regions["p"].iloc[0] == 1 / 200
    assert 30 <= regions["n"].iloc[0] <= 36
    assert regions["peak"].iloc[0] == pytest.approx(np.nanmax(result.surface.density))
    assert regions["area_km2"].iloc[0] == pytest.approx(regions.area.iloc[0] / 1e6)
    assert regions["n"].iloc[0] == planted.within(regions.geometry.iloc[0]).sum()
    assert regions.index.tolist() == [1]
    assert regions.crs == planted.crs


def test_regions_are_ranked_by_their_peak(town, spread, incidents):
    rng = np.random.default_rng(2)
    x = np.r_[rng.uniform(0, 2000, 80), rng.normal(500, 40, 25), rng.normal(1500, 40, 40)]
    y = np.r_[rng.uniform(0, 2000, 80), rng.normal(500, 40, 25), rng.normal(1500, 40, 40)]
    result = significant_density(
        incidents(WEST + x, SOUTH + y), bandwidth=300, cell_size=50, within=town, simulations=99
    )
    regions = result.areas()
    assert len(regions) == 2
    assert regions["peak"].is_monotonic_decreasing
    assert regions.geometry.iloc[0].contains(shapely.Point(WEST + 1500, SOUTH + 1500))
    assert regions.geometry.is_valid.all()


def test_a_dense_population_is_not_a_hotspot(town, wards, incidents):
    rng = np.random.default_rng(4)
    ward = rng.choice(4, 200, p=wards["population"] / 10_000)
    x, y = WEST + 1000 * (ward % 2) + rng.uniform(0, 1000, 200), SOUTH + 1000 * (ward // 2) + rng.uniform(0, 1000, 200)
    events = incidents(x, y)
    options = {"bandwidth": 300, "cell_size": 100, "simulations": 199}
    even = significant_density(events, within=town, **options)
    people = significant_density(events, at_risk=wards, **options)
    assert even.significant[:10, :10].sum() > 40
    assert not people.significant.any()
    assert len(people.areas()) == 0
    # The same people as a surface, or as points.
    surface = kernel_density(events, bandwidth=300, cell_size=100, within=town)
    assert not significant_density(events, at_risk=surface, **options).significant.any()
    assert not significant_density(events, within=town, at_risk=events, **options).significant.any()


def test_a_cluster_where_few_live_is_found_by_population_only(wards, incidents):
    rng = np.random.default_rng(6)
    x = np.r_[rng.uniform(0, 1000, 270), rng.normal(1500, 80, 14)]
    y = np.r_[rng.uniform(0, 1000, 270), rng.normal(1500, 80, 14)]
    events = incidents(WEST + x, SOUTH + y)
    result = significant_density(events, at_risk=wards, bandwidth=300, cell_size=100, simulations=199)
    regions = result.areas()
    assert len(regions) == 1
    assert regions.geometry.iloc[0].contains(shapely.Point(WEST + 1500, SOUTH + 1500))


def test_needed_density_tells_significant_cells(town, planted):
    for edge in ["none", "uniform", "diggle"]:
        result = significant_density(planted, bandwidth=300, cell_size=100, within=town, edge=edge, simulations=99)
        np.testing.assert_array_equal(result.significant, result.surface.density > result.needed)
        np.testing.assert_array_equal(result.significant, result.excess > result.cutoff)


# What must not matter


def test_same_bytes_for_any_threads_and_order_of_rows(town, planted):
    options = {"bandwidth": 300, "cell_size": 100, "within": town, "simulations": 59, "seed": 7}
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        one = significant_density(planted, **options)
    finally:
        numba.set_num_threads(before)
    many = significant_density(planted.sample(frac=1, random_state=1), **options)
    assert one.p.tobytes() == many.p.tobytes()
    assert one.excess.tobytes() == many.excess.tobytes()
    assert one.cutoff == many.cutoff
    assert one.areas().equals(many.areas())
    assert significant_density(planted, **options | {"seed": 8}).cutoff != one.cutoff


def test_shift_of_everything_shifts_the_result(town, planted):
    options = {"bandwidth": 300, "cell_size": 100, "simulations": 59}
    here = significant_density(planted, within=town, **options)
    moved, ground = planted.copy(), town.copy()
    moved.geometry = planted.translate(7000, -3000)
    ground.geometry = town.translate(7000, -3000)
    there = significant_density(moved, within=ground, **options)
    np.testing.assert_array_equal(here.p, there.p)
    np.testing.assert_allclose(here.excess, there.excess, atol=1e-8)


def test_units_of_population_and_weight_do_not_matter(wards, planted):
    options = {"bandwidth": 300, "cell_size": 100, "simulations": 59}
    one = significant_density(planted, at_risk=wards, **options)
    thousands = wards.assign(residents=wards["population"] / 1000)
    other = significant_density(
        planted.assign(harm=4.0), at_risk=thousands, population="residents", weights="harm", **options
    )
    np.testing.assert_array_equal(one.p, other.p)
    np.testing.assert_allclose(other.expected, 4 * one.expected)


def test_uniform_correction_gives_the_p_of_none(town, planted):
    options = {"bandwidth": 400, "cell_size": 100, "within": town, "simulations": 59}
    none, uniform = (significant_density(planted, edge=edge, **options) for edge in ("none", "uniform"))
    np.testing.assert_array_equal(none.p, uniform.p)
    ratio = uniform.surface.density / none.surface.density
    np.testing.assert_allclose(uniform.expected / none.expected, ratio, rtol=1e-9)


def test_areas_in_pieces_are_one_boundary(town, wards, planted):
    options = {"bandwidth": 300, "cell_size": 100, "simulations": 39}
    whole = significant_density(planted, within=town, **options)
    equal = significant_density(planted, at_risk=wards.assign(population=[5, 5, 5, 5]), **options)
    # Other triangles, other draws: the same expectation and nearly the same cut-off.
    np.testing.assert_allclose(whole.expected, equal.expected, rtol=0.05)
    assert whole.cutoff == pytest.approx(equal.cutoff, abs=0.6)
    overlapping = pd.concat([town, town.assign(geometry=town.buffer(-400))])
    again = significant_density(planted, within=overlapping, **options)
    np.testing.assert_allclose(again.expected, whole.expected, rtol=0.05)


# Edges


def test_no_events_are_no_evidence(town, spread):
    with pytest.warns(HotspotWarning, match="0 event"):
        result = significant_density(spread(0, 0), bandwidth=300, cell_size=100, within=town, simulations=19)
    assert (result.p == 1).all()
    assert (result.expected == 0).all()
    assert len(result.areas()) == 0


def test_few_events_warn_and_hold_the_level(town, spread):
    with pytest.warns(HotspotWarning) as warned:
        result = significant_density(spread(3, 5), bandwidth=300, cell_size=100, within=town, simulations=19)
    assert any("3 event(s) can show little" in str(each.message) for each in warned)
    assert not result.significant.any()
    # Three on one spot are few, but more than chance puts there.
    spot = pd.concat([spread(3, 5).iloc[[0]]] * 3).set_axis(["a", "b", "c"])
    options = {"bandwidth": 100, "cell_size": 50, "within": town, "simulations": 99}
    assert quiet(spot, **options).significant.any()


def test_all_on_one_spot(town, incidents):
    events = incidents([WEST + 1010.0] * 60, [SOUTH + 1010.0] * 60)
    with pytest.warns(HotspotWarning) as warned:
        result = significant_density(events, bandwidth=300, cell_size=100, within=town, simulations=19)
    assert any("60 events lie on 1 places" in str(each.message) for each in warned)
    assert result.areas().contains(events.geometry.iloc[0]).tolist() == [True]
    # Chance that can put events nowhere else finds nothing, and does not warn of heaps.
    same = quiet(events, bandwidth=300, cell_size=100, within=town, at_risk=events, simulations=19)
    assert (same.p == 1).all()


def test_snap_points_as_null_do_not_take_snapping_for_clustering(town, incidents):
    rng = np.random.default_rng(9)
    snap = rng.uniform(0, 2000, (30, 2))
    which = rng.integers(0, 30, 300)
    events = incidents(WEST + snap[which, 0], SOUTH + snap[which, 1])
    points = incidents(WEST + snap[:, 0], SOUTH + snap[:, 1])
    options = {"bandwidth": 150, "cell_size": 50, "within": town, "simulations": 99}
    with pytest.warns(HotspotWarning, match="takes snapping for clustering"):
        even = significant_density(events, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        snapped = significant_density(events, at_risk=points, **options)
    assert even.significant.any()
    assert not snapped.significant.any()


def test_events_where_nobody_lives_are_named(wards, planted):
    empty = wards.assign(population=[5, 0, 5, 5])
    with pytest.warns(HotspotWarning, match="where the null puts none"):
        result = significant_density(planted, at_risk=empty, bandwidth=200, cell_size=100, simulations=19)
    assert result.areas().contains(shapely.Point(WEST + 1500, SOUTH + 500)).any()
    assert np.isfinite(result.excess).all()


def test_cells_outside_are_missing_and_an_odd_boundary_holds(bay, incidents):
    rng = np.random.default_rng(1)
    events = incidents(WEST + rng.uniform(0, 1000, 150), SOUTH + rng.uniform(0, 1000, 150))
    result = significant_density(events, bandwidth=200, cell_size=50, within=bay, simulations=39)
    outside = np.isnan(result.surface.density)
    assert outside.any()
    for field in (result.p, result.excess, result.expected, result.needed):
        np.testing.assert_array_equal(np.isnan(field), outside)
    assert (result.events[outside] == 0).all()
    assert result.events.sum() <= result.surface.n
    pieces, _ = pieces_of(None, bay, "population", Grid(WEST, SOUTH, 50, 20, 20))
    assert pieces.area.sum() * 2500 == pytest.approx(bay.area.sum())
    places = WEST + 50 * simulated_places(pieces, 500, draw=0, seed=0)[:, 0]
    rows = SOUTH + 50 * simulated_places(pieces, 500, draw=0, seed=0)[:, 1]
    assert shapely.covers(bay.geometry.iloc[0].buffer(0.01), shapely.points(places, rows)).all()


def test_population_is_clipped_by_the_boundary(wards):
    half = gpd.GeoDataFrame(geometry=[box(WEST, SOUTH, WEST + 1500, SOUTH + 2000)], crs=27700)
    pieces, words = pieces_of(wards, half, "population", Grid(WEST, SOUTH, 100, 20, 20))
    east = pieces.corner[:, 0] + (pieces.side_a + pieces.side_b)[:, 0] / 3 > 10
    assert pieces.mass[east].sum() == pytest.approx((100 + 250) / (9000 + 300 + 100 + 250))
    assert "population" in words


def test_record_says_what_was_chosen(town, planted):
    with recording() as notes:
        result = significant_density(planted, bandwidth=300, cell_size=100, within=town, simulations=99)
    facts = next(entry.facts for entry in notes if entry.step == "significant_density")
    assert facts["cells_tested"] == 400
    assert facts["cells_significant"] == result.significant.sum()
    assert facts["n"] == 150
    assert facts["simulations"] == 99
    assert "evenly" in facts["null"]
    assert facts["cutoff"] == result.cutoff


# Refusals


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"within": None}, ConfigError, "within: chance needs"),
        ({"bandwidth": 0}, ConfigError, "bandwidth"),
        ({"bandwidth": float("nan")}, ConfigError, "bandwidth"),
        ({"alpha": 1.0}, ConfigError, "alpha"),
        ({"alpha": 0}, ConfigError, "alpha"),
        ({"alpha": 0.01, "simulations": 98}, ConfigError, "at least 99"),
        ({"simulations": 0}, ConfigError, "simulations"),
        ({"simulations": 9.5}, ConfigError, "simulations"),
        ({"seed": -1}, ConfigError, "seed"),
        ({"kernel": "quadratic"}, ConfigError, "quartic"),
        ({"edge": "both"}, ConfigError, "edge"),
        ({"weights": "harm"}, ConfigError, "harm"),
        ({"at_risk": 5}, InputError, "at_risk: a int"),
    ],
)
def test_bad_options_are_refused(town, planted, change, error, match):
    options = {"bandwidth": 300, "cell_size": 100, "within": town, "simulations": 19} | change
    with pytest.raises(error, match=match):
        significant_density(planted, **options)


@pytest.mark.parametrize(
    ("people", "match"),
    [
        ([1, 2, None, 4], "1 of 4"),
        ([1, -2, 3, 4], "below 0 in 1"),
        ([0, 0, 0, 0], "adds up to 0"),
        (["1", "2", "3", "4"], "not numbers"),
    ],
)
def test_bad_populations_are_refused(wards, planted, people, match):
    with pytest.raises(InputError, match=match):
        significant_density(
            planted, bandwidth=300, cell_size=100, at_risk=wards.assign(population=people), simulations=19
        )


def test_bad_frames_are_refused(town, wards, planted):
    options = {"bandwidth": 300, "cell_size": 100, "simulations": 19}
    degrees = planted.to_crs(4326)
    with pytest.raises(CRSError, match="degrees"):
        significant_density(degrees, within=town.to_crs(4326), **options)
    with pytest.raises(CRSError, match="at_risk"):
        significant_density(planted, at_risk=wards.to_crs(32630), **options)
    with pytest.raises(InputError, match="residents"):
        significant_density(planted, at_risk=wards, population="residents", **options)
    mixed = pd.concat([wards[["geometry"]], planted[["geometry"]]])
    with pytest.raises(InputError, match="areas only, or points only"):
        significant_density(planted, at_risk=mixed, within=town, **options)
    bowtie = shapely.Polygon([(WEST, SOUTH), (WEST + 9, SOUTH + 9), (WEST + 9, SOUTH), (WEST, SOUTH + 9)])
    with pytest.raises(InputError, match="not valid"):
        significant_density(planted, within=gpd.GeoDataFrame(geometry=[bowtie], crs=27700), **options)
    far = planted.assign(geometry=planted.translate(90_000, 0))
    with pytest.raises(InputError, match="lies inside the boundary"):
        significant_density(planted, within=town, at_risk=far, **options)
    surface = kernel_density(planted.to_crs(32630), bandwidth=300)
    with pytest.raises(CRSError, match="at_risk"):
        significant_density(planted, within=town, at_risk=surface, **options)


# Real data


@pytest.mark.real_data
def test_memphis_robberies_by_even_and_by_population_null(real_data):
    folder = real_data / "memphis_sfhotspot"
    robberies = gpd.read_file(folder / "memphis_robberies.gpkg").to_crs(32616)
    robberies = robberies[["geometry"]].assign(source="police")
    precincts = gpd.read_file(folder / "memphis_precincts.gpkg").to_crs(32616)
    ground = gpd.GeoDataFrame(geometry=[shapely.make_valid(precincts.union_all())], crs=32616)
    people = gpd.read_file(folder / "memphis_population.gpkg").to_crs(32616)
    options = {"bandwidth": 1500, "cell_size": 250, "within": ground, "simulations": 199}
    even = significant_density(robberies, **options)
    with pytest.warns(HotspotWarning, match="where the null puts none"):
        lived = significant_density(robberies, at_risk=people, **options)
    assert even.surface.n == lived.surface.n > 2000
    found, left = even.significant, lived.significant
    # The even null finds where people are: it marks a good deal more, and not the same places.
    assert found.sum() > 1.15 * left.sum() > 0
    assert (left & ~found).any()
    assert (found & ~left).sum() > (left & ~found).sum()
    # Where people live explains a good part of the even null's excess.
    both = np.isfinite(even.p)
    assert np.corrcoef(lived.expected[both], even.surface.density[both])[0, 1] > 0.3
    assert lived.excess[both].max() < even.excess[both].max()


@pytest.mark.real_data
def test_camden_snap_points_look_like_clusters_to_all_but_the_null_that_knows_them(real_data):
    layers = real_data / "london_lsoa_layers"
    lsoa = gpd.read_file(layers / "census_geog" / "london-2011-lsoa-gen20.shp")
    people = pd.read_csv(layers / "population" / "london-mid2020-pop.csv").set_index("LSOA11CD")["Persons_All-Ages"]
    camden = lsoa[lsoa["LAD11NM"] == "Camden"].assign(population=lambda areas: areas["LSOA11CD"].map(people))
    crimes = pd.read_parquet(real_data / "police_uk_london_api" / "london_wards_crimes_2017.parquet")
    snap = crimes[["longitude", "latitude"]].dropna().drop_duplicates()
    place = gpd.points_from_xy(snap["longitude"], snap["latitude"], crs=4326)
    snap = gpd.GeoDataFrame({"source": "police"}, index=range(len(snap)), geometry=place).to_crs(27700)
    snap = snap[snap.within(camden.union_all())].reset_index(drop=True)
    assert len(snap) == 1408

    # Events without any pattern of their own, on the places the feed allows.
    which = np.random.default_rng(0).integers(0, len(snap), 1990)
    events = snap.iloc[which].reset_index(drop=True)
    options = {"bandwidth": 300, "cell_size": 50, "simulations": 199}
    even = quiet(events, within=camden, **options)
    lived = quiet(events, at_risk=camden, **options)
    known = quiet(events, within=camden, at_risk=snap, **options)
    assert even.significant.sum() > 400
    assert lived.significant.sum() > 400
    assert not known.significant.any()
