"""Write a proposed source file as TOML: one line for each decision, with its evidence as a comment."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from hotspot.ingest.mapping import read_source
from hotspot.schema import CATEGORIES, SETTINGS, WEAPON_GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hotspot.ingest.guess import Guess
    from hotspot.ingest.guess_counts import CountsTable
    from hotspot.ingest.guess_labels import Labels

_CHOICES = {"category": CATEGORIES, "weapon_group": WEAPON_GROUPS, "setting": SETTINGS}
_TRUTHS = ("injury", "domestic", "conveyed")
_LONGEST = 400
_WIDE = 110


def escaped(text: str) -> str:
    r"""
    Write a text as a TOML basic string.

    Parameters
    ----------
    text
        Any text; lone surrogates, which no TOML file can hold, become U+FFFD.

    Returns
    -------
    str
        In quotation marks; control, direction and other invisible characters are escaped, so that it is what it looks.

    Examples
    --------
    >>> from hotspot.ingest.guess_toml import escaped
    >>> print(escaped('Date "of"\nassault'))
    "Date \"of\"\nassault"
    """
    return '"' + "".join(_character(character) for character in text) + '"'


def _character(character: str) -> str:
    """Write one character of a basic string."""
    short = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    if character in short:
        return short[character]
    category = unicodedata.category(character)
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    if category.startswith("C") or category in {"Zl", "Zp"}:
        code = ord(character)
        return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"  # noqa: PLR2004 - four digits hold it
    return character


def plain(text: str) -> str:
    """Make a text fit for a comment or a terminal: one line, no control or direction characters, not endless."""
    kept = "".join(" " if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" else c for c in text)
    kept = " ".join(kept.split())
    return kept if len(kept) <= _LONGEST else kept[: _LONGEST - 1] + "…"


def write_toml(guess: Guess) -> str:
    """
    Write the source file.

    Parameters
    ----------
    guess
        What was decided.

    Returns
    -------
    str
        TOML with comments; ends with a newline.
    """
    lines = _head(guess)
    if guess.counts is not None:
        lines += _counts(guess.counts)
    elif guess.builtin is not None:
        lines = _short(guess)
    else:
        lines += [*_columns(guess), *_rest(guess)]
    return "\n".join(lines) + "\n"


def _comment(text: str, width: int = _WIDE, indent: str = "") -> list[str]:
    """Break a text into lines of comment."""
    lines: list[str] = []
    line = ""
    for word in plain(text).split(" "):
        if line and len(line) + len(word) + 1 > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    return [f"# {indent if i else ''}{text}" for i, text in enumerate([*lines, line])]


def _origin(guess: Guess) -> str:
    """Say from which file the proposal was made, and how the file was read."""
    facts = guess.facts
    how = {
        "csv": f"delimited text, {facts.get('encoding', '')}, delimiter {facts.get('delimiter', '')!r}",
    }.get(str(facts.get("kind")), str(facts.get("kind", "table in memory")))
    header = f", header in row {facts['header_row']}" if facts.get("header_row", 1) != 1 else ""
    some = "" if guess.looked_at == guess.rows else f"; values looked at in {guess.looked_at:,} rows, every n-th"
    first = f", the first file of {facts['first_of']}; the others were not looked at" if "first_of" in facts else ""
    return f"{guess.file}{first}: {guess.rows:,} rows ({how}{header}){some}"


def _head(guess: Guess) -> list[str]:
    """Write the top of the file: what it is, what is to be decided, name, label and health."""
    lines = [
        *_comment(f"Proposed by hotspot from {_origin(guess)}."),
        "# Nothing here is certain until you have checked it. sure: name and values agree. likely: one of them says",
        "# so, the other allows it. unsure: look at it. Take a # off, or put one on, to change a decision.",
    ]
    if guess.questions:
        lines += ["#", "# DECIDE:"]
        for number, question in enumerate(guess.questions, start=1):
            lines += _comment(f"{number}. {question}", indent="   ")
    names = "" if guess.name != "agency" else "  # choose: police, ed, ambulance, fire, local_authority, ..."
    return [
        *lines, "", f"name = {escaped(guess.name)}{names}",
        f"label = {escaped(guess.label)}  # readers see it: say who sent them",
        f"health = {str(guess.health).lower()}  # {plain(guess.health_reason)}",
    ]  # fmt: skip


def _short(guess: Guess) -> list[str]:
    """Write the short form for a file that a built-in source reads as it is."""
    name = guess.builtin
    lines = [
        *_comment(f"Proposed by hotspot from {_origin(guess)}."),
        f"# The file fits the built-in source {name!r}: nothing needs to be written. Use --source {name}, or",
        f"# read_incidents(..., source={name!r}); `hotspot sources show {name}` prints its text. This file says the",
        "# same; lines that you add below replace those of the built-in source.",
        "",
        f'extends = "{name}"',
        *([f"name = {escaped(guess.name)}"] if guess.name != read_source(str(name)).name else []),
        "",
        "# Its columns in this file:",
    ]
    return [*lines, *(f"#   {name} = {escaped(column.header)}" for name, column in guess.columns.items())]


def _counts(counts: CountsTable) -> list[str]:
    """Write the table of counts."""
    lines = [
        'shared_as = "area_counts"  # rows are areas, not records: read with read_area_counts(file, source=this file)',
        "",
        "[area_counts]",
        f"code = {escaped(counts.code)}  # {plain(counts.code_evidence)}",
    ]
    for key, headers in (("n", counts.n), ("rate", counts.rate)):
        for i, header in enumerate(headers):
            off = "# " if i or (key == "rate" and counts.n) else ""
            lines.append(f"{off}{key} = {escaped(header)}{'  # or this one' if i else ''}")
    if counts.rate:
        lines.append(f"{'# ' if counts.n else ''}per = 1000  # people the rate is per: check it")
    return lines


def _columns(guess: Guess) -> list[str]:
    """Write [columns], each line with its evidence, alternatives below it, and what is not read."""
    lines = ["", "[columns]"]
    open_fields = [a.field for a in guess.alternatives if a.field not in guess.columns]
    for field in dict.fromkeys([*guess.columns, *open_fields]):
        column = guess.columns.get(field)
        if column is not None:
            lines.append(f"{field} = {escaped(column.header)}  # {column.certainty}: {plain(column.evidence)}")
        for other in guess.alternatives:
            if other.field == field:
                start = "instead" if column is not None else "left to you"
                lines.append(f"# {field} = {escaped(other.header)}  # {start}: {plain(other.reason)}")
    if guess.unread:
        lines += ["", "# Not read:"]
        lines += [f"#   {escaped(header)}{f': {plain(reason)}' if reason else ''}" for header, reason in guess.unread]
    return lines


def _rest(guess: Guess) -> list[str]:
    """Write the tables after [columns]."""
    settings = guess.settings
    lines: list[str] = []
    files = ['decimal = ","  # coordinates have decimal commas'] if settings.decimal_comma else []
    if "sheet_stated" in guess.facts:
        files.append(f"sheet = {escaped(str(guess.facts['sheet_stated']))}")
    if files:
        lines += ["", "[files]", *files]
    if settings.duplicates:
        lines += ["", "[id]", f'duplicates = "{settings.duplicates}"  # {plain(settings.duplicates_reason)}']
    lines += ["", "[time]", f"zone = {escaped(settings.zone)}  # {plain(settings.zone_reason)}", *_formats(guess)]
    lines += _place(guess)
    if "provider" not in guess.columns:
        lines += [
            "", "# [provider]",
            '# value = "Example Trust"  # who sent the file: the quality report is written for each provider',
        ]  # fmt: skip
    if settings.category is not None:
        lines += [
            "", "[category]", f'value = "{settings.category}"  # {plain(settings.category_reason)}',
            *_comment(f"one of: {', '.join(CATEGORIES)}"),
        ]  # fmt: skip
    for field in ("category", "weapon_group", "setting", *_TRUTHS):
        if field in guess.labels and field in guess.columns:
            lines += _labels(field, guess.labels[field])
    codes = guess.labels["category"].codes if "category" in guess.labels else None
    if codes and "injury" in guess.columns and "injury" not in guess.labels:
        lines += ["", "[injury]", f'codes = "{codes}"  # the code tells whether anyone was injured']
    return lines


def _formats(guess: Guess) -> list[str]:
    """Write the formats that must be stated, and those between which the user must choose."""
    settings = guess.settings
    stated = {field: _list(formats) for field, formats in settings.formats.items()}
    if not settings.either:
        return [f"format = {{ {', '.join(f'{f} = {text}' for f, text in stated.items())} }}"] if stated else []
    lines = ["# Day or month first? Take the # off one of these two lines; without it reading refuses the file."]
    for side, name in enumerate(("day first", "month first")):
        both = stated | {field: _list(pair[side]) for field, pair in settings.either.items()}
        lines.append(f"# format = {{ {', '.join(f'{f} = {text}' for f, text in both.items())} }}  # {name}")
    return lines


def _list(formats: Iterable[str]) -> str:
    """Write formats as a TOML value."""
    return "[" + ", ".join(escaped(text) for text in formats) + "]"


def _place(guess: Guess) -> list[str]:
    """Write [place]."""
    settings = guess.settings
    points = {"longitude", "easting", "grid_reference"} & set(guess.columns)
    if not points:
        return []
    lines = ["", "[place]"]
    if settings.crs is not None:
        lines.append(f"crs = {settings.crs}  # {plain(settings.crs_reason)}")
    elif settings.crs_reason:
        lines.append(f"# crs = 00000  # {plain(settings.crs_reason)}")
    if "uncertainty_m" not in guess.columns:
        lines.append('# level = "street"  # point unless you say otherwise: venue, street, postcode, sector, ...')
        lines.append("# uncertainty_m = 50  # radius in metres that should hold the true place, where you know it")
    return lines


def _labels(field: str, labels: Labels) -> list[str]:
    """Write the table of a field's labels: those understood, those to be decided, how many are not shown."""
    lines = [""]
    truth = field in _TRUTHS
    if not truth:
        lines += [f"[{field}]", *_comment(f"one of: {', '.join(_CHOICES[field])}")]
        if labels.codes:
            lines.append(f'codes = "{labels.codes}"  # the list knows most of the labels; the map below comes first')
        lines.append('default = "unknown"  # labels that nobody knows: they are counted and warned of')
    elif not labels.unknown and not labels.known:
        return []
    shown = [entry for entry in labels.known if not (truth and _usual(entry[0]))]
    if shown or labels.unknown:
        lines.append(f"[{field}.map]")
    lines += [f"{escaped(label)} = {_value(meaning)}  # {rows:,} rows" for label, meaning, rows in shown]
    choice = "true or false" if truth else "choose one of the list above"
    for label, rows in labels.unknown:
        empty = "true" if truth else '"..."'
        lines.append(f"# {escaped(label)} = {empty}  # {rows:,} rows: {choice}")
    if labels.hidden:
        lines.append(
            f"# {labels.hidden:,} more label(s) in {labels.hidden_rows:,} rows are not shown: rare, long, many, or "
            "they may say who it was."
        )
    if labels.words:
        lines += ["", f"[{field}.words]  # reads labels that are not shown; the first group one of whose words fits"]
        lines += [f"{group} = {_list(words)}" for group, words in labels.words.items()]
    return lines if len(lines) > 1 else []


def _usual(label: str) -> bool:
    """Tell whether a label is a usual word for yes or no, which needs no map."""
    return label.casefold() in {"y", "n", "yes", "no", "true", "false", "t", "f", "1", "0", "1.0", "0.0"}


def _value(meaning: str | bool) -> str:  # noqa: FBT001 - the meaning of a label
    """Write the meaning of a label."""
    return str(meaning).lower() if isinstance(meaning, bool) else escaped(meaning)
