"""Workbooks as hospitals and forces send them: titles, footers, months in sheets, hidden sheets, odd cells."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from contextlib import suppress

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hotspot as hs
from hotspot.errors import HotspotError, HotspotWarning, InputError
from hotspot.ingest.whole_table import read_table
from hotspot.sheets import bounds

MAPPING = {
    "name": "fire",
    "label": "Synthetic",
    "health": False,
    "columns": {
        "id": "Ref",
        "occurred_from": "Date",
        "occurred_time": "Time",
        "easting": "Easting",
        "northing": "Northing",
        "category": "Kind",
    },
    "required": ["id", "occurred_from"],
    "category": {"map": {"a": "assault"}, "default": "other"},
    "id": {"duplicates": "keep"},
}
HEADER = ["Ref", "Date", "Time", "Easting", "Northing", "Kind"]


def _day(day, *clock):
    return dt.datetime(2024, 1, day, *clock)  # noqa: DTZ001 - a workbook knows local clock only


def row(ref, day=5, time=dt.time(13, 45)):
    return [ref, _day(day), time, 531350, 195850, "a"]


def book(sheets, hidden=()):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for cells in rows:
            sheet.append(cells)
        if name in hidden:
            sheet.sheet_state = "hidden"
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def save(folder, content, name="book.xlsx"):
    path = folder / name
    path.write_bytes(content)
    return path


def read(path, mapping=MAPPING, **options):
    with hs.recording() as notes:
        frame = hs.read_incidents(path, source=mapping, **options)
    facts = dict(next(note for note in notes if note.step == "read_incidents").facts)
    assert facts["read"] == facts["kept"] + sum(facts.get("rejected", {}).values())
    assert facts["kept"] == len(frame)
    return frame, facts


def test_titles_blank_rows_footers_and_repeated_headers_are_told_from_records(tmp_path):
    rows = [
        ["General Hospital"],
        ["Assaults, January 2024"],
        [],
        HEADER,
        row(101),
        row(102),
        [],
        ["North side"],
        row(103),
        ["Week beginning 8 January"],
        HEADER,
        row(104),
        [],
        ["Total", None, None, None, None, 4],
        ["Source: patient system"],
        ["Printed on: 1 February 2024"],
    ]
    frame, facts = read(save(tmp_path, book({"Data": rows})))
    assert len(frame) == 4
    assert facts["rejected"] == {"footer or note": 5, "repeated header": 1}
    assert facts["rejected_first"] == {"footer or note": "book.xlsx row 8", "repeated header": "book.xlsx row 11"}
    about = facts["files"][0]
    assert (about["sheet"], about["header_row"], about["blank_rows"], about["rows"]) == ("Data", 4, 2, 10)


def test_the_same_titles_and_footers_are_found_in_text(tmp_path):
    lines = [
        "General Hospital;;;;;",
        "Assaults, January 2024",
        "",
        ";".join(HEADER),
        "r1;05/01/2024;13:45;531350;195850;a",
        ";;;;;",
        "r2;25/01/2024;13:45;531350;195850;a",
        "Total;;;;;2",
        "",
        "Source: patient system",
        ";;;;;",
    ]
    for end in ("\n", "\r\n", "\r"):
        frame, facts = read(save(tmp_path, end.join(lines).encode(), "data.csv"))
        assert len(frame) == 2
        assert facts["rejected"] == {"footer or note": 2}
        assert facts["files"][0]["header_row"] == 4
        assert facts["files"][0]["blank_rows"] == 1
        assert frame["occurred_from"].tolist() == [
            pd.Timestamp("2024-01-05 13:45"),
            pd.Timestamp("2024-01-25 13:45"),
        ]


def test_words_that_come_again_in_the_first_column_are_records_without_the_rest(tmp_path):
    rows = [["North Depot", _day(5), None, None, None, "a"], ["North Depot"], ["Closed all week"]]
    mapping = MAPPING | {"columns": MAPPING["columns"] | {"site": "Ref"}}
    del (mapping["columns"])["id"]
    mapping |= {"required": ["occurred_from"], "id": {}}
    _, facts = read(save(tmp_path, book({"Data": [HEADER, *rows]})), mapping)
    assert facts["kept"] == 2
    assert facts["rejected"] == {"footer or note": 1}


def test_one_sheet_per_month_is_read_as_one_extract(tmp_path):
    sheets = {
        "About": [["Read me"], ["Ref is ours"]],
        "Jan": [HEADER, row(1)],
        "Feb": [[], HEADER, row(2), row(3, 32 - 1)],
    }
    frame, facts = read(save(tmp_path, book(sheets)))
    assert len(frame) == 3
    assert [file["name"] for file in facts["files"]] == ["book.xlsx, sheet Jan", "book.xlsx, sheet Feb"]
    assert facts["files"][0]["sheets_not_read"] == ["About"]
    only, _ = read(save(tmp_path, book(sheets)), MAPPING | {"files": {"sheet": "Feb"}})
    assert len(only) == 2


def test_sheets_with_other_headers_are_never_mixed_or_left_out_silently(tmp_path):
    other = [*HEADER, "Extra"]
    with pytest.raises(InputError, match=r"2 sheets .* under different headers .*\[files\] sheet"):
        read(save(tmp_path, book({"A": [HEADER, row(1)], "B": [other, [*row(2), 1]]})))
    with pytest.warns(HotspotWarning, match="fewer of the wanted columns"):
        read(save(tmp_path, book({"A": [HEADER, row(1)], "B": [HEADER[:-1], row(2)[:-1]]})))


def test_hidden_sheets_are_read_only_if_they_are_named(tmp_path):
    content = book({"Shown": [HEADER, row(1)], "Old": [HEADER, row(2), row(3)]}, hidden=["Old"])
    with pytest.warns(HotspotWarning, match=r"it is hidden \('Old'\)"):
        frame, facts = read(save(tmp_path, content))
    assert (len(frame), facts["files"][0]["hidden_sheets"]) == (1, ["Old"])
    named, _ = read(save(tmp_path, content), MAPPING | {"files": {"sheet": ["Old"]}})
    assert len(named) == 2
    with pytest.raises(InputError, match="no sheet 'old'; it has 'Shown', 'Old'"):
        read(save(tmp_path, content), MAPPING | {"files": {"sheet": "old"}})


def test_numbers_keep_their_digits_and_times_their_clock(tmp_path):
    rows = [["Ref", "When", "Clock", "Ratio", "Yes"]]
    rows += [[12345, _day(5), dt.time(0, 5), 0.1, True]]
    rows += [[9434765919, _day(5, 23, 59, 59), dt.timedelta(minutes=75), 1e-7, False]]
    rows += [["00017", "5 January", "unknown", 45296.5, None]]
    table = read_table(save(tmp_path, book({"S": rows})))
    assert table.frame["Ref"].tolist() == ["12345", "9434765919", "00017"]
    assert table.frame["When"].tolist() == ["2024-01-05 00:00:00", "2024-01-05 23:59:59", "5 January"]
    assert table.frame["Clock"].tolist() == ["00:05:00", "01:15:00", "unknown"]
    assert table.frame["Ratio"].tolist() == ["0.1", "1e-07", "45296.5"]
    assert table.frame["Yes"].tolist() == ["TRUE", "FALSE", ""]


def test_a_column_of_dates_only_stays_days(tmp_path):
    frame, _ = read(save(tmp_path, book({"S": [HEADER, row(1, time=None), row(2, 6, None)]})))
    assert frame["time_precision"].unique().tolist() == ["day"]
    timed, _ = read(save(tmp_path, book({"S": [HEADER, row(1), row(2, 6)]})))
    assert timed["occurred_from"].tolist() == [pd.Timestamp("2024-01-05 13:45"), pd.Timestamp("2024-01-06 13:45")]


def test_formulas_give_the_value_that_was_last_calculated(tmp_path):
    content = book({"S": [HEADER, row(1), row(2)]})
    source, stream = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in source.namelist():
            part = source.read(name)
            if name.endswith("sheet1.xml"):
                part = part.replace(b"<v>531350</v>", b"<f>500000+31350</f><v>531350</v>")
                assert b"<f>" in part
            archive.writestr(name, part)
    frame, _ = read(save(tmp_path, stream.getvalue()))
    assert frame.geometry.x.tolist() == [531350, 531350]


def test_a_header_over_two_rows_of_merged_cells_is_joined_and_said(tmp_path):
    rows = [
        ["Ref", "Assault", None, "Place", None, "Kind"],
        [None, "Date", "Time", "Easting", "Northing", None],
        row(1),
    ]
    frame, facts = read(save(tmp_path, book({"S": rows})))
    assert len(frame) == 1
    assert (facts["files"][0]["header_row"], facts["files"][0]["header_rows"]) == (1, 2)
    mapping = MAPPING | {
        "columns": MAPPING["columns"] | {"occurred_from": "Assault date", "occurred_time": "Assault time"}
    }
    again, _ = read(save(tmp_path, book({"S": rows})), mapping)
    assert again["occurred_from"].tolist() == [pd.Timestamp("2024-01-05 13:45")]


def test_a_full_sheet_is_warned_of(tmp_path, monkeypatch):
    monkeypatch.setitem(hs.ingest.worksheets.open_workbook.__globals__["_LAST_ROW"], "xlsx", 3)
    with pytest.warns(HotspotWarning, match="as many as its format can hold"):
        read(save(tmp_path, book({"S": [HEADER, row(1), row(2)]})))


def test_workbooks_are_found_in_folders_and_archives(tmp_path):
    content = book({"S": [HEADER, row(1)]})
    save(tmp_path, content)
    assert len(read(tmp_path)[0]) == 1
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("in/jan.xlsx", content)
        archive.writestr("in/feb.csv", ",".join(HEADER) + "\nr9,2024-02-06,10:00,531350,195850,a\n")
    frame, facts = read(save(tmp_path, stream.getvalue(), "all.zip"))
    assert len(frame) == 2
    assert [file["name"] for file in facts["files"]] == ["feb.csv", "jan.xlsx"]


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (OLE + b"0" * 600 + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "protected by a password"),
        (OLE + b"0" * 600 + "WordDocument".encode("utf-16-le"), "a.xls", "old Word file"),
        (b"<html><table><tr><td>Ref</td></tr></table></html>", "a.xls", "web page under the name of a workbook"),
        (b"<table><tr><td>Ref</td></tr></table>", "a.xls", "web page under the name of a workbook"),
        (b"<?xml version='1.0'?><?mso-application progid='Excel.Sheet'?><Workbook/>", "a.xls", "XML Spreadsheet"),
    ],
)
def test_what_only_looks_like_a_workbook_is_refused_with_the_remedy(tmp_path, content, name, message):
    with pytest.raises(InputError, match=message):
        read(save(tmp_path, content, name))


def test_text_under_the_name_of_a_workbook_is_read_by_its_content(tmp_path):
    text = "\t".join(HEADER) + "\nr1\t05/01/2024\t13:45\t531350\t195850\ta\nr2\t25/01/2024\t\t\t\ta\n"
    frame, facts = read(save(tmp_path, text.encode("utf-16"), "export.xls"))
    assert len(frame) == 2
    assert facts["files"][0]["delimiter"] == "\t"


def packed(parts):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return stream.getvalue()


def sheet_with(cells):
    content = book({"S": [HEADER, row(1)]})
    source = zipfile.ZipFile(io.BytesIO(content))
    parts = {name: source.read(name) for name in source.namelist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b"</sheetData>", cells + b"</sheetData>")
    return parts


def test_a_stray_cell_far_away_is_refused_before_room_is_made_for_it(tmp_path):
    stray = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    with pytest.raises(InputError, match=r"17,179,869,184 cells.*stray cell"):
        read(save(tmp_path, packed(sheet_with(stray))))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"xl/worksheets/sheet2.xml": b"<a>" * 2_000_000}, "would unpack"),
        ({"xl/sharedStrings.xml": b"<!DOCTYPE x [<!ENTITY a 'a'>]><sst/>"}, "document type declaration"),
    ],
)
def test_parts_that_no_workbook_has_are_refused(tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        read(save(tmp_path, packed(sheet_with(b"") | change)))


def test_a_word_document_is_named(tmp_path):
    content = packed({"[Content_Types].xml": "<Types/>", "word/document.xml": "<document/>"})
    with pytest.raises(InputError, match="a Word document"):
        read(save(tmp_path, content, "a.docx"))


def test_the_room_of_binary_and_open_document_sheets_is_measured():
    def record(kind, payload):
        return bytes([kind, len(payload)]) + payload

    four = lambda number: number.to_bytes(4, "little")  # noqa: E731 - one expression
    sheet = record(0, four(7) + b"\0" * 13) + record(2, four(3) + b"\0" * 8) + record(0, four(1_048_575) + b"\0" * 13)
    assert bounds._cells_of_xlsb(sheet) == 1_048_576 * 4
    table = (
        '<d xmlns:table="t" xmlns:office="o"><table:table><table:table-row><table:table-cell office:value="1"/>'
        "</table:table-row>{}</table:table></d>"
    )
    nine = '<table:table-cell table:number-columns-repeated="9"/>'
    blank = f'<table:table-row table:number-rows-repeated="1048000">{nine}</table:table-row>'
    assert bounds._cells_of_ods(table.format(blank).encode()) == 1
    full = blank.replace("<table:table-cell", '<table:table-cell office:value="2"')
    assert bounds._cells_of_ods(table.format(full).encode()) == 1_048_001 * 9


CELLS = st.one_of(
    st.none(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.booleans(),
    st.datetimes(pd.Timestamp(1900, 3, 1), pd.Timestamp(2100, 1, 1)),
    st.times(),
    st.sampled_from([*HEADER, "Total", "Source: us", "two words", "", " ", "24:00", "05/01/2024", "=1+1", "#N/A"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    above=st.lists(st.lists(CELLS, max_size=4), max_size=3),
    rows=st.lists(st.lists(CELLS, max_size=8), max_size=10),
    header=st.booleans(),
    second=st.booleans(),
)
def test_any_workbook_is_read_in_balance_or_refused(tmp_path, above, rows, header, second):
    lines = [*above, *([HEADER] if header else []), *rows]
    content = book({"S": lines, "T": lines[::-1]} if second else {"S": lines})
    path = save(tmp_path, content)
    with suppress(HotspotError, HotspotWarning):  # any other exception is a fault
        read(path, max_reject=1)
    with suppress(HotspotError):
        table = read_table(path)
        assert len(table.frame) + sum(table.facts.get("left_out", {}).values()) == table.facts["rows"]


WHOLE = book({"S": [HEADER, row(1), row(2)]})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from([b"PK\x03\x04", OLE, b"SQLite format 3\0", b"PAR1"]),
    rest=st.binary(max_size=1200),
)
def test_any_bytes_after_a_magic_number_are_refused_clearly(tmp_path, start, rest):
    with suppress(HotspotError):
        read(save(tmp_path, start + rest), max_reject=1)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, len(WHOLE) - 1), value=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_workbook_is_read_in_balance_or_refused(tmp_path, position, value, cut):
    changed = bytearray(WHOLE)
    changed[position] = value
    with suppress(HotspotError, HotspotWarning):
        read(save(tmp_path, bytes(changed[:position] if cut else changed)), max_reject=1)
