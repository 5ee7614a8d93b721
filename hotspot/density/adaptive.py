"""Give every event its own bandwidth: narrow where events are dense, wide where they are sparse."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit, prange
from scipy.ndimage import uniform_filter

from hotspot.density.sweep import bell
from hotspot.density.work import refuse_if_too_many_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hotspot.density.engines import Spots
    from hotspot.density.kernels import Kernel

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

TRIM = 5.0
"""Most an event's bandwidth may be, in multiples of the bandwidth asked for."""


@njit(cache=True, parallel=True)
def _heights(x: Floats, y: Floats, weight: Floats, strip: Integers, reach: float, h: float, power: int) -> Floats:
    """Sum the kernel's height over all spots at every spot; spots come sorted by strip (``reach`` high), then x."""
    found = np.zeros(x.size)
    for p in prange(x.size):
        total = 0.0
        for s in range(strip[p] - 1, strip[p] + 2):
            start = np.searchsorted(strip, s)
            end = np.searchsorted(strip, s + 1)
            start += np.searchsorted(x[start:end], x[p] - reach)
            for k in range(start, end):
                if x[k] > x[p] + reach:
                    break
                total += weight[k] * bell(x[k] - x[p], y[k] - y[p], h, power, reach / h)
        found[p] = total
    return found


def pilot_work(spots: Spots, reach: float) -> float:
    """Bound the pairs of spots within reach of each other: those in boxes at least that wide that touch."""
    if spots.x.size == 0:
        return 0.0
    bins = [int(np.clip(np.floor(np.ptp(axis) / reach), 1, 1000)) for axis in (spots.y, spots.x)]
    held = np.histogram2d(spots.y, spots.x, bins=bins)[0]
    return float((held * uniform_filter(held, 3, mode="constant") * 9).sum())


def pilot_density(spots: Spots, bandwidth: float, shape: Kernel) -> Floats:
    """Give the density in events per m² at every spot itself, its own events among them, by one fixed bandwidth."""
    if spots.x.size == 0:
        return np.zeros(0)
    reach = bandwidth * shape.reach
    refuse_if_too_many_pairs(pilot_work(spots, reach), shape)
    strip = np.floor((spots.y - spots.y.min()) / reach).astype(np.int64)
    order = np.lexsort((spots.y, spots.x, strip))
    x, y = spots.x - spots.x.min(), spots.y - spots.y.min()
    found = np.empty(x.size)
    found[order] = _heights(x[order], y[order], spots.weight[order], strip[order], reach, float(bandwidth), shape.power)
    return found * shape.scale / bandwidth**2


def square_root_law(pilot: Floats, weight: Floats, bandwidth: float) -> Floats:
    r"""
    Turn a pilot density at the events into their bandwidths, in metres.

    :math:`h_i = h_0 \gamma / \sqrt{f_i}`, with :math:`\log\gamma` the mean of :math:`\log\sqrt{f}` over events (each
    as often as its weight says), so that the geometric mean of the bandwidths is :math:`h_0`; none is above 5
    :math:`h_0`. A place whose events all weigh 0 has no density and takes the widest.

    References
    ----------
    Abramson (1982) Annals of Statistics 10, 1217-1223. Davies & Hazelton (2010) Statistics in Medicine 29, 2423-2437.

    Examples
    --------
    >>> import numpy as np
    >>> square_root_law(np.array([4.0, 1.0, 0.25]), np.ones(3), 100.0).round(6).tolist()
    [50.0, 100.0, 200.0]
    """
    there = pilot > 0
    if not weight[there].sum() > 0:
        return np.full(pilot.size, float(bandwidth))
    root = np.sqrt(pilot, where=there, out=np.ones(pilot.size))
    log_mean = float((np.log(root[there]) * weight[there]).sum() / weight[there].sum())
    widths = np.where(there, bandwidth * math.exp(log_mean) / root, math.inf)
    return np.minimum(widths, TRIM * bandwidth)
