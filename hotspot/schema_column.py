"""Say what a declared column is; `hotspot.schema` declares them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Disclosure(StrEnum):
    """What happens to a column at the release gate."""

    PUBLIC = "public"
    """Published as it is."""
    COUNT = "count"
    """Protected by the policy's threshold and rounding for its source."""
    SUM = "sum"
    """The sum of the published parts, never a rounded true total."""
    DERIVED = "derived"
    """Computed by the user's ``analyse`` from protected counts."""
    INTERNAL = "internal"
    """Written in the restricted folder only."""
    NEVER = "never"
    """Record level: never written for others."""


@dataclass(frozen=True, slots=True)
class Column:
    """One declared column: name or stem, frame, dtype, unit, meaning, disclosure kind."""

    name: str
    frame: str
    dtype: str
    meaning: str
    disclosure: Disclosure
    unit: str = ""
    by_source: bool = False
    """Whether ``<name>_<source>`` is declared too."""


UNCONTROLLED = "Not disclosure-controlled: for those inside the information-sharing protocol only"
"""What stands on a picture of exact figures."""

__all__ = ["UNCONTROLLED", "Column", "Disclosure"]
