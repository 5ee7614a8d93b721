"""Turn the means a meeting has into the most places, or the most ground, that a list may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import cast

from hotspot.checks import nearest, require_whole
from hotspot.errors import ConfigError

_KEYS = ("places", "area_share", "patrol_minutes")
_PATROL = ("minutes_per_visit", "visits")
_MOST_PLACES = 1e9
_MINUTES_PER_VISIT = 15.0
"""The shorter end of the 15 to 20 minutes that the patrols of Essex and South Yorkshire stay."""


@dataclass(frozen=True, slots=True)
class Budget:
    """
    What a list may hold.

    Parameters
    ----------
    places
        The most places, or None.
    area_share
        The largest share of the ground, above 0 and at most 1, or None. One of the two is given.
    """

    places: int | None = None
    area_share: float | None = None


def read_budget(budget: int | Mapping[str, float]) -> Budget:
    """
    Read a budget: a number of places, or a mapping with one of ``places``, ``area_share`` and ``patrol_minutes``.

    Raises
    ------
    ConfigError
        The budget is none of these, or too small for one place.
    """
    if not isinstance(budget, Mapping):
        return Budget(places=require_whole(budget, "budget", 1, such_as=10))
    kinds = [key for key in budget if key in _KEYS]
    if len(kinds) != 1:
        raise ConfigError(f"budget: give one of {', '.join(_KEYS)}, not {len(kinds)} of them.")
    (kind,) = kinds
    allowed = (kind, *_PATROL) if kind == "patrol_minutes" else (kind,)
    strange = [key for key in budget if key not in allowed]
    if strange:
        raise ConfigError(f"budget: {strange[0]!r} does not go with {kind}.{nearest(str(strange[0]), allowed)}")
    if kind == "places":
        return Budget(places=require_whole(cast("int", budget["places"]), "budget", 1, such_as=10))
    if kind == "area_share":
        share = _above_zero(budget["area_share"], "area_share")
        if share > 1:
            raise ConfigError(f"budget: area_share is {share:g}; it must be at most 1. For 2 per cent write 0.02.")
        return Budget(area_share=share)
    return Budget(places=_patrolled(budget))


def _patrolled(budget: Mapping[str, float]) -> int:
    """Count the places that all get their visits within the minutes there are."""
    minutes = _above_zero(budget["patrol_minutes"], "patrol_minutes")
    each = _above_zero(budget.get("minutes_per_visit", _MINUTES_PER_VISIT), "minutes_per_visit")
    visits = _above_zero(budget.get("visits", 1), "visits")
    # 0.1 is not a tenth: without the margin 0.3 minutes would not hold three visits of 0.1
    ratio = minutes / each / visits
    if not ratio < _MOST_PLACES:
        raise ConfigError(
            f"budget: {minutes:g} minutes of {each:g} for {visits:g} visit(s) are no patrols. Check units."
        )
    places = int(ratio + 1e-9)
    if places < 1:
        raise ConfigError(
            f"budget: {minutes:g} patrol minutes are fewer than the {each * visits:g} that one place needs "
            f"({visits:g} visit(s) of {each:g} minutes)."
        )
    return places


def _above_zero(value: object, name: str) -> float:
    """Return a finite number above 0, else raise."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < float(value) < float("inf"):
        raise ConfigError(f"budget: {name} is {value!r}; it must be a number above 0.")
    return float(value)


__all__ = ["Budget", "read_budget"]
