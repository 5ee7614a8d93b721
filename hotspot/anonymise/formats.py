"""Recognise identifiers by how they are written: numbers with a check digit, phones, e-mail, postcodes, dates."""

from __future__ import annotations

import math
import re
import unicodedata

EMAIL = re.compile(
    r"[^\s@,;<>()]+ ?(?:@|[(\[] ?at ?[)\]]) ?[^\s@,;<>()]+(?:\.| ?[(\[] ?dot ?[)\]] ?)[a-z]{2,}", re.IGNORECASE
)
NI = re.compile(
    r"(?<![A-Z\d])(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?:[ -]?\d{2}){3}[ -]?[A-D](?![A-Z\d])",
    re.IGNORECASE,
)
_DOTTED_DATE = r"0[1-9]([.-])(?:0[1-9]|[12]\d|3[01])\1(?:(?:19|20)\d{2}(?!\d)|\d{2} )"
"""Ahead of a clock, 01.04.2024 07:18 has as many digits as a phone number."""
PHONE = re.compile(
    r"(?:(?<![\w+])(?:\+|00)44[ ().-]{0,2}(?:\(0\)[ .-]?)?"
    rf"|(?<![\w+.])(?!{_DOTTED_DATE})0)(?:[ ().-]{{0,2}}\d){{9,10}}(?!\w)"
)
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}"
_YEAR = r"(?:19|20)\d{2}"
DATE = re.compile(
    rf"(?:\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:19|20)?\d{{2}}"
    rf"|{_YEAR}[/.-]?(?:0[1-9]|1[0-2])[/.-]?(?:0[1-9]|[12]\d|3[01])"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[ /-]?{_MONTH}[ /,-]{{0,2}}(?:19|20)?\d{{2}}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? {_YEAR})(?:[ T]00:00(?::00(?:\.0+)?)?)?",
    re.IGNORECASE,
)
TEN_DIGITS = re.compile(r"\d{3}[ -]?\d{3}[ -]?\d{4}(?:\.0)?")
TEN_DIGITS_WITHIN = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)")
_TEN_DIGITS_RUN = re.compile(r"(?<![\d.])(?<!\d[ -])\d{3}([ -]?)\d{3}\1\d{4}(?![\d.]|[ -]\d)")
_POSTCODE = re.compile(r"(?<![A-Z\d])([A-Z]{1,2})\d[A-Z\d]? ?\d([ABD-HJLNP-UW-Z]{2})(?![A-Z\d])", re.IGNORECASE)
_POSTCODE_AREA = re.compile(
    r"AB|AL|B|BA|BB|BD|BH|BL|BN|BR|BS|BT|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|E|EC|EH|EN|"
    r"EX|FK|FY|G|GL|GU|GY|HA|HD|HG|HP|HR|HS|HU|HX|IG|IM|IP|IV|JE|KA|KT|KW|KY|L|LA|LD|LE|LL|LN|LS|LU|M|ME|MK|"
    r"ML|N|NE|NG|NN|NP|NR|NW|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|RM|S|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|TA|"
    r"TD|TF|TN|TQ|TR|TS|TW|UB|W|WA|WC|WD|WF|WN|WR|WS|WV|YO|ZE"
)
_ORDINALS = frozenset({"ST", "ND", "RD", "TH"})
_QUOTED = re.compile(r"""(?:="|")(.*)"|'(.*)""", re.DOTALL)
_CHANCE = 1 / 11
_TOO_UNLIKELY = 1e-3


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
        True if the last digit is the check digit of the nine before it. One random number in eleven passes. Scotland's
        CHI number and Northern Ireland's health and care number use the same rule.

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


def more_than_chance(passing: int, numbers: int) -> bool:
    """Tell whether so many of the ten-digit numbers pass the check digit that chance is no explanation."""
    if passing <= numbers / 2:
        return False
    tail = sum(  # in logarithms: 2,000 over 200 is too large for a float
        math.exp(
            math.lgamma(numbers + 1) - math.lgamma(count + 1) - math.lgamma(numbers - count + 1)
            + count * math.log(_CHANCE) + (numbers - count) * math.log1p(-_CHANCE)
        )
        for count in range(passing, min(numbers, passing + 60) + 1)
    )  # fmt: skip
    return tail < _TOO_UNLIKELY


def ten_digit_runs(text: str) -> list[tuple[str, bool]]:
    """Find the ten-digit numbers in a text, and whether each is written in groups of 3, 3 and 4."""
    return [(re.sub(r"\D", "", run[0]), bool(run[1])) for run in _TEN_DIGITS_RUN.finditer(text)]


def has_postcode(text: str) -> bool:
    """Tell whether a text holds a full postcode of a real postcode area; 'W1 2nd floor' is none."""
    return any(
        _POSTCODE_AREA.fullmatch(match[1].upper()) is not None
        and not (match[2].upper() in _ORDINALS and (match[2].islower() or _is_ordinal(match[0])))
        for match in _POSTCODE.finditer(text)
    )


def _is_ordinal(text: str) -> bool:
    """Tell whether the end of what looks like a postcode is 1st, 2nd, 3rd or a number with th."""
    digit, ending = text[-3], text[-2:].upper()
    return ending == {"1": "ST", "2": "ND", "3": "RD"}.get(digit, "TH")


def plain_text(text: str) -> str:
    """Write a text as a reader sees it: plain blanks, nothing invisible, no quotes of a spreadsheet."""
    if not text.isascii():
        # also what a blank that does not break, a soft hyphen or a zero-width joiner would hide from the patterns
        text = "".join(letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf")
    text = text.strip()
    quoted = _QUOTED.fullmatch(text)
    return text if quoted is None else (quoted[1] or quoted[2] or "").strip()
