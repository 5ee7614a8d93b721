"""Bring two kinds of events together for a comparison: check them, choose them, say what to beware of."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from hotspot.checks import require_positive, require_same_crs, require_whole
from hotspot.density.grid import coarse_cells, keep_inside
from hotspot.errors import ComparabilityError, ConfigError, HotspotWarning, InputError
from hotspot.geography.drawable import choose_events
from hotspot.numerics.random_numbers import MAX_SEED

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from hotspot.geography.drawable import Events

_FEW = 20


def require_reason(reason: str | None, *, comparable: bool) -> None:
    """Refuse to compare what is not alike unless somebody says why."""
    if not comparable and (reason is None or not reason.strip()):
        raise ComparabilityError(
            "comparable=False: the two are not alike, and reason= does not say why they are compared. "
            "Write what each counts, for example 'assaults seen in hospital against all recorded violence'."
        )


def check_numbers(bandwidth: float, wider: float | None, least: float, simulations: int, seed: int) -> None:
    """Raise for the first number that is not what it should be."""
    require_positive(bandwidth, "bandwidth", "metres")
    if wider is not None:
        require_positive(wider, "denominator_bandwidth", "metres")
    require_positive(least, "least_support", "events of the denominator")
    require_whole(simulations, "simulations", 0, 2**31 - 1)
    require_whole(seed, "seed", 0, MAX_SEED)


def refuse_adaptive(*, adaptive: bool, weighted: bool, wider: float | None, edge: str) -> None:
    """Refuse what adaptive bandwidths, made from the pooled events, cannot be combined with."""
    if not adaptive:
        return
    clash = {
        "denominator_weights": weighted,
        "denominator_bandwidth": wider is not None,
        "edge='uniform'": edge == "uniform",
    }
    for name, there in clash.items():
        if there:
            raise ConfigError(
                f"adaptive: every event takes its bandwidth from the pooled events, which does not go with {name}. "
                "Leave one of the two out."
            )


def choose_pair(
    numerator: gpd.GeoDataFrame,
    denominator: gpd.GeoDataFrame,
    weights: str | pd.Series | None,
    within: gpd.GeoDataFrame | None,
) -> tuple[Events, Events]:
    """Take the events of either side, after making sure that none stands on both."""
    require_same_crs(numerator, denominator, "numerator", "denominator")
    chosen = []
    for name, frame, weight in (("numerator", numerator, None), ("denominator", denominator, weights)):
        side = keep_inside(choose_events(frame, weight), within, frame, name)
        if not side.weight.sum() > 0:
            raise InputError(f"{name}: no event (or no weight) is left to draw. Left out: {side.left_out}.")
        chosen.append(side)
    shared = numerator.index.intersection(denominator.index)
    same = numerator.geometry.loc[shared].geom_equals(denominator.geometry.loc[shared], align=False)
    if same.any():
        raise InputError(
            f"denominator: {int(same.sum())} record(s) are in the numerator too, and a part is no fair rival of the "
            "whole. Compare with the rest: denominator.drop(numerator.index)."
        )
    return chosen[0], chosen[1]


def count_linked(numerator: gpd.GeoDataFrame, denominator: gpd.GeoDataFrame) -> int | None:
    """Count the events of the numerator that the denominator holds too; None where nobody linked them."""
    if "event_id" not in numerator or "event_id" not in denominator:
        return None
    return len(set(numerator["event_id"].dropna()) & set(denominator["event_id"].dropna()))


def warn_of_pair(sides: tuple[Events, Events], h: tuple[float, float], cell_size: float) -> None:
    """Say what a careful reader of the map must know."""
    found = []
    for name, side, width in zip(("numerator", "denominator"), sides, h, strict=True):
        if side.x.size < _FEW:
            found.append(f"the {name} has only {side.x.size} event(s)")
        if side.uncertainty_m is not None and width < side.uncertainty_m:
            found.append(
                f"the bandwidth of {width:g} m is below the {name}'s median positional uncertainty of "
                f"{side.uncertainty_m:g} m: the detail is not in the data"
            )
    for text in found + coarse_cells(min(h), cell_size):
        warnings.warn(f"relative_density: {text}.", HotspotWarning, stacklevel=3)
