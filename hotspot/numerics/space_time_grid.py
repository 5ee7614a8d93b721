"""Lay records of several sources out by place and time: a grid of square cells, each in order of time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

NONE = int(np.iinfo(np.int64).min)
"""An arrival that is not known."""
UNKNOWN_HOSPITAL, NO_HOSPITAL = -1, -2
_MOST_CELLS = 2**20
"""Cells along one axis: their numbers, times 62 sources, stay within 64 bits."""


class Records(NamedTuple):
    """Records in the order of source, cell and start; arrays of shape (n,)."""

    x: Floats
    y: Floats
    start: Ints
    """Start of the interval in which it happened, microseconds."""
    end: Ints
    arrived: Ints
    """Arrival at a hospital, or NONE."""
    kind: Ints
    """Row and column of the table of mismatches."""
    hospital: Ints
    """Number of the hospital, UNKNOWN_HOSPITAL or NO_HOSPITAL."""
    source: Ints
    rank: Ints
    """Place in the sorted ids: breaks ties, so no two are alike."""


class Grid(NamedTuple):
    """Where the records of each source and cell begin."""

    keys: Ints
    """Numbers of the cells that hold records, ascending: (source, column, row)."""
    first: Ints
    """First record of each, and the number of records at the end."""
    west: float
    south: float
    cell: float
    columns: int
    rows: int
    longest: int
    """Length of the longest interval, microseconds."""


def arrange(records: Records, cell: float) -> tuple[Records, Grid, Ints]:
    """
    Put records in the order of source, cell and start.

    Parameters
    ----------
    records
        Records in any order.
    cell
        Side of a cell: the largest distance that will be asked for.

    Returns
    -------
    tuple
        The records in order; the grid; and where each of them stood before.
    """
    west, south = (float(axis.min(initial=math.inf)) if axis.size else 0.0 for axis in (records.x, records.y))
    widest = max((float(np.ptp(axis)) for axis in (records.x, records.y) if axis.size), default=0.0)
    side = max(float(cell), widest / (_MOST_CELLS - 2))
    column = np.floor((records.x - west) / side).astype(np.int64)
    row = np.floor((records.y - south) / side).astype(np.int64)
    columns, rows = int(column.max(initial=0)) + 1, int(row.max(initial=0)) + 1
    key = (records.source * columns + column) * rows + row
    # rank last: equal places and times are then in one order too, whatever the rows' order was
    order = np.lexsort((records.rank, records.start, key))
    longest = int((records.end - records.start).max(initial=0))
    keys, first = np.unique(key[order], return_index=True)
    grid = Grid(keys, np.append(first, len(order)).astype(np.int64), west, south, side, columns, rows, longest)
    return take(records, order), grid, order


def take(records: Records, which: Ints) -> Records:
    """Take some of the records, in the order of their numbers."""
    return Records(**{name: np.ascontiguousarray(values[which]) for name, values in records._asdict().items()})


__all__ = ["NONE", "NO_HOSPITAL", "UNKNOWN_HOSPITAL", "Grid", "Records", "arrange", "take"]
