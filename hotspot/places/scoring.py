"""Give each area the score it is ranked by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from pandas.api.types import is_bool_dtype, is_complex_dtype, is_numeric_dtype

from hotspot.checks import require_columns, require_unique_index
from hotspot.errors import ConfigError, InputError
from hotspot.rates.exposure import count_column
from hotspot.schema import source_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_LOW_IS_HIGH = re.compile(r"(^|_)rank(_|$)|^(unmatched|moran|moran_bv|gi|lee)_[pq](_|$)")
"""Names of ranks, of which 1 is the highest, and of p-values."""


def read_scores(counts: pd.DataFrame, columns: Sequence[str], argument: str) -> tuple[pd.Series, pd.DataFrame]:
    """
    Give the score of each area and the values it is made of.

    Parameters
    ----------
    counts
        One row per area.
    columns
        One column is the score itself. Of several, the score is the mean of the area's percentile ranks over those
        that have a value there.
    argument
        What the frame is called in messages.

    Raises
    ------
    ConfigError
        No column is named, or one twice, or one whose lowest value is the most remarkable (a rank, a p-value).
    InputError
        A column is missing, not numeric or infinite; an area stands twice.
    """
    require_unique_index(counts, argument)
    if not columns:
        raise ConfigError("by: no column is named. Name at least one to rank by.")
    if len(set(columns)) < len(columns):
        raise ConfigError("by: a column is named twice, which would give it twice the weight.")
    require_columns(counts, columns, argument)
    backwards = [name for name in columns if _LOW_IS_HIGH.search(name)]
    if backwards:
        raise ConfigError(
            f"by: {backwards[0]!r} is a rank or a p-value, of which the lowest is the most remarkable, and the highest "
            "would come first. Rank by what it was made from; if yours is the other way round, give it another name."
        )
    for name in columns:
        kind = counts[name].dtype
        if not is_numeric_dtype(kind) or is_bool_dtype(kind) or is_complex_dtype(kind):
            raise InputError(f"{argument}: column {name!r} holds {counts[name].dtype}, not numbers.")
    values = counts[list(columns)].astype("Float64").astype(float)
    for name in columns:
        if is_count(name):
            count_column(counts, name)
        infinite = np.isinf(values[name].to_numpy())
        if infinite.any():
            raise InputError(
                f"{argument}: column {name!r} has {infinite.sum()} infinite value(s), the first in row "
                f"{np.flatnonzero(infinite)[0]}. Mend the data; unknown is missing."
            )
    if len(columns) == 1:
        return values[columns[0]], values
    return ((values.rank() - 0.5) / values.notna().sum()).mean(axis=1), values


def is_count(column: str) -> bool:
    """Tell whether a column counts the records of a source, or events."""
    return column == "n" or (column.startswith("n_") and source_of(column) is not None)


__all__ = ["is_count", "read_scores"]
