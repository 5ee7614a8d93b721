"""Bandwidths: published values, slow twins, relations, and what is refused or said."""

from __future__ import annotations

import math

import geopandas as gpd
import numba
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import bandwidth as twin
from shapely.geometry import Point, Polygon, box

from hotspot.density import kernel_density
from hotspot.density.bandwidth_rules import robust_spread
from hotspot.density.bandwidth_selection import Bandwidth, bandwidth
from hotspot.density.cross_validation import (
    area_misfit,
    gaussian_sums,
    least_squares,
    mean_square_error,
    minus_likelihood,
    nearest_gaps,
    rows_of,
    search,
    share_inside,
    spots_of,
)
from hotspot.errors import ConfigError, CRSError, HotspotWarning
from hotspot.record import recording

RULES = ["silverman", "scott", "ratcliffe", "nearest"]
SEARCHES = ["lscv", "likelihood", "diggle", "cvl"]
COMPILED = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="too many pairs to loop over without compilation")


def facts_of(notes):
    return next(note.facts for note in notes if note.step == "bandwidth")


def sample(n=60, seed=3, scale=250.0):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(0, scale, n), rng.normal(0, scale, n)
    x[n // 2 :] += 4 * scale
    return np.round(530_000 + x, 2), np.round(180_000 + y, 2)


@st.composite
def spots(draw):
    places = draw(st.sets(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=3, max_size=9))
    x, y = (np.array(axis, dtype=float) for axis in zip(*sorted(places), strict=True))
    w = np.array([draw(st.integers(1, 4)) for _ in x], dtype=float)
    return x, y, w


@given(spots(), st.floats(40, 400))
@settings(max_examples=40, deadline=None)
def test_criteria_equal_the_twins(made, sigma):
    x, y, w = made
    found = spots_of(x, y, w)
    rows = rows_of(found, 0)
    gaps = nearest_gaps(found, rows)

    def sums(steps, cut=60.0):
        widest = sigma * math.sqrt(steps)
        return gaussian_sums(found.x, found.y, found.weight, rows, gaps, widest, steps, cut)

    score = least_squares(found, rows, gaps, sums(2), sigma)
    assert score == pytest.approx(twin.least_squares(x, y, w, sigma), rel=1e-9, abs=1e-16)
    score = minus_likelihood(found, rows, gaps, sums(1), sigma)
    assert score == pytest.approx(twin.minus_likelihood(x, y, w, sigma), rel=1e-9)
    score = area_misfit(found, rows, gaps, sums(1), sigma, 160_000.0)
    assert score == pytest.approx(twin.area_misfit(x, y, w, sigma, 160_000.0), rel=1e-8, abs=1e-12)


@given(st.lists(st.integers(1, 4), min_size=3, max_size=9))
@settings(max_examples=15, deadline=None)
def test_mean_square_error_equals_the_twin(weights):
    w = np.array(weights, dtype=float)
    along = np.arange(w.size) ** 2.0
    found = spots_of(3 * along, 4 * along, w)
    radii = np.linspace(0, 80, 3201)
    error = mean_square_error(found, rows_of(found, 0), np.empty((0, 4)), radii)
    for h in (4, 11, 23, 37):
        expected = twin.mean_square_error(found.x, found.y, found.weight, float(h))
        # The overlap is taken at the middle of a bin, at most half a step of 0.025 m off; it changes by 2h per metre.
        assert error[40 * h - 1] == pytest.approx(expected, rel=1e-9, abs=2 * h * 0.013 / (math.pi * h**2) ** 2)


def test_one_pass_gives_every_standard_deviation():
    found = spots_of(*sample(), np.ones(60))
    rows = rows_of(found, 0)
    gaps = nearest_gaps(found, rows)
    together = gaussian_sums(found.x, found.y, found.weight, rows, gaps, 800.0, 9, 60.0)
    for k in range(9):
        alone = gaussian_sums(found.x, found.y, found.weight, rows, gaps, 800 / 2 ** (k / 2), 1, 60.0)
        np.testing.assert_allclose(together[:, k], alone[:, 0], rtol=1e-11)


def test_share_of_a_circle_inside_a_boundary():
    square = np.array([[0, 0, 10, 0], [10, 0, 10, 10], [10, 10, 0, 10], [0, 10, 0, 0]], dtype=float)
    assert share_inside(5, 5, 16.0, square) == 1
    assert share_inside(0.0, 5, 16.0, square) == pytest.approx(0.5)
    assert share_inside(1e-9, 1e-9, 9.0, square) == pytest.approx(0.25, abs=1e-6)
    hole = np.array([[4, 4, 4, 6], [4, 6, 6, 6], [6, 6, 6, 4], [6, 4, 4, 4]], dtype=float)
    angles = (np.arange(20_000) + 0.5) * np.pi / 10_000
    px, py = 2 + 3 * np.cos(angles), 5 + 3 * np.sin(angles)
    inside = shapely.contains_xy(Polygon(square[:, :2], [hole[:, :2]]), px, py).mean()
    assert share_inside(2, 5, 9.0, np.vstack([square, hole])) == pytest.approx(inside, abs=2e-4)


def test_silverman_is_what_kernel_density_takes(incidents):
    points = incidents(*sample())
    for kernel in ("quartic", "gaussian", "uniform"):
        with recording() as notes:
            kernel_density(points, kernel=kernel, cell_size=100)
        taken = next(note.facts["bandwidth_m"] for note in notes if note.step == "kernel_density")
        assert round(bandwidth(points, kernel=kernel).radius) == taken


def test_rules_by_hand(incidents):
    x, y = sample()
    points = incidents(x, y)
    spread = math.sqrt((x.var(ddof=1) + y.var(ddof=1)) / 2)
    assert bandwidth(points).standard_deviation == pytest.approx(spread * 60 ** (-1 / 6))
    robust = [min(a.std(ddof=1), np.subtract(*np.percentile(a, [75, 25])) / 1.34) for a in (x, y)]
    by_hand = math.sqrt((robust[0] ** 2 + robust[1] ** 2) / 2) * 60 ** (-1 / 6)
    assert bandwidth(points, method="scott").standard_deviation == pytest.approx(by_hand)
    side = min(np.ptp(x), np.ptp(y))
    assert bandwidth(points, method="ratcliffe").radius == pytest.approx(side / 30)
    block = gpd.GeoDataFrame(geometry=[box(520_000, 170_000, 550_000, 185_000)], crs=27700)
    assert bandwidth(points, method="ratcliffe", within=block).radius == pytest.approx(500)
    for k in (1, 7):
        radius = bandwidth(points, method="nearest", neighbours=k).radius
        assert radius == pytest.approx(twin.mean_neighbour(x, y, k))


def test_far_places_widen_the_plain_rule_but_not_the_robust_one(incidents):
    rng = np.random.default_rng(2)
    x, y = 530_000 + rng.normal(0, 300, 200), 180_000 + rng.normal(0, 300, 200)
    near = bandwidth(incidents(x, y), method="scott").radius
    x[0] += 90_000
    assert bandwidth(incidents(x, y), method="scott").radius == pytest.approx(near, rel=0.05)
    assert bandwidth(incidents(x, y), method="silverman").radius > 5 * near


def test_neighbours_on_one_spot_are_no_distance_away(incidents):
    x, y = np.repeat([530_000.0, 530_100.0, 530_300.0], [3, 1, 2]), np.full(6, 180_000.0)
    with pytest.warns(HotspotWarning, match="83% of the events share"):
        found = bandwidth(incidents(x, y), method="nearest", neighbours=2)
    assert found.radius == pytest.approx(twin.mean_neighbour(x, y, 2))
    with pytest.warns(HotspotWarning, match="share"), pytest.raises(ConfigError, match="distance is 0"):
        bandwidth(incidents(x[[0, 0, 4, 4]], y[:4]), method="nearest", neighbours=1)


@pytest.mark.parametrize("method", RULES + SEARCHES)
def test_twice_as_far_apart_is_twice_the_bandwidth(incidents, method):
    x, y = sample()
    once, twice = bandwidth(incidents(x, y), method=method), bandwidth(incidents(2 * x, 2 * y), method=method)
    moved = bandwidth(incidents(x + 7_000, y - 3_000), method=method)
    turned = bandwidth(incidents(x[::-1], y[::-1]), method=method)
    assert twice.radius == pytest.approx(2 * once.radius, rel=2e-3)
    assert moved.radius == pytest.approx(once.radius, rel=2e-3)
    assert turned.radius == pytest.approx(once.radius, rel=1e-12)
    assert once.n == 60


@pytest.mark.parametrize("method", RULES + SEARCHES)
def test_one_smoothing_for_every_kernel(incidents, method):
    points = incidents(*sample())
    quartic, gaussian = bandwidth(points, method=method), bandwidth(points, method=method, kernel="gaussian")
    assert gaussian.radius == gaussian.standard_deviation == quartic.standard_deviation
    assert quartic.radius == pytest.approx(math.sqrt(8) * quartic.standard_deviation)
    assert quartic.for_kernel("gaussian") == quartic.standard_deviation
    assert gaussian.for_kernel("quartic") == pytest.approx(quartic.radius)
    assert gaussian.for_kernel("epanechnikov") == pytest.approx(math.sqrt(6) * quartic.standard_deviation)
    with pytest.raises(ConfigError, match="kernel"):
        quartic.for_kernel("quadric")


@pytest.mark.parametrize("method", ["lscv", "likelihood", "cvl"])
def test_no_bandwidth_scores_better_than_the_chosen(incidents, method):
    x, y = sample()
    chosen = bandwidth(incidents(x, y), method=method).standard_deviation
    area = shapely.MultiPoint(np.column_stack([x, y])).convex_hull.area

    def score(sigma):
        extra = (area,) if method == "cvl" else ()
        names = {"lscv": "least_squares", "likelihood": "minus_likelihood", "cvl": "area_misfit"}
        return getattr(twin, names[method])(x, y, np.ones(60), sigma, *extra)

    best = score(chosen)
    assert all(best <= score(sigma) + 1e-9 * abs(best) for sigma in np.geomspace(30, 1000, 25))


@COMPILED
def test_least_squares_finds_about_the_best_for_a_normal_hill(incidents):
    rng = np.random.default_rng(11)
    found = [bandwidth(incidents(*rng.normal(0, 1000, (2, 800))), method="lscv").standard_deviation for _ in range(5)]
    # For a normal hill of spread s the best for the mean integrated squared error is s n^(-1/6).
    assert np.median(found) == pytest.approx(1000 * 800 ** (-1 / 6), rel=0.25)


def test_a_stack_is_left_out_whole(incidents):
    x, y = sample()
    alone = bandwidth(incidents(x, y), method="likelihood").radius
    with pytest.warns(HotspotWarning, match="left out together"):
        twins = bandwidth(incidents(np.repeat(x, 2), np.repeat(y, 2)), method="likelihood")
    # Twins neither foretell each other nor pull the bandwidth to 0.
    assert twins.radius == pytest.approx(alone, rel=1e-6)
    assert twins.n == 120


def test_weights_count_like_events(incidents):
    x, y = sample(20)
    weights = np.arange(20) % 3 + 1.0
    heavy = bandwidth(incidents(x, y, w=weights), method="lscv", weights="w").radius
    many = incidents(np.repeat(x, weights.astype(int)), np.repeat(y, weights.astype(int)))
    with pytest.warns(HotspotWarning):
        assert bandwidth(many, method="lscv").radius == pytest.approx(heavy, rel=5e-3)
    nothing = incidents(np.append(x, 600_000), np.append(y, 300_000), w=np.append(weights, 0))
    assert bandwidth(nothing, method="lscv", weights="w").radius == pytest.approx(heavy)


def test_the_end_of_the_range_is_said(incidents):
    points = incidents(*sample())
    with pytest.warns(HotspotWarning, match="upper end"):
        found = bandwidth(points, method="likelihood", between=(50, 100))
    assert found.radius == pytest.approx(100, rel=1e-3)
    assert "at the upper end" in found.why
    with pytest.warns(HotspotWarning, match="lower end"), recording() as notes:
        assert bandwidth(points, method="lscv", between=(3000, 9000)).radius == pytest.approx(3000, rel=1e-3)
    assert facts_of(notes)["at_end"] == "lower"


def test_what_was_done_is_noted(incidents, square):
    points = incidents([*(530_000 + 37.0 * np.arange(20)), 900_000], [*(180_000 + 29.0 * np.arange(20)), 180_000])
    with recording() as notes:
        chosen = bandwidth(points, method="diggle", within=square)
    facts = facts_of(notes)
    assert facts["left_out"]["outside the boundary"] == 1
    assert (facts["n"], facts["method"], facts["edge"], facts["radius_m"]) == (20, "diggle", "isotropic", chosen.radius)
    assert isinstance(chosen, Bandwidth)
    assert "searched over radii from" in chosen.why


def test_a_sample_of_spots_is_seeded_and_all_spots_still_count():
    rng = np.random.default_rng(5)
    found = spots_of(*rng.normal(0, 1000, (2, 1500)), np.ones(1500))
    assert rows_of(found, 0, 1000).tolist() == rows_of(found, 0, 1000).tolist() != rows_of(found, 1, 1000).tolist()
    rows = rows_of(found, 0, 1000)
    assert rows.size == 1000
    assert rows_of(found, 0).size == 1500


@COMPILED
def test_a_sample_of_spots_finds_nearly_the_same():
    rng = np.random.default_rng(5)
    hills = rng.uniform(0, 9000, (2, 6))[:, rng.integers(0, 6, 1500)]
    found = spots_of(*(hills + rng.normal(0, 300, (2, 1500))), np.ones(1500))
    for criterion in (least_squares, minus_likelihood):
        whole = search(found, rows_of(found, 0), 20.0, 2000.0, criterion)
        assert search(found, rows_of(found, 0, 1000), 20.0, 2000.0, criterion) == pytest.approx(whole, rel=0.1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "lcsv"}, "Did you mean 'lscv'"),
        ({"kernel": "quart"}, "kernel"),
        ({"neighbours": 0}, "neighbours"),
        ({"neighbours": True}, "neighbours"),
        ({"method": "nearest", "neighbours": 60}, "Ask for fewer"),
        ({"between": (10, 20)}, "does not search"),
        ({"method": "lscv", "between": (20, 10)}, "not below"),
        ({"method": "lscv", "between": (-1, 10)}, "above 0"),
        ({"method": "lscv", "between": 10}, "two radii"),
        ({"seed": -1}, "seed"),
    ],
)
def test_options_without_meaning_are_refused(incidents, options, message):
    with pytest.raises(ConfigError, match=message):
        bandwidth(incidents(*sample()), **options)


@pytest.mark.parametrize("method", RULES + SEARCHES)
def test_one_place_has_no_bandwidth(incidents, method):
    for n in (0, 1, 5):
        with pytest.raises(ConfigError, match="at least 2 distinct"):
            bandwidth(incidents([530_000.0] * n, [180_000.0] * n), method=method)


def test_degrees_are_refused(incidents, square):
    points = incidents(*sample())
    with pytest.raises(CRSError):
        bandwidth(points.to_crs(4326))
    with pytest.raises(CRSError):
        bandwidth(points, within=square.to_crs(32630))


@pytest.mark.parametrize("method", ["ratcliffe", "cvl", "diggle"])
def test_a_line_has_no_extent(incidents, method):
    points = incidents(530_000 + np.arange(10.0) ** 2, [180_000.0] * 10)
    with pytest.raises(ConfigError, match="on a line"):
        bandwidth(points, method=method)


@pytest.fixture(scope="module")
def cardiff(real_data):
    folder = real_data / "benchmarks_point_pattern" / "csv"
    points, corners = (pd.read_csv(folder / f"cardiff_juvenile_{name}.csv") for name in ("points", "poly"))
    place = [Point(x, y) for x, y in points.to_numpy()]
    window = gpd.GeoDataFrame(geometry=[Polygon(corners.to_numpy())], crs=27700)
    return gpd.GeoDataFrame({"source": "police"}, index=range(len(place)), geometry=place, crs=27700), window


@pytest.mark.real_data
def test_diggle_equals_spatstat_to_the_last_printed_digit(cardiff):
    points, window = cardiff
    assert bandwidth(points, method="diggle", within=window).standard_deviation == pytest.approx(2.627593, abs=5e-7)


@pytest.mark.real_data
def test_likelihood_equals_spatstat_on_its_grid(cardiff):
    points, window = cardiff
    place = points.get_coordinates().to_numpy()
    d = twin.distances(*place.T)
    # Its 16 bandwidths reach from the least distance to half the diameter of the window.
    corners = np.asarray(window.geometry.iloc[0].convex_hull.exterior.coords)
    tried = np.geomspace(d[d > 0].min(), twin.distances(*corners.T).max() / 2, 16)
    scores = []
    found = spots_of(*place.T, np.ones(len(place)))
    rows = rows_of(found, 0)
    gaps = nearest_gaps(found, rows)
    for sigma in tried:
        sums = gaussian_sums(found.x, found.y, found.weight, rows, gaps, sigma, 1, 6.0)
        scores.append(minus_likelihood(found, rows, gaps, sums, sigma))
    assert tried[int(np.argmin(scores))] == pytest.approx(3.1786, abs=5e-5)
    # Between grid points (43 % apart) the optimum is 3 % wider.
    assert bandwidth(points, method="likelihood").standard_deviation == pytest.approx(3.1786, rel=0.05)


@pytest.mark.real_data
def test_normal_rule_equals_spatstat_along_each_axis(cardiff):
    points, _ = cardiff
    found = bandwidth(points, method="silverman").standard_deviation
    assert found == pytest.approx(math.sqrt((8.635183**2 + 10.553222**2) / 2), abs=1e-6)


@pytest.mark.real_data
def test_robust_spread_gives_the_known_memphis_bandwidth(real_data):
    points = pd.read_csv(real_data / "memphis_reference" / "ref_memphis_robberies_32616.csv")
    n = len(points)
    known = {"x": 5588.362854, "y": 5950.642892}
    for axis, value in known.items():
        # R's bandwidth.nrd is four times a one-dimensional standard deviation.
        spread = robust_spread(points[axis].to_numpy(), np.ones(n))
        assert 4 * 1.06 * spread * n ** (-1 / 5) == pytest.approx(value, abs=1e-6)


@COMPILED
@pytest.mark.real_data
def test_selectors_on_memphis_robberies(real_data):
    points = pd.read_csv(real_data / "memphis_reference" / "ref_memphis_robberies_32616.csv")
    place = gpd.points_from_xy(points["x"], points["y"])
    robberies = gpd.GeoDataFrame({"source": "police"}, index=range(len(points)), geometry=place, crs=32616)
    with pytest.warns(HotspotWarning, match="27% of the events share their spot"):
        found = {method: bandwidth(robberies, method=method).radius for method in RULES + SEARCHES}
    kept = {"silverman": 4980.1, "scott": 4980.1, "ratcliffe": 961.4, "nearest": 960.9}
    kept |= {"lscv": 588.6, "likelihood": 1045.4, "diggle": 419.1, "cvl": 9410.6}
    assert found == pytest.approx(kept, rel=1e-3)


@COMPILED
@pytest.mark.real_data
def test_snapped_police_records_are_said_and_do_not_end_at_zero(real_data):
    month = next((real_data / "police_uk_surrey").rglob("2021-06-surrey-street.csv"))
    rows = pd.read_csv(month).query("`Crime type` == 'Violence and sexual offences' and Longitude.notna()")
    place = gpd.points_from_xy(rows["Longitude"], rows["Latitude"], crs=4326)
    violence = gpd.GeoDataFrame({"source": "police"}, index=range(len(rows)), geometry=place).to_crs(27700)
    for method in ("lscv", "diggle"):
        with pytest.warns(HotspotWarning, match="share their spot"):
            found = bandwidth(violence, method=method)
        # Neighbouring snap points are some 100 m apart; nothing below that is in the data.
        assert 250 < found.radius < 5000
