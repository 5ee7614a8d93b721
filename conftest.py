"""Execute the Python blocks of README and docs, in a folder that holds the files they speak of."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

_BEFORE: list[tuple[Path, tempfile.TemporaryDirectory[str]]] = []


def _enter_city(_namespace: dict[str, Any]) -> None:
    """Stand in a folder with the synthetic city under the file and column names the texts use."""
    import geopandas as gpd
    import pandas as pd

    from hotspot.datasets import write_city

    folder = tempfile.TemporaryDirectory()
    _BEFORE.append((Path.cwd(), folder))
    city = Path(folder.name)
    write_city(city, seed=1)
    lsoa = gpd.read_file(city / "lsoa.gpkg")
    lsoa.rename(columns={"lsoa_code": "lsoa21cd", "lsoa_name": "lsoa21nm"}).to_file(city / "lsoa.gpkg", driver="GPKG")
    venues = pd.read_csv(city / "gazetteer.csv")
    venues.rename(columns={"longitude": "lon", "latitude": "lat"}).to_csv(city / "venues.csv", index=False)
    os.chdir(city)


def _leave_city(_namespace: dict[str, Any]) -> None:
    before, folder = _BEFORE.pop()
    os.chdir(before)
    folder.cleanup()


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/*.md"],
    setup=_enter_city,
    teardown=_leave_city,
).pytest()
