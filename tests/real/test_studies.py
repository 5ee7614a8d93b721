"""The three studies on open data, run whole: their balances, their statistics, their tables."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from hotspot.record import recording
from hotspot.study import account, run_study

pytestmark = [pytest.mark.real_data, pytest.mark.filterwarnings("default::hotspot.errors.HotspotWarning")]

STUDIES = Path(__file__).parents[2] / "examples" / "studies"


def run(name, real_data, folder):
    with recording() as notes:
        releases = run_study(STUDIES / f"{name}.toml", data=real_data, out=folder)
    return releases, notes, json.loads((folder / "restricted" / "run.json").read_text(encoding="utf-8"))


def facts(notes, step):
    return [note.facts for note in notes if note.step == step]


@pytest.fixture(scope="module")
def surrey(real_data, tmp_path_factory):
    return run("surrey", real_data, tmp_path_factory.mktemp("surrey"))


@pytest.fixture(scope="module")
def london(real_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("london")
    return (*run("london_wards_2014", real_data, folder), folder)


def test_surrey_balances(surrey):
    _releases, notes, _record = surrey
    reading, balance = facts(notes, "read_incidents")[0], facts(notes, "balance")[0]
    assert reading["read"] == 102_508
    assert reading["read"] == reading["kept"] + sum(reading.get("rejected", {}).values())
    assert balance["kept"] == reading["kept"]
    assert balance["kept"] == balance["inside"] + balance["outside"] + balance["unlocatable"]
    assert balance["supplied_code_agrees"] / balance["kept"] > 0.94
    counted = facts(notes, "count_incidents")[0]
    assert counted["kept"] == counted["inside"] + counted["outside"] + counted["unlocatable"]


def test_surrey_has_709_areas_with_people_and_neighbours(surrey):
    areas = surrey[0]["restricted"].areas
    assert len(areas) == 709
    assert areas["population"].notna().all()
    assert facts(surrey[1], "local_moran_rate")[0]["islands"] == 0
    assert set(areas["moran_label_police"]) <= {"High-High", "Low-Low", "High-Low", "Low-High", "Not significant"}
    assert areas["moran_p_police"].between(0, 1).all()
    assert areas["n_police"].sum() == facts(surrey[1], "count_incidents")[0]["inside"]


def test_london_rows_match_or_are_listed(london):
    _releases, notes, _record, _folder = london
    for joined in facts(notes, "join_counts"):
        assert joined["read"] == joined["matched"] + joined["unmatched"]
        assert joined["matched"] == 624
        assert len(joined["unmatched_codes"]) == joined["unmatched"]
    assert "not alike" in " ".join(london[0]["shareable"].about["caveats"])


def test_london_local_moran_equals_the_reference(london, real_data):
    """Statistic to 1e-9; R's spdep divides by n - 1 in the variance, ours by n (see the file's header)."""
    reference = pd.read_csv(
        real_data / "benchmarks_reference" / "londonwards_VAP1415_queen_localmoran.csv", index_col="id"
    )
    ours = london[0]["restricted"].areas["moran_i_police"].reindex(reference.index)
    factor = len(reference) / (len(reference) - 1)
    agree_n = (ours - reference["Ii"]).abs().max()
    agree_n1 = (ours - reference["Ii"] * factor).abs().max()
    assert min(agree_n, agree_n1) < 1e-9


def test_london_lists_wards_high_for_the_ambulance_and_not_for_the_police(london):
    releases, folder = london[0], london[3]
    areas = releases["shareable"].areas
    expected = areas.index[areas["agreement"] == "health only"]
    assert len(expected) > 0
    table = pd.read_csv(folder / "shareable" / "tables" / "health_only.csv", index_col=0, encoding="utf-8-sig")
    assert set(table.index) == set(expected)
    assert (areas.loc[expected, "moran_label_ambulance"].isin(["High-High", "High-Low"])).all()
    assert not areas.loc[expected, "moran_label_police"].isin(["High-High", "High-Low"]).any()


def test_london_api_year_balances(real_data, tmp_path):
    _releases, notes, _record = run("london_api_2017", real_data, tmp_path)
    reading, balance = facts(notes, "read_incidents")[0], facts(notes, "balance")[0]
    assert reading["read"] == 810_425
    assert reading["kept"] == 771_121
    assert reading["read"] - reading["kept"] == sum(reading.get("rejected", {}).values())
    assert balance["kept"] == balance["inside"] + balance["outside"] + balance["unlocatable"]
    assert balance["providers"]["British Transport Police"] > 0
    assert 0.03 < balance["supplied_code_differs"] / balance["kept"] < 0.10
    printed = "\n".join(account(notes))
    for told in ("duplicate", "British Transport Police", "lie in another area or outside"):
        assert told in printed
