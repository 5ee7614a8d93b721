"""Pseudonyms follow RFC 4231, stay the same with the key, and the key shows itself nowhere."""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import pickle
import stat
import traceback

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotspot import make_key, pseudonymise, recording
from hotspot.anonymise import key_fingerprint
from hotspot.anonymise.key import Key, read_key
from hotspot.errors import ConfigError, HotspotWarning, InputError, OutputError

SECRET = bytes(range(32))


@pytest.mark.parametrize(
    ("secret", "message", "digest"),
    [
        (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        (bytes(range(1, 26)), b"\xcd" * 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        (
            b"\xaa" * 131,
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ],
)
def test_the_keyed_hash_is_that_of_rfc_4231(secret, message, digest):
    assert Key(secret).digest(message).hex() == digest


def test_a_pseudonym_is_the_truncated_hmac_of_domain_and_identifier(fixed_key):
    result = pseudonymise(pd.Series([" A-17 "], name="record"), key=fixed_key, domain="person", prefix="q", length=24)
    expected = hmac.new(SECRET, b"person\x1fA-17", hashlib.sha256).hexdigest()[:24]
    assert result.tolist() == ["q" + expected]


def test_alignment_missing_and_kinds_of_numbers(fixed_key):
    given_ = pd.Series([7.0, np.nan, 7.0, 8.0], index=list("dcba"), name="id")
    before = given_.copy()
    result = pseudonymise(given_, key=fixed_key)
    pd.testing.assert_series_equal(given_, before)
    assert result.index.tolist() == list("dcba")
    assert result.isna().tolist() == [False, True, False, False]
    assert result["d"] == result["b"] != result["a"]
    as_text = pseudonymise(pd.Series(["7", "8", ""], name="id"), key=fixed_key)
    as_whole = pseudonymise(pd.Series([7, 8], name="id"), key=fixed_key)
    assert as_text.tolist()[:2] == as_whole.tolist() == [result["d"], result["a"]]
    assert pd.isna(as_text[2])


def test_columns_of_a_frame_cannot_be_joined_unless_their_domain_is_the_same(fixed_key):
    frame = pd.DataFrame({"a": ["x", "y"], "b": ["x", "y"], "kept": [1, 2]})
    apart = pseudonymise(frame, columns=["a", "b"], key=fixed_key)
    together = pseudonymise(frame, columns=["a", "b"], key=fixed_key, domain="person")
    assert set(apart["a"]).isdisjoint(apart["b"])
    assert together["a"].tolist() == together["b"].tolist()
    assert apart["kept"].tolist() == [1, 2]
    assert frame["a"].tolist() == ["x", "y"]


def test_grouped_numbers_can_be_made_alike(fixed_key):
    numbers = pd.Series(["999 000 0018", "999-000-0018", "9990000018"], name="n")
    assert len(set(pseudonymise(numbers, key=fixed_key, ignore=" -"))) == 1
    assert len(set(pseudonymise(numbers, key=fixed_key))) == 3


@given(st.lists(st.text(min_size=1).filter(str.strip), min_size=2, max_size=8, unique_by=str.strip))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_is_repeatable_and_shows_nothing_of_the_identifier(fixed_key, texts):
    values = pd.Series(pd.array(texts, dtype=object), name="id")
    first = pseudonymise(values, key=fixed_key)
    assert first.tolist() == pseudonymise(values, key=fixed_key).tolist()
    assert first.str.fullmatch("p[0-9a-f]{20}").all()


def test_the_fingerprint_is_recorded_and_a_changed_key_raises(key_file, tmp_path):
    values = pd.Series(["a"], name="id")
    mine = key_fingerprint(key_file)
    with recording() as notes:
        pseudonymise(values, key=key_file, fingerprint=mine)
    assert notes[0].facts["key_fingerprint"] == mine
    assert notes[0].facts["identifiers"] == 1
    other = tmp_path / "other.key"
    assert make_key(other) != mine
    with pytest.raises(ConfigError, match="not the expected one"):
        pseudonymise(values, key=other, fingerprint=mine)


def test_a_new_key_is_long_random_private_and_never_replaced(tmp_path):
    path = tmp_path / "a.key"
    fingerprint = make_key(path)
    content = path.read_text(encoding="ascii")
    assert len(bytes.fromhex(content)) == 32
    assert fingerprint == key_fingerprint(path)
    assert fingerprint not in content
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(OutputError, match="exists already"):
        make_key(path)
    assert path.read_text(encoding="ascii") == content
    with pytest.raises(OutputError, match="cannot be made"):
        make_key(tmp_path / "no" / "such" / "folder")


def test_the_key_may_come_from_the_environment(fixed_key, monkeypatch):
    values = pd.Series(["a"], name="id")
    monkeypatch.delenv("HOTSPOT_KEY", raising=False)
    with pytest.raises(ConfigError, match="HOTSPOT_KEY"):
        pseudonymise(values)
    monkeypatch.setenv("HOTSPOT_KEY", SECRET.hex())
    assert pseudonymise(values).tolist() == pseudonymise(values, key=fixed_key).tolist()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (SECRET[:31].hex(), "31 bytes are too few"),
        ("", "0 bytes are too few"),
        ("00" * 32, "not random"),
        ("correct horse battery staple " * 3, "not hexadecimal"),
        ("é" * 70, "not hexadecimal"),
    ],
)
def test_weak_keys_are_refused(tmp_path, content, message):
    path = tmp_path / "weak.key"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=message):
        read_key(path)


@pytest.mark.skipif(os.name != "posix", reason="file modes are those of POSIX")
def test_a_key_that_others_can_read_is_warned_of(fixed_key):
    fixed_key.chmod(0o644)
    with pytest.warns(HotspotWarning, match="others can read"):
        read_key(fixed_key)


def _everything(error: BaseException) -> str:
    """Write the package's part of a traceback as the most talkative tools do, local variables included."""
    here = error.__traceback__.tb_next
    return "".join(traceback.TracebackException(type(error), error, here, capture_locals=True).format())


@pytest.mark.parametrize("content", [SECRET[:20].hex(), "ab" * 32, SECRET.hex() + "zz", SECRET.hex()])
def test_no_failure_shows_the_secret_even_with_local_variables(tmp_path, content):
    path = tmp_path / "a.key"
    path.write_text(content, encoding="ascii")
    path.chmod(0o600)
    with pytest.raises(ConfigError) as caught:
        pseudonymise(pd.Series(["x"], name="id"), key=path, fingerprint="0" * 16)
    shown = _everything(caught.value)
    assert content not in shown
    assert repr(bytes.fromhex(content.removesuffix("zz"))) not in shown


def test_a_key_given_in_place_of_a_path_is_not_repeated():
    text = SECRET.hex()
    with pytest.raises(ConfigError) as caught:
        read_key(text)
    assert text not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    with pytest.raises(ConfigError, match="not the key itself"):
        read_key(SECRET)


def test_the_secret_is_in_no_note_log_or_representation(fixed_key, caplog):
    with recording() as notes, caplog.at_level(logging.DEBUG):
        result = pseudonymise(pd.DataFrame({"id": ["x"]}), columns="id", key=fixed_key)
    key = read_key(fixed_key)
    shown = repr(notes) + caplog.text + repr(key) + str(key) + result.to_csv() + repr(result.attrs)
    assert SECRET.hex() not in shown
    assert repr(SECRET) not in shown
    assert str(fixed_key) not in shown
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_options_that_do_not_fit(fixed_key):
    values = pd.Series(["a"], name="id")
    with pytest.raises(ConfigError, match="length"):
        pseudonymise(values, key=fixed_key, length=8)
    with pytest.raises(ConfigError, match="name the columns"):
        pseudonymise(values.to_frame(), columns=[], key=fixed_key)
    with pytest.raises(ConfigError, match="Leave it out"):
        pseudonymise(values, columns="id", key=fixed_key)
    with pytest.raises(ConfigError, match="domain"):
        pseudonymise(pd.Series(["a"]), key=fixed_key)
    with pytest.raises(InputError, match="1 column"):
        pseudonymise(values.to_frame(), columns="no", key=fixed_key)
    with pytest.raises(InputError, match="not whole") as caught:
        pseudonymise(pd.Series([1.25], name="id"), key=fixed_key)
    assert "1.25" not in str(caught.value)
    with pytest.raises(InputError, match="too long to be exact"):
        pseudonymise(pd.Series([2.0**60], name="id"), key=fixed_key)


@pytest.mark.parametrize("dtype", ["int64", "Int64", "float32", "float64", "Float32", "Float64", "object"])
def test_a_number_gets_one_pseudonym_however_the_column_stores_it(fixed_key, dtype):
    stored = pseudonymise(pd.Series([1_234, 99], dtype=dtype, name="id"), key=fixed_key)
    as_text = pseudonymise(pd.Series(["1234", "99"], name="id"), key=fixed_key)
    assert stored.tolist() == as_text.tolist()


def test_short_floats_that_may_have_rounded_an_identifier_are_refused(fixed_key):
    with pytest.raises(InputError, match="too long to be exact"):
        pseudonymise(pd.Series([1_234_567_890, 1_234_567_891], dtype="float32", name="id"), key=fixed_key)


def test_what_cannot_be_an_identifier_is_refused_without_its_value(fixed_key):
    with pytest.raises(InputError, match="column 'id' holds lists") as caught:
        pseudonymise(pd.Series([["Zorblatt"]], name="id"), key=fixed_key)
    assert "Zorblatt" not in str(caught.value)
    with pytest.raises(InputError, match="'id' stands more than once"):
        pseudonymise(pd.DataFrame([[1, 2]], columns=["id", "id"]), key=fixed_key, columns="id")
    broken = pseudonymise(pd.Series(["a\ud800", "a?"], dtype=object, name="id"), key=fixed_key)
    assert broken.nunique() == 2


def test_a_key_file_whose_content_was_changed_raises_without_anybody_remembering(key_file):
    frame = pd.DataFrame({"nhs": ["9434765919"]})
    first = pseudonymise(frame, columns="nhs", key=key_file, domain="person")
    again = pseudonymise(frame, columns="nhs", key=key_file, domain="person")
    pd.testing.assert_frame_equal(first, again)
    key_file.write_text(bytes(range(40, 72)).hex(), encoding="ascii")
    with pytest.raises(ConfigError, match="not the expected one"):
        pseudonymise(frame, columns="nhs", key=key_file, domain="person")


def test_the_fingerprint_of_a_key_of_ones_own_is_recorded_at_first_use(tmp_path):
    path = tmp_path / "own.key"
    path.write_text(bytes(range(32)).hex(), encoding="ascii")
    path.chmod(0o600)
    pseudonymise(pd.DataFrame({"a": ["1"]}), columns="a", key=path, domain="person")
    recorded = (tmp_path / "own.key.fingerprint").read_text(encoding="ascii").strip()
    assert recorded == key_fingerprint(path)
    assert len(recorded) == 16
    assert recorded not in bytes(range(32)).hex()
