"""Neighbours: those of libpysal, in the order of the areas, rounding forgiven."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from libpysal.graph import Graph

from hotspot.errors import ConfigError, CRSError, HotspotWarning, InputError
from hotspot.geography import contiguity, nearest, within_distance
from hotspot.record import recording


@pytest.fixture
def board(lay):
    frame = lay([f"c{i:02d}" for i in range(30)], per_row=6).set_index("code")
    return frame.sample(frac=1, random_state=0)


@pytest.mark.parametrize("rook", [True, False])
def test_contiguity_is_that_of_libpysal(board, rook):
    graph = contiguity(board, rook=rook)
    pd.testing.assert_series_equal(
        graph.adjacency, Graph.build_contiguity(board, rook=rook).adjacency, check_dtype=False, check_index_type=False
    )
    assert graph.unique_ids.to_list() == board.index.to_list()
    assert graph.n_edges == (98 if rook else 178)


def test_vertices_that_differ_by_rounding_are_one(board):
    rng = np.random.default_rng(1)
    corners = shapely.get_coordinates(board.geometry.to_numpy()).reshape(-1, 5, 2)[:, :4]
    moved = corners + rng.uniform(-1e-5, 1e-5, corners.shape)
    noisy = board.set_geometry(gpd.GeoSeries(shapely.polygons(moved), index=board.index, crs=27700))
    for rook in (True, False):
        pd.testing.assert_series_equal(contiguity(noisy, rook=rook).adjacency, contiguity(board, rook=rook).adjacency)
    with pytest.warns(HotspotWarning, match="none of 30 areas"):
        contiguity(noisy, tolerance=0)


def test_islands_are_isolates_and_noted(board):
    apart = board.copy()
    apart.loc["c00", "geometry"] = shapely.box(0, 0, 1, 1)
    with recording() as notes:
        graph = contiguity(apart)
    assert graph.isolates.to_list() == ["c00"]
    assert notes[-1].facts["islands"] == 1
    assert notes[-1].facts["island_codes"] == ["c00"]
    assert graph.unique_ids.to_list() == apart.index.to_list()


def test_nearest_has_k_each_and_settles_ties_by_order(board):
    graph = nearest(board, 4)
    assert (graph.cardinalities == 4).all()
    tie = gpd.GeoDataFrame(
        index=list("abcde"),
        geometry=shapely.box([0, 2, -2, 0, 0], [0, 0, 0, 2, -2], [1, 3, -1, 1, 1], [1, 1, 1, 3, -1]),
        crs=27700,
    )
    assert nearest(tie, 2)["a"].index.to_list() == ["b", "c"]
    assert nearest(tie.iloc[::-1], 2)["a"].index.to_list() == ["e", "d"]


def test_areas_of_one_centroid_are_neighbours_of_each_other():
    rings = [shapely.Point(0, 0).buffer(r).difference(shapely.Point(0, 0).buffer(r - 1)) for r in (2, 4, 6)]
    areas = gpd.GeoDataFrame(index=list("abc"), geometry=rings, crs=27700)
    assert (nearest(areas, 2).cardinalities == 2).all()
    assert within_distance(areas, 1).n_edges == 6


def test_within_distance_counts_the_limit_in(board):
    assert within_distance(board, 1_000).n_edges == 98
    assert within_distance(board, 999).isolates.size == 30


def test_what_does_not_fit_is_refused(board):
    for k in (0, 30, 2.5, True):
        with pytest.raises(ConfigError, match="k:"):
            nearest(board, k)
    for distance in (0, -1, np.nan):
        with pytest.raises(ConfigError, match="distance"):
            within_distance(board, distance)
    with pytest.raises(ConfigError, match="tolerance"):
        contiguity(board, tolerance=-1)
    with pytest.raises(CRSError, match="degrees"):
        contiguity(board.to_crs(4326))
    with pytest.raises(InputError, match="more than once"):
        contiguity(pd.concat([board, board]))
    with pytest.raises(InputError, match="no polygon"):
        contiguity(board.set_geometry(board.centroid))


@pytest.mark.real_data
def test_london_wards_have_the_neighbours_of_the_reference(real_data):
    from hotspot.geography import read_areas

    table = real_data / "benchmarks_reference/londonwards_VAP1415_queen_localmoran.csv"
    reference = pd.read_csv(table, index_col="id")
    wards = read_areas(str(real_data / "ew_boundaries_uk_geojson/wards/E09*.json"), code="WD13CD")
    graph = contiguity(wards.loc[reference.index])
    assert graph.unique_ids.to_list() == reference.index.to_list()
    np.testing.assert_array_equal(graph.cardinalities, reference["n_nb"])


@pytest.mark.real_data
def test_surrey_areas_whose_edges_differ_by_rounding_have_neighbours(real_data):
    from hotspot.geography import read_areas

    with pytest.warns(HotspotWarning, match="2 invalid"):
        areas = read_areas(str(real_data / "ew_boundaries_uk_geojson/lsoa/E070002*.json"), code="LSOA11CD")
    graph = contiguity(areas)
    assert graph.n_edges == 2 * 2_008
    assert graph.isolates.empty
