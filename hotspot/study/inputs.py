"""Read everything a study names, and account for it."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from hotspot.checks import listed
from hotspot.errors import ConfigError, InputError
from hotspot.fusion import combine
from hotspot.geography import locate_in_areas, read_areas
from hotspot.ingest import builtin_sources, read_area_counts, read_incidents, read_source
from hotspot.locate import read_gazetteer
from hotspot.record import note
from hotspot.study.model import Population

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd

    from hotspot.study.model import AreaLayer, Gazetteer, Incidents, Paths, Study

    Progress = Callable[[str], None]

_FEW_POINTS = 20
_LEAST_INSIDE = 0.1
"""Below this share of points inside, records and areas do not belong together."""
_MANY_PROVIDERS = 60
"""More distinct values than this are not providers: somebody mapped a column of another kind."""


class SourceText(NamedTuple):
    """What the page says about a source: its label, and what its records describe."""

    label: str
    describes: str


@dataclass(frozen=True)
class StudyInputs:
    """Everything a study reads."""

    areas: gpd.GeoDataFrame
    coarse: gpd.GeoDataFrame | None
    incidents: gpd.GeoDataFrame | None
    """Records of all sources, in the study's period and of the categories it names."""
    area_counts: dict[str, pd.DataFrame]
    """Counts or rates that arrived by area, by source."""
    texts: dict[str, SourceText]


def read_inputs(study: Study, base: Path, progress: Progress) -> StudyInputs:
    """
    Read areas, records and area counts of a study.

    Parameters
    ----------
    study
        The checked study file.
    base
        Folder that relative paths start from.
    progress
        Called with a sentence before each long step.

    Returns
    -------
    StudyInputs
        All in one projected metric CRS; every row read is in the notes.
    """
    _check_files(study, base)
    progress("Reading the areas")
    areas = _read_layer(study.areas, base, parent=study.areas.parent)
    coarse = None if study.areas.coarse is None else _read_layer(study.areas.coarse, base, crs=areas.crs)
    gazetteer = None
    if study.gazetteer is not None:
        progress("Reading the gazetteer")
        gazetteer = _read_gazetteer(study.gazetteer, base, areas)
    texts: dict[str, SourceText] = {}
    frames = []
    for key, section in study.incidents.items():
        progress(f"Reading [incidents.{key}]")
        frame = _read_section(section, base, areas, gazetteer)
        source = str(frame["source"].iloc[0])
        if source in texts and section.label:
            raise ConfigError(f"[incidents.{key}] label: source {source!r} has one already; give it once.")
        texts.setdefault(source, _text(section, source))
        frames.append(_select(frame, section, study, areas, key))
    area_counts: dict[str, pd.DataFrame] = {}
    for source, counts in study.counts.items():
        if source in texts:
            raise ConfigError(
                f"[counts.{source}]: {source!r} is the name of a source of records already; choose another."
            )
        progress(f"Reading [counts.{source}]")
        area_counts[source] = read_area_counts(
            _one(base, counts.path),
            code=counts.code,
            source=source,
            columns=None if counts.count is None else {"n": counts.count},
            rate=counts.rate,
            per=counts.per if counts.rate else None,
        )
        texts[source] = SourceText(counts.label or source.replace("_", " ").capitalize(), counts.describes)
    incidents = combine(frames) if frames else None
    return StudyInputs(areas, coarse, incidents, area_counts, texts)


def _read_layer(layer: AreaLayer, base: Path, *, parent: str | None = None, crs: object = None) -> gpd.GeoDataFrame:
    """Read one layer of areas, with the population from its own table where the study says so."""
    given = layer.population
    population = (_one(base, given.path), given.code, given.value) if isinstance(given, Population) else given
    return read_areas(
        _many(base, layer.path),
        code=layer.code,
        name=layer.name,
        population=population,
        parent=parent,
        crs=crs if crs is not None else layer.crs,
    )


def _read_gazetteer(section: Gazetteer, base: Path, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    columns = section.model_dump(exclude={"path"}, exclude_none=True)
    return read_gazetteer(_one(base, section.path), crs=areas.crs, **columns)


def _read_section(
    section: Incidents, base: Path, areas: gpd.GeoDataFrame, gazetteer: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    source = section.source
    if isinstance(source, str) and source not in builtin_sources():
        source = str(_one(base, source))
    frame = read_incidents(_many(base, section.path), source=source, gazetteer=gazetteer, crs=areas.crs)
    if frame.empty:
        raise InputError(f"{section.path}: no record could be kept.")
    return frame


def _text(section: Incidents, source: str) -> SourceText:
    name = source.replace("_", " ")
    label = section.label or (name.upper() if len(name) <= 2 else name.capitalize())  # noqa: PLR2004 - "ed" reads ED
    if not section.describes and isinstance(section.source, str) and section.source in builtin_sources():
        return SourceText(label, read_source(section.source).label)
    return SourceText(label, section.describes)


def _select(
    frame: gpd.GeoDataFrame, section: Incidents, study: Study, areas: gpd.GeoDataFrame, key: str
) -> gpd.GeoDataFrame:
    """Balance all records against the areas, then keep the period and the categories of the study."""
    owner = locate_in_areas(frame, areas)
    placed = frame.geometry.notna() & ~frame.geometry.is_empty
    _require_inside(placed, owner, key)
    supplied = frame.get("area_code", pd.Series(index=frame.index, dtype="str"))
    known = supplied.isin(areas.index)
    facts: dict[str, object] = {
        "kept": len(frame),
        "inside": int((owner.notna() | (~placed & known)).sum()),
        "outside": int((placed & owner.isna()).sum()),
        "unlocatable": int((~placed & ~known).sum()),
        "supplied_code_agrees": int((owner.notna() & known & (owner == supplied)).sum()),
        "supplied_code_differs": int((placed & known & (owner != supplied).fillna(value=True)).sum()),
    }
    if "provider" in frame:
        providers = frame["provider"].value_counts()
        if len(providers) <= _MANY_PROVIDERS:
            facts["providers"] = {str(name): int(number) for name, number in providers.items()}
    note("balance", key=key, source=str(frame["source"].iloc[0]), **facts)
    wanted = frame["category"].isin(section.categories)
    in_period = _in_period(frame, study)
    chosen = frame[wanted & in_period]
    if chosen.empty:
        raise InputError(
            f"[incidents.{key}]: none of {len(frame):,} records is of the categories "
            f"{', '.join(section.categories)} and in the period. Check 'categories', 'from' and 'to'."
        )
    note(
        "selection",
        key=key,
        source=str(frame["source"].iloc[0]),
        kept=len(frame),
        other_category=int((~wanted).sum()),
        outside_period=int((wanted & ~in_period).sum()),
        selected=len(chosen),
        categories=list(section.categories),
    )
    return chosen


def _require_inside(placed: pd.Series, owner: pd.Series, key: str) -> None:
    """Refuse records and areas that do not lie on each other: a wrong reference system, or swapped columns."""
    points = int(placed.sum())
    inside = int((placed & owner.notna()).sum())
    if points >= _FEW_POINTS and inside < _LEAST_INSIDE * points:
        raise InputError(
            f"[incidents.{key}]: only {inside:,} of {points:,} points lie in the areas. Check that records and areas "
            "cover the same place, that the areas' reference system is the right one, and that longitude and "
            "latitude, or easting and northing, are not swapped."
        )


def _in_period(frame: gpd.GeoDataFrame, study: Study) -> pd.Series:
    """Tell which records lie in the study's months; a record without a time lies in none."""
    if study.study.first_month is None or study.study.last_month is None:
        return pd.Series(data=True, index=frame.index)
    start = pd.Timestamp(study.study.first_month)
    stop = pd.Timestamp(study.study.last_month) + pd.offsets.MonthBegin(1)
    times = frame["occurred_from"]
    return pd.Series(times.ge(start) & times.lt(stop), index=frame.index)


def _check_files(study: Study, base: Path) -> None:
    """Raise once for all files that are not there, before the first is read."""
    paths: dict[str, Paths] = {}
    for place, layer in (("areas", study.areas), ("areas.coarse", study.areas.coarse)):
        if layer is not None:
            paths[f"[{place}]"] = layer.path
            if isinstance(layer.population, Population):
                paths[f"[{place}.population]"] = layer.population.path
    if study.gazetteer is not None:
        paths["[gazetteer]"] = study.gazetteer.path
    paths |= {f"[incidents.{key}]": section.path for key, section in study.incidents.items()}
    paths |= {f"[counts.{source}]": counts.path for source, counts in study.counts.items()}
    missing = [
        f"{place} path: {Path(path).name!r}"
        for place, given in paths.items()
        for path in ([given] if isinstance(given, str) else given)
        if "://" not in path and not glob.has_magic(path) and not _one(base, path).exists()
    ]
    if missing:
        raise InputError(
            f"{len(missing)} file(s) of the study are not there: {listed(missing, 20)}. Relative paths start from the "
            "folder of the study file, or from the folder given by --data (data=)."
        )


def _one(base: Path, path: str) -> Path:
    given = Path(path)
    return given if given.is_absolute() else base / given


def _many(base: Path, paths: Paths) -> str | list[str]:
    """Put the base folder before relative paths and patterns."""
    if isinstance(paths, str):
        return str(_one(base, paths))
    return [str(_one(base, path)) for path in paths]
