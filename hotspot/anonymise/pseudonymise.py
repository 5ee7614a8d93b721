"""Replace identifiers by keyed pseudonyms that nobody can make or test without the key."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, overload

import numpy as np
import pandas as pd

from hotspot.anonymise.key import Key, read_key
from hotspot.checks import listed, require_columns
from hotspot.errors import ConfigError, InputError
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SHORTEST, _LONGEST = 16, 64
_EXACT_FLOAT = {16: 2**11, 32: 2**24, 64: 2**53}
"""Bits of a floating-point number to the first whole number that it may have rounded."""


@overload
def pseudonymise(
    data: pd.Series,
    *,
    key: str | Path | None = None,
    columns: None = None,
    domain: str | None = None,
    ignore: str = "",
    prefix: str = "p",
    length: int = 20,
    fingerprint: str | None = None,
) -> pd.Series: ...


@overload
def pseudonymise(
    data: pd.DataFrame,
    *,
    key: str | Path | None = None,
    columns: str | Sequence[str],
    domain: str | None = None,
    ignore: str = "",
    prefix: str = "p",
    length: int = 20,
    fingerprint: str | None = None,
) -> pd.DataFrame: ...


def pseudonymise(
    data: pd.Series | pd.DataFrame,
    *,
    key: str | Path | None = None,
    columns: str | Sequence[str] | None = None,
    domain: str | None = None,
    ignore: str = "",
    prefix: str = "p",
    length: int = 20,
    fingerprint: str | None = None,
) -> pd.Series | pd.DataFrame:
    """
    Replace identifiers by keyed pseudonyms.

    Parameters
    ----------
    data
        Column of identifiers, or a frame with such columns.
    key
        Path of the key file (see `make_key`); None reads the environment variable ``HOTSPOT_KEY``.
    columns
        For a frame: the columns to replace.
    domain
        Name of what the identifiers identify. The same identifier, key and domain give the same pseudonym, so that
        two agencies' columns can be joined; in different domains it gives unrelated ones. None: the column's name.
    ignore
        Characters that do not count, such as ``" -"`` for numbers written in groups.
    prefix
        Text before each pseudonym.
    length
        Hexadecimal digits of each pseudonym, 16 to 64.
    fingerprint
        Fingerprint that the key must have (see `make_key`), so that a changed key is noticed; None accepts any.

    Returns
    -------
    Series or DataFrame
        A copy with text instead of identifiers, on the same index. Missing stays missing.

    Raises
    ------
    ConfigError
        If there is no usable key or it is not the expected one.
    InputError
        If a column is missing, holds numbers that are not whole, or two identifiers got one pseudonym.

    Notes
    -----
    HMAC-SHA256 (RFC 2104) of the domain and the identifier (NFC, outer blanks removed), truncated. A hash
    **without** a key is no protection: all ten-digit numbers can be tried in minutes. Pseudonymised records
    are still personal data (UK GDPR article 4(5)): the key's holder can test any guess, and what stands beside the
    pseudonym may single a person out. The key's fingerprint is recorded, the key never.

    References
    ----------
    Krawczyk, Bellare and Canetti (1997), HMAC: keyed-hashing for message authentication, RFC 2104.
    Information Commissioner's Office, Anonymisation guidance, chapter on pseudonymisation.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> ids = pd.Series(["A-17", "A 17", None], name="record")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "pseudonyms.key"
    ...     mine = hs.make_key(path)
    ...     hidden = hs.pseudonymise(ids, key=path, ignore=" -", fingerprint=mine)
    >>> hidden[0] == hidden[1], hidden.isna().tolist(), len(hidden[0])
    (True, [False, False, True], 21)
    """
    if isinstance(length, bool) or not isinstance(length, int) or not _SHORTEST <= length <= _LONGEST:
        raise ConfigError(f"length: {length!r} must be a whole number from {_SHORTEST} to {_LONGEST}.")
    secret = read_key(key, fingerprint)
    if isinstance(data, pd.Series):
        if columns is not None:
            raise ConfigError("columns: a single column has none. Leave it out.")
        named = _domain(domain, data.name)
        result, count = _replace(data, secret, named, ignore, prefix, length)
        _account(secret, {str(data.name): count}, named, length)
        return result
    chosen = [columns] if isinstance(columns, str) else list(columns or ())
    if not chosen:
        raise ConfigError("columns: name the columns of the frame that hold identifiers.")
    require_columns(data, chosen, "columns")
    frame = data.copy()
    counts = {}
    for column in chosen:
        frame[column], counts[column] = _replace(data[column], secret, _domain(domain, column), ignore, prefix, length)
    _account(secret, counts, domain if domain is not None else "one for each column", length)
    return frame


def _domain(domain: str | None, name: object) -> str:
    """Choose what the pseudonyms are bound to."""
    if domain is None and name is None:
        raise ConfigError("domain: the column has no name; say what the identifiers identify, such as domain='person'.")
    return str(name) if domain is None else str(domain)


def _replace(values: pd.Series, key: Key, domain: str, ignore: str, prefix: str, length: int) -> tuple[pd.Series, int]:
    """Hash each different identifier once."""
    column = str(values.name)
    try:
        codes, distinct = pd.factorize(values)
    except TypeError:
        raise InputError(f"data: column {column!r} holds lists or other things that are no identifiers.") from None
    bits = 8 * getattr(getattr(values.dtype, "numpy_dtype", values.dtype), "itemsize", 8)
    texts = [_text(value, column, _EXACT_FLOAT.get(bits, _EXACT_FLOAT[64])) for value in distinct]
    removed = str.maketrans("", "", ignore)
    plain = [unicodedata.normalize("NFC", text).translate(removed).strip() for text in texts]
    start = domain.encode() + b"\x1f"
    made = [
        prefix + key.digest(start + text.encode(errors="surrogatepass")).hex()[:length] if text else None
        for text in plain
    ]
    identifiers, pseudonyms = set(plain) - {""}, set(made) - {None}
    if len(identifiers) != len(pseudonyms):
        raise InputError(
            f"length: {len(identifiers)} identifiers of column {column!r} got {len(pseudonyms)} pseudonyms. "
            "Raise length."
        )
    lookup = np.array([*made, None], dtype=object)
    return pd.Series(pd.array(lookup[codes], dtype="str"), index=values.index, name=values.name), len(identifiers)


def _text(value: object, column: str, exact: int) -> str:
    """Write an identifier as text; a whole number that became a float because of blanks is written whole."""
    if isinstance(value, float | np.floating):
        number = float(value)
        if not number.is_integer() or abs(number) >= exact:
            raise InputError(
                f"data: column {column!r} holds numbers that are not whole or too long to be exact. "
                "Read identifiers as text."
            )
        return str(int(number))
    return str(value)


def _account(key: Key, counts: dict[str, int], domain: str, length: int) -> None:
    """Record what was replaced under which key, by fingerprint."""
    note(
        "pseudonymise",
        columns=listed(counts, 20),
        identifiers=sum(counts.values()),
        domain=domain,
        digits=length,
        key_fingerprint=key.fingerprint,
    )
