"""Decide about the columns of a file: identifiers stay out, the rest is mapped, left open or not read."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from hotspot.anonymise import find_identifiers, identifier_headers, looks_personal
from hotspot.ingest.extract import squash
from hotspot.ingest.guess_draft import LIKELY, SURE, UNSURE, Draft, certainty_of
from hotspot.ingest.guess_labels import Labels, understand
from hotspot.ingest.guess_names import says, says_residence
from hotspot.ingest.guess_occurrence import assign_times
from hotspot.ingest.guess_places import assign_places, assign_texts
from hotspot.ingest.guess_values import look_at

if TYPE_CHECKING:
    import pandas as pd

    from hotspot.ingest.guess_values import Look

SAMPLE = 20_000
"""Rows whose values are looked at; of larger files every n-th."""
_CLEAR = 2
_HALF, _MOST = 0.5, 0.8
_FEW = 30
_MANY = 300
_NEARLY_UNIQUE = 0.95
_TELLING = 3
_HARD = frozenset({"NHS number", "e-mail address", "National Insurance number", "phone number", "name"})
_TRUTHS = ("domestic", "injury", "conveyed")
_CATEGORY_FIRST = "category"
_OFFENCES = frozenset({"home_office", "nibrs"})


def decide(frame: pd.DataFrame, *, agency: str, health: bool) -> Draft:
    """
    Decide about every column.

    Parameters
    ----------
    frame
        All columns as text, headers as they stand.
    agency
        Whose file the headers speak of, or empty.
    health
        Whether the records derive, or may derive, from patients.

    Returns
    -------
    Draft
        Every column is mapped, an alternative, or not read for a reason.
    """
    sample = frame.iloc[:: max(1, -(-len(frame) // SAMPLE))]
    looks = [look_at(str(header), i, sample.iloc[:, i]) for i, header in enumerate(frame.columns)]
    draft = Draft(looks, frame, agency, health)
    _leave_out_unusable(draft)
    _leave_out_identifiers(draft, sample)
    assign_places(draft)
    assign_times(draft)
    _assign_labels(draft)
    _assign_id(draft)
    _assign_named(draft)
    assign_texts(draft)
    for look in draft.open_looks():
        draft.unread[look.position] = ""
    return draft


def _leave_out_unusable(draft: Draft) -> None:
    """Leave out columns that no source file can name: without a header, with one of two, or that hold nothing."""
    times = Counter(squash(look.header) for look in draft.looks)
    for look in draft.looks:
        if not squash(look.header):
            draft.unread[look.position] = "its header has no letter or digit"
        elif times[squash(look.header)] > 1:
            draft.unread[look.position] = "its header stands more than once"
        elif any("\ud800" <= character <= "\udfff" for character in look.header):
            draft.unread[look.position] = "its header is not valid text"
        elif not look.filled:
            draft.unread[look.position] = "empty"


def _leave_out_identifiers(draft: Draft, sample: pd.DataFrame) -> None:
    """Leave out every column that is named like an identifier or holds one."""
    named = identifier_headers(look.header for look in draft.looks)
    for look in draft.looks:
        if look.header in named:
            draft.unread[look.position] = f"looks like a {named[look.header]}: never read"
        elif looks_personal(look.header):
            draft.unread[look.position] = "its header looks like a value"
    for look in draft.open_looks():
        numbers = look.number is not None and not look.number.whole
        kinds = (
            [] if numbers or look.area else find_identifiers(sample.iloc[:, [look.position]].set_axis(["x"], axis=1))
        )
        hard = [finding for finding in kinds if finding.kind in _HARD]
        textual = says("location_text", look.header) or says("id", look.header) >= _CLEAR
        for finding in hard:
            rare = finding.count < _HALF * finding.checked
            if not (textual and rare and finding.kind == "name"):
                share = f"{finding.count:,} of {finding.checked:,} different values"
                draft.unread[look.position] = f"{share} look like a {finding.kind}: never read"


def _assign_labels(draft: Draft) -> None:
    """Map what happened, with what, in what kind of place, and the columns of yes and no."""
    _assign_by_name(draft)
    if _CATEGORY_FIRST not in draft.mapped:
        _assign_by_labels(draft)
    _assign_code(draft)
    for field in _TRUTHS:
        if field in draft.mapped:
            continue
        found = [look for look in draft.open_looks() if says(field, look.header) and look.distinct <= _FEW]
        for look in found[:1]:
            labels = understand(field, draft.values(look), header=look.header, agency=draft.agency, health=draft.health)
            if labels is not None:
                yes = "yes and no" if labels.share > _MOST else f"{look.distinct} different labels"
                draft.take(field, look, certainty_of(_CLEAR, agree=labels.share > _MOST), f"name and values: {yes}")
                draft.labels[field] = labels
        for look in found[1:]:
            draft.offer(field, look, "named like it too")


def _assign_code(draft: Draft) -> None:
    """Keep an offence code as supplied, and let it say whether anyone was injured."""
    if _CATEGORY_FIRST not in draft.mapped or draft.labels[_CATEGORY_FIRST].codes not in _OFFENCES:
        return
    category = draft.mapped[_CATEGORY_FIRST]
    for field, why in (("offence", "kept as supplied"), ("injury", "the code tells")):
        draft.mapped[field] = replace(category, field=field, evidence=f"the same column: {why}")


def _assign_by_name(draft: Draft) -> None:
    """Map each of the three fields of labels to the column whose name and labels fit it best."""
    found: list[tuple[float, str, int, Look, Labels]] = []
    for look in draft.open_looks():
        if look.distinct > _FEW and look.repeats < _CLEAR:
            continue
        for field in ("weapon_group", "setting", _CATEGORY_FIRST):
            strength = says(field, look.header)
            if not strength or (says_residence(look.header) and strength < _CLEAR):
                continue
            labels = understand(field, draft.values(look), header=look.header, agency=draft.agency, health=draft.health)
            weak = strength < _CLEAR
            if labels is None or (weak and (labels.share < _HALF or look.share("yes or no") > _HALF)):
                continue
            found.append((strength + 2 * labels.share - look.distinct / 200, field, strength, look, labels))
    for _, field, strength, look, labels in sorted(found, key=lambda item: (-item[0], item[3].position)):
        if look.position in draft.used:
            continue
        if field in draft.mapped:
            shares = f"{look.distinct:,} different labels, {100 * labels.share:.0f} % of rows understood"
            draft.offer(field, look, shares)
        else:
            _take_labels(draft, field, look, labels, strength)


def _assign_by_labels(draft: Draft) -> None:
    """Map the column whose labels say what happened though its name does not."""
    for look in draft.open_looks():
        if look.distinct > _FEW or look.number is not None or look.share("yes or no") > _HALF or look.area:
            continue
        labels = understand(
            _CATEGORY_FIRST, draft.values(look), header=look.header, agency=draft.agency, health=draft.health
        )
        if labels is None or labels.share < _MOST:
            continue
        if len({meaning for _, meaning, _ in labels.known} - {"other", "unknown", "health_demand"}) >= _TELLING:
            _take_labels(draft, _CATEGORY_FIRST, look, labels, 0)
            return


def _take_labels(draft: Draft, field: str, look: Look, labels: Labels, strength: int) -> None:
    """Map a column of labels."""
    what = f"codes of the list {labels.codes!r}" if labels.codes else f"{look.distinct:,} different labels"
    basis = "name and values" if strength else "values only"
    known = f"{100 * labels.share:.0f} % of the filled rows understood"
    certainty = certainty_of(strength, agree=labels.share > _HALF) if labels.share else UNSURE
    draft.take(field, look, certainty, f"{basis}: {what}, {known}")
    draft.labels[field] = labels


def _assign_id(draft: Draft) -> None:
    """Map the number of the record, by which duplicates are found."""
    found: list[tuple[int, float, Look]] = []
    for look in draft.open_looks():
        strength, unique = says("id", look.header), 1 / look.repeats if look.repeats else 0.0
        fraction = look.number is not None and not look.number.whole
        if not strength or fraction or says_residence(look.header) or look.fill < _HALF:
            continue
        if unique >= (_HALF if strength >= _CLEAR else _NEARLY_UNIQUE):
            found.append((strength, unique, look))
    found.sort(key=lambda item: (-item[0], -item[1], item[2].position))
    for strength, unique, look in found[:1]:
        what = "every value differs" if unique == 1 else f"{look.distinct:,} different values"
        draft.take(
            "id", look, certainty_of(strength, agree=True), f"name and values: {what}; finds duplicates, then dropped"
        )
    for _, _, look in found[1:]:
        draft.offer("id", look, "also a number of its own in nearly every row")


def _assign_named(draft: Draft) -> None:
    """Map provider, site and the numbers that only a name can tell."""
    for field in ("site", "provider"):
        found = []
        for look in draft.open_looks():
            strength = says(field, look.header)
            repeating = look.distinct <= _MANY and (look.repeats >= _CLEAR or look.rows < _FEW)
            if (
                strength
                and repeating
                and not says_residence(look.header)
                and (look.number is None or strength >= _CLEAR)
            ):
                found.append((strength, look))
        found.sort(key=lambda item: (-item[0], item[1].position))
        for strength, look in found[:1]:
            certainty = SURE if strength >= _CLEAR else LIKELY
            draft.take(field, look, certainty, f"name and values: {look.distinct:,} different names or codes")
        for _, look in found[1:]:
            draft.offer(field, look, f"{look.distinct:,} different names or codes")
    for field in ("severity", "uncertainty_m"):
        for look in draft.open_looks():
            if says(field, look.header) and look.number is not None and field not in draft.mapped:
                draft.take(field, look, LIKELY, "name and values: numbers")
    if "uncertainty_m" in draft.mapped and not {"longitude", "easting"} & set(draft.mapped):
        draft.mapped.pop("uncertainty_m")
