"""Spread intervals over the clock hours they cover: each weighs one in all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

HOUR = 3_600_000_000
"""Microseconds of an hour."""
WEEK = 168
"""Hours of a week."""
_MONDAY = 72
"""Hours by which the first of January 1970, a Thursday, comes after a Monday."""
_PIECE = 2_000_000
"""Cells held at a time."""


def interval_weights(start: Ints, end: Ints) -> tuple[Ints, Ints, Floats]:
    """
    Give the share of each interval in every clock hour it covers.

    Parameters
    ----------
    start, end
        Microseconds since 1970 by the local clock, ``end >= start``, shape (records,). An interval is half-open: one
        that ends at 23:00 has nothing in the hour from 23:00. One without length lies in the hour of its start.

    Returns
    -------
    record, hour, weight : arrays, shape (cells,)
        Which record, which hour since 1970, and the share of the record there. The shares of a record add up to 1.

    References
    ----------
    Ratcliffe, J. H. and McCullagh, M. J. (1998). Aoristic crime analysis. International Journal of Geographical
    Information Science 12, 751-764.

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.numerics.aoristic_weights import HOUR, interval_weights
    >>> record, hour, weight = interval_weights(np.array([HOUR // 2]), np.array([2 * HOUR]))
    >>> hour.tolist(), weight.round(4).tolist()
    ([0, 1], [0.3333, 0.6667])
    """
    first = start // HOUR
    cells = np.maximum((end - 1) // HOUR - first, 0) + 1
    record = np.repeat(np.arange(len(start), dtype=np.int64), cells)
    before = np.cumsum(cells) - cells
    hour = first[record] + np.arange(len(record), dtype=np.int64) - before[record]
    begins, ends = start[record], end[record]
    overlap = np.minimum(ends, (hour + 1) * HOUR) - np.maximum(begins, hour * HOUR)
    length = ends - begins
    return record, hour, np.where(length > 0, overlap / np.maximum(length, 1), 1.0)


def sum_by_hour_of_week(start: Ints, end: Ints, weight: Floats | None = None) -> Floats:
    """
    Add up the shares of intervals by hour of the week.

    Parameters
    ----------
    start, end
        As for `interval_weights`.
    weight
        What each interval weighs in all, shape (records,); None: 1.

    Returns
    -------
    array, shape (168,)
        From Monday 00:00. The sum is that of the weights.

    Notes
    -----
    Intervals are added in the order of their times, so that the order of rows changes no digit.
    """
    of = np.ones(len(start)) if weight is None else weight
    order = np.lexsort((of, end, start))
    start, end, of = start[order], end[order], of[order]
    done = np.cumsum(np.maximum((end - 1) // HOUR - start // HOUR, 0) + 1) // _PIECE
    total = np.zeros(WEEK)
    for rows in np.split(np.arange(len(start)), np.flatnonzero(np.diff(done)) + 1):
        record, hour, share = interval_weights(start[rows], end[rows])
        total += np.bincount((hour + _MONDAY) % WEEK, weights=share * of[rows][record], minlength=WEEK)
    return total


__all__ = ["HOUR", "WEEK", "interval_weights", "sum_by_hour_of_week"]
