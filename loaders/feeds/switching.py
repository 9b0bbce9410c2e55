"""Feeds switched on and off: their `enabled` in the source files, and what is missing before files can come (B15)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from loaders.config.changes import Change, write_all
from loaders.config.connections import Connection, LocalConnection, load_connections
from loaders.config.settings import Settings
from loaders.config.yaml_edit import with_setting
from loaders.config.yaml_lines import parse_yaml_with_nodes
from loaders.errors import ConfigurationError
from loaders.feeds.feed import Feed
from loaders.feeds.loading import load_feeds, source_files


@dataclass(frozen=True)
class Switched:
    """A feed that was named, as it is now, and whether it was otherwise before."""

    feed: Feed
    is_changed: bool


def switch(settings: Settings, names: Sequence[str], *, enabled: bool) -> list[Switched]:
    """Switch on or off the feeds that are named, each by itself or by its partner: all of them, or none.

    Raises `ConfigurationError` if there is no such feed or partner, or a file is written so that it cannot be edited.
    """
    before = named_feeds(load_feeds(settings.root), names)
    changed = {feed.name for feed in before if feed.config.enabled != enabled}
    changes = _changes(settings.root, changed, enabled=enabled)

    def check() -> None:
        now = {feed.name: feed.config.enabled for feed in load_feeds(settings.root)}
        if wrong := sorted(name for name in changed if now.get(name) != enabled):
            raise ConfigurationError(f"feeds {', '.join(wrong)}: set `enabled: {str(enabled).lower()}` by hand")

    write_all(changes, check)
    after = {feed.name: feed for feed in load_feeds(settings.root)}
    return [Switched(after[feed.name], feed.name in changed) for feed in before]


def partners(feeds: Sequence[Feed]) -> list[str]:
    """The names of the partners (dbt's sources) that have feeds."""
    return sorted({feed.partner for feed in feeds})


def named_feeds(feeds: Sequence[Feed], names: Sequence[str]) -> list[Feed]:
    """The feeds that are named, by themselves or by their partner. Raises `ConfigurationError` for other names."""
    known = {name for feed in feeds for name in (feed.name, feed.partner)}
    if unknown := [name for name in names if name not in known]:
        raise ConfigurationError(
            f"there is no partner or feed {', '.join(map(repr, unknown))}; partners: {', '.join(partners(feeds))};"
            " `muster feeds list` names the feeds"
        )
    return [feed for feed in feeds if {feed.name, feed.partner} & set(names)]


def _changes(root: Path, names: set[str], *, enabled: bool) -> list[Change]:
    """The source files with another `enabled` for these feeds; all else stays as it is."""
    changes: list[Change] = []
    for path in source_files(root):
        text = old = path.read_bytes().decode()
        content, _ = parse_yaml_with_nodes(path, text)
        for s, source in enumerate((content or {}).get("sources") or []):
            for t, table in enumerate(source.get("tables") or []):
                if f"{source['name']}__{table['name']}" in names:
                    place = ("sources", s, "tables", t, "config", "meta")
                    text = with_setting(path, text, place, "enabled", str(enabled).lower())
        if text != old:
            changes.append(Change(path, text))
    return changes


def next_steps(settings: Settings, feeds: Sequence[Feed]) -> list[str]:
    """What is to be done before the files of these feeds, which are switched on, can be picked up."""
    try:
        connections = load_connections(settings.connections)
    except ConfigurationError as fault:
        return [str(fault)]
    steps = [_next_step(settings, feed, connections.get(feed.config.connection)) for feed in feeds]
    return list(dict.fromkeys(filter(None, steps)))


def _next_step(settings: Settings, feed: Feed, connection: Connection | None) -> str | None:
    if connection is None:
        name = feed.config.connection
        return f"say where the files of {feed.partner} are: {settings.connections} has no connection {name!r}"
    if isinstance(connection, LocalConnection):
        folder = connection.path / feed.config.directory.lstrip("/")
        if not folder.is_dir():
            return f"create the folder {folder}, or say in {settings.connections} where the files are"
    return None
