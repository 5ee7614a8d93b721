"""Lookups, counts by area and gazetteers in workbooks, as councils publish them."""

from __future__ import annotations

import openpyxl
import pytest

import hotspot as hs
from hotspot.errors import InputError
from hotspot.ingest import read_area_counts
from hotspot.record import recording

WARDS = [["Ward code", "Name", "Calls"], ["W1", "North", 12], ["W2", "South", "<5"], ["W3", "West", None]]


def save(folder, sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path = folder / "wards.xlsx"
    book.save(path)
    return path


def counts(path):
    with recording() as notes:
        found = read_area_counts(path, code="Ward code", source="ambulance", columns={"n": "Calls"})
    facts = notes[-1].facts
    assert facts["read"] == facts["kept"] + sum(facts["rejected"].values())
    return found["n_ambulance"].fillna(-1).to_list(), facts["rejected"]


TITLED = [["Calls by ward, 2024"], [], *WARDS, [], ["Total", None, 17], ["Source: dispatch system"]]


def test_counts_are_read_from_the_sheet_that_has_them_without_titles_and_totals(tmp_path):
    values, rejected = counts(save(tmp_path, {"About": [["What", "Why"], ["a", "b"]], "2024": TITLED}))
    assert values == [12, -1, -1]
    assert rejected["footer or note"] == 2


def test_the_same_table_as_text_is_read_alike(tmp_path):
    lines = [";".join("" if cell is None else str(cell) for cell in row) for row in TITLED]
    (tmp_path / "wards.csv").write_text("\n".join(lines) + "\n")
    assert counts(tmp_path / "wards.csv") == counts(save(tmp_path, {"2024": TITLED}))


def test_two_sheets_with_the_same_columns_are_not_chosen_from(tmp_path):
    with pytest.raises(InputError, match="2 sheets have the same columns"):
        counts(save(tmp_path, {"2023": WARDS, "2024": WARDS}))


def test_a_gazetteer_is_read_from_a_workbook(tmp_path):
    rows = [["Licensed premises"], [], ["Pub", "X", "Y"], ["The Black Lion", 318500, 176500]]
    places = hs.read_gazetteer(save(tmp_path, {"List": rows}), name="Pub", easting="X", northing="Y")
    assert places["name"].tolist() == ["The Black Lion"]
    assert (places.geometry.x.iloc[0], places.geometry.y.iloc[0]) == (318500, 176500)
