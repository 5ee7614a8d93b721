"""Tell in plain lines what became of every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotspot.checks import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hotspot.record import Note


def account(notes: Iterable[Note]) -> list[str]:
    """
    Write the account of a run: rows read, kept, rejected, placed, matched, hidden.

    Parameters
    ----------
    notes
        What the run recorded.

    Returns
    -------
    list of str
        Lines for a terminal. They hold names of sources and providers, row counts and area codes only.
    """
    lines: list[str] = []
    for entry in notes:
        writer = _WRITERS.get(entry.step)
        if writer is not None:
            lines += writer(entry.facts)
    return lines


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _title(facts: Mapping[str, object]) -> str:
    """Write the source's name as a heading; a short one is an abbreviation."""
    name = str(facts["source"]).replace("_", " ")
    return name.upper() if len(name) <= len("ed") else name.capitalize()


def _parts(facts: Mapping[str, object], *names: str) -> str:
    return " + ".join(f"{_number(facts[name])} {name.replace('_', ' ')}" for name in names)


def _areas(facts: Mapping[str, object]) -> list[str]:
    return [f"Areas: {_number(facts['read'])} read, {_number(facts['kept'])} kept"]


def _records(facts: Mapping[str, object]) -> list[str]:
    return _kept_and_rejected(_title(facts), facts)


def _kept_and_rejected(title: str, facts: Mapping[str, object]) -> list[str]:
    """Say what was read, kept and rejected, and for which reasons."""
    rejected = facts.get("rejected")
    reasons = {name: number for name, number in rejected.items() if number} if isinstance(rejected, dict) else {}
    total = _number(sum(reasons.values()))
    lines = [f"{title}: {_number(facts['read'])} read = {_number(facts['kept'])} kept + {total} rejected"]
    return lines + [f"  rejected, {reason}: {_number(number)}" for reason, number in reasons.items()]


def _balance(facts: Mapping[str, object]) -> list[str]:
    lines = [f"  kept {_number(facts['kept'])} = {_parts(facts, 'inside', 'outside', 'unlocatable')}"]
    if facts["supplied_code_agrees"] or facts["supplied_code_differs"]:
        lines.append(
            f"  area code as supplied: {_number(facts['supplied_code_agrees'])} agree with the point, "
            f"{_number(facts['supplied_code_differs'])} lie in another area or outside"
        )
    providers = facts.get("providers")
    named = providers if isinstance(providers, dict) else {}
    lines += [f"  from {name}: {_number(number)}" for name, number in named.items()]
    others = int(str(facts["kept"])) - sum(named.values())
    if named and others:
        lines.append(f"  from an unnamed provider: {_number(others)}")
    return lines


def _selection(facts: Mapping[str, object]) -> list[str]:
    return [
        (
            f"  selected {_number(facts['selected'])} of {_number(facts['kept'])} "
            f"({_number(facts['other_category'])} of other categories, "
            f"{_number(facts['outside_period'])} outside the period)"
        )
    ]


def _area_counts(facts: Mapping[str, object]) -> list[str]:
    return _kept_and_rejected(f"{_title(facts)} by area", facts)


def _joined(facts: Mapping[str, object]) -> list[str]:
    codes = facts.get("unmatched_codes")
    shown = f" (unmatched: {listed(codes)})" if isinstance(codes, list) and codes else ""
    return [f"{_title(facts)} joined: {_number(facts['read'])} = {_parts(facts, 'matched', 'unmatched')}{shown}"]


def _counted(facts: Mapping[str, object]) -> list[str]:
    return [f"Counted: {_number(facts['kept'])} selected = {_parts(facts, 'inside', 'outside', 'unlocatable')}"]


_WRITERS = {
    "read_areas": _areas,
    "read_incidents": _records,
    "balance": _balance,
    "selection": _selection,
    "read_area_counts": _area_counts,
    "join_counts": _joined,
    "count_incidents": _counted,
}
