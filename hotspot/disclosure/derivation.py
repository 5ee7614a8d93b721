"""Run the user's analysis on protected counts, and take back what rests on a hidden one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from hotspot.errors import ConfigError, DisclosureError
from hotspot.record import note
from hotspot.schema import SUPPRESSED, Disclosure, declared

if TYPE_CHECKING:
    import geopandas as gpd

    from hotspot.disclosure.policy import DisclosurePolicy

Analyse = Callable[["gpd.GeoDataFrame"], pd.DataFrame]


def derive(
    analyse: Analyse, protected: gpd.GeoDataFrame, hidden: pd.DataFrame, policy: DisclosurePolicy
) -> pd.DataFrame:
    """
    Run ``analyse`` on a copy of the protected counts, check what comes back, and hide what must go.

    Parameters
    ----------
    analyse
        From AreaCounts to derived columns.
    protected
        AreaCounts in which hidden cells are missing.
    hidden
        Which cells are hidden, by source.
    policy
        A restricted one keeps internal columns (statistic, lag, z).

    Returns
    -------
    pandas.DataFrame
        Derived columns by ``area_code``. Where the count is hidden a label says ``Suppressed`` and a number is
        missing; a column that names no source goes where any count of its row is hidden.

    Raises
    ------
    ConfigError
        If what comes back is no frame, or not one row per area.
    DisclosureError
        If a column has no disclosure rule or is none that an analysis may give.
    """
    found = analyse(protected.copy())
    if not isinstance(found, pd.DataFrame):
        raise ConfigError(f"analyse: returned {type(found).__name__}, not a frame of derived columns.")
    if len(found) != len(protected) or not found.index.equals(protected.index):
        raise ConfigError("analyse: the index of what it returned is not that of the counts. Keep one row per area.")
    derived = pd.DataFrame(found[[column for column in found.columns if column not in protected.columns]])
    if not derived.columns.is_unique:
        raise ConfigError("analyse: a column stands more than once in what it returned.")
    internal = [name for name in map(str, derived.columns) if _kind(name) is Disclosure.INTERNAL]
    if internal and not policy.is_restricted:
        note("release_internal", dropped=internal, why="a statistic or lag gives hidden neighbours back")
        derived = derived.drop(columns=internal)
    return pd.DataFrame(
        {name: _without_hidden(derived[name], _hidden_for(str(name), hidden)) for name in derived.columns},
        index=protected.index,
    )


def _kind(name: str) -> Disclosure:
    """Tell the disclosure kind of a column that ``analyse`` gave, or refuse it."""
    column = declared(name)
    if column is None:
        raise DisclosureError(f"analyse: column {name!r} has no disclosure rule; drop it or declare one.")
    # rate_<source> is declared as the shared rate of an agency; here it was computed from protected counts.
    kind = Disclosure.DERIVED if column.name == "rate_<source>" else column.disclosure
    if kind is Disclosure.NEVER:
        raise DisclosureError(f"analyse: column {name!r} is of record level and never leaves; drop it.")
    if kind not in {Disclosure.DERIVED, Disclosure.INTERNAL}:
        raise DisclosureError(
            f"analyse: column {name!r} is of kind {kind}, not derived. Put it in 'counts', where it is protected."
        )
    return kind


def _hidden_for(name: str, hidden: pd.DataFrame) -> pd.Series:
    """Tell where a derived column must go: where the source its name ends in is hidden, else where any is."""
    column = declared(name)
    if column is not None and column.name != name:
        for source in sorted(map(str, hidden.columns), key=len, reverse=True):
            if name.endswith(f"_{source}"):
                return hidden[source]
    return hidden.any(axis=1).astype(bool)


def _without_hidden(values: pd.Series, mask: pd.Series) -> pd.Series:
    """Hide values: text says so, numbers are missing and stay numbers of their kind."""
    if not mask.any():
        return values.copy()
    if pd.api.types.is_bool_dtype(values.dtype):
        return values.astype("boolean").mask(mask)
    if pd.api.types.is_integer_dtype(values.dtype):
        return values.astype("Int64").mask(mask)
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.mask(mask)
    return values.astype("str").mask(mask, SUPPRESSED)
