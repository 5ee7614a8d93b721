"""Read one date by hand: numbers found by a pattern, everything else by the calendar of the standard library."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DATES = {
    "year first": r"(?P<y>\d{4})[-/. ](?P<m>\d{1,2})[-/. ](?P<d>\d{1,2})",
    "day first": r"(?P<d>\d{1,2})[-/. ](?P<m>\d{1,2})[-/. ](?P<y>\d{4})",
    "month first": r"(?P<m>\d{1,2})[-/. ](?P<d>\d{1,2})[-/. ](?P<y>\d{4})",
    "named month": r"(?P<d>\d{1,2})[-/. ](?P<name>[a-z]{3})[a-z]*[-/. ](?P<y>\d{4})",
}
_CLOCK = r"(?:[ t](?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2}))?(?: (?P<half>[ap])m)?)?"


def read_date(text: str, order: str) -> tuple[datetime, str] | None:
    """
    Read one text in a known order.

    Parameters
    ----------
    text
        Such as ``25/04/2024 10:05``.
    order
        year first, day first, month first or named month.

    Returns
    -------
    (datetime, precision) or None
        None if it is no time.
    """
    match = re.fullmatch(_DATES[order] + _CLOCK, text.lower())
    if match is None:
        return None
    found = match.groupdict()
    month = MONTHS.index(found["name"]) + 1 if found.get("name") in MONTHS else int(found.get("m") or 0)
    try:
        day = datetime(int(found["y"]), month, int(found["d"]))  # noqa: DTZ001 - local clock
    except ValueError:
        return None
    if found["H"] is None:
        return day, "day"
    hour, minute, second = int(found["H"]), int(found["M"]), int(found["S"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (found["half"] == "p")
    if minute > 59 or second > 59 or hour * 3600 + minute * 60 + second > 86_400:
        return None
    return day + timedelta(hours=hour, minutes=minute, seconds=second), "minute"
