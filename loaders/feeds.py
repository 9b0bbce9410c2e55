"""Feeds: what partners' files look like and how they apply, read from the dbt sources (`config.meta` of a table)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
from loaders.schedule import ScheduleConfig
from loaders.yaml_errors import describe, line_of, load_yaml_with_nodes

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")
_PGP_NAME = re.compile(r"\.(gpg|pgp|asc)$")
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
    decimal_separator: Literal[".", ","] = Field(default=".", description="how numbers are written (B4)")
    multi_value_separator: Character | None = Field(
        default=None, description="what separates the values of a list (B4)"
    )
    date_format: str = Field(
        default="automatic", description="how dates are written, in strptime's letters; automatic: ISO 8601"
    )

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> DialectConfig:
        _ = self.layout
        return self

    @property
    def layout(self) -> Dialect:
        """What the reader of files needs to know; the rest is read from the cells, in staging."""
        return Dialect(self.delimiter, self.quote, self.escape, self.header)


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


class LinkedConfig(_Strict):
    """Files whose rows belong to the rows of another feed's files, the root (B10)."""

    to: str = Field(description="the feed of the root files, such as blueconic__orders")


class FeedConfig(_Strict):
    """The `config.meta` of a source table that is a feed."""

    connection: str = Field(description="a name in connections.yml")
    directory: Annotated[str, AfterValidator(_checked_directory)] = Field(
        ".", description="the directory on that connection"
    )
    file_name: str = Field(description="the pattern of the file names, see docs/feeds.md")
    timezone: Timezone = Field("UTC", description="of the time in the file name, and of the schedule")
    format: Literal["csv", "ndjson", "by_extension"] = Field(
        "csv", description="by_extension: .ndjson and .jsonl are NDJSON, all other names CSV"
    )
    dialect: DialectConfig = Field(DialectConfig(), description="how CSV is written")
    pgp: str | None = Field(
        None, description="the keys under `pgp` in connections.yml: files are decrypted, their signatures checked (B2)"
    )
    applies: Literal["complete_list", "profiles", "commands", "import", "groups", "events", "linked"] = Field(
        description="complete_list: the file is the whole list of the segments it names; "
        "profiles: rows update contacts; commands: rows add and remove single members, in their order (M2); "
        "import: the file replaces or adds to one segment, with subscriptions and tags (O); "
        "groups: rows update households, accounts, companies (B13); events: rows are timeline events (B12); "
        "linked: rows belong to rows of another feed (B10)"
    )
    linked: LinkedConfig | None = Field(None, description="to which feed the rows belong (B10)")
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
    unchanged_cells: Literal["apply", "skip"] = Field(
        "apply", description="skip: only cells that differ from the contact's last row of this feed count (B6)"
    )
    creates_contacts: bool = Field(True, description="false: rows about somebody unknown are ignored (B7)")
    undeclared_columns: Literal["keep", "refuse"] = "keep"
    parts: PartsConfig | None = None
    done_suffix: str | None = Field(
        None, pattern=r"^\.[A-Za-z0-9_.-]+$", description="appended on the server after landing"
    )
    max_rows: int | None = Field(None, ge=1, description="a file with more rows is refused (A9)")
    enabled: bool = Field(True, description="false: picked up only by hand, with `--feed` (B15)")
    order: int = Field(0, description="files of equal times are landed in this order of their feeds (B15)")
    every: Duration | None = Field(None, description="`muster run --scheduled` picks the feed up this often (A9)")
    schedule: ScheduleConfig | None = Field(None, description="`muster run --scheduled` picks the feed up then (B15)")

    @model_validator(mode="after")
    def _one_rhythm(self) -> FeedConfig:
        if self.every is not None and self.schedule is not None:
            raise ValueError("say when the feed is picked up in one way: `every` or `schedule`")
        return self

    @model_validator(mode="after")
    def _encrypted_files_have_keys(self) -> FeedConfig:
        if self.pgp is None and _PGP_NAME.search(self.file_name.rstrip("]")):
            raise ValueError("files with such names are encrypted: name their keys in `pgp` (B2)")
        return self

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
    def _linked_files_have_a_root(self) -> FeedConfig:
        if (self.applies == "linked") != (self.linked is not None):
            raise ValueError("a feed that `applies: linked` says in `linked` to which feed, and only such a feed (B10)")
        if self.linked and self.parts:
            raise ValueError("a linked file is one file: no `parts`")
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
        if self.parts and pattern.has_wildcard:
            raise ValueError("files of one delivery differ in their number alone: name what `*` and `?` stand for")
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


@dataclass(frozen=True)
class Feed:
    """One feed: a dbt source table with its `config.meta`."""

    name: str
    """`<source>__<table>`, which is also the table in the landing schema."""
    position: int
    """Its place by (`order`, declaration): files of equal times are landed in this order of their feeds (B15)."""
    config: FeedConfig
    columns: tuple[Column, ...]
    declared_at: str = ""
    """`file:line`."""
    root: str | None = None
    """The feed of the root files, where it has linked files or is linked (B10)."""

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
    def picked_up(self) -> str:
        """When `muster run --scheduled` picks the feed up, in words."""
        if not self.config.enabled:
            return "only by hand"
        if self.config.schedule:
            return f"{self.config.schedule} ({self.config.timezone})"
        return f"every {self.config.every}" if self.config.every else "always"

    def is_due(self, last: datetime | None, now: datetime) -> bool:
        """Whether its period has passed, or a scheduled moment has come, since it was `last` picked up (A9, B15).

        Both naive UTC. One that never was is due. For a period, a minute of jitter is forgiven.
        """
        if last is None:
            return True
        if self.config.schedule:
            return self.config.schedule.last_moment(now, self.config.timezone) > last
        return self.every is None or now - last >= self.every - timedelta(minutes=1)

    @property
    def quiet(self) -> timedelta | None:
        """How long no part may come before a delivery counts as complete."""
        parts = self.config.parts
        return _duration(parts.quiet) if parts and parts.quiet else None

    def compression_of(self, path: str) -> Literal["none", "gzip"]:
        """How a file of this name is packed, once it is decrypted."""
        return "gzip" if self._decrypted(path).endswith(".gz") else "none"

    def is_ndjson(self, path: str) -> bool:
        """Whether a file of this name is newline-delimited JSON (M1)."""
        if self.config.format == "by_extension":
            return self._decrypted(path).removesuffix(".gz").endswith((".ndjson", ".jsonl"))
        return self.config.format == "ndjson"

    def _decrypted(self, path: str) -> str:
        """The path without what says that the file is encrypted (B2)."""
        return _PGP_NAME.sub("", path) if self.config.pgp else path

    def fault_of(self, request: ImportRequest) -> str | None:
        """Why the feed's files cannot be imported so; None if they can."""
        declared = {column.name for column in self.columns}
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
        """The name that the parts of one delivery share (A8, B10), or None where each file is a delivery."""
        if self.root:
            return ", ".join(f"{name}={parts[name]}" for name in sorted(parts))
        if not self.config.parts:
            return None
        return self.pattern.render({k: v for k, v in parts.items() if k != self.config.parts.number})


def load_feeds(root: Path) -> list[Feed]:
    """All feeds declared under `root`/models, by their `order`, then in order of file and declaration.

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
    feeds.sort(key=lambda feed: feed.config.order)
    return _with_roots([replace(feed, position=position) for position, feed in enumerate(feeds)])


def _with_roots(feeds: list[Feed]) -> list[Feed]:
    """The feeds, of which those with linked files and those that are linked know the root (B10)."""
    by_name = {feed.name: feed for feed in feeds}
    roots = set()
    for feed in feeds:
        if feed.config.linked is None:
            continue
        root = by_name.get(feed.config.linked.to)
        if root is None or root.config.applies != "events" or root.config.parts:
            fault = (
                f"`linked.to` must be a feed that `applies: events` and has no `parts`, not {feed.config.linked.to!r}"
            )
        elif set(root.pattern.parts) != set(feed.pattern.parts):
            fault = (
                f"the names of its files and of {root.name}'s must hold the same parts, which say what belongs "
                f"together: {_listed(feed.pattern.parts)} against {_listed(root.pattern.parts)}"
            )
        elif feed.config.tenant != root.config.tenant:
            fault = f"its tenant must be that of {root.name}, {root.config.tenant!r}"
        else:
            roots.add(root.name)
            continue
        raise ConfigurationError(f"{feed.declared_at}: feed {feed.name}: {fault}")
    return [
        replace(feed, root=feed.config.linked.to if feed.config.linked else feed.name if feed.name in roots else None)
        for feed in feeds
    ]


def _listed(parts: dict[str, str]) -> str:
    return ", ".join(sorted(parts)) or "none"


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
        if unknown := set(meta) - {"identifier", "required", "first"}:
            raise ConfigurationError(f"{path}:{line}: feed {feed}: column {column['name']}: unknown {sorted(unknown)}")
        if any(column["name"] == other.name for other in columns):
            raise ConfigurationError(f"{path}:{line}: feed {feed}: column {column['name']!r} is declared twice")
        required, first = (bool(meta.get(setting)) for setting in ("required", "first"))
        columns.append(Column(column["name"], meta.get("identifier"), required, first))
    if not columns:
        raise ConfigurationError(f"{path}:{line}: feed {feed}: declare its columns")
    return tuple(columns)
