"""The owner of a point: one and only one, the same by tree and raster, the same as GEOS away from edges."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.owner import owner as twin
from scipy.spatial import Voronoi
from shapely import MultiPoint, Point, Polygon, box

from hotspot.errors import CRSError, InputError
from hotspot.geography import locate_in_areas
from hotspot.geography.index import RASTER_FROM, owners


def coverage(seed, number, scale, offset):
    """Cut a square into Voronoi cells with rounded corners; merge some into multipolygons with holes."""
    rng = np.random.default_rng(seed)
    centres = rng.random((number, 2))
    mirrored = [centres]
    for axis in (0, 1):
        for side in (0, 1):
            copy = centres.copy()
            copy[:, axis] = 2 * side - copy[:, axis]
            mirrored.append(copy)
    cells = Voronoi(np.vstack(mirrored))
    corners = (np.clip(cells.vertices, 0, 1) * scale + offset).round(2)
    shapes = np.array([Polygon(corners[cells.regions[cells.point_region[i]]]) for i in range(number)])
    if not (shapely.is_valid(shapes).all() and shapely.coverage_is_valid(shapes)):
        return None
    if seed % 3 == 0:
        chosen = rng.choice(number, max(2, number // 4), replace=False)
        shapes = np.append(np.delete(shapes, chosen), shapely.coverage_union_all(shapes[chosen]))
    return shapes


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    number=st.integers(4, 40),
    scale=st.sampled_from([50.0, 3_000.0, 80_000.0]),
    offset=st.sampled_from([0.0, 1e5, 5e5]),
)
def test_every_point_of_a_coverage_has_exactly_one_owner(seed, number, scale, offset):
    shapes = coverage(seed, number, scale, offset)
    if shapes is None:
        return
    rng = np.random.default_rng(seed + 1)
    corners = shapely.get_coordinates(shapes)
    places = np.vstack([
        rng.uniform(offset, offset + scale, (300, 2)),
        corners,
        (corners[1:] + corners[:-1]) / 2,
        rng.uniform(offset, offset + scale, (100, 2)).round(1),
    ])  # fmt: skip
    x, y = places.T.copy()
    by_tree, by_raster = owners(shapes, x, y, raster=False), owners(shapes, x, y, raster=True)
    np.testing.assert_array_equal(by_tree, by_raster)
    # exactly one: asked alone, one polygon says yes, and it is the one
    alone = np.array([owners(shapes[[i]], x, y, raster=False) == 0 for i in range(len(shapes))])
    within = shapely.contains_properly(box(*shapely.total_bounds(shapes)), shapely.points(x, y))
    assert (alone.sum(axis=0)[within] == 1).all()
    np.testing.assert_array_equal(alone.argmax(axis=0)[within], by_tree[within])
    # GEOS agrees wherever the point is not on an edge
    point, polygon = shapely.STRtree(shapes).query(shapely.points(x, y), predicate="within")
    clear = shapely.distance(shapely.points(x[point], y[point]), shapely.boundary(shapes[polygon])) > 1e-9 * (
        scale + offset
    )
    np.testing.assert_array_equal(by_tree[point[clear]], polygon[clear])


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6), raster=st.booleans())
def test_corners_on_whole_numbers_agree_with_exact_fractions(seed, raster):
    rng = np.random.default_rng(seed)
    shapes = []
    for _ in range(5):
        hull = MultiPoint(rng.integers(0, 9, (5, 2))).convex_hull
        if hull.geom_type == "Polygon":
            shapes.append(hull)
    x, y = (part.ravel().astype(float) / 2 for part in np.meshgrid(np.arange(-1, 18), np.arange(-1, 18)))
    if not shapes:
        return
    # on an edge that is crossed at a fraction that binary cannot hold, rounding may decide: look beside edges only
    expected = np.array([twin(a, b, shapes) for a, b in zip(x, y, strict=True)])
    found = owners(np.array(shapes), x, y, raster=raster)
    lines = shapely.union_all(shapely.boundary(shapes))
    clear = shapely.distance(shapely.points(x, y), lines) > 1e-12
    np.testing.assert_array_equal(found[clear], expected[clear])


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), number=st.integers(2, 12))
def test_where_areas_overlap_the_first_owns_the_point_by_both_paths(seed, number):
    rng = np.random.default_rng(seed)
    west, south = rng.uniform(0, 50, (2, number))
    width, height = rng.uniform(1, 50, (2, number))
    shapes = np.append(shapely.box(west, south, west + width, south + height), Point(50, 50).buffer(30))
    x, y = rng.uniform(0, 100, (2, 2_000))
    by_tree = owners(shapes, x, y, raster=False)
    np.testing.assert_array_equal(by_tree, owners(shapes, x, y, raster=True))
    inside = shapely.contains_xy(shapes[:, None], x, y)
    np.testing.assert_array_equal(by_tree, np.where(inside.any(axis=0), inside.argmax(axis=0), -1))


def test_squares_share_no_point(areas):
    edge = gpd.GeoDataFrame(
        geometry=[Point(531_000, 180_500), Point(530_500, 181_000), Point(531_000, 181_000)], crs=27700
    )
    assert locate_in_areas(edge, areas).to_list() == ["B", "C", "D"]
    backwards = locate_in_areas(edge, areas.iloc[::-1])
    assert backwards.to_list() == ["B", "C", "D"]


def test_the_outermost_right_and_top_edges_are_outside(areas):
    edge = gpd.GeoDataFrame(
        geometry=[Point(530_000, 180_000), Point(532_000, 181_500), Point(530_500, 182_000)], crs=27700
    )
    assert locate_in_areas(edge, areas).fillna("none").to_list() == ["A", "none", "none"]


def test_a_hole_and_what_is_in_it():
    ring = box(0, 0, 10, 10) - box(4, 4, 6, 6)
    areas = gpd.GeoDataFrame(index=["ring", "hole"], geometry=[ring, box(4, 4, 6, 6)], crs=27700)
    points = gpd.GeoDataFrame(geometry=[Point(1, 1), Point(5, 5), Point(4, 5), Point(6, 5)], crs=27700)
    assert locate_in_areas(points, areas).to_list() == ["ring", "hole", "hole", "ring"]


def test_missing_empty_and_endless_points_are_nowhere(areas):
    points = gpd.GeoDataFrame(
        geometry=[None, Point(), Point(1e300, 0), Point(-1e300, -1e300)], crs=27700, index=list("wxyz")
    )
    found = locate_in_areas(points, areas)
    assert found.isna().all()
    assert found.index.to_list() == list("wxyz")
    assert (found.name, found.dtype) == ("area_code", "str")
    x = np.array([np.nan, np.inf, -np.inf, 1e300])
    for raster in (False, True):
        assert (owners(areas.geometry.to_numpy(), x, x, raster=raster) == -1).all()
    assert locate_in_areas(points.iloc[:0], areas).empty


def test_big_jobs_take_the_raster_and_answer_the_same(areas):
    rng = np.random.default_rng(0)
    x, y = rng.uniform(529_900, 532_100, RASTER_FROM), rng.uniform(179_900, 182_100, RASTER_FROM)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs=27700)
    column, row = (x - 530_000) // 1000, (y - 180_000) // 1000
    expected = np.where((column >= 0) & (column < 2) & (row >= 0) & (row < 2), column + 2 * row, -1).astype(int)
    codes = np.array(["A", "B", "C", "D", None], dtype=object)[expected]
    pd.testing.assert_series_equal(locate_in_areas(points, areas), pd.Series(codes, name="area_code", dtype="str"))


def test_a_long_thin_layer_does_not_need_a_huge_raster():
    shapes = np.array([box(0, 0, 1e6, 1e-3), box(0, 1e-3, 1e6, 2e-3)])
    x, y = np.array([5.0, 999_999.0]), np.array([5e-4, 1.5e-3])
    assert owners(shapes, x, y, raster=True).tolist() == [0, 1]


def test_other_reference_systems_and_shapes_are_refused(areas):
    points = gpd.GeoDataFrame(geometry=[Point(0, 51)], crs=4326)
    with pytest.raises(CRSError, match="degrees"):
        locate_in_areas(points, areas)
    with pytest.raises(CRSError, match="same crs"):
        locate_in_areas(points.to_crs(32630), areas)
    with pytest.raises(CRSError, match="no coordinate"):
        locate_in_areas(points.set_crs(None, allow_override=True), areas)
    with pytest.raises(InputError, match=r"1 geometry.*no points"):
        locate_in_areas(areas.iloc[:1], areas)
    with pytest.raises(InputError, match="no polygons"):
        locate_in_areas(points.to_crs(27700), points.to_crs(27700))
    with pytest.raises(InputError, match="more than once"):
        locate_in_areas(points.to_crs(27700), pd.concat([areas, areas]))


@pytest.mark.real_data
def test_london_wards_own_points_as_geos_says(real_data):
    from hotspot.geography import read_areas

    wards = read_areas(str(real_data / "ew_boundaries_uk_geojson/wards/E09*.json"), code="WD13CD")
    shapes = wards.geometry.to_numpy()
    rng = np.random.default_rng(0)
    west, south, east, north = wards.total_bounds
    x, y = rng.uniform(west, east, 40_000), rng.uniform(south, north, 40_000)
    corners = shapely.get_coordinates(shapes)[::50]
    x, y = np.append(x, corners[:, 0]), np.append(y, corners[:, 1])
    by_tree = owners(shapes, x, y, raster=False)
    np.testing.assert_array_equal(by_tree, owners(shapes, x, y, raster=True))
    point, polygon = shapely.STRtree(shapes).query(shapely.points(x, y), predicate="within")
    np.testing.assert_array_equal(by_tree[point], polygon)
