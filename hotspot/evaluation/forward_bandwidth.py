"""Choose the bandwidth of a density by how well its list foretold the next periods."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_positive, require_whole
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.evaluation import methods
from hotspot.evaluation.backtest import backtest
from hotspot.evaluation.list_scores import ALL
from hotspot.evaluation.period_counts import count_by_period
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

_LEAST_STEPS = 3
_CHOOSING = 2 / 3
_LIMITS = {"pai": "pai", "pai_lower": "lower", "pai_upper": "upper"}


def forward_bandwidth(
    incidents: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    bandwidths: Sequence[float],
    *,
    share: float = 0.02,
    period: str = "month",
    train: int = 12,
    test: int = 1,
    steps: int | None = None,
    cell_size: float | None = None,
    draws: int = 999,
    seed: int = 0,
) -> pd.DataFrame:
    """
    Choose the bandwidth whose list of areas would have caught most of the next periods, and check it on later ones.

    Parameters
    ----------
    incidents
        Incidents with points of one source, or linked events, in a projected metric CRS.
    areas
        Areas or cells of a grid that the list is made of (`square_grid`, `hexagon_grid`).
    bandwidths
        Two or more, in metres, of the quartic kernel.
    share
        Share of the ground that can be patrolled: the best bandwidth depends on it.
    period, train, test, steps
        As for `count_by_period` and `backtest`.
    cell_size
        Metres, for all bandwidths. None takes a quarter of the smallest.
    draws, seed
        As for `backtest`.

    Returns
    -------
    DataFrame
        Indexed by ``bandwidth``: ``pai``, ``lower``, ``upper`` in the first two thirds of the steps, on which it is
        chosen; ``later_pai``, ``later_lower``, ``later_upper`` in the last third, which the choice never saw;
        ``chosen``; and ``told_apart``: whether its PAI is surely lower than that of the chosen one, in draws of the
        same places.

    Raises
    ------
    InputError
        There are fewer than three steps, or the data do not fit.
    ConfigError
        Fewer than two bandwidths, or one that is not above 0.

    Notes
    -----
    Where nothing is told apart, any of them will do, and a rule such as `bandwidth` is as good. The score that the
    chosen one had on the steps it was chosen on flatters it; quote the later one. Snapped points (data.police.uk) make
    narrow bandwidths look good: later events are moved to the very same points.

    Warns
    -----
    HotspotWarning
        The chosen bandwidth is the smallest or the largest of those given.

    Examples
    --------
    >>> import geopandas as gpd, numpy as np, pandas as pd
    >>> from shapely import box
    >>> import hotspot as hs
    >>> rng = np.random.default_rng(0)
    >>> middle = gpd.GeoDataFrame(index=["A"], geometry=[box(0, 0, 2_000, 2_000)], crs=27700)
    >>> incidents = gpd.GeoDataFrame(
    ...     {"source": "police", "occurred_from": pd.Timestamp(2023, 1, 1) + pd.to_timedelta(np.arange(730), unit="D")},
    ...     geometry=gpd.points_from_xy(rng.choice([500, 1_500], 730) + rng.normal(0, 150, 730),
    ...                                 1_000 + rng.normal(0, 150, 730)), crs=27700,
    ... )
    >>> cells = hs.square_grid(middle, 200)
    >>> found = hs.forward_bandwidth(incidents, cells, [40, 400, 3_000], share=0.05, draws=99)
    >>> found.index[found["chosen"]].to_list()
    [400.0]
    """
    given: object = bandwidths
    if isinstance(given, str) or not hasattr(given, "__iter__"):
        raise ConfigError(f"bandwidths: {bandwidths!r} must be two or more numbers, in metres.")
    widths = [float(require_positive(width, "bandwidths", "metres")) for width in bandwidths]
    for name, value in (("train", train), ("test", test), *((("steps", steps),) if steps is not None else ())):
        require_whole(value, name, 1)
    if len(set(widths)) < max(2, len(widths)):
        raise ConfigError("bandwidths: give two or more different ones, in metres.")
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share <= 1:
        raise ConfigError(f"share: {share!r} must be one share of the ground above 0 and at most 1.")
    counts = count_by_period(incidents, areas, period=period)
    most = (counts.shape[1] - train) // test
    number = most if steps is None else steps
    if number < _LEAST_STEPS or number > most:
        raise InputError(
            f"steps: {number} are asked for, and {counts.shape[1]} periods give {max(most, 0)}; at least "
            f"{_LEAST_STEPS} are needed, to choose on some and to check on others."
        )
    choosing = round(number * _CHOOSING)
    later = counts.shape[1] - (number - choosing) * test
    cell = min(widths) / 4 if cell_size is None else cell_size
    named = {f"{width:.12g} m": methods.kernel_density(width, cell_size=cell) for width in widths}

    def scored(table: pd.DataFrame, steps: int, against: str) -> pd.DataFrame:
        found = backtest(
            named, table, areas, incidents=incidents, train=train, test=test, steps=steps, shares=[share],
            against=against, draws=draws, seed=seed,
        )  # fmt: skip
        whole = found[found.index.get_level_values("step") == ALL]
        return whole.droplevel(["step", "area_share"]).reindex(list(named))

    first = scored(counts.iloc[:, :later], choosing, next(iter(named)))
    best = str(first["pai"].idxmax())
    first = scored(counts.iloc[:, :later], choosing, best)
    last = scored(counts, number - choosing, best)
    result = pd.DataFrame(index=pd.Index(widths, name="bandwidth"))
    for table, prefix in ((first, ""), (last, "later_")):
        for column, name in _LIMITS.items():
            result[prefix + name] = table[column].to_numpy() if column in table else np.nan
    if best in {list(named)[widths.index(edge)] for edge in (min(widths), max(widths))}:
        warnings.warn(
            f"the best bandwidth is the {'smallest' if best == list(named)[widths.index(min(widths))] else 'largest'} "
            "of those given: give more on that side. On snapped points, such as those of data.police.uk, the smallest "
            "always does well, since later events are moved to the very same points.",
            HotspotWarning,
            stacklevel=2,
        )
    result["chosen"] = (first.index == best).astype(bool)
    result["told_apart"] = (first["gain_upper"] < 0).to_numpy() if "gain_upper" in first else False
    note(
        "forward_bandwidth", bandwidths_m=widths, chosen_m=widths[list(named).index(best)], share=float(share),
        choosing_steps=choosing, later_steps=number - choosing, told_apart=int(result["told_apart"].sum()),
        later_pai=round(float(result.loc[result["chosen"], "later_pai"].iloc[0]), 3),
    )  # fmt: skip
    return result


__all__ = ["forward_bandwidth"]
