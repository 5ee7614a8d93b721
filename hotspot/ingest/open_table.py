"""What every reader of files gives: a table whose header is known and whose columns are read when asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspot.ingest.distinct_values import says

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

NOTE = "footer or note"
"""Reason for rows such as a total, a source or a note below or between the records."""
REPEATED = "repeated header"
"""Reason for rows that say the header again."""
RAGGED = "ragged row"
"""Reason for rows with another number of fields than the header."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Columns of a table by position, the row number that the user sees for each row, and rows left out by reason."""

    columns: dict[int, pd.Series]
    numbers: np.ndarray
    left_out: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """Count the rows read, those left out included."""
        return len(self.numbers) + sum(map(len, self.left_out.values()))


@dataclass(frozen=True, slots=True)
class OpenTable:
    """A table of a file: name for messages, kind, header, facts for the record, and how its columns are taken."""

    name: str
    kind: str
    header: list[str]
    facts: dict[str, Any]
    take: Callable[[Sequence[int]], Taken]
    mojibake: bool = False
    remarks: list[str] = field(default_factory=list)
    """What the reader must know; complete after `take`."""


def keep_records(
    columns: dict[int, pd.Series], numbers: np.ndarray, left_out: dict[str, np.ndarray], header: Sequence[str]
) -> Taken:
    """Leave out rows that say the header again, and count them."""
    repeated = np.full(len(numbers), bool(columns))
    for position, values in sorted(
        columns.items(), key=lambda column: column[1].dtype == "str"
    ):  # the costly ones last
        if not repeated.any():
            break
        repeated &= says(values, str(header[position]).strip())
    if repeated.any():
        left_out = left_out | {REPEATED: numbers[repeated]}
        columns = {position: values[~repeated].reset_index(drop=True) for position, values in columns.items()}
        numbers = numbers[~repeated]
    return Taken(columns, numbers, {reason: rows for reason, rows in left_out.items() if len(rows)})


__all__ = ["NOTE", "RAGGED", "REPEATED", "OpenTable", "Taken", "keep_records"]
