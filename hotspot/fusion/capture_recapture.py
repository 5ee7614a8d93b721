"""Estimate all violence from what several sources know of it: a range for a large area, with what makes it doubtful."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import nearest, require_choice, require_columns
from hotspot.errors import ComparabilityError, ConfigError, InputError
from hotspot.fusion import capture_assumptions as assume
from hotspot.fusion.capture_histories import MOST_SOURCES, capture_histories
from hotspot.fusion.capture_models import Method, estimate_total, sum_of_strata
from hotspot.fusion.chapman import chapman_range, require_confidence
from hotspot.fusion.total_violence import TotalViolence
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST_SEEN = 200
"""Events that a stratum must hold."""
LEAST_SHARED = 20
"""Events of a stratum that two sources or more must know."""
MOST_STRATA = 12
ALL = "all events"
_SMALL_AREA = re.compile(r"(?:[EWSX]0[0125]|S13)[0-9]{3,}")
"""Codes of output areas, LSOA, MSOA, data zones and wards."""
_SAME_RECORDS = (0.5, 1.1)
"""Size of a source in a tolerance curve against that in the histories: less where times are too coarse for the gap."""


def capture_recapture(
    histories: pd.DataFrame,
    *,
    strata: str | Sequence[str] | None = None,
    models: str = "average",
    criterion: str = "aic",
    always: Sequence[tuple[str, str]] = (("ambulance", "ed"),),
    linkage: pd.DataFrame | None = None,
    linkages: Mapping[str, pd.DataFrame] | None = None,
    confidence: float = 0.95,
) -> TotalViolence:
    """
    Estimate how many violent events there were, seen or not, in a large area.

    Parameters
    ----------
    histories
        Events by history (``capture_histories``) of two to four sources.
    strata
        Levels of its index to estimate one by one and add up, such as ``"setting"``. None estimates all at once; the
        levels then only show whether the strata differ.
    models
        ``"average"`` weighs all models by the criterion, ``"best"`` takes the one with the least.
    criterion
        ``"aic"`` or ``"bic"`` (with the log of the events seen).
    always
        Pairs of sources whose interaction every model holds where both are there: one brings events to the other.
    linkage
        Two sources: what linkage finds at several tolerances (``tolerance_curve``); those on the plateau of
        ``chapman_range`` are used. Only without strata.
    linkages
        Any number of sources: name to linked records, or to their histories, of other linkages that are as credible.
    confidence
        Level of the intervals, between 0 and 1.

    Returns
    -------
    TotalViolence
        The range ``lower`` to ``upper``, with tables of strata, models, pairs, linkages and assumptions.

    Raises
    ------
    ComparabilityError
        Strata are small areas, or more than 12; the only sources are a pair of ``always``; ``linkage`` tells of other
        records.
    ConfigError
        An option is unknown, or ``linkage`` is given for more than two sources or with strata.
    InputError
        A stratum has fewer than 200 events or fewer than 20 that two sources know; no model has a finite estimate;
        ``histories`` is no such table.

    Notes
    -----
    Three sources or four: Poisson log-linear models of the counts by history, all hierarchical ones without the
    interaction of all sources, which no data can show. A model whose estimate is not finite (empty histories) is left
    out, with the reason. N is the events seen plus the median, and the limits are the tails, of the unseen events over
    models, each by its profile likelihood (Cormack 1992; Fletcher and Turek 2012). SE is that of Buckland and others
    (1997). Two sources: Chapman. Strata are added with the limits of Zou and Donner (2008).

    **Read the range, not N.** The limits hold chance, the choice of model and the linkages given. They do not hold
    what the assumptions say. There is no such figure for an LSOA: its matches are too few, and linkage error alone
    would make the map.

    References
    ----------
    Fienberg (1972) Biometrika 59, 591-603. Cormack (1992) Biometrics 48, 567-576. Buckland, Burnham and Augustin
    (1997) Biometrics 53, 603-618. International Working Group for Disease Monitoring and Forecasting (1995) American
    Journal of Epidemiology 142, 1047-1058.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.fusion import capture_recapture
    >>> histories = pd.DataFrame(
    ...     {
    ...         "ambulance": [1, 0, 1, 0, 1, 0, 1],
    ...         "ed": [0, 1, 1, 0, 0, 1, 1],
    ...         "police": [0, 0, 0, 1, 1, 1, 1],
    ...         "n_events": [322, 626, 725, 1700, 274, 423, 512],
    ...     }
    ... )
    >>> total = capture_recapture(histories)
    >>> total.models["N"].round().astype(int).to_dict()[("all events", "ambulance:ed")]
    6934
    >>> total.pairs["independence"].to_dict()["ambulance and ed"]
    'fails: N is too low'
    >>> total.assumptions["verdict"].to_dict()["perfect linkage"]
    'not examined'
    """
    require_choice(models, ("average", "best"), "models")
    require_choice(criterion, ("aic", "bic"), "criterion")
    require_confidence(confidence)
    levels = [] if strata is None else [strata] if isinstance(strata, str) else list(strata)
    names = _source_columns(histories)
    labels, tables = _tables(histories, names, levels)
    _refuse_small(labels, tables, levels)
    method = Method(models, criterion, _always(names, always), confidence)

    estimates, fitted = _by_stratum(labels, tables, names, method)
    base = {str(name): float(value) for name, value in estimates.iloc[-1].items()}
    ways: list[pd.DataFrame] = [pd.DataFrame([_one_linkage(base)], index=["as given"])]
    ways += _curve(linkage, histories, names, levels, confidence)
    ways += [_relinked(name, frame, names, levels, method) for name, frame in (linkages or {}).items()]
    ranges = pd.concat(ways).rename_axis("linkage")
    finest = _tables(histories, names, _level_names(histories))
    pairs = assume.pairs_of_sources(finest[1], names, confidence)
    pooled = None
    if levels:
        pooled = (estimate_total(tables.sum(axis=0), names, method)[0]["N"], base["N"])
    broken = np.array([assume.break_links(table, assume.MISSED) for table in tables])
    weakened = float(_by_stratum(labels, broken, names, method)[0]["N"].iloc[-1])
    doubts = {
        "one closed population": assume.closed_population(),
        "perfect linkage": assume.linkage(base["n_seen"], base, weakened, ranges),
        "independent sources": assume.independence(pairs),
        "equal catchability": assume.equal_catchability(finest[1], finest[0], pooled),
        "model": assume.model_fit(fitted[fitted["left_out"] == ""]),
    }
    result = TotalViolence(
        lower=float(ranges["lower"].min()),
        upper=float(ranges["upper"].max()),
        confidence=confidence,
        estimates=estimates,
        models=fitted,
        pairs=pairs,
        linkages=ranges,
        assumptions=pd.DataFrame(doubts).T[list(assume.COLUMNS)].rename_axis("assumption"),
    )
    _report(result, names, levels, method)
    return result


def _level_names(histories: pd.DataFrame) -> list[str]:
    """Name the strata that the index of the histories holds."""
    return [str(name) for name in histories.index.names if name is not None]


def _source_columns(histories: pd.DataFrame) -> list[str]:
    """Check that the table is one of capture histories, and name its sources."""
    require_columns(histories, ["n_events"], "histories")
    names = [str(name) for name in histories.columns if name != "n_events"]
    if not 2 <= len(names) <= MOST_SOURCES:  # noqa: PLR2004 - one source has no overlap
        raise InputError(f"histories: {len(names)} source column(s) beside n_events; two to {MOST_SOURCES} are needed.")
    if len(set(names)) < len(names):
        raise InputError("histories: two sources have one name. Give each column its own.")
    for name in names:
        strange = ~histories[name].isin([0, 1]).to_numpy()
        if strange.any():
            raise InputError(
                f"histories: column {name!r} has {int(strange.sum())} value(s) other than 0 and 1 (first: row "
                f"{int(strange.argmax()) + 1}). Make the table with capture_histories."
            )
    counts = histories["n_events"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    wrong = ~(np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts)))
    wrong |= (counts > 0) & (histories[names].sum(axis=1) == 0).to_numpy()
    if wrong.any():
        raise InputError(
            f"histories: {int(wrong.sum())} row(s) have an n_events that is no count, or are of no source (first: row "
            f"{int(wrong.argmax()) + 1}). Make the table with capture_histories."
        )
    return names


def _tables(histories: pd.DataFrame, names: list[str], levels: list[str]) -> tuple[list[str], Floats]:
    """Give the labels of the strata, and their events by bit mask of the history, shape (strata, 2**k - 1)."""
    unknown = [name for name in levels if name not in _level_names(histories)]
    if unknown:
        known = _level_names(histories)
        hint = nearest(unknown[0], known) if known else " It has none: give by= to capture_histories."
        raise ConfigError(f"strata: {unknown[0]!r} is no level of the index of histories.{hint}")
    mask = sum((histories[name].astype(np.int64).to_numpy() << bit for bit, name in enumerate(names)), np.int64(0))
    cells = 1 << len(names)
    counts = histories["n_events"].astype(float).to_numpy()
    if levels:
        parts = [histories.index.get_level_values(name).astype(str) for name in levels]
        number, found = pd.factorize(pd.Index([" / ".join(label) for label in zip(*parts, strict=True)]), sort=True)
        labels = [str(label) for label in found]
    else:
        number, labels = np.zeros(len(histories), np.int64), [ALL]
    table = np.bincount(number * cells + mask, weights=counts, minlength=len(labels) * cells)
    return labels, table.reshape(len(labels), cells)[:, 1:].astype(np.float64)


def _refuse_small(labels: list[str], tables: Floats, levels: list[str]) -> None:
    """Raise if a figure would be of a small area, or of too few events."""
    small = [label for label in labels if levels and any(_SMALL_AREA.fullmatch(p) for p in label.split(" / "))]
    if small or len(labels) > MOST_STRATA:
        found = f"{len(small)} strata are small areas" if small else f"{len(labels)} strata, more than {MOST_STRATA}"
        raise ComparabilityError(
            f"strata: {found}. A total is estimated for a whole partnership or force only: in small areas few events "
            "are matched, and errors of linkage decide the figure. Divide by setting, severity or district."
        )
    shared = np.array([mask.bit_count() > 1 for mask in range(1, tables.shape[1] + 1)])
    for label, table in zip(labels, tables, strict=True):
        seen, both = int(table.sum()), int(table[shared].sum())
        if seen < LEAST_SEEN or both < LEAST_SHARED:
            raise InputError(
                f"histories: {label!r} has {seen} events, {both} of them known to two sources; {LEAST_SEEN} and "
                f"{LEAST_SHARED} are the least. Take a larger area, a longer period or fewer strata."
            )


def _always(names: list[str], always: Sequence[tuple[str, str]]) -> tuple[int, ...]:
    """Give the interactions that every model holds as bit masks."""
    masks = []
    for pair in always:
        if len(set(pair)) != 2:  # noqa: PLR2004 - a pair
            raise ConfigError(f"always: {pair!r} is no pair of two sources, such as ('ambulance', 'ed').")
        if set(pair) <= set(names):
            masks.append(sum(1 << names.index(name) for name in pair))
    everything = (1 << len(names)) - 1
    if everything in masks:
        raise ComparabilityError(
            f"histories: {names[0]!r} and {names[1]!r} depend on each other (one brings its patients to the other), "
            "and two sources cannot tell by how much. Add a source, or give both one name and set them against the "
            "police. always=() treats them as independent: N is then too low."
        )
    return tuple(masks)


def _by_stratum(
    labels: list[str], tables: Floats, names: list[str], method: Method
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Estimate each stratum and their sum; give the estimates and the models."""
    figures, fitted = {}, {}
    for label, table in zip(labels, tables, strict=True):
        figures[label], fitted[label] = estimate_total(table, names, method)
    estimates = pd.DataFrame(figures).T
    if labels != [ALL]:
        estimates.loc[ALL] = sum_of_strata(estimates)
    estimates = estimates[["n_seen", "N", "SE", "lower", "upper"]].rename_axis("stratum")
    return estimates, pd.concat(fitted, names=["stratum"])


def _one_linkage(figures: Mapping[str, float] | pd.Series) -> dict[str, float]:
    return {
        "N": figures["N"],
        "N_least": figures["N"],
        "N_most": figures["N"],
        "lower": figures["lower"],
        "upper": figures["upper"],
    }


def _curve(
    linkage: pd.DataFrame | None, histories: pd.DataFrame, names: list[str], levels: list[str], confidence: float
) -> list[pd.DataFrame]:
    """Estimate two sources at every tolerance of a curve."""
    if linkage is None:
        return []
    if len(names) != 2 or levels:  # noqa: PLR2004 - a curve holds one pair
        raise ConfigError("linkage: a curve is of two sources and of no strata. Give linkages= instead.")
    require_columns(linkage, ["n_of", "n_against"], "linkage")
    own = sorted(float(histories.loc[histories[name] == 1, "n_events"].sum()) for name in names)
    theirs = np.sort(linkage[["n_of", "n_against"]].astype(float).to_numpy(), axis=1)
    size = theirs / own
    strange = ((size < _SAME_RECORDS[0]) | (size > _SAME_RECORDS[1])).any(axis=1)
    if strange.any():
        raise ComparabilityError(
            f"linkage: {int(strange.sum())} row(s) count {theirs[strange][0].astype(int).tolist()} records where "
            f"histories has {[int(n) for n in own]}. Make both from the same records."
        )
    table = chapman_range(linkage, confidence=confidence)
    table = table[table["plateau"]].drop(columns="plateau")
    table.index = pd.Index(
        [", ".join(map(str, label)) if isinstance(label, tuple) else str(label) for label in table.index]
    )
    return [table]


def _relinked(name: str, frame: pd.DataFrame, names: list[str], levels: list[str], method: Method) -> pd.DataFrame:
    """Estimate from another linkage of the same records."""
    other = capture_histories(frame, by=levels, sources=names) if "event_id" in frame else frame
    if set(_source_columns(other)) != set(names):
        raise ComparabilityError(f"linkages: {name!r} has other sources than histories. Link the same sources.")
    labels, tables = _tables(other, names, levels)
    _refuse_small(labels, tables, levels)
    return pd.DataFrame([_one_linkage(_by_stratum(labels, tables, names, method)[0].iloc[-1])], index=[name])


def _report(result: TotalViolence, names: list[str], levels: list[str], method: Method) -> None:
    """Note the choices and the figures; what is infinite is missing there."""
    limits = {"lower": result.lower, "upper": result.upper}
    note(
        "capture_recapture",
        sources=names,
        strata=levels,
        models=method.models,
        criterion=method.criterion,
        always=[":".join(a for bit, a in enumerate(names) if mask >> bit & 1) for mask in method.always],
        linkages=list(map(str, result.linkages.index)),
        confidence=method.confidence,
        n_seen=int(result.estimates["n_seen"].iloc[-1]),
        **{name: float(value) if math.isfinite(value) else None for name, value in limits.items()},
        models_left_out=int((result.models["left_out"] != "").sum()),
        assumptions={str(name): str(verdict) for name, verdict in result.assumptions["verdict"].items()},
    )


__all__ = ["capture_recapture"]
