"""Say where sources agree, area by area and over all areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_columns, require_positive, require_unique_index
from hotspot.errors import ComparabilityError, ConfigError, InputError
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Sequence

HIGH_LABELS = ("High-High", "High-Low", "Hot")
"""Labels that call an area itself high: among high neighbours, or on its own."""
UNTESTED_LABELS = ("No data", "No neighbours", "Undefined", "Suppressed")
AGREEMENTS = ("both", "police only", "health only", "neither", "not covered")
"""Every value of the column ``agreement``."""


def agreement(
    frame: pd.DataFrame,
    *,
    police: str = "moran_label_police",
    health: str | Sequence[str] = "moran_label_ed",
    comparable: bool = True,
    reason: str | None = None,
) -> pd.Series:
    """
    Say for each area which sources call it high.

    Parameters
    ----------
    frame
        One row per area, with the columns named below.
    police
        Column of labels (local Moran or Getis-Ord) of the police.
    health
        Column or columns of labels of health services. An area is high for health if any of them calls it high.
    comparable
        Whether the sources count the same kind of thing over the same months and places. False needs a reason.
    reason
        Why they are compared although they are not alike, or what the comparison is; written in the record.

    Returns
    -------
    Series
        ``agreement``, indexed like the frame: ``both``, ``police only``, ``health only``, ``neither``, or
        ``not covered`` where the police, or every health source, has no label that says anything (no data, hidden,
        no neighbours, undefined).

    Raises
    ------
    ComparabilityError
        ``comparable=False`` without a reason.
    InputError
        A column is missing, or an area stands twice.

    Notes
    -----
    High means High-High (a cluster), High-Low (high on its own) or Hot. Where one of several health sources has no
    label, the others decide; how often that was is in the record. *Health only* means that health services see more
    here than elsewhere and the police do not. It does not mean that anything went unreported: what each counts, where
    it counts it and who comes to it differ.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.fusion import agreement
    >>> labels = pd.DataFrame(
    ...     {
    ...         "moran_label_police": ["High-High", "Not significant", "Low-Low"],
    ...         "moran_label_ed": ["High-High", "High-High", "No data"],
    ...     },
    ...     index=["E01", "E02", "E03"],
    ... )
    >>> agreement(labels).to_dict()
    {'E01': 'both', 'E02': 'health only', 'E03': 'not covered'}
    """
    services = [health] if isinstance(health, str) else list(health)
    if not services:
        raise ConfigError("health: no column is named. Name at least one column of labels.")
    require_unique_index(frame, "frame")
    require_columns(frame, [police, *services], "frame")
    _require_reason(reason, comparable=comparable)
    labels = frame[[police, *services]]
    high = labels.isin(HIGH_LABELS)
    known = labels.notna() & ~labels.isin(UNTESTED_LABELS)
    police_high = high[police].to_numpy()
    health_high = high[services].any(axis=1).to_numpy()
    covered = (known[police] & known[services].any(axis=1)).to_numpy()
    result = pd.Series(
        np.select(
            [~covered, police_high & health_high, police_high, health_high],
            ["not covered", "both", "police only", "health only"],
            default="neither",
        ),
        index=frame.index,
        name="agreement",
        dtype="str",
    )
    note(
        "agreement",
        police=police,
        health=services,
        comparable=comparable,
        reason=reason,
        areas={value: int((result == value).sum()) for value in AGREEMENTS},
        some_health_source_missing=int((covered & ~known[services].all(axis=1).to_numpy()).sum()),
    )
    return result


def compare_sources(
    a: pd.Series, b: pd.Series, *, top: int | None = None, comparable: bool = True, reason: str | None = None
) -> dict[str, float | int]:
    """
    Compare the ranking of areas by two sources.

    Parameters
    ----------
    a, b
        One value per area (a rate or a count), indexed by area code. Areas that either lacks are left out.
    top
        Number of leading areas whose overlap is counted; None takes a tenth of the areas, at least 1.
    comparable
        Whether the two count the same kind of thing over the same months and places. False needs a reason.
    reason
        Why they are compared although they are not alike; written in the record.

    Returns
    -------
    dict
        ``n`` areas compared, ``left_out``, rank correlations ``spearman`` and ``kendall`` (tau-b; both allow for
        ties), ``top``, ``overlap`` (areas in both tops), ``expected_overlap`` and ``p_overlap`` (what two unrelated
        rankings give: the mean, and the chance of at least this overlap), ``jaccard`` of the two tops.

    Raises
    ------
    ComparabilityError
        ``comparable=False`` without a reason.
    ConfigError
        ``top`` is not between 1 and the number of areas.
    InputError
        Fewer than three areas have both values, an area stands twice, or a value is infinite.

    Notes
    -----
    The overlap of two random tops of k among n areas is hypergeometric, with mean k²/n. Ties at the cut are broken by
    area code, so the tops are the same in every run. A correlation is missing where one source is constant. Rates of
    areas with one population share its errors: some correlation is owed to that alone.

    References
    ----------
    Kendall (1945) Biometrika 33, 239-251 (ties). Ariel and colleagues compare police and ambulance hot spots so.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.fusion import compare_sources
    >>> police = pd.Series([9, 7, 5, 3, 1], index=list("abcde"))
    >>> ambulance = pd.Series([8, 9, 4, 2, None], index=list("abcde"))
    >>> found = compare_sources(police, ambulance, top=2)
    >>> found["n"], round(found["spearman"], 3), found["overlap"]
    (4, 0.8, 2)
    """
    from scipy.stats import hypergeom, kendalltau

    _require_reason(reason, comparable=comparable)
    require_unique_index(a, "a")
    require_unique_index(b, "b")
    both = pd.concat([a.rename("a").astype("Float64"), b.rename("b").astype("Float64")], axis=1, join="outer")
    pairs = both.dropna().astype(float)
    if np.isinf(pairs.to_numpy()).any():
        raise InputError(f"a, b: {int(np.isinf(pairs.to_numpy()).any(axis=1).sum())} area(s) have an infinite value.")
    n = len(pairs)
    if n < 3:  # noqa: PLR2004 - two points always correlate perfectly
        raise InputError(f"a, b: only {n} area(s) have both values. Are both indexed by the same area codes?")
    k = max(1, n // 10) if top is None else int(require_positive(top, "top"))
    if k > n:
        raise ConfigError(f"top: {k} is more than the {n} areas that have both values.")
    ranks = pairs.rank()
    varies = bool((np.ptp(ranks.to_numpy(), axis=0) > 0).all())
    tops = [set(pairs.index[np.lexsort((pairs.index.astype(str), -pairs[name].to_numpy()))[:k]]) for name in pairs]
    overlap = len(tops[0] & tops[1])
    result: dict[str, float | int] = {
        "n": n,
        "left_out": len(both) - n,
        "spearman": float(np.corrcoef(ranks["a"], ranks["b"])[0, 1]) if varies else float("nan"),
        "kendall": float(kendalltau(pairs["a"], pairs["b"]).statistic) if varies else float("nan"),
        "top": k,
        "overlap": overlap,
        "expected_overlap": k * k / n,
        "p_overlap": float(hypergeom.sf(overlap - 1, n, k, k)),
        "jaccard": overlap / len(tops[0] | tops[1]),
    }
    facts = {name: value for name, value in result.items() if not pd.isna(value)}
    note("compare_sources", a=str(a.name), b=str(b.name), comparable=comparable, reason=reason, **facts)
    return result


def _require_reason(reason: str | None, *, comparable: bool) -> None:
    """Refuse to compare what is not alike unless somebody says why."""
    if not comparable and (reason is None or not reason.strip()):
        raise ComparabilityError(
            "comparable=False: the sources are not alike, and reason= does not say why they are compared. "
            "Write what each counts, for example 'all ambulance calls against recorded violence: health demand'."
        )


__all__ = ["AGREEMENTS", "HIGH_LABELS", "agreement", "compare_sources"]
