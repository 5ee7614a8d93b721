"""Guess what labels mean in our vocabulary, by the code lists, maps and words of the built-in sources."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hotspot.anonymise import looks_personal, mentions_in
from hotspot.anonymise.mentions import looks_like_name
from hotspot.ingest.codes import decode
from hotspot.ingest.guess_names import header_words
from hotspot.ingest.mapping import Values, builtin_sources, read_source
from hotspot.ingest.times import MISSING
from hotspot.ingest.versioned_codes import code_lists

if TYPE_CHECKING:
    from collections.abc import Iterable

RARE = 5
"""Labels of health sources in fewer rows are not shown: they may say who it was."""
SHOWN = 60
"""Labels listed for a column, the most frequent first."""
MOST = 400
"""Different labels above which a column is no column of labels."""
_LONGEST = 60
_MONTHS = ("2019-06", "2024-06")
"""Months in which codes with a history are looked up."""
_HALF = 0.5
_LONG_CODE = re.compile(r"\d{5,9}|\d{12,18}")
"""Codes such as those of SNOMED CT, where they come often; ten or eleven digits may be a phone or NHS number."""
_POLICE_WORDS = {
    "homicide": ["homicide*", "murder*", "manslaughter*"],
    "sexual": ["sexual*", "rape*", "indecent*", "sex offen*", "voyeurism"],
    "robbery": ["robber*", "mugging*", "carjack*"],
    "stab_gunshot_penetrating": ["stabbing*", "gunshot*", "shooting*", "person shot"],
    "stalking_harassment": ["stalk*", "harass*", "malicious communication*", "coercive*"],
    "violence_with_injury": [
        "wounding*", "gbh", "abh", "grievous*", "actual bodily*", "assault with injury", "violence with injury",
    ],
    "violence_without_injury": [
        "common assault*", "assault without injury", "violence without injury", "threat*", "intimidation",
    ],
    "assault": ["assault*", "violence", "violent*", "attack*", "fight*", "affray", "battery"],
    "weapons": ["weapon*", "knife", "knives", "firearm*", "gun", "guns", "bladed*"],
    "fire_deliberate": ["deliberate*", "arson fire"],
    "arson_criminal_damage": ["arson*", "criminal damage", "vandal*", "damage*", "graffiti"],
    "burglary": ["burglar*", "break in*", "breaking*"],
    "shoplifting": ["shoplift*"],
    "vehicle_crime": [
        "vehicle theft*", "auto theft*", "car theft*", "theft of vehicle*", "theft from vehicle*", "theft of motor*",
        "theft from motor*", "car prowl*", "vehicle crime", "motor vehicle theft*", "stolen vehicle*",
    ],
    "theft": ["theft*", "larceny*", "steal*", "stolen*", "pickpocket*"],
    "drugs": ["drug*", "narcotic*", "cannabis", "possession of controlled*"],
    "public_order": ["public order", "disorder*", "disturbance*", "drunk*", "riot*"],
    "antisocial_behaviour": [
        "antisocial*", "anti social*", "asb", "nuisance*", "noise*", "litter*", "begging", "loitering", "fly tipping",
    ],
    "health_demand": [
        "aid response", "medic response", "chest pain*", "breathing*", "falls", "fall", "unconscious*", "cardiac*",
        "overdose*", "sick person", "medical*", "seizure*", "stroke", "road traffic collision*", "rtc",
    ],
    "other": [
        "other", "others", "traffic*", "fraud*", "false alarm*", "auto fire alarm", "false call*", "forgery",
        "lost property", "missing*", "accidental*", "road traffic*", "trespass*", "collision*", "welfare*", "alarm*",
    ],
}  # fmt: skip
_ORDER = {
    "police": ("police_uk", "police_nibrs", "police_force"),
    "ed": ("ed_istv", "ed_ecds"),
    "ambulance": ("ambulance", "ems_dispatch"),
    "fire": ("fire",),
    "local_authority": ("local_authority_asb", "licensing"),
}
_LISTS = {
    "ampds": r"\bampds\b|\bdeterminant\b|\bdispatch\b|\bcard\b|\bcall\b|\bcomplaint\b|\bnature\b",
    "home_office": r"\bho\b|\bhoc\b|\bhome office\b|\boffence\b|\bcrime\b",
    "nibrs": r"\bnibrs\b|\bucr\b|\boffense\b",
}
"""The words of a header that speak of a code list: codes such as 9A mean one thing here and another there."""
_TRUTHS = frozenset({"injury", "domestic", "conveyed"})
_NO_WORDS_FOR_CATEGORY = frozenset({"local_authority_asb", "licensing", "fire"})
"""Their words for what happened hold in their own kind of file only."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of a column: what they seem to mean, and those the user must decide."""

    field: str
    known: tuple[tuple[str, str | bool, int], ...]
    """Label, its meaning in our vocabulary, its rows; those that the code list knows are left out."""
    unknown: tuple[tuple[str, int], ...]
    hidden: int
    """Labels not shown: rare ones of health sources, long or personal-looking ones, those beyond the first 60."""
    hidden_rows: int
    codes: str | None
    """The code list that knows most of them."""
    words: dict[str, list[str]]
    """Words that read labels which are not shown."""
    share: float
    """Share of the filled-in rows whose label is understood."""

    @property
    def undecided_rows(self) -> int:
        """Count the rows of shown labels that nobody knows."""
        return sum(rows for _, rows in self.unknown)


def understand(field: str, values: pd.Series, *, header: str, agency: str, health: bool) -> Labels | None:
    """
    Guess what the labels of a column mean.

    Parameters
    ----------
    field
        category, weapon_group, setting, injury, domestic or conveyed.
    values
        The whole column.
    header
        Its header: it may say from which list codes are.
    agency
        Whose file it seems to be, for whose words come first.
    health
        Whether rare labels are hidden.

    Returns
    -------
    Labels or None
        None if the column has too many different values to be one of labels, or none.
    """
    counts = values.dropna().astype("str").value_counts(sort=False)
    rows: dict[str, int] = {}
    for label, n in counts.head(20 * MOST).items():
        tidy = " ".join(str(label).split())
        if tidy.casefold() not in MISSING:
            rows[tidy] = rows.get(tidy, 0) + int(n)
    if not rows or len(rows) > MOST or len(counts) > 20 * MOST:
        return None
    ordered = dict(sorted(rows.items(), key=lambda item: (-item[1], item[0])))
    total = sum(ordered.values())
    results, codes, lists = _meanings(field, header_words(header), ordered, agency)
    known_rows = sum(n for result, n in zip(results, ordered.values(), strict=True) if result is not None)
    known: list[tuple[str, str | bool, int]] = []
    unknown: list[tuple[str, int]] = []
    hidden: list[tuple[str, int, Any]] = []
    coded = (
        _decode(pd.Series(list(ordered), dtype="str"), Values(codes=codes), field) if codes else [None] * len(ordered)
    )
    for (label, n), result, by_code in zip(ordered.items(), results, coded, strict=True):
        if by_code is not None:
            continue
        if (health and n < RARE) or len(known) + len(unknown) >= SHOWN or not _may_be_shown(label, n, result):
            hidden.append((label, n, result))
        elif result is None:
            unknown.append((label, n))
        else:
            known.append((label, result, n))
    words = _words_for(field, [label for label, _, result in hidden if result is not None], lists)
    return Labels(
        field, tuple(known), tuple(unknown), len(hidden), sum(n for _, n, _ in hidden), codes, words, known_rows / total
    )


def _may_be_shown(label: str, rows: int, result: object) -> bool:
    """Tell whether a label may stand in the printed file: short, and like no person."""
    if rows >= RARE and _LONG_CODE.fullmatch(label):
        return True
    if len(label) > _LONGEST or looks_personal(label) or mentions_in(label):
        return False
    return result is not None or not looks_like_name(label)


def _meanings(
    field: str, header: str, labels: dict[str, int], agency: str
) -> tuple[list[Any], str | None, list[dict[str, list[str]]]]:
    """Give each label's meaning, the code list that knows most rows, and the word lists in the order of their use."""
    column, rows = pd.Series(list(labels), dtype="str"), list(labels.values())
    best: tuple[float, str | None, list[Any]] = (_HALF, None, [None] * len(labels))
    if field == "category":
        for name in (name for name in code_lists() if re.search(_LISTS[name], header)):
            found = _decode(column.where(column.str.contains(r"\d"), ""), Values(codes=name), field)
            share = _share(found, rows)
            if share > best[0]:
                best = (share, name, found)
    results = best[2]
    tables = _tables(field, agency)
    for table in tables:
        further = _decode(column, table, field)
        results = [old if old is not None else new for old, new in zip(results, further, strict=True)]
    return results, best[1], [table.words for table in tables if table.words]


def _decode(column: pd.Series, table: Values, field: str) -> list[Any]:
    """Read labels by one table; None where it does not know them, or says that nobody knows."""
    found: list[Any] = [None] * len(column)
    for month in _MONTHS:
        months = np.full(len(column), np.datetime64(month, "M"))
        read = decode(column, table.model_copy(update={"default": None}), months, fallback=None, truth=field in _TRUTHS)
        found = [old if old is not None else new for old, new in zip(found, read.results, strict=True)]
    return found


def _share(results: Iterable[Any], rows: list[int]) -> float:
    """Give the share of rows whose label is known."""
    return sum(n for result, n in zip(results, rows, strict=True) if result is not None) / max(sum(rows), 1)


@lru_cache(maxsize=64)
def _tables(field: str, agency: str) -> tuple[Values, ...]:
    """Give the maps and words of the built-in sources for a field, those of the agency's kind first."""
    own = _ORDER.get(agency, ())
    names = [*own, *(name for name in builtin_sources() if name not in own)]
    tables: list[Values] = []
    for name in names:
        table: Values = getattr(read_source(name), field)
        foreign = field == "category" and name in _NO_WORDS_FOR_CATEGORY and name not in own
        if (table.map or table.words) and not foreign:
            tables.append(table.model_copy(update={"codes": None, "value": None}))
    if field == "category":
        tables.insert(len([name for name in own if _has_labels(name, field)]), Values(words=_POLICE_WORDS))
    return tuple(tables or [Values()])


def _has_labels(name: str, field: str) -> bool:
    """Tell whether a built-in source has a map or words for a field."""
    table: Values = getattr(read_source(name), field)
    return bool(table.map or table.words)


def _words_for(field: str, labels: list[str], lists: list[dict[str, list[str]]]) -> dict[str, list[str]]:
    """Choose the word list that reads most of the labels which are not shown; none if there are no such labels."""
    if not labels or field in _TRUTHS:
        return {}
    column = pd.Series(labels, dtype="str")
    scores = [sum(result is not None for result in _decode(column, Values(words=words), field)) for words in lists]
    if not scores or max(scores) == 0:
        return {}
    return lists[scores.index(max(scores))]
