"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hotspot.anonymise import make_key


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


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """Make a new key."""
    path = tmp_path / "pseudonyms.key"
    make_key(path)
    return path


@pytest.fixture
def fixed_key(tmp_path: Path) -> Path:
    """Write a key that is the same in every run."""
    path = tmp_path / "fixed.key"
    path.write_text(bytes(range(32)).hex(), encoding="ascii")
    path.chmod(0o600)
    return path
