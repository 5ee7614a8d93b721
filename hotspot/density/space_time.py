"""Draw monthly density surfaces on one grid, each month lent events by its neighbours."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from hotspot.checks import (
    require_choice,
    require_columns,
    require_metric_crs,
    require_positive,
    require_unique_index,
)
from hotspot.density.drawing import Drawing
from hotspot.density.engines import spots_of
from hotspot.density.grid import SQUARE_KILOMETRE, cells_inside, choose_edge, coarse_cells, keep_inside, lay_lattice
from hotspot.density.kernels import KERNELS
from hotspot.density.surface import Surface
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.geography.drawable import choose_events
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

    from hotspot.geography.drawable import Events

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


def space_time_density(
    incidents: gpd.GeoDataFrame,
    *,
    bandwidth: float,
    months_bandwidth: float = 1,
    months: Iterable[str | pd.Period] | None = None,
    cell_size: float | None = None,
    within: gpd.GeoDataFrame | None = None,
    kernel: Literal["quartic", "epanechnikov", "triweight", "uniform", "triangular", "gaussian"] = "quartic",
    edge: Literal["none", "uniform", "diggle"] | None = None,
    grid: tuple[ArrayLike, ArrayLike] | None = None,
) -> dict[pd.Period, Surface]:
    r"""
    Draw one density surface for each month, all on the same cells.

    Parameters
    ----------
    incidents
        Incidents with a point and ``occurred_from``, in a projected metric CRS. The month of ``occurred_from`` counts,
        so monthly data (police.uk) is enough; rows without one are left out and counted.
    bandwidth
        Metres, as in ``kernel_density``.
    months_bandwidth
        Months. An event counts in all covered months less than this away from its own, by an Epanechnikov kernel; 1
        keeps every event in its month, 3 lends it to two months before and after.
    months
        The months that the data covers, e.g. ``pd.period_range("2024-01", "2024-12", freq="M")``; a month in it
        without events is a surface of zeros, and events of other months are left out and counted. None takes the
        months that have any event: a month without is then taken for a gap in the data, absent and not zero.
    cell_size
        Metres. None takes a fifth of the bandwidth, rounded down to 1, 2 or 5 times a power of ten.
    within
        Areas or one boundary, in the CRS of the incidents; events outside are left out and counted.
    kernel
        Shape of one event's share in space.
    edge
        As in ``kernel_density``: ``diggle`` with ``within``, else ``none``.
    grid
        Cell centres (x, y) in metres.

    Returns
    -------
    dict of Period to Surface
        In order of time; events per km² per month. ``n`` and ``support`` of each count the events that it was made
        from, with those lent by other months.

    Raises
    ------
    ConfigError
        An option is unknown or does not fit; a month is named twice.
    CRSError
        The incidents, or ``within``, are not in one projected metric CRS.
    InputError
        No event has both a point and a covered month, or ``occurred_from`` is missing or not a time.

    Warns
    -----
    HotspotWarning
        A bandwidth below 1.5 cells, or a gap between the months.

    Notes
    -----
    :math:`\hat\lambda(x, t) = \sum_i K_h(x - x_i)\, k(t - t_i) / \sum_s k(s - t_i)` with
    :math:`k(d) = 1 - d^2/b^2` for :math:`|d| < b`, the sum over covered months s. Every event is thus shared out
    wholly among covered months, also beside a gap and at both ends: the surfaces of all months add up to the surface of
    all events. Months are counted as equal, though February is shorter.

    A month that looks busier than the last is not a trend: few events a month differ by chance, and violence has
    seasons. With ``months_bandwidth`` above 1, a month borrows from months after it: such surfaces must not be used
    to judge a forecast.

    References
    ----------
    Brunsdon, Corcoran & Higgs (2007) Computers, Environment and Urban Systems 31, 52-75. Nakaya & Yano (2010)
    Transactions in GIS 14, 223-239. Diggle (1985) Applied Statistics 34, 138-147.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import pandas as pd
    >>> from hotspot.density.space_time import space_time_density
    >>> place = gpd.points_from_xy([530_010 + 20 * i for i in range(60)], [180_010] * 60)
    >>> when = pd.to_datetime(["2024-01-01", "2024-02-01", "2024-04-01"] * 20)
    >>> police = gpd.GeoDataFrame({"source": "police", "occurred_from": when}, geometry=place, crs=27700)
    >>> covered = pd.period_range("2024-01", "2024-04", freq="M")
    >>> frames = space_time_density(police, bandwidth=400, months=covered, months_bandwidth=2)
    >>> [f"{month} {surface.total:.1f}" for month, surface in frames.items()]
    ['2024-01 17.4', '2024-02 16.6', '2024-03 14.6', '2024-04 11.4']
    """
    shape = KERNELS[require_choice(kernel, KERNELS, "kernel")]
    bandwidth = float(require_positive(bandwidth, "bandwidth", "metres"))
    require_positive(months_bandwidth, "months_bandwidth", "months")
    if months_bandwidth < 1:
        raise ConfigError(f"months_bandwidth: {months_bandwidth:g} is below 1, and an event has no part of a month.")
    correction = choose_edge(edge, within)
    events, own, covered, left_out = _dated(incidents, months, within)
    places, reach = (events.x, events.y), bandwidth * shape.reach
    lattice, _ = lay_lattice(places, reach, within, grid, cell_size, bandwidth=bandwidth, edge=correction)
    gaps = int(np.ptp(covered)) + 1 - covered.size
    _warn(bandwidth, lattice.cell_size, gaps)
    inside = None if within is None else cells_inside(lattice, within)
    drawing = Drawing(lattice, bandwidth, shape, correction, inside)
    density, support, n, lost = _frames(events, own, covered, float(months_bandwidth), drawing)
    density *= shape.scale / bandwidth**2 * SQUARE_KILOMETRE
    x, y = lattice.centres()
    note(
        "space_time_density",
        name=events.name,
        n=int(events.x.size),
        left_out=left_out,
        months=[str(_month(number)) for number in covered],
        months_by="events" if months is None else "given",
        months_not_covered_between=gaps,
        months_bandwidth=float(months_bandwidth),
        kernel=kernel,
        bandwidth_m=bandwidth,
        cell_size_m=lattice.cell_size,
        cells=[lattice.nx, lattice.ny],
        edge=correction,
        events_without_a_cell=lost,
    )
    unit, side, crs = "events per km² per month", lattice.cell_size, incidents.crs
    return {
        _month(number): Surface(
            density[t], x, y, crs, unit, kernel, bandwidth, side, correction, int(n[t]), support[t], events.name
        )
        for t, number in enumerate(covered)
    }


def _warn(bandwidth: float, cell_size: float, gaps: int) -> None:
    """Say what a careful reader of the maps must know."""
    found = coarse_cells(bandwidth, cell_size)
    if gaps:
        found.append(f"{gaps} month(s) between the first and the last are taken as not covered, not as zero (months=)")
    for text in found:
        warnings.warn(f"space_time_density: {text}.", HotspotWarning, stacklevel=3)


def _number(months: pd.PeriodIndex | pd.Series) -> Integers:
    """Give each month a number: 12 times the year, and the months before it in that year."""
    parts = months.dt if isinstance(months, pd.Series) else months
    return np.asarray(parts.year, dtype=np.int64) * 12 + np.asarray(parts.month, dtype=np.int64) - 1


def _month(number: int) -> pd.Period:
    """Name the month of a number."""
    return pd.Period(year=int(number) // 12, month=int(number) % 12 + 1, freq="M")


def _given(months: Iterable[str | pd.Period]) -> Integers:
    """Read the months that the user says are covered."""
    try:
        numbers = _number(pd.PeriodIndex([pd.Period(month, freq="M") for month in months], freq="M"))
    except (ValueError, TypeError) as error:
        raise ConfigError('months: give months such as "2024-01", or periods of pandas.') from error
    if numbers.size == 0:
        raise ConfigError("months: none is given. Leave it out to take the months that have events.")
    if np.unique(numbers).size < numbers.size:
        raise ConfigError(f"months: {numbers.size - np.unique(numbers).size} month(s) are named twice.")
    return np.sort(numbers)


def _dated(
    incidents: gpd.GeoDataFrame, months: Iterable[str | pd.Period] | None, within: gpd.GeoDataFrame | None
) -> tuple[Events, Integers, Integers, dict[str, int]]:
    """Take the events with a point and a covered month: them, their months, the covered months, who was left out."""
    require_metric_crs(incidents, "incidents")
    require_columns(incidents, ["occurred_from"], "incidents")
    given = None if months is None else _given(months)
    when = incidents["occurred_from"]
    if not pd.api.types.is_datetime64_any_dtype(when):
        raise InputError(f"incidents: occurred_from is {when.dtype}, not a time. Convert it with pandas.to_datetime.")
    dated = when.notna().to_numpy()
    number = _number(when[dated].dt.to_period("M"))
    wanted = np.ones(number.size, dtype=bool) if given is None else np.isin(number, given)
    left_out = {"no month": int((~dated).sum()), "in a month that is not covered": int((~wanted).sum())}
    kept = incidents[dated][wanted]
    # The month travels as a weight, so that it stays that of the record chosen to stand for an event.
    months_of = pd.Series(number[wanted].astype(np.float64), index=kept.index)
    require_unique_index(incidents, "incidents")
    events = keep_inside(choose_events(kept, months_of, known=incidents), within, incidents, "incidents")
    left_out |= events.left_out
    if events.x.size == 0:
        raise InputError(f"incidents: no event has a point and a covered month. Left out: {left_out}.")
    own = events.weight.astype(np.int64)
    return events, own, np.unique(own) if given is None else given, left_out


def _lent(covered: Integers, width: float) -> Floats:
    """Say which share of an event of each covered month (row) counts in each covered month (column)."""
    apart = (covered[:, None] - covered) / width
    share = np.where(np.abs(apart) < 1, 1 - apart**2, 0.0)
    return np.asarray(share / share.sum(axis=1, keepdims=True))


def _frames(
    events: Events, own: Integers, covered: Integers, width: float, drawing: Drawing
) -> tuple[Floats, Integers, Integers, int]:
    """Draw the events of each month once, and add them to every month that they count in."""
    lattice, inside = drawing.lattice, drawing.inside
    density = np.zeros((covered.size, lattice.ny, lattice.nx))
    support = np.zeros(density.shape, np.int64)
    n = np.zeros(covered.size, np.int64)
    lost = 0
    for share, month in zip(_lent(covered, width), covered, strict=True):
        of_month = own == month
        if not of_month.any():
            continue
        ones = np.ones(int(of_month.sum()))
        spots = spots_of(replace(events, x=events.x[of_month], y=events.y[of_month], weight=ones))
        drawn = drawing.draw(spots, None, whole=False)
        lost += drawn.lost
        for t in np.flatnonzero(share):
            density[t] += share[t] * drawn.density
            support[t] += drawn.support
            n[t] += ones.size
    if inside is not None:
        density[:, ~inside] = np.nan
        support[:, ~inside] = 0
    return density, support, n, lost
