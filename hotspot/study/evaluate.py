"""Back-test the lists a study could have made, from its file to the page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hotspot.errors import ConfigError, DisclosureError, InputError
from hotspot.evaluation import backtest, count_by_period, methods
from hotspot.fusion import link_events
from hotspot.outputs import save_evaluation
from hotspot.record import recording
from hotspot.study.analysis import neighbours
from hotspot.study.inputs import read_inputs
from hotspot.study.model import read_study
from hotspot.study.run import base_folder, output_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

    from hotspot.evaluation import Past
    from hotspot.study.inputs import StudyInputs
    from hotspot.study.model import Evaluation, Study

    Progress = Callable[[str], None]
    Method = Callable[[Past], pd.Series]

EVENTS = "events"
FOLDER = "restricted-evaluation"
"""Not in the folder ``restricted``, which every run replaces as a whole."""
_LONGEST_TRAINING = 12
_NEEDS_PEOPLE = ("rate", "smoothed rate")
_EQUAL_GROUND = (
    "Every list gets exactly the same ground; the last place counts in part. Places that a list cannot tell apart "
    "stand with the fewest events first."
)
_INDEPENDENT = "Neighbouring places are taken to be independent, so that intervals are somewhat narrow."


def evaluate_study(
    path: str | Path,
    *,
    data: str | Path | None = None,
    out: str | Path | None = None,
    progress: Progress = lambda _step: None,
) -> pd.DataFrame:
    """
    Ask of a study's own data which list would have caught most of what came next, and write the page.

    Parameters
    ----------
    path, data, out, progress
        As for `run_study`; the page stands in the sub-folder ``restricted-evaluation`` of ``out``. The table
        ``[evaluation]`` of the study says what is compared; without it, lists by count, rate, smoothed rate, local
        Moran and density.

    Returns
    -------
    DataFrame
        As `backtest` gives it.

    Raises
    ------
    DisclosureError
        The study has no policy ``restricted``: the page holds exact figures.
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
    ...     table = hs.evaluate_study(write_template(folder + "/study.toml"), data=city)
    >>> bool(table.loc[("all", "count", 0.05), "pai"] > 1)
    True
    """
    study = read_study(path)
    section = study.evaluation
    if "restricted" not in study.release.policies:
        raise DisclosureError(
            "[release] policies: a back-test is computed from exact counts and is for the restricted reader alone. Add "
            "'restricted' and a reason."
        )
    with recording() as notes:
        inputs = read_inputs(study, base_folder(path, data), progress)
        if inputs.incidents is None:
            raise ConfigError("[evaluation]: this study has no [incidents.<key>]: counts by area have no periods.")
        records, source = _records(section, inputs, progress)
        wanted = records if source == EVENTS else records[records["source"] == source]
        counts = count_by_period(wanted, inputs.areas, period=section.period)
        train = _training(section, counts.shape[1])
        named = _methods(study, inputs, source)
        table = backtest(
            named, counts, inputs.areas, incidents=records, train=train, test=section.test, gap=section.gap,
            steps=section.steps, shares=section.shares, draws=section.draws, seed=study.study.seed, progress=progress,
        )  # fmt: skip
    progress("Writing the page")
    facts = next(entry.facts for entry in reversed(notes) if entry.step == "backtest")
    label = "linked events of all sources" if source == EVENTS else inputs.texts[source].label
    save_evaluation(
        table,
        output_folder(path, out) / FOLDER,
        title=study.study.title,
        subtitle=f"{label}: lists made before each {section.period} from {facts['first_tested']} to "
        f"{facts['last_tested']}, and what came then.",
        method=_sentences(study, counts, facts),
        marking=study.release.marking,
    )
    return table


def _records(section: Evaluation, inputs: StudyInputs, progress: Progress) -> tuple[gpd.GeoDataFrame, str]:
    """Give the records that methods see, linked where the study asks for it, and the source to be caught."""
    records = inputs.incidents
    if records is None:
        raise InputError("[evaluation]: there are no records.")
    sources = list(dict.fromkeys(records["source"]))
    source = section.source if section.source is not None else ("police" if "police" in sources else sources[0])
    if source != EVENTS and source not in sources:
        raise ConfigError(
            f"[evaluation] source: {source!r} has no records in this study. Its sources: {', '.join(sorted(sources))}"
            f"{', or events' if section.linkage is not None else ''}."
        )
    if section.linkage is not None:
        if len(sources) < 2:  # noqa: PLR2004
            raise ConfigError("[evaluation] linkage: this study has one source, so that there is nothing to link.")
        progress("Linking records of the sources")
        records = link_events(
            records, max_distance=section.linkage.max_distance, max_gap=section.linkage.max_gap, chance=False
        )
    return records, source


def _training(section: Evaluation, periods: int) -> int:
    """Give the periods a list is made from: as asked, or half of all, at most twelve."""
    if section.train is not None:
        return section.train
    return max(1, min(_LONGEST_TRAINING, (periods - section.gap) // 2))


def _methods(study: Study, inputs: StudyInputs, source: str) -> dict[str, Method]:
    """Make the lists the study asks for; without asking, those that its data allow."""
    section, people = study.evaluation, "population" in inputs.areas
    asked: list[str] = ["count", *(_NEEDS_PEOPLE if people else ()), "local Moran"]
    if section.methods is not None:
        asked = list(section.methods)
    if not people and set(asked) & set(_NEEDS_PEOPLE):
        raise ConfigError("[evaluation] methods: rates need [areas] population.")
    widths = section.bandwidths
    if widths is None:
        widths = [] if study.density is None else [study.density.bandwidth]
    made: dict[str, Callable[[], Method]] = {
        "count": methods.count,
        "rate": methods.rate,
        "smoothed rate": methods.empirical_bayes,
        "local Moran": lambda: methods.local_moran(
            neighbours(study, inputs.areas), population="population" if people else None
        ),
        "near repeat": lambda: _of(source, methods.near_repeat()),
        "fused": methods.events,
    }
    named = {name: made[name]() for name in dict.fromkeys(asked)}
    for width in widths:
        named[f"density {width:.12g} m"] = _of(source, methods.kernel_density(width))
    return named


def _of(source: str, method: Method) -> Method:
    """Show a method the records of the source to be caught; linked events count once in a density."""

    def asked(past: Past) -> pd.Series:
        if source == EVENTS or past.incidents is None:
            return method(past)
        own = past.incidents[past.incidents["source"] == source].drop(columns="event_id", errors="ignore")
        return method(replace(past, incidents=own))

    return asked


def _sentences(study: Study, counts: pd.DataFrame, facts: Mapping[str, object]) -> list[str]:
    """Say how it was done."""
    section = study.evaluation
    grain, areas = section.period, study.areas.geography or "areas"
    gap = f", {section.gap} {grain}(s) later" if section.gap else ""
    records, span = f"{int(counts.sum().sum()):,} records", f"{counts.columns[0]} to {counts.columns[-1]}"
    tested = f"tested on the next {facts['test']}{gap}; {facts['steps']} list(s) of each kind"
    said = [
        f"{len(counts):,} {areas}, {records} in {counts.shape[1]} {grain}s ({span}).",
        f"Each list was made from the {facts['train']} {grain}(s) before, and {tested}. None saw what came after it.",
        _EQUAL_GROUND,
        f"Intervals: 95 %, {section.draws:,} redrawings of the places, each with all its periods. {_INDEPENDENT}",
    ]
    if section.linkage is not None:
        near = f"{section.linkage.max_distance:g} m and {section.linkage.max_gap}"
        said.append(f"Records of different sources within {near} are taken to be one event.")
    said.append(f"For: {study.release.reason}.")
    return [*said, *study.study.caveats]


__all__ = ["FOLDER", "evaluate_study"]
