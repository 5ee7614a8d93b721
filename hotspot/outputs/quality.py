"""Write quality reports: one page and one table per provider, each for that provider only."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from hotspot.errors import OutputError
from hotspot.outputs.atomic import write_atomically
from hotspot.outputs.export import safe_csv

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from hotspot.ingest import QualityReport

_STAMP = "For this provider only: not disclosure-controlled for others"
_LONGEST = 60


def save_quality_report(report: QualityReport, folder: str | Path) -> list[Path]:
    """
    Write the page and the table of every provider, in files of their own.

    Parameters
    ----------
    report
        From `quality_report`.
    folder
        Where to write; made if it is not there. Files of the same name are replaced, each in one step.

    Returns
    -------
    list of pathlib.Path
        ``quality-<provider>.html`` and ``quality-<provider>.csv`` for each provider, in order; names are cut to
        letters, digits and hyphens and numbered where two would be the same.

    Raises
    ------
    OutputError
        If the folder cannot be made or a file cannot be written.

    Notes
    -----
    Send each provider its own two files and nobody else's: they hold exact counts, small ones too. They hold no value
    of any record.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> from hotspot.outputs import save_quality_report
    >>> table = pd.DataFrame({"when": ["2023-05-06 23:40"], "x": [318500], "y": [176500]})
    >>> mapping = {
    ...     "name": "fire", "label": "Fire service, synthetic", "health": False,
    ...     "columns": {"occurred_from": "when", "easting": "x", "northing": "y"},
    ...     "category": {"value": "fire_deliberate"},
    ... }
    >>> report = hs.quality_report(hs.read_incidents(table, source=mapping))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in save_quality_report(report, folder)]
    ['quality-fire.html', 'quality-fire.csv']
    """
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"folder: {target.name!r} cannot be made: {error.strerror}.") from None
    written = []
    for provider, name in zip(report.providers, _file_names(report.providers), strict=True):
        page = report.to_html(provider)
        table = _table_of(report, provider)
        written.append(write_atomically(target / f"{name}.html", _writer(page)))
        written.append(write_atomically(target / f"{name}.csv", _table_writer(table)))
    return written


def _file_names(providers: list[str]) -> list[str]:
    """Make a file name of each provider: safe on every system, told apart whatever the case."""
    names: list[str] = []
    for provider in providers:
        stem = re.sub(r"[^a-z0-9]+", "-", provider.casefold())[:_LONGEST].strip("-") or "provider"
        name, number = f"quality-{stem}", 2
        while name in names:
            name, number = f"quality-{stem}-{number}", number + 1
        names.append(name)
    return names


def _table_of(report: QualityReport, provider: str) -> pd.DataFrame:
    """Put a provider's figures and grades side by side, by month."""
    figures = report.indicators.xs(provider, level="provider")
    grades = report.grades.xs(provider, level="provider").add_suffix("_grade")
    return figures.join(grades)


def _writer(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(text, encoding="utf-8", newline="\n")


def _table_writer(table: pd.DataFrame) -> Callable[[Path], object]:
    return lambda path: safe_csv(table, path, stamp=_STAMP)
