"""A key file for the tests of this room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hotspot.anonymise import make_key

if TYPE_CHECKING:
    from pathlib import Path


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
