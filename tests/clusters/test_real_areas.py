"""Values that other programs computed on real data."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph

import hotspot as hs

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def wards(real_data):
    files = sorted((real_data / "ew_boundaries_uk_geojson" / "wards").glob("E09*.json"))
    return pd.concat([gpd.read_file(path) for path in files]).set_index("WD13CD")


@pytest.fixture(scope="module")
def violence(real_data):
    table = pd.read_csv(real_data / "london_ward_profiles" / "ward-profiles-excel-version.csv", encoding="latin1")
    wards = table[table["New code"].str.startswith("E05")]  # boroughs and London stand among them
    return pd.to_numeric(wards.set_index("New code")["Violence against the person rate - 2014/15"], errors="coerce")


def test_london_wards_equal_spdep(real_data, wards, violence):
    reference = pd.read_csv(
        real_data / "benchmarks_reference" / "londonwards_VAP1415_queen_localmoran.csv", index_col="id"
    )
    areas = wards.loc[reference.index]
    graph = Graph.build_contiguity(areas, rook=False, strict=True)
    y = violence.reindex(reference.index)
    assert y.to_numpy() == pytest.approx(reference["x"].to_numpy())
    with hs.recording() as notes:
        found = hs.local_moran(y, graph)
    same = graph.cardinalities.reindex(reference.index) == reference["n_nb"]
    assert same.all()
    assert found["moran_i"].to_numpy() == pytest.approx(reference["Ii"].to_numpy(), rel=1e-9, abs=1e-9)
    gi = hs.getis_ord(y, graph)
    assert gi["gi_z"].to_numpy() == pytest.approx(reference["Gstar_z"].to_numpy(), rel=1e-9, abs=1e-9)
    shown = found["moran_label"].str.contains("High|Low")
    assert (found.loc[shown, "moran_label"] == reference.loc[shown, "quadr"]).all()
    assert shown.sum() >= 10
    assert notes[0].facts["permutations"] == 99_999


@pytest.mark.filterwarnings("ignore:The alternative hypothesis:DeprecationWarning")
def test_p_values_agree_with_esda(wards, violence):
    esda = pytest.importorskip("esda")
    graph = Graph.build_contiguity(wards.loc[violence.index], rook=False, strict=True)
    y = violence + np.random.default_rng(0).normal(scale=0.01, size=len(violence))  # without ties
    theirs = esda.Moran_Local(y.to_numpy(), graph, permutations=9_999, seed=1, keep_simulations=False).p_sim
    sides = [hs.local_moran(y, graph, alternative=side, correction="none")["moran_p"] for side in ("greater", "less")]
    smaller = np.minimum(*sides).to_numpy()  # esda 2.9 reports the smaller tail
    error = 4.5 * np.sqrt(smaller * (1 - smaller) / 9_999) + 2e-4
    assert (np.abs(smaller - theirs) < error).all()


@pytest.mark.parametrize("rook", [False, True])
def test_columbus_equals_spdep(real_data, rook):
    name = "rook" if rook else "queen"
    reference = pd.read_csv(real_data / "benchmarks_reference" / f"columbus_CRIME_{name}_localmoran.csv")
    areas = gpd.read_file(real_data / "benchmarks_areal" / "libpysal" / "columbus" / "columbus.shp")
    graph = Graph.build_contiguity(areas, rook=rook)
    assert graph.cardinalities.tolist() == reference["n_nb"].tolist()
    found = hs.local_moran(areas["CRIME"], graph)
    assert found["moran_i"].to_numpy() == pytest.approx(reference["Ii"].to_numpy(), rel=1e-9, abs=1e-12)
    gi = hs.getis_ord(areas["CRIME"], graph)
    assert gi["gi_z"].to_numpy() == pytest.approx(reference["Gstar_z"].to_numpy(), rel=1e-9)


def test_memphis_robberies_equal_the_reference(real_data):
    cells = pd.read_csv(real_data / "memphis_reference" / "ref_sfhotspot_memphis_500m.csv")
    column = ((cells["x"] - cells["x"].min()) / 500).round().astype(int)
    row = ((cells["y"] - cells["y"].min()) / 500).round().astype(int)
    at = {place: i for i, place in enumerate(zip(column, row, strict=True))}
    steps = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if (dx, dy) != (0, 0)]
    graph = Graph.from_dicts(
        {i: [at[x + dx, y + dy] for dx, dy in steps if (x + dx, y + dy) in at] for (x, y), i in at.items()}
    )
    z = hs.getis_ord(cells["n"], graph, permutations=999, max_permutations=999)["gi_z"]
    assert z.to_numpy() == pytest.approx(cells["gistar"].to_numpy(), rel=1e-8, abs=1e-10)
    assert z.max() == pytest.approx(15.0752902257, rel=1e-8)
    assert z.min() == pytest.approx(-1.2636331312, rel=1e-8)


def test_permuted_real_data_gives_few_discoveries(real_data, wards, violence):
    graph = Graph.build_contiguity(wards.loc[violence.index.intersection(wards.index)], rook=False, strict=True)
    y = violence.reindex(graph.unique_ids)
    rng = np.random.default_rng(0)
    runs = 400
    found = 0
    for run in range(runs):
        shuffled = pd.Series(rng.permutation(y.to_numpy()), y.index)
        # more draws than that only sharpen p-values
        result = hs.local_moran(shuffled, graph, permutations=24_999, max_permutations=24_999, seed=run)
        found += bool((result["moran_q"] <= 0.05).any())
    assert found <= 28  # 5 % of 400 is 20; 29 or more would come up once in 40
