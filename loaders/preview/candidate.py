"""Which file a preview is about: a local one, or the newest that waits for a feed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from loaders.config.connections import load_connections
from loaders.config.settings import Settings
from loaders.database import has_table
from loaders.errors import ConfigurationError
from loaders.feeds.feed import Feed
from loaders.landing.arrival import Arrival, arrival_of
from loaders.landing.finding import look_into, why_not_taken
from loaders.landing.ledger import Version, last_versions
from loaders.landing.report import Progress
from loaders.publishing import open_to_read
from loaders.transport.interface import RemoteFile, utc
from loaders.transport.listing import safe_name
from loaders.transport.opening import open_remote


def local_arrival(feeds: Sequence[Feed], path: Path, feed: Feed | None) -> tuple[Arrival, bool]:
    """The file as its feed would see it on the server, and whether its name is one of the feed's."""
    if not path.is_file():
        fault = "is no regular file" if path.exists() else "there is neither such a file nor such a feed"
        raise ConfigurationError(f"{path}: {fault}")
    try:
        safe_name(os.fsencode(path.name))
    except ValueError as fault:
        raise ConfigurationError(f"{str(path)!r}: {fault}: rename the file") from None
    stat = path.stat()
    file = RemoteFile(path.name, stat.st_size, utc(stat.st_mtime))

    def seen_by(feed: Feed) -> Arrival | None:
        return arrival_of(feed, str(PurePosixPath(feed.config.directory, file.name)), file)

    if feed:
        arrival = seen_by(feed)
        return arrival or _unnamed(feed, file), arrival is not None
    matches = [arrival for feed in feeds if (arrival := seen_by(feed))]
    matches = [match for match in matches if match.feed.config.enabled] or matches
    beside = [match for match in matches if match.feed.config.directory == path.resolve().parent.name]
    matches = beside if len(beside) == 1 else matches
    if len(matches) != 1:
        raise ConfigurationError(f"{path.name} {why_not_taken(path.name, feeds, matches)}: say which with --feed")
    return matches[0], True


def _unnamed(feed: Feed, file: RemoteFile) -> Arrival:
    """A file whose name says nothing: it is judged by its content, whatever its tenant and time would be."""
    config = feed.config.model_copy(update={"tenants": "*"})
    path = str(PurePosixPath(config.directory, file.name))
    moment, request = file.modified_at, config.request
    return Arrival(
        replace(feed, config=config), path, "data", file.size, moment, {}, config.tenant, None, moment, request=request
    )


def fetch_newest(
    settings: Settings, feeds: Sequence[Feed], feed: Feed, target: Path, progress: Progress
) -> Arrival | None:
    """Fetch the newest data file of the feed that has not landed; on the server nothing is changed."""
    connections = load_connections(settings.connections)
    name, directory = feed.config.connection, feed.config.directory
    if name not in connections:
        raise ConfigurationError(f"{feed.declared_at}: {settings.connections} has no connection {name!r}")
    known = _landed_versions(settings, feed)
    with open_remote(connections[name]) as remote:
        here = [feed for feed in feeds if feed.config.connection == name]
        waiting = [
            (arrival, file)
            for arrival, file in look_into(
                remote, directory, here, [one for one in here if one.config.enabled or one == feed]
            ).recognised
            if arrival.feed == feed
            and arrival.role == "data"
            and not ((version := known.get((feed.name, arrival.path))) and version.is_still(file))
        ]
        if not waiting:
            return None
        arrival, file = max(waiting, key=lambda pair: (pair[0].sent_at, pair[0].path))
        remote.fetch(directory, file, target, lambda done: progress(arrival.path, done, file.size))
        return arrival


def _landed_versions(settings: Settings, feed: Feed) -> dict[tuple[str, str], Version]:
    """What the ledger knows of the feed's files, if there is a ledger; it is only read."""
    if not settings.database.exists():
        return {}
    with open_to_read(settings) as database:
        return last_versions(database, [feed.name]) if has_table(database, "landing", "files") else {}
