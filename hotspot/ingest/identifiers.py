"""Keep identifiers out while reading: refuse mapped columns that hold them, count persons in location text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.anonymise import (
    Finding,
    find_identifiers,
    find_mentions,
    identifier_headers,
    is_person,
    refuse_identifiers,
)
from hotspot.anonymise.mentions import RELATION
from hotspot.checks import listed
from hotspot.ingest.distinct_values import distinct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from hotspot.ingest.extract import Extract

_CHECKED = ("id", "outcome", "provider", "site", "category", "offence", "weapon_group", "setting", "area_code",
            "severity", "weight", "uncertainty_m")  # fmt: skip
_ENUMERATIONS = ("provider", "site", "offence")
_WRITTEN = ("provider", "site", "category", "offence", "weapon_group", "setting")
"""Fields besides the location text in which somebody may have written about a person."""
_SHOWN = ("provider", "site", "offence", "area_code")
"""Fields whose values are kept as supplied: a provider even names a page and a file."""
_ONE_IS_ENOUGH = frozenset(
    {"NHS number", "phone number", "e-mail address", "National Insurance number", "date of birth"}
)
"""Kinds of which a single one in a location text refuses the extract: their form leaves no doubt."""
_NAME = "name of a person"
_NAME_SHARE = 0.01
_FEWEST_NAMES = 3
"""Names refuse only when they are far more than false alarms, measured at up to 0.22 % of real texts."""
_SELDOM = 10
"""Rows up to which a value may be a slip of the keyboard: one patient's name in a column of hospitals."""
_LABEL_SHARE = 0.1
"""Labels are few, so that one false alarm is a larger share of them."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What the tripwire let through: columns allowed for a stated reason, and mentions of persons in texts."""

    allowed: dict[str, str] = field(default_factory=dict)
    mentions: dict[str, int] = field(default_factory=dict)
    """Kind of mention to number of different location texts."""
    texts: int = 0
    """Different location texts that were looked through."""
    rows: NDArray[np.bool_] | None = None
    """Rows whose location text tells who a person is; None without location text."""
    emptied: dict[str, int] = field(default_factory=dict)
    """Header to number of rows whose value looked like a person and was left empty."""

    def cautions(self) -> list[str]:
        """Say that texts tell who a person is; mere relations ("friends house") are counted, but tell no name."""
        lost = [
            f"column {header!r} has {rows} value(s) that look like a person, among others that do not. They were left "
            "empty. If they are none, say why: allow_identifier={'column': 'reason'}."
            for header, rows in self.emptied.items()
        ]
        persons = {kind: count for kind, count in self.mentions.items() if kind != RELATION}
        if not persons:
            return lost
        counts = listed(f"{kind}: {count:,}" for kind, count in persons.items())
        said = f"of {self.texts:,} different location texts some tell who a person is ({counts})."
        return [*lost, f"{said} They are used in memory and dropped. Ask the provider to write the place only."]


def keep_identifiers_out(extract: Extract, allow: Mapping[str, str] | None, *, health: bool) -> Watched:
    """
    Refuse mapped columns and location texts that hold direct identifiers.

    Parameters
    ----------
    extract
        The mapped columns, location text among them.
    allow
        Header to the reason why it may be read after all.
    health
        Whether the records derive from patients: then a name among providers or offences is taken for one.

    Returns
    -------
    Watched
        What was allowed, and the milder mentions that were only counted.

    Raises
    ------
    DisclosureError
        Naming every column, the kind and the number of values, never a value.
    """
    frame = extract.frame
    headers = identifier_headers(dict.fromkeys(extract.headers.values()))
    fields = [name for name in _CHECKED if name in frame]
    findings = find_identifiers(frame[fields], enumerations=[name for name in _ENUMERATIONS if name in fields])
    written = [name for name in _WRITTEN if name in frame]
    in_texts, rows = find_mentions(frame["location_text"]) if "location_text" in frame else ([], None)
    mentions = [*in_texts, *find_identifiers(frame[written], free_text=written)]
    known = {(finding.column, finding.kind) for finding in findings}
    serious = [f for f in mentions if _is_serious(f) and (f.column, f.kind) not in known]
    named = [Finding(extract.headers[f.column], f.kind, f.count, f.checked) for f in [*findings, *serious]]
    allowed = refuse_identifiers(headers, named, allow=allow)
    texts = max((finding.checked for finding in in_texts), default=0)
    emptied = _empty_persons(extract, allow or {}, health=health)
    return Watched(allowed, {f.kind: f.count for f in in_texts}, texts, rows, emptied)


def _empty_persons(extract: Extract, allow: Mapping[str, str], *, health: bool) -> dict[str, int]:
    """Leave values empty that are one person's among others that are not; too few to refuse the column."""
    emptied = {}
    for name in _SHOWN:
        if name not in extract.frame or extract.headers[name] in allow:
            continue
        codes, found = distinct(extract.frame[name])
        rows = np.bincount(codes[codes >= 0], minlength=len(found))
        most = _SELDOM if health and name in {"provider", "offence"} else 0  # towns are called Max Meadows
        personal = np.array(
            [is_person(str(text), seldom=bool(n <= most)) for text, n in zip(found, rows, strict=True)], dtype=bool
        )
        if personal.any():
            texts = np.array([*found.astype(object).where(~personal, None), None], dtype=object)
            extract.frame[name] = pd.Series(pd.array(texts[codes], dtype="str"), index=extract.frame.index)
            emptied[extract.headers[name]] = int(rows[personal].sum())
    return emptied


def _is_serious(finding: Finding) -> bool:
    """Tell whether what was found in text is beyond doubt a direct identifier."""
    if finding.kind == _NAME:
        share = _NAME_SHARE if finding.column == "location_text" else _LABEL_SHARE
        return finding.count >= _FEWEST_NAMES and finding.count > share * finding.checked
    return finding.kind in _ONE_IS_ENOUGH
