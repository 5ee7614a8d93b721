"""Find the header of a table below its titles, and tell footers and notes from records."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HEAD_ROWS = 30
"""Rows among which the header is looked for."""
_NUMERIC = re.compile(r"[\s\d.,:;/+%£$€()-]*")
_YEAR = re.compile(r"(?:19|20)\d\d(?:[-/]\d\d(?:\d\d)?)?")
_TOTAL = re.compile(r"(?:grand |sub-?\s?|overall )?totals?\b|count of (?:rows|records)\b|end of (?:report|data|file)\b")
_LABEL = re.compile(
    r"(?:data )?(?:sources?|notes?|caveats?|disclaimer|contact|copyright|n\.?b|generated|produced|prepared|printed|"
    r"extracted|exported|run)(?: (?:by|on|at|date|from|time))*\s*[:.\-]"
)
_NEARLY_ALL = 0.9
"""Share of the columns that one row names alone, so that the groups above it are not needed."""
_LEAST_COLUMNS = 3
"""From so many columns on, a row with text in the first one only may be a note."""


@dataclass(frozen=True, slots=True)
class Header:
    """The header of a table: its texts, the rows (0 = first) it stands in, and how many wanted columns it has."""

    cells: list[str]
    first: int
    last: int
    score: int


def find_header(rows: Sequence[Sequence[str]], score: Callable[[list[str]], int] | None = None) -> Header:
    """
    Find the header among the first rows of a table.

    Parameters
    ----------
    rows
        The first rows as text, blank ones included; only `HEAD_ROWS` of them are looked at.
    score
        Counts how many of the wanted columns a header has. The first row with most of them is the header; two rows
        that have more together than each alone, as under merged cells, are one header. None, or no row with any of
        them: the first row in which most cells are filled with distinct texts that are no numbers, or the first two
        of which the lower divides the columns of the upper.

    Returns
    -------
    Header
        Without cells if no row is filled.
    """
    head = [[str(cell).strip() for cell in row] for row in rows[:HEAD_ROWS]]
    best = _by_shape(head)
    if score is None:
        return best
    best = Header(best.cells, best.first, best.last, score(best.cells))
    for number, cells in enumerate(head):
        found = score(cells)
        if found > best.score or (found == best.score and found and number < best.first):
            best = Header(_trimmed(cells), number, number, found)
    for number, (upper, lower) in enumerate(itertools.pairwise(head)):
        if all(not _NUMERIC.fullmatch(cell) for cell in lower if cell):
            cells = _joined(upper, lower, score)
            found = score(cells)
            if found > best.score:
                best = Header(_trimmed(cells), number, number + 1, found)
    return best


def _by_shape(head: list[list[str]]) -> Header:
    """Take the first row, or the first two under merged cells, that look like a header; else the first filled one."""
    width = max((sum(map(bool, cells)) for cells in head), default=0)
    filled = [number for number, cells in enumerate(head) if any(cells)]
    for number in filled:
        if number + 1 < len(head) and _is_divided(head[number], head[number + 1], head[number + 2 :]):
            lower = head[number + 1]
            if len(_names(lower)) >= _NEARLY_ALL * width:
                return Header(_trimmed(lower), number + 1, number + 1, 0)
            return Header(_trimmed(_spread(head[number], lower)), number, number + 1, 0)
        texts = [cell for cell in head[number] if cell]
        if 2 * len(texts) > width and len(_names(texts)) > 0.8 * len(texts):
            return Header(_trimmed(head[number]), number, number, 0)
    first = filled[0] if filled else 0
    return Header(_trimmed(head[first]) if head else [], first, first, 0)


def _names(cells: list[str]) -> set[str]:
    """Give the different texts of a row that may name a column."""
    return {cell.casefold() for cell in cells if cell and (_YEAR.fullmatch(cell) or not _NUMERIC.fullmatch(cell))}


def _is_divided(upper: list[str], lower: list[str], below: list[list[str]]) -> bool:
    """
    Tell whether the columns of one row are divided by the next, as under merged cells.

    The upper row names at least two groups and leaves cells blank that the lower one fills; the lower one holds texts
    only, over a column in which the rows below it hold numbers or dates: a record would hold such there too.
    """
    groups = [bool(cell) for cell in upper]
    if sum(groups) < 2 or any(_NUMERIC.fullmatch(cell) for cell in (*upper, *lower) if cell):  # noqa: PLR2004 - one is a title
        return False
    after_first = groups.index(True)
    if not any(cell and not above for above, cell in itertools.zip_longest(upper[after_first:], lower[after_first:])):
        return False
    records = [cells for cells in below if any(cells)]
    columns = [
        [cells[at] for cells in records if at < len(cells) and cells[at]] for at, name in enumerate(lower) if name
    ]
    return any(2 * sum(_NUMERIC.fullmatch(cell) is not None for cell in column) > len(column) for column in columns)


def _spread(upper: list[str], lower: list[str]) -> list[str]:
    """Name each column by its group and its own text; a group reaches to the right as far as texts stand below it."""
    names, over = [], ""
    for above, below in itertools.zip_longest(upper, lower, fillvalue=""):
        over = above or (over if below else "")
        names.append(f"{over} {below}".strip())
    return names


def _joined(upper: list[str], lower: list[str], score: Callable[[list[str]], int]) -> list[str]:
    """Read two rows as one header: of each column both texts, the upper one spread to the right, or one of them."""
    joined: list[str] = []
    over = ""
    for above, below in itertools.zip_longest(upper, lower, fillvalue=""):
        over = above or over
        options = [f"{over} {below}".strip() if below else above, below, above]
        joined.append(next((option for option in options if option and score([option])), below or above))
    return joined


def _trimmed(cells: list[str]) -> list[str]:
    """Leave out blank cells at the end."""
    last = max((position for position, cell in enumerate(cells) if cell), default=-1)
    return cells[: last + 1]


def may_be_note(filled: int, first: object, columns: int) -> bool:
    """Tell quickly, by the number of filled cells and the first one, whether it is worth while to ask `is_note`."""
    return 2 * filled <= max(columns, 4) or _TOTAL.match(str(first).strip().casefold()) is not None


def is_note(cells: Sequence[str], columns: int) -> bool:
    """
    Tell whether a row is a total, a source or another note, and no record.

    Parameters
    ----------
    cells
        The row as text.
    columns
        Number of columns of the table.

    Returns
    -------
    bool
        True for a row whose first filled cell is *Total* and that has a blank one; for one that begins with *Total*,
        *Source:*, *Note:* and the like and is at most half filled.

    Examples
    --------
    >>> is_note(["Total", "", "", "", "12"], 5), is_note(["Source: our system"], 5), is_note(["A1", "Park"], 5)
    (True, True, False)
    """
    texts = [text for text in map(str.strip, cells) if text]
    if not texts:
        return False
    words = texts[0].casefold()
    if len(texts) < columns and _TOTAL.fullmatch(words.rstrip(" :")):
        return True
    return 2 * len(texts) <= max(columns, 2) and (_TOTAL.match(words) or _LABEL.match(words)) is not None


def is_lone_text(cells: Sequence[str], columns: int) -> bool:
    """
    Tell whether a row has several words in its first column and nothing else, as titles between records have.

    It may be a record of which all else is missing: whether its words come again in that column decides.
    """
    words = cells[0].split() if cells else []
    alone = len(words) > 1 and columns >= _LEAST_COLUMNS and not any(map(str.strip, cells[1:]))
    return alone and not _NUMERIC.fullmatch(cells[0])


__all__ = ["HEAD_ROWS", "Header", "find_header", "is_lone_text", "is_note", "may_be_note"]
