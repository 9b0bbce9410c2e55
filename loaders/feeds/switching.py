"""Feeds switched on and off: their `enabled` in the source files, and what is missing before files can come (B15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loaders.config.changes import Change, write_all
from loaders.config.connections import Connection, LocalConnection, load_connections
from loaders.config.settings import Settings
from loaders.config.yaml_edit import scalar, with_setting
from loaders.config.yaml_lines import parse_yaml_with_nodes
from loaders.errors import ConfigurationError
from loaders.feeds.feed import Feed
from loaders.feeds.loading import load_feeds
from loaders.feeds.source_file import source_files


@dataclass(frozen=True)
class Switched:
    """A feed that was named, as it is now, and whether it was otherwise before."""

    feed: Feed
    is_changed: bool


def switch(
    settings: Settings, names: Sequence[str], *, enabled: bool, tenants: Sequence[str] = (), any_tenant: bool = False
) -> list[Switched]:
    """Switch on or off the feeds that are named, each by itself or by its partner: all of them, or none.

    `tenants` become those whose files they take, of feeds of which the names of files say the tenant. Raises
    `ConfigurationError` if there is no such feed or partner, or a file is written so that it cannot be edited; and if
    such a feed is switched on, takes those of anybody (`*`), and neither `tenants` nor `any_tenant` is given (C117).
    """
    before = named_feeds(load_feeds(settings.root), names)
    named = [feed for feed in before if feed.config.tenants is not None]
    if tenants and not named:
        raise ConfigurationError(f"{', '.join(names)}: their tenant is fixed, and not said by the names of files")
    anybody = [feed.name for feed in named if feed.config.tenants == "*" and not feed.config.enabled]
    if anybody and enabled and not (tenants or any_tenant):
        raise ConfigurationError(
            f"{', '.join(anybody)}: the name of a file says whose it is, and as it stands it may be anybody's: one"
            " named after another shop makes, or empties, that shop's segments. Say which there are: --tenant NAME (may"
            " be repeated), or --any-tenant"
        )
    changed = {feed.name for feed in before if feed.config.enabled != enabled}
    given = {feed.name: list(tenants) for feed in named if tenants}
    changes = _changes(settings.root, changed, given, enabled=enabled)

    def check() -> None:
        now = {feed.name: feed.config for feed in load_feeds(settings.root)}
        if wrong := sorted(name for name in changed if now[name].enabled != enabled):
            raise ConfigurationError(f"feeds {', '.join(wrong)}: set `enabled: {str(enabled).lower()}` by hand")
        if wrong := sorted(name for name in given if now[name].tenants != given[name]):
            raise ConfigurationError(f"feeds {', '.join(wrong)}: write `tenants` by hand")

    write_all(changes, check)
    after = {feed.name: feed for feed in load_feeds(settings.root)}
    return [Switched(after[feed.name], after[feed.name].config != feed.config) for feed in before]


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


def _changes(root: Path, names: set[str], tenants: Mapping[str, Sequence[str]], *, enabled: bool) -> list[Change]:
    """The source files with another `enabled` for these feeds, and other `tenants`; all else stays as it is."""
    changes: list[Change] = []
    for path in source_files(root):
        text = old = path.read_bytes().decode()
        content, _ = parse_yaml_with_nodes(path, text)
        for s, source in enumerate((content or {}).get("sources") or []):
            for t, table in enumerate(source.get("tables") or []):
                name = f"{source['name']}__{table['name']}"
                place = ("sources", s, "tables", t, "config", "meta")
                if name in names:
                    text = with_setting(path, text, place, "enabled", str(enabled).lower())
                if name in tenants:
                    text = with_setting(path, text, place, "tenants", f"[{', '.join(map(scalar, tenants[name]))}]")
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
