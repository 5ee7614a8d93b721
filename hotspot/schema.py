"""Declare every column once: what it means, its unit, and what the release gate does with it."""

from __future__ import annotations

import re

from hotspot.schema_column import Column as Column  # noqa: PLC0414 - names of this module too
from hotspot.schema_column import Disclosure as Disclosure  # noqa: PLC0414 - names of this module too
from hotspot.schema_evaluation import evaluation
from hotspot.schema_times import near_repeats, times

CATEGORIES = (
    "homicide", "violence_with_injury", "violence_without_injury", "stalking_harassment", "sexual",
    "violence_and_sexual_offences", "robbery", "weapons", "public_order", "assault", "stab_gunshot_penetrating",
    "arson_criminal_damage", "antisocial_behaviour", "burglary", "theft", "shoplifting", "vehicle_crime",
    "drugs", "fire_deliberate", "health_demand", "other", "unknown",
)  # fmt: skip
"""Our vocabulary of what happened; sources map their own codes to it."""

VIOLENT_CATEGORIES = (
    "homicide", "violence_with_injury", "violence_without_injury", "violence_and_sexual_offences", "robbery",
    "assault", "stab_gunshot_penetrating",
)  # fmt: skip
"""The categories the word *violence* stands for where a user names none."""

WEAPON_GROUPS = ("body", "sharp", "blunt", "firearm", "other", "unknown")
SETTINGS = ("public", "licensed", "home", "other", "unknown")
TIME_PRECISIONS = ("minute", "hour", "day", "month", "unknown")
TIME_FLAGS = ("ok", "ambiguous", "non-existent", "default midnight", "unknown")
LOCATION_LEVELS = (
    "point", "venue", "street", "postcode", "sector", "outcode", "locality", "area", "lad", "home",
    "hospital", "ambiguous", "none",
)  # fmt: skip

MORAN_LABELS = (
    "High-High", "Low-Low", "High-Low", "Low-High", "Not significant", "No neighbours", "No data", "Undefined",
)  # fmt: skip
GEARY_LABELS = (
    "High-High", "Low-Low", "Other positive", "Negative", "Not significant", "No neighbours", "No data", "Undefined",
)  # fmt: skip
JOIN_LABELS = ("Clustered", "Isolated", "Absent", "Not significant", "No neighbours", "No data", "Undefined")
GI_LABELS = ("Hot", "Cold", "Not significant", "No neighbours", "No data", "Undefined")
CHANGE_LABELS = ("Up", "Down", "Not significant", "No data")
SIMILARITY_LABELS = ("Higher share", "Lower share", "Not significant", "No events", "No data")
SUPPRESSED = "Suppressed"
"""The label of every derived figure whose count is hidden; exists only in a release."""


def _incidents() -> list[Column]:
    never, frame = Disclosure.NEVER, "Incidents"
    rows = [
        ("source", "str", "", "agency whose record it is: police, ed, ambulance, fire, …"),
        ("provider", "str", "", "force, trust or council that sent it"),
        ("site", "str", "", "site of treatment or station, as coded by the provider"),
        ("occurred_from", "datetime64", "local clock", "start of the interval in which it happened"),
        ("occurred_to", "datetime64", "local clock", "end of that interval (month precision: first of the next)"),
        ("arrived_at", "datetime64", "local clock", "arrival at the emergency department or scene"),
        ("received_at", "datetime64", "local clock", "when the call or record was received"),
        ("time_precision", "str", "", "minute, hour, day, month or unknown"),
        ("time_flag", "str", "", "ok, ambiguous, non-existent, default midnight or unknown"),
        ("category", "str", "", "what happened, in the vocabulary CATEGORIES"),
        ("offence", "str", "", "code or label as supplied"),
        ("injury", "boolean", "", "whether anyone was injured"),
        ("domestic", "boolean", "", "whether the source flags it as domestic"),
        ("conveyed", "boolean", "", "whether an ambulance took the patient to hospital"),
        ("weapon_group", "str", "", "body, sharp, blunt, firearm, other or unknown"),
        ("setting", "str", "", "public, licensed, home, other or unknown"),
        ("severity", "float64", "", "the source's own severity, where it has one"),
        ("weight", "float64", "", "weight in surfaces and harm totals"),
        ("weight_basis", "str", "", "where weight comes from: offence, group, left out or none"),
        ("location_level", "str", "", "how precisely the place is known, from point to none"),
        ("location_method", "str", "", "how the place was found"),
        ("location_confidence", "float64", "0 to 1", "confidence in the place"),
        (
            "uncertainty_m",
            "float64",
            "metres",
            "radius that should hold the true place; missing without point and area",
        ),
        ("area_code", "str", "", "statistical area, where only that is known or as supplied"),
        ("area_vintage", "str", "", "year of the geography that area_code belongs to"),
        ("names_person", "boolean", "", "whether its location text, dropped since, told who a person is"),
        ("event_id", "str", "", "the event the record belongs to, after linkage"),
    ]
    return [Column(n, frame, dtype, text, never, unit) for n, dtype, unit, text in rows]


def _local_statistics() -> list[Column]:
    """Declare the columns that the other local statistics share with local Moran."""
    rows = [
        ("moran_bv", "bivariate local Moran", "MORAN_LABELS", "moran_bv_i", True),
        ("lee", "local Lee's L", "MORAN_LABELS", "lee_i", True),
        ("geary", "local Geary's c", "GEARY_LABELS", "geary_c", False),
        ("join", "neighbours that have it too", "JOIN_LABELS", "join_count", False),
    ]
    columns = []
    for stem, meaning, labels, statistic, lagged in rows:
        columns.append(Column(statistic, "Clusters", "float64", meaning, Disclosure.INTERNAL, by_source=True))
        if lagged:
            lag = f"{stem}_lag"
            text = "mean standardised second value around"
            columns.append(Column(lag, "Clusters", "float64", text, Disclosure.INTERNAL, by_source=True))
        for end, text in (("p", "p-value"), ("q", "p-value after correction for the number of areas")):
            columns.append(Column(f"{stem}_{end}", "Clusters", "float64", text, Disclosure.DERIVED, by_source=True))
        text = f"class, one of {labels}"
        columns.append(Column(f"{stem}_label", "Clusters", "str", text, Disclosure.DERIVED, by_source=True))
    return columns


def _linkage() -> list[Column]:
    """Declare the figures of a tolerance curve: one row for each pair of tolerances, for the whole study area."""
    rows = [
        ("n_of", "int64", "records of the first source that can be linked", "records"),
        ("n_against", "int64", "records of the second source that can be linked", "records"),
        ("matched", "int64", "pairs found within the tolerances", "pairs"),
        ("chance", "float64", "mean number of pairs in copies moved by whole weeks", "pairs"),
        ("chance_sd", "float64", "standard deviation of that number among the copies", "pairs"),
        ("m", "float64", "pairs corrected for chance; missing where chance dominates", "pairs"),
        ("m_lower", "float64", "lower 95 % limit of m", "pairs"),
        ("m_upper", "float64", "upper 95 % limit of m", "pairs"),
        ("verdict", "str", "estimated, chance dominates, no match or time too coarse", ""),
        ("total", "float64", "distinct events that two sources know of together", "events"),
        ("total_lower", "float64", "lower 95 % limit of total", "events"),
        ("total_upper", "float64", "upper 95 % limit of total", "events"),
        ("added", "float64", "what the first source adds to the second", "events"),
    ]
    columns = [Column(name, "Linkage", dtype, text, Disclosure.INTERNAL, unit) for name, dtype, text, unit in rows]
    text = "share of copies, moved by whole weeks, in which the record finds a partner"
    return [*columns, Column("match_chance", "Incidents", "float64", text, Disclosure.NEVER, "0 to 1")]


def _smoothed_rates() -> list[Column]:
    """Declare what smoothing and standardisation compute from counts."""
    rows = [
        ("eb_local_rate", "rate smoothed towards the rate of its neighbourhood (empirical Bayes)", "as rate"),
        ("observed", "the count that a relative risk is of", "events"),
        ("expected", "events that the reference rates, or the overall rate, lead one to expect", "events"),
        ("rr", "relative risk, posterior mean (Gamma-Poisson)", "ratio"),
        ("rr_lower", "lower limit of its credible interval", "ratio"),
        ("rr_upper", "upper limit of its credible interval", "ratio"),
        ("sir", "observed by expected events (indirect standardisation)", "ratio"),
        ("sir_lower", "exact Poisson lower limit", "ratio"),
        ("sir_upper", "exact Poisson upper limit", "ratio"),
    ]
    columns = [Column(n, "Rates", "float64", text, Disclosure.DERIVED, unit, by_source=True) for n, text, unit in rows]
    text = "probability that the relative risk exceeds the number, 1_5 being 1.5"
    return [*columns, Column("p_rr_above_<number>", "Rates", "float64", text, Disclosure.DERIVED, "0 to 1")]


def _hidden_violence() -> list[Column]:
    """Declare what is told of events that health services know and the police do not."""
    rows = [
        ("unmatched_share", "share of the known events that only health services know, smoothed", "0 to 1"),
        ("unmatched_lower", "lower limit of that share", "0 to 1"),
        ("unmatched_upper", "upper limit of that share", "0 to 1"),
        ("unmatched_p", "probability that the share is not above that of the whole area", "0 to 1"),
        ("unmatched_q", "that after correction for the number of areas", "0 to 1"),
        ("log_ratio", "log of health to police counts, beside that of the whole area", ""),
        ("log_ratio_lower", "exact lower limit", ""),
        ("log_ratio_upper", "exact upper limit", ""),
        ("p_hot_health", "probability to be among the highest for health services", "0 to 1"),
        ("p_hot_police", "probability to be among the highest for the police", "0 to 1"),
        ("p_health_only", "probability to be the one and not the other", "0 to 1"),
    ]
    columns = [Column(name, "Fusion", "float64", text, Disclosure.DERIVED, unit) for name, text, unit in rows]
    text = "class, one of UNMATCHED_LABELS"
    columns.append(Column("unmatched_label", "Fusion", "str", text, Disclosure.DERIVED))
    for name in ("rank_health", "rank_police"):
        for end, of in (("", "middle"), ("_lower", "best"), ("_upper", "worst")):
            text = f"{of} of the ranks drawn, 1 the highest"
            columns.append(Column(name + end, "Fusion", "Int64", text, Disclosure.DERIVED))
    text = "health events that would find a police record by chance"
    return [*columns, Column("chance_matches", "Fusion", "float64", text, Disclosure.INTERNAL, "events")]


def _places() -> list[Column]:
    """Declare the columns of the priority list."""
    derived, public, internal = Disclosure.DERIVED, Disclosure.PUBLIC, Disclosure.INTERNAL
    rows = [
        ("place_id", "str", "", "id of the place; marks the frame as a list, chosen by exact counts", internal),
        ("score", "float64", "", "what the ranking is made on", derived),
        ("rank", "Int64", "", "place in the priority list, 1 first", derived),
        ("rank_lower", "Int64", "", "best rank that chance leaves likely", derived),
        ("rank_upper", "Int64", "", "worst rank that chance leaves likely", derived),
        ("p_listed", "float64", "0 to 1", "probability to be listed by the true expected counts", derived),
        ("areas", "str", "", "codes of the areas a place is made of, the highest first", internal),
        ("past_listed", "Int64", "periods", "past periods in which one of its areas was among the highest", derived),
        ("past_known", "Int64", "periods", "past periods in which one of its areas has a score", derived),
        ("previous_rank", "Int64", "", "rank in the list before", derived),
        ("name_basis", "str", "", "where the name of the place comes from", public),
        ("excluded", "str", "", "why the place is kept out of the ranking", internal),
        ("excluded_by", "str", "", "who decided so", internal),
        ("excluded_on", "datetime64", "", "when that was decided", internal),
    ]
    return [Column(name, "Places", dtype, text, kind, unit) for name, dtype, unit, text, kind in rows]


def _venues() -> list[Column]:
    """Declare the table of venues; none of it leaves the sharing protocol, its counts ``n_<source>`` included."""
    kept, frame = Disclosure.INTERNAL, "Venues"
    rows = [
        ("venue_id", "object", "the venue, as the user labels it; marks the frame as one of single venues", ""),
        ("light", "str", "green, amber or red, by the user's thresholds", ""),
        ("ambiguous", "Int64", "records that may be of this venue or of one beside it", "records"),
        ("capacity", "float64", "how many people the venue may hold", "people"),
        ("mitigation", "float64", "points that the panel takes off", "points"),
        ("points_net", "float64", "points less mitigation, at least 0", "points"),
    ]
    columns = [Column(name, frame, dtype, text, kept, unit) for name, dtype, text, unit in rows]
    for name, text in (("points", "weight after decay"), ("points_per_1000", "points for a capacity of 1,000")):
        columns.append(Column(name, frame, "float64", text, kept, "as the weights", by_source=True))
    return columns


COLUMNS: tuple[Column, ...] = (
    *_incidents(),
    Column("name", "Areas", "str", "name of the area", Disclosure.PUBLIC),
    Column("population", "Areas", "int64", "usual residents", Disclosure.PUBLIC, "people"),
    Column("workday_population", "Areas", "int64", "people present on a workday", Disclosure.PUBLIC, "people"),
    Column("households", "Areas", "int64", "households", Disclosure.PUBLIC),
    Column("area_m2", "Areas", "float64", "land area", Disclosure.PUBLIC, "m²"),
    Column("parent", "Areas", "str", "code of the larger area that holds it", Disclosure.PUBLIC),
    Column("in_study", "Areas", "bool", "under study, not only a neighbour of it", Disclosure.PUBLIC),
    Column("conversion", "Areas", "str", "how it came from another year's areas", Disclosure.PUBLIC),
    Column("coverage", "Areas", "float64", "share of the area that the data cover", Disclosure.PUBLIC, "0 to 1"),
    Column("geometry", "Areas", "geometry", "polygon", Disclosure.PUBLIC),
    Column(
        "n", "AreaCounts", "Int64", "events of a single source, or the union after linkage", Disclosure.SUM, "events"
    ),
    Column(
        "n_<source>",
        "AreaCounts",
        "Int64",
        "records of the source; missing where it does not cover the area",
        Disclosure.COUNT,
        "records",
    ),
    Column(
        "rate_<source>",
        "AreaCounts",
        "float64",
        "rate as shared by an agency that sends no counts",
        Disclosure.COUNT,
        "per 1,000 people per year",
    ),
    Column(
        "rate", "Rates", "float64", "incidence rate", Disclosure.DERIVED, "per 1,000 people per year", by_source=True
    ),
    Column(
        "rate_lower", "Rates", "float64", "exact Poisson lower limit", Disclosure.DERIVED, "as rate", by_source=True
    ),
    Column(
        "rate_upper", "Rates", "float64", "exact Poisson upper limit", Disclosure.DERIVED, "as rate", by_source=True
    ),
    Column(
        "eb_rate",
        "Rates",
        "float64",
        "rate smoothed towards the mean (empirical Bayes)",
        Disclosure.DERIVED,
        "as rate",
        by_source=True,
    ),
    *_smoothed_rates(),
    Column(
        "harm", "AreaCounts", "float64", "sum of harm weights", Disclosure.INTERNAL, "as the weights", by_source=True
    ),
    Column("harm_unweighted", "AreaCounts", "Int64", "records without weight", Disclosure.INTERNAL, by_source=True),
    Column(
        "harm_largest_share",
        "AreaCounts",
        "float64",
        "share of the largest record in the harm",
        Disclosure.INTERNAL,
        "0 to 1",
        by_source=True,
    ),
    Column("moran_i", "Clusters", "float64", "local Moran statistic", Disclosure.INTERNAL, by_source=True),
    Column(
        "moran_lag",
        "Clusters",
        "float64",
        "mean standardised value of the neighbours",
        Disclosure.INTERNAL,
        by_source=True,
    ),
    Column("moran_p", "Clusters", "float64", "permutation p-value", Disclosure.DERIVED, by_source=True),
    Column(
        "moran_q",
        "Clusters",
        "float64",
        "p-value after correction for the number of areas",
        Disclosure.DERIVED,
        by_source=True,
    ),
    Column("moran_label", "Clusters", "str", "class, one of MORAN_LABELS", Disclosure.DERIVED, by_source=True),
    Column("gi_z", "Clusters", "float64", "Getis-Ord z-score", Disclosure.INTERNAL, by_source=True),
    Column("gi_p", "Clusters", "float64", "permutation p-value", Disclosure.DERIVED, by_source=True),
    Column("gi_q", "Clusters", "float64", "p-value after correction", Disclosure.DERIVED, by_source=True),
    Column("gi_label", "Clusters", "str", "class, one of GI_LABELS", Disclosure.DERIVED, by_source=True),
    *_local_statistics(),
    Column("agreement", "Fusion", "str", "which sources call the area high", Disclosure.DERIVED),
    *_linkage(),
    *_hidden_violence(),
    Column("composite", "Fusion", "float64", "weighted mean of standardised rates", Disclosure.DERIVED),
    Column("composite_sources", "Fusion", "Int64", "sources the composite rests on", Disclosure.DERIVED),
    Column("composite_rank", "Fusion", "Int64", "place by the composite, 1 first", Disclosure.DERIVED),
    Column("composite_rank_best", "Fusion", "Int64", "best place with any one source left out", Disclosure.DERIVED),
    Column("composite_rank_worst", "Fusion", "Int64", "worst place with any one source left out", Disclosure.DERIVED),
    Column("composite_p_top", "Fusion", "float64", "probability to be among the top k", Disclosure.DERIVED, "0 to 1"),
    *_places(),
    *_venues(),
    *times(),
    *evaluation(),
    *near_repeats(),
)
"""Every column a frame of the flow may have; the data dictionary and the release gate read the same rows."""

_BY_NAME = {column.name: column for column in COLUMNS}
_EXCEEDANCE = re.compile(r"p_rr_above_\d+(_\d+)?(_[a-z][a-z0-9_]*)?")
_SOURCE_NAME = re.compile(r"[a-z][a-z0-9_]*")


def is_source_name(name: str) -> bool:
    """Tell whether a text can name a source: lower-case letters, digits and underscores."""
    return _SOURCE_NAME.fullmatch(name) is not None


def source_of(column: str) -> str | None:
    """Name the source that a ``n_<source>`` or ``rate_<source>`` input column counts, else None."""
    for stem in ("n_", "rate_"):
        tail = column.removeprefix(stem)
        if tail != column and column not in _BY_NAME and is_source_name(tail):
            return tail
    return None


def declared(column: str) -> Column | None:
    """
    Find the declaration of a column.

    Parameters
    ----------
    column
        Full name, such as ``n_ed`` or ``moran_label_police``.

    Returns
    -------
    Column or None
        None if nobody declared it. ``rate_<source>`` is found as the shared rate of an agency; where
        ``analyse`` computed it, the gate treats it as derived because ``analyse`` returned it.

    Examples
    --------
    >>> from hotspot.schema import declared
    >>> declared("moran_label_ed").disclosure
    <Disclosure.DERIVED: 'derived'>
    >>> declared("nearest_pub") is None
    True
    """
    if column in _BY_NAME:
        return _BY_NAME[column]
    if _EXCEEDANCE.fullmatch(column):
        return _BY_NAME["p_rr_above_<number>"]
    stems = sorted((c for c in COLUMNS if c.by_source), key=lambda c: -len(c.name))
    for stem in stems:
        tail = column.removeprefix(stem.name + "_")
        if stem.name != "rate" and tail != column and is_source_name(tail):
            return stem
    if column.startswith("n_") and is_source_name(column[2:]):
        return _BY_NAME["n_<source>"]
    if column.startswith("rate_") and is_source_name(column[5:]):
        return _BY_NAME["rate_<source>"]
    return None
