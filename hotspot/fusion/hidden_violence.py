"""Say which share of the known violence only health services know, area by area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_columns, require_level, require_unique_index, require_whole
from hotspot.errors import ConfigError, InputError
from hotspot.numerics.beta_mixture import SharesOfAreas, draw_false_matches, draw_shares, fit_shares
from hotspot.numerics.multiple_testing import adjust
from hotspot.rates.exposure import count_column
from hotspot.record import note

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

UNMATCHED_LABELS = ("More unmatched", "Not above", "No data", "Undefined")
"""Every value of ``unmatched_label``."""
_REFITS = 100
"""Fits of the distribution of shares to simulated counts."""
_CHUNK = 500


def hidden_violence(
    counts: pd.DataFrame,
    *,
    health: str = "n_health",
    unmatched: str = "n_health_unmatched",
    police: str = "n_police",
    chance: str | None = None,
    confidence: float = 0.9,
    alpha: float = 0.05,
    draws: int = 2_000,
    seed: int = 0,
) -> pd.DataFrame:
    """
    Estimate for each area the share of its known events that health services know and the police do not.

    Parameters
    ----------
    counts
        AreaCounts with the three columns named next, as `count_unmatched` gives them.
    health
        Events with a health record.
    unmatched
        Those of them for which no police record was found.
    police
        Events with a police record.
    chance
        Column with the expected number of the area's health events that would find a police record by chance
        (``chance_matches``). None takes every match for true, as after linking on identifiers.
    confidence
        Of the interval, between 0 and 1.
    alpha
        False discovery rate of the label.
    draws
        Draws of the parametric bootstrap.
    seed
        Of the random numbers.

    Returns
    -------
    DataFrame
        Indexed like ``counts``. ``unmatched_share``: the share, smoothed; ``unmatched_lower``, ``unmatched_upper``: its
        interval; ``unmatched_p``: the probability that it is **not** above the share of the whole area;
        ``unmatched_q``: that after correction for the number of areas; ``unmatched_label``: one of
        `UNMATCHED_LABELS`. Without a count: missing, ``No data``. Without any event: the interval of an unknown area,
        ``Undefined``.

    Raises
    ------
    InputError
        A column is missing, not numbers, negative or infinite; more events are unmatched than there are; no area has
        an event.
    ConfigError
        ``confidence``, ``alpha``, ``draws`` or ``seed`` is out of range.

    Notes
    -----
    With u events known to health only and p known to the police, the share is (u + a) / (u + p + a + b): a and b of a
    beta distribution, fitted over the areas, draw areas with few events towards the others. There are two kinds of
    areas, each with its a and b, and an area's share is their mean, weighted by how well its counts fit either: else a
    few places unlike all others would be drawn to the rest, and make the limits of the rest too wide. Chance pairs
    some events that the police do not know with a record of something else. If it would pair a share q of them in this
    area (its own: the centre on a Friday night is not a village), the number F of false matches follows from the counts
    and is drawn with everything else. Each draw takes new false matches, and a distribution fitted to counts simulated
    from the first fit (parametric bootstrap), so that the interval holds both doubts.

    **Unmatched is not unreported.** A health event stays unmatched because the police do not have it, or have it at
    another place or time, or as something else, or because one of the two records has no usable place. How often that
    is differs from area to area: with the distance to the hospital, the share of its texts that can be placed, and
    which hospital shares at all. A cell with a hospital in it says little.

    References
    ----------
    Daniels, M. J. (1999). Canadian Journal of Statistics 27, 567-578 (prior of a + b). Laird, N. M. and Louis, T. A.
    (1987). Empirical Bayes confidence intervals based on bootstrap samples. JASA 82, 739-750. Gray, B. J. and
    others (2017). J Epidemiol Community Health 71, 1218 (59 % unknown to the police, linked on identifiers).

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.fusion import hidden_violence
    >>> counts = pd.DataFrame(
    ...     {"n_health": [40, 9, 8, 10, 7, 9, None], "n_health_unmatched": [36, 4, 3, 5, 3, 4, None],
    ...      "n_police": [12, 40, 38, 42, 39, 41, 9]}, index=["Quay", "A", "B", "C", "D", "E", "F"], dtype="Int64")
    >>> hidden_violence(counts)[["unmatched_share", "unmatched_label"]].round(1).loc[["Quay", "A", "F"]].values.tolist()
    [[0.7, 'More unmatched'], [0.1, 'Not above'], [nan, 'No data']]
    """
    if not (isinstance(confidence, float) and 0 < confidence < 1):
        raise ConfigError(f"confidence: {confidence!r} must lie between 0 and 1, such as 0.9.")
    require_level(alpha)
    require_whole(draws, "draws", 100, such_as=2_000)
    require_whole(seed, "seed", 0, 2**63 - 1)
    known, share_of_chance = _read(counts, health, unmatched, police, chance)
    u, p, matches, q = (known[name].to_numpy() for name in ("u", "p", "matches", "q"))
    shares = fit_shares(u / (1 - q), p)
    overall = _overall(u, p, q)
    result = pd.DataFrame(
        dict.fromkeys(("unmatched_share", "unmatched_lower", "unmatched_upper", "unmatched_p"), np.nan),
        index=known.index,
    )
    refits = _refit(u, p, q, matches, shares, seed)
    for first in range(0, len(known), _CHUNK):
        rows = slice(first, first + _CHUNK)
        theta = _draw(u[rows], p[rows], matches[rows], q[rows], shares, refits, draws, seed, first)
        low, high = np.quantile(theta, [(1 - confidence) / 2, (1 + confidence) / 2], axis=1)
        above = (theta > overall).sum(axis=1)
        result.iloc[rows] = np.column_stack([theta.mean(axis=1), low, high, (draws - above + 1) / (draws + 1)])
    empty = (u + p) == 0
    result["unmatched_q"] = adjust(np.where(empty, np.nan, result["unmatched_p"].to_numpy()), "fdr")
    result = result.reindex(counts.index)
    absent = ~counts.index.isin(known.index)
    above_share = (result["unmatched_q"] <= alpha).to_numpy()
    nothing = pd.Series(empty, index=known.index).reindex(counts.index).eq(other=True).to_numpy()
    result["unmatched_label"] = pd.Series(
        np.select([absent, nothing, above_share], ["No data", "Undefined", "More unmatched"], default="Not above"),
        index=counts.index, dtype="str",
    )  # fmt: skip
    note(
        "hidden_violence", areas=len(counts), without_data=int(absent.sum()), without_events=int(empty.sum()),
        overall_share=overall, kinds_of_areas=_told(shares), chance_per_unmatched=share_of_chance,
        confidence=confidence, draws=draws, refits=_REFITS, seed=seed,
        labels={label: int((result["unmatched_label"] == label).sum()) for label in UNMATCHED_LABELS},
        meaning="unmatched, not unreported",
    )  # fmt: skip
    return result


def _read(
    counts: pd.DataFrame, health: str, unmatched: str, police: str, chance: str | None
) -> tuple[pd.DataFrame, float]:
    """Check the columns; give the areas with data in the order of their codes: draws must not depend on rows."""
    names = [health, unmatched, police] + ([] if chance is None else [chance])
    require_columns(counts, names, "counts")
    require_unique_index(counts, "counts")
    values = pd.DataFrame(index=counts.index)
    for name in names:
        values[name] = count_column(counts, name)
    more = np.flatnonzero(values[unmatched] > values[health])
    if len(more):
        raise InputError(
            f"counts: {len(more)} area(s) have more events in {unmatched!r} than in {health!r} (first: row {more[0]})."
        )
    kept = values.dropna()
    kept = kept.iloc[np.argsort(kept.index.astype(str), kind="stable")]
    known = pd.DataFrame(
        {"u": kept[unmatched], "p": kept[police], "matches": np.floor(kept[health] - kept[unmatched]).astype(np.int64)}
    )
    if not len(known) or not (known["u"] + known["p"]).sum():
        raise InputError(f"counts: no area has an event in {unmatched!r} or {police!r}.")
    pairs = np.zeros(len(kept)) if chance is None else kept[chance].to_numpy()
    mean = float(pairs.sum() / max(kept[health].sum(), 1e-9))
    # An area with three health events says little of its chance: one more event, with the mean, steadies it.
    known["q"] = np.clip((pairs + mean) / (kept[health].to_numpy() + 1), 0, 0.95)
    return known, mean


def _overall(u: Floats, p: Floats, q: Floats) -> float:
    """Give the share of all known events that only health services know."""
    hidden = float((u / (1 - q)).sum())
    return hidden / (hidden + float(p.sum()))


def _told(shares: SharesOfAreas) -> list[dict[str, float]]:
    """Describe both kinds of areas for the record."""
    return [
        {"share_of_areas": round(float(w), 4), "mean": round(float(a / (a + b)), 4), "a": float(a), "b": float(b)}
        for a, b, w in zip(shares.a, shares.b, shares.weight, strict=True)
    ]


def _refit(
    u: Floats, p: Floats, q: Floats, matches: npt.NDArray[np.int64], shares: SharesOfAreas, seed: int
) -> list[SharesOfAreas]:
    """Fit again to counts simulated from the fit, with new false matches each time."""
    rng = np.random.Generator(np.random.Philox(key=[seed, 2**32]))
    events = u + p
    if q.any():
        false = draw_false_matches(u, p, matches, q, shares, rng.random((len(u), _REFITS)))
    else:
        false = np.zeros((len(u), 1), dtype=np.int64)
    found = []
    for number in range(_REFITS):
        total = np.rint(events + false[:, number % false.shape[1]]).astype(np.int64)
        kind = (rng.random(len(u)) < shares.weight[1]).astype(np.int64)
        hits = rng.binomial(total, rng.beta(shares.a[kind], shares.b[kind])).astype(np.float64)
        found.append(fit_shares(hits, total - hits, start=shares))
    return found


def _draw(
    u: Floats, p: Floats, matches: npt.NDArray[np.int64], q: Floats, shares: SharesOfAreas,
    refits: list[SharesOfAreas], draws: int, seed: int, first: int,
) -> Floats:  # fmt: skip
    """Draw the share of each area; each draw has false matches and a fit of its own."""
    rng = np.random.Generator(np.random.Philox(key=[seed, first]))
    uniform = rng.random((len(u), draws))
    false = draw_false_matches(u, p, matches, q, shares, uniform) if q.any() else np.zeros(uniform.shape)
    theta = np.empty(uniform.shape)
    for number, refit in enumerate(refits):
        own = slice(number, draws, len(refits))
        hits = u[:, None] + false[:, own]
        theta[:, own] = draw_shares(hits, np.broadcast_to(p[:, None], hits.shape), refit, rng)
    return theta


__all__ = ["UNMATCHED_LABELS", "hidden_violence"]
