"""Linked feeds and the feeds of their root files (B10): which can be joined, and that both know it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from loaders.errors import ConfigurationError
from loaders.feeds.applicable import without_effect_beside
from loaders.feeds.feed import Feed

ROOTS = ("events", "profiles", "groups")
"""What the files of a root feed may apply."""


def with_roots(feeds: Sequence[Feed]) -> list[Feed]:
    """The feeds, of which those with linked files and those that are linked know the root.

    Raises `ConfigurationError` with file and line for a feed that cannot be linked as it says.
    """
    by_name = {feed.name: feed for feed in feeds}
    roots: dict[str, str] = {}
    for feed in feeds:
        if feed.config.linked is None:
            continue
        root = by_name.get(feed.config.linked.to)
        if fault := _fault(feed, root):
            raise ConfigurationError(f"{feed.declared_at}: feed {feed.name}: {fault}")
        if root:
            roots[feed.name] = roots[root.name] = root.name
    return [
        replace(feed, root=roots[feed.name], root_applies=by_name[roots[feed.name]].config.applies)
        if feed.name in roots
        else feed
        for feed in feeds
    ]


def _fault(feed: Feed, root: Feed | None) -> str | None:
    """Why the feed cannot be linked to that root; None if it can."""
    linked = feed.config.linked
    assert linked is not None
    if root is None or root.config.applies not in ROOTS or root.config.parts:
        return (
            f"`linked.to` must be a feed that `applies: {ROOTS[0]}`, {' or '.join(ROOTS[1:])}, and has no `parts`,"
            f" not {linked.to!r}"
        )
    if root.config.after_refused == "wait":
        return f"files with linked files wait for these alone: take `after_refused` from feed {root.name}"
    if set(root.pattern.parts) != set(feed.pattern.parts):
        return (
            f"the names of its files and of {root.name}'s must hold the same parts, which say what belongs "
            f"together: {_listed(feed.pattern.parts)} against {_listed(root.pattern.parts)}"
        )
    if root.pattern.wildcard_count != feed.pattern.wildcard_count:
        return (
            f"the names of its files and of {root.name}'s must have equally many wildcards, whose text says what "
            f"belongs together: {feed.config.file_name!r} against {root.config.file_name!r}"
        )
    if feed.config.tenant != root.config.tenant:
        return f"its tenant must be that of {root.name}, {root.config.tenant!r}"
    given = feed.config.dialect.model_fields_set | linked.model_fields_set
    return without_effect_beside(root.config.applies, given)


def _listed(parts: dict[str, str]) -> str:
    return ", ".join(sorted(parts)) or "none"
