"""The Knox test: published tables to the last digit, a slow twin, and what chance gives."""

from __future__ import annotations

import geopandas as gpd
import numba
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.near_repeat_naive import expected_table, pair_table
from scipy.stats import kstest, poisson

import hotspot as hs
from hotspot.record import recording
from hotspot.schema import Disclosure, declared
from hotspot.temporal.near_repeat import KNOX_LABELS


def table_of(found, column):
    return found[column].unstack("time").to_numpy().tolist()  # noqa: PD010 - a series


@pytest.fixture(scope="module")
def burkitt(real_data):
    return gpd.read_file(real_data / "benchmarks_areal" / "libpysal" / "burkitt" / "burkitt.shp")


@pytest.fixture(scope="module")
def arson(real_data):
    path = real_data / "nearrepeat_chicago" / "extdata" / "chicago_arson.csv"
    return pd.read_csv(path, header=None, names=["x", "y", "day"], parse_dates=["day"])


@pytest.mark.real_data
def test_burkitt_as_pointpats_has_it(burkitt):
    places = burkitt[["X", "Y"]].to_numpy()
    with recording() as notes:
        found = hs.knox(places, burkitt["T"], distance=[20, np.inf], time=[5, np.inf])
    assert table_of(found, "observed") == [[13, 3416], [39, 14110]]
    assert np.allclose(
        table_of(found, "expected"), [[10.1438161, 3418.85618], [41.8561839, 14107.1438]], rtol=1e-8, atol=0
    )
    assert (notes[-1].facts["pairs"], notes[-1].facts["used"]) == (17578, 188)
    first = found.iloc[0]
    # the Poisson test of the literature takes more pairs than observed, not as many
    assert poisson.sf(13, first["expected"]) == pytest.approx(0.14624558197140414, abs=1e-14)
    assert first["p"] == pytest.approx(0.19, abs=0.05)  # pointpats, 99 draws: 0.21
    one = hs.knox(places, burkitt["T"], distance=20, time=5)
    assert one.iloc[0].drop("q").equals(first.drop("q"))


@pytest.mark.real_data
def test_burkitt_as_surveillance_has_it(burkitt, real_data):
    found = hs.knox(burkitt[["X", "Y"]], burkitt["T"], distance=[5, np.inf], time=[30, np.inf])
    assert table_of(found, "observed") == [[7, 353], [222, 16996]]
    printed = (real_data / "benchmarks_reference" / "knox_burkitt_eps_t30_s5.txt").read_text()
    assert "lambda = 4.69, p-value = 0.1031" in printed
    assert found["expected"].iloc[0] == pytest.approx(4.689953, abs=1e-6)
    assert round(poisson.sf(7, found["expected"].iloc[0]), 4) == 0.1031


@pytest.mark.real_data
def test_chicago_arson_as_surveillance_has_it(arson, real_data):
    found = hs.knox(arson[["x", "y"]], arson["day"], distance=[400, np.inf], time=[7, np.inf])
    assert table_of(found, "observed") == [[33, 272], [5734, 129942]]
    printed = (real_data / "benchmarks_reference" / "knox_chicago_arson_eps_t7_s400ft.txt").read_text()
    assert "greater than 12.93515" in printed
    assert found["expected"].iloc[0] == pytest.approx(12.93515, abs=5e-6)
    assert poisson.sf(33, found["expected"].iloc[0]) == pytest.approx(8.108e-07, rel=1e-3)
    assert found["knox_label"].iloc[0] == "Above chance"


@pytest.mark.real_data
def test_chicago_arson_as_the_r_package_has_it_once_days_are_named_rightly(arson):
    # Steenbeek's NearRepeat, vignette NRC: Manhattan, left-closed days [0,1), [1,2), [2,3), that is the same day, the
    # next one, the one after; ratios of the Near Repeat Calculator with 99 shuffles
    found = hs.knox(
        arson[["x", "y"]], arson["day"], distance=[200, 400, 600], time=[1, 2],
        metric="manhattan", same_place=True, same_day=True,
    )  # fmt: skip
    assert table_of(found, "observed") == [[0, 2, 0], [9, 1, 1], [4, 0, 0], [6, 0, 0]]
    published = np.array([[0, 28.29, 0], [74.25, 3.67, 3.96], [11.65, 0, 0], [7.71, 0, 0]])
    observed, expected = (np.array(table_of(found, name)) for name in ("observed", "expected"))
    assert ((published == 0) == (observed == 0)).all()
    mean = observed[observed > 0] / published[published > 0]
    assert np.allclose(mean * 99, np.rint(mean * 99), atol=0.05)  # sums of 99 shuffles, whole numbers
    assert (np.abs(mean - expected[observed > 0]) < 4 * np.sqrt(expected[observed > 0] / 99)).all()
    # the same day, not the days after: what an officer sent on Tuesday would miss
    assert (found.xs("same day", level="time")["knox_label"].tolist()) == ["Not significant", *["Above chance"] * 3]


def test_two_events_100_metres_and_3_days_apart_are_in_the_bands_that_end_there():
    days = pd.to_datetime(["2019-01-01", "2019-01-04"])
    found = hs.knox([(0, 0), (0, 100)], days, distance=[100, 200, 300], time=[3, 6])
    assert found["observed"].to_dict() == {
        ("0 to 100", "0 to 3"): 1, ("0 to 100", "over 3 to 6"): 0, ("over 100 to 200", "0 to 3"): 0,
        ("over 100 to 200", "over 3 to 6"): 0, ("over 200 to 300", "0 to 3"): 0, ("over 200 to 300", "over 3 to 6"): 0,
    }  # fmt: skip
    # the left-closed bands of the R package, by edges a little lower
    left = hs.knox([(0, 0), (0, 100)], days, distance=[99.999, 199.999], time=[2.999, 5.999])
    assert table_of(left, "observed") == [[0, 0], [0, 1]]


def scatter(n, seed=0, side=2_000, days=60):
    rng = np.random.default_rng(seed)
    return rng.integers(0, side, (n, 2)).astype(float), rng.integers(0, days, n).astype(float)


@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
def test_the_table_is_that_of_the_slow_twin(metric):
    places, times = scatter(120, side=600)
    found = hs.knox(places, times, distance=[50, 100, 170], time=[3, 7, 20], metric=metric, permutations=19)
    twin = (list(map(tuple, places)), times, [50, 100, 170], [3, 7, 20], metric)
    assert table_of(found, "observed") == pair_table(*twin)
    assert table_of(found, "expected") == [[float(value) for value in row] for row in expected_table(*twin)]
    assert (found["ratio"] == found["observed"] / found["expected"]).all()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 9)), min_size=2, max_size=19),
    st.sampled_from([[1], [2, 5], [3, 4, 9]]),
    st.sampled_from([[1], [2, 3], [1, 4, 8]]),
    st.sampled_from(["euclidean", "manhattan"]),
    st.integers(1, 70),
)
def test_any_small_data_are_counted_as_the_slow_twin_does(rows, distance, time, metric, permutations):
    places, times = [row[:2] for row in rows], [row[2] for row in rows]
    found = hs.knox(
        places, times, distance=[*distance, np.inf], time=[*time, np.inf], metric=metric, permutations=permutations
    )
    twin = (places, times, [*distance, np.inf], [*time, np.inf], metric)
    assert table_of(found, "observed") == pair_table(*twin)
    assert np.allclose(table_of(found, "expected"), [[float(v) for v in row] for row in expected_table(*twin)])
    assert found["observed"].sum() == len(rows) * (len(rows) - 1) // 2
    assert found["expected"].sum() == pytest.approx(found["observed"].sum())
    tested = found[found["expected"] > 0]
    assert (tested["q"] >= tested["p"]).all()
    assert tested["p"].between(1 / (permutations + 1), 1).all()
    assert (found["knox_label"].eq("Undefined") == found["expected"].eq(0)).all()


def test_bands_say_the_same_with_and_without_a_zero_and_as_lengths_of_time():
    places, times = scatter(80)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(times, unit="D")
    found = hs.knox(places, times, distance=[100, 200], time=[7, 14])
    pd.testing.assert_frame_equal(found, hs.knox(places, times, distance=[0, 100, 200], time=(0, 7, 14)))
    for ends in ([7, 14], ["7D", "2W"], [pd.Timedelta(days=7), np.timedelta64(14, "D")], [0, "168h", 14.0]):
        pd.testing.assert_frame_equal(found, hs.knox(places, days, distance=[100, 200], time=ends))
    assert found.index.names == ["distance", "time"]
    assert found.index.to_list() == [
        ("0 to 100", "0 to 7"), ("0 to 100", "over 7 to 14"),
        ("over 100 to 200", "0 to 7"), ("over 100 to 200", "over 7 to 14"),
    ]  # fmt: skip
    pd.testing.assert_frame_equal(found.iloc[::-1].sort_index(), found)
    assert found["distance_to"].tolist() == [100, 100, 200, 200]
    assert found["time_to"].tolist() == [7, 14, 7, 14]


def test_a_same_place_is_a_band_of_its_own_and_the_bands_add_up():
    places = [(0, 0), (0, 0), (0, 0), (30, 40), (500, 0)]
    whole = hs.knox(places, [0, 1, 9, 2, 3], distance=[50, 100], time=[3, 9])
    apart = hs.knox(places, [0, 1, 9, 2, 3], distance=[50, 100], time=[3, 9], same_place=True)
    assert apart.index.get_level_values("distance").categories.to_list() == [
        "same place", "over 0 to 50", "over 50 to 100",
    ]  # fmt: skip
    assert table_of(apart, "observed") == [[1, 2], [2, 1], [0, 0]]
    assert table_of(whole, "observed") == [[3, 3], [0, 0]]


def test_the_same_day_is_that_of_the_calendar():
    places = [(0, 0), (10, 0), (20, 0)]
    times = pd.to_datetime(["2024-05-03 23:50", "2024-05-04 00:10", "2024-05-04 23:40"])
    by_clock = hs.knox(places, times, distance=100, time=[1, 2])
    assert by_clock["observed"].tolist() == [3, 0]
    by_day = hs.knox(places, times, distance=100, time=[1, 2], same_day=True)
    assert by_day["observed"].to_dict() == {
        ("0 to 100", "same day"): 1, ("0 to 100", "over 0 to 1"): 2, ("0 to 100", "over 1 to 2"): 0,
    }  # fmt: skip
    with pytest.raises(hs.ConfigError, match="same_day counts days"):
        hs.knox(places, times, distance=100, time="6h", same_day=True)


def test_nothing_depends_on_the_order_of_rows_the_corner_of_the_map_or_the_number_of_threads():
    places, times = scatter(300)
    options = {"distance": [100, 300], "time": [5, 10], "permutations": 150, "seed": 3}
    found = hs.knox(places, times, **options)
    mixed = np.random.default_rng(1).permutation(300)
    pd.testing.assert_frame_equal(found, hs.knox(places[mixed], times[mixed], **options))
    pd.testing.assert_frame_equal(found, hs.knox(places + np.array([5e5, 1.8e5]), times + 20_000, **options))
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        pd.testing.assert_frame_equal(found, hs.knox(places, times, **options))
    finally:
        numba.set_num_threads(before)
    for other in (hs.knox(places, -times, **options), hs.knox(places * [-1, 1], times, **options)):
        pd.testing.assert_frame_equal(found[["observed", "expected"]], other[["observed", "expected"]])
    assert not found["p"].equals(hs.knox(places, times, **(options | {"seed": 4}))["p"])


def test_edges_hold_far_from_the_origin_and_for_decimals():
    step = np.arange(60) * 0.1
    places = np.column_stack([530_000.1 + step, np.full(60, 180_000.7)])
    right = {"comparable": False, "reason": "surveyed", "permutations": 1}
    found = hs.knox(places, np.zeros(60), distance=[0.1, 0.2, 0.3], time=1, **right)
    assert found["observed"].tolist() == [59, 58, 57]
    tenths = hs.knox(places * 0, step, distance=1, time=[0.1, 0.2, 0.3], **right)
    assert tenths["observed"].tolist() == [59, 58, 57]


def test_units_finer_than_a_day_are_exact():
    times = pd.Timestamp("2024-01-01") + pd.to_timedelta([0, 10, 25, 86_400_000_000], unit="us")
    found = hs.knox([(0, 0)] * 4, times, distance=1, time=[pd.Timedelta("10us"), pd.Timedelta("15us"), 1])
    assert found["observed"].tolist() == [1, 1, 4]


def test_the_mean_of_the_shuffles_is_the_expectation_and_p_is_what_it_says():
    from hotspot.numerics.close_pairs import lay_out
    from hotspot.numerics.knox_counts import count_knox

    places, times = scatter(200, side=800)
    edges = np.array([60.0, 120.0])
    laid = lay_out(*places.T, times, 120.0)
    raw = count_knox(laid, times[laid.order], edges, np.array([4.0, 9.0]), permutations=4_000, seed=1)
    tables = np.diff(raw.counts, axis=2, prepend=0)
    found = hs.knox(places, times, distance=edges, time=[4, 9], permutations=4_000, seed=1)
    assert tables[0].ravel().tolist() == found["observed"].tolist()
    shuffled = tables[1:].reshape(4_000, -1)
    error = shuffled.std(axis=0) / np.sqrt(4_000)
    assert (np.abs(shuffled.mean(axis=0) - found["expected"]) < 4.5 * error).all()
    at_least = (shuffled >= found["observed"].to_numpy()).sum(axis=0)
    assert found["p"].tolist() == ((at_least + 1) / 4_001).tolist()


def test_p_is_uniform_and_q_keeps_its_promise_where_there_is_nothing():
    first, alarms, rounds = [], 0, 300
    for seed in range(rounds):
        places, times = scatter(150, seed=seed, side=1_000, days=100)
        found = hs.knox(places, times, distance=[100, 200, 300], time=[7, 14, 21], permutations=199, seed=seed)
        first.append(found["p"].iloc[8])  # the band with most pairs: ties matter least
        alarms += bool((found["q"] <= 0.05).any())
    assert kstest(first, "uniform").pvalue > 0.01
    assert 0.005 < alarms / rounds < 0.05 + 3 * np.sqrt(0.05 * 0.95 / rounds)


def test_planted_near_repeats_are_found_in_their_band_and_not_beyond():
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        places, times = rng.uniform(0, 5_000, (400, 2)), rng.uniform(0, 365, 400)
        copies = rng.choice(400, 40, replace=False)
        places = np.vstack([places, places[copies] + rng.uniform(-40, 40, (40, 2))])
        times = np.append(times, times[copies] + rng.uniform(0, 6, 40))
        table = hs.knox(places, times, distance=[100, 400], time=[7, 28], permutations=199)
        found += table["knox_label"].tolist() == ["Above chance", *["Not significant"] * 3]
        assert table["ratio"].iloc[0] > 5
    assert found >= 17


def test_labels_need_ratio_and_significance():
    places, times = scatter(400, side=1_500)
    table = hs.knox(places, times, distance=[100, 200, 300, 400], time=[7, 14, 21, 28])
    assert set(table["knox_label"]) <= set(KNOX_LABELS)
    above = (table["ratio"] >= 1.2) & (table["q"] < 0.05)
    assert (table["knox_label"].eq("Above chance") == above).all()
    empty = hs.knox([(0, 0), (900, 0), (0, 900)], [1, 2, 3], distance=100, time=7).iloc[0]
    assert (empty["observed"], empty["expected"], empty["knox_label"]) == (0, 0, "Undefined")
    assert empty[["ratio", "p", "q"]].isna().all()


def test_many_pairs_are_worked_in_pieces_with_the_same_result():
    from hotspot.numerics.close_pairs import lay_out
    from hotspot.numerics.knox_counts import count_knox

    places, times = scatter(300, side=500)
    laid = lay_out(*places.T, times, 200.0)
    edges = np.array([100.0, 200.0]), np.array([5.0, np.inf])
    whole = count_knox(laid, times[laid.order], *edges, permutations=70, seed=2)
    for most in (1, 57, 1_000):
        pieces = count_knox(laid, times[laid.order], *edges, permutations=70, seed=2, most_pairs=most)
        assert all((a == b).all() for a, b in zip(whole, pieces, strict=True))
    halves = count_knox(laid, times[laid.order] + 0.5 * (times[laid.order] > -1), *edges, permutations=70, seed=2)
    assert all((a == b).all() for a, b in zip(whole, halves, strict=True))  # 64-bit times, same differences


def test_the_run_record_tells_what_was_done_and_the_input_is_left_alone():
    places, times = scatter(50)
    kept = places.copy(), times.copy()
    with recording() as notes:
        hs.knox(places, times, distance=[100, np.inf], time=7, permutations=9, seed=5)
    facts = notes[-1].facts
    assert notes[-1].step == "knox"
    wanted = {"given": 50, "used": 50, "left_out": {}, "permutations": 9, "seed": 5, "distance": [100.0, "infinite"]}
    assert {name: facts[name] for name in wanted} == wanted
    assert (places == kept[0]).all()
    assert (times == kept[1]).all()


def test_the_table_stays_inside_the_sharing_protocol():
    columns = hs.knox([(0, 0), (1, 0)], [1, 2], distance=1, time=1).columns
    own = {"ratio", "p", "q", "knox_label", "distance_to", "time_to"}
    assert own <= set(columns)
    assert {declared(name).disclosure for name in own} == {Disclosure.INTERNAL}
    assert all(declared(name) is not None for name in columns)
