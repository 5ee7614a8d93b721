# ruff: noqa: T201 - the script prints its tables
"""Print how much the tripwire finds among generated identifiers, and how often it is wrong on real location text.

python tests/anonymise/measure_tripwire.py

Everything in the first table is generated; the second table needs HOTSPOT_REAL_DATA, the folder of real data.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.anonymise import find_identifiers, identifier_headers, is_nhs_number, mentions_in

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[[np.random.Generator], str]

COPIES = 400


def _words(text: str) -> list[str]:
    """Read a list of words that is written as a line."""
    return text.split()


COMMON = _words("Sarah Dave Mohammed Chloe Priya Kev Agnieszka Liam Fatima Gareth Siân Jade Aisha Steve Callum")
RARE = _words(
    "Siobhan Oluwaseun Zofia Tegan Nkechi Marek Thanh Ioana Blodwen Dmitri Kofi Anneliese Rafferty Ewa Jolene"
)
SURNAMES = _words("Okafor Pritchard Nowak Hussain Baker Llewellyn O'Neill Patel Smith-Jones Fernandes Wong Achebe")
PLACES = ["High Street", "the Kings Head", "Canal Road", "Queens Park", "bus station", "Tesco car park", "Mill Lane"]
ROADS = ["Acacia Avenue", "Mill Lane", "Elm Grove", "Station Road", "Heol y Bont", "Queen Street"]
RELATIONS = _words("girlfriend boyfriend ex-partner mum brother mate flatmate sister dad cousin friend husband")


def pick(rng: np.random.Generator, options: list[str]) -> str:
    """Take one of the options."""
    return options[int(rng.integers(len(options)))]


def nhs(rng: np.random.Generator) -> str:
    """Make a number with a right check digit in the range that is kept for tests (999 …)."""
    while True:
        start = f"999{rng.integers(10**6):06d}"
        for digit in range(10):
            if is_nhs_number(f"{start}{digit}"):
                return f"{start}{digit}"


def postcode(rng: np.random.Generator) -> str:
    """Make a postcode of a real area whose unit does not exist (inward codes of ZZ are not in use)."""
    return f"{pick(rng, ['CF', 'M', 'SW', 'LS', 'B', 'EH'])}{rng.integers(1, 29)} {rng.integers(10)}ZZ"


def mobile(rng: np.random.Generator) -> str:
    """Make a mobile number in the range that is kept for drama (07700 900…)."""
    return f"07700900{rng.integers(1000):03d}"


def ni(rng: np.random.Generator) -> str:
    """Make a number of the National Insurance form."""
    first, second = pick(rng, list("ABCEHJLMPRSWXY")), pick(rng, list("ACEHJLMPRSWXYZ"))
    return f"{first}{second}{rng.integers(10**6):06d}{pick(rng, list('ABCD'))}"


def born(rng: np.random.Generator) -> pd.Timestamp:
    """Make a date of birth."""
    return pd.Timestamp("1940-01-01") + pd.Timedelta(days=int(rng.integers(25_000)))


def group(text: str, *sizes: int, by: str = " ") -> str:
    """Write a number in groups."""
    parts, start = [], 0
    for size in sizes:
        parts.append(text[start : start + size])
        start += size
    return by.join(parts)


def column_formats() -> dict[str, tuple[str, list[Make]]]:
    """List the ways in which columns of identifiers are written, each column in one way."""
    return {
        "NHS number": (
            "NHS number",
            [nhs, lambda r: group(nhs(r), 3, 3, 4), lambda r: group(nhs(r), 3, 3, 4, by="-"), lambda r: f"{nhs(r)}.0"],
        ),
        "date of birth": (
            "date, perhaps of birth",
            [
                lambda r: f"{born(r):%d/%m/%Y}",
                lambda r: f"{born(r):%Y-%m-%d}",
                lambda r: f"{born(r):%d.%m.%y}",
                lambda r: f"{born(r):%d-%b-%Y}",
                lambda r: f"{born(r):%d %B %Y}",
                lambda r: f"{born(r):%Y%m%d}",
                lambda r: f"{born(r):%d/%m/%Y} 00:00",
                lambda r: f"{born(r):%B %d, %Y}",
            ],
        ),
        "phone": (
            "phone number",
            [
                mobile,
                lambda r: group(mobile(r), 5, 6),
                lambda r: group(mobile(r), 5, 3, 3),
                lambda r: "+44" + mobile(r)[1:],
                lambda r: "+44 (0)" + group(mobile(r)[1:], 4, 6),
                lambda r: "0044 " + mobile(r)[1:],
                lambda r: group(mobile(r), 5, 3, 3, by="-"),
                lambda r: group(mobile(r), 5, 3, 3, by="."),
                lambda r: mobile(r)[1:],
                lambda r: f"(029) 2018 0{r.integers(1000):03d}",
                lambda r: f"0161 496 0{r.integers(1000):03d}",
            ],
        ),
        "e-mail": (
            "e-mail address",
            [
                lambda r: f"{pick(r, COMMON)}.{r.integers(99)}@example.org",
                lambda r: f"{pick(r, RARE)}{r.integers(99)} (at) example.org",
                lambda r: f"{pick(r, RARE)}{r.integers(99)}[at]example[dot]org",
            ],
        ),
        "full postcode": (
            "full postcode",
            [
                postcode,
                lambda r: postcode(r).lower(),
                lambda r: postcode(r).replace(" ", ""),
                lambda r: f"{r.integers(1, 99)} {pick(r, ROADS)}, {postcode(r)}",
            ],
        ),
        "National Insurance number": (
            "National Insurance number",
            [
                ni,
                lambda r: group(ni(r), 2, 2, 2, 2, 1),
                lambda r: ni(r).lower(),
                lambda r: group(ni(r), 2, 2, 2, 2, 1, by="-"),
            ],
        ),
        "name, common forename": (
            "name",
            [
                lambda r: f"{pick(r, COMMON)} {pick(r, SURNAMES)}",
                lambda r: f"{pick(r, SURNAMES).upper()}, {pick(r, COMMON)}",
                lambda r: f"{pick(r, COMMON)} {r.choice(list('ABCDE'))}. {pick(r, SURNAMES)}",
                lambda r: f"Mrs {pick(r, SURNAMES)} {r.choice(list('ABCDE'))}",
                lambda r: f"{pick(r, COMMON)} {pick(r, SURNAMES)}".upper(),
            ],
        ),
        "name, other forename": (
            "name",
            [
                lambda r: f"{pick(r, RARE)} {pick(r, SURNAMES)}",
                lambda r: f"{pick(r, SURNAMES).upper()}, {pick(r, RARE)}",
                lambda r: f"Mr {pick(r, RARE)} {pick(r, SURNAMES)}",
            ],
        ),
    }


def text_formats() -> dict[str, tuple[str, list[Make]]]:
    """List the ways in which persons are mentioned in location texts."""
    names = COMMON
    return {
        "NHS number in text": (
            "NHS number",
            [lambda r: f"{pick(r, PLACES)} NHS {nhs(r)}", lambda r: f"{group(nhs(r), 3, 3, 4)} {pick(r, PLACES)}"],
        ),
        "phone in text": (
            "phone number",
            [
                lambda r: f"{pick(r, PLACES)} tel {mobile(r)}",
                lambda r: f"call {group(mobile(r), 5, 6)} {pick(r, PLACES)}",
                lambda r: f"{pick(r, PLACES)} +44{mobile(r)[1:]}",
            ],
        ),
        "e-mail in text": (
            "e-mail address",
            [lambda r: f"{pick(r, PLACES)} {pick(r, RARE)}{r.integers(99)}@example.org"],
        ),
        "NI number in text": ("National Insurance number", [lambda r: f"{pick(r, PLACES)} {ni(r)}"]),
        "date of birth in text": (
            "date of birth",
            [
                lambda r: f"{pick(r, PLACES)} DOB {born(r):%d/%m/%Y}",
                lambda r: f"{pick(r, PLACES)}, born {born(r):%d %b %Y}",
                lambda r: f"d.o.b: {born(r):%d.%m.%y} {pick(r, PLACES)}",
            ],
        ),
        "home address in text": (
            "home address",
            [
                lambda r: f"pts home {r.integers(1, 200)} {pick(r, ROADS)}",
                lambda r: f"home address: {r.integers(1, 200)} {pick(r, ROADS)} {postcode(r)}",
                lambda r: f"at home, flat {r.integers(1, 20)}, {r.integers(1, 200)} {pick(r, ROADS)}",
                lambda r: f"Patient's house {postcode(r)}",
                lambda r: f"lives at {r.integers(1, 200)} {pick(r, ROADS)}",
                lambda r: f"Flat {r.integers(1, 20)}, {r.integers(1, 200)} {pick(r, ROADS)}",
                lambda r: f"{r.integers(1, 200)} {pick(r, ROADS)} (pt's own home)",
            ],
        ),
        "relationship in text": (
            "relationship to a person",
            [
                lambda r: f"pt's {pick(r, RELATIONS)} house, {pick(r, PLACES)}",
                lambda r: f"{pick(r, RELATIONS)}s house".upper(),
                lambda r: f"{pick(r, RELATIONS)}\u2019s flat {pick(r, PLACES)}",
                lambda r: f"{pick(r, PLACES)} assaulted by {pick(r, RELATIONS)}",
                lambda r: f"outside her {pick(r, RELATIONS)}s, {pick(r, PLACES)}",
            ],
        ),
        "named person in text, common forename": ("name of a person", person_formats(names)),
        "named person in text, other forename": ("name of a person", person_formats(RARE)),
        "titled person in text": (
            "name of a person",
            [
                lambda r: f"{pick(r, PLACES)} with Mr {pick(r, SURNAMES)}",
                lambda r: f"Mrs. {pick(r, SURNAMES)} {pick(r, PLACES)}",
                lambda r: f"ms {pick(r, SURNAMES)}, {pick(r, PLACES)}".lower(),
            ],
        ),
    }


def second_wordings() -> dict[str, list[Make]]:
    """Mention persons in ways that were first missed; rules were then written for them."""
    return {
        "name of a person": [
            lambda r: f"round at {pick(r, COMMON)}'s, {pick(r, PLACES)}",
            lambda r: f"{pick(r, PLACES)}, {pick(r, COMMON)} {pick(r, SURNAMES)} did it",
            lambda r: f"her fella {pick(r, COMMON)}'s place",
            lambda r: f"{pick(r, COMMON)} & {pick(r, COMMON)} fighting {pick(r, PLACES)}",
            lambda r: f"fight with ex {pick(r, COMMON)} outside {pick(r, PLACES)}",
            lambda r: f"{pick(r, COMMON)}s gaff nr {pick(r, PLACES)}".lower(),
        ],
        "relationship to a person": [
            lambda r: f"round at her {pick(r, RELATIONS)}s",
            lambda r: f"argument between pt and {pick(r, RELATIONS)}",
            lambda r: f"outside {pick(r, RELATIONS)}'s work, {pick(r, PLACES)}",
            lambda r: f"fell out w/ {pick(r, RELATIONS)} {pick(r, PLACES)}",
        ],
        "home address": [
            lambda r: f"lives above shop {r.integers(1, 99)} {pick(r, ROADS)}",
            lambda r: f"pt addr {r.integers(1, 99)} {pick(r, ROADS)}",
            lambda r: f"home - no. {r.integers(1, 99)} {pick(r, ROADS)}",
            lambda r: f"his house ({r.integers(1, 99)}, {pick(r, ROADS)})",
        ],
        "phone number": [lambda r: f"ring mum on {group(mobile(r), 4, 3, 4)}", lambda r: f"t:{mobile(r)}"],
        "date of birth": [lambda r: f"{born(r):%d %b %Y} (dob)", lambda r: f"DoB- {born(r):%d%m%Y}"],
    }


def unforeseen() -> dict[str, list[Make]]:
    """Mention persons in ways that were written down last; no rule was changed for them."""
    return {
        "name of a person": [
            lambda r: f"{pick(r, PLACES)}; arguing w {pick(r, COMMON)}",
            lambda r: f"{pick(r, COMMON)} ({pick(r, RELATIONS)}) punched pt, {pick(r, PLACES)}",
            lambda r: f"boyf {pick(r, COMMON)} pushed her {pick(r, PLACES)}",
            lambda r: f"{pick(r, PLACES)} - {pick(r, COMMON)} {pick(r, SURNAMES)} known to pt",
            lambda r: f"in the flat of {pick(r, COMMON)} {pick(r, SURNAMES)}",
            lambda r: f"party at {pick(r, COMMON)}s, {pick(r, PLACES)}".lower(),
            lambda r: f"attacker was {pick(r, COMMON)} {pick(r, SURNAMES)}",
            lambda r: f"{pick(r, PLACES)} by {pick(r, COMMON)}",
        ],
        "relationship to a person": [
            lambda r: f"walking with {pick(r, RELATIONS)} {pick(r, PLACES)}",
            lambda r: f"{pick(r, RELATIONS)}s new place {pick(r, PLACES)}",
            lambda r: f"{pick(r, PLACES)}, {pick(r, RELATIONS)} present",
            lambda r: f"pt & {pick(r, RELATIONS)} in {pick(r, PLACES)}",
        ],
        "home address": [
            lambda r: f"own front door {r.integers(1, 99)} {pick(r, ROADS)}",
            lambda r: f"outside home at {r.integers(1, 99)} {pick(r, ROADS)}",
            lambda r: f"pt's address is {r.integers(1, 99)} {pick(r, ROADS)}",
            lambda r: f"Apt {r.integers(1, 99)} {pick(r, ROADS)} (home)",
        ],
        "phone number": [
            lambda r: f"{pick(r, PLACES)} mob:{group(mobile(r), 5, 6)}",
            lambda r: f"{mobile(r)[:5]}/{mobile(r)[5:]} {pick(r, PLACES)}",
        ],
        "date of birth": [
            lambda r: f"pt b. {born(r):%d/%m/%y}, {pick(r, PLACES)}",
            lambda r: f"birthdate {born(r):%d/%m/%Y}",
            lambda r: f"DOB: {born(r):%d %m %Y} {pick(r, PLACES)}",
        ],
    }


def person_formats(names: list[str]) -> list[Make]:
    """Name somebody in the ways receptionists do."""
    return [
        lambda r: f"pt's {pick(r, RELATIONS)} {pick(r, names)}'s house",
        lambda r: f"{pick(r, names).lower()}s house {pick(r, PLACES)}",
        lambda r: f"{pick(r, names)}'s flat",
        lambda r: f"{pick(r, PLACES)} attacked by {pick(r, names)} {pick(r, SURNAMES)}",
        lambda r: f"{pick(r, PLACES)} with {pick(r, RELATIONS)} {pick(r, names)}".upper(),
        lambda r: f"outside {pick(r, PLACES)}, suspect {pick(r, names)}",
        lambda r: f"{pick(r, SURNAMES)}, {pick(r, names)} {born(r):%d/%m/%Y}",
        lambda r: f"{pick(r, RELATIONS)} called {pick(r, names)}, {pick(r, PLACES)}",
    ]


HEADERS = {
    "NHS number": "NHS Number|nhs_no|NHSNo|N.H.S. No.|Patient NHS number|nhsnum|New NHS Number",
    "hospital or patient number": "Hospital No|MRN|Patient ID|PAS number|pat_no|Casenote number|District number",
    "date of birth": "DOB|D.O.B.|Date of Birth|birth_date|pt_dob|Birthdate|Patient date of birth|BirthDt",
    "name": "Surname|FORENAME|First Name|Patient name|pat_surname|Victim full name|NOK|Next of kin|Known as name|Alias",
    "phone number": "Mobile|Tel No|Telephone|home_phone|Contact number|Mob No.|Daytime tel|Patient mobile",
    "e-mail address": "Email|E-mail address|Contact email|patient_email|email addr",
    "National Insurance number": "NI number|NINO|National Insurance No|ni_no",
    "home address or postcode": (
        "Home postcode|Patient address|pt_postcode|Address line 1|Postcode of residence|Usual address|"
        "Home Addr|Victim postcode"
    ),
    "general practitioner": "GP|GP Practice|Registered GP|gp code",
    "number of a document": "Passport number|PNC ID|Driving licence no|Custody number",
}
ORDINARY = (
    "Crime ID|Month|Reported by|Falls within|Longitude|Latitude|Location|LSOA code|LSOA name|Crime type|"
    "Last outcome category|Context|Site code (of treatment)|Arrival date and time|Assault date|Assault time|"
    "Assault method|Assault location type|Assault location description|Ward name|Street name|Postcode sector|"
    "Outcode|Hospital|Unit|Units|Call sign|Incident number|Incident type|Easting|Northing|Provider|"
    "Attendance date|Injury mechanism|Injury intent|Premises name|Venue|Beat|Grid ref|Response time|Level|"
    "Borough|Age band|Sex|Ethnic group|Offence code|HO code|Date created|Weapon|Number of suspects|"
    "Birthplace of census|Staff involved|Receiving hospital|Station name|Pub name"
)


def recall() -> list[tuple[str, int, int, int]]:
    """Measure how much is found: columns by kind, texts by mention, headers by kind."""
    rows = []
    for label, (kind, makers) in column_formats().items():
        rng = np.random.default_rng(4)
        found = 0
        for make in makers:
            for _ in range(10):
                values = [make(rng) for _ in range(60)]
                # A third of the column is empty or says that it is not known, as in real extracts.
                frame = pd.DataFrame({"value": [*values, *["not known", "n/a", ""] * 10]})
                found += any(finding.kind == kind for finding in find_identifiers(frame))
        rows.append((f"column of {label}", len(makers), found, 10 * len(makers)))
    for label, (kind, makers) in text_formats().items():
        rng = np.random.default_rng(5)
        texts = [make(rng) for make in makers for _ in range(COPIES)]
        rows.append((label, len(makers), sum(kind in mentions_in(text) for text in texts), len(texts)))
    for label, wordings in (("second wording", second_wordings()), ("unforeseen wording", unforeseen())):
        for kind, makers in wordings.items():
            rng = np.random.default_rng(6)
            texts = [make(rng) for make in makers for _ in range(COPIES)]
            found = sum(kind in mentions_in(text) for text in texts)
            rows.append((f"{label}: {kind}", len(makers), found, len(texts)))
    for kind, names in HEADERS.items():
        headers = names.split("|")
        found = sum(value == kind for value in identifier_headers(headers).values())
        rows.append((f"header of {kind}", len(headers), found, len(headers)))
    return rows


def real_texts(folder: Path) -> dict[str, pd.Series]:
    """Read the different location texts and venue names of the real sets."""
    seattle = folder / "seattle_fire_ems_and_police"
    fire = [pd.read_csv(path, sep="\t", usecols=["location"]) for path in sorted(seattle.rglob("*.tsv"))]
    police = pd.read_csv(seattle / "spd_911_incident_response_2015_sample.csv.gz")
    pubs = folder / "gazetteer_pubs_uk"
    london = pd.concat([pd.read_csv(path, encoding="latin-1") for path in sorted(pubs.rglob("open_pubs_*.csv"))])
    surrey = [pd.read_csv(p, usecols=["Location"]) for p in sorted((folder / "police_uk_surrey").rglob("*-street.csv"))]
    wards = pd.read_parquet(folder / "police_uk_london_api" / "london_wards_crimes_2017.parquet")
    street = next(column for column in wards.columns if "street" in column.lower() and "name" in column.lower())
    names = pd.read_csv(pubs / "pubnames.tsv", sep="\t", header=None, quoting=3, on_bad_lines="skip", dtype=str)
    virginia = pd.read_csv(folder / "virginia_ed_firearm" / "gva_incidents_virginia_2015_2019.csv", dtype=str)
    address = next(column for column in virginia.columns if "address" in column.lower())
    texts = {
        "Seattle fire and EMS dispatch": pd.concat(fire)["location"],
        "Seattle police blocks": police["Hundred.Block.Location"],
        "Surrey police.uk locations": pd.concat(surrey)["Location"],
        "London police.uk streets": wards[street],
        "UK pub names": names[0],
        "London pub names": london[next(c for c in london.columns if "name" in c.lower())],
        "London pub addresses": london[next(c for c in london.columns if "address" in c.lower())],
        "Virginia shooting addresses": virginia[address],
    }
    real = pd.concat([texts["UK pub names"], texts["London police.uk streets"].str.removeprefix("On or near ")])
    real = real.dropna().drop_duplicates()
    phrases = [
        "outside {}", "in {} with friends", "by {}", "o/s the {}", "corner with {}", "punched in {}", "at {}, high st",
        "assaulted by a man by {}", "pt was hit with bottle {}", "walking home from {}", "suspect ran to {}", "fell {}",
    ]  # fmt: skip
    texts["the same in ED phrases"] = pd.Series(
        [phrases[number % len(phrases)].format(name) for number, name in enumerate(real)]
    )
    texts["the same in lower case"] = texts["the same in ED phrases"].str.lower()
    return {name: values.dropna().astype(str).drop_duplicates() for name, values in texts.items()}


def main() -> None:
    """Print the tables."""
    print(f"{'generated':54} {'spellings':>9} {'found':>7} {'of':>7} {'recall':>7}")
    for label, spellings, found, total in recall():
        print(f"{label:54} {spellings:9d} {found:7d} {total:7d} {found / total:7.1%}")
    wrong = identifier_headers(ORDINARY.split("|"))
    print(f"\n{len(wrong)} of {len(ORDINARY.split('|'))} ordinary headers are taken for identifiers")
    folder = os.environ.get("HOTSPOT_REAL_DATA")
    if not folder:
        print("Set HOTSPOT_REAL_DATA for the false alarms on real texts.")
        return
    print(f"\n{'real text (different values)':34} {'texts':>7} {'alarms':>7} {'share':>8} {'column alarms':>14}  kinds")
    for name, values in real_texts(Path(folder)).items():
        kinds: dict[str, int] = {}
        alarms = 0
        for text in values:
            found = mentions_in(text)
            alarms += bool(found)
            for kind in found:
                kinds[kind] = kinds.get(kind, 0) + 1
        columns = [finding.kind for finding in find_identifiers(pd.DataFrame({"text": values}))]
        print(
            f"{name:34} {len(values):7d} {alarms:7d} {alarms / len(values):8.3%} {len(columns):14d}  {kinds} {columns}"
        )
    texts = list(real_texts(Path(folder))["Seattle fire and EMS dispatch"])
    start = time.perf_counter()
    for text in texts:
        mentions_in(text)
    print(f"\n{len(texts) / (time.perf_counter() - start):,.0f} texts a second")


if __name__ == "__main__":
    main()
