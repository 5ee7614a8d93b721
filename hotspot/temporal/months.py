"""Count records by month, and keep a month without any from looking like a quiet one."""

from __future__ import annotations

import pandas as pd

from hotspot.checks import require_choice, require_columns
from hotspot.errors import InputError
from hotspot.record import note
from hotspot.schema import is_source_name


def count_by_month(incidents: pd.DataFrame, *, by: str = "source") -> pd.DataFrame:
    """
    Count the records of each source in each month.

    Parameters
    ----------
    incidents
        Incidents with ``source`` and ``occurred_from`` (local clock time; missing where unknown).
    by
        ``"source"``, the one column incidents may be told apart by.

    Returns
    -------
    pandas.DataFrame
        ``n_<source>`` for every month from the first to the last of all sources, indexed by ``month`` as text such as
        ``"2024-01"``. A month in which a source has no record is missing, not 0.

    Raises
    ------
    InputError
        If a column is missing, ``occurred_from`` is no time, no record has a time, or a source name is unfit.

    Notes
    -----
    A record counts in the month in which its interval starts. Records without a time are left out and noted. A source
    with no record in a whole month has most likely sent none, so that the month says nothing: it stays missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.temporal import count_by_month
    >>> incidents = pd.DataFrame(
    ...     {
    ...         "source": ["police", "police", "ed"],
    ...         "occurred_from": pd.to_datetime(["2024-01-05", "2024-01-31", "2024-02-01"]),
    ...     }
    ... )
    >>> count_by_month(incidents)["n_police"].to_list()
    [2, <NA>]
    """
    require_choice(by, ("source",), "by")
    require_columns(incidents, [by, "occurred_from"], "incidents")
    times, sources = incidents["occurred_from"], incidents[by]
    if not pd.api.types.is_datetime64_any_dtype(times):
        raise InputError(f"incidents: occurred_from is {times.dtype}, not a time. Convert it with pandas.to_datetime.")
    names = [str(name) for name in sources.dropna().unique()]
    if sources.isna().any() or not all(is_source_name(name) for name in names):
        raise InputError("incidents: every record needs a source of lower-case letters, digits and underscores.")
    timed = times.notna()
    if not timed.any():
        raise InputError("incidents: none has a time (occurred_from), so there is no month to count.")
    period = times[timed].dt.tz_localize(None).astype("datetime64[us]").dt.to_period("M")
    months = pd.period_range(period.min(), period.max(), freq="M")
    index = pd.Index(months.strftime("%Y-%m"), name="month", dtype="str")
    counts = {
        f"n_{name}": period[sources[timed] == name].value_counts().reindex(months).astype("Int64").to_numpy()
        for name in names
    }
    table = pd.DataFrame({column: pd.array(values, dtype="Int64") for column, values in counts.items()}, index=index)
    note(
        "count_by_month",
        kept=len(incidents),
        counted=int(timed.sum()),
        without_time=int((~timed).sum()),
        first_month=str(index[0]),
        last_month=str(index[-1]),
        months_without_record={name: int(table[f"n_{name}"].isna().sum()) for name in names},
    )
    return table


__all__ = ["count_by_month"]
