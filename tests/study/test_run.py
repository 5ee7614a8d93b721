"""The main job on the synthetic city: whole, balanced, safe, repeatable, and nothing left behind by a failure."""

from __future__ import annotations

import hashlib
import json

import pytest

from hotspot.errors import ConfigError, InputError
from hotspot.study import account, check_study, read_study, run_study, write_template


def facts(record, step):
    return [entry["facts"] for entry in record["notes"] if entry["step"] == step]


@pytest.fixture(scope="module")
def run(city_folder, tmp_path_factory):
    """Run the template study on the city once."""
    folder = tmp_path_factory.mktemp("run")
    study = write_template(folder / "study.toml")
    releases = run_study(study, data=city_folder, out=folder / "out")
    return folder / "out", releases


@pytest.fixture(scope="module")
def record(run):
    return json.loads((run[0] / "restricted" / "run.json").read_text(encoding="utf-8"))


def test_each_policy_has_its_folder(run):
    folder, releases = run
    assert sorted(releases) == ["restricted", "shareable"]
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) == [
        "restricted",
        "shareable",
    ]
    for name in releases:
        assert {"map.html", "areas.gpkg", "areas.csv", "manifest.json"} <= {p.name for p in (folder / name).iterdir()}
    assert (folder / "restricted" / "run.json").is_file()
    assert not (folder / "shareable" / "run.json").exists()


def test_every_row_is_accounted_for(record):
    for reading in facts(record, "read_incidents"):
        assert reading["read"] == reading["kept"] + sum(reading.get("rejected", {}).values())
    for balance in facts(record, "balance"):
        assert balance["kept"] == balance["inside"] + balance["outside"] + balance["unlocatable"]
    counted = facts(record, "count_incidents")[0]
    assert counted["kept"] == counted["inside"] + counted["outside"] + counted["unlocatable"]
    assert counted["kept"] == sum(chosen["selected"] for chosen in facts(record, "selection"))


def test_the_record_names_versions_seeds_parameters_and_inputs(record):
    text = json.dumps(record)
    assert record["parameters"]["study"]["seed"] == 0
    assert "numpy" in text
    hashes = [file["sha256"] for reading in facts(record, "read_incidents") for file in reading["files"]]
    assert hashes
    assert all(len(digest) == 64 for digest in hashes)


def test_the_manifest_holds_the_hash_of_every_file(run):
    for name in run[1]:
        folder = run[0] / name
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        listed = {entry["name"]: entry["sha256"] for entry in manifest["files"]}
        found = {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*")
            if path.is_file() and path.name != "manifest.json"
        }
        assert listed == found


def test_shareable_shows_no_small_count_of_a_health_source(run):
    areas = run[1]["shareable"].areas
    for source in ("ed", "ambulance"):
        shown = areas[f"n_{source}"].dropna()
        assert not shown.between(1, 7).any()
        assert (shown % 5 == 0).all()
        hidden = areas[f"n_{source}"].isna()
        assert areas.loc[hidden, f"rate_{source}"].isna().all()
        assert set(areas.loc[hidden, f"moran_label_{source}"]) <= {"Suppressed"}


def test_police_counts_that_are_public_stay_exact(run):
    shareable, restricted = run[1]["shareable"].areas, run[1]["restricted"].areas
    assert shareable["n_police"].sum() == restricted["n_police"].sum()


def test_the_same_study_gives_the_same_bytes(run, city_folder, tmp_path):
    again = run_study(write_template(tmp_path / "study.toml"), data=city_folder, out=tmp_path / "out")
    for name in again:
        first = json.loads((run[0] / name / "manifest.json").read_text(encoding="utf-8"))["files"]
        second = json.loads((tmp_path / "out" / name / "manifest.json").read_text(encoding="utf-8"))["files"]
        names = {"map.html", "areas.csv", "areas.geojson"}
        assert {f["name"]: f["sha256"] for f in first if f["name"] in names} == {
            f["name"]: f["sha256"] for f in second if f["name"] in names
        }


def test_check_reads_everything_and_writes_nothing(city_folder, tmp_path):
    study = write_template(tmp_path / "study.toml")
    notes = check_study(study, data=city_folder)
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]
    text = "\n".join(account(notes))
    assert "read = " in text
    assert "inside + " in text


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('health = ["ed", "ambulans"]', "ambulans"),
        ('police = "polce"', "polce"),
    ],
)
def test_a_source_nobody_reads_is_refused_before_the_long_steps(city_folder, tmp_path, line, told):
    study = write_template(tmp_path / "study.toml")
    key = line.split(" =", maxsplit=1)[0]
    lines = [line if old.startswith(f"{key} = ") and "agreement" not in old and "path" not in old else old
             for old in study.read_text(encoding="utf-8").splitlines()]  # fmt: skip
    study.write_text("\n".join(lines), encoding="utf-8")
    assert read_study(study).agreement is not None
    with pytest.raises(ConfigError, match=told):
        run_study(study, data=city_folder, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_all_files_that_are_not_there_are_named_at_once_with_the_folder_meant(city_folder, tmp_path):
    study = write_template(tmp_path / "study.toml")
    with pytest.raises(InputError, match=r"of the study are not there: \[areas\] path.*--data") as caught:
        check_study(study)
    assert str(caught.value).count(" path: ") > 3
    assert check_study(study, data=city_folder)
