"""Give bandwidths by rules that need no search."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from hotspot.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspot.density.cross_validation import Spots

    Floats = NDArray[np.float64]


def effective_number(weight: Floats) -> float:
    """Give the number of equal weights that would be as uneven: n itself where all are equal."""
    return float(weight.sum() ** 2 / (weight**2).sum())


def _variance(axis: Floats, weight: Floats) -> float:
    """Give the weighted variance along one axis, with n - 1 where all weights are equal."""
    n, total = effective_number(weight), weight.sum()
    if n <= 1:
        return 0.0
    mean = (weight * axis).sum() / total
    return float((weight * (axis - mean) ** 2).sum() / (total * (1 - 1 / n)))


def robust_spread(axis: Floats, weight: Floats) -> float:
    """Give the smaller of the standard deviation and the interquartile range / 1.34, where the latter is above 0."""
    some = weight > 0
    axis, weight = axis[some], weight[some]
    order = np.lexsort((weight, axis))
    axis, weight = axis[order], weight[order]
    place = np.cumsum(weight) - weight / 2
    lower, upper = np.interp([0.25, 0.75], (place - place[0]) / (place[-1] - place[0]), axis)
    spread = math.sqrt(_variance(axis, weight))
    return min(spread, float(upper - lower) / 1.34) if upper > lower else spread


def normal_reference(x: Floats, y: Floats, weight: Floats) -> float:
    """Give the bandwidth that would be best for one round normal hill."""
    return float(math.sqrt((_variance(x, weight) + _variance(y, weight)) / 2) * effective_number(weight) ** (-1 / 6))


def mean_neighbour(spots: Spots, neighbours: int) -> float:
    """Give the mean distance from an event to its k-th nearest other, events of one spot being 0 apart."""
    n = int(spots.events.sum())
    if neighbours >= n:
        raise ConfigError(f"neighbours: {neighbours} asked for, but {n} events have {n - 1} others. Ask for fewer.")
    place = np.column_stack([spots.x, spots.y])
    wanted = min(neighbours + 1, spots.x.size)
    distance, other = cKDTree(place).query(place, k=wanted)
    reached = np.cumsum(spots.events[other], axis=1) > neighbours
    kth = distance[np.arange(spots.x.size), reached.argmax(axis=1)]
    mean = float((kth * spots.events).sum() / n)
    if mean == 0:
        raise ConfigError(
            f"neighbours: every event has {neighbours} others on its own spot, so their mean distance is 0. "
            "Ask for more, or take another method."
        )
    return mean
