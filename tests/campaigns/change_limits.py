# ruff: noqa: T201 - the script prints its tables
"""Print how often tests of change reject where nothing changed, and how often limits of a ratio hold it.

python tests/campaigns/change_limits.py [draws]

*Periods*: monthly series with a season of 20 % and a trend of -10 % a year, so that the true ratio of a year to the one
before is 0.9; their means vary besides by a log-normal factor, alone or as a first-order autoregression. ``exact`` are
the limits that know chance as Poisson's only, ``wide`` those widened by dispersion and correlation. *Displacement
difference*: four counts of one mean, as Poisson or with twice its variance. *Two counts*: the exact conditional test
beside the E-test and the difference of square roots.
"""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pandas as pd
from scipy.special import erfc

import hotspot as hs
from hotspot.errors import HotspotWarning
from hotspot.numerics.conditional_counts import compare_counts
from hotspot.numerics.estimated_p import estimated_p

PER_YEAR = 0.9


def series(rng: np.random.Generator, n: int, mean: float, spread: float, rho: float) -> pd.DataFrame:
    """Draw counts of n months."""
    at, noise = np.arange(n), rng.normal(size=n)
    for i in range(1, n):
        noise[i] = rho * noise[i - 1] + np.sqrt(1 - rho**2) * noise[i]
    expected = mean * PER_YEAR ** (at / 12) * np.exp(0.2 * np.sin(at * np.pi / 6) + spread * noise)
    index = pd.period_range("2018-01", periods=n, freq="M").astype(str)
    return pd.DataFrame({"n": rng.poisson(expected)}, index=index)


def periods(rng: np.random.Generator, draws: int) -> None:
    """Print how often limits of a ratio of periods hold it."""
    print("months  mean  spread  correlation  compare       exact  wide")
    for n in (24, 36, 60):
        for mean, spread, rho in ((60, 0.0, 0.0), (60, 0.2, 0.0), (60, 0.2, 0.4), (60, 0.2, 0.7)):
            for compare in ("12 months", "3 months"):
                held = np.zeros(2)
                for _ in range(draws):
                    found = hs.compare_periods(series(rng, n, mean, spread, rho), of="n", compare=compare)
                    held += found["lower"] <= PER_YEAR <= found["upper"]
                    held[1] += found["wide_lower"] <= PER_YEAR <= found["wide_upper"]
                    held[1] -= found["lower"] <= PER_YEAR <= found["upper"]
                exact, wide = held / draws
                print(f"{n:6d} {mean:5g} {spread:7.1f} {rho:12.1f}  {compare:12s} {exact:6.2f} {wide:5.2f}")


def differences(rng: np.random.Generator, draws: int) -> None:
    """Print how often the displacement difference rejects at 5 % where nothing changed."""
    print("mean of each count  variance by mean  rejected at 5 %")
    for mean in (1.0, 5.0, 20.0, 200.0):
        for ratio in (1.0, 2.0):
            n = rng.poisson(mean, (draws, 4)) if ratio == 1 else rng.negative_binomial(mean, 0.5, (draws, 4))
            n = n[n.sum(axis=1) > 0]
            z = ((n[:, 3] - n[:, 2]) - (n[:, 1] - n[:, 0])) / np.sqrt(n.sum(axis=1))
            print(f"{mean:18g} {ratio:17g} {np.mean(np.abs(z) >= 1.959964):16.3f}")


def counts(rng: np.random.Generator, draws: int) -> None:
    """Print how often tests of two counts reject at 5 % where the rates are equal."""
    print("mean of each        conditional  E separate  E pooled  square roots")
    for first, second in ((1, 1), (5, 5), (30, 30), (100, 100), (5, 20), (20, 5), (1, 10)):
        a, b = (rng.poisson(mean, draws).astype(float) for mean in (first, second))
        m, n = np.full(draws, float(first)), np.full(draws, float(second))
        tests = [
            compare_counts(a, b, n / (m + n)).p, estimated_p(a, b, m, n, False), estimated_p(a, b, m, n, True),  # noqa: FBT003
            erfc(np.abs(2 * np.sqrt(b * m / n) - 2 * np.sqrt(a)) / np.sqrt(2)),
        ]  # fmt: skip
        shares = [float(np.mean(p <= 0.05)) for p in tests]
        print(f"{first:4d} and {second:4d} {shares[0]:17.3f} {shares[1]:11.3f} {shares[2]:9.3f} {shares[3]:13.3f}")


def main() -> None:
    """Print the three tables."""
    warnings.simplefilter("ignore", HotspotWarning)
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    rng = np.random.default_rng(20_240_901)
    counts(rng, 40 * draws)
    differences(rng, 200 * draws)
    periods(rng, draws)


if __name__ == "__main__":
    main()
