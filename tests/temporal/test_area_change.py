"""Change by area: labels and zeros, exposures, the whole, corrections, the release gate, and London."""

from __future__ import annotations

import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

import hotspot as hs
from hotspot.errors import ConfigError, InputError
from hotspot.numerics.conditional_counts import compare_counts
from hotspot.numerics.multiple_testing import adjust
from hotspot.record import recording
from hotspot.schema import CHANGE_LABELS, declared

COLUMNS = ["change_ratio", "change_lower", "change_upper", "change_p", "change_q", "change_label"]


def series(*values):
    return pd.Series(values, index=[f"E{i:03d}" for i in range(len(values))], dtype="Int64")


def test_labels_zeros_and_what_is_missing():
    before = series(30, 40, 0, None, 0, 20, 4)
    after = series(45, 12, 0, 3, 9, None, 5)
    kept = before.copy(), after.copy()
    with recording() as notes:
        found = hs.change_by_area(before, after)
    assert found.columns.to_list() == COLUMNS
    assert found["change_label"].to_list() == [
        "Not significant", "Down", "Not significant", "No data", "Up", "No data", "Not significant",
    ]  # fmt: skip
    assert set(found["change_label"]) <= set(CHANGE_LABELS)
    assert round(found["change_p"].iloc[0], 3) == 0.105
    assert found.loc["E002", "change_p"] == 1.0
    assert found.loc["E002", COLUMNS[:3]].isna().all()
    assert found.loc["E003", COLUMNS[:5]].isna().all()
    assert np.isnan(found.loc["E004", "change_ratio"])
    assert np.isfinite(found.loc["E004", "change_lower"])
    assert np.isnan(found.loc["E004", "change_upper"])
    assert not np.isinf(found[COLUMNS[:5]].to_numpy(dtype=float)).any()
    facts = notes[-1].facts
    assert (facts["areas"], facts["no_data"], facts["tests"]) == (7, 2, 4)
    assert (facts["up"], facts["down"], facts["before"], facts["after"]) == (1, 1, 74, 71)
    pd.testing.assert_series_equal(before, kept[0])
    pd.testing.assert_series_equal(after, kept[1])
    assert all(declared(name).disclosure == "derived" for name in COLUMNS)


def test_only_areas_that_could_be_significant_are_corrected_for():
    before, after = series(10, 3, 1, 0, 2), series(30, 1, 1, 1, 0)
    found = hs.change_by_area(before, after)
    assert found["change_q"].to_list()[1:] == [1.0, 1.0, 1.0, 1.0]
    assert found["change_q"].iloc[0] == found["change_p"].iloc[0]
    plain = hs.change_by_area(before, after, correction="none")
    pd.testing.assert_series_equal(plain["change_q"], plain["change_p"], check_names=False)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=3, max_size=30),
    st.sampled_from([(1, 1), (365, 366), (2, 1)]),
    st.sampled_from(["fdr", "fdr_by", "bonferroni"]),
    st.randoms(use_true_random=False),
)
def test_what_always_holds(pairs, exposure, correction, random):
    before, after = (series(*values) for values in zip(*pairs, strict=True))
    found = hs.change_by_area(before, after, exposure=exposure, correction=correction)
    share = exposure[1] / sum(exposure)
    plain = compare_counts(before.to_numpy(float), after.to_numpy(float), np.full(len(before), share))
    np.testing.assert_allclose(found["change_p"], plain.p)
    could = plain.smallest_p <= 0.05
    np.testing.assert_allclose(found["change_q"][could], adjust(plain.p[could], correction))
    assert (found["change_q"] >= found["change_p"] - 1e-12).all()
    up, down = found["change_label"] == "Up", found["change_label"] == "Down"
    assert (found["change_lower"][up] > 1).all()
    assert (found["change_upper"][down] < 1).all()
    order = list(before.index)
    random.shuffle(order)
    moved = hs.change_by_area(before.loc[order], after, exposure=exposure, correction=correction)
    pd.testing.assert_frame_equal(moved.loc[before.index], found)
    back = hs.change_by_area(after, before, exposure=exposure[::-1], correction=correction)
    assert ((back["change_label"] == "Down") == up).all()
    np.testing.assert_allclose(back["change_p"], found["change_p"], rtol=1e-9)


def test_exposure_is_a_proportion_and_may_differ_by_area():
    before, after = series(100, 50, 20), series(100, 100, 60)
    equal = hs.change_by_area(before, after, exposure=(365, 365))
    pd.testing.assert_frame_equal(equal, hs.change_by_area(before, after))
    half = hs.change_by_area(before, after, exposure=(365, 730))
    np.testing.assert_allclose(half["change_ratio"], equal["change_ratio"] / 2)
    np.testing.assert_allclose(half["change_upper"], equal["change_upper"] / 2)
    own = hs.change_by_area(before, after, exposure=(365, pd.Series({"E002": 730, "E000": 365, "E001": 365})))
    assert own.loc["E002"].to_list() == half.loc["E002"].to_list()[:4] + own.loc["E002"].to_list()[4:]
    assert own.loc["E000", "change_p"] == equal.loc["E000", "change_p"]


def test_against_the_whole_a_rise_everywhere_is_no_finding():
    rng = np.random.default_rng(5)
    mean = rng.gamma(3, 30, 300)
    before, after = rng.poisson(mean), rng.poisson(1.5 * mean)
    after[:3] = 3 * before[:3] + 20
    index = [f"E{i}" for i in range(300)]
    before, after = pd.Series(before, index), pd.Series(after, index)
    itself = hs.change_by_area(before, after)
    whole = hs.change_by_area(before, after, relative_to="whole")
    assert (itself["change_label"] == "Up").sum() > 200
    assert whole.index[whole["change_label"] == "Up"].to_list() == ["E0", "E1", "E2"]
    assert (whole["change_label"] == "Down").sum() == 0
    assert whole["change_ratio"].iloc[3:].median() == pytest.approx(1, abs=0.05)
    doubled = hs.change_by_area(before, after, relative_to="whole", exposure=(1, 2))
    pd.testing.assert_frame_equal(doubled, whole)
    covered = before.astype("Int64").mask(before.index == "E5")
    found = hs.change_by_area(covered, after, relative_to="whole")
    assert found.loc["E5", "change_label"] == "No data"
    pd.testing.assert_frame_equal(
        found.drop("E5"), hs.change_by_area(before.drop("E5"), after.drop("E5"), relative_to="whole")
    )


def test_permuted_areas_seldom_give_a_discovery():
    rng = np.random.default_rng(7)
    mean = rng.gamma(0.5, 12, 800)
    runs = [
        [
            (hs.change_by_area(*pair, relative_to=to)["change_q"] <= 0.05).any()
            for pair in [[pd.Series(rng.poisson(mean)) for _ in range(2)]]
            for to in ("itself", "whole")
        ]
        for _ in range(60)
    ]
    assert np.mean(runs, axis=0).max() <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 60)


def test_thirty_five_thousand_areas_take_less_than_a_second():
    rng = np.random.default_rng(9)
    mean = rng.gamma(2, 10, 35_000)
    before, after = (pd.Series(rng.poisson(mean)) for _ in range(2))
    for to in ("itself", "whole"):
        hs.change_by_area(before[:50], after[:50], relative_to=to)
        start = time.process_time()
        hs.change_by_area(before, after, relative_to=to)
        assert time.process_time() - start < 2.0  # measured 0.2 to 0.4; slack for a busy machine


def test_the_gate_compares_what_is_published():
    index = pd.Index([f"E0100{i:04d}" for i in range(60)], name="area_code")
    rng = np.random.default_rng(11)
    counts = gpd.GeoDataFrame(
        {"n_police_2023": rng.poisson(60, 60), "n_police_2024": rng.poisson(60, 60)},
        index=index, geometry=[box(i, 0, i + 1, 1) for i in range(60)], crs=27700,
    )  # fmt: skip
    counts[["n_police_2023", "n_police_2024"]] = counts[["n_police_2023", "n_police_2024"]].astype("Int64")
    counts.iloc[0, :2], counts.iloc[1, :2], counts.iloc[2, :2] = (40, 150), (50, 1), (60, pd.NA)

    def analyse(counts):
        return hs.change_by_area(counts["n_police_2023"], counts["n_police_2024"])

    release = hs.release(counts, analyse=analyse, policy=hs.DisclosurePolicy.shareable())
    published = release.areas
    assert published["change_label"].iloc[:3].to_list() == ["Up", "Suppressed", "No data"]
    pd.testing.assert_series_equal(
        published["change_p"].drop(index[1]),
        analyse(published)["change_p"].drop(index[1]),
    )
    assert published["change_p"].isna().iloc[1]


def test_bad_input_is_named():
    good = series(1, 2, 3)
    with pytest.raises(InputError, match="before: give a Series"):
        hs.change_by_area([1, 2], good)
    with pytest.raises(InputError, match="after: 2 area"):
        hs.change_by_area(good, series(1, 2, 3, 4, 5))
    with pytest.raises(InputError, match=r"before: 1 of 3 .*row 1.*Exact tests need counts"):
        hs.change_by_area(pd.Series([1, 2.5, 3], good.index), good)
    with pytest.raises(InputError, match="before: 1 of 3"):
        hs.change_by_area(series(1, -2, 3), good)
    with pytest.raises(InputError, match="after: 1 of 3"):
        hs.change_by_area(good, good.astype(float) / [1, 0, 1])
    with pytest.raises(InputError, match="not counts"):
        hs.change_by_area(good, good.astype(str))
    with pytest.raises(InputError, match="stand more than once"):
        hs.change_by_area(pd.Series([1, 2], ["A", "A"]), pd.Series([1, 2], ["A", "A"]))
    with pytest.raises(ConfigError, match=r"exposure: give two"):
        hs.change_by_area(good, good, exposure=365)
    with pytest.raises(ConfigError, match=r"exposure: 3 value\(s\) of the second"):
        hs.change_by_area(good, good, exposure=(365, 0))
    with pytest.raises(ConfigError, match="exposure: the first is str"):
        hs.change_by_area(good, good, exposure=("year", 1))
    with pytest.raises(InputError, match="exposure: the second lacks 1"):
        hs.change_by_area(good, good, exposure=(1, pd.Series([1, 1], good.index[:2])))
    with pytest.raises(ConfigError, match="cannot be compared with the whole"):
        hs.change_by_area(good, good, exposure=(1, pd.Series(1, good.index)), relative_to="whole")
    with pytest.raises(InputError, match="both need events"):
        hs.change_by_area(series(0, 0), series(3, 4), relative_to="whole")
    with pytest.raises(ConfigError, match="relative_to"):
        hs.change_by_area(good, good, relative_to="neighbours")
    with pytest.raises(ConfigError, match="alpha"):
        hs.change_by_area(good, good, alpha=5)
    with pytest.raises(ConfigError, match="correction"):
        hs.change_by_area(good, good, correction="holm")
    empty = hs.change_by_area(series(None, None), series(1, 2))
    assert (empty["change_label"] == "No data").all()


@pytest.mark.real_data
def test_violence_in_london_in_2017_and_2018(real_data):
    path = real_data / "london_lsoa_layers" / "crime" / "london-2011-2018-major-violence.csv"
    years = pd.read_csv(path, index_col=0)[["2017", "2018"]]
    with recording() as notes:
        found = hs.change_by_area(years["2017"], years["2018"])
    facts = notes[-1].facts
    assert len(found) == 4_829
    assert (facts["before"], facts["after"]) == (197_415, 207_885)
    assert (facts["uncorrected"], facts["up"], facts["down"]) == (462, 13, 1)
    assert facts["dispersion"] == pytest.approx(1.52, abs=0.005)
    whole = hs.change_by_area(years["2017"], years["2018"], relative_to="whole")
    assert whole["change_label"].value_counts()[["Up", "Down"]].to_list() == [7, 3]
    # the same events, each year by the toss of a coin: nothing changed
    rng, total = np.random.default_rng(0), years.sum(axis=1).astype(int)
    uncorrected, discoveries = [], []
    for _ in range(30):
        second = pd.Series(rng.binomial(total, 0.5), total.index)
        chance = hs.change_by_area(total - second, second)
        uncorrected.append(int((chance["change_p"] <= 0.05).sum()))
        discoveries.append(int((chance["change_q"] <= 0.05).sum()))
    assert np.mean(uncorrected) == pytest.approx(176, abs=6)
    assert sum(discoveries) <= 1
    # what was high, or had risen most, falls back beside the rest: regression to the mean
    frame = pd.read_csv(path, index_col=0)
    risen = (frame["2017"] - frame["2016"]).nlargest(100).index
    assert frame.loc[risen, ["2016", "2017", "2018"]].sum().to_list() == [12_360, 16_580, 15_754]
    highest = years["2017"].nlargest(100).index
    assert years.loc[highest].sum().to_list() == [23_184, 23_853]
    assert 23_853 / 23_184 < 207_885 / 197_415
