"""Estimate the unseen events of one set of capture histories: by every model that they can tell, or by Chapman."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from hotspot.errors import InputError
from hotspot.fusion.chapman import estimate
from hotspot.numerics.loglinear import averaged_quantiles, design, fit, hierarchical_models, why_no_estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hotspot.numerics.loglinear import Fit

    Floats = NDArray[np.float64]


class Method(NamedTuple):
    """How a total is estimated: all models or the best, by which criterion, with which interactions and level."""

    models: str
    criterion: str
    always: tuple[int, ...]
    confidence: float


def estimate_total(counts: Floats, names: Sequence[str], method: Method) -> tuple[dict[str, float], pd.DataFrame]:
    """
    Estimate all events from the events of each seen history.

    Parameters
    ----------
    counts
        Events by history, shape (2**k - 1,); entry h - 1 is bit mask h. Need not be whole.
    names
        The k sources, in the order of the bits.
    method
        From `capture_recapture`.

    Returns
    -------
    tuple
        ``n_seen``, ``N``, ``SE``, ``lower``, ``upper``; and one row per model, with why some are left out.

    Raises
    ------
    InputError
        No model has a finite estimate.
    """
    table, designs, fits = _fit_all(counts, names, method)
    if not fits:
        raise InputError(
            f"histories: none of the {len(table)} models has a finite estimate ({table['left_out'].iloc[0]}). "
            "Take a larger area, a longer period or fewer sources."
        )
    seen = float(counts.sum())
    kept = table["left_out"] == ""
    weights = table.loc[kept, "weight"].to_numpy(dtype=float)
    if len(names) == 2:  # noqa: PLR2004 - one model, for which Chapman's estimate has less bias
        n1, n2 = float(counts[0] + counts[2]), float(counts[1] + counts[2])
        return estimate(round(n1), round(n2), float(counts[2]), method.confidence), table
    tail = (1.0 - method.confidence) / 2.0
    lower, median, upper = averaged_quantiles(designs, counts, fits, weights, (tail, 0.5, 1.0 - tail))
    errors = np.array([one.standard_error for one in fits])
    spread = np.array([one.unseen for one in fits]) - median
    figures = {
        "N": seen + float(median),
        "SE": float((weights * np.hypot(errors, spread)).sum()),
        "lower": seen + float(lower),
        "upper": seen + float(upper),
        "n_seen": seen,
    }
    return figures, table


def _fit_all(counts: Floats, names: Sequence[str], method: Method) -> tuple[pd.DataFrame, list[Floats], list[Fit]]:
    """Fit every model that has an estimate, and weigh it."""
    rows, designs, fits = [], [], []
    for interactions in hierarchical_models(len(names), method.always):
        X = design(len(names), interactions)
        reason = why_no_estimate(X, counts)
        row: dict[str, object] = {
            "model": model_name(interactions, names),
            "parameters": X.shape[1],
            "left_out": reason,
        }
        if reason == "":
            found = fit(X, counts)
            designs.append(X)
            fits.append(found)
            row |= {
                "deviance": found.deviance,
                "aic": found.minus_two_log_likelihood + 2 * X.shape[1],
                "bic": found.minus_two_log_likelihood + float(np.log(counts.sum())) * X.shape[1],
                "N": float(counts.sum()) + found.unseen,
                "SE": found.standard_error,
            }
        rows.append(row)
    table = pd.DataFrame(
        rows, columns=["model", "parameters", "deviance", "aic", "bic", "N", "SE", "left_out"]
    ).set_index("model")
    table.insert(1, "df", len(counts) - table["parameters"])
    table.insert(5, "weight", _weights(table[method.criterion], best=method.models == "best"))
    return table, designs, fits


def _weights(criterion: pd.Series, *, best: bool) -> Floats:
    """Weigh models by exp(-difference / 2); all weight to the best where one is to be chosen."""
    values = criterion.fillna(np.inf).to_numpy(dtype=float)
    if best:
        return np.asarray(np.arange(len(values)) == values.argmin(), dtype=np.float64)
    weights = np.exp(-(values - values.min()) / 2.0) if np.isfinite(values).any() else np.zeros(len(values))
    return np.asarray(weights / max(weights.sum(), 1e-300), dtype=np.float64)


def model_name(interactions: Sequence[int], names: Sequence[str]) -> str:
    """Name a model by its interactions: ``ambulance:ed + ed:police``."""
    terms = [":".join(name for bit, name in enumerate(names) if term >> bit & 1) for term in interactions]
    return " + ".join(terms) if terms else "independent"


def sum_of_strata(parts: pd.DataFrame) -> dict[str, float]:
    """
    Add up independent strata, with limits from theirs.

    References
    ----------
    Zou and Donner (2008) Statistics in Medicine 27, 1693-1702: each distance from estimate to limit is the root of
    the sum of the squared distances.
    """
    total = float(parts["N"].sum())
    return {
        "N": total,
        "SE": float(np.sqrt((parts["SE"] ** 2).sum())),
        "lower": total - float(np.sqrt(((parts["N"] - parts["lower"]) ** 2).sum())),
        "upper": total + float(np.sqrt(((parts["upper"] - parts["N"]) ** 2).sum())),
        "n_seen": float(parts["n_seen"].sum()),
    }


__all__ = ["Method", "estimate_total", "model_name", "sum_of_strata"]
