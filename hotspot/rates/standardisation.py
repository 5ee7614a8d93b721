"""Compare areas with what reference rates of their own mix of people lead one to expect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_columns, require_positive, require_unique_index
from hotspot.errors import ConfigError, InputError
from hotspot.numerics.poisson_limits import poisson_limits
from hotspot.rates.exposure import count_column
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Mapping


def indirect_standardisation(
    counts: pd.DataFrame,
    *,
    of: str,
    strata: Mapping[str, float] | str,
    population: str = "population",
    reference: pd.DataFrame | None = None,
    confidence: float = 0.95,
    years: float = 1,
) -> pd.DataFrame:
    """
    Divide observed events by those that stratum-specific reference rates lead one to expect.

    Parameters
    ----------
    counts
        AreaCounts: one row per area.
    of
        Column of counts.
    strata
        Either a mapping from columns of people (one per age band, sex, …) to their reference rate, events per person
        and year; or the column that names each area's own stratum, such as its quintile of deprivation, whose
        reference rate is then that of all areas of ``reference`` in the stratum.
    population
        Column of people at risk, where ``strata`` names a column.
    reference
        Frame with the same columns that gives the rates of a stratum column; None takes ``counts`` itself (internal
        standardisation: then observed and expected agree within every stratum).
    confidence
        Of the exact limits, between 0 and 1.
    years
        Length of the period the counts cover, for reference rates given by a mapping.

    Returns
    -------
    DataFrame
        Indexed like ``counts``: ``observed``, ``expected``, ``sir`` (= observed / expected; 1 is as expected),
        ``sir_lower``, ``sir_upper``. Missing where the count, the stratum or the people are, or nothing is expected.

    Raises
    ------
    InputError
        A column is missing, is not numbers, or has negative or infinite values; a stratum has no reference rate.
    ConfigError
        A reference rate or ``confidence`` is out of range.

    Notes
    -----
    SMR and SIR are one formula: Σ observed / Σ_s b_is λ_s. Limits are Garwood's of the observed count; the expected
    one is taken as known. Ratios of two areas with different mixes are not comparable with each other, only with the
    reference. What the strata explain is taken away: standardised by deprivation, a map no longer shows deprivation.

    References
    ----------
    Breslow, N. E. and Day, N. E. (1987). Statistical Methods in Cancer Research II, chapter 2. IARC.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> counts = pd.DataFrame({"n": [12, 3], "aged_16_24": [400, 100], "others": [600, 900]}, index=["A", "B"])
    >>> found = hs.indirect_standardisation(counts, of="n", strata={"aged_16_24": 0.02, "others": 0.005})
    >>> found[["observed", "expected", "sir"]].round(2)
       observed  expected   sir
    A      12.0      11.0  1.09
    B       3.0       6.5  0.46
    """
    if not (isinstance(confidence, float) and 0 < confidence < 1):
        raise ConfigError(f"confidence: {confidence!r} must lie between 0 and 1, such as 0.95.")
    require_positive(years, "years")
    require_unique_index(counts, "counts")
    if isinstance(strata, str):
        require_columns(counts, [of, strata, population], "counts")
        expected = _by_stratum(counts, of, strata, population, counts if reference is None else reference)
    else:
        if not strata:
            raise ConfigError("strata: is empty. Name columns of people and their reference rates.")
        if reference is not None:
            raise ConfigError("reference: the mapping of strata gives the rates already. Give one of the two.")
        require_columns(counts, [of, *strata], "counts")
        expected = np.zeros(len(counts))
        for column, rate in strata.items():
            if isinstance(rate, bool) or not np.isfinite(rate) or rate < 0:
                raise ConfigError(f"strata[{column!r}]: {rate!r} must be a rate per person and year, 0 or more.")
            expected += count_column(counts, column) * rate * years
    events = count_column(counts, of)
    known = np.isfinite(events) & (expected > 0)
    events, expected = np.where(known, events, np.nan), np.where(known, expected, np.nan)
    lower, upper = poisson_limits(events, confidence)
    note(
        "indirect_standardisation", of=of, strata=strata if isinstance(strata, str) else [str(name) for name in strata],
        reference="given" if reference is not None or not isinstance(strata, str) else "these areas themselves",
        areas=len(counts), standardised=int(known.sum()), observed=float(np.nansum(events)),
        expected=float(np.nansum(expected)), confidence=confidence, limits="exact Poisson",
    )  # fmt: skip
    columns = {"sir": events / expected, "sir_lower": lower / expected, "sir_upper": upper / expected}
    return pd.DataFrame({"observed": events, "expected": expected} | columns, index=counts.index)


def _by_stratum(
    counts: pd.DataFrame, of: str, strata: str, population: str, reference: pd.DataFrame
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Expect in each area the reference rate of its own stratum."""
    require_columns(reference, [of, strata, population], "reference")
    events, people = count_column(reference, of), count_column(reference, population)
    usable = np.isfinite(events) & (people > 0)
    sums = pd.DataFrame({"events": events[usable], "people": people[usable]})
    sums = sums.groupby(reference[strata].to_numpy()[usable]).sum()
    rates = counts[strata].map(sums["events"] / sums["people"])
    lost = counts[strata].notna() & rates.isna() & (np.isfinite(count_column(counts, of)))
    if lost.any() and reference is not counts:
        raise InputError(
            f"reference: has no rate for the stratum of {int(lost.sum())} of {len(counts)} areas "
            f"(first in row {int(np.argmax(lost.to_numpy()))}). Give a reference that has every stratum."
        )
    own = count_column(counts, population)
    return np.asarray(np.where(own > 0, own, np.nan) * rates.to_numpy(dtype=np.float64, na_value=np.nan))


__all__ = ["indirect_standardisation"]
