"""Account for every row: kept, or rejected for one reason that can be looked up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.errors import HotspotError, InputError
from hotspot.ingest.distinct_values import as_text

if TYPE_CHECKING:
    from hotspot.ingest.extract import Extract

UNREADABLE = ("ragged row", "time unreadable", "time out of range", "ends before it starts", "coordinate unreadable",
              "number unreadable")  # fmt: skip
"""Reasons that count against ``max_reject``: the row cannot be understood."""
_FILE_OVERLAP = 0.9
_LEAST_IDS = 100
_PIECE = 100_000
"""Ids turned to text objects at a time."""


@dataclass(slots=True)
class Rejects:
    """Which rows are out, and why; the first reason found stands."""

    extract: Extract
    rejected: np.ndarray
    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)

    @classmethod
    def start(cls, extract: Extract) -> Rejects:
        """Begin with the rows that reading left out."""
        rejects = cls(extract, np.zeros(len(extract.frame), dtype=bool))
        for reason, rows in extract.left_out.items():
            rejects.counts[reason] = int(rows["count"])
            rejects.first[reason] = str(rows["first"])
        return rejects

    def add(self, reason: str, rows: np.ndarray) -> None:
        """Reject rows that no earlier reason has rejected."""
        new = rows & ~self.rejected
        if not new.any():
            return
        self.rejected |= new
        position = int(np.flatnonzero(new)[0])
        self.counts[reason] = self.counts.get(reason, 0) + int(new.sum())
        self.first.setdefault(reason, self.where(position))

    def where(self, position: int) -> str:
        """Name file and data row of a position."""
        file = self.extract.files[int(self.extract.file_of[position])]["name"]
        return f"{file} row {int(self.extract.row_of[position])}"

    def check_share(self, max_reject: float, hints: list[str]) -> None:
        """Raise if too many rows could not be understood."""
        bad = sum(self.counts.get(reason, 0) for reason in UNREADABLE)
        if bad <= max_reject * self.extract.read:
            return
        listed = "; ".join(
            f"{reason}: {self.counts[reason]:,} (first: {self.first[reason]})"
            for reason in UNREADABLE
            if reason in self.counts
        )
        raise InputError(
            f"data: {bad:,} of {self.extract.read:,} rows cannot be read, more than max_reject={max_reject:.0%}. "
            f"{listed}. " + " ".join([*hints, "Mend the extract or its source file, or raise max_reject=."])
        )

    def balance(self, kept: int) -> None:
        """Raise if a row was lost: that is a fault of this library."""
        out = sum(self.counts.values())
        if kept + out != self.extract.read:
            raise HotspotError(
                f"read_incidents lost rows: read {self.extract.read:,}, kept {kept:,}, rejected {out:,}. "
                "Please report it."
            )


def repeated_ids(extract: Extract, rule: str, open_rows: np.ndarray) -> np.ndarray:
    """
    Mark the rows to leave out because another row of the same non-empty id stays.

    Parameters
    ----------
    extract
        With the field ``id`` (and ``outcome`` for that rule).
    rule
        The source's ``[id] duplicates``.
    open_rows
        Rows that are not rejected yet; only these can stand in for one another.

    Returns
    -------
    ndarray of bool
        Aligned with the extract.

    Raises
    ------
    InputError
        If a file repeats most ids of an earlier one, or rows of one id differ and the source has no rule.
    """
    out = np.zeros(len(extract.frame), dtype=bool)
    if "id" not in extract.frame or rule == "keep":
        return out
    ids = as_text(extract.frame["id"])
    filled = ids.notna().to_numpy() & open_rows
    hashes = _hashes(ids, filled)
    rows = np.flatnonzero(filled)
    if not len(rows):
        return out
    filled_in = np.bincount(extract.file_of[rows], minlength=len(extract.files))
    rows = rows[_more_than_once(hashes[rows])]
    ids = ids.iloc[rows]
    codes, distinct = pd.factorize(ids.str.strip() if ids.dtype == "str" else ids)
    if len(distinct) == len(rows):
        return out
    _check_overlap(extract, rows, codes, len(distinct), filled_in)
    preference = np.zeros(len(rows), dtype=np.int64)
    if rule == "outcome" and "outcome" in extract.frame:
        outcome = extract.frame["outcome"].iloc[rows]
        preference = np.where(outcome.notna() & (outcome.astype("str").str.strip() != ""), 0, 1)
    place = np.arange(len(rows)) if rule != "last" else -np.arange(len(rows))
    order = np.lexsort((place, preference, codes))
    stays = np.zeros(len(rows), dtype=bool)
    stays[order[np.append([True], np.diff(codes[order]) != 0)]] = True
    out[rows[~stays]] = True
    if rule == "refuse":
        _check_identical(extract, rows, codes)
    return out


def _hashes(ids: pd.Series, filled: np.ndarray) -> np.ndarray:
    """Hash every id piece by piece, for a table of long ids would be large; blank ids are marked as not filled."""
    hashes = np.zeros(len(ids), dtype=np.uint64)
    for start in range(0, len(ids), _PIECE):
        piece, here = ids.iloc[start : start + _PIECE], slice(start, start + _PIECE)
        if piece.dtype == "str":
            piece = piece.str.strip()
            filled[here] &= (piece != "").to_numpy(dtype=bool)
        hashes[here] = pd.util.hash_array(piece.to_numpy(), categorize=False)
    return hashes


def _more_than_once(hashes: np.ndarray) -> np.ndarray:
    """Mark values that come more than once."""
    order = np.argsort(hashes, kind="stable")
    same = hashes[order][1:] == hashes[order][:-1]
    repeats = np.zeros(len(hashes), dtype=bool)
    repeats[order[1:][same]] = True
    repeats[order[:-1][same]] = True
    return repeats


def _check_overlap(extract: Extract, rows: np.ndarray, codes: np.ndarray, distinct: int, filled_in: np.ndarray) -> None:
    """Raise if a file is an older or newer issue of another: rows without an id would count twice."""
    files = extract.file_of[rows]
    first_file = np.full(distinct, len(extract.files))
    np.minimum.at(first_file, codes, files)
    again = np.bincount(files, weights=first_file[codes] < files, minlength=len(extract.files))
    overlapping = np.flatnonzero((filled_in >= _LEAST_IDS) & (again > _FILE_OVERLAP * filled_in))
    if len(overlapping):
        name = extract.files[int(overlapping[0])]["name"]
        raise InputError(
            f"data: {len(overlapping)} file(s) repeat over nine tenths of the ids of earlier ones (first: {name!r}). "
            "They look like two issues of the same extract: give only one, or rows without an id count twice."
        )


def _check_identical(extract: Extract, rows: np.ndarray, codes: np.ndarray) -> None:
    """Raise if rows with the same id differ in any mapped column."""
    frame = extract.frame.iloc[rows].drop(columns="id").assign(_id=codes)
    different = int(frame.drop_duplicates()["_id"].duplicated().sum())
    if different:
        raise InputError(
            f"data: column {extract.headers['id']!r} repeats ids on rows that differ ({different:,} rows). Say in the "
            "source file what that means: [id] duplicates = 'first', 'last', 'outcome' or 'keep'."
        )
