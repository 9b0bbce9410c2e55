"""Edits of a YAML file that people wrote: an entry is added or a value set, and all else stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import indent
from typing import Any

import yaml

from loaders.config.yaml_lines import parse_yaml_with_nodes
from loaders.errors import ConfigurationError

Step = str | int


def scalar(text: str) -> str:
    """A text as YAML: plain where that is read as the same text, else in quotes."""
    plain = (
        text.isascii() and text.isprintable() and not set(text) & set(":#,[]{}&*!|>'\"%@`\\") and text == text.strip()
    )
    if plain and text and text[0].isalpha() and isinstance(yaml.safe_load(text), str):
        return text
    quoted: str = yaml.safe_dump(text, default_style='"', width=10_000, allow_unicode=True)
    return quoted.rstrip("\n")


def with_entry(path: Path, place: Sequence[Step], entry: str) -> str:
    """The text of the file with one more entry, given without indentation, at the end of the block at `place`.

    Raises `ConfigurationError` if there is no such block, or it is written in one line: then a person must do it.
    """
    return _with_entry(path, path.read_bytes().decode(), place, entry)


def _with_entry(path: Path, text: str, place: Sequence[Step], entry: str) -> str:
    content, root = parse_yaml_with_nodes(path, text)
    by_hand = ConfigurationError(f"{path}: cannot be extended at {'.'.join(map(str, place))}: add by hand:\n{entry}")
    block = _find(root, place)
    if not isinstance(block, yaml.CollectionNode) or block.flow_style or not block.value:
        raise by_hand
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.split("\n")
    first = block.value[0][0] if isinstance(block, yaml.MappingNode) else block
    at = _last_line(block) + 1
    added = indent(entry.rstrip("\n"), " " * first.start_mark.column).replace("\n", newline).split("\n")
    if newline != "\n":
        added[-1] += "\r"
    if at == len(lines):  # the last line has no end
        added[-1:] = [added[-1], ""]
    longer = "\n".join([*lines[:at], *added, *lines[at:]])
    if _parsed(longer) != _extended(content, place, yaml.safe_load(entry)):
        raise by_hand
    return longer


def with_setting(path: Path, text: str, place: Sequence[Step], key: str, value: str) -> str:
    """The text of the file `path` with a plain value for a key of the block at `place`; a new key is the block's last.

    Raises `ConfigurationError` if there is no such block, or the key has no plain value: then a person must do it.
    """
    content, root = parse_yaml_with_nodes(path, text)
    old = _find(root, [*place, key])
    if old is None:
        return _with_entry(path, text, place, f"{key}: {value}")
    lines = text.split("\n")
    start, end = old.start_mark, old.end_mark
    if isinstance(old, yaml.ScalarNode) and start.line == end.line:
        line = lines[start.line]
        lines[start.line] = line[: start.column] + value + line[end.column :]
    edited = "\n".join(lines)
    if _parsed(edited) != _extended(content, place, {key: yaml.safe_load(value)}):
        raise ConfigurationError(f"{path}:{start.line + 1}: cannot be edited: set `{key}: {value}` by hand")
    return edited


def _find(node: yaml.Node, place: Sequence[Step]) -> yaml.Node | None:
    for step in place:
        if isinstance(node, yaml.MappingNode):
            found = [value for key, value in node.value if getattr(key, "value", None) == step]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            found = node.value[step : step + 1]
        else:
            found = []
        if not found:
            return None
        node = found[0]
    return node


def _last_line(node: yaml.Node) -> int:
    """The line, from 0, on which the last piece of text in the node ends."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return max(map(_last_line, last if isinstance(last, tuple) else [last]))
    mark = node.end_mark
    return int(mark.line) - (mark.column == 0 and mark.line > node.start_mark.line)


def _parsed(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def _extended(content: Any, place: Sequence[Step], entry: Any) -> Any:
    """The plain data with one more entry at `place`."""
    if not place:
        return [*content, *entry] if isinstance(content, list) else content | entry
    longer = content.copy()
    longer[place[0]] = _extended(content[place[0]], place[1:], entry)
    return longer
