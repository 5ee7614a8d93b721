"""Count events by which sources know them: the capture histories that a total is estimated from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from hotspot.checks import listed, nearest, require_columns
from hotspot.errors import ComparabilityError, ConfigError, InputError
from hotspot.record import note
from hotspot.schema import CATEGORIES, VIOLENT_CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

MOST_SOURCES = 4
"""More sources than this have more models than data of a partnership can tell apart."""
UNKNOWN_STRATUM = "No data"
"""Stratum of the events for which no source says it."""
_DOUBTFUL = ("default midnight", "unknown")
"""Flags of a time with which a record cannot be linked, as in `link_events`."""


def capture_histories(
    linked: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    sources: Sequence[str] | None = None,
    categories: Collection[str] | None = None,
) -> pd.DataFrame:
    """
    Count linked events by which sources know them.

    Parameters
    ----------
    linked
        Records with ``source`` and ``event_id`` (``link_events``). ``category``, ``geometry``, ``occurred_from`` and
        ``time_flag`` are used where they are there.
    by
        Column or columns that divide the events into strata: a *large* area, ``setting``, ``severity``. An event has
        the value of the first of ``sources`` that gives one, so every source must know the column.
    sources
        Two to four sources to count, in the order of the columns. None takes all, by name.
    categories
        What counts, in the vocabulary of ``category``. None takes the violent categories.

    Returns
    -------
    DataFrame
        One row for each history that is possible (and each stratum): a column for each source, 1 where it knows the
        event and 0 where not, and ``n_events``. The strata are in the index; without strata it just counts. Histories
        that did not occur have 0. The events that no source knows have no row: their number is what
        ``capture_recapture`` estimates.

    Raises
    ------
    ComparabilityError
        No record of a source has a value in a column of ``by``: strata would then depend on who saw the event.
    ConfigError
        Fewer than two sources or more than four; an unknown source or category.
    InputError
        A column is missing, or a record has no source or no event.

    Notes
    -----
    Records that ``link_events`` could not have linked (no point, no time, a doubtful time) are left out and counted
    in the record of the run. Kept in, each would be an event that nobody else knows, and the total too high. Left out,
    they only make the source know a smaller part, which costs precision and no bias as long as what is missing does
    not hang together with who else knows the event. A record whose time is too coarse for ``max_gap`` is for you to
    leave out.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.fusion import capture_histories
    >>> linked = pd.DataFrame({"source": ["police", "ed", "police", "ed"], "event_id": ["a", "a", "b", "c"]})
    >>> capture_histories(linked).to_dict("records")  # doctest: +NORMALIZE_WHITESPACE
    [{'ed': 1, 'police': 0, 'n_events': 1}, {'ed': 0, 'police': 1, 'n_events': 1},
     {'ed': 1, 'police': 1, 'n_events': 1}]
    """
    strata = [] if by is None else [by] if isinstance(by, str) else list(by)
    require_columns(linked, ["source", "event_id", *strata], "linked")
    names = _sources(linked, sources)
    clash = sorted({*names, "n_events"} & set(strata))
    if clash:
        raise ConfigError(f"by: {clash[0]!r} is a column of the result too. Rename the column.")
    kept, left_out = _usable(linked[linked["source"].isin(names)], _categories(categories))
    kept = pd.DataFrame(kept[["source", "event_id", *strata]])
    _refuse_one_sided(kept, strata, names)

    # First source first, then by id: which record speaks for the event does not depend on the order of rows.
    order = pd.Categorical(kept["source"], categories=names).codes
    kept = kept.iloc[np.lexsort((kept.index.astype(str).to_numpy(), order))]
    event, number = pd.factorize(kept["event_id"])
    mask = np.zeros(len(number), np.int64)
    np.bitwise_or.at(mask, event, 1 << pd.Categorical(kept["source"], categories=names).codes.astype(np.int64))
    result = _count(mask, _strata_of(kept, event, strata), names)
    note(
        "capture_histories",
        sources=names,
        by=strata,
        events=len(mask),
        left_out=left_out,
        records_of_one_source_in_one_event=int(len(kept) - sum(int(m).bit_count() for m in mask)),
        sources_disagree={name: _disagreements(kept, name) for name in strata},
        stratum_not_known={
            name: int((result.index.get_level_values(name) == UNKNOWN_STRATUM) @ result["n_events"]) for name in strata
        },
    )
    return result


def _sources(linked: pd.DataFrame, sources: Sequence[str] | None) -> list[str]:
    """Check the sources and give them in order."""
    for column in ("source", "event_id"):
        absent = linked[column].isna().to_numpy()
        if absent.any():
            raise InputError(
                f"linked: {int(absent.sum())} row(s) have no {column} (first: row {int(absent.argmax()) + 1}). "
                "Fill it in, or link again with link_events."
            )
    present = sorted(map(str, linked["source"].unique()))
    names = present if sources is None else list(sources)
    unknown = [name for name in names if name not in present]
    if unknown:
        raise ConfigError(f"sources: {unknown[0]!r} has no record in linked.{nearest(unknown[0], present)}")
    if not 2 <= len(names) <= MOST_SOURCES or len(set(names)) < len(names):  # noqa: PLR2004 - one source has no overlap
        raise ConfigError(
            f"sources: {len(names)} given ({listed(names)}); two to {MOST_SOURCES} different ones are needed. Name "
            "those that count, or join alike ones beforehand by giving their records one source name."
        )
    return names


def _categories(categories: Collection[str] | None) -> list[str]:
    """Check the categories that count."""
    if categories is None:
        return list(VIOLENT_CATEGORIES)
    given = [categories] if isinstance(categories, str) else list(categories)
    unknown = [name for name in given if name not in CATEGORIES]
    if unknown:
        raise ConfigError(
            f"categories: {len(unknown)} not known, the first {unknown[0]!r}.{nearest(unknown[0], CATEGORIES)}"
        )
    return given


def _usable(linked: pd.DataFrame, categories: list[str]) -> tuple[pd.DataFrame, dict[str, dict[str, int]]]:
    """Leave out records of another category and those that could not be linked; count them by source and reason."""
    reason = pd.Series("", index=pd.RangeIndex(len(linked)), dtype="str")

    def exclude(which: np.ndarray, why: str) -> None:
        reason[which & (reason == "").to_numpy()] = why

    if "category" in linked:
        exclude(~linked["category"].isin(categories).to_numpy(), "another category")
    if "geometry" in linked:
        shapes = np.asarray(linked["geometry"], dtype=object)
        exclude(shapely.is_missing(shapes) | shapely.is_empty(shapes), "no point")
    if "occurred_from" in linked:
        exclude(linked["occurred_from"].isna().to_numpy(), "no time")
    if "time_flag" in linked:
        exclude(linked["time_flag"].isin(_DOUBTFUL).to_numpy(), "time doubtful")
    out = (reason != "").to_numpy()
    table = pd.crosstab(linked["source"].to_numpy()[out], reason.to_numpy()[out])
    account = {
        str(source): {str(why): int(n) for why, n in row.items() if n}
        for source, row in table.to_dict("index").items()
    }  # fmt: skip
    return linked[~out], account


def _refuse_one_sided(kept: pd.DataFrame, strata: list[str], names: list[str]) -> None:
    """Raise if a source has no record left, or knows nothing of a column that is to divide the events."""
    for source in names:
        own = kept[kept["source"] == source]
        if own.empty:
            raise InputError(
                f"linked: no record of source {source!r} is violent and could be linked (place, time, category)."
            )
        for column in strata:
            if own[column].isna().all():
                raise ComparabilityError(
                    f"by: source {source!r} has no value of {column!r}, so its events would have a stratum only if "
                    "another source saw them too. Divide by what every source records."
                )


def _strata_of(kept: pd.DataFrame, event: np.ndarray, strata: list[str]) -> pd.DataFrame:
    """Give each event the value of the first record that has one."""
    values = {}
    for name in strata:
        first = kept[name].groupby(event).first()
        values[name] = first.astype("string").fillna(UNKNOWN_STRATUM).astype("str").to_numpy()
    return pd.DataFrame(values)


def _disagreements(kept: pd.DataFrame, column: str) -> int:
    """Count the values that differ from another source's for the same event."""
    return int(kept.dropna(subset=[column]).drop_duplicates(["event_id", column])["event_id"].duplicated().sum())


def _count(mask: np.ndarray, strata: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Count the events of each history, for each stratum that occurs; histories in the order of their bit masks."""
    histories = np.arange(1, 1 << len(names))
    columns = {name: (histories >> place & 1).astype(np.int8) for place, name in enumerate(names)}
    blank = pd.DataFrame(columns)
    if strata.columns.empty:
        return blank.assign(n_events=np.bincount(mask, minlength=1 << len(names))[1:])
    parts = []
    for labels, rows in strata.groupby(list(strata.columns), sort=True).indices.items():
        label = labels if isinstance(labels, tuple) else (labels,)
        counted = np.bincount(mask[rows], minlength=1 << len(names))[1:]
        index = pd.MultiIndex.from_tuples([label] * len(blank), names=list(strata.columns))
        parts.append(blank.assign(n_events=counted).set_index(index))
    return pd.concat(parts)


__all__ = ["MOST_SOURCES", "UNKNOWN_STRATUM", "capture_histories"]
