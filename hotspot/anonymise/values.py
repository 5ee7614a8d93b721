"""Tell whether a single value is about a person: to leave it empty, or to keep it out of messages."""

from __future__ import annotations

import re

from hotspot.anonymise.forenames import PLACE_LIKE
from hotspot.anonymise.formats import DATE, EMAIL, NI, PHONE, TEN_DIGITS, has_postcode, is_nhs_number, plain_text
from hotspot.anonymise.mentions import RELATION, looks_like_name, mentions_in

_LONGEST = 1_000


def is_person(text: str, *, seldom: bool) -> bool:
    """
    Tell whether a whole value is an identifier of a person, where a label or a code is expected.

    Parameters
    ----------
    text
        One value.
    seldom
        Whether it stands in few rows: then two words that begin with a common forename are a name as well.

    Returns
    -------
    bool
        True for a date, an NHS, phone or National Insurance number, an e-mail address and, if seldom, a name.

    Examples
    --------
    >>> from hotspot.anonymise import is_person
    >>> is_person("943 476 5919", seldom=False), is_person("Susan Jones", seldom=True), is_person("Ward 7", seldom=True)
    (True, True, False)
    """
    text = plain_text(text[:_LONGEST])
    digits = re.sub(r"\D", "", text)
    if TEN_DIGITS.fullmatch(text) and is_nhs_number(digits.removesuffix("0") if text.endswith(".0") else digits):
        return True
    if any(rule.fullmatch(text) for rule in (DATE, EMAIL, NI, PHONE)):
        return True
    words = text.casefold().split()
    return seldom and len(words) > 1 and words[0] not in PLACE_LIKE and looks_like_name(text)


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
        True for e-mail addresses, postcodes, phone, National Insurance and other long numbers, for whole values that
        are names, and for mentions of persons (see `mentions_in`) other than mere relations.

    Examples
    --------
    >>> from hotspot.anonymise import looks_personal
    >>> looks_personal("Public disorder"), looks_personal("call 07700 900123"), looks_personal("hit by Dave")
    (False, True, True)
    """
    text = plain_text(text[:_LONGEST])
    written = (EMAIL.search, has_postcode, NI.search, PHONE.search, DATE.search, looks_like_name)
    return (
        bool(re.search(r"\d{5}", text))
        or any(rule(text) for rule in written)
        or any(kind != RELATION for kind in mentions_in(text))
    )


__all__ = ["is_person", "looks_personal"]
