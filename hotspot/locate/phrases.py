"""Bring location texts to one form, and know the phrases that name no place on a map."""

from __future__ import annotations

import re
import unicodedata

_ABBREVIATIONS = {
    "pt": "patient", "pts": "patients", "rd": "road", "ave": "avenue", "av": "avenue", "ln": "lane", "cres": "crescent",
    "dr": "drive", "sq": "square", "pk": "park", "gdns": "gardens", "stn": "station", "uk": "unknown", "unk": "unknown",
    "nk": "unknown", "na": "unknown", "addr": "address", "hosp": "hospital", "p h": "public house", "nr": "near",
    "opp": "opposite", "utk": "unknown", "tce": "terrace", "pl": "place", "ctr": "centre", "ct": "court",
}  # fmt: skip
_SYMBOLS = ((r"\bo\s?/\s?s\b", " outside "), (r"\bn\s?/\s?[ak]\b", " unknown "), (r"\ba\s?[&/]\s?e\b", " emergency "),
            (r"@", " at "), (r"&", " and "), (r"\+", " and "), (r"'", ""))  # fmt: skip

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
_GENERAL_WORDS = """
a an and area at away back bar bars building bus by cafe cannot car centre city club clubs college corner council
countryside depot did disclosed display do does domestic door down estate field front garage given gym he her high
him his home hotel house i in inside into junction known lane local location main near nearby next night nightclub
not of off on open opposite other out outside over park party patient pavement place police premises prison property
pub public pubs railway recorded refused remember restaurant road roadside say scene school she shop shopping shops
side social some somewhere space square st stated station stop store street streets subway supermarket sure take
takeaway taxi the they to toilets town train transport tube under underground unknown unspecified various venue
village walking was were where while work workplace yard
"""
_GENERIC = frozenset(_GENERAL_WORDS.split())
LEADING = frozenset(
    {
        "a", "an", "and", "around", "at", "behind", "by", "from", "front", "in", "inside", "near", "next",
        "nr", "o", "of", "off", "on", "opposite", "outside", "s", "the", "to",
    }
)  # fmt: skip
"""Words that stand before a name without being part of it."""
TRAILING = frozenset(
    {
        "bar", "club", "hotel", "house", "inn", "night", "nightclub", "pub", "public", "tavern", "the",
    }
)  # fmt: skip
"""Words that say what a venue is; a name is the same with or without them."""

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
        Lower-case words with single spaces; abbreviations written out; a doubled half dropped.

    Examples
    --------
    >>> from hotspot.locate.phrases import normalise
    >>> normalise("O/S  St. Mary's Rd")
    'outside saint marys road'
    """
    folded = unicodedata.normalize("NFKD", text.casefold())
    folded = "".join(char for char in folded if not unicodedata.combining(char)).replace(
        "\N{RIGHT SINGLE QUOTATION MARK}", "'"
    )
    for pattern, word in _SYMBOLS:
        folded = re.sub(pattern, word, folded)
    words = re.sub(r"[^\w\s]|_", " ", folded).split()
    expanded = [_expand(word, i, len(words)) for i, word in enumerate(words)]
    half = len(expanded) // 2
    if half and len(expanded) % 2 == 0 and expanded[:half] == expanded[half:]:
        expanded = expanded[:half]
    return " ".join(expanded)


def _expand(word: str, position: int, count: int) -> str:
    """Write an abbreviation out; ``st`` is a saint at the start and a street at the end."""
    if word == "st":
        return "street" if position == count - 1 and position > 0 else "saint"
    return _ABBREVIATIONS.get(word, word)


def is_home(text: str) -> bool:
    """Tell whether a normalised text says that it happened in a home; fixed phrases, few false alarms."""
    if _NOT_HOME.search(text):
        return False
    # A home with its postcode is a home, not a place on the map.
    for pattern in (_FULL_POSTCODE, _SECTOR, _OUTCODE):
        text = " ".join(pattern.sub(" ", text).split())
    return any(
        found is not None for found in (_HOME.fullmatch(text), _HOME_INSIDE.search(text), _HOME_FIRST.match(text))
    )


def is_hospital(text: str) -> bool:
    """Tell whether a normalised text only says that it happened in the hospital itself."""
    return _HOSPITAL.fullmatch(text) is not None


def says_nothing(text: str) -> bool:
    """Tell whether a normalised text holds general words only."""
    return all(word in _GENERIC or len(word) == 1 for word in text.split())


def is_generic(word: str) -> bool:
    """Tell whether a word is too general to name a place by itself."""
    return word in _GENERIC


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


def bare_name(text: str) -> str:
    """Take the words that only say where or what off both ends of a normalised text."""
    words = text.split()
    while words and words[0] in LEADING:
        words.pop(0)
    while len(words) > 1 and words[-1] in TRAILING:
        words.pop()
    return " ".join(words)
