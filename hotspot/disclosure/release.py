"""Make what may leave: protect the counts, then compute everything else from the protected ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from hotspot.checks import listed, nearest, require_metric_crs, require_unique_index
from hotspot.disclosure.policy import DisclosurePolicy
from hotspot.disclosure.statement import write_statement
from hotspot.disclosure.surfaces import ReleasedSurface, release_surface
from hotspot.errors import ConfigError, DisclosureError
from hotspot.record import Note, note, recording
from hotspot.schema import SUPPRESSED, Disclosure, declared, source_of

if TYPE_CHECKING:
    import geopandas as gpd

    from hotspot.density import Surface

Analyse = Callable[["gpd.GeoDataFrame"], pd.DataFrame]

_ABOUT = ("title", "organisation", "period", "geography", "sources", "caveats", "method")
_FROM_ANALYSE = (Disclosure.DERIVED, Disclosure.INTERNAL)


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """
    What may be written for others, and nothing else. Made by `hotspot.release` alone.

    Parameters
    ----------
    areas
        Protected counts and what was computed from them, by ``area_code``. A hidden count is missing; its
        labels say ``Suppressed``.
    sources
        Sources in the order of their columns.
    hidden
        For each source, which areas' counts are hidden (columns: sources; rows: ``area_code``).
    surfaces
        Density surfaces, classed and masked.
    tables
        Protected tables for the whole study area.
    policy
        Whose rule was applied.
    about
        Title, organisation, period, geography, sources, caveats and method, as given.
    statement
        What was done to the data, in plain language.
    notes
        What the release recorded.
    """

    areas: gpd.GeoDataFrame
    sources: tuple[str, ...]
    hidden: pd.DataFrame
    surfaces: tuple[ReleasedSurface, ...]
    tables: Mapping[str, pd.DataFrame]
    policy: DisclosurePolicy
    about: Mapping[str, object]
    statement: str
    notes: tuple[Note, ...]


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
        AreaCounts: ``n_<source>`` and ``rate_<source>`` by ``area_code``, in a projected metric CRS. Every
        column must be declared in `hotspot.schema`.
    analyse
        Computes the derived columns (rates, labels, ranks). It is called once, on the protected counts, in
        which hidden cells are missing; what it returns must have the same index.
    surfaces
        Density surfaces; each names the source it shows.
    tables
        Tables of counts for the whole study area (``n_<source>`` columns), by name.
    policy
        Rule to apply; `DisclosurePolicy.shareable` by default.
    about
        ``title, organisation, period, geography`` (text), ``sources`` (list of mappings with ``id``, ``label``,
        ``note``), ``caveats`` and ``method`` (lists of text), for the outputs to print.

    Returns
    -------
    Release
        The only thing the writers in `hotspot.outputs` accept.

    Raises
    ------
    DisclosureError
        If a column has no disclosure rule, is of record level, or comes from elsewhere than ``analyse``; or if
        a surface or shared rate cannot be protected.

    Notes
    -----
    A hidden count takes its whole row of that source's derived figures with it. A sum ``n`` is shown only where
    it is the sum of published parts. Secondary suppression and the audit are not done here; the statement says so.

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
    require_metric_crs(counts, "counts")
    require_unique_index(counts, "counts")
    _require_declared(counts.columns, "counts", policy)
    checked_about = _check_about(about or {})
    with recording() as notes:
        protected, hidden = _protect(counts, policy)
        areas = protected
        if analyse is not None:
            areas = _join_derived(protected, _derive(analyse, protected, policy), hidden, counts)
        sources = tuple(hidden.columns)
        released = tuple(release_surface(surface, counts, policy) for surface in surfaces)
        shown = {name: _protect_table(name, table, policy) for name, table in (tables or {}).items()}
        numbers = {source: int(hidden[source].sum()) for source in sources}
        note("release", policy=str(policy), areas=len(areas), hidden=numbers, secondary_suppression="not done",
             audit="not done")  # fmt: skip
    statement = write_statement(policy, hidden, released)
    return Release(areas, sources, hidden, released, shown, policy, checked_about, statement, tuple(notes))


def _require_declared(columns: Iterable[object], argument: str, policy: DisclosurePolicy) -> None:
    """Refuse what nobody has declared, what is of record level, and what only ``analyse`` may give."""
    for name in map(str, columns):
        column = declared(name)
        if column is None:
            raise DisclosureError(f"{argument}: column {name!r} has no disclosure rule; drop it or declare one.")
        if column.disclosure is Disclosure.NEVER:
            raise DisclosureError(f"{argument}: column {name!r} is of record level and never leaves; drop it.")
        if column.disclosure in _FROM_ANALYSE and not policy.is_restricted:
            raise DisclosureError(
                f"{argument}: column {name!r} is derived from exact counts. Compute it in 'analyse', "
                "which runs on the protected counts."
            )


def _protect(counts: gpd.GeoDataFrame, policy: DisclosurePolicy) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Protect every count column; also tell which cells were hidden, by source."""
    protected = counts.copy()
    hidden = pd.DataFrame(index=counts.index)
    for name in map(str, counts.columns):
        source = source_of(name)
        if source is None:
            continue
        if name.startswith("n_"):
            protected[name], mask = policy.protect(counts[name], source)
        else:
            protected[name], mask = _protect_rate(counts, name, source, policy)
        hidden[source] = hidden[source] | mask if source in hidden else mask
    if "n" in counts and not policy.is_restricted:
        protected["n"] = _published_sum(counts, protected, hidden)
    return protected, hidden


def _protect_rate(
    counts: gpd.GeoDataFrame, name: str, source: str, policy: DisclosurePolicy
) -> tuple[pd.Series, pd.Series]:
    """Protect a rate that arrived as such through the count it implies: the population is public."""
    rate = counts[name].astype("float64")
    if policy.is_exact(source):
        return rate, pd.Series(data=False, index=counts.index)
    if "population" not in counts:
        raise DisclosureError(
            f"counts: {name!r} cannot be protected without 'population', from which the count behind it could be "
            f"found. Give the population, or name {source!r} in public_sources if it is already public."
        )
    population = counts["population"].astype("float64")
    implied = (rate * population / 1_000).round().astype("Int64")
    published, hidden = policy.protect(implied, source)
    return published.astype("Float64").astype("float64") / population * 1_000, hidden


def _published_sum(counts: gpd.GeoDataFrame, protected: gpd.GeoDataFrame, hidden: pd.DataFrame) -> pd.Series:
    """Show ``n`` only where it is the sum of published parts; a rounded true total gives a hidden part back."""
    parts = [column for column in map(str, counts.columns) if column.startswith("n_") and source_of(column)]
    missing = pd.Series(pd.NA, index=counts.index, dtype="Int64")
    if not parts:
        raise DisclosureError("counts: 'n' has no parts (n_<source>) that say how to protect it; name its source.")
    total = counts[parts].astype("Int64").sum(axis=1, min_count=len(parts))
    if not counts["n"].astype("Int64").equals(total.astype("Int64")):
        note("release_n", shown=False, why="n is a union of linked events, not the sum of its published parts")
        return missing
    published = protected[parts].astype("Int64").sum(axis=1, min_count=len(parts)).astype("Int64")
    visible: pd.Series = published.mask(hidden.any(axis=1))
    return visible


def _derive(analyse: Analyse, protected: gpd.GeoDataFrame, policy: DisclosurePolicy) -> pd.DataFrame:
    """Run ``analyse`` on a copy of the protected counts and check what comes back."""
    derived = analyse(protected.copy())
    if not isinstance(derived, pd.DataFrame):
        raise ConfigError(f"analyse: returned {type(derived).__name__}, not a frame of derived columns.")
    if not derived.index.equals(protected.index):
        raise ConfigError("analyse: the index of what it returned is not that of the counts. Keep one row per area.")
    derived = pd.DataFrame(derived[[column for column in derived.columns if column not in protected.columns]])
    for name in map(str, derived.columns):
        column = declared(name)
        if column is None:
            raise DisclosureError(f"analyse: column {name!r} has no disclosure rule; drop it or declare one.")
        if column.disclosure is Disclosure.NEVER:
            raise DisclosureError(f"analyse: column {name!r} is of record level and never leaves; drop it.")
    if policy.is_restricted:
        return derived
    internal = [name for name in map(str, derived.columns) if _kind(name) is Disclosure.INTERNAL]
    if internal:
        note("release_internal", dropped=internal, why="a statistic or lag gives hidden neighbours back")
    return derived.drop(columns=internal)


def _kind(name: str) -> Disclosure | None:
    column = declared(name)
    return None if column is None else column.disclosure


def _join_derived(
    protected: gpd.GeoDataFrame, derived: pd.DataFrame, hidden: pd.DataFrame, counts: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Put derived columns beside the counts; where the count is hidden, they go too."""
    result = protected.copy()
    for name in map(str, derived.columns):
        values = derived[name].copy()
        mask = _hidden_for(name, hidden)
        if mask.any():
            if isinstance(values.dtype, pd.StringDtype) or values.dtype == object:
                values = values.astype("str").mask(mask, SUPPRESSED)
            else:
                values = values.mask(mask)
        result[name] = values
    order = [*counts.columns.drop("geometry", errors="ignore"), *derived.columns, "geometry"]
    return result[list(dict.fromkeys(order))]


def _hidden_for(name: str, hidden: pd.DataFrame) -> pd.Series:
    """Tell in which areas a derived column must go: those that hide the source its name ends in, else any."""
    for source in sorted(map(str, hidden.columns), key=len, reverse=True):
        if name.endswith(f"_{source}"):
            return pd.Series(hidden[source]).astype(bool)
    mask: pd.Series = hidden.any(axis=1).astype(bool)
    return mask


def _protect_table(name: str, table: pd.DataFrame, policy: DisclosurePolicy) -> pd.DataFrame:
    """Protect the count columns of a table for the whole study area."""
    result = table.copy()
    for column in map(str, table.columns):
        source = source_of(column)
        if source is None or not column.startswith("n_"):
            raise DisclosureError(
                f"tables[{name!r}]: column {column!r} has no disclosure rule here; only n_<source> counts have one."
            )
        result[column], _hidden = policy.protect(table[column], source)
    return result


def _check_about(about: Mapping[str, object]) -> Mapping[str, object]:
    """Refuse furniture of another name or kind; fill in what is not said."""
    for key in about:
        if key not in _ABOUT:
            raise ConfigError(f"about: {key!r} is not known.{nearest(str(key), _ABOUT)}")
    texts = {key: str(about.get(key, "")) for key in ("title", "organisation", "period", "geography")}
    lists: dict[str, list[object]] = {}
    for key in ("sources", "caveats", "method"):
        given = about.get(key, [])
        if not isinstance(given, (list, tuple)):
            raise ConfigError(f"about: {key!r} must be a list, not {type(given).__name__}.")
        lists[key] = list(given)
    for source in lists["sources"]:
        if not isinstance(source, Mapping) or not {"id", "label"} <= set(source):
            raise ConfigError("about: each of 'sources' is a mapping with 'id', 'label' and, if there is one, 'note'.")
    wrong = [key for key in ("caveats", "method") if not all(isinstance(line, str) for line in lists[key])]
    if wrong:
        raise ConfigError(f"about: {listed(wrong)} must be lists of text.")
    return {**texts, **lists}
