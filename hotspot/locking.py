"""Let one run at a time write to a folder; the lock falls with the process that holds it."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hotspot.errors import LockedError, OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        """Lock the first byte, or raise OSError at once."""
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(handle: int) -> None:
        """Lock the file, or raise OSError at once."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """
    Hold the lock of an output folder: a hidden file beside it, locked by the operating system.

    Parameters
    ----------
    target
        The folder; the one that holds it must exist.

    Yields
    ------
    None

    Raises
    ------
    LockedError
        If another run holds the lock.
    OutputError
        If no file can be made there.

    Notes
    -----
    A run that is killed leaves the file behind but not the lock, so nothing ever has to be found stale.
    """
    lock = target.with_name(f".{target.name}.hotspot.lock")
    handle = _open(lock, target)
    try:
        yield
    finally:
        _drop(lock, handle)


def _open(lock: Path, target: Path) -> int:
    """Open and lock the file; begin anew if its last holder has just removed it."""
    while True:
        try:
            handle = os.open(lock, os.O_CREAT | os.O_RDWR)
        except OSError as error:
            raise OutputError(f"folder: {target.parent.name!r} cannot be written: {error.strerror}.") from None
        try:
            _take(handle)
        except OSError as error:
            os.close(handle)
            if error.errno in _HELD:
                raise LockedError(f"folder: another run is writing to {target.name!r}. Wait for it to end.") from None
            raise OutputError(
                f"folder: {target.parent.name!r} lies on a drive that cannot lock files: {error.strerror}. "
                "Write to another drive and copy."
            ) from None
        if _is_same(lock, handle):
            return handle
        os.close(handle)


def _is_same(lock: Path, handle: int) -> bool:
    """Tell whether the path still names the file that is locked."""
    try:
        return os.path.samestat(lock.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _drop(lock: Path, handle: int) -> None:
    """Remove the file and its lock; Windows removes no open file, so there it goes after the lock."""
    if sys.platform == "win32":
        os.close(handle)
        try:
            lock.unlink(missing_ok=True)
        except OSError:
            return  # the next run has opened it already, and removes it
    else:
        lock.unlink(missing_ok=True)
        os.close(handle)
