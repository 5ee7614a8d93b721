"""Write the names of real places as badly as they are written, and read Seattle's addresses strictly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = (
    "plain",
    "short",
    "one slip",
    "two slips",
    "with street",
    "with street, one slip",
    "with outcode",
    "with postcode",
)
_BEFORE = ("", "", "outside ", "o/s ", "in ", "at ", "@ ", "nr ", "near ", "Outside the ", "assaulted in ", "fight at ")
_SHORT = (("Street", "St"), ("Road", "Rd"), ("Avenue", "Ave"), ("Lane", "Ln"), (" and ", " & "), (" And ", " n "))
_STREET = re.compile(
    r"(?:\d[\w-]*\s+)?([A-Za-z' ]+? (?:Street|Road|Lane|Avenue|Place|Square|Parade|High Road|Hill|Row|Walk))",
    re.IGNORECASE,
)


def write_texts(rng: np.random.Generator, places: gpd.GeoDataFrame, each: int) -> pd.DataFrame:
    """
    Write texts that name places.

    Parameters
    ----------
    rng
        Source of chance.
    places
        ``name``, ``address``, ``postcode`` (may be empty).
    each
        Texts of each place.

    Returns
    -------
    DataFrame
        ``text``, ``kind`` (KINDS) and ``row`` of the place.
    """
    rows = []
    for number, (name, address, postcode) in enumerate(
        zip(places["name"], places["address"], places["postcode"], strict=True)
    ):
        street = _STREET.search(str(address).split(",")[-2 if "," in str(address) else 0]) or _STREET.search(
            str(address)
        )
        for _ in range(each):
            kind = KINDS[int(rng.integers(len(KINDS)))]
            if (
                ("street" in kind and street is None)
                or ("code" in kind and not isinstance(postcode, str))
                or ("code" in kind and not postcode)
            ):
                kind = "plain"
            rows.append((_text(rng, str(name), street[1] if street else "", str(postcode), kind), kind, number))
    return pd.DataFrame(rows, columns=["text", "kind", "row"])


def _text(rng: np.random.Generator, name: str, street: str, postcode: str, kind: str) -> str:
    """Write one text."""
    if kind == "short":
        name = re.sub(r"^The ", "", name) + str(rng.choice(["", " pub", " PH"]))
        for full, short in _SHORT:
            name = name.replace(full, short)
    slips = 2 if kind == "two slips" else 1 if "slip" in kind else 0
    for _ in range(slips):
        name = slip(rng, name)
    text = str(rng.choice(_BEFORE)) + name
    if "street" in kind:
        for full, short in _SHORT[:4]:
            street = re.sub(full, short, street, flags=re.IGNORECASE) if rng.random() < 0.5 else street
        text += str(rng.choice([", ", " ", " on "])) + street
    if kind == "with outcode":
        text += " " + postcode.split(maxsplit=1)[0]
    if kind == "with postcode":
        text += " " + postcode
    return text.lower() if rng.random() < 0.6 else text


def slip(rng: np.random.Generator, text: str) -> str:
    """Leave out, double, swap or change one letter; the first letter too."""
    letters = [at for at, char in enumerate(text) if char.isalpha()]
    if len(letters) < 2:
        return text
    at = letters[int(rng.integers(len(letters) - 1))]
    left, letter, right = text[:at], text[at], text[at + 1 :]
    other = "abcdefghijklmnopqrstuvwxyz"[int(rng.integers(26))]
    forms = (left + right, left + 2 * letter + right, left + right[:1] + letter + right[1:], left + other + right)
    return forms[int(rng.integers(4))]


def seattle_style(rng: np.random.Generator, blocks: pd.Series) -> pd.DataFrame:
    """
    Write police block texts as the fire department's dispatch writes addresses.

    Parameters
    ----------
    rng
        Source of chance: the house number in the block, the order of the streets, one slip in a fifth.
    blocks
        Such as ``12XX BLOCK OF PINE ST`` and ``5 AV S / S MICHIGAN ST``.

    Returns
    -------
    DataFrame
        ``text`` and ``kind`` (address, junction; with a slip).
    """
    rows = []
    for block in blocks:
        match = re.fullmatch(r"(\d*)XX BLOCK OF (.+)", block)
        if match:
            number = int(match[1] or 0) * 100 + int(rng.integers(1, 99))
            text, kind = f"{number} {_street(match[2])}", "address"
        else:
            parts = [_street(part) for part in block.split(" / ")]
            text, kind = " / ".join(parts[:: 1 if rng.random() < 0.5 else -1]), "junction"
        if rng.random() < 0.2:
            text, kind = slip(rng, text), f"{kind} with a slip"
        rows.append((text, kind))
    return pd.DataFrame(rows, columns=["text", "kind"])


def _street(name: str) -> str:
    """Write ``5 AV S`` as ``5th Av S``."""
    words = name.split()
    for at, word in enumerate(words[:-1]):
        if word.isdigit() and words[at + 1] in {"AV", "ST", "PL", "CT", "LN", "DR", "WY"}:
            n = int(word)
            ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
            words[at] = f"{n}{ending}"
    return " ".join({"WY": "Way", "BV": "Blvd", "PY": "Pkwy"}.get(word, word.title()) for word in words)


_FULL = {"wy": "way", "av": "avenue", "ave": "avenue", "st": "street", "pl": "place", "bv": "blvd", "py": "pkwy"}


def neighbouring_blocks(texts: pd.Series, places: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """
    Reckon where an address lies from the blocks before and after it on the same street, its own block left out.

    Parameters
    ----------
    texts
        Such as ``2437 4th Av S``; anything else is missing in the result.
    places
        Police blocks.

    Returns
    -------
    GeoSeries
        Between the nearest known block on each side, both within three hundreds and 500 m of each other.
    """
    known: dict[str, dict[int, tuple[float, float]]] = {}
    for name, point in zip(places["name"], places.geometry, strict=True):
        match = re.fullmatch(r"(\d*)XX BLOCK OF (.+)", name)
        if match:
            known.setdefault(_strict(match[2].split()), {})[int(match[1] or 0)] = (point.x, point.y)
    points = [_between(known, text) for text in texts]
    x, y = np.array([point[0] for point in points]), np.array([point[1] for point in points])
    return gpd.GeoSeries(gpd.points_from_xy(x, y), index=texts.index, crs=places.crs).where(~np.isnan(x))


def _strict(words: Sequence[str]) -> str:
    plain = [re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "", word.lower()) for word in words]
    return " ".join(_FULL.get(word, word) for word in plain)


def _between(known: dict[str, dict[int, tuple[float, float]]], text: str) -> tuple[float, float]:
    words = text.split()
    if len(words) < 2 or not words[0].isdigit() or "/" in text:
        return (np.nan, np.nan)
    hundred, blocks = int(words[0]) // 100, known.get(_strict(words[1:]), {})
    below = max((n for n in blocks if hundred - 3 <= n < hundred), default=None)
    above = min((n for n in blocks if hundred < n <= hundred + 3), default=None)
    if below is None or above is None:
        return (np.nan, np.nan)
    (x0, y0), (x1, y1) = blocks[below], blocks[above]
    if np.hypot(x1 - x0, y1 - y0) > 500:
        return (np.nan, np.nan)
    share = (hundred - below) / (above - below)
    return (x0 + share * (x1 - x0), y0 + share * (y1 - y0))
