"""All feeds of a project, read from its dbt sources."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from loaders.config.yaml_lines import describe, line_of, parse_yaml_with_nodes, read_yaml
from loaders.errors import ConfigurationError
from loaders.feeds.applicable import unread_setting
from loaders.feeds.columns import declared_columns
from loaders.feeds.config import FeedConfig
from loaders.feeds.feed import Feed


def load_feeds(root: Path) -> list[Feed]:
    """All feeds declared under `root`/models, by their `order`, then in order of file and declaration.

    One command asks several times (the run, the build's checks, dbt's plugin): the same text is parsed once. Raises
    `ConfigurationError` with file and line for anything that is not as it should be.
    """
    feeds = list(_declared(tuple((path, read_yaml(path)) for path in source_files(root))))
    for feed in feeds:
        given = feed.config.model_fields_set | feed.config.dialect.model_fields_set
        if fault := unread_setting(root, feed.name, given):
            raise ConfigurationError(f"{feed.declared_at}: feed {feed.name}: {fault}")
    return feeds


def source_files(root: Path) -> list[Path]:
    """The files in which feeds are declared."""
    return sorted((root / "models").rglob("*__sources.yml"))


@lru_cache(maxsize=4)
def _declared(sources: tuple[tuple[Path, str], ...]) -> tuple[Feed, ...]:
    """All feeds that these source files declare."""
    feeds: list[Feed] = []
    for path, text in sources:
        content, node = parse_yaml_with_nodes(path, text)
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
                columns = declared_columns(path, line, name, table)
                feed = Feed(name, len(feeds), config, columns, f"{path}:{line}", partner=source["name"])
                if fault := feed.config.request and feed.fault_of(feed.config.request):
                    raise ConfigurationError(f"{path}:{line}: feed {name}: {fault}")
                feeds.append(feed)
    feeds.sort(key=lambda feed: feed.config.order)
    return tuple(_with_roots([replace(feed, position=position) for position, feed in enumerate(feeds)]))


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
        elif root.pattern.wildcard_count != feed.pattern.wildcard_count:
            fault = (
                f"the names of its files and of {root.name}'s must have equally many wildcards, whose text says what "
                f"belongs together: {feed.config.file_name!r} against {root.config.file_name!r}"
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
