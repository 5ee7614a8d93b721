"""Small layers that tests of geography share."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely import box

EAST, NORTH = 530_000, 180_000


def squares(codes, *, per_row=2, side=1_000, crs=27700, **columns):
    """Lay squares side by side in London, in rows from the south."""
    shapes = []
    for i in range(len(codes)):
        x, y = EAST + side * (i % per_row), NORTH + side * (i // per_row)
        shapes.append(box(x, y, x + side, y + side))
    return gpd.GeoDataFrame({"code": list(codes), **columns}, geometry=shapes, crs=crs)


@pytest.fixture
def lay():
    """Give the function that lays squares."""
    return squares


@pytest.fixture
def layer():
    return squares("ABCD", people=[100, 200, 300, 400], label=["a", "b", "c", "d"])


@pytest.fixture
def areas(layer):
    return layer.rename(columns={"code": "area_code"}).set_index("area_code")
