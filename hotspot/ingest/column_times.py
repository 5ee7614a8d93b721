"""Read distinct texts of times by the one order that their whole column proves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hotspot.errors import InputError
from hotspot.ingest.date_order import add_serials, choose, to_times
from hotspot.ingest.local_clock import to_local
from hotspot.ingest.time_texts import DAY, NO_OFFSET, take_apart

if TYPE_CHECKING:
    import pyarrow as pa

    from hotspot.ingest.date_order import Order
    from hotspot.ingest.time_texts import Taken


@dataclass(slots=True)
class Reading:
    """What was read of distinct texts, one entry a text."""

    start: np.ndarray
    """datetime64[us], NaT where nothing was read."""
    precision: np.ndarray
    end: np.ndarray
    """Ends of ranges, else NaT."""
    end_precision: np.ndarray
    missing: np.ndarray
    late: np.ndarray
    """Whether the clock says 24:00."""
    facts: dict[str, object] = field(default_factory=dict)
    cautions: list[str] = field(default_factory=list)

    @classmethod
    def blank(cls, size: int) -> Reading:
        """Make a reading of nothing."""
        return cls(
            start=np.full(size, np.datetime64("NaT", "us")),
            precision=np.full(size, "unknown", dtype=object),
            end=np.full(size, np.datetime64("NaT", "us")),
            end_precision=np.full(size, "unknown", dtype=object),
            missing=np.zeros(size, dtype=bool),
            late=np.zeros(size, dtype=bool),
        )

    def put(self, rows: np.ndarray, other: Reading) -> None:
        """Fill some entries."""
        for name in ("start", "precision", "end", "end_precision", "missing", "late"):
            getattr(self, name)[rows] = getattr(other, name)


def read_by_column(texts: pa.Array, header: str, zone: str) -> Reading:
    """
    Read times by what their whole column proves.

    Parameters
    ----------
    texts
        Distinct tidy texts of the whole column.
    header
        Name of the column for messages.
    zone
        Zone to whose clock times with an offset are moved.

    Returns
    -------
    Reading
        Aligned with the texts.

    Raises
    ------
    InputError
        If the column proves no order, or only some of its times have an offset.
    """
    taken = take_apart(texts)
    reading = Reading.blank(len(texts))
    reading.missing = taken.missing
    if taken.missing.all():
        reading.facts = {"format": "none: no value"}
        return reading
    everything = taken.start.joined(taken.end.at(taken.is_range)) if taken.is_range.any() else taken.start
    order, facts = choose(everything, header)
    reading.facts = facts | {"format_by": "whole column"}
    reading.start, reading.precision = to_times(taken.start, order)
    reading.late = (taken.start.clock == DAY) & ~np.isnat(reading.start)
    if taken.is_range.any():
        _read_ends(reading, taken, order)
    _settle_clocks(reading, taken, header, zone)
    serials = add_serials(reading.start, reading.precision, taken.start)
    if serials:
        reading.facts["excel_days"] = serials
        reading.cautions.append(
            f"column {header!r}: {serials:,} distinct values are Excel's numbers of days among dates. They were read "
            "as days since 1900: check a few against the agency's system."
        )
    return reading


def _read_ends(reading: Reading, taken: Taken, order: Order) -> None:
    """Read the ends of ranges; a time of day before the start belongs to the next day."""
    rows = taken.is_range & ~np.isnat(reading.start)
    ends, precision = to_times(taken.end, order)
    alone = rows & taken.end.of("clock") & taken.end.valid
    day = reading.start.astype("datetime64[D]").astype("datetime64[us]")
    day[reading.late] -= np.timedelta64(1, "D")
    same_day = day[alone] + taken.end.clock[alone].astype("timedelta64[us]")
    ends[alone] = same_day + np.where(same_day < reading.start[alone], np.timedelta64(1, "D"), np.timedelta64(0, "D"))
    precision[alone] = np.where(taken.end.minute[alone], "minute", "hour")
    reading.end[rows], reading.end_precision[rows] = ends[rows], precision[rows]
    unread = rows & np.isnat(ends)
    reading.start[unread], reading.precision[unread] = np.datetime64("NaT"), "unknown"
    reading.facts["ranges"] = int((rows & ~unread).sum())


def _settle_clocks(reading: Reading, taken: Taken, header: str, zone: str) -> None:
    """Move times with an offset to the local clock; where every clock says 00:00 the column holds days."""
    clocks = (taken.start.clock >= 0) & ~np.isnat(reading.start)
    if not clocks.any():
        return
    offsets = taken.start.offset
    given = int((offsets[clocks] != NO_OFFSET).sum())
    if given not in {0, clocks.sum()}:
        raise InputError(
            f"data: column {header!r} has a zone offset in {given} of {int(clocks.sum())} distinct times. "
            "Ask for all times on the local clock, or all with an offset."
        )
    days = not (taken.start.clock[clocks].any() or (taken.end.clock > 0).any())
    if given and not days:
        reading.start[clocks] = _moved(reading.start, offsets, clocks, zone)
        ends = clocks & (taken.end.clock >= 0)
        end_offsets = np.where(taken.end.offset == NO_OFFSET, offsets, taken.end.offset)
        reading.end[ends] = _moved(reading.end, end_offsets, ends, zone)
        reading.facts["offsets"] = "moved to local clock"
        moved = reading.start[clocks]
        days = not taken.is_range.any() and bool((moved == moved.astype("datetime64[D]")).all())
    if days:
        reading.precision[clocks] = "day"
        reading.end_precision[taken.end.clock >= 0] = "day"
        reading.facts["clocks"] = "all 00:00, read as days"


def _moved(stamps: np.ndarray, offsets: np.ndarray, rows: np.ndarray, zone: str) -> np.ndarray:
    """Move some times to the local clock."""
    return to_local(stamps[rows] - offsets[rows].astype("timedelta64[m]"), zone)
