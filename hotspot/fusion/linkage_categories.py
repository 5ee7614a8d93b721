"""Say how well two categories can be one event: what a mismatch adds to the cost of a pair."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SAME, NEAR, LOOSE, UNLIKELY, NEVER = 0.0, 0.25, 0.5, 1.0, math.inf
"""What a pair of categories adds to a cost that is otherwise distance / max_distance + gap / max_gap."""

MISMATCH: dict[tuple[str, str], float] = {
    # "assault" is the word of a health service for whatever it treats: somebody was hurt
    ("assault", "violence_with_injury"): SAME,
    ("assault", "violence_and_sexual_offences"): SAME,
    ("assault", "stab_gunshot_penetrating"): SAME,
    ("assault", "homicide"): NEAR,
    ("assault", "violence_without_injury"): NEAR,
    ("assault", "robbery"): LOOSE,
    ("assault", "sexual"): LOOSE,
    ("assault", "public_order"): LOOSE,
    ("assault", "weapons"): LOOSE,
    # a penetrating wound
    ("stab_gunshot_penetrating", "violence_with_injury"): SAME,
    ("stab_gunshot_penetrating", "violence_and_sexual_offences"): SAME,
    ("stab_gunshot_penetrating", "homicide"): SAME,
    ("stab_gunshot_penetrating", "robbery"): LOOSE,
    ("stab_gunshot_penetrating", "weapons"): LOOSE,
    ("stab_gunshot_penetrating", "violence_without_injury"): UNLIKELY,
    # two police forces, or a police class and the published class that holds it
    ("violence_and_sexual_offences", "violence_with_injury"): SAME,
    ("violence_and_sexual_offences", "violence_without_injury"): SAME,
    ("violence_and_sexual_offences", "stalking_harassment"): SAME,
    ("violence_and_sexual_offences", "sexual"): SAME,
    ("violence_and_sexual_offences", "homicide"): SAME,
    ("violence_and_sexual_offences", "robbery"): LOOSE,
    ("homicide", "violence_with_injury"): NEAR,
    ("robbery", "violence_with_injury"): LOOSE,
    ("robbery", "violence_without_injury"): LOOSE,
    ("violence_with_injury", "violence_without_injury"): LOOSE,
    ("public_order", "violence_without_injury"): LOOSE,
    ("violence_with_injury", "weapons"): LOOSE,
    ("homicide", "violence_without_injury"): NEVER,
    ("homicide", "stalking_harassment"): NEVER,
}
"""Pairs of categories, either way round. A category with itself is SAME; a pair that is not here is UNLIKELY."""

_VAGUE = ("unknown", "other")


def mismatch(one: str, other: str) -> float:
    """
    Say what two categories add to the cost of a pair.

    Parameters
    ----------
    one, other
        Categories of our vocabulary, in either order.

    Returns
    -------
    float
        0 for what says the same, up to 1 (as much as the whole largest distance); infinite for what is never linked.

    Examples
    --------
    >>> from hotspot.fusion.linkage_categories import mismatch
    >>> mismatch("violence_with_injury", "stab_gunshot_penetrating"), mismatch("stab_gunshot_penetrating", "robbery")
    (0.0, 0.5)
    """
    if one == other:
        return SAME
    if one in _VAGUE or other in _VAGUE:
        return LOOSE
    return MISMATCH.get((one, other), MISMATCH.get((other, one), UNLIKELY))


def mismatch_table(categories: Sequence[str]) -> NDArray[np.float64]:
    """Lay out what each two of the categories add, shape (k, k)."""
    return np.array([[mismatch(one, other) for other in categories] for one in categories], dtype=float).reshape(
        len(categories), len(categories)
    )


__all__ = ["LOOSE", "MISMATCH", "NEAR", "NEVER", "SAME", "UNLIKELY", "mismatch", "mismatch_table"]
