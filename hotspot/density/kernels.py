"""Name the kernels and the constants that make each integrate to 1."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

GAUSSIAN_CUT = 7.0
"""Standard deviations, along each axis, beyond which a Gaussian event is not added: exp(-7²/2) = 2.3e-11."""

GAUSSIAN, TRIANGULAR = -1, -2
"""Powers that stand for the two kernels that are no polynomial of the squared distance."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """
    One radial kernel of unit mass.

    It is ``scale / h² · (1 - d²/h²)^power`` for d ≤ h; the Gaussian if the power is -1; and the cone
    ``scale / h² · (1 - d/h)`` if the power is -2.
    """

    power: int
    scale: float
    """Value at distance 0 times the square of the bandwidth."""
    support_factor: float
    """Bandwidth that smooths as much as a Gaussian of standard deviation 1 (equal variance along an axis)."""
    reach: float
    """Distance, in bandwidths, beyond which an event adds nothing to a cell."""
    roughness: tuple[float, float]
    """(C, p): the sum over cells differs from 1 by at most C·(h / cell_size)^-p; of the Gaussian see ``mass_bound``."""

    @property
    def is_gaussian(self) -> bool:
        """Tell whether the bandwidth is a standard deviation and not a radius."""
        return self.power == GAUSSIAN

    def mass_bound(self, h: NDArray[np.float64]) -> NDArray[np.float64]:
        """
        Bound the relative error of the sum over cells of one event, wherever it lies; h in cells.

        The error is the sum of the kernel's Fourier transform over the non-zero frequencies of the grid (Poisson
        summation). It falls like h^-(power + 3/2) where the kernel ends in (1 - d²/h²)^power, like h^-5/2 for the
        cone, like h^-4/3 for the step of the uniform kernel (the circle problem), and like exp(-2π²h²) for the
        Gaussian. The constants C are the worst found for 0.7 to 40 cells, a fifth more for safety.
        """
        if self.is_gaussian:
            ripple = 2 * np.exp(-2 * (math.pi * h) ** 2)
            return np.asarray((1 + 1.1 * ripple) ** 2 - 1 + 1e-10)
        constant, power = self.roughness
        return np.asarray(constant * h**-power + 1e-10)


def _polynomial(power: int, *roughness: float) -> Kernel:
    # ∫ (1 - r²)^m over the unit disc is π/(m + 1); the variance along one axis is 1/(2m + 4).
    return Kernel(power, (power + 1) / math.pi, math.sqrt(2 * power + 4), 1.0, (roughness[0], roughness[1]))


KERNELS = {
    "uniform": _polynomial(0, 1.2, 4 / 3),
    "epanechnikov": _polynomial(1, 0.7, 2.5),
    "quartic": _polynomial(2, 0.45, 3.5),
    "triweight": _polynomial(3, 0.5, 4.5),
    # ∫ (1 - r) over the unit disc is π/3; the variance along one axis is ½·∫ 6r³(1 - r) dr = 3/20.
    "triangular": Kernel(TRIANGULAR, 3 / math.pi, math.sqrt(20 / 3), 1.0, (0.6, 2.5)),
    "gaussian": Kernel(GAUSSIAN, 1 / (2 * math.pi), 1.0, GAUSSIAN_CUT, (0.0, 0.0)),
}
