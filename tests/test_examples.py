"""The examples run as they stand and write what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
PAGES = ("map.html", "areas.csv", "areas.gpkg", "areas.geojson", "statement.txt", "manifest.json")
WRITTEN = {
    "01_three_agencies.py": [f"{policy}/{name}" for policy in ("restricted", "shareable") for name in PAGES],
    "02_an_agency_of_your_own.py": ["fire.csv", "fire_quality.txt"],
    "03_shared_as_counts.py": ["ambulance_by_area.csv", *(f"restricted/{name}" for name in PAGES)],
    "04_one_score.py": ["one_score.csv"],
}


def run(name, folder):
    return subprocess.run(
        [sys.executable, "-W", "default", EXAMPLES / name, folder], capture_output=True, text=True, check=False
    )


def test_every_example_is_tested_and_short():
    found = {path.name: path.read_text(encoding="utf-8") for path in EXAMPLES.glob("*.py")}
    assert set(found) == set(WRITTEN)
    for name, text in found.items():
        assert len(text.splitlines()) < 70, name
        assert "SYNTHETIC" in text.split('"""')[1], name


@pytest.mark.parametrize("name", WRITTEN)
def test_example_runs_and_writes(name, tmp_path):
    done = run(name, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert "Traceback" not in done.stderr
    empty = [file for file in WRITTEN[name] if not (tmp_path / file).is_file() or not (tmp_path / file).stat().st_size]
    assert empty == []
    if name.startswith("01"):
        partners = pd.read_csv(tmp_path / "shareable" / "areas.csv")
        hidden = partners["n_ed"] == "*"
        assert 0 < hidden.sum() < len(partners) - 10
        assert (partners["n_ed"][~hidden].astype(int) % 5 == 0).all()
    if name.startswith("02"):
        assert "Quality of fire: 400 records" in (tmp_path / "fire_quality.txt").read_text(encoding="utf-8")
    if name.startswith("04"):
        assert "Refused. incidents: the sources are not alike" in done.stdout
        score = pd.read_csv(tmp_path / "one_score.csv")
        assert score["composite_rank"].tolist() == list(range(1, 9))
        assert score["composite_p_top"].is_monotonic_decreasing
    if name.startswith("03"):
        areas = pd.read_csv(tmp_path / "restricted" / "areas.csv")
        assert {"health only", "not covered", "neither"} <= set(areas["agreement"])
        assert (areas.loc[areas["n_ambulance"].isna(), "agreement"] == "not covered").all()
