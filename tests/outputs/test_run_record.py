"""A run record holds versions, settings and notes as plain JSON, and nothing that differs between equal runs."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version

import numpy as np
import pytest

import hotspot as hs
from hotspot.outputs import build_run_record
from hotspot.record import Note, note, recording


@pytest.fixture
def record():
    with recording() as notes:
        note("read_incidents", rows=12, sha256="ab" * 32, counts={"police": 7}, columns=["a", "b"])
        note("kernel_density", bandwidth_m=412.5, per_year=True)
    return build_run_record(notes, parameters={"seed": 1, "months": ["2025-01", "2025-12"]})


def test_notes_are_kept_in_order(record):
    assert [entry["step"] for entry in record["notes"]] == ["read_incidents", "kernel_density"]
    assert record["notes"][0]["facts"] == {
        "rows": 12,
        "sha256": "ab" * 32,
        "counts": {"police": 7},
        "columns": ["a", "b"],
    }
    assert record["notes"][1]["facts"] == {"bandwidth_m": 412.5, "per_year": True}
    assert record["parameters"] == {"seed": 1, "months": ["2025-01", "2025-12"]}


def test_versions_are_those_installed(record):
    assert record["software"] == f"hotspot {hs.__version__}"
    assert record["versions"]["python"] == platform.python_version()
    for name in ("numpy", "pandas", "geopandas", "shapely", "pyproj"):
        assert record["versions"][name] == version(name)


def test_the_record_is_plain_json(record):
    assert json.loads(json.dumps(record, allow_nan=False)) == record


def test_equal_runs_give_equal_records(record):
    again = build_run_record(
        [Note(entry["step"], entry["facts"]) for entry in record["notes"]], parameters=record["parameters"]
    )
    assert json.dumps(again) == json.dumps(record)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (np.int64(3), 3),
        (np.float64(0.5), 0.5),
        (np.bool_(True), True),  # noqa: FBT003 - the value under test
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        ((1, 2), [1, 2]),
        ({"b", "a"}, ["a", "b"]),
        ({1: np.int8(2)}, {"1": 2}),
        (None, None),
    ],
)
def test_values_become_plain(value, written):
    found = build_run_record([Note("step", {"value": value})], parameters={"value": value})
    assert found["notes"][0]["facts"]["value"] == written
    assert found["parameters"]["value"] == written
    json.dumps(found, allow_nan=False)


def test_a_release_s_notes_can_be_recorded(shareable, restricted):
    for done in (shareable, restricted):
        found = build_run_record(done.notes, parameters={})
        assert "release" in [entry["step"] for entry in found["notes"]]
        json.dumps(found, allow_nan=False)


def test_inputs_are_unchanged():
    facts, parameters = {"rows": (1, 2)}, {"seed": np.int64(1)}
    build_run_record([Note("step", facts)], parameters=parameters)
    assert facts == {"rows": (1, 2)}
    assert isinstance(parameters["seed"], np.int64)
