"""Make what may leave: protect the counts, then compute everything else from the protected ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotspot.checks import listed, require_metric_crs, require_unique_index
from hotspot.disclosure.about import check_about
from hotspot.disclosure.derivation import derive
from hotspot.disclosure.policy import DisclosurePolicy
from hotspot.disclosure.protection import (
    protect_areas,
    protect_tables,
    require_areas,
    require_declared,
    require_no_venues,
)
from hotspot.disclosure.seal import seal_of
from hotspot.disclosure.statement import write_statement
from hotspot.disclosure.surfaces import ReleasedSurface, release_surface
from hotspot.errors import ConfigError, DisclosureError, InputError
from hotspot.record import Note, note, recording

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas as gpd
    import pandas as pd

    from hotspot.density import Surface
    from hotspot.disclosure.derivation import Analyse


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """
    What may be written for others, and nothing else. Made by `hotspot.release` alone.

    Parameters
    ----------
    areas
        Protected counts and what was computed from them, in the order of ``area_code``: any other order could
        rank hidden counts. A hidden count is missing; its labels say ``Suppressed``.
    sources
        Sources in the order of their columns.
    hidden
        For each source, which areas' counts are hidden (columns: sources; rows: ``area_code``).
    surfaces
        Density surfaces, classed and masked.
    tables
        Protected tables for the whole study area, by name.
    tables_hidden
        Which of their cells are hidden, by name.
    policy
        Whose rule was applied.
    about
        Title, organisation, period, geography, sources, caveats and method, as given.
    statement
        What was done to the data, in plain language.
    notes
        What the release recorded.
    seal
        SHA-256 of areas, hidden, surfaces and tables as they left the gate; the writers compare it, so that
        nothing added or changed afterwards is written.
    """

    areas: gpd.GeoDataFrame
    sources: tuple[str, ...]
    hidden: pd.DataFrame
    surfaces: tuple[ReleasedSurface, ...]
    tables: Mapping[str, pd.DataFrame]
    tables_hidden: Mapping[str, pd.DataFrame]
    policy: DisclosurePolicy
    about: Mapping[str, object]
    statement: str
    notes: tuple[Note, ...]
    seal: str


def release(
    counts: gpd.GeoDataFrame,
    *,
    analyse: Analyse | None = None,
    surfaces: Iterable[Surface] = (),
    tables: Mapping[str, pd.DataFrame] | None = None,
    policy: DisclosurePolicy | None = None,
    about: Mapping[str, object] | None = None,
) -> Release:
    """
    Protect counts by a policy, and compute everything else from the protected counts.

    Parameters
    ----------
    counts
        AreaCounts: ``n_<source>``, or ``rate_<source>`` per 1,000 people and year where an agency shares no
        counts, by ``area_code``, in a projected metric CRS. Every column must be declared in `hotspot.schema`.
    analyse
        Computes the derived columns (rates, labels, ranks). It is called once, on the protected counts, in
        which hidden cells are missing; what it returns must have the same index. It must use nothing but the
        frame it is given: exact counts that reach it in another way cannot be seen here.
    surfaces
        Density surfaces, one for each source at most.
    tables
        Tables of counts for the whole study area (``n_<source>`` columns) by year, month, weekday or hour, by
        name, such as `hotspot.count_by_month` gives.
    policy
        Rule to apply; `DisclosurePolicy.shareable` by default.
    about
        ``title, organisation, period, geography`` (text), ``beside_police`` (text: what `hotspot.agreement` compared
        with the police, where it is no health service), ``sources`` (list of mappings with ``id``, ``label``,
        ``note``), ``caveats`` and ``method`` (lists of text), for the outputs to print.

    Returns
    -------
    Release
        The only thing the writers in `hotspot.outputs` accept.

    Raises
    ------
    DisclosureError
        If a column has no disclosure rule, is of record level, or comes from elsewhere than ``analyse``; if rows are
        venues, places of a list, points, or areas named after a venue; or if a surface, table or shared rate cannot be
        protected.
    InputError, CRSError
        If ``counts`` is no frame of counts by area, or holds numbers that are no counts.
    ConfigError
        If ``about``, ``policy`` or what ``analyse`` returned is of the wrong kind.

    Notes
    -----
    A hidden count takes its whole row of that source's derived figures with it. A sum ``n`` is shown only where
    it is the sum of published parts. A shared rate is replaced by the rate of the rounded count it implies. Secondary
    suppression, the audit and the comparison with earlier releases are not done here; the statement says so.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import hotspot as hs
    >>> from shapely.geometry import box
    >>> counts = gpd.GeoDataFrame(
    ...     {"n_ed": [3, 12], "population": [1500, 1600]},
    ...     index=["A", "B"],
    ...     geometry=[box(0, 0, 900, 900), box(900, 0, 1800, 900)],
    ...     crs=27700,
    ... )
    >>> hs.release(counts).areas["n_ed"].tolist()
    [<NA>, 10]
    """
    policy = DisclosurePolicy.shareable() if policy is None else policy
    _check(counts, policy)
    given, told = tuple(surfaces), check_about(about or {})
    _require_one_each(given, policy)
    with recording() as notes:
        protected, hidden = protect_areas(counts, policy)
        areas = protected if analyse is None else protected.join(derive(analyse, protected, hidden, policy))
        order = areas.index.astype(str).argsort(kind="stable")
        areas, hidden = areas.iloc[order], hidden.iloc[order]
        sources = tuple(map(str, hidden.columns))
        released = tuple(release_surface(surface, counts, policy) for surface in given)
        shown, tables_hidden = protect_tables(tables or {}, policy)
        note(
            "release",
            policy=str(policy),
            areas=len(areas),
            hidden={source: int(hidden[source].sum()) for source in sources},
            hidden_in_tables={name: int(mask.to_numpy().sum()) for name, mask in tables_hidden.items()},
            secondary_suppression="not done",
            audit="not done",
        )
    rates_only = [source for source in sources if f"n_{source}" not in areas]
    statement = write_statement(
        policy, hidden, released, rates_only=rates_only, people_known="population" in counts, tables=tables_hidden
    )
    last = [column for column in areas.columns if column != "geometry"]
    ordered = areas[[*last, "geometry"]]
    return Release(
        areas=ordered,
        sources=sources,
        hidden=hidden,
        surfaces=released,
        tables=shown,
        tables_hidden=tables_hidden,
        policy=policy,
        about=told,
        statement=statement,
        notes=tuple(notes),
        seal=seal_of(ordered, hidden, released, shown),
    )


def _check(counts: gpd.GeoDataFrame, policy: DisclosurePolicy) -> None:
    """Refuse what is no frame of declared counts by area, or no policy."""
    if not isinstance(policy, DisclosurePolicy):
        raise ConfigError(f"policy: {policy!r} is no policy. Give hotspot.DisclosurePolicy.shareable(), for instance.")
    if getattr(counts, "_geometry_column_name", None) != "geometry":
        raise InputError("counts: no column 'geometry' with the areas' outlines. Give what count_incidents returns.")
    require_metric_crs(counts, "counts")
    require_unique_index(counts, "counts")
    require_no_venues(counts.index, "counts", policy)
    require_declared(counts.columns, "counts", policy)
    require_areas(counts, policy)


def _require_one_each(surfaces: tuple[Surface, ...], policy: DisclosurePolicy) -> None:
    """Refuse two surfaces of one source: one can be subtracted from the other."""
    names = [surface.name for surface in surfaces]
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated and not policy.is_restricted:
        raise DisclosureError(
            f"surfaces: {listed(repeated)} has several, and one can be subtracted from the other. Give one per source."
        )
