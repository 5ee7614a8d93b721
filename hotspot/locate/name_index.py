"""Arrange a gazetteer for look-up by name, by sound, by street and block, by postcode."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.locate import names, phrases
from hotspot.locate.radii import LEVEL_RADII
from hotspot.locate.vocabulary import TRAILING

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CODES = ("postcode", "sector", "outcode")
LONGEST_NAME = 8
"""Words of a name; longer names are kept, and found as a whole text only."""

_OTHER = 2_000.0
_LEAST_UNITS = 3
"""Postcodes that a sector or outcode must have in the gazetteer before its extent is taken from them."""


class NameIndex:
    """The gazetteer, arranged for look-up; rows are numbers into its arrays."""

    def __init__(self, gazetteer: gpd.GeoDataFrame | None) -> None:
        self.by_name: dict[str, list[int]] = defaultdict(list)
        self.by_code: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.by_block: dict[names.Block, list[int]] = defaultdict(list)
        self.by_junction: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.blocks_of: dict[str, list[int]] = defaultdict(list)
        self.near_names: dict[str, list[str]] = defaultdict(list)
        self.keys_of: dict[str, list[str]] = defaultdict(list)
        self.words: set[str] = set()
        self.stated_names: set[str] = set()
        self.kinds = self.areas = self.streets = self.localities = np.array([], dtype=object)
        self.x = self.y = self.radius = np.array([], dtype=np.float64)
        if gazetteer is not None and len(gazetteer):
            self._read(gazetteer)
            self._sum_codes()
            self._block_names()

    def _read(self, gazetteer: gpd.GeoDataFrame) -> None:
        """Take the rows."""
        rows = len(gazetteer)
        self.kinds = gazetteer["kind"].astype("object").to_numpy()
        self.areas = _texts(gazetteer, "area_code")
        self.streets, self.localities = _texts(gazetteer, "street"), _texts(gazetteer, "locality")
        aliases = _texts(gazetteer, "aliases")
        self.x, self.y = gazetteer.geometry.x.to_numpy(), gazetteer.geometry.y.to_numpy()
        default = np.array([LEVEL_RADII.get(str(kind), _OTHER) for kind in self.kinds], dtype=np.float64)
        stated = np.full(rows, np.nan)
        if "uncertainty_m" in gazetteer:
            stated = pd.to_numeric(gazetteer["uncertainty_m"], errors="coerce").to_numpy(dtype=np.float64)
        self.radius = np.where(stated > 0, stated, default)
        for column in (self.streets, self.localities):
            for value in {text for text in column if text is not None}:
                self.stated_names.update(names.name_keys(value))
        for row, (name, kind) in enumerate(zip(gazetteer["name"], self.kinds, strict=True)):
            if not isinstance(name, str):
                continue
            if kind in CODES:
                self.by_code[(kind, "".join(name.casefold().split()))].append(row)
                continue
            self._add(row, name)
            if isinstance(aliases[row], str):
                for alias in aliases[row].split(";"):
                    self._add(row, alias)

    def _add(self, row: int, name: str) -> None:
        """Keep a row under a name; a block also under its street, a junction under both of its streets."""
        block = names.block_key(name) if "lock" in name.casefold() else None
        if block is not None:
            self.by_block[block].append(row)
            self.blocks_of[block.street].append(block.hundred)
            self.by_name[block.street].append(row)
            return
        junction = names.junction_key(name)
        if junction is not None:
            self.by_junction[junction].append(row)
            for street in junction:
                self.by_name[street].append(row)
            return
        for key in names.name_keys(name):
            self.by_name[key].append(row)

    def _sum_codes(self) -> None:
        """Give each sector and outcode that has no row of its own the middle and the extent of its postcodes."""
        units = [(key, rows[0]) for (level, key), rows in self.by_code.items() if level == "postcode" and len(key) > 4]  # noqa: PLR2004 - a whole postcode
        if not units:
            return
        row = np.array([row for _, row in units])
        for level, cut in (("sector", 2), ("outcode", 3)):
            frame = pd.DataFrame({"key": [key[:-cut] for key, _ in units], "x": self.x[row], "y": self.y[row]})
            grouped = frame.groupby("key", sort=True)
            middle = grouped[["x", "y"]].transform("mean")
            frame["reach"] = np.hypot(frame["x"] - middle["x"], frame["y"] - middle["y"])
            table = grouped.agg(x=("x", "mean"), y=("y", "mean"), reach=("reach", "max"), n=("x", "size"))
            table = table[
                (table["n"] >= _LEAST_UNITS) & ~table.index.isin([k for lev, k in self.by_code if lev == level])
            ]
            start = len(self.x)
            for offset, key in enumerate(table.index):
                self.by_code[(level, str(key))].append(start + offset)
            count = len(table)
            self.x = np.concatenate([self.x, table["x"].to_numpy()])
            self.y = np.concatenate([self.y, table["y"].to_numpy()])
            self.radius = np.concatenate([self.radius, np.maximum(table["reach"].to_numpy(), LEVEL_RADII[level] / 2)])
            self.kinds = np.concatenate([self.kinds, np.full(count, level, dtype=object)])
            nothing = np.full(count, None, dtype=object)
            self.areas = np.concatenate([self.areas, nothing])
            self.streets = np.concatenate([self.streets, nothing])
            self.localities = np.concatenate([self.localities, nothing])

    def _block_names(self) -> None:
        """Group the names by beginning, end and sound, so that a misspelt one is held against few."""
        compact_seen: set[str] = set()
        for key in self.by_name:
            words = key.split()
            self.words.update(words)
            if len(words) > 1 and words[-1] in TRAILING and " ".join(words[:-1]) in self.by_name:
                continue
            compact = "".join(words)
            self.keys_of[compact].append(key)
            if compact in compact_seen:
                continue
            compact_seen.add(compact)
            for block in blocks(words):
                self.near_names[block].append(compact)

    def settlement(self, row: int) -> bool:
        """Tell whether a row is a locality or a district."""
        return self.kinds[row] in {"locality", "lad"}


def blocks(words: list[str]) -> list[str]:
    """
    List the groups in which a name is looked for: beginnings of its words, its beginning and end, its sound.

    Parameters
    ----------
    words
        Of a name or of a text that could be one.

    Returns
    -------
    list of str
        Groups; two spellings of one name share at least one, unless every word is misspelt in its first letters.
    """
    own, _ = names.split_type(words)
    compact = "".join(own)
    found = {f"^{compact[:3]}", f"${compact[-4:]}", f"#{''.join(map(names.sound, own))}"}
    found |= {f"_{word[:3]}" for word in own[1:] if len(word) > 2 and not phrases.is_generic(word)}  # noqa: PLR2004 - word beginnings of three
    return sorted(found)


def _texts(gazetteer: gpd.GeoDataFrame, column: str) -> NDArray[np.object_]:
    """Give a column of texts, None where it is empty or not there."""
    if column not in gazetteer:
        return np.full(len(gazetteer), None, dtype=object)
    values = gazetteer[column].astype("object").to_numpy()
    return np.array([value if isinstance(value, str) and value else None for value in values], dtype=object)
