"""Grids whose answer is plain."""

from __future__ import annotations

import pytest
from reference.places import lay_board


@pytest.fixture
def board():
    """Lay the rows of a matrix as squares of 100 m, the first row at the bottom."""
    return lay_board
