"""The examples on open data: London's wards and all small areas of England, police beside health demand."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

pytestmark = pytest.mark.real_data

EXAMPLES = Path(__file__).parents[2] / "examples" / "open_data"


def run(*arguments):
    done = subprocess.run(
        [sys.executable, "-W", "default", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_example_is_run_here_and_short():
    assert {path.name for path in EXAMPLES.glob("*.py")} == {
        "london_wards.py",
        "london_priorities.py",
        "england_lsoa21.py",
    }
    for path in EXAMPLES.glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 70


def test_london_wards_2014(real_data):
    told = run(EXAMPLES / "london_wards.py", real_data)
    assert "police and ambulance: 624 wards, Spearman 0.70 (0.65 to 0.74), 35 of 62 top wards in common" in told
    assert "police and fire: 613 wards, Spearman 0.35" in told
    assert "ambulance and fire: 613 wards, Spearman 0.32" in told
    assert "27 wards in the top 62 for the ambulance and not for the police:" in told
    listed = re.findall(r"^E05\d{6} .*$", told, flags=re.MULTILINE)
    assert len(listed) == 27
    assert "St Pancras and Somers Town" in listed[0]


def test_all_of_england_as_a_typology_on_a_map_within_a_minute(real_data, tmp_path):
    started = time.perf_counter()
    told = run(EXAMPLES / "england_lsoa21.py", real_data, tmp_path)
    assert time.perf_counter() - started < 60
    figures = dict(re.findall(r"^([a-z_]+)\s+([\d.]+)$", told, flags=re.MULTILINE))
    assert float(figures["n"]) == 33_755
    assert round(float(figures["spearman"]), 2) == 0.61
    assert float(figures["rbo"]) > 2 * float(figures["expected_rbo"])
    kinds = re.findall(r"^(agree hot|police only|health only|neither|not covered)\s+(\d+)$", told, flags=re.MULTILINE)
    assert len(kinds) == 5
    assert sum(int(number) for _, number in kinds) == 33_755
    page = (tmp_path / "england.html").read_text(encoding="utf-8")
    assert page.count("agree hot") > 500


def test_the_places_of_london_by_hand(real_data):
    told = run(EXAMPLES / "london_priorities.py", real_data)
    rows = re.findall(r"^(E01\d{6})\s+(\d+)\s+(.*?)\s+(\d+)\s+(\d+)\s+(\d+)\s+([\d.]+)\s+(\d)\s+6$", told, re.MULTILINE)
    assert [int(row[1]) for row in rows] == list(range(1, 21))
    table = pd.read_csv(
        real_data / "london_lsoa_layers" / "crime" / "london-2011-2018-major-violence.csv", index_col="LSOA11CD"
    )
    # the place's id is its highest area, and the ids stand in the order of that area's count
    highest = table["2017"].reindex([row[0] for row in rows])
    assert highest.index[0] == table["2017"].idxmax()
    assert highest.is_monotonic_decreasing
    for code, _, name, count, best, worst, probability, *_ in rows:
        assert int(count) >= highest[code]
        assert int(best) <= int(worst)
        assert 0 < float(probability) <= 1
        assert not name.startswith("E0")
    assert rows[0][2] == "West End"
    assert rows[0][4:8] == ("1", "1", "1.00", "6")
    found = re.search(r"^(\d+) LSOAs, ([\d.]+)% of the ground, ([\d.]+)% of 2018's violence$", told, re.MULTILINE)
    assert found is not None
    assert 20 <= int(found[1]) <= 60
    assert float(found[3]) > 2 * float(found[2])
