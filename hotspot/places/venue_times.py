"""Say when each record happened, as one moment on the scale of days, and how old it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_duration
from hotspot.errors import ConfigError, InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

_STAND_INS = ("arrived_at", "received_at")
"""What stands for a missing time of the event: on the scale of a half-life, hours do not matter."""
_WIDTHS = {"hour": pd.Timedelta("1h"), "day": pd.Timedelta("1D")}


def read_moment(until: str | pd.Timestamp) -> pd.Timestamp:
    """Read the end of the period as a moment of the local clock."""
    given: object = until
    if isinstance(given, int | float):
        raise ConfigError(f"until: {until!r} is not a date. Write for example '2026-01-01'.")
    try:
        moment = pd.Timestamp(until)
    except (ValueError, TypeError) as problem:
        raise ConfigError(f"until: {until!r} is not a date. Write for example '2026-01-01'.") from problem
    if pd.isna(moment) or moment.tzinfo is not None:
        raise ConfigError(f"until: {until!r} must be a date of the local clock, without a time zone.")
    return moment


def read_half_life(half_life: str | pd.Timedelta | None) -> pd.Timedelta | None:
    """Read the half-life as a length of time above 0; None where nothing decays."""
    return None if half_life is None else require_duration(half_life, "half_life", "180D")


def moments_of(incidents: gpd.GeoDataFrame, until: pd.Timestamp) -> tuple[pd.Series, dict[str, object]]:
    """
    Give the middle of each record's interval, cut at the end of the period.

    Parameters
    ----------
    incidents
        With ``occurred_from``, and where they are there ``occurred_to``, ``time_precision``, ``arrived_at`` and
        ``received_at``.
    until
        End of the period.

    Returns
    -------
    tuple
        The moments, missing where no time is known, and how many come from where.

    Raises
    ------
    InputError
        If a record begins at ``until`` or later, ends before it begins, or a column holds no times.
    """
    start = _times(incidents, "occurred_from")
    end = _times(incidents, "occurred_to")
    backwards = (end < start).to_numpy()
    if backwards.any():
        raise InputError(
            f"incidents: {int(backwards.sum())} row(s) end (occurred_to) before they begin (first: row "
            f"{int(backwards.argmax())})."
        )
    precision = incidents["time_precision"].astype("str") if "time_precision" in incidents else pd.Series(dtype="str")
    precision = precision.reindex(incidents.index)
    month = (precision == "month").to_numpy(dtype=bool)
    next_month = (start.dt.to_period("M") + 1).dt.start_time.astype(start.dtype)
    width = precision.map(_WIDTHS).fillna(pd.Timedelta(0))
    end = end.fillna(next_month.where(month, start + width))
    where_from = {"occurred": int(start.notna().sum())}
    for name in _STAND_INS:
        spare = _times(incidents, name).where(start.isna())
        where_from[name.removesuffix("_at")] = int(spare.notna().sum())
        start, end = start.fillna(spare), end.fillna(spare)
    late = (start >= until).to_numpy()
    if late.any():
        raise InputError(
            f"incidents: {int(late.sum())} row(s) begin at or after until={until:%Y-%m-%d %H:%M} (first: row "
            f"{int(late.argmax())}). Give the moment at which the period ends, such as the day after its last day, or "
            "leave these records out."
        )
    facts: dict[str, object] = {"time_from": where_from, "known_to_the_month_only": int((month & start.notna()).sum())}
    return start + (end.where(end < until, until) - start) / 2, facts


def decay(moments: pd.Series, until: pd.Timestamp, half_life: pd.Timedelta | None) -> NDArray[np.float64]:
    """Give what a record of each moment still weighs: 1 at the end of the period, 1/2 one half-life before."""
    if half_life is None:
        return np.ones(len(moments))
    return np.asarray(np.exp2(-((until - moments).to_numpy() / half_life.to_timedelta64())))


def _times(incidents: gpd.GeoDataFrame, name: str) -> pd.Series:
    """Give a column of local times, all missing where the records have none."""
    if name not in incidents or incidents[name].isna().all():
        return pd.Series(pd.NaT, index=incidents.index, dtype="datetime64[us]")
    if not pd.api.types.is_datetime64_dtype(incidents[name].dtype):
        raise InputError(
            f"incidents: column {name!r} holds {incidents[name].dtype}, not times of the local clock. Read them with "
            "read_incidents, or make them with pandas.to_datetime, without a time zone."
        )
    times: pd.Series = incidents[name].astype("datetime64[us]")
    return times


__all__ = ["decay", "moments_of", "read_half_life", "read_moment"]
