"""The city in data/ is the one its recipe makes, and nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import geopandas as gpd
import pytest
from geopandas.testing import assert_geodataframe_equal

from hotspot.datasets import write_city

DATA = Path(__file__).parents[2] / "data"
MOST = 3 * 1024**2


def sums():
    lines = (DATA / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    write_city(folder / "northport", seed=1, size="small")
    return folder


def test_checksums_hold_for_every_file():
    found = {
        path.relative_to(DATA).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (DATA / "northport").rglob("*")
        if path.is_file()
    }
    assert found == sums()


def test_the_recipe_gives_the_same_text_files(made):
    names = [name for name in sums() if not name.endswith(".gpkg")]
    found = {name: hashlib.sha256((made / name).read_bytes()).hexdigest() for name in names}
    assert len(names) == 18
    assert found == {name: sums()[name] for name in names}


@pytest.mark.parametrize("level", ["lsoa", "msoa"])
def test_the_recipe_gives_the_same_areas(made, level):
    # The format holds the version of the library that wrote it, so contents are compared and not bytes.
    shipped = gpd.read_file(DATA / "northport" / f"{level}.gpkg")
    assert_geodataframe_equal(gpd.read_file(made / "northport" / f"{level}.gpkg"), shipped)


def test_it_is_small_and_says_what_it_is():
    assert sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file()) < MOST
    text = (DATA / "README.md").read_text(encoding="utf-8")
    assert "synthetic" in text.casefold()
    assert "write_city('data/northport', seed=1, size='small')" in text
