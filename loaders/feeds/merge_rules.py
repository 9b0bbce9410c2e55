"""Merge rules as people declare them in seeds/merge_rules.csv and <partner>__merge_rules.csv (B8, B9), checked."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from loaders.errors import ConfigurationError
from loaders.feeds.declared_feeds import merge_rule_seeds
from loaders.feeds.feed import Feed

COLUMNS = ["feed", "column_name", "property", "rule"]
RULES = ("set", "set_if_empty", "set_or_clear", "add", "sum", "ignore")


def check_merge_rules(root: Path, feeds: Iterable[Feed]) -> None:
    """Raises `ConfigurationError` with file and line for the first line that no build could follow."""
    names = {"*", *(feed.name for feed in feeds)}
    seen: dict[tuple[str, str], str] = {}
    for path in merge_rule_seeds(root):
        for number, line in _lines(path):
            fault = _fault(line, names, seen)
            if fault:
                raise ConfigurationError(f"{path}:{number}: {fault}")
            seen[line["feed"], line["column_name"]] = f"line {number} of {path.name}"


def _fault(line: dict[str, str], feeds: set[str], seen: dict[tuple[str, str], str]) -> str | None:
    feed, column, target, rule = (line[name] for name in COLUMNS)
    if feed not in feeds:
        return f"there is no feed {feed!r}; `muster feeds list` names them, `*` is every one"
    if rule not in RULES:
        return f"the rule {rule!r} is none of {', '.join(RULES)}"
    if not column:
        return "name the column, or `*` for all that have no line of their own"
    if (feed, column) in seen:
        return f"{seen[feed, column]} is about the same feed and column"
    if column == "*" and target and (not target.endswith("*") or "*" in target[:-1]):
        return f"the property of `*` is a prefix such as `crm_*`, not {target!r}"
    if column != "*" and "*" in target:
        return f"{target!r}: a prefix goes with the column `*`"
    return None


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, strict=True)
        if (header := next(reader, [])) != COLUMNS:
            raise ConfigurationError(f"{path}:1: the header is {','.join(header)!r}, not {','.join(COLUMNS)!r}")
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(COLUMNS):
                raise ConfigurationError(f"{path}:{reader.line_num}: {len(cells)} cells instead of {len(COLUMNS)}")
            yield reader.line_num, dict(zip(COLUMNS, cells, strict=True))
