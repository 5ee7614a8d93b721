"""
Methods that make a list from the past, for `backtest` and for the list of next month.

Each function returns a function of the `Past` that gives every place a number, the highest first.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from hotspot import clusters, density, geography, rates
from hotspot.checks import require_columns, require_positive, require_whole
from hotspot.density.grid import grid_over
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.geography.owner import positions_in_areas

if TYPE_CHECKING:
    from collections.abc import Callable

    from libpysal.graph import Graph
    from numpy.typing import NDArray

    from hotspot.density import Surface
    from hotspot.evaluation.past import Past

    Method = Callable[[Past], pd.Series]

_WEEK = pd.Timedelta(weeks=1)
_HIGH = "High-High"
_MOST_CELLS = 2 * 10**7


def count(periods: int | None = None) -> Method:
    """
    Rank by events per ground in all training periods, or in the last ``periods`` of them.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.evaluation import Past, methods
    >>> past = Past(pd.DataFrame({"2024": [6, 4]}, index=["A", "B"]), pd.Series([3.0, 1.0], index=["A", "B"]))
    >>> methods.count()(past).to_dict()
    {'A': 2.0, 'B': 4.0}
    """
    if periods is not None:
        require_whole(periods, "periods", 1)

    def ranked(past: Past) -> pd.Series:
        recent = past if periods is None else replace(past, counts=past.counts.iloc[:, -periods:])
        return recent.total / past.size

    return ranked


def rate(population: str = "population") -> Method:
    """Rank by events per resident, as a map of crude rates does; nobody there: last."""

    def ranked(past: Past) -> pd.Series:
        people = _people(past, population)
        return past.total / people.where(people > 0)

    return ranked


def empirical_bayes(population: str = "population", *, graph: Graph | None = None) -> Method:
    """
    Rank by the events per ground that the smoothed rate lets expect.

    Each rate is drawn towards that of all areas, or with ``graph`` towards that of its neighbourhood, the more the
    fewer people there are (`hotspot.empirical_bayes`). A place without residents is ranked by its own count.
    """

    def ranked(past: Past) -> pd.Series:
        people = _people(past, population)
        frame = pd.DataFrame({"n_events": past.total.round().astype("Int64"), "population": people})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HotspotWarning)  # few residents: shrinking is the answer to it
            smooth = rates.empirical_bayes(frame, of="n_events", per=1, graph=graph)
        rate = smooth["eb_rate" if graph is None else "eb_local_rate"].astype("float64")
        return (rate * people).where(rate.notna() & (people > 0), past.total) / past.size

    return ranked


def local_moran(graph: Graph, *, population: str | None = None, permutations: int = 999, alpha: float = 0.05) -> Method:
    """
    Rank High-High areas first, and all areas by events per ground within and after them.

    Local Moran is computed of rates where ``population`` names a column of the areas, else of events per ground;
    without correction for many tests, as the list is cut by the budget and not by a level.
    """
    test: dict[str, Any] = {
        "permutations": permutations, "max_permutations": permutations, "alpha": alpha, "correction": "none",
    }  # fmt: skip

    def ranked(past: Past) -> pd.Series:
        per_ground = past.total / past.size
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HotspotWarning)  # of single steps; what the whole says is in the record
            if population is None:
                found = clusters.local_moran(per_ground, graph, **test)
            else:
                found = clusters.local_moran_rate(past.total, _people(past, population), graph, **test)
        high = (found["moran_label"] == _HIGH).to_numpy()
        return per_ground + np.where(high, float(per_ground.max()) + 1.0, 0.0)

    return ranked


def kernel_density(bandwidth: float, *, cell_size: float | None = None) -> Method:
    """
    Rank by the mean kernel density inside each area.

    Parameters
    ----------
    bandwidth
        Metres, of the quartic kernel (`hotspot.kernel_density`).
    cell_size
        Metres; None takes a quarter of the bandwidth. An area without a cell centre takes the cell at a point in it.
    """
    require_positive(bandwidth, "bandwidth", "metres")
    zones = _Zones(bandwidth / 4 if cell_size is None else require_positive(cell_size, "cell_size", "metres"))
    return lambda past: zones.mean_of(past, _records(past), bandwidth, None)


def near_repeat(bandwidth: float = 400, *, weeks: int = 8, cell_size: float | None = None) -> Method:
    """
    Rank by what is near in space and in time: the density of the last weeks, each event weighing 1 / (1 + weeks ago).

    The weights are those of prospective hot-spotting (Bowers, Johnson and Pease 2004); the kernel is quartic. Events
    of a month have no day: with data.police.uk this is refused.
    """
    require_positive(bandwidth, "bandwidth", "metres")
    require_whole(weeks, "weeks", 1)
    zones = _Zones(bandwidth / 4 if cell_size is None else require_positive(cell_size, "cell_size", "metres"))

    def ranked(past: Past) -> pd.Series:
        records = _records(past)
        if "time_precision" in records and (records["time_precision"] == "month").any():
            raise InputError(
                "incidents: some know only their month, so that their weeks cannot be told. Leave near repeat out."
            )
        ago = (past.origin - records["occurred_from"]) / _WEEK
        recent = records[(ago <= weeks).to_numpy()]
        weights = 1 / (1 + np.floor(ago[(ago <= weeks).to_numpy()]))
        if recent.empty:
            return past.total / past.size * 0
        return zones.mean_of(past, recent, bandwidth, weights)

    return ranked


def events() -> Method:
    """
    Rank by the events of all linked sources per ground: the fused list.

    An event that several agencies know counts once (`link_events`, `count_incidents`).
    """

    def ranked(past: Past) -> pd.Series:
        records, areas = _records(past), _areas(past)
        if "event_id" not in records:
            raise InputError("incidents: they are not linked (no event_id). Link them first: hs.link_events(...).")
        if records.empty:
            return past.total * 0
        plain = areas[["geometry"]]
        counted: pd.Series = geography.count_incidents(records, plain)["n"].astype("float64")
        return counted / past.size

    return ranked


class _Zones:
    """Cells of the areas, laid once: mean densities of areas are taken over the cells whose centre they own."""

    def __init__(self, cell_size: float) -> None:
        self._cell_size = float(cell_size)
        self._laid: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int32], pd.Index] | None = None

    def mean_of(self, past: Past, records: gpd.GeoDataFrame, bandwidth: float, weights: pd.Series | None) -> pd.Series:
        """Draw the density of records, and give its mean in each area."""
        areas = _areas(past)
        x, y, owner = self._lay(areas)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HotspotWarning)  # few events, narrow bandwidths: the score is the answer
            surface = density.kernel_density(
                records, bandwidth=bandwidth, grid=(x, y), cell_size=self._cell_size, weights=weights
            )
        values = surface.density.ravel()
        inside = owner >= 0
        cells = np.bincount(owner[inside], minlength=len(areas))
        sums = np.bincount(owner[inside], weights=values[inside], minlength=len(areas))
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = sums / cells
        if (cells == 0).any():
            mean[cells == 0] = self._at_points(surface, areas[cells == 0])
        return pd.Series(mean, index=areas.index)

    def _lay(self, areas: gpd.GeoDataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int32]]:
        if self._laid is None or not self._laid[3].equals(areas.index):
            west, south, east, north = areas.total_bounds
            cells = ((east - west) / self._cell_size + 1) * ((north - south) / self._cell_size + 1)
            if cells > _MOST_CELLS:
                raise ConfigError(
                    f"bandwidth: cells of {self._cell_size:g} m would be {cells:,.0f}. Give a bandwidth, or a "
                    f"cell_size, that is at least {(cells / _MOST_CELLS) ** 0.5:,.1f} times as large."
                )
            grid = grid_over(areas.total_bounds, self._cell_size)
            x, y = grid.centres()
            across, up = np.meshgrid(x, y)
            centres = gpd.GeoDataFrame(geometry=gpd.points_from_xy(across.ravel(), up.ravel()), crs=areas.crs)
            self._laid = (x, y, positions_in_areas(centres, areas), areas.index)
        return self._laid[:3]

    @staticmethod
    def _at_points(surface: Surface, areas: gpd.GeoDataFrame) -> NDArray[np.float64]:
        points = gpd.GeoSeries(shapely.point_on_surface(areas.geometry.to_numpy()), index=areas.index, crs=areas.crs)
        values: NDArray[np.float64] = surface.at(points).to_numpy()
        return values


def _areas(past: Past) -> gpd.GeoDataFrame:
    if past.areas is None:
        raise ConfigError("areas: this method needs polygons. Give backtest Areas, not a Series of sizes.")
    return past.areas


def _records(past: Past) -> gpd.GeoDataFrame:
    if past.incidents is None:
        raise ConfigError("incidents: this method needs records. Give backtest incidents=….")
    return past.incidents


def _people(past: Past, population: str) -> pd.Series:
    areas = _areas(past)
    require_columns(areas, [population], "areas")
    people: pd.Series = areas[population].astype("Float64").astype("float64")
    return people


__all__ = ["count", "empirical_bayes", "events", "kernel_density", "local_moran", "near_repeat", "rate"]
