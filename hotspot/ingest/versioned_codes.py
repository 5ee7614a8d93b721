"""Offence and dispatch code lists with the months in which each code was valid."""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import lru_cache
from importlib import resources

import pandas as pd

from hotspot.checks import nearest
from hotspot.errors import ConfigError

_FOLDER = "code_lists"
_COLUMNS = ("code", "title", "category", "injury", "serious_street_visible", "valid_from", "valid_to", "evidence")
_CARD = re.compile(r"0*(\d{1,2})(?:[-\s]?[A-EOΩ](?:[-\s]?\d{1,2}[-\s]?[A-Z]?)?)?")
_TRUTH = {"yes": True, "no": False}


def code_lists() -> list[str]:
    """
    Name the code lists that come with the package.

    Returns
    -------
    list of str
        Names that ``codes = "…"`` in a source file and `read_code_list` know, sorted.

    Examples
    --------
    >>> from hotspot.ingest import code_lists
    >>> code_lists()
    ['ampds', 'home_office', 'nibrs']
    """
    folder = resources.files("hotspot.ingest") / _FOLDER
    return sorted(entry.name.removesuffix(".csv") for entry in folder.iterdir() if entry.name.endswith(".csv"))


def read_code_list(name: str) -> pd.DataFrame:
    """
    Show a code list: what each code means here, and in which months.

    Parameters
    ----------
    name
        One of `code_lists`.

    Returns
    -------
    pandas.DataFrame
        ``code``, ``title``, ``category`` (of our vocabulary), ``injury`` and ``serious_street_visible`` (``yes``,
        ``no``, ``optional`` or empty: the code does not tell), ``valid_from`` and ``valid_to`` (first and last month,
        empty: not known to have an end), ``evidence`` (where the row comes from).

    Raises
    ------
    ConfigError
        If there is no such list.

    Notes
    -----
    The lists hold what published editions give and no more. The national lists of the Information Sharing to Tackle
    Violence data set (assault method, location type) and the members of the emergency-care (ECDS) reference sets are
    not public in a form that could be checked, so there is no list of them: text labels are read by their words,
    codes need the user's map.

    Examples
    --------
    >>> from hotspot.ingest import read_code_list
    >>> offences = read_code_list("home_office").set_index("code")
    >>> offences.loc["8N", ["title", "category"]].to_list()
    ['Assault with injury', 'violence_with_injury']
    """
    return pd.DataFrame(_rows(name), columns=list(_COLUMNS), dtype="str")


@lru_cache(maxsize=8)
def _rows(name: str) -> tuple[tuple[str, ...], ...]:
    """Read the rows of a list, comments left out."""
    if name not in code_lists():
        raise ConfigError(f"codes: {name!r} is not a known code list.{nearest(name, code_lists())}")
    text = (resources.files("hotspot.ingest") / _FOLDER / f"{name}.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return tuple(tuple(row[column] for column in _COLUMNS) for row in csv.DictReader(lines))


def tidy_code(name: str, label: str) -> str:
    """
    Write a code as the list writes it: no leading zeros, one decimal point, capitals; of a dispatch code the card.

    Parameters
    ----------
    name
        The code list.
    label
        As supplied: ``08n``, ``4/1``, ``36.0``, ``04-D-02``.

    Returns
    -------
    str
        ``8N``, ``4.1``, ``36``, ``4``; other labels come back in capitals and are in no list.
    """
    text = unicodedata.normalize("NFKC", label).strip().upper()
    if name == "ampds":
        card = _CARD.fullmatch(text)
        return card[1] if card else text
    text = re.sub(r"\s", "", text).replace("/", ".")
    text = re.sub(r"\.0+$", "", text).lstrip("0")
    return re.sub(r"\.0+(?=\d)", ".", text)


@lru_cache(maxsize=32)
def meanings(name: str, field: str) -> dict[str, list[tuple[str | bool | None, str | None, str | None]]]:
    """
    Look up what the codes and titles of a list mean in one field.

    Parameters
    ----------
    name
        The code list.
    field
        ``category``, ``injury`` or ``serious_street_visible``.

    Returns
    -------
    dict
        Tidied code or title to (result, first month, last month), once for each time the code was given; None: the
        code does not tell, or no such month.
    """
    column = _COLUMNS.index(field)
    found: dict[str, list[tuple[str | bool | None, str | None, str | None]]] = {}
    for row in _rows(name):
        result = row[column] if field == "category" else _TRUTH.get(row[column])
        for key in dict.fromkeys((tidy_code(name, row[0]), tidy_code(name, row[1]))):
            found.setdefault(key, []).append((result, row[5] or None, row[6] or None))
    return found


@lru_cache(maxsize=8)
def codes_of(name: str, field: str, value: str) -> frozenset[str]:
    """Collect the tidied codes whose row has this value in this field."""
    column = _COLUMNS.index(field)
    return frozenset(tidy_code(name, row[0]) for row in _rows(name) if row[column] == value)


__all__ = ["code_lists", "codes_of", "meanings", "read_code_list", "tidy_code"]
