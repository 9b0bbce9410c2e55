"""What the staging model of a feed gives as properties, by its text: merge rules go by these names (B8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from loaders.feeds.feed import Feed

_COMMENT = re.compile(r"--[^\n]*|\{#.*?#\}", re.DOTALL)
IDENTIFIERS = re.compile(r"set identifiers\b[^{]*\{([^}]*)\}")
"""Where a staging model says what identifies, and what it says."""
_TEXT = re.compile(r"(:\s*)?'([^']*)'")
_PAIR = re.compile(r"'([^']*)'\s*:\s*'([^']*)'")
_FIELD = re.compile(r"\b([a-z_][a-z0-9_]*)\s*:=")
_PROPERTIES = re.compile(r"\b(all_properties|pack_properties)\b|\bas properties\b")


@dataclass(frozen=True)
class GivenProperties:
    """The names of a staging model that may be properties."""

    names: frozenset[str]
    """Lists, keys of mappings and fields, without the identifiers."""
    called: dict[str, str]
    """Column to property, where a mapping calls it otherwise."""
    has_any: bool
    """Whether its rows set properties of contacts or groups at all."""


def staging_text(root: Path, feed: Feed) -> str:
    """The text of the staging model of the feed, without comments; empty where there is none."""
    paths = sorted((root / "models" / "staging").rglob(f"stg_{feed.name}.sql"))
    return _COMMENT.sub("", "\n".join(path.read_text(encoding="utf-8") for path in paths))


def given_properties(root: Path, feed: Feed) -> GivenProperties:
    """What the staging model of the feed gives; nothing where there is none."""
    text = IDENTIFIERS.sub("", staging_text(root, feed))
    names = {name for before, words in _TEXT.findall(text) if not before for name in words.split()}
    names |= set(_FIELD.findall(text))
    called = {column: name for name, column in _PAIR.findall(text) if name != column}
    has_any = feed.sets_properties and bool(_PROPERTIES.search(text))
    return GivenProperties(frozenset(names), called, has_any)
