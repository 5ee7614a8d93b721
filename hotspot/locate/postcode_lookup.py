"""Place the texts of a postcode column by a table: full, sector or outcode, as far as the table knows them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from hotspot.checks import require_columns, require_metric_crs
from hotspot.locate.radii import LEVEL_RADII
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Iterator

LEVELS = ("postcode", "sector", "outcode")
_OUT = r"[A-Z]{1,2}[0-9][0-9A-Z]?"
_FULL = re.compile(rf"(?<![A-Z0-9])({_OUT}) ?([0-9])([A-Z]{{2}})(?![A-Z0-9])")
_SECTOR = re.compile(rf"(?<![A-Z0-9])(?:({_OUT}) ([0-9])|([A-Z]{{1,2}}[0-9][0-9A-Z])([0-9]))[A-Z]?(?![A-Z0-9])")
_OUTCODE = re.compile(rf"(?<![A-Z0-9])({_OUT})(?![A-Z0-9])")
_SHAPES = ("A9", "A99", "A9A", "AA9", "AA99", "AA9A")
_DIGIT = {"O": "0", "I": "1", "L": "1"}
_LETTER = {"0": "O", "1": "I"}
_COMPACT = re.compile(r"[A-Z0-9]{2,7}")
_INCODE = 3
_METHODS = (
    "postcode", "postcode: mended", "postcode: sector of an unknown one", "postcode: sector",
    "postcode: sector, mended", "postcode: outcode of an unknown one", "postcode: outcode",
    "postcode: outcode, mended", "postcode: sector",
)  # fmt: skip
"""How a text was read, the best way first."""
(
    _PLAIN, _MENDED, _FALLBACK_SECTOR, _SECTOR_ONLY, _MENDED_SECTOR, _FALLBACK_OUTCODE, _OUTCODE_ONLY, _MENDED_OUTCODE,
    _RUN_TOGETHER,
) = range(len(_METHODS))  # fmt: skip
_NOWHERE, _AMBIGUOUS = -1, -2
_SURE, _LESS_SURE = 0.95, 0.9


def locate_postcodes(texts: pd.Series, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Place postcodes by a table.

    Parameters
    ----------
    texts
        One postcode per record, however it was typed: any case and spacing, with other words around it, cut off or
        redacted (``CF10 3**``), with 0 for O or 1 for I.
    table
        From `read_postcodes`, or any gazetteer with places of the kinds postcode, sector and outcode; projected
        metric CRS.

    Returns
    -------
    GeoDataFrame
        Indexed like ``texts``: ``location_level`` (postcode, sector, outcode or none), ``location_method``,
        ``location_confidence``, ``uncertainty_m`` (metres), ``area_code`` and ``geometry``. The texts are not in it.

    Raises
    ------
    CRSError
        If the table is not in a projected metric system.
    InputError
        If it has no columns ``name`` and ``kind``.

    Notes
    -----
    A postcode that the table does not know falls back to its sector, then to its outcode: the table decides what is a
    postcode, so that "10 past 5" is none. Letters are mended only if exactly one known postcode results.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.locate import locate_postcodes, read_gazetteer
    >>> table = pd.DataFrame({"pc": ["CF10 1AA", "CF10 1"], "kind": ["postcode", "sector"], "x": [318284, 318155],
    ...                       "y": [176230, 176125]})
    >>> postcodes = read_gazetteer(table, name="pc", kind="kind", easting="x", northing="y")
    >>> typed = pd.Series(["cf101aa", "CF1O 1AA", "CF10 1ZZ", "CF10 1**", "town"])
    >>> locate_postcodes(typed, postcodes)["location_level"].tolist()
    ['postcode', 'postcode', 'sector', 'sector', 'none']
    """
    require_metric_crs(table, "postcodes")
    require_columns(table, ["name", "kind"], "postcodes")
    codes, distinct = pd.factorize(texts.astype("str"))
    cleaned = _clean(pa.array(distinct, pa.large_string()))
    keys = {level: _keys(table, level) for level in LEVELS}
    rows = _whole_postcodes(cleaned, *keys["postcode"])
    methods, sure = np.full(len(rows), "postcode", dtype=object), np.full(len(rows), _SURE)
    open_texts = np.flatnonzero(rows < 0)
    readings = [list(_readings(text)) for text in cleaned.take(pa.array(open_texts)).to_pylist()]
    known = {
        level: _known(*keys[level], {key for found in readings for _, place, key in found if place == level})
        for level in LEVELS
    }
    for at, found in zip(open_texts.tolist(), readings, strict=True):
        rows[at], methods[at], sure[at] = _choose(found, known)
    row = np.append(rows, _NOWHERE)
    located = _frame(table, row[codes], texts.index)
    located.insert(1, "location_method", pd.array([*methods, "postcode: none"], dtype="str").take(codes))
    located.insert(2, "location_confidence", np.append(sure, np.nan)[codes])
    note(
        "locate_postcodes", texts=len(texts), distinct=len(distinct),
        levels={str(k): int(v) for k, v in located["location_level"].value_counts().sort_index().items()},
        methods={str(k): int(v) for k, v in located["location_method"].value_counts().sort_index().items()},
    )  # fmt: skip
    return located


def _clean(texts: pa.Array) -> pa.Array:
    """Write texts in capitals, single spaces and no punctuation."""
    capitals = pc.utf8_upper(pc.utf8_normalize(texts, form="NFKC"))
    return pc.ascii_trim(pc.replace_substring_regex(capitals, "[^A-Z0-9]+", " "), " ")


def _keys(table: gpd.GeoDataFrame, level: str) -> tuple[pa.Array, np.ndarray]:
    """Give the places of one level as keys, and the rows they stand in."""
    rows = np.flatnonzero((table["kind"] == level).to_numpy(dtype=bool, na_value=False))
    names = pa.array(table["name"].array, pa.large_string(), from_pandas=True).take(pa.array(rows))
    return pc.replace_substring(pc.ascii_upper(names), " ", ""), rows


def _whole_postcodes(cleaned: pa.Array, keys: pa.Array, rows: np.ndarray) -> np.ndarray:
    """Find the rows of texts that hold one whole postcode of the table; -1 for the others, to be read closely."""
    found = np.full(len(cleaned), -1, dtype=np.int64)
    if not len(keys) or not len(cleaned):
        return found
    pattern = rf"\b(?P<out>{_OUT}) ?(?P<unit>[0-9][A-Z]{{2}})\b"
    parts = pc.extract_regex(cleaned, pattern)
    key = pc.binary_join_element_wise(
        pc.struct_field(parts, "out"), pc.struct_field(parts, "unit"), pa.scalar("", pa.large_string())
    )
    at = pc.fill_null(pc.index_in(key, value_set=keys, skip_nulls=True), -1).to_numpy()
    single = pc.equal(pc.count_substring_regex(cleaned, pattern), 1).to_numpy(zero_copy_only=False)
    sure = (at >= 0) & single
    found[sure] = rows[at[sure]]
    return found


def _known(keys: pa.Array, rows: np.ndarray, wanted: set[str]) -> dict[str, int]:
    """Find the rows of those keys that the table has."""
    if not wanted:
        return {}
    options = pa.array(sorted(wanted), pa.large_string())
    at = pc.index_in(options, value_set=keys)
    here = pc.is_valid(at)
    return dict(zip(options.filter(here).to_pylist(), rows[at.filter(here).to_numpy()].tolist(), strict=True))


def _readings(text: str) -> Iterator[tuple[int, str, str]]:
    """List what a text could mean: preference (0 is the best), level, key as in the table."""
    for out, digit, unit in _FULL.findall(text):
        yield _PLAIN, "postcode", f"{out}{digit}{unit}"
        yield _FALLBACK_SECTOR, "sector", f"{out}{digit}"
        yield _FALLBACK_OUTCODE, "outcode", out
    for out, digit, joined, last in _SECTOR.findall(text):
        yield _SECTOR_ONLY, "sector", f"{out or joined}{digit or last}"
    for out in _OUTCODE.findall(text):
        yield _OUTCODE_ONLY, "outcode", out
        if len(out) > 2:  # noqa: PLR2004 - where there is no CF13 it can be the sector CF1 3
            yield _RUN_TOGETHER, "sector", out
    compact = text.replace(" ", "")
    if not _COMPACT.fullmatch(compact):
        return
    for out in _mended(compact[:-_INCODE]):
        digit = _DIGIT.get(compact[-_INCODE], compact[-_INCODE])
        yield _MENDED, "postcode", f"{out}{digit}{compact[-2:]}"
        if compact[-2:].isalpha():
            yield _MENDED_SECTOR, "sector", f"{out}{digit}"
    for out in _mended(compact):
        yield _MENDED_OUTCODE, "outcode", out


def _mended(text: str) -> Iterator[str]:
    """List the outcodes that a text can be if 0 and O, 1 and I were mistaken for each other."""
    for shape in _SHAPES:
        if len(shape) == len(text):
            table = [_LETTER if kind == "A" else _DIGIT for kind in shape]
            chars = [swap.get(char, char) for char, swap in zip(text, table, strict=True)]
            if all(char.isalpha() == (kind == "A") for char, kind in zip(chars, shape, strict=True)):
                yield "".join(chars)


def _choose(found: list[tuple[int, str, str]], known: dict[str, dict[str, int]]) -> tuple[int, str, float]:
    """Take the best reading that the table knows; two of the same preference are no place."""
    for preference, method in enumerate(_METHODS):
        rows = {known[level][key] for rank, level, key in found if rank == preference and key in known[level]}
        if len(rows) == 1:
            return rows.pop(), method, _SURE if preference == _PLAIN else _LESS_SURE
        if rows and "mended" not in method:
            return _AMBIGUOUS, "postcode: several", np.nan
    return _NOWHERE, "postcode: not known" if found else "postcode: none", np.nan


def _frame(table: gpd.GeoDataFrame, rows: np.ndarray, index: pd.Index) -> gpd.GeoDataFrame:
    """Take the rows of the table."""
    placed = rows >= 0
    level, radius = np.full(len(rows), "none", dtype=object), np.full(len(rows), np.nan)
    area, points = np.full(len(rows), None, dtype=object), np.full(len(rows), None, dtype=object)
    at = rows[placed]
    kinds = table["kind"].iloc[at]
    level[placed], level[rows == _AMBIGUOUS] = kinds.to_numpy(dtype=object), "ambiguous"
    least = kinds.map(LEVEL_RADII).to_numpy(dtype=np.float64)
    own = table["uncertainty_m"].to_numpy(dtype=np.float64, na_value=np.nan)[at] if "uncertainty_m" in table else least
    radius[placed] = np.fmax(own, least)
    points[placed] = table.geometry.iloc[at].to_numpy()
    if "area_code" in table:
        codes = table["area_code"].iloc[at].to_numpy(dtype=object)
        area[placed] = np.where(pd.isna(codes), None, codes)
    columns = {
        "location_level": pd.array(level, dtype="str"), "uncertainty_m": radius,
        "area_code": pd.array(area, dtype="str"),
    }  # fmt: skip
    return gpd.GeoDataFrame(
        columns, geometry=gpd.GeoSeries(points, index=index, crs=table.crs), index=index, crs=table.crs
    )


__all__ = ["LEVELS", "locate_postcodes"]
