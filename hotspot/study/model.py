"""Read a study file: one TOML table per step, checked before anything runs."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads the annotation when it runs
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hotspot.checks import nearest
from hotspot.errors import ConfigError, InputError
from hotspot.places.budget import read_budget
from hotspot.schema import CATEGORIES, VIOLENT_CATEGORIES, is_source_name

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Paths = str | list[str]
Reason = Annotated[str, Field(min_length=8)]


class _Section(BaseModel):
    """A table of the study file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class About(_Section):
    """``[study]``: what the pages say about the study, its period and its seed."""

    title: str
    organisation: str = ""
    first_month: Month | None = Field(default=None, alias="from")
    last_month: Month | None = Field(default=None, alias="to")
    period: str = ""
    seed: int = Field(default=0, ge=0)
    caveats: list[str] = []

    @model_validator(mode="after")
    def _months_in_order(self) -> About:
        if (self.first_month is None) != (self.last_month is None):
            raise ValueError("give both 'from' and 'to', or neither")
        if self.first_month and self.last_month and self.first_month > self.last_month:
            raise ValueError("'from' must not be later than 'to'")
        return self


class Population(_Section):
    """A separate table that holds the population by area code."""

    path: str
    code: str
    value: str


class AreaLayer(_Section):
    """A layer of areas: file, column names."""

    path: Paths
    code: str
    name: str | None = None
    population: str | Population | None = None
    crs: str | int | None = None
    geography: str = "areas"


class Areas(AreaLayer):
    """``[areas]``: the areas to count in, and the larger ones that hold them."""

    parent: str | None = None
    coarse: AreaLayer | None = None

    @model_validator(mode="after")
    def _parent_with_coarse(self) -> Areas:
        if (self.parent is None) != (self.coarse is None):
            raise ValueError("'parent' (column of the larger area's code) and [areas.coarse] go together")
        return self


class Gazetteer(_Section):
    """``[gazetteer]``: named places for free-text locations."""

    path: str
    name: str
    longitude: str | None = None
    latitude: str | None = None
    easting: str | None = None
    northing: str | None = None
    kind: str | None = None
    area_code: str | None = None


class Postcodes(_Section):
    """``[postcodes]``: a table of postcodes as downloaded: Code-Point Open, ONSPD or NSPL."""

    path: str
    areas: str | None = None
    area_code: str | None = None
    postcode_areas: list[str] | None = None


class Incidents(_Section):
    """``[incidents.<key>]``: one extract of records."""

    path: Paths
    source: str | dict[str, Any]
    categories: list[str] = list(VIOLENT_CATEGORIES)
    label: str = ""
    describes: str = ""

    @model_validator(mode="after")
    def _known_categories(self) -> Incidents:
        for category in self.categories:
            if category not in CATEGORIES:
                raise ValueError(f"category {category!r} is not known.{nearest(category, CATEGORIES)}")
        return self


class Counts(_Section):
    """``[counts.<source>]``: an agency that shares only counts or rates by area."""

    path: str
    code: str
    count: str | None = None
    rate: str | None = None
    per: float = Field(default=1_000, gt=0)
    label: str = ""
    describes: str = ""
    level: Literal["areas", "coarse"] = "areas"

    @model_validator(mode="after")
    def _count_or_rate(self) -> Counts:
        if (self.count is None) == (self.rate is None):
            raise ValueError("give either 'count' or 'rate': the column that holds it")
        return self


class Rates(_Section):
    """``[rates]``: how rates are expressed."""

    per: float = Field(default=1_000, gt=0)
    years: float | None = Field(default=None, gt=0)


class Clusters(_Section):
    """``[clusters]``: neighbours and the test."""

    neighbours: Literal["contiguity", "nearest", "distance"] = "contiguity"
    nearest: int = Field(default=6, ge=1)
    distance: float = Field(default=1_000, gt=0)
    permutations: int = Field(default=9_999, ge=99, le=2_000_000)
    alternative: Literal["two-sided", "greater", "less"] = "two-sided"
    alpha: float = Field(default=0.05, gt=0, lt=1)
    correction: Literal["none", "fdr", "fdr_by", "bonferroni"] = "fdr"


class Density(_Section):
    """``[density]``: the kernel density surface of every source that has points."""

    kernel: Literal["quartic", "epanechnikov", "triweight", "uniform", "gaussian"] = "quartic"
    bandwidth: float = Field(default=400, gt=0)
    cell_size: float = Field(default=100, gt=0)
    edge: Literal["none", "uniform", "diggle"] = "diggle"


class Agreement(_Section):
    """``[agreement]``: which sources are compared, and whether they may be."""

    police: str
    health: list[str] = Field(min_length=1)
    comparable: bool = True
    reason: Reason | None = None

    @model_validator(mode="after")
    def _reason_when_not_comparable(self) -> Agreement:
        if not self.comparable and self.reason is None:
            raise ValueError("comparable = false needs a 'reason'")
        if self.police in self.health or len(set(self.health)) < len(self.health):
            raise ValueError("'police' and the sources under 'health' must all be different")
        return self


class Exclusion(_Section):
    """``[priorities.excluded.<code>]``: why a place is not to be tasked, who said so, and when."""

    reason: str = Field(min_length=1)
    author: str = Field(min_length=1)
    date: dt.date | None = None


class PriorityBudget(_Section):
    """``budget = {...}``: the places, the share of the ground or the patrol minutes there are."""

    places: int | None = Field(default=None, ge=1)
    area_share: float | None = Field(default=None, gt=0, le=1)
    patrol_minutes: float | None = Field(default=None, gt=0)
    minutes_per_visit: float | None = Field(default=None, gt=0)
    visits: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one_of_them(self) -> PriorityBudget:
        read_budget(self.model_dump(exclude_none=True))
        return self


class Priorities(_Section):
    """``[priorities]``: the ranked list; ``by`` names the sources that enter the score."""

    budget: int | PriorityBudget = 10
    by: list[str] | None = None
    spacing: float | None = Field(default=None, gt=0)
    excluded: dict[str, Exclusion] = {}

    @model_validator(mode="after")
    def _at_least_one_place(self) -> Priorities:
        if isinstance(self.budget, int) and self.budget < 1:
            raise ValueError("'budget' must be 1 or more places")
        return self


class EvaluationLinkage(_Section):
    """``linkage = {...}``: how near two records of one event lie."""

    max_distance: float = Field(default=250, gt=0)
    max_gap: str = "6h"


class Evaluation(_Section):
    """``[evaluation]``: the lists that ``hotspot evaluate`` compares on later periods."""

    source: str | None = None
    period: Literal["day", "week", "month", "quarter", "year"] = "month"
    train: int | None = Field(default=None, ge=1)
    test: int = Field(default=1, ge=1)
    gap: int = Field(default=0, ge=0)
    steps: int | None = Field(default=None, ge=1)
    shares: list[Annotated[float, Field(ge=0.0001, le=1)]] = Field(default=[0.005, 0.01, 0.02, 0.05, 0.1], min_length=1)
    methods: list[Literal["count", "rate", "smoothed rate", "local Moran", "near repeat", "fused"]] | None = None
    bandwidths: list[Annotated[float, Field(ge=1, le=100_000)]] | None = None
    linkage: EvaluationLinkage | None = None
    draws: int = Field(default=999, ge=0, le=100_000)

    @model_validator(mode="after")
    def _fused_needs_linkage(self) -> Evaluation:
        if self.linkage is None and (self.source == "events" or "fused" in (self.methods or [])):
            raise ValueError('\'fused\' and source = "events" need linkage = {max_distance = 250, max_gap = "6h"}')
        return self


class ReleaseSection(_Section):
    """``[release]``: which folders are written, for whom, and why."""

    policies: list[Literal["restricted", "shareable", "public"]] = Field(
        default=["restricted", "shareable"], min_length=1
    )
    reason: Reason | None = None
    marking: str = "OFFICIAL-SENSITIVE"
    handling: str = ""
    public_sources: list[str] = []

    @model_validator(mode="after")
    def _restricted_needs_reason(self) -> ReleaseSection:
        if "restricted" in self.policies and self.reason is None:
            raise ValueError("the policy 'restricted' needs a 'reason': the protocol or meeting it serves")
        return self


class Study(_Section):
    """A whole study file."""

    study: About
    areas: Areas
    gazetteer: Gazetteer | None = None
    postcodes: Postcodes | None = None
    incidents: dict[str, Incidents] = {}
    counts: dict[str, Counts] = {}
    rates: Rates = Rates()
    clusters: Clusters = Clusters()
    density: Density | None = None
    agreement: Agreement | None = None
    priorities: Priorities | None = None
    evaluation: Evaluation = Evaluation()
    release: ReleaseSection = ReleaseSection(policies=["shareable"])

    @model_validator(mode="after")
    def _sources(self) -> Study:
        if not self.incidents and not self.counts:
            raise ValueError("a study needs at least one [incidents.<key>] or [counts.<source>] table")
        wrong = [name for name in self.counts if not is_source_name(name)]
        if wrong:
            raise ValueError(f"[counts.{wrong[0]}]: a source is named by lower-case letters, digits and underscores")
        return self


def read_study(path: str | Path) -> Study:
    """
    Read and check a study file.

    Parameters
    ----------
    path
        A TOML file with one table per step; ``hotspot init`` writes one to start from.

    Returns
    -------
    Study
        The checked settings, defaults filled in.

    Raises
    ------
    InputError
        If the file is not there or not TOML.
    ConfigError
        If a table or key is unknown, missing or of the wrong kind; all problems at once.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"study file {file.name!r} is not there. 'hotspot init {file.name}' writes one.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"study file {file.name!r} cannot be read as UTF-8 text: {type(error).__name__}.") from None
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"study file {file.name!r} is not valid TOML: {error}.") from None
    try:
        return Study.model_validate(tables)
    except ValidationError as error:
        problems = [_sentence(problem) for problem in error.errors()]
        raise ConfigError(
            f"study file {file.name!r}: {len(problems)} problem(s).\n  " + "\n  ".join(problems)
        ) from None


def _sentence(problem: ErrorDetails) -> str:
    """Say what is wrong with one key, and which known key is nearest."""
    where = [
        str(part) for part in problem["loc"] if not str(part).startswith(("function-", "str", "list[", "Population"))
    ]
    place = f"[{'.'.join(where[:-1])}] {where[-1]}" if len(where) > 1 else (where[0] if where else "study file")
    if problem["type"] == "extra_forbidden":
        return f"{place}: unknown key.{nearest(where[-1], _keys_at(where[:-1]))}"
    if problem["type"] == "missing":
        return f"{place}: is missing."
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}."


def _keys_at(where: list[str]) -> list[str]:
    """List the keys that the table at this place may have."""
    model: Any = Study
    for part in where:
        if part in ("incidents", "counts") and model is Study:
            model = {"incidents": Incidents, "counts": Counts}[part]
        elif model in (Incidents, Counts) and part not in model.model_fields:
            continue
        else:
            model = {
                "study": About, "areas": Areas, "coarse": AreaLayer, "population": Population, "gazetteer": Gazetteer,
                "postcodes": Postcodes,
                "rates": Rates, "clusters": Clusters, "density": Density, "agreement": Agreement,
                "priorities": Priorities, "evaluation": Evaluation, "linkage": EvaluationLinkage,
                "release": ReleaseSection,
            }[part]  # fmt: skip
    return [field.alias or name for name, field in model.model_fields.items()]


__all__ = ["Study", "read_study"]
