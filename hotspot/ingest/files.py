"""Find the files of an extract, tell them apart by their content, and refuse what is not data."""

from __future__ import annotations

import glob
import gzip
import hashlib
import io
import itertools
import zipfile
import zlib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from hotspot.checks import folder_of, listed
from hotspot.errors import InputError
from hotspot.sheets import is_workbook
from hotspot.sheets.bounds import kind_of_members

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_BYTES = 4 * 1024**3
"""Largest file or archive member that is unpacked."""
MAX_RATIO = 200
"""Largest ratio of unpacked to packed size: more is a decompression bomb."""
_SMALL = 1024**2
_ZIP = b"PK\x03\x04"

_REFUSED: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF. Ask for the table as CSV"),
    (b"\xfd7zXZ", "an xz archive. Unpack it first"),
    (b"BZh", "a bzip2 archive. Unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive. Unpack it first"),
    (b"Rar!", "a RAR archive. Unpack it first"),
    (b"\x80\x03", "a Python pickle, which is never opened"),
    (b"\x80\x04", "a Python pickle, which is never opened"),
    (b"\x80\x05", "a Python pickle, which is never opened"),
)
_MARKUP = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script")


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an extract: its name without folders, its bytes, its kind and its SHA-256."""

    name: str
    content: bytes
    kind: str
    sha256: str


def find_parts(data: object, members: Sequence[str]) -> Iterator[Part]:
    """
    Yield the files of an extract in a fixed order.

    Parameters
    ----------
    data
        A path, glob, folder or zip archive, or a list of them.
    members
        Name patterns of the files that belong, for folders and archives; a file named outright always belongs.

    Yields
    ------
    Part
        One after the other, so that only one is in memory unpacked.

    Raises
    ------
    InputError
        If nothing is there, two files are identical, or one is not a table of records.
    """
    seen: dict[str, str] = {}
    for path in _paths(data, members):
        for part in _open(path, members):
            if part.sha256 in seen and len(part.content) > len(b"[]\r\n"):
                raise InputError(
                    f"data: {part.name!r} and {seen[part.sha256]!r} are the same file, byte for byte. "
                    "Reading both would count every record twice: give it once."
                )
            seen[part.sha256] = part.name
            yield part


def _paths(data: object, members: Sequence[str]) -> list[Path]:
    """Expand what the user gave to a list of regular files."""
    if isinstance(data, (list, tuple)):
        if not data:
            raise InputError("data: the list is empty. Give at least one path or frame.")
        found = [path for item in data for path in _paths(item, members)]
        return list(dict.fromkeys(found))
    if not isinstance(data, (str, Path)):
        raise InputError(
            f"data: {type(data).__name__} cannot be read. Give a path, glob, folder, zip, list or DataFrame."
        )
    text = str(data)
    if "://" in text or text.startswith("/vsi"):
        raise InputError("data: addresses are not fetched. Download the file and give its path.")
    path = Path(text)
    try:
        path.exists()
        path.is_dir()
    except (OSError, ValueError):
        raise InputError("data: this can be no path. Check its length and its letters.") from None
    if not path.exists() and glob.has_magic(text):
        return [file for match in _matches(path) for file in _paths(match, members)]
    if path.is_dir():
        return _in_folder(path, members)
    if not path.exists():
        raise InputError(f"data: {path.name!r} is not there; looked in {folder_of(path)}. Check the path.")
    if not path.is_file():
        raise InputError(f"data: {path.name!r} is neither a file nor a folder.")
    return [path]


def _matches(pattern: Path) -> list[Path]:
    """List what a glob pattern matches."""
    plain = Path(*itertools.takewhile(lambda piece: not glob.has_magic(piece), pattern.parts))
    try:
        matches = sorted(plain.glob(str(pattern.relative_to(plain))), key=lambda path: path.as_posix())
    except (ValueError, NotImplementedError):
        raise InputError("data: this pattern cannot be read; write ** as a whole folder name only.") from None
    if not matches:
        raise InputError(f"data: no file matches {pattern.name!r}; looked in {folder_of(plain / '*')}.")
    return matches


def _in_folder(folder: Path, members: Sequence[str]) -> list[Path]:
    """List the fitting files of a folder and its subfolders, in the order of their names."""
    files = [file for file in folder.rglob("*") if file.is_file() and _belongs(file.name, members)]
    if not files:
        raise InputError(f"data: folder {folder.name!r} holds no file named like {listed(members)}.")
    links = [file for file in files if file.is_symlink()]
    if links:
        raise InputError(
            f"data: folder {folder.name!r} holds {len(links)} link(s) to files elsewhere, the first is "
            f"{links[0].name!r}. A folder that was sent could so bring in any file of this machine: put the file "
            "itself there, or name it."
        )
    return sorted(files, key=lambda file: file.relative_to(folder).as_posix())


def _belongs(name: str, members: Sequence[str]) -> bool:
    """Tell whether a file name fits one of the patterns; hidden files never do."""
    return not name.startswith(".") and any(fnmatch(name.casefold(), pattern.casefold()) for pattern in members)


def _open(path: Path, members: Sequence[str]) -> Iterator[Part]:
    """Read a file, or the members of an archive."""
    try:
        with path.open("rb", buffering=0) as handle:  # a buffer would join what it holds to the rest: a second copy
            head = handle.read(4)
            if head == _ZIP and not _is_document(path):
                yield from _members(path, members)
                return
            if path.stat().st_size > MAX_BYTES:
                raise InputError(f"data: {path.name!r} is larger than {MAX_BYTES >> 30} GiB. Split it by month.")
            handle.seek(0)
            content = handle.readall()
    except OSError as error:
        raise InputError(f"data: {path.name!r} cannot be read: {type(error).__name__}. Is it open elsewhere?") from None
    part = make_part(path.name, content)
    del content  # of a compressed file the part holds what was in it
    yield part


def _is_document(path: Path) -> bool:
    """Tell whether a zip archive is a workbook, or another document of an office program."""
    try:
        with zipfile.ZipFile(path) as archive:
            return kind_of_members(archive) is not None
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, zlib.error, KeyError):
        return False


def _members(path: Path, members: Sequence[str]) -> Iterator[Part]:
    """Read the fitting members of a zip archive, by index and within bounds."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            chosen = [e for e in entries if not e.is_dir() and _belongs(PurePosixPath(e.filename).name, members)]
            if not chosen:
                raise InputError(f"data: archive {path.name!r} holds no file named like {listed(members)}.")
            for entry in sorted(chosen, key=lambda e: e.filename):
                name = PurePosixPath(entry.filename).name
                if entry.flag_bits & 1:
                    raise InputError(
                        f"data: {name!r} in {path.name!r} is encrypted. Unpack it with its password first."
                    )
                _check_size(f"{name!r} in {path.name!r}", entry.file_size, entry.compress_size)
                with archive.open(entry) as member:
                    content = _bounded(member, f"{name!r} in {path.name!r}", entry.compress_size)
                yield make_part(name, content)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, zlib.error) as error:
        raise InputError(
            f"data: archive {path.name!r} is damaged or incomplete ({type(error).__name__}). Download it again."
        ) from None


def _check_size(title: str, size: int, packed: int) -> None:
    """Refuse what unpacks beyond the bounds."""
    if size > MAX_BYTES or (size > _SMALL and size > MAX_RATIO * max(packed, 1)):
        raise InputError(
            f"data: {title} would unpack to {size:,} bytes from {packed:,}, beyond {MAX_BYTES >> 30} GiB or "
            f"{MAX_RATIO} to 1. That is not a table of records."
        )


def _bounded(stream: IO[bytes] | gzip.GzipFile, title: str, packed: int) -> bytes:
    """Read a stream to its end, checking the bounds as it grows: a header can lie about the size."""
    whole = io.BytesIO()  # gives its bytes away without a second copy
    total = 0
    while chunk := stream.read(1 << 24):
        total += len(chunk)
        _check_size(title, total, packed)
        whole.write(chunk)
    return whole.getvalue()


def make_part(name: str, content: bytes) -> Part:
    """
    Tell by its content what a file is.

    Parameters
    ----------
    name
        File name without folders.
    content
        All its bytes.

    Returns
    -------
    Part
        Of kind ``csv``, ``json``, ``parquet``, ``workbook`` or ``gpkg``.

    Raises
    ------
    InputError
        If it is empty, a web page, or of a kind that is not read.
    """
    digest = hashlib.sha256(content).hexdigest()
    if content.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(io.BytesIO(content)) as stream:
                content = _bounded(stream, repr(name), len(content))
        except (OSError, EOFError) as error:
            raise InputError(f"data: {name!r} is a damaged gzip file ({type(error).__name__}).") from None
    if not content or content.isspace():
        raise InputError(f"data: {name!r} is empty.")
    for magic, what in _REFUSED:
        if content.startswith(magic):
            raise InputError(f"data: {name!r} is {what}.")
    if is_workbook(content):
        return Part(name, content, "workbook", digest)
    if content.startswith(_ZIP):
        raise InputError(f"data: {name!r} is an archive inside an archive. Unpack it first.")
    if content.startswith(b"SQLite format 3\0"):
        return Part(name, content, "gpkg", digest)
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    _refuse_markup(name, start)
    if content.startswith(b"PAR1"):
        return Part(name, content, "parquet", digest)
    return Part(name, content, "json" if start.startswith((b"[", b"{")) else "csv", digest)


def _refuse_markup(name: str, start: bytes) -> None:
    """Refuse web pages and XML, which some systems name .xls."""
    spreadsheet = name.casefold().endswith((".xls", ".xlsx"))
    if start.startswith(_MARKUP) or b"<html" in start or (spreadsheet and start.startswith(b"<table")):
        if spreadsheet:
            raise InputError(
                f"data: {name!r} is a web page under the name of a workbook, as some systems export. "
                "Open it in a spreadsheet program and save it as .xlsx."
            )
        raise InputError(f"data: {name!r} is a web page, perhaps a login or error page. Download the data again.")
    if start.startswith(b"<") and (spreadsheet or b"excel.sheet" in start):
        raise InputError(
            f"data: {name!r} is an XML Spreadsheet. Open it in a spreadsheet program and save it as .xlsx."
        )
    if start.startswith(b"<"):
        raise InputError(f"data: {name!r} is XML, which is not read. Ask for CSV.")
