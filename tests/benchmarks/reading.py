"""Time reading police records beside pandas and geopandas, and measure the memory that each takes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import inputs
import numpy as np
import pandas as pd
from timing import Agreement, Entry, Job, Rival, Skipped, Time

from hotspot.datasets import write_city

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inputs import Size

_READER = Path(__file__).with_name("read_once.py")
_MOST_MIB = 2_048
_STEP = (0.0131, 0.0057)
"""Degrees by which each copy of the records lies away from the last, as other towns do."""
_ID_BYTES = 32


def run(size: Size) -> Iterator[Entry]:
    """Time every job of this topic."""
    real = inputs.real_folder(size)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if real is None:
            write_city(folder / "city", seed=1)
        start = folder / "city" / "police" if real is None else real / "police_uk_surrey"
        of = "the synthetic city" if real is None else "Surrey"
        whole = write_police(sorted(start.rglob("*-street.csv")), folder / "police", size.read)
        yield _beside(f"police.uk CSV, {size.read:,} rows made of {of}'s, one file", whole, size.read)
        yield _beside(f"police.uk CSV, {size.read:,} rows, a file each month", whole.with_name("months"), size.read)
    if real is None:
        yield Skipped("reading London's recorded crime of 2017", inputs.NO_REAL_DATA)
        return
    london = real / "police_uk_london_api" / "london_wards_crimes_2017.parquet"
    yield _beside("London's recorded crime of 2017, 810,425 rows, Parquet", london, None)


def write_police(files: list[Path], folder: Path, rows: int) -> Path:
    """
    Repeat monthly street files until there are so many rows, in one file and in one file each month.

    Ids are new and unique wherever there was one, and each copy lies some way off: as in an archive of many forces,
    most rows share their point with few others. Everything else keeps its values and their frequencies.
    """
    months = [pd.read_csv(file, dtype=str, keep_default_na=False) for file in files]
    copies = -(-rows // sum(map(len, months)))
    (folder / "months").mkdir(parents=True)
    rng = np.random.default_rng(3)
    left = rows
    with (folder / "all-street.csv").open("w", encoding="utf-8", newline="") as whole:
        for number, (file, month) in enumerate(zip(files, months, strict=True)):
            taken = min(left, len(month) * copies)
            if not taken:
                break
            left -= taken
            with (folder / "months" / f"{number:02}-{file.name}").open("w", encoding="utf-8", newline="") as own:
                for copy in range(-(-taken // len(month))):
                    text = _moved(month, copy, rng).iloc[: taken - copy * len(month)].to_csv(index=False, header=False)
                    header = ",".join(month.columns) + "\n"
                    whole.write((header if whole.tell() == 0 else "") + text)
                    own.write((header if copy == 0 else "") + text)
    return folder / "all-street.csv"


def _moved(month: pd.DataFrame, copy: int, rng: np.random.Generator) -> pd.DataFrame:
    """Give records new ids and another place."""
    text = rng.bytes(_ID_BYTES * len(month)).hex()
    ids = np.array([text[i * 2 * _ID_BYTES : (i + 1) * 2 * _ID_BYTES] for i in range(len(month))], dtype=object)
    changed = {"Crime ID": np.where(month["Crime ID"] != "", ids, "")}
    for column, step in zip(("Longitude", "Latitude"), _STEP, strict=True):
        there = pd.to_numeric(month[column], errors="coerce") + copy * step
        changed[column] = np.where(there.isna(), "", there.map("{:.6f}".format))
    return month.assign(**changed)


@dataclass(frozen=True, slots=True)
class _Read:
    """What a process of its own says of one reading."""

    spent: Time
    rows: int
    located: int


def _beside(name: str, path: Path, rows: int | None) -> Job:
    ours, theirs = _read("hotspot", path), _read("pandas", path)
    checks = () if rows is None else (Agreement("rows", abs(ours.rows - rows), 0.0),)
    # hotspot leaves out what is there twice, so it may have fewer rows; never more, and as many where nothing is
    agreement = (
        () if ours.rows != theirs.rows else (Agreement("located rows", abs(ours.located - theirs.located), 0.0),)
    )
    rival = Rival("pandas read, geopandas points_from_xy", theirs.spent, agreement)
    return Job(name, ours.spent, [rival], most_mib=_MOST_MIB, checks=checks)


def _read(reader: str, path: Path) -> _Read:
    """Read in a process of its own: the peak of this one would be that of all topics before."""
    said = subprocess.run(
        [sys.executable, str(_READER), reader, str(path)],
        check=True, capture_output=True, text=True, env=os.environ | {"PYTHONWARNINGS": "ignore"},
    ).stdout  # fmt: skip
    found = json.loads(said.splitlines()[-1])
    return _Read(Time(found["seconds"], 1, found["mib"]), found["rows"], found["located"])
