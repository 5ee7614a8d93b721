"""From list to list: ids stay, ranks before are told, persistence counts periods, exclusions keep their log."""

from __future__ import annotations

import datetime as dt
import io

import pandas as pd
import pytest

from hotspot.errors import ConfigError, InputError
from hotspot.places import prioritise
from hotspot.record import recording

REASON = {"reason": "prison", "author": "tasking meeting", "date": dt.date(2026, 3, 31)}


def test_a_place_keeps_its_id_though_its_highest_area_changed(board):
    before = prioritise(board([[9, 8, 0, 7]]), by="n_police", budget=2, merge=2)
    assert before.index.tolist() == ["C00", "C03"]
    after = prioritise(board([[5, 8, 0, 9]]), by="n_police", budget=2, merge=2, previous=before)
    assert after.index.tolist() == ["C03", "C00"]
    assert after["areas"].tolist() == ["C03", "C01; C00"]
    assert after["previous_rank"].tolist() == [2, 1]


def test_the_list_before_may_come_from_a_csv(board):
    before = prioritise(board([[9, 8, 0, 7]]), by="n_police", budget=2, merge=2, excluded={"C02": REASON})
    text = before.drop(columns="geometry").to_csv()
    after = prioritise(board([[5, 8, 0, 0]]), by="n_police", budget=2, merge=2, previous=pd.read_csv(io.StringIO(text)))
    assert after.index.tolist() == ["C00"]
    assert after["previous_rank"].tolist() == [1]


def test_the_place_that_shares_most_inherits_the_id_and_a_used_id_is_not_given_again(board):
    before = prioritise(board([[9, 8, 7, 0, 0]]), by="n_police", budget=1, merge=3)
    assert before["areas"].tolist() == ["C00; C01; C02"]
    # C01 falls to nothing: C00 and C02 part, and each shares one area; the better one inherits
    with recording() as notes:
        after = prioritise(board([[3, 0, 8, 0, 4]]), by="n_police", budget=3, merge=3, previous=before)
    assert after["areas"].tolist() == ["C02", "C04", "C00"]
    assert after.index.tolist() == ["C00", "C04", "C00-2"]
    assert after["previous_rank"].tolist() == [1, pd.NA, pd.NA]
    assert notes[-1].facts["new_since_previous"] == 2


def test_an_excluded_area_takes_its_code_with_it(board):
    before = prioritise(board([[9, 8, 0]]), by="n_police", budget=1, merge=2)
    after = prioritise(board([[9, 8, 0]]), by="n_police", merge=2, previous=before, excluded={"C00": REASON})
    assert after.index.tolist() == ["C01", "C00"]
    assert after["rank"].tolist() == [1, pd.NA]
    last = after.loc["C00"]
    assert (last["excluded"], last["excluded_by"]) == ("prison", "tasking meeting")
    assert last["excluded_on"] == pd.Timestamp("2026-03-31")
    assert last["score"] == 9
    assert after.index.is_unique


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.drop(columns="areas"), "'areas'"),
        (lambda frame: pd.concat([frame, frame]), "more than once"),
        (lambda frame: frame.assign(areas="C00"), "belongs to two places"),
        (lambda frame: frame.assign(rank=["first", "second"]), "no whole number"),
    ],
)
def test_a_list_before_that_is_none_is_refused(board, change, message):
    counts = board([[9, 0, 7]])
    before = prioritise(counts, by="n_police", budget=2)
    with pytest.raises(InputError, match=message):
        prioritise(counts, by="n_police", previous=change(pd.DataFrame(before)))


def test_persistence_counts_the_periods_in_which_a_place_would_have_been_listed(board):
    past = {
        "2023": board([[9, 1, 8, 0]]),
        "2024": board([[1, 9, 8, 0]]),
        "2025": board([[2, 1, 8, 0]]).assign(n_police=pd.array([None, 3, 8, 9], "Int64")),
    }
    listed = prioritise(board([[9, 1, 8, 0]]), by="n_police", budget=2, past=past)
    assert listed.index.tolist() == ["C00", "C02"]
    assert listed["past_listed"].tolist() == [1, 3]
    assert listed["past_known"].tolist() == [2, 3]


def test_a_past_period_that_does_not_fit_is_named(board):
    counts = board([[9, 1]])
    with pytest.raises(InputError, match=r"past\['2024'\].*n_police"):
        prioritise(counts, by="n_police", past={"2024": counts.rename(columns={"n_police": "n_ed"})})
    with pytest.raises(ConfigError, match="no period"):
        prioritise(counts, by="n_police", past={})
