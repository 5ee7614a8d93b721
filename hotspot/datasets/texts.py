"""Write the location texts of the synthetic emergency department as badly as real ones are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotspot.datasets import names

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import numpy as np

TEXT_KINDS = ("named", "misspelt", "wrong place", "home", "vague", "missing", "transfer")
"""What a text is: the first four say where it happened (the third wrongly), the others do not."""

_AT_HOME = {"home": 0.53, "vague": 0.25, "missing": 0.20, "transfer": 0.02}
_OUT = {"named": 0.33, "misspelt": 0.22, "wrong place": 0.04, "vague": 0.25, "missing": 0.145, "transfer": 0.015}
_HOME = (
    "pts home", "patients home", "Patient's home", "home", "at home", "own home", "home address", "pt home address",
    "PTS HOME", "partners house", "friends house", "own flat", "home home",
)  # fmt: skip
_VAGUE = (
    "street", "in the street", "town centre", "town", "outside pub", "pub", "in a bar", "nightclub", "night club",
    "on way home", "walking home", "park", "outside shop", "taxi rank", "bus stop", "at work", "car park", "road",
    "outside", "city centre", "club", "at a party", "does not know", "cannot remember",
)  # fmt: skip
_MISSING = ("- -", "na", "n/k", "unknown", "", "", ".", "not stated", "?", "refused", "uk")
_BEFORE = ("", "", "", "outside ", "o/s ", "in ", "at ", "@ ", "nr ", "near ", "Outside ", "by ")
_SHORT = (
    ("Street", "St"), ("Road", "Rd"), ("Avenue", "Ave"), ("Lane", "Ln"), ("Crescent", "Cres"), ("Gardens", "Gdns"),
    ("Square", "Sq"), ("Terrace", "Tce"), ("Drive", "Dr"), ("Station", "Stn"),
)  # fmt: skip
_POSTCODE = 0.35
_WITH_STREET = 0.3
_SHORTENED = 0.4
_LOWER = 0.6
_UPPER = 0.9
_TWO_SLIPS = 0.25
_SHORT_NAME = 8


def location_texts(
    rng: np.random.Generator, events: gpd.GeoDataFrame, venues: gpd.GeoDataFrame
) -> tuple[list[str], list[str]]:
    """
    Write one text for each event that the emergency department saw.

    Parameters
    ----------
    rng
        Source of chance.
    events
        With ``setting``, ``place`` (row of ``venues``) and ``area_code``.
    venues
        Streets, venues and postcodes.

    Returns
    -------
    tuple of list
        The texts, and the kind of each (TEXT_KINDS).
    """
    postcodes = venues[(venues["kind"] == "postcode").to_numpy()].groupby("area_code")["name"].agg(list).to_dict()
    rows = {kind: group.index.to_numpy() for kind, group in venues.reset_index(drop=True).groupby("type")}
    texts, kinds = [], []
    for setting, place, code in zip(events["setting"], events["place"], events["area_code"], strict=True):
        shares = _AT_HOME if setting == "home" else _OUT
        kind = str(rng.choice(list(shares), p=list(shares.values())))
        venue = venues.iloc[int(rng.choice(rows[venues["type"].iloc[place]])) if kind == "wrong place" else place]
        kinds.append(kind)
        if kind == "home":
            texts.append(_home(rng, postcodes.get(code, [])))
        elif kind in {"named", "misspelt", "wrong place"}:
            texts.append(_named(rng, str(venue["name"]), str(venue["type"]), str(venue["street"]), kind))
        else:
            texts.append(_empty(rng, kind))
    return texts, kinds


def _pick(rng: np.random.Generator, words: Sequence[str]) -> str:
    return words[int(rng.integers(len(words)))]


def _home(rng: np.random.Generator, postcodes: list[str]) -> str:
    """Say that it was at home, sometimes with the postcode."""
    phrase = _pick(rng, _HOME)
    return f"{phrase} {_pick(rng, postcodes)}" if postcodes and rng.random() < _POSTCODE else phrase


def _empty(rng: np.random.Generator, kind: str) -> str:
    """Say nothing that a map could use."""
    if kind == "transfer":
        return _pick(rng, (f"transfer from {names.OTHER_HOSPITAL}", names.OTHER_HOSPITAL, "Southmoor ED"))
    return _pick(rng, _VAGUE if kind == "vague" else _MISSING)


def _named(rng: np.random.Generator, name: str, kind: str, street: str, how: str) -> str:
    """Name a place: plainly, with its street, shortened, and where asked for with slips of the keyboard."""
    if kind == "postcode":
        name = street
    if kind == "pub" and rng.random() < _SHORTENED:
        name = name.removeprefix("The ") + _pick(rng, ("", " pub", " PH"))
    text = f"{name}, {street}" if kind not in {"street", "postcode"} and rng.random() < _WITH_STREET else name
    if rng.random() < _SHORTENED:
        for full, short in _SHORT:
            text = text.replace(f" {full}", f" {short}")
    if how == "misspelt":
        text = _slip(rng, text)
        if rng.random() < _TWO_SLIPS and len(text) > _SHORT_NAME:
            text = _slip(rng, text)
    text = _pick(rng, _BEFORE) + text
    case = rng.random()
    return text.lower() if case < _LOWER else text if case < _UPPER else text.upper()


def _slip(rng: np.random.Generator, text: str) -> str:
    """Leave out, double or swap one letter."""
    spot = int(rng.integers(1, max(2, len(text) - 1)))
    left, letter, right = text[:spot], text[spot : spot + 1], text[spot + 1 :]
    return (left + right, left + 2 * letter + right, left + right[:1] + letter + right[1:])[int(rng.integers(3))]
