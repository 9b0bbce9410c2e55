"""A file found on a server, as the feed that takes it sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from loaders.feeds.feed import Feed
from loaders.feeds.import_request import ImportRequest
from loaders.transport.interface import RemoteFile


@dataclass(frozen=True)
class Arrival:
    """A file found on a server, with what its name says; not landed yet."""

    feed: Feed
    path: str
    """Directory and name on the connection."""
    role: str
    """`data`, or `marker` (an empty file that completes a delivery)."""
    size_bytes: int
    modified_at: datetime
    name_parts: dict[str, str]
    tenant_id: str
    segment_name: str | None
    """The segment that the file's name or the import names; None if the rows do."""
    sent_at: datetime
    wrong_date: bool = False
    request: ImportRequest | None = None
    """What an import is to do (O11); None for other feeds."""
    wildcards: tuple[str, ...] = ()
    """What the wildcards of the feed's file name stand for."""
    is_by_hand: bool = False
    """By `muster import`: then tenant, segment and request were said with the file, and belong to what it is."""
    is_dated_by_hand: bool = False
    """With `--sent-at`, which then belongs to what it is as well."""

    @property
    def delivery(self) -> str | None:
        """The name that the files of its delivery share, without the number of a version (A8, B10)."""
        return self.feed.delivery_of(self.tenant_id, self.name_parts, self.wildcards)


def arrival_of(feed: Feed, path: str, file: RemoteFile) -> Arrival | None:
    """The file as this feed sees it, or None if its name is not one of the feed's."""
    for role, pattern in (("data", feed.pattern), ("marker", feed.marker_pattern)):
        captured = pattern.match(file.name) if pattern else None
        if captured:
            tenant = feed.tenant_of(captured.parts)
            sent_at = captured.sent_at or file.modified_at.replace(microsecond=0)
            return Arrival(
                feed,
                path,
                role,
                file.size,
                file.modified_at,
                captured.parts,
                tenant,
                feed.segment_of(captured.parts),
                sent_at,
                captured.wrong_date,
                feed.config.request if role == "data" else None,
                captured.wildcards,
            )
    return None
