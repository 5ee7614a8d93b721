"""Find the parts of a Shapefile, beside each other or in a zip archive."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePosixPath

from hotspot.checks import listed
from hotspot.errors import InputError

_NEEDED = (".shx", ".dbf", ".prj")
_PARTS = (".shp", *_NEEDED, ".cpg")
_MAX_BYTES = 4 * 1024**3
_MAX_RATIO = 200
_SMALL = 1024**2


def require_parts(file: Path) -> None:
    """Raise, naming them all, if parts of a Shapefile do not lie beside it."""
    there = {other.suffix.casefold() for other in file.parent.iterdir() if other.stem == file.stem}
    _require(file.name, [part for part in _NEEDED if part not in there])


def unzip_shapefile(name: str, content: bytes, folder: Path) -> Path:
    """
    Unpack the one Shapefile of an archive under names of our own.

    Parameters
    ----------
    name
        File name of the archive, for messages.
    content
        All its bytes.
    folder
        Where to write; the archive's own paths are never used.

    Returns
    -------
    Path
        The ``.shp`` file.

    Raises
    ------
    InputError
        If the archive is damaged, encrypted, unpacks to too much, or does not hold exactly one whole Shapefile.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            found = [entry for entry in entries if PurePosixPath(entry.filename).suffix.casefold() == ".shp"]
            if len(found) != 1:
                raise InputError(
                    f"path: archive {name!r} holds {len(found)} Shapefiles. Give an archive with one, or unpack it."
                )
            stem = PurePosixPath(found[0].filename).with_suffix("")
            parts = {
                path.suffix.casefold(): entry
                for entry in entries
                if (path := PurePosixPath(entry.filename)).with_suffix("") == stem and path.suffix.casefold() in _PARTS
            }
            _require(name, [part for part in _NEEDED if part not in parts])
            for suffix, entry in parts.items():
                (folder / f"layer{suffix}").write_bytes(_unpack(archive, entry, name))
    except (zipfile.BadZipFile, NotImplementedError, EOFError):
        raise InputError(f"path: archive {name!r} is damaged or incomplete. Download it again.") from None
    return folder / "layer.shp"


def _require(name: str, missing: list[str]) -> None:
    if missing:
        raise InputError(
            f"path: {name!r} lacks {listed(missing)}. A Shapefile is several files of one name: keep them together."
        )


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    """Read one member within bounds; its header can lie about the size, so the bytes are counted."""
    if entry.flag_bits & 1:
        raise InputError(f"path: archive {name!r} is encrypted. Unpack it with its password first.")
    bound = min(_MAX_BYTES, max(_SMALL, _MAX_RATIO * max(entry.compress_size, 1)))
    with archive.open(entry) as member:
        content = member.read(bound + 1)
    if len(content) > bound:
        raise InputError(f"path: archive {name!r} unpacks to more than {_MAX_RATIO} times its size. It is not read.")
    return content


__all__ = ["require_parts", "unzip_shapefile"]
