"""Grids whose answer is plain."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely


@pytest.fixture
def board():
    """Lay the rows of a matrix as squares of 100 m, the first row at the bottom."""
    return lay_board


def lay_board(values, side=100.0):
    matrix = np.asarray(values)
    rows, columns = np.indices(matrix.shape)
    cells = shapely.box(
        columns.ravel() * side, rows.ravel() * side, (columns.ravel() + 1) * side, (rows.ravel() + 1) * side
    )
    codes = [f"C{row}{column}" for row, column in zip(rows.ravel(), columns.ravel(), strict=True)]
    return gpd.GeoDataFrame({"n_police": pd.array(matrix.ravel(), "Int64")}, index=codes, geometry=cells, crs=27700)
