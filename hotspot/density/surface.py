"""Hold a density surface together with what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyproj import CRS


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """
    A density on a regular grid, with its grid, unit and the choices it was made by.

    Parameters
    ----------
    density
        Shape (ny, nx), rows from south to north: value at each cell's centre, in ``unit``. Missing (NaN) outside the
        boundary, never 0 there.
    x, y
        Cell centres in metres in ``crs``, ascending, evenly spaced by ``cell_size``.
    crs
        Projected metric reference system.
    unit
        ``"events per km²"`` or ``"events per km² per year"``; ``"weighted events …"`` where weights were given.
    kernel
        Name of the kernel.
    bandwidth
        Metres: the radius beyond which an event counts for nothing; the standard deviation if ``kernel`` is gaussian.
    cell_size
        Side of a cell, in metres.
    edge
        Edge correction: none, uniform or diggle.
    n
        Events the surface was made from.
    support
        Shape (ny, nx): events within ``bandwidth`` of each cell's centre; 0 outside the boundary.
    name
        What was counted: the name of the source, or ``"events"`` after linkage.

    Notes
    -----
    A density says where recorded events were dense. It is not a risk per person, nor a forecast.
    """

    density: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    crs: CRS
    unit: str
    kernel: str
    bandwidth: float
    cell_size: float
    edge: str
    n: int
    support: NDArray[np.int64]
    name: str

    @property
    def total(self) -> float:
        """Give the sum over cells of density times cell area: about ``n`` (per year) where nothing is cut off."""
        return float(np.nansum(self.density)) * self.cell_size**2 / 1e6

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Give the outer edges of the grid: west, south, east, north, in metres."""
        half = self.cell_size / 2
        return (
            float(self.x[0]) - half,
            float(self.y[0]) - half,
            float(self.x[-1]) + half,
            float(self.y[-1]) + half,
        )
