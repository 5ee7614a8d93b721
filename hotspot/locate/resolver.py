"""Resolve free-text locations against a gazetteer, preferring no place to a wrong one."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from hotspot.checks import require_columns, require_metric_crs
from hotspot.errors import ConfigError
from hotspot.locate import phrases
from hotspot.locate.deciding import FROM_HOSPITAL, settle
from hotspot.locate.name_index import CODES, NameIndex
from hotspot.locate.reading_places import Answer, answer_by_names, confidence_of
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray


def locate_text(
    texts: pd.Series,
    gazetteer: gpd.GeoDataFrame | None,
    *,
    near: tuple[float, float] | None = None,
    min_score: float = 75,
    min_confidence: float = 0,
) -> gpd.GeoDataFrame:
    """
    Find the places that free texts name, offline.

    Parameters
    ----------
    texts
        One text per record; missing and empty ones are level ``none``.
    gazetteer
        Named places, projected metric CRS: `read_gazetteer`, `read_os_open_names`, `read_osm_places` and postcodes,
        put together with ``pandas.concat``. ``name`` and ``kind`` are needed; ``area_code``, ``street``,
        ``locality``, ``aliases`` (parted by semicolons) and ``uncertainty_m`` are used. None: only homes, hospitals
        and empty phrases are told apart.
    near
        Easting and northing (metres, the gazetteer's CRS) of the attended hospital. Places within 10 km of it are
        preferred where several have the same name; those beyond 50 km count only if the text names their town.
    min_score
        Least likeness, 50 to 100, at which a misspelt name is taken for a known one: 100 less the slips (a letter
        left out, added, changed or swapped) in a hundred letters.
    min_confidence
        Answers of less confidence, 0 to 1, are given as level ``none``.

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
        If ``min_score`` is not between 50 and 100, or ``min_confidence`` not between 0 and 1.

    Notes
    -----
    Precedence: home, postcode, sector, a name that means one place, outcode, ambiguous. Names: as they stand, misspelt,
    by their sound; several names in one text settle one another (a venue and its street, two streets that meet).
    A house number never makes a place finer than its street. Confidence is the share of right answers of the
    method on the synthetic city and London's pubs (``docs/locations.md``), not a probability of this answer.

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
    if not 0 <= min_confidence <= 1:
        raise ConfigError(f"min_confidence: {min_confidence!r} must lie between 0 and 1.")
    if gazetteer is not None:
        require_metric_crs(gazetteer, "gazetteer")
        require_columns(gazetteer, ["name", "kind"], "gazetteer")
    index = NameIndex(gazetteer if near is None or gazetteer is None else gazetteer[_within_reach(gazetteer, near)])
    everywhere = None if near is None else cache(lambda: NameIndex(gazetteer))
    codes, distinct = pd.factorize(texts.astype("str"))
    found = [_resolve(index, str(text), near, min_score, everywhere) for text in distinct]
    found = [_dropped(answer) if answer.confidence < min_confidence else answer for answer in found]
    result = _frame([*found, Answer("none", "no text")], codes, gazetteer, texts.index)
    note(
        "locate_text", texts=len(texts), distinct=len(distinct), min_score=min_score, min_confidence=min_confidence,
        near=near is not None, places=0 if gazetteer is None else len(gazetteer),
        levels={str(k): int(v) for k, v in result["location_level"].value_counts().sort_index().items()},
        methods={str(k): int(v) for k, v in result["location_method"].value_counts().sort_index().items()},
    )  # fmt: skip
    return result


def _dropped(answer: Answer) -> Answer:
    """Take a place back whose confidence is too small; what a text says of homes and hospitals stays."""
    if math.isnan(answer.x):
        return answer
    return Answer("none", f"{answer.method}, below the least confidence")


def _frame(
    found: list[Answer], codes: NDArray[np.int64], gazetteer: gpd.GeoDataFrame | None, index: pd.Index
) -> gpd.GeoDataFrame:
    """Spread the answers of distinct texts over the records."""
    x = np.array([answer.x for answer in found], dtype=np.float64)
    y = np.array([answer.y for answer in found], dtype=np.float64)
    points = np.full(len(found), None, dtype=object)
    placed = ~np.isnan(x)
    points[placed] = shapely.points(x[placed], y[placed])
    columns = {
        "location_level": pd.array([a.level for a in found], dtype="str").take(codes),
        "location_method": pd.array([a.method for a in found], dtype="str").take(codes),
        "location_confidence": np.array([a.confidence for a in found], dtype=np.float64)[codes],
        "uncertainty_m": np.array([a.radius for a in found], dtype=np.float64)[codes],
        "area_code": pd.array([a.area_code for a in found], dtype="str").take(codes),
    }
    crs = 27700 if gazetteer is None else gazetteer.crs
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(points[codes], index=index, crs=crs), index=index, crs=crs)


class _Codes(NamedTuple):
    """What a text holds of a postcode that the gazetteer knows."""

    level: str
    rows: NDArray[np.int64]


def _within_reach(gazetteer: gpd.GeoDataFrame, near: tuple[float, float]) -> NDArray[np.bool_]:
    """Tell which places are within 50 km of the hospital; towns and postcodes, which a text may name, always are."""
    away = np.hypot(gazetteer.geometry.x - near[0], gazetteer.geometry.y - near[1]).to_numpy()
    return np.asarray((away <= FROM_HOSPITAL) | gazetteer["kind"].isin([*CODES, "locality", "lad"]).to_numpy())


def _resolve(
    index: NameIndex,
    text: str,
    near: tuple[float, float] | None,
    min_score: float,
    everywhere: Callable[[], NameIndex] | None,
) -> Answer:
    """Answer for one text."""
    normal = phrases.normalise(text)
    codes = list(_known_codes(index, normal))
    answer = _without_names(index, normal, codes)
    if answer is not None:
        return answer
    # what has the form of a postcode is no part of a name; a code that the gazetteer has not stays where it stands
    known = [key for level, key in phrases.postcode_keys(normal) if index.by_code.get((level, key))]
    rest, rows = phrases.cut_codes(text, known), codes[0].rows if codes else None
    answer = answer_by_names(index, rest, rows, near, min_score, everywhere)
    if codes:
        within = codes[0].level == "outcode" or _inside(index, answer, codes[0].rows)
        return answer if within and not math.isnan(answer.x) else _of_code(index, codes[0])
    if answer.level == "none" and phrases.names_hospital(normal):
        return Answer("hospital", "phrase", confidence_of("phrase"))
    if answer.level == "none" and phrases.says_nothing(normal):
        return Answer("none", "says nothing")
    return answer


def _without_names(index: NameIndex, normal: str, codes: list[_Codes]) -> Answer | None:
    """Answer for a text that needs no look at names: empty, a home, a full postcode, the hospital itself."""
    if not normal:
        return Answer("none", "no text")
    if phrases.is_home(normal):
        area = next((index.areas[code.rows[0]] for code in codes if code.level == "postcode"), None)
        return Answer("home", "phrase", confidence_of("phrase"), area_code=area)
    if codes and codes[0].level == "postcode":
        return _of_code(index, codes[0])
    return Answer("hospital", "phrase", confidence_of("phrase")) if phrases.is_hospital(normal) else None


def _known_codes(index: NameIndex, normal: str) -> Iterable[_Codes]:
    """List the postcode, sector and outcode of a text that the gazetteer knows, the most exact first."""
    for level, key in phrases.postcode_keys(normal):
        rows = index.by_code.get((level, key))
        if rows:
            yield _Codes(level, np.array(rows))


def _of_code(index: NameIndex, code: _Codes) -> Answer:
    """Answer with the place of a postcode, a sector or an outcode."""
    method = f"{code.level} in text"
    spot = settle(index, code.rows)
    return Answer(spot.level, method, confidence_of(method), spot.x, spot.y, spot.radius, spot.area_code)


def _inside(index: NameIndex, answer: Answer, rows: NDArray[np.int64]) -> bool:
    """Tell whether an answer lies in a sector and says more than it."""
    if answer.radius >= float(index.radius[rows].max()):
        return False
    away = np.hypot(index.x[rows] - answer.x, index.y[rows] - answer.y)
    return bool((away <= index.radius[rows] * 1.5).any())
