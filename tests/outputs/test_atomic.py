"""Files and folders are written whole or not at all, and nothing of others is ever replaced."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from hotspot.errors import LockedError, OutputError
from hotspot.outputs import atomic
from hotspot.outputs.atomic import staged_folder, write_atomically, write_json, write_manifest
from hotspot.outputs.locking import locked


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def fill(stage, text):
    """Write what every output folder has: files, one of them deeper, and the manifest."""
    (stage / "tables").mkdir()
    for name in ("areas.csv", "tables/months.csv"):
        (stage / name).write_text(text, encoding="utf-8")
    write_manifest(stage, {"software": "hotspot test"})


def write_output(folder, text):
    with staged_folder(folder) as stage:
        fill(stage, text)


@pytest.fixture
def output(tmp_path):
    """Name an output folder that holds an earlier output, alone in its parent."""
    folder = tmp_path / "out"
    write_output(folder, "old")
    return folder


WRITTEN = ["areas.csv", "manifest.json", "tables", "tables/months.csv"]


def test_a_file_takes_the_place_of_the_old_one(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("old", encoding="utf-8")
    assert write_atomically(file, lambda draft: draft.write_text("new", encoding="utf-8")) == file
    assert file.read_text(encoding="utf-8") == "new"
    assert names(tmp_path) == ["a.txt"]


def test_a_failure_halfway_leaves_the_old_file_and_nothing_else(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("old", encoding="utf-8")

    def fail(draft):
        draft.write_text("half", encoding="utf-8")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OutputError, match=r"'a.txt' cannot be written: No space left on device"):
        write_atomically(file, fail)
    assert file.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["a.txt"]


def test_an_error_of_another_kind_passes_and_leaves_nothing(tmp_path):
    def fail(draft):
        draft.write_text("half", encoding="utf-8")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_atomically(tmp_path / "a.txt", fail)
    assert names(tmp_path) == []


def test_a_file_that_is_open_elsewhere_says_so(tmp_path, monkeypatch):
    def refuse(*_paths):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OutputError, match="Is it open in another program"):
        write_atomically(tmp_path / "a.txt", lambda draft: draft.write_text("new", encoding="utf-8"))
    assert names(tmp_path) == []


def test_a_place_that_is_no_place_is_refused(tmp_path):
    with pytest.raises(OutputError, match=r"the folder of .* is not there"):
        write_atomically(tmp_path / "missing" / "a.txt", lambda draft: draft.touch())
    with pytest.raises(OutputError, match="is a folder"):
        write_atomically(tmp_path, lambda draft: draft.touch())


def test_a_folder_is_made_with_its_parents_and_replaced_as_a_whole(tmp_path):
    folder = tmp_path / "deep" / "out"
    write_output(folder, "old")
    (folder / "tables" / "months.csv").write_text("edited", encoding="utf-8")
    with staged_folder(folder) as stage:
        assert names(folder) == WRITTEN
        (stage / "areas.csv").write_text("new", encoding="utf-8")
        write_manifest(stage, {"software": "hotspot test"})
    assert names(folder.parent) == ["out", "out/areas.csv", "out/manifest.json"]


def test_others_can_read_the_folder_where_they_can_read_what_is_made_there(tmp_path, output):
    made = tmp_path / "made"
    made.mkdir()
    assert output.stat().st_mode == made.stat().st_mode


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_a_failure_in_a_folder_leaves_the_old_one(output, error):
    def fail(stage):
        (stage / "areas.csv").write_text("half", encoding="utf-8")
        raise error

    with pytest.raises(error), staged_folder(output) as stage:
        fail(stage)
    assert (output / "areas.csv").read_text(encoding="utf-8") == "old"
    assert names(output.parent) == ["out", *(f"out/{name}" for name in WRITTEN)]


def test_a_full_disk_leaves_the_old_folder(output):
    with pytest.raises(OutputError, match="No space left"), staged_folder(output):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert names(output) == WRITTEN


def test_the_old_folder_comes_back_where_the_swap_fails(output, monkeypatch):
    rename, calls = Path.rename, []

    def fail_second(self, target):
        calls.append(target)
        if len(calls) == 2:
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_second)
    with pytest.raises(OutputError, match="Is a file in it open elsewhere"):
        write_output(output, "new")
    assert len(calls) == 3
    assert (output / "areas.csv").read_text(encoding="utf-8") == "old"
    assert names(output.parent) == ["out", *(f"out/{name}" for name in WRITTEN)]


@pytest.mark.parametrize(
    "strange",
    [
        {"notes.docx": "mine"},
        {"notes.docx": "mine", "manifest.json": '{"name": "a web page", "files": [{"name": "notes.docx"}]}'},
        {"notes.docx": "mine", "manifest.json": "not json"},
        {"notes.docx": "mine", "manifest.json": "[1]"},
    ],
)
def test_a_folder_of_somebody_else_is_never_replaced(tmp_path, strange):
    folder = tmp_path / "mine"
    folder.mkdir()
    for name, text in strange.items():
        (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(OutputError, match=rf"holds {len(strange)} file\(s\) that no run wrote .*notes.docx"):
        write_output(folder, "new")
    assert {name: (folder / name).read_text(encoding="utf-8") for name in strange} == strange
    assert names(tmp_path) == ["mine", *sorted(f"mine/{name}" for name in strange)]


def test_a_file_put_into_our_folder_stops_the_run(output):
    (output / "tables" / "minutes.docx").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"1 file\(s\) that no run wrote \(tables/minutes.docx\)"):
        write_output(output, "new")
    assert (output / "areas.csv").read_text(encoding="utf-8") == "old"


def test_what_desktops_leave_does_not_stop_the_run(output):
    for name in ("Thumbs.db", ".DS_Store", "areas.gpkg-wal", "areas.qmd"):
        (output / name).touch()
    write_output(output, "new")
    assert names(output) == WRITTEN


def test_an_empty_folder_is_filled_and_a_file_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    write_output(tmp_path / "empty", "new")
    assert names(tmp_path / "empty") == WRITTEN
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="is a file"):
        write_output(tmp_path / "file", "new")
    with pytest.raises(OutputError, match="cannot be made"):
        write_output(tmp_path / "file" / "out", "new")


def test_what_a_killed_run_left_is_cleared_away_and_the_old_folder_put_back(output):
    left = ".stage-out-" + "0" * 16
    output.rename(output.with_name(f"{left}.old"))
    (output.with_name(left)).mkdir()
    neighbours = [".stage-out-two-" + "0" * 16, ".stage-out-short"]
    for name in neighbours:
        output.with_name(name).mkdir()
    with pytest.raises(ZeroDivisionError), staged_folder(output):
        raise ZeroDivisionError
    assert (output / "areas.csv").read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in output.parent.iterdir()) == [*sorted(neighbours), "out"]


def test_only_one_run_writes_at_a_time(output):
    with staged_folder(output) as stage:
        with pytest.raises(LockedError, match="another run is writing to 'out'"):
            write_output(output, "second")
        write_output(output.with_name("other"), "beside")
        fill(stage, "first")
    assert (output / "areas.csv").read_text(encoding="utf-8") == "first"
    assert sorted(path.name for path in output.parent.iterdir()) == ["other", "out"]


def test_a_lock_left_by_a_run_that_is_gone_holds_nobody(output):
    output.with_name(".out.hotspot.lock").write_text("4711", encoding="utf-8")
    write_output(output, "new")
    assert names(output.parent) == ["out", *(f"out/{name}" for name in WRITTEN)]


def test_a_lock_whose_file_was_removed_meanwhile_is_taken_anew(tmp_path, monkeypatch):
    from hotspot.outputs import locking

    take, taken = locking._take, []

    def take_after_the_other_has_gone(handle):
        if not taken:
            (tmp_path / ".out.hotspot.lock").unlink()
        taken.append(handle)
        take(handle)

    monkeypatch.setattr(locking, "_take", take_after_the_other_has_gone)
    with locked(tmp_path / "out"):
        assert len(taken) == 2
        monkeypatch.setattr(locking, "_take", take)
        with pytest.raises(LockedError), locked(tmp_path / "out"):
            pass


def test_a_drive_without_locks_is_named(tmp_path, monkeypatch):
    def refuse(_handle):
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr("hotspot.outputs.locking._take", refuse)
    with pytest.raises(OutputError, match="cannot lock files"), locked(tmp_path / "out"):
        pass


SLOW_RUN = """
    import sys, time
    from pathlib import Path
    from hotspot.outputs.atomic import staged_folder, write_manifest
    with staged_folder(sys.argv[1]) as stage:
        (stage / "areas.csv").write_text("half", encoding="utf-8")
        print("writing", flush=True)
        time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs kill")
def test_a_run_that_is_killed_leaves_the_old_output_and_no_lock(output):
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SLOW_RUN), str(output)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "writing\n"
        with pytest.raises(LockedError):
            write_output(output, "second")
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert (output / "areas.csv").read_text(encoding="utf-8") == "old"
    write_output(output, "third")
    assert (output / "areas.csv").read_text(encoding="utf-8") == "third"
    assert names(output.parent) == ["out", *(f"out/{name}" for name in WRITTEN)]


def test_every_file_reaches_the_disk_before_the_swap(output, monkeypatch):
    order = []
    monkeypatch.setattr(atomic, "_sync", lambda file: order.append(file.name))
    swap = atomic._swap
    monkeypatch.setattr(atomic, "_swap", lambda stage, target: (order.append("swap"), swap(stage, target)))
    write_output(output, "new")
    assert sorted(order[:-1]) == ["areas.csv", "manifest.json", "months.csv"]
    assert order[-1] == "swap"


def test_json_is_written_the_same_way_every_time(tmp_path):
    write_json(tmp_path / "a.json", {"b": [1, 2.5, None], "a": "ü"})
    write_json(tmp_path / "b.json", {"a": "ü", "b": [1, 2.5, None]})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert (tmp_path / "a.json").read_bytes().startswith('{\n  "a": "ü"'.encode())
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "c.json", {"a": float("nan")})
