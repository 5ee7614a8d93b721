"""Say which areas changed between two periods, by more than chance, with the number of areas in mind."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_choice, require_level, require_unique_index
from hotspot.errors import ConfigError, InputError
from hotspot.numerics.conditional_counts import Comparison, compare_counts
from hotspot.numerics.multiple_testing import CORRECTIONS, adjust
from hotspot.numerics.two_by_two import compare_shares
from hotspot.record import note

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]

RELATIVE_TO = ("itself", "whole")
_MOST_COUNTED = 2.0**53


def change_by_area(
    before: pd.Series,
    after: pd.Series,
    *,
    exposure: tuple[float | pd.Series, float | pd.Series] = (1.0, 1.0),
    alpha: float = 0.05,
    correction: str = "fdr",
    relative_to: str = "itself",
) -> pd.DataFrame:
    """
    Compare the events of each area in two periods, exactly, and correct for the number of areas.

    Parameters
    ----------
    before, after
        Events of each area in the earlier and in the later period: whole numbers, 0 or more, with one index of areas.
        Missing where the area is not covered.
    exposure
        Length of the two periods, such as ``(365, 366)`` days, or anything that events are in proportion to; a Series
        by area where areas differ. Only the proportion matters.
    alpha
        Level after the correction, and of the limits, which hold 1 - alpha *uncorrected*.
    correction
        ``fdr`` (Benjamini and Hochberg), ``fdr_by``, ``bonferroni`` or ``none``.
    relative_to
        ``"itself"``: did the area change? ``"whole"``: did it change otherwise than all other areas together did? Then
        a fall everywhere is no finding, and neither is a change of recording that is the same everywhere.

    Returns
    -------
    DataFrame
        Indexed like ``before``: ``change_ratio`` of the rate after to that before (of ``"whole"``: of that ratio to
        the ratio of all other areas), ``change_lower`` and ``change_upper``, ``change_p``, ``change_q`` after the
        correction, and ``change_label``: ``Up``, ``Down``, ``Not significant`` or ``No data``. From none to some there
        is no ratio and no upper limit, but a lower one. From none to none there is neither, and p is 1.

    Raises
    ------
    ConfigError
        An option is out of range; ``exposure`` differs by area together with ``relative_to="whole"``.
    InputError
        The two have not the same areas; a value is not a whole number of 0 or more; fewer than two areas have events
        to be compared with the whole.

    Notes
    -----
    Given its sum, an area's later count is binomial if its rate did not change (`"whole"`: hypergeometric if its share
    did not). p is twice the smaller exact tail. 2(√after - √before), often used, takes the earlier count as known
    without error: 30 events and then 45 have p = .105, not .014.

    An area with so few events that no outcome could have been significant is not among the tests that are corrected
    for, and its q is 1: this depends on the sum of its two counts only, so that the others' p-values stay valid
    (Tarone, Gilbert). With ``"whole"`` the areas' p-values depend a little on each other; ``fdr_by`` holds whatever
    the dependence.

    Chance here is Poisson's. Real counts vary more: repeat victims, a broken camera, one pub. The record of the run
    has ``dispersion``, the variance of the areas' changes around that of the whole, by Poisson's; far above 1 it says
    that areas differ in their change or that counts vary more than assumed; two periods cannot tell which.

    An area that was chosen *because* it was high before will mostly fall by itself (regression to the mean): that it
    is ``Down`` is no effect of what was done there. Look at all areas, or compare with `wdd`. A change of recording,
    of opening hours or of residents is a change too.

    References
    ----------
    Przyborowski, J. and Wilenski, H. (1940). Biometrika 31, 313-323. Benjamini, Y. and Hochberg, Y. (1995). JRSS B 57,
    289-300. Tarone, R. E. (1990). Biometrics 46, 515-522. Gilbert, P. B. (2005). JRSS C 54, 143-158.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> before = pd.Series({"A": 30, "B": 40, "C": 0, "D": None}, dtype="Int64")
    >>> after = pd.Series({"A": 45, "B": 12, "C": 0, "D": 3}, dtype="Int64")
    >>> found = hs.change_by_area(before, after)
    >>> found["change_p"].round(3).to_list(), found["change_label"].to_list()
    ([0.105, 0.0, 1.0, nan], ['Not significant', 'Down', 'Not significant', 'No data'])
    """
    require_level(alpha)
    require_choice(correction, CORRECTIONS, "correction")
    require_choice(relative_to, RELATIVE_TO, "relative_to")
    a = whole_counts(before, "before")
    b = whole_counts(_like(after, before), "after")
    lengths = _lengths(exposure, before.index)
    known = ~np.isnan(a + b)
    if relative_to == "whole":
        if any(isinstance(length, pd.Series) for length in exposure):
            raise ConfigError("exposure: areas of different exposure cannot be compared with the whole. Give numbers.")
        found = against_the_rest(a, b, known, 1.0 - alpha)
    else:
        found = compare_counts(a, b, lengths[1] / (lengths[0] + lengths[1]), 1.0 - alpha)
    q, testable = corrected(found, known, alpha, correction)
    label = np.where(known, "Not significant", "No data").astype(object)
    significant = known & (np.nan_to_num(q, nan=1.0) <= alpha)
    rise = b * lengths[0] > a * lengths[1]
    if relative_to == "whole":
        rise = b * a[known].sum() > a * b[known].sum()
    label[significant & rise], label[significant & ~rise] = "Up", "Down"
    note(
        "change_by_area", areas=len(a), no_data=int((~known).sum()), before=float(a[known].sum()),
        after=float(b[known].sum()), relative_to=relative_to, alpha=float(alpha), correction=correction,
        tests=int(testable.sum()), up=int((label == "Up").sum()), down=int((label == "Down").sum()),
        uncorrected=int(np.sum(found.p[known] <= alpha)), dispersion=_dispersion(a[known], b[known]),
    )  # fmt: skip
    return pd.DataFrame(
        {
            "change_ratio": found.ratio, "change_lower": found.lower, "change_upper": found.upper,
            "change_p": found.p, "change_q": q, "change_label": pd.array(label, dtype="str"),
        },
        index=before.index,
    )  # fmt: skip


def whole_counts(values: pd.Series, argument: str) -> Floats:
    """
    Read a series of counts by area.

    Parameters
    ----------
    values
        Indexed by area, each once.
    argument
        What messages call it.

    Returns
    -------
    array
        Missing counts are NaN.

    Raises
    ------
    InputError
        It is no series, an area stands twice, or a value is not a whole number of 0 or more.
    """
    if not isinstance(values, pd.Series):
        raise InputError(f"{argument}: give a Series of counts by area, not {type(values).__name__}.")
    require_unique_index(values, argument)
    types = pd.api.types
    plain = types.is_numeric_dtype(values.dtype) and not types.is_bool_dtype(values.dtype)
    if not plain or types.is_complex_dtype(values.dtype):
        if not values.isna().all():
            raise InputError(f"{argument}: holds {values.dtype}, not counts. Convert it first.")
        return np.full(len(values), np.nan)
    n: Floats = np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    wrong = ~np.isnan(n) & ~((n >= 0) & (n <= _MOST_COUNTED) & (n == np.floor(n)))
    if wrong.any():
        raise InputError(
            f"{argument}: {int(wrong.sum())} of {len(n)} value(s) are not whole numbers of 0 or more, the first in "
            f"row {int(wrong.argmax())}. Exact tests need counts: not rates, not weights, not apportioned parts."
        )
    return n


def same_areas(other: pd.Series, first: pd.Series, names: tuple[str, str]) -> pd.Series:
    """
    Put a series in the order of another's areas.

    Parameters
    ----------
    other, first
        Indexed by the same areas, in any order.
    names
        What messages call them.

    Returns
    -------
    Series

    Raises
    ------
    InputError
        One has an area that the other has not.
    """
    for values, name in zip((other, first), names, strict=True):
        if not isinstance(values, pd.Series):
            raise InputError(f"{name}: give a Series of counts by area, not {type(values).__name__}.")
        require_unique_index(values, name)
    strange = len(other.index.symmetric_difference(first.index))
    if strange:
        raise InputError(
            f"{names[0]}: {strange} area(s) are only in one of {names[1]} and {names[0]}. Give both with one index; an "
            "area that is not covered is missing (NA), not left out."
        )
    return other.reindex(first.index)


def against_the_rest(a: Floats, b: Floats, known: Bools, confidence: float) -> Comparison:
    """
    Compare each area's share of two totals with that of all others, where both counts are known.

    Parameters
    ----------
    a, b
        Counts, NaN where unknown.
    known
        Where both are known.
    confidence
        Of the limits.

    Returns
    -------
    Comparison
        NaN where unknown.

    Raises
    ------
    InputError
        One of the two has no events, or fewer than two areas have any.
    """
    if a[known].sum() == 0 or b[known].sum() == 0 or np.sum((a + b)[known] > 0) < 2:  # noqa: PLR2004 - one is all
        raise InputError(
            "before, after: to compare an area with the others, both need events, in at least two areas in all; they "
            f"have {a[known].sum():g} and {b[known].sum():g} events in {int(np.sum((a + b)[known] > 0))} area(s)."
        )
    found = compare_shares(a[known], b[known], confidence)
    wide = [np.full(len(a), np.nan) for _ in found]
    for column, values in zip(wide, found, strict=True):
        column[known] = values
    return Comparison(*wide)


def corrected(found: Comparison, known: Bools, alpha: float, correction: str) -> tuple[Floats, Bools]:
    """
    Correct p-values for the number of tests that could have been significant.

    Parameters
    ----------
    found
        With ``smallest_p`` of each test.
    known
        What was tested.
    alpha, correction
        As of `change_by_area`.

    Returns
    -------
    tuple
        q, 1 where no outcome could have been significant, NaN where nothing was tested; and which were counted.
    """
    testable = known & (np.nan_to_num(found.smallest_p, nan=1.0) <= alpha)
    q = np.where(known, 1.0, np.nan)
    q[testable] = adjust(found.p[testable], correction)
    if correction == "none":
        q[known] = found.p[known]
    return q, testable


def _like(after: pd.Series, before: pd.Series) -> pd.Series:
    return same_areas(after, before, ("after", "before"))


def _lengths(exposure: tuple[object, object], index: pd.Index) -> tuple[Floats, Floats]:
    """Read the exposures as arrays by area."""
    if not isinstance(exposure, tuple | list) or len(exposure) != 2:  # noqa: PLR2004 - before and after
        raise ConfigError("exposure: give two, such as (365, 366): that of the earlier and that of the later period.")
    read = []
    for given, which in zip(exposure, ("first", "second"), strict=True):
        if isinstance(given, pd.Series):
            require_unique_index(given, "exposure")
            if len(index.difference(given.index)):
                raise InputError(f"exposure: the {which} lacks {len(index.difference(given.index))} area(s).")
            values = pd.to_numeric(given.reindex(index), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        elif not isinstance(given, bool) and isinstance(given, Real):
            values = np.full(len(index), float(given))
        else:
            raise ConfigError(f"exposure: the {which} is {type(given).__name__}. Give numbers above 0, such as days.")
        wrong = ~(np.isfinite(values) & (values > 0))
        if wrong.any():
            raise ConfigError(
                f"exposure: {int(wrong.sum())} value(s) of the {which} are not above 0 (first: row "
                f"{int(wrong.argmax())}). An area without exposure has a missing count."
            )
        read.append(np.asarray(values, dtype=np.float64))
    return read[0], read[1]


def _dispersion(a: Floats, b: Floats) -> float | None:
    """Give Pearson's chi-squared of the areas' changes around the whole's, by degrees of freedom."""
    n = a + b
    some = n > 0
    if some.sum() < 2 or b.sum() == 0 or a.sum() == 0:  # noqa: PLR2004 - one area has nothing to vary around
        return None
    share = b.sum() / n.sum()
    squares = (b[some] - n[some] * share) ** 2 / (n[some] * share * (1.0 - share))
    return round(float(squares.sum() / (some.sum() - 1)), 4)


__all__ = ["against_the_rest", "change_by_area", "corrected", "same_areas", "whole_counts"]
