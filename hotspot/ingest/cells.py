"""Make pandas columns of what files hold: numbers, times and text, nothing else."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa


def from_arrow(column: pa.ChunkedArray) -> pd.Series:
    """Make a pandas column; text stays text."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_integer(column.type) and column.null_count:  # as float64 long ids would lose their last digits
        column = column.cast(pa.large_string())
    series: pd.Series = column.to_pandas()
    return series


def plain(values: pd.Series) -> pd.Series:
    """Keep numbers, times and booleans; make everything else text."""
    values = values.reset_index(drop=True)
    if isinstance(values.dtype, pd.DatetimeTZDtype) or values.dtype.kind in "iufMb":
        return values
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.dtype.categories.dtype)
        return plain(values)
    return values if values.dtype == "str" else to_text(values)


def to_text(values: pd.Series) -> pd.Series:
    """Write every value of a column as text."""
    if values.dtype == "str":
        return values.reset_index(drop=True)
    filled = values.notna().to_numpy()
    text = values.astype(object).to_numpy(copy=True)
    text[filled] = [_as_text(value) for value in text[filled]]
    text[~filled] = None
    return pd.Series(pd.array(text, dtype="str"))


def _as_text(value: object) -> str:
    """Write a value of a mixed column as text; whole floats without their point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


__all__ = ["from_arrow", "plain", "to_text"]
