"""A running server, and a transport that never waits."""

from __future__ import annotations

import threading
from http.server import ThreadingHTTPServer

import pytest
from local_server import Handler, Server

from hotspot.fetch import Transport


@pytest.fixture
def server():
    """Run the server while a test runs."""
    state = Server()
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    httpd.state = state
    state.port = httpd.server_address[1]
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield state
    httpd.shutdown()
    httpd.server_close()
    thread.join()


@pytest.fixture
def waits():
    """Collect the seconds that a transport would have waited."""
    return []


@pytest.fixture
def transport(waits, monkeypatch):
    """Send requests without waiting, and past any proxy."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return Transport(timeout=5, tries=4, gap=0, pause=waits.append)
