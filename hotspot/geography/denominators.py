"""Choose whom a rate divides by, and say where the choice misleads."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from hotspot.checks import (
    listed,
    require_choice,
    require_columns,
    require_positive,
    require_unique_index,
    require_whole,
)
from hotspot.errors import ConfigError, HotspotWarning
from hotspot.geography.amounts import amounts
from hotspot.record import note

_COLUMN = {"resident": "population", "workday": "workday_population"}
_CITY_CENTRE = 2.0
"""Twice as many people by day as live there."""
_FEWEST = 500
"""Half of the smallest LSOA: below it one event moves a rate per 1,000 by 2 and more."""


def choose_denominator(
    areas: pd.DataFrame, *, kind: str = "resident", ratio: float = _CITY_CENTRE, fewest: int = _FEWEST
) -> pd.Series:
    """
    Choose the people a rate divides by: those who live in an area, those there on a workday, or none.

    Parameters
    ----------
    areas
        Areas or AreaCounts with ``population`` (usual residents) and, if known, ``workday_population``.
    kind
        ``resident``, ``workday`` or ``none``.
    ratio
        Areas with at least this many times more people on a workday than residents, or the reverse, are named.
    fewest
        Areas with fewer people than this are named too: their rates are unstable, and a city centre where hardly
        anybody lives shows itself by it. 0 names none.

    Returns
    -------
    Series
        Indexed like ``areas``, named ``population``, Float64; missing where the number is missing or 0, and everywhere
        for ``none``, so that no rate can be formed. Put it in place: ``counts.assign(population=...)``.

    Raises
    ------
    InputError
        If the column is missing, holds no numbers, or numbers below 0.
    ConfigError
        If ``kind`` is not known, ``ratio`` is below 1 or ``fewest`` is no whole number from 0 up.

    Warns
    -----
    HotspotWarning
        City centre: residents were chosen and areas have many times more people by day; or workday people were chosen
        and areas have many times more residents; or there is no workday population to judge by. Few people: areas
        have fewer than ``fewest``.

    Notes
    -----
    Nobody counts who is in a street on a Saturday night. Residents make shopping and night-time streets look
    extreme; workday people make them look mild and dormitories extreme by night. Where areas differ much, use
    ``none``: compare counts, or events per km², and say so.

    Examples
    --------
    >>> import warnings
    >>> import pandas as pd
    >>> from hotspot.geography import choose_denominator
    >>> areas = pd.DataFrame({"population": [1_500, 1_600], "workday_population": [30_000, 1_200]}, index=["A", "B"])
    >>> with warnings.catch_warnings(record=True) as told:
    ...     warnings.simplefilter("always")
    ...     people = choose_denominator(areas, kind="resident")
    >>> people.to_dict(), len(told)
    ({'A': 1500.0, 'B': 1600.0}, 1)
    """
    require_choice(kind, ["resident", "workday", "none"], "kind")
    if require_positive(ratio, "ratio") < 1:
        raise ConfigError(f"ratio: {ratio!r} must be 1 or more.")
    require_whole(fewest, "fewest", 0)
    require_unique_index(areas, "areas")
    if kind == "none":
        note("choose_denominator", kind=kind, areas=len(areas))
        return pd.Series(pd.array([pd.NA] * len(areas), dtype="Float64"), index=areas.index, name="population")
    require_columns(areas, [_COLUMN[kind]], "areas")
    chosen = amounts(areas[[_COLUMN[kind]]], _COLUMN[kind], "areas")[_COLUMN[kind]]
    usable = chosen.where(chosen > 0)
    other = _COLUMN["workday" if kind == "resident" else "resident"]
    if other in areas.columns:
        compared = amounts(areas[[other]], other, "areas")[other]
        strained = _strained(chosen, compared, ratio)
    else:
        compared, strained = None, areas.index[:0]
    both = 0 if compared is None else int((chosen.notna() & compared.notna()).sum())
    sparse = usable[usable < fewest].sort_values(kind="stable").index
    note(
        "choose_denominator",
        kind=kind, areas=len(areas), without=int(usable.isna().sum()), ratio=ratio,
        compared=both, strained=len(strained), strained_areas=[str(code) for code in strained],
        fewest=fewest, below_fewest=len(sparse),
    )  # fmt: skip
    said = [_caution(kind, ratio, len(areas), strained, compared=compared is not None)]
    if len(sparse):
        said.append(
            f"{len(sparse):,} of {len(areas):,} areas have fewer than {fewest:,} people ({listed(sparse)}): their "
            "rates are unstable. Use larger areas, a longer period, or empirical Bayes rates."
        )
    message = " ".join(text for text in said if text)
    if message:
        warnings.warn(message, HotspotWarning, stacklevel=2)
    return usable.astype("Float64").rename("population")


def _strained(chosen: pd.Series, compared: pd.Series, ratio: float) -> pd.Index:
    """Name the areas where the other population is so many times larger; the most extreme first."""
    with np.errstate(divide="ignore", invalid="ignore"):
        times = compared / chosen
    return times[times >= ratio].sort_values(ascending=False, kind="stable").index


def _caution(kind: str, ratio: float, number: int, strained: pd.Index, *, compared: bool) -> str:
    if not compared:
        return (
            "areas: no workday_population, so that city centres cannot be told. Rates per resident there are extreme."
            if kind == "resident"
            else ""
        )
    if not len(strained):
        return ""
    share = f"{len(strained):,} of {number:,} areas have at least {ratio:g} times"
    if kind == "resident":
        return (
            f"City centre: {share} as many people on a workday as residents ({listed(strained)}). Their rates per "
            "resident are not risks; compare counts, or use kind='workday'."
        )
    return f"{share} as many residents as workday people ({listed(strained)}). Their rates are too high by night."


__all__ = ["choose_denominator"]
