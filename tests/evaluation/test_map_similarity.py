"""The S-index: definition, relations to change by area, chance, and two years of London."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reference.period_changes import s_index
from scipy.stats import chi2_contingency

import hotspot as hs
from hotspot.errors import ConfigError, InputError
from hotspot.schema import SIMILARITY_LABELS, declared


def series(*values):
    return pd.Series(values, index=[f"E{i:03d}" for i in range(len(values))], dtype="Int64")


PAIRS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=3, max_size=15)


def test_every_area_is_said_to_be_something():
    first = series(40, 30, 30, 0, None)
    second = series(10, 40, 50, 0, 3)
    table = hs.similarity_by_area(first, second)
    assert table["similarity_label"].to_list() == [
        "Lower share", "Not significant", "Higher share", "No events", "No data",
    ]  # fmt: skip
    assert set(table["similarity_label"]) == set(SIMILARITY_LABELS)
    assert table["share_first"].to_list()[:4] == [0.4, 0.3, 0.3, 0.0]
    assert table["share_difference"].round(9).to_list()[:4] == [-0.3, 0.1, 0.2, 0.0]
    assert table.loc["E003", ["similarity_p", "similarity_q"]].isna().all()
    assert all(declared(name).disclosure == "derived" for name in table)
    found = hs.similarity_index(first, second)
    assert found == {
        "s": 0.5, "robust_s": pytest.approx(1 / 3), "areas": 4, "areas_with_events": 3, "could_differ": 3,
        "higher": 1, "lower": 1,
    }  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(PAIRS)
def test_it_follows_the_definition_and_is_change_against_the_whole(pairs):
    first, second = (series(*values) for values in zip(*pairs, strict=True))
    assume(first.sum() and second.sum() and ((first + second) > 0).sum() > 1)
    plain = hs.similarity_index(first, second, correction="none")
    assert (plain["s"], plain["robust_s"]) == pytest.approx(s_index(list(first), list(second), 0.05))
    table = hs.similarity_by_area(first, second)
    change = hs.change_by_area(first, second, relative_to="whole")
    some = (first + second) > 0
    np.testing.assert_array_equal(table["similarity_p"][some], change["change_p"][some])
    np.testing.assert_array_equal(table["similarity_q"][some], change["change_q"][some])
    assert ((table["similarity_label"] == "Higher share") == (change["change_label"] == "Up")).all()
    corrected = hs.similarity_index(first, second)
    back = hs.similarity_index(second, first)
    assert (corrected["s"], corrected["higher"]) == (back["s"], back["lower"])
    assert corrected["s"] >= plain["s"]
    assert corrected["s"] >= corrected["robust_s"]
    many = hs.similarity_index(pd.concat([first, series(0, 0).set_axis(["X", "Y"])]),
                               pd.concat([second, series(0, 0).set_axis(["X", "Y"])]))  # fmt: skip
    assert many["robust_s"] == corrected["robust_s"]


def test_the_chi_squared_test_is_scipys_with_n_less_one():
    first, second = series(12, 30, 3, 0, 55), series(25, 20, 9, 4, 42)
    table = hs.similarity_by_area(first, second, test="chi2")
    from scipy.stats import chi2

    total = first.sum() + second.sum()
    for area in first.index:
        rest = first.sum() - first[area], second.sum() - second[area]
        squared = chi2_contingency([[first[area], second[area]], list(rest)], correction=False).statistic
        assert table.loc[area, "similarity_p"] == pytest.approx(chi2.sf(squared * (total - 1) / total, 1))


def test_two_draws_of_one_map_are_alike():
    rng = np.random.default_rng(19)
    mean = rng.gamma(0.4, 8, 500)
    found = [hs.similarity_index(*(pd.Series(rng.poisson(k * mean)) for k in (1, 2))) for _ in range(40)]
    assert np.mean([run["s"] < 1 for run in found]) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 40)
    plain = [
        hs.similarity_index(*(pd.Series(rng.poisson(k * mean)) for k in (1, 2)), correction="none")["robust_s"]
        for _ in range(10)
    ]
    assert np.mean(plain) >= 0.95


def test_few_events_cannot_differ():
    rng = np.random.default_rng(23)
    mean = rng.gamma(0.5, 0.4, 400)
    found = hs.similarity_index(pd.Series(rng.poisson(mean)), pd.Series(rng.poisson(mean[::-1])))
    assert found["robust_s"] > 0.95
    assert found["could_differ"] < 0.2 * found["areas_with_events"]


def test_bad_input_is_named():
    good = series(1, 2, 3)
    with pytest.raises(ConfigError, match="test"):
        hs.similarity_index(good, good, test="bootstrap")
    with pytest.raises(ConfigError, match="alpha"):
        hs.similarity_index(good, good, alpha=1)
    with pytest.raises(ConfigError, match="correction"):
        hs.similarity_by_area(good, good, correction="holm")
    with pytest.raises(InputError, match="second: no events"):
        hs.similarity_by_area(good, series(0, 0, None))
    with pytest.raises(InputError, match="all events are in one area"):
        hs.similarity_by_area(series(1, 0), series(4, 0))
    with pytest.raises(InputError, match=r"second: 1 area\(s\)"):
        hs.similarity_index(good, series(1, 2))
    with pytest.raises(InputError, match="first: 2 of 3"):
        hs.similarity_index(series(1, 2, 3) / 2, good)


@pytest.mark.real_data
def test_violence_and_robbery_in_london(real_data):
    folder = real_data / "london_lsoa_layers" / "crime"
    violence, robbery = (
        pd.read_csv(folder / f"london-2011-2018-major-{kind}.csv", index_col=0) for kind in ("violence", "robbery")
    )
    years = hs.similarity_index(violence["2017"], violence["2018"])
    assert (years["s"], years["higher"], years["lower"]) == (pytest.approx(1 - 10 / 4_829), 7, 3)
    kinds = hs.similarity_index(violence["2018"], robbery["2018"])
    assert kinds["robust_s"] < years["robust_s"]
    assert (kinds["higher"], kinds["lower"]) == (218, 85)
