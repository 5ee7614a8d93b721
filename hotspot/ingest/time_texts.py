"""Take texts of times apart, a template at a time: a million texts have few templates, so numbers are cut out whole."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hotspot.ingest.time_layouts import LONGEST, MISSING, SHAPES, read_clock, read_layout, split_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hotspot.ingest.time_layouts import Moment

DAY = 86_400_000_000
"""Microseconds of a day."""
NO_OFFSET = -32_768
SHAPE_CODES = {shape: code for code, shape in enumerate(SHAPES)}
_PIECE = 200_000
"""Texts taken apart at a time: their bytes are spread out to a matrix."""
_ZERO, _NINE = ord("0"), ord("9")
_MOST = {"hour": 24, "minute": 59, "seconds": 59}


@dataclass(slots=True)
class Parts:
    """The numbers of many texts, one entry a text."""

    shape: np.ndarray
    """Place in SHAPES."""
    year: np.ndarray
    first: np.ndarray
    """First number of the date beside the year; the month, unless the shape is *numbers*."""
    second: np.ndarray
    """Second number, 0 where there is none."""
    clock: np.ndarray
    """Microseconds after midnight, a whole day for 24:00; -1 where there is none."""
    minute: np.ndarray
    """Whether the clock says minutes."""
    offset: np.ndarray
    """Minutes ahead of UTC, NO_OFFSET where there is none."""
    valid: np.ndarray
    """Whether the clock and the offset can be."""
    serial: np.ndarray
    """Excel's days, NaN where it is none."""

    @classmethod
    def blank(cls, size: int) -> Parts:
        """Make parts of texts that say nothing."""
        return cls(
            shape=np.zeros(size, dtype=np.int8),
            year=np.zeros(size, dtype=np.int16),
            first=np.zeros(size, dtype=np.int8),
            second=np.zeros(size, dtype=np.int8),
            clock=np.full(size, -1, dtype=np.int64),
            minute=np.zeros(size, dtype=bool),
            offset=np.full(size, NO_OFFSET, dtype=np.int16),
            valid=np.ones(size, dtype=bool),
            serial=np.full(size, np.nan),
        )

    def of(self, shape: str) -> np.ndarray:
        """Mark the texts of a shape."""
        return np.asarray(self.shape == SHAPE_CODES[shape])

    def joined(self, other: Parts) -> Parts:
        """Put the entries of both one after the other."""
        return Parts(*(np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)))

    def at(self, rows: np.ndarray) -> Parts:
        """Take some entries."""
        return Parts(*(getattr(self, f.name)[rows] for f in fields(self)))

    def put(self, rows: np.ndarray, other: Parts) -> None:
        """Overwrite some entries."""
        for f in fields(self):
            getattr(self, f.name)[rows] = getattr(other, f.name)


@dataclass(slots=True)
class Taken:
    """Texts taken apart: their starts, their ends where they are ranges, and which say nothing."""

    start: Parts
    end: Parts
    missing: np.ndarray
    is_range: np.ndarray


def tidy(texts: pa.Array) -> pa.Array:
    """Bring case, widths of letters, dashes and white space to one form."""
    if not pc.all(pc.string_is_ascii(texts)).as_py():
        texts = pc.utf8_normalize(texts, form="NFKC")
        texts = pc.replace_substring_regex(texts, "[\u2010-\u2015\u2212]", "-")
        texts = pc.replace_substring_regex(texts, "[\u200b-\u200f\u2060\ufeff]", "")  # marks that Windows copies along
        texts = pc.utf8_trim_whitespace(pc.utf8_lower(texts))
    else:
        texts = pc.ascii_trim_whitespace(pc.ascii_lower(texts))
    if pc.any(pc.match_substring_regex(texts, r"\s\s|[\t\r\n\f\v]")).as_py():
        texts = pc.replace_substring_regex(texts, r"\s+", " ")
    return texts


def take_apart(texts: pa.Array) -> Taken:
    """
    Take dates, with or without clock, and ranges of them apart.

    Parameters
    ----------
    texts
        Tidy texts.

    Returns
    -------
    Taken
        Aligned with the texts.
    """
    taken = _take(texts, lambda template: _moments(template, dashes=False))
    if _tails_are_ends(taken.start):
        taken = _take(texts, lambda template: _moments(template, dashes=True))
    return taken


def take_clocks(texts: pa.Array) -> Taken:
    """Take times of day, and ranges of them, apart; what is a date with a clock is none."""

    def clocks(template: str) -> tuple[Moment, Moment | None] | None:
        alone = read_clock(template)
        if alone is not None:
            return alone, None
        for left, right, at in split_range(template):
            lead = len(left) - len(left.lstrip())
            start, end = read_clock(left.strip()), read_clock(right)
            if start is not None and end is not None:
                return start.moved(lead), end.moved(at)
        return None

    return _take(texts, clocks)


def _moments(template: str, *, dashes: bool) -> tuple[Moment, Moment | None] | None:
    layout = read_layout(template, dashes=dashes)
    return None if layout is None else (layout.start, layout.end)


def _tails_are_ends(parts: Parts) -> bool:
    """
    Tell ``22:00-01:30`` from an offset: no clock on Earth is 1:20 before UTC, and no place has three offsets.

    Only a minus can be either; offsets before UTC are those of the Americas.
    """
    before = parts.offset[(parts.offset < 0) & (parts.offset != NO_OFFSET)]
    return bool(len(before)) and (bool((before < -12 * 60).any() or (before % 30 != 0).any()) or len(set(before)) > 2)  # noqa: PLR2004 - winter and summer


def _take(texts: pa.Array, read: Callable[[str], tuple[Moment, Moment | None] | None]) -> Taken:
    """Read every template once and cut the numbers out of all its texts."""
    size = len(texts)
    taken = Taken(Parts.blank(size), Parts.blank(size), np.zeros(size, dtype=bool), np.zeros(size, dtype=bool))
    known: dict[str, tuple[Moment, Moment | None] | None] = {}
    for rows, matrix, template in _by_template(texts):
        if template in MISSING:
            taken.missing[rows] = True
            continue
        if template not in known:
            known[template] = read(template)
        moments = known[template]
        if moments is None:
            continue
        start, end = moments
        taken.start.put(rows, _cut(start, matrix))
        if end is not None:
            taken.is_range[rows] = True
            taken.end.put(rows, _cut(end, matrix))
    return taken


def _by_template(texts: pa.Array) -> Iterator[tuple[np.ndarray, np.ndarray, str]]:
    """Give the rows, the bytes and the template of texts that differ in their digits only."""
    if not len(texts):
        return
    texts = texts.cast(pa.large_string())
    _, offset_buffer, data_buffer = texts.buffers()
    offsets = np.frombuffer(offset_buffer, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(data_buffer, dtype=np.uint8) if data_buffer is not None else np.zeros(0, dtype=np.uint8)
    for begin in range(0, len(texts), _PIECE):
        at = offsets[begin : begin + _PIECE + 1]
        lengths = np.diff(at)
        for length in np.unique(lengths):
            rows = np.flatnonzero(lengths == length)
            if length == 0:
                yield rows + begin, np.zeros((len(rows), 0), dtype=np.uint8), ""
            if not 0 < length <= LONGEST:
                continue
            matrix = data[at[rows][:, None] + np.arange(length)]
            for group in _alike(matrix):
                some = matrix[group]
                letters = some[0].copy()
                letters[(letters >= _ZERO) & (letters <= _NINE)] = _ZERO
                if (letters < 128).all():  # noqa: PLR2004 - ASCII
                    yield rows[group] + begin, some, letters.tobytes().decode("ascii")


def _alike(matrix: np.ndarray) -> list[np.ndarray]:
    """Group texts of one length by everything but their digits."""
    plain = np.where((matrix >= _ZERO) & (matrix <= _NINE), np.uint8(_ZERO), matrix)
    varying = np.flatnonzero((plain != plain[0]).any(axis=0))
    if not len(varying):
        return [np.arange(len(plain))]
    seed = np.zeros(len(plain), dtype=np.uint64)
    for column in varying:  # FNV-1a: sorting whole numbers is much faster than sorting texts
        seed = (seed ^ plain[:, column]) * np.uint64(1_099_511_628_211)
    _, first, which = np.unique(seed, return_index=True, return_inverse=True)
    if (plain != plain[first[which]]).any():  # two templates of one hash
        _, which = np.unique(np.ascontiguousarray(plain).view(f"V{plain.shape[1]}").ravel(), return_inverse=True)
    order = np.argsort(which, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(which[order])) + 1)


def _cut(moment: Moment, matrix: np.ndarray) -> Parts:
    """Cut the numbers of one layout out of the bytes of its texts."""
    size = len(matrix)
    parts = Parts.blank(size)
    spans = {name: (start, stop) for name, start, stop in moment.spans}

    def number(name: str) -> np.ndarray:
        start, stop = spans[name]
        value = np.zeros(size, dtype=np.int64)
        for column in range(start, stop):
            if _ZERO <= matrix[0, column] <= _NINE:
                value = value * 10 + (matrix[:, column] - _ZERO)
        return value

    parts.shape[:] = SHAPE_CODES[moment.shape]
    if "year" in spans:
        parts.year = number("year").astype(np.int16)
    parts.first = number("first").astype(np.int8) if "first" in spans else parts.first + np.int8(moment.month)
    if "second" in spans:
        parts.second = number("second").astype(np.int8)
    if moment.grain:
        _put_clock(parts, moment, {name: number(name) for name in spans})
    if moment.zulu:
        parts.offset[:] = 0
    elif moment.offset:
        _put_offset(parts, matrix, *spans["offset"])
    if moment.shape == "serial":
        parts.serial = _days(matrix, moment)
    return parts


def _days(matrix: np.ndarray, moment: Moment) -> np.ndarray:
    """Turn Excel's days to numbers; more than fifteen digits behind the point would not fit."""
    days = np.zeros(len(matrix))
    for name, start, stop in moment.spans:
        for place, column in enumerate(range(start, stop)):
            power = stop - 1 - column if name == "serial" else -1 - place
            days += (matrix[:, column] - float(_ZERO)) * 10.0**power
    return days


def _put_clock(parts: Parts, moment: Moment, numbers: dict[str, np.ndarray]) -> None:
    """Turn hours, minutes and seconds to microseconds; 24:00 is the end of the day."""
    size = len(parts.shape)
    hour = numbers["hour"]
    for name, most in _MOST.items():
        if name in numbers:
            parts.valid &= numbers[name] <= most
    if moment.half:
        parts.valid &= (hour >= 1) & (hour <= 12)  # noqa: PLR2004 - hours of the twelve-hour clock
        hour = hour % 12 + (12 if moment.half == "p" else 0)
    clock = hour * 3_600_000_000
    clock += numbers.get("minute", np.zeros(size, dtype=np.int64)) * 60_000_000
    clock += numbers.get("seconds", np.zeros(size, dtype=np.int64)) * 1_000_000
    if "fraction" in numbers:
        digits = next(stop - start for name, start, stop in moment.spans if name == "fraction")
        clock += numbers["fraction"] * 10**6 // 10**digits
    parts.valid &= clock <= DAY
    parts.clock, parts.minute[:] = clock, moment.grain == "minute"


def _put_offset(parts: Parts, matrix: np.ndarray, start: int, stop: int) -> None:
    """Turn ``+0100``, ``-05:00`` or ``+01`` to minutes."""
    signs = [column for column in range(start, stop) if matrix[0, column] in b"+-"]
    digits = [column for column in range(start, stop) if _ZERO <= matrix[0, column] <= _NINE]
    values = [(matrix[:, column] - _ZERO).astype(np.int16) for column in digits]
    minutes = (values[0] * 10 + values[1]) * 60
    if len(values) > 2:  # noqa: PLR2004 - hours only, or hours and minutes
        minutes = minutes + values[2] * 10 + values[3]
    parts.offset = np.where(matrix[0, signs[0]] == ord("-"), -minutes, minutes).astype(np.int16)
    parts.valid &= minutes <= 14 * 60
