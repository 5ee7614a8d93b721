# ruff: noqa: D101, D102
"""A server on this machine that answers as the real ones do, with their faults."""

from __future__ import annotations

import io
import json
import re
import socket
import zipfile
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)


def street(month, force, rows=40):
    """Write a street file."""
    lines = [
        f"{force}{month}{number:050x},{month},{force},{force},-0.5{number:03d},51.3,On or near High Street,E01030000,"
        "Surrey 001A,Violence and sexual offences,Under investigation,"
        for number in range(rows)
    ]
    return "\n".join([HEADER, *lines]) + "\n"


def archive(months, forces=("surrey", "kent"), *, without=(), padding=0):
    """Make an archive of some months and forces; ``padding`` bytes that are not packed stand behind them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for month in months:
            for force in forces:
                if f"{month}-{force}" not in without:
                    file.writestr(f"{month}/{month}-{force}-street.csv", street(month, force))
                    file.writestr(f"{month}/{month}-{force}-outcomes.csv", "Crime ID\n")
        if padding:
            file.writestr(zipfile.ZipInfo("readme.bin"), bytes((i * 7919 + i // 251) % 256 for i in range(padding)))
    return stream.getvalue()


class Server:
    """What the server has, how it misbehaves, and what it was asked."""

    def __init__(self):
        self.files = {}
        self.services = {}
        self.ranges = True
        self.faults = {}
        """Path to a list of faults, used up one after the other."""
        self.max_records = 3
        self.asked = Counter()
        self.bytes_sent = 0
        self.requests = []
        self.port = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        return

    @property
    def state(self):
        return self.server.state

    def answer(self, status, body=b"", *, cut=None, length=None, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        sent = body if cut is None else body[:cut]
        self.state.bytes_sent += len(sent)
        with suppress(OSError):
            self.wfile.write(sent)
            self.wfile.flush()
        if cut is not None or length is not None:
            self.close_connection = True
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    def do_GET(self):
        parts = urlsplit(self.path)
        self.state.asked[parts.path] += 1
        self.state.requests.append((self.path, dict(self.headers)))
        fault = (self.state.faults.get(parts.path) or [None]).pop(0) if self.state.faults.get(parts.path) else None
        if isinstance(fault, tuple) and fault[0] == "status":
            self.answer(fault[1], b"busy", **fault[2])
        elif isinstance(fault, tuple) and fault[0] == "redirect":
            self.answer(302, Location=fault[1])
        elif isinstance(fault, bytes):
            self.answer(200, fault, Content_Type="text/html")
        elif parts.path in self.state.files:
            self.send_file(self.state.files[parts.path], fault)
        elif "/FeatureServer" in parts.path or parts.path == "/services":
            self.feature_service(parts, {name: values[0] for name, values in parse_qs(parts.query).items()}, fault)
        else:
            self.answer(404, b"<html>Not Found</html>", Content_Type="text/html")

    def send_file(self, content, fault):
        tag = f'"{hash(content)}"'
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        unchanged = self.headers.get("If-Range") in {None, tag}
        if wanted and self.state.ranges and unchanged:
            first, last = int(wanted[1]), min(int(wanted[2]), len(content) - 1)
            cut = fault[1] if isinstance(fault, tuple) and fault[0] == "cut" else None
            said = f"bytes {first}-{last}/{len(content)}"
            self.answer(206, content[first : last + 1], cut=cut, Content_Range=said, ETag=tag)
        else:
            self.answer(200, content, ETag=tag)

    def feature_service(self, parts, asked, fault):
        if parts.path == "/services":
            names = [{"name": name, "type": "FeatureServer"} for name in self.state.services]
            return self.json({"services": [*names, {"name": "Something_else", "type": "MapServer"}]})
        name = parts.path.split("/")[1]
        records = self.state.services.get(name)
        if records is None:
            return self.json({"error": {"code": 400, "message": "Invalid URL"}})
        if fault == "error":
            return self.json({"error": {"code": 503, "message": "Unable to perform query"}})
        if not parts.path.endswith("/query"):
            return self.json(
                {"objectIdField": "FID", "maxRecordCount": self.state.max_records, "editingInfo": {"lastEditDate": 1}}
            )
        if asked.get("returnCountOnly") == "true":
            return self.json({"count": len(records) + (1 if fault == "count" else 0)})
        first = int(asked["resultOffset"])
        most = min(int(asked["resultRecordCount"]), self.state.max_records)
        page = records[first : first + most]
        answer = {"type": "FeatureCollection", "features": page}
        if first + most < len(records):
            answer["exceededTransferLimit"] = True
        cut = 20 if fault == "cut" else None
        return self.json(answer, cut=cut)

    def json(self, value, cut=None):
        self.answer(200, json.dumps(value).encode(), cut=cut, Content_Type="application/json")
