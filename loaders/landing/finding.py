"""Which files of a directory are whose: each belongs to exactly one feed, or to none, and then it is said why."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePosixPath
from time import monotonic

from loaders.database import utc_now
from loaders.errors import ConfigurationError, UnexpectedError
from loaders.feeds.feed import Feed
from loaders.landing.arrival import Arrival, arrival_of
from loaders.landing.confined import confined
from loaders.transport.interface import Remote, RemoteFile

_STAMP = re.compile(r"[.][0-9]{20}$")
"""The time that `Run` puts before a suffix where the name with the suffix alone was taken."""


@dataclass
class Look:
    """What one directory of a connection has."""

    recognised: list[tuple[Arrival, RemoteFile]] = field(default_factory=list)
    """The files that exactly one feed takes."""
    unrecognised: list[tuple[str, str]] = field(default_factory=list)
    """(path, reason) of those that none takes."""
    renamed: list[tuple[str, str]] = field(default_factory=list)
    """(feed, path as it was) of those that have a suffix which Muster gives to what has landed."""


@dataclass(frozen=True)
class Listing:
    """A directory as it was listed, or why it cannot be."""

    directory: str
    listed_at: float
    """`time.monotonic` before it was asked for."""
    now: datetime
    """The same in UTC."""
    look: Look = field(default_factory=Look)
    fault: ConfigurationError | None = None


def listing_of(remote: Remote, directory: str, feeds: Iterable[Feed], active: Collection[Feed]) -> Listing:
    """The directory as the feeds see it; other directories may be as declared where this one is not (C66)."""
    listed_at, now = monotonic(), utc_now()
    try:
        return Listing(directory, listed_at, now, look_into(remote, directory, feeds, active))
    except ConfigurationError as fault:
        return Listing(directory, listed_at, now, fault=fault)


def look_into(remote: Remote, directory: str, feeds: Iterable[Feed], active: Collection[Feed]) -> Look:
    """Whose the files of a directory are. A feed that is not active leaves its files to an active one."""
    files, skipped = remote.list(directory)
    look = Look(unrecognised=[(str(PurePosixPath(directory, skip.name)), skip.reason) for skip in skipped])
    takers = [feed for feed in feeds if feed.config.directory == directory]
    suffixes = tuple({suffix for feed in takers for suffix in feed.suffixes})
    for file in files:
        is_renamed = file.name.endswith(suffixes)
        try:
            with confined(file.name):
                owner = owner_of(_as_it_was(file, suffixes) if is_renamed else file, directory, takers, active)
        except UnexpectedError as error:
            owner = str(error)
        if isinstance(owner, Arrival):
            if is_renamed:
                look.renamed.append((owner.feed.name, owner.path))
            else:
                look.recognised.append((owner, file))
        elif not is_renamed:
            look.unrecognised.append((str(PurePosixPath(directory, file.name)), owner))
    return look


def _as_it_was(file: RemoteFile, suffixes: Iterable[str]) -> RemoteFile:
    """The file under the name that it had before it got a suffix."""
    name = next(file.name.removesuffix(suffix) for suffix in suffixes if file.name.endswith(suffix))
    return replace(file, name=_STAMP.sub("", name))


def owner_of(file: RemoteFile, directory: str, takers: Sequence[Feed], active: Collection[Feed]) -> Arrival | str:
    """The file as the one feed of `takers`, those of its directory, that takes it; else why none does."""
    path = str(PurePosixPath(directory, file.name))
    matches = [arrival for feed in takers if (arrival := arrival_of(feed, path, file))]
    matches = [match for match in matches if match.feed in active] or matches
    return matches[0] if len(matches) == 1 else why_not_taken(file.name, takers, matches)


def why_not_taken(name: str, takers: Sequence[Feed], matches: Sequence[Arrival]) -> str:
    """Why a file of this name is not landed."""
    if matches:
        return f"fits the feeds {' and '.join(match.feed.name for match in matches)}"
    for feed in takers:
        if feed.pattern.is_ambiguous(name):
            return f"fits {feed.config.file_name!r} of feed {feed.name} in more than one way"
    return "fits no feed's file name"
