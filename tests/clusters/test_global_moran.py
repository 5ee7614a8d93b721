"""Global Moran's I: values that other programs give, moments by enumeration, permutation."""

from __future__ import annotations

from itertools import permutations

import geopandas as gpd
import libpysal
import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph

import hotspot as hs
from hotspot.errors import ConfigError, InputError


@pytest.mark.parametrize(
    ("shape", "field", "gal", "expected"),
    [
        ("stl_hom.shp", "HR8893", "stl.gal", {"i": 0.24365582621771659, "expected": -0.012987012987012988,
                                             "z_normality": 3.641097, "z_randomisation": 4.704410,
                                             "p_normality": 0.00013573931385468807}),
        ("sids2.shp", "SIDR74", "sids2.gal", {"i": 0.24772519320480135, "p_normality": 5.7916539074498452e-05}),
    ],
)  # fmt: skip
def test_published_values(shape, field, gal, expected):
    frame = gpd.read_file(libpysal.examples.get_path(shape))
    file = libpysal.io.open(libpysal.examples.get_path(gal))
    w = file.read()
    file.close()
    y = pd.Series(frame[field].to_numpy(), index=w.id_order)
    found = hs.global_moran(y, w, alternative="greater", permutations=999)
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=2e-6), name
    assert found["p_permutation"] <= 0.01


@pytest.mark.real_data
def test_columbus(real_data):
    areas = gpd.read_file(real_data / "benchmarks_areal" / "libpysal" / "columbus" / "columbus.shp")
    found = hs.global_moran(areas["CRIME"], Graph.build_contiguity(areas, rook=False))
    assert found["i"] == pytest.approx(0.5001885571828611, rel=1e-12)
    assert found["z_normality"] == pytest.approx(5.630313, rel=1e-6)


def test_binary_weights_of_a_lattice():
    w = libpysal.weights.lat2W(3, 3)
    y = pd.Series(np.arange(1.0, 10), index=w.id_order)
    found = hs.global_moran(y, w, row_standardise=False, permutations=99)
    assert found["variance_randomisation"] == pytest.approx(0.059687500000000004, rel=1e-12)
    assert found["variance_normality"] == pytest.approx(0.053125000000000006, rel=1e-12)


def test_moments_equal_those_of_all_orders():
    links = {"a": ["b", "c"], "b": ["a"], "c": ["a", "d"], "d": ["c", "e"], "e": ["d", "a"], "f": []}
    graph = Graph.from_dicts(links)
    y = [1.0, 2.0, 4.0, 7.0, 11.0, 3.0]
    codes = list(links)

    def slow(values):
        z = np.array(values) - np.mean(values)
        lag = sum(z[i] * z[codes.index(j)] / len(row) for i, row in enumerate(links.values()) for j in row)
        return len(values) / sum(1 for row in links.values() if row) * lag / (z**2).sum()

    every = np.array([slow(order) for order in permutations(y)])
    found = hs.global_moran(pd.Series(y, codes), graph, permutations=50_000, alternative="greater")
    assert found["i"] == pytest.approx(slow(y), rel=1e-12)
    assert found["expected"] == pytest.approx(every.mean(), rel=1e-9)
    assert found["variance_randomisation"] == pytest.approx(every.var(), rel=1e-9)
    exact = np.mean(every >= slow(y) - 1e-12)
    assert found["p_permutation"] == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 50_000) + 1e-4)
    assert found["islands"] == 1


def test_tails_seed_threads_and_rows():
    from numba import get_num_threads, set_num_threads

    w = libpysal.weights.lat2W(10, 10)
    y = pd.Series(np.random.default_rng(0).poisson(1, 100), index=w.id_order)
    options = {"permutations": 999}
    greater, less, both = (
        hs.global_moran(y, w, alternative=side, **options)["p_permutation"] for side in ("greater", "less", "two-sided")
    )
    assert greater + less >= 1 + 1 / 1000 - 1e-12
    assert both == pytest.approx(min(1, 2 * min(greater, less)))
    threads = get_num_threads()
    set_num_threads(1)
    try:
        assert hs.global_moran(y.sample(frac=1, random_state=1), w, **options) == hs.global_moran(y, w, **options)
    finally:
        set_num_threads(threads)
    assert hs.global_moran(y, w, **options) == hs.global_moran(y, w, **options)


def test_noise_is_rejected_once_in_twenty():
    w = libpysal.weights.lat2W(10, 10)
    found = sum(
        hs.global_moran(
            pd.Series(np.random.default_rng(seed).poisson(0.2, 100), index=w.id_order), w, permutations=99
        )["p_permutation"] <= 0.05
        for seed in range(200)
    )  # fmt: skip
    assert found <= 22  # 10 are expected; more come up once in 2,500


def test_missing_values_and_errors():
    w = libpysal.weights.lat2W(4, 4)
    y = pd.Series(np.arange(16.0), index=w.id_order)
    y.iloc[3] = np.nan
    graph = Graph.from_W(w)
    kept = y.dropna()
    assert hs.global_moran(y, graph, permutations=99) == hs.global_moran(
        kept, graph.subgraph(kept.index), permutations=99
    )
    with pytest.raises(InputError, match="equal values"):
        hs.global_moran(y * 0 + 1, graph)
    with pytest.raises(InputError, match=r"3 area\(s\) with a value"):
        hs.global_moran(y.where(y < 3), graph)
    with pytest.raises(ConfigError, match="permutations"):
        hs.global_moran(y, graph, permutations=0)
