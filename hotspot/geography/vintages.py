"""Bring counts by areas of one census year to those of another, where the official change codes allow it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import require_choice
from hotspot.errors import HotspotError, HotspotWarning, InputError
from hotspot.geography.amounts import among, amounts, coded, restore, whole_columns
from hotspot.geography.changes import change_table, vintage_columns
from hotspot.geography.tables import as_code
from hotspot.record import note

if TYPE_CHECKING:
    from collections.abc import Sequence

_GRAIN = 2.0**24
"""Shares are whole multiples of its inverse, so that parts of a whole count add up to it without rounding."""
_LAST_2011 = {"E": 33_768, "W": 1_958}
"""Number of the last 2011 LSOA of each country; later numbers were first given out in 2021."""


@dataclass(frozen=True, slots=True)
class _Account:
    """What became of a table's codes, and of its sums."""

    codes: dict[str, int]
    withheld: pd.Series
    left_out: pd.Series


def detect_vintage(codes: pd.Series | pd.Index, changes: pd.DataFrame | None = None) -> pd.Series:
    """
    Tell of which census year each area code is, and say so if a column holds codes of both.

    Parameters
    ----------
    codes
        Area codes, one per row, such as the ``area_code`` of incidents; missing ones are left out of the account.
    changes
        Lookup of changes read with ``read_lookup``, with one kind of area of two years (``lsoa11``, ``lsoa21``).
        Without it, only LSOA codes can be judged, and only as new in 2021 or not.

    Returns
    -------
    Series
        Indexed like ``codes``: the column of the lookup that alone holds the code (``lsoa11`` or ``lsoa21``), ``both``,
        ``unknown``, or missing. Without a lookup: ``lsoa21``, ``either`` or ``unknown``.

    Raises
    ------
    InputError
        If the lookup does not have two years of one kind of area.

    Warns
    -----
    HotspotWarning
        If codes of only the one and only the other year stand in the column.

    Notes
    -----
    Unchanged areas keep their code, more than nine in ten, so that a short column may be of either year.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.geography import detect_vintage
    >>> changes = pd.DataFrame({
    ...     "lsoa11": ["E01000001", "E01000002", "E01000002"],
    ...     "lsoa21": ["E01000001", "E01033801", "E01033802"], "change": ["U", "S", "S"],
    ... })
    >>> detect_vintage(pd.Series(["E01000001", "E01033802", "E01033802"]), changes).to_list()
    ['both', 'lsoa21', 'lsoa21']
    """
    text = as_code(pd.Series(codes.to_numpy(), index=codes if isinstance(codes, pd.Index) else codes.index))
    if changes is None:
        years, labels = ["lsoa21"], _by_number(text)
    else:
        years = list(vintage_columns(changes))
        labels = _by_lookup(text, changes, years)
    labels = labels.where(text.notna()).astype("str").rename("vintage")
    counts = {str(name): int(number) for name, number in labels.value_counts().sort_index().items()}
    mixed = sum(name in counts for name in years) > 1
    note("detect_vintage", codes=len(text), missing=int(text.isna().sum()), by_vintage=counts, mixed=mixed)
    if mixed:
        parts = " and ".join(f"{counts[name]:,} only in {name}" for name in years)
        warnings.warn(
            f"codes: two vintages stand in one column: {parts}. Bring all to common_areas, or convert each by itself.",
            HotspotWarning,
            stacklevel=2,
        )
    return labels


def convert_vintage(
    counts: pd.DataFrame | pd.Series,
    changes: pd.DataFrame,
    *,
    to: str,
    of: Sequence[str] | str | None = None,
    weights: pd.Series | None = None,
    absent: str = "missing",
) -> pd.DataFrame:
    """
    Convert counts from the areas of one census year to those of another by the official change codes.

    Parameters
    ----------
    counts
        Indexed by area code: counts, populations or other amounts that add up. All codes of one year.
    changes
        Lookup of changes read with ``read_lookup``: one kind of area of two years and ``change`` (U unchanged, S split,
        M merged, X irregular).
    to
        The column of the lookup to convert to, such as ``lsoa21``.
    of
        Columns to convert; by default ``n`` and all ``n_<source>``.
    weights
        Indexed by code of the year converted to: population or addresses, by which the count of an area that was
        divided is shared among its parts. Without weights such areas are refused.
    absent
        What an area of the lookup means that ``counts`` does not list: ``missing`` (not known) or ``zero`` (the table
        lists only areas with records).

    Returns
    -------
    DataFrame
        Indexed by ``area_code`` of the year asked for, as far as ``counts`` reaches: the columns, and ``conversion``
        with ``exact``, ``apportioned`` (an estimate: a share of a larger area's count), ``incomplete`` (a part is not
        listed) or ``refused``. Values are missing for the last two, and wherever a count they need is missing. A
        column is Int64 as long as none of its values is
        apportioned, else Float64.

    Raises
    ------
    InputError
        If ``counts`` mixes both years, none of its codes is in the lookup, or the change codes contradict the codes.
    ConfigError
        If ``to`` is no year of the lookup, or rates were given.

    Warns
    -----
    HotspotWarning
        If areas were refused, incomplete, unknown or apportioned: how many, and what to do.

    Notes
    -----
    Exact: unchanged areas, and sums (merged areas forwards, split areas backwards). Apportioned: the other direction.
    Irregular changes (X) are refused: no share can be given. Every unit is converted, withheld or unknown, and the sums
    balance to the last bit for whole counts: shares are multiples of 2 to the power of -24. An apportioned count says
    nothing about where in the larger area the events were; for a long series use ``common_areas``.

    References
    ----------
    Office for National Statistics (2023). LSOA (2011) to LSOA (2021) exact fit lookup for England and Wales.

    Examples
    --------
    >>> import pandas as pd
    >>> from hotspot.geography import convert_vintage
    >>> changes = pd.DataFrame({
    ...     "lsoa11": ["E01000001", "E01000002", "E01000002"],
    ...     "lsoa21": ["E01000001", "E01033801", "E01033802"], "change": ["U", "S", "S"],
    ... })
    >>> counts = pd.DataFrame({"n_police": [7, 8]}, index=["E01000001", "E01000002"])
    >>> people = pd.Series({"E01033801": 1_000, "E01033802": 3_000})
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     new = convert_vintage(counts, changes, to="lsoa21", weights=people)
    >>> new["n_police"].to_dict(), new["conversion"].to_list()
    ({'E01000001': 7.0, 'E01033801': 2.0, 'E01033802': 6.0}, ['exact', 'apportioned', 'apportioned'])
    """
    require_choice(absent, ["missing", "zero"], "absent")
    values = coded(amounts(counts, of, "counts"), "counts")
    table = change_table(changes, to)
    whole = whole_columns(values)
    if _already(values.index, table):
        known = among(values.index, table["target"])
        result = restore(values[known], whole)
        result["conversion"] = "exact"
        note("convert_vintage", to=to, read=len(values), already=int(known.sum()), unknown=int((~known).sum()))
        _warn_of_unknown(to, int((~known).sum()))
        return result
    unknown = ~among(values.index, table["source"])
    touched = table.loc[among(table["source"], values.index), "target"].unique()
    pairs = table[among(table["target"], pd.Index(touched))].reset_index(drop=True)
    pairs["share"] = _shares(pairs, table, weights)
    parts = _parts(pairs, values, absent)
    labels = _labels(pairs, values.index, absent)
    result = parts.groupby(pairs["target"].to_numpy()).sum(min_count=1).reindex(labels.index)
    gaps = parts.isna().groupby(pairs["target"].to_numpy()).any().reindex(labels.index)
    result = result.mask(gaps)
    account = _account(values, result, labels, unknown)
    result = restore(result, [] if (labels == "apportioned").any() else whole)
    result["conversion"] = labels.astype("str")
    result.index.name = "area_code"
    _report(to, account, weights is not None)
    return result


def _warn_of_unknown(to: str, number: int) -> None:
    if number:
        said = f"convert_vintage to {to}: {number:,} codes are not in the lookup and were left out."
        warnings.warn(said, HotspotWarning, stacklevel=3)


def _by_number(text: pd.Series) -> pd.Series:
    found = text.str.extract(r"^([EW])01(\d{6})$")
    last = found[0].map(_LAST_2011).astype("float64")
    number = found[1].astype("float64")
    labels = pd.Series(np.where(number > last, "lsoa21", "either"), index=text.index, dtype="object")
    return labels.where(found[0].notna(), "unknown")


def _by_lookup(text: pd.Series, changes: pd.DataFrame, years: list[str]) -> pd.Series:
    first, second = (among(text, changes[name].dropna()) for name in years)
    labels = np.select([first & second, first, second], ["both", *years], default="unknown")
    return pd.Series(labels, index=text.index, dtype="object")


def _already(codes: pd.Index, table: pd.DataFrame) -> bool:
    """Tell whether the codes are of the year asked for; refuse a mixture."""
    source, target = among(codes, table["source"]), among(codes, table["target"])
    if not (source | target).any():
        raise InputError(
            f"counts: none of {len(codes):,} codes (first: {codes[0]!r}) is in the lookup. Check the kind of the areas."
            if len(codes)
            else "counts: it has no rows."
        )
    old, new = int((source & ~target).sum()), int((target & ~source).sum())
    if old and new:
        raise InputError(
            f"counts: {old:,} codes are only of the one year and {new:,} only of the other (first of these: "
            f"{codes[target & ~source][0]!r}). Convert each year's counts by themselves, or bring all to common_areas."
        )
    # codes that both years hold may still be of the old year, with a divided area not listed: then nothing is lost
    return bool(new) and not (source & ~target).any()


def _shares(pairs: pd.DataFrame, table: pd.DataFrame, weights: pd.Series | None) -> pd.Series:
    """Give what share of the source's count each target gets: 1, a weight's share, or missing where refused."""
    share = pd.Series(np.where(pairs["change"] == "X", np.nan, 1.0), index=pairs.index)
    divided = pairs["change"] == "divided"
    if not divided.any():
        return share
    share[divided] = np.nan
    if weights is None:
        return share
    if not isinstance(weights, pd.Series):
        raise InputError("weights: give one column, such as areas['population'], not a table.")
    weight = amounts(weights.rename("weights"), "weights", "weights")["weights"]
    weight.index = pd.Index(as_code(weight.index.to_series()))
    family = table[table["source"].isin(pairs.loc[divided, "source"]) & (table["change"] == "divided")].copy()
    family["weight"] = family["target"].map(weight)
    total = family.groupby("source")["weight"].transform(lambda found: found.sum(skipna=False))
    family["share"] = np.floor(family["weight"] / total.where(total > 0) * _GRAIN) / _GRAIN
    # what the rounding left goes to the largest part
    rest = 1 - family.groupby("source")["share"].transform("sum")
    largest = family.sort_values(["weight", "target"], ascending=[False, True]).drop_duplicates("source").index
    family.loc[largest, "share"] += rest[largest]
    keyed = family.set_index(["source", "target"])["share"]
    wanted = pd.MultiIndex.from_frame(pairs.loc[divided, ["source", "target"]])
    share[divided] = keyed.reindex(wanted).to_numpy()
    return share


def _parts(pairs: pd.DataFrame, values: pd.DataFrame, absent: str) -> pd.DataFrame:
    """Give each pair's contribution, missing where it is not known."""
    found = values.reindex(pairs["source"])
    if absent == "zero":
        found[~among(found.index, values.index)] = 0.0
    return found.reset_index(drop=True).mul(pairs["share"], axis=0)


def _labels(pairs: pd.DataFrame, listed_codes: pd.Index, absent: str) -> pd.Series:
    """Say of each target how it came about; the worst of its parts decides."""
    rank = pd.Series(0, index=pairs.index)
    rank[pairs["change"] == "divided"] = 1
    if absent == "missing":
        rank[~among(pairs["source"], listed_codes)] = 2
    rank[pairs["share"].isna()] = 3
    worst = rank.groupby(pairs["target"]).max().sort_index()
    return worst.map(dict(enumerate(["exact", "apportioned", "incomplete", "refused"]))).rename("conversion")


def _account(values: pd.DataFrame, result: pd.DataFrame, labels: pd.Series, unknown: np.ndarray) -> _Account:
    """Count what became of the table, and raise if sums were made or lost."""
    left_out = values[unknown].sum()
    withheld = values[~unknown].sum() - result.sum()
    if bool((withheld < -1e-9 * values.sum().abs().clip(lower=1)).any()):
        raise HotspotError("convert_vintage: the account does not balance: more was given out than was read.")
    complete = labels.isin(["exact", "apportioned"]).all() and not values.isna().any(axis=None)
    if complete and bool((withheld.abs() > 1e-9 * values.sum().abs().clip(lower=1)).any()):
        raise HotspotError("convert_vintage: the account does not balance: a part was lost.")
    by_label = labels.value_counts()
    codes = {"read": len(values), "unknown": int(unknown.sum()), "without_value": int(values.isna().any(axis=1).sum())}
    codes |= {name: int(by_label.get(name, 0)) for name in ("exact", "apportioned", "incomplete", "refused")}
    return _Account(codes, withheld, left_out)


def _report(to: str, account: _Account, weighted: bool) -> None:  # noqa: FBT001 - private
    codes = account.codes
    sums = {"withheld": account.withheld, "left_out": account.left_out}
    note(
        "convert_vintage",
        to=to,
        **codes,
        **{name: {str(k): float(v) for k, v in s.items()} for name, s in sums.items()},
    )
    said = []
    if codes["apportioned"]:
        said.append(f"{codes['apportioned']:,} areas hold an estimated share of a larger one (apportioned)")
    if codes["refused"]:
        remedy = "irregular changes, or no weight" if weighted else "irregular changes, or give weights="
        said.append(f"{codes['refused']:,} have no value ({remedy}; or use common_areas)")
    if codes["incomplete"]:
        said.append(f"{codes['incomplete']:,} have no value because a part is not listed (absent='zero' if it means 0)")
    if codes["unknown"]:
        said.append(f"{codes['unknown']:,} codes are not in the lookup and were left out")
    if said:
        warnings.warn(f"convert_vintage to {to}: {'; '.join(said)}.", HotspotWarning, stacklevel=3)


__all__ = ["convert_vintage", "detect_vintage"]
