"""The E-test: published values, one pair and many, and bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import hotspot as hs
from hotspot.errors import ConfigError, InputError


def test_published_values():
    assert round(hs.e_test(0, 3), 4) == 0.0884
    assert round(hs.e_test(6, 2), 4) == 0.1749
    assert hs.e_test(2, 6) == hs.e_test(6, 2)
    assert hs.e_test(0, 0) == 1.0
    assert hs.e_test(20, 20) == 1.0
    assert hs.e_test(10, 15, exposure=(20, 20)) == pytest.approx(0.33116, abs=1e-5)  # poisson-etest
    assert hs.e_test(41, 15, exposure=(28_010, 19_017), variance="pooled") == pytest.approx(0.0378205, abs=1e-6)
    assert isinstance(hs.e_test(np.int64(3), np.float64(5.0)), float)


def test_it_is_more_powerful_than_the_conditional_test():
    for pair in ((30, 45), (10, 20), (3, 11)):
        before, after = (pd.Series([n]) for n in pair)
        assert hs.e_test(*pair) < hs.change_by_area(before, after)["change_p"].iloc[0]


def test_many_pairs_at_once():
    first = pd.Series([0, 6, None, 20], index=list("ABCD"), dtype="Int64")
    second = pd.Series([20, 2, 3, 3], index=list("DBCA"))
    found = hs.e_test(first, second)
    assert found.index.to_list() == list("ABCD")
    assert found.name == "e_test_p"
    assert found.round(4).fillna(-1).to_list() == [0.0884, 0.1749, -1, 1.0]


def test_large_counts():
    assert hs.e_test(100_000, 101_000) == pytest.approx(0.0257, abs=1e-4)
    assert hs.e_test(100_000, 150_000) < 1e-100


def test_bad_input_is_named():
    with pytest.raises(InputError, match="first: 1 of 1"):
        hs.e_test(-1, 2)
    with pytest.raises(InputError, match="second: 1 of 1"):
        hs.e_test(1, 2.5)
    with pytest.raises(InputError, match="first: str is no count"):
        hs.e_test("3", 2)
    with pytest.raises(InputError, match="second: the count is missing"):
        hs.e_test(3, float("nan"))
    with pytest.raises(InputError, match="not one of each"):
        hs.e_test(3, pd.Series([1]))
    with pytest.raises(InputError, match=r"second: 2 area\(s\)"):
        hs.e_test(pd.Series([1], ["A"]), pd.Series([1], ["B"]))
    with pytest.raises(InputError, match="too many for an E-test"):
        hs.e_test(10**11, 2)
    with pytest.raises(ConfigError, match="variance"):
        hs.e_test(1, 2, variance="equal")
    for exposure in (1, (1, 0), (1, "2"), (1, 2, 3), (1, float("inf"))):
        with pytest.raises(ConfigError, match="exposure"):
            hs.e_test(1, 2, exposure=exposure)
