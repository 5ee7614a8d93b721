"""Time the local statistics beside esda and pygeoda, on the same areas, neighbours and values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import inputs
import numpy as np
import rivals
from timing import Agreement, Entry, Job, Rival, Skipped, timed

import hotspot as hs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import geopandas as gpd
    import pandas as pd
    from inputs import Size
    from libpysal.graph import Graph

_EXACT = 1e-8
_WARM = 19


def run(size: Size) -> Iterator[Entry]:
    """Time every job of this topic."""
    square = inputs.areas(size.side)
    y = inputs.rates(square.index, size.side)
    queen = hs.contiguity(square)
    yield from _local_moran(f"{len(y):,} synthetic areas, queen", y, queen, size)
    folder = inputs.real_folder(size)
    if folder is None:
        yield Skipped("local Moran of the English LSOA of 2021", inputs.NO_REAL_DATA)
    else:
        shapes, violence = inputs.england(folder)
        yield from _local_moran(f"{len(violence):,} English LSOA, violence", violence, hs.contiguity(shapes), size)
    yield from _general_weights(square, y, size)
    for other in _others(y, inputs.rates(y.index, size.side, seed=1), queen, size):
        yield from _beside_esda(other, size)


def _local_moran(where: str, y: pd.Series, graph: Graph, size: Size) -> Iterator[Entry]:
    ours, job = _moran(f"local Moran, {where}", y, graph, size.permutations)
    if rivals.installed("esda"):
        job.rivals.append(_moran_esda(y, graph, size.permutations, ours, size, least=200))
    else:
        yield Skipped(f"esda: {job.name}", rivals.ABSENT)
    if rivals.installed("pygeoda"):
        job.rivals.append(_moran_geoda(y, graph, size.permutations, ours, least=50))
    else:
        yield Skipped(f"pygeoda: {job.name}", rivals.ABSENT)
    yield job
    _, job = _moran(f"local Moran, {where}", y, graph, size.many_permutations)
    job.most_seconds = 1.0
    yield job


def _general_weights(square: gpd.GeoDataFrame, y: pd.Series, size: Size) -> Iterator[Entry]:
    """Time weights that fall with distance, where no sum of drawn values serves two areas."""
    near = hs.nearest(square, min(10, len(y) - 1))
    focal, other = near.adjacency.index.get_level_values(0), near.adjacency.index.get_level_values(1)
    middle = square.centroid
    distance = middle.loc[focal].distance(middle.loc[other], align=False).to_numpy()
    graph = type(near).from_arrays(focal.to_numpy(), other.to_numpy(), 1000.0 / distance)
    ours, job = _moran(f"local Moran, {len(y):,} areas, inverse distance to 10", y, graph, size.few_permutations)
    if rivals.installed("esda"):
        job.rivals.append(_moran_esda(y, graph, size.few_permutations, ours, size, least=5))
    else:
        yield Skipped(f"esda: {job.name}", rivals.ABSENT)
    yield job


def _moran(name: str, y: pd.Series, graph: Graph, permutations: int) -> tuple[pd.DataFrame, Job]:
    """Time ours, held at this number of permutations: by itself it raises a number too small for the correction."""

    def call() -> pd.DataFrame:
        return hs.local_moran(y, graph, permutations=permutations, max_permutations=permutations)

    ours, spent = timed(call, warm=call)
    return ours, Job(f"{name}, {permutations:,} permutations", spent)


def _moran_esda(
    y: pd.Series, graph: Graph, permutations: int, ours: pd.DataFrame, size: Size, *, least: float
) -> Rival:
    from esda import Moran_Local

    rows, options = graph.transform("r"), rivals.esda_options(size.workers)
    found, spent = timed(
        lambda: Moran_Local(y, rows, permutations=permutations, **options),
        warm=lambda: Moran_Local(y, rows, permutations=_WARM, **options),
    )
    agreements = _moran_agreements(found.Is, found.p_sim, ours, permutations, y)
    return Rival("esda, all cores", spent, agreements, least_ratio=least)


def _moran_geoda(y: pd.Series, graph: Graph, permutations: int, ours: pd.DataFrame, *, least: float) -> Rival:
    weights = rivals.geoda_weights(graph)
    found, spent = timed(lambda: rivals.geoda("local_moran", weights, y, permutations))
    agreements = _moran_agreements(np.array(found.lisa_values()), np.array(found.lisa_pvalues()), ours, permutations, y)
    return Rival("pygeoda, look-up table", spent, agreements, least_ratio=least)


def _moran_agreements(
    i: np.ndarray, folded: np.ndarray, ours: pd.DataFrame, permutations: int, y: pd.Series
) -> tuple[Agreement, ...]:
    """
    Compare I and p: the others divide the sum of squares by n - 1, and give the p of the smaller tail, half of ours.

    Two independent estimates of p from R draws differ with a standard error of at most sqrt(0.5 / R); 6 of them are
    allowed, which none of 35,000 areas exceeds by chance. Where few different values occur, sums tie, and the others
    count a tie only if rounding lets them: two more hundredths are allowed then.
    """
    tied = y.nunique() < len(y) / 2
    allowed = 6 * math.sqrt(0.5 / permutations) + (0.02 if tied else 0.0)
    return (
        Agreement("I", _apart(i * len(y) / (len(y) - 1), ours["moran_i"]), _EXACT),
        Agreement("p", _apart(folded, ours["moran_p"] / 2), allowed),
    )


class _Other(NamedTuple):
    """A statistic whose values are compared; the rival's null differs from ours or is drawn otherwise."""

    name: str
    ours: Callable[[], pd.DataFrame]
    column: str
    rival: Callable[[int, Any], Any]
    """Given the permutations and the module esda, the fitted rival."""
    attribute: str
    theirs_per_ours: float = 1.0


def _others(y: pd.Series, x: pd.Series, graph: Graph, size: Size) -> list[_Other]:
    """List the other statistics: what we call, what esda is called with, and where the values are."""
    n, draws = len(y), size.few_permutations
    fixed = {"permutations": draws, "max_permutations": draws}
    options = rivals.esda_options(size.workers)
    binary, rows = graph.transform("b"), graph.transform("r")
    starred = binary.assign_self_weight(1)
    high = (y > y.quantile(0.8)).astype(int)
    columns = [values.to_numpy()[:, None] for values in (x, y)]
    task = f"{n:,} areas, {draws:,} permutations"
    return [
        _Other(
            f"Getis-Ord Gi*, {task}",
            lambda: hs.getis_ord(y, graph, **fixed),
            "gi_z",
            lambda R, esda: esda.G_Local(y, starred, transform="B", star=True, permutations=R, **options),
            "Zs",
        ),
        _Other(
            f"local Geary, {task}",
            lambda: hs.local_geary(y, graph, **fixed),
            "geary_c",
            lambda R, esda: esda.Geary_Local(rows, permutations=R, **options).fit(y),
            "localG",
        ),
        _Other(
            f"bivariate local Moran, {task}",
            lambda: hs.local_moran_bivariate(x, y, graph, **fixed),
            "moran_bv_i",
            lambda R, esda: esda.Moran_Local_BV(x, y, rows, permutations=R, **options),
            "Is",
            (n - 1) / n,
        ),
        _Other(
            f"Lee's L, {task}",
            lambda: hs.lee_l(x, y, graph, **fixed),
            "lee_i",
            lambda R, esda: esda.Spatial_Pearson_Local(starred.transform("r").sparse, permutations=R).fit(*columns),
            "associations_",
        ),
        _Other(
            f"local join counts, {n:,} areas, ours exact, esda {draws:,} permutations",
            lambda: hs.local_join_counts(high, graph),
            "join_count",
            lambda R, esda: esda.Join_Counts_Local(binary, permutations=R, **options).fit(high),
            "LJC",
        ),
    ]


def _beside_esda(other: _Other, size: Size) -> Iterator[Entry]:
    ours, spent = timed(other.ours, warm=other.ours)
    job = Job(other.name, spent)
    if rivals.installed("esda"):
        import esda

        found, spent = timed(lambda: other.rival(size.few_permutations, esda), warm=lambda: other.rival(_WARM, esda))
        theirs = np.asarray(getattr(found, other.attribute), float) / other.theirs_per_ours
        label = "esda, one core" if other.column == "lee_i" else "esda, all cores"
        job.rivals.append(Rival(label, spent, (Agreement("value", _apart(theirs, ours[other.column]), _EXACT),)))
    else:
        yield Skipped(f"esda: {job.name}", rivals.ABSENT)
    yield job


def _apart(theirs: np.ndarray, ours: pd.Series) -> float:
    """Give the largest difference where we give a value, relative to it where it is above 1."""
    mine = ours.to_numpy(dtype=float, na_value=np.nan)
    there = ~np.isnan(mine)
    return float(np.max(np.abs(theirs[there] - mine[there]) / np.maximum(1.0, np.abs(mine[there]))))
