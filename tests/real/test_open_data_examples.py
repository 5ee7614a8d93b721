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
    run_below = "london_wards london_priorities england_lsoa21 virginia_localities cincinnati_shots"
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(run_below.split())
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


def test_virginia_s_visits_beside_shootings(real_data):
    told = run(EXAMPLES / "virginia_localities.py", real_data)
    folder = real_data / "virginia_ed_firearm"
    visits = pd.read_csv(folder / "vdh_injuries_2015_2019.csv")
    visits = visits[visits["patient_city_county"] != "Out of State"].set_index("patient_city_county")
    known = visits["firearm_injury_visits"].notna().groupby(level=0).sum() == 5
    assert f"{known.size} localities, {known.sum()} with all five years of visits" in told
    shootings = pd.read_csv(folder / "gva_incidents_virginia_2015_2019.csv")
    place = shootings["city_or_county"]
    assert f"{len(place):,} shootings, 417 spellings; " in told
    methods = {name: int(n) for name, n in re.findall(r"^([a-z ]+?) +(\d+)$", told, flags=re.MULTILINE)}
    assert sum(methods.values()) == len(place)
    exactly = int(place.isin(known.index).sum())
    assert exactly <= methods["same name"] <= exactly + 5  # but for case and punctuation
    assert methods["unknown"] < 0.08 * len(place)
    assert f"{known.sum()} localities: Spearman 0.68" in told
    # what is withheld in any year has no sum, and no row in the table
    listed = re.findall(r"^(\w[\w ]+?) +(\d+) +(\d+) +[\d.]+ +[\d.]+ +[\d.inf]+$", told, flags=re.MULTILINE)
    assert len(listed) == 10
    for name, n_ed, _ in listed:
        assert known[name]
        assert visits.loc[name, "firearm_injury_visits"].sum() == int(n_ed)


def test_cincinnati_s_sensor_is_compared_only_where_it_hears(real_data):
    told = run(EXAMPLES / "cincinnati_shots.py", real_data)
    folder = real_data / "cincinnati_police_shotspotter"
    table = pd.read_json(folder / "crime_tract_month_2017_2020.json", dtype={"census_tract_id_2020": str})
    table = table[table["year"] == 2020].set_index("census_tract_id_2020")
    heard = table[table["n_shots_fired"].notna()].groupby(level=0)["month"].agg(["min", "max"])
    covered = heard.index[(heard["min"] <= 7) & (heard["max"] >= 11)]
    counts = re.search(r"^(\d+) tracts, (\d+) in the police's city, (\d+) with the sensor too$", told, re.MULTILINE)
    assert counts is not None
    assert (int(counts[1]), int(counts[3])) == (170, len(covered))
    window = table[table["month"].between(7, 11)]["n_shots_fired"]
    inside = window[window.index.isin(covered)].sum()
    assert f"{window.sum():.0f} shots, {inside:.0f} in tracts" in told
    assert "Spearman 0.73" in told
    kinds = re.findall(r"^(agree hot|police only|sensor only|neither|not covered) +(\d+)$", told, flags=re.MULTILINE)
    assert sum(int(number) for _, number in kinds) == 170
    assert dict(kinds)["not covered"] == str(170 - len(covered))
    listed = re.findall(r"^(39061\d{6}) ", told, flags=re.MULTILINE)
    assert listed
    assert set(listed) <= set(covered)
