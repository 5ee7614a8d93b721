"""Read events and people at risk, and warn of what makes their rates doubtful."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import listed, require_columns, require_positive, require_unique_index
from hotspot.errors import HotspotWarning, InputError

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

FEWEST_PEOPLE = 500
"""Half of the smallest LSOA: below this one event moves a rate by more than 2 per 1,000."""
_MOST_COUNTED = 2.0**53
"""Beyond this a float no longer tells one event from none, and models of counts overflow."""
CITY_CENTRE = 2.0
"""Beyond this many workday people per resident, residents are not who is there."""


def count_column(counts: pd.DataFrame, name: str) -> Floats:
    """Return a column as floats, missing as NaN; refuse what is no count."""
    column = counts[name]
    types = pd.api.types
    if not types.is_numeric_dtype(column.dtype) or types.is_complex_dtype(column) or types.is_bool_dtype(column):
        raise InputError(f"counts[{name!r}]: holds {column.dtype}, not numbers. Convert it first.")
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.flatnonzero((values < 0) | (values > _MOST_COUNTED))
    if len(wrong):
        raise InputError(
            f"counts[{name!r}]: {len(wrong)} of {len(values)} values are negative or infinite, or above 2^53 "
            f"(first in row {wrong[0]}). Mend the data; unknown is missing."
        )
    return values


def events_and_exposure(
    counts: pd.DataFrame, of: str, population: str, per: float, years: float
) -> tuple[Floats, Floats]:
    """Check the input, warn of what makes rates doubtful, and give events and person-years (NaN: none)."""
    if not isinstance(counts, pd.DataFrame):
        raise InputError(f"counts: give a frame with one row per area, not {type(counts).__name__}.")
    require_positive(per, "per", "people")
    require_positive(years, "years")
    require_columns(counts, [of, population], "counts")
    require_unique_index(counts, "counts")
    events, people = count_column(counts, of), count_column(counts, population)
    without = int(np.sum(~(people > 0)))
    if without:
        warnings.warn(
            f"{without} of {len(people)} areas have no population in {population!r}: their rates are missing.",
            HotspotWarning,
            stacklevel=3,
        )
    _warn_of_doubtful_people(counts, population, people)
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


def _warn_of_doubtful_people(counts: pd.DataFrame, population: str, people: Floats) -> None:
    """Name areas where hardly anybody lives, and city centres where many more are by day than live there."""
    few = (people > 0) & (people < FEWEST_PEOPLE)
    if few.any():
        warnings.warn(
            f"{int(few.sum())} of {len(people)} areas have fewer than {FEWEST_PEOPLE} people in {population!r} "
            f"({listed(counts.index[few])}): their rates say little. Look at the limits, or at empirical_bayes.",
            HotspotWarning,
            stacklevel=4,
        )
    if population != "population" or "workday_population" not in counts.columns:
        return
    by_day = count_column(counts, "workday_population")
    centre = (people > 0) & (by_day > CITY_CENTRE * people)
    if centre.any():
        warnings.warn(
            f"City centre: {int(centre.sum())} of {len(people)} areas have more than {CITY_CENTRE:g} times as many "
            f"people on a workday as residents ({listed(counts.index[centre])}). Their rates per resident are not "
            "risks; compare counts, or divide by population='workday_population'.",
            HotspotWarning,
            stacklevel=4,
        )


def facts_of(events: Floats, exposure: Floats, of: str, population: str, per: float, years: float) -> dict[str, object]:
    """Collect choices and counts for the record."""
    rated = np.isfinite(events) & np.isfinite(exposure)
    overall = float(events[rated].sum() / exposure[rated].sum() * per) if rated.any() else None
    return {
        "of": of, "population": population, "per": float(per), "years": float(years), "areas": len(events),
        "rated": int(rated.sum()), "missing_count": int(np.isnan(events).sum()),
        "without_population": int(np.isnan(exposure).sum()), "overall_rate": overall,
    }  # fmt: skip
