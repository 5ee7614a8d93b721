"""Keep identifiers out while reading: refuse mapped columns that hold them, count persons in location text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hotspot.anonymise import Finding, find_identifiers, find_mentions, identifier_headers, refuse_identifiers
from hotspot.anonymise.mentions import RELATION
from hotspot.checks import listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from hotspot.ingest.extract import Extract

_CHECKED = ("id", "outcome", "provider", "site", "category", "offence", "weapon_group", "setting", "area_code")
_ENUMERATIONS = ("provider", "site", "offence")
_WRITTEN = ("provider", "site", "category", "offence", "weapon_group", "setting")
"""Fields besides the location text in which somebody may have written about a person."""
_ONE_IS_ENOUGH = frozenset(
    {"NHS number", "phone number", "e-mail address", "National Insurance number", "date of birth"}
)
"""Kinds of which a single one in a location text refuses the extract: their form leaves no doubt."""
_NAME = "name of a person"
_NAME_SHARE = 0.01
_FEWEST_NAMES = 3
"""Names refuse only when they are far more than false alarms, measured at up to 0.22 % of real texts."""
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

    def cautions(self) -> list[str]:
        """Say that texts tell who a person is; mere relations ("friends house") are counted, but tell no name."""
        persons = {kind: count for kind, count in self.mentions.items() if kind != RELATION}
        if not persons:
            return []
        counts = listed(f"{kind}: {count:,}" for kind, count in persons.items())
        said = f"of {self.texts:,} different location texts some tell who a person is ({counts})."
        return [f"{said} They are used in memory and dropped. Ask the provider to write the place only."]


def keep_identifiers_out(extract: Extract, allow: Mapping[str, str] | None) -> Watched:
    """
    Refuse mapped columns and location texts that hold direct identifiers.

    Parameters
    ----------
    extract
        The mapped columns, location text among them.
    allow
        Header to the reason why it may be read after all.

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
    return Watched(allowed, {f.kind: f.count for f in in_texts}, texts, rows)


def _is_serious(finding: Finding) -> bool:
    """Tell whether what was found in text is beyond doubt a direct identifier."""
    if finding.kind == _NAME:
        share = _NAME_SHARE if finding.column == "location_text" else _LABEL_SHARE
        return finding.count >= _FEWEST_NAMES and finding.count > share * finding.checked
    return finding.kind in _ONE_IS_ENOUGH
