"""Say how alike two maps of events are, place by place: the S-index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_choice, require_level
from hotspot.errors import InputError
from hotspot.numerics.multiple_testing import CORRECTIONS
from hotspot.record import note
from hotspot.temporal.area_change import against_the_rest, corrected, same_areas, whole_counts

if TYPE_CHECKING:
    import numpy.typing as npt

    from hotspot.numerics.conditional_counts import Comparison

    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]

TESTS = ("exact", "chi2")


def similarity_by_area(
    first: pd.Series, second: pd.Series, *, test: str = "exact", alpha: float = 0.05, correction: str = "fdr"
) -> pd.DataFrame:
    """
    Compare each area's share of the events of two maps.

    Parameters
    ----------
    first, second
        Events of each area in the two maps (two years, two kinds, two sources): whole numbers, 0 or more, with one
        index of areas. Missing where the area is not covered.
    test
        ``"exact"``: Fisher's. ``"chi2"``: Pearson's with N - 1, rough where few events are expected.
    alpha
        Level after the correction.
    correction
        ``fdr`` (Benjamini and Hochberg), ``fdr_by``, ``bonferroni`` or ``none``.

    Returns
    -------
    DataFrame
        Indexed like ``first``: ``share_first``, ``share_second``, ``share_difference`` (second less first),
        ``similarity_p``, ``similarity_q`` and ``similarity_label``: ``Higher share`` or ``Lower share`` in the second,
        ``Not significant``, ``No events`` in either, or ``No data``.

    Raises
    ------
    ConfigError
        An option is out of range.
    InputError
        The two have not the same areas; a value is not a whole number of 0 or more; a map has no events, or all are in
        one area.

    Notes
    -----
    An area's events of both maps are split between them as those of all other areas are, if its shares are equal:
    a table of two by two. Areas without events are not tested, nor are those with so few that no outcome could be
    significant (see `change_by_area`, of which this is the comparison ``relative_to="whole"``).

    Not significant is not the same as alike: with few events hardly any area can differ.

    References
    ----------
    Andresen, M. A. (2009). Applied Geography 29, 333-345. Wheeler, A. P., Steenbeek, W. and Andresen, M. A. (2018).
    Testing for similarity in area-based spatial patterns. Transactions in GIS 22, 808-831. Campbell, I. (2007).
    Statistics in Medicine 26, 3661-3675 (N - 1).

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> first, second = pd.Series([40, 30, 30, 0], list("ABCD")), pd.Series([10, 40, 50, 0], list("ABCD"))
    >>> found = hs.similarity_by_area(first, second)
    >>> found["share_difference"].round(2).to_list(), found["similarity_label"].to_list()[:2]
    ([-0.3, 0.1, 0.2, 0.0], ['Lower share', 'Not significant'])
    """
    require_choice(test, TESTS, "test")
    require_level(alpha)
    require_choice(correction, CORRECTIONS, "correction")
    a, b = whole_counts(first, "first"), whole_counts(same_areas(second, first, ("second", "first")), "second")
    known = ~np.isnan(a + b)
    for values, name in ((a, "first"), (b, "second")):
        if not values[known].sum() > 0:
            raise InputError(f"{name}: no events in the {int(known.sum())} areas that both maps cover.")
    some = known & (np.nan_to_num(a + b) > 0)
    if some.sum() < 2:  # noqa: PLR2004 - one area has all there is
        raise InputError("first, second: all events are in one area, so that there are no shares to compare.")
    found = against_the_rest(a, b, known, 1.0 - alpha)
    if test == "chi2":
        found = _chi2(found, a, b, known)
    q, testable = corrected(found, some, alpha, correction)
    shares = [np.where(known, values / values[known].sum(), np.nan) for values in (a, b)]
    label = np.where(some, "Not significant", np.where(known, "No events", "No data")).astype(object)
    differs = some & (np.nan_to_num(q, nan=1.0) <= alpha)
    label[differs & (shares[1] > shares[0])], label[differs & (shares[1] < shares[0])] = "Higher share", "Lower share"
    note(
        "similarity_by_area", areas=len(a), no_data=int((~known).sum()), no_events=int((known & ~some).sum()),
        first=float(a[known].sum()), second=float(b[known].sum()), test=test, alpha=float(alpha),
        correction=correction, tests=int(testable.sum()), differ=int(differs.sum()),
    )  # fmt: skip
    return pd.DataFrame(
        {
            "share_first": shares[0], "share_second": shares[1], "share_difference": shares[1] - shares[0],
            "similarity_p": np.where(some, found.p, np.nan), "similarity_q": q,
            "similarity_label": pd.array(label, dtype="str"),
        },
        index=first.index,
    )  # fmt: skip


def similarity_index(
    first: pd.Series, second: pd.Series, *, test: str = "exact", alpha: float = 0.05, correction: str = "fdr"
) -> dict[str, float | int]:
    """
    Give the S-index of two maps: the share of areas in which their patterns do not differ significantly.

    Parameters
    ----------
    first, second, test, alpha, correction
        As for `similarity_by_area`, which gives the areas behind it.

    Returns
    -------
    dict
        ``s``, of all areas that both maps cover; ``robust_s``, of those with events in either; ``areas`` and
        ``areas_with_events``, that they are shares of; ``could_differ``, areas with enough events for a significant
        difference; ``higher`` and ``lower``, areas with a higher or lower share in the second map.

    Raises
    ------
    ConfigError, InputError
        As `similarity_by_area`.

    Notes
    -----
    S is near 1 where areas without events abound; read ``robust_s``. And both are near 1 where events are few, for
    hardly any area can then differ: look at ``could_differ``, and compare indices only between pairs of maps with like
    numbers of events and the same areas. The original index resamples one map and calls an area alike where the other
    lies within; without correction it finds differences by chance alone in 5 % of areas, and this one does not. Values
    of .8 that are taken for similar there are not a rule for this one.

    References
    ----------
    As of `similarity_by_area`.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> first, second = pd.Series([40, 30, 30, 0], list("ABCD")), pd.Series([10, 40, 50, 0], list("ABCD"))
    >>> found = hs.similarity_index(first, second)
    >>> found["s"], round(found["robust_s"], 3), found["lower"], found["higher"]
    (0.5, 0.333, 1, 1)
    """
    table = similarity_by_area(first, second, test=test, alpha=alpha, correction=correction)
    label = table["similarity_label"]
    higher, lower = int((label == "Higher share").sum()), int((label == "Lower share").sum())
    areas = int((label != "No data").sum())
    busy = areas - int((label == "No events").sum())
    a, b = whole_counts(first, "first"), whole_counts(same_areas(second, first, ("second", "first")), "second")
    known = ~np.isnan(a + b)
    testable = corrected(against_the_rest(a, b, known, 1.0 - alpha), known, alpha, correction)[1]
    found: dict[str, float | int] = {
        "s": 1.0 - (higher + lower) / areas, "robust_s": 1.0 - (higher + lower) / busy, "areas": areas,
        "areas_with_events": busy, "could_differ": int(testable.sum()), "higher": higher, "lower": lower,
    }  # fmt: skip
    note("similarity_index", test=test, alpha=float(alpha), correction=correction, **found)
    return found


def _chi2(found: Comparison, a: Floats, b: Floats, known: Bools) -> Comparison:
    """Put p-values of the chi-squared test with N - 1 in the place of exact ones."""
    from scipy.special import chdtrc

    A, B = a[known].sum(), b[known].sum()
    n, total = a + b, A + B
    with np.errstate(divide="ignore", invalid="ignore"):  # an area without events has no test
        squared = (a * (B - b) - b * (A - a)) ** 2 * (total - 1.0) / (n * (total - n) * A * B)
    p = np.where(n > 0, chdtrc(1.0, np.nan_to_num(squared)), 1.0)
    return found._replace(p=np.where(known, p, np.nan))


__all__ = ["similarity_by_area", "similarity_index"]
