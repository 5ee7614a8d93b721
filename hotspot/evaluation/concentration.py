"""Say how concentrated events are, beside what chance alone concentrates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_unique_index, require_whole
from hotspot.errors import ConfigError, InputError
from hotspot.evaluation.list_scores import numbers_of
from hotspot.numerics.concentration_measures import gini, places_for
from hotspot.numerics.lanes import in_lanes
from hotspot.numerics.multinomial import draw_maps
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Measure = Callable[[Floats], Floats]

_MOST_EVENTS = 2**31 - 1
_LARGEST = 1e100
_AT_ONCE = 2 * 10**7
"""Counts that are drawn and sorted at a time."""


def concentration(
    counts: pd.Series,
    *,
    shares: Sequence[float] = (0.25, 0.5),
    size: pd.Series | None = None,
    draws: int = 999,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """
    Say which share of places holds a quarter and a half of all events, and Gini's coefficient, each beside chance.

    Parameters
    ----------
    counts
        Events of each place, whole numbers; places without any are 0 and count. A missing one is left out.
    shares
        Shares of all events.
    size
        Chance throws events in proportion to it: length of street, addresses, residents. None: every place alike.
    draws
        Maps thrown at random.
    confidence
        Of the interval of chance.
    seed
        Same seed, same chance.

    Returns
    -------
    DataFrame
        Indexed by ``measure``: ``places for 25 %``, ``places for 50 %`` (the fewest whole places, as a share of all),
        ``gini`` and ``corrected gini``. ``observed``; ``chance``, the mean of the draws, with ``chance_lower`` and
        ``chance_upper``; ``p``, one-sided, of chance concentrating as much.

    Raises
    ------
    InputError
        A value is no whole number of 0 or more, a size is not above 0, or there are no events.
    ConfigError
        An option does not fit.

    Notes
    -----
    Events that fall at random concentrate too: 100 events on 1,000 places leave nine in ten empty, and Gini's
    coefficient is 0.90. The corrected one, which takes c events on c places for the least there can be, is still about
    0.1, so what chance gives stands beside it. Read a measure only against its chance.

    Coarser places concentrate less: never compare shares between units of different size. That few places hold half of
    what was recorded does not say that they will next year (`list_stability`), nor why.

    References
    ----------
    Weisburd (2015) Criminology 53, 133-157. Bernasco and Steenbeek (2017) Journal of Quantitative Criminology 33,
    451-467. Chalfin, Kaplan and Cuellar (2021) Journal of Research in Crime and Delinquency 58, 556-598 (chance).

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> spread = pd.Series([1] * 10 + [0] * 90)
    >>> hs.concentration(spread, draws=99)["observed"].round(2).to_dict()
    {'places for 25 %': 0.03, 'places for 50 %': 0.05, 'gini': 0.9, 'corrected gini': 0.0}
    """
    wanted = _read_shares(shares)
    require_whole(draws, "draws", 1, 10**6, such_as=999)
    require_whole(seed, "seed", 0, 2**64 - 1)
    if not isinstance(confidence, float) or not 0 < confidence < 1:
        raise ConfigError(f"confidence: {confidence!r} must lie between 0 and 1, such as 0.95.")
    events, weight, left_out = read_places(counts, size)
    observed = _measures(events, wanted)
    drawn = throw(events, weight, draws, seed, lambda maps: _measures(maps, wanted))
    low, high = (1 - confidence) / 2, (1 + confidence) / 2
    # fewer places, or a higher coefficient, is more concentrated
    sign = np.array([-1.0] * len(wanted) + [1.0, 1.0])[:, None]
    as_much = (sign * drawn >= sign * observed[:, None] - 1e-12).sum(axis=1)
    names = [f"places for {100 * share:g} %" for share in wanted] + ["gini", "corrected gini"]
    lower, upper = np.quantile(drawn, (low, high), axis=1)
    table = pd.DataFrame(
        {
            "observed": observed, "chance": drawn.mean(axis=1), "chance_lower": lower, "chance_upper": upper,
            "p": (as_much + 1) / (draws + 1),
        },
        index=pd.Index(names, name="measure"),
    )  # fmt: skip
    note(
        "concentration", places=len(events), left_out_missing=left_out, events=int(events.sum()),
        empty=int((events == 0).sum()), draws=draws, by_size=size is not None,
        **{name.replace(" ", "_"): round(float(value), 6) for name, value in zip(names, observed, strict=True)},
    )  # fmt: skip
    return table


def lorenz(counts: pd.Series, *, size: pd.Series | None = None, draws: int = 199, seed: int = 0) -> pd.DataFrame:
    """
    Give the curve of concentration: which share of events the highest places hold, beside chance.

    Parameters
    ----------
    counts, size, draws, seed
        As for `concentration`.

    Returns
    -------
    DataFrame
        One row for 0, 1, … places, the highest first: ``place_share``, ``event_share``, and ``chance_share`` with
        ``chance_lower`` and ``chance_upper`` (95 %), the curve of events thrown at random, each draw with its own
        order.

    Raises
    ------
    InputError, ConfigError
        As for `concentration`.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> hs.lorenz(pd.Series([6, 3, 1, 0]), draws=9)["event_share"].to_list()
    [0.0, 0.6, 0.9, 1.0, 1.0]
    """
    require_whole(draws, "draws", 1, 10**6, such_as=199)
    require_whole(seed, "seed", 0, 2**64 - 1)
    events, weight, left_out = read_places(counts, size)
    drawn = throw(events, weight, draws, seed, _curve)
    lower, upper = np.quantile(drawn, (0.025, 0.975), axis=1)
    table = pd.DataFrame(
        {
            "place_share": np.linspace(0.0, 1.0, len(events) + 1), "event_share": _curve(events),
            "chance_share": drawn.mean(axis=1), "chance_lower": lower, "chance_upper": upper,
        }
    )  # fmt: skip
    note("lorenz", places=len(events), left_out_missing=left_out, events=int(events.sum()), draws=draws)
    return table


def read_places(counts: pd.Series, size: pd.Series | None) -> tuple[Floats, Floats, int]:
    """Read whole counts and sizes of the places that have a count, and how many have none."""
    require_unique_index(counts, "counts")
    events = numbers_of(counts, "counts", counts.index)
    parts = events % 1 > 0
    if parts.any():
        raise InputError(
            f"counts: {int(parts.sum())} value(s) are no whole numbers, the first in row {int(parts.argmax())}."
        )
    weight = np.ones(len(events))
    if size is not None:
        weight = numbers_of(size, "size", counts.index)
        wrong = ~(weight > 0)
        if wrong.any():
            raise InputError(
                f"size: {int(wrong.sum())} value(s) are not above 0, the first in row {int(wrong.argmax())}."
            )
        if weight.max() > _LARGEST:
            raise InputError("size: its values are too large to be added up. Give them in a larger unit.")
    known = ~np.isnan(events)
    if known.any() and events[known].max() > _MOST_EVENTS:
        raise InputError(f"counts: one is more than {_MOST_EVENTS:,} events.")
    if not known.any() or events[known].sum() == 0:
        raise InputError("counts: there are no events, so that nothing can concentrate.")
    if events[known].sum() > _MOST_EVENTS:
        raise InputError(f"counts: they add up to more than {_MOST_EVENTS:,} events.")
    return events[known], weight[known], int((~known).sum())


def throw(events: Floats, weight: Floats, draws: int, seed: int, measure: Measure) -> Floats:
    """Measure maps on which as many events are thrown at random; the last axis is that of the draws."""
    expected = np.ascontiguousarray(events.sum() * weight / weight.sum())
    total, block = int(events.sum()), max(1, _AT_ONCE // len(events))

    def work(first: int, last: int) -> Floats:
        parts = [
            measure(draw_maps(expected, total, seed=seed, first=start, last=min(start + block, last)).astype(float))
            for start in range(first, last, block)
        ]
        return np.concatenate(parts, axis=-1)

    return np.concatenate(in_lanes(work, 0, draws, least=16), axis=-1)


def _measures(maps: Floats, shares: Floats) -> Floats:
    """Give all measures of one map, or of each column."""
    plain, corrected = gini(maps)
    return np.concatenate([places_for(maps, shares) / len(maps), np.stack([plain, corrected])])


def _curve(maps: Floats) -> Floats:
    held = np.cumsum(-np.sort(-np.asarray(maps, dtype=np.float64), axis=0), axis=0)
    return np.concatenate([np.zeros((1, *held.shape[1:])), held / held[-1]])


def _read_shares(shares: Sequence[float]) -> Floats:
    try:
        given = np.atleast_1d(np.asarray(shares, dtype=float))
    except (TypeError, ValueError):
        given = np.empty(0)
    if not given.size or not np.isfinite(given).all() or (given <= 0).any() or (given > 1).any():
        raise ConfigError(f"shares: {shares!r} must be shares of all events above 0 and at most 1, such as 0.5.")
    return np.unique(given)


__all__ = ["concentration", "lorenz"]
