"""Which files of a directory are whose: each belongs to exactly one feed, or to none, and then it is said why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePosixPath

from loaders.errors import UnexpectedError
from loaders.feeds.feed import Feed
from loaders.landing.arrival import Arrival, arrival_of
from loaders.landing.confined import confined
from loaders.transport.interface import Remote, RemoteFile


def look_into(
    remote: Remote, directory: str, feeds: Iterable[Feed], active: Collection[Feed]
) -> tuple[list[tuple[Arrival, RemoteFile]], list[tuple[str, str]]]:
    """The files of a directory that exactly one of the connection's feeds takes, and (path, reason) of all others.

    Files with a done suffix are left out. A feed that is not active (switched off) leaves its files to an active one.
    """
    files, skipped = remote.list(directory)
    recognised: list[tuple[Arrival, RemoteFile]] = []
    unrecognised = [(str(PurePosixPath(directory, skip.name)), skip.reason) for skip in skipped]
    takers = [feed for feed in feeds if feed.config.directory == directory]
    for file in files:
        try:
            with confined(file.name):
                owner = owner_of(file, directory, takers, active)
        except UnexpectedError as error:
            owner = str(error)
        if isinstance(owner, Arrival):
            recognised.append((owner, file))
        elif owner is not None:
            unrecognised.append((str(PurePosixPath(directory, file.name)), owner))
    return recognised, unrecognised


def owner_of(
    file: RemoteFile, directory: str, takers: Sequence[Feed], active: Collection[Feed]
) -> Arrival | str | None:
    """The file as the one feed of `takers`, those of its directory, that takes it; else why none does.

    None if it has a done suffix: it has landed.
    """
    done_suffixes = tuple({feed.config.done_suffix for feed in takers if feed.config.done_suffix})
    if done_suffixes and file.name.endswith(done_suffixes):
        return None
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
