"""Say how a column of times is written, by the reader of times itself; where that cannot tell, say what is open."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from hotspot.errors import ConfigError, InputError
from hotspot.ingest.times import MISSING, read_times

_LOOKED_AT = 5_000
_TRIED = 500
_BOUNDS = (np.datetime64("1900-01-01", "us"), np.datetime64("2100-01-01", "us"))
_FIRST_TWO = re.compile(r"\s*(\d{1,2})\s?[-/. ]\s?(\d{1,2})\s?[-/. ]\s?(\d{4}|\d\d)(?!\d)")
_EXCEL_DAY = r"[34]\d{4}(?:\.\d+)?"
_MONTHS = 12
_MOST = 0.8
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %H%M")
_DAY_FIRST = ("%d/%m/%y", "%d-%m-%y", "%d.%m.%y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y")
_MONTH_FIRST = ("%m/%d/%y", "%m-%d-%y", "%m.%d.%y", "%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%m %d %Y")
_NAMED = (
    "%d %b %y", "%d-%b-%y", "%d %B %y", "%d-%B-%y", "%d %B %Y", "%d-%B-%Y", "%d %b %Y", "%d-%b-%Y", "%B %d, %Y",
    "%b %d, %Y", "%B %d %Y", "%b %d %Y",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """How the times of a column are written."""

    how: str
    """In words, with the evidence."""
    formats: tuple[str, ...] = ()
    """Formats to be stated, because the reader would not find them out."""
    either: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    """Day first or month first: nothing in the column decides, the user must."""
    problem: str = ""
    """Why the column cannot be read as it is."""
    clock: bool = False
    """Whether most times have a time of day."""
    month_only: bool = False
    month_first: bool = False
    readable: float = 0.0
    """Share of the different values that can be read."""
    reach_years: float = 0.0
    """Years from the first to the last time."""


def how_written(header: str, values: pd.Series) -> Written:
    """
    Say how a column of times is written.

    Parameters
    ----------
    header
        For messages.
    values
        Texts.

    Returns
    -------
    Written
        Without any value of the column.
    """
    distinct = values.dropna().astype("str").str.strip().drop_duplicates()
    distinct = distinct[~distinct.str.casefold().isin(MISSING)]
    distinct = distinct.iloc[:: max(1, -(-len(distinct) // _LOOKED_AT))].reset_index(drop=True)
    if not len(distinct):
        return Written("no times", problem="the column is empty")
    proof, counts = _proof(distinct)
    try:
        return _read(header, distinct, None, proof, counts)
    except InputError as refused:
        return _state(header, distinct, proof, counts, str(refused))


def _read(header: str, distinct: pd.Series, formats: list[str] | None, proof: str, counts: tuple[int, int]) -> Written:
    """Read by the formats, or by the one that the reader finds out; raise where it refuses."""
    times = read_times(distinct, header=header, formats=formats, zone="Europe/London", bounds=_BOUNDS)
    known = ~np.isnat(times.value) & ~times.outside
    readable = float(known.mean())
    if formats is None and readable < _MOST:
        raise InputError(f"only {known.sum()} of {len(distinct)} different values can be read as times.")
    precision = times.precision[known]
    months = bool(len(precision)) and bool((precision == "month").mean() > _MOST)
    found = str(times.facts.get("format", "")) if formats is None else " or ".join(formats)
    words = {"year first, month only": "months", "times": "dates"}.get(found, f"dates, {found}")
    span = times.value[known]
    days_only = bool((span == span.astype("datetime64[D]")).all())
    return Written(
        f"{words}{proof}",
        formats=tuple(formats or ()),
        clock=not days_only and bool(np.isin(precision, ["minute", "hour"]).mean() > 1 / 2),
        month_only=months,
        month_first=counts[1] > 0 and counts[0] == 0,
        readable=readable,
        reach_years=float((span.max() - span.min()) / np.timedelta64(366, "D")) if len(span) else 0.0,
    )


def _proof(distinct: pd.Series) -> tuple[str, tuple[int, int]]:
    """Count the dates that show whether the day or the month comes first."""
    found = [match for text in distinct if (match := _FIRST_TWO.match(str(text)))]
    first = sum(int(match[1]) > _MONTHS for match in found)
    second = sum(int(match[2]) > _MONTHS for match in found)
    if not first and not second:
        return "", (0, 0)
    shown, where = (first, "first") if first else (second, "second")
    return f" ({shown:,} of {len(found):,} different dates have a {where} number above 12)", (first, second)


def _state(header: str, distinct: pd.Series, proof: str, counts: tuple[int, int], refused: str) -> Written:
    """Find formats that read the column, where the reader of times asks for them."""
    lower = distinct.iloc[:: max(1, -(-len(distinct) // _TRIED))].str.casefold().str.split().str.join(" ")
    day, month, named = (_fitting(lower, dates) for dates in (_DAY_FIRST, _MONTH_FIRST, _NAMED))
    best = max((day, month, named), key=lambda option: option[1])
    mixed = counts[0] > 0 and counts[1] > 0
    if bool(distinct.str.fullmatch(_EXCEL_DAY).mean() > _MOST):
        days = _as_excel_days(header, distinct)
        if days is not None:
            return days
    if best[1] < _MOST or mixed:
        reason = "some dates prove the day first, others the month first" if mixed else _short(refused)
        return Written("dates that cannot be read as they are", problem=reason, readable=best[1])
    if best is not named and day[1] == month[1]:
        return Written(
            "dates in which nothing shows whether the day or the month comes first",
            either=(day[0], month[0]), clock=any("%H" in f or "%I" in f for f in day[0]), readable=day[1],
        )  # fmt: skip
    return _read(header, distinct, list(best[0]), proof, counts)


def _as_excel_days(header: str, distinct: pd.Series) -> Written | None:
    """Read numbers as Excel counts days, which must be stated: other systems count from other days."""
    try:
        read = _read(header, distinct, ["excel"], "", (0, 0))
    except (InputError, ConfigError):
        return None
    return replace(read, how="numbers like Excel's days from 1900") if read.readable > _MOST else None


def days_of(header: str, values: pd.Series, written: Written) -> np.ndarray:
    """
    Read the days of a column, to compare it with another.

    Parameters
    ----------
    header
        For messages.
    values
        Texts.
    written
        How they are written.

    Returns
    -------
    ndarray
        datetime64[D], NaT where there is none or it cannot be read.
    """
    try:
        times = read_times(values, header=header, formats=written.formats or None, zone="Europe/London", bounds=_BOUNDS)
    except InputError:
        return np.full(len(values), np.datetime64("NaT", "D"))
    return times.value.astype("datetime64[D]")


def _fitting(texts: pd.Series, dates: tuple[str, ...]) -> tuple[tuple[str, ...], float]:
    """Choose the formats that between them read most; as few as will do."""
    open_rows = np.ones(len(texts), dtype=bool)
    chosen: list[str] = []
    for date in dates:
        for clock in _CLOCKS:
            if not open_rows.any():
                break
            try:
                read = pd.to_datetime(texts[open_rows], format=date + clock, errors="coerce").notna().to_numpy()
            except (ValueError, OverflowError):
                continue
            if read.any():
                chosen.append(date + clock)
                open_rows[np.flatnonzero(open_rows)[read]] = False
    return tuple(chosen), 1 - float(open_rows.mean())


def _short(message: str) -> str:
    """Take the sentence that says what is wrong, without the column and the remedy."""
    text = re.sub(r"^data: column .*?(?:: |' (?=[a-z]))", "", message, count=1)
    return text.split(". ")[0].rstrip(".")
