"""Find persons mentioned in location text: who it was, whose home it was, how to reach them."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from hotspot.anonymise.forenames import FORENAMES, NO_NAMES, PLACE_LIKE, SAINTS_AND_PEERS, SURNAMES_IN_S
from hotspot.anonymise.formats import (
    DATE,
    EMAIL,
    NI,
    PHONE,
    has_postcode,
    is_nhs_number,
    more_than_chance,
    ten_digit_runs,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

RELATION = "relationship to a person"
"""The mildest mention: "friends house" says home, and tells nobody's name."""
_RELATION = (
    r"(?:ex[- ]?|step[- ]?|foster[- ]?|grand[- ]?)?"
    r"(?:girl ?friend|boy ?friend|g/?f|b/?f|partner|wife|husband|fiancee?|mum|mom|mother|mam|dad|father|brother|sister"
    r"|son|daughter|uncle|aunt(?:ie|y)?|nana?|gran|grandma|grandad|cousin|nephew|niece|friend|mate|flat ?mate"
    r"|house ?mate|neighbour|carer|landlord|boss|colleague|in[- ]laws?)"
)
_DWELLING = r"(?:house|home|flat|addr(?:ess)?|gaff|room|bedroom|garden|property|bungalow|caravan|apartment|driveway)"
_SOMEBODY = r"(?:pts?|pt's|patient'?s?|victim'?s?|casualty'?s?|his|her|their|my)"
_PLACE = re.compile(
    r"(?:road|rd|street|st|avenue|ave?|square|sq|lane|ln|park|station|stn|court|ct|house|arms|inn|pub|bar|hotel|tavern"
    r"|hospital|school|college|bridge|gardens?|gdns|close|cl|drive|dr|way|terrace|place|pl|crescent|cres|centre|center"
    r"|club|cafe|restaurant|hall|estate|towers?|green|hill|mews|row|quay|wharf|embankment|church|theatre|market|gate"
    r"|walk|grove|docks?|coach|line|memorial|library|statue|shop|store|surgery|clinic|lewis|blvd|boulevard|bus|stop|common|yard"
    r"|crossing|building|lodge|head|rise|parade|passage|circus|n|s|e|w|ne|nw|se|sw|pkwy|alley)",
    re.IGNORECASE,
)
_SHORTEST_NAME = 3
_LONGEST = 1_000
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_ALWAYS_PERSONAL = r"(?:ex[- ])?(?:girlfriend|boyfriend|husband|fiancee?|mum|dad|flat ?mate|house ?mate|nephew|niece)"
_RELATIONSHIP = re.compile(
    rf"\b{_SOMEBODY} {_RELATION}(?:s|'s)?\b|\b{_RELATION}(?:s|'s|s')? (?:{_DWELLING}|work|car|party)\b"
    rf"|\b{_ALWAYS_PERSONAL}(?:s|'s)?\b|\b(?:by|with|w/|and|from|vs?) (?:an? )?{_RELATION}\b"
    r"(?! ?(?:'?s)? (?:road|street|lane|arms|inn|pub))|\bex[- ](?:partner|wife|bf|gf)\b"
)
_RELATION_CALLED = re.compile(rf"\b{_RELATION} (?:called|named) [^\W\d_]")
_RELATION_AND_NAME = re.compile(
    rf"\b(?:{_RELATION}|ex|fella|bloke|missus|hubby|lad)(?:,? \(?| called | named | is )([^\W\d_]+)"
)
_NAMED = re.compile(
    r"\b(?:(?:assaulted|attacked|punched|hit|stabbed|kicked|pushed|bitten|beaten(?: up)?|robbed|slapped|head ?butted|"
    r"threatened|jumped) by|(?:man|woman|male|female|person|lad|someone) (?:named|called|known as)|aka|suspect|offender"
    r"|assailant|perpetrator|perp|accused|alleged|nok|next of kin|witness|victim|patient|pt|caller)"
    r"(?: ?[:=] ?| is | was | name(?: is)? | called | )([^\W\d_]+)"
)
_WITH_NAME = re.compile(
    r"\b(?:with|by|saw|named|called|known as|contact|c/o|staff(?: member)?|nurse|doctor)(?: ?[:=] ?| )([^\W\d_]+)"
)
_NAMED_HOME = re.compile(rf"(\w+ )?\b([^\W\d_]+?)('s|s|s') {_DWELLING}\b")
_TITLE = re.compile(r"(?<!near )\b(?:mr|mrs|miss|ms|mstr)\.? ((?:[a-z]')?[^\W\d_]{2,}(?:'s)?)((?: [^\W\d_]+)?)")
_VENUE = re.compile(
    r"arms|inn|pub|bar|hotel|tavern|cafe|club|shop|house|road|rd|street|st|lane|ln|school|store|restaurant"
)
_SURNAME_FIRST = re.compile(
    r"(?:^|\b(?:pt|patient|name)[: ]+)([A-Z][^\W\d_]+(?:-[A-Z][^\W\d_]+)?), ?([A-Z][^\W\d_]+)\b(?= ?(?:$|[,(;\d]))"
)
_SURNAME_FIRST_AND_DATE = re.compile(rf"[A-Z][^\W\d_]+, ?(?!(?i:dob|born)\b)[A-Z][^\W\d_]+,? \(?{DATE.pattern}")
_FILED = re.compile(r"[A-Z][A-Z'-]+, ?[A-Z][^\W\d_]*[a-z](?: [A-Z]\.?)?")
_OFFICER = re.compile(r"\b(?:pc|dc|ps|sgt|wpc|pcso) ?#?\d{3,5}\b")
_DOB = r"(?:\bd\.? ?o\.? ?b\b\.?|\bdate of birth|\bborn(?: on)?)"
_BORN = re.compile(
    rf"{_DOB}[ :=-]{{0,4}}(?:{DATE.pattern}|\d{{6}}(?:\d\d)?\b)|{DATE.pattern}[ ,(-]{{0,3}}{_DOB}", re.IGNORECASE
)
_TWO_PERSONS = re.compile(r"\b([^\W\d_]+)(?: [^\W\d_]+)? (?:and|&|n) ([^\W\d_]+)\b(?! ?'?s\b)")
_AT_THEIRS = re.compile(r"\b(?:round|over|back)(?: at| to)? ([^\W\d_]+?)'?s(?= ?(?:$|[,.;(]))")
_DID_IT = re.compile(
    r"\b([^\W\d_]+)(?: [^\W\d_]+)? "
    r"(?:did it|(?:hit|punched|attacked|stabbed|kicked|pushed) (?:him|her|me|them|pt))"
)
_AT_HOME = (
    rf"(?:\b{_SOMEBODY} (?:own )?{_DWELLING}|\b(?:own |at )?home(?: addr(?:ess)?)?|\bresid(?:es at|ing at|ence)"
    r"|\blives (?:[a-z]+ ){0,3}(?:at|in|above|shop|over))"
)
_HOUSE = (
    r"(?:flat \w{1,3}[ ,]{1,3})?(?:no\.? ?)?\d{1,4}[a-z]?,? "
    r"(?!days?|weeks?|h(?:ou)?rs?|min|times|men|people|am|pm|nights?)[a-z]{3,}"
)
_HOME_ADDRESS = re.compile(
    rf"{_AT_HOME}[ .,:;(-]{{1,4}}(?:at |is |in |on |address )*{_HOUSE}"
    rf"|\b{_HOUSE}[^()]{{0,30}}[ ,]{{1,3}}\(?{_SOMEBODY} (?:own )?{_DWELLING}"
    rf"|\b(?:flat|apartment) ?\d{{1,3}}[a-z]?[ ,]{{1,3}}\d{{1,4}}[a-z]? [a-z]{{3,}}"
)
_AT_HOME_RULE = re.compile(_AT_HOME)
_NHS_WORD = re.compile(r"\b(?:n\.?h\.?s|chi)\b")


def mentions_in(text: str) -> list[str]:
    """
    Name the kinds of personal mention in a location text.

    Parameters
    ----------
    text
        Location as written at reception or by a call handler; the first 1,000 characters are read.

    Returns
    -------
    list of str
        Kinds, in alphabetical order: ``NHS number``, ``date of birth``, ``e-mail address``, ``home address``,
        ``name of a person``, ``number of an officer``, ``phone number``, ``relationship to a person`` and so on.

    Notes
    -----
    Rules, not a model: a forename counts beside a relation, a verb or a home, never alone, because pubs and streets
    are named after people. Names that are not common British forenames are found only after a title.

    Examples
    --------
    >>> from hotspot.anonymise import mentions_in
    >>> mentions_in("pt's girlfriend Sarah's house"), mentions_in("outside the Prince Albert, St John's Road")
    (['name of a person', 'relationship to a person'], [])
    """
    plain = " ".join(text[:_LONGEST].replace("\u2019", "'").replace("\u2018", "'").replace("`", "'").split())
    plain = "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))
    low = plain.casefold()
    if len(low) != len(plain):
        plain = low
    found = {
        "e-mail address": "@" in plain or "at]" in low or "at)" in low,
        RELATION: _RELATIONSHIP.search(low) is not None,
        "number of an officer": _OFFICER.search(low) is not None,
        "name of a person": _names_a_person(plain, low),
    }
    found["e-mail address"] = found["e-mail address"] and EMAIL.search(plain) is not None
    found["home address"] = _HOME_ADDRESS.search(low) is not None
    if any(character.isdigit() for character in plain):
        numbers = ten_digit_runs(plain)
        keyword = _NHS_WORD.search(low) is not None
        found |= {
            "NHS number": any(is_nhs_number(digits) and (grouped or keyword) for digits, grouped in numbers),
            "phone number": PHONE.search(plain) is not None,
            "National Insurance number": NI.search(plain) is not None,
            "date of birth": _BORN.search(plain) is not None,
        }
        found["home address"] |= has_postcode(plain) and _AT_HOME_RULE.search(low) is not None
    return sorted(kind for kind, here in found.items() if here)


def count_mentions(texts: Iterable[str]) -> dict[str, int]:
    """
    Count the texts with each kind of personal mention.

    Parameters
    ----------
    texts
        Different location texts.

    Returns
    -------
    dict
        Kind to number of texts. Ten-digit numbers without groups or the word NHS count only where more of them
        pass the check digit than chance explains.

    Examples
    --------
    >>> from hotspot.anonymise import count_mentions
    >>> count_mentions(["The Crown", "mums house", "his mate Dave"])
    {'name of a person': 1, 'relationship to a person': 2}
    """
    return read_mentions(texts)[0]


def read_mentions(texts: Iterable[str]) -> tuple[dict[str, int], list[bool]]:
    """Count the texts with each kind of mention, and say of each text whether it tells who a person is."""
    counts: dict[str, int] = {}
    tells, bare, passing = [], 0, 0
    for text in texts:
        kinds = mentions_in(text)
        tells.append(any(kind != RELATION for kind in kinds))
        for kind in kinds:
            counts[kind] = counts.get(kind, 0) + 1
        if "NHS number" not in kinds:
            numbers = ten_digit_runs(text[:_LONGEST])
            bare += len(numbers)
            passing += sum(is_nhs_number(digits) for digits, _ in numbers)
    if more_than_chance(passing, bare):
        counts["NHS number"] = counts.get("NHS number", 0) + passing
    return dict(sorted(counts.items())), tells


def looks_like_name(text: str) -> bool:
    """Tell whether a whole value is a person's name: with a title, surname first, or a forename and one word or two."""
    words = _WORD.findall(text)
    low = [word.casefold() for word in words]
    if not words or len(words) > 4 or any(character.isdigit() for character in text):  # noqa: PLR2004 - title and three
        return False
    if any(_PLACE.fullmatch(word) for word in low):
        return False
    if low[0] in {"mr", "mrs", "miss", "ms", "mstr", "dr", "prof"} and len(words) > 1:
        return True
    if _FILED.fullmatch(text):
        return True
    if "," in text:
        return len(words) > 1 and low[1] in FORENAMES
    return low[0] in FORENAMES


def _names_a_person(plain: str, low: str) -> bool:
    """Tell whether a forename stands where persons are named, or a surname after a title."""
    mixed = plain != plain.upper() and plain != low
    for rule, strong in ((_RELATION_AND_NAME, True), (_NAMED, True), (_WITH_NAME, False)):
        for match in rule.finditer(low):
            # In mixed case a capital after "girlfriend" or "suspect" is a name, whether or not we know it.
            capital = strong and mixed and plain[match.start(1)].isupper() and not plain[match.start()].isupper()
            if _is_person(match[1], low[match.end() :], place_like=strong, any_name=capital):
                return True
    for match in (match for rule in (_TWO_PERSONS, _AT_THEIRS, _DID_IT) for match in rule.finditer(low)):
        known = FORENAMES.issuperset(match.groups()) and PLACE_LIKE.isdisjoint(match.groups())
        if known and not any(_PLACE.fullmatch(word) for word in _WORD.findall(low[match.start() :])[1:5]):
            return True
    if _RELATION_CALLED.search(low) or _SURNAME_FIRST_AND_DATE.search(plain):
        return True
    if any(_is_named_home(match, plain, mixed=mixed) for match in _NAMED_HOME.finditer(low)):
        return True
    for match in _TITLE.finditer(low):
        after = match[2].strip()
        if not match[1].endswith("'s") and not _PLACE.fullmatch(match[1]) and not _VENUE.fullmatch(after):
            return True
    return any(
        match[2].casefold() in FORENAMES - PLACE_LIKE and not _PLACE.fullmatch(match[1])
        for match in _SURNAME_FIRST.finditer(plain)
    )


def _is_person(word: str, rest: str, *, place_like: bool, any_name: bool) -> bool:
    """Tell whether a word is a forename and no street, pub or station follows."""
    forename = word if word in FORENAMES else word.removesuffix("s")
    known = forename in FORENAMES and (place_like or forename not in PLACE_LIKE)
    unknown_name = any_name and len(word) >= _SHORTEST_NAME and word not in NO_NAMES and not _PLACE.fullmatch(word)
    if not known and not unknown_name:
        return False
    if rest.startswith("'s "):
        owned = _WORD.findall(rest)[1] if len(_WORD.findall(rest)) > 1 else ""
        return owned == "house" or _PLACE.fullmatch(owned) is None
    following = _WORD.findall(rest.partition(",")[0])[:3]
    return not any(_PLACE.fullmatch(after) for after in following)


def _is_named_home(match: re.Match[str], plain: str, *, mixed: bool) -> bool:
    """Tell whether somebody's home is meant, not a building that is called after somebody."""
    before = (match[1] or "").strip()
    written = plain[match.start(2) : match.end()]
    small = written.split()[-1].islower()
    if before in SAINTS_AND_PEERS:
        return False
    if match[2] not in FORENAMES:
        if match[2] in NO_NAMES:
            return False
        private = written.split()[-1] in {"house", "flat", "home", "bedroom", "gaff"}
        return mixed and private and match[3] == "'s" and written[0].isupper()
    if match[3] == "'s":
        return small or written.split()[-1].isupper()
    return small and match[2] + "s" not in SURNAMES_IN_S
