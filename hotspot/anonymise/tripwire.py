"""Refuse columns that hold personal identifiers, by their header and by their values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.anonymise.formats import (
    DATE,
    EMAIL,
    NI,
    PHONE,
    TEN_DIGITS,
    TEN_DIGITS_WITHIN,
    has_postcode,
    is_nhs_number,
    more_than_chance,
    plain_text,
)
from hotspot.anonymise.mentions import looks_like_name, read_mentions
from hotspot.checks import listed
from hotspot.errors import ConfigError, DisclosureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

SAMPLE = 2_000
"""Distinct values looked at per column."""
FREE_TEXTS = 200_000
"""Distinct values looked at per column of free text, where a single one matters."""
_ROWS = 50_000
_LONGEST = 1_000

DIRECT = (
    "NHS number",
    "hospital or patient number",
    "date of birth",
    "name",
    "name of a person",
    "phone number",
    "e-mail address",
    "National Insurance number",
    "home address or postcode",
    "home address",
    "number of a document",
)
"""Kinds that identify a person by themselves."""

_PERSONS = (
    r"(?:patient|pat|pts?|person|victim|vic|suspect|offender|defendant|witness|informant|caller|officer|oic|staff"
    r"|clinician|doctor|nurse|gp|complainant|aggrieved|kin|nextofkin|nok|parent|guardian|carer|relative|contact"
    r"|emergencycontact|client|child)s?"
)
_RESIDENT = (
    r"(?:home|patients?|pat|pts?|residential|residence|resident|victims?|suspects?|offenders?|persons?|usual|caller"
    r"|current|permanent|clients?)"
)
_NUMBER = r"(?:no|nos|num|number|nbr|ref|reference)"
_NAME = r"(?:full|sur|fore|first|last|middle|given|family|maiden|birth|known(?:as)?|preferred|christian|second)?names?"
_HEADERS = {
    "NHS number": rf"(?:{_PERSONS})?(?:new)?nhs(?:{_NUMBER}|id|identifier)?(?:{_PERSONS})?",
    "hospital or patient number": (
        rf"(?:hospital|hosp|patient|pat|pt|casualty|unit|mrn|pas|district|casenote|casenotes|emergencycare)"
        rf"(?:{_NUMBER}|id|identifier)|mrn|chi{_NUMBER}?|hcn|medicalrecord{_NUMBER}?|medicalrecordnumber"
    ),
    "date of birth": (
        rf"(?:{_PERSONS})?(?:dob|dateofbirth|datebirth|birth(?:date|day|dt)?|dobdt|dtofbirth|born)(?:{_PERSONS}|\d)?"
    ),
    "name": (
        rf"(?:{_PERSONS})?{_NAME}\d?(?:of)?(?:{_PERSONS})?|initials|nextofkin|nok"
        rf"|(?:{_PERSONS})?alias(?:es)?|nickname"
    ),
    "phone number": (
        rf"(?:home|mobile|mob|work|contact|daytime|evening|{_PERSONS})?(?:tele)?(?:phone|tel|mob|mobile){_NUMBER}?\d?"
        rf"|(?:contact|mobile){_NUMBER}\d?"
    ),
    "e-mail address": rf"(?:home|work|contact|{_PERSONS})?e?mail(?:addr|address)?(?:{_PERSONS})?",
    "National Insurance number": rf"(?:{_PERSONS})?(?:ni|nationalinsurance|natins){_NUMBER}|nationalinsurance|nino",
    "home address or postcode": (
        rf"{_RESIDENT}(?:addr(?:ess)?(?:line)?\d*|street|house{_NUMBER}?|post(?:al)?code|pcode|zip(?:code)?)"
        r"|(?:addr(?:ess)?|post(?:al)?code|pcode)(?:of|at)?(?:usual)?(?:residence|patient|pt|home|address|victim)"
        r"|(?:address|addr)line\d*|usualaddress|residence|placeofresidence"
    ),
    "general practitioner": r"gp(?:code|practice|surgery|practicecode)?|registeredgp|registeredpractice",
    "number of a document": (
        rf"(?:passport|driving(?:licence|license)|driver(?:licence|license)|pnc|custody|prison|nomis){_NUMBER}?(?:id)?"
    ),
    "number of an officer": rf"(?:officer|oic|collar|warrant|shoulder)(?:collar)?{_NUMBER}|(?:officer|oic)id",
}
_HEADER_RULES = {kind: re.compile(pattern) for kind, pattern in _HEADERS.items()}

_NAME_SHARE = 0.3
_FEWEST = 5
_FEWEST_NHS = 3
"""Three ten-digit numbers all pass the check digit by chance in fewer than one column of a thousand."""
_WEAK_SHARE = 0.05
_MOST = 0.9
_NEARLY_ALL = 0.6
_TEN_DIGIT_RANGE = (1e9, 1e10)
_ADULT_YEARS = 10
_YEAR = re.compile(r"(?:19|20)\d\d")
_NEWEST_SHORT_YEAR = 30
_NEARLY_UNIQUE = 0.5
_FEWEST_FOR_UNIQUE = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """A column that looks like an identifier: which, what kind, how many of the values looked at."""

    column: str
    kind: str
    count: int
    checked: int


def identifier_headers(columns: Iterable[str]) -> dict[str, str]:
    """
    Name the columns whose header says that they hold an identifier.

    Parameters
    ----------
    columns
        Headers as they stand in the file.

    Returns
    -------
    dict
        Header to kind of identifier; headers that say nothing of the kind are left out.

    Examples
    --------
    >>> from hotspot.anonymise import identifier_headers
    >>> identifier_headers(["Patient Surname", "LSOA name", "N.H.S. number"])
    {'Patient Surname': 'name', 'N.H.S. number': 'NHS number'}
    """
    found = {}
    for column in columns:
        squashed = re.sub(r"[^a-z0-9]", "", str(column).casefold())
        kind = next((kind for kind, rule in _HEADER_RULES.items() if rule.fullmatch(squashed)), None)
        if kind is not None:
            found[str(column)] = kind
    return found


def find_identifiers(
    frame: pd.DataFrame,
    *,
    enumerations: Iterable[str] = (),
    free_text: Iterable[str] = (),
    recent_dates: bool = True,
) -> list[Finding]:
    """
    Look for identifiers among the values of columns.

    Parameters
    ----------
    frame
        Columns to look through, at most 2,000 distinct values each and 1,000 characters of each: texts, whole numbers
        (also those that blanks have turned into floats) and dates.
    enumerations
        Columns that should repeat a few values (a provider, an offence code): one in which nearly
        every value differs is reported as free text.
    free_text
        Columns of location text, looked through for personal mentions (see `mentions_in`), where a single one
        counts; at most 200,000 distinct values each.
    recent_dates
        Whether dates written as text count that reach back no further than an extract does. They are out of place
        among codes, and nothing odd in a column that nobody reads, such as the period of a report.

    Returns
    -------
    list of Finding
        One per column and kind, without any value.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.anonymise import find_identifiers
    >>> find_identifiers(pd.DataFrame({"note": ["call", "write to a.person@example.org"]}))
    [Finding(column='note', kind='e-mail address', count=1, checked=2)]
    """
    repeating, texts = set(enumerations), set(free_text)
    findings = []
    for position, column in enumerate(frame.columns):
        filled = frame.iloc[:, position].dropna()
        if column in texts:
            findings += find_mentions(filled)[0]
            continue
        if filled.dtype.kind == "M":
            findings += _births(str(column), filled)
        if filled.dtype.kind == "f":
            filled = _whole_numbers(filled)
        if not len(filled) or filled.dtype.kind in "fMmb":
            continue
        looked_at = filled if column in repeating else filled.iloc[:: max(1, len(filled) // _ROWS)]
        distinct = looked_at.drop_duplicates()
        sample = _sample(distinct, SAMPLE)
        findings += [
            Finding(str(column), kind, n, len(sample))
            for kind, n in _count_kinds(sample, recent_dates=recent_dates).items()
        ]
        if column in repeating and len(filled) >= _FEWEST_FOR_UNIQUE and len(distinct) > _NEARLY_UNIQUE * len(filled):
            findings.append(Finding(str(column), "free text (nearly every value differs)", len(distinct), len(filled)))
    return findings


def find_mentions(texts: pd.Series) -> tuple[list[Finding], NDArray[np.bool_]]:
    """
    Look through location texts for mentions of persons, as `find_identifiers` does, and mark the rows.

    Parameters
    ----------
    texts
        Location texts, named as the column; at most 200,000 distinct ones are looked through.

    Returns
    -------
    findings
        One per kind, without any value.
    rows
        Whether the text of each row tells who a person is; a mere relation ("friends house") does not.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.anonymise import find_mentions
    >>> find_mentions(pd.Series(["The Crown", None, "hit by Dave"], name="where"))
    ([Finding(column='where', kind='name of a person', count=1, checked=2)], array([False, False,  True]))
    """
    codes, distinct = pd.factorize(texts)
    sample = [plain_text(str(text)[:_LONGEST]) for text in distinct[:FREE_TEXTS]]
    counts, tells = read_mentions(sample)
    marked = np.zeros(len(distinct) + 1, dtype=bool)
    marked[: len(tells)] = tells
    checked = sum(map(bool, sample))
    return [Finding(str(texts.name), kind, n, checked) for kind, n in counts.items()], marked[codes]


def refuse_identifiers(
    headers: Mapping[str, str],
    findings: Iterable[Finding],
    *,
    allow: Mapping[str, str] | None = None,
    argument: str = "data",
) -> dict[str, str]:
    """
    Raise if a column that is to be read looks like an identifier and nobody has allowed it.

    Parameters
    ----------
    headers
        Mapped header to kind, as `identifier_headers` gives it.
    findings
        What `find_identifiers` found, columns named as in the file.
    allow
        Column to the reason why it may be read after all.
    argument
        Name of the argument for the message.

    Returns
    -------
    dict
        The allowed columns that were needed, with their reasons.

    Raises
    ------
    DisclosureError
        Naming every column, the kind and the number of values, never a value.
    ConfigError
        If a reason is empty.

    Examples
    --------
    >>> from hotspot.anonymise import refuse_identifiers
    >>> refuse_identifiers({"GP": "general practitioner"}, [], allow={"GP": "code of the out-of-hours service"})
    {'GP': 'code of the out-of-hours service'}
    """
    allowed = dict(allow or {})
    bare = [column for column, reason in allowed.items() if not str(reason).strip()]
    if bare:
        raise ConfigError(f"allow_identifier: {bare[0]!r} has no reason. Say why the column may be read.")
    problems = {column: f"column {column!r} is named like a {kind}" for column, kind in headers.items()}
    for finding in findings:
        text = f"column {finding.column!r} holds {finding.count} of {finding.checked} values like a {finding.kind}"
        problems[finding.column] = f"{problems[finding.column]}; {text}" if finding.column in problems else text
    refused = [text for column, text in problems.items() if column not in allowed]
    if refused:
        raise DisclosureError(
            f"{argument}: {len(refused)} mapped column(s) look like personal identifiers: {listed(refused, 10)}. "
            "Take them out of the mapping, or state why they may be read: allow_identifier={'column': 'reason'}."
        )
    return {column: reason for column, reason in allowed.items() if column in problems}


def _sample(values: pd.Series, most: int) -> list[str]:
    """Take the first different texts, each up to a length at which no pattern is slow."""
    texts = values.drop_duplicates().iloc[:most].astype(str).str.slice(0, _LONGEST)
    return [plain for text in texts if (plain := plain_text(text))]


def _whole_numbers(values: pd.Series) -> pd.Series:
    """Keep of a float column the ten-digit numbers that blanks have turned into floats, if nearly all are such."""
    numbers = values.to_numpy(dtype=float)
    low, high = _TEN_DIGIT_RANGE
    long = (numbers >= low) & (numbers < high) & (numbers == np.floor(numbers))
    return values[long].astype("int64") if len(numbers) and long.mean() >= _MOST else values.iloc[:0]


def _births(column: str, values: pd.Series) -> list[Finding]:
    """Report a column of dates without time of day that reach back further than any extract."""
    days = values.drop_duplicates()
    if len(days) < _FEWEST or not bool((days == days.dt.normalize()).all()):
        return []
    span = (days.max() - days.min()).days / 365.25
    return [Finding(column, "date, perhaps of birth", len(days), len(days))] if span > _ADULT_YEARS else []


def _count_kinds(sample: list[str], *, recent_dates: bool) -> dict[str, int]:
    """
    Count the values that fit each kind of identifier, for the kinds that are more than chance.

    One random ten-digit number in eleven passes the check digit, so only many of them are evidence; a bare run of
    digits that begins with 0 may be a reference, so a phone number counts singly only where it is written as one.
    """
    total = len(sample)
    ten = [re.sub(r"\D", "", text.removesuffix(".0")) for text in sample if TEN_DIGITS.fullmatch(text)]
    # also in a longer reference: ED9434765919, 9434765919-01
    long = [re.sub(r"\D", "", found[0]) for text in sample if (found := TEN_DIGITS_WITHIN.search(text)) is not None]
    dates = [text for text in sample if DATE.fullmatch(text)]
    counts = {
        "NHS number": _if(sum(map(is_nhs_number, long)), lambda n: n >= _FEWEST_NHS and more_than_chance(n, len(long))),
        "e-mail address": sum(EMAIL.search(text) is not None for text in sample),
        "full postcode": sum(map(has_postcode, sample)),
        "National Insurance number": _weak_or_written(sample, NI),
        "phone number": _weak_or_written(sample, PHONE),
        "date, perhaps of birth": _if(
            len(dates),
            lambda n: n >= _FEWEST and n > total / 2 and (recent_dates or _span_of_years(dates) > _ADULT_YEARS),
        ),
        "name": _if(sum(map(looks_like_name, sample)), lambda n: n >= _FEWEST and n > _NAME_SHARE * total),
    }
    lost = sum(number.startswith("7") for number in ten)
    if not counts["phone number"] and not counts["NHS number"] and lost >= _FEWEST and lost > _NEARLY_ALL * total:
        counts["phone number"] = lost
    return {kind: count for kind, count in counts.items() if count}


def _span_of_years(dates: list[str]) -> int:
    """Give the years from the first to the last date: of births many, of any extract few."""
    years = []
    for text in dates:
        written = _YEAR.search(text)
        short = int(re.findall(r"\d+", text)[-1])
        years.append(int(written[0]) if written else short + (1900 if short > _NEWEST_SHORT_YEAR else 2000))
    return max(years) - min(years)


def _if(count: int, enough: Callable[[int], bool]) -> int:
    """Give the count if it is enough to be evidence, else 0."""
    return count if enough(count) else 0


def _weak_or_written(sample: list[str], rule: re.Pattern[str]) -> int:
    """Count the values with a number: all if they are a share of the column, else those that are written out."""
    found = [(text, match) for text in sample if (match := rule.search(text)) is not None]
    if len(found) > _WEAK_SHARE * len(sample):
        return len(found)
    return sum(not match[0].isalnum() or match[0] != text for text, match in found)
