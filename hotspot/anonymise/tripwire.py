"""Refuse columns that hold personal identifiers, by their header and by their values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotspot.checks import listed
from hotspot.errors import ConfigError, DisclosureError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

SAMPLE = 2_000
"""Distinct values looked at per column."""
_ROWS = 50_000

_PERSONS = (
    r"(?:patient|person|victim|suspect|offender|witness|caller|officer|staff|clinician|doctor|nurse|gp|complainant"
    r"|kin|nextofkin|parent|carer|relative)s?"
)
_RESIDENT = r"(?:home|patients?|residential|residence|victims?|suspects?|persons?|usual|caller|current)"
_NUMBER = r"(?:no|num|number)"
_HEADERS = {
    "NHS number": rf"(?:new)?nhs(?:{_NUMBER}|id)?",
    "hospital or patient number": (
        rf"(?:hospital|patient|casualty|unit|mrn|pas)(?:{_NUMBER}|id|identifier)|mrn|chi{_NUMBER}?"
    ),
    "date of birth": r"(?:patients?|persons?|victims?)?(?:dob|dateofbirth|birthdate|birthday|birth)",
    "name": rf"(?:{_PERSONS})?(?:full|sur|fore|first|last|middle|given|family|maiden)?names?|initials|nextofkin",
    "phone number": rf"(?:home|mobile|work|contact|caller|patient)?(?:tele)?phone{_NUMBER}?|mobile{_NUMBER}?|tel",
    "e-mail address": r"(?:patient|home|work|contact)?e?mail(?:address)?",
    "National Insurance number": rf"(?:ni|nationalinsurance){_NUMBER}|nationalinsurance",
    "home address or postcode": (
        rf"{_RESIDENT}(?:address(?:line\d*)?|street|house{_NUMBER}?|post(?:al)?code|pcode|zip(?:code)?)"
        r"|(?:address|post(?:al)?code|pcode)(?:of)?(?:usual)?(?:residence|patient|home)|addressline\d*"
    ),
    "general practitioner": r"gp(?:code|practice|surgery)?|registeredgp",
}
_HEADER_RULES = {kind: re.compile(pattern) for kind, pattern in _HEADERS.items()}

_EMAIL = re.compile(r"[^\s@,;]+@[^\s@,;]+\.[a-z]{2,}", re.IGNORECASE)
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}\b", re.IGNORECASE)
_NI = re.compile(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", re.IGNORECASE)
_PHONE = re.compile(r"(?:\+44|\b0044|\b0)[ ()-]{0,2}(?:\d[ ()-]{0,2}){9,10}(?!\d)")
_DATE = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)?\d{2}|(?:19|20)\d{2}-\d{2}-\d{2}")
_TEN_DIGITS = re.compile(r"\d{3}[ -]?\d{3}[ -]?\d{4}")

# Share of the distinct values that must fit, and how many at least: chance alone lets one random
# ten-digit number in eleven pass the check digit, so only a whole column of them is evidence.
_VALUE_RULES: tuple[tuple[str, float, int], ...] = (
    ("NHS number", 0.5, 5),
    ("e-mail address", 0.0, 1),
    ("full postcode", 0.0, 1),
    ("National Insurance number", 0.05, 1),
    ("phone number", 0.05, 1),
    ("date, perhaps of birth", 0.5, 5),
)
_NEARLY_UNIQUE = 0.5
_FEWEST_FOR_UNIQUE = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """A column that looks like an identifier: which, what kind, how many of the values looked at."""

    column: str
    kind: str
    count: int
    checked: int


def is_nhs_number(digits: str) -> bool:
    """
    Check the modulus-11 check digit of a ten-digit number.

    Parameters
    ----------
    digits
        Ten digits without spaces.

    Returns
    -------
    bool
        True if the last digit is the check digit of the nine before it. One random number in eleven passes.

    Examples
    --------
    >>> from hotspot.anonymise import is_nhs_number
    >>> is_nhs_number("9434765919"), is_nhs_number("9434765918")
    (True, False)
    """
    if len(digits) != 10 or not digits.isdecimal():  # noqa: PLR2004 - ten digits is the definition
        return False
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits[:9], range(10, 1, -1), strict=True)) % 11
    return (0 if check == 11 else check) == int(digits[9])  # noqa: PLR2004 - modulus 11


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


def find_identifiers(frame: pd.DataFrame, *, enumerations: Iterable[str] = ()) -> list[Finding]:
    """
    Look for identifiers among the values of text columns.

    Parameters
    ----------
    frame
        Columns to look through; only text and whole numbers are looked at, at most 2,000 distinct values each.
    enumerations
        Columns that should repeat a few values (a provider, an offence code): one in which nearly
        every value differs is reported as free text.

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
    repeating = set(enumerations)
    findings = []
    for column in frame.columns:
        values = frame[column]
        if values.dtype.kind in "fMmb":
            continue
        filled = values.dropna()
        looked_at = filled if column in repeating else filled.iloc[:: max(1, len(filled) // _ROWS)]
        distinct = looked_at.drop_duplicates()
        sample = [text for text in distinct.iloc[:SAMPLE].astype(str).str.strip() if text]
        counts = _count_kinds(sample)
        findings += [
            Finding(str(column), kind, counts[kind], len(sample))
            for kind, share, least in _VALUE_RULES
            if counts[kind] >= least and counts[kind] > share * len(sample)
        ]
        if column in repeating and len(filled) >= _FEWEST_FOR_UNIQUE and len(distinct) > _NEARLY_UNIQUE * len(filled):
            findings.append(Finding(str(column), "free text (nearly every value differs)", len(distinct), len(filled)))
    return findings


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


def looks_personal(text: str) -> bool:
    """
    Tell whether a single text looks like an identifier, to keep it out of messages.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    bool
        True for e-mail addresses, postcodes, phone, National Insurance and other long numbers.

    Examples
    --------
    >>> from hotspot.anonymise import looks_personal
    >>> looks_personal("Public disorder"), looks_personal("call 07700 900123")
    (False, True)
    """
    return bool(re.search(r"\d{5}", text)) or any(
        rule.search(text) is not None for rule in (_EMAIL, _POSTCODE, _NI, _PHONE, _DATE)
    )


def _count_kinds(sample: list[str]) -> dict[str, int]:
    """Count the values that fit each kind of identifier."""
    ten = [re.sub(r"\D", "", text) for text in sample if _TEN_DIGITS.fullmatch(text)]
    return {
        "NHS number": sum(map(is_nhs_number, ten)),
        "e-mail address": sum(_EMAIL.search(text) is not None for text in sample),
        "full postcode": sum(_POSTCODE.search(text) is not None for text in sample),
        "National Insurance number": sum(_NI.search(text) is not None for text in sample),
        "phone number": sum(_PHONE.search(text) is not None for text in sample),
        "date, perhaps of birth": sum(_DATE.fullmatch(text) is not None for text in sample),
    }
