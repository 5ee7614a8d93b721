"""Run every benchmark at toy size: rivals that are installed agree with us, and the page takes the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import rivals
import run
import table
from timing import Agreement, Growth, Job, Rival, Skipped, Time

if TYPE_CHECKING:
    from pathlib import Path

    from timing import Entry


@pytest.fixture(scope="module")
def toy() -> dict[str, list[Entry]]:
    return run.run("toy")


@pytest.mark.parametrize("rival", [name for name in rivals.PACKAGES if name != "geopandas"])
def test_a_rival_that_is_installed_agrees(toy, rival):
    if rivals.installed(rival) is None:
        pytest.skip(f"{rival} is not installed: pip install -e '.[bench]' brings the rivals")
    named = {"scikit-learn": "scikit-learn", "scipy": "SciPy", "libkdv": "LIBKDV"}.get(rival, rival)
    compared = [
        (job.name, agreement)
        for entries in toy.values()
        for job in entries
        if isinstance(job, Job)
        for beside in job.rivals
        if beside.name.startswith(named)
        for agreement in beside.agreements
    ]
    assert compared
    assert [(name, str(agreement)) for name, agreement in compared if not agreement.holds] == []


def test_counts_equal_the_join_and_densities_the_plain_sum(toy):
    joined = [job for job in toy["Counting points in areas"] if isinstance(job, Job)]
    assert [rival.agreements[0].difference for job in joined for rival in job.rivals] == [0.0]
    checks = [check for job in toy["Kernel density"] if isinstance(job, Job) for check in job.checks]
    assert len(checks) == 2
    assert all(check.holds for check in checks)


def test_every_topic_gives_figures_or_says_why_not(toy):
    for title, entries in toy.items():
        assert any(isinstance(entry, Job | Growth) for entry in entries), title
        assert all(entry.reason for entry in entries if isinstance(entry, Skipped))
    assert [len(curve.times) for curve in toy["How the time grows"]] == [4] * 5


def test_the_page_takes_the_figures_between_its_marks(toy, tmp_path: Path):
    page = tmp_path / "performance.md"
    page.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n", encoding="utf-8")
    text = table.markdown(toy, "toy")
    table.replace_between_marks(page, text)
    table.replace_between_marks(page, text)  # twice is once
    written = page.read_text(encoding="utf-8")
    assert written == f"before\n{table.BEGIN}\n\n{text}\n{table.END}\nafter\n"
    assert "Size **toy**" in written
    for title, entries in toy.items():
        assert f"### {title}" in written
        assert all(entry.name in written for entry in entries)


def test_reading_says_what_memory_it_took_and_a_budget_of_memory_can_be_missed(toy):
    jobs = [job for job in toy["Reading records"] if isinstance(job, Job)]
    assert len(jobs) == 2
    assert all(check.difference == 0 for job in jobs for check in (*job.checks, *job.rivals[0].agreements))
    assert all(100 < (each.mib or 0) < 2_048 for job in jobs for each in (job.ours, job.rivals[0].time))
    assert "MiB" in table.markdown({"Reading records": list(jobs)}, "toy")
    large = Job("large", Time(1.0, 1, 3_000.0), most_mib=2_048)
    assert table.failures({"topic": [large]}) == ["large: 3,000 MiB, budget 2,048 MiB"]


def test_a_page_without_marks_is_left_alone(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("words\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has no lines"):
        table.replace_between_marks(page, "figures")
    assert page.read_text(encoding="utf-8") == "words\n"


def test_a_missed_budget_and_a_result_that_differs_are_named():
    slow = Job("slow", Time(2.0, 1), most_seconds=1.0)
    apart = Rival("other", Time(3.0, 1), (Agreement("p", float("nan"), 0.1),), least_ratio=10)
    found = table.failures({"topic": [slow, Job("wrong", Time(1.0, 1), [apart], checks=(Agreement("sum", 1, 0),))]})
    assert [line.split(":")[0] for line in found] == ["slow", "wrong", "wrong", "wrong"]
    assert "budget 1 s" in found[0]
    assert "ratio 3, budget ≥ 10" in found[3]
