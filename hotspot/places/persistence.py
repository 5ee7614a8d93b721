"""Look whether a place was high before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from hotspot.errors import ConfigError, InputError
from hotspot.places.scoring import read_scores

if TYPE_CHECKING:
    from collections.abc import Sequence


def persistence(
    past: Mapping[str, pd.DataFrame],
    columns: Sequence[str],
    places: Sequence[Sequence[str]],
    barred: Sequence[str],
    areas: pd.Index,
) -> tuple[list[int], list[int]]:
    """
    Count the past periods in which a place held one of the highest areas.

    Parameters
    ----------
    past
        Counts of each past period, by its label; same areas, same columns.
    columns
        What the list is ranked by.
    places
        Codes of the areas of each place.
    barred
        Codes of areas that are not ranked.
    areas
        Codes of all areas there are now.

    Returns
    -------
    listed, known : list of int
        For each place, the periods in which one of its areas was among the first k, and those in which one of its
        areas has a score; k is the number of areas the list holds now.
    """
    if not isinstance(past, Mapping):
        raise ConfigError(f"past: give counts by the label of their period, not {type(past).__name__}.")
    if not past:
        raise ConfigError("past: no period is given. Leave it out, or give counts by the label of their period.")
    k = sum(len(place) for place in places)
    listed, known = [0] * len(places), [0] * len(places)
    for label, counts in past.items():
        if not isinstance(counts, pd.DataFrame):
            raise InputError(f"past[{label!r}]: give a frame of counts, not {type(counts).__name__}.")
        score, _ = read_scores(counts, columns, f"past[{label!r}]")
        score.index = score.index.astype(str)
        if not score.index.isin(areas).any():
            raise InputError(
                f"past[{label!r}]: none of its {len(score)} areas is in counts. Give it in the same areas."
            )
        score = score.drop(index=[code for code in barred if code in score.index]).dropna()
        order = pd.DataFrame({"score": -score, "code": score.index}, index=score.index).sort_values(["score", "code"])
        first, scored = set(order.index[:k]), set(score.index)
        for place, codes in enumerate(places):
            listed[place] += not first.isdisjoint(codes)
            known[place] += not scored.isdisjoint(codes)
    return listed, known


__all__ = ["persistence"]
