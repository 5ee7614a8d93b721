"""Model counts by month: level, trend, season and the breaks of recording."""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.numerics.poisson_regression import PoissonFit, fit_poisson, serial_correlation
from hotspot.temporal.month_series import read_breaks

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd

    from hotspot.temporal.month_series import Months

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

FEWEST = 12
"""Months without which there is no trend."""
_FEWEST_FOR_SEASON = 24
_FEWEST_BESIDE_A_BREAK = 3
_STRANGE = -3.0
_STEEPEST = 20.0
"""Log ratio beyond which an estimate is one of no events at all."""


class MonthModel(NamedTuple):
    """A fitted model of the months in use, in the order of time."""

    fit: PoissonFit
    X: Floats
    months: Ints
    """Calendar months, 0 is January."""
    season: bool
    breaks: list[pd.Period]
    serial: float


def fit_months(
    series: Months, of: str, *, season: bool | None, breaks: Sequence[str | pd.Period], said: tuple[bool, bool]
) -> MonthModel:
    """
    Fit log-linear counts: level, trend by year, calendar months, and a step at each break.

    Parameters
    ----------
    series
        Months; those in use are fitted.
    of
        What messages call the column.
    season
        None: with the season where there are two of every calendar month.
    breaks
        First month of each new way of recording.
    said
        Whether the user said when recording began, and when it ended; if not, the first or last month is looked at.

    Returns
    -------
    MonthModel

    Raises
    ------
    ConfigError
        A break is no month, or leaves fewer than three months beside it.
    InputError
        Too few months, or too few events in them.

    Warns
    -----
    HotspotWarning
        The first or last month is far lower than the others let one expect.
    """
    order = np.argsort(series.period.asi8[series.use], kind="stable")
    rows = np.flatnonzero(series.use)[order]
    if len(rows) < FEWEST:
        raise InputError(
            f"counts: {of!r} has {len(rows)} whole month(s) with a count ({int(series.partial.sum())} partial left "
            f"out); a trend needs {FEWEST}, and 24 to be told from the season."
        )
    at, n = series.period.asi8[rows], series.n[rows]
    calendar = np.asarray(series.period.month, dtype=np.int64)[rows] - 1
    steps = _read_breaks(breaks, at, n, of)
    with_season = _with_season(season, calendar, n, of)
    X = _design(at, calendar, with_season, [step.ordinal for step in steps])
    fit = _fit(X, n, series.exposure[rows], of)
    serial = serial_correlation(X, n, fit.expected, at)
    for row, known, which in ((0, said[0], "since"), (len(rows) - 1, said[1], "until")):
        if not known and _looks_partial(X, n, series.exposure[rows], row):
            warnings.warn(
                f"counts: {series.period[rows[row]]} has far fewer {of!r} than the other months let one expect. If it "
                f"is not complete, say {which}= to leave it out: a partial month looks like a fall.",
                HotspotWarning, stacklevel=4,
            )  # fmt: skip
    return MonthModel(fit, X, calendar, with_season, steps, serial)


def _read_breaks(breaks: Sequence[str | pd.Period], at: Ints, n: Floats, of: str) -> list[pd.Period]:
    """Read the breaks in the order of time; refuse those with too little beside them."""
    steps = sorted(read_breaks(breaks))
    if len(set(steps)) < len(steps):
        raise ConfigError("breaks: a month stands more than once.")
    edges = [-np.inf, *(step.ordinal for step in steps), np.inf]
    parts = [n[(at >= low) & (at < high)] for low, high in pairwise(edges)]
    if steps and min(map(len, parts)) < _FEWEST_BESIDE_A_BREAK:
        raise ConfigError(
            f"breaks: each way of recording needs {_FEWEST_BESIDE_A_BREAK} months with counts; the parts have "
            f"{', '.join(str(len(part)) for part in parts)}."
        )
    if any(part.sum() == 0 for part in parts):
        raise InputError(f"counts: {of!r} has no events{' on one side of a break' if steps else ''}.")
    return steps


def _with_season(season: bool | None, calendar: Ints, n: Floats, of: str) -> bool:  # noqa: FBT001 - private
    """Decide whether calendar months can differ."""
    there = np.bincount(calendar, minlength=12)
    events = np.bincount(calendar, weights=n, minlength=12)
    able = bool(len(n) >= _FEWEST_FOR_SEASON and there.min() > 1 and events.min() > 0)
    if season and not able:
        raise InputError(
            f"counts: {of!r} cannot tell the season: it needs each calendar month twice, with events. "
            f"{int((there <= 1).sum())} are there less often, {int((events == 0).sum())} without events."
        )
    return able if season is None else season


def _design(at: Ints, calendar: Ints, season: bool, breaks: Sequence[int]) -> Floats:  # noqa: FBT001 - private
    """Give level, years from the middle, calendar months but the first, and the months from each break on."""
    years = (at - (at[0] + at[-1]) / 2.0) / 12.0
    columns = [np.ones(len(at)), years]
    if season:
        columns += [(calendar == month).astype(np.float64) for month in range(1, 12)]
    return np.column_stack([*columns, *((at >= start).astype(np.float64) for start in sorted(breaks))])


def _fit(X: Floats, n: Floats, exposure: Floats, of: str) -> PoissonFit:
    """Fit, and refuse what has no estimate."""
    if np.linalg.matrix_rank(X) < X.shape[1] or len(n) <= X.shape[1]:
        raise InputError(f"counts: {of!r} has too few months for its season and breaks to be told from the trend.")
    try:
        fit = fit_poisson(X, n, exposure)
    except np.linalg.LinAlgError:
        fit = None
    if fit is None or not np.isfinite(fit.coefficients).all() or np.abs(fit.coefficients[1:]).max() > _STEEPEST:
        raise InputError(f"counts: {of!r} has too few events ({n.sum():g}) for a trend: the estimate is infinite.")
    return fit


def _looks_partial(X: Floats, n: Floats, exposure: Floats, row: int) -> bool:
    """Tell whether a month is far lower than the model of all the others lets one expect."""
    others = np.arange(len(n)) != row
    if np.linalg.matrix_rank(X[others]) < X.shape[1] or others.sum() <= X.shape[1] or n[others].sum() == 0:
        return False
    try:
        fit = fit_poisson(X[others], n[others], exposure[others])
    except np.linalg.LinAlgError:
        return False
    mean = float(np.exp(X[row] @ fit.coefficients) * exposure[row])
    variance = fit.dispersion * (mean + mean**2 * float(X[row] @ fit.covariance @ X[row]))
    return bool((n[row] - mean) / np.sqrt(variance) < _STRANGE)


__all__ = ["FEWEST", "MonthModel", "fit_months"]
