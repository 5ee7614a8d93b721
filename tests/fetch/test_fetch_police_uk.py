"""Fetching street files of single forces from archives, whatever the server does."""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile

import pytest
from local_server import archive, street

import hotspot as hs
from hotspot.errors import ConfigError, FetchError, InputError, OutputError
from hotspot.fetch import FORCES, fetch_police_uk

YEAR = [f"2024-{month:02d}" for month in range(1, 13)]


@pytest.fixture
def fetch(server, transport, tmp_path):
    """Fetch Surrey from the local server."""

    def run(first="2024-01", last="2024-03", **options):
        given = {"forces": "surrey", "archives": f"{server.url}/archive", "transport": transport} | options
        return fetch_police_uk(tmp_path / "police", first=first, last=last, **given)

    return run


def visible(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_only_the_files_asked_for_travel_and_are_read_at_once(server, fetch, tmp_path):
    server.files["/archive/2024-12.zip"] = archive(YEAR, padding=5_000_000)
    got = fetch(last="2024-12")
    assert got.fetched == len(got.files) == 12
    assert server.bytes_sent < 2_500_000  # of over five million
    assert set(server.asked) == {"/archive/2024-12.zip"}
    assert (tmp_path / "police/2024-05/2024-05-surrey-street.csv").read_text() == street("2024-05", "surrey")
    police = hs.read_incidents(tmp_path / "police", source="police_uk")
    assert len(police) == 12 * 40
    record = json.loads((tmp_path / "police/.fetched.json").read_text())["files"]
    assert len(record) == 12
    for name, facts in record.items():
        content = (tmp_path / "police" / name).read_bytes()
        assert facts["sha256"] == hashlib.sha256(content).hexdigest()
        assert facts["bytes"] == len(content)
        assert facts["licence"] == "Open Government Licence v3.0"


def test_what_is_there_is_not_asked_for_again(server, fetch, tmp_path):
    server.files["/archive/2024-03.zip"] = archive(YEAR[:3])
    fetch()
    asked = server.asked.total()
    again = fetch()
    assert (again.fetched, len(again.files)) == (0, 3)
    assert server.asked.total() == asked
    assert fetch(refresh=True).fetched == 3


def test_a_file_that_somebody_changed_is_never_overwritten_silently(server, fetch, tmp_path):
    server.files["/archive/2024-03.zip"] = archive(YEAR[:3])
    path = fetch().files[0]
    path.write_text("mine")
    with pytest.raises(InputError, match=r"was changed since it was fetched.*--refresh"):
        fetch()
    assert path.read_text() == "mine"
    fetch(refresh=True)
    assert path.read_text() == street("2024-01", "surrey")


def test_unpublished_months_are_named_and_the_others_kept(server, fetch):
    server.files["/archive/2024-02.zip"] = archive(YEAR[:2])
    got = fetch(last="2024-04")
    assert got.unpublished == ["2024-03", "2024-04"]
    assert [path.name for path in got.files] == ["2024-01-surrey-street.csv", "2024-02-surrey-street.csv"]
    with hs.recording() as notes:
        fetch(last="2024-04")
    assert notes[0].facts["unpublished"] == ["2024-03", "2024-04"]


def test_months_before_an_archive_come_from_an_older_one(server, fetch):
    server.files["/archive/2024-04.zip"] = archive(["2024-03", "2024-04"])
    server.files["/archive/2024-02.zip"] = archive(["2024-01", "2024-02"])
    got = fetch(last="2024-04")
    assert len(got.files) == 4
    assert set(server.asked) == {"/archive/2024-04.zip", "/archive/2024-02.zip"}


def test_a_month_that_a_force_did_not_send_is_absent_and_not_asked_for_elsewhere(server, fetch):
    server.files["/archive/2024-03.zip"] = archive(YEAR[:3], without=["2024-02-surrey"])
    got = fetch()
    assert got.absent == ["2024-02/2024-02-surrey-street.csv"]
    assert len(got.files) == 2
    assert set(server.asked) == {"/archive/2024-03.zip"}


def test_cut_connections_are_gone_on_from_where_they_broke(server, fetch, waits):
    server.files["/archive/2024-03.zip"] = archive(YEAR[:3], padding=300_000)
    server.faults["/archive/2024-03.zip"] = [None, ("cut", 100), ("cut", 0), ("cut", 7_000)]
    assert len(fetch().files) == 3
    assert len(waits) == 3
    resumed = [headers["Range"] for _, headers in server.requests][2:5]
    assert len({text.partition("-")[0] for text in resumed}) >= 2  # each begins where the last one broke


def test_endless_cuts_end_in_an_error_and_keep_what_is_complete(server, fetch, tmp_path):
    server.files["/archive/2024-03.zip"] = archive(YEAR[:3])
    server.faults["/archive/2024-03.zip"] = [None] + [("cut", 0)] * 50
    with pytest.raises(FetchError, match="cut again and again"):
        fetch()
    assert [name for name in visible(tmp_path) if name.endswith(".csv") or ".part" in name] == []
    server.faults.clear()
    assert len(fetch().files) == 3


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_given_the_time_it_asks_for(server, fetch, waits, status):
    server.files["/archive/2024-03.zip"] = archive(YEAR[:3])
    server.faults["/archive/2024-03.zip"] = [("status", status, {"Retry-After": "17"}), ("status", status, {})]
    assert len(fetch().files) == 3
    assert waits == [17.0, 2.0]


def test_a_server_that_asks_for_an_hour_is_not_waited_for(server, fetch, waits):
    server.faults["/archive/2024-03.zip"] = [("status", 429, {"Retry-After": "3600"})]
    with pytest.raises(FetchError, match="asks to wait 3,600 seconds"):
        fetch()
    assert waits == []


def test_a_server_that_is_down_is_asked_a_few_times_only(server, fetch, waits):
    server.faults["/archive/2024-03.zip"] = [("status", 500, {})] * 50
    with pytest.raises(FetchError, match=r"no answer in 4 tries \(last: HTTP 500\)"):
        fetch()
    assert waits == [1.0, 2.0, 4.0]


def test_nobody_there_is_told_without_an_address(fetch, waits):
    with pytest.raises(FetchError, match="ConnectionRefusedError") as caught:
        fetch(archives="http://127.0.0.1:9/archive?token=secret")
    assert "secret" not in str(caught.value)
    assert waits == [1.0, 2.0, 4.0]


def test_a_server_without_ranges_is_not_asked_for_everything(server, fetch):
    server.files["/archive/2024-03.zip"] = archive(YEAR[:3], padding=3_000_000)
    server.ranges = False
    with pytest.raises(FetchError, match=r"whole files only.*/archive/2024-03.zip with a browser"):
        fetch()


def test_an_archive_that_changes_while_it_is_read_is_an_error(server, fetch):
    server.files["/archive/2024-03.zip"] = archive(YEAR[:3], padding=2_500_000)
    other = archive(YEAR[:3], padding=2_600_000)
    progress = []

    def change(text):
        progress.append(text)
        if text.startswith("Fetching"):
            server.files["/archive/2024-03.zip"] = other

    from hotspot.fetch import Transport

    with pytest.raises(FetchError, match="changed while it was read"):
        fetch(transport=Transport(timeout=5, tries=3, gap=0, pause=lambda _: None, progress=change), first="2024-01")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>Log in to the network</html>" * 99, "no zip archive"),
        (b"PK\x05\x06" + b"\0" * 18, "holds no street files"),
    ],
)
def test_what_is_no_archive_is_told(server, fetch, content, message):
    server.files["/archive/2024-03.zip"] = content
    with pytest.raises(FetchError, match=message):
        fetch()


def test_a_damaged_member_is_refused_by_its_checksum(server, fetch, tmp_path):
    content = bytearray(archive(["2024-03"]))
    with zipfile.ZipFile(__import__("io").BytesIO(bytes(content))) as file:
        entry = file.getinfo("2024-03/2024-03-surrey-street.csv")
    start = entry.header_offset + 30 + len(entry.filename) + 50
    content[start : start + 8] = bytes(8)
    server.files["/archive/2024-03.zip"] = bytes(content)
    with pytest.raises(FetchError, match=r"damaged \("):
        fetch(first="2024-03")
    assert not list(tmp_path.rglob("*.csv"))


def test_names_of_the_server_are_never_paths(server, fetch, tmp_path):
    import io

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("2024-03/../../2024-03-surrey-street.csv", street("2024-03", "surrey"))
        file.writestr("2024-03/2024-03-surrey-street.csv", "not a street file")
    server.files["/archive/2024-03.zip"] = stream.getvalue()
    with pytest.raises(FetchError, match="does not begin like a street file"):
        fetch(first="2024-03")
    assert [name for name in visible(tmp_path) if name.endswith(".csv")] == []


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://example.org/x", "data:,x"])
def test_redirects_out_of_the_web_or_to_strangers_are_not_followed(server, fetch, target):
    server.faults["/archive/2024-03.zip"] = [("redirect", target)]
    with pytest.raises(FetchError, match="Not followed"):
        fetch()


def test_a_redirect_to_the_store_of_the_files_is_followed(server, fetch):
    server.files["/store/2024-03.zip"] = archive(YEAR[:3])
    server.faults["/archive/2024-03.zip"] = [("redirect", "/store/2024-03.zip")] * 9
    assert len(fetch().files) == 3


def test_a_circle_of_redirects_ends(server, fetch):
    server.faults["/archive/2024-03.zip"] = [("redirect", "/archive/2024-03.zip")] * 50
    with pytest.raises(FetchError, match="in circles"):
        fetch()


def test_forces_and_months_are_checked_before_anything_is_asked(server, fetch):
    with pytest.raises(ConfigError, match="Did you mean 'surrey'"):
        fetch(forces="surry")
    with pytest.raises(ConfigError, match="no month"):
        fetch(first="2024-13")
    with pytest.raises(ConfigError, match="is after"):
        fetch(first="2024-05")
    assert server.asked.total() == 0
    assert len(FORCES) == len(set(FORCES)) == 45


def test_nothing_is_sent_but_the_name_of_the_package(server, fetch):
    server.files["/archive/2024-03.zip"] = archive(YEAR[:3])
    fetch()
    for _, headers in server.requests:
        assert headers["User-Agent"].startswith("violence-hotspot/")
        assert set(headers) <= {"User-Agent", "Host", "Connection", "Accept-Encoding", "Range", "If-Range"}


def test_a_record_that_cannot_be_read_is_kept(fetch, tmp_path):
    (tmp_path / "police").mkdir()
    (tmp_path / "police/.fetched.json").write_text("{")
    with pytest.raises(OutputError, match="Move it away"):
        fetch()
    assert (tmp_path / "police/.fetched.json").read_text() == "{"


@pytest.mark.skipif(sys.platform == "win32", reason="a full device is a file of Linux")
def test_a_full_disk_leaves_no_half_file(server, fetch, tmp_path, monkeypatch):
    server.files["/archive/2024-03.zip"] = archive(YEAR[:3])
    import os

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        fetch()
    monkeypatch.undo()
    assert [name for name in visible(tmp_path) if name.endswith((".csv", ".part"))] == []


def test_ctrl_c_leaves_whole_files_only(server, fetch, tmp_path):
    server.files["/archive/2024-03.zip"] = archive(YEAR[:3])

    def stop(text):
        if text.startswith("Fetching 2024-02"):
            raise KeyboardInterrupt

    from hotspot.fetch import Transport

    with pytest.raises(KeyboardInterrupt):
        fetch(transport=Transport(timeout=5, gap=0, progress=stop))
    assert [name for name in visible(tmp_path) if ".csv" in name] == ["police/2024-03/2024-03-surrey-street.csv"]
    assert fetch().fetched == 2
