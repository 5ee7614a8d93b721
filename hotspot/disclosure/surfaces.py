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
"""Class limits as multiples of about the mean density: fixed, so that no limit repeats the maximum."""
_STEPS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)
"""What the mean is taken to, times a power of ten: six limits that each round it anew would give it back."""


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

    Notes
    -----
    The mask follows square blocks half a bandwidth wide, not the events: the outline of "at least so many events
    within the bandwidth" is made of arcs whose centres are the events.
    """
    exact = policy.is_exact(surface.name)
    if not policy.is_restricted and surface.bandwidth < policy.min_bandwidth:
        raise DisclosureError(
            f"surface {surface.name!r}: bandwidth {surface.bandwidth:g} m is below the {policy.min_bandwidth:g} m "
            f"that the policy {policy.name!r} asks for. Make it with bandwidth={policy.min_bandwidth:g}."
        )
    inside = np.isfinite(surface.density)
    shown = inside & (surface.density > 0)
    facts: dict[str, object] = {"name": surface.name, "bandwidth_m": surface.bandwidth}
    if not exact:
        events = inside & (surface.support < policy.threshold)
        addresses = _addresses(surface, areas)
        lonely = np.zeros_like(shown)
        if addresses is None:
            facts["addresses"] = "not known: the areas have no population"
        else:
            lonely = inside & (addresses < _ADDRESSES_PER_EVENT * policy.threshold)
            facts["addresses"] = f"population / {_PEOPLE_PER_ADDRESS}"
        masked = _whole_blocks(events | lonely, surface)
        facts |= {"cells_with_density": int(shown.sum()), "cells_masked": int((shown & masked).sum())}
        shown &= ~masked
    breaks = _breaks(surface.density[shown], policy.max_classes)
    classes = np.full(surface.density.shape, -1, dtype=np.int8)
    classes[shown] = np.searchsorted(np.asarray(breaks), surface.density[shown], side="right").astype(np.int8)
    note("release_surface", **facts, breaks=list(breaks))
    return ReleasedSurface(
        name=surface.name,
        classes=classes,
        breaks=breaks,
        density=surface.density.copy() if policy.is_restricted else None,
        x=surface.x.copy(),
        y=surface.y.copy(),
        crs=surface.crs,
        unit=surface.unit,
        kernel=surface.kernel,
        bandwidth=surface.bandwidth,
        cell_size=surface.cell_size,
        edge=surface.edge,
    )


def _whole_blocks(thin: NDArray[np.bool_], surface: Surface) -> NDArray[np.bool_]:
    """Spread a mask over every block, on a lattice fixed in the reference system, that holds a masked cell."""
    side = max(surface.bandwidth / 2, surface.cell_size)
    column, row = (np.floor(centres / side).astype(np.int64) for centres in (surface.x, surface.y))
    column, row = column - column.min(), row - row.min()
    blocks = np.zeros((row.max() + 1, column.max() + 1), dtype=bool)
    at_y, at_x = np.nonzero(thin)
    blocks[row[at_y], column[at_x]] = True
    masked: NDArray[np.bool_] = blocks[row[:, None], column[None, :]]
    return masked


def _addresses(surface: Surface, areas: gpd.GeoDataFrame) -> NDArray[np.float64] | None:
    """Estimate the addresses within the bandwidth of each cell: people are spread evenly over their area."""
    if "population" not in areas:
        return None
    import geopandas as gpd
    from scipy.signal import fftconvolve

    grid_x, grid_y = np.meshgrid(surface.x, surface.y)
    cells = gpd.GeoDataFrame(geometry=gpd.points_from_xy(grid_x.ravel(), grid_y.ravel(), crs=surface.crs))
    owner = locate_in_areas(cells, areas)
    per_m2 = areas["population"].astype("float64") / areas.geometry.area / _PEOPLE_PER_ADDRESS
    density = owner.map(per_m2).astype("float64").fillna(0.0).to_numpy()
    in_cell = (density * surface.cell_size**2).reshape(surface.density.shape)
    reach = math.floor(surface.bandwidth / surface.cell_size)
    away = np.arange(-reach, reach + 1) * surface.cell_size
    disc = (away[:, None] ** 2 + away[None, :] ** 2 <= surface.bandwidth**2).astype(np.float64)
    # "full" and cut by hand: "same" would give the shape of the disc where the raster is the smaller one.
    summed = fftconvolve(in_cell, disc, mode="full")[reach : reach + len(surface.y), reach : reach + len(surface.x)]
    return np.asarray(summed, dtype=np.float64)


def _breaks(values: NDArray[np.float64], most: int) -> tuple[float, ...]:
    """Take multiples of about the mean density of at most two digits, below the highest value."""
    if values.size == 0:
        return ()
    power = math.floor(math.log10(values.mean()))
    digits = float(values.mean()) / 10.0**power
    step = min(_STEPS, key=lambda known: abs(math.log(known / digits)))
    limits = (float(f"{multiple * step * 10.0**power:.2g}") for multiple in _MULTIPLES[: most - 1])
    top = float(values.max())
    return tuple(limit for limit in limits if limit < top)
