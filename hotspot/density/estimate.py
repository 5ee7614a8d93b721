"""Draw a kernel density surface from incidents."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

import numpy as np

from hotspot.checks import require_choice, require_columns, require_positive
from hotspot.density.adaptive import TRIM, pilot_density, square_root_law
from hotspot.density.drawing import Drawing
from hotspot.density.engines import Spots, spots_of
from hotspot.density.grid import SQUARE_KILOMETRE, cells_inside, choose_edge, coarse_cells, keep_inside, lay_lattice
from hotspot.density.kernels import KERNELS, Kernel
from hotspot.density.surface import Surface
from hotspot.density.work import refuse_if_too_much
from hotspot.errors import ConfigError, HotspotWarning
from hotspot.geography.drawable import Events, choose_events
from hotspot.record import note

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

_FEW = 50


@runtime_checkable
class ChosenBandwidth(Protocol):
    """A bandwidth that a rule or a criterion chose, as ``hotspot.bandwidth`` returns it."""

    @property
    def standard_deviation(self) -> float:
        """Metres."""

    @property
    def method(self) -> str:
        """Name of the rule."""


def kernel_density(
    incidents: gpd.GeoDataFrame,
    *,
    bandwidth: float | ChosenBandwidth | None = None,
    adaptive: bool = False,
    cell_size: float | None = None,
    within: gpd.GeoDataFrame | None = None,
    kernel: Literal["quartic", "epanechnikov", "triweight", "uniform", "triangular", "gaussian"] = "quartic",
    edge: Literal["none", "uniform", "diggle"] | None = None,
    weights: str | pd.Series | None = None,
    per_year: bool = False,
    years: float | None = None,
    grid: tuple[ArrayLike, ArrayLike] | None = None,
) -> Surface:
    r"""
    Draw how densely events lie, exactly at the centre of every cell.

    Parameters
    ----------
    incidents
        Incidents in a projected metric CRS. Rows without a point, and records of homes, domestic and sexual
        violence, are left out and counted. Several sources need ``event_id`` (``link_events``): each event then
        counts once, at its best located record.
    bandwidth
        Metres. The radius beyond which an event adds nothing; for the gaussian kernel, the standard deviation.
        None takes Silverman's rule in both axes, which over-smooths a city of many centres: start there, then try half.
        What ``bandwidth`` returned is turned into this kernel's own radius.
    adaptive
        Whether every event has its own bandwidth (Abramson's square-root law): narrow where events are dense, wide
        where they are sparse, with ``bandwidth`` as their geometric mean and none above 5 times it.
    cell_size
        Metres. None takes a fifth of the bandwidth, rounded down to 1, 2 or 5 times a power of ten. Cell edges are
        whole multiples of it, so that surfaces of one cell size share their cells.
    within
        Areas or one boundary, in the CRS of the incidents. The surface covers it, cells whose centre lies outside are
        missing, and events outside are left out and counted.
    kernel
        Shape of one event's share.
    edge
        What is done about the mass that falls outside ``within``: none; ``diggle`` divides each event by the share of
        its kernel inside, which conserves the total (the default with ``within``); ``uniform`` divides each cell by
        that share, which is unbiased where the density is flat but does not conserve the total.
    weights
        Column of the incidents, or a Series with their index; 0 or more each. None counts every event as 1.
    per_year
        Whether to divide by the length of the period.
    years
        Length of the period. None counts the months from the first to the last ``occurred_from``.
    grid
        Cell centres (x, y) in metres, for example ``(other.x, other.y)`` to compare with another surface.

    Returns
    -------
    Surface
        Density in events per km² (per year), and the number of events within the bandwidth of each cell.

    Raises
    ------
    CRSError
        The incidents, or ``within``, are not in one projected metric CRS.
    ComparabilityError
        Several sources that are not linked.
    ConfigError
        An option is unknown or does not fit; the grid would have more than 10⁸ cells, or the work would take more than
        about an hour.
    InputError
        There is no point and nothing else that says where the surface lies; weights are missing or negative.

    Warns
    -----
    HotspotWarning
        Fewer than 50 events; all on one spot; a bandwidth below 1.5 cells or below the median positional uncertainty.

    Notes
    -----
    :math:`\hat\lambda(x) = \sum_i w_i K_h(x - x_i) / e_i`, with :math:`K_h(d) = \frac{m+1}{\pi h^2}(1 - d^2/h^2)^m`
    for :math:`d \le h` and m = 0 (uniform), 1 (epanechnikov), 2 (quartic), 3 (triweight). :math:`e_i` is the share of
    the event's kernel inside the boundary: the sum of the kernel over cell centres inside, divided by its sum over all
    cell centres of the endless grid. It is exactly 1 where the whole disc is inside; near the boundary it is as exact
    as the cells are fine (its error falls with cell_size / bandwidth).

    The triangular kernel is :math:`\frac{3}{\pi h^2}(1 - d/h)`. With ``adaptive``, :math:`h_i = h \gamma / \sqrt{f_i}`
    with :math:`f_i` the density at event i by the common bandwidth (divided by :math:`e_i`), at its exact place.

    Values are exact to rounding (below 1e-10 of the peak). The gaussian is cut at 7 standard deviations along each
    axis: no cell lacks more than 2.3e-11 of what the events left out there would add at their own places; with many
    events it is a series, exact to 2.1e-12 of each event's height. The sum of density times cell area is the number of
    events up to discretisation (within 1e-3 at 6 cells per bandwidth); the record holds the difference.

    A dense place is not a cause, not a risk per person and not a forecast. Recorded events are not all events.

    References
    ----------
    Abramson (1982) Annals of Statistics 10, 1217-1223. Davies & Hazelton (2010) Statistics in Medicine 29, 2423-2437.
    Silverman (1986) Density Estimation for Statistics and Data Analysis, 4.2-4.3. Diggle (1985) Applied Statistics 34,
    138-147. Jones (1993) Statistics and Computing 3, 135-146.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from hotspot.density import kernel_density
    >>> place = gpd.points_from_xy([530_010 + 20 * i for i in range(60)], [180_010] * 60)
    >>> points = gpd.GeoDataFrame({"source": "police"}, index=range(60), geometry=place, crs=27700)
    >>> surface = kernel_density(points, bandwidth=400, cell_size=50)
    >>> surface.name, surface.unit, surface.n, round(surface.total, 2)
    ('police', 'events per km²', 60, 60.0)
    """
    shape = KERNELS[require_choice(kernel, KERNELS, "kernel")]
    events = keep_inside(choose_events(incidents, weights), within, incidents, "incidents")
    correction = choose_edge(edge, within)
    if adaptive and correction == "uniform":
        raise ConfigError(
            "edge: 'uniform' divides each cell by the share of one kernel, but adaptive=True has one for every event. "
            "Use edge='diggle' or 'none'."
        )
    radius, bandwidth_by = _radius(bandwidth, events, shape)
    spots = spots_of(events)
    pilot = pilot_density(spots, radius, shape) if adaptive else None
    widths = None if pilot is None else square_root_law(pilot, spots.weight, radius)
    reach = shape.reach * (radius if widths is None else widths)
    lattice, cell_by = lay_lattice(
        (spots.x, spots.y), reach, within, grid, cell_size, bandwidth=radius, edge=correction
    )
    mean_width = float(np.sqrt(np.mean(np.square(reach)))) / shape.reach if spots.x.size else radius
    refuse_if_too_much(spots.x.size, mean_width, lattice, shape, corrected=correction == "diggle", adaptive=adaptive)
    period = _years(incidents, years) if per_year else 1.0
    _warn(_cautions(events, radius, lattice.cell_size))

    inside = None if within is None else cells_inside(lattice, within)
    drawing = Drawing(lattice, radius, shape, correction, inside)
    if pilot is not None and correction == "diggle":
        share = drawing.shares(spots)
        widths = square_root_law(pilot / np.where(share > 0, share, 1), spots.weight, radius)
    drawn = drawing.draw(spots, widths, whole=grid is None and within is None)
    _warn(drawn.cautions)
    density, support = drawn.density, drawn.support
    density *= shape.scale / radius**2 * SQUARE_KILOMETRE / period
    if inside is not None:
        density[~inside] = np.nan
        support[~inside] = 0
    unit = f"{'events' if weights is None else 'weighted events'} per km²{' per year' if per_year else ''}"
    x, y = lattice.centres()
    surface = Surface(
        density,
        x,
        y,
        incidents.crs,
        unit,
        kernel,
        radius,
        lattice.cell_size,
        correction,
        events.x.size,
        support,
        events.name,
        adaptive,
    )
    note(
        "kernel_density",
        name=events.name,
        n=events.x.size,
        left_out=events.left_out,
        kernel=kernel,
        bandwidth_m=radius,
        bandwidth_by=bandwidth_by,
        bandwidth_means="standard deviation" if shape.is_gaussian else "support radius",
        adaptive=_spread(widths, spots),
        cell_size_m=lattice.cell_size,
        cell_size_by=cell_by,
        cells=[lattice.nx, lattice.ny],
        edge=correction,
        events_without_a_cell=drawn.lost,
        unit=unit,
        years=period if per_year else None,
        total=surface.total,
        mass_error=drawn.mass_error,
        engine=drawn.engine,
    )
    return surface


def _radius(bandwidth: float | ChosenBandwidth | None, events: Events, shape: Kernel) -> tuple[float, str]:
    """Give the bandwidth in metres as this kernel takes it, and who chose it."""
    if bandwidth is None:
        return _silverman(events, shape), "Silverman's rule in both axes"
    if isinstance(bandwidth, ChosenBandwidth):
        spread = require_positive(bandwidth.standard_deviation, "bandwidth.standard_deviation", "metres")
        return float(spread) * shape.support_factor, str(bandwidth.method)
    if not isinstance(bandwidth, (int, float, np.integer, np.floating)):
        raise ConfigError(
            f"bandwidth: a {type(bandwidth).__name__} is no bandwidth. Give metres, or what bandwidth() returned."
        )
    return float(require_positive(bandwidth, "bandwidth", "metres")), "given"


def _spread(widths: NDArray[np.float64] | None, spots: Spots) -> dict[str, float] | None:
    """Tell how far adaptive bandwidths spread, over events; None for one common bandwidth."""
    if widths is None or not widths.size:
        return None
    each = np.repeat(widths, spots.count)
    return {
        "least_m": float(each.min()),
        "median_m": float(np.median(each)),
        "most_m": float(each.max()),
        "most_allowed": TRIM,
    }


def _silverman(events: Events, shape: Kernel) -> float:
    """Give the rule-of-thumb bandwidth: n^(-1/6) times the mean spread of both axes, as the kernel's own radius."""
    n = events.x.size
    spread = math.sqrt((np.var(events.x, ddof=1) + np.var(events.y, ddof=1)) / 2) if n > 1 else 0.0
    if spread == 0:
        raise ConfigError(
            f"bandwidth: no rule can choose one from {n} event(s) on {'one' if n else 'no'} spot. Give it in metres."
        )
    return max(1.0, float(round(shape.support_factor * spread * n ** (-1 / 6))))


def _years(incidents: gpd.GeoDataFrame, years: float | None) -> float:
    """Take the length of the period, or count the months that the records span."""
    if years is not None:
        return float(require_positive(years, "years"))
    require_columns(incidents, ["occurred_from"], "per_year=True without years=")
    months = incidents["occurred_from"].dropna().dt.to_period("M")
    if months.empty:
        raise ConfigError("years: no record says when it happened. Give the length of the period.")
    first, last = months.min(), months.max()
    return float((last.year - first.year) * 12 + last.month - first.month + 1) / 12


def _cautions(events: Events, bandwidth: float, cell_size: float) -> list[str]:
    """List what a careful reader of the map must know."""
    n = events.x.size
    found = []
    if n < _FEW:
        found.append(f"only {n} event(s): the surface shows single events, not a pattern")
    if n > 1 and np.ptp(events.x) == 0 and np.ptp(events.y) == 0:
        found.append(f"all {n} events lie on one spot: look for a default location")
    found += coarse_cells(bandwidth, cell_size)
    if events.uncertainty_m is not None and bandwidth < events.uncertainty_m:
        found.append(
            f"the bandwidth of {bandwidth:g} m is below the median positional uncertainty of "
            f"{events.uncertainty_m:g} m: the detail is not in the data"
        )
    return found


def _warn(cautions: list[str]) -> None:
    """Tell the caller of ``kernel_density``."""
    for text in cautions:
        warnings.warn(f"kernel_density: {text}.", HotspotWarning, stacklevel=3)
