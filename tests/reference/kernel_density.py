"""Slow, obvious twin of the kernel density engines: every event at every cell centre."""

from __future__ import annotations

import math

import numpy as np

POWERS = {"uniform": 0, "epanechnikov": 1, "quartic": 2, "triweight": 3}


def height(d2, h, kernel):
    """Give the kernel's value at squared distance d2: unit mass, bandwidth h (one, or one for each event)."""
    if kernel == "gaussian":
        return np.exp(-d2 / (2 * h * h)) / (2 * math.pi * h * h)
    if kernel == "triangular":
        return 3 / (math.pi * h * h) * np.maximum(0.0, 1 - np.sqrt(d2) / h)
    m = POWERS[kernel]
    return np.where(d2 <= h * h, (m + 1) / (math.pi * h * h) * np.abs(1 - d2 / (h * h)) ** m, 0.0)


def density(px, py, weights, x, y, h, kernel):
    """Sum the kernels of all events at every cell centre (x along columns, y along rows)."""
    result = np.zeros((len(y), len(x)))
    for j, cy in enumerate(y):
        for i, cx in enumerate(x):
            result[j, i] = (weights * height((px - cx) ** 2 + (py - cy) ** 2, h, kernel)).sum()
    return result


def support(px, py, x, y, h):
    """Count the events within h of every cell centre."""
    return np.array([[((px - cx) ** 2 + (py - cy) ** 2 <= h * h).sum() for cx in x] for cy in y])


def share_inside(px, py, inside, x, y, h, kernel):
    """Give each event's kernel mass over the cells inside, as a share of its mass over a grid with no end."""
    cell = x[1] - x[0]
    pad = math.ceil((7.5 if kernel == "gaussian" else 1) * h / cell) + 2
    wide_x = x[0] + cell * np.arange(-pad, len(x) + pad)
    wide_y = y[0] + cell * np.arange(-pad, len(y) + pad)
    shares = []
    for cx, cy in zip(px, py, strict=True):
        all_cells = height((wide_x - cx) ** 2 + (wide_y[:, None] - cy) ** 2, h, kernel)
        shares.append(all_cells[pad:-pad, pad:-pad][inside].sum() / all_cells.sum())
    return np.array(shares)


def square_root_widths(px, py, weights, h, kernel, share=None, most=5.0):
    """Give each event its bandwidth: h times the geometric mean of sqrt(pilot), over sqrt(pilot); at most 5 h."""
    pilot = np.array(
        [(weights * height((px - x) ** 2 + (py - y) ** 2, h, kernel)).sum() for x, y in zip(px, py, strict=True)]
    )
    if share is not None:
        pilot /= share
    mean = math.exp(sum(w * math.log(math.sqrt(f)) for w, f in zip(weights, pilot, strict=True)) / sum(weights))
    return np.array([min(most * h, h * mean / math.sqrt(f)) for f in pilot])


def value_at(surface, place):
    """Search all cells for the one that holds a point."""
    half = surface.cell_size / 2
    for j, cy in enumerate(surface.y):
        for i, cx in enumerate(surface.x):
            if cx - half <= place.x < cx + half and cy - half <= place.y < cy + half:
                return surface.density[j, i]
    return float("nan")
