"""Look at the values of a column and say what they could be: times, coordinates, codes, labels or texts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.ingest.positions import read_numbers
from hotspot.ingest.times import MISSING
from hotspot.locate import read_grid_references

if TYPE_CHECKING:
    from collections.abc import Callable

LOOKED_AT = 2_000
"""Different values looked at in each column."""

_MONTH_NAME = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?(?: ?[ap]\.?m\.?)?"
_AFTER = (
    rf"(?:(?:[t ]|, | at )(?:{_CLOCK}|[0-2]\d[0-5]\d|unknown|not known|nk)(?: ?(?:z|utc|gmt|bst|[+-]\d\d:?\d\d))?)?"
)
_TEXT_RULES: dict[str, re.Pattern[str]] = {
    "month": re.compile(r"(?:19|20)\d{2}[-/](?:0[1-9]|1[0-2])"),
    "date": re.compile(
        rf"(?:(?:19|20)\d\d[-/. ]\d{{1,2}}[-/. ]\d{{1,2}}|\d{{1,2}}[-/. ]\d{{1,2}}[-/. ](?:(?:19|20)\d\d|\d\d)"
        rf"|\d{{1,2}}(?:st|nd|rd|th)?[-/ ]{_MONTH_NAME}[-/, ]{{1,2}}(?:\d\d)?\d\d"
        rf"|{_MONTH_NAME} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
        rf")(?: 00:00:00)?{_AFTER}"
    ),
    "clock": re.compile(rf"{_CLOCK}|0 days \d\d:\d\d:\d\d"),
    "clock digits": re.compile(r"(?:[01]?\d|2[0-4])[0-5]\d"),
    "serial": re.compile(r"[2-6]\d{4}(?:\.\d+)?"),
    "full postcode": re.compile(r"[a-z]{1,2}\d[a-z\d]? ?\d[abd-hjlnp-uw-z]{2}"),
    "sector": re.compile(r"[a-z]{1,2}\d[a-z\d]? ?\d"),
    "outcode": re.compile(r"[a-z]{1,2}\d[a-z\d]?"),
    "area code": re.compile(r"[a-z]\d{8}"),
    "census code": re.compile(r"(?:0[1-9]|[1-5]\d|60|66|69|72|78)(?:\d{3}|\d{9}|\d{10}|\d{13})"),
    "yes or no": re.compile(r"y|n|yes|no|true|false|t|f|1|0|1\.0|0\.0"),
    "count": re.compile(r"\d+(?:\.0)?|< ?\d+|\*|suppressed|withheld"),
    "words": re.compile(r".*[^\W\d_]{3}.*", re.DOTALL),
    "several words": re.compile(r".*\w\W+\w.*", re.DOTALL),
}
_GB_AREAS = {
    "output areas": re.compile(r"[ew]00\d{6}|s00\d{6}"),
    "LSOAs": re.compile(r"[ew]01\d{6}|s01\d{6}"),
    "MSOAs": re.compile(r"[ew]02\d{6}|s02\d{6}"),
    "wards": re.compile(r"[ew]05\d{6}|s13\d{6}"),
    "local authorities": re.compile(r"e0[6-9]\d{6}|w06\d{6}|s12\d{6}|n09\d{6}"),
    "areas of the synthetic city": re.compile(r"x\d{8}"),
}
_US_AREAS = {15: "census blocks", 12: "census block groups", 11: "census tracts", 5: "counties"}
FINENESS = (
    "output areas", "census blocks", "census block groups", "LSOAs", "areas of the synthetic city", "census tracts",
    "MSOAs", "wards", "areas", "local authorities", "counties",
)  # fmt: skip
"""Kinds of areas, the finest first."""
_COMMA = re.compile(r"[+-]?\d+,\d+")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+")
_MOST = 0.9
_GB_LONGITUDE, _GB_LATITUDE = (-8.7, 2.1), (49.7, 61.0)
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Look:
    """What the values of one column look like: shares and counts only."""

    header: str
    position: int
    rows: int
    """Rows looked at."""
    filled: int
    distinct: int
    """Different filled-in values, letter case aside."""
    shares: dict[str, float]
    """Kind of value to its share of the filled-in rows."""
    area: str
    """Which areas the codes are of, or empty."""
    decimal_comma: bool
    number: Numbers | None
    """Only where nearly all values are numbers."""

    @property
    def fill(self) -> float:
        """Give the share of rows that are filled in."""
        return self.filled / self.rows if self.rows else 0.0

    @property
    def repeats(self) -> float:
        """Give how often a value comes back, on average."""
        return self.filled / self.distinct if self.distinct else 0.0

    def share(self, *kinds: str) -> float:
        """Give the largest share of any of the kinds."""
        return max((self.shares.get(kind, 0.0) for kind in kinds), default=0.0)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The range of a column of numbers: the first and last hundredth are left out."""

    low: float
    high: float
    median: float
    whole: bool

    def within(self, low: float, high: float) -> bool:
        """Tell whether nearly all numbers lie in a range."""
        return low <= self.low and self.high <= high

    @property
    def is_degree(self) -> bool:
        """Tell whether the numbers could be a longitude or latitude: with a fraction, on the globe."""
        return not self.whole and self.within(-180, 180)

    @property
    def is_gb_longitude(self) -> bool:
        """Tell whether the numbers lie in the longitudes of Great Britain."""
        return self.is_degree and self.within(*_GB_LONGITUDE)

    @property
    def is_gb_latitude(self) -> bool:
        """Tell whether the numbers lie in the latitudes of Great Britain."""
        return self.is_degree and self.within(*_GB_LATITUDE)

    @property
    def is_metre(self) -> bool:
        """Tell whether the numbers could count metres of a map grid."""
        return self.within(1_000, 10_000_000) and self.high > 10_000  # noqa: PLR2004 - ten kilometres


def look_at(header: str, position: int, values: pd.Series) -> Look:
    """
    Look at a column.

    Parameters
    ----------
    header
        As it stands in the file.
    position
        Of the column.
    values
        Texts, missing ones as NaN.

    Returns
    -------
    Look
        No value of the column is in it.
    """
    codes, distinct = pd.factorize(values.astype("str"))
    cleaned = [" ".join(str(value)[:_LONGEST].casefold().split()) for value in distinct]
    counts = np.bincount(codes[codes >= 0], minlength=len(cleaned))
    present = [(text, int(n)) for text, n in zip(cleaned, counts, strict=True) if text not in MISSING]
    filled = sum(n for _, n in present)
    step = max(1, -(-len(present) // LOOKED_AT))
    sample = present[::step]
    weights = np.array([n for _, n in sample], dtype=float)
    texts = [text for text, _ in sample]
    total = float(weights.sum()) or 1.0

    def share(fits: Callable[[str], object]) -> float:
        return float(weights[[bool(fits(text)) for text in texts]].sum() / total) if texts else 0.0

    shares = {kind: share(rule.fullmatch) for kind, rule in _TEXT_RULES.items()}
    shares["grid reference"] = _grid_share(texts, weights) if share(str.isdigit) < 1 - _MOST else 0.0
    commas = share(lambda text: _COMMA.fullmatch(text) and not _THOUSANDS.fullmatch(text)) > 1 / 2
    return Look(
        header, position, len(values), filled, len({text for text, _ in present}), shares, _area(texts, share), commas,
        _numbers(texts, weights, "," if commas else "."),
    )  # fmt: skip


def _grid_share(texts: list[str], weights: np.ndarray) -> float:
    """Give the share of Ordnance Survey grid references of 1 km or finer; shorter ones look like other codes."""
    long = [text if re.fullmatch(r"[a-z]{2}[\d\s,./-]{4,}", text) else "" for text in texts]
    if not any(long):
        return 0.0
    read = read_grid_references(long)["easting"].notna().to_numpy()
    return float(weights[read].sum() / weights.sum())


def _area(texts: list[str], share: Callable[[Callable[[str], object]], float]) -> str:
    """Name the areas whose codes these are."""
    for name, rule in _GB_AREAS.items():
        if share(rule.fullmatch) > 1 / 2:
            return name
    if share(_TEXT_RULES["area code"].fullmatch) > _MOST:
        return "areas"
    lengths = {len(text) for text in texts}
    if len(lengths) == 1 and share(_TEXT_RULES["census code"].fullmatch) > _MOST:
        return _US_AREAS.get(lengths.pop(), "")
    return ""


def _numbers(texts: list[str], weights: np.ndarray, decimal: str) -> Numbers | None:
    """Give the range of the numbers, zeros left out; None where a tenth of the values are none."""
    if not texts:
        return None
    values, bad, _ = read_numbers(pd.Series(texts, dtype="str"), decimal)
    good = np.isfinite(values) & ~bad
    if weights[good].sum() < _MOST * weights.sum():
        return None
    known = values[good & (values != 0)]
    if not len(known):
        return None
    low, median, high = (float(value) for value in np.quantile(known, [0.01, 0.5, 0.99]))
    return Numbers(low, high, median, bool((known == np.floor(known)).mean() > _MOST))
