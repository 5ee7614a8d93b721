"""Propose a source file for a table nobody has described yet: every line with its evidence, nothing silent."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from hotspot.anonymise import looks_personal
from hotspot.checks import listed
from hotspot.errors import ConfigError, InputError
from hotspot.ingest.cells import to_text
from hotspot.ingest.guess_columns import SAMPLE, decide
from hotspot.ingest.guess_counts import CountsTable, find_counts
from hotspot.ingest.guess_fit import fitting_builtin, try_reading
from hotspot.ingest.guess_names import HEALTH, agency_of
from hotspot.ingest.guess_settings import Settings, settings_of
from hotspot.ingest.guess_toml import escaped, plain, write_toml
from hotspot.ingest.mapping import Columns, read_source
from hotspot.ingest.whole_table import read_table
from hotspot.record import note
from hotspot.schema import is_source_name

if TYPE_CHECKING:
    from hotspot.ingest.guess_draft import Alternative, Draft, Mapped
    from hotspot.ingest.guess_labels import Labels

_UNDERSTOOD = 0.95
"""Share of rows whose labels must be understood before a built-in source is said to fit."""
_ASSUMED = "assumed the stricter: no header says whose records these are. false if none derives from patients"
_LABELS = {
    "ed": "Emergency department records", "ambulance": "Ambulance calls", "police": "Police records",
    "fire": "Fire and rescue service incidents", "local_authority": "Reports to the local authority",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guess:
    """
    A proposed source file and the evidence for each of its lines; it holds no value of a record but frequent labels.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> table = pd.DataFrame({"Date of assault": ["21/05/2023 23:40"], "Where exactly": ["o/s Black Lion"]})
    >>> print(hs.guess_source(table, health=True).columns["occurred_from"].certainty)
    sure
    """

    file: str
    """Name of the file or table."""
    facts: dict[str, Any]
    """How the file was read: kind, encoding, delimiter, sheet, rows."""
    rows: int
    looked_at: int
    """Rows whose values were looked at."""
    name: str
    label: str
    health: bool
    health_reason: str
    columns: dict[str, Mapped]
    """Field to the column mapped to it."""
    alternatives: tuple[Alternative, ...]
    unread: tuple[tuple[str, str], ...]
    """Header and reason of every column that is not read; an empty reason: nothing says what it means."""
    labels: dict[str, Labels]
    settings: Settings
    """Formats, zone, reference system and what else is not a column."""
    questions: tuple[str, ...]
    """What only the user can decide."""
    builtin: str | None
    """The built-in source that reads the file as it is."""
    counts: CountsTable | None
    """Set where the file holds counts by area, not records."""
    trial: dict[str, int] = field(default_factory=dict)
    """Rows read, kept, with a time and with a point in a trial reading of the first rows."""

    def to_toml(self) -> str:
        """
        Write the source file, ready to be edited.

        Returns
        -------
        str
            TOML that `read_source` accepts if a time or a place was found.
        """
        return write_toml(self)

    def summary(self) -> str:
        """
        Say in a few lines what was decided, how sure it is, and what is left to decide.

        Returns
        -------
        str
            Lines of text without control characters.
        """
        some = "" if self.looked_at == self.rows else f", of which {self.looked_at:,} were looked at"
        lines = [f"{plain(self.file)}: {self.rows:,} rows{some}."]
        if self.builtin:
            lines.append(f"Fits the built-in source {self.builtin!r}: --source {self.builtin} reads it as it is.")
        lines += [f"  {m.certainty:<7} {name} = {escaped(m.header)}" for name, m in self.columns.items()]
        personal = [escaped(header) for header, reason in self.unread if "never read" in reason or "lives" in reason]
        if personal:
            lines.append(f"Not read, may identify persons: {listed(personal, 20)}.")
        others = len(self.unread) - len(personal)
        if others:
            lines.append(f"Not read, not needed or not understood: {others} column(s), listed at the end of [columns].")
        if self.trial:
            lines.append(
                f"Trial reading of {self.trial['read']:,} rows: {self.trial['kept']:,} kept, {self.trial['timed']:,} "
                f"with a time, {self.trial['located']:,} with a point."
            )
        lines += [f"Decide: {plain(question)}" for question in self.questions]
        return "\n".join(lines)


def guess_source(
    data: str | Path | pd.DataFrame, *, name: str | None = None, health: bool | None = None, sheet: str | None = None
) -> Guess:
    """
    Propose how the columns of an unknown file become ours.

    Parameters
    ----------
    data
        Path of a file (of a folder, glob or archive the first file is looked at), or a DataFrame.
    name
        Value of the ``source`` column, such as ``"ed"``; None takes it from the headers.
    health
        Whether the records derive from patients or service users; None decides by the headers, and where these say
        nothing assumes the stricter: that they do.
    sheet
        Sheet of a workbook.

    Returns
    -------
    Guess
        ``to_toml()`` gives the source file, ``summary()`` a short account. Print, check, edit, keep.

    Raises
    ------
    InputError
        If the file is no table of records, or its first line is no header.
    ConfigError
        If the name is unfit.

    Notes
    -----
    Headers are compared with those of the built-in sources and with words that such files use; values are looked at in
    up to 20,000 rows. A column named like an identifier, or that holds one, is never mapped, and neither is a place of
    residence. An arrival is never mapped as the time of the assault. Labels stand in the file only if they are frequent
    and like no person.

    Examples
    --------
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> table = pd.DataFrame(
    ...     {"Patient surname": ["A", "B"], "Arrived": ["22/05/2023 00:31", "23/05/2023 02:10"],
    ...      "Date of assault": ["21/05/2023 23:40", "23/05/2023 01:15"], "How": ["Fist", "Bottle"]}
    ... )
    >>> guess = hs.guess_source(table)
    >>> {field: column.header for field, column in guess.columns.items()}
    {'occurred_from': 'Date of assault', 'arrived_at': 'Arrived', 'weapon_group': 'How'}
    >>> guess.unread
    (('Patient surname', 'looks like a name: never read'),)
    """
    if name is not None and not is_source_name(name):
        raise ConfigError(f"name: {name!r} must be lower-case letters, digits and underscores.")
    title, facts, frame = _table(data, sheet)
    headers = [str(header) for header in frame.columns]
    _require_header(title, headers)
    found = agency_of(headers, Path(title).stem)
    agency = _agency(found)
    health, reason = _is_health(found, health)
    draft = decide(frame, agency=agency, health=health)
    counts = find_counts(draft)
    if counts is not None:
        draft.questions.clear()
    settings = settings_of(draft, title)
    questions = [*draft.questions, *settings.questions] if counts is None else list(counts.questions)
    guess = Guess(
        title, facts, len(frame), min(len(frame), len(frame.iloc[:: max(1, -(-len(frame) // SAMPLE))])),
        name or agency or "agency", _LABELS.get(agency, "Records of an agency"), health,
        reason, dict(_in_order(draft)), tuple(draft.alternatives), _unread(draft), draft.labels, settings,
        tuple(questions), None, counts,
    )  # fmt: skip
    guess = _tried(guess, frame) if counts is None and draft.mapped else guess
    note(
        "guess_source",
        file=title,
        rows=guess.rows,
        columns={field: f"{column.header} ({column.certainty})" for field, column in guess.columns.items()},
        not_read=len(guess.unread),
        questions=len(guess.questions),
        health=health,
        builtin=guess.builtin,
    )
    return guess


def _table(data: str | Path | pd.DataFrame, sheet: str | None) -> tuple[str, dict[str, Any], pd.DataFrame]:
    """Read the whole table as text."""
    if not isinstance(data, pd.DataFrame):
        table = read_table(data, sheet=sheet)
        title, facts, frame = table.name, {"kind": table.kind, **table.facts}, table.frame
        if not title.startswith(Path(data).name):
            facts["first_of"] = Path(data).name
        if sheet is not None:
            facts["sheet_stated"] = sheet
    else:
        try:
            frame = pd.DataFrame({i: to_text(data.iloc[:, i]) for i in range(data.shape[1])})
        except UnicodeEncodeError:
            raise InputError("data: the table holds text that is not valid Unicode (a lone surrogate).") from None
        frame.columns = pd.Index([str(header) for header in data.columns], dtype="object")
        title, facts = "DataFrame", {}
    if not len(frame) or not len(frame.columns):
        raise InputError(f"data: {title!r} has no records.")
    return title, facts, frame


def _require_header(title: str, headers: list[str]) -> None:
    """Refuse a table whose first line is data; years are headers of counts."""
    values = [
        header for header in headers
        if looks_personal(header) or re.fullmatch(r"(?!\d{4}$)[\d.,:/ +-]+", header.strip())
    ]  # fmt: skip
    if len(values) > len(headers) / 2:
        raise InputError(
            f"data: {title!r}: {len(values)} of {len(headers)} headers look like values, so the first line does not "
            "look like a header. Add a line with the names of the columns."
        )


def _agency(found: dict[str, list[str]]) -> str:
    """Choose the agency of which most headers speak, or else the file's name."""
    return max((name for name in _LABELS if name in found), key=lambda name: len(found[name]), default="")


def _is_health(found: dict[str, list[str]], stated: bool | None) -> tuple[bool, str]:  # noqa: FBT001 - what the user said
    """Decide whether the records derive from patients, and say why."""
    if stated is not None:
        return stated, "stated by you"
    patients = [header for name in HEALTH for header in found.get(name, [])]
    if patients:
        return True, f"headers such as {listed(map(escaped, dict.fromkeys(patients)), 3)} speak of patients"
    others = {name: headers for name, headers in found.items() if name not in HEALTH and headers}
    if others:
        shown = listed((escaped(header) for headers in others.values() for header in headers), 3)
        return False, f"no header speaks of patients; {shown}: wording of {listed(others)}. true if that is wrong"
    return True, _ASSUMED


def _in_order(draft: Draft) -> list[tuple[str, Mapped]]:
    """Put the mapped fields into the order of the source file."""
    order = list(Columns.model_fields)
    return sorted(draft.mapped.items(), key=lambda item: order.index(item[0]))


def _unread(draft: Draft) -> tuple[tuple[str, str], ...]:
    """List the columns that are not read; a header that looks like a value is not shown."""
    found = []
    for look in draft.looks:
        if look.position in draft.unread:
            reason = draft.unread[look.position]
            hidden = looks_personal(look.header)
            found.append((f"column {look.position + 1}" if hidden else look.header, reason))
    return tuple(found)


def _tried(guess: Guess, frame: pd.DataFrame) -> Guess:
    """Read the first rows with the proposal, and look whether a built-in source reads the file as it is."""
    mapping = tomllib.loads(guess.to_toml())
    trial, problem = try_reading(frame, mapping)
    if problem:
        known = any("reading refuses" in question for question in guess.questions)
        more = () if known else (f"reading refuses the file as it is: {problem}",)
        return replace(guess, questions=(*guess.questions, *more))
    decided = all(labels.share > _UNDERSTOOD or not labels.share for labels in guess.labels.values())
    if guess.questions or not decided:
        return replace(guess, trial=trial)
    columns = {
        field: column.header for field, column in guess.columns.items()
        if field not in guess.labels or guess.labels[field].share
    }  # fmt: skip
    assumed = guess.health_reason == _ASSUMED
    builtin = fitting_builtin(columns, frame, trial, health=None if assumed else guess.health, zone=guess.settings.zone)
    if builtin is None:
        return replace(guess, trial=trial)
    source = read_source(builtin)
    return replace(
        guess, trial=trial, builtin=builtin, name=source.name if guess.name == "agency" else guess.name,
        label=source.label, health=source.health, health_reason=f"as in the built-in source {builtin!r}",
    )  # fmt: skip
