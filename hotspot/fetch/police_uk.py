"""Fetch street-level crime of single forces from the monthly archives of data.police.uk."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hotspot.checks import nearest
from hotspot.errors import ConfigError, FetchError
from hotspot.fetch.remote_zip import open_remote_zip
from hotspot.fetch.store import open_store
from hotspot.fetch.transport import NotPublishedError, Transport
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspot.fetch.remote_zip import RemoteZip
    from hotspot.fetch.store import Store

ARCHIVES = "https://data.police.uk/data/archive"
LICENCE = "Open Government Licence v3.0"
FORCES = (
    "avon-and-somerset", "bedfordshire", "btp", "cambridgeshire", "cheshire", "city-of-london", "cleveland", "cumbria",
    "derbyshire", "devon-and-cornwall", "dorset", "durham", "dyfed-powys", "essex", "gloucestershire",
    "greater-manchester", "gwent", "hampshire", "hertfordshire", "humberside", "kent", "lancashire", "leicestershire",
    "lincolnshire", "merseyside", "metropolitan", "norfolk", "north-wales", "north-yorkshire", "northamptonshire",
    "northern-ireland", "northumbria", "nottinghamshire", "south-wales", "south-yorkshire", "staffordshire", "suffolk",
    "surrey", "sussex", "thames-valley", "warwickshire", "west-mercia", "west-midlands", "west-yorkshire", "wiltshire",
)  # fmt: skip
"""Names by which data.police.uk knows the 43 forces of England and Wales, the transport police and Northern Ireland."""
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_MEMBER = re.compile(r"(\d{4}-\d{2})/\1-([a-z-]+)-street\.csv")
_HEADER = b"Crime ID,Month,"


@dataclass(frozen=True, slots=True)
class PoliceFiles:
    """What `fetch_police_uk` has brought: the folder, its files, and what the server does not have."""

    folder: Path
    files: list[Path] = field(default_factory=list)
    fetched: int = 0
    """How many of the files came in this run; the others were there."""
    unpublished: list[str] = field(default_factory=list)
    """Months of which there is no archive."""
    absent: list[str] = field(default_factory=list)
    """Files that their archive does not hold: the force sent nothing for that month."""


def fetch_police_uk(
    folder: str | Path,
    *,
    forces: str | Sequence[str],
    first: str,
    last: str,
    refresh: bool = False,
    archives: str = ARCHIVES,
    transport: Transport | None = None,
) -> PoliceFiles:
    """
    Fetch the street files of some forces and months, and of nothing else.

    Parameters
    ----------
    folder
        Where the files go, laid out as in the archive: ``2024-01/2024-01-surrey-street.csv``.
    forces
        Names as in `FORCES`, such as ``surrey``.
    first, last
        First and last month, ``2024-01``.
    refresh
        Fetch again what is there. Forces revise past months, so once a year this pays.
    archives
        Address of the folder of archives.
    transport
        How requests are sent.

    Returns
    -------
    PoliceFiles
        Give its ``folder`` to ``read_incidents(…, source="police_uk")``.

    Raises
    ------
    ConfigError
        If a force or month is unknown.
    FetchError
        If the server does not answer; what is complete stays, and a second call goes on from there.

    Notes
    -----
    An archive holds all forces and about three years, some 1.6 GB. Its list of members and the files asked for are read
    by HTTP ranges: about a mebibyte for the list, and a few for each month of a large force. Archives are asked for
    from the last month backwards, so that each month comes in the newest issue that the request covers.
    """
    names = [forces] if isinstance(forces, str) else list(forces)
    for name in names:
        if name not in FORCES:
            raise ConfigError(f"force: {name!r} is not known.{nearest(name, FORCES)}")
    months = _months(first, last)
    sender = transport or Transport()
    files: list[Path] = []
    unpublished: list[str] = []
    absent: list[str] = []
    with open_store(Path(folder), refresh=refresh) as store:
        wanted = {f"{month}/{month}-{name}-street.csv" for month in months for name in names}
        there = {name for name in sorted(wanted) if store.has(name)}
        remaining = wanted - there
        issues = months[::-1]
        while remaining:
            month = issues.pop(0)
            url = f"{archives}/{month}.zip"
            sender.progress(f"Looking into the archive of {month}")
            try:
                remote = open_remote_zip(sender, url, f"archive of {month}")
            except NotPublishedError:
                gone = {name for name in remaining if name.startswith(month)}
                unpublished += [month] if gone else []
                remaining -= gone
                continue
            got, missing = _take(remote, remaining, month, url, store, sender)
            files += got
            absent += missing
            remaining -= {path.relative_to(store.folder).as_posix() for path in got} | set(missing)
            issues = [month for month in issues if remaining and month <= max(remaining)[:7]]
    everything = sorted([*files, *(Path(folder) / name for name in there)])
    result = PoliceFiles(Path(folder), everything, len(files), sorted(unpublished), sorted(absent))
    note(
        "fetch_police_uk", forces=names, first=first, last=last, files=len(everything), fetched=len(files),
        unpublished=result.unpublished, absent=result.absent, licence=LICENCE,
    )  # fmt: skip
    return result


def _take(
    remote: RemoteZip, remaining: set[str], month: str, url: str, store: Store, sender: Transport
) -> tuple[list[Path], list[str]]:
    """Fetch what an archive has of the files that remain, and name what it should have and has not."""
    members = {entry.filename: entry for entry in remote.archive.infolist() if _MEMBER.fullmatch(entry.filename)}
    if not members:
        raise FetchError(f"archive of {month}: holds no street files. Its layout may have changed.")
    earliest = min(members)[:7]
    got: list[Path] = []
    for name in sorted(remaining & set(members), reverse=True):
        sender.progress(f"Fetching {name} ({members[name].compress_size / 2**20:.1f} MiB)")
        content = remote.read(members[name], name)
        if not content.startswith(_HEADER):
            raise FetchError(f"{name}: does not begin like a street file. Its layout may have changed.")
        got.append(store.put(name, content, url=f"{url}#{name}", licence=LICENCE))
    missing = [name for name in remaining if name[:7] >= min(earliest, month) and name not in members]
    return got, missing


def _months(first: str, last: str) -> list[str]:
    """List the months from first to last."""
    for name, month in (("from", first), ("to", last)):
        if not _MONTH.fullmatch(month):
            raise ConfigError(f"{name}: {month!r} is no month. Write it like 2024-01.")
    if first > last:
        raise ConfigError(f"from: {first} is after {last}. Give the earlier month first.")
    start, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return [f"{number // 12}-{number % 12 + 1:02d}" for number in range(start, end + 1)]
