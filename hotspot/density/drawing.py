"""Draw the kernels of all events onto a grid, corrected at the edge, and check that no mass is lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hotspot.density.engines import add_up, share_at_cells
from hotspot.density.grid import LEAST_CELLS
from hotspot.density.sweep import mass_inside

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspot.density.engines import Spots
    from hotspot.density.grid import Grid
    from hotspot.density.kernels import Kernel

    Floats = NDArray[np.float64]

_MANY = 0.1


@dataclass(frozen=True, slots=True)
class Drawn:
    """A surface of kernels of height 1, what is to be said about it, and how far its mass is off."""

    density: Floats
    support: NDArray[np.int64]
    engine: str
    lost: int
    """Events that no cell centre inside the boundary is near enough to show."""
    mass_error: float | None
    """Sum over cells against the sum of weights, relative; None where a part is cut off by design."""
    cautions: list[str]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where and with what a surface is drawn; the bandwidth is in metres."""

    lattice: Grid
    bandwidth: float
    shape: Kernel
    edge: str
    inside: NDArray[np.bool_] | None

    def shares(self, spots: Spots, widths: Floats | None = None) -> Floats:
        """Give the share of the kernel of each spot that lies inside the boundary."""
        u, v = self.lattice.in_cells(spots.x, spots.y)
        h = self.bandwidth if widths is None else widths
        inside = np.ones((self.lattice.ny, self.lattice.nx), dtype=bool) if self.inside is None else self.inside
        return mass_inside(u, v, inside, h / self.lattice.cell_size, self.shape.power, self.shape.reach)

    def draw(self, spots: Spots, widths: Floats | None, *, whole: bool) -> Drawn:
        """
        Add the kernels up: their height is 1 at distance 0 for the common bandwidth.

        ``whole`` says that the grid holds every kernel wholly, so that its mass can be checked.
        """
        cautions: list[str] = []
        h: float | Floats = (self.bandwidth if widths is None else widths) / self.lattice.cell_size
        weight = spots.weight if widths is None else spots.weight * (self.bandwidth / widths) ** 2
        drawn = np.ones(spots.x.size, dtype=bool)
        if self.inside is not None and self.edge == "diggle":
            share = self.shares(spots, widths)
            drawn = share > 0
            weight = np.where(drawn, weight / np.where(drawn, share, 1), 0)
        lost = int(spots.count[~drawn].sum())
        if lost:
            cautions.append(
                f"{lost} event(s) lie inside the boundary but farther than the kernel reaches from any cell centre "
                "inside, and are not drawn: use smaller cells"
            )
        if widths is not None and spots.x.size:
            narrow = float(spots.count[h < LEAST_CELLS].sum() / spots.count.sum())
            if narrow > _MANY:
                cautions.append(
                    f"{narrow:.0%} of the events have an adaptive bandwidth below 1.5 cells of "
                    f"{self.lattice.cell_size:g} m: use smaller cells"
                )
        u, v = self.lattice.in_cells(spots.x, spots.y)
        density, support, engine = add_up(u, v, weight, spots.count, self.lattice, h, self.shape)
        error = None
        if whole or self.edge == "diggle":
            error, bound = self._mass_error(density, np.where(drawn, spots.weight, 0.0), h)
            if error is not None and abs(error) > bound:
                cautions.append(
                    f"the sum over cells differs from the sum of weights by {error:.1e}, more than the {bound:.1e} "
                    "that cells of this size explain. Please report this with the version"
                )
        if self.inside is not None and self.edge == "uniform":
            density /= share_at_cells(self.inside, self.lattice, self.bandwidth / self.lattice.cell_size, self.shape)
        return Drawn(density, support, engine, lost, error, cautions)

    def _mass_error(self, density: Floats, weight: Floats, h: float | Floats) -> tuple[float | None, float]:
        """Give the relative error of the sum over cells, and the most that the cells' size explains."""
        expected = float(weight.sum())
        if not expected > 0:
            return None, 0.0
        found = float(density.sum() if self.inside is None else density[self.inside].sum())
        found *= self.shape.scale * (self.lattice.cell_size / self.bandwidth) ** 2
        bound = float((weight * self.shape.mass_bound(np.asarray(h, dtype=np.float64))).sum()) / expected
        return found / expected - 1, bound
