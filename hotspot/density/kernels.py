"""Name the kernels and the constants that make each integrate to 1."""

from __future__ import annotations

import math
from dataclasses import dataclass

GAUSSIAN_CUT = 7.0
"""Standard deviations, along each axis, beyond which a Gaussian event is not added: exp(-7²/2) = 2.3e-11."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """One radial kernel of unit mass: ``scale / h² · (1 - d²/h²)^power`` for d ≤ h, or the Gaussian (power -1)."""

    power: int
    scale: float
    """Value at distance 0 times the square of the bandwidth."""
    support_factor: float
    """Bandwidth that smooths as much as a Gaussian of standard deviation 1 (equal variance along an axis)."""
    reach: float
    """Distance, in bandwidths, beyond which an event adds nothing to a cell."""


def _polynomial(power: int) -> Kernel:
    # ∫ (1 - r²)^m over the unit disc is π/(m + 1); the variance along one axis is 1/(2m + 4).
    return Kernel(power, (power + 1) / math.pi, math.sqrt(2 * power + 4), 1.0)


KERNELS = {
    "uniform": _polynomial(0),
    "epanechnikov": _polynomial(1),
    "quartic": _polynomial(2),
    "triweight": _polynomial(3),
    "gaussian": Kernel(-1, 1 / (2 * math.pi), 1.0, GAUSSIAN_CUT),
}
