"""Cut a surface at thresholds: multiples of its mean, or the densest share of the area."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np
import shapely

from hotspot.density.grid import SQUARE_KILOMETRE
from hotspot.density.outlines import regions_of
from hotspot.density.surface import Surface
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray


def dense_areas(
    surface: Surface,
    *,
    multiples: Sequence[float] | None = (3, 5),
    top_share: Sequence[float] | None = (0.01, 0.02, 0.05),
) -> gpd.GeoDataFrame:
    r"""
    Draw the areas where a surface is denser than each of several thresholds.

    Parameters
    ----------
    surface
        What ``kernel_density`` gives. Its missing cells belong to no area.
    multiples
        Multiples of the mean density of the cells above 0. None or empty for none.
    top_share
        Shares of the area, above 0 and at most 1: the densest cells that together take no more than it. None or empty
        for none.

    Returns
    -------
    GeoDataFrame
        One row for each threshold, the highest first, in the CRS of the surface; index ``rank`` from 1. Areas are
        nested: each holds those above it.

        - ``label``: ``3 x mean``, ``top 1 %``;
        - ``threshold``: lowest density that belongs, in the unit of the surface (missing if no cell belongs);
        - ``regions``: connected groups of cells (sharing an edge);
        - ``area_km2``, ``share_of_area``: of all cells that are not missing;
        - ``events``, ``share_of_events``: density times cell area, summed; per year if the surface is;
        - ``pai``: share of events over share of area;
        - ``geometry``: multipolygon along the cell edges.

    Raises
    ------
    ConfigError
        Neither multiples nor shares are given, one of them is not a number above 0, or a share is above 1.
    InputError
        ``surface`` is not a Surface, or has values below 0 (a difference has no dense areas).

    Warns
    -----
    HotspotWarning
        No cell reaches a threshold.

    Notes
    -----
    Mean: :math:`\bar\lambda = \sum_{\lambda_j > 0} \lambda_j \,/\, \#\{\lambda_j > 0\}`; a cell belongs if
    :math:`\lambda_j \ge m \bar\lambda`. The mean over cells above 0 hardly depends on how much empty land the grid
    covers, but it does depend on the bandwidth and on where the grid ends.

    Top share s of N cells: the cut is the lowest density that at most :math:`\lfloor s N \rfloor` cells reach. Cells
    that tie at the cut are all left out if they do not all fit: never more than the share, and no cell chosen by its
    place in the file. Cells of density 0 never belong.

    ``pai`` compares the map with the events it was drawn from. It describes the map. It does not evaluate it: any
    surface scores above 1 on its own events, and more with a smaller bandwidth. To evaluate, hold a later period back.
    A threshold is not a test either: on events spread by chance there are always cells in the top 1 %
    (``significant_density``). The area is that of the cells drawn: without a boundary it is the grid's rectangle.

    References
    ----------
    Chainey and Ratcliffe (2005) GIS and Crime Mapping, Wiley (incremental mean thresholds). Chainey, Tompson and Uhlig
    (2008) Security Journal 21, 4-28 (prediction accuracy index).

    Examples
    --------
    >>> import geopandas as gpd
    >>> from hotspot.density import kernel_density
    >>> from hotspot.density.thresholds import dense_areas
    >>> place = gpd.points_from_xy([530_010 + 20 * i for i in range(60)], [180_010] * 60)
    >>> points = gpd.GeoDataFrame({"source": "police"}, index=range(60), geometry=place, crs=27700)
    >>> areas = dense_areas(kernel_density(points, bandwidth=400, cell_size=50), multiples=[2], top_share=[0.1])
    >>> areas[["label", "regions", "area_km2"]].values.tolist()
    [['top 10 %', 1, 0.17], ['2 x mean', 1, 0.295]]
    """
    import geopandas as gpd

    values = _values(surface)
    cuts = [(f"{m:g} x mean", _multiple_cut(float(m))) for m in _numbers(multiples, "multiples", math.inf)]
    cuts += [(f"top {100 * s:g} %", _share_cut(float(s))) for s in _numbers(top_share, "top_share", 1.0)]
    if not cuts:
        raise ConfigError("multiples, top_share: both are empty. Give at least one multiple or share.")
    there = np.isfinite(values)
    found = sorted(((label, cut(values[there])) for label, cut in cuts), key=lambda pair: -pair[1])
    rows = [{"label": label, **_describe(surface, values, cut)} for label, cut in found]
    areas = gpd.GeoDataFrame(rows, geometry="geometry", crs=surface.crs)
    areas.index = areas.index + 1
    areas.index.name = "rank"
    empty = areas.loc[areas["regions"] == 0, "label"].tolist()
    if empty:
        warnings.warn(
            f"dense_areas: no cell is in {', '.join(empty)}: the surface is flat, empty or has too few cells.",
            HotspotWarning,
            stacklevel=2,
        )
    note(
        "dense_areas",
        name=surface.name,
        unit=surface.unit,
        cells=int(there.sum()),
        cells_above_0=int((values[there] > 0).sum()),
        thresholds={label: cut if math.isfinite(cut) else None for label, cut in found},
        empty=empty,
    )
    return areas


def _values(surface: Surface) -> NDArray[np.float64]:
    """Take the densities of a surface that may be cut."""
    if not isinstance(surface, Surface):
        raise InputError(f"surface: a {type(surface).__name__} is not a Surface. Call kernel_density first.")
    below = int((surface.density < 0).sum())
    if below:
        raise InputError(f"surface: {below} cell(s) are below 0. A difference of surfaces has no dense areas.")
    return surface.density


def _numbers(given: Sequence[float] | None, argument: str, most: float) -> list[float]:
    """Check a list of multiples or shares, and drop repeats."""
    numbers = [] if given is None else list(np.atleast_1d(np.asarray(given, dtype=object)))
    for number in numbers:
        fits = isinstance(number, (int, float, np.integer, np.floating)) and not isinstance(number, bool)
        if not fits or not math.isfinite(number) or not 0 < number <= most:
            limit = "a number above 0" if math.isinf(most) else f"a number above 0 and at most {most:g}"
            raise ConfigError(f"{argument}: {number!r} must be {limit}.")
    return list(dict.fromkeys(float(number) for number in numbers))


def _multiple_cut(multiple: float) -> Callable[[NDArray[np.float64]], float]:
    """Give the cut at a multiple of the mean of what is above 0; infinite if nothing is."""

    def cut(values: NDArray[np.float64]) -> float:
        above = values[values > 0]
        return multiple * float(above.mean()) if above.size else math.inf

    return cut


def _share_cut(share: float) -> Callable[[NDArray[np.float64]], float]:
    """Give the lowest value above 0 that no more than the share of cells reach; infinite if none is."""

    def cut(values: NDArray[np.float64]) -> float:
        levels, counts = np.unique(values[values > 0], return_counts=True)
        reached = np.cumsum(counts[::-1])[::-1]
        # A share such as 0.07 of 100 cells is 7 cells, though 0.07 * 100 is 7.000000000000001 or a bit less.
        fits = np.flatnonzero(reached <= math.floor(share * values.size * (1 + 1e-12)))
        return float(levels[fits[0]]) if fits.size else math.inf

    return cut


def _describe(surface: Surface, values: NDArray[np.float64], cut: float) -> dict[str, object]:
    """Measure and outline the cells at or above a cut."""
    chosen = values >= cut
    outlines = regions_of(surface, chosen).outlines
    cell = surface.cell_size**2 / SQUARE_KILOMETRE
    cells, everywhere = int(chosen.sum()), int(np.isfinite(values).sum())
    events = float(values[chosen].sum()) * cell
    total = surface.total
    of_area = cells / everywhere if everywhere else math.nan
    of_events = events / total if total > 0 else math.nan
    return {
        "threshold": cut if cells else math.nan,
        "regions": outlines.size,
        "area_km2": cells * cell,
        "share_of_area": of_area,
        "events": events,
        "share_of_events": of_events,
        "pai": of_events / of_area if cells else math.nan,
        "geometry": shapely.MultiPolygon(list(outlines)),
    }
