"""Write files and folders whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hotspot.checks import listed
from hotspot.errors import OutputError
from hotspot.locking import locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MANIFEST = "manifest.json"
SOFTWARE = "hotspot"
"""How the manifest's ``software`` begins; by it a folder is known as ours."""
_LITTER = re.compile(r"\.DS_Store|Thumbs\.db|desktop\.ini|.*\.(gpkg-wal|gpkg-shm|gpkg-journal|qmd|aux\.xml)")
"""What desktops and QGIS leave in every folder they open."""


def write_atomically(path: str | Path, write: Callable[[Path], object]) -> Path:
    """
    Let ``write`` make a file beside its place, then put it there in one step.

    Parameters
    ----------
    path
        Where the file should stand; its folder must exist.
    write
        Called with the temporary path, which ends like the real one.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OutputError
        If the folder is not there or the file is open elsewhere; what stood there before is untouched.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise OutputError(f"path: the folder of {target.name!r} is not there. Make it first.")
    if target.is_dir():
        raise OutputError(f"path: {target.name!r} is a folder. Name a file.")
    try:
        stage = _make_stage(target)
        try:
            draft = stage / target.name
            write(draft)
            _sync(draft)
            draft.replace(target)
            _sync_folder(target.parent)
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    except OSError as error:
        raise OutputError(
            f"path: {target.name!r} cannot be written: {error.strerror}. Is it open in another program?"
        ) from None
    return target


RELEASE = "release"


@contextmanager
def staged_folder(folder: str | Path, *, kind: str = RELEASE) -> Iterator[Path]:
    """
    Give an empty folder to fill; when the block ends well, it takes the place of ``folder``.

    Parameters
    ----------
    folder
        The output folder. If it is there it must be an earlier output (it holds our manifest) or empty.
    kind
        What the folder holds, as its manifest says: only one of the same kind is replaced.

    Yields
    ------
    pathlib.Path
        The folder to write into.

    Raises
    ------
    OutputError
        If the folder holds a file that no run wrote, or cannot be written.
    LockedError
        If another run is writing to the same folder.
    """
    target = Path(folder).resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"folder: {target.parent.name!r} cannot be made: {error.strerror}.") from None
    with locked(target):
        try:
            _mend(target)
            _require_ours(target, kind)
            stage = _make_stage(target)
            try:
                yield stage
                for file in sorted(stage.rglob("*")):
                    _sync(file) if file.is_file() else _sync_folder(file)
                _sync_folder(stage)
                _swap(stage, target)
            finally:
                shutil.rmtree(stage, ignore_errors=True)
        except OSError as error:
            raise OutputError(
                f"folder: {target.name!r} cannot be written: {error.strerror}. Is a file in it open elsewhere?"
            ) from None


def write_manifest(folder: Path, facts: dict[str, object]) -> None:
    """List every file of a folder with its size and SHA-256, beside the facts given."""
    files = [
        {"name": file.relative_to(folder).as_posix(), "bytes": file.stat().st_size, "sha256": sha256_of(file)}
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != MANIFEST
    ]
    write_json(folder / MANIFEST, {**facts, "files": files})


def write_json(path: Path, value: object) -> None:
    """Write JSON the same way every time: sorted keys, two spaces, a final newline."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def sha256_of(path: Path) -> str:
    """Give the SHA-256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _require_ours(folder: Path, kind: str) -> None:
    """Refuse to replace a folder that holds anything but what an earlier run wrote."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise OutputError(f"folder: {folder.name!r} is a file. Name a folder.")
    there = {
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*")
        if not file.is_dir() and _LITTER.fullmatch(file.name) is None
    }
    written, there_kind = _written(folder)
    if written and there_kind != kind:
        raise OutputError(
            f"folder: {folder.name!r} holds output of another kind ({there_kind}), and this is {kind}. Choose another "
            "folder."
        )
    strange = sorted(there - written)
    if strange:
        raise OutputError(
            f"folder: {folder.name!r} is not empty and holds {len(strange)} file(s) that no run wrote "
            f"({listed(strange)}). Move them, or choose another folder."
        )


def _written(folder: Path) -> tuple[set[str], str]:
    """List what our manifest in the folder says was written, and of what kind it is; nothing where there is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        names = {str(entry["name"]) for entry in manifest["files"]}
        ours = str(manifest["software"]).startswith(f"{SOFTWARE} ")
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return set(), RELEASE
    return ({MANIFEST, *names} if ours else set()), str(manifest.get("kind", RELEASE))


def _make_stage(target: Path) -> Path:
    """Make an empty folder beside the target, with the rights a new folder has there."""
    stage = target.with_name(f".stage-{target.name}-{secrets.token_hex(8)}")
    stage.mkdir()
    return stage


def _mend(target: Path) -> None:
    """Put back or clear away what a run that was killed has left of this folder."""
    stages = re.compile(rf"\.stage-{re.escape(target.name)}-[0-9a-f]{{16}}(\.old)?")
    for left in sorted(path for path in target.parent.iterdir() if stages.fullmatch(path.name)):
        if left.suffix == ".old" and not target.exists():
            left.rename(target)
        else:
            shutil.rmtree(left, ignore_errors=True)


def _swap(stage: Path, target: Path) -> None:
    """Put the staged folder in the target's place; if that fails, the old one comes back."""
    if not target.exists():
        stage.rename(target)
    else:
        old = stage.with_name(f"{stage.name}.old")
        target.rename(old)
        try:
            stage.rename(target)
        except OSError:
            old.rename(target)
            raise
        shutil.rmtree(old, ignore_errors=True)
    _sync_folder(target.parent)


def _sync(file: Path) -> None:
    """Wait until a file is on the disk; needs a handle that may write on every platform."""
    with file.open("r+b") as handle:
        os.fsync(handle.fileno())


def _sync_folder(folder: Path) -> None:
    """Wait until a folder's entries are on the disk; Windows does so of itself and opens no folder."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        # Some network drives refuse this; the files themselves are safe by then.
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
