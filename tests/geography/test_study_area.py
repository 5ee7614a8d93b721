"""Beyond the edge: neighbours outside are used, then dropped, and the edge is not cold."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from hotspot.clusters import local_moran
from hotspot.density import kernel_density
from hotspot.errors import ConfigError, CRSError, InputError
from hotspot.geography import buffer_study_area, contiguity, study_boundary
from hotspot.record import recording


def lattice(side, size=100):
    codes = [f"r{row}c{column}" for row in range(side) for column in range(side)]
    shapes = [
        box(column * size, row * size, (column + 1) * size, (row + 1) * size)
        for row in range(side)
        for column in range(side)
    ]
    return gpd.GeoDataFrame(index=codes, geometry=shapes, crs=27700)


def test_areas_within_the_distance_are_added_after_those_under_study():
    everywhere = lattice(5)
    study = everywhere.loc[["r2c2", "r2c1"]]
    with recording() as notes:
        wide = buffer_study_area(study, 50, within=everywhere)
    assert wide.index[:2].to_list() == ["r2c2", "r2c1"]
    assert wide["in_study"].to_list() == [True, True] + [False] * 10
    assert wide.index[2:].to_list() == [
        f"r{r}c{c}" for r in (1, 2, 3) for c in range(4) if (r, c) not in {(2, 1), (2, 2)}
    ]
    assert notes[-1].facts == {"distance_m": 50.0, "in_study": 2, "around": 10, "all_areas": 25}
    assert wide.crs == everywhere.crs
    assert "in_study" not in everywhere


@given(st.integers(0, 35), st.floats(1, 400))
@settings(max_examples=40, deadline=None)
def test_the_distance_is_that_between_outlines(place, distance):
    everywhere = lattice(6)
    study = everywhere.iloc[[place]]
    wide = buffer_study_area(study, distance, within=everywhere)
    near = [code for code, shape in everywhere.geometry.items() if shape.distance(study.geometry.iloc[0]) <= distance]
    assert sorted(wide.index) == sorted(near)


def test_local_statistics_at_the_edge_see_the_neighbours_outside():
    everywhere = lattice(8)
    everywhere["value"] = np.arange(64) % 3
    everywhere.loc[["r3c3", "r3c4", "r4c3", "r4c4"], "value"] = 50.0
    study = everywhere.loc[[f"r{r}c{c}" for r in range(4) for c in range(4)]]
    wide = buffer_study_area(study, 150, within=everywhere)
    assert len(wide) == 36

    def lag(areas):
        return local_moran(areas["value"], contiguity(areas), permutations=99, seed=0).loc["r3c3", "moran_lag"]

    # three of eight neighbours are as high; the study area by itself has lost them all
    assert lag(study) < 0 < lag(wide)


def test_density_at_the_edge_counts_events_outside():
    areas = lattice(2, size=1_000)
    study = areas.iloc[[0]]
    events = gpd.GeoDataFrame(geometry=[Point(1_010, y) for y in range(100, 900, 100)], crs=27700)
    events = gpd.GeoDataFrame(geometry=[*events.geometry, *(Point(500, y) for y in range(80))], crs=27700)

    def beside_the_edge(within):
        surface = kernel_density(events, bandwidth=400, cell_size=100, within=within)
        rows = np.flatnonzero((surface.y > 400) & (surface.y < 600))
        columns = np.flatnonzero((surface.x > 900) & (surface.x < 1_000))
        return surface.density[np.ix_(rows, columns)].max()

    assert beside_the_edge(study_boundary(study, distance=400)) > beside_the_edge(study)


def test_the_boundary_closes_gaps_between_generalised_areas():
    areas = gpd.GeoDataFrame(index=["A", "B"], geometry=[box(0, 0, 99, 100), box(101, 0, 200, 100)], crs=27700)
    boundary = study_boundary(areas, distance=10)
    assert boundary.index.to_list() == ["study_area"]
    assert boundary.geometry.iloc[0].geom_type == "Polygon"
    assert areas.geometry.within(boundary.geometry.iloc[0]).all()


def test_misuse_is_refused():
    everywhere = lattice(3)
    with pytest.raises(InputError, match=r"1 of 1 areas under study are not among all areas .r0c0"):
        buffer_study_area(everywhere.iloc[[0]], 10, within=everywhere.iloc[1:])
    with pytest.raises(ConfigError, match="metres"):
        buffer_study_area(everywhere, -1, within=everywhere)
    with pytest.raises(CRSError, match="degrees"):
        study_boundary(everywhere.to_crs(4326), distance=10)
    with pytest.raises(InputError, match="1 of 9 have no geometry"):
        study_boundary(everywhere.set_geometry([None, *everywhere.geometry[1:]], crs=27700), distance=10)
    with pytest.raises(InputError, match="0 of 0"):
        study_boundary(everywhere.iloc[:0], distance=10)
