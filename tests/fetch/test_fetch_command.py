"""The commands that fetch, run as a user runs them."""

from __future__ import annotations

import os
import subprocess
import sys

from local_server import archive

from hotspot.fetch import SERVICES


def command(*arguments):
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.casefold()}
    return subprocess.run(
        [sys.executable, "-m", "hotspot.cli", "fetch", *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=120, env=environment,
    )  # fmt: skip


def test_police_files_are_fetched_and_the_next_step_is_named(server, tmp_path):
    server.files["/archive/2024-02.zip"] = archive(["2024-01", "2024-02"])
    to = tmp_path / "police"
    given = ("--force", "surrey", "--from", "2024-01", "--out", to, "--archives", f"{server.url}/archive")
    done = command("police-uk", *given, "--to", "2024-02")
    assert done.returncode == 0, done.stderr
    assert "2 files in" in done.stdout
    assert "source='police_uk'" in done.stdout
    partly = command("police-uk", *given, "--to", "2024-03")
    assert partly.returncode == 69
    assert "not published: 2024-03" in partly.stderr
    assert "2 files in" in partly.stdout
    assert "Traceback" not in partly.stderr


def test_a_mistyped_force_costs_no_request(server):
    done = command("police-uk", "--force", "surry", "--from", "2024-01", "--to", "2024-01", "--archives", server.url)
    assert done.returncode == 11
    assert "Did you mean 'surrey'" in done.stderr
    assert server.asked.total() == 0


def test_the_list_needs_no_network():
    done = command("list")
    assert done.returncode == 0
    assert all(name in done.stdout for name in SERVICES)


def test_importing_and_listing_opens_no_socket():
    code = (
        "import socket\n"
        "def refuse(*_): raise AssertionError('a socket was opened')\n"
        "socket.socket.connect = socket.socket.connect_ex = socket.socket.bind = refuse\n"
        "socket.getaddrinfo = socket.create_connection = refuse\n"
        "import hotspot, hotspot.fetch, hotspot.cli\n"
        "from hotspot.fetch import SERVICES, FORCES\n"
        "print(len(SERVICES), len(FORCES))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
