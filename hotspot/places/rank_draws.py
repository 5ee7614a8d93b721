"""Say how far chance alone moves the ranks of a list: Gamma-Poisson draws of the true expected counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.numerics.gamma_poisson import fit_gamma

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Singles = npt.NDArray[np.float32]
    Ints = npt.NDArray[np.intp]

_CELLS_AT_A_TIME = 4_000_000
"""Draws times areas held at once: 16 MB for each source. Single precision is enough to tell ranks."""


def rank_limits(
    events: Floats, places: Sequence[Sequence[int]], others: Ints, *, draws: int, seed: int, confidence: float
) -> pd.DataFrame:
    """
    Draw the true expected counts, rank anew, and see where the listed places come out.

    Parameters
    ----------
    events
        Counts, shape (areas, sources), the areas in an order that does not depend on the rows of the input; NaN where
        a source does not cover an area.
    places
        Positions of the areas of each listed place.
    others
        Positions of the areas that compete with them.
    draws, seed
        How many, and the seed of the generator.
    confidence
        Of the interval.

    Returns
    -------
    DataFrame
        One row per place: ``rank_lower`` and ``rank_upper``, the limits of its rank among the listed places and the
        others, 1 the highest, and ``p_listed``, the share of draws in which it is among the first ``len(places)``.
        The score of a place is that of its highest area, as in the list.
    """
    generator = np.random.Generator(np.random.Philox(seed))
    shapes = [_posterior_shape(events[:, source]) for source in range(events.shape[1])]
    block = max(1, _CELLS_AT_A_TIME // len(events))
    ranks = np.empty((draws, len(places)), dtype=np.int64)
    starts = np.cumsum([0, *(len(place) for place in places)])[:-1]
    listed = np.concatenate([np.asarray(place, dtype=np.intp) for place in places])
    for first in range(0, draws, block):
        number = min(block, draws - first)
        drawn = _scores(events, shapes, number, generator)
        own = np.maximum.reduceat(drawn[:, listed], starts, axis=1)
        rivals = np.sort(np.hstack([drawn[:, others], own]), axis=1)
        for row in range(number):
            ranks[first + row] = rivals.shape[1] - np.searchsorted(rivals[row], own[row], side="right") + 1
    ends = np.quantile(ranks, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0, method="nearest").astype(np.int64)
    return pd.DataFrame(
        {
            "rank_lower": pd.array(ends[0], dtype="Int64"),
            "rank_upper": pd.array(ends[1], dtype="Int64"),
            "p_listed": (ranks <= len(places)).mean(axis=0),
        }
    )


def _posterior_shape(events: Floats) -> Floats | None:
    """
    Give the shape of each area's posterior; None where chance explains all differences.

    Every area has the same exposure, so all posteriors have one rate, which leaves the order as it is.
    """
    known = ~np.isnan(events)
    mean = events[known].mean() if known.any() else 0.0
    if mean == 0:
        return None
    shape, _ = fit_gamma(events[known], np.full(int(known.sum()), mean))
    return None if np.isinf(shape) else np.where(known, events + shape, np.nan)


def _scores(events: Floats, shapes: list[Floats | None], number: int, generator: np.random.Generator) -> Singles:
    """Draw ``number`` scores of each area: of one source the value itself, of several their mean percentile rank."""
    size = len(events)
    total, sources = np.zeros((number, size), dtype=np.float32), np.zeros(size, dtype=np.float32)
    for source, shape in enumerate(shapes):
        covered = np.flatnonzero(~np.isnan(events[:, source]))
        # without true differences the ranks are a matter of luck
        values = (
            generator.random((number, len(covered)), dtype=np.float32)
            if shape is None
            else generator.standard_gamma(shape[covered], (number, len(covered)), dtype=np.float32)
        )
        if len(shapes) > 1:
            values = _percentiles(values)
        total[:, covered] += values
        sources[covered] += 1
    return np.divide(total, sources, out=np.full_like(total, -np.inf), where=sources > 0)


def _percentiles(values: Singles) -> Singles:
    """Give percentile ranks within each draw."""
    ranks = np.empty_like(values)
    places = ((np.arange(values.shape[1]) + 0.5) / max(1, values.shape[1])).astype(np.float32)
    np.put_along_axis(ranks, values.argsort(axis=1), np.broadcast_to(places, values.shape), axis=1)
    return ranks


__all__ = ["rank_limits"]
