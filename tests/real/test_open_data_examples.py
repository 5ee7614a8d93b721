"""The examples on open data: London's wards and all small areas of England, police beside health demand."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from hotspot import HotspotWarning

pytestmark = pytest.mark.real_data

EXAMPLES = Path(__file__).parents[2] / "examples" / "open_data"


def run(*arguments):
    done = subprocess.run(
        [sys.executable, "-W", "default", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def names_after_running(example, monkeypatch, *arguments):
    """Run an example here, and give what it computed; what it warns of is looked at by `run`."""
    monkeypatch.setattr(sys, "argv", [example, *map(str, arguments)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HotspotWarning)
        return runpy.run_path(str(EXAMPLES / example))


def test_every_example_is_run_here_and_short():
    run_below = "london_wards london_priorities london_backtest england_lsoa21 virginia_localities cincinnati_shots"
    assert {path.stem for path in EXAMPLES.glob("*.py")} == set(run_below.split())
    for path in EXAMPLES.glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 80


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


def test_the_list_of_london_that_foretold_2018(real_data, tmp_path):
    told = run(EXAMPLES / "london_backtest.py", real_data, tmp_path / "figure.svg")
    assert told.count("Not told apart from it: last period, seven years and smoothed rate.") == 3
    assert told.count("Surely less: crude rate, local Moran first and with neighbours.") == 3
    for share, pai in ((1, 8.9), (2, 7.2), (5, 5.4)):
        assert re.search(rf"On {share} % of the ground, the list by three years held .*: {pai} times", told)
    assert (tmp_path / "figure.svg").stat().st_size > 10_000


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


def test_virginia_accounts_for_every_spelling_and_never_reads_a_suppressed_cell_as_none(real_data, monkeypatch, capsys):
    found = names_after_running("virginia_localities.py", monkeypatch, real_data)
    told, counts = capsys.readouterr().out, found["counts"]
    folder = real_data / "virginia_ed_firearm"
    visits = pd.read_csv(folder / "vdh_injuries_2015_2019.csv")
    cells = {place: rows["firearm_injury_visits"] for place, rows in visits.groupby("patient_city_county")}
    assert len(cells) == 109
    assert {len(rows) for rows in cells.values()} == {5}
    assert cells.pop("Out of State").sum() == 884
    suppressed = {place for place, rows in cells.items() if rows.isna().any()}
    assert len(suppressed) == 6
    assert set(counts.index[counts["n_ed"].isna()]) == suppressed
    known = {place: int(rows.sum()) for place, rows in cells.items() if place not in suppressed}
    assert counts["n_ed"].dropna().to_dict() == known
    assert sum(known.values()) + 884 == visits["firearm_injury_visits"].sum() == 7_679
    assert known["Williamsburg"] == 0  # five noughts that were sent: no missing ones
    assert not suppressed & set(found["listed"].index)
    assert set(found["ratio"].index[found["ratio"]["log_ratio"].isna()]) == suppressed

    shootings = pd.read_csv(folder / "gva_incidents_virginia_2015_2019.csv")
    hit = shootings[["victims_killed", "victims_injured", "suspects_killed", "suspects_injured"]].sum(axis=1) > 0
    matched = found["matched"]
    assert (len(shootings), int(hit.sum()), shootings["city_or_county"].nunique()) == (6_935, 5_204, 417)
    assert "6,935 incidents, 417 spellings of places." in told
    rows = re.findall(r"^([a-z ]+?) +(\d+) +(\d+) +(\d+)$", told, flags=re.MULTILINE)
    ways = {way: tuple(map(int, numbers)) for way, *numbers in rows}
    assert np.sum(list(ways.values()), axis=0).tolist() == [417, 6_935, 5_204]
    assert ways["unknown"] == (15, 31, 24)
    assert ways["outside"] == (13, 686, 503)
    assert shootings["city_or_county"][matched["method"] == "same name"].isin(counts.index).mean() > 0.99
    placed = matched["area_code"][hit].dropna()
    assert counts["n_shootings"].sum() == len(placed) == 5_204 - 24 - 503
    assert (counts["n_shootings"] == [int((placed == place).sum()) for place in counts.index]).all()
    assert f"{int(placed.isin(suppressed).sum())} one with suppressed visits" in told


def test_virginia_s_ranks_are_those_of_scipy_and_its_list_says_how_sure_it_is(real_data, monkeypatch, capsys):
    found = names_after_running("virginia_localities.py", monkeypatch, real_data)
    told, counts = capsys.readouterr().out, found["counts"].dropna()
    by_scipy = spearmanr(
        (counts["n_ed"] / counts["all_visits"]).astype(float),
        (counts["n_shootings"] / counts["all_visits"]).astype(float),
    ).statistic
    assert found["found"]["n"] == len(counts) == 102
    assert found["found"]["spearman"] == pytest.approx(by_scipy, abs=1e-12)
    assert "102 localities: Spearman 0.31 (0.12 to 0.48)" in told
    assert "6 of the 10 highest in common, 1.0 by chance" in told
    listed = found["listed"]
    assert listed.index[:2].tolist() == ["Chesapeake", "Greensville County and Emporia City"]
    assert listed["p_visits_only"].between(0.3, 1).all()
    assert (listed["rank_visits_lower"] <= listed["rank_visits"]).all()
    assert (listed["rank_visits"] <= listed["rank_visits_upper"]).all()
    assert len(found["more"]) == 26
    assert "health demand, not hidden violence" in told


def test_every_alias_of_virginia_stands_in_the_data(real_data):
    table = pd.read_csv(EXAMPLES / "virginia_places.csv")
    assert table["place"].is_unique
    folder = real_data / "virginia_ed_firearm"
    written = pd.read_csv(folder / "gva_incidents_virginia_2015_2019.csv")["city_or_county"]
    within = written.str.extract(r"\((.+)\)")[0]
    assert table["place"].isin({*written, *within.dropna()}).all()
    localities = pd.read_csv(folder / "vdh_injuries_2015_2019.csv")["patient_city_county"]
    assert table["locality"].dropna().isin(set(localities)).all()


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
