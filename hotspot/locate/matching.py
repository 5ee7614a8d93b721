"""Find the names of a gazetteer in a text: as they stand, misspelt, or by their sound."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from hotspot.locate import names, phrases
from hotspot.locate.name_index import LONGEST_NAME, blocks
from hotspot.locate.vocabulary import DIRECTIONS, LEADING, MODIFIERS, STREET_TYPES, TRAILING, TYPE_ENDINGS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspot.locate.name_index import NameIndex

EXACT, SPACED, MISSPELT, SOUNDS = "exact name", "exact name", "misspelt name", "sounds like a name"
_SHORTEST = 5
_SHORTEST_SOUND = 4
_SOUND_MARGIN = 10.0
"""Percent by which a name of the same sound may be less like the text than min_score asks."""
_SHORTEST_NAME = 6
_EDITS = ((5, 0), (9, 1), (14, 2))
_OWN_EDITS = ((4, 0), (9, 1), (14, 2))
"""Slips allowed below a length in letters: in a whole name, and in a name without its street type; else 3."""
_WINDOWS = 12
_LONGEST_CHUNK = 8
_TRADES = ("pub", "bar", "inn", "club", "hotel", "ph")
_LONGEST_TEXT = 60


@dataclass(slots=True, eq=False)
class Match:
    """A name found in the words of a text, from one word up to another."""

    start: int
    end: int
    keys: list[str]
    method: str
    likeness: float
    rows: NDArray[np.int64]


@dataclass(slots=True)
class Reading:
    """A text in words; each word knows the segment it stands in."""

    words: list[str]
    segment: list[int]
    junction: bool

    def same_segment(self, one: int, other: int) -> bool:
        """Tell whether two words exist and no comma stands between them."""
        return 0 <= one < len(self.words) and 0 <= other < len(self.words) and self.segment[one] == self.segment[other]


def read(text: str) -> Reading:
    """
    Cut a text as typed into the words that names are made of.

    Parameters
    ----------
    text
        As typed; postcodes should have been taken out.

    Returns
    -------
    Reading
        At most 60 words: nobody names a place in more.
    """
    words: list[str] = []
    segment: list[int] = []
    for number, part in enumerate(phrases.segments(text)):
        part_words = names.words_of(part)
        words += part_words
        segment += [number] * len(part_words)
    return Reading(words[:_LONGEST_TEXT], segment[:_LONGEST_TEXT], phrases.says_junction(text))


def find(index: NameIndex, reading: Reading, min_score: float) -> tuple[list[Match], list[Match]]:
    """
    Find all names in a text.

    Parameters
    ----------
    index
        The gazetteer.
    reading
        The text.
    min_score
        Least likeness of a misspelt name, percent.

    Returns
    -------
    tuple
        The matches in the order of the text, none overlapping another; and the doubtful ones: single words among others
        that say something unknown, and venues called after a street that is itself meant.
    """
    matches = _longer(index, reading, _exact(index, reading), min_score)
    taken = _covered(matches)
    for start, end in _gaps(reading, taken):
        matches += _misspelt(index, reading.words, start, end, min_score)
    matches.sort(key=lambda match: match.start)
    matches = _believable(reading, matches)
    taken = _covered(matches)
    whole = all(at in taken or says_nothing(word) for at, word in enumerate(reading.words))
    sure = [match for match in matches if whole or match.end - match.start > 1]
    if not whole or len(sure) > 1:
        sure = [match for match in sure if not _names_street_only(index, match)]
    return sure, [match for match in matches if match not in sure]


def _names_street_only(index: NameIndex, match: Match) -> bool:
    """Tell whether a match is a venue called after its street: inside a longer text the street itself is meant."""
    street = any(names.split_type(key.split())[1] for key in match.keys)
    return street and len(match.rows) > 0 and not any(index.kinds[row] == "street" for row in match.rows)


def _exact(index: NameIndex, reading: Reading) -> list[Match]:
    """Take known names as they stand, the longest first; a single word must be specific."""
    words, taken, matches = reading.words, set[int](), []
    for length in range(min(LONGEST_NAME, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            if any(at in taken for at in range(start, start + length)):
                continue
            key = " ".join(words[start : start + length])
            known = key in index.by_name or key in index.stated_names
            if known and names.is_specific(words[start : start + length]):
                taken.update(range(start, start + length))
                keys = _with_bare(index, words[start : start + length])
                rows = np.unique(np.array([row for one in keys for row in index.by_name.get(one, ())], dtype=np.int64))
                matches.append(Match(start, start + length, keys, EXACT, 1.0, rows))
    return matches


def _with_bare(index: NameIndex, words: list[str]) -> list[str]:
    """Give a name, and the name without its *inn* or *hotel* if the gazetteer has that too."""
    key, bare = " ".join(words), " ".join(words[:-1])
    return [key, bare] if len(words) > 1 and words[-1] in TRAILING and bare in index.by_name else [key]


def _longer(index: NameIndex, reading: Reading, matches: list[Match], min_score: float) -> list[Match]:
    """Prefer one misspelt name of all words between two commas to shorter names that stand there as they are."""
    for segment in sorted(set(reading.segment)):
        start = reading.segment.index(segment)
        end = start + reading.segment.count(segment)
        inside = [match for match in matches if start <= match.start and match.end <= end]
        taken = _covered(inside)
        while (
            start < end and start not in taken and (reading.words[start] in LEADING or _is_number(reading.words[start]))
        ):
            start += 1
        open_words = [at for at in range(start, end) if at not in taken and not says_nothing(reading.words[at])]
        if not inside or not open_words or end - start > _LONGEST_CHUNK:
            continue
        longer = _nearly(index, reading.words, start, end, min_score)
        if longer is not None:
            matches = [match for match in matches if match.end <= start or match.start >= end]
            matches.append(longer)
    return matches


def _covered(matches: list[Match]) -> set[int]:
    return {at for match in matches for at in range(match.start, match.end)}


def says_nothing(word: str) -> bool:
    """Tell whether a word is general, a number, or says only where or what."""
    return (
        phrases.is_generic(word)
        or word in LEADING
        or word in TRAILING
        or names.block_number(word) is not None
        or phrases.is_outcode(word)
    )


def _gaps(reading: Reading, taken: set[int]) -> list[tuple[int, int]]:
    """List the runs of words between matches and commas that say something; words at their ends that do not are cut."""
    runs: list[tuple[int, int]] = []
    start = 0
    count = len(reading.words)
    while start < count:
        if start in taken:
            start += 1
            continue
        end = start + 1
        while end < count and end not in taken and reading.segment[end] == reading.segment[start]:
            end += 1
        first = start
        while first < end and (reading.words[first] in LEADING or _is_number(reading.words[first])):
            first += 1
        if first < end and any(not says_nothing(word) for word in reading.words[first:end]):
            runs.append((first, end))
        start = end
    return runs


def _is_number(word: str) -> bool:
    return word.isdecimal() or (word[:-1].isdecimal() and word[-1] in "abcdef")


def _misspelt(index: NameIndex, words: list[str], start: int, end: int, min_score: float) -> list[Match]:
    """Find the misspelt name in a run of words: the whole run, else a part of it."""
    best = _nearly(index, words, start, end, min_score) if end - start <= _LONGEST_CHUNK else None
    if best is not None:
        return [best]
    windows = [
        (first, first + length)
        for length in range(min(end - start - 1, 4), 1, -1)
        for first in range(start, end - length + 1)
    ]
    for first, last in windows[:_WINDOWS]:
        chosen = words[first:last]
        if words[first] in LEADING or all(map(phrases.is_generic, chosen)):
            continue
        found = _nearly(index, words, first, last, max(min_score, 85.0))
        if found is not None:
            return [found]
    return []


def _nearly(index: NameIndex, words: list[str], start: int, end: int, min_score: float) -> Match | None:
    """Hold some words against the names that share a beginning, an end or a sound with them."""
    last = end
    while last - start > 1 and words[last - 1] in TRAILING:
        last -= 1
    chosen = words[start:last]
    if not any(not phrases.is_generic(word) for word in chosen):
        return None
    found: dict[str, int] = {}
    for form, slips in [(chosen, 0), *_types(index, chosen)]:
        for compact in _spellings(form):
            for near, edits in _like(index, blocks(form), compact, min_score).items():
                if _same_kind(index, form, near, edits):
                    found[near] = min(edits + slips, found.get(near, edits + slips))
    if found:
        fewest = min(found.values())
        hits = sorted(near for near, edits in found.items() if edits == fewest)
        likeness = 1 - fewest / max(len("".join(chosen)), 1)
        return _match(index, start, end, hits, MISSPELT if fewest else SPACED, likeness)
    hits = _sounding(index, chosen, (min_score - _SOUND_MARGIN) / 100)
    return _match(index, start, end, hits, SOUNDS, 1.0) if hits else None


def _spellings(words: list[str]) -> list[str]:
    """Write words in one; also without the *pub* that a slip has joined to the name."""
    compact = "".join(words)
    if len(compact) < _SHORTEST:
        return []
    forms = [compact.removesuffix(trade) for trade in _TRADES if compact.endswith(trade)]
    forms += [compact.removesuffix(short) + kind for short, kind in TYPE_ENDINGS.items() if compact.endswith(short)]
    if compact.startswith("the"):
        forms.append(compact.removeprefix("the"))
    return [compact, *(form for form in forms if len(form) > _SHORTEST)]


def _types(index: NameIndex, words: list[str]) -> list[tuple[list[str], int]]:
    """Write the last word as the street types that it may be a slip of; each with its slips."""
    last = words[-1]
    if len(words) < 2 or last in STREET_TYPES or last in index.words or names.is_known_word(last):  # noqa: PLR2004 - a name and a type
        return []
    return [([*words[:-1], kind], slips) for kind, slips in _types_like(last)]


@lru_cache(maxsize=50_000)
def _types_like(word: str) -> tuple[tuple[str, int], ...]:
    """Give the street types that a word may be a slip of, in full or short."""
    from rapidfuzz.distance import OSA

    found: dict[str, int] = {}
    for typed, kind in [*((kind, kind) for kind in STREET_TYPES), *TYPE_ENDINGS.items()]:
        slips = OSA.distance(word, typed, score_cutoff=1 if len(typed) < _SHORTEST_NAME else 2)
        if len(word) > 1 and slips <= (1 if len(typed) < _SHORTEST_NAME else 2):
            found[kind] = min(slips, found.get(kind, slips))
    return tuple(sorted(found.items()))


def _like(index: NameIndex, groups: list[str], compact: str, min_score: float) -> dict[str, int]:
    """Give the names of these groups within the allowed number of slips."""
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extract

    allowed = next((edits for length, edits in _EDITS if len(compact) < length), 3)
    allowed = min(allowed, int(len(compact) * (1 - min_score / 100) + 1e-9))
    found: dict[str, int] = {}
    for group in groups:
        options = index.near_names.get(group)
        if options:
            for near, edits, _ in extract(compact, options, scorer=OSA.distance, score_cutoff=allowed, limit=10):
                found[near] = int(edits)
    return found


def _same_kind(index: NameIndex, words: list[str], near: str, edits: int) -> bool:
    """Refuse a name that differs in a word which both spell right, in its numbers, or in its street type."""
    return any(_is_slip(index, words, key.split(), edits) for key in index.keys_of[near])


def _is_slip(index: NameIndex, words: list[str], name: list[str], edits: int) -> bool:
    """Tell whether the words of a text can be a slip of a name."""
    own, kind = names.split_type(words)
    their, their_kind = names.split_type(name)
    shorter = min(len("".join(own)), len("".join(their)))
    other_start = "".join(own)[:1] != "".join(their)[:1]
    if (
        _numbers(words) != _numbers(name)
        or (kind and their_kind and kind != their_kind)
        or (bool(kind) != bool(their_kind) and edits > 1)
        or edits > next((most for length, most in _OWN_EDITS if shorter < length), 3)
        or (edits and not their_kind and shorter < _SHORTEST_NAME)
        or (edits and other_start and (edits > 1 or shorter < _EDITS[1][0]))
    ):
        return False
    return len(words) != len(name) or all(
        one == other or one.rstrip("s") == other.rstrip("s") or not _is_word(index, one)
        for one, other in zip(words, name, strict=True)
    )


def _is_word(index: NameIndex, word: str) -> bool:
    """Tell whether a word is spelt as some name or everyday word is, and so no slip of another."""
    return names.is_known_word(word) or word in index.words


def _numbers(words: list[str]) -> list[str]:
    """List the words that hold a digit: numbers are never misspelt names."""
    return sorted(word for word in words if any(char.isdigit() for char in word))


def _sounding(index: NameIndex, words: list[str], least: float) -> list[str]:
    """List the names that sound as these words do, and look at least as like them as asked (0 to 1)."""
    from rapidfuzz.distance import OSA

    own, kind = names.split_type(words)
    spoken = "".join(map(names.sound, own))
    if len(spoken) < _SHORTEST_SOUND:
        return []
    compact = "".join(words)
    hits = []
    for near in index.near_names.get(f"#{spoken}", ()):
        if OSA.normalized_similarity(compact, near) < least:
            continue
        for key in index.keys_of[near]:
            their = names.split_type(key.split())
            known = [one for one, other in zip(own, their[0], strict=False) if one != other]
            known = [word for word in known if _is_word(index, word)]
            if (
                their[1] == kind
                and len(their[0]) == len(own)
                and not known
                and _numbers(words) == _numbers(key.split())
            ):
                hits.append(near)
                break
    return sorted(hits)


def _match(index: NameIndex, start: int, end: int, hits: list[str], method: str, likeness: float) -> Match:
    """Collect the rows of all names that are equally near."""
    keys = sorted({key for near in hits for key in index.keys_of[near]})
    rows = np.unique(np.concatenate([np.array(index.by_name[key]) for key in keys]))
    return Match(start, end, keys, method, likeness, rows)


def _believable(reading: Reading, matches: list[Match]) -> list[Match]:
    """Refuse a name that is part of a longer one which the gazetteer does not know."""
    taken = _covered(matches)
    return [match for match in matches if not _part_of_longer(reading, match, taken)]


def _part_of_longer(reading: Reading, match: Match, taken: set[int]) -> bool:
    """Look at the words before and after a match."""
    words = reading.words
    before, after = match.start - 1, match.end
    last = words[match.end - 1]
    if reading.same_segment(after, match.end - 1) and after not in taken:
        word = words[after]
        if word in STREET_TYPES and last not in STREET_TYPES:
            return True
        if word in DIRECTIONS and last in STREET_TYPES:
            return True
    if reading.same_segment(before, match.start) and before not in taken:
        word = words[before]
        if word in MODIFIERS or word in DIRECTIONS:
            return True
        # an unknown word before a short name may belong to it: King Charles Street is not Charles Street
        if not says_nothing(word) and match.end - match.start < 3:  # noqa: PLR2004 - two words and fewer
            return True
    return False
