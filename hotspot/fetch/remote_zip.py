"""Read a few members of a large zip archive without downloading the rest."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotspot.errors import FetchError
from hotspot.fetch.transport import PARTIAL, NotPublishedError

if TYPE_CHECKING:
    from hotspot.fetch.transport import Transport

_BLOCK = 1 << 20
_MOST = 1 << 30
_MAX_RATIO = 200
_SMALL = 1 << 20
_LOCAL_HEADER = 30
_EXTRA = 256
"""Bytes of a member's own header, and room for what writers put between it and the data."""


class RangeFile(io.RawIOBase):
    """A file on a server, read by ranges."""

    def __init__(self, transport: Transport, url: str, what: str) -> None:
        """Ask for the first byte, which tells the size and whether ranges are sent."""
        super().__init__()
        self._transport, self._url, self._what = transport, url, what
        _, answer = transport.read_range(url, 0, 1, tag=None, what=what)
        size = answer.headers.get("content-range", "").rpartition("/")[2]
        if answer.status != PARTIAL or not size.isdecimal():
            raise FetchError(f"{what}: the server does not say how large the file is.")
        self.size = int(size)
        self.tag = _strong(answer.headers.get("etag")) or answer.headers.get("last-modified")
        self._position, self._start, self._block = 0, 0, b""

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be read in any order."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a byte."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        """Say at which byte reading goes on."""
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes, or to the end."""
        last = self.size if size is None or size < 0 else min(self.size, self._position + size)
        pieces: list[bytes] = []
        while self._position < last:
            if not self._start <= self._position < self._start + len(self._block):
                first = max(0, min(self._position, self.size - _BLOCK))  # at the end one block holds the members' list
                self.load(first, min(_BLOCK, self.size - first))
            offset = self._position - self._start
            pieces.append(self._block[offset : offset + last - self._position])
            self._position += len(pieces[-1])
        return b"".join(pieces)

    def load(self, first: int, length: int) -> None:
        """Fetch a stretch at once, to be read from next."""
        length = min(length, self.size - first)
        self._block, _ = self._transport.read_range(self._url, first, length, tag=self.tag, what=self._what)
        self._start = first


@dataclass(frozen=True, slots=True)
class RemoteZip:
    """An archive on a server: the file, and its list of members."""

    file: RangeFile
    archive: zipfile.ZipFile

    def read(self, member: zipfile.ZipInfo, what: str) -> bytes:
        """
        Fetch one member within bounds.

        Parameters
        ----------
        member
            One of the archive's members.
        what
            Name for messages.

        Returns
        -------
        bytes
            Unpacked, its checksum checked.

        Raises
        ------
        FetchError
            If it is too large, encrypted or damaged.
        """
        size, packed = member.file_size, member.compress_size
        if max(size, packed) > _MOST or (size > _SMALL and size > _MAX_RATIO * packed):
            raise FetchError(f"{what}: would unpack to {size:,} bytes from {packed:,}. Refused.")
        try:
            self.file.load(member.header_offset, _LOCAL_HEADER + len(member.filename.encode()) + packed + _EXTRA)
            with self.archive.open(member) as stream:
                content = stream.read(size + 1)
        except NotPublishedError:
            raise FetchError(f"{what}: the archive is no longer there. Run it again.") from None
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
            raise FetchError(f"{what}: the archive is damaged ({type(error).__name__}). Try later.") from None
        if len(content) != size:
            raise FetchError(f"{what}: has another size than the archive says. Try later.")
        return content


def open_remote_zip(transport: Transport, url: str, what: str) -> RemoteZip:
    """
    Open an archive on a server; only its list of members is read.

    Parameters
    ----------
    transport
        How requests are sent.
    url
        Address of the archive.
    what
        Name of the archive for messages.

    Returns
    -------
    RemoteZip
        Members are fetched when they are read.

    Raises
    ------
    NotPublishedError
        If there is no such archive.
    FetchError
        If it is no archive, or the server sends no parts of files.
    """
    file = RangeFile(transport, url, what)
    try:
        return RemoteZip(file, zipfile.ZipFile(file))
    except zipfile.BadZipFile:
        raise FetchError(
            f"{what}: what the server sent is no zip archive; it may be the login page of a network. Try in a browser."
        ) from None


def _strong(tag: str | None) -> str | None:
    """Keep an entity tag only if it stands for the very same bytes."""
    return tag if tag is not None and tag.startswith('"') else None
