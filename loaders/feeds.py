"""Feeds: what partners' files look like and how they apply, read from the dbt sources (`config.meta` of a table)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from loaders.errors import ConfigurationError
from loaders.imports import ImportRequest
from loaders.names import NamePattern
from loaders.reading.csv_records import Dialect
from loaders.yaml_errors import describe, line_of, load_yaml_with_nodes

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")
HEADER = re.compile(r"(?=[^ ])[\w .:,;/&+()#-]{1,100}(?<=[^ ])")
"""What a declared column may be called in the files."""
_DURATION = re.compile(r"([0-9]+) ?(seconds?|minutes?|hours?|days?)")


def _duration(text: str) -> timedelta:
    match = _DURATION.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a duration such as '15 minutes' or '24 hours'")
    return timedelta(**{match[2].rstrip("s") + "s": int(match[1])})


def _checked_duration(text: str) -> str:
    _duration(text)
    return text


def _checked_timezone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{text!r} is not a timezone such as UTC or Europe/Berlin") from None
    return text


def _checked_tenants(value: Any) -> Any:
    if value not in ("*", None) and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        raise ValueError("must be a list of tenants, each a text, or '*' for any")
    return value


def _checked_directory(text: str) -> str:
    if ".." in text.split("/"):
        raise ValueError(f"{text!r} leads out of the connection's root: '..' is not allowed")
    return text


Duration = Annotated[
    str,
    AfterValidator(_checked_duration),
    WithJsonSchema({"type": "string", "pattern": f"^{_DURATION.pattern}$", "examples": ["15 minutes", "24 hours"]}),
]
Timezone = Annotated[str, AfterValidator(_checked_timezone)]
Tenants = Annotated[list[str] | Literal["*"] | None, BeforeValidator(_checked_tenants)]
Character = Annotated[str, Field(min_length=1, max_length=1, pattern=r"^[\x01-\x7f]$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DialectConfig(_Strict):
    """How the rows are written. Nothing is sniffed."""

    delimiter: Character = ","
    quote: Character | None = '"'
    escape: Character | None = Field(default=None, description="none: a quote inside a quoted field is doubled")
    header: bool = Field(default=True, description="false: the columns are those declared, in their order")

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> DialectConfig:
        Dialect(self.delimiter, self.quote, self.escape, self.header)
        return self


class PartsConfig(_Strict):
    """Several files that count as one delivery (A2, A8)."""

    number: str = Field(description="the part of the file name that numbers the files, such as file_number")
    count: int | None = Field(None, ge=1, description="complete when this many parts are there")
    marker: str | None = Field(None, description="complete when a file of this name is there")
    quiet: Duration | None = Field(None, description="complete when no part has come for so long")

    @model_validator(mode="after")
    def _one_way(self) -> PartsConfig:
        if sum(way is not None for way in (self.count, self.marker, self.quiet)) != 1:
            raise ValueError("say how a delivery is complete: exactly one of count, marker, quiet")
        return self


class FeedConfig(_Strict):
    """The `config.meta` of a source table that is a feed."""

    connection: str = Field(description="a name in connections.yml")
    directory: Annotated[str, AfterValidator(_checked_directory)] = Field(
        ".", description="the directory on that connection"
    )
    file_name: str = Field(description="the pattern of the file names, see docs/feeds.md")
    timezone: Timezone = Field("UTC", description="the timezone of the time in the file name")
    format: Literal["csv", "ndjson", "by_extension"] = Field(
        "csv", description="by_extension: .ndjson and .jsonl are NDJSON, all other names CSV"
    )
    dialect: DialectConfig = Field(DialectConfig(), description="how CSV is written")
    applies: Literal["complete_list", "profiles", "commands", "import"] = Field(
        description="complete_list: the file is the whole list of the segments it names; "
        "profiles: rows update contacts; commands: rows add and remove single members, in their order (M2); "
        "import: the file replaces or adds to one segment, with subscriptions and tags (O)"
    )
    request: ImportRequest | None = Field(None, description="what an import does (O2-O10)")
    tenant: str = Field(description="a fixed tenant, or {part} of the file name (X9)")
    tenants: Tenants = Field(None, description="the tenants this feed may touch (X9)")
    segment: str | None = Field(None, description="{part} of the file name; without it the rows name the segment")
    identifier_type: Literal["phone", "email"] | None = Field(None, description="what the identifier column holds (A3)")
    on_duplicate: Literal["last", "first", "reject_all"] = Field("last", description="which line counts (X2)")
    allow_empty: bool = Field(
        False, description="an empty complete list empties its segment instead of being held (X5)"
    )
    on_reimport: Literal["reset", "keep_longest"] = Field(
        "reset", description="what an UPDATE of a member does to its expiry (M7)"
    )
    subscribers_only: bool = Field(False, description="rows of others than opted-in subscribers are ignored (A6)")
    undeclared_columns: Literal["keep", "refuse"] = "keep"
    parts: PartsConfig | None = None
    done_suffix: str | None = Field(
        None, pattern=r"^\.[A-Za-z0-9_.-]+$", description="appended on the server after landing"
    )
    max_rows: int | None = Field(None, ge=1, description="a file with more rows is refused (A9)")
    every: Duration | None = Field(None, description="`muster run --scheduled` picks the feed up this often (A9)")

    @model_validator(mode="after")
    def _imports_are_requested(self) -> FeedConfig:
        if (self.applies == "import") != (self.request is not None):
            raise ValueError("a feed that `applies: import` needs a `request`, and only such a feed has one (O11)")
        if self.applies == "import" and not self.segment:
            raise ValueError("an import is into one segment: name it in `segment`")
        if self.applies == "import" and (self.parts or self.subscribers_only):
            raise ValueError("an import is one file, about whom it names: no `parts`, no `subscribers_only`")
        return self

    @model_validator(mode="after")
    def _parts_exist(self) -> FeedConfig:
        pattern = NamePattern(self.file_name, self.timezone)
        used = {self.parts.number} if self.parts else set()
        for text in (self.tenant, self.segment or ""):
            used |= set(_PLACEHOLDER.findall(text))
        if missing := used - set(pattern.parts):
            raise ValueError(f"the file name pattern has no part {', '.join(sorted(missing))}")
        if _PLACEHOLDER.search(self.tenant) and self.tenants is None:
            raise ValueError("the tenant comes from the file name: list the `tenants` this feed may touch, or '*'")
        if self.done_suffix and self.file_name.endswith(self.done_suffix):
            raise ValueError(f"the done_suffix {self.done_suffix!r} is how new files end: choose another")
        if self.parts and self.parts.marker:
            NamePattern(self.parts.marker, self.timezone)
        return self


@dataclass(frozen=True)
class Column:
    """A declared column of a feed."""

    name: str
    identifier: str | None
    required: bool
    first: bool
    """Whether a file must begin with it (O1)."""
    header: str = ""
    """Its name in the files, where that cannot be a column's: capitals, spaces."""

    @property
    def sent_as(self) -> str:
        """Its name in the files."""
        return self.header or self.name


@dataclass(frozen=True)
class Feed:
    """One feed: a dbt source table with its `config.meta`."""

    name: str
    """`<source>__<table>`, which is also the table in the landing schema."""
    position: int
    """Where it is declared: feeds with equal file times are landed in this order."""
    config: FeedConfig
    columns: tuple[Column, ...]
    declared_at: str = ""
    """`file:line`."""

    @cached_property
    def pattern(self) -> NamePattern:
        """The pattern of its data files."""
        return NamePattern(self.config.file_name, self.config.timezone)

    @cached_property
    def marker_pattern(self) -> NamePattern | None:
        """The pattern of the marker files that complete a delivery."""
        marker = self.config.parts.marker if self.config.parts else None
        return NamePattern(marker, self.config.timezone) if marker else None

    @property
    def every(self) -> timedelta | None:
        """How often `muster run --scheduled` picks the feed up."""
        return _duration(self.config.every) if self.config.every else None

    @property
    def quiet(self) -> timedelta | None:
        """How long no part may come before a delivery counts as complete."""
        parts = self.config.parts
        return _duration(parts.quiet) if parts and parts.quiet else None

    def is_ndjson(self, path: str) -> bool:
        """Whether a file of this name is newline-delimited JSON (M1)."""
        if self.config.format == "by_extension":
            return path.removesuffix(".gz").endswith((".ndjson", ".jsonl"))
        return self.config.format == "ndjson"

    def fault_of(self, request: ImportRequest) -> str | None:
        """Why the feed's files cannot be imported so; None if they can."""
        declared = {column.sent_as for column in self.columns}
        if taken := [name for name in request.needed_columns if name in declared]:
            return f"the phone of SMS add-ons is an undeclared column, but {taken[0]!r} is declared"
        return None

    def tenant_of(self, parts: dict[str, str]) -> str:
        """The tenant of a file whose name has these parts (X9)."""
        return _PLACEHOLDER.sub(lambda m: parts[m[1]], self.config.tenant)

    def may_touch(self, tenant: str) -> bool:
        """Whether the feed may touch this tenant (X9)."""
        allowed = self.config.tenants
        return allowed is None or allowed == "*" or tenant in allowed

    def segment_of(self, parts: dict[str, str]) -> str | None:
        """The segment that the file's name gives, or None if its rows name it."""
        return _PLACEHOLDER.sub(lambda m: parts[m[1]], self.config.segment) if self.config.segment else None

    def delivery_of(self, parts: dict[str, str]) -> str | None:
        """The name that the parts of one delivery share (A8), or None where each file is a delivery."""
        if not self.config.parts:
            return None
        return self.pattern.render({k: v for k, v in parts.items() if k != self.config.parts.number})


def load_feeds(root: Path) -> list[Feed]:
    """All feeds declared under `root`/models, in order of file and declaration.

    Raises `ConfigurationError` with file and line for anything that is not as it should be.
    """
    feeds: list[Feed] = []
    for path in sorted((root / "models").rglob("*__sources.yml")):
        content, node = load_yaml_with_nodes(path)
        for s, source in enumerate((content or {}).get("sources") or []):
            for t, table in enumerate(source.get("tables") or []):
                meta = (table.get("config") or {}).get("meta")
                if not meta or not {"connection", "file_name", "applies"} & set(meta):
                    continue  # a source table that is no feed
                loc = ("sources", s, "tables", t)
                name = f"{source['name']}__{table['name']}"
                try:
                    config = FeedConfig.model_validate(meta)
                except ValidationError as error:
                    raise ConfigurationError(
                        describe(error, path, node, (*loc, "config", "meta"), f"feed {name}")
                    ) from None
                except ConfigurationError as error:
                    raise ConfigurationError(f"{path}:{line_of(node, loc)}: feed {name}: {error}") from None
                line = line_of(node, loc)
                feed = Feed(name, len(feeds), config, _columns(path, line, name, table), f"{path}:{line}")
                if fault := feed.config.request and feed.fault_of(feed.config.request):
                    raise ConfigurationError(f"{path}:{line}: feed {name}: {fault}")
                feeds.append(feed)
    return feeds


def _columns(path: Path, line: int, feed: str, table: dict[str, Any]) -> tuple[Column, ...]:
    columns: list[Column] = []
    for column in table.get("columns") or []:
        if column["name"].startswith("_"):
            continue
        if not _IDENTIFIER.fullmatch(column["name"]):
            raise ConfigurationError(
                f"{path}:{line}: feed {feed}: column {column['name']!r} must be of lower-case letters, digits and _"
            )
        meta = (column.get("config") or {}).get("meta") or {}
        if unknown := set(meta) - {"identifier", "required", "first", "header"}:
            raise ConfigurationError(f"{path}:{line}: feed {feed}: column {column['name']}: unknown {sorted(unknown)}")
        if any(column["name"] == other.name for other in columns):
            raise ConfigurationError(f"{path}:{line}: feed {feed}: column {column['name']!r} is declared twice")
        required, first = (bool(meta.get(setting)) for setting in ("required", "first"))
        header = meta.get("header", "")
        if header != "" and not (isinstance(header, str) and HEADER.fullmatch(header)):
            raise ConfigurationError(
                f"{path}:{line}: feed {feed}: column {column['name']}: header {header!r} must be of letters, digits,"
                " spaces and _ . : , ; / & + ( ) # -, at most 100"
            )
        columns.append(Column(column["name"], meta.get("identifier"), required, first, header))
        if any(columns[-1].sent_as.lower() == other.sent_as.lower() for other in columns[:-1]):
            raise ConfigurationError(f"{path}:{line}: feed {feed}: two columns have the header {columns[-1].sent_as!r}")
    if not columns:
        raise ConfigurationError(f"{path}:{line}: feed {feed}: declare its columns")
    return tuple(columns)
