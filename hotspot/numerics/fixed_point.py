"""Turn values into 64-bit integers, whose sums are exact in any order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_EXACT = 2.0**53
_RANGE_BITS = 62
_FRACTION_BITS = 48
_EPSILON_BITS = 52


@dataclass(frozen=True, slots=True)
class FixedPoint:
    """Values as integers, and how far apart two sums of ``width`` of them may be and still be tied."""

    values: npt.NDArray[np.int64]
    slack_per_term: int
    """0 where the values are whole numbers: ties of their sums are exact."""

    def slack(self, terms: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Give the tolerance, in integer units, of comparing two sums of so many terms each."""
        return self.slack_per_term * (terms + 1)


def to_fixed_point(values: npt.NDArray[np.float64], terms: int) -> FixedPoint:
    """
    Represent finite values by integers so that sums of ``terms`` of them can be compared exactly.

    Whole numbers stay what they are. Other values are centred and rounded to 2**-48 of the largest
    deviation (or to their own floating-point precision, where that is coarser); two sums count as tied
    if they differ by no more than that rounding explains. Floating-point sums of the same numbers in
    another order differ in the last bits, and a comparison of such sums misses ties.

    Parameters
    ----------
    values
        Finite numbers.
    terms
        Most terms in a sum.

    Returns
    -------
    FixedPoint

    Examples
    --------
    >>> import numpy as np
    >>> from hotspot.numerics.fixed_point import to_fixed_point
    >>> to_fixed_point(np.array([0.0, 2.0, 1.0]), 2).values
    array([0, 2, 1])
    >>> v = to_fixed_point(np.array([0.1, 0.2, 0.3, 0.0]), 2)
    >>> bool(abs(v.values[0] + v.values[1] - v.values[2] - v.values[3]) <= v.slack(np.array([2]))[0])
    True
    """
    headroom = _RANGE_BITS - math.ceil(math.log2(terms + 2))
    largest = float(np.abs(values).max(initial=0.0))
    if largest < min(_EXACT, 2.0**headroom) and bool(np.all(values == np.rint(values))):
        return FixedPoint(values.astype(np.int64), 0)
    middle = float(values.min()) / 2 + float(values.max()) / 2
    centred = values - middle
    spread = float(np.abs(centred).max())
    unit = max(spread * 2.0 ** -min(_FRACTION_BITS, headroom), largest * 2.0**-_EPSILON_BITS)
    if unit == 0.0:
        return FixedPoint(np.zeros(len(values), np.int64), 0)
    return FixedPoint(np.rint(centred / unit).astype(np.int64), 2)
