"""Say what to fix first, with the number of records and how."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hotspot.ingest.open_table import NOTE, REPEATED
from hotspot.ingest.quality_grades import STRONG, THRESHOLDS, USABLE, WEAK
from hotspot.ingest.quality_indicators import ALL_MONTHS, UNDATED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

IDENTIFIERS = "columns that look like personal identifiers, dropped"
_SEVERITY = {WEAK: 0.0, USABLE: 1.0}
_CORE = {t.indicator for t in THRESHOLDS if t.core} | {"description"}

_PERSONS = -0.5
"""Rank of texts that tell who a person is: after columns of identifiers, before everything else."""
_MANY_REJECTED = 0.05
_FEW_REJECTED = 0.001
_FAR_MORE = 1.5
"""Times the usual month from which a high month is asked about; chance alone is ruled out before."""
_SOME_MONTHS = 0.5
"""Rank of what is weak in some months only: after what is weak throughout, before what is usable throughout."""
_A_FEW = 4
_NOT_THE_PROVIDERS_FAULT = {"outside period", NOTE, REPEATED}

# One remedy per family: the first of its indicators that is not strong speaks for the others.
_FAMILIES: tuple[tuple[str, ...], ...] = (
    ("date",),
    ("time",),
    ("description", "usable_lsoa", "place"),
    ("weapon",),
    ("location_type",),
    ("at_midnight",),
    ("on_hour", "on_half_hour"),
    ("same_as_arrival",),
    ("after_arrival",),
    ("over_72h",),
    ("first_of_month",),
    ("at_hospital",),
    ("one_place",),
    ("same_time_and_place",),
    ("names_person",),
)
_TEXTS: dict[str, tuple[str, str]] = {
    "date": (
        "{n} of {of} records have no date of the {noun}.",
        "Ask “When did it happen?” {when}, apart from the time of arrival, and do not let the field be passed over.",
    ),
    "time": (
        "{n} of {of} records have no time of day of the {noun} that can be used.",
        "Record it to the nearest quarter of an hour as the person tells it; leave it empty if nobody knows.",
    ),
    "description": (
        "{n} of {of} records away from home do not say where it happened.",
        "Ask “Where exactly?” {when}: the name of the pub, club, shop or school and the street, not “street” or “n/a”.",
    ),
    "usable_lsoa": (
        "{n} of {of} records away from home could not be placed on a map.",
        "Name the venue and the street, or the crossing, as on the sign; a road without a town is not enough.",
    ),
    "place": (
        "{n} of {of} records have no place that can be used.",
        "Ask “Where exactly?” {when}: venue and street, or “home”.",
    ),
    "weapon": (
        "{n} of {of} records name no weapon or method.",
        "Offer a short list {when}: fist, foot, knife, glass or bottle, blunt object, other, not known.",
    ),
    "location_type": (
        "{n} of {of} records give no type of place.",
        "Offer a short list {when}: own home, other home, licensed premises, street, other, not known.",
    ),
    "at_midnight": (
        "{n} of {of} times are exactly 00:00.",
        "The system probably fills in 00:00 where no time is given: have it left empty.",
    ),
    "on_hour": (
        "{n} of {of} times are on the full hour.",
        "Record to the nearest quarter of an hour; do not round to the hour.",
    ),
    "on_half_hour": (
        "{n} of {of} times are on the hour or the half hour.",
        "Record to the nearest quarter of an hour; do not round to the half hour.",
    ),
    "same_as_arrival": (
        "{n} of {of} times of the {noun} equal the time of arrival.",
        "The form probably copies the arrival: ask for the time of the {noun} apart.",
    ),
    "after_arrival": (
        "{n} of {of} records put the {noun} after the arrival.",
        "Check for swapped columns, swapped day and month, and the form's default date.",
    ),
    "over_72h": (
        "{n} of {of} records put the {noun} more than 72 hours before the arrival.",
        "Check for mistyped months and years; late arrivals that are true may stay.",
    ),
    "first_of_month": (
        "{n} of {of} records are dated the first of a month.",
        "The system probably fills in the first where the day is not known: have it left empty.",
    ),
    "at_hospital": (
        "{n} of {of} records are placed at the hospital itself.",
        "If these are assaults on staff, mark them; if it is the form's default, have it left empty.",
    ),
    "one_place": (
        "{n} of {of} located records lie on one and the same point.",
        "Check whether that point is a default, such as the centre of the town or a police station.",
    ),
    "same_time_and_place": (
        "{n} of {of} records repeat the time and place of another.",
        "Check that no record was sent twice; several victims of one event are right as they are.",
    ),
    "names_person": (
        "{n} of {of} records tell in the text of the place who a person is. The texts were used in memory and dropped.",
        'Write the place only, and "patient\'s home" for a home: nobody should be recognised in the text.',
    ),
}


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to mend: its grade, what is wrong with counts, and how to mend it."""

    grade: str
    what: str
    how: str


_Ranked = tuple[tuple[float, bool, float], Advice]
_BY_NAME = {t.indicator: t for t in THRESHOLDS}


def nouns(source: str) -> dict[str, str]:
    """Give the words for the source's records."""
    if source == "ed":
        return {"noun": "assault", "when": "at registration"}
    return {"noun": "incident", "when": "when the record is made"}


def advise(
    source: str, indicators: pd.DataFrame, grades: pd.DataFrame, red_flags: pd.DataFrame, account: pd.DataFrame
) -> list[Advice]:
    """
    List what one provider should mend, most urgent first.

    Parameters
    ----------
    source
        Source of the provider; an emergency department is asked about assaults.
    indicators, grades
        The provider's rows, by month.
    red_flags, account
        As in `QualityReport`; may be empty.

    Returns
    -------
    list of Advice
        Identifiers first, then what is weak over all months, what is weak in some of them or far above the usual
        volume, and what is usable; each by the overall grade's indicators before others, then by the share of records
        concerned.
    """
    said: Any = grades.loc[ALL_MONTHS]
    found = []
    for family in _FAMILIES:
        for name in family:
            here = _throughout(source, name, indicators, grades) or _in_months(source, name, indicators, grades)
            if here is not None:
                found.append(here)
                break
    found += _volumes(indicators)
    found += _deliveries(indicators, said)
    found += _identifiers(red_flags) + _rejects(account)
    return [advice for _, advice in sorted(found, key=lambda pair: pair[0])]


def _throughout(source: str, name: str, indicators: pd.DataFrame, grades: pd.DataFrame) -> _Ranked | None:
    """Ask to mend an indicator that is not strong over all months, and name the months that weigh most."""
    said = str(grades.loc[ALL_MONTHS, name])
    if said not in _SEVERITY:
        return None
    whole: Any = indicators.loc[ALL_MONTHS]
    number, of = _concerned(name, whole)
    what, how = (_worded(text, source, number, of) for text in _TEXTS[name])
    severity = _PERSONS if name == "names_person" else _SEVERITY[said]
    bad = _weak_months(name, indicators, grades)
    there = sum(_concerned(name, row)[0] for _, row in bad.iterrows())
    if said == USABLE and there > number / 2 and len(bad) <= _A_FEW:
        what += f" {'All' if there == number else f'{there:,}'} of them are of {_some(bad.index)}."
        severity = _SOME_MONTHS
    return (severity, name not in _CORE, -number / int(whole["records"])), Advice(said, what, how)


def _in_months(source: str, name: str, indicators: pd.DataFrame, grades: pd.DataFrame) -> _Ranked | None:
    """Ask to mend an indicator that is strong over all months and weak in some: a form or a system changed."""
    bad = _weak_months(name, indicators, grades)
    if bad.empty:
        return None
    concerned = [_concerned(name, row) for _, row in bad.iterrows()]
    number, of = (sum(column) for column in zip(*concerned, strict=True))
    what, how = (_worded(text, source, number, of) for text in _TEXTS[name])
    whole: Any = indicators.loc[ALL_MONTHS]
    rank = (_SOME_MONTHS, name not in _CORE, -number / int(whole["records"]))
    return rank, Advice(USABLE, f"{_some(bad.index)}: {what}", how)


def _weak_months(name: str, indicators: pd.DataFrame, grades: pd.DataFrame) -> pd.DataFrame:
    """Give the months in which an indicator is weak; a heap at 00:00 is not told again as one on the full hour."""
    weak = (grades[name] == WEAK).to_numpy() & ~indicators.index.isin([ALL_MONTHS, UNDATED])
    if name in {"on_hour", "on_half_hour"}:
        weak &= (grades["at_midnight"] != WEAK).to_numpy()
    return indicators[weak]


def _concerned(name: str, row: pd.Series) -> tuple[int, int]:
    """Count the records that an indicator finds fault with, and those that it looked at."""
    limit = _BY_NAME[name]
    of = int(row[limit.of])
    share = 1 - row[name] if limit.more_is_better else row[name]
    return round(share * of), of


def _worded(text: str, source: str, number: int, of: int) -> str:
    return text.format(n=f"{number:,}", of=f"{of:,}", **nouns(source))


def _volumes(indicators: pd.DataFrame) -> list[_Ranked]:
    """Ask about months with far more records than the provider's usual month."""
    high = indicators[
        (indicators["volume"] == "high").to_numpy() & (indicators["volume_ratio"] >= _FAR_MORE).to_numpy()
    ]
    if high.empty:
        return []
    whole: Any = indicators.loc[ALL_MONTHS]
    more = float((high["records"].astype("float64") - high["usual"]).sum())
    if len(high) == 1:
        [(_, row)] = high.iterrows()
        what = (
            f"{_some(high.index)} has {int(row['records']):,} records, {row['volume_ratio']:.1f} times the usual month "
            f"({row['usual']:,.0f})."
        )
    else:
        what = f"{len(high)} months have {_FAR_MORE:g} times the usual month or more: {_some(high.index)}."
    how = "Check that nothing was sent twice and that the same records are chosen as before; a true rise may stay."
    return [((_SOME_MONTHS, False, -more / int(whole["records"])), Advice(USABLE, what, how))]


def _deliveries(indicators: pd.DataFrame, said: pd.Series) -> list[_Ranked]:
    """Ask for months that did not come, came in part, or came late."""
    found = []
    whole: Any = indicators.loc[ALL_MONTHS]
    if said["months_submitted"] in _SEVERITY:
        months = indicators[~indicators.index.isin([ALL_MONTHS, UNDATED])]
        wanting = [f"{_some(months.index[months['state'] == state])} {state}" for state in ("missing", "partial")
                   if (months["state"] == state).any()]  # fmt: skip
        what = f"{(months['state'] != 'submitted').sum()} of {len(months)} months did not come in full: " + "; ".join(
            wanting
        )
        how = "Send these months again, whole. If nothing happened, say so: an absent month is not a quiet one."
        concerned = 1 - float(whole["months_submitted"])
        grade = str(said["months_submitted"])
        found.append(((_SEVERITY[grade], False, -concerned), Advice(grade, what + ".", how)))
    if said["days_to_receipt"] in _SEVERITY:
        what = f"Records arrive {float(whole['days_to_receipt']):.0f} days after the month ends (median)."
        how = "Send each month by the end of the next: old records cannot steer patrols."
        grade = str(said["days_to_receipt"])
        found.append(((_SEVERITY[grade], True, 0.0), Advice(grade, what, how)))
    return found


def _identifiers(red_flags: pd.DataFrame) -> list[_Ranked]:
    """Ask that identifiers stay out."""
    if red_flags.empty:
        return []
    found = []
    count = int(red_flags["count"].get(IDENTIFIERS, 0))
    if count:
        columns, pronoun = ("column looks", "It was") if count == 1 else ("columns look", "They were")
        what = f"{count} {columns} like personal identifiers. {pronoun} dropped."
        how = "Send without: only the items of the data set should leave your system."
        found.append(((-1.0, False, 0.0), Advice(WEAK, what, how)))
    return found


def _rejects(account: pd.DataFrame) -> list[_Ranked]:
    """Name the rows that could not be read, by reason."""
    if account.empty:
        return []
    rows = {str(step): int(count) for step, count in account["rows"].items()}
    lost = {step.removeprefix("rejected: "): n for step, n in rows.items() if step.startswith("rejected: ") and n}
    lost = {reason: n for reason, n in lost.items() if reason not in _NOT_THE_PROVIDERS_FAULT}
    share = sum(lost.values()) / rows["read"]
    if share < _FEW_REJECTED:
        return []
    reasons = ", ".join(f"{reason} ({n:,})" for reason, n in lost.items())
    what = f"{sum(lost.values()):,} of {rows['read']:,} rows could not be used: {reasons}."
    how = "Export dates and numbers in one format throughout, with four-digit years, and each record once."
    grade = WEAK if share > _MANY_REJECTED else USABLE
    return [((_SEVERITY[grade], False, -share), Advice(grade, what, how))]


def month_name(month: str) -> str:
    """Write a month for a reader, such as Jan 2025."""
    year, number = month.split("-")
    return f"{calendar.month_abbr[int(number)]} {year}"


def _some(months: Sequence[str] | pd.Index) -> str:
    """Name the first few months."""
    shown = ", ".join(month_name(month) for month in list(months)[:4])
    return shown + (f" and {len(months) - 4} more" if len(months) > 4 else "")  # noqa: PLR2004 - as many as fit a line


def headline(source: str, grades: pd.Series) -> tuple[str, str]:
    """Give the overall grade as a phrase, and the sentence that says what it rests on."""
    phrases = {
        STRONG: "Strong: ready for maps and tables",
        USABLE: "Usable, with the caveats below",
        WEAK: "Weak: context only until mended",
    }
    core = {t.indicator: t.label.replace("assault", nouns(source)["noun"]) for t in THRESHOLDS if t.core}
    overall = grades["overall"]
    if overall not in phrases:
        return "Too few records to grade", "Shares are graded from 20 records on; the figures are shown all the same."
    if overall == STRONG:
        return phrases[STRONG], "Time, place, weapon and deliveries all reach the mark, as far as they apply."
    weakest = [label[0].lower() + label[1:] for name, label in core.items() if grades[name] == overall]
    return phrases[overall], f"The grade is that of the weakest point: {_and(weakest)}."


def _and(words: Sequence[str]) -> str:
    """Join words as a sentence does."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
