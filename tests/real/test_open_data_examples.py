"""The examples on open data: London, England, Virginia and Cincinnati, each source beside what it is not."""

from __future__ import annotations

import json
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
    run_here = {"london_wards.py", "england_lsoa21.py", "virginia_localities.py", "cincinnati_shots.py"}
    assert {path.name for path in EXAMPLES.glob("*.py")} == run_here
    for path in EXAMPLES.glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 115


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


def covers(tract_rows, fields):
    """Say in plain words from which of the 48 months on a source covers a tract, or None."""
    seen = [any(field in row for field in fields) for row in sorted(tract_rows, key=lambda r: (r["year"], r["month"]))]
    assert len(seen) == 48
    return next((first for first in range(48) if seen[first] and 2 * sum(seen[first:]) >= 48 - first), None)


def test_cincinnati_reads_no_value_as_nought_only_where_the_sensor_is(real_data, monkeypatch, tmp_path, capsys):
    started = time.perf_counter()
    found = names_after_running("cincinnati_shots.py", monkeypatch, real_data, tmp_path)
    assert time.perf_counter() - started < 60
    told, counts, areas = capsys.readouterr().out, found["counts"], found["release"].areas
    path = real_data / "cincinnati_police_shotspotter" / "crime_tract_month_2017_2020.json"
    by_tract = {}
    for row in json.loads(path.read_text(encoding="utf-8")):
        by_tract.setdefault(row["census_tract_id_2020"], []).append(row)
    july = 3 * 12 + 6
    offences = [f"n_crime_incidents_{kind}" for kind in ("property", "violent", "other")]
    expected = {"n_police": {}, "n_sensor": {}}
    for tract, rows in by_tract.items():
        half = [row for row in rows if row["year"] == 2020 and row["month"] >= 7]
        sides = (("n_police", offences, "n_crime_incidents_violent"), ("n_sensor", ["n_shots_fired"], "n_shots_fired"))
        for column, fields, counted in sides:
            first = covers(rows, fields)
            if first is not None and first <= july:
                expected[column][tract] = sum(row.get(counted, 0) for row in half)
    assert (len(counts), len(expected["n_police"]), len(expected["n_sensor"])) == (170, 123, 52)
    for column, values in expected.items():
        assert counts[column].dropna().to_dict() == values
        assert areas[column].dropna().to_dict() == values
    assert sum(expected["n_sensor"].values()) == 2_406
    assert "Alarms: 2,423, of which 2,406 in covered tracts." in told
    both = set(expected["n_police"]) & set(expected["n_sensor"])
    assert set(areas.index[areas["agreement"] != "not covered"]) == both
    assert (areas["agreement"] == "not covered").sum() == 170 - len(both) == 118
    assert "11 more have alarms in too few months, or too late" in told


def test_cincinnati_compares_covered_tracts_alone_and_calls_the_sensor_a_sensor(
    real_data, monkeypatch, tmp_path, capsys
):
    found = names_after_running("cincinnati_shots.py", monkeypatch, real_data, tmp_path)
    told, counts = capsys.readouterr().out, found["counts"]
    both = counts[counts[["n_police", "n_sensor"]].notna().all(axis=1)]
    ground = both.to_crs(5072).area.to_numpy()
    by_scipy = spearmanr(both["n_police"].astype(float) / ground, both["n_sensor"].astype(float) / ground).statistic
    assert found["ranks"]["n"] == len(both) == 52
    assert found["ranks"]["spearman"] == pytest.approx(by_scipy, abs=5e-3)  # areas in another projection
    assert "Spearman 0.76 (0.59 to 0.87)" in told
    assert found["classes"]["n"] == 52
    kinds = {kind: int(n) for kind, n in re.findall(r"^(\w+ \w+|neither) +(\d+)$", told, flags=re.MULTILINE)}
    assert kinds == {"not covered": 118, "neither": 29, "agree hot": 11, "sensor only": 6, "police only": 6}
    assert "health only" not in told
    page = (tmp_path / "cincinnati.html").read_text(encoding="utf-8")
    assert '"beside_police":"gunshot sensor"' in page.replace('": "', '":"')
