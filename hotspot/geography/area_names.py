"""Find the areas that names stand for, where an agency sends names and no codes."""

from __future__ import annotations

import re
import unicodedata
import warnings
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from hotspot.checks import listed, nearest, require_columns, require_unique_index
from hotspot.errors import ConfigError, HotspotWarning, InputError
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Mapping

METHODS = (
    "alias", "same name", "without its kind", "part of a joint area", "name in brackets", "name before brackets",
    "spelling", "outside", "ambiguous", "unknown", "no name",
)  # fmt: skip
"""Every value of the column ``method``, the surest first; the last four give no area."""
_KINDS = {
    "county": "county", "city": "city", "borough": "borough", "town": "town", "ward": "ward", "district": "district",
    "council": "", "metropolitan": "", "unitary": "", "authority": "", "the": "", "royal": "", "london": "", "of": "",
}  # fmt: skip
"""Words that say what kind of area it is; those without a kind say nothing that two areas could differ in."""
_BRACKETS = re.compile(r"(.*?)\(([^()]*)\)\s*")
_JOINT = re.compile(r"\s+and\s+|\s*[,/]\s*")
_LEAST_LETTERS = 6
"""Shorter names differ by one letter too often: Bath and Bash."""


class _Index(NamedTuple):
    """The areas by their names, in the order in which a name is looked up."""

    whole: dict[str, set[str]]
    bare: dict[str, set[tuple[str, str]]]
    """Name without its kind, to the codes and the kinds that were taken off."""
    parts: dict[str, set[tuple[str, str]]]
    spelt: dict[str, set[str]]
    """Whole names and names without their kind, for finding a letter that is wrong."""


def match_area_names(
    names: pd.Series,
    areas: pd.DataFrame,
    *,
    name: str = "name",
    aliases: Mapping[str, str | None] | None = None,
) -> pd.DataFrame:
    """
    Find the area that each name stands for.

    Parameters
    ----------
    names
        Names as an agency wrote them, one per record or row.
    areas
        One row per area, indexed by its code. An area may be a joint one ("Alleghany County and Covington City").
    name
        Column of ``areas`` that holds the names.
    aliases
        Spelling to the name or the code of its area, for what no rule can know: a town inside a county, a former
        name; to None where it lies in none of these areas. Case and punctuation do not matter.

    Returns
    -------
    DataFrame
        Indexed like ``names``: ``area_code`` (missing where none is sure) and ``method``, one of `METHODS`.

    Raises
    ------
    InputError
        ``areas`` lacks the names, has none, or its codes are not unique.
    ConfigError
        An alias points to no area.

    Warns
    -----
    HotspotWarning
        Some names have no area: how many rows, and how many different names.

    Notes
    -----
    Compared are letters and digits only, "&" as "and". A name is looked up as an alias, as the whole name of an area,
    without the word for its kind ("Bedford" for "Bedford County") or as a part of a joint area, by what stands in
    brackets and before them, and last with one letter after the first wrong, left out or swapped (six letters or
    more). The first look-up that finds anything decides, and if it finds two areas the name is ambiguous: "Richmond"
    where a county and a city are called so. A kind that is given must fit. Likeness alone never makes an area.

    A town is not its county, and a postal town reaches beyond its boundary: what ``method`` says belongs beside
    every figure made from the result.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.geography import match_area_names
    >>> areas = pd.DataFrame({"name": ["Richmond City", "Richmond County", "Henrico"]}, index=["51A", "51B", "51C"])
    >>> written = pd.Series(["Richmond (city)", "HENRICO", "Henrico (Varina)"])
    >>> match_area_names(written, areas)["area_code"].tolist()
    ['51A', '51C', '51C']
    """
    require_columns(areas, [name], "areas")
    require_unique_index(areas, "areas")
    known = areas[name].dropna().astype(str)
    if known.empty:
        raise InputError(f"areas: column {name!r} holds no names.")
    index = _index(known)
    by_alias = _aliases(aliases or {}, index, known)
    rows, different = pd.factorize(names)
    found = {text: _find(str(text), index, by_alias) for text in different}
    codes, methods = zip(*found.values(), (None, "no name"), strict=True)
    result = pd.DataFrame(
        {"area_code": pd.array(codes, dtype="str")[rows], "method": pd.array(methods, dtype="str")[rows]},
        index=names.index,
    )
    counts = result["method"].value_counts()
    note(
        "match_area_names",
        rows=len(result),
        different_names=len(found),
        methods={method: int(counts[method]) for method in METHODS if method in counts},
        different={m: n for m in METHODS if (n := sum(how == m for _, how in found.values()))},
        aliases=len(by_alias),
    )
    _warn(result, found)
    return result


def _warn(result: pd.DataFrame, found: dict[str, tuple[str | None, str]]) -> None:
    """Say how many rows have no area."""
    lost = int(result["method"].isin(METHODS[-3:]).sum())
    if lost:
        kinds = [f"{method}: {n}" for method in METHODS[-3:] if (n := int((result["method"] == method).sum()))]
        different = sum(method in METHODS[-3:] for _, method in found.values())
        warnings.warn(
            f"names: {lost:,} of {len(result):,} rows ({different} different names) have no area ({listed(kinds)}). "
            "Look at them by method, and name their areas in aliases=.",
            HotspotWarning,
            stacklevel=3,
        )


def _plain(text: str) -> str:
    """Write a name by its letters, digits and single blanks."""
    letters = unicodedata.normalize(
        "NFKD", text.casefold().replace("&", " and ").replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
    )
    return " ".join(re.sub(r"[^0-9a-z]+", " ", letters.encode("ascii", "ignore").decode()).split())


def _bare(plain: str) -> tuple[str, str]:
    """Take the words for the kind of area off a name, and give the kind; a name that is nothing else is kept."""
    words = plain.split()
    kind = ""
    while len(words) > 1 and words[-1] in _KINDS:
        kind = _KINDS[words.pop()] or kind
    while len(words) > 1 and words[0] in _KINDS:
        kind = _KINDS[words.pop(0)] or kind
    return " ".join(words), kind


def _index(known: pd.Series) -> _Index:
    """Arrange the names of the areas for looking up."""
    whole: dict[str, set[str]] = {}
    bare: dict[str, set[tuple[str, str]]] = {}
    parts: dict[str, set[tuple[str, str]]] = {}
    for code, text in known.items():
        plain = _plain(text)
        whole.setdefault(plain, set()).add(str(code))
        short, kind = _bare(plain)
        bare.setdefault(short, set()).add((str(code), kind))
        pieces = _JOINT.split(text)
        if len(pieces) > 1:
            for piece in pieces:
                short, kind = _bare(_plain(piece))
                parts.setdefault(short, set()).add((str(code), kind))
    spelt = {plain: set(codes) for plain, codes in whole.items()}
    for short, found in bare.items():
        spelt.setdefault(short, set()).update(code for code, _ in found)
    return _Index(whole, bare, parts, spelt)


def _aliases(aliases: Mapping[str, str | None], index: _Index, known: pd.Series) -> dict[str, str | None]:
    """Read the user's spellings."""
    codes = {str(code) for code in known.index}
    result: dict[str, str | None] = {}
    wrong = []
    for spelling, target in aliases.items():
        if target is None:
            result[_plain(str(spelling))] = None
            continue
        code = str(target) if str(target) in codes else _look_up(_plain(str(target)), index)[0]
        if code is None:
            wrong.append(str(target))
        else:
            result[_plain(str(spelling))] = code
    if wrong:
        hint = nearest(wrong[0], [*known.astype(str)])
        raise ConfigError(f"aliases: {len(wrong)} of {len(aliases)} point to no area, the first to {wrong[0]!r}.{hint}")
    return result


def _find(text: str, index: _Index, aliases: dict[str, str | None]) -> tuple[str | None, str]:
    """Find the area of one name, and how."""
    plain = _plain(text)
    if not plain:
        return None, "no name"
    if plain in aliases:
        return _by_alias(plain, aliases)
    code, method = _look_up(plain, index)
    brackets = _BRACKETS.fullmatch(text)
    if method == "unknown" and brackets is not None:
        return _in_brackets(_plain(brackets[1]), _plain(brackets[2]), index, aliases)
    return (code, method) if method != "unknown" else _misspelt(plain, index)


def _by_alias(plain: str, aliases: dict[str, str | None]) -> tuple[str | None, str]:
    return aliases[plain], "outside" if aliases[plain] is None else "alias"


def _look_up(plain: str, index: _Index) -> tuple[str | None, str]:
    """Look a name up, the surest way first; two areas found make it ambiguous."""
    codes = index.whole.get(plain, set())
    if codes:
        return (next(iter(codes)), "same name") if len(codes) == 1 else (None, "ambiguous")
    short, kind = _bare(plain)
    alone, joint = _fitting(index.bare, short, kind), _fitting(index.parts, short, kind)
    if len(alone | joint) > 1:
        return None, "ambiguous"
    if alone:
        return alone.pop(), "without its kind"
    return (joint.pop(), "part of a joint area") if joint else (None, "unknown")


def _fitting(table: dict[str, set[tuple[str, str]]], short: str, kind: str) -> set[str]:
    """Give the areas of a name whose kind, where both say one, is the same."""
    return {code for code, own in table.get(short, set()) if not kind or not own or own == kind}


def _in_brackets(before: str, within: str, index: _Index, aliases: dict[str, str | None]) -> tuple[str | None, str]:
    """Read "Fairfax (county)" as Fairfax County, else take what is in brackets before what is in front of them."""
    if within in _KINDS:
        code, method = _look_up(f"{before} {within}", index)
        return (code, "same name") if code is not None else (code, method)
    for text, way in ((within, "name in brackets"), (before, "name before brackets")):
        if text in aliases:
            return _by_alias(text, aliases)
        code, method = _look_up(text, index) if text else (None, "unknown")
        if method != "unknown":
            return code, way if code is not None else method
    return None, "unknown"


def _misspelt(plain: str, index: _Index) -> tuple[str | None, str]:
    """Find the one area whose name differs by a letter or two that changed places; Tappahannock is no Rappahannock."""
    from rapidfuzz.distance import DamerauLevenshtein
    from rapidfuzz.process import extract

    if len(plain) < _LEAST_LETTERS:
        return None, "unknown"
    near = extract(plain, index.spelt.keys(), scorer=DamerauLevenshtein.distance, score_cutoff=1, limit=None)
    close = {
        code
        for known, _, _ in near
        if known[0] == plain[0] and len(known) >= _LEAST_LETTERS
        for code in index.spelt[known]
    }
    if len(close) > 1:
        return None, "ambiguous"
    return (close.pop(), "spelling") if close else (None, "unknown")


__all__ = ["METHODS", "match_area_names"]
