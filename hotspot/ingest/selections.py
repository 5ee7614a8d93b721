"""Select violence by a named definition, and refuse where the records cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import listed, require_choice, require_columns, require_vocabulary
from hotspot.errors import InputError
from hotspot.ingest.versioned_codes import codes_of, meanings, tidy_code
from hotspot.record import note

if TYPE_CHECKING:
    import geopandas as gpd

SELECTIONS = ("with_injury", "serious_street_visible")
"""The named selections of `select_violence`."""

_LIST = "home_office"
_WHOLE = {
    "with_injury": frozenset({"violence_with_injury", "stab_gunshot_penetrating"}),
    "serious_street_visible": frozenset({"homicide", "robbery"}),
}
"""Categories that belong to the selection whole."""
_OPEN = {
    "with_injury": frozenset({"violence_and_sexual_offences", "assault"}),
    "serious_street_visible": frozenset(
        {"violence_and_sexual_offences", "assault", "stab_gunshot_penetrating", "violence_with_injury", "weapons"}
    ),
}
"""Categories of which a part may belong: the offence code or the injury flag must tell."""
_WHY = {
    "violence_and_sexual_offences": "holds everything from homicide to harassment and sexual offences",
    "assault": "is not divided by severity or injury",
    "stab_gunshot_penetrating": "is a dispatch category, not an offence",
    "violence_with_injury": "also holds offences that are not of this selection, and no offence code tells",
    "weapons": "also holds offences that are not of this selection, and no offence code tells",
    "public_order": "holds more than violent disorder, and no offence code tells",
}


def select_violence(
    incidents: gpd.GeoDataFrame,
    selection: str,
    *,
    undecided: str = "refuse",
    violent_disorder: bool = False,
) -> gpd.GeoDataFrame:
    """
    Keep the incidents that belong to a named selection of violence.

    Parameters
    ----------
    incidents
        Incidents of any sources.
    selection
        ``with_injury``: the Home Office sub-group *violence with injury*, dispatches to stabs, gunshots and
        penetrating trauma, and assaults flagged as leaving an injury. ``serious_street_visible``: homicide, attempted
        murder, assault with intent to cause serious harm, endangering life, assault with injury (and its
        racially or religiously aggravated form), robbery, and possession of firearms, blades and other weapons
        (10A to 10D), without records flagged domestic or placed in a home.
    undecided
        What to do with records whose category holds more than the selection and that no code or flag decides:
        ``refuse`` (raise) or ``leave_out`` (count them and go on).
    violent_disorder
        Whether ``serious_street_visible`` also takes violent disorder (62A).

    Returns
    -------
    GeoDataFrame
        The selected rows in their order; columns unchanged.

    Raises
    ------
    InputError
        If a column is missing or holds labels of another vocabulary, a flag is not true or false, or the records
        cannot tell and ``undecided="refuse"``.
    ConfigError
        If ``selection`` or ``undecided`` is none of the names above.

    Notes
    -----
    Offence codes are read from ``offence`` by the Home Office list and used only where the code means the category
    that the record has. Records of unknown category are left out and counted. The flags are as good as the agency
    sets them: a domestic assault without a flag stays in, and how many records carry no flag is in the note.
    ``serious_street_visible`` is a working definition for tasking, not an official one.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from hotspot.ingest import select_violence
    >>> crimes = gpd.GeoDataFrame(
    ...     {"category": ["violence_with_injury", "violence_with_injury", "burglary"], "offence": ["8N", "8S", "28E"]},
    ...     geometry=gpd.points_from_xy([0, 1, 2], [0, 0, 0]), crs=27700)
    >>> len(select_violence(crimes, "with_injury")), len(select_violence(crimes, "serious_street_visible"))
    (2, 1)
    """
    require_choice(selection, SELECTIONS, "selection")
    require_choice(undecided, ("refuse", "leave_out"), "undecided")
    require_columns(incidents, ["category"], "incidents")
    require_vocabulary(incidents)
    category = _folded(incidents["category"]).fillna("unknown").to_numpy(dtype=object)
    inside = np.isin(category, list(_WHOLE[selection]))
    unclear = np.isin(category, list(_OPEN[selection]))
    if selection == "with_injury":
        flag = read_flag(incidents, "injury")
        may_be_flagged = category == "assault"
        inside |= may_be_flagged & (flag == 1)
        unclear &= ~(may_be_flagged & (flag >= 0))
    else:
        by_code = _by_code(incidents, category, violent_disorder=violent_disorder)
        if violent_disorder:
            unclear |= category == "public_order"
        inside |= unclear & (by_code == 1)
        unclear &= by_code < 0
    reasons = {"category unknown": category == "unknown", "not of the selection": ~inside & ~unclear}
    if selection == "serious_street_visible":
        reasons |= _hidden(incidents)
    left_out: dict[str, int] = {}
    stays = np.ones(len(incidents), dtype=bool)
    for reason, rows in (reasons | {"undecided": unclear}).items():
        if reason == "undecided" and undecided == "refuse" and (stays & rows).any():
            _refuse(category[stays & rows], len(incidents), selection)
        left_out[reason] = int((stays & rows).sum())
        stays &= ~rows
    note(
        "select_violence", selection=selection, read=len(incidents), selected=int(stays.sum()),
        left_out={reason: count for reason, count in left_out.items() if count},
        undecided=undecided, violent_disorder=violent_disorder,
        selected_without_domestic_flag=int((stays & (read_flag(incidents, "domestic") < 0)).sum()),
        selected_without_setting=int((stays & _no_setting(incidents)).sum()),
    )  # fmt: skip
    return incidents[stays]


def _folded(labels: pd.Series) -> pd.Series:
    """Write labels as the vocabulary does."""
    return labels.astype("str").str.strip().str.casefold()


def read_flag(incidents: gpd.GeoDataFrame, name: str) -> np.ndarray:
    """Read a flag: 1 yes, 0 no, -1 not said."""
    if name not in incidents:
        return np.full(len(incidents), -1, dtype=np.int8)
    try:
        flags = incidents[name].astype("boolean").to_numpy(dtype="float64", na_value=-1)
    except (TypeError, ValueError):
        raise InputError(
            f"incidents: column {name!r} holds other things than true, false and missing. Read the records with "
            f"read_incidents, which maps an agency's words, or map them yourself."
        ) from None
    return np.asarray(flags, dtype=np.int8)


def _by_code(incidents: gpd.GeoDataFrame, category: np.ndarray, *, violent_disorder: bool) -> np.ndarray:
    """Decide by the offence code: 1 of the selection, 0 not, -1 no code of the record's category."""
    decided = np.full(len(incidents), -1, dtype=np.int8)
    if "offence" not in incidents:
        return decided
    wanted = codes_of(_LIST, "serious_street_visible", "yes")
    if violent_disorder:
        wanted |= codes_of(_LIST, "serious_street_visible", "optional")
    known = meanings(_LIST, "category")
    codes, distinct = pd.factorize(incidents["offence"].astype("str"))
    tidy = [tidy_code(_LIST, str(label)) for label in distinct]
    means = np.array([*(known[code][0][0] if code in known else "" for code in tidy), ""], dtype=object)[codes]
    chosen = np.array([*(code in wanted for code in tidy), False])[codes]
    fits = (means == category) & (means != "")
    decided[fits] = chosen[fits].astype(np.int8)
    return decided


def _hidden(incidents: gpd.GeoDataFrame) -> dict[str, np.ndarray]:
    """Mark records that did not happen in view: flagged domestic, or in a home."""
    home = np.zeros(len(incidents), dtype=bool)
    for name in ("setting", "location_level"):
        if name in incidents:
            home |= (_folded(incidents[name]) == "home").fillna(value=False).to_numpy(dtype=bool)
    return {"domestic": read_flag(incidents, "domestic") == 1, "in a home": home}


def _no_setting(incidents: gpd.GeoDataFrame) -> np.ndarray:
    """Mark records that do not say what kind of place it was."""
    if "setting" not in incidents:
        return np.ones(len(incidents), dtype=bool)
    setting = _folded(incidents["setting"])
    return np.asarray((setting.isna() | (setting == "unknown")).fillna(value=True), dtype=bool)


def _refuse(category: np.ndarray, rows: int, selection: str) -> None:
    """Say which categories cannot be divided, and what would help."""
    names, counts = np.unique(category.astype(str), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    sentences = [f"{counts[i]:,} of {str(names[i])!r}, which {_WHY[str(names[i])]}" for i in order]
    need = "an injury flag" if selection == "with_injury" else "Home Office offence codes"
    raise InputError(
        f"incidents: {selection!r} cannot be told for {len(category):,} of {rows:,} records: "
        f"{listed(sentences)}. Ask the agency for {need}, give it one source at a time, or say "
        "undecided='leave_out' and report that they are left out."
    )


__all__ = ["SELECTIONS", "read_flag", "select_violence"]
