"""The engines against their slow twin, and the truths that hold for every kernel."""

from __future__ import annotations

import math

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import kernel_density as twin
from scipy.integrate import quad

from hotspot.density.gaussian_boxes import gaussian_boxes
from hotspot.density.kernels import KERNELS
from hotspot.density.sweep import bell, gaussian, mass_inside, scatter, sweep

POLYNOMIAL = ["uniform", "epanechnikov", "quartic", "triweight"]
EXAMPLES = 4 if numba.config.DISABLE_JIT else 20


def by_row(x, y, weights, counts):
    order = np.lexsort((x, y))
    return x[order], y[order], weights[order], counts[order]


def run(engine, points, shape, h, kernel):
    """Run an engine in cells and give a density of unit mass per event."""
    x, y, weights, counts = by_row(*points)
    kind = KERNELS[kernel]
    found, support = engine(x, y, weights, counts, shape[1], shape[0], h, kind.power)
    return found * kind.scale / h**2, support


@pytest.mark.parametrize("name", KERNELS)
def test_each_kernel_integrates_to_one(name):
    kind = KERNELS[name]

    def ring(r):
        return 2 * math.pi * r * kind.scale / 9.0 * bell(r, 0.0, 3.0, kind.power, kind.reach)

    mass = quad(ring, 0, 3.0 * min(kind.reach, 7), epsabs=1e-13, epsrel=1e-13, limit=200)[0]
    assert mass == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", KERNELS)
def test_support_factor_gives_a_variance_of_one_along_each_axis(name):
    kind = KERNELS[name]
    h = kind.support_factor

    def second_moment(r):
        return math.pi * r**3 * kind.scale / h**2 * bell(r, 0.0, h, kind.power, kind.reach)

    assert quad(second_moment, 0, h * min(kind.reach, 7), limit=200)[0] == pytest.approx(1, abs=1e-8)


@st.composite
def scenes(draw):
    """Points on and off a quarter-cell raster (ties with the disc's rim are the hard case), in and around the grid."""
    n = draw(st.integers(0, 25))
    ny, nx = draw(st.integers(1, 14)), draw(st.integers(1, 40))
    quarter = st.integers(-40, 200).map(lambda k: k / 4)
    loose = st.floats(-8, 48, allow_nan=False)
    place = st.one_of(quarter, loose)
    x = np.array(draw(st.lists(place, min_size=n, max_size=n)), dtype=float)
    y = np.array(draw(st.lists(place, min_size=n, max_size=n)), dtype=float)
    weights = np.array(draw(st.lists(st.floats(0, 5), min_size=n, max_size=n)), dtype=float)
    h = draw(st.one_of(st.integers(1, 24).map(lambda k: k / 2), st.floats(0.6, 20)))
    return (x, y, weights, np.ones(n, np.int64)), (ny, nx), float(h)


@pytest.mark.parametrize("kernel", [*POLYNOMIAL, "triangular"])
@given(scene=scenes())
@settings(max_examples=EXAMPLES, deadline=None)
def test_sweep_and_scatter_equal_the_twin(kernel, scene):
    points, shape, h = scene
    x, y = np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5
    expected = twin.density(*points[:3], x, y, h, kernel)
    within = twin.support(*points[:2], x, y, h)
    peak = max(expected.max(), 1e-300)
    for engine in (scatter,) if kernel == "triangular" else (sweep, scatter):
        found, support = run(engine, points, shape, h, kernel)
        if kernel != "uniform":  # a step has no continuous value at the rim: the counts below are the test
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10 * peak)
        rim = rim_cells(points, x, y, h)
        np.testing.assert_array_equal(support[~rim], within[~rim])
        np.testing.assert_allclose(found[~rim], expected[~rim], rtol=0, atol=1e-10 * peak)


def rim_cells(points, x, y, h):
    """Mark cells whose centre lies on an event's rim to the last bits, where rounding alone decides."""
    px, py = points[:2]
    d2 = (x[None, :, None] - px) ** 2 + (y[:, None, None] - py) ** 2
    return (np.abs(d2 - h * h) < 1e-9 * h * h).any(axis=2)


def test_events_exactly_on_the_rim_are_within():
    points = (np.array([2.5]), np.array([0.5]), np.ones(1), np.ones(1, np.int64))
    for engine in (sweep, scatter):
        assert run(engine, points, (1, 6), 2.0, "uniform")[1].tolist() == [[1, 1, 1, 1, 1, 0]]


@pytest.mark.parametrize("kernel", POLYNOMIAL)
def test_rounding_does_not_grow_along_a_row(kernel):
    """Five hundred columns and a heavy event at the far left: what is carried along must not spoil the right."""
    rng = np.random.default_rng(3)
    x, y = rng.uniform(0, 500, 60), rng.uniform(0, 6, 60)
    weights = np.where(x < 20, 1e6, 1.0)
    points = (x, y, weights, np.ones(60, np.int64))
    expected = twin.density(x, y, weights, np.arange(500) + 0.5, np.arange(6) + 0.5, 15.0, kernel)
    found = run(sweep, points, (6, 500), 15.0, kernel)[0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11 * expected.max())
    right = slice(60, None)
    np.testing.assert_allclose(found[:, right], expected[:, right], rtol=0, atol=1e-10 * expected[:, right].max())


@pytest.mark.parametrize("kernel", POLYNOMIAL)
@given(scene=scenes(), seed=st.integers(0, 99))
@settings(max_examples=EXAMPLES, deadline=None)
def test_a_bandwidth_for_each_event_equals_the_twin(kernel, scene, seed):
    points, shape, h = scene
    points = by_row(*points)
    widths = h * np.random.default_rng(seed).choice([0.3, 0.7, 1.0, 1.9, 5.0], points[0].size)
    x, y = np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5
    kind = KERNELS[kernel]
    expected = twin.density(*points[:3], x, y, widths, kernel)
    weight = points[2] * kind.scale / widths**2
    for engine in (sweep, scatter):
        found, support = engine(points[0], points[1], weight, points[3], shape[1], shape[0], widths, kind.power)
        d2 = (x[None, :, None] - points[0]) ** 2 + (y[:, None, None] - points[1]) ** 2
        rim = (np.abs(d2 - widths**2) < 1e-9 * widths**2).any(axis=2)
        np.testing.assert_array_equal(support[~rim], (d2 <= widths**2).sum(axis=2)[~rim])
        np.testing.assert_allclose(found[~rim], expected[~rim], rtol=0, atol=1e-10 * max(expected.max(), 1e-300))


@given(scene=scenes())
@settings(max_examples=EXAMPLES, deadline=None)
def test_both_gaussian_engines_equal_the_twin_to_their_stated_bound(scene):
    points, shape, h = scene
    sigma = max(0.3, h / 5)
    x, y, weights, _ = by_row(*points)
    kind = KERNELS["gaussian"]
    expected = twin.density(x, y, weights, np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5, sigma, "gaussian")
    bound = (math.exp(-(kind.reach**2) / 2) + 3e-12) * weights.sum() * kind.scale / sigma**2
    for engine in (gaussian, gaussian_boxes):
        found = engine(x, y, weights, shape[1], shape[0], sigma, kind.reach) * kind.scale / sigma**2
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=bound)
        assert (found >= 0).all()


def test_the_series_of_the_boxes_ends_where_it_is_said_to():
    """The terms left out after the twelfth, at their worst distance, for an event in a box's corner."""
    t = np.linspace(0, 7.25, 2000)
    left_out = sum(np.exp(-t * t / 2) * (t / 4) ** k / math.factorial(k) for k in range(12, 60))
    assert left_out.max() < 1.05e-12
    rng = np.random.default_rng(12)
    x, y = rng.uniform(0, 16, 12), np.sort(rng.uniform(0, 9, 12))
    exact = gaussian(x, y, np.ones(12), 16, 9, 3.0, 12.0)
    found = gaussian_boxes(x, y, np.ones(12), 16, 9, 3.0, 12.0)
    np.testing.assert_allclose(found, exact, rtol=0, atol=2.1e-12 * 12)


@pytest.mark.parametrize("kernel", KERNELS)
def test_mass_inside_equals_the_twin(kernel):
    rng = np.random.default_rng(5)
    inside = rng.random((12, 15)) < 0.7
    inside[3:10, 4:12] = True
    x, y = rng.uniform(0, 15, 12), rng.uniform(0, 12, 12)
    kind = KERNELS[kernel]
    h = 1.1 if kernel == "gaussian" else 2.7
    found = mass_inside(x, y, inside, h, kind.power, kind.reach)
    expected = twin.share_inside(x, y, inside, np.arange(15) + 0.5, np.arange(12) + 0.5, h, kernel)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


def test_mass_inside_is_exactly_one_where_the_whole_disc_is_inside():
    inside = np.ones((20, 20), dtype=bool)
    assert mass_inside(np.array([9.3, 4.0]), np.array([10.1, 16.0]), inside, 3.9, 2, 1.0).tolist() == [1.0, 1.0]


@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="there are no threads without compilation")
@pytest.mark.parametrize("kernel", ["quartic", "gaussian"])
def test_any_number_of_threads_gives_the_same_bytes(kernel):
    rng = np.random.default_rng(6)
    points = by_row(rng.uniform(0, 200, 500), rng.uniform(0, 100, 500), rng.random(500), np.ones(500, np.int64))
    before = numba.get_num_threads()
    results = []
    try:
        for threads in sorted({1, before}):
            numba.set_num_threads(threads)
            if kernel == "gaussian":
                results.append(gaussian_boxes(*points[:3], 200, 100, 6.0, 7.0).tobytes())
            else:
                results.append(sweep(*points, 200, 100, 12.0, 2)[0].tobytes())
    finally:
        numba.set_num_threads(before)
    assert len(set(results)) == 1


@pytest.mark.parametrize("name", KERNELS)
def test_the_sum_over_cells_stays_within_its_bound_wherever_an_event_lies(name):
    kind = KERNELS[name]
    rng = np.random.default_rng(13)
    for h in (0.45, 0.8, 1.3) if kind.is_gaussian else (0.7, 1.0, 1.58, 2.5, 4.0, 7.3, 15.0, 29.0):
        cells = np.arange(-math.ceil(h * kind.reach) - 1, math.ceil(h * kind.reach) + 2.0)
        for dx, dy in [(0, 0), (0.5, 0.5), (0.5, 0), *rng.random((8, 2))]:
            heights = twin.height((cells - dx) ** 2 + (cells[:, None] - dy) ** 2, h, name)
            assert abs(heights.sum() - 1) <= kind.mass_bound(np.array(h))
