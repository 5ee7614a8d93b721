"""Say on the page what was studied, from which sources, how, and what to beware of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hotspot.record import Note
    from hotspot.study.inputs import StudyInputs
    from hotspot.study.model import Study

_ALWAYS = (
    "Sources overlap: one assault can appear in several. Their counts are shown side by side and never added.",
    "A High-High area is unusual given its neighbours. It is not a cause, a person or a forecast.",
)
_SNAPPED = (
    "Police points are anonymised: each is the nearest of a fixed set of map points, never the place itself. "
    "'Violence and sexual offences' also holds stalking and harassment, much of which has no street location."
)
_RESIDENTS = "Rates are per usual residents; where many people visit, as in city centres, they overstate the risk."
_NEIGHBOURS = {
    "contiguity": "queen contiguity",
    "nearest": "{nearest} nearest neighbours",
    "distance": "neighbours within {distance:g} m",
}
_CORRECTIONS = {
    "none": "no correction for the number of areas",
    "fdr": "false discovery rate (Benjamini-Hochberg)",
    "fdr_by": "false discovery rate (Benjamini-Yekutieli)",
    "bonferroni": "Bonferroni correction",
}


def about_study(
    study: Study, inputs: StudyInputs, *, level: str, sources: Sequence[str], notes: Sequence[Note]
) -> dict[str, object]:
    """
    Collect title, period, sources, caveats and method for the page.

    Parameters
    ----------
    study, inputs
        The study and what it read.
    level
        Level of areas that is released: ``areas`` or ``coarse``.
    sources
        Sources in the order they are shown.
    notes
        What the run has recorded so far.

    Returns
    -------
    dict
        The ``about`` of `hotspot.release`. It holds shares in whole per cent, never counts.
    """
    layer = study.areas.coarse if level == "coarse" and study.areas.coarse is not None else study.areas
    return {
        "title": study.study.title,
        "organisation": study.study.organisation,
        "period": study.study.period or _period(inputs),
        "geography": layer.geography,
        "sources": [
            {"id": source, "label": inputs.texts[source].label, "note": _source_note(source, inputs)}
            for source in sources
        ],
        "caveats": [*study.study.caveats, *_caveats(study, inputs)],
        "method": _method(study, inputs, notes),
    }


def _period(inputs: StudyInputs) -> str:
    if inputs.incidents is None:
        return ""
    times = inputs.incidents["occurred_from"].dropna()
    first, last = times.min(), times.max()
    if (first.year, first.month) == (last.year, last.month):
        return f"{first:%B %Y}"
    return f"{first:%B} to {last:%B %Y}" if first.year == last.year else f"{first:%B %Y} to {last:%B %Y}"


def _source_note(source: str, inputs: StudyInputs) -> str:
    """Describe a source, and say which share of its records has a place."""
    said = [inputs.texts[source].describes]
    if inputs.incidents is not None:
        records = inputs.incidents[inputs.incidents["source"] == source]
        if len(records):
            placed = records.geometry.notna()
            if "area_code" in records:
                placed |= records["area_code"].isin(inputs.areas.index)
            said.append(f"{round(100 * float(placed.mean()))} % of records could be placed")
    return ". ".join(text.rstrip(".") for text in said if text) + ("." if any(said) else "")


def _caveats(study: Study, inputs: StudyInputs) -> list[str]:
    found = list(_ALWAYS)
    if any(section.source == "police_uk" for section in study.incidents.values()):
        found.append(_SNAPPED)
    if "population" in inputs.areas:
        found.append(_RESIDENTS)
    compared = study.agreement
    if compared is not None and not compared.comparable:
        found.append(f"Police and health are not alike here: {compared.reason}")
    return found


def _method(study: Study, inputs: StudyInputs, notes: Sequence[Note]) -> list[str]:
    test = study.clusters
    near = _NEIGHBOURS[test.neighbours].format(nearest=test.nearest, distance=test.distance)
    value = (
        "empirical-Bayes standardised rates"
        if "population" in inputs.areas and inputs.incidents is not None
        else "values"
    )
    lines = [
        (
            f"Local Moran on {value}; {near}; {test.permutations:,} or more conditional permutations, "
            f"{test.alternative}; "
            f"{_CORRECTIONS[test.correction]}, level {test.alpha:g}; seed {study.study.seed}."
        ),
    ]
    if inputs.incidents is not None:
        kept = ", ".join(dict.fromkeys(c for section in study.incidents.values() for c in section.categories))
        lines.append(f"Categories: {kept.replace('_', ' ')}.")
    if study.density is not None:
        surface = study.density
        lines.append(
            f"Density: {surface.kernel} kernel, bandwidth (support radius) at least {surface.bandwidth:g} m, "
            f"cells {surface.cell_size:g} m, edge correction {surface.edge}."
        )
    periods = [entry.facts for entry in notes if entry.step == "period"]
    if periods and periods[0]["months"] != 12 * round(int(str(periods[0]["months"])) / 12):
        lines.append(
            f"The period has {periods[0]['months']} months, not whole years: "
            "rates are per year, but seasons weigh unevenly."
        )
    return lines
