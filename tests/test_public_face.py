"""The public face: every name is there, typed, documented, and loads nothing heavy before it is asked for."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import hotspot as hs

PACKAGE = Path(hs.__file__).parent
PUBLIC = [name for name in hs.__all__ if name != "__version__"]
FUNCTIONS = [name for name in PUBLIC if inspect.isfunction(getattr(hs, name))]
HEAVY = ("pandas", "numpy", "geopandas", "numba", "folium", "matplotlib", "sklearn", "scipy", "shapely")


def test_stub_and_runtime_name_the_same_things():
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
    imported = {
        alias.name: node.module for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert imported == hs._HOME


@pytest.mark.parametrize("name", PUBLIC)
def test_public_name_is_in_its_rooms_all(name):
    room = importlib.import_module(hs._HOME[name])
    assert name in getattr(room, "__all__", [name])
    assert getattr(hs, name) is getattr(room, name)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'heat_map'"):
        hs.heat_map  # noqa: B018 - the look-up is the test


@pytest.mark.parametrize("module", ["hotspot", "hotspot.cli"])
def test_importing_loads_nothing_heavy(module):
    code = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstring_tells_parameters_returns_and_example(name):
    function = getattr(hs, name)
    text = inspect.getdoc(function) or ""
    parameters = [p for p in inspect.signature(function).parameters.values() if p.kind is not p.VAR_KEYWORD]
    for parameter in parameters:
        assert f"{parameter.name}" in text.split("Returns\n")[0], f"{name}: {parameter.name} is not documented"
    for section in ("Returns\n----", "Examples\n----"):
        assert section in text or name == "recording", f"{name}: no section {section.split()[0]}"
