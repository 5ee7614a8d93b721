"""Give rates per population, with exact limits, from the events and the people of each area."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hotspot.errors import ConfigError
from hotspot.numerics.poisson_limits import poisson_limits
from hotspot.rates.exposure import FEWEST_PEOPLE, events_and_exposure, facts_of
from hotspot.record import note


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
        Areas without population, areas with fewer than 500 people or with more than twice as
        many people on a workday as residents (if ``workday_population`` is there), a period that is not whole years.

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
    events, exposure = events_and_exposure(counts, of, population, per, years)
    lower, upper = poisson_limits(events, confidence)
    note(
        "incidence_rate", **facts_of(events, exposure, of, population, per, years),
        few_people=int(np.sum(exposure < FEWEST_PEOPLE * years)), confidence=confidence, limits="exact Poisson",
    )  # fmt: skip
    return pd.DataFrame(
        {"rate": events / exposure * per, "rate_lower": lower / exposure * per, "rate_upper": upper / exposure * per},
        index=counts.index,
    )
