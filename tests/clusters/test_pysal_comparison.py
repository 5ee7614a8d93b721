"""Where ours and PySAL's differ, the table says why."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph
from reference.local_moran import queen_grid

import hotspot as hs
from hotspot.errors import InputError

pytest.importorskip("esda")
pytestmark = [
    pytest.mark.filterwarnings("ignore:The alternative hypothesis:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.* of the values are 0"),
]

CODES = [f"E{i:03}" for i in range(400)]
STATISTICS = {"moran": hs.local_moran, "gi": hs.getis_ord, "geary": hs.local_geary}


def graph_of(neighbours):
    return Graph.from_weights_dict({CODES[i]: {CODES[j]: w for j, w in r.items()} for i, r in enumerate(neighbours)})


@pytest.fixture(scope="module")
def queen():
    return graph_of(queen_grid(20, 20))


def field(seed=0):
    rng = np.random.default_rng(seed)
    return pd.Series((rng.normal(size=(20, 20)).cumsum(0).cumsum(1) + 3 * rng.normal(size=(20, 20))).ravel(), CODES)


@pytest.mark.parametrize("kind", STATISTICS)
def test_continuous_values_agree_within_monte_carlo_error(queen, kind):
    y = field()
    found = hs.compare_with_pysal(STATISTICS[kind](y, queen), y, queen)
    assert found["statistic"].to_numpy() == pytest.approx(found["pysal_statistic"].to_numpy(), rel=1e-8)
    assert set(found["why"]) <= {"same", "tails or correction", "own value"}
    assert (found["why"] == "same").mean() > 0.5
    assert ("own value" in set(found["why"])) == (kind == "gi")


def test_getis_ord_without_the_area_itself_agrees_too(queen):
    y = field(2)
    found = hs.compare_with_pysal(hs.getis_ord(y, queen, star=False), y, queen, star=False)
    assert set(found["why"]) == {"same", "tails or correction"}


def test_general_weights_agree(queen):
    general = graph_of([{j: (1 + (i + j) % 3) / 4 for j in row} for i, row in enumerate(queen_grid(20, 20))])
    y = field(3)
    for kind, statistic in STATISTICS.items():
        found = hs.compare_with_pysal(statistic(y, general, permutations=9_999), y, general)
        assert set(found["why"]) <= {"same", "tails or correction", "own value"}, kind


def test_the_same_options_give_the_same_labels(queen):
    y = field(1)
    result = hs.local_moran(y, queen, alternative="two-sided", alpha=0.1, correction="none")
    found = hs.compare_with_pysal(result, y, queen, alpha=0.05)  # their 0.05 of the smaller tail is our 0.1
    edge = (found["p"] - 0.1).abs() < 0.06
    assert (found["label"] == found["pysal_label"])[~edge].all()


def test_tied_counts_are_named_as_the_reason(queen):
    y = pd.Series(0, index=CODES)
    y.iloc[np.random.default_rng(0).choice(400, 12, replace=False)] = 1
    found = hs.compare_with_pysal(hs.local_moran(y, queen), y, queen)
    differ = found[(found["label"] != found["pysal_label"]) & (found["why"] != "tails or correction")]
    assert set(differ["why"]) <= {"ties"}
    assert (found["why"] != "unexplained").all()
    assert found.loc[found["why"] == "ties", "ties"].min() > 0.01
    assert found["ties"].median() > 0.5


def test_what_we_do_not_test_keeps_its_name(queen):
    y = field()
    y.iloc[5] = np.nan
    found = hs.compare_with_pysal(hs.local_moran(y, queen), y, queen)
    assert found["why"].iloc[5] == "No data"
    assert np.isnan(found["pysal_p"].iloc[5])
    graph = Graph.from_dicts({"A": [], "B": ["C"], "C": ["B", "D"], "D": ["C", "E"], "E": ["D"]})
    y = pd.Series([5.0, 1, 2, 4, 3.5], list("ABCDE"))
    for statistic in STATISTICS.values():
        found = hs.compare_with_pysal(statistic(y, graph), y, graph)
        assert found["why"]["A"] == "No neighbours"
    constant = hs.compare_with_pysal(hs.local_moran(y * 0 + 1, graph), y * 0 + 1, graph)
    assert set(constant["why"]) == {"Undefined"}


def test_rates(queen):
    rng = np.random.default_rng(0)
    people = pd.Series(rng.integers(500, 4000, 400), CODES)
    events = pd.Series(rng.poisson(people * 0.02 * np.exp(0.3 * rng.normal(size=400))), CODES)
    result = hs.local_moran_rate(events, people, queen)
    found = hs.compare_with_pysal(result, events, queen, population=people)
    assert found["statistic"].to_numpy() == pytest.approx(found["pysal_statistic"].to_numpy(), rel=1e-8)
    assert set(found["why"]) <= {"same", "tails or correction"}


def test_record_and_errors(queen):
    y = field()
    result = hs.local_moran(y, queen)
    with hs.recording() as notes:
        hs.compare_with_pysal(result, y, queen)
    assert sum(notes[0].facts["why"].values()) == 400
    with pytest.raises(InputError, match=r"result: .* no column moran_i, gi_z, geary_c"):
        hs.compare_with_pysal(y.to_frame("y"), y, queen)
    with pytest.raises(InputError, match="its areas are others"):
        hs.compare_with_pysal(result.iloc[1:], y, queen)


@pytest.mark.real_data
def test_london_wards_are_explained(real_data):
    import geopandas as gpd

    files = sorted((real_data / "ew_boundaries_uk_geojson" / "wards").glob("E09*.json"))
    wards = pd.concat([gpd.read_file(path) for path in files]).set_index("WD13CD")
    table = pd.read_csv(real_data / "london_ward_profiles" / "ward-profiles-excel-version.csv", encoding="latin1")
    table = table[table["New code"].str.startswith("E05")].set_index("New code")
    y = pd.to_numeric(table["Violence against the person rate - 2014/15"], errors="coerce")
    graph = Graph.build_contiguity(wards.loc[y.index], rook=False, strict=True)
    for statistic in STATISTICS.values():
        found = hs.compare_with_pysal(statistic(y, graph), y, graph)
        assert (found["why"] != "unexplained").all()
