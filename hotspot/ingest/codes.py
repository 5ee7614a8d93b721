"""Turn an agency's labels into our vocabulary, by its map, its history and its words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from hotspot.anonymise import looks_personal, mentions_in
from hotspot.checks import listed
from hotspot.errors import InputError
from hotspot.ingest.distinct_values import alike, distinct
from hotspot.ingest.extract import squash
from hotspot.ingest.mapping import Rule
from hotspot.ingest.times import MISSING
from hotspot.ingest.versioned_codes import meanings, tidy_code

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from hotspot.ingest.mapping import Values

_YES = frozenset({"y", "yes", "true", "t", "1", "1.0"})
_NO = frozenset({"n", "no", "false", "f", "0", "0.0"})
_LISTED = 20
_LONGEST = 40
_SEEN_OFTEN = 5
_CODE = re.compile(r".{1,4}|\d{1,2}-?[A-EO]-?\d{1,2}[A-Z]?", re.IGNORECASE)
"""What is taken for a code in a health source: four characters, or a dispatch code; more may say who it was."""


@dataclass(slots=True)
class Decoded:
    """A column of our vocabulary, and the labels that found no place in it."""

    results: np.ndarray | pd.Categorical[Any]
    """Text, bool or None, per row: object, or by distinct values."""
    unmapped: int = 0
    """Rows with a label that neither map nor words know, or outside its months."""
    labels: list[str] = field(default_factory=list)
    """Those labels, as far as they may be shown."""
    label_rows: dict[str, int] = field(default_factory=dict)
    """Rows of each of them."""
    labels_hidden: int = 0
    """How many more such labels there are: rare ones of health sources, long or personal-looking ones."""
    empty: int = 0
    """Rows without a label."""


def decode(
    labels: pd.Series | None,
    values: Values,
    months: np.ndarray,
    *,
    fallback: str | bool | None,
    keep: bool = False,
    truth: bool = False,
    careful: bool = False,
) -> Decoded:
    """
    Turn labels into our vocabulary.

    Parameters
    ----------
    labels
        As supplied; None where the source maps no column.
    values
        The source's table for this column.
    months
        Month of each row (datetime64[M], NaT unknown), for labels whose meaning has a history.
    fallback
        Result for a label that is not known and where the table has no default.
    keep
        Whether an unknown label stays as it is (a provider's name).
    truth
        Whether the results are true or false; usual words for yes and no need no map.
    careful
        Whether labels come from health records, so that rare ones are counted but not shown.

    Returns
    -------
    Decoded
        Aligned with ``months``.
    """
    rows = len(months)
    default = values.default if values.default is not None else fallback
    if labels is None or values.value is not None:
        constant = values.value if values.value is not None else (None if keep or truth else default)
        return Decoded(alike(constant, rows))
    codes, found = distinct(labels)
    find = _finder(values, truth=truth, field="injury" if truth else "category")
    simple: list[object] = []
    with_history: list[tuple[int, list[Rule]]] = []
    unknown = np.zeros(len(found) + 1, dtype=bool)
    empty = np.zeros(len(found) + 1, dtype=bool)
    empty[-1] = True
    for i, label in enumerate(found):
        cleaned = _clean(str(label))
        if cleaned in MISSING and squash(cleaned) not in {squash(key) for key in values.map}:
            empty[i] = True
            simple.append(None if keep or truth else default)
            continue
        known, result = find(cleaned)
        if isinstance(result, list):
            with_history.append((i, result))
            result = default
        elif not known:
            unknown[i] = not keep
            result = unicodedata.normalize("NFKC", " ".join(str(label).split())) if keep else default
        simple.append(None if result == "" else result)
    results = np.array([*simple, None if keep or truth else default], dtype=object)[codes]
    stray = unknown[codes]
    for i, rules in with_history:
        here = codes == i
        results[here], outside = _by_month(rules, months[here], default)
        stray[np.flatnonzero(here)[outside]] = True
    decoded = Decoded(results, int(stray.sum()), empty=int(empty[codes].sum()))
    _show(decoded, codes[stray], found, careful=careful)
    return decoded


def require_some_known(decoded: Decoded, values: Values, header: str) -> None:
    """
    Refuse a column of codes of which the source knows none: everything would be *unknown*.

    Parameters
    ----------
    decoded
        The column in our vocabulary.
    values
        The source's table for it.
    header
        Its header in the file.

    Raises
    ------
    InputError
        If every filled-in label is unknown and the source has no meaning for such labels.
    """
    rows = len(decoded.results)
    if decoded.unmapped == 0 or decoded.unmapped + decoded.empty < rows or values.default not in {None, "unknown"}:
        return
    shown = f" (such as {listed(map(repr, decoded.labels), 8)})" if decoded.labels else ""
    raise InputError(
        f"data: none of the {decoded.unmapped:,} labels in column {header!r}{shown} is known, so nothing would say "
        f"what happened. Copy the source file and give their meanings in [category.map].{values.remedy and ' '}"
        f"{values.remedy}"
    )


def rule_by_month(rule: str | list[Rule] | None, months: np.ndarray) -> np.ndarray:
    """
    Give a value that has a history, such as the year of a code's geography, for each row.

    Parameters
    ----------
    rule
        One value for all, or rules with months.
    months
        Month of each row; rows of unknown month get None where there is a history.

    Returns
    -------
    ndarray of object
        Text or None.
    """
    if rule is None or isinstance(rule, str):
        return alike(rule, len(months))
    return _by_month(rule, months, None)[0]


def crossed_breaks(breaks: list[str], months: np.ndarray) -> list[str]:
    """List the months at which the labels changed their meaning and that lie inside the data's span."""
    known = months[~np.isnat(months)]
    if not len(known):
        return []
    first, last = known.min(), known.max()
    return [month for month in breaks if first < np.datetime64(month, "M") <= last]


def _by_month(rules: list[Rule], months: np.ndarray, default: object) -> tuple[np.ndarray, np.ndarray]:
    """Apply the rule valid in each row's month; say which rows no rule covers."""
    results = alike(default, len(months))
    covered = np.zeros(len(months), dtype=bool)
    for rule in rules:
        valid = ~covered
        if rule.valid_from is not None:
            valid &= months >= np.datetime64(rule.valid_from, "M")
        if rule.valid_to is not None:
            valid &= months <= np.datetime64(rule.valid_to, "M")
        results[valid] = None if rule.to == "" else rule.to
        covered |= valid
    return results, ~covered


def _coded(values: Values, field: str) -> dict[str, list[Rule]]:
    """Give the codes of the source's code list as rules; an empty result is missing."""
    if values.codes is None:
        return {}
    return {
        code: [
            Rule(to="" if result is None else result, valid_from=first, valid_to=last) for result, first, last in rows
        ]
        for code, rows in meanings(values.codes, field).items()
    }


def _finder(values: Values, *, truth: bool, field: str) -> Callable[[str], tuple[bool, object]]:
    """Build the look-up of a cleaned label: exact, without punctuation, as a code of the list, then by words."""
    coded = _coded(values, field)
    rules = values.rules()
    exact = {_clean(label): rule for label, rule in rules.items()}
    squashed = {squash(label): rule for label, rule in rules.items()}
    words = [(group, _pattern(stems)) for group, stems in values.words.items()]

    def find(label: str) -> tuple[bool, object]:
        rule = exact.get(label) or squashed.get(squash(label))
        if rule is None and coded:
            rule = coded.get(tidy_code(str(values.codes), label))
        if rule is not None:
            plain = len(rule) == 1 and rule[0].valid_from is None and rule[0].valid_to is None
            return True, rule[0].to if plain else rule
        if truth and label in _YES | _NO:
            return True, label in _YES
        spaced = re.sub(r"[^\w]+", " ", label)
        for group, pattern in words:
            if pattern.search(spaced):
                return True, group
        return False, None

    return find


def _pattern(words: list[str]) -> re.Pattern[str]:
    """Match any of the words as whole words; a star stands for any ending."""
    parts = [re.escape(" ".join(word.casefold().split())).replace(r"\*", r"\w*") for word in words]
    return re.compile(r"\b(?:" + "|".join(parts) + r")\b")


def _clean(label: str) -> str:
    """Fold case, width, curly quotes and spaces of a label."""
    text = unicodedata.normalize("NFKC", label).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return " ".join(text.casefold().split())


def _show(decoded: Decoded, codes: np.ndarray, found: pd.Index, *, careful: bool) -> None:
    """List the unmapped labels that may be shown, the most frequent first: none of a person."""
    if not len(codes):
        return
    which, counts = np.unique(codes, return_counts=True)
    order = np.lexsort((which, -counts))
    for code, count in zip(which[order], counts[order], strict=True):
        label = str(found[code]).strip()
        rare = count < _SEEN_OFTEN
        telling = (careful and (rare or _CODE.fullmatch(label) is None)) or (rare and bool(mentions_in(label)))
        if telling or len(label) > _LONGEST or looks_personal(label) or len(decoded.labels) >= _LISTED:
            decoded.labels_hidden += 1
        else:
            decoded.labels.append(label)
            decoded.label_rows[label] = int(count)
