"""Feeds: what partners' files look like and how they apply, read from the dbt sources (`config.meta` of a table)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

from loaders.feeds.applicable import ROWS_OF_CONTACTS
from loaders.feeds.columns import Column
from loaders.feeds.config import PGP_NAME, PLACEHOLDER, FeedConfig
from loaders.feeds.config_values import duration
from loaders.feeds.file_names import NamePattern
from loaders.feeds.import_request import ImportRequest
from loaders.feeds.names import visible


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
    root_applies: str | None = None
    """What the files of the root do (`applies`)."""
    partner: str = ""
    """Its dbt source: the first half of its name."""
    silent_after: timedelta | None = None
    """For how long no file may come before it is silent (`freshness.error_after` of the source table)."""

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
    def suffixes(self) -> tuple[str, ...]:
        """What it appends on the server to the names of files that have landed, or were refused (B5)."""
        return (self.config.done_suffix, self.config.refused_suffix) if self.config.done_suffix else ()

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

    def is_due(self, looked: datetime | None, found: datetime | None, *, now: datetime) -> bool:
        """Whether a scheduled moment has come since files were last looked for, or its period passed since there were.

        (A9, B15) All naive UTC. One that never was looked for is due; a look that found nothing uses up no period
        (C69). For a period, a minute of jitter is forgiven.
        """
        if looked is None:
            return True
        if self.config.schedule:
            return self.config.schedule.last_moment(now, self.config.timezone) > looked
        return self.every is None or found is None or now - found >= self.every - timedelta(minutes=1)

    @property
    def quiet(self) -> timedelta | None:
        """How long no part may come before a delivery counts as complete."""
        parts = self.config.parts
        return duration(parts.quiet) if parts and parts.quiet else None

    @property
    def waits_after_refused(self) -> bool:
        """Whether its files wait behind one that was refused: else later news would be under older ones (C111)."""
        return (self.config.after_refused or ("wait" if self.config.applies == "commands" else "go_on")) == "wait"

    @property
    def says_only_what_is_declared(self) -> bool:
        """Whether undeclared columns and keys count for nothing, not even as properties: those of commands."""
        return self.config.applies == "commands"

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
            return f"the phone of SMS add-ons and the status are undeclared columns, but {taken[0]!r} is declared"
        return None

    def tenant_of(self, parts: dict[str, str]) -> str:
        """The tenant of a file whose name has these parts (X9)."""
        return visible(PLACEHOLDER.sub(lambda m: parts[m[1]], self.config.tenant))

    def may_touch(self, tenant: str) -> bool:
        """Whether the feed may touch this tenant (X9)."""
        allowed = self.config.tenants
        return allowed is None or allowed == "*" or tenant in map(visible, allowed)

    def segment_of(self, parts: dict[str, str]) -> str | None:
        """The segment that the file's name gives, or None if its rows name it."""
        return visible(PLACEHOLDER.sub(lambda m: parts[m[1]], self.config.segment)) if self.config.segment else None

    @property
    def sets_properties(self) -> bool:
        """Whether its rows may set properties of contacts or groups (B8); linked ones do as those of the root."""
        return (self.root_applies if self.config.linked else self.config.applies) in ROWS_OF_CONTACTS

    @property
    def feed_of_rules(self) -> str:
        """The feed by whose merge rules its rows change properties (B10)."""
        return self.config.linked.to if self.config.linked and self.sets_properties else self.name

    @property
    def pairs_versions(self) -> bool:
        """Whether the n-th version of a root file belongs to the n-th of its linked file (B10).

        So where nothing in the names tells one delivery of a tenant from the next: no time, no wildcard.
        """
        is_fixed = set(self.pattern.parts) <= set(PLACEHOLDER.findall(self.config.tenant))
        return self.root is not None and is_fixed and not self.pattern.wildcard_count

    def delivery_of(self, tenant: str, parts: dict[str, str], wildcards: Sequence[str]) -> str | None:
        """The name that the parts of one delivery share (A8, B10), or None where each file is a delivery.

        Where versions are paired, it is what stands before their number.
        """
        if self.root:  # no two names make one text
            return json.dumps([self.root, tenant, parts, list(wildcards)], ensure_ascii=False, sort_keys=True)
        if not self.config.parts:
            return None
        name = self.pattern.render({k: v for k, v in parts.items() if k != self.config.parts.number})
        return name if tenant == self.tenant_of(parts) else f"{tenant}/{name}"  # by hand
