"""Estimate what changed where something was done, less what changed elsewhere: weighted displacement difference."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import listed, require_level
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.record import note

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Pair = Sequence[float] | npt.NDArray[np.float64] | pd.Series
    Kinds = Mapping[str, Pair] | pd.DataFrame

AREAS = ("control", "treated", "disp_control", "disp_treated")
_SIGNS = np.array([[1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]])
"""How a count before and after counts in the difference, for each of `AREAS`."""
_FEW = 20
"""Events in all from which the normal approximation holds: about five in each of four counts."""
_DOMINATES = 0.5


def wdd(
    control: Pair,
    treated: Pair,
    disp_control: Pair = (0, 0),
    disp_treated: Pair = (0, 0),
    *,
    time_weights: Pair = (1, 1),
    area_weights: Pair = (1, 1, 1, 1),
    alpha: float = 0.1,
    dispersion: float = 1.0,
) -> dict[str, float]:
    """
    Estimate the weighted displacement difference: change where something was done, less change where nothing was.

    Parameters
    ----------
    control, treated
        Events before and after, two whole numbers, in an area like the treated one where nothing was done, and in the
        treated area.
    disp_control, disp_treated
        The same for the area beside the treated one, into which events may have moved, and for one like it elsewhere.
        ``(0, 0)``: none.
    time_weights
        Length of the time before and after, such as ``(2, 1)`` years. Counts are divided by it, so that the estimate
        is per year. Whole years, or the season is part of the difference.
    area_weights
        Size of the four areas (km², people), in the order control, treated, disp_control, disp_treated. Counts are
        divided by it, so that the estimate is per unit of size.
    alpha
        The interval holds 1 - alpha; 0.1 gives one of 90 %.
    dispersion
        Variance of the counts by that of Poisson counts, 1 or more, such as that of `trend`; the standard error is
        multiplied by its square root.

    Returns
    -------
    dict
        ``estimate``: events more (above 0) or fewer (below) than the other areas let one expect; ``se``, ``z``,
        ``lower``, ``upper``; ``p``, two-sided; and its parts ``local`` and ``local_se`` (treated less control),
        ``displacement`` and ``displacement_se``.

    Raises
    ------
    InputError
        A count is not a whole number of 0 or more, or there are no events at all.
    ConfigError
        Two numbers, or four, are not given; a weight is not above 0; ``alpha`` or ``dispersion`` is out of range.

    Warns
    -----
    HotspotWarning
        Fewer than 20 events in all: too few for a normal approximation.

    Notes
    -----
    (T1 - T0) - (C1 - C0) + (DT1 - DT0) - (DC1 - DC0), each count n divided by w, its time times its area; the variance
    is the sum of n / w², as of Poisson counts. In simulations without change it rejected at the 5 % level in 4.9 to
    5.2 % of cases with four counts of mean 5, 20 or 200, and in 4.3 % with a mean of 1; but in 16 to 17 % where counts
    vary twice as much as Poisson ones and ``dispersion`` was not said.
    ``tests/campaigns/change_limits.py`` repeats it.

    It is the effect of what was done only if the areas would otherwise have changed by the same *number* of events:
    choose controls with like counts and a like past, before looking. A difference of counts is not a ratio: if
    everything falls by a tenth, a larger area falls by more. If the treated area was chosen because its count was
    high, it falls by itself (regression to the mean) and the estimate takes that for an effect. Displacement areas are
    chosen beforehand, near and alike; events can move further than one looked, or benefits can.

    References
    ----------
    Wheeler, A. P. and Ratcliffe, J. H. (2018). A simple weighted displacement difference test to evaluate place based
    crime interventions. Crime Science 7, 11.

    Examples
    --------
    >>> import hotspot as hs
    >>> found = hs.wdd((90, 95), (100, 70))
    >>> round(found["estimate"]), round(found["se"], 2), round(found["z"], 2)
    (-35, 18.84, -1.86)
    """
    given = dict(zip(AREAS, (control, treated, disp_control, disp_treated), strict=True))
    counts = np.array([_counts(pair, name) for name, pair in given.items()])
    weights = _weights(time_weights, area_weights)
    found = _estimate(counts, weights, _require_dispersion(dispersion), require_level(alpha), np.ones(1))
    note("wdd", events=int(counts.sum()), alpha=float(alpha), dispersion=float(dispersion), **_said(found))
    _warn_of_few(counts)
    return found


def wdd_harm(
    control: Kinds,
    treated: Kinds,
    weights: Mapping[str, float] | pd.Series,
    disp_control: Kinds | None = None,
    disp_treated: Kinds | None = None,
    *,
    time_weights: Pair = (1, 1),
    area_weights: Pair = (1, 1, 1, 1),
    alpha: float = 0.1,
    dispersion: float = 1.0,
) -> dict[str, float | str]:
    """
    Estimate the weighted displacement difference in harm, from events of several kinds.

    Parameters
    ----------
    control, treated, disp_control, disp_treated
        For each kind of event its numbers before and after: ``{"robbery": (86, 64), …}``, or a frame indexed by kind
        with two columns, before and after. None: no displacement areas. Every kind in every area given, 0 where none.
    weights
        Harm of one event of each kind, above 0, for the same kinds.
    time_weights, area_weights, alpha, dispersion
        As for `wdd`.

    Returns
    -------
    dict
        As `wdd`, in units of harm; also ``largest``, the kind that brings most of the variance, and ``largest_share``,
        how much of it.

    Raises
    ------
    InputError
        A count is not a whole number of 0 or more; kinds differ between the areas or from the weights; there are no
        events at all.
    ConfigError
        As `wdd`; or a harm weight is not above 0.

    Warns
    -----
    HotspotWarning
        A kind with fewer than 20 events brings more than half of the variance, so that the result is mostly about
        them; or there are fewer than 20 events in all.

    Notes
    -----
    The estimate is the sum of each kind's difference times its weight h, the variance the sum of h² · n / w²: kinds
    are taken as independent Poisson counts. A single homicide may outweigh a year of assaults; look at `wdd` of the
    counts beside it, and at what `largest_share` says.

    References
    ----------
    Wheeler, A. P. and Ratcliffe, J. H. (2018). Crime Science 7, 11. Wheeler, A. P. (2020), on harm weights.

    Examples
    --------
    >>> import hotspot as hs
    >>> control = {"robbery": (86, 64), "assault": (94, 67)}
    >>> treated = {"robbery": (144, 92), "assault": (183, 96)}
    >>> found = hs.wdd_harm(control, treated, {"robbery": 7, "assault": 10})
    >>> round(found["estimate"]), round(found["se"], 1), found["largest"]
    (-810, 250.8, 'assault')
    """
    given = dict(zip(AREAS, (control, treated, disp_control, disp_treated), strict=True))
    harm = _harm(weights)
    counts = np.array([_kind_counts(table, name, harm.index) for name, table in given.items()])  # area, kind, time
    scale = _weights(time_weights, area_weights)
    values = harm.to_numpy(dtype=np.float64)
    found = _estimate(
        np.moveaxis(counts, 1, 0), scale, _require_dispersion(dispersion), require_level(alpha), values[:, None, None]
    )
    parts = ((counts / scale[:, None, :] ** 2).sum(axis=(0, 2)) * values**2) / (found["se"] ** 2 / dispersion)
    largest = int(parts.argmax())
    result: dict[str, float | str] = {
        **found, "largest": str(harm.index[largest]), "largest_share": float(parts[largest])
    }  # fmt: skip
    note("wdd_harm", events=int(counts.sum()), kinds=len(harm), alpha=float(alpha), dispersion=float(dispersion),
         largest_share=round(float(parts[largest]), 4), **_said(found))  # fmt: skip
    rare = int(counts[:, largest].sum())
    if parts[largest] > _DOMINATES and rare < _FEW <= counts.sum():
        warnings.warn(
            f"{result['largest']!r} brings {parts[largest]:.0%} of the variance, from {rare} event(s): the estimate is "
            "mostly about them. Look at wdd() of the counts.",
            HotspotWarning, stacklevel=2,
        )  # fmt: skip
    _warn_of_few(counts)
    return result


def _estimate(counts: Floats, weights: Floats, dispersion: float, alpha: float, harm: Floats) -> dict[str, float]:
    """Give estimate, error and limits of counts of shape (…, 4 areas, 2 times), harm broadcast against them."""
    from scipy.stats import norm

    if not counts.sum() > 0:
        raise InputError("control, treated: there are no events at all, before or after. Nothing can be estimated.")
    difference = (counts / weights * _SIGNS * harm).reshape(-1, 4, 2).sum(axis=(0, 2))
    variance = (counts / weights**2 * harm**2).reshape(-1, 4, 2).sum(axis=(0, 2)) * dispersion
    local, moved = float(difference[:2].sum()), float(difference[2:].sum())
    estimate, se = local + moved, math.sqrt(float(variance.sum()))
    z, reach = estimate / se, float(norm.ppf(1.0 - alpha / 2.0)) * se
    return {
        "estimate": estimate, "se": se, "z": z, "lower": estimate - reach, "upper": estimate + reach,
        "p": float(2.0 * norm.sf(abs(z))), "local": local, "local_se": math.sqrt(float(variance[:2].sum())),
        "displacement": moved, "displacement_se": math.sqrt(float(variance[2:].sum())),
    }  # fmt: skip


def _numbers(given: object, argument: str, length: int, what: str) -> Floats:
    """Read so many finite numbers."""
    if isinstance(given, str | Mapping) or not hasattr(given, "__len__") or not hasattr(given, "__iter__"):
        raise ConfigError(f"{argument}: {type(given).__name__} is not {length} numbers. Give {what}.")
    values = list(given)
    plain = all(isinstance(value, Real) and not isinstance(value, bool | np.bool_) for value in values)
    if len(values) != length or not plain or not np.isfinite(np.array(values, dtype=np.float64)).all():
        raise ConfigError(f"{argument}: must be {length} finite numbers. Give {what}.")
    return np.array(values, dtype=np.float64)


def _counts(pair: object, argument: str) -> Floats:
    """Read a count before and after."""
    n = _numbers(pair, argument, 2, "the events before and after, such as (100, 70)")
    if (n < 0).any() or (n != np.floor(n)).any():
        raise InputError(f"{argument}: events before and after must be whole numbers of 0 or more. See wdd_harm for "
                         "harm, time_weights and area_weights for rates.")  # fmt: skip
    return n


def _weights(time_weights: object, area_weights: object) -> Floats:
    """Give what each area's two counts are divided by, of shape (4, 2)."""
    time = _numbers(time_weights, "time_weights", 2, "the length of the time before and after, such as (2, 1)")
    area = _numbers(area_weights, "area_weights", 4, f"the size of {', '.join(AREAS)}")
    for values, name in ((time, "time_weights"), (area, "area_weights")):
        if not (values > 0).all():
            raise ConfigError(f"{name}: must be above 0; they are lengths or sizes that counts are divided by.")
    return np.outer(area, time)


def _harm(weights: Mapping[str, float] | pd.Series) -> pd.Series:
    """Read the harm of each kind."""
    if not isinstance(weights, Mapping | pd.Series) or not len(weights):
        raise ConfigError("weights: give the harm of one event of each kind, such as {'robbery': 365, 'assault': 10}.")
    harm = pd.to_numeric(pd.Series({str(kind): weight for kind, weight in weights.items()}), errors="coerce").astype(
        np.float64
    )
    wrong = ~(np.isfinite(harm.to_numpy()) & (harm.to_numpy() > 0))
    if wrong.any():
        raise ConfigError(f"weights: {int(wrong.sum())} kind(s) have no weight above 0: {listed(harm.index[wrong])}.")
    return harm


def _kind_counts(table: Kinds | None, argument: str, kinds: pd.Index) -> Floats:
    """Read the counts of one area in the order of the kinds, of shape (kinds, 2)."""
    if table is None:
        return np.zeros((len(kinds), 2))
    if isinstance(table, pd.DataFrame):
        if table.shape[1] != 2 or not table.index.is_unique:  # noqa: PLR2004 - before and after
            raise InputError(f"{argument}: give a frame with one row for each kind and two columns, before and after.")
        table = {str(kind): row.to_numpy() for kind, row in table.astype(object).iterrows()}
    if not isinstance(table, Mapping):
        raise InputError(
            f"{argument}: give counts by kind, such as {{'robbery': (86, 64)}}, not {type(table).__name__}."
        )
    table = {str(kind): pair for kind, pair in table.items()}
    strange = sorted(set(table) ^ set(kinds))
    if strange:
        raise InputError(f"{argument}: {len(strange)} kind(s) are only in one of it and weights: {listed(strange)}. "
                         "Give every kind in every area, (0, 0) where there are none.")  # fmt: skip
    return np.array([_counts(table[kind], f"{argument}[{kind!r}]") for kind in kinds])


def _require_dispersion(dispersion: float) -> float:
    given: object = dispersion
    if isinstance(given, bool) or not isinstance(given, Real) or not math.isfinite(given) or given < 1:
        raise ConfigError(f"dispersion: {dispersion!r} must be a number of 1 or more: 1 is chance as Poisson's.")
    return float(dispersion)


def _warn_of_few(counts: Floats) -> None:
    if counts.sum() < _FEW:
        warnings.warn(
            f"{int(counts.sum())} events in all are too few for a normal approximation ({_FEW} are needed). Compare "
            "two counts exactly with change_by_area.",
            HotspotWarning, stacklevel=3,
        )  # fmt: skip


def _said(found: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in found.items()}


__all__ = ["AREAS", "wdd", "wdd_harm"]
