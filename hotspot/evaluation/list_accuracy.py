"""Score one list of places on a later period, at the shares of the ground that can be patrolled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_unique_index
from hotspot.errors import InputError
from hotspot.evaluation.list_scores import (
    Trials,
    numbers_of,
    order_of,
    read_scoring,
    require_size,
    table_of,
)
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Sequence

SHARES = (0.005, 0.01, 0.02, 0.05)
"""Shares of the ground that forces and partnerships patrol."""


def list_accuracy(
    observed: pd.Series,
    priority: pd.Series,
    size: pd.Series,
    *,
    shares: Sequence[float] = SHARES,
    before: pd.Series | None = None,
    harm: pd.Series | None = None,
    penalty: float = 0.5,
    draws: int = 999,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    r"""
    Score a list of places by what a later period put into the first 0.5, 1, 2 and 5 % of the ground.

    Parameters
    ----------
    observed
        Events of the **later** period in each place, 0 or more.
    priority
        The list: the place with the highest value comes first. Nothing is divided by the ground here; a list by count
        per km² is often better than one by count, for it spends less ground. Missing: not on the list, so last.
    size
        Ground of each place: km², or length of street, above 0.
    shares
        Shares of all ground to score the list at.
    before
        Events of the period the list was made from, for the recapture rate index.
    harm
        Harm of the later period in each place, for harm-weighted scores.
    penalty
        Exponent of the penalised PAI.
    draws
        Redrawings of the places for the intervals; 0 for none.
    confidence
        Level of the intervals.
    seed
        Same seed, same intervals.

    Returns
    -------
    DataFrame
        One row per share (index ``area_share``): ``hits``, ``events`` (of all places), ``hit_rate``, ``pai``, ``pei``,
        each of the three with ``_lower`` and ``_upper``, ``penalised_pai``, and where asked for ``rri``,
        ``harm_rate`` (share of all harm) and ``harm_pai``.

    Raises
    ------
    InputError
        The indexes differ; values are negative or infinite, or a size is not above 0.
    ConfigError
        An option does not fit.

    Notes
    -----
    With n of N events in a of A ground: hit rate n / N; PAI = (n / N) / (a / A); PEI = n / n*, where n* is the most
    that this much ground could have held; penalised PAI = (n / N) / (a / A)^penalty, which does not reward the
    smallest list most; RRI = (n_2 / N_2) / (n_1 / N_1), later against earlier, 1 where the list held and below 1 where
    places fell back to the mean. Every list gets exactly the same ground: the last place counts in part. Places that a
    list cannot tell apart stand with the fewest events first, so that a list gets the least it could have scored.
    A place with a missing count is left out, with its ground.

    The interval tells how the score would differ over other places like these: places are redrawn with replacement
    (Poisson bootstrap), each with its ground and its events; the list itself stays. Neighbouring places are taken to
    be independent, so that limits are somewhat narrow where hot spots span several places.

    A high score says that the past told where; it is not an effect of anything done there.

    References
    ----------
    Chainey, Tompson and Uhlig (2008) Security Journal 21, 4-28 (PAI). Hunt (2016), PEI. Levine (2008) Security Journal
    21, 295-302 (RRI). Joshi, Curtis-Ham, D'Ath and Searle (2021) ISPRS International Journal of Geo-Information 10, 597
    (penalised PAI).

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.evaluation import list_accuracy
    >>> places = list("ABCDEFGHIJ")
    >>> later = pd.Series([8, 4, 2, 1, 1, 1, 1, 1, 1, 0], index=places)
    >>> before = pd.Series([9, 5, 0, 2, 1, 1, 1, 1, 0, 0], index=places)
    >>> size = pd.Series(1.0, index=places)
    >>> scores = list_accuracy(later, before, size, shares=[0.1, 0.2], before=before, draws=0)
    >>> scores[["hit_rate", "pai", "pei", "rri"]].round(2).values.tolist()
    [[0.4, 4.0, 1.0, 0.89], [0.6, 3.0, 1.0, 0.86]]
    """
    scoring = read_scoring(shares, penalty, draws, confidence, seed)
    index = pd.Series(observed).index
    require_unique_index(pd.Series(observed), "observed")
    if index.empty:
        raise InputError("observed: there is no place to rank.")
    given = {
        name: values
        for name, values in (("priority", priority), ("size", size), ("before", before), ("harm", harm))
        if values is not None
    }
    for name, values in given.items():
        if len(pd.Series(values).index.symmetric_difference(index)):
            raise InputError(f"{name}: its index is not that of observed. Give all with one index of places.")
    events, ground = numbers_of(observed, "observed", index), require_size(size, index)
    rating = numbers_of(priority, "priority", index, least=None)
    extra = {name: numbers_of(given[name], name, index) for name in ("before", "harm") if name in given}
    left_out = np.isnan(events)
    for numbers in extra.values():
        left_out |= np.isnan(numbers)
    if left_out.all():
        raise InputError("observed: no place has a count (and, where given, an earlier count and harm).")
    kept = ~left_out
    ground, events = np.where(kept, ground, 0.0), np.where(kept, events, 0.0)
    extra = {name: np.where(kept, numbers, 0.0)[None, :] for name, numbers in extra.items()}
    trials = Trials(
        ["later"], ["list"], order_of(rating, events, ground)[None, None, :], ground[None, :], events[None, :],
        extra.get("before"), extra.get("harm"),
    )  # fmt: skip
    table = table_of(trials, scoring)
    table = table[table.index.get_level_values("method") == "list"].droplevel(["step", "method"])
    note(
        "list_accuracy", places=int(kept.sum()), left_out_missing=int(left_out.sum()), events=float(events.sum()),
        not_on_the_list=int((np.isnan(rating) & kept).sum()), draws=scoring.draws, confidence=confidence,
    )  # fmt: skip
    return table


__all__ = ["SHARES", "list_accuracy"]
