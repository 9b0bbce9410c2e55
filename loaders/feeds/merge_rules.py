"""Merge rules as people declare them in seeds/merge_rules.csv and <partner>__merge_rules.csv (B8, B9), checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from loaders.errors import ConfigurationError
from loaders.feeds.contact_properties import property_types
from loaders.feeds.declared_feeds import merge_rule_seeds
from loaders.feeds.feed import Feed
from loaders.feeds.given_properties import given_properties
from loaders.feeds.rule_columns import Candidate, column_fault
from loaders.feeds.rule_types import type_fault
from loaders.feeds.seeds import SeedLine, seed_lines

COLUMNS = ["feed", "column_name", "property", "rule"]
RULES = ("set", "set_if_empty", "set_or_clear", "add", "sum", "ignore")


@dataclass(frozen=True)
class UndeclaredColumn:
    """A merge rule for a column that no declaration knows: files may have it or not."""

    place: str
    """`file:line`."""
    column: str
    feeds: tuple[str, ...]
    """Those whose files would have it."""


def check_merge_rules(root: Path, feeds: Sequence[Feed]) -> None:
    """Raises `ConfigurationError` with file and line for the first line that no build could follow (B8, C29)."""
    candidates = [Candidate(feed, given_properties(root, feed)) for feed in feeds]
    types = property_types(root)
    seen: dict[tuple[str, str], str] = {}
    gives: list[tuple[SeedLine, str]] = []
    lines = list(_lines(root))
    for path, number, line in lines:
        about = [one for one in candidates if line["feed"] in ("*", one.feed.feed_of_rules)]
        fault = (
            _linked_fault(line["feed"], feeds)
            or _fault(line, about, seen)
            or _lost_number(line, gives)
            or column_fault(line["column_name"], line["property"], about, types)
            or type_fault(line, about, types, [other for _, _, other in lines])
        )
        if fault:
            raise ConfigurationError(f"{path}:{number}: {fault}")
        seen[line["feed"], line["column_name"]] = f"line {number} of {path.name}"
        gives.append((line, f"line {number} of {path.name}"))


def undeclared_columns(root: Path, feeds: Sequence[Feed]) -> list[UndeclaredColumn]:
    """The rules, already checked, for columns that only files can show: whether one has them is looked up there."""
    candidates = [Candidate(feed, given_properties(root, feed)) for feed in feeds]
    found = []
    for path, number, line in _lines(root):
        column = line["column_name"]
        about = [one for one in candidates if line["feed"] in ("*", one.feed.feed_of_rules)]
        about = [one for one in about if one.given.has_any]
        known = {name for one in about for name in one.given.names | one.declared}
        if column not in {"*", *known}:
            names = tuple(one.feed.name for one in about if one.has_undeclared)
            found.append(UndeclaredColumn(f"{path}:{number}", column, names))
    return found


def _fault(line: SeedLine, about: Sequence[Candidate], seen: dict[tuple[str, str], str]) -> str | None:
    feed, column, target, rule = (line[name] for name in COLUMNS)
    if feed != "*" and not about:
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


def _lost_number(line: SeedLine, before: Sequence[tuple[SeedLine, str]]) -> str | None:
    """Why the line cannot be beside one before it: of two columns of one property a sum would lack one."""
    target = line["property"] or line["column_name"]
    for other, place in before:
        is_same = target == (other["property"] or other["column_name"]) and line["column_name"] != other["column_name"]
        is_met = line["feed"] == other["feed"] or "*" in (line["feed"], other["feed"])
        if is_same and is_met and "*" not in target and "sum" in (line["rule"], other["rule"]):
            return (
                f"{place} gives the property {target!r} as well, and is added up or this is: of two columns only one"
                " counts, so a number would be lost: give each column a property of its own"
            )
    return None


def _linked_fault(name: str, feeds: Sequence[Feed]) -> str | None:
    """Why no rule can name this feed, if its rows go by those of the feed that it is linked to (B10)."""
    root = next((one.feed_of_rules for one in feeds if one.name == name), name)
    return None if root == name else f"the rows of feed {name} are further rows of {root}'s, by its rules: name that"


def _lines(root: Path) -> Iterator[tuple[Path, int, SeedLine]]:
    for path in merge_rule_seeds(root):
        for number, line in seed_lines(path, COLUMNS):
            yield path, number, line
