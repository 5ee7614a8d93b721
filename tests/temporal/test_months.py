"""Counting by month: a month without records is missing, not quiet."""

from __future__ import annotations

import pandas as pd
import pytest

from hotspot.errors import ConfigError, InputError
from hotspot.record import recording
from hotspot.temporal import count_by_month


def incidents(rows):
    frame = pd.DataFrame(rows, columns=["source", "occurred_from"])
    frame["occurred_from"] = pd.to_datetime(frame["occurred_from"], format="ISO8601")
    return frame


def test_every_month_of_the_period_is_there_and_gaps_are_missing():
    frame = incidents([
        ("police", "2023-11-30 23:59:59"), ("police", "2023-12-01"), ("police", "2023-12-31"),
        ("ed", "2024-02-29"), ("ed", None),
    ])  # fmt: skip
    with recording() as notes:
        found = count_by_month(frame)
    assert found.index.to_list() == ["2023-11", "2023-12", "2024-01", "2024-02"]
    assert found.index.name == "month"
    assert found["n_police"].fillna(-1).to_list() == [1, 2, -1, -1]
    assert found["n_ed"].fillna(-1).to_list() == [-1, -1, -1, 1]
    assert set(map(str, found.dtypes)) == {"Int64"}
    facts = notes[-1].facts
    assert (facts["kept"], facts["counted"], facts["without_time"]) == (5, 4, 1)
    assert facts["months_without_record"] == {"police": 2, "ed": 3}


def test_a_source_without_any_time_is_missing_throughout():
    found = count_by_month(incidents([("police", "2024-01-01"), ("ed", None)]))
    assert found["n_ed"].isna().all()


def test_the_order_of_rows_does_not_matter():
    frame = incidents([("police", f"2024-0{1 + i % 6}-1{i % 9}") for i in range(40)])
    pd.testing.assert_frame_equal(count_by_month(frame), count_by_month(frame.iloc[::-1]))


def test_what_cannot_be_counted_is_refused():
    frame = incidents([("police", "2024-01-01")])
    with pytest.raises(ConfigError, match="by"):
        count_by_month(frame, by="site")
    with pytest.raises(InputError, match="occurred_from"):
        count_by_month(frame.drop(columns="occurred_from"))
    with pytest.raises(InputError, match="not a time"):
        count_by_month(frame.assign(occurred_from="2024-01"))
    with pytest.raises(InputError, match="none has a time"):
        count_by_month(incidents([("police", None)]))
    with pytest.raises(InputError, match="every record needs a source"):
        count_by_month(frame.assign(source=None))
