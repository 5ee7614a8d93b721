"""Say what may leave, and how counts are protected before it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from hotspot.checks import listed, require_choice
from hotspot.errors import ConfigError, InputError
from hotspot.schema import is_source_name

if TYPE_CHECKING:
    from collections.abc import Iterable

Number = TypeVar("Number", int, pd.Series)

_POLICIES = ("restricted", "shareable", "public")
_LEAST_THRESHOLD = 3
"""The smallest threshold in use by statistical offices."""


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

    Raises
    ------
    ConfigError
        If the parts do not fit: no reason for ``restricted``, or a rounding under which the smallest count that
        is shown would fall below the threshold (8 or more, rounded to the nearest 7, say).

    Notes
    -----
    ``shareable`` follows the rule the NHS applies to emergency-care data: sub-national counts of 1 to 7 are
    hidden and all others rounded to the nearest 5. A published 10 then stands for 8, 9, 10, 11 or 12. Another
    threshold is ``dataclasses.replace(policy, threshold=10)``.

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

    def __post_init__(self) -> None:
        """Refuse parts that do not fit together."""
        require_choice(self.name, _POLICIES, "policy")
        for argument, value in (("threshold", self.threshold), ("base", self.base), ("max_classes", self.max_classes)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ConfigError(f"{argument}: {value!r} must be a whole number of 1 or more.")
        unfit = [name for name in self.public_sources if not is_source_name(name)]
        if unfit:
            raise ConfigError(f"public_sources: {listed(unfit)} cannot name a source.")
        if self.is_restricted:
            if not self.reason.strip():
                raise ConfigError("reason: a restricted release needs one: name the protocol or meeting it serves.")
            return
        if self.threshold < _LEAST_THRESHOLD:
            raise ConfigError(
                f"threshold: {self.threshold} hides nothing that matters; no controller goes below "
                f"{_LEAST_THRESHOLD}. For full detail inside the sharing protocol use DisclosurePolicy.restricted."
            )
        smallest = self._rounded(self.threshold)
        if smallest < self.threshold:
            raise ConfigError(
                f"base: rounded to the nearest {self.base}, {self.threshold} would be shown as {smallest}, below the "
                f"threshold of {self.threshold}. Take a base or a threshold that fit, such as 8 and 5, or 10 and 5."
            )

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

    @property
    def stamp(self) -> str:
        """Give the one line that stands on every output: marking, policy and, where there is one, the reason."""
        if self.is_restricted:
            return f"{self.marking} | restricted, NOT DISCLOSURE-CONTROLLED | reason: {self.reason}"
        return f"{self.marking} | {self.name}"

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

        Raises
        ------
        InputError
            If a value is no count: negative, infinite or not whole.

        Examples
        --------
        >>> import pandas as pd
        >>> import hotspot as hs
        >>> shown, hidden = hs.DisclosurePolicy.shareable().protect(pd.Series([0, 7, 8, 13]), "ed")
        >>> shown.tolist(), hidden.tolist()
        ([0, <NA>, 10, 15], [False, True, False, False])
        """
        values = _whole(counts)
        if self.is_exact(source):
            return values, pd.Series(data=False, index=counts.index)
        hidden = (values.gt(0) & values.lt(self.threshold)).fillna(value=False).astype(bool)
        return self._rounded(values).mask(hidden), hidden

    def _rounded(self, value: Number) -> Number:
        """Round whole numbers to the nearest multiple of the base; half a base goes up."""
        return (value + self.base // 2) // self.base * self.base

    def __str__(self) -> str:
        """Say the rule in one line."""
        if self.is_restricted:
            return f"restricted: full detail, nothing hidden; reason: {self.reason}"
        exact = f"; exact because already public: {', '.join(self.public_sources)}" if self.public_sources else ""
        return (
            f"{self.name}: counts of 1 to {self.threshold - 1} hidden, others rounded to the nearest {self.base}{exact}"
        )


def _whole(counts: pd.Series) -> pd.Series:
    """Give counts as whole numbers that may be missing; refuse what is none."""
    numbers = pd.to_numeric(counts, errors="coerce").astype("Float64")
    given = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    unreadable = counts.notna().to_numpy() & np.isnan(given)
    wrong = unreadable | (np.isfinite(given) & ((given < 0) | (given != np.floor(given)))) | np.isinf(given)
    if wrong.any():
        raise InputError(
            f"counts: column {counts.name!r} has {int(wrong.sum())} value(s) that are no counts (whole, 0 or more), "
            f"the first in row {int(np.flatnonzero(wrong)[0])}."
        )
    return numbers.astype("Int64")


def _names(sources: Iterable[str]) -> tuple[str, ...]:
    if isinstance(sources, str):
        raise ConfigError(f"public_sources: give a list of names, such as [{sources!r}].")
    return tuple(sources)
