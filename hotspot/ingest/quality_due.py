"""Say what was due: months, days of receipt, and the providers that should share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.errors import ConfigError
from hotspot.ingest.quality_indicators import UNDATED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def months_due(month: pd.Series, period: tuple[str, str] | None) -> list[str]:
    """List the months that should be there, and any others that are."""
    found = sorted(set(month) - {UNDATED})
    ends = [*found[:1], *found[-1:]]
    if period is not None:
        stated = [_month(text) for text in period]
        if len(stated) != 2 or stated[0] > stated[1]:  # noqa: PLR2004 - first, last
            raise ConfigError(
                f"period: {period!r} must be the first and the last month, such as ('2023-01', '2023-12')."
            )
        ends = [min(*stated, *ends), max(*stated, *ends)]
    if not ends:
        return []
    return [str(each) for each in np.arange(np.datetime64(ends[0], "M"), np.datetime64(ends[-1], "M") + 1)]


def _month(text: str) -> str:
    """Check a month."""
    return str(_day(f"{text}-01", "period").astype("datetime64[M]"))


def _day(text: str, argument: str) -> np.datetime64:
    """Check a day."""
    try:
        day = np.datetime64(str(text)).astype("datetime64[D]")
    except ValueError:
        day = np.datetime64("NaT", "D")
    if np.isnat(day) or len(str(text)) != len("2024-01-15"):
        raise ConfigError(f"{argument}: {text!r} cannot be read. Write it as 2024-01-15, a month as 2024-01.")
    return np.datetime64(day, "D")


def received_days(received: str | Mapping[str, str] | None, months: list[str]) -> dict[str, np.datetime64]:
    """Give the day of receipt of each month."""
    if received is None:
        return {}
    if isinstance(received, str):
        return dict.fromkeys(months, _day(received, "received"))
    return {_month(month): _day(day, "received") for month, day in received.items()}


def sharing_providers(expected: Sequence[str] | Mapping[str, float] | None, present: list[str]) -> pd.DataFrame:
    """Say which of the expected providers sent anything."""
    columns = ["shares", "resident_share"]
    if expected is None:
        return pd.DataFrame(columns=columns, index=pd.Index([], name="provider"))
    wanted = [expected] if isinstance(expected, str) else expected
    given = dict(wanted) if hasattr(wanted, "keys") else dict.fromkeys(wanted, np.nan)
    known = {_told(name): name for name in present}
    names = [known.get(_told(name), str(name)) for name in given]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ConfigError(f"expected: {twice[0]!r} stands more than once. Name each provider once.")
    try:
        shares = pd.Series(list(given.values()), index=names, dtype="float64")
    except (TypeError, ValueError):
        raise ConfigError("expected: the shares of residents must be numbers from 0 to 1.") from None
    if (shares < 0).any() or (shares > 1).any() or shares.sum() > 1 + 1e-9:
        raise ConfigError("expected: the shares of residents must lie between 0 and 1 and sum to at most 1.")
    table = pd.DataFrame({"shares": shares.index.isin(present), "resident_share": shares})
    table.index.name = "provider"
    return table


def _told(name: str) -> str:
    """Write a provider's name so that "RWX" is found where the records give no name but "site RWX"."""
    return " ".join(str(name).casefold().removeprefix("site ").split())
