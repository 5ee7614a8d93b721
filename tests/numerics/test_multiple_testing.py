"""Adjusted p-values follow their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.local_moran import benjamini_hochberg

from hotspot.numerics.multiple_testing import CORRECTIONS, adjust, least_needed


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from([0.001, 0.002, 0.01, 0.02, 0.03, 0.2, 0.5, 1.0]), min_size=1, max_size=12))
def test_fdr_follows_the_definition(p):
    assert adjust(np.array(p), "fdr") == pytest.approx(benjamini_hochberg(p))


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_missing_values_stay_and_do_not_count(correction):
    p = np.array([0.01, np.nan, 0.2])
    q = adjust(p, correction)
    assert np.isnan(q[1])
    assert q[[0, 2]] == pytest.approx(adjust(p[[0, 2]], correction))
    assert np.isnan(adjust(np.array([np.nan]), correction)).all()


def test_bonferroni_and_benjamini_yekutieli():
    p = np.array([0.01, 0.02, 0.5])
    assert adjust(p, "bonferroni") == pytest.approx([0.03, 0.06, 1.0])
    assert adjust(p, "fdr_by") == pytest.approx([0.055, 0.055, 0.5 * (1 + 1 / 2 + 1 / 3)])
    assert adjust(p, "none") == pytest.approx(p)


def test_the_floor_that_can_still_be_rejected():
    assert least_needed(33_755, 1, 0.05, "fdr") == pytest.approx(0.05 / 33_755)
    assert least_needed(1000, 20, 0.05, "fdr") == pytest.approx(0.001)
    assert least_needed(1000, 0, 0.05, "fdr") == pytest.approx(0.00005)
    assert least_needed(1000, 20, 0.05, "bonferroni") == pytest.approx(0.00005)
    assert least_needed(3, 1, 0.05, "fdr_by") == pytest.approx(0.05 / 3 / (11 / 6))
    assert least_needed(1000, 20, 0.05, "none") == 0.05
