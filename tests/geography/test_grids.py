"""Grids: a fixed origin, stable codes, no gap and no overlap."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from hotspot.errors import ConfigError, CRSError, InputError
from hotspot.geography import contiguity, hexagon_grid, locate_in_areas, square_grid
from hotspot.record import recording

GRIDS = [square_grid, hexagon_grid]


def area(shape):
    return gpd.GeoDataFrame(index=["A"], geometry=[shape], crs=27700)


@pytest.mark.parametrize("grid", GRIDS)
@settings(deadline=None, max_examples=15)
@given(x=st.floats(-1e5, 6e5), y=st.floats(-1e5, 1e6), size=st.sampled_from([1.0, 37.5, 1000 / 3]))
def test_cells_cover_the_areas_once(grid, x, y, size):
    shape = Point(x, y).buffer(5 * size).difference(Point(x, y).buffer(2 * size))
    cells = grid(area(shape), size)
    assert cells["area_m2"].sum() == pytest.approx(shape.area, rel=1e-9)
    assert cells.geometry.union_all().symmetric_difference(shape).area < 1e-6 * shape.area
    assert cells.index.is_unique
    assert (cells["area_m2"] > 0).all()


@pytest.mark.parametrize(("grid", "full"), [(square_grid, 1.0), (hexagon_grid, np.sqrt(3) / 2)])
def test_cells_are_the_same_in_every_study(grid, full):
    here, there = grid(area(box(0, 0, 3_000, 3_000)), 250), grid(area(box(1_000, 1_000, 9_000, 4_000)), 250)
    common = here.index.intersection(there.index)
    whole = [code for code in common if here.area[code] == pytest.approx(full * 250**2) == there.area[code]]
    assert len(whole) > 40
    assert shapely.equals(here.geometry[whole].to_numpy(), there.geometry[whole].to_numpy()).all()


@pytest.mark.parametrize(("grid", "neighbours"), [(square_grid, 8), (hexagon_grid, 6)])
def test_inner_cells_share_their_corners(grid, neighbours):
    cells = grid(area(box(530_001, 180_001, 532_000, 182_000)), 1000 / 7)
    graph = contiguity(cells, tolerance=0)
    assert graph.cardinalities.max() == neighbours
    assert (graph.cardinalities == neighbours).sum() > 50


@pytest.mark.parametrize("grid", GRIDS)
def test_every_point_has_one_cell(grid):
    cells = grid(area(box(0, 0, 1_000, 1_000)), 100)
    x, y = (part.ravel() for part in np.meshgrid(np.arange(0, 1_000, 25.0), np.arange(0, 1_000, 25.0)))
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs=27700)
    assert locate_in_areas(points, cells).notna().all()


def test_codes_name_column_and_row():
    cells = square_grid(area(box(-10, -10, 10, 10)), 0.5 * 80)
    assert set(cells.index) == {"S40_-1_-1", "S40_0_-1", "S40_-1_0", "S40_0_0"}
    with recording() as notes:
        square_grid(area(box(0, 0, 15, 10)), 10)
    assert notes[-1].facts == {"cell_size_m": 10.0, "cells": 2, "clipped": 1, "area_m2": 150.0}


@pytest.mark.parametrize("grid", GRIDS)
def test_what_does_not_fit_is_refused(grid):
    with pytest.raises(ConfigError, match="cell_size"):
        grid(area(box(0, 0, 9, 9)), 0)
    with pytest.raises(ConfigError, match="at least"):
        grid(area(box(0, 0, 500_000, 500_000)), 10)
    with pytest.raises(CRSError, match="degrees"):
        grid(area(box(0, 50, 1, 51)).set_crs(4326, allow_override=True), 10)
    with pytest.raises(InputError, match="none"):
        grid(area(box(0, 0, 1, 1)).iloc[:0], 10)
