"""Feeds: what partners' files look like and how they apply, read from the dbt sources (`config.meta` of a table)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    ValidationError,
)

from loaders.errors import ConfigurationError
from loaders.feed_config import PGP_NAME, PLACEHOLDER, FeedConfig, duration
from loaders.imports import ImportRequest
from loaders.names import NamePattern
from loaders.yaml_errors import describe, line_of, load_yaml_with_nodes

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")
HEADER = re.compile(r"(?=[^ ])[\w .:,;/&+()#-]{1,100}(?<=[^ ])")
"""What a declared column may be called in the files."""


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
        return duration(self.config.every) if self.config.every else None

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
        return duration(parts.quiet) if parts and parts.quiet else None

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
        return PGP_NAME.sub("", path) if self.config.pgp else path

    def fault_of(self, request: ImportRequest) -> str | None:
        """Why the feed's files cannot be imported so; None if they can."""
        declared = {column.sent_as for column in self.columns}
        if taken := [name for name in request.needed_columns if name in declared]:
            return f"the phone of SMS add-ons is an undeclared column, but {taken[0]!r} is declared"
        return None

    def tenant_of(self, parts: dict[str, str]) -> str:
        """The tenant of a file whose name has these parts (X9)."""
        return PLACEHOLDER.sub(lambda m: parts[m[1]], self.config.tenant)

    def may_touch(self, tenant: str) -> bool:
        """Whether the feed may touch this tenant (X9)."""
        allowed = self.config.tenants
        return allowed is None or allowed == "*" or tenant in allowed

    def segment_of(self, parts: dict[str, str]) -> str | None:
        """The segment that the file's name gives, or None if its rows name it."""
        return PLACEHOLDER.sub(lambda m: parts[m[1]], self.config.segment) if self.config.segment else None

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
