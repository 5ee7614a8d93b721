"""Study files: what is understood, and what a mistyped one is told."""

from __future__ import annotations

import pytest

from hotspot.errors import ConfigError, InputError, OutputError
from hotspot.study import read_study, write_template

GOOD = """
[study]
title = "Violence"

[areas]
path = "lsoa.gpkg"
code = "LSOA21CD"

[incidents.police]
path = "police"
source = "police_uk"
"""


def study_file(tmp_path, text):
    file = tmp_path / "study.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_template_is_a_study(tmp_path):
    study = read_study(write_template(tmp_path / "study.toml"))
    assert set(study.incidents) == {"police", "ed", "ambulance"}
    assert study.release.public_sources == ["police"]


def test_defaults_are_the_safe_ones(tmp_path):
    study = read_study(study_file(tmp_path, GOOD))
    assert study.release.policies == ["shareable"]
    assert study.clusters.correction == "fdr"
    assert study.clusters.alternative == "two-sided"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("title =", "titel ="), r"\[study\] titel: unknown key\. Did you mean 'title'\?"),
        (("[areas]", "[aeras]"), r"aeras: unknown key\. Did you mean 'areas'\?"),
        (("source =", "sourc ="), r"\[incidents\.police\] sourc: unknown key\. Did you mean 'source'\?"),
        (('code = "LSOA21CD"', ""), r"\[areas\] code: is missing"),
        (('title = "Violence"', "title = 3"), r"\[study\] title: .*string"),
        (
            ('source = "police_uk"', 'source = "police_uk"\ncategories = ["robery"]'),
            r"'robery' is not known.*'robbery'",
        ),
        (("[study]", '[release]\npolicies = ["restricted"]\n[study]'), r"'restricted' needs a 'reason'"),
        (('title = "Violence"', 'title = "Violence"\nfrom = "2024-13"\nto = "2024-12"'), r"\[study\] from: "),
        (('title = "Violence"', 'title = "Violence"\nfrom = "2024-12"\nto = "2024-01"'), r"'from' must not be later"),
        (
            ("[areas]", '[agreement]\npolice = "police"\nhealth = ["ed"]\ncomparable = false\n[areas]'),
            r"needs a 'reason'",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_remedy(tmp_path, change, told):
    with pytest.raises(ConfigError, match=told):
        read_study(study_file(tmp_path, GOOD.replace(*change)))


def test_all_problems_are_told_at_once(tmp_path):
    text = GOOD.replace("title =", "titel =").replace("source =", "sourc =")
    with pytest.raises(ConfigError, match=r"4 problem\(s\)"):
        read_study(study_file(tmp_path, text))


def test_a_missing_or_broken_file_is_told(tmp_path):
    with pytest.raises(InputError, match=r"'absent\.toml' is not there\. 'hotspot init"):
        read_study(tmp_path / "absent.toml")
    with pytest.raises(InputError, match="not valid TOML"):
        read_study(study_file(tmp_path, "[study"))


def test_the_template_never_replaces_a_file_unasked(tmp_path):
    file = study_file(tmp_path, GOOD)
    with pytest.raises(OutputError, match="is there already"):
        write_template(file)
    assert file.read_text(encoding="utf-8") == GOOD
    write_template(file, overwrite=True)
    assert read_study(file).release.reason is not None
