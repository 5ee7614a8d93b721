"""Walk the ranked areas and put them together to places, until the means are used up."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from hotspot.places.budget import Budget

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.intp]
    Near = Callable[[int], Ints]

_NONE = -1


@dataclass(frozen=True, slots=True)
class Listing:
    """
    The places of a list.

    Parameters
    ----------
    places
        For each place, best first, the positions of its areas, best first.
    passed_over
        Positions of areas that were good enough but too near to a place.
    used_up
        Whether the budget ended the list, not a lack of areas.
    """

    places: list[list[int]]
    passed_over: list[int]
    used_up: bool


def list_places(
    ranked: Ints, *, budget: Budget, ground: Floats | None, merge: int, touching: Near | None, around: Near | None
) -> Listing:
    """
    Put ranked areas together to places.

    Parameters
    ----------
    ranked
        Positions of the areas that may be listed, best first.
    budget
        Places or share of the ground; for the latter ``ground`` is needed.
    ground
        Share of the ground of each area, by position.
    merge
        The most areas of one place.
    touching
        Gives the positions that touch an area; needed where ``merge`` is above 1.
    around
        Gives the positions nearer to an area than the spacing, itself among them; None without spacing.

    Returns
    -------
    Listing
        An area that touches listed places makes them one where the sum is not above ``merge``; else it joins the
        best of them that has room; else it is a place of its own. With spacing an area that would come too near to
        another place than its own is passed over. The list ends where the budget does not hold the next.
    """
    place_of: defaultdict[int, int] = defaultdict(lambda: _NONE)
    members: dict[int, list[int]] = {}
    close: defaultdict[int, list[int]] = defaultdict(list)
    passed_over: list[int] = []
    used = 0.0
    for position in ranked.tolist():
        touched = _places_at(touching(position), place_of) if merge > 1 and touching is not None else set()
        too_near = {place_of[other] for other in close.get(position, [])}
        target = _home(touched, too_near, members, merge)
        if target is None:
            passed_over.append(position)
            continue
        if not target and budget.places is not None and len(members) == budget.places:
            return Listing(list(members.values()), passed_over, used_up=True)
        if budget.area_share is not None and ground is not None:
            used += float(ground[position])
            if used > budget.area_share * (1 + 1e-12):
                return Listing(list(members.values()), passed_over, used_up=True)
        place = _join(position, target, members, place_of)
        members[place].append(position)
        if around is not None:
            for other in around(position).tolist():
                close[other].append(position)
    return Listing(list(members.values()), passed_over, used_up=False)


def _places_at(positions: Ints, place_of: defaultdict[int, int]) -> set[int]:
    """Give the places that the positions belong to."""
    return {place for place in (place_of.get(other, _NONE) for other in positions.tolist()) if place != _NONE}


def _home(touched: set[int], too_near: set[int], members: dict[int, list[int]], merge: int) -> set[int] | None:
    """Give the places an area makes one; an empty set for a place of its own; None if it is passed over."""
    if touched and sum(len(members[place]) for place in touched) < merge and too_near <= touched:
        return touched
    # places are numbered in the order of their best area, so the least number is the best place
    for place in sorted(touched):
        if len(members[place]) < merge and too_near <= {place}:
            return {place}
    return None if too_near else set()


def _join(position: int, target: set[int], members: dict[int, list[int]], place_of: defaultdict[int, int]) -> int:
    """Make the target places one, or start a place; give its number."""
    if not target:
        place = max(members, default=_NONE) + 1
        members[place] = []
    else:
        place, *others = sorted(target)
        for other in others:
            members[place].extend(members.pop(other))
        for member in members[place]:
            place_of[member] = place
    place_of[position] = place
    return place


__all__ = ["Listing", "list_places"]
