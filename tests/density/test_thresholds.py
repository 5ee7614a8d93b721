"""Thresholds and the outlines they draw: exact cuts, valid polygons, honest ratios."""

from __future__ import annotations

import time

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pyproj import CRS

from hotspot.density import Surface, kernel_density
from hotspot.density.outlines import group_cells, outline_groups
from hotspot.density.thresholds import dense_areas
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.record import recording


def make_surface(density, cell_size=100.0):
    density = np.asarray(density, dtype=float)
    ny, nx = density.shape
    return Surface(
        density=density,
        x=530_000 + (np.arange(nx) + 0.5) * cell_size,
        y=180_000 + (np.arange(ny) + 0.5) * cell_size,
        crs=CRS.from_epsg(27700),
        unit="events per km²",
        kernel="quartic",
        bandwidth=500.0,
        cell_size=cell_size,
        edge="none",
        n=100,
        support=np.zeros((ny, nx), np.int64),
        name="police",
    )


def outline(chosen, **grid):
    numbers, groups = group_cells(chosen)
    return numbers, outline_groups(numbers, groups, **({"west": 0.0, "south": 0.0, "cell_size": 1.0} | grid))


# Outlines


@settings(deadline=None, max_examples=150)
@given(arrays.arrays(bool, arrays.array_shapes(min_dims=2, max_dims=2, max_side=9)))
def test_outlines_are_the_union_of_the_cells(chosen):
    numbers, polygons = outline(chosen)
    assert shapely.is_valid(polygons).all()
    assert shapely.is_ccw(shapely.get_exterior_ring(polygons)).all()
    for number, polygon in enumerate(polygons, start=1):
        row, column = np.nonzero(numbers == number)
        cells = shapely.union_all(shapely.box(column, row, column + 1, row + 1))
        assert shapely.equals(polygon, cells)
        # Corners only where the outline turns.
        assert shapely.get_num_coordinates(polygon) == shapely.get_num_coordinates(shapely.simplify(polygon, 0))
    assert shapely.MultiPolygon(list(polygons)).is_valid


def test_a_ring_that_meets_itself_at_a_corner_has_a_hole():
    chosen = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 0]], dtype=bool)
    (polygon,) = outline(chosen)[1]
    assert polygon.area == 7
    assert len(polygon.interiors) == 1
    assert polygon.is_valid


def test_outlines_lie_on_cell_edges():
    (polygon,) = outline(np.ones((2, 3), dtype=bool), west=530_000.0, south=180_000.0, cell_size=50.0)[1]
    assert polygon.equals(shapely.box(530_000, 180_000, 530_150, 180_100))
    assert shapely.get_num_coordinates(polygon) == 5
    assert outline(np.zeros((2, 3), dtype=bool))[1].size == 0


def test_a_million_cells_are_drawn_quickly():
    chosen = np.random.default_rng(0).random((1000, 1000)) < 0.55
    outline(chosen[:5, :5])  # compile
    start = time.perf_counter()
    polygons = outline(chosen)[1]
    assert time.perf_counter() - start < 10
    assert shapely.area(polygons).sum() == chosen.sum()


# Cuts


def test_multiples_of_the_mean_above_zero():
    density = np.zeros((4, 5))
    density[1, 1:4] = [1.0, 2.0, 9.0]  # mean of what is above 0: 4
    areas = dense_areas(make_surface(density), multiples=[0.5, 2], top_share=None)
    assert areas["label"].tolist() == ["2 x mean", "0.5 x mean"]
    assert areas["threshold"].tolist() == [8.0, 2.0]
    assert areas["area_km2"].tolist() == pytest.approx([0.01, 0.02])
    assert areas["share_of_area"].tolist() == pytest.approx([1 / 20, 2 / 20])
    assert areas["events"].tolist() == pytest.approx([0.09, 0.11])
    assert areas["share_of_events"].tolist() == pytest.approx([9 / 12, 11 / 12])
    assert areas["pai"].tolist() == pytest.approx([15, 11 / 12 * 10])
    assert areas["regions"].tolist() == [1, 1]
    assert areas.index.tolist() == [1, 2]
    assert areas.index.name == "rank"
    assert areas.crs.to_epsg() == 27700
    assert areas.geometry.iloc[0].equals(shapely.box(530_300, 180_100, 530_400, 180_200))


def test_top_share_takes_the_densest_cells():
    density = np.random.default_rng(1).permutation(np.arange(1.0, 101.0)).reshape(10, 10)
    areas = dense_areas(make_surface(density), multiples=None, top_share=[0.01, 0.07, 0.5, 1.0])
    assert areas["threshold"].tolist() == [100, 94, 51, 1]
    assert areas["share_of_area"].tolist() == pytest.approx([0.01, 0.07, 0.5, 1])
    assert areas["pai"].iloc[-1] == pytest.approx(1)
    assert areas["label"].tolist() == ["top 1 %", "top 7 %", "top 50 %", "top 100 %"]
    # Missing cells are no area.
    density[:5] = np.nan
    half = dense_areas(make_surface(density), multiples=None, top_share=[0.1])
    assert half["area_km2"].iloc[0] == pytest.approx(0.05)
    assert half["share_of_area"].iloc[0] == pytest.approx(0.1)


def test_ties_at_the_cut_are_left_out_together():
    density = np.ones((1, 10))
    density[0, :1] = 3
    density[0, 1:4] = 2
    areas = dense_areas(make_surface(density), multiples=None, top_share=[0.1, 0.3, 0.4])
    assert areas["share_of_area"].tolist() == pytest.approx([0.1, 0.1, 0.4])
    with pytest.warns(HotspotWarning, match="no cell is in top 50 %"):
        flat = dense_areas(make_surface(np.ones((1, 10))), multiples=None, top_share=[0.5])
    assert flat["regions"].tolist() == [0]
    assert flat.geometry.iloc[0].is_empty
    assert np.isnan(flat["pai"].iloc[0])
    assert np.isnan(flat["threshold"].iloc[0])


def test_an_empty_surface_has_no_dense_areas():
    with pytest.warns(HotspotWarning, match="3 x mean"):
        areas = dense_areas(make_surface(np.zeros((3, 3))))
    assert (areas["regions"] == 0).all()
    assert (areas["events"] == 0).all()
    assert areas[["threshold", "share_of_events", "pai"]].isna().all(axis=None)
    assert len(areas) == 5


@settings(deadline=None, max_examples=60)
@given(
    arrays.arrays(
        float,
        arrays.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=8),
        elements=st.one_of(st.integers(0, 5).map(float), st.just(np.nan)),
    ).filter(lambda density: np.nansum(density) > 0)
)
@pytest.mark.filterwarnings("ignore::hotspot.errors.HotspotWarning")
def test_areas_are_nested_and_add_up(density):
    surface = make_surface(density)
    areas = dense_areas(surface, multiples=(0.1, 1, 2), top_share=(0.1, 0.5, 1.0))
    assert areas["area_km2"].is_monotonic_increasing
    assert areas["events"].is_monotonic_increasing
    np.testing.assert_allclose(areas.area / 1e6, areas["area_km2"])
    assert areas.is_valid.all()
    row, _ = np.nonzero(density > 0)
    assert areas["area_km2"].iloc[-1] == pytest.approx(row.size * 0.01)
    assert areas["events"].iloc[-1] == pytest.approx(surface.total)
    for share, area in zip([0.1, 0.5, 1.0], [f"top {s} %" for s in (10, 50, 100)], strict=True):
        assert areas.set_index("label").loc[area, "share_of_area"] <= share + 1e-12
    for inner, outer in zip(areas.geometry[:-1], areas.geometry[1:], strict=True):
        assert inner.is_empty or shapely.area(shapely.difference(inner, outer)) == 0


def test_densities_scale_and_areas_stay(city):
    surface = kernel_density(city, bandwidth=200, cell_size=50)
    double = make_surface(2 * surface.density, 50.0)
    one, two = dense_areas(surface), dense_areas(double)
    np.testing.assert_allclose(two["threshold"], 2 * one["threshold"])
    np.testing.assert_allclose(two["pai"], one["pai"])
    np.testing.assert_allclose(two["area_km2"], one["area_km2"])


def test_record_says_what_was_chosen(city):
    with recording() as notes:
        areas = dense_areas(kernel_density(city, bandwidth=200, cell_size=50))
    facts = next(entry.facts for entry in notes if entry.step == "dense_areas")
    assert list(facts["thresholds"]) == areas["label"].tolist()
    assert list(facts["thresholds"].values()) == areas["threshold"].tolist()
    assert facts["unit"] == "events per km²"


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"multiples": None, "top_share": None}, "both are empty"),
        ({"multiples": [], "top_share": []}, "both are empty"),
        ({"multiples": [0]}, "multiples: 0"),
        ({"multiples": [-3]}, "multiples"),
        ({"multiples": [float("nan")]}, "multiples"),
        ({"multiples": ["3"]}, "multiples"),
        ({"multiples": [True]}, "multiples"),
        ({"top_share": [1.5]}, "at most 1"),
        ({"top_share": [0]}, "top_share"),
    ],
)
def test_bad_thresholds_are_refused(options, match):
    with pytest.raises(ConfigError, match=match):
        dense_areas(make_surface([[1.0, 2.0]]), **options)


def test_what_is_not_a_density_is_refused():
    with pytest.raises(InputError, match="GeoDataFrame is not a Surface"):
        dense_areas(gpd.GeoDataFrame(geometry=[], crs=27700))
    with pytest.raises(InputError, match=r"1 cell.s. are below 0"):
        dense_areas(make_surface([[1.0, -2.0]]))


def test_repeats_are_one_row():
    areas = dense_areas(make_surface([[1.0, 2.0, 6.0]]), multiples=[2, 2.0], top_share=None)
    assert areas["label"].tolist() == ["2 x mean"]
