"""Roll any methods through time, and score the list that each would have made on what came next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from hotspot.checks import require_metric_crs, require_unique_index, require_whole
from hotspot.errors import ConfigError, CRSError, HotspotError, InputError
from hotspot.evaluation.list_accuracy import SHARES
from hotspot.evaluation.list_scores import (
    ALL,
    RANDOM,
    Trials,
    numbers_of,
    order_of,
    read_scoring,
    require_size,
    table_of,
)
from hotspot.evaluation.past import Past
from hotspot.evaluation.period_counts import periods_of
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Method = Callable[[Past], pd.Series]

LAST_PERIOD = "last period"
_LONGEST_NAME = 60
_SQUARE_KILOMETRE = 1e6


def backtest(  # noqa: PLR0913 - each is a choice the reader of the table must be able to make
    methods: Mapping[str, Method],
    counts: pd.DataFrame,
    areas: gpd.GeoDataFrame | pd.Series,
    *,
    incidents: gpd.GeoDataFrame | None = None,
    train: int = 12,
    test: int = 1,
    gap: int = 0,
    steps: int | None = None,
    shares: Sequence[float] = SHARES,
    against: str = LAST_PERIOD,
    size: pd.Series | None = None,
    harm: pd.DataFrame | None = None,
    penalty: float = 0.5,
    draws: int = 999,
    confidence: float = 0.95,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _step: None,
) -> pd.DataFrame:
    """
    Roll through time: let each method make its list from the past, and score it on what came next.

    Parameters
    ----------
    methods
        By name, a function that is given the `Past` and returns a number for each place, the highest first. Ready-made
        ones are in ``hotspot.evaluation.methods``; a lambda will do: ``lambda past: past.total / past.size``. A place
        that the answer leaves out comes last.
    counts
        Events to be caught: places by periods, the periods in order, as `count_by_period` gives them. Missing where
        nothing is known: the place is left out of the steps that would be tested there.
    areas
        Areas of these places in a projected metric CRS (methods see them, with population); or the ground of each
        place as a Series: km², or length of street.
    incidents
        Records for methods that need points or several sources. A method sees those that happened in the training
        periods, in a copy. Needs periods that are dates.
    train
        Periods that a list is made from.
    test
        Periods that it is tested on, and by which the origin moves on.
    gap
        Periods between the two: data that come a month late give no list for the next day.
    steps
        The number of lists of each method, the latest ones. None: as many as there are periods for.
    shares
        Shares of the ground at which lists are compared.
    against
        The method that each other one is compared with, in draws of the same places.
    size
        Ground of each place where it is not the area of its polygon.
    harm
        Harm instead of events, shaped like ``counts``, for harm-weighted scores.
    penalty, draws, confidence, seed
        As for `list_accuracy`.
    progress
        Called with a sentence before each step.

    Returns
    -------
    DataFrame
        Indexed by ``step`` (``all`` first, then each tested period), ``method`` and ``area_share``, with the columns
        of `list_accuracy`, and with draws ``gain`` and ``to_best``, each with ``_lower`` and ``_upper``: the share of
        all events that it catches more than ``against``, and than the best list there (0 or below; an interval that
        reaches 0 is not told apart from the best). Two baselines are always there: ``last period`` (events per ground
        in the last one known) and ``random`` (what a list drawn blindly holds on average).

    Raises
    ------
    InputError
        Data do not fit together, or there are too few periods.
    ConfigError
        An option does not fit, a name is a baseline's, or a method's answer is no number for each place.

    Notes
    -----
    A method never sees the future: it is handed copies that end before the tested periods, and its answer is taken
    before those are looked at. What it captured elsewhere cannot be guarded: a bandwidth chosen on all years, or a
    graph of places picked afterwards, is knowledge of the future too.

    ``all`` adds up events of all steps. Intervals redraw places (see `list_accuracy`), one place with all its periods
    together, so that what repeats itself there is not counted as new knowledge.

    References
    ----------
    Bowers, Johnson and Pease (2004) British Journal of Criminology 44, 641-658. Adepeju, Rosser and Cheng (2016)
    International Journal of Geographical Information Science 30, 2133-2154.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.evaluation import backtest, methods
    >>> counts = pd.DataFrame(
    ...     {"2024-01": [5, 1, 0, 2], "2024-02": [3, 2, 1, 1], "2024-03": [4, 0, 3, 1], "2024-04": [6, 1, 0, 2]},
    ...     index=list("ABCD"),
    ... )
    >>> size = pd.Series(1.0, index=list("ABCD"))
    >>> scores = backtest({"count": methods.count()}, counts, size, train=2, shares=[0.25], draws=0)
    >>> scores.loc["all", "hit_rate"].round(3).to_dict()
    {('last period', 0.25): 0.588, ('count', 0.25): 0.588, ('random', 0.25): 0.25}
    """
    scoring = read_scoring(shares, penalty, draws, confidence, seed)
    named = _read_methods(methods, against)
    for name, frame, kind in (
        ("counts", counts, pd.DataFrame),
        ("harm", harm, pd.DataFrame),
        ("incidents", incidents, gpd.GeoDataFrame),
    ):
        given: object = frame
        if given is not None and not isinstance(given, kind):
            raise InputError(f"{name}: give a {kind.__name__}, not {type(given).__name__}.")
    ground, polygons = _read_ground(counts, areas, size)
    values = _read_counts(counts, "counts")
    damage = None if harm is None else _read_harm(harm, counts)
    origins = _origins(values.shape[1], train, test, gap, steps)
    data = _Data(counts.copy(), values, damage, ground, polygons, periods_of(counts.columns), incidents)
    if incidents is not None:
        _check_incidents(data)
    trials = _try_all(named, data, origins, (train, test, gap), progress)
    table = table_of(trials, scoring, against=against)
    note(
        "backtest", methods=list(named), places=len(counts), steps=len(origins), train=train, test=test, gap=gap,
        first_tested=trials.steps[0], last_tested=trials.steps[-1], events=float(trials.observed.sum()),
        left_out_missing=[int((row == 0).sum()) for row in trials.size], against=against, draws=scoring.draws,
    )  # fmt: skip
    return table


@dataclass(frozen=True, slots=True)
class _Data:
    """All there is, future and past; methods never see it."""

    counts: pd.DataFrame
    numbers: Floats
    harm: Floats | None
    ground: Floats
    polygons: gpd.GeoDataFrame | None
    periods: pd.PeriodIndex | None
    incidents: gpd.GeoDataFrame | None

    def past(self, first: int, last: int) -> Past:
        """Copy what is known of the periods from the first up to, without, the last."""
        origin = None if self.periods is None else self.periods[last - 1].end_time.ceil("s")
        records = None
        if self.incidents is not None and self.periods is not None and origin is not None:
            when = self.incidents["occurred_from"]
            records = self.incidents[(when >= self.periods[first].start_time) & (when < origin)].copy()
        return Past(
            counts=self.counts.iloc[:, first:last].copy(),
            size=pd.Series(self.ground, index=self.counts.index, name="size"),
            areas=None if self.polygons is None else self.polygons.copy(),
            incidents=records,
            origin=origin,
        )


def _try_all(
    named: dict[str, Method], data: _Data, origins: list[int], lengths: tuple[int, int, int],
    progress: Callable[[str], None],
) -> Trials:  # fmt: skip
    """Let every method make its list at every origin, then look at what came."""
    train, test, gap = lengths
    index, labels = data.counts.index, [str(label) for label in data.counts.columns]
    steps, orders, size, observed, before, harm = [], [], [], [], [], []
    for origin in origins:
        start = origin + gap
        label = labels[start] if test == 1 else f"{labels[start]} to {labels[start + test - 1]}"
        progress(f"Testing {label}")
        past = data.past(origin - train, origin)
        lists = {name: _ask(name, method, past, index, label) for name, method in named.items()}
        came, known = data.numbers[:, start : start + test], data.numbers[:, origin - train : origin]
        kept = ~np.isnan(came).any(axis=1) & ~np.isnan(known).all(axis=1)
        if not kept.any():
            continue
        steps.append(label)
        size.append(np.where(kept, data.ground, 0.0))
        observed.append(np.where(kept, came.sum(axis=1), 0.0))
        before.append(np.where(kept, np.nansum(known, axis=1), 0.0))
        if data.harm is not None:
            harm.append(np.where(kept, np.nan_to_num(data.harm[:, start : start + test]).sum(axis=1), 0.0))
        orders.append(np.stack([order_of(lists[name], observed[-1], size[-1]) for name in named]))
    if not steps:
        raise InputError("counts: no place has counts both in training periods and in the tested ones.")
    return Trials(
        steps, list(named), np.stack(orders), np.stack(size), np.stack(observed), np.stack(before),
        np.stack(harm) if harm else None,
    )  # fmt: skip


def _ask(name: str, method: Method, past: Past, index: pd.Index, label: str) -> Floats:
    """Take a method's list, and refuse what is none."""
    own = replace(
        past,
        counts=past.counts.copy(),
        size=past.size.copy(),
        areas=None if past.areas is None else past.areas.copy(),
        incidents=None if past.incidents is None else past.incidents.copy(),
    )
    try:
        answer = method(own)
    except HotspotError as error:
        raise type(error)(f"method {name!r}, before {label}: {error}") from error
    except Exception as error:
        error.add_note(f"in method {name!r} of the back-test, before {label}")
        raise
    if not isinstance(answer, pd.Series):
        raise ConfigError(
            f"method {name!r}: it returned {type(answer).__name__}, not a Series with a number for each place."
        )
    return numbers_of(answer, f"method {name!r}, before {label}", index, least=None)


def _read_methods(methods: Mapping[str, Method], against: str) -> dict[str, Method]:
    """Put the baseline before the methods the user gave, after checking them."""
    if not isinstance(methods, Mapping):
        raise ConfigError(f"methods: give functions by name, not {type(methods).__name__}.")
    for name, method in methods.items():
        if not isinstance(name, str) or not name.strip() or name in {LAST_PERIOD, RANDOM, ALL}:
            raise ConfigError(f"methods: {name!r} is the name of a baseline or no name. Choose another.")
        if not name.isprintable() or len(name) > _LONGEST_NAME:
            raise ConfigError(f"methods: a name is longer than {_LONGEST_NAME} characters or cannot be printed.")
        if not callable(method):
            raise ConfigError(f"methods: {name!r} is no function of the past. Give e.g. lambda past: past.total.")
    named = {LAST_PERIOD: _last_period, **methods}
    if not isinstance(against, str) or against not in named:
        raise ConfigError(f"against: {against!r} is none of the methods: {', '.join(named)}.")
    return named


def _last_period(past: Past) -> pd.Series:
    return past.counts.iloc[:, -1].astype("Float64").astype("float64") / past.size


def _read_ground(
    counts: pd.DataFrame, areas: gpd.GeoDataFrame | pd.Series, size: pd.Series | None
) -> tuple[Floats, gpd.GeoDataFrame | None]:
    """Give the ground of each place, and its polygons in the order of the counts."""
    require_unique_index(counts, "counts")
    require_unique_index(areas, "areas")
    if counts.empty:
        raise InputError("counts: there is no place or no period.")
    lacking = counts.index.difference(areas.index)
    if len(lacking):
        raise InputError(f"areas: {len(lacking)} place(s) of counts are not there. Give every place its area.")
    if not isinstance(areas, gpd.GeoDataFrame):
        if not isinstance(areas, pd.Series):
            raise InputError(f"areas: give Areas or a Series of sizes, not {type(areas).__name__}.")
        return require_size(areas.reindex(counts.index) if size is None else size, counts.index), None
    require_metric_crs(areas, "areas")
    polygons = areas.reindex(counts.index)
    measured = polygons.geometry.area / _SQUARE_KILOMETRE if size is None else size
    return require_size(measured, counts.index), polygons


def _read_counts(counts: pd.DataFrame, name: str) -> Floats:
    if not counts.columns.is_unique:
        raise InputError(f"{name}: a period stands twice among its columns.")
    columns = [numbers_of(counts.iloc[:, i], f"{name}, column {i}", counts.index) for i in range(counts.shape[1])]
    return np.column_stack(columns)


def _read_harm(harm: pd.DataFrame, counts: pd.DataFrame) -> Floats:
    if not (harm.index.equals(counts.index) and list(harm.columns) == list(counts.columns)):
        raise InputError("harm: it must have the places and the periods of counts, in the same order.")
    return _read_counts(harm, "harm")


def _origins(periods: int, train: int, test: int, gap: int, steps: int | None) -> list[int]:
    """Give the first unknown period of each step: the last step ends with the last period."""
    require_whole(train, "train", 1)
    require_whole(test, "test", 1)
    require_whole(gap, "gap", 0)
    most = (periods - train - gap) // test
    if most < 1:
        raise InputError(
            f"counts: {periods} period(s) are too few for train={train}, gap={gap} and test={test}; at least "
            f"{train + gap + test} are needed."
        )
    if steps is not None:
        require_whole(steps, "steps", 1)
        if steps > most:
            raise InputError(f"steps: {steps} are asked for, but {periods} periods give {most}. Ask for fewer.")
    last = periods - gap - test
    return [last - test * step for step in reversed(range(most if steps is None else steps))]


def _check_incidents(data: _Data) -> None:
    """Refuse records that cannot be cut off at an origin."""
    if data.periods is None:
        raise InputError("counts: with incidents its columns must be periods such as 2024-03, to cut these off.")
    if data.incidents is None or "occurred_from" not in data.incidents:
        raise InputError("incidents: column 'occurred_from' is missing, so that the future cannot be cut off.")
    if not pd.api.types.is_datetime64_dtype(data.incidents["occurred_from"]):
        raise InputError("incidents: occurred_from is no time of the local clock. Convert it with pandas.to_datetime.")
    if data.polygons is not None and data.incidents.crs != data.polygons.crs:
        raise CRSError("incidents: they are not in the system of the areas. Use incidents.to_crs(areas.crs).")


__all__ = ["LAST_PERIOD", "backtest"]
