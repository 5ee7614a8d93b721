"""Write the figures as Markdown, and put them into a page between two marks."""

from __future__ import annotations

import math
from importlib.metadata import version
from itertools import pairwise
from typing import TYPE_CHECKING

import rivals
from timing import Entry, Growth, Job, Rival, Skipped, Time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def markdown(topics: dict[str, list[Entry]], size: str) -> str:
    """Set all figures of a run out as tables."""
    parts = [_heading(size)]
    for title, entries in topics.items():
        parts.append(f"### {title}")
        jobs = [entry for entry in entries if isinstance(entry, Job)]
        curves = [entry for entry in entries if isinstance(entry, Growth)]
        if any(job.rivals for job in jobs):
            parts.append(_beside([job for job in jobs if job.rivals]))
        if any(not job.rivals for job in jobs):
            parts.append(_absolute([job for job in jobs if not job.rivals]))
        if curves:
            parts.append(_curves(curves))
        skipped = [entry for entry in entries if isinstance(entry, Skipped)]
        if skipped:
            parts.append("\n".join(f"* not run: {entry.name} ({entry.reason})" for entry in skipped))
    return "\n\n".join(parts) + "\n"


def replace_between_marks(page: Path, text: str) -> None:
    """Put the figures between the two marks of a page; a page without them is left alone."""
    whole = page.read_text(encoding="utf-8")
    before, begin, rest = whole.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        message = f"{page.name} has no lines {BEGIN} and {END} in this order."
        raise ValueError(message)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


def failures(topics: dict[str, list[Entry]]) -> list[str]:
    """Name each job whose result does not agree, and each budget that was not met."""
    found = []
    for entry in (entry for entries in topics.values() for entry in entries if isinstance(entry, Job)):
        found += [f"{entry.name}: {check}" for check in entry.checks if not check.holds]
        if entry.most_seconds is not None and entry.ours.seconds > entry.most_seconds:
            found.append(f"{entry.name}: {seconds(entry.ours.seconds)}, budget {entry.most_seconds:g} s")
        if entry.most_mib is not None and (entry.ours.mib or 0) > entry.most_mib:
            found.append(f"{entry.name}: {entry.ours.mib:,.0f} MiB, budget {entry.most_mib:,.0f} MiB")
        for rival in entry.rivals:
            found += [f"{entry.name}: {rival.name}: {each}" for each in rival.agreements if not each.holds]
            if not _within(entry, rival):
                found.append(f"{entry.name}: {rival.name}: ratio {_ratio(entry, rival)}, budget {_least(rival)}")
    return found


def seconds(value: float) -> str:
    """Give a time with three digits."""
    if value >= 100:
        return f"{value:.0f} s"
    if value >= 1:
        return f"{value:.3g} s"
    return f"{1000 * value:.3g} ms"


def _spent(time: Time) -> str:
    return seconds(time.seconds) + ("" if time.mib is None else f", {time.mib:,.0f} MiB")


def _heading(size: str) -> str:
    names = [name for name in rivals.PACKAGES if rivals.installed(name)]
    listed = ", ".join(f"{name} {rivals.installed(name)}" for name in (*names,))
    own = ", ".join(f"{name} {version(name)}" for name in ("violence-hotspot", "numpy", "numba", "pandas", "libpysal"))
    note = "" if size == "full" else f" Size **{size}**: these figures only show that the benchmarks run."
    return f"{rivals.cores()} cores. Ours: {own}. Rivals: {listed}.{note}"


def _beside(jobs: Sequence[Job]) -> str:
    rows = [
        "| job | ours | rival | rival's time | rival ÷ ours | budget | results differ by |",
        "|---|--:|---|--:|--:|--:|---|",
    ]
    for job in jobs:
        own = "; ".join(map(str, job.checks))
        for place, rival in enumerate(job.rivals):
            label, ours = (job.name, _spent(job.ours)) if place == 0 else ("", "")
            same = "; ".join(map(str, rival.agreements)) or "not compared"
            same = f"{same}; ours from {own}" if own and place == 0 else same
            ratio = _ratio(job, rival) if _within(job, rival) else f"**{_ratio(job, rival)}**"
            theirs = f"{rival.name} | {_spent(rival.time)}"
            budget = _least(rival) if job.most_mib is None else f"≤ {job.most_mib:,.0f} MiB"
            rows.append(f"| {label} | {ours} | {theirs} | {ratio} | {budget} | {same} |")
    return "\n".join(rows)


def _absolute(jobs: Sequence[Job]) -> str:
    rows = ["| job | ours | budget |", "|---|--:|--:|"]
    for job in jobs:
        most = "" if job.most_seconds is None else f"≤ {job.most_seconds:g} s"
        rows.append(f"| {job.name} | {seconds(job.ours.seconds)} | {most} |")
    return "\n".join(rows)


def _curves(curves: Sequence[Growth]) -> str:
    rows = ["| what is doubled | from, to | times | exponents |", "|---|---|---|---|"]
    for curve in curves:
        spent = [each.seconds for each in curve.times]
        exponents = [math.log2(after / before) for before, after in pairwise(spent)]
        rows.append(
            f"| {curve.name} | {curve.sizes[0]} … {curve.sizes[-1]} | {', '.join(map(seconds, spent))} "
            f"| {', '.join(f'{each:.2f}' for each in exponents)} |"
        )
    return "\n".join(rows)


def _quotient(job: Job, rival: Rival) -> float:
    return rival.time.seconds / job.ours.seconds


def _ratio(job: Job, rival: Rival) -> str:
    return f"{float(f'{_quotient(job, rival):.2g}'):g}"


def _least(rival: Rival) -> str:
    return "" if rival.least_ratio is None else f"≥ {rival.least_ratio:g}"


def _within(job: Job, rival: Rival) -> bool:
    return rival.least_ratio is None or _quotient(job, rival) >= rival.least_ratio
