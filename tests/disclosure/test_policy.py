"""The rule of a policy: 1 to 7 hidden, all others to the nearest 5, and nothing gives a hidden count back."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hotspot as hs
from hotspot.errors import ConfigError, InputError

COUNTS = st.lists(st.none() | st.integers(0, 60) | st.integers(0, 10**9), min_size=1, max_size=20)


def as_counts(values):
    return pd.Series(pd.array(values, "Int64"), name="n_ed")


@pytest.mark.parametrize(
    ("given_count", "shown"),
    [(0, 0), (8, 10), (9, 10), (10, 10), (12, 10), (13, 15), (17, 15), (18, 20), (10**9 + 3, 10**9 + 5), (None, None)]
    + [(small, None) for small in range(1, 8)],
)
def test_nhs_rule(given_count, shown):
    published, hidden = hs.DisclosurePolicy.shareable().protect(as_counts([given_count]), "ed")
    assert published.dtype == "Int64"
    assert published.isna().item() == (shown is None)
    if shown is not None:
        assert published.item() == shown
    assert hidden.item() == (given_count in range(1, 8))


@pytest.mark.parametrize(("given_count", "shown"), [(0, 0), (9, None), (10, 10), (12, 10), (13, 15)])
def test_public_hides_up_to_nine(given_count, shown):
    published, hidden = hs.DisclosurePolicy.public().protect(as_counts([given_count]), "ed")
    assert hidden.item() == (shown is None)
    assert published.fillna(-1).item() == (-1 if shown is None else shown)


def test_exact_where_public_already_and_where_restricted():
    counts = as_counts([0, 1, 7, 13, None])
    shareable = hs.DisclosurePolicy.shareable(public_sources=["police"])
    restricted = hs.DisclosurePolicy.restricted(reason="tasking meeting")
    for policy, source in ((shareable, "police"), (restricted, "ed")):
        published, hidden = policy.protect(counts, source)
        pd.testing.assert_series_equal(published, counts)
        assert not hidden.any()
    assert shareable.protect(counts, "ed")[1].tolist() == [False, True, True, False, False]


@settings(deadline=None, max_examples=60)
@given(COUNTS, st.sampled_from([hs.DisclosurePolicy.shareable(), hs.DisclosurePolicy.public()]))
def test_what_is_published_reveals_no_small_count(values, policy):
    counts = as_counts(values)
    before = counts.copy(deep=True)
    published, hidden = policy.protect(counts, "ed")
    pd.testing.assert_series_equal(counts, before)
    shown = published.dropna()
    assert (shown % policy.base == 0).all()
    assert ((shown == 0) | (shown >= policy.threshold)).all()
    assert (published.isna() == (hidden | counts.isna())).all()
    assert (counts[hidden].between(1, policy.threshold - 1)).all()
    assert (counts[shown[shown == 0].index] == 0).all()
    assert ((published - counts).abs().dropna() <= policy.base // 2).all()


@settings(deadline=None, max_examples=60)
@given(COUNTS, st.integers(8, 40), st.integers(0, 30))
def test_a_higher_threshold_reveals_no_cell(values, threshold, more):
    policy = hs.DisclosurePolicy.shareable()
    # Multiples of the base, so that every threshold goes with the rounding.
    low, high = (dataclasses.replace(policy, threshold=-(-t // 5) * 5) for t in (threshold, threshold + more))
    hidden_low, hidden_high = (p.protect(as_counts(values), "ed")[1] for p in (low, high))
    assert (hidden_high | ~hidden_low).all()


@settings(deadline=None, max_examples=40)
@given(COUNTS, st.randoms(use_true_random=False))
def test_row_order_is_irrelevant(values, random):
    counts = as_counts(values)
    order = list(counts.index)
    random.shuffle(order)
    policy = hs.DisclosurePolicy.shareable()
    pd.testing.assert_series_equal(policy.protect(counts, "ed")[0][order], policy.protect(counts[order], "ed")[0])


@settings(deadline=None, max_examples=40)
@given(COUNTS)
def test_protecting_twice_changes_nothing(values):
    policy = hs.DisclosurePolicy.shareable()
    once, _ = policy.protect(as_counts(values), "ed")
    twice, hidden = policy.protect(once, "ed")
    pd.testing.assert_series_equal(once, twice)
    assert not hidden.any()


@pytest.mark.parametrize("wrong", [-1.0, 2.5, float("inf"), float("-inf")])
def test_what_is_no_count_is_refused(wrong):
    with pytest.raises(InputError, match=r"'n_ed' has 1 value.* no counts .* first in row 1"):
        hs.DisclosurePolicy.shareable().protect(pd.Series([3.0, wrong], name="n_ed"), "ed")


@pytest.mark.parametrize("reason", ["", "  ", "\t\n"])
def test_restricted_needs_a_reason(reason):
    with pytest.raises(ConfigError, match="reason: a restricted release needs one"):
        hs.DisclosurePolicy.restricted(reason=reason)


def test_restricted_has_no_default_reason():
    with pytest.raises(TypeError, match="reason"):
        hs.DisclosurePolicy.restricted()


def test_a_policy_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        hs.DisclosurePolicy.shareable().threshold = 1


def test_rounding_below_the_threshold_is_refused():
    with pytest.raises(ConfigError, match="8 would be shown as 7, below the threshold of 8"):
        dataclasses.replace(hs.DisclosurePolicy.shareable(), base=7)


@pytest.mark.parametrize("sources", ["police", ["Police"], ["n ed"]])
def test_public_sources_are_names_in_a_list(sources):
    with pytest.raises(ConfigError, match="public_sources"):
        hs.DisclosurePolicy.shareable(public_sources=sources)


def test_a_policy_says_its_rule():
    text = str(hs.DisclosurePolicy.public(public_sources=["police"]))
    assert (
        text == "public: counts of 1 to 9 hidden, others rounded to the nearest 5; exact because already public: police"
    )
    assert "tasking meeting" in str(hs.DisclosurePolicy.restricted(reason="tasking meeting"))
