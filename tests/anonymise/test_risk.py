"""k-anonymity and l-diversity agree with the tables of the papers and with counting by hand."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspot import k_anonymity, l_diversity, recording
from hotspot.errors import ConfigError, InputError

# The worked example of Sweeney (2002), figure 2: 11 patients, 2-anonymous by race, birth, gender and ZIP code.
SWEENEY = pd.DataFrame(
    {
        "race": ["Black"] * 4 + ["Black"] * 2 + ["White"] * 5,
        "birth": [1965, 1965, 1965, 1965, 1964, 1964, 1964, 1964, 1964, 1967, 1967],
        "gender": ["m", "m", "f", "f", "f", "f", "m", "m", "m", "m", "m"],
        "zip": ["0214*"] * 2 + ["0213*"] * 6 + ["0213*"] + ["0213*"] * 2,
        "problem": ["short breath", "chest pain", "hypertension", "hypertension", "obesity", "chest pain", "chest pain",
                    "obesity", "short breath", "chest pain", "chest pain"],
    }
)  # fmt: skip
QUASI = ["race", "birth", "gender", "zip"]

# The inpatient table of Machanavajjhala et al. (2007), figures 1 to 3: 4-anonymous, then 3-diverse.
CONDITIONS = ["heart", "heart", "viral", "viral", "cancer", "heart", "viral", "viral"] + ["cancer"] * 4
ANONYMOUS = pd.DataFrame({"zip": ["130**"] * 4 + ["1485*"] * 4 + ["130**"] * 4,
                          "age": ["<30"] * 4 + [">=40"] * 4 + ["3*"] * 4, "condition": CONDITIONS})  # fmt: skip
DIVERSE = pd.DataFrame(
    {
        "zip": ["1305*"] * 4 + ["1485*"] * 4 + ["1306*"] * 4,
        "age": ["<=40"] * 4 + [">40"] * 4 + ["<=40"] * 4,
        "condition": ["heart", "viral", "cancer", "cancer", "cancer", "heart", "viral", "viral",
                      "heart", "viral", "cancer", "cancer"],
    }
)  # fmt: skip


def test_the_example_of_sweeney_is_2_anonymous_and_not_3_anonymous():
    two = k_anonymity(SWEENEY, QUASI, k=2)
    assert two.holds
    assert (two.rows, two.groups, two.smallest) == (11, 5, 2)
    assert two.sizes.to_dict() == {2: 4, 3: 1}
    three = k_anonymity(SWEENEY, QUASI, k=3)
    assert not three.holds
    assert (three.rows_below, three.groups_below, three.unique_rows) == (8, 4, 0)
    assert three.below.tolist() == [True] * 6 + [False] * 3 + [True] * 2


def test_the_example_of_machanavajjhala_is_4_anonymous_but_one_group_is_alike():
    assert k_anonymity(ANONYMOUS, ["zip", "age"], k=4).smallest == 4
    report = l_diversity(ANONYMOUS, ["zip", "age"], "condition", l=2)
    assert (report.rows_below, report.groups_below, report.least) == (4, 1, 1.0)
    assert report.below.tolist() == [False] * 8 + [True] * 4
    diverse = l_diversity(DIVERSE, ["zip", "age"], "condition", l=3)
    assert diverse.holds
    assert diverse.least == 3.0


def test_entropy_and_recursive_diversity_by_hand():
    frame = pd.DataFrame({"g": ["a"] * 4, "s": ["x", "x", "y", "z"]})
    entropy = l_diversity(frame, ["g"], "s", l=2.5, kind="entropy")
    assert entropy.least == pytest.approx(math.exp(0.5 * math.log(2) + 2 * 0.25 * math.log(4)))
    assert entropy.holds
    assert not l_diversity(frame, ["g"], "s", l=3, kind="entropy").holds
    uniform = pd.DataFrame({"g": ["a"] * 3, "s": ["x", "y", "z"]})
    assert l_diversity(uniform, ["g"], "s", l=3, kind="entropy").holds
    # r1 = 2, r2 + r3 = 2, r3 = 1: (c, 2) needs 2 < 2c, (c, 3) needs 2 < c.
    assert not l_diversity(frame, ["g"], "s", l=2, kind="recursive", c=1).holds
    assert l_diversity(frame, ["g"], "s", l=2, kind="recursive", c=1.01).holds
    assert not l_diversity(frame, ["g"], "s", l=3, kind="recursive", c=2).holds
    assert l_diversity(frame, ["g"], "s", l=3, kind="recursive", c=2.01).holds
    assert not l_diversity(frame, ["g"], "s", l=4, kind="recursive", c=100).holds


def test_missing_values_are_alike():
    frame = pd.DataFrame({"a": ["x", None, None], "s": [None, "u", None]}, index=[9, 8, 7])
    assert k_anonymity(frame, ["a"], k=2).below.to_dict() == {9: True, 8: False, 7: False}
    assert l_diversity(frame, ["a"], "s").below.to_dict() == {9: True, 8: False, 7: False}


def test_no_report_holds_a_value_of_a_record():
    frame = pd.DataFrame({"area": ["E01000001", "E01000002"], "outcome": ["secret1", "secret2"]}, index=["r1", "r2"])
    with recording() as notes:
        first = k_anonymity(frame, ["area"])
        second = l_diversity(frame, ["area"], "outcome")
    shown = repr(first) + str(first) + repr(second) + str(second) + repr(notes)
    assert not any(text in shown for text in ("E0100", "secret", "r1"))
    assert notes[0].facts["rows_below"] == 2
    assert str(first).endswith("2 rows in 2 groups below 5, 2 of them unique")


def test_empty_frames_and_wrong_options():
    empty = pd.DataFrame({"a": [], "s": []})
    assert k_anonymity(empty, ["a"]).smallest == 0
    assert l_diversity(empty, ["a"], "s", kind="recursive").groups == 0
    assert l_diversity(empty, ["a"], "s").least == 0
    with pytest.raises(ConfigError, match="k: 1"):
        k_anonymity(SWEENEY, QUASI, k=1)
    with pytest.raises(ConfigError, match="at least one"):
        k_anonymity(SWEENEY, "race")
    with pytest.raises(InputError, match="missing"):
        k_anonymity(SWEENEY, ["colour"])
    with pytest.raises(ConfigError, match="among the quasi"):
        l_diversity(SWEENEY, QUASI, "zip")
    with pytest.raises(ConfigError, match="l: 1"):
        l_diversity(SWEENEY, QUASI, "problem", l=1)
    with pytest.raises(ConfigError, match="Did you mean 'entropy'"):
        l_diversity(SWEENEY, QUASI, "problem", kind="entrop")


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 3)), max_size=40), st.integers(2, 6))
@settings(deadline=None, max_examples=60)
def test_the_mask_is_that_of_counting_each_row(rows, least):
    frame = pd.DataFrame(rows, columns=["a", "b", "s"])
    alike = [[other for other in rows if other[:2] == row[:2]] for row in rows]
    assert k_anonymity(frame, ["a", "b"], k=least).below.tolist() == [len(group) < least for group in alike]
    expected = [len({other[2] for other in group}) < least for group in alike]
    assert l_diversity(frame, ["a", "b"], "s", l=least).below.tolist() == expected
    sizes = k_anonymity(frame, ["a", "b"], k=least).sizes
    assert sum(size * count for size, count in sizes.items()) == len(rows)


def test_columns_that_cannot_be_grouped_are_refused_by_name():
    with pytest.raises(InputError, match="columns a hold lists"):
        k_anonymity(pd.DataFrame({"a": [[1], [1]]}), ["a"])
    with pytest.raises(InputError, match="'a' stands more than once"):
        k_anonymity(pd.DataFrame([[1, 2]], columns=["a", "a"]), ["a"])


@pytest.mark.parametrize("options", [{"l": "2"}, {"l": math.inf, "kind": "recursive"}, {"l": True}])
def test_a_diversity_that_is_no_number_is_refused(options):
    with pytest.raises(ConfigError, match=r"^l: "):
        l_diversity(pd.DataFrame({"a": [1], "s": ["x"]}), ["a"], "s", **options)
