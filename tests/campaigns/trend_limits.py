# ruff: noqa: T201 - the script prints its table
"""Print how often the limits of a trend hold it, in counts that vary more than chance and resemble their neighbours.

python tests/campaigns/trend_limits.py [series of each kind]

Months have a season of 20 % and a trend of -10 % a year. Their means vary besides by a log-normal factor of 20 %, alone
or as a first-order autoregression. ``Poisson`` is what limits without dispersion and serial correlation would hold.
"""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pandas as pd
from scipy.stats import t

import hotspot as hs
from hotspot.errors import HotspotWarning

PER_YEAR = 0.9


def series(rng: np.random.Generator, n: int, mean: float, spread: float, rho: float) -> pd.DataFrame:
    """Draw counts of n months."""
    at, noise = np.arange(n), rng.normal(size=n)
    for i in range(1, n):
        noise[i] = rho * noise[i - 1] + np.sqrt(1 - rho**2) * noise[i]
    expected = mean * PER_YEAR ** (at / 12) * np.exp(0.2 * np.sin(at * np.pi / 6) + spread * noise)
    index = pd.period_range("2018-01", periods=n, freq="M").astype(str)
    return pd.DataFrame({"n": rng.poisson(expected)}, index=index)


def main() -> None:
    """Print one row for each kind of series."""
    warnings.simplefilter("ignore", HotspotWarning)
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    rng = np.random.default_rng(20_240_601)
    print("months  mean  spread  correlation  held  Poisson")
    for n in (24, 36, 60):
        for mean, spread, rho in ((5, 0.0, 0.0), (60, 0.0, 0.0), (60, 0.2, 0.0), (60, 0.2, 0.4), (60, 0.2, 0.7)):
            held = plain = 0
            for _ in range(draws):
                found = hs.trend(series(rng, n, mean, spread, rho), of="n")
                held += found["lower"] <= PER_YEAR <= found["upper"]
                r = max(found["serial_correlation"], 0.0)
                widened = np.sqrt(found["dispersion"] * (1 + r) / (1 - r))
                reach = np.log(found["upper"] / found["per_year"]) / t.ppf(0.975, n - 13) * 1.96 / widened
                plain += abs(np.log(found["per_year"] / PER_YEAR)) <= reach
            print(f"{n:6d} {mean:5g} {spread:7.1f} {rho:12.1f} {held / draws:5.2f} {plain / draws:8.2f}")


if __name__ == "__main__":
    main()
