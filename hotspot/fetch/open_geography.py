"""Fetch boundaries and lookups from the feature services of the ONS Open Geography Portal."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from hotspot.checks import nearest
from hotspot.errors import ConfigError, FetchError
from hotspot.fetch.services import SERVICES
from hotspot.fetch.store import open_store
from hotspot.fetch.transport import Transport
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Iterator

PORTAL = "https://services1.arcgis.com/ESMARspQHYMw9BZ9/arcgis/rest/services"
LICENCE = (
    "Open Government Licence v3.0. Contains National Statistics data © Crown copyright and OS data © Crown copyright "
    "and database right"
)
_MOST = 1 << 28
_PAGE = 2_000
_SERVICE = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class GeographyFile:
    """What was fetched from the portal: the file, how many records it holds, and its columns."""

    path: Path
    records: int
    fetched: bool
    """False where the file was there already."""
    columns: list[str]


def fetch_boundaries(
    name: str,
    folder: str | Path,
    *,
    refresh: bool = False,
    portal: str = PORTAL,
    transport: Transport | None = None,
) -> GeographyFile:
    """
    Fetch boundaries as one GeoJSON file (EPSG:4326).

    Parameters
    ----------
    name
        A name of `SERVICES` such as ``lsoa-2021``, or the portal's own name of a feature service.
    folder
        Where the file goes.
    refresh
        Fetch again what is there.
    portal
        Address of the folder of services.
    transport
        How requests are sent.

    Returns
    -------
    GeographyFile
        Give its ``path`` to ``read_areas``.

    Raises
    ------
    ConfigError
        If the name is neither known nor fit for a service.
    FetchError
        If the portal does not answer, or gives another number of records than it says. Complete pages stay, and
        a second call goes on from there.
    """
    return _fetch(name, Path(folder), "boundaries", refresh=refresh, portal=portal, transport=transport)


def fetch_lookup(
    name: str,
    folder: str | Path,
    *,
    refresh: bool = False,
    portal: str = PORTAL,
    transport: Transport | None = None,
) -> GeographyFile:
    """
    Fetch a lookup of codes as one CSV file.

    Parameters
    ----------
    name
        A name of `SERVICES` such as ``lsoa11-lsoa21``, or the portal's own name of a feature service.
    folder, refresh, portal, transport
        As for `fetch_boundaries`.

    Returns
    -------
    GeographyFile
        Give its ``path`` to ``read_lookup``.

    Raises
    ------
    ConfigError, FetchError
        As for `fetch_boundaries`.
    """
    return _fetch(name, Path(folder), "lookup", refresh=refresh, portal=portal, transport=transport)


def search_services(words: str, *, portal: str = PORTAL, transport: Transport | None = None) -> list[str]:
    """
    List the feature services of the portal whose name holds all the words.

    Parameters
    ----------
    words
        Parts of the name, such as ``wards 2024 bgc``; empty for all.
    portal, transport
        As for `fetch_boundaries`.

    Returns
    -------
    list of str
        Names for `fetch_boundaries` and `fetch_lookup`, sorted.

    Raises
    ------
    FetchError
        If the portal does not answer.
    """
    found = _json(transport or Transport(), portal, {}, "list of services").get("services", [])
    parts = words.casefold().split()
    names = {
        str(entry.get("name", ""))
        for entry in found
        if isinstance(entry, dict)
        and entry.get("type") == "FeatureServer"
        and _SERVICE.fullmatch(str(entry.get("name")))
    }
    return sorted(name for name in names if all(part in name.casefold() for part in parts))


def _fetch(
    name: str, folder: Path, kind: str, *, refresh: bool, portal: str, transport: Transport | None
) -> GeographyFile:
    """Fetch a service page by page, and write it as one file."""
    known = SERVICES.get(name)
    if known is not None and known.kind != kind:
        raise ConfigError(f"name: {name!r} is not {'a ' if kind == 'lookup' else ''}{kind}: fetch it as {known.kind}.")
    if known is None and (name.islower() or not _SERVICE.fullmatch(name)):
        options = [key for key, service in SERVICES.items() if service.kind == kind]
        raise ConfigError(
            f"name: {name!r} is not known.{nearest(name, options)} For another one give the portal's own name of the "
            "service; hotspot fetch list --online WORDS finds it."
        )
    service = known.service if known is not None else name
    file = f"{name.casefold().replace('_', '-')}.{'csv' if kind == 'lookup' else 'geojson'}"
    sender = transport or Transport()
    with open_store(folder, refresh=refresh) as store:
        if store.has(file):
            facts = store.files[file]
            records, columns = int(facts.get("records", 0)), list(facts.get("columns", []))
            return GeographyFile(folder / file, records, fetched=False, columns=columns)
        url = f"{portal}/{service}/FeatureServer/0"
        pages = _Pages(sender, url, folder / f".{file}.pages", name, geometry=kind == "boundaries")
        features = pages.read()
        columns = list(features[0].get("properties") or {})
        content = _geojson(features) if kind == "boundaries" else _csv(features, columns)
        path = store.put(file, content, url=url, licence=LICENCE, records=len(features), columns=columns)
        pages.forget()
    note("fetch", name=name, service=service, kind=kind, records=len(features), licence=LICENCE)
    return GeographyFile(path, len(features), fetched=True, columns=columns)


class _Pages:
    """The pages of a service: kept in a hidden folder until all are there, so that a second run goes on."""

    def __init__(self, sender: Transport, url: str, folder: Path, name: str, *, geometry: bool) -> None:
        self._sender, self._url, self._folder, self._name, self._geometry = sender, url, folder, name, geometry

    def read(self) -> list[dict[str, Any]]:
        """Give all records, each once, in the order of their ids."""
        facts = _json(self._sender, self._url, {"f": "json"}, f"description of {self._name}")
        order = str(facts.get("objectIdField") or "OBJECTID")
        size = min(_PAGE, int(facts.get("maxRecordCount") or _PAGE))
        total = int(self._query(returnCountOnly="true").get("count", -1))
        if total < 1 or size < 1:
            raise FetchError(f"{self._name}: the service says that it has no records.")
        edited = str((facts.get("editingInfo") or {}).get("lastEditDate", ""))
        self._prepare({"total": total, "size": size, "edited": edited, "url": self._url})
        features: dict[Any, dict[str, Any]] = {}
        offset = 0
        while offset < total:
            page = self._page(offset, size, order)
            if not page:
                break
            for feature in page:
                features[(feature.get("properties") or {}).get(order, len(features))] = feature
            offset += len(page)
            self._sender.progress(f"Fetching {self._name}: {min(offset, total):,} of {total:,} records")
        if len(features) != total:
            raise FetchError(
                f"{self._name}: the service says it has {total:,} records and gave {len(features):,} different ones. "
                "It may be changing: run it again."
            )
        return list(features.values())

    def forget(self) -> None:
        """Remove the pages."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _prepare(self, state: dict[str, object]) -> None:
        """Go on with the pages of an earlier run only if the service is still the same."""
        file = self._folder / "state.json"
        try:
            if json.loads(file.read_text(encoding="utf-8")) == state:
                return
        except (OSError, ValueError):
            pass
        self.forget()
        self._folder.mkdir(parents=True)
        file.write_text(json.dumps(state), encoding="utf-8")

    def _page(self, offset: int, size: int, order: str) -> list[dict[str, Any]]:
        """Give one page, from the folder if an earlier run left it there whole."""
        file = self._folder / f"{offset:08d}.json"
        kept = _kept(file)
        if kept is not None:
            return kept
        answer = self._query(
            outFields="*", outSR="4326", resultOffset=str(offset), resultRecordCount=str(size), orderByFields=order,
            returnGeometry=str(self._geometry).lower(), f="geojson",
        )  # fmt: skip
        found = answer.get("features")
        if not isinstance(found, list) or not all(isinstance(feature, dict) for feature in found):
            raise FetchError(f"{self._name}: the answer holds no features. The service may have changed.")
        draft = file.with_suffix(".part")
        draft.write_text(json.dumps(found), encoding="utf-8")
        draft.replace(file)
        return found

    def _query(self, **parameters: str) -> dict[str, Any]:
        """Ask the service; all its records, whatever else."""
        return _json(self._sender, f"{self._url}/query", {"where": "1=1", "f": "json"} | parameters, self._name)


def _kept(file: Path) -> list[dict[str, Any]] | None:
    """Read a page that an earlier run left whole."""
    try:
        page: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return page


def _json(sender: Transport, url: str, parameters: dict[str, str], what: str) -> dict[str, Any]:
    """Read an answer in JSON; the portal reports its errors with the status 200."""
    address = f"{url}?{urlencode({'f': 'json'} | parameters)}"
    for attempt in range(sender.tries):
        content = sender.get(address, what=what, most=_MOST)
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            raise FetchError(
                f"{what}: the answer is not JSON; it may be the login page of a network. Try the address in a browser."
            ) from None
        if not isinstance(answer, dict):
            raise FetchError(f"{what}: the answer is no object. The service may have changed.")
        error = answer.get("error")
        if error is None:
            return answer
        code = error.get("code") if isinstance(error, dict) else None
        if code not in {429, 500, 503, 504} or attempt + 1 == sender.tries:
            raise FetchError(
                f"{what}: the service answers with error {code!s:.20}. Is the name right? hotspot fetch list --online "
                "finds today's names."
            )
        sender.progress(f"Waiting: the service is busy ({code})")
        sender.pause(2.0**attempt)
    raise FetchError(f"{what}: no answer.")


def _geojson(features: list[dict[str, Any]]) -> bytes:
    """Write one collection of all features."""
    collection = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": feature.get("properties") or {}, "geometry": feature.get("geometry")}
            for feature in features
        ],
    }
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()


def _csv(features: list[dict[str, Any]], columns: list[str]) -> bytes:
    """Write the attributes of all features as a table."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rows(features))
    return text.getvalue().encode()


def _rows(features: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Give the attributes of each feature."""
    for feature in features:
        yield feature.get("properties") or {}
