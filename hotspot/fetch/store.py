"""Keep what was fetched: whole files only, each with its checksum and where it came from."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hotspot.errors import FetchError, InputError, OutputError
from hotspot.locking import locked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANIFEST = ".fetched.json"
"""Hidden, so that reading the folder does not take it for records."""
_NAME = re.compile(r"(?:[a-z0-9-]+/)?[a-z0-9][a-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of fetched files and the record of them."""

    folder: Path
    files: dict[str, dict[str, Any]]
    """By name: url, sha256, bytes, day, licence."""
    refresh: bool

    def has(self, name: str) -> bool:
        """
        Tell whether a file is there as it was fetched.

        Parameters
        ----------
        name
            Relative to the folder, with ``/``.

        Returns
        -------
        bool
            False where it is to be fetched.

        Raises
        ------
        InputError
            If somebody has changed the file, or put one of that name there.
        """
        path = self.folder / name
        if self.refresh or not path.exists():
            return False
        known = self.files.get(name)
        if known is not None and _sha256(path) == known["sha256"]:
            return True
        what = "was changed since it was fetched" if known is not None else "is there already and was not fetched"
        raise InputError(
            f"{path.name}: {what}. Move it away, or fetch it again in its place with --refresh (refresh=True)."
        )

    def put(self, name: str, content: bytes, *, url: str, licence: str, **facts: object) -> Path:
        """
        Write a file whole, and record it.

        Parameters
        ----------
        name
            Relative to the folder, of our own making.
        content
            All its bytes.
        url
            Where it came from.
        licence
            Under which terms it may be used.
        **facts
            What else to record.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        OutputError
            If it cannot be written; what stood there before is untouched.
        """
        if not _NAME.fullmatch(name):
            raise FetchError(f"{name!r} is no name for a fetched file.")
        path = self.folder / name
        _write(path, content)
        self.files[name] = {
            "url": url, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content),
            "day": datetime.now(UTC).strftime("%Y-%m-%d"), "licence": licence, **facts,
        }  # fmt: skip
        record = json.dumps({"files": dict(sorted(self.files.items()))}, indent=1, sort_keys=True) + "\n"
        _write(self.folder / MANIFEST, record.encode())
        return path


@contextmanager
def open_store(folder: Path, *, refresh: bool) -> Iterator[Store]:
    """
    Open a folder for fetched files; one run at a time.

    Parameters
    ----------
    folder
        Made if it is not there.
    refresh
        Whether files that are there are fetched again.

    Yields
    ------
    Store
        Knowing what earlier runs fetched.

    Raises
    ------
    OutputError
        If the folder cannot be made, or its record cannot be read.
    LockedError
        If another run fetches into it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"out: {folder.name!r} cannot be made: {error.strerror}.") from None
    with locked(folder):
        yield Store(folder, _read_manifest(folder / MANIFEST), refresh)


def _read_manifest(path: Path) -> dict[str, dict[str, Any]]:
    """Read the record of earlier runs."""
    if not path.exists():
        return {}
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {str(name): dict(facts) | {"sha256": str(facts["sha256"])} for name, facts in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise OutputError(
            f"out: {path.name} cannot be read ({type(error).__name__}). Move it away and run again."
        ) from None


def _write(path: Path, content: bytes) -> None:
    """Write beside the place, and put it there in one step."""
    path.parent.mkdir(exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise OutputError(f"out: {path.name!r} cannot be written: {error.strerror}.") from None
    finally:
        draft.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    """Give the checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
