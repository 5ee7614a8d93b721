"""Count, rate, test and rank: the analysis a study asks for, written once for every policy and level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from hotspot.checks import nearest as closest
from hotspot.clusters import local_moran, local_moran_rate
from hotspot.density import kernel_density
from hotspot.errors import ConfigError
from hotspot.fusion import agreement
from hotspot.geography import aggregate_counts, contiguity, count_incidents, join_counts, nearest, within_distance
from hotspot.places import prioritise
from hotspot.rates import empirical_bayes, incidence_rate
from hotspot.record import note
from hotspot.schema import source_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from libpysal.graph import Graph

    from hotspot.density import Surface
    from hotspot.study.inputs import StudyInputs
    from hotspot.study.model import Density, Study


def count_levels(study: Study, inputs: StudyInputs) -> dict[str, gpd.GeoDataFrame]:
    """
    Count every source at every level of areas the study has.

    Returns
    -------
    dict
        AreaCounts by the level's name (``areas``, and ``coarse`` where the study has it), fine first.
    """
    counts = inputs.areas if inputs.incidents is None else count_incidents(inputs.incidents, inputs.areas, by="source")
    fine = [frame for source, frame in inputs.area_counts.items() if study.counts[source].level == "areas"]
    counts = join_counts(counts, *fine) if fine else counts
    levels = {"areas": counts}
    if inputs.coarse is not None:
        coarse = aggregate_counts(counts, inputs.coarse, parent="parent")
        own = [frame for source, frame in inputs.area_counts.items() if study.counts[source].level == "coarse"]
        levels["coarse"] = join_counts(coarse, *own) if own else coarse
    _check_excluded(study, levels)
    return levels


def _check_excluded(study: Study, levels: dict[str, gpd.GeoDataFrame]) -> None:
    """Refuse an excluded place that is an area of no level, before the long steps."""
    codes = sorted({str(code) for counts in levels.values() for code in counts.index})
    for code in study.priorities.excluded if study.priorities is not None else ():
        if code not in codes:
            raise ConfigError(f"[priorities.excluded] {code!r} is no area of this study.{closest(code, codes)}")


def sources_in(counts: gpd.GeoDataFrame) -> list[str]:
    """List the sources that have a count or a rate in the frame, in the order of its columns."""
    found = [source_of(str(column)) for column in counts.columns]
    return list(dict.fromkeys(source for source in found if source is not None))


def neighbours(study: Study, areas: gpd.GeoDataFrame) -> Graph:
    """Build the graph of neighbours the study asks for."""
    section = study.clusters
    if section.neighbours == "nearest":
        return nearest(areas, section.nearest)
    if section.neighbours == "distance":
        return within_distance(areas, section.distance)
    return contiguity(areas)


def years_of(study: Study, inputs: StudyInputs) -> float:
    """Tell the length of the period in years: as given, from the months given, or from the records."""
    if study.rates.years is not None:
        return study.rates.years
    first, last = study.study.first_month, study.study.last_month
    if first is None or last is None:
        if inputs.incidents is None:
            return 1.0
        months = inputs.incidents["occurred_from"].dropna().dt.to_period("M")
        first, last = str(months.min()), str(months.max())
    number = (pd.Period(last, "M") - pd.Period(first, "M")).n + 1
    note("period", first_month=first, last_month=last, months=number)
    return number / 12


def make_analyse(study: Study, counts: gpd.GeoDataFrame, years: float) -> Callable[[gpd.GeoDataFrame], pd.DataFrame]:
    """
    Write the ``analyse`` that the release gate runs on protected counts.

    Parameters
    ----------
    study
        The checked study file.
    counts
        AreaCounts of the level to be released: only its geometry and columns are looked at here.
    years
        Length of the period.

    Returns
    -------
    callable
        From AreaCounts to derived columns, each with its source as suffix.
    """
    graph = neighbours(study, counts)
    sources = sources_in(counts)
    test: dict[str, Any] = {
        "permutations": study.clusters.permutations,
        "alternative": study.clusters.alternative,
        "alpha": study.clusters.alpha,
        "correction": study.clusters.correction,
        "seed": study.study.seed,
    }

    def analyse(protected: gpd.GeoDataFrame) -> pd.DataFrame:
        parts = [_rates_and_clusters(study, protected, source, graph, years, test) for source in sources]
        result = pd.concat(parts, axis=1)
        if study.agreement is not None:
            compared = study.agreement
            result["agreement"] = agreement(
                result,
                police=f"moran_label_{compared.police}",
                health=[f"moran_label_{source}" for source in compared.health],
                comparable=compared.comparable,
                reason=compared.reason,
            )
        if study.priorities is not None:
            result = result.join(_ranked(study, protected, result, sources))
        return result

    return analyse


def _rates_and_clusters(
    study: Study, counts: gpd.GeoDataFrame, source: str, graph: Graph, years: float, test: dict[str, Any]
) -> pd.DataFrame:
    """Give rates and local Moran of one source: on EB-standardised rates where there are counts and people."""
    column = f"n_{source}"
    if column not in counts:
        lisa = local_moran(counts[f"rate_{source}"], graph, **test)
        return lisa.add_suffix(f"_{source}")
    if "population" not in counts:
        note("local_moran_input", source=source, value="count", why="the areas have no population")
        lisa = local_moran(counts[column], graph, **test)
        return lisa.add_suffix(f"_{source}")
    rates = incidence_rate(counts, of=column, per=study.rates.per, years=years)
    smooth = empirical_bayes(counts, of=column, per=study.rates.per, years=years)
    lisa = local_moran_rate(counts[column], counts["population"], graph, **test)
    return rates.join(smooth).join(lisa).add_suffix(f"_{source}")


def _ranked(study: Study, counts: gpd.GeoDataFrame, derived: pd.DataFrame, sources: list[str]) -> pd.DataFrame:
    """Rank the areas on the sources the study names: counts where there are any, else rates."""
    section = study.priorities
    if section is None:
        return pd.DataFrame(index=counts.index)
    ranked_by = section.by or sources
    unknown = [source for source in ranked_by if source not in sources]
    if unknown:
        raise ConfigError(f"[priorities] by: {unknown[0]!r} is not a source of this study ({', '.join(sources)}).")
    columns = [f"n_{source}" if f"n_{source}" in counts else f"rate_{source}" for source in ranked_by]
    here = set(counts.index.astype(str))
    barred = {code: entry.model_dump(exclude_none=True) for code, entry in section.excluded.items() if code in here}
    if len(barred) < len(section.excluded):
        note("excluded_at_another_level", places=len(section.excluded) - len(barred))
    listed = prioritise(
        counts,
        by=columns,
        budget=section.budget if isinstance(section.budget, int) else section.budget.model_dump(exclude_none=True),
        spacing=section.spacing,
        excluded=barred,
        seed=study.study.seed,
    )
    # without merging a place is one area, so the codes fit those of the counts
    listed = listed.set_index("areas")
    wanted = ["rank", "score", "rank_lower", "rank_upper", "p_listed"]
    if barred:
        wanted += ["excluded", "excluded_by", "excluded_on"]
    return pd.DataFrame(listed[wanted]).reindex(derived.index.astype(str)).set_axis(derived.index)


def surfaces_of(inputs: StudyInputs, density: Density, *, years: float, least_bandwidth: float) -> list[Surface]:
    """
    Give one kernel density surface for each source that has points.

    Parameters
    ----------
    inputs
        What the study read.
    density
        Kernel, bandwidth, cell size and edge correction.
    years
        Length of the period.
    least_bandwidth
        The policy's smallest bandwidth, in metres; a smaller one is raised to it and noted.
    """
    if inputs.incidents is None:
        return []
    bandwidth = max(density.bandwidth, least_bandwidth)
    if bandwidth != density.bandwidth:
        note("bandwidth_raised", asked_m=density.bandwidth, used_m=bandwidth, why="the policy's least bandwidth")
    surfaces = []
    for source, records in inputs.incidents.groupby("source", sort=False):
        points = records[records.geometry.notna()]
        if points.empty:
            note("surface_left_out", source=str(source), why="no record has a point")
            continue
        surfaces.append(
            kernel_density(
                points,
                bandwidth=bandwidth,
                cell_size=density.cell_size,
                within=inputs.areas,
                kernel=density.kernel,
                edge=density.edge,
                per_year=True,
                years=years,
            )
        )
    return surfaces


__all__ = ["count_levels", "make_analyse", "sources_in", "surfaces_of", "years_of"]
