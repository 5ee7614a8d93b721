"""Write down the places of a list: what they hold, and those that are excluded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from hotspot.places.place_ids import MEMBERS_APART
from hotspot.places.scoring import is_count

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.intp]


_OWN = ("rank", "score", "areas", "geometry")
"""Columns that the list itself makes."""


def place_table(
    counts: pd.DataFrame, score: pd.Series, columns: list[str], places: list[list[int]], codes: list[list[str]]
) -> pd.DataFrame:
    """Give one row per place: what its areas hold together, the rest from its highest area."""
    highest = [place[0] for place in places]
    table = counts[_shown(counts, columns)].iloc[highest].reset_index(drop=True)
    row_of = np.repeat(np.arange(len(places)), [len(place) for place in places])
    every = [area for place in places for area in place]
    for column in table.columns:
        if is_count(str(column)) and len(every) > len(places):
            parts = counts[column].iloc[every].reset_index(drop=True)
            sums = parts.groupby(row_of).sum(min_count=1)
            # a source that covers only a part of the place has no count of the place
            table[column] = sums.mask(parts.isna().groupby(row_of).any()).astype(counts[column].dtype)
    table.insert(0, "rank", pd.Series(range(1, len(places) + 1), dtype="Int64"))
    table.insert(1, "score", score.iloc[highest].to_numpy())
    table["areas"] = pd.array([MEMBERS_APART.join(group) for group in codes], dtype="str")
    if isinstance(counts, gpd.GeoDataFrame):
        import shapely

        shapes = counts.geometry.to_numpy()
        outlines = [shapes[place[0]] if len(place) == 1 else shapely.union_all(shapes[place]) for place in places]
        table = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(outlines, crs=counts.crs))
    return table


def _shown(counts: pd.DataFrame, columns: list[str]) -> list[str]:
    """Name the columns of the input that a list shows."""
    kept = [str(c) for c in counts.columns if c == "name" or is_count(str(c)) or c in columns]
    return [column for column in kept if column not in _OWN]


def with_excluded(
    table: pd.DataFrame, counts: pd.DataFrame, score: pd.Series, out: pd.DataFrame, columns: list[str]
) -> pd.DataFrame:
    """Put the excluded places at the end, the highest first, with the reason, who gave it and when."""
    barred = np.flatnonzero(counts.index.isin(out.index))
    barred = barred[np.lexsort((barred, -score.fillna(-np.inf).to_numpy()[barred]))]
    last = place_table(
        counts,
        score,
        columns,
        [[area] for area in barred.tolist()],
        [[str(counts.index[area])] for area in barred.tolist()],
    )
    last["rank"] = pd.array([pd.NA] * len(last), dtype="Int64")
    last.index = pd.Index(counts.index[barred], name="place_id", dtype="str")
    whole = last.reindex(columns=table.columns).astype(table.dtypes.to_dict()) if len(last) else last
    result = pd.concat([table, whole]) if len(last) else table
    reasons = out.reindex([str(code) for code in counts.index[barred]])
    for column in out.columns:
        result[column] = pd.Series(
            [pd.NA] * len(table) + reasons[column].tolist(), index=result.index, dtype=out[column].dtype
        )
    return result


def tied_across_the_cut(score: Floats, places: list[list[int]], others: Ints) -> int:
    """Count the areas left out although their score equals that of the last area listed."""
    if not places:
        return 0
    least = min(score[area] for place in places for area in place)
    return int((score[others] == least).sum())


def shares_held(counts: pd.DataFrame, columns: list[str], listed: list[int]) -> dict[str, object]:
    """Give the share of each source's records, and of the ground, that the list holds."""
    inside = counts["in_study"].astype(bool).to_numpy() if "in_study" in counts else np.ones(len(counts), dtype=bool)
    shares: dict[str, object] = {}
    for column in _shown(counts, columns):
        if is_count(column):
            values = counts[column].to_numpy(dtype=np.float64, na_value=np.nan)
            total = np.nansum(values[inside])
            shares[column] = round(float(np.nansum(values[listed]) / total), 4) if total > 0 else None
    found: dict[str, object] = {"share_of_records": shares}
    if isinstance(counts, gpd.GeoDataFrame) and counts.crs is not None and counts.crs.is_projected:
        sizes = counts.geometry.area.to_numpy()
        total = sizes[inside].sum()
        found["share_of_ground"] = round(float(sizes[listed].sum() / total), 4) if total > 0 else None
    return found


__all__ = ["place_table", "shares_held", "tied_across_the_cut", "with_excluded"]
