"""Say at which hours records happened: aoristic weights, and the heat clock of hour and weekday."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hotspot.checks import require_choice, require_columns, require_whole
from hotspot.errors import HotspotWarning, InputError
from hotspot.numerics.aoristic_weights import WEEK, sum_by_hour_of_week
from hotspot.record import note
from hotspot.temporal.clock_times import USED, account_of, clock_times, once_each, source_masks

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NIGHT_ENDS = 6
"""The hour at which the day of the night-time economy begins: what is earlier belongs to the evening before."""
_BY = ("hour", "hour-weekday")
_FEW = 0.5
_SAME = 1e-9


def aoristic(
    incidents: pd.DataFrame, by: str = "hour-weekday", *, day_starts: int = 0, weights: str | None = None
) -> pd.DataFrame:
    """
    Add up, for each hour, the shares of the records that happened in it.

    Parameters
    ----------
    incidents
        Incidents with ``occurred_from``, and where they are there ``occurred_to``, ``time_precision``, ``time_flag``,
        ``arrived_at``, ``source`` and ``event_id``. Times are those of the local clock.
    by
        ``"hour"``, or ``"hour-weekday"`` for each hour of each weekday.
    day_starts
        Hour, 0 to 23, at which a weekday begins. With 6, the small hours until 06:00 belong to the day before, so
        that Saturday 02:00 is Friday night.
    weights
        Column of what each record weighs, such as ``"weight"`` for harm; None: each weighs 1.

    Returns
    -------
    DataFrame
        ``aoristic_<source>``, in records (or in the unit of ``weights``); ``aoristic`` where records have no
        ``source``. Where they have an ``event_id``, ``aoristic`` is that of events, each counted once, by its record
        with the shortest interval. Indexed by ``hour``, or by ``weekday`` and ``hour``, in the order of the clock. A
        column adds up to the number of records used. A source of which no record can say the hour is missing.

    Raises
    ------
    ConfigError
        ``by`` or ``day_starts`` is none.
    InputError
        No record can say the hour it happened in, as in data.police.uk, which gives months; a column is missing or
        holds what it should not.

    Warns
    -----
    HotspotWarning
        Fewer than half of a source's records could be used, or some end before they start.

    Notes
    -----
    A record known to have happened between s and e weighs |[s, e] in the hour| / (e - s) in each hour (Ratcliffe and
    McCullagh 1998). It weighs 1 in one hour if s = e, or if the precision is an hour. This spreads what is not
    known evenly: no record says that a bicycle stolen overnight went at 03:00, and a clock of long intervals is flat
    because little is known, not because little differs. See how long the intervals are before reading peaks.

    Left out and counted in the record of the run: times known to the day or month, or with a ``time_flag`` that is
    not ``ok``; intervals of whole days (00:00 to 23:59 is a date in disguise); intervals longer than 7 days; times
    that merely repeat the arrival. Where an end stands before its start the two are swapped. Nothing is shifted to
    UTC.

    References
    ----------
    Ratcliffe, J. H. and McCullagh, M. J. (1998). Aoristic crime analysis. International Journal of Geographical
    Information Science 12, 751-764.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> theft = pd.DataFrame({
    ...     "source": ["police"], "time_precision": ["minute"],
    ...     "occurred_from": pd.to_datetime(["2024-05-03 22:30"]), "occurred_to": pd.to_datetime(["2024-05-04 01:15"]),
    ... })
    >>> hours = hs.aoristic(theft, by="hour")["aoristic_police"]
    >>> hours[hours > 0].round(4).to_dict()
    {0: 0.3636, 1: 0.0909, 22: 0.1818, 23: 0.3636}
    """
    require_choice(by, _BY, "by")
    require_whole(day_starts, "day_starts", 0, 23, such_as=NIGHT_ENDS)
    sums, _ = _sums(incidents, weights, "aoristic", {"by": by, "day_starts": day_starts})
    if by == "hour":
        index: pd.Index = pd.RangeIndex(24, name="hour")
        return pd.DataFrame({name: week.reshape(7, 24).sum(axis=0) for name, week in sums.items()}, index=index)
    return pd.DataFrame({name: np.roll(week, -day_starts) for name, week in sums.items()}, index=_week(day_starts))


def heat_clock(incidents: pd.DataFrame, *, day_starts: int = NIGHT_ENDS) -> pd.DataFrame:
    """
    Count records by weekday and hour, an evening with the small hours that follow it.

    Parameters
    ----------
    incidents
        As for `aoristic`.
    day_starts
        Hour, 0 to 23, at which a weekday begins: with 6, Saturday 02:00 stands under Friday.

    Returns
    -------
    DataFrame
        ``n_<source>``, whole numbers, and ``n`` of linked events where records have an ``event_id``, indexed by
        ``weekday`` and ``hour`` in the order of the clock. ``clock["n_police"].unstack("hour")`` is the picture that
        is usually drawn. Without ``source`` the column is ``n``.

    Raises
    ------
    ConfigError
        ``day_starts`` is none.
    InputError
        As `aoristic`.

    Warns
    -----
    HotspotWarning
        As `aoristic`.

    Notes
    -----
    The numbers are aoristic weights made whole: rounded down, the records that remain given to the hours with the
    largest fractions, so that a column adds up to the number of records used. They are made whole for the release
    gate, which takes columns of sources, ``release(…, tables={"clock": clock[["n_ed"]]})``: a fraction such as 0.1818
    gives away the minutes of a single record. The gate's threshold then holds: a record weighs at most 1 in an hour,
    so that an hour shown as 8 was touched by 8 records or more. For analysis inside the protocol, take `aoristic`.

    Days are not divided by how often they came: over whole years the difference is small, over a few weeks it is not.

    References
    ----------
    Largest remainders: Balinski, M. L. and Young, H. P. (2001). Fair Representation. Brookings.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> late = pd.DataFrame({"source": ["ed"], "occurred_from": pd.to_datetime(["2024-05-04 02:10"])})
    >>> clock = hs.heat_clock(late)["n_ed"]
    >>> clock[clock > 0].to_dict()
    {('Friday', 2): 1}
    """
    require_whole(day_starts, "day_starts", 0, 23, such_as=NIGHT_ENDS)
    sums, used = _sums(incidents, None, "heat_clock", {"day_starts": day_starts})
    whole = {}
    for name, week in sums.items():
        column = "n" + name.removeprefix("aoristic")
        if used[name]:
            whole[column] = pd.array(np.roll(_whole(week, used[name]), -day_starts), dtype="Int64")
        else:
            whole[column] = pd.array([pd.NA] * WEEK, dtype="Int64")
    return pd.DataFrame(whole, index=_week(day_starts))


def _sums(
    incidents: pd.DataFrame, weights: str | None, step: str, facts: dict[str, object]
) -> tuple[dict[str, Floats], dict[str, int]]:
    """Add up the weeks of each source, from Monday 00:00, and count the records used."""
    require_columns(incidents, ["occurred_from", *([weights] if weights else [])], "incidents")
    times, masks = clock_times(incidents), source_masks(incidents)
    weigh = _weights_of(incidents, weights)
    usable = (times["fate"] == USED).to_numpy()
    account = account_of(times, masks)
    note(
        step, **facts, weights=weights or "records", account=account, swapped=int(times["swapped"].sum()),
        hours_long={name or "all": _lengths(times[usable & rows]) for name, rows in masks.items()},
    )  # fmt: skip
    _warn(account, int(times["swapped"].sum()), usable=usable)
    columns = {"_".join(filter(None, ("aoristic", name))): usable & rows for name, rows in masks.items()}
    if "event_id" in incidents and "source" in incidents:
        columns["aoristic"] = once_each(incidents, times)
    micro = {name: times[name].to_numpy().astype("datetime64[us]").astype(np.int64) for name in ("start", "end")}
    sums = {
        name: sum_by_hour_of_week(micro["start"][rows], micro["end"][rows], weigh[rows])
        if rows.any()
        else np.full(WEEK, np.nan)
        for name, rows in columns.items()
    }
    return sums, {name: int(rows.sum()) for name, rows in columns.items()}


def _warn(account: dict[str, dict[str, int]], swapped: int, *, usable: np.ndarray) -> None:
    """Refuse records of which none says the hour, and say where few do."""
    if not usable.any():
        why: dict[str, int] = {}
        for fates in account.values():
            for fate, n in fates.items():
                why[fate] = why.get(fate, 0) + n
        told = ", ".join(f"{n} {fate}" for fate, n in sorted(why.items(), key=lambda item: -item[1])) or "no rows"
        raise InputError(
            f"incidents: none of {len(usable)} row(s) says the hour it happened in ({told}). Months and days have no "
            "hours: ask the provider for times of occurrence, or count by month with count_by_month."
        )
    for name, fates in account.items():
        every, used = sum(fates.values()), fates.get(USED, 0)
        if used < _FEW * every:
            why_not = ", ".join(f"{n} {fate}" for fate, n in fates.items() if fate != USED)
            warnings.warn(
                f"{name}: {used} of {every} records say the hour they happened in; left out: {why_not}. The others may "
                "have happened at other hours.",
                HotspotWarning, stacklevel=4,
            )  # fmt: skip
    if swapped:
        warnings.warn(f"{swapped} record(s) end before they start; the two were swapped.", HotspotWarning, stacklevel=4)


def _weights_of(incidents: pd.DataFrame, weights: str | None) -> Floats:
    """Read what each record weighs."""
    if weights is None:
        return np.ones(len(incidents))
    values = pd.to_numeric(incidents[weights], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~np.isfinite(values) | (values < 0)
    if wrong.any():
        raise InputError(
            f"incidents: column {weights!r} has {int(wrong.sum())} value(s) that are no weights (0 or more), the "
            f"first in row {int(wrong.argmax())}. Weigh every record, or leave out those without a weight."
        )
    return values


def _lengths(times: pd.DataFrame) -> dict[str, float]:
    """Tell how long the intervals are: long ones make a clock flat."""
    hours = (times["end"] - times["start"]).dt.total_seconds() / 3600
    return {} if hours.empty else {"median": round(float(hours.median()), 2), "mean": round(float(hours.mean()), 2)}


def _whole(week: Floats, total: int) -> np.ndarray:
    """Round so that the sum is kept: down, and one more for those with the largest fractions."""
    down = np.floor(week + _SAME)
    fraction = np.where(week - down > _SAME, (week - down).round(9), 0.0)
    more = np.argsort(-fraction, kind="stable")[: total - int(down.sum())]
    down[more] += 1
    return down.astype(np.int64)


def _week(day_starts: int) -> pd.MultiIndex:
    """Label the hours of a week whose days begin at an hour; sorting keeps the order of the clock."""
    hours = [(day_starts + hour) % 24 for hour in range(24)]
    levels: list[Any] = [pd.CategoricalIndex(labels, categories=labels, ordered=True) for labels in (WEEKDAYS, hours)]
    week: pd.MultiIndex = pd.MultiIndex.from_product(levels, names=["weekday", "hour"])
    return week


__all__ = ["NIGHT_ENDS", "WEEKDAYS", "aoristic", "heat_clock"]
