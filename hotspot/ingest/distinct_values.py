"""Hold a column by its distinct values: a code of one to four bytes a row in place of its text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from hotspot.ingest.cells import to_text

_TEXT = pa.large_string()
CODED = pa.dictionary(pa.int32(), _TEXT)
"""Type in which Arrow reads text by its distinct values, block by block."""
_MOST_DISTINCT = 0.6
"""Share of distinct values from which the text itself is smaller, and is kept."""


def gather(batches: pa.RecordBatchReader) -> pd.DataFrame:
    """
    Collect columns of text that are read by their distinct values, block by block.

    Parameters
    ----------
    batches
        Columns of type `CODED`, each block with distinct values of its own.

    Returns
    -------
    DataFrame
        Columns whose values repeat are categorical, categories in the order of their first row. Others, such as
        ids, are ``str``: their distinct values would be no smaller.
    """
    columns = {name: _Column() for name in batches.schema.names}
    for batch in batches:
        for name, block in zip(batches.schema.names, batch.columns, strict=True):
            columns[name].add(block)
    pa.default_memory_pool().release_unused()
    return pd.DataFrame({name: columns.pop(name).series() for name in list(columns)}, copy=False)


@dataclass(slots=True)
class _Column:
    """A column of text as it is read: codes, and texts from where they take less."""

    rows: int = 0
    seen: int = 0
    """Distinct values of the blocks, summed."""
    places: dict[str, int] = field(default_factory=dict)
    """Code of each distinct value."""
    codes: list[np.ndarray] = field(default_factory=list)
    texts: list[pa.Array] = field(default_factory=list)

    def add(self, block: pa.DictionaryArray) -> None:
        """Add a block of rows."""
        self.rows += len(block)
        self.seen += len(block.dictionary)
        if self.seen > _MOST_DISTINCT * self.rows:
            self._write_out()
            self.texts.append(block.cast(_TEXT))
            return
        self.codes.append(_shared(self.places, block.dictionary.to_pylist(), np.asarray(block.indices)))

    def series(self) -> pd.Series:
        """Give the whole column."""
        if self.texts or not self.codes:
            self._write_out()
            return pd.Series(pd.array(pa.chunked_array(self.texts, _TEXT), dtype="str"))
        found = pd.Index(pa.array(list(self.places), _TEXT), dtype="str")
        self.places.clear()
        codes = np.concatenate(self.codes)
        self.codes.clear()
        return pd.Series(_coded(codes, found))

    def _write_out(self) -> None:
        """Turn codes to texts."""
        if self.codes:
            found = pa.array(list(self.places), _TEXT)
            self.texts += [found.take(pa.array(codes)) for codes in self.codes]
            self.codes.clear()
            self.places.clear()


def distinct(values: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """
    Find the distinct texts of a column.

    Parameters
    ----------
    values
        Text, text by its distinct values, or anything that can be written as text.

    Returns
    -------
    codes
        Which of the texts each row has, -1 where it has none.
    texts
        In the order of their first row.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, found = pd.factorize(values)
        return codes, found.astype("str")
    codes, texts = pd.factorize(values if values.dtype == "str" else values.astype("str"))
    return codes, texts


def as_text(values: pd.Series) -> pd.Series:
    """Give a column that is held by its distinct values as text; any other as it is."""
    return values.astype("str") if isinstance(values.dtype, pd.CategoricalDtype) else values


def says(values: pd.Series, text: str) -> np.ndarray:
    """Mark the rows of a column that say a text, apart from spaces around it."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        hits = np.append((values.cat.categories.str.strip() == text), [False]).astype(bool)
        return hits[values.cat.codes.to_numpy()] if hits.any() else np.zeros(len(values), dtype=bool)
    return (values.astype("str").str.strip() == text).to_numpy(dtype=bool)


@dataclass(slots=True)
class Pile:
    """One field of file after file; text held by distinct values shares them from the second file on."""

    pieces: list[pd.Series | np.ndarray] = field(default_factory=list)
    """A column, or codes of `places`."""
    places: dict[str, int] = field(default_factory=dict)

    def add(self, values: pd.Series) -> None:
        """
        Put a column below those of earlier files.

        A categorical is recoded at once: pandas keeps an object for each category of each, which for hundreds of
        monthly files is more than their text. A single file needs none of it.
        """
        self._recode_first()
        self.pieces.append(self._recoded(values) if self.pieces else values)

    def add_nothing(self, rows: int) -> None:
        """Put rows of a file that does not have the field below those of earlier files."""
        self._recode_first()
        self.pieces.append(np.full(rows, -1, dtype=np.int8))

    def whole(self) -> pd.Series:
        """
        Give the column; afterwards the pile is empty.

        Returns
        -------
        Series
            By distinct values if every piece was. A column that is a number here and text there is text.
        """
        found = pd.Index(pa.array(list(self.places), _TEXT), dtype="str")
        self.places.clear()
        pieces, self.pieces = self.pieces, []
        if all(isinstance(piece, np.ndarray) for piece in pieces):
            return pd.Series(_coded(np.concatenate(pieces), found))
        columns = [
            pd.Series(found.array.take(piece, allow_fill=True)) if isinstance(piece, np.ndarray) else piece
            for piece in pieces
        ]
        if len(columns) == 1:
            return columns[0].reset_index(drop=True)
        if len({str(column.dtype) for column in columns}) > 1:
            columns = [to_text(column) if column.dtype != "str" else column for column in columns]
        return pd.concat(columns, ignore_index=True)

    def _recode_first(self) -> None:
        if len(self.pieces) == 1:
            self.pieces[0] = self._recoded(self.pieces[0])

    def _recoded(self, values: pd.Series | np.ndarray) -> pd.Series | np.ndarray:
        """Give a categorical as codes of what all files share; anything else as it is."""
        if not isinstance(values.dtype, pd.CategoricalDtype):
            return values
        return _shared(self.places, values.cat.categories.tolist(), values.cat.codes.to_numpy())


def _shared(places: dict[str, int], texts: list[str], codes: np.ndarray) -> np.ndarray:
    """Turn codes of some texts to codes of a growing list of texts, in as few bytes as will do."""
    own = [places.setdefault(text, len(places)) for text in texts]
    return np.asarray(np.array([*own, -1], dtype=np.min_scalar_type(-max(len(places), 1)))[codes])


def compact(values: Any) -> pd.Categorical[Any]:  # noqa: ANN401 - whatever factorize takes
    """Hold results, an object a row, by their distinct values; None becomes missing."""
    codes, found = pd.factorize(values)
    return _coded(codes, pd.Index(found, dtype=object))


def text_column(values: pd.Categorical[Any], rows: np.ndarray | slice) -> Any:  # noqa: ANN401 - pandas' text array has no public type
    """Make a text column of some rows of results; missing ones stay missing."""
    texts = pd.array([str(value) for value in values.categories], dtype="str")
    return texts.take(values.codes[rows], allow_fill=True)


def alike(value: object, rows: int) -> np.ndarray:
    """Give every row the same object; ``np.full`` would make a text of its own for each."""
    return np.repeat(np.array([value], dtype=object), rows)


def constant(value: str | None, rows: int) -> pd.Categorical[Any]:
    """Give every row the same result."""
    found = pd.Index([] if value is None else [value], dtype=object)
    return _coded(np.full(rows, len(found) - 1, dtype=np.int8), found)


def _coded(codes: np.ndarray, found: pd.Index) -> pd.Categorical[Any]:
    """Put codes and distinct values together, in as few bytes as will do."""
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(found), validate=False)


__all__ = ["CODED", "Pile", "alike", "as_text", "compact", "constant", "distinct", "gather", "says", "text_column"]
