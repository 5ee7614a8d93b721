"""The tables of a meeting: the ranked list, places high for health only, and what the release holds."""

from __future__ import annotations

import csv

import pandas as pd
import pytest

import hotspot as hs
from hotspot.errors import ConfigError
from hotspot.outputs.tables import tables_of, write_tables

POLICE_PUBLIC = hs.DisclosurePolicy.shareable(public_sources=["police"])


def analyse(areas):
    """Rank by police counts, with ties, and call two areas high for health only."""
    rank = pd.array([4, 2, None, 1, 3], "Int64")
    agreement = ["health only", "agree hot", "health only", "neither", "health only"]
    return pd.DataFrame({"rank": rank, "agreement": agreement, "rate_ed": 1.5}, index=areas.index)


@pytest.fixture
def counts(squares):
    return squares(5, name=list("abcde"), n_police=[10, 20, 30, 40, 50], n_ed=pd.array([13, 24, 3, None, 0], "Int64"))


@pytest.fixture
def months():
    index = pd.Index(["2025-01", "2025-02", "2025-03"], name="month")
    return pd.DataFrame({"n_police": [3, 40, 41], "n_ed": pd.array([7, 13, None], "Int64")}, index=index)


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_the_ranked_list_is_in_order(counts):
    found = tables_of(hs.release(counts, analyse=analyse, policy=POLICE_PUBLIC))["priorities"]
    assert found["rank"].tolist() == [1, 2, 3, 4]
    assert found.index.tolist() == ["X03", "X01", "X04", "X00"]


def test_a_hidden_area_is_in_no_list(counts):
    tables = tables_of(hs.release(counts, analyse=analyse, policy=POLICE_PUBLIC))
    assert "X02" not in tables["priorities"].index
    assert tables["health_only"].index.tolist() == ["X00", "X04"]
    restricted = hs.DisclosurePolicy.restricted(reason="tasking meeting")
    assert tables_of(hs.release(counts, analyse=analyse, policy=restricted))["health_only"].index.tolist() == [
        "X00",
        "X02",
        "X04",
    ]


def test_hidden_figures_of_ranked_areas_are_starred(counts):
    def rank_all(areas):
        return pd.DataFrame({"agreement": "health only", "rate_police": 1.0}, index=areas.index)

    counts["n_police"] = [3, 20, 30, 40, 50]
    counts["n_ed"] = pd.array([10, 10, 10, 10, 10], "Int64")
    found = hs.release(counts, analyse=rank_all)
    assert "X00" not in tables_of(found)["health_only"].index


def test_no_table_where_nothing_was_derived(counts, tmp_path):
    done = hs.release(counts)
    assert tables_of(done) == {}
    write_tables(done, tmp_path / "tables")
    assert not (tmp_path / "tables").exists()


def test_tables_of_the_release_are_starred_where_hidden_and_empty_where_missing(counts, months, tmp_path):
    done = hs.release(counts, tables={"months": months}, policy=POLICE_PUBLIC)
    write_tables(done, tmp_path / "tables")
    assert rows_of(tmp_path / "tables" / "months.csv") == [
        ["month", "n_police", "n_ed"],
        ["2025-01", "3", "*"],
        ["2025-02", "40", "15"],
        ["2025-03", "41", ""],
    ]


def test_every_table_is_one_file(counts, months, tmp_path):
    write_tables(hs.release(counts, analyse=analyse, tables={"months": months}), tmp_path / "tables")
    names = sorted(file.name for file in (tmp_path / "tables").iterdir())
    assert names == ["health_only.csv", "months.csv", "priorities.csv"]


def test_a_table_cannot_take_the_place_of_one_of_ours(counts, months):
    done = hs.release(counts, analyse=analyse, tables={"priorities": months})
    with pytest.raises(ConfigError, match="tables: priorities would replace a list"):
        tables_of(done)
    assert list(tables_of(hs.release(counts, tables={"priorities": months}))) == ["priorities"]


def test_names_in_tables_run_no_formula(squares, tmp_path):
    counts = squares(2, name=["=1+1", "b"], n_ed=[10, 20])
    done = hs.release(counts, analyse=lambda areas: pd.DataFrame({"rank": [1, 2]}, index=areas.index))
    write_tables(done, tmp_path / "tables")
    assert rows_of(tmp_path / "tables" / "priorities.csv")[1][1] == "'=1+1"


def test_restricted_tables_are_marked(counts, months, tmp_path):
    policy = hs.DisclosurePolicy.restricted(reason="tasking meeting")
    write_tables(hs.release(counts, tables={"months": months}, policy=policy), tmp_path / "tables")
    header, *rows = rows_of(tmp_path / "tables" / "months.csv")
    assert header == ["month", "n_police", "n_ed", "marking"]
    assert {row[-1] for row in rows} == {policy.stamp}
    assert [row[2] for row in rows] == ["7", "13", ""]


def test_the_release_is_left_alone(counts, months, tmp_path):
    done = hs.release(counts, analyse=analyse, tables={"months": months})
    before = done.tables["months"].copy(deep=True)
    write_tables(done, tmp_path / "tables")
    pd.testing.assert_frame_equal(done.tables["months"], before)
