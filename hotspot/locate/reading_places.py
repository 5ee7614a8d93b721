"""Answer for a text by the names in it: venues, streets, junctions, blocks, towns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hotspot.locate import matching, names
from hotspot.locate.deciding import AMBIGUOUS, NEAR_HOSPITAL, Spot, beside, distinct, meeting, ring, settle
from hotspot.locate.radii import LEVEL_RADII
from hotspot.locate.vocabulary import TRAILING

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from hotspot.locate.matching import Match, Reading
    from hotspot.locate.name_index import NameIndex

    Rows = NDArray[np.int64]
    Point = tuple[float, float] | None

_VENUE, _STREET, _TOWN, _HOSPITAL = range(4)
_GROUP = {"street": _STREET, "locality": _TOWN, "lad": _TOWN, "area": _TOWN, "hospital": _HOSPITAL}
_SLACK = {"its street": 500.0, "its town": 2_000.0, "its postcode": 1_500.0}
_NEXT_BLOCKS = 2
_BLOCK_LENGTH = 120.0
_NOTHING = np.array([], dtype=np.int64)

CONFIDENCE = {
    "phrase": 0.95,
    "postcode in text": 0.98,
    "sector in text": 0.95,
    "outcode in text": 0.95,
    "exact name": 0.99,
    "name in text": 0.97,
    "misspelt name": 0.97,
    "misspelt name in text": 0.95,
    "sounds like a name": 0.9,
    "sounds like a name in text": 0.85,
    "junction": 0.97,
    "block of a street": 0.99,
    "next block of a street": 0.96,
}
"""Share of right answers by method where the gazetteer has the places, as counted in ``docs/locations.md``."""
_NEAR_THE_HOSPITAL = 0.87
"""Of the answers that the nearness of the hospital decided, the share that was right."""
_FAR_FROM_HOSPITAL = 0.95
_SLIPS = 0.3
"""How much of the unlikeness of a misspelt name is taken off the confidence."""


class Answer(NamedTuple):
    """What became of one text."""

    level: str
    method: str
    confidence: float = math.nan
    x: float = math.nan
    y: float = math.nan
    radius: float = math.nan
    area_code: str | None = None


NO_MATCH = Answer("none", "no match")


def confidence_of(method: str) -> float:
    """Give the confidence of a method by its first words."""
    return CONFIDENCE[method.split(",", maxsplit=1)[0]]


def _spelt(match: Match) -> float:
    """Give the factor for a misspelt name."""
    return 1 - _SLIPS * (1 - match.likeness)


class Context(NamedTuple):
    """What else a text says of where it was."""

    streets: Rows
    street_names: frozenset[str]
    towns: Rows
    town_names: frozenset[str]
    codes: Rows
    stated: frozenset[str]
    """Streets and towns that the gazetteer only knows as those of its venues."""


def answer_by_names(
    index: NameIndex,
    text: str,
    codes: Rows | None,
    near: Point,
    min_score: float,
    everywhere: Callable[[], NameIndex] | None = None,
) -> Answer:
    """
    Answer for a text by the names in it.

    Parameters
    ----------
    index
        The gazetteer.
    text
        As typed, without its postcode.
    codes
        Rows of the text's sector or outcode, or None.
    near
        Easting and northing of the hospital, metres, or None.
    min_score
        Least likeness of a misspelt name, percent.
    everywhere
        Gives the gazetteer with the places far from the hospital too; asked if the text names a town far from it.

    Returns
    -------
    Answer
        Venues before streets before towns; ``ambiguous`` where the names mean several places or lie apart.
    """
    reading = matching.read(text)
    matches, doubtful = matching.find(index, reading, min_score)
    towns = _of_group(index, [*matches, *doubtful], _TOWN)
    if everywhere is not None and any(not len(ring(index, rows, near)[0]) for _, rows in towns):
        wider = answer_by_names(everywhere(), text, codes, near, min_score)
        if "its town" in wider.method:
            return wider
    if not matches:
        return NO_MATCH
    stated = frozenset(key for match in matches if not len(match.rows) for key in match.keys)
    search = _Search(index, reading, near, codes, stated, [_of_group(index, matches, group) for group in range(4)])
    for attempt in (_venue, _crossing, _street, _town):
        answer = attempt(search)
        if answer is not None:
            return answer
    hospitals = search.groups[_HOSPITAL]
    if hospitals:
        return Answer("hospital", _method(reading, hospitals[0][0]), confidence_of("phrase"))
    return NO_MATCH._replace(method="too far from the hospital") if near is not None else NO_MATCH


@dataclass(frozen=True, slots=True)
class _Search:
    """A text and what was found in it, by group."""

    index: NameIndex
    reading: Reading
    near: Point
    codes: Rows | None
    stated: frozenset[str]
    groups: list[list[tuple[Match, Rows]]]


def _venue(search: _Search) -> Answer | None:
    """Answer with the longest name of a venue; names as they stand go before misspelt ones."""
    venues = search.groups[_VENUE]
    if not venues:
        return None
    best = max(venues, key=lambda pair: (pair[0].likeness == 1, pair[0].end - pair[0].start, -pair[0].start))
    streets, towns = ([pair for pair in search.groups[group] if pair[0] is not best[0]] for group in (_STREET, _TOWN))
    return _place(search, best, _context(streets, towns, search))


def _town(search: _Search) -> Answer | None:
    """Answer with a town or a suburb, however far it is."""
    towns = search.groups[_TOWN]
    if not towns:
        return None
    best = min(towns, key=lambda pair: -(pair[0].end - pair[0].start))
    others = [pair for pair in towns if pair is not best]
    return _place(search, best, _context([], others, search), far=True)


def _of_group(index: NameIndex, matches: list[Match], group: int) -> list[tuple[Match, Rows]]:
    """Take from each match its places of one group."""
    found = []
    for match in matches:
        rows = match.rows[[_GROUP.get(str(index.kinds[row]), _VENUE) == group for row in match.rows]]
        if len(rows):
            found.append((match, rows))
    return found


def _context(streets: list[tuple[Match, Rows]], towns: list[tuple[Match, Rows]], search: _Search) -> Context:
    """Put together what the other names of a text say."""
    return Context(
        np.concatenate([_NOTHING, *(rows for _, rows in streets)]),
        frozenset(key for match, _ in streets for key in match.keys),
        np.concatenate([_NOTHING, *(rows for _, rows in towns)]),
        frozenset(key for match, _ in towns for key in match.keys),
        _NOTHING if search.codes is None else search.codes,
        search.stated,
    )


def _method(reading: Reading, match: Match) -> str:
    """Name the method of a match: the name alone, or among other words."""
    words = reading.words[: match.start] + reading.words[match.end :]
    alone = all(map(matching.says_nothing, words))
    if match.method == matching.EXACT:
        return "exact name" if alone else "name in text"
    return match.method if alone else f"{match.method} in text"


def _narrow(index: NameIndex, rows: Rows, context: Context) -> tuple[Rows, list[str]]:
    """Keep the candidates that agree with the street, the town and the postcode of the text; none may be left."""
    reasons = []
    for reason, others, said, column in (
        ("its street", context.streets, context.street_names, index.streets),
        ("its town", context.towns, context.town_names, index.localities),
        ("its postcode", context.codes, frozenset[str](), index.localities),
    ):
        if not len(others):
            continue
        kept = beside(index, rows, others, _SLACK[reason])
        if said:
            stated = [row for row in rows if _says(column[row], said)]
            kept = np.union1d(kept, np.array(stated, dtype=np.int64))
        rows = kept
        reasons.append(reason)
    for reason, column in (("its street", index.streets), ("its town", index.localities)):
        agreeing = np.array([row for row in rows if _says(column[row], context.stated)], dtype=np.int64)
        if len(agreeing):
            rows = agreeing
            reasons.append(reason)
    return rows, list(dict.fromkeys(reasons))


def _says(value: str | None, said: frozenset[str]) -> bool:
    """Tell whether the street or town that a gazetteer states for a place is the one of the text."""
    return value is not None and any(key in said for key in names.name_keys(value))


def _place(search: _Search, found: tuple[Match, Rows], context: Context, *, far: bool = False) -> Answer | None:
    """Answer with one name; None if all candidates are too far from the hospital."""
    index, reading = search.index, search.reading
    match, rows = found
    method = _method(reading, match)
    confidence = confidence_of(method) * _spelt(match)
    rows, reasons = _narrow(index, rows, context)
    if reasons:
        method = f"{method}, with {' and '.join(reasons)}"
    if not len(rows):
        return Answer("ambiguous", "names that lie apart", round(confidence / 2, 4))
    keep_far = far or "its town" in reasons
    return _settled(index, rows, method, confidence, search.near, keep_far=keep_far, wording=_wording(reading, match))


def _wording(reading: Reading, match: Match) -> str:
    """Give the words of a match with the trade after it, to tell the Crown Hotel from the Crown Inn."""
    end = match.end
    if end < len(reading.words) and reading.words[end] in TRAILING:
        end += 1
    return " ".join(reading.words[match.start : end])


def _settled(
    index: NameIndex, rows: Rows, method: str, confidence: float, near: Point, *, keep_far: bool, wording: str = ""
) -> Answer | None:
    """Apply the distance from the hospital, and decide."""
    kept, left_out = ring(index, rows, near)
    if not len(kept):
        if not keep_far:
            return None
        kept, left_out = rows, False
    elif near is not None and not keep_far:
        away = np.hypot(index.x[kept] - near[0], index.y[kept] - near[1])
        if away.min() > NEAR_HOSPITAL:
            method, confidence = f"{method}, far from the hospital", confidence * _FAR_FROM_HOSPITAL
    spot = settle(index, kept)
    if spot.level == "ambiguous" and wording:
        spelt = np.intersect1d(kept, np.array(index.by_name.get(wording, []), dtype=np.int64))
        if 0 < len(spelt) < len(kept):
            spot = settle(index, spelt)
    if left_out and spot.level != "ambiguous" and settle(index, rows).level == "ambiguous":
        method, confidence = f"{method}, near the hospital", confidence * _NEAR_THE_HOSPITAL
    return _answer(spot, method, confidence, len(distinct(index, kept)))


def _answer(spot: Spot, method: str, confidence: float, candidates: int) -> Answer:
    """Put an answer together; only levels that have a radius have a point."""
    if spot.level == "ambiguous":
        return Answer("ambiguous", method, round(confidence / max(candidates, 2), 4), area_code=spot.area_code)
    if spot.level not in LEVEL_RADII:
        return Answer(spot.level, method, round(confidence, 4), area_code=spot.area_code)
    return Answer(spot.level, method, round(confidence, 4), spot.x, spot.y, round(spot.radius, 1), spot.area_code)


def _street(search: _Search) -> Answer | None:
    """Answer with a street, or with the block that its house number lies in."""
    if not search.groups[_STREET]:
        return None
    match, rows = search.groups[_STREET][0]
    if any(key in search.index.blocks_of for key in match.keys):
        return _in_block(search, match)
    return _place(search, (match, rows), _context([], search.groups[_TOWN], search))


def _in_block(search: _Search, match: Match) -> Answer | None:
    """Answer with a block of a street; without a number with nothing, for not all blocks are known."""
    index = search.index
    block = _block(index, search.reading, match)
    if block is None:
        return Answer("ambiguous", "block not known", confidence_of("block of a street") / 2)
    hundred, gap = block
    keys = [names.Block(key, hundred) for key in match.keys]
    chosen = np.unique(np.concatenate([np.array(index.by_block[key]) for key in keys if key in index.by_block]))
    method = "next block of a street" if gap else "block of a street"
    answer = _settled(index, chosen, method, confidence_of(method) * _spelt(match), search.near, keep_far=False)
    return answer if answer is None else answer._replace(radius=answer.radius + gap * _BLOCK_LENGTH)


def _block(index: NameIndex, reading: Reading, match: Match) -> tuple[int, int] | None:
    """Give the hundreds of the known block nearest to a house number before a street, and how far off it is."""
    known = sorted({hundred for key in match.keys for hundred in index.blocks_of.get(key, ())})
    if not known:
        return None
    at = match.start - 1
    while at >= 0 and reading.words[at] in {"of", "on", "block"}:
        at -= 1
    said = names.block_number(reading.words[at]) if reading.same_segment(at, match.start) else None
    if said is None:
        return None
    hundred = min(known, key=lambda value: (abs(value - said), value))
    gap = abs(hundred - said)
    return (hundred, gap) if gap <= _NEXT_BLOCKS else None


def _crossing(search: _Search) -> Answer | None:
    """Answer with the place where the first two streets of a text meet; None if they are too far from the hospital."""
    if len(search.groups[_STREET]) < 2:  # noqa: PLR2004 - two streets cross
        return None
    index, near = search.index, search.near
    (one, one_rows), (other, other_rows) = search.groups[_STREET][:2]
    confidence = confidence_of("junction") * _spelt(one) * _spelt(other)
    pairs = [(min(a, b), max(a, b)) for a in one.keys for b in other.keys]
    known = [np.array(index.by_junction[pair]) for pair in pairs if pair in index.by_junction]
    if known:
        return _settled(index, np.concatenate(known), "junction", confidence, near, keep_far=False)
    one_rows, other_rows = ring(index, one_rows, near)[0], ring(index, other_rows, near)[0]
    if not len(one_rows) or not len(other_rows):
        return None
    spot = meeting(index, one_rows, other_rows)
    if spot is None:
        return Answer("ambiguous", "streets that do not meet", round(confidence / 2, 4))
    if spot == AMBIGUOUS:
        return Answer("ambiguous", "junction", round(confidence / 2, 4))
    areas = {index.areas[row] for row in np.concatenate([one_rows, other_rows])}
    return _answer(spot._replace(area_code=areas.pop() if len(areas) == 1 else None), "junction", confidence, 1)
