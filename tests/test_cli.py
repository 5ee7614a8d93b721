"""The command, as a user meets it: its words, its exit codes, and what it leaves on the disk."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from hotspot.study import write_template


def hotspot(*arguments, cwd=None):
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "hotspot.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "120", "PYTHONIOENCODING": "utf-8"},
    )


def test_help_names_the_commands_of_a_study():
    done = hotspot("--help")
    assert done.returncode == 0
    for command in ("demo", "init", "check", "run", "evaluate"):
        assert command in done.stdout


def test_version():
    assert hotspot("--version").stdout.startswith("hotspot 0.")


def test_usage_errors_exit_2():
    assert hotspot("run").returncode == 2
    assert hotspot("rn").returncode == 2


def test_init_writes_a_study_and_never_replaces_one(tmp_path):
    assert hotspot("init", "study.toml", cwd=tmp_path).returncode == 0
    again = hotspot("init", "study.toml", cwd=tmp_path)
    assert again.returncode == 13
    assert again.stderr.strip() == "Error: 'study.toml' is there already. Choose another name, or add --force."


def damaged(text, folder, *, what):
    """Damage one thing in the study or its inputs."""
    if what == "typo":
        return text.replace("permutations =", "permutatoins =")
    if what == "missing column":
        return text.replace('population = "population"     #', 'population = "populaton"     #')
    if what == "wrong area code":
        return text.replace('code = "lsoa_code"', 'code = "lsoa_cod"')
    if what == "wrong crs":
        return text.replace('geography = "LSOA-like areas"', 'geography = "LSOA-like areas"\ncrs = 4326')
    if what == "swapped columns":
        file = folder / "ambulance.csv"
        header, rest = file.read_text(encoding="utf-8").split("\n", 1)
        header = header.replace("Easting", "?").replace("Northing", "Easting").replace("?", "Northing")
        file.write_text(header + "\n" + rest, encoding="utf-8")
    if what == "empty file":
        (folder / "ed.csv").write_text("", encoding="utf-8")
    if what == "truncated file":
        file = folder / "ambulance.csv"
        file.write_bytes(file.read_bytes()[:-25])
    if what == "truncated areas":
        file = folder / "lsoa.gpkg"
        file.write_bytes(file.read_bytes()[:20_000])
    if what == "absent file":
        (folder / "gazetteer.csv").unlink()
    return text


@pytest.mark.parametrize(
    ("what", "code", "told"),
    [
        ("typo", 11, "Did you mean 'permutations'?"),
        ("missing column", 10, "populaton"),
        ("wrong area code", 10, "lsoa_cod"),
        ("wrong crs", 10, "degrees"),
        ("swapped columns", 10, "swapped"),
        ("empty file", 10, "ed.csv"),
        ("truncated file", 10, "ambulance.csv"),
        ("truncated areas", 10, "lsoa.gpkg"),
        ("absent file", 10, "gazetteer.csv"),
    ],
)
def test_a_mistake_gives_one_clear_error_and_leaves_nothing(city_folder, tmp_path, what, code, told):
    data = tmp_path / "data"
    shutil.copytree(city_folder, data)
    study = write_template(tmp_path / "study.toml")
    study.write_text(damaged(study.read_text(encoding="utf-8"), data, what=what), encoding="utf-8")
    done = hotspot("run", study, "--data", data, "--out", tmp_path / "out")
    assert done.returncode == code, done.stderr
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_sources_lists_and_shows_the_built_in_sources():
    listed = hotspot("sources", "list").stdout.splitlines()
    assert len(listed) == 13
    assert "ed_istv Emergency department assaults (ISTV) records yes" in [" ".join(line.split()) for line in listed]
    assert any("domestic_abuse_services" in line and "area counts" in line for line in listed)
    assert hotspot("sources", "show", "fire").stdout.startswith("# Fire and rescue service incidents")
    wrong = hotspot("sources", "show", "fires")
    assert wrong.returncode == 11
    assert "Did you mean 'fire'?" in wrong.stderr


def test_sources_guess_prints_a_source_file_that_check_and_quality_read(city_folder, tmp_path):
    text = (city_folder / "ambulance.csv").read_text(encoding="utf-8").replace("Nature,", "What it was,", 1)
    (tmp_path / "calls.csv").write_text(text, encoding="utf-8")
    done = hotspot("sources", "guess", "calls.csv", "--name", "ambulance", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert 'occurred_from = "Call time"  # likely' in done.stdout
    assert 'sure    easting = "Easting"' in done.stderr
    (tmp_path / "mine.toml").write_text(done.stdout, encoding="utf-8")
    checked = hotspot("sources", "check", "mine.toml", "calls.csv", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    assert "rejected, duplicate id: 38" in checked.stdout
    graded = hotspot("quality", "calls.csv", "--source", "mine.toml", cwd=tmp_path)
    assert graded.returncode == 0, graded.stderr


def test_sources_guess_refuses_what_is_no_table(tmp_path):
    (tmp_path / "letter.csv").write_text("x\n", encoding="utf-8")
    done = hotspot("sources", "guess", "letter.csv", cwd=tmp_path)
    assert done.returncode == 10
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")


def test_locate_counts_levels_and_writes_neither_texts_nor_coordinates(tmp_path):
    (tmp_path / "places.csv").write_text(
        "name,kind,easting,northing\nThe Black Lion,venue,318500,176500\nOak Road,street,318900,176900\n",
        encoding="utf-8",
    )
    (tmp_path / "ed.csv").write_text(
        "where,longitude,latitude\no/s blck lion,-3.1750,51.4816\npts home 3 Oak Rd,,\nOak Rd,-3.1694,51.4852\n",
        encoding="utf-8",
    )
    done = hotspot(
        "locate", "ed.csv", "--column", "where", "--gazetteer", "places.csv", "--out", "found.csv", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "3 texts, 2 with a point" in done.stdout
    written = (tmp_path / "found.csv").read_text(encoding="utf-8")
    assert written.splitlines()[0] == "row,location_level,location_method,location_confidence,uncertainty_m"
    assert "lion" not in (written + done.stdout).casefold()
    assert "318" not in written
    scored = hotspot(
        "score-locations", "ed.csv", "--column", "where", "--gazetteer", "places.csv", "--by", "level", cwd=tmp_path
    )
    assert scored.returncode == 0, scored.stderr
    assert [line.split()[:6] for line in scored.stdout.splitlines()[2:]] == [
        ["home", "1", "0", "0", "0", "0"], ["street", "1", "1", "1", "1", "0"], ["venue", "1", "1", "1", "1", "0"],
        ["all", "3", "2", "2", "2", "0"],
    ]  # fmt: skip
    assert hotspot("locate", "ed.csv", "--column", "wher", "--gazetteer", "places.csv", cwd=tmp_path).returncode == 10
    assert hotspot("score-locations", cwd=tmp_path).returncode == 2


def test_evaluate_says_what_it_found_and_where_it_wrote_it(city_folder, tmp_path):
    study = write_template(tmp_path / "study.toml")
    done = hotspot("evaluate", study, "--data", city_folder, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "On 2 % of the ground, the list by" in done.stdout
    folder = tmp_path / "out" / "restricted-evaluation"
    assert sorted(file.name for file in folder.iterdir()) == [
        "evaluation.csv", "evaluation.html", "evaluation.svg", "manifest.json",
    ]  # fmt: skip
    assert str(folder / "evaluation.html") in done.stdout.replace("\n", "")
