"""Recognise a table of counts by area, which is read with read_area_counts and not as records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotspot.ingest.guess_names import header_words, names_area, says_residence

if TYPE_CHECKING:
    from hotspot.ingest.guess_draft import Draft
    from hotspot.ingest.guess_values import Look

_COUNT = re.compile(
    r"\b(?:n|no|count|counts|number|total|incidents?|crimes?|offences?|offenses?|visits?|attendances?|admissions?|calls?"
    r"|referrals?|clients?|people|persons?|reports?|assaults?|shots?|fires?|injur\w+)\b|^(?:19|20)\d\d$"
)
_RATE = re.compile(r"\brates?\b|\bper\b")
_VIOLENT = re.compile(r"violen|assault|firearm|shoot|weapon|robber|stab|injur")
_PERIOD = re.compile(r"\b(?:year|month|period|quarter|week|date)\b")
_POPULATION = re.compile(r"\b(?:population|households?|residents?|area|hectares|age|aged)\b")
_FEW = 1.5
_MOST = 0.9


@dataclass(frozen=True, slots=True)
class CountsTable:
    """The columns of a table of counts."""

    code: str
    code_evidence: str
    n: tuple[str, ...]
    """Columns that could be the count, the likeliest first."""
    rate: tuple[str, ...]
    questions: tuple[str, ...]


def find_counts(draft: Draft) -> CountsTable | None:
    """
    Recognise a table of counts.

    Parameters
    ----------
    draft
        What was decided about the columns.

    Returns
    -------
    CountsTable or None
        None where the rows look like records: a time, a point or a label says what happened in each of them.
    """
    if set(draft.mapped) & {"occurred_from", "arrived_at", "longitude", "easting", "grid_reference", "weapon_group"}:
        return None
    code = _code(draft.looks)
    if code is None:
        return None
    periods = [look for look in draft.looks if _PERIOD.search(header_words(look.header))]
    if code.repeats > _FEW and not periods:
        return None
    numbers = [
        look for look in draft.looks
        if (look.share("count") > _MOST or (look.number is not None and look.number.low >= 0))
        and look not in periods and look is not code and not look.area
        and not _POPULATION.search(header_words(look.header))
    ]  # fmt: skip
    rates = [look for look in numbers if _RATE.search(header_words(look.header))]
    counts = [look for look in numbers if look not in rates and _COUNT.search(header_words(look.header))]
    counts.sort(key=lambda look: ("total" in header_words(look.header), not _VIOLENT.search(header_words(look.header))))
    rates.sort(key=lambda look: not _VIOLENT.search(header_words(look.header)))
    if not counts and not rates:
        return None
    questions = []
    if code.repeats > _FEW:
        questions.append(
            f"each area stands in about {code.repeats:.0f} rows, one for each period: read_area_counts wants one row "
            "per area. Keep the rows of one period, or sum them, before reading."
        )
    if len(counts) > 1:
        questions.append(f"which of {len(counts)} columns is the count? The others stand as comments.")
    where = ", of residence, not of the event" if says_residence(code.header) else ""
    return CountsTable(
        code.header, (f"codes of {code.area}" if code.area else "names of areas") + where,
        tuple(look.header for look in counts), tuple(look.header for look in rates), tuple(questions),
    )  # fmt: skip


def _code(looks: list[Look]) -> Look | None:
    """Find the column of area codes, else of area names."""
    coded = [look for look in looks if look.area and (names_area(look.header) or not look.area.startswith("c"))]
    named = [
        look for look in looks
        if names_area(look.header) and look.number is None and look.share("words") > 1 / 2 and look.distinct > 1
    ]  # fmt: skip
    coded.sort(key=lambda look: look.repeats)
    return next(iter([*coded, *named]), None)
