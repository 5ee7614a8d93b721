"""Check what the user gave; every message names the argument, what was found and the remedy."""

from __future__ import annotations

import difflib
import math
from numbers import Integral, Real
from typing import TYPE_CHECKING

import numpy as np

from hotspot.errors import ConfigError, CRSError, InputError
from hotspot.schema import CATEGORIES, LOCATION_LEVELS, SETTINGS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd


def listed(values: Iterable[object], limit: int = 5) -> str:
    """Join the first few values for a message and say how many more there are."""
    found = [str(value) for value in values]
    more = f" and {len(found) - limit} more" if len(found) > limit else ""
    return ", ".join(found[:limit]) + more


def nearest(name: str, known: Iterable[str]) -> str:
    """Suggest the known name nearest to a mistyped one, as the end of a sentence."""
    options = sorted(known)
    close = difflib.get_close_matches(name, options, n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else f" Known: {listed(options, 20)}."


def folder_of(path: Path) -> str:
    """Name the folder in which a file was looked for, without the folders above it."""
    name = path.parent.name
    return f"the folder {name!r}" if name not in {"", ".."} else "the current folder"


def require_choice(value: str, options: Collection[str], argument: str) -> str:
    """Return the value if it is one of the options, else raise with the nearest one."""
    given: object = value
    if not isinstance(given, str) or value not in options:
        raise ConfigError(f"{argument}: {value!r} is not known.{nearest(str(value), options)}")
    return value


def require_positive(value: float, argument: str, unit: str = "") -> float:
    """Return a finite number above zero, else raise."""
    given: object = value
    if isinstance(given, bool) or not isinstance(given, Real) or not math.isfinite(given) or given <= 0:
        raise ConfigError(f"{argument}: {value!r} must be a number above 0{f' ({unit})' if unit else ''}.")
    return value


def require_whole(value: int, argument: str, least: int, most: int | None = None, *, such_as: int | None = None) -> int:
    """Return a whole number from least to most (None: without end), else raise."""
    given: object = value
    whole = not isinstance(given, bool) and isinstance(given, Integral)
    if not whole or value < least or (most is not None and value > most):
        limits = f"of at least {least}" if most is None else f"from {least} to {most}"
        example = "" if such_as is None else f", such as {such_as}"
        raise ConfigError(f"{argument}: {value!r} must be a whole number {limits}{example}.")
    return value


def require_duration(value: str | dt.timedelta, argument: str, such_as: str) -> pd.Timedelta:
    """Return a length of time above 0, else raise; a number without a unit would be nanoseconds."""
    import pandas as pd

    given: object = value
    bare = isinstance(given, Real) and not isinstance(given, np.timedelta64)
    if bare or (isinstance(given, str) and given.strip().replace(".", "", 1).isdigit()):
        raise ConfigError(f"{argument}: {value!r} has no unit. Write for example {such_as!r}.")
    try:
        length = pd.Timedelta(value)
    except (ValueError, TypeError) as problem:
        raise ConfigError(f"{argument}: {value!r} is not a length of time. Write for example {such_as!r}.") from problem
    if pd.isna(length) or length <= pd.Timedelta(0):
        raise ConfigError(f"{argument}: {value!r} must be above 0, for example {such_as!r}.")
    return length


def require_level(alpha: float) -> float:
    """Return a level of significance between 0 and 1, else raise."""
    if not isinstance(alpha, float) or not 0 < alpha < 1:
        raise ConfigError(f"alpha: {alpha!r} must lie between 0 and 1, such as 0.05.")
    return alpha


def require_columns(frame: pd.DataFrame, columns: Iterable[str], argument: str) -> None:
    """Raise once for all columns that the frame lacks, or has twice."""
    if not hasattr(frame, "columns"):
        raise InputError(f"{argument}: give a frame of pandas, not {type(frame).__name__}.")
    columns = list(columns)
    odd = [name for name in columns if not isinstance(name, str)]
    if odd:
        raise ConfigError(f"{argument}: name its columns as text, not {type(odd[0]).__name__}.")
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        hints = "".join(f" {name!r}:{nearest(str(name), map(str, frame.columns))}" for name in missing)
        raise InputError(f"{argument}: {len(missing)} column(s) missing.{hints}")
    if not frame.columns.is_unique:
        twice = sorted({str(name) for name in columns if list(frame.columns).count(name) > 1})
        if twice:
            raise InputError(f"{argument}: column {twice[0]!r} stands more than once. Give each column its own name.")


def require_unique_index(frame: pd.DataFrame | pd.Series, argument: str) -> None:
    """Raise if an index label stands more than once or is missing."""
    if not hasattr(frame, "index") or callable(frame.index):
        raise InputError(f"{argument}: give a frame or a series of pandas, not {type(frame).__name__}.")
    index = frame.index
    if index.nlevels > 1:
        raise InputError(f"{argument}: the index has {index.nlevels} levels. Give every row one label.")
    if index.hasnans:
        raise InputError(f"{argument}: {sum(index.isna())} row(s) have no label in the index.")
    if not index.is_unique:
        repeated = index[index.duplicated()]
        raise InputError(
            f"{argument}: {repeated.nunique()} label(s) stand more than once in the index "
            f"(first: {repeated.tolist()[0]!r}). Give every row its own."
        )


def require_metric_crs(frame: gpd.GeoDataFrame, argument: str) -> None:
    """Raise unless the frame has a projected reference system whose unit is the metre."""
    if not hasattr(frame, "crs"):
        raise InputError(f"{argument}: give a GeoDataFrame, not {type(frame).__name__}.")
    crs = frame.crs
    if crs is None:
        raise CRSError(f"{argument}: no coordinate reference system. Set the right one, e.g. set_crs(27700).")
    if not crs.is_projected:
        raise CRSError(f"{argument}: {crs.name} counts in degrees. Project it first, e.g. to_crs(27700).")
    unit = crs.axis_info[0].unit_name
    if unit not in {"metre", "meter", "m"}:
        raise CRSError(f"{argument}: {crs.name} counts in {unit}, not metres. Project it to a metric system.")


def require_same_crs(left: gpd.GeoDataFrame, right: gpd.GeoDataFrame, left_argument: str, right_argument: str) -> None:
    """Raise unless both frames use the same projected metric reference system."""
    require_metric_crs(left, left_argument)
    require_metric_crs(right, right_argument)
    if left.crs != right.crs:
        raise CRSError(
            f"{left_argument} uses {left.crs.name} but {right_argument} uses {right.crs.name}. "
            f"Read both with the same crs=."
        )


def require_vocabulary(incidents: pd.DataFrame) -> None:
    """Raise if a label is of another vocabulary: it could mean what must never be a point, as "rape" does."""
    for column, known in (("category", CATEGORIES), ("setting", SETTINGS), ("location_level", LOCATION_LEVELS)):
        if column not in incidents:
            continue
        labels = incidents[column].dropna().drop_duplicates()
        folded = labels.astype("string").str.strip().str.casefold()
        strange = labels[~folded.isin(known).to_numpy()]
        if len(strange):
            wrong = incidents[column].isin(strange).to_numpy()
            label = str(strange.iloc[0])[:40]
            # more than a word may tell of a person, and stays out of the message
            shown = f", {label!r}" if label.isalpha() else ""
            raise InputError(
                f"incidents: {int(wrong.sum())} row(s) have a {column} that is not of the vocabulary (first: row "
                f"{int(wrong.argmax()) + 1}{shown}).{nearest(label, known)} Records of homes, domestic and sexual "
                "violence are told by these words and never drawn, so every label must be known: map them when "
                "reading, or see hotspot.schema."
            )


def never_points(incidents: pd.DataFrame) -> pd.Series:
    """Mark records of homes, domestic and sexual violence: readers give them no point, and none is drawn here."""
    import pandas as pd

    private = pd.Series(data=False, index=incidents.index)
    if "domestic" in incidents:
        try:
            private |= incidents["domestic"].astype("boolean").fillna(value=False).astype(bool)
        except (TypeError, ValueError):
            raise InputError("incidents: the column domestic must hold true, false or missing.") from None
    require_vocabulary(incidents)
    for column, value in (("setting", "home"), ("location_level", "home"), ("category", "sexual")):
        if column in incidents:
            said = incidents[column].astype("string").str.strip().str.casefold()
            private |= (said == value).fillna(value=False).astype(bool)
    if "event_id" in incidents:  # what one source knows of an event holds for every record of it
        event = incidents["event_id"]
        private |= event.notna() & event.isin(event[private].dropna())
    return private
