"""Say, area by area, which sources call it high, and how far their classes agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import nearest, require_choice, require_columns, require_unique_index
from hotspot.errors import ConfigError, InputError
from hotspot.fusion.comparability import require_reason
from hotspot.record import note
from hotspot.schema import GEARY_LABELS, GI_LABELS, MORAN_LABELS, SUPPRESSED

if TYPE_CHECKING:
    from collections.abc import Sequence

HIGH_LABELS = ("High-High", "High-Low", "Hot")
"""Labels that call an area itself high: among high neighbours, or on its own."""
LOW_LABELS = ("Low-Low", "Low-High", "Cold")
UNTESTED_LABELS = ("No data", "No neighbours", "Undefined", SUPPRESSED)
AGREEMENTS = ("agree hot", "police only", "health only", "neither", "not covered")
"""Every value of the column ``agreement``."""
CLASSES = ("High", "Not significant", "Low", "Not covered")

_LABELS = tuple(dict.fromkeys((*MORAN_LABELS, *GI_LABELS, *GEARY_LABELS, SUPPRESSED)))


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
        ``agreement``, indexed like the frame: ``agree hot``, ``police only``, ``health only``, ``neither``, or
        ``not covered`` where the police, or every health source, has no label that says anything (no data, hidden,
        no neighbours, undefined).

    Raises
    ------
    ComparabilityError
        ``comparable=False`` without a reason.
    InputError
        A column is missing, an area stands twice, or a label is none of local Moran, Geary or Getis-Ord.

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
    {'E01': 'agree hot', 'E02': 'health only', 'E03': 'not covered'}
    """
    services = [health] if isinstance(health, str) else list(health)
    if not services:
        raise ConfigError("health: no column is named. Name at least one column of labels.")
    require_unique_index(frame, "frame")
    require_columns(frame, [police, *services], "frame")
    require_reason(reason, comparable=comparable)
    labels = frame[[police, *services]]
    _require_labels(labels)
    high = labels.isin(HIGH_LABELS)
    known = labels.notna() & ~labels.isin(UNTESTED_LABELS)
    police_high = high[police].to_numpy()
    health_high = high[services].any(axis=1).to_numpy()
    covered = (known[police] & known[services].any(axis=1)).to_numpy()
    result = pd.Series(
        np.select(
            [~covered, police_high & health_high, police_high, health_high],
            ["not covered", "agree hot", "police only", "health only"],
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


def cross_table(
    frame: pd.DataFrame,
    *,
    police: str = "moran_label_police",
    health: str = "moran_label_ed",
    classes: str = "three",
    comparable: bool = True,
    reason: str | None = None,
) -> pd.DataFrame:
    """
    Count the areas by their class for one source and for the other.

    Parameters
    ----------
    frame
        One row per area, with the two columns.
    police, health
        Columns of labels (local Moran or Getis-Ord): the rows and the columns of the table.
    classes
        ``three``: High (high among high or low neighbours, or hot), Not significant, Low, and Not covered for no data,
        hidden, no neighbours and undefined. ``all``: every label that occurs in either, and No data where missing.
    comparable, reason
        As for `agreement`.

    Returns
    -------
    DataFrame
        Numbers of areas; rows are classes of ``police``, columns of ``health``, both in the same fixed order. The sum
        is the number of areas.

    Raises
    ------
    ComparabilityError, InputError, ConfigError
        As for `agreement`; ``classes`` is none of the two.

    Notes
    -----
    High here and low there is the sharpest disagreement. *Not significant* is no evidence of being ordinary, so
    High beside Not significant may be chance in either source: `agreement_statistics` tells how far the classes
    agree beyond it.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.fusion import cross_table
    >>> labels = pd.DataFrame(
    ...     {
    ...         "moran_label_police": ["High-High", "Not significant", "Low-Low"],
    ...         "moran_label_ed": ["High-High", "High-High", "No data"],
    ...     }
    ... )
    >>> cross_table(labels).loc["High"].to_dict()
    {'High': 1, 'Not significant': 0, 'Low': 0, 'Not covered': 0}
    """
    require_choice(classes, ("three", "all"), "classes")
    require_reason(reason, comparable=comparable)
    require_unique_index(frame, "frame")
    require_columns(frame, [police, health], "frame")
    labels = frame[[police, health]]
    _require_labels(labels)
    named = [_three(labels[name]) if classes == "three" else _every(labels[name]) for name in (police, health)]
    if classes == "three":
        order = list(CLASSES)
    else:
        order = [label for label in _LABELS if any((part == label).any() for part in named)]
    rows, columns = (pd.Categorical(part, categories=order) for part in named)
    counts = np.zeros((len(order), len(order)), dtype=np.int64)
    np.add.at(counts, (rows.codes, columns.codes), 1)
    table = pd.DataFrame(
        counts, index=pd.Index(order, name=police, dtype="str"), columns=pd.Index(order, name=health, dtype="str")
    )
    note("cross_table", police=police, health=health, classes=classes, comparable=comparable, reason=reason,
         areas=len(frame))  # fmt: skip
    return table


def agreement_statistics(
    frame: pd.DataFrame,
    *,
    police: str = "moran_label_police",
    health: str = "moran_label_ed",
    comparable: bool = True,
    reason: str | None = None,
) -> dict[str, float | int]:
    """
    Sum up how far the classes of two sources agree, beside what chance gives.

    Parameters
    ----------
    frame, police, health, comparable, reason
        As for `cross_table`.

    Returns
    -------
    dict
        ``n`` areas that both cover, ``left_out``; ``agree_hot``, ``police_only``, ``health_only`` areas, and
        ``jaccard`` of the high ones; over the classes High, Not significant and Low the share ``observed`` that agree,
        the share ``expected`` of two unrelated maps with these classes, and Cohen's ``kappa``.

    Raises
    ------
    ComparabilityError, InputError
        As for `agreement`.

    Notes
    -----
    kappa = (observed - expected) / (1 - expected): 1 where all agree, 0 where chance would do as well; missing where
    both maps have one class only. Areas are not independent (a cluster is many areas), so it has no p-value here. It
    looks at the same area in both maps; whether one is high *around* where the other is asks `local_moran_bivariate`,
    and whether both are high over the same surroundings, `lee_l`.

    References
    ----------
    Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement 20,
    37-46.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.fusion import agreement_statistics
    >>> labels = pd.DataFrame(
    ...     {
    ...         "moran_label_police": ["High-High", "High-High", "Low-Low", "Not significant"],
    ...         "moran_label_ed": ["High-High", "Not significant", "Low-Low", "Not significant"],
    ...     }
    ... )
    >>> found = agreement_statistics(labels)
    >>> found["agree_hot"], found["observed"], round(found["kappa"], 3)
    (1, 0.75, 0.636)
    """
    table = cross_table(frame, police=police, health=health, comparable=comparable, reason=reason)
    tested = table.to_numpy()[:-1, :-1]
    n = int(tested.sum())
    high, rows, columns = int(tested[0, 0]), tested.sum(axis=1), tested.sum(axis=0)
    observed = float(np.trace(tested) / n) if n else float("nan")
    expected = float((rows * columns).sum() / n**2) if n else float("nan")
    either = int(rows[0] + columns[0] - high)
    result: dict[str, float | int] = {
        "n": n,
        "left_out": len(frame) - n,
        "agree_hot": high,
        "police_only": int(rows[0]) - high,
        "health_only": int(columns[0]) - high,
        "jaccard": high / either if either else float("nan"),
        "observed": observed,
        "expected": expected,
        "kappa": (observed - expected) / (1 - expected) if expected < 1 else float("nan"),
    }
    facts = {name: value for name, value in result.items() if not pd.isna(value)}
    note("agreement_statistics", police=police, health=health, comparable=comparable, reason=reason, **facts)
    return result


def _require_labels(labels: pd.DataFrame) -> None:
    """Refuse a label that no local statistic gives: it would pass for not high."""
    for name in labels:
        wrong = (labels[name].notna() & ~labels[name].isin(_LABELS)).to_numpy()
        if wrong.any():
            first = str(labels[name].iloc[int(wrong.argmax())])[:40]
            raise InputError(
                f"frame[{name!r}]: {int(wrong.sum())} of {len(labels)} labels are not known (first: row "
                f"{int(wrong.argmax())}, {first!r}).{nearest(first, _LABELS)}"
            )


def _three(labels: pd.Series) -> np.ndarray:
    """Give each area one of the classes."""
    return np.select(
        [labels.isna() | labels.isin(UNTESTED_LABELS), labels.isin(HIGH_LABELS), labels.isin(LOW_LABELS)],
        ["Not covered", "High", "Low"],
        default="Not significant",
    )


def _every(labels: pd.Series) -> np.ndarray:
    """Give each area its own label."""
    return labels.astype("object").fillna("No data").to_numpy()


__all__ = ["AGREEMENTS", "HIGH_LABELS", "agreement", "agreement_statistics", "cross_table"]
