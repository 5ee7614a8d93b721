"""Turn a density surface into what may be shown of it: few classes, thin cells masked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspot.errors import DisclosureError
from hotspot.geography import locate_in_areas
from hotspot.record import note

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray
    from pyproj import CRS

    from hotspot.density import Surface
    from hotspot.disclosure.policy import DisclosurePolicy

_PEOPLE_PER_ADDRESS = 2.4
_ADDRESSES_PER_EVENT = 10
_MULTIPLES = (0.5, 1.0, 2.0, 3.0, 5.0, 8.0)
"""Class limits as multiples of the mean density: fixed, so that no limit repeats the maximum."""


@dataclass(frozen=True, slots=True, eq=False)
class ReleasedSurface:
    """
    What is published of a density surface.

    Parameters
    ----------
    name
        Source whose records it shows.
    classes
        Shape (ny, nx), rows from south to north: class from 0 (thinnest) up; -1 where masked or outside.
    breaks
        Lower limits of classes 1, 2, … in ``unit``; the highest class has no upper limit.
    density
        The values themselves, in a restricted release only.
    x, y, crs, unit, kernel, bandwidth, cell_size, edge
        As in `hotspot.Surface`.
    """

    name: str
    classes: NDArray[np.int8]
    breaks: tuple[float, ...]
    density: NDArray[np.float64] | None
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    crs: CRS
    unit: str
    kernel: str
    bandwidth: float
    cell_size: float
    edge: str


def release_surface(surface: Surface, areas: gpd.GeoDataFrame, policy: DisclosurePolicy) -> ReleasedSurface:
    """
    Class a surface, and mask the cells that rest on too few events or addresses.

    Parameters
    ----------
    surface
        As `hotspot.kernel_density` made it.
    areas
        Areas with ``population``; without it the rule on addresses cannot be applied, and the note says so.
    policy
        Least bandwidth, number of classes and threshold.

    Returns
    -------
    ReleasedSurface

    Raises
    ------
    DisclosureError
        If the bandwidth is below the policy's least.
    """
    exact = policy.is_exact(surface.name)
    if not policy.is_restricted and surface.bandwidth < policy.min_bandwidth:
        raise DisclosureError(
            f"surface {surface.name!r}: bandwidth {surface.bandwidth:g} m is below the {policy.min_bandwidth:g} m "
            f"that the policy {policy.name!r} asks for. Make it with bandwidth={policy.min_bandwidth:g}."
        )
    shown = np.isfinite(surface.density) & (surface.density > 0)
    facts: dict[str, object] = {"name": surface.name, "bandwidth_m": surface.bandwidth}
    if not exact:
        thin = shown & (surface.support < policy.threshold)
        addresses = _addresses(surface, areas)
        lonely = np.zeros_like(shown)
        if addresses is None:
            facts["addresses"] = "not known: the areas have no population"
        else:
            lonely = shown & ~thin & (addresses < _ADDRESSES_PER_EVENT * policy.threshold)
            facts["addresses"] = f"population / {_PEOPLE_PER_ADDRESS}"
        shown &= ~thin & ~lonely
        facts |= {"cells_masked_few_events": int(thin.sum()), "cells_masked_few_addresses": int(lonely.sum())}
    breaks = _breaks(surface.density[shown], policy.max_classes)
    classes = np.full(surface.density.shape, -1, dtype=np.int8)
    classes[shown] = np.searchsorted(np.asarray(breaks), surface.density[shown], side="right").astype(np.int8)
    note("release_surface", **facts, breaks=list(breaks))
    return ReleasedSurface(
        name=surface.name,
        classes=classes,
        breaks=breaks,
        density=surface.density.copy() if policy.is_restricted else None,
        x=surface.x,
        y=surface.y,
        crs=surface.crs,
        unit=surface.unit,
        kernel=surface.kernel,
        bandwidth=surface.bandwidth,
        cell_size=surface.cell_size,
        edge=surface.edge,
    )


def _addresses(surface: Surface, areas: gpd.GeoDataFrame) -> NDArray[np.float64] | None:
    """Estimate the addresses within the bandwidth of each cell from the population of its area."""
    if "population" not in areas:
        return None
    import geopandas as gpd

    grid_x, grid_y = np.meshgrid(surface.x, surface.y)
    cells = gpd.GeoDataFrame(geometry=gpd.points_from_xy(grid_x.ravel(), grid_y.ravel(), crs=surface.crs))
    owner = locate_in_areas(cells, areas)
    per_m2 = areas["population"].astype("float64") / areas.geometry.area / _PEOPLE_PER_ADDRESS
    density = owner.map(per_m2).astype("float64").fillna(0.0).to_numpy()
    within = math.pi * surface.bandwidth**2
    return np.asarray(density * within, dtype=np.float64).reshape(surface.density.shape)


def _breaks(values: NDArray[np.float64], most: int) -> tuple[float, ...]:
    """Take multiples of the mean density, to two significant digits, that hold at least one cell each."""
    if values.size == 0:
        return ()
    mean = float(values.mean())
    limits = dict.fromkeys(float(f"{multiple * mean:.2g}") for multiple in _MULTIPLES[: most - 1])
    top = float(values.max())
    return tuple(limit for limit in limits if limit <= top)
