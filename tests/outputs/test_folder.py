"""One folder holds what one reader gets, the same bytes each time, and nothing of another policy."""

from __future__ import annotations

import hashlib
import json

import geopandas as gpd
import pandas as pd
import pytest

import hotspot as hs
from hotspot.errors import DisclosureError, LockedError, OutputError
from hotspot.outputs import build_run_record
from hotspot.outputs.atomic import staged_folder

ALWAYS = ["areas.csv", "areas.geojson", "areas.gpkg", "manifest.json", "map.html", "statement.txt"]
TABLES = ["tables/health_only.csv", "tables/priorities.csv"]


def files_in(folder):
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def bytes_in(folder):
    return {name: (folder / name).read_bytes() for name in files_in(folder)}


def manifest_of(folder):
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture
def small(squares):
    """Release three areas: one hidden, one shown, one without coverage."""
    counts = squares(3, population=[1000, 1100, 1200], n_ed=pd.array([3, 13, None], "Int64"))
    return hs.release(counts, about={"title": "Small", "caveats": ["Few areas."], "method": ["Counted."]})


def test_a_shareable_folder_holds_all_files(shareable, tmp_path):
    folder = hs.save_folder(shareable, tmp_path / "shareable")
    assert folder == tmp_path / "shareable"
    assert files_in(folder) == sorted([*ALWAYS, *TABLES])
    assert [path.name for path in tmp_path.iterdir()] == ["shareable"]


def test_the_manifest_fits_the_files(shareable, tmp_path):
    folder = hs.save_folder(shareable, tmp_path / "shareable")
    manifest = manifest_of(folder)
    content = bytes_in(folder)
    del content["manifest.json"]
    assert {entry["name"]: (entry["bytes"], entry["sha256"]) for entry in manifest["files"]} == {
        name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in content.items()
    }
    assert manifest["statement"] == shareable.statement
    assert manifest["policy"] == str(shareable.policy)
    assert manifest["secondary_suppression"] == manifest["audit"] == "not done"
    assert manifest["software"] == f"hotspot {hs.__version__}"


def test_totals_in_the_manifest_are_published_ones(shareable, tmp_path):
    counts = manifest_of(hs.save_folder(shareable, tmp_path / "shareable"))["counts"]
    for source in shareable.sources:
        assert counts[source]["shown"] == shareable.areas[f"n_{source}"].sum()
        assert counts[source]["at_least"] == shareable.hidden[source].any()
    assert counts["police"]["at_least"] is False


def test_the_statement_stands_between_markings(small, restricted, tmp_path):
    for release, name in ((small, "a"), (restricted, "b")):
        lines = (hs.save_folder(release, tmp_path / name) / "statement.txt").read_text(encoding="utf-8").splitlines()
        assert lines[0] == lines[-1] == release.policy.stamp
        assert release.statement in lines
    assert restricted.policy.stamp.startswith("OFFICIAL-SENSITIVE")


def test_run_record_in_restricted_only(restricted, shareable, tmp_path):
    record = build_run_record(restricted.notes, parameters={"seed": 1})
    with pytest.raises(DisclosureError, match="run_record: it holds exact counts and belongs in a restricted folder"):
        hs.save_folder(shareable, tmp_path / "shareable", run_record=record)
    with pytest.raises(DisclosureError):
        hs.save_folder(shareable, tmp_path / "shareable", run_record={})
    assert not list(tmp_path.iterdir())
    folder = hs.save_folder(restricted, tmp_path / "restricted", run_record=record)
    assert json.loads((folder / "run.json").read_text(encoding="utf-8")) == record
    assert "run.json" in {entry["name"] for entry in manifest_of(folder)["files"]}
    assert not (hs.save_folder(restricted, tmp_path / "restricted") / "run.json").exists()


def test_only_a_release_is_written(shareable, tmp_path):
    with pytest.raises(DisclosureError, match="GeoDataFrame is no release"):
        hs.save_folder(shareable.areas, tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_an_earlier_output_is_replaced_whole(small, shareable, tmp_path):
    folder = hs.save_folder(shareable, tmp_path / "out")
    assert (folder / "tables").is_dir()
    hs.save_folder(small, folder)
    assert files_in(folder) == ALWAYS
    assert len(gpd.read_file(folder / "areas.geojson")) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_restricted_output_does_not_stay_in_a_shareable_one(small, restricted, tmp_path):
    record = build_run_record(restricted.notes, parameters={})
    folder = hs.save_folder(restricted, tmp_path / "out", run_record=record)
    hs.save_folder(small, folder)
    assert "run.json" not in files_in(folder)


def test_a_foreign_folder_is_refused_and_untouched(small, tmp_path):
    target = tmp_path / "documents"
    target.mkdir()
    (target / "letter.txt").write_text("mine")
    with pytest.raises(OutputError, match="'documents' is not empty"):
        hs.save_folder(small, target)
    assert bytes_in(tmp_path) == {"documents/letter.txt": b"mine"}


@pytest.mark.parametrize("step", ["save_map", "export", "write_tables", "write_manifest"])
def test_a_failure_in_the_middle_leaves_the_old_folder(small, shareable, tmp_path, monkeypatch, step):
    folder = hs.save_folder(small, tmp_path / "out")
    before = bytes_in(folder)

    def fail(*_arguments):
        raise RuntimeError("broken")

    monkeypatch.setattr(f"hotspot.outputs.folder.{step}", fail)
    with pytest.raises(RuntimeError, match="broken"):
        hs.save_folder(shareable, folder)
    assert bytes_in(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_being_written_is_locked(small, tmp_path):
    with staged_folder(tmp_path / "out"), pytest.raises(LockedError, match="another run is writing to 'out'"):
        hs.save_folder(small, tmp_path / "out")


def test_equal_releases_give_equal_folders(squares, tmp_path):
    def write(name):
        counts = squares(3, name=list("abc"), population=[1000, 1100, 1200], n_ed=[3, 13, 40])
        return bytes_in(hs.save_folder(hs.release(counts, about={"title": "T"}), tmp_path / name))

    first, second = write("first"), write("second")
    assert list(first) == list(second) == ALWAYS
    for name, content in first.items():
        assert content == second[name], name


def test_the_folder_is_noted_by_its_name_only(small, tmp_path):
    with hs.recording() as notes:
        hs.save_folder(small, tmp_path / "out")
    facts = next(entry.facts for entry in notes if entry.step == "save_folder")
    assert facts == {"folder": "out", "policy": "shareable"}
    assert str(tmp_path) not in json.dumps([dict(entry.facts) for entry in notes], default=str)


def test_no_path_of_this_machine_is_written(small, tmp_path):
    folder = hs.save_folder(small, tmp_path / "out")
    for name, content in bytes_in(folder).items():
        assert str(tmp_path).encode() not in content, name
