"""Run a study from its file to its folders, as an analyst would write it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hotspot.disclosure import DisclosurePolicy, choose_level, release
from hotspot.errors import ConfigError
from hotspot.outputs import build_run_record, save_folder
from hotspot.record import recording
from hotspot.study.analysis import count_levels, make_analyse, sources_in, surfaces_of, years_of
from hotspot.study.furniture import about_study
from hotspot.study.inputs import read_inputs
from hotspot.study.model import read_study
from hotspot.temporal import count_by_month

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    import pandas as pd

    from hotspot.disclosure import Release
    from hotspot.record import Note
    from hotspot.study.inputs import StudyInputs
    from hotspot.study.model import Study

    Progress = Callable[[str], None]


def output_folder(study: str | Path, out: str | Path | None = None) -> Path:
    """Name the folder a study writes into: as asked, or ``<study name>-output`` beside the study file."""
    file = Path(study)
    return Path(out) if out is not None else file.with_name(f"{file.stem}-output")


def run_study(
    path: str | Path,
    *,
    data: str | Path | None = None,
    out: str | Path | None = None,
    progress: Progress = lambda _step: None,
) -> dict[str, Release]:
    """
    Run a study file: read, count, rate, test, release, write.

    Parameters
    ----------
    path
        The study file (TOML); ``hotspot init`` writes one to start from.
    data
        Folder that relative paths in the study start from; by default the study file's own.
    out
        Folder to write into, one sub-folder for each policy; by default ``<study name>-output``.
    progress
        Called with a sentence before each long step.

    Returns
    -------
    dict
        The releases that were written, by policy.

    Raises
    ------
    HotspotError
        With one message that says what is wrong; nothing has then been written.

    Examples
    --------
    >>> import tempfile
    >>> import hotspot as hs
    >>> from hotspot.datasets import write_city
    >>> from hotspot.study import write_template
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     city = write_city(folder + "/data", seed=1)
    ...     study = write_template(folder + "/study.toml")
    ...     releases = hs.run_study(study, data=city, out=folder)
    >>> sorted(releases)
    ['restricted', 'shareable']
    """
    study = read_study(path)
    with recording() as notes:
        inputs = read_inputs(study, base_folder(path, data), progress)
        _check_names(study, inputs)
        progress("Counting records in areas")
        years = years_of(study, inputs)
        levels = count_levels(study, inputs)
        releases: dict[str, Release] = {}
        for name in study.release.policies:
            progress(f"Analysing and releasing: {name}")
            releases[name] = _release(study, inputs, levels, years, name, notes)
    folder = output_folder(path, out)
    for policy, ready in releases.items():
        progress(f"Writing {policy}")
        record = None
        if ready.policy.is_restricted:
            record = build_run_record(notes, parameters=study.model_dump(mode="json", by_alias=True))
        save_folder(ready, folder / policy, run_record=record)
    return releases


def check_study(
    path: str | Path, *, data: str | Path | None = None, progress: Progress = lambda _step: None
) -> list[Note]:
    """
    Read a study file and all its inputs, and write nothing.

    Parameters
    ----------
    path, data, progress
        As for `run_study`.

    Returns
    -------
    list of Note
        What was read, kept, rejected and placed.

    Raises
    ------
    HotspotError
        With one message that says what is wrong.

    Examples
    --------
    >>> import tempfile
    >>> import hotspot as hs
    >>> from hotspot.datasets import write_city
    >>> from hotspot.study import write_template
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     city = write_city(folder + "/data", seed=1)
    ...     notes = hs.check_study(write_template(folder + "/study.toml"), data=city)
    >>> notes[0].step
    'read_areas'
    """
    study = read_study(path)
    with recording() as notes:
        inputs = read_inputs(study, base_folder(path, data), progress)
        _check_names(study, inputs)
        progress("Counting records in areas")
        count_levels(study, inputs)
    return notes


def base_folder(path: str | Path, data: str | Path | None) -> Path:
    """Name the folder that relative paths of a study start from."""
    return Path(path).parent if data is None else Path(data)


def _check_names(study: Study, inputs: StudyInputs) -> None:
    """Refuse a study that speaks of a source it does not read, before the long steps."""
    asked = [] if study.agreement is None else [study.agreement.police, *study.agreement.health]
    places = {f"[agreement] {name}": name for name in asked}
    if study.priorities is not None:
        places |= {f"[priorities] by {name}": name for name in study.priorities.by or []}
    places |= {f"[release] public_sources {name}": name for name in study.release.public_sources}
    if study.evaluation.source not in {None, "events"}:
        places[f"[evaluation] source {study.evaluation.source}"] = str(study.evaluation.source)
    for place, name in places.items():
        if name not in inputs.texts:
            raise ConfigError(f"{place}: not a source of this study. Its sources: {', '.join(sorted(inputs.texts))}.")


def _policy(study: Study, name: str) -> DisclosurePolicy:
    section = study.release
    if name == "restricted":
        return DisclosurePolicy.restricted(
            reason=str(section.reason), marking=section.marking, handling=section.handling
        )
    make = DisclosurePolicy.shareable if name == "shareable" else DisclosurePolicy.public
    return make(public_sources=tuple(section.public_sources), handling=section.handling)


def _release(
    study: Study,
    inputs: StudyInputs,
    levels: dict[str, gpd.GeoDataFrame],
    years: float,
    name: str,
    notes: list[Note],
) -> Release:
    """Release the study under one policy: at the finest level the policy can honestly show."""
    policy = _policy(study, name)
    level = "areas" if policy.is_restricted else choose_level(levels, policy)
    counts = levels[level]
    surfaces = []
    if study.density is not None:
        surfaces = surfaces_of(inputs, study.density, years=years, least_bandwidth=policy.min_bandwidth)
    tables: dict[str, pd.DataFrame] = {}
    if inputs.incidents is not None:
        tables["by_month"] = count_by_month(inputs.incidents)
    return release(
        counts,
        analyse=make_analyse(study, counts, years),
        surfaces=surfaces,
        tables=tables,
        policy=policy,
        about=about_study(study, inputs, level=level, sources=sources_in(counts), notes=notes),
    )
