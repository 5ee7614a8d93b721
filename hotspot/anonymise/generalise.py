"""Coarsen ages, times and points until many records are alike."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd

from hotspot.checks import require_choice, require_columns, require_metric_crs, require_positive
from hotspot.errors import ConfigError, InputError
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Frame = TypeVar("Frame", bound=pd.DataFrame)

_TIME_BANDS = ("hour", "part of day", "weekday", "month", "quarter", "year")
_OLDEST = 120
_PARTS = ("night (00:00-05:59)", "morning (06:00-11:59)", "afternoon (12:00-17:59)", "evening (18:00-23:59)")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def generalise(
    frame: Frame,
    *,
    ages: Mapping[str, Sequence[int]] | None = None,
    times: Mapping[str, str] | None = None,
    grid_m: float | None = None,
) -> Frame:
    """
    Replace exact ages, times and points by bands and grid cells.

    Parameters
    ----------
    frame
        Records; a GeoDataFrame if points are to be coarsened.
    ages
        Column of ages in years to the first age of each band, ascending: ``{"age": (0, 18, 25, 35, 50, 65)}``. The
        last band is open; an age below the first band is left empty.
    times
        Column of times to the band: ``hour``, ``part of day`` (quarters of the day from 00:00), ``weekday``, ``month``,
        ``quarter`` or ``year``.
    grid_m
        Side of the cells in metres to whose centres points are moved.

    Returns
    -------
    DataFrame or GeoDataFrame
        A copy on the same index. Bands are text: a month is no day and cannot be taken for one. After snapping,
        ``uncertainty_m`` (if there is one) grows by half the cell's diagonal, and ``location_method`` says
        ``snapped to grid``.

    Raises
    ------
    InputError
        If a column is missing or holds other things than ages or times.
    CRSError
        If points are to be snapped and the reference system is not projected in metres.
    ConfigError
        If a band is not known, bands do not ascend, or nothing is asked for.

    Notes
    -----
    The note on the record names what was coarsened, how many values were left empty, and the columns of times that
    are **still exact**: a month beside an exact arrival time protects nobody. Check the result with `k_anonymity`.
    Snapping moves a point by at most half the diagonal and is not a mask: a cell with one house is that house.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> frame = pd.DataFrame({"age": [17, 18, 90], "when": pd.to_datetime(["2023-05-06 23:40"] * 3)})
    >>> coarse = hs.generalise(frame, ages={"age": (0, 18, 65)}, times={"when": "quarter"})
    >>> coarse["age"].tolist(), coarse["when"].iloc[0]
    (['0 to 17', '18 to 64', '65 and over'], '2023 Q2')
    """
    ages, times = dict(ages or {}), dict(times or {})
    if not ages and not times and grid_m is None:
        raise ConfigError("generalise: nothing was asked for. Give ages=, times= or grid_m=.")
    require_columns(frame, ages, "ages")
    require_columns(frame, times, "times")
    result = frame.copy()
    facts: dict[str, object] = {}
    emptied = {}
    for column, starts in ages.items():
        banded = _age_bands(frame[column], starts)
        emptied[column] = int((banded.isna() & frame[column].notna()).sum())
        result[column] = banded
    for column, band in times.items():
        result[column] = _time_bands(frame[column], band)
    if grid_m is not None:
        facts["points_snapped"] = _snap(result, grid_m)
        facts["grid_m"] = grid_m
    exact = [str(name) for name in frame.columns if name not in times and frame[name].dtype.kind == "M"]
    note(
        "generalise",
        rows=len(frame),
        ages={column: list(starts) for column, starts in ages.items()},
        ages_left_empty=emptied,
        times=times,
        times_still_exact=exact,
        **facts,
    )
    return result


def _age_bands(values: pd.Series, starts: Sequence[int]) -> pd.Series:
    """Write each age as its band."""
    name = str(values.name)
    try:
        edges = [int(start) for start in starts]
    except (TypeError, ValueError):
        edges = []
    if not edges or edges != sorted(set(edges)) or edges != list(starts) or edges[0] < 0:
        raise ConfigError(f"ages: the bands of {name!r} must be whole years that ascend, such as (0, 18, 25, 35, 50).")
    numbers = pd.to_numeric(values, errors="coerce")
    wrong = (numbers.isna() & values.notna()) | (numbers < 0) | (numbers > _OLDEST)
    if wrong.any():
        first = int(np.flatnonzero(wrong.to_numpy(dtype=bool, na_value=False))[0]) + 1
        raise InputError(
            f"ages: column {name!r} holds {int(wrong.sum())} value(s) that are no age from 0 to {_OLDEST} (first in "
            f"row {first}). Empty or mend them."
        )
    labels = [f"{low} to {high - 1}" if high - 1 > low else str(low) for low, high in pairwise(edges)]
    labels.append(f"{edges[-1]} and over")
    plain = numbers.to_numpy(dtype=float, na_value=np.nan)
    band = np.searchsorted(edges, plain, side="right") - 1
    known = ~np.isnan(plain) & (band >= 0)
    texts = np.array([*labels, None], dtype=object)[np.where(known, band, len(labels))]
    return pd.Series(pd.array(texts, dtype="str"), index=values.index, name=values.name)


def _time_bands(values: pd.Series, band: str) -> pd.Series:
    """Write each time as its band."""
    require_choice(band, _TIME_BANDS, "times")
    if values.dtype.kind != "M":
        raise InputError(f"times: column {str(values.name)!r} holds no times. Use pandas.to_datetime first.")
    clock = values.dt
    if band == "hour":
        texts = clock.hour.map(lambda hour: f"{int(hour):02d}:00-{int(hour):02d}:59", na_action="ignore")
    elif band == "part of day":
        texts = (clock.hour // 6).map(lambda part: _PARTS[int(part)], na_action="ignore")
    elif band == "weekday":
        texts = clock.day_of_week.map(lambda day: _WEEKDAYS[int(day)], na_action="ignore")
    elif band == "month":
        texts = clock.strftime("%Y-%m")
    elif band == "year":
        texts = clock.strftime("%Y")
    else:
        texts = clock.strftime("%Y Q") + clock.quarter.map(lambda quarter: str(int(quarter)), na_action="ignore")
    banded: pd.Series = texts.astype("str").where(values.notna(), None)
    return banded


def _snap(result: pd.DataFrame, grid_m: float) -> int:
    """Move the points of a frame to the centres of their cells; the frame is changed."""
    require_positive(grid_m, "grid_m", "metres")
    if not isinstance(result, gpd.GeoDataFrame):
        raise InputError("frame: a table without points cannot be snapped. Give a GeoDataFrame, or leave grid_m out.")
    require_metric_crs(result, "frame")
    points = result.geometry
    here = (points.notna() & ~points.is_empty).to_numpy()
    other = int((points[here].geom_type != "Point").sum())
    if other:
        raise InputError(f"frame: {other} geometries are no points. Only points are snapped.")
    x, y = points[here].x.to_numpy(), points[here].y.to_numpy()
    moved = np.full(len(result), None, dtype=object)
    moved[here] = gpd.points_from_xy((np.floor(x / grid_m) + 0.5) * grid_m, (np.floor(y / grid_m) + 0.5) * grid_m)
    result.geometry = gpd.GeoSeries(moved, index=result.index, crs=result.crs)
    if "uncertainty_m" in result:
        radius = result["uncertainty_m"].to_numpy(dtype=float, na_value=np.nan)
        result["uncertainty_m"] = np.where(here, np.nan_to_num(radius) + grid_m / np.sqrt(2), radius)
    if "location_method" in result:
        method = result["location_method"].to_numpy(dtype=object)
        method[here] = "snapped to grid"
        result["location_method"] = pd.array(method, dtype="str")
    return int(here.sum())
