"""All feeds of a project, read from its dbt sources."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from loaders.config.yaml_lines import describe, line_of, parse_yaml_with_nodes, read_yaml
from loaders.errors import ConfigurationError
from loaders.feeds.applicable import model_without_key, unread_setting
from loaders.feeds.columns import declared_columns
from loaders.feeds.config import FeedConfig
from loaders.feeds.feed import Feed
from loaders.feeds.linked import with_roots
from loaders.feeds.source_file import check_source_file, silent_after, source_files


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
        if feed.root and (path := model_without_key(root, feed.name)):
            raise ConfigurationError(
                f"{feed.declared_at}: feed {feed.name}: {path} has no `link_key`, by which the rows of linked"
                " and root files are joined: give it the cells of the columns of the join, see docs/feeds.md (B10)"
            )
    return feeds


@lru_cache(maxsize=4)
def _declared(sources: tuple[tuple[Path, str], ...]) -> tuple[Feed, ...]:
    """All feeds that these source files declare."""
    feeds: list[Feed] = []
    for path, text in sources:
        content, node = parse_yaml_with_nodes(path, text)
        check_source_file(path, content, node)
        for s, source in enumerate(content["sources"]):
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
                feed = Feed(
                    name,
                    len(feeds),
                    config,
                    columns,
                    f"{path}:{line}",
                    partner=source["name"],
                    silent_after=silent_after(table),
                )
                if fault := feed.config.request and feed.fault_of(feed.config.request):
                    raise ConfigurationError(f"{path}:{line}: feed {name}: {fault}")
                feeds.append(feed)
    feeds.sort(key=lambda feed: feed.config.order)
    return tuple(with_roots([replace(feed, position=position) for position, feed in enumerate(feeds)]))
