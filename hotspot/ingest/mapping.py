"""Read a source: the data file that says how an agency's columns become ours."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hotspot.checks import nearest
from hotspot.errors import ConfigError
from hotspot.ingest.source_files import is_file, read_toml
from hotspot.ingest.versioned_codes import code_lists
from hotspot.schema import CATEGORIES, LOCATION_LEVELS, SETTINGS, WEAPON_GROUPS, is_source_name

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_MOST_PROBLEMS = 30
_LONGEST = 500
Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Headers = str | Annotated[list[str], Field(min_length=1)]
PLACES = (
    ("longitude", "latitude"),
    ("easting", "northing"),
    ("grid_reference",),
    ("location_text",),
    ("postcode",),
    ("area_code",),
)
"""Ways a record can say where: any one will do where a source requires ``place``."""


class _Table(BaseModel):
    """A table of the source file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Rule(_Table):
    """What a label means, and in which months it means that."""

    to: str | bool
    valid_from: Month | None = None
    valid_to: Month | None = None


class Files(_Table):
    """``[files]``: which files of a folder or archive belong, and how they are written."""

    members: list[str] = [
        "*.csv", "*.tsv", "*.txt", "*.json", "*.jsonl", "*.geojson", "*.parquet", "*.geoparquet", "*.gpkg", "*.xlsx",
        "*.xlsm", "*.xlsb", "*.xls", "*.ods", "*.csv.gz", "*.tsv.gz", "*.txt.gz", "*.json.gz", "*.jsonl.gz",
    ]  # fmt: skip
    sheet: Headers | None = None
    """Sheet of a workbook, or several; else the visible ones with most of the wanted columns."""
    layer: str | None = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    decimal: Literal[".", ","] = "."
    encoding: Literal["utf-8", "utf-16", "cp1252"] | None = None


class Columns(_Table):
    """``[columns]``: field = header, or several headers of which the first found is used."""

    id: Headers | None = None
    outcome: Headers | None = None
    provider: Headers | None = None
    site: Headers | None = None
    occurred_from: Headers | None = None
    occurred_time: Headers | None = None
    occurred_to: Headers | None = None
    occurred_to_time: Headers | None = None
    arrived_at: Headers | None = None
    arrived_time: Headers | None = None
    received_at: Headers | None = None
    received_time: Headers | None = None
    category: Headers | None = None
    offence: Headers | None = None
    injury: Headers | None = None
    domestic: Headers | None = None
    conveyed: Headers | None = None
    weapon_group: Headers | None = None
    setting: Headers | None = None
    severity: Headers | None = None
    weight: Headers | None = None
    longitude: Headers | None = None
    latitude: Headers | None = None
    easting: Headers | None = None
    northing: Headers | None = None
    grid_reference: Headers | None = None
    location_text: Headers | None = None
    postcode: Headers | None = None
    area_code: Headers | None = None
    uncertainty_m: Headers | None = None

    def headers(self) -> dict[str, list[str]]:
        """List the headers of every mapped field, in the order of preference."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: [value] if isinstance(value, str) else list(value) for name, value in given.items() if value}


class Identity(_Table):
    """``[id]``: which of several rows with the same non-empty id stays."""

    duplicates: Literal["refuse", "first", "last", "outcome", "keep"] = "refuse"


class Time(_Table):
    """``[time]``: how times are written; ``format`` (strptime, excel, excel 1904) for all time columns or by field."""

    format: str | list[str] | dict[str, str | list[str]] | None = None
    zone: str = "Europe/London"
    earliest: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")] = "1990-01-01"
    latest: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")] | None = None

    @model_validator(mode="after")
    def _are_days(self) -> Time:
        for name in ("earliest", "latest"):
            try:
                datetime.strptime(getattr(self, name) or "2000-01-01", "%Y-%m-%d")  # noqa: DTZ007 - a day
            except ValueError:
                raise ValueError(f"{name} {getattr(self, name)!r} is no day of the calendar") from None
        return self


class Near(_Table):
    """``[place.near]``: where the hospital is, to choose among places of the same name."""

    longitude: float = Field(ge=-180, le=180)
    latitude: float = Field(ge=-90, le=90)


class Place(_Table):
    """``[place]``: what the coordinates are and how precise they are."""

    crs: int | str | None = None
    level: str = "point"
    uncertainty_m: float | None = Field(default=None, gt=0, strict=False)
    area_vintage: str | list[Rule] | None = None
    area_vintage_prefixes: list[str] = []
    near: Near | None = None

    @model_validator(mode="after")
    def _known_level(self) -> Place:
        if self.level not in LOCATION_LEVELS:
            raise ValueError(f"level {self.level!r} is not known.{nearest(self.level, LOCATION_LEVELS)}")
        return self


class Values(_Table):
    """A table such as ``[category]``: what the labels of that column mean."""

    value: str | bool | None = None
    default: str | bool | None = None
    codes: str | None = None
    """Name of a code list of the package; the source's own map comes first."""
    remedy: str = ""
    """What to say where labels are not known: which list they belong to, who can give it."""
    map: dict[str, str | bool | Rule | list[Rule]] = {}
    words: dict[str, list[str]] = {}
    breaks: list[Month] = []

    def rules(self) -> dict[str, list[Rule]]:
        """Give every label its list of rules."""
        return {
            label: rule if isinstance(rule, list) else [rule if isinstance(rule, Rule) else Rule(to=rule)]
            for label, rule in self.map.items()
        }

    def results(self) -> set[str | bool]:
        """Collect everything the table can yield."""
        found: set[str | bool] = {rule.to for rules in self.rules().values() for rule in rules} | set(self.words)
        return found | {value for value in (self.value, self.default) if value is not None}


class AreaCounts(_Table):
    """``[area_counts]``: headers of a table of counts or rates by area, for `read_area_counts`."""

    code: Headers | None = None
    n: Headers | None = None
    rate: Headers | None = None
    per: float | None = Field(default=None, gt=0, strict=False)

    def headers(self, name: str) -> list[str]:
        """List the headers of one of the columns, in the order of preference."""
        given: str | list[str] | None = getattr(self, name)
        return [] if given is None else [given] if isinstance(given, str) else list(given)


class Source(_Table):
    """A whole source file."""

    name: str
    label: str
    health: bool
    shared_as: Literal["records", "area_counts"] = "records"
    licence: str = ""
    caveat: str = ""
    required: list[str] | None = None
    missing: list[str] = []
    files: Files = Files()
    columns: Columns = Columns()
    id: Identity = Identity()
    time: Time = Time()
    place: Place = Place()
    provider: Values = Values()
    site: Values = Values()
    category: Values = Values()
    weapon_group: Values = Values()
    setting: Values = Values()
    injury: Values = Values()
    domestic: Values = Values()
    conveyed: Values = Values()
    area_counts: AreaCounts = AreaCounts()

    @model_validator(mode="after")
    def _known_results(self) -> Source:
        if not is_source_name(self.name):
            raise ValueError(f"name {self.name!r} must be lower-case letters, digits and underscores")
        for field, known in (("category", CATEGORIES), ("weapon_group", WEAPON_GROUPS), ("setting", SETTINGS)):
            strange = sorted({str(result) for result in getattr(self, field).results()} - set(known))
            if strange:
                raise ValueError(f"[{field}] yields {strange[0]!r}, which is not known.{nearest(strange[0], known)}")
        for field in ("injury", "domestic", "conveyed"):
            wrong = [result for result in getattr(self, field).results() if not isinstance(result, bool)]
            if wrong:
                raise ValueError(f"[{field}] yields {wrong[0]!r}; it may yield true or false only")
        return self

    @model_validator(mode="after")
    def _known_codes(self) -> Source:
        for field in ("provider", "site", "category", "weapon_group", "setting", "injury", "domestic", "conveyed"):
            name = getattr(self, field).codes
            if name is not None and field not in {"category", "injury"}:
                raise ValueError(f"[{field}] codes: code lists tell category and injury only. Use [{field}.map]")
            if name is not None and name not in code_lists():
                raise ValueError(f"[{field}] codes {name!r} is not known.{nearest(name, code_lists())}")
        return self

    @model_validator(mode="after")
    def _hangs_together(self) -> Source:
        mapped = self.columns.headers()
        if self.shared_as == "area_counts":
            if mapped:
                raise ValueError("[columns] belongs to records; for shared_as = 'area_counts' write [area_counts]")
            return self
        if not mapped:
            raise ValueError("[columns] maps nothing. Name at least a time and a place column")
        for first, second in (("longitude", "latitude"), ("easting", "northing")):
            if (first in mapped) != (second in mapped):
                raise ValueError(f"[columns] needs both {first!r} and {second!r}, or neither")
        unknown = [field for field in self.required or [] if field != "place" and field not in mapped]
        if unknown:
            raise ValueError(f"required: {unknown[0]!r} is not in [columns].{nearest(unknown[0], mapped)}")
        if "category" not in mapped and self.category.value is None:
            raise ValueError("nothing says what happened: map 'category' in [columns], or give [category] value")
        if self.id.duplicates == "outcome" and not {"id", "outcome"} <= set(mapped):
            raise ValueError("[id] duplicates = 'outcome' needs 'id' and 'outcome' in [columns]")
        return self


def builtin_sources() -> list[str]:
    """
    Name the sources that come with the package.

    Returns
    -------
    list of str
        Names that ``read_incidents(source=...)`` knows, sorted.

    Examples
    --------
    >>> from hotspot.ingest import builtin_sources
    >>> builtin_sources()[:4]
    ['ambulance', 'domestic_abuse_services', 'ed_ecds', 'ed_istv']
    """
    folder = resources.files("hotspot.ingest") / "sources"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def read_source(source: str | Path | Mapping[str, Any] | Source) -> Source:
    """
    Read and check how an agency's columns become ours.

    Parameters
    ----------
    source
        Name of a built-in source, path of a TOML file, or a mapping of the same structure.

    Returns
    -------
    Source
        Frozen; ``name`` is the value of the ``source`` column, ``label`` the wording for readers,
        ``health`` whether the records derive from patients.

    Raises
    ------
    ConfigError
        If the source is unknown, not valid TOML, or has unknown, missing or unfitting keys; all at once.

    Examples
    --------
    >>> from hotspot.ingest import read_source
    >>> ed = read_source("ed_istv")
    >>> ed.name, ed.health
    ('ed', True)
    """
    if isinstance(source, Source):
        return source
    if isinstance(source, (str, Path)):
        title, tables = _tables(source)
    elif isinstance(source, Mapping):
        title, tables = "source", dict(source)
    else:
        raise ConfigError(f"source: {type(source).__name__} is no source. Give a name, a TOML file or a mapping.")
    tables = _extended(title, tables)
    try:
        return Source.model_validate(tables)
    except ValidationError as error:
        problems = list(dict.fromkeys(_sentence(problem) for problem in error.errors()))
        raise ConfigError(f"{title}: {len(problems)} problem(s).\n  " + "\n  ".join(_first(problems))) from None


def _first(problems: list[str]) -> list[str]:
    """Show as many problems as can be read; a hostile file may have a hundred thousand, or one of a megabyte."""
    shown = [problem if len(problem) <= _LONGEST else f"{problem[:_LONGEST]}…" for problem in problems[:_MOST_PROBLEMS]]
    return shown + ([f"and {len(problems) - len(shown):,} more"] if len(problems) > len(shown) else [])


def _tables(source: str | Path) -> tuple[str, dict[str, Any]]:
    """Read the TOML text of a built-in name or a file."""
    if str(source) in builtin_sources():
        text = (resources.files("hotspot.ingest") / "sources" / f"{source}.toml").read_text(encoding="utf-8")
        return f"source {str(source)!r}", tomllib.loads(text)
    file = Path(source)
    if file.suffix != ".toml" and not is_file(file):
        raise ConfigError(
            f"source: {str(source)[:_LONGEST]!r} is not known.{nearest(str(source), builtin_sources())} "
            "For another agency give the path of a TOML file or a mapping."
        )
    title = f"source file {file.name!r}"
    return title, read_toml(file, title)


def _extended(title: str, tables: dict[str, Any]) -> dict[str, Any]:
    """Lay the tables over those of the built-in source that they extend."""
    if "extends" not in tables:
        return tables
    name = tables["extends"]
    if name not in builtin_sources():
        raise ConfigError(f"{title}: extends: {name!r} is no built-in source.{nearest(str(name), builtin_sources())}")
    return _laid_over(_tables(name)[1], {key: value for key, value in tables.items() if key != "extends"})


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two tables: what the upper one says replaces what the lower says, table by table."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = _laid_over(old, value) if both else value  # type: ignore[arg-type]
    return merged


def _sentence(problem: ErrorDetails) -> str:
    """Say what is wrong with one key, and which known key is nearest."""
    where = [str(part) for part in problem["loc"] if not re.search(r"[\[\]()-]|^(str|bool|Rule|list|dict)$", str(part))]
    place = f"[{'.'.join(where[:-1])}] {where[-1]}" if len(where) > 1 else (where[0] if where else "source")
    if problem["type"] == "extra_forbidden":
        return f"{place}: unknown key.{nearest(where[-1], _keys_at(where[:-1]))}"
    if problem["type"] == "missing" and where == ["health"]:
        return (
            "health: is missing. Write health = true if the records derive from patients or service users, so that "
            "the strictest rules for counts and labels hold, else health = false."
        )
    if problem["type"] == "missing":
        return f"{place}: is missing."
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if message.endswith((".", "?")) else f"{place}: {message}."


def _keys_at(where: list[str]) -> list[str]:
    """List the keys that the table at this place may have."""
    if not where:
        return list(Source.model_fields)
    if where == ["place", "near"]:
        return list(Near.model_fields)
    if len(where) > 1:
        return list(Rule.model_fields)
    field = Source.model_fields.get(where[0])
    model = field.annotation if field is not None else None
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []
