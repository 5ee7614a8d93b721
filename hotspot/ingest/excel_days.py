"""Turn the numbers by which Excel counts days to times."""

from __future__ import annotations

import numpy as np

FEWEST, MOST = 20_000, 60_000
"""Serial numbers that are taken for dates: October 1954 to April 2064."""
_EPOCHS = {1900: np.datetime64("1899-12-30", "us"), 1904: np.datetime64("1904-01-01", "us")}


def days_to_times(days: np.ndarray, *, first_year: int) -> tuple[np.ndarray, np.ndarray]:
    """
    Turn Excel's days to times.

    Parameters
    ----------
    days
        Days and parts of days, NaN where there is none.
    first_year
        1900 as on Windows, or 1904 as in old workbooks of the Mac.

    Returns
    -------
    ndarray
        datetime64[us], rounded to the second, which is finer than a fraction of six digits; NaT outside
        FEWEST to MOST.
    ndarray of object
        day for a whole number, else minute; unknown outside.

    Notes
    -----
    Excel takes 1900 for a leap year, so that its day 60 does not exist. All days read here lie later, where
    counting from 30 December 1899 makes up for it.
    """
    with np.errstate(invalid="ignore"):
        good = (days >= FEWEST) & (days <= MOST)
    seconds = np.where(good, np.round(np.where(good, days, 0.0) * 86_400.0), 0).astype(np.int64)
    stamps = _EPOCHS[first_year] + seconds.astype("timedelta64[s]").astype("timedelta64[us]")
    precision = np.where(seconds % 86_400 == 0, "day", "minute").astype(object)
    stamps[~good], precision[~good] = np.datetime64("NaT"), "unknown"
    return stamps, precision
