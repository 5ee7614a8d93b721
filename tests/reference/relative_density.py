"""Slow, obvious twin of the relative density: every relabelling smoothed at every cell."""

from __future__ import annotations

import numpy as np
from reference.kernel_density import density


def shares(first, second, x, y, h, h0, kernel):
    """Give both densities as shares per km²."""
    km2 = 1e6
    one = density(*first, np.ones(len(first[0])), x, y, h, kernel) / len(first[0]) * km2
    two = density(*second, np.ones(len(second[0])), x, y, h0, kernel) / len(second[0]) * km2
    return one, two


def p_values(first, second, x, y, h, h0, kernel, chosen):
    """Rank the observed difference of shares among the relabellings; ``chosen`` names the numerator's rows of each."""
    pooled = np.r_[first[0], second[0]], np.r_[first[1], second[1]]
    one, two = shares(first, second, x, y, h, h0, kernel)
    seen = one - two
    slack = 1e-9 * (one + two)
    high, low = np.ones(seen.shape), np.ones(seen.shape)
    for rows in chosen:
        mask = np.zeros(len(pooled[0]), bool)
        mask[rows] = True
        one, two = shares([a[mask] for a in pooled], [a[~mask] for a in pooled], x, y, h, h0, kernel)
        high += one - two >= seen - slack
        low += one - two <= seen + slack
    return high / (len(chosen) + 1), low / (len(chosen) + 1)
