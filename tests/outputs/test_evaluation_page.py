"""The page of a back-test: stamped, offline, escaped, the same bytes every time."""

import json
import re

import pandas as pd
import pytest

import hotspot as hs
from hotspot.evaluation import methods


@pytest.fixture(scope="module")
def table():
    counts = pd.DataFrame(
        {f"2024-{month:02d}": [9, 4, 3, 1, 0, 2, 1, 0, (month * 3) % 5, month % 2] for month in range(1, 9)},
        index=list("ABCDEFGHIJ"),
    )
    made = {"count": methods.count(), "<script>alert(1)</script> $x^2$": lambda past: past.total * 0}
    return hs.backtest(made, counts, pd.Series(1.0, index=counts.index), train=4, shares=[0.1, 0.2, 0.5], draws=99)


def test_the_page_says_what_was_found_and_carries_its_stamp(table, tmp_path):
    folder = hs.save_evaluation(table, tmp_path / "evaluation", title="Town", marking="OFFICIAL-SENSITIVE")
    page = (folder / "evaluation.html").read_text(encoding="utf-8")
    assert "OFFICIAL-SENSITIVE \N{EN DASH} NOT DISCLOSURE-CONTROLLED" in page
    caught = table.loc[("all", "count", 0.2), "hit_rate"]
    assert f"held {100 * caught:.0f} %" in page
    assert f"<td>{100 * caught:.1f} %</td>" in page
    rows = pd.read_csv(folder / "evaluation.csv", encoding="utf-8-sig")
    assert len(rows) == len(table)
    assert rows["marking"].str.contains("NOT DISCLOSURE-CONTROLLED").all()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert {entry["name"] for entry in manifest["files"]} == {"evaluation.csv", "evaluation.html", "evaluation.svg"}


def test_hostile_names_are_text_and_nothing_is_fetched(table, tmp_path):
    title = '<img src=x onerror="alert(1)">'
    folder = hs.save_evaluation(table, tmp_path / "evaluation", title=title, subtitle=title, method=[title])
    page = (folder / "evaluation.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<img" not in page
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?\s*(?:https?:)?//", page)
    assert "default-src 'none'" in page
    svg = (folder / "evaluation.svg").read_text(encoding="utf-8")
    assert "<script" not in svg


def test_the_same_table_gives_the_same_bytes_and_replaces_only_its_own(table, tmp_path):
    first = hs.save_evaluation(table, tmp_path / "a", title="Town")
    second = hs.save_evaluation(table, tmp_path / "b", title="Town")
    for name in ("evaluation.html", "evaluation.svg", "evaluation.csv", "manifest.json"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    hs.save_evaluation(table, tmp_path / "a", title="Town, again")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(hs.OutputError):
        hs.save_evaluation(table, tmp_path / "mine", title="Town")
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["letter.txt"]
