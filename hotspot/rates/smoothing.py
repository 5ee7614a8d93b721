"""Smooth rates by their precision: empirical Bayes over all areas, over neighbours, and Gamma-Poisson risks."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_choice, require_columns, require_positive
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.numerics.empirical_bayes import local_moments, rate_moments, shrunken_rates
from hotspot.numerics.gamma_poisson import fit_gamma
from hotspot.rates.exposure import count_column, events_and_exposure, facts_of
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from libpysal.graph import Graph

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

FITS = ("ml", "moments")


def empirical_bayes(
    counts: pd.DataFrame,
    *,
    of: str,
    population: str = "population",
    per: float = 1_000,
    years: float = 1,
    graph: Graph | None = None,
) -> pd.DataFrame:
    """
    Smooth rates towards the overall rate, or towards that of the neighbourhood, the more the smaller the population.

    Parameters
    ----------
    counts, of, population, per, years
        As for `incidence_rate`.
    graph
        Neighbours, keyed by area code (see `contiguity`). None smooths towards the rate of all areas; a graph
        towards the rate of each area and its neighbours together. Its weights are not used.

    Returns
    -------
    DataFrame
        Indexed like ``counts``: ``eb_rate``, or with a graph ``eb_local_rate``, events per ``per`` people per year;
        missing where the count or the population is, and with a graph where no neighbour has a rate.

    Raises
    ------
    InputError, ConfigError
        As for `incidence_rate`; also a graph that lacks an area.

    Warns
    -----
    HotspotWarning
        As for `incidence_rate`; also areas without neighbours.

    Notes
    -----
    m + C / (C + m / b_i) · (r_i - m) with m the overall rate and C = max(0, s² - m / mean(b)) the variance of the
    true rates, both over the areas that have a rate; with a graph, over the area and its neighbours, so that m and C
    differ from place to place. Where C comes out as 0 chance explains all differences and every area gets m. A
    handful of neighbours say little about C: it is often 0, and the map then shows neighbourhoods, not areas. A
    smoothed rate is a better guess of the risk, not a count of what happened: show the count beside it.

    References
    ----------
    Marshall, R. J. (1991). Mapping disease and mortality rates using empirical Bayes estimators. JRSS C 40, 283-294.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> counts = pd.DataFrame({"n": [20, 300, 800], "population": [1000, 20_000, 100_000]}, index=["A", "B", "C"])
    >>> hs.empirical_bayes(counts, of="n").round(2)
       eb_rate
    A    14.06
    B    14.67
    C     8.02
    """
    events, exposure = events_and_exposure(counts, of, population, per, years)
    rated = np.isfinite(events) & np.isfinite(exposure)
    smooth = np.full(len(events), np.nan)
    facts = facts_of(events, exposure, of, population, per, years)
    if graph is None:
        between = None
        if rated.any():
            smooth[rated] = shrunken_rates(events[rated], exposure[rated]) * per
            between = max(0.0, rate_moments(events[rated], exposure[rated])[1]) * per**2
        note("empirical_bayes", **facts, method="Marshall, global", variance_between=between)
        return pd.DataFrame({"eb_rate": smooth}, index=counts.index)
    focal, neighbour = _pairs(graph, counts.index, rated)
    alone = rated & (np.bincount(focal, minlength=len(events)) == 0)
    if alone.any():
        warnings.warn(
            f"{int(alone.sum())} of {len(events)} areas have no neighbour with a rate: they have no local rate either.",
            HotspotWarning,
            stacklevel=2,
        )
    used = rated & ~alone
    mean, between_local = local_moments(events, exposure, focal, neighbour)
    sampling = mean[used] / exposure[used]
    with np.errstate(invalid="ignore"):
        kept = np.where(between_local[used] > 0, between_local[used] / (between_local[used] + sampling), 0.0)
    smooth[used] = (mean[used] + kept * (events[used] / exposure[used] - mean[used])) * per
    note(
        "empirical_bayes", **facts, method="Marshall, local", without_neighbours=int(alone.sum()),
        no_variance=int(np.sum(between_local[used] <= 0)),
    )  # fmt: skip
    return pd.DataFrame({"eb_local_rate": smooth}, index=counts.index)


def gamma_poisson(
    counts: pd.DataFrame,
    *,
    of: str,
    population: str = "population",
    expected: str | None = None,
    exceedance: Sequence[float] = (1.0, 1.5),
    confidence: float = 0.95,
    fit: str = "ml",
) -> pd.DataFrame:
    """
    Estimate each area's relative risk, with its interval and the probability that it exceeds what is named.

    Parameters
    ----------
    counts
        AreaCounts: one row per area.
    of
        Column of counts, such as ``n_police``. Missing counts give missing risks.
    population
        Column of people at risk, from which the expected count follows at the overall rate.
    expected
        Column of expected counts to use instead, for example of `indirect_standardisation`.
    exceedance
        Relative risks c, for each of which P(RR > c) is given.
    confidence
        Of the credible interval, between 0 and 1.
    fit
        How the spread of true risks is estimated: ``ml`` (maximum likelihood of the negative binomial) or ``moments``
        (Marshall's; then the risk times the overall rate is `empirical_bayes` exactly).

    Returns
    -------
    DataFrame
        Indexed like ``counts``: ``observed`` (the raw count) and ``expected``, the ``rr`` with ``rr_lower`` and
        ``rr_upper``, and ``p_rr_above_<c>`` for each c (1.5 is written ``1_5``).

    Raises
    ------
    InputError
        A column is missing, is not numbers, has negative or infinite values; fewer than two areas can be used.
    ConfigError
        An option is out of range.

    Warns
    -----
    HotspotWarning
        As for `incidence_rate`; also where chance explains all differences, so that every area has the same risk.

    Notes
    -----
    y_i is Poisson with mean E_i t_i, and t_i is Gamma(alpha, beta). The posterior is Gamma(y_i + alpha, E_i + beta):
    its mean is ``rr``, its quantiles the interval. alpha and beta are taken as known once estimated, so intervals are a
    little short where areas are few. A relative risk of 1.5 means half as many again as the people there would lead one
    to expect; it is no forecast, and where a thousand areas are mapped some exceed 1 with high probability by chance.

    References
    ----------
    Clayton, D. and Kaldor, J. (1987). Empirical Bayes estimates of age-standardized relative risks for use in disease
    mapping. Biometrics 43, 671-681. Richardson, S. and others (2004). Interpreting posterior relative risk estimates
    in disease-mapping studies. Environmental Health Perspectives 112, 1016-1025 (exceedance).

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> counts = pd.DataFrame({"n": [3, 12, 40, 9], "population": [900, 1100, 1200, 800]}, index=list("ABCD"))
    >>> hs.gamma_poisson(counts, of="n", exceedance=[1.5], fit="moments")[["observed", "rr", "p_rr_above_1_5"]].round(2)
       observed    rr  p_rr_above_1_5
    A       3.0  0.31            0.00
    B      12.0  0.72            0.00
    C      40.0  1.98            0.95
    D       9.0  0.74            0.00
    """
    from scipy.special import gammaincc, gammaincinv

    require_choice(fit, FITS, "fit")
    if not (isinstance(confidence, float) and 0 < confidence < 1):
        raise ConfigError(f"confidence: {confidence!r} must lie between 0 and 1, such as 0.95.")
    if not isinstance(exceedance, Iterable):
        raise ConfigError(f"exceedance: give a list, such as [{exceedance!r}].")
    limits = [float(require_positive(c, "exceedance")) for c in exceedance]
    if expected is None:
        events, exposure = events_and_exposure(counts, of, population, 1, 1)
    else:
        require_columns(counts, [of, expected], "counts")
        events, exposure = count_column(counts, of), count_column(counts, expected)
        exposure = np.where(exposure > 0, exposure, np.nan)
    rated = np.isfinite(events) & np.isfinite(exposure)
    if rated.sum() < 2 or not events[rated].sum() > 0:  # noqa: PLR2004 - one area has no spread
        raise InputError(f"counts[{of!r}]: fewer than 2 areas have a count and people, or nothing happened at all.")
    if expected is None:
        exposure = exposure * (events[rated].sum() / exposure[rated].sum())
    shape, rate = fit_gamma(events[rated], exposure[rated], moments=fit == "moments")
    y, e = np.where(rated, events, np.nan), np.where(rated, exposure, np.nan)
    result = {"observed": y, "expected": e}
    if np.isfinite(shape):
        tail = (1 - confidence) / 2
        a, b = y + shape, e + rate
        result |= {"rr": a / b, "rr_lower": gammaincinv(a, tail) / b, "rr_upper": gammaincinv(a, 1 - tail) / b}
        above = {c: gammaincc(a, c * b) for c in limits}
    else:
        warnings.warn(
            "Chance explains all differences between areas: every area has the same risk, without an interval.",
            HotspotWarning,
            stacklevel=2,
        )
        same = np.where(rated, events[rated].sum() / exposure[rated].sum(), np.nan)
        result |= {"rr": same, "rr_lower": np.full(len(y), np.nan), "rr_upper": np.full(len(y), np.nan)}
        above = {c: np.full(len(y), np.nan) for c in limits}
    result |= {f"p_rr_above_{f'{c:g}'.replace('.', '_')}": p for c, p in above.items()}
    note(
        "gamma_poisson", of=of, expected=expected or f"overall rate times {population}", fit=fit,
        areas=len(y), rated=int(rated.sum()), confidence=confidence, exceedance=limits,
        alpha=float(shape) if np.isfinite(shape) else None, beta=float(rate) if np.isfinite(rate) else None,
    )  # fmt: skip
    return pd.DataFrame(result, index=counts.index)


def _pairs(graph: Graph, codes: pd.Index, rated: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """List areas and their neighbours by position, both with a rate and never the area itself."""
    if not hasattr(graph, "adjacency"):
        raise InputError(f"graph: give a libpysal Graph, such as contiguity(areas), not {type(graph).__name__}.")
    absent = ~codes.isin(graph.unique_ids)
    if absent.any():
        raise InputError(
            f"graph: lacks {int(absent.sum())} of {len(codes)} areas of counts (first in row {int(absent.argmax())}). "
            "Make it of the same areas."
        )
    listed_pairs = graph.adjacency
    focal = codes.get_indexer(listed_pairs.index.get_level_values(0))
    neighbour = codes.get_indexer(listed_pairs.index.get_level_values(1))
    real = (focal >= 0) & (neighbour >= 0) & (focal != neighbour) & (listed_pairs.to_numpy() > 0)
    focal, neighbour = focal[real], neighbour[real]
    known = rated[focal] & rated[neighbour]
    return focal[known].astype(np.int64), neighbour[known].astype(np.int64)


__all__ = ["empirical_bayes", "gamma_poisson"]
