"""Bad input: one clear error or one counted row for each entry of the catalogue."""

from __future__ import annotations

import gzip
import io
import pickle
import zipfile
from contextlib import suppress

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hotspot as hs
from hotspot.errors import ConfigError, HotspotError, HotspotWarning, InputError

MAPPING = {
    "name": "fire",
    "label": "Synthetic",
    "health": False,
    "columns": {"id": "ref", "occurred_from": "when", "longitude": "lon", "latitude": "lat", "category": "kind"},
    "category": {"map": {"a": "assault"}, "default": "other"},
    "id": {"duplicates": "first"},
}
HEADER = "ref,when,lon,lat,kind"
GOOD = ["r1,2023-05-06 23:40,-0.1,51.5,a", "r2,2023-05-07 10:15,-0.2,51.6,b"]


def csv(*rows, header=HEADER, end="\n"):
    return ("\n".join([header, *rows]) + end).encode()


def read(path, mapping=MAPPING, **options):
    with hs.recording() as notes:
        frame = hs.read_incidents(path, source=mapping, **options)
    facts = dict(next(note for note in notes if note.step == "read_incidents").facts)
    assert facts["read"] == facts["kept"] + sum(facts.get("rejected", {}).values())
    assert facts["kept"] == len(frame)
    return frame, facts


def save(folder, content, name="data.csv"):
    path = folder / name
    path.write_bytes(content)
    return path


def workbook():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return stream.getvalue()


def bomb():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.csv", b"0" * 30_000_000)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \r\n \n", "is empty"),
        (HEADER.encode(), "header but no records"),
        (HEADER.encode() + b"\n", "header but no records"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "web page"),
        (b"\xef\xbb\xbf  <html>", "web page"),
        (b"<?xml version='1.0'?><rows/>", "XML"),
        (csv(*GOOD, "r3,2023-05-08", end=""), "breaks off inside its last row"),
        (csv(*GOOD, "r3,2023-05-08 \x00,-0.1,51.5,a"), "NUL byte"),
        (csv(*GOOD, 'r3,"2023-05-08,-0.1,51.5,a'), "never closed"),
        (csv(*(f"{row},extra" for row in GOOD)), "every row of 'data.csv' has another number of fields"),
        (csv(*GOOD, header="ref,when,lon,lat,kind,spare"), "another number of fields"),
        (b"%PDF-1.7", "PDF"),
        (pickle.dumps({"a": 1}), "pickle"),
        (b"\xd0\xcf\x11\xe0" + b"0" * 99, "damaged or unreadable workbook"),
        (b"\xfd7zXZ\x00" + b"0" * 99, "xz archive"),
        (b"PAR1" + b"0" * 99, "damaged Parquet"),
        (b'[{"ref": 1', "not valid JSON"),
        (b'{"type": "FeatureCollection", "features": []}', "no records"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[]", "no records"),
        (gzip.compress(csv(*GOOD))[:-12], "damaged gzip"),
        (workbook(), "damaged or unreadable workbook"),
        (bomb(), "would unpack"),
        (b"PK\x03\x04" + b"0" * 50, "damaged or incomplete"),
        (b"\x81\x8d\x8f\x90\x9d,b\n1,2\n", "not text"),
        (csv("1,2", header="x,y"), "5 problem"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_a_file_that_is_not_a_table_of_records_is_refused(tmp_path, content, message):
    with pytest.raises(InputError, match=message):
        read(save(tmp_path, content))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("nowhere.csv", "is not there"),
        ("nowhere/*.csv", "no file matches"),
        ("https://example.org/a.csv", "not fetched"),
        ("/vsicurl/a.csv", "not fetched"),
        ([], "list is empty"),
        (42, "cannot be read"),
    ],
)
def test_data_that_names_no_file_is_refused(data, message):
    with pytest.raises(InputError, match=message):
        read(data)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no file"):
        read(tmp_path)


def test_a_frame_without_rows_is_refused():
    with pytest.raises(InputError, match="no records"):
        read(pd.DataFrame(columns=HEADER.split(",")))


def test_a_truncated_member_is_refused_and_an_encrypted_one_named(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../evil.csv", csv(*GOOD))
    whole = stream.getvalue()
    frame, facts = read(save(tmp_path, whole, "ok.zip"))
    assert len(frame) == 2
    assert facts["files"][0]["name"] == "evil.csv"
    with pytest.raises(InputError, match="damaged or incomplete"):
        read(save(tmp_path, whole[: len(whole) // 2], "half.zip"))
    flagged = bytearray(whole)
    flagged[whole.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(InputError, match="encrypted"):
        read(save(tmp_path, bytes(flagged), "locked.zip"))


@pytest.mark.parametrize(
    ("content", "encoding", "delimiter"),
    [
        (csv(*GOOD), "utf-8", ","),
        (b"\xef\xbb\xbf" + csv(*GOOD), "utf-8-sig", ","),
        (csv(*GOOD).decode().encode("utf-16"), "utf-16", ","),
        (csv(*GOOD, "r3,2023-05-07 10:15,-0.2,51.6,caf\xe9").decode().encode("cp1252"), "cp1252", ","),
        (csv(*GOOD).replace(b",", b";"), "utf-8", ";"),
        (csv(*GOOD).replace(b",", b"\t"), "utf-8", "\t"),
        (csv(*GOOD).replace(b",", b"|"), "utf-8", "|"),
        (csv(*GOOD).replace(b"\n", b"\r\n"), "utf-8", ","),
        (csv(*GOOD).replace(b"\n", b"\r"), "utf-8", ","),
        (b"\n\n" + csv(*GOOD), "utf-8", ","),
        (csv(*GOOD, end=""), "utf-8", ","),
        (csv(*GOOD, header=" REF , When,LON,lat ,Kind"), "utf-8", ","),
    ],
)
def test_encodings_delimiters_and_line_ends_are_found_and_noted(tmp_path, content, encoding, delimiter):
    frame, facts = read(save(tmp_path, content))
    assert frame["occurred_from"].iloc[0] == pd.Timestamp("2023-05-06 23:40")
    assert (facts["files"][0]["encoding"], facts["files"][0]["delimiter"]) == (encoding, delimiter)
    assert frame["category"].tolist()[:2] == ["assault", "other"]


def test_wrongly_decoded_text_is_warned_of(tmp_path):
    wrong = "r3,2023-05-07 10:15,-0.2,51.6,Café".encode().decode("cp1252")
    with pytest.warns(HotspotWarning, match="decoded wrongly"):
        read(save(tmp_path, csv(*GOOD).decode().encode() + (wrong + "\n").encode()))


def bulk(*bad, good=60):
    rows = [f"g{n},2023-05-{n % 28 + 1:02d} {n % 20 + 2:02d}:{n % 59 + 1:02d},-0.1,51.5,a" for n in range(good)]
    return csv(*rows, *bad)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("r,2023-05-06", "ragged row"),
        ("r,2023-05-06 10:00,-0.1,51.5,a,more", "ragged row"),
        (HEADER, "repeated header"),
        ("r,2023-02-29 10:00,-0.1,51.5,a", "time unreadable"),
        ("r,yesterday,-0.1,51.5,a", "time unreadable"),
        ("r,0204-05-06 10:00,-0.1,51.5,a", "time out of range"),
        ("r,9999-05-06 10:00,-0.1,51.5,a", "time out of range"),
        ("r,2023-05-06 10:00,west,51.5,a", "coordinate unreadable"),
        ("g3,2023-05-06 10:00,-0.1,51.5,a", "duplicate id"),
    ],
)
def test_a_bad_row_is_rejected_for_one_reason_with_its_number(tmp_path, row, reason):
    frame, facts = read(save(tmp_path, bulk(row)))
    assert facts["rejected"] == {reason: 1}
    assert facts["rejected_first"] == {reason: "data.csv row 61"}
    assert len(frame) == 60


@pytest.mark.parametrize(
    "place", ["0,0", "0.0,0.0", ",", "NA,nan", "inf,51.5", "-0.1,", "999,51.5", ",51.5", "None,null"]
)
def test_a_missing_or_impossible_place_is_kept_and_counted(tmp_path, place):
    frame, facts = read(save(tmp_path, bulk(f"r,2023-05-06 10:00,{place},a")))
    assert facts["kept"] == 61
    assert facts["unlocatable"] == 1
    assert frame["location_level"].iloc[-1] == "none"
    assert frame.geometry.iloc[-1] is None


@pytest.mark.parametrize("when", ["", "unknown", "NK", "n/a"])
def test_a_missing_time_is_kept_and_flagged(tmp_path, when):
    frame, facts = read(save(tmp_path, bulk(f"r,{when},-0.1,51.5,a")))
    assert facts["without_time"] == 1
    assert frame.iloc[-1][["time_precision", "time_flag"]].tolist() == ["unknown", "unknown"]


def test_too_many_unreadable_rows_refuse_the_file_with_reasons(tmp_path):
    content = bulk(*(f"b{n},32/13/2023,-0.1,51.5,a" for n in range(10)))
    with pytest.raises(InputError, match=r"10 of 70 rows.*time unreadable: 10 \(first: data.csv row 61\)"):
        read(save(tmp_path, content))
    _, facts = read(save(tmp_path, content), max_reject=0.2)
    assert facts["rejected"] == {"time unreadable": 10}
    with pytest.raises(ConfigError, match="max_reject"):
        read(save(tmp_path, content), max_reject=5)


def test_decimal_commas_must_be_stated(tmp_path):
    content = csv("r1;2023-05-06;-0,1;51,5;a", "r2;2023-05-07;-0,2;51,6;a", header=HEADER.replace(",", ";"))
    path = save(tmp_path, content)
    with pytest.raises(InputError, match="decimal = ','"):
        read(path)
    frame, _ = read(path, MAPPING | {"files": {"decimal": ","}})
    assert frame.geometry.notna().all()


def test_separators_of_thousands_are_taken_off_and_counted(tmp_path):
    mapping = MAPPING | {
        "columns": {"occurred_from": "when", "easting": "lon", "northing": "lat", "category": "kind"},
        "id": {},
    }
    frame, facts = read(save(tmp_path, csv('r,2023-05-06,"531,350","195,850",a')), mapping)
    assert facts["positions"] == {"thousands_separators": 1}
    assert (frame.geometry.x.iloc[0], frame.geometry.y.iloc[0]) == (531350, 195850)


@pytest.mark.parametrize(
    ("columns", "place", "message"),
    [
        (("longitude", "latitude"), "51.5,-0.1", "only when swapped"),
        (("longitude", "latitude"), "47.6,-122.3", "are swapped"),
        (("longitude", "latitude"), "531350,195850", "look like easting and northing"),
        (("easting", "northing"), "-0.1,51.5", "look like degrees"),
        (("easting", "northing"), "-8000000,9000000", "outside the British National Grid"),
    ],
)
def test_coordinates_in_the_wrong_columns_are_refused_with_the_remedy(tmp_path, columns, place, message):
    mapping = MAPPING | {
        "columns": {"occurred_from": "when", columns[0]: "lon", columns[1]: "lat", "category": "kind"},
        "id": {},
    }
    with pytest.raises(InputError, match=message):
        read(save(tmp_path, csv(*(f"r{n},2023-05-06,{place},a" for n in range(20)))), mapping)


def test_a_missing_column_suggests_the_nearest_and_all_are_named_at_once(tmp_path):
    path = save(tmp_path, csv(*GOOD, header="ref,whn,lon,latt,kind"))
    with pytest.raises(InputError, match=r"2 problem\(s\).*Did you mean 'whn'.*Did you mean 'latt'"):
        read(path)


def test_a_first_line_that_is_a_record_is_not_shown(tmp_path):
    path = save(tmp_path, b"9434765919,07700 900123,a.person@example.org\n1,2,3\n")
    with pytest.raises(InputError, match="does not look like a header") as caught:
        read(path)
    assert "example" not in str(caught.value)
    assert "9434765919" not in str(caught.value)


def test_a_mapped_header_that_stands_twice_is_refused(tmp_path):
    path = save(tmp_path, csv(*(f"{row},51.5" for row in GOOD), header=f"{HEADER},lat"))
    with pytest.raises(InputError, match="'lat' stands more than once"):
        read(path)


def test_repeated_ids_without_a_rule_are_refused_only_if_the_rows_differ(tmp_path):
    mapping = MAPPING | {"id": {}}
    _, facts = read(save(tmp_path, csv(GOOD[0], GOOD[0], GOOD[1])), mapping)
    assert facts["rejected"] == {"duplicate id": 1}
    with pytest.raises(InputError, match=r"\[id\] duplicates"):
        read(save(tmp_path, csv(GOOD[0], GOOD[0].replace("51.5", "51.7"))), mapping)
    last, _ = read(save(tmp_path, csv(*GOOD, GOOD[0])), MAPPING | {"id": {"duplicates": "last"}})
    assert last.index.tolist() == ["fire-000002", "fire-000003"]
    kept, _ = read(save(tmp_path, csv(*GOOD, GOOD[0])), MAPPING | {"id": {"duplicates": "keep"}})
    assert len(kept) == 3


def test_long_ids_keep_all_their_digits(tmp_path):
    path = tmp_path / "ids.parquet"
    table = pd.DataFrame(
        {
            "ref": pd.array([9007199254740993, 9007199254740992, None], dtype="Int64"),
            "when": "2023-05-06",
            "lon": -0.1,
            "lat": 51.5,
            "kind": "a",
        }
    )
    table.to_parquet(path)
    assert read(path)[1]["duplicates"] == 0
    assert read(table)[1]["duplicates"] == 0


def test_the_given_frame_is_not_changed():
    table = pd.DataFrame([row.split(",") for row in GOOD], columns=HEADER.split(","))
    before = table.copy(deep=True)
    frame, facts = read(table)
    pd.testing.assert_frame_equal(table, before)
    assert facts["files"] == [{"name": "DataFrame", "rows": 2}]
    assert frame.attrs["reading"]["read"] == 2


def test_the_note_and_the_frame_hold_no_value_of_an_unmapped_column(tmp_path):
    path = save(
        tmp_path, csv(*(f"{row},Jane Example,9434765919" for row in GOOD), header=f"{HEADER},Patient name,NHS no")
    )
    frame, facts = read(path)
    assert facts["identifier_columns_dropped"] == {"Patient name": "name", "NHS no": "NHS number"}
    assert "Jane" not in str(facts) + frame.to_csv()
    assert "9434765919" not in str(facts) + frame.to_csv()


@pytest.mark.parametrize("period", [("2023", "2024"), ("2023-02", "2023-01"), ("2023-01",)])
def test_a_period_that_is_none_is_refused(period):
    with pytest.raises(ConfigError, match="period"):
        read(pd.DataFrame({"a": [1]}), period=period)


@pytest.mark.parametrize("crs", [4326, "EPSG:0", "nonsense", 2263])
def test_a_system_that_is_not_metric_is_refused(tmp_path, crs):
    with pytest.raises(InputError, match="crs"):
        read(save(tmp_path, csv(*GOOD)), crs=crs)


CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "0",
            "-0.1",
            "51.5",
            "2023-05-06",
            "06/05/2023 24:00",
            "2023-05-06 10:00",
            "a",
            "NA",
            '"',
            '"x"',
            "é",
            "1e400",
            "nan",
            "\ufeff",
            "24:00",
            "13/13/2023",
            "'",
            "=1",
            "\u2028",
        ]
    ),
    st.text(max_size=8),
)
LINES = st.lists(st.lists(CELLS, min_size=0, max_size=7), max_size=12)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=LINES,
    delimiter=st.sampled_from([",", ";", "\t"]),
    end=st.sampled_from(["\n", "\r\n", ""]),
    header=st.booleans(),
)
def test_any_text_is_read_in_balance_or_refused(tmp_path, lines, delimiter, end, header):
    rows = [delimiter.join(cells) for cells in lines]
    text = (end or "\n").join(([HEADER.replace(",", delimiter)] if header else []) + rows) + end
    path = save(tmp_path, text.encode("utf-8", errors="surrogatepass"))
    with suppress(HotspotError):  # refused is fine, any other exception is not; the balance is checked in read()
        read(path, max_reject=1)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300))
def test_any_bytes_are_read_in_balance_or_refused(tmp_path, content):
    with suppress(HotspotError):
        read(save(tmp_path, content), max_reject=1)


@pytest.mark.parametrize("header", ["943 476 5919", "jane@example.org", "07700 900123", "Jane Canary", "12/03/1961"])
@pytest.mark.parametrize("as_frame", [True, False])
def test_a_header_that_is_somebodys_value_is_not_recorded(tmp_path, caplog, header, as_frame):
    table = pd.DataFrame({"when": ["2023-05-06"], "kind": ["a"], header: ["9434765919"]})
    table.to_csv(tmp_path / "a.csv", index=False)
    mapping = {
        "name": "ed", "label": "Synthetic", "health": True, "columns": {"occurred_from": "when", "category": "kind"},
        "category": {"map": {"a": "assault"}},
    }  # fmt: skip
    caplog.set_level(0)
    with hs.recording() as notes:
        hs.read_incidents(table if as_frame else tmp_path / "a.csv", source=mapping)
    facts = next(note.facts for note in notes if note.step == "read_incidents")
    assert facts["unread_columns"] == ["column 3 (its header looks personal)"]
    assert header not in repr(facts) + caplog.text


@pytest.mark.parametrize("data", ["a" * 5_000, "a\0b.csv", "**" * 50 + "z"])
def test_what_can_be_no_path_is_refused(data):
    with pytest.raises(InputError, match="data: "):
        hs.read_incidents(data, source="police_uk")


def test_a_time_format_with_a_part_twice_is_refused():
    table = pd.DataFrame({"when": ["2023-05-06"], "kind": ["a"]})
    mapping = {
        "name": "fire", "label": "Synthetic", "health": False, "columns": {"occurred_from": "when", "category": "kind"},
        "category": {"map": {"a": "assault"}}, "time": {"format": "%Y-%m-%d %Y"},
    }  # fmt: skip
    with pytest.raises(ConfigError, match="is not a time format"):
        hs.read_incidents(table, source=mapping)
