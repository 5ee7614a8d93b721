"""List the places that are hot for health services and not for the police, with what is doubtful about them."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_columns, require_unique_index, require_whole
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.fusion.comparability import require_reason
from hotspot.numerics.gamma_poisson import fit_gamma
from hotspot.rates.exposure import count_column
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_BLOCK = 50
"""Draws at a time: bounds memory."""


def hot_for_health(
    counts: pd.DataFrame,
    *,
    health: str = "n_health",
    police: str = "n_police",
    population: str | None = None,
    top: int | None = None,
    least: float = 0.5,
    confidence: float = 0.9,
    draws: int = 2_000,
    seed: int = 0,
    comparable: bool = True,
    reason: str | None = None,
) -> pd.DataFrame:
    """
    List the areas that are probably among the highest for health services and not among the highest for the police.

    Parameters
    ----------
    counts
        AreaCounts with the two columns of counts. Areas that either source does not cover (missing) are left out.
    health, police
        Columns of counts, such as ``n_ed`` and ``n_police``.
    population
        Column of people at risk, to rank by rate; None ranks by count. Areas without people are left out.
    top
        How many areas count as the highest of a source; None takes a tenth of the areas, at least 1.
    least
        Probability from which an area is listed, 0 to 1.
    confidence
        Of the intervals of the ranks.
    draws
        Draws from the Gamma-Poisson model.
    seed
        Of the random numbers.
    comparable
        Whether the sources count the same kind of thing over the same months and places. False needs a reason.
    reason
        Why they are compared although they are not alike, or what is shown; written in the record.

    Returns
    -------
    DataFrame
        Listed areas, most probable first (ties by code), indexed by area code: ``name`` where known, the two counts,
        ``p_health_only`` (probability of both), ``p_hot_health``, ``p_hot_police`` (probability of being among the
        top of either), and ``rank_health``, ``rank_police`` with ``_lower`` and ``_upper`` (1 is the highest). Empty
        if no area reaches ``least``.

    Raises
    ------
    ComparabilityError
        ``comparable=False`` without a reason.
    InputError
        A column is missing, holds no counts, or fewer than three areas have both.
    ConfigError
        ``top``, ``least``, ``confidence``, ``draws`` or ``seed`` is out of range.

    Warns
    -----
    HotspotWarning
        Chance explains all differences of a source: its ranks are missing.

    Notes
    -----
    A Gamma distribution of true rates is fitted to each source by maximum likelihood; each draw takes a true rate for
    every area, given its count, and ranks the areas. So a count of three where three is much is listed only if a true
    rate below the cut is unlikely. Where chance explains all differences of a source, no area is known to be high.

    A place on this list is one to ask about, not a finding. Health services may see more here because a hospital is
    near (distance decides who comes), because its texts can be placed better, because the hospital's own address is in
    the cell, or because the police record the same events elsewhere. It does not say that anything went unreported.

    References
    ----------
    Clayton, D. and Kaldor, J. (1987). Empirical Bayes estimates of age-standardized relative risks. Biometrics 43,
    671-681. Ariel, B., Weinborn, C. and Boyle, A. (2015). Emerg Med J 32, 906 (half of hot spots known to one only).

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.fusion import hot_for_health
    >>> counts = pd.DataFrame(
    ...     {"n_health": [60, 9, 8, 55, 7], "n_police": [9, 80, 7, 90, 8]}, index=["Quay", "Mill", "Park", "Dock", "G"]
    ... )
    >>> hot_for_health(counts, top=2)[["n_health", "n_police", "p_health_only"]].round(1).to_dict("index")
    {'Quay': {'n_health': 60, 'n_police': 9, 'p_health_only': 1.0}}
    """
    require_reason(reason, comparable=comparable)
    for value, name in ((confidence, "confidence"), (least, "least")):
        if not (isinstance(value, float) and 0 < value < 1):
            raise ConfigError(f"{name}: {value!r} must lie between 0 and 1, such as 0.9.")
    require_whole(draws, "draws", 100, such_as=2_000)
    require_whole(seed, "seed", 0, 2**63 - 1)
    known, exposure = _read(counts, health, police, population)
    k = max(1, len(known) // 10) if top is None else require_whole(top, "top", 1, len(known))
    models = [_posterior(known[name].to_numpy(), exposure) for name in (health, police)]
    _warn_of_no_differences(dict(zip((health, police), models, strict=True)))
    hits = np.zeros((3, len(known)))
    for ranks in _ranked(models, len(known), draws, seed):
        high = ranks <= k
        hits += np.stack([high[0].sum(axis=0), high[1].sum(axis=0), (high[0] & ~high[1]).sum(axis=0)])
    shares = pd.DataFrame(hits.T / draws, index=known.index, columns=["p_hot_health", "p_hot_police", "p_health_only"])
    order = np.lexsort((shares.index.astype(str), -shares["p_health_only"].to_numpy()))
    order = order[shares["p_health_only"].to_numpy()[order] >= least]
    listed = shares.iloc[order]
    table = pd.DataFrame(index=listed.index)
    for column in ("name", health, police):
        if column in counts:
            table[column] = counts[column].reindex(listed.index)
    table = table.join(listed[["p_health_only", "p_hot_health", "p_hot_police"]])
    for rank, drawn in _intervals(models, len(known), order, draws, seed, confidence).items():
        table[rank] = drawn
    note(
        "hot_for_health", health=health, police=police, population=population, areas=len(known),
        left_out=len(counts) - len(known), top=k, least=least, listed=len(table), expected_listed_truly=float(
            table["p_health_only"].sum()), draws=draws, seed=seed, comparable=comparable, reason=reason,
    )  # fmt: skip
    return table


def _read(counts: pd.DataFrame, health: str, police: str, population: str | None) -> tuple[pd.DataFrame, Floats]:
    """Give the areas that both sources cover, by code, and their people (1 without)."""
    names = [health, police] + ([] if population is None else [population])
    require_columns(counts, names, "counts")
    require_unique_index(counts, "counts")
    values = pd.DataFrame(index=counts.index)
    for name in names:
        values[name] = count_column(counts, name)
    if population is not None:
        values[population] = values[population].where(values[population] > 0)
    known = values.dropna()
    known = known.iloc[np.argsort(known.index.astype(str), kind="stable")]
    if len(known) < 3:  # noqa: PLR2004 - two places are a pair, not a ranking
        raise InputError(f"counts: only {len(known)} area(s) have both counts. Are the sources of one place?")
    return known, np.ones(len(known)) if population is None else known[population].to_numpy()


def _posterior(events: Floats, exposure: Floats) -> tuple[Floats, Floats] | None:
    """Give shape and rate of each area's true rate; None where chance explains all differences."""
    if not events.sum():
        return None
    scaled = exposure * events.sum() / exposure.sum()
    shape, rate = fit_gamma(events, scaled)
    return None if math.isinf(shape) else (events + shape, scaled + rate)


def _warn_of_no_differences(models: dict[str, tuple[Floats, Floats] | None]) -> None:
    """Say that a source has no high areas: without the police's, the list is that of health services alone."""
    without = [name for name, model in models.items() if model is None]
    if without:
        warnings.warn(
            f"counts: chance explains all differences between areas in {' and '.join(without)}; no area is known to be "
            "high there, and its ranks are missing. Use larger areas or a longer period.",
            HotspotWarning,
            stacklevel=3,
        )


def _ranked(
    models: list[tuple[Floats, Floats] | None], size: int, draws: int, seed: int
) -> Iterator[npt.NDArray[np.int64]]:
    """Draw true rates and rank the areas, for both sources: arrays of shape (2, draws, areas), 1 the highest."""
    for first in range(0, draws, _BLOCK):
        number = min(_BLOCK, draws - first)
        rng = np.random.Generator(np.random.Philox(key=[seed, first]))
        ranks = np.full((2, number, size), size + 1, dtype=np.int64)
        for source, model in enumerate(models):
            if model is not None:
                order = np.argsort(-rng.gamma(model[0], 1 / model[1], (number, size)), axis=1, kind="stable")
                np.put_along_axis(ranks[source], order, np.broadcast_to(np.arange(1, size + 1), order.shape), axis=1)
        yield ranks


def _intervals(
    models: list[tuple[Floats, Floats] | None],
    size: int,
    rows: npt.NDArray[np.int64],
    draws: int,
    seed: int,
    confidence: float,
) -> dict[str, npt.NDArray[np.int64] | pd.api.extensions.ExtensionArray]:
    """Give the middle rank and its interval in either source, for the listed areas; the same draws again."""
    drawn = np.concatenate([ranks[:, :, rows] for ranks in _ranked(models, size, draws, seed)], axis=1)
    ends = np.quantile(drawn, [0.5, (1 - confidence) / 2, (1 + confidence) / 2], axis=1, method="nearest").astype(int)
    columns: dict[str, npt.NDArray[np.int64] | pd.api.extensions.ExtensionArray] = {}
    for source, name in enumerate(("health", "police")):
        for end, suffix in enumerate(("", "_lower", "_upper")):
            values = pd.array(ends[end, source], dtype="Int64")
            columns[f"rank_{name}{suffix}"] = (
                values if models[source] is not None else pd.array([pd.NA] * len(rows), "Int64")
            )
    return columns


__all__ = ["hot_for_health"]
