"""Adaptive bandwidths: Abramson's law on exact places, drawn exactly."""

from __future__ import annotations

import numba
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import kernel_density as twin

from hotspot.density import kernel_density
from hotspot.density.adaptive import pilot_density, pilot_work, square_root_law
from hotspot.density.engines import Spots
from hotspot.density.kernels import KERNELS
from hotspot.density.work import refuse_if_too_many_pairs
from hotspot.errors import ConfigError, HotspotWarning
from hotspot.record import recording

EXAMPLES = 5 if numba.config.DISABLE_JIT else 25


def spots(x, y, weight):
    return Spots(np.asarray(x), np.asarray(y), np.asarray(weight), np.ones(len(x), np.int64))


@pytest.mark.parametrize("kernel", KERNELS)
@given(
    place=st.lists(st.tuples(st.floats(-500, 500), st.floats(-300, 300)), min_size=1, max_size=25),
    h=st.floats(5, 400),
    seed=st.integers(0, 99),
)
@settings(max_examples=EXAMPLES, deadline=None)
def test_bandwidths_equal_the_twin(kernel, place, h, seed):
    x, y = np.array(place).T
    weight = np.random.default_rng(seed).uniform(0.1, 3, x.size)
    pilot = pilot_density(spots(x, y, weight), h, KERNELS[kernel])
    found = square_root_law(pilot, weight, h)
    if kernel != "uniform" or not on_a_rim(x, y, h):
        np.testing.assert_allclose(found, twin.square_root_widths(x, y, weight, h, kernel), rtol=1e-7)
    assert (found <= 5 * h).all()
    near = np.hypot(x - x[:, None], y - y[:, None]) <= h
    assert pilot_work(spots(x, y, weight), h) >= near.sum() * (1 - 1e-9)


def on_a_rim(x, y, h):
    """Tell whether rounding alone decides if one event is within reach of another."""
    d = np.hypot(x - x[:, None], y - y[:, None])
    return bool((np.abs(d - h) < 1e-9 * h).any())


def test_the_geometric_mean_is_the_bandwidth_asked_for():
    rng = np.random.default_rng(20)
    pilot, weight = rng.lognormal(0, 0.8, 500), rng.uniform(0, 2, 500)
    widths = square_root_law(pilot, weight, 250.0)
    assert widths.max() < 5 * 250
    assert np.exp(np.average(np.log(widths), weights=weight)) == pytest.approx(250)
    assert np.ptp(widths * np.sqrt(pilot)) < 1e-9
    np.testing.assert_allclose(square_root_law(pilot * 7, weight, 250.0), widths)


def test_widths_are_trimmed_and_empty_places_take_the_widest():
    widths = square_root_law(np.array([1e6, 1e6, 1e6, 1e-6, 0.0]), np.array([1.0, 1, 1, 1, 0]), 10.0)
    assert widths[3:].tolist() == [50.0, 50.0]
    assert square_root_law(np.zeros(2), np.zeros(2), 10.0).tolist() == [10.0, 10.0]


def drawn(city, **options):
    with recording() as notes:
        surface = kernel_density(city, adaptive=True, **options)
    return surface, next(note.facts for note in notes if note.step == "kernel_density")


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("weighted", [False, True])
def test_surface_equals_the_twin(city, kernel, weighted):
    h = 150.0 if kernel == "gaussian" else 210.0
    grid = (np.arange(529_900, 531_200, 50), np.arange(180_000, 181_000, 50))
    weights = pd.Series(np.linspace(0.2, 2, 60) if weighted else 1.0, index=city.index)
    surface, facts = drawn(city, bandwidth=h, grid=grid, kernel=kernel, weights=weights)
    px, py = city.geometry.x.to_numpy(), city.geometry.y.to_numpy()
    widths = twin.square_root_widths(px, py, weights.to_numpy(), h, kernel)
    expected = twin.density(px, py, weights.to_numpy(), surface.x, surface.y, widths, kernel) * 1e6
    np.testing.assert_allclose(surface.density, expected, rtol=0, atol=1e-9 * expected.max())
    assert (surface.adaptive, surface.bandwidth) == (True, h)
    assert facts["adaptive"]["least_m"] == pytest.approx(widths.min())
    assert facts["adaptive"]["most_m"] == pytest.approx(widths.max())
    if kernel == "quartic":
        d2 = (px - surface.x[:, None]) ** 2 + (py - surface.y[:, None, None]) ** 2
        np.testing.assert_array_equal(surface.support, (d2 <= widths**2).sum(axis=2))


@pytest.mark.parametrize("kernel", ["quartic", "triangular", "gaussian"])
def test_total_is_conserved_with_and_without_a_boundary(incidents, bay, kernel):
    rng = np.random.default_rng(21)
    points = incidents(rng.normal(530_500, 150, 120), rng.normal(180_250, 80, 120))
    h = 40 if kernel == "gaussian" else 120
    plain, facts = drawn(points, bandwidth=h, cell_size=10, kernel=kernel)
    assert plain.total == pytest.approx(120, rel=2e-3)
    assert facts["mass_error"] == pytest.approx(plain.total / 120 - 1, abs=1e-12)
    inside = points.intersects(bay.union_all()).sum()
    bounded, _ = drawn(points, bandwidth=h, cell_size=10, kernel=kernel, within=bay)
    assert bounded.total == pytest.approx(inside, rel=2e-3)


def test_the_pilot_is_corrected_at_the_boundary(incidents, square):
    """Evenly spread events have even bandwidths, at the boundary too."""
    axis = np.arange(20, 1000, 40.0)
    x, y = (a.ravel() for a in np.meshgrid(530_000 + axis, 180_000 + axis))
    _, facts = drawn(incidents(x, y), bandwidth=150, cell_size=20, within=square)
    assert facts["adaptive"]["most_m"] / facts["adaptive"]["least_m"] < 1.05
    _, plain = drawn(incidents(x, y), bandwidth=150, cell_size=20, within=square, edge="none")
    assert plain["adaptive"]["most_m"] / plain["adaptive"]["least_m"] > 1.5


def test_relations(city):
    once, _ = drawn(city, bandwidth=200, cell_size=50)
    mixed, _ = drawn(city.sample(frac=1, random_state=2), bandwidth=200, cell_size=50)
    assert mixed.density.tobytes() == once.density.tobytes()
    double, _ = drawn(city, bandwidth=200, cell_size=50, weights=pd.Series(2.0, index=city.index))
    np.testing.assert_allclose(double.density, 2 * once.density, rtol=1e-12, atol=1e-9 * once.density.max())
    moved, _ = drawn(city.set_geometry(city.translate(500, -1000)), bandwidth=200, cell_size=50)
    np.testing.assert_allclose(moved.density, once.density, rtol=0, atol=1e-8 * once.density.max())


def test_uniform_edge_is_refused_and_coarse_cells_are_said(city, incidents, square):
    with pytest.raises(ConfigError, match=r"edge='diggle'"):
        kernel_density(city, bandwidth=200, adaptive=True, within=square, edge="uniform")
    rng = np.random.default_rng(22)
    clustered = incidents(
        np.append(rng.normal(530_000, 4, 80), rng.uniform(529_000, 531_000, 40)), rng.normal(180_000, 300, 120)
    )
    with pytest.warns(HotspotWarning, match=r"% of the events have an adaptive bandwidth below 1.5 cells"):
        kernel_density(clustered, bandwidth=100, cell_size=60, adaptive=True)
    with pytest.warns(HotspotWarning, match="only 0"):
        empty = kernel_density(city[:0], bandwidth=200, adaptive=True, grid=(np.arange(5.0), np.arange(5.0)))
    assert empty.total == 0
    with pytest.raises(ConfigError, match=r"adaptive: .* pairs"):
        refuse_if_too_many_pairs(1e13, KERNELS["quartic"])
