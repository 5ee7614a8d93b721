"""Local Moran of standardised rates."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph
from reference.local_moran import queen_grid, statistic
from reference.rates import assuncao_reis

import hotspot as hs
from hotspot.errors import ConfigError, HotspotWarning, InputError

CODES = [f"E{i:03}" for i in range(100)]
GRID = queen_grid(10, 10)


@pytest.fixture(scope="module")
def graph():
    return Graph.from_dicts({CODES[i]: [CODES[j] for j in row] for i, row in enumerate(GRID)})


@pytest.fixture
def people():
    return pd.Series(np.random.default_rng(1).integers(200, 9000, 100), CODES)


@pytest.fixture
def events(people):
    return pd.Series(np.random.default_rng(2).poisson(people * 0.01), CODES)


def test_equals_local_moran_of_the_standardised_rates(graph, events, people):
    z = assuncao_reis(list(events), list(people))
    found = hs.local_moran_rate(events, people, graph, permutations=999)
    assert found["moran_i"].to_numpy() == pytest.approx(statistic(z, GRID), rel=1e-9, abs=1e-12)
    plain = hs.local_moran(pd.Series(z, CODES), graph, permutations=999)
    assert found["moran_p"].to_numpy() == pytest.approx(plain["moran_p"].to_numpy(), abs=1e-3)


def test_population_in_another_order(graph, events, people):
    shuffled = people.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        hs.local_moran_rate(events, shuffled, graph, permutations=99),
        hs.local_moran_rate(events, people, graph, permutations=99),
    )


def test_a_small_population_is_not_extreme_by_chance(graph):
    people = pd.Series(5000, CODES)
    people.iloc[[44, 45]] = 40
    events = (people * 0.01).round().astype(int)
    events.iloc[[44, 45]] = 1  # 25 per 1,000 against 10: two and a half times, of one event
    raw = hs.local_moran(events / people, graph, permutations=999)
    fair = hs.local_moran_rate(events, people, graph, permutations=999)
    assert raw["moran_i"].iloc[44] > 5
    # nothing but chance between the areas: the estimated variance is not above 0 or small
    assert abs((events / people - 0.01).iloc[44]) > 0.01
    assert fair["moran_label"].iloc[44] == "Not significant" or fair["moran_i"].iloc[44] < raw["moran_i"].iloc[44]


def test_missing_counts_and_people_are_no_data(graph, events, people):
    events = events.astype("Int64")
    events.iloc[0] = pd.NA
    people = people.astype("Int64")
    people.iloc[1] = pd.NA
    people.iloc[2] = 0
    events.iloc[2] = 0
    with pytest.warns(HotspotWarning, match="1 area.s. have events but no population"), hs.recording() as notes:
        found = hs.local_moran_rate(events, people, graph)
    assert found["moran_label"].iloc[:3].tolist() == ["No data"] * 3
    assert notes[-1].step == "local_moran_rate"
    assert notes[-1].facts["missing"] == 3
    assert notes[-1].facts["without_population"] == 1
    kept = CODES[3:]
    without = hs.local_moran_rate(events[kept], people[kept], graph.subgraph(kept))
    pd.testing.assert_frame_equal(found.loc[kept], without)


def test_no_events_are_undefined(graph, people):
    with pytest.warns(HotspotWarning, match="sparse"):
        found = hs.local_moran_rate(pd.Series(0, CODES), people, graph)
    assert set(found["moran_label"]) == {"Undefined"}


def test_all_missing(graph, people):
    found = hs.local_moran_rate(pd.Series(np.nan, CODES), people, graph)
    assert set(found["moran_label"]) == {"No data"}


def test_negative_counts_and_other_areas_are_refused(graph, events, people):
    with pytest.raises(InputError, match=r"events: 1 value.s. below 0 .first in row 7."):
        hs.local_moran_rate(events.where(events.index != CODES[7], -1), people, graph)
    with pytest.raises(InputError, match="population: 1 value"):
        hs.local_moran_rate(events, people.where(people.index != CODES[7], -1), graph)
    with pytest.raises(InputError, match="same area codes; 1 differ"):
        hs.local_moran_rate(events, people.iloc[1:], graph)


def _city(seed, *, contrast=0.0):
    """Draw counts of one risk everywhere, or raised in a corner, over very different populations."""
    rng = np.random.default_rng(seed)
    people = pd.Series(np.round(np.exp(rng.normal(7, 1, 400))), index=[f"E{i:03}" for i in range(400)])
    rows, columns = np.divmod(np.arange(400), 20)
    risk = 0.01 * np.where((rows < 5) & (columns < 5), 1 + contrast, 1.0)
    return pd.Series(rng.poisson(people * risk), index=people.index), people


def _queen():
    codes = [f"E{i:03}" for i in range(400)]
    return Graph.from_dicts({codes[i]: [codes[j] for j in row] for i, row in enumerate(queen_grid(20, 20))})


def test_poisson_null_rejects_one_in_twenty_where_the_risk_is_the_same():
    found = []
    for seed in range(10):
        events, people = _city(seed)
        table = hs.local_moran_rate(
            events, people, _queen(), null="poisson", permutations=999, max_permutations=999, correction="none"
        )
        found.append(int((table["moran_p"] <= 0.05).sum()))
    assert np.mean(found) <= 20 + 3 * np.std(found, ddof=1) / np.sqrt(10)
    assert np.mean(found) >= 8  # a test that never rejects is none


def test_poisson_null_finds_the_raised_corner():
    events, people = _city(3, contrast=1.0)
    with hs.recording() as notes:
        found = hs.local_moran_rate(events, people, _queen(), null="poisson", permutations=9_999)
    corner = np.array([int(c[1:]) // 20 < 4 and int(c[1:]) % 20 < 4 for c in found.index])
    assert (found.loc[corner, "moran_label"] == "High-High").mean() > 0.5
    assert notes[0].facts["null"] == "poisson"
    again = hs.local_moran_rate(events, people, _queen(), null="poisson", permutations=9_999)
    pd.testing.assert_frame_equal(found, again)


def test_the_nulls_share_the_statistic_and_differ_in_p():
    events, people = _city(1, contrast=0.5)
    exchange = hs.local_moran_rate(events, people, _queen(), permutations=999)
    poisson = hs.local_moran_rate(events, people, _queen(), null="poisson", permutations=999)
    assert exchange["moran_i"].equals(poisson["moran_i"])
    assert not exchange["moran_p"].equals(poisson["moran_p"])
    with pytest.raises(ConfigError, match="null"):
        hs.local_moran_rate(events, people, _queen(), null="normal")


def test_poisson_null_without_events_is_undefined():
    _, people = _city(0)
    with pytest.warns(HotspotWarning, match="sparse"):
        found = hs.local_moran_rate(people * 0, people, _queen(), null="poisson", permutations=99)
    assert set(found["moran_label"]) == {"Undefined"}


def test_poisson_null_needs_counts():
    events, people = _city(0)
    with pytest.raises(InputError, match=r"events: 400 of 400 are no whole numbers \(first in row 0\)"):
        hs.local_moran_rate(events + 0.5, people, _queen(), null="poisson")


def test_too_few_events_to_tell_a_hotspot_are_warned_of(graph, people):
    events = pd.Series(0, CODES)
    events.iloc[:12] = 1
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        hs.local_moran_rate(events, people, graph, permutations=99, seed=0)
    assert any("only 12 in all; fewer than 20" in str(entry.message) for entry in said)
