"""Bad text and bad files: items of the catalogue of bad input that no other test holds to their outcome."""

from __future__ import annotations

import os
import sys
import zipfile

import pandas as pd
import pytest

import hotspot as hs
from hotspot.errors import HotspotWarning, InputError

MAPPING = {
    "name": "fire",
    "label": "Synthetic",
    "health": False,
    "columns": {"id": "ref", "occurred_from": "when", "area_code": "area", "category": "kind", "weight": "harm"},
    "required": ["occurred_from"],
    "category": {"map": {"Women's refuge": "assault"}, "default": "unknown"},
    "id": {"duplicates": "refuse"},
}
HEADER = "ref,when,area,kind,harm"


def save(folder, *rows, header=HEADER, name="data.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(("\n".join([header, *rows]) + "\n").encode(encoding))
    return path


def read(data, mapping=MAPPING, **options):
    with hs.recording() as notes:
        frame = hs.read_incidents(data, source=mapping, **options)
    facts = dict(notes[-1].facts)
    assert facts["read"] == facts["kept"] + sum(facts.get("rejected", {}).values())
    return frame, facts


def row(ref="1", when="2023-05-06 23:40", area="E01000001", kind="Women's refuge", harm="1"):
    return f"{ref},{when},{area},{kind},{harm}"


def test_12_ids_with_leading_zeros_are_not_the_same_id(tmp_path):
    frame, facts = read(save(tmp_path, row("0017"), row("17")))
    assert len(frame) == 2
    assert facts["duplicates"] == 0


@pytest.mark.parametrize("word", ["NA", "None", "n/a", "null", "-"])
def test_14_words_for_nothing_are_no_place_and_names_like_them_stay(tmp_path, word):
    frame, _ = read(save(tmp_path, row(area=word), row("2", area="NA01")))
    assert frame["area_code"].isna().tolist() == [True, False]
    assert frame["location_level"].tolist() == ["none", "area"]


def test_16_headers_are_found_whatever_their_case_and_spaces(tmp_path):
    frame, _ = read(save(tmp_path, row(), header=" REF , When ,Area ,KIND,Harm"))
    assert frame["area_code"].tolist() == ["E01000001"]


def test_20_a_giant_field_is_refused(tmp_path):
    path = save(tmp_path, row(kind="x" * 40_000_000))
    with pytest.raises(InputError, match="cannot be cut into rows"):
        read(path)


def test_22_line_ends_of_all_kinds_in_one_file_are_read(tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(f"{HEADER}\r\n{row('1')}\n{row('2')}\r\n{row('3')}\r\n".encode())
    assert len(read(path)[0]) == 3


def test_23_curly_quotes_wide_letters_and_hard_spaces_in_codes_are_the_plain_ones(tmp_path):
    curly = "Women\N{RIGHT SINGLE QUOTATION MARK}s\N{NO-BREAK SPACE}refuge"
    wide = "\N{FULLWIDTH LATIN CAPITAL LETTER W}omen's refuge"
    frame, _ = read(save(tmp_path, row(kind=curly), row("2", kind=wide), row("3", kind=" women's  REFUGE ")))
    assert frame["category"].tolist() == ["assault"] * 3


def test_44_ids_that_come_again_on_other_rows_are_refused_without_a_rule(tmp_path):
    with pytest.raises(InputError, match=r"\[id\] duplicates"):
        read(save(tmp_path, row("7"), row("7", when="2023-05-07 10:00")))
    assert read(save(tmp_path, row("7"), row("7")))[1]["rejected"] == {"duplicate id": 1}


@pytest.mark.parametrize("harm", ["-1", "inf", "nonsense"])
def test_46_a_weight_that_cannot_be_rejects_its_row(tmp_path, harm):
    rows = [row(str(number)) for number in range(30)]
    _, facts = read(save(tmp_path, *rows, row("bad", harm=harm)))
    assert facts["rejected"] == {"number unreadable": 1}
    with pytest.raises(InputError, match=r"number unreadable: 1 .first: data.csv row 1"):
        read(save(tmp_path, row("bad", harm=harm), row("good")))


def test_46_a_weight_far_above_the_others_is_warned_of(tmp_path):
    rows = [row(str(number)) for number in range(30)]
    with pytest.warns(HotspotWarning, match=r"1 weight\(s\) are over 1,000 times the median"):
        read(save(tmp_path, *rows, row("huge", harm="5000")))


def test_85_names_that_climb_out_of_an_archive_write_nothing(tmp_path):
    archive = tmp_path / "inner" / "data.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("../../escaped.csv", f"{HEADER}\n{row()}\n")
    frame, facts = read(archive)
    assert len(frame) == 1
    assert facts["files"][0]["name"] == "escaped.csv"
    assert sorted(path.name for path in tmp_path.rglob("*.csv")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in Windows folders")
def test_88_a_pipe_is_refused_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "data.csv")
    with pytest.raises(InputError, match="neither a file nor a folder"):
        read(tmp_path / "data.csv")
    with pytest.raises(InputError, match="holds no file"):
        read(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights in Windows")
def test_88_a_link_in_a_folder_that_was_sent_is_refused(tmp_path):
    secret = save(tmp_path, row(), name="secret.csv")
    sent = tmp_path / "sent"
    sent.mkdir()
    (sent / "data.csv").symlink_to(secret)
    with pytest.raises(InputError, match=r"1 link\(s\) to files elsewhere, the first is 'data.csv'"):
        read(sent)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read everything")
def test_96_a_file_that_may_not_be_read_is_named(tmp_path):
    path = save(tmp_path, row())
    path.chmod(0)
    with pytest.raises(InputError, match=r"'data.csv' cannot be read: PermissionError"):
        read(path)


def test_96_a_file_that_is_open_elsewhere_is_named(tmp_path, monkeypatch):
    path = save(tmp_path, row())

    def locked(*_args, **_options):
        raise PermissionError(13, "in use")

    monkeypatch.setattr(type(path), "open", locked)
    with pytest.raises(InputError, match=r"'data.csv' cannot be read: PermissionError.*open elsewhere"):
        read(path)


def test_103_objects_of_python_are_never_opened(tmp_path):
    path = tmp_path / "data.csv"
    pd.DataFrame({"ref": [1]}).to_pickle(path)
    with pytest.raises(InputError, match="pickle, which is never opened"):
        read(path)
