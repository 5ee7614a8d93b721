"""Read headers: what a column's name says of its meaning, by the built-in sources' headers and the words of others."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from hotspot.ingest.extract import squash
from hotspot.ingest.mapping import builtin_sources, read_source

KNOWN, STRONG, WEAK, NOTHING = 3, 2, 1, 0
"""How much a header says: a built-in source has it, its words are clear, its words allow it, nothing."""

_ELSEWHERE = frozenset({("provider", "locationtype"), ("category", "outcomeofvisit")})
_WHAT = r"(?:incident|crime|offen[cs]e|call|event|asb|report|complaint|job|fire|problem|case|primary|charge|nibrs|ucr)"
_WHERE = r"(?:location|place|premises?|property|scene|venue|site|locus|loc)"
_HAPPENED = r"(?:assault|incident|injury|crime|offen[cs]e|event|attack|call|accident)"
_POINT = rf"(?:{_HAPPENED}|{_WHERE}|geo|point|geometry|grid|os|bng)"
_NAMES: dict[str, tuple[tuple[int, str], ...]] = {
    "id": (
        (STRONG, (rf"(?:{_WHAT}|cad|record|attendance|episode|log|row|dr|ir|occurrence|unique|attend)s? "
                 r"(?:id|no|nr|num|number|ref|reference|key|identifier|urn)")),
        (STRONG, r"uid|urn|guid|object ?id|cad|irs number|crime ?(?:no|ref|number)|dr ?no"),
        (WEAK, r"id|reference|ref|key|case|number|record|index|serial(?: number| no)?"),
    ),
    "provider": (
        (STRONG, (r"(?:provider|trust|organi[sz]ation|force|police force|council|local authority|agency"
                 r"|department|ambulance (?:trust|service)|fire (?:and rescue )?service|reporting agency|dept)"
                 r"(?: (?:name|code))?")),
        (STRONG, r"reported by|city or county|city(?: name)?|jurisdiction|bureau|municipality"),
    ),
    "site": (
        (STRONG, (r"(?:(?:treatment|ed|a e|attendance|receiving|hospital|organi[sz]ation) )?(?:site|hospital)"
                 r"(?: (?:code|name|id|identifier))?(?: of treatment)?")),
        (WEAK, r"station(?: (?:name|ground))?|destination(?: hospital)?|depot|unit code"),
    ),
    "category": (
        (STRONG, (rf"(?:initial |final |main |event )?{_WHAT} (?:sub ?)?(?:type|category|class|classification|group"
                 r"|nature|sub ?group|title)")),
        (STRONG, (rf"(?:type|nature|kind|category|class) of (?:the )?{_HAPPENED}|nature|chief complaint"
                 r"(?: description)?|what happened|ho code|injury intent|intent|ampds(?: code)?|determinant")),
        (STRONG, r"event clearance group|initial type group"),
        (WEAK, (rf"{_WHAT}(?: (?:(?:code )?description|code|detail|reason))?|type|category"
                 r"|presenting (?:complaint|problem)"
               r"|reason(?: for (?:attendance|call))?|event clearance (?:sub ?group|description)|description"
               r"|initial type (?:sub ?group|description)|subject|complaint|initial call type|final call type")),
    ),
    "weapon_group": (
        (STRONG, (r"(?:assault|attack|injury) (?:method|mechanism|means)(?: code| description)?|weapons?"
                 r"(?: (?:type|used|group|category|class|code|desc|description))?|mechanism(?: of injury)?")),
        (STRONG, r"method(?: of (?:the )?(?:assault|attack|injury))?|means of attack|(?:type of )?weapon used"),
        (WEAK, r"how|how (?:assaulted|injured|it happened|was .*)|implement|instrument|object used|mechanism.*"),
    ),
    "setting": (
        (STRONG, (rf"(?:{_HAPPENED} )?{_WHERE} (?:type|category|class|group)(?: (?:code|desc|description))?"
                 rf"|(?:type|kind) of (?:{_HAPPENED} )?{_WHERE}|{_WHERE} of (?:the )?{_HAPPENED} (?:type|category)")),
        (STRONG, r"setting|where type|type of place|locale|property type"),
        (STRONG, r"(?:emergency care )?(?:place of (?:injury|assault)|injury place)"),
        (STRONG, r"premises? description"),
        (WEAK, r"location description|place description"),
        (WEAK, r"indoors?(?: or)?(?: outdoors?)?|environment|premises?"),
    ),
    "injury": ((STRONG, r"injur(?:y|ed|ies)(?: (?:flag|yn|y n|caused|sustained))?|any injur(?:y|ies)|with injury"),),
    "domestic": (
        (STRONG, (r"(?:domestic|dv|da)(?: (?:abuse|violence|related|incident|flag|yn|y n|marker|indicator|tag))*"
                 r"|is domestic")),
    ),
    "conveyed": (
        (STRONG, r"(?:patient )?(?:conveyed|transported|conveyance)(?: (?:to hospital|yn|y n|flag|to ed))*"),
    ),
    "longitude": ((STRONG, rf"(?:{_POINT} )*(?:longitude|long|lon|lng)(?: wgs ?84| x)?"),
                  (WEAK, r"x(?: coord(?:inate)?)?|geo x|point x|coord(?:inate)? ?x")),
    "latitude": ((STRONG, rf"(?:{_POINT} )*(?:latitude|lat)(?: wgs ?84| y)?"),
                 (WEAK, r"y(?: coord(?:inate)?)?|geo y|point y|coord(?:inate)? ?y")),
    "easting": ((STRONG, rf"(?:{_POINT} )*(?:eastings?|grid e|gr e)(?: (?:rounded|m|x))*"),
                (WEAK, r"x(?: ?(?:coord(?:inate)?s?|cord))?|e|point x|grid x|geo x|coord(?:inate)? ?x")),
    "northing": ((STRONG, rf"(?:{_POINT} )*(?:northings?|grid n|gr n)(?: (?:rounded|m|y))*"),
                 (WEAK, r"y(?: ?(?:coord(?:inate)?s?|cord))?|n|point y|grid y|geo y|coord(?:inate)? ?y")),
    "grid_reference": ((STRONG, r"(?:os |national |incident )?grid ?ref(?:erence)?|osgr|ngr|os grid reference"),),
    "postcode": (
        (STRONG, (rf"(?:{_HAPPENED}|{_WHERE}|scene)s? (?:of \w+ )?(?:post ?code|pcode|pc|outcode|post ?code sector)"
                 rf"|post ?code of (?:the )?(?:{_HAPPENED}|{_WHERE})")),
        (WEAK, (r"post ?code|post ?code (?:sector|district|area|short|partial)|partial post ?code|pcode|outcode|sector"
               r"|district")),
    ),
    "location_text": (
        (STRONG, (rf"(?:{_HAPPENED} )(?:{_WHERE}|address|street)(?: (?:desc|description|details?|text|free text|name))?"
                 rf"|(?:{_WHERE}|address) (?:of (?:the )?{_HAPPENED}|desc|description|details?|text|free text)")),
        (STRONG, (r"(?:.* )?where exactly|where did it happen|hundred block(?: location)?|block(?: address)?|100 block"
                 r"|exact location|specific location|place of assault description")),
        (WEAK, rf"{_WHERE}(?: (?:name|1|line))?|address|street(?: name)?|where|where .*|road|intersection|block .*"),
    ),
    "severity": ((STRONG, r"severity(?: score)?|harm score|crime harm(?: score| index)?"),),
    "uncertainty_m": ((STRONG, (r"(?:location |gps |spatial |coordinate )?(?:uncertainty|accuracy|precision)"
                               r"(?: m| metres| meters)?")),),
}  # fmt: skip
_RULES = {field: [(strength, re.compile(rule)) for strength, rule in rules if rule] for field, rules in _NAMES.items()}
_AREA = re.compile(
    r".*\b(?:lsoa|msoa|oa|ward|area|code|gss|geoid|tract|block|block group|fips|county|borough|district|beat|sector"
    r"|neighbou?rhood|lad|authority|city|town|parish|zone|(?:lsoa|msoa|oa|wd|lad|ward)\d\dcd)\b.*"
)
_LIVES = re.compile(
    r".*\b(?:home|patients?|pat|pt|resident|residence|residential|domicile|usual|victims?|suspects?|offenders?"
    r"|callers?|gp|persons?|clients?|registered|nok|own)\b.*"
)
_TIME_ROLES = (
    ("none", (r"birth|dob|born|print(?:ed)?|extract(?:ed|ion)?|export(?:ed)?|updated?|modified|amended|closed?"
             r"|clear(?:ed)?|clearance|outcome|discharged?|departed?|departure|left|seen|review(?:ed)?|referr(?:al|ed)|death"
             r"|died|reporting|period|breach|triage|treatment|treated|admi(?:tted|ssion)|validated|due|next|arrest(?:ed)?"
             r"|court|charged?|consultant|decision|response|turnout|mobilis\w+|load(?:ed)?|valid")),
    ("end", r"end|ended|ends|to|until|till|last|latest|finish(?:ed)?"),
    ("scene", r"scene|on ?scene|arriv\w*(?: at)? scene"),
    ("arrival", r"arriv\w*|attendance|attended|attend|present(?:ed|ation|ing)|registration|check ?in|booked in|visit"),
    ("call", r"call|called|calls|dispatch\w*|toc|timestamp"),
    ("received", (r"report\w*|record\w*|receiv\w*|logged|log|created?|creation|entered|entry|notified|notification"
                 r"|submitted|submission|input")),
    ("start", r"start|started|from|begin|began|first|earliest"),
    ("occurrence", (r"assault\w*|incident|offen[cs]e|crime|occur\w*|occurrence|injur\w*|committed|event|happened"
                   r"|attack\w*|fire|shooting|accident|robbery|theft|stabbing|violence")),
    ("bare", r"date|datetime|day|month|time|when|dt|tm|hour|week"),
)  # fmt: skip
_ROLE_RULES = [(role, re.compile(rf"\b(?:{rule})\b")) for role, rule in _TIME_ROLES]
_AGENCIES = {
    "ed": r"a e|ed|emergency department|triage|attendance|attended|nhs|assault (?:method|location)|arrival date|"
          r"arrival date and time|site code of treatment|emergency care|injury (?:date|intent|mechanism)|clinic"
          r"|discharge"
          r"|arriv(?:ed|al)(?! (?:at )?(?:the )?scene)|(?:date|time) of assault|assault (?:date|time)",
    "ambulance": r"ambulance|conveyed|ampds|determinant|chief complaint|crew|nature of call|receiving hospital|ems"
                 r"|vehicle arrived",
    "health": r"patients?|diagnosis|hospital|gp|medical|clinical|health|treatment|admission|admitted|snomed|icd ?10",
    "police": r"crime|crimes|offen[cs]e|police|ho code|nibrs|ucr|force|officer|arrest|beat|clearance|suspects?"
              r"|modus operandi|mo",
    "fire": r"fire|fires|appliance|station ground|irs|pump",
    "local_authority": r"council|asb|antisocial|anti social|complaint|housing|tenancy",
}  # fmt: skip
_AGENCY_RULES = {name: re.compile(rf"\b(?:{rule})\b") for name, rule in _AGENCIES.items()}
_SHORT = {
    "addr": "address", "cat": "category", "cd": "code", "crm": "crime", "desc": "description", "dt": "date",
    "dttm": "date time", "em": "emergency", "emcare": "emergency care", "grp": "group", "inc": "incident",
    "inj": "injury", "loc": "location", "occ": "occurred", "off": "offence", "premis": "premises",
    "recd": "received", "rptd": "reported", "tm": "time", "vict": "victim", "wpn": "weapon",
}  # fmt: skip
"""Abbreviations of headers."""
HEALTH = ("ed", "ambulance", "health")
"""Agencies whose records derive from patients."""


@lru_cache(maxsize=4_096)
def header_words(header: str) -> str:
    """Split a header into lower-case words: at spaces, punctuation and capitals inside a word."""
    text = unicodedata.normalize("NFKC", header)[:200]
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    words = re.sub(r"[\W_]+", " ", text.casefold()).split()
    return " ".join(_SHORT.get(word, word) for word in words)


@lru_cache(maxsize=1)
def _known_headers() -> dict[str, set[str]]:
    """Collect the headers that the built-in sources know for each field."""
    found: dict[str, set[str]] = {}
    for name in builtin_sources():
        for field, headers in read_source(name).columns.headers().items():
            found.setdefault(field, set()).update(
                squash(header) for header in headers if (field, squash(header)) not in _ELSEWHERE
            )
    return found


def says(field: str, header: str) -> int:
    """
    Tell how clearly a header names a field.

    Parameters
    ----------
    field
        A field of ``[columns]`` other than times and area codes.
    header
        As it stands in the file.

    Returns
    -------
    int
        3: a built-in source has this very header of several words; 2: its words are clear; 1: they allow it; 0.
    """
    words = header_words(header)
    own = max((strength for strength, rule in _RULES.get(field, ()) if rule.fullmatch(words)), default=NOTHING)
    if field in {"category", "weapon_group", "setting", "location_text", "id", "provider", "site", "postcode"}:
        known = bool({squash(header), words.replace(" ", "")} & _known_headers().get(field, set()))
        own = max(own, (KNOWN if " " in words else WEAK) if known else NOTHING)
    return own


def names_area(header: str) -> bool:
    """Tell whether a header names a statistical or administrative area."""
    words = header_words(header)
    return _AREA.fullmatch(words) is not None or squash(header) in _known_headers().get("area_code", set())


def says_residence(header: str) -> bool:
    """Tell whether a header speaks of where a person lives or belongs, not of where something happened."""
    return _LIVES.fullmatch(header_words(header)) is not None


def time_role(header: str) -> str:
    """Say of what a header tells the time: start, occurrence, call, received, scene, arrival, end, bare or none."""
    words = header_words(header)
    return next((role for role, rule in _ROLE_RULES if rule.search(words)), "")


def agency_of(headers: list[str], titles: str = "") -> dict[str, list[str]]:
    """
    Find which agencies the headers speak of.

    Parameters
    ----------
    headers
        All headers of the file.
    titles
        More words, such as the file's name.

    Returns
    -------
    dict
        Agency to the headers that speak of it; only those found.
    """
    found: dict[str, list[str]] = {}
    for name, rule in _AGENCY_RULES.items():
        hits = [header for header in headers if rule.search(header_words(header))]
        if hits or (titles and rule.search(header_words(titles))):
            found[name] = hits
    return found


def says_time_of_day(header: str) -> bool:
    """Tell whether a header names a time of day."""
    return re.search(r"\b(?:time|clock|hour|hrs|tm|hhmm)\b", header_words(header)) is not None
