"""Files of quality reports: one pair per provider, whole or not at all; and the command that writes them."""

from __future__ import annotations

import os
import subprocess
import sys

import pandas as pd
import pytest

import hotspot as hs
from hotspot.errors import OutputError

MAPPING = {
    "name": "ed", "label": "Synthetic", "health": True, "category": {"value": "assault"},
    "columns": {"occurred_from": "when", "provider": "trust", "easting": "x", "northing": "y"},
}  # fmt: skip


def report_of(*trusts):
    """Report on one record of each trust."""
    table = pd.DataFrame({"when": "2024-01-05 10:07", "trust": trusts, "x": 318500, "y": 176500})
    return hs.quality_report(hs.read_incidents(table, source=MAPPING))


def test_each_provider_gets_its_own_two_files_and_nobody_elses_name(tmp_path):
    report = report_of("North Trust", "South Trust")
    written = hs.save_quality_report(report, tmp_path / "new" / "pages")
    assert [path.name for path in written] == [
        "quality-north-trust.html", "quality-north-trust.csv", "quality-south-trust.html", "quality-south-trust.csv",
    ]  # fmt: skip
    for path in written:
        text = path.read_text(encoding="utf-8")
        other = "South" if "north" in path.name else "North"
        assert other not in text
        assert "or this provider only" in text or "Trust only" in text
    assert sorted(path.name for path in (tmp_path / "new" / "pages").iterdir()) == sorted(p.name for p in written)


def test_names_become_safe_file_names_that_stay_apart(tmp_path):
    names = ["../../etc/passwd", "A/B", "a\\b", "CON", "…", "x" * 300]
    written = hs.save_quality_report(report_of(*names), tmp_path)
    assert all(path.parent == tmp_path for path in written)
    stems = [path.name for path in written if path.suffix == ".html"]
    assert len(set(stems)) == len(names)
    assert all(name.isascii() and len(name) < 90 for name in stems)
    assert {"quality-etc-passwd.html", "quality-a-b.html", "quality-a-b-2.html", "quality-provider.html"} <= set(stems)


def test_the_table_holds_months_figures_and_grades(tmp_path):
    _, path = hs.save_quality_report(report_of("North Trust"), tmp_path)
    table = pd.read_csv(path, index_col="month")
    assert table.index.tolist() == ["all", "2024-01"]
    assert table.loc["2024-01", "records"] == 1
    assert table.loc["2024-01", "time_grade"] == "too few to grade"
    assert set(table["marking"]) == {"For this provider only: not disclosure-controlled for others"}


def test_a_folder_that_cannot_be_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="folder"):
        hs.save_quality_report(report_of("North Trust"), tmp_path / "file")


def quality(*arguments):
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "hotspot.cli", "quality", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "120", "PYTHONIOENCODING": "utf-8"},
    )


def test_the_command_grades_the_synthetic_hospital(city_folder, tmp_path):
    done = quality(
        city_folder / "ed.csv", "--source", "ed_istv", "--gazetteer", city_folder / "gazetteer.csv", "--out", tmp_path,
        "--received", "2026-01-20", "--first", "2025-01", "--last", "2026-01", "--expected", "West Trust",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "site SYNTHETIC01: Usable, with the caveats below" in done.stdout
    assert "West Trust: nothing arrived" in done.stdout
    assert "1 of 13 months did not come in full: Jan 2026 missing." in done.stdout
    assert "Send each provider its own page only" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "quality-site-synthetic01.csv",
        "quality-site-synthetic01.html",
    ]


def test_the_command_places_postcodes_by_a_table_alone_or_with_a_gazetteer(city_folder, tmp_path):
    table = tmp_path / "codepo_cf.csv"
    table.write_text('"CF10 1AA",10,318284,176230,"W92000004","","","","W06000015","W05001274"\n', encoding="utf-8")
    calls = tmp_path / "calls.csv"
    rows = "".join(f"2023-05-{day:02d} 22:17,Assault,cf10 1aa\n" for day in range(1, 29))
    calls.write_text(f"Call time,Nature,Incident postcode\n{rows}", encoding="utf-8")
    for more in ((), ("--gazetteer", city_folder / "gazetteer.csv")):
        done = quality(calls, "--source", "ambulance", "--postcodes", table, "--out", tmp_path / "pages", *more)
        assert done.returncode == 0, done.stderr
    page = pd.read_csv(next((tmp_path / "pages").glob("*.csv")))
    assert set(page["usable_street"].dropna()) == {1}


def test_the_command_says_what_is_wrong_and_writes_nothing(city_folder, tmp_path):
    out = tmp_path / "pages"
    wrong = quality(city_folder / "ed.csv", "--source", "ed_istw", "--out", out)
    assert (wrong.returncode, "Did you mean 'ed_istv'" in wrong.stderr) == (11, True)
    half = quality(city_folder / "ed.csv", "--source", "ed_istv", "--first", "2025-01", "--out", out)
    assert half.returncode == 2
    places = tmp_path / "places.csv"
    places.write_text("title,longitude,latitude\nx,1,53\n", encoding="utf-8")
    named = quality(city_folder / "ed.csv", "--source", "ed_istv", "--gazetteer", places, "--out", out)
    assert (named.returncode, "no column 'name'" in named.stderr) == (10, True)
    assert not out.exists()
