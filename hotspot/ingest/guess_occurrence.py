"""Tell the times of a file apart: when it happened, when it was reported, when the patient or the crew arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hotspot.ingest.guess_draft import LIKELY, SURE, UNSURE
from hotspot.ingest.guess_names import header_words, says_residence, says_time_of_day, time_role
from hotspot.ingest.guess_times import Written, days_of, how_written

if TYPE_CHECKING:
    from hotspot.ingest.guess_draft import Draft
    from hotspot.ingest.guess_values import Look

_MOST = 0.8
_BIRTH_YEARS = 40
_COMPARED = 1_000
_ALL_BUT = 0.98
_OCCURRENCE = {"start": 4.0, "occurrence": 3.0, "bare": 1.5, "": 0.5}
_GROUPS = {"start": "occurrence", "bare": "occurrence", "": "occurrence"}
_ROLE_WORDS = {
    "start": "start", "occurrence": "when it happened", "bare": "only that it is a date", "": "nothing of a time",
    "call": "time of a call", "received": "when it was reported", "scene": "arrival at the scene",
    "arrival": "arrival of the patient", "end": "end",
}  # fmt: skip
_Time = tuple["Look", str, Written]


def assign_times(draft: Draft) -> None:
    """
    Map the columns of times.

    Parameters
    ----------
    draft
        Receives ``occurred_from``, ``occurred_to``, ``received_at`` and ``arrived_at``, the times of day that belong
        to them, and what must be asked.
    """
    times, clocks = _candidates(draft)
    occurred = _assign_occurred(draft, times)
    if occurred is not None:
        _assign_clock(draft, occurred, clocks)
        _assign_end(draft, occurred, times)
    _assign_received(draft, times)
    _assign_arrival(draft, times)
    _assign_other_clocks(draft, times, clocks)
    if "occurred_from" not in draft.mapped:
        _ask_for_occurred(draft, times)
    for look, role, _ in times:
        if look.position not in draft.used and look.position not in draft.unread:
            why = "another time" if role == "none" else f"times; its name says {_ROLE_WORDS[role]}"
            draft.unread[look.position] = why
    for look in clocks:
        if look.position not in draft.used and look.position not in draft.unread:
            draft.unread[look.position] = "times of day of another date; no field takes them"
    _note_split_month(draft)


def _candidates(draft: Draft) -> tuple[list[_Time], list[Look]]:
    """Find the columns of dates and of times of day; dates that may be of birth are left out for good."""
    times: list[_Time] = []
    clocks: list[Look] = []
    for look in draft.open_looks():
        role = time_role(look.header)
        digits = look.number is not None and look.number.whole
        serial = look.share("serial") >= _MOST and role in {"start", "occurrence", "bare", "arrival", "end", "call"}
        if look.share("clock", "clock digits" if says_time_of_day(look.header) else "clock") >= _MOST:
            if look.number is None or says_time_of_day(look.header):
                clocks.append(look)
            continue
        if not serial and (look.share("date", "month") < _MOST or (digits and role == "")):
            continue
        written = how_written(look.header, draft.values(look))
        vague = role in {"bare", "", "none"} or says_residence(look.header)
        if vague and written.reach_years > _BIRTH_YEARS and not written.clock:
            draft.unread[look.position] = f"dates over {written.reach_years:.0f} years: perhaps of birth"
            continue
        times.append((look, role, written))
    return times, clocks


def _rank(time: _Time) -> float:
    """Score how well a column serves as a time: what its name says, how readable and how full it is."""
    look, role, written = time
    words = set(header_words(look.header).split())
    both = role == "start" and bool(
        words & {"offence", "offense", "incident", "committed", "assault", "crime", "injury"}
    )
    return (
        _OCCURRENCE.get(role, 0.0) + both + look.fill + written.readable - 2 * bool(written.problem)
        - bool(written.either) / 2 - bool(written.formats) / 2 + ("year first" in written.how) * 0.8
    )  # fmt: skip


def _assign_occurred(draft: Draft, times: list[_Time]) -> _Time | None:
    """Choose the time at which it happened; the time of a call stands in for it where there is no other."""
    ranked = sorted((time for time in times if time[1] in _OCCURRENCE), key=_rank, reverse=True)
    if any(time[1] == "start" for time in ranked) and not any(time[1] == "end" for time in times):
        ranked.sort(key=lambda time: time[1] == "bare")
    if not ranked:
        return _stand_in(draft, times)
    chosen = _plainest(draft, ranked)
    look, role, written = chosen
    doubtful = role in {"bare", ""} and (draft.agency == "ed" or sum(time[1] != "none" for time in times) > 1)
    certainty = UNSURE if role == "" else LIKELY if role == "bare" else SURE
    _take(draft, "occurred_from", chosen, UNSURE if doubtful else certainty)
    if doubtful and draft.agency == "ed":
        draft.questions.append(
            f"occurred_from = {look.header!r}: is it the day of the assault? In a hospital's file it may be the day of "
            "arrival; if so, rename the line to arrived_at: arrival is never used in place of the assault."
        )
    for other, other_role, other_written in ranked:
        if other is look:
            continue
        if other_role != "" and time_is_usable(other_written):
            draft.offer("occurred_from", other, f"{other_written.how}; its name says {_ROLE_WORDS[other_role]}")
    if written.problem:
        draft.questions.append(
            f"occurred_from = {look.header!r}: {written.problem}. As it is, reading refuses the file."
        )
    return chosen


def _plainest(draft: Draft, ranked: list[_Time]) -> _Time:
    """Prefer a column that says the same days as the first choice with the year first: it cannot be misread."""
    look, _, written = ranked[0]
    if "year first" in written.how:
        return ranked[0]
    days = days_of(look.header, draft.values(look).iloc[:_COMPARED], written)
    for other in ranked[1:]:
        if other[2].problem or other[2].clock is not written.clock or "year first" not in other[2].how:
            continue
        same = days_of(other[0].header, draft.values(other[0]).iloc[:_COMPARED], other[2]) == days
        if not np.isnat(days).all() and bool(same[~np.isnat(days)].mean() > _ALL_BUT):
            return other
    return ranked[0]


def time_is_usable(written: Written) -> bool:
    """Tell whether most values can be read."""
    return not written.problem and written.readable >= _MOST


def _stand_in(draft: Draft, times: list[_Time]) -> _Time | None:
    """Take the time of the call, or of the crew's arrival at the scene, where nothing else says when it happened."""
    for role, why in (
        ("call", "the time of the call stands for the time of the event"),
        ("scene", "arrival of a crew at the scene, usually minutes after the call, stands for the time of the event"),
    ):
        found = sorted((time for time in times if time[1] == role), key=_rank, reverse=True)
        if found and not (role == "scene" and any(time[1] == "received" for time in times)):
            chosen = found[0]
            _take(draft, "occurred_from", chosen, LIKELY if role == "call" else UNSURE, f"; {why}")
            name = "received_at" if role == "call" else "arrived_at"
            _take(draft, name, chosen, SURE if role == "call" else LIKELY)
            return chosen
    return None


def _assign_clock(draft: Draft, occurred: _Time, clocks: list[Look]) -> None:
    """Add the time of day of a second column where the dates have none."""
    look, role, written = occurred
    if written.clock or written.month_only or not clocks:
        return
    group = _GROUPS.get(role, role)
    words = set(header_words(look.header).split()) - {"date", "of", "time", "and"}

    def rank(clock: Look) -> tuple[bool, int, int]:
        shared = len(words & set(header_words(clock.header).split()))
        own = time_role(clock.header)
        return _GROUPS.get(own, own) == group, shared, -abs(clock.position - look.position)

    for best in sorted(clocks, key=rank, reverse=True)[:1]:
        if rank(best)[0]:
            named = rank(best)[1] > 0
            evidence = f"times of day; goes with {look.header!r}" + ("" if named else " because it stands near")
            draft.take("occurred_time", best, SURE if named else LIKELY, evidence)
            draft.mapped.pop("received_at", None)


def _assign_other_clocks(draft: Draft, times: list[_Time], clocks: list[Look]) -> None:
    """Add times of day to the other dates, by what their names have in common."""
    for name, clock in (
        ("occurred_to", "occurred_to_time"), ("arrived_at", "arrived_time"), ("received_at", "received_time"),
    ):  # fmt: skip
        taken = draft.mapped.get(name)
        found = [time for time in times if taken is not None and time[0].header == taken.header]
        if not found or found[0][2].clock or found[0][2].month_only:
            continue
        look, role, _ = found[0]
        open_clocks = [c for c in clocks if c.position not in draft.used and time_role(c.header) == role]
        words = set(header_words(look.header).split())
        open_clocks.sort(
            key=lambda c: (-len(words & set(header_words(c.header).split())), abs(c.position - look.position))
        )
        for best in open_clocks[:1]:
            draft.take(clock, best, SURE, f"times of day; goes with {look.header!r}")


def _assign_end(draft: Draft, occurred: _Time, times: list[_Time]) -> None:
    """Map the end of the interval, where its start is mapped."""
    ends = [time for time in times if time[1] == "end" and time_is_usable(time[2])]
    if occurred[1] not in {"start", "occurrence", "bare"} or not ends:
        return
    ends.sort(key=_rank, reverse=True)
    _take(draft, "occurred_to", ends[0], SURE if occurred[1] == "start" else LIKELY)
    for look, _, written in ends[1:]:
        draft.offer("occurred_to", look, written.how)


def _assign_received(draft: Draft, times: list[_Time]) -> None:
    """Map when the call or report came in."""
    if "received_at" in draft.mapped:
        return
    found = [t for t in times if t[1] in {"received", "call"} and t[0].position not in draft.used]
    found = sorted((t for t in found if time_is_usable(t[2])), key=_rank, reverse=True)
    for time in found[:1]:
        _take(draft, "received_at", time, SURE)
    for look, _, written in found[1:]:
        draft.offer("received_at", look, written.how)


def _assign_arrival(draft: Draft, times: list[_Time]) -> None:
    """Map the arrival of the patient, else of the crew; never as the time at which it happened."""
    if "arrived_at" in draft.mapped:
        return
    found = [t for t in times if t[1] in {"arrival", "scene"} and t[0].position not in draft.used and not t[2].problem]
    found.sort(key=lambda time: (time[1] == "arrival", time[2].clock, _rank(time)), reverse=True)
    for time in found[:1]:
        _take(draft, "arrived_at", time, SURE)
    for look, _, written in found[1:]:
        draft.offer("arrived_at", look, written.how)


def _ask_for_occurred(draft: Draft, times: list[_Time]) -> None:
    """Say what it means that nothing tells when it happened."""
    if "arrived_at" in draft.mapped:
        draft.questions.append(
            "occurred_from is missing: only an arrival is in the file. Arrival is hours later than the assault and is "
            "never used in its place, so records have no time of occurrence and no month. Ask for the date of the "
            "assault."
        )
    elif "received_at" in draft.mapped:
        header = draft.mapped["received_at"].header
        draft.questions.append(
            f"occurred_from is missing: {header!r} tells when it was reported. If that day may stand for the day on "
            "which it happened, map it to occurred_from as well."
        )
        look = next(look for look in draft.looks if look.header == header)
        draft.offer("occurred_from", look, "when it was reported, not when it happened")
    else:
        why = "no column of dates could be read" if times else "no column of dates was found"
        draft.questions.append(f"occurred_from is missing: {why}. Name the column that says when it happened.")


def _take(draft: Draft, name: str, time: _Time, certainty: str, more: str = "") -> None:
    """Map a column of times, with what is to be stated or asked about its format."""
    look, role, written = time
    basis = "name and values" if role not in {"", "bare"} else "values; the name says only that it is a date"
    if role == "":
        basis = "values only"
    weak = bool(written.problem or written.either)
    draft.take(name, look, UNSURE if weak else certainty, f"{basis}: {written.how}{more}")
    draft.written[name] = written
    if written.either:
        draft.questions.append(
            f"{name} = {look.header!r}: does the day or the month come first? No date in the file shows it. Take the # "
            "off one of the two lines in [time]; until then reading refuses the file."
        )


def _note_split_month(draft: Draft) -> None:
    """Say that a year and a month in two columns must be joined."""
    if "occurred_from" in draft.mapped:
        return
    named = {header_words(look.header): look for look in draft.looks}
    year, month = named.get("year"), named.get("month")
    if year and month and year.number and month.number and month.number.within(1, 12):
        for look in (year, month):
            draft.unread[look.position] = "part of a month: join year and month into one column, such as 2017-01"
