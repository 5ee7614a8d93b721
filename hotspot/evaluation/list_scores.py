"""Score lists of places on what came later: the table that one list and a back-test share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_positive, require_whole
from hotspot.errors import ConfigError, InputError
from hotspot.numerics.list_hits import list_hits, redrawn_list_hits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

RANDOM = "random"
LEAST_SHARE = 0.0001
ALL = "all"
_MOST_NUMBERS = 5 * 10**7
_MOST_DRAWS = 10**6
_SCORES = {"hit_rate", "pai", "pei"}


@dataclass(frozen=True, slots=True)
class Scoring:
    """How lists are scored: checked options."""

    shares: Floats
    penalty: float
    draws: int
    confidence: float
    seed: int

    def quantiles(self) -> tuple[float, float]:
        """Give the two quantiles of the interval."""
        return (1 - self.confidence) / 2, (1 + self.confidence) / 2


@dataclass(frozen=True, slots=True)
class Trials:
    """What came later at each place, step by step, and in which order each list named the places."""

    steps: list[str]
    names: list[str]
    orders: Ints
    """Shape (steps, lists, places)."""
    size: Floats
    """Shape (steps, places): 0 where a place is left out of a step."""
    observed: Floats
    before: Floats | None
    harm: Floats | None


def read_scoring(shares: Sequence[float], penalty: float, draws: int, confidence: float, seed: int) -> Scoring:
    """Check the options that every score has."""
    try:
        given = np.atleast_1d(np.asarray(shares, dtype=float))
    except (TypeError, ValueError):
        given = np.empty(0)
    if given.ndim != 1 or not given.size or not ((given >= LEAST_SHARE) & (given <= 1)).all():
        raise ConfigError(
            f"shares: {shares!r} must be shares of the ground from {LEAST_SHARE:g} to 1, such as 0.02, in one list."
        )
    if len(np.unique(given)) < len(given):
        raise ConfigError("shares: one stands twice. Give each once.")
    for name, value, such_as in (("penalty", penalty, 0.5), ("confidence", confidence, 0.95)):
        if not isinstance(value, float) or not 0 < value < 1:
            raise ConfigError(f"{name}: {value!r} must lie between 0 and 1, such as {such_as}.")
    require_whole(draws, "draws", 0, _MOST_DRAWS, such_as=999)
    require_whole(seed, "seed", 0, 2**64 - 1)
    return Scoring(np.sort(given), float(penalty), int(draws), confidence, int(seed))


def order_of(priority: Floats, observed: Floats, size: Floats) -> Ints:
    """
    Give the places from first to last.

    Places that the list cannot tell apart, and after them those it does not name, stand with the fewest events per
    ground first: a list gets the least that it could have scored.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        density = np.where(size > 0, observed / size, 0.0)
    rating = np.where(np.isnan(priority), -np.inf, priority)
    return np.lexsort((density, -rating)).astype(np.int64)


def best_order(observed: Floats, size: Floats) -> Ints:
    """Give the places as somebody would who knew what came: the densest first."""
    with np.errstate(divide="ignore", invalid="ignore"):
        density = np.where(size > 0, observed / size, -np.inf)
    return np.argsort(-density, kind="stable").astype(np.int64)


def table_of(trials: Trials, scoring: Scoring, *, against: str | None = None) -> pd.DataFrame:
    """
    Score every list at every share of the ground, in each step and in all steps together.

    Returns
    -------
    DataFrame
        Indexed by ``step`` (``all`` first), ``method`` and ``area_share``.
    """
    best = np.stack([best_order(*pair) for pair in zip(trials.observed, trials.size, strict=True)])
    orders = np.concatenate([trials.orders, best[:, None, :]], axis=1)
    found = _Found(list_hits(orders, trials.observed, trials.size, scoring.shares), trials.observed.sum(axis=1))
    before = None
    if trials.before is not None:
        before = _Found(list_hits(orders, trials.before, trials.size, scoring.shares), trials.before.sum(axis=1))
    harm = None
    if trials.harm is not None:
        harm = _Found(list_hits(orders, trials.harm, trials.size, scoring.shares), trials.harm.sum(axis=1))
    groups = [(ALL, list(range(len(trials.steps))))]
    groups += [(step, [s]) for s, step in enumerate(trials.steps)] if len(trials.steps) > 1 else []
    redrawn = _redraw(trials, orders, scoring)
    parts = []
    for step, rows in groups:
        drawn = None if redrawn is None else (redrawn[0][:, rows].sum(axis=1), redrawn[1][:, rows].sum(axis=1))
        top = np.array([found.rate(rows, m) for m in range(len(trials.names))]).argmax(axis=0)
        for m, name in enumerate(trials.names):
            table = _one(found, before, harm, rows, m, scoring)
            if drawn is not None:
                _add_limits(table, drawn, m, scoring)
                if against is not None:
                    other = np.full(len(scoring.shares), trials.names.index(against))
                    _add_difference(table, "gain", (found, rows, drawn), m, other, scoring)
                    _add_difference(table, "to_best", (found, rows, drawn), m, top, scoring)
            parts.append(table.assign(step=step, method=name))
        parts.append(_random(found, rows, scoring).assign(step=step, method=RANDOM))
    table = pd.concat(parts, ignore_index=True)
    for name in ("step", "method"):  # categories keep the order of steps and methods, and rows are found by it
        table[name] = pd.Categorical(table[name], categories=list(dict.fromkeys(table[name])), ordered=True)
    return table.set_index(["step", "method", "area_share"])


@dataclass(frozen=True, slots=True)
class _Found:
    """What lists hold in each step, (steps, lists, shares), and all there is, (steps,)."""

    hits: Floats
    totals: Floats

    def rate(self, rows: list[int], m: int) -> Floats:
        return _ratio(self.hits[rows, m].sum(axis=0), self.totals[rows].sum())


def _one(
    found: _Found, before: _Found | None, harm: _Found | None, rows: list[int], m: int, scoring: Scoring
) -> pd.DataFrame:
    """Score one list: events within each share of the ground."""
    rate = found.rate(rows, m)
    table = pd.DataFrame(
        {
            "area_share": scoring.shares,
            "hits": found.hits[rows, m].sum(axis=0),
            "events": found.totals[rows].sum(),
            "hit_rate": rate,
            "pai": rate / scoring.shares,
            "pei": _ratio(found.hits[rows, m].sum(axis=0), found.hits[rows, -1].sum(axis=0)),
            "penalised_pai": rate / scoring.shares**scoring.penalty,
        }
    )
    if before is not None:
        table["rri"] = _ratio(rate, before.rate(rows, m))
    if harm is not None:
        table["harm_rate"] = harm.rate(rows, m)
        table["harm_pai"] = table["harm_rate"] / scoring.shares
    return table


def _random(found: _Found, rows: list[int], scoring: Scoring) -> pd.DataFrame:
    """Score what a list drawn at random holds on average: its share of the ground."""
    total = found.totals[rows].sum()
    rate = scoring.shares if total else np.full(len(scoring.shares), np.nan)
    return pd.DataFrame(
        {
            "area_share": scoring.shares,
            "hits": scoring.shares * total,
            "events": total,
            "hit_rate": rate,
            "pai": rate / scoring.shares,
            "pei": _ratio(scoring.shares * total, found.hits[rows, -1].sum(axis=0)),
            "penalised_pai": rate / scoring.shares**scoring.penalty,
        }
    )


def _redraw(trials: Trials, orders: Ints, scoring: Scoring) -> tuple[Floats, Floats] | None:
    """Redraw the places, unless no intervals are asked for."""
    if not scoring.draws:
        return None
    steps, lists, _ = orders.shape
    if scoring.draws * steps * lists * len(scoring.shares) > _MOST_NUMBERS:
        raise ConfigError(
            f"draws: {scoring.draws:,} draws of {lists} lists in {steps} step(s) at {len(scoring.shares)} share(s) "
            "need too much memory. Give fewer."
        )
    return redrawn_list_hits(
        orders, trials.observed, trials.size, scoring.shares, draws=scoring.draws, seed=scoring.seed
    )


def _add_limits(table: pd.DataFrame, drawn: tuple[Floats, Floats], m: int, scoring: Scoring) -> None:
    hits, totals = drawn
    rate, best = _ratio(hits[:, m], totals[:, None]), _ratio(hits[:, -1], totals[:, None])
    for name, values in (
        ("hit_rate", rate), ("pai", rate / scoring.shares), ("pei", np.minimum(_ratio(rate, best), 1.0)),
    ):  # fmt: skip
        table[f"{name}_lower"], table[f"{name}_upper"] = _limits(values, scoring)


def _add_difference(
    table: pd.DataFrame, name: str, what: tuple[_Found, list[int], tuple[Floats, Floats]], m: int, other: Ints,
    scoring: Scoring,
) -> None:  # fmt: skip
    """Add how much more of all events a list holds than another one at each share; draws are paired."""
    found, rows, (hits, totals) = what
    column = np.arange(len(scoring.shares))
    others = np.array([found.rate(rows, k)[b] for b, k in enumerate(other)])
    table[name] = found.rate(rows, m) - others
    drawn = _ratio(hits[:, m] - hits[:, other, column], totals[:, None])
    table[f"{name}_lower"], table[f"{name}_upper"] = _limits(drawn, scoring)


def _limits(values: Floats, scoring: Scoring) -> tuple[Floats, Floats]:
    """Give the quantiles over draws; a draw without any event says nothing."""
    known = values[~np.isnan(values).any(axis=1)]
    lower, upper = np.full(values.shape[1], np.nan), np.full(values.shape[1], np.nan)
    if len(known):
        lower[:], upper[:] = np.quantile(known, scoring.quantiles(), axis=0)
    return lower, upper


def _ratio(part: Floats, whole: Floats | float) -> Floats:
    """Divide; 0 of nothing is missing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(np.asarray(whole) > 0, part / np.asarray(whole), np.nan), dtype=np.float64)


def require_scores(table: pd.DataFrame) -> None:
    """Refuse what is no table of scores."""
    if not isinstance(table, pd.DataFrame) or list(table.index.names) != ["step", "method", "area_share"]:
        raise InputError("table: give the table that backtest returned, as it is.")
    if table.empty or not set(table.columns) >= _SCORES or ALL not in set(table.index.get_level_values("step")):
        raise InputError("table: it lacks rows or columns of the one that backtest returned. Give that one, as it is.")


def numbers_of(values: pd.Series, name: str, index: pd.Index, *, least: float | None = 0.0) -> Floats:
    """Give the values of a series in the order of the places, missing as NaN; infinite ones are refused."""
    raw: object = values
    if isinstance(raw, pd.DataFrame):
        raise InputError(f"{name}: give a Series with one number for each place, not a frame (counts.sum(axis=1)).")
    given = pd.Series(values)
    if not given.index.is_unique:
        raise InputError(f"{name}: {int(given.index.duplicated().sum())} label(s) of its index stand twice.")
    strange = given.index.difference(index)
    if len(strange):
        raise InputError(f"{name}: {len(strange)} label(s) of its index are no place that is ranked.")
    try:
        kept = given.astype("Float64").reindex(index)
        numbers = np.asarray(kept.to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{name}: its values are no numbers.") from None
    wrong = np.isinf(numbers) | (numbers < (-np.inf if least is None else least))
    if wrong.any():
        rule = "finite" if least is None else f"finite and {least:g} or more"
        raise InputError(
            f"{name}: {int(wrong.sum())} value(s) are not {rule}, the first in row {int(wrong.argmax())} of the places."
        )
    return numbers


def require_size(size: pd.Series, index: pd.Index) -> Floats:
    """Give the ground of each place, above 0."""
    numbers = numbers_of(size, "size", index)
    wrong = ~(numbers > 0)
    if wrong.any():
        raise InputError(
            f"size: {int(wrong.sum())} place(s) have no ground above 0, the first in row {int(wrong.argmax())}."
        )
    require_positive(float(numbers.sum()), "size")
    return numbers


__all__ = [
    "ALL",
    "RANDOM",
    "Scoring",
    "Trials",
    "best_order",
    "numbers_of",
    "order_of",
    "read_scoring",
    "require_scores",
    "require_size",
    "table_of",
]
