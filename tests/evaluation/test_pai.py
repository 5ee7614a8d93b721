"""Predictive accuracy: worked examples, ties, and what always holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot.errors import InputError
from hotspot.evaluation import pai
from hotspot.record import recording


def series(*values):
    return pd.Series(values, dtype=float)


def test_three_equal_places():
    table = pai(series(6, 3, 0), series(3, 2, 1), series(1, 1, 1))
    assert table.columns.tolist() == ["area_share", "hits", "hit_rate", "pai", "pei", "rri"]
    np.testing.assert_allclose(table["pai"], [2, 1.5, 1])
    np.testing.assert_allclose(table["pei"], [1, 1, 1])
    np.testing.assert_allclose(table["rri"], [3 / 6, 5 / 9, 6 / 9])
    np.testing.assert_allclose(table["hit_rate"], [6 / 9, 1, 1])
    np.testing.assert_allclose(table["area_share"], [1 / 3, 2 / 3, 1])


@pytest.mark.parametrize(
    ("hits", "total", "share", "expected"),
    [(130, 400, 0.025, 13.0), (25, 100, 0.5, 0.5), (20, 100, 0.1, 2.0)],
)
def test_definition(hits, total, share, expected):
    table = pai(series(hits, total - hits), series(10, 1), series(100 * share, 100 - 100 * share))
    assert table["pai"].iloc[0] == pytest.approx(expected)
    assert table["pai"].iloc[-1] == pytest.approx(1)


def test_ties_give_the_least_the_list_could_have_scored():
    table = pai(series(5, 1, 3, 0), series(2, 2, 2, 1), series(1, 1, 1, 1))
    assert table.index.tolist() == [1, 2, 0, 3]
    assert table["hits"].tolist() == [1, 4, 9, 9]
    kept = pai(series(1, 1, 1), series(2, 2, 2), series(1, 1, 1))
    assert kept.index.tolist() == [0, 1, 2]


def test_order_is_by_score_per_area():
    table = pai(series(1, 1), series(4, 3), series(4, 1))
    assert table.index.tolist() == [1, 0]


def test_efficiency_with_unequal_areas_counts_the_last_place_in_part():
    """The list starts with 2 of 4 area and 6 of 9; the densest place (1 area, 5) and a third of the next hold 6.33."""
    table = pai(series(6, 5, 0), series(9, 1, 0), series(2, 1, 1))
    best = 5 + 6 / 2
    assert table["pei"].iloc[0] == pytest.approx(6 / best)


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from([0.25, 1.0, 3.0])), min_size=1, max_size=25
    )
)
@settings(max_examples=80, deadline=None)
def test_what_always_holds(places):
    observed, score, area = (pd.Series(values, dtype=float) for values in zip(*places, strict=True))
    table = pai(observed, score, area)
    assert table["area_share"].is_monotonic_increasing
    assert table["hits"].is_monotonic_increasing
    assert table["area_share"].iloc[-1] == pytest.approx(1)
    assert table["hits"].iloc[-1] == observed.sum()
    if observed.sum() == 0:
        assert table["pai"].isna().all()
        return
    assert table["pai"].iloc[-1] == pytest.approx(1)
    assert table["pei"].iloc[-1] == pytest.approx(1)
    assert table["pei"].between(0, 1).all()
    perfect = pai(observed, observed, area)
    np.testing.assert_allclose(perfect["pei"], 1)


def test_missing_places_are_left_out_and_counted():
    with recording() as notes:
        table = pai(pd.Series([1, None, 3], dtype="Int64"), series(3, 2, 1), series(1, 1, 1))
    assert table.index.tolist() == [0, 2]
    assert notes[0].facts["left_out_missing"] == 1


@pytest.mark.parametrize(
    ("observed", "score", "area", "message"),
    [
        (series(-1, 2), series(1, 2), series(1, 1), "observed: 1 value"),
        (series(1, 2), series(np.inf, 2), series(1, 1), "score: 1 value"),
        (series(1, 2), series(1, 2), series(1, 0), r"area: 1 value.* above 0, the first in row 1"),
        (series(1, 2), series(1, 2, 3), series(1, 1), "score: its index"),
        (series(), series(), series(), "no place"),
    ],
)
def test_refusals(observed, score, area, message):
    with pytest.raises(InputError, match=message):
        pai(observed, score, area)
