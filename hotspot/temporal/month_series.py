"""Read counts by month: how long each month was, which are whole, and which are known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from hotspot.checks import require_columns, require_unique_index
from hotspot.errors import ConfigError, InputError
from hotspot.temporal.clock import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_MOST_EVENTS = 2**53
AVERAGE_DAYS = 365.2425 / 12
"""Days of an average month."""
_MONTH = r"[1-9]\d{3}-(?:0[1-9]|1[0-2])"


class Months(NamedTuple):
    """Counts by month, in the order of the rows; ``use`` marks the months that are known and whole."""

    period: pd.PeriodIndex
    n: Floats
    days: npt.NDArray[np.int64]
    exposure: Floats
    use: npt.NDArray[np.bool_]
    partial: npt.NDArray[np.bool_]


def read_months(
    counts: pd.DataFrame,
    of: str,
    since: str | pd.Timestamp | None,
    until: str | pd.Timestamp | None,
    weekday_weights: Mapping[str, float] | pd.Series | None,
) -> Months:
    """
    Read a column of counts by month.

    Parameters
    ----------
    counts
        Indexed by month, as text such as ``"2024-01"`` or as periods.
    of
        Column of counts; a missing one is no month without events.
    since, until
        First moment of recording, and the moment at which it ended; months not wholly between them are partial.
    weekday_weights
        What a day of each weekday weighs; None: all alike.

    Returns
    -------
    Months
        ``exposure`` is in average months: 1 is 30.44 average days.

    Raises
    ------
    ConfigError
        ``since``, ``until`` or ``weekday_weights`` is none.
    InputError
        The column is missing or no counts, or the index holds no months.
    """
    require_columns(counts, [of], "counts")
    require_unique_index(counts, "counts")
    period = _periods(counts.index)
    numbers = pd.to_numeric(counts[of], errors="coerce").astype("Float64")
    n: Floats = np.asarray(numbers.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    wrong = (np.isnan(n) & counts[of].notna().to_numpy()) | np.isinf(n) | (n < 0) | (n > _MOST_EVENTS)
    if wrong.any():
        raise InputError(
            f"counts: column {of!r} has {int(wrong.sum())} value(s) that are no counts (0 or more), the first in row "
            f"{int(wrong.argmax())}."
        )
    begins, ends = _moment(since, "since"), _moment(until, "until")
    if begins is not None and ends is not None and begins >= ends:
        raise ConfigError(f"until: {until!r} must come after since={since!r}.")
    partial = np.zeros(len(counts), dtype=bool)
    if begins is not None:
        partial |= np.asarray(period.start_time < begins)
    if ends is not None:
        partial |= np.asarray((period + 1).start_time > ends)
    weight = _day_weights(weekday_weights)
    days = np.asarray(period.days_in_month, dtype=np.int64)
    first = np.asarray(period.start_time.day_of_week, dtype=np.int64)
    # four whole weeks, and the weekdays on which the days after the 28th fall
    extra = [weight[(start + np.arange(length - 28)) % 7].sum() for start, length in zip(first, days, strict=True)]
    exposure = (4.0 * weight.sum() + np.array(extra, dtype=np.float64)) / (weight.mean() * AVERAGE_DAYS)
    return Months(period, n, days, exposure, ~np.isnan(n) & ~partial, partial)


def read_breaks(breaks: Sequence[str | pd.Period]) -> list[pd.Period]:
    """Read the first months of new ways of recording."""
    given: object = breaks
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise ConfigError(f"breaks: give a list of months such as ['2024-04'], not {type(given).__name__}.")
    return [read_month(month, "breaks") for month in breaks]


def read_month(month: str | pd.Period, argument: str) -> pd.Period:
    """Read one month, such as ``"2024-04"``."""
    text = str(month)
    if re.fullmatch(_MONTH, text) is None:
        raise ConfigError(f"{argument}: {text!r} is not a month. Write for example '2024-04'.")
    return pd.Period(text, freq="M")


def _periods(index: pd.Index) -> pd.PeriodIndex:
    """Read an index of months."""
    if isinstance(index, pd.PeriodIndex):
        if index.freqstr != "M":
            raise InputError(f"counts: the index holds periods of {index.freqstr}, not months. Use count_by_month.")
        return index
    texts = pd.Series(index.astype(str))
    strange = ~texts.str.fullmatch(_MONTH).to_numpy(dtype=bool)
    if strange.any():
        raise InputError(
            f"counts: {int(strange.sum())} label(s) of the index are no months, the first in row "
            f"{int(strange.argmax())}. Index the counts by months such as '2024-01', as count_by_month does."
        )
    return pd.PeriodIndex(texts, freq="M")


def _moment(given: str | pd.Timestamp | None, argument: str) -> pd.Timestamp | None:
    """Read a moment of the local clock."""
    if given is None:
        return None
    try:
        moment = pd.Timestamp(given)
    except (ValueError, TypeError) as problem:
        raise ConfigError(f"{argument}: {given!r} is not a date. Write for example '2024-04-01'.") from problem
    if pd.isna(moment) or moment.tzinfo is not None:
        raise ConfigError(f"{argument}: {given!r} must be a date of the local clock, without a time zone.")
    return moment


def _day_weights(given: Mapping[str, float] | pd.Series | None) -> Floats:
    """Read what a day of each weekday weighs, Monday first."""
    if given is None:
        return np.ones(7)
    weights = {str(day): value for day, value in given.items()} if hasattr(given, "items") else {}
    if set(weights) != set(WEEKDAYS) or not all(isinstance(value, Real) for value in weights.values()):
        raise ConfigError(f"weekday_weights: give one number for each of {', '.join(WEEKDAYS)}.")
    values = np.array([float(weights[day]) for day in WEEKDAYS])
    if not np.isfinite(values).all() or (values < 0).any() or not values.sum() > 0:
        raise ConfigError("weekday_weights: must be numbers of 0 or more, not all 0.")
    return values


__all__ = ["AVERAGE_DAYS", "Months", "read_breaks", "read_month", "read_months"]
