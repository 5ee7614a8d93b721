"""Bring the names of places to keys: words that count, nicknames as names, the sound of a name."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from hotspot.locate import phrases
from hotspot.locate.vocabulary import (
    COMMON,
    DIRECTIONS,
    GENERAL,
    LEADING,
    LONGEST_NICKNAME,
    NICKNAMES,
    SILENT,
    STREET_TYPES,
    TRAILING,
    VAGUE_STREETS,
)

_HOUSES = frozenset({"inn", "tavern", "hotel", "arms"})
_BLOCK = re.compile(r"(\d*)xx|(\d+)")
_HUNDRED = 100
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^(?:kn|gn|pn)", "n"), (r"^wr", "r"), (r"^wh", "w"), (r"^x", "s"), (r"mb$", "m"), (r"ph", "f"),
        (r"tch|ch", "x"),
        (r"sh", "x"), (r"th", "0"), (r"dge?(?=[eiy])|dge", "j"), (r"ck|q", "k"), (r"c(?=[eiy])", "s"), (r"c", "k"),
        (r"gh(?=[^aeiouy]|$)", ""), (r"gh", "g"), (r"z", "s"), (r"v", "f"), (r"(?<=[a-z0])[aeiouyhw]", ""),
        (r"(.)\1+", r"\1"),
    )
)  # fmt: skip


class Block(NamedTuple):
    """A hundred block of an American street: the street's key and the number's hundreds."""

    street: str
    hundred: int


def words_of(normalised: list[str]) -> list[str]:
    """
    Drop the words that a name has or has not, and write nicknames of chains as their names.

    Parameters
    ----------
    normalised
        Words in normal form.

    Returns
    -------
    list of str
        ``["maccies"]`` becomes ``["mcdonalds"]``.

    Examples
    --------
    >>> from hotspot.locate.names import words_of
    >>> words_of(["outside", "the", "spoons"])
    ['outside', 'wetherspoons']
    """
    words = [word for word in normalised if word not in SILENT]
    # "rose n crown"; a compass point stands first, last or after a street type
    words = [
        word for at, word in enumerate(words)
        if word != "n" or at in {0, len(words) - 1} or words[at - 1] in STREET_TYPES
    ]  # fmt: skip
    result: list[str] = []
    position = 0
    while position < len(words):
        for length in range(min(LONGEST_NICKNAME, len(words) - position), 0, -1):
            name = NICKNAMES.get(tuple(words[position : position + length]))
            if name is not None:
                result += name
                position += length
                break
        else:
            result.append(words[position])
            position += 1
    return result


def is_specific(words: list[str]) -> bool:
    """
    Tell whether words can name one place: *station road* can, *main road*, *the bar* and *12* cannot.

    Examples
    --------
    >>> from hotspot.locate.names import is_specific
    >>> [is_specific(words) for words in (["station", "road"], ["main", "road"], ["bar"], ["crown"])]
    [True, False, False, True]
    """
    if any(not phrases.is_generic(word) for word in words):
        return True
    while len(words) > 1 and words[-1] in DIRECTIONS:
        words = words[:-1]
    return len(words) > 1 and words[0] not in VAGUE_STREETS and (words[-1] in STREET_TYPES or words[-1] in _HOUSES)


def name_keys(name: str) -> list[str]:
    """
    List the keys under which a place's name is kept: as it stands, and without *pub*, *inn*, *hotel*.

    Parameters
    ----------
    name
        As the gazetteer has it.

    Returns
    -------
    list of str
        Empty if the name says nothing; the key without the trade comes last.
    """
    words = words_of(phrases.normalise(name).split())
    while len(words) > 1 and words[0] in LEADING:
        words = words[1:]
    if len(words) > 1 and words[-1] == "pub":
        words = words[:-1]
    elif words[-2:] == ["public", "house"] and len(words) > 2:  # noqa: PLR2004 - a name before them
        words = words[:-2]
    bare = list(words)
    while len(bare) > 1 and bare[-1] in TRAILING:
        bare.pop()
    keys = [" ".join(form) for form in (words, bare) if form and is_specific(form)]
    return list(dict.fromkeys(keys))


def junction_key(name: str) -> tuple[str, str] | None:
    """Give the two streets of a junction's name, such as ``PIKE ST / 4 AV``, in order of the alphabet; else None."""
    if "/" not in name:
        return None
    parts = [" ".join(words_of(words)) for words in phrases.segments(name)]
    if len(parts) != 2 or parts[0] == parts[1] or not all(map(is_street, parts)):  # noqa: PLR2004 - two streets cross
        return None
    return (min(parts), max(parts))


def is_street(key: str) -> bool:
    """Tell whether a key ends as a street's name does, a compass point after it or not."""
    words = [word for word in key.split() if len(word) > 2]  # noqa: PLR2004 - longer than a compass point
    return len(key.split()) > 1 and bool(words) and words[-1] in STREET_TYPES


def block_key(name: str) -> Block | None:
    """
    Give the street and the hundreds of a block's name, else None.

    Examples
    --------
    >>> from hotspot.locate.names import block_key
    >>> block_key("12XX BLOCK OF PINE ST")
    Block(street='pine street', hundred=12)
    """
    words = words_of(phrases.normalise(name).split())
    if len(words) < 4 or words[1] != "block" or words[2] not in {"of", "on"}:  # noqa: PLR2004 - 12xx block of pine
        return None
    hundred = block_number(words[0])
    return None if hundred is None else Block(" ".join(words[3:]), hundred)


def block_number(word: str) -> int | None:
    """Give the hundreds of a house number (1234) or of a block as the police write it (12xx)."""
    match = _BLOCK.fullmatch(word)
    if match is None or len(word) > 6:  # noqa: PLR2004 - no longer house number is known
        return None
    return int(match[2]) // _HUNDRED if match[2] else int(match[1] or 0)


def split_type(words: list[str]) -> tuple[list[str], str]:
    """Part a name into what is its own and the street type at its end, which may be empty."""
    if len(words) > 1 and words[-1] in STREET_TYPES:
        return words[:-1], words[-1]
    return words, ""


@lru_cache(maxsize=200_000)
def sound(word: str) -> str:
    """
    Give the sound of a word: consonants, alike where they sound alike.

    The rules are a short form of Metaphone (Philips 1990): silent beginnings, *ph* as *f*, *ck* as *k*, soft *c*,
    *th* as one sound; vowels, *h* and *w* count at the beginning only; doubled letters once; *v* as *f*.

    Examples
    --------
    >>> from hotspot.locate.names import sound
    >>> sound("weatherspoons") == sound("wetherspoons"), sound("lion") == sound("loin"), sound("bell")
    (True, True, 'bl')
    """
    for pattern, replacement in _SOUNDS:
        word = pattern.sub(replacement, word)
    return word


def is_known_word(word: str) -> bool:
    """Tell whether a word is one of many names or of everyday speech, and so not a slip of another."""
    return word in COMMON or word in GENERAL or word in STREET_TYPES
