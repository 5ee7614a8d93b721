"""What was known when a list was made, and nothing later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Past:
    """
    What a method may see when it makes its list: copies of the data before one moment.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.evaluation import Past
    >>> counts = pd.DataFrame({"2024-01": [4, 0], "2024-02": [5, 1]}, index=["A", "B"])
    >>> past = Past(counts, pd.Series([2.0, 1.0], index=["A", "B"]))
    >>> past.total.to_dict()
    {'A': 9.0, 'B': 1.0}
    """

    counts: pd.DataFrame
    """Places by periods, the latest period last."""
    size: pd.Series
    """Ground of each place: km², or length of street."""
    areas: gpd.GeoDataFrame | None = None
    """The areas as given, with their population, in their projected CRS."""
    incidents: gpd.GeoDataFrame | None = None
    """Records that happened in these periods."""
    origin: pd.Timestamp | None = None
    """The first moment that is not known, where periods are dates."""

    @property
    def total(self) -> pd.Series:
        """Events of each place in all periods; missing where no period is known."""
        return self.counts.astype("Float64").sum(axis=1, min_count=1).astype("float64")


__all__ = ["Past"]
