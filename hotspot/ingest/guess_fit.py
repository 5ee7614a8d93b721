"""Try a proposal on the first rows, and find the built-in source that reads the file as it is."""

from __future__ import annotations

import warnings
from contextvars import Context
from typing import TYPE_CHECKING, Any

from hotspot.errors import HotspotError
from hotspot.ingest.extract import squash
from hotspot.ingest.incidents import read_incidents
from hotspot.ingest.mapping import Source, builtin_sources, read_source
from hotspot.record import recording

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_TRIED = 5_000
_MANY = 6
"""Columns that must fit for the built-in source to say whether the records derive from patients."""
_MAY_BE_MORE = frozenset({"offence", "injury", "outcome", "received_at", "provider", "site"})
"""Fields that a built-in source may read besides, because they say nothing of when, where and what."""


def try_reading(frame: pd.DataFrame, source: Mapping[str, Any] | Source) -> tuple[dict[str, int], str]:
    """
    Read the first rows with a source, leaving no note and no warning.

    Parameters
    ----------
    frame
        The table as text.
    source
        What the columns mean.

    Returns
    -------
    counts
        Rows ``read``, ``kept``, ``timed`` (time of occurrence known), ``located`` and ``understood`` (category known);
        empty if reading was refused.
    problem
        The reader's message, or empty.
    """

    def run() -> tuple[dict[str, int], str]:
        try:
            with recording() as notes, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                records = read_incidents(frame.head(_TRIED), source=source, max_reject=1.0)
        except HotspotError as refused:
            return {}, str(refused)
        facts: Mapping[str, Any] = next(entry.facts for entry in notes if entry.step == "read_incidents")
        return {
            "read": facts["read"],
            "kept": len(records),
            "timed": int(records["occurred_from"].notna().sum()),
            "located": int(records.geometry.notna().sum()),
            "understood": int((records["category"] != "unknown").sum()),
        }, ""

    return Context().run(run)  # a context of its own: the trial leaves no note in the user's recording


def fitting_builtin(
    columns: Mapping[str, str], frame: pd.DataFrame, trial: Mapping[str, int], *, health: bool | None, zone: str
) -> str | None:
    """
    Find the built-in source that reads the file as it is.

    Parameters
    ----------
    columns
        Field to header, as proposed.
    frame
        The table as text.
    trial
        What the proposal makes of the first rows.
    health
        As stated, or as the headers say; None where it was only assumed: then many columns must fit.
    zone
        As proposed.

    Returns
    -------
    str or None
        A source that maps the same columns to the same fields and makes at least as much of the rows.
    """
    headers = {squash(str(header)): str(header) for header in frame.columns}
    for name in builtin_sources():
        source = read_source(name)
        if source.shared_as != "records" or source.time.zone != zone:
            continue
        if source.health != health and (health is not None or len(columns) < _MANY or "category" not in columns):
            continue
        found = _match(source, headers)
        alike = all(found.get(field) == header for field, header in columns.items())
        if not alike or set(found) - set(columns) - _MAY_BE_MORE:
            continue
        own, problem = try_reading(frame, source)
        if not problem and all(own[key] >= trial[key] for key in trial):
            return name
    return None


def _match(source: Source, headers: Mapping[str, str]) -> dict[str, str]:
    """Match the source's headers with those of the file."""
    found: dict[str, str] = {}
    for field, options in source.columns.headers().items():
        header = next((headers[squash(option)] for option in options if squash(option) in headers), None)
        if header is not None:
            found[field] = header
    return found
