"""A file or folder stands whole or not at all, whatever fails, and whoever writes beside."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from hotspot.errors import LockedError, OutputError
from hotspot.outputs.atomic import MANIFEST, sha256_of, staged_folder, write_atomically, write_json, write_manifest

SOFTWARE = "hotspot 0.test"


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def fill(folder, text="one"):
    """Write two files and their manifest."""
    (folder / "a.txt").write_text(text, encoding="utf-8")
    (folder / "tables").mkdir()
    (folder / "tables" / "b.txt").write_text(text * 2, encoding="utf-8")
    write_manifest(folder, {"software": SOFTWARE})


def write_folder(target, text="one"):
    with staged_folder(target) as stage:
        fill(stage, text)


def check_hashes(folder):
    """Tell how many files the manifest lists, after comparing each, and that no other is there."""
    listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    for entry in listed:
        content = (folder / entry["name"]).read_bytes()
        assert len(content) == entry["bytes"]
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    there = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    assert there == {MANIFEST, *(entry["name"] for entry in listed)}
    return len(listed)


def test_a_file_is_written_and_replaced(tmp_path):
    path = tmp_path / "a.txt"
    assert write_atomically(path, lambda draft: draft.write_text("one")) == path
    write_atomically(str(path), lambda draft: draft.write_text("two"))
    assert path.read_text() == "two"
    assert names_in(tmp_path) == ["a.txt"]


def test_the_draft_ends_like_the_file(tmp_path):
    seen = []

    def write(draft):
        seen.append(draft)
        draft.write_text("x")

    write_atomically(tmp_path / "areas.gpkg", write)
    assert seen[0].name == "areas.gpkg"
    assert seen[0].parent != tmp_path


@pytest.mark.parametrize("error", [RuntimeError("broken"), KeyboardInterrupt()])
def test_a_failing_writer_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def write(draft):
        draft.write_text("half")
        raise error

    with pytest.raises(type(error)):
        write_atomically(path, write)
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["a.txt"]


def test_a_full_disk_is_an_output_error(tmp_path):
    def write(draft):
        draft.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"'a\.txt' cannot be written: No space left on device"):
        write_atomically(tmp_path / "a.txt", write)
    assert names_in(tmp_path) == []


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(OutputError, match="Make it first"):
        write_atomically(tmp_path / "none" / "a.txt", lambda draft: draft.write_text("x"))
    assert names_in(tmp_path) == []


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path):
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(OutputError, match="Name a file"):
        write_atomically(tmp_path / "a.txt", lambda draft: draft.write_text("x"))
    assert names_in(tmp_path / "a.txt") == []


def test_a_new_file_has_the_rights_of_a_new_file(tmp_path):
    (tmp_path / "plain.txt").write_text("x")
    write_atomically(tmp_path / "a.txt", lambda draft: draft.write_text("x"))
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "plain.txt").stat().st_mode
    (tmp_path / "plain").mkdir()
    write_folder(tmp_path / "out")
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_folder_is_written_and_replaced(tmp_path):
    target = tmp_path / "deep" / "er" / "out"
    write_folder(target, "one")
    with staged_folder(target) as stage:
        assert names_in(stage) == []
        (stage / "c.txt").write_text("c")
        write_manifest(stage, {"software": SOFTWARE})
    assert names_in(target) == ["c.txt", MANIFEST]
    assert check_hashes(target) == 1
    assert names_in(target.parent) == ["out"]


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "out").mkdir()
    write_folder(tmp_path / "out")
    assert check_hashes(tmp_path / "out") == 2


@pytest.mark.parametrize("strange", ["thesis.docx", ".hidden", "sub/letter.txt", MANIFEST])
def test_a_foreign_folder_is_refused_and_untouched(tmp_path, strange):
    target = tmp_path / "out"
    (target / strange).parent.mkdir(parents=True)
    (target / strange).write_text('{"mine": true}')
    with pytest.raises(OutputError, match="'out' is not empty"):
        write_folder(target)
    assert (target / strange).read_text() == '{"mine": true}'
    assert names_in(tmp_path) == ["out"]


def test_a_file_of_the_users_in_an_earlier_output_is_kept(tmp_path):
    target = tmp_path / "out"
    write_folder(target, "one")
    (target / "my notes.docx").write_text("keep")
    with pytest.raises(OutputError, match="my notes"):
        write_folder(target, "two")
    assert (target / "my notes.docx").read_text() == "keep"
    assert (target / "a.txt").read_text() == "one"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OutputError, match="'out'"):
        write_folder(tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.parametrize("error", [RuntimeError("broken"), KeyboardInterrupt(), OSError(28, "No space left")])
def test_a_failure_in_the_middle_leaves_the_old_folder(tmp_path, error):
    target = tmp_path / "out"
    write_folder(target, "old")

    def fail():
        with staged_folder(target) as stage:
            (stage / "a.txt").write_text("half")
            raise error

    with pytest.raises(OutputError if isinstance(error, OSError) else type(error)):
        fail()
    assert check_hashes(target) == 2
    assert (target / "a.txt").read_text() == "old"
    assert names_in(tmp_path) == ["out"]


def test_a_failing_swap_brings_the_old_folder_back(tmp_path, monkeypatch):
    target = tmp_path / "out"
    write_folder(target, "old")
    rename = type(target).rename

    def refuse(self, other):
        if self.name.startswith(".stage-") and not self.name.endswith(".old"):
            raise OSError(13, "Permission denied")
        return rename(self, other)

    monkeypatch.setattr(type(target), "rename", refuse)
    with pytest.raises(OutputError, match="Permission denied"):
        write_folder(target, "new")
    monkeypatch.undo()
    assert (target / "a.txt").read_text() == "old"
    assert check_hashes(target) == 2
    assert names_in(tmp_path) == ["out"]


def test_the_manifest_lists_every_file(tmp_path):
    fill(tmp_path)
    manifest = json.loads((tmp_path / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["software"] == SOFTWARE
    assert [entry["name"] for entry in manifest["files"]] == ["a.txt", "tables/b.txt"]
    assert check_hashes(tmp_path) == 2
    assert sha256_of(tmp_path / "a.txt") == hashlib.sha256(b"one").hexdigest()


def test_json_is_written_one_way(tmp_path):
    write_json(tmp_path / "x.json", {"b": 1, "a": ["é", None]})
    expected = '{\n  "a": [\n    "é",\n    null\n  ],\n  "b": 1\n}\n'
    assert (tmp_path / "x.json").read_bytes() == expected.encode()
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "y.json", {"a": float("nan")})


def run_python(code, *arguments):
    """Start another process that runs the code, with its output to read."""
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


HOLD = """
    import sys, time
    from hotspot.outputs.atomic import staged_folder
    with staged_folder(sys.argv[1]) as stage:
        print("inside", flush=True)
        time.sleep(60)
"""


def test_a_live_run_keeps_others_out_and_a_killed_one_does_not(tmp_path):
    target = tmp_path / "out"
    write_folder(target, "old")
    other = run_python(HOLD, target)
    try:
        assert other.stdout.readline() == "inside\n"
        with pytest.raises(LockedError, match="another run is writing to 'out'") as caught:
            write_folder(target, "new")
        assert caught.value.exit_code == 75
        assert (target / "a.txt").read_text() == "old"
    finally:
        other.kill()
        other.communicate()
    write_folder(target, "new")
    assert (target / "a.txt").read_text() == "new"
    assert names_in(tmp_path) == ["out"]


def test_a_lock_left_by_a_dead_process_is_taken_over(tmp_path):
    gone = run_python("pass")
    gone.communicate()
    (tmp_path / ".out.hotspot.lock").write_text(str(gone.pid))
    write_folder(tmp_path / "out")
    assert names_in(tmp_path) == ["out"]


def test_two_threads_do_not_write_one_folder(tmp_path):
    inside, done = threading.Event(), threading.Event()

    def hold():
        with staged_folder(tmp_path / "out") as stage:
            fill(stage)
            inside.set()
            done.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(20)
    with pytest.raises(LockedError):
        write_folder(tmp_path / "out")
    done.set()
    thread.join()
    assert check_hashes(tmp_path / "out") == 2


def test_two_folders_side_by_side_do_not_wait(tmp_path):
    with staged_folder(tmp_path / "restricted") as stage:
        fill(stage)
        write_folder(tmp_path / "shareable")
    assert names_in(tmp_path) == ["restricted", "shareable"]


REWRITE = """
    import sys
    from pathlib import Path
    from hotspot.outputs.atomic import staged_folder, write_manifest
    print("ready", flush=True)
    turn = 0
    while True:
        turn += 1
        with staged_folder(sys.argv[1]) as stage:
            for at in range(12):
                (stage / f"{at}.txt").write_text(f"{turn} " * 5000)
            write_manifest(stage, {"software": "hotspot 0.test"})
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_kills_leave_the_folder_consistent(tmp_path):
    target = tmp_path / "out"
    write_folder(target)
    for wait in (0.05, 0.11, 0.17, 0.23, 0.31):
        process = run_python(REWRITE, target)
        assert process.stdout.readline() == "ready\n"
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kept = [path for path in tmp_path.iterdir() if path.name.endswith(".old")]
        # Between the two renames the earlier output waits under another name, whole.
        found = target if target.exists() else kept[0]
        assert check_hashes(found) in {2, 12}
        turns = {path.read_text().split(" ")[0] for path in found.glob("*.txt")}
        assert len(turns) == 1
    write_folder(target, "last")
    assert check_hashes(target) == 2
    assert names_in(tmp_path) == ["out"]


def test_a_run_killed_between_two_renames_is_mended(tmp_path):
    target = tmp_path / "out"
    write_folder(target, "old")
    target.rename(tmp_path / ".stage-out-0123456789abcdef.old")
    (tmp_path / ".stage-out-0123456789abcdef").mkdir()

    def fail():
        with staged_folder(target):
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        fail()
    assert (target / "a.txt").read_text() == "old"
    assert check_hashes(target) == 2
    assert names_in(tmp_path) == ["out"]


def test_what_only_looks_like_a_stage_is_kept(tmp_path):
    for name in (".stage-other-0123456789abcdef", ".stage-out-mine", "stage-out"):
        (tmp_path / name).mkdir()
    write_folder(tmp_path / "out")
    assert names_in(tmp_path) == [".stage-other-0123456789abcdef", ".stage-out-mine", "out", "stage-out"]
