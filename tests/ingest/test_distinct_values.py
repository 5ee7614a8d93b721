"""Columns held by their distinct values say the same as the text they stand for."""

from __future__ import annotations

import gzip
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hotspot as hs
from hotspot.ingest.delimited import open_delimited
from hotspot.ingest.distinct_values import CODED, Pile, alike, compact, distinct, gather, says, text_column
from hotspot.ingest.files import make_part
from hotspot.ingest.mapping import Files
from hotspot.ingest.text_encoding import is_utf8, to_utf8

TEXTS = st.lists(st.lists(st.sampled_from(["", " ", "a", "b ", "é", "long " * 9]) | st.text(max_size=3)), max_size=5)
MAPPING = {
    "name": "police", "label": "Police, synthetic", "health": False,
    "columns": {"id": "ref", "occurred_from": "when", "easting": "x", "northing": "y", "offence": "kind"},
    "category": {"value": "other"}, "time": {"format": "%Y-%m-%d"},
}  # fmt: skip


def _read(blocks: list[list[str]]) -> pd.Series:
    schema = pa.schema({"column": CODED})
    batches = [pa.record_batch([pa.array(block, pa.large_string()).cast(CODED)], schema=schema) for block in blocks]
    return gather(pa.RecordBatchReader.from_batches(schema, batches))["column"]


@given(TEXTS)
def test_what_is_gathered_is_what_stood_there(blocks):
    whole = [text for block in blocks for text in block]
    column = _read(blocks)
    assert column.astype("str").tolist() == whole
    codes, texts = distinct(column)
    assert texts.tolist() == list(dict.fromkeys(whole))
    assert [texts[code] for code in codes] == whole
    assert says(column, "a").tolist() == [text.strip() == "a" for text in whole]
    assert says(column, "").tolist() == [not text.strip() for text in whole]


def test_values_that_repeat_become_codes_of_few_bytes_and_ids_stay_text():
    repeating = _read([["burglary", "robbery"] * 500, ["robbery", "drugs"] * 500])
    assert repeating.cat.categories.tolist() == ["burglary", "robbery", "drugs"]
    assert repeating.cat.codes.dtype == np.int8
    many = _read([[str(i % 200) for i in range(1_000)]])
    assert many.cat.codes.dtype == np.int16
    assert _read([[str(i) for i in range(1_000)]]).dtype == "str"
    turned = _read([["a"] * 10, [str(i) for i in range(100)]])
    assert turned.dtype == "str"
    assert turned.tolist() == ["a"] * 10 + [str(i) for i in range(100)]


@given(TEXTS)
def test_joined_pieces_are_the_texts_in_their_order(blocks):
    pile = Pile()
    for block in blocks:
        pile.add(_read([block * 3]))
    if blocks:
        assert pile.whole().astype("str").tolist() == [text for block in blocks for text in block * 3]


def test_a_field_that_a_file_lacks_is_missing_there_and_a_number_beside_text_becomes_text():
    pile = Pile()
    pile.add(_read([["a", "a", "b", "b"]]))
    pile.add_nothing(2)
    column = pile.whole()
    assert column.isna().tolist() == [False] * 4 + [True] * 2
    assert column.cat.categories.tolist() == ["a", "b"]
    pile.add_nothing(1)
    pile.add(pd.Series([1.0, 2.5]))
    pile.add(_read([["a", "a"]]))
    mixed = pile.whole()
    assert mixed.dtype == "str"
    assert mixed.tolist()[1:] == ["1", "2.5", "a", "a"]
    assert mixed.isna().tolist() == [True] + [False] * 4


@given(st.lists(st.sampled_from(["a", "b", None, True])), st.integers(0, 3))
def test_compact_results_give_the_same_text_column(values, first):
    results = np.array([None if value is None else str(value) for value in values], dtype=object)
    rows = np.arange(len(results))[first:]
    found = pd.Series(text_column(compact(results), rows))
    assert found.dtype == "str"
    assert [None if pd.isna(value) else value for value in found] == results[first:].tolist()


def test_rows_that_are_alike_share_one_text():
    assert len({id(value) for value in alike("street", 1_000)}) == 1


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.sampled_from(["utf-16", "cp1252", "utf-16-le"]))
def test_text_in_another_encoding_becomes_utf8_or_is_refused(text, encoding):
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:
        return
    expected = content.decode(encoding)
    assert to_utf8(content, encoding) == expected.encode("utf-8")


@given(st.binary())
def test_utf8_is_what_python_takes_for_utf8(content):
    try:
        content.decode("utf-8")
        valid = True
    except UnicodeDecodeError:
        valid = False
    assert is_utf8(content) is valid


def test_a_letter_that_lies_across_two_pieces_is_read_whole(monkeypatch):
    monkeypatch.setattr("hotspot.ingest.text_encoding._PIECE", 3)
    text = "aé€😀" * 5
    assert is_utf8(text.encode())
    assert not is_utf8(text.encode()[:-1])
    assert to_utf8(text.encode("utf-16"), "utf-16") == text.encode()
    assert to_utf8(b"\x00\xd8\x41", "utf-16-le") is None


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n", b"\n"])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n\r\n"])
def test_byte_order_marks_blank_lines_and_a_missing_line_end_change_nothing(mark, end):
    table = open_delimited(make_part("a.csv", mark + b"ref,kind\r\n1,a\r\n2,b" + end), Files(), None)
    taken = table.take([0, 1])
    assert table.header == ["ref", "kind"]
    assert [taken.columns[i].tolist() for i in (0, 1)] == [["1", "2"], ["a", "b"]]


def _records(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    ids = np.array([f"r{i}" for i in rng.integers(0, rows * 20, rows)], dtype=object)
    days = np.datetime64("2023-01-01") + rng.integers(0, 900, rows).astype("timedelta64[D]")
    return pd.DataFrame(
        {
            "ref": np.where(rng.random(rows) < 0.2, "", ids),
            "when": np.where(rng.random(rows) < 0.01, "soon", days.astype(str)),
            "x": np.where(rng.random(rows) < 0.02, "", (rng.integers(5300, 5310, rows) * 100).astype(str)),
            "y": np.where(rng.random(rows) < 0.01, "here", (rng.integers(1800, 1810, rows) * 100).astype(str)),
            "kind": rng.choice(["Theft", " theft ", "Public  order", "unknown", ""], rows),
        }
    )  # fmt: skip


def test_a_file_a_compressed_file_a_list_and_a_frame_give_the_same_incidents(tmp_path):
    table = _records(3_000)
    text = table.to_csv(index=False).encode()
    (tmp_path / "whole.csv").write_bytes(text)
    (tmp_path / "whole.csv.gz").write_bytes(gzip.compress(text))
    for number in range(3):
        table.iloc[number * 1_000 : (number + 1) * 1_000].to_csv(tmp_path / f"part{number}.csv", index=False)
    rule = MAPPING | {"id": {"duplicates": "first"}}
    frame = hs.read_incidents(pd.read_csv(io.BytesIO(text), dtype=str, keep_default_na=False), source=rule)
    assert 2_000 < len(frame) < 3_000
    for data in (
        tmp_path / "whole.csv",
        tmp_path / "whole.csv.gz",
        [tmp_path / f"part{number}.csv" for number in range(3)],
        [table.iloc[:1_000], tmp_path / "part1.csv", tmp_path / "part2.csv"],
    ):
        # a list reads its frames first, so the order stays
        found = hs.read_incidents(data, source=rule)
        pd.testing.assert_frame_equal(pd.DataFrame(found), pd.DataFrame(frame), check_exact=True)


def test_rejected_rows_leave_the_others_as_they_were():
    table = _records(2_000).assign(ref="")
    bad = (table["when"] == "soon") | (table["y"] == "here")
    read = hs.read_incidents(table, source=MAPPING, max_reject=0.2)
    alone = hs.read_incidents(table[~bad], source=MAPPING)
    assert read.index.tolist() == [f"police-{row + 1:06d}" for row in np.flatnonzero(~bad)]
    pd.testing.assert_frame_equal(
        pd.DataFrame(read.reset_index(drop=True)), pd.DataFrame(alone.reset_index(drop=True)), check_exact=True
    )
