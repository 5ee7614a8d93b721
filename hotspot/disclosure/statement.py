"""Say in plain language what was done to the data before it was published."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from hotspot.disclosure.policy import DisclosurePolicy
    from hotspot.disclosure.surfaces import ReleasedSurface


def write_statement(policy: DisclosurePolicy, hidden: pd.DataFrame, surfaces: Sequence[ReleasedSurface]) -> str:
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
    said = [f"Counts of 1 to {policy.threshold - 1} are hidden and all others rounded to the nearest {policy.base}."]
    exact = [source for source in hidden.columns if policy.is_exact(source)]
    if exact:
        said.append(f"Exact because already public: {_names(exact)}.")
    protected = [source for source in hidden.columns if source not in exact]
    if protected:
        numbers = ", ".join(f"{source.replace('_', ' ')} {int(hidden[source].sum())}" for source in protected)
        said.append(f"Hidden, of {len(hidden)} areas: {numbers}.")
    said.append(
        "Rates, limits, p-values, classes and ranks were computed from the protected counts; "
        "where a count is hidden they are hidden too."
    )
    if surfaces:
        said.append(
            f"Density is shown in at most {policy.max_classes} classes, with a bandwidth of at least "
            f"{policy.min_bandwidth:g} m; cells that rest on too few events or addresses are masked."
        )
    said.append(
        "Secondary suppression and the audit have NOT been done: do not publish other totals or levels of the "
        "same counts beside this."
    )
    return " ".join(said)


def _names(sources: Sequence[str]) -> str:
    return ", ".join(source.replace("_", " ") for source in sources)
