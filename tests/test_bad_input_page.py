"""The page of bad input covers the whole catalogue, and every test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
PAGE = (ROOT.parent / "docs" / "bad_input.md").read_text(encoding="utf-8")
ROWS = [line.split(" | ") for line in PAGE.splitlines() if re.match(r"\| \d", line)]
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))


def test_every_case_of_the_catalogue_stands_on_the_page_once():
    numbers = [int(number) for row in ROWS for number in re.findall(r"(?:^\| |, |; )(\d{1,3}) ", row[0])]
    assert sorted(numbers) == list(range(1, 107))


def test_every_row_names_a_test():
    assert [row[0] for row in ROWS if not re.search(r"`[\w/]+\.py::test_\w+`", row[-1])] == []


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_every_named_test_is_there(file, name):
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")
