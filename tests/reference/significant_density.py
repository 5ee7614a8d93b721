"""Slow, obvious twin of the significance test: every map drawn, measured and kept in full."""

from __future__ import annotations

import math

import numpy as np
from reference import kernel_density as twin


def surface(px, py, weights, x, y, h, kernel, inside=None):
    """Sum the kernels, of height 1 at their places; with ``inside``, divide each by its share there."""
    top = float(twin.height(np.zeros(1), h, kernel)[0])
    if inside is not None:
        weights = weights / twin.share_inside(px, py, inside, x, y, h, kernel)
    return twin.density(px, py, weights, x, y, h, kernel) / top


def moments(px, py, mass, x, y, h, kernel, inside=None):
    """Give mean and mean square of one event's kernel at every cell, one place after the other."""
    mean, square = np.zeros((len(y), len(x))), np.zeros((len(y), len(x)))
    for cx, cy, m in zip(px, py, mass, strict=True):
        one = surface(np.array([cx]), np.array([cy]), np.ones(1), x, y, h, kernel, inside)
        mean += m * one
        square += m * one**2
    return mean, square


def excess(f, mean, square, weights, even):
    """Give the excess over chance of every cell, as the documentation states it."""
    c = (weights**2).sum() / weights.sum() * np.maximum(square / mean, even)
    m = weights.sum() * mean / c
    s = np.sqrt((square - mean**2) / square)
    return 2 * (np.sqrt(f / c + 3 / 8) - np.sqrt(m + 3 / 8)) / s


def family_wise_p(observed, simulated):
    """Rank each cell among the highest cells of the simulated maps, ties counted."""
    p = np.empty(observed.shape)
    for place, value in np.ndenumerate(observed):
        p[place] = (1 + sum(bool(map_.max() >= value - 1e-9) for map_ in simulated)) / (1 + len(simulated))
    return p


def chance_bounds(rate, trials):
    """Give the counts between which a binomial lies with a chance above 0.9998."""
    slack = 4 * math.sqrt(trials * rate * (1 - rate)) + 1
    return trials * rate - slack, trials * rate + slack
