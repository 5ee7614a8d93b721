"""Say where day, month, year and clock stand in a text, from its template: the text with every digit as 0."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MISSING = frozenset(
    {"", "na", "n/a", "nan", "nat", "null", "none", "unknown", "not known", "nk", "n/k", "uk", "-", "--", "?", "."}
)
"""Texts that stand for no time, number or code."""
SHAPES = (
    "none", "clock", "year first", "numbers", "named month", "digits", "month", "slashed month", "six digits",
    "short year", "serial", "quarter", "week", "year",
)  # fmt: skip
"""Ways to write a date; *numbers* is day first or month first, *slashed month* could be a financial year."""
LONGEST = 80
"""Longer texts hold no time; reading them would only cost time."""

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_BETWEEN = r" ?[-/. ] ?"
_LOOSE = r"[-/., ]*"
_DAY = r"(?P<second>\d{1,2})(?:st|nd|rd|th)?(?: of)?"
_YEAR, _SHORT = r"(?P<year>\d{4})(?!\d)", r"'?(?P<short>\d{2})(?![\d:])"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? )?"
_DATES = tuple(
    (shape, re.compile(_WEEKDAY + rule))
    for shape, rule in (
        ("year first", rf"(?P<year>\d{{4}}){_BETWEEN}(?P<first>\d{{1,2}}){_BETWEEN}(?P<second>\d{{1,2}})(?!\d)"),
        ("numbers", rf"(?P<first>\d{{1,2}}){_BETWEEN}(?P<second>\d{{1,2}}){_BETWEEN}{_YEAR}"),
        ("short year", rf"(?P<first>\d{{1,2}}){_BETWEEN}(?P<second>\d{{1,2}}){_BETWEEN}{_SHORT}"),
        ("named month", rf"{_DAY}{_LOOSE}{_MONTH}{_LOOSE}{_YEAR}"),
        ("named month", rf"{_MONTH}{_LOOSE}(?P<second>\d{{1,2}})(?:st|nd|rd|th)?[-/., ]+{_YEAR}"),
        ("named month", rf"(?P<year>\d{{4}}){_LOOSE}{_MONTH}{_LOOSE}(?P<second>\d{{1,2}})(?!\d)"),
        ("short year", rf"{_DAY}{_LOOSE}{_MONTH}{_LOOSE}{_SHORT}"),
        ("digits", r"(?P<year>\d{4})(?P<first>\d{2})(?P<second>\d{2})(?=\d{4}(?:\d{2})?(?!\d)|(?!\d))"),
    )
)
_WHOLES = tuple(
    (shape, re.compile(rule))
    for shape, rule in (
        ("slashed month", r"(?P<year>\d{4}) ?/ ?(?P<first>\d{2})"),
        ("month", r"(?P<year>\d{4}) ?[-/.] ?(?P<first>\d{1,2})"),
        ("month", r"(?P<first>\d{1,2}) ?[-/.] ?(?P<year>\d{4})"),
        ("month", rf"{_MONTH}{_LOOSE}(?P<year>\d{{4}})"),
        ("month", rf"(?P<year>\d{{4}}){_LOOSE}{_MONTH}"),
        ("six digits", r"(?P<year>\d{4})(?P<first>\d{2})"),
        ("short year", rf"{_MONTH}{_LOOSE}'?(?P<short>\d{{2}})"),
        ("serial", r"(?P<serial>\d{5})(?:\.(?P<part>\d+))?"),
        ("quarter", r"(?:q|quarter )\d[-/., ]*\d{4}(?:/\d{2,4})?|\d{4}(?:/\d{2,4})?[-/., ]*q\d"),
        ("week", r"\d{4}[-/., ]*w(?:ee)?k? ?\d{1,2}(?:-\d)?|w(?:ee)?k? ?\d{1,2}[-/., ]+\d{4}"),
        ("year", r"\d{4}(?:[-/]\d{4})?"),
    )
)
_SECONDS = r"(?: ?[:.] ?(?P<seconds>\d{2})(?:[.,:](?P<fraction>\d{1,9}))?)?"
_CLOCKS = (
    rf"(?P<hour>\d{{1,2}}) ?[:.h] ?(?P<minute>\d{{2}}){_SECONDS}",
    r"(?P<hour>\d{2})(?P<minute>\d{2})(?P<seconds>\d{2})?(?:\.(?P<fraction>\d{1,9}))?",
    r"(?P<hour>\d{1,2})",
    r"(?P<hour>\d)(?P<minute>\d{2})",
)
_WORDS = r" ?(?:hrs?\.?|hours?|h|o'?clock)?"
_HALF = r"(?: ?(?P<half>[ap])\.? ?(?:m\.?)?)?"
_OFFSET = (
    r"(?P<offset> ?z| ?(?:utc|gmt)| ?{sign}\d{{2}}:?\d{{2}}|\+\d{{2}}|(?<=:\d\d:\d\d){sign}\d{{2}}"
    r"|(?<=\.\d\d\d){sign}\d{{2}})?"
)
_CLOCKS_ALONE = tuple(re.compile(rule + _WORDS + _HALF) for rule in _CLOCKS)
_TAILS = {
    dashes: tuple(re.compile(rule + _WORDS + _HALF + _OFFSET.format(sign=sign)) for rule in _CLOCKS)
    for dashes, sign in ((False, "[+-]"), (True, "[+]"))
}
_LEAD = re.compile(r" ?t ?(?=\d)|[ ,]+(?:at |@ ?|- )?|:(?=\d\d:)")
_CLOCK_FIRST = re.compile(r"(?P<clock>\d{1,2}(?:[:.]\d{2}\S*)?(?: ?[ap]\.?m\.?)?),? (?:on )?")
_OPENING = re.compile(r"\b(?:between|from)\b")
_BREAKS = (
    re.compile(r" (?:to|until|till|and|through|->|--|-|/) "),
    re.compile(r" ?(?:->|-|/) ?"),
)
_BY_HAND = frozenset({"numbers", "named month", "short year"})
"""Shapes that people write; machines write the year first."""
_NO_WORDS = tuple(word for word in MISSING if word)


@dataclass(frozen=True, slots=True)
class Moment:
    """Where the parts of one time stand."""

    shape: str
    spans: tuple[tuple[str, int, int], ...]
    """Name, start and stop of every number."""
    month: int = 0
    """1 to 12 where the month is named, else 0."""
    half: str = ""
    """a, p or nothing."""
    grain: str = ""
    """minute, hour, or nothing where there is no time of day."""
    offset: bool = False
    zulu: bool = False
    """Whether the offset is written as z, utc or gmt."""

    def moved(self, by: int) -> Moment:
        """Shift all places to the right."""
        return replace(self, spans=tuple((name, start + by, stop + by) for name, start, stop in self.spans))


@dataclass(frozen=True, slots=True)
class Layout:
    """A time, or a start and an end."""

    start: Moment
    end: Moment | None = None


def read_layout(template: str, *, dashes: bool = False) -> Layout | None:
    """
    Find the parts of a time, or of a start and an end.

    Parameters
    ----------
    template
        Lower-case ASCII text of a date with or without a clock, single spaces, every digit as 0.
    dashes
        Whether ``22:00-01:00`` is a range; else ``-01:00`` is an offset from UTC.

    Returns
    -------
    Layout or None
        None if it is no time.
    """
    if len(template) > LONGEST or not any(letter.isdigit() for letter in template):
        return None
    moment = read_moment(template, dashes=dashes)
    if moment is not None:
        return Layout(moment)
    for left, right, at in split_range(template):
        start = read_moment(left, dashes=dashes)
        if start is None or start.shape in {"serial", "year"}:
            continue
        if right in MISSING:
            return Layout(start)
        end = read_moment(right, dashes=dashes)
        if end is None and start.grain:
            end = read_clock(right)
        if end is not None and end.shape not in {"serial", "year"}:
            return Layout(start, end.moved(at))
    return None


def split_range(text: str) -> Iterator[tuple[str, str, int]]:
    """Give every way to part a text in a start and an end, the likeliest first, and where the end begins."""
    plain = _OPENING.sub(lambda match: " " * len(match.group()), text)
    for rule in _BREAKS:
        for match in rule.finditer(plain):
            left, right = plain[: match.start()], plain[match.end() :]
            yield left, right.strip(), match.end() + len(right) - len(right.lstrip())


def read_moment(text: str, *, dashes: bool = False) -> Moment | None:
    """Find the parts of a date with or without a clock."""
    lead = len(text) - len(text.lstrip())
    text = text.strip()
    found = _date_and_clock(text, dashes=dashes)
    if found is None:
        match = _CLOCK_FIRST.match(text)
        clock = read_clock(match["clock"]) if match else None
        date = _date_and_clock(text[match.end() :], dashes=dashes) if match else None
        if match and clock and date and not date.grain and any(name == "second" for name, _, _ in date.spans):
            date = date.moved(match.end())
            found = Moment(date.shape, date.spans + clock.spans, date.month, clock.half, clock.grain)
    return None if found is None else found.moved(lead)


def read_clock(text: str) -> Moment | None:
    """Find the parts of a time of day."""
    for rule in _CLOCKS_ALONE:
        match = rule.fullmatch(text)
        if match:
            return _with_clock("clock", (), 0, match)
    return None


def _date_and_clock(text: str, *, dashes: bool) -> Moment | None:
    """Find a date at the start and a clock after it."""
    for shape, rule in _WHOLES:
        match = rule.fullmatch(_without_missing(text))
        if match:
            return Moment(shape, _spans(match), _month(match))
    for shape, rule in _DATES:
        match = rule.match(text)
        if match is None:
            continue
        tail = text[match.end() :]
        if tail.strip(" ,") in MISSING:
            return Moment(shape, _spans(match), _month(match))
        lead = _LEAD.match(text, match.end())
        if lead is None and not (shape == "digits" and tail[0].isdigit()):
            continue
        for clock_rule in _TAILS[dashes]:
            clock = clock_rule.fullmatch(text, lead.end() if lead else match.end())
            if clock and not (shape in _BY_HAND and _minus_without_seconds(clock)):
                return _with_clock(shape, _spans(match), _month(match), clock)
    return None


def _minus_without_seconds(clock: re.Match[str]) -> bool:
    """Tell ``22:00-01:00`` from what a machine writes: it writes seconds before an offset."""
    groups = clock.groupdict()
    return "-" in (groups["offset"] or "") and groups.get("seconds") is None


def _without_missing(text: str) -> str:
    """Take a word for *no time of day* off the end."""
    for word in _NO_WORDS:
        if text.endswith(" " + word):
            return text[: -len(word)].rstrip(" ,")
    return text


def _with_clock(shape: str, spans: tuple[tuple[str, int, int], ...], month: int, clock: re.Match[str]) -> Moment:
    """Add the parts of a clock."""
    groups = clock.groupdict()
    offset = groups.get("offset") or ""
    return Moment(
        shape=shape,
        spans=spans + _spans(clock),
        month=month,
        half=groups["half"] or "",
        grain="minute" if groups.get("minute") else "hour",
        offset=bool(offset),
        zulu=bool(offset) and not any(letter.isdigit() for letter in offset),
    )


def _spans(match: re.Match[str]) -> tuple[tuple[str, int, int], ...]:
    """Give the places of all numbers that were found."""
    words = {"name", "half", "clock"}
    return tuple(
        (name, match.start(name), match.end(name))
        for name, value in match.groupdict().items()
        if value is not None and name not in words
    )


def _month(match: re.Match[str]) -> int:
    """Turn a month's name to its number, 0 if there is none."""
    name = match.groupdict().get("name")
    return _NAMES.index(name[:3]) + 1 if name else 0
