"""Make the ranked list of places that a tasking meeting decides on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from hotspot.checks import nearest, require_columns, require_unique_index
from hotspot.errors import ConfigError, InputError
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def prioritise(
    counts: pd.DataFrame,
    *,
    by: str | Sequence[str],
    budget: int = 10,
    excluded: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """
    Rank places and keep as many as there are means for.

    Parameters
    ----------
    counts
        One row per place, indexed by its code: AreaCounts, or any frame with the columns of ``by``.
    by
        Column to rank by, or several. One column is the score itself. Several are put on one scale first.
    budget
        Number of places the list may hold.
    excluded
        Places that are not to be tasked, code to reason. They stay in the list, at its end, without a rank.

    Returns
    -------
    DataFrame
        The ``budget`` best places, best first, then the excluded ones; indexed like ``counts``. Columns ``rank`` (1
        first), ``score``, ``name`` where known, each ``n_<source>`` and each column of ``by``, and ``excluded`` (the
        reason, else missing). A place without any value to rank by has no score and is not listed; the record says
        how many there are.

    Raises
    ------
    ConfigError
        The budget is not a whole number of 1 or more; an excluded code is unknown or has no reason.
    InputError
        A column of ``by`` is missing, not numeric or infinite; a place stands twice.

    Notes
    -----
    The score of several columns is the mean of the place's percentile ranks over the columns that have a value there
    (a source that does not cover the place is left out, never read as 0). Percentile ranks are used, not sums or
    z-scores: of raw counts the largest source would decide alone. Places with equal scores are ordered by code, so
    the list is the same in every run; how many tie across the cut is in the record.

    The list ranks recorded events, not risk: it says where, not why, and small differences in rank mean nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.places import prioritise
    >>> counts = pd.DataFrame({"name": ["Quay", "Mill", "Park"], "n_police": [12, 30, 7]}, index=["E01", "E02", "E03"])
    >>> prioritise(counts, by="n_police", budget=2)[["rank", "name", "n_police"]].to_dict("index")
    {'E02': {'rank': 1, 'name': 'Mill', 'n_police': 30}, 'E01': {'rank': 2, 'name': 'Quay', 'n_police': 12}}
    """
    columns = [by] if isinstance(by, str) else list(by)
    reasons = {str(code): reason for code, reason in (excluded or {}).items()}
    _check(counts, columns, budget, reasons)
    values = counts[columns].astype("Float64").astype(float)
    score = values[columns[0]] if len(columns) == 1 else _mean_percentile(values)
    barred = counts.index.astype(str).isin(list(reasons))
    order = np.lexsort((counts.index.astype(str), -score.to_numpy()))
    ranked = order[(score.notna() & ~barred).to_numpy()[order]]
    chosen = ranked[:budget]
    last = order[barred[order]]

    shown = [c for c in counts.columns if c == "name" or str(c).startswith("n_") or c in columns]
    table = pd.DataFrame(counts[shown]).iloc[np.concatenate([chosen, last])]
    places = [*range(1, len(chosen) + 1), *[pd.NA] * len(last)]
    table.insert(0, "rank", pd.Series(places, index=table.index, dtype="Int64"))
    table.insert(1, "score", score.reindex(table.index))
    table["excluded"] = pd.Series([reasons.get(str(code)) for code in table.index], index=table.index, dtype="str")
    note(
        "prioritise",
        by=columns,
        score="value" if len(columns) == 1 else "mean percentile rank over the available columns",
        budget=budget,
        listed=len(chosen),
        excluded=len(last),
        without_a_score=int(score.isna().sum()),
        scored_on_some_columns_only=int((values.isna().any(axis=1) & score.notna()).sum()),
        tied_across_the_cut=_tied(score.to_numpy()[ranked], budget),
    )
    return table


def _check(counts: pd.DataFrame, columns: list[str], budget: int, reasons: Mapping[str, str]) -> None:
    """Refuse what cannot be ranked."""
    require_unique_index(counts, "counts")
    if not columns:
        raise ConfigError("by: no column is named. Name at least one to rank by.")
    require_columns(counts, columns, "counts")
    if isinstance(budget, bool) or budget != int(budget) or budget < 1:
        raise ConfigError(f"budget: {budget!r} must be a whole number of places, 1 or more.")
    for name in columns:
        if not is_numeric_dtype(counts[name]) or is_bool_dtype(counts[name]):
            raise InputError(f"by: column {name!r} holds {counts[name].dtype}, not numbers.")
        infinite = np.isinf(counts[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan))
        if infinite.any():
            raise InputError(
                f"by: column {name!r} has {infinite.sum()} infinite value(s), the first in row "
                f"{np.flatnonzero(infinite)[0]}."
            )
    codes = counts.index.astype(str)
    unknown = [code for code in reasons if code not in set(codes)]
    if unknown:
        raise ConfigError(
            f"excluded: {len(unknown)} code(s) are no place of counts, the first {unknown[0]!r}."
            f"{nearest(unknown[0], codes)}"
        )
    silent = [code for code, reason in reasons.items() if not str(reason or "").strip()]
    if silent:
        raise ConfigError(f"excluded: {len(silent)} place(s) have no reason, the first {silent[0]!r}. Say why.")


def _mean_percentile(values: pd.DataFrame) -> pd.Series:
    """Give the mean, over the columns a place has, of its percentile rank in each: between 0 and 1."""
    percentiles = (values.rank() - 0.5) / values.notna().sum()
    return percentiles.mean(axis=1)


def _tied(scores: np.ndarray, budget: int) -> int:
    """Count the places left out although their score equals that of the last one listed."""
    if len(scores) <= budget:
        return 0
    return int((scores[budget:] == scores[budget - 1]).sum())
