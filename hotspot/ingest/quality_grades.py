"""Grade quality indicators against stated thresholds, and tell submitted, partial and missing months apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from hotspot.ingest.quality_indicators import ALL_MONTHS, UNDATED
from hotspot.numerics.poisson_limits import poisson_limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

STRONG, USABLE, WEAK = "strong", "usable", "weak"
NOT_GRADED = "too few to grade"
NOT_APPLICABLE = "not applicable"
NOT_KNOWN = "not known"
FEWEST = 20
"""Records that a share must rest on before it is graded."""
_OURS = "ours"

Group = Literal["item", "place", "time", "artefact", "delivery"]


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where an indicator is strong and where it is still usable."""

    indicator: str
    label: str
    group: Group
    of: str
    """Column with the number of records (or months) that the value rests on."""
    strong: float
    usable: float
    more_is_better: bool = True
    core: bool = False
    """Whether the overall grade rests on it."""
    basis: str = _OURS


_LONDON = "between the 57% of texts placed in London's best hospitals and the 31% mappable in Milwaukee"
_AS_PLACE = "ours, as for the place, which is the scarcest of the three"
THRESHOLDS: tuple[Threshold, ...] = (
    Threshold("date", "Date of the assault", "item", "records", 0.95, 0.80, core=True),
    Threshold("time", "Time of the assault", "item", "records", 0.90, 0.60, core=True),
    Threshold("place", "Place of the assault", "item", "records", 0.60, 0.30, core=True, basis=_LONDON),
    Threshold("weapon", "Weapon or method", "item", "records", 0.90, 0.60, core=True),
    Threshold("all_three", "All three items", "item", "records", 0.60, 0.30, core=True, basis=_AS_PLACE),
    Threshold("location_type", "Type of place", "item", "records", 0.90, 0.60),
    Threshold("description", "Description that says where", "item", "placeable", 0.80, 0.50),
    Threshold("usable_lsoa", "Placed to LSOA or finer", "place", "placeable", 0.60, 0.30, core=True, basis=_LONDON),
    Threshold("at_midnight", "Time of exactly 00:00", "time", "with_clock", 0.05, 0.15, more_is_better=False),
    Threshold("on_hour", "Time on the full hour", "time", "with_clock", 0.35, 0.60, more_is_better=False),
    Threshold("on_half_hour", "Time on the hour or half hour", "time", "with_clock", 0.60, 0.85, more_is_better=False),
    Threshold("same_as_arrival", "Assault at the time of arrival", "time", "with_arrival", 0.05, 0.20,
              more_is_better=False),
    Threshold("after_arrival", "Assault after arrival", "time", "with_arrival", 0.01, 0.05, more_is_better=False),
    Threshold("over_72h", "Assault over 72 hours before", "time", "with_arrival", 0.10, 0.25, more_is_better=False),
    Threshold("first_of_month", "Dated the first of a month", "time", "with_day", 0.07, 0.15, more_is_better=False),
    Threshold("at_hospital", "At the hospital itself", "artefact", "records", 0.05, 0.15, more_is_better=False),
    Threshold("one_place", "All at the one commonest point", "artefact", "with_point", 0.10, 0.25,
              more_is_better=False),
    Threshold("same_time_and_place", "Same time and place as another", "artefact", "with_clock_and_point", 0.05, 0.15,
              more_is_better=False),
    Threshold("names_person", "Text that tells who a person is", "artefact", "records", 0.0, 0.01,
              more_is_better=False),
    Threshold("months_submitted", "Months submitted in full", "delivery", "months", 0.99, 0.75, core=True),
    Threshold("days_to_receipt", "Days from month end to receipt", "delivery", "months", 31, 92, more_is_better=False,
              basis="monthly passes, the national standard; 92 days is the quarter of the statutory feeds"),
)  # fmt: skip
"""Every threshold of the report. Percentages that no source gives are declared ours, to be changed with reason."""

_MOST_CONFIDENT = 0.998
_HALF = 0.5
_WINDOW = 12
_FEWEST_MONTHS = 3
_EMPTY_WEEK = 7
_BY_CHANCE = 0.001


def threshold_table() -> pd.DataFrame:
    """Give the thresholds as a table, by indicator."""
    rows = [
        (t.indicator, t.label, t.strong, t.usable, "at least" if t.more_is_better else "at most", t.core, t.basis)
        for t in THRESHOLDS
    ]
    names = ["indicator", "label", "strong", "usable", "direction", "in the overall grade", "basis"]
    return pd.DataFrame(rows, columns=names).set_index("indicator")


def grade_table(indicators: pd.DataFrame) -> pd.DataFrame:
    """
    Grade every indicator of every provider and month.

    Parameters
    ----------
    indicators
        From `indicator_table`, with the columns of deliveries.

    Returns
    -------
    DataFrame
        Index as given; one column per threshold and ``overall``, the weakest grade of the core indicators.

    Notes
    -----
    Fewer than `FEWEST` records are not graded by share; deliveries are graded whatever the number.
    """
    grades = pd.DataFrame({t.indicator: _graded(indicators, t) for t in THRESHOLDS}, index=indicators.index)
    core = grades[[t.indicator for t in THRESHOLDS if t.core]]
    shares = grades[[t.indicator for t in THRESHOLDS if t.core and t.of != "months"]]
    some = shares.isin([STRONG, USABLE, WEAK]).any(axis=1)
    overall = pd.Series([_weakest(row) for row in core.to_numpy()], index=grades.index)
    # a handful of records that came in time says nothing of how good records are
    grades["overall"] = overall.where(some | (overall != STRONG), NOT_GRADED)
    no_records = indicators["records"].isna().to_numpy()
    grades.loc[no_records, "overall"] = "missing"
    return grades.astype("str")


def _graded(indicators: pd.DataFrame, threshold: Threshold) -> npt.NDArray[np.object_]:
    """Grade one indicator."""
    value = indicators[threshold.indicator].to_numpy(dtype="float64", na_value=np.nan)
    sign = 1.0 if threshold.more_is_better else -1.0
    slack = 1e-12
    result = np.full(len(value), WEAK, dtype=object)
    with np.errstate(invalid="ignore"):
        result[sign * value >= sign * threshold.usable - slack] = USABLE
        result[sign * value >= sign * threshold.strong - slack] = STRONG
    if threshold.of != "months":
        rests_on = indicators[threshold.of].to_numpy(dtype="float64", na_value=0.0)
        result[rests_on < FEWEST] = NOT_GRADED
        result[np.isnan(value)] = NOT_APPLICABLE
        unknown = np.isnan(indicators["place"].to_numpy(dtype="float64", na_value=np.nan))
        if threshold.indicator in {"place", "usable_lsoa"}:
            result[np.isnan(value) & unknown] = NOT_KNOWN
    else:
        result[np.isnan(value)] = NOT_KNOWN if threshold.indicator == "days_to_receipt" else NOT_APPLICABLE
    return result


def _weakest(grades: npt.NDArray[np.object_]) -> str:
    """Give the weakest of the grades that were given."""
    for grade in (WEAK, USABLE, STRONG):
        if grade in grades:
            return grade
    return NOT_GRADED


def add_volumes(indicators: pd.DataFrame) -> pd.DataFrame:
    """
    Compare each month's records with the provider's own usual month.

    Parameters
    ----------
    indicators
        From `indicator_table`.

    Returns
    -------
    DataFrame
        With ``usual``, ``volume_ratio``, ``volume`` (``usual``, ``low``, ``high``, or missing).

    Notes
    -----
    The usual month is the median of the other months in the twelve that end with the month (at the start of
    the series: of the first twelve), where at least 3 have records. ``low`` and ``high``: the exact 99.8% Poisson
    limits of the month's own count leave the usual month out. A season or a true change can do that too.
    """
    table = indicators.copy()
    table["usual"], table["volume_ratio"] = np.nan, np.nan
    table["volume"] = pd.Series(pd.NA, index=table.index, dtype="str")
    for _, rows in _by_provider(table):
        counts = rows["records"].to_numpy(dtype="float64", na_value=np.nan)
        usual = usual_month(counts)
        lower, upper = poisson_limits(np.where(np.isnan(counts), 0, counts), _MOST_CONFIDENT)
        with np.errstate(invalid="ignore"):
            said = np.select([upper < usual, lower > usual], ["low", "high"], default="usual").astype(object)
            ratio = counts / usual
        said[np.isnan(counts) | np.isnan(usual)] = None
        table.loc[rows.index, "usual"] = usual
        table.loc[rows.index, "volume_ratio"] = ratio
        table.loc[rows.index, "volume"] = pd.array(said, dtype="str")
    return table


def usual_month(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Give for each month the median of the other months in its window of twelve; NaN without history."""
    usual = np.full(len(counts), np.nan)
    for position in range(len(counts)):
        start = max(0, position - _WINDOW + 1)
        window = np.arange(start, min(start + _WINDOW, len(counts)))
        others = counts[window[window != position]]
        others = others[~np.isnan(others)]
        if len(others) >= _FEWEST_MONTHS:
            usual[position] = np.median(others)
    return usual


def add_deliveries(
    indicators: pd.DataFrame, day: pd.Series, provider: pd.Series, received: Mapping[str, np.datetime64]
) -> pd.DataFrame:
    """
    Tell submitted, partial and missing months apart, and how long each took to arrive.

    Parameters
    ----------
    indicators
        With volumes.
    day
        Day of each record as a timestamp, missing where only the month is known.
    provider
        Of each record.
    received
        Month to the day on which its records were received; months not named are not known.

    Returns
    -------
    DataFrame
        With ``state`` (submitted, partial, missing; missing in the rows that are no month), ``longest_gap``
        (days), ``days_to_receipt``, ``months`` and ``months_submitted``.

    Notes
    -----
    A month is partial if its records were received before it ended; if it has less than half of the usual
    month and its Poisson limits leave that out; or if a week or more has no record and chance leaves such a gap in
    fewer than 1 of 1,000 months of as many records (days times (1 - gap/days) to the power of the records).
    """
    table = indicators.copy()
    table["longest_gap"] = longest_gaps(day, provider).reindex(table.index)
    label = table.index.get_level_values("month")
    is_month = ~label.isin([ALL_MONTHS, UNDATED])
    starts = np.array([np.datetime64(text, "M") if ok else np.datetime64("NaT") for text, ok in zip(label, is_month,
                       strict=True)], dtype="datetime64[M]")  # fmt: skip
    following = (starts + 1).astype("datetime64[D]")
    length = (following - starts.astype("datetime64[D]")).astype("float64")
    arrived = np.array([received.get(text, np.datetime64("NaT")) for text in label], dtype="datetime64[D]")
    there = table["records"].notna().to_numpy()
    table["days_to_receipt"] = np.where(
        is_month & there & ~np.isnat(arrived), np.maximum((arrived - (following - 1)).astype("float64"), 0), np.nan
    )
    count = table["records"].to_numpy(dtype="float64", na_value=np.nan)
    gap = table["longest_gap"].to_numpy(dtype="float64")
    with np.errstate(invalid="ignore"):
        chance = length * np.power(np.clip(1 - gap / length, 0, 1), count)
        early = arrived < following
        low = (table["volume"] == "low").to_numpy() & (table["volume_ratio"].to_numpy() < _HALF)
        partial = early | low | ((gap >= _EMPTY_WEEK) & (chance < _BY_CHANCE))
    state = np.where(~there, "missing", np.where(partial, "partial", "submitted")).astype(object)
    state[~is_month] = None
    table["state"] = pd.array(state, dtype="str")
    return _summed_deliveries(table, is_month)


def _summed_deliveries(table: pd.DataFrame, is_month: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Sum deliveries up in the row of all months."""
    table["months"], table["months_submitted"] = pd.array([pd.NA] * len(table), dtype="Int64"), np.nan
    for name, rows in _by_provider(table[is_month]):
        key = (name, ALL_MONTHS)
        table.loc[key, "months"] = len(rows)
        table.loc[key, "months_submitted"] = (rows["state"] == "submitted").mean()
        table.loc[key, "days_to_receipt"] = rows["days_to_receipt"].median()
        table.loc[rows.index, "months"] = 1
        table.loc[rows.index, "months_submitted"] = (rows["state"] == "submitted").astype("float64")
    return table


def longest_gaps(day: pd.Series, provider: pd.Series) -> pd.Series:
    """Give the longest run of days without a record in each month of each provider, the month's ends included."""
    known = day.notna()
    days = pd.DataFrame({"provider": provider[known], "day": day[known].to_numpy().astype("datetime64[D]")})
    days = days.drop_duplicates().sort_values(["provider", "day"])
    stamps = days["day"].to_numpy().astype("datetime64[D]")
    months = stamps.astype("datetime64[M]")
    days["month"] = [str(month) for month in months]
    days["in_month"] = (stamps - months.astype("datetime64[D]")).astype("int64")
    days["length"] = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype("int64")
    groups = days.groupby(["provider", "month"], observed=True)
    between = groups["in_month"].diff().sub(1).groupby([days["provider"], days["month"]]).max()
    ends = pd.concat([groups["in_month"].min(), groups["length"].max() - 1 - groups["in_month"].max(), between], axis=1)
    longest: pd.Series = ends.max(axis=1).astype("float64")
    return longest


def _by_provider(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Give each provider's months."""
    label = table.index.get_level_values("month")
    dated = table[~label.isin([ALL_MONTHS, UNDATED])]
    return [(str(name), rows) for name, rows in dated.groupby(level="provider", sort=False)]


def coverage_grid(indicators: pd.DataFrame, source: Mapping[str, str], absent: list[str]) -> pd.DataFrame:
    """
    Give the state of every month of every provider.

    Parameters
    ----------
    indicators
        With deliveries.
    source
        Provider to its source.
    absent
        Providers that were expected and sent nothing.

    Returns
    -------
    DataFrame
        ``source`` and ``provider`` down, months across: submitted, partial or missing.
    """
    label = indicators.index.get_level_values("month")
    state = indicators.loc[~label.isin([ALL_MONTHS, UNDATED]), "state"]
    grid = state.unstack("month")  # noqa: PD010 - the values are words, one per cell
    grid = grid.reindex([*sorted(source, key=lambda name: (source[name], name)), *absent]).fillna("missing")
    keys = [(source.get(name, "expected"), name) for name in grid.index]
    grid.index = pd.MultiIndex.from_tuples(keys, names=["source", "provider"])
    grid.columns.name = "month"
    return grid.sort_index(axis=1)
