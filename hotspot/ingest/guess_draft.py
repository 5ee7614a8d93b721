"""Keep what has been decided about the columns of a file: mapped, left open, not read, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from hotspot.ingest.guess_labels import Labels
    from hotspot.ingest.guess_times import Written
    from hotspot.ingest.guess_values import Look

SURE, LIKELY, UNSURE = "sure", "likely", "unsure"


@dataclass(frozen=True, slots=True)
class Mapped:
    """A column that was mapped: to which field, how sure that is, and on which evidence."""

    field: str
    header: str
    certainty: str
    """sure (name and values agree), likely (one of them says so) or unsure (check it)."""
    evidence: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """A column that could have been mapped to a field instead, and why it was not."""

    field: str
    header: str
    reason: str


@dataclass(slots=True)
class Draft:
    """What has been decided so far; columns are told by their position."""

    looks: list[Look]
    frame: pd.DataFrame
    agency: str
    """ed, ambulance, police, fire, local_authority or empty."""
    health: bool
    mapped: dict[str, Mapped] = field(default_factory=dict)
    alternatives: list[Alternative] = field(default_factory=list)
    unread: dict[int, str] = field(default_factory=dict)
    """Position of a column to the reason why it is not read; empty: nothing says what it means."""
    used: set[int] = field(default_factory=set)
    questions: list[str] = field(default_factory=list)
    """What only the user can decide, each a sentence."""
    written: dict[str, Written] = field(default_factory=dict)
    labels: dict[str, Labels] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    """Field to the value that all rows get, such as category = "assault"."""

    def open_looks(self) -> list[Look]:
        """List the columns about which nothing has been decided."""
        return [look for look in self.looks if look.position not in self.used and look.position not in self.unread]

    def values(self, look: Look) -> pd.Series:
        """Give the values of a column."""
        return self.frame.iloc[:, look.position]

    def take(self, name: str, look: Look, certainty: str, evidence: str) -> None:
        """Map a column to a field."""
        self.mapped[name] = Mapped(name, look.header, certainty, f"{evidence}; {_filled(look)}")
        self.used.add(look.position)

    def offer(self, name: str, look: Look, reason: str) -> None:
        """Leave a column as a commented alternative."""
        self.alternatives.append(Alternative(name, look.header, reason))
        self.used.add(look.position)


def certainty_of(strength: int, *, agree: bool) -> str:
    """Say how sure a mapping is, by how clearly the header says it and whether the values agree."""
    if strength >= 2 and agree:  # noqa: PLR2004 - clear words
        return SURE
    return LIKELY if (strength and agree) or strength >= 2 else UNSURE  # noqa: PLR2004 - clear words


def basis(strength: int, what: str) -> str:
    """Say on what a decision rests."""
    return f"name and values: {what}" if strength else f"values only: {what}"


def _filled(look: Look) -> str:
    """Say how much of a column is filled in."""
    if look.filled == look.rows:
        return "filled in every row"
    percent = 100 * look.fill
    return f"{percent:.0f} % filled" if 1 <= percent <= 99 else f"filled in {look.filled:,} of {look.rows:,} rows"  # noqa: PLR2004 - percent
