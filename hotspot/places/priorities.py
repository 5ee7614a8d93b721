"""Make the ranked list of places that a tasking meeting decides on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import geopandas as gpd
import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype

from hotspot.checks import (
    require_columns,
    require_metric_crs,
    require_positive,
    require_unique_index,
    require_whole,
)
from hotspot.errors import ConfigError, InputError
from hotspot.places.budget import Budget, read_budget
from hotspot.places.exclusions import read_exclusions
from hotspot.places.list_table import place_table, shares_held, tied_across_the_cut, with_excluded
from hotspot.places.listing import Listing, list_places
from hotspot.places.persistence import persistence
from hotspot.places.place_ids import MEMBERS_APART, carry_ids
from hotspot.places.rank_draws import rank_limits
from hotspot.places.scoring import is_count, read_scores
from hotspot.rates.exposure import count_column
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.intp]
    Near = Callable[[int], Ints]


def prioritise(
    counts: pd.DataFrame,
    *,
    by: str | Sequence[str],
    budget: int | Mapping[str, float] = 10,
    merge: int = 1,
    spacing: float | None = None,
    excluded: Mapping[str, Mapping[str, object]] | None = None,
    past: Mapping[str, pd.DataFrame] | None = None,
    previous: pd.DataFrame | None = None,
    draws: int = 500,
    confidence: float = 0.9,
    seed: int = 0,
) -> pd.DataFrame:
    """
    Rank areas and put the best together to as many places as there are means for.

    Parameters
    ----------
    counts
        One row per area or grid cell, indexed by its code: AreaCounts, or any frame with the columns of ``by``. For
        an area share, ``merge`` and ``spacing`` it needs polygons in a projected metric reference system. Where
        there is ``in_study``, only areas in it are ranked.
    by
        Column to rank by, or several. One column is the score itself. Several are put on one scale first.
    budget
        Number of places, or a mapping: ``{"area_share": 0.02}``, a share of the ground that may be listed;
        ``{"patrol_minutes": 480, "minutes_per_visit": 15, "visits": 2}``, the minutes there are, those of a visit
        (default 15) and the visits that each place gets (default 1).
    merge
        The most areas that one place may be made of. Areas merge that share an edge.
    spacing
        Smallest distance between places, from edge to edge in metres. None: no rule.
    excluded
        Places that are not to be tasked: code to ``reason``, ``author`` and, if wanted, ``date`` (ISO 8601). They stay
        in the list, at its end, without a rank.
    past
        Counts of past periods by their label, in the same areas and columns, to see whether a place lasts.
    previous
        The list before, as it came from here (a CSV of it will do): places keep the ids they had.
    draws
        Draws of the true expected counts, for the limits of the rank.
    confidence
        Of these limits.
    seed
        Of the draws. The same seed gives the same result in any order of rows.

    Returns
    -------
    DataFrame or GeoDataFrame
        The listed places, best first, then the excluded ones, indexed by ``place_id``; a GeoDataFrame with their
        outlines if ``counts`` is one. Columns: ``rank`` (1 first); ``score``, that of its highest area; ``name`` of
        that area, where known; each ``n_<source>``, summed over the place and missing where a source does not cover
        all of it; other columns of ``by``, of the highest area; ``rank_lower``, ``rank_upper`` and ``p_listed``;
        ``areas``, the codes of its areas, the highest first; ``past_listed`` of ``past_known`` periods with ``past``;
        ``previous_rank`` with ``previous``; and ``excluded`` (the reason, else missing), ``excluded_by``,
        ``excluded_on``. An area without any value to rank by is not listed, nor one where all that is counted is 0;
        the record says how many there are, and what share of the ground and of each source's records the list holds.

    Raises
    ------
    ConfigError
        The budget is none; a column of ``by`` is a rank or a p-value; an excluded code is unknown or lacks a reason
        or an author.
    CRSError
        The ground is needed, and the reference system is missing or does not count in metres.
    InputError
        A column of ``by`` is missing, not numeric or infinite; a place stands twice; the ground is needed and counts
        have none; ``past`` or ``previous`` does not fit.

    Notes
    -----
    The score of several columns is the mean of the area's percentile ranks over the columns that have a value there
    (a source that does not cover the area is left out, never read as 0). Percentile ranks are used, not sums or
    z-scores: of raw counts the largest source would decide alone. Areas with equal scores are ordered by code, so
    the list is the same in every run; how many tie across the cut is in the record.

    Areas are taken from the best down. One that touches listed places makes them one where they hold fewer than
    ``merge`` areas together; else it joins the best that has room; else it begins a place of its own. One nearer than
    ``spacing`` to another place than its own is passed over. The list ends where the budget does not hold the next.

    ``rank_lower`` to ``rank_upper`` and ``p_listed`` answer for chance alone: expected counts get a Gamma prior fitted
    to all areas (maximum likelihood) and are drawn from their posterior, and the listed places are ranked anew among
    themselves and all areas that could have been listed. So a place high by luck has an interval that lies below its
    rank. They need counts: where ``by`` names anything else, they are missing. They do not know of records that never
    came, or of events that several sources report.

    The list ranks recorded events, not risk: it says where, not why, and small differences in rank mean nothing.

    References
    ----------
    Clayton, D. and Kaldor, J. (1987). Biometrics 43, 671-681 (Gamma prior). Goldstein, H. and Spiegelhalter, D. J.
    (1996). JRSS A 159, 385-443 (why a ranking needs its interval).

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.places import prioritise
    >>> counts = pd.DataFrame({"name": ["Quay", "Mill", "Park"], "n_police": [12, 30, 7]}, index=["E01", "E02", "E03"])
    >>> prioritise(counts, by="n_police", budget=2)[["rank", "name", "n_police"]].to_dict("index")
    {'E02': {'rank': 1, 'name': 'Mill', 'n_police': 30}, 'E01': {'rank': 2, 'name': 'Quay', 'n_police': 12}}
    """
    columns = _columns(by)
    means = read_budget(budget)
    require_whole(merge, "merge", 1)
    require_whole(draws, "draws", 100, such_as=500)
    require_whole(seed, "seed", 0)
    if not isinstance(confidence, float) or not 0 < confidence < 1:
        raise ConfigError(f"confidence: {confidence!r} must lie between 0 and 1, such as 0.9.")
    if spacing is not None:
        require_positive(spacing, "spacing", "metres")
    counts = _by_code(counts)
    score, values = read_scores(counts, columns, "counts")
    out = read_exclusions(excluded, counts.index)
    field = _field(counts, score, values, out.index)
    found = _walk(counts, field, means, merge, spacing)
    places = [sorted(place, key=field.position.__getitem__) for place in found.places]
    codes = [[str(counts.index[area]) for area in place] for place in places]
    ids, ranks_before = carry_ids(codes, previous, areas=counts.index, reserved=out.index)
    table = place_table(counts, score, columns, places, codes)
    others = np.setdiff1d(field.rivals, [*found.passed_over, *(area for place in places for area in place)])
    uncertain = all(is_count(column) for column in columns) and bool(places)
    if uncertain:
        table = table.assign(
            **rank_limits(values.to_numpy(), places, others, draws=draws, seed=seed, confidence=confidence)
        )
    else:
        missing = pd.array([pd.NA] * len(table), dtype="Int64")
        table = table.assign(rank_lower=missing, rank_upper=missing, p_listed=np.nan)
    history = persistence(past, columns, codes, list(out.index), counts.index) if past is not None else None
    table = _with_history(table, history, None if previous is None else ranks_before)
    table.index = pd.Index(ids, name="place_id", dtype="str")
    areas_listed = [area for place in places for area in place]
    note(
        "prioritise",
        by=columns,
        score="value" if len(columns) == 1 else "mean percentile rank over the available columns",
        budget=dict(budget) if isinstance(budget, Mapping) else int(budget),
        merge=merge,
        spacing_m=spacing,
        listed=len(places),
        areas_listed=len(areas_listed),
        budget_used_up=found.used_up,
        excluded=len(out),
        passed_over_for_spacing=len(found.passed_over),
        **field.left_out,
        scored_on_some_columns_only=int((values.isna().any(axis=1) & score.notna()).sum()),
        tied_across_the_cut=tied_across_the_cut(score.to_numpy(), places, others),
        rank_limits=f"{draws} draws, {confidence:g}" if uncertain else "none: not ranked by counts alone",
        past=[] if past is None else list(past),
        new_since_previous=None if previous is None else ranks_before.count(None),
        **shares_held(counts, columns, areas_listed),
    )
    return with_excluded(table, counts, score, out, columns)


def _with_history(
    table: pd.DataFrame, history: tuple[list[int], list[int]] | None, ranks_before: list[int | None] | None
) -> pd.DataFrame:
    """Say how often each place would have been listed before, and where it stood on the last list."""
    if history is not None:
        listed, known = history
        table = table.assign(past_listed=pd.array(listed, "Int64"), past_known=pd.array(known, "Int64"))
    if ranks_before is not None:
        table = table.assign(previous_rank=pd.array(ranks_before, dtype="Int64"))
    return table


_OWN = (
    "rank", "areas", "rank_lower", "rank_upper", "p_listed", "past_listed", "past_known", "previous_rank",
    "excluded", "excluded_by", "excluded_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Field:
    """Who competes: positions of the areas, best first, their place in that order, and who is out and why."""

    ranked: Ints
    rivals: Ints
    """Those that could be listed by their true expected counts: the ranked, and those where nothing was counted."""
    position: Mapping[int, int]
    left_out: Mapping[str, int]


def _columns(by: str | Sequence[str]) -> list[str]:
    """Read the columns to rank by; those that the list makes itself would be lost under its own."""
    if not isinstance(by, str) and (not isinstance(by, Sequence) or not all(isinstance(name, str) for name in by)):
        raise ConfigError(f"by: {by!r} must be the name of a column, or a list of names.")
    columns = [by] if isinstance(by, str) else list(by)
    taken = [name for name in columns if name in _OWN]
    if taken:
        raise ConfigError(f"by: {taken[0]!r} is a column of the list itself. Rename the column of counts.")
    return columns


def _by_code(counts: pd.DataFrame) -> pd.DataFrame:
    """Order the areas by their code as text, so that neither ties nor draws depend on the order of rows."""
    require_columns(counts, [], "counts")
    require_unique_index(counts, "counts")
    if counts.columns.has_duplicates:
        raise InputError("counts: a column stands more than once. Give each column its own name.")
    apart = counts.index.astype(str).str.contains(MEMBERS_APART, regex=False)
    if apart.any():
        raise InputError(
            f"counts: {int(apart.sum())} code(s) hold {MEMBERS_APART!r}, which sets the codes of a place apart (first: "
            f"row {int(apart.argmax())}). Use other codes."
        )
    for column in counts.columns:
        if is_count(str(column)):
            count_column(counts, column)
    if "in_study" in counts and (not is_bool_dtype(counts["in_study"]) or counts["in_study"].isna().any()):
        raise InputError("counts: 'in_study' holds other things than true and false. Fill it in.")
    ordered = counts.iloc[np.argsort(counts.index.astype(str), kind="stable")]
    return ordered.set_axis(pd.Index(ordered.index.astype(str), name=counts.index.name), axis=0)


def _field(counts: pd.DataFrame, score: pd.Series, values: pd.DataFrame, barred: pd.Index) -> _Field:
    """Order the areas that may be listed."""
    inside = counts["in_study"].astype(bool).to_numpy() if "in_study" in counts else np.ones(len(counts), dtype=bool)
    known = score.notna().to_numpy()
    counted = all(is_count(str(column)) for column in values.columns)
    empty = known & (values.fillna(0) == 0).all(axis=1).to_numpy() if counted else np.zeros(len(counts), dtype=bool)
    free = inside & known & ~counts.index.isin(barred)
    candidates = np.flatnonzero(free & ~empty)
    # areas are in the order of their codes, and a stable sort keeps it among equals
    ranked = candidates[np.argsort(-score.to_numpy()[candidates], kind="stable")]
    return _Field(
        ranked=ranked,
        rivals=np.flatnonzero(free),
        position={int(area): order for order, area in enumerate(ranked)},
        left_out={
            "not_in_study": int((~inside).sum()),
            "without_a_score": int((inside & ~known).sum()),
            "without_events": int((inside & empty).sum()),
        },
    )


def _walk(counts: pd.DataFrame, field: _Field, means: Budget, merge: int, spacing: float | None) -> Listing:
    """Prepare what the list needs of the ground, and make it."""
    ground, touching, around = None, None, None
    if means.area_share is not None or merge > 1 or spacing is not None:
        why = "an area share" if means.area_share is not None else ("merge" if merge > 1 else "spacing")
        if not isinstance(counts, gpd.GeoDataFrame):
            raise InputError(f"counts: {why} needs the ground; give a GeoDataFrame, not {type(counts).__name__}.")
        require_metric_crs(counts, "counts")
        _require_outlines(counts)
    if means.area_share is not None:
        sizes = cast("gpd.GeoDataFrame", counts).geometry.area.to_numpy()
        if "in_study" in counts:
            sizes = np.where(counts["in_study"].astype(bool), sizes, 0.0)
        if not sizes.sum() > 0:
            raise InputError("counts: the areas have no extent, so no share of it can be listed. Give polygons.")
        ground = sizes / sizes.sum()
    if merge > 1:
        touching = _neighbours(cast("gpd.GeoDataFrame", counts))
    if spacing is not None:
        around = _within(cast("gpd.GeoDataFrame", counts), spacing)
    found = list_places(field.ranked, budget=means, ground=ground, merge=merge, touching=touching, around=around)
    if not found.places and means.area_share is not None and len(field.ranked) and ground is not None:
        raise ConfigError(
            f"budget: the best area alone covers {ground[field.ranked[0]]:.2%} of the ground, more than the area_share "
            f"of {means.area_share:.2%}. Allow more, or use smaller areas."
        )
    return found


def _require_outlines(counts: gpd.GeoDataFrame) -> None:
    """Refuse areas whose ground is not known: they would touch nothing, and be near to nothing."""
    import shapely

    shapes = counts.geometry.to_numpy()
    flat = shapely.is_missing(shapes) | shapely.is_empty(shapes) | (shapely.get_dimensions(shapes) < 2)  # noqa: PLR2004
    wrong = flat | ~shapely.is_valid(shapes) | ~np.isfinite(shapely.area(shapes))
    if wrong.any():
        raise InputError(
            f"counts: {int(wrong.sum())} area(s) have no outline, or an invalid one (first: "
            f"{counts.index[wrong][0]!r}). Give polygons; make_valid mends them."
        )


def _neighbours(areas: gpd.GeoDataFrame) -> Near:
    """Give a look-up of the areas that share an edge."""
    from hotspot.geography import contiguity

    links = contiguity(areas, rook=True).sparse.tocsr()
    return lambda area: np.asarray(links.indices[links.indptr[area] : links.indptr[area + 1]], dtype=np.intp)


def _within(areas: gpd.GeoDataFrame, spacing: float) -> Near:
    """Give a look-up of the areas nearer than the spacing."""
    import shapely

    shapes = areas.geometry.to_numpy()
    tree = shapely.STRtree(shapes)

    def near(area: int) -> Ints:
        found = tree.query(shapes[area], predicate="dwithin", distance=spacing)
        return np.asarray(found[shapely.distance(shapes[area], shapes[found]) < spacing], dtype=np.intp)

    return near
