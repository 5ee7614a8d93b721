"""Say in sentences what a back-test found, for the meeting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotspot.errors import InputError
from hotspot.evaluation.list_scores import ALL, RANDOM, require_scores

if TYPE_CHECKING:
    import pandas as pd

_BLIND = 1.0


def findings(table: pd.DataFrame, *, share: float | None = None) -> list[str]:
    """
    Say in plain sentences which list held most of what came next, and which others cannot be told apart from it.

    Parameters
    ----------
    table
        From `backtest`.
    share
        Share of the ground; None takes the middle one of the table.

    Returns
    -------
    list of str
        Up to four sentences. A list is *not told apart* from the best where the interval of their difference, in the
        same draws of places, reaches 0.

    Raises
    ------
    InputError
        The table holds no such share, or no event came.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> from hotspot.evaluation import findings, methods
    >>> counts = pd.DataFrame({"2023": [5, 1, 0, 2], "2024": [6, 1, 0, 2]}, index=list("ABCD"))
    >>> size = pd.Series(1.0, index=list("ABCD"))
    >>> table = hs.backtest({"flat": lambda past: past.total * 0}, counts, size, train=1, shares=[0.25], draws=0)
    >>> print(findings(table)[0][:81])
    On 25 % of the ground, the list by last period held 67 % of what came next: 2.7 t
    """
    at = at_share(table, share)
    lists = at.drop(index=RANDOM)
    if lists["hit_rate"].isna().all():
        raise InputError("table: no event came in any tested period, so that nothing can be said.")
    best = str(lists["hit_rate"].idxmax())
    top = lists.loc[best]
    between = f" ({_percent(top['hit_rate_lower'])} to {_percent(top['hit_rate_upper'])})" if "gain" in lists else ""
    ground = float(at.attrs["share"])
    first = (
        f"On {_percent(ground)} of the ground, the list by {best} held {_percent(top['hit_rate'])}{between} of what "
        f"came next: {top['pai']:.1f} times what a blind list would hold, and {_percent(top['pei'])} of what anybody "
        "could have reached who knew the future."
    )
    found = [first]
    if "gain" not in lists:
        return found
    like = [str(name) for name in lists.index if name != best and lists["to_best_upper"][name] >= 0]
    worse = [str(name) for name in lists.index if name != best and name not in like]
    if like:
        found.append(f"Not told apart from it: {_listed(like)}. Take the simplest of them.")
    if worse:
        found.append(f"Surely less: {_listed(worse)}.")
    if "pai_upper" in lists and (lists["pai_upper"] < _BLIND).any():
        blind = [str(name) for name in lists.index[lists["pai_upper"] < _BLIND]]
        found.append(f"Worse than a blind list: {_listed(blind)}.")
    return found


def at_share(table: pd.DataFrame, share: float | None = None) -> pd.DataFrame:
    """Take all steps together at one share of the ground, by method; the share stands in ``attrs``."""
    require_scores(table)
    whole = table[table.index.get_level_values("step") == ALL].droplevel("step")
    shares = sorted(set(whole.index.get_level_values("area_share")))
    chosen = shares[len(shares) // 2] if share is None else share
    rows = whole[whole.index.get_level_values("area_share") == chosen].droplevel("area_share")
    if rows.empty:
        raise InputError(f"share: {share!r} is none of those of the table: {', '.join(f'{s:g}' for s in shares)}.")
    rows.index = rows.index.astype(str)
    rows.attrs["share"] = float(chosen)
    return rows


def _percent(value: object) -> str:
    number = 100 * float(str(value))
    return f"{number:.1f} %" if number < 10 and number % 1 else f"{number:.0f} %"  # noqa: PLR2004


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" and {names[-1]}"


__all__ = ["at_share", "findings"]
