"""Headers over two rows: groups above, columns below, as merged cells leave them."""

import datetime as dt

import pandas as pd
import pytest
from openpyxl import Workbook

import hotspot as hs
from hotspot.sheets.layout import find_header

UPPER = ["Attendance", "", "Assault", "", "Location of assault", "", "Weapon used"]
LOWER = ["Date", "Time", "Date", "Time", "Type", "Where exactly?", ""]
RECORD = ["2024-05-04", "02:20", "2024-05-03", "23:40", "Pub", "The Crown", "Fist"]
JOINED = [
    "Attendance Date", "Attendance Time", "Assault Date", "Assault Time", "Location of assault Type",
    "Location of assault Where exactly?", "Weapon used",
]  # fmt: skip


def test_groups_and_columns_are_one_header():
    header = find_header([["St Elsewhere Trust"], [], UPPER, LOWER, RECORD, RECORD])
    assert (header.cells, header.first, header.last) == (JOINED, 2, 3)


def test_a_lower_row_that_names_every_column_is_the_header_alone():
    lower = ["Arrived", "Arrival time", "Day of assault", "Time of assault", "Place type", "Place", "Weapon"]
    header = find_header([UPPER, lower, RECORD, RECORD])
    assert (header.cells, header.first, header.last) == (lower, 1, 1)


@pytest.mark.parametrize(
    "rows",
    [
        [["Assaults, April to June 2024"], [*LOWER[:2], "Day"], ["2024-05-04", "02:20", "2024-05-03"]],
        [["Name", "Ward", "", "Note"], ["Quay", "Mill", "left", "seen"], ["Park", "Hill", "right", "heard"]],
        [["Date", "Place", "Count"], ["2024-05-04", "Quay", "12"], ["2024-05-05", "", "9"]],
    ],
)
def test_a_title_or_a_record_is_no_second_header(rows):
    assert find_header(rows).first == find_header(rows).last


def test_a_hospital_s_workbook_with_merged_headings_is_guessed_and_read(tmp_path):
    book = Workbook()
    book.active.append(["Assaults by month"])
    sheet = book.create_sheet("Data")
    for row in (["St Elsewhere Trust"], [], UPPER, LOWER):
        sheet.append(row)
    sheet.merge_cells("A3:B3")
    for day in range(1, 29):
        arrival = pd.Timestamp(2024, 5, day, 2, 20)
        sheet.append([arrival.date(), arrival.time(), (arrival - pd.Timedelta(days=1)).date(), dt.time(23, day),
                      "Pub", "Red Lion", "Fist" if day % 2 else "Glass"])  # fmt: skip
    sheet.append(["Total", None, 28])
    book.save(tmp_path / "hospital.xlsx")
    guess = hs.guess_source(tmp_path / "hospital.xlsx")
    assert {name: column.header for name, column in guess.columns.items()} == {
        "occurred_from": "Assault Date", "occurred_time": "Assault Time", "arrived_at": "Attendance Date",
        "arrived_time": "Attendance Time", "setting": "Location of assault Type",
        "location_text": "Location of assault Where exactly?", "weapon_group": "Weapon used",
    }  # fmt: skip
    (tmp_path / "mine.toml").write_text(guess.to_toml(), encoding="utf-8")
    gazetteer = pd.DataFrame({"name": ["Red Lion"], "x": [320000.0], "y": [180000.0], "kind": ["venue"]})
    records = hs.read_incidents(
        tmp_path / "hospital.xlsx", source=tmp_path / "mine.toml",
        gazetteer=hs.read_gazetteer(gazetteer, name="name", easting="x", northing="y", kind="kind"),
    )  # fmt: skip
    assert len(records) == 28
    assert records["arrived_at"].iloc[0] == pd.Timestamp("2024-05-01 02:20")
    assert records["occurred_from"].iloc[0] == pd.Timestamp("2024-04-30 23:01")
    assert set(records["setting"]) == {"licensed"}
    assert records.geometry.notna().all()
