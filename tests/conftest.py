"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Name the folder of real data, or skip: it is not part of the project."""
    folder = os.environ.get("HOTSPOT_REAL_DATA")
    if not folder:
        pytest.skip("set HOTSPOT_REAL_DATA to the folder of real data to run this test")
    path = Path(folder)
    if not path.is_dir():
        pytest.fail(f"HOTSPOT_REAL_DATA names {folder!r}, which is not a folder")
    return path


@pytest.fixture(scope="session")
def city_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the synthetic city's files once; tests must not change them."""
    from hotspot.datasets import write_city

    folder = tmp_path_factory.mktemp("city")
    write_city(folder, seed=1)
    return folder
