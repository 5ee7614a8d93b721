"""Report how far records can be singled out by what they say together."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import listed, require_choice, require_columns
from hotspot.errors import ConfigError, InputError
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Sequence

_KINDS = ("distinct", "entropy", "recursive")


@dataclass(frozen=True, slots=True)
class KAnonymity:
    """Sizes of the groups of records that are alike in all quasi-identifiers; no value of a record."""

    k: int
    quasi_identifiers: tuple[str, ...]
    rows: int
    groups: int
    smallest: int
    """Size of the smallest group: the k that the table reaches (0 without rows)."""
    unique_rows: int
    rows_below: int
    groups_below: int
    sizes: pd.Series = field(repr=False)
    """Number of groups by size of group."""
    below: pd.Series = field(repr=False)
    """Whether each row stands in a group smaller than k, on the index of the frame."""

    @property
    def holds(self) -> bool:
        """Whether every record is like at least k - 1 others."""
        return self.rows_below == 0

    def __str__(self) -> str:
        """Give the report as a sentence."""
        return (
            f"{self.rows} rows in {self.groups} groups by {listed(self.quasi_identifiers, 10)}; smallest group "
            f"{self.smallest}; {self.rows_below} rows in {self.groups_below} groups below {self.k}, "
            f"{self.unique_rows} of them unique"
        )


@dataclass(frozen=True, slots=True)
class LDiversity:
    """How varied a sensitive column is within the groups that are alike; no value of a record."""

    l: float  # noqa: E741 - the letter of the paper
    kind: str
    sensitive: str
    quasi_identifiers: tuple[str, ...]
    rows: int
    groups: int
    least: float
    """Diversity of the least varied group (0 without rows); not defined for the recursive kind."""
    rows_below: int
    groups_below: int
    below: pd.Series = field(repr=False)
    """Whether each row stands in a group that is not varied enough, on the index of the frame."""

    @property
    def holds(self) -> bool:
        """Whether every group is varied enough."""
        return self.rows_below == 0

    def __str__(self) -> str:
        """Give the report as a sentence."""
        return (
            f"{self.rows} rows in {self.groups} groups by {listed(self.quasi_identifiers, 10)}; {self.rows_below} rows "
            f"in {self.groups_below} groups are not {self.l:g}-diverse ({self.kind}) in {self.sensitive}"
        )


def k_anonymity(frame: pd.DataFrame, quasi_identifiers: Sequence[str], *, k: int = 5) -> KAnonymity:
    """
    Count the records that are like fewer than k - 1 others.

    Parameters
    ----------
    frame
        Records, already generalised.
    quasi_identifiers
        Columns that somebody could know from elsewhere: sex, age band, area, month, weapon.
    k
        Smallest group wanted, 2 or more: 5 within a partnership, 10 for the public.

    Returns
    -------
    KAnonymity
        Counts, the number of groups by size, and the rows concerned as a mask; never their values.

    Raises
    ------
    InputError
        If a column is missing.
    ConfigError
        If k is below 2 or no column is named.

    Notes
    -----
    A missing value counts as a value of its own, alike among the missing. k-anonymity protects against singling out
    by these columns only. It says nothing of what all members of a group share (see `l_diversity`), of columns not
    named, or of what a neighbour knows. Records are not released by this package, whatever k they reach.

    References
    ----------
    Sweeney (2002), k-anonymity: a model for protecting privacy, International Journal of Uncertainty, Fuzziness and
    Knowledge-Based Systems 10(5), 557-570.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> frame = pd.DataFrame({"sex": ["f", "f", "m"], "age": ["18 to 24"] * 3})
    >>> report = hs.k_anonymity(frame, ["sex", "age"], k=2)
    >>> report.smallest, report.rows_below, report.sizes.to_dict()
    (1, 1, {1: 1, 2: 1})
    """
    columns = _columns(frame, quasi_identifiers)
    if isinstance(k, bool) or not isinstance(k, int) or k < 2:  # noqa: PLR2004 - one is no anonymity
        raise ConfigError(f"k: {k!r} must be a whole number of 2 or more.")
    group = _groups(frame, columns)
    size = np.bincount(group)
    below = size[group] < k
    report = KAnonymity(
        k=k,
        quasi_identifiers=columns,
        rows=len(frame),
        groups=len(size),
        smallest=int(size.min(initial=len(frame))),
        unique_rows=int((size == 1).sum()),
        rows_below=int(below.sum()),
        groups_below=int((size < k).sum()),
        sizes=pd.Series(size).value_counts().sort_index().rename_axis("size").rename("groups"),
        below=pd.Series(below, index=frame.index, name="below"),
    )
    note(
        "k_anonymity", k=k, quasi_identifiers=list(columns), rows=report.rows, groups=report.groups,
        smallest=report.smallest, rows_below=report.rows_below,
    )  # fmt: skip
    return report


def l_diversity(
    frame: pd.DataFrame,
    quasi_identifiers: Sequence[str],
    sensitive: str,
    *,
    l: float = 2,  # noqa: E741 - the letter of the paper
    kind: str = "distinct",
    c: float = 3,
) -> LDiversity:
    """
    Count the records whose group gives the sensitive value away.

    Parameters
    ----------
    frame
        Records, already generalised.
    quasi_identifiers
        Columns that somebody could know from elsewhere.
    sensitive
        Column that nobody should learn: outcome, category, injury.
    l
        Diversity wanted, above 1; a whole number for ``recursive``.
    kind
        ``distinct``: number of different values; ``entropy``: exponential of their entropy; ``recursive``: the
        commonest value is rarer than ``c`` times all values from the l-th commonest on.
    c
        Factor of ``recursive``.

    Returns
    -------
    LDiversity
        Counts and the rows concerned as a mask; never their values.

    Raises
    ------
    InputError
        If a column is missing.
    ConfigError
        If an option does not fit, or the sensitive column is among the quasi-identifiers.

    Notes
    -----
    A missing sensitive value counts as a value of its own. Diversity does not see that two values mean nearly the
    same, nor that a group is far more often of one kind than the whole table is (skewness attack).

    References
    ----------
    Machanavajjhala, Kifer, Gehrke and Venkitasubramaniam (2007), l-diversity: privacy beyond k-anonymity,
    ACM Transactions on Knowledge Discovery from Data 1(1), article 3.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> frame = pd.DataFrame({"area": ["a", "a", "b", "b"], "outcome": ["cut", "cut", "cut", "burn"]})
    >>> print(hs.l_diversity(frame, ["area"], "outcome"))
    4 rows in 2 groups by area; 2 rows in 1 groups are not 2-diverse (distinct) in outcome
    """
    columns = _columns(frame, quasi_identifiers)
    require_columns(frame, [sensitive], "sensitive")
    require_choice(kind, _KINDS, "kind")
    if sensitive in columns:
        raise ConfigError(f"sensitive: {sensitive!r} is among the quasi_identifiers. Take it out of one of them.")
    numbers = all(isinstance(number, int | float) and not isinstance(number, bool) for number in (l, c))
    if not numbers or not 1 < l < math.inf or (kind == "recursive" and (l != int(l) or not c > 0)):
        raise ConfigError(f"l: {l!r} must be above 1, and for kind='recursive' whole, with c above 0.")
    group = _groups(frame, columns)
    table = pd.DataFrame({"group": group, "value": _groups(frame, (sensitive,))})
    counts = table.value_counts(sort=False).rename("n").reset_index()
    if kind == "distinct":
        reached = counts.groupby("group").size().to_numpy(dtype=float)
        fails = reached < l
    elif kind == "entropy":
        share = counts["n"] / counts.groupby("group")["n"].transform("sum")
        reached = np.exp((-share * np.log(share)).groupby(counts["group"]).sum().to_numpy(dtype=float))
        fails = reached < l * (1 - 1e-12)
    else:
        ranked = counts.sort_values(["group", "n"], ascending=[True, False])
        rare = ranked["n"].where(ranked.groupby("group").cumcount() >= int(l) - 1, 0)
        grouped = ranked.groupby("group")["n"]
        fails = grouped.max().to_numpy() >= c * rare.groupby(ranked["group"]).sum().to_numpy()
        reached = np.array([], dtype=float)
    below = fails[group]
    report = LDiversity(
        l=l,
        kind=kind,
        sensitive=sensitive,
        quasi_identifiers=columns,
        rows=len(frame),
        groups=len(fails),
        least=float("nan") if kind == "recursive" else float(reached.min()) if len(reached) else 0.0,
        rows_below=int(below.sum()),
        groups_below=int(fails.sum()),
        below=pd.Series(below, index=frame.index, name="below"),
    )
    note(
        "l_diversity", l=l, kind=kind, sensitive=sensitive, quasi_identifiers=list(columns), rows=report.rows,
        groups=report.groups, rows_below=report.rows_below,
    )  # fmt: skip
    return report


def _columns(frame: pd.DataFrame, quasi_identifiers: Sequence[str]) -> tuple[str, ...]:
    """Check the columns that records are grouped by."""
    if isinstance(quasi_identifiers, str) or not len(quasi_identifiers):
        raise ConfigError("quasi_identifiers: give a list with at least one column.")
    require_columns(frame, quasi_identifiers, "quasi_identifiers")
    return tuple(quasi_identifiers)


def _groups(frame: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Give each row the number of its group; missing values are alike."""
    try:
        numbers = frame.groupby(list(columns), dropna=False, sort=True, observed=True).ngroup()
    except TypeError:
        raise InputError(
            f"frame: columns {listed(columns, 10)} hold lists or other things that cannot be compared. Write them as "
            "text or numbers."
        ) from None
    return numbers.to_numpy(dtype=np.int64)
