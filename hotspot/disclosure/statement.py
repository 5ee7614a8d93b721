"""Say in plain language what was done to the data before it was published."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from hotspot.disclosure.policy import DisclosurePolicy
    from hotspot.disclosure.surfaces import ReleasedSurface


def write_statement(
    policy: DisclosurePolicy,
    hidden: pd.DataFrame,
    surfaces: Sequence[ReleasedSurface],
    *,
    rates_only: Sequence[str] = (),
    people_known: bool = True,
    tables: Mapping[str, pd.DataFrame] | None = None,
) -> str:
    """
    Write the statement that stands on every output.

    Parameters
    ----------
    policy
        The rule that was applied.
    hidden
        Which counts are hidden: one column per source.
    surfaces
        What is shown of density.
    rates_only
        Sources that shared rates and no counts.
    people_known
        Whether the areas have a population, from which addresses are estimated.
    tables
        Which cells of the tables are hidden, by name.

    Returns
    -------
    str
        One paragraph. How many counts are hidden is said; which values they had is not.
    """
    if policy.is_restricted:
        return (
            "NOT DISCLOSURE-CONTROLLED. Full detail for those inside the information-sharing protocol only. "
            f"Reason: {policy.reason}. Do not forward."
        )
    exact = [str(source) for source in hidden.columns if policy.is_exact(str(source))]
    protected = [str(source) for source in hidden.columns if source not in exact]
    rule = f"Counts of 1 to {policy.threshold - 1} are hidden and all others rounded to the nearest {policy.base}"
    said = [f"{rule}; 0 is shown as 0."]
    if exact:
        said.append(f"Exact because already public: {_names(exact)}.")
    if protected:
        numbers = ", ".join(f"{_words(source)} {int(hidden[source].sum())}" for source in protected)
        said.append(f"Hidden, of {len(hidden)} areas: {numbers}.")
    in_tables = sum(int(mask.to_numpy().sum()) for mask in (tables or {}).values())
    if in_tables:
        said.append(f"Hidden in tables: {in_tables}.")
    recomputed = [source for source in rates_only if source not in exact]
    if recomputed:
        said.append(f"Rates that came without counts were recomputed from the rounded count: {_names(recomputed)}.")
    said.append(
        "Rates, limits, p-values, classes and ranks were computed from the protected counts; "
        "where a count is hidden they are hidden too."
    )
    said += _of_surfaces(policy, surfaces, people_known=people_known)
    said.append(
        "Secondary suppression and the audit have NOT been done, and earlier releases have NOT been compared: "
        "do not publish other totals, levels or periods of the same counts beside this."
    )
    return " ".join(said)


def _of_surfaces(policy: DisclosurePolicy, surfaces: Sequence[ReleasedSurface], *, people_known: bool) -> list[str]:
    if not surfaces:
        return []
    least = f"{policy.min_bandwidth:g} m"
    said = [f"Density is shown in at most {policy.max_classes} classes, with a bandwidth of at least {least}."]
    masked = [surface.name for surface in surfaces if not policy.is_exact(surface.name)]
    if masked:
        addresses = (
            "addresses are estimated as population / 2.4"
            if people_known
            else "addresses could not be estimated, as no population was given"
        )
        said.append(
            f"Cells within whose bandwidth lie too few events or addresses are masked ({_names(masked)}; {addresses}). "
            "That a surface cannot be turned back into places is not proved."
        )
    return said


def _names(sources: Iterable[str]) -> str:
    return ", ".join(map(_words, sources))


def _words(source: str) -> str:
    return source.replace("_", " ")
