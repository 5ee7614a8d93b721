"""Ask a server politely: few requests, waits between them, answers within bounds."""

from __future__ import annotations

import email.utils
import http.client
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from hotspot import __version__
from hotspot.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OK, PARTIAL = 200, 206
_GONE = frozenset({404, 410})
_BUSY = frozenset({429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_LONGEST_WAIT = 120.0
_CHUNK = 1 << 18


class NotPublishedError(FetchError):
    """The server has no such file, or not yet."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered: status, headers with small letters, and the body as far as it came."""

    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool
    """Whether the body came to its end."""


def _silent(_: str) -> None:
    """Say nothing."""


@dataclass(slots=True)
class Transport:
    """
    How requests are sent.

    Only http and https are spoken, through the proxies that the environment names (``HTTPS_PROXY``). Nothing is sent
    but the address and the name of this package.
    """

    timeout: float = 60.0
    """Seconds without a byte after which a connection counts as cut."""
    tries: int = 6
    gap: float = 0.25
    """Least seconds between two requests."""
    pause: Callable[[float], None] = time.sleep
    progress: Callable[[str], None] = _silent
    _last: float = field(default=float("-inf"), repr=False)

    def get(self, url: str, *, what: str, most: int) -> bytes:
        """
        Read a whole answer.

        Parameters
        ----------
        url
            Address, http or https.
        what
            Name of the thing for messages.
        most
            Most bytes that it may have.

        Returns
        -------
        bytes
            The body, complete.

        Raises
        ------
        NotPublishedError
            If the server has no such thing.
        FetchError
            If it refuses, is silent or busy to the last try, answers too much, or leads elsewhere than to the web.
        """
        return self._ask(url, {}, what, most).body

    def read_range(self, url: str, start: int, length: int, *, tag: str | None, what: str) -> tuple[bytes, Answer]:
        """
        Read some bytes of a large file, and go on where a cut connection left off.

        Parameters
        ----------
        url
            Address of the file.
        start, length
            First byte, from 0, and how many.
        tag
            Entity tag of the file as first seen: another one means that it has changed meanwhile.
        what
            Name of the thing for messages.

        Returns
        -------
        tuple
            The bytes, and the last answer with its headers.

        Raises
        ------
        FetchError
            If the server sends no ranges, or the file changes while it is read.
        """
        got = bytearray()
        stalled = 0
        while True:
            headers = {"Range": f"bytes={start + len(got)}-{start + length - 1}"} | ({"If-Range": tag} if tag else {})
            answer = self._ask(url, headers, what, length - len(got))
            if answer.status != PARTIAL:
                raise FetchError(_no_range(what, url, changed=tag is not None))
            got += answer.body
            if len(got) >= length:
                return bytes(got), answer
            stalled = 0 if answer.body else stalled + 1
            if stalled >= self.tries:
                raise FetchError(f"{what}: the connection is cut again and again. What is complete stays; try later.")
            self._wait(2.0**stalled, "the connection was cut")

    def _ask(self, url: str, headers: Mapping[str, str], what: str, most: int) -> Answer:
        """Send a request until it is answered or the tries are used up."""
        problem, wait = "", 0.0
        for attempt in range(self.tries):
            if attempt:
                self._wait(wait, problem)
            self._keep_gap()
            wait = min(2.0**attempt, _LONGEST_WAIT)
            try:
                response = self._open(url, headers, what)
            except (OSError, http.client.HTTPException) as error:
                problem = _reason(error)
                continue
            with response:
                status = int(response.status)
                if status in _BUSY:
                    problem, wait = f"HTTP {status}", _retry_after(response, wait)
                    if wait > _LONGEST_WAIT:
                        raise FetchError(f"{what}: the server asks to wait {wait:,.0f} seconds. Run it again then.")
                    continue
                if status in _GONE:
                    raise NotPublishedError(f"{what}: the server has no such thing (HTTP {status}).")
                if status not in {OK, PARTIAL}:
                    raise FetchError(f"{what}: the server refused (HTTP {status}).")
                facts = {name.casefold(): value for name, value in response.headers.items()}
                if status == OK and "Range" in headers:
                    return Answer(status, facts, b"", whole=False)  # the whole file was not asked for, nor is it read
                body, whole = _read(response, most, what)
            if whole or "Range" in headers:
                return Answer(status, facts, body, whole)
            problem = "the connection was cut"
        raise FetchError(
            f"{what}: no answer in {self.tries} tries (last: {problem}). Is there a connection, or a proxy to be "
            "named in HTTPS_PROXY? What has been fetched stays; run it again to go on."
        )

    def _open(self, url: str, headers: Mapping[str, str], what: str) -> http.client.HTTPResponse:
        """Open an address, following redirects that stay in the web and never leave https."""
        opener = OpenerDirector()
        for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler()):
            opener.add_handler(handler)
        for _ in range(_MOST_REDIRECTS + 1):
            _require_web(url, what)
            request = Request(url, headers={"User-Agent": f"violence-hotspot/{__version__}"} | dict(headers))  # noqa: S310 - scheme checked
            response: http.client.HTTPResponse | None = opener.open(request, timeout=self.timeout)
            if response is None:
                raise FetchError(f"{what}: nothing here can open such an address.")
            if response.status not in _REDIRECTS:
                return response
            target = urljoin(url, response.headers.get("Location") or "")
            response.close()
            _require_web(target, what)
            old, new = urlsplit(url), urlsplit(target)
            if new.scheme not in {old.scheme, "https"}:
                raise FetchError(f"{what}: the server leads from a secure address to one that is not. Not followed.")
            if old.scheme == "http" and new.scheme == "http" and old.hostname != new.hostname:
                raise FetchError(f"{what}: the server leads to another place without a secure address. Not followed.")
            url = target
        raise FetchError(f"{what}: the server leads in circles.")

    def _keep_gap(self) -> None:
        """Let some time pass since the last request."""
        rest = self._last + self.gap - time.monotonic()
        if rest > 0:
            self.pause(rest)
        self._last = time.monotonic()

    def _wait(self, seconds: float, reason: str) -> None:
        """Say why, and wait."""
        self.progress(f"Waiting {seconds:.0f} s: {reason}")
        self.pause(seconds)


def _read(response: http.client.HTTPResponse, most: int, what: str) -> tuple[bytes, bool]:
    """Read a body within bounds; a cut is no error here, for the rest can be asked for."""
    chunks: list[bytes] = []
    total = 0
    said = response.headers.get("Content-Length")
    try:
        while chunk := response.read(_CHUNK):
            chunks.append(chunk)
            total += len(chunk)
            if total > most:
                raise FetchError(f"{what}: the answer is larger than {most:,} bytes. That is not what was asked for.")
    except http.client.IncompleteRead as cut:
        return b"".join([*chunks, cut.partial])[:most], False
    except OSError:
        return b"".join(chunks), False
    return b"".join(chunks), said is None or not said.isdecimal() or total >= int(said)


def _require_web(url: str, what: str) -> None:
    """Refuse addresses that are not of the web: a redirect could else name a file of this machine."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise FetchError(f"{what}: the address leads out of the web ({parts.scheme or 'no'} scheme). Not followed.")


def _retry_after(response: http.client.HTTPResponse, wait: float) -> float:
    """Read how long the server asks to wait: seconds or a date."""
    said = (response.headers.get("Retry-After") or "").strip()
    if said.isdecimal():
        return max(wait, float(said))
    try:
        when = email.utils.parsedate_to_datetime(said)
    except ValueError:
        return wait
    when = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return max(wait, (when - datetime.now(UTC)).total_seconds())


def _reason(error: Exception) -> str:
    """Name a failure without the address, which a proxy may have put its name and password into."""
    cause = getattr(error, "reason", error)
    return type(cause).__name__ if isinstance(cause, BaseException) else str(cause)[:80]


def _no_range(what: str, url: str, *, changed: bool) -> str:
    """Say what it means that the whole file came where a part was asked for."""
    if changed:
        return f"{what}: the file changed while it was read. What is complete stays; run it again."
    return (
        f"{what}: the server sends whole files only, so a part cannot be fetched. Download {urlsplit(url).path} with a "
        "browser and give it to read_incidents as it is."
    )
