"""Give offences their weight of harm, account for every record, and sum harm beside the count."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from hotspot.checks import listed, nearest, require_choice, require_columns, require_positive, require_vocabulary
from hotspot.errors import ComparabilityError, ConfigError, HotspotError, HotspotWarning, InputError
from hotspot.geography import count_incidents, locate_in_areas
from hotspot.geography.tables import as_code
from hotspot.harm.weights import harm_weights_by_group, offence_code
from hotspot.record import note
from hotspot.schema import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

HEALTH = re.compile(r"(ed|ambulance|hospital|admission|health)s?(?![a-z])")
"""The word that names of health sources begin with (not "edinburgh_police"); their records have no offence."""
COMBINED = "violence_and_sexual_offences"
COMBINED_DAYS = (159, 235)
"""Mean days of the combined class of police.uk, lowest and highest force."""


def weigh_harm(
    incidents: gpd.GeoDataFrame,
    weights: pd.Series,
    *,
    sources: Sequence[str] = ("police",),
    cap: float | None = None,
    leave_out: Sequence[str] = (),
    fallback: str | None = None,
) -> gpd.GeoDataFrame:
    """
    Weigh each offence by its harm, by offence code, and say how many have no weight.

    Parameters
    ----------
    incidents
        Incidents with ``source``, ``category`` and ``offence`` (code as supplied).
    weights
        Weight by offence code, of `read_harm_weights`.
    sources
        Sources whose records are offences. Records of any other are refused, health records always.
    cap
        Most that one record weighs, so that a single homicide does not make a hotspot. None: no cap.
    leave_out
        Categories that get no weight at all, such as ``("homicide",)``.
    fallback
        ``group`` gives records whose code is missing or not in the table the median of their category
        (`harm_weights_by_group`), of a Cambridge table only. None leaves them without.

    Returns
    -------
    GeoDataFrame
        The incidents with ``weight`` (missing: none is known) and ``weight_basis``: ``offence``, ``group``,
        ``left out`` or ``none``.

    Raises
    ------
    ComparabilityError
        A record's source is not among ``sources`` or is a health service: days of imprisonment do not measure
        injury. Weigh those by a ``severity`` of their own. Also group medians beside an ONS table.
    InputError
        A column is missing; a weight is negative or not finite; a code stands twice.
    ConfigError
        An option is out of range.

    Warns
    -----
    HotspotWarning
        Records without weight; records weighed by group; records of the combined class of police.uk.

    Notes
    -----
    Harm by starting-point sentence says what courts hold an offence to be worth, not what a victim suffered. It leaves
    out what nobody reported. Detected offences (drugs, some weapons) follow police activity: leave them out.

    References
    ----------
    Sherman, L., Neyroud, P. W. and Neyroud, E. (2016). The Cambridge Crime Harm Index. Policing 10, 171-183.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import pandas as pd
    >>> import hotspot as hs
    >>> from shapely import Point
    >>> incidents = gpd.GeoDataFrame(
    ...     {"source": "police", "category": "violence_with_injury", "offence": ["008N", "5D "]},
    ...     geometry=[Point(1, 1), Point(2, 2)], crs=27700,
    ... )
    >>> hs.weigh_harm(incidents, pd.Series({"8N": 20.0, "5D": 1460.0}), cap=1000)["weight"].tolist()
    [20.0, 1000.0]
    """
    require_columns(incidents, ["source", "category"], "incidents")
    require_vocabulary(incidents)
    if fallback is not None:
        require_choice(fallback, ("group",), "fallback")
        if weights.name == "ons":
            raise ComparabilityError("fallback: group medians are Cambridge days; an ONS table has another unit.")
    for names, name, what in ((leave_out, "leave_out", "categories"), (sources, "sources", "sources")):
        if isinstance(names, str):
            raise ConfigError(f"{name}: give a list of {what}, [{names!r}].")
    strange = [name for name in leave_out if name not in CATEGORIES]
    if strange:
        raise ConfigError(f"leave_out: {strange[0]!r} is not known.{nearest(str(strange[0]), CATEGORIES)}")
    _require_offences(incidents["source"], sources)
    table = _table(weights)
    category = incidents["category"].astype("str").str.strip().str.casefold()
    given = incidents["offence"] if "offence" in incidents else pd.Series(pd.NA, index=incidents.index)
    by_code = given.map(offence_code).map(table).to_numpy(dtype=np.float64, na_value=np.nan)
    groups = harm_weights_by_group().dropna(subset="category").set_index("category")["weight"]
    by_group = category.map(groups).to_numpy(dtype=np.float64, na_value=np.nan) if fallback else by_code
    out = category.isin(list(leave_out)).to_numpy(dtype=bool)
    weight = np.where(out, np.nan, np.where(np.isfinite(by_code), by_code, by_group))
    basis = np.select(
        [out, np.isfinite(by_code), np.isfinite(weight)], ["left out", "offence", "group"], default="none"
    )
    over = np.zeros(len(weight), dtype=bool)
    if cap is not None:
        over = weight > require_positive(cap, "cap", "the unit of the weights")
        weight = np.where(over, float(cap), weight)
    account = {name: int((basis == name).sum()) for name in ("offence", "group", "left out", "none")}
    if sum(account.values()) != len(incidents):
        raise HotspotError(f"weigh_harm: the account does not balance: {account}.")
    without = category[basis == "none"].value_counts().sort_index()
    combined = int((category == COMBINED).to_numpy()[basis == "none"].sum())
    _say(account, len(incidents), combined, list(without.index))
    note(
        "weigh_harm", scheme=str(weights.name), records=len(incidents), by=account, capped=int(over.sum()),
        cap=cap, leave_out=list(leave_out), without_weight={str(name): int(n) for name, n in without.items()},
        replaced="weight" in incidents,
    )  # fmt: skip
    return incidents.assign(weight=weight, weight_basis=pd.array(basis, dtype="str"))


def count_harm(incidents: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Count records per area and sum their harm, with what the sum hangs on.

    Parameters
    ----------
    incidents
        Of `weigh_harm`: points, or ``area_code`` where only that is known.
    areas
        Polygons indexed by area code, in a metric CRS, without counts.

    Returns
    -------
    GeoDataFrame
        What `count_incidents` gives (``n_<source>``), and ``harm_<source>``, the sum of the weights known (0 where
        nothing was recorded, missing where no record of the area has a weight), ``harm_unweighted_<source>``, records
        without one, and ``harm_largest_share_<source>``, the share of the largest record, 0 to 1.

    Raises
    ------
    InputError
        There is no ``weight``, or one is negative or infinite; as of `count_incidents`.

    Warns
    -----
    HotspotWarning
        Areas where one record is more than half of the harm of ten records and more.

    Notes
    -----
    The harm columns are internal: only a restricted release takes them, any other refuses counts that hold them (drop
    them first). Weights are known, so that a sum gives the count back: 1,460 days is one grievous bodily
    harm. Read harm beside the count, and the share of the largest record beside both.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> import hotspot as hs
    >>> incidents = gpd.GeoDataFrame(
    ...     {"source": "police", "weight": [20.0, 60.0, None]}, geometry=[Point(1, 1)] * 3, crs=27700
    ... )
    >>> areas = gpd.GeoDataFrame(index=["A"], geometry=[box(0, 0, 9, 9)], crs=27700)
    >>> hs.count_harm(incidents, areas).drop(columns="geometry").T["A"].to_dict()
    {'n_police': 3, 'n': 3, 'harm_police': 80.0, 'harm_unweighted_police': 1, 'harm_largest_share_police': 0.75}
    """
    require_columns(incidents, ["source", "weight"], "incidents")
    if not pd.api.types.is_numeric_dtype(incidents["weight"].dtype):
        raise InputError(f"incidents: column 'weight' holds {incidents['weight'].dtype}, not numbers. See weigh_harm.")
    weight = incidents["weight"].to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.flatnonzero((weight < 0) | np.isinf(weight))
    if len(wrong):
        raise InputError(f"incidents: {len(wrong)} weights are negative or infinite (first in row {wrong[0]}).")
    counts = count_incidents(incidents, areas)
    place = areas.index.astype(str).get_indexer(_codes(incidents, areas))
    shape = counts.geometry.name
    added: dict[str, object] = {}
    for source in incidents["source"].unique():
        own = (incidents["source"] == source).to_numpy(dtype=bool) & (place >= 0)
        known = own & np.isfinite(weight)
        total = np.bincount(place[known], weights=weight[known], minlength=len(areas))
        largest = np.zeros(len(areas))
        np.maximum.at(largest, place[known], weight[known])
        number = np.bincount(place[own], minlength=len(areas))
        unweighted = number - np.bincount(place[known], minlength=len(areas))
        if not np.array_equal(number, counts[f"n_{source}"].to_numpy(dtype=np.int64)):
            raise HotspotError(f"count_harm: {source}: the records weighed are not those counted.")
        harm = np.where((number > 0) & (unweighted == number), np.nan, total)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(harm > 0, largest / total, np.nan)
        _warn_of_single_records(str(source), counts.index, share, number)
        added[f"harm_{source}"] = harm
        added[f"harm_unweighted_{source}"] = pd.array(unweighted, dtype="Int64")
        added[f"harm_largest_share_{source}"] = share
    note("count_harm", areas=len(areas), weighed=int(np.isfinite(weight).sum()), without=int(np.isnan(weight).sum()))
    counts = counts.assign(**added)
    return counts[[*(name for name in counts.columns if name != shape), shape]]


def _codes(incidents: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.Series:
    """Give each record's area as `count_incidents` sees it: by its point, else by the code it came with."""
    placed = incidents.geometry.notna() & ~incidents.geometry.is_empty
    codes = pd.Series(pd.NA, index=incidents.index, dtype="object")
    if placed.any():
        codes = locate_in_areas(incidents, areas).astype("object")
    if "area_code" not in incidents:
        return codes
    return codes.where(placed, as_code(incidents["area_code"]).astype("object"))


def _require_offences(source: pd.Series, sources: Sequence[str]) -> None:
    """Refuse records that are no offences."""
    found = pd.unique(source.astype("str"))
    health = [name for name in found if HEALTH.match(str(name))]
    if health:
        raise ComparabilityError(
            f"incidents: {int(source.isin(health).sum())} of {len(source)} records are of {listed(health)}. Days of "
            "imprisonment do not measure injury: weigh the police records only, and health records by their severity."
        )
    other = [name for name in found if name not in set(sources)]
    if other:
        raise ComparabilityError(
            f"incidents: {int((~source.isin(list(sources))).sum())} of {len(source)} records are of {listed(other)}. "
            "If they are offences with codes, name the source in sources=."
        )


def _table(weights: pd.Series) -> pd.Series:
    """Check the weights and key them by the code as `offence_code` writes it."""
    if not isinstance(weights, pd.Series) or not pd.api.types.is_numeric_dtype(weights.dtype):
        raise InputError("weights: give a Series of numbers by offence code, such as read_harm_weights(…).")
    values = weights.astype("float64").set_axis(pd.Index([offence_code(str(code)) for code in weights.index]))
    values = values[values.notna()]
    wrong = np.flatnonzero(~(np.isfinite(values.to_numpy()) & (values.to_numpy() >= 0)))
    if len(wrong):
        raise InputError(f"weights: {len(wrong)} are negative or infinite (first in row {wrong[0]}).")
    if values.index.hasnans:
        raise InputError(f"weights: {int(np.sum(values.index.isna()))} label(s) are no offence code, such as '8N'.")
    if not values.index.is_unique:
        twice = values.index[values.index.duplicated()][0]
        raise InputError(f"weights: an offence code stands more than once (first: {twice}). Keep one of each.")
    return values


def _say(account: dict[str, int], records: int, combined: int, categories: list[str]) -> None:
    """Warn once of all that makes harm doubtful."""
    said = []
    if account["none"]:
        said.append(
            f"{account['none']} of {records} records have no weight of harm ({listed(categories)}): they are missing "
            "from every sum, not 0."
        )
    if combined:
        low, high = COMBINED_DAYS
        said.append(
            f"{combined} are of the combined class of violence and sexual offences, whose mix is worth {low} to {high} "
            "days by force: no single weight fits it. Ask the force for offence codes."
        )
    if account["group"]:
        said.append(f"{account['group']} are weighed by the median of their group, which misleads within groups.")
    if said:
        warnings.warn(" ".join(said), HotspotWarning, stacklevel=3)


def _warn_of_single_records(source: str, codes: pd.Index, share: np.ndarray, number: np.ndarray) -> None:
    """Name areas whose harm is one record, where there are enough for it to be news."""
    single = (number >= 10) & (share > 0.5)  # noqa: PLR2004 - ten records, half of the harm
    if single.any():
        warnings.warn(
            f"{source}: in {int(single.sum())} areas one record is more than half of the harm "
            f"({listed(codes[single])}). "
            "Look at the count; cap= or leave_out= in weigh_harm keep a single homicide from making a hotspot.",
            HotspotWarning,
            stacklevel=3,
        )


__all__ = ["COMBINED_DAYS", "count_harm", "weigh_harm"]
