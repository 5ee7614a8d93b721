"""Resolve free-text locations against a gazetteer, preferring no place to a wrong one."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from hotspot.checks import require_columns, require_metric_crs
from hotspot.errors import ConfigError
from hotspot.locate import phrases
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Iterable

RADII = {
    "point": 10.0,
    "venue": 25.0,
    "postcode": 75.0,
    "street": 150.0,
    "sector": 1_000.0,
    "locality": 2_000.0,
    "outcode": 2_500.0,
}
"""Radius in metres that should hold the true place, by level."""
_SAME_PLACE = 250.0
_RING = 10_000.0
_STREET_RING = 500.0
_LONGEST_NAME = 6
_SHORTEST_FUZZY = 6
_CODES = frozenset({"postcode", "sector", "outcode"})
_NAMED = ("venue", "point", "street", "locality", "hospital", "lad", "area")


@dataclass(frozen=True, slots=True)
class _Found:
    """What became of one text."""

    level: str
    method: str
    confidence: float = math.nan
    row: int = -1
    uncertainty: float = math.nan
    area_code: str | None = None


_NONE = _Found("none", "no match")


def locate_text(
    texts: pd.Series,
    gazetteer: gpd.GeoDataFrame | None,
    *,
    near: tuple[float, float] | None = None,
    min_score: float = 90,
) -> gpd.GeoDataFrame:
    """
    Find the places that free texts name, offline.

    Parameters
    ----------
    texts
        One text per record; missing and empty ones are level ``none``.
    gazetteer
        Named places from `read_gazetteer`, projected metric CRS. None: only homes, hospitals and empty
        phrases are told apart.
    near
        Easting and northing (metres, the gazetteer's CRS) of the attended hospital. Places within 10 km of it
        are preferred where several have the same name.
    min_score
        Least similarity, 0 to 100, at which a misspelt name is taken for a known one.

    Returns
    -------
    GeoDataFrame
        Indexed like ``texts``: ``location_level``, ``location_method``, ``location_confidence`` (0 to 1),
        ``uncertainty_m`` (metres), ``area_code`` and ``geometry``. Level ``home`` never has a point; level
        ``ambiguous`` (several places of that name, far apart) has none either. The texts are not in it.

    Raises
    ------
    CRSError
        If the gazetteer is not in a projected metric system.
    ConfigError
        If ``min_score`` is not between 50 and 100.

    Notes
    -----
    Precedence: home, postcode, the name exactly, the name inside the text, a misspelt name. A single word counts
    only if it is the whole text. Confidence is a rank of methods, not a probability.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.locate import locate_text, read_gazetteer
    >>> table = pd.DataFrame({"pub": ["The Black Lion"], "x": [318500], "y": [176500]})
    >>> places = read_gazetteer(table, name="pub", easting="x", northing="y")
    >>> locate_text(pd.Series(["o/s Black Lion pub", "pts home", "street"]), places)["location_level"].tolist()
    ['venue', 'home', 'none']
    """
    if not 50 <= min_score <= 100:  # noqa: PLR2004 - percent
        raise ConfigError(f"min_score: {min_score!r} must lie between 50 and 100.")
    if gazetteer is not None:
        require_metric_crs(gazetteer, "gazetteer")
        require_columns(gazetteer, ["name", "kind"], "gazetteer")
    index = _Index(gazetteer, near, min_score)
    codes, distinct = pd.factorize(texts.astype("str"))
    normalised = [phrases.normalise(str(text)) for text in distinct]
    resolved = {text: index.resolve(text) for text in dict.fromkeys(normalised)}
    found = [*(resolved[text] for text in normalised), replace(_NONE, method="no text")]
    result = _frame(found, codes, gazetteer, texts.index)
    note(
        "locate_text", texts=len(texts), distinct=len(resolved), min_score=min_score, near=near is not None,
        places=0 if gazetteer is None else len(gazetteer),
        levels={str(k): int(v) for k, v in result["location_level"].value_counts().sort_index().items()},
        methods={str(k): int(v) for k, v in result["location_method"].value_counts().sort_index().items()},
    )  # fmt: skip
    return result


def _frame(
    found: list[_Found], codes: np.ndarray, gazetteer: gpd.GeoDataFrame | None, index: pd.Index
) -> gpd.GeoDataFrame:
    """Spread the answers of distinct texts over the records."""
    rows = np.array([answer.row for answer in found], dtype=np.int64)[codes]
    points = np.full(len(codes), None, dtype=object)
    placed = rows >= 0
    if gazetteer is not None and placed.any():
        points[placed] = gazetteer.geometry.to_numpy()[rows[placed]]
    columns = {
        "location_level": pd.array([a.level for a in found], dtype="str").take(codes),
        "location_method": pd.array([a.method for a in found], dtype="str").take(codes),
        "location_confidence": np.array([a.confidence for a in found], dtype=np.float64)[codes],
        "uncertainty_m": np.array([a.uncertainty for a in found], dtype=np.float64)[codes],
        "area_code": pd.array([a.area_code for a in found], dtype="str").take(codes),
    }
    crs = 27700 if gazetteer is None else gazetteer.crs
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(points, index=index, crs=crs), index=index, crs=crs)


class _Index:
    """The gazetteer, arranged for look-up; private to this module."""

    def __init__(self, gazetteer: gpd.GeoDataFrame | None, near: tuple[float, float] | None, min_score: float) -> None:
        self.near, self.min_score = near, min_score
        self.by_name: dict[str, list[int]] = defaultdict(list)
        self.by_code: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.by_start: dict[str, list[str]] = defaultdict(list)
        if gazetteer is None:
            self.kinds, self.areas = np.array([], dtype=object), np.array([], dtype=object)
            self.x = self.y = np.array([])
            return
        self.kinds = gazetteer["kind"].to_numpy(dtype=object)
        self.areas = (
            gazetteer["area_code"].to_numpy(dtype=object) if "area_code" in gazetteer else np.full(len(gazetteer), None)
        )
        self.x, self.y = gazetteer.geometry.x.to_numpy(), gazetteer.geometry.y.to_numpy()
        for row, (name, kind) in enumerate(zip(gazetteer["name"], self.kinds, strict=True)):
            if kind in _CODES:
                self.by_code[(kind, "".join(str(name).casefold().split()))].append(row)
                continue
            key = phrases.bare_name(phrases.normalise(str(name)))
            if key and not phrases.says_nothing(key):
                self.by_name[key].append(row)
        for key in self.by_name:
            for start in {word[:3] for word in key.split() if len(word) > 2}:  # noqa: PLR2004 - word beginnings of three
                self.by_start[start].append(key)

    def resolve(self, text: str) -> _Found:
        """Answer for one normalised text."""
        if phrases.is_home(text):
            return _Found("home", "phrase", 0.95, area_code=self._area_of_postcode(text))
        codes = [(level, self.by_code.get((level, key))) for level, key in phrases.postcode_keys(text)]
        codes = [(level, rows) for level, rows in codes if rows]
        if codes and codes[0][0] != "outcode":
            return self._decide(codes[0][1] or [], f"{codes[0][0]} in text", 0.95)
        found = self._by_words(text)
        if codes and found.level in {"none", "ambiguous"}:
            return self._decide(codes[0][1] or [], "outcode in text", 0.95)
        return found

    def _by_words(self, text: str) -> _Found:
        """Answer for a text without an exact postcode."""
        if phrases.is_hospital(text):
            return _Found("hospital", "phrase", 0.9)
        if not text or phrases.says_nothing(text):
            return replace(_NONE, method="says nothing" if text else "no text")
        bare = phrases.bare_name(text)
        if bare in self.by_name:
            return self._decide(self.by_name[bare], "exact name", 1.0)
        inside = self._names_inside(text)
        if inside:
            return self._best_inside(inside)
        return self._misspelt(bare)

    def _area_of_postcode(self, text: str) -> str | None:
        """Give the area of a full postcode in a text."""
        for level, key in phrases.postcode_keys(text):
            rows = self.by_code.get((level, key)) if level == "postcode" else None
            if rows:
                return _text_or_none(self.areas[rows[0]])
        return None

    def _names_inside(self, text: str) -> list[str]:
        """List the known names of two words or more that stand in a text, longest first, none inside another."""
        words = text.split()
        taken: list[tuple[int, int]] = []
        names: list[str] = []
        for length in range(min(_LONGEST_NAME, len(words)), 1, -1):
            for start in range(len(words) - length + 1):
                key = " ".join(words[start : start + length])
                free = all(start + length <= a or start >= b for a, b in taken)
                if free and key in self.by_name and not all(map(phrases.is_generic, key.split())):
                    taken.append((start, start + length))
                    names.append(key)
        return names

    def _best_inside(self, names: list[str]) -> _Found:
        """Prefer venues to streets to localities; another name in the text may tell places of one name apart."""
        ranked = sorted(names, key=lambda name: min(_rank(self.kinds[row]) for row in self.by_name[name]))
        first = self._decide(self.by_name[ranked[0]], "name in text", 0.9)
        if first.level != "ambiguous":
            return first
        for other in ranked[1:]:
            pair = self._together(self.by_name[ranked[0]], self.by_name[other])
            if pair:
                return self._decide(pair, "two names in text", 0.85)
        return first

    def _together(self, rows: list[int], others: list[int]) -> list[int]:
        """Keep the places that lie near a place of the other name."""
        return [
            row for row in rows
            if any(math.hypot(self.x[row] - self.x[o], self.y[row] - self.y[o]) <= _STREET_RING for o in others)
        ]  # fmt: skip

    def _misspelt(self, text: str) -> _Found:
        """Take the one known name that is nearly the text."""
        from rapidfuzz import fuzz, process

        if len(text) < _SHORTEST_FUZZY or not self.by_name:
            return _NONE
        candidates: set[str] = set()
        for word in text.split():
            if len(word) > 2 and not phrases.is_generic(word):  # noqa: PLR2004 - word beginnings of three
                candidates.update(self.by_start.get(word[:3], ()))
        options = sorted(name for name in candidates if _digits(name) == _digits(text) and len(name) >= _SHORTEST_FUZZY)
        best = process.extract(text, options, scorer=fuzz.ratio, score_cutoff=self.min_score, limit=5)
        if not best:
            return _NONE
        top = best[0][1]
        rows = [row for name, score, _ in best if score == top for row in self.by_name[name]]
        return self._decide(rows, "misspelt name", round(0.85 * top / 100, 4))

    def _decide(self, rows: list[int], method: str, confidence: float) -> _Found:
        """Take the places of one name for one place, or say that they are not."""
        rank = min(_rank(self.kinds[row]) for row in rows)
        rows = [row for row in rows if _rank(self.kinds[row]) == rank]
        spread = self._spread(rows)
        if spread > _SAME_PLACE and self.near is not None:
            close = [r for r in rows if math.hypot(self.x[r] - self.near[0], self.y[r] - self.near[1]) <= _RING]
            if close:
                rows, spread = close, self._spread(close)
                method, confidence = f"{method}, near the hospital", round(confidence * 0.9, 4)
        areas = {_text_or_none(self.areas[row]) for row in rows}
        area = areas.pop() if len(areas) == 1 else None
        if spread > _SAME_PLACE:
            return _Found("ambiguous", method, round(confidence / len(rows), 4), area_code=area)
        level = str(self.kinds[rows[0]])
        if level in {"home", "hospital", "none", "ambiguous", "area", "lad"}:
            return _Found(level, method, confidence, area_code=area)
        return _Found(level, method, confidence, rows[0], max(RADII.get(level, 2_000.0), spread), area)

    def _spread(self, rows: Iterable[int]) -> float:
        """Give the diagonal of the box around places, in metres."""
        chosen = list(rows)
        return math.hypot(float(np.ptp(self.x[chosen])), float(np.ptp(self.y[chosen])))


def _rank(kind: object) -> int:
    """Order kinds of places, the most exact first."""
    return _NAMED.index(str(kind)) if kind in _NAMED else len(_NAMED)


def _digits(text: str) -> list[str]:
    """List the words that hold a digit: numbers are never misspelt names."""
    return sorted(word for word in text.split() if any(char.isdigit() for char in word))


def _text_or_none(value: object) -> str | None:
    """Give a text, or None for a missing value."""
    return value if isinstance(value, str) else None
