"""Collect what each step chose and counted, so that a run can account for itself."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LOG = logging.getLogger("hotspot")


@dataclass(frozen=True, slots=True)
class Note:
    """One step's choices and counts, as plain JSON values."""

    step: str
    facts: Mapping[str, object]

    def __str__(self) -> str:
        """Give the note as one line of text."""
        return f"{self.step}: " + ", ".join(f"{name} {value}" for name, value in self.facts.items())


_NOTES: ContextVar[tuple[list[Note], ...]] = ContextVar("hotspot_notes", default=())


def note(step: str, /, **facts: object) -> None:
    """
    Report choices and counts of a step: to the log, and to every recording that is open.

    Parameters
    ----------
    step
        The public function that reports, by name.
    **facts
        Plain JSON values (text, numbers, booleans, lists, mappings). Never a value read from a
        record: row numbers, column names and counts only.
    """
    entry = Note(step, facts)
    _LOG.info("%s", entry)
    for notes in _NOTES.get():
        notes.append(entry)


@contextmanager
def recording() -> Iterator[list[Note]]:
    """
    Collect the notes of everything that runs inside the block.

    Yields
    ------
    list of Note
        Grows while the block runs; recordings nest.

    Examples
    --------
    >>> from hotspot.record import note, recording
    >>> with recording() as notes:
    ...     note("kernel_density", bandwidth_m=412)
    >>> str(notes[0])
    'kernel_density: bandwidth_m 412'
    """
    notes: list[Note] = []
    token = _NOTES.set((*_NOTES.get(), notes))
    try:
        yield notes
    finally:
        _NOTES.reset(token)
