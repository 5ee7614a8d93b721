"""Check and change the encoding of a large text piece by piece: its str would be as large again, or larger."""

from __future__ import annotations

import codecs
import io

_PIECE = 1 << 22
UTF8_MARK = b"\xef\xbb\xbf"


def is_utf8(content: bytes) -> bool:
    """Tell whether bytes are UTF-8 throughout."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(content)
    try:
        for start in range(0, len(view), _PIECE):
            decoder.decode(view[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def to_utf8(content: bytes, encoding: str) -> bytes | None:
    """
    Change text to UTF-8.

    Parameters
    ----------
    content
        Text in another encoding; a byte-order mark is taken off where the encoding has one.
    encoding
        Its name in Python.

    Returns
    -------
    bytes or None
        None if the bytes are not in that encoding.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    view, whole = memoryview(content), io.BytesIO()
    try:
        for start in range(0, len(view), _PIECE):
            whole.write(decoder.decode(view[start : start + _PIECE]).encode("utf-8", errors="replace"))
        whole.write(decoder.decode(b"", final=True).encode("utf-8", errors="replace"))
    except UnicodeError:
        return None
    return whole.getvalue()


__all__ = ["UTF8_MARK", "is_utf8", "to_utf8"]
