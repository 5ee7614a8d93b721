"""Local Moran: values, p-values, labels, and what is absent by name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from libpysal.graph import Graph
from reference.local_moran import benjamini_hochberg, exhaustive_p, label, queen_grid, statistic, tails, two_sided

import hotspot as hs
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.schema import MORAN_LABELS

CODES = [f"E{i:03}" for i in range(400)]


def graph_of(neighbours, codes=CODES):
    return Graph.from_weights_dict({codes[i]: {codes[j]: w for j, w in r.items()} for i, r in enumerate(neighbours)})


@pytest.fixture(scope="module")
def queen():
    return graph_of(queen_grid(20, 20))


@pytest.fixture(scope="module")
def small():
    return graph_of(queen_grid(7, 7))


def series(values):
    return pd.Series(values, index=CODES[: len(values)])


def smooth_field(seed=0, size=7):
    rng = np.random.default_rng(seed)
    return series((rng.normal(size=(size, size)).cumsum(0).cumsum(1) + rng.normal(size=(size, size))).ravel())


@pytest.mark.parametrize("kind", ["counts", "continuous"])
def test_equals_the_slow_twin(small, kind):
    y = series(np.random.default_rng(4).poisson(2, 49)) if kind == "counts" else smooth_field()
    found = hs.local_moran(y, small, permutations=99, max_permutations=99, correction="fdr", alpha=0.2)
    grid = queen_grid(7, 7)
    assert found["moran_i"].to_numpy() == pytest.approx(statistic(list(y), grid), rel=1e-12, abs=1e-14)
    slow = [two_sided(*tail, 99) for tail in tails(list(y), grid, draws=99, seed=0, upper=True)]
    assert found["moran_p"].tolist() == slow
    assert found["moran_q"].to_numpy() == pytest.approx(benjamini_hochberg(slow), rel=1e-12)
    z = (y - y.mean()) / y.std(ddof=0)
    for code, row in found.iterrows():
        expected = label(z[code], row["moran_lag"]) if row["moran_q"] <= 0.2 else "Not significant"
        assert row["moran_label"] == expected


def test_general_weights_equal_the_slow_twin(small):
    rng = np.random.default_rng(1)
    grid = [{j: float(rng.integers(1, 8)) / 4 for j in row} for row in queen_grid(7, 7)]
    y = smooth_field(3)
    found = hs.local_moran(y, graph_of(grid), permutations=99, max_permutations=99)
    assert found["moran_i"].to_numpy() == pytest.approx(statistic(list(y), grid), rel=1e-12, abs=1e-14)
    slow = [two_sided(*tail, 99) for tail in tails(list(y), grid, draws=99, seed=0, upper=True)]
    assert found["moran_p"].tolist() == slow


def test_p_values_approach_the_exact_ones(small):
    y = (smooth_field(2) * 10).round()
    grid = queen_grid(7, 7)
    found = hs.local_moran(y, small, permutations=50_000, alternative="greater")
    high = y > y.mean()
    for i in (0, 6, 42, 48):  # corners: three neighbours, 17,296 subsets
        own = y.iloc[list(grid[i])].sum()
        at_least, at_most = exhaustive_p(list(y), i, 3, own)
        exact = at_least if high.iloc[i] else at_most
        assert found["moran_p"].iloc[i] == pytest.approx(exact, abs=4 * np.sqrt(0.25 / 50_000))


def test_london_conventions_on_a_binary_and_a_row_standardised_graph(small):
    y = smooth_field(5)
    pd.testing.assert_frame_equal(hs.local_moran(y, small), hs.local_moran(y, small.transform("r")))


def test_lesser_and_greater_add_up(queen):
    y = series(np.random.default_rng(7).poisson(1.0, 400))
    options = {"permutations": 999, "max_permutations": 999}
    greater, less = (hs.local_moran(y, queen, alternative=side, **options)["moran_p"] for side in ("greater", "less"))
    both = hs.local_moran(y, queen, **options)["moran_p"]
    ties = (greater + less - 1) * 1000 - 1
    assert np.allclose(ties, ties.round(), atol=1e-6)
    assert (ties.round() >= 0).all()
    assert np.allclose(both, np.minimum(1, 2 * np.minimum(greater, less)))
    for p in (greater, less, both):
        assert p.between(1 / 1000, 1).all()


@pytest.mark.filterwarnings("ignore:y. .* of the values are 0")
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
@pytest.mark.parametrize("mean", [0.03, 0.1, 0.3, 1.0, 5.0])
def test_noise_stays_noise(queen, mean, alternative):
    options = {"permutations": 999, "alternative": alternative, "correction": "none"}
    found = []
    for seed in range(10):
        y = series(np.random.default_rng(seed).poisson(mean, 400))
        found.append(int((hs.local_moran(y, queen, **options)["moran_p"] <= 0.05).sum()))
    assert np.mean(found) <= 20
    assert max(found) <= 40


def test_twelve_events_on_four_hundred_cells(queen):
    y = pd.Series(0, index=CODES)
    y.iloc[np.random.default_rng(0).choice(400, 12, replace=False)] = 1
    for alternative, most in (("greater", 0), ("two-sided", 20), ("less", 20)):
        with pytest.warns(HotspotWarning, match="sparse"):
            found = hs.local_moran(y, queen, alternative=alternative, correction="none", permutations=999)
        assert (found["moran_p"] <= 0.05).sum() <= most


def test_a_missing_value_is_as_if_it_were_not_there(queen):
    y = smooth_field(1, 20)
    y.iloc[[3, 210]] = np.nan
    found = hs.local_moran(y, queen, permutations=9999)
    assert found.loc[y.isna(), "moran_label"].tolist() == ["No data"] * 2
    assert found.loc[y.isna(), ["moran_i", "moran_lag", "moran_p", "moran_q"]].isna().all(axis=None)
    present = y.dropna()
    without = hs.local_moran(present, queen.subgraph(present.index), permutations=9999)
    pd.testing.assert_frame_equal(found.loc[present.index], without)
    assert found["moran_label"].nunique() > 2


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "float32", "int16"])
def test_any_number_dtype_gives_the_same(small, dtype):
    y = series(np.random.default_rng(4).poisson(2, 49))
    pd.testing.assert_frame_equal(hs.local_moran(y.astype(dtype), small), hs.local_moran(y, small))


def test_missing_of_nullable_dtype(small):
    y = series(np.random.default_rng(4).poisson(2, 49)).astype("Int64")
    y.iloc[0] = pd.NA
    found = hs.local_moran(y, small)
    assert found["moran_label"].iloc[0] == "No data"
    assert found["moran_p"].notna().sum() == 48


@pytest.mark.parametrize("value", [0.0, 0.1, 7.0, -1e9])
def test_constants_are_undefined(small, value):
    y = series(np.full(49, value))
    y.iloc[5] = np.nan
    with hs.recording() as notes:
        found = hs.local_moran(y, small) if value else _quietly(y, small)
    assert found["moran_label"].value_counts().to_dict() == {"Undefined": 48, "No data": 1}
    assert found["moran_p"].isna().all()
    assert notes[0].facts["tested"] == 0
    assert notes[0].facts["cutoff"] is None


def _quietly(y, graph):
    with pytest.warns(HotspotWarning, match="sparse"):
        return hs.local_moran(y, graph)


def test_rounding_noise_is_constant(small):
    y = series([0.1 + 0.2, 0.3] * 24 + [0.3])
    assert set(hs.local_moran(y, small)["moran_label"]) == {"Undefined"}


def test_all_missing_and_one_area(small):
    assert set(hs.local_moran(series(np.full(49, np.nan)), small)["moran_label"]) == {"No data"}
    one = Graph.from_dicts({"A": []})
    assert hs.local_moran(pd.Series([3.0], ["A"]), one)["moran_label"].tolist() == ["Undefined"]


def test_two_areas_tell_nothing():
    pair = Graph.from_dicts({"A": ["B"], "B": ["A"]})
    found = hs.local_moran(pd.Series([1, 2], ["A", "B"]), pair)
    assert found["moran_p"].tolist() == [1.0, 1.0]
    assert found["moran_i"].tolist() == [-1.0, -1.0]
    assert set(found["moran_label"]) == {"Not significant"}


def test_islands_from_the_start_and_by_missing_values():
    graph = Graph.from_dicts({"A": [], "B": ["C"], "C": ["B", "D"], "D": ["C"], "E": ["F"], "F": ["E"]})
    y = pd.Series([50.0, 1, 2, 4, 3, np.nan], list("ABCDEF"))
    with hs.recording() as notes:
        found = hs.local_moran(y, graph)
    assert found["moran_label"].tolist() == [
        "No neighbours", "Not significant", "Not significant", "Not significant", "No neighbours", "No data",
    ]  # fmt: skip
    assert found.loc[["A", "E"], ["moran_i", "moran_lag", "moran_p", "moran_q"]].isna().all(axis=None)
    assert {k: notes[0].facts[k] for k in ("n", "tested", "islands", "missing")} == {
        "n": 5, "tested": 3, "islands": 2, "missing": 1,
    }  # fmt: skip
    # the value of an island counts in the mean
    assert found["moran_i"]["B"] == pytest.approx(
        statistic([50, 1, 2, 4, 3], [{}, {2: 1}, {1: 1, 3: 1}, {2: 1}, {}])[1]
    )


def test_no_neighbours_at_all():
    graph = Graph.from_dicts({"A": [], "B": [], "C": []})
    assert set(hs.local_moran(pd.Series([1, 2, 3], list("ABC")), graph)["moran_label"]) == {"No neighbours"}


def test_rows_in_another_order_give_the_same_rows(queen):
    y = smooth_field(6, 20)
    shuffled = y.sample(frac=1, random_state=1)
    order = np.random.default_rng(2).permutation(400)
    adjacency = queen.adjacency
    other = Graph.from_adjacency(
        adjacency.reset_index().set_index("focal").loc[[CODES[i] for i in order]].reset_index()
    )
    base = hs.local_moran(y, queen, permutations=2999)
    for found in (
        hs.local_moran(shuffled, queen, permutations=2999),
        hs.local_moran(shuffled, other, permutations=2999),
    ):
        assert found.index.equals(shuffled.index)
        pd.testing.assert_frame_equal(found.loc[y.index], base, check_exact=True)


def test_seed_decides(queen):
    y = smooth_field(6, 20)
    first, again, other = (hs.local_moran(y, queen, permutations=999, seed=s)["moran_p"] for s in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


def test_input_is_not_changed(small):
    y = smooth_field(1)
    before, links = y.copy(), small.adjacency.copy()
    hs.local_moran(y, small, permutations=99)
    pd.testing.assert_series_equal(y, before)
    pd.testing.assert_series_equal(small.adjacency, links)


def test_columns_labels_and_record(small):
    with hs.recording() as notes:
        found = hs.local_moran(smooth_field(1), small, permutations=9_999, seed=3)
    assert found.columns.tolist() == ["moran_i", "moran_lag", "moran_p", "moran_q", "moran_label"]
    assert found["moran_label"].dtype == "str"
    assert set(found["moran_label"]) <= set(MORAN_LABELS)
    facts = notes[0].facts
    assert notes[0].step == "local_moran"
    assert facts["permutations"] == facts["permutations_asked"] == 9_999
    assert facts["seed"] == 3
    assert facts["cutoff"] == found.loc[found["moran_q"] <= 0.05, "moran_p"].max()
    assert facts["significant"] == (found["moran_q"] <= 0.05).sum()
    assert facts["floor_limited"] is False
    assert facts["sparse"] is False


def test_draws_are_raised_until_the_floor_is_low_enough(queen):
    y = series(np.random.default_rng(0).normal(size=400))
    with hs.recording() as notes:
        hs.local_moran(y, queen, permutations=99)
        hs.local_moran(y, queen, permutations=99, max_permutations=500)
        hs.local_moran(y, queen, permutations=99, correction="none")
    raised, capped, plain = (note.facts for note in notes)
    assert raised["permutations"] == 2 * 400 / 0.05 - 1
    assert raised["floor_limited"] is False
    assert (capped["permutations"], capped["floor_limited"]) == (500, True)
    assert (plain["permutations"], plain["floor_limited"]) == (99, False)


def test_raised_draws_are_the_draws_asked_for_at_once(queen):
    y = smooth_field(0, 20) + series(np.random.default_rng(0).normal(size=400) * 30)
    with hs.recording() as notes:
        raised = hs.local_moran(y, queen, permutations=99)
    at_once = hs.local_moran(y, queen, permutations=notes[0].facts["permutations"])
    assert notes[0].facts["permutations"] > 99
    pd.testing.assert_frame_equal(raised, at_once)


def test_a_value_on_the_mean_is_neither_high_nor_low():
    star = Graph.from_dicts({c: [x for x in "ABCDEFG" if x != c] if c == "A" else ["A"] for c in "ABCDEFG"})
    y = pd.Series([0, -3, -2, -1, 1, 2, 3], list("ABCDEFG"))
    found = hs.local_moran(y, star, alpha=0.99, correction="none")
    assert found.loc["A", "moran_i"] == 0
    assert found.loc["A", "moran_p"] == 1
    assert set(found["moran_label"]) == {"Not significant"}  # A is on the mean, and so is every other area's lag


def test_self_weights_are_ignored(small):
    y = smooth_field(4)
    pd.testing.assert_frame_equal(hs.local_moran(y, small.assign_self_weight()), hs.local_moran(y, small))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda y: y.where(y != y.iloc[4], np.inf), "1 of 49 values are infinite .first in row 4."),
        (lambda y: y.astype(str), "not numbers"),
        (lambda y: y.to_frame(), "give a Series"),
        (lambda y: y.iloc[:0], "no areas"),
        (lambda y: y.iloc[1:], "1 in graph are not in y .first: 'E000'."),
        (lambda y: y.rename({"E000": "X"}), "1 in y are not in graph .first: 'X'."),
        (lambda y: pd.concat([y, y.iloc[:1]]), "more than once"),
    ],
)
def test_what_cannot_be_used_is_named(small, bad, message):
    with pytest.raises(InputError, match=message):
        hs.local_moran(bad(smooth_field(1)), small)


def test_older_weights_of_libpysal_are_taken(small):
    y = smooth_field(1)
    pd.testing.assert_frame_equal(hs.local_moran(y, small.to_W()), hs.local_moran(y, small))


def test_what_is_no_graph_and_bad_weights_are_refused(small):
    y = smooth_field(1)
    with pytest.raises(InputError, match=r"libpysal\.graph\.Graph or a libpysal\.weights\.W, not dict"):
        hs.local_moran(y, {"E000": ["E001"]})
    with pytest.raises(InputError, match="negative or not finite"):
        hs.local_moran(y, Graph(small.adjacency * -1.0))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("permutations", 0), ("permutations", 9.5), ("max_permutations", 2**31), ("alternative", "both"),
        ("alpha", 0.0), ("alpha", 1), ("alpha", "0.05"), ("correction", "holm"), ("seed", -1), ("seed", None),
    ],
)  # fmt: skip
def test_bad_options_are_named(small, option, value):
    with pytest.raises(ConfigError, match=option):
        hs.local_moran(smooth_field(1), small, **{option: value})


def test_the_statistic_agrees_with_esda(queen):
    esda = pytest.importorskip("esda")
    y = smooth_field(0, 20)
    theirs = esda.Moran_Local(y.to_numpy(), queen, permutations=0)
    ours = hs.local_moran(y, queen, permutations=999)["moran_i"].to_numpy()
    assert ours * 399 / 400 == pytest.approx(theirs.Is, rel=1e-10)  # esda 2.9 divides the variance by n - 1


@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_values_that_cannot_be_squared_are_refused(small, scale):
    with pytest.raises(InputError, match="too large or too small"):
        hs.local_moran(smooth_field(1) * scale, small)


def test_an_index_of_several_levels_is_refused(small):
    y = smooth_field(1)
    levels = pd.MultiIndex.from_product([range(7), range(7)])
    with pytest.raises(InputError, match=r"2 levels\. Index it by area code"):
        hs.local_moran(y.set_axis(levels), small)
