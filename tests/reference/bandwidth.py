"""Slow, obvious twins of bandwidth selection: every pair, straight from the definitions."""

from __future__ import annotations

import math

import numpy as np


def distances(x, y):
    return np.hypot(np.subtract.outer(x, x), np.subtract.outer(y, y))


def normal(d, sigma):
    return np.exp(-(d**2) / (2 * sigma**2)) / (2 * math.pi * sigma**2)


def least_squares(x, y, w, sigma):
    """Integrate the squared density, and take away twice its mean at spots left out; spots are distinct."""
    d, total = distances(x, y), w.sum()
    squared = (
        sum(w[i] * w[j] * normal(d[i, j], sigma * math.sqrt(2)) for i in range(x.size) for j in range(x.size))
        / total**2
    )
    pairs = [(i, j) for i in range(x.size) for j in range(x.size) if i != j]
    without = sum(w[i] * w[j] * normal(d[i, j], sigma) for i, j in pairs) / sum(w[i] * w[j] for i, j in pairs)
    return squared - 2 * without


def minus_likelihood(x, y, w, sigma):
    d = distances(x, y)
    others = [sum(w[j] * normal(d[i, j], sigma) for j in range(x.size) if j != i) for i in range(x.size)]
    return -sum(w[i] * math.log(others[i]) for i in range(x.size)) / w.sum()


def area_misfit(x, y, w, sigma, area):
    d = distances(x, y)
    return (sum(w[i] / sum(w * normal(d[i], sigma)) for i in range(x.size)) / area - 1) ** 2


def mean_square_error(x, y, w, h, inside=None):
    """Count in discs of radius h: mean-square error over λ², times the area over it, less a constant."""
    d = distances(x, y)
    pairs = [(i, j) for i in range(x.size) for j in range(x.size) if i != j]
    whole = sum(w[i] * w[j] for i, j in pairs)
    within = overlaps = 0.0
    for i, j in pairs:
        share = w[i] * w[j] / whole / (1 if inside is None else inside(x[i], y[i], d[i, j]))
        half = min(1.0, d[i, j] / (2 * h))
        within += share * (d[i, j] <= h)
        overlaps += share * 2 * h**2 * (math.acos(half) - half * math.sqrt(1 - half**2))
    disc = math.pi * h**2
    return ((w**2).sum() / w.sum() ** 2 - 2 * within) / disc + overlaps / disc**2


def mean_neighbour(x, y, k):
    return np.sort(distances(x, y), axis=1)[:, k].mean()
