"""Move counts and rates between layers that do not nest, without making or losing any."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import listed, require_same_crs, require_unique_index
from hotspot.errors import ConfigError, HotspotError, HotspotWarning, InputError
from hotspot.geography.amounts import amounts, floats
from hotspot.geography.overlay import Overlay, overlay, weigh
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

_ENOUGH = 0.95
"""Share of a target that must be covered: generalised outlines leave gaps of about one in a thousand."""
_ROUNDING = 1e-9


def interpolate_counts(
    source: gpd.GeoDataFrame,
    target: gpd.GeoDataFrame,
    *,
    of: Sequence[str] | str | None = None,
    weights: gpd.GeoDataFrame | None = None,
    weight_column: str | None = None,
    min_coverage: float = _ENOUGH,
) -> pd.DataFrame:
    """
    Share counts of one layer out over the areas of another, conserving their sum.

    Parameters
    ----------
    source
        Areas with counts (or populations), in a projected metric reference system; outlines do not overlap.
    target
        Areas to estimate for, in the same reference system; outlines do not overlap.
    of
        Columns of ``source``; by default ``n`` and all ``n_<source>``.
    weights
        Points where people are (addresses, population centroids): a source's count goes to its points. Without them it
        is spread evenly over its area, as if people lived in parks.
    weight_column
        Column of ``weights`` with the people or addresses at each point; by default every point weighs the same.
    min_coverage
        Share of a target that sources with a value must cover, 0 to 1; below it the estimate is missing, never 0.

    Returns
    -------
    DataFrame
        Indexed like ``target``: the columns (Float64), and ``coverage``, the share of the target that sources with a
        value cover (by weight where the target has weights, else by area; the lowest of the columns).

    Raises
    ------
    InputError
        If outlines are invalid, overlap, or no source meets a target; if counts or weights are no numbers or below 0.
    CRSError
        If reference systems differ or do not count in metres.
    ConfigError
        If rates were given, or ``min_coverage`` is not from 0 to 1.

    Warns
    -----
    HotspotWarning
        If targets are missing because too little of them is covered, or sources have no weight and went by area.

    Notes
    -----
    A part of a source outside all targets keeps its count: it is not pressed into those inside. So the sum given, the
    sum withheld (targets below ``min_coverage``) and the sum outside add up to the sum read; all three are noted.
    Counts are not scaled up to the whole target either: half a ward has half its people. All values are estimates; use
    a lookup wherever there is one.

    References
    ----------
    Goodchild, M. F. and Lam, N. S. (1980). Areal interpolation: a variant of the traditional spatial problem.
    Geo-Processing 1, 297-312.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> from hotspot.geography import interpolate_counts
    >>> wards = gpd.GeoDataFrame({"n_ed": [100]}, index=["W"], geometry=[box(0, 0, 2000, 1000)], crs=27700)
    >>> force = gpd.GeoDataFrame(index=["F"], geometry=[box(0, 0, 1000, 1000)], crs=27700)
    >>> interpolate_counts(wards, force).to_dict("list")
    {'n_ed': [50.0], 'coverage': [1.0]}
    """
    values, pieces, covered = _prepare(source, target, amounts(source.drop(columns=source.geometry.name), of, "source"),
                                       weights, weight_column, min_coverage)  # fmt: skip
    share = pieces.share
    result: dict[str, np.ndarray] = {}
    withheld: dict[str, float] = {}
    for name in map(str, values.columns):
        known = values[name].to_numpy()
        given = np.bincount(pieces.target, weights=np.nan_to_num(known[pieces.source]) * share, minlength=len(target))
        short = covered[name] < min_coverage
        withheld[name] = float(given[short].sum())
        result[name] = np.where(short, np.nan, given)
        outside = float(np.nan_to_num(known * (1 - pieces.inside)).sum())
        total = float(np.nansum(known))
        if abs(total - outside - float(given.sum())) > _ROUNDING * max(total, 1.0):
            raise HotspotError(f"interpolate_counts: the account of {name!r} does not balance.")
        note(
            "interpolate_counts",
            column=name, read=total, given=float(given[~short].sum()), withheld=withheld[name], outside=outside,
            sources_without_value=int(np.isnan(known).sum()),
        )  # fmt: skip
    return _result("interpolate_counts", result, covered, pieces, target, min_coverage)


def interpolate_rates(
    source: gpd.GeoDataFrame,
    target: gpd.GeoDataFrame,
    *,
    of: Sequence[str] | str,
    weights: gpd.GeoDataFrame | None = None,
    weight_column: str | None = None,
    min_coverage: float = _ENOUGH,
) -> pd.DataFrame:
    """
    Average rates of one layer over the areas of another.

    Parameters
    ----------
    source
        Areas with rates, shares or densities, in a projected metric reference system; outlines do not overlap.
    target
        Areas to estimate for, in the same reference system.
    of
        Columns of ``source``.
    weights
        Points of the people the rate is of. A rate per person must be averaged by persons: give them. Without them it
        is averaged by area, which is right for densities only.
    weight_column
        Column of ``weights`` with the people at each point; by default every point weighs the same.
    min_coverage
        Share of a target that sources with a value must cover, 0 to 1; below it the estimate is missing.

    Returns
    -------
    DataFrame
        Indexed like ``target``: the columns (Float64), and ``coverage`` as in ``interpolate_counts``. With weights, a
        target without any point has no rate.

    Raises
    ------
    InputError
        If outlines are invalid, overlap, or no source meets a target; if rates or weights are no numbers or below 0.
    CRSError
        If reference systems differ or do not count in metres.
    ConfigError
        If ``min_coverage`` is not from 0 to 1.

    Warns
    -----
    HotspotWarning
        If targets are missing because too little of them is covered, or they have no weight.

    Notes
    -----
    The mean of the rates of the sources that a target touches, by their share of the target's weight (or area); over
    targets that cover the sources, rate times weight adds up to the same. Where numerator and denominator are known,
    interpolate both with ``interpolate_counts`` and divide.

    References
    ----------
    Goodchild, M. F. and Lam, N. S. (1980). Areal interpolation: a variant of the traditional spatial problem.
    Geo-Processing 1, 297-312.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> from hotspot.geography import interpolate_rates
    >>> wards = gpd.GeoDataFrame(
    ...     {"rate_ed": [2.0, 4.0]}, index=["V", "W"], geometry=[box(0, 0, 900, 900), box(900, 0, 1800, 900)], crs=27700
    ... )
    >>> whole = gpd.GeoDataFrame(index=["F"], geometry=[box(0, 0, 1800, 900)], crs=27700)
    >>> interpolate_rates(wards, whole, of="rate_ed")["rate_ed"].to_list()
    [3.0]
    """
    names = [of] if isinstance(of, str) else list(of)
    values, pieces, covered = _prepare(
        source, target, floats(source, names, "source"), weights, weight_column, min_coverage
    )
    result: dict[str, np.ndarray] = {}
    for name in map(str, values.columns):
        known = values[name].to_numpy()[pieces.source]
        heavy = np.where(np.isnan(known), 0.0, pieces.weight)
        total = np.bincount(pieces.target, weights=heavy, minlength=len(target))
        summed = np.bincount(pieces.target, weights=np.nan_to_num(known) * heavy, minlength=len(target))
        with np.errstate(invalid="ignore", divide="ignore"):
            result[name] = np.where((covered[name] < min_coverage) | (total <= 0), np.nan, summed / total)
    note("interpolate_rates", columns=names, averaged_by="area" if weights is None else "weights")
    return _result("interpolate_rates", result, covered, pieces, target, min_coverage)


def area_coverage(areas: gpd.GeoDataFrame, *, by: gpd.GeoDataFrame) -> pd.Series:
    """
    Give the share of each area that another layer covers.

    Parameters
    ----------
    areas
        Areas in a projected metric reference system.
    by
        The layer that should cover them, such as the catchments that an agency reports for; outlines do not overlap.

    Returns
    -------
    Series
        Indexed like ``areas``, named ``coverage``: 0 to 1, by area.

    Raises
    ------
    InputError
        If outlines are invalid or overlap.
    CRSError
        If reference systems differ or do not count in metres.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> from hotspot.geography import area_coverage
    >>> areas = gpd.GeoDataFrame(index=["A", "B"], geometry=[box(0, 0, 90, 90), box(90, 0, 180, 90)], crs=27700)
    >>> served = gpd.GeoDataFrame(index=["S"], geometry=[box(0, 0, 135, 90)], crs=27700)
    >>> area_coverage(areas, by=served).to_list()
    [1.0, 0.5]
    """
    _check_layers(by, areas, "by", "areas")
    pieces = overlay(by, areas, need_pieces=False)
    share = np.bincount(pieces.target, weights=pieces.area, minlength=len(areas)) / pieces.target_area
    note(
        "area_coverage",
        areas=len(areas),
        uncovered=int((share <= 0).sum()),
        partly=int(((share > 0) & (share < _ENOUGH)).sum()),
    )
    return pd.Series(np.minimum(share, 1.0), index=areas.index, name="coverage")


def _prepare(
    source: gpd.GeoDataFrame,
    target: gpd.GeoDataFrame,
    values: pd.DataFrame,
    weights: gpd.GeoDataFrame | None,
    weight_column: str | None,
    min_coverage: float,
) -> tuple[pd.DataFrame, Overlay, dict[str, np.ndarray]]:
    """Check, overlay, weigh; and give for each column the share of each target that its values cover."""
    if not 0 <= min_coverage <= 1:
        raise ConfigError(f"min_coverage: {min_coverage!r} must be from 0 to 1.")
    if weights is None and weight_column is not None:
        raise ConfigError("weight_column: there are no weights. Give weights= too.")
    _check_layers(source, target, "source", "target")
    pieces = overlay(source, target)
    if weights is not None:
        pieces = weigh(pieces, source, target, weights, weight_column)
    covered = {name: pieces.coverage(~np.isnan(values[name].to_numpy())) for name in map(str, values.columns)}
    return values, pieces, covered


def _check_layers(source: gpd.GeoDataFrame, target: gpd.GeoDataFrame, first: str, second: str) -> None:
    require_same_crs(source, target, first, second)
    for frame, argument in ((source, first), (target, second)):
        require_unique_index(frame, argument)
        shapes = frame.geometry
        wrong = (
            shapes.isna() | shapes.is_empty | ~shapes.is_valid | ~shapes.geom_type.isin(["Polygon", "MultiPolygon"])
        ).to_numpy()
        if wrong.any() or not len(frame):
            first_code = frame.index[wrong][0] if wrong.any() else None
            raise InputError(
                f"{argument}: {int(wrong.sum())} of {len(frame)} geometries are missing, invalid or no polygons "
                f"(first: {first_code!r}). Read them with read_areas."
            )


def _result(
    step: str,
    columns: dict[str, np.ndarray],
    covered: dict[str, np.ndarray],
    pieces: Overlay,
    target: gpd.GeoDataFrame,
    min_coverage: float,
) -> pd.DataFrame:
    """Build the aligned frame, note the coverage and warn of what is missing."""
    lowest = np.min(np.stack(list(covered.values())), axis=0)
    result = pd.DataFrame(
        {name: pd.array(values, dtype="Float64") for name, values in columns.items()}, index=target.index
    )
    result = result.mask(pd.DataFrame({name: np.isnan(values) for name, values in columns.items()}, index=target.index))
    result["coverage"] = lowest
    short = lowest < min_coverage
    note(
        step,
        targets=len(target), min_coverage=min_coverage, below_min_coverage=int(short.sum()),
        uncovered=int((lowest <= 0).sum()), sources_by_area=pieces.by_area, points_outside=pieces.points_outside,
    )  # fmt: skip
    said = []
    if short.any():
        said.append(
            f"{int(short.sum()):,} of {len(target):,} targets have no value: sources with a value cover less than "
            f"{min_coverage:.0%} of them ({listed(target.index[short])})"
        )
    empty = int((result.drop(columns="coverage").isna().any(axis=1).to_numpy() & ~short).sum())
    if empty:
        said.append(f"{empty:,} targets have no value because no weight lies in them")
    if pieces.by_area:
        said.append(f"{pieces.by_area:,} sources hold no weight and were spread evenly over their area")
    if said:
        warnings.warn(f"{step}: {'; '.join(said)}.", HotspotWarning, stacklevel=3)
    return result


__all__ = ["area_coverage", "interpolate_counts", "interpolate_rates"]
