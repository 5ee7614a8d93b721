"""Show how the time grows: areas, permutations, points, cells and bandwidth, each doubled three times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import inputs
from timing import Entry, Growth, timed

import hotspot as hs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from inputs import Size

_DOUBLED = (1, 2, 4, 8)
_CELL = 50.0


def run(size: Size) -> Iterator[Entry]:
    """Time every curve of this topic."""
    yield from _local_moran(size)
    yield from _kernel_density(size)


def _local_moran(size: Size) -> Iterator[Entry]:
    squares = [inputs.areas.__wrapped__(round(size.side * (factor / 4) ** 0.5)) for factor in _DOUBLED]
    graphs = [hs.contiguity(square) for square in squares]
    values = [inputs.rates(square.index, round(len(square) ** 0.5)) for square in squares]

    def moran(which: int, permutations: int) -> Any:
        return hs.local_moran(values[which], graphs[which], permutations=permutations, max_permutations=permutations)

    fixed = size.many_permutations
    yield _curve(
        f"local Moran, areas ({fixed:,} permutations)",
        [f"{len(square):,}" for square in squares],
        [lambda which=which: moran(which, fixed) for which in range(len(squares))],
    )
    draws = [size.many_permutations * factor for factor in _DOUBLED]
    yield _curve(
        f"local Moran, permutations ({len(squares[2]):,} areas)",
        [f"{each:,}" for each in draws],
        [lambda each=each: moran(2, each) for each in draws],
    )


def _kernel_density(size: Size) -> Iterator[Entry]:
    columns, rows = size.cells
    width, height = columns * _CELL, rows * _CELL

    def density(points: int, scale: float, bandwidth: float) -> Any:
        cell = _CELL / scale
        grid = inputs.cell_centres(round(columns * scale), round(rows * scale), cell)
        return hs.kernel_density(inputs.points(points, width, height), bandwidth=bandwidth * cell, grid=grid)

    n = size.points
    numbers = [n * factor // 8 for factor in _DOUBLED]
    for number in numbers:
        inputs.points(number, width, height)  # kept, so that making them is not timed
    yield _curve(
        f"quartic, points ({columns:,} by {rows:,} cells, h = 20 cells)",
        [f"{number:,}" for number in numbers],
        [lambda number=number: density(number, 1, 20) for number in numbers],
    )
    scales = [(factor / 4) ** 0.5 for factor in _DOUBLED]
    yield _curve(
        f"quartic, cells ({n:,} points, h = 20 cells)",
        [f"{round(columns * scale) * round(rows * scale):,}" for scale in scales],
        [lambda scale=scale: density(n, scale, 20) for scale in scales],
    )
    radii = [5 * factor for factor in _DOUBLED]
    yield _curve(
        f"quartic, bandwidth in cells ({n:,} points, {columns:,} by {rows:,} cells)",
        [str(radius) for radius in radii],
        [lambda radius=radius: density(n, 1, radius) for radius in radii],
    )


def _curve(name: str, sizes: list[str], calls: list[Callable[[], Any]]) -> Growth:
    times = [timed(call, warm=call)[1] for call in calls]
    return Growth(name, tuple(sizes), tuple(times))
