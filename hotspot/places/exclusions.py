"""Read which places are not to be tasked: why, who said so, and since when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from hotspot.checks import nearest
from hotspot.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

_PARTS = ("reason", "author", "date")


def read_exclusions(excluded: Mapping[str, Mapping[str, object]] | None, codes: Iterable[str]) -> pd.DataFrame:
    """
    Check the excluded places.

    Parameters
    ----------
    excluded
        Code to ``reason``, ``author`` and, if wanted, ``date``.
    codes
        Codes of the areas there are.

    Returns
    -------
    DataFrame
        ``excluded``, ``excluded_by`` and ``excluded_on``, by code.

    Raises
    ------
    ConfigError
        A code is unknown; a reason or an author is missing; a date is none.
    """
    if excluded is not None and not isinstance(excluded, Mapping):
        raise ConfigError(
            f"excluded: give a mapping of code to reason and author, not {type(excluded).__name__}, such as "
            '{"E01000001": {"reason": "prison", "author": "tasking meeting"}}.'
        )
    given = {str(code): entry for code, entry in (excluded or {}).items()}
    known = set(codes)
    unknown = [code for code in given if code not in known]
    if unknown:
        raise ConfigError(
            f"excluded: {len(unknown)} code(s) are no place of counts, the first {unknown[0]!r}."
            f"{nearest(unknown[0], known)}"
        )
    rows = {code: _entry(code, entry) for code, entry in given.items()}
    columns = ["excluded", "excluded_by", "excluded_on"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).astype(
        {"excluded": "str", "excluded_by": "str", "excluded_on": "datetime64[us]"}
    )


def _entry(code: str, entry: object) -> tuple[str, str, pd.Timestamp | None]:
    """Read one exclusion."""
    if not isinstance(entry, Mapping):
        raise ConfigError(
            f"excluded: {code!r} has {type(entry).__name__}; give its reason and author, such as "
            '{"reason": "prison", "author": "tasking meeting"}.'
        )
    strange = [str(part) for part in entry if part not in _PARTS]
    if strange:
        raise ConfigError(f"excluded: {code!r} has {strange[0]!r}.{nearest(strange[0], _PARTS)}")
    for part in ("reason", "author"):
        if not isinstance(entry.get(part), str) or not str(entry[part]).strip():
            raise ConfigError(f"excluded: {code!r} has no {part}. The meeting will ask for it, so say it.")
    date = entry.get("date")
    if isinstance(date, str):
        try:
            date = dt.date.fromisoformat(date)
        except ValueError:
            raise ConfigError(f"excluded: the date of {code!r} is none. Write it as 2026-03-31.") from None
    if date is not None and not isinstance(date, dt.date):
        raise ConfigError(f"excluded: the date of {code!r} is {type(date).__name__}. Write it as 2026-03-31.")
    # the day that was meant, whatever zone the clock was in
    day = None if date is None or pd.isna(date) else pd.Timestamp(date).tz_localize(None)
    return str(entry["reason"]).strip(), str(entry["author"]).strip(), day


__all__ = ["read_exclusions"]
