"""Merge rules as people declare them in seeds/merge_rules.csv (B8, B9), checked before a build reads them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from loaders.errors import ConfigurationError
from loaders.feeds.loading import load_feeds

COLUMNS = ["feed", "column_name", "property", "rule"]
RULES = ("set", "set_if_empty", "set_or_clear", "add", "sum", "ignore")


def check_merge_rules(root: Path) -> None:
    """Raises `ConfigurationError` with file and line for the first line that no build could follow."""
    path = root / "seeds" / "merge_rules.csv"
    feeds = {"*", *(feed.name for feed in load_feeds(root))}
    seen: dict[tuple[str, str], int] = {}
    for number, line in _lines(path):
        feed, column, target, rule = (line[name] for name in COLUMNS)
        fault = None
        if feed not in feeds:
            fault = f"there is no feed {feed!r}; `muster feeds list` names them, `*` is every one"
        elif rule not in RULES:
            fault = f"the rule {rule!r} is none of {', '.join(RULES)}"
        elif not column:
            fault = "name the column, or `*` for all that have no line of their own"
        elif (feed, column) in seen:
            fault = f"line {seen[feed, column]} is about the same feed and column"
        elif column == "*" and target and (not target.endswith("*") or "*" in target[:-1]):
            fault = f"the property of `*` is a prefix such as `crm_*`, not {target!r}"
        elif column != "*" and "*" in target:
            fault = f"{target!r}: a prefix goes with the column `*`"
        if fault:
            raise ConfigurationError(f"{path}:{number}: {fault}")
        seen[feed, column] = number


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
