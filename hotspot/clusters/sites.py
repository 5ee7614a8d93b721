"""Bring values and neighbours of areas together as plain arrays, in an order that does not depend on the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import listed, require_unique_index
from hotspot.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt
    from libpysal.graph import Graph
    from libpysal.weights import W

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

SPARSE_SHARE = 0.5
"""A share of zeros above which a result is marked sparse."""
_SAME_WEIGHT = 1e-12
_LARGEST = 1e140
_ROUNDING = 8 * np.finfo(np.float64).eps


@dataclass(frozen=True, slots=True)
class Sites:
    """
    The areas that have a value, numbered in the order of their codes, and their rows of weights.

    The numbering decides which draws a site meets; it depends on the set of codes alone, so that neither the
    order of rows nor areas without a value change a result.
    """

    index: pd.Index
    """Index of the input, the index of every result."""
    rows: Ints
    """Position in ``index`` of each site."""
    y: Floats
    indptr: Ints
    neighbours: Ints
    weights: Floats
    """Above 0; without self-weights unless the statistic includes the site."""
    equal_weights: bool
    """Whether the weights of each row are the same, so that a plain sum ranks as the weighted one."""

    @property
    def degree(self) -> Ints:
        """Count the entries of each row."""
        return np.diff(self.indptr)

    @property
    def alone(self) -> npt.NDArray[np.bool_]:
        """Tell which sites have no neighbour but themselves."""
        focal = np.repeat(np.arange(len(self.rows)), self.degree)
        return np.asarray(np.bincount(focal[focal != self.neighbours], minlength=len(self.rows)) == 0)

    @property
    def missing(self) -> int:
        """Count the areas without a value."""
        return len(self.index) - len(self.rows)

    def row_sums(self, of: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Sum an array with one element per link over each site's row; 0 for an empty row."""
        sums = np.zeros(len(self.rows), of.dtype)
        filled = np.flatnonzero(self.degree > 0)
        if len(filled):
            sums[filled] = np.add.reduceat(of, self.indptr[filled])
        return sums

    def varies(self) -> bool:
        """Tell whether the values differ by more than rounding."""
        return varies(self.y)

    def without_own(self) -> Sites:
        """Drop the links of sites to themselves."""
        focal = np.repeat(np.arange(len(self.rows)), self.degree)
        other = focal != self.neighbours
        indptr = np.r_[0, np.cumsum(np.bincount(focal[other], minlength=len(self.rows)))].astype(np.int64)
        return _sites(self.index, self.rows, self.y, indptr, self.neighbours[other], self.weights[other])

    def column(self, values: npt.NDArray[np.generic], fill: object) -> npt.NDArray[np.generic]:
        """Spread values of the sites over the rows of the input."""
        spread = np.full(len(self.index), fill, dtype=values.dtype)
        spread[self.rows] = values
        return spread


def _sites(index: pd.Index, rows: Ints, y: Floats, indptr: Ints, neighbours: Ints, weights: Floats) -> Sites:
    starts = indptr[:-1][np.diff(indptr) > 0]
    equal = True
    if len(starts) and not np.all(weights == weights[0]):
        high, low = np.maximum.reduceat(weights, starts), np.minimum.reduceat(weights, starts)
        equal = bool(np.all(high - low <= _SAME_WEIGHT * high))
    return Sites(index, rows, y, indptr, neighbours, weights, equal)


def varies(values: Floats) -> bool:
    """Tell whether there are values that differ by more than rounding."""
    if len(values) == 0:
        return False
    low, high = float(values.min()), float(values.max())
    return bool(high - low > _ROUNDING * max(abs(low), abs(high)))


def share_of_zeros(values: Floats) -> float:
    """Give the share of values that are 0; 0 where there are none."""
    return float(np.mean(values == 0)) if len(values) else 0.0


def numbers_of(y: pd.Series, argument: str) -> Floats:
    """Return a series as floats with NaN for missing; refuse text, infinities and repeated labels."""
    if not isinstance(y, pd.Series):
        raise InputError(f"{argument}: give a Series with one value per area code, not {type(y).__name__}.")
    if isinstance(y.index, pd.MultiIndex):
        raise InputError(f"{argument}: its index has {y.index.nlevels} levels. Index it by area code alone.")
    require_unique_index(y, argument)
    if y.empty:
        raise InputError(f"{argument}: no areas. Give at least one.")
    if not pd.api.types.is_numeric_dtype(y.dtype) or pd.api.types.is_complex_dtype(y.dtype):
        raise InputError(f"{argument}: holds {y.dtype}, not numbers. Convert it first, e.g. with pandas.to_numeric.")
    values = y.to_numpy(dtype=np.float64, na_value=np.nan)
    largest = float(np.nanmax(np.abs(values), initial=0.0, where=np.isfinite(values)))
    if largest > _LARGEST or 0 < largest < 1 / _LARGEST:
        raise InputError(f"{argument}: the values are too large or too small to be squared. Give them in another unit.")
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        raise InputError(
            f"{argument}: {len(infinite)} of {len(values)} values are infinite (first in row {infinite[0]}). "
            f"Make them missing if they are unknown: a rate over no people is."
        )
    return values


def aligned(other: pd.Series, argument: str, to: pd.Series, named: str) -> Floats:
    """Return the numbers of a second series in the order of the first; both must have the same areas."""
    numbers = numbers_of(other, argument)
    unmatched = to.index.symmetric_difference(other.index)
    if len(unmatched):
        raise InputError(
            f"{named} and {argument} must have the same area codes; {len(unmatched)} differ "
            f"(first: {listed(map(repr, unmatched), 3)})."
        )
    return numbers[other.index.get_indexer(to.index)]


def _as_graph(graph: Graph | W) -> Graph:
    from libpysal.graph import Graph as LibpysalGraph
    from libpysal.weights import W as LibpysalWeights

    if isinstance(graph, LibpysalWeights):
        return LibpysalGraph.from_W(graph)
    if not isinstance(graph, LibpysalGraph):
        raise InputError(
            f"graph: give a libpysal.graph.Graph or a libpysal.weights.W, not {type(graph).__name__}. "
            f"hotspot.contiguity makes one."
        )
    return graph


def _places(index: pd.Index, codes: pd.Index, argument: str) -> Ints:
    """Find each area of the graph in the rows; both must have the same areas."""
    if index.equals(codes):
        return np.arange(len(codes))
    places = index.get_indexer(codes)
    if len(index) == len(codes) and places.min(initial=0) >= 0:
        return places.astype(np.int64)
    unknown, without = index.difference(codes), codes.difference(index)
    parts = [
        f"{len(labels)} {text} (first: {listed(map(repr, labels), 3)})"
        for labels, text in (
            (unknown, f"in {argument} are not in graph"),
            (without, f"in graph are not in {argument}"),
        )
        if len(labels)
    ]
    raise InputError(
        f"{argument} and graph must have the same area codes; {', '.join(parts)}. "
        f"Build the graph from the same areas, and leave areas without a value in as missing."
    )


def read_sites(y: pd.Series, values: Floats, graph: Graph | W, argument: str, *, own: bool) -> Sites:
    """
    Match values to the graph and drop what has no value, as if it were not there.

    Parameters
    ----------
    y
        Its index names the areas.
    values
        Value by row of ``y``, NaN where missing.
    graph
        Neighbours by area code.
    argument
        What the user calls ``y``.
    own
        Whether each row includes the site itself: with the self-weight of the graph, else with the
        largest weight of the row. Otherwise self-weights are left out.

    Returns
    -------
    Sites
    """
    graph = _as_graph(graph)
    codes = pd.Index(graph.unique_ids)
    places = _places(y.index, codes, argument)
    ordered = np.argsort(codes.astype(str).to_numpy(dtype=object), kind="stable")
    rows = places[ordered]
    has_value = ~np.isnan(values[rows])
    kept = ordered[has_value]  # position in the graph of each site
    number = np.full(len(codes), -1, np.int64)
    number[kept] = np.arange(len(kept))
    links = graph.sparse.tocoo()
    focal, neighbour, weight = number[links.row], number[links.col], np.asarray(links.data, np.float64)
    if not np.all(np.isfinite(weight)) or np.any(weight < 0):
        bad = int(np.sum(~np.isfinite(weight) | (weight < 0)))
        raise InputError(
            f"graph: {bad} of {len(weight)} weights are negative or not finite. Weights must be 0 or more."
        )
    used = (focal >= 0) & (neighbour >= 0) & (weight > 0)
    focal, neighbour, weight = focal[used], neighbour[used], weight[used]
    itself = focal == neighbour
    if own:
        fill = np.zeros(len(kept))
        np.maximum.at(fill, focal[~itself], weight[~itself])
        fill[focal[itself]] = weight[itself]
        fill[fill == 0] = 1.0
        every = np.arange(len(kept))
        focal = np.r_[focal[~itself], every]
        neighbour = np.r_[neighbour[~itself], every]
        weight = np.r_[weight[~itself], fill]
    else:
        focal, neighbour, weight = focal[~itself], neighbour[~itself], weight[~itself]
    place = focal * max(1, len(kept)) + neighbour
    order = np.arange(len(place)) if np.all(place[1:] > place[:-1]) else np.argsort(place, kind="stable")
    indptr = np.r_[0, np.cumsum(np.bincount(focal, minlength=len(kept)))].astype(np.int64)
    sites = rows[has_value].astype(np.int64)
    return _sites(y.index, sites, values[sites], indptr, neighbour[order].astype(np.int64), weight[order])
