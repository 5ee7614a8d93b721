"""Take the columns that may be added up from a table of areas, and put whole numbers back at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import listed, require_columns, require_unique_index
from hotspot.errors import ConfigError, InputError
from hotspot.geography.tables import as_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt


def amounts(values: pd.DataFrame | pd.Series, of: Sequence[str] | str | None, argument: str) -> pd.DataFrame:
    """
    Give the columns to add as float64 (missing is NaN), after refusing what cannot be added.

    Parameters
    ----------
    values
        Indexed by area code; a series counts as one column.
    of
        The columns; by default ``n`` and all ``n_<source>``, or all columns of a frame that has none of these.
    argument
        What messages call ``values``.

    Returns
    -------
    DataFrame
        The columns, with the index of ``values``.

    Raises
    ------
    InputError
        If the index repeats a code, a column is missing or holds no numbers, or numbers are infinite or below 0.
    ConfigError
        If there is nothing to add, or a rate was asked for.
    """
    frame = (
        values.to_frame(values.name if values.name is not None else "value")
        if isinstance(values, pd.Series)
        else values
    )
    require_unique_index(frame, argument)
    if of is None:
        counts = [name for name in map(str, frame.columns) if name == "n" or name.startswith("n_")]
        chosen = counts or [str(name) for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name])]
    else:
        chosen = [of] if isinstance(of, str) else list(of)
    require_columns(frame, chosen, argument)
    if not chosen:
        raise ConfigError(f"of: {argument} has no column of counts. Name the columns to add.")
    rates = [name for name in chosen if name == "rate" or name.startswith("rate_")]
    if rates:
        raise ConfigError(f"of: {listed(rates)} cannot be added up: rates are no counts. Convert counts, then divide.")
    return floats(frame, chosen, argument)


def coded(values: pd.DataFrame, argument: str) -> pd.DataFrame:
    """Give the table by tidied area code, and refuse two rows for one area."""
    result = values.set_axis(pd.Index(as_code(values.index.to_series()), name="area_code"), axis=0)
    require_unique_index(result, argument)
    return result


def among(codes: pd.Series | pd.Index, known: pd.Series | pd.Index) -> npt.NDArray[np.bool_]:
    """Tell which codes are among the known ones; much faster than ``isin`` of long text columns."""
    found: npt.NDArray[np.bool_] = pd.Index(codes.to_numpy(dtype="object"), dtype="object").isin(
        known.to_numpy(dtype="object")
    )
    return found


def floats(frame: pd.DataFrame, columns: Sequence[str], argument: str) -> pd.DataFrame:
    """Give columns of numbers from 0 up as float64 (missing is NaN), else raise."""
    require_columns(frame, columns, argument)
    return pd.DataFrame({name: _floats(frame[name], argument) for name in columns}, index=frame.index)


def whole_columns(values: pd.DataFrame) -> list[str]:
    """Name the columns that hold whole numbers only."""
    return [str(name) for name in values.columns if bool((values[name].dropna() % 1 == 0).all())]


def restore(values: pd.DataFrame, whole: Sequence[str]) -> pd.DataFrame:
    """Give nullable columns: Int64 for those named whole, Float64 for the others."""
    return pd.DataFrame(
        {
            name: values[name].round().astype("Float64").astype("Int64")
            if name in whole
            else values[name].astype("Float64")
            for name in values.columns
        },
        index=values.index,
    )


def _floats(values: pd.Series, argument: str) -> pd.Series:
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        raise InputError(f"{argument}: column {values.name!r} does not hold numbers.")
    numbers = values.astype("Float64").to_numpy(dtype="float64", na_value=np.nan)
    wrong = np.isinf(numbers) | (numbers < 0)
    if wrong.any():
        raise InputError(
            f"{argument}: {int(wrong.sum())} value(s) of {values.name!r} are infinite or below 0 "
            f"(first: row {int(wrong.argmax()) + 1})."
        )
    return pd.Series(numbers, index=values.index)


__all__ = ["among", "amounts", "coded", "floats", "restore", "whole_columns"]
