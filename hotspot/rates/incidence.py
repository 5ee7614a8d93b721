"""Give rates per population, with exact limits, and the rates smoothed by their precision."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_columns, require_positive, require_unique_index
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.numerics.empirical_bayes import rate_moments, shrunken_rates
from hotspot.numerics.poisson_limits import poisson_limits
from hotspot.record import note

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

TINY_POPULATION = 50
"""Below this, one event moves a rate by more than 20 per 1,000."""


def incidence_rate(
    counts: pd.DataFrame,
    *,
    of: str,
    population: str = "population",
    per: float = 1_000,
    years: float = 1,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """
    Compute the rate of events per population and year, with exact Poisson limits.

    Parameters
    ----------
    counts
        AreaCounts: one row per area.
    of
        Column of counts, such as ``n_police`` or ``n``. Missing counts (no coverage) give missing rates, never 0.
    population
        Column of people at risk. Areas where it is missing or 0 have no rate.
    per
        People the rate is expressed for.
    years
        Length of the period the counts cover.
    confidence
        Of the limits, between 0 and 1.

    Returns
    -------
    DataFrame
        Indexed like ``counts``: ``rate``, ``rate_lower``, ``rate_upper``, events per ``per`` people per year.

    Raises
    ------
    InputError
        A column is missing, is not numbers, or has negative or infinite values.
    ConfigError
        ``per``, ``years`` or ``confidence`` is out of range.

    Warns
    -----
    HotspotWarning
        Areas without population, areas with fewer than 50 people, a period that is not whole years.

    Notes
    -----
    rate = events / (population · years) · per. The limits are Garwood's: they hold the mean of a Poisson count at
    least as often as stated. They describe chance only, not missing records or a wrong population; usual residents
    are not who is there on a Saturday night, so that town centres look extreme.

    References
    ----------
    Garwood, F. (1936). Fiducial limits for the Poisson distribution. Biometrika 28, 437-442.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> counts = pd.DataFrame({"n": [10, 0], "population": [1000, 2000]}, index=["A", "B"])
    >>> hs.incidence_rate(counts, of="n").round(2)
       rate  rate_lower  rate_upper
    A  10.0         4.8       18.39
    B   0.0         0.0        1.84
    """
    if not (isinstance(confidence, float) and 0 < confidence < 1):
        raise ConfigError(f"confidence: {confidence!r} must lie between 0 and 1, such as 0.95.")
    events, exposure = _events_and_exposure(counts, of, population, per, years)
    lower, upper = poisson_limits(events, confidence)
    note(
        "incidence_rate", **_facts(events, exposure, of, population, per, years),
        tiny_population=int(np.sum(exposure < TINY_POPULATION * years)), confidence=confidence, limits="exact Poisson",
    )  # fmt: skip
    return pd.DataFrame(
        {"rate": events / exposure * per, "rate_lower": lower / exposure * per, "rate_upper": upper / exposure * per},
        index=counts.index,
    )


def empirical_bayes(
    counts: pd.DataFrame, *, of: str, population: str = "population", per: float = 1_000, years: float = 1
) -> pd.DataFrame:
    """
    Smooth rates towards the overall rate, the more the smaller the population.

    Parameters
    ----------
    counts, of, population, per, years
        As for `incidence_rate`.

    Returns
    -------
    DataFrame
        Indexed like ``counts``: ``eb_rate``, events per ``per`` people per year; missing where the count or the
        population is.

    Raises
    ------
    InputError, ConfigError
        As for `incidence_rate`.

    Warns
    -----
    HotspotWarning
        As for `incidence_rate`.

    Notes
    -----
    m + C / (C + m / b_i) · (r_i - m) with m the overall rate and C = max(0, s² - m / mean(b)) the variance of the
    true rates, both over the areas that have a rate. Where C comes out as 0 chance explains all differences and
    every area gets m. A smoothed rate is a better guess of the risk, not a count of what happened: show it beside it.

    References
    ----------
    Marshall, R. J. (1991). Mapping disease and mortality rates using empirical Bayes estimators. JRSS C 40, 283-294.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> counts = pd.DataFrame({"n": [2, 30, 80], "population": [100, 2000, 10_000]}, index=["A", "B", "C"])
    >>> hs.empirical_bayes(counts, of="n").round(2)
       eb_rate
    A     9.85
    B    12.35
    C     8.18
    """
    events, exposure = _events_and_exposure(counts, of, population, per, years)
    rated = np.isfinite(events) & np.isfinite(exposure)
    smooth = np.full(len(events), np.nan)
    between = None
    if rated.any():
        smooth[rated] = shrunken_rates(events[rated], exposure[rated]) * per
        between = max(0.0, rate_moments(events[rated], exposure[rated])[1]) * per**2
    facts = _facts(events, exposure, of, population, per, years)
    note("empirical_bayes", **facts, method="Marshall, global", variance_between=between)
    return pd.DataFrame({"eb_rate": smooth}, index=counts.index)


def _column(counts: pd.DataFrame, name: str) -> Floats:
    """Return a column as floats, missing as NaN; refuse what is no count."""
    column = counts[name]
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_complex_dtype(column.dtype):
        raise InputError(f"counts[{name!r}]: holds {column.dtype}, not numbers. Convert it first.")
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.flatnonzero((values < 0) | np.isinf(values))
    if len(wrong):
        raise InputError(
            f"counts[{name!r}]: {len(wrong)} of {len(values)} values are negative or infinite "
            f"(first in row {wrong[0]}). Mend the data; unknown is missing."
        )
    return values


def _events_and_exposure(
    counts: pd.DataFrame, of: str, population: str, per: float, years: float
) -> tuple[Floats, Floats]:
    """Check the input, warn of what makes rates doubtful, and give events and person-years (NaN: none)."""
    if not isinstance(counts, pd.DataFrame):
        raise InputError(f"counts: give a frame with one row per area, not {type(counts).__name__}.")
    require_positive(per, "per", "people")
    require_positive(years, "years")
    require_columns(counts, [of, population], "counts")
    require_unique_index(counts, "counts")
    events, people = _column(counts, of), _column(counts, population)
    without = int(np.sum(~(people > 0)))
    if without:
        warnings.warn(
            f"{without} of {len(people)} areas have no population in {population!r}: their rates are missing.",
            HotspotWarning,
            stacklevel=3,
        )
    tiny = int(np.sum((people > 0) & (people < TINY_POPULATION)))
    if tiny:
        warnings.warn(
            f"{tiny} of {len(people)} areas have fewer than {TINY_POPULATION} people in {population!r}: their rates "
            f"say little. Look at the limits, or at empirical_bayes.",
            HotspotWarning,
            stacklevel=3,
        )
    broken = int(np.sum(events[np.isfinite(events)] % 1 > 0))
    if broken:
        warnings.warn(
            f"{broken} of {len(events)} values in {of!r} are not whole. Limits of apportioned counts are approximate; "
            f"and if these are rates already, a rate of them is wrong.",
            HotspotWarning,
            stacklevel=3,
        )
    if not math.isclose(years, round(years), abs_tol=1e-9) or round(years) == 0:
        warnings.warn(
            f"years: {years:g} is not whole. Violence has seasons: a rate per year from part of one is not comparable "
            f"with others.",
            HotspotWarning,
            stacklevel=3,
        )
    return events, np.where(people > 0, people, np.nan) * years


def _facts(events: Floats, exposure: Floats, of: str, population: str, per: float, years: float) -> dict[str, object]:
    """Collect choices and counts for the record."""
    rated = np.isfinite(events) & np.isfinite(exposure)
    overall = float(events[rated].sum() / exposure[rated].sum() * per) if rated.any() else None
    return {
        "of": of, "population": population, "per": float(per), "years": float(years), "areas": len(events),
        "rated": int(rated.sum()), "missing_count": int(np.isnan(events).sum()),
        "without_population": int(np.isnan(exposure).sum()), "overall_rate": overall,
    }  # fmt: skip
