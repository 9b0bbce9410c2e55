"""`muster import`: local files under the rules of a feed, with what they are to do (O11)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from loaders.archive.contents import archive, sync
from loaders.config.settings import Settings
from loaders.config.yaml_lines import describe_request
from loaders.errors import ConfigurationError
from loaders.feeds.feed import Feed
from loaders.feeds.import_request import ImportRequest
from loaders.feeds.loading import load_feeds
from loaders.feeds.names import nfc, visible
from loaders.landing.arrival import Arrival, arrival_of
from loaders.landing.keyrings import Keyrings
from loaders.landing.new_file import Fetched
from loaders.landing.report import LandingReport
from loaders.landing.run import Run
from loaders.landing.workplace import open_for_landing
from loaders.transport.interface import RemoteFile, utc
from loaders.transport.listing import safe_name
from loaders.transport.local_folder import LocalFolder

FOLDER = "import"
"""What stands before the name of a local file in the ledger, where others have their directory."""


@dataclass(frozen=True)
class LocalFile:
    """A local file and what is said about it; None: as its name or the feed's configuration says."""

    path: Path
    feed: str
    tenant: str | None = None
    segment: str | None = None
    sent_at: datetime | None = None
    """Naive UTC."""
    request: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of the import that differ from the feed's `request`."""


def land_local(settings: Settings, files: Sequence[LocalFile]) -> LandingReport:
    """Land local files in the order given, as if their feeds had picked them up.

    Raises `ConfigurationError` before the first is landed if one of them is no file, or what is said about it is
    incomplete or contradicts itself (O5, O9), or two lists of one time replace one segment; `LockedError` if another
    run is at work.
    """
    feeds = load_feeds(settings.root)
    arrivals = [(_arrival(feeds, file), file.path.resolve()) for file in files]
    _check_that_none_replaces([arrival for arrival, _ in arrivals])
    keyrings = Keyrings(settings.connections, settings.spool, [arrival.feed for arrival, _ in arrivals])
    with open_for_landing(settings, feeds) as store, keyrings:
        run = Run(settings, store, keyrings)
        for arrival, path in arrivals:
            if arrival.feed.name in run.report.errors:  # of the keys; this one would overtake the one before it
                continue
            spooled = settings.spool / "import.part"
            file = RemoteFile(path.name, arrival.size_bytes, arrival.modified_at)
            sha256 = LocalFolder(path.parent).fetch(".", file, spooled, lambda _: None)
            archive(settings, spooled, sha256)
            run.land_one(arrival, Fetched(spooled, sha256), partial(sync, spooled))
        return run.report


def _check_that_none_replaces(arrivals: Sequence[Arrival]) -> None:
    """Two lists of one time that replace one segment: only the last would count, and nothing says that it should."""
    seen: dict[tuple[str, str, datetime], Arrival] = {}
    for arrival in arrivals:
        is_list = arrival.feed.config.applies == "complete_list" and not arrival.feed.config.parts
        if arrival.segment_name is None or not (is_list or (arrival.request and arrival.request.clear)):
            continue
        first = seen.setdefault((arrival.tenant_id, arrival.segment_name, arrival.sent_at), arrival)
        if first is not arrival:
            raise ConfigurationError(
                f"{first.path} and {arrival.path} both replace the segment {arrival.segment_name!r} of tenant"
                f" {arrival.tenant_id!r} at {arrival.sent_at:%Y-%m-%d %H:%M:%S}: put them in one file, or import them"
                " one after the other, each with its --sent-at"
            )


def _arrival(feeds: Sequence[Feed], file: LocalFile) -> Arrival:
    feed = next((feed for feed in feeds if feed.name == file.feed), None)
    if feed is None:
        raise ConfigurationError(f"there is no feed {file.feed!r}; `muster feeds list` names them")
    if not file.path.is_file():
        fault = "is no regular file" if file.path.exists() else "there is no such file"
        raise ConfigurationError(f"{file.path}: {fault}")
    for option, text in (("--tenant", file.tenant), ("--segment", file.segment)):
        if text is not None and not (text and text.isprintable() and nfc(text) == visible(text)):
            raise ConfigurationError(
                f"{option} {text!r}: give a name that is not empty, has no control characters and no blanks at its ends"
            )
    try:
        safe_name(os.fsencode(file.path.name))
    except ValueError as fault:
        raise ConfigurationError(f"{str(file.path)!r}: {fault}: rename the file") from None
    stat = file.path.stat()
    remote = RemoteFile(file.path.name, stat.st_size, utc(stat.st_mtime))
    path = f"{FOLDER}/{file.path.name}"
    arrival = arrival_of(feed, path, remote) or _unnamed(feed, path, remote, file)
    return replace(
        arrival,
        request=_request(feed, file),
        is_by_hand=True,
        is_dated_by_hand=file.sent_at is not None,
        tenant_id=nfc(file.tenant or arrival.tenant_id),
        segment_name=nfc(file.segment) if file.segment else arrival.segment_name,
        sent_at=file.sent_at or arrival.sent_at,
    )


def _unnamed(feed: Feed, path: str, remote: RemoteFile, file: LocalFile) -> Arrival:
    """A file whose name is not one of the feed's: then everything must be said."""
    needed: dict[str, Callable[[], bool]] = {
        "--tenant": lambda: file.tenant is None and "{" in feed.config.tenant,
        "--segment": lambda: file.segment is None and feed.config.segment is not None,
    }
    if missing := [option for option, is_missing in needed.items() if is_missing()]:
        raise ConfigurationError(
            f"{file.path.name} does not fit {feed.config.file_name!r} of feed {feed.name}: give {' and '.join(missing)}"
        )
    if feed.config.parts or feed.root:
        fault = f"{file.path.name} does not fit {feed.config.file_name!r} of feed {feed.name}"
        why = (
            "whose names say which root file and linked file belong together"
            if feed.root
            else "whose deliveries have parts"
        )
        raise ConfigurationError(f"{fault}, {why}: rename it (`muster feeds show {feed.name}` prints the name)")
    tenant = file.tenant or feed.config.tenant
    modified_at = remote.modified_at
    sent_at = modified_at.replace(microsecond=0)
    return Arrival(feed, path, "data", remote.size, modified_at, {}, tenant, file.segment, sent_at)


def _request(feed: Feed, file: LocalFile) -> ImportRequest | None:
    if feed.config.request is None:
        if file.request or (file.segment and feed.config.segment is None):
            raise ConfigurationError(
                f"feed {feed.name} applies as {feed.config.applies}: it takes no import parameters"
            )
        return None
    try:
        request = ImportRequest.model_validate(feed.config.request.model_dump() | dict(file.request))
    except ValidationError as error:
        raise ConfigurationError(describe_request(error)) from None
    if fault := feed.fault_of(request):
        raise ConfigurationError(f"feed {feed.name}: {fault}")
    return request
