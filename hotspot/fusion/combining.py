"""Put the records of several sources into one frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from hotspot.checks import listed, require_columns, require_same_crs, require_unique_index
from hotspot.errors import InputError
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Iterable


def combine(frames: Iterable[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """
    Put the incidents of several sources into one frame, one below the other.

    Parameters
    ----------
    frames
        Incidents, all in one projected metric CRS, with ``source`` and an index that no two rows share. A column that
        only some have is missing in the others.

    Returns
    -------
    GeoDataFrame
        All rows, in the order given. ``source`` says whose each record is.

    Raises
    ------
    InputError
        No frame; no ``source``; an ``incident_id`` that stands twice.
    CRSError
        The frames do not share one projected metric CRS.

    Notes
    -----
    Records are not events: an assault that the police, the ambulance service and a hospital each recorded is three
    rows here. Count by source, or call ``link_events``, before adding anything up.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from hotspot.fusion import combine
    >>> place = gpd.points_from_xy([530000], [180000])
    >>> police = gpd.GeoDataFrame({"source": "police"}, index=["police-1"], geometry=place, crs=27700)
    >>> ed = gpd.GeoDataFrame({"source": "ed"}, index=["ed-1"], geometry=place, crs=27700)
    >>> combine([police, ed])["source"].to_dict()
    {'police-1': 'police', 'ed-1': 'ed'}
    """
    if isinstance(frames, pd.DataFrame):
        raise InputError("frames: this is one frame. Give a list of frames, such as [police, ed].")
    given = list(frames)
    if not given:
        raise InputError("frames: the list is empty. Give at least one frame of incidents.")
    for number, frame in enumerate(given, 1):
        argument = f"frames, number {number}"
        if not isinstance(frame, gpd.GeoDataFrame):
            raise InputError(f"{argument}: give incidents in a GeoDataFrame, not {type(frame).__name__}.")
        if frame.columns.has_duplicates or "geometry" not in frame:
            raise InputError(f"{argument}: needs one column 'geometry' and no name twice. Rename columns first.")
        require_columns(frame, ["source"], argument)
        require_same_crs(given[0], frame, "frames, number 1", argument)
        require_unique_index(frame, argument)
        if frame["source"].isna().any():
            raise InputError(f"{argument}: {int(frame['source'].isna().sum())} row(s) have no source. Fill it in.")
    index = pd.Index([label for frame in given for label in frame.index], name=given[0].index.name)
    if not index.is_unique:
        both = index[index.duplicated()].unique()
        where = [str(number) for number, frame in enumerate(given, 1) if frame.index.isin(both).any()]
        raise InputError(
            f"frames: {len(both)} incident_id(s) stand in more than one frame (numbers {listed(where)}). "
            "Was one file read twice? If not, read each with its own source name."
        )
    # Concatenating a column that is wholly missing would lose its type; what one frame lacks, it simply lacks.
    filled = [frame.dropna(axis="columns", how="all") if len(frame) else frame.iloc[:, :0] for frame in given]
    combined = pd.concat([frame.set_index(frame.index) for frame in filled], sort=False)
    columns = list(dict.fromkeys(column for frame in given for column in frame.columns))
    combined = gpd.GeoDataFrame(combined.reindex(columns=columns), geometry="geometry", crs=given[0].crs)
    note("combine", rows={str(source): int(n) for source, n in combined["source"].value_counts(sort=False).items()})
    return combined
