"""Tell the places of a file apart: coordinates, grid references, area codes, postcodes, texts; never a residence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hotspot.anonymise import count_mentions
from hotspot.ingest.guess_draft import LIKELY, SURE, UNSURE, basis, certainty_of
from hotspot.ingest.guess_names import header_words, names_area, says, says_residence
from hotspot.ingest.guess_values import FINENESS, LOOKED_AT

if TYPE_CHECKING:
    from hotspot.ingest.guess_draft import Draft
    from hotspot.ingest.guess_values import Look

_GB_EAST, _GB_NORTH = 700_000, 1_300_000
_HALF, _MOST = 0.5, 0.8
_NEARLY_ALL = 0.9
_LIVES = "where a person lives, not where it happened"
_PLACE_FIELDS = ("longitude", "latitude", "easting", "northing", "location_text")
_HAPPENED = re.compile(r"\b(?:assault|incident|injury|crime|offen[cs]e|event|attack|scene|occurrence|call|location)\b")


def assign_places(draft: Draft) -> None:
    """
    Map the columns that say where.

    Parameters
    ----------
    draft
        Receives coordinates, ``grid_reference``, ``area_code``, ``postcode`` and ``location_text``.
    """
    _leave_out_residence(draft)
    _assign_coordinates(draft)
    _assign_grid_reference(draft)
    _assign_area(draft)


def assign_texts(draft: Draft) -> None:
    """Map postcodes and free texts; after the labels, which have the first claim on columns of words."""
    _assign_postcode(draft)
    _assign_text(draft)


def _leave_out_residence(draft: Draft) -> None:
    """Leave out every place column whose name speaks of a person's home."""
    for look in draft.open_looks():
        place = (
            look.area or names_area(look.header) or look.share("full postcode", "sector", "grid reference") > _HALF
            or any(says(name, _without_person(look.header)) for name in _PLACE_FIELDS)
        )  # fmt: skip
        if place and says_residence(look.header) and not _HAPPENED.search(header_words(look.header)):
            draft.unread[look.position] = _LIVES


def _without_person(header: str) -> str:
    """Take the person out of a header: what is left says which kind of place it is."""
    return re.sub(
        r"\b(?:home|patients?|pt|pat|residential|residence|victims?|of|persons?|callers?)\b", " ", header_words(header)
    )


def _assign_coordinates(draft: Draft) -> None:
    """Map the best pair of coordinates; a second pair stays as an alternative."""
    pairs = _pairs(draft)
    if not pairs:
        return
    pairs.sort(key=lambda pair: (-round(pair[0].fill, 1), pair[2] == "easting", -pair[3]))
    x, y, first, strength = pairs[0]
    second = {"longitude": "latitude", "easting": "northing"}[first]
    x, y, turned = _unswap(x, y, first)
    what = "degrees" if first == "longitude" else "metres"
    inside = _in_britain(x, y, first)
    evidence = basis(strength, f"{what} in Great Britain" if inside else what)
    if turned:
        evidence += "; the two headers look swapped, so each is mapped by its values"
    for name, look in ((first, x), (second, y)):
        certainty = UNSURE if turned or not strength else certainty_of(strength, agree=inside or what == "degrees")
        draft.take(name, look, certainty, evidence)
    for other_x, other_y, other, _ in pairs[1:]:
        names = (other, {"longitude": "latitude", "easting": "northing"}[other])
        for name, look in zip(names, (other_x, other_y), strict=True):
            if look.position not in draft.used:
                draft.offer(name, look, "a second pair of coordinates")


def _pairs(draft: Draft) -> list[tuple[Look, Look, str, int]]:
    """Find pairs of columns that could be coordinates, by their names or, in Great Britain, by their values."""
    numbers = [look for look in draft.open_looks() if look.number is not None]
    first = [(max(says("longitude", n.header), says("easting", n.header)), n) for n in numbers]
    second = [(max(says("latitude", n.header), says("northing", n.header)), n) for n in numbers]
    pairs: list[tuple[Look, Look, str, int]] = []
    taken: set[int] = set()
    for strength, x in sorted(first, key=lambda item: (-item[0], item[1].position)):
        partners = [(s, y) for s, y in second if s and y.position not in taken | {x.position}]
        if not strength or not partners:
            continue
        strength_y, y = min(partners, key=lambda item: (item[0] != strength, abs(item[1].position - x.position)))
        kind = _kind(x, y)
        if kind:
            pairs.append((x, y, kind, min(strength, strength_y)))
            taken |= {x.position, y.position}
    if not pairs:
        east = [n for n in numbers if n.number and n.number.is_gb_longitude]
        north = [n for n in numbers if n.number and n.number.is_gb_latitude]
        if len(east) == 1 and len(north) == 1:
            pairs.append((east[0], north[0], "longitude", 0))
    return pairs


def _kind(x: Look, y: Look) -> str:
    """Tell degrees from metres by the values."""
    if x.number is None or y.number is None:
        return ""
    if x.number.within(-180, 180) and y.number.within(-180, 180):
        return "longitude" if not (x.number.whole and y.number.whole) else ""
    return "easting" if x.number.is_metre and y.number.is_metre else ""


def _unswap(x: Look, y: Look, first: str) -> tuple[Look, Look, bool]:
    """Turn a pair round whose values fit only the other way."""
    if x.number is None or y.number is None:
        return x, y, False
    if first == "longitude":
        turned = (x.number.is_gb_latitude and y.number.is_gb_longitude) or (
            not y.number.within(-90, 90) and x.number.within(-90, 90)
        )
    else:
        turned = x.number.high > _GB_EAST and y.number.high <= _GB_EAST and x.number.high <= _GB_NORTH
    return (y, x, True) if turned else (x, y, False)


def _in_britain(x: Look, y: Look, first: str) -> bool:
    """Tell whether a pair lies in Great Britain."""
    if x.number is None or y.number is None:
        return False
    if first == "longitude":
        return x.number.within(-8.7, 2.1) and y.number.is_gb_latitude
    return x.number.within(0, _GB_EAST) and y.number.within(0, _GB_NORTH)


def _assign_grid_reference(draft: Draft) -> None:
    """Map Ordnance Survey grid references."""
    found = [look for look in draft.open_looks() if look.share("grid reference") >= _MOST]
    found.sort(key=lambda look: -says("grid_reference", look.header))
    for look in found[:1]:
        strength = says("grid_reference", look.header)
        draft.take("grid_reference", look, SURE if strength else LIKELY, basis(strength, "grid references"))
    for look in found[1:]:
        draft.offer("grid_reference", look, "grid references too")


def _assign_area(draft: Draft) -> None:
    """Map the finest area code; in a hospital's file only one that is said to be of the incident."""
    found = [
        look for look in draft.open_looks()
        if look.area and (names_area(look.header) or look.area not in {"areas", *_CENSUS})
    ]  # fmt: skip
    found.sort(key=lambda look: (FINENESS.index(look.area), look.position))
    for look in found:
        named = _HAPPENED.search(header_words(look.header)) is not None
        if draft.agency == "ed" and not named:
            draft.offer(
                "area_code", look, f"codes of {look.area}. In a hospital's file nearly always where the patient lives: "
                "take the # off only if it is where the assault happened",
            )  # fmt: skip
        elif "area_code" in draft.mapped:
            draft.offer("area_code", look, f"codes of {look.area}, not finer than those above")
        else:
            strength = 2 if names_area(look.header) else 0
            draft.take("area_code", look, certainty_of(strength, agree=True), basis(strength, f"codes of {look.area}"))


_CENSUS = ("census blocks", "census block groups", "census tracts", "counties")


def _assign_postcode(draft: Draft) -> None:
    """Map postcodes of the incident; those that may be of a home are left to the user."""
    for look in draft.open_looks():
        strength = says("postcode", look.header)
        full = look.share("full postcode")
        if not ((strength and look.share("full postcode", "sector", "outcode") >= _HALF) or full >= _NEARLY_ALL):
            continue
        kind = "full postcodes" if full > _HALF else "parts of postcodes"
        if strength >= 2 and "postcode" not in draft.mapped:  # noqa: PLR2004 - clear words
            draft.take(
                "postcode", look, SURE, f"name and values: {kind}; read in memory by the gazetteer, then dropped"
            )
        elif draft.health or says_residence(look.header):
            draft.offer(
                "postcode", look, f"{kind}; perhaps of a person's home. Take the # off only if it is where it happened"
            )
        elif "postcode" not in draft.mapped:
            draft.take("postcode", look, LIKELY, f"{kind}; read in memory by the gazetteer, then dropped")
        else:
            draft.offer("postcode", look, kind)


def _assign_text(draft: Draft) -> None:
    """Map the text that says where, unless coordinates say it already."""
    found = [
        (says("location_text", look.header), look) for look in draft.open_looks()
        if says("location_text", look.header) and look.share("words") >= _HALF and not look.area
    ]  # fmt: skip
    found.sort(key=lambda item: (-item[0], -item[1].share("several words"), item[1].position))
    placed = max((look.fill for look in draft.looks if _is_point(draft, look)), default=0.0)
    for strength, look in found:
        if placed >= _NEARLY_ALL:
            draft.offer("location_text", look, "texts; coordinates say where already")
        elif "location_text" in draft.mapped:
            draft.offer("location_text", look, "texts too")
        else:
            sample = draft.values(look).dropna().astype("str").drop_duplicates().head(LOOKED_AT)
            persons = sum(count_mentions(sample).values())
            mention = f"; {persons:,} of {len(sample):,} different texts mention a person or a home" if persons else ""
            evidence = f"{basis(strength, 'texts')}; read in memory by the gazetteer, then dropped{mention}"
            draft.take("location_text", look, certainty_of(strength, agree=True), evidence)


def _is_point(draft: Draft, look: Look) -> bool:
    """Tell whether a column was mapped as a coordinate."""
    fields = ("longitude", "easting", "grid_reference")
    return any(name in draft.mapped and draft.mapped[name].header == look.header for name in fields)
