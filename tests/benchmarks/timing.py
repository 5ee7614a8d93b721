"""Time a call, and hold what one job took by us and by each rival."""

from __future__ import annotations

import statistics
import time
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

REPEATS = 5
_SLOW = 4.0
"""Seconds after which a call is not repeated: its run-to-run spread is small beside the ratios reported."""


@dataclass(frozen=True, slots=True)
class Time:
    """How long a call took: the median of its runs."""

    seconds: float
    runs: int
    mib: float | None = None
    """Most memory of its process, where it had one of its own."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a rival's result lies from ours, and how far it may."""

    of: str
    difference: float
    tolerance: float

    @property
    def holds(self) -> bool:
        """Tell whether the difference is a number and within the tolerance."""
        return bool(self.difference <= self.tolerance)

    def __str__(self) -> str:
        """Give the difference beside what is allowed."""
        sign = "≤" if self.holds else "**>**"
        return f"{self.of} {_plain(self.difference)} {sign} {_plain(self.tolerance)}"


@dataclass(frozen=True, slots=True)
class Rival:
    """One rival at the job: its time, what its result was compared by, and the budget if there is one."""

    name: str
    time: Time
    agreements: tuple[Agreement, ...] = ()
    least_ratio: float | None = None
    """The budget: the rival takes at least so many times our time."""


@dataclass(slots=True)
class Job:
    """One input and one task, done by us and by rivals in the same run."""

    name: str
    ours: Time
    rivals: list[Rival] = field(default_factory=list)
    most_seconds: float | None = None
    """The budget of a job without a rival."""
    most_mib: float | None = None
    """The budget of memory."""
    checks: tuple[Agreement, ...] = ()
    """What our own result was checked by, where that is not a rival's."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How the time grows as one size is doubled again and again."""

    name: str
    sizes: tuple[str, ...]
    times: tuple[Time, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A job or a rival that did not run, and why."""

    name: str
    reason: str


Entry = Job | Growth | Skipped


def timed(call: Callable[[], Any], *, warm: Callable[[], Any] | None = None) -> tuple[Any, Time]:
    """
    Run a call several times and give its result and the median time.

    Parameters
    ----------
    call
        What is timed. A call that takes seconds is run once.
    warm
        What is run before, untimed, so that nothing is compiled and no worker is started on the clock.

    Returns
    -------
    tuple
        The last result, and the time.
    """
    spent: list[float] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a rival's are not ours to mend; ours are tested elsewhere
        if warm is not None:
            warm()
        result = None
        while len(spent) < REPEATS and (not spent or spent[0] < _SLOW):
            result = None  # let go of the last one before making the next
            start = time.perf_counter()
            result = call()
            spent.append(time.perf_counter() - start)
    return result, Time(statistics.median(spent), len(spent))


def _plain(number: float) -> str:
    return f"{number:.2g}"
