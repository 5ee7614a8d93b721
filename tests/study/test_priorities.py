"""The ranked list of a study: what may be listed, how far apart, and a log of exclusions that stays inside."""

from __future__ import annotations

import pandas as pd
import pytest

from hotspot.errors import ConfigError
from hotspot.study import read_study, run_study, write_template

SECTION = """[priorities]
budget = {{ patrol_minutes = 120, minutes_per_visit = 15, visits = 2 }}
by = ["police", "ed"]
spacing = 300

[priorities.excluded.{code}]
reason = "covered by Operation Zephyr"
author = "chair of the tasking meeting"
date = 2026-03-31
"""


def study_with(folder, section):
    text = write_template(folder / "study.toml").read_text(encoding="utf-8")
    first, rest = text.split("[priorities]\n", 1)
    _, after = rest.split("\n[release]", 1)
    file = folder / "mine.toml"
    file.write_text(f"{first}{section}\n[release]{after}", encoding="utf-8")
    return file


def test_the_list_of_a_study_keeps_its_budget_spacing_and_log(city_folder, tmp_path):
    code = "X01000003"
    file = study_with(tmp_path, SECTION.format(code=code))
    run_study(file, data=city_folder, out=tmp_path / "out")
    listed = pd.read_csv(tmp_path / "out" / "restricted" / "tables" / "priorities.csv", dtype={"rank": "Int64"})
    ranked = listed[listed["rank"].notna()]
    assert ranked["rank"].tolist() == list(range(1, len(ranked) + 1))
    assert 1 <= len(ranked) <= 4
    assert ranked["p_listed"].between(0, 1).all()
    last = listed[listed["rank"].isna()]
    assert last["area_code"].tolist() == [code]
    assert last[["excluded", "excluded_by", "excluded_on"]].iloc[0].tolist() == [
        "covered by Operation Zephyr", "chair of the tasking meeting", "2026-03-31",
    ]  # fmt: skip
    for path in (tmp_path / "out" / "shareable").rglob("*"):
        if path.is_file():
            assert b"Zephyr" not in path.read_bytes(), path.name
            assert b"chair of the tasking" not in path.read_bytes(), path.name


def test_an_excluded_place_that_is_no_area_is_named_before_anything_runs(city_folder, tmp_path):
    file = study_with(tmp_path, SECTION.format(code="X01000300X"))
    with pytest.raises(ConfigError, match=r"no area of this study\. Did you mean 'X01000300'"):
        run_study(file, data=city_folder, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("[priorities]\nbudget = 0\n", "1 or more places"),
        ("[priorities]\nbudget = { area_share = 2 }\n", "area_share"),
        ("[priorities]\nbudget = { places = 3, area_share = 0.1 }\n", "one of places"),
        ('[priorities.excluded.E1]\nreason = "prison"\n', "author"),
        ("[priorities]\nspacing = -1\n", "spacing"),
        ("[priorities]\nbuget = 5\n", "'budget'"),
    ],
)
def test_a_section_that_is_wrong_is_named(tmp_path, section, told):
    file = study_with(tmp_path, section)
    with pytest.raises(ConfigError, match=told):
        read_study(file)
