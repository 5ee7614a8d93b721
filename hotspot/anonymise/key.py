"""Keep the secret key in the user's hands: made once, read when needed, never shown."""

from __future__ import annotations

import hmac
import os
import secrets
import stat
import warnings
from contextlib import suppress
from pathlib import Path

from hotspot.errors import ConfigError, HotspotWarning, OutputError

VARIABLE = "HOTSPOT_KEY"
"""Environment variable that may hold the key instead of a file."""
_LEAST_BYTES = 32
_MOST_BYTES = 1024
_FEWEST_DIFFERENT = 12
_FINGERPRINT_OF = b"hotspot key fingerprint, version 1"


class Key:
    """A secret that shows only its fingerprint; it can be neither printed, copied to disk nor compared."""

    __slots__ = ("_digest_state", "fingerprint")

    def __init__(self, secret: bytes) -> None:
        """Start the keyed hash, and keep that instead of the secret."""
        self._digest_state = hmac.new(secret, digestmod="sha256")
        self.fingerprint = self.digest(_FINGERPRINT_OF).hex()[:16]

    def digest(self, message: bytes) -> bytes:
        """Give the HMAC-SHA256 of a message (RFC 2104)."""
        state = self._digest_state.copy()
        state.update(message)
        return state.digest()

    def __repr__(self) -> str:
        """Show the fingerprint, which says nothing about the secret."""
        return f"<key with fingerprint {self.fingerprint}>"

    def __reduce__(self) -> str | tuple[object, ...]:
        """Refuse to be pickled: a pickle is a file."""
        raise TypeError("A key is not written to files.")


def make_key(path: str | Path) -> str:
    """
    Make a new random key in a file that only its owner can read.

    Parameters
    ----------
    path
        File to make, outside the study's folder and outside version control. An existing file is never replaced:
        without the old key no earlier pseudonym can be made again.

    Returns
    -------
    str
        Fingerprint of the key, 16 hexadecimal digits. It may be written down; the key may not.

    Raises
    ------
    OutputError
        If the file exists or cannot be made.

    Notes
    -----
    The key is 32 bytes from the operating system's random source, as hexadecimal text, file mode 0600 (on Windows the
    folder's own permissions apply). Whoever holds the key can test guesses of identifiers against the pseudonyms:
    keep it apart from the data.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import hotspot as hs
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     fingerprint = hs.make_key(Path(folder) / "pseudonyms.key")
    >>> len(fingerprint)
    16
    """
    secret = secrets.token_bytes(_LEAST_BYTES)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise OutputError("path: the file exists already. A key is never replaced; choose another name.") from None
    except OSError as error:
        raise OutputError(f"path: the key file cannot be made ({error.strerror}).") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret.hex() + "\n")
    made = Key(secret)
    _beside(path).unlink(missing_ok=True)  # of an earlier key of that name, which is gone
    _record(made, path)
    return made.fingerprint


def key_fingerprint(key: str | Path | None = None) -> str:
    """
    Tell which key this is, without telling the key.

    Parameters
    ----------
    key
        Path of the key file; None reads the environment variable ``HOTSPOT_KEY``.

    Returns
    -------
    str
        16 hexadecimal digits, the same for the same key.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from hotspot.anonymise import key_fingerprint, make_key
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "pseudonyms.key"
    ...     make_key(path) == key_fingerprint(path)
    True
    """
    return read_key(key).fingerprint


def read_key(key: str | Path | None, fingerprint: str | None = None) -> Key:
    """
    Read the key from its file or the environment, and check that it is the expected one.

    Parameters
    ----------
    key
        Path of the key file; None reads the environment variable ``HOTSPOT_KEY``.
    fingerprint
        Fingerprint that the key must have. None: the one recorded beside the key file, in a file of its name with
        ``.fingerprint`` at the end, which is made when a key file is first used. For a key from the environment nothing
        is recorded but the note of the run.

    Returns
    -------
    Key
        The keyed hash.

    Raises
    ------
    ConfigError
        If there is no key, if it is short or not random, or if it is another one than expected. No message repeats
        what was given, for it may be the key itself.

    Examples
    --------
    >>> from hotspot.anonymise.key import read_key
    >>> read_key("no-such-file")
    Traceback (most recent call last):
    ...
    hotspot.errors.ConfigError: key: no readable file of that name. Make one with make_key(path) and give its path, ...
    """
    made = Key(_secret(key))
    if fingerprint is None and key is not None:
        fingerprint = _recorded(key)
        if fingerprint is None:
            _record(made, key)
    if fingerprint is not None and not hmac.compare_digest(made.fingerprint.encode(), str(fingerprint).encode()):
        raise ConfigError(
            f"fingerprint: the key has fingerprint {made.fingerprint}, not the expected one. Another key gives other "
            "pseudonyms and masks, which cannot be joined to earlier ones. Use the earlier key."
        )
    return made


def _beside(key: str | Path) -> Path:
    """Name the file that keeps the fingerprint of a key file."""
    return Path(f"{key}.fingerprint")


def _recorded(key: str | Path) -> str | None:
    """Read the fingerprint that this key file had when it was first used."""
    try:
        return _beside(key).read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def _record(made: Key, key: str | Path) -> None:
    """Write the fingerprint beside the key file; where that folder may only be read, the run's note has it."""
    with suppress(OSError):
        _beside(key).write_text(made.fingerprint + "\n", encoding="ascii")


def _secret(key: str | Path | None) -> bytes:
    """Read and check the secret; nothing that is read enters a message or a chained exception."""
    text = os.environ.get(VARIABLE) if key is None else _file_text(key)
    if text is None:
        raise ConfigError(f"key: give the path of a key file, or set the environment variable {VARIABLE}.")
    try:
        secret = bytes.fromhex(text.strip())
    except ValueError:
        secret = None
    text = ""
    if secret is None:
        raise ConfigError("key: the key is not hexadecimal text. Make one with make_key(path).")
    length, different = len(secret), len(set(secret))
    if length < _LEAST_BYTES:
        secret = b""
        raise ConfigError(f"key: {length} bytes are too few; at least {_LEAST_BYTES} are needed. Use make_key(path).")
    if different < _FEWEST_DIFFERENT:
        secret = b""
        raise ConfigError("key: the key repeats a few bytes and is not random. Make one with make_key(path).")
    return secret


def _file_text(key: str | Path) -> str:
    """Read the key file; only paths are taken, so that no key is written into a script."""
    if not isinstance(key, str | Path):
        raise ConfigError("key: give the path of a key file, not the key itself.")
    try:
        path = Path(key)
        mode = path.stat().st_mode
        with path.open("rb") as file:
            content = file.read(4 * _MOST_BYTES).decode("ascii", errors="replace")
    except (OSError, ValueError):
        raise ConfigError(
            "key: no readable file of that name. Make one with make_key(path) and give its path, never the key itself."
        ) from None
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        warnings.warn("key: others can read the key file. Take their rights away (chmod 600).", HotspotWarning, 2)
    return content
