"""Write files and folders whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hotspot.errors import LockedError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MANIFEST = "manifest.json"
_LOCK = ".hotspot.lock"


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
    stage = Path(tempfile.mkdtemp(prefix=".stage-", dir=target.parent))
    try:
        draft = stage / target.name
        write(draft)
        _sync(draft)
        draft.replace(target)
    except OSError as error:
        raise OutputError(
            f"path: {target.name!r} cannot be written: {error.strerror}. Is it open in another program?"
        ) from None
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return target


@contextmanager
def staged_folder(folder: str | Path) -> Iterator[Path]:
    """
    Give an empty folder to fill; when the block ends well, it takes the place of ``folder``.

    Parameters
    ----------
    folder
        The output folder. If it is there it must be an earlier output (it holds our manifest) or empty.

    Yields
    ------
    pathlib.Path
        The folder to write into.

    Raises
    ------
    OutputError
        If the folder holds something that is not ours, or cannot be written.
    LockedError
        If another run is writing to the same folder.
    """
    target = Path(folder)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"folder: {target.parent.name!r} cannot be made: {error.strerror}.") from None
    with _lock(target):
        if target.exists() and not _is_ours(target):
            raise OutputError(
                f"folder: {target.name!r} is not empty and not an earlier output. Choose another folder, or empty it."
            )
        stage = Path(tempfile.mkdtemp(prefix=f".stage-{target.name}-", dir=target.parent))
        try:
            yield stage
            for file in sorted(stage.rglob("*")):
                if file.is_file():
                    _sync(file)
            _swap(stage, target)
        except OSError as error:
            raise OutputError(
                f"folder: {target.name!r} cannot be written: {error.strerror}. Is a file in it open elsewhere?"
            ) from None
        finally:
            shutil.rmtree(stage, ignore_errors=True)


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


def _is_ours(folder: Path) -> bool:
    return folder.is_dir() and ((folder / MANIFEST).is_file() or not any(folder.iterdir()))


def _swap(stage: Path, target: Path) -> None:
    """Put the staged folder in the target's place; if that fails, the old one comes back."""
    if not target.exists():
        stage.rename(target)
        return
    old = stage.with_name(stage.name + ".old")
    target.rename(old)
    try:
        stage.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _sync(file: Path) -> None:
    """Wait until a file is on the disk; needs a handle that may write on every platform."""
    with file.open("r+b") as handle:
        os.fsync(handle.fileno())


@contextmanager
def _lock(target: Path) -> Iterator[None]:
    """Hold a lock file beside the target; one left by a process that is gone is taken over."""
    lock = target.with_name(f".{target.name}{_LOCK}")
    try:
        _take(lock)
    except FileExistsError:
        raise LockedError(
            f"folder: another run is writing to {target.name!r}. Wait for it; if none is, delete {lock.name!r}."
        ) from None
    except OSError as error:
        raise OutputError(f"folder: {target.parent.name!r} cannot be written: {error.strerror}.") from None
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _take(lock: Path) -> None:
    try:
        handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        if _is_alive(lock):
            raise
        lock.unlink(missing_ok=True)
        handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    os.write(handle, str(os.getpid()).encode())
    os.close(handle)


def _is_alive(lock: Path) -> bool:
    """Tell whether the process that wrote the lock still runs; unknown counts as running."""
    try:
        process = int(lock.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return True
    if os.name == "nt":
        return _is_alive_on_windows(process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _is_alive_on_windows(process: int) -> bool:
    """Ask Windows for a handle to the process: signal 0 would end it there."""
    import ctypes

    query_limited_information = 0x1000
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - the attribute exists on Windows only
    handle = kernel.OpenProcess(query_limited_information, 0, process)
    if not handle:
        return False
    kernel.CloseHandle(handle)
    return True
