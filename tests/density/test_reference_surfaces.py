"""Values that other programs computed, on data everybody has."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import Polygon, box

from hotspot.density import kernel_density
from hotspot.density.kernels import KERNELS
from hotspot.density.sweep import mass_inside

pytestmark = pytest.mark.real_data


def frame(x, y, crs=27700):
    return gpd.GeoDataFrame({"source": "police"}, index=range(len(x)), geometry=gpd.points_from_xy(x, y), crs=crs)


@pytest.fixture(scope="module")
def memphis(real_data):
    points = pd.read_csv(real_data / "memphis_reference" / "ref_memphis_robberies_32616.csv")
    return frame(points["x"], points["y"], 32616), pd.read_csv(
        real_data / "memphis_reference" / "ref_sfhotspot_memphis_500m.csv"
    )


def at_cells(surface, reference):
    column = np.rint((reference["x"] - surface.x[0]) / 500).astype(int)
    row = np.rint((reference["y"] - surface.y[0]) / 500).astype(int)
    np.testing.assert_allclose(surface.x[column], reference["x"], atol=1e-6)
    return surface.density[row, column]


def test_memphis_robberies(memphis):
    """The independent tool gives the plain sum of (1 - d²/h²)², not divided by the kernel's mass."""
    points, reference = memphis
    grid = (
        np.arange(reference["x"].min(), reference["x"].max() + 250, 500),
        np.arange(reference["y"].min(), reference["y"].max() + 250, 500),
    )
    surface = kernel_density(points, bandwidth=1000, grid=grid)
    raw = at_cells(surface, reference) / 1e6 * np.pi * 1000**2 / 3
    np.testing.assert_allclose(raw, reference["kde1000"], rtol=1e-8, atol=1e-11)
    assert raw.max() == pytest.approx(45.3931472084, rel=1e-10)
    top = reference.loc[raw.argmax()]
    assert (top["x"], top["y"]) == pytest.approx((233953.2405, 3882740.386), abs=1e-3)
    assert raw.sum() == pytest.approx(9395.042309, rel=1e-9)
    assert at_cells(surface, reference).sum() * 0.25 == pytest.approx(2242.90, abs=0.01)
    flat = kernel_density(points, bandwidth=1000, grid=grid, kernel="epanechnikov")
    assert at_cells(flat, reference).sum() * 0.25 == pytest.approx(2241.48, abs=0.01)
    assert surface.n == 2245


@pytest.fixture(scope="module")
def redwood(real_data):
    """Sixty-two seedlings in the unit square, drawn as one square kilometre."""
    points = pd.read_csv(real_data / "benchmarks_point_pattern" / "csv" / "spatstat_redwood.csv")
    return frame(1000 * points["x"], 1000 * points["y"])


def at(points, x, y, **options):
    """Draw a surface of a single cell, centred where the value is wanted."""
    return kernel_density(points, grid=([1000 * x], [1000 * y]), cell_size=10, **options).density[0, 0]


@pytest.mark.parametrize(
    ("kernel", "bandwidth", "expected"),
    [
        ("gaussian", 100, [47.5415397519, 70.2471634231, 69.4896602193]),
        ("epanechnikov", 244.948974278, [42.5827892184, 50.292962017, 49.3734001236]),
    ],
)
def test_redwood_at_the_first_three_seedlings(redwood, kernel, bandwidth, expected):
    places = redwood.geometry[:3]
    found = [at(redwood, p.x / 1000, p.y / 1000, bandwidth=bandwidth, kernel=kernel) for p in places]
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("x", "y", "gaussian", "quartic"),
    [
        (0.5, -0.5, 53.7072522272506, 54.3337070784633),
        (0.25, -0.25, 20.9407303611196, 24.0972023102663),
        (0.75, -0.75, 24.6732062737702, 26.4250488885387),
        (0.02, -0.02, 0.0547261629216, 0.0),
    ],
)
def test_redwood_elsewhere(redwood, x, y, gaussian, quartic):
    assert at(redwood, x, y, bandwidth=100, kernel="gaussian") == pytest.approx(gaussian, rel=1e-9)
    assert at(redwood, x, y, bandwidth=100 * np.sqrt(8)) == pytest.approx(quartic, rel=1e-9, abs=1e-12)


def test_redwood_with_diggles_correction(redwood):
    """
    The boundary's share is a sum over cells of 4 m (sigma / 25): exact to about 1e-4 here.

    The seedlings stand on cell corners, so the surface is interpolated there by a cubic in both directions.
    """
    square = gpd.GeoDataFrame(geometry=[box(0, -1000, 1000, 0)], crs=27700)
    surface = kernel_density(redwood, bandwidth=100, cell_size=4, within=square, kernel="gaussian")
    cubic = np.array([-1, 9, 9, -1]) / 16
    expected = [57.7179333963, 83.8925675213, 82.6993095555]
    for place, value in zip(redwood.geometry[:3], expected, strict=True):
        i, j = round(place.x / 4), round((place.y + 1000) / 4)
        found = cubic @ surface.density[j - 2 : j + 2, i - 2 : i + 2] @ cubic
        assert found == pytest.approx(value, rel=1e-4)
    assert surface.total == pytest.approx(62, rel=1e-9)


@pytest.mark.parametrize(
    ("x", "y", "plain"),
    [(0.5, -0.5, 53.7072522272506), (0.25, -0.25, 20.9407303611196), (0.75, -0.75, 24.6732062737702)],
)
def test_redwood_with_the_uniform_correction(redwood, x, y, plain):
    """Each cell is divided by the share of its kernel inside the square, which has a closed form."""
    from scipy.stats import norm

    square = gpd.GeoDataFrame(geometry=[box(0, -1000, 1000, 0)], crs=27700)
    axis = np.arange(0, 1001, 10.0)  # the places asked for are centres of cells
    surface = kernel_density(
        redwood, bandwidth=100, grid=(axis, axis - 1000), within=square, kernel="gaussian", edge="uniform"
    )
    share = np.prod([norm.cdf((1 - a) / 0.1) - norm.cdf(-a / 0.1) for a in (x, -y)])
    assert surface.at(gpd.GeoSeries([shapely.Point(1000 * x, 1000 * y)], crs=27700))[0] == pytest.approx(
        plain / share, rel=2e-3
    )


def test_cardiff_juveniles(real_data):
    """
    Plain values exactly; the share inside a rugged boundary as far as the other program tells it.

    It looks the share up in the nearest pixel of a raster (128 a side), so single values are off by a few per cent.
    """
    reference = pd.read_csv(real_data / "benchmarks_reference" / "cardiff_juvenile_kde_at_points.csv")[:60]
    everybody = pd.read_csv(real_data / "benchmarks_point_pattern" / "csv" / "cardiff_juvenile_points.csv")
    outline = pd.read_csv(real_data / "benchmarks_point_pattern" / "csv" / "cardiff_juvenile_poly.csv")
    points = frame(1000 * everybody["x"], 1000 * everybody["y"])
    plain = np.array([at(points, x, y, bandwidth=8000, kernel="gaussian") for x, y in reference[["x", "y"]].to_numpy()])
    np.testing.assert_allclose(plain, reference["kde_sigma8_noedge"], rtol=1e-9)

    cell = 1.0
    xx, yy = np.meshgrid(np.arange(0, 110, cell) + cell / 2, np.arange(0, 110, cell) + cell / 2)
    inside = shapely.intersects_xy(Polygon(outline.to_numpy()), xx, yy)
    share = mass_inside(
        *(reference[c].to_numpy() / cell for c in "xy"), inside, 8 / cell, -1, KERNELS["gaussian"].reach
    )
    error = np.abs(plain / share / reference["kde_sigma8_edge"] - 1)
    assert error.median() < 0.01
    assert error.max() < 0.06

    # The same by the public way: the corrected surface, read at the points, on cells of 500 m.
    window = gpd.GeoDataFrame(geometry=[Polygon(1000 * outline.to_numpy())], crs=27700)
    surface = kernel_density(points, bandwidth=8000, cell_size=500, within=window, kernel="gaussian", edge="uniform")
    found = surface.at(gpd.GeoSeries(gpd.points_from_xy(1000 * reference["x"], 1000 * reference["y"]), crs=27700))
    error = np.abs(found / reference["kde_sigma8_edge"] - 1)
    assert error.median() < 0.02
    assert np.nanmax(error) < 0.1
    total = kernel_density(points, bandwidth=8000, cell_size=500, within=window, kernel="gaussian").total
    assert total == pytest.approx(len(points), rel=1e-6)
