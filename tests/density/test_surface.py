"""What a surface can be turned into, and what it can be added to."""

from __future__ import annotations

import builtins
import dataclasses

import geopandas as gpd
import numpy as np
import pytest
import shapely
from reference import kernel_density as twin
from shapely.geometry import Point

from hotspot.density import Surface, kernel_density
from hotspot.errors import ComparabilityError, ConfigError, CRSError, InputError, OutputError


def surface_of(values, west=530_000.0, south=180_000.0, cell=100.0):
    values = np.asarray(values, dtype=float)
    ny, nx = values.shape
    x, y = west + cell * (np.arange(nx) + 0.5), south + cell * (np.arange(ny) + 0.5)
    return Surface(
        values, x, y, gpd.GeoSeries([], crs=27700).crs, "events per km²", "quartic", 300.0, cell, "none", 60,
        np.ones((ny, nx), np.int64), "police",
    )  # fmt: skip


@pytest.fixture
def parts(incidents):
    """Split 480 events into three parts."""
    rng = np.random.default_rng(30)
    points = incidents(rng.uniform(530_000, 531_000, 480), rng.uniform(180_000, 181_000, 480))
    return points, [points[:120], points[120:260], points[260:]]


@pytest.fixture
def city(incidents):
    """Place 250 events in a town."""
    rng = np.random.default_rng(32)
    return incidents(rng.normal(530_500, 220, 250), rng.normal(180_400, 180, 250))


@pytest.mark.parametrize("edge", ["none", "diggle", "uniform"])
@pytest.mark.parametrize("kernel", ["quartic", "triangular", "gaussian"])
def test_parts_add_up_to_the_whole(parts, bay, edge, kernel):
    points, split = parts
    options = {"bandwidth": 120, "cell_size": 25, "within": bay, "edge": edge, "kernel": kernel}
    whole = kernel_density(points, **options)
    first, second, third = (kernel_density(part, **options) for part in split)
    both = first + second + third
    np.testing.assert_allclose(both.density, whole.density, rtol=0, atol=1e-12 * np.nanmax(whole.density))
    np.testing.assert_array_equal(both.support, whole.support)
    assert (both.n, both.unit, both.name) == (whole.n, whole.unit, whole.name)
    left = whole - third
    assert left.unit == "difference in events per km²"
    np.testing.assert_allclose(left.density, (first + second).density, atol=1e-11 * np.nanmax(whole.density))


def test_a_difference_may_be_negative_and_names_both(parts):
    _, split = parts
    first = kernel_density(split[0], bandwidth=300, cell_size=50)
    other = kernel_density(split[2].assign(source="ed"), bandwidth=300, grid=(first.x, first.y))
    change = first - other
    assert change.density.min() < 0 < change.density.max()
    assert change.name == "police minus ed"
    assert change.n == 120 + 220
    np.testing.assert_array_equal(change.support, np.minimum(first.support, other.support))
    with pytest.raises(ComparabilityError, match="link the sources"):
        first + other
    with pytest.raises(TypeError):
        first + 1
    with pytest.raises(TypeError):
        first - 1


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"unit": "events per km² per year"}, "unit"),
        ({"kernel": "gaussian"}, "kernel"),
        ({"bandwidth": 301.0}, "bandwidth"),
        ({"edge": "diggle"}, "edge"),
        ({"adaptive": True}, "adaptive"),
        ({"x": np.array([1.0, 2.0])}, "grid"),
        ({"density": np.array([[1.0, np.nan], [3.0, 4.0]])}, "boundary"),
        ({"density": np.ones((3, 2)), "y": np.arange(3.0)}, "grid"),
        ({"crs": gpd.GeoSeries([], crs=32630).crs}, "reference system"),
    ],
)
def test_what_differs_is_named(change, named):
    one = surface_of([[1, 2], [3, 4]])
    other = dataclasses.replace(one, **change)
    for combine in (lambda: one + other, lambda: one - other):
        with pytest.raises(ComparabilityError, match=named):
            combine()
    if named == "adaptive":
        with pytest.raises(ComparabilityError, match="draw all of them at once"):
            other + other
    two = dataclasses.replace(one, unit="x", kernel="gaussian", bandwidth=5.0)
    with pytest.raises(ComparabilityError, match=r"unit .*; kernel .*; bandwidth"):
        one + two


def test_values_at_points_equal_the_twin(city, square):
    surface = kernel_density(city, bandwidth=200, cell_size=100, within=square)
    rng = np.random.default_rng(31)
    west, south, east, north = surface.bounds
    x, y = rng.uniform(west - 150, east + 150, 40), rng.uniform(south - 150, north + 150, 40)
    x[:10], y[:10] = np.round(x[:10], -2), np.round(y[:10], -2)
    places = gpd.GeoSeries([*gpd.points_from_xy(x, y), None, Point()], crs=27700, index=[f"p{i}" for i in range(42)])
    found = surface.at(places)
    assert found.index.equals(places.index)
    np.testing.assert_array_equal(found[:40], [twin.value_at(surface, place) for place in places[:40]])
    assert found[:40].isna().any()
    assert found[40:].isna().all()
    assert surface.at(places.to_frame("geometry").set_geometry("geometry")).equals(found)
    corner = gpd.GeoSeries([Point(west, south), Point(east, north)], crs=27700)
    assert surface.at(corner).isna().tolist() == [False, True]
    with pytest.raises(CRSError, match="surface is in"):
        surface.at(places.to_crs(32630))
    with pytest.raises(CRSError, match="no reference system"):
        surface.at(places.set_crs(None, allow_override=True))
    with pytest.raises(InputError, match="first in row 0"):
        surface.at(square)


def test_contours_of_a_ramp_lie_where_the_values_say():
    ramp = surface_of(np.tile(np.arange(10.0), (6, 1)))
    found = ramp.contours([6.5, 2.5, 0, 20])
    assert found.level.tolist() == [0, 2.5, 6.5, 20]
    # Values stand at cell centres: 2.5 is reached at the edge between the third and the fourth cell.
    np.testing.assert_allclose(found.area_km2, [0.6, 0.42, 0.18, 0], atol=1e-12)
    assert found.geometry.is_valid.all()
    np.testing.assert_allclose(found.total_bounds, ramp.bounds)
    assert found.geometry[3].is_empty
    flat = surface_of(np.full((3, 4), 5.0)).contours([5, 5.01])
    np.testing.assert_allclose(flat.area_km2, [0.12, 0], atol=1e-12)
    below = surface_of(-np.ones((3, 4))).contours([-2, -1, 0])
    np.testing.assert_allclose(below.area_km2, [0.12, 0.12, 0], atol=1e-12)


def test_contours_keep_holes_and_missing_cells():
    ring = np.full((7, 7), 10.0)
    ring[3, 3] = 0
    ring[0, :] = np.nan
    found = surface_of(ring).contours([5])
    polygon = found.geometry[0]
    assert polygon.geom_type == "MultiPolygon"
    assert sum(len(part.interiors) for part in polygon.geoms) == 1
    assert found.area_km2[0] == pytest.approx(0.42 - 0.005)
    assert found.total_bounds[1] == 180_100
    nothing = surface_of(np.full((3, 3), np.nan)).contours([1])
    assert nothing.area_km2.tolist() == [0]


def test_contours_of_events(city, bay):
    surface = kernel_density(city, bandwidth=200, cell_size=20, within=bay)
    levels = [50, 150, 300, 450]
    found = surface.contours(levels)
    assert found.geometry.is_valid.all()
    assert (found.geom_type == "MultiPolygon").all()
    for lower, higher in zip(found.geometry[:-1], found.geometry[1:], strict=True):
        assert higher.difference(lower).area < 1e-6 * higher.area + 1e-6
    xx, yy = np.meshgrid(surface.x, surface.y)
    for level, shape, area in zip(levels, found.geometry, found.area_km2, strict=True):
        above = surface.density >= level
        np.testing.assert_array_equal(shapely.intersects_xy(shape, xx, yy), above)
        assert area == pytest.approx(above.sum() * 400 / 1e6, rel=0.1)


@pytest.mark.parametrize("levels", [[], [1, np.nan], [1, 1], [np.inf], ["high"]])
def test_bad_levels_are_refused(levels):
    with pytest.raises(ConfigError, match="levels"):
        surface_of([[1, 2], [3, 4]]).contours(levels)


def test_xarray(city, square):
    pytest.importorskip("xarray")
    surface = kernel_density(city, bandwidth=200, cell_size=100, within=square)
    array = surface.to_xarray()
    assert array.dims == ("y", "x")
    np.testing.assert_array_equal(array.to_numpy(), surface.density)
    assert float(array.sel(x=530_540, y=180_540, method="nearest")) == surface.density[5, 5]
    assert array.attrs["crs"] == surface.crs.to_wkt()
    assert [array.attrs[k] for k in ("unit", "kernel", "bandwidth", "n", "edge")] == [
        "events per km²", "quartic", 200.0, surface.n, "diggle",
    ]  # fmt: skip
    array[0, 0] = -5
    assert surface.density[0, 0] != -5


def test_geotiff_reads_back(city, bay, tmp_path):
    rasterio = pytest.importorskip("rasterio")
    surface = kernel_density(city, bandwidth=200, cell_size=50, within=bay, kernel="triangular")
    path = tmp_path / "density.tif"
    path.write_text("old")
    surface.to_geotiff(path)
    assert [file.name for file in tmp_path.iterdir()] == ["density.tif"]
    with rasterio.open(path) as file:
        np.testing.assert_array_equal(file.read(1), surface.density[::-1])
        assert tuple(file.bounds) == surface.bounds
        assert file.crs.to_epsg() == 27700
        assert np.isnan(file.nodata)
        tags = file.tags()
        place = city.geometry.iloc[0]
        assert next(file.sample([(place.x, place.y)]))[0] == surface.at(city.geometry[:1]).iloc[0]
    assert tags["DISCLOSURE"] == "NOT DISCLOSURE-CONTROLLED"
    assert (tags["UNIT"], tags["KERNEL"], tags["BANDWIDTH"], tags["N"]) == (
        "events per km²", "triangular", "200.0", str(surface.n),
    )  # fmt: skip


def test_geotiff_is_whole_or_not_there(city, tmp_path, monkeypatch):
    rasterio = pytest.importorskip("rasterio")
    surface = kernel_density(city, bandwidth=200, cell_size=100)
    with pytest.raises(OutputError, match="no folder 'missing'"):
        surface.to_geotiff(tmp_path / "missing" / "density.tif")
    (tmp_path / "density.tif").write_text("old")

    def fail(*args, **options):
        raise rasterio.errors.RasterioIOError("disk full")

    monkeypatch.setattr(rasterio, "open", fail)
    with pytest.raises(OutputError, match="could not be written"):
        surface.to_geotiff(tmp_path / "density.tif")
    assert [file.name for file in tmp_path.iterdir()] == ["density.tif"]
    assert (tmp_path / "density.tif").read_text() == "old"


@pytest.mark.parametrize(("library", "method"), [("xarray", "to_xarray"), ("rasterio", "to_geotiff")])
def test_a_missing_extra_is_named(city, tmp_path, monkeypatch, library, method):
    surface = kernel_density(city, bandwidth=200, cell_size=100)
    real = builtins.__import__

    def without(name, *args, **options):
        if name.partition(".")[0] == library:
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r'pip install "violence-hotspot\[raster\]"'):
        getattr(surface, method)(*([tmp_path / "x.tif"] if method == "to_geotiff" else []))
