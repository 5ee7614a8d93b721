"""Say which assumptions of capture-recapture fail, which way the total is then wrong, and what the data show."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.fusion.chapman import estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DOUBT = 0.01
"""Level of the tests that speak against an assumption."""
FAILS, HOLDS, UNTESTABLE, UNEXAMINED = "fails", "not rejected", "cannot be tested", "not examined"
MISSED = 0.05
"""Share of links broken in the trial that shows what missed links do."""
COLUMNS = ("verdict", "bias", "evidence")


def pairs_of_sources(tables: Floats, names: Sequence[str], confidence: float) -> pd.DataFrame:
    """
    Estimate the total from each pair of sources alone, and measure how the two depend on each other.

    Parameters
    ----------
    tables
        Events of each seen history by stratum, shape (strata, 2**k - 1); column h - 1 is bit mask h.
    names
        The sources, in the order of the bits.
    confidence
        Level of Chapman's intervals.

    Returns
    -------
    DataFrame
        Indexed by ``pair``: ``n1``, ``n2``, ``m``, Chapman's ``N``, ``SE``, ``lower``, ``upper`` and the
        ``odds_ratio`` of being known to both, with limits and ``independence``.

    Notes
    -----
    Among the events that a third source knows, all four cells of the pair are seen. Their odds ratio is 1 if the two
    sources are independent given the others; over strata and histories it is combined by Mantel and Haenszel, with
    limits of Robins, Breslow and Greenland (1986), Biometrics 42, 311-323, so wide that all pairs together are called
    dependent by mistake in 1 of 100 cases.
    """
    whole = tables.sum(axis=0)
    masks = np.arange(1, len(whole) + 1)
    couples = list(combinations(range(len(names)), 2))
    rows = []
    for a, b in couples:
        n1, n2 = (int(whole[(masks >> bit & 1) == 1].sum()) for bit in (a, b))
        m = int(whole[(masks >> a & 1) + (masks >> b & 1) == 2].sum())  # noqa: PLR2004 - in both
        found = estimate(n1, n2, m, confidence)
        ratio, lower, upper = _odds_ratio(tables, a, b, DOUBT / len(couples))
        row: dict[str, object] = {"n1": n1, "n2": n2, "m": m}
        row |= {name: found[name] for name in ("N", "SE", "lower", "upper")}
        row |= {"odds_ratio": ratio, "odds_lower": lower, "odds_upper": upper}
        rows.append(row | {"independence": _independence(lower, upper)})
    labels = pd.Index([f"{names[a]} and {names[b]}" for a, b in couples], name="pair")
    return pd.DataFrame(rows, index=labels)


def _independence(lower: float, upper: float) -> str:
    """Put the odds ratio in words, with what it does to the total of two sources."""
    if math.isnan(lower):
        return UNTESTABLE
    if lower > 1:
        return "fails: N is too low"
    return "fails: N is too high" if upper < 1 else HOLDS


def _odds_ratio(tables: Floats, a: int, b: int, level: float) -> tuple[float, float, float]:
    """Give the Mantel-Haenszel odds ratio of two sources among events that another source knows, with limits."""
    from scipy.special import ndtri

    masks = np.arange(1, tables.shape[1] + 1)
    others = masks & ~(1 << a | 1 << b)
    known = sorted(set(others[others > 0].tolist()))
    if not known:
        return math.nan, math.nan, math.nan
    squares = np.array(
        [
            [row[rest + (1 << a) + (1 << b) - 1], row[rest + (1 << a) - 1], row[rest + (1 << b) - 1], row[rest - 1]]
            for row in tables
            for rest in known
        ]
    )
    squares = squares[squares.sum(axis=1) > 0]
    p, q, r, s = _cross_products(squares)
    if not ((p * r).sum() > 0 and (q * s).sum() > 0):  # an empty diagonal: Haldane's half
        p, q, r, s = _cross_products(squares + 0.5)
    R, S = r.sum(), s.sum()
    variance = (p * r).sum() / (2 * R**2) + (p * s + q * r).sum() / (2 * R * S) + (q * s).sum() / (2 * S**2)
    ratio, reach = float(R / S), float(np.exp(-ndtri(level / 2) * np.sqrt(variance)))
    return ratio, ratio / reach, ratio * reach


def _cross_products(squares: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Give Robins, Breslow and Greenland's P, Q, R, S of each 2 x 2 table."""
    both, first, second, none = squares.T
    n = squares.sum(axis=1)
    return (both + none) / n, (first + second) / n, both * none / n, first * second / n


def break_links(counts: Floats, share: float) -> Floats:
    """Give the histories if in such a share of the shared events one source's record had not been linked."""
    result = counts.astype(float).copy()
    for mask in range(1, len(counts) + 1):
        bits = [1 << bit for bit in range(mask.bit_length()) if mask >> bit & 1]
        if len(bits) > 1:
            moved = share * counts[mask - 1]
            result[mask - 1] -= moved
            for bit in bits:
                result[bit - 1] += moved / len(bits)
                result[(mask ^ bit) - 1] += moved / len(bits)
    return result


def closed_population() -> dict[str, str]:
    """Say what it takes that all sources tell of one set of events."""
    return {
        "verdict": UNTESTABLE,
        "bias": "too high",
        "evidence": "every source must cover the same months, places and kinds of violence; an event that one of them "
        "can never know counts as missed",
    }


def linkage(n_seen: float, base: dict[str, float], broken: float, others: pd.DataFrame) -> dict[str, str]:
    """Say what linkage does to the total: ``base`` N, lower, upper as given; N with broken links; other linkages."""
    trial = f"with {MISSED:.0%} of the links broken N would be {broken:,.0f} and not {base['N']:,.0f}"
    if len(others) < 2:  # noqa: PLR2004 - one linkage has no range
        return {"verdict": UNEXAMINED, "bias": "too high if links are missed, too low if links are false",
                "evidence": f"one linkage, taken as perfect; {trial}"}  # fmt: skip
    low, high = float(others["N_least"].min()), float(others["N_most"].max())
    fails = low < base["lower"] or high > base["upper"]
    return {
        "verdict": FAILS if fails else "within chance",
        "bias": "too high if links are missed, too low if links are false",
        "evidence": f"over {len(others)} linkages N goes from {max(low, n_seen):,.0f} to {high:,.0f}; {trial}",
    }


def independence(pairs: pd.DataFrame) -> dict[str, str]:
    """Say whether sources depend on each other, pair by pair."""
    dependent = pairs[pairs["independence"].str.startswith("fails")]
    told = "; ".join(
        f"{pair}: odds ratio {row.odds_ratio:.2f} ({row.odds_lower:.2f} to {row.odds_upper:.2f})"
        for pair, row in zip(pairs.index, pairs.itertuples(), strict=True)
    )
    bias = "too low if sources know the same events (severe injury), too high if they avoid each other"
    if len(pairs) == 1:
        return {"verdict": UNTESTABLE, "bias": bias, "evidence": "two sources cannot show it; a third would"}
    tail = "dependence of all sources at once cannot be tested"
    verdict = f"{FAILS}, allowed for between pairs" if len(dependent) else HOLDS
    return {"verdict": verdict, "bias": bias, "evidence": f"{told}; {tail}"}


def equal_catchability(tables: Floats, labels: Sequence[str], totals: tuple[float, float] | None) -> dict[str, str]:
    """Say whether strata differ in who knows their events; ``totals`` are N unstratified and N summed over strata."""
    bias = "too low if events differ in how likely sources are to know them"
    if len(tables) < 2:  # noqa: PLR2004 - nothing to compare
        return {"verdict": UNEXAMINED, "bias": bias, "evidence": "no strata; divide by setting, severity or large area"}
    from scipy.stats import chi2_contingency

    used = tables[tables.sum(axis=1) > 0][:, tables.sum(axis=0) > 0]
    p = float(chi2_contingency(used).pvalue) if min(used.shape) > 1 else 1.0
    evidence = f"histories of {len(labels)} strata {'differ' if p < DOUBT else 'do not differ visibly'} (p {_p(p)})"
    if totals is None:
        return {"verdict": FAILS if p < DOUBT else HOLDS, "bias": bias, "evidence": f"{evidence}; N is not stratified"}
    evidence += f"; N is {totals[0]:,.0f} unstratified, {totals[1]:,.0f} over strata"
    verdict = "fails, allowed for between strata" if p < DOUBT else HOLDS
    return {"verdict": verdict, "bias": f"{bias} within a stratum", "evidence": evidence}


def model_fit(fits: pd.DataFrame) -> dict[str, str]:
    """Say whether the models fit, and how far apart those that count lie; ``fits`` has one row per model kept."""
    bias = "wrong either way"
    if not (fits["df"] > 0).any():
        return {"verdict": UNTESTABLE, "bias": bias, "evidence": "the model has as many parameters as histories"}
    from scipy.stats import chi2

    worst = 1.0
    for _, own in fits.groupby(level="stratum"):
        best = own.iloc[int(own["weight"].to_numpy().argmax())]
        worst = min(worst, float(chi2.sf(best["deviance"], best["df"])) if best["df"] > 0 else 1.0)
    told = [
        f"{stratum}: N from {own['N'].min():,.0f} to {own['N'].max():,.0f} over {len(own)} model(s) of weight 0.05"
        for stratum, own in fits[fits["weight"] >= 0.05].groupby(level="stratum")  # noqa: PLR2004 - what counts
    ]
    evidence = f"least p of the best models {_p(worst)}; " + "; ".join(told)
    return {"verdict": FAILS if worst < DOUBT else HOLDS, "bias": bias, "evidence": evidence}


def _p(value: float) -> str:
    """Write a p-value."""
    return "< 0.0001" if value < 1e-4 else f"= {value:.2g}"  # noqa: PLR2004 - as fine as it is worth


__all__ = [
    "COLUMNS",
    "DOUBT",
    "FAILS",
    "HOLDS",
    "MISSED",
    "UNEXAMINED",
    "UNTESTABLE",
    "break_links",
    "closed_population",
    "equal_catchability",
    "independence",
    "linkage",
    "model_fit",
    "pairs_of_sources",
]
