"""Find what a source file must say besides its columns: formats, time zone, reference system, repeated ids."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError

from hotspot.ingest.guess_labels import understand
from hotspot.ingest.guess_names import header_words
from hotspot.ingest.guess_toml import escaped
from hotspot.ingest.times import MISSING

if TYPE_CHECKING:
    from hotspot.ingest.guess_draft import Draft
    from hotspot.ingest.guess_values import Look

_GB_EAST, _GB_NORTH = 700_000, 1_300_000
_US = ((-125.0, -66.0), (24.0, 50.0))
_US_ZONES = (
    (-114.0, "America/Los_Angeles"), (-101.0, "America/Denver"), (-86.0, "America/Chicago"), (0.0, "America/New_York"),
)  # fmt: skip
_BRITISH_AREAS = ("output areas", "LSOAs", "MSOAs", "wards", "local authorities")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the source file says besides its columns."""

    formats: dict[str, tuple[str, ...]]
    """Field to the formats that must be stated."""
    either: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
    """Field to day-first and month-first formats, between which the user must choose."""
    zone: str
    zone_reason: str
    crs: int | None
    crs_reason: str
    """Empty where there are no eastings and northings."""
    decimal_comma: bool
    duplicates: str
    """refuse, first, or empty where no id is mapped."""
    duplicates_reason: str
    category: str | None
    """The category of all rows, where no column says what happened."""
    category_reason: str
    questions: tuple[str, ...]


def settings_of(draft: Draft, title: str) -> Settings:
    """
    Find the settings.

    Parameters
    ----------
    draft
        What was decided about the columns.
    title
        Name of the file: it may say what happened, or the EPSG code of the coordinates.

    Returns
    -------
    Settings
        With what only the user can decide.
    """
    questions: list[str] = []
    zone, zone_reason = _zone(draft, questions)
    crs, crs_reason = _crs(draft, title, questions)
    duplicates, duplicates_reason = _duplicates(draft)
    category, category_reason = _category(draft, title, questions)
    mapped = {name: look for name in draft.mapped if (look := _look(draft, name)) is not None}
    commas = any(look.decimal_comma for name, look in mapped.items() if name in {"longitude", "easting", "latitude"})
    return Settings(
        {name: written.formats for name, written in draft.written.items() if written.formats},
        {name: written.either for name, written in draft.written.items() if written.either},
        zone, zone_reason, crs, crs_reason, commas, duplicates, duplicates_reason, category, category_reason,
        tuple(questions),
    )  # fmt: skip


def _look(draft: Draft, name: str) -> Look | None:
    """Give the column that was mapped to a field."""
    column = draft.mapped.get(name)
    return next((look for look in draft.looks if column and look.header == column.header), None)


def _zone(draft: Draft, questions: list[str]) -> tuple[str, str]:
    """Find the time zone: from Great Britain's places, else from the longitude, else ask."""
    x, y = _look(draft, "longitude"), _look(draft, "latitude")
    if x and y and x.number and y.number:
        if x.number.within(-8.7, 2.1) and y.number.within(49.7, 61.0):
            return "Europe/London", "the coordinates lie in Great Britain"
        (west, east), (south, north) = _US
        if west < x.number.median < east and south < y.number.median < north:
            zone = next(zone for limit, zone in _US_ZONES if x.number.median < limit)
            return zone, "by the longitude of the middle of the points only: check it"
        questions.append("[time] zone: the coordinates do not lie in Great Britain. Which clock do the times show?")
        return "Europe/London", "not known: state the zone of the agency"
    british = (
        any(look.area in _BRITISH_AREAS for look in draft.looks)
        or any(look.share("full postcode", "grid reference") > 1 / 2 for look in draft.looks)
        or _in_british_grid(draft)
    )  # fmt: skip
    if british:
        return "Europe/London", "the places lie in Great Britain"
    american = any(written.month_first for written in draft.written.values()) or any(
        look.area.startswith("census") for look in draft.looks
    )
    if american:
        questions.append(
            "[time] zone: dates with the month first or census codes speak of the United States. State the zone, such "
            "as America/New_York, America/Chicago, America/Denver or America/Los_Angeles."
        )
        return "Europe/London", "not known, probably one of the United States: state it"
    return "Europe/London", "assumed: nothing in the file says where it comes from"


def _in_british_grid(draft: Draft) -> bool:
    """Tell whether the eastings and northings fit the British National Grid."""
    x, y = _look(draft, "easting"), _look(draft, "northing")
    return bool(
        x and y and x.number and y.number and x.number.within(0, _GB_EAST) and y.number.within(0, _GB_NORTH)
    )  # fmt: skip


def _crs(draft: Draft, title: str, questions: list[str]) -> tuple[int | None, str]:
    """Find the reference system of eastings and northings; it cannot be read off the numbers of another grid."""
    if "easting" not in draft.mapped:
        return None, ""
    named = re.search(r"(?<!\d)(\d{4,5})(?!\d)", Path(title).stem)
    if not _in_british_grid(draft):
        if named and _is_metric(int(named[1])):
            return int(named[1]), "the file's name has this EPSG code: check it"
        questions.append(
            "[place] crs: the eastings and northings do not fit the British National Grid. Give the EPSG code of their "
            "system; until then reading refuses the file."
        )
        return None, "which system? Its EPSG code, such as 32616 for UTM zone 16N"
    if named and _is_metric(int(named[1])) and int(named[1]) != 27700:  # noqa: PLR2004 - EPSG code
        return int(named[1]), "the file's name has this EPSG code: check it"
    return 27700, "the numbers fit the British National Grid; check it if the place is not in Great Britain"


def _is_metric(code: int) -> bool:
    """Tell whether a number is the EPSG code of a projected system in metres."""
    try:
        system = CRS.from_epsg(code)
    except CRSError:
        return False
    return bool(system.is_projected) and system.axis_info[0].unit_name == "metre"


def _duplicates(draft: Draft) -> tuple[str, str]:
    """Count the rows that repeat an id, over the whole file."""
    look = _look(draft, "id")
    if look is None:
        return "", ""
    values = draft.values(look)
    filled = values.notna() & ~values.astype("str").str.strip().str.casefold().isin(MISSING)
    again = filled & values.duplicated(keep="first")
    if not again.any():
        return "refuse", "no id is repeated in this file"
    same = int(draft.frame.duplicated(keep="first")[again].sum())
    return "first", (
        f'{int(again.sum()):,} rows repeat an id, {same:,} of them word for word. "first" reads one row of each id, '
        '"keep" all: one per unit, victim or offence?'
    )


def _category(draft: Draft, title: str, questions: list[str]) -> tuple[str | None, str]:
    """Say what happened where no column does: assaults, if the headers speak of them; else ask."""
    if "category" in draft.mapped:
        labels = draft.labels["category"]
        if not labels.share:
            questions.append(
                f"category = {escaped(draft.mapped['category'].header)}: none of its labels is understood. Give their "
                "meanings in [category.map]; until then reading refuses the file."
            )
        return None, ""
    about = [look.header for look in draft.looks if re.search(r"\bassault", header_words(look.header))]
    if about and draft.health:
        return "assault", f"no column says what happened; {escaped(about[0])} speaks of assaults"
    words = re.sub(r"\d+", " ", header_words(title.split(".", maxsplit=1)[0]))
    named = understand("category", pd.Series([words]), header="", agency=draft.agency, health=False)
    hint = f" The file's name suggests {named.known[0][1]!r}." if named and named.known else ""
    questions.append(
        "[category] value: no column says what happened, so every record would be of unknown category. Choose one "
        f"category for all rows, or map a column.{hint}"
    )
    return "unknown", f"no column says what happened: choose one for all rows.{hint}"
