"""Say what may leave, and how counts are protected before it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from hotspot.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class DisclosurePolicy:
    """
    What a reader may see: a printable, frozen value. Make one by its name, not by its fields.

    Parameters
    ----------
    name
        ``restricted``, ``shareable`` or ``public``.
    threshold
        Counts from 1 to ``threshold - 1`` are hidden; 0 is shown as 0.
    base
        Every other count is rounded to the nearest multiple of this.
    public_sources
        Sources whose counts are already public (data.police.uk, say): they stay exact, and count as known to
        whoever attacks the release.
    min_bandwidth
        Smallest bandwidth of a surface, metres.
    max_classes
        Most classes a surface is shown in.
    marking
        Protective marking at the top and bottom of every page.
    handling
        Who may have it, and until when.
    reason
        Why full detail is needed; for ``restricted`` only.

    Notes
    -----
    ``shareable`` follows the rule the NHS applies to emergency-care data: sub-national counts of 1 to 7 are
    hidden and all others rounded to the nearest 5.

    References
    ----------
    NHS Digital, Change to disclosure control methodology for HES and ECDS from September 2018.

    Examples
    --------
    >>> import hotspot as hs
    >>> print(hs.DisclosurePolicy.shareable(public_sources=("police",)))
    shareable: counts of 1 to 7 hidden, others rounded to the nearest 5; exact because already public: police
    """

    name: str
    threshold: int
    base: int
    public_sources: tuple[str, ...] = ()
    min_bandwidth: float = 0.0
    max_classes: int = 7
    marking: str = "OFFICIAL"
    handling: str = ""
    reason: str = ""

    @classmethod
    def restricted(cls, *, reason: str, marking: str = "OFFICIAL-SENSITIVE", handling: str = "") -> DisclosurePolicy:
        """
        Give full detail to those inside the sharing protocol.

        Parameters
        ----------
        reason
            The protocol or meeting it serves; it stands on every output.
        marking, handling
            Protective marking, and who may have it.

        Returns
        -------
        DisclosurePolicy

        Raises
        ------
        ConfigError
            If no reason is given.
        """
        if len(reason.strip()) < len("protocol"):
            raise ConfigError("reason: a restricted release needs one: name the protocol or meeting it serves.")
        return cls("restricted", 1, 1, marking=marking, handling=handling, reason=reason.strip())

    @classmethod
    def shareable(
        cls, *, public_sources: Iterable[str] = (), marking: str = "OFFICIAL", handling: str = ""
    ) -> DisclosurePolicy:
        """
        Protect counts for the partnership: 1 to 7 hidden, others to the nearest 5.

        Parameters
        ----------
        public_sources
            Sources whose counts are already public and stay exact.
        marking, handling
            Protective marking, and who may have it.

        Returns
        -------
        DisclosurePolicy
        """
        return cls("shareable", 8, 5, _names(public_sources), 400.0, 7, marking, handling)

    @classmethod
    def public(
        cls, *, public_sources: Iterable[str] = (), marking: str = "OFFICIAL", handling: str = ""
    ) -> DisclosurePolicy:
        """
        Protect counts for everyone: 1 to 9 hidden, others to the nearest 5, coarser surfaces.

        Parameters
        ----------
        public_sources
            Sources whose counts are already public and stay exact.
        marking, handling
            Protective marking, and who may have it.

        Returns
        -------
        DisclosurePolicy
        """
        return cls("public", 10, 5, _names(public_sources), 800.0, 5, marking, handling)

    @property
    def is_restricted(self) -> bool:
        """Whether full detail is given."""
        return self.name == "restricted"

    def is_exact(self, source: str | None) -> bool:
        """Tell whether the counts of a source leave as they are."""
        return self.is_restricted or source in self.public_sources

    def protect(self, counts: pd.Series, source: str | None) -> tuple[pd.Series, pd.Series]:
        """
        Hide small counts and round the others.

        Parameters
        ----------
        counts
            Counts by area; missing where there is no coverage.
        source
            Whose counts they are.

        Returns
        -------
        tuple of Series
            The published counts (missing where hidden or not covered), and which were hidden.
        """
        values = counts.astype("Int64")
        if self.is_exact(source):
            return values, pd.Series(data=False, index=counts.index)
        hidden = (values.gt(0) & values.lt(self.threshold)).fillna(value=False).astype(bool)
        # Whole numbers only: half a base goes up, as the NHS rule has it.
        rounded = (values + self.base // 2) // self.base * self.base
        return rounded.mask(hidden), hidden

    def __str__(self) -> str:
        """Say the rule in one line."""
        if self.is_restricted:
            return f"restricted: full detail, nothing hidden; reason: {self.reason}"
        exact = f"; exact because already public: {', '.join(self.public_sources)}" if self.public_sources else ""
        return (
            f"{self.name}: counts of 1 to {self.threshold - 1} hidden, others rounded to the nearest {self.base}{exact}"
        )


def _names(sources: Iterable[str]) -> tuple[str, ...]:
    if isinstance(sources, str):
        raise ConfigError(f"public_sources: give a list of names, such as [{sources!r}].")
    return tuple(sources)
