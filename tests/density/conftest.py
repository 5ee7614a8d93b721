"""Incidents and boundaries small enough to check by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import Polygon, box


@pytest.fixture
def incidents():
    """Make incidents of one source from coordinates."""

    def make(x, y, **columns):
        x = np.asarray(x, dtype=float)
        frame = {"source": ["police"] * len(x)} | columns
        labels = [f"police-{i:06d}" for i in range(len(x))]
        return gpd.GeoDataFrame(frame, index=labels, geometry=gpd.points_from_xy(x, np.asarray(y)), crs=27700)

    return make


@pytest.fixture
def city(incidents):
    """Place sixty incidents over a kilometre or so, some of them on one spot."""
    rng = np.random.default_rng(7)
    x, y = rng.normal(530_500, 250, 60), rng.normal(180_500, 200, 60)
    x[50:], y[50:] = x[0], y[0]
    return incidents(x, y)


@pytest.fixture
def square():
    """Draw one square kilometre, in two halves that share an edge."""
    halves = [box(530_000, 180_000, 530_500, 181_000), box(530_500, 180_000, 531_000, 181_000)]
    return gpd.GeoDataFrame(geometry=halves, index=["E01", "E02"], crs=27700)


@pytest.fixture
def bay():
    """Draw a boundary that is not convex, with a hole."""
    outer = [(530_000, 180_000), (531_000, 180_000), (531_000, 181_000), (530_600, 180_400), (530_000, 181_000)]
    hole = [(530_150, 180_150), (530_150, 180_300), (530_300, 180_300), (530_300, 180_150)]
    return gpd.GeoDataFrame(geometry=[Polygon(outer, [hole])], index=["E01"], crs=27700)
