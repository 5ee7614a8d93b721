"""Bring location texts to one form, and know the phrases that name no place on a map."""

from __future__ import annotations

import re
import unicodedata

from hotspot.locate.vocabulary import ABBREVIATIONS, GENERAL, LEADING, SAINTS, STREET_TYPES, TRAILING

_SYMBOLS = tuple(
    (re.compile(pattern), word)
    for pattern, word in (
        (r"\bo\s?/\s?s\b|^\s*o s\b", " outside "), (r"\bn\s?/\s?[ak]\b", " unknown "),
        (r"\ba\s?[&/]\s?e\b", " emergency "), (r"@", " at "), (r"&|\+", " and "), (r"'", ""),
        (r"\bp\.? ?h\.?(?=[\s,;/)]|$)", " pub "), (r"\b(?:j/w|jct|jcn|junc|jnct|jn)\b\.?", " junction "),
        (r"\b(?:cnr|crn)\b\.?", " corner "),
    )
)  # fmt: skip
_BREAKS = re.compile(r"[,;:/|()\[\]\n\r]+|\s-+\s")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_NOT_WORDS = re.compile(r"[^\w\s]|_")
_JUNCTION = re.compile(r"\S\s*/\s*\S|\b(?:junction|corner|crossroads?|crossing)\b")

_PERSON = (
    r"(?:patients?|own|his|her|their|friends?|partners?|mothers?|mums?|fathers?|dads?|parents?|family|victims?|ex"
    r"|boyfriends?|girlfriends?|relatives?|neighbours?|someone elses|another persons|private)"
)
_DWELLING = (
    r"(?:home|house|flat|address|residence|property|accommodation|room|dwelling|home address|apartment|bedroom|garden)"
)
_HOME = re.compile(
    rf"(?:at |in |inside |outside )?(?:the )?(?:{_PERSON} )*{_DWELLING}(?: address| of (?:patient|friend|partner))?"
    rf"|(?:at |in )?(?:home|domestic|dv|domestic violence)|residential (?:address|property)|home (?:of )?{_PERSON}"
)
_HOME_INSIDE = re.compile(
    rf"\b(?:patients? (?:own )?(?:home|house|flat|address|residence)|own (?:home|house|flat)|home address"
    rf"|(?:{_PERSON} )+(?:house|flat|home))\b"
)
_HOME_FIRST = re.compile(r"(?:at )?home(?: address)?\b(?! (?:bargains?|base|office|park|farm|guards?|store|sense)\b)")
_NOT_HOME = re.compile(r"\b(?:nursing|care|funeral|rest|public|opera|coffee|ale) (?:home|house)s?\b")
_HOSPITAL = re.compile(
    r"(?:at |in |on )?(?:the |this |our )?(?:hospital|emergency|ed|emergency department|department|ward(?: \w+)?"
    r"|waiting room|hospital (?:grounds|ward|site)|casualty|mental health (?:unit|ward)"
    r"|psychiatric (?:unit|ward|hospital))"
)
_OTHER_HOSPITAL = re.compile(r"(?:transfer(?:red)?|trf|tfr) (?:from|to|via) .*|.+ (?:hospital|infirmary|ed)")

_FULL_POSTCODE = re.compile(r"\b([a-z]{1,2}\d[a-z\d]?) ?(\d[abd-hjlnp-uw-z]{2})\b")
_SECTOR = re.compile(r"\b([a-z]{1,2}\d[a-z\d]?) (\d)\b")
_OUTCODE = re.compile(r"\b([a-z]{1,2}\d[a-z\d]?)\b")


def normalise(text: str) -> str:
    """
    Bring a location text or a place name to one form.

    Parameters
    ----------
    text
        As somebody typed it.

    Returns
    -------
    str
        Lower-case words with single spaces; abbreviations written out; ordinals as numbers; a doubled half dropped.

    Examples
    --------
    >>> from hotspot.locate.phrases import normalise
    >>> normalise("O/S  St. Mary's Rd")
    'outside saint marys road'
    """
    words = [word for segment in segments(text) for word in segment]
    half = len(words) // 2
    if half and len(words) % 2 == 0 and words[:half] == words[half:]:
        words = words[:half]
    return " ".join(words)


def segments(text: str) -> list[list[str]]:
    """
    Cut a text at its commas, slashes and brackets into lists of words in normal form.

    Parameters
    ----------
    text
        As somebody typed it.

    Returns
    -------
    list of list of str
        None of them empty.
    """
    parts = (_NOT_WORDS.sub(" ", part).split() for part in _BREAKS.split(_fold(text)))
    return [_expand(words) for words in parts if words]


def says_junction(text: str) -> bool:
    """Tell whether a text as typed has a slash between two names, or speaks of a corner or crossing."""
    return _JUNCTION.search(_fold(text)) is not None


def _fold(text: str) -> str:
    """Give lower case without accents, symbols written out."""
    folded = text.casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKD", folded)
        folded = "".join(char for char in folded if not unicodedata.combining(char))
        folded = folded.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").casefold()
    for pattern, word in _SYMBOLS:
        folded = pattern.sub(word, folded)
    return folded


def _expand(words: list[str]) -> list[str]:
    """Write abbreviations out; ``st`` is a saint before a saint's name and a street after another word."""
    expanded = []
    for position, word in enumerate(words):
        if word == "st":
            following = words[position + 1] if position + 1 < len(words) else ""
            starts = position == 0 or words[position - 1] in LEADING
            expanded.append("saint" if following and (starts or following in SAINTS) else "street")
        elif word[0].isdigit() and (match := _ORDINAL.fullmatch(word)):
            expanded.append(match[1])
        else:
            expanded.append(ABBREVIATIONS.get(word, word))
    return expanded


def is_home(text: str) -> bool:
    """Tell whether a normalised text says that it happened in a home; fixed phrases, few false alarms."""
    if _NOT_HOME.search(text):
        return False
    # A home with its postcode is a home, not a place on the map.
    text = without_postcodes(text)
    return any(
        found is not None for found in (_HOME.fullmatch(text), _HOME_INSIDE.search(text), _HOME_FIRST.match(text))
    )


def without_postcodes(text: str) -> str:
    """Take out of a normalised text whatever has the form of a postcode, a sector or an outcode."""
    for pattern in (_FULL_POSTCODE, _SECTOR, _OUTCODE):
        text = pattern.sub(" ", text)
    return " ".join(text.split())


def is_hospital(text: str) -> bool:
    """Tell whether a normalised text only says that it happened in the hospital itself."""
    return _HOSPITAL.fullmatch(text) is not None


def names_hospital(text: str) -> bool:
    """Tell whether a normalised text speaks of a transfer, or ends as the name of a hospital does."""
    return _OTHER_HOSPITAL.fullmatch(text) is not None


def says_nothing(text: str) -> bool:
    """Tell whether a normalised text holds general words only."""
    return all(is_generic(word) for word in text.split())


def is_generic(word: str) -> bool:
    """Tell whether a word is too general to name a place by itself."""
    return word in GENERAL or len(word) == 1 or word in STREET_TYPES or word.isdecimal()


def is_outcode(word: str) -> bool:
    """Tell whether a word has the form of an outcode, such as *cf10*."""
    return _OUTCODE.fullmatch(word) is not None


def postcode_keys(text: str) -> list[tuple[str, str]]:
    """
    List what a normalised text could hold of a postcode, the most exact first.

    Parameters
    ----------
    text
        Normalised.

    Returns
    -------
    list of tuple
        (level, key); a key counts only if the gazetteer has it, so that "10 past 5" is no postcode.
    """
    keys: list[tuple[str, str]] = []
    for out, rest in _FULL_POSTCODE.findall(text):
        keys += [("postcode", f"{out}{rest}"), ("sector", f"{out}{rest[0]}"), ("outcode", out)]
    keys += [("sector", out + digit) for out, digit in _SECTOR.findall(text)]
    keys += [("outcode", out) for out in _OUTCODE.findall(text)]
    return sorted(dict.fromkeys(keys), key=lambda key: ("postcode", "sector", "outcode").index(key[0]))


def cut_codes(text: str, keys: list[str]) -> str:
    """
    Take full postcodes, and the sectors and outcodes that the gazetteer knows, out of a text as typed.

    Parameters
    ----------
    text
        As typed.
    keys
        Postcodes, sectors and outcodes in small letters without spaces.

    Returns
    -------
    str
        In lower case, commas and slashes kept.
    """
    rest = _FULL_POSTCODE.sub(" ", text.casefold())
    for key in keys:
        rest = re.sub(rf"\b{re.escape(key[:-1])} ?{re.escape(key[-1:])}\b", " ", rest)
    return rest


def bare_name(text: str) -> str:
    """Take the words that only say where or what off both ends of a normalised text."""
    words = text.split()
    while words and words[0] in LEADING:
        words.pop(0)
    while len(words) > 1 and words[-1] in TRAILING:
        words.pop()
    return " ".join(words)
