"""Share numbered work out among threads, in runs whose results are put together in order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from numba import get_num_threads

if TYPE_CHECKING:
    from collections.abc import Callable

_Part = TypeVar("_Part")


def in_lanes(work: Callable[[int, int], _Part], first: int, last: int, *, least: int = 1) -> list[_Part]:
    """
    Do the pieces of work first, …, last - 1, one run of them in each thread.

    Parameters
    ----------
    work
        Does the pieces from its first argument up to, without, its second; compiled code that lets go of the GIL.
    first, last
        Numbers of the pieces. What each gives must not depend on the run it is in.
    least
        Pieces that make a thread worth starting.

    Returns
    -------
    list
        What each run gave, in order of the pieces.
    """
    lanes = max(1, min(get_num_threads(), (last - first) // least))
    if lanes == 1:
        return [work(first, last)]
    edges = [first + (last - first) * lane // lanes for lane in range(lanes + 1)]
    with ThreadPoolExecutor(lanes) as pool:
        return list(pool.map(work, edges[:-1], edges[1:]))
