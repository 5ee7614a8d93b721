"""Lay one set of areas over another: the pieces, their area and their weight."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from hotspot.checks import listed
from hotspot.errors import InputError
from hotspot.geography.amounts import floats
from hotspot.geography.owner import positions_in_areas

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]
    Truths = npt.NDArray[np.bool_]

_OVERLAP = 0.02
"""Share of an area by which others of one layer may lie over each other in it: slivers, not overlaps."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """
    Pieces of source areas in target areas.

    ``share`` is the part of its source that a piece takes, ``weight`` its area, or people, as the mean of rates needs.
    """

    source: Ints
    target: Ints
    area: Floats
    share: Floats
    weight: Floats
    target_area: Floats
    target_weight: Floats
    inside: Floats
    by_area: int = 0
    points_outside: int = 0

    def coverage(self, known: Truths) -> Floats:
        """Give the share of each target that the known sources cover: by weight where it has some, else by area."""
        number = len(self.target_area)
        counted = known[self.source]
        area = np.bincount(self.target, weights=self.area * counted, minlength=number) / self.target_area
        weight = np.bincount(self.target, weights=self.weight * counted, minlength=number)
        with np.errstate(invalid="ignore", divide="ignore"):
            by_weight = weight / self.target_weight
        covered: Floats = np.minimum(np.where(self.target_weight > 0, by_weight, area), 1.0)
        return covered


def overlay(source: gpd.GeoDataFrame, target: gpd.GeoDataFrame, *, need_pieces: bool = True) -> Overlay:
    """Cut the sources at the outlines of the targets; refuse layers that overlap themselves."""
    left, right = source.geometry.to_numpy(), target.geometry.to_numpy()
    t, s = shapely.STRtree(left).query(right, predicate="intersects")
    area = shapely.area(shapely.intersection(left[s], right[t]))
    s, t, area = (found[area > 0] for found in (s, t, area))
    if need_pieces and not len(s):
        raise InputError("source: no area of it meets any of the target. Check that both are of the same place.")
    source_area, target_area = shapely.area(left), shapely.area(right)
    taken = np.bincount(s, weights=area, minlength=len(left)) / source_area
    covered = np.bincount(t, weights=area, minlength=len(right)) / target_area
    for over, frame, other in ((taken, source, "target"), (covered, target, "source")):
        if (over > 1 + _OVERLAP).any():
            codes = frame.index[over > 1 + _OVERLAP]
            raise InputError(
                f"{other}: its areas overlap each other: they cover {len(codes)} area(s) of the other layer more than "
                f"once (first: {listed(codes, 3)}). Repair the layer, or count would be doubled."
            )
    # slivers where outlines overlap must not make counts grow
    share = area / source_area[s] / np.maximum(taken, 1.0)[s]
    inside: Floats = np.bincount(s, weights=share, minlength=len(left)).astype(np.float64)
    return Overlay(s, t, area, share, area, target_area, target_area, inside)


def weigh(
    pieces: Overlay,
    source: gpd.GeoDataFrame,
    target: gpd.GeoDataFrame,
    points: gpd.GeoDataFrame,
    column: str | None,
) -> Overlay:
    """Share each source out by the points in it; by area where it has none."""
    heavy = np.ones(len(points)) if column is None else floats(points, [column], "weights")[column].to_numpy()
    if np.isnan(heavy).any():
        raise InputError(
            f"weights: {int(np.isnan(heavy).sum())} point(s) have no {column!r}. Leave them out, or fill it."
        )
    s, t = (positions_in_areas(points, frame).astype(np.int64) for frame in (source, target))
    size, wide = len(source), len(target)
    total = np.bincount(s[s >= 0], weights=heavy[s >= 0], minlength=size)
    target_weight = np.bincount(t[t >= 0], weights=heavy[t >= 0], minlength=wide).astype(np.float64)
    both = (s >= 0) & (t >= 0)
    if not both.any():
        raise InputError("weights: no point lies in both a source and a target. Check that they are of the same place.")
    cell, back = np.unique(s[both] * wide + t[both], return_inverse=True)
    weight = np.bincount(back, weights=heavy[both])
    ws, wt = cell // wide, cell % wide
    kept = total[ws] > 0
    ws, wt, weight = ws[kept], wt[kept], weight[kept]
    # pieces without weight still say what is covered, and carry the sources that have no weight at all
    bare = total[pieces.source] <= 0
    empty = np.zeros(len(pieces.source))
    share = np.concatenate([weight / total[ws], np.where(bare, pieces.share, 0.0)])
    joined = np.concatenate([ws, pieces.source])
    return replace(
        pieces,
        source=joined,
        target=np.concatenate([wt, pieces.target]),
        area=np.concatenate([np.zeros(len(ws)), pieces.area]),
        share=share,
        weight=np.concatenate([weight, empty]),
        target_weight=target_weight,
        inside=np.bincount(joined, weights=share, minlength=size).astype(np.float64),
        by_area=int((total <= 0).sum()),
        points_outside=int((s < 0).sum()),
    )


__all__ = ["Overlay", "overlay", "weigh"]
