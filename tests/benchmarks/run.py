"""
Time hotspot beside its rivals in one run: ``python tests/benchmarks/run.py --write docs/performance.md``.

Needs ``pip install -e ".[bench]"``; a rival that is not installed is left out and named. Real data is used where
HOTSPOT_REAL_DATA names a folder of it. Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import alone
import backtests
import counting
import density
import growth
import linkage
import local_statistics
import near_repeat
import reading
import table
from inputs import SIZES
from timing import Growth, Skipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from timing import Entry

TOPICS = {
    "local": ("Local statistics", local_statistics.run),
    "density": ("Kernel density", density.run),
    "reading": ("Reading records", reading.run),
    "linkage": ("Linking records without identifiers", linkage.run),
    "near_repeat": ("Near repeats", near_repeat.run),
    "counting": ("Counting points in areas", counting.run),
    "backtests": ("Back-tests of lists", backtests.run),
    "alone": ("Without a rival", alone.run),
    "growth": ("How the time grows", growth.run),
}


def run(size: str, only: Sequence[str] = tuple(TOPICS)) -> dict[str, list[Entry]]:
    """Run the topics at a size; each entry is told to standard error as soon as it is there."""
    found: dict[str, list[Entry]] = {}
    for name in only:
        title, topic = TOPICS[name]
        found[title] = []
        for entry in topic(SIZES[size]):
            found[title].append(entry)
            sys.stderr.write(f"{time.strftime('%H:%M:%S')} {_line(entry)}\n")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print the tables, write them if asked; 1 if a result does not agree or a budget is not met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=[*SIZES], default="full", help="figures are quoted from full alone")
    parser.add_argument("--only", choices=[*TOPICS], nargs="+", default=[*TOPICS], help="some of the topics")
    parser.add_argument("--write", type=Path, help="page whose figures are replaced")
    given = parser.parse_args(arguments)
    started = time.monotonic()
    found = run(given.size, given.only)
    text = table.markdown(found, given.size)
    sys.stdout.write(text)
    if given.write is not None:
        table.replace_between_marks(given.write, text)
    wrong = table.failures(found)
    sys.stderr.write("".join(f"MISSED {line}\n" for line in wrong))
    sys.stderr.write(f"{time.monotonic() - started:.0f} s in all, {len(wrong)} missed\n")
    return 1 if wrong and given.size == "full" else 0


def _line(entry: Entry) -> str:
    if isinstance(entry, Skipped):
        return f"not run: {entry.name} ({entry.reason})"
    if isinstance(entry, Growth):
        return f"{entry.name}: {', '.join(table.seconds(each.seconds) for each in entry.times)}"
    others = ", ".join(f"{rival.name} {table.seconds(rival.time.seconds)}" for rival in entry.rivals)
    return f"{entry.name}: {table.seconds(entry.ours.seconds)}{'; ' if others else ''}{others}"


if __name__ == "__main__":
    sys.exit(main())
